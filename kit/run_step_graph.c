/* The graph of one token of a model of a text, which looks back into a cache of keys and values:
 * stored beside the graph of inference, so that a text is written token after token. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "message.h"
#include "model.h"
#include "run.h"
#include "suggest.h"
#include "text.h"

#ifdef ADZE_EXTRAS

/* Whether the layer is of each step alone, or has a cache. */
static bool has_step(const model_item *item)
{
    const ad_layer_record *l = item->record;
    if (item->kind != ITEM_LAYER || l->time == AD_TIME_KEPT)
        return item->kind != ITEM_LAYER || !suggest_listed("rnn gru lstm", l->record.name);
    return suggest_listed("attention transformer grouped_attention llama positions",
                          l->record.name) &&
           !model_refers(item, "to");
}

static bool all_have(const model_list *list)
{
    for (int i = 0; i < list->count; i++) {
        if (!has_step(&list->item[i]))
            return false;
        for (int k = 0; k < list->item[i].lists; k++)
            if (!all_have(&list->item[i].list[k]))
                return false;
    }
    return true;
}

/* Names what a step adds to the cache. */
static void name_fresh(const ad_cache *cache)
{
    for (int i = 0; i < ad_cache_count(cache); i++) {
        char name[48];
        ad_tensor *fresh;
        (void)ad_cache_at(cache, i, &fresh);
        snprintf(name, sizeof name, RUN_FRESH_KEYS, i + 1);
        (ad_name)(fresh, name);
    }
}

/* NULL where a layer does not fit: texts are written window by window then. */
static const char *build(ad_graph *graph, const ad_config *c, const ad_run_data *data)
{
    const ad_run_field *field = &data->input[0];
    ad_tensor *output;
    ad_cache *cache = ad_cache_new(graph);
    ad_layers_input in = {.name = field->name,
                          .tensor = (ad_feed)(graph, field->name, field->type, AD_SHAPE(1, 1)),
                          .classes = field->classes,
                          .tokens = true,
                          .most = data->window,
                          .out = data->target.classes};
    if (!cache || ad_layers_build(c, c->model, &in, 1, &output) != AD_OK ||
        ad_tensor_shape(output).rank != 3 || ad_cache_count(cache) == 0)
        return NULL;
    (ad_name)(data->task->predict(output), RUN_CHANCES);
    name_fresh(cache);
    return ad_graph_text(graph);
}

char *run_step_graph(const ad_config *c, const ad_run_data *data, ad_context *context)
{
    bool fits = data->task->of_text && data->inputs == 1 && !data->streams &&
                strcmp(data->task->record.name, "language_model") == 0 &&
                run_encoder(data, data->input[0].name) && all_have(&c->model->layers);
    ad_graph *graph = fits ? ad_graph_new(context) : NULL;
    const char *text = graph ? build(graph, c, data) : NULL;
    char *copy = text ? text_copy(text) : NULL;
    ad_graph_free(graph);
    return copy;
}

#else

char *run_step_graph(const ad_config *c, const ad_run_data *data, ad_context *context)
{
    return (void)c, (void)data, (void)context, NULL;
}

#endif
