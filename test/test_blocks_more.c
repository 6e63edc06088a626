/* Blocks, tables of embeddings and noise: values and slopes are torch 2.15's, script/block-goldens
 * made golden_blocks/values.txt; noise by its shares and moments. */
#include "golden_file.h"
#include "test.h"

#include <float.h>

#include <adze/record.h>

#include "one_graph.h"

enum { IN_MAX = 3, WITH_MAX = 18, NUMBERS = 320 };

typedef struct tensor {
    char name[40];
    bool whole;
    ad_shape shape;
    int count;
    double value[NUMBERS], slope[NUMBERS];
    int64_t number[NUMBERS];
} tensor;

typedef struct example {
    char name[40], words[120];
    tensor in[IN_MAX], with[WITH_MAX], out;
    int ins, withs;
    bool has_after;
    double after[NUMBERS];
} example;

/* ---- the file */

/* "f64 2 3" or "name 2 3", then a line of numbers */
static void read_tensor(FILE *file, char *text, tensor *t)
{
    memset(t, 0, sizeof *t);
    char *word = strtok(text, " \n");
    snprintf(t->name, sizeof t->name, "%s", word);
    t->whole = strcmp(word, "i64") == 0;
    t->count = 1;
    while ((word = strtok(NULL, " \n"))) {
        t->shape.size[t->shape.rank] = strtol(word, NULL, 10);
        t->count *= (int)t->shape.size[t->shape.rank++];
    }
    REQUIRE(t->count <= NUMBERS);
    golden_numbers(file, t->value, t->count);
    for (int i = 0; i < t->count; i++)
        t->number[i] = (int64_t)t->value[i];
}

/* The head of the next case is in line, or is read; false at the end of the cases. */
static bool read_example(FILE *file, example *e, char line[200])
{
    int end = 0;
    if (!line[0] && !fgets(line, 200, file))
        return false;
    if (sscanf(line, "case %39s%n", e->name, &end) != 1)
        return false;
    line[strcspn(line, "\n")] = 0;
    snprintf(e->words, sizeof e->words, "%.110s", line + end);
    e->ins = e->withs = 0;
    e->has_after = false;
    while (fgets(line, 200, file) && strncmp(line, "out", 3) != 0)
        if (strncmp(line, "in ", 3) == 0)
            read_tensor(file, line + 3, &e->in[e->ins++]);
        else
            read_tensor(file, line + 5, &e->with[e->withs++]);
    read_tensor(file, line, &e->out);
    CHECK(fgets(line, 200, file) && strcmp(line, "slope\n") == 0);
    for (int i = 0; i < e->ins; i++)
        if (!e->in[i].whole)
            golden_numbers(file, e->in[i].slope, e->in[i].count);
    for (int i = 0; i < e->withs; i++)
        golden_numbers(file, e->with[i].slope, e->with[i].count);
    if (!fgets(line, 200, file))
        line[0] = 0;
    e->has_after = strcmp(line, "after\n") == 0;
    if (e->has_after) {
        golden_numbers(file, e->after, e->with[0].count);
        line[0] = 0;
    }
    return true;
}

/* ---- the layer that it is of */

static int word_at(const char *words, const char *wanted)
{
    for (int i = 0; *words; i++) {
        size_t size = strcspn(words, " ");
        if (strlen(wanted) == size && strncmp(words, wanted, size) == 0)
            return i;
        words += size + (words[size] == ' ');
    }
    TEST_FAILED("no word %s", wanted);
    return 0;
}

/* "1,2,3" */
static int read_list(const char *text, ad_numbers *n)
{
    n->count = 0;
    for (char *end = NULL; *text; text = end + (*end == ','))
        n->value[n->count++] = strtod(text, &end);
    return n->count;
}

static void set(const ad_record *r, void *options, const char *name, const char *value)
{
    for (int i = 0; i < r->options; i++) {
        const ad_option *row = &r->option[i];
        void *at = (char *)options + row->offset;
        if (strcmp(row->name, name) != 0)
            continue;
        if (row->type == AD_OPTION_NUMBER)
            *(double *)at = strtod(value, NULL);
        else if (row->type == AD_OPTION_WHOLE)
            *(int64_t *)at = strtol(value, NULL, 10);
        else if (row->type == AD_OPTION_WORD)
            *(int *)at = word_at(row->words, value);
        else if (row->type == AD_OPTION_TRUTH)
            *(bool *)at = value[0] == '1';
        else if (row->type == AD_OPTION_NUMBERS)
            CHECK_EQ(read_list(value, at), 6);
        else
            *(const char **)at = value;
        return;
    }
    TEST_FAILED("%s has no option %s", r->name, name);
}

