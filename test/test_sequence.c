/* Task sequence_to_sequence: what examples are, what is written token after token beside a loop of
 * its own, what padding and threads do not change, files of pairs, drawn problems, and mistakes. */
#include "configuration_main.h"
#include "job_run.h"
#include "test.h"

#include <adze/kit.h>

#include <unistd.h>

/* ---------------------------------------------------------------- jobs */

#define TASK "task: sequence_to_sequence\n"
#define WORDS                                                                            \
    "data: {format: copy, form: reverse, letters: 5, train_count: 600, test_count: 40, " \
    "shortest: 1, longest: 6, validation: 0.1}\n"                                        \
    "text: {tokens: characters}\n"
#define GRUS                                                                                \
    "model: [embedding: {width: 8}, gru: {width: 16, name: reader}, "                       \
    "embedding: {from: written, width: 8}, gru: {width: 16, start: reader, name: writer}, " \
    "attention: {heads: 2, to: reader, name: seen}, concat: {from: [writer, seen]}, linear]\n"
#define LSTMS                                                                     \
    "model: [embedding: {width: 8}, lstm: {width: 8, both: true, name: reader}, " \
    "embedding: {from: written, width: 8}, lstm: {width: 16, start: reader}, linear]\n"
#define TRANSFORMERS                                                               \
    "model: [embedding: {width: 16}, positions: {waves: true}, "                   \
    "transformer: {heads: 2, name: read}, embedding: {from: written, width: 16}, " \
    "positions: {waves: true}, transformer: {heads: 2, causal: true, to: read}, linear]\n"
#define TRAIN "train: {epochs: 2, batch: 32, optimizer: {method: adam, rate: 0.01}}\n"

/* ---------------------------------------------------------------- examples */

typedef struct pair {
    int64_t length[3];
    int32_t text[64], written[64], target[64];
} pair;

static void read_example(ad_source *from, int64_t i, pair *e)
{
    REQUIRE(ad_source_length(from, i, 0, e->length) == AD_OK);
    ad_array into[] = {ad_i32(e->text, AD_SHAPE(1, e->length[0])),
                       ad_i32(e->written, AD_SHAPE(1, e->length[1])),
                       ad_i32(e->target, AD_SHAPE(1, e->length[2]))};
    REQUIRE(ad_source_read(from, &i, 1, 0, into) == AD_OK);
}

static const ad_encoder *encoder_of(const job *j, const char *field)
{
    for (int i = 0; i < j->data.encoders; i++)
        if (strcmp(j->data.encoder[i].field, field) == 0)
            return j->data.encoder[i].encoder;
    return NULL;
}

/* What is written is the target behind a token that begins it; the target has one that ends it. */
TEST(examples_are_shifted_targets)
{
    job j;
    REQUIRE(build_on(&j, TASK WORDS GRUS, 1));
    const ad_encoder *target = encoder_of(&j, "target");
    int32_t from = ad_encoder_special(target, AD_SPECIAL_BEGIN),
            to = ad_encoder_special(target, AD_SPECIAL_END);
    CHECK(from > 0 && to > 0 && from != to);
    CHECK_EQ(ad_encoder_special(encoder_of(&j, "text"), AD_SPECIAL_BEGIN), -1);
    CHECK_EQ(j.data.inputs, 2);
    CHECK(strcmp(j.data.input[1].name, "written") == 0);
    CHECK_EQ(j.data.longest, 7);
    for (int64_t i = 0; i < 20; i++) {
        pair e;
        read_example(j.data.train, i, &e);
        CHECK_EQ(e.length[1], e.length[0] + 1);
        CHECK_EQ(e.length[2], e.length[1]);
        CHECK_EQ(e.written[0], from);
        CHECK_EQ(e.target[e.length[2] - 1], to);
        CHECK(memcmp(e.written + 1, e.target, (size_t)e.length[0] * sizeof *e.target) == 0);
        char *a = ad_encoder_decode(encoder_of(&j, "text"), e.text, e.length[0]),
             *b = ad_encoder_decode(target, e.target, e.length[2]);
        size_t size = strlen(a);
        CHECK_EQ(size, e.length[0]);
        for (size_t k = 0; k < size; k++)
            CHECK(a[k] == b[size - 1 - k]);
        free(a);
        free(b);
    }
    done(&j);
}

