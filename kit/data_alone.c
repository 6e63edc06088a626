/* What one column alone tells of the target, and what the order of rows tells of it.
 *
 * A column is cut into its values where they are few, else into 64 bins of equally many examples;
 * missing is a value of its own.  A table of them, the most frequent class or the mean of each, is
 * made of four fifths of the training examples and asked about the fifth. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data_look.h"
#include "message.h"

enum {
    FOLDS = 5,
    BINS_MOST = 64,
    CLASSES_MOST = 4096,  /* values of a class that have a row of the table */
    EXAMPLES_LEAST = 40,  /* fewer say nothing for sure */
    TABLE_MOST = 1 << 22, /* places of a table: bins times classes */
    ORDER_LEAST = 40
};

/* Gain, or R2, of a column that gives its target away: by itself; and where all other columns do
 * much worse. */
static const double sure = 0.98, sure_number = 0.9999, likely = 0.9, much = 3, much_number = 5;

/* ---------------------------------------------------------------- columns in bins */

typedef struct ranked {
    double value;
    int64_t at;
} ranked;

static int by_value(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    int order = (x->value > y->value) - (x->value < y->value);
    return order ? order : (x->at > y->at) - (x->at < y->at);
}

/* code[i]: the bin of value[i], 0 where it is missing.  Answers how many bins there are; 0 without
 * memory. */
static int64_t bins_of(const double *value, int64_t count, int64_t different, int32_t *code)
{
    ranked *list = malloc((size_t)(count + 1) * sizeof *list);
    int64_t n = 0, bin = 0;
    if (!list)
        return 0;
    for (int64_t i = 0; i < count; i++) {
        code[i] = 0;
        if (!isnan(value[i]))
            list[n++] = (ranked){value[i], i};
    }
    qsort(list, (size_t)n, sizeof *list, by_value);
    for (int64_t i = 0, begun = 0; i < n; i++) {
        bool other = i > 0 && list[i].value != list[i - 1].value;
        bool full = different <= BINS_MOST || (i - begun) * BINS_MOST >= n;
        if (other && full)
            bin++, begun = i;
        code[list[i].at] = (int32_t)(bin + 1);
    }
    free(list);
    return bin + 2;
}

static int64_t classes_as_bins(const double *value, int64_t count, int32_t *code)
{
    int64_t most = 0;
    for (int64_t i = 0; i < count; i++) {
        code[i] = isnan(value[i]) ? 0 : 1 + (int32_t)fmod(value[i], CLASSES_MOST);
        most = code[i] > most ? code[i] : most;
    }
    return most + 1;
}

static int fold_of(const looker *l, int64_t i)
{
    return (int)(data_mix(l->seed + 7 * (uint64_t)i) % FOLDS);
}

/* ---------------------------------------------------------------- a table for a class */

typedef struct asked {
    const looker *l;
    const double *target;
    int64_t count;   /* of the training part */
    int64_t classes; /* 0: the target is a number */
    int32_t *code;
    int64_t bins;
    double *sum; /* (bins, classes) counts; of numbers (bins, 2): sums and counts */
} asked;

static int64_t most_of(const double *row, int64_t classes)
{
    int64_t best = 0;
    for (int64_t k = 1; k < classes; k++)
        best = row[k] > row[best] ? k : best;
    return best;
}

static void fill_table(const asked *a, int fold, double *all)
{
    int64_t width = a->classes ? a->classes : 2;
    memset(a->sum, 0, (size_t)(a->bins * width) * sizeof *a->sum);
    memset(all, 0, (size_t)width * sizeof *all);
    for (int64_t i = 0; i < a->count; i++) {
        if (fold_of(a->l, i) == fold || isnan(a->target[i]))
            continue;
        double *row = a->sum + a->code[i] * width;
        int64_t k = a->classes ? (int64_t)a->target[i] : 1;
        row[k]++, all[k]++;
        if (!a->classes)
            row[0] += a->target[i], all[0] += a->target[i];
    }
}

/* Right answers of the table, and of the majority, on the fold. */
static void count_right(const asked *a, int fold, const double *all, double *right, double *plain)
{
    int64_t majority = most_of(all, a->classes);
    for (int64_t i = 0; i < a->count; i++) {
        if (fold_of(a->l, i) != fold || isnan(a->target[i]))
            continue;
        const double *row = a->sum + a->code[i] * a->classes;
        int64_t told = most_of(row, a->classes);
        told = row[told] > 0 ? told : majority;
        *right += told == (int64_t)a->target[i];
        *plain += majority == (int64_t)a->target[i];
    }
}

static void add_errors(const asked *a, int fold, const double *all, double *left, double *whole)
{
    double mean = all[1] > 0 ? all[0] / all[1] : 0;
    for (int64_t i = 0; i < a->count; i++) {
        if (fold_of(a->l, i) != fold || isnan(a->target[i]))
            continue;
        const double *row = a->sum + a->code[i] * 2;
        double told = row[1] > 0 ? row[0] / row[1] : mean, y = a->target[i];
        *left += (y - told) * (y - told);
        *whole += (y - mean) * (y - mean);
    }
}

