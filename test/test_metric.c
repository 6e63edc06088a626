/* Metrics beside scikit-learn 1.9.1, sacrebleu 2.6.0, jiwer 4.0.0 and seqeval 1.2.2
 * (test/golden_metrics, made by script/metric-goldens), what they do not depend on, their
 * intervals, and bad answers. */
#include <adze/metric.h>

#include "kit/metric.h"
#include "kit/random.h"
#include "kit/run.h"
#include "test.h"

/* ---------------------------------------------------------------- golden files */

enum { TEXTS_MAX = 100 };

typedef struct golden {
    char name[64];
    ad_metric_answers a;
    double *array[8];
    int arrays;
    char *said[TEXTS_MAX], *right[TEXTS_MAX];
    char *name_of[TEXTS_MAX];
    int saids, rights, names;
} golden;

static void golden_done(golden *g)
{
    for (int i = 0; i < g->arrays; i++)
        free(g->array[i]);
    for (int i = 0; i < g->saids; i++)
        free(g->said[i]);
    for (int i = 0; i < g->rights; i++)
        free(g->right[i]);
    for (int i = 0; i < g->names; i++)
        free(g->name_of[i]);
    *g = (golden){.arrays = 0};
}

static double *numbers(const char *p, int64_t *count)
{
    double *list = malloc((strlen(p) + 1) * sizeof *list);
    char *end;
    for (*count = 0;; p = end) {
        list[*count] = strtod(p, &end);
        if (end == p)
            return list;
        ++*count;
    }
}

/* "WIDTH numbers": a list where the width is 0. */
static ad_array read_array(golden *g, const char *p)
{
    int64_t width = strtoll(p, (char **)&p, 10), count;
    double *list = numbers(p, &count);
    g->array[g->arrays++] = list;
    return width ? ad_f64(list, AD_SHAPE(count / width, width)) : ad_f64(list, AD_SHAPE(count));
}

static void put_utf8(char **to, unsigned code)
{
    if (code < 0x80) {
        *(*to)++ = (char)code;
    } else if (code < 0x800) {
        *(*to)++ = (char)(0xC0 | code >> 6);
        *(*to)++ = (char)(0x80 | (code & 63));
    } else if (code < 0x10000) {
        *(*to)++ = (char)(0xE0 | code >> 12);
        *(*to)++ = (char)(0x80 | (code >> 6 & 63));
        *(*to)++ = (char)(0x80 | (code & 63));
    } else {
        *(*to)++ = (char)(0xF0 | code >> 18);
        *(*to)++ = (char)(0x80 | (code >> 12 & 63));
        *(*to)++ = (char)(0x80 | (code >> 6 & 63));
        *(*to)++ = (char)(0x80 | (code & 63));
    }
}

static unsigned hex4(const char *p)
{
    char digits[5] = {p[0], p[1], p[2], p[3], 0};
    return (unsigned)strtoul(digits, NULL, 16);
}

/* A text of JSON in ASCII. */
static char *read_text(const char *p)
{
    char *text = malloc(strlen(p) + 1), *to = text;
    for (p++; *p && *p != '"'; p++) {
        if (*p != '\\') {
            *to++ = *p;
        } else if (*++p == 'u') {
            unsigned code = hex4(p + 1);
            p += 4;
            if (code >= 0xD800 && code < 0xDC00) {
                code = 0x10000 + ((code - 0xD800) << 10) + (hex4(p + 3) - 0xDC00);
                p += 6;
            }
            put_utf8(&to, code);
        } else {
            *to++ = *p == 'n' ? '\n' : *p == 't' ? '\t' : *p;
        }
    }
    *to = 0;
    return text;
}

static void read_case(golden *g, const char *p)
{
    static const char *const words[] = {"classes", "numbers", "labels", "sentences", "losses"};
    char kind[32] = "";
    golden_done(g);
    sscanf(p, "%63s %31s", g->name, kind);
    g->a = AD_OPTIONS(ad_metric_answers, .scale = AD_METRIC_CHANCES);
    for (int i = 0; i < 5; i++)
        if (strcmp(words[i], kind) == 0)
            g->a.kind = (ad_metric_kind)(1 << i);
}

static void read_key(golden *g, const char *key, const char *p)
{
    if (strcmp(key, "target") == 0)
        g->a.target = read_array(g, p);
    else if (strcmp(key, "weight") == 0)
        g->a.weight = read_array(g, p);
    else if (strcmp(key, "cluster") == 0)
        g->a.cluster = read_array(g, p);
    else if (strcmp(key, "name") == 0)
        g->name_of[g->names++] = read_text(p);
    else if (strcmp(key, "history") == 0)
        g->a.history = read_array(g, p);
    else if (strcmp(key, "bytes") == 0)
        g->a.bytes = read_array(g, p);
    else if (strcmp(key, "threshold") == 0)
        g->a.threshold = strtod(p, NULL);
    else if (strcmp(key, "classes") == 0)
        g->a.classes = strtoll(p, NULL, 10);
    else if (strcmp(key, "references") == 0)
        g->a.references = strtoll(p, NULL, 10);
    else if (strcmp(key, "said") == 0)
        g->said[g->saids++] = read_text(p);
    else if (strcmp(key, "right") == 0)
        g->right[g->rights++] = read_text(p);
    else
        g->a.prediction = read_array(g, p);
    if (strcmp(key, "logits") == 0)
        g->a.scale = AD_METRIC_LOGITS;
    g->a.answer = (const char *const *)g->said;
    g->a.right = (const char *const *)g->right;
    g->a.count = g->saids;
    g->a.names = g->names ? (const char *const *)g->name_of : NULL;
}

static bool near(double a, double b)
{
    return fabs(a - b) <= 1e-9 * fmax(1, fabs(b)) || a == b;
}

typedef struct chosen {
    ad_choice choice;
    char options[64];
} chosen;

/* "top_k k=3" */
static const char *choose(chosen *c, const char *p)
{
    char name[48], option[48];
    double value;
    int read = 0;
    sscanf(p, "%47s%n", name, &read);
    p += read;
    c->choice = (ad_choice){&ad_metric_find(name)->record, NULL};
    if (!strchr(p, '='))
        return p;
    sscanf(p, " %47[a-z]=%lf%n", option, &value, &read);
    const ad_record *r = c->choice.record;
    memcpy(c->options, r->initial, r->size);
    const ad_option *o = r->option;
    if (o->type == AD_OPTION_WHOLE)
        *(int64_t *)(c->options + o->offset) = (int64_t)value;
    else
        *(double *)(c->options + o->offset) = value;
    c->choice.options = c->options;
    return p + read;
}

