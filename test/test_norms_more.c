/* Norms beyond the core against torch 2.15: script/layer-goldens-windows made
 * golden_windows/norms.txt and training.txt. */
#include "window_golden.h"

/* "axis=1" */
static ad_tensor *weight_norm(const golden *g, ad_tensor *v)
{
    const golden_tensor *t = &g->in[1];
    ad_tensor *one = ad_variable(graph, "l.g", ad_full(graph, ad_tensor_type(v), t->shape, 1));
    return ad_weight_norm(v, one, g->words[6] - '0');
}

static ad_tensor *made(const golden *g, ad_tensor *x)
{
    return strcmp(g->name, "weight_norm") == 0 ? weight_norm(g, x) : golden_layer(g, x);
}

/* Of one number the norm is 1, but for epsilon: no slope to be seen. */
static bool sloped(const golden *g)
{
    const ad_shape *shape = &g->in[0].shape;
    return strcmp(g->name, "rms_norm") != 0 || shape->size[shape->rank - 1] > 1;
}

TEST(values_and_slopes_are_torch_s)
{
    CHECK_EQ(golden_all(ADZE_TEST_DIR "/golden_windows/norms.txt", made, sloped), 50);
}

/* ---------------------------------------------------------------- training */

static void part_of(const golden_tensor *x, int i, int parts, ad_type type, ad_array *part,
                    float *single)
{
    ad_shape shape = x->shape;
    int count = x->count / parts;
    shape.size[0] /= parts;
    for (int k = 0; k < count; k++)
        single[k] = (float)x->value[i * count + k];
    *part = type == AD_F32 ? ad_f32(single, shape) : ad_f64(x->value + i * count, shape);
}

/* Three training steps and one of inference on the first part; then the buffers. */
static void check_training(const golden *g, ad_type type, double bound, bool naive)
{
    static float single[GOLDEN_SIZE];
    ad_array in, out = {0};
    begin();
    ad_shape shape = g->in[0].shape;
    int each = g->out.count / 4;
    shape.size[0] = ad_open(graph, "batch");
    ad_tensor *x = ad_feed(graph, "x", type, shape), *y = golden_layer(g, x);
    state = ad_state_new(graph, 1);
    if (!state)
        TEST_FAILED("%s%s: %s", g->name, g->words, ad_error());
    for (int i = 1; i < g->ins && state; i++)
        golden_give(golden_find(g, &g->in[i]), &g->in[i]);
    ad_program *p[2] = {NULL};
    for (int k = 0; k < 2 && state; k++)
        p[k] = ad_compile(state, .fetch = {y}, .feed = {x}, .training = k == 0, .naive = naive);
    for (int i = 0; i < 4 && p[0] && p[1]; i++) {
        part_of(&g->in[0], i % 3, 3, type, &in, single);
        CHECK_OK(ad_run(p[i == 3], &in, &out));
        golden_compare(g, &out, g->out.value + i * each, each, bound, i == 3 ? " inferred" : "");
    }
    for (int i = 0; i < g->afters && state; i++) {
        ad_array value;
        CHECK_OK(ad_get(state, golden_find(g, &g->after[i]), &value));
        golden_compare(g, &value, g->after[i].value, g->after[i].count, bound, g->after[i].kind);
    }
    for (int k = 0; k < 2; k++)
        ad_program_free(p[k]);
    end();
}

TEST(three_steps_are_torch_s)
{
    static golden g;
    FILE *file = fopen(ADZE_TEST_DIR "/golden_windows/training.txt", "r");
    int cases = 0;
    for (; file && golden_read(file, &g); cases++) {
        check_training(&g, AD_F64, 1e-9, false);
        check_training(&g, AD_F64, 1e-9, true);
        check_training(&g, AD_F32, golden_bound(&g), false);
    }
    CHECK_EQ(cases, 18);
    if (file)
        fclose(file);
}

/* ---------------------------------------------------------------- sums of several devices */

struct other {
    ad_tensor *x, *first; /* what another device holds; what join gave first */
};

/* Adds what the other device would: sums of its x, then of its squared distances. */
static ad_tensor *join(void *user, ad_tensor *sums)
{
    struct other *o = user;
    ad_tensor *x = o->x, *count = ad_full(graph, AD_F64, AD_SHAPE(1), 2);
    if (o->first) {
        ad_tensor *all = ad_slice(o->first, 0, 3, AD_END, 1);
        x = ad_square(ad_sub(x, ad_div(ad_slice(o->first, 0, 0, 3, 1), all)));
    }
    ad_tensor *parts[] = {ad_sum(x, AD_AXES(0)), count};
    ad_tensor *joined = ad_add(sums, ad_concat(parts, 2, 0));
    o->first = o->first ? o->first : joined;
    return joined;
}

static void check_equal(ad_tensor *a, ad_tensor *b)
{
    ad_array x = {0}, y = {0};
    ad_tensor *all[] = {a, b};
    ad_program *p = ad_compile(state, .fetch_list = all, .fetch_count = 2, .training = true);
    ad_array out[] = {x, y};
    if (!p || ad_run(p, NULL, out) != AD_OK)
        TEST_FAILED("%s", ad_error());
    else
        for (int i = 0; i < ad_array_count(&out[0]); i++)
            CHECK_CLOSE(ad_array_item(&out[0], i), ad_array_item(&out[1], i), 1e-12);
    ad_program_free(p);
}

