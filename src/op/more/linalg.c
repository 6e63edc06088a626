/* Linear algebra over the last two axes; all axes before are a batch.
 *
 * With P(x) the lower half of x, its diagonal halved, and ' for transposed:
 *
 *     cholesky      L of (A + A') / 2 = L L'.  dA = (G + G') / 2, G = L'^-1 P(L' dL) L^-1
 *                   (Murray 2016)
 *     triangular    X of T X = B.  dB = T'^-1 dX, dT = -half of (dB X')
 *     solve         X of A X = B, by the LU factors of A, which come as inputs and have no
 *                   gradient of their own.  dB = A'^-1 dX, dA = -dB X'
 *     determinant   of the same factors.  dA = d y A'^-1, or d A'^-1 for log |y|
 *     qr            dA = (dQ + Q (M's lower half and its transpose above)) R'^-1,
 *                   M = R dR' - dQ' Q (Seeger et al. 2017)
 *
 * Numbers: op/more/factor.h.  Matrices of a batch are tasks; a single one is helped with its
 * products. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/option.h"
#include "core/context.h"
#include "core/graph.h"
#include "core/number.h"
#include "op/more/factor.h"
#include "op/row.h"
#include "op/rows.h"

struct triangular_attributes {
    bool upper, transposed, right, unit;
};

struct solve_attributes {
    bool transposed;
};

struct determinant_attributes {
    bool log;
};

extern const struct op op_cholesky, op_triangular_solve, op_lu, op_solve, op_determinant, op_qr;

enum { MOST_TASKS = 64 };

/* ---- a batch of matrices */

struct batch {
    const struct call *call;
    int64_t count; /* of matrices */
    int tasks;
    ad_status (*one)(const struct call *call, const struct factor_help *help, int64_t number);
    ad_status status[MOST_TASKS];
    char message[MOST_TASKS][160];
};

static void run_task(void *argument, int task, int thread)
{
    struct batch *b = argument;
    struct factor_help help = {b->call->context, b->tasks > 1};
    (void)thread;
    int64_t first = b->count * task / b->tasks, end = b->count * (task + 1) / b->tasks;
    for (int64_t i = first; i < end && b->status[task] == AD_OK; i++)
        b->status[task] = b->one(b->call, &help, i);
    if (b->status[task] != AD_OK)
        error_copy(b->message[task], sizeof b->message[task]);
}

/* Rows and columns of the last two axes, and how many matrices there are. */
static int64_t side(const ad_array *a, int from_end)
{
    return a->shape.size[a->shape.rank - from_end];
}

static int64_t matrices(const ad_array *a)
{
    int64_t count = 1;
    for (int i = 0; i < a->shape.rank - 2; i++)
        count *= a->shape.size[i];
    return count;
}

typedef ad_status one_matrix(const struct call *, const struct factor_help *, int64_t);

/* The first failure of all. */
static ad_status run_batch(const struct call *c, one_matrix *one)
{
    struct batch b = {.call = c, .count = matrices(&c->in[0]), .one = one};
    b.tasks = (int)(b.count < MOST_TASKS ? b.count : MOST_TASKS);
    if (c->context && b.tasks > 1)
        threads_run(c->context->threads, b.tasks, false, run_task, &b);
    else
        for (int i = 0; i < b.tasks; i++)
            run_task(&b, i, 0);
    for (int i = 0; i < b.tasks; i++)
        if (b.status[i] != AD_OK) {
            error_set(b.message[i]);
            return b.status[i];
        }
    return AD_OK;
}

/* Room for some rows that lie as factor.h has it, and other numbers behind. */
static double *rows_of(const struct call *c, int64_t rows, int64_t columns, int64_t more,
                       size_t *bytes)
{
    *bytes = (size_t)(rows * factor_step(columns) + more) * sizeof(double) + 1;
    return memory_alloc(c->allocator, *bytes);
}

/* Between matrix number i of an array and rows of f64, or its columns where turned. */
static void take_matrix(const struct factor_help *help, const ad_array *a, int64_t i, bool turned,
                        double *rows)
{
    factor_move(help, a->type,
                (char *)a->data + i * side(a, 2) * side(a, 1) * (int64_t)ad_type_size(a->type),
                side(a, 2), side(a, 1), turned, rows, false);
}