static void expect(const golden *g, const char *p)
{
    chosen c;
    ad_metric_value v = {.value = 0};
    double value = strtod(choose(&c, p), NULL);
    ad_status status = ad_metrics(&g->a, &c.choice, 1, &v, .resamples = 0);
    if (status != AD_OK || !near(v.value, value))
        TEST_FAILED("%s: %s is %.17g and has to be %.17g %s", g->name, v.name, v.value, value,
                    status == AD_OK ? "" : ad_kit_error());
}

static void expect_curve(const golden *g, const char *p)
{
    char kind[16];
    long long of, points;
    int read = 0;
    sscanf(p, "%15s %lld %lld%n", kind, &of, &points, &read);
    int64_t count;
    double *list = numbers(p + read, &count);
    ad_curve c = {0};
    ad_curve_kind which = strcmp(kind, "roc") == 0  ? AD_CURVE_ROC
                          : strcmp(kind, "pr") == 0 ? AD_CURVE_PR
                                                    : AD_CURVE_CALIBRATION;
    CHECK_EQ(ad_metric_curve(&g->a, which, of, 0, &c), AD_OK);
    if (c.count != points)
        TEST_FAILED("%s: %s has %d points and has to have %lld", g->name, kind, (int)c.count,
                    points);
    for (int64_t i = 0; c.count == points && i < points; i++)
        if (!near(c.x[i], list[i]) || !near(c.y[i], list[points + i]) ||
            !near(c.at[i], list[2 * points + i]))
            TEST_FAILED("%s: %s, point %d: (%g, %g) at %g", g->name, kind, (int)i, c.x[i], c.y[i],
                        c.at[i]);
    ad_curve_done(&c);
    free(list);
}

static int compare_with(const char *file)
{
    char path[512];
    snprintf(path, sizeof path, "%s/golden_metrics/%s", ADZE_TEST_DIR, file);
    FILE *f = fopen(path, "r");
    CHECK(f);
    golden g = {.arrays = 0};
    char *line = NULL;
    size_t room = 0;
    int count = 0;
    while (f && getline(&line, &room, f) > 0) {
        char *p = strchr(line, ' ');
        *p++ = 0;
        if (strcmp(line, "case") == 0)
            read_case(&g, p);
        else if (strcmp(line, "expect") == 0)
            expect(&g, p), count++;
        else if (strcmp(line, "curve") == 0)
            expect_curve(&g, p), count++;
        else
            read_key(&g, line, p);
    }
    golden_done(&g);
    free(line);
    if (f)
        fclose(f);
    return count;
}

TEST(classes_are_as_scikit_learn_has_them)
{
    CHECK(compare_with("classes.txt") > 200);
}

TEST(numbers_are_as_scikit_learn_has_them)
{
    CHECK(compare_with("numbers.txt") > 30);
}

TEST(labels_are_as_scikit_learn_has_them)
{
    CHECK(compare_with("labels.txt") > 40);
}

TEST(sentences_are_as_sacrebleu_and_jiwer_have_them)
{
    CHECK(compare_with("sentences.txt") > 30);
}

TEST(losses_of_language_models)
{
    CHECK(compare_with("losses.txt") == 2);
}

TEST(spans_are_as_seqeval_says)
{
    CHECK(compare_with("spans.txt") == 9);
    static const int32_t said[] = {0, 1}, right[] = {0, 1};
    static const char *const words[] = {"yes", "no"}, *const tags[] = {"O", "B-X"};
    ad_metric_value v;
    ad_metric_answers a =
        AD_OPTIONS(ad_metric_answers, .kind = AD_METRIC_CLASSES, .classes = 2,
                   .prediction = ad_i32(said, AD_SHAPE(2)), .target = ad_i32(right, AD_SHAPE(2)));
    CHECK_EQ(ad_metric(&a, "span_f1", &v), AD_ERROR_ARGUMENT);
    CHECK(strstr(ad_kit_error(), "the classes have no names"));
    a.names = words;
    CHECK_EQ(ad_metric(&a, "span_f1", &v), AD_ERROR_ARGUMENT);
    CHECK(strstr(ad_kit_error(), "no tags of spans"));
    a.names = tags;
    CHECK_EQ(ad_metric(&a, "span_f1", &v), AD_ERROR_ARGUMENT);
    CHECK(strstr(ad_kit_error(), "which words are a sentence is not said"));
    static const int32_t sentence[] = {4, 4};
    a.cluster = ad_i32(sentence, AD_SHAPE(2));
    CHECK_OK(ad_metric(&a, "span_f1", &v));
    CHECK_CLOSE(v.value, 1, 0);
}

/* ---------------------------------------------------------------- what values do not depend on */

enum { COUNT = 24, CLASSES = 3 };

/* Logits that every type of floats holds exactly, also with 64 added. */
static void draw_logits(double *logit, int32_t *label)
{
    random_state r = random_start(5, 1);
    for (int i = 0; i < COUNT * CLASSES; i++)
        logit[i] = (double)random_below(&r, 31) / 8 - 2;
    for (int i = 0; i < COUNT; i++)
        label[i] = (int32_t)random_below(&r, CLASSES);
}

static double value_of(const ad_metric_answers *a, const char *name)
{
    ad_metric_value v = {.value = -7};
    CHECK_EQ(ad_metric(a, name, &v), AD_OK);
    return v.value;
}

static const char *const of_classes[] = {
    "accuracy",         "balanced_accuracy", "f1_macro", "precision_weighted", "recall_micro",
    "matthews",         "roc_area",          "pr_area",  "log_loss",           "brier",
    "calibration_error"};
enum { OF_CLASSES = sizeof of_classes / sizeof *of_classes };

static ad_metric_answers answers_of(ad_array prediction, ad_array target)
{
    return AD_OPTIONS(ad_metric_answers, .kind = AD_METRIC_CLASSES, .prediction = prediction,
                      .target = target);
}

/* The same numbers in another type. */
static ad_array as_type(const ad_array *from, ad_type type, void *room)
{
    ad_array to = {.type = type, .data = room, .shape = from->shape};
    for (int64_t i = 0; i < ad_array_count(from); i++) {
        double x = ad_array_item(from, i);
        switch (type) {
        case AD_F32: ((float *)room)[i] = (float)x; break;
        case AD_F64: ((double *)room)[i] = x; break;
        case AD_I32: ((int32_t *)room)[i] = (int32_t)x; break;
        case AD_I64: ((int64_t *)room)[i] = (int64_t)x; break;
        default: ((uint8_t *)room)[i] = (uint8_t)x; break;
        }
    }
    return to;
}

