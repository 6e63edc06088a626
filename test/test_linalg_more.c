/* Linear algebra beside PyTorch 2.15 (script/linalg-goldens wrote values and gradients), residuals
 * of sizes on both sides of every block, ill-conditioned matrices, the same bits by any way, and
 * what cannot be factored. */
#include "test.h"

#include <float.h>

#include "arrays.h"
#include "failing_allocator.h"
#include "one_graph.h"

enum { MOST = 8192, ARRAYS = 3 };

/* ---- cases of the file */

struct numbers {
    ad_shape shape;
    int count;
    double value[MOST];
};

struct known {
    char name[40];
    struct numbers in[ARRAYS], out[ARRAYS], d[ARRAYS];
    int ins, outs, ds;
};

static struct known known;

static bool read_numbers(FILE *file, struct numbers *n)
{
    bool ok = fscanf(file, "%d", &n->shape.rank) == 1 && n->shape.rank <= AD_RANK_MAX;
    n->count = 1;
    for (int i = 0; ok && i < n->shape.rank; i++) {
        long long size;
        ok = fscanf(file, "%lld", &size) == 1;
        n->shape.size[i] = size, n->count *= (int)size;
    }
    for (int i = 0; ok && i < n->count && i < MOST; i++)
        ok = fscanf(file, "%lf", &n->value[i]) == 1;
    return ok && n->count <= MOST;
}

/* The word "case" is read already; false at the end of the file. */
static bool read_case(FILE *file, struct known *k)
{
    char word[40];
    k->ins = k->outs = k->ds = 0;
    if (fscanf(file, "%39s", k->name) != 1)
        return false;
    while (fscanf(file, "%39s", word) == 1 && strcmp(word, "case")) {
        struct numbers *n = !strcmp(word, "in")    ? &k->in[k->ins++]
                            : !strcmp(word, "out") ? &k->out[k->outs++]
                                                   : &k->d[k->ds++];
        if (!read_numbers(file, n)) {
            TEST_FAILED("%s: cannot be read", k->name);
            return false;
        }
    }
    return true;
}

/* The results of the call that is named. */
static void call(const char *name, ad_tensor *const *x, ad_tensor **y)
{
    if (!strncmp(name, "cholesky", 8)) {
        y[0] = ad_cholesky(x[0], name[8] != 0);
    } else if (!strncmp(name, "triangular_", 11)) {
        const char *f = name + 11;
        y[0] = ad_triangular_solve(x[0], x[1], .upper = f[0] == '1', .left = f[1] == '0',
                                   .transposed = f[2] == '1', .unitriangular = f[3] == '1');
    } else if (!strcmp(name, "solve")) {
        y[0] = ad_solve(x[0], x[1]);
    } else if (!strcmp(name, "inverse")) {
        y[0] = ad_inverse(x[0]);
    } else if (!strcmp(name, "determinant")) {
        y[0] = ad_determinant(x[0]);
    } else if (!strcmp(name, "logdet")) {
        y[0] = ad_logdet(x[0]);
    } else if (!strcmp(name, "slogdet")) {
        ad_slogdet(x[0], &y[0], &y[1]);
    } else {
        ad_qr(x[0], &y[0], &y[1]);
    }
}

static ad_array array_of(const struct numbers *n, ad_type type)
{
    ad_array a = array_new(type, n->shape);
    for (int i = 0; i < n->count; i++)
        array_put(&a, i, n->value[i]);
    return a;
}

static ad_tensor *weighed_sum(ad_tensor *y, int k, int count)
{
    double *w = calloc((size_t)count + 1, sizeof *w);
    for (int i = 0; i < count; i++)
        w[i] = ((37 * i + 11 * k) % 23 - 11) / 8.0;
    ad_array a = ad_f64(w, ad_tensor_shape(y));
    ad_tensor *weight = ad_cast(ad_constant(graph, a), ad_tensor_type(y));
    free(w);
    return ad_sum(ad_mul(y, weight), AD_ALL);
}

static void compare(const char *what, const ad_array *got, const struct numbers *want, double bound)
{
    double scale = 1;
    if (ad_array_count(got) != want->count) {
        TEST_FAILED("%s: %s has %d numbers, not %d", known.name, what, (int)ad_array_count(got),
                    want->count);
        return;
    }
    for (int i = 0; i < want->count; i++)
        scale = fmax(scale, fabs(want->value[i]));
    for (int i = 0; i < want->count; i++)
        if (!(fabs(ad_array_item(got, i) - want->value[i]) <= bound * scale)) {
            TEST_FAILED("%s: %s[%d] is %.17g, not %.17g", known.name, what, i,
                        ad_array_item(got, i), want->value[i]);
            return;
        }
}

