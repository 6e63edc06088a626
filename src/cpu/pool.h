/* Pooling on the CPU: loops over rows of an image, with the channels in vectors.  One table for
 * each instruction set; what the ops mean stands in op/pool.h. */
#ifndef CPU_POOL_H
#define CPU_POOL_H

#include "op/pool.h"

/* One direction.  Position i covers places i stride - padding to that + window - 1. */
struct pool_axis {
    int64_t in, out; /* places of x, positions of the window */
    int64_t window, stride, padding;
};

/* How an image lies: strides in elements.  Channels are neighbours. */
struct pool_lie {
    int64_t batch, row, column;
};

struct pool_job {
    struct pool_axis along, across; /* height or time; width */
    int64_t batch, channels;
    bool count_padding;
    struct pool_lie large, small, index; /* x or dx; the pooled image; the places of the largest */
};

#ifdef ADZE_EXTRAS
/* Places that are weighed sums of others: place i of start[i] <= k < start[i + 1], in order from 0,
 * of weight[k] times place from[k]. */
struct blend {
    int32_t *start, *from;
    const void *weight;
};

/* Makes places first to first + count - 1; a place is n neighbours, here and in x. */
typedef void blend_function(const struct blend *b, int64_t first, int64_t count, const void *x,
                            int64_t n, void *y);
#endif

/* Forward: rows first_row to first_row + rows - 1 among the batch * along.out rows of the result;
 * backward: among the batch * along.in rows of dx.  They lie in one image, or are whole images. */
struct pool_functions {
    /* y and index may be NULL */
    void (*largest)(const struct pool_job *job, const void *x, void *y, int32_t *index,
                    int64_t first_row, int64_t rows);
    void (*mean)(const struct pool_job *job, const void *x, void *y, int64_t first_row,
                 int64_t rows);
    /* every index lies in its own window */
    void (*largest_back)(const struct pool_job *job, const void *dy, const int32_t *index, void *dx,
                         int64_t first_row, int64_t rows);
    void (*mean_back)(const struct pool_job *job, const void *dy, void *dx, int64_t first_row,
                      int64_t rows);
};

struct pool_table {
    struct pool_functions f32, f64;
#ifdef ADZE_EXTRAS
    blend_function *blend; /* of f32 */
#endif
};

extern const struct pool_table cpu_pool_sse2, cpu_pool_avx2, cpu_pool_avx512, cpu_pool_neon;

#endif
