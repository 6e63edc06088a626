/* RMS norm, group norm, instance norm, batch norm whose sums may be joined over devices, and local
 * response norm.
 *
 * Joined: (s, n) = join(sum x, count), mean = s / n; (q, n) = join(sum (x - mean)^2, count),
 * variance = q / n. */
#include <float.h>
#include <math.h>

#include "base/option.h"
#include "nn/layer.h"
#include "nn/record.h"
#include "op/more/group_norm.h"
#include "op/more/places.h"
#include "op/reduce.h"
#include "op/rows.h"

/* The first is read where a call takes the second. */
#define ALIKE(member)                                              \
    _Static_assert(offsetof(ad_norm_more_options, member) ==       \
                       offsetof(ad_instance_norm_options, member), \
                   "alike")
ALIKE(epsilon);
ALIKE(track);

static const ad_norm_more_options usual = AD_OPTIONS_INIT(ad_norm_more_options);
static const ad_instance_norm_options usual_instance = AD_OPTIONS_INIT(ad_instance_norm_options);

struct norm {
    struct layer layer;
    ad_norm_more_options o;
    ad_shape features;
    ad_axes axes;               /* between the first and the last */
    ad_tensor *mean, *variance; /* running */
    ad_tensor *one;             /* of x's type */
    ad_tensor *count;           /* elements of a channel: tensor of x's type */
    ad_tensor *moves;           /* whether a batch moves the averages: bool */
    ad_tensor *share;           /* the weight of the new batch in them */
};

static ad_tensor *begin(struct norm *n, const char *kind, ad_tensor *x, int rank,
                        const ad_norm_more_options *options)
{
    bool f64 = ad_tensor_type(x) == AD_F64;
    ad_status status = options_read(ad_norm_more_options, &n->o, options);
    ad_tensor *poison = graph_passed(ad_tensor_graph(x), kind, status);
    poison = poison ? poison : layer_begin(&n->layer, kind, n->o.name, x, rank);
    if (poison)
        return poison;
    double least = kind[0] != 'r' ? 1e-5 : f64 ? DBL_EPSILON : (double)FLT_EPSILON;
    ad_norm_more_options *o = &n->o;
    o->epsilon = option_auto(o->epsilon, least);
    double momentum = option_auto(o->momentum, 0);
    n->features = AD_SHAPE(x->shape.size[x->shape.rank - 1]);
    n->one = rows_number(x, 1);
    for (int i = 1; i < x->shape.rank - 1; i++)
        n->axes.axis[n->axes.count++] = i;
    bool others = (o->groups && *kind != 'g') || (o->track && *kind != 'i') ||
                  ((o->join || o->user) && *kind != 's');
    if (o->epsilon >= 0 && o->epsilon <= DBL_MAX && momentum >= 0 && momentum <= 1 && !others)
        return NULL;
    return layer_mistake(&n->layer, AD_ERROR_ARGUMENT,
                         ".epsilon is %g and .momentum %g; they are from 0, and 0 to 1; .groups, "
                         ".track and .join are each for one norm",
                         o->epsilon, momentum);
}

static ad_tensor *affine(const struct norm *n, ad_tensor *y, bool bias)
{
    if (!n->o.affine)
        return y;
    y = ad_mul(y, layer_full(&n->layer, AD_ROLE_SCALE, "weight", n->features, 1));
    return bias ? ad_add(y, layer_full(&n->layer, AD_ROLE_OFFSET, "bias", n->features, 0)) : y;
}

ad_tensor *ad_rms_norm(ad_tensor *x, const ad_norm_more_options *options)
{
    struct norm n = {.o = usual};
    ad_tensor *poison = begin(&n, "rms_norm", x, 1, options);
    if (poison)
        return poison;
    ad_tensor *mean = rows_mean(ad_square(x), AD_AXES(x->shape.rank - 1));
    return affine(&n, ad_mul(x, ad_rsqrt(ad_shift(mean, n.o.epsilon))), false);
}

