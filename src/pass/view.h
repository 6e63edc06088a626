/* Which tensors are only other ways of looking at a value: transposes, slices, expansions, and
 * reshapes where the strides allow. */
#ifndef PASS_VIEW_H
#define PASS_VIEW_H

#include "core/backend.h"

/* A contiguous view of a whole value. */
struct view view_whole(int value, ad_type type, const ad_shape *shape);
/* The result of a view node from the view of its input; false where it has to be copied. */
bool view_of_node(const struct node *node, const struct view *in, struct view *out);
/* The view read as if it had the given shape by broadcasting. */
struct view view_broadcast(const struct view *view, const ad_shape *shape);
/* The view without its axes of size 1. */
struct view view_squeeze(const struct view *view);
bool view_is_contiguous(const struct view *view);
/* Element strides of a contiguous array. */
void view_strides(const ad_shape *shape, int64_t *stride);

/* The same elements in another shape, without a copy; false where they do not lie evenly. */
bool view_reshape(const struct view *in, const ad_shape *shape, struct view *out);

#endif
