/* Pooling: the largest or the mean of each window, in one or two dimensions, and the adjoints. */
#include "op/pool.h"

#include <string.h>

#include "base/error.h"
#include "base/option.h"

/* ---- shapes */

static ad_status check_image(const struct infer *f)
{
    const ad_shape *x = &f->in[0]->shape;
    if (f->in[0]->type != AD_F32 && f->in[0]->type != AD_F64)
        return fail(AD_ERROR_TYPE, "it takes f32 or f64; ad_cast the input");
    if (x->rank != 3 && x->rank != 4)
        return fail(AD_ERROR_SHAPE, "it takes images (batch, height, width, channels) or sequences "
                                    "(batch, time, channels)");
    return AD_OK;
}

static ad_status count_positions(struct infer *f, ad_dim size, const struct window_axis *axis,
                                 ad_dim *count)
{
    if (size == 0)
        return fail(AD_ERROR_SHAPE, "there is nothing in an image of size 0");
    if (2 * axis->padding > axis->window)
        return fail(AD_ERROR_ARGUMENT, "a padding of %lld is more than half the window of %lld",
                    (long long)axis->padding, (long long)axis->window);
    return window_count(f->graph, size, axis, count);
}

/* The places of the result, from those of x. */
static ad_status pooled_shape(struct infer *f, const struct pool_attributes *a, const ad_shape *x,
                              ad_shape *out)
{
    struct window_axis along = {a->window, a->stride, a->padding, 1};
    struct window_axis across = {a->window_w, a->stride_w, a->padding_w, 1};
    ad_dim height = x->size[1], width = x->rank == 4 ? x->size[2] : 1;
    *out = *x;
    if (!dim_is_open(height) && !dim_is_open(width) && width && height > INT32_MAX / width)
        return fail(AD_ERROR_SHAPE, "more than 2^31 places in an image");
    TRY(count_positions(f, height, &along, &out->size[1]));
    return x->rank == 4 ? count_positions(f, width, &across, &out->size[2]) : AD_OK;
}

static ad_status pool_infer(struct infer *f)
{
    TRY(check_image(f));
    f->type[0] = f->in[0]->type;
    return pooled_shape(f, f->attributes, &f->in[0]->shape, &f->shape[0]);
}

static ad_status max_pool_infer(struct infer *f)
{
    TRY(pool_infer(f));
    f->type[1] = AD_I32;
    f->shape[1] = f->shape[0];
    return AD_OK;
}

static ad_status check_pooled(struct infer *f, const struct pool_attributes *a, const ad_shape *x,
                              const ad_shape *y)
{
    ad_shape out;
    TRY(pooled_shape(f, a, x, &out));
    if (graph_shapes_equal(&out, y))
        return AD_OK;
    return fail(AD_ERROR_SHAPE, "pooling %s gives %s, not %s", graph_shape_text(f->graph, x),
                graph_shape_text(f->graph, &out), graph_shape_text(f->graph, y));
}

/* From dy, and an index of its shape where there is one, back to x. */
static ad_status adjoint_infer(struct infer *f)
{
    const struct pool_adjoint_attributes *a = f->attributes;
    const ad_shape *dy = &f->in[0]->shape;
    TRY(check_image(f));
    if (f->in_count == 2 && (f->in[1]->type != AD_I32 || !graph_shapes_equal(&f->in[1]->shape, dy)))
        return fail(AD_ERROR_SHAPE, "the index has to be i32 in the shape of the first input");
    f->type[0] = f->in[0]->type;
    f->shape[0] = *dy;
    f->shape[0].size[1] = a->size;
    if (dy->rank == 4)
        f->shape[0].size[2] = a->size_w;
    return check_pooled(f, &a->pool, &f->shape[0], dy);
}

static ad_status take_infer(struct infer *f)
{
    TRY(check_image(f));
    if (f->in[1]->type != AD_I32)
        return fail(AD_ERROR_TYPE, "the index has to be i32");
    f->type[0] = f->in[0]->type;
    f->shape[0] = f->in[1]->shape;
    return check_pooled(f, f->attributes, &f->in[0]->shape, &f->shape[0]);
}

/* ---- gradients */

