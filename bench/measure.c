/* Running workloads and printing rows. */
#define _GNU_SOURCE
#include "bench.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CEILING_SECONDS 1.5
enum { WARM_STEPS = 3, MOST_STEPS = 20000, FEWEST_STEPS = 5 };

typedef struct running {
    ad_context *context;
    job job;
    ad_state *state;
    ad_program *program[JOB_PROGRAMS];
    ad_array batch[JOB_BATCHES][JOB_FEEDS];
    uint32_t random; /* of the data */
    double loss;
} running;

typedef struct row {
    bench_times time; /* milliseconds */
    double fraction;  /* of the ceiling */
    double gflops, gbytes, first;
    double rss;     /* MiB */
    double compile; /* milliseconds, of all programs of the step */
    double by_hand; /* a loop by hand's time over this one; NaN: there is none */
    double plan;    /* planned memory over what any plan needs: the worst of the programs */
} row;

/* Seconds since this process began: field 22 of /proc/self/stat, in ticks since the machine began.
 */
static double since_start(void)
{
    char text[1024] = {0};
    FILE *f = fopen("/proc/self/stat", "r");
    size_t size = f ? fread(text, 1, sizeof text - 1, f) : 0;
    if (f)
        fclose(f);
    const char *p = size ? strrchr(text, ')') : NULL;
    unsigned long long ticks = 0;
    for (int field = 2; p && field < 22; field++)
        p = strchr(p + 1, ' ');
    if (!p || sscanf(p, "%llu", &ticks) != 1)
        return NAN;
    struct timespec t;
    clock_gettime(CLOCK_BOOTTIME, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9 -
           (double)ticks / (double)sysconf(_SC_CLK_TCK);
}

/* ---- data: a small generator is enough (xorshift, Marsaglia 2003) */

static uint32_t next_bits(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

/* Sum of uniforms: mean 0, deviation 1. */
static double nearly_normal(uint32_t *state)
{
    double sum = 0;
    for (int i = 0; i < 3; i++)
        sum += (double)next_bits(state) * 0x1p-32 - 0.5;
    return 2 * sum;
}

static void put(const ad_array *array, int64_t i, double value)
{
    switch (array->type) {
    case AD_F32: ((float *)array->data)[i] = (float)value; break;
    case AD_F64: ((double *)array->data)[i] = value; break;
    default: ((int32_t *)array->data)[i] = (int32_t)value; break;
    }
}

static bool fill_feed(const job_feed *feed, ad_array *array, uint32_t *random)
{
    array->type = ad_tensor_type(feed->tensor);
    array->shape = ad_tensor_shape(feed->tensor);
    array->data = aligned_alloc(64, (ad_array_bytes(array) + 64) / 64 * 64);
    if (!array->data)
        return false;
    for (int64_t i = 0, n = ad_array_count(array); i < n; i++)
        put(array, i,
            feed->fill == FILL_NORMAL ? nearly_normal(random)
            : feed->fill == FILL_BITS ? next_bits(random) & 1
                                      : next_bits(random) % (uint32_t)feed->limit);
    return true;
}

/* Large feeds, of kernels, come in one batch only. */
static int batches_of(const job *j)
{
    size_t bytes = 0;
    for (int i = 0; i < j->feeds; i++) {
        ad_array a = {ad_tensor_type(j->feed[i].tensor), ad_tensor_shape(j->feed[i].tensor), NULL};
        bytes += ad_array_bytes(&a);
    }
    return bytes > 4 << 20 ? 1 : JOB_BATCHES;
}

static bool fill_batch(running *r, int b)
{
    for (int i = 0; i < r->job.feeds; i++)
        if (!fill_feed(&r->job.feed[i], &r->batch[b][i], &r->random))
            return false;
    return true;
}

/* ---- a workload */

static void close_running(running *r)
{
    for (int b = 0; b < JOB_BATCHES; b++)
        for (int i = 0; i < JOB_FEEDS; i++)
            free(r->batch[b][i].data);
    for (int i = 0; i < JOB_PROGRAMS; i++)
        ad_program_free(r->program[i]);
    ad_state_free(r->state);
    ad_graph_free(r->job.graph);
    ad_context_free(r->context);
}

static bool open_running(running *r, const workload *w, int threads)
{
    r->context = ad_context_new(.threads = threads);
    r->job.graph = r->context ? ad_graph_new(r->context) : NULL;
    r->job.type = AD_F32;
    if (!r->job.graph)
        return false;
    w->build(&r->job);
    r->state = ad_state_new(r->job.graph, 1);
    r->random = 2463534242u;
    return r->state && job_compile(&r->job, r->state, r->program) && fill_batch(r, 0);
}

/* The first step needs the first batch only. */
static bool fill_others(running *r)
{
    for (int b = 1; b < batches_of(&r->job); b++)
        if (!fill_batch(r, b))
            return false;
    return true;
}

static bool step(running *r, int number)
{
    const ad_array *batch = r->batch[number % batches_of(&r->job)];
    for (int i = 0; i < r->job.parts; i++) {
        const job_part *part = &r->job.part[i];
        ad_array feeds[JOB_FEEDS], out = {0};
        for (int k = 0; k < part->feeds; k++)
            feeds[k] = batch[part->feed[k]];
        if (ad_run(r->program[i], feeds, &out) != AD_OK)
            return false;
        r->loss = ad_array_item(&out, 0);
    }
    return true;
}

/* ---- timing */

static int time_steps(running *r, double seconds, double *times)
{
    int count = 0;
    double end = bench_now() + seconds;
    while (count < MOST_STEPS && (count < FEWEST_STEPS || bench_now() < end)) {
        double begin = bench_now();
        if (!step(r, count))
            return 0;
        times[count++] = (bench_now() - begin) * 1e3;
    }
    return count;
}

static bool warm_up(running *r, double *first)
{
    if (!step(r, 0))
        return false;
    *first = since_start() * 1e3;
    if (!fill_others(r))
        return false;
    for (int i = 1; i < WARM_STEPS; i++)
        if (!step(r, i))
            return false;
    return true;
}

static bool measure(running *r, const workload *w, double seconds, row *out)
{
    static double times[MOST_STEPS];
    if (!warm_up(r, &out->first))
        return false;
    int count = time_steps(r, seconds, times);
    if (count == 0)
        return false;
    out->time = bench_statistics(times, count);
    int64_t flops = 0;
    for (int i = 0; i < r->job.parts; i++) {
        ad_program_info about = ad_program_about(r->program[i]);
        flops += about.flops;
        out->compile += about.compile_ms;
        if (about.live_bytes)
            out->plan = fmax(out->plan, (double)(about.arena_bytes - about.scratch_bytes) /
                                            (double)about.live_bytes);
    }
    out->gflops = (double)flops / out->time.median * 1e-6;
    out->gbytes = (double)w->bytes / out->time.median * 1e-6;
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    out->rss = (double)usage.ru_maxrss / 1024;
    return true;
}

/* ---- rows */

typedef struct ceilings {
    int threads;
    double gflops, gbytes;
} ceilings;

static const char *const bound_names[] = {[BOUND_MULTIPLY] = "multiply and add",
                                          [BOUND_READ] = "reading",
                                          [BOUND_COPY] = "a copy",
                                          [BOUND_HAND] = "a loop by hand"};

static void compare(const workload *w, const ceilings *peak, row *m)
{
    m->by_hand =
        w->hand ? ceiling_hand(w, peak->threads, CEILING_SECONDS) / m->time.median : (double)NAN;
    switch (w->bound) {
    case BOUND_READ: m->fraction = m->gbytes / peak->gbytes; break;
    case BOUND_COPY:
        m->fraction = ceiling_copy(peak->threads, CEILING_SECONDS) / m->time.median;
        break;
    case BOUND_HAND: m->fraction = m->by_hand; break;
    default: m->fraction = m->gflops / peak->gflops;
    }
}

/* JSON has no NaN. */
static const char *number_or_null(char *text, size_t size, double value)
{
    if (isfinite(value))
        snprintf(text, size, "%.4g", value);
    else
        snprintf(text, size, "null");
    return text;
}

static void print_row(const workload *w, const running *r, const row *m, bool json)
{
    char by_hand[32];
    if (json)
        printf("{\"work\": \"%s\", \"median_ms\": %.5g, \"p10_ms\": %.5g, \"min_ms\": %.5g, "
               "\"gflops\": %.4g, \"peak_fraction\": %.4g, \"ceiling\": \"%s\", "
               "\"gbytes_per_s\": %.4g, \"rss_mib\": %.0f, \"first_step_ms\": %.4g, "
               "\"compile_ms\": %.4g, \"plan_over_live\": %.4g, \"by_hand\": %s, "
               "\"loss\": %.6g}\n",
               w->name, m->time.median, m->time.tenth, m->time.least, m->gflops, m->fraction,
               bound_names[w->bound], m->gbytes, m->rss, m->first, m->compile, m->plan,
               number_or_null(by_hand, sizeof by_hand, m->by_hand), r->loss);
    else
        printf("%-24s %9.4g ms %9.4g ms %9.4g ms %7.4g GFLOP/s %6.1f %% of %-16s %6.0f MiB "
               "%8.4g ms %8.3g ms\n",
               w->name, m->time.median, m->time.tenth, m->time.least, m->gflops, 100 * m->fraction,
               bound_names[w->bound], m->rss, m->first, m->compile);
    fflush(stdout);
}

static bool print_programs(running *r)
{
    if (!step(r, 0))
        return false;
    for (int i = 0; i < r->job.parts; i++)
        fputs(ad_program_text(r->program[i]), stdout);
    return true;
}

static bool make_steps(running *r, int count)
{
    if (!fill_others(r))
        return false;
    for (int i = 0; i < count; i++)
        if (!step(r, i))
            return false;
    return true;
}

/* A row, in this process. */
static bool run_here(const workload *w, const bench_options *o, const ceilings *peak)
{
    running r = {0};
    row m = {0};
    bool ok = open_running(&r, w, o->threads) && (o->text    ? print_programs(&r)
                                                  : o->steps ? make_steps(&r, o->steps)
                                                             : measure(&r, w, o->seconds, &m));
    if (!ok)
        fprintf(stderr, "adze bench %s: %s\n", w->name, ad_error());
    if (ok && !o->text && !o->steps) {
        compare(w, peak, &m);
        print_row(w, &r, &m, o->json);
    }
    close_running(&r);
    return ok;
}

/* Each row has a process of its own: memory and the time to the first step are its own then. */
static bool run_one(const workload *w, const bench_options *o, const ceilings *peak)
{
    fflush(NULL);
    pid_t child = fork();
    if (child < 0)
        return run_here(w, o, peak);
    if (child == 0) {
        bool ok = run_here(w, o, peak);
        fflush(NULL);
        _exit(ok ? 0 : 1);
    }
    int status;
    if (waitpid(child, &status, 0) != child)
        return false;
    if (WIFSIGNALED(status))
        fprintf(stderr, "adze bench %s: ended by signal %d\n", w->name, WTERMSIG(status));
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool find_ceilings(int threads, ceilings *peak)
{
    ad_context *context = ad_context_new(.threads = threads);
    if (!context) {
        fprintf(stderr, "adze bench: %s\n", ad_error());
        return false;
    }
    int count = ad_context_threads(context);
    *peak = (ceilings){count, peak_gflops(count, ad_context_isa(context)), peak_gbytes(count)};
    ad_context_free(context);
    return true;
}

int bench_run(const workload *const *work, int count, const bench_options *o)
{
    ceilings peak = {0};
    int failed = 0;
    if (o->text || o->steps) {
        for (int i = 0; i < count; i++)
            failed += !run_here(work[i], o, &peak);
        return failed;
    }
    if (!find_ceilings(o->threads, &peak))
        return count;
    if (!o->json)
        printf("%-24s %12s %12s %12s %15s %28s %10s %11s %11s\n", "work", "median", "10th pct",
               "least", "speed", "of the ceiling", "memory", "first step", "compile");
    for (int i = 0; i < count; i++)
        failed += !run_one(work[i], o, &peak);
    if (!o->json)
        printf("ceilings, measured in this run: %.0f GFLOP/s multiply and add, %.1f GB/s reading\n",
               peak.gflops, peak.gbytes);
    return failed;
}
