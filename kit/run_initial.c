/* Weights to begin with that look at the model: train.initial lsuv and fixup.  The model is built
 * once more in a graph of its own by one who looks on, and what it begins with there is copied. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "message.h"
#include "model.h"
#include "run.h"

#ifdef ADZE_EXTRAS

enum { EXAMPLES = 256, OUTER_MAX = 64 }; /* EXAMPLES: that lsuv measures by */

/* A layer with one weight. */
typedef struct weighted {
    ad_tensor *weight, *output;
    int branch; /* of a residual item; -1: none */
} weighted;

typedef struct looking {
    ad_graph *graph;
    ad_state *state;
    weighted *layer;
    int count, room;
    int variables; /* before the layer that is being built */
    int branches, branch;
    int outer[OUTER_MAX], depth; /* branches around this one */
    bool failed;                 /* no memory */
} looking;

/* ---------------------------------------------------------------- looking at the model */

static void enter(void *user, const model_item *item, int list)
{
    looking *l = user;
    l->variables = ad_variable_count(l->graph);
    if (item->kind != ITEM_RESIDUAL || list != 0)
        return;
    if (l->depth < OUTER_MAX)
        l->outer[l->depth] = l->branch;
    l->depth++;
    l->branch = l->branches++;
}

/* The only weight of the layer that has just been built, or NULL. */
static ad_tensor *only_weight(const looking *l)
{
    ad_tensor *found = NULL;
    for (int i = l->variables; i < ad_variable_count(l->graph); i++) {
        ad_tensor *v = ad_variable_at(l->graph, i);
        if (!ad_trainable(v) || ad_role_of(v) != AD_ROLE_WEIGHT || ad_tensor_shape(v).rank < 2)
            continue;
        if (found)
            return NULL;
        found = v;
    }
    return found;
}

static void leave(void *user, const model_item *item, int list, ad_tensor *const *in, int count,
                  const void *options, ad_tensor *output)
{
    looking *l = user;
    ad_tensor *weight = item->kind == ITEM_LAYER ? only_weight(l) : NULL;
    (void)in, (void)count, (void)options;
    l->variables = ad_variable_count(l->graph);
    if (item->kind == ITEM_RESIDUAL && list == 0 && --l->depth < OUTER_MAX)
        l->branch = l->outer[l->depth];
    if (!weight)
        return;
    if (l->count == l->room) {
        int room = 2 * l->room + 16;
        weighted *grown = realloc(l->layer, (size_t)room * sizeof *grown);
        l->failed = l->failed || !grown;
        if (!grown)
            return;
        l->layer = grown;
        l->room = room;
    }
    l->layer[l->count++] = (weighted){weight, output, l->branch};
}

/* ---------------------------------------------------------------- lsuv */

/* The first batch, and the feeds that its fields have. */
static int find_feeds(const looking *l, const ad_batches *b, const ad_batch *batch,
                      ad_tensor **feed, ad_array *array)
{
    const ad_source_field *field;
    int fields = ad_batches_fields(b, &field), feeds = 0;
    for (int i = 0; i < fields && feeds < AD_RUN_FEEDS_MAX; i++) {
        ad_tensor *t = ad_find(l->graph, field[i].name);
        if (!t)
            continue;
        array[feeds] = batch->array[i];
        feed[feeds++] = t;
    }
    return feeds;
}

static ad_status scale_by_data(looking *l, const ad_config *c, const ad_run_data *data)
{
    ad_tensor *feed[AD_RUN_FEEDS_MAX], **weight = malloc((size_t)l->count * sizeof *weight),
                                       **output = malloc((size_t)l->count * sizeof *output);
    ad_array array[AD_RUN_FEEDS_MAX];
    ad_batch batch = {.count = 0};
    ad_batches *b = ad_batches_new(data->train, .size = EXAMPLES, .seed = (uint64_t)c->train.seed);
    ad_status status = weight && output ? AD_OK : no_memory();
    for (int i = 0; i < l->count && status == AD_OK; i++) {
        weight[i] = l->layer[i].weight;
        output[i] = l->layer[i].output;
    }
    if (status == AD_OK && (!b || ad_batches_next(b, &batch) != AD_OK))
        status = run_fail_core(AD_RUN_BAD_DATA);
    if (status == AD_OK) {
        int feeds = find_feeds(l, b, &batch, feed, array);
        ad_lsuv_options o = AD_OPTIONS(ad_lsuv_options, .seed = (uint64_t)c->train.seed);
        if ((ad_initialize_lsuv)(l->state, weight, output, l->count, feed, array, feeds, &o) !=
            AD_OK)
            status = run_refused(c, "train.initial", ad_error(), "choose initial: he_normal");
    }
    ad_batches_free(b);
    free(weight);
    free(output);
    return status;
}

