/* Losses beyond the core against torch 2.15: script/loss-goldens made golden_losses/values.txt. */
#include "golden_file.h"
#include "test.h"

#include <float.h>

#include <adze/adze.h>
#include <adze/record.h>

#include "one_graph.h"

enum { IN_MAX = 5, SIZE_MAX_ = 512 };

typedef struct tensor {
    char kind[24];
    bool whole;
    ad_shape shape;
    double value[SIZE_MAX_];
    int64_t number[SIZE_MAX_];
    int count;
} tensor;

typedef struct example {
    char name[40], words[160];
    tensor in[IN_MAX];
    int ins;
    tensor out;
    double slope[IN_MAX][SIZE_MAX_];
} example;

/* ---- the file */

static void read_in(FILE *file, char *line, tensor *t)
{
    char type[4];
    int end = 0;
    CHECK(sscanf(line, "in %23s %3s%n", t->kind, type, &end) == 2);
    t->whole = type[0] == 'i';
    t->shape = golden_shape(line + end);
    t->count = golden_count(t->shape);
    REQUIRE(t->count <= SIZE_MAX_);
    golden_numbers(file, t->value, t->count);
    for (int i = 0; i < t->count; i++)
        t->number[i] = (int64_t)t->value[i];
}

static bool is_sloped(const tensor *t)
{
    return !t->whole && strcmp(t->kind, "x") == 0;
}

static bool read_example(FILE *file, example *e)
{
    static char line[400];
    e->ins = 0;
    if (!fgets(line, sizeof line, file))
        return false;
    int end = 0;
    CHECK(sscanf(line, "case %39s%n", e->name, &end) == 1);
    line[strcspn(line, "\n")] = 0;
    snprintf(e->words, sizeof e->words, "%.150s", line + end);
    while (fgets(line, sizeof line, file) && strncmp(line, "in ", 3) == 0)
        read_in(file, line, &e->in[e->ins++]);
    e->out.shape = golden_shape(line + 3);
    e->out.count = golden_count(e->out.shape);
    golden_numbers(file, e->out.value, e->out.count);
    CHECK(fgets(line, sizeof line, file) && strcmp(line, "slope\n") == 0);
    for (int i = 0; i < e->ins; i++)
        if (is_sloped(&e->in[i]))
            golden_numbers(file, e->slope[i], e->in[i].count);
    return true;
}

/* ---- the call that it is of */

static const ad_record *record_of(const char *name)
{
    const ad_record *r = ad_record_find(ad_loss_at, name);
    return r ? r : ad_record_find(ad_objective_at, name);
}

static int reduction_of(const char *word)
{
    static const char *const words[] = {"mean", "sum", "none", "batchmean"};
    int i = 0;
    while (i < 3 && strcmp(words[i], word) != 0)
        i++;
    return i;
}

static void set_row(const ad_record *record, ad_loss_options *o, const char *name, double value)
{
    for (int i = 0; record && i < record->options; i++) {
        const ad_option *row = &record->option[i];
        void *at = (char *)o + row->offset;
        if (strcmp(row->name, name) != 0)
            continue;
        if (row->type == AD_OPTION_NUMBER)
            *(double *)at = value;
        else if (row->type == AD_OPTION_WHOLE)
            *(int64_t *)at = (int64_t)value;
        else
            *(bool *)at = value != 0;
        return;
    }
    TEST_FAILED("%s has no option %s", record ? record->name : "nothing", name);
}

static ad_loss_options read_options(const example *e, int *rule)
{
    ad_loss_options o = AD_OPTIONS(ad_loss_options);
    char words[160];
    snprintf(words, sizeof words, "%s", e->words);
    for (char *word = strtok(words, " \n"); word; word = strtok(NULL, " \n")) {
        char *value = strchr(word, '=');
        *value++ = 0;
        if (strcmp(word, "reduction") == 0)
            o.reduction = (ad_reduction)reduction_of(value);
        else if (strcmp(word, "rule") == 0)
            *rule = atoi(value);
        else
            set_row(record_of(e->name), &o, word, strtod(value, NULL));
    }
    return o;
}

