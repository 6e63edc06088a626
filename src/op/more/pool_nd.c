/* Pooling over one to three axes, one after the other: the largest of largest ones is the largest,
 * and of equals the first stays the first; divisors of means are products of those of each axis.
 *
 * Along one axis it is the core's op, on x seen as (outer, size, inner); what that op has not
 * (dilation, two paddings, bounds that follow no stride) goes over a table of places: those of a
 * window are gathered along an axis of their own. */
#include <math.h>

#include "base/error.h"
#include "base/option.h"
#include "core/dim.h"
#include "op/more/places.h"
#include "op/more/resample.h"
#include "op/rows.h"

/* One axis.  Window i covers places begin(i), begin(i) + dilation..., `window` of them, those
 * outside x left out; with bounds begin(i) to end(i) - 1, and window is the longest. */
struct along {
    ad_graph *graph;
    ad_dim size;
    int64_t window, stride, before, after, dilation, count;
    int64_t extra; /* places that the last window covers behind x and its padding */
    bool bounds;   /* adaptive: i size / count to (i + 1) size / count */
};

struct pooling {
    struct places p;
    ad_window_nd_options o;
    struct along along[PLACES_MAX];
};

static int64_t begin_of(const struct along *a, int64_t i)
{
    return a->bounds ? i * a->size / a->count : i * a->stride - a->before;
}

static int64_t end_of(const struct along *a, int64_t i)
{
    if (a->bounds)
        return ((i + 1) * a->size + a->count - 1) / a->count;
    return begin_of(a, i) + a->dilation * (a->window - 1) + 1;
}

/* ---- tables of places, (window, count) */

/* Tap t of window i: the place, or where that is none another of its window; -1: it has none. */
static int64_t place_at(const struct along *a, int64_t t, int64_t i)
{
    int64_t at = begin_of(a, i) + t * a->dilation, limit = end_of(a, i);
    limit = limit < a->size ? limit : a->size;
    while (at < 0)
        at += a->dilation;
    while (at >= limit)
        at -= a->dilation;
    return at;
}

/* Memory of the graph for so many; NULL without. */
static int64_t *numbers(const struct along *a, int64_t count)
{
    GRAPH_HOLD(a->graph);
    return arena_alloc(&a->graph->arena, (size_t)(count + 1) * sizeof(int64_t));
}

static ad_tensor *table_of(const struct along *a)
{
    int64_t n = a->window * a->count, *place = n >> 31 ? NULL : numbers(a, n);
    if (!place)
        return a->graph->no_memory;
    for (int64_t k = 0; k < n; k++) {
        place[k] = place_at(a, k / a->count, k % a->count);
        if (place[k] < 0)
            return graph_poison(a->graph, AD_ERROR_SHAPE, "pooling: a window covers no place");
    }
    return ad_constant(a->graph, ad_i64(place, AD_SHAPE(a->window, a->count)));
}

/* x factor, of i64. */
static ad_tensor *times(ad_tensor *x, int64_t factor)
{
    return ad_mul(x, ad_number(ad_tensor_graph(x), AD_I64, (double)factor));
}

typedef ad_tensor *pool_op(ad_tensor *, const ad_window_options *);

static ad_tensor *core(pool_op *op, ad_tensor *x, const struct along *a, bool padded, bool counted)
{
    ad_window_options w = AD_OPTIONS(ad_window_options, .window = a->window, .stride = a->stride,
                                     .padding = padded ? a->before : 0, .count_padding = counted);
    return op(x, &w);
}

/* (outer, 1, count inner): of the places of a table. */
static ad_tensor *over_taps(pool_op *op, ad_tensor *x, const struct along *a, ad_tensor *table)
{
    struct along all = {.window = a->window, .stride = 1};
    ad_tensor *taps = ad_gather(x, table, 1);
    return core(op, SHAPED(taps, x->shape.size[0], a->window, a->count * x->shape.size[2]), &all,
                false, false);
}

static bool is_direct(const struct along *a)
{
    return !a->bounds && a->dilation == 1 && a->before == a->after;
}

/* ---- the largest */