static void check_case(ad_type type, double bound)
{
    ad_tensor *x[ARRAYS], *y[ARRAYS] = {NULL}, *d[ARRAYS], *all[2 * ARRAYS], *total = NULL;
    ad_array in[ARRAYS], out[2 * ARRAYS] = {{0}};
    static const char *const names[] = {"a", "b", "c"};
    begin();
    for (int i = 0; i < known.ins; i++) {
        in[i] = array_of(&known.in[i], type);
        x[i] = ad_feed(graph, names[i], type, known.in[i].shape);
    }
    call(known.name, x, y);
    for (int k = strcmp(known.name, "slogdet") == 0; k < known.outs; k++) {
        ad_tensor *sum = weighed_sum(y[k], k, known.out[k].count);
        total = total ? ad_add(total, sum) : sum;
    }
    ad_gradient(total, x, known.ins, d);
    for (int k = 0; k < known.outs + known.ds; k++)
        all[k] = k < known.outs ? y[k] : d[k - known.outs];
    state = ad_state_new(graph, 1);
    ad_program *p = ad_compile(state, .fetch_list = all, .fetch_count = known.outs + known.ds,
                               .feed_list = x, .feed_count = known.ins);
    if (!p || ad_run(p, in, out) != AD_OK)
        TEST_FAILED("%s: %s", known.name, ad_error());
    for (int k = 0; k < known.outs; k++)
        compare("value", &out[k], &known.out[k], bound);
    for (int k = 0; k < known.ds; k++)
        compare("gradient", &out[known.outs + k], &known.d[k], bound);
    for (int i = 0; i < known.ins; i++)
        free(in[i].data);
    ad_program_free(p);
    end();
}

/* f32: at most 20 additions, condition numbers up to some hundreds, squared by gradients. */
TEST(beside_pytorch)
{
    FILE *file = fopen(ADZE_TEST_DIR "/golden/linalg.txt", "r");
    char word[40];
    int count = 0;
    REQUIRE(file && fscanf(file, "%39s", word) == 1);
    while (read_case(file, &known)) {
        check_case(AD_F64, 1e-9);
        check_case(AD_F32, 20 * 500 * FLT_EPSILON);
        count++;
    }
    CHECK_EQ(count, 47);
    fclose(file);
}

/* ---- second derivatives of what test_ops does not look at */

static void check_second(const char *name, bool vector)
{
    static double a[2 * 4 * 4], b[2 * 4 * 3];
    uint64_t seed = 5;
    for (int i = 0; i < 32; i++)
        a[i] = random_unit(&seed) - 0.5 + 2 * (i % 16 % 5 == 0);
    for (int i = 0; i < 24; i++)
        b[i] = random_unit(&seed);
    begin();
    ad_tensor *x[2] = {ad_feed(graph, "a", AD_F64, AD_SHAPE(2, 4, 4)),
                       ad_feed(graph, "b", AD_F64, vector ? AD_SHAPE(4) : AD_SHAPE(2, 4, 3))};
    ad_tensor *y[2] = {NULL}, *d[2];
    int inputs = strcmp(name, "solve") ? 1 : 2;
    call(name, x, y);
    ad_tensor *last = y[1] ? y[1] : y[0];
    ad_tensor *sum = ad_sum(ad_sin(ad_scale(last, 0.1)), AD_ALL);
    ad_binding feeds[] = {{x[0], ad_f64(a, AD_SHAPE(2, 4, 4))},
                          {x[1], ad_f64(b, ad_tensor_shape(x[1]))}};
    double worst = 1;
    state = ad_state_new(graph, 1);
    CHECK_OK(ad_check_gradients(state, sum, x, inputs, feeds, 2, &worst));
    CHECK_CLOSE(worst, 0, 1e-6);
    ad_gradient(sum, x, inputs, d);
    ad_tensor *again = ad_sum(ad_square(d[0]), AD_ALL);
    if (inputs == 2)
        again = ad_add(again, ad_sum(ad_square(d[1]), AD_ALL));
    CHECK_OK(ad_check_gradients(state, again, x, inputs, feeds, 2, &worst));
    if (!(worst <= 1e-5))
        TEST_FAILED("%s: second derivative %g off", name, worst);
    end();
}

