/* Recurrent layers over ad_scan, with PyTorch's variables and order of gates.  With
 * a = x weight_ih^T + bias_ih and b = h weight_hh^T + bias_hh, cut into gates along the features:
 *
 *     rnn     h' = tanh(a + b)                                        (Elman 1990)
 *     gru     r = sigmoid(a_r + b_r)      z = sigmoid(a_z + b_z)      (Cho et al. 2014)
 *             n = tanh(a_n + r b_n)       h' = n + z (h - n)
 *     lstm    i, f, o = sigmoid(a + b)    g = tanh(a_g + b_g)         (Hochreiter, Schmidhuber
 * 1997) c' = f c + i g              h' = o tanh(c')
 *
 * a is computed for all steps at once, before the loop.  Past the end of an example, where .length
 * says so, the states stay, outputs are 0, and x counts as 0, so that padding has no say in any
 * bit, not even as a NaN. */
#include "nn/recurrent.h"

#include <float.h>
#include <stdio.h>

#include "base/option.h"
#include "nn/record.h"

/* ---- cells */

ad_tensor *recurrent_gate(const struct recurrent *r, ad_tensor *all, int i)
{
    return ad_slice(all, -1, i * r->width, (i + 1) * r->width, 1);
}

ad_tensor *recurrent_from_state(const struct recurrent *r, ad_tensor *h)
{
    ad_tensor *b = ad_matmul(h, r->weight_hh);
    return r->bias_hh ? ad_add(b, r->bias_hh) : b;
}

ad_tensor *recurrent_limited(const struct recurrent *r, ad_tensor *state)
{
    return r->o.clip_gradient == 0 ? state : ad_clip_gradient(state, r->o.clip_gradient);
}

static struct cell rnn_cell(struct recurrent *r, ad_tensor *a, struct cell before)
{
    ad_tensor *h = ad_tanh(ad_add(a, recurrent_from_state(r, before.h)));
    return (struct cell){.h = recurrent_limited(r, h)};
}

static struct cell gru_cell(struct recurrent *r, ad_tensor *a, struct cell before)
{
    ad_tensor *b = recurrent_from_state(r, before.h);
    ad_tensor *reset = ad_sigmoid(ad_add(recurrent_gate(r, a, 0), recurrent_gate(r, b, 0)));
    ad_tensor *keep = ad_sigmoid(ad_add(recurrent_gate(r, a, 1), recurrent_gate(r, b, 1)));
    ad_tensor *fresh =
        ad_tanh(ad_add(recurrent_gate(r, a, 2), ad_mul(reset, recurrent_gate(r, b, 2))));
    ad_tensor *h = ad_add(fresh, ad_mul(keep, ad_sub(before.h, fresh)));
    return (struct cell){.h = recurrent_limited(r, h)};
}

static struct cell lstm_cell(struct recurrent *r, ad_tensor *a, struct cell before)
{
    ad_tensor *sum = ad_add(a, recurrent_from_state(r, before.h));
    ad_tensor *in = ad_sigmoid(recurrent_gate(r, sum, 0)),
              *forget = ad_sigmoid(recurrent_gate(r, sum, 1));
    ad_tensor *fresh = ad_tanh(recurrent_gate(r, sum, 2)),
              *out = ad_sigmoid(recurrent_gate(r, sum, 3));
    ad_tensor *c = recurrent_limited(r, ad_add(ad_mul(forget, before.c), ad_mul(in, fresh)));
    return (struct cell){.h = recurrent_limited(r, ad_mul(out, ad_tanh(c))), .c = c};
}

/* ---- checks */

