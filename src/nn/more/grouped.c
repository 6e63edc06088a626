/* Attention with fewer heads of keys and values than of queries, windows, scores that are added,
 * and places that turn or cost. */
#include <math.h>

#include "base/option.h"
#include "nn/more/cache.h"
#include "nn/more/forms.h"
#include "nn/more/rotary.h"
#include "nn/record.h"
#include "op/matmul.h"
#include "op/rows.h"

struct grouped {
    struct layer layer;
    ad_grouped_options o;
    int64_t features, kv, group, width; /* heads of k and v, of q for each, features of one */
    ad_tensor *inside, *keys; /* bool (batch, time, 1), of x and of what is attended to; or NULL */
};

/* ---- checks */

static ad_tensor *check(const struct grouped *a, ad_tensor *x)
{
    const ad_grouped_options *o = &a->o;
    ad_graph *graph = a->layer.graph;
    ad_tensor *poison = form_check(&a->layer, x, o->to ? o->to : x, o->to_length);
    if (poison)
        return poison;
    if (o->heads < 1 || o->heads > HEADS_MAX || a->features % o->heads || a->kv < 1 ||
        o->heads % a->kv)
        return layer_mistake(&a->layer, AD_ERROR_ARGUMENT,
                             ".heads is %lld and .kv_heads %lld; heads have to divide the %lld "
                             "features, kv_heads the heads",
                             (long long)o->heads, (long long)a->kv, (long long)a->features);
    if (o->window < 0 || (o->rotary && (a->width % 2 || !(o->theta > 0))) ||
        (unsigned)o->rotary > AD_ROTARY_PAIRS)
        return layer_mistake(&a->layer, AD_ERROR_ARGUMENT,
                             ".window is 0 or more, .rotary an ad_rotary_kind, with an even number "
                             "of features a head, here %lld, and .theta above 0",
                             (long long)a->width);
    ad_tensor *other[] = {o->mask ? o->mask : x, o->score ? o->score : x};
    poison = graph_check(graph, a->layer.kind, other, 2);
    if (!poison && looks_back(graph) && !o->to)
        poison = cache_check(&a->layer, x, o->causal, o->length);
    return poison ? poison : layer_check_length(&a->layer, x, o->length);
}

/* ---- who sees whom */

/* both of two masks, either of which may be NULL */
static ad_tensor *both(ad_tensor *a, ad_tensor *b)
{
    return a && b ? ad_and(a, b) : a ? a : b;
}

/* key - query, i32 (queries, keys) */
static ad_tensor *distance(const struct grouped *a, ad_tensor *q, ad_tensor *k)
{
    ad_graph *graph = a->layer.graph;
    ad_dim queries = q->shape.size[2], keys = k->shape.size[2];
    ad_tensor *query = a->o.to ? ad_range(graph, AD_I32, queries) : cache_range(graph, queries);
    return ad_sub(ad_range(graph, AD_I32, keys), rows_column(query));
}

/* Not what .causal of ad_attention says by itself, where `early` is false. */
static ad_tensor *seen(const struct grouped *a, ad_tensor *q, ad_tensor *k, bool early)
{
    ad_graph *graph = a->layer.graph;
    ad_tensor *all = a->o.mask, *d = distance(a, q, k);
    if (a->keys)
        all = both(all, form(a->keys, q->shape.size[0], 1, 1, k->shape.size[2], 0));
    if (a->o.causal && early)
        all = both(all, ad_less_equal(d, ad_number(graph, AD_I32, 0)));
    if (a->o.window)
        all = both(all, ad_less(ad_abs(d), ad_number(graph, AD_I32, (double)a->o.window)));
    return all;
}

/* What is added to the scores; or NULL. */
static ad_tensor *added(const struct grouped *a, ad_tensor *q, ad_tensor *k)
{
    if (!a->o.alibi)
        return a->o.score;
    ad_tensor *cost = ad_mul(alibi_slopes(a->layer.graph, a->layer.type, a->o.heads),
                             ad_abs(ad_cast(distance(a, q, k), a->layer.type)));
    return a->o.score ? ad_add(a->o.score, cost) : cost;
}

