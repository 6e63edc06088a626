/* Mistakes that a user can make and what the library says to them: golden/misuse.golden.  A new
 * message is looked at there before it is kept (ADZE_UPDATE_GOLDEN=1 rewrites the file). */
#include "misuse.h"

#include <unistd.h>

/* ---- building */

static void shapes(void)
{
    HEADING("Shapes that do not fit");
    BUILD("a product whose inner sizes differ", ad_matmul(x, floats(AD_SHAPE(3, 5))));
    BUILD("a product whose batches differ",
          ad_matmul(floats(AD_SHAPE(2, 3, 4)), floats(AD_SHAPE(5, 4, 3))));
    BUILD("a product with a single number", ad_matmul(x, ad_number(graph, AD_F32, 2)));
    BUILD("ad_mm of three axes", ad_mm(floats(AD_SHAPE(2, 3, 4)), floats(AD_SHAPE(4, 3))));
    BUILD("ad_dot of a matrix", ad_dot(x, floats(AD_SHAPE(4))));
    BUILD("a sum that does not broadcast", ad_add(x, floats(AD_SHAPE(3))));
    BUILD("two open dimensions in one axis",
          ad_add(x, ad_feed(graph, "z", AD_F32, AD_SHAPE(ad_open(graph, "time"), 4))));
    BUILD("an open dimension against a number", ad_add(x, floats(AD_SHAPE(64, 4))));
    BUILD("a reshape that loses elements", ad_reshape(image, AD_SHAPE(batch, 100)));
    BUILD("a reshape of an open size that does not divide", ad_reshape(x, AD_SHAPE(AD_INFER, 3)));
    BUILD("a reshape with two unknown sizes", ad_reshape(x, AD_SHAPE(AD_INFER, AD_INFER)));
    BUILD("a reshape to -1, which is AD_INFER elsewhere", ad_reshape(x, AD_SHAPE(-1, 2)));
    BUILD("ad_flatten of a single number", ad_flatten(ad_number(graph, AD_F32, 2)));
    BUILD("an expand that shrinks", ad_expand(floats(AD_SHAPE(3)), AD_SHAPE(2)));
    BUILD("a transpose that names an axis twice", ad_transpose(x, AD_AXES(0, 0)));
    BUILD("a transpose that leaves axes out", ad_transpose(image, AD_AXES(1, 0)));
    BUILD("nine axes", floats((ad_shape){.rank = 9}));
    BUILD("axes below zero", floats((ad_shape){.rank = -1}));
    BUILD("a feed with a size of -1", ad_feed(graph, "z", AD_F32, AD_SHAPE(4, -1)));
    BUILD("a size of -7", floats(AD_SHAPE(-7)));
    BUILD("AD_INFER where nothing can be inferred", floats(AD_SHAPE(AD_INFER, 3)));
    BUILD("a constant of an open size", ad_constant(graph, ad_f32(NULL, AD_SHAPE(batch))));
    BUILD("a constant without data", ad_constant(graph, ad_f32(NULL, AD_SHAPE(3))));
    BUILD("a range of a negative count", ad_range(graph, AD_I32, -5));
}

