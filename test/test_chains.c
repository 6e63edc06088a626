/* Chains of computations on rows of every length: whole strips, single vectors, parts of one; with
 * values for each row, truths, constants and results written over what was read.  Compiled against
 * the interpreter, bit for bit, on every instruction set. */
#include "test.h"

#include "arrays.h"

enum { FETCHES = 5, STEPS = 3 };

struct net {
    ad_context *context;
    ad_graph *graph;
    ad_tensor *x, *weight, *before, *after, *y[FETCHES];
};

static ad_tensor *row(ad_tensor *x, bool largest)
{
    return largest ? ad_max(x, AD_AXES(1), .keep = true) : ad_sum(x, AD_AXES(1), .keep = true);
}

/* More computations than one chain holds, with every long function, and values read again late. */
static ad_tensor *long_chain(ad_tensor *x)
{
    ad_tensor *y = x, *early = ad_sigmoid(x);
    for (int i = 0; i < 5; i++) {
        y = ad_add(ad_tanh(ad_mul(y, early)), ad_erf(ad_sub(early, y)));
        y = ad_sub(ad_sin(y), ad_div(ad_cos(x), ad_shift(ad_exp(y), 2)));
        y = ad_maximum(ad_minimum(ad_square(y), early), ad_scale(ad_softplus(y), 0.25));
        y = ad_where(ad_less(y, early), ad_expm1(y), ad_pow(ad_shift(ad_abs(y), 0.5), early));
        y = ad_mul(ad_log(ad_shift(ad_abs(y), 1)), ad_sign(ad_round(ad_scale(x, 3))));
    }
    return ad_where(ad_is_finite(y), y, early);
}

/* Rows: what softmax and normalization do, and choices by a value of the row. */
static ad_tensor *by_rows(ad_tensor *x)
{
    ad_tensor *largest = row(x, true), *sum = row(x, false);
    ad_tensor *near = ad_greater_equal(x, ad_scale(largest, 0.5));
    ad_tensor *chosen = ad_where(near, ad_sub(sum, x), ad_mul(ad_exp(ad_sub(x, largest)), sum));
    return ad_where(ad_less(sum, ad_number(ad_tensor_graph(x), ad_tensor_type(x), 0)), largest,
                    ad_div(chosen, ad_shift(ad_square(sum), 1)));
}

/* Values that are made, reduced in several ways and made again; a logarithm of a negative number is
 * NaN in some rows and must be seen by every reduction that meets it. */
static ad_tensor *reduced(ad_tensor *x, ad_tensor *w)
{
    ad_tensor *near = ad_sub(x, row(x, false)), *product = ad_mul(near, w);
    ad_tensor *sums = ad_add(row(product, false), row(ad_square(near), false));
    ad_tensor *least = ad_min(ad_exp(ad_mul(x, w)), AD_AXES(1), .keep = true);
    ad_tensor *strange = row(ad_log(ad_shift(x, 1.998)), true);
    ad_tensor *negative = row(ad_neg(ad_shift(ad_square(x), 9)), true);
    ad_tensor *all = ad_add(ad_mul(sums, least), ad_mul(strange, negative));
    return ad_add(ad_mul(ad_sub(x, row(x, true)), all), ad_add(near, product));
}

/* The variables are replaced by what is made of them, one whole, one between its neighbours. */
static void make(struct net *n, const char *isa, int threads, ad_type type, int64_t rows,
                 int64_t columns)
{
    n->context = ad_context_new(.threads = threads, .isa = isa);
    n->graph = ad_graph_new(n->context);
    ad_graph *g = n->graph;
    ad_shape shape = AD_SHAPE(rows, columns);
    n->x = ad_feed(g, "x", type, shape);
    n->before = ad_variable(g, "before", ad_uniform(g, type, shape, 0, 1));
    n->weight = ad_variable(g, "weight", ad_uniform(g, type, shape, -1, 1));
    n->after = ad_variable(g, "after", ad_uniform(g, type, shape, 0, 1));
    ad_tensor *w = n->weight, *p = ad_softmax(ad_mul(w, n->x), 1);
    n->y[0] = p;
    n->y[1] = by_rows(ad_add(n->x, w));
    n->y[2] = long_chain(ad_mul(n->x, ad_slice(w, 0, 0, 1, 1)));
    n->y[3] = ad_layer_normalize(n->x, NULL, NULL, 1e-5);
    n->y[4] = reduced(n->x, w);
    ad_assign(p, w, ad_softmax(ad_sub(w, ad_scale(p, 0.1)), 1));
}

