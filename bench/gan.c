/* A convolutional GAN (Radford et al. 2015): the discriminator learns from real images and fakes,
 * then the generator from what the discriminator, already better, says of the same fakes. */
#include "bench.h"

enum { NOISE = 100, SIZE = 32 };

static ad_tensor *up(ad_tensor *x, int64_t filters, int64_t stride, int64_t padding,
                     const char *convolution, const char *norm)
{
    x = ad_conv_transpose2d(x, .filters = filters, .kernel = 4, .stride = stride,
                            .padding = padding, .bias = false, .name = convolution);
    return ad_relu(ad_batch_norm(x, .name = norm));
}

static ad_tensor *generator(ad_tensor *z)
{
    ad_tensor *x = up(z, 256, 1, 0, "0", "1");
    x = up(x, 128, 2, 1, "3", "4");
    x = up(x, 64, 2, 1, "6", "7");
    x = ad_conv_transpose2d(x, .filters = 3, .kernel = 4, .stride = 2, .padding = 1, .name = "9");
    return ad_tanh(x);
}

static ad_tensor *down(ad_tensor *x, int64_t filters, const char *convolution, const char *norm)
{
    x = ad_conv2d(x, .filters = filters, .kernel = 4, .stride = 2, .padding = 1, .bias = false,
                  .name = convolution);
    return ad_leaky_relu(ad_batch_norm(x, .name = norm), 0.2);
}

static ad_tensor *discriminator(ad_tensor *x)
{
    int64_t batch = ad_tensor_shape(x).size[0];
    x = ad_conv2d(x, .filters = 64, .kernel = 4, .stride = 2, .padding = 1, .name = "0");
    x = down(ad_leaky_relu(x, 0.2), 128, "2", "3");
    x = down(x, 256, "5", "6");
    return ad_reshape(ad_conv2d(x, .filters = 1, .kernel = 4, .name = "8"), AD_SHAPE(batch));
}

static ad_tensor *adam(ad_tensor *loss, const char *scope)
{
    return ad_adam(loss, .rate = 2e-4, .beta1 = 0.5, .scope = scope);
}

/* Loss of calling all of them real (1) or fake (0). */
static ad_tensor *judge(ad_tensor *logits, double real)
{
    ad_graph *g = ad_tensor_graph(logits);
    ad_tensor *target = ad_full(g, ad_tensor_type(logits), ad_tensor_shape(logits), real);
    return ad_binary_cross_entropy(logits, target);
}

void build_dcgan(job *j)
{
    ad_graph *g = j->graph;
    int64_t batch = job_size(j, 64, 4);
    ad_tensor *z = job_feed_new(j, "z", j->type, AD_SHAPE(batch, 1, 1, NOISE), FILL_NORMAL, 0);
    ad_tensor *real = job_feed_new(j, "x", j->type, AD_SHAPE(batch, SIZE, SIZE, 3), FILL_NORMAL, 0);
    ad_scope_begin(g, "g");
    ad_tensor *fake = generator(z);
    ad_scope_end(g);
    ad_scope_begin(g, "d");
    ad_tensor *says = discriminator(real);
    ad_scope_end(g);
    ad_tensor *held = ad_stop_gradient(fake), *of_held = ad_call(says, &real, &held, 1);
    ad_tensor *of_fake = ad_call(says, &real, &fake, 1);
    job_program(j, adam(ad_add(judge(says, 1), judge(of_held, 0)), "d."), true);
    job_program(j, adam(judge(of_fake, 1), "g."), true);
}
