/* Random numbers: Philox 4x32-10 of (seed, step, stream, element). */
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

#endif
