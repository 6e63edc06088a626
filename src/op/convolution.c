/* Convolution and its two adjoints: records, shapes, gradients and naive kernels; the public calls
 * are in convolution_build.c. */
#include "op/convolution.h"

#include <math.h>

#include "base/error.h"
#include "core/order.h"

/* ---- shapes */

static ad_status infer_type(struct infer *f)
{
    ad_type type = f->in[0]->type;
    if (type != f->in[1]->type)
        return fail(AD_ERROR_TYPE, "the two types differ; ad_cast one of them");
    if (type != AD_F32 && type != AD_F64)
        return fail(AD_ERROR_TYPE, "only f32 and f64 have convolutions; ad_cast the inputs");
    f->type[0] = type;
    return AD_OK;
}

static ad_status check_ranks(const ad_shape *a, const ad_shape *b)
{
    if (a->rank == b->rank && (a->rank == 3 || a->rank == 4))
        return AD_OK;
    return fail(AD_ERROR_SHAPE,
                "both inputs need 4 axes, images (batch, height, width, channels), or 3, sequences "
                "(batch, time, channels)");
}

/* Filters and channels are numbers that the groups divide. */
static ad_status check_groups(ad_dim channels, ad_dim filters, int64_t groups)
{
    if (dim_is_open(channels) || dim_is_open(filters))
        return fail(AD_ERROR_SHAPE, "channels and filters have to be numbers, not open dimensions");
    if (groups < 1 || channels % groups || filters % groups)
        return fail(AD_ERROR_SHAPE, "%lld groups do not divide %lld channels and %lld filters",
                    (long long)groups, (long long)channels, (long long)filters);
    return AD_OK;
}

static ad_status check_weight(const ad_shape *w)
{
    for (int i = 0; i < w->rank; i++)
        if (dim_is_open(w->size[i]))
            return fail(AD_ERROR_SHAPE, "the weight's sizes have to be numbers");
    return AD_OK;
}

/* The places of y: axes 1 and, in images, 2 of out, from those of x. */
static ad_status place_sizes(struct infer *f, const struct window_attributes *a, const ad_shape *x,
                             int64_t kernel, int64_t kernel_w, ad_shape *out)
{
    struct window_axis along = {kernel, a->stride, a->padding, a->dilation};
    struct window_axis across = {kernel_w, a->stride_w, a->padding_w, a->dilation_w};
    TRY(window_count(f->graph, x->size[1], &along, &out->size[1]));
    return x->rank == 4 ? window_count(f->graph, x->size[2], &across, &out->size[2]) : AD_OK;
}

static int64_t kernel_width(const ad_shape *w)
{
    return w->rank == 4 ? w->size[3] : 1;
}

static ad_status convolution_infer(struct infer *f)
{
    const struct window_attributes *a = f->attributes;
    const ad_shape *x = &f->in[0]->shape, *w = &f->in[1]->shape;
    TRY(infer_type(f));
    TRY(check_ranks(x, w));
    TRY(check_weight(w));
    ad_dim channels = x->size[x->rank - 1];
    TRY(check_groups(channels, w->size[0], a->groups));
    if (w->size[1] != channels / a->groups)
        return fail(AD_ERROR_SHAPE, "the input has %lld channels, the weight %lld in %lld groups",
                    (long long)channels, (long long)w->size[1], (long long)a->groups);
    f->shape[0] = *x;
    f->shape[0].size[x->rank - 1] = w->size[0];
    return place_sizes(f, a, x, w->size[2], kernel_width(w), &f->shape[0]);
}

/* dy has to have the places that a convolution of x gives. */
static ad_status check_places(struct infer *f, const struct window_attributes *a, const ad_shape *x,
                              int64_t kernel, int64_t kernel_w, const ad_shape *dy)
{
    ad_shape out = *dy;
    TRY(place_sizes(f, a, x, kernel, kernel_w, &out));
    if (graph_shapes_equal(&out, dy))
        return AD_OK;
    return fail(AD_ERROR_SHAPE, "a convolution of %s gives %s, not %s",
                graph_shape_text(f->graph, x), graph_shape_text(f->graph, &out),
                graph_shape_text(f->graph, dy));
}

