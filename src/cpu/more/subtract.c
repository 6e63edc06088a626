/* C -= A B for ops that factor matrices: tiles of products on C as it lies, with A negated.  Rows
 * are few and terms too, so nothing is planned and only A is copied. */
#include "base/isa.h"
#include "cpu/kernels.h"

enum {
    ROWS = 64,
    COLUMNS = 256,
    WORK = 1 << 18, /* multiplications worth asking other threads */
};

typedef double pair __attribute__((vector_size(16), aligned(8), may_alias));

struct subtraction {
    const struct contract_kernels *kernels;
    const struct subtract *s;
    int64_t row_tasks;
};

static void negate(const double *from, int64_t count, double *to)
{
    int64_t k = 0;
    for (; k + 4 <= count; k += 4) {
        ((pair *)(to + k))[0] = -((const pair *)(from + k))[0];
        ((pair *)(to + k))[1] = -((const pair *)(from + k))[1];
    }
    for (; k < count; k++)
        to[k] = -from[k];
}

/* Some rows of -A, or where those of A itself lie; from term to term it is answered how far. */
static int64_t take_rows(const struct subtract *s, int64_t first, int64_t rows, int64_t term,
                         int64_t terms, double *copy, const void **row)
{
    const double *a = s->a + first * s->a_row + term * s->a_column;
    for (int64_t r = 0; r < rows; r++)
        row[r] = s->plus ? a + r * s->a_row : copy + r * SUBTRACT_CHUNK;
    if (s->plus)
        return s->a_column;
    if (s->a_column == 1)
        for (int64_t r = 0; r < rows; r++)
            negate(a + r * s->a_row, terms, copy + r * SUBTRACT_CHUNK);
    else
        for (int64_t k = 0; k < terms; k++)
            for (int64_t r = 0; r < rows; r++)
                copy[r * SUBTRACT_CHUNK + k] = -a[r * s->a_row + k * s->a_column];
    return 1;
}

/* Registers of the next panel: no more than the room behind a row. */
static int width_of(const struct contract_kernels *kernels, int64_t rows, int64_t left)
{
    if (rows <= kernels->most_wide && left >= 4 * kernels->lanes)
        return 4;
    return left <= kernels->lanes ? 1 : 2;
}

/* Some rows of some columns, all terms. */
static void run_task(void *argument, int task, int thread)
{
    const struct subtraction *t = argument;
    const struct subtract *s = t->s;
    double copy[ROWS * SUBTRACT_CHUNK];
    const void *row[ROWS];
    (void)thread;
    int64_t first = task % t->row_tasks * ROWS, column = task / t->row_tasks * COLUMNS;
    int64_t rows = s->m - first < ROWS ? s->m - first : ROWS;
    int64_t end = s->n - column < COLUMNS ? s->n : column + COLUMNS;
    for (int64_t k = 0; k < s->k; k += SUBTRACT_CHUNK) {
        struct terms terms = {.count = s->k - k < SUBTRACT_CHUNK ? s->k - k : SUBTRACT_CHUNK};
        struct chunk chunk = {.terms = &terms,
                              .runs = 1,
                              .column_step = s->b_row,
                              .apart = t->kernels->lanes,
                              .add = true};
        chunk.row_step = take_rows(s, first, rows, k, terms.count, copy, row);
        for (int64_t j = column, width; j < end; j += width * t->kernels->lanes) {
            width = width_of(t->kernels, rows, end - j);
            t->kernels->multiply_panel(&chunk, (int)width, row, rows, s->b + k * s->b_row + j,
                                       s->c + first * s->c_row + j, s->c_row);
        }
    }
    isa_rest();
}

bool cpu_subtract(ad_context *context, const struct subtract *s)
{
    const struct contract_table *table = cpu_tables(context)->contract;
    struct subtraction t = {NULL, s, (s->m + ROWS - 1) / ROWS};
    int64_t tasks = t.row_tasks * ((s->n + COLUMNS - 1) / COLUMNS);
    if (!table || tasks > INT32_MAX)
        return false;
    t.kernels = table->kernels[1];
    if (!s->alone && tasks > 1 && s->m * s->n * s->k >= WORK)
        threads_run(context->threads, (int)tasks, false, run_task, &t);
    else
        for (int i = 0; i < tasks; i++)
            run_task(&t, i, 0);
    return true;
}
