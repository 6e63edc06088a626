/* Ceilings of the rows that memory limits: the same memory moved with nothing or little between.
 *
 *   copy         y = x, by the C library or by vectors that ask for what comes
 *   hand-fused   y = gelu(x w + b) in one pass (bench/hand_gelu.c)
 *
 * Each is the median over rounds of its fastest form, on as many threads as the row has, arrays of
 * the row's size. */
#include "bench.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { AHEAD = 1024, LINE = 16 /* floats */ };

typedef struct moving {
    int threads;
    int64_t rows, columns;
    float *x, *y, *w, *b;
    gelu_row *gelu;
} moving;

static void my_rows(const moving *m, int thread, int64_t *first, int64_t *end)
{
    *first = m->rows * thread / m->threads;
    *end = m->rows * (thread + 1) / m->threads;
}

static void copy_by_library(void *user, int thread)
{
    const moving *m = user;
    int64_t first, end;
    my_rows(m, thread, &first, &end);
    memcpy(m->y + first * m->columns, m->x + first * m->columns,
           (size_t)((end - first) * m->columns) * sizeof *m->x);
}

typedef float line __attribute__((vector_size(LINE * sizeof(float))));

static void copy_by_lines(void *user, int thread)
{
    const moving *m = user;
    int64_t first, end;
    my_rows(m, thread, &first, &end);
    for (int64_t i = first * m->columns; i < end * m->columns; i += LINE) {
        __builtin_prefetch(m->x + i + AHEAD);
        __builtin_prefetch(m->y + i + AHEAD, 1);
        *(line *)(void *)(m->y + i) = *(const line *)(const void *)(m->x + i);
    }
}

static void gelu_rows(void *user, int thread)
{
    const moving *m = user;
    int64_t first, end;
    my_rows(m, thread, &first, &end);
    for (int64_t r = first; r < end; r++)
        m->gelu(m->columns, m->x + r * m->columns, m->w, m->b, m->y + r * m->columns);
}

/* Values from -4 to 4 in turn. */
static bool open_moving(moving *m)
{
    size_t bytes = (size_t)(m->rows * m->columns) * sizeof(float);
    size_t row = ((size_t)m->columns * sizeof(float) + 63) / 64 * 64;
    m->x = aligned_alloc(64, bytes), m->y = aligned_alloc(64, bytes);
    m->w = aligned_alloc(64, row), m->b = aligned_alloc(64, row);
    if (!m->x || !m->y || !m->w || !m->b)
        return false;
    memset(m->y, 0, bytes);
    for (int64_t i = 0; i < m->rows * m->columns; i++)
        m->x[i] = (float)(i % 8009) * 1e-3f - 4;
    for (int64_t i = 0; i < m->columns; i++)
        m->w[i] = 1 + (float)i / (float)m->columns, m->b[i] = (float)(i % 3) - 1;
    return true;
}

static void close_moving(moving *m)
{
    free(m->x), free(m->y), free(m->w), free(m->b);
}

static double faster(double a, double b)
{
    return a < b ? a : b;
}

double ceiling_copy(int threads, double seconds)
{
    moving m = {.threads = threads, .rows = ROWS, .columns = COLUMNS};
    double ms = NAN;
    if (open_moving(&m))
        ms = 1e3 * faster(bench_together(threads, seconds / 2, copy_by_library, &m).median,
                          bench_together(threads, seconds / 2, copy_by_lines, &m).median);
    close_moving(&m);
    return ms;
}

/* A loop that is fast and wrong is no ceiling. */
static bool is_gelu(const moving *m)
{
    for (int64_t i = 0; i < m->rows * m->columns; i += 1009) {
        double v = (double)m->x[i] * m->w[i % m->columns] + m->b[i % m->columns];
        double y = 0.5 * v * (1 + erf(v * sqrt(0.5)));
        if (!(fabs(y - (double)m->y[i]) <= 2e-6 * (1 + fabs(v))))
            return false;
    }
    return true;
}

double ceiling_gelu(int threads, double seconds)
{
    moving m = {.threads = threads, .rows = GELU_ROWS, .columns = COLUMNS};
    double ms = INFINITY;
    bool opened = open_moving(&m);
    for (int i = 0; opened && (m.gelu = hand_gelu(i)) != NULL; i++) {
        double median = bench_together(threads, seconds / 2, gelu_rows, &m).median;
        ms = is_gelu(&m) ? faster(ms, 1e3 * median) : ms;
    }
    close_moving(&m);
    return isfinite(ms) ? ms : NAN;
}
