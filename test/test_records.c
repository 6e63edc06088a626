/* Records: words about their options; and of every record of every list that its table and its
 * struct agree, and that what it makes is what the call of adze.h makes. */
#include "test.h"

#include <adze/kit.h>

#include <ctype.h>
#include <stdlib.h>

#include "../kit/option.h"

/* ---------------------------------------------------------------- words */

static void describes(ad_option option, const char *wanted)
{
    text_buffer t = {0};
    option_describe(&t, &option);
    char *words = text_take(&t);
    CHECK_STREQ(words, wanted);
    free(words);
}

TEST(what_may_be_written)
{
    describes((ad_option){.type = AD_OPTION_NUMBER, .high = 1000, .above_low = true},
              "a number above 0, at most 1000");
    describes((ad_option){.type = AD_OPTION_NUMBER, .high = 1, .below_high = true},
              "a number from 0 to below 1");
    describes((ad_option){.type = AD_OPTION_NUMBER}, "a number");
    describes((ad_option){.type = AD_OPTION_WHOLE, .low = -1, .high = 1e6},
              "a whole number from -1 to 1000000");
    describes((ad_option){.type = AD_OPTION_TRUTH}, "true or false");
    describes((ad_option){.type = AD_OPTION_WORD, .words = "mean max sum"}, "mean, max or sum");
    describes((ad_option){.type = AD_OPTION_PAIR, .low = 1, .high = 4096},
              "a whole number, or [height, width] of whole numbers from 1 to 4096");
    describes((ad_option){.type = AD_OPTION_NUMBERS, .low = -1e6, .high = 1e6, .unit = "channel"},
              "a number, or a list of them, one for each channel, from -1000000 to 1000000");
    describes((ad_option){.type = AD_OPTION_NAMES}, "a text, or a list of them");
    describes((ad_option){.type = AD_OPTION_SIZES, .low = 1, .high = 9, .unit = "axis"},
              "a whole number, or a list of them, one for each axis, from 1 to 9");
    describes((ad_option){.type = AD_OPTION_NAME}, "a name of letters, digits, _ and -");
}

struct all {
    double number;
    int64_t whole, height, width;
    bool truth;
    int word;
    const char *text;
    ad_numbers numbers;
    ad_names names;
    ad_shape sizes;
};
#define ROW(type_, member)                                    \
    {                                                         \
        .type = type_, .offset = offsetof(struct all, member) \
    }

static void writes(ad_option option, struct all value, const char *wanted)
{
    text_buffer t = {0};
    option.second = offsetof(struct all, width);
    option.words = "one two";
    bool set = option_value(&t, &option, &value);
    char *words = text_take(&t);
    CHECK_EQ(set, wanted != NULL);
    CHECK_STREQ(words, wanted ? wanted : "");
    free(words);
}

TEST(values_as_a_file_has_them)
{
    ad_option number = ROW(AD_OPTION_NUMBER, number), pair = ROW(AD_OPTION_PAIR, height);
    ad_option whole = ROW(AD_OPTION_WHOLE, whole), text = ROW(AD_OPTION_TEXT, text);
    ad_option numbers = ROW(AD_OPTION_NUMBERS, numbers), names = ROW(AD_OPTION_NAMES, names);
    char *two[] = {(char *)"a", (char *)"b \"c\""};
    writes(number, (struct all){.number = 0.001}, "0.001");
    writes(number, (struct all){.number = 1e-5}, "1e-5");
    writes(number, (struct all){.number = 1. / 255}, "1/255");
    writes(number, (struct all){.number = -1. / 3}, "-1/3");
    writes(number, (struct all){.number = 0.1 + 0.2}, "0.30000000000000004");
    writes(number, (struct all){.number = 3}, "3");
    writes(number, (struct all){.number = AD_AUTO}, NULL);
    writes(whole, (struct all){.whole = -7}, "-7");
    writes(whole, (struct all){.whole = AD_SAME}, NULL);
    writes(pair, (struct all){.height = 3, .width = 5}, "[3, 5]");
    writes(pair, (struct all){.height = 3, .width = AD_SAME}, "3");
    writes(pair, (struct all){.height = AD_SAME, .width = AD_SAME}, NULL);
    writes((ad_option)ROW(AD_OPTION_TRUTH, truth), (struct all){.truth = true}, "true");
    writes((ad_option)ROW(AD_OPTION_WORD, word), (struct all){.word = 1}, "two");
    writes(text, (struct all){.text = "a b"}, "\"a b\"");
    writes(text, (struct all){.text = NULL}, NULL);
    writes(numbers, (struct all){.numbers = {2, {0.5, 1}}}, "[0.5, 1]");
    writes(numbers, (struct all){.numbers = {1, {4}}}, "4");
    writes(numbers, (struct all){.numbers = {0}}, NULL);
    ad_option sizes = ROW(AD_OPTION_SIZES, sizes);
    writes(sizes, (struct all){.sizes = AD_SHAPE(3, 2, 2)}, "[3, 2, 2]");
    writes(sizes, (struct all){.sizes = AD_SHAPE(3)}, "3");
    writes(sizes, (struct all){.number = 1}, NULL);
    writes(names, (struct all){.names = {2, two}}, "[\"a\", \"b \\\"c\\\"\"]");
    writes(names, (struct all){.names = {0}}, NULL);
}

/* ---------------------------------------------------------------- tables */

static const struct {
    const char *name;
    ad_records list;
} lists[] = {{"layer", ad_layer_at},
             {"optimizer", ad_optimizer_at},
             {"loss", ad_loss_at},
             {"reader", ad_reader_at}};

enum { LISTS = sizeof lists / sizeof *lists };

/* The next of the words with spaces between, in word; false at the end. */
static bool next_word(const char **list, char word[80])
{
    if (!*list || !**list)
        return false;
    size_t size = strcspn(*list, " ");
    snprintf(word, 80, "%.*s", (int)size, *list);
    *list += size + ((*list)[size] == ' ');
    return true;
}

static bool is_name(const char *name)
{
    return name && *name && name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")] == 0;
}

