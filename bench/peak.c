/* What this machine can do: the ceilings that figures are held against.
 *
 * Multiply and add: a loop of fused multiply-adds that never leaves the registers, on all threads
 * at once, with as many independent sums as hide its latency.  Memory: every thread reads a buffer
 * of its own, far larger than any cache. */
#define _GNU_SOURCE
#include "bench.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

enum { SUMS = 12, ROUNDS = 1000000, MOST = 64, REPEATS = 20 };

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Each returns what it worked out, so that the work is not dropped. */
#if defined(__x86_64__)
__attribute__((target("avx512f"))) static float multiply_avx512(void)
{
    __m512 sum[SUMS], a = _mm512_set1_ps(0.999f), b = _mm512_set1_ps(1e-3f);
    for (int i = 0; i < SUMS; i++)
        sum[i] = _mm512_set1_ps((float)i);
    for (int round = 0; round < ROUNDS; round++) {
#pragma GCC unroll 12
        for (int i = 0; i < SUMS; i++)
            sum[i] = _mm512_fmadd_ps(sum[i], a, b);
    }
    for (int i = 1; i < SUMS; i++)
        sum[0] = _mm512_add_ps(sum[0], sum[i]);
    return _mm512_cvtss_f32(sum[0]);
}

__attribute__((target("avx2,fma"))) static float multiply_avx2(void)
{
    __m256 sum[SUMS], a = _mm256_set1_ps(0.999f), b = _mm256_set1_ps(1e-3f);
    for (int i = 0; i < SUMS; i++)
        sum[i] = _mm256_set1_ps((float)i);
    for (int round = 0; round < ROUNDS; round++) {
#pragma GCC unroll 12
        for (int i = 0; i < SUMS; i++)
            sum[i] = _mm256_fmadd_ps(sum[i], a, b);
    }
    for (int i = 1; i < SUMS; i++)
        sum[0] = _mm256_add_ps(sum[0], sum[i]);
    return _mm256_cvtss_f32(sum[0]);
}
#endif

typedef float lanes __attribute__((vector_size(16)));

static float multiply_plain(void)
{
    lanes sum[SUMS], a = {0.999f, 0.999f, 0.999f, 0.999f}, b = {1e-3f, 1e-3f, 1e-3f, 1e-3f};
    for (int i = 0; i < SUMS; i++)
        sum[i] = b * (float)i;
    for (int round = 0; round < ROUNDS; round++) {
#pragma GCC unroll 12
        for (int i = 0; i < SUMS; i++)
#if defined(__aarch64__)
            sum[i] = (lanes)vfmaq_f32((float32x4_t)b, (float32x4_t)sum[i], (float32x4_t)a);
#else
            sum[i] = sum[i] * a + b;
#endif
    }
    for (int i = 1; i < SUMS; i++)
        sum[0] += sum[i];
    return sum[0][0];
}

typedef struct racer {
    pthread_t thread;
    pthread_barrier_t *start;
    float (*multiply)(void);
    char *buffer;
    size_t bytes;
    double seconds; /* the best of all rounds */
    float result;
} racer;

/* Reads a line of each 64 bytes: what comes from memory is whole lines. */
static float read_through(const char *buffer, size_t bytes)
{
    float sum[4] = {0};
    for (size_t at = 0; at < bytes; at += 256)
        for (int i = 0; i < 4; i++) {
            float first;
            memcpy(&first, buffer + at + (size_t)i * 64, sizeof first);
            sum[i] += first;
        }
    return sum[0] + sum[1] + sum[2] + sum[3];
}

static void *race(void *argument)
{
    racer *r = argument;
    r->seconds = 1e9;
    for (int i = 0; i < REPEATS; i++) {
        pthread_barrier_wait(r->start);
        double begin = now();
        r->result += r->multiply ? r->multiply() : read_through(r->buffer, r->bytes);
        pthread_barrier_wait(r->start);
        double seconds = now() - begin;
        r->seconds = seconds < r->seconds ? seconds : r->seconds;
    }
    return NULL;
}

/* Seconds of the best round in which all worked at once. */
static double race_all(racer *racers, int threads)
{
    pthread_barrier_t start;
    pthread_barrier_init(&start, NULL, (unsigned)threads);
    for (int i = 0; i < threads; i++) {
        racers[i].start = &start;
        if (i > 0 && pthread_create(&racers[i].thread, NULL, race, &racers[i]))
            abort();
    }
    race(&racers[0]);
    for (int i = 1; i < threads; i++)
        pthread_join(racers[i].thread, NULL);
    pthread_barrier_destroy(&start);
    return racers[0].seconds;
}

double peak_gflops(int threads, const char *isa)
{
    racer racers[MOST] = {0};
    float (*multiply)(void) = multiply_plain;
    int width = 4;
#if defined(__x86_64__)
    if (strcmp(isa, "avx512") == 0)
        multiply = multiply_avx512, width = 16;
    else if (strcmp(isa, "avx2") == 0)
        multiply = multiply_avx2, width = 8;
#else
    (void)isa;
#endif
    threads = threads < MOST ? threads : MOST;
    for (int i = 0; i < threads; i++)
        racers[i].multiply = multiply;
    double flops = 2.0 * width * SUMS * ROUNDS * threads;
    return flops / race_all(racers, threads) * 1e-9;
}

double peak_gbytes(int threads)
{
    enum { BYTES = 64 << 20 };
    racer racers[MOST] = {0};
    threads = threads < MOST ? threads : MOST;
    char *all = aligned_alloc(64, (size_t)BYTES * (size_t)threads);
    if (!all)
        return 0;
    memset(all, 0, (size_t)BYTES * (size_t)threads);
    for (int i = 0; i < threads; i++) {
        racers[i].buffer = all + (size_t)i * BYTES;
        racers[i].bytes = BYTES;
    }
    double seconds = race_all(racers, threads);
    free(all);
    return (double)BYTES * threads / seconds * 1e-9;
}
