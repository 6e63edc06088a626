/* Programs printed as C: compiled with the system's compiler, loaded, run, and compared bit for bit
 * with the interpreter, weights, optimizer memory, fetches and all.  Skipped where there is no
 * compiler.  ADZE_SOAK=1 tries many random graphs. */
#include <adze/adze.h>
#include <adze/more.h>
#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arrays.h"
#include "failing_allocator.h"
#include "names.h"
#include "random_graph.h"
#include "random_scan.h"
#include "test.h"

enum { RUNS = 3, FEEDS = 8, FETCHES = 12 };

struct net {
    ad_context *context;
    ad_graph *graph;
    ad_tensor *feed[FEEDS], *fetch[FETCHES];
    ad_array value[FEEDS];
    int feeds, fetches;
    ad_compile_options options;
    uint32_t noise;
};

/* ---------------------------------------------------------------- the printed file, loaded */

struct printed {
    void *library;
    const size_t *state_bytes, *offset;
    const int *count;
    const char *const *name;
    void (*init)(void *state, uint64_t seed, int64_t step);
    int (*run)(void *state, const void *const *feeds, void *const *fetches);
};

static const char *compiler(void)
{
    const char *chosen = getenv("CC");
    return chosen && *chosen ? chosen : "cc";
}

static bool have_compiler(void)
{
    char command[256];
    snprintf(command, sizeof command, "%s --version > /dev/null 2>&1", compiler());
    return system(command) == 0;
}

static bool compile(const char *text, char *library, size_t size)
{
    static int number;
    char source[64], command[512];
    snprintf(source, sizeof source, "./printed_%d_%p.c", number, (void *)&number);
    snprintf(library, size, "./printed_%d_%p.so", number++, (void *)&number);
    FILE *file = fopen(source, "w");
    bool ok = file && fputs(text, file) >= 0;
    ok = file && fclose(file) == 0 && ok;
    snprintf(command, sizeof command,
             "%s -std=c17 -O1 -ffp-contract=off -Wall -Wextra -Werror -shared -fPIC -o %s %s -lm",
             compiler(), library, source);
    ok = ok && system(command) == 0;
    if (ok && !getenv("ADZE_KEEP"))
        remove(source);
    return ok;
}

static bool symbol(void *library, const char *name, void *pointer)
{
    void *found = dlsym(library, name);
    memcpy(pointer, &found, sizeof found);
    return found != NULL;
}

static bool load(struct printed *p, const char *text)
{
    char library[80];
    if (!text || !compile(text, library, sizeof library))
        return false;
    p->library = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    remove(library);
    return p->library && symbol(p->library, "net_state_bytes", &p->state_bytes) &&
           symbol(p->library, "net_variable_offset", &p->offset) &&
           symbol(p->library, "net_variable_count", &p->count) &&
           symbol(p->library, "net_variable_name", &p->name) &&
           symbol(p->library, "net_init", &p->init) && symbol(p->library, "net_run", &p->run);
}

/* Between a state and the memory of a printed program: copied there, or compared; counts what
 * differs. */
static int variables(const struct printed *p, ad_graph *graph, ad_state *state, char *memory,
                     bool compare)
{
    int wrong = 0;
    for (int i = 0; i < *p->count; i++) {
        ad_array value = {0};
        if (ad_get(state, ad_find(graph, p->name[i]), &value) != AD_OK)
            return -1;
        if (!compare)
            memcpy(memory + p->offset[i], value.data, ad_array_bytes(&value));
        else if (memcmp(memory + p->offset[i], value.data, ad_array_bytes(&value)) != 0 &&
                 ++wrong < 3)
            printf("  variable %s differs\n", p->name[i]);
    }
    return wrong;
}

/* ---------------------------------------------------------------- nets */

static double noise(struct net *n)
{
    n->noise = n->noise * 1664525u + 1013904223u;
    return (double)(n->noise >> 8) / (1 << 24) - 0.5;
}

static void net_begin(struct net *n)
{
    *n = (struct net){.context = ad_context_new(.threads = 1), .noise = 7};
    n->graph = ad_graph_new(n->context);
    n->options = AD_OPTIONS(ad_compile_options, .training = true);
}

static ad_tensor *net_feed(struct net *n, const char *name, ad_type type, ad_shape shape, int limit)
{
    ad_array *a = &n->value[n->feeds];
    bool real = type == AD_F32 || type == AD_F64;
    *a = array_new(type, shape);
    for (int64_t i = 0; i < ad_array_count(a); i++)
        array_put(a, i, real ? 2 * noise(n) : (noise(n) + 0.5) * limit);
    return n->feed[n->feeds++] = ad_feed(n->graph, name, type, shape);
}

static void net_fetch(struct net *n, ad_tensor *t)
{
    n->fetch[n->fetches++] = t;
}

static void net_end(struct net *n)
{
    for (int i = 0; i < n->feeds; i++)
        free(n->value[i].data);
    ad_graph_free(n->graph);
    ad_context_free(n->context);
}