static ad_tensor *place_of(ad_tensor *y)
{
    return ad_cast(graph_is_poison(y) ? y : graph_result(y, 1), AD_I64);
}

/* The largest along an axis, and its place, i64. */
static ad_tensor *largest_along(ad_tensor *x, const struct along *a, ad_tensor **place)
{
    if (is_direct(a)) {
        ad_tensor *y = core(ad_max_pool, places_pad(x, 1, 0, a->extra, -INFINITY), a, true, false);
        *place = place_of(y);
        return y;
    }
    ad_tensor *table = table_of(a), *y = over_taps(ad_max_pool, x, a, table);
    ad_dim outer = x->shape.size[0], inner = x->shape.size[2];
    ad_tensor *tap = SHAPED(place_of(y), outer, a->count, inner);
    ad_tensor *window = SHAPED(ad_range(a->graph, AD_I64, a->count), a->count, 1);
    *place = ad_gather(SHAPED(table, AD_INFER), ad_add(times(tap, a->count), window), 0);
    return SHAPED(y, outer, a->count, inner);
}

static ad_tensor *largest(ad_tensor *x, const struct pooling *l)
{
    ad_tensor *at = NULL, *place;
    int64_t below = 1; /* places of the axes behind */
    for (int axis = l->p.axes; axis >= 1 && !graph_is_poison(x); axis--) {
        const struct along *a = &l->along[axis - 1];
        ad_shape shape = x->shape;
        x = places_back(largest_along(places_along(x, axis), a, &place), &shape, axis);
        if (!l->o.index)
            continue;
        at = at ? places_along(at, axis) : NULL;
        if (at)
            place = ad_add(times(place, below), ad_take_along(at, place, 1));
        at = places_back(place, &shape, axis);
        below *= a->size;
    }
    if (l->o.index)
        *l->o.index = at ? at : x;
    return x;
}

/* ---- means */

/* What the mean over a whole window is to be multiplied with, for what is there of it, (count, 1).
 */
static ad_tensor *shares(const struct along *a, ad_type type, bool counted)
{
    double *share = (double *)numbers(a, a->count);
    if (!share)
        return a->graph->no_memory;
    for (int64_t i = 0; i < a->count; i++) {
        int64_t begin = begin_of(a, i), end = end_of(a, i);
        int64_t limit = a->size + (counted ? a->after : 0);
        begin = counted || begin > 0 ? begin : 0;
        end = end < limit ? end : limit;
        share[i] = (double)a->window / (double)(end > begin ? end - begin : 1);
    }
    return ad_cast(ad_constant(a->graph, ad_f64(share, AD_SHAPE(a->count, 1))), type);
}

static ad_tensor *mean_along(ad_tensor *x, const struct along *a, const ad_window_nd_options *o)
{
    ad_tensor *y;
    if (!a->extra && a->before == a->after && !o->divisor) {
        return core(ad_average_pool, x, a, true, o->count_padding);
    } else {
        x = places_pad(x, 1, a->before, a->after + a->extra, 0);
        y = core(ad_average_pool, x, a, false, false);
    }
    return o->divisor ? y : ad_mul(y, shares(a, x->type, o->count_padding));
}

static ad_tensor *mean(ad_tensor *x, const struct pooling *l)
{
    double window = 1;
    for (int axis = l->p.axes; axis >= 1 && !graph_is_poison(x); axis--) {
        const struct along *a = &l->along[axis - 1];
        ad_shape shape = x->shape;
        x = places_back(mean_along(places_along(x, axis), a, &l->o), &shape, axis);
        window *= (double)a->window;
    }
    return l->o.divisor ? ad_scale(x, window / (double)l->o.divisor) : x;
}

/* ---- calls */

