/* What users have beside the classics: a separable block (Howard et al. 2017), a U-Net (Ronneberger
 * et al. 2015), wide and deep on a table (Cheng et al. 2016), and a net of very many small layers.
 */
#include "bench.h"

#include <stdio.h>

static void scope(job *j, const char *name, int i)
{
    char full[32];
    snprintf(full, sizeof full, "%s.%d", name, i);
    ad_scope_begin(j->graph, full);
}

static void classify(job *j, ad_tensor *x)
{
    ad_tensor *logits = ad_linear(ad_mean(x, AD_AXES(1, 2)), .out = 10, .name = "fc");
    int64_t batch = ad_tensor_shape(x).size[0];
    ad_tensor *y = job_feed_new(j, "y", AD_I32, AD_SHAPE(batch), FILL_NUMBERS, 10);
    job_program(j, job_sgd(ad_cross_entropy(logits, y)), true);
}

/* A filter for each channel, then a mix of channels. */
static ad_tensor *separable(job *j, ad_tensor *x, int64_t filters, int i)
{
    int64_t channels = ad_tensor_shape(x).size[3];
    scope(j, "blocks", i);
    x = ad_conv2d(x, .filters = channels, .kernel = 3, .same = true, .groups = channels,
                  .bias = false, .name = "each");
    x = ad_relu(ad_batch_norm(x, .name = "b1"));
    x = ad_conv2d(x, .filters = filters, .kernel = 1, .bias = false, .name = "mix");
    x = ad_relu(ad_batch_norm(x, .name = "b2"));
    ad_scope_end(j->graph);
    return x;
}

void build_mobilenet(job *j)
{
    int64_t size = job_size(j, 56, 8);
    ad_tensor *x =
        job_feed_new(j, "x", j->type, AD_SHAPE(job_size(j, 32, 4), size, size, 64), FILL_NORMAL, 0);
    classify(j, separable(j, separable(j, x, 64, 0), 128, 1));
}

/* ---- U-Net */

static ad_tensor *twice(ad_tensor *x, int64_t filters)
{
    for (int i = 1; i <= 2; i++) {
        char convolution[4], norm[4];
        snprintf(convolution, sizeof convolution, "c%d", i), snprintf(norm, sizeof norm, "b%d", i);
        x = ad_conv2d(x, .filters = filters, .kernel = 3, .same = true, .bias = false,
                      .name = convolution);
        x = ad_relu(ad_batch_norm(x, .name = norm));
    }
    return x;
}

static ad_tensor *twice_in(job *j, ad_tensor *x, int64_t filters, const char *name)
{
    ad_scope_begin(j->graph, name);
    x = twice(x, filters);
    ad_scope_end(j->graph);
    return x;
}

enum { LEVELS = 2 };

static ad_tensor *unet(job *j, ad_tensor *x)
{
    ad_tensor *past[LEVELS];
    for (int i = 0; i < LEVELS; i++) {
        scope(j, "down", i);
        past[i] = twice(x, 16 << i);
        ad_scope_end(j->graph);
        x = ad_max_pool(past[i], .window = 2);
    }
    x = twice_in(j, x, 16 << LEVELS, "middle");
    for (int i = 0; i < LEVELS; i++) {
        int level = LEVELS - 1 - i;
        scope(j, "up", i);
        ad_tensor *both[] = {
            past[level],
            ad_conv_transpose2d(x, .filters = 16 << level, .kernel = 2, .stride = 2, .name = "t")};
        x = twice_in(j, ad_concat(both, 2, 3), 16 << level, "both");
        ad_scope_end(j->graph);
    }
    return ad_conv2d(x, .filters = 2, .kernel = 1, .name = "out");
}

/* A class for each place of an image. */
void build_unet(job *j)
{
    int64_t batch = job_size(j, 16, 2), size = job_size(j, 64, 16);
    ad_tensor *x = job_feed_new(j, "x", j->type, AD_SHAPE(batch, size, size, 3), FILL_NORMAL, 0);
    ad_tensor *y = job_feed_new(j, "y", AD_I32, AD_SHAPE(batch, size, size), FILL_NUMBERS, 2);
    ad_tensor *loss = ad_cross_entropy(unet(j, x), y);
    job_program(j, ad_adam(loss, .rate = 1e-3), true);
}

/* ---- a table: 26 columns of names, 13 of numbers */

enum { NAMED = 26, NUMBERS = 13 };

static ad_tensor *deep(ad_tensor *x)
{
    static const int64_t width[] = {256, 128, 1};
    for (int i = 0; i < 3; i++) {
        char name[8];
        snprintf(name, sizeof name, "deep.%d", 2 * i);
        x = ad_linear(x, .out = width[i], .name = name);
        x = i < 2 ? ad_relu(x) : x;
    }
    return x;
}

void build_wide_deep(job *j)
{
    int64_t batch = job_size(j, 512, 16), names = job_size(j, 2000, 20), count = NAMED * names;
    ad_tensor *x = job_feed_new(j, "x", j->type, AD_SHAPE(batch, NUMBERS), FILL_NORMAL, 0);
    ad_tensor *index =
        job_feed_new(j, "index", AD_I32, AD_SHAPE(batch, NAMED), FILL_NUMBERS, names);
    ad_tensor *y = job_feed_new(j, "y", j->type, AD_SHAPE(batch), FILL_BITS, 0);
    ad_tensor *first =
        ad_mul(ad_range(j->graph, AD_I32, NAMED), ad_number(j->graph, AD_I32, (double)names));
    index = ad_add(index, first);
    ad_tensor *wide =
        ad_embedding(index, .count = count, .width = 1, .type = j->type, .name = "wide");
    wide = ad_add(ad_sum(wide, AD_AXES(1)), ad_linear(x, .out = 1, .name = "line"));
    ad_tensor *e = ad_embedding(index, .count = count, .width = 16, .type = j->type, .name = "emb");
    ad_tensor *all[] = {ad_flatten(e), x};
    ad_tensor *logit = ad_reshape(ad_add(wide, deep(ad_concat(all, 2, 1))), AD_SHAPE(batch));
    job_program(j, ad_adam(ad_binary_cross_entropy(logit, y), .rate = 1e-3), true);
}

/* ---- many layers: each adds a little, so that 2,000 of them neither grow nor fade */

void build_layers_2000(job *j)
{
    ad_tensor *x = job_feed_new(j, "x", j->type, AD_SHAPE(32, 16), FILL_NORMAL, 0);
    ad_tensor *y = job_feed_new(j, "y", j->type, AD_SHAPE(32, 16), FILL_NORMAL, 0);
    ad_tensor *h = x;
    for (int64_t i = 0; i < job_size(j, 2000, 100); i++) {
        char name[16];
        snprintf(name, sizeof name, "layers.%d", (int)i);
        h = ad_add(h, ad_scale(ad_tanh(ad_linear(h, .out = 16, .name = name)), 0.02));
    }
    job_program(j, job_sgd(ad_squared_error(h, y)), true);
}
