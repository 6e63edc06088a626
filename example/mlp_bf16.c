/* A multilayer perceptron whose matrix products take bf16 inputs, with weights kept in f32.
 *
 *     ./mlp_bf16 [test/golden/mlp_bf16.txt]
 *
 * What to see here: .precision = AD_BF16.  Both inputs of every product, forward and in the two
 * gradient products, are rounded to bf16 (8 bits of mantissa); the sums, everything between the
 * products, and the weights ("master weights") stay f32.  The graph does not change: the same graph
 * compiled without .precision trains in f32.
 *
 * How close it must be.  The golden file has the same roundings, but sums in f64.  Where a sum in
 * f32 falls on the other side of a rounding boundary, one input of a product flips: it moves by at
 * most 2^-8 of itself.  It belongs to one of 32 examples, so a gradient moves by about 2^-13 of
 * itself.  Some 6400 values are rounded in a step, and one flips at odds of about 2^-12 (an error
 * of 2^-20 in a spacing of 2^-8): after one step, allowed is one flip, 2^-13; over 30 steps there
 * are some 50, up or down as chance has it, so 7 times 2^-13; allowed is 2^-10.  Training without
 * the roundings ends more than twice as far away, which is checked too. */
#include "common.h"

enum { BATCH = 32, IN = 16, WIDTH = 32, CLASSES = 4, STEPS = 30 };

typedef struct model {
    ad_context *context;
    ad_graph *graph;
    ad_state *state, *exact_state;
    ad_program *train, *train_exact;
} model;

static ad_tensor *mlp(ad_tensor *x)
{
    x = ad_tanh(ad_linear(x, .out = WIDTH, .name = "hidden1"));
    x = ad_tanh(ad_linear(x, .out = WIDTH, .name = "hidden2"));
    return ad_linear(x, .out = CLASSES, .name = "out");
}

static bool open_model(model *m)
{
    m->context = ad_context_new(.threads = 2);
    m->graph = m->context == NULL ? NULL : ad_graph_new(m->context);
    if (m->graph == NULL)
        return false;
    ad_dim batch = ad_open(m->graph, "batch");
    ad_tensor *x = ad_feed(m->graph, "x", AD_F32, AD_SHAPE(batch, IN));
    ad_tensor *label = ad_feed(m->graph, "label", AD_I32, AD_SHAPE(batch));
    ad_tensor *loss = ad_sgd(ad_cross_entropy(mlp(x), label), .rate = 0.25, .momentum = 0.75);

    m->state = ad_state_new(m->graph, 1);
    if (m->state == NULL || !set_weights(m->state, m->graph))
        return false;
    m->exact_state = ad_state_clone(m->state);
    if (m->exact_state == NULL)
        return false;
    m->train = ad_compile(m->state, .fetch = {loss}, .feed = {x, label}, .training = true,
                          .precision = AD_BF16);
    m->train_exact =
        ad_compile(m->exact_state, .fetch = {loss}, .feed = {x, label}, .training = true);
    return m->train != NULL && m->train_exact != NULL;
}

static void close_model(model *m)
{
    ad_program_free(m->train);
    ad_program_free(m->train_exact);
    ad_state_free(m->state);
    ad_state_free(m->exact_state);
    ad_graph_free(m->graph);
    ad_context_free(m->context);
}

/* Which quarter of the vector has the largest sum. */
static void fill(float x[BATCH][IN], int32_t label[BATCH], int step)
{
    for (int b = 0; b < BATCH; b++) {
        float sum[CLASSES] = {0};
        for (int i = 0; i < IN; i++) {
            x[b][i] = (float)noise("x", (step * BATCH + b) * IN + i);
            sum[i * CLASSES / IN] += x[b][i];
        }
        label[b] = 0;
        for (int k = 1; k < CLASSES; k++)
            if (sum[k] > sum[label[b]])
                label[b] = k;
    }
}

/* How far the weights that were not rounded are from the golden ones: the largest difference of any
 * array. */
static double distance(example *e, const model *m, const char *place)
{
    double worst = 0;
    for (int i = 0; i < e->golden_count; i++) {
        const golden_array *golden = &e->golden[i];
        ad_array value = {0};
        if (strncmp(golden->name, place, strlen(place)) != 0)
            continue;
        ad_tensor *variable = ad_find(m->graph, golden->name + strlen(place));
        if (variable != NULL && ad_get(m->exact_state, variable, &value) == AD_OK)
            worst = fmax(worst, difference(ad_f64(golden->value, AD_SHAPE(golden->count)), value));
    }
    return worst;
}

static bool train(model *m, example *e)
{
    static float x[BATCH][IN];
    int32_t label[BATCH];
    double loss[STEPS], exact_loss[STEPS];
    ad_array feeds[] = {ad_f32(*x, AD_SHAPE(BATCH, IN)), ad_i32(label, AD_SHAPE(BATCH))};
    for (int step = 0; step < STEPS; step++) {
        fill(x, label, step);
        if (!run_step(m->train, feeds, &loss[step]) ||
            !run_step(m->train_exact, feeds, &exact_loss[step]))
            return false;
        e->tolerance = 0x1p-13;
        if (step == 0)
            compare_weights(e, "step1", m->graph, m->state);
    }
    e->tolerance = 0x1p-10;
    printf("loss %.4f -> %.4f in bf16, -> %.4f in f32\n", loss[0], loss[STEPS - 1],
           exact_loss[STEPS - 1]);
    compare(e, "loss", ad_f64(loss, AD_SHAPE(STEPS)));
    compare_weights(e, "last", m->graph, m->state);
    if (e->golden_count > 0)
        expect(e, distance(e, m, "last/") > 2 * e->tolerance,
               "training in f32 ends where training in bf16 does");
    return true;
}

int main(int argc, char **argv)
{
    example e = {.type = AD_F32};
    model m = {0};
    bool ok = argc < 2 || golden_read(&e, argv[1]);
    if (ok)
        ok = report(&e, open_model(&m) && train(&m, &e));
    close_model(&m);
    golden_free(&e);
    return ok ? 0 : 1;
}
