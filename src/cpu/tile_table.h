/* What the interpreter of fused loops has for each instruction set: functions that work on vectors,
 * a line or a tile a call.  cpu/isa/tile.c has them, cpu/tile*.c are what leads to them. */
#ifndef CPU_TILE_TABLE_H
#define CPU_TILE_TABLE_H

#include "cpu/random_key.h"
#include "cpu/stage.h"
#include "op/reduce.h"
#include "op/row.h"

/* Functions of stages in the order of tables: forms that move, as core/loop.h numbers them, then
 * these.  A row of two operands has one for each form from STAGE_LEFT on, `where` only two, and an
 * even one LEFT, LEFT_NUMBER and LEFT_ASIDE. */
enum stage_function {
    FUNCTION_REDUCE = STAGE_ONE, /* by enum reduction */
    FUNCTION_ASK = FUNCTION_REDUCE + REDUCTIONS,
    FUNCTION_END,
#define FLOAT(...) __VA_ARGS__
#define NUMBER(...) __VA_ARGS__
#define ANY(...) __VA_ARGS__
#define WHOLE(...)
#define TRUTH(...)
#define FUNCTION1(name, types, ...) types(FUNCTION_##name, )
#define FUNCTION2(name, types, ...) types(FUNCTION_##name, FUNCTION_LAST(name), )
#define FUNCTION_LAST(name) FUNCTION_LAST_##name = FUNCTION_##name + STAGE_LEFT_ASIDE - STAGE_LEFT
#define FAR1(name, types, ...)
#define FAR2(name, types, ...)
#define PRIMITIVE1 FUNCTION1
#define FLAT1 FUNCTION1
#define PRIMITIVE2 FUNCTION2
#define FLAT2 FUNCTION2
#define EVEN2(name, ...) FUNCTION_##name, FUNCTION_LAST_##name = FUNCTION_##name + 2,
#define FLAT_EVEN2 EVEN2
#define TURNED2(name, ...) FUNCTION_##name, /* of LEFT_ASIDE; the others are another row's */
#define PRIMITIVE3(name, ...) FUNCTION_##name, FUNCTION_LAST_##name,
    FUNCTION1(far1, FLOAT, ) FUNCTION2(far2, FLOAT, )
#include "op/elementwise.def"
#undef FUNCTION1
#undef FUNCTION2
#undef FUNCTION_LAST
        FUNCTION_COUNT
};

/* Long functions, which those of far1 and far2 call. */
enum far_function {
    FAR_NONE,
#define FAR1(name, types, ...) FAR_##name,
#define FAR2 FAR1
#include "op/elementwise.def"
    FAR_COUNT
};
#undef FLOAT
#undef NUMBER
#undef ANY
#undef WHOLE
#undef TRUTH

/* Of one type.  Rows are so many elements apart. */
struct tile_real {
    anything *const *strip, *const *single; /* by enum stage_function; strip may be NULL */
    anything *const *far;                   /* by enum far_function */
    /* Stages from s on go through a line of n elements, from the byte at on. */
    void (*chain)(const struct stage *s, int64_t at, int64_t n);
    /* A value for each row becomes one for each element. */
    void (*stretch)(int64_t rows, int64_t columns, const void *from, void *to);
    /* Uniform from low to high, or normal of mean low and deviation high. */
    void (*random)(bool uniform, void *out, int64_t n, const struct random_key *key, uint64_t first,
                   double low, double high);
    /* how: enum reduction.  Rows of n into out each; rows joined to out, or to the
     * identity where they are the first; lanes of a row into one number, ready for the next. */
    void (*reduce_rows)(int how, const void *in, int64_t apart, int64_t rows, int64_t n, void *out);
    void (*reduce_columns)(int how, bool first, const void *in, int64_t apart, int64_t rows,
                           void *out, int64_t n);
    void (*close_lanes)(int how, void *lanes, void *out);
};

struct tile_table {
    int vector_bytes, strip_vectors;
    int native_bytes; /* NATIVE_AVX2 or NATIVE_AVX512 (cpu/native.h); 0: stages are not joined */
    const struct tile_real *f32, *f64;
    void (*widen)(int64_t n, const float *in, double *out);
    void (*fence)(void); /* what was streamed is there for other threads */
};

#endif
