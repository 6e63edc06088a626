/* The passes in their order, from what a program computes to primitives. */
#ifndef PASS_PIPELINE_H
#define PASS_PIPELINE_H

#include "core/backend.h"

struct pipeline_options {
    ad_pass_switches off;
    ad_type precision;
    bool training;
    bool naive; /* only what the interpreter needs: composites expanded */
    const struct backend *backend;
};

/* Takes graph over and replaces the roots; NULL and fail() where it fails. */
ad_graph *pipeline(ad_graph *graph, const struct pipeline_options *options, ad_tensor **roots,
                   int count);

#endif