TEST(second_derivatives)
{
    check_second("solve", false);
    check_second("solve", true);
    check_second("inverse", false);
    check_second("determinant", false);
    check_second("slogdet", false);
    check_second("logdet", false);
}

/* ---- residuals */

/* Values of y, whose graph has no feeds, in memory of their own. */
static bool values_of(ad_tensor **y, int count, ad_array *kept)
{
    ad_array out[8] = {{0}};
    state = ad_state_new(graph, 1);
    ad_program *p = state ? ad_compile(state, .fetch_list = y, .fetch_count = count) : NULL;
    bool ok = p && ad_run(p, NULL, out) == AD_OK;
    for (int i = 0; ok && i < count; i++)
        kept[i] = array_kept(&out[i]);
    if (!ok)
        TEST_FAILED("no value: %s", ad_error());
    ad_program_free(p);
    return ok;
}

/* Frobenius' norm of A - B C, with all in f64. */
static double residual(const ad_array *a, const ad_array *b, const ad_array *c, bool turned, int m,
                       int n, int k)
{
    double sum = 0;
    for (int i = 0; i < m; i++)
        for (int j = 0; j < n; j++) {
            double r = a ? ad_array_item(a, i * n + j) : i == j;
            for (int l = 0; l < k; l++)
                r -= ad_array_item(b, turned ? l * m + i : i * k + l) * ad_array_item(c, l * n + j);
            sum += r * r;
        }
    return sqrt(sum);
}

static double norm(const ad_array *a)
{
    double sum = 0;
    for (int64_t i = 0; i < ad_array_count(a); i++)
        sum += pow(ad_array_item(a, i), 2);
    return sqrt(sum);
}

static double epsilon(ad_type type)
{
    return type == AD_F32 ? FLT_EPSILON : DBL_EPSILON;
}

static void free_arrays(ad_array *a, int count)
{
    for (int i = 0; i < count; i++)
        free(a[i].data);
}

static void check_small(const char *what, int n, ad_type type, double got, double scale)
{
    if (!(got <= (n + 2) * epsilon(type) * scale))
        TEST_FAILED("%s of %d, %s: residual %g", what, n, ad_type_name(type), got / scale);
}

static void check_cholesky(ad_type type, int n, ad_tensor *(*make)(ad_type, int))
{
    ad_array v[3];
    begin();
    ad_tensor *a = make(type, n), *l = ad_cholesky(a, false);
    ad_tensor *y[] = {a, l, ad_cholesky(a, true)};
    if (values_of(y, 3, v)) {
        check_small("cholesky", n, type, residual(&v[0], &v[1], &v[2], false, n, n, n),
                    norm(&v[0]));
        for (int i = 0; i < n; i++)
            for (int j = i + 1; j < n; j++)
                CHECK_EQ(ad_array_item(&v[1], i * n + j), 0);
        free_arrays(v, 3);
    }
    end();
}

static ad_tensor *normal_matrix(ad_type type, int n)
{
    return ad_normal(graph, type, AD_SHAPE(n, n), 0, 1);
}

static ad_tensor *definite_matrix(ad_type type, int n)
{
    ad_tensor *x = ad_normal(graph, type, AD_SHAPE(n, n + 5), 0, 1);
    return ad_matmul(x, ad_transpose(x, AD_AXES(1, 0)));
}

static ad_tensor *hilbert_matrix(ad_type type, int n)
{
    ad_tensor *i = ad_range(graph, type, n);
    return ad_reciprocal(ad_shift(ad_add(ad_reshape(i, AD_SHAPE(n, 1)), i), 1));
}

static void check_solve(ad_type type, int n, ad_tensor *(*make)(ad_type, int))
{
    ad_array v[3];
    begin();
    ad_tensor *a = make(type, n), *b = ad_normal(graph, type, AD_SHAPE(n, 3), 0, 1);
    ad_tensor *y[] = {b, a, ad_solve(a, b)};
    if (values_of(y, 3, v)) {
        check_small("solve", n, type, residual(&v[0], &v[1], &v[2], false, n, 3, n),
                    norm(&v[1]) * norm(&v[2]));
        free_arrays(v, 3);
    }
    end();
}