TEST(a_vocabulary_may_be_shared)
{
    job j;
    put_file("few.txt", "ab\txy\nba\tyx\n");
    REQUIRE(build_on(&j,
                     TASK "data: {format: text, path: few.txt, form: pairs, test_share: 0}\n"
                          "text: {tokens: characters}\nsequence: {shared: true}\n" GRUS,
                     1));
    char *a = ad_encoder_text(encoder_of(&j, "text")),
         *b = ad_encoder_text(encoder_of(&j, "target"));
    CHECK(strcmp(a, b) == 0);
    CHECK(strchr(a, 'a') && strchr(a, 'x'));
    CHECK_EQ(j.data.input[0].classes, 2 + 2 + 4); /* padding, unknown, begin, end, a b x y */
    CHECK_EQ(j.data.input[0].classes, j.data.target.classes);
    free(a);
    free(b);
    done(&j);
}

/* ---------------------------------------------------------------- writing */

typedef struct said {
    int32_t token[64];
    int64_t count;
    double score;
    bool cut;
} said;

/* The chances of what follows, by the graph alone and one example at a time. */
static void chances(const job *j, ad_program *p, const pair *e, const int32_t *written,
                    int64_t count, double *chance)
{
    int32_t lengths[2] = {(int32_t)e->length[0], (int32_t)count};
    ad_array in[] = {ad_i32((int32_t *)e->text, AD_SHAPE(1, e->length[0])),
                     ad_i32((int32_t *)written, AD_SHAPE(1, count)),
                     ad_i32(&lengths[0], AD_SHAPE(1)), ad_i32(&lengths[1], AD_SHAPE(1))},
             out = {0};
    REQUIRE(ad_run(p, in, &out) == AD_OK);
    for (int64_t c = 0; c < j->data.target.classes; c++)
        chance[c] = ad_array_item(&out, c);
}

/* Token by token the likeliest one, in the plainest way. */
static void naive(const job *j, ad_program *p, const pair *e, int64_t most, said *s)
{
    const ad_encoder *target = encoder_of(j, "target");
    int32_t from = ad_encoder_special(target, AD_SPECIAL_BEGIN),
            to = ad_encoder_special(target, AD_SPECIAL_END), written[64] = {from};
    double chance[64], sum = 0;
    *s = (said){.cut = true};
    while (s->count < most && s->cut) {
        int64_t best = -1;
        chances(j, p, e, written, s->count + 1, chance);
        for (int64_t c = 1; c < j->data.target.classes; c++)
            if (c != from && (best < 0 || chance[c] > chance[best]))
                best = c;
        sum += log(chance[best]);
        if (best == to)
            s->cut = false;
        else
            s->token[s->count] = written[s->count + 1] = (int32_t)best, s->count++;
    }
    s->score = sum / (double)(s->count + !s->cut);
}

static ad_program *compile(const job *j)
{
    return ad_compile(j->net.state, .fetch = {j->net.prediction},
                      .feed_list = (ad_tensor **)j->net.input, .feed_count = j->net.inputs);
}

/* (1 / n) sum of log p over the tokens of a text that was written, the end too. */
static double score_of(const job *j, ad_program *p, const pair *e, const char *text)
{
    const ad_encoder *target = encoder_of(j, "target");
    void *token = NULL;
    int64_t count = 0;
    double chance[64], sum = 0;
    int32_t written[64] = {ad_encoder_special(target, AD_SPECIAL_BEGIN)};
    CHECK_OK(ad_encoder_encode(target, text, (int64_t)strlen(text), &token, &count));
    for (int64_t i = 0; i <= count; i++) {
        int32_t next =
            i < count ? ((int32_t *)token)[i] : ad_encoder_special(target, AD_SPECIAL_END);
        chances(j, p, e, written, i + 1, chance);
        sum += log(chance[next]);
        written[i + 1] = next;
    }
    free(token);
    return sum / (double)(count + 1);
}

