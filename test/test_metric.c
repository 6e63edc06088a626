/* Metrics beside scikit-learn 1.9.1, sacrebleu 2.6.0 and jiwer 4.0.0 (test/golden_metrics, made by
 * script/metric-goldens), what they do not depend on, their intervals, and bad answers. */
#include <adze/metric.h>

#include "kit/metric.h"
#include "test.h"

/* ---------------------------------------------------------------- golden files */

enum { TEXTS_MAX = 100 };

typedef struct golden {
    char name[64];
    ad_metric_answers a;
    double *array[8];
    int arrays;
    char *said[TEXTS_MAX], *right[TEXTS_MAX];
    int saids, rights;
} golden;

static void golden_done(golden *g)
{
    for (int i = 0; i < g->arrays; i++)
        free(g->array[i]);
    for (int i = 0; i < g->saids; i++)
        free(g->said[i]);
    for (int i = 0; i < g->rights; i++)
        free(g->right[i]);
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

TEST_MAIN
