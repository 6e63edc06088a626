/* Derivatives of the elementwise rows where they are small, at points where a rule passes through 0
 * or infinity, and in both orders: against formulas in long double, which have all digits there.
 *
 * First derivatives that are made of a rounded result (sigmoid, tanh and what is built of them) are
 * exact to a rounding of 1, not of themselves: recurrent nets would have to keep one more array for
 * each gate.  All others, and all second derivatives, are exact to the bound of their row, a number
 * of roundings of themselves: it grows with x^2 where an argument of exp is rounded. */
#include "test.h"

#include <float.h>

#include "arrays.h"
#include "core/graph.h"
#include "op/loss.h"
#include "op/row.h"

typedef long double number;

enum { ORDERS = 5, ROOM = 64 };

/* y and its derivatives by x. */
static void derivatives(ad_tensor *y, ad_tensor *x, int orders, ad_tensor **d)
{
    d[0] = y;
    for (int i = 1; i <= orders; i++)
        ad_gradient(d[i - 1], &x, 1, &d[i]);
}

/* The fetches at that many values of the feeds; result f of value i lies at out[f][i]. */
static bool run_at(ad_context *c, ad_graph *g, ad_tensor **feed, int feeds,
                   const double (*at)[ROOM], int count, ad_tensor **fetch, int fetches, bool naive,
                   double (*out)[ROOM])
{
    (void)c;
    ad_state *s = ad_state_new(g, 1);
    ad_program *p = ad_compile(s, .fetch_list = fetch, .fetch_count = fetches, .feed_list = feed,
                               .feed_count = feeds, .naive = naive);
    ad_array in[2] = {0}, found[ORDERS + 1] = {0};
    for (int i = 0; i < feeds; i++) {
        in[i] = array_new(ad_tensor_type(feed[i]), AD_SHAPE(count));
        for (int k = 0; k < count; k++)
            array_put(&in[i], k, at[i][k]);
    }
    bool ok = p && ad_run(p, in, found) == AD_OK;
    for (int f = 0; ok && f < fetches; f++)
        for (int k = 0; k < count; k++)
            out[f][k] = ad_array_item(&found[f], k);
    if (!ok)
        TEST_FAILED("%s", ad_error());
    for (int i = 0; i < feeds; i++)
        free(in[i].data);
    ad_program_free(p);
    ad_state_free(s);
    return ok;
}

/* ---- one operand: first and second derivative in the tails */

static number sigmoid_0(number x)
{
    return 1 / (1 + expl(-x));
}

static number sigmoid_1(number x)
{
    number e = expl(-fabsl(x));
    return e / ((1 + e) * (1 + e));
}

static number sigmoid_2(number x)
{
    return -sigmoid_1(x) * tanhl(x / 2);
}

static number tanh_1(number x)
{
    return 4 * sigmoid_1(2 * x);
}

static number tanh_2(number x)
{
    return -2 * tanhl(x) * tanh_1(x);
}

static number swish_1(number x)
{
    return sigmoid_0(x) + x * sigmoid_1(x);
}

static number swish_2(number x)
{
    return sigmoid_1(x) * (2 - x * tanhl(x / 2));
}

static number normal(number x)
{
    return 0.398942280401432677939946L * expl(-x * x / 2);
}

static number gelu_1(number x)
{
    return 0.5L * erfcl(-x * 0.707106781186547524400844L) + x * normal(x);
}

static number gelu_2(number x)
{
    return normal(x) * (2 - x * x);
}

/* u = 2 sqrt(2 / pi) (x + 0.044715 x^3), of which gelu_tanh is x sigmoid(u). */
static number inner(number x, int order)
{
    number k = 1.59576912160573071175978L;
    return order == 0   ? k * (x + 0.044715L * x * x * x)
           : order == 1 ? k * (1 + 3 * 0.044715L * x * x)
                        : 6 * k * 0.044715L * x;
}

static number gelu_tanh_1(number x)
{
    number u = inner(x, 0);
    return sigmoid_0(u) + x * sigmoid_1(u) * inner(x, 1);
}

static number gelu_tanh_2(number x)
{
    number u = inner(x, 0), r = inner(x, 1);
    return sigmoid_1(u) * 2 * r + x * (sigmoid_2(u) * r * r + sigmoid_1(u) * inner(x, 2));
}

static number erf_1(number x)
{
    return 1.12837916709551257389616L * expl(-x * x);
}

