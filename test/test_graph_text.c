/* Graphs as text: whatever was built reads back equal, and what is no graph is refused with words.
 */
#include "test.h"

#include <adze/adze.h>

#include <stdio.h>
#include <stdlib.h>

#include "core/check.h"
#include "names.h"
#include "op/reduce.h"
#include "op/shape.h"

/* ---- what was built reads back */

static ad_graph *read_back(ad_context *c, ad_graph *g)
{
    char *text = strdup(ad_graph_text(g));
    ad_graph *again = ad_graph_read(c, text);
    if (!again)
        TEST_FAILED("not read back: %s\n%s", ad_error(), text);
    else
        CHECK_STREQ(ad_graph_text(again), text);
    free(text);
    return again;
}

TEST(names_of_any_kind_read_back)
{
    ad_context *c = ad_context_new(.threads = 1);
    REQUIRE(c);
    for (int i = 0; i < BAD_NAMES; i++) {
        ad_graph *g = ad_graph_new(c);
        char variable[400];
        snprintf(variable, sizeof variable, "v %s", bad_names[i]);
        ad_tensor *x = ad_feed(g, bad_names[i], AD_F32, AD_SHAPE(3));
        ad_tensor *w = ad_variable(g, variable, ad_full(g, AD_F32, AD_SHAPE(3), 2));
        ad_scope_begin(g, bad_names[i]);
        ad_name(ad_mul(x, w), bad_names[i]);
        ad_graph *again = read_back(c, g);
        CHECK(again && ad_find(again, bad_names[i]) != NULL);
        CHECK(again && ad_find(again, variable) == ad_variable_at(again, 0));
        ad_graph_free(again);
        ad_graph_free(g);
    }
    ad_context_free(c);
}

/* A tensor may be given the name that another has, and a name that a variable made later wants. */
TEST(names_given_twice_read_back)
{
    ad_context *c = ad_context_new(.threads = 1);
    REQUIRE(c);
    ad_graph *g = ad_graph_new(c);
    ad_tensor *x = ad_feed(g, "x", AD_F32, AD_SHAPE(3));
    ad_tensor *w = ad_variable(g, "w", ad_name(ad_full(g, AD_F32, AD_SHAPE(3), 2), "first"));
    ad_name(w, "w");
    ad_tensor *y = ad_name(ad_relu(x), "h");
    ad_name(ad_exp(ad_add(y, w)), "h");
    ad_graph_free(read_back(c, g));
    ad_graph_free(g);
    ad_context_free(c);
}

/* What is built on after reading is what would have been built on before. */
TEST(layers_go_on_after_reading)
{
    ad_context *c = ad_context_new(.threads = 1);
    REQUIRE(c);
    ad_graph *g = ad_graph_new(c);
    ad_tensor *x = ad_feed(g, "x", AD_F32, AD_SHAPE(ad_open(g, "batch"), 4));
    ad_scope_begin(g, "a");
    ad_linear(ad_linear(x, .out = 4), .out = 4);
    ad_scope_begin(g, "b c");
    ad_linear(x, .out = 4);
    ad_scope_end(g);
    ad_graph *again = read_back(c, g);
    REQUIRE(again);
    ad_graph *both[] = {g, again};
    for (int i = 0; i < 2; i++) {
        ad_tensor *feed = ad_find(both[i], "x");
        ad_dropout(ad_linear(feed, .out = 4), .rate = 0.5);
        ad_scope_end(both[i]);
        ad_linear(feed, .out = 4);
        ad_linear(feed, .out = 4);
    }
    CHECK_STREQ(ad_graph_text(again), ad_graph_text(g));
    ad_graph_free(again);
    ad_graph_free(g);
    ad_context_free(c);
}

TEST(constants_of_every_type_read_back)
{
    ad_context *c = ad_context_new(.threads = 1);
    REQUIRE(c);
    ad_graph *g = ad_graph_new(c);
    float f32[] = {0.1f, -0.0f, INFINITY, NAN, 1e-45f};
    double f64[] = {0.1, -0.0, -INFINITY, NAN, 5e-324};
    int32_t i32[] = {INT32_MIN, INT32_MAX, 0, 1, -1};
    int64_t i64[] = {INT64_MIN, INT64_MAX, 0, ((int64_t)1 << 53) + 1, -1};
    uint8_t u8[] = {0, 1, 127, 128, 255}, truth[] = {0, 1, 1, 0, 1};
    uint16_t bf16[] = {0x3f80, 0x3eab, 0xbf80, 0x0001, 0x7f80};
    void *const data[] = {f32, f64, i32, i64, u8, truth, bf16};
    for (ad_type type = AD_F32; type <= AD_BF16; type++)
        ad_constant(g, (ad_array){.type = type, .shape = AD_SHAPE(5), .data = data[type]});
    ad_constant(g, (ad_array){.type = AD_F32, .shape = AD_SHAPE(0, 3)});
    ad_graph_free(read_back(c, g));
    ad_graph_free(g);
    ad_context_free(c);
}

