/* Losses of a file beside libadze's own: records over the same calls. */
#include "losses.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "suggest.h"

#ifdef ADZE_EXTRAS

/* ---------------------------------------------------------------- parts of an output */

/* (..., targets parts) -> (..., targets), number `which` of each target's. */
static ad_tensor *part_of(ad_tensor *output, int parts, int which)
{
    ad_shape shape = ad_tensor_shape(output);
    int last = shape.rank - 1;
    ad_shape apart = shape, one = shape;
    one.size[last] = apart.size[last] = shape.size[last] / parts;
    apart.size[apart.rank++] = parts;
    apart.size[0] = one.size[0] = AD_INFER;
    return (ad_reshape)((ad_slice)((ad_reshape)(output, apart), -1, which, which + 1, 1), one);
}

/* A list of the file as a tensor, in the type of x. */
static ad_tensor *list_of(const ad_numbers *list, const ad_tensor *x)
{
    float values[AD_NUMBERS_MAX];
    for (int i = 0; i < list->count; i++)
        values[i] = (float)list->value[i];
    ad_tensor *t = (ad_constant)(ad_tensor_graph(x), ad_f32(values, AD_SHAPE(list->count)));
    return ad_tensor_type(x) == AD_F32 ? t : (ad_cast)(t, ad_tensor_type(x));
}

/* ---------------------------------------------------------------- makers: options is a
 * loss_options, which ad_loss_options stands first in */

static const loss_options *whole(const ad_loss_options *options)
{
    return (const loss_options *)(const void *)options;
}

static ad_tensor *make_classes(ad_tensor *x, ad_tensor *target, const ad_loss_options *options)
{
    ad_loss_options o = *options;
    const ad_numbers *list = &whole(options)->class_weight;
    o.class_weight = list->count ? list_of(list, x) : NULL;
    return (ad_weighted_cross_entropy)(x, target, &o);
}

static ad_tensor *make_binary(ad_tensor *x, ad_tensor *target, const ad_loss_options *options)
{
    ad_loss_options o = *options;
    const ad_numbers *list = &whole(options)->pos_weight;
    o.pos_weight = list->count ? list_of(list, x) : NULL;
    return (ad_weighted_binary_cross_entropy)(x, target, &o);
}

static ad_tensor *make_soft_margin(ad_tensor *x, ad_tensor *target, const ad_loss_options *options)
{
    ad_loss_options o = *options;
    const ad_numbers *list = &whole(options)->class_weight;
    o.class_weight = list->count ? list_of(list, x) : NULL;
    return (ad_multilabel_soft_margin)(x, target, &o);
}

static ad_tensor *make_gaussian(ad_tensor *x, ad_tensor *target, const ad_loss_options *options)
{
    return (ad_gaussian_nll)(part_of(x, 2, 0), target, (ad_exp)(part_of(x, 2, 1)), options);
}

static ad_tensor *make_laplace(ad_tensor *x, ad_tensor *target, const ad_loss_options *options)
{
    return (ad_laplace_nll)(part_of(x, 2, 0), target, (ad_exp)(part_of(x, 2, 1)), options);
}

static ad_tensor *make_cosine(ad_tensor *x, ad_tensor *target, const ad_loss_options *options)
{
    return (ad_cosine_distance)(x, target, options);
}

static ad_tensor *make_counts(ad_tensor *x, ad_tensor *target, const ad_loss_options *options)
{
    return (ad_poisson_nll)(x, target, options);
}

/* A divergence is that of a row. */
static ad_tensor *make_kl(ad_tensor *x, ad_tensor *target, const ad_loss_options *options)
{
    ad_loss_options o = *options;
    o.reduction = AD_REDUCE_BATCH_MEAN;
    return (ad_kl_divergence)((ad_log_softmax)(x, -1), target, &o);
}

static ad_tensor *make_js(ad_tensor *x, ad_tensor *target, const ad_loss_options *options)
{
    return (ad_js_divergence)((ad_log_softmax)(x, -1), (ad_log)(target), options);
}

