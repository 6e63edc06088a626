/* Mean 0 and variance 1 over some axes, and layer norm, which is that over the last axis with a
 * scale and an offset (Ba et al. 2016).
 *
 *     c = x - mean x      r = 1 / sqrt(mean(c^2) + epsilon)      y = c r
 *     dx = r (d - mean d - y mean(d y))
 *
 * The variance is that of the differences, in two passes: mean(x^2) - mean(x)^2 loses every digit
 * where the mean is large. */
#include "op/standardize.h"

#include <math.h>

#include "base/error.h"
#include "op/rows.h"

ad_tensor *standardize_centered(ad_tensor *x, const ad_axes *axes)
{
    return (ad_sub)(x, rows_mean(x, *axes));
}

ad_tensor *standardize_variance(ad_tensor *x, const ad_axes *axes)
{
    return rows_mean((ad_square)(standardize_centered(x, axes)), *axes);
}

static ad_tensor *inverse_deviation(ad_tensor *x, const struct standardize_attributes *a)
{
    ad_tensor *variance = standardize_variance(x, &a->axes);
    return (ad_rsqrt)((ad_add)(variance, rows_number(x, a->epsilon)));
}

static void expand(ad_graph *graph, const struct node *node, ad_tensor *const *in, ad_tensor **out)
{
    (void)graph;
    const struct standardize_attributes *a = node->attributes;
    out[0] = (ad_mul)(standardize_centered(in[0], &a->axes), inverse_deviation(in[0], a));
}

static void gradient(struct gradient *g)
{
    const struct standardize_attributes *a = g->node->attributes;
    ad_tensor *y = g->out[0], *d = g->dy[0];
    ad_tensor *along = (ad_mul)(y, rows_mean((ad_mul)(d, y), a->axes));
    ad_tensor *rest = (ad_sub)((ad_sub)(d, rows_mean(d, a->axes)), along);
    g->dx[0] = (ad_mul)(inverse_deviation(g->in[0], a), rest);
}

static ad_status infer(struct infer *f)
{
    const struct standardize_attributes *a = f->attributes;
    TRY(rows_check_real(f->in[0], "the input"));
    for (int i = 0; i < a->axes.count; i++)
        if (a->axes.axis[i] < 0 || a->axes.axis[i] >= f->in[0]->shape.rank)
            return fail(AD_ERROR_SHAPE, "there is no axis %d", a->axes.axis[i]);
    f->type[0] = f->in[0]->type;
    f->shape[0] = f->in[0]->shape;
    return AD_OK;
}

ad_tensor *standardize(ad_tensor *x, const ad_axes *axes, double epsilon)
{
    return graph_node1(&op_standardize, &(struct standardize_attributes){*axes, epsilon}, x);
}

/* ---- layer norm */

static ad_tensor *check_factor(ad_tensor *x, ad_tensor *factor, const char *what)
{
    ad_graph *graph = x->node->graph;
    if (!factor)
        return NULL;
    ad_tensor *poison = graph_check(graph, "ad_layer_normalize", &factor, 1);
    if (poison)
        return poison;
    if (factor->shape.rank == 1 && factor->shape.size[0] == x->shape.size[x->shape.rank - 1])
        return NULL;
    return graph_poison(
        graph, AD_ERROR_SHAPE,
        "ad_layer_normalize: x is %s and the %s %s; it has to have one axis, of the "
        "size of x's last",
        graph_shape_text(graph, &x->shape), what, graph_shape_text(graph, &factor->shape));
}

static ad_tensor *check(ad_tensor *x, ad_tensor *scale, ad_tensor *offset, double epsilon)
{
    ad_graph *graph = ad_tensor_graph(x);
    ad_tensor *poison = graph_check(graph, "ad_layer_normalize", &x, 1);
    if (poison)
        return poison;
    if (!x->shape.rank)
        return graph_poison(
            graph, AD_ERROR_SHAPE,
            "ad_layer_normalize: x is a single number; it needs an axis of features");
    if (!(epsilon >= 0) || isinf(epsilon))
        return graph_poison(graph, AD_ERROR_ARGUMENT,
                            "ad_layer_normalize: epsilon is %g; it is a small number, 1e-5 say",
                            epsilon);
    poison = check_factor(x, scale, "scale");
    return poison ? poison : check_factor(x, offset, "offset");
}

ad_tensor *(ad_layer_normalize)(ad_tensor *x, ad_tensor *scale, ad_tensor *offset, double epsilon)
{
    ad_tensor *poison = check(x, scale, offset, epsilon);
    if (poison)
        return poison;
    ad_axes last = AD_AXES(x->shape.rank - 1);
    ad_tensor *y = standardize(x, &last, epsilon);
    y = scale ? (ad_mul)(y, scale) : y;
    return offset ? (ad_add)(y, offset) : y;
}

/* ---- record */

static const struct field fields[] = {
    FIELD(standardize_attributes, axes, AXES, 0),
    FIELD(standardize_attributes, epsilon, NUMBER, 1e-5),
};

#define OVER(count, ...)                                 \
    .attributes = &(const struct standardize_attributes) \
    {                                                    \
        {count, {__VA_ARGS__}}, 1e-5                     \
    }

static const struct sample samples[] = {
    {.in_count = 1, .shape = {{2, {3, 7}}}, OVER(1, 1)},
    {.in_count = 1, .shape = {{2, {7, 3}}}, OVER(1, 0)},
    {.in_count = 1, .shape = {{4, {2, 3, 2, 5}}}, OVER(3, 0, 1, 2)},
    {.in_count = 1, .shape = {{2, {2, 33}}}, OVER(1, 1), .low = -1e3, .high = 1e3},
    {.in_count = 1, .shape = {{2, {0, 3}}}, OVER(1, 1)},
};

const struct op op_standardize = {.name = "standardize",
                                  .doc = "(x - mean) / sqrt(variance + epsilon) over axes",
                                  .inputs = "x",
                                  .formula =
                                      "y = (x - mean(x)) / sqrt(mean((x - mean(x))^2) + epsilon)",
                                  FIELDS(fields),
                                  .attribute_size = sizeof(struct standardize_attributes),
                                  .in_min = 1,
                                  .in_max = 1,
                                  .infer = infer,
                                  .gradient = gradient,
                                  .expand = expand,
                                  SAMPLES(samples)};
