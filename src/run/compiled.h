/* A program at one set of sizes: by kernels, or by the interpreter. */
#ifndef RUN_COMPILED_H
#define RUN_COMPILED_H

#include "run/program.h"

ad_status compiled_new(ad_program *p, const struct dim_sizes *sizes, struct compiled **out);
void compiled_free(const ad_program *p, struct compiled *c);
/* Runs it; c->fetched has the results.  On failure the state is as before. */
ad_status compiled_run(ad_program *p, struct compiled *c, const ad_array *feeds);

#endif