typedef ad_tensor *call2(ad_tensor *, ad_tensor *, const ad_loss_options *);
typedef ad_tensor *call3(ad_tensor *, ad_tensor *, ad_tensor *, const ad_loss_options *);

static const struct {
    const char *name;
    call2 *two;
    call3 *three;
} calls[] = {
    {"weighted_cross_entropy", ad_weighted_cross_entropy, NULL},
    {"weighted_binary_cross_entropy", ad_weighted_binary_cross_entropy, NULL},
    {"kl_divergence", ad_kl_divergence, NULL},
    {"cosine_distance", ad_cosine_distance, NULL},
    {"poisson_nll", ad_poisson_nll, NULL},
    {"multilabel_soft_margin", ad_multilabel_soft_margin, NULL},
    {"js_divergence", ad_js_divergence, NULL},
    {"info_nce", ad_info_nce, NULL},
    {"ordinal", NULL, ad_ordinal},
    {"gaussian_nll", NULL, ad_gaussian_nll},
    {"laplace_nll", NULL, ad_laplace_nll},
    {"cosine_embedding", NULL, ad_cosine_embedding},
    {"triplet", NULL, ad_triplet},
    {"triplet_distance", NULL, ad_triplet_distance},
    {"contrastive", NULL, ad_contrastive},
};

static ad_tensor *penalty(ad_tensor *x, ad_tensor *w)
{
    ad_tensor *flat = ad_tensor_shape(x).rank > 2 ? ad_flatten(x) : x;
    return ad_gradient_penalty(ad_tanh(ad_matmul(flat, w)), x, 10);
}

static ad_tensor *call(const char *name, ad_tensor **x, ad_loss_options *o, int rule)
{
    if (strcmp(name, "ctc") == 0)
        return (ad_ctc)(ad_log_softmax(x[0], -1), x[1], x[2], x[3], o);
    if (strcmp(name, "gan_discriminator") == 0)
        return ad_gan_discriminator(x[0], x[1], (ad_gan_rule)rule);
    if (strcmp(name, "gan_generator") == 0)
        return ad_gan_generator(x[0], (ad_gan_rule)rule);
    if (strcmp(name, "gradient_penalty") == 0)
        return penalty(x[0], x[1]);
    const ad_loss_record *r = (const void *)ad_record_find(ad_loss_at, name);
    if (r)
        return r->make(x[0], x[1], o);
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (strcmp(name, calls[i].name) == 0)
            return calls[i].two ? calls[i].two(x[0], x[1], o) : calls[i].three(x[0], x[1], x[2], o);
    TEST_FAILED("no loss %s", name);
    return NULL;
}

/* ---- one case */

typedef struct built {
    ad_tensor *y, *total, *x[IN_MAX], *of[IN_MAX], *slope[IN_MAX];
    int ins, sloped;
} built;

static ad_tensor *constant_of(const tensor *t, ad_type type)
{
    if (t->whole)
        return ad_constant(graph, ad_i64(t->number, t->shape));
    return ad_cast(ad_constant(graph, ad_f64(t->value, t->shape)), type);
}

/* sum of (1 + i / 4) y[i]. */
static ad_tensor *total_of(ad_tensor *y, int count)
{
    ad_tensor *flat = ad_reshape(y, AD_SHAPE(count));
    ad_tensor *i = ad_range(graph, ad_tensor_type(y), count);
    return ad_sum(ad_mul(flat, ad_shift(ad_scale(i, 0.25), 1)), AD_ALL);
}

/* Arguments that have a slope are variables, so that no derivative is folded away; at most so many.
 */
