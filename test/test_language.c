/* Models of language, and of texts of different lengths: what windows and documents become, losses
 * that padding and cuts of batches do not change, states that go from window to window, and what is
 * written. */
#include "configuration_main.h"
#include "job_run.h"
#include "test.h"

#include <adze/kit.h>
#include <adze/report.h>

#include <unistd.h>

/* ---------------------------------------------------------------- jobs */

#define CORPUS                                                                               \
    "data: {format: text, path: corpus.txt, form: corpus, validation: 0.25, test_share: 0, " \
    "piece: 64}\n"
#define LINES "data: {format: text, path: lines.txt, form: lines, validation: 0, test_share: 0}\n"
#define SMALL "model: [embedding: {width: 6}, gru: {width: 8}, linear]\n"

/* ---------------------------------------------------------------- windows */

/* Windows of the validation part are all consecutive ones, and targets are the next tokens; those
 * of the training part begin elsewhere in each epoch, and hold what the text holds. */
TEST(windows_of_running_text)
{
    job j;
    REQUIRE(build(&j, "task: language_model\n" CORPUS "language: {length: 10}\n" SMALL));
    int64_t held = ad_source_count(j.data.validation), bytes = j.data.bytes[AD_PART_VALIDATION];
    CHECK_EQ(held, (bytes - 1) / 10);
    CHECK_EQ(j.data.tokens[AD_PART_VALIDATION], bytes);
    CHECK_EQ(j.data.bytes[AD_PART_TRAIN] + bytes, 26 * 40);
    int32_t before = -1, x[2][10], y[2][10];
    for (int64_t i = 0; i < held; i++) {
        ad_array into[] = {ad_i32(x[0], AD_SHAPE(1, 10)), ad_i32(y[0], AD_SHAPE(1, 10))};
        REQUIRE(ad_source_read(j.data.validation, &i, 1, 3, into) == AD_OK);
        CHECK(before < 0 || before == x[0][0]);
        CHECK(memcmp(x[0] + 1, y[0], 9 * sizeof **x) == 0);
        before = y[0][9];
    }
    int moved = 0;
    for (uint64_t epoch = 0; epoch < 8; epoch++) {
        int64_t first = 0;
        ad_array into[] = {ad_i32(x[epoch % 2], AD_SHAPE(1, 10)), ad_i32(y[0], AD_SHAPE(1, 10))};
        REQUIRE(ad_source_read(j.data.train, &first, 1, epoch, into) == AD_OK);
        moved += epoch > 0 && memcmp(x[0], x[1], sizeof x[0]) != 0;
        for (int k = 0; k < 9; k++) /* the text is the alphabet again and again: bytes + 1 */
            CHECK_EQ(x[epoch % 2][k + 1],
                     x[epoch % 2][k] == 1 + 'z' ? 1 + 'a' : x[epoch % 2][k] + 1);
    }
    CHECK(moved >= 4);
    done(&j);
}

/* Each line between its begin and its end (0, padding, of bytes); one that is too long in pieces.
 */
TEST(documents_are_sequences_of_their_own)
{
    job j;
    REQUIRE(build(&j, "task: language_model\n" LINES "language: {length: 4}\n" SMALL));
    static const struct {
        int64_t length;
        int32_t x[4], y[4];
    } wanted[] = {{3, {0, 1 + 'a', 1 + 'b'}, {1 + 'a', 1 + 'b', 0}},
                  {4, {0, 1 + 'c', 1 + 'd', 1 + 'e'}, {1 + 'c', 1 + 'd', 1 + 'e', 1 + 'f'}},
                  {2, {1 + 'f', 1 + 'g'}, {1 + 'g', 0}},
                  {2, {0, 1 + 'h'}, {1 + 'h', 0}}};
    REQUIRE(ad_source_count(j.data.train) == 4);
    for (int64_t i = 0; i < 4; i++) {
        int64_t length[2] = {0};
        int32_t x[4], y[4];
        CHECK_OK(ad_source_length(j.data.train, i, 0, length));
        CHECK_EQ(length[0], wanted[i].length);
        CHECK_EQ(length[1], wanted[i].length);
        ad_array into[] = {ad_i32(x, AD_SHAPE(1, length[0])), ad_i32(y, AD_SHAPE(1, length[0]))};
        CHECK_OK(ad_source_read(j.data.train, &i, 1, 0, into));
        CHECK(memcmp(x, wanted[i].x, (size_t)length[0] * sizeof *x) == 0);
        CHECK(memcmp(y, wanted[i].y, (size_t)length[0] * sizeof *y) == 0);
    }
    done(&j);
}

