/* Two texts of an example as one, and next-sentence prediction: tokens and segments, how pairs are
 * cut, that the model is told which text is which, windows of two halves, and what bits do not
 * depend on. */
#include "configuration_main.h"
#include "job_run.h"
#include "test.h"

#include <adze/kit.h>
#include <adze/look.h>

#include <math.h>

/* ---------------------------------------------------------------- jobs */

/* ---------------------------------------------------------------- tokens of pairs */

static const char vocabulary[] =
    "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nthe\ncat\nsat\non\nmat\na\ndog\n"
    "ran\n##s\nto\nhome\nun\n##able\n?\n.\nwho\n";

/* "2 6 3 6 3|0 0 0 1 1" */
static const char *pair_of(const job *j, int64_t i)
{
    static char words[512];
    const ad_source_field *field;
    int fields = ad_source_fields(j->data.train, &field);
    int64_t length[8] = {0};
    int32_t room[8][64];
    ad_array into[8];
    int a = ad_source_find(j->data.train, "a"), s = ad_source_find(j->data.train, "segment");
    if (ad_source_length(j->data.train, i, 0, length) != AD_OK || length[0] > 64)
        return "?";
    for (int f = 0; f < fields; f++)
        into[f] = (ad_array){.type = field[f].type,
                             .shape = field[f].shape.rank ? AD_SHAPE(1, length[0]) : AD_SHAPE(1),
                             .data = room[f]};
    if (ad_source_read(j->data.train, &i, 1, 0, into) != AD_OK)
        return "?";
    *words = 0;
    for (int k = 0; k < 2; k++)
        for (int64_t t = 0; t < length[0]; t++)
            sprintf(words + strlen(words), "%s%d", t ? " " : k ? "|" : "", room[k ? s : a][t]);
    return words;
}

#define PAIRS                                                                                      \
    "data: {format: csv, path: pairs.csv, header: yes, target: y, types: [a=text, b=text, "        \
    "y=class], "                                                                                   \
    "validation: 0, test_share: 0}\ntext: {tokens: wordpiece, path: vocab.txt, lower: true, "      \
    "pair: true, most: %d}\nmodel: [embedding: {width: 4}, embedding: {from: segment, width: 4}, " \
    "pool_time: {how: mean}, linear]\n"

/* Hugging Face's tokenizers 0.23.3: WordPiece of this vocabulary, BertNormalizer, BertPreTokenizer,
 * BertProcessing, enable_truncation(most, strategy="longest_first"), encode(a, b). */
TEST(pairs_are_those_of_bert)
{
    static const struct {
        int most;
        const char *pair[4];
    } wanted[] = {{64,
                   {"2 5 6 7 8 5 9 19 3 10 11 12 15 19 3|0 0 0 0 0 0 0 0 0 1 1 1 1 1 1",
                    "2 11 13 3 5 6 13 7 8 10 9 8 5 9 19 3|0 0 0 0 1 1 1 1 1 1 1 1 1 1 1 1",
                    "2 5 6 7 8 10 9 14 5 15 16 17 18 3 20 18 3|0 0 0 0 0 0 0 0 0 0 0 0 0 0 1 1 1",
                    "2 6 3 6 3|0 0 0 1 1"}},
                  {12,
                   {"2 5 6 7 8 5 3 10 11 12 15 3|0 0 0 0 0 0 0 1 1 1 1 1",
                    "2 11 13 3 5 6 13 7 8 10 9 3|0 0 0 0 1 1 1 1 1 1 1 1",
                    "2 5 6 7 8 10 9 14 3 20 18 3|0 0 0 0 0 0 0 0 0 1 1 1", "2 6 3 6 3|0 0 0 1 1"}},
                  {11,
                   {"2 5 6 7 8 3 10 11 12 15 3|0 0 0 0 0 0 1 1 1 1 1",
                    "2 11 13 3 5 6 13 7 8 10 3|0 0 0 0 1 1 1 1 1 1 1",
                    "2 5 6 7 8 10 9 3 20 18 3|0 0 0 0 0 0 0 0 1 1 1", "2 6 3 6 3|0 0 0 1 1"}},
                  {8,
                   {"2 5 6 7 3 10 11 3|0 0 0 0 0 1 1 1", "2 11 13 3 5 6 13 3|0 0 0 0 1 1 1 1",
                    "2 5 6 7 3 20 18 3|0 0 0 0 0 1 1 1", "2 6 3 6 3|0 0 0 1 1"}},
                  {7,
                   {"2 5 6 3 10 11 3|0 0 0 0 1 1 1", "2 11 13 3 5 6 3|0 0 0 0 1 1 1",
                    "2 5 6 3 20 18 3|0 0 0 0 1 1 1", "2 6 3 6 3|0 0 0 1 1"}}};
    put_file("vocab.txt", vocabulary);
    put_file("pairs.csv", "a,b,y\nThe cat sat on the mat.,A dog ran home.,x\n"
                          "dogs,the cats sat on a mat on the mat .,y\n"
                          "the cat sat on a mat to the home unable ?,who ?,x\ncat,cat,y\n");
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        job j;
        char text[1024];
        snprintf(text, sizeof text, PAIRS, wanted[i].most);
        REQUIRE(build(&j, text));
        CHECK_EQ(j.data.inputs, 2);
        CHECK_STREQ(j.data.input[1].name, "segment");
        for (int k = 0; k < 4; k++)
            CHECK_STREQ(pair_of(&j, k), wanted[i].pair[k]);
        done(&j);
    }
}

