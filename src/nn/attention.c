/* Multi-head attention of a series to itself, or to another (Vaswani et al. 2017), with its
 * variables. */
#include <math.h>

#include "base/option.h"
#include "nn/layer.h"
#ifdef ADZE_EXTRAS
#include "nn/more/cache.h"
#endif
#include "nn/record.h"

struct attention {
    struct layer layer;
    ad_self_attention_options o;
    int64_t width;
    ad_tensor *inside; /* bool (batch, time, 1): within the example's length; or NULL */
    ad_tensor *keys;   /* the same of what is attended to */
};

static ad_tensor *check_to(const struct attention *a, const ad_tensor *x)
{
    ad_tensor *to = a->o.to;
    ad_tensor *poison = to ? graph_check(a->layer.graph, a->layer.kind, &to, 1) : NULL;
    if (!to || poison)
        return poison;
    if (to->type == x->type && to->shape.rank == 3 && to->shape.size[0] == x->shape.size[0] &&
        to->shape.size[2] == a->width)
        return layer_check_length(&a->layer, to, a->o.to_length);
    return layer_mistake(&a->layer, AD_ERROR_SHAPE, ".to is %s and has to be (batch, keys, %lld)",
                         graph_shape_text(a->layer.graph, &to->shape), (long long)a->width);
}

static ad_tensor *check(const struct attention *a, ad_tensor *x)
{
    if (x->shape.rank != 3)
        return layer_mistake(&a->layer, AD_ERROR_SHAPE,
                             "x is %s and has to be (batch, time, features)",
                             graph_shape_text(a->layer.graph, &x->shape));
    if (a->o.heads <= 0 || a->width % a->o.heads)
        return layer_mistake(&a->layer, AD_ERROR_ARGUMENT,
                             ".heads is %lld; it has to divide the %lld features, .heads = %d for "
                             "example",
                             (long long)a->o.heads, (long long)a->width, a->width % 2 ? 1 : 2);
    ad_tensor *poison = layer_check_normal(&a->layer, "normal", a->o.normal);
#ifdef ADZE_EXTRAS
    if (looks_back(a->layer.graph) && !a->o.to && !poison)
        poison = cache_check(&a->layer, x, a->o.causal, a->o.length);
#endif
    poison = poison ? poison : layer_check_normal(&a->layer, "normal_out", a->o.normal_out);
    poison = poison ? poison : check_to(a, x);
    return poison ? poison : layer_check_length(&a->layer, x, a->o.length);
}

/* x weight^T + bias */
static ad_tensor *project(const struct attention *a, ad_tensor *x, const char *weight_name,
                          const char *bias_name, int64_t out, double normal)
{
    ad_tensor *weight = layer_weight(&a->layer, weight_name, AD_SHAPE(out, a->width), normal);
    ad_tensor *y = ad_matmul(x, ad_transpose(weight, AD_AXES(1, 0)));
    if (!a->o.bias)
        return y;
    return ad_add(y, layer_full(&a->layer, AD_ROLE_BIAS, bias_name, AD_SHAPE(out), 0));
}

/* Part i of (batch, time, parts width) as (batch, heads, time, width / heads). */
static ad_tensor *heads(const struct attention *a, ad_tensor *all, int i)
{
    ad_tensor *part = ad_slice(all, -1, i * a->width, (i + 1) * a->width, 1);
    ad_shape shape =
        AD_SHAPE(all->shape.size[0], all->shape.size[1], a->o.heads, a->width / a->o.heads);
    return ad_transpose(ad_reshape(part, shape), AD_AXES(0, 2, 1, 3));
}

/* q and, from its part `first` on, k and v. */
static ad_tensor *attend(const struct attention *a, ad_tensor *q, ad_tensor *all, int first)
{
    ad_attention_options o = AD_OPTIONS(ad_attention_options, .causal = a->o.causal);
    ad_dim batch = q->shape.size[0];
    if (a->keys)
        o.mask = ad_reshape(a->keys, AD_SHAPE(batch, 1, 1, all->shape.size[1]));
    ad_tensor *k = heads(a, all, first), *v = heads(a, all, first + 1);
#ifdef ADZE_EXTRAS
    if (looks_back(a->layer.graph) && !a->o.to) {
        k = cache_keys(&a->layer, k);
        v = cache_keys(&a->layer, v);
        if (graph_is_poison(k) || graph_is_poison(v))
            return graph_is_poison(k) ? k : v;
        o.mask = cache_seen(k);
        o.causal = false;
    }
#endif
    ad_tensor *seen = ad_attention(heads(a, q, 0), k, v, &o);
    return ad_reshape(ad_transpose(seen, AD_AXES(0, 2, 1, 3)),
                      AD_SHAPE(batch, q->shape.size[1], a->width));
}

/* x with zeros past the ends; *inside: where those are, NULL: nowhere. */
static ad_tensor *cut(struct attention *a, ad_tensor *x, ad_tensor *length, ad_tensor **inside)
{
    if (!length)
        return x;
    *inside = layer_inside(&a->layer, x, length);
    return graph_is_poison(*inside)
               ? *inside
               : ad_where(*inside, x, ad_number(a->layer.graph, a->layer.type, 0));
}