/* Of logarithms of chances (loss_ordinal_chances), which sum to 1. */
static ad_tensor *make_ordinal(ad_tensor *x, ad_tensor *label, const ad_loss_options *options)
{
    return (ad_cross_entropy)(x, label, options);
}

/* Of a blank, 0, and tokens at each step. */
static ad_tensor *make_ctc(ad_tensor *x, ad_tensor *target, const ad_loss_options *options)
{
    const loss_options *o = whole(options);
    return (ad_ctc)((ad_log_softmax)(x, -1), target, o->steps, o->tokens, options);
}

/* ---- of places (batch, group, numbers) of examples, and the class of each (batch, group) */

static ad_tensor *member(ad_tensor *x, int which)
{
    ad_shape shape = ad_tensor_shape(x), one = {shape.rank - 1, {shape.size[0]}};
    if (shape.rank > 2)
        one.size[1] = shape.size[2];
    return (ad_reshape)((ad_slice)(x, 1, which, which + 1, 1), one);
}

static ad_tensor *make_contrastive(ad_tensor *x, ad_tensor *class, const ad_loss_options *options)
{
    ad_tensor *together = (ad_equal)(member(class, 0), member(class, 1));
    return (ad_contrastive)(member(x, 0), member(x, 1), (ad_cast)(together, ad_tensor_type(x)),
                            options);
}

static ad_tensor *make_triplet(ad_tensor *x, ad_tensor *class, const ad_loss_options *options)
{
    (void)class;
    return (ad_triplet)(member(x, 0), member(x, 1), member(x, 2), options);
}

static ad_tensor *make_info_nce(ad_tensor *x, ad_tensor *class, const ad_loss_options *options)
{
    (void)class;
    return (ad_info_nce)(member(x, 0), member(x, 1), options);
}

/* ---------------------------------------------------------------- records */

#define CORE(name_) offsetof(loss_options, core.name_)
#define INITIAL(name_, ...) \
    static const loss_options name_ = {.core = AD_OPTIONS_INIT(ad_loss_options, __VA_ARGS__)}
INITIAL(plain, .each = false);
INITIAL(smoothing, .label_smoothing = 0);
INITIAL(spread, .epsilon = 1e-6);
INITIAL(turned, .epsilon = 1e-12);

static const ad_option class_rows[] = {
    {.name = "label_smoothing",
     .type = AD_OPTION_NUMBER,
     .low = 0,
     .high = 1,
     .offset = CORE(label_smoothing),
     .also = "smoothing",
     .help = "share of the target spread evenly over the classes"},
    {.name = "ignore_index",
     .type = AD_OPTION_WHOLE,
     .offset = CORE(ignore_index),
     .help = "a label that does not count"},
    {.name = "class_weight",
     .type = AD_OPTION_NUMBERS,
     .low = 0,
     .high = 1e9,
     .unit = "class",
     .unset = "all alike",
     .offset = offsetof(loss_options, class_weight),
     .also = "class_weights",
     .help = "how much each class counts, in their order"},
};
static const ad_option label_rows[] = {
    {.name = "class_weight",
     .type = AD_OPTION_NUMBERS,
     .low = 0,
     .high = 1e9,
     .unit = "target",
     .unset = "all alike",
     .offset = offsetof(loss_options, class_weight),
     .also = "class_weights",
     .help = "how much each target counts, in their order"},
};
static const ad_option binary_rows[] = {
    {.name = "pos_weight",
     .type = AD_OPTION_NUMBERS,
     .low = 0,
     .high = 1e9,
     .unit = "target",
     .unset = "1",
     .offset = offsetof(loss_options, pos_weight),
     .also = "scale_pos_weight positive_weight",
     .help = "how much a target of 1 counts, beside one of 0"},
};
#define ROW_FULL(help_)                                                              \
    {                                                                                \
        .name = "full", .type = AD_OPTION_TRUTH, .offset = CORE(full), .help = help_ \
    }
#define ROW_EPSILON(help_)                                                                     \
    {                                                                                          \
        .name = "epsilon", .type = AD_OPTION_NUMBER, .low = 0, .high = 1e9, .above_low = true, \
        .offset = CORE(epsilon), .also = "eps", .help = help_                                  \
    }
