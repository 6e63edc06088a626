/* Elementwise ops beyond the core beside PyTorch 2.15 (values, gradients, second derivatives,
 * special values) and mpmath 1.3 (digits; derivatives up to the fourth): script/op-goldens wrote
 * the numbers. ADZE_EXACT=FILE reads other numbers of mpmath's; with ADZE_TEST_VERBOSE the largest
 * errors are printed. */
#include "test.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "arrays.h"
#include "core/graph.h"
#include "one_graph.h"
#include "op/row.h"

enum { ROOM = 4096, LINE = 400, WORDS = 10, RESULTS = 4 };

/* Lines about one op with the same attributes, or about one order of derivative. */
struct group {
    char name[32];
    double a[2];
    int order, count;
    bool two;                   /* operands */
    double x[ROOM], z[ROOM];    /* NAN where there is no z */
    double want[RESULTS][ROOM]; /* NAN and not asked: nothing to compare */
    bool asked[RESULTS][ROOM];
};

static struct group g;

static FILE *open_golden(const char *name)
{
    char path[1000];
    snprintf(path, sizeof path, "%s/golden/%s", ADZE_TEST_DIR, name);
    FILE *file = fopen(path, "r");
    if (!file)
        TEST_FAILED("cannot read %s", path);
    return file;
}

static int split(char *line, char **word)
{
    int n = 0;
    for (char *at = strtok(line, " \n"); at && n < WORDS; at = strtok(NULL, " \n"))
        word[n++] = at;
    return n;
}

static double read_number(const char *word)
{
    return *word == '-' && !word[1] ? 0 : strtod(word, NULL);
}

/* ---- running */

static ad_tensor *call(ad_tensor *x, ad_tensor *z)
{
    const struct op *op = row_op_find(g.name, strlen(g.name));
    struct row_attributes a = {{g.a[0], g.a[1]}};
    if (!op) {
        TEST_FAILED("no op %s", g.name);
        return x;
    }
    return z ? graph_node2(op, NULL, x, z) : graph_node1(op, op->field_count ? &a : NULL, x);
}

/* y and what it is asked for, as many as there are results wanted. */
static int derivatives(ad_tensor *x, ad_tensor *z, bool by_order, ad_tensor **out)
{
    out[0] = call(x, z);
    if (by_order) {
        for (int i = 0; i < g.order; i++)
            ad_gradient(out[0], &x, 1, &out[0]);
        return 1;
    }
    ad_tensor *both[2] = {NULL, NULL}, *list[] = {x, z};
    ad_gradient(out[0], list, z ? 2 : 1, both);
    out[1] = both[0], out[2] = both[1] ? both[1] : both[0];
    ad_gradient(out[1], &x, 1, &out[3]);
    return RESULTS;
}

static ad_array feed_data(ad_type type, const double *from)
{
    ad_array a = array_new(type, AD_SHAPE(g.count));
    for (int i = 0; i < g.count; i++)
        array_put(&a, i, from[i]);
    return a;
}

/* Runs the group; results lie in got. */
static bool run_group(ad_type type, bool by_order, double (*got)[ROOM])
{
    begin();
    ad_tensor *x = ad_feed(graph, "x", type, AD_SHAPE(g.count)),
              *z = g.two ? ad_feed(graph, "z", type, AD_SHAPE(g.count)) : NULL, *out[RESULTS];
    int results = derivatives(x, z, by_order, out);
    ad_tensor *feeds[] = {x, z};
    state = ad_state_new(graph, 1);
    ad_program *p = state ? ad_compile(state, .fetch_list = out, .fetch_count = results,
                                       .feed_list = feeds, .feed_count = g.two ? 2 : 1)
                          : NULL;
    ad_array in[] = {feed_data(type, g.x), feed_data(type, g.z)}, found[RESULTS] = {{0}};
    bool ran = p && ad_run(p, in, found) == AD_OK;
    for (int k = 0; ran && k < results; k++)
        for (int i = 0; i < g.count; i++)
            got[k][i] = ad_array_item(&found[k], i);
    if (!ran)
        TEST_FAILED("%s: %s", g.name, ad_error());
    free(in[0].data), free(in[1].data);
    ad_program_free(p);
    end();
    return ran;
}

/* ---- PyTorch */

static bool close_to(double got, double want, double scale)
{
    if (isnan(want) || isinf(want))
        return isnan(want) ? isnan(got) : got == want;
    return got == want || fabs(got - want) <= 1e-9 * fabs(want) + 1e-9 * scale;
}

