/* Mistakes made with layers, optimizers and recurrence; cases of test_misuse.c. */
#ifndef MISUSE_LAYERS_H
#define MISUSE_LAYERS_H

#include "misuse.h"

/* ---- layers */

static void windows(void)
{
    HEADING("Convolution and pooling");
    BUILD("ad_conv2d without filters", ad_conv2d(image, .kernel = 3));
    BUILD("ad_conv2d without a kernel", ad_conv2d(image, .filters = 8));
    BUILD("ad_conv2d of a matrix", ad_conv2d(x, .filters = 8, .kernel = 3));
    BUILD("channels that groups do not divide",
          ad_conv2d(image, .filters = 8, .kernel = 3, .groups = 2));
    BUILD(".same with an even kernel", ad_conv2d(image, .filters = 8, .kernel = 2, .same = true));
    BUILD("an option of transposed convolution",
          ad_conv2d(image, .filters = 8, .kernel = 3, .output_padding = 1));
    BUILD("a stride below 0", ad_conv2d(image, .filters = 8, .kernel = 3, .stride = -2));
    BUILD("a kernel larger than the image", ad_conv2d(image, .filters = 8, .kernel = 11));
    BUILD("a convolution of integers",
          ad_conv2d(ad_cast(image, AD_I32), .filters = 8, .kernel = 3));
    BUILD("ad_convolution with a weight of other channels",
          ad_convolution(image, floats(AD_SHAPE(8, 4, 3, 3))));
    BUILD("ad_convolution with a weight of three axes",
          ad_convolution(image, floats(AD_SHAPE(8, 3, 3))));
    BUILD("an output padding as large as the stride",
          ad_conv_transpose2d(image, .filters = 8, .kernel = 3, .output_padding = 2));
    BUILD("pooling of a matrix", ad_max_pool(x, .window = 2));
    BUILD("a window larger than the image", ad_max_pool(image, .window = 9));
    BUILD("a padding of more than half the window", ad_max_pool(image, .padding = 2));
    BUILD("pooling with groups", ad_average_pool(image, .groups = 3));
    BUILD("pooling with a dilation", ad_max_pool(image, .dilation = 2));
    BUILD("pooling of integers", ad_average_pool(ad_cast(image, AD_I32)));
    BUILD(".count_padding of a largest value", ad_max_pool(image, .count_padding = true));
}

static void rows(void)
{
    ad_shape q = AD_SHAPE(2, 4, 6, 8);
    HEADING("Attention, norms, losses");
    BUILD("attention of queries and keys of two widths",
          ad_attention(floats(q), floats(AD_SHAPE(2, 4, 6, 7)), floats(q)));
    BUILD("attention of vectors",
          ad_attention(floats(AD_SHAPE(4)), floats(AD_SHAPE(4)), floats(AD_SHAPE(4))));
    BUILD("attention of values that are no keys'",
          ad_attention(floats(q), floats(q), floats(AD_SHAPE(2, 4, 5, 8))));
    BUILD("a mask of floats",
          ad_attention(floats(q), floats(q), floats(q), .mask = floats(AD_SHAPE(6, 6))));
    BUILD("a mask of another length",
          ad_attention(floats(q), floats(q), floats(q), .mask = full(AD_BOOL, AD_SHAPE(5, 5))));
    BUILD("ad_batch_norm of a vector", ad_batch_norm(floats(AD_SHAPE(4))));
    BUILD("a momentum above 1", ad_batch_norm(x, .momentum = 9));
    BUILD("an epsilon below 0", ad_layer_norm(x, .epsilon = -1));
    BUILD("ad_layer_norm with averages", ad_layer_norm(x, .frozen = true));
    BUILD("ad_layer_norm of integers", ad_layer_norm(label));
    BUILD("a scale of other features", ad_layer_normalize(x, floats(AD_SHAPE(3)), NULL, 1e-5));
    BUILD("labels as floats", ad_cross_entropy(x, ad_cast(label, AD_F32)));
    BUILD("labels as rows", ad_cross_entropy(x, ad_reshape(label, AD_SHAPE(batch, 1))));
    BUILD("logits that are integers", ad_cross_entropy(ad_cast(x, AD_I32), label));
    BUILD("a smoothing above 1", ad_cross_entropy(x, label, .label_smoothing = 10));
    BUILD("one weight for each class", ad_cross_entropy(x, label, .weight = floats(AD_SHAPE(4))));
    BUILD("a smoothing that binary cross-entropy has not",
          ad_binary_cross_entropy(x, x, .label_smoothing = 0.1));
    BUILD("targets of another shape", ad_binary_cross_entropy(x, floats(AD_SHAPE(4))));
    BUILD("a target that would broadcast", ad_squared_error(x, floats(AD_SHAPE(1, 4))));
    BUILD("accuracy against rows", ad_accuracy(x, x));
}