/* As encode(a) of the same tokenizer: a model that takes segments gets those of the first text. */
TEST(a_text_alone_is_of_the_first_segment)
{
    static const struct {
        const char *most, *text[2];
    } wanted[] = {{"", {"2 5 6 7 8 5 9 19 3|0 0 0 0 0 0 0 0 0", "2 11 13 3|0 0 0 0"}},
                  {", most: 5", {"2 5 6 7 3|0 0 0 0 0", "2 11 13 3|0 0 0 0"}},
                  {", most: 3", {"2 5 3|0 0 0", "2 11 3|0 0 0"}}};
    put_file("vocab.txt", vocabulary);
    put_file("alone.csv", "a,y\nThe cat sat on the mat.,x\ndogs,y\n");
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        job j;
        char text[1024];
        snprintf(text, sizeof text,
                 "data: {format: csv, path: alone.csv, header: yes, target: y, types: [a=text, "
                 "y=class], validation: 0, test_share: 0}\n"
                 "text: {tokens: wordpiece, path: vocab.txt, lower: true%s}\n"
                 "model: [embedding: {width: 4, name: t}, embedding: {from: segment, width: 4, "
                 "name: s}, add: {from: [t, s]}, pool_time: {how: mean}, linear]\n",
                 wanted[i].most);
        REQUIRE(build(&j, text));
        CHECK_EQ(j.data.inputs, 2);
        for (int k = 0; k < 2; k++)
            CHECK_STREQ(pair_of(&j, k), wanted[i].text[k]);
        done(&j);
    }
    job j;
    CHECK(!build(&j, "data: {format: csv, path: alone.csv, header: yes, target: y, types: [a=text, "
                     "y=class], validation: 0, test_share: 0}\n"
                     "text: {tokens: wordpiece, path: vocab.txt, lower: true, most: 2}\n"
                     "model: [embedding: {from: segment, width: 4}, pool_time: {how: mean}, "
                     "linear]\n"));
    CHECK_CONTAINS(ad_kit_error(), "what stands round a text is 2 tokens already");
    done(&j);
}

/* ---------------------------------------------------------------- learning */

/* Which of both texts has the cat: of a bag of tokens nobody can tell. */
static void write_cats(void)
{
    static const char *const other[] = {"the dog ran", "a mat", "home .", "who sat ?"};
    char rows[8000] = "a,b,y\n";
    for (int i = 0; i < 120; i++) {
        const char *a = other[i % 4], *b = other[i / 4 % 4];
        bool first = i * 7 % 10 < 5;
        sprintf(rows + strlen(rows), "%s%s,%s%s,%s\n", a, first ? " cat" : "", b,
                first ? "" : " cat", first ? "first" : "second");
    }
    put_file("cats.csv", rows);
    put_file("vocab.txt", vocabulary);
}

#define CATS                                                                                       \
    "data: {format: csv, path: cats.csv, header: yes, target: y, types: [a=text, b=text], "        \
    "validation: 0, "                                                                              \
    "test_share: 0.2}\ntext: {tokens: wordpiece, path: vocab.txt, lower: true, pair: true, most: " \
    "16}\n"
#define TOLD                                                                                       \
    "model: [embedding: {width: 8, name: t}, embedding: {from: segment, width: 8, name: s}, add: " \
    "{from: [t, s]}, linear: {out: 16}, relu, pool_time: {how: mean}, linear]\n"
