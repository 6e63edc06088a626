/* Each allocation of example/gru_lm.c failed in turn. */
int example_program(int argc, char **argv);
#define main example_program
#include "example/gru_lm.c"
#undef main

#include "memory_run.h"

TEST(each_allocation_fails)
{
    memory_run(run, AD_F32);
}

TEST_MAIN