static number erf_2(number x)
{
    return -2 * x * erf_1(x);
}

static number elu_1(number x)
{
    return x > 0 ? 1 : 0.75L * expl(x);
}

static number elu_2(number x)
{
    return x > 0 ? 0 : 0.75L * expl(x);
}

static number selu_1(number x)
{
    return x > 0 ? 1.05070098735548049341933L : 1.75809934084737685994022L * expl(x);
}

static number selu_2(number x)
{
    return x > 0 ? 0 : 1.75809934084737685994022L * expl(x);
}

#ifdef ADZE_EXTRAS
static number atan_1(number x)
{
    return 1 / (1 + x * x);
}

static number atan_2(number x)
{
    return -2 * x * atan_1(x) * atan_1(x);
}

static number asinh_1(number x)
{
    return 1 / sqrtl(1 + x * x);
}

static number asinh_2(number x)
{
    return -x * asinh_1(x) * atan_1(x);
}

static number log_sigmoid_1(number x)
{
    return sigmoid_0(-x);
}

static number log_sigmoid_2(number x)
{
    return -sigmoid_1(x);
}

static number softsign_1(number x)
{
    return 1 / ((1 + fabsl(x)) * (1 + fabsl(x)));
}

static number softsign_2(number x)
{
    return (x > 0 ? -2 : 2) * softsign_1(x) / (1 + fabsl(x));
}

static number tanh_shrink_1(number x)
{
    return tanhl(x) * tanhl(x);
}

static number tanh_shrink_2(number x)
{
    return 2 * tanhl(x) * tanh_1(x);
}

static number erfc_1(number x)
{
    return -erf_1(x);
}

static number erfc_2(number x)
{
    return -erf_2(x);
}

static number ndtr_2(number x)
{
    return -x * normal(x);
}

static number log_ndtr_1(number x)
{
    return normal(x) / (0.5L * erfcl(-x * 0.707106781186547524400844L));
}

static number log_ndtr_2(number x)
{
    return -log_ndtr_1(x) * (x + log_ndtr_1(x));
}
#endif

struct tail {
    const char *name;
    double attribute;
    number (*first)(number), (*second)(number);
    bool of_result;     /* the first derivative is exact to a rounding of 1 only */
    double bound, grow; /* roundings: bound + grow x^2 */
};

static const struct tail tails[] = {
    {"sigmoid", 0, sigmoid_1, sigmoid_2, true, 16, 0},
    {"logistic", 0, sigmoid_1, sigmoid_2, false, 8, 0},
    {"tanh", 0, tanh_1, tanh_2, true, 10, 0},
    {"softplus", 0, sigmoid_0, sigmoid_1, false, 6, 0},
    {"swish", 0, swish_1, swish_2, true, 12, 0},
    {"gelu", 0, gelu_1, gelu_2, true, 8, 2},
    {"gelu_tanh", 0, gelu_tanh_1, gelu_tanh_2, true, 12, 4},
    {"erf", 0, erf_1, erf_2, false, 6, 2},
    {"elu", 0.75, elu_1, elu_2, false, 4, 0},
    {"selu", 0, selu_1, selu_2, false, 4, 0},
    {"exp", 0, expl, expl, false, 4, 0},
    {"expm1", 0, expl, expl, false, 4, 0},
#ifdef ADZE_EXTRAS
    {"atan", 0, atan_1, atan_2, false, 8, 0},
    {"asinh", 0, asinh_1, asinh_2, false, 8, 0},
    {"log_sigmoid", 0, log_sigmoid_1, log_sigmoid_2, false, 8, 0},
    {"softsign", 0, softsign_1, softsign_2, false, 8, 0},
    {"tanh_shrink", 0, tanh_shrink_1, tanh_shrink_2, false, 12, 0},
    {"erfc", 0, erfc_1, erfc_2, false, 6, 2},
    {"ndtr", 0, normal, ndtr_2, false, 6, 2},
    {"log_ndtr", 0, log_ndtr_1, log_ndtr_2, false, 8, 2},
#endif
};

static const double sizes[] = {0.125, 0.5, 1, 2, 3, 5, 8, 12, 17, 20, 30, 50, 80};
enum { SIZES = sizeof sizes / sizeof sizes[0] };

