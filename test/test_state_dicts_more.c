/* Weights of torch.nn by their names: golden_sequence/state_dicts.txt (script/sequence-goldens) has
 * names, sizes and what torch 2.15 gives; here they are written as safetensors, loaded, run, saved.
 * With ADZE_KEEP=FOLDER what ad_save wrote stays there, for the script to load it into torch. */
#include "formula_numbers.h"
#include "one_graph.h"

#include <unistd.h>

static const char path[] = ADZE_TEST_DIR "/golden_sequence/state_dicts.txt";

enum { TENSORS = 128, BYTES = 1 << 18 };

typedef struct entry {
    char name[80];
    int k;
    double scale, offset;
    ad_shape shape;
} entry;

typedef struct dict {
    entry entry[TENSORS];
    int count;
    ad_shape shape;
    double *out;
} dict;

static bool dict_read(const char *name, dict *d)
{
    static char line[400];
    FILE *file = fopen(path, "r");
    bool found = false;
    *d = (dict){.count = 0};
    while (file && fgets(line, sizeof line, file)) {
        char word[80] = "";
        int end = 0;
        entry *e = &d->entry[d->count];
        if (sscanf(line, "net %79s", word) == 1) {
            if (found)
                break;
            found = strcmp(word, name) == 0;
        } else if (found && sscanf(line, "tensor %79s %d %lf %lf%n", e->name, &e->k, &e->scale,
                                   &e->offset, &end) == 4) {
            e->shape = formula_shape(line + end);
            d->count++;
        } else if (found && strncmp(line, "out", 3) == 0) {
            d->shape = formula_shape(line + 3);
            d->out = formula_numbers(file, formula_count(d->shape));
        }
    }
    if (file)
        fclose(file);
    return d->out && d->count > 0;
}

/* ---- files */

static void scratch(char *to, size_t size, const char *name, const char *what)
{
    const char *kept = getenv("ADZE_KEEP");
    if (kept && *what == 0)
        snprintf(to, size, "%s/%s.safetensors", kept, name);
    else
        snprintf(to, size, "/tmp/adze_%ld_%s%s.safetensors", (long)getpid(), name, what);
}

/* As torch's save_file writes them: a header of JSON, then the numbers. */
static void write_file(const dict *d, ad_type type, const char *to)
{
    static char header[1 << 15];
    static char data[BYTES];
    size_t at = 0, head = 8;
    for (int i = 0; i < d->count; i++) {
        const entry *e = &d->entry[i];
        int count = formula_count(e->shape);
        size_t from = at;
        REQUIRE(at + (size_t)count * ad_type_size(type) <= BYTES);
        for (int k = 0; k < count; k++, at += ad_type_size(type)) {
            double x = formula(e->k, k) * e->scale + e->offset;
            float f = (float)x;
            memcpy(data + at, type == AD_F64 ? (void *)&x : (void *)&f, ad_type_size(type));
        }
        head += (size_t)sprintf(header + head, "%s\"%s\":{\"dtype\":\"%s\",\"shape\":[",
                                i ? "," : "{", e->name, type == AD_F64 ? "F64" : "F32");
        for (int a = 0; a < e->shape.rank; a++)
            head += (size_t)sprintf(header + head, "%s%d", a ? "," : "", (int)e->shape.size[a]);
        head += (size_t)sprintf(header + head, "],\"data_offsets\":[%zu,%zu]}", from, at);
    }
    head += (size_t)sprintf(header + head, "}");
    uint64_t length = head - 8;
    memcpy(header, &length, 8);
    FILE *file = fopen(to, "wb");
    CHECK(file && fwrite(header, 1, head, file) == head && fwrite(data, 1, at, file) == at);
    if (file)
        fclose(file);
}

/* Every name with its sizes stands in the header. */
static void check_file(const dict *d, const char *from, const char *prefix)
{
    static char header[1 << 15];
    FILE *file = fopen(from, "rb");
    CHECK(file && fread(header, 1, sizeof header - 1, file) > 8);
    if (file)
        fclose(file);
    for (int i = 0; i < d->count; i++) {
        char name[120], sizes[120];
        const entry *e = &d->entry[i];
        snprintf(name, sizeof name, "\"%s%s\":{", prefix, e->name);
        const char *at = strstr(header + 8, name);
        int n = sprintf(sizes, "\"shape\":[");
        for (int a = 0; a < e->shape.rank; a++)
            n += sprintf(sizes + n, "%s%d", a ? "," : "", (int)e->shape.size[a]);
        sprintf(sizes + n, "]");
        const char *shape = at ? strstr(at, sizes) : NULL;
        if (!shape || shape > strchr(at, '}'))
            TEST_FAILED("%s is not in the file with %s", e->name, sizes);
    }
}

/* ---- nets */

typedef ad_tensor *build(ad_tensor *x);

static ad_tensor *lstm(ad_tensor *x)
{
    ad_recurrent_options base =
        AD_OPTIONS(ad_recurrent_options, .width = 4, .layers = 2, .both = true, .name = "rnn");
    return ad_cell(x, .kind = AD_CELL_LSTM, .base = &base, .project = 3);
}

