/* Dropout (Srivastava et al. 2014): each element is 0 with probability rate, the others are divided
 * by 1 - rate.
 *
 * The random numbers are an input, a uniform node: value and gradient read the same ones, in copies
 * of the graph too, and a compiled program makes them again in each loop instead of keeping a mask.
 * The op is linear in x, so its gradient is the op itself. */
#include "op/dropout.h"

#include "base/error.h"
#include "base/option.h"
#include "op/random.h"
#include "op/rows.h"

static void expand(ad_graph *graph, const struct node *node, ad_tensor *const *in, ad_tensor **out)
{
    (void)graph;
    const struct dropout_attributes *a = node->attributes;
    double factor = a->rate < 1 ? 1 / (1 - a->rate) : 0;
    ad_tensor *kept = ad_greater_equal(in[1], rows_number(in[1], a->rate));
    ad_tensor *y = ad_where(kept, ad_scale(in[0], factor), rows_number(in[0], 0));
    out[0] = node->in_count == 3 ? ad_where(in[2], y, in[0]) : y;
}

static void gradient(struct gradient *g)
{
    ad_tensor *in[] = {g->dy[0], g->in[1], g->node->in_count == 3 ? g->in[2] : NULL};
    g->dx[0] = graph_node(g->graph, &op_dropout, g->node->attributes, in, g->node->in_count);
}

static ad_status infer(struct infer *f)
{
    const struct dropout_attributes *a = f->attributes;
    TRY(rows_check_real(f->in[0], "the input"));
    if (!(a->rate >= 0 && a->rate <= 1))
        return fail(AD_ERROR_ARGUMENT, "the rate is %g; it is a share, 0 to 1", a->rate);
    if (f->in[1]->type != f->in[0]->type || !graph_shapes_equal(&f->in[0]->shape, &f->in[1]->shape))
        return fail(AD_ERROR_SHAPE, "the random numbers have to be of the input's type and shape");
    if (f->in_count == 3 && (f->in[2]->type != AD_BOOL || f->in[2]->shape.rank))
        return fail(AD_ERROR_SHAPE, "the third input is a single bool, see ad_training");
    f->type[0] = f->in[0]->type;
    f->shape[0] = f->in[0]->shape;
    return AD_OK;
}

ad_tensor *ad_dropout(ad_tensor *x, const ad_dropout_options *options)
{
    ad_graph *graph = ad_tensor_graph(x);
    ad_dropout_options o = AD_OPTIONS(ad_dropout_options);
    ad_tensor *poison = graph_check(graph, "ad_dropout", &x, 1);
    poison = poison
                 ? poison
                 : graph_passed(graph, "ad_dropout", options_read(ad_dropout_options, &o, options));
    if (poison)
        return poison;
    if (x->type != AD_F32 && x->type != AD_F64)
        return graph_poison(graph, AD_ERROR_TYPE,
                            "ad_dropout: x is %s and has to be f32 or f64; ad_cast it",
                            ad_type_name(x->type));
    struct dropout_attributes a = {o.rate};
    if (a.rate == 0)
        return x;
    ad_tensor *random = random_uniform(graph, "dropout", x->type, x->shape, 0, 1);
    ad_tensor *in[] = {x, random, o.always ? NULL : ad_training(graph)};
    return graph_node(graph, &op_dropout, &a, in, o.always ? 2 : 3);
}

static const struct field fields[] = {FIELD(dropout_attributes, rate, NUMBER, 0.5)};

#define RATE(r)                                      \
    .attributes = &(const struct dropout_attributes) \
    {                                                \
        r                                            \
    }

/* The second input differentiates to nothing: the samples keep it away from the rate. */
static const struct sample samples[] = {
    {.in_count = 2, .shape = {{2, {3, 7}}, {2, {3, 7}}}, RATE(0.25), .low = 0.5, .high = 1},
    {.in_count = 2, .shape = {{1, {5}}, {1, {5}}}, RATE(1), .low = 0.5, .high = 0.9},
    {.in_count = 3,
     .shape = {{1, {9}}, {1, {9}}, {0, {0}}},
     .type = {0, 0, AD_BOOL},
     RATE(0.75),
     .low = 0,
     .high = 0.5},
    {.in_count = 2, .shape = {{2, {0, 3}}, {2, {0, 3}}}, RATE(0.5)},
};

const struct op op_dropout = {
    .name = "dropout",
    .doc = "elements dropped by random numbers, the others made larger (Srivastava et al. 2014)",
    .inputs = "x, u: uniform numbers, [whether in training]",
    .formula = "y = where(u >= rate, x / (1 - rate), 0)",
    FIELDS(fields),
    .attribute_size = sizeof(struct dropout_attributes),
    .in_min = 2,
    .in_max = 3,
    .infer = infer,
    .gradient = gradient,
    .expand = expand,
    SAMPLES(samples)};
