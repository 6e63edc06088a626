/* Every op of the registry by its own record: values in f32 and compiled against the interpreter in
 * f64, first and second derivatives against finite differences in f64, over the range that the
 * record states, empty shapes included.  With ADZE_OPS_REPORT=FILE in the environment a line for
 * each op is written: its name, the number of trials, and the largest errors of f32 values, first
 * and second derivatives, "-" where there is none to measure. */
#include "test.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "arrays.h"
#include "core/graph.h"
#include "op/row.h"

enum { INPUTS = 4 };

struct trial {
    const struct op *op;
    const void *attributes;
    int in_count;
    ad_shape shape[INPUTS];
    ad_type type[INPUTS];
    double low, high, diagonal;
    enum row_kinks kinks;
};

/* What was found for an op: the largest errors; below 0: nothing was measured. */
struct report {
    double value_f32, first, second;
    int trials;
};

static uint64_t seed;

/* ---- data */

static double sample_number(const struct trial *t, int input)
{
    double width = t->high - t->low, v = t->low + width * random_unit(&seed);
    if (t->kinks == ROW_AT_ZERO && fabs(v) < 1e-2 * width)
        v += v < 0 ? -1e-2 * width : 1e-2 * width;
    if (t->kinks == ROW_AT_EQUAL) /* operands on two grids that never meet */
        v = t->low + width * (floor(8 * (v - t->low) / width) + 0.25 + 0.5 * (input & 1)) / 9;
    return v;
}

/* The same numbers for f32 and f64: rounded to f32 first. */
static ad_array make_data(const struct trial *t, int input, ad_type type)
{
    ad_array a = array_new(type, t->shape[input]);
    for (int64_t i = 0; i < ad_array_count(&a); i++) {
        bool index = t->type[input] == AD_I32 || t->type[input] == AD_I64,
             truth = t->type[input] == AD_BOOL;
        double v = index   ? floor(random_unit(&seed) * (t->high > 0 ? t->high : 1))
                   : truth ? random_unit(&seed) > 0.5
                           : (double)(float)sample_number(t, input);
        if (input == 0 && t->diagonal) {
            int rank = a.shape.rank;
            int64_t n = a.shape.size[rank - 1], row = i / n % a.shape.size[rank - 2];
            v += row == i % n ? t->diagonal : 0;
        }
        array_put(&a, i, v);
    }
    return a;
}

/* ---- one op as a graph */

struct built {
    ad_context *context;
    ad_graph *graph;
    ad_tensor *in[INPUTS], *out;
    ad_array data[INPUTS];
    ad_state *state;
};

static void built_free(struct built *b)
{
    for (int i = 0; i < INPUTS; i++)
        free(b->data[i].data);
    ad_state_free(b->state);
    ad_graph_free(b->graph);
    ad_context_free(b->context);
}

static bool build(struct built *b, const struct trial *t, ad_type type, const char *isa)
{
    static const char *const names[INPUTS] = {"a", "b", "c", "d"};
    *b = (struct built){.context = ad_context_new(.threads = 2, .isa = isa)};
    b->graph = b->context ? ad_graph_new(b->context) : NULL;
    if (!b->graph)
        return false;
    for (int i = 0; i < t->in_count; i++) {
        ad_type own = t->type[i] == AD_F32 ? type : t->type[i];
        b->in[i] = ad_feed(b->graph, names[i], own, t->shape[i]);
        b->data[i] = make_data(t, i, own);
    }
    b->out = graph_node(b->graph, t->op, t->attributes, b->in, t->in_count);
    b->state = ad_state_new(b->graph, 5);
    return b->state != NULL;
}

static ad_status run(struct built *b, const struct trial *t, bool naive, ad_array *out, int results)
{
    ad_compile_options o = AD_OPTIONS(ad_compile_options, .naive = naive, .feed_list = b->in,
                                      .feed_count = t->in_count);
    for (int i = 0; i < results; i++)
        o.fetch[i] = &b->out->node->out[i];
    ad_program *p = (ad_compile)(b->state, &o);
    ad_array found[8] = {0};
    ad_status status = p ? ad_run(p, b->data, found) : ad_error_status();
    for (int i = 0; status == AD_OK && i < results; i++)
        out[i] = array_kept(&found[i]);
    ad_program_free(p);
    return status;
}

/* ---- checks */

static double largest(const ad_array *a)
{
    double most = 0;
    for (int64_t i = 0; i < ad_array_count(a); i++) {
        double v = fabs(ad_array_item(a, i));
        most = isfinite(v) && v > most ? v : most;
    }
    return most;
}