static void check_buffer(const char *a, const char *b)
{
    ad_array x, y;
    CHECK_OK(ad_get(state, ad_find(graph, a), &x));
    CHECK_OK(ad_get(state, ad_find(graph, b), &y));
    for (int i = 0; i < 3; i++)
        CHECK_CLOSE(ad_array_item(&x, i), ad_array_item(&y, i), 1e-12);
}

/* Two halves of a batch: values, slopes and averages are those of the whole. */
TEST(halves_with_joined_sums_are_the_whole)
{
    static const double value[] = {1, 2, 3, -4, 0.5, 6, 7, 8, -9, 2, 2.5, 1};
    begin();
    ad_tensor *x = ad_variable(graph, "x", ad_constant(graph, ad_f64(value, AD_SHAPE(4, 3))));
    ad_tensor *half[2], *y[2], *slopes[2];
    for (int i = 0; i < 2; i++)
        half[i] = ad_slice(x, 0, 2 * i, 2 * i + 2, 1);
    for (int i = 0; i < 2; i++) {
        struct other o = {half[1 - i], NULL};
        y[i] =
            ad_sync_norm(half[i], .name = i ? "b" : "a", .momentum = 0.1, .join = join, .user = &o);
    }
    ad_tensor *joined = ad_concat(y, 2, 0), *whole = ad_batch_norm(x, .name = "whole");
    ad_gradient(golden_total(joined, 12), &x, 1, &slopes[0]);
    ad_gradient(golden_total(whole, 12), &x, 1, &slopes[1]);
    state = ad_state_new(graph, 1);
    check_equal(joined, whole);
    check_equal(slopes[0], slopes[1]);
    check_buffer("a.running_mean", "whole.running_mean");
    check_buffer("a.running_var", "whole.running_var");
    check_buffer("b.running_var", "whole.running_var");
    ad_array count;
    CHECK_OK(ad_get(state, ad_find(graph, "a.num_batches_tracked"), &count));
    CHECK(count.type == AD_I64 && ad_array_item(&count, 0) == 1); /* slopes need no update */
    end();
}

static ad_tensor *nothing(void *user, ad_tensor *sums)
{
    (void)user;
    return ad_slice(sums, 0, 1, AD_END, 1);
}

/* ---------------------------------------------------------------- ends */

static double run_item(ad_tensor *y, ad_array in, int i, bool training)
{
    ad_array out = {0};
    ad_program *p = ad_compile(state, .fetch = {y}, .training = training);
    double item = NAN;
    if (p && ad_run(p, &in, &out) == AD_OK)
        item = ad_array_count(&out) > i ? ad_array_item(&out, i) : -1;
    else
        TEST_FAILED("%s", ad_error());
    ad_program_free(p);
    return item;
}

static double buffer_item(const char *name)
{
    ad_array value;
    CHECK_OK(ad_get(state, ad_find(graph, name), &value));
    return ad_array_item(&value, 0);
}

/* Without examples, or of one number, there is nothing that could be a variance. */
TEST(empty_batches_and_single_numbers)
{
    static const float one[] = {5, 7};
    ad_array none = ad_f32(one, AD_SHAPE(0, 1, 2)), single = ad_f32(one, AD_SHAPE(1, 1, 2));
    begin();
    ad_tensor *x = ad_feed(graph, "x", AD_F32, AD_SHAPE(ad_open(graph, "batch"), 1, 2));
    ad_tensor *group = ad_group_norm(x, .groups = 2), *rms = ad_rms_norm(x);
    ad_tensor *plain = ad_instance_norm(x);
    ad_tensor *tracked = ad_instance_norm(x, .track = true, .name = "t");
    ad_tensor *sync = ad_sync_norm(x, .name = "s"), *local = ad_local_response_norm(x);
    ad_tensor *all[] = {group, rms, plain, tracked, sync, local};
    state = ad_state_new(graph, 1);
    for (int i = 0; i < 6; i++)
        CHECK(run_item(all[i], none, 0, true) == -1);
    CHECK(buffer_item("t.running_mean") == 0 && buffer_item("t.running_var") == 1);
    CHECK(buffer_item("s.num_batches_tracked") == 0);
    CHECK(run_item(group, single, 1, true) == 0 && run_item(plain, single, 0, true) == 0);
    CHECK_CLOSE(run_item(tracked, single, 0, true), 5, 1e-4);
    CHECK_CLOSE(run_item(sync, single, 1, true), 7, 1e-4);
    CHECK(buffer_item("t.running_mean") == 0 && buffer_item("s.running_var") == 1);
    CHECK(buffer_item("s.num_batches_tracked") == 0);
    end();
}

