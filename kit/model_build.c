/* The graph that a model describes: the calls that a C program would make, in the file's order. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "message.h"
#include "model.h"

/* What `from` may name. */
typedef struct known {
    const char *name;
    ad_tensor *tensor;
    int64_t classes;
} known;

typedef struct builder {
    const ad_config *config;
    known *list;
    int count, room;
    int needs_two; /* line of a batch norm on one value per example; 0: none yet */
    bool reports;  /* false: only asked */
    ad_status status;
} builder;

/* ---------------------------------------------------------------- failures */

/* The library's words start with the place too, which the report shows already. */
static const char *without_place(const char *words, const char *file, int line)
{
    char end[24];
    size_t size = strlen(file), end_size = (size_t)snprintf(end, sizeof end, ":%d: ", line);
    bool placed = strncmp(words, file, size) == 0 && strncmp(words + size, end, end_size) == 0;
    return placed ? words + size + end_size : words;
}

static ad_tensor *failed(builder *b, const model_item *item, const char *words, const char *cure)
{
    if (b->status != AD_OK)
        return NULL;
    b->status = ad_error_status() == AD_ERROR_MEMORY ? AD_ERROR_MEMORY : AD_ERROR_SHAPE;
    if (!b->reports)
        return NULL;
    if (b->status == AD_ERROR_MEMORY)
        message_no_memory();
    else
        config_fail_at(b->status, item->at, cure, "%s",
                       without_place(words, b->config->file, item->at.line));
    return NULL;
}

/* t, or NULL where it carries an error. */
static ad_tensor *sound(builder *b, const model_item *item, ad_tensor *t, const char *cure)
{
    const char *error = ad_tensor_error(t);
    return error ? failed(b, item, error, cure) : t;
}

/* ---------------------------------------------------------------- names */

static bool remember(builder *b, const char *name, ad_tensor *tensor, int64_t classes)
{
    if (b->count == b->room) {
        known *grown = realloc(b->list, ((size_t)b->room * 2 + 8) * sizeof *b->list);
        if (!grown) {
            b->status = b->reports ? message_no_memory() : AD_ERROR_MEMORY;
            return false;
        }
        b->list = grown;
        b->room = b->room * 2 + 8;
    }
    b->list[b->count++] = (known){name, tensor, classes};
    return true;
}

/* The last of that name: a repeated list gives its names anew. */
static const known *find(const builder *b, const char *name)
{
    for (int i = b->count - 1; i >= 0; i--)
        if (strcmp(b->list[i].name, name) == 0)
            return &b->list[i];
    return NULL;
}

static const known *find_tensor(const builder *b, const ad_tensor *tensor)
{
    for (int i = b->count - 1; i >= 0; i--)
        if (b->list[i].tensor == tensor)
            return &b->list[i];
    return NULL;
}

static void add_names(const builder *b, text_buffer *t)
{
    for (int i = 0; i < b->count; i++)
        text_add_format(t, "%s%s", i ? ", " : "", b->list[i].name);
}

enum { FROM_MAX = 32 };

/* The tensors that an item takes; 0: none, reported. */
static int inputs_of(builder *b, const model_item *item, ad_tensor *x, ad_tensor **in)
{
    if (item->from.count == 0) {
        in[0] = x;
        return 1;
    }
    if (item->from.count > FROM_MAX) {
        failed(b, item, "from has more than 32 names", "join them in two steps");
        return 0;
    }
    for (int i = 0; i < item->from.count; i++) {
        const known *k = find(b, item->from.text[i]);
        if (!k) {
            text_buffer names = {0}, what = {0};
            add_names(b, &names);
            text_add_format(&what, "nothing above is called '%s'", item->from.text[i]);
            text_buffer cure = {0};
            text_add_format(&cure, "the names here are: %s; any layer takes name: NAME",
                            names.data ? names.data : "none");
            failed(b, item, what.data ? what.data : "", cure.data ? cure.data : "");
            text_done(&names);
            text_done(&what);
            text_done(&cure);
            return 0;
        }
        in[i] = k->tensor;
    }
    return item->from.count;
}

/* ---------------------------------------------------------------- layers */

/* (batch, channels), or all between of size 1. */
static bool one_value_each(ad_tensor *x)
{
    ad_shape shape = ad_tensor_shape(x);
    for (int i = 1; i < shape.rank - 1; i++)
        if (shape.size[i] != 1)
            return false;
    return shape.rank >= 2;
}

/* An embedding of a class whose file does not say how many: one row for each, and one for what is
 * missing or new. */
static void count_classes(const builder *b, const model_item *item, const ad_tensor *x,
                          void *options)
{
    const known *k = find_tensor(b, x);
    if (k && k->classes > 0 && strcmp(item->record->record.name, "embedding") == 0) {
        ad_embedding_options *o = options;
        o->count = o->count ? o->count : k->classes + 1;
    }
}

static ad_tensor *build_layer(builder *b, const model_item *item, ad_tensor *const *in, int count)
{
    const ad_layer_record *record = item->record;
    if (count < record->in_min || count > record->in_max) {
        text_buffer what = {0};
        text_add_format(&what, "%s takes %d %s, here are %d", record->record.name, record->in_min,
                        record->in_max == 1 ? "input" : "inputs or more", count);
        failed(b, item, what.data ? what.data : "", "name them: from: [a, b]");
        text_done(&what);
        return NULL;
    }
    if (record->over_batch && !b->needs_two && one_value_each(in[0]))
        b->needs_two = item->at.line;
    size_t size = record->record.size;
    void *options = size ? malloc(size) : NULL;
    if (size && !options) {
        b->status = b->reports ? message_no_memory() : AD_ERROR_MEMORY;
        return NULL;
    }
    if (size)
        memcpy(options, item->options, size);
    count_classes(b, item, in[0], options);
    ad_tensor *y = ad_at(b->config->file, item->at.line, record->make(in, count, options));
    free(options);
    return sound(b, item, y, "change this layer, or one above it");
}