/* The mean over all tokens, whatever the batches: a model that gives every token the same chance
 * loses log(257) at each. */
TEST(measures_are_means_over_tokens)
{
    job j;
    ad_run_measured m;
    REQUIRE(build(&j, "task: language_model\n" LINES "language: {length: 4}\n"
                      "model: [embedding: {width: 2, normal: 0}, linear: {normal: 0}]\n"));
    CHECK_OK(ad_run_measure(&j.net, &j.data, j.data.train, NULL, NULL, &m));
    CHECK_CLOSE(ad_run_find(&m, "log_loss")->value, log(257), 1e-6);
    CHECK_CLOSE(ad_run_find(&m, "loss")->value, log(257), 1e-6);
    CHECK_CLOSE(ad_run_find(&m, "perplexity")->value, 257, 1e-3);
    CHECK_CLOSE(ad_run_find(&m, "accuracy")->value, 3.0 / 11, 1e-9); /* token 0 is the first */
    /* 8 letters, 3 documents of two tokens more */
    CHECK_CLOSE(ad_run_find(&m, "bits_a_byte")->value, 14.0 / 8 * log2(257), 1e-4);
    ad_run_measured_done(&m);
    done(&j);
}

/* 500 documents are measured at once: those of one letter, then 100 longer ones, whose loss is
 * another.  The mean is over the tokens of all, as log_loss is. */
TEST(the_loss_of_documents_is_a_mean_over_tokens)
{
    job j;
    ad_run_measured m;
    FILE *f = fopen(scratch("uneven.txt"), "w");
    REQUIRE(f);
    for (int i = 0; i < 600; i++)
        fputs(i < 500 ? "a\n" : "bcdefghijklmnopqrstuvw\n", f);
    fclose(f);
    REQUIRE(build(&j, "task: language_model\n"
                      "data: {format: text, path: uneven.txt, form: lines, validation: 0, "
                      "test_share: 0}\n"
                      "text: {tokens: characters, special: [begin, end]}\n"
                      "language: {length: 40}\n"
                      "model: [embedding: {width: 6, normal: 3}, linear: {normal: 1}]\n"));
    CHECK_EQ(ad_source_count(j.data.train), 600);
    CHECK_OK(ad_run_measure(&j.net, &j.data, j.data.train, NULL, NULL, &m));
    CHECK_CLOSE(ad_run_find(&m, "loss")->value, ad_run_find(&m, "log_loss")->value, 1e-5);
    ad_run_measured_done(&m);
    done(&j);
}

/* ---------------------------------------------------------------- examples alone */

static const char *const models[] = {
    "[embedding: {width: 5}, conv1d: {filters: 8, kernel: 3}, relu, pool_time: {how: max}, linear]",
    "[embedding: {width: 5}, conv1d: {filters: 8, kernel: 5, same: true, stride: 2}, tanh,\n"
    "  max_pool: {window: 3, padding: 1, stride: 2}, gru: {width: 6, both: true, outputs: last},\n"
    "  linear]",
    "[embedding: {width: 8}, positions: {count: 99}, transformer: {heads: 2}, layer_norm,\n"
    "  global_pool: {method: mean}, linear]",
    "[embedding: {width: 8}, residual: [conv1d: {filters: 8, kernel: 3, causal: true}],\n"
    "  batch_norm, branches: [[rnn: {width: 3}], [linear: {out: 2}]], pool_time: {how: last},\n"
    "  linear]",
    "[embedding: {width: 4}, average_pool: {window: 2}, lstm: {width: 4, layers: 2}, pool_time,\n"
    "  linear]"};

