/* A block of a transformer's encoder: attention and two linear maps, each added to what goes past
 * it, with a layer norm before or behind; of its decoder: attention to another series between. */
#include <math.h>

#include "base/option.h"
#include "nn/layer.h"
#include "nn/record.h"

struct transformer {
    struct layer layer;
    ad_transformer_options o;
    int64_t features;
    double normal_out; /* of what adds to what goes past */
};

/* What attention and the layer norms take is for them to check. */
static ad_tensor *check(const struct transformer *t, const char *option, int64_t value)
{
    if (value == AD_SAME || value > 0)
        return NULL;
    return layer_mistake(&t->layer, AD_ERROR_ARGUMENT, ".%s is %lld; it is above 0", option,
                         (long long)value);
}

/* "transformer1.self_attn", in the graph's arena; NULL without memory. */
static const char *part(const struct transformer *t, const char *name)
{
    GRAPH_HOLD(t->layer.graph);
    return arena_format(&t->layer.graph->arena, "%s.%s", t->layer.name, name);
}

static ad_tensor *normalized(const struct transformer *t, ad_tensor *x, const char *name)
{
    return ad_layer_norm(
        x, &AD_OPTIONS(ad_norm_options, .epsilon = t->o.epsilon, .name = part(t, name)));
}

static ad_tensor *dropped(const struct transformer *t, ad_tensor *x)
{
    return t->o.dropout == 0 ? x
                             : ad_dropout(x, &AD_OPTIONS(ad_dropout_options, .rate = t->o.dropout));
}

/* To itself, or to the other series. */
static ad_tensor *attended(const struct transformer *t, ad_tensor *x, bool other)
{
    ad_self_attention_options o =
        AD_OPTIONS(ad_self_attention_options, .heads = t->o.heads, .length = t->o.length,
                   .bias = t->o.bias, .normal = t->o.normal, .normal_out = t->normal_out,
                   .name = part(t, other ? "multihead_attn" : "self_attn"));
    if (other)
        o.to = t->o.to, o.to_length = t->o.to_length;
    else
        o.causal = t->o.causal;
    return dropped(t, ad_self_attention(x, &o));
}

static ad_tensor *mapped(const struct transformer *t, ad_tensor *x)
{
    ad_tensor *wide = ad_linear(
        x, &AD_OPTIONS(ad_linear_options, .out = option_same(t->o.width, 4 * t->features),
                       .bias = t->o.bias, .name = part(t, "linear1"), .normal = t->o.normal));
    wide = dropped(t, t->o.relu ? ad_relu(wide) : ad_gelu(wide));
    return dropped(
        t, ad_linear(wide, &AD_OPTIONS(ad_linear_options, .out = t->features, .bias = t->o.bias,
                                       .name = part(t, "linear2"), .normal = t->normal_out)));
}

enum { ITSELF, OTHER, LINEARS };

static ad_tensor *sum(const struct transformer *t, ad_tensor *x, int what, const char *norm)
{
    ad_tensor *in = t->o.norm_after ? x : normalized(t, x, norm);
    x = ad_add(x, what == LINEARS ? mapped(t, in) : attended(t, in, what == OTHER));
    return t->o.norm_after ? normalized(t, x, norm) : x;
}

static ad_tensor *apply(const struct transformer *t, ad_tensor *x)
{
    x = sum(t, x, ITSELF, "norm1");
    if (t->o.to)
        x = sum(t, x, OTHER, "norm2");
    return sum(t, x, LINEARS, t->o.to ? "norm3" : "norm2");
}

