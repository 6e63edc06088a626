/* The gradient of a scan is a scan over the same steps the other way. */
#ifndef OP_SCAN_GRADIENT_H
#define OP_SCAN_GRADIENT_H

#include "core/op.h"

void scan_gradient(struct gradient *g);

#endif
