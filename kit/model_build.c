/* The graph that a model describes: the calls that a C program would make, in the file's order. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "message.h"
#include "model.h"
#include "option.h"

/* What `from` may name. */
typedef struct known {
    const char *name;
    ad_tensor *tensor;
    int64_t classes;
    bool tokens;
    bool taken; /* something has it as its input */
} known;

/* A tensor whose examples are of different lengths. */
typedef struct timed {
    ad_tensor *tensor, *length;
} timed;

/* The last states of a recurrent layer that others start from. */
typedef struct ended {
    const char *name;
    ad_tensor *state, *cell; /* cell: of lstm, or NULL */
} ended;

typedef struct builder {
    const ad_config *config;
    const ad_layers *model;
    known *list;
    int count, room;
    int inputs;    /* the first of the list are those of the data */
    int needs_two; /* line of a batch norm on one value per example; 0: none yet */
    bool reports;  /* false: only asked */
    const model_watch *watch;
    ad_type real; /* of the inputs */
    timed *time;
    int times, time_room;
    ended *end;
    int ends, end_room;
    int64_t out, most; /* of ad_layers_input */
    ad_tensor *length; /* of the output, once it is there */
    carry carry;
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
    b->status = AD_ERROR_SHAPE;
    if (!b->reports)
        return NULL;
    b->status = config_fail_at(b->status, item->at, cure, "%s",
                               without_place(words, b->config->file, item->at.line));
    return NULL;
}

/* The library speaks to C programs; a file has other remedies. */
static const char *better_cure(const char *error, const char *cure)
{
    if (strstr(error, ": the name is taken"))
        return "leave name out in what is repeated or used twice: its weights are then numbered";
    if (strstr(error, "has to be i32 or i64"))
        return "an embedding takes a class: say that the field is one (data.types, NAME=class)";
    if (strstr(error, ".to is "))
        return "give both as many features: put - linear: {out: N} behind one of them";
    if (strstr(error, ".initial is "))
        return "give both layers the same width and layers; one that goes both ways starts one of "
               "twice its width";
    if (strstr(error, "x is i32 and has to be"))
        return "a class is only a number: put - embedding: {width: 8} before it";
    return cure;
}

/* t, or NULL where it carries an error. */
static ad_tensor *sound(builder *b, const model_item *item, ad_tensor *t, const char *cure)
{
    const char *error = ad_tensor_error(t);
    if (!error)
        return t;
    if (ad_error_status() != AD_ERROR_MEMORY || b->status != AD_OK)
        return failed(b, item, error, better_cure(error, cure));
    b->status = b->reports ? message_no_memory() : AD_ERROR_MEMORY;
    return NULL;
}

/* ---------------------------------------------------------------- names */

static bool no_memory(builder *b)
{
    if (b->status == AD_OK)
        b->status = b->reports ? message_no_memory() : AD_ERROR_MEMORY;
    return false;
}

static bool remember(builder *b, const char *name, ad_tensor *tensor)
{
    if (b->count == b->room) {
        known *grown = realloc(b->list, ((size_t)b->room * 2 + 8) * sizeof *b->list);
        if (!grown)
            return no_memory(b);
        b->list = grown;
        b->room = b->room * 2 + 8;
    }
    b->list[b->count++] = (known){.name = name, .tensor = tensor};
    return true;
}

/* ---------------------------------------------------------------- lengths */

/* Of the examples of x, or NULL: they are of one length. */
static ad_tensor *length_of(const builder *b, const ad_tensor *x)
{
    for (int i = b->times - 1; i >= 0; i--)
        if (b->time[i].tensor == x)
            return b->time[i].length;
    return NULL;
}

/* length NULL: nothing to be told. */
static bool set_length(builder *b, ad_tensor *x, ad_tensor *length)
{
    if (!x || !length || ad_tensor_shape(x).rank < 2)
        return true;
    if (b->times == b->time_room) {
        timed *grown = realloc(b->time, ((size_t)b->time_room * 2 + 8) * sizeof *grown);
        if (!grown)
            return no_memory(b);
        b->time = grown;
        b->time_room = b->time_room * 2 + 8;
    }
    b->time[b->times++] = (timed){x, length};
    return true;
}