/* What the network gives for text i alone, and among all: the same bits. */
static void check_alone(const char *model, bool training)
{
    char text[700];
    snprintf(text, sizeof text,
             "data: {format: text, path: classes.txt, form: labels, validation: 0, test_share: 0}\n"
             "text: {tokens: bytes}\nmodel: %s\n",
             model);
    job j;
    REQUIRE(build(&j, text));
    ad_tensor *feed[] = {j.net.input[0], j.net.input[1]};
    REQUIRE(j.net.inputs == 2);
    ad_program *p = ad_compile(j.net.state, .fetch = {j.net.output}, .feed_list = feed,
                               .feed_count = 2, .training = training);
    REQUIRE(p);
    int64_t count = ad_source_count(j.data.train);
    float all[64][2];
    ad_batches *b = ad_batches_new(j.data.train, .size = 64, .order = AD_ORDER_AS_IS);
    for (int turn = 0; turn < 2; turn++) {
        ad_batch batch;
        while (ad_batches_next(b, &batch) == AD_OK && batch.count) {
            ad_array in[] = {batch.array[0], batch.array[2]}, out = {0};
            REQUIRE(ad_run(p, in, &out) == AD_OK);
            for (int64_t i = 0; i < batch.count; i++) {
                const float *row = (const float *)out.data + 2 * i;
                CHECK(isfinite(row[0]) && isfinite(row[1]));
                if (turn == 0)
                    memcpy(all[batch.example[i]], row, sizeof all[0]);
                else if (memcmp(all[batch.example[i]], row, sizeof all[0]) != 0)
                    TEST_FAILED("text %d alone is another%s: %s", (int)batch.example[i],
                                training ? " in training" : "", model);
            }
        }
        ad_batches_free(b);
        b = turn == 0 ? ad_batches_new(j.data.train, .size = 1, .order = AD_ORDER_AS_IS) : NULL;
    }
    CHECK_EQ(count, 4);
    ad_program_free(p);
    done(&j);
}

TEST(a_text_alone_and_beside_longer_ones)
{
    for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
        check_alone(models[i], false);
        if (!strstr(models[i], "batch_norm")) /* which is over the batch */
            check_alone(models[i], true);
    }
}

TEST(layers_that_would_count_padding_are_refused)
{
    static const char head[] =
        "data: {format: text, path: classes.txt, form: labels, validation: 0, test_share: 0}\n"
        "text: {tokens: bytes}\n";
    static const char *const wrong[] = {
        "model: [embedding: {width: 4}, average_pool: {window: 2, padding: 1}, pool_time]\n",
        "model: [embedding: {width: 4}, softmax: {axis: 1}, pool_time, linear]\n",
        "model: [embedding: {width: 4}, reshape: {sizes: [-1, 4]}, pool_time, linear]\n"};
    for (int i = 0; i < 3; i++) {
        char text[400];
        snprintf(text, sizeof text, "%s%s", head, wrong[i]);
        CHECK(refused(text, "its examples are of different lengths"));
    }
}

/* ---------------------------------------------------------------- trainings */

/* What is answered for a file of that text, by malloc. */
static char *asked(ad_model *m, const char *text, ad_answer_format format, int64_t top)
{
    char *said = NULL;
    size_t size;
    ad_answer_result result;
    put_file("asked.txt", text);
    const char *path = scratch("asked.txt");
    FILE *out = open_memstream(&said, &size);
    CHECK_OK(ad_model_answer(
        m, &path, 1, &(ad_answer_options){.format = format, .top = top, .file = out}, &result));
    fclose(out);
    return said;
}

/* The number behind `key`. */
static double number_behind(const char *text, const char *key)
{
    const char *at = strstr(text, key);
    return at ? strtod(at + strlen(key), NULL) : NAN;
}

/* The surprise at a text is the sum of what ad_model_predict, which is asked for what follows each
 * of its beginnings, says of the letters. */