static void check_qr(ad_type type, int m, int n, ad_tensor *(*make)(ad_type, int))
{
    ad_array v[3];
    int k = m < n ? m : n;
    begin();
    ad_tensor *a = make(type, m > n ? m : n), *y[3];
    a = ad_slice(ad_slice(a, 0, 0, m, 1), 1, 0, n, 1);
    y[0] = a;
    ad_qr(a, &y[1], &y[2]);
    if (values_of(y, 3, v)) {
        check_small("qr", m, type, residual(&v[0], &v[1], &v[2], false, m, n, k), norm(&v[0]));
        check_small("qr's q", m, type, residual(NULL, &v[1], &v[1], true, k, k, m), sqrt(k));
        for (int i = 0; i < k; i++)
            for (int j = 0; j < i; j++)
                CHECK_EQ(ad_array_item(&v[2], i * n + j), 0);
        free_arrays(v, 3);
    }
    end();
}

TEST(residuals)
{
    static const int sizes[] = {1, 2, 3, 15, 16, 17, 31, 32, 33, 50, 64, 97, 100, 129, 200, 257};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        for (int t = 0; t < 2; t++) {
            ad_type type = t ? AD_F64 : AD_F32;
            int n = sizes[i];
            check_cholesky(type, n, definite_matrix);
            check_solve(type, n, normal_matrix);
            check_qr(type, n, n, normal_matrix);
            check_qr(type, n + 40, n, normal_matrix);
            check_qr(type, n, n + 7, normal_matrix);
        }
}

static ad_tensor *rank_one(ad_type type, int n)
{
    ad_tensor *i = ad_shift(ad_range(graph, type, n), 1);
    return ad_mul(ad_reshape(i, AD_SHAPE(n, 1)), i);
}

static ad_tensor *zero_matrix(ad_type type, int n)
{
    return ad_full(graph, type, AD_SHAPE(n, n), 0);
}

static ad_tensor *huge_matrix(ad_type type, int n)
{
    return ad_scale(normal_matrix(type, n), type == AD_F32 ? 1e30 : 1e300);
}

static ad_tensor *tiny_matrix(ad_type type, int n)
{
    return ad_scale(normal_matrix(type, n), type == AD_F32 ? 1e-30 : 1e-290);
}

/* Condition numbers up to 1e16: residuals do not see them. */
TEST(ill_conditioned)
{
    for (int n = 2; n <= 12; n++) {
        check_cholesky(AD_F64, n, hilbert_matrix);
        check_solve(AD_F64, n, hilbert_matrix);
        check_qr(AD_F64, n, n, hilbert_matrix);
        check_qr(AD_F32, n, n - 1, hilbert_matrix);
    }
    check_qr(AD_F64, 30, 30, hilbert_matrix);
    check_qr(AD_F64, 40, 20, rank_one);
    check_qr(AD_F64, 20, 20, zero_matrix);
}

TEST(sizes_of_numbers)
{
    begin();
    ad_tensor *q[4], *r;
    ad_array v[4];
    ad_tensor *(*const make[])(ad_type, int) = {huge_matrix, tiny_matrix};
    for (int i = 0; i < 4; i++)
        ad_qr(make[i % 2](i < 2 ? AD_F32 : AD_F64, 24), &q[i], &r);
    if (values_of(q, 4, v)) {
        for (int i = 0; i < 4; i++)
            check_small("q", 24, v[i].type, residual(NULL, &v[i], &v[i], true, 24, 24, 24),
                        sqrt(24));
        free_arrays(v, 4);
    }
    end();
}

/* 1 / det of Hilbert matrices are whole numbers (sequence A005249). */
TEST(determinants_of_hilbert)
{
    static const double one_over[] = {1, 12, 2160, 6048000, 266716800000, 186313420339200000};
    for (int n = 1; n <= 6; n++) {
        ad_array v[4];
        begin();
        ad_tensor *a = hilbert_matrix(AD_F64, n), *y[4];
        y[0] = ad_determinant(a);
        ad_slogdet(ad_neg(a), &y[1], &y[2]);
        y[3] = ad_logdet(a);
        REQUIRE(values_of(y, 4, v));
        double condition = pow(33, n);
        CHECK_CLOSE(ad_array_item(&v[0], 0) * one_over[n - 1], 1, DBL_EPSILON * condition);
        CHECK_EQ(ad_array_item(&v[1], 0), n % 2 ? -1 : 1);
        CHECK_CLOSE(ad_array_item(&v[2], 0), -log(one_over[n - 1]), DBL_EPSILON * condition);
        CHECK_CLOSE(ad_array_item(&v[3], 0), -log(one_over[n - 1]), DBL_EPSILON * condition);
        free_arrays(v, 4);
        end();
    }
}

