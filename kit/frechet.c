/* The Frechet distance between Gaussians fitted to two sets of rows.
 *
 * The trace of (A B)^(1/2) is the sum of the roots of the eigenvalues of L' B L, A = L L', which is
 * symmetric: L by Cholesky with pivots, as covariances of features that are always 0 have no full
 * rank; the eigenvalues by Householder's tridiagonal form and bisection (Golub and Van Loan). */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <adze/metric.h>

#include "message.h"

enum { WIDTH_MAX = 4096 };

/* ---------------------------------------------------------------- Gaussians */

static void fit_mean(const float *x, int64_t count, int64_t n, double *mean)
{
    memset(mean, 0, (size_t)n * sizeof *mean);
    for (int64_t r = 0; r < count; r++)
        for (int64_t i = 0; i < n; i++)
            mean[i] += (double)x[r * n + i];
    for (int64_t i = 0; i < n; i++)
        mean[i] /= (double)count;
}

/* c (n, n): over count - 1.  row (n): room. */
static void fit_covariance(const float *x, int64_t count, int64_t n, const double *mean,
                           double *row, double *c)
{
    memset(c, 0, (size_t)(n * n) * sizeof *c);
    for (int64_t r = 0; r < count; r++) {
        for (int64_t i = 0; i < n; i++)
            row[i] = (double)x[r * n + i] - mean[i];
        for (int64_t i = 0; i < n; i++)
            for (int64_t j = 0; row[i] != 0 && j <= i; j++)
                c[i * n + j] += row[i] * row[j];
    }
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j <= i; j++)
            c[i * n + j] = c[j * n + i] = c[i * n + j] / (double)(count - 1);
}

/* ---------------------------------------------------------------- a root */

static int64_t largest(const double *left, const bool *taken, int64_t n)
{
    int64_t best = -1;
    for (int64_t i = 0; i < n; i++)
        if (!taken[i] && (best < 0 || left[i] > left[best]))
            best = i;
    return best;
}

/* l (n, n), its first columns: a = l l'; how many they are.  left (n), taken (n): room. */
static int64_t cholesky(const double *a, int64_t n, double *l, double *left, bool *taken)
{
    double least = 0;
    memset(l, 0, (size_t)(n * n) * sizeof *l);
    memset(taken, 0, (size_t)n * sizeof *taken);
    for (int64_t i = 0; i < n; i++)
        left[i] = a[i * n + i];
    for (int64_t k = 0; k < n; k++) {
        int64_t j = largest(left, taken, n);
        least = k == 0 ? left[j] * (double)n * DBL_EPSILON : least;
        if (!(left[j] > least))
            return k;
        double root = sqrt(left[j]);
        taken[j] = true;
        l[j * n + k] = root;
        for (int64_t i = 0; i < n; i++) {
            double sum = a[i * n + j];
            for (int64_t m = 0; !taken[i] && m < k; m++)
                sum -= l[i * n + m] * l[j * n + m];
            if (taken[i])
                continue;
            l[i * n + k] = sum / root;
            left[i] -= l[i * n + k] * l[i * n + k];
        }
    }
    return n;
}

/* m (r, r) = l' b l of l (n, n), its first r columns.  t (n, n): room. */
static void squeeze(const double *l, const double *b, int64_t n, int64_t r, double *t, double *m)
{
    memset(t, 0, (size_t)(n * n) * sizeof *t);
    memset(m, 0, (size_t)(r * r) * sizeof *m);
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < n; j++)
            for (int64_t k = 0; b[i * n + j] != 0 && k < r; k++)
                t[i * n + k] += b[i * n + j] * l[j * n + k];
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < r; j++)
            for (int64_t k = 0; l[i * n + j] != 0 && k < r; k++)
                m[j * r + k] += l[i * n + j] * t[i * n + k];
}

/* ---------------------------------------------------------------- eigenvalues */

/* One reflection of Householder: the column below the diagonal becomes (*e, 0, 0...).  v, p (n). */
static void reflect(double *a, int64_t n, int64_t k, double *e, double *v, double *p)
{
    double squares = 0, dot = 0;
    for (int64_t i = k + 1; i < n; i++)
        v[i] = a[i * n + k], squares += v[i] * v[i];
    *e = v[k + 1] > 0 ? -sqrt(squares) : sqrt(squares);
    v[k + 1] -= *e;
    double half = squares - *e * (v[k + 1] + *e); /* v'v / 2 */
    if (!(half > 0))
        return;
    for (int64_t i = k + 1; i < n; i++) {
        p[i] = 0;
        for (int64_t j = k + 1; j < n; j++)
            p[i] += a[i * n + j] * v[j];
        p[i] /= half;
        dot += p[i] * v[i];
    }
    for (int64_t i = k + 1; i < n; i++)
        p[i] -= dot / (2 * half) * v[i];
    for (int64_t i = k + 1; i < n; i++)
        for (int64_t j = k + 1; j < n; j++)
            a[i * n + j] -= v[i] * p[j] + p[i] * v[j];
}