static bool add_input(builder *b, const ad_layers_input *input)
{
    if (!remember(b, input->name, input->tensor))
        return false;
    b->list[b->count - 1].classes = input->classes;
    b->list[b->count - 1].tokens = input->tokens;
    b->most = input->most > b->most ? input->most : b->most;
    return set_length(b, input->tensor, input->length);
}

/* The output of an item under its name, which must not hide an input. */
static bool remember_item(builder *b, const model_item *item, ad_tensor *tensor)
{
    for (int i = 0; i < b->inputs; i++) {
        if (strcmp(b->list[i].name, item->name) != 0)
            continue;
        text_buffer what = {0};
        text_add_format(&what, "'%s' is the name of an input of the model already", item->name);
        failed(b, item, what.data ? what.data : "", "give the layer another name");
        text_done(&what);
        return false;
    }
    return remember(b, item->name, tensor);
}

/* The last of that name: a repeated list gives its names anew. */
static known *find(const builder *b, const char *name)
{
    for (int i = b->count - 1; i >= 0; i--)
        if (strcmp(b->list[i].name, name) == 0)
            return &b->list[i];
    return NULL;
}

static known *find_tensor(const builder *b, const ad_tensor *tensor)
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

static ad_tensor *fail_name(builder *b, const model_item *item, const char *name)
{
    text_buffer names = {0}, what = {0}, cure = {0};
    add_names(b, &names);
    text_add_format(&what, "nothing above is called '%s'", name);
    text_add_format(&cure, "the names here are: %s; any layer takes name: NAME",
                    names.data ? names.data : "none");
    failed(b, item, what.data ? what.data : "", cure.data ? cure.data : "");
    text_done(&names);
    text_done(&what);
    text_done(&cure);
    return NULL;
}

/* What is called so, which is then taken; NULL: nothing, reported. */
static ad_tensor *take(builder *b, const model_item *item, const char *name)
{
    known *k = find(b, name);
    if (!k)
        return fail_name(b, item, name);
    k->taken = true;
    return k->tensor;
}

