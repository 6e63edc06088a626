/* Calls that move, join and resize beside PyTorch 2.15: script/shape-goldens wrote
 * golden/shape_more.txt.  Values and gradients in f64 and f32, moved ones also in i32 and bool,
 * second derivatives by differences, and all of it again with open sizes. */
#include "test.h"

#include <float.h>

#include "arrays.h"
#include "core/graph.h"
#include "one_graph.h"

#define IS(called) (!strcmp(e.name, called))

enum { INS = 4, ROOM = 4096, WORDS = 16 };

struct number_list {
    ad_shape shape;
    double value[ROOM];
    int count;
};

struct example {
    char name[32], text[200];
    char *word[WORDS];
    double w[WORDS]; /* of each word, where it is a number */
    int terms, words, ins;
    struct number_list in[INS], out, slope[INS];
};

static struct example e;

/* ---- the file */

static void read_list(FILE *file, const char *sizes, struct number_list *l)
{
    int64_t count = 1;
    l->shape = (ad_shape){0};
    for (char *end; *sizes && *sizes != '\n'; sizes = end) {
        l->shape.size[l->shape.rank] = strtol(sizes, &end, 10);
        count *= l->shape.size[l->shape.rank++];
    }
    l->count = (int)count;
    REQUIRE(count <= ROOM);
    for (int i = 0; i < l->count; i++)
        CHECK(fscanf(file, "%lf", &l->value[i]) == 1);
    CHECK(fgetc(file) == '\n');
}

static void read_words(char *line)
{
    e.words = 0;
    line[strcspn(line, "\n")] = 0;
    for (char *word = strtok(line, " "); word && e.words < WORDS; word = strtok(NULL, " ")) {
        e.w[e.words] = strtod(word, NULL);
        e.word[e.words++] = word;
    }
}

static bool read_example(FILE *file)
{
    static char line[400];
    int end = 0;
    if (!fgets(line, sizeof line, file) ||
        sscanf(line, "case %31s %d%n", e.name, &e.terms, &end) != 2)
        return false;
    snprintf(e.text, sizeof e.text, "%s", line + end);
    read_words(e.text);
    for (e.ins = 0; fgets(line, sizeof line, file) && !strncmp(line, "in", 2); e.ins++)
        read_list(file, line + 3, &e.in[e.ins]);
    read_list(file, line + 4, &e.out);
    CHECK(fgets(line, sizeof line, file) && !strcmp(line, "slope\n"));
    for (int i = 0; i < e.ins; i++) {
        char sizes[20];
        snprintf(sizes, sizeof sizes, "%d\n", e.in[i].count);
        read_list(file, sizes, &e.slope[i]);
    }
    return true;
}

/* The case, for messages. */
static const char *said(void)
{
    static char text[200];
    int n = snprintf(text, sizeof text, "%s", e.name);
    for (int i = 0; i < e.words; i++)
        n += snprintf(text + n, sizeof text - (size_t)n, " %s", e.word[i]);
    return text;
}

/* ---- the calls */

static int word(int i)
{
    return (int)e.w[i];
}

static ad_axes axes_from(int first)
{
    ad_axes a = {.count = e.words > first ? e.words - first : -1};
    for (int i = first; i < e.words; i++)
        a.axis[i - first] = word(i);
    return a;
}

static ad_shape sizes_from(int first)
{
    ad_shape s = {.rank = e.words - first};
    for (int i = first; i < e.words; i++)
        s.size[i - first] = word(i);
    return s;
}

static ad_tensor *joined(ad_tensor **parts, int count)
{
    for (int i = 0; i < count; i++)
        parts[i] = ad_reshape(parts[i], AD_SHAPE(AD_INFER));
    return ad_concat(parts, count, 0);
}

static ad_tensor *split(ad_tensor *x)
{
    ad_tensor *parts[8];
    ad_dim sizes[8] = {0};
    int count = e.words - 1;
    if (!strcmp(e.name, "split_equal")) {
        ad_split_axis(x, word(0), NULL, count = word(1), parts);
        return joined(parts, count);
    }
    for (int i = 0; i < count; i++)
        sizes[i] = word(i + 1);
    if (!strcmp(e.name, "split_rest"))
        sizes[count++] = AD_INFER;
    ad_split_axis(x, word(0), sizes, count, parts);
    return joined(parts, count);
}

static ad_window_options window(int i)
{
    return AD_OPTIONS(ad_window_options, .window = word(i), .window_w = word(i + 1),
                      .stride = word(i + 2), .stride_w = word(i + 3), .padding = word(i + 4),
                      .padding_w = word(i + 5), .dilation = word(i + 6), .dilation_w = word(i + 7));
}