TEST(values_do_not_depend_on_types)
{
    double logit[COUNT * CLASSES], room[COUNT * CLASSES];
    int32_t label[COUNT];
    draw_logits(logit, label);
    ad_array z = ad_f64(logit, AD_SHAPE(COUNT, CLASSES)), y = ad_i32(label, AD_SHAPE(COUNT));
    static const ad_type types[] = {AD_F32, AD_F64, AD_I32, AD_I64, AD_U8};
    ad_metric_answers a = answers_of(z, y);
    for (int m = 0; m < OF_CLASSES; m++) {
        double value = value_of(&a, of_classes[m]);
        for (int t = 0; t < 5; t++) {
            ad_metric_answers b = answers_of(z, as_type(&y, types[t], room));
            CHECK(value_of(&b, of_classes[m]) == value);
        }
        ad_metric_answers b = answers_of(as_type(&z, AD_F32, room), y);
        CHECK(value_of(&b, of_classes[m]) == value);
    }
}

TEST(errors_of_bytes_do_not_wrap)
{
    uint8_t said[4] = {0, 255, 7, 0}, right[4] = {1, 0, 9, 0};
    ad_metric_answers a =
        AD_OPTIONS(ad_metric_answers, .kind = AD_METRIC_NUMBERS,
                   .prediction = ad_u8(said, AD_SHAPE(4)), .target = ad_u8(right, AD_SHAPE(4)));
    CHECK(value_of(&a, "mae") == 258.0 / 4);
    CHECK(value_of(&a, "mse") == (1 + 65025 + 4) / 4.0);
}

TEST(values_do_not_depend_on_a_shift_of_logits)
{
    double logit[COUNT * CLASSES], moved[COUNT * CLASSES];
    int32_t label[COUNT];
    draw_logits(logit, label);
    for (int i = 0; i < COUNT * CLASSES; i++)
        moved[i] = logit[i] + 64 * (i / CLASSES % 2 ? 1 : -1);
    ad_metric_answers a = answers_of(ad_f64(logit, AD_SHAPE(COUNT, CLASSES)),
                                     ad_i32(label, AD_SHAPE(COUNT))),
                      b = a;
    b.prediction = ad_f64(moved, AD_SHAPE(COUNT, CLASSES));
    for (int m = 0; m < OF_CLASSES; m++)
        CHECK(fabs(value_of(&a, of_classes[m]) - value_of(&b, of_classes[m])) < 1e-12);
}

/* Whether a sigmoid is applied is said once, by .scale: logits that all lie in 0 to 1 are logits.
 */
TEST(logits_within_0_and_1_are_logits)
{
    double logit[8] = {0.25, 0.75, 0.5, 0.125, 0, 1, 0.625, 0.5};
    int32_t label[4] = {1, 0, 0, 1};
    ad_metric_answers a = answers_of(ad_f64(logit, AD_SHAPE(4, 2)), ad_i32(label, AD_SHAPE(4)));
    double sum = 0;
    for (int i = 0; i < 4; i++)
        sum += log(1 + exp(logit[2 * i + 1 - label[i]] - logit[2 * i + label[i]])) / 4;
    CHECK(fabs(value_of(&a, "log_loss") - sum) < 1e-15);
}

static double kept(const double *logit, const int32_t *label, int64_t batch, const char *name)
{
    ad_task_record task = {.answers = AD_METRIC_CLASSES};
    ad_run_data data = {.task = &task};
    ad_run_answers a;
    run_keeping k;
    float said[COUNT * CLASSES];
    run_keeping_begin(&k, &data);
    for (int i = 0; i < COUNT * CLASSES; i++)
        said[i] = (float)logit[i];
    for (int64_t at = 0; at < COUNT; at += batch) {
        int64_t count = at + batch < COUNT ? batch : COUNT - at;
        ad_array out[2] = {ad_f32(said + at * CLASSES, AD_SHAPE(count, CLASSES)),
                           ad_i32(label + at, AD_SHAPE(count))};
        CHECK_EQ(run_keep(&k, out, count), AD_OK);
    }
    run_take_answers(&k, &data, NULL, &a);
    double value = value_of(&a.answers, name);
    ad_run_answers_done(&a);
    return value;
}

TEST(values_do_not_depend_on_batches)
{
    double logit[COUNT * CLASSES];
    int32_t label[COUNT];
    draw_logits(logit, label);
    for (int m = 0; m < OF_CLASSES; m++)
        for (int64_t batch = 1; batch <= COUNT; batch += 5)
            CHECK(kept(logit, label, batch, of_classes[m]) ==
                  kept(logit, label, COUNT, of_classes[m]));
}

/* ---------------------------------------------------------------- stated answers */

static ad_metric_value measured(const ad_metric_answers *a, const char *name)
{
    ad_metric_value v = {.value = -7};
    CHECK_EQ(ad_metric(a, name, &v), AD_OK);
    return v;
}

static bool says(const ad_metric_value *v, const char *words)
{
    bool found = v->words && strstr(v->words, words);
    if (!found)
        printf("%s: %s\n", v->name, v->words ? v->words : "no words");
    return found;
}

TEST(a_constant_answer)
{
    int32_t said[100] = {0}, right[100] = {0};
    right[37] = 1;
    ad_metric_answers a = answers_of(ad_i32(said, AD_SHAPE(100)), ad_i32(right, AD_SHAPE(100)));
    a.classes = 2;
    ad_metric_value v = measured(&a, "matthews");
    CHECK(v.value == 0 && says(&v, "one class only"));
    v = measured(&a, "precision");
    CHECK(v.value == 0 && says(&v, "never answered"));
    v = measured(&a, "f1");
    CHECK(v.value == 0);
    CHECK(measured(&a, "balanced_accuracy").value == 0.5);
    CHECK(measured(&a, "accuracy").value == 0.99);
}

TEST(an_absent_class)
{
    double chance[4 * 3] = {.5, .25, .25, .25, .5, .25, .125, .75, .125, .75, .125, .125};
    int32_t right[4] = {0, 1, 0, 0};
    ad_metric_answers a = AD_OPTIONS(
        ad_metric_answers, .kind = AD_METRIC_CLASSES, .scale = AD_METRIC_CHANCES,
        .prediction = ad_f64(chance, AD_SHAPE(4, 3)), .target = ad_i32(right, AD_SHAPE(4)));
    /* class 0: 5 of 6 pairs... of 3 and 1 examples 2 right, 1 wrong; class 1: 2 of 3; 2: left out
     */
    ad_metric_value v = measured(&a, "roc_area");
    CHECK(fabs(v.value - (2.0 / 3 + 2.0 / 3) / 2) < 1e-15 && says(&v, "left out"));
    v = measured(&a, "pr_area");
    CHECK(!isnan(v.value) && says(&v, "left out"));
    v = measured(&a, "balanced_accuracy");
    CHECK(fabs(v.value - (2.0 / 3 + 1) / 2) < 1e-15 && says(&v, "left out"));
    int32_t one[4] = {0, 0, 0, 0};
    double two[8] = {.5, .5, .25, .75, .75, .25, 1, 0};
    a.prediction = ad_f64(two, AD_SHAPE(4, 2));
    a.target = ad_i32(one, AD_SHAPE(4));
    v = measured(&a, "roc_area");
    CHECK(isnan(v.value) && isnan(v.low) && says(&v, "one of the two classes has no example"));
    v = measured(&a, "pr_area");
    CHECK(isnan(v.value) && says(&v, "has no example"));
    ad_curve c;
    CHECK_EQ(ad_metric_curve(&a, AD_CURVE_ROC, 1, 0, &c), AD_OK);
    CHECK(c.count == 0 && c.words);
    double threshold;
    CHECK_EQ(ad_metric_threshold(&a, AD_THRESHOLD_F1, &threshold), AD_OK);
    CHECK(threshold == 0.5);
}

