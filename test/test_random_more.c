/* Random numbers beyond uniform and normal beside SciPy 1.17 (mean, variance, shares between
 * quantiles, the largest distance of distribution functions), neighbours that know nothing of each
 * other, the same bits on any number of threads, and the slope of the gamma distribution beside
 * mpmath: script/random-goldens wrote the numbers.  Bounds are those that true numbers pass but for
 * one seed of a million. */
#include "test.h"

#include "arrays.h"
#include "core/graph.h"
#include "one_graph.h"

enum { N = 1 << 16, BINS = 64, WORDS = 4 + 3 + BINS - 1 };

#define SURE 4.9       /* normal deviations: a chance of 1e-6 */
#define SURE_CHI 141.0 /* chi-square of 63 degrees of freedom, the same */
#define SURE_KS 2.7    /* sqrt(n) times Kolmogorov's distance, the same */

struct known {
    char name[32];
    double a[4], mean, variance, kurtosis, quantile[BINS - 1];
};

static FILE *open_golden(void)
{
    FILE *file = fopen(ADZE_TEST_DIR "/golden/random.txt", "r");
    if (!file)
        TEST_FAILED("cannot read the golden file");
    return file;
}

static bool read_known(FILE *file, struct known *k)
{
    if (fscanf(file, "%31s", k->name) != 1 || !strcmp(k->name, "slope"))
        return false;
    double *at[] = {k->a, k->a + 1, k->a + 2, k->a + 3, &k->mean, &k->variance, &k->kurtosis};
    bool ok = true;
    for (int i = 0; i < WORDS; i++)
        ok = ok && fscanf(file, "%la", i < 7 ? at[i] : &k->quantile[i - 7]) == 1;
    return ok;
}

static ad_tensor *draw(const struct known *k, ad_type type)
{
    ad_shape shape = AD_SHAPE(N / 64, 64);
    const double *a = k->a;
    if (!strcmp(k->name, "exponential"))
        return ad_exponential(graph, type, shape, a[0]);
    if (!strcmp(k->name, "gumbel"))
        return ad_gumbel(graph, type, shape, a[0], a[1]);
    if (!strcmp(k->name, "laplace"))
        return ad_laplace(graph, type, shape, a[0], a[1]);
    if (!strcmp(k->name, "truncated_normal"))
        return ad_truncated_normal(graph, type, shape, a[0], a[1], a[2], a[3]);
    return ad_standard_gamma(ad_full(graph, type, shape, a[0]));
}

/* The value of y in memory of its own; .data is NULL where there is none. */
static ad_array value_of(ad_tensor *y)
{
    ad_array out = {0}, kept = {0};
    ad_state *s = ad_state_new(ad_tensor_graph(y), 7);
    ad_program *p = s ? ad_compile(s, .fetch = {y}) : NULL;
    if (p && ad_run(p, NULL, &out) == AD_OK)
        kept = array_kept(&out);
    else
        TEST_FAILED("no value: %s", ad_error());
    ad_program_free(p);
    ad_state_free(s);
    return kept;
}

static int bin_of(const struct known *k, double v)
{
    int bin = 0;
    while (bin < BINS - 1 && v > k->quantile[bin])
        bin++;
    return bin;
}

static void check_shares(const struct known *k, const ad_array *y)
{
    double chi = 0, distance = 0, neighbours = 0, want = (double)N / BINS;
    int count[BINS] = {0}, so_far = 0, last = BINS / 2;
    for (int64_t i = 0; i < N; i++) {
        int bin = bin_of(k, ad_array_item(y, i));
        neighbours += (bin - 31.5) * (last - 31.5);
        count[bin]++, last = bin;
    }
    for (int i = 0; i < BINS; i++) {
        chi += (count[i] - want) * (count[i] - want) / want;
        so_far += count[i];
        distance = fmax(distance, fabs(so_far - want * (i + 1)) / N);
    }
    neighbours /= N * (BINS * BINS - 1) / 12.0;
    if (chi > SURE_CHI || distance * sqrt(N) > SURE_KS || fabs(neighbours) * sqrt(N) > SURE)
        TEST_FAILED("%s %g %g: chi-square %g, distance %g, neighbours %g", k->name, k->a[0],
                    k->a[1], chi, distance * sqrt(N), neighbours * sqrt(N));
}

