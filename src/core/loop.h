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
 * ROW_REDUCE needs whole rows (or, where the space's are whole multiples of TILE_STRIP elements,
 * such multiples from the first column on, which it takes for all there are), and one with
 * COLUMN_REDUCE rows from a multiple of AD_COLUMN_BLOCK, a flat one whole rows from the beginning
 * of a piece.
 *
 * Reductions keep the order that core/order.h fixes, whatever the tiles.
 *
 * Chains.  Computations on f32 or f64 that follow one another are a chain: a kernel may go through
 * it with a few elements at a time, whose latest value stays in machine registers, the accumulator,
 * and need not write what only the next instruction reads.  A reduction of rows that are whole
 * groups of lanes belongs to the chain that makes its values.  loop_finish says how, in stages. */
#ifndef CORE_LOOP_H
#define CORE_LOOP_H

#include "core/op.h"

enum { LOOP_DIMS = AD_RANK_MAX, LOOP_REGISTERS = 320, LOOP_INSTRUCTIONS = 400 };

enum loop_class { LOOP_FULL, LOOP_ROW, LOOP_CONSTANT };

struct loop_register {
    ad_type type;
    enum loop_class class;
    double constant; /* LOOP_CONSTANT */
    /* Filled by loop_finish. */
    int slot;        /* scratch slot, shared by registers that are not alive together */
    int maker;       /* the instruction whose result it is; -1 for constants */
    int last_reader; /* the last instruction that reads it; -1: none */
    bool passing;    /* nobody reads it from memory: a chain hands it on, or it is a number there */
    int stretch;     /* LOOP_ROW: its number among those that a chain of FULL values reads; or -1 */
};

/* Memory that a loop reads or writes: element (i0, i1, ...) of the space lies at offset + sum of i
 * * stride, in elements. */
struct loop_operand {
    int value; /* whose memory: a number the program knows */
    ad_type type;
    int64_t offset;
    int64_t stride[LOOP_DIMS]; /* 0: the same element along that axis */
    bool written;
    int toucher; /* the instruction that reads or writes it; filled by loop_finish */
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
                           one chunk; rectangles hold whole chunks.  Where all rows are one row cut
                           in lines (flat), operand[row * columns / AD_ROW_CHUNK] = the same over
                           the rows of one chunk */
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
    uint64_t stream; /* RANDOM: the element number is the position in the space counted row by row,
                        so the space must be the tensor's own */
};

/* A chain has two values at hand: the accumulator, and one that was put aside. */
enum loop_form {
    STAGE_TAKE,         /* accumulator = reg */
    STAGE_PUT,          /* reg = accumulator */
    STAGE_STREAM,       /* the same past the caches: for kernels, chains have PUT */
    STAGE_SAVE,         /* aside = accumulator */
    STAGE_BACK,         /* accumulator = aside */
    STAGE_SWAP,         /* both */
    STAGE_ONE,          /* accumulator = op(accumulator) */
    STAGE_LEFT,         /* = op(accumulator, reg); of where: other ? accumulator : reg */
    STAGE_RIGHT,        /* = op(reg, accumulator); of where: other ? reg : accumulator */
    STAGE_LEFT_NUMBER,  /* = op(accumulator, reg), reg is a constant */
    STAGE_RIGHT_NUMBER, /* = op(reg, accumulator) */
    STAGE_LEFT_ASIDE,   /* = op(accumulator, aside) */
    STAGE_FORMS,
    STAGE_REDUCE = STAGE_FORMS /* reg = op, a reduction, over the columns; the accumulator stays */
};

/* Where op's result is a truth it goes to the register other and the accumulator stays. */
struct loop_stage {
    enum loop_form form;
    const struct op *op; /* NULL where the form moves */
    int reg, other;      /* -1: none */
    int instruction;     /* that it is for */
    bool streams;        /* the backend's, of PUT: may be STREAM where memory lies well */
    void (*strip)(void), (*single)(void); /* the backend's, which knows their types */
    void (*far)(void);                    /* what those call; NULL: nothing */
    void (*joined[2])(void); /* for this stage and some after it, PUT or STREAM; NULL: none */
};

/* Instructions in order: one that is no part of a chain, or a chain.  A reduction of rows alone may
 * be done either way. */
struct loop_part {
    int first, count;  /* instructions */
    int stage, stages; /* of a chain; 0 stages: no chain */
    ad_type type;      /* that a chain computes on */
    enum loop_class class;
    int reduces;  /* stages of the form STAGE_REDUCE */
    bool of_rows; /* FULL, and reads values of rows */
    bool bare;    /* a reduction alone */
    /* The backend's: */
    bool streams;            /* a stage may */
    void (*joined[2])(void); /* for all stages and whole strips, as stages have it; NULL: none */
    int span;                /* this part and those after it that the next goes through; or 0 */
    void (*rows[2])(void);   /* for all rows of a tile */
};

/* Where things lie in the scratch memory of a thread, in bytes; slots of registers come first. */
struct loop_scratch {
    size_t periodic, stretch, constants, lanes, stages, spots, end;
};

struct loop {
    int dims, column_dims;
    int64_t extent[LOOP_DIMS];
    int64_t rows, columns, pieces; /* products; pieces = ceil(columns / AD_ROW_CHUNK) */
    struct loop_register *reg;
    struct loop_operand *operand;
    struct loop_instruction *instruction;
    int regs, operands, instructions;
    struct loop_part *part;   /* room for as many as there are instructions */
    struct loop_stage *stage; /* room for STAGES_EACH times as many */
    int parts, stages;
    int64_t tile;                /* elements that are worked on at once: the backend's choice */
    struct loop_scratch scratch; /* the backend's */
    int64_t block;     /* rows that lie evenly in all memory, which tiles keep to: the backend's */
    int stretches;     /* registers with a .stretch */
    int last_chain;    /* the last part that is one, of all elements; -1: none */
    int slots;         /* scratch slots of FULL registers */
    bool needs_rows;   /* has ROW_REDUCE */
    bool needs_blocks; /* has COLUMN_REDUCE */
    bool needs_pieces; /* has PIECE_REDUCE */
    bool flat; /* its pieces are whole rows, AD_ROW_CHUNK / columns of them; tiles are pieces */
    bool random_step; /* has RANDOM */
    int one_span; /* the part where it begins, if one span is all between loads and stores, or -1;
                     the backend's */
    bool ragged;  /* spans end in a part of a strip, so they are for whole tiles; the backend's */
    bool streams; /* moves more memory than caches hold: what it writes is better not kept there;
                     set before the backend's choices */
};

enum { STAGES_EACH = 5, CHAIN_MAX = 80 /* instructions */ };

/* Works out rows, columns, pieces, flags, what registers live through, and chains, for which it
 * puts loads before and stores behind computations; false where the loop is not well formed. */
bool loop_finish(struct loop *loop);

/* Whether a store writes the register to memory of an operand. */
bool loop_is_stored(const struct loop *loop, int reg);

/* Positions along a row, which are the same for all rows: they have a slot of their own, so that a
 * tile may leave them for the one below. */
static inline bool loop_stays(const struct loop *l, const struct loop_instruction *i)
{
    return i->kind == LOOP_INDEX && i->axis >= l->dims - l->column_dims;
}

/* One run of a loop: where its operands lie now. */
struct loop_run {
    const struct loop *loop;
    void *const *base; /* base[i]: memory of operand i */
    uint64_t seed;
    uint32_t step;
};

#endif
