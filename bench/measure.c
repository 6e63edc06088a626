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

/* A row and what it is held against take turns, as what a machine can do changes from second to
 * second where others work on it too. */
enum { WARM_STEPS = 3, TURNS = 5, MOST_STEPS = 4000 /* of a turn */ };
#define CEILING_SECONDS 0.3 /* of a turn */

typedef struct running {
    ad_context *context;
    job job;
    ad_state *state;
    ad_program *program[JOB_PROGRAMS];
    int threads;              /* that work */
    bench_gathering *callers; /* of programs that threads share out; NULL: one caller */
    const ad_array *now;      /* the batch that callers are at */
    bool failed[JOB_PROGRAMS];
    ad_array batch[JOB_BATCHES][JOB_FEEDS];
    uint32_t random; /* of the data */
    bool part;       /* a single op, layer or optimizer */
    double loss;
} running;

/* Times of the forms of a ceiling over those of the row, by turn. */
typedef struct held {
    double ratio[CEILING_FORMS][TURNS];
    int forms;
} held;

typedef struct row {
    bench_times time; /* milliseconds */
    int64_t flops;
    held held, hand;
    double fraction; /* of the ceiling, the median over turns */
    double gflops, gbytes, first;
    double rss;     /* MiB */
    double compile; /* milliseconds, of all programs of the step */
    double by_hand; /* a loop by hand's time over this one, likewise; NaN: there is none */
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

/* ---- data */

/* Large feeds, of kernels, come in one batch only, and so do those of single parts: PyTorch's side
 * of them has one too, which is in the caches at the next step. */
static int batches_of(const running *r)
{
    size_t bytes = 0;
    for (int i = 0; i < r->job.feeds; i++) {
        ad_array a = {.type = ad_tensor_type(r->job.feed[i].tensor),
                      .shape = ad_tensor_shape(r->job.feed[i].tensor)};
        bytes += ad_array_bytes(&a);
    }
    return r->part || bytes > 4 << 20 ? 1 : JOB_BATCHES;
}

static bool fill_batch(running *r, int b)
{
    for (int i = 0; i < r->job.feeds; i++)
        if (!job_fill(&r->job.feed[i], &r->batch[b][i], &r->random))
            return false;
    return true;
}

/* ---- a workload */

static void close_running(running *r)
{
    for (int b = 0; b < JOB_BATCHES; b++)
        for (int i = 0; i < JOB_FEEDS; i++)
            free(r->batch[b][i].data);
    bench_disperse(r->callers);
    for (int i = 0; i < JOB_PROGRAMS; i++)
        ad_program_free(r->program[i]);
    ad_state_free(r->state);
    ad_graph_free(r->job.graph);
    ad_context_free(r->context);
}

/* Runs of a caller of several are on its own thread. */
static void open_context(running *r, const workload *w, int threads)
{
    r->context =
        ad_context_new(.threads = threads ? threads : AD_PROCESSORS, .winograd = w->winograd);
    r->threads = r->context ? ad_context_threads(r->context) : 0;
    if (!r->context || !w->copies)
        return;
    ad_context_free(r->context);
    r->context = ad_context_new(.threads = 1);
}

static bool run_program(running *r, int i, const ad_array *batch, ad_array *out)
{
    const job_part *part = &r->job.part[job_part_of(&r->job, i)];
    ad_array feeds[JOB_FEEDS];
    for (int k = 0; k < part->feeds; k++)
        feeds[k] = batch[part->feed[k]];
    return ad_run(r->program[i], feeds, out) == AD_OK;
}

static void run_share(void *user, int thread)
{
    running *r = user;
    for (int i = thread; i < r->job.copies; i += r->threads) {
        ad_array out = {0};
        r->failed[i] = !run_program(r, i, r->now, &out);
    }
}

static bool open_running(running *r, const workload *w, int threads)
{
    open_context(r, w, threads);
    r->job.graph = r->context ? ad_graph_new(r->context) : NULL;
    r->job.copies = w->copies;
    r->job.type = AD_F32;
    r->part = bench_is_part(w);
    if (!r->job.graph)
        return false;
    w->build(&r->job);
    r->state = ad_state_new(r->job.graph, 1);
    r->random = 2463534242u;
    r->callers = w->copies ? bench_gather(r->threads, run_share, r) : NULL;
    return r->state && job_compile(&r->job, r->state, r->program) && fill_batch(r, 0);
}

/* The first step needs the first batch only. */
static bool fill_others(running *r)
{
    for (int b = 1; b < batches_of(r); b++)
        if (!fill_batch(r, b))
            return false;
    return true;
}

static bool share_out(running *r, const ad_array *batch)
{
    ad_array out = {0};
    r->now = batch;
    bench_round(r->callers);
    for (int i = 0; i < r->job.copies; i++)
        if (r->failed[i])
            return run_program(r, i, batch,
                               &out); /* here: the words are the thread's that failed */
    return true;
}

static bool step(running *r, int number)
{
    const ad_array *batch = r->batch[number % batches_of(r)];
    if (r->callers)
        return share_out(r, batch);
    for (int i = 0; i < r->job.parts; i++) {
        ad_array out = {0};
        if (!run_program(r, i, batch, &out))
            return false;
        r->loss = ad_array_item(&out, 0);
    }
    return true;
}

/* ---- timing */

/* At least one, with the batches that come next. */
static int time_steps(running *r, double seconds, int first, double *times)
{
    int count = 0;
    double end = bench_now() + seconds;
    while (count < MOST_STEPS && (count == 0 || bench_now() < end)) {
        double begin = bench_now();
        if (!step(r, first + count))
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

static double rss_mib(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_maxrss / 1024;
}

/* What the compiled programs say of themselves. */
static void describe(const running *r, row *out)
{
    for (int i = 0; i < job_programs(&r->job); i++) {
        ad_program_info about = ad_program_about(r->program[i]);
        out->flops += about.flops;
        out->compile += about.compile_ms;
        if (about.live_bytes)
            out->plan = fmax(out->plan, (double)(about.arena_bytes - about.scratch_bytes) /
                                            (double)about.live_bytes);
    }
}

/* The fastest form's median; NaN where there is none. */
static double fastest(held *h)
{
    double least = INFINITY;
    for (int i = 0; i < h->forms; i++)
        least = fmin(least, bench_statistics(h->ratio[i], TURNS).median);
    return isfinite(least) ? least : (double)NAN;
}

/* Forms that ran in all turns so far count. */
static void note(held *h, int turn, const double *ceiling, int forms, double ms)
{
    h->forms = turn == 0 || forms < h->forms ? forms : h->forms;
    for (int i = 0; i < forms; i++)
        h->ratio[i][turn] = ceiling[i] / ms;
}

static void compare(const workload *w, const running *r, int turn, double ms, row *m)
{
    int threads = r->threads, forms = 1;
    const char *isa = ad_context_isa(r->context);
    double ceiling[CEILING_FORMS];
    if (w->hand) {
        forms = ceiling_hand(w, threads, isa, CEILING_SECONDS, ceiling);
        note(&m->hand, turn, ceiling, forms, ms);
    }
    switch (w->bound) {
    case BOUND_MULTIPLY:
        ceiling[0] = (double)m->flops / peak_gflops(threads, isa, r->job.type) * 1e-6;
        break;
    case BOUND_READ: ceiling[0] = (double)w->bytes / peak_gbytes(threads) * 1e-6; break;
    case BOUND_COPY: forms = ceiling_copy(threads, CEILING_SECONDS, ceiling); break;
    case BOUND_HAND: break;
    }
    note(&m->held, turn, ceiling, forms, ms);
}

/* What memory it took is read before ceilings take theirs. */
static bool measure(running *r, const workload *w, double seconds, row *out)
{
    static double times[TURNS * MOST_STEPS];
    int count = 0;
    if (!warm_up(r, &out->first))
        return false;
    describe(r, out);
    for (int i = 0; i < TURNS; i++) {
        if (i > 0 && !step(r, count)) /* the first after a pause is not timed */
            return false;
        int steps = time_steps(r, seconds / TURNS, count, times + count);
        if (steps == 0)
            return false;
        out->rss = i == 0 ? rss_mib() : out->rss;
        compare(w, r, i, bench_statistics(times + count, steps).median, out);
        count += steps;
    }
    out->time = bench_statistics(times, count);
    out->fraction = fastest(&out->held), out->by_hand = fastest(&out->hand);
    out->gflops = (double)out->flops / out->time.median * 1e-6;
    out->gbytes = (double)w->bytes / out->time.median * 1e-6;
    return true;
}

/* ---- rows */

static const char *const bound_names[] = {[BOUND_MULTIPLY] = "multiply and add",
                                          [BOUND_READ] = "reading",
                                          [BOUND_COPY] = "a copy",
                                          [BOUND_HAND] = "a loop by hand"};

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
    char by_hand[32], fraction[32];
    if (json)
        printf("{\"work\": \"%s\", \"median_ms\": %.5g, \"p10_ms\": %.5g, \"min_ms\": %.5g, "
               "\"gflops\": %.4g, \"peak_fraction\": %s, \"ceiling\": \"%s\", "
               "\"gbytes_per_s\": %.4g, \"rss_mib\": %.0f, \"first_step_ms\": %.4g, "
               "\"compile_ms\": %.4g, \"plan_over_live\": %.4g, \"by_hand\": %s, "
               "\"isa\": \"%s\", \"loss\": %.6g}\n",
               w->name, m->time.median, m->time.tenth, m->time.least, m->gflops,
               number_or_null(fraction, sizeof fraction, m->fraction), bound_names[w->bound],
               m->gbytes, m->rss, m->first, m->compile, m->plan,
               number_or_null(by_hand, sizeof by_hand, m->by_hand), ad_context_isa(r->context),
               r->loss);
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
static bool run_here(const workload *w, const bench_options *o)
{
    running r = {0};
    row m = {0};
    bool ok = open_running(&r, w, o->threads) && (o->text    ? print_programs(&r)
                                                  : o->steps ? make_steps(&r, o->steps)
                                                             : measure(&r, w, o->seconds, &m));
    if (!ok)
        fprintf(stderr, "adze bench %s: %s\n", w->name, ad_error());
    if (ok && !o->text && !o->steps)
        print_row(w, &r, &m, o->json);
    close_running(&r);
    return ok;
}

/* Each row has a process of its own: memory and the time to the first step are its own then. */
static bool run_one(const workload *w, const bench_options *o)
{
    fflush(NULL);
    pid_t child = fork();
    if (child < 0)
        return run_here(w, o);
    if (child == 0) {
        bool ok = run_here(w, o);
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

/* What this machine does now, and the heads of columns. */
static bool print_heading(int threads)
{
    ad_context *context = ad_context_new(.threads = threads ? threads : AD_PROCESSORS);
    if (!context) {
        fprintf(stderr, "adze bench: %s\n", ad_error());
        return false;
    }
    int count = ad_context_threads(context);
    printf("ceilings now: %.0f GFLOP/s multiply and add, %.1f GB/s reading\n",
           peak_gflops(count, ad_context_isa(context), AD_F32), peak_gbytes(count));
    ad_context_free(context);
    printf("%-24s %12s %12s %12s %15s %28s %10s %11s %11s\n", "work", "median", "10th pct", "least",
           "speed", "of the ceiling", "memory", "first step", "compile");
    return true;
}

int bench_run(const workload *const *work, int count, const bench_options *o)
{
    int failed = 0;
    if (o->text || o->steps) {
        for (int i = 0; i < count; i++)
            failed += !run_here(work[i], o);
        return failed;
    }
    if (!o->json && !print_heading(o->threads))
        return count;
    for (int i = 0; i < count; i++)
        failed += !run_one(work[i], o);
    return failed;
}