/* How many of the list's names and other words are that word. */
static int count_record_word(ad_records list, const char *wanted)
{
    int count = 0;
    for (int i = 0; list(i); i++) {
        const char *also = list(i)->also;
        count += strcmp(list(i)->name, wanted) == 0;
        for (char word[80]; next_word(&also, word);)
            count += strcmp(word, wanted) == 0;
    }
    return count;
}

static int count_option_word(const ad_record *record, const char *wanted)
{
    int count = 0;
    for (int i = 0; i < record->options; i++) {
        const char *also = record->option[i].also;
        count += strcmp(record->option[i].name, wanted) == 0;
        for (char word[80]; next_word(&also, word);)
            count += strcmp(word, wanted) == 0;
    }
    return count;
}

TEST(each_word_means_one_record)
{
    for (int k = 0; k < LISTS; k++)
        for (int i = 0; lists[k].list(i); i++) {
            const ad_record *r = lists[k].list(i);
            const char *also = r->also;
            CHECK(is_name(r->name) && r->help && *r->help && !strchr(r->help, '\n'));
            if (count_record_word(lists[k].list, r->name) != 1)
                TEST_FAILED("%s %s: its name stands twice", lists[k].name, r->name);
            for (char word[80]; next_word(&also, word);)
                if (count_record_word(lists[k].list, word) != 1)
                    TEST_FAILED("%s %s: %s stands twice", lists[k].name, r->name, word);
            CHECK(ad_record_find(lists[k].list, r->name) == r);
        }
}

TEST(lists_end)
{
    for (int k = 0; k < LISTS; k++) {
        int count = 0;
        while (lists[k].list(count))
            count++;
        CHECK(count > 0 && !lists[k].list(count + 1) && !lists[k].list(-1));
        CHECK(!ad_record_find(lists[k].list, "no such") && !ad_record_find(lists[k].list, ""));
    }
}

static size_t size_of(const ad_option *o)
{
    static const size_t size[] = {
        [AD_OPTION_NUMBER] = sizeof(double),      [AD_OPTION_WHOLE] = sizeof(int64_t),
        [AD_OPTION_TRUTH] = sizeof(bool),         [AD_OPTION_WORD] = sizeof(int),
        [AD_OPTION_NAME] = sizeof(char *),        [AD_OPTION_TEXT] = sizeof(char *),
        [AD_OPTION_PATH] = sizeof(char *),        [AD_OPTION_PAIR] = sizeof(int64_t),
        [AD_OPTION_NUMBERS] = sizeof(ad_numbers), [AD_OPTION_NAMES] = sizeof(ad_names),
        [AD_OPTION_SIZES] = sizeof(ad_shape)};
    return size[o->type];
}

static bool in_range(const ad_option *o, double value)
{
    return o->low == o->high || ((o->above_low ? value > o->low : value >= o->low) &&
                                 (o->below_high ? value < o->high : value <= o->high));
}

/* The default, where there is one, is a value that the table allows. */
static bool default_fits(const ad_record *r, const ad_option *o)
{
    const char *at = (const char *)r->initial + o->offset;
    const ad_numbers *numbers = (const void *)at;
    double number = o->type == AD_OPTION_NUMBER ? *(const double *)at : 0;
    bool whole = o->type == AD_OPTION_WHOLE || o->type == AD_OPTION_PAIR;
    int64_t integer = whole ? *(const int64_t *)at : 0;
    if (o->type == AD_OPTION_NUMBER)
        return number == AD_AUTO || in_range(o, number);
    if (whole)
        return integer == AD_SAME || in_range(o, (double)integer);
    for (int i = 0; o->type == AD_OPTION_NUMBERS && i < numbers->count; i++)
        if (!in_range(o, numbers->value[i]))
            return false;
    return true;
}

static void check_option(const char *list, const ad_record *r, const ad_option *o)
{
    const char *also = o->also, *words = o->words;
    int count = 0;
    bool inside = r->initial && o->offset + size_of(o) <= r->size && o->offset % 4 == 0;
    inside = inside || (r->initial && o->type == AD_OPTION_TRUTH && o->offset < r->size);
    if (o->type == AD_OPTION_PAIR)
        inside = inside && o->second != o->offset && o->second + sizeof(int64_t) <= r->size;
    if (!inside || !is_name(o->name) || !o->help || !*o->help || o->low > o->high)
        TEST_FAILED("%s %s.%s is not written as it should be", list, r->name, o->name);
    if (count_option_word(r, o->name) != 1)
        TEST_FAILED("%s %s.%s: its name stands twice", list, r->name, o->name);
    for (char word[80]; next_word(&also, word);)
        if (count_option_word(r, word) != 1)
            TEST_FAILED("%s %s.%s: %s stands twice", list, r->name, o->name, word);
    for (char word[80]; next_word(&words, word); count++)
        CHECK_EQ(option_word(o, word, strlen(word)), count);
    CHECK((o->type == AD_OPTION_WORD) == (count > 1));
    if (inside && !o->required && !default_fits(r, o))
        TEST_FAILED("%s %s.%s: its default is out of range", list, r->name, o->name);
    text_buffer t = {0};
    bool said = option_default(&t, r, o) || o->required || o->unset;
    bool text = o->type >= AD_OPTION_NAME && o->type <= AD_OPTION_PATH;
    if (!said && !text && !option_is_list(o))
        TEST_FAILED("%s %s.%s: nothing says what stands there", list, r->name, o->name);
    text_done(&t);
}

TEST(rows_fit_their_structs)
{
    for (int k = 0; k < LISTS; k++)
        for (int i = 0; lists[k].list(i); i++) {
            const ad_record *r = lists[k].list(i);
            CHECK((r->options > 0) <= (r->option && r->initial && r->size));
            for (int j = 0; j < r->options; j++)
                check_option(lists[k].name, r, &r->option[j]);
        }
}

/* ---------------------------------------------------------------- layers */

/* One graph with inputs of every kind. */
struct bench {
    ad_context *context;
    ad_graph *graph;
    ad_tensor *image, *series, *table, *other, *number, *length;
};

