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

TEST_MAIN