static ad_tensor *grouped(const struct norm *n, ad_tensor *x, int64_t groups)
{
    ad_tensor *y = group_standardize(x, groups, n->o.epsilon);
    return n->o.track ? y : affine(n, y, true);
}

ad_tensor *ad_group_norm(ad_tensor *x, const ad_norm_more_options *options)
{
    struct norm n = {.o = usual};
    ad_tensor *poison = begin(&n, "group_norm", x, 2, options);
    if (poison)
        return poison;
    ad_dim channels = n.features.size[0], groups = n.o.groups;
    if (groups <= 0 || channels % groups)
        return layer_mistake(&n.layer, AD_ERROR_ARGUMENT,
                             ".groups is %lld; it has to divide the %lld channels",
                             (long long)groups, (long long)channels);
    return grouped(&n, x, groups);
}

/* ---- moving averages */

static void move(const struct norm *n, ad_tensor *owner, ad_tensor *average, ad_tensor *batch)
{
    ad_tensor *now = ad_pending(average);
    batch = ad_reshape(ad_stop_gradient(batch), n->features);
    ad_tensor *moved = ad_add(now, ad_mul(ad_sub(batch, now), n->share));
    ad_assign(owner, average, ad_where(n->moves, moved, now));
}

/* batch in training where there is a variance, else by the averages; then affine. */
static ad_tensor *chosen(struct norm *n, ad_tensor *x, ad_tensor *batch)
{
    n->mean = layer_full(&n->layer, AD_ROLE_AVERAGE, "running_mean", n->features, 0);
    n->variance = layer_full(&n->layer, AD_ROLE_AVERAGE, "running_var", n->features, 1);
    n->moves = ad_greater(n->count, n->one);
    ad_tensor *own = ad_and(ad_training(n->layer.graph), n->moves);
    ad_tensor *factor = ad_rsqrt(ad_shift(n->variance, n->o.epsilon));
    return affine(n, ad_where(own, batch, ad_mul(ad_sub(x, n->mean), factor)), true);
}

static ad_tensor *unbiased(const struct norm *n, ad_tensor *variance)
{
    ad_tensor *less = ad_maximum(ad_sub(n->count, n->one), n->one);
    return ad_mul(variance, ad_div(n->count, less));
}

static ad_tensor *tracked(struct norm *n, ad_tensor *x, ad_tensor *own)
{
    n->count = reduce_size(x, &n->axes);
    ad_tensor *y = chosen(n, x, own);
    ad_tensor *mean, *variance;
    group_moments(ad_stop_gradient(x), n->features.size[0], &mean, &variance);
    n->moves = ad_and(n->moves, ad_greater(rows_size(x, 0), rows_number(x, 0)));
    n->share = rows_number(x, option_auto(n->o.momentum, 0.1));
    move(n, y, n->mean, rows_mean(mean, AD_AXES(0)));
    move(n, y, n->variance, rows_mean(unbiased(n, variance), AD_AXES(0)));
    return y;
}

ad_tensor *ad_instance_norm(ad_tensor *x, const ad_instance_norm_options *options)
{
    struct norm n;
    ad_instance_norm_options o = usual_instance;
    ad_status status = options_read(ad_instance_norm_options, &o, options);
    n = (struct norm){.o = usual};
    ad_tensor *poison = graph_passed(ad_tensor_graph(x), "ad_instance_norm", status);
    poison = poison ? poison : begin(&n, "instance_norm", x, 3, (const ad_norm_more_options *)&o);
    if (poison)
        return poison;
    ad_tensor *own = grouped(&n, x, n.features.size[0]);
    return n.o.track ? tracked(&n, x, own) : own;
}

