/* What products and convolutions ask of an instruction set: to pack, multiply and place.  These
 * kernels are compiled once for each instruction set and type (contract.c).  All that leads to them
 * (blocks, chunks, taps, pointers) is compiled once (contract_matrix.c, convolve_*.c): it knows
 * elements by their size alone, and memory as void. */
#ifndef CPU_CONTRACT_KERNELS_H
#define CPU_CONTRACT_KERNELS_H

#include <stdbool.h>
#include <stdint.h>

enum {
    EVEN_ROWS = 16,     /* most rows of a tile whose rows are equally far apart */
    CACHE_LINE = 64,    /* bytes */
    DEPTH_PIXELS = 8,   /* pixels that share a register of weights, depthwise */
    DEPTH_TAPS = 9,     /* taps that share a register of pixels in its weight gradient */
    ROW_GROUP = 16,     /* copied rows that lie side by side */
    TERMS_AT_ONCE = 32, /* taken from all panels before the next, when packing */
    ROW_PAD = 16,       /* between copied rows, so that they do not fall in the same cache sets */
};

/* A run: count terms, the first of them row_at elements from the row's pointer and column_skip
 * elements past the end of the run before. */
struct terms {
    int64_t count, row_at, column_skip;
};

/* Memory that is wanted next.  Each tile asks for a few lines of it, so that it comes while tiles
 * multiply: else a block of pixels begins and ends with waiting, and with few channels that takes
 * as long as the multiplication. */
enum { AHEAD_PLACES = 3 };
struct ahead {
    const char *at[AHEAD_PLACES];
    int64_t lines[AHEAD_PLACES]; /* a tile */
};

/* One chunk of the sum for a panel of columns. */
struct chunk {
    const struct terms *terms;
    int64_t runs;
    int64_t row_step, column_step; /* from one term to the next */
    int64_t apart;                 /* from one register of columns to the next */
    bool add;
    struct ahead *ahead; /* or NULL */
};

/* An operand that is packed: f32, f64 or bf16, of any strides. */
struct source {
    const void *at;
    int64_t column_step, term_step;
    bool bf16;
};

/* A tap of a depthwise window: where it is in the image, and its weights. */
struct tap {
    int64_t at;
    const void *weight;
};

/* Pixels of a depthwise convolution: DEPTH_PIXELS of them, or one. */
struct pixels {
    int64_t count;
    const void *const *row; /* of each: its window in the image */
    const int32_t *place;   /* and its row of the result */
};

/* Squares of numbers that a transform reads and writes, those of some tiles in a row: count
 * elements (whole registers) of each number. */
struct winograd_walk {
    int64_t in_row, in_column, in_tile, out_row, out_column, out_tile, tiles, count;
};

/* What Winograd's convolution does before and after it multiplies (convolve_winograd.c): of r taps
 * a side it makes squares of n = r + 1. */
typedef void winograd_transform(const struct winograd_walk *walk, const void *in, void *out);
struct winograd_transforms {
    winograd_transform *image;  /* n to n */
    winograd_transform *weight; /* r to n */
    winograd_transform *result; /* n to 2 */
    winograd_transform *spread; /* 2 to n: the result's gradient */
    winograd_transform *gather; /* n to r: the weight's */
};

/* Of one type.  Steps and counts are elements. */
struct contract_kernels {
    int64_t lanes, size; /* elements in a register, bytes of an element */
    int64_t most_wide;   /* rows of the tallest tile that is 4 registers wide */
    /* All rows times one panel, width registers wide. */
    void (*multiply_panel)(const struct chunk *chunk, int width, const void *const *row,
                           int64_t rows, const void *columns, void *out, int64_t out_step);
    /* A panel of lanes (a multiple of a register's) columns, the first `columns` of which exist. */
    void (*pack_panel)(const struct source *source, int64_t columns, int64_t terms, int64_t lanes,
                       void *to);
    /* from has lines of from_step elements. */
    void (*place_block)(const void *from, int64_t from_step, int64_t rows, int64_t columns,
                        void *to, int64_t to_row, int64_t to_column);
    /* Elements step apart, of bf16 or the type itself, to neighbours. */
    void (*copy_line)(const void *from, int64_t step, bool bf16, int64_t count, void *to);
    void (*clear_line)(void *to, int64_t count);
    /* to += from, count being whole registers. */
    void (*add_line)(void *to, const void *from, int64_t count);
    /* Each pixel's sum over the taps, channel by channel, to its row of the result. */
    void (*depth_pixels)(const struct pixels *pixels, const struct tap *tap, int64_t taps,
                         int64_t channels, void *out, int64_t out_step);
    /* Each tap's sum over the chunk's pixels; registers of y are chunk->column_step elements. */
    void (*depth_weight_taps)(const struct chunk *chunk, int64_t taps, const void *const *row,
                              const void *y, void *out);
    /* Elements step apart. */
    bool (*all_finite)(const void *at, int64_t step, int64_t count);
    /* out = sum of a b over the terms whose a is not 0. */
    void (*nonzero_sum)(const void *a, int64_t a_step, const void *b, int64_t b_step, int64_t terms,
                        void *out);
    /* Of 2 taps and of 3; NULL: not with these. */
    const struct winograd_transforms *winograd;
};

#endif
