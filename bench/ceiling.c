/* Ceilings of the rows that memory limits: the same memory moved with nothing or little between.
 *
 *   copy         y = x, by the C library, by vectors that ask for what comes, or past the caches
 *   by hand      a row as a loop by hand (bench/hand_gelu.c, hand_rows.c)
 *
 * Each form is the median over rounds, on as many threads as the row has, arrays of the row's size.
 */
#include "bench.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { AHEAD = 1024, LINE = 16 /* floats */ };

typedef struct moving {
    int threads;
    int64_t rows, columns;
    float *x, *y, *w, *b;
    hand_row *hand;
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

static void hand_rows(void *user, int thread)
{
    const moving *m = user;
    int64_t first, end;
    my_rows(m, thread, &first, &end);
    for (int64_t r = first; r < end; r++)
        m->hand(m->columns, m->x + r * m->columns, m->w, m->b, m->y + r * m->columns);
}

#if defined(__SSE2__)
#include <emmintrin.h>

/* Past the caches: what is written is not read first. */
static void copy_past_caches(void *user, int thread)
{
    const moving *m = user;
    int64_t first, end;
    my_rows(m, thread, &first, &end);
    for (int64_t i = first * m->columns; i < end * m->columns; i += LINE)
        for (int k = 0; k < LINE; k += 4)
            _mm_stream_ps(m->y + i + k, _mm_load_ps(m->x + i + k));
    _mm_sfence();
}
#else
#define copy_past_caches copy_by_lines
#endif

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

int ceiling_copy(int threads, double seconds, double ms[CEILING_FORMS])
{
    moving m = {.threads = threads, .rows = ROWS, .columns = COLUMNS};
    static void (*const forms[])(void *, int) = {copy_by_library, copy_by_lines, copy_past_caches};
    enum { FORMS = sizeof forms / sizeof forms[0] };
    bool opened = open_moving(&m);
    for (int i = 0; opened && i < FORMS; i++)
        ms[i] = 1e3 * bench_together(threads, seconds / FORMS, forms[i], &m).median;
    close_moving(&m);
    return opened ? FORMS : 0;
}

/* ---- loops by hand: one that is fast and wrong is no ceiling */

enum { STEP = 97 }; /* rows from one that is checked to the next */

static bool is_near(double value, float found)
{
    return fabs(value - (double)found) <= 1e-5 * (1 + fabs(value));
}

static bool is_gelu(const moving *m, const float *x, const float *y)
{
    for (int64_t i = 0; i < m->columns; i++) {
        double v = (double)x[i] * m->w[i] + m->b[i];
        if (!(fabs(0.5 * v * (1 + erf(v * sqrt(0.5))) - (double)y[i]) <= 2e-6 * (1 + fabs(v))))
            return false;
    }
    return true;
}

static bool is_softmax(const moving *m, const float *x, const float *y)
{
    double sum = 0;
    for (int64_t i = 0; i < m->columns; i++)
        sum += exp((double)x[i]);
    for (int64_t i = 0; i < m->columns; i++)
        if (!is_near((double)m->columns * exp((double)x[i]) / sum, (float)m->columns * y[i]))
            return false;
    return true;
}

static bool is_layer_norm(const moving *m, const float *x, const float *y)
{
    double mean = 0, variance = 0;
    for (int64_t i = 0; i < m->columns; i++)
        mean += (double)x[i] / (double)m->columns;
    for (int64_t i = 0; i < m->columns; i++)
        variance += pow((double)x[i] - mean, 2) / (double)m->columns;
    for (int64_t i = 0; i < m->columns; i++)
        if (!is_near(((double)x[i] - mean) / sqrt(variance + 1e-5) * m->w[i] + m->b[i], y[i]))
            return false;
    return true;
}

static const struct {
    hand_forms *forms;
    bool (*is_right)(const moving *m, const float *x, const float *y);
} loops[] = {{hand_gelu, is_gelu}, {hand_softmax, is_softmax}, {hand_layer_norm, is_layer_norm}};

static bool is_right(const moving *m, hand_forms *forms)
{
    size_t i = 0;
    while (loops[i].forms != forms)
        i++;
    for (int64_t r = 0; r < m->rows; r += STEP)
        if (!loops[i].is_right(m, m->x + r * m->columns, m->y + r * m->columns))
            return false;
    return true;
}

int ceiling_hand(const workload *w, int threads, const char *isa, double seconds,
                 double ms[CEILING_FORMS])
{
    moving m = {.threads = threads, .rows = w->rows, .columns = COLUMNS};
    bool opened = open_moving(&m), right = true;
    int forms = 0;
    for (; opened && right && (m.hand = w->hand(forms, isa)) != NULL; forms++) {
        ms[forms] = 1e3 * bench_together(threads, seconds / HAND_FORMS, hand_rows, &m).median;
        right = is_right(&m, w->hand);
    }
    close_moving(&m);
    return right ? forms : 0;
}
