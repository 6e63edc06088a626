/* Multilayer perceptrons and logistic regression. */
#include "bench.h"

#include <stdio.h>

typedef ad_tensor *activation(ad_tensor *x);

static ad_tensor *relu(ad_tensor *x)
{
    return ad_relu(x);
}

static ad_tensor *tangent(ad_tensor *x)
{
    return ad_tanh(x);
}

/* Layers are numbered as in PyTorch's Sequential, where activations count. */
static ad_tensor *layers(ad_tensor *x, const int64_t *width, int count, activation *f)
{
    for (int i = 0; i < count; i++) {
        char name[8];
        snprintf(name, sizeof name, "%d", 2 * i);
        x = ad_linear(x, .out = width[i], .name = name);
        if (i < count - 1)
            x = f(x);
    }
    return x;
}

void build_logistic(job *j)
{
    ad_tensor *x = job_feed_new(j, "x", j->type, AD_SHAPE(32, 20), FILL_NORMAL, 0);
    ad_tensor *y = job_feed_new(j, "y", j->type, AD_SHAPE(32), FILL_BITS, 0);
    ad_tensor *out = ad_reshape(ad_linear(x, .out = 1, .name = "0"), AD_SHAPE(32));
    job_program(j, job_sgd(ad_binary_cross_entropy(out, y)), true);
}

void build_mlp_tiny(job *j)
{
    ad_tensor *x = job_feed_new(j, "x", j->type, AD_SHAPE(32, 2), FILL_NORMAL, 0);
    ad_tensor *y = job_feed_new(j, "y", j->type, AD_SHAPE(32, 1), FILL_NORMAL, 0);
    ad_tensor *out = layers(x, (const int64_t[]){16, 16, 1}, 3, tangent);
    job_program(j, ad_adam(ad_squared_error(out, y), .rate = 1e-3), true);
}

static void classify(job *j, int64_t batch, const int64_t *width, int count)
{
    ad_tensor *x = job_feed_new(j, "x", j->type, AD_SHAPE(batch, 784), FILL_NORMAL, 0);
    ad_tensor *y = job_feed_new(j, "y", AD_I32, AD_SHAPE(batch), FILL_NUMBERS, 10);
    job_program(j, job_sgd(ad_cross_entropy(layers(x, width, count, relu), y)), true);
}

void build_mlp(job *j)
{
    classify(j, 128, (const int64_t[]){512, 512, 10}, 3);
}

void build_mlp_500(job *j)
{
    classify(j, 500, (const int64_t[]){500, 10}, 2);
}

/* In the type that numbers of measurements and money are computed in. */
void build_mlp_f64(job *j)
{
    j->type = AD_F64;
    build_mlp(j);
}

void build_infer_mlp(job *j)
{
    ad_tensor *x = job_feed_new(j, "x", j->type, AD_SHAPE(1, 784), FILL_NORMAL, 0);
    job_program(j, layers(x, (const int64_t[]){512, 512, 10}, 3, relu), false);
}
