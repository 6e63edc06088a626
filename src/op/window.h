/* Windows that slide over the places of an image or a sequence: what convolution and pooling share.
 *
 * Images are (batch, height, width, channels), sequences (batch, time, channels); a sequence is
 * treated as an image of width 1, with window 1, stride 1, padding 0, dilation 1 along the width.
 */
#ifndef OP_WINDOW_H
#define OP_WINDOW_H

#include "core/graph.h"

/* One direction: tap t of position o reads place o stride - padding + t dilation. */
struct window_axis {
    int64_t window, stride, padding, dilation;
};

/* Positions of the window: (size + 2 padding - dilation (window - 1) - 1) / stride + 1.  Fails
 * where the window is larger than the padded size, or a number makes no sense. */
ad_status window_count(ad_graph *graph, ad_dim size, const struct window_axis *axis, ad_dim *count);
/* The size that gives so many positions and leaves no place unused, and extra more:
 *     (count - 1) stride - 2 padding + dilation (window - 1) + 1 + extra
 * Fails where that is below zero. */
ad_status window_size(ad_graph *graph, ad_dim count, const struct window_axis *axis, int64_t extra,
                      ad_dim *size);

/* Fails where an option of the width is given for x of that rank, which has none. */
ad_status window_check_width(const ad_window_options *o, int rank);

/* Sizes of x or dy in either rank: (batch, height, width, channels) with width 1 for sequences. */
struct window_image {
    int64_t batch, height, width, channels;
};
struct window_image window_image(const ad_shape *shape);

#endif
