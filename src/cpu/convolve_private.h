/* What the files of convolutions share: the image, the terms of a sum, blocks of results. */
#ifndef CPU_CONVOLVE_PRIVATE_H
#define CPU_CONVOLVE_PRIVATE_H

#include "cpu/convolve_geometry.h"

/* ---- convolve_image.c: the image that a window slides over */

/* Element (image, row, column, channel) at the sum of index times step, rows and columns counted
 * with the margin. */
struct image {
    const void *at;
    int64_t image_step, row_step, column_step;
};

static inline const void *image_operand(const struct convolve_run *run)
{
    return convolve_back(run->convolve) ? run->y : run->x;
}

static inline bool image_bf16(const struct convolve *c)
{
    return convolve_back(c) ? c->y_bf16 : c->x_bf16;
}

static inline const int64_t *image_stride(const struct convolve *c)
{
    return convolve_back(c) ? c->y_stride : c->x_stride;
}

/* Where the window of a result starts. */
static inline int64_t window_at(const struct convolve *c, const struct image *image, int64_t n,
                                int64_t row, int64_t column)
{
    return n * image->image_step + convolve_place_at(c, 0, row) * image->row_step +
           convolve_place_at(c, 1, column) * image->column_step;
}

/* The image as results first..first + rows - 1 see it. */
struct image convolve_image_for(const struct convolve_run *run, int64_t group, int64_t first,
                                int64_t rows, char *scratch);
/* Asks for the image behind that of results first..first + rows - 1, as much of it. */
void convolve_image_ahead(const struct convolve_run *run, int64_t first, int64_t rows,
                          int64_t tiles, struct ahead *ahead);
/* That `tiles` tiles will ask for count elements in place number i. */
void convolve_ahead_set(struct ahead *ahead, int i, const void *at, int64_t bytes, int64_t tiles);

/* ---- convolve_slide.c: forward and input gradient */

/* A phase of both axes: which taps count. */
struct phase {
    const struct convolve *c;
    int64_t at[2];
    int64_t terms;
};

/* Visits the taps that have terms in a chunk. */
struct walk {
    int64_t tap[2];
    int64_t channel, count; /* terms of the tap in the chunk */
    int64_t first;          /* term of the phase at which the tap begins */
};

static inline struct walk walk_start(void)
{
    return (struct walk){.tap = {0, -1}};
}

/* A block of pixels. */
struct slide {
    const struct convolve_run *run;
    char *scratch;
    int64_t first, rows, column, columns; /* columns of each group */
    void *out;                            /* of the first group */
    int64_t out_step;
};

struct phase convolve_slide_phase(const struct convolve *c, int64_t index);
bool convolve_slide_next(const struct phase *phase, int64_t from, int64_t end, struct walk *walk);
/* A panel of the packed weights. */
void *convolve_slide_panel(const struct convolve_run *run, int64_t group, int64_t phase_first,
                           int64_t column, int64_t from, int64_t terms);
void convolve_slide_pack(const struct convolve_run *run, int task);
struct slide convolve_slide_block(const struct convolve_run *run, int64_t index, void *scratch);
/* Pointers to the windows of the block's pixels of one phase, and the places of these pixels in the
 * block if they are asked for, line by line.  Returns how many there are. */
int64_t convolve_slide_rows(const struct slide *s, const struct phase *phase,
                            const struct image *image, const void **row, int32_t *place);
/* What tiles ask for: the image of the next block, mostly of the same thread, the lines of the
 * result, which is read before it is written, and those that the tail reads beside it. */
struct ahead *convolve_slide_ahead(const struct slide *s, int64_t tiles, struct ahead *ahead);
void convolve_slide_group(const struct slide *s, int64_t group);
/* From scratch to a result of any strides, line by line of the image. */
void convolve_slide_place(const struct slide *s, int64_t columns);

/* ---- convolve_across.c: few columns */

void convolve_across_group(const struct slide *s, int64_t group);

/* ---- convolve_weight.c: weight gradients */

struct weight {
    const struct convolve_run *run;
    char *scratch;
    int64_t group, row, rows, column, columns;
    void *out; /* rows of plan.block_columns */
    struct ahead *ahead;
};

/* Runs of pixels: a line of the result, or the part of it in the chunk.  Skips lead from line to
 * line of y, where y is read directly. */
int64_t convolve_weight_terms(const struct convolve *c, const struct image *image, int64_t from,
                              int64_t count, bool direct, struct terms *terms);
void *convolve_weight_pack(const struct weight *w, const struct chunk *chunk, int64_t from,
                           int64_t column, int64_t lanes);
void convolve_weight_task(const struct convolve_run *run, int task, void *scratch);
void convolve_weight_part(const struct convolve_run *run, int task, void *scratch);
/* Adds the chunks up, in their order, in the place of the first. */
void *convolve_weight_total(const struct convolve_run *run);
void convolve_weight_place_total(const struct convolve_run *run, void *scratch);

/* ---- convolve_winograd.c */

void convolve_winograd_pack(const struct convolve_run *run, int task, char *scratch);
void convolve_winograd_slide(const struct slide *s);
void convolve_winograd_part(const struct convolve_run *run, int task, char *scratch);
void convolve_winograd_total(const struct convolve_run *run, int task, char *scratch);

/* ---- convolve_depthwise.c */

void convolve_depthwise_pack(const struct convolve_run *run);
void convolve_depthwise_slide(const struct slide *s);
void convolve_depthwise_part(const struct convolve_run *run, int task, void *scratch);
void convolve_depthwise_place(const struct convolve_run *run);

#endif
