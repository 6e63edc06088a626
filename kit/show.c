/* What a model consists of: a row for each layer and list, in the file's order. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "model.h"
#include "option.h"
#include "run.h"

enum {
    DEPTH_MAX = 64,
    INPUTS_MAX = 32,
    RUN_MOST = 1 << 28 /* weights of a layer that is run to count its products */
};

typedef struct shower {
    ad_context *context;
    ad_graph *graph;
    ad_model_layers *about;
    int room;
    int open[DEPTH_MAX];   /* rows that are not left yet */
    int before[DEPTH_MAX]; /* variables when they were entered */
    int depth;
    ad_status status;
} shower;

const char *ad_axis_name(int rank, int i)
{
    static const char *const names[5][4] = {{NULL},
                                            {"batch"},
                                            {"batch", "features"},
                                            {"batch", "length", "features"},
                                            {"batch", "height", "width", "channels"}};
    return rank < 1 || rank > 4 || i >= rank ? (i == 0 ? "batch" : "axis") : names[rank][i];
}

static int64_t elements(const ad_shape *s)
{
    int64_t count = 1;
    for (int i = 0; i < s->rank; i++)
        count *= s->size[i] > 0 ? s->size[i] : 1;
    return count;
}

/* ---------------------------------------------------------------- products of one layer */

/* The options of a record begin with those of its call, and may have more behind them. */
typedef union alone {
    ad_recurrent_options recurrent;
    char whole[512];
} alone;

static ad_shape of_one(ad_shape shape)
{
    for (int k = 0; k < shape.rank; k++)
        shape.size[k] = shape.size[k] < 0 ? 1 : shape.size[k];
    return shape;
}

/* Zeros in the place of what is attended to. */
static ad_tensor *zeros_like(ad_graph *graph, const ad_tensor *to)
{
    return to ? (ad_full)(graph, ad_tensor_type(to), of_one(ad_tensor_shape(to)), 0) : NULL;
}

/* The options without tensors of the graph that the layer stands in: a state that comes from
 * another layer begins at zeros. */
static const void *options_alone(ad_graph *graph, const ad_record *r, const void *options,
                                 alone *own)
{
    bool known = record_option(r, "start") || record_option(r, "to");
    if (!known || r->size > sizeof own->whole)
        return options;
    memcpy(own->whole, options, r->size);
    if (record_option(r, "start")) {
        own->recurrent.initial = own->recurrent.initial_cell = NULL;
        own->recurrent.last = own->recurrent.last_cell = NULL;
    } else {
        ad_tensor **to = model_to(r, own);
        to[0] = zeros_like(graph, to[0]);
        to[1] = NULL;
    }
    return own;
}

/* The layer alone, on zeros of one example, in a graph of its own. */
static ad_tensor *make_alone(ad_graph *graph, const model_item *item, ad_tensor *const *in,
                             int count, const void *options, ad_tensor **feed)
{
    alone own;
    for (int i = 0; i < count; i++) {
        char name[16];
        ad_shape shape = of_one(ad_tensor_shape(in[i]));
        snprintf(name, sizeof name, "in%d", i);
        feed[i] = (ad_feed)(graph, name, ad_tensor_type(in[i]), shape);
    }
    return item->record->make(feed, count,
                              options_alone(graph, &item->record->record, options, &own));
}

static ad_status run_alone(ad_state *state, ad_tensor *y, ad_tensor *const *feed, int count,
                           int64_t *flops)
{
    ad_array array[INPUTS_MAX] = {{0}}, out = {0};
    ad_program *p = ad_compile(state, .fetch = {y}, .feed_list = feed, .feed_count = count);
    ad_status status = p ? AD_OK : ad_error_status();
    for (int i = 0; i < count && status == AD_OK; i++) {
        ad_shape shape = ad_tensor_shape(feed[i]);
        array[i] = (ad_array){.type = ad_tensor_type(feed[i]), .shape = shape};
        array[i].data = calloc((size_t)elements(&shape) + 8, 8);
        status = array[i].data ? AD_OK : AD_ERROR_MEMORY;
    }
    if (status == AD_OK)
        status = ad_run(p, array, &out);
    *flops = status == AD_OK ? ad_program_about(p).flops : 0;
    for (int i = 0; i < count; i++)
        free(array[i].data);
    ad_program_free(p);
    return status;
}

