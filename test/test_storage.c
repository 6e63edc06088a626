/* Element types for storage: casts between all pairs beside NumPy and ml_dtypes
 * (script/storage-goldens wrote the numbers and the file of tensors), every f16 and bf16 up and
 * what lies near them down, ops that move, feeds, variables, files, text, and what is refused. */
#include "test.h"

#include "arrays.h"
#include "core/number.h"
#include "one_graph.h"
#include "scratch.h"

static const ad_type storage[] = {AD_BF16, AD_F16, AD_I8, AD_I16, AD_U16, AD_U32};
enum { KINDS = sizeof storage / sizeof storage[0], MOST = 64 };

static FILE *open_golden(void)
{
    FILE *file = fopen(ADZE_TEST_DIR "/golden/storage.txt", "r");
    if (!file)
        TEST_FAILED("cannot read the golden file");
    return file;
}

static ad_type type_named(const char *name)
{
    for (ad_type t = AD_F32; t < AD_TYPE_COUNT; t++)
        if (!strcmp(ad_type_name(t), name))
            return t;
    TEST_FAILED("no type %s", name);
    return AD_F32;
}

/* x as to, by the way that is asked for; out has room. */
static bool cast_array(ad_type to, ad_array x, bool naive, void *out)
{
    begin();
    ad_tensor *feed = ad_feed(graph, "x", x.type, x.shape);
    state = ad_state_new(graph, 1);
    ad_program *p = ad_compile(state, .fetch = {ad_cast(feed, to)}, .feed = {feed}, .naive = naive);
    ad_array found = {0};
    bool ok = p && ad_run(p, &x, &found) == AD_OK && found.type == to;
    if (ok)
        memcpy(out, found.data, ad_array_bytes(&found));
    else
        TEST_FAILED("%s to %s: %s", ad_type_name(x.type), ad_type_name(to), ad_error());
    ad_program_free(p);
    end();
    return ok;
}

/* ---- 16 bits up, and f32 down */

static uint64_t hash(uint64_t h, uint32_t bits, int bytes)
{
    for (int i = 0; i < bytes; i++)
        h = (h ^ (bits >> 8 * i & 255)) * 0x100000001b3u;
    return h;
}

static uint32_t bits_of(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, 4);
    return bits;
}

static float float_of(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, 4);
    return x;
}

static bool is_nan16(ad_type type, uint16_t bits)
{
    return (bits & 0x7fff) > (type == AD_F16 ? 0x7c00 : 0x7f80);
}

enum { EVERY = 65536, NEAR = 6 };

static void check_blocks(ad_type type, const float *wide, const uint16_t *down)
{
    FILE *file = open_golden();
    char what[8], name[8], line[4096 * 8];
    int count = 0;
    while (file && fgets(line, sizeof line, file)) {
        int block;
        uint64_t want, h = 0xcbf29ce484222325u;
        if (sscanf(line, "%7s %7s %d %" SCNx64, what, name, &block, &want) != 4 ||
            (strcmp(what, "up") && strcmp(what, "down")) || type_named(name) != type)
            continue;
        count++;
        for (int i = block; i < block + 4096; i++) {
            if (!strcmp(what, "up"))
                h = hash(h, wide[i] != wide[i] ? 0x7fc00000 : bits_of(wide[i]), 4);
            for (int k = 0; k < NEAR && strcmp(what, "up"); k++) {
                uint16_t bits = down[i * NEAR + k];
                h = hash(h, is_nan16(type, bits) ? 0x7fff : bits, 2);
            }
        }
        if (h != want)
            TEST_FAILED("%s %s, block %d: other bits", what, name, block);
    }
    CHECK_EQ(count, 32);
    if (file)
        fclose(file);
}