static ad_tensor *gru(ad_tensor *x)
{
    return ad_gru(x, .width = 4, .name = "net");
}

static ad_tensor *rnn(ad_tensor *x)
{
    return ad_rnn(x, .width = 4, .name = "net");
}

static ad_tensor *attention(ad_tensor *x)
{
    return ad_self_attention(x, .heads = 2, .name = "attn");
}

static ad_tensor *blocks(ad_tensor *x, bool after, const char *part, ad_tensor *to)
{
    for (int i = 0; i < 2; i++) {
        char name[40];
        snprintf(name, sizeof name, "%s.layers.%d", part, i);
        x = ad_transformer(x, .heads = 2, .width = 12, .relu = true, .norm_after = after,
                           .causal = to != NULL, .to = to, .name = name);
    }
    return x;
}

static ad_tensor *encoder_post(ad_tensor *x)
{
    return blocks(x, true, "encoder", NULL);
}

static ad_tensor *encoder_pre(ad_tensor *x)
{
    return ad_layer_norm(blocks(x, false, "encoder", NULL), .name = "encoder.norm");
}

static ad_tensor *memory_of(ad_tensor *x)
{
    return (ad_feed)(graph, "to", ad_tensor_type(x), AD_SHAPE(2, 5, 8));
}

static ad_tensor *decoder_post(ad_tensor *x)
{
    return blocks(x, true, "decoder", memory_of(x));
}

static ad_tensor *decoder_pre(ad_tensor *x)
{
    return blocks(x, false, "decoder", memory_of(x));
}

/* A convolution without bias, and a norm. */
static ad_tensor *normed(ad_tensor *x, int64_t out, int64_t kernel, int64_t stride, int64_t groups,
                         const char *conv, const char *norm)
{
    x = ad_conv2d(x, .filters = out, .kernel = kernel, .stride = stride, .padding = kernel / 2,
                  .groups = groups, .bias = false, .name = conv);
    return ad_batch_norm(x, .name = norm);
}

static int64_t channels(ad_tensor *x)
{
    return ad_tensor_shape(x).size[3];
}

static ad_tensor *basic(ad_tensor *x, int64_t out, int64_t stride)
{
    ad_tensor *y = ad_relu(normed(x, out, 3, stride, 1, "conv1", "bn1"));
    y = normed(y, out, 3, 1, 1, "conv2", "bn2");
    bool other = stride > 1 || channels(x) != out;
    return ad_relu(
        ad_add(y, other ? normed(x, out, 1, stride, 1, "downsample.0", "downsample.1") : x));
}

static ad_tensor *resnet18(ad_tensor *x)
{
    const int64_t widths[] = {4, 6, 8, 10};
    x = ad_relu(normed(x, 4, 7, 2, 1, "conv1", "bn1"));
    x = ad_max_pool(x, .window = 3, .stride = 2, .padding = 1);
    for (int i = 0; i < 8; i++) {
        char name[20];
        snprintf(name, sizeof name, "layer%d.%d", i / 2 + 1, i % 2);
        ad_scope_begin(graph, name);
        x = basic(x, widths[i / 2], i && i % 2 == 0 ? 2 : 1);
        ad_scope_end(graph);
    }
    return ad_linear(ad_mean(x, AD_AXES(1, 2)), .out = 5, .name = "fc");
}

static ad_tensor *unit(ad_tensor *x, int64_t out, int64_t kernel, int64_t stride, int64_t groups,
                       const char *name)
{
    char conv[40], norm[40];
    snprintf(conv, sizeof conv, "%s0", name);
    snprintf(norm, sizeof norm, "%s1", name);
    return ad_relu6(normed(x, out, kernel, stride, groups, conv, norm));
}

static ad_tensor *inverted(ad_tensor *x, int64_t out, int64_t stride, int64_t expand)
{
    int64_t in = channels(x), wide = in * expand;
    int at = 0;
    char names[4][20];
    for (int i = 0; i < 4; i++)
        snprintf(names[i], sizeof names[i], "conv.%d%s", i, i < (expand > 1) + 1 ? "." : "");
    ad_tensor *y = expand > 1 ? unit(x, wide, 1, 1, 1, names[at++]) : x;
    y = unit(y, wide, 3, stride, wide, names[at]);
    y = normed(y, out, 1, 1, 1, names[at + 1], names[at + 2]);
    return stride == 1 && in == out ? ad_add(x, y) : y;
}

static ad_tensor *mobilenet_v2(ad_tensor *x)
{
    const int64_t block[][3] = {{3, 1, 1}, {4, 2, 4}, {4, 1, 4}, {6, 2, 4}, {6, 1, 4}};
    x = unit(x, 4, 3, 2, 1, "features.0.");
    for (int i = 0; i < 5; i++) {
        char name[20];
        snprintf(name, sizeof name, "features.%d", i + 1);
        ad_scope_begin(graph, name);
        x = inverted(x, block[i][0], block[i][1], block[i][2]);
        ad_scope_end(graph);
    }
    x = unit(x, 16, 1, 1, 1, "features.6.");
    return ad_linear(ad_mean(x, AD_AXES(1, 2)), .out = 5, .name = "classifier.1");
}