/* ---------------------------------------------------------------- library and printed file side by
 * side */

struct pair {
    ad_state *state, *start;
    ad_program *program;
    ad_array want[RUNS][FETCHES];
    struct printed printed;
    char *memory;
};

static bool run_library(struct net *n, struct pair *p)
{
    ad_compile_options o = n->options;
    memcpy(o.fetch, n->fetch, sizeof n->fetch);
    memcpy(o.feed, n->feed, sizeof n->feed);
    o.naive = true;
    p->state = ad_state_new(n->graph, 42);
    p->start = p->state ? ad_state_clone(p->state) : NULL;
    p->program = p->start ? (ad_compile)(p->state, &o) : NULL;
    for (int run = 0; p->program && run < RUNS; run++) {
        ad_array out[FETCHES] = {0};
        if (ad_run(p->program, n->value, out) != AD_OK)
            return false;
        for (int i = 0; i < n->fetches; i++)
            p->want[run][i] = array_kept(&out[i]);
    }
    return p->program != NULL;
}

static int run_printed(struct net *n, struct pair *p, int run)
{
    const void *feeds[FEEDS] = {0};
    void *fetches[FETCHES] = {0};
    int wrong = 0;
    for (int i = 0; i < n->feeds; i++)
        feeds[i] = n->value[i].data;
    for (int i = 0; i < n->fetches; i++)
        fetches[i] = calloc(1, ad_array_bytes(&p->want[run][i]) + 1);
    int status = p->printed.run(p->memory, feeds, fetches);
    for (int i = 0; i < n->fetches; i++) {
        if (memcmp(fetches[i], p->want[run][i].data, ad_array_bytes(&p->want[run][i])) != 0) {
            ad_array got = p->want[run][i];
            got.data = fetches[i];
            printf("  run %d: fetch %d differs: %.17g, not %.17g\n", run, i, ad_array_item(&got, 0),
                   ad_array_item(&p->want[run][i], 0));
            wrong++;
        }
        free(fetches[i]);
    }
    return status ? -1 : wrong;
}

static void pair_end(struct net *n, struct pair *p)
{
    for (int run = 0; run < RUNS; run++)
        for (int i = 0; i < n->fetches; i++)
            free(p->want[run][i].data);
    if (p->printed.library)
        dlclose(p->printed.library);
    free(p->memory);
    ad_program_free(p->program);
    ad_state_free(p->state);
    ad_state_free(p->start);
}

static void compare(struct net *n)
{
    struct pair p = {0};
    bool ok = run_library(n, &p) && load(&p.printed, ad_program_c(p.program, "net"));
    if (!ok)
        TEST_FAILED("not printed, compiled and loaded: %s", ad_error());
    if (ok) {
        p.memory = aligned_alloc(64, (*p.printed.state_bytes + 63) / 64 * 64);
        p.printed.init(p.memory, 42, 0);
        variables(&p.printed, n->graph, p.start, p.memory, false);
        for (int run = 0; run < RUNS; run++)
            CHECK_EQ(run_printed(n, &p, run), 0);
        CHECK_EQ(variables(&p.printed, n->graph, p.state, p.memory, true), 0);
    }
    pair_end(n, &p);
    net_end(n);
}

/* ---------------------------------------------------------------- tests */

static void mlp(ad_type type)
{
    struct net n;
    net_begin(&n);
    ad_dim batch = ad_open(n.graph, "batch");
    ad_tensor *x = ad_feed(n.graph, "image", type, AD_SHAPE(batch, 20)),
              *y = ad_feed(n.graph, "label", AD_I32, AD_SHAPE(batch));
    net_feed(&n, "unused_image", type, AD_SHAPE(7, 20), 0);
    net_feed(&n, "unused_label", AD_I32, AD_SHAPE(7), 5);
    n.feed[0] = x, n.feed[1] = y;
    ad_tensor *h = ad_tanh(ad_linear(ad_relu(ad_linear(x, .out = 33)), .out = 12));
    ad_tensor *logits = ad_linear(h, .out = 5), *loss = ad_cross_entropy(logits, y);
    net_fetch(&n, ad_sgd(loss, .rate = 0.1, .momentum = 0.9, .nesterov = true));
    net_fetch(&n, ad_accuracy(logits, y));
    compare(&n);
}

TEST(mlp_f32)
{
    mlp(AD_F32);
}

TEST(mlp_f64)
{
    mlp(AD_F64);
}

TEST(lenet_with_dropout_and_adam)
{
    struct net n;
    net_begin(&n);
    ad_tensor *x = net_feed(&n, "image", AD_F32, AD_SHAPE(3, 16, 16, 1), 0),
              *y = net_feed(&n, "label", AD_I32, AD_SHAPE(3), 10);
    x = ad_relu(ad_conv2d(x, .filters = 4, .kernel = 5));
    x = ad_relu(ad_conv2d(ad_max_pool(x, .window = 2), .filters = 8, .kernel = 3, .same = true));
    x = ad_flatten(ad_max_pool(x, .window = 2));
    x = ad_dropout(ad_relu(ad_linear(x, .out = 32)), .rate = 0.3);
    ad_tensor *loss = ad_cross_entropy(ad_linear(x, .out = 10), y, .label_smoothing = 0.1);
    net_fetch(&n, ad_adam(loss, .rate = 0.01, .clip_norm = 0.5));
    compare(&n);
}