static built build(const example *e, ad_type type, int most)
{
    built b = {0};
    int rule = 0;
    ad_loss_options o = read_options(e, &rule);
    for (int i = 0; i < e->ins; i++) {
        ad_tensor *x = constant_of(&e->in[i], type);
        char name[] = {'x', (char)('0' + i), 0};
        if (is_sloped(&e->in[i]) && b.sloped < most)
            b.of[b.sloped++] = x = ad_variable(graph, name, x);
        if (strcmp(e->in[i].kind, "x") == 0 || strcmp(e->in[i].kind, "fixed") == 0)
            b.x[b.ins++] = x;
        else if (strcmp(e->in[i].kind, "class_weight") == 0)
            o.class_weight = x;
        else
            o.pos_weight = x;
    }
    b.y = call(e->name, b.x, &o, rule);
    b.total = total_of(b.y, e->out.count);
    ad_gradient(b.total, b.of, b.sloped, b.slope);
    return b;
}

static void compare(const example *e, ad_tensor *got, const double *right, int count, double bound,
                    const char *what)
{
    ad_array value;
    if (ad_value(state, got, NULL, 0, &value) != AD_OK) {
        TEST_FAILED("%s %s: %s", e->name, e->words, ad_error());
        return;
    }
    for (int i = 0; i < count; i++)
        if (!test_close(ad_array_item(&value, i), right[i], bound * fmax(1, fabs(right[i]))))
            TEST_FAILED("%s%s%s %d is %.15g, not %.15g", e->name, e->words, what, i,
                        ad_array_item(&value, i), right[i]);
}

/* The derivative of sums of slopes, not all alike, by differences of slopes: steps of 1e-5 and no
 * kink within. */
static void check_second(const example *e, const built *b)
{
    ad_tensor *sum = ad_number(graph, AD_F64, 0);
    for (int i = 0; i < b->sloped; i++) {
        ad_shape s = ad_tensor_shape(b->slope[i]);
        sum = ad_add(sum, ad_scale(total_of(b->slope[i], golden_count(s)), 1 + i * i));
    }
    double worst = 1;
    ad_status status = ad_check_gradients(state, sum, b->of, b->sloped, NULL, 0, &worst);
    if (status != AD_OK || !(worst < 1e-5))
        TEST_FAILED("%s%s: second derivative off by %g, %s", e->name, e->words, worst,
                    status == AD_OK ? "" : ad_error());
}

static void check_example(const example *e, ad_type type, double bound, bool second)
{
    begin();
    built b = build(e, type, IN_MAX);
    if (ad_tensor_error(b.total))
        TEST_FAILED("%s%s: %s", e->name, e->words, ad_tensor_error(b.total));
    state = ad_state_new(graph, 1);
    if (state) {
        compare(e, b.y, e->out.value, e->out.count, bound, "");
        for (int i = 0, k = 0; i < e->ins; i++)
            if (is_sloped(&e->in[i]))
                compare(e, b.slope[k++], e->slope[i], e->in[i].count, bound, " slope");
        if (second)
            check_second(e, &b);
    }
    end();
}

/* Sums, and losses that have none.  The slope by a variance below epsilon is PyTorch's, and no
 * derivative. */
static bool is_smooth(const example *e)
{
    bool sum = strstr(e->words, "reduction=sum") || !strstr(e->words, "reduction=");
    return sum && !strstr(e->words, "epsilon=.5");
}

/* f32: at most 64 roundings on the way, each worth up to 32 (the inverse of a temperature of 0.07,
 * twice) of its place. */
TEST(values_and_slopes_are_torch_s)
{
    FILE *file = fopen(ADZE_TEST_DIR "/golden_losses/values.txt", "r");
    static example e;
    int cases = 0;
    REQUIRE(file != NULL);
    for (; read_example(file, &e); cases++) {
        check_example(&e, AD_F64, 1e-9, is_smooth(&e));
        check_example(&e, AD_F32, 64 * 32 * (double)FLT_EPSILON / 2, false);
    }
    CHECK_EQ(cases, 366);
    fclose(file);
}