/* Differences and what is small against x are lost in PyTorch too: digits are compared with
 * mpmath's numbers below. */
static void compare_with_torch(void)
{
    static const char *const what[] = {"value", "slope by x", "slope by z", "second derivative"};
    static double got[RESULTS][ROOM];
    if (!g.count || !run_group(AD_F64, false, got))
        return;
    for (int i = 0; i < g.count; i++)
        for (int k = 0; k < RESULTS; k++) {
            double want = g.want[k][i];
            if (g.asked[k][i] && !close_to(got[k][i], want, k == 3 ? 1 : 1e-6))
                TEST_FAILED("%s(%g, %g) [%g %g]: %s %.17g, PyTorch has %.17g", g.name, g.x[i],
                            g.z[i], g.a[0], g.a[1], what[k], got[k][i], want);
            else if (g.asked[k][i] && k == 0 && want == 0 &&
                     !signbit(want) != !signbit(got[k][i]) && signbit(got[k][i]))
                TEST_FAILED("%s(%g, %g): -0, PyTorch has 0", g.name, g.x[i], g.z[i]);
        }
    g.count = 0;
}

TEST(values_and_gradients_are_those_of_pytorch)
{
    FILE *file = open_golden("elementwise.txt");
    char line[LINE], *word[WORDS];
    int lines = 0;
    g.count = 0;
    while (file && fgets(line, sizeof line, file)) {
        if (split(line, word) != 9)
            continue;
        double a[] = {read_number(word[1]), read_number(word[2])};
        bool same = !strcmp(word[0], g.name) && a[0] == g.a[0] && a[1] == g.a[1];
        if (!same)
            compare_with_torch();
        snprintf(g.name, sizeof g.name, "%s", word[0]);
        memcpy(g.a, a, sizeof a);
        g.two = strcmp(word[4], "-") != 0;
        g.x[g.count] = read_number(word[3]), g.z[g.count] = read_number(word[4]);
        for (int k = 0; k < RESULTS; k++) {
            g.asked[k][g.count] = strcmp(word[5 + k], "-") != 0;
            g.want[k][g.count] = read_number(word[5 + k]);
        }
        g.count++, lines++;
    }
    compare_with_torch();
    CHECK(lines > 1000);
    if (file)
        fclose(file);
}

/* ---- mpmath */

/* Units of the last place that are allowed; all others have 4. */
static const struct {
    const char *name;
    double f32, f64;
} bounds[] = {
    {"lgamma", 4, 5},
    {"polygamma", 4, 6},
    {"erfcx", 4, 8},
    {"ndtr", 5, 4},
};

static double bound_of(const char *name, ad_type type)
{
    for (size_t i = 0; i < sizeof bounds / sizeof bounds[0]; i++)
        if (!strcmp(bounds[i].name, name))
            return type == AD_F32 ? bounds[i].f32 : bounds[i].f64;
    return 4;
}

static double units(double got, double want, ad_type type)
{
    int digits = type == AD_F32 ? 24 : 53, lowest = type == AD_F32 ? -149 : -1074, exponent;
    double most = type == AD_F32 ? FLT_MAX : DBL_MAX;
    if (fabs(want) > most)
        return got == copysign(INFINITY, want) ? 0 : INFINITY;
    frexp(want, &exponent);
    int last = exponent - digits > lowest ? exponent - digits : lowest;
    return fabs(got - want) / ldexp(1, last);
}

static void compare_digits(ad_type type, double (*got)[ROOM])
{
    double worst = 0;
    int at = 0;
    for (int i = 0; i < g.count; i++) {
        bool has =
            type == AD_F64 || ((double)(float)g.x[i] == g.x[i] && (double)(float)g.z[i] == g.z[i]);
        double error = has ? units(got[0][i], g.want[0][i], type) : 0;
        if (!(error <= worst))
            worst = error, at = i;
    }
    if (getenv("ADZE_TEST_VERBOSE"))
        printf("%-12s %s %8.3f at %.17g %.17g: %.17g, exact %.17g\n", g.name, ad_type_name(type),
               worst, g.x[at], g.z[at], got[0][at], g.want[0][at]);
    if (!(worst <= bound_of(g.name, type)))
        TEST_FAILED("%s %s is %g units off at %.17g, %.17g: %.17g, right is %.17g", g.name,
                    ad_type_name(type), worst, g.x[at], g.z[at], got[0][at], g.want[0][at]);
}