static struct bench bench_new(void)
{
    struct bench b = {.context = ad_context_new(.threads = 1)};
    b.graph = ad_graph_new(b.context);
    ad_dim batch = ad_open(b.graph, "batch");
    b.image = ad_feed(b.graph, "image", AD_F32, AD_SHAPE(batch, 8, 6, 4));
    b.series = ad_feed(b.graph, "series", AD_F32, AD_SHAPE(batch, 9, 4));
    b.table = ad_feed(b.graph, "table", AD_F32, AD_SHAPE(batch, 12));
    b.other = ad_feed(b.graph, "other", AD_F32, AD_SHAPE(batch, 12));
    b.number = ad_feed(b.graph, "number", AD_I32, AD_SHAPE(batch));
    b.length = ad_feed(b.graph, "length", AD_I32, AD_SHAPE(batch));
    return b;
}

static void bench_done(struct bench *b)
{
    ad_graph_free(b->graph);
    ad_context_free(b->context);
}

/* Options set by name, as a file's. */
struct setting {
    const char *name;
    double value, second;
    const char *word;
    ad_numbers list; /* or, where it has any, these */
};

static const ad_option *find_option(const ad_record *r, const char *name)
{
    for (int i = 0; i < r->options; i++)
        if (strcmp(r->option[i].name, name) == 0)
            return &r->option[i];
    TEST_FAILED("%s has no option %s", r->name, name);
    return NULL;
}

static void set(const ad_record *r, void *options, const struct setting *s)
{
    const ad_option *o = find_option(r, s->name);
    char *at = (char *)options + (o ? o->offset : 0);
    if (!o)
        return;
    switch (o->type) {
    case AD_OPTION_NUMBER: *(double *)at = s->value; return;
    case AD_OPTION_WHOLE: *(int64_t *)at = (int64_t)s->value; return;
    case AD_OPTION_TRUTH: *(bool *)at = s->value != 0; return;
    case AD_OPTION_WORD: *(int *)at = option_word(o, s->word, strlen(s->word)); return;
    case AD_OPTION_NUMBERS:
        *(ad_numbers *)at =
            s->list.count ? s->list : (ad_numbers){s->second != 0 ? 2 : 1, {s->value, s->second}};
        return;
    case AD_OPTION_SIZES: {
        int64_t first = (int64_t)s->value, second = (int64_t)s->second;
        *(ad_shape *)at = second ? AD_SHAPE(first, second) : AD_SHAPE(first);
        return;
    }
    case AD_OPTION_PAIR:
        *(int64_t *)at = (int64_t)s->value;
        *(int64_t *)((char *)options + o->second) = (int64_t)s->second;
        return;
    default: *(const char **)at = s->word; return;
    }
}

enum { OPTIONS_SIZE = 4096, SETTINGS = 8 };

/* The options of a record, all defaults but those set; NULL where it has none. */
static const void *options_of(const ad_record *r, void *memory, const struct setting *list)
{
    if (!r->initial || r->size > OPTIONS_SIZE)
        return NULL;
    memcpy(memory, r->initial, r->size);
    for (int i = 0; i < SETTINGS && list[i].name; i++)
        set(r, memory, &list[i]);
    return memory;
}

static bool tried[256]; /* which layers */

static ad_tensor *make_layer(const char *name, const struct setting *list, ad_tensor *const *in,
                             int count)
{
    static _Alignas(16) char memory[OPTIONS_SIZE];
    const ad_layer_record *layer = (const void *)ad_record_find(ad_layer_at, name);
    if (!layer || count < layer->in_min || count > layer->in_max) {
        TEST_FAILED("no layer '%s' of %d tensors", name, count);
        return in[0];
    }
    for (int i = 0; ad_layer_at(i); i++)
        tried[i] = tried[i] || ad_layer_at(i) == &layer->record;
    return layer->make(in, count, options_of(&layer->record, memory, list));
}

#define SET(...) ((struct setting[SETTINGS]){__VA_ARGS__})
#define DEFAULTS ((struct setting[SETTINGS]){{0}})
#define TO(name_, value_)              \
    {                                  \
        .name = name_, .value = value_ \
    }
#define PAIR(name_, first, second_)                      \
    {                                                    \
        .name = name_, .value = first, .second = second_ \
    }
#define LIST(name_, ...)                            \
    {                                               \
        .name = name_, .list = { 6, {__VA_ARGS__} } \
    }
#define SAY(name_, word_)            \
    {                                \
        .name = name_, .word = word_ \
    }

static void check_same(const char *name, struct bench *made, ad_tensor *a, struct bench *written,
                       ad_tensor *b)
{
    if (ad_tensor_error(a) || ad_tensor_error(b))
        TEST_FAILED("%s: %s, %s", name, ad_tensor_error(a), ad_tensor_error(b));
    ad_name(a, "result");
    ad_name(b, "result");
    const char *text = ad_graph_text(made->graph);
    CHECK(text && strstr(text, "result"));
    CHECK_STREQ(text, ad_graph_text(written->graph));
    bench_done(made);
    bench_done(written);
}

/* What the record makes of input, and what the call makes of x, each in a graph of its own: the
 * same text. */
#define SAME(name, input, settings, call)                                      \
    do {                                                                       \
        struct bench made = bench_new(), written = bench_new(), *b = &written; \
        ad_tensor *in[] = {made.input}, *x = b->input, *y = call;              \
        (void)x;                                                               \
        check_same(name, &made, make_layer(name, settings, in, 1), b, y);      \
    } while (0)

static ad_tensor *last_of(ad_tensor *(*call)(ad_tensor *x, const ad_recurrent_options *o),
                          ad_tensor *x, int64_t width)
{
    ad_tensor *last;
    ad_recurrent_options o = AD_OPTIONS(ad_recurrent_options, .width = width, .last = &last);
    call(x, &o);
    return last;
}