static ad_tensor *check_options(const struct recurrent *r)
{
    const ad_recurrent_options *o = &r->o;
    if (o->width <= 0)
        return layer_mistake(
            &r->layer, AD_ERROR_ARGUMENT,
            ".width is %lld; say how many features the state has, .width = 64 for example",
            (long long)o->width);
    if (o->layers < 1 || o->layers > LAYERS_MAX)
        return layer_mistake(&r->layer, AD_ERROR_ARGUMENT, ".layers is %lld; it is 1 to %d",
                             (long long)o->layers, LAYERS_MAX);
    if (o->both && o->reverse)
        return layer_mistake(&r->layer, AD_ERROR_ARGUMENT,
                             ".both goes both ways, .reverse one: give one of them");
    if (!(o->clip_gradient >= 0 && o->clip_gradient <= DBL_MAX))
        return layer_mistake(&r->layer, AD_ERROR_ARGUMENT,
                             ".clip_gradient is %g; it is a limit above 0, or 0 for none",
                             o->clip_gradient);
    if (!r->lstm && (o->initial_cell || o->last_cell))
        return layer_mistake(
            &r->layer, AD_ERROR_ARGUMENT,
            ".initial_cell and .last_cell are for ad_lstm, which alone has a second state");
    return NULL;
}

static ad_tensor *check_state(const struct recurrent *r, ad_tensor *x, ad_tensor *state,
                              const char *what, int64_t width)
{
    if (!state)
        return NULL;
    ad_tensor *poison = graph_check(r->layer.graph, r->layer.kind, &state, 1);
    if (poison)
        return poison;
    ad_shape shape = AD_SHAPE(x->shape.size[0], r->o.layers * r->ways * width);
    if (state->type == x->type && graph_shapes_equal(&state->shape, &shape))
        return NULL;
    return layer_mistake(&r->layer, AD_ERROR_SHAPE,
                         "%s is %s %s and has to be (batch, width), %s %s", what,
                         ad_type_name(state->type), graph_shape_text(r->layer.graph, &state->shape),
                         ad_type_name(x->type), graph_shape_text(r->layer.graph, &shape));
}

static ad_tensor *check(struct recurrent *r, ad_tensor *x)
{
    ad_tensor *poison = check_options(r);
    if (poison)
        return poison;
    if (x->shape.rank != 3)
        return layer_mistake(&r->layer, AD_ERROR_SHAPE,
                             "x is %s and has to be (batch, time, features)",
                             graph_shape_text(r->layer.graph, &x->shape));
    poison = check_state(r, x, r->o.initial, ".initial", r->out);
    poison = poison ? poison : check_state(r, x, r->o.initial_cell, ".initial_cell", r->width);
    return poison ? poison : layer_check_length(&r->layer, x, r->o.length);
}

/* ---- one way of one layer */

/* "weight_ih_l0", of the way back "weight_ih_l0_reverse" */
const char *recurrent_part(struct recurrent *r, const char *name, int layer, int way)
{
    snprintf(r->part, sizeof r->part, "%s_l%d%s", name, layer, way ? "_reverse" : "");
    return r->part;
}

static ad_tensor *bias(struct recurrent *r, const char *name, int64_t out, bool hidden)
{
#ifdef ADZE_EXTRAS
    if (r->more) {
        const struct layer *l = &r->layer;
        ad_tensor *first = ad_uniform(l->graph, l->type, AD_SHAPE(out), -l->bound, l->bound);
        return layer_variable(l, AD_ROLE_BIAS, name, r->more->bias(r, first, hidden));
    }
#else
    (void)hidden;
#endif
    return layer_uniform(&r->layer, AD_ROLE_BIAS, name, AD_SHAPE(out));
}

/* a (batch, time, gates width), and what the cell needs. */
static ad_tensor *prepare(struct recurrent *r, ad_tensor *x, int layer, int way)
{
    int64_t in = x->shape.size[2], out = r->gates * r->width;
    ad_tensor *weight_ih = layer_uniform(
        &r->layer, AD_ROLE_WEIGHT, recurrent_part(r, "weight_ih", layer, way), AD_SHAPE(out, in));
    ad_tensor *weight_hh =
        layer_uniform(&r->layer, AD_ROLE_WEIGHT, recurrent_part(r, "weight_hh", layer, way),
                      AD_SHAPE(out, r->out));
    r->weight_hh = ad_transpose(weight_hh, AD_AXES(1, 0));
    ad_tensor *a = ad_matmul(x, ad_transpose(weight_ih, AD_AXES(1, 0)));
    if (!r->o.bias)
        return a;
    r->bias_hh = bias(r, recurrent_part(r, "bias_hh", layer, way), out, true);
    return ad_add(a, bias(r, recurrent_part(r, "bias_ih", layer, way), out, false));
}

