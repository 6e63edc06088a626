/* Measuring, with a bar; and what was measured in words. */
#include "measure.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fault.h"

enum { SHOWN_CLASSES = 30 };

static void show(void *user, int64_t done)
{
    ad_progress_update(user, done, NULL);
}

int measure_run(measure *m, const options *o, const ad_run_network *n, const ad_run_data *data,
                ad_source *source, const char *label)
{
    ad_progress *progress = ad_progress_new(STDERR_FILENO);
    ad_progress_begin(progress, label, ad_source_count(source));
    ad_status status = ad_run_measure(n, data, source, show, progress, m);
    ad_progress_free(progress);
    if (status == AD_OK && m->unkept)
        say_words(
            "warning: ",
            "the answers take more than 1 GiB and are not kept, so only sums of the task's own "
            "measures are told [W426]\n  metrics of the file, their intervals, curves and "
            "the worst examples need all answers at once\n  measure fewer examples, such as "
            "by data.test_share\n",
            AD_RUN_NO_FAULT);
    return status == AD_OK ? EXIT_DONE : say_run(status, o, NULL);
}

double measure_loss(const measure *m)
{
    return m->measured[0].value;
}

/* ---------------------------------------------------------------- printing */

static int digits(int64_t number)
{
    return snprintf(NULL, 0, "%lld", (long long)number);
}

static int cell_width(const measure *m)
{
    int width = digits(m->classes - 1);
    for (int64_t i = 0; i < m->classes * m->classes; i++)
        width = digits(m->matrix[i]) > width ? digits(m->matrix[i]) : width;
    return width + 2;
}

/* Letters of UTF-8, as a terminal counts them. */
static int letters(const char *name)
{
    int count = 0;
    for (; *name; name++)
        count += ((unsigned char)*name & 0xC0) != 0x80;
    return count;
}

static int name_width(const measure *m, char *const *names, int64_t named)
{
    int width = 0;
    for (int64_t i = 0; names && i < m->classes && i < named; i++)
        width = letters(names[i]) > width ? letters(names[i]) : width;
    return width;
}

static void print_row(const measure *m, int64_t row, const char *name, int width, int cell)
{
    int64_t total = 0, right = m->matrix[row * m->classes + row];
    printf("  %*lld %s%*s", digits(m->classes - 1), (long long)row, name, width - letters(name),
           "");
    for (int64_t j = 0; j < m->classes; j++) {
        int64_t n = m->matrix[row * m->classes + j];
        total += n;
        if (n > 0)
            printf("%*lld", cell, (long long)n);
        else
            printf("%*s", cell, ".");
    }
    if (total > 0)
        printf("   %5.1f %%\n", 100 * (double)right / (double)total);
    else
        printf("       -\n");
}

void measure_print(const measure *m, const ad_run_data *data)
{
    char *const *names = ad_run_names(data);
    int64_t named = ad_run_classes(data); /* the model may give more numbers than that */
    if (m->classes == 0)
        return;
    if (m->classes > SHOWN_CLASSES) {
        printf("confusion matrix of %lld classes: see --json\n", (long long)m->classes);
        return;
    }
    int cell = cell_width(m), width = name_width(m, names, named);
    printf("confusion matrix: a row for each true class, a column for each answer\n\n%*s",
           3 + digits(m->classes - 1) + width, "");
    for (int64_t j = 0; j < m->classes; j++)
        printf("%*lld", cell, (long long)j);
    printf("     right\n");
    for (int64_t i = 0; i < m->classes; i++)
        print_row(m, i, names && i < named ? names[i] : "", width, cell);
}

static void print_metric(const char *name, double value, double low, double high)
{
    printf("\"%s\": {\"value\": ", name);
    print_json_number(value);
    printf(", \"low\": ");
    print_json_number(low);
    printf(", \"high\": ");
    print_json_number(high);
    printf("}");
}

void measure_print_json_list(const ad_measured *list, int count)
{
    for (int i = 0; i < count; i++) {
        printf("%s", i ? ", " : "");
        print_metric(list[i].name, list[i].value, list[i].low, list[i].high);
    }
}