TEST(every_half)
{
    static uint16_t every[EVERY], down[EVERY * NEAR];
    static float wide[EVERY], near[EVERY * NEAR];
    for (int i = 0; i < EVERY; i++)
        every[i] = (uint16_t)i;
    for (int t = 0; t < 2; t++)
        for (int naive = 0; naive < 2; naive++) {
            ad_type type = t ? AD_F16 : AD_BF16;
            REQUIRE(cast_array(AD_F32, ad_array_of(type, every, AD_SHAPE(EVERY)), naive, wide));
            for (int i = 0; i < EVERY; i++) {
                float middle = (float)(((double)wide[i] + wide[(i + 1) % EVERY]) / 2);
                for (int k = 0; k < NEAR; k++)
                    near[i * NEAR + k] =
                        float_of(bits_of(k < 3 ? wide[i] : middle) + (uint32_t)(k % 3 - 1));
            }
            REQUIRE(cast_array(type, ad_f32(near, AD_SHAPE(EVERY * NEAR)), naive, down));
            check_blocks(type, wide, down);
        }
}

/* ---- all pairs */

static void put_word(ad_type type, void *memory, int i, const char *word)
{
    char *at = (char *)memory + (size_t)i * ad_type_size(type);
    if (strpbrk(word, "xnp")) {
        number_store(type, at, strtod(word, NULL));
        return;
    }
    int64_t whole = strtoll(word, NULL, 10); /* i64 has numbers that no double has */
    if (type == AD_I64)
        memcpy(at, &whole, 8);
    else
        number_store(type, at, (double)whole);
}

static void check_pair(const char *from_name, const char *to_name, int count, FILE *file)
{
    ad_type from = type_named(from_name), to = type_named(to_name);
    char in[MOST * 8], want[MOST * 8], got[MOST * 8], word[64];
    for (int i = 0; i < 2 * count; i++) {
        REQUIRE(fscanf(file, "%63s", word) == 1);
        put_word(i < count ? from : to, i < count ? in : want, i % count, word);
    }
    ad_array x = ad_array_of(from, in, AD_SHAPE(count)), y = ad_array_of(to, got, x.shape),
             w = ad_array_of(to, want, x.shape);
    for (int naive = 0; naive < 2 && cast_array(to, x, naive, got); naive++)
        for (int i = 0; i < count; i++) {
            size_t size = ad_type_size(to);
            double a = ad_array_item(&y, i), b = ad_array_item(&w, i);
            if (memcmp(got + (size_t)i * size, want + (size_t)i * size, size) && (a == a || b == b))
                TEST_FAILED("%s to %s: %.17g is %.17g, not %.17g", from_name, to_name,
                            ad_array_item(&x, i), a, b);
        }
}

TEST(all_pairs)
{
    FILE *file = open_golden();
    char word[64], from[8], to[8];
    int count, pairs = 0;
    while (file && fscanf(file, "%63s", word) == 1) {
        if (strcmp(word, "cast"))
            continue;
        REQUIRE(fscanf(file, "%7s %7s %d", from, to, &count) == 3 && count <= MOST);
        check_pair(from, to, count, file);
        pairs++;
    }
    CHECK_EQ(pairs, AD_TYPE_COUNT * AD_TYPE_COUNT);
    if (file)
        fclose(file);
}

/* ---- ops that move */

enum { MOVES = 9 };

static void move_all(ad_tensor *x, ad_tensor *index, ad_tensor **y)
{
    ad_tensor *part = ad_slice(x, 1, 1, 6, 2);
    y[0] = ad_reshape(x, AD_SHAPE(7, 5));
    y[1] = ad_transpose(x, AD_AXES(1, 0));
    y[2] = part;
    y[3] = ad_concat((ad_tensor *[]){x, part, x}, 3, 1);
    y[4] = ad_gather(x, index, 0);
    y[5] = ad_expand(ad_reshape(x, AD_SHAPE(5, 1, 7)), AD_SHAPE(5, 3, 7));
    y[6] = ad_pad(x, 1, 2, 1, 3);
    y[7] = ad_slice(ad_transpose(x, AD_AXES(1, 0)), 0, -1, AD_END, -1);
    y[8] = ad_reshape(ad_transpose(ad_stop_gradient(x), AD_AXES(1, 0)), AD_SHAPE(35));
}

