/* Factors of matrices: see factor.h. */
#include "op/more/factor.h"

#include <math.h>
#include <string.h>

#include "core/backend.h"
#include "core/order.h"

enum {
    SIDE = 16,     /* rows of what is done number by number, and columns reflected at once */
    ACROSS = 64,   /* columns that are solved side by side */
    TRIANGLE = 96, /* rows of a product of which a half is wanted */
};

/* A register of any machine; GROUP of them are worked on at once. */
typedef double pair __attribute__((vector_size(16), aligned(8), may_alias));
enum { GROUP = 4, GROUP_COLUMNS = 2 * GROUP };

int64_t factor_lu_work(int64_t n)
{
    return n * SIDE;
}

int64_t factor_qr_work(int64_t m, int64_t n)
{
    return m * n + n + m * SIDE + SIDE * SIDE + SIDE * n;
}

/* Where n is cut in two. */
static int64_t half_of(int64_t n)
{
    return (n / 2 + SIDE - 1) / SIDE * SIDE;
}

struct matrix {
    const double *at;
    int64_t row, column;
};

/* In the order of core/order.h. */
static void subtract_plainly(const struct subtract *s)
{
    for (int64_t i = 0; i < s->m; i++)
        for (int64_t j = 0; j < s->n; j++) {
            double total = 0;
            for (int64_t begin = 0; begin < s->k; begin += AD_K_CHUNK) {
                int64_t end = begin + AD_K_CHUNK < s->k ? begin + AD_K_CHUNK : s->k;
                double sum = 0;
                for (int64_t k = begin; k < end; k++)
                    sum = fma(s->a[i * s->a_row + k * s->a_column],
                              s->b[k * s->b_row + j * s->b_column], sum);
                total = begin ? total + sum : sum;
            }
            s->c[i * s->c_row + j * s->c_column] -= total;
        }
}

/* C (m, n) -= A (m, k) B (k, n), or its transpose where the columns of that are neighbours. */
static void subtract(const struct factor_help *help, int64_t m, int64_t n, int64_t k,
                     struct matrix a, struct matrix b, struct matrix c)
{
    double *to = (double *)(uintptr_t)c.at;
    /* clang-format off */
    struct subtract s = {m, n, k, a.at, a.row, a.column, b.at, b.row, b.column,
                         to, c.row, c.column, help->alone};
    if (c.row == 1 || c.row == -1)
        s = (struct subtract){n, m, k, b.at, b.column, b.row, a.at, a.column, a.row,
                              to, c.column, c.row, help->alone};
    /* clang-format on */
    ad_context *context = help->context;
    if (!context || !context->backend->subtract || !context->backend->subtract(context, &s))
        subtract_plainly(&s);
}

#define MATRIX(...) ((struct matrix){__VA_ARGS__})

/* ---- triangles */

/* A few columns of B, side by side in x. */
static void solve_piece(const double *t, double *b, int64_t n, int64_t count,
                        struct factor_strides s, bool unit)
{
    pair x[SIDE * ACROSS / 2] = {{0}};
    int64_t width = (count + GROUP_COLUMNS - 1) / GROUP_COLUMNS * GROUP;
    for (int64_t j = 0; j < count; j++)
        for (int64_t i = 0; i < n; i++)
            ((double *)&x[i * width])[j] = b[i * s.b_row + j * s.b_column];
    for (int64_t i = 0; i < n; i++) {
        double pivot = unit ? 1 : t[i * (s.t_row + s.t_column)];
        for (pair *at = x + i * width, *from = x; from < x + width; at += GROUP, from += GROUP) {
            pair p = at[0], q = at[1], r = at[2], u = at[3];
            for (int64_t k = 0; k < i; k++) {
                double factor = t[i * s.t_row + k * s.t_column];
                const pair *other = from + k * width;
                p -= factor * other[0], q -= factor * other[1];
                r -= factor * other[2], u -= factor * other[3];
            }
            at[0] = p / pivot, at[1] = q / pivot, at[2] = r / pivot, at[3] = u / pivot;
        }
    }
    for (int64_t j = 0; j < count; j++)
        for (int64_t i = 0; i < n; i++)
            b[i * s.b_row + j * s.b_column] = ((double *)&x[i * width])[j];
}

