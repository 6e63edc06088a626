/* One step down a gradient of which few rows are not zero. */
#ifndef OP_MORE_DESCEND_ROWS_H
#define OP_MORE_DESCEND_ROWS_H

#include "op/gather.h"

/* base (rows, b...), index (i...), part (i..., b...), rate (), with scatter_add's attributes. */
extern const struct op op_descend_rows;

#endif
