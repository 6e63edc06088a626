/* Factors of matrices: see factor.h. */
#include "op/more/factor.h"

#include <math.h>
#include <string.h>

#include "core/backend.h"

enum {
    SIDE = SUBTRACT_ROOM, /* rows or columns that are factored one by one */
    STRIP = 64,           /* rows of a product of which a half is wanted */
    ACROSS = 64,          /* columns that are solved by one task */
};

int64_t factor_step(int64_t columns)
{
    return (columns + SIDE - 1) / SIDE * SIDE + SIDE + SIDE / 2;
}

int64_t factor_lu_work(int64_t n)
{
    return SIDE * factor_step(n);
}

int64_t factor_qr_work(int64_t m, int64_t n)
{
    return n + 3 * n * SIDE + SIDE * SIDE + (n + SIDE) * m;
}

/* Where n is cut in two. */
static int64_t half_of(int64_t n)
{
    return (n / 2 + SIDE - 1) / SIDE * SIDE;
}

static void subtract_plainly(const struct subtract *s)
{
    for (int64_t i = 0; i < s->m; i++)
        for (int64_t j = 0; j < s->n; j++)
            for (int64_t begin = 0; begin < s->k; begin += SUBTRACT_CHUNK) {
                int64_t end = begin + SUBTRACT_CHUNK < s->k ? begin + SUBTRACT_CHUNK : s->k;
                double sum = 0;
                for (int64_t k = begin; k < end; k++) {
                    double a = s->a[i * s->a_row + k * s->a_column];
                    sum = fma(s->plus ? a : -a, s->b[k * s->b_row + j], sum);
                }
                s->c[i * s->c_row + j] += sum;
            }
}

static void subtract(const struct factor_help *help, struct subtract s)
{
    ad_context *context = help->context;
    s.alone = help->alone;
    if (s.m && s.n && s.k &&
        !(context && context->backend->subtract && context->backend->subtract(context, &s)))
        subtract_plainly(&s);
}

/* Two numbers: a register of any machine. */
typedef double pair __attribute__((vector_size(16), aligned(8), may_alias));
typedef int64_t bits __attribute__((vector_size(16)));

/* Numbers by one number; where 1 / by is beyond all numbers, exactly. */
static void divide(double *x, int64_t n, double by)
{
    double factor = 1 / by;
    int64_t i = 0;
    if (isinf(factor) && by != 0) {
        for (; i < n; i++)
            x[i] /= by;
        return;
    }
    for (; i + 4 <= n; i += 4) {
        pair *at = (pair *)(x + i);
        at[0] *= factor, at[1] *= factor;
    }
    for (; i < n; i++)
        x[i] *= factor;
}

/* ---- triangles */

/* Row after row. */
static void solve_piece(const struct factor_help *help, const struct factor_system *s)
{
    for (int64_t i = 0; i < s->n; i++) {
        double *row = s->b + i * s->b_row;
        subtract(help, (struct subtract){1, s->count, i, s->t + i * s->t_row, 0, s->t_column, s->b,
                                         s->b_row, row, 0, false, false});
        if (!s->unit)
            divide(row, s->count, s->t[i * (s->t_row + s->t_column)]);
    }
}

static void solve_part(const struct factor_help *help, struct factor_system s)
{
    int64_t n = s.n;
    if (n <= SIDE) {
        solve_piece(help, &s);
        return;
    }
    struct factor_system next = s;
    s.n = half_of(n), next.n = n - s.n;
    next.t += s.n * (s.t_row + s.t_column), next.b += s.n * s.b_row;
    solve_part(help, s);
    subtract(help, (struct subtract){next.n, s.count, s.n, s.t + s.n * s.t_row, s.t_row, s.t_column,
                                     s.b, s.b_row, next.b, s.b_row, false, false});
    solve_part(help, next);
}

struct solve_tasks {
    ad_context *context;
    struct factor_system system;
};

static void solve_task(void *argument, int task, int thread)
{
    const struct solve_tasks *t = argument;
    struct factor_system s = t->system;
    (void)thread;
    int64_t first = (int64_t)task * ACROSS;
    s.b += first, s.count = s.count - first < ACROSS ? s.count - first : ACROSS;
    solve_part(&(struct factor_help){t->context, true}, s);
}

