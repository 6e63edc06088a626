/* Each allocation of a program failed in turn: an error comes back each time, nothing leaks,
 * nothing crashes, and the run without a failure works. The programs are the examples themselves,
 * included with their main renamed. */
#ifndef MEMORY_RUN_H
#define MEMORY_RUN_H

#include "test.h"

#include <stdlib.h>

#include "failing_allocator.h"

/* Allocations of an undisturbed run. */
static long memory_count(bool (*program)(example *e), ad_type type)
{
    struct failing f;
    failing_init(&f, -1);
    example e = {.type = type, .tolerance = 1, .allocator = f.allocator};
    CHECK(program(&e));
    CHECK_EQ(f.blocks, 0);
    CHECK_EQ(f.mistakes, 0);
    return f.calls;
}

/* All of the first ones, where building and compiling happen, then samples; all with ADZE_SOAK. */
static void memory_run(bool (*program)(example *e), ad_type type)
{
    long count = memory_count(program, type), whole = getenv("ADZE_SOAK") ? count : 400;
    long stride = count > 1200 ? count / 400 : 1;
    CHECK(count > 100);
    for (long i = 0; i < count; i += i < whole ? 1 : stride) {
        struct failing f;
        failing_init(&f, i);
        example e = {.type = type, .tolerance = 1, .allocator = f.allocator};
        bool ok = program(&e);
        if (ok)
            TEST_FAILED("allocation %ld of %ld failed and nobody noticed", i, count);
        if (f.blocks || f.mistakes)
            TEST_FAILED("allocation %ld: %ld blocks left, %ld freed with a wrong size", i,
                        (long)f.blocks, (long)f.mistakes);
    }
}

#endif