TEST(empty_sets)
{
    ad_metric_answers a = answers_of(ad_f64(NULL, AD_SHAPE(0, 2)), ad_i32(NULL, AD_SHAPE(0)));
    for (int m = 0; m < OF_CLASSES; m++) {
        ad_metric_value v = measured(&a, of_classes[m]);
        CHECK(isnan(v.value) && says(&v, "no example"));
    }
    a.kind = AD_METRIC_NUMBERS;
    a.prediction = a.target = ad_f64(NULL, AD_SHAPE(0));
    ad_metric_value v = measured(&a, "r2");
    CHECK(isnan(v.value) && says(&v, "no example"));
    a = AD_OPTIONS(ad_metric_answers, .kind = AD_METRIC_SENTENCES);
    v = measured(&a, "bleu");
    CHECK(isnan(v.value) && says(&v, "no example"));
    double matrix[4] = {7, 7, 7, 7};
    a = answers_of(ad_f64(NULL, AD_SHAPE(0, 2)), ad_i32(NULL, AD_SHAPE(0)));
    CHECK_EQ(ad_metric_confusion(&a, matrix), AD_OK);
    CHECK(matrix[0] == 0 && matrix[3] == 0);
    ad_metric_class row[2];
    CHECK_EQ(ad_metric_classes(&a, row), AD_OK);
    CHECK(isnan(row[1].f1.value));
}

TEST(ties)
{
    double chance[6] = {.5, .5, .5, .5, .5, .5};
    int32_t right[3] = {1, 0, 1};
    ad_metric_answers a = AD_OPTIONS(
        ad_metric_answers, .kind = AD_METRIC_CLASSES, .scale = AD_METRIC_CHANCES,
        .prediction = ad_f64(chance, AD_SHAPE(3, 2)), .target = ad_i32(right, AD_SHAPE(3)));
    CHECK(value_of(&a, "accuracy") == 1.0 / 3); /* the first of equal ones is answered */
    CHECK(value_of(&a, "roc_area") == 0.5);
    CHECK(value_of(&a, "pr_area") == 2.0 / 3);
    a.threshold = 0.5; /* at the threshold it is answered */
    CHECK(value_of(&a, "accuracy") == 2.0 / 3);
}

TEST(numbers_that_cannot_be_told)
{
    double said[3] = {1, 2, 3}, right[3] = {1, 0, 2};
    ad_metric_answers a =
        AD_OPTIONS(ad_metric_answers, .kind = AD_METRIC_NUMBERS,
                   .prediction = ad_f64(said, AD_SHAPE(3)), .target = ad_f64(right, AD_SHAPE(3)));
    ad_metric_value v = measured(&a, "mape");
    CHECK(isnan(v.value) && says(&v, "a target is 0"));
    v = measured(&a, "gamma_deviance");
    CHECK(isnan(v.value) && says(&v, "not above 0"));
    said[1] = NAN;
    v = measured(&a, "mae");
    CHECK(isnan(v.value) && says(&v, "a prediction is not a finite number"));
    said[1] = 1, right[2] = INFINITY;
    v = measured(&a, "mae");
    CHECK(isnan(v.value) && says(&v, "a target is not a finite number"));
    a.prediction = ad_f64(said, AD_SHAPE(1));
    a.target = ad_f64(right, AD_SHAPE(1));
    v = measured(&a, "r2");
    CHECK(isnan(v.value) && says(&v, "two examples"));
    v = measured(&a, "mae");
    CHECK(v.value == 0 && v.interval == AD_INTERVAL_NONE && v.low == 0 && v.high == 0);
}

TEST(chances_of_nothing_cost_as_much_in_any_type)
{
    double f64[4] = {1, 0, 0, 1};
    float f32[4] = {1, 0, 0, 1};
    int32_t right[2] = {1, 1};
    ad_metric_answers a =
        AD_OPTIONS(ad_metric_answers, .kind = AD_METRIC_CLASSES, .scale = AD_METRIC_CHANCES,
                   .prediction = ad_f64(f64, AD_SHAPE(2, 2)), .target = ad_i32(right, AD_SHAPE(2)));
    double loss = 52 * log(2) / 2;
    CHECK(fabs(value_of(&a, "log_loss") - loss) < 1e-12);
    a.prediction = ad_f32(f32, AD_SHAPE(2, 2));
    CHECK(fabs(value_of(&a, "log_loss") - loss) < 1e-12);
}

TEST(short_sentences)
{
    const char *text[] = {"the same three"}, *four[] = {"the same four words"}, *none[] = {""};
    ad_metric_answers a = AD_OPTIONS(ad_metric_answers, .kind = AD_METRIC_SENTENCES, .answer = text,
                                     .right = text, .count = 1);
    ad_metric_value v = measured(&a, "bleu");
    CHECK(v.value == 0 && says(&v, "four words"));
    a.answer = a.right = four;
    CHECK(fabs(value_of(&a, "bleu") - 100) < 1e-9);
    a.right = none;
    v = measured(&a, "word_error_rate");
    CHECK(isnan(v.value) && says(&v, "are empty"));
    v = measured(&a, "character_error_rate");
    CHECK(isnan(v.value));
    a.answer = none;
    v = measured(&a, "bleu");
    CHECK(isnan(v.value) && says(&v, "all texts are empty"));
}

/* ---------------------------------------------------------------- refused */

static void refused(const ad_metric_answers *a, const char *name, const char *words)
{
    ad_metric_value v;
    ad_status status = ad_metric(a, name, &v);
    if (status == AD_OK || !strstr(ad_kit_error(), words))
        TEST_FAILED("%s: '%s' is not said: %s", name, words, status ? ad_kit_error() : "no error");
    const char *line = strchr(ad_kit_error(), '\n');
    CHECK(line && strncmp(line, "\n  ", 3) == 0);
}