static void check_moments(const struct known *k, const ad_array *y)
{
    double mean = 0, variance = 0;
    for (int64_t i = 0; i < N; i++)
        mean += ad_array_item(y, i) / N;
    for (int64_t i = 0; i < N; i++)
        variance += pow(ad_array_item(y, i) - k->mean, 2) / N;
    double off = (mean - k->mean) / sqrt(k->variance / N);
    double wide = (variance / k->variance - 1) / sqrt((k->kurtosis + 2) / N);
    if (!(fabs(off) < SURE) || !(fabs(wide) < SURE))
        TEST_FAILED("%s %g %g: mean %g, variance %g deviations off", k->name, k->a[0], k->a[1], off,
                    wide);
}

static void check_known(const struct known *k, ad_type type)
{
    begin();
    ad_array y = value_of(draw(k, type));
    for (int64_t i = 0; y.data && i < N; i++)
        if (!isfinite(ad_array_item(&y, i)))
            TEST_FAILED("%s: number %d is %g", k->name, (int)i, ad_array_item(&y, i));
    if (y.data && strcmp(k->name, "truncated_normal") == 0)
        for (int64_t i = 0; i < N; i++) {
            double v = ad_array_item(&y, i), low = k->a[2], high = k->a[3];
            bool single = type == AD_F32;
            if (v < (single ? (float)low : low) || v > (single ? (float)high : high))
                TEST_FAILED("%g is outside of %g to %g", v, low, high);
        }
    if (y.data) {
        check_shares(k, &y);
        /* Too few of so small shapes are large: the variance of the variance says nothing. */
        if (strcmp(k->name, "standard_gamma") || k->a[0] > 0.1)
            check_moments(k, &y);
    }
    free(y.data);
    end();
}

TEST(distributions)
{
    FILE *file = open_golden();
    struct known k;
    int count = 0;
    while (file && read_known(file, &k)) {
        check_known(&k, AD_F64);
        check_known(&k, AD_F32);
        count++;
    }
    CHECK(count > 20);
    if (file)
        fclose(file);
}

/* ---- slope of the gamma distribution */

static ad_tensor *slope_node(ad_tensor *a, ad_tensor *x)
{
    return graph_node3(op_find("gamma_slope"), NULL, a, x, ad_sub(ad_log(x), ad_digamma(a)));
}

TEST(gamma_slope)
{
    FILE *file = open_golden();
    char line[4000];
    int count = 0;
    while (file && fgets(line, sizeof line, file)) {
        double a, x, want;
        if (sscanf(line, "slope %la %la %la", &a, &x, &want) != 3)
            continue;
        begin();
        ad_tensor *y = slope_node(ad_number(graph, AD_F64, a), ad_number(graph, AD_F64, x));
        ad_array found = value_of(y);
        double got = found.data ? ad_array_item(&found, 0) : 0, off = fabs(got / want - 1);
        if (!(off <= (a > 1000 ? 1e-10 : 1e-12)))
            TEST_FAILED("slope at %g, %g is %.17g, not %.17g: %g", a, x, got, want, off);
        free(found.data);
        end();
        count++;
    }
    CHECK(count > 100);
    if (file)
        fclose(file);
}