static double table_score(const asked *a, double *all)
{
    double right = 0, plain = 0, n = 0;
    for (int64_t i = 0; i < a->count; i++)
        n += !isnan(a->target[i]);
    for (int fold = 0; fold < FOLDS; fold++) {
        fill_table(a, fold, all);
        if (a->classes)
            count_right(a, fold, all, &right, &plain);
        else
            add_errors(a, fold, all, &right, &plain);
    }
    if (!a->classes)
        return plain > 0 ? 1 - right / plain : NAN;
    return n > plain ? (right - plain) / (n - plain) : NAN;
}

/* The square of the correlation of two columns where both are there. */
static double correlation(const double *x, const double *y, int64_t count)
{
    double n = 0, mx = 0, my = 0, xx = 0, yy = 0, xy = 0;
    for (int64_t i = 0; i < count; i++) {
        if (isnan(x[i]) || isnan(y[i]))
            continue;
        n++;
        double dx = x[i] - mx, dy = y[i] - my;
        mx += dx / n, my += dy / n;
        xx += dx * (x[i] - mx), yy += dy * (y[i] - my), xy += dx * (y[i] - my);
    }
    return n > 2 && xx > 0 && yy > 0 ? xy * xy / xx / yy : 0;
}

/* ---------------------------------------------------------------- every column */

static ad_status ask(asked *a, int column)
{
    const looker *l = a->l;
    const double *value = data_values(&l->sample, column);
    ad_look_column *c = data_look_column(l, column);
    a->bins = c->kind == AD_LOOK_CLASS ? classes_as_bins(value, a->count, a->code)
                                       : bins_of(value, a->count, c->different, a->code);
    int64_t width = a->classes ? a->classes : 2;
    if (a->bins > TABLE_MOST / width)
        return AD_OK;
    a->sum = a->bins ? calloc((size_t)(a->bins * width), sizeof *a->sum) : NULL;
    double *all = calloc((size_t)width, sizeof *all);
    ad_status status = a->sum && all ? AD_OK : message_no_memory();
    if (status == AD_OK)
        c->alone = table_score(a, all);
    if (status == AD_OK && !a->classes && c->kind != AD_LOOK_CLASS) {
        double line = correlation(value, a->target, a->count);
        c->alone = !(c->alone > line) ? line : c->alone;
    }
    if (c->alone < 0)
        c->alone = 0;
    free(a->sum);
    free(all);
    return status;
}

/* ---------------------------------------------------------------- leaks */

/* The share that a linear classifier of all other columns gets wrong, over that of the majority. */
static ad_status others_gain(const looker *l, int without, double *gain)
{
    enum { MOST = 5000 };
    const data_sample *s = &l->sample;
    int target = data_target(l);
    const double *y = data_values(s, target);
    int64_t n = 0, classes = s->column[target].field->classes, most = s->first[1];
    int64_t *order = malloc((size_t)(most + 1) * sizeof *order);
    int32_t *label = malloc((size_t)(most + 1) * sizeof *label);
    float *input = NULL, *chance = NULL;
    for (int64_t i = 0; order && label && i < most && n < MOST; i++)
        if (!isnan(y[i]))
            label[n] = (int32_t)y[i], order[n++] = i;
    data_linear d = {
        .label = label, .count = n, .classes = classes, .seed = l->seed, .threads = l->o->threads};
    ad_status status = order && label ? AD_OK : message_no_memory();
    if (status == AD_OK)
        status = data_features(l, order, n, without, true, &input, &d.width);
    chance = status == AD_OK ? calloc((size_t)(n * classes + 1), sizeof *chance) : NULL;
    d.input = input, d.chance = chance;
    if (status == AD_OK)
        status = !chance ? message_no_memory() : d.width ? data_linear_cross(&d) : AD_OK;
    if (status == AD_OK)
        *gain = data_gain(&d);
    free(order);
    free(label);
    free(input);
    free(chance);
    return status;
}

static double best_other(const looker *l, int column)
{
    double best = 0;
    for (int c = 0; c < l->sample.columns; c++) {
        const ad_look_column *k = data_look_column(l, c);
        if (c != column && k->field->use == AD_USE_INPUT && k->alone > best)
            best = k->alone;
    }
    return best;
}

static ad_status is_leak(const looker *l, int column, bool class, bool *leak)
{
    double alone = data_look_column(l, column)->alone, others = 0;
    *leak = alone >= (class ? sure : sure_number);
    if (*leak || !(alone >= likely))
        return AD_OK;
    ad_status status = AD_OK;
    if (class)
        status = others_gain(l, column, &others);
    else
        others = best_other(l, column);
    *leak = status == AD_OK && (1 - alone) * (class ? much : much_number) < 1 - others;
    return status;
}