ad_tensor *ad_transformer(ad_tensor *x, const ad_transformer_options *options)
{
    struct transformer t = {.o = AD_OPTIONS(ad_transformer_options)};
    ad_status status = options_read(ad_transformer_options, &t.o, options);
    ad_tensor *poison = graph_passed(ad_tensor_graph(x), "ad_transformer", status);
    poison = poison ? poison : layer_begin(&t.layer, "transformer", t.o.name, x, 1);
    if (poison)
        return poison;
    t.features = x->shape.size[x->shape.rank - 1];
    poison = check(&t, "width", t.o.width);
    poison = poison ? poison : check(&t, "depth", t.o.depth);
    if (poison)
        return poison;
    bool smaller = t.o.normal != AD_AUTO && t.o.depth != AD_SAME;
    t.normal_out = smaller ? t.o.normal / sqrt(2 * (double)t.o.depth) : t.o.normal;
    ad_tensor *y = apply(&t, x);
    if (!t.o.length || graph_is_poison(y))
        return y;
    ad_tensor *zero = ad_number(t.layer.graph, t.layer.type, 0);
    return ad_where(layer_inside(&t.layer, x, t.o.length), y, zero);
}

/* ---------------------------------------------------------------- record */

/* What a file says. */
struct transformer_choice {
    ad_transformer_options o; /* the first member */
    const char *to;           /* for whoever reads the file: it gives .o.to */
};

static const ad_option rows[] = {
    {.name = "heads",
     .type = AD_OPTION_WHOLE,
     .required = true,
     .offset = offsetof(ad_transformer_options, heads),
     ROW_RANGE(1, 4096),
     .also = "num_heads nhead n_heads",
     .help = "attentions side by side; divides the features"},
    {.name = "width",
     .type = AD_OPTION_WHOLE,
     .offset = offsetof(ad_transformer_options, width),
     ROW_RANGE(1, 1e7),
     .unset = "4 times the features",
     .also = "dim_feedforward ff ffn hidden intermediate_size mlp",
     .help = "features between the two linear maps"},
    ROW_TRUTH(ad_transformer_options, causal, "is_causal masked", "a step sees those up to itself"),
    ROW_TRUTH(ad_transformer_options, norm_after, "post post_norm",
              "layer norms behind each sum (Vaswani et al. 2017); else before"),
    ROW_TRUTH(ad_transformer_options, relu, "activation", "between the linear maps; else gelu"),
    {.name = "dropout",
     .type = AD_OPTION_NUMBER,
     .offset = offsetof(ad_transformer_options, dropout),
     ROW_RANGE(0, 1),
     .below_high = true,
     .also = "p drop rate",
     .help = "share of what is added set to 0 in training"},
    ROW_NORMAL(ad_transformer_options, normal,
               "deviation that weights start with; biases are then 0"),
    {.name = "depth",
     .type = AD_OPTION_WHOLE,
     .offset = offsetof(ad_transformer_options, depth),
     ROW_RANGE(1, 1e6),
     .unset = "they start as all others",
     .also = "blocks n_layer num_layers",
     .help = "blocks of the model: with normal, what is added starts smaller"},
    {.name = "epsilon",
     .type = AD_OPTION_NUMBER,
     .offset = offsetof(ad_transformer_options, epsilon),
     ROW_RANGE(0, 1),
     .above_low = true,
     .also = "eps layer_norm_eps",
     .help = "added to the variance"},
    ROW_TRUTH(ad_transformer_options, bias, "use_bias", "a number added by each linear map"),
    ROW_NAME(ad_transformer_options),
    ROW_TO(struct transformer_choice),
};

static const struct transformer_choice initial = {.o = AD_OPTIONS_INIT(ad_transformer_options)};

/* A second tensor is the lengths. */
static ad_tensor *make(ad_tensor *const *in, int count, const void *options)
{
    ad_transformer_options o = AD_OPTIONS(ad_transformer_options);
    if (count < 2 || options_read(ad_transformer_options, &o, options) != AD_OK)
        return ad_transformer(in[0], options);
    o.length = in[1];
    return ad_transformer(in[0], &o);
}

const ad_layer_record layer_transformer = {
    .record = {.name = "transformer",
               .help = "attention and two linear maps, each added to its input (Vaswani et al. "
                       "2017)",
               .also = "transformer_block transformer_encoder_layer transformerencoderlayer "
                       "encoder_layer block",
               AD_RECORD_OPTIONS(rows, initial)},
    .in_min = 1,
    .in_max = 2,
    .time = AD_TIME_TAKEN,
    .make = make};
