/* Runs a graph of one step that looks back (ad_cache): the keys and values of the steps before lie
 * here, (steps, batch, heads, width), so that those of the first so many steps lie together and a
 * run takes no more of them than it needs. */
#include <string.h>

#include <adze/adze.h>

#include "base/error.h"
#include "base/memory.h"
#include "core/graph.h"
#include "run/state.h"

struct kept {
    ad_array past; /* of size steps */
    size_t step;   /* bytes of one */
};

struct ad_decoder {
    ad_program *program;
    ad_array logits;
    int64_t batch, classes, size, position;
    int count;
    void *spare; /* a step of the largest, to reorder */
    size_t spare_bytes;
    ad_array *feed, *fetch; /* 2 + count and 1 + count */
    struct kept kept[];
};

enum { STEPS_LEAST = 32 };

/* Shapes are compiled for powers of two of steps. */
static int64_t steps_for(const ad_decoder *d)
{
    int64_t steps = STEPS_LEAST;
    while (steps <= d->position)
        steps *= 2;
    return steps < d->size ? steps : d->size;
}

static size_t bytes_of(int count)
{
    return sizeof(ad_decoder) + (size_t)count * sizeof(struct kept);
}

void ad_decoder_free(ad_decoder *d)
{
    if (!d)
        return;
    ad_program_free(d->program);
    for (int i = 0; i < d->count; i++)
        memory_free(memory_default(), d->kept[i].past.data, d->kept[i].step * (size_t)d->size);
    memory_free(memory_default(), d->spare, d->spare_bytes);
    memory_free(memory_default(), d->feed, (size_t)(3 + 2 * d->count) * sizeof *d->feed);
    memory_free(memory_default(), d, bytes_of(d->count));
}

/* ---- making one */

static ad_status check(const ad_tensor *token, const ad_tensor *logits, int64_t size)
{
    ad_graph *graph = ad_tensor_graph(token);
    const ad_shape *t = &token->shape, *l = &logits->shape;
    if (graph != ad_tensor_graph(logits) || graph_is_poison(token) || graph_is_poison(logits) ||
        !graph->cache)
        return fail(AD_ERROR_ARGUMENT, "ad_decoder_new: token and logits are of one graph with an "
                                       "ad_cache, and sound");
    if (token->type != AD_I32 || t->rank != 2 || t->size[0] < 1 || t->size[1] != 1 ||
        (logits->type != AD_F32 && logits->type != AD_F64) || l->rank < 2 ||
        l->size[0] != t->size[0] || (l->rank == 3 && l->size[1] != 1) || l->rank > 3 ||
        l->size[l->rank - 1] < 1 || size < 1)
        return fail(AD_ERROR_SHAPE,
                    "ad_decoder_new: token is i32 (batch, 1), a number, logits are (batch, 1, "
                    "classes), and size is above 0; here %s, %s and %lld",
                    graph_shape_text(graph, t), graph_shape_text(graph, l), (long long)size);
    return AD_OK;
}

static ad_status make_room(ad_decoder *d, int i, const ad_tensor *past)
{
    struct kept *k = &d->kept[i];
    ad_array one = {.type = past->type, .shape = past->shape};
    one.shape.size[0] = 1;
    for (int a = 0; a < one.shape.rank; a++)
        if (dim_is_open(one.shape.size[a]))
            return fail(AD_ERROR_SHAPE, "ad_decoder_new: the batch of the graph is a number");
    k->step = ad_array_bytes(&one);
    k->past = one;
    size_t bytes;
    if (!memory_mul(k->step, (size_t)d->size, &bytes))
        return fail(AD_ERROR_MEMORY, "ad_decoder_new: %lld steps have no room", (long long)d->size);
    k->past.data = memory_zeroed(memory_default(), bytes);
    d->spare_bytes = k->step > d->spare_bytes ? k->step : d->spare_bytes;
    return k->past.data ? AD_OK : AD_ERROR_MEMORY;
}

static ad_status compile(ad_decoder *d, ad_state *state, ad_tensor *token, ad_tensor *logits)
{
    const ad_cache *cache = state->graph->cache;
    size_t lists = (size_t)(3 + 2 * d->count);
    ad_tensor **list = memory_alloc(memory_default(), lists * sizeof *list);
    if (!list)
        return AD_ERROR_MEMORY;
    ad_tensor **fetch = list + 2 + d->count;
    list[0] = token, list[1] = ad_cache_position(cache), fetch[0] = logits;
    for (int i = 0; i < d->count; i++)
        list[2 + i] = ad_cache_at(cache, i, &fetch[1 + i]);
    d->program = ad_compile(state, &AD_OPTIONS(ad_compile_options, .fetch_list = fetch,
                                               .fetch_count = 1 + d->count, .feed_list = list,
                                               .feed_count = 2 + d->count));
    memory_free(memory_default(), list, lists * sizeof *list);
    return d->program ? AD_OK : ad_error_status();
}

