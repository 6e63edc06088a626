/* Mean 0 and variance 1 of each example's groups of channels.
 *
 *     y = (x - m) r     m = mean x     r = 1 / sqrt(mean((x - m)^2) + epsilon)
 *     dx = r (d - mean d - y mean(d y))
 *
 * A mean over places is a product with a row of ones, which is fast for each example, with the few
 * channels of a group joined behind it. */
#include "op/more/group_norm.h"

#include "base/error.h"
#include "op/more/places.h"
#include "op/rows.h"

struct group_attributes {
    int64_t groups;
    double epsilon;
};

extern const struct op op_group_standardize;

/* Of z, over the places and the channels of each group. */
static ad_tensor *mean_of(ad_tensor *z, int64_t groups)
{
    ad_dim batch = z->shape.size[0], channels = z->shape.size[2];
    ad_tensor *ones = ad_full(z->node->graph, z->type, AD_SHAPE(1, z->shape.size[1]), 1);
    ad_tensor *mean = ad_div(ad_matmul(ones, z), rows_size(z, 1));
    if (groups == channels)
        return mean;
    mean = SHAPED(mean, batch, groups, channels / groups);
    ad_tensor *joined = ad_expand(rows_mean(mean, AD_AXES(2)), mean->shape);
    return SHAPED(joined, batch, 1, channels);
}

void group_moments(ad_tensor *x, int64_t groups, ad_tensor **mean, ad_tensor **variance)
{
    *mean = mean_of(x, groups);
    *variance = mean_of(ad_square(ad_sub(x, *mean)), groups);
}

static ad_tensor *inverse_deviation(ad_tensor *x, const struct group_attributes *a,
                                    ad_tensor **mean)
{
    ad_tensor *variance;
    group_moments(x, a->groups, mean, &variance);
    return ad_rsqrt(ad_add(variance, rows_number(x, a->epsilon)));
}

static void expand(ad_graph *graph, const struct node *node, ad_tensor *const *in, ad_tensor **out)
{
    (void)graph;
    ad_tensor *mean, *factor = inverse_deviation(in[0], node->attributes, &mean);
    /* not a difference: that is kept nowhere, and so not written beside its square */
    out[0] = ad_mul(ad_add(in[0], ad_neg(mean)), factor);
}

static void gradient(struct gradient *g)
{
    const struct group_attributes *a = g->node->attributes;
    ad_tensor *y = g->out[0], *d = g->dy[0], *mean;
    ad_tensor *along = ad_mul(y, mean_of(ad_mul(d, y), a->groups));
    ad_tensor *rest = ad_sub(ad_sub(d, mean_of(d, a->groups)), along);
    g->dx[0] = ad_mul(inverse_deviation(g->in[0], a, &mean), rest);
}

static ad_status infer(struct infer *f)
{
    int64_t groups = ((const struct group_attributes *)f->attributes)->groups;
    TRY(rows_check_real(f->in[0], "the input"));
    ad_shape shape = f->in[0]->shape;
    if (shape.rank != 3 || shape.size[2] < 0 || groups < 1 || shape.size[2] % groups)
        return fail(AD_ERROR_SHAPE,
                    "%lld groups of an input that has to be (batch, places, channels)",
                    (long long)groups);
    f->type[0] = f->in[0]->type;
    f->shape[0] = shape;
    return AD_OK;
}

ad_tensor *group_standardize(ad_tensor *x, int64_t groups, double epsilon)
{
    return graph_node1(&op_group_standardize, &(struct group_attributes){groups, epsilon}, x);
}

static const struct field fields[] = {
    FIELD(group_attributes, groups, INT, 1),
    FIELD(group_attributes, epsilon, NUMBER, 1e-5),
};

#define GROUPS(n)                                  \
    .attributes = &(const struct group_attributes) \
    {                                              \
        n, 1e-5                                    \
    }

static const struct sample samples[] = {
    {.in_count = 1, .shape = {{3, {2, 7, 6}}}, GROUPS(3)},
    {.in_count = 1, .shape = {{3, {3, 5, 4}}}, GROUPS(4)},
    {.in_count = 1, .shape = {{3, {1, 1, 33}}}, GROUPS(1)},
    {.in_count = 1, .shape = {{3, {0, 4, 2}}}, GROUPS(1)},
};

const struct op op_group_standardize = {
    .name = "group_standardize",
    .doc = "mean 0 and variance 1 of each example's groups of channels",
    .inputs = "x (batch, places, channels)",
    .formula = "y = (x - mean(x)) / sqrt(mean((x - mean(x))^2) + epsilon)",
    FIELDS(fields),
    .attribute_size = sizeof(struct group_attributes),
    .in_min = 1,
    .in_max = 1,
    .infer = infer,
    .gradient = gradient,
    .expand = expand,
    SAMPLES(samples)};
