/* Stages of chains as kernels see them at run time: cpu/tile_stage.inc has their functions in C,
 * cpu/native*.c make one function of several. */
#ifndef CPU_STAGE_H
#define CPU_STAGE_H

#include <stdint.h>

#include "core/loop.h"

/* A function of a stage, whose true type is one of those in cpu/tile_stage.inc. */
typedef void anything(void);

struct functions {
    anything *strip, *single;
};

/* Memory of a stage: the numbers of a line, or where the mask is 0 one strip for all of it. */
struct target {
    union {
        char *at;
        anything *call;
    };
    int64_t mask, apart; /* bytes from row to row */
};

struct stage {
    struct functions run;
    struct target to, other; /* other: of truths, a byte each; or what is called */
};

enum {
    STAGE_LONG_ROW = 64, /* columns from which on rows are worth a call each */
    STAGE_ASKS = 8,      /* stages before those of a part, which ask for memory, at most */
};

/* Where the stages of a part begin among all: each has room for those that ask before them, and one
 * that ends after them. */
static inline int stage_place(const struct loop *loop, const struct loop_part *part)
{
    return part->stage + (int)(part - loop->part) * (STAGE_ASKS + 1) + STAGE_ASKS;
}

#endif