static const ad_option spread_rows[] = {ROW_FULL("with the constant"),
                                        ROW_EPSILON("the least that the spread counts as")};
static const ad_option turned_rows[] = {ROW_EPSILON("added to both squares of lengths")};
static const ad_option ctc_rows[] = {
    {.name = "zero_infinity",
     .type = AD_OPTION_TRUTH,
     .offset = CORE(zero_infinity),
     .help = "a text that its steps cannot say costs nothing, instead of being refused"},
};
#define ROW_MARGIN(help_)                                                                     \
    {                                                                                         \
        .name = "margin", .type = AD_OPTION_NUMBER, .low = 0, .high = 1e9, .above_low = true, \
        .offset = CORE(margin), .also = "m", .help = help_                                    \
    }
INITIAL(apart, .margin = 1);
INITIAL(heated, .temperature = 0.07);
static const ad_option pair_rows[] = {
    ROW_MARGIN("pairs of two classes that are so far apart count no more")};
static const ad_option triplet_rows[] = {
    ROW_MARGIN("how much farther one of another class is to be"),
    {.name = "swap",
     .type = AD_OPTION_TRUTH,
     .offset = CORE(swap),
     .help = "from the nearer one of the two that belong together (Balntas et al. 2016)"}};
static const ad_option heat_rows[] = {
    {.name = "temperature",
     .type = AD_OPTION_NUMBER,
     .low = 0,
     .high = 1e9,
     .above_low = true,
     .offset = CORE(temperature),
     .also = "tau",
     .help = "that cosines are divided by"},
    {.name = "symmetric",
     .type = AD_OPTION_TRUTH,
     .offset = CORE(symmetric),
     .help = "the mean with the second as the first (Radford et al. 2021)"}};
static const ad_option count_rows[] = {ROW_FULL("with Stirling's log(target!)")};

#define PLAIN .initial = &plain, .size = sizeof plain