#ifdef ADZE_EXTRAS
/* Numbers with equal ones, NaNs and infinities among them, so that order is seen. */
static void some_equal(ad_array *a)
{
    static const double ends[] = {NAN, INFINITY, -INFINITY, 0.0, -0.0, 0.5};
    for (int64_t i = 0; i < ad_array_count(a); i += 3)
        array_put(a, i, ends[i / 3 % 6]);
}

static void along(ad_type type, int axis, bool reverse)
{
    struct net n;
    net_begin(&n);
    bool real = type == AD_F32 || type == AD_F64;
    ad_tensor *x = net_feed(&n, "x", type, AD_SHAPE(5, 6, 7), 4),
              *index = net_feed(&n, "index", AD_I64, AD_SHAPE(5, 6, 7), 5);
    if (real)
        some_equal(&n.value[0]);
    ad_tensor *plain = net_feed(&n, "plain", type, AD_SHAPE(5, 6, 7), 4);
    net_fetch(&n, ad_cumsum(plain, axis, .reverse = reverse));
    net_fetch(&n, ad_cumprod(ad_transpose(plain, AD_AXES(2, 0, 1)), axis, .reverse = reverse));
    net_fetch(&n, ad_cummax(x, axis, .reverse = reverse));
    net_fetch(&n, ad_cumargmin(x, axis, .reverse = reverse));
    net_fetch(&n, ad_sort(x, axis, .descending = reverse));
    net_fetch(&n, ad_arg_top_k(x, 2, axis, .smallest = reverse));
    net_fetch(&n, ad_take_along(ad_slice(x, 1, 0, 5, 1), ad_slice(index, 1, 1, 6, 1), axis));
    for (int how = AD_SCATTER_SET; how <= AD_SCATTER_MAX; how++)
        net_fetch(&n, ad_scatter_along(plain, index, plain, axis, (ad_scatter_how)how));
    compare(&n);
}

TEST(ops_along_an_axis)
{
    along(AD_F32, 0, false);
    along(AD_F64, 1, true);
    along(AD_I32, 2, false);
    along(AD_I64, 0, true);
}

TEST(reductions_made_of_others)
{
    struct net n;
    net_begin(&n);
    ad_tensor *x = net_feed(&n, "x", AD_F64, AD_SHAPE(5, 6), 0), *w, *dx;
    w = ad_variable(n.graph, "w", ad_full(n.graph, AD_F64, AD_SHAPE(6), 0.75));
    ad_tensor *y = ad_mul(x, w);
    net_fetch(&n, ad_median(y, 1));
    net_fetch(&n, ad_quantile(y, 0.3, 0));
    net_fetch(&n, ad_norm(y, 3, AD_AXES(0)));
    net_fetch(&n, ad_logcumsumexp(y, 1));
    net_fetch(&n, ad_prod(y, AD_ALL));
    ad_tensor *rest =
        ad_mul(ad_recurrence(y, x, 1, true), ad_logsumexp(y, AD_AXES(1), .keep = true));
    ad_gradient(ad_sum(rest, AD_ALL), &w, 1, &dx);
    net_fetch(&n, dx);
    net_fetch(&n, ad_sgd(ad_sum(ad_sort(ad_cumprod(y, 1), 1), AD_ALL), .rate = 0.01));
    compare(&n);
}
#endif

TEST(batch_norm_and_strides)
{
    struct net n;
    net_begin(&n);
    ad_tensor *x = net_feed(&n, "image", AD_F32, AD_SHAPE(5, 9, 11, 4), 0),
              *y = net_feed(&n, "label", AD_I32, AD_SHAPE(5), 3);
    x = ad_leaky_relu(ad_batch_norm(ad_conv2d(x, .filters = 6, .kernel = 3, .stride = 2,
                                              .padding = 1, .groups = 2)),
                      0.1);
    x = ad_swish(
        ad_batch_norm(ad_conv2d(x, .filters = 4, .kernel = 3, .dilation = 2, .padding = 2)));
    x = ad_average_pool(x, .window = 3, .stride = 2, .padding = 1);
    x = ad_conv_transpose2d(x, .filters = 3, .kernel = 3, .stride = 2, .output_padding = 1);
    ad_tensor *loss = ad_cross_entropy(ad_linear(ad_flatten(x), .out = 3), y);
    net_fetch(&n, ad_rmsprop(loss, .rate = 0.01));
    compare(&n);
}

