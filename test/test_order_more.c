/* Sorting, elements by number along an axis, scans, and the reductions made of them beside PyTorch
 * 2.15 and NumPy (script/order-goldens wrote test/golden/order.txt); then what those do not say. */
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <adze/more.h>

#include "arrays.h"
#include "core/graph.h"
#include "failing_allocator.h"
#include "one_graph.h"

enum { LINE = 1 << 16, GIVEN = 3 };

/* What a case says: inputs x, i and p, the result and gradients by x and p. */
struct golden {
    char name[32], type[8];
    double p;
    int axis, flag;
    ad_array in[GIVEN], y, dx, dp;
};

static ad_type type_of(const char *name)
{
    for (int t = 1; t < 16; t++)
        if (ad_type_name((ad_type)t) && !strcmp(ad_type_name((ad_type)t), name))
            return (ad_type)t;
    return AD_F64;
}

static ad_array read_array(ad_type type, char *at)
{
    ad_shape shape = {.rank = (int)strtol(at, &at, 10)};
    for (int i = 0; i < shape.rank; i++)
        shape.size[i] = strtol(at, &at, 10);
    ad_array a = array_new(type, shape);
    for (int64_t i = 0; i < ad_array_count(&a); i++)
        if (type == AD_I64)
            ((int64_t *)a.data)[i] = strtoll(at, &at, 10);
        else
            array_put(&a, i, strtod(at, &at));
    return a;
}

static void golden_free(struct golden *g)
{
    for (int i = 0; i < GIVEN; i++)
        free(g->in[i].data);
    free(g->y.data), free(g->dx.data), free(g->dp.data);
    *g = (struct golden){.name = ""};
}

/* ---- the calls */

static ad_axes axes_of(const struct golden *g)
{
    return g->axis == 9 ? AD_AXES(0, 1) : g->axis == 8 ? AD_AXES(0, 2) : AD_AXES(g->axis);
}

static ad_tensor *scan_of(const struct golden *g, ad_tensor *x, ad_tensor *b)
{
    const char *n = g->name;
    bool back = g->flag;
    return !strcmp(n, "cumsum")         ? ad_cumsum(x, g->axis, .reverse = back)
           : !strcmp(n, "cumprod")      ? ad_cumprod(x, g->axis, .reverse = back)
           : !strcmp(n, "logcumsumexp") ? ad_logcumsumexp(x, g->axis, .reverse = back)
           : !strcmp(n, "cummax")       ? ad_cummax(x, g->axis, .reverse = back)
           : !strcmp(n, "cummin")       ? ad_cummin(x, g->axis, .reverse = back)
           : !strcmp(n, "cumargmax")    ? ad_cumargmax(x, g->axis, .reverse = back)
           : !strcmp(n, "cumargmin")    ? ad_cumargmin(x, g->axis, .reverse = back)
           : !strcmp(n, "recurrence")   ? ad_recurrence(x, b, g->axis, back)
                                        : NULL;
}

static ad_tensor *unique_of(const struct golden *g, ad_tensor *x)
{
    ad_tensor *values, *counts, *number;
    ad_unique(x, (int64_t)g->p, &values, &counts, &number);
    number = ad_reshape(number, AD_SHAPE(1));
    ad_tensor *parts[] = {ad_cast(values, AD_I64), ad_cast(counts, AD_I64),
                          ad_cast(number, AD_I64)};
    return ad_concat(parts, 3, 0);
}

static ad_tensor *order_of(const struct golden *g, ad_tensor *x, ad_tensor *index, ad_tensor *part)
{
    const char *n = g->name;
    bool flag = g->flag;
    return !strcmp(n, "sort")         ? ad_sort(x, g->axis, .descending = flag)
           : !strcmp(n, "argsort")    ? ad_argsort(x, g->axis, .descending = flag)
           : !strcmp(n, "top_k")      ? ad_top_k(x, (ad_dim)g->p, g->axis, .smallest = flag)
           : !strcmp(n, "arg_top_k")  ? ad_arg_top_k(x, (ad_dim)g->p, g->axis, .smallest = flag)
           : !strcmp(n, "take_along") ? ad_take_along(x, index, g->axis)
           : !strcmp(n, "scatter")
               ? ad_scatter_along(x, index, part, g->axis, (ad_scatter_how)g->flag)
           : !strcmp(n, "argmin") ? ad_argmin(x, g->axis)
           : !strcmp(n, "unique") ? unique_of(g, x)
                                  : NULL;
}

