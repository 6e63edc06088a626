/* What the files of cpu/native.h share: stages of one chain becoming instructions.
 *
 * Of the registers, three sets of NATIVE_VECTORS hold a strip: the accumulator, what is aside, and
 * one that is free.  Lanes of reductions are kept in the upper registers of AVX-512, and from the
 * last one down constants of formulas stay: residents. */
#ifndef CPU_NATIVE_CODE_H
#define CPU_NATIVE_CODE_H

#include "core/loop.h"
#include "cpu/assembler.h"
#include "cpu/stage.h"

enum {
    NATIVE_VECTORS = 4, /* of a strip */
    NATIVE_OTHER = 12,  /* a register for an operand that is spread or loaded first */
    NATIVE_SUMS = 13,   /* for lanes of a reduction */
    NATIVE_WORK = 15,   /* for a result that may not be where it goes yet */
    NATIVE_KEPT = 16,   /* and those from it on for lanes that are kept, with AVX-512 */
    NATIVE_REGISTERS = 32,
    NATIVE_RESIDENTS = 12, /* at most */
    NATIVE_CODE = 16384,   /* bytes of room for one function */
};

/* Functions of stages hand on the accumulator in the first set and what is aside in the second. */
enum { NATIVE_FIRST, NATIVE_SECOND, NATIVE_THIRD };

struct native {
    struct assembler code;
    uint8_t room[NATIVE_CODE];
    const struct loop *loop;
    const struct loop_part *part;
    int held, aside; /* sets */
    int bytes;       /* of a vector */
    int vectors;     /* that stages work on at once: of a strip, or one for values of rows */
    bool ends;       /* of the last of them only a part is there */
    bool whole;      /* the function goes through all stages of a part before the next strip */
    bool asks_early; /* for memory that stages read: some strips before they do */
    int stages_at;   /* bytes from where rdi points to the part's first stage */
    bool streams;    /* what may be */
    bool keeps;      /* lanes in registers, */
    int first_kept;  /* the part's from here on */
    int kept;        /* the next one */
    int lanes;       /* registers for lanes, of whichever part of the function keeps most */
    bool collects;   /* residents */
    int residents;
    struct resident {
        uint64_t bits;
        const float *eight; /* or these, for ASM_PICK */
    } resident[NATIVE_RESIDENTS];
};

/* ---- functions (cpu/native.c) */

/* ADZE_NATIVE=0 in the environment: not. */
bool native_is_wanted(void);
void native_start(struct native *n, const struct loop *loop, const struct loop_part *part,
                  int vector_bytes, bool streams);
/* The function that write(n, what) makes; NULL where there was no room.  It is written once more
 * where that found constants that may stay in registers. */
anything *native_function(struct native *n, void (*write)(struct native *n, const void *what),
                          const void *what);

/* Whether there are instructions for all of the part. */
bool native_is_whole(const struct loop *loop, const struct loop_part *part, int vector_bytes);
/* Registers for the lanes of so many reductions; 0: they do not keep them. */
int native_kept_lanes(const struct native *n, int reductions);
bool native_is_reduction(const struct native *n, int stage);
void native_all_stages(struct native *n);
/* For each stage from where one points up to the other, which ask for memory: r8 points at it. */
void native_each_asking(struct native *n, enum general from, enum general to,
                        void (*what)(struct native *n));
/* They ask. */
void native_ask(struct native *n, enum general from, enum general to);

/* ---- stages (cpu/native_stage.c) */

/* Whether there are instructions for the stage. */
bool native_is_possible(const struct loop *loop, const struct loop_part *part, int vector_bytes,
                        const struct loop_stage *stage);
/* Whether there are instructions for an op; all such ops are NaN where an operand is. */
bool native_has(const struct op *op);
/* The part whose stages come next. */
void native_begin(struct native *n, const struct loop_part *part);
/* Its i-th stage. */
void native_stage(struct native *n, int i);
/* rax = memory of the part's i-th stage, or other memory of it. */
void native_point(struct native *n, int i);
/* The accumulator and what is aside are where the next stage in C expects them. */
void native_hand_on(struct native *n);

int native_lane_registers(const struct native *n);
struct place native_lanes(const struct native *n, int r); /* at rax */
/* How a reduction joins lanes: out = out op z.  Extremes that watch are NaN where one is. */
struct joining {
    enum arithmetic how;
    bool watches;
};
struct joining native_joining(const struct native *n, const struct loop_stage *stage);
void native_join(struct native *n, struct joining joining, int out, struct place z);

/* Whether all that a loop stores is the same whatever the largest or smallest of a row with a NaN
 * is found to be, which the instruction reduces to (cpu/native_nan.c). */
bool native_nan_shows(const struct loop *loop, int instruction);

/* One op of one operand, which may be known to be at most 0, for all vectors of a set into another
 * set, or the same; what is aside stays (cpu/native_formula.c). */
void native_formula(struct native *n, const struct op *op, bool below, int from, int to);
/* Whether that takes much longer than to fetch a number: an exponential, not a sign. */
bool native_is_long(const struct op *op);
/* Residents into their registers. */
void native_load_residents(struct native *n);

#endif