/* ---------------------------------------------------------------- structures */

static ad_tensor *build_list(builder *b, const model_list *list, ad_tensor *x);

static ad_tensor *join_two(int how, ad_tensor *x, ad_tensor *y)
{
    ad_tensor *both[] = {x, y};
    switch (how) {
    case JOIN_ADD: return (ad_add)(x, y);
    case JOIN_MULTIPLY: return (ad_mul)(x, y);
    default: return (ad_concat)(both, 2, -1);
    }
}

static bool same_shape(ad_tensor *x, ad_tensor *y)
{
    ad_shape a = ad_tensor_shape(x), b = ad_tensor_shape(y);
    for (int i = 0; i < a.rank && a.rank == b.rank; i++)
        if (a.size[i] != b.size[i])
            return false;
    return a.rank == b.rank;
}

/* (batch, 28, 28, 16): of open sizes only the batch is told apart. */
static void add_shape(text_buffer *t, ad_tensor *x)
{
    ad_shape shape = ad_tensor_shape(x);
    text_add(t, "(");
    for (int i = 0; i < shape.rank; i++)
        if (shape.size[i] < 0)
            text_add(t, i ? ", open" : "batch");
        else
            text_add_format(t, "%s%lld", i ? ", " : "", (long long)shape.size[i]);
    text_add(t, ")");
}

static ad_tensor *build_residual(builder *b, const model_item *item, ad_tensor *x)
{
    ad_tensor *y = build_list(b, &item->list[0], x);
    ad_tensor *past = y && item->lists > 1 ? build_list(b, &item->list[1], x) : y ? x : NULL;
    if (!past)
        return NULL;
    if (!same_shape(past, y)) {
        text_buffer what = {0};
        text_add(&what, item->lists > 1 ? "the shortcut gives " : "past the layers goes ");
        add_shape(&what, past);
        text_add(&what, ", the layers give ");
        add_shape(&what, y);
        failed(b, item, what.data ? what.data : "",
               "give a shortcut that makes them alike: shortcut: [conv: {filters: N, kernel: 1, "
               "stride: S}]");
        text_done(&what);
        return NULL;
    }
    return sound(b, item, ad_at(b->config->file, item->at.line, (ad_add)(y, past)),
                 "make the two alike");
}

static ad_tensor *build_branches(builder *b, const model_item *item, ad_tensor *x)
{
    ad_tensor *joined = NULL;
    for (int i = 0; i < item->lists; i++) {
        ad_tensor *y = build_list(b, &item->list[i], x);
        if (!y)
            return NULL;
        joined = !joined
                     ? y
                     : sound(b, item,
                             ad_at(b->config->file, item->at.line, join_two(item->join, joined, y)),
                             "the outputs of all paths have to fit together");
        if (!joined)
            return NULL;
    }
    return joined;
}

static ad_tensor *build_repeat(builder *b, const model_item *item, ad_tensor *x)
{
    for (int64_t i = 0; i < item->times && x; i++)
        x = build_list(b, &item->list[0], x);
    return x;
}

static ad_tensor *build_structure(builder *b, const model_item *item, ad_tensor *const *in,
                                  int count)
{
    if (count > 1)
        return failed(b, item, "it takes one input", "put - concat: {from: [a, b]} before it");
    switch (item->kind) {
    case ITEM_REPEAT: return build_repeat(b, item, in[0]);
    case ITEM_RESIDUAL: return build_residual(b, item, in[0]);
    case ITEM_BRANCHES: return build_branches(b, item, in[0]);
    default: return build_list(b, &item->list[0], in[0]);
    }
}

static ad_tensor *build_item(builder *b, const model_item *item, ad_tensor *x)
{
    ad_tensor *in[FROM_MAX], *y;
    int count = inputs_of(b, item, x, in);
    if (count == 0)
        return NULL;
    y = item->kind == ITEM_LAYER ? build_layer(b, item, in, count)
                                 : build_structure(b, item, in, count);
    return y && item->name && !remember(b, item->name, y, 0) ? NULL : y;
}

static ad_tensor *build_list(builder *b, const model_list *list, ad_tensor *x)
{
    for (int i = 0; i < list->count && x; i++)
        x = build_item(b, &list->item[i], x);
    return x;
}

/* ---------------------------------------------------------------- the whole */

static ad_tensor *build(builder *b, const ad_layers *model, const ad_layers_input *input,
                        int inputs)
{
    for (int i = 0; i < inputs; i++)
        if (!remember(b, input[i].name, input[i].tensor, input[i].classes))
            return NULL;
    ad_tensor *y = build_list(b, &model->layers, input[0].tensor);
    free(b->list);
    b->list = NULL;
    return y;
}

ad_status ad_layers_build(const ad_config *config, const ad_layers *model,
                          const ad_layers_input *input, int inputs, ad_tensor **output)
{
    builder b = {.config = config, .reports = true};
    *output = build(&b, model, input, inputs);
    return b.status;
}

int ad_layers_need_two(const ad_config *config, const ad_layers *model,
                       const ad_layers_input *input, int inputs)
{
    builder b = {.config = config};
    (void)build(&b, model, input, inputs);
    return b.needs_two;
}