/* ---------------------------------------------------------------- ends of the ranges */

static ad_tensor *numbers(int count, const double *value)
{
    return ad_constant(graph, ad_f64(value, AD_SHAPE(count)));
}
#define NUMBERS(...) \
    numbers((int)(sizeof((double[]){__VA_ARGS__}) / sizeof(double)), (double[]){__VA_ARGS__})

static ad_tensor *wholes(ad_shape shape, const int64_t *value)
{
    return ad_constant(graph, ad_i64(value, shape));
}
#define WHOLES(shape, ...) wholes(shape, (int64_t[]){__VA_ARGS__})

static double item_of(ad_tensor *y, int i)
{
    ad_array value;
    if (!state)
        state = ad_state_new(graph, 1);
    if (ad_value(state, y, NULL, 0, &value) == AD_OK)
        return ad_array_item(&value, i);
    TEST_FAILED("%s", ad_error());
    return 0;
}

static double slope_of(ad_tensor *y, ad_tensor *x, int i)
{
    ad_tensor *slope;
    ad_gradient(y, &x, 1, &slope);
    return item_of(slope, i);
}

#define EACH .reduction = AD_REDUCE_NONE
static const double inf = (double)INFINITY;

/* Large and infinite numbers: limits of the formulas, without overflow on the way. */
TEST(large_numbers)
{
    begin();
    ad_tensor *x = NUMBERS(1000, -1000, 1e300, 0, 1e-9), *zero = NUMBERS(0, 0, 0, 0, 0);
    ad_tensor *y = ad_log_cosh(x, zero, EACH);
    CHECK_CLOSE(item_of(y, 0), 1000 - 0.6931471805599453, 1e-12);
    CHECK_CLOSE(item_of(y, 1), 1000 - 0.6931471805599453, 1e-12);
    CHECK(item_of(y, 2) == 1e300 && item_of(y, 3) == 0);
    CHECK_CLOSE(item_of(y, 4), 5e-19, 1e-30);
    CHECK(slope_of(y, x, 0) == 1 && slope_of(y, x, 1) == -1 && slope_of(y, x, 3) == 0);

    ad_tensor *logit = NUMBERS(inf, -inf, 800, -800), *t = NUMBERS(1, 0, 0, 1);
    ad_tensor *b =
        ad_weighted_binary_cross_entropy(logit, t, .pos_weight = ad_number(graph, AD_F64, 3), EACH);
    CHECK(item_of(b, 0) == 0 && item_of(b, 1) == 0);
    CHECK(item_of(b, 2) == 800 && item_of(b, 3) == 2400);
    ad_tensor *f = ad_binary_focal(logit, t, EACH);
    CHECK(item_of(f, 0) == 0 && item_of(f, 1) == 0);
    CHECK(item_of(f, 2) == 600 && item_of(f, 3) == 200);
    CHECK(item_of(ad_negative_binomial(logit, zero = NUMBERS(0, 0, 1, 1), EACH), 2) == 800);
    end();
}

