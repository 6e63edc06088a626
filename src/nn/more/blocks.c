/* Blocks: highway, squeeze and excite, inception, bilinear; layers.h has the formulas. */
#include <string.h>

#include "base/option.h"
#include "nn/layer.h"
#include "nn/record.h"
#include "op/rows.h"

/* What the options structs here begin with, as AD_HEAD_ makes it. */
struct head {
    size_t size;
    const void *named;
    const char *name;
};

/* Options over the record's, into o; poison where they are none, or x is no tensor for the layer.
 */
static ad_tensor *begin(struct layer *layer, const ad_record *record, ad_tensor *x, int rank,
                        void *o, const void *options)
{
    memcpy(o, record->initial, ((const struct head *)record->initial)->size);
    ad_status status = options_copy(record->name, o, options, ((struct head *)o)->size);
    ad_tensor *poison = graph_passed(ad_tensor_graph(x), record->name, status);
    return poison ? poison : layer_begin(layer, record->name, ((struct head *)o)->name, x, rank);
}

/* Of a layer that x passes begin for. */
static ad_dim features(const ad_tensor *x)
{
    return x->shape.size[x->shape.rank - 1];
}

/* A layer's part, "inception1.branch1"; NULL without memory. */
static const char *part(const struct layer *layer, const char *name)
{
    GRAPH_HOLD(layer->graph);
    return arena_format(&layer->graph->arena, "%s.%s", layer->name, name);
}

/* ---------------------------------------------------------------- highway */

ad_tensor *ad_highway(ad_tensor *x, const ad_highway_options *options)
{
    struct layer layer;
    ad_highway_options o;
    ad_tensor *poison = begin(&layer, &layer_highway.record, x, 1, &o, options);
    if (poison)
        return poison;
    ad_dim n = features(x);
    layer_fan_in(&layer, (double)n);
    ad_tensor *w = layer_weight(&layer, "weight", AD_SHAPE(2 * n, n), AD_AUTO);
    ad_tensor *bias =
        layer_variable(&layer, AD_ROLE_BIAS, "bias",
                       ad_pad(ad_full(layer.graph, layer.type, AD_SHAPE(n), 0), 0, 0, n, -o.carry));
    ad_tensor *both = ad_add(ad_matmul(x, ad_transpose(w, AD_AXES(1, 0))), bias);
    ad_tensor *h = ad_slice(both, -1, 0, n, 1), *t = ad_sigmoid(ad_slice(both, -1, n, 2 * n, 1));
    return ad_add(x, ad_mul(t, ad_sub(o.tanh ? ad_tanh(h) : ad_relu(h), x)));
}

/* ---------------------------------------------------------------- squeeze and excite */

static ad_tensor *mapped(const struct layer *layer, ad_tensor *x, const char *name, int64_t out)
{
    return ad_linear(x, &AD_OPTIONS(ad_linear_options, .out = out, .name = part(layer, name)));
}

ad_tensor *ad_squeeze_excite(ad_tensor *x, const ad_excite_options *options)
{
    struct layer layer;
    ad_excite_options o;
    ad_tensor *poison = begin(&layer, &layer_squeeze_excite.record, x, 3, &o, options);
    if (poison)
        return poison;
    if (o.reduction < 1)
        return layer_mistake(&layer, AD_ERROR_ARGUMENT, ".reduction is %lld; it is 1 or more",
                             (long long)o.reduction);
    ad_axes axes = {.count = x->shape.rank - 2};
    for (int i = 0; i < axes.count; i++)
        axes.axis[i] = i + 1;
    ad_dim n = features(x);
    ad_tensor *all =
        mapped(&layer, rows_mean(x, axes), "fc1", n < o.reduction ? 1 : n / o.reduction);
    all = mapped(&layer, o.swish ? ad_swish(all) : ad_relu(all), "fc2", n);
    return ad_mul(x, o.hard ? ad_hard_sigmoid(all) : ad_sigmoid(all));
}

/* ---------------------------------------------------------------- inception */