static void check_surprise(ad_model *m)
{
    const char *text = "abcdxfgh", *path = scratch("part.txt");
    float chance[300];
    double bits = 0;
    char *said = asked(m, text, AD_ANSWER_JSON, 1);
    int64_t width = ad_model_width(m);
    for (size_t i = 1; i < strlen(text) && width <= 300; i++) {
        char part[16];
        ad_source *items;
        snprintf(part, sizeof part, "%.*s", (int)i, text);
        put_file("part.txt", part);
        REQUIRE(ad_model_items(m, &path, 1, &items) == AD_OK);
        CHECK_OK(ad_model_predict(m, items, 0, 1, chance));
        const ad_encoder *e = ad_model_about(m)->encoder[0].encoder;
        void *token;
        int64_t count;
        REQUIRE(ad_encoder_encode(e, text + i, 1, &token, &count) == AD_OK && count == 1);
        bits -= log2((double)chance[*(int32_t *)token]);
        free(token);
        ad_source_free(items);
    }
    CHECK_EQ(number_behind(said, "\"tokens\": "), 7);
    CHECK_CLOSE(number_behind(said, "\"bits\": "), bits, 1e-4);
    CHECK_CLOSE(number_behind(said, "\"perplexity\": "), exp2(bits / 7), 1e-4);
    CHECK(strstr(said, "\"next\": [{\"token\": \"i\""));
    free(said);
}

/* The alphabet is learned, and written on. */
TEST(what_was_learned_is_written)
{
    job j;
    REQUIRE(build(&j, "task: language_model\n" CORPUS "language: {length: 16}\n" SMALL
                      "train: {steps: 120, batch: 8, optimizer: {method: adam, rate: 0.03}}\n"));
    REQUIRE(go(&j, "run", AD_RUN_NEW));
    CHECK_EQ(j.result.at.step, 120);
    CHECK(j.result.best < 0.2);
    done(&j);
    ad_model *m;
    char *text = NULL, *again = NULL;
    REQUIRE(ad_model_load(scratch("run"), &m) == AD_OK);
    CHECK_OK(ad_model_write(m, &(ad_write_options){.start = "abc", .length = 30, .top = 1}, &text));
    CHECK_STREQ(text ? text : "", "abcdefghijklmnopqrstuvwxyzabcdefg");
    CHECK_OK(
        ad_model_write(m, &(ad_write_options){.length = 40, .temperature = 3, .seed = 5}, &again));
    free(text);
    CHECK_OK(
        ad_model_write(m, &(ad_write_options){.length = 40, .temperature = 3, .seed = 5}, &text));
    CHECK_STREQ(text ? text : "a", again ? again : "b");
    free(text);
    free(again);
    CHECK(ad_model_write(m, &(ad_write_options){.length = -1}, &text) == AD_ERROR_ARGUMENT);
    check_surprise(m);
    ad_model_free(m);
}

static bool trained_for(const char *run, const char *tokens, int steps)
{
    job j;
    char text[700];
    snprintf(text, sizeof text,
             "task: language_model\ndata: {format: text, path: corpus.txt, form: corpus, "
             "validation: 0, test_share: 0.25, piece: 64}\ntext: {tokens: %s}\n"
             "language: {length: 10}\n" SMALL
             "train: {steps: %d, batch: 8, optimizer: {method: adam, rate: 0.03}}\n",
             tokens, steps);
    bool good = build(&j, text) && go(&j, run, AD_RUN_NEW);
    done(&j);
    return good;
}

/* Two runs by their bits a byte, window by window; where their tokens differ, by the whole text. */
TEST(runs_are_compared_by_bits)
{
    ad_run_comparison c;
    REQUIRE(trained_for("short", "characters", 5) && trained_for("long", "characters", 100));
    REQUIRE(trained_for("pieces", "bpe, vocabulary: 262", 100));
    char text[4000] = "";
    FILE *file = fopen(scratch("short/data.txt"), "r");
    REQUIRE(file && fread(text, 1, sizeof text - 1, file) > 0);
    fclose(file);
    CHECK(!strstr(text, "-9223372036854775806"));
    CHECK_OK(ad_run_compare(scratch("short"), scratch("long"), 1, &c));
    CHECK_STREQ(c.difference[0].name, "bits_a_byte");
    CHECK(!c.unpaired && c.verdict == AD_RUN_BETTER && c.difference[0].high < 0);
    CHECK_CLOSE(c.difference[0].difference, c.difference[0].b - c.difference[0].a, 1e-12);
    CHECK(c.difference[0].a < log2(26) + 1 && c.difference[0].b < 1);
    double bits = c.difference[0].a;
    ad_run_comparison_done(&c);
    CHECK_OK(ad_run_compare(scratch("short"), scratch("pieces"), 1, &c));
    CHECK(c.unpaired && c.verdict == AD_RUN_BETTER);
    CHECK_CLOSE(c.difference[0].a, bits, 1e-9);
    ad_run_comparison_done(&c);
}