static ad_tensor *pad(ad_tensor *x)
{
    static const char *const modes[] = {"constant", "reflect", "replicate", "circular"};
    ad_shape before = AD_SHAPE(word(1), word(3)), after = AD_SHAPE(word(2), word(4));
    int mode = 0;
    while (strcmp(modes[mode], e.word[0]) != 0)
        mode++;
    return ad_pad_axes(x, AD_AXES(1, 2), before, after, .mode = (ad_pad_mode)mode, .value = 3);
}

static ad_tensor *resize(ad_tensor *x)
{
    static const char *const modes[] = {"nearest", "nearest-exact", "linear", "cubic"};
    ad_resize_options o =
        AD_OPTIONS(ad_resize_options, .align_corners = word(1) != 0, .antialias = word(2) != 0);
    while (strcmp(modes[o.mode], e.word[0]) != 0)
        o.mode++;
    if (word(3) || e.w[3] > 0)
        o.factor = e.w[3];
    else
        o.size = sizes_from(4);
    return (ad_resize)(x, &o);
}

static ad_tensor *einsum(ad_tensor **x)
{
    char equation[100];
    snprintf(equation, sizeof equation, "%s", e.word[0]);
    for (char *c = equation; *c; c++)
        *c = *c == '_' ? ' ' : *c;
    return ad_einsum(equation, x, e.ins);
}

static ad_tensor *build(ad_tensor **x, ad_type type)
{
    ad_tensor *grids[8];
    if (IS("stack"))
        return ad_stack(x, e.ins, word(0));
    if (IS("squeeze"))
        return ad_squeeze(x[0], axes_from(0));
    if (IS("unsqueeze"))
        return ad_unsqueeze(x[0], word(0));
    if (IS("roll"))
        return ad_roll(x[0], word(0), word(1));
    if (IS("flip"))
        return ad_flip(x[0], axes_from(0));
    if (IS("repeat"))
        return ad_repeat(x[0], sizes_from(0));
    if (IS("repeat_interleave"))
        return ad_repeat_interleave(x[0], word(0), word(1));
    if (IS("tril"))
        return ad_tril(x[0], word(0));
    if (IS("triu"))
        return ad_triu(x[0], word(0));
    if (IS("diagonal"))
        return ad_diagonal(x[0], word(0), word(1), word(2));
    if (IS("diag_embed"))
        return ad_diag_embed(x[0], word(0));
    if (IS("diag"))
        return ad_diag(x[0], word(0));
    if (IS("trace"))
        return ad_trace(x[0]);
    if (IS("arange"))
        return ad_arange(graph, type, e.w[0], e.w[1], e.w[2]);
    if (IS("linspace"))
        return ad_linspace(graph, type, e.w[0], e.w[1], word(2));
    if (IS("meshgrid")) {
        ad_meshgrid(x, e.ins, word(0) == 1, grids);
        return joined(grids, e.ins);
    }
    if (IS("outer"))
        return ad_outer(x[0], x[1]);
    if (IS("kron"))
        return ad_kron(x[0], x[1]);
    if (IS("einsum"))
        return einsum(x);
    if (IS("pad_axes"))
        return pad(x[0]);
    if (IS("pixel_shuffle"))
        return ad_pixel_shuffle(x[0], word(0));
    if (IS("pixel_unshuffle"))
        return ad_pixel_unshuffle(x[0], word(0));
    if (IS("resize"))
        return resize(x[0]);
    ad_window_options o = window(IS("fold") ? 2 : 0);
    if (IS("unfold"))
        return (ad_unfold)(x[0], &o);
    return IS("fold") ? (ad_fold)(x[0], AD_SHAPE(word(0), word(1)), &o) : split(x[0]);
}

/* ---- running */

enum opening { CLOSED, BATCH, OPEN };

/* Equal sizes are one open size. */
static ad_shape opened(ad_shape shape, enum opening how)
{
    char name[24];
    for (int i = 0; i < shape.rank && i < (how == OPEN ? shape.rank : how == BATCH); i++) {
        snprintf(name, sizeof name, "n%d", (int)shape.size[i]);
        if (shape.size[i] != 1 || how == BATCH)
            shape.size[i] = ad_open(graph, name);
    }
    return shape;
}

struct run {
    ad_tensor *x[INS], *y;
    ad_array data[INS], found[1 + INS];
};

static double as_type(ad_type type, double v)
{
    return type == AD_BOOL ? fmod(fabs(v), 2) : v;
}

static bool start(struct run *r, ad_type type, enum opening how)
{
    static const char *const names[] = {"a", "b", "c", "d"};
    *r = (struct run){0};
    begin();
    for (int i = 0; i < e.ins; i++) {
        r->x[i] = ad_feed(graph, names[i], type, opened(e.in[i].shape, how));
        r->data[i] = array_new(type, e.in[i].shape);
        for (int k = 0; k < e.in[i].count; k++)
            array_put(&r->data[i], k, as_type(type, e.in[i].value[k]));
    }
    r->y = build(r->x, type);
    return !ad_tensor_error(r->y);
}

