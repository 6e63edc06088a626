/* Each allocation of example/wgan.c failed in turn. */
#define MEMORY_PROGRAM "example/wgan.c"
#include "memory_run.h"
