/* Images, sequences and volumes in another size.  Each place of the result reads neighbouring
 * places of x, weighed by a function of their distance.
 *
 *     position   p = (i + 1/2) scale - 1/2; corners without antialiasing: i scale
 *     taps       j from floor(p - s + 1) on, 2 s of them; s is half the width of the function: 1
 *                linear, 2 cubic; with antialiasing times the scale where that is above 1
 *     linear     1 - |d|
 *     mean       taps j from floor(i scale) to below (i + 1) scale, each 1 / their number
 *     cubic      (a + 2) |d|^3 - (a + 3) d^2 + 1 up to 1, a |d|^3 - 5 a d^2 + 8 a |d| - 4 a up to 2
 *                (Keys 1981), a = -0.75, antialiased -0.5
 *
 * Without antialiasing a tap outside reads the edge; with it counts for nothing and the others are
 * weighed to 1. */
#include "op/more/resample.h"

#include <math.h>
#include <string.h>

#include "base/error.h"

enum { TAPS_MAX = 1 << 16 };

/* ---- weights */

/* Half the width of the weights; 1/2: of the nearest alone. */
static double reach_of(const struct resample_attributes *a)
{
    return a->mode == AD_RESIZE_CUBIC ? 2 : a->mode == AD_RESIZE_LINEAR ? 1 : 0.5;
}

struct resample_axis resample_axis(const struct resample_attributes *a, int64_t in, int64_t out)
{
    struct resample_axis r = {a, a->back ? out : in, a->back ? in : out, 0, 0, reach_of(a)};
    if (a->align_corners)
        r.scale = r.after > 1 ? (double)(r.before - 1) / (double)(r.after - 1) : 0;
    else
        r.scale = a->factor != 0 ? 1 / a->factor : (double)r.before / (double)r.after;
    r.half *= a->antialias && r.scale > 1 ? r.scale : 1;
    if (a->mode == RESAMPLE_MEAN) {
        r.taps = r.before / (r.after ? r.after : 1) + 2;
        return r;
    }
    r.taps = r.half <= TAPS_MAX / 2 ? (int64_t)ceil(2 * r.half) : TAPS_MAX + 1;
    return r;
}

static double weight_of(const struct resample_attributes *a, double d)
{
    double s = a->antialias ? -0.5 : -0.75;
    if (a->mode != AD_RESIZE_CUBIC)
        return d < 1 ? 1 - d : 0;
    if (d <= 1)
        return ((s + 2) * d - (s + 3)) * d * d + 1;
    return d < 2 ? (((d - 5) * d + 8) * d - 4) * s : 0;
}

static int64_t first_of_mean(const struct resample_axis *r, int64_t i, double *weight)
{
    int64_t first = i * r->before / r->after, end = ((i + 1) * r->before - 1) / r->after + 1;
    for (int64_t t = 0; t < r->taps; t++)
        weight[t] = t < end - first ? 1 / (double)(end - first) : 0;
    return first;
}

/* The taps of place i, with 0 for those that count for nothing; in a mean they are not there. */
static int64_t first_tap(const struct resample_axis *r, int64_t i, double *weight)
{
    if (r->a->mode == RESAMPLE_MEAN)
        return first_of_mean(r, i, weight);
    bool smooth = r->a->antialias;
    double middle = r->a->align_corners && !smooth ? 0 : 0.5, sum = 0;
    double p = ((double)i + middle) * r->scale - middle, first = floor(p - r->half + 1);
    double stretch = r->half / reach_of(r->a);
    if (r->half < 1) { /* PyTorch's places of the nearest are f32, and rounded down */
        float place = (float)i + (r->a->mode == AD_RESIZE_NEAREST_EXACT ? 0.5f : 0);
        weight[0] = 1;
        return (int64_t)floorf(place * (float)r->scale);
    }
    for (int64_t t = 0; t < r->taps; t++) {
        double j = first + (double)t;
        bool counts = !smooth || (j >= 0 && j < (double)r->before);
        weight[t] = counts ? weight_of(r->a, fabs(j - p) / stretch) : 0;
        sum += weight[t];
    }
    for (int64_t t = 0; t < r->taps && smooth; t++)
        weight[t] /= sum;
    return (int64_t)first;
}

/* Sorted by place of the result, those of one in rising order; weights beside the table are those
 * of one place. */