static ad_tensor *fold_of(const struct golden *g, ad_tensor *x)
{
    const char *n = g->name;
    bool keep = g->flag;
    return !strcmp(n, "prod")        ? ad_prod(x, axes_of(g), .keep = keep)
           : !strcmp(n, "any")       ? ad_any(x, axes_of(g), .keep = keep)
           : !strcmp(n, "all")       ? ad_all(x, axes_of(g), .keep = keep)
           : !strcmp(n, "logsumexp") ? ad_logsumexp(x, axes_of(g), .keep = keep)
           : !strcmp(n, "norm")      ? ad_norm(x, g->p, axes_of(g), .keep = keep)
           : !strcmp(n, "var")       ? ad_var(x, axes_of(g), .correction = g->p, .keep = keep)
           : !strcmp(n, "std")       ? ad_std(x, axes_of(g), .correction = g->p, .keep = keep)
           : !strcmp(n, "median")    ? ad_median(x, g->axis, .keep = keep)
           : !strncmp(n, "quantile", 8)
               ? ad_quantile(x, g->p, g->axis, .interpolation = (ad_interpolation)(n[8] - '0'))
               : NULL;
}

static ad_tensor *call(const struct golden *g, ad_tensor *const *in)
{
    ad_tensor *y = scan_of(g, in[0], in[2]);
    y = y ? y : order_of(g, in[0], in[1], in[2]);
    return y ? y : fold_of(g, in[0]);
}

/* ---- one case */

static bool close_to(double got, double want)
{
    return got == want || (isnan(got) && isnan(want)) ||
           fabs(got - want) <= 1e-9 * (1 + fabs(want));
}

/* f64 to 1e-9; all others exactly. */
static void compare(const struct golden *g, const char *what, const ad_array *got,
                    const ad_array *want)
{
    bool shape = got->shape.rank == want->shape.rank;
    for (int i = 0; shape && i < got->shape.rank; i++)
        shape = got->shape.size[i] == want->shape.size[i];
    if (!shape)
        TEST_FAILED("%s axis %d: %s has another shape", g->name, g->axis, what);
    for (int64_t i = 0; shape && i < ad_array_count(got); i++) {
        double a = ad_array_item(got, i), b = ad_array_item(want, i);
        if (got->type == AD_I64 && want->type == AD_I64)
            a = ((int64_t *)got->data)[i] != ((int64_t *)want->data)[i], b = 0;
        if (got->type == AD_F64 ? close_to(a, b) : a == b || (isnan(a) && isnan(b)))
            continue;
        TEST_FAILED("%s %g axis %d flag %d of %s: %s[%d] is %.17g, not %.17g", g->name, g->p,
                    g->axis, g->flag, g->type, what, (int)i, a, b);
        return;
    }
}

/* The sum of w y, w[i] = (7 i mod 11 - 4.5) / 4. */
static ad_tensor *weighted(ad_tensor *y)
{
    ad_array w = array_new(AD_F64, ad_tensor_shape(y));
    for (int64_t i = 0; i < ad_array_count(&w); i++)
        array_put(&w, i, ((double)(7 * i % 11) - 4.5) / 4);
    ad_tensor *sum = ad_sum(ad_mul(y, ad_constant(graph, w)), AD_ALL);
    free(w.data);
    return sum;
}