static void stop(struct run *r)
{
    for (int i = 0; i < INS; i++)
        free(r->data[i].data);
    end();
}

/* 1 + i / 4 for element i of y, in its shape */
static ad_tensor *ramp(ad_tensor *y)
{
    ad_shape shape = ad_tensor_shape(y);
    ad_dim count = dim_product(graph, &shape, 0, shape.rank);
    ad_tensor *i = ad_reshape(ad_range(graph, ad_tensor_type(y), count), shape);
    return ad_shift(ad_scale(i, 0.25), 1);
}

static void check_numbers(const char *what, const ad_array *got, const struct number_list *want,
                          double bound)
{
    if (ad_array_count(got) != want->count) {
        TEST_FAILED("%s %s: %d numbers, not %d", said(), what, (int)ad_array_count(got),
                    want->count);
        return;
    }
    for (int i = 0; i < want->count; i++) {
        double v = as_type(got->type, want->value[i]);
        if (!test_close(ad_array_item(got, i), v, bound))
            TEST_FAILED("%s %s %s: element %d is %.17g, not %.17g", said(), ad_type_name(got->type),
                        what, i, ad_array_item(got, i), v);
    }
}

/* Terms of products of numbers up to m, each rounded, and their sums. */
static double bound_of(ad_type type, const struct number_list *want)
{
    double most = 1, unit = type == AD_F32 ? FLT_EPSILON / 2 : 1e-9;
    for (int i = 0; i < want->count; i++)
        most = fmax(most, fabs(want->value[i]));
    if (type == AD_F64)
        return e.terms ? 1e-9 * most : 0;
    return e.terms && type == AD_F32 ? (e.terms + 4) * unit * (most + 16) : 0;
}

static void check_run(ad_type type, enum opening how)
{
    struct run r;
    bool real = type == AD_F64 || type == AD_F32, sloped = real && e.ins;
    if (!start(&r, type, how)) {
        TEST_FAILED("%s: %s", e.name, ad_tensor_error(r.y));
        stop(&r);
        return;
    }
    ad_tensor *fetch[1 + INS] = {r.y};
    int count = 1 + (sloped ? e.ins : 0);
    if (sloped)
        ad_gradient(ad_sum(ad_mul(r.y, ramp(r.y)), AD_ALL), r.x, e.ins, fetch + 1);
    state = ad_state_new(graph, 1);
    ad_program *p = state ? ad_compile(state, .fetch_list = fetch, .fetch_count = count,
                                       .feed_list = r.x, .feed_count = e.ins)
                          : NULL;
    if (!p || ad_run(p, r.data, r.found) != AD_OK) {
        TEST_FAILED("%s (%d): %s", said(), how, ad_error());
    } else {
        CHECK(graph_shapes_equal(&r.found[0].shape, &e.out.shape) || !e.ins);
        check_numbers("value", &r.found[0], &e.out, bound_of(type, &e.out));
        for (int i = 1; i < count; i++) {
            double slack = type == AD_F32 ? 4 * (e.in[i - 1].count + e.out.count) : 1;
            check_numbers("slope", &r.found[i], &e.slope[i - 1],
                          (bound_of(type, &e.slope[i - 1]) + 1e-12 * (type == AD_F64)) * slack +
                              (type == AD_F32) * 1e-6 * e.out.count);
        }
    }
    ad_program_free(p);
    stop(&r);
}

/* Of the gradient of a square, so that derivatives of what is linear differ too. */
static void check_second(void)
{
    struct run r;
    if (start(&r, AD_F64, CLOSED) && e.ins) {
        ad_tensor *dx[INS], *total = NULL;
        ad_binding feeds[INS];
        double worst = 0;
        ad_gradient(ad_sum(ad_mul(ad_square(r.y), ramp(r.y)), AD_ALL), r.x, e.ins, dx);
        for (int i = 0; i < e.ins; i++) {
            ad_tensor *sum = ad_sum(ad_mul(dx[i], ramp(dx[i])), AD_ALL);
            total = total ? ad_add(total, sum) : sum;
            feeds[i] = (ad_binding){r.x[i], r.data[i]};
        }
        state = ad_state_new(graph, 1);
        ad_status status = state
                               ? ad_check_gradients(state, total, r.x, e.ins, feeds, e.ins, &worst)
                               : ad_error_status();
        if (status != AD_OK || !(worst < 2e-5))
            TEST_FAILED("%s: %g off differences, %s", said(), worst,
                        status == AD_OK ? "" : ad_error());
    }
    stop(&r);
}

static void of_all(void (*check)(void))
{
    char path[1000];
    snprintf(path, sizeof path, "%s/golden/shape_more.txt", ADZE_TEST_DIR);
    FILE *file = fopen(path, "r");
    int count = 0;
    REQUIRE(file);
    for (; read_example(file); count++)
        check();
    CHECK(count > 200);
    fclose(file);
}