static void compare_derivatives(double (*got)[ROOM])
{
    double most = 0;
    for (int i = 0; i < g.count; i++)
        most = fmax(most, fabs(g.want[0][i]));
    for (int i = 0; i < g.count; i++) {
        double want = g.want[0][i];
        if (!(fabs(got[0][i] - want) <= 1e-12 * fabs(want) + 1e-14 * most))
            TEST_FAILED("%s: derivative %d at %g is %.17g, right is %.17g", g.name, g.order, g.x[i],
                        got[0][i], want);
    }
}

static void compare_exactly(void)
{
    static double got[RESULTS][ROOM];
    for (ad_type type = AD_F32; g.count && type <= AD_F64; type++) {
        if ((g.order && type == AD_F32) || !run_group(type, true, got))
            continue;
        if (g.order)
            compare_derivatives(got);
        else
            compare_digits(type, got);
    }
    g.count = 0;
}

TEST(digits_are_right_and_so_are_derivatives)
{
    const char *other = getenv("ADZE_EXACT");
    FILE *file = other ? fopen(other, "r") : open_golden("elementwise_exact.txt");
    char line[LINE], *word[WORDS];
    int lines = 0;
    g = (struct group){.a = {1, 0}};
    while (file && fgets(line, sizeof line, file)) {
        if (split(line, word) != 5)
            continue;
        int order = atoi(word[1]);
        if (strcmp(word[0], g.name) != 0 || order != g.order || g.count == ROOM)
            compare_exactly();
        snprintf(g.name, sizeof g.name, "%s", word[0]);
        g.order = order, g.two = strcmp(word[3], "-") != 0;
        g.x[g.count] = read_number(word[2]), g.z[g.count] = read_number(word[3]);
        g.want[0][g.count++] = read_number(word[4]);
        lines++;
    }
    compare_exactly();
    CHECK(lines > 500);
    if (file)
        fclose(file);
}

/* ---- what no other tool says, or one says otherwise (doc/conventions.md) */

static void check_items(ad_tensor *t, const double *wanted, int count)
{
    ad_array value = {0};
    ad_state_free(state);
    state = ad_state_new(graph, 1);
    if (!state || ad_value(state, t, NULL, 0, &value) != AD_OK)
        TEST_FAILED("no value: %s", ad_error());
    CHECK_EQ(ad_array_count(&value), count);
    for (int i = 0; value.data && i < count; i++) {
        double got = ad_array_item(&value, i);
        bool same = got == wanted[i] && !signbit(got) == !signbit(wanted[i]);
        if (!(same || (isnan(got) && isnan(wanted[i]))))
            TEST_FAILED("element %d is %.17g, not %.17g", i, got, wanted[i]);
    }
}

#define CHECK_ITEMS(tensor, ...)                 \
    check_items(tensor, (double[]){__VA_ARGS__}, \
                (int)(sizeof((double[]){__VA_ARGS__}) / sizeof(double)))

#define REALS(...)                                     \
    ad_constant(graph, ad_f64((double[]){__VA_ARGS__}, \
                              AD_SHAPE(sizeof((double[]){__VA_ARGS__}) / sizeof(double))))
#define WHOLES(...)                                     \
    ad_constant(graph, ad_i32((int32_t[]){__VA_ARGS__}, \
                              AD_SHAPE(sizeof((int32_t[]){__VA_ARGS__}) / sizeof(int32_t))))
#define BYTES(...) \
    ad_constant(graph, ad_u8((uint8_t[]){__VA_ARGS__}, AD_SHAPE(sizeof((uint8_t[]){__VA_ARGS__}))))

static ad_tensor *slope(ad_tensor *y, ad_tensor *x)
{
    ad_tensor *d;
    ad_gradient(y, &x, 1, &d);
    return d;
}