TEST(layers_with_weights_are_the_calls)
{
    SAME("conv", image, SET(TO("filters", 8), PAIR("kernel", 3, 3)),
         ad_conv2d(x, .filters = 8, .kernel = 3));
    SAME("conv", image,
         SET(TO("filters", 8), PAIR("kernel", 3, 5), PAIR("stride", 2, 1), PAIR("padding", 1, 2),
             PAIR("dilation", 1, 1), TO("groups", 2), TO("bias", 0), SAY("name", "c")),
         ad_conv2d(x, .filters = 8, .kernel = 3, .kernel_w = 5, .stride = 2, .stride_w = 1,
                   .padding = 1, .padding_w = 2, .groups = 2, .bias = false, .name = "c"));
    SAME("conv", image, SET(TO("filters", 2), PAIR("kernel", 5, 3), TO("same", 1)),
         ad_conv2d(x, .filters = 2, .kernel = 5, .kernel_w = 3, .same = true));
    SAME("conv1d", series,
         SET(TO("filters", 8), TO("kernel", 3), TO("stride", 2), TO("padding", 1)),
         ad_conv1d(x, .filters = 8, .kernel = 3, .stride = 2, .padding = 1));
    SAME("conv_transpose", image,
         SET(TO("filters", 3), PAIR("kernel", 4, 4), PAIR("stride", 2, 2),
             PAIR("output_padding", 1, 0)),
         ad_conv_transpose2d(x, .filters = 3, .kernel = 4, .stride = 2, .output_padding = 1,
                             .output_padding_w = 0));
    SAME("linear", table, SET(TO("out", 10)), ad_linear(x, .out = 10));
    SAME("linear", table, SET(TO("out", 10), TO("bias", 0), SAY("name", "fc")),
         ad_linear(x, .out = 10, .bias = false, .name = "fc"));
    SAME("linear", table, SET(TO("out", 10), TO("normal", 0.02)),
         ad_linear(x, .out = 10, .normal = 0.02));
    SAME("conv1d", series, SET(TO("filters", 8), TO("kernel", 3), TO("causal", 1)),
         ad_conv1d(x, .filters = 8, .kernel = 3, .causal = true));
    SAME("embedding", number, SET(TO("width", 5), TO("count", 30), TO("normal", 0.5)),
         ad_embedding(x, .width = 5, .count = 30, .normal = 0.5));
    SAME("positions", series, SET(TO("count", 20), TO("normal", 0.5)),
         ad_positions(x, .count = 20, .normal = 0.5));
    SAME("positions", series, SET(TO("waves", 1)), ad_positions(x, .waves = true));
    SAME("embedding", number, SET(TO("width", 5), TO("count", 30)),
         ad_embedding(x, .width = 5, .count = 30));
    SAME("batch_norm", image, DEFAULTS, ad_batch_norm(x));
    SAME("batch_norm", table,
         SET(TO("epsilon", 1e-3), TO("momentum", 0.2), TO("affine", 0), TO("frozen", 1)),
         ad_batch_norm(x, .epsilon = 1e-3, .momentum = 0.2, .affine = false, .frozen = true));
    SAME("layer_norm", table, DEFAULTS, ad_layer_norm(x));
    SAME("layer_norm", table, SET(TO("epsilon", 1e-6), TO("affine", 0)),
         ad_layer_norm(x, .epsilon = 1e-6, .affine = false));
    SAME("prelu", table, SET(SAY("name", "p")),
         ad_prelu(x,
                  ad_variable(b->graph, "p.weight", ad_full(b->graph, AD_F32, AD_SHAPE(1), 0.25))));
}

TEST(recurrent_layers_are_the_calls)
{
    SAME("rnn", series, SET(TO("width", 5)), ad_rnn(x, .width = 5));
    SAME("gru", series, SET(TO("width", 5), TO("reverse", 1), TO("bias", 0)),
         ad_gru(x, .width = 5, .reverse = true, .bias = false));
    SAME("lstm", series, SET(TO("width", 5), SAY("name", "l")),
         ad_lstm(x, .width = 5, .name = "l"));
    SAME("rnn", series, SET(TO("width", 5), SAY("outputs", "last")), last_of(ad_rnn, x, 5));
    SAME("gru", series, SET(TO("width", 5), SAY("outputs", "last")), last_of(ad_gru, x, 5));
    SAME("lstm", series, SET(TO("width", 5), SAY("outputs", "last")), last_of(ad_lstm, x, 5));
    SAME("gru", series, SET(TO("width", 5), TO("layers", 2), TO("both", 1), TO("dropout", 0.3)),
         ad_gru(x, .width = 5, .layers = 2, .both = true, .dropout = 0.3));
    SAME("lstm", series, SET(TO("width", 5), TO("clip_gradient", 0.5)),
         ad_lstm(x, .width = 5, .clip_gradient = 0.5));
#ifdef ADZE_EXTRAS
    SAME("rnn", series, SET(TO("width", 5), TO("relu", 1), TO("zoneout", 0.25)),
         ad_cell(x, .base = &AD_OPTIONS(ad_recurrent_options, .width = 5), .relu = true,
                 .zoneout = 0.25));
    SAME("gru", series, SET(TO("width", 5), TO("reset_before", 1), TO("state_dropout", 0.25)),
         ad_cell(x, .kind = AD_CELL_GRU, .base = &AD_OPTIONS(ad_recurrent_options, .width = 5),
                 .reset_before = true, .state_dropout = 0.25));
    SAME("lstm", series,
         SET(TO("width", 5), TO("layers", 2), TO("peephole", 1), TO("project", 2),
             TO("forget_bias", 1), TO("zoneout_cell", 0.5), TO("input_dropout", 0.25)),
         ad_cell(x, .kind = AD_CELL_LSTM,
                 .base = &AD_OPTIONS(ad_recurrent_options, .width = 5, .layers = 2),
                 .peephole = true, .project = 2, .forget_bias = 1, .zoneout_cell = 0.5,
                 .input_dropout = 0.25));
    SAME("grouped_attention", series,
         SET(TO("heads", 2), TO("kv_heads", 1), TO("causal", 1), TO("window", 3),
             SAY("rotary", "pairs"), TO("theta", 100), TO("alibi", 1), TO("bias", 0)),
         ad_grouped_attention(x, .heads = 2, .kv_heads = 1, .causal = true, .window = 3,
                              .rotary = AD_ROTARY_PAIRS, .theta = 100, .alibi = true,
                              .bias = false));
    SAME("grouped_attention", series, SET(TO("heads", 2), SAY("name", "a")),
         ad_grouped_attention(x, .heads = 2, .name = "a"));
    SAME("additive_attention", series, SET(TO("width", 5), SAY("name", "a")),
         ad_additive_attention(x, .width = 5, .name = "a"));
    SAME("llama", series,
         SET(TO("heads", 2), TO("kv_heads", 1), TO("width", 10), TO("window", 2), TO("theta", 500),
             TO("epsilon", 1e-5), SAY("name", "b")),
         ad_llama(x, .heads = 2, .kv_heads = 1, .width = 10, .window = 2, .theta = 500,
                  .epsilon = 1e-5, .name = "b"));
#endif
    SAME("transformer", series,
         SET(TO("heads", 2), TO("width", 9), TO("causal", 1), TO("norm_after", 1), TO("relu", 1),
             TO("dropout", 0.1), SAY("name", "t")),
         ad_transformer(x, .heads = 2, .width = 9, .causal = true, .norm_after = true, .relu = true,
                        .dropout = 0.1, .name = "t"));
    SAME("transformer", series, SET(TO("heads", 2), TO("normal", 0.02), TO("depth", 3)),
         ad_transformer(x, .heads = 2, .normal = 0.02, .depth = 3));
    SAME("attention", series, SET(TO("heads", 2)), ad_self_attention(x, .heads = 2));
    SAME("attention", series, SET(TO("heads", 2), TO("normal", 0.02), TO("normal_out", 0.01)),
         ad_self_attention(x, .heads = 2, .normal = 0.02, .normal_out = 0.01));
    SAME("attention", series, SET(TO("heads", 4), TO("causal", 1), TO("bias", 0), SAY("name", "a")),
         ad_self_attention(x, .heads = 4, .causal = true, .bias = false, .name = "a"));
}