/* A scan with more than one feed in its body, another in that, and gradients of both. */
static ad_tensor *build_scans(ad_graph *g)
{
    ad_tensor *x = ad_feed(g, "x", AD_F32, AD_SHAPE(2, 3, 4)), *loss;
    ad_loop *outer = ad_scan_begin(g, false);
    ad_tensor *x_t = ad_scan_input(outer, x);
    ad_tensor *h = ad_scan_carry(outer, ad_full(g, AD_F32, AD_SHAPE(2, 4), 0.5));
    ad_loop *inner = ad_scan_begin(g, true);
    ad_tensor *x_s = ad_scan_input(inner, ad_mul(x, ad_reshape(x_t, AD_SHAPE(2, 1, 4))));
    ad_tensor *k = ad_scan_carry(inner, h);
    ad_scan_update(inner, k, ad_tanh(ad_add(k, x_s)));
    CHECK_OK(ad_scan_end(inner));
    ad_scan_update(outer, h, ad_linear(ad_scan_last(inner, k), .out = 4));
    CHECK_OK(ad_scan_end(outer));
    loss = ad_sum(ad_square(ad_scan_last(outer, h)), AD_ALL);
    ad_name(loss, "the loss");
    return ad_sgd(loss, .rate = 0.1);
}

static double loss_of(ad_graph *g, ad_tensor *loss)
{
    float data[24];
    for (int i = 0; i < 24; i++)
        data[i] = (float)(i % 7) / 7;
    ad_state *s = ad_state_new(g, 3);
    ad_program *p = s ? ad_compile(s, .fetch = {loss}, .training = true) : NULL;
    ad_array in = ad_f32(data, AD_SHAPE(2, 3, 4)), out = {0};
    double value = NAN;
    if (p && ad_run(p, &in, &out) == AD_OK)
        value = ad_array_item(&out, 0);
    else
        TEST_FAILED("%s", ad_error());
    ad_program_free(p);
    ad_state_free(s);
    return value;
}

TEST(scans_read_back)
{
    ad_context *c = ad_context_new(.threads = 1);
    REQUIRE(c);
    ad_graph *g = ad_graph_new(c);
    ad_tensor *loss = build_scans(g);
    ad_graph *again = read_back(c, g);
    REQUIRE(again);
    CHECK_OK(check_graph(g));
    CHECK_EQ(loss_of(g, loss) * 0x1p40, loss_of(again, ad_find(again, "the loss")) * 0x1p40);
    ad_graph_free(again);
    ad_graph_free(g);
    ad_context_free(c);
}

/* ---- what any bytes begin with: see test/fuzz/graph_text.c */

static void build_net(ad_graph *g)
{
    ad_dim batch = ad_open(g, "batch");
    ad_scope_begin(g, "a b");
    ad_tensor *x = ad_feed(g, "x \" y", AD_F32, AD_SHAPE(batch, 6, 6, 2));
    ad_tensor *y = ad_feed(g, "label", AD_I32, AD_SHAPE(batch));
    ad_tensor *h = ad_relu(ad_conv2d(x, .filters = 4, .kernel = 3, .padding = 1));
    ad_device(g, 1);
    h = ad_dropout(ad_flatten(ad_max_pool(h, .window = 2)), .rate = 0.5);
    h = ad_linear(h, .out = 3, .name = "last");
    ad_name(ad_sgd(ad_cross_entropy(h, y), .scope = "a b.last.", .rate = 0.1), "loss");
}

static void build_attention(ad_graph *g)
{
    ad_dim time = ad_open(g, "time");
    ad_tensor *x = ad_feed(g, "x", AD_F64, AD_SHAPE(2, time, 4));
    ad_tensor *y = ad_attention(x, x, x, .causal = true);
    ad_tensor *dx;
    ad_gradient(ad_sum(ad_square(y), AD_ALL), &x, 1, &dx);
    ad_slice(ad_pad(ad_transpose(dx, AD_AXES(2, 0, 1)), 0, 1, 2, 0.5), 0, -2, 0, -2);
}