#define UNTOLD \
    "model: [embedding: {width: 8}, linear: {out: 16}, relu, pool_time: {how: mean}, linear]\n"
#define EPOCHS(n) "train: {epochs: " #n ", batch: 16, optimizer: {method: adam, rate: 0.02}}\n"

TEST(the_model_is_told_which_text_a_token_is_of)
{
    job j;
    write_cats();
    REQUIRE(build(&j, CATS UNTOLD EPOCHS(20)) && go(&j, "untold", AD_RUN_NEW));
    CHECK_EQ(j.data.inputs, 1);
    CHECK(measured(&j, "accuracy") < 0.8);
    done(&j);
    REQUIRE(build(&j, CATS TOLD EPOCHS(20)) && go(&j, "told", AD_RUN_NEW));
    CHECK(measured(&j, "accuracy") == 1);
    done(&j);
    /* the stored model */
    ad_model *model = NULL;
    ad_source *items = NULL;
    put_file("ask.csv", "b,a\nhome,a cat\nthe cat,the mat\n");
    const char *path = scratch("ask.csv");
    REQUIRE(ad_model_load(scratch("told"), &model) == AD_OK);
    REQUIRE(ad_model_items(model, &path, 1, &items) == AD_OK);
    float chance[4];
    CHECK_OK(ad_model_predict(model, items, 0, 2, chance));
    CHECK(chance[0] > 0.9f && chance[3] > 0.9f);
    ad_source_free(items);
    ad_model_free(model);
    /* its vocabulary, and its weights */
    REQUIRE(build(
        &j, "data: {format: csv, path: cats.csv, header: yes, target: y, types: [a=text, b=text], "
            "validation: 0, test_share: 0.2}\ntext: {tokens: wordpiece, from: told, pair: "
            "true}\n" TOLD));
    CHECK_EQ(j.data.input[0].classes, 21);
    done(&j);
}

TEST(threads_and_resume_change_no_bit)
{
    job whole, halves, alone;
    write_cats();
    REQUIRE(build(&whole, CATS TOLD EPOCHS(2)) && go(&whole, "whole", AD_RUN_NEW));
    REQUIRE(make_job(&alone, CATS TOLD EPOCHS(2), 1) && go(&alone, "alone", AD_RUN_NEW));
    CHECK(measured(&whole, "loss") == measured(&alone, "loss"));
    REQUIRE(build(&halves, CATS TOLD EPOCHS(1)) && go(&halves, "halves", AD_RUN_NEW));
    done(&halves);
    REQUIRE(build(&halves, CATS TOLD EPOCHS(2)) && go(&halves, "halves", AD_RUN_RESUME));
    CHECK(measured(&whole, "loss") == measured(&halves, "loss"));
    done(&whole);
    done(&alone);
    done(&halves);
}

TEST(what_is_no_pair_is_refused)
{
    write_cats();
    put_file("one.csv", "a,y\nthe cat,x\na dog,y\nthe mat,x\nhome,y\n");
    put_file("own.csv",
             "a,b,segment,y\nthe cat,a,1,x\na dog,the,2,y\nhome,cat,1,x\nmat,home,2,y\n");
#define REST "validation: 0, test_share: 0}\n"
#define PIECES "text: {tokens: wordpiece, path: vocab.txt, pair: true"
#define TWO \
    "data: {format: csv, path: cats.csv, header: yes, target: y, types: [a=text, b=text], " REST
    CHECK(refused(
        "data: {format: csv, path: one.csv, header: yes, target: y, types: [a=text], " REST PIECES
        "}\n" UNTOLD,
        "a pair is of two texts, and the data has 1"));
    CHECK(refused(
        "data: {format: csv, path: own.csv, header: yes, target: y, types: [a=text, b=text], " REST
            PIECES "}\n" UNTOLD,
        "the data has a field segment"));
    CHECK(refused(TWO PIECES ", length: 20}\n" UNTOLD, "text.length pads each text"));
    CHECK(refused(TWO PIECES ", most: 4}\n" UNTOLD, "text.most is 4"));
    CHECK(refused(TWO "text: {tokens: characters, pair: true}\n" UNTOLD, "here nothing ends one"));
    CHECK(
        refused("task: autoencoder\n" TWO PIECES "}\n" UNTOLD, "pairs of texts are of tasks with"));
}

/* ---------------------------------------------------------------- next sentence */

enum { WORDS = 400, WINDOW = 13, HALF = 5, READ = 20 };

