/* Functions of several channels that make fewer: gated linear units and maxout.
 *
 *     glu      y = a sigmoid(b), a and b the halves of x along an axis (Dauphin et al. 2017)
 *     maxout   y[..., j] = max over k of x[..., j pieces + k] (Goodfellow et al. 2013) */
#include "base/error.h"
#include "core/graph.h"
#include "op/rows.h"

struct glu_attributes {
    int64_t axis;
};

struct maxout_attributes {
    int64_t pieces;
};

extern const struct op op_glu, op_maxout;

/* The first result has the shape of x, but on one axis fewer places by a factor. */
static ad_status infer_shape(struct infer *f, int axis, int64_t factor)
{
    TRY(rows_check_real(f->in[0], "the input"));
    ad_shape shape = f->in[0]->shape;
    if (axis < 0 || axis >= shape.rank)
        return fail(AD_ERROR_SHAPE, "%s has no axis %d", graph_shape_text(f->graph, &shape), axis);
    ad_dim size = shape.size[axis];
    if (factor < 1 || dim_is_open(size) || size % factor)
        return fail(AD_ERROR_SHAPE, "axis %d of %s has to be a number that %lld divides", axis,
                    graph_shape_text(f->graph, &shape), (long long)factor);
    shape.size[axis] = size / factor;
    f->type[0] = f->in[0]->type;
    f->shape[0] = shape;
    return AD_OK;
}

static ad_status glu_infer(struct infer *f)
{
    return infer_shape(f, (int)((const struct glu_attributes *)f->attributes)->axis, 2);
}

static ad_status maxout_infer(struct infer *f)
{
    return infer_shape(f, f->in[0]->shape.rank - 1,
                       ((const struct maxout_attributes *)f->attributes)->pieces);
}

static void glu_expand(ad_graph *graph, const struct node *node, ad_tensor *const *in,
                       ad_tensor **out)
{
    (void)graph;
    int axis = (int)((const struct glu_attributes *)node->attributes)->axis;
    int64_t half = node->out[0].shape.size[axis];
    out[0] = ad_mul(ad_slice(in[0], axis, 0, half, 1),
                    ad_sigmoid(ad_slice(in[0], axis, half, 2 * half, 1)));
}

static void maxout_expand(ad_graph *graph, const struct node *node, ad_tensor *const *in,
                          ad_tensor **out)
{
    (void)graph;
    ad_shape shape = node->out[0].shape;
    if (shape.rank == AD_RANK_MAX) {
        out[0] = graph_poison(graph, AD_ERROR_SHAPE, "maxout: the input has %d axes, one too many",
                              shape.rank);
        return;
    }
    shape.size[shape.rank++] = ((const struct maxout_attributes *)node->attributes)->pieces;
    out[0] = ad_max(ad_reshape(in[0], shape), AD_AXES(-1), NULL);
}

ad_tensor *ad_glu(ad_tensor *x, int axis)
{
    ad_graph *graph = ad_tensor_graph(x);
    ad_tensor *poison = graph_check(graph, "ad_glu", &x, 1);
    if (poison)
        return poison;
    int plain = graph_axis(axis, x->shape.rank);
    return graph_node1(&op_glu, &(struct glu_attributes){plain}, x);
}

ad_tensor *ad_maxout(ad_tensor *x, int64_t pieces)
{
    return graph_node1(&op_maxout, &(struct maxout_attributes){pieces}, x);
}

static const struct field glu_fields[] = {FIELD(glu_attributes, axis, INT, 0)};
static const struct field maxout_fields[] = {FIELD(maxout_attributes, pieces, INT, 2)};

static const struct glu_attributes first = {0}, second = {1};
static const struct maxout_attributes two = {2}, three = {3};

static const struct sample glu_samples[] = {
    {.in_count = 1, .shape = {{2, {3, 8}}}, .attributes = &second},
    {.in_count = 1, .shape = {{2, {6, 5}}}, .attributes = &first},
    {.in_count = 1, .shape = {{3, {2, 2, 7}}}, .attributes = &second, .low = -30, .high = 30},
    {.in_count = 1, .shape = {{2, {3, 0}}}, .attributes = &second},
};

static const struct sample maxout_samples[] = {
    {.in_count = 1, .shape = {{2, {5, 12}}}, .attributes = &three},
    {.in_count = 1, .shape = {{1, {8}}}, .attributes = &two},
    {.in_count = 1, .shape = {{2, {0, 4}}}, .attributes = &two},
};

const struct op op_glu = {.name = "glu",
                          .doc = "half of the channels times the sigmoid of the others (Dauphin et "
                                 "al. 2017)",
                          .inputs = "x",
                          .formula = "y = a sigmoid(b), x = concat(a, b) along the axis",
                          FIELDS(glu_fields),
                          .attribute_size = sizeof(struct glu_attributes),
                          .in_min = 1,
                          .in_max = 1,
                          .infer = glu_infer,
                          .expand = glu_expand,
                          SAMPLES(glu_samples)};

const struct op op_maxout = {.name = "maxout",
                             .doc = "the largest of each few neighbouring channels (Goodfellow et "
                                    "al. 2013)",
                             .inputs = "x (..., n pieces)",
                             .formula = "y[..., j] = max over k of x[..., j pieces + k]",
                             FIELDS(maxout_fields),
                             .attribute_size = sizeof(struct maxout_attributes),
                             .in_min = 1,
                             .in_max = 1,
                             .infer = maxout_infer,
                             .expand = maxout_expand,
                             SAMPLES(maxout_samples)};