static void compare(const struct tail *t, ad_type type, int order, double x, double found)
{
    double eps = type == AD_F64 ? DBL_EPSILON : FLT_EPSILON;
    number right = order == 1 ? t->first(x) : t->second(x);
    double smallest = type == AD_F64 ? 1e-290 : 1e-36; /* below, numbers have fewer digits */
    double scale = order == 1 && t->of_result ? 1 : fmax((double)fabsl(right), smallest);
    if (!(fabs(found - (double)right) <= (t->bound + t->grow * x * x) * eps * scale))
        TEST_FAILED("%s %s: derivative %d at %g is %.9g and has to be %.9g, off by %.3g roundings",
                    t->name, ad_type_name(type), order, x, found, (double)right,
                    fabs(found - (double)right) / eps / scale);
}

static void check_tail(const struct tail *t, ad_type type, bool naive)
{
    ad_context *c = ad_context_new(.threads = 1);
    ad_graph *g = ad_graph_new(c);
    ad_tensor *x = ad_feed(g, "x", type, AD_SHAPE(2 * SIZES)), *d[ORDERS];
    const struct op *op = row_op_find(t->name, strlen(t->name));
    struct row_attributes a = {{t->attribute}};
    derivatives(graph_node1(op, op->field_count ? &a : NULL, x), x, 2, d);
    double at[1][ROOM], found[ORDERS][ROOM];
    for (int i = 0; i < 2 * SIZES; i++)
        at[0][i] = i < SIZES ? sizes[i] : -sizes[i - SIZES];
    if (run_at(c, g, &x, 1, (const double(*)[ROOM])at, 2 * SIZES, d, 3, naive, found))
        for (int i = 0; i < 2 * SIZES; i++)
            for (int order = 1; order <= 2; order++)
                compare(t, type, order, at[0][i], found[order][i]);
    ad_graph_free(g);
    ad_context_free(c);
}

TEST(first_and_second_derivatives_in_the_tails)
{
    for (size_t i = 0; i < sizeof tails / sizeof tails[0]; i++)
        for (int naive = 0; naive < 2; naive++) {
            check_tail(&tails[i], AD_F32, naive);
            check_tail(&tails[i], AD_F64, naive);
        }
}

/* ---- one operand: special points */

struct point {
    const char *name; /* of a row; or an expression by its text below */
    double x;
    int order;
    double right;
};

static ad_tensor *bell(ad_graph *g, ad_tensor *x)
{
    return ad_exp(ad_neg(ad_pow(x, ad_number(g, AD_F64, 2))));
}

static ad_tensor *cube(ad_graph *g, ad_tensor *x)
{
    return ad_pow(x, ad_number(g, AD_F64, 3));
}

static const struct point points[] = {
    {"bell", 0, 1, 0},
    {"bell", 0, 2, -2},
    {"bell", 0, 3, 0},
    {"bell", 0, 4, 12},
    {"cube", 0, 2, 0},
    {"cube", 0, 3, 6},
    {"cube", 0, 4, 0},
    {"cube", 2, 3, 6},
    {"sigmoid", 0, 2, 0},
    {"sigmoid", 0, 3, -0.125},
    {"tanh", 0, 2, 0},
    {"tanh", 0, 3, -2},
    {"softplus", 0, 2, 0.25},
    {"softplus", 0, 4, -0.125},
    {"swish", 0, 2, 0.5},
    {"swish", 0, 4, -0.5},
    {"swish", INFINITY, 2, 0},
    {"swish", -INFINITY, 2, 0},
    {"gelu", INFINITY, 2, 0},
    {"gelu", -INFINITY, 2, 0},
    {"gelu", 0, 3, 0},
    {"gelu_tanh", INFINITY, 2, 0},
    {"gelu_tanh", 0, 3, 0},
    {"gelu_tanh", -INFINITY, 2, 0},
    {"tanh", INFINITY, 2, 0},
    {"sigmoid", -INFINITY, 2, 0},
    {"sigmoid", INFINITY, 2, 0},
    {"softplus", INFINITY, 2, 0},
    {"relu", 0, 2, 0},
    {"relu", 1e-300, 2, 0},
    {"elu", 0, 2, 0.75},
    {"elu", 1e-300, 2, 0},
    {"elu", -1e-300, 3, 0.75},
    {"selu", -1e-300, 3, 1.7580993408473766},
    {"elu", 1000, 3, 0},
    {"leaky_relu", 0, 2, 0},
    {"square", 0, 2, 2},
    {"square", 0, 3, 0},
    {"abs", 0, 2, 0},
    {"erf", 0, 3, -2.2567583341910251},
    {"sin", 0, 3, -1},
    {"exp", -700, 4, 9.859676543759770e-305},
};

