/* Each allocation of example/gru_lm.c failed in turn. */
#define MEMORY_PROGRAM "example/gru_lm.c"
#include "memory_run.h"
