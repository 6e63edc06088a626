/* The records and public constructors of the elementwise ops, made from the table. */
#include "op/row.h"

#include <string.h>

#include "base/error.h"
#include "op/broadcast.h"
#include "op/reader.h"
#include "op/rows.h"

/* ---- shapes and types */

static bool type_fits(enum row_types types, ad_type type)
{
    bool real = type == AD_F32 || type == AD_F64;
    switch (types) {
    case ROW_FLOAT: return real;
    case ROW_NUMBER: return real || type == AD_I32 || type == AD_I64 || type == AD_U8;
    case ROW_WHOLE: return type == AD_I32 || type == AD_I64 || type == AD_U8;
    case ROW_TRUTH: return type == AD_BOOL;
    case ROW_ANY: return true;
    }
    return false;
}

static const char *type_words(enum row_types types)
{
    switch (types) {
    case ROW_FLOAT: return "f32 or f64; ad_cast the input";
    case ROW_NUMBER: return "numbers; ad_cast the input";
    case ROW_WHOLE: return "i32, i64 or u8; ad_cast the input";
    case ROW_TRUTH: return "bool; a comparison makes one";
    case ROW_ANY: break;
    }
    return "";
}

/* where has a condition in front. */
static int first_value(const struct op *op)
{
    return op == &op_where ? 1 : 0;
}

static ad_status infer_type(struct infer *f)
{
    const struct row *row = f->op->row;
    int first = first_value(f->op);
    ad_type type = f->in[first]->type;
    if (first && f->in[0]->type != AD_BOOL)
        return fail(AD_ERROR_TYPE, "the condition is %s and has to be bool; compare with something",
                    ad_type_name(f->in[0]->type));
    if (type > AD_BOOL)
        return fail(AD_ERROR_TYPE, "%s is for storage; ad_cast it to f32, f64, i32 or i64",
                    ad_type_name(type));
    if (!type_fits(row->types, type))
        return fail(AD_ERROR_TYPE, "%s is not what it takes: %s", ad_type_name(type),
                    type_words(row->types));
    for (int i = first + 1; i < f->in_count; i++)
        if (f->in[i]->type != type)
            return fail(AD_ERROR_TYPE, "the types %s and %s differ; ad_cast one of them",
                        ad_type_name(type), ad_type_name(f->in[i]->type));
    f->type[0] = row->result == ROW_RESULT_TRUTH ? AD_BOOL : type;
    return AD_OK;
}

static ad_status infer(struct infer *f)
{
    TRY(infer_type(f));
    ad_shape shape = f->in[0]->shape;
    for (int i = 1; i < f->in_count; i++) {
        ad_shape left = shape;
        if (!graph_broadcast(&left, &f->in[i]->shape, &shape))
            return fail(
                AD_ERROR_SHAPE,
                "shapes %s and %s do not broadcast: counted from the last axis, sizes have to "
                "be equal or 1; ad_reshape or ad_expand one of them",
                graph_shape_text(f->graph, &left), graph_shape_text(f->graph, &f->in[i]->shape));
    }
    f->shape[0] = shape;
    return AD_OK;
}

/* ---- value and gradient by the texts */

static struct reading reading_of(ad_graph *graph, const struct node *node, ad_tensor *const *in)
{
    const struct row_attributes *a = node->attributes;
    struct reading reading = {
        .graph = graph, .op = node->op, .type = in[first_value(node->op)]->type};
    if (a)
        memcpy(reading.attribute, a->a, sizeof reading.attribute);
    for (int i = 0; i < node->in_count; i++)
        reading.operand[i] = in[i];
    return reading;
}

static void expand(ad_graph *graph, const struct node *node, ad_tensor *const *in, ad_tensor **out)
{
    struct reading reading = reading_of(graph, node, in);
    const bool wide = node->op->row->wide && reading.type == AD_F32;
    if (wide) {
        reading.type = AD_F64;
        reading.operand[0] = ad_cast(in[0], AD_F64);
    }
    out[0] = reader_read(&reading, node->op->row->value);
    if (wide)
        out[0] = ad_cast(out[0], AD_F32);
}

static void gradient(struct gradient *g)
{
    struct reading reading = reading_of(g->graph, g->node, g->in);
    reading.y = g->out[0];
    reading.d = g->dy[0];
    for (int i = 0; i < g->node->in_count; i++) {
        const char *text = g->node->op->row->gradient[i];
        if (text && g->wanted[i])
            g->dx[i] = graph_sum_to(reader_read(&reading, text), &g->in[i]->shape);
    }
}

/* ---- records */