static void build_moves(ad_graph *g)
{
    int32_t places[] = {2, 0, 1};
    float numbers[] = {0.1f, INFINITY, NAN};
    ad_tensor *i = ad_constant(g, ad_i32(places, AD_SHAPE(3)));
    ad_tensor *x = ad_name(ad_constant(g, ad_f32(numbers, AD_SHAPE(3))), "a\nb");
    ad_tensor *y = ad_where(ad_less(x, ad_cast(i, AD_F32)), ad_gather(x, i, 0), ad_exp(x));
    ad_tensor *parts[] = {y, ad_slice(x, 0, -1, AD_END, -1)};
    ad_argmax(ad_concat(parts, 2, 0), 0);
    ad_mul(ad_range(g, AD_I64, 3), ad_cast(i, AD_I64));
}

static void build_recurrence(ad_graph *g)
{
    build_scans(g);
}

static void check_seed(ad_context *c, const char *name, void (*build)(ad_graph *graph))
{
    char path[400], text[20000] = "";
    snprintf(path, sizeof path, ADZE_TEST_DIR "/fuzz/corpus/graph_text/%s", name);
    ad_graph *g = ad_graph_new(c);
    build(g);
    CHECK_OK(check_graph(g));
    FILE *f = fopen(path, getenv("ADZE_WRITE_SEEDS") ? "w+" : "r");
    if (f && getenv("ADZE_WRITE_SEEDS"))
        fputs(ad_graph_text(g), f), rewind(f);
    if (f)
        text[fread(text, 1, sizeof text - 1, f)] = 0, fclose(f);
    ad_graph *read = ad_graph_read(c, text);
    if (!read)
        TEST_FAILED("%s: %s; ADZE_WRITE_SEEDS=1 writes it anew", path, ad_error());
    ad_graph_free(read);
    ad_graph_free(g);
}

TEST(seeds_are_graphs)
{
    ad_context *c = ad_context_new(.threads = 1, .devices = 2);
    REQUIRE(c);
    check_seed(c, "net", build_net);
    check_seed(c, "attention", build_attention);
    check_seed(c, "moves", build_moves);
    check_seed(c, "recurrence", build_recurrence);
    ad_context_free(c);
}

/* ---- what is none is refused */

#define BODY                                                                      \
    "body\n%0 = feed name=\"s\" type=f32 shape=(2) : f32(2)\n"                    \
    "%1 = feed name=\"s\" type=f32 shape=(2) : f32(2)\n%2 = add %0 %1 : f32(2)\n" \
    "input %0\ninput %1\noutput %2\noutput %1\noutput %2\nend\n"
#define TWO                                                                                        \
    "%0 = full type=f32 shape=(2, 3) value=1 : f32(2, 3)\n%1 = full type=f32 shape=(2) value=1 : " \
    "f32(2)\n"