static ad_status input_infer(struct infer *f)
{
    const struct convolution_input_attributes *a = f->attributes;
    const ad_shape *dy = &f->in[0]->shape, *w = &f->in[1]->shape;
    TRY(infer_type(f));
    TRY(check_ranks(dy, w));
    TRY(check_weight(w));
    if (dy->size[dy->rank - 1] != w->size[0])
        return fail(AD_ERROR_SHAPE, "the last axis has to be %lld, the weight's first",
                    (long long)w->size[0]);
    ad_dim channels;
    if (__builtin_mul_overflow(w->size[1], a->window.groups, &channels))
        return fail(AD_ERROR_SHAPE, "%lld groups of %lld channels are too many",
                    (long long)a->window.groups, (long long)w->size[1]);
    TRY(check_groups(channels, w->size[0], a->window.groups));
    ad_shape x = {dy->rank, {dy->size[0], a->size, a->size_w}};
    x.size[x.rank - 1] = channels;
    f->shape[0] = x;
    return check_places(f, &a->window, &x, w->size[2], kernel_width(w), dy);
}

static ad_status weight_infer(struct infer *f)
{
    const struct convolution_weight_attributes *a = f->attributes;
    const ad_shape *x = &f->in[0]->shape, *dy = &f->in[1]->shape;
    TRY(infer_type(f));
    TRY(check_ranks(x, dy));
    ad_dim channels = x->size[x->rank - 1], filters = dy->size[dy->rank - 1];
    TRY(check_groups(channels, filters, a->window.groups));
    if (x->size[0] != dy->size[0])
        return fail(AD_ERROR_SHAPE, "the batches differ");
    f->shape[0] =
        (ad_shape){x->rank, {filters, channels / a->window.groups, a->kernel, a->kernel_w}};
    return check_places(f, &a->window, x, a->kernel, a->kernel_w, dy);
}

/* ---- gradients: y is linear in both inputs, and each part is one of the three ops */

/* The input's gradient, for an input with the places of like. */
static ad_tensor *to_input(const struct window_attributes *a, ad_tensor *dy, ad_tensor *w,
                           const ad_shape *like)
{
    ad_dim width = like->rank == 4 ? like->size[2] : 1;
    struct convolution_input_attributes b = {*a, like->size[1], width};
    return graph_node2(&op_convolution_input, &b, dy, w);
}

static ad_tensor *to_weight(const struct window_attributes *a, ad_tensor *x, ad_tensor *dy,
                            const ad_shape *w)
{
    struct convolution_weight_attributes b = {*a, w->size[2], kernel_width(w)};
    return graph_node2(&op_convolution_weight, &b, x, dy);
}

static void convolution_gradient(struct gradient *g)
{
    const struct window_attributes *a = g->node->attributes;
    ad_tensor *x = g->in[0], *w = g->in[1], *dy = g->dy[0];
    if (g->wanted[0])
        g->dx[0] = to_input(a, dy, w, &x->shape);
    if (g->wanted[1])
        g->dx[1] = to_weight(a, x, dy, &w->shape);
}

static void input_gradient(struct gradient *g)
{
    const struct convolution_input_attributes *a = g->node->attributes;
    ad_tensor *dy = g->in[0], *w = g->in[1], *dz = g->dy[0];
    if (g->wanted[0])
        g->dx[0] = graph_node2(&op_convolution, &a->window, dz, w);
    if (g->wanted[1])
        g->dx[1] = to_weight(&a->window, dz, dy, &w->shape);
}

static void weight_gradient(struct gradient *g)
{
    const struct convolution_weight_attributes *a = g->node->attributes;
    ad_tensor *x = g->in[0], *dy = g->in[1], *dv = g->dy[0];
    if (g->wanted[0])
        g->dx[0] = to_input(&a->window, dy, dv, &x->shape);
    if (g->wanted[1])
        g->dx[1] = graph_node2(&op_convolution, &a->window, x, dv);
}

/* ---- naive */