/* Of singular, empty and one-sided matrices. */
TEST(determinants_at_ends)
{
    static const double a[] = {1, 2, 2, 4, 0, 1, 1, 0, NAN, 1, 1, 1};
    ad_array v[5];
    begin();
    ad_tensor *x = ad_constant(graph, ad_f64(a, AD_SHAPE(3, 2, 2))), *y[5];
    y[0] = ad_determinant(x), y[1] = ad_logdet(x);
    ad_slogdet(x, &y[2], &y[3]);
    y[4] = ad_determinant(ad_full(graph, AD_F64, AD_SHAPE(2, 0, 0), 1));
    REQUIRE(values_of(y, 5, v));
    CHECK_EQ(ad_array_item(&v[0], 0), 0);
    CHECK_EQ(ad_array_item(&v[0], 1), -1);
    CHECK(isnan(ad_array_item(&v[0], 2)) && isnan(ad_array_item(&v[2], 2)));
    CHECK(ad_array_item(&v[1], 0) == -INFINITY && isnan(ad_array_item(&v[1], 1)));
    CHECK_EQ(ad_array_item(&v[2], 0), 0);
    CHECK(ad_array_item(&v[3], 0) == -INFINITY);
    CHECK_EQ(ad_array_item(&v[4], 1), 1);
    free_arrays(v, 5);
    end();
}

/* What lies in the half that is not read, or on a diagonal of ones, does not matter. */
TEST(triangle_alone_is_read)
{
    static const double t[] = {NAN, NAN, 2, NAN}, b[] = {3, 7};
    ad_array v[1];
    begin();
    ad_tensor *y =
        ad_triangular_solve(ad_constant(graph, ad_f64(t, AD_SHAPE(2, 2))),
                            ad_constant(graph, ad_f64(b, AD_SHAPE(2, 1))), .unitriangular = true);
    REQUIRE(values_of(&y, 1, v));
    CHECK_EQ(ad_array_item(&v[0], 0), 3);
    CHECK_EQ(ad_array_item(&v[0], 1), 1);
    free_arrays(v, 1);
    end();
}

/* ---- the same bits */

enum { KINDS = 8 };

static void build_all(ad_type type, ad_tensor **y)
{
    ad_tensor *a = normal_matrix(type, 150), *r;
    ad_tensor *many = ad_normal(graph, type, AD_SHAPE(70, 20, 20), 0, 1);
    y[0] = ad_cholesky(definite_matrix(type, 200), false);
    y[1] = ad_inverse(a);
    ad_qr(a, &y[2], &y[3]);
    y[4] = ad_solve(many, ad_normal(graph, type, AD_SHAPE(20, 5), 0, 1));
    ad_slogdet(many, &y[5], &y[6]);
    ad_qr(ad_transpose(many, AD_AXES(0, 2, 1)), &y[7], &r);
}

static bool run_all(ad_type type, const char *isa, int threads, bool naive, ad_array *kept)
{
    context = ad_context_new(.threads = threads, .isa = isa);
    if (!context)
        return false;
    graph = ad_graph_new(context);
    ad_tensor *y[KINDS];
    ad_array out[KINDS] = {{0}};
    build_all(type, y);
    state = ad_state_new(graph, 4);
    ad_program *p = ad_compile(state, .fetch_list = y, .fetch_count = KINDS, .naive = naive);
    if (!p || ad_run(p, NULL, out) != AD_OK)
        TEST_FAILED("%s", ad_error());
    for (int i = 0; i < KINDS; i++)
        kept[i] = array_kept(&out[i]);
    ad_program_free(p);
    end();
    return true;
}

TEST(same_bits)
{
    static const char *const isas[] = {NULL, "avx2", "neon"};
    ad_array first[KINDS], now[KINDS];
    for (int t = 0; t < 2; t++) {
        ad_type type = t ? AD_F64 : AD_F32;
        REQUIRE(run_all(type, NULL, 1, true, first));
        for (int i = 0; i < 6; i++) {
            if (!run_all(type, isas[i / 2], i % 2 ? 4 : 1, false, now))
                continue;
            for (int k = 0; k < KINDS; k++)
                if (array_difference(&first[k], &now[k]) >= 0)
                    TEST_FAILED("%s, kind %d, %s: other bits", ad_type_name(type), k,
                                isas[i / 2] ? isas[i / 2] : "the best");
            free_arrays(now, KINDS);
        }
        free_arrays(first, KINDS);
    }
}