/* Windows along an axis; what is wrong, or NULL. */
static const char *plan_axis(const struct pooling *l, int i, ad_dim size, struct along *a)
{
    const struct places *p = &l->p;
    *a = (struct along){
        p->graph, size, p->window[i], p->stride[i], p->before[i], p->after[i], p->dilation[i],
        0,        0,    false};
    int64_t covers = a->dilation * (a->window - 1) + 1, up = l->o.ceil ? a->stride - 1 : 0;
    if (a->before > a->window / 2 || a->after > a->window / 2)
        return "padding is more than half of the window";
    if (dim_is_open(size))
        return is_direct(a) && !up && !l->o.index && !l->o.divisor
                   ? NULL
                   : "with these options sizes have to be numbers";
    int64_t room = size + a->before + a->after - covers;
    if (room < 0 || !size)
        return "a window does not fit";
    a->count = (room + up) / a->stride + 1;
    if ((a->count - 1) * a->stride >= size + a->before)
        a->count--;
    int64_t behind = (a->count - 1) * a->stride - room;
    a->extra = behind > 0 ? behind : 0;
    return NULL;
}

/* Reads options and plans each axis; of means some options are wrong. */
static ad_tensor *begin(struct pooling *l, const char *call, ad_tensor *x,
                        const ad_window_nd_options *given, bool means)
{
    l->o = AD_OPTIONS(ad_window_nd_options);
    l->p.call = call;
    ad_status status = options_read(ad_window_nd_options, &l->o, given);
    ad_tensor *poison = graph_passed(ad_tensor_graph(x), call, status);
    poison = poison ? poison : places_read(&l->p, x, true, &l->o);
    if (poison)
        return poison;
    const ad_window_nd_options *o = &l->o;
    const char *wrong = NULL;
    for (int i = 0; i < l->p.axes && !wrong; i++)
        wrong = plan_axis(l, i, x->shape.size[1 + i], &l->along[i]);
    if (o->groups != 1 || o->output_padding.rank)
        wrong = ".groups and .output_padding are for convolution";
    if (means ? o->dilation.rank || o->index || o->divisor < 0 : o->count_padding || o->divisor)
        wrong = ".dilation and .index are for largest ones, .count_padding and .divisor for means";
    return wrong ? places_mistake(&l->p, x, wrong) : NULL;
}

ad_tensor *ad_max_pool_nd(ad_tensor *x, const ad_window_nd_options *options)
{
    struct pooling l;
    ad_tensor *poison = begin(&l, "ad_max_pool_nd", x, options, false);
    if (poison && l.o.index)
        *l.o.index = poison;
    return poison ? poison : largest(x, &l);
}

ad_tensor *ad_average_pool_nd(ad_tensor *x, const ad_window_nd_options *options)
{
    struct pooling l;
    ad_tensor *poison = begin(&l, "ad_average_pool_nd", x, options, true);
    return poison ? poison : mean(x, &l);
}

static ad_tensor *power(ad_tensor *x, double p)
{
    return p == 2 ? ad_square(x) : p == 0.5 ? ad_sqrt(x) : ad_pow(x, rows_number(x, p));
}

ad_tensor *ad_lp_pool(ad_tensor *x, const ad_window_nd_options *options)
{
    struct pooling l;
    ad_tensor *poison = begin(&l, "ad_lp_pool", x, options, true);
    if (poison)
        return poison;
    if (!(l.o.p > 0 && l.o.p <= 1000) || l.o.divisor || l.o.padding.rank || l.o.padding_after.rank)
        return places_mistake(&l.p, x, ".p is above 0, at most 1000; no .padding, no .divisor");
    double window = 1;
    for (int i = 0; i < l.p.axes; i++)
        window *= (double)l.p.window[i];
    l.o.count_padding = true;
    ad_tensor *y = ad_scale(mean(power(x, l.o.p), &l), window);
    /* the slope at 0, which is infinite, counts as 0 */
    ad_tensor *zero = rows_number(x, 0), *there = ad_not_equal(y, zero);
    ad_tensor *root = power(ad_where(there, y, rows_number(x, 1)), 1 / l.o.p);
    return ad_where(there, root, zero);
}

/* ---- adaptive */

