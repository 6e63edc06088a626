/* One kernel a row: products, convolutions and their gradients, and what reads memory once. */
#include "parts.h"

static ad_tensor *floats(job *j, const char *name, ad_shape shape)
{
    return job_feed_new(j, name, AD_F32, shape, FILL_NORMAL, 0);
}

static void multiply(job *j, int64_t m, int64_t n, int64_t k)
{
    ad_tensor *a = floats(j, "a", AD_SHAPE(m, k)), *b = floats(j, "b", AD_SHAPE(k, n));
    job_program(j, ad_matmul(a, b), false);
}

void build_sgemm_square(job *j)
{
    multiply(j, 2048, 2048, 2048);
}

void build_sgemm_wide(job *j)
{
    multiply(j, 128, 512, 784);
}

/* The first operand lies turned: a weight gradient. */
void build_sgemm_turned(job *j)
{
    ad_tensor *a = floats(j, "a", AD_SHAPE(128, 512)), *b = floats(j, "b", AD_SHAPE(128, 784));
    job_program(j, ad_matmul(ad_transpose(a, AD_AXES(1, 0)), b), false);
}

/* ---- convolutions, and their gradients: feeds are what each needs */

typedef struct geometry {
    int64_t size, channels, filters, kernel;
} geometry;

static const geometry five = {14, 32, 64, 5}, three = {32, 16, 16, 3};
enum { BATCH = 128 };

static ad_tensor *image(job *j, const char *name, const geometry *g, int64_t channels)
{
    return floats(j, name, AD_SHAPE(BATCH, g->size, g->size, channels));
}

static ad_tensor *weights(job *j, const geometry *g)
{
    return floats(j, "w", AD_SHAPE(g->filters, g->channels, g->kernel, g->kernel));
}

static void forward(job *j, const geometry *g)
{
    ad_tensor *x = image(j, "x", g, g->channels);
    job_program(j, ad_convolution(x, weights(j, g), .padding = g->kernel / 2), false);
}

static void input_gradient(job *j, const geometry *g)
{
    ad_tensor *dy = image(j, "dy", g, g->filters);
    job_program(j, ad_convolution_transpose(dy, weights(j, g), .padding = g->kernel / 2), false);
}

static void weight_gradient(job *j, const geometry *g)
{
    ad_tensor *x = image(j, "x", g, g->channels), *dy = image(j, "dy", g, g->filters), *dw;
    ad_shape shape = AD_SHAPE(g->filters, g->channels, g->kernel, g->kernel);
    ad_tensor *w = ad_variable(j->graph, "w", ad_full(j->graph, AD_F32, shape, 0));
    ad_gradient_from(ad_convolution(x, w, .padding = g->kernel / 2), dy, &w, 1, &dw);
    job_program(j, dw, false);
}

void build_convolution_5x5(job *j)
{
    forward(j, &five);
}

void build_convolution_5x5_input(job *j)
{
    input_gradient(j, &five);
}

void build_convolution_5x5_weight(job *j)
{
    weight_gradient(j, &five);
}

void build_convolution_3x3(job *j)
{
    forward(j, &three);
}

void build_convolution_3x3_input(job *j)
{
    input_gradient(j, &three);
}

void build_convolution_3x3_weight(job *j)
{
    weight_gradient(j, &three);
}

/* ---- bound by memory */

static void gelu_chain(job *j, int64_t rows)
{
    ad_tensor *x = floats(j, "x", AD_SHAPE(rows, COLUMNS));
    ad_tensor *w = floats(j, "w", AD_SHAPE(COLUMNS)), *b = floats(j, "b", AD_SHAPE(COLUMNS));
    job_program(j, ad_gelu(ad_add(ad_mul(x, w), b)), false);
}

static void softmax(job *j, int64_t rows)
{
    job_program(j, ad_softmax(floats(j, "x", AD_SHAPE(rows, COLUMNS)), -1), false);
}

static void layer_norm(job *j, int64_t rows)
{
    ad_tensor *x = floats(j, "x", AD_SHAPE(rows, COLUMNS));
    ad_tensor *scale = floats(j, "w", AD_SHAPE(COLUMNS)),
              *offset = floats(j, "b", AD_SHAPE(COLUMNS));
    job_program(j, ad_layer_normalize(x, scale, offset, 1e-5), false);
}

void build_gelu_chain(job *j)
{
    gelu_chain(j, GELU_ROWS);
}

void build_gelu_near(job *j)
{
    gelu_chain(j, NEAR_ROWS);
}

void build_softmax(job *j)
{
    softmax(j, ROWS);
}

void build_softmax_near(job *j)
{
    softmax(j, NEAR_ROWS);
}

void build_layer_norm(job *j)
{
    layer_norm(j, ROWS);
}

void build_layer_norm_near(job *j)
{
    layer_norm(j, NEAR_ROWS);
}

/* ---- an optimizer alone */

static int scalar_shape(void *user, const ad_array *in, int in_count, ad_array *out)
{
    (void)user, (void)in_count;
    out->type = in->type;
    out->shape = AD_SCALAR;
    return 0;
}

static int zero(void *user, const ad_array *in, int in_count, const ad_array *out)
{
    (void)user, (void)in, (void)in_count;
    *(float *)out->data = 0;
    return 0;
}

static void given_gradient(void *user, ad_tensor *const *in, int in_count, ad_tensor *const *out,
                           ad_tensor *const *dy, ad_tensor **dx)
{
    (void)user, (void)in_count, (void)out, (void)dy;
    dx[0] = in[1];
}

ad_tensor *part_given(job *j, ad_tensor *p)
{
    static const ad_custom_op op = {"given gradient", 1, scalar_shape, zero, given_gradient, NULL};
    ad_tensor *g = job_feed_new(j, "g", AD_F32, ad_tensor_shape(p), FILL_NORMAL, 0), *loss;
    ad_custom(j->graph, &op, (ad_tensor *[]){p, g}, 2, &loss);
    return loss;
}

void build_adam(job *j)
{
    ad_shape shape = AD_SHAPE(25000000);
    ad_tensor *p = ad_variable(j->graph, "p", ad_full(j->graph, AD_F32, shape, 1));
    job_program(j, ad_adam(part_given(j, p), .rate = 1e-3), true);
}