TEST(text_labels_beside_numbers_are_refused)
{
    int32_t number[2] = {0, 1};
    const char *text[2] = {"0", "1"};
    ad_metric_answers a = answers_of(ad_i32(number, AD_SHAPE(2)), ad_i32(number, AD_SHAPE(2)));
    a.classes = 2;
    CHECK(value_of(&a, "accuracy") == 1);
    a.target_text = text;
    refused(&a, "accuracy", "targets are texts and answers numbers");
    a.target_text = NULL;
    a.prediction_text = text;
    refused(&a, "accuracy", "answers are texts and targets numbers");
    a.target_text = text;
    refused(&a, "accuracy", "classes are texts");
}

TEST(answers_that_do_not_fit_together_are_refused)
{
    double chance[6] = {.5, .5, .25, .75, 1, 0};
    int32_t right[3] = {0, 1, 2};
    ad_metric_answers a = AD_OPTIONS(
        ad_metric_answers, .kind = AD_METRIC_CLASSES, .scale = AD_METRIC_CHANCES,
        .prediction = ad_f64(chance, AD_SHAPE(3, 2)), .target = ad_i32(right, AD_SHAPE(3)));
    refused(&a, "accuracy", "target 2 is 2, and classes are 0 to 1");
    right[2] = -1;
    refused(&a, "accuracy", "target 2 is -1");
    right[2] = 0;
    refused(&a, "acuracy", "did you mean accuracy");
    refused(&a, "qwertyuiop", "`adze metrics` lists them");
    refused(&a, "mae", "it is of numbers");
    refused(&a, "bleu", "it is of sentences");
    refused(&a, "top_k", "k is not below the number of classes");
    chance[0] = .75;
    refused(&a, "accuracy", "the chances of example 0 sum to 1.25");
    chance[0] = 7;
    refused(&a, "accuracy", "a chance of example 0 is 7");
    chance[0] = .5;
    a.target = ad_i32(right, AD_SHAPE(2));
    refused(&a, "accuracy", "there are 3 examples and 2 numbers");
    a.target = ad_i32(right, AD_SHAPE(3));
    double weight[3] = {1, -1, 1};
    a.weight = ad_f64(weight, AD_SHAPE(3));
    refused(&a, "accuracy", "a weight is below 0");
    a.weight = ad_f64(weight, AD_SHAPE(2));
    refused(&a, "accuracy", "in .weight");
    a.weight = (ad_array){0};
    a.threshold = 1;
    refused(&a, "accuracy", ".threshold");
    a.threshold = 0;
    a.positive = 2;
    refused(&a, "f1", ".positive");
    a.positive = 1;
    a.classes = 3;
    refused(&a, "f1", "not as wide");
    a.prediction = a.target;
    refused(&a, "roc_area", "the answers are classes");
    refused(&a, "f1", "of one class of two");
    a.kind = 0;
    refused(&a, "f1", "no kind of answers");
    a = (ad_metric_answers){.kind = AD_METRIC_CLASSES};
    refused(&a, "f1", "AD_OPTIONS");
    a = AD_OPTIONS(ad_metric_answers, .kind = AD_METRIC_LABELS,
                   .prediction = ad_f64(chance, AD_SHAPE(3, 2)),
                   .target = ad_f64(chance, AD_SHAPE(3, 2)));
    refused(&a, "jaccard", "labels are 0 or 1");
    a.kind = AD_METRIC_NUMBERS;
    refused(&a, "mase", ".history");
    a.target = ad_f64(chance, AD_SHAPE(3));
    refused(&a, "mae", "6 predictions and 3 targets");
    a = AD_OPTIONS(ad_metric_answers, .kind = AD_METRIC_SENTENCES, .count = 2);
    refused(&a, "bleu", "want .answer and .right");
}

TEST(too_few_resamples_are_refused)
{
    double said[3] = {1, 2, 3};
    ad_metric_answers a =
        AD_OPTIONS(ad_metric_answers, .kind = AD_METRIC_NUMBERS,
                   .prediction = ad_f64(said, AD_SHAPE(3)), .target = ad_f64(said, AD_SHAPE(3)));
    ad_choice mae = {&ad_metric_find("mae")->record, NULL};
    ad_metric_value v;
    CHECK(ad_metrics(&a, &mae, 1, &v, .resamples = 40) == AD_ERROR_ARGUMENT);
    CHECK(strstr(ad_kit_error(), "40 resamples are too few"));
    CHECK(ad_metrics(&a, &mae, 1, &v, .resamples = 199) == AD_ERROR_ARGUMENT);
    CHECK_EQ(ad_metrics(&a, &mae, 1, &v, .resamples = 200), AD_OK);
    CHECK(v.interval == AD_INTERVAL_BOOTSTRAP);
    CHECK_EQ(ad_metrics(&a, &mae, 1, &v, .resamples = 0), AD_OK);
    CHECK(v.interval == AD_INTERVAL_NONE);
}

/* ---------------------------------------------------------------- intervals */

/* Newcombe 1998, table 1, method 3. */
TEST(shares_have_wilsons_interval)
{
    static const double row[][4] = {
        {81, 263, .2553, .3662}, {15, 148, .0624, .1605}, {0, 20, 0, .1611}, {1, 29, .0061, .1718}};
    for (int i = 0; i < 4; i++) {
        double low, high;
        metric_wilson(row[i][0] / row[i][1], row[i][1], &low, &high);
        CHECK(fabs(low - row[i][2]) < 5e-5 && fabs(high - row[i][3]) < 5e-5);
    }
}

/* numpy.quantile([1, 2, 4, 8, 16], q) */
TEST(quantiles_are_of_type_7)
{
    const double v[] = {1, 2, 4, 8, 16};
    CHECK(fabs(metric_quantile(v, 5, 0.025) - 1.1) < 1e-12);
    CHECK(fabs(metric_quantile(v, 5, 0.975) - 15.2) < 1e-12);
    CHECK(metric_quantile(v, 5, 0) == 1 && metric_quantile(v, 5, 1) == 16);
    CHECK(metric_quantile(v, 1, 0.975) == 1);
}

/* scipy.stats: norm.cdf(-sqrt(n / (n - 1)) * t.ppf(0.975, n - 1)) */
TEST(intervals_of_few_examples_are_wider)
{
    static const double of[][2] = {{10, 0.008550639}, {30, 0.0187539}, {200, 0.02402618}};
    for (int i = 0; i < 3; i++)
        CHECK(fabs(metric_expanded(of[i][0]) - of[i][1]) < 1e-6);
    CHECK(metric_expanded(2) >= 0 && metric_expanded(2) < 1e-30);
}