/* The tensors that an item takes; 0: none, reported. */
static int inputs_of(builder *b, const model_item *item, ad_tensor *x, ad_tensor **in)
{
    if (item->from.count == 0) {
        known *k = find_tensor(b, x);
        if (k)
            k->taken = true;
        in[0] = x;
        return 1;
    }
    if (item->from.count > FROM_MAX) {
        failed(b, item, "from has more than 32 names", "join them in two steps");
        return 0;
    }
    for (int i = 0; i < item->from.count; i++)
        if (!(in[i] = take(b, item, item->from.text[i])))
            return 0;
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

/* A layer while it is built. */
typedef struct building {
    const model_item *item;
    ad_tensor *in[FROM_MAX];
    int count;
    void *options;
    ad_tensor *length; /* of the first input that has one; and of what comes out */
    bool windows;      /* the steps are made anew */
    ad_tensor *end[2]; /* of a recurrent layer that others start from: state and cell */
} building;

static bool is(const model_item *item, const char *name)
{
    return strcmp(item->record->record.name, name) == 0;
}

/* An embedding whose file does not say how many rows: one for each token; of a class of a table one
 * more, for what is missing or new. */
static void count_rows(const builder *b, const building *l)
{
    const known *k = find_tensor(b, l->in[0]);
    ad_embedding_options *o = l->options;
    int64_t *count = &o->count;
    ad_type *type = &o->type;
#ifdef ADZE_EXTRAS
    ad_table_options *more = l->options;
    if (!is(l->item, "embedding"))
        count = &more->count, type = &more->type;
#endif
    if (k && k->classes > 0)
        *count = *count ? *count : k->classes + !k->tokens;
    if (b->real == AD_F64)
        *type = AD_F64;
}

static void count_positions(const builder *b, const building *l)
{
    ad_positions_options *o = l->options;
    ad_shape shape = ad_tensor_shape(l->in[0]);
    if (o->count == AD_SAME && shape.rank > 1 && (shape.size[1] < 0 || shape.size[1] == 1) &&
        b->most > 0)
        o->count = b->most;
}

/* The weight of the layer above that `tied` names. */
static bool tie(builder *b, const building *l, const char *tied, ad_linear_options *o)
{
    text_buffer name = {0};
    text_add_format(&name, "%s.weight", tied);
    o->weight = name.data ? ad_find(ad_tensor_graph(l->in[0]), name.data) : NULL;
    text_done(&name);
    if (o->weight)
        return true;
    text_buffer what = {0};
    text_add_format(&what, "no layer above that has a weight is called '%s'", tied);
    failed(b, l->item, what.data ? what.data : "",
           "give the embedding that name: - embedding: {width: N, name: NAME}");
    text_done(&what);
    return false;
}

/* How many features a linear gives whose file does not say it. */
static bool decide_out(builder *b, const building *l)
{
    const ad_option *row = record_option(&l->item->record->record, "tied");
    const char *tied = row ? *(const char *const *)((const char *)l->options + row->offset) : NULL;
    ad_linear_options *o = l->options;
    if (tied && !tie(b, l, tied, o))
        return false;
    bool said = o->out != AD_SAME;
    if (!said)
        o->out = o->weight || !model_ends_with(&b->model->layers, l->item) ? 0 : b->out;
    if (said || o->out || o->weight)
        return true;
    failed(b, l->item, "linear needs 'out', features after",
           model_ends_with(&b->model->layers, l->item)
               ? "write - linear: {out: N}: here nothing says how many"
               : "write - linear: {out: N}; the model's last layer may leave it out");
    return false;
}

static bool decide_options(builder *b, const building *l)
{
    if (is(l->item, "embedding") || is(l->item, "padded_embedding") || is(l->item, "embedding_bag"))
        count_rows(b, l);
    if (is(l->item, "positions"))
        count_positions(b, l);
    return !is(l->item, "linear") || decide_out(b, l);
}

/* Where examples are of different lengths: what the layer is given instead. */
static bool decide_time(builder *b, building *l)
{
    const ad_layer_record *record = l->item->record;
    ad_layer_window w;
    for (int i = 0; i < l->count && !l->length; i++)
        l->length = length_of(b, l->in[i]);
    if (!l->length)
        return true;
    bool told = record->time == AD_TIME_WINDOWS && record->window(l->options, &w);
    if (record->time == AD_TIME_MIXED || (record->time == AD_TIME_WINDOWS && !told)) {
        failed(b, l->item,
               "its examples are of different lengths, and here steps behind their end would count",
               "put - pool_time before it, or give all one length: text: {length: N}");
        return false;
    }
    if (record->time == AD_TIME_TAKEN && l->count == 1 && record->in_max > 1)
        l->in[l->count++] = l->length;
    if (record->over_batch)
        l->in[0] = time_cut(l->in[0], l->length, 0);
    l->windows = told && !time_is_plain(&w);
    if (l->windows && ad_tensor_shape(l->in[0]).rank == 3) {
        l->in[0] = time_room(time_cut(l->in[0], l->length, w.past), &w);
        l->length = time_after(l->length, &w);
    }
    return true;
}

/* The tensor behind the layer, with its lengths where it has time still. */
static ad_tensor *finish_time(builder *b, const building *l, ad_tensor *y)
{
    if (!l->length)
        return y;
    if (l->windows)
        y = time_cut(y, l->length, 0);
    bool gone = l->item->record->time == AD_TIME_TAKEN &&
                ad_tensor_shape(y).rank < ad_tensor_shape(l->in[0]).rank;
    return gone || set_length(b, y, l->length) ? y : NULL;
}

/* ---- what a layer refers to by name beside its inputs */

/* How the options of layers beyond the core begin that attend to another series. */
struct to {
    AD_HEAD_(to);
    ad_tensor *to, *to_length;
};

/* The first member of a record's options is the call's; .to_length stands behind .to. */
ad_tensor **model_to(const ad_record *record, void *options)
{
    if (strcmp(record->name, "attention") == 0)
        return &((ad_self_attention_options *)options)->to;
    if (strcmp(record->name, "transformer") == 0)
        return &((ad_transformer_options *)options)->to;
    return &((struct to *)options)->to;
}

static bool attend_to(builder *b, building *l, const char *name)
{
    ad_tensor *to = take(b, l->item, name), **at = model_to(&l->item->record->record, l->options);
    if (!to)
        return false;
    at[0] = to, at[1] = length_of(b, to);
    return true;
}

static bool fail_start(builder *b, const building *l, const char *name)
{
    text_buffer what = {0};
    if (find(b, name))
        text_add_format(&what, "'%s' is no recurrent layer whose last state %s could start from",
                        name, l->item->record->record.name);
    else
        fail_name(b, l->item, name);
    if (what.data)
        failed(b, l->item, what.data,
               "name an rnn, gru or lstm above; an lstm starts from an lstm");
    text_done(&what);
    return false;
}

static bool start_from(builder *b, building *l, const char *name)
{
    ad_recurrent_options *o = l->options;
    bool lstm = is(l->item, "lstm");
    const ended *e = NULL;
    for (int i = 0; i < b->ends; i++)
        e = strcmp(b->end[i].name, name) == 0 ? &b->end[i] : e;
    if (!e || (lstm && !e->cell))
        return fail_start(b, l, name);
    o->initial = e->state;
    o->initial_cell = lstm ? e->cell : NULL;
    return true;
}

/* Layers with a state have the option `start`. */
static bool has_state(const model_item *item)
{
    return record_option(&item->record->record, "start") != NULL;
}

/* Other layers start from this one: its last states are asked for. */
static void ask_for_end(const builder *b, building *l)
{
    ad_recurrent_options *o = l->options;
    if (!l->item->name || !has_state(l->item) || !model_starts(b->model, l->item->name))
        return;
    o->last = &l->end[0];
    o->last_cell = is(l->item, "lstm") ? &l->end[1] : NULL;
}

static bool keep_end(builder *b, const building *l)
{
    if (!l->end[0])
        return true;
    if (b->ends == b->end_room) {
        ended *grown = realloc(b->end, ((size_t)b->end_room * 2 + 4) * sizeof *grown);
        if (!grown)
            return no_memory(b);
        b->end = grown;
        b->end_room = b->end_room * 2 + 4;
    }
    b->end[b->ends++] = (ended){l->item->name, l->end[0], l->end[1]};
    return true;
}

static bool refer(builder *b, building *l)
{
    const char *to = model_refers(l->item, "to"), *start = model_refers(l->item, "start");
    ask_for_end(b, l);
    if (b->carry.fresh && carry_wanted(l->item->record, l->options) && (start || l->item->name)) {
        bool ends = l->item->name && model_starts(b->model, l->item->name);
        if (start || ends)
            return failed(b, l->item,
                          "a state is carried or started from another layer's, not both",
                          "leave carry out, or start") != NULL;
    }
    return (!to || attend_to(b, l, to)) && (!start || start_from(b, l, start));
}

static ad_tensor *make_layer(builder *b, building *l)
{
    ad_tensor *x = l->in[0];
    if (!decide_options(b, l) || !decide_time(b, l) || !refer(b, l))
        return NULL;
    bool carries = b->carry.fresh && carry_wanted(l->item->record, l->options);
    if (carries)
        carry_begin(&b->carry, x, l->item->record, l->options);
    ad_tensor *y = l->item->record->make(l->in, l->count, l->options);
    y = ad_at(b->config->file, l->item->at.line, carries ? carry_end(&b->carry, x, y) : y);
    y = sound(b, l->item, y, "change this layer, or one above it");
    y = y ? finish_time(b, l, y) : NULL;
    y = y && keep_end(b, l) ? y : NULL;
    if (y && b->watch)
        b->watch->leave(b->watch->user, l->item, -1, l->in, l->count, l->options, y);
    return y;
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
    building l = {.item = item, .count = count, .options = size ? malloc(size) : NULL};
    memcpy(l.in, in, (size_t)count * sizeof *in);
    if (size && !l.options)
        return no_memory(b) ? in[0] : NULL;
    if (size)
        memcpy(l.options, item->options, size);
    ad_tensor *y = make_layer(b, &l);
    free(l.options);
    return y;
}

/* ---------------------------------------------------------------- structures */

static ad_tensor *build_list(builder *b, const model_list *list, ad_tensor *x);

/* List i of an item. */
static ad_tensor *build_inner(builder *b, const model_item *item, int i, ad_tensor *x)
{
    if (b->watch)
        b->watch->enter(b->watch->user, item, i);
    ad_tensor *y = build_list(b, &item->list[i], x);
    if (y && b->watch)
        b->watch->leave(b->watch->user, item, i, NULL, 0, NULL, y);
    return y;
}

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
    ad_tensor *y = build_inner(b, item, 0, x);
    ad_tensor *past = y && item->lists > 1 ? build_inner(b, item, 1, x) : y ? x : NULL;
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
    ad_tensor *length = length_of(b, y);
    ad_tensor *sum = sound(b, item, ad_at(b->config->file, item->at.line, (ad_add)(y, past)),
                           "make the two alike");
    return set_length(b, sum, length ? length : length_of(b, past)) ? sum : NULL;
}

