/* The speed of matrix products and convolutions: GFLOP/s with one thread and with two, and the
 * fraction of the peak of multiply-adds in registers, which is measured beside each row. */
#ifndef CONTRACT_BENCH_H
#define CONTRACT_BENCH_H

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "contract_tools.h"

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

struct work {
    void (*step)(const void *run, enum contract_phase phase, int task, void *scratch);
    const void *run;
    const int *tasks;
    size_t scratch_bytes;
    int threads;
    _Atomic int next[CONTRACT_PHASES], arrived[CONTRACT_PHASES + 1], round;
    void *scratch[2];
};

static void work_once(struct work *w, int thread)
{
    for (int phase = 0; phase < CONTRACT_PHASES; phase++) {
        for (int task; (task = atomic_fetch_add(&w->next[phase], 1)) < w->tasks[phase];)
            w->step(w->run, (enum contract_phase)phase, task, w->scratch[thread]);
        atomic_fetch_add(&w->arrived[phase], 1);
        while (atomic_load(&w->arrived[phase]) % w->threads != 0)
            ;
    }
}

static void *work_beside(void *argument)
{
    struct work *w = argument;
    for (int round = 1;; round++) {
        int now;
        while ((now = atomic_load(&w->round)) >= 0 && now < round)
            ;
        if (now < 0)
            return NULL;
        work_once(w, 1);
    }
}

static double work_time(struct work *w, double limit)
{
    pthread_t other;
    double best = INFINITY, start = seconds();
    if (w->threads == 2)
        pthread_create(&other, NULL, work_beside, w);
    while (seconds() - start < limit) {
        double t = seconds();
        for (int phase = 0; phase < CONTRACT_PHASES; phase++)
            atomic_store(&w->next[phase], 0);
        atomic_fetch_add(&w->round, 1);
        work_once(w, 0);
        t = seconds() - t;
        best = t < best ? t : best;
    }
    atomic_store(&w->round, -1);
    if (w->threads == 2)
        pthread_join(other, NULL);
    return best;
}

/* Multiply-adds in registers, GFLOP/s of one core: what the tiles are measured against. */
#if defined(__x86_64__)
#define MULTIPLY_ADD(i) "vfmadd231ps %%zmm30, %%zmm31, %%zmm" #i "\n\t"
__attribute__((target("avx512f"))) static double peak_once(void)
{
    int64_t rounds = 300000;
    double t = seconds();
    for (int64_t i = 0; i < rounds; i++)
        __asm__ volatile(MULTIPLY_ADD(0) MULTIPLY_ADD(1) MULTIPLY_ADD(2) MULTIPLY_ADD(3)
                             MULTIPLY_ADD(4) MULTIPLY_ADD(5) MULTIPLY_ADD(6) MULTIPLY_ADD(7)
                                 MULTIPLY_ADD(8) MULTIPLY_ADD(9) MULTIPLY_ADD(10) MULTIPLY_ADD(11)
                         :
                         :
                         : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8",
                           "xmm9", "xmm10", "xmm11");
    return (double)rounds * 12 * 32 / (seconds() - t) * 1e-9;
}
#else
static double peak_once(void)
{
    return NAN;
}
#endif

static double peak(void)
{
    double best = 0;
    for (int i = 0; i < 9; i++) {
        double now = isa_supported(ISA_AVX512) ? peak_once() : NAN;
        best = now > best ? now : best;
    }
    return best;
}

static const char *bench_only = "";

static void bench_work(const char *name, struct work w, double flops)
{
    if (!strstr(name, bench_only))
        return;
    double best[2], top = peak();
    for (int threads = 1; threads <= 2; threads++) {
        struct work now = w;
        now.threads = threads;
        for (int i = 0; i < 2; i++)
            now.scratch[i] = memory_of(w.scratch_bytes);
        best[threads - 1] = work_time(&now, 0.25);
        for (int i = 0; i < 2; i++)
            free(now.scratch[i]);
    }
    double again = peak();
    top = again > top ? again : top;
    printf("%-46s %8.1f us %6.1f GFLOP/s %5.1f %%  | 2 threads %8.1f us %6.1f GFLOP/s %5.1f %%  "
           "x%.2f (peak %.0f)\n",
           name, best[0] * 1e6, flops / best[0] * 1e-9, flops / best[0] * 1e-7 / top, best[1] * 1e6,
           flops / best[1] * 1e-9, flops / best[1] * 1e-7 / top / 2, best[0] / best[1], top);
    fflush(stdout);
}

