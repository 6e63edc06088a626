/* Convolution and its two adjoints, in one or two dimensions, features last.  Each one's gradients
 * are the two others.
 *
 *     op                  inputs
 *     convolution         x, w   y[n, o, f]  = sum over (kh, kw, c) of  x[n, i, c] w[f, c, k]
 *     convolution_input   dy, w  dx[n, i, c] = sum over (kh, kw, f) of  dy[n, o, f] w[f, c, k]
 *     convolution_weight  x, dy  dw[f, c, k] = sum over (n, oh, ow) of  x[n, i, c] dy[n, o, f]
 *
 * with k = (kh, kw), o = (oh, ow) and i = o stride - padding + k dilation.  Weights are (filters,
 * channels / groups, height, width) or (filters, channels / groups, time). */
#ifndef OP_CONVOLUTION_H
#define OP_CONVOLUTION_H

#include "op/window.h"

struct window_attributes {
    int64_t stride, stride_w, padding, padding_w, dilation, dilation_w, groups;
};

/* size, size_w: of x; size_w is 1 for sequences */
struct convolution_input_attributes {
    struct window_attributes window; /* first, so that it can be read as window_attributes */
    ad_dim size, size_w;
};

/* kernel, kernel_w: of w; kernel_w is 1 for sequences */
struct convolution_weight_attributes {
    struct window_attributes window;
    int64_t kernel, kernel_w;
};

extern const struct op op_convolution;       /* window_attributes */
extern const struct op op_convolution_input; /* the transposed convolution */
extern const struct op op_convolution_weight;

/* All sizes of one convolution, whichever of the three ops it is. */
struct convolution_sizes {
    int64_t batch, height, width, channels; /* x */
    int64_t out_height, out_width, filters; /* dy */
    int64_t kernel, kernel_w;
    int64_t stride, stride_w, padding, padding_w, dilation, dilation_w, groups;
};
/* From the concrete shapes of x, w and y in that role. */
struct convolution_sizes convolution_sizes(const struct window_attributes *window,
                                           const ad_shape *x, const ad_shape *w, const ad_shape *y);

#endif
