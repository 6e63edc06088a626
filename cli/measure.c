/* Measuring: loss, accuracy and confusion matrix, in batches of 500. */
#include "measure.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { BATCH = 500, SHOWN_CLASSES = 30 };

/* One measuring under way. */
typedef struct measuring {
    measure *m;
    const ad_measure_record *accuracy;
    void *sums;
    ad_program *program; /* feeds image and label; fetches loss, answers and chances */
    ad_batches *batches;
    int image, label; /* fields of a batch */
    ad_progress *progress;
} measuring;

/* The sums over one batch. */
static int add_batch(measuring *w, const ad_batch *b)
{
    measure *m = w->m;
    ad_array feeds[] = {b->array[w->image], b->array[w->label]}, out[3] = {{0}};
    if (ad_run(w->program, feeds, out) != AD_OK)
        return say_error();
    const int32_t *predicted = out[1].data, *labels = feeds[1].data;
    m->loss += ad_array_item(&out[0], 0) * (double)b->count;
    for (int64_t i = 0; i < b->count; i++)
        m->matrix[labels[i] * m->classes + predicted[i]]++;
    m->count += b->count;
    ad_array pair[] = {out[2], feeds[1]};
    return w->accuracy->add(w->sums, pair, b->count) == AD_OK ? EXIT_DONE : say_error();
}

static int add_all(measuring *w)
{
    ad_batch b;
    int code = EXIT_DONE;
    do {
        if (ad_batches_next(w->batches, &b) != AD_OK)
            return say_error();
        if (b.count)
            code = add_batch(w, &b);
        ad_progress_update(w->progress, w->m->count, NULL);
    } while (code == EXIT_DONE && b.count);
    w->m->loss /= w->m->count > 0 ? (double)w->m->count : 1;
    w->accuracy->value(w->sums, &w->m->accuracy);
    return code;
}

static int prepare(measuring *w, const ad_run_network *n, ad_source *source)
{
    w->accuracy = ad_measure_find("accuracy");
    w->image = ad_source_find(source, "image");
    w->label = ad_source_find(source, "label");
    w->sums = calloc(1, w->accuracy->bytes);
    w->m->matrix = calloc((size_t)(w->m->classes * w->m->classes) + 1, sizeof *w->m->matrix);
    if (!w->sums || !w->m->matrix)
        return say_no_memory();
    w->batches = ad_batches_new(source, .size = BATCH, .order = AD_ORDER_AS_IS);
    w->program = ad_compile(n->state, .fetch = {n->loss, n->predicted, n->logits},
                            .feed = {n->image, n->label});
    return w->batches && w->program ? EXIT_DONE : say_error();
}

int measure_run(measure *m, const ad_run_network *n, ad_source *source, const char *label)
{
    *m = (measure){.classes = ad_tensor_shape(n->logits).size[1]};
    measuring w = {.m = m, .progress = ad_progress_new(STDERR_FILENO)};
    ad_progress_begin(w.progress, label, ad_source_count(source));
    int code = prepare(&w, n, source);
    if (code == EXIT_DONE)
        code = add_all(&w);
    ad_progress_free(w.progress);
    ad_program_free(w.program);
    ad_batches_free(w.batches);
    free(w.sums);
    return code;
}

void measure_done(measure *m)
{
    free(m->matrix);
    m->matrix = NULL;
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

static int name_width(const measure *m, const char *const *names)
{
    int width = 0;
    for (int64_t i = 0; names && i < m->classes; i++)
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

void measure_print(const measure *m, const char *const *names)
{
    if (m->classes > SHOWN_CLASSES) {
        printf("confusion matrix of %lld classes: see --json\n", (long long)m->classes);
        return;
    }
    int cell = cell_width(m), width = name_width(m, names);
    printf("confusion matrix: a row for each true class, a column for each answer\n\n%*s",
           3 + digits(m->classes - 1) + width, "");
    for (int64_t j = 0; j < m->classes; j++)
        printf("%*lld", cell, (long long)j);
    printf("     right\n");
    for (int64_t i = 0; i < m->classes; i++)
        print_row(m, i, names ? names[i] : "", width, cell);
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

void measure_print_json(const measure *m)
{
    printf("\"metrics\": {");
    print_metric("accuracy", m->accuracy.value, m->accuracy.low, m->accuracy.high);
    printf(", ");
    print_metric("loss", m->loss, m->loss, m->loss);
    printf("}, \"confusion\": ");
    for (int64_t i = 0; i < m->classes * m->classes; i++) {
        const char *before = i == 0 ? "[[" : i % m->classes == 0 ? "], [" : ", ";
        printf("%s%lld", before, (long long)m->matrix[i]);
    }
    printf("]]");
}

void measure_print_last(const measure *m)
{
    printf("test accuracy %.2f %%\n", 100 * m->accuracy.value);
}