void factor_solve(const struct factor_help *help, struct factor_system s)
{
    struct solve_tasks t = {help->context, s};
    int64_t tasks = (s.count + ACROSS - 1) / ACROSS;
    if (help->alone || !help->context || tasks < 2 || tasks > INT32_MAX)
        solve_part(help, s);
    else
        threads_run(help->context->threads, (int)tasks, false, solve_task, &t);
}

/* ---- Cholesky */

/* Some rows, each over all columns from the first one's diagonal on. */
static int64_t cholesky_piece(const struct factor_help *help, double *a, int64_t step, int64_t n,
                              int64_t first, int64_t rows)
{
    double *corner = a + first * (step + 1);
    for (int64_t j = 0; j < rows; j++) {
        double *row = corner + j * step, pivot;
        subtract(help, (struct subtract){1, n - first, j, corner + j, 0, step, corner, step, row, 0,
                                         false, false});
        pivot = row[j];
        if (!(pivot > 0))
            return first + j;
        row[j] = sqrt(pivot);
        divide(row + j + 1, n - first - j - 1, row[j]);
    }
    return -1;
}

static int64_t cholesky_part(const struct factor_help *help, double *a, int64_t step, int64_t n,
                             int64_t first, int64_t rows)
{
    if (rows <= SIDE)
        return cholesky_piece(help, a, step, n, first, rows);
    int64_t above = half_of(rows), next = first + above, end = first + rows;
    int64_t bad = cholesky_part(help, a, step, n, first, above);
    for (int64_t i = next; i < end && bad < 0; i += STRIP) {
        double *top = a + first * step + i, *at = a + i * (step + 1);
        int64_t strip = end - i < STRIP ? end - i : STRIP;
        subtract(help, (struct subtract){strip, n - i, above, top, 1, step, top, step, at, step,
                                         false, false});
    }
    return bad < 0 ? cholesky_part(help, a, step, n, next, end - next) : bad;
}

int64_t factor_cholesky(const struct factor_help *help, double *a, int64_t n)
{
    return cholesky_part(help, a, factor_step(n), n, 0, n);
}

/* ---- LU */

void factor_exchange(double *a, double *b, int64_t n)
{
    for (int64_t i = 0; i < n && a != b; i++) {
        double kept = a[i];
        a[i] = b[i], b[i] = kept;
    }
}

static pair larger(pair a, pair b)
{
    bits more = b > a;
    return (pair)((more & (bits)b) | (~more & (bits)a));
}

static pair without_sign(pair a)
{
    return (pair)((bits)a & INT64_MAX);
}

/* The first of the largest from x[j] on, which stays where it is NaN. */
static int64_t largest(const double *x, int64_t j, int64_t n)
{
    pair most[2] = {{fabs(x[j]), fabs(x[j])}, {0, 0}};
    int64_t i = j;
    for (; i + 4 <= n; i += 4) {
        const pair *at = (const pair *)(x + i);
        most[0] = larger(most[0], without_sign(at[0]));
        most[1] = larger(most[1], without_sign(at[1]));
    }
    for (; i < n; i++)
        most[1] = larger(most[1], (pair){fabs(x[i]), 0});
    most[0] = larger(most[0], most[1]);
    double all = most[0][1] > most[0][0] ? most[0][1] : most[0][0];
    for (i = j; i < n && !(fabs(x[i]) == all); i++)
        ;
    return i < n ? i : j;
}

/* Between columns of A and rows of a panel. */
static void turn_panel(double *a, int64_t step, int64_t rows, int64_t columns, double *panel,
                       bool back)
{
    int64_t apart = factor_step(rows);
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < columns; j++)
            if (back)
                a[i * step + j] = panel[j * apart + i];
            else
                panel[j * apart + i] = a[i * step + j];
}

/* A column of a panel: what is above its diagonal is solved, what is below made less. */
static void reduce_column(const struct factor_help *help, double *panel, int64_t apart,
                          int64_t rows, int64_t j)
{
    double *x = panel + j * apart;
    for (int64_t k = 0; k < j; k++)
        for (int64_t i = k + 1; i < j; i++)
            x[i] -= panel[k * apart + i] * x[k];
    subtract(help,
             (struct subtract){1, rows - j, j, x, 0, 1, panel + j, apart, x + j, 0, false, false});
}