/* An example's group norm knows nothing of the rest of its batch, nor of threads: no bit. */
TEST(group_norm_does_not_see_the_batch)
{
    enum { PLACES = 37, CHANNELS = 24, EACH = PLACES * CHANNELS };
    static float x[3 * EACH], y[3][3 * EACH];
    for (int i = 0; i < 3 * EACH; i++)
        x[i] = (float)((i * 7919) % 1009) / 100 - 3;
    for (int k = 0; k < 3; k++) {
        int batch = k == 2 ? 1 : 3;
        context = ad_context_new(.threads = k == 1 ? 3 : 1);
        graph = ad_graph_new(context);
        ad_tensor *in = ad_feed(graph, "x", AD_F32, AD_SHAPE(batch, PLACES, CHANNELS));
        ad_tensor *out = ad_group_norm(in, .groups = 6);
        state = ad_state_new(graph, 1);
        ad_program *p = ad_compile(state, .fetch = {out}, .training = true);
        ad_array value = ad_f32(y[k], AD_SHAPE(batch, PLACES, CHANNELS));
        CHECK_OK(ad_run(p, &(ad_array){.type = AD_F32, .shape = value.shape, .data = x}, &value));
        ad_program_free(p);
        end();
    }
    CHECK(memcmp(y[0], y[1], sizeof y[0]) == 0);
    CHECK(memcmp(y[0], y[2], EACH * sizeof(float)) == 0);
}

/* ---------------------------------------------------------------- weights */

/* The power method finds the largest singular value, 3 of rows (3, 0) and (0, 1). */
TEST(spectral_norm_converges)
{
    static const double rows[] = {3, 0, 0, 1};
    begin();
    ad_tensor *w = ad_variable(graph, "w", ad_constant(graph, ad_f64(rows, AD_SHAPE(2, 2))));
    ad_tensor *y = ad_spectral_norm(w, 0, .iterations = 50, .name = "s");
    state = ad_state_new(graph, 1);
    CHECK_CLOSE(run_item(y, ad_f64(rows, AD_SCALAR), 0, true), 1, 1e-12);
    CHECK_CLOSE(run_item(y, ad_f64(rows, AD_SCALAR), 3, false), 1. / 3, 1e-12);
    end();
}

/* A normed layer starts as one that is not: its weight is what v begins with, and of spectral norm
 * near a matrix of norm 1. */
TEST(normed_weights_start_as_weights)
{
    begin();
    ad_tensor *x = ad_full(graph, AD_F64, AD_SHAPE(2, 5), 1);
    ad_conv_nd(x, .filters = 3, .normed = AD_NORMED_WEIGHT, .name = "l");
    ad_tensor *v = ad_find(graph, "l.parametrizations.weight.original1");
    ad_tensor *g = ad_find(graph, "l.parametrizations.weight.original0");
    state = ad_state_new(graph, 3);
    check_equal(ad_weight_norm(v, g, 0), v);
    check_equal(ad_weight_norm(v, ad_reshape(g, AD_SHAPE(3)), -2), v);
    end();
}

/* ---------------------------------------------------------------- mistakes */

static void refuses(ad_tensor *y, const char *words)
{
    CHECK_CONTAINS(ad_tensor_error(y), words);
    end();
    begin();
}

TEST(mistakes_are_named)
{
#define X(...) ad_full(graph, AD_F32, AD_SHAPE(__VA_ARGS__), 1)
    begin();
    refuses(ad_group_norm(X(2, 6)), ".groups is 0; it has to divide the 6 channels");
    refuses(ad_group_norm(X(2, 6), .groups = 4), ".groups is 4");
    refuses(ad_group_norm(X(6), .groups = 2), "it needs 2 axes");
    refuses(ad_group_norm(X(2, 6), .groups = 2, .track = true), "each for one norm");
    refuses(ad_rms_norm(X(2, 6), .epsilon = -1), ".epsilon is -1");
    refuses(ad_rms_norm(X(2, 6), .groups = 2), "each for one norm");
    refuses(ad_rms_norm(ad_full(graph, AD_I32, AD_SHAPE(2, 2), 1)), "f32 or f64");
    refuses(ad_instance_norm(X(2, 6)), "it needs 3 axes");
    refuses(ad_instance_norm(X(2, 3, 6), .momentum = 2), ".momentum 2");
    refuses(ad_sync_norm(X(2, 6), .join = nothing), "what .join returns");
    refuses(ad_sync_norm(X(6)), "it needs 2 axes");
    refuses(ad_local_response_norm(X(2, 6), .size = 0), ".size is 0");
    refuses(ad_weight_norm(X(2, 3), X(3), 0), "ad_weight_norm: v is (2, 3), g (3)");
    refuses(ad_weight_norm(X(2, 3), X(2), 2), "axis 2 has to be one of v");
    refuses(ad_spectral_norm(X(2, 3), 5), "the axis 5");
    refuses(ad_spectral_norm(X(2), 0), "it needs 2 axes");
    refuses(ad_spectral_norm(X(2, 3), 0, .iterations = 0), ".iterations 0");
    refuses(ad_conv_nd(X(2, 3), .filters = 2, .normed = (ad_normed)7), ".normed is 7");
    end();
}

TEST_MAIN
