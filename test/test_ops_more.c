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
    return z ? graph_node2(op, NULL, x, z) : graph_node1(op, op->row->attribute[0] ? &a : NULL, x);
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

TEST_MAIN