static void numbers(void)
{
    bool made = !strcmp(e.name, "arange") || !strcmp(e.name, "linspace");
    check_run(AD_F64, CLOSED);
    check_run(AD_F32, CLOSED);
    if (e.terms == 0 && !made) {
        check_run(AD_I32, CLOSED);
        check_run(AD_BOOL, CLOSED);
    }
}

TEST(values_and_gradients)
{
    of_all(numbers);
}

TEST(second_derivatives)
{
    of_all(check_second);
}

/* What needs a number says so; else the sizes of all axes may be open. */
static bool needs_numbers(void)
{
    bool part = IS("resize") && e.w[3] != 0 && e.w[3] != 2 && e.w[3] != 0.5;
    int last = e.in[0].shape.rank - 1, row = 0, column = 1;
    bool matrix = IS("diag") && last == 1, oblong = false;
    if (IS("diagonal"))
        row = (word(1) + last + 1) % (last + 1), column = (word(2) + last + 1) % (last + 1);
    if (matrix || IS("diagonal"))
        oblong = e.in[0].shape.size[row] != e.in[0].shape.size[column];
    bool shuffle = (IS("pixel_shuffle") || IS("pixel_unshuffle")) && word(0) > 1;
    return part || oblong || IS("split_axis") || IS("split_equal") || shuffle || IS("fold") ||
           IS("trace");
}

/* What the run finds too short. */
static bool too_short(void)
{
    int last = e.in[0].shape.rank - 1, axis = word(IS("roll"));
    ad_dim size = last < 0 ? 1 : e.in[0].shape.size[axis < 0 || axis > last ? last : axis];
    return (IS("roll") && fabs(e.w[0]) > (double)size) || (IS("flip") && size == 0) ||
           (IS("diagonal") && word(0) > 3);
}

static void check_short(struct run *r)
{
    state = ad_state_new(graph, 1);
    ad_program *p = ad_compile(state, .fetch = {r->y}, .feed = {r->x[0]});
    ad_array found = {0};
    REQUIRE(p);
    CHECK(ad_run(p, r->data, &found) == AD_ERROR_SHAPE);
    CHECK_CONTAINS(ad_error(), "the axis is too short");
    ad_program_free(p);
}

static void open_sizes(void)
{
    struct run r;
    if (!e.ins)
        return;
    bool ready = start(&r, AD_F64, OPEN);
    if (ready == needs_numbers() && !IS("trace") && !IS("resize"))
        TEST_FAILED("%s: %s", said(), ready ? "no error" : ad_tensor_error(r.y));
    if (ready && too_short())
        check_short(&r);
    stop(&r);
    if (ready && !too_short())
        check_run(AD_F64, OPEN);
}

TEST(sizes_may_be_open)
{
    of_all(open_sizes);
}

/* ---- places of the nearest */

static int64_t sum_of_places(int64_t before, int64_t after, ad_resize_mode mode)
{
    begin();
    ad_tensor *x = ad_feed(graph, "x", AD_I32, AD_SHAPE(1, before, 1));
    ad_tensor *y = ad_resize(x, .size = AD_SHAPE(after), .mode = mode);
    ad_array in = array_new(AD_I32, AD_SHAPE(1, before, 1)), found = {0};
    for (int64_t i = 0; i < before; i++)
        array_put(&in, i, (double)i);
    state = ad_state_new(graph, 1);
    ad_program *p = ad_compile(state, .fetch = {y}, .feed = {x});
    CHECK_OK(ad_run(p, &in, &found));
    int64_t sum = 0;
    for (int64_t i = 0; i < ad_array_count(&found); i++)
        sum += (i + 1) * (int64_t)ad_array_item(&found, i);
    ad_program_free(p);
    free(in.data);
    end();
    return sum;
}

TEST(the_nearest_is_where_torch_has_it)
{
    char path[1000], line[4000];
    snprintf(path, sizeof path, "%s/golden/shape_more.txt", ADZE_TEST_DIR);
    FILE *file = fopen(path, "r");
    int count = 0;
    REQUIRE(file);
    while (fgets(line, sizeof line, file)) {
        long before, after, sum, exact;
        if (sscanf(line, "nearest %ld %ld %ld %ld", &before, &after, &sum, &exact) != 4)
            continue;
        CHECK_EQ(sum_of_places(before, after, AD_RESIZE_NEAREST), sum);
        CHECK_EQ(sum_of_places(before, after, AD_RESIZE_NEAREST_EXACT), exact);
        count++;
    }
    CHECK(count > 50);
    fclose(file);
}

/* ---- how x lies, and threads */