/* What a start has that the training part had not is named; a text that is asked about is counted.
 */
TEST(letters_that_were_never_seen)
{
    job j;
    ad_model *m;
    char *text = NULL;
    REQUIRE(build(&j, "task: language_model\n" CORPUS
                      "text: {tokens: characters}\nlanguage: {length: 16}\n" SMALL
                      "train: {steps: 3, batch: 8}\n"));
    REQUIRE(go(&j, "letters", AD_RUN_NEW));
    done(&j);
    REQUIRE(ad_model_load(scratch("letters"), &m) == AD_OK);
    CHECK(ad_model_write(m, &(ad_write_options){.start = "ab\xC3\x9C 9"}, &text) ==
          AD_ERROR_ARGUMENT);
    CHECK(text == NULL && strstr(ad_kit_error(), "the start has '\xC3\x9C', which no text"));
    char *said = asked(m,
                       "a\xC3\x9C"
                       "b",
                       AD_ANSWER_CSV, 2);
    CHECK(strstr(said, "tokens,bits,perplexity,token,chance,token_2,chance_2,unknown,error\n"));
    CHECK(strstr(said, ",1,\n"));
    free(said);
    ad_model_free(m);
}

static void compare_states(const job *a, const job *b)
{
    for (int i = 0; i < ad_variable_count(a->net.graph); i++) {
        ad_tensor *v = ad_variable_at(a->net.graph, i);
        ad_array x, y;
        CHECK_OK(ad_get(a->net.state, v, &x));
        CHECK_OK(ad_get(b->net.state, ad_find(b->net.graph, ad_tensor_name(v)), &y));
        if (memcmp(x.data, y.data, ad_array_bytes(&x)) != 0)
            TEST_FAILED("%s is another", ad_tensor_name(v));
    }
}

#define CARRIED                                                                          \
    "task: language_model\ndata: {format: text, path: corpus.txt, form: corpus, "        \
    "validation: 0, test_share: 0, piece: 64}\nlanguage: {length: 8}\n"                  \
    "model: [embedding: {width: 6}, lstm: {width: 5, layers: 2, carry: true}, linear]\n" \
    "train: {batch: 4, checkpoint: {steps: 3}, "

/* A training with carried states that was stopped and went on has the bits of one that was not. */
TEST(carried_states_survive_a_stop)
{
    job whole, part;
    REQUIRE(build(&whole, CARRIED "steps: 50}\n") && go(&whole, "whole", AD_RUN_NEW));
    REQUIRE(build(&part, CARRIED "steps: 17}\n") && go(&part, "part", AD_RUN_NEW));
    done(&part);
    REQUIRE(build(&part, CARRIED "steps: 50}\n") && go(&part, "part", AD_RUN_RESUME));
    CHECK_EQ(part.result.at.step, 50);
    CHECK(ad_find(whole.net.graph, "carried0.state") != NULL);
    compare_states(&whole, &part);
    done(&part);
    done(&whole);
}

/* The state that a window begins with is the one that the window before it, in its stream, ended
 * with; where a stream begins it is 0. */
TEST(streams_go_on)
{
    job j;
    REQUIRE(build(&j, CARRIED "steps: 2}\n"));
    CHECK_EQ(j.data.streams, 4);
    const ad_source_field *field;
    REQUIRE(ad_source_fields(j.data.train, &field) == 3);
    CHECK_STREQ(field[2].name, "fresh");
    int32_t last[4] = {0};
    for (int64_t i = 0; i < 12; i++) {
        int32_t x[8], y[8], fresh = -1;
        ad_array into[] = {ad_i32(x, AD_SHAPE(1, 8)), ad_i32(y, AD_SHAPE(1, 8)),
                           ad_i32(&fresh, AD_SHAPE(1))};
        CHECK_OK(ad_source_read(j.data.train, &i, 1, 0, into));
        CHECK_EQ(fresh, i < 4);
        CHECK(i < 4 || x[0] == last[i % 4]);
        last[i % 4] = y[7];
    }
    done(&j);
}