static bool in_c_alone(const char *word)
{
    return strcmp(word, "norm_type") == 0 || strcmp(word, "flat") == 0 ||
           strcmp(word, "last_offset") == 0;
}

static ad_tensor *layer_of(const example *e, ad_type type, ad_tensor *const *in)
{
    static _Alignas(16) char options[1024];
    const ad_layer_record *r = (const void *)ad_record_find(ad_layer_at, e->name);
    if (!r || r->record.size > sizeof options) {
        TEST_FAILED("no layer %s", e->name);
        return in[0];
    }
    char words[120];
    memcpy(options, r->record.initial, r->record.size);
    set(&r->record, options, "name", "n");
    snprintf(words, sizeof words, "%s", e->words);
    for (char *word = strtok(words, " "); word; word = strtok(NULL, " ")) {
        char *value = strchr(word, '=');
        *value++ = 0;
        if (!in_c_alone(word))
            set(&r->record, options, word, value);
    }
    if (strstr(e->name, "embedding")) {
        ad_table_options *o = (void *)options;
        const char *p = strstr(e->words, "norm_type=");
        o->type = type;
        o->norm_type = p ? strtod(p + 10, NULL) : 2;
        if (strstr(e->words, "flat")) {
            o->offset = in[1];
            o->last_offset = strstr(e->words, "last_offset") != NULL;
            o->sample_weight = e->ins == 3 ? in[2] : NULL;
            return (ad_embedding_bag)(in[0], o);
        }
        if (e->ins == 2 && !e->in[1].whole) {
            o->sample_weight = in[1];
            return (ad_embedding_bag)(in[0], o);
        }
    }
    return r->make(in, e->ins, options);
}

/* ---- one case */

typedef struct built {
    ad_tensor *y, *total, *of[IN_MAX + WITH_MAX], *slope[IN_MAX + WITH_MAX];
    const double *right[IN_MAX + WITH_MAX];
    int count;
} built;

/* sum of (1 + i / 4) y[i] */
static ad_tensor *total_of(ad_tensor *y)
{
    int64_t count = 1;
    for (int i = 0; i < ad_tensor_shape(y).rank; i++)
        count *= ad_tensor_shape(y).size[i];
    ad_tensor *i = ad_cast(ad_range(graph, AD_I32, count), ad_tensor_type(y));
    ad_tensor *flat = ad_reshape(y, AD_SHAPE(count));
    return ad_sum(ad_mul(flat, ad_shift(ad_scale(i, 0.25), 1)), AD_ALL);
}

/* Arguments are variables too, so that they have slopes. */
static built build(const example *e, ad_type type)
{
    built b = {0};
    ad_tensor *in[IN_MAX];
    for (int i = 0; i < e->ins; i++) {
        const tensor *t = &e->in[i];
        char name[] = {'x', (char)('0' + i), 0};
        if (t->whole) {
            in[i] = ad_constant(graph, ad_i64(t->number, t->shape));
            continue;
        }
        in[i] =
            ad_variable(graph, name, ad_cast(ad_constant(graph, ad_f64(t->value, t->shape)), type));
        b.right[b.count] = t->slope;
        b.of[b.count++] = in[i];
    }
    b.y = layer_of(e, type, in);
    for (int i = 0; i < e->withs; i++) {
        char name[60];
        snprintf(name, sizeof name, "n.%s", e->with[i].name);
        b.right[b.count] = e->with[i].slope;
        b.of[b.count++] = ad_find(graph, name);
        if (!b.of[b.count - 1])
            TEST_FAILED("%s%s: no variable %s", e->name, e->words, name);
    }
    b.total = total_of(b.y);
    ad_gradient(b.total, b.of, b.count, b.slope);
    return b;
}

