/* Attention whose scores a small net gives (Bahdanau et al. 2015). */
#include "base/option.h"
#include "nn/more/forms.h"
#include "nn/record.h"

struct additive {
    struct layer layer;
    ad_additive_options o;
};

static ad_tensor *mapped(struct additive *a, ad_tensor *x, const char *name, int64_t out)
{
    int64_t in = x->shape.size[x->shape.rank - 1];
    layer_fan_in(&a->layer, (double)in);
    ad_tensor *w = layer_uniform(&a->layer, AD_ROLE_WEIGHT, name, AD_SHAPE(out, in));
    return ad_matmul(x, ad_transpose(w, AD_AXES(1, 0)));
}

static ad_tensor *apply(struct additive *a, ad_tensor *x, ad_tensor *to)
{
    ad_dim batch = x->shape.size[0], queries = x->shape.size[1], keys = to->shape.size[1];
    int64_t w = a->o.width;
    ad_tensor *inside = NULL;
    to = form_cut(&a->layer, to, a->o.to_length, &inside);
    if (graph_is_poison(to))
        return to;
    ad_tensor *q = form(mapped(a, x, "query.weight", w), batch, queries, 1, w, 0);
    ad_tensor *k = form(mapped(a, to, "key.weight", w), batch, 1, keys, w, 0);
    ad_tensor *s = mapped(a, ad_tanh(ad_add(q, k)), "score.weight", 1);
    s = form_softmax(ad_reshape(s, AD_SHAPE(batch, queries, keys)),
                     inside ? ad_reshape(inside, AD_SHAPE(batch, 1, keys)) : NULL);
    return ad_matmul(s, to);
}

ad_tensor *ad_additive_attention(ad_tensor *x, const ad_additive_options *options)
{
    struct additive a = {.o = AD_OPTIONS(ad_additive_options)};
    ad_status status = options_read(ad_additive_options, &a.o, options);
    ad_tensor *poison = graph_passed(ad_tensor_graph(x), "ad_additive_attention", status);
    poison = poison ? poison : layer_begin(&a.layer, "additive_attention", a.o.name, x, 1);
    ad_tensor *to = a.o.to ? a.o.to : x;
    poison = poison ? poison : form_check(&a.layer, x, to, a.o.to_length);
    if (!poison && a.o.width < 1)
        poison = layer_mistake(&a.layer, AD_ERROR_ARGUMENT, ".width is %lld and has to be given",
                               (long long)a.o.width);
    return poison ? poison : apply(&a, x, to);
}

/* ---------------------------------------------------------------- record */

/* What a file says. */
struct choice {
    ad_additive_options o; /* the first member */
    const char *to;        /* for whoever reads the file: it gives .o.to */
};

static const ad_option rows[] = {
    {.name = "width",
     .type = AD_OPTION_WHOLE,
     .required = true,
     .offset = offsetof(ad_additive_options, width),
     ROW_RANGE(1, 1e6),
     .also = "units num_hiddens attention_dim",
     .help = "features that a score is made of"},
    ROW_NAME(ad_additive_options),
    ROW_TO(struct choice),
};

static const struct choice initial = {.o = AD_OPTIONS_INIT(ad_additive_options)};

/* A second tensor is the lengths, of x where it attends to itself. */
static ad_tensor *make(ad_tensor *const *in, int count, const void *options)
{
    ad_additive_options o = options ? *(const ad_additive_options *)options : initial.o;
    if (count > 1 && !o.to)
        o.to_length = in[1];
    return ad_additive_attention(in[0], &o);
}

const ad_layer_record layer_additive_attention = {
    .record = {.name = "additive_attention",
               .help = "scores are those of a small net (Bahdanau et al. 2015)",
               .also = "bahdanau_attention bahdanau",
               AD_RECORD_OPTIONS(rows, initial)},
    .in_min = 1,
    .in_max = 2,
    .time = AD_TIME_TAKEN,
    .make = make};