static void greedy_is_naive(const char *text, const char *name)
{
    enum { ITEMS = 40 };
    job j;
    ad_model *m;
    ad_rewritten list[ITEMS], wide[ITEMS];
    REQUIRE(build_on(&j, text, 2) && go(&j, name, AD_RUN_NEW));
    REQUIRE(ad_model_load(scratch(name), &m) == AD_OK);
    ad_program *p = compile(&j);
    REQUIRE(p);
    CHECK_OK(ad_model_rewrite(m, j.data.test, 0, ITEMS, &(ad_rewrite_options){.beam = 1}, list));
    CHECK_OK(ad_model_rewrite(m, j.data.test, 0, ITEMS, &(ad_rewrite_options){.beam = 3}, wide));
    int better = 0, other = 0;
    for (int64_t i = 0; i < ITEMS; i++) {
        pair e;
        said s;
        read_example(j.data.test, i, &e);
        naive(&j, p, &e, j.data.longest, &s);
        char *words = ad_encoder_decode(encoder_of(&j, "target"), s.token, s.count);
        CHECK(strcmp(words, list[i].text) == 0);
        CHECK_CLOSE(list[i].score, s.score, 1e-5);
        CHECK_EQ(list[i].cut, s.cut);
        CHECK_EQ(list[i].tokens, s.count + !s.cut);
        if (!wide[i].cut)
            CHECK_CLOSE(score_of(&j, p, &e, wide[i].text), wide[i].score, 1e-5);
        better += wide[i].score > list[i].score;
        other += strcmp(wide[i].text, list[i].text) != 0;
        free(words);
    }
    CHECK(other == 0 || better > 0);
    ad_rewritten_done(list, ITEMS);
    ad_rewritten_done(wide, ITEMS);
    ad_program_free(p);
    ad_model_free(m);
    done(&j);
}

TEST(greedy_is_the_likeliest_token_each_time)
{
    greedy_is_naive(TASK WORDS GRUS TRAIN, "grus");
    greedy_is_naive(TASK WORDS LSTMS TRAIN, "lstms");
    greedy_is_naive(TASK WORDS TRANSFORMERS TRAIN, "transformers");
}

/* A text alone, and beside longer ones, whose padding it then has. */
static void padding_changes_nothing(const char *text)
{
    job j;
    ad_rewritten all[30], one;
    REQUIRE(build_on(&j, text, 2) && go(&j, "padded", AD_RUN_OVER));
    ad_model *m;
    REQUIRE(ad_model_load(scratch("padded"), &m) == AD_OK);
    CHECK_OK(ad_model_rewrite(m, j.data.test, 0, 30, NULL, all));
    for (int64_t i = 0; i < 30; i++) {
        CHECK_OK(ad_model_rewrite(m, j.data.test, i, 1, NULL, &one));
        CHECK(strcmp(one.text, all[i].text) == 0);
        CHECK(memcmp(&one.score, &all[i].score, sizeof one.score) == 0);
        ad_rewritten_done(&one, 1);
    }
    ad_rewritten_done(all, 30);
    ad_model_free(m);
    done(&j);
}

TEST(padding_changes_no_bit)
{
    padding_changes_nothing(TASK WORDS GRUS TRAIN);
    padding_changes_nothing(TASK WORDS LSTMS TRAIN);
    padding_changes_nothing(TASK WORDS TRANSFORMERS TRAIN);
}

/* ---------------------------------------------------------------- the same bits */

static char *read_file(const char *path, size_t *size)
{
    FILE *f = fopen(path, "rb");
    char *bytes = NULL;
    if (f && fseek(f, 0, SEEK_END) == 0) {
        *size = (size_t)ftell(f);
        rewind(f);
        bytes = malloc(*size + 1);
        if (bytes && fread(bytes, 1, *size, f) != *size)
            *size = 0;
    }
    if (f)
        fclose(f);
    return bytes;
}

static void check_same(const char *a, const char *b)
{
    size_t sizes[2] = {0};
    char path[300], *bytes[2];
    const char *names[] = {a, b};
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/model.safetensors", scratch(names[i]));
        bytes[i] = read_file(path, &sizes[i]);
    }
    CHECK(bytes[0] && bytes[1] && sizes[0] == sizes[1] &&
          memcmp(bytes[0], bytes[1], sizes[0]) == 0);
    free(bytes[0]);
    free(bytes[1]);
}

