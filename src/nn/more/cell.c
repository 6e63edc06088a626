/* Recurrent layers with more to a step than nn/recurrent.c has, over its loop. */
#include "nn/recurrent.h"

#include "base/option.h"

enum { STATES_, CELLS_, GATES_, OUTS };

struct more {
    struct recurrent r; /* the first member */
    ad_cell_options o;
    ad_tensor *weight_hr; /* transposed; of a projection */
    ad_tensor *peephole;  /* (3, width) */
    ad_tensor *mask;      /* (batch, out): of the state; or NULL */
    ad_tensor *probe;     /* (batch, time, layers ways out), zeros; or NULL */
    int number;           /* layer * ways + way of the loop that is built */
    ad_tensor *step[OUTS], *all[OUTS][2 * LAYERS_MAX];
};

static ad_tensor **wanted(const struct more *m, int i)
{
    return i == STATES_ ? m->o.states : i == CELLS_ ? m->o.cells : m->o.gates;
}

/* ---- cells */

static ad_tensor *joined(ad_tensor *const *part, int count)
{
    return ad_concat(part, count, -1);
}

static ad_tensor *rnn(struct more *m, ad_tensor *a, ad_tensor *h)
{
    ad_tensor *sum = ad_add(a, recurrent_from_state(&m->r, h));
    return m->step[GATES_] = m->o.relu ? ad_relu(sum) : ad_tanh(sum);
}

/* What the reset gate lets through to the fresh state: the product of the state, or of what is left
 * of it. */
static ad_tensor *reset_state(struct more *m, ad_tensor *h, ad_tensor *b, ad_tensor *reset)
{
    struct recurrent *r = &m->r;
    if (!m->o.reset_before)
        return ad_mul(reset, recurrent_gate(r, b, 2));
    ad_tensor *y = ad_matmul(ad_mul(reset, h), recurrent_gate(r, r->weight_hh, 2));
    return r->bias_hh ? ad_add(y, recurrent_gate(r, r->bias_hh, 2)) : y;
}

static ad_tensor *gru(struct more *m, ad_tensor *a, ad_tensor *before, ad_tensor *h)
{
    struct recurrent *r = &m->r;
    ad_tensor *b = recurrent_from_state(r, h);
    ad_tensor *reset = ad_sigmoid(ad_add(recurrent_gate(r, a, 0), recurrent_gate(r, b, 0)));
    ad_tensor *keep = ad_sigmoid(ad_add(recurrent_gate(r, a, 1), recurrent_gate(r, b, 1)));
    ad_tensor *fresh = ad_tanh(ad_add(recurrent_gate(r, a, 2), reset_state(m, h, b, reset)));
    if (m->o.gates)
        m->step[GATES_] = joined((ad_tensor *[]){reset, keep, fresh}, 3);
    return ad_add(fresh, ad_mul(keep, ad_sub(before, fresh)));
}

/* sum with peephole i times c. */
static ad_tensor *peeped(const struct more *m, ad_tensor *sum, int i, ad_tensor *c)
{
    return m->peephole ? ad_add(sum, ad_mul(ad_slice(m->peephole, 0, i, i + 1, 1), c)) : sum;
}

static struct cell lstm(struct more *m, ad_tensor *a, ad_tensor *h, ad_tensor *c)
{
    struct recurrent *r = &m->r;
    ad_tensor *sum = ad_add(a, recurrent_from_state(r, h));
    ad_tensor *in = ad_sigmoid(peeped(m, recurrent_gate(r, sum, 0), 0, c));
    ad_tensor *forget = ad_sigmoid(peeped(m, recurrent_gate(r, sum, 1), 1, c));
    ad_tensor *fresh = ad_tanh(recurrent_gate(r, sum, 2));
    ad_tensor *next = ad_add(ad_mul(forget, c), ad_mul(in, fresh));
    next = m->o.zoneout_cell == 0 ? recurrent_limited(r, next) : next;
    ad_tensor *out = ad_sigmoid(peeped(m, recurrent_gate(r, sum, 3), 2, next));
    if (m->o.gates)
        m->step[GATES_] = joined((ad_tensor *[]){in, forget, fresh, out}, 4);
    ad_tensor *y = ad_mul(out, ad_tanh(next));
    return (struct cell){m->weight_hr ? ad_matmul(y, m->weight_hr) : y, next};
}