/* Diagonal d and what stands beside it, e, of a form of a that has the same eigenvalues. */
static void tridiagonal(double *a, int64_t n, double *d, double *e, double *v, double *p)
{
    for (int64_t k = 0; k < n - 1; k++) {
        if (k < n - 2)
            reflect(a, n, k, &e[k], v, p);
        else
            e[k] = a[(k + 1) * n + k];
    }
    for (int64_t k = 0; k < n; k++)
        d[k] = a[k * n + k];
}

/* Eigenvalues below x: negative pivots of d - x. */
static int64_t below(const double *d, const double *e, int64_t n, double x)
{
    int64_t count = 0;
    double q = 1;
    for (int64_t i = 0; i < n; i++) {
        double beside = i ? e[i - 1] * e[i - 1] / q : 0;
        q = d[i] - x - beside;
        if (q == 0)
            q = -DBL_MIN;
        count += q < 0;
    }
    return count;
}

/* The sum of the roots of the eigenvalues; those below 0 are roundings. */
static double sum_roots(const double *d, const double *e, int64_t n)
{
    double high = 0, sum = 0;
    for (int64_t i = 0; i < n; i++)
        high = fmax(high, fabs(d[i]) + (i ? fabs(e[i - 1]) : 0) + (i < n - 1 ? fabs(e[i]) : 0));
    for (int64_t i = 0; i < n; i++) {
        double from = 0, to = high;
        while (to - from > high * DBL_EPSILON) {
            double middle = from + (to - from) / 2;
            if (below(d, e, n, middle) > i)
                to = middle;
            else
                from = middle;
        }
        sum += sqrt(from > 0 ? to : 0);
    }
    return sum;
}

/* ---------------------------------------------------------------- the distance */

typedef struct room {
    double *mean[2], *covariance[2], *root, *product, *row[4];
    bool *taken;
} room;

static bool make_room(room *r, int64_t n)
{
    double **square[] = {&r->covariance[0], &r->covariance[1], &r->root, &r->product};
    double **line[] = {&r->mean[0], &r->mean[1], &r->row[0], &r->row[1], &r->row[2], &r->row[3]};
    bool all = true;
    for (size_t i = 0; i < sizeof square / sizeof *square; i++)
        all = (*square[i] = malloc((size_t)(n * n) * sizeof **square[i])) && all;
    for (size_t i = 0; i < sizeof line / sizeof *line; i++)
        all = (*line[i] = malloc((size_t)n * sizeof **line[i])) && all;
    r->taken = malloc((size_t)n * sizeof *r->taken);
    return all && r->taken;
}

static void free_room(room *r)
{
    for (int i = 0; i < 2; i++)
        free(r->mean[i]), free(r->covariance[i]);
    for (int i = 0; i < 4; i++)
        free(r->row[i]);
    free(r->root);
    free(r->product);
    free(r->taken);
}

static double distance(room *r, int64_t n)
{
    double *a = r->covariance[0], *b = r->covariance[1], sum = 0;
    for (int64_t i = 0; i < n; i++) {
        double far = r->mean[0][i] - r->mean[1][i];
        sum += far * far + a[i * n + i] + b[i * n + i];
    }
    int64_t rank = cholesky(a, n, r->root, r->row[0], r->taken);
    squeeze(r->root, b, n, rank, r->product, a); /* a is not needed any more */
    tridiagonal(a, rank, r->row[0], r->row[1], r->row[2], r->row[3]);
    return fmax(0, sum - 2 * sum_roots(r->row[0], r->row[1], rank));
}

static bool is_finite(const float *x, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        if (!isfinite(x[i]))
            return false;
    return true;
}

ad_status ad_frechet_distance(const float *a, int64_t count_a, const float *b, int64_t count_b,
                              int64_t width, double *far)
{
    *far = NAN;
    if (count_a < 2 || count_b < 2)
        return message_fail(AD_ERROR_ARGUMENT,
                            "a Gaussian is fitted to two examples and more, and here are %lld and "
                            "%lld\n  give more of them\n",
                            (long long)count_a, (long long)count_b);
    if (width < 1 || width > WIDTH_MAX)
        return message_fail(AD_ERROR_ARGUMENT,
                            "%lld features: a Frechet distance is of 1 to %d\n  take those of a "
                            "smaller layer\n",
                            (long long)width, WIDTH_MAX);
    if (!is_finite(a, count_a * width) || !is_finite(b, count_b * width))
        return AD_OK;
    room r = {.taken = NULL};
    ad_status status = make_room(&r, width) ? AD_OK : message_no_memory();
    if (status == AD_OK) {
        fit_mean(a, count_a, width, r.mean[0]);
        fit_mean(b, count_b, width, r.mean[1]);
        fit_covariance(a, count_a, width, r.mean[0], r.row[0], r.covariance[0]);
        fit_covariance(b, count_b, width, r.mean[1], r.row[0], r.covariance[1]);
        *far = distance(&r, width);
    }
    free_room(&r);
    return status;
}