static int64_t variables_of(const ad_graph *graph)
{
    int64_t count = 0;
    for (int i = 0; i < ad_variable_count(graph); i++) {
        ad_shape shape = ad_tensor_shape(ad_variable_at(graph, i));
        count += elements(&shape);
    }
    return count;
}

/* -1 of a layer that is too large to be run alone. */
static int64_t flops_of(const shower *s, const model_item *item, ad_tensor *const *in, int count,
                        const void *options)
{
    ad_tensor *feed[INPUTS_MAX];
    int64_t flops = -1;
    ad_graph *graph = count <= INPUTS_MAX ? ad_graph_new(s->context) : NULL;
    ad_tensor *y = graph ? make_alone(graph, item, in, count, options, feed) : NULL;
    bool small = y && !ad_tensor_error(y) && variables_of(graph) <= RUN_MOST;
    ad_state *state = small ? ad_state_new(graph, 1) : NULL;
    if (state && run_alone(state, y, feed, count, &flops) != AD_OK)
        flops = -1;
    ad_state_free(state);
    ad_graph_free(graph);
    return flops;
}

/* ---------------------------------------------------------------- rows */

static char *words_of(const model_item *item, int list)
{
    if (item->kind == ITEM_LAYER)
        return text_copy(item->record->record.name);
    for (int i = 0; structure_at(i); i++) {
        const structure *s = structure_at(i);
        text_buffer t = {0};
        if (s->kind != item->kind)
            continue;
        if (list < 0)
            text_add(&t, s->record.name);
        else
            structure_list_name(&t, s, list);
        if (list >= 0 && s->list_of_lists)
            text_add_format(&t, " %d", list + 1);
        if (list < 0 && item->kind == ITEM_REPEAT)
            text_add_format(&t, " %lld", (long long)item->times);
        return text_take(&t);
    }
    return text_copy("layers");
}

static ad_layer_about *add_row(shower *s)
{
    ad_model_layers *a = s->about;
    if (a->layers == s->room) {
        int room = s->room * 2 + 32;
        ad_layer_about *grown = realloc(a->layer, (size_t)room * sizeof *grown);
        if (!grown)
            return NULL;
        a->layer = grown;
        s->room = room;
    }
    a->layer[a->layers] = (ad_layer_about){0};
    return &a->layer[a->layers++];
}

/* "a b" of the item's own `from`; false without memory. */
static bool from_of(const model_item *item, int list, char **words)
{
    text_buffer t = {0};
    *words = NULL;
    if (list >= 0 || item->from.count == 0)
        return true;
    for (int i = 0; i < item->from.count; i++)
        text_add_format(&t, "%s%s", i ? " " : "", item->from.text[i]);
    return (*words = text_take(&t)) != NULL;
}

/* What it names by `to` and `start`, alike. */
static bool beside_of(const model_item *item, int list, char **words)
{
    const char *to = model_refers(item, "to"), *start = model_refers(item, "start");
    *words = NULL;
    if (list >= 0 || (!to && !start))
        return true;
    return (*words = text_format("%s%s%s", to ? to : "", to && start ? " " : "",
                                 start ? start : "")) != NULL;
}

/* Only lists of an item that has several are rows of their own. */
static bool is_row(const model_item *item, int list)
{
    return list < 0 || item->lists > 1;
}

static void enter(void *user, const model_item *item, int list)
{
    shower *s = user;
    if (!is_row(item, list) || s->status != AD_OK)
        return;
    ad_layer_about *row = s->depth < DEPTH_MAX ? add_row(s) : NULL;
    char *words = row ? words_of(item, list) : NULL, *from = NULL, *beside = NULL;
    if (!words || !from_of(item, list, &from) || !beside_of(item, list, &beside)) {
        free(words);
        free(from);
        s->status = message_no_memory();
        return;
    }
    *row = (ad_layer_about){.depth = s->depth,
                            .layer = words,
                            .from = from,
                            .beside = beside,
                            .line = item->at.line,
                            .inner = item->kind == ITEM_LAYER};
    s->before[s->depth] = ad_variable_count(s->graph);
    s->open[s->depth++] = s->about->layers - 1;
}

/* "conv1" of "conv1.weight": what the names of variables from to to - 1 begin with, up to a point.
 */
