/* The list of all ops. */
#include <string.h>

#include "core/op.h"
#include "op/row.h"

#define OP(name) extern const struct op op_##name;
#include "op/ops.def"
#undef OP

#define OP(name) &op_##name,
static const struct op *const ops[] = {
#include "op/ops.def"
};
#undef OP

static const int op_count = (int)(sizeof ops / sizeof ops[0]);

const struct op *op_at(int i)
{
    if (i < 0 || i >= op_count + row_op_count())
        return NULL;
    return i < op_count ? ops[i] : row_op_at(i - op_count);
}

const struct op *op_find(const char *name)
{
    const struct op *op;
    for (int i = 0; (op = op_at(i)); i++)
        if (!strcmp(op->name, name))
            return op;
    return NULL;
}
