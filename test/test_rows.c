/* Elementwise ops beside what their records say of them (test_ops.c): whole numbers, broadcasting,
 * casts, messages, and the reader of the table's texts. */
#include "test.h"

#include <float.h>

#include "core/graph.h"
#include "one_graph.h"
#include "op/reader.h"
#include "op/row.h"

/* The value of a tensor that depends on no feed. */
static ad_array value_of(ad_tensor *t)
{
    ad_array value = {0};
    ad_state_free(state);
    state = ad_state_new(graph, 1);
    if (!state || ad_value(state, t, NULL, 0, &value) != AD_OK)
        TEST_FAILED("no value: %s", ad_error());
    return value;
}

static void check_items(ad_tensor *t, const double *wanted, int count)
{
    ad_array value = value_of(t);
    CHECK_EQ(ad_array_count(&value), count);
    for (int i = 0; value.data && i < count; i++) {
        double got = ad_array_item(&value, i);
        if (!(got == wanted[i] || (isnan(got) && isnan(wanted[i]))))
            TEST_FAILED("element %d is %.17g, not %.17g", i, got, wanted[i]);
    }
}

#define CHECK_ITEMS(tensor, ...)                 \
    check_items(tensor, (double[]){__VA_ARGS__}, \
                (int)(sizeof((double[]){__VA_ARGS__}) / sizeof(double)))

static ad_tensor *i32(const int32_t *data, int64_t n)
{
    return ad_constant(graph, ad_i32(data, AD_SHAPE(n)));
}

TEST(whole_numbers)
{
    begin();
    ad_tensor *x = i32((int32_t[]){7, -7, INT32_MAX, INT32_MIN, 5}, 5);
    ad_tensor *z = i32((int32_t[]){2, 2, 1, -1, 0}, 5);
    CHECK_ITEMS(ad_add(x, z), 9, -5, INT32_MIN, INT32_MAX, 5);
    CHECK_ITEMS(ad_div(x, z), 3, -3, INT32_MAX, INT32_MIN, 0);
    CHECK_ITEMS(ad_minimum(x, z), 2, -7, 1, INT32_MIN, 0);
    CHECK_ITEMS(ad_abs(x), 7, 7, INT32_MAX, INT32_MIN, 5);
    CHECK_ITEMS(ad_sign(x), 1, -1, 1, -1, 1);
    CHECK_ITEMS(ad_greater(x, z), 1, 0, 1, 0, 1);
    ad_tensor *large = ad_constant(graph, ad_i64((int64_t[]){INT64_MAX, 3}, AD_SHAPE(2)));
    CHECK_ITEMS(ad_mul(large, ad_number(graph, AD_I64, 2)), -2, 6);
    ad_tensor *bytes = ad_constant(graph, ad_u8((uint8_t[]){200, 3}, AD_SHAPE(2)));
    CHECK_ITEMS(ad_add(bytes, ad_number(graph, AD_U8, 100)), 44, 103);
    ad_tensor *truth = ad_constant(graph, ad_bools((uint8_t[]){1, 0, 1, 0}, AD_SHAPE(4)));
    ad_tensor *other = ad_constant(graph, ad_bools((uint8_t[]){1, 1, 0, 0}, AD_SHAPE(4)));
    CHECK_ITEMS(ad_and(truth, other), 1, 0, 0, 0);
    CHECK_ITEMS(ad_or(truth, other), 1, 1, 1, 0);
    CHECK_ITEMS(ad_not(truth), 0, 1, 0, 1);
    CHECK_ITEMS(ad_equal(truth, other), 1, 0, 0, 1);
    end();
}

TEST(not_a_number)
{
    begin();
    ad_tensor *x = ad_constant(graph, ad_f32((float[]){NAN, 1, NAN}, AD_SHAPE(3)));
    ad_tensor *z = ad_constant(graph, ad_f32((float[]){1, NAN, NAN}, AD_SHAPE(3)));
    CHECK_ITEMS(ad_maximum(x, z), NAN, NAN, NAN);
    CHECK_ITEMS(ad_minimum(x, z), NAN, NAN, NAN);
    CHECK_ITEMS(ad_less(x, z), 0, 0, 0);
    CHECK_ITEMS(ad_equal(x, z), 0, 0, 0);
    CHECK_ITEMS(ad_not_equal(x, z), 1, 1, 1);
    CHECK_ITEMS(ad_relu(x), NAN, 1, NAN);
    CHECK_ITEMS(ad_is_finite(x), 0, 1, 0);
    end();
}

TEST(broadcasting)
{
    begin();
    ad_tensor *x = ad_reshape(ad_range(graph, AD_F32, 6), AD_SHAPE(2, 3, 1));
    ad_tensor *z = ad_reshape(ad_range(graph, AD_F32, 4), AD_SHAPE(2, 1, 2));
    CHECK_ITEMS(ad_add(x, z), 0, 1, 1, 2, 2, 3, 5, 6, 6, 7, 7, 8);
    ad_tensor *row = ad_range(graph, AD_F32, 2);
    CHECK_ITEMS(ad_where(ad_greater(row, ad_number(graph, AD_F32, 0)), x, z), 0, 0, 0, 1, 0, 2, 2,
                3, 2, 4, 2, 5);
    ad_tensor *none = ad_full(graph, AD_F32, AD_SHAPE(0, 3, 1), 1);
    ad_array value = value_of(ad_mul(none, row));
    CHECK_EQ(ad_array_count(&value), 0);
    end();
}

