/* Each allocation of a program failed in turn: an error comes back each time, nothing leaks,
 * nothing crashes, and the run without a failure works. The program is an example itself, included
 * with its main renamed: MEMORY_PROGRAM is its path. */
#ifndef MEMORY_RUN_H
#define MEMORY_RUN_H

int example_program(int argc, char **argv);
#define main example_program
#include MEMORY_PROGRAM
#undef main

#include "test.h"

#include <stdlib.h>

#include "failing_allocator.h"

/* Allocations of an undisturbed run. */
static long memory_count(void)
{
    struct failing f;
    failing_init(&f, -1);
    example e = {.type = AD_F32, .tolerance = 1, .allocator = f.allocator};
    CHECK(run(&e));
    CHECK_EQ(f.blocks, 0);
    CHECK_EQ(f.mistakes, 0);
    return f.calls;
}

/* All of the first ones, where building and compiling happen, then samples; all with ADZE_SOAK. */
TEST(each_allocation_fails)
{
    long count = memory_count(), whole = getenv("ADZE_SOAK") ? count : 400;
    long stride = count > 1200 ? count / 400 : 1;
    CHECK(count > 100);
    for (long i = 0; i < count; i += i < whole ? 1 : stride) {
        struct failing f;
        failing_init(&f, i);
        example e = {.type = AD_F32, .tolerance = 1, .allocator = f.allocator};
        if (run(&e))
            TEST_FAILED("allocation %ld of %ld failed and nobody noticed", i, count);
        if (f.blocks || f.mistakes)
            TEST_FAILED("allocation %ld: %ld blocks left, %ld freed with a wrong size", i,
                        (long)f.blocks, (long)f.mistakes);
    }
}

TEST_MAIN

#endif
