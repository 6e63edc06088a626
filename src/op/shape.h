/* Ops that rename or move elements.  All axes are counted from 0. */
#ifndef OP_SHAPE_H
#define OP_SHAPE_H

#include "core/graph.h"

/* reshape: the same elements in the same order; expand: broadcast to shape */
struct reshape_attributes {
    ad_shape shape;
};

/* Axis i of the result is axis order.axis[i] of the input. */
struct transpose_attributes {
    ad_axes order;
};

/* Element i of the result is element begin + i step along the axis. */
struct slice_attributes {
    int64_t axis;
    ad_dim begin, count;
    int64_t step;                   /* may be negative, not 0 */
    int64_t asked_begin, asked_end; /* what the program wrote, for messages; both 0: nothing */
};

/* The adjoint of slice: an axis of that size, element i at begin + i step, zeros elsewhere. */
struct spread_attributes {
    int64_t axis;
    ad_dim size, begin;
    int64_t step;
};

struct concat_attributes {
    int64_t axis;
};

struct pad_attributes {
    int64_t axis, before, after;
    double value;
};

/* The gradient is held within -limit and limit. */
struct clip_attributes {
    double limit;
};

extern const struct op op_reshape, op_expand; /* reshape_attributes */
extern const struct op op_transpose, op_slice, op_spread, op_concat, op_pad;
extern const struct op op_stop_gradient; /* no attributes */
extern const struct op op_clip_gradient; /* clip_attributes */

/* The elements in memory around one axis: shape = (outer, size, inner). */
struct axis_split {
    int64_t outer, size, inner;
};
struct axis_split shape_split(const ad_shape *shape, int64_t axis);

/* x[..., begin + i step, ...] for i < count. */
ad_tensor *shape_slice(ad_tensor *x, int64_t axis, ad_dim begin, ad_dim count, int64_t step);

#endif
