/* Numbers that do not fit: sizes, counts and bytes past what there can be are refused where they
 * arise, with words and before any memory is asked for; whole numbers past 2^53 stay themselves. */
#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "arrays.h"

static const int64_t million = 1 << 20, far_away = (int64_t)1 << 40;

/* An allocator without room for more than 64 MB at once. */
static void *small_resize(void *user, void *p, size_t old_size, size_t size)
{
    (void)user;
    void *block = size && size <= 64 << 20 ? aligned_alloc(64, (size + 63) / 64 * 64) : NULL;
    if (block && p)
        memcpy(block, p, old_size < size ? old_size : size);
    if (block || !size)
        free(p);
    return block;
}

static ad_context *context;
static ad_graph *graph;

static void begin(void)
{
    context = ad_context_new(.threads = 1, .allocator = {small_resize, NULL});
    graph = ad_graph_new(context);
}

static void end(void)
{
    ad_graph_free(graph);
    ad_context_free(context);
}

/* Building it is a mistake, whose message has these words. */
#define REFUSED(words, ...)                                   \
    do {                                                      \
        begin();                                              \
        ad_tensor *refused_ = (__VA_ARGS__);                  \
        CHECK(ad_tensor_error(refused_) != NULL);             \
        if (ad_tensor_error(refused_))                        \
            CHECK_CONTAINS(ad_tensor_error(refused_), words); \
        end();                                                \
    } while (0)

static ad_tensor *ones(ad_shape shape)
{
    return ad_full(graph, AD_F32, shape, 1);
}

static ad_tensor *feed(ad_shape shape)
{
    return ad_feed(graph, "x", AD_F32, shape);
}

TEST(tensors_of_too_many_elements)
{
    const int64_t many = (int64_t)1 << 32, most = (int64_t)1 << 48;
    static float number = 1;
    REFUSED("2^48", ad_sum(ones(AD_SHAPE(many, many)), AD_ALL));
    REFUSED("2^48", ones(AD_SHAPE(0, many, many)));
    REFUSED("2^48", ad_embedding(ad_feed(graph, "id", AD_I64, AD_SHAPE(2)),
                                 .count = (int64_t)1 << 62, .width = 4));
    REFUSED("2^48", ad_variable(graph, "w", ones(AD_SHAPE(1 << 16, most))));
    REFUSED("2^48", feed(AD_SHAPE(many, many)));
    REFUSED("2^48", feed(AD_SHAPE(most + 1)));
    REFUSED("2^48", ad_constant(graph, ad_f32(&number, AD_SHAPE(many, many))));
    REFUSED("2^48", ad_uniform(graph, AD_F32, AD_SHAPE(many, many), 0, 1));
    REFUSED("2^48", ad_expand(ones(AD_SHAPE(1, many)), AD_SHAPE(many, many)));
    REFUSED("2^48", ad_matmul(feed(AD_SHAPE(many, 1)), ones(AD_SHAPE(1, many))));
    REFUSED("2^48", ad_add(feed(AD_SHAPE(many, 1)), ones(AD_SHAPE(1, many))));
    REFUSED("2^48", ad_pad(feed(AD_SHAPE(most)), 0, 1, 0, 0));
    REFUSED("2^48", ad_concat((ad_tensor *[]){ones(AD_SHAPE(most)), ones(AD_SHAPE(most))}, 2, 0));
    REFUSED("2^48", ad_linear(feed(AD_SHAPE(many, 1)), .out = many));
    REFUSED("i32", ad_argmax(ones(AD_SHAPE(2, ((int64_t)1 << 31) + 5)), 1));
    REFUSED("2147483647", ad_range(graph, AD_I64, (int64_t)1 << 31));
}

TEST(arrays_of_too_many_elements)
{
    static float number = 1;
    ad_array a = ad_f32(&number, AD_SHAPE((int64_t)1 << 32, (int64_t)1 << 32));
    CHECK(ad_array_count(&a) == INT64_MAX);
    CHECK(ad_array_bytes(&a) > SIZE_MAX / 2);
    a = ad_f32(&number, AD_SHAPE((int64_t)1 << 62, 2));
    CHECK(ad_array_bytes(&a) > SIZE_MAX / 2);
}

/* What is fine as symbols and not as numbers.  Data of no elements has any size. */
static void refused_at_run(const char *words, ad_tensor *y, int64_t rows)
{
    for (int naive = 0; naive < 2; naive++) {
        ad_state *s = ad_state_new(graph, 1);
        ad_program *p = ad_compile(s, .fetch = {y}, .feed = {ad_find(graph, "x")}, .naive = naive);
        ad_array in = {.type = AD_F32, .shape = AD_SHAPE(rows, 0)}, out = {0};
        REQUIRE(p);
        CHECK(ad_run(p, &in, &out) != AD_OK);
        CHECK_CONTAINS(ad_error(), words);
        ad_program_free(p);
        ad_state_free(s);
    }
    end();
}

static ad_tensor *open_feed(void)
{
    begin();
    return feed(AD_SHAPE(ad_open(graph, "rows"), 0));
}

