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