static bool say_leak(looker *l, int column, bool class)
{
    const ad_look_column *c = data_look_column(l, column);
    const char *target = l->sample.column[0].field->name;
    ad_finding *f =
        class ? data_found(l, "W409", AD_FINDING_WARNING, c->name,
                           "'%s' alone tells '%s': of what the most frequent class gets wrong a "
                           "table of it puts %.4g %% right",
                           c->name, target, 100 * c->alone)
              : data_found(l, "W409", AD_FINDING_WARNING, c->name,
                           "'%s' alone tells '%s' (R2 %.4g)", c->name, target, c->alone);
    return f && data_because(f,
                             "it may be known only afterwards, or be the target in other words; "
                             "a network then learns nothing else",
                             "leave it out (data.skip) unless it is known where the network is to "
                             "be used");
}

static ad_status find_leaks(looker *l, bool class)
{
    ad_status status = AD_OK;
    for (int c = 0; c < l->sample.columns && status == AD_OK; c++) {
        bool leak = false;
        if (l->sample.column[c].field->use != AD_USE_INPUT ||
            l->sample.column[c].kind > AD_LOOK_CLASS || data_is_time(data_look_column(l, c)))
            continue;
        status = is_leak(l, c, class, &leak);
        if (status == AD_OK && leak && !say_leak(l, c, class))
            status = message_no_memory();
    }
    return status;
}

/* ---------------------------------------------------------------- the order of rows */

static ad_status say_order(looker *l, bool class, double share)
{
    bool cut = l->given && l->config->parts.split == AD_SPLIT_IN_ORDER;
    if (class && cut) /* data_classes.c says it */
        return AD_OK;
    const char *target = l->sample.column[0].field->name;
    ad_finding *f =
        class ? data_found(l, "W406", AD_FINDING_WARNING, target,
                           "the rows are in the order of '%s': next to each other %.0f %% have "
                           "another, where %.0f %% would in no order",
                           target, 100 * share, 100 * l->look->majority)
              : data_found(l, "W424", AD_FINDING_NOTE, target,
                           "neighbouring rows have alike '%s' (correlation %.2f)", target, share);
    bool good =
        f && data_because(f,
                          class ? "parts that are cut off in order (data.split: in_order) hold the "
                                  "last classes alone, and batches taken in order one class"
                                : "rows that follow each other in time or place tell of each "
                                  "other, so a random split measures too well",
                          class ? "take data.split: stratified, or random"
                                : "if they follow time take data.split: in_order; if they belong "
                                  "to groups data.group");
    return good ? AD_OK : message_no_memory();
}

/* Neighbours of different classes, against a shuffled order. */
static ad_status order_of_classes(looker *l, const double *y, int64_t count, int64_t classes)
{
    double *share = calloc((size_t)classes + 1, sizeof *share), n = 0, turns = 0, equal = 0,
           last = NAN;
    if (!share)
        return message_no_memory();
    for (int64_t i = 0; i < count; i++) {
        if (isnan(y[i]))
            continue;
        turns += !isnan(last) && y[i] != last;
        share[(int64_t)y[i]]++;
        last = y[i], n++;
    }
    for (int64_t k = 0; k < classes; k++)
        equal += share[k] * (share[k] - 1);
    free(share);
    double expected = n > 1 ? 1 - equal / n / (n - 1) : 0;
    double got = n > 1 ? turns / (n - 1) : 0;
    double error = sqrt(expected * (1 - expected) / n);
    l->look->majority = expected; /* for the words; the classifier sets it later */
    bool follows = n >= ORDER_LEAST && got < expected / 2 && expected - got > 6 * error;
    return follows ? say_order(l, true, got) : AD_OK;
}

static ad_status order_of_numbers(looker *l, const double *y, int64_t count)
{
    double like = count > 1 ? correlation(y, y + 1, count - 1) : 0;
    bool follows = count >= ORDER_LEAST && like > 0.25 && like * (double)count > 36;
    return follows ? say_order(l, false, sqrt(like)) : AD_OK;
}

/* ---------------------------------------------------------------- all */

ad_status data_alone(looker *l)
{
    const data_sample *s = &l->sample;
    int target = data_target(l);
    if (target < 0 || s->column[target].kind > AD_LOOK_CLASS)
        return AD_OK;
    bool class = s->column[target].kind == AD_LOOK_CLASS;
    asked a = {.l = l,
               .target = data_values(s, target),
               .count = s->first[1],
               .classes = class ? s->column[target].field->classes : 0};
    ad_status status = AD_OK;
    if (!l->name[0] && !l->data.schema->running)
        status = class ? order_of_classes(l, a.target, a.count, a.classes)
                       : order_of_numbers(l, a.target, a.count);
    if (a.count < EXAMPLES_LEAST || (class && a.classes < 2))
        return status;
    a.code = malloc((size_t)(a.count + 1) * sizeof *a.code);
    status = a.code || status != AD_OK ? status : message_no_memory();
    for (int c = 0; c < s->columns && status == AD_OK; c++)
        if (s->column[c].field->use == AD_USE_INPUT)
            status = ask(&a, c);
    free(a.code);
    return status == AD_OK ? find_leaks(l, class) : status;
}