static void give_matrix(const struct factor_help *help, const ad_array *a, int64_t i, bool turned,
                        double *rows)
{
    factor_move(help, a->type,
                (char *)a->data + i * side(a, 2) * side(a, 1) * (int64_t)ad_type_size(a->type),
                side(a, 2), side(a, 1), turned, rows, true);
}

/* ---- shapes */

static ad_status check_matrix(struct infer *f, int input, bool square)
{
    const ad_shape *s = &f->in[input]->shape;
    TRY(rows_check_real(f->in[input], input ? "the second input" : "the input"));
    if (s->rank < 2 || (square && s->size[s->rank - 1] != s->size[s->rank - 2]))
        return fail(AD_ERROR_SHAPE, "%s is no %s", graph_shape_text(f->graph, s),
                    square ? "square matrix (..., n, n)" : "matrix (..., m, n)");
    return AD_OK;
}

static ad_status infer_same(struct infer *f)
{
    TRY(check_matrix(f, 0, true));
    f->type[0] = f->in[0]->type;
    f->shape[0] = f->in[0]->shape;
    return AD_OK;
}

/* B (..., n, k), or (..., k, n) for X T = B, to a square first input. */
static ad_status infer_solution(struct infer *f, bool right)
{
    TRY(check_matrix(f, 0, true));
    TRY(check_matrix(f, 1, false));
    ad_shape a = f->in[0]->shape, b = f->in[1]->shape;
    bool same = a.rank == b.rank && f->in[0]->type == f->in[1]->type;
    for (int i = 0; same && i < a.rank - 2; i++)
        same = a.size[i] == b.size[i];
    if (!same || a.size[a.rank - 1] != b.size[b.rank - (right ? 1 : 2)])
        return fail(AD_ERROR_SHAPE, "%s and %s: the matrix (..., n, n) wants %s of its type",
                    graph_shape_text(f->graph, &a), graph_shape_text(f->graph, &b),
                    right ? "(..., k, n)" : "(..., n, k)");
    f->type[0] = f->in[1]->type;
    f->shape[0] = b;
    return AD_OK;
}

/* ---- pieces of gradients */

static ad_tensor *turned(ad_tensor *x)
{
    if (graph_is_poison(x))
        return x;
    ad_axes order = {x->shape.rank, {0}};
    for (int i = 0; i < order.count; i++)
        order.axis[i] = i;
    order.axis[order.count - 1]--, order.axis[order.count - 2]++;
    return ad_transpose(x, order);
}

/* Row and column numbers of a matrix, (rows, 1) and (columns). */
static void places(ad_tensor *x, ad_tensor **row, ad_tensor **column)
{
    const ad_shape *s = &x->shape;
    *row = rows_column(ad_range(x->node->graph, x->type, s->size[s->rank - 2]));
    *column = ad_range(x->node->graph, x->type, s->size[s->rank - 1]);
}

/* The lower half of x, the diagonal times a factor, 0 above. */
static ad_tensor *lower_half(ad_tensor *x, double diagonal)
{
    ad_tensor *row, *column;
    if (graph_is_poison(x))
        return x;
    places(x, &row, &column);
    ad_tensor *zero = rows_number(x, 0), *on = diagonal == 0 ? zero : ad_scale(x, diagonal);
    return ad_where(ad_greater(row, column), x, ad_where(ad_equal(row, column), on, zero));
}

/* Ones on the diagonal of a square, of x's type and shape. */
static ad_tensor *identity(ad_tensor *x)
{
    ad_tensor *row, *column;
    places(x, &row, &column);
    return ad_expand(ad_cast(ad_equal(row, column), x->type), x->shape);
}

static ad_tensor *triangular(ad_tensor *t, ad_tensor *b, bool upper, bool transposed, bool right,
                             bool unit)
{
    struct triangular_attributes a = {upper, transposed, right, unit};
    return graph_node2(&op_triangular_solve, &a, t, b);
}

