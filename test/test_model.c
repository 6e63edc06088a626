/* Models in files: repeat, residual, branches, blocks and names make the graph that the calls of a
 * C program make. */
#include "configuration_main.h"
#include "test.h"

#include <adze/kit.h>

#include <stdlib.h>

typedef ad_tensor *(*writer)(ad_tensor *x, ad_tensor *other);

static ad_config *parse(const char *model)
{
    char text[2048];
    ad_config *c = NULL;
    snprintf(text, sizeof text, "data: {format: digits}\n%s", model);
    if (ad_config_parse("m.yaml", text, strlen(text), NULL, 0, &c) != AD_OK)
        printf("%s", ad_kit_error());
    return c;
}

/* The graph of x (batch, 8, 8, 4) and y (batch), a class of 5: by the file, or by calls. */
static char *graph_of(const ad_config *c, writer calls)
{
    ad_context *context = ad_context_new(.threads = 1);
    ad_graph *g = ad_graph_new(context);
    ad_dim batch = ad_open(g, "batch");
    ad_tensor *x = ad_feed(g, "x", AD_F32, AD_SHAPE(batch, 8, 8, 4)), *out = NULL;
    ad_tensor *y = ad_feed(g, "y", AD_I32, AD_SHAPE(batch));
    ad_layers_input in[] = {{.name = "x", .tensor = x, .out = 3},
                            {.name = "y", .tensor = y, .classes = 5}};
    if (calls)
        out = calls(x, y);
    else if (ad_layers_build(c, c->model, in, 2, &out) != AD_OK)
        printf("%s", ad_kit_error());
    const char *made = out && !ad_tensor_error(out) ? ad_graph_text(g) : NULL;
    char *text = made ? strcpy(malloc(strlen(made) + 1), made) : NULL;
    if (!text)
        printf("%s\n", ad_error());
    ad_graph_free(g);
    ad_context_free(context);
    return text;
}

static void check_same(const char *model, writer calls)
{
    ad_config *c = parse(model);
    REQUIRE(c);
    char *written = ad_config_text(c, NULL);
    ad_config *again = NULL;
    CHECK_EQ(ad_config_parse("again.yaml", written, strlen(written), NULL, 0, &again), AD_OK);
    if (!again)
        printf("%s%s", written, ad_kit_error());
    char *file = graph_of(c, NULL), *code = graph_of(NULL, calls);
    char *second = again ? graph_of(again, NULL) : NULL;
    REQUIRE(file && code && second);
    CHECK_STREQ(file, code);
    CHECK_STREQ(file, second);
    free(second);
    free(file);
    free(code);
    free(written);
    ad_config_free(again);
    ad_config_free(c);
}

/* ---------------------------------------------------------------- structures */

static ad_tensor *repeated(ad_tensor *x, ad_tensor *y)
{
    (void)y;
    for (int i = 0; i < 3; i++)
        x = ad_relu(ad_conv2d(x, .filters = 4, .kernel = 3, .same = true));
    return ad_linear(ad_flatten(x), .out = 2);
}

TEST(repeat_is_a_loop)
{
    check_same("model:\n  - repeat:\n      times: 3\n      layers:\n"
               "        - conv: {filters: 4, kernel: 3, same: yes}\n        - relu\n"
               "  - flatten\n  - linear: {out: 2}\n",
               repeated);
}

static ad_tensor *residual(ad_tensor *x, ad_tensor *y)
{
    (void)y;
    ad_tensor *h = ad_conv2d(x, .filters = 4, .kernel = 3, .padding = 1);
    x = ad_relu(ad_add(h, x));
    h = ad_conv2d(x, .filters = 8, .kernel = 3, .padding = 1, .stride = 2);
    ad_tensor *past = ad_conv2d(x, .filters = 8, .kernel = 1, .stride = 2);
    return ad_add(h, past);
}

TEST(residual_adds_what_went_in)
{
    check_same(
        "model:\n  - residual: [conv: {filters: 4, kernel: 3, padding: 1}]\n  - relu\n"
        "  - residual:\n      layers: [conv: {filters: 8, kernel: 3, padding: 1, stride: 2}]\n"
        "      shortcut: [conv: {filters: 8, kernel: 1, stride: 2}]\n",
        residual);
}

