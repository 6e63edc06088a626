/* Factors of matrices: what op/more/linalg.c computes with, in f64.
 *
 * A matrix lies in rows that are factor_step(columns) elements apart: room for whole registers
 * from any column on, and never a power of two, so that rows do not push each other out of the
 * cache.  What is behind a row does not matter.  All is made of few loops over rows and of C -= A B
 * (core/backend.h), which the backend does also for a single row.  Both take their terms in one
 * order, so the bits depend on shapes and numbers alone. */
#ifndef OP_MORE_FACTOR_H
#define OP_MORE_FACTOR_H

#include "core/graph.h"

/* Whose backend multiplies; context is NULL for nobody's.  alone: on the calling thread only. */
struct factor_help {
    ad_context *context;
    bool alone;
};

int64_t factor_step(int64_t columns);

/* Between a matrix (rows, columns) of f32 or f64, whose rows are neighbours, and one as above, or
 * its transpose where turned; back: to the first. */
void factor_move(const struct factor_help *help, ad_type type, void *matrix, int64_t rows,
                 int64_t columns, bool turned, double *a, bool back);

/* The upper half becomes that of (A + A^T) / 2. */
void factor_symmetric(double *a, int64_t n);

/* U of A = U^T U over the upper half of A, the only one that is read; the other is spoiled.
 * Returns the row of the first pivot that is not above 0, which then stands in its place, or -1. */
int64_t factor_cholesky(const struct factor_help *help, double *a, int64_t n);

/* L below a diagonal of ones and U over A: row i was exchanged with row pivot[i] >= i, one after
 * the other, the pivot being the first of the largest below.  work: of factor_lu_work elements. */
int64_t factor_lu_work(int64_t n);
void factor_lu(const struct factor_help *help, double *a, int64_t n, int32_t *pivot, double *work);

/* Two rows change places, or one stays. */
void factor_exchange(double *a, double *b, int64_t n);

/* T, lower triangular, and B (n, count): rows of B may go backward. */
struct factor_system {
    const double *t;
    int64_t t_row, t_column;
    double *b;
    int64_t b_row, n, count;
    bool unit; /* ones on the diagonal, which is not read */
};
/* X of T X = B over B. */
void factor_solve(const struct factor_help *help, struct factor_system s);

/* Of A (m, n), m >= n, given as its transpose, by reflections as LAPACK's (the diagonal of R may be
 * negative; a column that is 0 below the diagonal is not reflected): Q^T (n, m) over q, R^T (n, n)
 * over r but for what is above its diagonal; A is spoiled.  work: of factor_qr_work elements. */
int64_t factor_qr_work(int64_t m, int64_t n);
void factor_qr(const struct factor_help *help, double *a, int64_t m, int64_t n, double *q,
               double *r, double *work);

#endif