/* ---- cholesky */

static ad_status cholesky_one(const struct call *c, const struct factor_help *help, int64_t number)
{
    int64_t n = side(&c->in[0], 1), step = factor_step(n);
    size_t bytes;
    double *u = rows_of(c, n, n, 0, &bytes);
    if (!u)
        return AD_ERROR_MEMORY;
    take_matrix(help, &c->in[0], number, false, u);
    factor_symmetric(u, n);
    int64_t bad = factor_cholesky(help, u, n);
    double pivot = bad < 0 ? 0 : u[bad * (step + 1)];
    for (int64_t i = 0; i < n; i++)
        memset(u + i * step, 0, (size_t)i * sizeof *u);
    give_matrix(help, &c->out[0], number, true, u);
    memory_free(c->allocator, u, bytes);
    if (bad < 0)
        return AD_OK;
    return fail(AD_ERROR_ARGUMENT,
                "matrix %lld is not positive definite: pivot %lld is %g; add a little to the "
                "diagonal",
                (long long)number, (long long)bad, pivot);
}

static ad_status cholesky_naive(const struct call *c)
{
    return run_batch(c, cholesky_one);
}

static void cholesky_gradient(struct gradient *g)
{
    ad_tensor *l = g->out[0], *p = lower_half(ad_matmul(turned(l), g->dy[0]), 0.5);
    ad_tensor *x =
        triangular(l, triangular(l, p, false, true, false, false), false, false, true, false);
    g->dx[0] = ad_scale(ad_add(x, turned(x)), 0.5);
}

ad_tensor *ad_cholesky(ad_tensor *x, bool upper)
{
    ad_tensor *l = graph_node1(&op_cholesky, NULL, x);
    return upper ? turned(l) : l;
}

/* ---- triangular solve */

/* X of T X = B over B (n, count), by T's lower or upper half; T may be taken for its transpose. */
static void solve_half(const struct factor_help *help, double *t, double *b, int64_t n,
                       int64_t count, bool upper, bool turned, bool unit)
{
    int64_t step = factor_step(n), b_row = factor_step(count);
    struct factor_system s = {t, turned ? 1 : step, turned ? step : 1, b, b_row, n, count, unit};
    if (n == 0 || count == 0)
        return;
    if (upper != turned) { /* from its end an upper triangle is a lower one */
        s.t += (n - 1) * (step + 1), s.b += (n - 1) * b_row;
        s.t_row = -s.t_row, s.t_column = -s.t_column, s.b_row = -b_row;
    }
    factor_solve(help, s);
}

static ad_status triangular_one(const struct call *c, const struct factor_help *help,
                                int64_t number)
{
    const struct triangular_attributes *a = c->attributes;
    int64_t n = side(&c->in[0], 1), count = side(&c->out[0], a->right ? 2 : 1);
    size_t bytes;
    double *t = rows_of(c, n, n, n * factor_step(count), &bytes), *b = t + n * factor_step(n);
    if (!t)
        return AD_ERROR_MEMORY;
    take_matrix(help, &c->in[0], number, false, t);
    take_matrix(help, &c->in[1], number, a->right, b);
    solve_half(help, t, b, n, count, a->upper, a->transposed != a->right, a->unit);
    give_matrix(help, &c->out[0], number, a->right, b);
    memory_free(c->allocator, t, bytes);
    return AD_OK;
}

static ad_status triangular_naive(const struct call *c)
{
    return run_batch(c, triangular_one);
}

static ad_status triangular_infer(struct infer *f)
{
    return infer_solution(f, ((const struct triangular_attributes *)f->attributes)->right);
}