static ad_array resized(const ad_array *in, ad_axes order, int threads, ad_resize_mode mode)
{
    ad_context *c = ad_context_new(.threads = threads);
    ad_graph *g = ad_graph_new(c);
    ad_tensor *x = ad_feed(g, "x", in->type, in->shape);
    ad_tensor *y =
        ad_resize(order.count ? ad_transpose(x, order) : x, .size = AD_SHAPE(61, 90), .mode = mode);
    ad_state *s = ad_state_new(g, 1);
    ad_program *p = ad_compile(s, .fetch = {y}, .feed = {x});
    ad_array found = {0};
    CHECK_OK(ad_run(p, in, &found));
    found = array_kept(&found);
    ad_program_free(p);
    ad_state_free(s);
    ad_graph_free(g);
    ad_context_free(c);
    return found;
}

/* Element (b, c, h, w) as (b, h, w, c). */
static ad_array turned(const ad_array *in)
{
    const ad_dim *s = in->shape.size;
    ad_array out = array_new(in->type, AD_SHAPE(s[0], s[2], s[3], s[1]));
    int64_t i = 0;
    for (int64_t b = 0; b < s[0]; b++)
        for (int64_t h = 0; h < s[2]; h++)
            for (int64_t w = 0; w < s[3]; w++)
                for (int64_t c = 0; c < s[1]; c++)
                    array_put(&out, i++, ad_array_item(in, ((b * s[1] + c) * s[2] + h) * s[3] + w));
    return out;
}

TEST(resizing_is_the_same_however_x_lies)
{
    uint64_t seed = 4;
    for (int type = 0; type < 2; type++)
        for (ad_resize_mode mode = AD_RESIZE_NEAREST; mode <= AD_RESIZE_CUBIC; mode++) {
            ad_array in =
                array_random(type ? AD_F64 : AD_F32, AD_SHAPE(2, 19, 40, 33), &seed, -2, 2);
            ad_array plain = turned(&in);
            ad_array a = resized(&in, AD_AXES(0, 2, 3, 1), 1, mode),
                     b = resized(&plain, (ad_axes){0}, 3, mode);
            CHECK_EQ(ad_array_count(&a), 2 * 61 * 90 * 19);
            CHECK_EQ(array_difference(&a, &b), -1);
            free(in.data), free(plain.data), free(a.data), free(b.data);
        }
}

TEST(resizing_is_read_back)
{
    begin();
    ad_tensor *x = ad_feed(graph, "x", AD_F64, AD_SHAPE(ad_open(graph, "n"), 5, 6, 2));
    ad_tensor *y = ad_resize(x, .factor = 0.7, .mode = AD_RESIZE_CUBIC, .antialias = true), *dx;
    ad_gradient(ad_sum(ad_square(y), AD_ALL), &x, 1, &dx);
    const char *text = ad_graph_text(graph);
    CHECK_CONTAINS(text, "factor=0.7");
    ad_graph *again = ad_graph_read(context, text);
    REQUIRE(again);
    CHECK_STREQ(ad_graph_text(again), text);
    ad_graph_free(again);
    end();
}

/* ---- errors */

static void refused(ad_tensor *y, const char *words)
{
    CHECK(ad_tensor_error(y) != NULL);
    if (!ad_tensor_error(y) || !strstr(ad_tensor_error(y), words))
        TEST_FAILED("'%s' without '%s'", ad_tensor_error(y) ? ad_tensor_error(y) : "", words);
}

static ad_tensor *split_of(ad_tensor *x, int axis, const ad_dim *sizes, int count)
{
    ad_tensor *parts[4] = {x, x, x, x};
    ad_split_axis(x, axis, sizes, count, parts);
    for (int i = 1; i < count; i++)
        CHECK(ad_tensor_error(parts[i]) != NULL);
    return count ? parts[0] : ad_reshape(x, AD_SHAPE(5)); /* either has an error */
}

static ad_tensor *grid_of(ad_tensor *const *x, int count)
{
    ad_tensor *grids[12];
    ad_meshgrid(x, count, false, grids);
    return grids[0];
}

