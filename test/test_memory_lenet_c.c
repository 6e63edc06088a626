/* Each allocation of example/lenet_c.c failed in turn. */
#define MEMORY_PROGRAM "example/lenet_c.c"
#include "memory_run.h"
