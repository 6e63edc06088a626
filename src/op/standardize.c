/* Mean 0 and variance 1 over some axes, and layer norm, which is that over the last axis with a
 * scale and an offset (Ba et al. 2016).
 *
 *     c = x - mean x      r = 1 / sqrt(mean(c^2) + epsilon)      y = c r
 *     dx = r (d - mean d - y mean(d y))
 *
 * A mean that is rounded to the type may be off by more than the values are apart (10000 and
 * 10000.001 in f32), and squares of half of all numbers overflow or vanish.  So with m the rounded
 * mean, and s so that no s (x - m) is large:
 *
 *     u = s (x - m)       a = mean u       v = |mean(u^2) - a^2|
 *     y = (x - m - a / s) s / sqrt(v + epsilon s^2)       variance = v / s^2
 *
 * What a takes off is small beside what mean(u^2) has, so nothing is lost there.  m and s are any
 * numbers near enough, so gradients do not go through them.  1 / s is |largest x| + |m|: no
 * x lies further from the mean than count (largest x - mean).  Batch norm has s = 1: it has to keep
 * a variance that the type can hold anyway. */
#include "op/standardize.h"

#include <float.h>
#include <math.h>

#include "base/error.h"
#include "op/reduce.h"
#include "op/rows.h"

static ad_tensor *total(ad_tensor *x, const ad_axes *axes)
{
    return ad_sum(x, *axes, &AD_OPTIONS(ad_reduce_options, .keep = true));
}

static ad_tensor *largest(ad_tensor *x, const ad_axes *axes)
{
    ad_tensor *fixed = ad_stop_gradient(x);
    return ad_max(fixed, *axes, &AD_OPTIONS(ad_reduce_options, .keep = true));
}

/* Lets epsilon s^2 be a number, and s where all x are 0. */
static double least_reach(double epsilon)
{
    double least = sqrt(epsilon) * 0x1p-20;
    return least > 0x1p-120 ? least : 0x1p-120;
}

/* A number among those whose sum is given, near their mean, also where the sum is infinite: then
 * the largest will do, or what is below it. */
static ad_tensor *near_mean(ad_tensor *sum, ad_tensor *share, ad_tensor *most)
{
    ad_tensor *lowest = rows_number(sum, sum->type == AD_F64 ? -DBL_MAX : -FLT_MAX);
    return ad_minimum(ad_mul(ad_maximum(sum, lowest), share), most);
}

/* Nodes are made in the order in which one pass over a row needs them. */
struct moments moments_of(ad_tensor *x, const ad_axes *axes, double epsilon, bool scaled)
{
    struct moments m = {0};
    ad_tensor *share = ad_reciprocal(reduce_size(x, axes));
    ad_tensor *most = scaled ? largest(x, axes) : NULL, *reach = NULL;
    ad_tensor *sum = ad_stop_gradient(total(x, axes));
    m.near = scaled ? near_mean(sum, share, most) : ad_mul(sum, share);
    if (scaled) {
        reach = ad_add(ad_abs(most), rows_number(x, least_reach(epsilon)));
        reach = ad_add(reach, ad_abs(m.near));
        m.scale = ad_reciprocal(reach);
    }
    m.distance = ad_sub(x, m.near);
    ad_tensor *u = scaled ? ad_mul(m.distance, m.scale) : m.distance;
    ad_tensor *first = total(u, axes), *second = total(ad_square(u), axes);
    ad_tensor *apart = ad_mul(first, share);
    m.square = ad_abs(ad_sub(ad_mul(second, share), ad_square(apart)));
    m.apart = scaled ? ad_mul(apart, reach) : apart;
    return m;
}

ad_tensor *moments_variance(const struct moments *m)
{
    return m->scale ? ad_div(ad_div(m->square, m->scale), m->scale) : m->square;
}

static struct moments moments_for(ad_tensor *x, const struct standardize_attributes *a)
{
    bool rows = a->axes.count && a->axes.axis[a->axes.count - 1] == x->shape.rank - 1;
    return moments_of(x, &a->axes, a->epsilon, rows);
}

static ad_tensor *inverse_deviation(const struct moments *m, double epsilon)
{
    ad_tensor *added = rows_number(m->square, epsilon);
    if (!m->scale)
        return ad_rsqrt(ad_add(m->square, added));
    added = ad_mul(ad_mul(added, m->scale), m->scale);
    return ad_mul(ad_rsqrt(ad_add(m->square, added)), m->scale);
}

static void expand(ad_graph *graph, const struct node *node, ad_tensor *const *in, ad_tensor **out)
{
    (void)graph;
    const struct standardize_attributes *a = node->attributes;
    struct moments m = moments_for(in[0], a);
    ad_tensor *factor = inverse_deviation(&m, a->epsilon);
    out[0] = ad_mul(ad_sub(m.distance, m.apart), factor);
}

static void gradient(struct gradient *g)
{
    const struct standardize_attributes *a = g->node->attributes;
    ad_tensor *y = g->out[0], *d = g->dy[0];
    ad_tensor *along = ad_mul(y, rows_mean_of(d, y, &a->axes));
    ad_tensor *rest = ad_sub(ad_sub(d, rows_mean_of(d, NULL, &a->axes)), along);
    struct moments m = moments_for(g->in[0], a);
    g->dx[0] = ad_mul(inverse_deviation(&m, a->epsilon), rest);
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

ad_tensor *ad_layer_normalize(ad_tensor *x, ad_tensor *scale, ad_tensor *offset, double epsilon)
{
    ad_tensor *poison = check(x, scale, offset, epsilon);
    if (poison)
        return poison;
    ad_axes last = AD_AXES(x->shape.rank - 1);
    ad_tensor *y = standardize(x, &last, epsilon);
    y = scale ? ad_mul(y, scale) : y;
    return offset ? ad_add(y, offset) : y;
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