static void layers(void)
{
    ad_tensor *last;
    ad_shape three = AD_SHAPE(2, 5, 4);
    HEADING("Linear, embedding, recurrent layers");
    BUILD("ad_linear without .out", ad_linear(x));
    BUILD("ad_linear of integers", ad_linear(label, .out = 3));
    BUILD("ad_linear of open features", ad_linear(floats(AD_SHAPE(4, batch)), .out = 3));
    BUILD("a shared weight of other features", ad_linear(x, .weight = floats(AD_SHAPE(10, 5))));
    BUILD("a shared weight of another type", ad_linear(x, .weight = full(AD_F64, AD_SHAPE(10, 4))));
    BUILD("ad_embedding of floats", ad_embedding(x, .count = 10, .width = 4));
    BUILD("ad_embedding without .count", ad_embedding(label, .width = 4));
    BUILD("ad_embedding of a type that is no table's",
          ad_embedding(label, .count = 10, .width = 4, .type = AD_I32));
    BUILD("ad_gru without .width", ad_gru(floats(three)));
    BUILD("ad_lstm of a matrix", ad_lstm(x, .width = 3));
    BUILD("a first state of another width",
          ad_rnn(floats(three), .width = 3, .initial = floats(AD_SHAPE(2, 4))));
    BUILD("ad_gru with a second state", ad_gru(floats(three), .width = 3, .last_cell = &last));
    BUILD("lengths as floats", ad_gru(floats(three), .width = 3, .length = floats(AD_SHAPE(2))));
}

/* ---- gradients and optimizers */

static ad_tensor *gradient(ad_tensor *y, ad_tensor *dy, ad_tensor *of)
{
    ad_tensor *result;
    ad_gradient_from(y, dy, &of, 1, &result);
    return ad_relu(result);
}

static ad_tensor *adam_twice(void)
{
    ad_tensor *l = loss();
    return ad_adam(ad_adam(l, .name = "adam"), .name = "adam");
}

static void optimizers(void)
{
    HEADING("Gradients and optimizers");
    BUILD("the gradient of integers", gradient(label, NULL, x));
    BUILD("a gradient at y of another shape", gradient(x, floats(AD_SHAPE(4)), x));
    BUILD("a gradient with regard to another graph", gradient(loss(), NULL, of_another_graph()));
    BUILD("a gradient with regard to NULL", gradient(loss(), NULL, NULL));
    BUILD("an optimizer of NULL", ad_sgd(NULL));
    BUILD("a loss that is not one number", ad_sgd(ad_mul(x, weight())));
    BUILD("a loss of integers", ad_sgd(ad_sum(label, AD_ALL)));
    BUILD("nothing to train", ad_adam(ad_mean(x, AD_ALL)));
    BUILD("a scope without variables", ad_adam(loss(), .scope = "decoder."));
    BUILD("a rate below 0", ad_sgd(loss(), .rate = -0.1));
    BUILD("a rate that is no number", ad_sgd(loss(), .rate = (double)NAN));
    BUILD("two rates", ad_sgd(loss(), .rate = 0.1, .rate_tensor = ad_number(graph, AD_F32, 0.1)));
    BUILD("a rate for each example", ad_sgd(loss(), .rate_tensor = ad_sum(x, AD_AXES(1))));
    BUILD("a clip below 0", ad_sgd(loss(), .clip_norm = -1));
    BUILD("a limit of each element below 0", ad_sgd(loss(), .clip_value = -1));
    BUILD("a momentum for Adam", ad_adam(loss(), .momentum = 0.9));
    BUILD("a beta of 1", ad_adam(loss(), .beta1 = 1));
    BUILD("Nesterov without momentum", ad_sgd(loss(), .nesterov = true));
    BUILD("accumulate below 0", ad_sgd(loss(), .accumulate = -2));
    BUILD("a feed in the list of variables", ad_sgd(loss(), .variables = {x}));
    BUILD("a variable that the loss does not see",
          ad_sgd(loss(), .variables = {ad_variable(graph, "unused", floats(AD_SHAPE(2)))}));
    BUILD("a count of variables below 0",
          ad_sgd(loss(), .variable_list = &x, .variable_count = -1));
    BUILD("two ways to choose variables", ad_sgd(loss(), .variables = {x}, .scope = "w"));
    BUILD("a group with a scale below 0",
          ad_sgd(loss(), .groups = {AD_GROUP(.match = "*", .rate_scale = -1)}));
    BUILD("two optimizers of one name", adam_twice());
}

/* ---- recurrence */

enum scan_mistake {
    NO_UPDATE,
    WRONG_UPDATE,
    NO_INPUT,
    NOT_ENDED,
    LATE_INPUT,
    EARLY_ALL,
    BODY_OUTSIDE,
    LAST_OF_NO_CARRY,
    UPDATE_OF_NO_CARRY,
    BATCH_NORM,
    ENDED_TWICE
};

