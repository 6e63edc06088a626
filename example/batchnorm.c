/* A net with batch norm (Ioffe and Szegedy 2015) that sees two views of each image in one step.
 *
 *     ./batchnorm [test/golden/batchnorm.txt]
 *
 * What to see here: moving averages that are updated twice in one step, because the net is applied
 * twice; the same net with its averages frozen, for fine tuning; an inference program, in which
 * each norm is folded into the convolution before it. */
#include "common.h"

enum { BATCH = 8, CLASSES = 4, STEPS = 24, FROZEN_STEPS = 6, ALL_STEPS = STEPS + FROZEN_STEPS };

/* Sums on the way of one step: two convolutions, a mean, a layer, forward and backward; statistics
 * and weight gradients over the batch's places. */
enum { ADDITIONS = ALL_STEPS * (2 * (18 + 72 + 9 + 12) + 4 * BATCH * 36) };

typedef struct model {
    ad_graph *graph;
    ad_state *state;
    ad_tensor *left, *right, *label; /* feeds */
    ad_tensor *logits;               /* of the left view */
    ad_program *train;
} model;

/* Images (batch, 6, 6, 2) to logits (batch, 4). */
static ad_tensor *net(ad_tensor *x, bool frozen)
{
    x = ad_conv2d(x, .filters = 8, .kernel = 3, .same = true, .name = "conv1");
    x = ad_relu(ad_batch_norm(x, .frozen = frozen, .name = "norm1"));
    x = ad_conv2d(x, .filters = 12, .kernel = 3, .stride = 2, .padding = 1, .name = "conv2");
    x = ad_relu(ad_batch_norm(x, .frozen = frozen, .name = "norm2"));
    return ad_linear(ad_mean(x, AD_AXES(1, 2)), .out = CLASSES, .name = "out");
}

static bool open_model(model *m, ad_context *context, ad_type type, bool frozen)
{
    m->graph = ad_graph_new(context);
    if (m->graph == NULL)
        return false;
    ad_dim batch = ad_open(m->graph, "batch");
    m->left = ad_feed(m->graph, "left", type, AD_SHAPE(batch, 6, 6, 2));
    m->right = ad_feed(m->graph, "right", type, AD_SHAPE(batch, 6, 6, 2));
    m->label = ad_feed(m->graph, "label", AD_I32, AD_SHAPE(batch));
    m->logits = net(m->left, frozen);

    ad_tensor *right_logits = ad_call(m->logits, &m->left, &m->right, 1);
    ad_tensor *apart = ad_mean(ad_square(ad_sub(m->logits, right_logits)), AD_ALL);
    ad_tensor *loss =
        ad_add(ad_cross_entropy(m->logits, m->label), ad_cross_entropy(right_logits, m->label));
    loss = ad_sgd(ad_add(loss, apart), .rate = 0.125, .momentum = 0.5);

    m->state = ad_state_new(m->graph, 1);
    if (m->state == NULL || !set_weights(m->state, m->graph))
        return false;
    m->train = ad_compile(m->state, .fetch = {loss}, .feed = {m->left, m->right, m->label},
                          .training = true);
    return m->train != NULL;
}

static void close_model(model *m)
{
    ad_program_free(m->train);
    ad_state_free(m->state);
    ad_graph_free(m->graph);
}

/* Class k has a bright row k; the views differ by their noise. */
static void fill_view(const ad_array *view, const char *name, const ad_array *label, int step)
{
    array_noise(view, name, 0.5, step);
    for (int b = 0; b < BATCH; b++)
        for (int i = 0; i < 12; i++) {
            int64_t at = (b * 6 + (int)ad_array_item(label, b)) * 12 + i;
            array_put(view, at, 1 + ad_array_item(view, at));
        }
}

static void fill(const ad_array feeds[3], int step)
{
    for (int b = 0; b < BATCH; b++)
        array_put(&feeds[2], b, whole("label", step * BATCH + b, CLASSES));
    fill_view(&feeds[0], "left", &feeds[2], step);
    fill_view(&feeds[1], "right", &feeds[2], step);
}