/* Chances of 0 and 1, where PyTorch's kl_div gives NaN for 0 (0 - -infinity). */
TEST(chances_of_0_and_1)
{
    begin();
    ad_tensor *t = NUMBERS(0, 1, 0.5, 0), *log = NUMBERS(-inf, 0, -inf, -1);
    ad_tensor *y = ad_kl_divergence(log, t, EACH);
    CHECK(item_of(y, 0) == 0 && item_of(y, 1) == 0 && item_of(y, 2) == inf && item_of(y, 3) == 0);
    ad_tensor *one = NUMBERS(0, -inf, -inf), *two = NUMBERS(-inf, 0, -inf);
    CHECK_CLOSE(item_of(ad_js_divergence(one, two), 0), 0.6931471805599453, 1e-15);
    CHECK(item_of(ad_js_divergence(one, one), 0) == 0);
    ad_tensor *logits = ad_reshape(NUMBERS(-inf, 0, 0, 900, 0, 0), AD_SHAPE(2, 3));
    ad_tensor *q = ad_reshape(NUMBERS(0, 0.5, 0.5, 1, 0, 0), AD_SHAPE(2, 3));
    ad_tensor *c = ad_weighted_cross_entropy(logits, q, EACH);
    CHECK_CLOSE(item_of(c, 0), 0.6931471805599453, 1e-15);
    CHECK(item_of(c, 1) == 0);
    ad_tensor *focal = ad_focal(logits, WHOLES(AD_SHAPE(2), 1, 0), EACH);
    CHECK(item_of(focal, 1) == 0 && slope_of(focal, logits, 3) == 0);
    end();
}

TEST(nothing_and_all_ignored)
{
    begin();
    ad_tensor *none = ad_full(graph, AD_F64, AD_SHAPE(0, 3), 0);
    CHECK(isnan(item_of(ad_smooth_l1(none, none), 0)));
    CHECK(item_of(ad_smooth_l1(none, none, .reduction = AD_REDUCE_SUM), 0) == 0);
    ad_tensor *x = ad_full(graph, AD_F64, AD_SHAPE(2, 3), 1);
    ad_tensor *ignored = WHOLES(AD_SHAPE(2), -100, -100);
    CHECK(isnan(item_of(ad_weighted_cross_entropy(x, ignored), 0)));
    CHECK(item_of(ad_weighted_cross_entropy(x, ignored, .reduction = AD_REDUCE_SUM), 0) == 0);
    ad_tensor *zero = ad_full(graph, AD_F64, AD_SHAPE(2, 3), 0);
    CHECK(item_of(ad_cosine_distance(zero, x), 0) == 1);
    CHECK(isnan(
        item_of(ad_dice(ad_full(graph, AD_F64, AD_SHAPE(2, 3), -inf), zero, .smooth = 0), 0)));
    CHECK(slope_of(ad_contrastive(x, x, NUMBERS(0, 0)), x, 0) == 0);
    /* a variance of 0 counts as 1e-6; the gradient is PyTorch's, that of the floor itself */
    CHECK_CLOSE(item_of(ad_gaussian_nll(x, x, zero), 0), 0.5 * log(1e-6), 1e-14);
    CHECK_CLOSE(slope_of(ad_gaussian_nll(x, x, zero, .reduction = AD_REDUCE_SUM), zero, 0), 5e5,
                1e-6);
    end();
}

/* NaN under a weight of 0 changes neither the value nor a slope. */
TEST(weights_of_0_hide_what_is_not_finite)
{
    begin();
    ad_tensor *w = NUMBERS(0, 2, 1), *t = NUMBERS(1, 0, 1), *x = NUMBERS((double)NAN, 1, -1);
    ad_tensor *y = ad_binary_focal(x, t, .weight = w);
    ad_tensor *each = ad_binary_focal(NUMBERS(1, -1), NUMBERS(0, 1), EACH);
    CHECK_CLOSE(item_of(y, 0), (2 * item_of(each, 0) + item_of(each, 1)) / 3, 1e-15);
    CHECK(slope_of(y, x, 0) == 0 && isfinite(slope_of(y, x, 1)));
    ad_tensor *rows = ad_reshape(NUMBERS(inf, 1, 2, 3), AD_SHAPE(2, 2));
    ad_tensor *label = WHOLES(AD_SHAPE(2), 0, 1), *half = NUMBERS(0, 1);
    ad_tensor *losses[] = {ad_focal(rows, label, .weight = half),
                           ad_weighted_cross_entropy(rows, label, .weight = half),
                           ad_multi_margin(rows, label, .weight = half)};
    for (int i = 0; i < 3; i++)
        CHECK(isfinite(item_of(losses[i], 0)) && slope_of(losses[i], rows, 0) == 0);
    end();
}