/* State number `number` of all of them, which a layer and a way has. */
static ad_tensor *carry(const struct recurrent *r, ad_tensor *x, ad_tensor *initial, int number,
                        int64_t width)
{
    ad_shape shape = AD_SHAPE(x->shape.size[0], width);
    if (!initial)
        initial = ad_full(r->layer.graph, r->layer.type, shape, 0);
    else if (r->o.layers * r->ways > 1)
        initial = ad_slice(initial, 1, number * width, (number + 1) * width, 1);
    return ad_scan_carry(r->loop, initial);
}

/* Keeps the states past the end of an example; returns the step's output. */
static ad_tensor *hold(const struct recurrent *r, ad_tensor *inside, struct cell before,
                       struct cell *after)
{
    if (!inside)
        return after->h;
    ad_tensor *zero = ad_number(r->layer.graph, r->layer.type, 0);
    ad_tensor *output = ad_where(inside, after->h, zero);
    after->h = ad_where(inside, after->h, before.h);
    if (after->c)
        after->c = ad_where(inside, after->c, before.c);
    return output;
}

/* The caller's out-parameters hold the mistake too. */
static ad_tensor *refuse(const struct recurrent *r, ad_tensor *poison)
{
    if (r->o.last)
        *r->o.last = poison;
    if (r->o.last_cell)
        *r->o.last_cell = poison;
    return poison;
}

/* x (batch, time, features) to (batch, time, width); last: the states after the last step. */
static ad_tensor *run(struct recurrent *r, ad_tensor *x, int layer, int way, struct cell *last)
{
    int number = layer * r->ways + way;
#ifdef ADZE_EXTRAS
    if (r->more)
        x = r->more->begin(r, x, layer, way);
    if (graph_is_poison(x))
        return x;
#endif
    ad_tensor *a = prepare(r, x, layer, way);
    if (graph_is_poison(a))
        return a;
    r->loop = ad_scan_begin(r->layer.graph, r->o.reverse || way);
    ad_tensor *step = ad_scan_input(r->loop, a);
    ad_tensor *inside = r->inside ? ad_scan_input(r->loop, r->inside) : NULL;
    struct cell before = {carry(r, x, r->o.initial, number, r->out),
                          r->lstm ? carry(r, x, r->o.initial_cell, number, r->width) : NULL};
    struct cell after = r->rule(r, step, before);
    ad_tensor *output = hold(r, inside, before, &after);
    ad_scan_update(r->loop, before.h, after.h);
    if (r->lstm)
        ad_scan_update(r->loop, before.c, after.c);
    if (ad_scan_end(r->loop) == AD_OK) {
        last->h = r->o.last ? ad_scan_last(r->loop, before.h) : NULL;
        last->c = r->o.last_cell ? ad_scan_last(r->loop, before.c) : NULL;
#ifdef ADZE_EXTRAS
        if (r->more)
            r->more->end(r, number);
#endif
    }
    return ad_scan_all(r->loop, output);
}

/* ---- the layers */

/* Steps past the end of an example count as 0. */
static ad_tensor *cut(struct recurrent *r, ad_tensor *x)
{
    if (!r->o.length)
        return x;
    r->inside = layer_inside(&r->layer, x, r->o.length);
    return graph_is_poison(r->inside)
               ? r->inside
               : ad_where(r->inside, x, ad_number(r->layer.graph, r->layer.type, 0));
}