static void set_variables(const example *e, const built *b)
{
    for (int i = 0; i < e->withs; i++) {
        float half[NUMBERS];
        const tensor *t = &e->with[i];
        ad_tensor *v = b->of[b->count - e->withs + i];
        for (int j = 0; j < t->count; j++)
            half[j] = (float)t->value[j];
        CHECK_OK(ad_set(state, v,
                        ad_tensor_type(v) == AD_F32 ? ad_f32(half, t->shape)
                                                    : ad_f64(t->value, t->shape)));
    }
}

static void compare(const example *e, const ad_array *got, const double *right, int count,
                    double bound, const char *what)
{
    CHECK_EQ(ad_array_count(got), count);
    for (int i = 0; i < count; i++)
        if (!test_close(ad_array_item(got, i), right[i], bound * fmax(1, fabs(right[i]))))
            TEST_FAILED("%s%s%s %d is %.15g, not %.15g", e->name, e->words, what, i,
                        ad_array_item(got, i), right[i]);
}

static void run(const example *e, const built *b, double bound)
{
    ad_tensor *fetch[IN_MAX + WITH_MAX + 1] = {b->y};
    ad_array out[IN_MAX + WITH_MAX + 1] = {{0}}, table;
    for (int i = 0; i < b->count; i++)
        fetch[i + 1] = b->slope[i];
    ad_program *p =
        ad_compile(state, .fetch_list = fetch, .fetch_count = b->count + 1, .training = true);
    REQUIRE(p != NULL);
    CHECK_OK(ad_run(p, NULL, out));
    compare(e, &out[0], e->out.value, e->out.count, bound, "");
    for (int i = 0; i < b->count; i++)
        compare(e, &out[i + 1], b->right[i], (int)ad_array_count(&out[i + 1]), bound, " slope");
    CHECK_OK(ad_get(state, b->of[b->count - 1], &table));
    if (e->withs == 1)
        compare(e, &table, e->has_after ? e->after : e->with[0].value, e->with[0].count, bound,
                " after");
    ad_program_free(p);
}

/* The derivative of sums of slopes, by differences of slopes. */
static void check_second(const example *e, const built *b)
{
    ad_tensor *sum = ad_number(graph, AD_F64, 0);
    for (int i = 0; i < b->count; i++)
        sum = ad_add(sum, ad_scale(total_of(b->slope[i]), 1 + i * i));
    double worst = 1;
    ad_status status = ad_check_gradients(state, sum, b->of, b->count, NULL, 0, &worst);
    if (status != AD_OK || !(worst < 1e-5))
        TEST_FAILED("%s%s: second derivative off by %g, %s", e->name, e->words, worst,
                    status == AD_OK ? "" : ad_error());
}

static void check_example(const example *e, ad_type type, double bound)
{
    begin();
    built b = build(e, type);
    if (ad_tensor_error(b.total))
        TEST_FAILED("%s%s: %s", e->name, e->words, ad_tensor_error(b.total));
    state = ad_state_new(graph, 1);
    if (state) {
        set_variables(e, &b);
        if (type == AD_F64 && !strstr(e->words, "norm=1") && !e->has_after)
            check_second(e, &b);
        run(e, &b, bound);
    }
    end();
}

/* f32: sums of at most 64 products of numbers up to 4 and slopes up to 32, all exact in f32. */
TEST(values_and_slopes_are_torch_s)
{
    FILE *file = fopen(ADZE_TEST_DIR "/golden_blocks/values.txt", "r");
    static example e;
    char line[200] = {0};
    int cases = 0;
    REQUIRE(file != NULL);
    for (; read_example(file, &e, line); cases++) {
        check_example(&e, AD_F64, 1e-9);
        check_example(&e, AD_F32, 64 * 32 * (double)FLT_EPSILON / 2);
    }
    CHECK_EQ(cases, 39);
    fclose(file);
}

/* ---------------------------------------------------------------- noise */

enum { BATCH = 64, TIME = 9, CHANNELS = 50, ALL = BATCH * TIME * CHANNELS };