static void write_numbers(void)
{
    char text[WORDS * 8] = "";
    for (int i = 0; i < WORDS; i++)
        sprintf(text + strlen(text), "w%d%c", i, i % 10 == 9 ? '\n' : ' ');
    put_file("numbers.txt", text);
}

#define MASKED(file, length, mask)                                                                 \
    "task: masked_language_model\ndata: {format: text, path: " file ", form: corpus, validation: " \
    "0.25, test_share: 0, piece: 64}\ntext: {tokens: words, special: [begin, end, mask]}\n"        \
    "language: {length: " #length ", mask: " #mask "}\n"
#define BOTH_WAYS                                                                               \
    "model: [embedding: {width: 12, name: t}, embedding: {from: segment, width: 12, name: s}, " \
    "add: {from: [t, s]}, gru: {width: 16, both: true, name: read}, linear]\n"
#define HEAD \
    "next_sentence: [pool_time: {how: mean, from: read}, linear: {out: 16}, relu, linear]\n"

typedef struct window {
    int32_t token[WINDOW], hidden[WINDOW], segment[WINDOW], next;
} window;

static window window_of(const job *j, int64_t number, uint64_t epoch)
{
    window w = {.next = -1};
    ad_array into[] = {ad_i32(w.token, AD_SHAPE(1, WINDOW)), ad_i32(w.hidden, AD_SHAPE(1, WINDOW)),
                       ad_i32(w.segment, AD_SHAPE(1, WINDOW)), ad_i32(&w.next, AD_SHAPE(1))};
    CHECK_OK(ad_source_read(j->data.train, &number, 1, epoch, into));
    for (int i = 0; i < WINDOW; i++)
        w.token[i] = w.hidden[i] >= 0 ? w.hidden[i] : w.token[i];
    return w;
}

/* Words are all different, so that it is seen where each half stands: half of the second ones do
 * not go on, in every epoch others. */
TEST(windows_are_of_two_halves)
{
    job j;
    write_numbers();
    REQUIRE(build(&j, MASKED("numbers.txt", 13, 0.2) BOTH_WAYS HEAD));
    const ad_encoder *encoder = j.data.encoder[0].encoder;
    int32_t begin = ad_encoder_special(encoder, AD_SPECIAL_BEGIN),
            end = ad_encoder_special(encoder, AD_SPECIAL_END), place[WORDS + 10] = {0};
    for (int i = 0; i < WORDS; i++) {
        char word[8];
        void *token = NULL;
        int64_t count = 0;
        sprintf(word, "w%d", i);
        CHECK_OK(ad_encoder_encode(encoder, word, (int64_t)strlen(word), &token, &count));
        int32_t is = count ? ((int32_t *)token)[0] : 0;
        place[is] = i; /* the validation part's are unknown */
        free(token);
    }
    int64_t windows = ad_source_count(j.data.train), goes_on = 0, changes = 0;
    CHECK_EQ(windows, (j.data.tokens[AD_PART_TRAIN] - 9) / 10); /* ten words, from ten offsets */
    for (uint64_t epoch = 0; epoch < READ; epoch++)
        for (int64_t n = 0; n < windows; n++) {
            window w = window_of(&j, n, epoch), again = window_of(&j, n, epoch);
            CHECK(memcmp(&w, &again, sizeof w) == 0);
            CHECK(w.token[0] == begin && w.token[HALF + 1] == end && w.token[WINDOW - 1] == end);
            CHECK(w.hidden[0] < 0 && w.hidden[HALF + 1] < 0 && w.hidden[WINDOW - 1] < 0);
            for (int i = 0; i < WINDOW; i++)
                CHECK_EQ(w.segment[i], i > HALF + 1);
            for (int i = 2; i < WINDOW - 1; i++)
                if (i != HALF + 1 && i != HALF + 2)
                    CHECK_EQ(place[w.token[i]], place[w.token[i - 1]] + 1);
            CHECK_EQ(w.next, place[w.token[HALF + 2]] == place[w.token[HALF]] + 1);
            goes_on += w.next;
            changes += w.next != window_of(&j, n, epoch + 1).next;
        }
    CHECK(fabs((double)goes_on / (double)(READ * windows) - 0.5) < 0.07);
    CHECK(fabs((double)changes / (double)(READ * windows) - 0.5) < 0.07);
    done(&j);
}

