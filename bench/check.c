/* Comparing weights with PyTorch's after the same steps. */
#include "bench.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS = 20 };

/* The file is a state of a graph of its own, whose variables are called begin.NAME, end.NAME for
 * the weights before and after, and batch.STEP.FEED. */
typedef struct golden {
    ad_graph *graph;
    ad_state *state;
} golden;

static void want(golden *g, const char *name, ad_type type, ad_shape shape)
{
    ad_buffer(g->graph, name, ad_full(g->graph, type, shape, 0));
}

static void want_variables(golden *g, const ad_graph *graph)
{
    char name[256];
    for (int i = 0; i < ad_variable_count(graph); i++) {
        ad_tensor *v = ad_variable_at(graph, i);
        if (!ad_trainable(v))
            continue;
        snprintf(name, sizeof name, "begin.%s", ad_tensor_name(v));
        want(g, name, ad_tensor_type(v), ad_tensor_shape(v));
        snprintf(name, sizeof name, "end.%s", ad_tensor_name(v));
        want(g, name, ad_tensor_type(v), ad_tensor_shape(v));
    }
}

static void want_batches(golden *g, const job *j)
{
    char name[256];
    for (int s = 0; s < STEPS; s++)
        for (int i = 0; i < j->feeds; i++) {
            const ad_tensor *f = j->feed[i].tensor;
            snprintf(name, sizeof name, "batch.%d.%s", s, ad_tensor_name(f));
            want(g, name, ad_tensor_type(f), ad_tensor_shape(f));
        }
}

static bool open_golden(golden *g, ad_context *context, const job *j, const char *path)
{
    g->graph = ad_graph_new(context);
    if (!g->graph)
        return false;
    want_variables(g, j->graph);
    want_batches(g, j);
    g->state = ad_state_new(g->graph, 0);
    return g->state && ad_load(g->state, path) == AD_OK;
}

static bool stored(const golden *g, const char *form, const char *name, ad_array *value)
{
    char full[256];
    snprintf(full, sizeof full, form, name);
    return ad_get(g->state, ad_find(g->graph, full), value) == AD_OK;
}

static bool begin(const golden *g, const job *j, ad_state *state)
{
    for (int i = 0; i < ad_variable_count(j->graph); i++) {
        ad_tensor *v = ad_variable_at(j->graph, i);
        ad_array value;
        if (ad_trainable(v) &&
            (!stored(g, "begin.%s", ad_tensor_name(v), &value) || ad_set(state, v, value) != AD_OK))
            return false;
    }
    return true;
}

static bool steps(const golden *g, const job *j, ad_program *const *program)
{
    for (int s = 0; s < STEPS; s++)
        for (int p = 0; p < j->parts; p++) {
            ad_array feeds[JOB_FEEDS], out = {0};
            char form[64];
            snprintf(form, sizeof form, "batch.%d.%%s", s);
            for (int i = 0; i < j->part[p].feeds; i++) {
                const ad_tensor *f = j->feed[j->part[p].feed[i]].tensor;
                if (!stored(g, form, ad_tensor_name(f), &feeds[i]))
                    return false;
            }
            if (ad_run(program[p], feeds, &out) != AD_OK)
                return false;
        }
    return true;
}

double bench_difference(const ad_array *a, const ad_array *b)
{
    double most = 0, size = 1e-3;
    for (int64_t i = 0, n = ad_array_count(a); i < n; i++) {
        double x = ad_array_item(a, i), y = ad_array_item(b, i);
        most = fmax(most, isfinite(x - y) ? fabs(x - y) : INFINITY);
        size = fmax(size, fabs(y));
    }
    return most / size;
}

static bool compare(const golden *g, const job *j, const ad_state *state, double *worst)
{
    *worst = 0;
    for (int i = 0; i < ad_variable_count(j->graph); i++) {
        ad_tensor *v = ad_variable_at(j->graph, i);
        ad_array mine, theirs;
        if (!ad_trainable(v))
            continue;
        if (ad_get(state, v, &mine) != AD_OK || !stored(g, "end.%s", ad_tensor_name(v), &theirs))
            return false;
        double d = bench_difference(&mine, &theirs);
        if (d > 1e-9)
            fprintf(stderr, "  %s differs by %.2g\n", ad_tensor_name(v), d);
        *worst = fmax(*worst, d);
    }
    return true;
}

static bool check(const workload *w, const char *path, ad_context *context, double *worst)
{
    job j = {.graph = ad_graph_new(context), .type = AD_F64, .small = true, .no_dropout = true};
    golden g = {0};
    ad_program *program[JOB_PROGRAMS] = {NULL};
    if (!j.graph)
        return false;
    w->build(&j);
    ad_state *state = ad_state_new(j.graph, 1);
    bool ok = state && open_golden(&g, context, &j, path) && begin(&g, &j, state);
    ok = ok && job_compile(&j, state, program);
    ok = ok && steps(&g, &j, program) && compare(&g, &j, state, worst);
    for (int p = 0; p < JOB_PROGRAMS; p++)
        ad_program_free(program[p]);
    ad_state_free(state);
    ad_state_free(g.state);
    ad_graph_free(g.graph);
    ad_graph_free(j.graph);
    return ok;
}

bool bench_check(const workload *w, const char *path)
{
    ad_context *context = ad_context_new(.threads = 1);
    double worst = INFINITY;
    bool ok = context && check(w, path, context, &worst);
    if (!ok)
        fprintf(stderr, "adze bench %s: %s\n", w->name, ad_error());
    else
        printf("%-12s largest difference after %d steps %.2g\n", w->name, STEPS, worst);
    ad_context_free(context);
    return ok && worst < 1e-8;
}