static ad_tensor *mobilenet_v1(ad_tensor *x)
{
    const int64_t block[][2] = {{6, 1}, {8, 2}, {8, 1}, {12, 2}};
    char names[20][12];
    for (int i = 0; i < 20; i++)
        snprintf(names[i], sizeof names[i], "model.%d", i + i / 2);
    x = ad_relu(normed(x, 4, 3, 2, 1, names[0], names[1]));
    for (int i = 0, at = 2; i < 4; i++, at += 4) {
        int64_t in = channels(x);
        x = ad_relu(normed(x, in, 3, block[i][1], in, names[at], names[at + 1]));
        x = ad_relu(normed(x, block[i][0], 1, 1, 1, names[at + 2], names[at + 3]));
    }
    return ad_linear(ad_mean(x, AD_AXES(1, 2)), .out = 5, .name = "fc");
}

/* ---- the tests */

/* Pairs of names: in the file NAME, here net.NAME. */
static const char *const *name_map(const dict *d)
{
    static const char *pair[2 * TENSORS + 1];
    static char own[TENSORS][90];
    for (int i = 0; i < d->count; i++) {
        snprintf(own[i], sizeof own[i], "net.%s", d->entry[i].name);
        pair[2 * i] = d->entry[i].name;
        pair[2 * i + 1] = own[i];
    }
    pair[2 * d->count] = NULL;
    return pair;
}

static void compare(const dict *d, const char *name, ad_tensor *x, ad_tensor *y)
{
    static double memory[2][4096];
    static float small[2][4096];
    ad_type type = ad_tensor_type(x);
    ad_tensor *feed[] = {x, ad_find(graph, "to")};
    ad_array in[2], out = {0};
    for (int k = 0; k < 2 && feed[k]; k++) {
        ad_shape shape = ad_tensor_shape(feed[k]);
        for (int i = 0; i < formula_count(shape); i++)
            small[k][i] = (float)(memory[k][i] = formula(90 + k, i));
        in[k] = type == AD_F64 ? ad_f64(memory[k], shape) : ad_f32(small[k], shape);
    }
    ad_program *p =
        ad_compile(state, .fetch = {y}, .feed_list = feed, .feed_count = feed[1] ? 2 : 1);
    CHECK_OK(p ? ad_run(p, in, &out) : ad_error_status());
    double largest = 1, worst = 0, bound = type == AD_F64 ? 1e-9 : 1e-5;
    REQUIRE(out.data && formula_count(out.shape) == formula_count(d->shape));
    for (int i = 0; i < formula_count(d->shape); i++) {
        largest = fmax(largest, fabs(d->out[i]));
        worst = fmax(worst, fabs(ad_array_item(&out, i) - d->out[i]));
    }
    if (!(worst <= bound * largest))
        TEST_FAILED("%s %s is %g off", name, ad_type_name(type), worst);
    ad_program_free(p);
}

static void try_net(const char *name, build *f, ad_shape shape, ad_type type)
{
    dict d;
    char from[300], to[300];
    REQUIRE(dict_read(name, &d));
    scratch(from, sizeof from, name, "_in");
    scratch(to, sizeof to, name, "");
    write_file(&d, type, from);
    begin();
    ad_tensor *x = (ad_feed)(graph, "x", type, shape), *y = f(x);
    if (ad_tensor_error(y))
        TEST_FAILED("%s: %s", name, ad_tensor_error(y));
    state = ad_state_new(graph, 1);
    bool mapped = ad_find(graph, "net.weight_ih_l0");
    ad_load_report report = {0};
    CHECK_OK(ad_load(state, from, .weights_only = true, .names = mapped ? name_map(&d) : NULL,
                     .report = &report));
    CHECK_EQ(report.taken, d.count);
    CHECK_EQ(report.left, 0);
    compare(&d, name, x, y);
    CHECK_OK(ad_save(state, to, .weights_only = true));
    check_file(&d, to, mapped ? "net." : "");
    remove(from);
    if (!getenv("ADZE_KEEP"))
        remove(to);
    end();
    free(d.out);
}

#define NET(name, ...)                                       \
    TEST(name##_is_torchs)                                   \
    {                                                        \
        try_net(#name, name, AD_SHAPE(__VA_ARGS__), AD_F32); \
        try_net(#name, name, AD_SHAPE(__VA_ARGS__), AD_F64); \
    }

NET(lstm, 2, 4, 3)
NET(gru, 2, 4, 3)
NET(rnn, 2, 4, 3)
NET(attention, 2, 4, 8)
NET(encoder_post, 2, 4, 8)
NET(encoder_pre, 2, 4, 8)
NET(decoder_post, 2, 4, 8)
NET(decoder_pre, 2, 4, 8)
NET(resnet18, 1, 32, 32, 3)
NET(mobilenet_v2, 1, 32, 32, 3)
NET(mobilenet_v1, 1, 32, 32, 3)

TEST_MAIN