static ad_tensor *branched(ad_tensor *x, ad_tensor *y)
{
    (void)y;
    ad_tensor *a = ad_conv2d(x, .filters = 2, .kernel = 1);
    ad_tensor *b = ad_relu(ad_conv2d(x, .filters = 3, .kernel = 3, .same = true));
    ad_tensor *two[] = {a, b};
    ad_tensor *ab = ad_concat(two, 2, -1), *three[] = {ab, x};
    return ad_concat(three, 2, -1);
}

TEST(branches_are_joined)
{
    check_same("model:\n  - branches:\n      - [conv: {filters: 2, kernel: 1}]\n"
               "      - [conv: {filters: 3, kernel: 3, same: yes}, relu]\n      - []\n",
               branched);
}

static ad_tensor *named(ad_tensor *x, ad_tensor *y)
{
    ad_tensor *a = ad_linear(ad_flatten(x), .out = 6, .name = "image");
    ad_tensor *b = ad_embedding(y, .count = 6, .width = 3, .name = "class");
    ad_tensor *both[] = {a, b};
    return ad_linear(ad_concat(both, 2, -1), .out = 2);
}

TEST(named_inputs_and_outputs)
{
    check_same("model:\n  - flatten\n  - linear: {out: 6, name: image}\n"
               "  - embedding: {width: 3, from: y, name: class}\n"
               "  - concat: {from: [image, class]}\n  - linear: {out: 2}\n",
               named);
}

static ad_tensor *blocks(ad_tensor *x, ad_tensor *y)
{
    (void)y;
    x = ad_relu(ad_conv2d(x, .filters = 4, .kernel = 3, .same = true));
    x = ad_relu(ad_conv2d(x, .filters = 8, .kernel = 5, .same = true));
    return ad_flatten(x);
}

TEST(blocks_take_arguments)
{
    check_same("blocks:\n  unit:\n    arguments: {filters: , kernel: 3}\n    layers:\n"
               "      - conv: {filters: $filters, kernel: $kernel, same: yes}\n      - relu\n"
               "model:\n  - unit: {filters: 4}\n  - unit: {filters: 8, kernel: 5}\n  - flatten\n",
               blocks);
}

static ad_tensor *two_ends(ad_tensor *x, ad_tensor *y)
{
    (void)y;
    x = ad_flatten(x);
    ad_tensor *a = ad_linear(x, .out = 3);
    ad_tensor *b = ad_linear(ad_linear(x, .out = 5), .out = 3);
    return ad_add(a, b);
}

/* What the task needs, 3, is what each path that is added to the output ends with. */
TEST(layers_that_end_paths_may_leave_their_size_out)
{
    check_same("model:\n  - flatten\n  - branches:\n      join: add\n      paths:\n"
               "        - - linear\n        - - linear: {out: 5}\n          - linear\n",
               two_ends);
}

/* ---------------------------------------------------------------- what does not fit */

static void check_refused(const char *model, const char *words)
{
    ad_config *c = parse(model);
    REQUIRE(c);
    ad_context *context = ad_context_new(.threads = 1);
    ad_graph *g = ad_graph_new(context);
    ad_tensor *x = ad_feed(g, "x", AD_F32, AD_SHAPE(ad_open(g, "batch"), 8, 8, 4)), *out = NULL;
    ad_layers_input in = {.name = "x", .tensor = x};
    CHECK_EQ(ad_layers_build(c, c->model, &in, 1, &out), AD_ERROR_SHAPE);
    CHECK(!out);
    CHECK_CONTAINS(ad_kit_error(), words);
    ad_graph_free(g);
    ad_context_free(context);
    ad_config_free(c);
}

TEST(misfits_have_places)
{
    check_refused("model:\n  - residual: [conv: {filters: 8, kernel: 3}]\n",
                  "m.yaml:3:5: past the layers goes (batch, 8, 8, 4), the layers give (batch, 6, "
                  "6, 8)\n");
    check_refused("model:\n  - relu: {from: z}\n", "m.yaml:3:5: nothing above is called 'z'\n");
    check_refused("model:\n  - relu: {from: z}\n", "the names here are: x;");
    check_refused("model:\n  - relu: {from: [x, x]}\n",
                  "m.yaml:3:5: relu takes 1 input, here are 2");
    check_refused("model:\n  - repeat: {times: 2, layers: [max_pool, max_pool]}\n  - max_pool\n",
                  "m.yaml:3:43: ");
    check_refused("model:\n  - flatten\n  - branches: {join: add, paths: [[linear: {out: 3}], "
                  "[linear: {out: 4}]]}\n",
                  "m.yaml:4:5: ");
}

TEST_MAIN_OF_CONFIGURATIONS()