/* Each gap has its own likeliest letters; their chances are those of one distribution. */
static void check_gaps(void)
{
    ad_model *m;
    REQUIRE(ad_model_load(scratch("masked"), &m) == AD_OK);
    char *said = asked(m, "ab[MASK]defg[MASK]i", AD_ANSWER_CSV, 100);
    const char *line = said;
    CHECK(strncmp(line, "row,gap,token,chance,token_2,", 29) == 0);
    for (int gap = 1; gap <= 2; gap++) {
        double sum = 0, before = 2;
        char head[8];
        line = strchr(line, '\n') + 1;
        snprintf(head, sizeof head, "1,%d,", gap);
        CHECK(strncmp(line, head, 4) == 0);
        const char *p = line + 4;
        for (int64_t k = 0; k < ad_model_width(m); k++) {
            p = strchr(p, ',') + 1;
            double chance = strtod(p, (char **)&p);
            CHECK(chance <= before);
            sum += before = chance;
            p++;
        }
        CHECK_CLOSE(sum, 1, 1e-4);
    }
    free(said);
    said = asked(m, "abc", AD_ANSWER_JSON, 0);
    CHECK(strstr(said, "\"error\": ") && strstr(said, "no token is hidden"));
    free(said);
    ad_model_free(m);
}

/* Tokens are hidden by (seed, epoch, example): what is a target is what stood there. */
TEST(some_tokens_are_hidden)
{
    job j;
    REQUIRE(build(&j, "task: masked_language_model\n" CORPUS
                      "text: {tokens: characters, special: [mask]}\n"
                      "language: {length: 20, mask: 0.3}\n"
                      "model: [embedding: {width: 8}, positions, transformer: {heads: 2}, linear]\n"
                      "train: {steps: 3, batch: 4}\n"));
    const ad_encoder *e = j.data.encoder[0].encoder;
    int32_t mask = ad_encoder_special(e, AD_SPECIAL_MASK), x[2][20], y[2][20];
    int hidden = 0, masked = 0, same = 0, moved = 0;
    for (int64_t i = 0; i < ad_source_count(j.data.train); i++) {
        for (uint64_t epoch = 0; epoch < 2; epoch++) {
            ad_array into[] = {ad_i32(x[epoch], AD_SHAPE(1, 20)),
                               ad_i32(y[epoch], AD_SHAPE(1, 20))};
            REQUIRE(ad_source_read(j.data.train, &i, 1, epoch, into) == AD_OK);
        }
        int here = 0;
        for (int k = 0; k < 20; k++) {
            here += y[0][k] >= 0;
            masked += y[0][k] >= 0 && x[0][k] == mask;
            same += y[0][k] >= 0 && x[0][k] == y[0][k];
            moved += y[0][k] != y[1][k];
            CHECK(y[0][k] >= 0 || x[0][k] != mask);
        }
        CHECK(here > 0);
        hidden += here;
    }
    int64_t all = 20 * ad_source_count(j.data.train);
    CHECK(hidden > 0.2 * (double)all && hidden < 0.4 * (double)all);
    CHECK(masked > 0.7 * hidden && masked < 0.9 * hidden && same > 0 && moved > 0);
    ad_run_measured m;
    CHECK_OK(ad_run_measure(&j.net, &j.data, j.data.validation, NULL, NULL, &m));
    CHECK(isfinite(ad_run_find(&m, "log_loss")->value));
    CHECK(ad_run_find(&m, "bits_a_byte") == NULL);
    CHECK(go(&j, "masked", AD_RUN_NEW));
    check_gaps();
    ad_run_measured_done(&m);
    done(&j);
    CHECK(refused("task: masked_language_model\n" CORPUS SMALL, "no token that hides others"));
}

