/* All workloads. */
#include "parts.h"

#include <stdio.h>
#include <string.h>

#define MILLION 1000000

static const workload whole[] = {
    WORK("logistic", build_logistic),
    WORK("mlp-tiny", build_mlp_tiny),
    WORK("mlp", build_mlp),
    WORK("mlp-500", build_mlp_500),
    WORK("cnn-small", build_cnn_small),
    WORK("lenet", build_lenet),
    WORK("resnet20", build_resnet20),
    WORK("textcnn", build_textcnn),
    WORK("bag", build_bag),
    WORK("rnn", build_rnn),
    WORK("lstm", build_lstm),
    WORK("gru", build_gru),
    WORK("gpt", build_gpt),
    WORK("bert", build_bert),
    WORK("dcgan", build_dcgan),
    {"resnet20-winograd", build_resnet20, 0, BOUND_MULTIPLY, NULL, 0, 0, true},
    {"dcgan-winograd", build_dcgan, 0, BOUND_MULTIPLY, NULL, 0, 0, true},
    WORK("mobilenet", build_mobilenet),
    WORK("unet", build_unet),
    WORK("attention-1024", build_attention_1024),
    WORK("wide-deep", build_wide_deep),
    WORK("mlp-f64", build_mlp_f64),
    WORK("layers-2000", build_layers_2000),
    WORK("infer-mlp-1", build_infer_mlp),
    WORK("infer-lenet-1", build_infer_lenet),
    WORK("infer-resnet20-1", build_infer_resnet20_1),
    WORK("infer-resnet20-128", build_infer_resnet20_128),
    WORK("infer-lstm-1", build_infer_lstm),
    WORK("infer-gpt-1", build_infer_gpt),
    {"infer-mlp-64", build_infer_mlp, 0, BOUND_MULTIPLY, NULL, 0, 64, false},
    /* reads p, g, m, v and writes p, m, v */
    {"adam-25m", build_adam, 7LL * 4 * 25 * MILLION, BOUND_READ, NULL, 0, 0, false},
    WORKS_END,
};

static const workload kernels[] = {
    WORK("sgemm-2048", build_sgemm_square),
    WORK("sgemm-128x512x784", build_sgemm_wide),
    WORK("sgemm-tn-512x784x128", build_sgemm_turned),
    WORK("conv-32-64-5x5-forward", build_convolution_5x5),
    WORK("conv-32-64-5x5-input", build_convolution_5x5_input),
    WORK("conv-32-64-5x5-weight", build_convolution_5x5_weight),
    WORK("conv-16-16-3x3-forward", build_convolution_3x3),
    WORK("conv-16-16-3x3-input", build_convolution_3x3_input),
    WORK("conv-16-16-3x3-weight", build_convolution_3x3_weight),
    {"gelu-chain", build_gelu_chain, 2LL * 4 * GELU_ROWS *COLUMNS, BOUND_HAND, hand_gelu, GELU_ROWS,
     0, false},
    {"softmax-8192x1024", build_softmax, 2LL * 4 * ROWS *COLUMNS, BOUND_COPY, hand_softmax, ROWS, 0,
     false},
    {"layer-norm-8192x1024", build_layer_norm, 2LL * 4 * ROWS *COLUMNS, BOUND_COPY, hand_layer_norm,
     ROWS, 0, false},
    {"gelu-chain-64x1024", build_gelu_near, 2LL * 4 * NEAR_ROWS *COLUMNS, BOUND_HAND, hand_gelu,
     NEAR_ROWS, 0, false},
    {"softmax-64x1024", build_softmax_near, 2LL * 4 * NEAR_ROWS *COLUMNS, BOUND_HAND, hand_softmax,
     NEAR_ROWS, 0, false},
    {"layer-norm-64x1024", build_layer_norm_near, 2LL * 4 * NEAR_ROWS *COLUMNS, BOUND_HAND,
     hand_layer_norm, NEAR_ROWS, 0, false},
    WORKS_END,
};

static const struct {
    const workload *rows;
    bool parts;
} lists[] = {
    {whole, false},
#ifdef ADZE_EXTRAS
    {bench_more_nets, false},
#endif
    {kernels, false},
#ifdef ADZE_EXTRAS
    {bench_op_parts, true},   {bench_layer_parts, true}, {bench_optimizer_parts, true},
#endif
};
enum { LISTS = sizeof lists / sizeof *lists };

const workload *bench_at(int i)
{
    for (int l = 0; l < LISTS; l++)
        for (const workload *w = lists[l].rows; w->name; w++)
            if (i-- == 0)
                return w;
    return NULL;
}

bool bench_is_part(const workload *w)
{
    for (int l = 0; l < LISTS; l++)
        for (const workload *known = lists[l].rows; known->name; known++)
            if (known == w)
                return lists[l].parts;
    return true;
}

ad_tensor *job_feed_new(job *j, const char *name, ad_type type, ad_shape shape, feed_fill fill,
                        int64_t limit)
{
    ad_tensor *tensor = ad_feed(j->graph, name, type, shape);
    j->feed[j->feeds++] = (job_feed){tensor, fill, limit};
    return tensor;
}

void job_program(job *j, ad_tensor *fetch, bool training)
{
    job_part *part = &j->part[j->parts++];
    part->fetch = fetch;
    j->training = training;
    for (int i = 0; i < j->feeds; i++)
        part->feed[part->feeds++] = i;
}

int64_t job_size(const job *j, int64_t full, int64_t small)
{
    return j->small ? small : full;
}

ad_tensor *job_sgd(ad_tensor *loss)
{
    return ad_sgd(loss, .rate = 0.05, .momentum = 0.9, .decay = 1e-4);
}

int job_programs(const job *j)
{
    return j->copies ? j->copies : j->parts;
}

int job_part_of(const job *j, int i)
{
    return j->copies ? 0 : i;
}

bool job_compile(const job *j, ad_state *state, ad_program *program[JOB_PROGRAMS])
{
    for (int i = 0; i < job_programs(j); i++) {
        const job_part *part = &j->part[job_part_of(j, i)];
        ad_tensor *feed[JOB_FEEDS];
        for (int k = 0; k < part->feeds; k++)
            feed[k] = j->feed[part->feed[k]].tensor;
        program[i] =
            ad_compile(state, .fetch = {part->fetch}, .feed_list = feed, .feed_count = part->feeds,
                       .training = j->training, .naive = j->naive);
        if (!program[i])
            return false;
    }
    return true;
}
