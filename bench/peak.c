/* What this machine can do: the ceilings that figures are held against.
 *
 * Multiply and add: a loop of fused multiply-adds that never leaves the registers, on all threads
 * at once, with as many independent sums as hide its latency; of f64, of which a register holds
 * half as many, half.  Memory: every thread reads a buffer of its own, far larger than any cache.
 */
#include "bench.h"

#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

enum { SUMS = 12, ROUNDS = 1000000, MOST = 64, BYTES = 64 << 20 };
#define SECONDS 0.1

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

typedef struct race {
    float (*multiply)(void);
    const char *buffer; /* BYTES for each thread */
    float result[MOST]; /* so that the work is not dropped */
} race;

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

static void multiply_once(void *user, int thread)
{
    race *r = user;
    r->result[thread] += r->multiply();
}

static void read_once(void *user, int thread)
{
    race *r = user;
    r->result[thread] += read_through(r->buffer + (size_t)thread * BYTES, BYTES);
}

double peak_gflops(int threads, const char *isa, ad_type type)
{
    race r = {.multiply = multiply_plain};
    int width = 4;
#if defined(__x86_64__)
    if (strcmp(isa, "avx512") == 0)
        r.multiply = multiply_avx512, width = 16;
    else if (strcmp(isa, "avx2") == 0)
        r.multiply = multiply_avx2, width = 8;
#else
    (void)isa;
#endif
    threads = threads < MOST ? threads : MOST;
    double flops = (type == AD_F64 ? 1.0 : 2.0) * width * SUMS * ROUNDS * threads;
    return flops / bench_together(threads, SECONDS, multiply_once, &r).least * 1e-9;
}

double peak_gbytes(int threads)
{
    threads = threads < MOST ? threads : MOST;
    size_t bytes = (size_t)BYTES * (size_t)threads;
    char *all = aligned_alloc(64, bytes);
    if (!all)
        return 0;
    memset(all, 0, bytes);
    race r = {.buffer = all};
    double seconds = bench_together(threads, SECONDS, read_once, &r).least;
    free(all);
    return (double)bytes / seconds * 1e-9;
}
