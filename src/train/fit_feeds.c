/* Programs and the fields of batches that they are fed with. */
#include <string.h>

#include "base/memory.h"
#include "core/graph.h"
#include "train/fit.h"

/* Words for a shape: "(28, 28, 1)". */
static const char *words_of(const ad_shape *shape, int from, char *text, size_t size)
{
    struct text t;
    text_init_fixed(&t, text, size);
    text_add(&t, "(");
    for (int i = from; i < shape->rank; i++)
        if (shape->size[i] < 0)
            text_add(&t, "%sopen", i > from ? ", " : "");
        else
            text_add(&t, "%s%lld", i > from ? ", " : "", (long long)shape->size[i]);
    text_add(&t, ")");
    return text;
}

/* The feed's first axis is that of the batch; the others are as in the field, where both are
 * numbers. */
static ad_status check_field(const ad_tensor *feed, const ad_source_field *field,
                             const char *source)
{
    ad_shape shape = ad_tensor_shape(feed);
    char a[200], b[200];
    bool fits = ad_tensor_type(feed) == field->type && shape.rank == field->shape.rank + 1;
    for (int i = 0; fits && i < field->shape.rank; i++)
        fits = shape.size[i + 1] < 0 || field->shape.size[i] < 0 ||
               shape.size[i + 1] == field->shape.size[i];
    if (fits)
        return AD_OK;
    return fail(AD_ERROR_SHAPE,
                "the feed \"%s\" takes %s %s for each example, and the field of that name in %s is "
                "%s %s",
                field->name, ad_type_name(ad_tensor_type(feed)),
                words_of(&shape, shape.rank > 0, a, sizeof a), source, ad_type_name(field->type),
                words_of(&field->shape, 0, b, sizeof b));
}

static ad_tensor *find_feed(ad_graph *graph, const char *name)
{
    ad_tensor *t = ad_find(graph, name);
    return t && t->node->op == &op_feed ? t : NULL;
}

static size_t lists(int count, size_t each)
{
    return ((size_t)count + 1) * each;
}

static ad_status find_feeds(struct fed *f, ad_graph *graph, ad_batches *batches,
                            ad_tensor *const *number, const char *source)
{
    const ad_source_field *field;
    int fields = ad_batches_fields(batches, &field);
    f->room = fields + FED_NUMBERS;
    f->feed = memory_zeroed(memory_default(), lists(f->room, sizeof *f->feed));
    f->field = memory_zeroed(memory_default(), lists(f->room, sizeof *f->field));
    f->array = memory_zeroed(memory_default(), lists(f->room, sizeof *f->array));
    if (!f->feed || !f->field || !f->array)
        return AD_ERROR_MEMORY;
    int n = 0;
    for (int i = 0; i < fields; i++) {
        ad_tensor *feed = find_feed(graph, field[i].name);
        if (!feed)
            continue;
        TRY(check_field(feed, &field[i], source));
        f->feed[n] = feed;
        f->field[n++] = i;
    }
    for (int i = 0; number && i < FED_NUMBERS; i++)
        if (number[i])
            f->feed[n] = number[i], f->field[n++] = -1 - i;
    f->feeds = n;
    return AD_OK;
}

ad_status fed_begin(struct fed *f, ad_state *state, ad_batches *batches, ad_tensor *const *fetch,
                    int fetches, bool training, ad_tensor *const *number, const char *source)
{
    *f = (struct fed){0};
    TRY(find_feeds(f, ad_tensor_graph(fetch[0]), batches, number, source));
    ad_compile_options o =
        AD_OPTIONS(ad_compile_options, .fetch_list = fetch, .fetch_count = fetches,
                   .feed_list = f->feed, .feed_count = f->feeds, .training = training);
    f->program = ad_compile(state, &o);
    return f->program ? AD_OK : ad_error_status();
}

void fed_done(struct fed *f)
{
    ad_program_free(f->program);
    memory_free(memory_default(), f->feed, lists(f->room, sizeof *f->feed));
    memory_free(memory_default(), f->field, lists(f->room, sizeof *f->field));
    memory_free(memory_default(), f->array, lists(f->room, sizeof *f->array));
    *f = (struct fed){0};
}

void fed_fill(struct fed *f, const ad_batch *batch, const ad_array *number)
{
    for (int i = 0; i < f->feeds; i++)
        f->array[i] = f->field[i] < 0 ? number[-1 - f->field[i]] : batch->array[f->field[i]];
}

ad_status fed_run(struct fed *f, const ad_batch *batch, const ad_array *number, ad_array *out)
{
    fed_fill(f, batch, number);
    return ad_run(f->program, f->array, out);
}
