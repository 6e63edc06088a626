/* Matrix products and convolutions on the CPU.
 *
 * Every one is a table of sums  out[row, column] = sum over k of row_side[row, k] * column_side[k,
 * column], in the order that core/order.h fixes, so the bits depend on the operands alone, not on
 * blocks, threads or the instruction set (SSE2, which has no fused multiply-add, rounds twice).
 * Convolutions whose .winograd is set may have other sums (convolve_winograd.c).
 *
 * Use: fill the first part of a record, let contract_plan or convolve_plan fill the rest, ask for
 * shared_bytes (one block, shared by all tasks of a run) and scratch_bytes (one block for each
 * thread), both 64-byte aligned.  To run, do all tasks[CONTRACT_PACK] tasks of the first phase, in
 * any order on any threads, then all tasks[CONTRACT_MULTIPLY] of the second.  The number of tasks
 * depends on the shape alone and may be 0.  Nothing is allocated, nothing can fail.  An operand
 * that stays the same for many runs (recurrent weights, weights in inference) is packed once: set
 * its .keep, keep the shared memory and do the first phase only when the operand has changed.
 *
 * Tails.  A block of finished results can be handed on while it is in cache:  tail(user, c,
 * row_stride, batch, row, rows, column, columns)  where c points at element (row, column) of the
 * result and columns are neighbours.  Blocks start at rows that are multiples of AD_COLUMN_BLOCK
 * and, where whole_rows is set, hold all columns.  A tail may change the block; where .discard is
 * set the result has no other memory (out is not touched and may be NULL), else it lies in out when
 * its columns are neighbours there, and is copied there afterwards when they are not.  To give a
 * tail memory of its thread, make the small run record anew for each task, with another user
 * pointer.
 *
 * Element types: .type is AD_F32 or AD_F64, the type of the result and of the sums.  An operand of
 * an f32 product may hold bf16 bits (uint16_t).  All strides count elements and may be any number;
 * 0 repeats. */
#ifndef CPU_CONTRACT_H
#define CPU_CONTRACT_H

#include <adze/adze.h>

#include "core/order.h"
#include "cpu/contract_kernels.h"

enum contract_phase { CONTRACT_PACK, CONTRACT_MULTIPLY, CONTRACT_PHASES };

typedef void contract_tail(void *user, void *c, int64_t row_stride, int64_t batch, int64_t row,
                           int64_t rows, int64_t column, int64_t columns);

/* ---------------------------------------------------------------- matrices */

/* How an operand (batch, rows, columns) lies in memory. */
struct contract_operand {
    int64_t batch, row, column; /* strides */
    bool bf16;
};

/* Where a tile finds its columns. */
enum contract_columns {
    COLUMNS_DIRECT, /* in the operand itself; only a last, partial panel is packed by the task */
    COLUMNS_TASK,   /* in scratch, packed by the task just before use */
    COLUMNS_SHARED, /* in shared memory, packed in the first phase:
                       [batch][chunk][panel][term][lane] */
};

/* How the product is carried out; filled by contract_plan for contract_matrix.c.  "Rows" and
 * "columns" are those of the result or, where swap is set, of its transpose: columns are what lies
 * along a vector register. */
struct contract_plan {
    bool swap;
    bool copy_rows; /* the row side is copied, block by block, to scratch */
    bool through;   /* results are collected in scratch and copied to their place */
    enum contract_columns columns_from;
    int width; /* registers in a panel of columns: 1, 2 or 4 */
    int64_t rows, columns;
    struct contract_operand row_side;    /* .row along rows, .column along k */
    struct contract_operand column_side; /* .row along columns, .column along k */
    struct contract_operand out;
    int64_t block_rows, block_columns, row_blocks, column_blocks;
    int64_t batches_a_task, panels_a_task;
    int64_t packed_batch;                            /* elements of a packed column side */
    size_t pointers_at, rows_at, columns_at, out_at; /* places in scratch */
};

/* c = a b, for each of batch:  a (m, k), b (k, n), c (m, n). */
struct contract {
    const struct contract_table *table;
    const struct contract_kernels *kernels; /* of the table, for the type */
    ad_type type;
    int64_t batch, m, n, k;
    struct contract_operand a, b, c;
    bool keep;  /* b is packed in the first phase and stays */
    bool alone; /* one thread does all of it, so it is cut into tasks for the caches alone */
    bool has_tail, whole_rows, discard;
    bool tail_in_place; /* results are put in their place first; the tail works there, not at c */
    bool symmetric; /* it has the same bits on both sides of its diagonal, as a times a transposed
                       has, and a tail is in place: what lies left of blocks on the diagonal is
                       copied */

    int tasks[CONTRACT_PHASES];
    size_t shared_bytes, scratch_bytes;
    struct contract_plan plan;
};

struct contract_run {
    const struct contract *contract;
    const void *a, *b;
    void *c;
    void *shared;
    contract_tail *tail;
    void *user;
};

/* Whether lines that start so many elements of that size apart fall in few sets of the nearest
 * cache; ROW_PAD more between them and they do not. */
static inline bool contract_crowds(int64_t step, size_t size)
{
    return step != 0 && step * (int64_t)size % 2048 == 0;
}

void contract_plan(struct contract *contract, const struct contract_table *table);
void contract_task(const struct contract_run *run, enum contract_phase phase, int task,
                   void *scratch);