/* What the paths give may be joined.  An axis of size 1 is spread, added not that of the features,
 * where it would rather be a mistake; but no axis is made: the examples of a batch would meet each
 * other. */
static bool may_join(int how, ad_tensor *x, ad_tensor *y)
{
    ad_shape a = ad_tensor_shape(x), b = ad_tensor_shape(y);
    bool fits = a.rank == b.rank;
    for (int i = 0; fits && i < a.rank; i++) {
        bool last = i == a.rank - 1, one = a.size[i] == 1 || b.size[i] == 1;
        bool spreads = i > 0 && one && (how == JOIN_MULTIPLY || (how == JOIN_ADD && !last));
        fits = a.size[i] == b.size[i] || spreads || (how == JOIN_CONCAT && last);
    }
    return fits;
}

static ad_tensor *fail_join(builder *b, const model_item *item, int path, ad_tensor *x,
                            ad_tensor *y)
{
    static const char *const cure[] = {
        [JOIN_ADD] = "make them alike, for example by a linear or a conv at the end of a path",
        [JOIN_MULTIPLY] = "make them alike; an axis of one of them may be of size 1",
        [JOIN_CONCAT] = "make all sizes alike but the last"};
    text_buffer what = {0};
    text_add(&what, "the paths before give ");
    add_shape(&what, x);
    text_add_format(&what, ", path %d gives ", path + 1);
    add_shape(&what, y);
    failed(b, item, what.data ? what.data : "", cure[item->join]);
    text_done(&what);
    return NULL;
}