/* At 1e7 the expansion takes over from the sums. */
TEST(gamma_slope_far)
{
    static const double away[] = {-5, -1, 0, 0.5, 3, 6};
    for (int i = 0; i < 6; i++) {
        begin();
        double got[2];
        for (int k = 0; k < 2; k++) {
            double a = 1e7 + (k ? 1 : -1), x = a + away[i] * sqrt(a);
            ad_array y =
                value_of(slope_node(ad_number(graph, AD_F64, a), ad_number(graph, AD_F64, x)));
            got[k] = y.data ? ad_array_item(&y, 0) : 0;
            free(y.data);
        }
        CHECK_CLOSE(got[0], got[1], 1e-9);
        end();
    }
}

/* E f(x) differentiated: d E x / da = 1, d E log x / da = trigamma(a). */
TEST(gamma_gradient)
{
    static const double shapes[] = {0.3, 1, 4, 50},
                        trigamma[] = {12.245364544107643, 1.6449340668482264, 0.28382295573711533,
                                      0.020201333226697127};
    for (int i = 0; i < 4; i++) {
        begin();
        ad_tensor *a = ad_full(graph, AD_F64, AD_SHAPE(N), shapes[i]), *d[2];
        ad_tensor *x = ad_standard_gamma(a);
        ad_gradient(ad_mean(x, AD_ALL), &a, 1, &d[0]);
        ad_gradient(ad_mean(ad_log(x), AD_ALL), &a, 1, &d[1]);
        ad_array y[2] = {value_of(ad_sum(d[0], AD_ALL)), value_of(ad_sum(d[1], AD_ALL))};
        if (y[0].data && y[1].data) {
            CHECK_CLOSE(ad_array_item(&y[0], 0), 1, 0.03);
            CHECK_CLOSE(ad_array_item(&y[1], 0), trigamma[i], 0.03 * trigamma[i]);
        }
        free(y[0].data), free(y[1].data);
        end();
    }
}

TEST(gamma_ends)
{
    static const double shapes[] = {0, -1, NAN, INFINITY, 1e-300, 1e306};
    begin();
    ad_array y = value_of(ad_standard_gamma(ad_constant(graph, ad_f64(shapes, AD_SHAPE(6)))));
    REQUIRE(y.data);
    CHECK_EQ(ad_array_item(&y, 0), 0);
    CHECK(isnan(ad_array_item(&y, 1)) && isnan(ad_array_item(&y, 2)));
    CHECK(isinf(ad_array_item(&y, 3)));
    CHECK_EQ(ad_array_item(&y, 4), 0);
    CHECK_CLOSE(ad_array_item(&y, 5), 1e306, 1e300);
    free(y.data);
    ad_tensor *a = ad_full(graph, AD_F64, AD_SHAPE(3), 2), *d;
    ad_gradient(ad_sum(ad_standard_gamma(a), AD_ALL), &a, 1, &d);
    ad_gradient(ad_sum(d, AD_ALL), &a, 1, &d);
    CHECK_CONTAINS(ad_tensor_error(d), "no second one");
    end();
}

/* ---- bernoulli, categorical, permutation */

static double share_of(const ad_array *y, double value)
{
    double count = 0;
    for (int64_t i = 0; i < ad_array_count(y); i++)
        count += ad_array_item(y, i) == value;
    return count / (double)ad_array_count(y);
}

static void check_share(const char *what, double got, double p, int64_t n)
{
    if (!(fabs(got - p) <= SURE * sqrt(p * (1 - p) / (double)n)))
        TEST_FAILED("%s: a share of %g, not %g", what, got, p);
}

TEST(bernoulli)
{
    static const double chances[] = {0, 1e-4, 0.3, 0.5, 0.999, 1};
    static const ad_type types[] = {AD_F32, AD_F64, AD_I32, AD_BOOL};
    for (int i = 0; i < 6; i++)
        for (int t = 0; t < 4; t++) {
            begin();
            double p = chances[i];
            ad_array y = value_of(ad_bernoulli(graph, types[t], AD_SHAPE(N), p));
            CHECK(y.data && y.type == types[t]);
            check_share("bernoulli", share_of(&y, 1), p, N);
            check_share("bernoulli", share_of(&y, 0), 1 - p, N);
            free(y.data);
            end();
        }
}