/* Whether all of a finished batch of the result, in its place, is finite. */
bool contract_finite(const struct contract_run *run, int64_t batch);
/* Makes of it the batch of a product in which what meets a 0 of a counts for nothing, whatever it
 * is.  a and b are not bf16. */
void contract_nonzero(const struct contract_run *run, int64_t batch);

/* ---------------------------------------------------------------- convolutions */

/* With x (batch, height, width, channels), w (filters, channels / groups, kernel height, kernel
 * width), y (batch, out height, out width, filters).  Taps that fall outside an image count as a
 * factor 0 there and stay in the sum.  Filters of group g see the channels of group g.  One
 * dimension: height 1.
 *
 * FORWARD
 *     y[n, i, j, f] = sum over k = (p, q, c) of x[n, h, v, c] * w[f, c, p, q]
 *     where h = i * stride - padding + p * dilation, v likewise of j and q
 *
 * INPUT_GRADIENT, also the transposed convolution
 *     x[n, h, v, c] = sum over k = (p, q, f) of y[n, i, j, f] * w[f, c, p, q]
 *     where i = (h + padding - p * dilation) / stride, j likewise of v and q.  Taps (p, q) for
 *     which a division leaves a rest are not terms and do not count in k.
 *
 * WEIGHT_GRADIENT
 *     w[f, c, p, q] = sum over k = (n, i, j) of y[n, i, j, f] * x[n, h, v, c]
 *     where h = i * stride - padding + p * dilation, v likewise of j and q
 *
 * The member of x, w, y that the kind computes is written.  Tails see rows (n, i, j) or (n, h, v),
 * counted through, and columns f or c, batch 0; a weight gradient has no tail.  .keep says that w
 * is packed in the first phase and stays; a weight gradient keeps nothing. */
enum convolve_kind { CONVOLVE_FORWARD, CONVOLVE_INPUT_GRADIENT, CONVOLVE_WEIGHT_GRADIENT };

struct convolve_axis {
    int64_t in, out;                           /* extents of x and y */
    int64_t kernel, stride, padding, dilation; /* padding: before the first element */
};

/* Winograd's way (convolve_winograd.c). */
struct winograd_plan {
    int side;       /* of a square of numbers that are multiplied, 3 or 4; 0: the usual way */
    int64_t terms;  /* of a number's sum: phases of the image times channels; of a weight gradient
                       its rows */
    int64_t line;   /* tiles in a row */
    int64_t strip;  /* results of a block whose tiles are multiplied together */
    int64_t tiles;  /* of a strip, at most */
    int64_t padded; /* columns in packed weights */
    int64_t parts;  /* of a weight gradient: sums of some blocks each, added up in the end */
};

/* How it is carried out; filled by convolve_plan for convolve_*.c.  The image is the operand that
 * a window slides over: x, or y for an input gradient.  It is read with a margin of zeros: element
 * (0, 0) lies at (margin[0], margin[1]) of extent[0] x extent[1] places. */
struct convolve_plan {
    bool parted; /* a weight gradient's chunks are multiplied in the first phase, each for itself,
                    and added up in the second */
    bool depthwise; /* every group has one channel and one filter: channels, not groups, are what
                       plan.channels and plan.columns count */
    bool across;    /* pixels lie along the vectors, not columns */
    bool direct;  /* the image has no margin and neighbouring channels: it is read where it lies */
    bool through; /* results are collected in scratch and copied to their place */
    bool aside; /* tiles write rows of whole registers aside, which are then copied to the result */
    int width;  /* registers in a panel of columns */
    int64_t margin[2], extent[2], reach[2]; /* reach: how far the window of a result extends */
    int64_t channels, columns;              /* of a group: of the image, and of the result */
    int64_t rows, block_rows, row_blocks, block_columns, column_blocks, panels_a_task;
    int64_t blocks_a_task; /* neighbours */
    int64_t packed_group;  /* elements of the packed weights of a group */
    size_t pointers_at, places_at, terms_at, image_at, columns_at, aside_at, out_at;
    struct winograd_plan winograd;
};

struct convolve {
    const struct contract_table *table;
    const struct contract_kernels *kernels; /* of the table, for the type */
    enum convolve_kind kind;
    ad_type type;
    int64_t batch, channels, filters, groups;
    struct convolve_axis axis[2]; /* height, width */
    int64_t x_stride[4], w_stride[4], y_stride[4];
    bool x_bf16, w_bf16, y_bf16;
    bool keep;
    bool winograd; /* other sums of fewer products are welcome */
    bool has_tail, whole_rows, discard;
    bool tail_in_place; /* results are put in their place first; the tail works there, not at c */

    int tasks[CONTRACT_PHASES];
    size_t shared_bytes, scratch_bytes;
    struct convolve_plan plan;
};

struct convolve_run {
    const struct convolve *convolve;
    void *x, *w, *y;
    void *shared;
    contract_tail *tail;
    void *user;
    const void *beside; /* memory that lies as the result does and that the tail reads; or NULL */
};

void convolve_plan(struct convolve *convolve, const struct contract_table *table);
void convolve_task(const struct convolve_run *run, enum contract_phase phase, int task,
                   void *scratch);

/* ---------------------------------------------------------------- instruction sets */

/* Kernels of one instruction set; [0] for f32, [1] for f64. */
struct contract_table {
    int vector_bytes, registers;
    const struct contract_kernels *kernels[2];
};

extern const struct contract_table cpu_contract_sse2, cpu_contract_avx2, cpu_contract_avx512,
    cpu_contract_neon;

#endif