TEST(mistakes_of_shape)
{
    begin();
    ad_tensor *x = ad_feed(graph, "x", AD_F32, AD_SHAPE(2, 3)), *y = ad_number(graph, AD_F32, 1);
    ad_tensor *open = ad_feed(graph, "open", AD_F32, AD_SHAPE(ad_open(graph, "n"), 3));
    ad_tensor *eight = ad_feed(graph, "8", AD_F32, AD_SHAPE(1, 1, 1, 1, 1, 1, 1, 1));
    ad_tensor *other[] = {x, open}, *whole = ad_feed(graph, "i", AD_I32, AD_SHAPE(2, 3));
    ad_tensor *types[] = {x, whole};
    ad_dim sizes[] = {1, 1}, both[] = {AD_INFER, AD_INFER}, much[] = {4, AD_INFER},
           none[] = {-7, 9};
    refused(ad_stack(NULL, 1, 0), "ad_stack: there are no parts");
    refused(ad_stack(other, 0, 0), "there are no parts");
    refused(ad_stack(other, 1, 3), "ad_stack: there is no axis 3; x is (2, 3)");
    refused(ad_stack(other, 2, 0), "parts 1 and 2 differ");
    refused(ad_stack(types, 2, 0), "parts 1 and 2 have different types");
    refused(ad_stack(&eight, 1, 0), "0 to 7 axes");
    refused(ad_unsqueeze(eight, 0), "ad_unsqueeze: it takes 0 to 7 axes");
    refused(ad_unsqueeze(x, -4), "there is no axis -4");
    refused(ad_squeeze(x, AD_AXES(0)), "ad_squeeze: axis 0 is not of size 1; x is (2, 3)");
    refused(ad_squeeze(open, AD_AXES(0)), "axis 0 is not of size 1");
    refused(ad_squeeze(x, AD_AXES(2)), "there is no axis 2");
    refused(split_of(x, 0, sizes, 1), "ad_split_axis: axis 0 is not 1 parts of these sizes");
    refused(split_of(x, 1, sizes, 2), "one may be AD_INFER");
    refused(split_of(x, 0, both, 2), "axis 0 is not 2 parts");
    refused(split_of(x, 0, much, 2), "axis 0 is not 2 parts");
    refused(split_of(x, 0, none, 2), "axis 0 is not 2 parts");
    refused(split_of(x, 0, NULL, 3), "axis 0 is not 3 equal parts");
    refused(split_of(open, 0, NULL, 2), "equal parts");
    refused(split_of(x, 5, NULL, 2), "no axis 5");
    refused(split_of(x, 0, NULL, 0), "");
    refused(ad_flip(x, AD_AXES(0, -2)), "ad_flip: axis 0 comes twice");
    refused(ad_flip(x, AD_AXES(2)), "ad_flip: there is no axis 2");
    refused(ad_roll(x, 1, 2), "ad_roll: there is no axis 2");
    refused(ad_roll(y, 1, 0), "ad_roll: it takes 1 to 8 axes; x is ()");
    refused(ad_roll(open, INT64_MIN, 0), "a shift of -9223372036854775808");
    refused(ad_repeat(x, AD_SHAPE(2)), "ad_repeat: it takes 0 to 1 axes; x is (2, 3)");
    refused(ad_repeat(x, AD_SHAPE(2, -2)), "ad_repeat: -2 times");
    refused(ad_repeat_interleave(x, -3, 0), "ad_repeat_interleave: -3 times");
    refused(ad_repeat_interleave(x, 2, 2), "no axis 2");
    refused(ad_flip(NULL, AD_ALL), "ad_flip");
    end();
}

TEST(mistakes_of_grids)
{
    begin();
    ad_tensor *x = ad_feed(graph, "x", AD_F32, AD_SHAPE(2, 3)),
              *v = ad_feed(graph, "v", AD_F32, AD_SHAPE(2));
    ad_tensor *five = ad_feed(graph, "5", AD_F32, AD_SHAPE(1, 1, 1, 1, 1));
    ad_tensor *nine[] = {v, v, v, v, v, v, v, v, v}, *mixed[] = {v, x};
    refused(ad_tril(v, 0), "ad_tril: it takes 2 to 8 axes; x is (2)");
    refused(ad_triu(x, INT64_MAX), "ad_triu: an offset of 9223372036854775807");
    refused(ad_diag(five, 0), "ad_diag: it takes 1 to 2 axes");
    refused(ad_diagonal(v, 0, 0, 1), "ad_diagonal: it takes 2 to 8 axes");
    refused(ad_diagonal(x, 0, 1, -1), "ad_diagonal: axis 1 comes twice");
    refused(ad_diagonal(x, 0, 0, 2), "there is no axis 2");
    refused(ad_diag_embed(x, -(INT64_C(1) << 40)), "ad_diag_embed: an offset of -1099511627776");
    refused(ad_trace(v), "it takes 2 to 8 axes");
    refused(ad_arange(graph, AD_F64, 0, 5, -1), "ad_arange: f64 from 0 to 5 by steps of -1");
    refused(ad_arange(graph, AD_F64, 0, 5, 0), "by steps of 0");
    refused(ad_arange(graph, AD_F64, 0, NAN, 1), "to nan");
    refused(ad_arange(graph, AD_I64, 0.5, 5, 1), "whole types take whole steps");
    refused(ad_arange(NULL, AD_F64, 0, 5, 1), "");
    refused(ad_linspace(graph, AD_I32, 0, 5, 3), "ad_linspace: 3 steps of i32");
    refused(ad_linspace(graph, AD_F32, 0, 5, -1), "-1 steps of f32");
    refused(grid_of(nine, 9), "ad_meshgrid: 9 tensors");
    refused(grid_of(mixed, 2), "ad_meshgrid: it takes 1 to 1 axes; x is (2, 3)");
    refused(ad_outer(v, x), "ad_outer: it takes 1 to 1 axes");
    refused(ad_outer(NULL, v), "ad_outer");
    refused(ad_kron(v, five), "ad_kron: it takes 0 to 4 axes");
    end();
}

