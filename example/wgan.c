/* A Wasserstein GAN with gradient penalty (Gulrajani et al. 2017) on 8x8 images of a bright square.
 *
 *     ./wgan [test/golden/wgan.txt]
 *
 * What to see here: one net applied to three inputs (ad_call); two programs that train two parts of
 * one state in turn; a gradient that is part of the loss, so that its own gradient is taken: a
 * second derivative through convolution, leaky ReLU and pooling. */
#include "common.h"

enum { BATCH = 8, LATENT = 8, ROUNDS = 10, CRITIC_STEPS = 3, STEPS = ROUNDS * (CRITIC_STEPS + 1) };

/* Sums on the way of one step: the generator's and the critic's forward, the critic's slope, the
 * backward of all three. */
enum { ADDITIONS = STEPS * (3 * (8 + 32 + 16) + 4 * (9 + 72 + 64) + BATCH * 64) };

typedef struct wgan {
    ad_context *context;
    ad_graph *graph;
    ad_state *state;
    ad_program *critic_step, *generator_step;
} wgan;

/* (batch, 8) to images (batch, 8, 8, 1). */
static ad_tensor *generator(ad_tensor *latent, ad_dim batch)
{
    ad_tensor *x = ad_relu(ad_linear(latent, .out = 32, .name = "linear"));
    x = ad_reshape(x, AD_SHAPE(batch, 2, 2, 8));
    x = ad_conv_transpose2d(x, .filters = 4, .kernel = 4, .stride = 2, .padding = 1, .name = "up1");
    x = ad_conv_transpose2d(ad_relu(x), .filters = 1, .kernel = 4, .stride = 2, .padding = 1,
                            .name = "up2");
    return ad_tanh(x);
}

/* Images to scores (batch, 1): high for real ones.  The last layer has no bias, because the loss is
 * a difference of scores. */
static ad_tensor *critic(ad_tensor *image)
{
    ad_tensor *x = ad_conv2d(image, .filters = 8, .kernel = 3, .same = true, .name = "conv1");
    x = ad_max_pool(ad_leaky_relu(x, 0.2), .window = 2);
    x = ad_conv2d(x, .filters = 16, .kernel = 3, .same = true, .name = "conv2");
    x = ad_average_pool(ad_leaky_relu(x, 0.2), .window = 2);
    return ad_linear(ad_flatten(x), .out = 1, .bias = false, .name = "score");
}

/* Mean of (|slope| - 1)^2, where slope is the gradient of the score at a random mix of a real and a
 * made image. */
static ad_tensor *slope_penalty(ad_tensor *score, ad_tensor *real, ad_tensor *fake,
                                ad_tensor *share)
{
    ad_tensor *rest = ad_shift(ad_neg(share), 1);
    ad_tensor *mix = ad_add(ad_mul(share, real), ad_mul(rest, fake));
    ad_tensor *slope = NULL;
    ad_gradient(ad_call(score, &real, &mix, 1), &mix, 1, &slope);
    ad_tensor *length = ad_sqrt(ad_sum(ad_square(slope), AD_AXES(1, 2, 3)));
    return ad_mean(ad_square(ad_shift(length, -1)), AD_ALL);
}

static bool build(wgan *w, example *e)
{
    w->context = ad_context_new(.threads = 2, .allocator = e->allocator);
    w->graph = w->context == NULL ? NULL : ad_graph_new(w->context);
    if (w->graph == NULL)
        return false;
    ad_graph *g = w->graph;
    ad_dim batch = ad_open(g, "batch");
    ad_tensor *real = ad_feed(g, "real", e->type, AD_SHAPE(batch, 8, 8, 1));
    ad_tensor *latent = ad_feed(g, "latent", e->type, AD_SHAPE(batch, LATENT));
    ad_tensor *share = ad_feed(g, "share", e->type, AD_SHAPE(batch, 1, 1, 1));

    ad_scope_begin(g, "generator");
    ad_tensor *fake = generator(latent, batch);
    ad_scope_end(g);
    ad_scope_begin(g, "critic");
    ad_tensor *score = critic(real);
    ad_scope_end(g);

    ad_tensor *real_mean = ad_mean(score, AD_ALL);
    ad_tensor *fake_mean = ad_mean(ad_call(score, &real, &fake, 1), AD_ALL);
    ad_tensor *penalty = ad_scale(slope_penalty(score, real, fake, share), 10);
    ad_tensor *critic_loss = ad_add(ad_sub(fake_mean, real_mean), penalty);
    ad_tensor *train_critic =
        ad_adam(critic_loss, .rate = 0x1p-8, .beta1 = 0, .beta2 = 0.9, .scope = "critic.");
    ad_tensor *train_generator =
        ad_adam(ad_neg(fake_mean), .rate = 0x1p-8, .beta1 = 0, .beta2 = 0.9, .scope = "generator.");

    w->state = ad_state_new(g, 1);
    if (w->state == NULL)
        return false;
    w->critic_step = ad_compile(w->state, .fetch = {train_critic}, .feed = {real, latent, share},
                                .training = true);
    w->generator_step =
        ad_compile(w->state, .fetch = {train_generator}, .feed = {latent}, .training = true);
    return w->critic_step != NULL && w->generator_step != NULL && set_weights(w->state, g);
}

static void done(wgan *w)
{
    ad_program_free(w->critic_step);
    ad_program_free(w->generator_step);
    ad_state_free(w->state);
    ad_graph_free(w->graph);
    ad_context_free(w->context);
}

/* A bright 3x3 square at a random place, on noise. */
static void real_images(const ad_array *image, int step)
{
    array_noise(image, "real", 0.25, step);
    for (int b = 0; b < BATCH; b++) {
        int row = whole("row", step * BATCH + b, 6), column = whole("column", step * BATCH + b, 6);
        for (int i = row; i < row + 3; i++)
            for (int j = column; j < column + 3; j++) {
                int64_t at = (b * 8 + i) * 8 + j;
                array_put(image, at, 1 + ad_array_item(image, at));
            }
    }
}

/* Three steps of the critic, one of the generator, and again. */
static bool train(wgan *w, example *e)
{
    double loss[STEPS];
    ad_array feeds[] = {array_new(e->type, AD_SHAPE(BATCH, 8, 8, 1)),
                        array_new(e->type, AD_SHAPE(BATCH, LATENT)),
                        array_new(e->type, AD_SHAPE(BATCH, 1, 1, 1))};
    bool ok = true;
    for (int step = 0; ok && step < STEPS; step++) {
        array_noise(&feeds[1], "latent", 1, step);
        if (step % (CRITIC_STEPS + 1) < CRITIC_STEPS) {
            real_images(&feeds[0], step);
            for (int b = 0; b < BATCH; b++)
                array_put(&feeds[2], b, (noise("share", step * BATCH + b) + 1) / 2);
            ok = run_step(w->critic_step, feeds, &loss[step]);
        } else {
            ok = run_step(w->generator_step, &feeds[1], &loss[step]);
        }
        if (ok && step == 0)
            compare_weights(e, "step1", w->graph, w->state);
    }
    arrays_free(feeds, 3);
    if (!ok)
        return false;
    printf("critic loss %.4f -> %.4f\n", loss[0], loss[STEPS - 2]);
    compare(e, "loss", ad_f64(loss, AD_SHAPE(STEPS)));
    compare_weights(e, "last", w->graph, w->state);
    return true;
}

static bool run(example *e)
{
    wgan w = {0};
    bool ok = build(&w, e) && train(&w, e);
    done(&w);
    return ok;
}

int main(int argc, char **argv)
{
    return example_main(argc, argv, run, ADDITIONS);
}
