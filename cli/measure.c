/* Measuring: loss, accuracy and confusion matrix, in batches of 500. */
#include "measure.h"

#include <stdio.h>
#include <stdlib.h>

#include "loader.h"

enum { BATCH = 500, SHOWN_CLASSES = 30 };

/* The sums over one batch. */
static int add_batch(measure *m, ad_program *program, const batch *b, const ad_dataset_info *info)
{
    ad_array feeds[] = {
        ad_u8(b->images, AD_SHAPE(b->count, info->height, info->width, info->channels)),
        ad_i32(b->labels, AD_SHAPE(b->count))};
    ad_array out[2] = {{0}};
    if (ad_run(program, feeds, out) != AD_OK)
        return say_error();
    const int32_t *predicted = out[1].data;
    m->loss += ad_array_item(&out[0], 0) * (double)b->count;
    for (int64_t i = 0; i < b->count; i++) {
        m->right += predicted[i] == b->labels[i];
        m->matrix[b->labels[i] * m->classes + predicted[i]]++;
    }
    m->count += b->count;
    return EXIT_DONE;
}

static int add_all(measure *m, ad_program *program, const ad_dataset *data, loader *l,
                   ad_progress *progress)
{
    int code = EXIT_DONE;
    for (const batch *b; code == EXIT_DONE && (b = loader_next(l)) != NULL;) {
        code = add_batch(m, program, b, ad_dataset_about(data));
        ad_progress_update(progress, m->count, NULL);
    }
    m->loss /= m->count > 0 ? (double)m->count : 1;
    return code;
}

static int64_t *in_order(int64_t count)
{
    int64_t *order = malloc((size_t)count * sizeof *order + 1);
    for (int64_t i = 0; order && i < count; i++)
        order[i] = i;
    return order;
}

int measure_run(measure *m, ad_program *program, const ad_dataset *data, int64_t outputs,
                ad_progress *progress, const char *label)
{
    int64_t count = ad_dataset_about(data)->count;
    *m = (measure){.classes = outputs};
    m->matrix = calloc((size_t)(outputs * outputs) + 1, sizeof *m->matrix);
    int64_t *order = in_order(count);
    loader *l = order && m->matrix ? loader_new(data, order, 0, BATCH) : NULL;
    ad_progress_begin(progress, label, count);
    int code = l ? add_all(m, program, data, l, progress) : say_no_memory();
    loader_free(l);
    free(order);
    return code;
}

void measure_done(measure *m)
{
    free(m->matrix);
    m->matrix = NULL;
}

double measure_accuracy(const measure *m)
{
    return m->count > 0 ? (double)m->right / (double)m->count : 0;
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

void measure_print_json(const measure *m)
{
    for (int64_t i = 0; i < m->classes * m->classes; i++) {
        const char *before = i == 0 ? "[[" : i % m->classes == 0 ? "], [" : ", ";
        printf("%s%lld", before, (long long)m->matrix[i]);
    }
    printf("]]");
}

void measure_print_last(const measure *m)
{
    printf("test accuracy %.2f %%\n", 100 * measure_accuracy(m));
}
