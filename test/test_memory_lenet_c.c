/* Each allocation of example/lenet_c.c failed in turn. */
int example_program(int argc, char **argv);
#define main example_program
#include "example/lenet_c.c"
#undef main

#include "memory_run.h"

TEST(each_allocation_fails)
{
    memory_run(run, AD_F32);
}

TEST_MAIN
