/* Products and convolutions with tails (bias, activation) at the sizes real layers have, where the
 * kernels take their different ways: compiled against the interpreter, bit for bit. */
#include "test.h"

#include "arrays.h"

static bool equal(const ad_array *a, const ad_array *b)
{
    return ad_array_bytes(a) == ad_array_bytes(b) && !memcmp(a->data, b->data, ad_array_bytes(a));
}

/* y from one feed, by the kernels and by the interpreter. */
static void compare(ad_tensor *x, ad_tensor *y, const char *what, int64_t size)
{
    uint64_t state = 7;
    ad_state *s = ad_state_new(ad_tensor_graph(x), 3);
    ad_program *fast = ad_compile(s, .fetch = {y}, .feed = {x});
    ad_program *slow = ad_compile(s, .fetch = {y}, .feed = {x}, .naive = true);
    ad_array in = array_random(ad_tensor_type(x), ad_tensor_shape(x), &state, -1, 1);
    ad_array p = {0}, q = {0};
    bool ran = fast && slow && ad_run(fast, &in, &p) == AD_OK && ad_run(slow, &in, &q) == AD_OK;
    if (!ran)
        TEST_FAILED("%s %lld: %s", what, (long long)size, ad_error());
    else if (!equal(&p, &q))
        TEST_FAILED("%s %lld: kernels and interpreter differ", what, (long long)size);
    free(in.data);
    ad_program_free(fast);
    ad_program_free(slow);
    ad_state_free(s);
}

static void check_layer(ad_type type, int64_t batch, int64_t in, int64_t out)
{
    ad_context *c = ad_context_new(.threads = 2);
    ad_graph *g = ad_graph_new(c);
    ad_tensor *x = ad_feed(g, "x", type, AD_SHAPE(batch, in));
    compare(x, ad_relu(ad_linear(x, .out = out)), "linear with batch", batch);
    ad_graph_free(g);
    ad_context_free(c);
}

TEST(linear_layers)
{
    static const int64_t batches[] = {1, 2, 3, 5, 8, 9, 16, 20, 24, 36, 50, 64, 100, 128};
    for (size_t i = 0; i < sizeof batches / sizeof batches[0]; i++) {
        check_layer(AD_F32, batches[i], 784, 512);
        check_layer(AD_F32, batches[i], 513, 10);
        check_layer(AD_F64, batches[i], 600, 70);
    }
}

/* A product with its own transpose, half of which is copied: alone, with a tail, and with a tail
 * that sums columns. */
static void check_symmetric(ad_type type, int64_t batch, int64_t n, int64_t k)
{
    ad_context *c = ad_context_new(.threads = 2);
    ad_graph *g = ad_graph_new(c);
    ad_tensor *x = ad_feed(g, "x", type, AD_SHAPE(batch, n, k));
    ad_tensor *turned = ad_transpose(x, AD_AXES(0, 2, 1));
    ad_tensor *y = ad_matmul(x, turned), *bias = ad_cos(ad_range(g, type, n));
    ad_tensor *sums = ad_sum(ad_square(y), AD_AXES(1)), *rows = ad_softmax(y, -1);
    compare(x, y, "symmetric product", n);
    compare(x, ad_add(ad_matmul(x, turned), bias), "symmetric product with a bias", n);
    compare(x, sums, "sums of a symmetric product", n);
    compare(x, rows, "softmax of a symmetric product", n);
    compare(x, ad_matmul(turned, x), "symmetric product of columns", k);
    ad_tensor *one = ad_slice(x, 0, 0, 1, 1), *flat = ad_reshape(one, AD_SHAPE(n, k));
    ad_tensor *square = ad_matmul(flat, ad_transpose(flat, AD_AXES(1, 0)));
    compare(x, ad_add(ad_matmul(square, square), square), "square of a symmetric product", n);
    ad_graph_free(g);
    ad_context_free(c);
}

TEST(symmetric_products)
{
    static const int64_t sizes[] = {64, 192, 193, 256, 333, 450};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        check_symmetric(AD_F32, 1, sizes[i], 40);
        check_symmetric(AD_F64, 2, sizes[i], 30);
    }
    check_symmetric(AD_F32, 1, 1100, 7);
    check_symmetric(AD_F32, 2, 200, 530);
}

/* A loss over a whole space of two axes, some of whose operands have but one of them: rows are cut
 * into pieces that begin and end anywhere. */
TEST(sums_of_all)
{
    static const int64_t sizes[][2] = {{3, 5000}, {5000, 3}, {130, 151}};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        ad_context *c = ad_context_new(.threads = 2);
        ad_graph *g = ad_graph_new(c);
        int64_t rows = sizes[i][0], columns = sizes[i][1];
        ad_tensor *x = ad_feed(g, "x", AD_F32, AD_SHAPE(rows, columns));
        ad_tensor *u = ad_cos(ad_reshape(ad_range(g, AD_F32, rows), AD_SHAPE(rows, 1)));
        ad_tensor *v = ad_sin(ad_range(g, AD_F32, columns));
        ad_tensor *y = ad_add(ad_mul(x, u), v), *t = ad_transpose(x, AD_AXES(1, 0));
        compare(x, ad_sum(ad_square(y), AD_ALL), "sum over all of rows", rows);
        compare(x, ad_sum(ad_mul(t, ad_reshape(v, AD_SHAPE(columns, 1))), AD_ALL),
                "sum over all, transposed", rows);
        ad_graph_free(g);
        ad_context_free(c);
    }
}

TEST(convolutions)
{
    static const int64_t sizes[] = {5, 8, 11, 14, 17};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        for (int64_t stride = 1; stride <= 2; stride++) {
            ad_context *c = ad_context_new(.threads = 2);
            ad_graph *g = ad_graph_new(c);
            ad_tensor *x = ad_feed(g, "x", AD_F32, AD_SHAPE(3, sizes[i], sizes[i], 19));
            ad_tensor *y = ad_conv2d(x, .filters = 24, .kernel = 3, .stride = stride, .padding = 1);
            ad_tensor *z = ad_conv_transpose2d(x, .filters = 21, .kernel = 4, .stride = stride);
            compare(x, ad_relu(y), "convolution of size", sizes[i]);
            compare(x, ad_tanh(z), "transposed convolution of size", sizes[i]);
            ad_graph_free(g);
            ad_context_free(c);
        }
}

TEST_MAIN