/* With E the triangle as it stands in the equation: dE = -(dB X'), or -(X' dB) from the right. */
static void triangular_gradient(struct gradient *g)
{
    const struct triangular_attributes *a = g->node->attributes;
    ad_tensor *x = g->out[0];
    ad_tensor *db = triangular(g->in[0], g->dy[0], a->upper, !a->transposed, a->right, a->unit);
    g->dx[1] = db;
    if (!g->wanted[0])
        return;
    ad_tensor *left = a->right ? turned(x) : db, *right = a->right ? db : turned(x);
    ad_tensor *d =
        ad_neg(a->transposed ? ad_matmul(turned(right), turned(left)) : ad_matmul(left, right));
    double diagonal = a->unit ? 0 : 1;
    g->dx[0] = a->upper ? turned(lower_half(turned(d), diagonal)) : lower_half(d, diagonal);
}

/* Batches of both, broadcast to one; poison where they do not fit. */
static ad_tensor *broadcast(const char *call, ad_tensor **a, ad_tensor **b)
{
    ad_tensor *in[] = {*a, *b};
    ad_graph *graph = ad_tensor_graph(*a);
    ad_tensor *poison = graph_check(graph, call, in, 2);
    if (poison)
        return poison;
    ad_shape s[2] = {(*a)->shape, (*b)->shape}, lead[2] = {s[0], s[1]}, all;
    for (int i = 0; i < 2; i++)
        lead[i].rank = s[i].rank - 2;
    if (lead[0].rank < 0 || lead[1].rank < 0 || !graph_broadcast(&lead[0], &lead[1], &all))
        return graph_poison(graph, AD_ERROR_SHAPE,
                            "%s: %s and %s; both are matrices, whose other axes broadcast", call,
                            graph_shape_text(graph, &s[0]), graph_shape_text(graph, &s[1]));
    for (int i = 0; i < 2; i++) {
        ad_shape whole = all;
        whole.size[whole.rank++] = s[i].size[s[i].rank - 2];
        whole.size[whole.rank++] = s[i].size[s[i].rank - 1];
        if (!graph_shapes_equal(&whole, &s[i]))
            *(i ? b : a) = ad_expand(in[i], whole);
    }
    return NULL;
}

ad_tensor *ad_triangular_solve(ad_tensor *t, ad_tensor *b, const ad_triangular_options *options)
{
    ad_triangular_options o = AD_OPTIONS(ad_triangular_options);
    ad_tensor *poison = broadcast("ad_triangular_solve", &t, &b);
    ad_graph *graph = ad_tensor_graph(t);
    poison = poison ? poison
                    : graph_passed(graph, "ad_triangular_solve",
                                   options_read(ad_triangular_options, &o, options));
    if (poison)
        return poison;
    return triangular(t, b, o.upper, o.transposed, !o.left, o.unitriangular);
}

/* ---- LU */

static ad_status lu_one(const struct call *c, const struct factor_help *help, int64_t number)
{
    int64_t n = side(&c->in[0], 1);
    size_t bytes;
    double *a = rows_of(c, n, n, factor_lu_work(n), &bytes);
    if (!a)
        return AD_ERROR_MEMORY;
    take_matrix(help, &c->in[0], number, false, a);
    factor_lu(help, a, n, (int32_t *)c->out[1].data + number * n, a + n * factor_step(n));
    give_matrix(help, &c->out[0], number, false, a);
    memory_free(c->allocator, a, bytes);
    return AD_OK;
}

static ad_status lu_naive(const struct call *c)
{
    return run_batch(c, lu_one);
}

static ad_status lu_infer(struct infer *f)
{
    TRY(infer_same(f));
    if (f->shape[0].size[f->shape[0].rank - 1] > INT32_MAX)
        return fail(AD_ERROR_SHAPE, "more than %d rows", INT32_MAX);
    f->type[1] = AD_I32;
    f->shape[1] = f->shape[0];
    f->shape[1].rank--;
    return AD_OK;
}

/* ---- solve: A, B, LU, pivots */

static void exchange_rows(double *rows, int64_t n, int64_t columns, const int32_t *pivot, bool back)
{
    int64_t step = factor_step(columns);
    for (int64_t k = 0; k < n; k++) {
        int64_t i = back ? n - 1 - k : k;
        factor_exchange(rows + i * step, rows + pivot[i] * step, columns);
    }
}