TEST(layer_norm_softmax_embedding)
{
    struct net n;
    net_begin(&n);
    ad_tensor *word = net_feed(&n, "word", AD_I32, AD_SHAPE(4, 6), 30),
              *next = net_feed(&n, "next", AD_I32, AD_SHAPE(4, 6), 30);
    ad_tensor *x = ad_embedding(word, .count = 30, .width = 16);
    x = ad_gelu(ad_layer_norm(ad_linear(x, .out = 24)));
    ad_tensor *logits = ad_linear(x, .out = 30);
    net_fetch(&n, ad_adamw(ad_cross_entropy(logits, next), .rate = 0.01));
    net_fetch(&n, ad_softmax(logits, 1));
    net_fetch(&n, ad_log_softmax(logits, -1));
    compare(&n);
}

/* Values that cannot be squared, or lie far from 0 (test_moments.c says what is right). */
TEST(norms_of_huge_and_far_rows)
{
    struct net n;
    net_begin(&n);
    ad_tensor *x = net_feed(&n, "x", AD_F32, AD_SHAPE(6, 64), 0), *norm;
    ad_tensor *rows[] = {ad_scale(x, 1e30), ad_scale(x, 3e37), ad_shift(ad_scale(x, 1e-2), 1e4),
                         ad_shift(ad_scale(x, 1e35), -3e37), ad_scale(x, 1e-30)};
    ad_tensor *w = ad_variable(n.graph, "w", ad_full(n.graph, AD_F32, AD_SHAPE(64), 1));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        net_fetch(&n, ad_layer_normalize(rows[i], w, NULL, 1e-5));
        net_fetch(&n, ad_variance(rows[i], AD_AXES(0)));
    }
    ad_tensor *loss = ad_mean(ad_mul(rows[0], w), AD_ALL);
    net_fetch(&n, ad_sgd(loss, .rate = 1, .clip_norm = 1, .norm = &norm));
    CHECK(n.fetches <= FETCHES);
    compare(&n);
}

TEST(attention)
{
    struct net n;
    net_begin(&n);
    ad_tensor *x = net_feed(&n, "x", AD_F64, AD_SHAPE(2, 3, 5, 4), 0);
    ad_tensor *k = ad_linear(x, .out = 4), *v = ad_linear(x, .out = 4), *q = ad_linear(x, .out = 4);
    ad_tensor *y = ad_attention(q, k, v, .causal = true);
    net_fetch(&n, ad_sgd(ad_mean(ad_square(y), AD_ALL), .rate = 0.1));
    net_fetch(&n, y);
    compare(&n);
}

/* What is hidden holds NaN, and no printed number does (test_hidden.c). */
TEST(what_is_hidden)
{
    struct net n;
    net_begin(&n);
    ad_tensor *x = net_feed(&n, "x", AD_F32, AD_SHAPE(2, 6, 4), 0),
              *mask = net_feed(&n, "mask", AD_BOOL, AD_SHAPE(2, 1, 6), 2),
              *length = net_feed(&n, "length", AD_I32, AD_SHAPE(2), 6),
              *label = net_feed(&n, "label", AD_I32, AD_SHAPE(2, 6), 4),
              *weight = net_feed(&n, "weight", AD_F32, AD_SHAPE(2, 6), 0);
    for (int i = 0; i < 12; i++) {
        bool seen = i % 6 < 4;
        array_put(&n.value[1], i, seen);
        array_put(&n.value[4], i, seen ? 0.5 + i : 0);
        array_put(&n.value[0], 4 * i + 1, seen ? 0.1 * i : NAN);
    }
    array_put(&n.value[2], 0, 4), array_put(&n.value[2], 1, 0);
    ad_tensor *y = ad_attention(ad_gru(x, .width = 4, .length = length), x, x, .mask = mask);
    ad_tensor *dx, *loss = ad_add(ad_cross_entropy(y, label, .weight = weight),
                                  ad_cross_entropy(x, label, .weight = weight));
    ad_gradient(loss, &x, 1, &dx);
    net_fetch(&n, ad_sgd(loss, .rate = 0.1));
    net_fetch(&n, loss);
    net_fetch(&n, dx);
    net_fetch(&n, ad_sum(dx, AD_ALL));
    compare(&n);
}

TEST(recurrence)
{
    struct net n;
    net_begin(&n);
    ad_tensor *x = net_feed(&n, "x", AD_F32, AD_SHAPE(3, 7, 4), 0),
              *y = net_feed(&n, "y", AD_I32, AD_SHAPE(3, 7), 5);
    ad_tensor *h = ad_lstm(ad_gru(x, .width = 6), .width = 5, .reverse = true);
    net_fetch(&n, ad_adam(ad_cross_entropy(ad_linear(h, .out = 5), y), .rate = 0.05));
    compare(&n);
}