static void places(void)
{
    HEADING("Axes, slices, rows by number");
    BUILD("a sum over an axis that is not there", ad_sum(x, AD_AXES(2)));
    BUILD("a mean over one axis twice", ad_mean(x, AD_AXES(1, -1)));
    BUILD("nine axes to sum over", ad_sum(x, (ad_axes){.count = 9}));
    BUILD("ad_argmax along a missing axis", ad_argmax(x, -3));
    BUILD("ad_argmax of an empty axis", ad_argmax(floats(AD_SHAPE(3, 0)), 1));
    BUILD("ad_size of a missing axis", ad_size(x, 2));
    BUILD("ad_softmax along a missing axis", ad_softmax(x, 2));
    BUILD("a slice of a missing axis", ad_slice(x, 3, 0, 1, 1));
    BUILD("a slice with a step of 0", ad_slice(x, 1, 0, 4, 0));
    BUILD("a slice past the end", ad_slice(x, 1, 2, 9, 1));
    BUILD("ad_concat of nothing", ad_concat(NULL, 0, 0));
    BUILD("ad_concat of two types",
          ad_concat((ad_tensor *[]){floats(AD_SHAPE(2)), integers(AD_SHAPE(2))}, 2, 0));
    BUILD("ad_concat of parts that do not line up",
          ad_concat((ad_tensor *[]){floats(AD_SHAPE(2, 3)), floats(AD_SHAPE(2, 4))}, 2, 0));
    BUILD("a padding below 0", ad_pad(x, 1, -1, 0, 0));
    BUILD("ad_gather by floats", ad_gather(floats(AD_SHAPE(5, 2)), x, 0));
    BUILD("ad_gather along a missing axis", ad_gather(floats(AD_SHAPE(5, 2)), label, 2));
    BUILD("ad_scatter_add of a part of the wrong shape",
          ad_scatter_add(floats(AD_SHAPE(5, 2)), integers(AD_SHAPE(3)), floats(AD_SHAPE(3)), 0));
    BUILD("one_hot of no class", ad_one_hot(label, 0, AD_F32));
    BUILD("one_hot of floats", ad_one_hot(x, 10, AD_F32));
}

static void types(void)
{
    HEADING("Element types that do not fit");
    BUILD("a sum of f32 and i32", ad_add(ad_sum(x, AD_AXES(1)), label));
    BUILD("a square root of integers", ad_sqrt(label));
    BUILD("ad_and of floats", ad_and(x, x));
    BUILD("ad_where with a condition of floats", ad_where(x, x, x));
    BUILD("a product of integers", ad_matmul(integers(AD_SHAPE(2, 2)), integers(AD_SHAPE(2, 2))));
    BUILD("a mean of integers", ad_mean(label, AD_ALL));
    BUILD("a sum of bools", ad_sum(ad_less(x, x), AD_ALL));
    BUILD("a softmax of integers", ad_softmax(label, 0));
    BUILD("normal numbers as integers", ad_normal(graph, AD_I32, AD_SHAPE(3), 0, 1));
    BUILD("a cast to no type", ad_cast(x, (ad_type)99));
    BUILD("a feed of no type", ad_feed(graph, "z", (ad_type)99, AD_SHAPE(2)));
    BUILD("numbers of no type", full((ad_type)99, AD_SHAPE(2)));
    BUILD("a constant of no type",
          ad_constant(graph, (ad_array){(ad_type)99, AD_SHAPE(1), &(float){1}}));
    BUILD("a feed of bf16", ad_feed(graph, "z", AD_BF16, AD_SHAPE(2)));
}

static void operands(void)
{
    HEADING("Operands that are no operands");
    BUILD("an op of NULL", ad_relu(NULL));
    BUILD("a sum with NULL", ad_add(x, NULL));
    BUILD("a name that nothing has", ad_relu(ad_find(graph, "imgae")));
    BUILD("the first of two mistakes is told",
          ad_matmul(ad_add(x, floats(AD_SHAPE(3))), floats(AD_SHAPE(9, 9))));
    BUILD("a tensor of another graph", ad_add(x, of_another_graph()));
    BUILD("a layer of NULL", ad_linear(NULL, .out = 3));
    BUILD("a graph that is NULL", ad_feed(NULL, "x", AD_F32, AD_SHAPE(1)));
    REFUSED("a graph of a context that is NULL", ad_graph_new(NULL));
    BUILD("ad_call with a tensor of another type",
          ad_call(ad_relu(x), (ad_tensor *[]){x}, (ad_tensor *[]){label}, 1));
    BUILD("a rate of dropout above 1", ad_dropout(x, .rate = 20));
    BUILD("dropout of integers", ad_dropout(label));
    BUILD("uniform numbers from 1 to 0", ad_uniform(graph, AD_F32, AD_SHAPE(3), 1, 0));
    BUILD("a negative deviation", ad_normal(graph, AD_F32, AD_SHAPE(3), 0, -1));
    BUILD("a device that is not there", (ad_device(graph, 3), ad_relu(x)));
}

static ad_tensor *open_scopes(int count)
{
    for (int i = 0; i < count; i++)
        ad_scope_begin(graph, "block");
    return weight();
}