/* A sum over time, all right but for one thing. */
static ad_tensor *scan(enum scan_mistake wrong)
{
    ad_tensor *sequence = floats(AD_SHAPE(2, 5, 4)), *all = NULL;
    ad_loop *loop = ad_scan_begin(graph, false);
    ad_tensor *step = wrong == NO_INPUT ? floats(AD_SHAPE(2, 4)) : ad_scan_input(loop, sequence);
    ad_tensor *sum = ad_scan_carry(loop, floats(AD_SHAPE(2, 4))), *next = ad_add(sum, step);
    if (wrong == BATCH_NORM)
        next = ad_batch_norm(next);
    if (wrong == EARLY_ALL)
        all = ad_scan_all(loop, next);
    if (wrong != NO_UPDATE)
        ad_scan_update(loop, wrong == UPDATE_OF_NO_CARRY ? next : sum,
                       wrong == WRONG_UPDATE ? floats(AD_SHAPE(4)) : next);
    if (wrong != NOT_ENDED && ad_scan_end(loop) == AD_OK && wrong == ENDED_TWICE)
        return ad_scan_end(loop) == AD_OK ? next : NULL;
    if (wrong == LATE_INPUT)
        return ad_scan_input(loop, sequence);
    if (wrong == BODY_OUTSIDE || wrong == NOT_ENDED)
        return ad_relu(next);
    return all ? all : ad_scan_last(loop, wrong == LAST_OF_NO_CARRY ? next : sum);
}

/* Two inputs of which one is longer. */
static ad_tensor *two_times(ad_tensor *first, ad_tensor *second)
{
    ad_loop *loop = ad_scan_begin(graph, false);
    ad_tensor *a = ad_scan_input(loop, first), *b = ad_scan_input(loop, second);
    return ad_add(a, b);
}

/* A variable whose first value is a slice. */
static ad_tensor *variable_of_a_step(void)
{
    ad_loop *loop = ad_scan_begin(graph, false);
    ad_tensor *step = ad_scan_input(loop, floats(AD_SHAPE(2, 5, 4)));
    ad_tensor *sum = ad_add(ad_variable(graph, "w", step), step);
    return ad_scan_end(loop) == AD_OK ? ad_scan_all(loop, sum) : sum;
}

/* What ad_scan_end says by itself, place included. */
static ad_status end_without_update(void)
{
    ad_loop *loop = ad_scan_begin(graph, false);
    ad_tensor *step = ad_scan_input(loop, floats(AD_SHAPE(2, 5, 4)));
    ad_scan_carry(loop, step);
    return ad_scan_end(loop);
}

static ad_status fetch_of_a_body(void)
{
    ad_loop *loop = ad_scan_begin(graph, false);
    ad_tensor *twice = ad_scale(ad_scan_input(loop, floats(AD_SHAPE(2, 5, 4))), 2);
    ad_status status = ad_scan_end(loop);
    ad_state *s = status == AD_OK ? ad_state_new(graph, 1) : NULL;
    ad_program *p = s ? ad_compile(s, .fetch = {twice}) : NULL;
    ad_program_free(p);
    ad_state_free(s);
    return p ? AD_OK : ad_error_status();
}

static void scans(void)
{
    HEADING("Recurrence");
    BUILD("a carry that is never updated", scan(NO_UPDATE));
    BUILD("an update of another shape", scan(WRONG_UPDATE));
    BUILD("an update of what is no carry", scan(UPDATE_OF_NO_CARRY));
    BUILD("a scan over nothing", scan(NO_INPUT));
    BUILD("a scan that is never ended", scan(NOT_ENDED));
    BUILD("an input after the end", scan(LATE_INPUT));
    BUILD("all steps before the end", scan(EARLY_ALL));
    BUILD("a tensor of the body used outside", scan(BODY_OUTSIDE));
    BUILD("the last value of what is no carry", scan(LAST_OF_NO_CARRY));
    BUILD("batch norm in the body", scan(BATCH_NORM));
    FAILS("a scan ended twice", scan(ENDED_TWICE) ? AD_OK : ad_error_status());
    BUILD("a scan over a vector", ad_scan_input(ad_scan_begin(graph, false), floats(AD_SHAPE(5))));
    BUILD("two times in one scan", two_times(ad_feed(graph, "short", AD_F32, AD_SHAPE(2, 5, 4)),
                                             ad_feed(graph, "long", AD_F32, AD_SHAPE(2, 7, 4))));
    BUILD("two open times in one scan",
          two_times(ad_feed(graph, "words", AD_F32, AD_SHAPE(2, ad_open(graph, "time"), 4)),
                    floats(AD_SHAPE(2, 7, 4))));
    BUILD("a variable that begins as a step", variable_of_a_step());
    FAILS("the end of a scan whose carry stays behind", end_without_update());
    FAILS("a fetch of a tensor of a body", fetch_of_a_body());
    BUILD("a scan of a graph that is NULL", ad_scan_input(ad_scan_begin(NULL, false), x));
}

#endif