/* The mean over all devices, from what is to be summed up; sets count. */
static ad_tensor *joined(struct norm *n, ad_tensor *x)
{
    ad_dim features = n->features.size[0];
    ad_tensor *sum = ad_sum(x, n->axes, NULL);
    n->count = reduce_size(x, &n->axes);
    if (!n->o.join)
        return ad_div(sum, ad_maximum(n->count, n->one));
    ad_tensor *sums = ad_concat((ad_tensor *[]){sum, SHAPED(n->count, 1)}, 2, 0);
    ad_tensor *all = n->o.join(n->o.user, sums);
    ad_tensor *poison = graph_check(n->layer.graph, "ad_sync_norm: join", &all, 1);
    if (poison)
        return poison;
    if (all->type != x->type || !graph_shapes_equal(&all->shape, &sums->shape))
        return layer_mistake(&n->layer, AD_ERROR_SHAPE,
                             "what .join returns is not as what it gets");
    n->count = ad_reshape(ad_slice(all, 0, features, AD_END, 1), AD_SCALAR);
    return ad_div(ad_slice(all, 0, 0, features, 1), ad_maximum(n->count, n->one));
}

/* Counts this batch, and gives its weight. */
static void count_batch(struct norm *n, ad_tensor *owner)
{
    ad_tensor *tracked = layer_variable(&n->layer, AD_ROLE_AVERAGE, "num_batches_tracked",
                                        ad_number(n->layer.graph, AD_I64, 0));
    ad_tensor *now = ad_pending(tracked), *one = ad_number(n->layer.graph, AD_I64, 1),
              *next = ad_add(now, one);
    ad_assign(owner, tracked, ad_where(n->moves, next, now));
    n->share = n->o.momentum == AD_AUTO ? ad_reciprocal(ad_cast(next, n->layer.type))
                                        : rows_number(n->one, n->o.momentum);
}

ad_tensor *ad_sync_norm(ad_tensor *x, const ad_norm_more_options *options)
{
    struct norm n = {.o = usual};
    ad_tensor *poison = begin(&n, "sync_norm", x, 2, options);
    if (poison)
        return poison;
    n.axes.axis[n.axes.count++] = 0;
    ad_tensor *mean = joined(&n, x), *off = ad_sub(x, mean);
    ad_tensor *variance = graph_is_poison(mean) ? mean : joined(&n, ad_square(off));
    if (graph_is_poison(variance))
        return variance;
    ad_tensor *factor = ad_rsqrt(ad_shift(variance, n.o.epsilon));
    ad_tensor *y = chosen(&n, x, ad_mul(off, factor));
    count_batch(&n, y);
    move(&n, y, n.mean, mean);
    move(&n, y, n.variance, unbiased(&n, variance));
    return y;
}

/* ---- local response norm */

static const ad_local_response_norm_options usual_local =
    AD_OPTIONS_INIT(ad_local_response_norm_options);

ad_tensor *ad_local_response_norm(ad_tensor *x, const ad_local_response_norm_options *options)
{
    struct layer layer;
    ad_local_response_norm_options o = usual_local;
    ad_status status = options_read(ad_local_response_norm_options, &o, options);
    ad_tensor *poison = graph_passed(ad_tensor_graph(x), "ad_local_response_norm", status);
    poison = poison ? poison : layer_begin(&layer, "local_response_norm", NULL, x, 1);
    if (poison)
        return poison;
    if (o.size < 1 || o.size > 1024)
        return layer_mistake(&layer, AD_ERROR_ARGUMENT, ".size is %lld; it is 1 to 1024 channels",
                             (long long)o.size);
    int last = x->shape.rank - 1;
    ad_dim channels = x->shape.size[last];
    ad_tensor *wide = ad_pad(ad_square(x), last, o.size / 2, (o.size - 1) / 2, 0), *sum = NULL;
    for (int64_t i = 0; i < o.size; i++) {
        ad_tensor *part = ad_slice(wide, last, i, i + channels, 1);
        sum = sum ? ad_add(sum, part) : part;
    }
    ad_tensor *base = ad_shift(ad_scale(sum, o.alpha / (double)o.size), o.k);
    if (o.beta != 0.75)
        return ad_mul(x, ad_pow(base, rows_number(x, -o.beta)));
    ad_tensor *half = ad_rsqrt(base); /* two square roots are faster than a power */
    return ad_mul(x, ad_mul(half, ad_sqrt(half)));
}