static const struct kit_loss {
    ad_loss_record loss;
    int parts;
} losses[] = {
    {{.record = {.name = "weighted_cross_entropy",
                 .help = "cross-entropy with class weights and a label that does not count",
                 .formula =
                     "- class_weight[t] log softmax(x)[t], over the sum of the class weights",
                 .also = "weighted_ce class_weighted soft_cross_entropy",
                 AD_RECORD_OPTIONS(class_rows, smoothing)},
      .make = make_classes},
     1},
    {{.record = {.name = "ordinal",
                 .help = "classes in an order: the model gives one score, which limits that are "
                         "learned part (McCullagh 1980)",
                 .formula = "- log(sigmoid(limit[t] - x) - sigmoid(limit[t - 1] - x))",
                 .also = "ordered ordinal_regression proportional_odds cumulative_logits",
                 PLAIN},
      .make = make_ordinal},
     1},
    {{.record = {.name = "gaussian_nll",
                 .help = "of a mean and a logarithm of the variance for each target (Nix and "
                         "Weigend 1994)",
                 .formula =
                     "(log v + (x - t)^2 / v) / 2, v = max(e^s, epsilon); full: log(2 pi) / 2 "
                     "more",
                 .also = "gaussian heteroscedastic normal_nll",
                 AD_RECORD_OPTIONS(spread_rows, spread)},
      .make = make_gaussian},
     2},
    {{.record = {.name = "laplace_nll",
                 .help = "of a median and a logarithm of the scale for each target",
                 .formula = "log b + |x - t| / b, b = max(e^s, epsilon); full: log 2 more",
                 .also = "laplace",
                 AD_RECORD_OPTIONS(spread_rows, spread)},
      .make = make_laplace},
     2},
    {{.record = {.name = "cosine_distance",
                 .help = "one less the cosine of the angle between all that is said and all that "
                         "is right",
                 .formula = "1 - sum(x t) / sqrt((sum(x^2) + epsilon) (sum(t^2) + epsilon))",
                 .also = "cosine cosine_similarity",
                 AD_RECORD_OPTIONS(turned_rows, turned)},
      .make = make_cosine},
     1},
    {{.record = {.name = "poisson_nll",
                 .help = "poisson, with PyTorch's full",
                 .formula = "e^x - t x; full: t log t - t + log(2 pi t) / 2 more where t > 1",
                 AD_RECORD_OPTIONS(count_rows, plain)},
      .make = make_counts},
     1},
    {{.record = {.name = "weighted_binary_cross_entropy",
                 .help = "binary cross-entropy in which targets of 1 count pos_weight times",
                 .formula = "pos_weight t softplus(-x) + (1 - t) softplus(x)",
                 .also = "weighted_bce",
                 AD_RECORD_OPTIONS(binary_rows, plain)},
      .make = make_binary},
     1},
    {{.record = {.name = "multilabel_soft_margin",
                 .help = "the mean of the binary cross-entropies of a row",
                 .also = "multilabel_soft_margin_loss multi_label_soft_margin",
                 AD_RECORD_OPTIONS(label_rows, plain)},
      .make = make_soft_margin},
     1},
    {{.record = {.name = "kl_divergence",
                 .help = "of the chances that are right from those that are said (Kullback and "
                         "Leibler 1951)",
                 .formula = "sum t (log t - log softmax(x))",
                 .also = "kl kldiv kl_div kldivloss kullback_leibler_divergence",
                 PLAIN},
      .make = make_kl},
     1},
    {{.record = {.name = "js_divergence",
                 .help = "between the chances that are right and those that are said, the same "
                         "either way (Lin 1991)",
                 .formula = "(sum p (log p - log m) + sum t (log t - log m)) / 2, m = (p + t) / 2, "
                            "p = softmax(x)",
                 .also = "js jensen_shannon",
                 PLAIN},
      .make = make_js},
     1},
    {{.record = {.name = "contrastive",
                 .help = "task similarity: pairs, of one class or not with equal chance (Hadsell, "
                         "Chopra and LeCun 2006)",
                 .formula = "(same d^2 + (1 - same) max(0, margin - d)^2) / 2, d the distance",
                 .also = "contrastive_loss siamese pairs",
                 AD_RECORD_OPTIONS(pair_rows, apart)},
      .make = make_contrastive},
     1},
    {{.record = {.name = "triplet",
                 .help = "task similarity: an example, one of its class and one of another "
                         "(Schroff, Kalenichenko and Philbin 2015, of distances)",
                 .formula = "max(0, d(first, same) - d(first, other) + margin)",
                 .also = "triplet_loss triplet_margin",
                 AD_RECORD_OPTIONS(triplet_rows, apart)},
      .make = make_triplet},
     1},
    {{.record = {.name = "info_nce",
                 .help = "task similarity: pairs of one class, beside all others of the batch (van "
                         "den Oord et al. 2018)",
                 .formula =
                     "- log softmax over j of (cosine(first i, second j) / temperature) at i",
                 .also = "infonce nt_xent ntxent n_pair",
                 AD_RECORD_OPTIONS(heat_rows, heated)},
      .make = make_info_nce},
     1},
    {{.record = {.name = "ctc",
                 .help = "task transcription: all ways in which a text is said over time (Graves "
                         "et al. 2006)",
                 .formula = "- log(sum over all ways of the product of their chances) / tokens",
                 .also = "ctc_loss ctcloss connectionist_temporal_classification",
                 AD_RECORD_OPTIONS(ctc_rows, plain)},
      .make = make_ctc},
     1},
};

enum { LOSSES = sizeof losses / sizeof *losses };

static const struct kit_loss *of_kit(const ad_record *loss)
{
    for (int i = 0; i < LOSSES; i++)
        if (&losses[i].loss.record == loss)
            return &losses[i];
    return NULL;
}

/* ---------------------------------------------------------------- limits */

/* The first limit, and gaps as logarithms: 1 each at first, around 0. */
static ad_tensor *limit_variable(ad_graph *graph, ad_type type, int64_t limits)
{
    double *begin = calloc((size_t)limits, sizeof *begin);
    if (!begin)
        return NULL;
    begin[0] = -(double)(limits - 1) / 2;
    ad_tensor *t = (ad_constant)(graph, ad_f64(begin, AD_SHAPE(limits)));
    free(begin);
    return (ad_variable)(graph, "ordinal.limit", type == AD_F64 ? t : (ad_cast)(t, type));
}