static ad_tensor *build_branches(builder *b, const model_item *item, ad_tensor *x)
{
    ad_tensor *joined = NULL;
    for (int i = 0; i < item->lists; i++) {
        ad_tensor *y = build_inner(b, item, i, x);
        if (!y)
            return NULL;
        if (joined && !may_join(item->join, joined, y))
            return fail_join(b, item, i, joined, y);
        ad_tensor *length = joined ? length_of(b, joined) : NULL;
        length = length ? length : length_of(b, y);
        joined = !joined
                     ? y
                     : sound(b, item,
                             ad_at(b->config->file, item->at.line, join_two(item->join, joined, y)),
                             "the outputs of all paths have to fit together");
        if (!joined || !set_length(b, joined, length))
            return NULL;
    }
    return joined;
}

static ad_tensor *build_repeat(builder *b, const model_item *item, ad_tensor *x)
{
    for (int64_t i = 0; i < item->times && x; i++)
        x = build_inner(b, item, 0, x);
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
    default: return build_inner(b, item, 0, in[0]);
    }
}

static ad_tensor *build_item(builder *b, const model_item *item, ad_tensor *x)
{
    ad_tensor *in[FROM_MAX], *y;
    int count = inputs_of(b, item, x, in);
    if (count == 0)
        return NULL;
    if (b->watch)
        b->watch->enter(b->watch->user, item, -1);
    y = item->kind == ITEM_LAYER ? build_layer(b, item, in, count)
                                 : build_structure(b, item, in, count);
    if (y && b->watch && item->kind != ITEM_LAYER)
        b->watch->leave(b->watch->user, item, -1, NULL, 0, NULL, y);
    return y && item->name && !remember_item(b, item, y) ? NULL : y;
}