TEST(resamples_depend_on_the_seed_alone)
{
    double logit[COUNT * CLASSES];
    int32_t label[COUNT];
    draw_logits(logit, label);
    ad_metric_answers a =
        answers_of(ad_f64(logit, AD_SHAPE(COUNT, CLASSES)), ad_i32(label, AD_SHAPE(COUNT)));
    ad_choice list[] = {{&ad_metric_find("brier")->record, NULL},
                        {&ad_metric_find("log_loss")->record, NULL}};
    ad_metric_value one, two[2], other;
    CHECK_EQ(ad_metrics(&a, &list[1], 1, &one, .seed = 3), AD_OK);
    CHECK_EQ(ad_metrics(&a, list, 2, two, .seed = 3), AD_OK);
    CHECK_EQ(ad_metrics(&a, &list[1], 1, &other, .seed = 4), AD_OK);
    CHECK(one.low == two[1].low && one.high == two[1].high);
    CHECK(one.low != other.low && one.value == other.value);
    CHECK(one.low < one.value && one.value < one.high);
}

/* Clusters of equal examples: as wide as of the clusters alone. */
TEST(clusters_are_drawn_together)
{
    double said[40], right[40] = {0};
    int32_t cluster[40];
    for (int i = 0; i < 40; i++) {
        said[i] = i / 4 % 5;
        cluster[i] = 100 - i / 4;
    }
    ad_metric_answers a =
        AD_OPTIONS(ad_metric_answers, .kind = AD_METRIC_NUMBERS,
                   .prediction = ad_f64(said, AD_SHAPE(40)), .target = ad_f64(right, AD_SHAPE(40)));
    ad_metric_value alone = measured(&a, "mae");
    a.cluster = ad_i32(cluster, AD_SHAPE(40));
    ad_metric_value together = measured(&a, "mae");
    CHECK(together.value == alone.value);
    double ratio = (together.high - together.low) / (alone.high - alone.low);
    CHECK(ratio > 2 && ratio < 2.7); /* the root of 4, and more as 10 are few */
}

TEST(differences_are_paired)
{
    double a_said[200], b_said[200], right[200] = {0};
    random_state r = random_start(9, 9);
    for (int i = 0; i < 200; i++) {
        a_said[i] = random_between(&r, -10, 10);
        b_said[i] = a_said[i] * 0.97;
    }
    ad_metric_answers a = AD_OPTIONS(ad_metric_answers, .kind = AD_METRIC_NUMBERS,
                                     .prediction = ad_f64(a_said, AD_SHAPE(200)),
                                     .target = ad_f64(right, AD_SHAPE(200))),
                      b = a;
    b.prediction = ad_f64(b_said, AD_SHAPE(200));
    ad_choice mae = {&ad_metric_find("mae")->record, NULL};
    ad_metric_value d, of_a = measured(&a, "mae"), of_b = measured(&b, "mae");
    CHECK_EQ(ad_metric_difference(&a, &b, &mae, &d), AD_OK);
    CHECK(fabs(d.value - (of_b.value - of_a.value)) < 1e-12 && d.value < 0);
    CHECK(d.high < 0 && d.low < d.value); /* told apart, though the intervals of each overlap */
    CHECK(of_b.high > of_a.low);
    CHECK_EQ(ad_metric_difference(&a, &a, &mae, &d), AD_OK);
    CHECK(d.value == 0 && d.low == 0 && d.high == 0);
    double other[200] = {1};
    b.target = ad_f64(other, AD_SHAPE(200));
    CHECK(ad_metric_difference(&a, &b, &mae, &d) == AD_ERROR_ARGUMENT);
    CHECK(strstr(ad_kit_error(), "the targets of the two differ"));
    b.prediction = b.target = ad_f64(other, AD_SHAPE(100));
    CHECK(ad_metric_difference(&a, &b, &mae, &d) == AD_ERROR_ARGUMENT);
    CHECK(strstr(ad_kit_error(), "200 examples and the other 100"));
}

TEST(groups_are_measured_alone)
{
    double said[6] = {1, 2, 3, 4, 5, 6}, right[6] = {0, 0, 0, 0, 0, 0};
    int64_t group[6] = {7, -2, 7, -2, 7, 40};
    ad_metric_answers a =
        AD_OPTIONS(ad_metric_answers, .kind = AD_METRIC_NUMBERS,
                   .prediction = ad_f64(said, AD_SHAPE(6)), .target = ad_f64(right, AD_SHAPE(6)));
    ad_array of = ad_i64(group, AD_SHAPE(6));
    ad_choice mae = {&ad_metric_find("mae")->record, NULL};
    ad_metric_groups g;
    CHECK_EQ(ad_metrics_by(&a, &of, &mae, 1, &g), AD_OK);
    REQUIRE(g.count == 3);
    CHECK(g.group[0].group == -2 && g.group[0].count == 2 && g.group[0].value->value == 3);
    CHECK(g.group[1].group == 7 && g.group[1].count == 3 && g.group[1].value->value == 3);
    CHECK(g.group[2].group == 40 && g.group[2].count == 1 && g.group[2].value->value == 6);
    ad_metric_groups_done(&g);
    const char *text[] = {"a b", "c", "a", "d"}, *same[] = {"a b", "d", "a", "d"};
    group[0] = group[2] = 1, group[1] = group[3] = 0;
    a = AD_OPTIONS(ad_metric_answers, .kind = AD_METRIC_SENTENCES, .answer = text, .right = same,
                   .count = 4);
    of = ad_i64(group, AD_SHAPE(4));
    ad_choice wer = {&ad_metric_find("word_error_rate")->record, NULL};
    CHECK_EQ(ad_metrics_by(&a, &of, &wer, 1, &g), AD_OK);
    CHECK(g.count == 2 && g.group[0].value->value == 0.5 && g.group[1].value->value == 0);
    ad_metric_groups_done(&g);
    of = ad_i64(group, AD_SHAPE(3));
    CHECK(ad_metrics_by(&a, &of, &wer, 1, &g) != AD_OK);
    ad_metric_groups_done(&g);
}

/* ---------------------------------------------------------------- rows and thresholds */

TEST(a_row_for_each_class)
{
    int32_t said[8] = {0, 1, 2, 2, 1, 0, 2, 2}, right[8] = {0, 1, 2, 1, 1, 2, 2, 0};
    ad_metric_answers a = answers_of(ad_i32(said, AD_SHAPE(8)), ad_i32(right, AD_SHAPE(8)));
    a.classes = 4;
    ad_metric_class row[4];
    double matrix[16];
    CHECK_EQ(ad_metric_classes(&a, row), AD_OK);
    CHECK(row[2].of_class == 3 && row[2].answered == 4 && row[2].right == 2);
    CHECK(row[2].precision.value == 0.5 && fabs(row[2].recall.value - 2.0 / 3) < 1e-15);
    CHECK(fabs(row[2].f1.value - 4.0 / 7) < 1e-15);
    CHECK(row[2].precision.interval == AD_INTERVAL_WILSON && row[2].f1.high > row[2].f1.value);
    CHECK(row[3].of_class == 0 && row[3].recall.value == 0 && row[3].recall.words);
    CHECK_EQ(ad_metric_confusion(&a, matrix), AD_OK);
    CHECK(matrix[0] == 1 && matrix[2] == 1 && matrix[4 + 1] == 2 && matrix[4 + 2] == 1);
    CHECK(matrix[8] == 1 && matrix[8 + 2] == 2 && matrix[15] == 0);
}

