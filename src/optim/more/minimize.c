/* Minimizers of a function of n numbers with its gradient (Nocedal and Wright 2006): L-BFGS,
 * nonlinear conjugate gradients and Newton-CG, each along lines searched by the strong Wolfe
 * conditions. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/option.h"

/* Algorithms 7.4 and 7.5 keep this many pairs at most. */
enum { MEMORY_MOST = 100 };

struct search {
    const ad_objective *f;
    ad_minimize_options o;
    ad_minimized *r;
    int64_t n;
    double *x, *g, *next, *next_g, *d; /* d: the direction */
    double *s, *y, *rho, *alpha; /* L-BFGS: o.memory pairs, the newest at (pairs - 1) % memory */
    double *z, *p, *hp;          /* Newton-CG */
    int64_t pairs;
    double value, curve, change; /* of the last line: see first_step */
};

/* ---- sums in order, the same on every machine */

static double dot(const double *a, const double *b, int64_t n)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

static void add_scaled(double *to, double by, const double *a, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        to[i] += by * a[i];
}

static double largest(const double *a, int64_t n)
{
    double most = 0;
    for (int64_t i = 0; i < n; i++)
        most = isnan(a[i]) ? (double)INFINITY : fmax(most, fabs(a[i]));
    return most;
}

/* ---- the line: values and slopes of f(x + a d) */

struct point {
    double a, value, slope;
};

static ad_status evaluate(struct search *s, const double *x, double *value, double *g)
{
    s->r->evaluations++;
    TRY(s->f->evaluate(s->f->user, x, value, g));
    return AD_OK;
}

static ad_status look(struct search *s, double a, struct point *p)
{
    memcpy(s->next, s->x, (size_t)s->n * sizeof *s->x);
    add_scaled(s->next, a, s->d, s->n);
    p->a = a;
    TRY(evaluate(s, s->next, &p->value, s->next_g));
    p->slope = dot(s->next_g, s->d, s->n);
    if (isnan(p->value) || isnan(p->slope))
        p->value = (double)INFINITY, p->slope = 0;
    return AD_OK;
}

/* Where the cubic through two points and their slopes is least (equation 3.59); where rounding is
 * all that the values differ by, where the line through the slopes is 0. */
static double cubic(const struct point *p, const struct point *q)
{
    if (fabs(p->value - q->value) <= 1e-13 * fabs(p->value) && p->slope != q->slope)
        return p->a - p->slope * (q->a - p->a) / (q->slope - p->slope);
    double d1 = p->slope + q->slope - 3 * (p->value - q->value) / (p->a - q->a);
    double root = d1 * d1 - p->slope * q->slope;
    double d2 = root > 0 ? copysign(sqrt(root), q->a - p->a) : 0;
    double a = q->a - (q->a - p->a) * (q->slope + d2 - d1) / (q->slope - p->slope + 2 * d2);
    return isfinite(a) ? a : (p->a + q->a) / 2;
}

static double within(double a, double low, double high)
{
    return a < low ? low : a > high ? high : a;
}

struct wolfe {
    struct point start;
    double curve; /* |slope| at most this times the first one's */
    bool found;
};

static bool falls(const struct wolfe *w, const struct point *p)
{
    /* near the end of the format values say nothing more, slopes do (Hager and Zhang 2005) */
    double noise = 4 * DBL_EPSILON * fabs(w->start.value);
    if (p->value <= w->start.value + noise && p->value >= w->start.value - noise)
        return p->slope <= (2 * 1e-4 - 1) * w->start.slope;
    return p->value <= w->start.value + 1e-4 * p->a * w->start.slope;
}

static bool is_flat(const struct wolfe *w, const struct point *p)
{
    return fabs(p->slope) <= -w->curve * w->start.slope;
}