TEST(bits_are_those_of_pytorch)
{
    begin();
    ad_tensor *x = WHOLES(12, -5, 12, -5, 12, -5, 1, -1), *z = WHOLES(10, 3, 0, 1, -1, 32, 31, 40);
    CHECK_ITEMS(ad_bit_and(x, z), 8, 3, 0, 1, 12, 32, 1, 40);
    CHECK_ITEMS(ad_bit_or(x, z), 14, -5, 12, -5, -1, -5, 31, -1);
    CHECK_ITEMS(ad_bit_xor(x, z), 6, -8, 12, -6, -13, -37, 30, -41);
    CHECK_ITEMS(ad_bit_not(x), -13, 4, -13, 4, -13, 4, -2, 0);
    CHECK_ITEMS(ad_bit_shift_left(x, z), 12288, -40, 12, -10, 0, 0, INT32_MIN, 0);
    CHECK_ITEMS(ad_bit_shift_right(x, z), 0, -1, 12, -3, 0, -1, 0, -1);
    ad_tensor *u = BYTES(5, 250, 250, 250), *n = BYTES(1, 1, 8, 200);
    CHECK_ITEMS(ad_bit_shift_left(u, n), 10, 244, 0, 0);
    CHECK_ITEMS(ad_bit_shift_right(u, n), 2, 125, 0, 0);
    CHECK_ITEMS(ad_bit_not(u), 250, 5, 5, 5);
    ad_tensor *far = ad_cast(WHOLES(1, -1), AD_I64), *by = ad_cast(WHOLES(63, 64), AD_I64);
    CHECK_ITEMS(ad_bit_shift_left(far, by), -0x1p63, 0);
    CHECK_ITEMS(ad_bit_shift_right(far, by), 0, -1);
    CHECK(strstr(ad_tensor_error(ad_bit_and(REALS(1), REALS(1))), "i32, i64 or u8"));
    end();
}

TEST(remainders_of_whole_numbers)
{
    begin();
    ad_tensor *x = WHOLES(5, -5, 5, -5, 7, INT32_MIN, 6), *z = WHOLES(3, 3, -3, -3, 0, -1, -3);
    CHECK_ITEMS(ad_mod(x, z), 2, -2, 2, -2, 7, 0, 0);
    CHECK_ITEMS(ad_remainder(x, z), 2, 1, -1, -2, 7, 0, 0);
    CHECK_ITEMS(ad_remainder(BYTES(250, 9), BYTES(7, 0)), 5, 9);
    end();
}

TEST(special_values)
{
    begin();
    ad_tensor *x = REALS(0.0, -0.0, 1, INFINITY, -INFINITY, NAN);
    CHECK_ITEMS(ad_is_nan(x), 0, 0, 0, 0, 0, 1);
    CHECK_ITEMS(ad_is_inf(x), 0, 0, 0, 1, 1, 0);
    CHECK_ITEMS(ad_sinh(x), 0.0, -0.0, 1.1752011936438014, INFINITY, -INFINITY, NAN);
    CHECK_ITEMS(ad_asinh(x), 0.0, -0.0, 0.88137358701954305, INFINITY, -INFINITY, NAN);
    CHECK_ITEMS(ad_atan(x), 0.0, -0.0, 0.78539816339744828, 1.5707963267948966, -1.5707963267948966,
                NAN);
    CHECK_ITEMS(ad_atanh(x), 0.0, -0.0, INFINITY, NAN, NAN, NAN);
    CHECK_ITEMS(ad_erfinv(x), 0.0, -0.0, INFINITY, NAN, NAN, NAN);
    CHECK_ITEMS(ad_log2(REALS(8, 0.125, 0x1p-1074, 0x1p1023, 0.0, -1)), 3, -3, -1074, 1023,
                -INFINITY, NAN);
    CHECK_ITEMS(ad_softsign(x), 0.0, -0.0, 0.5, 1, -1, NAN);
    CHECK_ITEMS(ad_hard_swish(x), 0.0, -0.0, 2.0 / 3, INFINITY, -0.0, NAN);
    CHECK_ITEMS(ad_lgamma(x), INFINITY, INFINITY, 0.0, INFINITY, INFINITY, NAN);
    CHECK_ITEMS(ad_digamma(x), -INFINITY, INFINITY, -0.57721566490153286, INFINITY, NAN, NAN);
    CHECK_ITEMS(ad_trigamma(REALS(0.0, -1, -2, INFINITY)), INFINITY, INFINITY, INFINITY, 0);
    CHECK_ITEMS(ad_log_ndtr(REALS(-1e154, -INFINITY, INFINITY)), -0.5e308, -INFINITY, -0.0);
    CHECK_ITEMS(ad_hypot(REALS(INFINITY, 0.0, 1e300), REALS(NAN, -0.0, 1e300)), INFINITY, 0.0,
                1.4142135623730952e300);
    CHECK_ITEMS(ad_remainder(REALS(-6, 6, -0.0), REALS(3, -3, -3)), -0.0, 0.0, -0.0);
    end();
}