/* ---------------------------------------------------------------- fixup */

static ad_status scale(looking *l, ad_tensor *weight, double by)
{
    ad_array value;
    if (ad_get(l->state, weight, &value) != AD_OK)
        return run_fail_core(AD_RUN_NO_FAULT);
    int64_t count = ad_array_count(&value);
    float *list = malloc((size_t)(count + 1) * sizeof *list);
    if (!list)
        return no_memory();
    for (int64_t i = 0; i < count; i++)
        list[i] = (float)(by * ad_array_item(&value, i));
    ad_status status = ad_set(l->state, weight, ad_f32(list, value.shape));
    free(list);
    return status == AD_OK ? AD_OK : run_fail_core(AD_RUN_NO_FAULT);
}

/* Of m weights of a branch, of L branches: L^(-1 / (2 m - 2)), the last 0. */
static ad_status scale_branches(looking *l)
{
    ad_status status = AD_OK;
    for (int i = 0; i < l->count && status == AD_OK; i++) {
        int branch = l->layer[i].branch, weights = 0, last = i;
        for (int k = 0; k < l->count; k++)
            if (l->layer[k].branch == branch)
                weights++, last = k;
        if (branch < 0 && i < l->count - 1)
            continue;
        bool zero = branch < 0 || i == last; /* and the last of all, which gives the output */
        status =
            scale(l, l->layer[i].weight, zero ? 0 : pow(l->branches, -1.0 / (2 * weights - 2)));
    }
    return status;
}

/* ---------------------------------------------------------------- both */

static ad_status copy_back(const looking *l, ad_run_network *n)
{
    for (int i = 0; i < ad_variable_count(l->graph); i++) {
        ad_tensor *from = ad_variable_at(l->graph, i),
                  *to = ad_find(n->graph, ad_tensor_name(from));
        ad_array value;
        if (to && (ad_get(l->state, from, &value) != AD_OK || ad_set(n->state, to, value) != AD_OK))
            return run_fail_core(AD_RUN_NO_FAULT);
    }
    return AD_OK;
}

static ad_status begin(looking *l, const ad_config *c, const ad_run_data *data, ad_run_network *n)
{
    model_watch watch = {enter, leave, l};
    l->graph = ad_graph_new(n->context);
    if (!l->graph)
        return run_fail_core(AD_RUN_NO_FAULT);
    ad_status status = run_watch(c, data, l->graph, c->model, &watch);
    if (status != AD_OK || l->failed)
        return status == AD_OK ? no_memory() : status;
    l->state = ad_state_new(l->graph, (uint64_t)c->train.seed);
    if (!l->state ||
        ad_initialize_as(l->state, l->graph, "he_normal", (uint64_t)c->train.seed) != AD_OK)
        return run_fail_core(AD_RUN_NO_FAULT);
    return AD_OK;
}

static ad_status look(looking *l, const ad_config *c, const ad_run_data *data, ad_run_network *n,
                      bool fixup)
{
    ad_status status = begin(l, c, data, n);
    if (status != AD_OK)
        return status;
    if (!l->count)
        return run_refused(c, "train.initial", "no layer has one weight alone to be scaled",
                           "choose initial: he_normal");
    if (fixup && !l->branches)
        return run_refused(c, "train.initial",
                           "fixup scales residual branches, and the model has none",
                           "choose initial: lsuv, or he_normal");
    status = fixup ? scale_branches(l) : scale_by_data(l, c, data);
    return status == AD_OK ? copy_back(l, n) : status;
}

ad_status run_initialize(const ad_config *c, const ad_run_data *data, ad_run_network *n, bool fixup)
{
    looking l = {.branch = -1};
    if (data->task->players)
        return run_refused(c, "train.initial", "it looks at a model, and a gan has two players",
                           "choose initial: he_normal");
    if (!data->train && !fixup) /* a network that is looked at, not trained */
        return AD_OK;
    ad_status status = look(&l, c, data, n, fixup);
    ad_state_free(l.state);
    ad_graph_free(l.graph);
    free(l.layer);
    return status;
}

#endif