#define ROW_HEAD(text) .name = #text, .number = ROW_##text
#define ROW_TEST(low_, high_, kinks_) \
    .low = (float)(low_), .high = (float)(high_), .kinks = ROW_##kinks_
#define OP_HEAD(text, count, words_)                                                      \
    .name = #text, .doc = (words_), .in_min = (count), .in_max = (count), .infer = infer, \
    .row = &row_##text

#define PRIMITIVE(name, is_special, count, types_, low, high, kinks, words, ...)              \
    static const struct row row_##name = {ROW_HEAD(name),         ROW_TEST(low, high, kinks), \
                                          .arity = (count),       .primitive = true,          \
                                          .types = ROW_##types_,  .gradient = {__VA_ARGS__},  \
                                          .kernel = KERNEL_##name};                           \
    const struct op op_##name = {OP_HEAD(name, count, words), .gradient = gradient,           \
                                 .naive = row_naive, .special = is_special};
#define FLAT(name, count, types_, result_, low, high, words)                                      \
    static const struct row row_##name = {ROW_HEAD(name),         ROW_TEST(low, high, SMOOTH),    \
                                          .arity = (count),       .primitive = true,              \
                                          .types = ROW_##types_,  .result = ROW_RESULT_##result_, \
                                          .kernel = KERNEL_##name};                               \
    const struct op op_##name = {OP_HEAD(name, count, words), .naive = row_naive,                 \
                                 .no_gradient = "its result is constant between jumps"};
#define COMPOSITE(name, is_wide, count, value_, low, high, kinks, words, ...)           \
    static const struct row row_##name = {ROW_HEAD(name),   ROW_TEST(low, high, kinks), \
                                          .arity = (count), .value = (value_),          \
                                          .wide = is_wide,  .gradient = {__VA_ARGS__}}; \
    const struct op op_##name = {OP_HEAD(name, count, words), .gradient = gradient,     \
                                 .expand = expand};

#define PRIMITIVE1(name, types, gradient, low, high, kinks, words) \
    PRIMITIVE(name, false, 1, types, low, high, kinks, words, gradient)
#define PRIMITIVE2(name, types, gradient_x, gradient_z, low, high, kinks, words) \
    PRIMITIVE(name, false, 2, types, low, high, kinks, words, gradient_x, gradient_z)
#define PRIMITIVE3(name, types, gradient_z, gradient_w, low, high, kinks, words) \
    PRIMITIVE(name, false, 3, types, low, high, kinks, words, NULL, gradient_z, gradient_w)
#define SPECIAL1(name, types, gradient, low, high, kinks, words) \
    PRIMITIVE(name, true, 1, types, low, high, kinks, words, gradient)
#define SPECIAL2(name, types, gradient_x, gradient_z, low, high, kinks, words) \
    PRIMITIVE(name, true, 2, types, low, high, kinks, words, gradient_x, gradient_z)
#define FLAT1(name, types, result, low, high, words) FLAT(name, 1, types, result, low, high, words)
#define FLAT2(name, types, result, low, high, words) FLAT(name, 2, types, result, low, high, words)
#define COMPOSITE1(name, value, gradient, low, high, kinks, words) \
    COMPOSITE(name, false, 1, value, low, high, kinks, words, gradient)
#define WIDE1(name, value, gradient, low, high, kinks, words) \
    COMPOSITE(name, true, 1, value, low, high, kinks, words, gradient)
#define COMPOSITE2(name, value, gradient_x, gradient_z, low, high, kinks, words) \
    COMPOSITE(name, false, 2, value, low, high, kinks, words, gradient_x, gradient_z)
#define SLOPE(name, value_, gradient_, words)                                          \
    static const struct row row_##name = {ROW_HEAD(name),    ROW_TEST(-5, 5, SMOOTH),  \
                                          .arity = 2,        .slope = true,            \
                                          .value = (value_), .gradient = {gradient_}}; \
    const struct op op_##name = {OP_HEAD(name, 2, words), .gradient = gradient, .expand = expand};
#define TRUTH1(name, value_, low, high, words)                                                     \
    static const struct row row_##name = {ROW_HEAD(name), ROW_TEST(low, high, SMOOTH), .arity = 1, \
                                          .value = (value_), .result = ROW_RESULT_TRUTH};          \
    const struct op op_##name = {OP_HEAD(name, 1, words), .expand = expand,                        \
                                 .no_gradient = "its result is constant between jumps"};
#define ATTRIBUTE(name, k, initial)                                               \
    {                                                                             \
#name, FIELD_NUMBER, offsetof(struct row_attributes, a[k]), initial, 0, 0 \
    }
