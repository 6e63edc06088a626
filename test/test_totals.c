/* Sums over all elements beside sums of columns, with values that each column, row or plane shares,
 * for spaces whose rows fill pieces of a sum and such that do not; and loops whose rows lie evenly
 * in blocks.  Compiled against the interpreter, bit for bit, on every instruction set. */
#include "test.h"

#include "arrays.h"

enum { FETCHES = 12, VARIABLES = 6 };

struct net {
    ad_context *context;
    ad_graph *graph;
    ad_tensor *x, *y[FETCHES];
};

static ad_tensor *total(ad_tensor *x)
{
    return ad_sum(x, AD_ALL);
}

/* (a, b, c): c columns for what is shared along all rows, b c for what is along the first axis. */
static void make(struct net *n, const char *isa, int threads, ad_type type, const ad_shape *s)
{
    n->context = ad_context_new(.threads = threads, .isa = isa);
    ad_graph *g = n->graph = ad_graph_new(n->context);
    int64_t a = s->size[0], b = s->size[1], c = s->size[2];
    n->x = ad_feed(g, "x", type, *s);
    ad_tensor *last = ad_variable(g, "last", ad_uniform(g, type, AD_SHAPE(c), -1, 1)),
              *middle = ad_variable(g, "middle", ad_uniform(g, type, AD_SHAPE(b, 1), -1, 1)),
              *plane = ad_variable(g, "plane", ad_uniform(g, type, AD_SHAPE(b, c), -1, 1)),
              *first = ad_variable(g, "first", ad_uniform(g, type, AD_SHAPE(a, 1, 1), -1, 1)),
              *each = ad_variable(g, "each", ad_uniform(g, type, AD_SHAPE(a, 1, c), -1, 1)),
              *wide = ad_variable(g, "wide", ad_uniform(g, type, AD_SHAPE(a, b, c + 3), -1, 1));
    ad_tensor *part = ad_slice(wide, 2, 2, c + 2, 1), *y = ad_add(ad_mul(n->x, last), middle);
    n->y[0] = total(ad_square(y));
    n->y[1] = ad_sum(y, AD_AXES(0, 1));
    n->y[2] = ad_max(ad_mul(y, last), AD_ALL);
    n->y[3] = ad_sum(ad_sub(ad_mul(n->x, plane), first), AD_AXES(0));
    n->y[4] = ad_min(ad_mul(n->x, plane), AD_ALL);
    n->y[5] = total(part);
    n->y[6] = total(ad_expand(last, *s));
    n->y[7] = total(ad_mul(ad_expand(first, *s), ad_expand(plane, *s)));
    n->y[9] = ad_softmax(ad_mul(n->x, each), 2);
    n->y[10] = ad_add(ad_mul(part, each), ad_sub(n->x, first));
    n->y[11] = ad_sum(ad_mul(n->x, ad_add(each, part)), AD_AXES(1));
    n->y[8] = ad_sgd(ad_mean(ad_square(ad_mul(ad_add(part, y), first)), AD_ALL), .rate = 0.1);
}

struct result {
    ad_array fetch[FETCHES], variable[VARIABLES];
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
    bool ok = program && ad_run(program, x, found) == AD_OK && ad_run(program, x, found) == AD_OK;
    for (int i = 0; ok && i < FETCHES; i++)
        out->fetch[i] = array_kept(&found[i]);
    for (int i = 0; ok && i < VARIABLES; i++) {
        ad_array value;
        ok = ad_get(s, ad_variable_at(n->graph, i), &value) == AD_OK;
        out->variable[i] = array_kept(&value);
    }
    ad_program_free(program);
    ad_state_free(s);
    return ok;
}

/* The first that differs; -1. */
static int difference(const struct result *a, const struct result *b)
{
    for (int i = 0; i < FETCHES; i++)
        if (array_difference(&a->fetch[i], &b->fetch[i]) >= 0)
            return i;
    for (int i = 0; i < VARIABLES; i++)
        if (array_difference(&a->variable[i], &b->variable[i]) >= 0)
            return FETCHES + i;
    return -1;
}

static void result_free(struct result *r)
{
    for (int i = 0; i < FETCHES; i++)
        free(r->fetch[i].data);
    for (int i = 0; i < VARIABLES; i++)
        free(r->variable[i].data);
}

/* On SSE2, whose products and sums are rounded apart, the second opinion is a program of single
 * ops. */
static void check(const char *isa, int threads, ad_type type, ad_shape shape)
{
    struct net n = {0};
    uint64_t random = (uint64_t)(shape.size[0] * 10007 + shape.size[2]);
    make(&n, isa, threads, type, &shape);
    ad_array x = array_random(type, shape, &random, -2, 2);
    bool own = isa && !strcmp(isa, "sse2");
    struct result fast = {0}, slow = {0};
    if (!run(&n, &x, &AD_OPTIONS(ad_compile_options), &fast) ||
        !run(&n, &x, &AD_OPTIONS(ad_compile_options, .naive = !own, .off.no_fuse = own), &slow))
        TEST_FAILED("%s: %s", isa ? isa : "best", ad_error());
    else if (difference(&fast, &slow) >= 0)
        TEST_FAILED("%s %s %lld x %lld x %lld, %d threads: result %d differs", isa ? isa : "best",
                    ad_type_name(type), (long long)shape.size[0], (long long)shape.size[1],
                    (long long)shape.size[2], threads, difference(&fast, &slow));
    result_free(&fast);
    result_free(&slow);
    free(x.data);
    ad_graph_free(n.graph);
    ad_context_free(n.context);
}

static void check_all(const char *isa)
{
    static const int64_t size[][3] = {
        {70, 70, 2},  {90, 40, 3},   {30, 9, 32},   {70, 5, 64},  {17, 16, 64}, {700, 8, 16},
        {40, 1, 256}, {13, 2, 512},  {5, 3, 1024},  {3, 1, 4096}, {9, 5, 4096}, {21, 10, 48},
        {2, 5, 5000}, {3, 64, 64},   {5, 3, 4100},  {2, 3, 8192}, {9000, 1, 1}, {1, 1, 20000},
        {1, 9000, 2}, {70, 64, 128}, {2, 1, 70000},
    };
    for (size_t i = 0; isa_is_here(isa) && i < sizeof size / sizeof size[0]; i++) {
        ad_shape shape = AD_SHAPE(size[i][0], size[i][1], size[i][2]);
        check(isa, 1 + (int)i % 3, AD_F32, shape);
        check(isa, 1 + (int)(i + 1) % 3, AD_F64, shape);
    }
}

TEST_SETS(check_all)

TEST_MAIN