/* The layer on ones, or on all of `value`, in a training run of that many threads. */
static ad_tensor *noisy(const char *name, ad_tensor *x, double rate)
{
    const ad_dropout_options o = AD_OPTIONS(ad_dropout_options, .rate = rate);
    return strcmp(name, "spatial") == 0  ? (ad_spatial_dropout)(x, &o)
           : strcmp(name, "path") == 0   ? (ad_drop_path)(x, &o)
           : strcmp(name, "alpha") == 0  ? (ad_alpha_dropout)(x, &o)
           : strcmp(name, "factor") == 0 ? ad_gaussian_dropout(x, rate)
                                         : ad_gaussian_noise(x, rate);
}

static void draw(const char *name, double rate, double value, int threads, bool training, float *y)
{
    ad_context *c = ad_context_new(.threads = threads);
    graph = ad_graph_new(c);
    ad_tensor *x = ad_feed(graph, "x", AD_F32, AD_SHAPE(BATCH, TIME, CHANNELS));
    state = ad_state_new(graph, 5);
    ad_program *p =
        ad_compile(state, .fetch = {noisy(name, x, rate)}, .feed = {x}, .training = training);
    float *in = malloc(ALL * sizeof *in);
    for (int i = 0; i < ALL; i++)
        in[i] = (float)value;
    ad_array feed = ad_f32(in, AD_SHAPE(BATCH, TIME, CHANNELS)), out = {0};
    CHECK_OK(ad_run(p, &feed, &out));
    memcpy(y, out.data, ALL * sizeof *y);
    free(in);
    ad_program_free(p);
    ad_state_free(state);
    ad_graph_free(graph);
    ad_context_free(c);
    state = NULL;
}

static float drawn[ALL], again[ALL];

/* Share of zeros within 4.5 deviations of the rate, of n independent draws; nothing but zeros and
 * 1 / (1 - rate). */
static void check_share(double rate, int n)
{
    double zeros = 0;
    for (int i = 0; i < ALL; i++) {
        zeros += drawn[i] == 0;
        CHECK(drawn[i] == 0 || drawn[i] == (float)(1 / (1 - rate)));
    }
    CHECK_CLOSE(zeros / ALL, rate, 4.5 * sqrt(rate * (1 - rate) / n));
}

TEST(whole_channels_and_whole_examples_are_dropped)
{
    draw("spatial", 0.25, 1, 1, true, drawn);
    check_share(0.25, BATCH * CHANNELS);
    for (int i = 0; i < ALL; i++)
        CHECK(drawn[i] == drawn[i / (TIME * CHANNELS) * (TIME * CHANNELS) + i % CHANNELS]);
    draw("path", 0.5, 1, 1, true, drawn);
    check_share(0.5, BATCH);
    for (int i = 0; i < ALL; i++)
        CHECK(drawn[i] == drawn[i / (TIME * CHANNELS) * (TIME * CHANNELS)]);
}

static void moments(double *mean, double *variance)
{
    *mean = *variance = 0;
    for (int i = 0; i < ALL; i++)
        *mean += drawn[i] / ALL;
    for (int i = 0; i < ALL; i++)
        *variance += (drawn[i] - *mean) * (drawn[i] - *mean) / ALL;
}

TEST(normal_noise_has_its_moments)
{
    double mean, variance;
    draw("add", 0.5, 3, 1, true, drawn);
    moments(&mean, &variance);
    CHECK_CLOSE(mean, 3, 4.5 * 0.5 / sqrt(ALL));
    CHECK_CLOSE(variance, 0.25, 4.5 * 0.25 * sqrt(2.0 / ALL));
    draw("factor", 0.2, 3, 1, true, drawn); /* variance 0.25 of each 1 */
    moments(&mean, &variance);
    CHECK_CLOSE(mean, 3, 4.5 * 1.5 / sqrt(ALL));
    CHECK_CLOSE(variance, 2.25, 4.5 * 2.25 * sqrt(2.0 / ALL));
}

/* Values of torch's alpha_dropout, at the end of the file. */
TEST(alpha_dropout_gives_torch_s_values)
{
    FILE *file = fopen(ADZE_TEST_DIR "/golden_blocks/values.txt", "r");
    char line[4000];
    int cases = 0;
    REQUIRE(file != NULL);
    while (fgets(line, sizeof line, file)) {
        double rate, one, half, dropped, zeros = 0;
        if (sscanf(line, "alpha %lf %lf %lf %lf", &rate, &one, &half, &dropped) != 4)
            continue;
        cases++;
        for (int k = 0; k < 2; k++, zeros = 0) {
            draw("alpha", rate, k ? -0.5 : 1, 1, true, drawn);
            for (int i = 0; i < ALL; i++) {
                bool gone = fabs(drawn[i] - dropped) < 1e-6;
                zeros += gone;
                CHECK(gone || fabs(drawn[i] - (k ? half : one)) < 1e-6);
            }
            CHECK_CLOSE(zeros / ALL, rate, 4.5 * sqrt(rate * (1 - rate) / ALL));
        }
    }
    CHECK_EQ(cases, 3);
    fclose(file);
}