static void names(void)
{
    HEADING("Variables, names, scopes");
    BUILD("two variables of one name", ad_mul(weight(), weight()));
    BUILD("two layers of one name",
          ad_linear(ad_linear(x, .out = 4, .name = "fc"), .out = 4, .name = "fc"));
    BUILD("a feed with a name that is taken", ad_feed(graph, "x", AD_F32, AD_SHAPE(2)));
    BUILD("a feed without a name", ad_feed(graph, NULL, AD_F32, AD_SHAPE(2)));
    BUILD("a variable of open size", ad_variable(graph, "w", ad_scale(x, 0)));
    BUILD("a variable whose first value needs a feed",
          ad_variable(graph, "w", ad_feed(graph, "start", AD_F32, AD_SHAPE(4))));
    BUILD("a variable whose first value is another variable",
          ad_variable(graph, "copy", ad_scale(weight(), 2)));
    BUILD("a variable without a first value", ad_variable(graph, "w", NULL));
    BUILD("a buffer without a name", ad_buffer(graph, NULL, floats(AD_SHAPE(2))));
    BUILD("an open dimension with a space", floats(AD_SHAPE(ad_open(graph, "batch size"))));
    BUILD("scopes that are never closed", open_scopes(1000));
    BUILD("a scope without a name", (ad_scope_begin(graph, NULL), weight()));
    BUILD("a scope closed twice", (ad_scope_end(graph), weight()));
    BUILD("an assignment to a feed", ad_assign(loss(), x, x));
    BUILD("an assignment of another shape", ad_assign(x, weight(), floats(AD_SHAPE(5))));
}

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
          ad_sgd(loss(), .groups = {{.match = "*", .rate_scale = -1}}));
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

/* ---- compiling and running */

static ad_status compile(const ad_compile_options *options)
{
    state = ad_state_new(graph, 1);
    ad_program *p = (ad_compile)(state, options);
    ad_status status = p ? AD_OK : ad_error_status();
    ad_program_free(p);
    return status;
}

#define COMPILE(...) \
    compile(&(ad_compile_options){.size_ = sizeof(ad_compile_options), __VA_ARGS__})

/* The graph is sound when the state is made, and no longer when the program is. */
static ad_status compile_mistake(void)
{
    state = ad_state_new(graph, 1);
    ad_tensor *wrong = ad_add(x, label);
    return ad_compile(state, .fetch = {wrong}) ? AD_OK : ad_error_status();
}

static const float numbers[1024];
static const int32_t labels[4] = {0, 3, 7, 1};

/* One run of a program that gives fetch; with kernels and without, which have to agree. */
static ad_status run(ad_tensor *fetch, const ad_array *feeds)
{
    char words[1024] = "";
    ad_status status[2] = {AD_OK, AD_OK};
    state = ad_state_new(graph, 1);
    for (int naive = 0; naive < 2; naive++) {
        ad_program *p = ad_compile(state, .fetch = {fetch}, .naive = naive);
        status[naive] = p ? ad_run(p, feeds, NULL) : ad_error_status();
        ad_program_free(p);
        if (naive)
            CHECK_STREQ(ad_error(), words);
        snprintf(words, sizeof words, "%s", ad_error());
    }
    CHECK_EQ(status[0], status[1]);
    return status[0];
}

static ad_status run1(ad_tensor *fetch, ad_array feed)
{
    return run(fetch, &feed);
}

static ad_status run2(ad_tensor *fetch, ad_array first, ad_array second)
{
    return run(fetch, (ad_array[]){first, second});
}

static ad_status run_into(ad_array fetch)
{
    ad_array feed = ad_f32(numbers, AD_SHAPE(2, 4));
    state = ad_state_new(graph, 1);
    ad_program *p = ad_compile(state, .fetch = {ad_relu(x)});
    ad_status status = ad_run(p, &feed, &fetch);
    ad_program_free(p);
    return status;
}