/* A round of ten words: of nine places in ten it is seen that a half does not go on. */
static void write_round(void)
{
    static const char *const word[] = {"one", "two",   "three", "four", "five",
                                       "six", "seven", "eight", "nine", "ten"};
    char text[20000] = "";
    for (int i = 0; i < 2000; i++)
        sprintf(text + strlen(text), "%s%c", word[i % 10], i % 10 == 9 ? '\n' : ' ');
    put_file("round.txt", text);
}

TEST(it_is_learned_whether_a_half_goes_on)
{
    job j, alone;
    write_round();
    REQUIRE(build(&j, MASKED("round.txt", 9, 0.15) BOTH_WAYS HEAD EPOCHS(40)));
    REQUIRE(go(&j, "next", AD_RUN_NEW));
    CHECK(measured(&j, "next_accuracy") > 0.85);
    CHECK(measured(&j, "accuracy") > 0.9);
    REQUIRE(make_job(&alone, MASKED("round.txt", 9, 0.15) BOTH_WAYS HEAD EPOCHS(40), 1));
    REQUIRE(go(&alone, "alone next", AD_RUN_NEW));
    CHECK(measured(&j, "loss") == measured(&alone, "loss"));
    done(&alone);
    /* the sum of both losses is what is learned */
    CHECK(measured(&j, "loss") > measured(&j, "log_loss"));
    done(&j);
    /* it is asked about gaps without the head */
    ad_model *model = NULL;
    REQUIRE(ad_model_load(scratch("next"), &model) == AD_OK);
    ad_answer_result result;
    FILE *out = fopen(scratch("said.csv"), "w");
    put_file("gap.txt", "two three [MASK] five six\n");
    const char *path = scratch("gap.txt");
    REQUIRE(out != NULL);
    CHECK_OK(ad_model_answer(model, &path, 1,
                             &(ad_answer_options){.file = out, .format = AD_ANSWER_CSV}, &result));
    fclose(out);
    char said[1024] = "";
    FILE *in = fopen(scratch("said.csv"), "r");
    size_t size = in ? fread(said, 1, sizeof said - 1, in) : 0;
    said[size] = 0;
    CHECK(strstr(said, "four"));
    if (in)
        fclose(in);
    ad_model_free(model);
}

TEST(both_losses_have_their_gradient)
{
    job j;
    ad_gradient_errors errors = {.count = 0};
    write_round();
    REQUIRE(build(&j, MASKED("round.txt", 9, 0.15) BOTH_WAYS HEAD EPOCHS(1)));
    CHECK_OK(ad_gradient_errors_of(j.config, &j.data, 1, &errors));
    bool head = false;
    for (int i = 0; i < errors.count; i++)
        head = head || strncmp(errors.of[i].variable, "linear3", 7) == 0;
    CHECK(head && errors.of[errors.worst].error < 1e-6);
    ad_gradient_errors_done(&errors);
    done(&j);
}

TEST(what_has_no_next_sentence_is_refused)
{
    write_round();
    put_file("lines.txt", "one two\nthree four\nfive six\nseven eight\n");
    CHECK(refused(MASKED("round.txt", 9, 0.15) BOTH_WAYS "next_sentence: [pool_time: {how: mean}, "
                                                         "linear]\n",
                  "next_sentence does not say where it begins"));
    CHECK(refused(MASKED("round.txt", 9, 0.15) BOTH_WAYS
                  "next_sentence: [pool_time: {how: mean, from: nowhere}, linear]\n",
                  "no layer of the model is called so"));
    CHECK(refused(MASKED("round.txt", 9, 0.15) BOTH_WAYS
                  "next_sentence: [linear: {out: 3, from: read}]\n",
                  "has to end with (batch, 2)"));
    CHECK(refused("task: masked_language_model\ndata: {format: text, path: lines.txt, form: lines, "
                  "validation: 0, test_share: 0}\ntext: {tokens: words, special: [begin, end, "
                  "mask]}\n" BOTH_WAYS HEAD,
                  "what follows is known of one running text"));
    CHECK(
        refused("task: masked_language_model\ndata: {format: text, path: round.txt, form: corpus, "
                "validation: 0, test_share: 0}\ntext: {tokens: words, special: [mask]}\nlanguage: "
                "{length: 9}\n" BOTH_WAYS HEAD,
                "no tokens that begin and end texts"));
    CHECK(refused("data: {format: csv, path: cats.csv, header: yes, target: y}\n" UNTOLD HEAD,
                  "next_sentence means nothing with"));
}

TEST_MAIN_OF_CONFIGURATIONS((void)0)
