/* Next-sentence prediction (Devlin et al. 2019), beside masked tokens: a window is two halves, and
 * half of the time the second is from elsewhere in the same part.  Layers of their own, which begin
 * with one of the model's, tell the two kinds apart; their cross-entropy is added to the loss. */
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "metric.h"
#include "model.h"
#include "run.h"

enum { NAMED_MOST = AD_RUN_INPUTS_MAX };

/* ---------------------------------------------------------------- layers that have a name */

typedef struct named {
    ad_layers_input list[NAMED_MOST];
    int count;
} named;

static void enter(void *user, const model_item *item, int list)
{
    (void)user, (void)item, (void)list;
}

/* A name that comes again is the last of that name. */
static void leave(void *user, const model_item *item, int list, ad_tensor *const *in, int count,
                  const void *options, ad_tensor *output)
{
    named *n = user;
    int at = 0;
    (void)in, (void)count, (void)options;
    if (list >= 0 || !item->name)
        return;
    while (at < n->count && strcmp(n->list[at].name, item->name) != 0)
        at++;
    if (at == NAMED_MOST)
        return;
    n->list[at] = (ad_layers_input){.name = item->name, .tensor = output};
    n->count += at == n->count;
}

/* The one that the head begins with comes first. */
static bool put_first(named *n, const char *name)
{
    for (int i = 0; i < n->count; i++)
        if (strcmp(n->list[i].name, name) == 0) {
            ad_layers_input first = n->list[i];
            n->list[i] = n->list[0];
            n->list[0] = first;
            return true;
        }
    return false;
}

static ad_status check_head(const ad_config *c, ad_tensor *logits)
{
    ad_shape shape = ad_tensor_shape(logits);
    if (shape.rank == 2 && shape.size[1] == 2)
        return AD_OK;
    return run_refuse(c, "next_sentence",
                      "take one step first, - pool_time: {how: first}, and end with - linear",
                      "next_sentence has to end with (batch, 2): it goes on, or not");
}

ad_status run_build_next(const ad_config *c, const ad_layers_input *in, int inputs,
                         ad_tensor **output, ad_tensor **logits)
{
    named n = {.count = 0};
    const model_watch watch = {.enter = enter, .leave = leave, .user = &n};
    const ad_names *from = &c->next_sentence->layers.item[0].from;
    ad_status status = model_build(c, c->model, in, inputs, &watch, output);
    if (status != AD_OK)
        return run_failed(AD_RUN_BAD_CONFIG, status);
    if (from->count != 1 || !put_first(&n, from->text[0]))
        return run_refuse(c, "next_sentence",
                          "begin with one that has a name: - pool_time: {how: first, from: NAME}",
                          from->count == 1 ? "next_sentence begins with '%s', and no layer of the "
                                             "model is called so"
                                           : "next_sentence does not say where it begins",
                          from->count == 1 ? from->text[0] : "");
    n.list[0].out = 2;
    n.list[0].f64 = in[0].f64;
    status = ad_layers_build(c, c->next_sentence, n.list, n.count, logits);
    return status == AD_OK ? check_head(c, *logits) : run_failed(AD_RUN_BAD_CONFIG, status);
}

/* ---------------------------------------------------------------- how often it is right */

typedef struct sums {
    double right, count;
} sums;

/* outputs: two numbers of each example, and 1 where its second half goes on. */
static ad_status add(void *to, const ad_array *outputs, int64_t count)
{
    sums *s = to;
    for (int64_t i = 0; i < count; i++) {
        bool said = ad_array_item(&outputs[0], 2 * i + 1) > ad_array_item(&outputs[0], 2 * i);
        s->right += said == (ad_array_item(&outputs[1], i) > 0);
        s->count++;
    }
    return AD_OK;
}

static void value(const void *of, ad_measured *measured)
{
    const sums *s = of;
    measured->value = s->right / (s->count > 0 ? s->count : 1);
    metric_wilson(measured->value, s->count > 0 ? s->count : 1, &measured->low, &measured->high);
}

const ad_measure_record run_next_accuracy = {.name = "next_accuracy",
                                             .help =
                                                 "share of windows of which it was told whether "
                                                 "the second half goes on",
                                             .bytes = sizeof(sums),
                                             .add = add,
                                             .value = value};