TEST(open_sizes_that_become_too_large)
{
    ad_tensor *x = open_feed();
    refused_at_run("2^48", ad_sum(ad_matmul(x, ad_transpose(x, AD_AXES(1, 0))), AD_ALL), far_away);
    x = open_feed();
    ad_tensor *sums = ad_sum(x, AD_AXES(1)), *wide = ad_reshape(sums, AD_SHAPE(AD_INFER, 1));
    refused_at_run("2^48", ad_add(wide, ones(AD_SHAPE(1, far_away))), far_away);
    x = open_feed();
    ad_dim rows = ad_open(graph, "rows");
    refused_at_run("count", ad_sum(ad_cast(ad_range(graph, AD_I64, rows), AD_F32), AD_ALL),
                   far_away);
    x = open_feed();
    refused_at_run("i32", ad_argmax(ad_sum(x, AD_AXES(1)), 0), far_away);
    x = open_feed();
    ad_tensor *cube = ad_reshape(ad_sum(x, AD_AXES(1)), AD_SHAPE(AD_INFER, 1, 1));
    cube = ad_add(cube, ad_transpose(cube, AD_AXES(1, 0, 2)));
    cube = ad_add(cube, ad_transpose(cube, AD_AXES(2, 1, 0)));
    refused_at_run("2^48", ad_reshape(cube, AD_SHAPE(AD_INFER)), million);
}

/* There is no such memory: said before anything is computed. */
TEST(programs_of_too_much_memory)
{
    for (int naive = 0; naive < 2; naive++) {
        begin();
        ad_tensor *x = feed(AD_SHAPE(million)), *column = ad_reshape(x, AD_SHAPE(million, 1));
        ad_tensor *y = ad_matmul(ad_tanh(ad_add(x, column)), column);
        ad_state *s = ad_state_new(graph, 1);
        ad_program *p = ad_compile(s, .fetch = {y}, .feed = {x}, .naive = naive);
        ad_array in = array_new(AD_F32, AD_SHAPE(million)), out = {0};
        REQUIRE(p);
        CHECK_EQ(ad_run(p, &in, &out), AD_ERROR_MEMORY);
        CHECK_CONTAINS(ad_error(), "out of memory");
        free(in.data);
        ad_program_free(p);
        ad_state_free(s);
        end();
    }
}

static int64_t whole_value(ad_tensor *y, bool naive, bool simplify)
{
    ad_state *s = ad_state_new(graph, 1);
    ad_program *p = ad_compile(s, .fetch = {y}, .naive = naive, .off = {.no_simplify = !simplify});
    ad_array out = {0};
    int64_t value = p && ad_run(p, NULL, &out) == AD_OK ? *(int64_t *)out.data : 0;
    ad_program_free(p);
    ad_state_free(s);
    return value;
}

/* A double has 53 bits: sums past them must not go through one. */
TEST(whole_numbers_past_2_53)
{
    const int64_t edge = (int64_t)1 << 53, odd = edge + 1;
    for (int way = 0; way < 4; way++) {
        begin();
        ad_tensor *two = ad_number(graph, AD_I64, 0x1p53), *one = ad_number(graph, AD_I64, 1);
        CHECK(whole_value(ad_add(two, one), way & 1, way & 2) == odd);
        CHECK(whole_value(ad_sub(ad_add(two, one), two), way & 1, way & 2) == 1);
        ad_tensor *given = ad_constant(graph, ad_i64(&odd, AD_SCALAR));
        CHECK(whole_value(given, way & 1, way & 2) == odd);
        CHECK(whole_value(ad_add(given, one), way & 1, way & 2) == odd + 1);
        CHECK(whole_value(ad_mul(given, one), way & 1, way & 2) == odd);
        CHECK(whole_value(ad_maximum(given, two), way & 1, way & 2) == odd);
        ad_tensor *three = ad_add(given, ad_number(graph, AD_I64, 2));
        CHECK(whole_value(ad_where(ad_less(two, given), three, one), way & 1, way & 2) == odd + 2);
        ad_graph *again = ad_graph_read(context, ad_graph_text(graph));
        CHECK(again != NULL);
        CHECK_STREQ(ad_graph_text(again), ad_graph_text(graph));
        ad_graph_free(again);
        end();
    }
}

TEST(labels_past_2_32_are_wrong_ones)
{
    begin();
    const float scores[] = {1, 0, 0, 1};
    const int64_t wrong[] = {(int64_t)1 << 32, ((int64_t)1 << 32) + 1}, right[] = {0, 1};
    ad_tensor *logits = ad_constant(graph, ad_f32(scores, AD_SHAPE(2, 2)));
    ad_state *s = ad_state_new(graph, 1);
    for (int i = 0; i < 2; i++) {
        ad_tensor *label = ad_constant(graph, ad_i64(i ? right : wrong, AD_SHAPE(2)));
        ad_array found;
        REQUIRE(ad_value(s, ad_accuracy(logits, label), NULL, 0, &found) == AD_OK);
        CHECK_EQ(ad_array_item(&found, 0), i);
    }
    ad_state_free(s);
    end();
}

TEST_MAIN