TEST(the_same_bits_for_any_threads_and_through_a_stop)
{
    static const char text[] = TASK WORDS GRUS TRAIN;
    static const char first[] =
        TASK WORDS GRUS "train: {epochs: 1, batch: 32, optimizer: {method: adam, rate: 0.01}}\n";
    static const struct {
        const char *name;
        int threads;
    } runs[] = {{"one", 1}, {"three", 3}};
    job j;
    for (int i = 0; i < 2; i++) {
        REQUIRE(build_on(&j, text, runs[i].threads) && go(&j, runs[i].name, AD_RUN_NEW));
        done(&j);
    }
    check_same("one", "three");
    REQUIRE(build_on(&j, first, 2) && go(&j, "stopped", AD_RUN_NEW));
    done(&j);
    REQUIRE(build_on(&j, text, 2) && go(&j, "stopped", AD_RUN_RESUME));
    done(&j);
    check_same("one", "stopped");
}

/* ---------------------------------------------------------------- measuring */

TEST(measures_of_what_is_written)
{
    job j;
    ad_run_measured m;
    ad_baselines b;
    REQUIRE(build_on(&j, TASK WORDS GRUS TRAIN, 2) && go(&j, "measured", AD_RUN_NEW));
    CHECK_OK(ad_run_measure(&j.net, &j.data, j.data.test, NULL, NULL, &m));
    CHECK_EQ(m.written, 40);
    int same = 0;
    for (int64_t i = 0; i < m.written; i++)
        same += strcmp(m.answers.answers.answer[i], m.answers.answers.right[i]) == 0;
    const ad_measured *exact = ad_run_find(&m, "exact_match");
    REQUIRE(exact && ad_run_find(&m, "log_loss") && ad_run_find(&m, "accuracy"));
    CHECK_CLOSE(exact->value, same / 40.0, 1e-12);
    CHECK(exact->low <= exact->value && exact->value <= exact->high && exact->low < exact->high);
    CHECK(ad_run_find(&m, "character_error_rate"));
    CHECK(!ad_run_find(&m, "bleu")); /* each text is one word */
    CHECK_OK(ad_run_baselines(&j.net, &j.data, j.data.test, &m, 1, &b));
    CHECK_EQ(b.count, 2);
    int palindromes = 0;
    for (int64_t i = 0; i < 40; i++) {
        pair e;
        bool is = true;
        read_example(j.data.test, i, &e);
        for (int64_t k = 0; k < e.length[0]; k++)
            is = is && e.text[k] == e.text[e.length[0] - 1 - k];
        palindromes += is;
    }
    CHECK_CLOSE(b.list[0].measured[0].value, palindromes / 40.0, 1e-12);
    ad_run_measured_done(&m);
    done(&j);
}

/* Of 5 texts 3 are right. By Wilson's formula: (share + z^2 / 2n -+ z sqrt(share (1 - share) / n +
 * z^2 / 4n^2)) / (1 + z^2 / n), z = 1.959964: statsmodels' proportion_confint(3, 5, method =
 * "wilson"). */
TEST(exact_match_is_a_share_with_wilsons_interval)
{
    static const char *const answer[] = {"a", "b c", "", "d", "e "}, *const right[] = {
                                                                         "a", "b c", "", "D", "e"};
    ad_metric_answers a = AD_OPTIONS(ad_metric_answers, .kind = AD_METRIC_SENTENCES,
                                     .answer = answer, .right = right, .count = 5);
    ad_metric_value v;
    CHECK_OK(ad_metric(&a, "exact_match", &v));
    CHECK_CLOSE(v.value, 0.6, 1e-12);
    CHECK_CLOSE(v.low, 0.23072428, 1e-6);
    CHECK_CLOSE(v.high, 0.88237913, 1e-6);
    CHECK(v.interval == AD_INTERVAL_WILSON);
}

