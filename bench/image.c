/* Convolutional networks for images: a small one, LeNet (LeCun et al. 1998) and ResNet-20 (He et
 * al. 2015). Images are (batch, height, width, channels). */
#include "bench.h"

#include <stdio.h>

static ad_tensor *images(job *j, int64_t batch, int64_t size, int64_t channels)
{
    return job_feed_new(j, "x", j->type, AD_SHAPE(batch, size, size, channels), FILL_NORMAL, 0);
}

static ad_tensor *classes(job *j, ad_tensor *logits)
{
    int64_t batch = ad_tensor_shape(logits).size[0];
    ad_tensor *y = job_feed_new(j, "y", AD_I32, AD_SHAPE(batch), FILL_NUMBERS, 10);
    return ad_cross_entropy(logits, y);
}

static ad_tensor *convolve_and_pool(ad_tensor *x, int64_t filters, int64_t kernel, const char *name)
{
    x = ad_conv2d(x, .filters = filters, .kernel = kernel, .same = true, .name = name);
    return ad_max_pool(ad_relu(x), .window = 2);
}

static ad_tensor *cnn_small(ad_tensor *x)
{
    x = convolve_and_pool(x, 8, 3, "c1");
    x = convolve_and_pool(x, 16, 3, "c2");
    return ad_linear(ad_flatten(x), .out = 10, .name = "f");
}

static ad_tensor *lenet(const job *j, ad_tensor *x)
{
    x = convolve_and_pool(x, 32, 5, "c1");
    x = convolve_and_pool(x, 64, 5, "c2");
    x = ad_relu(ad_linear(ad_flatten(x), .out = 512, .name = "f1"));
    if (!j->no_dropout)
        x = ad_dropout(x, .rate = 0.5);
    return ad_linear(x, .out = 10, .name = "f2");
}

/* ---- ResNet-20 */

static ad_tensor *convolve(ad_tensor *x, int64_t filters, int64_t kernel, int64_t stride,
                           const char *convolution, const char *norm)
{
    x = ad_conv2d(x, .filters = filters, .kernel = kernel, .stride = stride, .padding = kernel / 2,
                  .bias = false, .name = convolution);
    return ad_batch_norm(x, .name = norm);
}

static ad_tensor *block(ad_tensor *x, int64_t filters, int64_t stride)
{
    ad_tensor *y = ad_relu(convolve(x, filters, 3, stride, "c1", "b1"));
    y = convolve(y, filters, 3, 1, "c2", "b2");
    bool same = stride == 1 && ad_tensor_shape(x).size[3] == filters;
    ad_tensor *past = same ? x : convolve(x, filters, 1, stride, "proj.0", "proj.1");
    return ad_relu(ad_add(y, past));
}

static ad_tensor *resnet20(ad_tensor *x)
{
    ad_graph *g = ad_tensor_graph(x);
    x = ad_relu(convolve(x, 16, 3, 1, "stem", "bn"));
    for (int i = 0; i < 9; i++) {
        char scope[32];
        snprintf(scope, sizeof scope, "blocks.%d", i);
        ad_scope_begin(g, scope);
        x = block(x, 16 << i / 3, i == 3 || i == 6 ? 2 : 1);
        ad_scope_end(g);
    }
    return ad_linear(ad_mean(x, AD_AXES(1, 2)), .out = 10, .name = "fc");
}

/* ---- the rows */

void build_cnn_small(job *j)
{
    job_program(j, job_sgd(classes(j, cnn_small(images(j, job_size(j, 64, 8), 28, 1)))), true);
}

void build_lenet(job *j)
{
    ad_tensor *logits = lenet(j, images(j, job_size(j, 64, 8), 28, 1));
    job_program(j, ad_adam(classes(j, logits), .rate = 1e-3), true);
}

void build_resnet20(job *j)
{
    job_program(j, job_sgd(classes(j, resnet20(images(j, job_size(j, 128, 8), 32, 3)))), true);
}

void build_infer_lenet(job *j)
{
    job_program(j, lenet(j, images(j, 1, 28, 1)), false);
}

void build_infer_resnet20_1(job *j)
{
    job_program(j, resnet20(images(j, 1, 32, 3)), false);
}

void build_infer_resnet20_128(job *j)
{
    job_program(j, resnet20(images(j, job_size(j, 128, 2), 32, 3)), false);
}