/* Rows and columns from first on; whole rows of A are exchanged, and those of the panel. */
static void lu_piece(const struct factor_help *help, double *a, int64_t step, int64_t n,
                     int64_t first, int64_t columns, int32_t *pivot, double *panel)
{
    int64_t rows = n - first, apart = factor_step(rows);
    double *corner = a + first * (step + 1);
    memset(panel, 0, (size_t)(apart * columns) * sizeof *panel);
    turn_panel(corner, step, rows, columns, panel, false);
    for (int64_t j = 0; j < columns; j++) {
        double *x = panel + j * apart;
        reduce_column(help, panel, apart, rows, j);
        int64_t best = largest(x, j, rows);
        pivot[first + j] = (int32_t)(first + best);
        for (int64_t k = 0; k < columns; k++)
            factor_exchange(panel + k * apart + j, panel + k * apart + best, 1);
        factor_exchange(a + (first + j) * step, a + (first + best) * step, n);
        if (x[j] != 0)
            divide(x + j + 1, rows - j - 1, x[j]);
    }
    turn_panel(corner, step, rows, columns, panel, true);
}

static void lu_part(const struct factor_help *help, double *a, int64_t step, int64_t n,
                    int64_t first, int64_t columns, int32_t *pivot, double *panel)
{
    if (columns <= SIDE) {
        lu_piece(help, a, step, n, first, columns, pivot, panel);
        return;
    }
    int64_t left = half_of(columns), next = first + left, right = columns - left;
    lu_part(help, a, step, n, first, left, pivot, panel);
    double *corner = a + first * (step + 1), *above = corner + left, *low = corner + left * step;
    factor_solve(help, (struct factor_system){corner, step, 1, above, step, left, right, true});
    subtract(help, (struct subtract){n - next, right, left, low, step, 1, above, step, low + left,
                                     step, false, false});
    lu_part(help, a, step, n, next, right, pivot, panel);
}

void factor_lu(const struct factor_help *help, double *a, int64_t n, int32_t *pivot, double *work)
{
    lu_part(help, a, factor_step(n), n, 0, n, pivot, work);
}

/* ---- QR: columns of A lie as rows */

static double dot(const double *a, const double *b, int64_t n)
{
    pair sum[4] = {{0}};
    int64_t i = 0;
    for (; i + 8 <= n; i += 8) {
        const pair *p = (const pair *)(a + i), *q = (const pair *)(b + i);
        sum[0] += p[0] * q[0], sum[1] += p[1] * q[1];
        sum[2] += p[2] * q[2], sum[3] += p[3] * q[3];
    }
    for (; i < n; i++)
        sum[0] += (pair){a[i] * b[i], 0};
    sum[0] = (sum[0] + sum[1]) + (sum[2] + sum[3]);
    return sum[0][0] + sum[0][1];
}

/* A column from its diagonal on becomes v with v[0] = 1, left out; the diagonal becomes R's.
 * I - tau v v^T is the reflection.  Squares are taken of numbers near 1. */
static double reflection(double *x, int64_t count)
{
    double first = x[0], most = count < 2 ? 0 : fabs(x[largest(x, 1, count)]);
    int exponent;
    if (most == 0)
        return 0;
    frexp(fmax(most, fabs(first)), &exponent);
    double by = ldexp(1, exponent < -1000 ? 1000 : -exponent);
    for (int64_t i = 0; i < count; i++)
        x[i] *= by;
    double norm = sqrt(dot(x, x, count)) / by,
           beta = first > 0 || (first == 0 && !signbit(first)) ? -norm : norm;
    divide(x + 1, count - 1, (first - beta) * by);
    x[0] = beta;
    return (beta - first) / beta;
}

/* Reflects some columns, one after the other; from column j on they have m - j elements. */
static void qr_piece(const struct factor_help *help, double *a, int64_t step, int64_t m, int64_t n,
                     double *tau)
{
    double along[SIDE];
    for (int64_t j = 0; j < n; j++) {
        double *v = a + j * (step + 1), *others = v + step, kept;
        tau[j] = reflection(v, m - j);
        kept = v[0], v[0] = 1;
        for (int64_t k = 0; k < n - j - 1; k++)
            along[k] = tau[j] * dot(v, others + k * step, m - j);
        subtract(help, (struct subtract){n - j - 1, m - j, 1, along, 1, 0, v, 0, others, step,
                                         false, false});
        v[0] = kept;
    }
}

