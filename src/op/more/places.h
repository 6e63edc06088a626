/* Up to three axes of places, each with numbers of its own, and what works along one of them: x
 * (batch, places..., channels) seen as (outer, size, inner). */
#ifndef OP_MORE_PLACES_H
#define OP_MORE_PLACES_H

#include "core/graph.h"

enum { PLACES_MAX = 3, DEPTH_MAX = 64 };

struct places {
    ad_graph *graph;
    const char *call;
    int axes;
    int64_t window[PLACES_MAX], stride[PLACES_MAX], before[PLACES_MAX], after[PLACES_MAX];
    int64_t dilation[PLACES_MAX], extra[PLACES_MAX];
};

/* Poison where x is not f32 or f64 with as many axes of places; else NULL. */
ad_tensor *places_check(const char *call, ad_tensor *x, int least);
/* Numbers for each axis from an option, or usual, each at least so much; false: they are wrong. */
bool places_spread(const ad_shape *given, int axes, int64_t least, const int64_t *usual,
                   int64_t *out);
/* Checks x and reads options into p, which has .call and, of a convolution, .window: poison or
 * NULL. */
ad_tensor *places_read(struct places *p, ad_tensor *x, bool pools, const ad_window_nd_options *o);

ad_tensor *places_mistake(const struct places *p, ad_tensor *x, const char *words);

/* ad_reshape. */
ad_tensor *places_shape(ad_tensor *x, int rank, const ad_dim *size);
#define SHAPED(x, ...)                                                       \
    places_shape(x, (int)(sizeof((ad_dim[]){__VA_ARGS__}) / sizeof(ad_dim)), \
                 (const ad_dim[]){__VA_ARGS__})
/* (outer, size, inner) around an axis, and a result of that form with x's other axes. */
ad_tensor *places_along(ad_tensor *x, int axis);
ad_tensor *places_back(ad_tensor *y, const ad_shape *x, int axis);
/* ad_pad, where there is something to pad. */
ad_tensor *places_pad(ad_tensor *x, int axis, int64_t before, int64_t after, double value);

#endif