TEST(a_second_tensor_is_the_lengths)
{
    struct bench made = bench_new(), written = bench_new();
    ad_tensor *in[] = {made.series, made.length};
    ad_tensor *a = make_layer("attention", SET(TO("heads", 2)), in, 2);
    check_same("attention", &made, a, &written,
               ad_self_attention(written.series, .heads = 2, .length = written.length));
    made = bench_new(), written = bench_new();
    in[0] = made.series, in[1] = made.length;
    a = make_layer("gru", SET(TO("width", 5)), in, 2);
    check_same("gru", &made, a, &written,
               ad_gru(written.series, .width = 5, .length = written.length));
    made = bench_new(), written = bench_new();
    in[0] = made.series, in[1] = made.length;
    a = make_layer("transformer", SET(TO("heads", 2)), in, 2);
    check_same("transformer", &made, a, &written,
               ad_transformer(written.series, .heads = 2, .length = written.length));
    made = bench_new(), written = bench_new();
    in[0] = made.series, in[1] = made.length;
    a = make_layer("pool_time", SET(SAY("how", "last")), in, 2);
    check_same("pool_time", &made, a, &written,
               ad_pool_time(written.series, .how = AD_OVER_LAST, .length = written.length));
}

TEST(layers_without_weights_are_the_calls)
{
    SAME("flatten", image, DEFAULTS, ad_flatten(x));
    SAME("flatten", image, SET(SAY("order", "channels_first")),
         ad_flatten(ad_transpose(x, AD_AXES(0, 3, 1, 2))));
    SAME("flatten", table, SET(SAY("order", "channels_first")), ad_flatten(x));
    SAME("reshape", table, SET(PAIR("sizes", 3, -1)),
         ad_reshape(x, AD_SHAPE(ad_tensor_shape(x).size[0], 3, AD_INFER)));
    SAME("max_pool", image, DEFAULTS, ad_max_pool(x));
    SAME("max_pool", image, SET(PAIR("window", 3, 2), PAIR("stride", 1, 1), PAIR("padding", 1, 0)),
         ad_max_pool(x, .window = 3, .window_w = 2, .stride = 1, .padding = 1, .padding_w = 0));
    SAME("average_pool", image,
         SET(PAIR("window", 3, 3), PAIR("padding", 1, 1), TO("count_padding", 1)),
         ad_average_pool(x, .window = 3, .padding = 1, .count_padding = true));
    SAME("global_pool", image, DEFAULTS, ad_mean(x, AD_AXES(1, 2)));
    SAME("global_pool", series, SET(SAY("method", "max")), ad_max(x, AD_AXES(1)));
    SAME("dropout", table, DEFAULTS, ad_dropout(x));
    SAME("dropout", table, SET(TO("rate", 0.25)), ad_dropout(x, .rate = 0.25));
    SAME("softmax", table, DEFAULTS, ad_softmax(x, -1));
    SAME("softmax", image, SET(TO("axis", 1)), ad_softmax(x, 1));
    SAME("scale", table, SET(TO("factor", 0.5)), ad_scale(x, 0.5));
}

TEST(functions_of_elements_are_the_calls)
{
    SAME("relu", table, DEFAULTS, ad_relu(x));
    SAME("leaky_relu", table, DEFAULTS, ad_leaky_relu(x, 0.01));
    SAME("leaky_relu", table, SET(TO("slope", 0.2)), ad_leaky_relu(x, 0.2));
    SAME("elu", table, DEFAULTS, ad_elu(x, 1));
    SAME("selu", table, DEFAULTS, ad_selu(x));
    SAME("sigmoid", table, DEFAULTS, ad_sigmoid(x));
    SAME("tanh", table, DEFAULTS, ad_tanh(x));
    SAME("gelu", table, DEFAULTS, ad_gelu(x));
    SAME("gelu_tanh", table, DEFAULTS, ad_gelu_tanh(x));
    SAME("swish", table, DEFAULTS, ad_swish(x));
    SAME("softplus", table, DEFAULTS, ad_softplus(x));
}