/* A convolution of that branch, normalized or not, and its ReLU. */
static ad_tensor *convolved(const struct layer *layer, bool norm, ad_tensor *x, const char *branch,
                            int64_t filters, int64_t kernel)
{
    struct layer below = {.graph = layer->graph, .name = part(layer, branch)};
    ad_tensor *y =
        ad_conv2d(x, &AD_OPTIONS(ad_conv_options, .filters = filters, .kernel = kernel,
                                 .same = true, .bias = !norm, .name = part(&below, "conv")));
    if (norm)
        y = ad_batch_norm(
            y, &AD_OPTIONS(ad_norm_options, .epsilon = 1e-3, .name = part(&below, "bn")));
    return ad_relu(y);
}

ad_tensor *ad_inception(ad_tensor *x, const ad_inception_options *options)
{
    static const struct {
        const char *name;
        int kernel;
        bool inner; /* another follows it in the branch */
    } list[] = {{"branch1", 1, false},  {"branch2.0", 1, true},  {"branch2.1", 3, false},
                {"branch3.0", 1, true}, {"branch3.1", 5, false}, {"branch4.1", 1, false}};
    struct layer layer;
    ad_inception_options o;
    ad_tensor *poison = begin(&layer, &layer_inception.record, x, 4, &o, options), *branch[4];
    int count = 0;
    if (poison)
        return poison;
    for (int i = 0; i < 6; i++) {
        ad_tensor *in = i && list[i - 1].inner ? branch[count] : x;
        if (i == 5)
            in = ad_max_pool(
                x, &AD_OPTIONS(ad_window_options, .window = 3, .stride = 1, .padding = 1));
        branch[count] = convolved(&layer, o.norm, in, list[i].name, o.filters[i], list[i].kernel);
        count += !list[i].inner;
    }
    return ad_concat(branch, count, -1);
}

/* ---------------------------------------------------------------- bilinear */

/* x (..., in1) times weight as (in1, out in2), and that (..., out, in2) times z, summed. */
static ad_tensor *products(ad_tensor *x, ad_tensor *z, ad_tensor *weight)
{
    ad_shape w = weight->shape, shape = x->shape;
    ad_tensor *flat = ad_reshape(ad_transpose(weight, AD_AXES(1, 0, 2)),
                                 AD_SHAPE(w.size[1], w.size[0] * w.size[2]));
    shape.size[shape.rank - 1] = w.size[0];
    shape.size[shape.rank++] = w.size[2];
    ad_tensor *half = ad_reshape(ad_matmul(x, flat), shape);
    shape.size[shape.rank - 2] = 1;
    return ad_sum(ad_mul(half, ad_reshape(z, shape)), AD_AXES(-1), NULL);
}

ad_tensor *ad_bilinear(ad_tensor *x, ad_tensor *z, const ad_bilinear_options *options)
{
    struct layer layer, other;
    ad_bilinear_options o;
    ad_tensor *poison = begin(&layer, &layer_bilinear.record, x, 1, &o, options);
    poison = poison ? poison : layer_begin(&other, "bilinear", layer.name, z, 1);
    if (poison)
        return poison;
    ad_shape a = x->shape, b = z->shape;
    a.rank--, b.rank--;
    if (z->type != x->type || !graph_shapes_equal(&a, &b) || a.rank > AD_RANK_MAX - 2 || o.out < 1)
        return layer_mistake(
            &layer, AD_ERROR_SHAPE,
            ".out, %lld, is 1 or more, and x %s and z %s of one type and alike but "
            "for the features",
            (long long)o.out, graph_shape_text(layer.graph, &x->shape),
            graph_shape_text(layer.graph, &z->shape));
    layer_fan_in(&layer, (double)features(x));
    ad_tensor *w =
        layer_weight(&layer, "weight", AD_SHAPE(o.out, features(x), features(z)), AD_AUTO);
    if (graph_is_poison(w))
        return w;
    ad_tensor *y = products(x, z, w);
    return o.bias ? ad_add(y, layer_bias(&layer, "bias", AD_SHAPE(o.out), AD_AUTO)) : y;
}

/* ---------------------------------------------------------------- records */

static const ad_highway_options highway_initial = AD_OPTIONS_INIT(ad_highway_options);
static const ad_option highway_rows[] = {
    {.name = "carry",
     .type = AD_OPTION_NUMBER,
     .offset = offsetof(ad_highway_options, carry),
     .also = "carry_bias",
     .help = "the gate's bias begins as minus that, so that x goes through"},
    ROW_TRUTH(ad_highway_options, tanh, NULL, "in the place of a ReLU"),
    ROW_NAME(ad_highway_options),
};