TEST(bernoulli_of_chances)
{
    static const float chances[] = {0, 0.25f, 1, -3, 7, NAN, 0.9f, 1e-3f};
    static const double want[] = {0, 0.25, 1, 0, 1, 0, 0.9, 1e-3};
    begin();
    ad_tensor *p = ad_expand(ad_constant(graph, ad_f32(chances, AD_SHAPE(8))), AD_SHAPE(N, 8));
    ad_tensor *y = ad_bernoulli_of(p), *d;
    ad_array m = value_of(ad_mean(y, AD_AXES(0)));
    for (int i = 0; m.data && i < 8; i++)
        check_share("chance", ad_array_item(&m, i), want[i], N);
    free(m.data);
    ad_gradient(ad_sum(y, AD_ALL), &p, 1, &d);
    m = value_of(ad_sum(ad_abs(d), AD_ALL));
    CHECK(m.data && ad_array_item(&m, 0) == 0);
    free(m.data);
    end();
}

TEST(categorical)
{
    static const double logits[] = {0, 1, -INFINITY, 3.5, -2, 100, 100.5, 1e4, -1e4, 1e4};
    static const int classes = 5;
    for (int row = 0; row < 2; row++) {
        begin();
        ad_tensor *x = ad_constant(graph, ad_f64(logits + 5 * row, AD_SHAPE(classes)));
        ad_array y = value_of(ad_categorical(ad_expand(x, AD_SHAPE(N, classes))));
        CHECK(y.data && y.type == AD_I32);
        double sum = 0;
        for (int i = 0; i < classes; i++)
            sum += exp(logits[5 * row + i] - (row ? 1e4 : 3.5));
        for (int i = 0; y.data && i < classes; i++)
            check_share("class", share_of(&y, i),
                        exp(logits[5 * row + i] - (row ? 1e4 : 3.5)) / sum, N);
        free(y.data);
        end();
    }
}

/* Many equal classes in f32: every one as often, though numbers of 24 bits would meet. */
TEST(categorical_of_many)
{
    enum { CLASSES = 5000, ROWS = 2000 };
    begin();
    ad_array y = value_of(ad_categorical(ad_full(graph, AD_F32, AD_SHAPE(ROWS, CLASSES), 2)));
    double mean = 0;
    for (int i = 0; y.data && i < ROWS; i++)
        mean += ad_array_item(&y, i) / ROWS;
    CHECK_CLOSE(mean, (CLASSES - 1) / 2.0, SURE * CLASSES / sqrt(12.0 * ROWS));
    free(y.data);
    end();
}

/* Of 4 things each of the 24 orders as often. */
TEST(permutations)
{
    enum { DRAWS = 4800 };
    int count[256] = {0};
    begin();
    ad_tensor *y = ad_permutation(graph, AD_I64, 4);
    ad_state *s = ad_state_new(graph, 3);
    ad_program *p = ad_compile(s, .fetch = {y});
    double chi = 0;
    for (int i = 0; p && i < DRAWS; i++) {
        ad_array out = {0};
        ad_state_set_step(s, i);
        REQUIRE(ad_run(p, NULL, &out) == AD_OK && out.type == AD_I64);
        const int64_t *o = out.data;
        count[o[0] * 64 + o[1] * 16 + o[2] * 4 + o[3]]++;
    }
    int orders = 0;
    for (int i = 0; i < 256; i++)
        if (count[i])
            orders++, chi += pow(count[i] - DRAWS / 24.0, 2) / (DRAWS / 24.0);
    CHECK_EQ(orders, 24);
    CHECK(chi < 74); /* 23 degrees of freedom, a chance of 1e-6 less */
    ad_program_free(p);
    ad_state_free(s);
    end();
}

