/* A block of a language model as Llama has it (Touvron et al. 2023): attention by rotary places and
 * a gated linear map (Shazeer 2020), each behind an RMS norm. */
#include "base/option.h"
#include "nn/more/forms.h"
#include "nn/record.h"

struct llama {
    struct layer layer;
    ad_llama_options o;
    int64_t features;
};

static ad_tensor *normalized(const struct llama *b, ad_tensor *x, const char *name)
{
    ad_norm_more_options o = AD_OPTIONS(ad_norm_more_options, .epsilon = b->o.epsilon,
                                        .name = form_name(&b->layer, name));
    return ad_rms_norm(x, &o);
}

static ad_tensor *attended(const struct llama *b, ad_tensor *x)
{
    ad_grouped_options o =
        AD_OPTIONS(ad_grouped_options, .heads = b->o.heads, .kv_heads = b->o.kv_heads,
                   .causal = true, .window = b->o.window, .theta = b->o.theta, .bias = false,
                   .rotary = b->o.pairs ? AD_ROTARY_PAIRS : AD_ROTARY_HALVES, .length = b->o.length,
                   .name = form_name(&b->layer, "self_attn"));
    return ad_grouped_attention(x, &o);
}

static ad_tensor *mapped(const struct llama *b, ad_tensor *x)
{
    const struct layer *l = &b->layer;
    int64_t width = option_same(b->o.width, 4 * b->features);
    ad_tensor *gate = ad_swish(form_linear(l, x, "mlp.gate_proj", width, false));
    x = ad_mul(gate, form_linear(l, x, "mlp.up_proj", width, false));
    return form_linear(l, x, "mlp.down_proj", b->features, false);
}

ad_tensor *ad_llama(ad_tensor *x, const ad_llama_options *options)
{
    struct llama b = {.o = AD_OPTIONS(ad_llama_options)};
    ad_status status = options_read(ad_llama_options, &b.o, options);
    ad_tensor *poison = graph_passed(ad_tensor_graph(x), "ad_llama", status);
    poison = poison ? poison : layer_begin(&b.layer, "llama", b.o.name, x, 1);
    if (!poison && b.o.width != AD_SAME && b.o.width < 1)
        poison = layer_mistake(&b.layer, AD_ERROR_ARGUMENT, ".width is above 0");
    if (poison)
        return poison;
    b.features = x->shape.size[x->shape.rank - 1];
    x = ad_add(x, attended(&b, normalized(&b, x, "input_layernorm")));
    if (graph_is_poison(x))
        return x;
    x = ad_add(x, mapped(&b, normalized(&b, x, "post_attention_layernorm")));
    if (!b.o.length || graph_is_poison(x))
        return x;
    return form_only(layer_inside(&b.layer, x, b.o.length), x);
}

/* ---------------------------------------------------------------- record */

#define ROW_OF(type_, name_, also_, ...)                          \
    {                                                             \
        .name = #name_, .type = AD_OPTION_##type_, .also = also_, \
        .offset = offsetof(ad_llama_options, name_), __VA_ARGS__  \
    }

static const ad_option rows[] = {
    ROW_OF(WHOLE, heads, "num_heads num_attention_heads", .required = true, ROW_RANGE(1, 4096),
           .help = "of queries; divides the features"),
    ROW_OF(WHOLE, kv_heads, "num_kv_heads num_key_value_heads groups", ROW_RANGE(1, 4096),
           .unset = "as many as heads", .help = "of keys and values; divides heads"),
    ROW_OF(WHOLE, width, "intermediate_size", ROW_RANGE(1, 1e7), .unset = "4 times the features",
           .help = "features between the linear maps"),
    ROW_OF(WHOLE, window, "sliding_window", ROW_RANGE(0, 1e9), .unit = "steps",
           .help = "how many steps one sees, itself too; 0: all"),
    ROW_OF(NUMBER, theta, "rope_theta base", ROW_RANGE(1, 1e9), .help = "of rotary"),
    ROW_OF(NUMBER, epsilon, "eps rms_norm_eps", ROW_RANGE(0, 1), .help = "of the norms"),
    ROW_NAME(ad_llama_options),
};

static const ad_llama_options initial = AD_OPTIONS_INIT(ad_llama_options);

/* A second tensor is the lengths. */
static ad_tensor *make(ad_tensor *const *in, int count, const void *options)
{
    ad_llama_options o = options ? *(const ad_llama_options *)options : initial;
    o.length = count > 1 ? in[1] : o.length;
    return ad_llama(in[0], &o);
}

const ad_layer_record layer_llama = {
    .record = {.name = "llama",
               .help = "rotary attention and a gated linear map behind RMS norms (Touvron et al. "
                       "2023)",
               .also = "llama_block llamadecoderlayer",
               AD_RECORD_OPTIONS(rows, initial)},
    .in_min = 1,
    .in_max = 2,
    .time = AD_TIME_TAKEN,
    .make = make};