static const struct refused {
    const char *text, *words;
} refused[] = {
    {"%0 = constant : f32()\n", "without data"},
    {"%0 = constant value=f32(2){1} : f32(2)\n", "no attribute like"},
    {"%0 = constant value=i32(1){3000000000} : i32(1)\n", "no attribute like"},
    {"%0 = constant value=bool(1){2} : bool(1)\n", "no attribute like"},
    {"%0 = constant value=f32(batch){} : f32(batch)\n", "no attribute like"},
    {"%0 = full type=f32 shape=(3) value=1 : f32(3)\n%1 = sum %0 axes=[-2000000000] : f32(3)\n",
     "axes have to be inside"},
    {"%0 = full type=f32 shape=(3) value=1 : f32(3)\n%1 = sum %0 axes=[5000000000] : f32(3)\n",
     "no attribute like"},
    {"%0 = full type=f32 shape=(3) value=1 : f32(3)\n%1 = sum %0 axes=[0,0] : f32()\n",
     "rising order"},
    {"%0 = full type=f32 shape=(3) value=1 : f32(3)\n%1 = standardize %0 axes=[-1] : f32(3)\n",
     "no axis -1"},
    {"%0 = full type=f32 shape=(3) value=1 : f32(3)\n%1 = slice %0 begin=<2> count=<4> : f32(4)\n",
     "of an axis of 3"},
    {"%0 = full type=f32 shape=(3) value=1 : f32(3)\n"
     "%1 = slice %0 begin=<1> count=<281474976710656> step=281474976710656 : f32(4)\n",
     "of an axis of 3"},
    {"%0 = full type=f32 shape=(3) value=1 : f32(3)\n"
     "%1 = slice %0 begin=<0> count=<1> step=-9223372036854775808 : f32(1)\n",
     "attribute 'step'"},
    {"%0 = full type=f32 shape=(3) value=1 : f32(3)\n%1 = relu %1 : f32(3)\n", "not made before"},
    {"%0 = relu %1 : f32(3)\n%1 = full type=f32 shape=(3) value=1 : f32(3)\n", "not made before"},
    {"%0 = full type=f32 shape=(3) value=1 : f32(3)\n%1 = relu %0 : f32(4)\n", "not"},
    {"%0 = full type=f32 shape=(3) value=1 : f32(3)\n%1 = relu : f32(3)\n", "0 inputs"},
    {"%0 = full type=f32 shape=(3) value=1 : f32(3)\n%1 = relu %0 %0 : f32(3)\n", "2 inputs"},
    {"%0 = full type=bool shape=(3) value=1 : bool(3)\n%1 = exp %0 : bool(3)\n",
     "not what it takes"},
    {"%0 = full type=f32 shape=(-72057594037927937) value=1 : f32(3)\n", ""},
    {"%0 = full type=f32 shape=(0, 0, 0, 0, 0, 0, 0, 0, 0) value=1 : f32(3)\n",
     "no attribute like"},
    {"%0 = uniform type=f32 shape=(3) stream=-1 : f32(3)\n", "attribute 'stream'"},
    {"%0 = uniform type=f32 shape=(3) stream=-1 : f32(3)\n", "attribute 'stream'"},
    {"%0 = feed name=\"x\" type=f32 shape=(3) : f32(3)\n%1 = feed name=\"x\" type=f32 shape=(3) : "
     "f32(3)\n",
     "without a name of its own"},
    {"%0 = feed type=f32 shape=(3) : f32(3)\n", "without a name of its own"},
    {"%0 = feed name=\"x\" type=f32 shape=(3) fixed=true : f32(3)\n", "fixed"},
    {"%0 = feed name=\"x\" type=f32 shape=(n) : f32(n)\n%1 = variable %0 name=\"w\" : f32(n)\n",
     "is open"},
    {"%0 = feed name=\"x\ny\" type=f32 shape=(3) : f32(3)\n", "no attribute like"},
    {"%0 = feed name=\"x\\q\" type=f32 shape=(3) : f32(3)\n", "no attribute like"},
    {"%0 = feed name=\"x\\x00\" type=f32 shape=(3) : f32(3)\n", "no attribute like"},
    {"%0 = feed name=\"x", "no attribute like"},
    {"%0 = full type=f32 shape=(3) value=1 named.0=a b : f32(3)\n", "name"},
    {"%0 = full type=f32 shape=(3) value=1 named.1=\"a\" : f32(3)\n", "name"},
    {"%0 = full type=f32 shape=(3) value=1 device=1 : f32(3)\n", "device"},
    {"%0 = full type=f32 shape=(3) value=1 : f32(3) and more\n", "not"},
    {"streams -1\n", "streams"},
    {"layers x \"linear\"\n", "layers"},
    {"layers 1 linear\n", "name"},
    {"open 5\n", "dimension"},
    {"open batch*time\n", "dimension"},
    {"body\nend\n%0 = full type=f32 shape=(2, 3) value=1 : f32(2, 3)\n%1 = scan %0 slices=1 : "
     "f32(2)\n",
     "attribute 'body'"},
    {TWO "%2 = scan %0 %1 body=body0 slices=1 carries=1 : f32(2)\n", "no attribute like"},
    {BODY TWO "%2 = scan %0 %1 body=body1 slices=1 carries=1 : f32(2)\n", "no attribute like"},
    {BODY TWO "%2 = scan %0 body=body0 slices=1 carries=1 : f32(2)\n", "1 inputs"},
    {BODY TWO "%2 = scan %0 %1 body=body0 slices=3 carries=1 : f32(2)\n", "3 slices"},
    {BODY TWO "%2 = scan %0 %1 body=body0 slices=2 carries=1 : f32(2)\n", ""},
    {BODY TWO "%2 = scan %0 %1 body=body0 slices=-1 carries=1 : f32(2)\n", "attribute 'slices'"},
    {BODY TWO "%2 = scan %0 %1 body=body0 slices=1 carries=9000000000 : f32(2)\n",
     "attribute 'carries'"},
    {BODY TWO "%2 = scan %1 %0 body=body0 slices=1 carries=1 : f32(2)\n", "each step"},
    {BODY TWO "%2 = scan %0 %1 body=body0 slices=1 carries=1 index=true : f32(2)\n",
     "a body that takes 2"},
    {"body\n%0 = full type=f32 shape=(2) value=1 : f32(2)\ninput %0\nend\n", "no feed"},
    {"body\n%0 = feed name=\"a\" type=f32 shape=(2) : f32(2)\n"
     "%1 = variable %0 name=\"w\" : f32(2)\nend\n",
     "body of a scan"},
    {"%0 = full type=f32 shape=(2) value=1 : f32(2)\nassign %0 %0 %0\n", "does not fit"},
    {"%0 = full type=f32 shape=(2) value=1 : f32(2)\n%1 = variable %0 name=\"w\" : "
     "f32(2)\n"
     "%2 = full type=f32 shape=(3) value=1 : f32(3)\nassign %1 %1 %2\n",
     "does not fit"},
    {"%0 = full type=f32 shape=(2) value=1 : f32(2)\n%1 = variable %0 name=\"w\" role=9 : f32(2)\n",
     "attribute 'role'"},
    {"%0 = matmul %0\n", "not made before"},
    {"end\n", "after the end"},
    {"body\n", "without its end"},
    {"%0 = full type=f32 shape=(floor(floor(floor(n, 2), 0), 1)) value=1 : f32(2)\n", ""},
};

