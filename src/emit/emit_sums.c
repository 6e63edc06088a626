/* Sums, largest and smallest, as functions of the printed file, in the order of core/order.h.
 *
 * Results of pieces that are themselves reduced are found by recursion, so that no memory is needed. */
#include <stdio.h>
#include <string.h>

#include "core/order.h"
#include "emit/emit.h"
#include "op/reduce.h"

/* The words of op_sum, op_maximum, op_minimum. */
static const char *thing(const struct op *op)
{
    return op == &op_sum ? "sum" : op == &op_maximum ? "largest" : "smallest";
}

struct phrase emit_identity(const struct op *op, ad_type type)
{
    if (op == &op_sum)
        return emit_number(type, 0);
    bool low = op == &op_maximum;
    switch (type) {
    case AD_I32: return emit_phrase(low ? "INT32_MIN" : "INT32_MAX");
    case AD_I64: return emit_phrase(low ? "INT64_MIN" : "INT64_MAX");
    default: return emit_phrase(low ? "-INFINITY" : "INFINITY");
    }
}

/* The larger or smaller of two; the first NaN if one is. */
static void define_choice(struct emit *e, const struct op *op, ad_type type, const char *name)
{
    char definition[600];
    bool real = type == AD_F32 || type == AD_F64;
    snprintf(definition, sizeof definition,
             "/* The %s of two%s. */\n"
             "static inline %2$s %s(%2$s a, %2$s b)\n"
             "{\n"
             "%s"
             "    return a %s b ? a : b;\n"
             "}\n",
             thing(op), real ? ", NaN if one is" : "", emit_type(type), name,
             real ? "    if (a != a || b != b)\n        return a != a ? a : b;\n" : "",
             op == &op_maximum ? ">" : "<");
    emit_helper(e, name, definition);
}

struct phrase emit_combine(struct emit *e, const struct op *op, ad_type type, const char *a, const char *b)
{
    if (op == &op_sum)
        return emit_add(e, type, a, b);
    struct phrase name = emit_phrase("%s_%s", thing(op), ad_type_name(type));
    define_choice(e, op, type, name.text);
    return emit_phrase("%s(%s, %s)", name.text, a, b);
}