TEST(permutation_of_many)
{
    enum { COUNT = 100000 };
    static bool seen[COUNT];
    begin();
    ad_array y = value_of(ad_permutation(graph, AD_I32, COUNT));
    REQUIRE(y.data);
    double along = 0, fixed = 0;
    for (int i = 0; i < COUNT; i++) {
        int at = ((int32_t *)y.data)[i];
        REQUIRE(at >= 0 && at < COUNT && !seen[at]);
        seen[at] = true, fixed += at == i;
        along += (at - COUNT / 2.0) * (i - COUNT / 2.0);
    }
    along /= COUNT * (double)COUNT * COUNT / 12;
    CHECK(fabs(along) < SURE / sqrt(COUNT));
    CHECK(fixed < 12); /* Poisson of 1 */
    free(y.data);
    end();
}

/* An open size shuffles a batch. */
TEST(permutation_of_a_batch)
{
    begin();
    ad_dim batch = ad_open(graph, "batch");
    ad_tensor *x = ad_feed(graph, "x", AD_F32, AD_SHAPE(batch));
    ad_tensor *y = ad_gather(x, ad_permutation(graph, AD_I32, batch), 0);
    state = ad_state_new(graph, 1);
    ad_program *p = ad_compile(state, .fetch = {y});
    float data[50];
    for (int i = 0; i < 50; i++)
        data[i] = (float)i;
    for (int n = 0; p && n <= 50; n += 10) {
        ad_array in = ad_f32(data, AD_SHAPE(n)), out = {0};
        CHECK_OK(ad_run(p, &in, &out));
        double sum = 0;
        for (int i = 0; i < n; i++)
            sum += ad_array_item(&out, i);
        CHECK_EQ(sum, n * (n - 1) / 2);
    }
    ad_program_free(p);
    end();
}

/* ---- the same bits */

static void build_all(ad_graph *g, ad_tensor **y)
{
    ad_shape shape = AD_SHAPE(37, 41);
    y[0] = ad_exponential(g, AD_F32, shape, 2);
    y[1] = ad_gumbel(g, AD_F64, shape, 0, 1);
    y[2] = ad_laplace(g, AD_F32, shape, 0, 1);
    y[3] = ad_truncated_normal(g, AD_F32, shape, 0, 1, -2, 2);
    y[4] = ad_standard_gamma(ad_full(g, AD_F32, shape, 0.7));
    y[5] = ad_bernoulli(g, AD_F32, shape, 0.3);
    y[6] = ad_categorical(ad_normal(g, AD_F32, shape, 0, 1));
    y[7] = ad_permutation(g, AD_I64, 1000);
}

enum { KINDS = 8 };

static bool run_all(const char *isa, int threads, bool naive, ad_array *kept)
{
    ad_context *c = ad_context_new(.threads = threads, .isa = isa);
    if (!c)
        return false;
    ad_graph *g = ad_graph_new(c);
    ad_tensor *y[KINDS];
    build_all(g, y);
    ad_state *s = ad_state_new(g, 99);
    ad_program *p = ad_compile(s, .fetch_list = y, .fetch_count = KINDS, .naive = naive);
    ad_array out[KINDS] = {{0}};
    if (!p || ad_run(p, NULL, out) != AD_OK)
        TEST_FAILED("%s", ad_error());
    for (int i = 0; i < KINDS; i++)
        kept[i] = array_kept(&out[i]);
    ad_program_free(p);
    ad_state_free(s);
    ad_graph_free(g);
    ad_context_free(c);
    return true;
}

TEST(same_bits)
{
    static const char *const isas[] = {NULL, "avx2", "neon"};
    ad_array first[KINDS], now[KINDS];
    REQUIRE(run_all(NULL, 1, true, first));
    for (int i = 0; i < 3; i++)
        for (int threads = 1; threads <= 4; threads += 3) {
            if (!run_all(isas[i], threads, false, now))
                continue;
            for (int k = 0; k < KINDS; k++) {
                if (array_difference(&first[k], &now[k]) >= 0)
                    TEST_FAILED("kind %d, %d threads, %s: other bits", k, threads,
                                isas[i] ? isas[i] : "the best");
                free(now[k].data);
            }
        }
    for (int k = 0; k < KINDS; k++)
        free(first[k].data);
}