/* Training keeps an element with that chance, inference takes the mean of both. */
static ad_tensor *zoned(ad_tensor *before, ad_tensor *after, double rate)
{
    if (rate == 0)
        return after;
    ad_dropout_options o = AD_OPTIONS(ad_dropout_options, .rate = rate);
    return ad_add(before, ad_scale(ad_dropout(ad_sub(after, before), &o), 1 - rate));
}

static struct cell rule(struct recurrent *r, ad_tensor *a, struct cell before)
{
    struct more *m = (struct more *)r;
    ad_tensor *h = m->mask ? ad_mul(before.h, m->mask) : before.h;
    struct cell after = {0};
    if (m->o.kind == AD_CELL_LSTM)
        after = lstm(m, a, h, before.c);
    else
        after.h = m->o.kind == AD_CELL_GRU ? gru(m, a, before.h, h) : rnn(m, a, h);
    after.h = recurrent_limited(r, zoned(before.h, after.h, m->o.zoneout));
    if (m->o.zoneout_cell != 0)
        after.c = recurrent_limited(r, zoned(before.c, after.c, m->o.zoneout_cell));
    if (m->probe)
        after.h = ad_add(after.h, ad_scan_input(r->loop, ad_slice(m->probe, -1, m->number * r->out,
                                                                  (m->number + 1) * r->out, 1)));
    m->step[STATES_] = after.h;
    m->step[CELLS_] = after.c;
    return after;
}

/* ---- around the loop */

/* One mask for all steps. */
static ad_tensor *mask(const struct recurrent *r, ad_shape shape, double rate)
{
    ad_dropout_options o = AD_OPTIONS(ad_dropout_options, .rate = rate);
    return ad_dropout(ad_full(r->layer.graph, r->layer.type, shape, 1), &o);
}

static ad_tensor *begin(struct recurrent *r, ad_tensor *x, int layer, int way)
{
    struct more *m = (struct more *)r;
    ad_dim batch = x->shape.size[0];
    m->number = layer * r->ways + way;
    if (m->o.project) {
        ad_tensor *w =
            layer_uniform(&r->layer, AD_ROLE_WEIGHT, recurrent_part(r, "weight_hr", layer, way),
                          AD_SHAPE(r->out, r->width));
        m->weight_hr = ad_transpose(w, AD_AXES(1, 0));
    }
    if (m->o.peephole)
        m->peephole =
            layer_uniform(&r->layer, AD_ROLE_WEIGHT,
                          recurrent_part(r, "weight_peephole", layer, way), AD_SHAPE(3, r->width));
    m->mask = m->o.state_dropout == 0 ? NULL : mask(r, AD_SHAPE(batch, r->out), m->o.state_dropout);
    if (m->o.input_dropout == 0)
        return x;
    return ad_mul(x, mask(r, AD_SHAPE(batch, 1, x->shape.size[2]), m->o.input_dropout));
}

static void end(struct recurrent *r, int number)
{
    struct more *m = (struct more *)r;
    for (int i = 0; i < OUTS; i++)
        if (wanted(m, i))
            m->all[i][number] = ad_scan_all(r->loop, m->step[i]);
}

static ad_tensor *bias(struct recurrent *r, ad_tensor *uniform, bool hidden)
{
    double forget = ((struct more *)r)->o.forget_bias;
    int64_t w = r->width;
    if (forget == AD_AUTO)
        return uniform;
    ad_tensor *part[] = {ad_slice(uniform, 0, 0, w, 1),
                         ad_full(r->layer.graph, r->layer.type, AD_SHAPE(w), hidden ? 0 : forget),
                         ad_slice(uniform, 0, 2 * w, 4 * w, 1)};
    return ad_concat(part, 3, 0);
}

