/* Stages of chains as kernels see them at run time: cpu/tile_stage.inc has their functions in C,
 * cpu/native.c makes one function of several. */
#ifndef CPU_STAGE_H
#define CPU_STAGE_H

#include <stdint.h>

/* A function of a stage, whose true type is one of those in cpu/tile_stage.inc. */
typedef void anything(void);

struct functions {
    anything *strip, *single;
};

/* Memory of a stage: the numbers of a line, or where the mask is 0 one strip for all of it. */
struct target {
    char *at;
    int64_t mask, apart; /* bytes from row to row */
};

struct stage {
    struct functions run;
    struct target to, other; /* other: of truths, a byte each */
};

#endif