/* The body's own sum of its steps, and lengths: outputs are zero past the end of an example. */
TEST(scan_with_index_and_lengths)
{
    struct net n;
    net_begin(&n);
    ad_tensor *x = net_feed(&n, "x", AD_F64, AD_SHAPE(3, 6, 2), 0),
              *length = net_feed(&n, "length", AD_I32, AD_SHAPE(3), 7);
    ad_tensor *last, *w = ad_variable(n.graph, "w", ad_full(n.graph, AD_F64, AD_SHAPE(2, 2), 0.5));
    ad_tensor *h = ad_rnn(x, .width = 3, .length = length, .last = &last);
    ad_loop *l = ad_scan_begin(n.graph, true);
    ad_tensor *at = ad_scan_input(l, x),
              *sum = ad_scan_carry(l, ad_full(n.graph, AD_F64, AD_SHAPE(3, 2), 0));
    ad_tensor *next = ad_tanh(ad_add(ad_matmul(sum, w), at)),
              *counted = ad_add(next, ad_cast(ad_scan_index(l), AD_F64));
    ad_scan_update(l, sum, next);
    CHECK_OK(ad_scan_end(l));
    ad_tensor *loss =
        ad_add(ad_mean(ad_square(h), AD_ALL), ad_mean(ad_square(ad_scan_all(l, next)), AD_ALL));
    net_fetch(&n, ad_sgd(loss, .rate = 0.1));
    net_fetch(&n, last);
    net_fetch(&n, ad_scan_last(l, sum));
    net_fetch(&n, ad_scan_all(l, counted));
    compare(&n);
}

TEST(two_devices)
{
    struct net n;
    net_begin(&n);
    ad_graph_free(n.graph);
    ad_context_free(n.context);
    n.context = ad_context_new(.threads = 1, .devices = 2);
    n.graph = ad_graph_new(n.context);
    ad_tensor *x = net_feed(&n, "x", AD_F32, AD_SHAPE(3, 4), 0);
    x = ad_relu(ad_linear(x, .out = 5));
    ad_device(n.graph, 1);
    net_fetch(&n, ad_sgd(ad_mean(ad_square(ad_linear(x, .out = 6)), AD_ALL), .rate = 0.1));
    compare(&n);
}

TEST(long_sums)
{
    struct net n;
    net_begin(&n);
    ad_tensor *x = net_feed(&n, "x", AD_F32, AD_SHAPE(3, 5000), 0),
              *z = net_feed(&n, "z", AD_F32, AD_SHAPE(300, 40), 0);
    ad_tensor *w = ad_variable(n.graph, "w", ad_uniform(n.graph, AD_F32, AD_SHAPE(5000, 6), -1, 1));
    ad_tensor *y = ad_matmul(x, w);
    net_fetch(&n, ad_sum(ad_square(x), AD_AXES(1)));
    net_fetch(&n, ad_sum(ad_exp(x), AD_ALL));
    net_fetch(&n, ad_sum(ad_sin(z), AD_AXES(0)));
    net_fetch(&n, ad_variance(z, AD_AXES(1)));
    net_fetch(&n, ad_max(ad_reshape(z, AD_SHAPE(10, 30, 40)), AD_AXES(0, 2)));
    net_fetch(&n, ad_sum(ad_reshape(z, AD_SHAPE(10, 30, 40)), AD_AXES(1)));
    net_fetch(&n, ad_sgd(ad_sum(ad_cos(y), AD_ALL), .rate = 1e-3));
    compare(&n);
}

/* All elements beside columns, with what rows share: a piece of the sum is whole rows. */
TEST(totals_and_columns)
{
    struct net n;
    net_begin(&n);
    ad_tensor *x = net_feed(&n, "x", AD_F32, AD_SHAPE(70, 3, 64), 0),
              *z = net_feed(&n, "z", AD_F32, AD_SHAPE(300, 48), 0);
    ad_tensor *w = ad_variable(n.graph, "w", ad_uniform(n.graph, AD_F32, AD_SHAPE(64), -1, 1));
    ad_tensor *b =
        ad_variable(n.graph, "b", ad_uniform(n.graph, AD_F32, AD_SHAPE(70, 1, 1), -1, 1));
    ad_tensor *y = ad_add(ad_mul(x, w), b);
    net_fetch(&n, ad_sum(y, AD_AXES(0, 1)));
    net_fetch(&n, ad_max(ad_mul(z, ad_slice(w, 0, 0, 48, 1)), AD_ALL));
    net_fetch(&n, ad_sum(ad_expand(w, AD_SHAPE(200, 64)), AD_ALL));
    net_fetch(&n, ad_sgd(ad_mean(ad_square(y), AD_ALL), .rate = 1e-1));
    compare(&n);
}

