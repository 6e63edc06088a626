/* Random numbers: Philox 4x32-10 (Salmon et al. 2011) of (seed, step, stream, element).
 *
 * With u in [0, 1) and z of the standard normal distribution as op/scalar.h makes them, in the type
 * of the result, every operation rounded to it and none fused:
 *
 *     uniform  low + scale * u, where scale is high - low, taken in double and rounded
 *     normal   mean + deviation * z */
#ifndef OP_RANDOM_H
#define OP_RANDOM_H

#include "core/graph.h"

struct uniform_attributes {
    ad_type type;
    ad_shape shape;
    double low, high;
    int64_t stream;
};

struct normal_attributes {
    ad_type type;
    ad_shape shape;
    double mean, deviation;
    int64_t stream;
};

extern const struct op op_uniform, op_normal;

/* A uniform node that counts in its scope as one of that kind: "uniform", "dropout". */
ad_tensor *random_uniform(ad_graph *graph, const char *kind, ad_type type, ad_shape shape,
                          double low, double high);

/* Number i of a stream of a call: in [0, 1), and of the standard normal distribution. */
double random_unit_at(const struct call *c, uint64_t stream, uint64_t i);
double random_normal_at(const struct call *c, uint64_t stream, uint64_t i);
/* Poison where there is no graph or the shape is none. */
ad_tensor *random_check(ad_graph *graph, const char *call, const ad_shape *shape);

#endif
