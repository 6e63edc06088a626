/* Softmax and its logarithm along an axis (Bridle 1990).  The largest of each row is taken off
 * first: the result is the same and no exponential overflows.
 *
 *     e = exp(x - max x)       softmax = e (1 / sum e)    log_softmax = x - max x - log sum e
 *     dx = y (d - sum(d y))    of softmax
 *     dx = d - exp(y) sum d    of log_softmax */
#include "op/softmax.h"

#include "base/error.h"
#include "op/rows.h"

static int axis_of(const struct node *node)
{
    return (int)((const struct softmax_attributes *)node->attributes)->axis;
}

static ad_status infer(struct infer *f)
{
    const struct softmax_attributes *a = f->attributes;
    TRY(rows_check_real(f->in[0], "the input"));
    if (a->axis < 0 || a->axis >= f->in[0]->shape.rank)
        return fail(AD_ERROR_SHAPE, "there is no axis %lld", (long long)a->axis);
    f->type[0] = f->in[0]->type;
    f->shape[0] = f->in[0]->shape;
    return AD_OK;
}

static ad_tensor *shifted(ad_tensor *x, int axis)
{
    return ad_sub(x, rows_maximum(x, axis));
}

static void softmax_expand(ad_graph *graph, const struct node *node, ad_tensor *const *in,
                           ad_tensor **out)
{
    (void)graph;
    int axis = axis_of(node);
    ad_tensor *e = ad_exp(shifted(in[0], axis));
    out[0] = ad_mul(e, ad_reciprocal(rows_sum(e, axis))); /* one division a row */
}

static void softmax_gradient(struct gradient *g)
{
    ad_tensor *y = g->out[0], *d = g->dy[0];
    ad_tensor *total = rows_sum(ad_mul(d, y), axis_of(g->node));
    g->dx[0] = ad_mul(y, ad_sub(d, total));
}

static void log_softmax_expand(ad_graph *graph, const struct node *node, ad_tensor *const *in,
                               ad_tensor **out)
{
    (void)graph;
    int axis = axis_of(node);
    ad_tensor *s = shifted(in[0], axis);
    out[0] = ad_sub(s, ad_log(rows_sum(ad_exp(s), axis)));
}

static void log_softmax_gradient(struct gradient *g)
{
    ad_tensor *d = g->dy[0];
    ad_tensor *total = rows_sum(d, axis_of(g->node));
    g->dx[0] = ad_sub(d, ad_mul(ad_exp(g->out[0]), total));
}

static ad_tensor *build(const struct op *op, const char *call, ad_tensor *x, int axis)
{
    ad_graph *graph = ad_tensor_graph(x);
    ad_tensor *poison = graph_check(graph, call, &x, 1);
    if (poison)
        return poison;
    int plain = graph_axis(axis, x->shape.rank);
    if (plain < 0)
        return graph_poison(graph, AD_ERROR_SHAPE, "%s: %s has no axis %d", call,
                            graph_shape_text(graph, &x->shape), axis);
    return graph_node1(op, &(struct softmax_attributes){plain}, x);
}

ad_tensor *ad_softmax(ad_tensor *x, int axis)
{
    return build(&op_softmax, "ad_softmax", x, axis);
}

ad_tensor *ad_log_softmax(ad_tensor *x, int axis)
{
    return build(&op_log_softmax, "ad_log_softmax", x, axis);
}

static const struct field fields[] = {FIELD(softmax_attributes, axis, INT, 0)};

#define AXIS(n)                                      \
    .attributes = &(const struct softmax_attributes) \
    {                                                \
        n                                            \
    }

static const struct sample samples[] = {
    {.in_count = 1, .shape = {{2, {3, 7}}}, AXIS(1)},
    {.in_count = 1, .shape = {{2, {3, 7}}}, AXIS(1), .low = -20, .high = 20},
    {.in_count = 1, .shape = {{2, {7, 3}}}, AXIS(0)},
    {.in_count = 1, .shape = {{3, {2, 5, 3}}}, AXIS(1)},
    {.in_count = 1, .shape = {{2, {2, 1}}}, AXIS(1)},
    {.in_count = 1, .shape = {{2, {0, 4}}}, AXIS(1)},
    {.in_count = 1, .shape = {{2, {3, 0}}}, AXIS(1)},
};

const struct op op_softmax = {.name = "softmax",
                              .doc = "e^x divided by its sum along an axis",
                              .inputs = "x",
                              .formula = "y[i] = e^(x[i] - max x) / sum over k of e^(x[k] - max x)",
                              FIELDS(fields),
                              .attribute_size = sizeof(struct softmax_attributes),
                              .in_min = 1,
                              .in_max = 1,
                              .infer = infer,
                              .gradient = softmax_gradient,
                              .expand = softmax_expand,
                              SAMPLES(samples)};

const struct op op_log_softmax = {.name = "log_softmax",
                                  .doc = "logarithm of softmax, exact where softmax is 0",
                                  .inputs = "x",
                                  .formula =
                                      "y[i] = x[i] - max x - log(sum over k of e^(x[k] - max x))",
                                  FIELDS(fields),
                                  .attribute_size = sizeof(struct softmax_attributes),
                                  .in_min = 1,
                                  .in_max = 1,
                                  .infer = infer,
                                  .gradient = log_softmax_gradient,
                                  .expand = log_softmax_expand,
                                  SAMPLES(samples)};