static ad_tensor *make_highway(ad_tensor *const *in, int count, const void *options)
{
    (void)count;
    return ad_highway(in[0], options);
}

const ad_layer_record layer_highway = {
    .record = {.name = "highway",
               .help = "t relu(h) + (1 - t) x, with a gate t (Srivastava et al. 2015)",
               AD_RECORD_OPTIONS(highway_rows, highway_initial)},
    ONE_INPUT,
    .time = AD_TIME_KEPT,
    .make = make_highway};

static const ad_excite_options excite_initial = AD_OPTIONS_INIT(ad_excite_options);
static const ad_option excite_rows[] = {
    ROW_WHOLE(ad_excite_options, reduction, 1, 65536, "ratio", "channels for each hidden one"),
    ROW_TRUTH(ad_excite_options, swish, "silu", "in the place of a ReLU"),
    ROW_TRUTH(ad_excite_options, hard, NULL, "hard_sigmoid as gate"),
    ROW_NAME(ad_excite_options),
};

static ad_tensor *make_excite(ad_tensor *const *in, int count, const void *options)
{
    (void)count;
    return ad_squeeze_excite(in[0], options);
}

const ad_layer_record layer_squeeze_excite = {
    .record = {.name = "squeeze_excite",
               .help = "channels weighed by what all of them are in the mean (Hu et al. 2018)",
               .also = "se se_block squeeze_excitation",
               AD_RECORD_OPTIONS(excite_rows, excite_initial)},
    ONE_INPUT,
    .make = make_excite};

/* What a file says. */
struct inception {
    ad_inception_options o;
    ad_numbers filters;
};
static const struct inception inception_initial = {.o = AD_OPTIONS_INIT(ad_inception_options)};
static const ad_option inception_rows[] = {
    {.name = "filters",
     .type = AD_OPTION_NUMBERS,
     .required = true,
     .offset = offsetof(struct inception, filters),
     ROW_RANGE(1, 1e6),
     .also = "channels",
     .help = "of 1 x 1; 1 x 1, 3 x 3; 1 x 1, 5 x 5; 1 x 1 behind a pool: 6 numbers"},
    {.name = "norm",
     .type = AD_OPTION_TRUTH,
     .offset = offsetof(struct inception, o.norm),
     .help = "batch norm behind each"},
    {.name = "name",
     .type = AD_OPTION_NAME,
     .offset = offsetof(struct inception, o.name),
     .unset = "numbered",
     .help = "of its weights, NAME.branch1.conv.weight"},
};

static ad_tensor *make_inception(ad_tensor *const *in, int count, const void *options)
{
    struct inception c = options ? *(const struct inception *)options : inception_initial;
    (void)count;
    for (int i = 0; i < 6 && i < c.filters.count; i++)
        c.o.filters[i] = (int64_t)c.filters.value[i];
    return ad_inception(in[0], &c.o);
}

const ad_layer_record layer_inception = {
    .record = {.name = "inception",
               .help = "convolutions of several sizes side by side (Szegedy et al. 2015)",
               AD_RECORD_OPTIONS(inception_rows, inception_initial)},
    ONE_INPUT,
    .over_batch = true,
    .make = make_inception};

static const ad_bilinear_options bilinear_initial = AD_OPTIONS_INIT(ad_bilinear_options);
static const ad_option bilinear_rows[] = {
    ROW_WHOLE(ad_bilinear_options, out, 0, 1e8, "units size width features", "features after"),
    ROW_TRUTH(ad_bilinear_options, bias, "use_bias", "a number added to each"),
    ROW_NAME(ad_bilinear_options),
};

static ad_tensor *make_bilinear(ad_tensor *const *in, int count, const void *options)
{
    return ad_bilinear(in[0], in[count - 1], options);
}

const ad_layer_record layer_bilinear = {
    .record = {.name = "bilinear",
               .help = "products of each feature of one with each of the other, weighed",
               AD_RECORD_OPTIONS(bilinear_rows, bilinear_initial)},
    .in_min = 2,
    .in_max = 2,
    .time = AD_TIME_KEPT,
    .make = make_bilinear};