static char *owner(const ad_graph *graph, int from, int to)
{
    const char *name = ad_tensor_name(ad_variable_at(graph, from)), *dot = strrchr(name, '.');
    size_t size = dot ? (size_t)(dot - name) : strlen(name);
    for (int i = from + 1; i < to; i++) {
        const char *other = ad_tensor_name(ad_variable_at(graph, i));
        while (size > 0 && (strncmp(name, other, size) != 0 || other[size] != '.'))
            do
                size--;
            while (size > 0 && name[size] != '.');
    }
    return text_copy_bytes(name, size ? size : strlen(name));
}

static bool add_variables(const shower *s, ad_layer_about *row, int from, const char *name)
{
    int to = ad_variable_count(s->graph);
    for (int i = from; i < to; i++) {
        const ad_tensor *v = ad_variable_at(s->graph, i);
        ad_shape shape = ad_tensor_shape(v);
        *(ad_trainable(v) ? &row->trained : &row->buffers) += elements(&shape);
    }
    if (row->inner && to > from)
        row->name = owner(s->graph, from, to);
    else if (name)
        row->name = text_copy(name);
    return row->name || !(name || (row->inner && to > from));
}

static void leave(void *user, const model_item *item, int list, ad_tensor *const *in, int count,
                  const void *options, ad_tensor *output)
{
    shower *s = user;
    if (!is_row(item, list) || s->status != AD_OK)
        return;
    int number = s->open[--s->depth];
    ad_layer_about *row = &s->about->layer[number];
    row->shape = ad_tensor_shape(output);
    if (!add_variables(s, row, s->before[s->depth], list < 0 ? item->name : NULL))
        s->status = message_no_memory();
    if (row->inner)
        row->flops = flops_of(s, item, in, count, options);
    for (int i = number + 1; !row->inner && i < s->about->layers; i++)
        if (s->about->layer[i].inner)
            row->flops += s->about->layer[i].flops > 0 ? s->about->layer[i].flops : 0;
}

static void sum_up(ad_model_layers *a)
{
    for (int i = 0; i < a->layers; i++) {
        if (!a->layer[i].inner)
            continue;
        a->trained += a->layer[i].trained;
        a->buffers += a->layer[i].buffers;
        a->flops += a->layer[i].flops > 0 ? a->layer[i].flops : 0;
    }
}

/* The rows of one model; heading NULL: it is the only one. */
static ad_status show(shower *s, const ad_config *c, const ad_run_data *data,
                      const ad_layers *model, const char *heading)
{
    model_watch watch = {enter, leave, s};
    ad_layer_about *row = heading ? add_row(s) : NULL;
    s->depth = heading ? 1 : 0;
    if (row)
        row->layer = text_copy(heading);
    if (heading && (!row || !row->layer))
        return run_failed(AD_RUN_NO_FAULT, message_no_memory());
    s->graph = ad_graph_new(s->context);
    ad_status status =
        s->graph ? run_watch(c, data, s->graph, model, &watch) : run_fail_core(AD_RUN_NO_FAULT);
    ad_graph_free(s->graph);
    return status == AD_OK && s->status != AD_OK ? run_failed(AD_RUN_NO_FAULT, s->status) : status;
}

ad_status ad_model_layers_of(const ad_config *config, const ad_run_data *data,
                             ad_model_layers *about)
{
    shower s = {.about = about, .context = ad_context_new(.threads = 1)};
    ad_status status = s.context ? AD_OK : run_fail_core(AD_RUN_NO_FAULT);
    if (status == AD_OK && config->model)
        status = show(&s, config, data, config->model, NULL);
    if (status == AD_OK && config->generator)
        status = show(&s, config, data, config->generator, "generator");
    if (status == AD_OK && config->discriminator)
        status = show(&s, config, data, config->discriminator, "discriminator");
    if (status == AD_OK && config->encoder)
        status = show(&s, config, data, config->encoder, "encoder");
    if (status == AD_OK && config->decoder)
        status = show(&s, config, data, config->decoder, "decoder");
    if (status == AD_OK)
        sum_up(about);
    ad_context_free(s.context);
    return status;
}

void ad_model_layers_done(ad_model_layers *about)
{
    for (int i = 0; i < about->layers; i++) {
        free(about->layer[i].layer);
        free(about->layer[i].name);
        free(about->layer[i].from);
        free(about->layer[i].beside);
    }
    free(about->layer);
    *about = (ad_model_layers){0};
}