/* Over b; the first pivot that is 0, or -1. */
static int64_t solve_both(const struct factor_help *help, double *lu, const int32_t *pivot,
                          double *b, int64_t n, int64_t count, bool transposed)
{
    for (int64_t i = 0; i < n; i++)
        if (lu[i * (factor_step(n) + 1)] == 0)
            return i;
    if (!transposed)
        exchange_rows(b, n, count, pivot, false);
    solve_half(help, lu, b, n, count, transposed, transposed, !transposed);
    solve_half(help, lu, b, n, count, !transposed, transposed, transposed);
    if (transposed)
        exchange_rows(b, n, count, pivot, true);
    return -1;
}

static ad_status solve_one(const struct call *c, const struct factor_help *help, int64_t number)
{
    bool transposed = ((const struct solve_attributes *)c->attributes)->transposed;
    int64_t n = side(&c->in[0], 1), count = side(&c->out[0], 1);
    size_t bytes;
    double *lu = rows_of(c, n, n, n * factor_step(count), &bytes), *b = lu + n * factor_step(n);
    if (!lu)
        return AD_ERROR_MEMORY;
    take_matrix(help, &c->in[2], number, false, lu);
    take_matrix(help, &c->in[1], number, false, b);
    int64_t bad =
        solve_both(help, lu, (const int32_t *)c->in[3].data + number * n, b, n, count, transposed);
    give_matrix(help, &c->out[0], number, false, b);
    memory_free(c->allocator, lu, bytes);
    if (bad < 0)
        return AD_OK;
    return fail(AD_ERROR_ARGUMENT,
                "matrix %lld is singular: pivot %lld of its LU factors is 0; add a little "
                "to the diagonal",
                (long long)number, (long long)bad);
}

static ad_status solve_naive(const struct call *c)
{
    return run_batch(c, solve_one);
}

static ad_status solve_infer(struct infer *f)
{
    return infer_solution(f, false);
}

static ad_tensor *solution(ad_tensor *a, ad_tensor *b, ad_tensor *lu, ad_tensor *pivot,
                           bool transposed)
{
    ad_tensor *in[] = {a, b, lu, pivot};
    ad_graph *graph = ad_tensor_graph(a);
    ad_tensor *poison = graph_check(graph, "solve", in, 4);
    return poison ? poison
                  : graph_node(graph, &op_solve, &(struct solve_attributes){transposed}, in, 4);
}

static void solve_gradient(struct gradient *g)
{
    bool transposed = ((const struct solve_attributes *)g->node->attributes)->transposed;
    ad_tensor *x = g->out[0];
    ad_tensor *db = solution(g->in[0], g->dy[0], g->in[2], g->in[3], !transposed);
    g->dx[1] = db;
    if (g->wanted[0])
        g->dx[0] = ad_neg(transposed ? ad_matmul(x, turned(db)) : ad_matmul(db, turned(x)));
}

ad_tensor *ad_solve(ad_tensor *a, ad_tensor *b)
{
    bool vector = !graph_is_poison(b) && b->shape.rank == 1;
    b = vector ? rows_column(b) : b;
    ad_tensor *poison = broadcast("ad_solve", &a, &b);
    if (poison)
        return poison;
    ad_tensor *lu = graph_node1(&op_lu, NULL, a);
    ad_tensor *x = solution(a, b, lu, graph_result(lu, 1), false);
    if (!vector || graph_is_poison(x))
        return x;
    ad_shape shape = x->shape;
    shape.rank--;
    return ad_reshape(x, shape);
}

ad_tensor *ad_inverse(ad_tensor *x)
{
    ad_tensor *lu = graph_node1(&op_lu, NULL, x);
    return graph_is_poison(lu) ? lu : solution(x, identity(x), lu, graph_result(lu, 1), false);
}

/* ---- determinant: A, LU, pivots */