/* Algorithm 3.6: between low, the best so far that falls, and high. */
static ad_status zoom(struct search *s, struct wolfe *w, struct point low, struct point high,
                      struct point *end)
{
    for (int i = 0; i < 40; i++) {
        double left = fmin(low.a, high.a), right = fmax(low.a, high.a), wide = right - left;
        double a = isfinite(high.value) ? cubic(&low, &high) : (low.a + high.a) / 2;
        TRY(look(s, within(a, left + 0.1 * wide, right - 0.1 * wide), end));
        if (!falls(w, end) || end->value > low.value + 4 * DBL_EPSILON * fabs(low.value)) {
            high = *end;
        } else if (is_flat(w, end)) {
            w->found = true;
            return AD_OK;
        } else {
            if (end->slope * (high.a - low.a) >= 0)
                high = low;
            low = *end;
        }
        if (wide <= DBL_EPSILON * right)
            break;
    }
    if (low.a > 0 && low.a != end->a)
        TRY(look(s, low.a, end));
    w->found = low.a > 0;
    return AD_OK;
}

/* Algorithm 3.5, from a on. */
static ad_status search_line(struct search *s, double a, struct wolfe *w, struct point *end)
{
    struct point before = w->start;
    for (int i = 0; i < 30; i++) {
        TRY(look(s, a, end));
        if (!falls(w, end) || (i && end->value > before.value))
            return zoom(s, w, before, *end, end);
        if (is_flat(w, end)) {
            w->found = true;
            return AD_OK;
        }
        if (end->slope >= 0)
            return zoom(s, w, *end, before, end);
        a = within(cubic(&before, end), end->a + 1.1 * (end->a - before.a),
                   end->a + 4 * (end->a - before.a));
        before = *end;
    }
    return AD_OK;
}

/* ---- directions */

/* Algorithm 7.4. */
static void lbfgs_direction(struct search *s)
{
    int64_t n = s->n, m = s->o.memory, oldest = s->pairs > m ? s->pairs - m : 0;
    for (int64_t i = 0; i < n; i++)
        s->d[i] = -s->g[i];
    for (int64_t k = s->pairs - 1; k >= oldest; k--) {
        s->alpha[k % m] = s->rho[k % m] * dot(s->s + k % m * n, s->d, n);
        add_scaled(s->d, -s->alpha[k % m], s->y + k % m * n, n);
    }
    const double *y = s->y + (s->pairs - 1) % m * n;
    double scale = s->pairs ? 1 / (s->rho[(s->pairs - 1) % m] * dot(y, y, n)) : 1;
    for (int64_t i = 0; i < n; i++)
        s->d[i] *= scale;
    for (int64_t k = oldest; k < s->pairs; k++) {
        double beta = s->rho[k % m] * dot(s->y + k % m * n, s->d, n);
        add_scaled(s->d, s->alpha[k % m] - beta, s->s + k % m * n, n);
    }
}

static void keep_pair(struct search *s)
{
    int64_t n = s->n, k = s->pairs % s->o.memory;
    double *step = s->s + k * n, *change = s->y + k * n;
    for (int64_t i = 0; i < n; i++) {
        step[i] = s->next[i] - s->x[i];
        change[i] = s->next_g[i] - s->g[i];
    }
    double both = dot(step, change, n);
    if (!(both > DBL_EPSILON * dot(change, change, n)))
        return; /* no curvature to be learned */
    s->rho[k] = 1 / both;
    s->pairs++;
}

/* Polak and Ribiere's, from the gradient anew where it is below 0 (section 5.2). */
static void conjugate_direction(struct search *s)
{
    double above = 0, below = dot(s->g, s->g, s->n);
    for (int64_t i = 0; i < s->n; i++)
        above += s->next_g[i] * (s->next_g[i] - s->g[i]);
    double beta = below > 0 ? fmax(above / below, 0) : 0;
    for (int64_t i = 0; i < s->n; i++)
        s->d[i] = beta * s->d[i] - s->next_g[i];
}

