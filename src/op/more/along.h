/* Ops along one axis of arrays that are seen as (outer, size, inner) round it.  A position is one
 * of outer x inner: one pass over the axis, which no other position touches, so that any cut of the
 * positions gives the same bits. */
#ifndef OP_MORE_ALONG_H
#define OP_MORE_ALONG_H

#include <adze/ops.h>

#include <string.h>

#include "op/shape.h"

struct along_attributes {
    int64_t axis;
    int64_t how;  /* scatter_along: enum ad_scatter_how; cummax: 1 for the smallest; recurrence:
                     1 for factors one step earlier */
    bool reverse; /* scans: from the end of the axis to its beginning */
};

struct sort_attributes {
    int64_t axis;    /* first, as in struct along_attributes */
    ad_dim count;    /* places of the result along the axis */
    bool descending; /* the largest first */
};

extern const struct op op_take_along, op_scatter_along;
extern const struct op op_cumsum, op_cumprod, op_recurrence, op_cummax;
extern const struct op op_standard_gamma, op_gamma_slope; /* element by element */
extern const struct op op_sort;                           /* results: values and places */

/* An element in sorting.  Keys are whole numbers without sign in the order of the elements: -0 and
 * 0 have one, and all NaNs the one above all others. */
struct entry {
    uint64_t key;
    int64_t place;
};

static inline uint64_t sort_key(ad_type type, const void *x, int64_t i)
{
    int width = type == AD_F64 || type == AD_I64 ? 64 : 32;
    uint64_t sign = (uint64_t)1 << (width - 1), all = sign | (sign - 1), bits = 0;
    double number = 0;
    if (type == AD_F32) {
        float single = ((const float *)x)[i] + 0.0f;
        uint32_t half;
        memcpy(&half, &single, sizeof half);
        bits = half, number = (double)single;
    } else if (type == AD_F64) {
        number = ((const double *)x)[i] + 0.0;
        memcpy(&bits, &number, sizeof bits);
    } else {
        bits = type == AD_I32 ? ((const uint32_t *)x)[i] : ((const uint64_t *)x)[i];
        return bits ^ sign;
    }
    return number != number ? all : bits & sign ? bits ^ all : bits | sign;
}

/* Positions begin to end - 1 of a call whose arrays lie packed; results without data are left out.
 */
typedef ad_status along_run(const struct call *c, int64_t begin, int64_t end, void *room);
along_run indexed_run, scan_run, sort_run, gamma_run, gamma_slope_run;
/* Bytes of room that a run takes; x: the concrete shape of its first input. */
size_t along_room(const struct node *node, const ad_shape *x);
size_t sort_room(const struct node *node, const ad_shape *x);
/* NULL: not an op of that kind. */
along_run *along_find(const struct op *op);
/* x: the concrete shape of input 0, whose elements are all positions where there is no axis. */
struct axis_split along_split(const struct node *node, const ad_shape *x);
/* The whole call: what the interpreter does. */
ad_status along_naive(const struct call *c);

/* Shape rules: the type has an order (f32, f64, i32, i64), and a plain axis is inside the shape. */
ad_status along_check_number(const ad_tensor *x);
ad_status along_check_axis(const struct infer *f, int64_t axis);
/* The gradient of what takes elements of its input: result 0, from the places in result 1. */
ad_tensor *along_spread(struct gradient *g, int64_t axis);
ad_tensor *along_no_axis(const char *call, ad_tensor *x, int axis);
/* A node of a plain axis, from a call with an axis counted from either end. */
ad_tensor *along_node(const char *call, const struct op *op, struct along_attributes a,
                      ad_tensor *const *in, int count);

#endif