static double f1_at(ad_metric_answers a, double threshold)
{
    a.threshold = threshold;
    return value_of(&a, "f1");
}

static double balanced_at(ad_metric_answers a, double threshold)
{
    a.threshold = threshold;
    return value_of(&a, "balanced_accuracy");
}

TEST(the_threshold_is_the_best_one)
{
    double logit[2 * 60];
    int32_t right[60];
    random_state r = random_start(2, 2);
    for (int i = 0; i < 60; i++) {
        right[i] = random_below(&r, 6) == 0;
        logit[2 * i] = 0;
        logit[2 * i + 1] = random_between(&r, -3, 1) + right[i];
    }
    for (int64_t positive = 0; positive < 2; positive++) {
        double f1, balanced;
        ad_metric_answers a =
            answers_of(ad_f64(logit, AD_SHAPE(60, 2)), ad_i32(right, AD_SHAPE(60)));
        a.positive = positive;
        CHECK_EQ(ad_metric_threshold(&a, AD_THRESHOLD_F1, &f1), AD_OK);
        CHECK_EQ(ad_metric_threshold(&a, AD_THRESHOLD_BALANCED, &balanced), AD_OK);
        for (int i = 0; i < 60; i++) {
            double z = logit[2 * i + 1] * (positive ? 1 : -1), t = 1 / (1 + exp(-z));
            CHECK(f1_at(a, t) <= f1_at(a, f1) + 1e-15);
            CHECK(balanced_at(a, t) <= balanced_at(a, balanced) + 1e-15);
        }
        CHECK(f1 > 0 && f1 < 1 && f1_at(a, f1) > f1_at(a, 0.5) - 1e-15);
    }
}

/* ---------------------------------------------------------------- how often intervals hold
 * 100 simulations, 2,000 with ADZE_SOAK: the share whose interval has the true value. */

typedef struct simulated {
    const char *name;
    double truth;
    int64_t held, low, high;
} simulated;

static double normal(random_state *r)
{
    double u = random_between(r, 0x1p-40, 1), v = random_between(r, 0, 6.283185307179586);
    return sqrt(-2 * log(u)) * cos(v);
}

static void note(simulated *s, const ad_metric_value *v)
{
    s->held += v->low <= s->truth && s->truth <= v->high;
    s->low += s->truth < v->low;
    s->high += s->truth > v->high;
}

static int64_t simulations(void)
{
    return getenv("ADZE_SOAK") ? 2000 : 100;
}

static int64_t resamples(void)
{
    return getenv("ADZE_SOAK") ? 1000 : 400;
}

/* 95 % of 100 is 89 to 100 in all but 1 of 100 tries. */
static void judge(const char *what, const simulated *s, int count)
{
    int64_t all = simulations();
    double least = all > 1000 ? 0.93 : 0.88, most = all > 1000 ? 0.97 : 1;
    for (int i = 0; i < count; i++) {
        double share = (double)s[i].held / (double)all;
        if (all > 1000)
            printf("%s %s: %.2f %% (below %d, above %d)\n", what, s[i].name, 100 * share,
                   (int)s[i].high, (int)s[i].low);
        if (share < least || share > most)
            TEST_FAILED("%s %s: its interval holds in %.2f %% of %d", what, s[i].name, 100 * share,
                        (int)all);
    }
}

static void choose_all(const simulated *s, int count, ad_choice *list)
{
    for (int i = 0; i < count; i++)
        list[i] = (ad_choice){&ad_metric_find(s[i].name)->record, NULL};
}

enum { SIMULATED_MAX = 16, DRAWN = 200 };

static void simulate(const ad_metric_answers *a, simulated *s, int count, int64_t number)
{
    ad_choice list[SIMULATED_MAX];
    ad_metric_value v[SIMULATED_MAX];
    choose_all(s, count, list);
    CHECK_EQ(ad_metrics(a, list, count, v, .seed = (uint64_t)number, .resamples = resamples()),
             AD_OK);
    for (int i = 0; i < count; i++)
        note(&s[i], &v[i]);
}

/* Errors are normal of deviation 1 about targets of deviation 2. */
TEST(intervals_of_numbers_hold)
{
    simulated s[] = {{"mse", 1, 0, 0, 0},
                     {"rmse", 1, 0, 0, 0},
                     {"mae", 0.7978845608028654, 0, 0, 0},
                     {"r2", 0.8, 0, 0, 0},
                     {"pinball", 0.3989422804014327, 0, 0, 0}};
    double said[DRAWN] = {0}, right[DRAWN] = {0};
    ad_metric_answers a = AD_OPTIONS(ad_metric_answers, .kind = AD_METRIC_NUMBERS,
                                     .prediction = ad_f64(said, AD_SHAPE(DRAWN)),
                                     .target = ad_f64(right, AD_SHAPE(DRAWN)));
    for (int64_t k = 0; k < simulations(); k++) {
        random_state r = random_start(11, (uint64_t)k);
        for (int i = 0; i < DRAWN; i++) {
            said[i] = 2 * normal(&r);
            right[i] = said[i] + normal(&r);
        }
        simulate(&a, s, 5, k);
    }
    judge("numbers", s, 5);
}

/* Of 200 examples 30 % are of class 1, with scores that are normal about 1.5, the others about 0;
 * class 1 is answered from a score of 1 on.  Of Phi: recall 0.69146, false positives 0.15866. */
static void truth_of_classes(simulated *s)
{
    const double yes = 0.3, tpr = 0.6914624612740131, fpr = 0.15865525393145707;
    double tp = yes * tpr, fp = (1 - yes) * fpr, fn = yes - tp, tn = 1 - yes - fp;
    s[0].truth = tp + tn;
    s[1].truth = tp / (tp + fp);
    s[2].truth = tpr;
    s[3].truth = 2 * tp / (2 * tp + fp + fn);
    s[4].truth = (tpr + 1 - fpr) / 2;
    s[5].truth = (tp * tn - fp * fn) / sqrt((tp + fp) * yes * (1 - yes) * (tn + fn));
    s[6].truth = s[3].truth / 2 + tn / (2 * tn + fp + fn);
    s[7].truth = 0.5 * erfc(-1.5 / 2); /* Phi(1.5 / root 2) */
    double area = 0, step = 1e-4;      /* precision over the density of class 1 */
    for (double x = -6; x < 8; x += step) {
        double up = 0.5 * erfc((x - 1.5) / sqrt(2)), off = 0.5 * erfc(x / sqrt(2));
        double density = exp(-(x - 1.5) * (x - 1.5) / 2) / sqrt(6.283185307179586);
        area += step * density * yes * up / (yes * up + (1 - yes) * off);
    }
    s[8].truth = area;
}