void measure_print_json(const measure *m)
{
    printf("\"metrics\": {");
    measure_print_json_list(m->measured, m->measures);
    printf("}");
    if (m->samples) {
        printf(", \"samples\": ");
        print_json_text(m->samples);
    }
    for (int64_t i = 0; i < m->classes * m->classes; i++) {
        const char *before = i == 0 ? ", \"confusion\": [[" : i % m->classes == 0 ? "], [" : ", ";
        printf("%s%lld", before, (long long)m->matrix[i]);
    }
    printf("%s", m->classes ? "]]" : "");
}

/* Of the record behind a name, which may have options behind it: "top_k(k=3)". */
static bool is_share(const ad_measured *m)
{
    char name[AD_METRIC_NAME_MAX];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(m->name, "("), m->name);
    const ad_metric_record *r = ad_metric_find(name);
    return r && r->share;
}

/* "mae 41.21 (39.8 to 43)": what is a share in percent. */
static void print_one(const ad_measured *m, bool interval)
{
    bool share = is_share(m), told = interval && m->low < m->high;
    if (share)
        printf("%s %.2f %%", m->name, 100 * m->value);
    else
        printf("%s %.4g", m->name, m->value);
    if (share && (told || m->low < m->high))
        printf(" (%.2f to %.2f)", 100 * m->low, 100 * m->high);
    else if (told)
        printf(" (%.4g to %.4g)", m->low, m->high);
}

static void print_measured(const ad_measured *list, int count, bool interval)
{
    for (int i = 0; i < count; i++) {
        printf("%s", i ? ", " : "");
        print_one(&list[i], interval);
    }
}

void measure_print_list(const ad_measured *list, int count)
{
    print_measured(list, count, false);
}

/* What could not be told, or was decided. */
static void print_words(const measure *m)
{
    for (int i = 1; m->metric && i < m->measures; i++)
        if (m->metric[i - 1].words)
            printf("%s: %s\n", m->metric[i - 1].name, m->metric[i - 1].words);
}

/* The loss stands among the measures under another name. */
static bool loss_again(const measure *m)
{
    const ad_measured *log_loss = ad_run_find(m, "log_loss");
    double loss = m->measured[0].value;
    return log_loss && fabs(loss - log_loss->value) <= 1e-3 * fabs(loss);
}

void measure_print_all(const measure *m)
{
    printf("of %lld example%s: ", (long long)m->count, m->count == 1 ? "" : "s");
    int first = loss_again(m) ? 1 : 0;
    print_measured(m->measured + first, m->measures - first, true);
    printf("\n");
    print_words(m);
    if (m->samples)
        printf("%s", m->samples);
    if (m->crossable)
        printf("quantiles crossed in %lld of %lld numbers (%.3g %%), and are given sorted\n",
               (long long)m->crossed, (long long)m->crossable,
               100 * (double)m->crossed / (double)m->crossable);
    if (m->written && m->written < m->count)
        printf("%lld of the texts were written, evenly over the part\n", (long long)m->written);
    if (m->cut)
        printf("%lld of %lld texts did not end within the length that is written at most: see "
               "--length\n",
               (long long)m->cut, (long long)m->written);
}

void measure_print_decision(const measure *m, const ad_run_data *data)
{
    char *const *names = ad_run_names(data);
    int64_t class = data->positive;
    if (!m->metric || !(data->threshold > 0))
        return;
    printf("class %lld%s%s is answered where its chance is %.3g and more: its F1 was largest then "
           "on validation data\n",
           (long long)class, names ? " " : "", names ? names[class] : "", data->threshold);
}

void measure_print_last(const measure *m, const char *part)
{
    const ad_measured *first = m->measures > 1 ? &m->measured[1] : &m->measured[0],
                      *texts = m->written ? ad_run_find(m, "exact_match") : NULL;
    first = texts ? texts : first;
    if (is_share(first))
        printf("%s %s %.2f %%\n", part, first->name, 100 * first->value);
    else
        printf("%s %s %.6g\n", part, first->name, first->value);
}
