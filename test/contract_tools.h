/* What the test and the bench of matrix products and convolutions share. */
#ifndef CONTRACT_TOOLS_H
#define CONTRACT_TOOLS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/isa.h"
#include "cpu/contract.h"

/* ---------------------------------------------------------------- random numbers */

static uint64_t seed = 88172645463325252u;

static int64_t draw(int64_t below)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return below > 0 ? (int64_t)((seed >> 11) % (uint64_t)below) : 0;
}

static int64_t pick(const int64_t *from, int64_t count)
{
    return from[draw(count)];
}

#define PICK(...) \
    pick((const int64_t[]){__VA_ARGS__}, sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t))

/* ---------------------------------------------------------------- memory, failures */

static void *memory_of(size_t bytes)
{
    void *p = aligned_alloc(64, (bytes + 127) / 64 * 64);
    if (!p)
        exit(2);
    return p;
}

static int failures;

__attribute__((unused)) static void report(const char *what, const char *isa, const char *shape,
                                           double wanted, double got)
{
    if (failures++ < 20)
        printf("FAIL %s on %s, %s: wanted %.17g, got %.17g\n", what, isa, shape, wanted, got);
}

/* ---------------------------------------------------------------- running tasks in a random order
 */

static void shuffle(int *order, int count)
{
    for (int i = 0; i < count; i++)
        order[i] = i;
    for (int i = count - 1; i > 0; i--) {
        int j = (int)draw(i + 1), held = order[i];
        order[i] = order[j];
        order[j] = held;
    }
}

static void run_phase(void (*task)(const void *run, enum contract_phase phase, int task,
                                   void *scratch),
                      const void *run, enum contract_phase phase, int tasks, size_t scratch_bytes)
{
    int *order = memory_of((size_t)tasks * sizeof *order);
    char *scratch = memory_of(scratch_bytes + 64);
    shuffle(order, tasks);
    for (int i = 0; i < tasks; i++) {
        memset(scratch, 0xff, scratch_bytes + 64);
        task(run, phase, order[i], scratch);
        for (int j = 0; j < 64; j++)
            if ((unsigned char)scratch[scratch_bytes + (size_t)j] != 0xff && failures++ < 20)
                printf("FAIL scratch overrun\n");
    }
    free(order);
    free(scratch);
}

__attribute__((unused)) static void matrix_step(const void *run, enum contract_phase phase,
                                                int task, void *scratch)
{
    contract_task(run, phase, task, scratch);
}

static void convolve_step(const void *run, enum contract_phase phase, int task, void *scratch)
{
    convolve_task(run, phase, task, scratch);
}

/* ---------------------------------------------------------------- instruction sets */

struct machine {
    const char *name;
    enum isa isa;
    const struct contract_table *table;
};

static const struct machine machines[] = {
#ifdef ADZE_HAVE_AVX512
    {"avx512", ISA_AVX512, &cpu_contract_avx512},
#endif
#ifdef ADZE_HAVE_AVX2
    {"avx2", ISA_AVX2, &cpu_contract_avx2},
#endif
#ifdef ADZE_HAVE_SSE2
    {"sse2", ISA_SSE2, &cpu_contract_sse2},
#endif
#ifdef ADZE_HAVE_NEON
    {"neon", ISA_NEON, &cpu_contract_neon},
#endif
    {0},
};

#endif