static bool train(model *m, example *e, const ad_array feeds[3], int first, int count, double *loss)
{
    for (int step = first; step < first + count; step++) {
        fill(feeds, step);
        if (!run_step(m->train, feeds, &loss[step]))
            return false;
        if (step == 0)
            compare_weights(e, "step1", m->graph, m->state);
    }
    return true;
}

/* Inference with and without folding.  Folding rounds each weight once or twice more and changes
 * the order of nothing, so the two differ by the rounding of sums of 18 and 72 products. */
static bool infer(model *m, example *e, const ad_array *left)
{
    ad_program *folded = ad_compile(m->state, .fetch = {m->logits}, .feed = {m->left});
    ad_program *plain =
        ad_compile(m->state, .fetch = {m->logits}, .feed = {m->left}, .off.no_fold = true);
    ad_array with = {0}, without = {0};
    bool ok = folded != NULL && plain != NULL && ad_run(folded, left, &with) == AD_OK &&
              ad_run(plain, left, &without) == AD_OK;
    if (ok) {
        double allowed = f32_tolerance(2 * (18 + 72)) * (e->type == AD_F64 ? 0x1p-29 : 1);
        compare(e, "inference", with);
        compare(e, "inference", without);
        expect(e, difference(without, with) <= allowed, "folding changed the logits");
    }
    ad_program_free(folded);
    ad_program_free(plain);
    return ok;
}

/* Every variable of one model into the variable of that name of the other. */
static bool copy_variables(const model *from, model *to)
{
    for (int i = 0; i < ad_variable_count(from->graph); i++) {
        ad_tensor *variable = ad_variable_at(from->graph, i);
        ad_tensor *target = ad_find(to->graph, ad_tensor_name(variable));
        ad_array value = {0};
        bool momentum =
            strncmp(ad_tensor_name(variable), "sgd", 3) == 0; /* fine tuning starts at rest */
        if (target == NULL || momentum)
            continue;
        if (ad_get(from->state, variable, &value) != AD_OK ||
            ad_set(to->state, target, value) != AD_OK)
            return false;
    }
    return true;
}

static bool whole_life(model *m, model *frozen, example *e, const ad_array feeds[3])
{
    double loss[ALL_STEPS];
    if (!train(m, e, feeds, 0, STEPS, loss))
        return false;
    compare_weights(e, "last", m->graph, m->state);
    fill(feeds, STEPS);
    if (!infer(m, e, feeds) || !copy_variables(m, frozen) ||
        !train(frozen, e, feeds, STEPS, FROZEN_STEPS, loss))
        return false;
    compare_weights(e, "frozen", frozen->graph, frozen->state);
    compare(e, "loss", ad_f64(loss, AD_SHAPE(ALL_STEPS)));
    ad_array before = {0}, after = {0};
    if (ad_get(m->state, ad_find(m->graph, "norm1.running_var"), &before) != AD_OK ||
        ad_get(frozen->state, ad_find(frozen->graph, "norm1.running_var"), &after) != AD_OK)
        return false;
    expect(e, memcmp(before.data, after.data, ad_array_bytes(&before)) == 0,
           "frozen averages moved");
    printf("loss %.4f -> %.4f, frozen -> %.4f\n", loss[0], loss[STEPS - 1], loss[ALL_STEPS - 1]);
    return true;
}

static bool run(example *e)
{
    ad_context *context = ad_context_new(.threads = 2, .allocator = e->allocator);
    ad_array feeds[] = {array_new(e->type, AD_SHAPE(BATCH, 6, 6, 2)),
                        array_new(e->type, AD_SHAPE(BATCH, 6, 6, 2)),
                        array_new(AD_I32, AD_SHAPE(BATCH))};
    model moving = {0}, frozen = {0};
    bool ok = context != NULL && open_model(&moving, context, e->type, false) &&
              open_model(&frozen, context, e->type, true) && whole_life(&moving, &frozen, e, feeds);
    close_model(&moving);
    close_model(&frozen);
    arrays_free(feeds, 3);
    ad_context_free(context);
    return ok;
}

int main(int argc, char **argv)
{
    return example_main(argc, argv, run, ADDITIONS);
}