static ad_status determinant_one(const struct call *c, const struct factor_help *help,
                                 int64_t number)
{
    bool log = ((const struct determinant_attributes *)c->attributes)->log;
    int64_t n = side(&c->in[0], 1);
    const int32_t *pivot = (const int32_t *)c->in[2].data + number * n;
    int64_t size = (int64_t)ad_type_size(c->in[1].type);
    double y = 1, sum = 0;
    (void)help;
    for (int64_t i = 0; i < n; i++) {
        double u = ad_array_item(&c->in[1], (number * n + i) * n + i);
        y *= log ? (u > 0) - (u < 0) : u;
        y = pivot[i] == i ? y : -y;
        sum += log ? number_log(fabs(u)) : 0;
        y = u != u ? u : y;
    }
    number_store(c->out[0].type, (char *)c->out[0].data + number * size, log && y == 0 ? 0 : y);
    if (log)
        number_store(c->out[1].type, (char *)c->out[1].data + number * size, sum);
    return AD_OK;
}

static ad_status determinant_naive(const struct call *c)
{
    return run_batch(c, determinant_one);
}

static int determinant_results(const void *attributes)
{
    return 1 + ((const struct determinant_attributes *)attributes)->log;
}

static ad_status determinant_infer(struct infer *f)
{
    TRY(infer_same(f));
    f->shape[0].rank -= 2;
    for (int i = 1; i < f->out_count; i++)
        f->type[i] = f->type[0], f->shape[i] = f->shape[0];
    return AD_OK;
}

static void determinant_gradient(struct gradient *g)
{
    bool log = ((const struct determinant_attributes *)g->node->attributes)->log;
    ad_tensor *d = log ? g->dy[1] : ad_mul(g->dy[0], g->out[0]);
    if (!d || !g->wanted[0])
        return;
    ad_tensor *inverse = solution(g->in[0], identity(g->in[0]), g->in[1], g->in[2], true);
    g->dx[0] = ad_mul(rows_column(rows_column(d)), inverse);
}

static ad_tensor *determinant(ad_tensor *x, bool log)
{
    ad_tensor *lu = graph_node1(&op_lu, NULL, x);
    if (graph_is_poison(lu))
        return lu;
    return graph_node3(&op_determinant, &(struct determinant_attributes){log}, x, lu,
                       graph_result(lu, 1));
}

ad_tensor *ad_determinant(ad_tensor *x)
{
    return determinant(x, false);
}

void ad_slogdet(ad_tensor *x, ad_tensor **sign, ad_tensor **logabs)
{
    *sign = determinant(x, true);
    *logabs = graph_result(*sign, 1);
}

ad_tensor *ad_logdet(ad_tensor *x)
{
    ad_tensor *sign, *y;
    ad_slogdet(x, &sign, &y);
    if (graph_is_poison(sign))
        return sign;
    return ad_where(ad_less(sign, rows_number(x, 0)), rows_number(x, NAN), y);
}

/* ---- QR */

static ad_status qr_one(const struct call *c, const struct factor_help *help, int64_t number)
{
    int64_t m = side(&c->in[0], 2), n = side(&c->in[0], 1), step = factor_step(m);
    size_t bytes;
    int64_t more = n * factor_step(n) + factor_qr_work(m, n);
    double *a = rows_of(c, 2 * n, m, more, &bytes), *q = a + n * step, *r = q + n * step;
    if (!a)
        return AD_ERROR_MEMORY;
    memset(r, 0, (size_t)(n * factor_step(n)) * sizeof *r);
    take_matrix(help, &c->in[0], number, true, a);
    factor_qr(help, a, m, n, q, r, r + n * factor_step(n));
    give_matrix(help, &c->out[0], number, true, q);
    give_matrix(help, &c->out[1], number, true, r);
    memory_free(c->allocator, a, bytes);
    return AD_OK;
}

static ad_status qr_naive(const struct call *c)
{
    return run_batch(c, qr_one);
}

static ad_status qr_infer(struct infer *f)
{
    TRY(check_matrix(f, 0, false));
    ad_shape s = f->in[0]->shape;
    if (dim_is_open(s.size[s.rank - 2]) || dim_is_open(s.size[s.rank - 1]) ||
        s.size[s.rank - 2] < s.size[s.rank - 1])
        return fail(AD_ERROR_SHAPE, "%s: rows and columns have to be numbers, rows no fewer",
                    graph_shape_text(f->graph, &s));
    f->type[0] = f->type[1] = f->in[0]->type;
    f->shape[0] = f->shape[1] = s;
    f->shape[1].size[s.rank - 2] = s.size[s.rank - 1];
    return AD_OK;
}

