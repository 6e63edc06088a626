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

const workload bench_layer_parts[] = {
    PART("layer-depthwise", depthwise),
    PART("layer-attention", self_attention),
    PART("layer-ctc", ctc),
    PARTS_END,
};