/* Each moves as the same numbers in f64 do. */
static void check_moves(ad_type type, bool naive)
{
    double given[35];
    for (int i = 0; i < 35; i++)
        given[i] = type == AD_U16 || type == AD_U32 ? i * 5 : i * 3 - 50;
    ad_array x = array_new(type, AD_SHAPE(5, 7)), out[2 * MOVES] = {{0}};
    for (int i = 0; i < 35; i++)
        number_store(type, (char *)x.data + (size_t)i * ad_type_size(type), given[i]);
    static const int32_t rows[] = {4, 0, 0, 3};
    begin();
    ad_tensor *feed = ad_feed(graph, "x", type, AD_SHAPE(5, 7)), *y[2 * MOVES];
    ad_tensor *index = ad_constant(graph, ad_i32(rows, AD_SHAPE(4)));
    move_all(feed, index, y);
    move_all(ad_constant(graph, ad_f64(given, AD_SHAPE(5, 7))), index, y + MOVES);
    state = ad_state_new(graph, 1);
    ad_program *p = ad_compile(state, .fetch_list = y, .fetch_count = 2 * MOVES, .feed = {feed},
                               .naive = naive);
    if (!p || ad_run(p, &x, out) != AD_OK)
        TEST_FAILED("%s: %s", ad_type_name(type), ad_error());
    for (int k = 0; k < MOVES; k++)
        for (int64_t i = 0; i < ad_array_count(&out[k]); i++)
            if (out[k].type != type ||
                ad_array_item(&out[k], i) != ad_array_item(&out[k + MOVES], i))
                TEST_FAILED("%s, move %d: element %d is %g", ad_type_name(type), k, (int)i,
                            ad_array_item(&out[k], i));
    ad_program_free(p);
    free(x.data);
    end();
}

TEST(moves)
{
    for (int t = 0; t < KINDS; t++)
        check_moves(storage[t], false), check_moves(storage[t], true);
}

/* ---- variables and files */

/* w, 6 numbers of the type, that begin with what a cast makes of -3, -1, 1... */
static ad_tensor *variable_of(ad_type type)
{
    bool sign = type != AD_U16 && type != AD_U32;
    ad_tensor *first = ad_shift(ad_scale(ad_range(graph, AD_F64, 6), 2), sign ? -3 : 3);
    char name[16];
    snprintf(name, sizeof name, "w_%s", ad_type_name(type));
    return ad_variable(graph, name, ad_cast(first, type));
}

TEST(variables_in_files)
{
    const char *path = scratch("storage.safetensors");
    ad_tensor *w[KINDS];
    begin();
    for (int t = 0; t < KINDS; t++) {
        w[t] = variable_of(storage[t]);
        CHECK(!ad_trainable(w[t]));
    }
    state = ad_state_new(graph, 1);
    REQUIRE(state);
    CHECK_OK(ad_save(state, path));
    for (int t = 0; t < KINDS; t++) {
        ad_array value = {0}, zeros = array_new(storage[t], AD_SHAPE(6));
        CHECK_OK(ad_set(state, w[t], zeros));
        CHECK_OK(ad_get(state, w[t], &value));
        CHECK_EQ(ad_array_item(&value, 5), 0);
        free(zeros.data);
    }
    CHECK_OK(ad_load(state, path));
    for (int t = 0; t < KINDS; t++) {
        ad_array value = {0};
        bool sign = storage[t] != AD_U16 && storage[t] != AD_U32;
        CHECK_OK(ad_get(state, w[t], &value));
        for (int i = 0; i < 6; i++)
            CHECK_EQ(ad_array_item(&value, i), 2 * i + (sign ? -3 : 3));
    }
    end();
}

/* As the safetensors library wrote them. */
TEST(file_of_the_library)
{
    begin();
    ad_tensor *x[AD_TYPE_COUNT];
    char name[16];
    for (ad_type t = AD_F32; t < AD_TYPE_COUNT; t++) {
        snprintf(name, sizeof name, "x_%s", ad_type_name(t));
        x[t] = ad_buffer(graph, name, ad_full(graph, t, AD_SHAPE(2, 3), 0));
    }
    state = ad_state_new(graph, 1);
    REQUIRE(state);
    CHECK_OK(ad_load(state, ADZE_TEST_DIR "/golden/storage.safetensors", .partial = true));
    for (ad_type t = AD_F32; t < AD_TYPE_COUNT; t++) {
        ad_array value = {0};
        CHECK_OK(ad_get(state, x[t], &value));
        bool real = t == AD_F32 || t == AD_F64 || t == AD_BF16 || t == AD_F16;
        bool sign = *ad_type_name(t) != 'u' && t != AD_BOOL;
        for (int i = 0; i < 6; i++) {
            double want = (i - (sign ? 2 : 0)) * (real ? 1.5 : 1);
            CHECK_EQ(ad_array_item(&value, i), t == AD_BOOL ? i > 0 : want);
        }
    }
    end();
}