struct convolution_sizes convolution_sizes(const struct window_attributes *a, const ad_shape *x,
                                           const ad_shape *w, const ad_shape *y)
{
    struct window_image in = window_image(x), out = window_image(y);
    struct convolution_sizes s = {
        .batch = in.batch,
        .height = in.height,
        .width = in.width,
        .channels = in.channels,
        .out_height = out.height,
        .out_width = out.width,
        .filters = out.channels,
        .kernel = w->size[2],
        .kernel_w = kernel_width(w),
        .stride = a->stride,
        .stride_w = x->rank == 4 ? a->stride_w : 1,
        .padding = a->padding,
        .padding_w = x->rank == 4 ? a->padding_w : 0,
        .dilation = a->dilation,
        .dilation_w = x->rank == 4 ? a->dilation_w : 1,
        .groups = a->groups,
    };
    return s;
}

#define REAL float
#define IN float
#define LOAD(x) (x)
#define FMA fmaf
#define NAME(x) x##_f32
#include "op/convolution.inc"

#define REAL double
#define IN double
#define LOAD(x) (x)
#define FMA fma
#define NAME(x) x##_f64
#include "op/convolution.inc"

static ad_status convolution_naive(const struct call *c)
{
    const ad_array *in = c->in, *out = c->out;
    struct convolution_sizes s =
        convolution_sizes(c->attributes, &in[0].shape, &in[1].shape, &out[0].shape);
    switch (in[0].type) {
    case AD_F32: convolution_f32(&s, in[0].data, in[1].data, out[0].data); break;
    default: convolution_f64(&s, in[0].data, in[1].data, out[0].data); break;
    }
    return AD_OK;
}

static ad_status input_naive(const struct call *c)
{
    const ad_array *in = c->in, *out = c->out;
    struct convolution_sizes s =
        convolution_sizes(c->attributes, &out[0].shape, &in[1].shape, &in[0].shape);
    switch (in[0].type) {
    case AD_F32: convolution_input_f32(&s, in[0].data, in[1].data, out[0].data); break;
    default: convolution_input_f64(&s, in[0].data, in[1].data, out[0].data); break;
    }
    return AD_OK;
}

static ad_status weight_naive(const struct call *c)
{
    const ad_array *in = c->in, *out = c->out;
    struct convolution_sizes s =
        convolution_sizes(c->attributes, &in[0].shape, &out[0].shape, &in[1].shape);
    switch (in[0].type) {
    case AD_F32: convolution_weight_f32(&s, in[0].data, in[1].data, out[0].data); break;
    default: convolution_weight_f64(&s, in[0].data, in[1].data, out[0].data); break;
    }
    return AD_OK;
}

/* ---- records */