static void check_case(const struct golden *g, bool naive)
{
    static const char *const names[] = {"x", "i", "p"};
    ad_tensor *in[GIVEN] = {NULL}, *feeds[GIVEN], *fetch[3], *d[2], *by[2];
    ad_array data[GIVEN], found[3] = {{0}};
    int count = 0, results = 1;
    begin();
    for (int i = 0; i < GIVEN; i++)
        if (g->in[i].data) {
            in[i] = ad_feed(graph, names[i], g->in[i].type, g->in[i].shape);
            data[count] = g->in[i], feeds[count++] = in[i];
        }
    fetch[0] = call(g, in);
    if (g->dx.data) {
        int wanted = 1 + !!g->dp.data;
        by[0] = in[0], by[1] = in[2];
        ad_gradient(weighted(fetch[0]), by, wanted, d);
        for (int i = 0; i < wanted; i++)
            fetch[results++] = d[i];
    }
    state = ad_state_new(graph, 1);
    ad_program *p = state ? ad_compile(state, .fetch_list = fetch, .fetch_count = results,
                                       .feed_list = feeds, .feed_count = count, .naive = naive)
                          : NULL;
    if (!p || ad_run(p, data, found) != AD_OK)
        TEST_FAILED("%s axis %d: %s", g->name, g->axis, ad_error());
    else {
        compare(g, "y", &found[0], &g->y);
        if (results > 1)
            compare(g, "dx", &found[1], &g->dx);
        if (results > 2)
            compare(g, "dp", &found[2], &g->dp);
    }
    ad_program_free(p);
    end();
}

static int read_line(struct golden *g, char *line)
{
    char key[8] = "";
    int used = 0;
    sscanf(line, "%7s %n", key, &used);
    line += used;
    ad_type type = type_of(g->type);
    bool real = type == AD_F64;
    ad_type result = !strncmp(g->name, "an", 2) || !strcmp(g->name, "all") ? AD_BOOL
                     : strstr(g->name, "arg")                              ? AD_I32
                     : !strcmp(g->name, "unique")                          ? AD_I64
                                                                           : type;
    if (!strcmp(key, "x"))
        g->in[0] = read_array(type, line);
    else if (!strcmp(key, "i"))
        g->in[1] = read_array(g->axis ? AD_I64 : AD_I32, line);
    else if (!strcmp(key, "p"))
        g->in[2] = read_array(type, line);
    else if (!strcmp(key, "y"))
        g->y = read_array(result, line);
    else if (!strcmp(key, "dx") && real)
        g->dx = read_array(type, line);
    else if (!strcmp(key, "dp") && real)
        g->dp = read_array(type, line);
    else
        return 0;
    return 1;
}

TEST(as_pytorch_and_numpy)
{
    static char line[LINE];
    struct golden g = {.name = ""};
    int cases = 0;
    FILE *file = fopen(ADZE_TEST_DIR "/golden/order.txt", "r");
    CHECK(file != NULL);
    bool more = file;
    while (more) {
        more = fgets(line, sizeof line, file) != NULL;
        if (more && strncmp(line, "op ", 3) != 0) {
            CHECK(read_line(&g, line));
            continue;
        }
        if (*g.name) {
            check_case(&g, false);
            check_case(&g, true);
            cases++;
        }
        golden_free(&g);
        if (more)
            CHECK_EQ(sscanf(line, "op %31s %lf %d %d %7s", g.name, &g.p, &g.axis, &g.flag, g.type),
                     5);
    }
    CHECK(cases > 450);
    if (file)
        fclose(file);
}

/* ---- small programs */

/* Runs y over feeds with data; the result in memory of its own, without data where it failed. */
static ad_array run_once(ad_tensor *y, ad_tensor **feeds, const ad_array *data, int count,
                         bool naive)
{
    ad_array found[1] = {{0}}, kept = {0};
    state = ad_state_new(graph, 1);
    ad_program *p = state ? ad_compile(state, .fetch = {y}, .feed_list = feeds, .feed_count = count,
                                       .naive = naive)
                          : NULL;
    if (p && ad_run(p, data, found) == AD_OK)
        kept = array_kept(&found[0]);
    ad_program_free(p);
    ad_state_free(state);
    state = NULL;
    return kept;
}