TEST(moving_elements)
{
    struct net n;
    net_begin(&n);
    ad_tensor *x = net_feed(&n, "x", AD_F32, AD_SHAPE(4, 6, 3), 0),
              *i = net_feed(&n, "i", AD_I32, AD_SHAPE(2, 2), 6);
    ad_tensor *w = ad_variable(n.graph, "w", ad_normal(n.graph, AD_F32, AD_SHAPE(4, 6, 3), 0, 1));
    ad_tensor *parts[] = {ad_mul(x, w), ad_slice(w, 1, 5, 0, -2)};
    ad_tensor *y = ad_pad(ad_concat(parts, 2, 1), 2, 1, 2, 0.5);
    ad_tensor *loss =
        ad_sum(ad_square(ad_add(ad_sum(y, AD_ALL), ad_sum(ad_gather(w, i, 1), AD_ALL))), AD_ALL);
    net_fetch(&n, y);
    net_fetch(&n, ad_gather(ad_transpose(w, AD_AXES(1, 0, 2)), i, 0));
    net_fetch(&n, ad_argmax(w, 1));
    net_fetch(&n, ad_matmul(ad_transpose(w, AD_AXES(0, 2, 1)), w));
    net_fetch(&n, ad_one_hot(i, 6, AD_F32));
    net_fetch(&n, ad_sgd(loss, .rate = 1e-3));
    compare(&n);
}

TEST(whole_numbers_and_casts)
{
    struct net n;
    net_begin(&n);
    ad_tensor *i = net_feed(&n, "i", AD_I32, AD_SHAPE(3, 5), 100),
              *u = net_feed(&n, "u", AD_U8, AD_SHAPE(3, 5), 256);
    ad_tensor *x = net_feed(&n, "x", AD_F32, AD_SHAPE(3, 5), 0), *big = ad_cast(i, AD_I64);
    net_fetch(&n,
              ad_div(ad_sub(i, ad_number(n.graph, AD_I32, 50)), ad_number(n.graph, AD_I32, -7)));
    net_fetch(&n, ad_mul(ad_add(u, u), u));
    net_fetch(&n, ad_sum(ad_mul(big, ad_add(big, ad_cast(ad_scale(x, 1e9), AD_I64))), AD_AXES(0)));
    net_fetch(&n, ad_cast(ad_scale(x, 300), AD_U8));
    net_fetch(&n,
              ad_or(ad_not(ad_less(i, ad_cast(u, AD_I32))), ad_is_finite(ad_div(x, ad_floor(x)))));
    net_fetch(&n, ad_max(ad_abs(ad_neg(i)), AD_AXES(1)));
    net_fetch(&n, ad_add(ad_step(n.graph), ad_range(n.graph, AD_I64, 4)));
    net_fetch(&n, ad_where(ad_greater(x, ad_number(n.graph, AD_F32, 0)), ad_cast(i, AD_F32),
                           ad_uniform(n.graph, AD_F32, AD_SHAPE(3, 5), -2, 3)));
    compare(&n);
}

#ifdef ADZE_EXTRAS
/* Each of these on x, near 0 and far away. */
static ad_tensor *many_functions(ad_tensor *x)
{
    static ad_tensor *(*const of_one[])(ad_tensor *) = {
        (ad_log2),     (ad_exp2),        (ad_tan),      (ad_asin),  (ad_acos),       (ad_atan),
        (ad_sinh),     (ad_cosh),        (ad_asinh),    (ad_acosh), (ad_atanh),      (ad_erfc),
        (ad_erfinv),   (ad_ndtr),        (ad_log_ndtr), (ad_ndtri), (ad_lgamma),     (ad_digamma),
        (ad_trigamma), (ad_log_sigmoid), (ad_logit),    (ad_mish),  (ad_hard_swish), (ad_softsign)};
    enum { COUNT = sizeof of_one / sizeof of_one[0] };
    ad_tensor *y[COUNT + 6];
    for (int i = 0; i < COUNT; i++)
        y[i] = of_one[i](x);
    ad_tensor *z = ad_sin(ad_scale(x, 3));
    y[COUNT] = ad_atan2(x, z), y[COUNT + 1] = ad_hypot(x, z);
    y[COUNT + 2] = ad_mod(x, z), y[COUNT + 3] = ad_remainder(x, z);
    y[COUNT + 4] = ad_polygamma(x, 3), y[COUNT + 5] = ad_clamp(x, -0.5, INFINITY);
    for (int i = 0; i < COUNT + 6; i++) /* NaN has no one form */
        y[i] = ad_where(ad_is_nan(y[i]), ad_number(ad_tensor_graph(x), ad_tensor_type(x), 7), y[i]);
    return ad_concat(y, COUNT + 6, 0);
}

static ad_tensor *many_bits(ad_tensor *x, ad_tensor *z)
{
    ad_tensor *y[] = {
        ad_bit_and(x, z),        ad_bit_or(x, z),           ad_bit_xor(x, z), ad_bit_not(x),
        ad_bit_shift_left(x, z), ad_bit_shift_right(x, z),  ad_mod(x, z),     ad_remainder(x, z),
        ad_mod(ad_neg(x), z),    ad_remainder(ad_neg(x), z)};
    return ad_concat(y, 10, 0);
}