/* ---- groups of heads */

/* Of what broadcasts to (batch, heads, ...) what broadcasts to (batch, kv, group, ...). */
static ad_tensor *grouped(const struct grouped *a, ad_tensor *x)
{
    if (!x || a->group == 1 || x->shape.rank < 3 || graph_is_poison(x))
        return x;
    ad_shape s = x->shape, t = {.rank = s.rank + 1};
    bool all = s.size[s.rank - 3] == a->o.heads;
    for (int i = 0; i < s.rank; i++)
        t.size[i < s.rank - 2 ? i : i + 1] = s.size[i];
    t.size[s.rank - 3] = all ? a->kv : 1;
    t.size[s.rank - 2] = all ? a->group : 1;
    return ad_reshape(x, t);
}

/* (batch, kv, keys, width) for each head of a group. */
static ad_tensor *shared(const struct grouped *a, ad_tensor *k)
{
    if (a->group == 1)
        return k;
    ad_shape s = k->shape;
    k = form(k, s.size[0], a->kv, 1, s.size[2], a->width);
    return ad_expand(k, (ad_shape){5, {s.size[0], a->kv, a->group, s.size[2], a->width}});
}

static ad_tensor *attend(const struct grouped *a, ad_tensor *q, ad_tensor *k, ad_tensor *v,
                         ad_tensor *in_sight, ad_tensor *score)
{
    if (!score) {
        ad_attention_options o =
            AD_OPTIONS(ad_attention_options, .mask = in_sight,
                       .causal = a->o.causal && (a->o.to || !looks_back(a->layer.graph)));
        return ad_attention(q, k, v, &o);
    }
    ad_tensor *s = ad_scale(ad_matmul(q, matmul_swapped(k)), 1 / sqrt((double)a->width));
    return ad_matmul(form_softmax(ad_add(s, score), in_sight), v);
}

/* ---- the layer */

/* (batch, heads, time, width) of x, turned where steps are given. */
static ad_tensor *heads(const struct grouped *a, ad_tensor *x, const char *name, int64_t count,
                        ad_tensor *steps)
{
    ad_tensor *y = form_linear(&a->layer, x, name, count * a->width, a->o.bias);
    y = form(y, x->shape.size[0], x->shape.size[1], count, a->width, 0);
    if (steps && !graph_is_poison(y))
        y = rotary_turned(y, steps, a->o.theta, a->o.rotary == AD_ROTARY_PAIRS);
    return form_swapped(y);
}

static ad_tensor *apply(struct grouped *a, ad_tensor *x)
{
    ad_graph *graph = a->layer.graph;
    x = form_cut(&a->layer, x, a->o.length, &a->inside);
    a->keys = a->o.to ? NULL : a->inside;
    ad_tensor *to = a->o.to ? form_cut(&a->layer, a->o.to, a->o.to_length, &a->keys) : x;
    if (graph_is_poison(x) || graph_is_poison(to))
        return graph_is_poison(x) ? x : to;
    ad_tensor *own = a->o.rotary ? cache_range(graph, x->shape.size[1]) : NULL;
    ad_tensor *other = own && a->o.to ? ad_range(graph, AD_I32, to->shape.size[1]) : own;
    ad_tensor *q = heads(a, x, "q_proj", a->o.heads, own);
    ad_tensor *k = heads(a, to, "k_proj", a->kv, other), *v = heads(a, to, "v_proj", a->kv, NULL);
    bool remembers = looks_back(graph) && !a->o.to;
    if (remembers)
        k = cache_keys(&a->layer, k), v = cache_keys(&a->layer, v);
    if (graph_is_poison(q) || graph_is_poison(k) || graph_is_poison(v))
        return graph_is_poison(q) ? q : graph_is_poison(k) ? k : v;
    ad_tensor *score = grouped(a, added(a, q, k));
    ad_tensor *in_sight = grouped(a, seen(a, q, k, score || remembers));
    ad_shape all = q->shape;
    ad_tensor *y = attend(a, grouped(a, q), shared(a, k), shared(a, v), in_sight, score);
    y = ad_reshape(form_swapped(ad_reshape(y, all)), x->shape);
    return form_only(a->inside, form_linear(&a->layer, y, "o_proj", a->features, a->o.bias));
}