TEST(mistakes_of_equations)
{
    begin();
    ad_tensor *x = ad_feed(graph, "x", AD_F32, AD_SHAPE(2, 3)), *three[] = {x, x, x};
    ad_tensor *big = ad_feed(graph, "big", AD_F32, AD_SHAPE(2, 2, 2, 2, 2)), *bigs[] = {big, big};
    ad_tensor *flags = ad_feed(graph, "flags", AD_BOOL, AD_SHAPE(2, 3)), *truth[] = {flags, flags};
    const struct {
        const char *equation, *words;
        int count;
    } mistakes[] = {
        {"i1", "'1' is neither a letter", 1},
        {"i-j", "'-' is neither a letter", 1},
        {"i.j", "'.' is neither a letter", 1},
        {"...i...", "operand 1 has too many letters or two", 1},
        {"abcdefghij", "operand 1 has too many letters", 1},
        {"ijk", "operand 1 is (2, 3), and 3 axes are named", 1},
        {"i", "operand 1 is (2, 3), and 1 axes are named", 1},
        {"...ijk", "operand 1 is (2, 3), and 3 axes are named", 1},
        {"", "and 0 axes are named", 1},
        {"ij", "fewer parts than the 2 operands", 2},
        {"ij,ij,ij", "more parts than the 2 operands", 2},
        {"ij->", "fewer parts than the 2 operands", 2},
        {"ij,jk", "'j' has sizes (3) and (2)", 2},
        {"ii", "'i' stands twice for axes of different sizes of (2, 3)", 1},
        {"ij->ik", "'k' of the result is in no operand", 1},
        {"ij->ii", "the result has 'i' twice", 1},
        {"ij->i->j", "\"->j\" stands behind the result", 1},
        {"ij->i,j", "\",j\" stands behind the result", 1},
        {"ij->i?", "'?' is neither", 1},
    };
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++)
        refused(ad_einsum(mistakes[i].equation, three, mistakes[i].count), mistakes[i].words);
    refused(ad_einsum("ij,jk", three, 2), "ad_einsum: \"ij,jk\": ");
    refused(ad_einsum(NULL, three, 1), "ad_einsum: 1 operands");
    refused(ad_einsum("ij", NULL, 1), "it takes an equation");
    refused(ad_einsum("ij", three, 0), "0 operands");
    refused(ad_einsum("ij", three, 33), "33 operands");
    refused(ad_einsum("abcde,fghij->abcde", bigs, 2) ? ad_einsum("abcde,fghij", bigs, 2) : NULL,
            "more than 8 axes");
    refused(ad_einsum("ij,ij->", truth, 2), "bool");
    three[1] = NULL;
    refused(ad_einsum("ij,ij", three, 2), "ad_einsum");
    end();
}

TEST(mistakes_of_windows)
{
    begin();
    ad_tensor *x = ad_feed(graph, "x", AD_F32, AD_SHAPE(1, 4, 6, 2)),
              *v = ad_feed(graph, "v", AD_F32, AD_SHAPE(2));
    ad_tensor *rows = ad_feed(graph, "rows", AD_F32, AD_SHAPE(1, 15, 8)),
              *none = ad_feed(graph, "none", AD_F32, AD_SHAPE(1, 0, 6, 2));
    ad_shape no = AD_SHAPE(0), one = AD_SHAPE(1), less = AD_SHAPE(-1), far = AD_SHAPE(4);
    refused(ad_pad_axes(x, AD_AXES(1, 2), one, one), "ad_pad_axes: 1 and 1 sides of 2 axes");
    refused(ad_pad_axes(x, AD_AXES(1), one, one, .mode = (ad_pad_mode)7), "by mode 7");
    refused(ad_pad_axes(x, AD_AXES(4), one, one), "there is no axis 4");
    refused(ad_pad_axes(x, AD_AXES(1), far, no, .mode = AD_PAD_REFLECT), "axis 1 has to be 5 long");
    refused(ad_pad_axes(x, AD_AXES(1), no, AD_SHAPE(5), .mode = AD_PAD_CIRCULAR),
            "axis 1 has to be 5 long");
    refused(ad_pad_axes(none, AD_AXES(1), one, no, .mode = AD_PAD_REPLICATE),
            "axis 1 has to be 1 long");
    refused(ad_pad_axes(x, AD_AXES(1), less, no, .mode = AD_PAD_REFLECT), "-1 before, 0 after");
    refused(ad_pad_axes(v, AD_AXES(0), AD_SHAPE(INT64_MIN), no), "-9223372036854775808 before");
    refused(ad_pad_axes(v, AD_AXES(0), no, AD_SHAPE(INT64_MAX)), "see ad_slice");
    refused(ad_unfold(v), "ad_unfold: it takes 4 to 4 axes");
    refused(ad_unfold(x, .groups = 2), "ad_unfold: it reads .window");
    refused(ad_unfold(x, .window = 5), "does not fit on a size of 4");
    refused(ad_unfold(x, .stride = 0), "a stride of 0");
    refused(ad_fold(x, AD_SHAPE(4, 6)), "ad_fold: it takes 3 to 3 axes");
    refused(ad_fold(rows, AD_SHAPE(4)), "the size is (height, width)");
    refused(ad_fold(rows, AD_SHAPE(4, 7)), "it takes (batch, (3, 6) windows, channels times 4)");
    refused(ad_fold(rows, AD_SHAPE(4, 6), .window = 3), "(2, 4) windows");
    refused(ad_fold(rows, AD_SHAPE(5, 7), .window = 3), "channels times 9");
    refused(ad_pixel_shuffle(x, 2), "ad_pixel_shuffle: it cannot be divided by a factor of 2");
    refused(ad_pixel_shuffle(x, 0), "a factor of 0");
    refused(ad_pixel_unshuffle(x, 4), "ad_pixel_unshuffle: it cannot be divided by a factor of 4");
    refused(ad_pixel_unshuffle(v, 1), "4 to 4 axes");
    end();
}