/* log(sigmoid(a) - sigmoid(b)) = log sigmoid(a) + log sigmoid(-b) + log(1 - e^(b - a)), a the limit
 * above less the score and b that below; the ends have one of them. */
ad_tensor *loss_ordinal_chances(ad_tensor *score, int64_t classes)
{
    ad_graph *graph = ad_tensor_graph(score);
    ad_tensor *v = limit_variable(graph, ad_tensor_type(score), classes - 1);
    if (!v)
        return NULL;
    ad_tensor *first = (ad_slice)(v, 0, 0, 1, 1), *zero = (ad_scale)(first, 0);
    ad_tensor *gap = classes > 2 ? (ad_exp)((ad_slice)(v, 0, 1, classes - 1, 1)) : NULL;
    ad_tensor *limit = first, *between = (ad_concat)((ad_tensor *[]){zero, zero}, 2, 0);
    if (gap) {
        ad_tensor *inner = (ad_log)((ad_neg)((ad_expm1)((ad_neg)(gap))));
        limit = (ad_cumsum)((ad_concat)((ad_tensor *[]){first, gap}, 2, 0), 0, NULL);
        between = (ad_concat)((ad_tensor *[]){zero, inner, zero}, 3, 0);
    }
    ad_tensor *far = (ad_sub)(score, limit), *none = (ad_scale)(score, 0);
    ad_tensor *above = (ad_concat)((ad_tensor *[]){(ad_neg)((ad_softplus)(far)), none}, 2, -1);
    ad_tensor *below = (ad_neg)((ad_softplus)((ad_neg)(far)));
    below = (ad_concat)((ad_tensor *[]){none, below}, 2, -1);
    return (ad_add)((ad_add)(above, below), between);
}

ad_tensor *loss_first_part(ad_tensor *output, int parts)
{
    return parts > 1 ? part_of(output, parts, 0) : output;
}

int loss_parts(const ad_record *loss)
{
    return of_kit(loss) ? of_kit(loss)->parts : 1;
}

bool loss_is_ordinal(const ad_record *loss)
{
    return of_kit(loss) && strcmp(loss->name, "ordinal") == 0;
}

#else

ad_tensor *loss_ordinal_chances(ad_tensor *score, int64_t classes)
{
    return (void)classes, score;
}

ad_tensor *loss_first_part(ad_tensor *output, int parts)
{
    return (void)parts, output;
}

int loss_parts(const ad_record *loss)
{
    return (void)loss, 1;
}

bool loss_is_ordinal(const ad_record *loss)
{
    return (void)loss, false;
}

#endif

/* ---------------------------------------------------------------- all of them */

const ad_record *ad_config_loss_at(int i)
{
    int core = 0;
    while (ad_loss_at(core))
        core++;
    if (i < core)
        return ad_loss_at(i);
#ifdef ADZE_EXTRAS
    return i - core < LOSSES ? &losses[i - core].loss.record : NULL;
#else
    return NULL;
#endif
}

bool loss_of_labels(const ad_record *loss)
{
    return suggest_listed("cross_entropy focal multi_margin weighted_cross_entropy ordinal",
                          loss->name);
}

bool loss_of_groups(const ad_record *loss)
{
    return suggest_listed("contrastive triplet info_nce", loss->name);
}

ad_tensor *loss_of_ways(const ad_loss_record *loss, const void *options, ad_tensor *prediction,
                        ad_tensor *steps, ad_tensor *target, ad_tensor *tokens)
{
    loss_options o = {.core = {0}};
    memcpy(&o, options, loss->record.size);
    o.steps = steps;
    o.tokens = tokens;
    return loss->make(prediction, target, &o.core);
}

ad_tensor *loss_make(const ad_loss_record *loss, const void *options, ad_tensor *prediction,
                     ad_tensor *target, ad_tensor *weight, bool each)
{
    loss_options o = {.core = {0}};
    memcpy(&o, options, loss->record.size);
    o.core.weight = weight ? weight : o.core.weight;
    o.core.each = each || o.core.each;
    return loss->make(prediction, target, &o.core);
}