static float *numbers(int64_t count)
{
    float *p = memory_of((size_t)count * sizeof *p + 64);
    for (int64_t i = 0; i < count; i++)
        p[i] = (float)(draw(2001) - 1000) / 1000;
    return p;
}

static void bench_matrix(const struct machine *machine, const char *name, int64_t batch, int64_t m,
                         int64_t n, int64_t k, bool a_turned, bool b_turned, bool keep)
{
    struct contract c = {.type = AD_F32, .batch = batch, .m = m, .n = n, .k = k, .keep = keep};
    c.a = (struct contract_operand){m * k, a_turned ? 1 : k, a_turned ? m : 1, false};
    c.b = (struct contract_operand){k * n, b_turned ? 1 : n, b_turned ? k : 1, false};
    c.c = (struct contract_operand){m * n, n, 1, false};
    contract_plan(&c, machine->table);
    struct contract_run run = {.contract = &c,
                               .a = numbers(batch * m * k),
                               .b = numbers(batch * k * n),
                               .c = numbers(batch * m * n)};
    run.shared = memory_of(c.shared_bytes);
    int tasks[2] = {c.tasks[0], c.tasks[1]};
    if (keep) {
        run_phase(matrix_step, &run, CONTRACT_PACK, tasks[0], c.scratch_bytes);
        tasks[0] = 0;
    }
    struct work w = {
        .step = matrix_step, .run = &run, .tasks = tasks, .scratch_bytes = c.scratch_bytes};
    bench_work(name, w, 2.0 * (double)batch * (double)m * (double)n * (double)k);
    free((void *)run.a), free((void *)run.b), free(run.c), free(run.shared);
}

static void bench_convolve(const struct machine *machine, const char *name, enum convolve_kind kind,
                           int64_t batch, int64_t channels, int64_t filters, int64_t groups,
                           struct convolve_axis axis)
{
    struct convolve c = {.kind = kind,
                         .type = AD_F32,
                         .batch = batch,
                         .channels = channels,
                         .filters = filters,
                         .groups = groups,
                         .axis = {axis, axis}};
    int64_t in = axis.in, out = axis.out, each = channels / groups;
    memcpy(c.x_stride, (int64_t[]){in * in * channels, in * channels, channels, 1},
           sizeof c.x_stride);
    memcpy(c.y_stride, (int64_t[]){out * out * filters, out * filters, filters, 1},
           sizeof c.y_stride);
    memcpy(c.w_stride,
           (int64_t[]){each * axis.kernel * axis.kernel, axis.kernel * axis.kernel, axis.kernel, 1},
           sizeof c.w_stride);
    convolve_plan(&c, machine->table);
    struct convolve_run run = {.convolve = &c,
                               .x = numbers(batch * c.x_stride[0]),
                               .y = numbers(batch * c.y_stride[0]),
                               .w = numbers(filters * c.w_stride[0])};
    run.shared = memory_of(c.shared_bytes);
    struct work w = {
        .step = convolve_step, .run = &run, .tasks = c.tasks, .scratch_bytes = c.scratch_bytes};
    char title[100];
    snprintf(title, sizeof title, "%s %s", name,
             kind == CONVOLVE_FORWARD          ? "forward"
             : kind == CONVOLVE_INPUT_GRADIENT ? "input gradient"
                                               : "weight gradient");
    bench_work(title, w,
               2.0 * (double)(batch * out * out * filters * each * axis.kernel * axis.kernel));
    free(run.x), free(run.w), free(run.y), free(run.shared);
}