/* y of some f64 numbers is so many others. */
static void check_values(ad_tensor *y, int count, const double *want)
{
    ad_array got = run_once(y, NULL, NULL, 0, false);
    if (!got.data)
        TEST_FAILED("%s", ad_error());
    else
        CHECK_EQ(ad_array_count(&got), count);
    for (int i = 0; got.data && i < count; i++)
        if (!close_to(ad_array_item(&got, i), want[i]))
            TEST_FAILED("[%d] is %.17g, not %.17g", i, ad_array_item(&got, i), want[i]);
    free(got.data);
}

#define VALUES(y, ...)                                                             \
    check_values(y, (int)(sizeof((const double[]){__VA_ARGS__}) / sizeof(double)), \
                 (const double[]){__VA_ARGS__})

static ad_tensor *numbers(ad_type type, int count, const double *value)
{
    ad_array a = array_new(type, AD_SHAPE(count));
    for (int i = 0; i < count; i++)
        array_put(&a, i, value[i]);
    ad_tensor *x = ad_constant(graph, a);
    free(a.data);
    return x;
}

#define NUMBERS(type, ...)                                                       \
    numbers(type, (int)(sizeof((const double[]){__VA_ARGS__}) / sizeof(double)), \
            (const double[]){__VA_ARGS__})

static ad_tensor *slope(ad_tensor *y, ad_tensor *x)
{
    ad_tensor *dx;
    ad_gradient(ad_sum(y, AD_ALL), &x, 1, &dx);
    return dx;
}

TEST(of_equal_numbers_the_last_is_set)
{
    begin();
    ad_tensor *base = NUMBERS(AD_F64, 1, 2, 3), *index = NUMBERS(AD_I32, 2, 0, 2);
    ad_tensor *part = NUMBERS(AD_F64, 7, 8, 9);
    ad_tensor *y = ad_scatter_along(base, index, part, 0, AD_SCATTER_SET);
    VALUES(y, 8, 2, 9);
    ad_tensor *w = ad_mul(y, NUMBERS(AD_F64, 10, 20, 30));
    VALUES(slope(w, base), 0, 20, 0);
    VALUES(slope(w, part), 0, 10, 30);
    ad_tensor *truths =
        ad_scatter_along(ad_full(graph, AD_BOOL, AD_SHAPE(4), 0), index,
                         ad_full(graph, AD_BOOL, AD_SHAPE(1), 1), -1, AD_SCATTER_SET);
    VALUES(ad_cast(truths, AD_F64), 1, 0, 1, 0);
    end();
}

TEST(slopes_at_zero)
{
    begin();
    ad_tensor *zero = NUMBERS(AD_F64, 0, 0, 0), *some = NUMBERS(AD_F64, 0, -4, 3);
    static const double p[] = {0, 0.5, 1, 2, 3, INFINITY, -INFINITY, -1};
    for (size_t i = 0; i < sizeof p / sizeof *p; i++)
        VALUES(slope(ad_norm(zero, p[i], AD_ALL), zero), 0, 0, 0);
    VALUES(slope(ad_norm(some, 2, AD_ALL), some), 0, -0.8, 0.6);
    VALUES(slope(ad_norm(some, INFINITY, AD_ALL), some), 0, -1, 0);
    VALUES(slope(ad_std(zero, AD_ALL), zero), 0, 0, 0);
    VALUES(slope(ad_prod(zero, AD_ALL), zero), 0, 0, 0);
    VALUES(slope(ad_prod(some, AD_ALL), some), -12, 0, 0);
    VALUES(slope(ad_cumprod(some, 0), some), 1 - 4 - 12, 0, 0);
    ad_tensor *low = NUMBERS(AD_F64, -INFINITY, -INFINITY);
    VALUES(ad_logsumexp(low, AD_ALL), -INFINITY);
    VALUES(slope(ad_logsumexp(low, AD_ALL), low), 0, 0);
    VALUES(slope(ad_logcumsumexp(low, 0), low), 0, 0);
    end();
}