/* Algorithm 7.1: conjugate gradients on H d = -g, until the rest is min(0.45, sqrt |g|) |g|. */
static ad_status newton_direction(struct search *s)
{
    int64_t n = s->n;
    double size = sqrt(dot(s->g, s->g, n)), enough = fmin(0.45, sqrt(size)) * size;
    double *rest = s->z; /* H d + g */
    for (int64_t i = 0; i < n; i++)
        s->d[i] = 0, rest[i] = s->g[i], s->p[i] = -s->g[i];
    double square = dot(rest, rest, n);
    for (int64_t k = 0; k < 20 * n && sqrt(square) > enough; k++) {
        s->r->products++;
        TRY(s->f->product(s->f->user, s->x, s->p, s->hp));
        double curve = dot(s->p, s->hp, n);
        if (curve <= 3 * DBL_EPSILON * dot(s->p, s->p, n)) { /* no valley that way */
            if (k == 0)
                memcpy(s->d, s->p, (size_t)n * sizeof *s->d);
            break;
        }
        double a = square / curve, old = square;
        add_scaled(s->d, a, s->p, n);
        add_scaled(rest, a, s->hp, n);
        square = dot(rest, rest, n);
        for (int64_t i = 0; i < n; i++)
            s->p[i] = square / old * s->p[i] - rest[i];
    }
    return AD_OK;
}

static ad_status choose_direction(struct search *s)
{
    if (s->o.method == AD_MINIMIZE_NEWTON_CG)
        TRY(newton_direction(s));
    else if (s->o.method == AD_MINIMIZE_LBFGS)
        lbfgs_direction(s);
    if (dot(s->d, s->g, s->n) < 0)
        return AD_OK;
    for (int64_t i = 0; i < s->n; i++) /* down at least */
        s->d[i] = -s->g[i];
    return AD_OK;
}

/* ---- the loop */

static void go_there(struct search *s, double value)
{
    if (s->o.method == AD_MINIMIZE_LBFGS)
        keep_pair(s);
    if (s->o.method == AD_MINIMIZE_CONJUGATE)
        conjugate_direction(s);
    memcpy(s->x, s->next, (size_t)s->n * sizeof *s->x);
    memcpy(s->g, s->next_g, (size_t)s->n * sizeof *s->g);
    s->value = value;
    s->r->iterations++;
}

/* A first step to try.  Conjugate directions have no length of their own: theirs is that which
 * would change the value as the line before did, or near the end, where values say little, that
 * which would be right with its second derivative by length, curve. */
static double first_step(const struct search *s, double slope)
{
    double curve = s->curve, change = s->change;
    double square = dot(s->d, s->d, s->n);
    if (s->o.method == AD_MINIMIZE_CONJUGATE && change < -1e-6 * fabs(s->value))
        return fmin(1, 2.02 * change / slope);
    if (s->o.method == AD_MINIMIZE_CONJUGATE && curve > 0)
        return -slope / (curve * square);
    bool scaled = s->o.method == AD_MINIMIZE_NEWTON_CG || s->pairs > 0;
    return scaled || square == 0 ? 1 : fmin(1, 1 / sqrt(square));
}

/* How much of the slope may be left at a line's end, by method. */
static const double curvature[] = {0.8, 0.4, 0.9};

static ad_status begin(struct search *s)
{
    TRY(evaluate(s, s->x, &s->value, s->g));
    if (!isfinite(s->value) || isinf(largest(s->g, s->n)))
        return fail(AD_ERROR_NOT_FINITE, "ad_minimize: the function is not finite where it begins");
    for (int64_t i = 0; i < s->n; i++)
        s->d[i] = -s->g[i];
    return AD_OK;
}

static ad_status minimize(struct search *s)
{
    while (!(s->r->converged = largest(s->g, s->n) <= s->o.tolerance) &&
           s->r->evaluations < s->o.evaluations && s->r->iterations < s->o.iterations) {
        struct point end = {0};
        TRY(choose_direction(s));
        double slope = dot(s->d, s->g, s->n);
        struct wolfe w = {{0, s->value, slope}, curvature[s->o.method], false};
        TRY(search_line(s, first_step(s, slope), &w, &end));
        if (!w.found && s->pairs) { /* forget, and go down once more */
            s->pairs = 0;
            continue;
        }
        if (!w.found)
            break;
        s->curve = (end.slope - slope) / (end.a * dot(s->d, s->d, s->n));
        s->change = end.value - s->value;
        go_there(s, end.value);
    }
    s->r->value = s->value;
    s->r->gradient = largest(s->g, s->n);
    return AD_OK;
}

