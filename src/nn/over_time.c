/* Layers over time: rows added for each step, and one row made of all steps. */
#include <math.h>

#include "base/option.h"
#include "nn/layer.h"
#ifdef ADZE_EXTRAS
#include "nn/more/cache.h"
#else
#define cache_range(graph, time) ad_range(graph, AD_I32, time)
#define looks_back(graph) false
#endif
#include "nn/record.h"

static ad_tensor *check_time(const struct layer *layer, const ad_tensor *x)
{
    if (x->shape.rank == 3)
        return NULL;
    return layer_mistake(layer, AD_ERROR_SHAPE, "x is %s and has to be (batch, time, features)",
                         graph_shape_text(layer->graph, &x->shape));
}

/* ---------------------------------------------------------------- positions */

static ad_tensor *check_positions(const struct layer *layer, const ad_tensor *x,
                                  const ad_positions_options *o)
{
    ad_tensor *poison = check_time(layer, x);
    if (poison)
        return poison;
    if (!o->waves && (o->count == AD_SAME ? dim_is_open(x->shape.size[1]) : o->count < 1))
        return layer_mistake(layer, AD_ERROR_ARGUMENT,
                             ".count says how many steps there are at most, .count = 64 for "
                             "example; x is %s",
                             graph_shape_text(layer->graph, &x->shape));
    return layer_check_normal(layer, "normal", o->normal);
}

/* (time, features), of any number of steps, computed in f64: angles grow with the steps. */
static ad_tensor *waves(const struct layer *layer, ad_dim time, int64_t features)
{
    ad_graph *g = layer->graph;
    int64_t pairs = (features + 1) / 2;
    ad_tensor *step = ad_reshape(ad_cast(cache_range(g, time), AD_F64), AD_SHAPE(time, 1));
    ad_tensor *pair = ad_cast(ad_range(g, AD_I32, pairs), AD_F64);
    double slope = features > 0 ? -2 * log(10000.0) / (double)features : 0;
    ad_tensor *angle = ad_mul(step, ad_exp(ad_scale(pair, slope)));
    ad_tensor *both[] = {ad_reshape(ad_sin(angle), AD_SHAPE(time, pairs, 1)),
                         ad_reshape(ad_cos(angle), AD_SHAPE(time, pairs, 1))};
    ad_tensor *all = ad_reshape(ad_concat(both, 2, 2), AD_SHAPE(time, 2 * pairs));
    return ad_cast(features == 2 * pairs ? all : ad_slice(all, 1, 0, features, 1), layer->type);
}

static ad_tensor *table(const struct layer *layer, const ad_positions_options *o, ad_dim time,
                        int64_t features)
{
    int64_t count = option_same(o->count, time);
    ad_tensor *weight = layer_variable(
        layer, AD_ROLE_TABLE, "weight",
        ad_normal(layer->graph, layer->type, AD_SHAPE(count, features), 0, o->normal));
    if ((count == time && !looks_back(layer->graph)) || graph_is_poison(weight))
        return weight;
    return ad_gather(weight, cache_range(layer->graph, time), 0);
}

ad_tensor *ad_positions(ad_tensor *x, const ad_positions_options *options)
{
    struct layer layer;
    ad_positions_options o = AD_OPTIONS(ad_positions_options);
    ad_status status = options_read(ad_positions_options, &o, options);
    ad_tensor *poison = graph_passed(ad_tensor_graph(x), "ad_positions", status);
    poison = poison ? poison : layer_begin(&layer, "positions", o.name, x, 1);
    poison = poison ? poison : check_positions(&layer, x, &o);
    if (poison)
        return poison;
    ad_dim time = x->shape.size[1];
    int64_t features = x->shape.size[2];
    return ad_add(x, o.waves ? waves(&layer, time, features) : table(&layer, &o, time, features));
}

/* ---------------------------------------------------------------- pooling */

/* Steps of each example in x's type, (batch or 1, 1). */
static ad_tensor *steps_of(const struct layer *layer, ad_tensor *x, ad_tensor *length)
{
    if (!length)
        return ad_reshape(ad_cast(ad_size(x, 1), layer->type), AD_SHAPE(1, 1));
    return ad_reshape(ad_cast(length, layer->type), AD_SHAPE(x->shape.size[0], 1));
}

/* x with `other` at all steps that do not count. */
static ad_tensor *only(const struct layer *layer, ad_tensor *inside, ad_tensor *x, double other)
{
    return inside ? ad_where(inside, x, ad_number(layer->graph, layer->type, other)) : x;
}

/* bool (batch or 1, time, 1): the step of that number from the end, or from the begin. */
static ad_tensor *one_step(const struct layer *layer, ad_tensor *x, ad_tensor *length, bool last)
{
    ad_dim batch = x->shape.size[0], time = x->shape.size[1];
    ad_tensor *range = ad_range(layer->graph, AD_I64, time);
    if (!last)
        return ad_reshape(ad_equal(range, ad_number(layer->graph, AD_I64, 0)),
                          AD_SHAPE(1, time, 1));
    ad_tensor *count = length ? ad_reshape(ad_cast(length, AD_I64), AD_SHAPE(batch, 1))
                              : ad_reshape(ad_size(x, 1), AD_SHAPE(1, 1));
    ad_tensor *is = ad_equal(ad_add(range, ad_number(layer->graph, AD_I64, 1)), count);
    return ad_reshape(is, AD_SHAPE(length ? batch : 1, time, 1));
}