static void qr_gradient(struct gradient *g)
{
    ad_tensor *q = g->out[0], *r = g->out[1], *m = NULL;
    if (g->dy[1])
        m = ad_matmul(r, turned(g->dy[1]));
    if (g->dy[0]) {
        ad_tensor *part = ad_matmul(turned(g->dy[0]), q);
        m = m ? ad_sub(m, part) : ad_neg(part);
    }
    ad_tensor *both = ad_add(lower_half(m, 1), turned(lower_half(m, 0)));
    ad_tensor *d = ad_matmul(q, both);
    d = g->dy[0] ? ad_add(g->dy[0], d) : d;
    g->dx[0] = triangular(r, d, true, true, true, false);
}

void ad_qr(ad_tensor *x, ad_tensor **q, ad_tensor **r)
{
    bool wide = !graph_is_poison(x) && x->shape.rank >= 2 &&
                x->shape.size[x->shape.rank - 2] < x->shape.size[x->shape.rank - 1] &&
                x->shape.size[x->shape.rank - 2] >= 0;
    int64_t rows = wide ? x->shape.size[x->shape.rank - 2] : 0;
    *q = graph_node1(&op_qr, NULL, wide ? ad_slice(x, -1, 0, rows, 1) : x);
    *r = graph_result(*q, 1);
    if (wide) {
        ad_tensor *rest = ad_matmul(turned(*q), ad_slice(x, -1, rows, AD_END, 1));
        *r = ad_concat((ad_tensor *[]){*r, rest}, 2, -1);
    }
}

/* ---- records */

static const struct field triangular_fields[] = {
    FIELD(triangular_attributes, upper, BOOL, 0),
    FIELD(triangular_attributes, transposed, BOOL, 0),
    FIELD(triangular_attributes, right, BOOL, 0),
    FIELD(triangular_attributes, unit, BOOL, 0),
};
static const struct field solve_fields[] = {FIELD(solve_attributes, transposed, BOOL, 0)};
static const struct field determinant_fields[] = {FIELD(determinant_attributes, log, BOOL, 0)};

/* clang-format off */
static const struct sample cholesky_samples[] = {
    {.in_count = 1, .shape = {{2, {5, 5}}}, .diagonal = 8},
    {.in_count = 1, .shape = {{3, {2, 18, 18}}}, .diagonal = 30},
    {.in_count = 1, .shape = {{2, {1, 1}}}, .low = 0.5, .high = 2},
    {.in_count = 1, .shape = {{3, {2, 0, 0}}}},
};

#define HOW(...) .diagonal = 5, .attributes = &(const struct triangular_attributes){__VA_ARGS__}
static const struct sample triangular_samples[] = {
    {.in_count = 2, .shape = {{2, {5, 5}}, {2, {5, 3}}}, HOW(false, false, false, false)},
    {.in_count = 2, .shape = {{2, {5, 5}}, {2, {5, 3}}}, HOW(true, false, false, false)},
    {.in_count = 2, .shape = {{3, {2, 4, 4}}, {3, {2, 4, 3}}}, HOW(false, true, false, false)},
    {.in_count = 2, .shape = {{2, {5, 5}}, {2, {5, 3}}}, HOW(true, true, false, false)},
    {.in_count = 2, .shape = {{2, {3, 3}}, {2, {3, 3}}}, .low = -0.5, .high = 0.5, HOW(true, false, false, true)},
    {.in_count = 2, .shape = {{2, {5, 5}}, {2, {3, 5}}}, HOW(false, false, true, false)},
    {.in_count = 2, .shape = {{2, {5, 5}}, {2, {3, 5}}}, HOW(true, false, true, false)},
    {.in_count = 2, .shape = {{2, {5, 5}}, {2, {3, 5}}}, HOW(false, true, true, false)},
    {.in_count = 2, .shape = {{2, {19, 19}}, {2, {2, 19}}}, .low = -0.5, .high = 0.5, HOW(true, true, true, true)},
    {.in_count = 2, .shape = {{2, {3, 3}}, {2, {3, 0}}}, HOW(false, false, false, false)},
};