/* ---------------------------------------------------------------- records */

/* Each norm has some of them, one after the other. */
static const ad_option rows[] = {
    {.name = "groups",
     .type = AD_OPTION_WHOLE,
     .required = true,
     .offset = offsetof(ad_norm_more_options, groups),
     ROW_RANGE(1, 1e6),
     .also = "num_groups",
     .help = "of neighbouring channels"},
    {.name = "epsilon",
     .type = AD_OPTION_NUMBER,
     ROW_RANGE(0, 1),
     .above_low = true,
     .offset = offsetof(ad_norm_more_options, epsilon),
     .unset = "1e-5, of RMS norm 2^-23",
     .also = "eps",
     .help = "added to the variance"},
    ROW_TRUTH(ad_norm_more_options, affine, NULL, "a learned scale and offset"),
    ROW_NAME(ad_norm_more_options),
    {.name = "momentum",
     .type = AD_OPTION_NUMBER,
     ROW_RANGE(0, 1),
     .offset = offsetof(ad_norm_more_options, momentum),
     .unset = "0.1; cumulative: all batches weigh alike",
     .help = "weight of the new batch in moving averages"},
    ROW_TRUTH(ad_norm_more_options, track, "track_running_stats",
              "keep moving averages for inference"),
};

#define NUMBER(name_, least, most, help_)                                                  \
    {                                                                                      \
        .name = #name_, .type = AD_OPTION_NUMBER,                                          \
        .offset = offsetof(ad_local_response_norm_options, name_), ROW_RANGE(least, most), \
        .help = help_                                                                      \
    }
static const ad_option local_rows[] = {
    ROW_WHOLE(ad_local_response_norm_options, size, 1, 1024, "depth_radius n", "channels around"),
    NUMBER(alpha, -1e6, 1e6, "weight of the mean of squares"),
    NUMBER(beta, -100, 100, "power"),
    NUMBER(k, 0, 1e6, "added to the mean"),
};

#define RECORD(name_, call, rows_, count_, initial_, time_, batch_, also_, help_)        \
    static ad_tensor *make_##name_(ad_tensor *const *in, int count, const void *options) \
    {                                                                                    \
        (void)count;                                                                     \
        return call(in[0], options);                                                     \
    }                                                                                    \
    const ad_layer_record layer_##name_ = {.record = {.name = #name_,                    \
                                                      .help = help_,                     \
                                                      .also = also_,                     \
                                                      .option = rows_,                   \
                                                      .options = count_,                 \
                                                      .initial = &initial_,              \
                                                      .size = sizeof initial_},          \
                                           ONE_INPUT,                                    \
                                           .over_batch = batch_,                         \
                                           .time = time_,                                \
                                           .make = make_##name_}

RECORD(rms_norm, ad_rms_norm, rows + 1, 3, usual, AD_TIME_KEPT, false, "rmsnorm",
       "over the last axis, no mean (Zhang and Sennrich 2019)");
RECORD(group_norm, ad_group_norm, rows, 4, usual, AD_TIME_MIXED, false, "groupnorm",
       "over places and groups of channels (Wu and He 2018)");
RECORD(instance_norm, ad_instance_norm, rows + 1, 5, usual_instance, AD_TIME_MIXED, false,
       "instancenorm2d", "over the places of each channel (Ulyanov et al. 2016)");
RECORD(cumulative_norm, ad_sync_norm, rows + 1, 4, usual, AD_TIME_MIXED, true, NULL,
       "batch norm whose averages are those of all batches");
RECORD(local_response_norm, ad_local_response_norm, local_rows, 4, usual_local, AD_TIME_KEPT, false,
       "lrn localresponsenorm", "by the channels around (Krizhevsky et al. 2012)");