#define WITH_ATTRIBUTES(name, value_, gradient_, low, high, kinks, words)                         \
    static const struct row row_##name = {ROW_HEAD(name), ROW_TEST(low, high, kinks), .arity = 1, \
                                          .value = (value_), .gradient = {gradient_}};            \
    const struct op op_##name = {OP_HEAD(name, 1, words), FIELDS(fields_##name),                  \
                                 .attribute_size = sizeof(struct row_attributes),                 \
                                 .gradient = gradient, .expand = expand};
#define COMPOSITE1A(name, a, initial_, value, gradient, low, high, kinks, words) \
    static const struct field fields_##name[] = {ATTRIBUTE(a, 0, initial_)};     \
    WITH_ATTRIBUTES(name, value, gradient, low, high, kinks, words)
#define COMPOSITE1AA(name, a, a_initial, b, b_initial, value, gradient, low, high, kinks, words) \
    static const struct field fields_##name[] = {ATTRIBUTE(a, 0, a_initial),                     \
                                                 ATTRIBUTE(b, 1, b_initial)};                    \
    WITH_ATTRIBUTES(name, value, gradient, low, high, kinks, words)
#include "op/elementwise.def"

/* ---- constructors */

#define CONSTRUCTOR1(name)                       \
    ad_tensor *(ad_##name)(ad_tensor * x)        \
    {                                            \
        return graph_node1(&op_##name, NULL, x); \
    }
#define CONSTRUCTOR2(name)                               \
    ad_tensor *(ad_##name)(ad_tensor * x, ad_tensor * z) \
    {                                                    \
        return graph_node2(&op_##name, NULL, x, z);      \
    }
#define PRIMITIVE1(name, ...) CONSTRUCTOR1(name)
#define PRIMITIVE2(name, ...) CONSTRUCTOR2(name)
#define PRIMITIVE3(name, ...)                                           \
    ad_tensor *(ad_##name)(ad_tensor * x, ad_tensor * z, ad_tensor * w) \
    {                                                                   \
        return graph_node3(&op_##name, NULL, x, z, w);                  \
    }
#define FLAT1(name, ...) CONSTRUCTOR1(name)
#define FLAT2(name, ...) CONSTRUCTOR2(name)
#define SPECIAL1(name, ...) CONSTRUCTOR1(name)
#define SPECIAL2(name, ...) CONSTRUCTOR2(name)
#define SPECIAL_ORDER(name, ...)                                                   \
    ad_tensor *(ad_##name)(ad_tensor * x, int order)                               \
    {                                                                              \
        return graph_node2(&op_##name, NULL, x, x ? rows_number(x, order) : NULL); \
    }
#define TRUTH1(name, ...) CONSTRUCTOR1(name)
#define COMPOSITE1(name, ...) CONSTRUCTOR1(name)
#define COMPOSITE2(name, ...) CONSTRUCTOR2(name)
#define COMPOSITE1A(name, attribute, ...)                                         \
    ad_tensor *(ad_##name)(ad_tensor * x, double attribute)                       \
    {                                                                             \
        return graph_node1(&op_##name, &(struct row_attributes){{attribute}}, x); \
    }
#define COMPOSITE1AA(name, one, one_initial, two, ...)                           \
    ad_tensor *(ad_##name)(ad_tensor * x, double one, double two)                \
    {                                                                            \
        return graph_node1(&op_##name, &(struct row_attributes){{one, two}}, x); \
    }
#include "op/elementwise.def"

/* ---- the list */

#define PRIMITIVE1(name, ...) &op_##name,
#define PRIMITIVE2(name, ...) &op_##name,
#define PRIMITIVE3(name, ...) &op_##name,
#define FLAT1(name, ...) &op_##name,
#define FLAT2(name, ...) &op_##name,
#define SPECIAL1(name, ...) &op_##name,
#define SPECIAL2(name, ...) &op_##name,
#define COMPOSITE1(name, ...) &op_##name,
#define COMPOSITE1A(name, ...) &op_##name,
#define COMPOSITE1AA(name, ...) &op_##name,
#define TRUTH1(name, ...) &op_##name,
#define COMPOSITE2(name, ...) &op_##name,
#define SLOPE(name, ...) &op_##name,
static const struct op *const ops[ROW_COUNT] = {
#include "op/elementwise.def"
};

int row_op_count(void)
{
    return ROW_COUNT;
}

const struct op *row_op_at(int i)
{
    return i >= 0 && i < ROW_COUNT ? ops[i] : NULL;
}

const struct op *row_op_find(const char *name, size_t length)
{
    if (length == 3 && !strncmp(name, "sel", 3))
        return &op_where;
    for (int i = 0; i < ROW_COUNT; i++)
        if (!strncmp(ops[i]->name, name, length) && !ops[i]->name[length])
            return ops[i];
    return NULL;
}