/* y0 = b0 p0 p1, y1 = b1 p2 p3, y2 = b2, by hand */
TEST(products_with_factors_of_zero)
{
    begin();
    ad_tensor *b = NUMBERS(AD_F64, 2, 0, 3), *index = NUMBERS(AD_I32, 0, 0, 1, 1);
    ad_tensor *p = NUMBERS(AD_F64, 0, 5, 0, 7);
    ad_tensor *y = ad_scatter_along(b, index, p, 0, AD_SCATTER_MUL);
    VALUES(slope(y, p), 10, 0, 0, 0);
    VALUES(slope(y, b), 0, 0, 1);
    ad_tensor *by_p = ad_mul(slope(y, p), NUMBERS(AD_F64, 1, 10, 100, 1000));
    VALUES(slope(by_p, p), 20, 2, 0, 0);
    VALUES(slope(by_p, b), 5, 700, 0);
    VALUES(slope(ad_slice(slope(by_p, b), 0, 0, 1, 1), p), 10, 1, 0, 0);
    VALUES(slope(slope(y, b), p), 5, 0, 7, 0);
    VALUES(slope(slope(y, b), b), 0, 0, 0);
    ad_tensor *huge = NUMBERS(AD_F64, 1e200, 1e200, 0, 0); /* infinite but for the 0 */
    y = ad_scatter_along(NUMBERS(AD_F64, 0, 1, 1), index, huge, 0, AD_SCATTER_MUL);
    VALUES(slope(y, huge), 0, 0, 0, 0);
    end();
}

TEST(medians)
{
    begin();
    ad_tensor *x = NUMBERS(AD_F64, 4, 1, 3, 2), *gap = NUMBERS(AD_F64, 1, NAN, 0);
    VALUES(ad_median(x, 0), 2);
    VALUES(ad_quantile(x, 0.5, 0), 2.5);
    VALUES(ad_median(gap, 0), NAN);
    VALUES(ad_quantile(gap, 0, 0, .keep = true), NAN);
    VALUES(ad_quantile(NUMBERS(AD_F64, 1, INFINITY, -INFINITY), 0.25, 0), -INFINITY);
    VALUES(ad_argmin(gap, 0), 1);
    end();
}

/* ---- bits */

static ad_tensor *some_op(int which, ad_tensor *x, ad_tensor *index, int axis)
{
    switch (which) {
    case 0: return ad_cumsum(x, axis);
    case 1: return ad_cumprod(x, axis, .reverse = true);
    case 2: return ad_cummax(x, axis);
    case 3: return ad_sort(x, axis);
    case 4: return ad_arg_top_k(x, 3, axis);
    case 5: return ad_take_along(x, index, axis);
    case 6: return ad_scatter_along(x, index, x, axis, AD_SCATTER_ADD);
    case 7: return ad_scatter_along(x, index, x, axis, AD_SCATTER_SET);
    case 8: return ad_logcumsumexp(x, axis);
    default: return ad_norm(x, 3, AD_AXES(axis));
    }
}

/* Cut into tasks or not, with any instruction set: the same bits. */
TEST(bits_do_not_depend_on_threads_nor_instruction_sets)
{
    static const char *const isas[] = {NULL, "avx2", "sse2"};
    uint64_t seed = 3;
    ad_shape shape = AD_SHAPE(41, 300, 7);
    ad_array data[] = {array_random(AD_F32, shape, &seed, -1, 1),
                       array_random(AD_I32, shape, &seed, 0, 7)};
    for (int trial = 0; trial < 60; trial++) {
        int axis = trial % 3, which = trial / 3 % 10, threads = 1 + trial % 4;
        const char *isa = isas[trial / 30];
        if (!isa_is_here(isa) || (which >= 8 && isa))
            continue;
        ad_array got[2];
        for (int i = 0; i < 2; i++) {
            context = ad_context_new(.threads = i ? threads : 1, .isa = i ? isa : NULL);
            graph = ad_graph_new(context);
            ad_tensor *feeds[] = {ad_feed(graph, "x", AD_F32, shape),
                                  ad_feed(graph, "i", AD_I32, shape)};
            ad_tensor *index = ad_minimum(feeds[1], ad_number(graph, AD_I32, 6));
            got[i] = run_once(some_op(which, feeds[0], index, axis), feeds, data, 2, !i);
            CHECK(got[i].data != NULL);
            end();
        }
        if (array_difference(&got[0], &got[1]) >= 0)
            TEST_FAILED("op %d along axis %d on %s", which, axis, isa ? isa : "the best");
        free(got[0].data), free(got[1].data);
    }
    free(data[0].data), free(data[1].data);
}