static ad_status make(ad_decoder *d, ad_state *state, ad_tensor *token, ad_tensor *logits)
{
    d->batch = token->shape.size[0];
    d->classes = logits->shape.size[logits->shape.rank - 1];
    d->feed = memory_zeroed(memory_default(), (size_t)(3 + 2 * d->count) * sizeof *d->feed);
    if (!d->feed)
        return AD_ERROR_MEMORY;
    d->fetch = d->feed + 2 + d->count;
    for (int i = 0; i < d->count; i++) {
        ad_tensor *fresh;
        TRY(make_room(d, i, ad_cache_at(state->graph->cache, i, &fresh)));
    }
    d->spare = memory_alloc(memory_default(), d->spare_bytes);
    return d->spare ? compile(d, state, token, logits) : AD_ERROR_MEMORY;
}

ad_decoder *ad_decoder_new(ad_state *state, ad_tensor *token, ad_tensor *logits, int64_t size)
{
    if (!state || check(token, logits, size) != AD_OK)
        return NULL;
    int count = state->graph->cache ? ad_cache_count(state->graph->cache) : 0;
    ad_decoder *d = memory_zeroed(memory_default(), bytes_of(count));
    if (!d)
        return NULL;
    d->size = size;
    d->count = count;
    if (make(d, state, token, logits) == AD_OK)
        return d;
    ad_decoder_free(d);
    return NULL;
}

/* ---- steps */

static void give(const ad_decoder *d, float *logits)
{
    const ad_array *a = &d->fetch[0];
    for (int64_t i = 0; i < d->batch * d->classes; i++)
        logits[i] = (float)ad_array_item(a, i);
}

ad_status ad_decoder_step(ad_decoder *d, const int32_t *token, float *logits)
{
    int32_t position = (int32_t)d->position;
    int64_t steps = steps_for(d);
    if (d->position >= d->size)
        return fail(AD_ERROR_ARGUMENT, "ad_decoder_step: the decoder has room for %lld steps",
                    (long long)d->size);
    d->feed[0] = (ad_array){.type = AD_I32, .shape = AD_SHAPE(d->batch, 1), .data = (void *)token};
    d->feed[1] = (ad_array){.type = AD_I32, .data = &position};
    for (int i = 0; i < d->count; i++) {
        d->feed[2 + i] = d->kept[i].past;
        d->feed[2 + i].shape.size[0] = steps;
    }
    memset(d->fetch, 0, (size_t)(1 + d->count) * sizeof *d->fetch);
    TRY(ad_run(d->program, d->feed, d->fetch));
    for (int i = 0; i < d->count; i++)
        memcpy((char *)d->kept[i].past.data + (size_t)d->position * d->kept[i].step,
               d->fetch[1 + i].data, d->kept[i].step);
    d->position++;
    if (logits)
        give(d, logits);
    return AD_OK;
}

int64_t ad_decoder_position(const ad_decoder *d)
{
    return d->position;
}

int64_t ad_decoder_batch(const ad_decoder *d)
{
    return d->batch;
}

int64_t ad_decoder_classes(const ad_decoder *d)
{
    return d->classes;
}

ad_status ad_decoder_rewind(ad_decoder *d, int64_t position)
{
    if (position < 0 || position > d->position)
        return fail(AD_ERROR_ARGUMENT, "ad_decoder_rewind: %lld is not 0 to %lld",
                    (long long)position, (long long)d->position);
    d->position = position;
    return AD_OK;
}

ad_status ad_decoder_reorder(ad_decoder *d, const int32_t *from)
{
    for (int64_t r = 0; r < d->batch; r++)
        if (from[r] < 0 || from[r] >= d->batch)
            return fail(AD_ERROR_ARGUMENT, "ad_decoder_reorder: there is no row %d", (int)from[r]);
    for (int i = 0; i < d->count; i++) {
        size_t row = d->kept[i].step / (size_t)d->batch;
        char *at = d->kept[i].past.data;
        for (int64_t s = 0; s < d->position; s++, at += d->kept[i].step) {
            memcpy(d->spare, at, d->kept[i].step);
            for (int64_t r = 0; r < d->batch; r++)
                memcpy(at + (size_t)r * row, (char *)d->spare + (size_t)from[r] * row, row);
        }
    }
    return AD_OK;
}

/* ---- weights of another graph */

ad_status ad_state_take(ad_state *to, const ad_state *from)
{
    for (int i = 0; i < ad_variable_count(to->graph); i++) {
        ad_tensor *variable = ad_variable_at(to->graph, i);
        ad_tensor *other = ad_find(from->graph, variable->name);
        ad_array value;
        if (!other || ad_get(from, other, &value) != AD_OK)
            return fail(AD_ERROR_ARGUMENT, "ad_state_take: the other state has no '%s'",
                        variable->name);
        TRY(ad_set(to, variable, value));
    }
    return AD_OK;
}