static ad_status check(const ad_objective *f, int64_t n, const double *x,
                       const ad_minimize_options *o)
{
    if (!f || !f->evaluate || !x || n < 1)
        return fail(AD_ERROR_ARGUMENT, "ad_minimize: a function, numbers to begin with, and at "
                                       "least one of them are needed");
    if (o->method == AD_MINIMIZE_NEWTON_CG && !f->product)
        return fail(AD_ERROR_ARGUMENT, "ad_minimize: Newton-CG needs .product of the function");
    if (o->memory < 1 || o->memory > MEMORY_MOST || !(o->tolerance >= 0) || o->evaluations < 1 ||
        o->iterations < 0)
        return fail(AD_ERROR_ARGUMENT,
                    "ad_minimize: .memory is 1 to %d, .tolerance 0 or more and .evaluations 1 or "
                    "more",
                    MEMORY_MOST);
    return n <= INT64_C(1) << 40 ? AD_OK : fail(AD_ERROR_ARGUMENT, "ad_minimize: too many numbers");
}

/* What is kept between calls: begun, pairs, value, curve, change, then x, g, d and the pairs. */
enum { HEAD = 5 };

static int64_t pairs_of(const ad_minimize_options *o)
{
    return o->method == AD_MINIMIZE_LBFGS ? o->memory : 0;
}

int64_t ad_minimize_room(int64_t n, const ad_minimize_options *options)
{
    ad_minimize_options o = AD_OPTIONS(ad_minimize_options);
    (void)options_read(ad_minimize_options, &o, options);
    int64_t m = pairs_of(&o);
    return HEAD + (3 + 2 * m) * n + m;
}

static ad_status go_on(struct search *s, double *keep)
{
    double *head[] = {&s->value, &s->curve, &s->change}, *x = keep + HEAD;
    size_t size = (size_t)s->n * sizeof *x;
    if (keep[0] != 0) {
        s->pairs = (int64_t)keep[1];
        for (int i = 0; i < 3; i++)
            *head[i] = keep[2 + i];
        memcpy(s->x, x, size);
    } else {
        TRY(begin(s));
    }
    TRY(minimize(s));
    keep[0] = 1, keep[1] = (double)s->pairs;
    for (int i = 0; i < 3; i++)
        keep[2 + i] = *head[i];
    memcpy(x, s->x, size);
    return AD_OK;
}

ad_status ad_minimize(const ad_objective *f, int64_t n, double *x,
                      const ad_minimize_options *options)
{
    ad_minimize_options o = AD_OPTIONS(ad_minimize_options);
    ad_minimized result = {0};
    TRY(options_read(ad_minimize_options, &o, options));
    TRY(check(f, n, x, &o));
    o.iterations = o.iterations ? o.iterations : INT64_MAX;
    int64_t m = pairs_of(&o), kept = ad_minimize_room(n, &o);
    size_t size = (size_t)(5 * n + m + kept) * sizeof(double);
    double *all = memory_zeroed(memory_default(), size);
    if (!all)
        return AD_ERROR_MEMORY;
    double *keep = o.keep ? o.keep : all + 5 * n + m;
    struct search s = {.f = f, .o = o, .r = &result, .n = n, .x = x, .alpha = all + 5 * n};
    double **part[] = {&s.next, &s.next_g, &s.z, &s.p, &s.hp};
    for (int i = 0; i < 5; i++)
        *part[i] = all + i * n;
    s.g = keep + HEAD + n;
    s.d = s.g + n;
    s.s = s.d + n;
    s.y = s.s + m * n;
    s.rho = s.y + m * n;
    ad_status status = go_on(&s, keep);
    memory_free(memory_default(), all, size);
    if (o.result)
        *o.result = result;
    return status;
}