void resample_table(const struct resample_axis *r, int32_t *start, int32_t *from, double *weight)
{
    bool back = r->a->back;
    double *row = weight + r->after * r->taps;
    int64_t size = back ? r->before : r->after;
    memset(start, 0, (size_t)(size + 1) * sizeof *start);
    for (int pass = 0; pass < 2; pass++) {
        for (int64_t i = 0; i < r->after; i++) {
            int64_t first = first_tap(r, i, row);
            for (int64_t t = 0; t < r->taps; t++) {
                int64_t j = first + t;
                if (r->a->mode == RESAMPLE_MEAN && row[t] == 0)
                    break;
                j = j < 0 ? 0 : j < r->before ? j : r->before - 1;
                int32_t *end = &start[back ? j : i];
                if (pass) {
                    from[*end] = (int32_t)(back ? i : j);
                    weight[*end] = row[t];
                }
                ++*end;
            }
        }
        /* counts become starts; where they were filled, ends become starts */
        for (int64_t k = 0, sum = 0, next; k <= size; k++, sum = next) {
            next = pass ? start[k] : sum + start[k];
            start[k] = (int32_t)sum;
        }
    }
}

/* ---- shape */

static ad_status check_axis(const struct infer *f, ad_dim in, ad_dim out)
{
    if (!dim_is_known(f->graph, out) || (out == 0) != (in == 0))
        return fail(AD_ERROR_SHAPE, "an axis of %lld cannot get size %lld", (long long)in,
                    (long long)out);
    if (dim_is_open(in) || dim_is_open(out))
        return AD_OK;
    struct resample_axis r = resample_axis(f->attributes, in, out);
    bool wide = r.taps > TAPS_MAX && r.a->mode != RESAMPLE_MEAN;
    if (in > INT32_MAX || out > INT32_MAX || wide || r.after > INT32_MAX / r.taps)
        return fail(AD_ERROR_SHAPE, "%lld places from %lld are too many", (long long)out,
                    (long long)in);
    return AD_OK;
}

static ad_status infer(struct infer *f)
{
    const struct resample_attributes *a = f->attributes;
    const ad_shape *x = &f->in[0]->shape;
    if (f->in[0]->type != AD_F32 && f->in[0]->type != AD_F64)
        return fail(AD_ERROR_TYPE, "it weighs f32 or f64; ad_cast the input");
    if (x->rank != 3 && x->rank != 4)
        return fail(AD_ERROR_SHAPE, "it takes three or four axes");
    TRY(check_axis(f, x->size[1], a->height));
    if (x->rank == 4)
        TRY(check_axis(f, x->size[2], a->width));
    f->type[0] = f->in[0]->type;
    f->shape[0] = *x;
    f->shape[0].size[1] = a->height;
    if (x->rank == 4)
        f->shape[0].size[2] = a->width;
    return AD_OK;
}

/* ---- derivatives and meaning */

static void gradient(struct gradient *g)
{
    struct resample_attributes a = *(const struct resample_attributes *)g->node->attributes;
    const ad_shape *x = &g->in[0]->shape;
    a.back = !a.back;
    a.height = x->size[1];
    a.width = x->rank == 4 ? x->size[2] : 1;
    g->dx[0] = graph_node1(&op_resample, &a, g->dy[0]);
}

static ad_tensor *list(ad_graph *graph, ad_type type, void *data, int64_t count, int more)
{
    ad_shape shape = {1 + more, {count, 1, 1, 1, 1, 1, 1, 1}};
    return ad_constant(graph, (ad_array){.type = type, .shape = shape, .data = data});
}

/* y[i] = sum over the table's k of i, by scatter_add, whose order is that of the table */
static ad_tensor *along(ad_tensor *x, const struct resample_attributes *a, int axis, int64_t size)
{
    ad_graph *graph = x->node->graph;
    struct resample_axis r = resample_axis(a, x->shape.size[axis], size);
    int64_t n = r.after * r.taps;
    int32_t *start = arena_array(&graph->arena, (size_t)(size + 2 * n + 1), sizeof *start);
    double *weight = arena_array(&graph->arena, (size_t)(n + r.taps), sizeof *weight);
    if (!start || !weight)
        return graph_passed(graph, "resample", AD_ERROR_MEMORY);
    int32_t *from = start + size + 1, *to = from + n;
    resample_table(&r, start, from, weight);
    n = start[size];
    for (int64_t i = 0; i < size; i++)
        for (int32_t k = start[i]; k < start[i + 1]; k++)
            to[k] = (int32_t)i;
    ad_shape shape = x->shape;
    shape.size[axis] = size;
    ad_tensor *rows = ad_gather(x, list(graph, AD_I32, from, n, 0), axis);
    ad_tensor *w = list(graph, AD_F64, weight, n, shape.rank - 1 - axis);
    return ad_scatter_add(ad_full(graph, x->type, shape, 0), list(graph, AD_I32, to, n, 0),
                          ad_mul(rows, ad_cast(w, x->type)), axis);
}