#ifdef ADZE_EXTRAS
TEST(functions_of_elements_beyond_the_core_are_the_calls)
{
    SAME("mish", table, DEFAULTS, ad_mish(x));
    SAME("relu6", table, DEFAULTS, ad_relu6(x));
    SAME("hard_sigmoid", table, DEFAULTS, ad_hard_sigmoid(x));
    SAME("hard_swish", table, DEFAULTS, ad_hard_swish(x));
    SAME("softsign", table, DEFAULTS, ad_softsign(x));
    SAME("log_sigmoid", table, DEFAULTS, ad_log_sigmoid(x));
    SAME("tanh_shrink", table, DEFAULTS, ad_tanh_shrink(x));
    SAME("celu", table, DEFAULTS, ad_celu(x, 1));
    SAME("celu", table, SET(TO("alpha", 0.5)), ad_celu(x, 0.5));
    SAME("hard_shrink", table, DEFAULTS, ad_hard_shrink(x, 0.5));
    SAME("hard_shrink", table, SET(TO("lambd", 2)), ad_hard_shrink(x, 2));
    SAME("soft_shrink", table, DEFAULTS, ad_soft_shrink(x, 0.5));
    SAME("soft_shrink", table, SET(TO("lambd", 0.25)), ad_soft_shrink(x, 0.25));
    SAME("hard_tanh", table, DEFAULTS, ad_hard_tanh(x, -1, 1));
    SAME("hard_tanh", table, SET(TO("min_val", 0), TO("max_val", 20)), ad_hard_tanh(x, 0, 20));
    SAME("threshold", table, DEFAULTS, ad_threshold(x, 0, 0));
    SAME("threshold", table, SET(TO("threshold", 0.1), TO("value", -3)), ad_threshold(x, 0.1, -3));
    SAME("glu", image, DEFAULTS, ad_glu(x, -1));
    SAME("glu", image, SET(TO("axis", 1)), ad_glu(x, 1));
    SAME("maxout", image, DEFAULTS, ad_maxout(x, 2));
    SAME("maxout", image, SET(TO("pieces", 4)), ad_maxout(x, 4));
}

TEST(blocks_and_noise_are_the_calls)
{
    SAME("padded_embedding", number,
         SET(TO("width", 5), TO("count", 30), TO("padding", 2), TO("max_norm", 3)),
         ad_padded_embedding(x, .width = 5, .count = 30, .padding = 2, .max_norm = 3));
    SAME("highway", table, DEFAULTS, ad_highway(x));
    SAME("highway", image, SET(TO("tanh", 1), TO("carry", 1), SAY("name", "h")),
         ad_highway(x, .tanh = true, .carry = 1, .name = "h"));
    SAME("squeeze_excite", image, SET(TO("reduction", 2), TO("hard", 1), TO("swish", 1)),
         ad_squeeze_excite(x, .reduction = 2, .hard = true, .swish = true));
    SAME("inception", image, SET(LIST("filters", 2, 1, 3, 2, 1, 2), TO("norm", 1)),
         ad_inception(x, .filters = {2, 1, 3, 2, 1, 2}, .norm = true));
    SAME("spatial_dropout", image, SET(TO("rate", 0.25)), ad_spatial_dropout(x, .rate = 0.25));
    SAME("drop_path", image, SET(TO("always", 1)), ad_drop_path(x, .always = true));
    SAME("alpha_dropout", table, DEFAULTS, ad_alpha_dropout(x));
    SAME("gaussian_noise", table, DEFAULTS, ad_gaussian_noise(x, 0.1));
    SAME("gaussian_dropout", table, SET(TO("rate", 0.25)), ad_gaussian_dropout(x, 0.25));
    SAME("drop_connect", table, SET(TO("out", 3), TO("rate", 0.25), SAY("name", "d")),
         ad_drop_connect(x, 0.25, .out = 3, .name = "d"));
    struct bench made = bench_new(), written = bench_new();
    ad_tensor *in[] = {made.table, made.other};
    check_same("bilinear", &made, make_layer("bilinear", SET(TO("out", 3)), in, 2), &written,
               ad_bilinear(written.table, written.other, .out = 3));
    made = bench_new(), written = bench_new();
    in[0] = ad_cast(made.table, AD_I32), in[1] = made.length;
    check_same(
        "embedding_bag", &made,
        make_layer("embedding_bag", SET(TO("width", 2), TO("count", 9), SAY("mode", "max")), in, 2),
        &written,
        ad_embedding_bag(ad_cast(written.table, AD_I32), .width = 2, .count = 9, .mode = AD_BAG_MAX,
                         .length = written.length));
}
#endif

#ifdef ADZE_EXTRAS
TEST(norms_beyond_the_core_are_the_calls)
{
    SAME("rms_norm", table, DEFAULTS, ad_rms_norm(x));
    SAME("rms_norm", series, SET(TO("epsilon", 1e-6), TO("affine", 0), SAY("name", "r")),
         ad_rms_norm(x, .epsilon = 1e-6, .affine = false, .name = "r"));
    SAME("group_norm", image, SET(TO("groups", 2)), ad_group_norm(x, .groups = 2));
    SAME("instance_norm", image, DEFAULTS, ad_instance_norm(x));
    SAME("instance_norm", series, SET(TO("affine", 1), TO("track", 1), TO("momentum", 0.2)),
         ad_instance_norm(x, .affine = true, .track = true, .momentum = 0.2));
    SAME("cumulative_norm", image, DEFAULTS, ad_sync_norm(x));
    SAME("cumulative_norm", table, SET(TO("momentum", 0.5)), ad_sync_norm(x, .momentum = 0.5));
    SAME("local_response_norm", image, SET(TO("size", 3), TO("k", 2)),
         ad_local_response_norm(x, .size = 3, .k = 2));
}