void factor_solve(const struct factor_help *help, const double *t, double *b, int64_t n,
                  int64_t count, struct factor_strides s, bool unit)
{
    if (n <= SIDE) {
        for (int64_t j = 0; j < count; j += ACROSS)
            solve_piece(t, b + j * s.b_column, n, count - j < ACROSS ? count - j : ACROSS, s, unit);
        return;
    }
    int64_t n1 = half_of(n);
    factor_solve(help, t, b, n1, count, s, unit);
    subtract(help, n - n1, count, n1, MATRIX(t + n1 * s.t_row, s.t_row, s.t_column),
             MATRIX(b, s.b_row, s.b_column), MATRIX(b + n1 * s.b_row, s.b_row, s.b_column));
    factor_solve(help, t + n1 * (s.t_row + s.t_column), b + n1 * s.b_row, n - n1, count, s, unit);
}

/* ---- Cholesky */

/* The lower half of C -= A A^T; what is above may change too. */
static void subtract_half(const struct factor_help *help, int64_t n, int64_t k, const double *a,
                          double *c, int64_t row)
{
    if (n <= TRIANGLE) {
        subtract(help, n, n, k, MATRIX(a, row, 1), MATRIX(a, 1, row), MATRIX(c, row, 1));
        return;
    }
    int64_t n1 = half_of(n);
    const double *low = a + n1 * row;
    subtract_half(help, n1, k, a, c, row);
    subtract(help, n - n1, n1, k, MATRIX(low, row, 1), MATRIX(a, 1, row),
             MATRIX(c + n1 * row, row, 1));
    subtract_half(help, n - n1, k, low, c + n1 * (row + 1), row);
}

static int64_t cholesky_piece(double *a, int64_t n, int64_t row)
{
    for (int64_t j = 0; j < n; j++) {
        double pivot = a[j * row + j];
        for (int64_t k = 0; k < j; k++)
            pivot -= a[j * row + k] * a[j * row + k];
        a[j * row + j] = pivot;
        if (!(pivot > 0))
            return j;
        a[j * row + j] = sqrt(pivot);
        for (int64_t i = j + 1; i < n; i++) {
            double sum = a[i * row + j];
            for (int64_t k = 0; k < j; k++)
                sum -= a[i * row + k] * a[j * row + k];
            a[i * row + j] = sum / a[j * row + j];
        }
    }
    return -1;
}

static int64_t cholesky_part(const struct factor_help *help, double *a, int64_t n, int64_t row)
{
    if (n <= SIDE)
        return cholesky_piece(a, n, row);
    int64_t n1 = half_of(n);
    double *low = a + n1 * row, *rest = low + n1;
    int64_t bad = cholesky_part(help, a, n1, row);
    if (bad >= 0)
        return bad;
    /* L21 L11^T = A21, transposed */
    factor_solve(help, a, low, n1, n - n1, (struct factor_strides){row, 1, 1, row}, false);
    subtract_half(help, n - n1, n1, low, rest, row);
    bad = cholesky_part(help, rest, n - n1, row);
    return bad < 0 ? bad : bad + n1;
}

int64_t factor_cholesky(const struct factor_help *help, double *a, int64_t n)
{
    int64_t bad = cholesky_part(help, a, n, n);
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = i + 1; j < n; j++)
            a[i * n + j] = 0;
    return bad;
}

/* ---- LU */

void factor_exchange(double *a, double *b, int64_t n)
{
    for (int64_t i = 0; i < n && a != b; i++) {
        double kept = a[i];
        a[i] = b[i], b[i] = kept;
    }
}

/* Some columns of A, from row and column first on, to rows of step numbers side by side, or back:
 * rows that are a power of two apart push each other out of the cache. */
static void copy_panel(double *a, int64_t rows, int64_t n, int64_t columns, double *panel,
                       int64_t step, bool back)
{
    for (int64_t i = 0; i < rows; i++) {
        double *row = a + i * n, *to = back ? row : panel + i * step;
        memcpy(to, back ? panel + i * step : row, (size_t)columns * sizeof *to);
    }
}