static void expand(ad_graph *graph, const struct node *node, ad_tensor *const *in, ad_tensor **out)
{
    (void)graph;
    const ad_shape *y = &node->out[0].shape;
    ad_tensor *half = along(in[0], node->attributes, 1, y->size[1]);
    out[0] =
        y->rank == 3 || graph_is_poison(half) ? half : along(half, node->attributes, 2, y->size[2]);
}

/* clang-format off */
static const struct field fields[] = {
    FIELD(resample_attributes, height, DIM, 0),
    FIELD(resample_attributes, width, DIM, 0),
    FIELD_IN(resample_attributes, factor, NUMBER, 0, 0, 0x1p31),
    FIELD_IN(resample_attributes, mode, INT, 0, 0, RESAMPLE_MEAN),
    FIELD(resample_attributes, align_corners, BOOL, 0),
    FIELD(resample_attributes, antialias, BOOL, 0),
    FIELD(resample_attributes, back, BOOL, 0),
};

#define TO(...) .attributes = &(const struct resample_attributes){__VA_ARGS__}

static const struct sample samples[] = {
    {.in_count = 1, .shape = {{4, {2, 3, 5, 3}}}, TO(7, 8, 0, AD_RESIZE_LINEAR, false, false, false)},
    {.in_count = 1, .shape = {{4, {1, 7, 6, 17}}}, TO(4, 9, 0, AD_RESIZE_CUBIC, false, false, false)},
    {.in_count = 1, .shape = {{4, {1, 9, 12, 2}}}, TO(2, 5, 0, AD_RESIZE_CUBIC, true, true, false)},
    {.in_count = 1, .shape = {{4, {1, 9, 12, 1}}}, TO(4, 6, 0.5, AD_RESIZE_LINEAR, false, true, false)},
    {.in_count = 1, .shape = {{3, {2, 5, 33}}}, TO(9, 1, 0, AD_RESIZE_LINEAR, true, false, false)},
    {.in_count = 1, .shape = {{3, {2, 9, 3}}}, TO(5, 1, 0, AD_RESIZE_CUBIC, false, false, true)},
    {.in_count = 1, .shape = {{4, {2, 7, 6, 3}}}, TO(4, 3, 0, AD_RESIZE_LINEAR, false, false, true)},
    {.in_count = 1, .shape = {{4, {1, 2, 3, 2}}}, TO(9, 9, 0, AD_RESIZE_LINEAR, false, true, true)},
    {.in_count = 1, .shape = {{4, {2, 3, 4, 3}}}, TO(7, 3, 0, AD_RESIZE_NEAREST, false, false, false)},
    {.in_count = 1, .shape = {{4, {2, 7, 9, 3}}}, TO(3, 4, 0, RESAMPLE_MEAN, false, false, false)},
    {.in_count = 1, .shape = {{4, {1, 3, 4, 2}}}, TO(7, 8, 0, RESAMPLE_MEAN, false, false, true)},
    {.in_count = 1, .shape = {{3, {2, 3, 5}}}, TO(7, 1, 0, RESAMPLE_MEAN, false, false, false)},
    {.in_count = 1, .shape = {{4, {0, 3, 3, 1}}}, TO(6, 2, 0, AD_RESIZE_LINEAR, false, false, false)},
    {.in_count = 1, .shape = {{3, {2, 0, 1}}}, TO(0, 1, 0, AD_RESIZE_LINEAR, false, false, false)},
};
/* clang-format on */

const struct op op_resample = {
    .name = "resample",
    .doc = "places in another size, each weighed of its neighbours (Keys 1981)",
    .inputs = "x (outer, height, width, inner) or (outer, height, inner)",
    .formula = "y[i] = sum over j of w(|j - (i + 1/2) scale + 1/2|) x[j], along height, then width",
    FIELDS(fields),
    .attribute_size = sizeof(struct resample_attributes),
    .in_min = 1,
    .in_max = 1,
    .infer = infer,
    .gradient = gradient,
    .expand = expand,
    SAMPLES(samples)};