/* Error relative to the element and a tenth of the largest one. */
static double value_error(const ad_array *got, const ad_array *reference)
{
    double scale = largest(reference), worst = 0;
    for (int64_t i = 0; i < ad_array_count(got); i++) {
        double x = ad_array_item(got, i), y = ad_array_item(reference, i);
        if ((isnan(x) && isnan(y)) || x == y || fabs(y) > FLT_MAX)
            continue;
        double error = fabs(x - y) / (fabs(y) + 0.1 * scale);
        worst = !(error <= worst) ? error : worst;
    }
    return worst;
}

static bool same_bits(const ad_array *a, const ad_array *b)
{
    return array_difference(a, b) < 0;
}

/* The kernels of the instruction sets below the best: the same bits; SSE2 within a bound. */
static void check_other_isas(const struct trial *t, uint64_t begin, const ad_array *naive,
                             int results)
{
    static const char *const isas[] = {"avx2", "sse2"};
    uint64_t after = seed;
    for (size_t k = 0; k < sizeof isas / sizeof isas[0]; k++) {
        if (!isa_is_here(isas[k]))
            continue;
        struct built b;
        ad_array found[8] = {0};
        seed = begin;
        if (!build(&b, t, AD_F32, isas[k]) || run(&b, t, false, found, results) != AD_OK)
            TEST_FAILED("%s on %s: %s", t->op->name, isas[k], ad_error());
        for (int i = 0; i < results; i++) {
            bool close = k == 1 && !(value_error(&found[i], &naive[i]) > 2e-5);
            if (found[i].data && !close && !same_bits(&found[i], &naive[i]))
                TEST_FAILED("%s: %s and the interpreter differ", t->op->name, isas[k]);
            free(found[i].data);
        }
        built_free(&b);
    }
    seed = after;
}

static void check_values(const struct trial *t, struct report *report)
{
    uint64_t begin = seed;
    struct built f64, f32;
    ad_array reference[8] = {0}, naive[8] = {0}, compiled[8] = {0};
    bool ok = build(&f64, t, AD_F64, NULL);
    seed = begin;
    ok = build(&f32, t, AD_F32, NULL) && ok;
    if (!ok) {
        TEST_FAILED("%s: %s", t->op->name, ad_error());
    } else {
        int results = f64.out->node->out_count < 8 ? f64.out->node->out_count : 8;
        bool ran = run(&f64, t, true, reference, results) == AD_OK &&
                   run(&f32, t, true, naive, results) == AD_OK &&
                   run(&f32, t, false, compiled, results) == AD_OK;
        if (!ran)
            TEST_FAILED("%s: %s", t->op->name, ad_error());
        for (int i = 0; ran && i < results; i++) {
            double error = value_error(&naive[i], &reference[i]);
            report->value_f32 = fmax(report->value_f32, t->op->random ? -1 : error);
            if (!t->op->random &&
                !(error <= 4e-6 * (1 + 0.1 * sqrt((double)ad_array_count(&f32.data[0])))))
                TEST_FAILED("%s: f32 is %g off f64", t->op->name, error);
            if (!same_bits(&naive[i], &compiled[i]))
                TEST_FAILED("%s: compiled and interpreter differ", t->op->name);
        }
        if (ran)
            check_other_isas(t, begin, naive, results);
        for (int i = 0; i < results; i++)
            free(reference[i].data), free(naive[i].data), free(compiled[i].data);
    }
    built_free(&f64);
    built_free(&f32);
}

/* A random weighted sum of a tensor, so that every element counts differently. */
static ad_tensor *weighted(ad_tensor *y)
{
    ad_graph *g = ad_tensor_graph(y);
    ad_tensor *w = ad_uniform(g, ad_tensor_type(y), ad_tensor_shape(y), 0.5, 1.5);
    return ad_sum(ad_mul(y, w), AD_ALL);
}

static bool is_real(const ad_tensor *t)
{
    return ad_tensor_type(t) == AD_F64;
}

/* The same over all real results of a node; NULL where there is none. */
static ad_tensor *weighted_results(const struct node *node)
{
    ad_tensor *total = NULL;
    for (int i = 0; i < node->out_count; i++) {
        if (!is_real(&node->out[i]))
            continue;
        ad_tensor *sum = weighted(&node->out[i]);
        total = total ? ad_add(total, sum) : sum;
    }
    return total;
}