TEST(texts_end_where_they_have_to)
{
    job j;
    ad_model *m;
    ad_rewritten list[4];
    float value[64];
    REQUIRE(build_on(&j, TASK WORDS GRUS TRAIN, 2) && go(&j, "ends", AD_RUN_NEW));
    REQUIRE(ad_model_load(scratch("ends"), &m) == AD_OK);
    CHECK_OK(ad_model_rewrite(m, j.data.test, 0, 4, &(ad_rewrite_options){.length = 1}, list));
    for (int i = 0; i < 4; i++)
        CHECK(list[i].cut ? list[i].tokens == 1 && strlen(list[i].text) == 1 : !*list[i].text);
    ad_rewritten_done(list, 4);
    CHECK(ad_model_rewrite(m, j.data.test, 0, 4, &(ad_rewrite_options){.beam = 101}, list) ==
          AD_ERROR_ARGUMENT);
    CHECK(strstr(ad_kit_error(), "a beam of 101 texts"));
    CHECK(ad_model_predict(m, j.data.test, 0, 1, value) == AD_ERROR_UNSUPPORTED);
    CHECK(strstr(ad_kit_error(), "ad_model_rewrite"));
    ad_model_free(m);
    done(&j);
}

/* ---------------------------------------------------------------- predicting */

TEST(answers_to_files)
{
    job j;
    ad_model *m;
    ad_answer_result result;
    char line[256] = "";
    const char *path[] = {scratch("ask.txt")};
    put_file("ask.txt", "abc\n\nzzz\n");
    REQUIRE(build_on(&j, TASK WORDS GRUS TRAIN, 2) && go(&j, "answers", AD_RUN_NEW));
    REQUIRE(ad_model_load(scratch("answers"), &m) == AD_OK);
    FILE *out = tmpfile();
    CHECK_OK(ad_model_answer(m, path, 1, &(ad_answer_options){.format = AD_ANSWER_CSV, .file = out},
                             &result));
    CHECK_EQ(result.items, 3);
    rewind(out);
    CHECK(fgets(line, sizeof line, out) && strcmp(line, "row,text,score,cut,unknown,error\n") == 0);
    for (int i = 1; i <= 3; i++) { /* the second is empty, the third has letters never seen */
        CHECK(fgets(line, sizeof line, out) && line[0] == '0' + i);
        CHECK(i == 2 ? strstr(line, "the text is empty") != NULL : strchr(line, '-') != NULL);
        CHECK(i != 1 || strstr(line, ",0,\n"));
        CHECK(i != 3 || strstr(line, ",3,\n"));
    }
    CHECK_EQ(result.broken, 1);
    CHECK(ad_model_answer(m, path, 1, &(ad_answer_options){.top = 3, .file = out}, &result) ==
          AD_ERROR_ARGUMENT);
    CHECK(strstr(ad_kit_error(), "leave --top out"));
    fclose(out);
    ad_model_free(m);
    done(&j);
}

/* ---------------------------------------------------------------- data */

TEST(pairs_in_files)
{
    job j;
    pair e;
    put_file("pairs.txt", "one\tuno\n\ntwo\tdos\nthree\ttres\n");
    REQUIRE(build_on(&j,
                     TASK "data: {format: text, path: pairs.txt, test_share: 0}\n"
                          "text: {tokens: bytes}\n" GRUS,
                     1));
    CHECK_EQ(ad_source_count(j.data.train), 3);
    read_example(j.data.train, 2, &e);
    CHECK_EQ(e.length[0], 5);
    CHECK_EQ(e.target[0], 1 + 't');
    done(&j);
    put_file("from.txt", "one\ttwo\nthree\n");
    put_file("into.txt", "uno dos\ntres\n");
    REQUIRE(build_on(&j,
                     TASK "data: {format: text, path: from.txt, into: into.txt, test_share: 0}\n"
                          "text: {tokens: bytes}\n" GRUS,
                     1));
    CHECK_EQ(ad_source_count(j.data.train), 2);
    read_example(j.data.train, 0, &e);
    CHECK_EQ(e.length[0], 7); /* a tab is a letter here */
    CHECK_EQ(e.length[1], 8);
    done(&j);
}