/* ---- derivatives */

static ad_tensor *with_slope(int which, ad_tensor *x)
{
    switch (which) {
    case 0: return ad_prod(x, AD_AXES(1));
    case 1: return ad_prod(x, AD_ALL);
    case 2: return ad_cumprod(x, 1);
    case 3: return ad_logsumexp(x, AD_AXES(0));
    case 4: return ad_logcumsumexp(x, 1, .reverse = true);
    case 5: return ad_norm(x, 2, AD_AXES(1));
    case 6: return ad_norm(x, 3, AD_ALL);
    case 7: return ad_norm(x, -1.5, AD_AXES(0));
    case 8: return ad_var(x, AD_AXES(1));
    case 9: return ad_std(x, AD_AXES(1), .correction = 2);
    case 10: return ad_quantile(x, 0.4, 1);
    case 11: return ad_median(x, 0);
    case 12: return ad_cummin(x, 1);
    default: return ad_norm(x, INFINITY, AD_AXES(1));
    }
}

/* The first three, by differences; prod and cumprod where factors are 0. */
TEST(derivatives)
{
    for (int which = 0; which < 14; which++) {
        uint64_t seed = 5;
        begin();
        ad_tensor *x = ad_feed(graph, "x", AD_F64, AD_SHAPE(3, 4)), *d = x;
        ad_array data = array_random(AD_F64, AD_SHAPE(3, 4), &seed, 0.2, 2);
        if (which < 3)
            array_put(&data, 1, 0), array_put(&data, 5, 0), array_put(&data, 7, 0);
        state = NULL;
        for (int order = 1; order <= 3; order++) {
            double error = 0;
            ad_tensor *y = order == 1 ? with_slope(which, x) : d;
            ad_tensor *sum =
                ad_sum(ad_mul(y, ad_uniform(graph, AD_F64, ad_tensor_shape(y), 0.5, 2)), AD_ALL);
            ad_state_free(state);
            state = ad_state_new(graph, 1);
            ad_status status =
                ad_check_gradients(state, sum, &x, 1, &(ad_binding){x, data}, 1, &error);
            if (status != AD_OK || !(error < (order == 3 ? 1e-4 : 2e-5)))
                TEST_FAILED("%d: derivative %d: %g %s", which, order, error, ad_error());
            ad_gradient(sum, &x, 1, &d);
        }
        free(data.data);
        end();
    }
}

/* ---- sizes known later, text */

TEST(open_sizes)
{
    for (int n = 0; n < 6; n++) {
        begin();
        ad_dim batch = ad_open(graph, "n");
        ad_tensor *x = ad_feed(graph, "x", AD_F64, AD_SHAPE(2, batch)), *values, *counts, *number;
        ad_unique(ad_cast(x, AD_I64), 2, &values, &counts, &number);
        ad_tensor *parts[] = {
            ad_prod(x, AD_AXES(1)),
            ad_cast(ad_reshape(counts, AD_SHAPE(2)), AD_F64),
            ad_cast(ad_reshape(number, AD_SHAPE(1)), AD_F64),
            ad_cast(ad_any(x, AD_AXES(-1)), AD_F64),
            ad_var(x, AD_ALL),
            ad_reshape(ad_sum(ad_sort(x, 1, .descending = true), AD_ALL), AD_SHAPE(1))};
        parts[4] = ad_reshape(parts[4], AD_SHAPE(1));
        ad_array data = array_new(AD_F64, AD_SHAPE(2, n));
        for (int i = 0; i < 2 * n; i++)
            array_put(&data, i, i % n + 1);
        double product = 1, sum = 0, square = 0;
        for (int i = 1; i <= n; i++)
            product *= i, sum += 2 * i, square += 2 * i * i;
        double variance = n ? (square - sum * sum / (2 * n)) / (2 * n - 1) : NAN;
        double want[] = {product,  product, n > 0 ? 2 : 0, n > 1 ? 2 : 0, n, n > 0, n > 0,
                         variance, sum};
        ad_array got = run_once(ad_concat(parts, 6, 0), &x, &data, 1, false);
        if (!got.data)
            TEST_FAILED("%d: %s", n, ad_error());
        for (int i = 0; got.data && i < 9; i++)
            if (!close_to(ad_array_item(&got, i), want[i]))
                TEST_FAILED("%d: [%d] is %g, not %g", n, i, ad_array_item(&got, i), want[i]);
        got.data ? free(got.data) : (void)0;
        if (n) {
            ad_array middle = run_once(ad_median(x, 1), &x, &data, 1, false);
            CHECK(middle.data && ad_array_item(&middle, 1) == (n + 1) / 2);
            free(middle.data);
        }
        free(data.data);
        end();
    }
}