/* PyTorch's at rate 1. */
TEST(alpha_dropout_of_all_is_zeros)
{
    draw("alpha", 1, 3, 1, true, drawn);
    for (int i = 0; i < ALL; i++)
        CHECK(drawn[i] == 0);
}

TEST(noise_is_of_training_alone_and_the_same_for_any_threads)
{
    static const char *const names[] = {"spatial", "path", "alpha", "factor", "add"};
    for (int i = 0; i < 5; i++) {
        draw(names[i], 0.3, 2, 1, true, drawn);
        draw(names[i], 0.3, 2, 4, true, again);
        CHECK(memcmp(drawn, again, sizeof drawn) == 0);
        draw(names[i], 0.3, 2, 1, false, drawn);
        for (int j = 0; j < ALL; j++)
            CHECK(drawn[j] == 2);
    }
}

/* One mask in value and gradient: of y = x kept, the slope is what stands for 1. */
TEST(slopes_of_noise_are_its_values)
{
    static const char *const names[] = {"spatial", "path", "factor"};
    for (int i = 0; i < 3; i++) {
        begin();
        ad_tensor *x = ad_variable(graph, "x", ad_full(graph, AD_F64, AD_SHAPE(8, 2, 3), 1)), *dx;
        ad_tensor *y = noisy(names[i], x, 0.4);
        ad_gradient(y, &x, 1, &dx);
        state = ad_state_new(graph, 3);
        ad_program *p = ad_compile(state, .fetch = {y, dx}, .training = true);
        ad_array out[2] = {{0}};
        CHECK_OK(ad_run(p, NULL, out));
        CHECK(memcmp(out[0].data, out[1].data, 8 * 2 * 3 * sizeof(double)) == 0);
        ad_program_free(p);
        end();
    }
}

/* Of weights of 1 and x of 1 an output is the count of those kept times 2. */
TEST(drop_connect_drops_weights)
{
    begin();
    ad_tensor *x = ad_constant(graph, ad_f32(((float[]){1, 1, 1, 1, 1, 1, 1, 1}), AD_SHAPE(1, 8)));
    ad_tensor *y = ad_drop_connect(x, 0.5, .out = 4000, .bias = false, .name = "d");
    state = ad_state_new(graph, 1);
    static float ones[8 * 4000];
    for (int i = 0; i < 8 * 4000; i++)
        ones[i] = 1;
    CHECK_OK(ad_set(state, ad_find(graph, "d.weight"), ad_f32(ones, AD_SHAPE(4000, 8))));
    for (int training = 0; training < 2; training++) {
        ad_program *p = ad_compile(state, .fetch = {y}, .training = training);
        ad_array out = {0};
        double mean = 0, variance = 0;
        CHECK_OK(ad_run(p, NULL, &out));
        for (int i = 0; i < 4000; i++)
            mean += ad_array_item(&out, i) / 4000;
        for (int i = 0; i < 4000; i++)
            variance += pow(ad_array_item(&out, i) - mean, 2) / 4000;
        CHECK_CLOSE(mean, 8, 4.5 * sqrt(8.0 / 4000));
        CHECK_CLOSE(variance, training ? 8 : 0, 0.9);
        ad_program_free(p);
    }
    end();
}

/* ---------------------------------------------------------------- bad input */

static void refused(ad_tensor *t, const char *words)
{
    CHECK_CONTAINS(ad_tensor_error(t), words);
}