static void compiling(void)
{
    ad_tensor *list[2] = {NULL, NULL};
    HEADING("Compiling");
    REFUSED("a state of no graph", ad_state_new(NULL, 1));
    REFUSED("a program of no state", ad_compile(NULL, .fetch = {x}));
    FAILS("nothing to fetch", COMPILE(.training = true));
    FAILS("a fetch of another graph", COMPILE(.fetch = {of_another_graph()}));
    FAILS("a fetch that is NULL", COMPILE(.fetch_list = list, .fetch_count = 2));
    FAILS("a count of fetches below 0", COMPILE(.fetch_list = list, .fetch_count = -1));
    FAILS("a count of feeds below 0",
          COMPILE(.fetch = {ad_relu(x)}, .feed_list = list, .feed_count = -3));
    FAILS("a mistake made after the state", compile_mistake());
    FAILS("a feed that is none", (list[0] = ad_relu(x), COMPILE(.fetch = {x}, .feed = {list[0]})));
    FAILS("a feed listed twice", COMPILE(.fetch = {x}, .feed = {x, x}));
    FAILS("a feed that is needed and not listed",
          COMPILE(.fetch = {ad_cross_entropy(x, label)}, .feed = {x}));
    FAILS("a precision that there is not", COMPILE(.fetch = {x}, .precision = AD_U8));
    FAILS("a number of compiled shapes below 0", COMPILE(.fetch = {x}, .shapes = -1));
}

static void feeds(void)
{
    HEADING("Feeding");
    FAILS("a program that is NULL", ad_run(NULL, NULL, NULL));
    FAILS("no feeds", run(ad_relu(x), NULL));
    FAILS("a feed of another type", run1(ad_relu(x), ad_i32(labels, AD_SHAPE(1, 4))));
    FAILS("a feed of another size", run1(ad_relu(x), ad_f32(numbers, AD_SHAPE(2, 5))));
    FAILS("a feed of another rank", run1(ad_relu(x), ad_f32(numbers, AD_SHAPE(8))));
    FAILS("a feed of a size below 0", run1(ad_relu(x), ad_f32(numbers, AD_SHAPE(-1, 4))));
    FAILS("a feed without data", run1(ad_relu(x), ad_f32(NULL, AD_SHAPE(2, 4))));
    FAILS("two sizes of one open dimension",
          run2(ad_cross_entropy(x, label), ad_f32(numbers, AD_SHAPE(5, 4)),
               ad_i32(labels, AD_SHAPE(4))));
    FAILS("memory of another shape for a fetch", run_into(ad_f32((float[3]){0}, AD_SHAPE(3))));
    FAILS("memory of another type for a fetch", run_into(ad_f64((double[8]){0}, AD_SHAPE(2, 4))));
}

static void ranges(void)
{
    HEADING("Numbers out of range");
    FAILS("a label past the classes",
          run2(ad_cross_entropy(x, label), ad_f32(numbers, AD_SHAPE(4, 4)),
               ad_i32(labels, AD_SHAPE(4))));
    FAILS("a row past the table",
          run1(ad_gather(floats(AD_SHAPE(5, 2)), label, 0), ad_i32(labels, AD_SHAPE(4))));
    FAILS("a row of an empty table",
          run1(ad_gather(floats(AD_SHAPE(0, 2)), label, 0), ad_i32(labels, AD_SHAPE(4))));
    FAILS("a word past the embedding",
          run1(ad_embedding(label, .count = 6, .width = 2), ad_i32(labels, AD_SHAPE(4))));
    FAILS("a row to add to that is not there",
          run1(ad_scatter_add(floats(AD_SHAPE(3, 2)), label, floats(AD_SHAPE(batch, 2)), 0),
               ad_i32(labels, AD_SHAPE(4))));
    FAILS("an image too small for the convolution's open size",
          run1(ad_conv1d(ad_feed(graph, "sound", AD_F32, AD_SHAPE(2, batch, 1)), .filters = 1,
                         .kernel = 5),
               ad_f32(numbers, AD_SHAPE(2, 3, 1))));
    FAILS("a slice past an open size",
          run1(ad_slice(x, 0, 6, AD_END, 1), ad_f32(numbers, AD_SHAPE(2, 4))));
}

/* ---- programs */

