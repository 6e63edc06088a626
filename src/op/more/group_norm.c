/* Mean 0 and variance 1 of each example's groups of channels.
 *
 *     y = (x - m) r     m = mean x     r = 1 / sqrt(mean((x - m)^2) + epsilon)
 *     dx = r (d - mean d - y mean(d y))
 *
 * A mean is one over places first, and then one over the few channels of a group. */
#include "op/more/group_norm.h"

#include "base/error.h"
#include "op/more/places.h"
#include "op/rows.h"

struct group_attributes {
    int64_t groups;
    double epsilon;
};

extern const struct op op_group_standardize;

/* Of z, or of z y, over the places and the channels of each group. */
static ad_tensor *mean_of(ad_tensor *z, ad_tensor *y, int64_t groups)
{
    int last = z->shape.rank - 1;
    ad_dim batch = z->shape.size[0], channels = z->shape.size[last];
    ad_axes places = {0};
    for (int i = 1; i < last; i++)
        places.axis[places.count++] = i;
    ad_tensor *mean = rows_mean_of(z, y, &places);
    if (groups == channels)
        return mean;
    ad_tensor *parts = SHAPED(mean, batch, groups, channels / groups);
    return ad_reshape(ad_expand(rows_mean(parts, AD_AXES(2)), parts->shape), mean->shape);
}

void group_moments(ad_tensor *x, int64_t groups, ad_tensor **mean, ad_tensor **variance)
{
    *mean = mean_of(x, NULL, groups);
    *variance = mean_of(ad_square(ad_sub(x, *mean)), NULL, groups);
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
    ad_tensor *along = ad_mul(y, mean_of(d, y, a->groups));
    ad_tensor *rest = ad_sub(ad_sub(d, mean_of(d, NULL, a->groups)), along);
    g->dx[0] = ad_mul(inverse_deviation(g->in[0], a, &mean), rest);
}

static ad_status infer(struct infer *f)
{
    int64_t groups = ((const struct group_attributes *)f->attributes)->groups;
    TRY(rows_check_real(f->in[0], "the input"));
    ad_shape shape = f->in[0]->shape;
    ad_dim channels = shape.rank < 2 ? -1 : shape.size[shape.rank - 1];
    if (channels < 0 || groups < 1 || channels % groups)
        return fail(AD_ERROR_SHAPE,
                    "%lld groups of an input that has to be (batch, places..., channels)",
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
    {.in_count = 1, .shape = {{2, {2, 33}}}, GROUPS(1)},
    {.in_count = 1, .shape = {{4, {2, 8, 16, 2}}}, GROUPS(2)},
    {.in_count = 1, .shape = {{3, {0, 4, 2}}}, GROUPS(1)},
};

const struct op op_group_standardize = {
    .name = "group_standardize",
    .doc = "mean 0 and variance 1 of each example's groups of channels",
    .inputs = "x (batch, places..., channels)",
    .formula = "y = (x - mean(x)) / sqrt(mean((x - mean(x))^2) + epsilon)",
    FIELDS(fields),
    .attribute_size = sizeof(struct group_attributes),
    .in_min = 1,
    .in_max = 1,
    .infer = infer,
    .gradient = gradient,
    .expand = expand,
    SAMPLES(samples)};