TEST(mistakes_are_said)
{
    begin();
    ad_tensor *x = ad_feed(graph, "x", AD_F32, AD_SHAPE(2, 3, 4));
    ad_tensor *i = ad_feed(graph, "i", AD_I32, AD_SHAPE(2, 3));
    ad_tensor *w = ad_feed(graph, "w", AD_F32, AD_SHAPE(2, 3));
    refused(ad_padded_embedding(x, .count = 3, .width = 2), "the index is f32");
    refused(ad_padded_embedding(i, .count = 3, .width = 2, .padding = 3), ".padding is a row");
    refused(ad_padded_embedding(i, .count = 3), "have to be given");
    refused(ad_padded_embedding(i, .count = 3, .width = 2, .mode = AD_BAG_SUM), "is for bags");
    refused(ad_padded_embedding(i, .count = 3, .width = 2, .max_norm = 0), "above 0");
    refused(ad_padded_embedding(i, .count = 3, .width = 2, .norm_type = 0.5), "1 or more");
    refused(ad_padded_embedding(i, .count = 3, .width = 2, .type = AD_I32), "the table i32");
    refused(ad_embedding_bag(ad_feed(graph, "one", AD_I32, AD_SHAPE(3)), .count = 3, .width = 2),
            "(batch, most)");
    refused(ad_embedding_bag(i, .count = 3, .width = 2, .sample_weight = w), "mode sum");
    refused(ad_embedding_bag(i, .count = 3, .width = 2, .length = i), "has to be i32 or i64");
    ad_tensor *list = ad_feed(graph, "list", AD_I32, AD_SHAPE(6));
    refused(ad_embedding_bag(i, .count = 3, .width = 2, .offset = list), "with .offset (count)");
    refused(ad_embedding_bag(list, .count = 3, .width = 2, .offset = i), "has to be (bags)");
    refused(ad_embedding_bag(list, .count = 3, .width = 2, .offset = w), "has to be (bags)");
    refused(ad_embedding_bag(list, .count = 3, .width = 2,
                             .offset = ad_feed(graph, "real", AD_F32, AD_SHAPE(2))),
            "the index is f32");
    refused(ad_embedding_bag(list, .count = 3, .width = 2, .offset = list, .length = list),
            "have to be given");
    refused(ad_embedding_bag(i, .count = 3, .width = 2, .last_offset = true), "have to be given");
    refused(ad_padded_embedding(list, .count = 3, .width = 2, .offset = list), "is for bags");
    refused(ad_highway(i), "f32 or f64");
    refused(ad_squeeze_excite(w), "needs 3 axes");
    refused(ad_squeeze_excite(x, .reduction = 0), ".reduction is 0");
    refused(ad_inception(x, .norm = true), "needs 4 axes");
    refused(ad_inception(ad_reshape(x, AD_SHAPE(1, 2, 3, 4))), ".filters is 0");
    refused(ad_bilinear(x, w, .out = 2), "alike but for the features");
    refused(ad_bilinear(x, x), ".out, 0,");
    refused(ad_spatial_dropout(x, .rate = 1.5), "1.5");
    refused(ad_spatial_dropout(ad_feed(graph, "v", AD_F32, AD_SHAPE(2))), "x has 2 axes");
    refused(ad_drop_path(i), "f32 or f64");
    refused(ad_gaussian_noise(x, -1), "a deviation of -1");
    refused(ad_gaussian_dropout(x, 1), "a deviation of -1");
    refused(ad_gaussian_dropout(x, -0.5), "a deviation of");
    refused(ad_drop_connect(x, 0.5), ".out");
    refused(ad_drop_connect(x, 2, .out = 2), "the rate is 2");
    end();
}

/* What is behind a bag's end may hold anything, and changes no bit. */
TEST(behind_the_end_of_a_bag_nothing_counts)
{
    for (int mode = 0; mode < 3; mode++) {
        begin();
        ad_tensor *i = ad_feed(graph, "i", AD_I32, AD_SHAPE(2, 3));
        ad_tensor *n = ad_feed(graph, "n", AD_I32, AD_SHAPE(2));
        ad_tensor *y = ad_embedding_bag(i, .count = 4, .width = 2, .mode = (ad_bag_mode)mode,
                                        .length = n, .max_norm = 0.5);
        state = ad_state_new(graph, 1);
        ad_program *p = ad_compile(state, .fetch = {y}, .feed = {i, n}, .training = true);
        int32_t list[2][6] = {{1, 0, 0, 2, 3, 0}, {1, 99, -7, 2, 3, 1 << 30}}, count[] = {1, 2};
        float first[4];
        for (int k = 0; k < 2; k++) {
            ad_array in[] = {ad_i32(list[k], AD_SHAPE(2, 3)), ad_i32(count, AD_SHAPE(2))},
                     out = {0};
            CHECK_OK(ad_run(p, in, &out));
            if (k)
                CHECK(memcmp(first, out.data, sizeof first) == 0);
            else
                memcpy(first, out.data, sizeof first);
        }
        ad_program_free(p);
        end();
    }
}

