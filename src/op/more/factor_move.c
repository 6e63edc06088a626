/* Matrices come to factors and go back: see factor.h.  Square pieces, so that what is read and what
 * is written stays near. */
#include "core/backend.h"
#include "core/context.h"
#include "op/more/factor.h"

enum {
    SIDE = SUBTRACT_ROOM,
    MOVE_LEAST = 1 << 14, /* numbers worth asking other threads */
};

#define MOVE(name, real)                                                                          \
    static inline __attribute__((always_inline)) void name##_line(                                \
        real *x, const int64_t column, double *a, const int64_t columns, const bool back)         \
    {                                                                                             \
        for (int64_t j = 0; j < columns; j++)                                                     \
            if (back)                                                                             \
                x[j * column] = (real)a[j];                                                       \
            else                                                                                  \
                a[j] = x[j * column];                                                             \
    }                                                                                             \
    static void name(real *x, int64_t row, int64_t column, double *a, int64_t step, int64_t rows, \
                     int64_t columns, bool back)                                                  \
    {                                                                                             \
        for (int64_t i = 0; i < rows; i++, x += row, a += step)                                   \
            if (columns < SIDE)                                                                   \
                name##_line(x, column, a, columns, back);                                         \
            else if (back && column == 1)                                                         \
                name##_line(x, 1, a, SIDE, true);                                                 \
            else if (back)                                                                        \
                name##_line(x, column, a, SIDE, true);                                            \
            else if (column == 1)                                                                 \
                name##_line(x, 1, a, SIDE, false);                                                \
            else                                                                                  \
                name##_line(x, column, a, SIDE, false);                                           \
    }
MOVE(move_f32, float)
MOVE(move_f64, double)

struct move {
    ad_type type;
    void *matrix;
    int64_t rows, columns, row, column; /* of A's side */
    double *a;
    bool back;
};

static void move_task(void *argument, int task, int thread)
{
    const struct move *v = argument;
    int64_t step = factor_step(v->columns), i = (int64_t)task * SIDE;
    int64_t high = v->rows - i < SIDE ? v->rows - i : SIDE;
    (void)thread;
    for (int64_t j = 0; j < v->columns; j += SIDE) {
        int64_t wide = v->columns - j < SIDE ? v->columns - j : SIDE,
                at = i * v->row + j * v->column;
        double *a = v->a + i * step + j;
        if (v->type == AD_F32)
            move_f32((float *)v->matrix + at, v->row, v->column, a, step, high, wide, v->back);
        else
            move_f64((double *)v->matrix + at, v->row, v->column, a, step, high, wide, v->back);
    }
}

void factor_move(const struct factor_help *help, ad_type type, void *matrix, int64_t rows,
                 int64_t columns, bool turned, double *a, bool back)
{
    struct move v = {type, matrix, rows, columns, columns, 1, a, back};
    if (turned)
        v = (struct move){type, matrix, columns, rows, 1, columns, a, back};
    int tasks = (int)((v.rows + SIDE - 1) / SIDE);
    if (help->context && !help->alone && rows * columns >= MOVE_LEAST)
        threads_run(help->context->threads, tasks, false, move_task, &v);
    else
        for (int i = 0; i < tasks; i++)
            move_task(&v, i, 0);
}

void factor_symmetric(double *a, int64_t n)
{
    int64_t step = factor_step(n);
    for (int64_t top = 0; top < n; top += SIDE)
        for (int64_t left = top; left < n; left += SIDE)
            for (int64_t i = top; i < n && i < top + SIDE; i++)
                for (int64_t j = left > i ? left : i + 1; j < n && j < left + SIDE; j++)
                    a[i * step + j] = 0.5 * a[i * step + j] + 0.5 * a[j * step + i];
}