static void bench_matrices(const struct machine *m)
{
    bench_matrix(m, "2048x2048x2048 NN", 1, 2048, 2048, 2048, false, false, false);
    bench_matrix(m, "128x512x784 NN", 1, 128, 512, 784, false, false, false);
    bench_matrix(m, "128x512x784 NT", 1, 128, 512, 784, false, true, false);
    bench_matrix(m, "512x784x128 TN", 1, 512, 784, 128, true, false, false);
    bench_matrix(m, "128x784x512 NN", 1, 128, 784, 512, false, false, false);
    bench_matrix(m, "500x500x784 NT", 1, 500, 500, 784, false, true, false);
    bench_matrix(m, "500x784x500 TN", 1, 500, 784, 500, true, false, false);
    bench_matrix(m, "32x2048x512 NT", 1, 32, 2048, 512, false, true, false);
    bench_matrix(m, "32x2048x512 NT kept", 1, 32, 2048, 512, false, true, true);
    bench_matrix(m, "2048x1536x384 NT", 1, 2048, 1536, 384, false, true, false);
    bench_matrix(m, "32x768x256 NT (recurrent)", 1, 32, 768, 256, false, true, false);
    bench_matrix(m, "32x768x256 NT kept", 1, 32, 768, 256, false, true, true);
    bench_matrix(m, "2048x512x2048 TN (over time)", 1, 2048, 512, 2048, true, false, false);
    bench_matrix(m, "128x10x512 NT", 1, 128, 10, 512, false, true, false);
    bench_matrix(m, "10x512x128 TN", 1, 10, 512, 128, true, false, false);
    bench_matrix(m, "128x512x10 NN", 1, 128, 512, 10, false, false, false);
    bench_matrix(m, "1x512x784 NT", 1, 1, 512, 784, false, true, false);
    bench_matrix(m, "1x512x784 NT kept", 1, 1, 512, 784, false, true, true);
    bench_matrix(m, "1x512x784 NN", 1, 1, 512, 784, false, false, false);
    bench_matrix(m, "64x64x64 NT batch 48", 48, 64, 64, 64, false, true, false);
    bench_matrix(m, "64x64x64 NN batch 48", 48, 64, 64, 64, false, false, false);
    bench_matrix(m, "64x64x64 TN batch 48", 48, 64, 64, 64, true, false, false);
    bench_matrix(m, "2x16x16 NT", 1, 2, 16, 16, false, true, false);
    bench_matrix(m, "2x16x16 NN", 1, 2, 16, 16, false, false, false);
    bench_matrix(m, "32x1x20 NT", 1, 32, 1, 20, false, true, false);
    bench_matrix(m, "32x64x20 NT", 1, 32, 64, 20, false, true, false);
}

static void bench_convolves(const struct machine *m)
{
    static const struct {
        const char *name;
        int64_t batch, channels, filters, groups;
        struct convolve_axis axis;
        bool data; /* no input gradient */
    } rows[] = {
        {"32->64 5x5 14x14 batch 128", 128, 32, 64, 1, {14, 14, 5, 1, 2, 1}, false},
        {"16->16 3x3 32x32 batch 128", 128, 16, 16, 1, {32, 32, 3, 1, 1, 1}, false},
        {"32->32 3x3 16x16 batch 128", 128, 32, 32, 1, {16, 16, 3, 1, 1, 1}, false},
        {"64->64 3x3 8x8 batch 128", 128, 64, 64, 1, {8, 8, 3, 1, 1, 1}, false},
        {"16->32 3x3/2 32x32 batch 128", 128, 16, 32, 1, {32, 16, 3, 2, 1, 1}, false},
        {"1->32 5x5 28x28 batch 64", 64, 1, 32, 1, {28, 28, 5, 1, 2, 1}, true},
        {"3->16 3x3 32x32 batch 128", 128, 3, 16, 1, {32, 32, 3, 1, 1, 1}, true},
        {"1->8 3x3 28x28 batch 64", 64, 1, 8, 1, {28, 28, 3, 1, 1, 1}, true},
        {"8->16 3x3 14x14 batch 64", 64, 8, 16, 1, {14, 14, 3, 1, 1, 1}, false},
        {"64->128 4x4/2 16x16 batch 64", 64, 64, 128, 1, {16, 8, 4, 2, 1, 1}, false},
        {"3->64 4x4/2 32x32 batch 64", 64, 3, 64, 1, {32, 16, 4, 2, 1, 1}, false},
        {"64->64 3x3 8x8 batch 1", 1, 64, 64, 1, {8, 8, 3, 1, 1, 1}, false},
        {"depthwise 64 3x3 16x16 batch 32", 32, 64, 64, 64, {16, 16, 3, 1, 1, 1}, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (int kind = 0; kind < 3; kind++)
            if (kind != CONVOLVE_INPUT_GRADIENT || !rows[i].data)
                bench_convolve(m, rows[i].name, (enum convolve_kind)kind, rows[i].batch,
                               rows[i].channels, rows[i].filters, rows[i].groups, rows[i].axis);
}

#endif