/* ---- text, gradients */

TEST(graph_as_text)
{
    begin();
    for (int t = 0; t < KINDS; t++) {
        char bytes[8 * 4];
        for (int i = 0; i < 8; i++)
            number_store(storage[t], bytes + (size_t)i * ad_type_size(storage[t]),
                         i == 7 ? 1e300 : i * 37.5 - 100);
        ad_tensor *c = ad_constant(graph, ad_array_of(storage[t], bytes, AD_SHAPE(8)));
        ad_name(ad_cast(c, AD_F64), ad_type_name(storage[t]));
        ad_feed(graph, t ? "more" : "x", storage[t], AD_SHAPE(2));
        if (t == 1)
            break; /* names of feeds are taken once */
    }
    char *text = strdup(ad_graph_text(graph));
    ad_graph *again = ad_graph_read(context, text);
    if (!again)
        TEST_FAILED("%s", ad_error());
    else
        CHECK_STREQ(ad_graph_text(again), text);
    CHECK_CONTAINS(text, "f16");
    free(text);
    ad_graph_free(again);
    end();
}

TEST(whole_numbers_as_text)
{
    begin();
    static const int8_t a[] = {-128, 127};
    static const int16_t b[] = {-32768, 32767};
    static const uint16_t c[] = {0, 65535};
    static const uint32_t d[] = {0, 4294967295u};
    ad_shape two = AD_SHAPE(2);
    ad_cast(ad_constant(graph, ad_array_of(AD_I8, a, two)), AD_I64);
    ad_cast(ad_constant(graph, ad_array_of(AD_I16, b, two)), AD_I64);
    ad_cast(ad_constant(graph, ad_array_of(AD_U16, c, two)), AD_I64);
    ad_cast(ad_constant(graph, ad_array_of(AD_U32, d, two)), AD_I64);
    char *text = strdup(ad_graph_text(graph));
    ad_graph *again = ad_graph_read(context, text);
    REQUIRE(again);
    CHECK_STREQ(ad_graph_text(again), text);
    CHECK_CONTAINS(text, "{0 4294967295}");
    CHECK_CONTAINS(text, "{-128 127}");
    ad_graph_free(again);
    char *at = strstr(text, "{-128 127}");
    memcpy(at, "{-128 128}", 10);
    CHECK(!ad_graph_read(context, text));
    free(text);
    end();
}

/* Slopes pass through 16 bits, rounded to them. */
TEST(gradient_through_f16)
{
    begin();
    ad_tensor *x = ad_full(graph, AD_F32, AD_SHAPE(3), 0.3), *d;
    ad_tensor *y = ad_cast(
        ad_transpose(ad_cast(ad_reshape(x, AD_SHAPE(1, 3)), AD_F16), AD_AXES(1, 0)), AD_F32);
    ad_gradient(ad_sum(ad_scale(y, 0.1), AD_ALL), &x, 1, &d);
    state = ad_state_new(graph, 1);
    ad_array value = {0};
    CHECK_OK(ad_value(state, d, NULL, 0, &value));
    CHECK_EQ(value.type, AD_F32);
    CHECK_CLOSE(ad_array_item(&value, 1), 0.0999755859375, 0); /* 0.1 in f16 */
    end();
}

/* Matrix products take bf16 as .precision has it: f32 results, the same bits by all ways. */
TEST(products_of_bf16)
{
    begin();
    ad_tensor *x = ad_cast(ad_normal(graph, AD_F32, AD_SHAPE(24, 27), 0, 1), AD_BF16);
    ad_tensor *z = ad_cast(ad_normal(graph, AD_F32, AD_SHAPE(27, 7), 0, 1), AD_BF16);
    ad_tensor *y[] = {ad_matmul(x, z), ad_matmul(ad_cast(x, AD_F32), ad_cast(z, AD_F32))};
    state = ad_state_new(graph, 1);
    ad_array out[2][2] = {{{0}}};
    ad_program *p[2];
    for (int naive = 0; naive < 2; naive++) {
        p[naive] = ad_compile(state, .fetch_list = y, .fetch_count = 2, .naive = naive);
        REQUIRE(p[naive] && ad_run(p[naive], NULL, out[naive]) == AD_OK);
    }
    for (int k = 0; k < 2; k++) {
        CHECK_EQ(out[0][k].type, AD_F32);
        CHECK(array_difference(&out[0][k], &out[1][k]) < 0);
        CHECK(array_difference(&out[0][k], &out[0][1 - k]) < 0);
    }
    ad_program_free(p[0]), ad_program_free(p[1]);
    end();
}