static struct pool_adjoint_attributes adjoint(const struct pool_attributes *a, const ad_shape *x)
{
    return (struct pool_adjoint_attributes){*a, x->size[1], x->rank == 4 ? x->size[2] : 1};
}

static ad_tensor *scatter(const struct pool_attributes *a, const ad_shape *x, ad_tensor *dy,
                          ad_tensor *index)
{
    struct pool_adjoint_attributes b = adjoint(a, x);
    return graph_node2(&op_max_pool_scatter, &b, dy, index);
}

static void max_pool_gradient(struct gradient *g)
{
    if (g->dy[0])
        g->dx[0] = scatter(g->node->attributes, &g->in[0]->shape, g->dy[0], g->out[1]);
}

static void scatter_gradient(struct gradient *g)
{
    const struct pool_adjoint_attributes *a = g->node->attributes;
    if (g->wanted[0])
        g->dx[0] = graph_node2(&op_max_pool_take, &a->pool, g->dy[0], g->in[1]);
}

static void take_gradient(struct gradient *g)
{
    if (g->wanted[0])
        g->dx[0] = scatter(g->node->attributes, &g->in[0]->shape, g->dy[0], g->in[1]);
}

static void average_pool_gradient(struct gradient *g)
{
    struct pool_adjoint_attributes a = adjoint(g->node->attributes, &g->in[0]->shape);
    g->dx[0] = graph_node1(&op_average_pool_gradient, &a, g->dy[0]);
}

static void average_adjoint_gradient(struct gradient *g)
{
    const struct pool_adjoint_attributes *a = g->node->attributes;
    g->dx[0] = graph_node1(&op_average_pool, &a->pool, g->dy[0]);
}

/* ---- naive */

struct pool_sizes {
    struct pool_attributes pool;
    struct window_image in, out; /* x and the pooled one */
};

/* The places of x under one window, and what a mean over it divides by. */
struct pool_window {
    int64_t top, bottom, left, right, divisor;
};

static struct pool_sizes sizes(const struct call *c, const ad_array *x, const ad_array *y)
{
    const struct pool_attributes *a = c->attributes;
    struct pool_sizes s = {*a, window_image(&x->shape), window_image(&y->shape)};
    if (x->shape.rank == 3) {
        s.pool.window_w = s.pool.stride_w = 1;
        s.pool.padding_w = 0;
    }
    return s;
}

static int64_t plane_of(const struct window_image *image)
{
    return image->height * image->width * image->channels;
}

static int64_t clipped(int64_t at, int64_t size)
{
    return at < 0 ? 0 : at < size ? at : size;
}

static struct pool_window window_at(const struct pool_sizes *s, int64_t position)
{
    const struct pool_attributes *a = &s->pool;
    int64_t top = position / s->out.width * a->stride - a->padding;
    int64_t left = position % s->out.width * a->stride_w - a->padding_w;
    struct pool_window w = {.top = clipped(top, s->in.height),
                            .bottom = clipped(top + a->window, s->in.height),
                            .left = clipped(left, s->in.width),
                            .right = clipped(left + a->window_w, s->in.width)};
    w.divisor =
        a->count_padding ? a->window * a->window_w : (w.bottom - w.top) * (w.right - w.left);
    return w;
}

#define REAL float
#define NAME(x) x##_f32
#include "op/pool.inc"

#define REAL double
#define NAME(x) x##_f64
#include "op/pool.inc"

static ad_status max_pool_naive(const struct call *c)
{
    struct pool_sizes s = sizes(c, &c->in[0], &c->out[0]);
    if (c->in[0].type == AD_F32)
        max_pool_f32(&s, c->in[0].data, c->out[0].data, c->out[1].data);
    else
        max_pool_f64(&s, c->in[0].data, c->out[0].data, c->out[1].data);
    return AD_OK;
}

static ad_status check_places(const struct pool_sizes *s, const ad_array *index)
{
    const int32_t *at = index->data;
    int64_t places = s->in.height * s->in.width;
    for (int64_t i = 0; i < ad_array_count(index); i++)
        if (at[i] < 0 || at[i] >= places)
            return fail(AD_ERROR_RANGE, "index %d at position %lld is outside 0..%lld", at[i],
                        (long long)i, (long long)places - 1);
    return AD_OK;
}

