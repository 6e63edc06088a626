/* The records of pooling; and the pool over all places, which is a mean or a largest value. */
#include <math.h>

#include "base/option.h"
#include "core/graph.h"
#include "nn/record.h"

static const ad_window_options initial = AD_OPTIONS_INIT(ad_window_options);

#define WINDOW                                                                  \
    ROW_PAIR(ad_window_options, window, 1, "kernel size pool_size kernel_size", \
             "size of the window")
#define STRIDE                                                                                   \
    {                                                                                            \
        .name = "stride", .type = AD_OPTION_PAIR, .offset = offsetof(ad_window_options, stride), \
        .second = offsetof(ad_window_options, stride_w), ROW_RANGE(1, 4096),                     \
        .unset = "the window", .also = "strides", .help = "step from one window to the next"     \
    }

static const ad_option max_pool_rows[] = {
    WINDOW,
    STRIDE,
    ROW_PAIR(ad_window_options, padding, 0, "pad", "at each side, never chosen"),
};

static const ad_option average_pool_rows[] = {
    WINDOW,
    STRIDE,
    ROW_PAIR(ad_window_options, padding, 0, "pad", "at each side"),
    ROW_TRUTH(ad_window_options, count_padding, "count_include_pad",
              "count padded places in the divisor"),
};

static ad_tensor *make_max_pool(ad_tensor *const *in, int count, const void *options)
{
    (void)count;
    return ad_max_pool(in[0], options);
}

static ad_tensor *make_average_pool(ad_tensor *const *in, int count, const void *options)
{
    (void)count;
    return ad_average_pool(in[0], options);
}

static bool pool_window(const ad_window_options *o, double past, ad_layer_window *w)
{
    *w = (ad_layer_window){.reach = o->window,
                           .stride = option_same(o->stride, o->window),
                           .before = o->padding,
                           .after = o->padding,
                           .past = past};
    return true;
}

static bool max_window(const void *options, ad_layer_window *w)
{
    return pool_window(options, -INFINITY, w);
}

/* Padding that is left out of the divisor is not that of an example which ends here. */
static bool average_window(const void *options, ad_layer_window *w)
{
    const ad_window_options *o = options;
    return pool_window(o, 0, w) && (o->padding == 0 || o->count_padding);
}

const ad_layer_record layer_max_pool = {
    .record = {.name = "max_pool",
               .help = "largest of each window",
               .also = "maxpool2d max_pool2d maxpooling2d pool pooling",
               AD_RECORD_OPTIONS(max_pool_rows, initial)},
    ONE_INPUT,
    .time = AD_TIME_WINDOWS,
    .window = max_window,
    .make = make_max_pool};
const ad_layer_record layer_average_pool = {
    .record =
        {.name = "average_pool",
         .help = "mean of each window",
         .also = "avg_pool avgpool avgpool2d avg_pool2d average_pooling2d average_pool2d mean_pool",
         AD_RECORD_OPTIONS(average_pool_rows, initial)},
    ONE_INPUT,
    .time = AD_TIME_WINDOWS,
    .window = average_window,
    .make = make_average_pool};

/* ---------------------------------------------------------------- over all places */

struct global_pool {
    int method; /* POOL_MEAN or POOL_MAX */
};

enum { POOL_MEAN, POOL_MAX };

static const struct global_pool global_initial = {POOL_MEAN};

static const ad_option global_rows[] = {
    {.name = "method",
     .type = AD_OPTION_WORD,
     .words = "mean max",
     .offset = offsetof(struct global_pool, method),
     .also = "type kind mode",
     .help = "the mean of all places, or the largest"},
};

/* Of steps alone, with the examples' lengths. */
static ad_tensor *pool_lengths(ad_tensor *const *in, int method)
{
    return ad_pool_time(in[0], &AD_OPTIONS(ad_pool_time_options, .length = in[1],
                                           .how = method == POOL_MAX ? AD_OVER_MAX : AD_OVER_MEAN));
}

/* A second tensor is the lengths. */
static ad_tensor *make_global_pool(ad_tensor *const *in, int count, const void *options)
{
    const struct global_pool *o = options ? options : &global_initial;
    ad_graph *graph = ad_tensor_graph(in[0]);
    ad_tensor *poison = graph_check(graph, "global_pool", in, 1);
    if (poison)
        return poison;
    if (count > 1)
        return pool_lengths(in, o->method);
    ad_axes places = {0};
    for (int i = 1; i < in[0]->shape.rank - 1; i++)
        places.axis[places.count++] = i;
    if (!places.count)
        return graph_poison(graph, AD_ERROR_SHAPE,
                            "global_pool: x is %s and has to be (batch, ..., channels), with axes "
                            "between to pool over",
                            graph_shape_text(graph, &in[0]->shape));
    return o->method == POOL_MAX ? ad_max(in[0], places, NULL) : ad_mean(in[0], places, NULL);
}

const ad_layer_record layer_global_pool = {
    .record = {.name = "global_pool",
               .help = "(batch, ..., channels) to (batch, channels)",
               .also =
                   "global_average_pool globalaveragepooling2d global_avg_pool adaptiveavgpool2d "
                   "adaptivemaxpool2d gap "
                   "global_max_pool globalmaxpooling2d adaptive_avg_pool",
               AD_RECORD_OPTIONS(global_rows, global_initial)},
    .in_min = 1,
    .in_max = 2,
    .time = AD_TIME_TAKEN,
    .make = make_global_pool};
