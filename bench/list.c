/* All workloads. */
#include "parts.h"

#include <stdio.h>
#include <string.h>

#define MILLION 1000000

static const workload whole[] = {
    {"logistic", build_logistic, 0, BOUND_MULTIPLY, NULL, 0},
    {"mlp-tiny", build_mlp_tiny, 0, BOUND_MULTIPLY, NULL, 0},
    {"mlp", build_mlp, 0, BOUND_MULTIPLY, NULL, 0},
    {"mlp-500", build_mlp_500, 0, BOUND_MULTIPLY, NULL, 0},
    {"cnn-small", build_cnn_small, 0, BOUND_MULTIPLY, NULL, 0},
    {"lenet", build_lenet, 0, BOUND_MULTIPLY, NULL, 0},
    {"resnet20", build_resnet20, 0, BOUND_MULTIPLY, NULL, 0},
    {"textcnn", build_textcnn, 0, BOUND_MULTIPLY, NULL, 0},
    {"bag", build_bag, 0, BOUND_MULTIPLY, NULL, 0},
    {"rnn", build_rnn, 0, BOUND_MULTIPLY, NULL, 0},
    {"lstm", build_lstm, 0, BOUND_MULTIPLY, NULL, 0},
    {"gru", build_gru, 0, BOUND_MULTIPLY, NULL, 0},
    {"gpt", build_gpt, 0, BOUND_MULTIPLY, NULL, 0},
    {"bert", build_bert, 0, BOUND_MULTIPLY, NULL, 0},
    {"dcgan", build_dcgan, 0, BOUND_MULTIPLY, NULL, 0},
    {"infer-mlp-1", build_infer_mlp, 0, BOUND_MULTIPLY, NULL, 0},
    {"infer-lenet-1", build_infer_lenet, 0, BOUND_MULTIPLY, NULL, 0},
    {"infer-resnet20-1", build_infer_resnet20_1, 0, BOUND_MULTIPLY, NULL, 0},
    {"infer-resnet20-128", build_infer_resnet20_128, 0, BOUND_MULTIPLY, NULL, 0},
    {"infer-lstm-1", build_infer_lstm, 0, BOUND_MULTIPLY, NULL, 0},
    {"infer-gpt-1", build_infer_gpt, 0, BOUND_MULTIPLY, NULL, 0},
    /* reads p, g, m, v and writes p, m, v */
    {"adam-25m", build_adam, 7LL * 4 * 25 * MILLION, BOUND_READ, NULL, 0},
    {"sgemm-2048", build_sgemm_square, 0, BOUND_MULTIPLY, NULL, 0},
    {"sgemm-128x512x784", build_sgemm_wide, 0, BOUND_MULTIPLY, NULL, 0},
    {"sgemm-tn-512x784x128", build_sgemm_turned, 0, BOUND_MULTIPLY, NULL, 0},
    {"conv-32-64-5x5-forward", build_convolution_5x5, 0, BOUND_MULTIPLY, NULL, 0},
    {"conv-32-64-5x5-input", build_convolution_5x5_input, 0, BOUND_MULTIPLY, NULL, 0},
    {"conv-32-64-5x5-weight", build_convolution_5x5_weight, 0, BOUND_MULTIPLY, NULL, 0},
    {"conv-16-16-3x3-forward", build_convolution_3x3, 0, BOUND_MULTIPLY, NULL, 0},
    {"conv-16-16-3x3-input", build_convolution_3x3_input, 0, BOUND_MULTIPLY, NULL, 0},
    {"conv-16-16-3x3-weight", build_convolution_3x3_weight, 0, BOUND_MULTIPLY, NULL, 0},
    {"gelu-chain", build_gelu_chain, 2LL * 4 * GELU_ROWS *COLUMNS, BOUND_HAND, hand_gelu,
     GELU_ROWS},
    {"softmax-8192x1024", build_softmax, 2LL * 4 * ROWS *COLUMNS, BOUND_COPY, hand_softmax, ROWS},
    {"layer-norm-8192x1024", build_layer_norm, 2LL * 4 * ROWS *COLUMNS, BOUND_COPY, hand_layer_norm,
     ROWS},
    {"gelu-chain-64x1024", build_gelu_near, 2LL * 4 * NEAR_ROWS *COLUMNS, BOUND_HAND, hand_gelu,
     NEAR_ROWS},
    {"softmax-64x1024", build_softmax_near, 2LL * 4 * NEAR_ROWS *COLUMNS, BOUND_HAND, hand_softmax,
     NEAR_ROWS},
    {"layer-norm-64x1024", build_layer_norm_near, 2LL * 4 * NEAR_ROWS *COLUMNS, BOUND_HAND,
     hand_layer_norm, NEAR_ROWS},
    {NULL, NULL, 0, BOUND_MULTIPLY, NULL, 0},
};

const workload *bench_at(int i)
{
    static const workload *const lists[] = {
        whole,
#ifdef ADZE_EXTRAS
        bench_op_parts,
        bench_layer_parts,
        bench_optimizer_parts,
#endif
    };
    for (size_t l = 0; l < sizeof lists / sizeof *lists; l++)
        for (const workload *w = lists[l]; w->name; w++)
            if (i-- == 0)
                return w;
    return NULL;
}

bool bench_is_part(const workload *w)
{
    for (const workload *known = whole; known->name; known++)
        if (known == w)
            return false;
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

bool job_compile(const job *j, ad_state *state, ad_program *program[JOB_PROGRAMS])
{
    for (int i = 0; i < j->parts; i++) {
        const job_part *part = &j->part[i];
        ad_tensor *feed[JOB_FEEDS];
        for (int k = 0; k < part->feeds; k++)
            feed[k] = j->feed[part->feed[k]].tensor;
        program[i] = ad_compile(state, .fetch = {part->fetch}, .feed_list = feed,
                                .feed_count = part->feeds, .training = j->training);
        if (!program[i])
            return false;
    }
    return true;
}