TEST(the_text_form)
{
    begin();
    ad_tensor *x = ad_feed(graph, "x", AD_F32, AD_SHAPE(ad_open(graph, "n"), 4));
    ad_tensor *y = ad_cummin(ad_cumsum(ad_sort(x, 0, .descending = true), 1, .reverse = true), 0);
    ad_tensor *place = ad_arg_top_k(ad_cumprod(y, 0), 2, 1, .smallest = true);
    y = ad_take_along(ad_recurrence(y, x, 1, true), place, -1);
    ad_name(ad_scatter_along(x, place, y, 1, AD_SCATTER_MAX), "y");
    char *text = strdup(ad_graph_text(graph));
    ad_graph *read = ad_graph_read(context, text);
    CHECK(read && !strcmp(ad_graph_text(read), text));
    ad_graph_free(read);
    free(text);
    end();
}

/* ---- mistakes */

static void refused(ad_tensor *y, const char *words)
{
    state = ad_state_new(graph, 1);
    ad_program *p = state ? ad_compile(state, .fetch = {y}) : NULL;
    CHECK(p == NULL);
    CHECK_CONTAINS(ad_error(), words);
    ad_program_free(p);
}

#define REFUSED(expression, words)                                   \
    do {                                                             \
        begin();                                                     \
        ad_tensor *x = ad_full(graph, AD_F32, AD_SHAPE(2, 3), 1);    \
        ad_tensor *i = ad_full(graph, AD_I32, AD_SHAPE(2, 3), 1);    \
        ad_tensor *b = ad_full(graph, AD_BOOL, AD_SHAPE(2, 3), 1);   \
        ad_tensor *none = ad_full(graph, AD_F64, AD_SHAPE(2, 0), 1); \
        (void)x, (void)i, (void)b, (void)none;                       \
        refused(expression, words);                                  \
        end();                                                       \
    } while (0)

static ad_tensor *unique_values(ad_tensor *x, int64_t count)
{
    ad_tensor *values, *counts, *number;
    ad_unique(x, count, &values, &counts, &number);
    return values;
}