static ad_tensor *run_layer(struct recurrent *r, ad_tensor *x, int layer, struct cell *last)
{
    ad_tensor *way[2];
    for (int i = 0; i < r->ways; i++) {
        way[i] = run(r, x, layer, i, &last[layer * r->ways + i]);
        if (graph_is_poison(way[i]))
            return way[i];
    }
    ad_tensor *y = r->ways > 1 ? ad_concat(way, r->ways, -1) : way[0];
    bool drops = r->o.dropout != 0 && layer + 1 < r->o.layers;
    return drops ? ad_dropout(y, &AD_OPTIONS(ad_dropout_options, .rate = r->o.dropout)) : y;
}

static void give_last(const struct recurrent *r, const struct cell *last)
{
    int count = (int)r->o.layers * r->ways;
    ad_tensor *list[2 * LAYERS_MAX];
    for (int cell = 0; cell < 2; cell++) {
        ad_tensor **out = cell ? r->o.last_cell : r->o.last;
        for (int i = 0; out && i < count; i++)
            list[i] = cell ? last[i].c : last[i].h;
        if (out)
            *out = count > 1 ? ad_concat(list, count, -1) : list[0];
    }
}

static const struct kind {
    const char *name;
    int gates;
    cell_rule *rule;
} kinds[] = {{"rnn", 1, rnn_cell}, {"gru", 3, gru_cell}, {"lstm", 4, lstm_cell}};

enum { RNN, GRU, LSTM }; /* ad_cell_kind */

/* NULL where all is well. */
static ad_tensor *begin(struct recurrent *r, ad_tensor *x, const ad_recurrent_options *options,
                        const struct kind *kind)
{
    ad_status status = options_read(ad_recurrent_options, &r->o, options);
    r->gates = kind->gates;
    r->rule = r->rule ? r->rule : kind->rule;
    r->lstm = kind == &kinds[LSTM];
    r->width = r->out = r->o.width;
    r->ways = r->o.both ? 2 : 1;
    ad_tensor *poison = graph_passed(ad_tensor_graph(x), kind->name, status);
    poison = poison ? poison : layer_begin(&r->layer, kind->name, r->o.name, x, 1);
#ifdef ADZE_EXTRAS
    if (!poison && r->more)
        poison = r->more->check(r, x);
#endif
    return poison ? poison : check(r, x);
}

ad_tensor *recurrent_build(struct recurrent *r, ad_tensor *x, const ad_recurrent_options *options,
                           int kind)
{
    struct cell last[2 * LAYERS_MAX];
    r->o = AD_OPTIONS(ad_recurrent_options);
    ad_tensor *poison = begin(r, x, options, &kinds[kind]);
    if (poison)
        return refuse(r, poison);
    layer_fan_in(&r->layer, (double)r->width);
    x = cut(r, x);
    for (int i = 0; i < r->o.layers && !graph_is_poison(x); i++)
        x = run_layer(r, x, i, last);
    if (graph_is_poison(x))
        return refuse(r, x);
    give_last(r, last);
    return x;
}

ad_tensor *ad_rnn(ad_tensor *x, const ad_recurrent_options *options)
{
    return recurrent_build(&(struct recurrent){0}, x, options, RNN);
}

ad_tensor *ad_gru(ad_tensor *x, const ad_recurrent_options *options)
{
    return recurrent_build(&(struct recurrent){0}, x, options, GRU);
}

ad_tensor *ad_lstm(ad_tensor *x, const ad_recurrent_options *options)
{
    return recurrent_build(&(struct recurrent){0}, x, options, LSTM);
}

/* ---------------------------------------------------------------- records */

/* What a file says of a recurrent layer.  A second input is the lengths. */
struct recurrent_choice {
    ad_recurrent_options o; /* the first member, for whoever carries the states */
    int outputs;            /* ALL_STEPS or LAST_STATE */
    bool carry;             /* for whoever reads the file: it gives .o.initial, and keeps .o.last */
    const char *start;      /* the same: it gives .o.initial */
#ifdef ADZE_EXTRAS
    ad_cell_options more; /* .kind and .base are filled in here */
#endif
};