/* Rows and columns from first on; whole rows of A are exchanged, and those of the panel. */
static void lu_piece(double *a, int64_t n, int64_t first, int64_t columns, int32_t *pivot,
                     double *panel)
{
    int64_t rows = n - first;
    double *corner = a + first * (n + 1);
    memset(panel, 0, (size_t)(rows * SIDE) * sizeof *panel);
    copy_panel(corner, rows, n, columns, panel, SIDE, false);
    for (int64_t j = 0; j < columns; j++) {
        int64_t best = j;
        for (int64_t i = j + 1; i < rows; i++)
            best = fabs(panel[i * SIDE + j]) > fabs(panel[best * SIDE + j]) ? i : best;
        double *from = panel + j * SIDE;
        pivot[first + j] = (int32_t)(first + best);
        factor_exchange(from, panel + best * SIDE, SIDE);
        factor_exchange(a + (first + j) * n, a + (first + best) * n, n);
        for (double *row = from + SIDE; row < panel + rows * SIDE && from[j] != 0; row += SIDE) {
            double factor = row[j] / from[j];
            for (int64_t k = (j + 1) / 2 * 2; k < SIDE; k += 2)
                *(pair *)(row + k) -= factor * *(pair *)(from + k);
            row[j] = factor; /* which may have been the other half of a pair */
        }
    }
    copy_panel(corner, rows, n, columns, panel, SIDE, true);
}

static void lu_part(const struct factor_help *help, double *a, int64_t n, int64_t first,
                    int64_t columns, int32_t *pivot, double *panel)
{
    if (columns <= SIDE) {
        lu_piece(a, n, first, columns, pivot, panel);
        return;
    }
    int64_t left = half_of(columns), next = first + left, right = columns - left;
    lu_part(help, a, n, first, left, pivot, panel);
    double *corner = a + first * (n + 1), *above = a + first * n + next;
    factor_solve(help, corner, above, left, right, (struct factor_strides){n, 1, n, 1}, true);
    subtract(help, n - next, right, left, MATRIX(a + next * n + first, n, 1), MATRIX(above, n, 1),
             MATRIX(a + next * (n + 1), n, 1));
    lu_part(help, a, n, next, right, pivot, panel);
}

void factor_lu(const struct factor_help *help, double *a, int64_t n, int32_t *pivot, double *work)
{
    lu_part(help, a, n, 0, n, pivot, work);
}

/* ---- QR */

/* A column from its diagonal on becomes v with v[0] = 1, left out; the diagonal becomes R's.
 * I - tau v v^T is the reflection. */
static double reflection(double *x, int64_t count, int64_t step)
{
    double most = 0, sum = 0;
    for (int64_t i = 1; i < count; i++)
        most = most < fabs(x[i * step]) ? fabs(x[i * step]) : most;
    if (most == 0)
        return 0;
    double first = x[0];
    most = most < fabs(first) ? fabs(first) : most;
    for (int64_t i = 0; i < count; i++)
        sum += x[i * step] / most * (x[i * step] / most);
    double norm = most * sqrt(sum),
           beta = first > 0 || (first == 0 && !signbit(first)) ? -norm : norm;
    for (int64_t i = 1; i < count; i++)
        x[i * step] = x[i * step] / (first - beta);
    x[0] = beta;
    return (beta - first) / beta;
}

/* Reflects the n columns of A, one after the other. */
static void qr_piece(double *a, int64_t m, int64_t n, double *tau)
{
    double along[SIDE];
    for (int64_t j = 0; j < n; j++) {
        double *v = a + j * n + j;
        tau[j] = reflection(v, m - j, n);
        int64_t others = n - j - 1;
        for (int64_t k = 0; k < others; k++)
            along[k] = v[1 + k];
        for (int64_t i = 1; i < m - j; i++)
            for (int64_t k = 0; k < others; k++)
                along[k] += v[i * n] * v[i * n + 1 + k];
        for (int64_t k = 0; k < others; k++)
            along[k] *= tau[j], v[1 + k] -= along[k];
        for (int64_t i = 1; i < m - j; i++)
            for (int64_t k = 0; k < others; k++)
                v[i * n + 1 + k] -= v[i * n] * along[k];
    }
}