/* Several reflections as one, I - V T V^T (Schreiber and Van Loan 1989): V (rows, SIDE), its
 * transpose, and T (SIDE, SIDE). */
struct block {
    double *v, *turned, *t;
    int64_t rows, count, step;
    double *w, *z; /* room for (columns, SIDE) */
};

/* From where reflections lie, whose other elements become those of V^T. */
static void take_block(const struct factor_help *help, const struct block *b, const double *tau)
{
    double between[SIDE * SIDE] = {0}; /* V^T V */
    memset(b->t, 0, SIDE * SIDE * sizeof *b->t);
    memset(b->v, 0, (size_t)(b->rows * SIDE) * sizeof *b->v);
    for (int64_t k = 0; k < b->count; k++) {
        double *line = b->turned + k * b->step;
        memset(line, 0, (size_t)k * sizeof *line);
        line[k] = 1;
        for (int64_t i = k; i < b->rows; i++)
            b->v[i * SIDE + k] = line[i];
    }
    subtract(help, (struct subtract){b->count, SIDE, b->rows, b->turned, b->step, 1, b->v, SIDE,
                                     between, SIDE, true, false});
    for (int64_t j = 0; j < b->count; j++) {
        for (int64_t k = 0; k < j; k++) {
            double sum = 0;
            for (int64_t l = k; l < j; l++)
                sum += b->t[k * SIDE + l] * between[l * SIDE + j];
            b->t[k * SIDE + j] = -tau[j] * sum;
        }
        b->t[j * SIDE + j] = tau[j];
    }
}

/* Columns c, which lie as rows: c -= V T V^T c, or with T^T. */
static void apply_block(const struct factor_help *help, const struct block *b, bool transposed,
                        double *c, int64_t columns)
{
    double t[SIDE * SIDE];
    for (int64_t i = 0; i < SIDE * SIDE; i++)
        t[i] = b->t[transposed ? i : i % SIDE * SIDE + i / SIDE];
    memset(b->w, 0, (size_t)(columns * SIDE) * sizeof *b->w);
    memset(b->z, 0, (size_t)(columns * SIDE) * sizeof *b->z);
    subtract(help, (struct subtract){columns, SIDE, b->rows, c, b->step, 1, b->v, SIDE, b->w, SIDE,
                                     true, false});
    subtract(help, (struct subtract){columns, SIDE, SIDE, b->w, SIDE, 1, t, SIDE, b->z, SIDE, true,
                                     false});
    subtract(help, (struct subtract){columns, b->rows, b->count, b->z, SIDE, 1, b->turned, b->step,
                                     c, b->step, false, false});
}

/* That of columns from j on. */
static struct block block_at(double *a, int64_t m, int64_t n, double *work, int64_t j)
{
    int64_t step = factor_step(m);
    double *t = work + n, *w = t + n * SIDE + SIDE * SIDE, *z = w + n * SIDE;
    return (struct block){.v = z + n * SIDE + j * m,
                          .turned = a + j * (step + 1),
                          .t = t + j * SIDE,
                          .rows = m - j,
                          .count = n - j < SIDE ? n - j : SIDE,
                          .step = step,
                          .w = w,
                          .z = z};
}

void factor_qr(const struct factor_help *help, double *a, int64_t m, int64_t n, double *q,
               double *r, double *work)
{
    int64_t step = factor_step(m);
    for (int64_t j = 0; j < n; j += SIDE) {
        struct block b = block_at(a, m, n, work, j);
        qr_piece(help, b.turned, step, b.rows, b.count, work + j);
        for (int64_t i = j; i < j + b.count; i++)
            memcpy(r + i * factor_step(n), a + i * step, (size_t)(i + 1) * sizeof *r);
        take_block(help, &b, work + j);
        apply_block(help, &b, true, b.turned + SIDE * step, n - j - b.count);
    }
    memset(q, 0, (size_t)(n * step) * sizeof *q);
    for (int64_t i = 0; i < n; i++)
        q[i * (step + 1)] = 1;
    for (int64_t j = n > 0 ? (n - 1) / SIDE * SIDE : -1; j >= 0; j -= SIDE) {
        struct block b = block_at(a, m, n, work, j);
        apply_block(help, &b, false, q + j * (step + 1), n - j);
    }
}