/* The alphabet again and again: a pair says all, a letter nothing. */
TEST(counts_are_the_baselines)
{
    job j;
    ad_run_measured m;
    ad_baselines b;
    REQUIRE(build(&j, "task: language_model\n" CORPUS "text: {tokens: characters}\n"
                      "language: {length: 10}\n" SMALL));
    CHECK_OK(ad_run_measure(&j.net, &j.data, j.data.validation, NULL, NULL, &m));
    CHECK_OK(ad_run_baselines(&j.net, &j.data, j.data.validation, &m, 1, &b));
    REQUIRE(b.count == 2);
    CHECK_STREQ(b.list[0].name, "unigram");
    CHECK_CLOSE(b.list[0].measured[0].value, log(26), 0.05);
    CHECK(b.list[1].measured[0].value < 0.6);
    CHECK(!b.list[0].beaten || !b.list[1].beaten);
    ad_run_measured_done(&m);
    done(&j);
}

#define CLASSES                                                              \
    "data: {format: text, path: classes.txt, validation: 0, test_share: 0, " \
    "form: labels}\nmodel: [embedding: {width: 6}, pool_time, linear]\ntrain: {steps: 1}\n"

/* Another task on other texts numbers tokens as the run did, at lengths of its own. */
TEST(a_vocabulary_goes_on)
{
    job j;
    char *text;
    REQUIRE(trained_for("before", "characters", 1));
    REQUIRE(build(&j, "text: {tokens: characters, from: before, most: 3}\n" CLASSES));
    ad_encoded about;
    ad_encoder_about(j.data.encoder[0].encoder, &about);
    CHECK_EQ(about.classes, 2 + 26); /* of all letters, though the classes have but some */
    void *list = NULL;
    int64_t steps = 0;
    CHECK_OK(ad_encoder_encode(j.data.encoder[0].encoder, "qzabc", 5, &list, &steps));
    CHECK_EQ(steps, 3);
    text = ad_encoder_decode(j.data.encoder[0].encoder, list, steps);
    CHECK(text && strcmp(text, "qza") == 0);
    free(text);
    free(list);
    done(&j);
    CHECK(refused("text: {tokens: words, from: before}\n" CLASSES,
                  "before are characters, and here they are words"));
    CHECK(refused("text: {tokens: characters, from: nowhere}\n" CLASSES,
                  "nowhere holds no training run"));
}

TEST(mistakes_have_places)
{
    CHECK(refused("task: language_model\n" CORPUS "language: {length: 5000}\n" SMALL,
                  "tokens, and at least 5001 are needed"));
    CHECK(refused("task: language_model\n" LINES
                  "model: [embedding: {width: 6}, gru: {width: 8, carry: true}, linear]\n",
                  "carry goes on from window to window"));
    CHECK(refused("task: language_model\n" LINES
                  "model: [embedding: {width: 6}, pool_time, linear]\n",
                  "the model has to end with (batch, time, classes), 257"));
    CHECK(refused("task: language_model\n" LINES
                  "model: [embedding: {width: 6}, linear: {tied: nothing}]\n",
                  "no layer above that has a weight is called 'nothing'"));
    CHECK(refused("task: language_model\n" LINES "text: {tokens: bytes, length: 9}\n" SMALL,
                  "text.length pads texts"));
    CHECK(refused("task: language_model\ndata: {format: moons}\n" SMALL, "the data has no text"));
    CHECK(refused("data: {format: moons}\nlanguage: {length: 3}\nmodel: [linear: {out: 2}]\n",
                  "language.length means nothing with any task but"));
}

static void put_texts(void)
{
    char text[26 * 40 + 1] = "";
    for (int i = 0; i < 26 * 40; i++)
        text[i] = (char)('a' + i % 26);
    put_file("corpus.txt", text);
    put_file("lines.txt", "ab\ncdefg\nh\n");
    put_file("classes.txt",
             "a\tab\nb\tlonger than all others of the four, by far\na\tx\nb\tmiddling\n");
}

TEST_MAIN_OF_CONFIGURATIONS(put_texts())