/* Two of a kind are not the same numbers, and a training step draws new ones. */
TEST(streams)
{
    begin();
    ad_tensor *x = ad_standard_gamma(ad_full(graph, AD_F64, AD_SHAPE(4), 3)),
              *z = ad_standard_gamma(ad_full(graph, AD_F64, AD_SHAPE(4), 3));
    state = ad_state_new(graph, 1);
    ad_program *p = ad_compile(state, .fetch = {x, z}, .training = true);
    ad_array out[2] = {{0}};
    REQUIRE(p && ad_run(p, NULL, out) == AD_OK);
    double first = ad_array_item(&out[0], 0);
    CHECK(first != ad_array_item(&out[1], 0));
    REQUIRE(ad_run(p, NULL, out) == AD_OK);
    CHECK(first != ad_array_item(&out[0], 0));
    ad_program_free(p);
    end();
}

/* A first value may be of any of them. */
TEST(first_values)
{
    begin();
    ad_tensor *w =
        ad_variable(graph, "w", ad_truncated_normal(graph, AD_F32, AD_SHAPE(64), 0, 1, -2, 2));
    ad_tensor *order = ad_buffer(graph, "order", ad_permutation(graph, AD_I32, 9));
    state = ad_state_new(graph, 1);
    ad_array value = {0}, numbers = {0};
    REQUIRE(state && ad_get(state, w, &value) == AD_OK && ad_get(state, order, &numbers) == AD_OK);
    CHECK(fabs(ad_array_item(&value, 5)) <= 2 && ad_array_item(&value, 5) != 0);
    CHECK(ad_array_item(&numbers, 8) <= 8);
    end();
}

/* ---- mistakes */

TEST(mistakes)
{
    begin();
    ad_shape s = AD_SHAPE(3);
    ad_tensor *x = ad_feed(graph, "x", AD_I32, s);
    ad_tensor *bad[] = {ad_bernoulli(graph, AD_F32, s, 1.5),
                        ad_bernoulli(graph, AD_F32, s, NAN),
                        ad_bernoulli_of(x),
                        ad_exponential(graph, AD_F32, s, 0),
                        ad_exponential(graph, AD_I32, s, 1),
                        ad_gumbel(graph, AD_F32, s, 0, -1),
                        ad_laplace(graph, AD_F64, s, INFINITY, 1),
                        ad_truncated_normal(graph, AD_F32, s, 0, 0, -1, 1),
                        ad_truncated_normal(graph, AD_F32, s, 0, 1, 1, 1),
                        ad_truncated_normal(graph, AD_F32, s, 0, 1, 50, 51),
                        ad_truncated_normal(graph, AD_F32, s, 0, 1, -INFINITY, 1),
                        ad_categorical(x),
                        ad_categorical(ad_number(graph, AD_F32, 1)),
                        ad_permutation(graph, AD_F32, 3),
                        ad_permutation(graph, AD_I32, -3),
                        ad_permutation(graph, AD_I64, INT64_C(1) << 40),
                        ad_standard_gamma(x)};
    static const char *const words[] = {
        "0 to 1", "0 to 1",     "f32 or f64", "above 0",   "f32 or f64", "0 up",
        "number", "above 0",    "low before", "within 37", "numbers",    "f32 or f64",
        "axes",   "i32 or i64", "size",       "count",     "f32"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CHECK_CONTAINS(ad_tensor_error(bad[i]), words[i]);
    CHECK(ad_tensor_error(ad_exponential(NULL, AD_F32, s, 1)) != NULL);
    end();
}

TEST_MAIN
