/* One layer a row: a training step of it alone, beside torch_parts.py. */
#include "parts.h"

void part_train(job *j, ad_tensor *y)
{
    ad_tensor *loss = ad_mean(ad_square(y), AD_ALL);
    job_program(j, ad_sgd(loss, .rate = 1e-3), true);
}

/* An input that is trained too, so that its gradient is made. */
static ad_tensor *input(job *j, ad_shape shape)
{
    return ad_variable(j->graph, "x", ad_normal(j->graph, AD_F32, shape, 0, 1));
}

static void depthwise(job *j)
{
    ad_tensor *x = input(j, AD_SHAPE(32, 32, 32, 64));
    part_train(j, ad_conv2d(x, .filters = 64, .kernel = 3, .same = true, .groups = 64));
}

static void self_attention(job *j)
{
    part_train(j, ad_self_attention(input(j, AD_SHAPE(8, 256, 256)), .heads = 8));
}

/* 32 utterances of 200 steps, 30 classes, 20 labels each. */
static void ctc(job *j)
{
    ad_graph *g = j->graph;
    ad_tensor *x = input(j, AD_SHAPE(32, 200, 30));
    ad_tensor *label = job_feed_new(j, "label", AD_I32, AD_SHAPE(32, 20), FILL_NUMBERS, 29);
    ad_tensor *in = ad_full(g, AD_I32, AD_SHAPE(32), 200),
              *out = ad_full(g, AD_I32, AD_SHAPE(32), 20);
    ad_tensor *loss =
        ad_ctc(ad_log_softmax(x, -1), ad_add(label, ad_number(g, AD_I32, 1)), in, out);
    job_program(j, ad_sgd(loss, .rate = 1e-3), true);
}

#define LAYER(name, ...)            \
    static void name(job *j)        \
    {                               \
        part_train(j, __VA_ARGS__); \
    }

static ad_tensor *volume(job *j)
{
    return input(j, AD_SHAPE(2, 16, 16, 16, 16));
}

static ad_tensor *pictures(job *j)
{
    return input(j, AD_SHAPE(32, 32, 32, 64));
}

LAYER(conv3d, ad_conv_nd(volume(j), .filters = 32, .kernel = AD_SHAPE(3, 3, 3), .same = true))
LAYER(conv_transpose3d, ad_conv_transpose_nd(volume(j), .filters = 8, .kernel = AD_SHAPE(2, 2, 2),
                                             .stride = AD_SHAPE(2, 2, 2)))
LAYER(separable,
      ad_separable_conv(pictures(j), .filters = 64, .kernel = AD_SHAPE(3, 3), .same = true))
LAYER(local,
      ad_local_conv(input(j, AD_SHAPE(32, 16, 16, 16)), .filters = 16, .kernel = AD_SHAPE(3, 3)))
LAYER(batch_norm, ad_batch_norm(pictures(j)))
LAYER(group_norm, ad_group_norm(pictures(j), .groups = 8))
LAYER(instance_norm, ad_instance_norm(pictures(j), .affine = true))
LAYER(rms_norm, ad_rms_norm(input(j, AD_SHAPE(8, 256, 512))))
LAYER(response_norm, ad_local_response_norm(pictures(j)))
LAYER(max_pool3d, ad_max_pool_nd(volume(j), .window = AD_SHAPE(2, 2, 2)))
LAYER(adaptive_pool, ad_adaptive_average_pool(pictures(j), AD_SHAPE(7, 7)))

static ad_tensor *series(job *j)
{
    return input(j, AD_SHAPE(32, 64, 128));
}

static void lstm(job *j, ad_recurrent_options base, int64_t project)
{
    part_train(j, ad_cell(series(j), .kind = AD_CELL_LSTM, .base = &base, .project = project));
}

static void lstm_projected(job *j)
{
    lstm(j, AD_OPTIONS(ad_recurrent_options, .width = 256), 64);
}

static void lstm_two(job *j)
{
    lstm(j, AD_OPTIONS(ad_recurrent_options, .width = 128, .layers = 2, .both = true), 0);
}

LAYER(grouped_attention, ad_grouped_attention(input(j, AD_SHAPE(8, 256, 256)), .heads = 8,
                                              .kv_heads = 2, .causal = true))
LAYER(llama, ad_llama(input(j, AD_SHAPE(8, 128, 256)), .heads = 8, .kv_heads = 2))
LAYER(rotary, ad_rotary(input(j, AD_SHAPE(8, 8, 256, 64)), 10000, false))
LAYER(transformer, ad_transformer(input(j, AD_SHAPE(8, 128, 256)), .heads = 8, .relu = true))
LAYER(highway, ad_highway(input(j, AD_SHAPE(256, 512))))
LAYER(squeeze_excite, ad_squeeze_excite(pictures(j)))

/* A million rows, of which 32 lists of 64 are touched. */
static void embedding_bag(job *j)
{
    ad_tensor *index = job_feed_new(j, "index", AD_I32, AD_SHAPE(32, 64), FILL_NUMBERS, 1000000);
    part_train(j, ad_embedding_bag(index, .count = 1000000, .width = 32, .mode = AD_BAG_SUM));
}

const workload bench_layer_parts[] = {
    WORK("layer-depthwise", depthwise),
    WORK("layer-attention", self_attention),
    WORK("layer-ctc", ctc),
    WORK("layer-conv3d", conv3d),
    WORK("layer-conv-transpose3d", conv_transpose3d),
    WORK("layer-separable", separable),
    WORK("layer-local", local),
    WORK("layer-batch-norm", batch_norm),
    WORK("layer-group-norm", group_norm),
    WORK("layer-instance-norm", instance_norm),
    WORK("layer-rms-norm", rms_norm),
    WORK("layer-response-norm", response_norm),
    WORK("layer-max-pool3d", max_pool3d),
    WORK("layer-adaptive-pool", adaptive_pool),
    WORK("layer-lstm-projected", lstm_projected),
    WORK("layer-lstm-two", lstm_two),
    WORK("layer-grouped-attention", grouped_attention),
    WORK("layer-llama", llama),
    WORK("layer-rotary", rotary),
    WORK("layer-transformer", transformer),
    WORK("layer-highway", highway),
    WORK("layer-squeeze-excite", squeeze_excite),
    WORK("layer-embedding-bag", embedding_bag),
    WORKS_END,
};