static void zero(ad_array *array)
{
    size_t bytes = ad_array_bytes(array);
    if (bytes)
        memset(array->data, 0, bytes);
}

static ad_status scatter_naive(const struct call *c)
{
    struct pool_sizes s = sizes(c, &c->out[0], &c->in[0]);
    TRY(check_places(&s, &c->in[1]));
    zero(&c->out[0]);
    if (c->in[0].type == AD_F32)
        move_f32(&s, false, c->in[0].data, c->in[1].data, c->out[0].data);
    else
        move_f64(&s, false, c->in[0].data, c->in[1].data, c->out[0].data);
    return AD_OK;
}

static ad_status take_naive(const struct call *c)
{
    struct pool_sizes s = sizes(c, &c->in[0], &c->out[0]);
    TRY(check_places(&s, &c->in[1]));
    if (c->in[0].type == AD_F32)
        move_f32(&s, true, c->in[0].data, c->in[1].data, c->out[0].data);
    else
        move_f64(&s, true, c->in[0].data, c->in[1].data, c->out[0].data);
    return AD_OK;
}

static ad_status average_pool_naive(const struct call *c)
{
    struct pool_sizes s = sizes(c, &c->in[0], &c->out[0]);
    if (c->in[0].type == AD_F32)
        average_pool_f32(&s, c->in[0].data, c->out[0].data);
    else
        average_pool_f64(&s, c->in[0].data, c->out[0].data);
    return AD_OK;
}

static ad_status average_adjoint_naive(const struct call *c)
{
    struct pool_sizes s = sizes(c, &c->out[0], &c->in[0]);
    zero(&c->out[0]);
    if (c->in[0].type == AD_F32)
        average_pool_gradient_f32(&s, c->in[0].data, c->out[0].data);
    else
        average_pool_gradient_f64(&s, c->in[0].data, c->out[0].data);
    return AD_OK;
}

/* ---- the public calls */

static struct pool_attributes attributes(const ad_window_options *o, int rank)
{
    struct pool_attributes a = {2, 1, 2, 1, 0, 0, false};
    a.window = o->window;
    a.stride = option_same(o->stride, a.window);
    a.padding = o->padding;
    a.count_padding = o->count_padding;
    if (rank == 3)
        return a;
    a.window_w = option_same(o->window_w, a.window);
    a.stride_w = option_same(o->stride_w, option_same(o->stride, a.window_w));
    a.padding_w = option_same(o->padding_w, a.padding);
    return a;
}

static ad_status read_options(ad_window_options *o, const ad_window_options *given, int rank,
                              bool average)
{
    TRY(options_read(ad_window_options, o, given));
    if (o->dilation != 1 || option_same(o->dilation_w, 1) != 1 || o->groups != 1 ||
        o->output_padding || option_same(o->output_padding_w, 0) || (o->count_padding && !average))
        return fail(AD_ERROR_ARGUMENT,
                    "it takes .window, .stride and .padding; dilation, groups and output_padding "
                    "are for convolution, count_padding for ad_average_pool");
    return window_check_width(o, rank);
}

static ad_tensor *pool(const struct op *op, const char *call, ad_tensor *x,
                       const ad_window_options *options)
{
    ad_graph *graph = ad_tensor_graph(x);
    ad_tensor *poison = graph_check(graph, call, &x, 1);
    if (poison)
        return poison;
    ad_window_options o = AD_OPTIONS(ad_window_options);
    ad_status status = read_options(&o, options, x->shape.rank, op == &op_average_pool);
    if (status != AD_OK)
        return graph_passed(graph, call, status);
    struct pool_attributes a = attributes(&o, x->shape.rank);
    return graph_node1(op, &a, x);
}

ad_tensor *ad_max_pool(ad_tensor *x, const ad_window_options *options)
{
    return pool(&op_max_pool, "ad_max_pool", x, options);
}

ad_tensor *ad_average_pool(ad_tensor *x, const ad_window_options *options)
{
    return pool(&op_average_pool, "ad_average_pool", x, options);
}

/* ---- records */