TEST(slopes_at_limits)
{
    begin();
    ad_tensor *x = REALS(-4, -3, -1, 3, 4, NAN);
    CHECK_ITEMS(slope(ad_clamp(x, -3, 3), x), 0, 0, 1, 0, 0, 1);
    CHECK_ITEMS(ad_clamp(x, 2, 1), 1, 1, 1, 1, 1, NAN);
    CHECK_ITEMS(slope(ad_hard_shrink(x, 3), x), 1, 0, 0, 0, 1, 1);
    CHECK_ITEMS(slope(ad_soft_shrink(x, 3), x), 1, 0, 0, 0, 1, 1);
    CHECK_ITEMS(ad_hard_shrink(x, 3), -4, 0, 0, 0, 4, NAN);
    CHECK_ITEMS(ad_soft_shrink(x, 3), -1, 0, 0, 0, 1, NAN);
    CHECK_ITEMS(slope(ad_threshold(x, 3, 9), x), 0, 0, 0, 0, 1, 1);
    CHECK_ITEMS(slope(ad_hard_sigmoid(x), x), 0, 0, 1.0 / 6, 0, 0, 1.0 / 6);
    CHECK_ITEMS(slope(ad_hard_swish(x), x), 0, 0, -1.0 / 3 + 0.5, 1, 1, NAN);
    ad_tensor *zero = REALS(0, 0), *one = REALS(0, 1);
    CHECK_ITEMS(slope(ad_hypot(zero, one), zero), 0, 0);
    CHECK_ITEMS(slope(ad_atan2(zero, one), zero), 0, 1);
    ad_tensor *pole = REALS(-1);
    CHECK_ITEMS(slope(ad_lgamma(pole), pole), NAN);
    end();
}

TEST(channels_of_glu_and_maxout)
{
    begin();
    ad_tensor *x = ad_reshape(REALS(1, 2, 3, 4, 0, 0, 0, 0), AD_SHAPE(2, 4));
    CHECK_ITEMS(ad_glu(x, -1), 1 / (1 + 0x1.97db0ccceb0afp-5), 2 / (1 + 0x1.2c155b8213cf4p-6), 0,
                0);
    CHECK_ITEMS(ad_glu(x, 0), 0.5, 1, 1.5, 2);
    CHECK_ITEMS(ad_maxout(x, 2), 2, 4, 0, 0);
    CHECK_ITEMS(ad_maxout(x, 4), 4, 0);
    CHECK(strstr(ad_tensor_error(ad_glu(REALS(1, 2, 3), 0)),
                 "axis 0 of (3) has to be a number that 2"));
    CHECK(strstr(ad_tensor_error(ad_glu(x, 5)), "has no axis"));
    CHECK(strstr(ad_tensor_error(ad_maxout(x, 3)), "3 divides"));
    CHECK(strstr(ad_tensor_error(ad_maxout(x, 0)), "0 divides"));
    CHECK(ad_tensor_error(ad_polygamma(WHOLES(1), 1)) != NULL);
    CHECK(ad_tensor_error(ad_polygamma(ad_glu(x, 7), 1)) != NULL);
    end();
}

/* Orders are whole numbers of one op, so the slope of the third order is the fourth. */
TEST(orders_of_polygamma)
{
    begin();
    ad_tensor *x = REALS(0.5, 3);
    ad_tensor *d = slope(slope(slope(slope(ad_lgamma(x), x), x), x), x);
    CHECK_ITEMS(ad_sub(d, ad_polygamma(x, 3)), 0, 0);
    CHECK_ITEMS(ad_polygamma(REALS(-2, 0, INFINITY), 2), -INFINITY, -INFINITY, -0.0);
    end();
}

TEST(the_text_form_has_both_attributes)
{
    static const double low[] = {-INFINITY, 0, -0.5}, high[] = {6, 1, INFINITY};
    for (int i = 0; i < 3; i++) {
        begin();
        ad_tensor *x = ad_feed(graph, "x", AD_F32, AD_SHAPE(3));
        ad_name(ad_clamp(ad_threshold(x, low[i], high[i]), low[i], high[i]), "y");
        char *text = strdup(ad_graph_text(graph));
        ad_graph *read = ad_graph_read(context, text);
        CHECK(read && !strcmp(ad_graph_text(read), text));
        CHECK(strstr(text, "clamp") && strstr(text, "threshold"));
        ad_graph_free(read);
        free(text);
        end();
    }
}

TEST_MAIN
