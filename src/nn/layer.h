/* What layers share: a name, and variables and buffers below it. */
#ifndef NN_LAYER_H
#define NN_LAYER_H

#include "core/graph.h"

struct layer {
    ad_graph *graph;
    const char *kind; /* "linear", for messages */
    const char *name; /* "linear2", the scope not included; NULL without memory */
    ad_type type;     /* of its variables: that of x */
    double bound;     /* weights start in -bound..bound */
};

/* Checks that x is f32 or f64, has at least rank axes, and that the last size, the features, is a
 * number; poison else, NULL where all is well. */
ad_tensor *layer_begin(struct layer *layer, const char *kind, const char *name, ad_tensor *x,
                       int rank);
/* fan_in numbers are added up for each result: uniform in +-1/sqrt(fan_in), which is what PyTorch's
 * kaiming_uniform with a = sqrt(5) comes to (He et al. 2015). */
void layer_fan_in(struct layer *layer, double fan_in);

/* "linear 'fc1': ..." */
ad_tensor *layer_mistake(const struct layer *layer, ad_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Variables called name.part. */
ad_tensor *layer_variable(const struct layer *layer, ad_role role, const char *part,
                          ad_tensor *initial);
ad_tensor *layer_uniform(const struct layer *layer, ad_role role, const char *part, ad_shape shape);
/* A weight that starts so, or where normal is given normal with that deviation; a bias that then
 * starts with zeros. */
ad_tensor *layer_weight(const struct layer *layer, const char *part, ad_shape shape, double normal);
ad_tensor *layer_bias(const struct layer *layer, const char *part, ad_shape shape, double normal);
ad_tensor *layer_full(const struct layer *layer, ad_role role, const char *part, ad_shape shape,
                      double value);

/* NULL where a deviation is one, or AD_AUTO. */
ad_tensor *layer_check_normal(const struct layer *layer, const char *option, double normal);

/* A shared weight (rows, columns): NULL where it fits; columns < 0: any.  Its type is the layer's.
 */
ad_tensor *layer_check_shared(const struct layer *layer, ad_tensor *weight, int64_t rows,
                              int64_t columns);

/* Lengths of the examples of x (batch, time, ...): NULL where they fit, or length is NULL. */
ad_tensor *layer_check_length(const struct layer *layer, const ad_tensor *x, ad_tensor *length);
/* bool (batch, time, 1): which steps are within the length; a length outside 0..time fails the
 * run. */
ad_tensor *layer_inside(const struct layer *layer, const ad_tensor *x, ad_tensor *length);

#endif