static ad_tensor *begin_bounds(struct pooling *l, const char *call, ad_tensor *x,
                               const ad_shape *places)
{
    static const int64_t none[PLACES_MAX] = {0};
    int64_t count[PLACES_MAX];
    ad_tensor *poison = places_check(call, x, 1);
    l->o = AD_OPTIONS(ad_window_nd_options);
    l->p = (struct places){.graph = ad_tensor_graph(x), .call = call};
    if (poison)
        return poison;
    l->p.axes = x->shape.rank - 2;
    bool good = places_spread(places, l->p.axes, 1, none, count);
    for (int i = 0; i < l->p.axes && good; i++) {
        ad_dim size = x->shape.size[1 + i];
        int64_t longest = (size + count[i] - 1) / count[i];
        struct along a = {l->p.graph, size, longest, longest, 0, 0, 1, count[i], 0, false};
        a.bounds = size % count[i] != 0;
        for (int64_t k = 0; k < count[i] && a.bounds; k++)
            if (end_of(&a, k) - begin_of(&a, k) > a.window)
                a.window = end_of(&a, k) - begin_of(&a, k);
        l->along[i] = a;
        good = size > 0;
    }
    return good ? NULL
                : places_mistake(&l->p, x,
                                 "sizes are numbers from 1, and so are places, one "
                                 "or as many as x has axes of them");
}

/* Two axes at once, three one after the other. */
static ad_tensor *mean_of_bounds(ad_tensor *x, const struct pooling *l)
{
    struct resample_attributes a = {.mode = RESAMPLE_MEAN, .width = 1};
    if (l->p.axes == 2) {
        a.height = l->along[0].count, a.width = l->along[1].count;
        return graph_node1(&op_resample, &a, x);
    }
    for (int axis = l->p.axes; axis >= 1 && !graph_is_poison(x); axis--) {
        ad_shape shape = x->shape;
        a.height = l->along[axis - 1].count;
        x = places_back(graph_node1(&op_resample, &a, places_along(x, axis)), &shape, axis);
    }
    return x;
}

ad_tensor *ad_adaptive_average_pool(ad_tensor *x, ad_shape places)
{
    struct pooling l;
    ad_tensor *poison = begin_bounds(&l, "ad_adaptive_average_pool", x, &places);
    bool bounds = false;
    for (int i = 0; i < l.p.axes && !poison; i++)
        bounds |= l.along[i].bounds;
    return poison ? poison : bounds ? mean_of_bounds(x, &l) : mean(x, &l);
}

ad_tensor *ad_adaptive_max_pool(ad_tensor *x, ad_shape places, ad_tensor **index)
{
    struct pooling l;
    ad_tensor *poison = begin_bounds(&l, "ad_adaptive_max_pool", x, &places);
    if (poison && index)
        *index = poison;
    l.o.index = index;
    return poison ? poison : largest(x, &l);
}

/* ---- back */

ad_tensor *ad_max_unpool(ad_tensor *x, ad_tensor *index, ad_shape places)
{
    static const int64_t none[PLACES_MAX] = {0};
    struct places p = {.graph = ad_tensor_graph(x), .call = "ad_max_unpool"};
    ad_tensor *poison = places_check(p.call, x, 1);
    poison = poison ? poison : graph_check(p.graph, p.call, &index, 1);
    if (poison)
        return poison;
    ad_shape shape = x->shape;
    int axes = shape.rank - 2;
    bool good = (index->type == AD_I64 || index->type == AD_I32) &&
                graph_shapes_equal(&index->shape, &shape) && !dim_is_open(shape.size[1 + axes]) &&
                places_spread(&places, axes, 1, none, shape.size + 1);
    ad_dim all = good ? dim_product(p.graph, &shape, 1, 1 + axes) : 0;
    if (!good)
        return places_mistake(&p, x,
                              "the index has to be i64 or i32, of x's shape, and places from "
                              "1, one or as many as x has axes of them");
    ad_dim batch = shape.size[0], channels = shape.size[1 + axes];
    ad_tensor *zeros = ad_full(p.graph, x->type, AD_SHAPE(batch, all, channels), 0);
    index = SHAPED(index, batch, AD_INFER, channels);
    x = SHAPED(x, batch, AD_INFER, channels);
    return ad_reshape(ad_scatter_along(zeros, index, x, 1, AD_SCATTER_SET), shape);
}