/* Of two classes: nothing to write is blanks alone; "1 1" wants three steps; none at all wants
 * nothing. */
TEST(ctc_at_its_ends)
{
    begin();
    ad_tensor *x = ad_full(graph, AD_F64, AD_SHAPE(4, 3, 2), -0.6931471805599453);
    ad_tensor *target = WHOLES(AD_SHAPE(4, 2), 1, 1, -7, 99, 1, 1, 1, -1);
    ad_tensor *times = WHOLES(AD_SHAPE(4), 3, 3, 2, 0), *lengths = WHOLES(AD_SHAPE(4), 2, 0, 2, 0);
    ad_tensor *y = ad_ctc(x, target, times, lengths, EACH);
    CHECK_CLOSE(item_of(y, 0), 3 * 0.6931471805599453, 1e-14);
    CHECK_CLOSE(item_of(y, 1), 3 * 0.6931471805599453, 1e-14);
    CHECK(item_of(y, 2) == inf && item_of(y, 3) == 0);
    for (int i = 12; i < 24; i++)
        CHECK(slope_of(y, x, i) == 0);
    CHECK_CLOSE(slope_of(y, x, 1), -1, 1e-14);
    CHECK(item_of(ad_ctc(x, target, times, lengths, .zero_infinity = true, EACH), 2) == 0);
    ad_tensor *none = ad_full(graph, AD_I64, AD_SHAPE(4, 0), 0),
              *zero = WHOLES(AD_SHAPE(4), 0, 0, 0, 0);
    CHECK_CLOSE(item_of(ad_ctc(x, none, times, zero, EACH), 2), 2 * 0.6931471805599453, 1e-14);
    ad_tensor *never = ad_log(ad_full(graph, AD_F64, AD_SHAPE(4, 3, 2), 0));
    CHECK(item_of(ad_ctc(never, target, times, lengths, EACH), 0) == inf);
    end();
}

static void fails(ad_tensor *y, const char *words)
{
    ad_array value;
    state = state ? state : ad_state_new(graph, 1);
    CHECK(ad_value(state, y, NULL, 0, &value) != AD_OK);
    CHECK_CONTAINS(ad_error(), words);
}

TEST(labels_and_lengths_out_of_range_fail_the_run)
{
    begin();
    ad_tensor *x = ad_full(graph, AD_F64, AD_SHAPE(1, 3, 2), -1), *one = WHOLES(AD_SHAPE(1), 1);
    ad_tensor *four = WHOLES(AD_SHAPE(1), 4), *label = WHOLES(AD_SHAPE(1, 1), 2);
    fails(ad_ctc(x, label, one, one), "label 2");
    fails(ad_ctc(x, ad_sub(label, label), four, one), "input length 4");
    fails(ad_ctc(x, ad_sub(label, label), one, four), "target length 4");
    ad_tensor *row = ad_full(graph, AD_F64, AD_SHAPE(1, 2), 0);
    fails(ad_focal(row, four), "label 4");
    fails(ad_multi_margin(row, four), "label 4");
    fails(ad_weighted_cross_entropy(row, ad_neg(one)), "label -1");
    fails(ad_ordinal(NUMBERS(0), NUMBERS(0, 1), four), "label 4");
    end();
}

static void refused(ad_tensor *y, const char *words)
{
    CHECK_CONTAINS(ad_tensor_error(y) ? ad_tensor_error(y) : "", words);
    end();
    begin();
}
#define X ad_full(graph, AD_F64, AD_SHAPE(2, 3), 1)
#define LABEL ad_full(graph, AD_I32, AD_SHAPE(2), 1)