/* ---- what cannot be factored */

static void check_failure(ad_tensor *y, ad_tensor *x, ad_array in, const char *a, const char *b,
                          const char *c)
{
    state = state ? state : ad_state_new(graph, 1);
    ad_array out = {0};
    for (int naive = 0; naive < 2; naive++) {
        ad_program *p = ad_compile(state, .fetch = {y}, .feed = {x}, .naive = naive);
        REQUIRE(p);
        CHECK_EQ(ad_run(p, &in, &out), AD_ERROR_ARGUMENT);
        CHECK_CONTAINS(ad_error(), a);
        CHECK_CONTAINS(ad_error(), b);
        CHECK_CONTAINS(ad_error(), c);
        ad_program_free(p);
    }
}

TEST(not_factored)
{
    static double a[4 * 9];
    for (int i = 0; i < 36; i++)
        a[i] = i % 9 % 4 == 0;
    a[2 * 9 + 8] = -0.5;
    a[3 * 9] = 0;
    begin();
    ad_tensor *x = ad_feed(graph, "x", AD_F64, AD_SHAPE(4, 3, 3));
    ad_tensor *l = ad_name(ad_cholesky(x, false), "covariance");
    ad_array in = ad_f64(a, AD_SHAPE(4, 3, 3));
    check_failure(l, x, in, "covariance", "matrix 2 is not positive definite", "pivot 2 is -0.5");
    a[2 * 9 + 8] = NAN;
    check_failure(l, x, in, "covariance", "matrix 2 is not positive definite", "pivot 2 is ");
    check_failure(ad_inverse(x), x, in, "solve", "matrix 3 is singular", "pivot 0");
    ad_tensor *d;
    ad_gradient(ad_sum(ad_determinant(x), AD_ALL), &x, 1, &d);
    check_failure(d, x, in, "solve", "matrix 3 is singular", "pivot 0");
    end();
}

/* A run that fails leaves variables as they were, and the next one goes on. */
TEST(failed_run_changes_nothing)
{
    static double good[] = {2, 1, 1, 2}, bad[] = {1, 2, 2, 1};
    begin();
    ad_tensor *x = ad_feed(graph, "x", AD_F64, AD_SHAPE(2, 2));
    ad_tensor *w = ad_variable(graph, "w", ad_full(graph, AD_F64, AD_SHAPE(2, 1), 1));
    ad_tensor *y = ad_sum(ad_triangular_solve(ad_cholesky(x, false), w), AD_ALL);
    ad_tensor *step = ad_sgd(y, .rate = 0.1);
    state = ad_state_new(graph, 1);
    ad_program *p = ad_compile(state, .fetch = {step}, .feed = {x}, .training = true);
    ad_array in = ad_f64(bad, AD_SHAPE(2, 2)), out = {0}, now = {0};
    REQUIRE(p);
    CHECK_EQ(ad_run(p, &in, &out), AD_ERROR_ARGUMENT);
    REQUIRE(ad_get(state, w, &now) == AD_OK);
    CHECK_EQ(ad_array_item(&now, 0), 1);
    in.data = good;
    CHECK_OK(ad_run(p, &in, &out));
    REQUIRE(ad_get(state, w, &now) == AD_OK);
    CHECK(ad_array_item(&now, 0) < 1);
    ad_program_free(p);
    end();
}

/* A product needs no memory; without memory for anything else the run fails, and the next one has
 * the same bits. */