TEST(elementwise_ops_beyond_the_core)
{
    for (ad_type type = AD_F32; type <= AD_F64; type++) {
        struct net n;
        net_begin(&n);
        ad_tensor *x = net_feed(&n, "x", type, AD_SHAPE(40), 0);
        ad_tensor *i = net_feed(&n, "i", AD_I32, AD_SHAPE(50), 100),
                  *u = net_feed(&n, "u", AD_U8, AD_SHAPE(50), 256);
        net_fetch(&n, many_functions(x));
        net_fetch(&n, many_functions(ad_scale(x, 50)));
        ad_tensor *few = ad_sub(i, ad_number(n.graph, AD_I32, 20));
        net_fetch(&n, many_bits(few, ad_neg(few)));
        net_fetch(&n, many_bits(ad_cast(few, AD_I64), ad_cast(i, AD_I64)));
        net_fetch(&n, many_bits(u, ad_mod(u, ad_number(n.graph, AD_U8, 11))));
        ad_tensor *loss = ad_sum(ad_log_ndtr(ad_lgamma(ad_abs(x))), AD_ALL), *d;
        ad_gradient(loss, &x, 1, &d);
        net_fetch(&n, d);
        compare(&n);
    }
}
#endif

TEST(bf16)
{
    struct net n;
    net_begin(&n);
    n.options.precision = AD_BF16;
    ad_tensor *x = net_feed(&n, "x", AD_F32, AD_SHAPE(6, 10), 0),
              *y = net_feed(&n, "y", AD_I32, AD_SHAPE(6), 4);
    ad_tensor *h = ad_relu(ad_linear(x, .out = 9));
    net_fetch(&n, ad_sgd(ad_cross_entropy(ad_linear(h, .out = 4), y), .rate = 0.1));
    compare(&n);
}

TEST(inference)
{
    struct net n;
    net_begin(&n);
    n.options.training = false;
    n.options.off.no_fold = true; /* the interpreter does not fold */
    ad_tensor *x = net_feed(&n, "x", AD_F32, AD_SHAPE(2, 8, 8, 2), 0);
    x = ad_relu(ad_batch_norm(ad_conv2d(x, .filters = 3, .kernel = 3)));
    net_fetch(&n, ad_softmax(ad_linear(ad_dropout(ad_flatten(x)), .out = 4), -1));
    compare(&n);
}

/* A label out of range: an error, and nothing has changed. */
/* Whatever feeds, variables and fetches are called, the file is C, and has their names. */
TEST(names_of_any_kind)
{
    enum { EACH = 6 };
    for (int first = 0; first < BAD_NAMES && have_compiler(); first += EACH) {
        struct net n;
        net_begin(&n);
        ad_tensor *sum = NULL;
        for (int i = first; i < first + EACH && i < BAD_NAMES; i++) {
            ad_tensor *x = net_feed(&n, bad_names[i], AD_F32, AD_SHAPE(3), 0);
            ad_scope_begin(n.graph, "v");
            ad_tensor *w =
                ad_variable(n.graph, bad_names[i], ad_full(n.graph, AD_F32, AD_SHAPE(3), 2));
            ad_scope_end(n.graph);
            ad_tensor *y = ad_name(ad_mul(x, w), bad_names[i]);
            net_fetch(&n, y);
            y = ad_sum(y, AD_ALL);
            sum = sum ? ad_add(sum, y) : y;
        }
        net_fetch(&n, ad_sgd(sum, .momentum = 0.9));
        n.options.training = true;
        compare(&n);
    }
}

TEST(failure_changes_nothing)
{
    struct net n;
    struct pair p = {0};
    net_begin(&n);
    ad_tensor *x = net_feed(&n, "x", AD_F32, AD_SHAPE(3, 4), 0),
              *y = net_feed(&n, "y", AD_I32, AD_SHAPE(3), 5);
    net_fetch(&n, ad_sgd(ad_cross_entropy(ad_linear(x, .out = 5), y), .rate = 0.1));
    if (run_library(&n, &p) && load(&p.printed, ad_program_c(p.program, "net"))) {
        size_t bytes = *p.printed.state_bytes;
        p.memory = calloc(1, bytes);
        p.printed.init(p.memory, 42, 5);
        char *before = malloc(bytes);
        memcpy(before, p.memory, bytes);
        ((int32_t *)n.value[1].data)[2] = 5;
        float loss = -1;
        CHECK_EQ(p.printed.run(p.memory, (const void *[]){n.value[0].data, n.value[1].data},
                               (void *[]){&loss}),
                 AD_ERROR_RANGE);
        CHECK_EQ(memcmp(before, p.memory, bytes), 0);
        CHECK_CLOSE(loss, -1, 0);
        free(before);
    } else {
        TEST_FAILED("%s", ad_error());
    }
    pair_end(&n, &p);
    net_end(&n);
}

static int refuse(void *user, const ad_array *in, int in_count, const ad_array *out)
{
    (void)user, (void)in, (void)in_count, (void)out;
    return 0;
}

