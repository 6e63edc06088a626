/* Sums, largest, smallest and products, as functions of the printed file, in the order of
 * core/order.h.
 *
 * Results of pieces that are themselves reduced are found by recursion, so that no memory is
 * needed. */
#include "emit/emit.h"
#include "op/reduce.h"

static const char *thing(const struct op *op)
{
    static const char *const things[] = {"sum", "largest", "smallest", "product"};
    return things[reduction_of(op)];
}

struct phrase emit_identity(const struct op *op, ad_type type)
{
    bool low = op == &op_max;
    if (op == &op_sum || reduction_of(op) == REDUCE_PRODUCT)
        return emit_number(type, op != &op_sum);
    if (type == AD_I32 || type == AD_I64)
        return emit_phrase("INT%s_%s", type == AD_I32 ? "32" : "64", low ? "MIN" : "MAX");
    return emit_phrase(low ? "-INFINITY" : "INFINITY");
}

static const char choice_form[] = "/* The $1 of two. */\n"
                                  "static inline $2 $3($2 a, $2 b)\n"
                                  "{\n"
                                  "    return a $4 b ? a : b;\n"
                                  "}\n";

static const char real_choice_form[] = "/* The $1 of two; NaN if one is. */\n"
                                       "static inline $2 $3($2 a, $2 b)\n"
                                       "{\n"
                                       "    if (a != a || b != b)\n"
                                       "        return a != a ? a : b;\n"
                                       "    return a $4 b ? a : b;\n"
                                       "}\n";

struct phrase emit_combine(struct emit *e, const struct op *op, ad_type type, const char *a,
                           const char *b)
{
    if (op == &op_sum)
        return emit_add(e, type, a, b);
    if (reduction_of(op) == REDUCE_PRODUCT)
        return emit_call(e, &op_mul, type, (const char *const[]){a, b, ""});
    bool whole = type == AD_I32 || type == AD_I64;
    struct phrase name = emit_phrase("%s_%s", thing(op), ad_type_name(type));
    const char *argument[] = {thing(op), emit_type(type), name.text, op == &op_max ? ">" : "<"};
    emit_helper(e, name.text, whole ? choice_form : real_choice_form, argument);
    return emit_phrase("%s(%s, %s)", name.text, a, b);
}

static const char row_form[] =
    "/* The $1 of n neighbours.  Number i goes to lane i % LANES, and the lanes are joined as a "
    "tree.\n"
    " * Of more than PIECE numbers, every PIECE of them count as one number, their $1. */\n"
    "static $2 $3(const $2 *x, int64_t n)\n"
    "{\n"
    "    $2 lane[LANES];\n"
    "    int64_t piece = 1;\n"
    "    while (n > piece * PIECE)\n"
    "        piece *= PIECE;\n"
    "    for (int i = 0; i < LANES; i++)\n"
    "        lane[i] = $4;\n"
    "    for (int64_t i = 0; i * piece < n; i++) {\n"
    "        const int64_t rest = n - i * piece;\n"
    "        const $2 next = piece == 1 ? x[i] : $3(x + i * piece, rest < piece ? rest : piece);\n"
    "        lane[i % LANES] = $5;\n"
    "    }\n"
    "    for (int w = LANES / 2; w > 0; w /= 2)\n"
    "        for (int i = 0; i < w; i++)\n"
    "            lane[i] = $6;\n"
    "    return lane[0];\n"
    "}\n";

struct phrase emit_row_function(struct emit *e, const struct op *op, ad_type type)
{
    struct phrase name = emit_phrase("%s_of_row_%s", thing(op), ad_type_name(type));
    struct phrase first = emit_identity(op, type);
    struct phrase add = emit_combine(e, op, type, "lane[i % LANES]", "next");
    struct phrase join = emit_combine(e, op, type, "lane[i]", "lane[i + w]");
    const char *argument[] = {thing(op),  emit_type(type), name.text,
                              first.text, add.text,        join.text};
    emit_helper(e, name.text, row_form, argument);
    return name;
}

static const char column_form[] =
    "/* The $1 of n numbers that lie stride apart, in order.  Of more than BLOCK numbers, every "
    "BLOCK\n"
    " * of them count as one number, their $1. */\n"
    "static $2 $3(const $2 *x, int64_t n, int64_t stride)\n"
    "{\n"
    "    $2 total = $4;\n"
    "    int64_t block = 1;\n"
    "    while (n > block * BLOCK)\n"
    "        block *= BLOCK;\n"
    "    for (int64_t i = 0; i * block < n; i++) {\n"
    "        const int64_t rest = n - i * block;\n"
    "        const $2 *at = x + i * block * stride;\n"
    "        const $2 next = block == 1 ? *at : $3(at, rest < block ? rest : block, stride);\n"
    "        total = $5;\n"
    "    }\n"
    "    return total;\n"
    "}\n";

struct phrase emit_column_function(struct emit *e, const struct op *op, ad_type type)
{
    struct phrase name = emit_phrase("%s_of_column_%s", thing(op), ad_type_name(type));
    struct phrase first = emit_identity(op, type);
    struct phrase add = emit_combine(e, op, type, "total", "next");
    const char *argument[] = {thing(op), emit_type(type), name.text, first.text, add.text};
    emit_helper(e, name.text, column_form, argument);
    return name;
}
