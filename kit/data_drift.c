/* Whether the parts are drawn alike: column by column, and all columns together by a classifier
 * that tells the parts apart. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data_look.h"
#include "message.h"

enum { EXAMPLES_LEAST = 30, CLASSIFIED_LEAST = 60, CLASSIFIED_MOST = 4000, RARE = 10 };

static const double surely = 1e-3, clear_distance = 0.1, clear_area = 0.55, some_area = 0.52;

/* ---------------------------------------------------------------- two samples of numbers */

static int by_number(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Those of the part that are there, sorted, by malloc. */
static double *sorted_part(const data_sample *s, int column, int part, int64_t *count)
{
    double *list = malloc((size_t)(s->first[part + 1] - s->first[part] + 1) * sizeof *list);
    const double *value = data_values(s, column);
    *count = 0;
    for (int64_t i = s->first[part]; list && i < s->first[part + 1]; i++)
        if (!isnan(value[i]))
            list[(*count)++] = value[i];
    if (list)
        qsort(list, (size_t)*count, sizeof *list, by_number);
    return list;
}

/* The largest difference of the two cumulated shares (Kolmogorov-Smirnov). */
static double distance(const double *a, int64_t n, const double *b, int64_t m)
{
    double most = 0;
    for (int64_t i = 0, k = 0; i < n && k < m;) {
        double value = a[i] < b[k] ? a[i] : b[k];
        while (i < n && a[i] <= value)
            i++;
        while (k < m && b[k] <= value)
            k++;
        double d = fabs((double)i / (double)n - (double)k / (double)m);
        most = d > most ? d : most;
    }
    return most;
}

/* The chance of such a distance, in the limit (Smirnov 1939). */
static double distance_chance(double d, double n, double m)
{
    double x = sqrt(n * m / (n + m)) * d, sum = 0;
    if (x < 0.2)
        return 1;
    for (int k = 1; k <= 100; k++)
        sum += (k % 2 ? 2 : -2) * exp(-2 * (double)k * k * x * x);
    return sum < 0 ? 0 : sum > 1 ? 1 : sum;
}

static ad_status compare_numbers(const looker *l, int column, int other, ad_look_column *c)
{
    int64_t n, m;
    double *a = sorted_part(&l->sample, column, AD_PART_TRAIN, &n);
    double *b = sorted_part(&l->sample, column, other, &m);
    bool good = a && b;
    if (good && n >= EXAMPLES_LEAST && m >= EXAMPLES_LEAST) {
        c->drift = distance(a, n, b, m);
        c->chance = distance_chance(c->drift, (double)n, (double)m);
    }
    free(a);
    free(b);
    return good ? AD_OK : message_no_memory();
}

/* ---------------------------------------------------------------- two samples of classes */

/* The chance of a chi-square beyond x: the incomplete gamma function Q(a, x / 2), a half the
 * freedom; 1 less its series below a + 1, its continued fraction above (Abramowitz and
 * Stegun 6.5.29 and 6.5.31, by Lentz 1976). */
static double chi_chance(double chi, double freedom)
{
    double a = freedom / 2, x = chi / 2, front = exp(a * log(x) - x - lgamma(a));
    if (!(x > 0))
        return 1;
    if (x < a + 1) {
        double term = 1 / a, sum = term;
        for (int k = 1; k < 1000 && term > 1e-16 * sum; k++)
            term *= x / (a + k), sum += term;
        return 1 - front * sum;
    }
    double b = x + 1 - a, c = 1e300, d = 1 / b, h = d;
    for (int k = 1; k < 1000; k++) {
        double n = -k * (k - a);
        b += 2;
        d = 1 / (n * d + b), c = b + n / c;
        h *= c * d;
        if (fabs(c * d - 1) < 1e-15)
            break;
    }
    return front * h;
}

static void compare_counts(const double *a, const double *b, int64_t classes, double n, double m,
                           ad_look_column *c)
{
    double chi = 0, freedom = -1, half = 0, rare_a = 0, rare_b = 0;
    for (int64_t k = 0; k <= classes; k++) {
        bool rare = k < classes && a[k] + b[k] < RARE;
        double x = k < classes ? a[k] : rare_a, y = k < classes ? b[k] : rare_b;
        if (rare)
            rare_a += x, rare_b += y;
        if (rare || x + y == 0)
            continue;
        double e = (x + y) * n / (n + m), f = (x + y) * m / (n + m);
        chi += (x - e) * (x - e) / e + (y - f) * (y - f) / f;
        half += fabs(x / n - y / m) / 2;
        freedom++;
    }
    c->drift = half;
    c->chance = freedom > 0 ? chi_chance(chi, freedom) : 1;
}

static ad_status compare_classes(const looker *l, int column, int other, ad_look_column *c)
{
    const data_sample *s = &l->sample;
    const double *value = data_values(s, column);
    int64_t classes = c->field->classes;
    double *count = calloc((size_t)(2 * classes) + 1, sizeof *count), n = 0, m = 0;
    if (!count)
        return message_no_memory();
    for (int64_t i = 0; i < s->count; i++) {
        int part = data_part_of(s, i);
        if (isnan(value[i]) || value[i] >= (double)classes || (part != 0 && part != other))
            continue;
        count[(int64_t)value[i] + (part == other ? classes : 0)]++;
        n += part == 0, m += part == other;
    }
    if (n >= EXAMPLES_LEAST && m >= EXAMPLES_LEAST)
        compare_counts(count, count + classes, classes, n, m, c);
    free(count);
    return AD_OK;
}

/* ---------------------------------------------------------------- what is said of a column */

static double part_mean(const data_sample *s, int column, int part)
{
    const double *value = data_values(s, column);
    double sum = 0, n = 0;
    for (int64_t i = s->first[part]; i < s->first[part + 1]; i++)
        if (isfinite(value[i]))
            sum += value[i], n++;
    return n > 0 ? sum / n : NAN;
}

/* Which of the listed values differs most in its share. */
static void say_value(text_buffer *t, const ad_look_column *c, int other)
{
    double n = (double)c->present[0], m = (double)c->present[other], most = -1;
    int best = 0;
    for (int v = 0; v < c->values; v++) {
        double d = fabs((double)c->value[v].count[0] / n - (double)c->value[v].count[other] / m);
        if (d > most)
            most = d, best = v;
    }
    if (!c->values)
        return;
    text_add(t, ": ");
    text_add_quoted(t, c->value[best].name);
    text_add_format(t, " is %.3g %% there, %.3g %% in training",
                    100 * (double)c->value[best].count[other] / m,
                    100 * (double)c->value[best].count[0] / n);
}

static const char *const kind_words[] = {[AD_LOOK_NUMBER] = "",
                                         [AD_LOOK_CLASS] = "",
                                         [AD_LOOK_CHARACTERS] = "length of ",
                                         [AD_LOOK_LENGTH] = "length of ",
                                         [AD_LOOK_BRIGHTNESS] = "brightness of ",
                                         [AD_LOOK_MEAN] = "mean of "};

/* A series changes with time, and its parts are cut by it. */
static ad_finding_level level(const looker *l)
{
    return l->data.schema->running ? AD_FINDING_NOTE : AD_FINDING_WARNING;
}

static bool say_drift(looker *l, int column, int other)
{
    const ad_look_column *c = data_look_column(l, column);
    text_buffer t = {0};
    text_add_format(&t, "the %s'%s' is another in the %s part", kind_words[c->kind], c->name,
                    data_part_words[other]);
    if (c->kind == AD_LOOK_CLASS)
        say_value(&t, c, other);
    else
        text_add_format(&t, ": mean %.4g there, %.4g in training",
                        part_mean(&l->sample, column, other), part_mean(&l->sample, column, 0));
    text_add_format(&t, " (distance %.2f, p %s%.1g)", c->drift, c->chance < 1e-12 ? "< " : "= ",
                    c->chance < 1e-12 ? 1e-12 : c->chance);
    char *words = text_take(&t);
    ad_finding *f = words ? data_found(l, "W416", level(l), c->name, "%s", words) : NULL;
    free(words);
    bool target = c->field->use == AD_USE_TARGET;
    return f && data_because(f,
                             target ? "what is measured there is not what was learned: the answers "
                                      "are mixed otherwise"
                                    : "the network is measured on other data than it learned of",
                             data_in_order(l)
                                 ? "a series moves on: learn of newer rows, or of differences; not "
                                   "by a random cut, which puts neighbours into both parts"
                                 : "cut the parts at random from one heap, or find out why they "
                                   "differ");
}

static bool say_missing(looker *l, int column, int other)
{
    const ad_look_column *c = data_look_column(l, column);
    double n = (double)(c->present[0] + c->missing[0]);
    double m = (double)(c->present[other] + c->missing[other]);
    double a = (double)c->missing[0] / n, b = (double)c->missing[other] / m;
    double all = (a * n + b * m) / (n + m), error = sqrt(all * (1 - all) * (1 / n + 1 / m));
    bool clear = n >= EXAMPLES_LEAST && m >= EXAMPLES_LEAST && fabs(a - b) >= 0.05 &&
                 fabs(a - b) > 5 * error;
    bool only_there = a == 0 && b > 0 && c->kind != AD_LOOK_CHARACTERS;
    if (!clear && !only_there)
        return true;
    ad_finding *f = data_found(l, "W416", clear ? AD_FINDING_WARNING : AD_FINDING_NOTE, c->name,
                               "'%s' is missing in %.3g %% of the %s part, and in %.3g %% of the "
                               "training part",
                               c->name, 100 * b, data_part_words[other], 100 * a);
    return f && data_because(f, "the network is measured on other data than it learned of",
                             "see whether the parts come from one source, and whether its words "
                             "for a missing value, and the classes, are the same");
}

static ad_status compare_columns(looker *l, int other)
{
    ad_status status = AD_OK;
    for (int i = 0; i < l->sample.columns && status == AD_OK; i++) {
        ad_look_column *c = data_look_column(l, i);
        status = c->kind == AD_LOOK_CLASS ? compare_classes(l, i, other, c)
                                          : compare_numbers(l, i, other, c);
        c->chance *= l->sample.columns;
        c->chance = c->chance > 1 ? 1 : c->chance;
        bool clear = c->drift >= clear_distance && c->chance < surely;
        if (status == AD_OK && clear && !say_drift(l, i, other))
            status = message_no_memory();
        if (status == AD_OK && !say_missing(l, i, other))
            status = message_no_memory();
    }
    return status;
}

/* ---------------------------------------------------------------- a classifier */

typedef struct scored {
    double score;
    int32_t label;
} scored;

static int by_score(const void *a, const void *b)
{
    double x = ((const scored *)a)->score, y = ((const scored *)b)->score;
    return (x > y) - (x < y);
}

/* The area under the ROC curve and its 95 % interval (DeLong et al. 1988): variances of the shares
 * of the other part that each example lies above, or below. */
static void area(scored *list, int64_t count, double *value, double *low, double *high)
{
    double n[2] = {0}, below[2] = {0}, sum[2] = {0}, squares[2] = {0};
    for (int64_t i = 0; i < count; i++)
        n[list[i].label]++;
    qsort(list, (size_t)count, sizeof *list, by_score);
    for (int64_t from = 0, to; from < count; from = to) {
        double tie[2] = {0};
        for (to = from; to < count && list[to].score == list[from].score; to++)
            tie[list[to].label]++;
        for (int k = 0; k < 2; k++) {
            double share = (below[1 - k] + tie[1 - k] / 2) / n[1 - k];
            sum[k] += tie[k] * share, squares[k] += tie[k] * share * share;
        }
        below[0] += tie[0], below[1] += tie[1];
    }
    double variance = 0;
    for (int k = 0; k < 2; k++)
        variance += (squares[k] - sum[k] * sum[k] / n[k]) / (n[k] - 1) / n[k];
    double error = 1.959963984540054 * sqrt(variance > 0 ? variance : 0);
    *value = sum[1] / n[1];
    *low = *value - error > 0 ? *value - error : 0;
    *high = *value + error < 1 ? *value + error : 1;
}

/* At most CLASSIFIED_MOST of a part, evenly. */
static int64_t pick(const data_sample *s, int part, int64_t *order)
{
    int64_t from = s->first[part], all = s->first[part + 1] - from;
    int64_t count = all < CLASSIFIED_MOST ? all : CLASSIFIED_MOST;
    for (int64_t i = 0; i < count; i++)
        order[i] = from + (count == all ? i : i * all / count);
    return count;
}

static ad_status classify(looker *l, data_linear *d, const int64_t *order)
{
    float *input = NULL;
    ad_status status = data_features(l, order, d->count, ALL_INPUTS, true, &input, &d->width);
    d->input = input;
    d->chance = calloc((size_t)(2 * d->count + 1), sizeof *d->chance);
    if (status == AD_OK && !d->chance)
        status = message_no_memory();
    if (status == AD_OK && d->width)
        status = data_linear_cross(d);
    scored *list = malloc((size_t)(d->count + 1) * sizeof *list);
    if (status == AD_OK && !list)
        status = message_no_memory();
    for (int64_t i = 0; status == AD_OK && i < d->count; i++)
        list[i] = (scored){d->chance[2 * i + 1], d->label[i]};
    if (status == AD_OK && d->width)
        area(list, d->count, &l->look->apart, &l->look->apart_low, &l->look->apart_high);
    free(list);
    free(input);
    free(d->chance);
    return status;
}

static bool say_apart(looker *l, int other)
{
    const ad_data_look *look = l->look;
    if (!(look->apart_low > some_area))
        return true;
    ad_finding *f = data_found(
        l, "W417", look->apart_low > clear_area ? level(l) : AD_FINDING_NOTE, NULL,
        "a linear classifier tells the %s part from the training part: area %.3f, 95 %% interval "
        "%.3f to %.3f (0.5: it cannot)",
        data_part_words[other], look->apart, look->apart_low, look->apart_high);
    return f && data_because(f,
                             "the parts were not drawn from one heap, so what is measured is not "
                             "what was learned",
                             data_in_order(l)
                                 ? "nothing, where time alone tells them apart; what moves on is "
                                   "learned better as differences, or of newer rows"
                                 : "cut the parts at random, unless they are meant to differ, as "
                                   "by time or place");
}

static ad_status tell_apart(looker *l, int other)
{
    const data_sample *s = &l->sample;
    int64_t *order = malloc((2 * CLASSIFIED_MOST) * sizeof *order);
    int32_t *label = malloc((2 * CLASSIFIED_MOST) * sizeof *label);
    ad_status status = order && label ? AD_OK : message_no_memory();
    int64_t n = status == AD_OK ? pick(s, AD_PART_TRAIN, order) : 0;
    int64_t m = status == AD_OK ? pick(s, other, order + n) : 0;
    for (int64_t i = 0; i < n + m; i++)
        label[i] = i >= n;
    data_linear d = {
        .label = label, .count = n + m, .classes = 2, .seed = l->seed, .threads = l->o->threads};
    if (status == AD_OK && n >= CLASSIFIED_LEAST && m >= CLASSIFIED_LEAST)
        status = classify(l, &d, order);
    free(order);
    free(label);
    if (status == AD_OK && !say_apart(l, other))
        status = message_no_memory();
    return status;
}

ad_status data_drift(looker *l)
{
    int other = data_other(l);
    if (other < 0)
        return AD_OK;
    ad_status status = compare_columns(l, other);
    return status == AD_OK && !l->o->quick ? tell_apart(l, other) : status;
}
