/* Values that are made again in each loop that reads them, and sums over middle axes within loops:
 * training steps of norms against the interpreter, bit for bit, on every instruction set, and what
 * such a step keeps in memory. */
#include "test.h"

#include "arrays.h"

enum { VARIABLES = 8, FETCHES = 2 };

struct net {
    ad_context *context;
    ad_graph *graph;
    ad_tensor *y[FETCHES];
};

typedef ad_tensor *part(struct net *n, ad_tensor *x);

static ad_tensor *scaled(struct net *n, ad_tensor *x)
{
    ad_shape shape = ad_tensor_shape(x);
    shape = AD_SHAPE(shape.size[shape.rank - 1]);
    ad_type type = ad_tensor_type(x);
    return ad_mul(x, ad_variable(n->graph, "scale", ad_uniform(n->graph, type, shape, 0.5, 2)));
}

static ad_tensor *batch(struct net *n, ad_tensor *x)
{
    (void)n;
    return ad_batch_norm(x);
}

/* By sums over middle axes alone. */
static ad_tensor *middle(struct net *n, ad_tensor *x)
{
    ad_axes places = AD_AXES(1, 2);
    ad_tensor *off = ad_sub(x, ad_mean(x, places, .keep = true));
    ad_tensor *most = ad_max(off, places, .keep = true);
    ad_tensor *variance = ad_mean(ad_square(off), places, .keep = true);
    return scaled(n, ad_mul(ad_sub(off, most), ad_rsqrt(variance)));
}

static ad_tensor *product(struct net *n, ad_tensor *x)
{
    (void)n;
    return ad_relu(ad_batch_norm(ad_linear(x, .out = 32)));
}

/* Read by a fetch and by a product too, so it is kept. */
static ad_tensor *kept(struct net *n, ad_tensor *x)
{
    ad_tensor *t = scaled(n, x), *sum = ad_sum(t, AD_AXES(0, 1, 2), .keep = true);
    n->y[1] = t;
    return ad_mul(ad_linear(t, .out = 32), ad_sum(ad_mul(t, sum), AD_AXES(3), .keep = true));
}

#ifdef ADZE_EXTRAS
static ad_tensor *group(struct net *n, ad_tensor *x)
{
    (void)n;
    return ad_group_norm(x, .groups = 4);
}

static ad_tensor *instance(struct net *n, ad_tensor *x)
{
    (void)n;
    return ad_instance_norm(x, .affine = true);
}

static ad_tensor *excite(struct net *n, ad_tensor *x)
{
    (void)n;
    return ad_squeeze_excite(x);
}
#endif

static const struct {
    part *make;
    const char *name;
    bool bare; /* keeps nothing as large as x, where one loop makes all sums */
} parts[] = {
    {batch, "batch norm", true},          {middle, "a norm over middle axes", false},
    {product, "a product", false},        {kept, "what is fetched", false},
#ifdef ADZE_EXTRAS
    {group, "group norm", true},          {instance, "instance norm", true},
    {excite, "squeeze and excite", true},
#endif
};
enum { PARTS = sizeof parts / sizeof parts[0] };

struct result {
    ad_array value[FETCHES + VARIABLES];
    int64_t kept; /* bytes between kernels */
};

static void result_free(struct result *r)
{
    for (int i = 0; i < FETCHES + VARIABLES; i++)
        free(r->value[i].data);
}

/* Two steps of training. */
static bool run(struct net *n, const ad_compile_options *options, struct result *out)
{
    ad_state *s = ad_state_new(n->graph, 5);
    ad_compile_options o = *options;
    o.training = true;
    memcpy(o.fetch, n->y, sizeof n->y);
    ad_program *program = s ? (ad_compile)(s, &o) : NULL;
    ad_array found[FETCHES] = {0};
    bool ok =
        program && ad_run(program, NULL, found) == AD_OK && ad_run(program, NULL, found) == AD_OK;
    for (int i = 0; ok && i < FETCHES && n->y[i]; i++)
        out->value[i] = array_kept(&found[i]);
    for (int i = 0; ok && i < ad_variable_count(n->graph); i++) {
        ad_array value;
        ok = ad_get(s, ad_variable_at(n->graph, i), &value) == AD_OK;
        out->value[FETCHES + i] = array_kept(&value);
    }
    if (ok) {
        ad_program_info about = ad_program_about(program);
        out->kept = about.arena_bytes - about.scratch_bytes;
    }
    ad_program_free(program);
    ad_state_free(s);
    return ok;
}

static int difference(const struct result *a, const struct result *b)
{
    for (int i = 0; i < FETCHES + VARIABLES; i++)
        if (a->value[i].data && array_difference(&a->value[i], &b->value[i]) >= 0)
            return i;
    return -1;
}

/* On SSE2, whose products and sums are rounded apart, the second opinion is a program of single
 * ops. */
static void check(const char *isa, int threads, ad_type type, ad_shape shape, int i)
{
    struct net n = {.context = ad_context_new(.threads = threads, .isa = isa)};
    ad_graph *g = n.graph = ad_graph_new(n.context);
    ad_tensor *x = ad_variable(g, "x", ad_normal(g, type, shape, 3, 1));
    ad_tensor *y = parts[i].make(&n, x);
    n.y[0] = ad_sgd(ad_mean(ad_square(y), AD_ALL), .rate = 0.1);
    int64_t places = shape.size[1] * shape.size[2],
            bytes = shape.size[0] * places * shape.size[3] * (int64_t)ad_type_size(type);
    bool own = isa && !strcmp(isa, "sse2");
    struct result fast = {0}, slow = {0};
    if (!run(&n, &AD_OPTIONS(ad_compile_options), &fast) ||
        !run(&n, &AD_OPTIONS(ad_compile_options, .naive = !own, .off.no_fuse = own), &slow))
        TEST_FAILED("%s: %s", parts[i].name, ad_error());
    else if (difference(&fast, &slow) >= 0)
        TEST_FAILED("%s, %s of %s, %lld places, %d threads: result %d differs", parts[i].name,
                    isa ? isa : "best", ad_type_name(type), (long long)places, threads,
                    difference(&fast, &slow));
    else if (parts[i].bare && 4096 % shape.size[3] == 0 && (i == 0 || places % 64 == 0) &&
             fast.kept * 2 > bytes)
        TEST_FAILED("%s of %lld bytes keeps %lld", parts[i].name, (long long)bytes,
                    (long long)fast.kept);
    result_free(&fast);
    result_free(&slow);
    ad_graph_free(g);
    ad_context_free(n.context);
}

static void check_all(const char *isa)
{
    const ad_shape shapes[] = {AD_SHAPE(4, 16, 16, 64), AD_SHAPE(5, 10, 13, 64),
                               AD_SHAPE(7, 12, 16, 28), AD_SHAPE(1, 80, 72, 12),
                               AD_SHAPE(33, 8, 8, 32),  AD_SHAPE(2, 68, 64, 8)};
    for (int k = 0; isa_is_here(isa) && k < (int)(sizeof shapes / sizeof shapes[0]); k++)
        for (int i = 0; i < PARTS; i++)
            check(isa, 1 + (k + i) % 3, (k + i) % 4 ? AD_F32 : AD_F64, shapes[k], i);
}

TEST_SETS(check_all)

TEST_MAIN
