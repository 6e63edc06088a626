/* Options: what is written counts, also a 0, and what was not made as options are made is refused.
 *
 * For every field whose default is not 0 there is a case here, calls with that field written as 0
 * and not written: the 0 makes another graph, or is refused with the field's name.  Which fields
 * there are is read from the header. */
#include "test.h"

#include "one_graph.h"

struct outcome {
    char text[40000]; /* of the graph, or the refusal */
    bool refused;
};

static char tried[100][80];
static int tried_count;

static void note_outcome(struct outcome *o, ad_tensor *t)
{
    const char *mistake = t ? ad_tensor_error(t) : ad_error();
    o->refused = mistake != NULL;
    snprintf(o->text, sizeof o->text, "%s", mistake ? mistake : ad_graph_text(ad_tensor_graph(t)));
}

/* "stride" for stride_w: messages speak of the axis in other ways. */
static bool names_field(const char *message, const char *field)
{
    char name[40];
    snprintf(name, sizeof name, "%s", field);
    char *end = strstr(name, "_w");
    if (end && !end[2])
        *end = 0;
    return strstr(message, name) != NULL;
}

static void compare(const char *type, const char *field, const struct outcome *zero,
                    const struct outcome *usual)
{
    snprintf(tried[tried_count++], sizeof tried[0], "%s.%s", type, field);
    if (usual->refused)
        TEST_FAILED("%s without .%s: %s", type, field, usual->text);
    if (zero->refused && !names_field(zero->text, field))
        TEST_FAILED("%s.%s = 0 is refused without its name: %s", type, field, zero->text);
    if (!zero->refused && !strcmp(zero->text, usual->text))
        TEST_FAILED("%s.%s = 0 is taken for its default", type, field);
}