struct result {
    ad_array fetch[FETCHES], variable[3];
};

static bool run(struct net *n, const ad_array *x, const ad_compile_options *options,
                struct result *out)
{
    ad_state *s = ad_state_new(n->graph, 5);
    ad_compile_options o = *options;
    o.training = true;
    o.feed[0] = n->x;
    memcpy(o.fetch, n->y, sizeof n->y);
    ad_program *program = s ? (ad_compile)(s, &o) : NULL;
    ad_array found[FETCHES] = {0};
    bool ok = program != NULL;
    for (int i = 0; ok && i < STEPS; i++)
        ok = ad_run(program, x, found) == AD_OK;
    for (int i = 0; ok && i < FETCHES; i++)
        out->fetch[i] = array_kept(&found[i]);
    for (int i = 0; ok && i < 3; i++) {
        ad_array value;
        ok = ad_get(s, ad_variable_at(n->graph, i), &value) == AD_OK;
        out->variable[i] = array_kept(&value);
    }
    ad_program_free(program);
    ad_state_free(s);
    return ok;
}

static bool same(const struct result *a, const struct result *b)
{
    bool same = true;
    for (int i = 0; i < FETCHES; i++)
        same &= array_difference(&a->fetch[i], &b->fetch[i]) < 0;
    for (int i = 0; i < 3; i++)
        same &= array_difference(&a->variable[i], &b->variable[i]) < 0;
    return same;
}

static void result_free(struct result *r)
{
    for (int i = 0; i < FETCHES; i++)
        free(r->fetch[i].data);
    for (int i = 0; i < 3; i++)
        free(r->variable[i].data);
}

/* On SSE2, whose products and sums are rounded apart, the second opinion is a program of single
 * ops. */
static void check(const char *isa, int threads, ad_type type, int64_t rows, int64_t columns)
{
    struct net n = {0};
    uint64_t random = (uint64_t)(rows * 10007 + columns);
    if (!isa_is_here(isa))
        return;
    make(&n, isa, threads, type, rows, columns);
    ad_array x = array_random(type, AD_SHAPE(rows, columns), &random, -2, 2);
    bool own = isa && !strcmp(isa, "sse2");
    struct result fast = {0}, slow = {0};
    bool ran =
        run(&n, &x, &AD_OPTIONS(ad_compile_options), &fast) &&
        run(&n, &x, &AD_OPTIONS(ad_compile_options, .naive = !own, .off.no_fuse = own), &slow);
    if (!ran)
        TEST_FAILED("%s %lld x %lld: %s", isa ? isa : "best", (long long)rows, (long long)columns,
                    ad_error());
    else if (!same(&fast, &slow))
        TEST_FAILED("%s %s %lld x %lld, %d threads: bits differ", isa ? isa : "best",
                    ad_type_name(type), (long long)rows, (long long)columns, threads);
    result_free(&fast);
    result_free(&slow);
    free(x.data);
    ad_graph_free(n.graph);
    ad_context_free(n.context);
}

static void check_all(const char *isa)
{
    static const int64_t columns[] = {0,  1,  2,  7,   15,  16,  17,  31,  32,   33,   48,
                                      63, 64, 65, 100, 112, 128, 129, 250, 1000, 1024, 5000};
    static const int64_t rows[] = {1, 5, 32};
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
        for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++) {
            if (rows[k] * columns[i] > 1 << 14)
                continue;
            check(isa, 1 + (int)(i + k) % 3, AD_F32, rows[k], columns[i]);
            check(isa, 1, AD_F64, rows[k], columns[i]);
        }
    check(isa, 2, AD_F32, 37, 1024); /* several rows of a tile, and a tile that is not full */
    check(isa, 2, AD_F64, 130, 96);
}

TEST_SETS(check_all)

TEST_MAIN