TEST(mistakes_of_resize)
{
    begin();
    ad_dim n = ad_open(graph, "n");
    ad_tensor *x = ad_feed(graph, "x", AD_F32, AD_SHAPE(1, 4, 2)),
              *v = ad_feed(graph, "v", AD_F32, AD_SHAPE(2));
    ad_tensor *open = ad_feed(graph, "open", AD_F32, AD_SHAPE(1, n, 2)),
              *bytes = ad_feed(graph, "bytes", AD_U8, AD_SHAPE(1, 4, 2)),
              *longs = ad_feed(graph, "longs", AD_I64, AD_SHAPE(1, 4, 2)),
              *far = ad_feed(graph, "far", AD_F32, AD_SHAPE(1, 40000, 2));
    refused(ad_resize(v, .factor = 2), "ad_resize: it takes 3 to 5 axes; x is (2)");
    refused(ad_resize(x), "ad_resize: 0 sizes are given, or a .factor is left out");
    refused(ad_resize(x, .size = AD_SHAPE(3, 3)), "2 sizes are given");
    refused(ad_resize(x, .size = AD_SHAPE(3), .factor = 2), "a factor of 2; it is above 0, and");
    refused(ad_resize(x, .factor = -1), "a factor of -1");
    refused(ad_resize(x, .factor = NAN), "a factor of nan");
    refused(ad_resize(x, .size = AD_SHAPE(3), .mode = (ad_resize_mode)9), "no mode 9");
    refused(ad_resize(x, .size = AD_SHAPE(3), .antialias = true), "go with linear and cubic");
    refused(ad_resize(x, .size = AD_SHAPE(3), .align_corners = true), "go with linear and cubic");
    refused(ad_resize(bytes, .size = AD_SHAPE(3), .mode = AD_RESIZE_LINEAR), "ad_cast the input");
    refused(ad_resize(longs, .size = AD_SHAPE(3)), "ad_cast the input");
    refused(ad_resize(x, .size = AD_SHAPE(0)), "axis 1 cannot be of size 0");
    refused(ad_resize(x, .size = AD_SHAPE(-9)), "axis 1 cannot be of size -9");
    refused(ad_resize(x, .factor = 0.1), "axis 1 cannot be of size 0");
    refused(ad_resize(open, .factor = 1.5), "a factor of open sizes is whole");
    refused(ad_resize(far, .size = AD_SHAPE(1), .mode = AD_RESIZE_LINEAR, .antialias = true),
            "resample: 1 places from 40000 are too many");
    end();
}

/* Weights are made where sizes are known: an open size that a run makes too long is refused there.
 */
TEST(sizes_of_a_run_may_be_too_many)
{
    begin();
    ad_dim n = ad_open(graph, "n");
    ad_tensor *x = ad_feed(graph, "x", AD_F32, AD_SHAPE(1, n, 1));
    ad_tensor *y = ad_resize(x, .size = AD_SHAPE(1), .mode = AD_RESIZE_LINEAR, .antialias = true);
    ad_array few = array_new(AD_F32, AD_SHAPE(1, 40, 1)),
             many = array_new(AD_F32, AD_SHAPE(1, 40000, 1));
    ad_array found = {0};
    CHECK(!ad_tensor_error(y));
    state = ad_state_new(graph, 1);
    ad_program *p = ad_compile(state, .fetch = {y}, .feed = {x});
    REQUIRE(p);
    CHECK_OK(ad_run(p, &few, &found));
    CHECK(ad_run(p, &many, &found) == AD_ERROR_SHAPE);
    CHECK_CONTAINS(ad_error(), "1 places from 40000 are too many");
    ad_program_free(p);
    free(few.data);
    free(many.data);
    end();
}

TEST_MAIN
