/* Metrics beside scikit-learn 1.9.1, sacrebleu 2.6.0, jiwer 4.0.0 and seqeval 1.2.2
 * (test/golden_metrics, made by script/metric-goldens), what they do not depend on, and bad
 * answers. */
#include <adze/metric.h>

#include "kit/run.h"
#include "metric_answers.h"

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

static const char *const of_classes[] = {
    "accuracy",         "balanced_accuracy", "f1_macro", "precision_weighted", "recall_micro",
    "matthews",         "roc_area",          "pr_area",  "log_loss",           "brier",
    "calibration_error"};
enum { OF_CLASSES = sizeof of_classes / sizeof *of_classes };

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

TEST_MAIN