/* Columns of a table are texts, whatever they look like: numbers, and one word in each row. */
TEST(pairs_in_tables)
{
    job j;
    pair e;
    put_file("table.csv", "words,digits\nforty two,42\nseven,7\nninety,90\none,1\n");
    REQUIRE(build_on(&j,
                     TASK "data: {format: csv, path: table.csv, target: digits, test_share: 0}\n"
                          "text: {tokens: bytes}\n" GRUS,
                     1));
    read_example(j.data.train, 0, &e);
    CHECK_EQ(e.length[0], 9);
    CHECK_EQ(e.length[1], 3);
    CHECK_EQ(e.target[0], 1 + '4');
    CHECK_EQ(e.target[1], 1 + '2');
    done(&j);
}

static void check_copies(ad_copy_form form)
{
    const ad_reader_record *r = ad_reader_find("copy");
    ad_copy_options o = AD_OPTIONS(ad_copy_options, .form = form, .letters = 4, .shortest = 2,
                                   .longest = 5, .train_count = 50, .test_count = 50);
    ad_schema *schema;
    ad_source *part[2];
    int same = 0;
    bool seen[6] = {false};
    REQUIRE(r && r->understand(&o, &schema) == AD_OK);
    CHECK_OK(r->open(&o, schema, AD_PART_TRAIN, &part[0]));
    CHECK_OK(r->open(&o, schema, AD_PART_TEST, &part[1]));
    for (int64_t i = 0; i < 50; i++) {
        char a[2][8] = {""}, b[2][8] = {""};
        for (int p = 0; p < 2; p++) {
            int64_t n[2];
            CHECK_OK(ad_source_length(part[p], i, 0, n));
            REQUIRE(n[0] == n[1] && n[0] >= 2 && n[0] <= 5);
            seen[n[0]] = true;
            ad_array into[] = {{.type = AD_U8, .shape = AD_SHAPE(1, n[0]), .data = a[p]},
                               {.type = AD_U8, .shape = AD_SHAPE(1, n[0]), .data = b[p]}};
            CHECK_OK(ad_source_read(part[p], &i, 1, 0, into));
            for (int64_t k = 0; k < n[0]; k++) {
                CHECK(a[p][k] >= 'a' && a[p][k] <= 'd');
                CHECK(form == AD_COPY_SAME       ? a[p][k] == b[p][k]
                      : form == AD_COPY_REVERSED ? a[p][k] == b[p][n[0] - 1 - k]
                                                 : k == 0 || b[p][k - 1] <= b[p][k]);
            }
            int sum = 0;
            for (int64_t k = 0; k < n[0]; k++)
                sum += a[p][k] * a[p][k] - b[p][k] * b[p][k];
            CHECK_EQ(sum, 0);
        }
        same += strcmp(a[0], a[1]) == 0;
    }
    CHECK(same < 10);
    CHECK(seen[2] && seen[3] && seen[4] && seen[5]);
    ad_source_free(part[0]);
    ad_source_free(part[1]);
    ad_schema_free(schema);
}

TEST(words_that_are_drawn)
{
    check_copies(AD_COPY_SAME);
    check_copies(AD_COPY_REVERSED);
    check_copies(AD_COPY_SORTED);
}

TEST(the_adding_problem)
{
    enum { STEPS = 9, EXAMPLES = 400 };
    const ad_reader_record *r = ad_reader_find("adding");
    ad_adding_options o =
        AD_OPTIONS(ad_adding_options, .length = STEPS, .train_count = EXAMPLES, .test_count = 1);
    ad_schema *schema;
    ad_source *train;
    double mean = 0, square = 0;
    REQUIRE(r && r->understand(&o, &schema) == AD_OK);
    REQUIRE(r->open(&o, schema, AD_PART_TRAIN, &train) == AD_OK);
    for (int64_t i = 0; i < EXAMPLES; i++) {
        float x[STEPS][2];
        double y = 0, sum = 0;
        int halves[2] = {0, 0};
        ad_array into[] = {ad_f32(&x[0][0], AD_SHAPE(1, STEPS, 2)), ad_f64(&y, AD_SHAPE(1))};
        CHECK_OK(ad_source_read(train, &i, 1, 0, into));
        for (int k = 0; k < STEPS; k++) {
            CHECK(x[k][0] >= 0 && x[k][0] <= 1 && (x[k][1] == 0 || x[k][1] == 1));
            halves[k >= STEPS / 2] += x[k][1] == 1;
            sum += x[k][1] == 1 ? (double)x[k][0] : 0;
        }
        CHECK(halves[0] == 1 && halves[1] == 1);
        CHECK_CLOSE(y, sum, 1e-12);
        mean += y / EXAMPLES;
        square += (y - 1) * (y - 1) / EXAMPLES;
    }
    CHECK_CLOSE(mean, 1, 0.1);
    CHECK_CLOSE(square, 1.0 / 6, 0.05);
    ad_source_free(train);
    ad_schema_free(schema);
}