/* NULL where all is well. */
static ad_tensor *begin(struct grouped *a, ad_tensor *x, const ad_grouped_options *options,
                        const char *kind)
{
    a->o = AD_OPTIONS(ad_grouped_options);
    ad_status status = options_read(ad_grouped_options, &a->o, options);
    ad_tensor *poison = graph_passed(ad_tensor_graph(x), kind, status);
    poison = poison ? poison : layer_begin(&a->layer, kind, a->o.name, x, 1);
    if (poison)
        return poison;
    a->features = x->shape.size[x->shape.rank - 1];
    a->kv = option_same(a->o.kv_heads, a->o.heads);
    a->width = a->o.heads > 0 ? a->features / a->o.heads : 0;
    a->group = a->kv > 0 ? a->o.heads / a->kv : 0;
    return check(a, x);
}

ad_tensor *ad_grouped_attention(ad_tensor *x, const ad_grouped_options *options)
{
    struct grouped a = {.inside = NULL};
    ad_tensor *poison = begin(&a, x, options, "grouped_attention");
    return poison ? poison : apply(&a, x);
}

/* ---------------------------------------------------------------- records */

/* What a file says. */
struct choice {
    ad_grouped_options o; /* the first member */
    const char *to;       /* for whoever reads the file: it gives .o.to */
};

#define ROW_OF(type_, name_, also_, ...)                           \
    {                                                              \
        .name = #name_, .type = AD_OPTION_##type_, .also = also_,  \
        .offset = offsetof(ad_grouped_options, name_), __VA_ARGS__ \
    }

static const ad_option rows[] = {
    ROW_TO(struct choice),
    ROW_OF(WHOLE, heads, "num_heads num_attention_heads", .required = true, ROW_RANGE(1, HEADS_MAX),
           .help = "of queries; divides the features"),
    ROW_OF(WHOLE, kv_heads, "num_kv_heads num_key_value_heads groups", ROW_RANGE(1, HEADS_MAX),
           .unset = "as many as heads", .help = "of keys and values; divides heads"),
    ROW_OF(TRUTH, causal, "is_causal masked", .help = "a step sees those up to itself"),
    ROW_OF(WHOLE, window, "sliding_window", ROW_RANGE(0, 1e9), .unit = "steps",
           .help = "how many steps one sees, itself too; 0: all"),
    ROW_OF(WORD, rotary, "rope", .words = "none halves pairs",
           .help = "queries and keys turn by their place (Su et al. 2021)"),
    ROW_OF(NUMBER, theta, "rope_theta base", ROW_RANGE(1, 1e9), .help = "of rotary"),
    ROW_OF(TRUTH, alibi, NULL, .help = "distance costs (Press et al. 2022)"),
    ROW_OF(TRUTH, bias, "use_bias attention_bias", .help = "a number added by each linear map"),
    ROW_NAME(ad_grouped_options),
};

static const struct choice initial = {.o = AD_OPTIONS_INIT(ad_grouped_options)};

/* A second tensor is the lengths. */
static ad_tensor *make(ad_tensor *const *in, int count, const void *options)
{
    ad_grouped_options o = options ? *(const ad_grouped_options *)options : initial.o;
    o.length = count > 1 ? in[1] : o.length;
    return ad_grouped_attention(in[0], &o);
}

const ad_layer_record layer_grouped_attention = {
    .record = {.name = "grouped_attention",
               .help = "heads of queries that share keys and values (Ainslie et al. 2023)",
               .also = "gqa mqa multi_query_attention grouped_query_attention",
               AD_RECORD_OPTIONS(rows, initial)},
    .in_min = 1,
    .in_max = 2,
    .time = AD_TIME_TAKEN,
    .make = make};