TEST(convolutions_beyond_the_core_are_the_calls)
{
    SAME("conv_nd", image,
         SET(TO("filters", 2), PAIR("kernel", 2, 3), PAIR("padding", 1, 1),
             PAIR("padding_after", 2, 1), SAY("normed", "spectral")),
         ad_conv_nd(x, .filters = 2, .kernel = AD_SHAPE(2, 3), .padding = AD_SHAPE(1, 1),
                    .padding_after = AD_SHAPE(2, 1), .normed = AD_NORMED_SPECTRAL));
    SAME("conv_nd", series, SET(TO("filters", 2), TO("kernel", 3), TO("causal", 1)),
         ad_conv_nd(x, .filters = 2, .kernel = AD_SHAPE(3), .causal = true));
    SAME("conv_nd", table, SET(TO("filters", 2), SAY("normed", "weight")),
         ad_conv_nd(x, .filters = 2, .normed = AD_NORMED_WEIGHT));
    SAME("conv_transpose_nd", series, SET(TO("filters", 2), TO("kernel", 3), TO("stride", 2)),
         ad_conv_transpose_nd(x, .filters = 2, .kernel = AD_SHAPE(3), .stride = AD_SHAPE(2)));
    SAME("depthwise_conv", image, SET(TO("kernel", 3), TO("multiplier", 2), TO("same", 1)),
         ad_depthwise_conv(x, .kernel = AD_SHAPE(3), .multiplier = 2, .same = true));
    SAME("separable_conv", image, SET(TO("filters", 5), TO("kernel", 3)),
         ad_separable_conv(x, .filters = 5, .kernel = AD_SHAPE(3)));
    SAME("mlp_conv", image, SET(TO("filters", 5), TO("kernel", 3)),
         ad_mlp_conv(x, .filters = 5, .kernel = AD_SHAPE(3)));
    SAME("local_conv", series, SET(TO("filters", 5), TO("kernel", 3)),
         ad_local_conv(x, .filters = 5, .kernel = AD_SHAPE(3)));
}

TEST(pools_beyond_the_core_are_the_calls)
{
    SAME("pool_nd", image, SET(PAIR("window", 3, 2), TO("ceil", 1), TO("dilation", 2)),
         ad_max_pool_nd(x, .window = AD_SHAPE(3, 2), .ceil = true, .dilation = AD_SHAPE(2)));
    SAME("pool_nd", image,
         SET(SAY("method", "mean"), TO("window", 3), TO("padding", 1), TO("count_padding", 1)),
         ad_average_pool_nd(x, .window = AD_SHAPE(3), .padding = AD_SHAPE(1),
                            .count_padding = true));
    SAME("pool_nd", series, SET(SAY("method", "power"), TO("window", 3), TO("p", 3)),
         ad_lp_pool(x, .window = AD_SHAPE(3), .p = 3));
    SAME("pool_nd", image, SET(SAY("method", "mean"), TO("places", 3)),
         ad_adaptive_average_pool(x, AD_SHAPE(3)));
    SAME("pool_nd", image, SET(PAIR("places", 3, 5)),
         ad_adaptive_max_pool(x, AD_SHAPE(3, 5), NULL));
}
#endif

#define SAME_OF_TWO(name, settings, call)                                        \
    do {                                                                         \
        struct bench made = bench_new(), written = bench_new();                  \
        ad_tensor *in[] = {made.table, made.other, made.table};                  \
        ad_tensor *list[] = {written.table, written.other, written.table};       \
        ad_tensor *x = list[0], *z = list[1], *y = call;                         \
        (void)x, (void)z;                                                        \
        check_same(name, &made, make_layer(name, settings, in, 3), &written, y); \
    } while (0)

TEST(layers_of_several_tensors_are_the_calls)
{
    SAME_OF_TWO("concat", DEFAULTS, ad_concat(list, 3, -1));
    SAME_OF_TWO("concat", SET(TO("axis", 1)), ad_concat(list, 3, 1));
    SAME_OF_TWO("add", DEFAULTS, ad_add(ad_add(x, z), x));
    SAME_OF_TWO("multiply", DEFAULTS, ad_mul(ad_mul(x, z), x));
}

TEST(every_layer_was_tried)
{
    for (int i = 0; ad_layer_at(i); i++)
        if (!tried[i])
            TEST_FAILED("no case for layer %s", ad_layer_at(i)->name);
}

static void refuses(const char *name, const struct setting *list, bool image, const char *words)
{
    struct bench b = bench_new();
    ad_tensor *in[] = {image ? b.image : b.table};
    const char *error = ad_tensor_error(make_layer(name, list, in, 1));
    if (!error || !strstr(error, words))
        TEST_FAILED("%s: %s, without \"%s\"", name, error ? error : "no error", words);
    bench_done(&b);
}

TEST(mistakes_are_named)
{
    refuses("conv",
            SET(TO("filters", 2), PAIR("kernel", 3, 3), TO("same", 1), PAIR("padding", 2, 2)), true,
            ".same and .padding = 2 are two ways to say how much is padded; give one");
    refuses("conv",
            SET(TO("filters", 2), PAIR("kernel", 3, 3), TO("same", 1), PAIR("padding", 0, 1)), true,
            ".same and .padding = 1");
    refuses("conv", DEFAULTS, true, ".filters is 0");
    refuses("embedding", SET(TO("width", 4)), false, "the index is f32");
    refuses("global_pool", DEFAULTS, false,
            "(batch, ..., channels), with axes between to pool over");
    refuses("reshape", SET(PAIR("sizes", 2.5, 0)), false, "whole numbers");
    refuses("reshape", SET(PAIR("sizes", 5, 7)), false, "reshape");
    refuses("rnn", SET(TO("width", 4)), true, "(batch, time, features)");
    refuses("softmax", SET(TO("axis", 5)), false, "softmax");
}

static int odd_tensors(ad_graph *g, ad_tensor **list)
{
    ad_dim open = ad_open(g, "open");
    ad_shape shapes[] = {AD_SCALAR,         AD_SHAPE(4),          AD_SHAPE(0, 4),
                         AD_SHAPE(open, 4), AD_SHAPE(4, open),    AD_SHAPE(2, 3, 4),
                         AD_SHAPE(2, 0, 0), AD_SHAPE(1, 1, 1, 1), AD_SHAPE(1, 2, 1, 2, 1, 2, 1, 2)};
    ad_type types[] = {AD_F32, AD_F64, AD_I32, AD_U8, AD_BOOL};
    int count = 0;
    for (int i = 0; i < 9; i++)
        for (int j = 0; j < 5; j++)
            list[count++] = ad_full(g, types[j], shapes[i], 1);
    list[count++] = ad_add(list[0], list[1]); /* two types: a mistake already */
    return count;
}