/* ---- what is refused */

TEST(arithmetic_is_refused)
{
    begin();
    for (int t = 0; t < KINDS; t++) {
        char name[16];
        snprintf(name, sizeof name, "x%d", t);
        ad_tensor *x = ad_feed(graph, name, storage[t], AD_SHAPE(4, 4));
        ad_tensor *index = ad_full(graph, AD_I32, AD_SHAPE(4), 0);
        ad_tensor *bad[] = {ad_add(x, x),
                            ad_exp(x),
                            ad_less(x, x),
                            ad_equal(x, x),
                            ad_where(ad_full(graph, AD_BOOL, AD_SHAPE(4, 4), 1), x, x),
                            ad_sum(x, AD_ALL),
                            ad_max(x, AD_ALL),
                            ad_argmax(x, 0),
                            ad_scatter_add(x, index, x, 0),
                            ad_softmax(x, -1),
                            ad_convolution(ad_reshape(x, AD_SHAPE(1, 4, 4, 1)),
                                           ad_reshape(x, AD_SHAPE(1, 1, 4, 4))),
                            ad_uniform(graph, storage[t], AD_SHAPE(2), 0, 1)};
        for (size_t k = 0; k < sizeof bad / sizeof bad[0]; k++)
            CHECK_CONTAINS(ad_tensor_error(bad[k]), "ad_cast");
        CHECK(ad_tensor_error(ad_range(graph, storage[t], 3)) != NULL);
    }
    end();
}

TEST(gradients_are_not_added_up)
{
    begin();
    ad_tensor *x = ad_full(graph, AD_F32, AD_SHAPE(3), 0.3), *h = ad_cast(x, AD_F16), *d;
    ad_tensor *y = ad_add(ad_cast(h, AD_F32), ad_cast(ad_reshape(h, AD_SHAPE(1, 3)), AD_F32));
    ad_gradient(ad_sum(y, AD_ALL), &x, 1, &d);
    CHECK_CONTAINS(ad_tensor_error(d), "f16 is for storage; ad_cast");
    end();
}

TEST(printed_c_is_refused)
{
    for (int t = 1; t < KINDS; t++)
        for (int k = 0; k < 2; k++) {
            begin();
            ad_tensor *x = ad_feed(graph, "x", storage[t], AD_SHAPE(4));
            ad_tensor *y = k ? ad_cast(x, AD_F32) : ad_concat((ad_tensor *[]){x, x}, 2, 0);
            state = ad_state_new(graph, 1);
            ad_program *p = ad_compile(state, .fetch = {y}, .feed = {x});
            char zeros[16] = {0};
            ad_array in = ad_array_of(storage[t], zeros, AD_SHAPE(4)), out = {0};
            CHECK_OK(ad_run(p, &in, &out));
            CHECK(!ad_program_c(p, "net"));
            CHECK_EQ(ad_error_status(), AD_ERROR_UNSUPPORTED);
            ad_program_free(p);
            end();
        }
}

/* A NaN or an infinity is found in 16 bits too. */
TEST(check_finite)
{
    begin();
    ad_tensor *x = ad_feed(graph, "x", AD_F32, AD_SHAPE(2));
    state = ad_state_new(graph, 1);
    ad_program *p =
        ad_compile(state, .fetch = {ad_cast(x, AD_F16)}, .feed = {x}, .check_finite = true);
    static const float large[] = {1, 70000};
    ad_array in = ad_f32(large, AD_SHAPE(2)), out = {0};
    REQUIRE(p);
    CHECK_EQ(ad_run(p, &in, &out), AD_ERROR_NOT_FINITE);
    ad_program_free(p);
    end();
}

TEST_MAIN