TEST(refusals)
{
    struct net n;
    struct pair p = {0};
    net_begin(&n);
    ad_tensor *x = net_feed(&n, "x", AD_F32, AD_SHAPE(3), 0), *y;
    ad_custom(n.graph, &(ad_custom_op){.name = "mine", .results = 1, .value = refuse}, &x, 1, &y);
    net_fetch(&n, y);
    CHECK(ad_program_c(NULL, "net") == NULL);
    REQUIRE(run_library(&n, &p));
    CHECK(ad_program_c(p.program, "net") == NULL);
    CHECK_CONTAINS(ad_error(), "custom");
    CHECK(ad_program_c(p.program, "3d") == NULL);
    CHECK_CONTAINS(ad_error(), "3d");
    pair_end(&n, &p);
    net_end(&n);
}

/* Each allocation of the printer fails once: no leak, no crash, and the next try prints the same.
 */
TEST(no_memory)
{
    struct failing f;
    failing_init(&f, -1);
    struct net n = {.noise = 1, .context = ad_context_new(.threads = 1, .allocator = f.allocator)};
    n.graph = ad_graph_new(n.context);
    ad_tensor *x = net_feed(&n, "x", AD_F32, AD_SHAPE(2, 3, 2), 0);
    net_fetch(&n, ad_sgd(ad_mean(ad_gru(x, .width = 2), AD_ALL), .rate = 0.1));
    n.options = AD_OPTIONS(ad_compile_options, .training = true);
    struct pair p = {0};
    REQUIRE(run_library(&n, &p));
    char *first = strdup(ad_program_c(p.program, "net"));
    long blocks = f.blocks;
    const char *again = NULL;
    for (long at = 0; !again; at++) {
        f.fail_at = at;
        f.failed = false;
        atomic_store(&f.calls, 0);
        again = ad_program_c(p.program, "net");
        CHECK(again || f.failed);
        CHECK_EQ(f.blocks, blocks);
    }
    CHECK_STREQ(again, first);
    f.fail_at = -1;
    free(first);
    pair_end(&n, &p);
    net_end(&n);
    CHECK_EQ(f.blocks, 0);
    CHECK_EQ(f.mistakes, 0);
}

static void random_one(uint64_t number, ad_type type)
{
    struct net n;
    struct random_graph r = {0};
    net_begin(&n);
    if (!random_graph_make(&r, n.context, number, 14, type, (int)(number % 6))) {
        net_end(&n);
        return;
    }
    ad_graph_free(n.graph);
    n.graph = r.graph;
    n.options.training = r.training;
    n.fetches = r.fetches;
    for (int i = 0; i < r.fetches; i++)
        n.fetch[i] = r.fetch[i];
    for (int i = 0; i < RANDOM_FEEDS && r.feed[i]; i++) {
        n.feed[i] = r.feed[i];
        n.value[i] = r.value[i];
        n.feeds++;
    }
    compare(&n);
    if (test_failures)
        printf("  random graph %d\n", (int)number);
}

TEST(random_graphs)
{
    const char *soak = getenv("ADZE_SOAK"), *first = getenv("ADZE_FIRST");
    int count = soak && *soak == '1' ? 300 : 12, start = first ? atoi(first) : 0;
    for (int i = start; i < start + count; i++)
        random_one((uint64_t)i, i % 3 == 2 ? AD_F64 : AD_F32);
}

/* The loss, gradients and results of a random graph with scans; as many of them as a net
 * fetches. */
static void random_scan_one(uint64_t number, ad_type type)
{
    struct net n;
    struct random_scan r = {0};
    net_begin(&n);
    if (!random_scan_make(&r, n.context, number, 10, type, false, (int)(number % 6))) {
        CHECK_STREQ(ad_error(), "");
        random_scan_free(&r);
        ad_context_free(n.context);
        return;
    }
    ad_graph_free(n.graph);
    n.graph = r.graph;
    for (int i = 0; i < r.fetches && i < FETCHES; i++)
        n.fetch[n.fetches++] = r.fetch[r.fetches - 1 - i];
    n.fetch[0] = r.fetch[0];
    for (int i = 0; i < SCAN_FEEDS; i++) {
        n.feed[i] = r.feed[i];
        n.value[i] = r.value[i];
        n.feeds++;
    }
    int before = test_failures;
    compare(&n);
    if (test_failures > before)
        printf("  random scan %d\n", (int)number);
}

TEST(random_scans)
{
    const char *soak = getenv("ADZE_SOAK"), *first = getenv("ADZE_FIRST");
    int count = soak && *soak == '1' ? 300 : 6, start = first ? atoi(first) : 0;
    for (int i = start; i < start + count; i++)
        random_scan_one((uint64_t)i, i % 3 == 2 ? AD_F64 : AD_F32);
}

int main(int count, char **arguments)
{
    bool list = count == 2 && strcmp(arguments[1], "--list") == 0;
    if (!list && !have_compiler()) {
        printf("skipped: there is no C compiler\n");
        return 77;
    }
    return test_main(count, arguments);
}