static ad_status check_finite(void)
{
    ad_tensor *y = ad_exp(ad_name(ad_log(x), "log of x"));
    ad_array feed = ad_f32(numbers, AD_SHAPE(2, 4));
    state = ad_state_new(graph, 1);
    ad_program *p = ad_compile(state, .fetch = {y}, .check_finite = true);
    ad_status status = ad_run(p, &feed, NULL);
    ad_program_free(p);
    return status;
}

/* What happens to the state while a training program runs, seen from a tap inside the run. */
static ad_tensor *watched;
static ad_status seen;
static char words_seen[1024];

static void set_inside(void *user, const char *name, const ad_array *value)
{
    (void)name;
    seen = ad_set(user, watched, *value);
    snprintf(words_seen, sizeof words_seen, "%s", ad_error());
}

enum program_mistake { TAP, TAP_NOTHING, C_TOO_EARLY, C_PREFIX, WAIT, RUN_BUSY };

static ad_status misuse_program(ad_program *p, enum program_mistake wrong, const ad_array *feed)
{
    switch (wrong) {
    case TAP: return ad_tap(p, "hiden", set_inside, NULL);
    case TAP_NOTHING: return ad_tap(p, "x", NULL, NULL);
    case C_TOO_EARLY: return ad_program_c(p, "net_") ? AD_OK : ad_error_status();
    case C_PREFIX: return ad_program_c(p, "7 net") ? AD_OK : ad_error_status();
    case WAIT: return ad_wait(p);
    case RUN_BUSY: return ad_submit(p, feed, NULL, NULL, NULL) ? AD_OK : ad_run(p, feed, NULL);
    }
    return AD_OK;
}

static ad_status program(enum program_mistake wrong)
{
    ad_array feed = ad_f32(numbers, AD_SHAPE(2, 4));
    state = ad_state_new(graph, 1);
    ad_program *p = ad_compile(state, .fetch = {ad_relu(x)});
    ad_status status = misuse_program(p, wrong, &feed);
    ad_program_free(p);
    return status;
}

static ad_status busy(void)
{
    ad_array feed = ad_f32(numbers, AD_SHAPE(2, 4));
    ad_tensor *step = ad_sgd(loss());
    watched = ad_find(graph, "w");
    state = ad_state_new(graph, 1);
    ad_program *p = ad_compile(state, .fetch = {step}, .training = true);
    if (ad_tap(p, "w", set_inside, state) == AD_OK && ad_run(p, &feed, NULL) != AD_OK)
        seen = AD_OK;
    ad_program_free(p);
    return seen;
}

static void programs(void)
{
    HEADING("Programs");
    FAILS("a logarithm of 0, with .check_finite", check_finite());
    FAILS("a tap of a name that nothing has", program(TAP));
    FAILS("a tap without a function", program(TAP_NOTHING));
    FAILS("C of a program that has not run", program(C_TOO_EARLY));
    FAILS("C with a prefix that is no name", program(C_PREFIX));
    FAILS("waiting for nothing", program(WAIT));
    FAILS("a run beside a submitted one", program(RUN_BUSY));
    FAILS("a value set while a training program runs", busy());
}

/* ---- states and files */

static ad_state *new_state(void)
{
    weight();
    return state = ad_state_new(graph, 1);
}

static ad_status set(ad_array value)
{
    new_state();
    return ad_set(state, ad_find(graph, "w"), value);
}

static ad_status get(ad_tensor *variable)
{
    ad_array value;
    new_state();
    return ad_get(state, variable, &value);
}

static ad_status get_nowhere(void)
{
    new_state();
    return ad_get(state, ad_find(graph, "w"), NULL);
}

/* A path in the folder; valid until the next. */
static const char *path_of(const char *name)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static const char *file_of(const char *bytes, size_t length)
{
    const char *path = path_of("weights.safetensors");
    FILE *file = fopen(path, "wb");
    if (file) {
        fwrite(bytes, 1, length, file);
        fclose(file);
    }
    return path;
}

static ad_status load(const char *path)
{
    ad_status status = ad_load(new_state(), path);
    unlink(path_of("weights.safetensors"));
    return status;
}

