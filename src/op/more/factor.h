/* Factors of matrices: what op/more/linalg.c computes with, in f64.
 *
 * A matrix is an address and two strides in elements, so that a transpose is a matrix, and an upper
 * triangle read from its end a lower one.  All is made of two things: small pieces of SIDE rows,
 * number by number, and C -= A B, which the backend does for what is large.  Both take their terms
 * in one order (core/order.h for the second), so the bits depend on shapes and numbers alone. */
#ifndef OP_MORE_FACTOR_H
#define OP_MORE_FACTOR_H

#include "core/graph.h"

/* Whose backend multiplies; context is NULL for nobody's.  alone: on the calling thread only. */
struct factor_help {
    ad_context *context;
    bool alone;
};

/* L of A = L L^T over A, of which only the lower half is read; zeros above.  Returns the row
 * of the first pivot that is not above 0, which then stands in its place, or -1. */
int64_t factor_cholesky(const struct factor_help *help, double *a, int64_t n);

/* L below a diagonal of ones and U over A: row i was exchanged with row pivot[i] >= i, one after
 * the other, the pivot being the first of the largest below.  work: of
 * factor_lu_work elements. */
int64_t factor_lu_work(int64_t n);
void factor_lu(const struct factor_help *help, double *a, int64_t n, int32_t *pivot, double *work);

/* Two rows change places, or one stays. */
void factor_exchange(double *a, double *b, int64_t n);

/* B over the X of T X = B, T lower triangular with strides (t_row, t_column), B (n, count). */
struct factor_strides {
    int64_t t_row, t_column, b_row, b_column;
};
void factor_solve(const struct factor_help *help, const double *t, double *b, int64_t n,
                  int64_t count, struct factor_strides s, bool unit);

/* A (m, n), m >= n, by reflections as LAPACK's (the diagonal of R may be negative; a column that is
 * 0 below the diagonal is not reflected): Q (m, n) over q, R (n, n).  work: of
 * factor_qr_work elements. */
int64_t factor_qr_work(int64_t m, int64_t n);
void factor_qr(const struct factor_help *help, const double *a, int64_t m, int64_t n, double *q,
               double *r, double *work);

#endif