TEST(what_is_no_graph_is_refused)
{
    ad_context *c = ad_context_new(.threads = 1);
    REQUIRE(c);
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        char text[2000];
        snprintf(text, sizeof text, "adze graph 1\n%s", refused[i].text);
        ad_graph *g = ad_graph_read(c, text);
        if (g || !strstr(ad_error(), refused[i].words))
            TEST_FAILED("%s: %s", refused[i].text, g ? "read" : ad_error());
        ad_graph_free(g);
    }
    ad_context_free(c);
}

/* Brackets in brackets do not take the stack. */
TEST(what_is_nested_deep_is_refused)
{
    enum { DEEP = 200000 };
    char *text = malloc(8 * DEEP + 100);
    ad_context *c = ad_context_new(.threads = 1);
    REQUIRE(text && c);
    char *p = text + sprintf(text, "adze graph 1\nopen ");
    for (int i = 0; i < DEEP; i++)
        p += sprintf(p, "floor(");
    CHECK(!ad_graph_read(c, text));
    p = text + sprintf(text, "adze graph 1\n");
    for (int i = 0; i < DEEP; i++)
        p += sprintf(p, "body\n");
    CHECK(!ad_graph_read(c, text));
    CHECK_CONTAINS(ad_error(), "too deep");
    free(text);
    ad_context_free(c);
}

/* ---- the same checks for what is built without text */

TEST(nodes_built_by_hand_are_checked)
{
    ad_context *c = ad_context_new(.threads = 1);
    REQUIRE(c);
    ad_graph *g = ad_graph_new(c);
    ad_tensor *x = ad_full(g, AD_F32, AD_SHAPE(3), 1);
    struct reduce_attributes outside = {{1, {-2000000000}}}, many = {{9, {0}}};
    CHECK(graph_is_poison(graph_node1(&op_sum, &outside, x)));
    CHECK(graph_is_poison(graph_node1(&op_sum, &many, x)));
    CHECK(graph_is_poison(graph_node1(&op_sum, NULL, x)));
    CHECK(graph_is_poison(graph_node2(&op_sum, &many, x, x)));
    CHECK(graph_is_poison(graph_node1(&op_constant, &(struct constant_attributes){{0}}, x)));
    struct slice_attributes steep = {0, 0, 1, INT64_MIN, 0, 0};
    CHECK(graph_is_poison(graph_node1(&op_slice, &steep, x)));
    ad_graph_free(g);
    ad_context_free(c);
}

/* A graph that something wrote into is found out. */
TEST(a_damaged_graph_is_found)
{
    ad_context *c = ad_context_new(.threads = 1);
    REQUIRE(c);
    ad_graph *g = ad_graph_new(c);
    ad_tensor *x = ad_full(g, AD_F32, AD_SHAPE(2, 3), 1), *y = ad_sum(x, AD_AXES(1));
    CHECK_OK(check_graph(g));
    y->shape.size[0] = 3;
    CHECK(check_graph(g) != AD_OK);
    CHECK_CONTAINS(ad_error(), "node %1, sum: result 0 is f32 (3)");
    y->shape.size[0] = 2;
    y->node->in[0] = y;
    CHECK(check_graph(g) != AD_OK);
    ad_graph_free(g);
    ad_context_free(c);
}

TEST_MAIN