/* Several reflections as one, I - V T V^T (Schreiber and Van Loan 1989). */
struct block {
    double *v, *t, *w; /* V (rows, count), T (SIDE, SIDE), room for (count, columns) */
    int64_t rows, count;
};

static void take_block(struct block *b, const double *a, int64_t n, int64_t first,
                       const double *tau)
{
    int64_t c = b->count;
    for (int64_t i = 0; i < b->rows; i++)
        for (int64_t k = 0; k < c; k++)
            b->v[i * c + k] = i < k ? 0 : i == k ? 1 : a[(first + i) * n + first + k];
    for (int64_t j = 0; j < c; j++) {
        double dot[SIDE] = {0};
        for (int64_t i = j; i < b->rows; i++)
            for (int64_t k = 0; k < j; k++)
                dot[k] += b->v[i * c + k] * b->v[i * c + j];
        for (int64_t k = 0; k < j; k++) {
            double sum = 0;
            for (int64_t l = k; l < j; l++)
                sum += b->t[k * SIDE + l] * dot[l];
            b->t[k * SIDE + j] = -tau[first + j] * sum;
            b->t[j * SIDE + k] = 0;
        }
        b->t[j * SIDE + j] = tau[first + j];
    }
}

/* C -= V T V^T C, or with T^T. */
static void apply_block(const struct factor_help *help, const struct block *b, bool transposed,
                        double *c, int64_t columns, int64_t row)
{
    int64_t count = b->count;
    for (int64_t i = 0; i < count * columns; i++)
        b->w[i] = 0;
    subtract(help, count, columns, b->rows, MATRIX(b->v, 1, count), MATRIX(c, row, 1),
             MATRIX(b->w, columns, 1));
    for (int64_t j = 0; j < columns; j++) {
        double x[SIDE];
        for (int64_t k = 0; k < count; k++)
            x[k] = b->w[k * columns + j];
        for (int64_t k = 0; k < count; k++) {
            double sum = 0;
            for (int64_t l = 0; l < count; l++)
                sum += b->t[transposed ? l * SIDE + k : k * SIDE + l] * x[l];
            b->w[k * columns + j] = -sum;
        }
    }
    subtract(help, b->rows, columns, count, MATRIX(b->v, count, 1), MATRIX(b->w, columns, 1),
             MATRIX(c, row, 1));
}

void factor_qr(const struct factor_help *help, const double *given, int64_t m, int64_t n, double *q,
               double *r, double *work)
{
    double *a = work, *tau = a + m * n, *v = tau + n, *t = v + m * SIDE;
    struct block b = {v, t, t + SIDE * SIDE, 0, 0};
    for (int64_t i = 0; i < m * n; i++)
        a[i] = given[i], q[i] = i / n == i % n;
    for (int64_t j = 0; j < n; j += SIDE) {
        int64_t end = j + SIDE < n ? j + SIDE : n;
        b.rows = m - j, b.count = end - j;
        copy_panel(a + j * (n + 1), b.rows, n, b.count, b.v, b.count, false);
        qr_piece(b.v, b.rows, b.count, tau + j);
        copy_panel(a + j * (n + 1), b.rows, n, b.count, b.v, b.count, true);
        if (end == n)
            break;
        take_block(&b, a, n, j, tau);
        apply_block(help, &b, true, a + j * n + end, n - end, n);
    }
    for (int64_t i = 0; i < n * n; i++)
        r[i] = i / n <= i % n ? a[i] : 0;
    for (int64_t j = n > 0 ? (n - 1) / SIDE * SIDE : -1; j >= 0; j -= SIDE) {
        b.rows = m - j, b.count = j + SIDE < n ? SIDE : n - j;
        take_block(&b, a, n, j, tau);
        apply_block(help, &b, false, q + j * n + j, n - j, n);
    }
}