static void check_point(const struct point *p)
{
    ad_context *c = ad_context_new(.threads = 1);
    ad_graph *g = ad_graph_new(c);
    ad_tensor *x = ad_feed(g, "x", AD_F64, AD_SHAPE(1)), *y, *d[ORDERS];
    const struct op *op = row_op_find(p->name, strlen(p->name));
    struct row_attributes a = {{0.75}};
    if (op)
        y = graph_node1(op, op->field_count ? &a : NULL, x);
    else
        y = strcmp(p->name, "bell") ? cube(g, x) : bell(g, x);
    derivatives(y, x, p->order, d);
    double at[1][ROOM] = {{p->x}}, found[1][ROOM];
    if (run_at(c, g, &x, 1, (const double(*)[ROOM])at, 1, &d[p->order], 1, false, found) &&
        !(fabs(found[0][0] - p->right) <= 1e-14 * fmax(fabs(p->right), DBL_MIN)))
        TEST_FAILED("%s: derivative %d at %g is %g and has to be %g", p->name, p->order, p->x,
                    found[0][0], p->right);
    ad_graph_free(g);
    ad_context_free(c);
}

TEST(higher_derivatives_at_special_points)
{
    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++)
        check_point(&points[i]);
}

/* ---- two operands: both orders */

/* Where operands of every row meet 0, each other, and whole exponents. */
static const double pairs[][2] = {{23, 0},  {2, 0}, {0, 2},    {0, 3},   {0, 1},  {0.5, 2},
                                  {3, 3},   {1, 0}, {1, -1},   {0, 4.5}, {2, -3}, {7, 0.5},
                                  {1e3, 1}, {0, 7}, {1e-3, 2}, {1, 1}};
enum { PAIRS = sizeof pairs / sizeof pairs[0] };

static void mixed(ad_tensor *y, ad_tensor *const *x, ad_tensor **both)
{
    ad_tensor *first[2];
    ad_gradient(y, x, 2, first);
    for (int i = 0; i < 2; i++)
        ad_gradient(first[i], &x[1 - i], 1, &both[i]);
}

static bool near(double a, double b)
{
    return a == b || (isnan(a) && isnan(b)) || fabs(a - b) <= 1e-12 * fmax(fabs(a), fabs(b));
}

static void check_mixed(const struct op *op, double (*found)[ROOM])
{
    ad_context *c = ad_context_new(.threads = 1);
    ad_graph *g = ad_graph_new(c);
    ad_tensor *x[] = {ad_feed(g, "x", AD_F64, AD_SHAPE(PAIRS)),
                      ad_feed(g, "z", AD_F64, AD_SHAPE(PAIRS))},
              *both[2];
    mixed(graph_node2(op, NULL, x[0], x[1]), x, both);
    double at[2][ROOM];
    for (int i = 0; i < PAIRS; i++)
        at[0][i] = pairs[i][0], at[1][i] = pairs[i][1];
    if (run_at(c, g, x, 2, (const double(*)[ROOM])at, PAIRS, both, 2, false, found))
        for (int i = 0; i < PAIRS; i++)
            if (!near(found[0][i], found[1][i]))
                TEST_FAILED("%s at (%g, %g): %g in one order, %g in the other", op->name, at[0][i],
                            at[1][i], found[0][i], found[1][i]);
    ad_graph_free(g);
    ad_context_free(c);
}

TEST(mixed_second_derivatives_are_equal_in_both_orders)
{
    double found[2][ROOM];
    for (int i = 0; i < row_op_count(); i++) {
        const struct op *op = row_op_at(i);
        if (op->row->arity == 2 && op->row->gradient[0] && op->row->gradient[1])
            check_mixed(op, found);
    }
    check_mixed(&op_binary_cross_entropy, found);
    check_mixed(&op_pow, found);
    for (int i = 0; i < PAIRS; i++) {
        double x = pairs[i][0], z = pairs[i][1];
        double right = x > 0 ? pow(x, z - 1) * (1 + z * log(x)) : z > 1 ? 0 : found[0][i];
        if (!near(found[0][i], right))
            TEST_FAILED("x^z at (%g, %g): %g, right is %g", x, z, found[0][i], right);
    }
}

TEST_MAIN
