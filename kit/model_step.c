/* A stored model of a text that goes on token by token: keys and values of the tokens before lie
 * here, so that a token more is one step and not a window.  The chances are those of the whole
 * window, bit for bit. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "run.h"

#ifdef ADZE_EXTRAS

struct model_step {
    ad_graph *graph;
    ad_state *state;
    ad_program *program;
    ad_array *feed, *fetch; /* token, position and pasts; chances and what is new of each */
    size_t *each;           /* bytes of one token's share of each past */
    int pasts;
    int32_t *token; /* that it has seen */
    int64_t known, most;
};

enum { PASTS_MAX = 10000, KEYS_LEAST = 32 };

void model_step_free(struct model_step *s)
{
    if (!s)
        return;
    ad_program_free(s->program);
    ad_state_free(s->state);
    ad_graph_free(s->graph);
    for (int i = 0; s->feed && i < s->pasts; i++)
        free(s->feed[2 + i].data);
    free(s->feed);
    free(s->fetch);
    free(s->each);
    free(s->token);
    free(s);
}

static ad_tensor *past_at(const struct model_step *s, int i, bool fresh)
{
    char name[48];
    snprintf(name, sizeof name, fresh ? RUN_FRESH_KEYS : "cache.%d", i + 1);
    return ad_find(s->graph, name);
}

/* Room for the keys or values of past i, (keys, batch, heads, width). */
static bool make_past(struct model_step *s, int i)
{
    ad_tensor *t = past_at(s, i, false);
    ad_array one = {.type = ad_tensor_type(t), .shape = ad_tensor_shape(t)};
    bool good = one.shape.rank == 4;
    one.shape.size[0] = 1;
    for (int a = 1; good && a < 4; a++)
        good = one.shape.size[a] > 0 && one.shape.size[a] < 1 << 24;
    if (!good)
        return false;
    s->each[i] = ad_array_bytes(&one);
    one.data = calloc((size_t)s->most, s->each[i]);
    s->feed[2 + i] = one;
    return one.data;
}

static bool compile(struct model_step *s, const char *token)
{
    int count = s->pasts;
    ad_tensor **list = calloc(3 + 2 * (size_t)count, sizeof *list);
    bool good = list;
    if (good) {
        list[0] = ad_find(s->graph, token);
        list[1] = ad_find(s->graph, "cache.position");
        list[2 + count] = ad_find(s->graph, RUN_CHANCES);
        for (int i = 0; i < count; i++) {
            list[2 + i] = past_at(s, i, false);
            list[3 + count + i] = past_at(s, i, true);
        }
        for (int i = 0; i < 3 + 2 * count; i++)
            good = good && list[i];
    }
    if (good)
        s->program = ad_compile(s->state, .fetch_list = list + 2 + count, .fetch_count = 1 + count,
                                .feed_list = list, .feed_count = 2 + count);
    free(list);
    return s->program;
}

static bool make(struct model_step *s, ad_context *context, const char *text, const char *token,
                 const ad_state *weights)
{
    s->graph = ad_graph_read(context, text);
    s->state = s->graph ? ad_state_new(s->graph, 1) : NULL;
    if (!s->state || ad_state_take(s->state, weights) != AD_OK)
        return false;
    while (s->pasts < PASTS_MAX && past_at(s, s->pasts, false))
        s->pasts++;
    int count = s->pasts;
    s->feed = calloc(2 + (size_t)count, sizeof *s->feed);
    s->fetch = calloc(1 + (size_t)count, sizeof *s->fetch);
    s->each = calloc(1 + (size_t)count, sizeof *s->each);
    s->token = calloc((size_t)s->most, sizeof *s->token);
    bool good = s->feed && s->fetch && s->each && s->token;
    for (int i = 0; i < count && good; i++)
        good = make_past(s, i);
    return good && compile(s, token);
}

struct model_step *model_step_new(ad_context *context, const char *text, const char *token,
                                  const ad_state *weights, int64_t most)
{
    struct model_step *s = calloc(1, sizeof *s);
    if (s)
        s->most = most;
    if (s && make(s, context, text, token, weights))
        return s;
    model_step_free(s);
    return NULL;
}

/* ---------------------------------------------------------------- steps */

/* Shapes are compiled for powers of two. */
static int64_t keys_for(const struct model_step *s)
{
    int64_t keys = KEYS_LEAST;
    while (keys <= s->known)
        keys *= 2;
    return keys < s->most ? keys : s->most;
}

static ad_status step(struct model_step *s, int32_t token)
{
    int32_t position = (int32_t)s->known;
    s->feed[0] = ad_i32(&token, AD_SHAPE(1, 1));
    s->feed[1] = ad_i32(&position, AD_SCALAR);
    for (int i = 0; i < s->pasts; i++)
        s->feed[2 + i].shape.size[0] = keys_for(s);
    memset(s->fetch, 0, (size_t)(1 + s->pasts) * sizeof *s->fetch);
    if (ad_run(s->program, s->feed, s->fetch) != AD_OK)
        return run_fail_core(AD_RUN_BAD_DATA);
    for (int i = 0; i < s->pasts; i++)
        memcpy((char *)s->feed[2 + i].data + (size_t)s->known * s->each[i], s->fetch[1 + i].data,
               s->each[i]);
    s->token[s->known++] = token;
    return AD_OK;
}

bool model_step_can(const struct model_step *s, const int32_t *token, int64_t count)
{
    int64_t same = 0;
    while (same < s->known && same < count && s->token[same] == token[same])
        same++;
    return count > 0 && count <= s->most && (count < s->most || count - same <= 1);
}

ad_status model_step_run(struct model_step *s, const int32_t *token, int64_t count, float *chance)
{
    ad_status status = AD_OK;
    int64_t same = 0;
    while (same < s->known && same < count - 1 && s->token[same] == token[same])
        same++;
    s->known = same; /* what stands behind is written anew */
    while (s->known < count && status == AD_OK)
        status = step(s, token[s->known]);
    if (status == AD_OK)
        memcpy(chance, s->fetch[0].data, ad_array_bytes(&s->fetch[0]));
    return status;
}

#else

void model_step_free(struct model_step *s)
{
    (void)s;
}

struct model_step *model_step_new(ad_context *context, const char *text, const char *token,
                                  const ad_state *weights, int64_t most)
{
    return (void)context, (void)text, (void)token, (void)weights, (void)most, NULL;
}

bool model_step_can(const struct model_step *s, const int32_t *token, int64_t count)
{
    return (void)s, (void)token, (void)count, false;
}

ad_status model_step_run(struct model_step *s, const int32_t *token, int64_t count, float *chance)
{
    return (void)s, (void)token, (void)count, (void)chance, AD_ERROR_UNSUPPORTED;
}

#endif