enum { ALL_STEPS, LAST_STATE };

#ifdef ADZE_EXTRAS
#define ROW_MORE(type_, name_, also_, ...)                                                  \
    {                                                                                       \
        .name = #name_, .type = AD_OPTION_##type_,                                          \
        .offset = offsetof(struct recurrent_choice, more.name_), .also = also_, __VA_ARGS__ \
    }
#define ROW_SHARE(name_, also_, help_) \
    ROW_MORE(NUMBER, name_, also_, ROW_RANGE(0, 1), .below_high = true, .help = help_)
#endif

static const ad_option rows[] = {
#ifdef ADZE_EXTRAS
    ROW_MORE(TRUTH, relu, "activation nonlinearity", .help = "not tanh"),
#endif
    {.name = "width",
     .type = AD_OPTION_WHOLE,
     .required = true,
     .offset = offsetof(struct recurrent_choice, o.width),
     ROW_RANGE(1, 1e6),
     .also = "units cells num_units hidden hidden_size hidden_dim size out features",
     .help = "features of the state"},
    {.name = "outputs",
     .type = AD_OPTION_WORD,
     .words = "all last",
     .offset = offsetof(struct recurrent_choice, outputs),
     .also = "return_sequences",
     .help = "all: (batch, time, width), of each step; last: (batch, width), the state at "
             "the end, of the last layer"},
    {.name = "reverse",
     .type = AD_OPTION_TRUTH,
     .offset = offsetof(struct recurrent_choice, o.reverse),
     .also = "go_backwards backwards",
     .help = "from the last step to the first"},
    {.name = "layers",
     .type = AD_OPTION_WHOLE,
     .offset = offsetof(struct recurrent_choice, o.layers),
     ROW_RANGE(1, LAYERS_MAX),
     .also = "num_layers depth n_layers",
     .help = "one above the other"},
    {.name = "both",
     .type = AD_OPTION_TRUTH,
     .offset = offsetof(struct recurrent_choice, o.both),
     .also = "bidirectional both_directions",
     .help = "both ways over time; their outputs side by side, 2 width"},
    {.name = "dropout",
     .type = AD_OPTION_NUMBER,
     .offset = offsetof(struct recurrent_choice, o.dropout),
     ROW_RANGE(0, 1),
     .below_high = true,
     .also = "drop rate",
     .help = "share of what goes from layer to layer set to 0 in training"},
    {.name = "carry",
     .type = AD_OPTION_TRUTH,
     .offset = offsetof(struct recurrent_choice, carry),
     .also = "stateful",
     .help = "task language_model: states go on from window to window"},
    {.name = "start",
     .type = AD_OPTION_NAME,
     .offset = offsetof(struct recurrent_choice, start),
     .unset = "zeros",
     .help = "layer whose last state is the first here"},
    {.name = "bias",
     .type = AD_OPTION_TRUTH,
     .offset = offsetof(struct recurrent_choice, o.bias),
     .also = "use_bias",
     .help = "a number added to each gate"},
    {.name = "clip_gradient",
     .type = AD_OPTION_NUMBER,
     .offset = offsetof(struct recurrent_choice, o.clip_gradient),
     ROW_RANGE(0, 1e9),
     .also = "grad_clipping grad_clip gradient_clip clip clip_grad",
     .help = "limits the gradient of the state at each step, element by element; 0: not"},
    ROW_NAME(ad_recurrent_options), /* the first member */
#ifdef ADZE_EXTRAS
    ROW_SHARE(zoneout, NULL, "chance of an element of the state to stay as it was"),
    ROW_SHARE(input_dropout, "variational",
              "share of the features set to 0 in training, the same at all steps"),
    ROW_SHARE(state_dropout, "recurrent_dropout", "that of the state in its products"),
    ROW_MORE(TRUTH, reset_before, "reset_after", .help = "gru: the reset gate before the product"),
    ROW_MORE(TRUTH, peephole, "use_peepholes peepholes", .help = "gates see the cell"),
    ROW_MORE(WHOLE, project, "proj_size num_proj", ROW_RANGE(0, 1e6),
             .help = "features of the output, fewer than width; 0: width"),
    ROW_MORE(NUMBER, forget_bias, "unit_forget_bias", ROW_RANGE(-100, 100),
             .unset = "as the others", .help = "what the forget gate's bias starts with"),
    ROW_SHARE(zoneout_cell, NULL, "zoneout of the cell"),
#endif
};