TEST(refusals)
{
    begin();
    refused(ad_smooth_l1(X, X, .delta = 2), ".delta is for ad_huber");
    refused(ad_smooth_l1(X, X, .beta = -1), ".beta is -1; it lies between 0 and 1e+09");
    refused(ad_huber(X, X, .margin = 2), ".margin is for ad_multi_margin");
    refused(ad_tweedie(X, X, .power = 2), ".power is 2; it lies above 1 and below 2");
    refused(ad_gamma_nll(X, X, .shape = (double)NAN), ".shape is nan");
    refused(ad_hinge(X, X, .class_weight = X), ".class_weight is for ad_weighted_cross_entropy");
    refused(ad_multi_margin(X, LABEL, .class_weight = X), "one number of x's type for each class");
    refused(ad_dice(X, X, .pos_weight = X), ".pos_weight is for ad_weighted_binary");
    refused(ad_dice(X, LABEL), "they have to be alike");
    refused(ad_focal(X, X), "labels are f64");
    refused(ad_multi_margin(X, X), "want labels of i32 or i64 (2)");
    refused(ad_log_cosh(X, X, .reduction = (ad_reduction)7), ".reduction is 7");
    refused(ad_log_cosh(X, X, .weight = LABEL), "one number for each loss");
    refused(ad_ordinal(LABEL, X, LABEL), "ad_ordinal: x");
    refused(ad_ordinal(NUMBERS(1, 2), X, LABEL), "limits of its type");
    refused(ad_gaussian_nll(X, X, LABEL), "they have to be alike");
    refused(ad_triplet(X, X, LABEL), "they have to be alike");
    refused(ad_contrastive(X, X, X), "one target of their type for each");
    refused(ad_info_nce(NUMBERS(1), NUMBERS(1)), "queries are (batch, features)");
    refused(ad_info_nce(X, X, .temperature = 0), ".temperature is 0; it lies above 0");
    refused(ad_ctc(X, LABEL, LABEL, LABEL), "log_probs are (batch, time, classes)");
    refused(ad_ctc(ad_full(graph, AD_F64, AD_SHAPE(2, 3, 3), 1),
                   ad_full(graph, AD_I32, AD_SHAPE(2, 1), 1), LABEL, LABEL, .blank = 3),
            ".blank is 3; classes are 0 to 2");
    refused(ad_gan_generator(X, (ad_gan_rule)9), "rule 9");
    refused(ad_gradient_penalty(X, NUMBERS(1), 1), "x is (batch, ...)");
    refused((ad_dice)(NULL, NULL, NULL), "");
    end();
}

/* ---------------------------------------------------------------- training */

/* 50 steps of Adam on the first argument of the first case of each loss: it goes down. */
static void train(const example *e)
{
    begin();
    built b = build(e, AD_F64, 1);
    ad_tensor *loss = ad_mean(b.y, AD_ALL);
    ad_tensor *step = ad_adam(loss, .rate = 0.02);
    state = ad_state_new(graph, 1);
    ad_program *p = ad_compile(state, .fetch = {step}, .training = true);
    double first = 0, last = 0;
    if (!p)
        TEST_FAILED("%s: %s", e->name, ad_error());
    for (int i = 0; p && i < 50; i++) {
        ad_array out = {0};
        CHECK_OK(ad_run(p, NULL, &out));
        last = ad_array_item(&out, 0);
        first = i ? first : last;
    }
    if (!(last < first))
        TEST_FAILED("%s%s: from %g to %g", e->name, e->words, first, last);
    ad_program_free(p);
    end();
}

TEST(each_goes_down)
{
    FILE *file = fopen(ADZE_TEST_DIR "/golden_losses/values.txt", "r");
    static example e;
    char before[40] = "";
    int trained = 0;
    REQUIRE(file != NULL);
    while (read_example(file, &e)) {
        if (strcmp(before, e.name) != 0 || strncmp(e.name, "gan", 3) == 0)
            train(&e), trained++;
        snprintf(before, sizeof before, "%s", e.name);
    }
    CHECK(trained >= 30);
    fclose(file);
}

TEST_MAIN
