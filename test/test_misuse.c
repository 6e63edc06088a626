/* Mistakes that a user can make and what the library says to them: golden/misuse.golden.  A new
 * message is looked at there before it is kept (ADZE_UPDATE_GOLDEN=1 rewrites the file). */
#include <unistd.h>

#include "misuse_building.h"
#include "misuse_layers.h"

/* ---- compiling and running */

static ad_status compile(const ad_compile_options *options)
{
    state = ad_state_new(graph, 1);
    ad_program *p = (ad_compile)(state, options);
    ad_status status = p ? AD_OK : ad_error_status();
    ad_program_free(p);
    return status;
}

#define COMPILE(...) compile(&AD_OPTIONS(ad_compile_options, __VA_ARGS__))

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

static ad_status get_copy(ad_array to)
{
    new_state();
    return ad_get_copy(state, ad_find(graph, "w"), to);
}

static ad_status copy_between_graphs(void)
{
    new_state();
    ad_graph *other = ad_graph_new(context);
    ad_state *s = ad_state_new(other, 1);
    ad_status status = ad_state_copy(s, state);
    ad_state_free(s);
    ad_graph_free(other);
    return status;
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
    FAILS("a copy of another shape", get_copy(ad_f32(numbers, AD_SHAPE(5))));
    FAILS("a copy into no memory", get_copy(ad_f32(NULL, AD_SHAPE(4))));
    FAILS("a state copied from NULL", ad_state_copy(new_state(), NULL));
    FAILS("a state copied between graphs", copy_between_graphs());
    FAILS("the step of no state", ad_state_set_step(NULL, 1));
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
    ad_binding binding = {z, {.type = type, .shape = AD_SHAPE(4), .data = data}};
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