/* A file that holds a variable of this name and size, saved by another graph. */
static const char *saved_by_another(const char *name, int64_t size, bool weights_only)
{
    ad_graph *other = ad_graph_new(context);
    ad_variable(other, name, ad_full(other, AD_F32, AD_SHAPE(size), 1));
    ad_state *s = ad_state_new(other, 1);
    CHECK_OK(ad_save(s, path_of("weights.safetensors"), .weights_only = weights_only));
    ad_state_free(s);
    ad_graph_free(other);
    return path_of("weights.safetensors");
}

static const char *cut_short(void)
{
    const char *path = saved_by_another("w", 4, false);
    CHECK_EQ(truncate(path, 60), 0);
    return path;
}

static void states(void)
{
    HEADING("States and files");
    FAILS("the value of a feed", get(x));
    FAILS("the value of NULL", get(NULL));
    FAILS("the value of a variable of another graph", get(of_another_graph()));
    FAILS("no place for a value", get_nowhere());
    FAILS("a value of another shape", set(ad_f32(numbers, AD_SHAPE(5))));
    FAILS("a value of another type", set(ad_i32(labels, AD_SHAPE(4))));
    FAILS("a value without data", set(ad_f32(NULL, AD_SHAPE(4))));
    REFUSED("a clone of NULL", ad_state_clone(NULL));
    FAILS("saving to a folder that is not there",
          ad_save(new_state(), path_of("missing/weights.safetensors")));
    FAILS("saving over a folder", ad_save(new_state(), folder));
    FAILS("saving to no path", ad_save(new_state(), NULL));
    FAILS("loading a file that is not there", load(path_of("missing.safetensors")));
    FAILS("loading a folder", load(folder));
    FAILS("loading an empty file", load(file_of("", 0)));
    FAILS("loading text", load(file_of("these are no weights at all\n", 28)));
    FAILS("loading a file cut short", load(cut_short()));
    FAILS("loading the file of another model", load(saved_by_another("v", 4, false)));
    FAILS("loading a tensor of another size", load(saved_by_another("w", 3, false)));
    FAILS("loading weights as if they were everything", load(saved_by_another("w", 4, true)));
}

/* ---- looking inside */

static ad_status value_of(ad_tensor *tensor, const ad_binding *feeds, int count)
{
    ad_array result;
    state = ad_state_new(graph, 1);
    return ad_value(state, tensor, feeds, count, &result);
}

static ad_status value(ad_tensor *tensor, ad_binding binding)
{
    return value_of(tensor, &binding, binding.feed != NULL);
}

static ad_status value_of_mistake(void)
{
    ad_array result;
    state = ad_state_new(graph, 1);
    return ad_value(state, ad_add(x, label), NULL, 0, &result);
}

static ad_status check_gradients(ad_type type, ad_tensor *other)
{
    double data[4] = {1, 2, 3, 4}, worst;
    ad_tensor *z = ad_feed(graph, "z", type, AD_SHAPE(4)), *y = ad_sum(ad_square(z), AD_ALL);
    ad_binding binding = {z, {type, AD_SHAPE(4), data}};
    ad_tensor *of = other ? other : z;
    state = ad_state_new(graph, 1);
    return ad_check_gradients(state, y, &of, 1, &binding, 1, &worst);
}

static ad_graph *read_text(const char *line)
{
    char text[200];
    snprintf(text, sizeof text, "adze graph 1\n%s", line);
    return ad_graph_read(context, text);
}