/* The call takes &o, which has the options at the end, and then also .field = 0. */
#define CASE(type, field, call, ...)            \
    do {                                        \
        static struct outcome zero, usual;      \
        type o = AD_OPTIONS(type, __VA_ARGS__); \
        begin();                                \
        note_outcome(&usual, call);             \
        end();                                  \
        o.field = 0;                            \
        begin();                                \
        note_outcome(&zero, call);              \
        end();                                  \
        compare(#type, #field, &zero, &usual);  \
    } while (0)

/* ---- what the cases are made of */

static ad_tensor *images(void)
{
    return ad_full(graph, AD_F32, AD_SHAPE(2, 9, 9, 4), 1);
}

static ad_tensor *filters(void)
{
    return ad_full(graph, AD_F32, AD_SHAPE(4, 4, 3, 3), 1);
}

static ad_tensor *rows(void)
{
    return ad_full(graph, AD_F32, AD_SHAPE(6, 4), 1);
}

static ad_tensor *steps(void)
{
    return ad_full(graph, AD_F32, AD_SHAPE(2, 5, 4), 1);
}

static ad_tensor *tokens(void)
{
    return ad_full(graph, AD_I32, AD_SHAPE(2, 5), 1);
}

static ad_tensor *loss(void)
{
    ad_tensor *w = ad_variable(graph, "w", ad_full(graph, AD_F32, AD_SHAPE(4), 1));
    return ad_mean(ad_square(ad_mul(rows(), w)), AD_ALL);
}

#ifdef ADZE_EXTRAS
static ad_tensor *matrix_loss(void)
{
    ad_tensor *w = ad_variable(graph, "w", ad_full(graph, AD_F32, AD_SHAPE(4, 3), 1));
    return ad_mean(ad_square(ad_matmul(rows(), w)), AD_ALL);
}
#endif

static ad_tensor *with_context(const ad_context_options *o)
{
    ad_context *c = (ad_context_new)(o);
    ad_context_free(c);
    return c ? loss() : NULL;
}

static ad_tensor *compiled(ad_compile_options o)
{
    o.fetch[0] = loss();
    state = ad_state_new(graph, 1);
    ad_program *p = (ad_compile)(state, &o);
    ad_program_free(p);
    return p ? o.fetch[0] : NULL;
}

static ad_tensor *grouped(ad_group group)
{
    return ad_sgd(loss(), .decay = 0.5, .groups = {group});
}

static void try_windows(void)
{
    CASE(ad_window_options, window, (ad_max_pool)(images(), &o), .stride = 1);
    CASE(ad_window_options, window_w, (ad_average_pool)(images(), &o), .stride = 1);
    CASE(ad_window_options, stride, (ad_max_pool)(images(), &o), .window = 3);
    CASE(ad_window_options, stride_w, (ad_convolution)(images(), filters(), &o), .stride = 2);
    CASE(ad_window_options, padding_w, (ad_max_pool)(images(), &o), .window = 3, .padding = 1);
    CASE(ad_window_options, dilation, (ad_convolution)(images(), filters(), &o), .padding = 1);
    CASE(ad_window_options, dilation_w, (ad_convolution)(images(), filters(), &o), .padding = 1);
    CASE(ad_window_options, groups, (ad_convolution)(images(), filters(), &o), .padding = 1);
    CASE(ad_window_options, output_padding_w, (ad_convolution_transpose)(images(), filters(), &o),
         .stride = 3, .output_padding = 1);
}

#define CONV(field, ...) \
    CASE(ad_conv_options, field, (ad_conv2d)(images(), &o), .filters = 4, .kernel = 3, __VA_ARGS__)

static void try_layers(void)
{
    CONV(kernel_w, .padding = 1);
    CONV(stride, .padding = 1);
    CONV(stride_w, .padding = 1);
    CONV(padding_w, .padding = 1);
    CONV(dilation, .padding = 1);
    CONV(dilation_w, .padding = 1);
    CONV(groups, .padding = 1);
    CONV(bias, .padding = 1);
    CASE(ad_conv_options, output_padding_w, (ad_conv_transpose2d)(images(), &o), .filters = 2,
         .kernel = 3, .stride = 3, .output_padding = 1);
    CASE(ad_linear_options, bias, (ad_linear)(rows(), &o), .out = 3);
    CASE(ad_norm_options, epsilon, (ad_batch_norm)(rows(), &o), .name = "n");
    CASE(ad_norm_options, epsilon, (ad_layer_norm)(rows(), &o), .name = "n");
    CASE(ad_norm_options, momentum, (ad_batch_norm)(rows(), &o), .name = "n");
    CASE(ad_norm_options, affine, (ad_layer_norm)(rows(), &o), .name = "n");
    CASE(ad_recurrent_options, bias, (ad_gru)(steps(), &o), .width = 3);
    CASE(ad_self_attention_options, bias, (ad_self_attention)(steps(), &o), .heads = 2);
    CASE(ad_linear_options, normal, (ad_linear)(rows(), &o), .out = 3);
    CASE(ad_embedding_options, normal, (ad_embedding)(tokens(), &o), .count = 3, .width = 2);
    CASE(ad_recurrent_options, layers, (ad_gru)(steps(), &o), .width = 3);
    CASE(ad_self_attention_options, normal, (ad_self_attention)(steps(), &o), .heads = 2);
    CASE(ad_self_attention_options, normal_out, (ad_self_attention)(steps(), &o), .heads = 2);
    CASE(ad_transformer_options, width, (ad_transformer)(steps(), &o), .heads = 2);
    CASE(ad_transformer_options, normal, (ad_transformer)(steps(), &o), .heads = 2);
    CASE(ad_transformer_options, depth, (ad_transformer)(steps(), &o), .heads = 2);
    CASE(ad_transformer_options, epsilon, (ad_transformer)(steps(), &o), .heads = 2);
    CASE(ad_transformer_options, bias, (ad_transformer)(steps(), &o), .heads = 2);
    CASE(ad_positions_options, count, (ad_positions)(steps(), &o), .name = "p");
    CASE(ad_positions_options, normal, (ad_positions)(steps(), &o), .name = "p");
    CASE(ad_dropout_options, rate, (ad_dropout)(rows(), &o), .always = true);
    CASE(ad_attention_options, scale, (ad_attention)(steps(), steps(), steps(), &o), .mask = NULL);
    CASE(ad_loss_options, delta, (ad_huber)(rows(), ad_neg(rows()), &o), .each = true);
    CASE(ad_loss_options, quantile, (ad_pinball)(rows(), ad_neg(rows()), &o), .each = true);
}

static void try_optimizers(void)
{
    CASE(ad_optimizer_options, rate, (ad_sgd)(loss(), &o), .name = "a");
    CASE(ad_optimizer_options, rate, (ad_adamw)(loss(), &o), .name = "a");
    CASE(ad_optimizer_options, beta1, (ad_adam)(loss(), &o), .name = "a");
    CASE(ad_optimizer_options, beta2, (ad_adam)(loss(), &o), .name = "a");
    CASE(ad_optimizer_options, alpha, (ad_rmsprop)(loss(), &o), .name = "a");
    CASE(ad_optimizer_options, epsilon, (ad_adam)(loss(), &o), .name = "a");
    CASE(ad_optimizer_options, decay, (ad_adamw)(loss(), &o), .name = "a");
    CASE(ad_optimizer_options, clip_norm, (ad_sgd)(loss(), &o), .name = "a");
    CASE(ad_optimizer_options, clip_value, (ad_sgd)(loss(), &o), .name = "a");
    CASE(ad_optimizer_options, accumulate, (ad_sgd)(loss(), &o), .name = "a");
    CASE(ad_group, rate_scale, grouped(o), .match = "*");
    CASE(ad_group, decay, grouped(o), .match = "*");
}

#ifdef ADZE_EXTRAS
static ad_tensor *triplet(ad_tensor *x, ad_tensor *z, const ad_loss_options *o)
{
    return (ad_triplet)(x, z, x, o);
}
#endif

/* A build without extras has the fields of their losses, and nobody who reads them. */
static void try_more_losses(void)
{
#ifdef ADZE_EXTRAS
#define LOSS(field, method, ...) \
    CASE(ad_loss_options, field, (method)(rows(), ad_neg(rows()), &o), __VA_ARGS__)
    CASE(ad_loss_options, ignore_index,
         (ad_weighted_cross_entropy)(rows(),
                                     ad_cast(ad_sum(ad_scale(rows(), 0), AD_AXES(-1)), AD_I32), &o),
         .each = true);
#else
#define LOSS(field, method, ...) \
    snprintf(tried[tried_count++], sizeof tried[0], "ad_loss_options." #field)
    LOSS(ignore_index, NULL, 0);
#endif
    LOSS(log_input, ad_poisson_nll, .each = true);
    LOSS(alpha, ad_binary_focal, .each = true);
    LOSS(beta, ad_smooth_l1, .each = true);
    LOSS(epsilon, ad_poisson_nll, .log_input = false);
    LOSS(gamma, ad_binary_focal, .each = true);
    LOSS(margin, ad_hinge, .each = true);
    LOSS(power, ad_hinge, .each = true);
    LOSS(p, triplet, .each = true);
    LOSS(shape, ad_gamma_nll, .each = true);
    LOSS(smooth, ad_dice, .each = true);
    LOSS(temperature, ad_info_nce, .each = true);
}

/* A build without extras has the fields of their optimizers, and nobody who reads them. */
static void try_more_optimizers(void)
{
#ifdef ADZE_EXTRAS
#define MORE(field, method, ...) \
    CASE(ad_optimizer_options, field, (method)(matrix_loss(), &o), __VA_ARGS__)
#else
#define MORE(field, method, ...) \
    snprintf(tried[tried_count++], sizeof tried[0], "ad_optimizer_options." #field)
#endif
    MORE(clip_adaptive, ad_sgd, .name = "a");
    MORE(momentum, ad_muon, .name = "a");
    MORE(momentum_decay, ad_nadam, .name = "a");
    MORE(beta2_decay, ad_adafactor, .name = "a");
    MORE(epsilon2, ad_adafactor, .name = "a");
    MORE(threshold, ad_adafactor, .name = "a");
    MORE(eta_minus, ad_rprop, .name = "a");
    MORE(eta_plus, ad_rprop, .name = "a");
    MORE(step_min, ad_rprop, .name = "a");
    MORE(step_max, ad_rprop, .name = "a");
    MORE(lambda, ad_asgd, .name = "a");
    MORE(begin, ad_asgd, .name = "a");
    MORE(trust, ad_lars, .decay = 0.1);
    MORE(ns_a, ad_muon, .name = "a");
    MORE(ns_b, ad_muon, .name = "a");
    MORE(ns_c, ad_muon, .name = "a");
    MORE(ns_steps, ad_muon, .name = "a");
}

static bool was_tried(const char *name)
{
    for (int i = 0; i < tried_count; i++)
        if (!strcmp(tried[i], name))
            return true;
    return false;
}

/* A line "#define AD_DEFAULTS_ad_dropout_options .rate = 0.5," of call.h. */
static int check_tried(const char *line)
{
    int fields = 0;
    const char *type = line + strlen("#define AD_DEFAULTS_"), *at = type;
    while ((at = strstr(at, " ."))) {
        char name[80];
        at += 2;
        snprintf(name, sizeof name, "%.*s.%.*s", (int)strcspn(type, " \n"), type,
                 (int)strcspn(at, " "), at);
        if (!was_tried(name))
            TEST_FAILED("no case writes 0 to %s", name);
        fields++;
    }
    return fields;
}

TEST(a_written_zero_counts_in_every_field)
{
    CASE(ad_context_options, threads, with_context(&o), .isa = NULL);
    CASE(ad_context_options, devices, with_context(&o), .isa = NULL);
    CASE(ad_compile_options, shapes, compiled(o), .naive = false);
    try_windows();
    try_layers();
    try_optimizers();
    try_more_losses();
    try_more_optimizers();
    FILE *header = fopen(ADZE_TEST_DIR "/../include/adze/call.h", "r");
    REQUIRE(header);
    char line[2000];
    int fields = 0;
    while (fgets(line, sizeof line, header))
        if (!strncmp(line, "#define AD_DEFAULTS_", strlen("#define AD_DEFAULTS_")))
            fields += check_tried(line);
    fclose(header);
    CHECK(fields > 30);
}

/* ---- structs that were not made as they should be */

static void refused(ad_tensor *t, const char *words)
{
    const char *message = ad_tensor_error(t);
    if (!message || !strstr(message, words))
        TEST_FAILED("the message is \"%s\", without \"%s\"", message ? message : "none", words);
}

static void run_alone(void *user, int count, void (*task)(void *argument, int i), void *argument)
{
    (void)user;
    for (int i = 0; i < count; i++)
        task(argument, i);
}

TEST(options_without_names_are_refused)
{
    begin();
    refused(ad_dropout(rows(), 0), "ad_dropout: options are written by name, .field = value");
    refused(ad_linear(rows(), NULL, .out = 3), "AD_OPTIONS(ad_linear_options, .field = value)");
    refused((ad_linear)(rows(), &(ad_linear_options){.out = 3}), "AD_OPTIONS(ad_linear_options");
    refused((ad_conv2d)(images(), &(ad_conv_options){.filters = 3}), "written by name");
    refused((ad_batch_norm)(rows(), &(ad_norm_options){0}), "written by name");
    refused((ad_max_pool)(images(), &(ad_window_options){.window = 3}), "written by name");
    refused((ad_sum)(rows(), AD_ALL, &(ad_reduce_options){0}), "written by name");
    refused((ad_adam)(loss(), &(ad_optimizer_options){.rate = 1}), "written by name");
    refused(ad_sgd(rows(), .groups = {{.match = "*"}}), "has to be one number");
    end();
    begin();
    refused(ad_sgd(loss(), .groups = {{.match = "*"}}), "AD_OPTIONS(ad_group");
    end();
    begin();
    refused(ad_sgd(loss(), .groups = {AD_GROUP(.decay = 0)}), "no .match");
    end();
    CHECK(!(ad_context_new)(&(ad_context_options){.threads = 2}));
    CHECK_EQ(ad_error_status(), AD_ERROR_ARGUMENT);
    CHECK(!ad_context_new(.pool = {.run = run_alone}));
    CHECK(strstr(ad_error(), ".pool.threads is 0"));
    CHECK(!ad_context_new(0));
    CHECK(strstr(ad_error(), "ad_context_new: options are written by name"));
}

TEST(no_options_are_the_defaults)
{
    begin();
    ad_tensor *x = images();
    CHECK_STREQ(ad_tensor_error((ad_linear)(rows(), NULL)) ? "refused" : "", "refused");
    ad_shape shape = ad_tensor_shape((ad_max_pool)(x, NULL));
    CHECK(shape.size[1] == 4 && shape.size[2] == 4);
    CHECK_EQ(ad_tensor_shape((ad_sum)(x, AD_AXES(1), NULL)).rank, 3);
    end();
}

/* ---- structs of other versions of the header */

struct older {
    size_t size_;
    const struct ad_named_ *named_;
    double rate;
    ad_tensor *rate_tensor;
    double momentum;
};

TEST(size_tells_how_much_there_is)
{
    begin();
    struct older old = {sizeof old, AD_NAMED_, 0.25, NULL, 0};
    ad_tensor *step = (ad_sgd)(loss(), (const ad_optimizer_options *)&old);
    CHECK(!ad_tensor_error(step));
    CHECK(strstr(ad_graph_text(graph), "0.25"));
    end();
    begin();
    ad_linear_options o = AD_OPTIONS(ad_linear_options, .out = 3);
    o.size_ = 3;
    refused((ad_linear)(rows(), &o), "ad_linear_options.size_ is 3");
    o.size_ = (size_t)1 << 40;
    refused((ad_linear)(rows(), &o), "size_ is 1099511627776");
    struct {
        ad_linear_options known;
        double unknown[4];
    } newer = {.known = AD_OPTIONS_INIT(ad_linear_options, .out = 3)};
    newer.known.size_ = sizeof newer;
    CHECK(!ad_tensor_error((ad_linear)(rows(), &newer.known)));
    end();
}

/* ---- how they are written */

#define COMMON .kernel = 3, .padding = 1

static const ad_conv_options at_start = AD_OPTIONS_INIT(ad_conv_options, .filters = 2, COMMON);

TEST(options_by_macros_nested_and_kept)
{
    begin();
    ad_tensor *x = ad_conv2d(images(), .filters = 3, COMMON);
    CHECK_EQ(ad_tensor_shape(x).size[1], 9);
    x = ad_conv2d(ad_conv2d(x, COMMON, .filters = 5), .filters = 4, COMMON, .padding = 0);
    CHECK_EQ(ad_tensor_shape(x).size[1], 7);
    CHECK_EQ(ad_tensor_shape((ad_conv2d)(images(), &at_start)).size[3], 2);
    ad_conv_options o = AD_OPTIONS(ad_conv_options, COMMON);
    o.filters = 6;
    CHECK_EQ(ad_tensor_shape((ad_conv2d)(images(), &o)).size[3], 6);
    end();
}

TEST(padding_of_one_axis)
{
    begin();
    const int64_t pairs[][2] = {{3, 0}, {0, 3}, {2, AD_SAME}};
    for (int i = 0; i < 3; i++) {
        int64_t h = pairs[i][0], w = pairs[i][1], wide = w == AD_SAME ? h : w;
        ad_tensor *y = ad_conv2d(images(), .filters = 2, .kernel = 3, .padding = h, .padding_w = w);
        CHECK_EQ(ad_tensor_shape(y).size[1], 9 + 2 * h - 2);
        CHECK_EQ(ad_tensor_shape(y).size[2], 9 + 2 * wide - 2);
    }
    ad_tensor *y = ad_max_pool(images(), .window = 6, .stride = 1, .padding = 3, .padding_w = 0);
    CHECK_EQ(ad_tensor_shape(y).size[1], 10);
    CHECK_EQ(ad_tensor_shape(y).size[2], 4);
    refused(ad_conv2d(images(), .filters = 2, .kernel = 3, .padding_w = -1), "padding of -1");
    refused(ad_conv1d(steps(), .filters = 2, .kernel = 3, .stride_w = 2), "no width");
    end();
}

/* Rates out of range are told, also where a computation made them. */
TEST(ranges)
{
    begin();
    double rates[] = {-0.1, 1.5, NAN, INFINITY, -INFINITY};
    for (int i = 0; i < 5; i++) {
        refused(ad_dropout(rows(), .rate = rates[i]), "rate is");
        refused(ad_cross_entropy(rows(), ad_full(graph, AD_I32, AD_SHAPE(6), 0),
                                 .label_smoothing = rates[i]),
                "label_smoothing is");
        refused(ad_batch_norm(rows(), .momentum = rates[i]), "momentum is");
    }
    refused(ad_layer_norm(rows(), .epsilon = -1e-9), "epsilon is");
    refused(ad_linear(rows(), .out = 0), ".out is 0");
    refused(ad_conv2d(images(), .filters = 0, .kernel = 3), ".filters is 0");
    refused(ad_conv2d(images(), .filters = 4, .kernel = 0), ".kernel is 0");
    refused(ad_gru(steps(), .width = 0), ".width is 0");
    end();
}

TEST_MAIN
