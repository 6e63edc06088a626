/* A scan as a kernel: the body is a plan of its own, run once for each step. */
#ifndef RUN_SCAN_KERNEL_H
#define RUN_SCAN_KERNEL_H

#include "core/backend.h"

ad_status scan_lower(ad_context *context, const struct step *step, struct kernel *kernel);

#endif