static void looking(void)
{
    const ad_binding nothing = {0};
    HEADING("Looking inside");
    FAILS("a value without its feed", value(ad_relu(x), nothing));
    FAILS("the value of NULL", value(NULL, nothing));
    FAILS("a value of another graph", value(of_another_graph(), nothing));
    FAILS("a value of a mistake", value_of_mistake());
    FAILS("a value bound to what is no feed",
          value(x, (ad_binding){ad_relu(x), ad_f32(numbers, AD_SHAPE(2, 4))}));
    FAILS("a value bound to another shape",
          value(ad_relu(x), (ad_binding){x, ad_f32(numbers, AD_SHAPE(2, 3))}));
    FAILS("a list of feeds that is NULL", value_of(x, NULL, 2));
    FAILS("more feeds than a list holds", value_of(x, NULL, 100));
    FAILS("gradients of f32 against differences", check_gradients(AD_F32, NULL));
    FAILS("gradients with regard to what nothing binds",
          check_gradients(AD_F64, full(AD_F64, AD_SHAPE(2))));
    REFUSED("no text of a graph", ad_graph_read(context, NULL));
    REFUSED("text that is no graph", ad_graph_read(context, "once upon a time\n"));
    REFUSED("text with an unknown op", read_text("%0 = nonsense : f32(3)\n"));
    REFUSED("text with an operand from nowhere", read_text("%0 = relu %7 : f32(3)\n"));
    REFUSED("text with a size below 0", read_text("%0 = full type=f32 shape=(-3) value=1"));
    REFUSED("text with a wrong shape",
            read_text("%0 = full type=f32 shape=(4) value=1 : f32(5)\n"));
    REFUSED("text that ends early", read_text("%0 = feed name=\"x"));
}

static void contexts(void)
{
    HEADING("Contexts");
    REFUSED("an instruction set that nobody knows", ad_context_new(.isa = "avx1024"));
    REFUSED("threads below 0", ad_context_new(.threads = -1));
    REFUSED("a hundred devices", ad_context_new(.devices = 100));
}

/* ---- ops of your own */

static int refuse_shape(void *user, const ad_array *in, int in_count, ad_array *out)
{
    (void)user, (void)in, (void)in_count, (void)out;
    return 5;
}

static int leave_shape(void *user, const ad_array *in, int in_count, ad_array *out)
{
    (void)user, (void)in, (void)in_count;
    out[0].shape.rank = -1;
    return 0;
}

static int fail_value(void *user, const ad_array *in, int in_count, const ad_array *out)
{
    (void)user, (void)in, (void)in_count, (void)out;
    return 3;
}

static void wrong_gradient(void *user, ad_tensor *const *in, int in_count, ad_tensor *const *out,
                           ad_tensor *const *dy, ad_tensor **dx)
{
    (void)user, (void)in, (void)in_count, (void)out;
    dx[0] = ad_sum(dy[0], AD_AXES(0));
}

static ad_tensor *custom(ad_custom_op op, ad_tensor *in)
{
    ad_tensor *result = NULL;
    ad_custom(graph, &op, &in, 1, &result);
    return result;
}

static void custom_ops(void)
{
    const ad_custom_op op = {.name = "mine", .results = 1, .value = fail_value};
    ad_custom_op refuses = op, leaves = op, bare = op, many = op, wrong = op;
    refuses.shape = refuse_shape;
    leaves.shape = leave_shape;
    bare.value = NULL;
    many.results = 1000;
    wrong.gradient = wrong_gradient;
    HEADING("Ops of your own");
    BUILD("a shape that the op refuses", custom(refuses, floats(AD_SHAPE(3))));
    BUILD("an op that gives no shape", custom(leaves, floats(AD_SHAPE(3))));
    BUILD("a shape callback and an open size", custom(refuses, x));
    BUILD("an op without a value", custom(bare, x));
    BUILD("a thousand results", custom(many, x));
    BUILD("an input that is NULL", custom(op, NULL));
    BUILD("a gradient through an op that has none", ad_sgd(ad_sum(custom(op, weight()), AD_ALL)));
    BUILD("a gradient of another shape", gradient(ad_sum(custom(wrong, x), AD_ALL), NULL, x));
    FAILS("an op that fails at a run", run1(custom(op, x), ad_f32(numbers, AD_SHAPE(2, 4))));
}

/* ---- all of it */

TEST(mistakes_are_told_as_in_the_golden_file)
{
    static void (*const topics[])(void) = {
        shapes, places,     types,     operands, names,  windows,  rows,   layers,  optimizers,
        scans,  custom_ops, compiling, feeds,    ranges, programs, states, looking, contexts};
    REQUIRE(mkdtemp(folder) != NULL);
    for (size_t i = 0; i < sizeof topics / sizeof topics[0]; i++)
        topics[i]();
    rmdir(folder);
    CHECK(cases >= CASES_MIN);
    compare_golden(ADZE_TEST_DIR "/golden/misuse.golden");
}

TEST_MAIN