TEST(casts)
{
    begin();
    ad_tensor *x = ad_constant(
        graph, ad_f32((float[]){2.7f, -2.7f, 3e9f, -3e9f, NAN, INFINITY, 300}, AD_SHAPE(7)));
    CHECK_ITEMS(ad_cast(x, AD_I32), 2, -2, INT32_MAX, INT32_MIN, 0, INT32_MAX, 300);
    CHECK_ITEMS(ad_cast(x, AD_U8), 2, 0, 255, 0, 0, 255, 255);
    CHECK_ITEMS(ad_cast(x, AD_BOOL), 1, 1, 1, 1, 1, 1, 1);
    CHECK_ITEMS(ad_cast(ad_cast(i32((int32_t[]){300, -1, 7}, 3), AD_U8), AD_F64), 44, 255, 7);
    ad_tensor *fine = ad_constant(
        graph, ad_f32((float[]){1.00390625f, 1.01171875f, NAN, -FLT_MAX, 0}, AD_SHAPE(5)));
    CHECK_ITEMS(ad_cast(ad_cast(fine, AD_BF16), AD_F32), 1, 1.015625, NAN, -INFINITY, 0);
    ad_tensor *large =
        ad_constant(graph, ad_i64((int64_t[]){INT64_C(1) << 53 | 1, 16777217}, AD_SHAPE(2)));
    CHECK_ITEMS(ad_cast(large, AD_F32), 9007199254740992.0, 16777216);
    CHECK(ad_cast(x, AD_F32) == x);
    end();
}

static void check_message(const ad_tensor *t, const char *words)
{
    const char *message = ad_tensor_error(t);
    if (!message || !strstr(message, words))
        TEST_FAILED("the message is \"%s\", without \"%s\"", message ? message : "none", words);
}

TEST(messages)
{
    begin();
    ad_dim batch = ad_open(graph, "batch"), time = ad_open(graph, "time");
    ad_tensor *a = ad_full(graph, AD_F32, AD_SHAPE(3, 4), 1),
              *b = ad_full(graph, AD_F32, AD_SHAPE(3, 5), 1);
    check_message(ad_add(a, b), "(3, 4) and (3, 5) do not broadcast");
    check_message(ad_add(a, ad_number(graph, AD_I32, 1)), "ad_cast one of them");
    check_message(ad_exp(ad_number(graph, AD_I32, 1)), "exp: i32 is not what it takes: f32 or f64");
    check_message(ad_where(a, a, a), "the condition is f32");
    check_message(ad_not(a), "a comparison makes one");
    ad_tensor *p = ad_feed(graph, "p", AD_F32, AD_SHAPE(batch)),
              *q = ad_feed(graph, "q", AD_F32, AD_SHAPE(time));
    check_message(ad_mul(p, q), "(batch) and (time) do not broadcast");
    CHECK(!ad_tensor_error(ad_mul(p, ad_full(graph, AD_F32, AD_SHAPE(1), 2))));
    end();
}

/* ---- the reader */

static ad_tensor *read(const char *text)
{
    struct reading reading = {.graph = graph, .op = &op_elu, .attribute = {0.5}, .type = AD_F64};
    reading.operand[0] = ad_number(graph, AD_F64, 3);
    reading.operand[1] = ad_number(graph, AD_F64, 4);
    return reader_read(&reading, text);
}

TEST(reader)
{
    begin();
    CHECK_ITEMS(read("x + z * 2 - -1"), 12);
    CHECK_ITEMS(read("(x + z) * -2 / 7"), -2);
    CHECK_ITEMS(read("x - z - 1"), -2);
    CHECK_ITEMS(read("24 / z / x"), 2);
    CHECK_ITEMS(read("-x * x"), -9);
    CHECK_ITEMS(read("sel(x <= z, alpha, 1e3)"), 0.5);
    CHECK_ITEMS(read("s = x * x; t = s + z; maximum(t, s) - log1p(0)"), 13);
    CHECK_ITEMS(read("x + 1 != z"), 0);
    end();
}

TEST(reader_mistakes)
{
    static const char *const texts[] = {"",       "x +",       "x z",        "(x",      "exp(x",
                                        "exp()",  "exp(x, z)", "nothing(x)", "nothing", "elu(x)",
                                        "1 +* 2", "x == ",     "d",          "s = x",   "where(x)",
                                        "x;",     "a = 1;",    "x $ z"};
    begin();
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (!ad_tensor_error(read(texts[i])))
            TEST_FAILED("\"%s\" was read", texts[i]);
    end();
}

/* A composite becomes primitives, and composites that stand before it. */
TEST(every_text_is_primitive)
{
    begin();
    for (int i = 0; i < row_op_count(); i++) {
        const struct op *op = row_op_at(i);
        CHECK_EQ(op->row->number, i);
        CHECK(!strcmp(op->name, op->row->name));
        if (op->row->primitive)
            continue;
        int first = graph->count;
        ad_tensor *in[] = {ad_number(graph, AD_F32, 1), ad_number(graph, AD_F32, 2)}, *out = NULL;
        ad_tensor *node =
            graph_node(graph, op, &(struct row_attributes){{0.5, 0.5}}, in, op->row->arity);
        op->expand(graph, node->node, in, &out);
        CHECK(!ad_tensor_error(out));
        for (int id = first; id < graph->count; id++) {
            const struct op *made = graph->nodes[id]->op;
            bool before = made->row && made->row->number < i; /* so it ends */
            CHECK(made == op || made == &op_full || made == &op_cast || before ||
                  (made->row && made->row->primitive));
        }
    }
    end();
}

TEST_MAIN