static ad_tensor *build_list(builder *b, const model_list *list, ad_tensor *x)
{
    for (int i = 0; i < list->count && x; i++)
        x = build_item(b, &list->item[i], x);
    return x;
}

/* ---------------------------------------------------------------- the whole */

/* Where the model begins, and nothing takes it: hardly meant so. */
static ad_tensor *check_taken(builder *b, const ad_layers *model, ad_tensor *y)
{
    if (b->list[0].taken)
        return y;
    text_buffer what = {0}, cure = {0};
    text_add_format(&what, "no layer takes '%s', where the model begins", b->list[0].name);
    text_add_format(&cure,
                    "add it where it belongs, as in - concat: {from: [%s, NAME]}, or leave its "
                    "fields out of the data",
                    b->list[0].name);
    failed(b, &model->layers.item[0], what.data ? what.data : "", cure.data ? cure.data : "");
    text_done(&what);
    text_done(&cure);
    return NULL;
}

static ad_tensor *build(builder *b, const ad_layers *model, const ad_layers_input *input,
                        int inputs)
{
    bool good = true;
    b->model = model;
    for (int i = 0; i < inputs && good; i++)
        good = add_input(b, &input[i]);
    b->inputs = inputs;
    b->out = input[0].out;
    b->carry = (carry){.fresh = input[0].fresh, .streams = input[0].streams};
    bool f64 = input[0].f64 || ad_tensor_type(input[0].tensor) == AD_F64;
    b->real = f64 ? AD_F64 : AD_F32;
    ad_tensor *y = good ? build_list(b, &model->layers, input[0].tensor) : NULL;
    y = y ? check_taken(b, model, y) : NULL;
    b->length = y ? length_of(b, y) : NULL;
    free(b->list);
    free(b->time);
    free(b->end);
    b->list = NULL;
    b->time = NULL;
    b->end = NULL;
    return y;
}

ad_status model_build(const ad_config *config, const ad_layers *model, const ad_layers_input *input,
                      int inputs, const model_watch *watch, ad_tensor **output)
{
    builder b = {.config = config, .reports = true, .watch = watch};
    *output = build(&b, model, input, inputs);
    return b.status;
}

ad_status model_build_timed(const ad_config *config, const ad_layers *model,
                            const ad_layers_input *input, int inputs, const model_watch *watch,
                            ad_tensor **output, ad_tensor **length)
{
    builder b = {.config = config, .reports = true, .watch = watch};
    *output = build(&b, model, input, inputs);
    *length = b.length;
    return b.status;
}

ad_status ad_layers_build(const ad_config *config, const ad_layers *model,
                          const ad_layers_input *input, int inputs, ad_tensor **output)
{
    return model_build(config, model, input, inputs, NULL, output);
}

int ad_layers_need_two(const ad_config *config, const ad_layers *model,
                       const ad_layers_input *input, int inputs)
{
    builder b = {.config = config};
    (void)build(&b, model, input, inputs);
    return b.needs_two;
}