/* Finite differences of the value, then of the analytic first derivative. */
static void check_gradients(const struct trial *t, struct report *report)
{
    struct built b;
    ad_tensor *sum = build(&b, t, AD_F64, NULL) ? weighted_results(b.out->node) : NULL;
    if (!sum) {
        built_free(&b);
        return;
    }
    ad_tensor *x[INPUTS], *dx[INPUTS];
    ad_binding feeds[INPUTS];
    int count = 0;
    for (int i = 0; i < t->in_count; i++) {
        feeds[i] = (ad_binding){b.in[i], b.data[i]};
        if (is_real(b.in[i]))
            x[count++] = b.in[i];
    }
    double first = 0, second = 0;
    ad_status status =
        count ? ad_check_gradients(b.state, sum, x, count, feeds, t->in_count, &first) : AD_OK;
    if (status == AD_OK && count) {
        ad_gradient(sum, x, count, dx);
        ad_tensor *total = weighted(dx[0]);
        for (int i = 1; i < count; i++)
            total = ad_add(total, weighted(dx[i]));
        status = ad_check_gradients(b.state, total, x, count, feeds, t->in_count, &second);
    }
    if (status != AD_OK)
        TEST_FAILED("%s: %s", t->op->name, ad_error());
    if (!(first <= 2e-6) || !(second <= 2e-5))
        TEST_FAILED("%s: first derivative %g, second %g off finite differences", t->op->name, first,
                    second);
    report->first = fmax(report->first, count ? first : -1);
    report->second = fmax(report->second, count ? second : -1);
    built_free(&b);
}

static bool empty(const struct trial *t)
{
    for (int i = 0; i < t->in_count; i++)
        for (int k = 0; k < t->shape[i].rank; k++)
            if (t->shape[i].size[k] == 0)
                return true;
    return false;
}

static void check_trial(const struct trial *t, struct report *report)
{
    report->trials++;
    check_values(t, report);
    if (!t->op->no_gradient && !empty(t))
        check_gradients(t, report);
}

/* ---- trials of an op */

static void from_samples(const struct op *op, struct report *report)
{
    for (int i = 0; i < op->sample_count; i++) {
        const struct sample *s = &op->samples[i];
        struct trial t = {.op = op,
                          .attributes = s->attributes,
                          .in_count = s->in_count,
                          .low = s->low,
                          .high = s->high,
                          .diagonal = s->diagonal};
        if (t.low == 0 && t.high == 0)
            t.low = -2, t.high = 2;
        memcpy(t.shape, s->shape, sizeof t.shape);
        memcpy(t.type, s->type, sizeof t.type);
        check_trial(&t, report);
    }
}

/* Where finite differences still resolve the slope: the record's range, cut for functions that run
 * away. */
static void row_range(const struct row *row, struct trial *t)
{
    t->low = fmax(row->low, -30), t->high = fmin(row->high, 30);
    t->kinks = row->kinks;
}

static struct row_attributes sample_attributes(const struct op *op)
{
    struct row_attributes a;
    for (int k = 0; k < 2; k++)
        a.a[k] = k < op->field_count && op->fields[k].initial ? op->fields[k].initial : 0.5;
    return a;
}

static void from_row(const struct op *op, struct report *report)
{
    static const ad_shape shapes[][3] = {{{2, {5, 17}}, {2, {5, 17}}, {2, {5, 17}}},
                                         {{2, {5, 17}}, {1, {17}}, {2, {5, 1}}},
                                         {{1, {1}}, {1, {1}}, {1, {1}}},
                                         {{1, {0}}, {1, {0}}, {1, {0}}},
                                         {{3, {2, 3, 31}}, {3, {2, 1, 31}}, {0, {0}}}};
    const struct row *row = op->row;
    struct row_attributes a = sample_attributes(op);
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        struct trial t = {
            .op = op, .attributes = op->field_count ? &a : NULL, .in_count = row->arity};
        row_range(row, &t);
        memcpy(t.shape, shapes[i], sizeof shapes[i]);
        for (int k = 0; k < row->arity; k++)
            t.type[k] = row->types == ROW_TRUTH || (op == &op_where && k == 0) ? AD_BOOL
                        : row->types == ROW_WHOLE                              ? AD_I32
                                                                               : AD_F32;
        check_trial(&t, report);
    }
}

static void write_error(FILE *file, double error)
{
    if (error < 0)
        fprintf(file, " -");
    else
        fprintf(file, " %.3g", error);
}

static void write_report(FILE *file, const struct op *op, const struct report *report)
{
    fprintf(file, "%s %d", op->name, report->trials);
    write_error(file, report->value_f32);
    write_error(file, report->first);
    write_error(file, report->second);
    fprintf(file, "\n");
}

/* New ops leave the numbers of the others alone (Fowler, Noll and Vo's hash). */
static uint64_t seed_of(const char *name)
{
    uint64_t hash = 0xcbf29ce484222321u;
    for (; *name; name++)
        hash = (hash ^ (unsigned char)*name) * 0x100000001b3u;
    return hash;
}