TEST(intervals_of_classes_hold)
{
    simulated s[9] = {{.name = "accuracy"}, {.name = "precision"},         {.name = "recall"},
                      {.name = "f1"},       {.name = "balanced_accuracy"}, {.name = "matthews"},
                      {.name = "f1_macro"}, {.name = "roc_area"},          {.name = "pr_area"}};
    double logit[2 * DRAWN] = {0};
    int32_t right[DRAWN] = {0};
    ad_metric_answers a =
        answers_of(ad_f64(logit, AD_SHAPE(DRAWN, 2)), ad_i32(right, AD_SHAPE(DRAWN)));
    truth_of_classes(s);
    for (int64_t k = 0; k < simulations(); k++) {
        random_state r = random_start(12, (uint64_t)k);
        for (int i = 0; i < DRAWN; i++) {
            right[i] = random_between(&r, 0, 1) < 0.3;
            logit[2 * i + 1] = normal(&r) + 1.5 * right[i] - 1;
        }
        simulate(&a, s, 9, k);
    }
    judge("classes", s, 9);
}

/* Chances are even from 0 to 1, and true. */
TEST(intervals_of_chances_hold)
{
    simulated s[] = {{"log_loss", 0.5, 0, 0, 0}, {"brier", 1.0 / 6, 0, 0, 0}};
    double chance[2 * DRAWN] = {0};
    int32_t right[DRAWN] = {0};
    ad_metric_answers a = AD_OPTIONS(
        ad_metric_answers, .kind = AD_METRIC_CLASSES, .scale = AD_METRIC_CHANCES,
        .prediction = ad_f64(chance, AD_SHAPE(DRAWN, 2)), .target = ad_i32(right, AD_SHAPE(DRAWN)));
    for (int64_t k = 0; k < simulations(); k++) {
        random_state r = random_start(13, (uint64_t)k);
        for (int i = 0; i < DRAWN; i++) {
            double p = random_between(&r, 1e-9, 1);
            chance[2 * i] = 1 - p;
            chance[2 * i + 1] = p;
            right[i] = random_between(&r, 0, 1) < p;
        }
        simulate(&a, s, 2, k);
    }
    judge("chances", s, 2);
}

/* Texts of 5 to 20 tokens that share a part of their loss. */
TEST(intervals_of_language_models_hold)
{
    simulated s[] = {{"perplexity", 0, 0, 0, 0}, {"bits_a_byte", 0, 0, 0, 0}};
    double loss[DRAWN] = {0}, tokens[DRAWN] = {0}, bytes[DRAWN] = {0};
    ad_metric_answers a = AD_OPTIONS(
        ad_metric_answers, .kind = AD_METRIC_LOSSES, .prediction = ad_f64(loss, AD_SHAPE(DRAWN)),
        .target = ad_f64(tokens, AD_SHAPE(DRAWN)), .bytes = ad_f64(bytes, AD_SHAPE(DRAWN)));
    s[0].truth = exp(2);
    s[1].truth = 2 / (4 * log(2));
    for (int64_t k = 0; k < simulations(); k++) {
        random_state r = random_start(14, (uint64_t)k);
        for (int i = 0; i < DRAWN; i++) {
            tokens[i] = 5 + (double)random_below(&r, 16);
            bytes[i] = 4 * tokens[i];
            loss[i] = tokens[i] * (2 + 0.5 * normal(&r));
        }
        simulate(&a, s, 2, k);
    }
    judge("losses", s, 2);
}

/* 60 groups of 5 examples whose errors have a part in common. */
TEST(intervals_of_clusters_hold)
{
    enum { GROUPS = 60, EACH = 5, ALL = GROUPS * EACH };
    simulated s[] = {{"mse", 2, 0, 0, 0}};
    double said[ALL] = {0}, right[ALL] = {0};
    int32_t cluster[ALL] = {0};
    ad_metric_answers a = AD_OPTIONS(
        ad_metric_answers, .kind = AD_METRIC_NUMBERS, .prediction = ad_f64(said, AD_SHAPE(ALL)),
        .target = ad_f64(right, AD_SHAPE(ALL)), .cluster = ad_i32(cluster, AD_SHAPE(ALL)));
    for (int64_t k = 0; k < simulations(); k++) {
        random_state r = random_start(15, (uint64_t)k);
        for (int i = 0; i < GROUPS; i++) {
            double common = random_between(&r, -1, 1) * sqrt(3);
            for (int j = 0; j < EACH; j++) {
                said[i * EACH + j] = common + normal(&r);
                cluster[i * EACH + j] = i;
            }
        }
        simulate(&a, s, 1, k);
    }
    judge("clusters", s, 1);
}

/* Two that are right on the same examples more often than not; b is right 3 % more often. */
TEST(intervals_of_differences_hold)
{
    simulated s = {"accuracy", 0.03, 0, 0, 0};
    int32_t a_said[DRAWN] = {0}, b_said[DRAWN] = {0}, right[DRAWN] = {0};
    ad_metric_answers a = answers_of(ad_i32(a_said, AD_SHAPE(DRAWN)),
                                     ad_i32(right, AD_SHAPE(DRAWN))),
                      b = answers_of(ad_i32(b_said, AD_SHAPE(DRAWN)),
                                     ad_i32(right, AD_SHAPE(DRAWN)));
    a.classes = b.classes = 2;
    ad_choice accuracy = {&ad_metric_find("accuracy")->record, NULL};
    for (int64_t k = 0; k < simulations(); k++) {
        random_state r = random_start(16, (uint64_t)k);
        for (int i = 0; i < DRAWN; i++) {
            double u = random_between(&r, 0, 1);
            a_said[i] = u < 0.1 || (u >= 0.2 && u < 0.31); /* wrong: both 0.1, a alone 0.11 */
            b_said[i] = u < 0.1 || (u >= 0.4 && u < 0.48);
        }
        ad_metric_value v;
        CHECK_EQ(ad_metric_difference(&a, &b, &accuracy, &v, .seed = (uint64_t)k,
                                      .resamples = resamples()),
                 AD_OK);
        note(&s, &v);
    }
    judge("difference of", &s, 1);
}

TEST_MAIN
