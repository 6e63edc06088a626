/* Comparing the kernels with the reference interpreter. */
#include "bench.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { RUNS = 3, KERNELS = 0, NAIVE = 1 };

typedef struct pair {
    job job;
    ad_state *state[2];
    ad_program *program[2][JOB_PROGRAMS];
    ad_array batch[JOB_FEEDS];
    uint32_t random;
} pair;

static bool open_pair(pair *p, ad_context *context, const workload *w, ad_type type)
{
    p->job = (job){.graph = ad_graph_new(context), .type = type, .small = true};
    p->random = 2463534242u;
    if (!p->job.graph)
        return false;
    w->build(&p->job);
    p->state[KERNELS] = ad_state_new(p->job.graph, 1);
    p->state[NAIVE] = p->state[KERNELS] ? ad_state_clone(p->state[KERNELS]) : NULL;
    bool ok = p->state[NAIVE];
    for (int i = 0; ok && i < 2; i++) {
        p->job.naive = i == NAIVE;
        ok = job_compile(&p->job, p->state[i], p->program[i]);
    }
    return ok;
}

static void close_pair(pair *p)
{
    for (int i = 0; i < 2; i++) {
        for (int k = 0; k < JOB_PROGRAMS; k++)
            ad_program_free(p->program[i][k]);
        ad_state_free(p->state[i]);
    }
    ad_graph_free(p->job.graph);
}

static bool run_both(pair *p, double *worst)
{
    for (int k = 0; k < p->job.parts; k++) {
        ad_array feeds[JOB_FEEDS], out[2] = {{0}, {0}};
        for (int i = 0; i < p->job.part[k].feeds; i++)
            feeds[i] = p->batch[p->job.part[k].feed[i]];
        for (int i = 0; i < 2; i++)
            if (ad_run(p->program[i][k], feeds, &out[i]) != AD_OK)
                return false;
        *worst = fmax(*worst, bench_difference(&out[KERNELS], &out[NAIVE]));
    }
    return true;
}

static bool step_both(pair *p, double *worst)
{
    bool ok = true;
    for (int i = 0; ok && i < p->job.feeds; i++)
        ok = job_fill(&p->job.feed[i], &p->batch[i], &p->random);
    ok = ok && run_both(p, worst);
    for (int i = 0; i < JOB_FEEDS; i++)
        free(p->batch[i].data), p->batch[i].data = NULL;
    return ok;
}

static bool compare_weights(const pair *p, double *worst)
{
    for (int i = 0; i < ad_variable_count(p->job.graph); i++) {
        ad_tensor *v = ad_variable_at(p->job.graph, i);
        ad_array a, b;
        if (!ad_trainable(v) || ad_tensor_type(v) != AD_F64)
            continue;
        if (ad_get(p->state[KERNELS], v, &a) != AD_OK || ad_get(p->state[NAIVE], v, &b) != AD_OK)
            return false;
        *worst = fmax(*worst, bench_difference(&a, &b));
    }
    return true;
}

static bool check_naive(ad_context *context, const workload *w, ad_type type, double *worst)
{
    pair p = {0};
    bool ok = open_pair(&p, context, w, type);
    *worst = 0;
    for (int i = 0; ok && i < RUNS; i++)
        ok = step_both(&p, worst);
    ok = ok && compare_weights(&p, worst);
    close_pair(&p);
    return ok;
}

bool bench_check_naive(const workload *w)
{
    ad_context *context = ad_context_new(.winograd = w->winograd);
    double single = INFINITY, twice = INFINITY;
    bool ok = context && check_naive(context, w, AD_F32, &single) &&
              check_naive(context, w, AD_F64, &twice);
    if (!ok)
        fprintf(stderr, "adze bench %s: %s\n", w->name, ad_error());
    else
        printf("%-24s from the interpreter %.2g, in f64 %.2g\n", w->name, single, twice);
    ad_context_free(context);
    return ok && single < 1e-4 && twice < 1e-8;
}