/* ---- the layer */

static ad_tensor *refused(const struct recurrent *r, const char *option, const char *words)
{
    return layer_mistake(&r->layer, AD_ERROR_ARGUMENT, ".%s is %s", option, words);
}

static bool share(double x)
{
    return x >= 0 && x < 1;
}

static ad_tensor *check(struct recurrent *r, ad_tensor *x)
{
    struct more *m = (struct more *)r;
    const ad_cell_options *o = &m->o;
    const struct {
        bool given;
        ad_cell_kind of;
        const char *option, *words;
    } list[] = {{o->relu, AD_CELL_RNN, "relu", "for rnn"},
                {o->reset_before, AD_CELL_GRU, "reset_before", "for gru"},
                {o->peephole, AD_CELL_LSTM, "peephole", "for lstm"},
                {o->project != 0, AD_CELL_LSTM, "project", "for lstm"},
                {o->forget_bias != AD_AUTO, AD_CELL_LSTM, "forget_bias", "for lstm"},
                {o->zoneout_cell != 0, AD_CELL_LSTM, "zoneout_cell", "for lstm"},
                {o->cells, AD_CELL_LSTM, "cells", "for lstm"}};
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        if (list[i].given && o->kind != list[i].of)
            return refused(r, list[i].option, list[i].words);
    if (o->forget_bias != AD_AUTO && !r->o.bias)
        return refused(r, "forget_bias", "that of a bias, which .bias = false leaves out");
    if (o->project < 0 || (o->project && o->project >= r->width))
        return refused(r, "project", "0 or less than .width");
    if (!share(o->zoneout) || !share(o->zoneout_cell) || !share(o->input_dropout) ||
        !share(o->state_dropout))
        return refused(r, "zoneout, .zoneout_cell, .input_dropout or .state_dropout",
                       "none from 0 to below 1");
    r->out = o->project ? o->project : r->width;
    if (o->probe && x->shape.rank == 3)
        m->probe = *o->probe = ad_full(
            r->layer.graph, r->layer.type,
            AD_SHAPE(x->shape.size[0], x->shape.size[1], r->o.layers * r->ways * r->out), 0);
    return NULL;
}

static const struct recurrent_more hooks = {check, begin, end, bias};

/* The caller's out-parameters: what the loops gave, or the mistake. */
static void give(const struct more *m, ad_tensor *y)
{
    int count = (int)m->r.o.layers * m->r.ways;
    for (int i = 0; i < OUTS; i++)
        if (wanted(m, i))
            *wanted(m, i) = graph_is_poison(y) ? y : joined(m->all[i], count);
    if (m->o.probe && graph_is_poison(y))
        *m->o.probe = y;
}

/* The kind as the core has it. */
static bool is_plain(const ad_cell_options *o)
{
    return !o->relu && !o->reset_before && !o->peephole && o->project == 0 &&
           o->forget_bias == AD_AUTO && o->zoneout == 0 && o->zoneout_cell == 0 &&
           o->input_dropout == 0 && o->state_dropout == 0 && !o->states && !o->cells && !o->gates &&
           !o->probe;
}

ad_tensor *ad_cell(ad_tensor *x, const ad_cell_options *options)
{
    struct more m = {.r = {.more = &hooks, .rule = rule}, .o = AD_OPTIONS(ad_cell_options)};
    ad_status status = options_read(ad_cell_options, &m.o, options);
    ad_tensor *poison = graph_passed(ad_tensor_graph(x), "ad_cell", status);
    if (!poison && (unsigned)m.o.kind > AD_CELL_LSTM)
        poison = graph_poison(ad_tensor_graph(x), AD_ERROR_ARGUMENT,
                              "ad_cell: .kind is %d and no ad_cell_kind", m.o.kind);
    if (is_plain(&m.o))
        m.r = (struct recurrent){0};
    ad_tensor *y = poison ? poison : recurrent_build(&m.r, x, m.o.base, m.o.kind);
    give(&m, y);
    return y;
}