/* In this order: those of rnn alone, of all, of gru alone, of lstm alone (and gru's, which it
 * refuses). */
#ifdef ADZE_EXTRAS
enum { ALL = (int)(sizeof rows / sizeof *rows), OF_RNN = 1, OF_LSTM = 4 };
#define FIRST_ROW(kind) ((kind) == RNN ? 0 : OF_RNN)
#define END_ROW(kind) (ALL - ((kind) == LSTM ? 0 : (kind) == GRU ? OF_LSTM : OF_LSTM + 1))
#else
#define FIRST_ROW(kind) 0
#define END_ROW(kind) (int)(sizeof rows / sizeof *rows)
#endif

static const struct recurrent_choice initial = {.o = AD_OPTIONS_INIT(ad_recurrent_options),
#ifdef ADZE_EXTRAS
                                                .more = AD_OPTIONS_INIT(ad_cell_options)
#endif
};

static ad_tensor *call(int kind, ad_tensor *x, struct recurrent_choice *c)
{
#ifdef ADZE_EXTRAS
    c->more.base = &c->o;
    c->more.kind = (ad_cell_kind)kind;
    return ad_cell(x, &c->more);
#else
    return recurrent_build(&(struct recurrent){0}, x, &c->o, kind);
#endif
}

static int64_t features(const struct recurrent_choice *c)
{
#ifdef ADZE_EXTRAS
    if (c->more.project)
        return c->more.project;
#endif
    return c->o.width;
}

static ad_tensor *make(int kind, ad_tensor *const *in, int count, const void *options)
{
    struct recurrent_choice c = options ? *(const struct recurrent_choice *)options : initial;
    ad_tensor *last = NULL;
    c.o.length = count > 1 ? in[1] : c.o.length;
    ad_tensor **kept = c.o.last;
    c.o.last = c.outputs == LAST_STATE ? &last : c.o.last;
    ad_tensor *all = call(kind, in[0], &c);
    if (kept && last)
        *kept = last;
    if (!last || c.o.layers == 1 || graph_is_poison(last))
        return last ? last : all;
    int64_t wide = (c.o.both ? 2 : 1) * features(&c); /* of each layer */
    return ad_slice(last, 1, (c.o.layers - 1) * wide, AD_END, 1);
}

#define RECURRENT(name_, kind, help_, also_)                                                      \
    static ad_tensor *make_##name_(ad_tensor *const *in, int count, const void *options)          \
    {                                                                                             \
        return make(kind, in, count, options);                                                    \
    }                                                                                             \
    const ad_layer_record layer_##name_ = {.record = {.name = #name_,                             \
                                                      .help = help_,                              \
                                                      .also = also_,                              \
                                                      .option = rows + FIRST_ROW(kind),           \
                                                      .options = END_ROW(kind) - FIRST_ROW(kind), \
                                                      .initial = &initial,                        \
                                                      .size = sizeof initial},                    \
                                           .in_min = 1,                                           \
                                           .in_max = 2,                                           \
                                           .time = AD_TIME_TAKEN,                                 \
                                           .make = make_##name_}

RECURRENT(rnn, RNN, "over time, one tanh a step (Elman 1990)", "simplernn elman recurrent");
RECURRENT(gru, GRU, "over time, with two gates (Cho et al. 2014)", NULL);
RECURRENT(lstm, LSTM, "over time, with a cell and three gates (Hochreiter and Schmidhuber 1997)",
          NULL);
