/* A program at one set of sizes: by kernels, or by the interpreter. */
#ifndef RUN_COMPILED_H
#define RUN_COMPILED_H

#include "run/program.h"

/* What the program computes at these sizes, behind the first so many of its fetches, after the
 * passes; backend: for whose kernels, or NULL for the interpreter. */
ad_status compiled_work(const ad_program *p, const struct dim_sizes *sizes, int fetches,
                        const struct backend *backend, struct work *out);
ad_status compiled_new(ad_program *p, const struct dim_sizes *sizes, struct compiled **out);
void compiled_free(const ad_program *p, struct compiled *c);
/* Runs it; c->fetched has the results.  On failure the state is as before. */
ad_status compiled_run(ad_program *p, struct compiled *c, const ad_array *feeds);

#endif