/* Rows first to end of the projections of x. */
static ad_tensor *rows_of(ad_tensor *x, ad_tensor *weight, ad_tensor *bias, int64_t first,
                          int64_t end)
{
    ad_tensor *y = ad_matmul(x, ad_transpose(ad_slice(weight, 0, first, end, 1), AD_AXES(1, 0)));
    return bias ? ad_add(y, ad_slice(bias, 0, first, end, 1)) : y;
}

/* q of x, k and v of another series side by side. */
static ad_tensor *project_two(const struct attention *a, ad_tensor *x, ad_tensor *to, ad_tensor **q)
{
    int64_t w = a->width;
    ad_tensor *weight = layer_weight(&a->layer, "in_proj_weight", AD_SHAPE(3 * w, w), a->o.normal);
    ad_tensor *bias =
        a->o.bias ? layer_full(&a->layer, AD_ROLE_BIAS, "in_proj_bias", AD_SHAPE(3 * w), 0) : NULL;
    *q = rows_of(x, weight, bias, 0, w);
    return rows_of(to, weight, bias, w, 3 * w);
}

static ad_tensor *apply(struct attention *a, ad_tensor *x)
{
    ad_tensor *to = a->o.to, *q = NULL;
    x = cut(a, x, a->o.length, &a->inside);
    a->keys = a->inside;
    if (to) {
        a->keys = NULL;
        to = cut(a, to, a->o.to_length, &a->keys);
    }
    a->layer.bound = a->width > 0 ? sqrt(1.5 / (double)a->width) : 0;
    ad_tensor *all =
        to ? project_two(a, x, to, &q)
           : project(a, x, "in_proj_weight", "in_proj_bias", 3 * a->width, a->o.normal);
    if (graph_is_poison(all) || (q && graph_is_poison(q)))
        return graph_is_poison(all) ? all : q;
    ad_tensor *seen = attend(a, q ? q : all, all, !to);
    layer_fan_in(&a->layer, (double)a->width);
    ad_tensor *y = project(a, seen, "out_proj.weight", "out_proj.bias", a->width, a->o.normal_out);
    return a->inside ? ad_where(a->inside, y, ad_number(a->layer.graph, a->layer.type, 0)) : y;
}

ad_tensor *ad_self_attention(ad_tensor *x, const ad_self_attention_options *options)
{
    struct attention a = {.o = AD_OPTIONS(ad_self_attention_options)};
    ad_status status = options_read(ad_self_attention_options, &a.o, options);
    ad_tensor *poison = graph_passed(ad_tensor_graph(x), "ad_self_attention", status);
    poison = poison ? poison : layer_begin(&a.layer, "attention", a.o.name, x, 1);
    if (poison)
        return poison;
    a.width = x->shape.size[x->shape.rank - 1];
    poison = check(&a, x);
    return poison ? poison : apply(&a, x);
}

/* ---------------------------------------------------------------- record */

/* What a file says. */
struct attention_choice {
    ad_self_attention_options o; /* the first member */
    const char *to;              /* for whoever reads the file: it gives .o.to */
};

static const ad_option rows[] = {
    {.name = "heads",
     .type = AD_OPTION_WHOLE,
     .required = true,
     .offset = offsetof(ad_self_attention_options, heads),
     ROW_RANGE(1, 4096),
     .also = "num_heads nhead n_heads",
     .help = "attentions side by side; divides the features"},
    ROW_TRUTH(ad_self_attention_options, causal, "is_causal masked",
              "a step sees those up to itself"),
    ROW_TRUTH(ad_self_attention_options, bias, "use_bias", "a number added to each projection"),
    ROW_NORMAL(ad_self_attention_options, normal, "deviation that in_proj_weight starts with"),
    {.name = "normal_out",
     .type = AD_OPTION_NUMBER,
     .offset = offsetof(ad_self_attention_options, normal_out),
     ROW_RANGE(0, 1000),
     .unset = "uniform, by the features before",
     .help = "that of out_proj.weight"},
    ROW_NAME(ad_self_attention_options),
    ROW_TO(struct attention_choice),
};

static const struct attention_choice initial = {.o = AD_OPTIONS_INIT(ad_self_attention_options)};

/* A second tensor is the lengths. */
static ad_tensor *make(ad_tensor *const *in, int count, const void *options)
{
    ad_self_attention_options o = AD_OPTIONS(ad_self_attention_options);
    if (count < 2 || options_read(ad_self_attention_options, &o, options) != AD_OK)
        return ad_self_attention(in[0], options);
    o.length = in[1];
    return ad_self_attention(in[0], &o);
}

const ad_layer_record layer_attention = {
    .record = {.name = "attention",
               .help = "of each step to all others, in heads (Vaswani et al. 2017)",
               .also = "self_attention multihead_attention multiheadattention mha",
               AD_RECORD_OPTIONS(rows, initial)},
    .in_min = 1,
    .in_max = 2,
    .time = AD_TIME_TAKEN,
    .make = make};
