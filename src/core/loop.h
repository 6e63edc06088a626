/* The form of a fused loop: what elementwise ops, casts, random numbers and sums over rows and
 * columns become in a compiled program.
 *
 * A loop runs over a rectangle of rows times columns, cut into tiles that fit in the nearest cache.
 * On each tile it runs a list of instructions over registers.  A register is an array: FULL holds a
 * value for each element of the tile, ROW one for each row of it, CONSTANT one number. The space
 * has up to LOOP_DIMS axes; the last column_dims of them make the columns (in order, last fastest),
 * the others the rows.
 *
 * A rectangle may be any part of the space, so the same loop runs alone, cut among threads, or as
 * the tail of a matrix product on a block of the result that is still in cache.  Only a loop with
 * ROW_REDUCE needs whole rows, and one with COLUMN_REDUCE rows from a multiple of AD_COLUMN_BLOCK.
 *
 * Reductions keep the order that core/order.h fixes, whatever the tiles. */
#ifndef CORE_LOOP_H
#define CORE_LOOP_H

#include "core/op.h"

enum { LOOP_DIMS = AD_RANK_MAX, LOOP_CONSTANTS = 64 };

enum loop_class { LOOP_FULL, LOOP_ROW, LOOP_CONSTANT };

struct loop_register {
    ad_type type;
    enum loop_class class;
    double constant; /* LOOP_CONSTANT */
    /* Filled by loop_finish. */
    int slot;        /* scratch slot, shared by registers that are not alive together */
    int maker;       /* the instruction whose result it is; -1 for constants */
    int last_reader; /* the last instruction that reads it; -1: none */
};

/* Memory that a loop reads or writes: element (i0, i1, ...) of the space lies at offset + sum of i
 * * stride, in elements. */
struct loop_operand {
    int value; /* whose memory: a number the program knows */
    ad_type type;
    int64_t offset;
    int64_t stride[LOOP_DIMS]; /* 0: the same element along that axis */
    bool written;
};

enum loop_kind {
    LOOP_LOAD,    /* out (FULL; or ROW where all column strides are 0) = operand */
    LOOP_STORE,   /* operand = in[0] (FULL, ROW or CONSTANT; a ROW goes to an operand whose column
                     strides are 0) */
    LOOP_COMPUTE, /* out = op(in...), op with .row; FULL if any input is FULL, else ROW; ROW and
                     CONSTANT inputs stretch */
    LOOP_CAST,    /* out = in[0] in another type */
    LOOP_RANDOM,  /* out (FULL) = op_uniform or op_normal of element number low..high; see below */
    LOOP_INDEX, /* out = the element's position along an axis of the space, in out's type (FULL, or
                   ROW for a row axis) */
    LOOP_ROW_REDUCE,    /* out (ROW) = sum, maximum or minimum over the columns of in[0] (FULL) */
    LOOP_PIECE_REDUCE,  /* operand[row * pieces + column / AD_ROW_CHUNK] = the same over columns of
                           one chunk; rectangles hold whole chunks */
    LOOP_COLUMN_REDUCE, /* operand[row / AD_COLUMN_BLOCK * columns + column] = the same over the
                           rows of one block */
};

struct loop_instruction {
    enum loop_kind kind;
    const struct op *op;
    int out, in[3];       /* registers; -1: none */
    int operand;          /* LOAD, STORE, PIECE_REDUCE, COLUMN_REDUCE */
    int axis;             /* INDEX */
    int64_t scale, start; /* INDEX: start + scale * position */
    double low, high;     /* RANDOM: of uniform; mean and deviation of normal */
    uint32_t stream; /* RANDOM: the element number is the position in the space counted row by row,
                        so the space must be the tensor's own */
};

struct loop {
    int dims, column_dims;
    int64_t extent[LOOP_DIMS];
    int64_t rows, columns, pieces; /* products; pieces = ceil(columns / AD_ROW_CHUNK) */
    struct loop_register *reg;
    struct loop_operand *operand;
    struct loop_instruction *instruction;
    int regs, operands, instructions;
    int slots;         /* scratch slots of FULL registers */
    bool needs_rows;   /* has ROW_REDUCE */
    bool needs_blocks; /* has COLUMN_REDUCE */
    bool needs_pieces; /* has PIECE_REDUCE */
    bool random_step;  /* has RANDOM */
};

/* Works out rows, columns, pieces, flags and what registers live through; false
 * where the loop is not well formed. */
bool loop_finish(struct loop *loop);

/* One run of a loop: where its operands lie now. */
struct loop_run {
    const struct loop *loop;
    void *const *base; /* base[i]: memory of operand i */
    uint64_t seed;
    uint32_t step;
};

#endif
