/* The records of layers that move elements, and of those that put several tensors together. */
#include <math.h>

#include "core/graph.h"
#include "nn/record.h"

/* ---------------------------------------------------------------- flatten */

struct flatten {
    int order; /* CHANNELS_LAST or CHANNELS_FIRST */
};

enum { CHANNELS_LAST, CHANNELS_FIRST };

static const struct flatten flatten_initial = {CHANNELS_LAST};

static const ad_option flatten_rows[] = {
    {.name = "order",
     .type = AD_OPTION_WORD,
     .words = "channels_last channels_first",
     .offset = offsetof(struct flatten, order),
     .also = "data_format layout",
     .help = "channels_first: as PyTorch has the features after a convolution, for its weights"},
};

/* (batch, ..., channels) to (batch, channels, ...) */
static ad_tensor *channels_first(ad_tensor *x)
{
    int rank = ad_tensor_shape(x).rank;
    ad_axes order = {.count = rank, .axis = {0, rank - 1}};
    for (int i = 2; i < rank; i++)
        order.axis[i] = i - 1;
    return ad_transpose(x, order);
}

static ad_tensor *make_flatten(ad_tensor *const *in, int count, const void *options)
{
    const struct flatten *o = options ? options : &flatten_initial;
    bool moves = o->order == CHANNELS_FIRST && ad_tensor_shape(in[0]).rank > 2;
    (void)count;
    return ad_flatten(moves ? channels_first(in[0]) : in[0]);
}

const ad_layer_record layer_flatten = {.record = {.name = "flatten",
                                                  .help = "(batch, ...) to (batch, features)",
                                                  AD_RECORD_OPTIONS(flatten_rows, flatten_initial)},
                                       ONE_INPUT,
                                       .make = make_flatten};

/* ---------------------------------------------------------------- reshape */

struct reshape {
    ad_numbers sizes;
};

static const struct reshape reshape_initial = {{0}};

static const ad_option reshape_rows[] = {
    {.name = "sizes",
     .type = AD_OPTION_NUMBERS,
     .required = true,
     ROW_RANGE(-1, 1e9),
     .offset = offsetof(struct reshape, sizes),
     .also = "shape target_shape size",
     .help = "of one example, without the batch; -1: what is left, once"},
};

/* The batch's size stays in front; false where a size is none. */
static bool shape_of(const ad_tensor *x, const ad_numbers *sizes, ad_shape *shape)
{
    *shape = AD_SHAPE(ad_tensor_shape(x).size[0]);
    for (int i = 0; i < sizes->count; i++) {
        double size = sizes->value[i];
        if (shape->rank == AD_RANK_MAX || size != trunc(size) || size < -1 || size > 1e9)
            return false;
        shape->size[shape->rank++] = size == -1 ? AD_INFER : (ad_dim)size;
    }
    return true;
}

static ad_tensor *make_reshape(ad_tensor *const *in, int count, const void *options)
{
    const struct reshape *o = options ? options : &reshape_initial;
    ad_graph *graph = ad_tensor_graph(in[0]);
    ad_tensor *poison = graph_check(graph, "reshape", in, 1);
    ad_shape shape;
    (void)count;
    if (poison)
        return poison;
    if (!in[0]->shape.rank)
        return graph_poison(graph, AD_ERROR_SHAPE, "reshape: x is one number, without a batch");
    if (!shape_of(in[0], &o->sizes, &shape))
        return graph_poison(graph, AD_ERROR_ARGUMENT,
                            "reshape: sizes are at most %d whole numbers from 0, and -1 once",
                            AD_RANK_MAX - 1);
    return ad_reshape(in[0], shape);
}

const ad_layer_record layer_reshape = {.record = {.name = "reshape",
                                                  .help = "other sizes behind the batch",
                                                  .also = "view unflatten",
                                                  AD_RECORD_OPTIONS(reshape_rows, reshape_initial)},
                                       ONE_INPUT,
                                       .make = make_reshape};

/* ---------------------------------------------------------------- several tensors */

#define SEVERAL .in_min = 2, .in_max = AD_LIST_MAX

struct concat {
    int64_t axis;
};

static const struct concat concat_initial = {-1};

static const ad_option concat_rows[] = {
    ROW_WHOLE(struct concat, axis, -AD_RANK_MAX, AD_RANK_MAX - 1, "dim",
              "along which they stand one after the other; -1 is the last"),
};

static ad_tensor *make_concat(ad_tensor *const *in, int count, const void *options)
{
    const struct concat *o = options ? options : &concat_initial;
    return ad_concat(in, count, (int)o->axis);
}

/* Behind the time each step stays its own. */
static bool concat_window(const void *options, ad_layer_window *window)
{
    const struct concat *o = options;
    *window = (ad_layer_window){.reach = 1, .stride = 1};
    return o->axis == -1 || o->axis == 2;
}

const ad_layer_record layer_concat = {.record = {.name = "concat",
                                                 .help = "several tensors one after the other",
                                                 .also = "cat concatenate join merge",
                                                 AD_RECORD_OPTIONS(concat_rows, concat_initial)},
                                      SEVERAL,
                                      .time = AD_TIME_WINDOWS,
                                      .window = concat_window,
                                      .make = make_concat};

static ad_tensor *make_add(ad_tensor *const *in, int count, const void *options)
{
    ad_tensor *sum = in[0];
    (void)options;
    for (int i = 1; i < count; i++)
        sum = ad_add(sum, in[i]);
    return sum;
}

const ad_layer_record layer_add = {
    .record = {.name = "add", .help = "the sum of several tensors", .also = "sum plus"},
    SEVERAL,
    .time = AD_TIME_KEPT,
    .make = make_add};

static ad_tensor *make_multiply(ad_tensor *const *in, int count, const void *options)
{
    ad_tensor *product = in[0];
    (void)options;
    for (int i = 1; i < count; i++)
        product = ad_mul(product, in[i]);
    return product;
}

const ad_layer_record layer_multiply = {
    .record = {.name = "multiply", .help = "the product of several tensors", .also = "mul product"},
    SEVERAL,
    .time = AD_TIME_KEPT,
    .make = make_multiply};
