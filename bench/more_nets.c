/* Networks of layers that a build without extras lacks: convolution over volumes, connectionist
 * temporal classification of speech (Graves et al. 2006) and group norm (Wu and He 2018). */
#include "parts.h"

#include <stdio.h>

static void classify(job *j, ad_tensor *x, ad_axes places)
{
    ad_tensor *logits = ad_linear(ad_mean(x, places), .out = 10, .name = "fc");
    int64_t batch = ad_tensor_shape(x).size[0];
    ad_tensor *y = job_feed_new(j, "y", AD_I32, AD_SHAPE(batch), FILL_NUMBERS, 10);
    job_program(j, job_sgd(ad_cross_entropy(logits, y)), true);
}

/* Clips of 16 frames. */
static void build_conv3d(job *j)
{
    int64_t size = job_size(j, 32, 8);
    ad_tensor *x = job_feed_new(j, "x", j->type,
                                AD_SHAPE(job_size(j, 8, 2), job_size(j, 16, 4), size, size, 3),
                                FILL_NORMAL, 0);
    for (int i = 0; i < 3; i++) {
        char name[8];
        snprintf(name, sizeof name, "c%d", i + 1);
        x = ad_relu(ad_conv_nd(x, .filters = 16 << i, .kernel = AD_SHAPE(3, 3, 3), .same = true,
                               .name = name));
        x = i < 2 ? ad_max_pool_nd(x, .window = AD_SHAPE(2, 2, 2)) : x;
    }
    classify(j, x, AD_AXES(1, 2, 3));
}

/* Two seconds of log-mel frames, letters. */
static void build_speech_ctc(job *j)
{
    ad_graph *g = j->graph;
    int64_t batch = job_size(j, 16, 3), time = job_size(j, 200, 30), labels = job_size(j, 20, 4);
    int64_t width = job_size(j, 256, 16);
    ad_tensor *x =
        job_feed_new(j, "x", j->type, AD_SHAPE(batch, time, job_size(j, 80, 10)), FILL_NORMAL, 0);
    ad_tensor *y = job_feed_new(j, "y", AD_I32, AD_SHAPE(batch, labels), FILL_NUMBERS, 28);
    x = ad_relu(
        ad_conv1d(x, .filters = width, .kernel = 3, .stride = 2, .padding = 1, .name = "conv"));
    x = ad_gru(ad_gru(x, .width = width, .name = "rnn.0"), .width = width, .name = "rnn.1");
    ad_tensor *p = ad_log_softmax(ad_linear(x, .out = 29, .name = "out"), -1);
    ad_tensor *steps = ad_full(g, AD_I32, AD_SHAPE(batch), (double)(time / 2));
    ad_tensor *letters = ad_full(g, AD_I32, AD_SHAPE(batch), (double)labels);
    ad_tensor *loss = ad_ctc(p, ad_add(y, ad_number(g, AD_I32, 1)), steps, letters);
    job_program(j, ad_adam(loss, .rate = 1e-3, .clip_norm = 1), true);
}

static void build_group_norm(job *j)
{
    static const int64_t filters[] = {32, 32, 64, 64};
    int64_t size = job_size(j, 32, 8);
    ad_tensor *x =
        job_feed_new(j, "x", j->type, AD_SHAPE(job_size(j, 32, 4), size, size, 3), FILL_NORMAL, 0);
    for (int i = 0; i < 4; i++) {
        char convolution[8], norm[8];
        snprintf(convolution, sizeof convolution, "c%d", i + 1);
        snprintf(norm, sizeof norm, "n%d", i + 1);
        x = ad_conv2d(x, .filters = filters[i], .kernel = 3, .stride = i == 2 ? 2 : 1, .padding = 1,
                      .bias = false, .name = convolution);
        x = ad_relu(ad_group_norm(x, .groups = 8, .name = norm));
    }
    classify(j, x, AD_AXES(1, 2));
}

const workload bench_more_nets[] = {
    WORK("conv3d", build_conv3d),
    WORK("speech-ctc", build_speech_ctc),
    WORK("group-norm", build_group_norm),
    WORKS_END,
};