static const struct sample lu_samples[] = {
    {.in_count = 1, .shape = {{2, {4, 4}}}},
    {.in_count = 1, .shape = {{3, {3, 17, 17}}}, .diagonal = 20},
    {.in_count = 1, .shape = {{2, {0, 0}}}},
};

static const struct sample qr_samples[] = {
    {.in_count = 1, .shape = {{2, {4, 4}}}, .diagonal = 3},
    {.in_count = 1, .shape = {{3, {2, 19, 17}}}, .diagonal = 20},
    {.in_count = 1, .shape = {{2, {7, 2}}}},
    {.in_count = 1, .shape = {{2, {1, 1}}}, .low = 0.5, .high = 2},
    {.in_count = 1, .shape = {{2, {3, 0}}}},
};
/* clang-format on */

const struct op op_cholesky = {.name = "cholesky",
                               .fallible = true,
                               .doc = "lower triangular L of A = L L' (Murray 2016)",
                               .inputs = "A (..., n, n), taken as (A + A') / 2",
                               .formula = "L L' = A",
                               .in_min = 1,
                               .in_max = 1,
                               .infer = infer_same,
                               .gradient = cholesky_gradient,
                               .naive = cholesky_naive,
                               SAMPLES(cholesky_samples)};

const struct op op_triangular_solve = {.name = "triangular_solve",
                                       .doc = "X of T X = B, or X T = B from the right",
                                       .inputs = "T (..., n, n), B (..., n, k)",
                                       .formula = "X = T^-1 B",
                                       FIELDS(triangular_fields),
                                       .attribute_size = sizeof(struct triangular_attributes),
                                       .in_min = 2,
                                       .in_max = 2,
                                       .infer = triangular_infer,
                                       .gradient = triangular_gradient,
                                       .naive = triangular_naive,
                                       SAMPLES(triangular_samples)};

const struct op op_lu = {.name = "lu",
                         .doc = "LU factors with partial pivoting, and which row each row met",
                         .inputs = "A (..., n, n)",
                         .formula = "L U = A with rows exchanged",
                         .results = 2,
                         .in_min = 1,
                         .in_max = 1,
                         .infer = lu_infer,
                         .no_gradient = "what is made of the factors has it by A",
                         .naive = lu_naive,
                         SAMPLES(lu_samples)};

const struct op op_solve = {.name = "solve",
                            .fallible = true,
                            .doc = "X of A X = B by the factors of A",
                            .inputs = "A (..., n, n), B (..., n, k), LU, rows",
                            .formula = "X = A^-1 B",
                            FIELDS(solve_fields),
                            .attribute_size = sizeof(struct solve_attributes),
                            .in_min = 4,
                            .in_max = 4,
                            .infer = solve_infer,
                            .gradient = solve_gradient,
                            .naive = solve_naive};

const struct op op_determinant = {.name = "determinant",
                                  .doc = "determinant, or its sign and log |determinant|",
                                  .inputs = "A (..., n, n), LU, rows",
                                  .formula = "y = sign product of U's diagonal",
                                  FIELDS(determinant_fields),
                                  .attribute_size = sizeof(struct determinant_attributes),
                                  .results = -1,
                                  .result_count = determinant_results,
                                  .in_min = 3,
                                  .in_max = 3,
                                  .infer = determinant_infer,
                                  .gradient = determinant_gradient,
                                  .naive = determinant_naive};

const struct op op_qr = {.name = "qr",
                         .doc = "Q with orthonormal columns and R upper triangular (Seeger et al. "
                                "2017)",
                         .inputs = "A (..., m, n), m >= n",
                         .formula = "Q R = A",
                         .results = 2,
                         .in_min = 1,
                         .in_max = 1,
                         .infer = qr_infer,
                         .gradient = qr_gradient,
                         .naive = qr_naive,
                         SAMPLES(qr_samples)};