/* ---------------------------------------------------------------- mistakes */

#define PAIRS "data: {format: text, path: pairs.txt, form: pairs, test_share: 0}\n"
#define BEFORE "model: [embedding: {width: 8}, gru: {width: 16, name: reader}, "
#define BEHIND "embedding: {from: written, width: 8}, "

TEST(mistakes_of_data)
{
    put_file("pairs.txt", "one\tuno\ntwo\tdos\n");
    put_file("none.txt", "one uno\ntwo\tdos\n");
    put_file("short.txt", "uno\n");
    put_file("table.csv", "words,digits\nforty two,42\nseven,7\nninety,90\none,1\n");
    put_file("wide.csv", "a,b,c\nx y z,1,p q r\nu v w,2,s t u\n");
    CHECK(refused(TASK "data: {format: csv, path: table.csv}\n" GRUS, "no field is the target"));
    CHECK(refused(TASK "data: {format: csv, path: table.csv, target: digits, types: "
                       "[digits=number]}\n" GRUS,
                  "the target digits is a number, and task sequence_to_sequence learns a text"));
    CHECK(refused(TASK "data: {format: moons}\n" GRUS, "learns a text"));
    CHECK(refused(TASK "data: {format: csv, path: wide.csv, target: a}\n" GRUS,
                  "the data has no text beside the target"));
    CHECK(refused(TASK "data: {format: csv, path: wide.csv, target: a, types: [c=text]}\n" GRUS,
                  "beside the text the data has b"));
    CHECK(refused(TASK "data: {format: text, path: none.txt, form: pairs}\n" GRUS,
                  "none.txt:1:1: no tab stands in the line"));
    CHECK(refused(TASK "data: {format: text, path: pairs.txt, into: short.txt}\n" GRUS,
                  "has 2 lines and"));
    CHECK(refused(TASK
                  "data: {format: text, path: pairs.txt, into: pairs.txt, test: pairs.txt}\n" GRUS,
                  "data.test_into"));
    CHECK(refused(TASK PAIRS "text: {tokens: bytes, length: 9}\n" GRUS, "text.length pads texts"));
    CHECK(refused(TASK "data: {format: copy, shortest: 5, longest: 4}\n" GRUS, "shortest is 5"));
    CHECK(refused("data: {format: moons}\nsequence: {beam: 3}\nmodel: [linear: {out: 2}]\n",
                  "sequence.beam means nothing with any task but"));
}

TEST(mistakes_of_models)
{
    put_file("pairs.txt", "one\tuno\ntwo\tdos\n");
    CHECK(refused(TASK PAIRS BEFORE "linear]\n", "no layer takes 'written'"));
    CHECK(refused(TASK PAIRS BEFORE BEHIND "gru: {width: 16, start: wirter}, linear]\n",
                  "nothing above is called 'wirter'"));
    CHECK(refused(TASK PAIRS BEFORE BEHIND "lstm: {width: 16, start: reader}, linear]\n",
                  "'reader' is no recurrent layer whose last state lstm could start from"));
    CHECK(refused(TASK PAIRS BEFORE BEHIND "gru: {width: 8, start: reader}, linear]\n",
                  "give both layers the same width and layers"));
    CHECK(refused(TASK PAIRS BEFORE BEHIND "attention: {heads: 2, to: reader}, linear]\n",
                  "give both as many features"));
    CHECK(refused(TASK PAIRS BEFORE BEHIND "attention: {heads: 2, to: nothing}, linear]\n",
                  "nothing above is called 'nothing'"));
    CHECK(refused(TASK PAIRS BEFORE BEHIND "linear: {from: reader}]\n",
                  "classes for each step of written"));
}

TEST_MAIN_OF_CONFIGURATIONS()