TEST(no_memory)
{
    struct failing f;
    failing_init(&f, -1);
    context = ad_context_new(.threads = 2, .allocator = f.allocator);
    graph = ad_graph_new(context);
    ad_tensor *q, *r, *a = normal_matrix(AD_F32, 40);
    ad_qr(a, &q, &r);
    ad_tensor *y = ad_add(ad_cholesky(definite_matrix(AD_F32, 40), false), ad_add(q, r));
    y = ad_add(y, ad_inverse(a));
    state = ad_state_new(graph, 1);
    ad_program *p = ad_compile(state, .fetch = {y});
    ad_array out = {0};
    REQUIRE(p && ad_run(p, NULL, &out) == AD_OK);
    ad_array first = array_kept(&out);
    int failed = 0, all = 0;
    for (f.failed = true; f.failed && all < 1000; all++) {
        f.failed = false, f.fail_at = atomic_load(&f.calls) + all;
        ad_status status = ad_run(p, NULL, &out);
        CHECK(status == AD_OK || status == AD_ERROR_MEMORY);
        CHECK(status != AD_OK || array_difference(&first, &out) < 0);
        failed += status != AD_OK;
    }
    CHECK(failed >= 4);
    CHECK_EQ(all, failed + 1);
    f.fail_at = -1;
    free(first.data);
    ad_program_free(p);
    end();
    CHECK_EQ(f.blocks, 0);
    CHECK_EQ(f.mistakes, 0);
}

/* Sizes that a run decides. */
TEST(open_sizes)
{
    static double a[5 * 16];
    uint64_t seed = 3;
    for (int i = 0; i < 80; i++)
        a[i] = random_unit(&seed) + 4 * (i % 16 % 5 == 0);
    begin();
    ad_dim batch = ad_open(graph, "batch"), n = ad_open(graph, "n");
    ad_tensor *x = ad_feed(graph, "x", AD_F64, AD_SHAPE(batch, n, n)), *d;
    ad_tensor *y = ad_sum(ad_add(ad_logdet(x), ad_determinant(ad_cholesky(x, false))), AD_ALL);
    y = ad_add(y, ad_sum(ad_inverse(x), AD_ALL));
    ad_gradient(y, &x, 1, &d);
    ad_tensor *q, *r;
    ad_qr(x, &q, &r);
    CHECK_CONTAINS(ad_tensor_error(q), "have to be numbers");
    end();
    begin();
    batch = ad_open(graph, "batch"), n = ad_open(graph, "n");
    x = ad_feed(graph, "x", AD_F64, AD_SHAPE(batch, n, n));
    y = ad_sum(ad_add(ad_logdet(x), ad_determinant(ad_cholesky(x, false))), AD_ALL);
    y = ad_add(y, ad_sum(ad_inverse(x), AD_ALL));
    ad_gradient(y, &x, 1, &d);
    state = ad_state_new(graph, 1);
    ad_program *p = ad_compile(state, .fetch = {y, d}, .feed = {x});
    for (int b = 0; p && b <= 5; b += 5)
        for (int k = 1; k <= 4; k += 3) {
            ad_array in = ad_f64(a, AD_SHAPE(b, k, k)), out[2] = {{0}};
            CHECK_OK(ad_run(p, &in, out));
            CHECK(isfinite(ad_array_item(&out[0], 0)));
            CHECK_EQ(ad_array_count(&out[1]), b * k * k);
        }
    ad_program_free(p);
    end();
}

TEST(mistakes)
{
    begin();
    ad_tensor *a = ad_feed(graph, "a", AD_F32, AD_SHAPE(3, 4)),
              *s = ad_feed(graph, "s", AD_F32, AD_SHAPE(2, 3, 3)),
              *b = ad_feed(graph, "b", AD_F32, AD_SHAPE(4, 2)),
              *i = ad_feed(graph, "i", AD_I32, AD_SHAPE(3, 3)),
              *f = ad_feed(graph, "f", AD_F64, AD_SHAPE(2, 3, 1)),
              *five = ad_feed(graph, "five", AD_F32, AD_SHAPE(5, 3, 1)), *q, *r;
    ad_qr(i, &q, &r);
    ad_tensor *bad[] = {ad_cholesky(a, false),
                        ad_cholesky(i, false),
                        ad_triangular_solve(s, b),
                        ad_triangular_solve(s, ad_reshape(b, AD_SHAPE(8))),
                        ad_solve(s, f),
                        ad_solve(s, five),
                        ad_solve(a, b),
                        ad_inverse(a),
                        ad_determinant(ad_number(graph, AD_F32, 1)),
                        ad_logdet(i),
                        q,
                        r};
    static const char *const words[] = {"square", "f32 or f64", "wants",      "broadcast",
                                        "type",   "broadcast",  "square",     "square",
                                        "square", "f32 or f64", "f32 or f64", "f32 or f64"};
    for (size_t k = 0; k < sizeof bad / sizeof bad[0]; k++)
        CHECK_CONTAINS(ad_tensor_error(bad[k]), words[k]);
    end();
}

TEST_MAIN