TEST(mistakes)
{
    REFUSED(ad_cumsum(x, 2), "ad_cumsum: (2, 3) has no axis 2");
    REFUSED(ad_cumsum(b, 0), "it takes f32, f64, i32 or i64, not bool");
    REFUSED(ad_logcumsumexp(i, 0), "the input is i32 and has to be f32 or f64");
    REFUSED(ad_recurrence(x, ad_cast(x, AD_F64), 0, false), "of one type and shape");
    REFUSED(ad_recurrence(i, i, 0, false), "has to be f32 or f64");
    REFUSED(ad_sort(x, -3), "ad_sort: (2, 3) has no axis -3");
    REFUSED(ad_sort(b, 0), "not bool");
    REFUSED(ad_top_k(x, 4, 1), "axis 1 has to have less than 2^31 places, and 4 of them");
    REFUSED(ad_top_k(x, -1, 1), "of them");
    REFUSED(ad_take_along(x, x, 0), "the index is f32; it has to be i32 or i64");
    REFUSED(ad_take_along(x, ad_full(graph, AD_I32, AD_SHAPE(3), 0), 0),
            "the shape of the first input on all axes but 0");
    REFUSED(ad_take_along(x, ad_full(graph, AD_I32, AD_SHAPE(2, 2), 0), 0), "(2, 3)");
    REFUSED(ad_take_along(x, i, 5), "ad_take_along: (2, 3) has no axis 5");
    REFUSED(ad_scatter_along(x, i, ad_cast(x, AD_F64), 0, AD_SCATTER_SET), "different types");
    REFUSED(ad_scatter_along(b, i, b, 0, AD_SCATTER_ADD), "not bool");
    REFUSED(ad_scatter_along(x, i, none, 0, AD_SCATTER_SET), "(2, 0)");
    REFUSED(ad_scatter_along(x, i, x, 0, (ad_scatter_how)5), "how");
    REFUSED(ad_norm(x, NAN, AD_ALL), "ad_norm: p is NaN");
    REFUSED(ad_norm(i, 2, AD_ALL), "ad_norm: the input is i32");
    REFUSED(ad_prod(b, AD_ALL), "got bool");
    REFUSED(ad_prod(x, AD_AXES(0, 0)), "axis 0 is there twice");
    REFUSED(ad_var(x, AD_AXES(2)), "ad_var: axis 2 is outside (2, 3)");
    REFUSED(ad_std(i, AD_ALL), "ad_std: the input is i32");
    REFUSED(ad_quantile(x, 1.5, 0), "q is 1.5 and has to be in 0..1");
    REFUSED(ad_quantile(x, NAN, 0), "has to be in 0..1");
    REFUSED(ad_quantile(x, 0.5, 0, .interpolation = (ad_interpolation)7), "interpolation");
    REFUSED(ad_quantile(none, 0.5, 1), "the axis is empty");
    REFUSED(ad_median(x, 2), "axis 2 is outside (2, 3)");
    REFUSED(ad_median(i, 0), "the input is i32");
    REFUSED(ad_argmin(none, 1), "empty");
    REFUSED(unique_values(x, 3), "x is f32 and has to be i32 or i64");
    REFUSED(unique_values(i, -1), "count is -1");
}

/* The first number that is outside, for any number of tasks; nothing crashes. */
TEST(numbers_outside_fail_the_run)
{
    for (int trial = 0; trial < 8; trial++) {
        context = ad_context_new(.threads = 3);
        graph = ad_graph_new(context);
        ad_type type = trial % 2 ? AD_I64 : AD_I32;
        ad_shape shape = AD_SHAPE(200, 300);
        ad_tensor *index = ad_feed(graph, "index", type, shape);
        ad_tensor *x = ad_full(graph, trial & 4 ? AD_F64 : AD_F32, shape, 1);
        ad_tensor *y = trial & 2 ? ad_take_along(x, index, 1)
                                 : ad_scatter_along(x, index, x, 1, AD_SCATTER_ADD);
        ad_array data = array_new(type, shape);
        array_put(&data, 59000, -1), array_put(&data, 457, 300);
        ad_array got = run_once(y, &index, &data, 1, trial & 1);
        CHECK(got.data == NULL);
        CHECK_CONTAINS(ad_error(), "index 300 at position 457 is outside 0..299");
        free(data.data);
        end();
    }
}

TEST(without_memory)
{
    struct failing f;
    FAILING_EACH (f) {
        ad_status status = AD_ERROR_MEMORY;
        context = ad_context_new(.threads = 1, .allocator = f.allocator);
        graph = context ? ad_graph_new(context) : NULL;
        if (graph) {
            ad_tensor *x = ad_full(graph, AD_F64, AD_SHAPE(3, 4), 2);
            ad_tensor *y = ad_quantile(ad_cumprod(x, 0), 0.3, 1);
            state = ad_state_new(graph, 1);
            ad_program *p = state ? ad_compile(state, .fetch = {y}, .naive = true) : NULL;
            status = p ? ad_run(p, NULL, (ad_array[1]){{0}}) : ad_error_status();
            ad_program_free(p);
        }
        end();
        CHECK(f.failed == (status != AD_OK));
        CHECK_EQ(atomic_load(&f.blocks), 0);
    }
}

TEST_MAIN
