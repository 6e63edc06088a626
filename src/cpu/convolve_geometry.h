/* Where the taps of a convolution's window fall.
 *
 * All kinds slide a window over an image that has been given a margin of zeros.  Forward, result
 * row i reads image rows i * stride + p * dilation, the margin being the padding.  In an input
 * gradient row h reads i = (h + padding - p * dilation) / stride, for the taps p that divide
 * evenly: the same taps for all h of one phase h mod stride.  With h = phase + stride * j that is
 * row j + (phase + padding - p * dilation) / stride + margin: again a sum of a term of the result's
 * place and a term of the tap. */
#ifndef CPU_CONVOLVE_GEOMETRY_H
#define CPU_CONVOLVE_GEOMETRY_H

#include "cpu/contract_private.h"

static inline bool convolve_back(const struct convolve *c)
{
    return c->kind == CONVOLVE_INPUT_GRADIENT;
}

static inline int64_t convolve_phases(const struct convolve *c, int axis)
{
    return convolve_back(c) ? c->axis[axis].stride : 1;
}

static inline bool convolve_tap_counts(const struct convolve *c, int axis, int64_t phase,
                                       int64_t tap)
{
    const struct convolve_axis *a = &c->axis[axis];
    return !convolve_back(c) || (phase + a->padding - tap * a->dilation) % a->stride == 0;
}

/* The tap's term of the image row; plan.margin is filled. */
static inline int64_t convolve_tap_at(const struct convolve *c, int axis, int64_t phase,
                                      int64_t tap)
{
    const struct convolve_axis *a = &c->axis[axis];
    if (!convolve_back(c))
        return tap * a->dilation;
    return (phase + a->padding - tap * a->dilation) / a->stride + c->plan.margin[axis];
}

/* The result's term of the image row. */
static inline int64_t convolve_place_at(const struct convolve *c, int axis, int64_t index)
{
    return convolve_back(c) ? index / c->axis[axis].stride : index * c->axis[axis].stride;
}

/* Extents of the image without its margin, and of the result. */
static inline int64_t convolve_image_extent(const struct convolve *c, int axis)
{
    return convolve_back(c) ? c->axis[axis].out : c->axis[axis].in;
}

static inline int64_t convolve_result_extent(const struct convolve *c, int axis)
{
    return convolve_back(c) ? c->axis[axis].in : c->axis[axis].out;
}

/* Image rows, of all images stacked with their margins. */
struct convolve_band {
    int64_t first, count;
};

/* What results first..first + rows - 1 need, counted through (image, row, column) with the given
 * extents. */
static inline struct convolve_band convolve_band(const struct convolve *c, int64_t first,
                                                 int64_t rows)
{
    int64_t height = convolve_result_extent(c, 0), width = convolve_result_extent(c, 1);
    int64_t a = first / width, b = (first + rows - 1) / width;
    int64_t from = a / height * c->plan.extent[0] + convolve_place_at(c, 0, a % height);
    int64_t to =
        b / height * c->plan.extent[0] + convolve_place_at(c, 0, b % height) + c->plan.reach[0];
    return (struct convolve_band){from, to - from + 1};
}

/* Elements of the largest copy of image rows that `rows` of `total` results need, beginning at a
 * multiple of `rows`. */
int64_t convolve_largest_image(const struct convolve *c, int64_t total, int64_t rows);

/* Fills the plan, where this way can be gone and is welcome; regular: results lie one step apart.
 */
bool convolve_winograd_plan(struct convolve *c, int64_t lanes, bool regular);

/* Columns of an image line that leave the same rest by the stride with which results move. */
static inline int64_t convolve_part(const struct convolve *c)
{
    return parts(c->plan.extent[1], convolve_back(c) ? 1 : c->axis[1].stride);
}

#endif