/* Offsets that are none fail the run; bags of a list without numbers are zeros. */
TEST(offsets_of_any_kind)
{
    static const struct {
        int count, bags;
        int64_t offset[3];
        const char *words;
    } cases[] = {
        {4, 2, {0, 4}, NULL},
        {0, 3, {0, 0, 0}, NULL},
        {4, 0, {0}, "nothing to choose from"},
        {4, 2, {1, 3}, "index -1 at position 0 is outside 0..1"},
        {4, 2, {0, 5}, "index 5 at position 1 is outside 0..4"},
        {4, 2, {0, -1}, "index -1 at position 1 is outside 0..4"},
        {0, 1, {1}, "index 1 at position 0 is outside 0..0"},
    };
    for (int k = 0; k < 3 * 7; k++) {
        begin();
        ad_dim count = ad_open(graph, "count"), bags = ad_open(graph, "bags");
        ad_tensor *i = ad_feed(graph, "i", AD_I32, AD_SHAPE(count));
        ad_tensor *o = ad_feed(graph, "o", AD_I64, AD_SHAPE(bags));
        ad_tensor *y =
            ad_embedding_bag(i, .count = 4, .width = 2, .mode = (ad_bag_mode)(k / 7), .offset = o);
        state = ad_state_new(graph, 1);
        ad_program *p = ad_compile(state, .fetch = {y}, .feed = {i, o});
        int32_t list[] = {1, 0, 2, 3};
        int64_t offset[3];
        memcpy(offset, cases[k % 7].offset, sizeof offset);
        ad_array in[] = {ad_i32(list, AD_SHAPE(cases[k % 7].count)),
                         {.type = AD_I64, .shape = AD_SHAPE(cases[k % 7].bags), .data = offset}},
                 out = {0};
        const char *words = cases[k % 7].words;
        CHECK_EQ(p ? ad_run(p, in, &out) : ad_error_status(), words ? AD_ERROR_RANGE : AD_OK);
        if (words)
            CHECK_CONTAINS(ad_error(), words);
        for (int n = 0; !words && cases[k % 7].count == 0 && n < 6; n++)
            CHECK_EQ(ad_array_item(&out, n), 0);
        ad_program_free(p);
        end();
    }
}

/* A bag of one number is that row, in each mode, though the list goes on behind the last offset. */
TEST(what_is_behind_the_last_offset_counts_nowhere)
{
    for (int mode = 0; mode < 3; mode++) {
        begin();
        ad_tensor *i = ad_feed(graph, "i", AD_I32, AD_SHAPE(5));
        ad_tensor *o = ad_feed(graph, "o", AD_I32, AD_SHAPE(3));
        ad_tensor *w = ad_variable(graph, "w", ad_normal(graph, AD_F32, AD_SHAPE(4, 2), 0, 1));
        ad_tensor *y = ad_embedding_bag(i, .weight = w, .mode = (ad_bag_mode)mode, .offset = o,
                                        .last_offset = true);
        state = ad_state_new(graph, 1);
        ad_program *p = ad_compile(state, .fetch = {y, w}, .feed = {i, o});
        int32_t list[] = {1, 0, 2, 3, 1}, offset[] = {0, 2, 3};
        ad_array in[] = {ad_i32(list, AD_SHAPE(5)), ad_i32(offset, AD_SHAPE(3))}, out[2] = {{0}};
        CHECK_OK(ad_run(p, in, out));
        CHECK_EQ(out[0].shape.size[0], 2);
        for (int c = 0; c < 2; c++)
            CHECK(ad_array_item(&out[0], 2 + c) == ad_array_item(&out[1], 4 + c));
        ad_program_free(p);
        end();
    }
}

TEST_MAIN