/* clang-format off */
#define POOL_FIELD(type, kind, member, path, initial) \
    {#member, FIELD_##kind, offsetof(struct type, path member), initial, -0x1p31, 0x1p31}
#define POOL_FIELDS(type, path)                                                                  \
    POOL_FIELD(type, INT, window, path, 2), POOL_FIELD(type, INT, window_w, path, 1),            \
        POOL_FIELD(type, INT, stride, path, 2), POOL_FIELD(type, INT, stride_w, path, 1),        \
        POOL_FIELD(type, INT, padding, path, 0), POOL_FIELD(type, INT, padding_w, path, 0),      \
        POOL_FIELD(type, BOOL, count_padding, path, 0)

static const struct field fields[] = {POOL_FIELDS(pool_attributes, )};
static const struct field adjoint_fields[] = {
    POOL_FIELDS(pool_adjoint_attributes, pool.),
    FIELD(pool_adjoint_attributes, size, DIM, 0),
    FIELD(pool_adjoint_attributes, size_w, DIM, 0),
};

/* window, window_w, stride, stride_w, padding, padding_w, count_padding */
#define PLAIN {2, 2, 2, 2, 0, 0, false}
#define OVERLAP {3, 3, 2, 2, 1, 1, false}
#define COUNTED {3, 2, 2, 1, 1, 1, true}
#define ONE {1, 1, 1, 1, 0, 0, false}
#define SEQUENCE {3, 1, 2, 1, 1, 0, false}

#define POOL(...) .attributes = &(const struct pool_attributes)__VA_ARGS__
#define ADJOINT(...) .attributes = &(const struct pool_adjoint_attributes){__VA_ARGS__}

static const struct sample samples[] = {
    {.in_count = 1, .shape = {{4, {2, 4, 6, 3}}}, POOL(PLAIN)},
    {.in_count = 1, .shape = {{4, {1, 5, 5, 17}}}, POOL(PLAIN)}, /* the last row is left out */
    {.in_count = 1, .shape = {{4, {2, 6, 7, 2}}}, POOL(OVERLAP)},
    {.in_count = 1, .shape = {{4, {1, 5, 4, 3}}}, POOL(COUNTED)},
    {.in_count = 1, .shape = {{4, {2, 1, 1, 1}}}, POOL(ONE)},
    {.in_count = 1, .shape = {{3, {2, 9, 3}}}, POOL(SEQUENCE)},
    {.in_count = 1, .shape = {{4, {0, 4, 4, 3}}}, POOL(PLAIN)},
    {.in_count = 1, .shape = {{4, {2, 4, 4, 0}}}, POOL(PLAIN)},
};

static const struct sample scatter_samples[] = {
    {.in_count = 2,
     .shape = {{4, {2, 2, 3, 3}}, {4, {2, 2, 3, 3}}},
     .type = {0, AD_I32},
     ADJOINT(PLAIN, 4, 6),
     .high = 24},
    {.in_count = 2, /* several to one place */
     .shape = {{4, {1, 3, 3, 2}}, {4, {1, 3, 3, 2}}},
     .type = {0, AD_I32},
     ADJOINT(OVERLAP, 5, 6),
     .high = 3},
    {.in_count = 2,
     .shape = {{3, {2, 5, 3}}, {3, {2, 5, 3}}},
     .type = {0, AD_I32},
     ADJOINT(SEQUENCE, 9, 1),
     .high = 9},
    {.in_count = 2,
     .shape = {{4, {0, 2, 2, 3}}, {4, {0, 2, 2, 3}}},
     .type = {0, AD_I32},
     ADJOINT(PLAIN, 4, 4),
     .high = 16},
};

static const struct sample take_samples[] = {
    {.in_count = 2,
     .shape = {{4, {2, 4, 6, 3}}, {4, {2, 2, 3, 3}}},
     .type = {0, AD_I32},
     POOL(PLAIN),
     .high = 24},
    {.in_count = 2,
     .shape = {{4, {1, 5, 6, 2}}, {4, {1, 3, 3, 2}}},
     .type = {0, AD_I32},
     POOL(OVERLAP),
     .high = 3},
    {.in_count = 2,
     .shape = {{3, {2, 9, 3}}, {3, {2, 5, 3}}},
     .type = {0, AD_I32},
     POOL(SEQUENCE),
     .high = 9},
    {.in_count = 2,
     .shape = {{4, {0, 4, 4, 3}}, {4, {0, 2, 2, 3}}},
     .type = {0, AD_I32},
     POOL(PLAIN),
     .high = 16},
};

static const struct sample adjoint_samples[] = {
    {.in_count = 1, .shape = {{4, {2, 2, 3, 3}}}, ADJOINT(PLAIN, 4, 6)},
    {.in_count = 1, .shape = {{4, {1, 2, 2, 17}}}, ADJOINT(PLAIN, 5, 5)},
    {.in_count = 1, .shape = {{4, {2, 3, 4, 2}}}, ADJOINT(OVERLAP, 6, 7)},
    {.in_count = 1, .shape = {{4, {1, 3, 5, 3}}}, ADJOINT(COUNTED, 5, 4)},
    {.in_count = 1, .shape = {{3, {2, 5, 3}}}, ADJOINT(SEQUENCE, 9, 1)},
    {.in_count = 1, .shape = {{4, {0, 2, 2, 3}}}, ADJOINT(PLAIN, 4, 4)},
};
/* clang-format on */

const struct op op_max_pool = {
    .name = "max_pool",
    .doc = "the largest of each window, and where it is",
    .inputs = "x (batch, place, channels)",
    .formula = "y[n, o, c] = max over t of x[n, o stride - padding + t, c]; index: its place",
    FIELDS(fields),
    .attribute_size = sizeof(struct pool_attributes),
    .in_min = 1,
    .in_max = 1,
    .results = 2,
    .infer = max_pool_infer,
    .gradient = max_pool_gradient,
    .naive = max_pool_naive,
    SAMPLES(samples)};

const struct op op_max_pool_scatter = {
    .name = "max_pool_scatter",
    .fallible = true,
    .doc = "every element added at its place in an image of zeros",
    .inputs = "dy (batch, place, channels), index of its shape",
    .formula = "y[n, i, c] = sum over o of dy[n, o, c] where index[n, o, c] = i",
    FIELDS(adjoint_fields),
    .attribute_size = sizeof(struct pool_adjoint_attributes),
    .in_min = 2,
    .in_max = 2,
    .infer = adjoint_infer,
    .gradient = scatter_gradient,
    .naive = scatter_naive,
    SAMPLES(scatter_samples)};

const struct op op_max_pool_take = {.name = "max_pool_take",
                                    .fallible = true,
                                    .doc = "the elements of an image at the places of an index",
                                    .inputs = "x (batch, place, channels), index",
                                    .formula = "y[n, o, c] = x[n, index[n, o, c], c]",
                                    FIELDS(fields),
                                    .attribute_size = sizeof(struct pool_attributes),
                                    .in_min = 2,
                                    .in_max = 2,
                                    .infer = take_infer,
                                    .gradient = take_gradient,
                                    .naive = take_naive,
                                    SAMPLES(take_samples)};

const struct op op_average_pool = {
    .name = "average_pool",
    .doc = "the mean of each window",
    .inputs = "x (batch, place, channels)",
    .formula = "y[n, o, c] = sum over t of x[n, o stride - padding + t, c] / divisor[o]",
    FIELDS(fields),
    .attribute_size = sizeof(struct pool_attributes),
    .in_min = 1,
    .in_max = 1,
    .infer = pool_infer,
    .gradient = average_pool_gradient,
    .naive = average_pool_naive,
    SAMPLES(samples)};

const struct op op_average_pool_gradient = {
    .name = "average_pool_gradient",
    .doc = "every element over its divisor, added at each place of its window",
    .inputs = "dy (batch, place, channels)",
    .formula =
        "y[n, i, c] = sum over o, t of dy[n, o, c] / divisor[o] where i = o stride - padding + t",
    FIELDS(adjoint_fields),
    .attribute_size = sizeof(struct pool_adjoint_attributes),
    .in_min = 1,
    .in_max = 1,
    .infer = adjoint_infer,
    .gradient = average_adjoint_gradient,
    .naive = average_adjoint_naive,
    SAMPLES(adjoint_samples)};