static ad_tensor *pool(const struct layer *layer, ad_tensor *x, const ad_pool_time_options *o)
{
    ad_tensor *inside = o->length ? layer_inside(layer, x, o->length) : NULL;
    ad_tensor *zero = ad_number(layer->graph, layer->type, 0);
    if (inside && graph_is_poison(inside))
        return inside;
    ad_tensor *count = steps_of(layer, x, o->length);
    if (o->how == AD_OVER_MEAN) {
        ad_tensor *sum = ad_sum(only(layer, inside, x, 0), AD_AXES(1), NULL);
        return ad_div(sum, ad_maximum(count, ad_number(layer->graph, layer->type, 1)));
    }
    if (o->how == AD_OVER_MAX) {
        ad_tensor *most = ad_max(only(layer, inside, x, -INFINITY), AD_AXES(1), NULL);
        return ad_where(ad_greater(count, zero), most, zero);
    }
    ad_tensor *is = one_step(layer, x, o->length, o->how == AD_OVER_LAST);
    is = inside ? ad_and(is, inside) : is;
    return ad_sum(ad_where(is, x, zero), AD_AXES(1), NULL);
}

ad_tensor *ad_pool_time(ad_tensor *x, const ad_pool_time_options *options)
{
    struct layer layer;
    ad_pool_time_options o = AD_OPTIONS(ad_pool_time_options);
    ad_status status = options_read(ad_pool_time_options, &o, options);
    ad_tensor *poison = graph_passed(ad_tensor_graph(x), "ad_pool_time", status);
    poison = poison ? poison : layer_begin(&layer, "pool_time", "pool_time", x, 1);
    poison = poison ? poison : check_time(&layer, x);
    poison = poison ? poison : layer_check_length(&layer, x, o.length);
    if (!poison && (o.how < AD_OVER_MEAN || o.how > AD_OVER_FIRST))
        poison = layer_mistake(&layer, AD_ERROR_ARGUMENT, ".how is %d and no ad_over_time", o.how);
    return poison ? poison : pool(&layer, x, &o);
}

/* ---------------------------------------------------------------- records */

static const ad_option positions_rows[] = {
    {.name = "count",
     .type = AD_OPTION_WHOLE,
     .offset = offsetof(ad_positions_options, count),
     ROW_RANGE(1, 1e7),
     .unit = "steps",
     .unset = "as many as there are at most",
     .also = "length max_len max_length max_position_embeddings block_size context",
     .help = "rows of the table: steps at most"},
    ROW_TRUTH(ad_positions_options, waves, "sinusoidal fixed",
              "no table but sines and cosines of the step (Vaswani et al. 2017)"),
    {.name = "normal",
     .type = AD_OPTION_NUMBER,
     .offset = offsetof(ad_positions_options, normal),
     ROW_RANGE(0, 1000),
     .also = "std init_std initializer_range",
     .help = "deviation of its first values"},
    ROW_NAME(ad_positions_options),
};

static const ad_positions_options positions_initial = AD_OPTIONS_INIT(ad_positions_options);

static ad_tensor *make_positions(ad_tensor *const *in, int count, const void *options)
{
    (void)count;
    return ad_positions(in[0], options);
}

const ad_layer_record layer_positions = {
    .record = {.name = "positions",
               .help = "a learned row for each step is added",
               .also = "position_embedding positional_embedding positional_encoding pos_embed wpe",
               AD_RECORD_OPTIONS(positions_rows, positions_initial)},
    ONE_INPUT,
    .time = AD_TIME_KEPT,
    .make = make_positions};

static const ad_option pool_rows[] = {
    {.name = "how",
     .type = AD_OPTION_WORD,
     .words = "mean max last first",
     .offset = offsetof(ad_pool_time_options, how),
     .also = "method mode type pooling",
     .help = "mean or largest of all steps, or the last or first"},
};

static const ad_pool_time_options pool_initial = AD_OPTIONS_INIT(ad_pool_time_options);

/* A second tensor is the lengths. */
static ad_tensor *make_pool_time(ad_tensor *const *in, int count, const void *options)
{
    ad_pool_time_options o = AD_OPTIONS(ad_pool_time_options);
    if (count < 2 || options_read(ad_pool_time_options, &o, options) != AD_OK)
        return ad_pool_time(in[0], options);
    o.length = in[1];
    return ad_pool_time(in[0], &o);
}

const ad_layer_record layer_pool_time = {
    .record = {.name = "pool_time",
               .help = "(batch, time, features) to (batch, features), each example by its length",
               .also = "global_pool1d globalaveragepooling1d globalmaxpooling1d time_pool last "
                       "adaptiveavgpool1d adaptivemaxpool1d",
               AD_RECORD_OPTIONS(pool_rows, pool_initial)},
    .in_min = 1,
    .in_max = 2,
    .time = AD_TIME_TAKEN,
    .make = make_pool_time};