/* Any tensors, with what has to be given left out or not: a tensor or a message. */
TEST(any_tensor_is_survived)
{
    static _Alignas(16) char memory[OPTIONS_SIZE];
    ad_context *c = ad_context_new(.threads = 1);
    for (int i = 0; ad_layer_at(i); i++) {
        const ad_layer_record *r = (const void *)ad_layer_at(i);
        ad_graph *g = ad_graph_new(c);
        ad_tensor *list[64];
        int count = odd_tensors(g, list);
        const void *options = options_of(&r->record, memory, DEFAULTS);
        for (int j = 0; j < r->record.options; j++)
            if (r->record.option[j].required)
                set(&r->record, memory,
                    &(struct setting){r->record.option[j].name, 2, 2, "n", {0}});
        for (int j = 0; j < count; j++) {
            ad_tensor *in[] = {list[j], list[(j * 7 + 1) % count]};
            CHECK(r->make(in, r->in_min, NULL) && r->make(in, r->in_max > 1 ? 2 : 1, options));
        }
        ad_graph_free(g);
    }
    ad_context_free(c);
}

/* ---------------------------------------------------------------- optimizers and losses */

enum { STEPS = 5, ROWS = 6 };

typedef ad_tensor *step_call(ad_tensor *loss, const ad_optimizer_options *options);

/* Five steps on (6, 12) numbers; weights after them in w (24), and the loss of the last. */
static double train(step_call *call, const ad_optimizer_options *options, float w[24])
{
    ad_context *c = ad_context_new(.threads = 1);
    ad_graph *g = ad_graph_new(c);
    ad_tensor *x = ad_feed(g, "x", AD_F32, AD_SHAPE(ROWS, 12));
    ad_tensor *loss = ad_mean(ad_square(ad_linear(ad_tanh(x), .out = 2, .name = "fc")), AD_ALL);
    ad_tensor *step = call(loss, options);
    ad_state *s = ad_state_new(g, 1);
    ad_program *p = ad_compile(s, .fetch = {step}, .feed = {x}, .training = true);
    float data[ROWS * 12];
    for (int i = 0; i < ROWS * 12; i++)
        data[i] = (float)((i * 37) % 23) / 7 - 1.5f;
    ad_array in = ad_f32(data, AD_SHAPE(ROWS, 12)), out = {0}, weight = {0};
    for (int i = 0; i < STEPS; i++)
        CHECK_OK(ad_run(p, &in, &out));
    double last = ad_array_item(&out, 0);
    CHECK_OK(ad_get(s, ad_find(g, "fc.weight"), &weight));
    memcpy(w, weight.data, 24 * sizeof *w);
    ad_program_free(p);
    ad_state_free(s);
    ad_graph_free(g);
    ad_context_free(c);
    return last;
}

static const struct {
    const char *name;
    step_call *call;
} methods[] = {
    {"sgd", ad_sgd},         {"rmsprop", ad_rmsprop},   {"adam", ad_adam},
    {"adamw", ad_adamw},
#ifdef ADZE_EXTRAS
    {"adagrad", ad_adagrad}, {"adadelta", ad_adadelta}, {"adamax", ad_adamax},
    {"nadam", ad_nadam},     {"radam", ad_radam},       {"adafactor", ad_adafactor},
    {"lion", ad_lion},       {"lamb", ad_lamb},         {"lars", ad_lars},
    {"muon", ad_muon},       {"rprop", ad_rprop},       {"asgd", ad_asgd},
#endif
};

/* Rates and decays that a record shows are those which the method has by itself. */
TEST(a_step_with_initial_is_the_step_of_the_call)
{
    int count = 0;
    for (int i = 0; ad_optimizer_at(i); i++, count++) {
        const ad_optimizer_record *r = (const void *)ad_optimizer_at(i);
        float a[24], b[24], c[24];
        CHECK_STREQ(r->record.name, methods[i].name);
        CHECK_EQ(r->record.size, sizeof(ad_optimizer_options));
        const ad_optimizer_options *initial = r->record.initial;
        CHECK(initial->rate != AD_AUTO && initial->decay != AD_AUTO);
        double first = train(r->make, initial, a), second = train(methods[i].call, NULL, b);
        double third = train(r->make, NULL, c);
        CHECK(first == second && first == third);
        CHECK(memcmp(a, b, sizeof a) == 0 && memcmp(a, c, sizeof a) == 0);
    }
    CHECK_EQ(count, sizeof methods / sizeof *methods);
}

TEST(a_rate_of_the_graph_takes_the_place_of_the_record_s)
{
    struct bench b = bench_new();
    ad_tensor *rate = ad_feed(b.graph, "rate", AD_F32, AD_SCALAR);
    ad_tensor *loss = ad_mean(ad_linear(b.table, .out = 2), AD_ALL);
    const ad_optimizer_record *r = (const void *)ad_record_find(ad_optimizer_at, "adam");
    ad_optimizer_options o = *(const ad_optimizer_options *)r->record.initial;
    o.rate_tensor = rate;
    CHECK(!ad_tensor_error(r->make(loss, &o)));
    o.size_ = 3;
    CHECK_CONTAINS(ad_tensor_error(r->make(loss, &o)), "size_");
    bench_done(&b);
}

TEST(losses_are_the_calls)
{
    typedef ad_tensor *call(ad_tensor * x, ad_tensor * y, const ad_loss_options *o);
    call *const calls[] = {
        ad_cross_entropy, ad_binary_cross_entropy,
        ad_squared_error, ad_absolute_error,
        ad_huber,         ad_poisson_loss,
        ad_pinball,
#ifdef ADZE_EXTRAS
        ad_smooth_l1,     ad_log_cosh,
        ad_gamma_nll,     ad_negative_binomial,
        ad_tweedie,       ad_focal,
        ad_multi_margin,  ad_binary_focal,
        ad_hinge,         ad_multilabel_margin,
        ad_dice,
#endif
    };
    for (int i = 0; ad_loss_at(i); i++) {
        struct bench made = bench_new(), written = bench_new();
        const ad_loss_record *r = (const void *)ad_loss_at(i);
        CHECK_EQ(r->record.size, sizeof(ad_loss_options));
        const char *name = r->record.name;
        bool label = !i || strcmp(name, "focal") == 0 || strcmp(name, "multi_margin") == 0;
        ad_tensor *a = r->make(made.table, label ? made.number : made.other, r->record.initial);
        ad_tensor *b = calls[i](written.table, label ? written.number : written.other, NULL);
        check_same(r->record.name, &made, a, &written, b);
    }
}

TEST_MAIN