TEST(every_op)
{
    const char *path = getenv("ADZE_OPS_REPORT");
    FILE *file = path ? fopen(path, "w") : NULL;
    for (int i = 0; op_at(i); i++) {
        const struct op *op = op_at(i);
        struct report report = {.value_f32 = -1, .first = -1, .second = -1};
        seed = seed_of(op->name);
        bool slope = op->row && op->row->slope; /* z is no operand of its own: test_tails.c */
        if (op->row && !slope)
            from_row(op, &report);
        from_samples(op, &report);
        bool leaf = !op->in_min && !op->samples;
        static const char *const own[] = {/* tests of their own, test_..._more.c */
                                          "standard_gamma", "gamma_slope", "solve", "determinant"};
        bool named = false;
        for (size_t k = 0; k < sizeof own / sizeof own[0]; k++)
            named |= !strcmp(op->name, own[k]);
        bool elsewhere = named || !strcmp(op->name, "custom") || !strcmp(op->name, "scan") ||
                         !strcmp(op->name, "variable") || !strcmp(op->name, "pending") || leaf ||
                         slope;
        if (!report.trials && !elsewhere)
            TEST_FAILED("%s: the record has no sample", op->name);
        if (!op->gradient && !op->expand && !op->no_gradient)
            TEST_FAILED("%s: no gradient, and no words why", op->name);
        if (file)
            write_report(file, op, &report);
    }
    int ops = 0;
    while (op_at(ops))
        ops++;
    for (const char *call; file && (call = ad_op_name(ops)); ops++) /* tests of their own */
        fprintf(file, "%s 0 - - -\n", call);
    if (file)
        fclose(file);
}

/* Where a function is infinite and its slope has no sign. */
static bool is_pole(const struct op *op, double x)
{
    return !strcmp(op->name, "lgamma") && x < 0 && x == floor(x);
}

/* Values at the ends of the format: f32 against f64, NaN in and NaN out, no NaN from numbers where
 * f64 has none. */
TEST(extremes)
{
    static const float ends[] = {0.0f,     -0.0f,    1e-45f,    -1e-45f, 1e-38f, 1e-4f,  1,
                                 -1,       20,       -20,       88,      -88,    90,     -90,
                                 104,      -104,     1e3f,      -1e3f,   1e10f,  -1e10f, FLT_MAX,
                                 -FLT_MAX, INFINITY, -INFINITY, NAN};
    enum { COUNT = sizeof ends / sizeof ends[0] };
    for (int i = 0; i < row_op_count(); i++) {
        const struct op *op = row_op_at(i);
        if (op->row->arity != 1 || op->row->types == ROW_TRUTH || op->row->types == ROW_WHOLE)
            continue;
        struct row_attributes a = sample_attributes(op);
        ad_context *c = ad_context_new(.threads = 1);
        ad_graph *g = ad_graph_new(c);
        ad_tensor *x = ad_feed(g, "x", AD_F32, AD_SHAPE(COUNT));
        ad_tensor *y = graph_node1(op, op->field_count ? &a : NULL, x), *dx = NULL;
        bool real = ad_tensor_type(y) == AD_F32 && !op->no_gradient;
        if (real)
            ad_gradient(y, &x, 1, &dx);
        ad_state *s = ad_state_new(g, 1);
        ad_program *fast = ad_compile(s, .fetch = {y, dx}, .feed = {x}),
                   *slow = ad_compile(s, .fetch = {y, dx}, .feed = {x}, .naive = true);
        ad_array in = ad_f32(ends, AD_SHAPE(COUNT)), p[2] = {0}, q[2] = {0};
        bool ran = fast && slow && ad_run(fast, &in, p) == AD_OK && ad_run(slow, &in, q) == AD_OK;
        if (!ran)
            TEST_FAILED("%s: %s", op->name, ad_error());
        for (int k = 0; ran && k < (real ? 2 : 1); k++)
            if (!same_bits(&p[k], &q[k]))
                TEST_FAILED("%s: %s differs from the interpreter at an extreme", op->name,
                            k ? "gradient" : "value");
        if (ran && ad_tensor_type(y) == AD_F32 && !isnan(ad_array_item(&p[0], COUNT - 1)))
            TEST_FAILED("%s: NaN in, %g out", op->name, ad_array_item(&p[0], COUNT - 1));
        for (int k = 0; ran && real && k < COUNT - 3; k++)
            if (isnan(ad_array_item(&p[1], k)) && !isnan(ad_array_item(&p[0], k)) &&
                !is_pole(op, (double)ends[k]))
                TEST_FAILED("%s: the gradient at %g is NaN, the value is not", op->name,
                            (double)ends[k]);
        ad_program_free(fast);
        ad_program_free(slow);
        ad_state_free(s);
        ad_graph_free(g);
        ad_context_free(c);
    }
}

TEST_MAIN