/* clang-format off */
#define WINDOW_FIELD(type, member, path, initial) \
    {#member, FIELD_INT, offsetof(struct type, path member), initial, -0x1p31, 0x1p31}
#define WINDOW_FIELDS(type, path)                                                            \
    WINDOW_FIELD(type, stride, path, 1), WINDOW_FIELD(type, stride_w, path, 1),              \
        WINDOW_FIELD(type, padding, path, 0), WINDOW_FIELD(type, padding_w, path, 0),        \
        WINDOW_FIELD(type, dilation, path, 1), WINDOW_FIELD(type, dilation_w, path, 1),      \
        WINDOW_FIELD(type, groups, path, 1)

static const struct field fields[] = {WINDOW_FIELDS(window_attributes, )};
static const struct field input_fields[] = {
    WINDOW_FIELDS(convolution_input_attributes, window.),
    FIELD(convolution_input_attributes, size, DIM, 0),
    FIELD(convolution_input_attributes, size_w, DIM, 0),
};
static const struct field weight_fields[] = {
    WINDOW_FIELDS(convolution_weight_attributes, window.),
    FIELD_IN(convolution_weight_attributes, kernel, INT, 0, 0, 0x1p31),
    FIELD_IN(convolution_weight_attributes, kernel_w, INT, 1, 0, 0x1p31),
};

#define WINDOW(...) .attributes = &(const struct window_attributes){__VA_ARGS__}
#define INPUT(...) .attributes = &(const struct convolution_input_attributes){__VA_ARGS__}
#define WEIGHT(...) .attributes = &(const struct convolution_weight_attributes){__VA_ARGS__}

/* stride, stride_w, padding, padding_w, dilation, dilation_w, groups */
#define PLAIN {1, 1, 0, 0, 1, 1, 1}
#define PADDED {1, 1, 1, 1, 1, 1, 1}
#define STRIDED {2, 2, 1, 1, 1, 1, 1}
#define UNEVEN {2, 3, 1, 2, 2, 1, 1}
#define GROUPED {1, 1, 1, 1, 1, 1, 2}
#define SEQUENCE {2, 1, 1, 0, 2, 1, 1}

static const struct sample samples[] = {
    {.in_count = 2, .shape = {{4, {2, 5, 6, 3}}, {4, {4, 3, 3, 3}}}, WINDOW(1, 1, 0, 0, 1, 1, 1)},
    {.in_count = 2, .shape = {{4, {2, 5, 5, 1}}, {4, {3, 1, 3, 3}}}, WINDOW(1, 1, 1, 1, 1, 1, 1)},
    {.in_count = 2, .shape = {{4, {1, 7, 8, 2}}, {4, {3, 2, 3, 3}}}, WINDOW(2, 2, 1, 1, 1, 1, 1)},
    {.in_count = 2, .shape = {{4, {1, 9, 7, 2}}, {4, {3, 2, 3, 2}}}, WINDOW(2, 3, 1, 2, 2, 1, 1)},
    {.in_count = 2, .shape = {{4, {2, 4, 5, 4}}, {4, {6, 2, 3, 3}}}, WINDOW(1, 1, 1, 1, 1, 1, 2)},
    {.in_count = 2, .shape = {{4, {1, 5, 4, 5}}, {4, {5, 1, 3, 3}}}, WINDOW(1, 1, 1, 1, 1, 1, 5)},
    {.in_count = 2, .shape = {{4, {2, 1, 1, 17}}, {4, {9, 17, 1, 1}}}, WINDOW(1, 1, 0, 0, 1, 1, 1)},
    {.in_count = 2, .shape = {{4, {1, 5, 5, 2}}, {4, {2, 2, 1, 1}}}, WINDOW(3, 3, 0, 0, 1, 1, 1)},
    {.in_count = 2, .shape = {{3, {2, 9, 3}}, {3, {4, 3, 3}}}, WINDOW(2, 1, 1, 0, 2, 1, 1)},
    {.in_count = 2, .shape = {{3, {1, 7, 100}}, {3, {2, 100, 7}}}, WINDOW(1, 1, 0, 0, 1, 1, 1)},
    {.in_count = 2, .shape = {{4, {0, 5, 5, 2}}, {4, {3, 2, 3, 3}}}, WINDOW(1, 1, 1, 1, 1, 1, 1)},
    {.in_count = 2, .shape = {{4, {2, 3, 3, 0}}, {4, {2, 0, 3, 3}}}, WINDOW(1, 1, 1, 1, 1, 1, 1)},
};

static const struct sample input_samples[] = {
    {.in_count = 2, .shape = {{4, {2, 3, 4, 4}}, {4, {4, 3, 3, 3}}}, INPUT(PLAIN, 5, 6)},
    {.in_count = 2, .shape = {{4, {2, 5, 5, 3}}, {4, {3, 1, 3, 3}}}, INPUT(PADDED, 5, 5)},
    {.in_count = 2, .shape = {{4, {1, 4, 4, 3}}, {4, {3, 2, 3, 3}}}, INPUT(STRIDED, 7, 8)},
    {.in_count = 2, .shape = {{4, {1, 4, 4, 3}}, {4, {3, 2, 3, 2}}}, INPUT(UNEVEN, 9, 7)},
    {.in_count = 2, .shape = {{4, {2, 4, 5, 6}}, {4, {6, 2, 3, 3}}}, INPUT(GROUPED, 4, 5)},
    {.in_count = 2,
     .shape = {{4, {1, 2, 2, 2}}, {4, {2, 2, 1, 1}}},
     INPUT({3, 3, 0, 0, 1, 1, 1}, 5, 5)}, /* places that nothing reaches */
    {.in_count = 2, .shape = {{3, {2, 4, 4}}, {3, {4, 3, 3}}}, INPUT(SEQUENCE, 9, 1)},
    {.in_count = 2, .shape = {{3, {1, 3, 120}}, {3, {120, 2, 5}}}, INPUT(PLAIN, 7, 1)},
    {.in_count = 2, .shape = {{4, {0, 5, 5, 3}}, {4, {3, 2, 3, 3}}}, INPUT(PADDED, 5, 5)},
};

static const struct sample weight_samples[] = {
    {.in_count = 2, .shape = {{4, {2, 5, 6, 3}}, {4, {2, 3, 4, 4}}}, WEIGHT(PLAIN, 3, 3)},
    {.in_count = 2, .shape = {{4, {2, 5, 5, 1}}, {4, {2, 5, 5, 3}}}, WEIGHT(PADDED, 3, 3)},
    {.in_count = 2, .shape = {{4, {1, 7, 8, 2}}, {4, {1, 4, 4, 3}}}, WEIGHT(STRIDED, 3, 3)},
    {.in_count = 2, .shape = {{4, {1, 9, 7, 2}}, {4, {1, 4, 4, 3}}}, WEIGHT(UNEVEN, 3, 2)},
    {.in_count = 2, .shape = {{4, {2, 4, 5, 4}}, {4, {2, 4, 5, 6}}}, WEIGHT(GROUPED, 3, 3)},
    {.in_count = 2, .shape = {{4, {5, 12, 11, 1}}, {4, {5, 12, 11, 1}}}, WEIGHT(PADDED, 3, 3)},
    {.in_count = 2, .shape = {{3, {2, 9, 3}}, {3, {2, 4, 4}}}, WEIGHT(SEQUENCE, 3, 1)},
    {.in_count = 2, .shape = {{4, {0, 5, 5, 2}}, {4, {0, 5, 5, 3}}}, WEIGHT(PADDED, 3, 3)},
};
/* clang-format on */

const struct op op_convolution = {
    .name = "convolution",
    .product = true,
    .doc = "windows of x times weights, in one or two dimensions",
    .inputs = "x (batch, place, channels), w (filters, channels, taps)",
    .formula = "y[n, o, f] = sum over k, c of x[n, o stride - padding + k dilation, c] w[f, c, k]",
    FIELDS(fields),
    .attribute_size = sizeof(struct window_attributes),
    .in_min = 2,
    .in_max = 2,
    .infer = convolution_infer,
    .gradient = convolution_gradient,
    .naive = convolution_naive,
    SAMPLES(samples)};

const struct op op_convolution_input = {
    .name = "convolution_input",
    .product = true,
    .doc = "transposed convolution: what a convolution sends back to its input",
    .inputs = "dy (batch, place, filters), w (filters, channels, taps)",
    .formula = "y[n, i, c] = sum over k, f of dy[n, o, f] w[f, c, k] where i = o stride - padding "
               "+ k dilation",
    FIELDS(input_fields),
    .attribute_size = sizeof(struct convolution_input_attributes),
    .in_min = 2,
    .in_max = 2,
    .infer = input_infer,
    .gradient = input_gradient,
    .naive = input_naive,
    SAMPLES(input_samples)};

const struct op op_convolution_weight = {
    .name = "convolution_weight",
    .product = true,
    .doc = "what a convolution sends back to its weight",
    .inputs = "x (batch, place, channels), dy (batch, place, filters)",
    .formula = "y[f, c, k] = sum over n, o of x[n, o stride - padding + k dilation, c] dy[n, o, f]",
    FIELDS(weight_fields),
    .attribute_size = sizeof(struct convolution_weight_attributes),
    .in_min = 2,
    .in_max = 2,
    .infer = weight_infer,
    .gradient = weight_gradient,
    .naive = weight_naive,
    SAMPLES(weight_samples)};
