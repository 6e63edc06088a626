/* Task spans: tokens and targets of questions with a context, the softmax over the context, answers
 * as texts, the measures of SQuAD, and what bits do not depend on. */
#include "configuration_main.h"
#include "job_run.h"
#include "test.h"

#include <adze/kit.h>
#include <adze/look.h>
#include <adze/metric.h>

#include <math.h>

/* ---------------------------------------------------------------- jobs */

/* ---------------------------------------------------------------- measures */

/* transformers 4.57.1, transformers.data.metrics.squad_metrics: compute_exact and compute_f1, which
 * are those of SQuAD's evaluation script 2.0. */
TEST(answers_are_compared_as_squad_has_it)
{
    static const struct {
        const char *said, *right;
        double exact, f1;
    } pairs[] = {{"The Eiffel Tower!", "eiffel tower", 1, 1},
                 {"in 1917 , and later", "1917", 0, 0.4},
                 {"a", "the", 1, 1},
                 {"", "x", 0, 0},
                 {"", "", 1, 1},
                 {"the cat the cat sat", "cat sat sat", 0, 2.0 / 3},
                 {"Don't", "dont", 1, 1},
                 {"an  apple\xC2\xA0pie", "apple pie", 1, 1},
                 {"the\xE2\x80\x94"
                  "dog",
                  "\xE2\x80\x94"
                  "dog",
                  1, 1},
                 {"theory of a", "theory", 0, 2.0 / 3},
                 {"U.S.-based a", "us based", 0, 0},
                 {"1950.", "1950", 1, 1},
                 {"10 of 20", "20 of 10", 0, 1},
                 {"the_x", "thex", 1, 1}};
    enum { PAIRS = sizeof pairs / sizeof *pairs };
    const char *said[PAIRS], *right[PAIRS];
    double exact = 0, f1 = 0;
    for (int i = 0; i < PAIRS; i++) {
        ad_metric_value v;
        said[i] = pairs[i].said, right[i] = pairs[i].right;
        ad_metric_answers one = AD_OPTIONS(ad_metric_answers, .kind = AD_METRIC_SENTENCES,
                                           .answer = &said[i], .right = &right[i], .count = 1);
        CHECK_OK(ad_metric(&one, "squad_exact_match", &v));
        CHECK_CLOSE(v.value, pairs[i].exact, 1e-12);
        CHECK_OK(ad_metric(&one, "squad_f1", &v));
        CHECK_CLOSE(v.value, pairs[i].f1, 1e-12);
        exact += pairs[i].exact / PAIRS, f1 += pairs[i].f1 / PAIRS;
    }
    ad_metric_value v;
    ad_metric_answers all = AD_OPTIONS(ad_metric_answers, .kind = AD_METRIC_SENTENCES,
                                       .answer = said, .right = right, .count = PAIRS);
    CHECK_OK(ad_metric(&all, "squad_exact_match", &v));
    CHECK_CLOSE(v.value, exact, 1e-12);
    CHECK(v.low < v.value && v.value < v.high && v.share);
    CHECK_OK(ad_metric(&all, "squad_f1", &v));
    CHECK_CLOSE(v.value, f1, 1e-12);
    /* of several right answers the nearest */
    static const char *const several[] = {"the mat", "cats", "a cat"};
    const char *answer = "Cat";
    ad_metric_answers of =
        AD_OPTIONS(ad_metric_answers, .kind = AD_METRIC_SENTENCES, .answer = &answer,
                   .right = several, .count = 1, .references = 3);
    CHECK_OK(ad_metric(&of, "squad_exact_match", &v));
    CHECK(v.value == 1);
}

/* ---------------------------------------------------------------- tokens and targets */

static const char vocabulary[] =
    "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nthe\ncat\nsat\non\nmat\na\ndog\n"
    "ran\n##s\nto\nhome\nun\n##able\n?\n.\nwho\n";

enum { FIELDS = 7, MOST = 256 };

/* "2 18 3 15 3|0 0 0 1 1|3 3" */
static const char *example_of(const job *j, int64_t i)
{
    static char words[512];
    int64_t length[6] = {0};
    static int32_t room[FIELDS][MOST];
    ad_array into[FIELDS];
    if (ad_source_length(j->data.train, i, 0, length) != AD_OK)
        return "?";
    const int64_t size[FIELDS] = {length[0], length[1], 2,        length[2],
                                  length[3], length[4], length[5]};
    for (int f = 0; f < FIELDS; f++)
        into[f] = (ad_array){
            .type = f < 5 ? AD_I32 : AD_U8, .shape = AD_SHAPE(1, size[f]), .data = room[f]};
    if (ad_source_read(j->data.train, &i, 1, 0, into) != AD_OK)
        return "?";
    *words = 0;
    for (int f = 0; f < 3; f++)
        for (int64_t t = 0; t < size[f]; t++)
            sprintf(words + strlen(words), "%s%d", t ? " " : f ? "|" : "", room[f][t]);
    return words;
}

#define QUESTIONS(file, more)                                                                    \
    "task: spans\ndata: {format: csv, path: " file                                               \
    ", header: yes, target: answer, types: [q=text, "                                            \
    "c=text], validation: 0, test_share: 0}\ntext: {tokens: wordpiece, path: vocab.txt, lower: " \
    "true" more "}\n"
#define SMALL                                                                                      \
    "model: [embedding: {width: 8, name: t}, embedding: {from: segment, width: 8, name: s}, add: " \
    "{from: [t, s]}, gru: {width: 12, both: true}, linear]\n"

/* Hugging Face's tokenizers 0.23.3: encode(question, context) of this vocabulary, and char_to_token
 * of the first and the last letter of the answer in the context. */
TEST(targets_are_tokens_of_the_answer)
{
    job j;
    put_file("vocab.txt", vocabulary);
    put_file("some.csv", "q,c,answer\nWho sat ?,The unable cat runs. A dog ran home,cat\n"
                         "who ran?,The unable cats sat on the mat .,unable cats\n"
                         "the dogs,the dogs ran to the cat,the cat\n?,home, home \n");
    REQUIRE(build(&j, QUESTIONS("some.csv", "") SMALL));
    CHECK_STREQ(example_of(&j, 0),
                "2 20 7 18 3 5 16 17 6 1 19 10 11 12 15 3|0 0 0 0 0 1 1 1 1 1 1 1 1 1 1 1|8 8");
    CHECK_STREQ(example_of(&j, 1),
                "2 20 12 18 3 5 16 17 6 13 7 8 5 9 19 3|0 0 0 0 0 1 1 1 1 1 1 1 1 1 1 1|6 9");
    CHECK_STREQ(example_of(&j, 2),
                "2 5 11 13 3 5 11 13 12 14 5 6 3|0 0 0 0 0 1 1 1 1 1 1 1 1|10 11");
    CHECK_STREQ(example_of(&j, 3), "2 18 3 15 3|0 0 0 1 1|3 3");
    done(&j);
    /* not within a word, where it stands as one; else where it stands: the word is the answer */
    put_file("within.csv",
             "q,c,answer\n?,cats sat on the cat,cat\n?,the cats sat,cat\n?,a mat,mat\n");
    REQUIRE(build(&j, QUESTIONS("within.csv", "") SMALL));
    CHECK_STREQ(example_of(&j, 0), "2 18 3 6 13 7 8 5 6 3|0 0 0 1 1 1 1 1 1 1|8 8");
    CHECK_STREQ(example_of(&j, 1), "2 18 3 5 6 13 7 3|0 0 0 1 1 1 1 1|4 5");
    done(&j);
    /* what does not fit of a context is left out, in whole words */
    put_file("long.csv",
             "q,c,answer\n?,the cats sat on the mat,the cats\n?,a mat,mat\n?,home,home\n");
    REQUIRE(build(&j, QUESTIONS("long.csv", ", most: 7") SMALL));
    CHECK_STREQ(example_of(&j, 0), "2 18 3 5 6 13 3|0 0 0 1 1 1 1|3 5");
    done(&j);
    REQUIRE(build(&j, QUESTIONS("long.csv", ", most: 8") SMALL));
    CHECK_STREQ(example_of(&j, 0), "2 18 3 5 6 13 7 3|0 0 0 1 1 1 1 1|3 5");
    done(&j);
}

/* The loss is the mean of -log of both chances, which are a softmax over the context, and 0
 * elsewhere; padding changes nothing. */
TEST(chances_are_of_the_context)
{
    job j;
    put_file("vocab.txt", vocabulary);
    put_file("some.csv",
             "q,c,answer\nWho sat ?,The unable cat runs. A dog ran home,cat\n?,home,home\n");
    REQUIRE(build(&j, QUESTIONS("some.csv", "") SMALL));
    ad_batches *b = ad_batches_new(j.data.train, .size = 2, .order = AD_ORDER_AS_IS, .threads = 0);
    ad_batch batch = {.count = 0};
    REQUIRE(b && ad_batches_next(b, &batch) == AD_OK);
    ad_tensor *feed[8];
    ad_array in[8], out[2] = {{0}};
    int feeds = 0;
    for (; feeds <= j.net.inputs; feeds++) {
        feed[feeds] = feeds < j.net.inputs ? j.net.input[feeds] : j.net.target;
        for (int k = 0; k < ad_batches_fields(b, NULL); k++) {
            const ad_source_field *f;
            ad_batches_fields(b, &f);
            if (strcmp(f[k].name, ad_tensor_name(feed[feeds])) == 0)
                in[feeds] = batch.array[k];
        }
    }
    ad_program *p = ad_compile(j.net.state, .fetch = {j.net.loss, j.net.prediction},
                               .feed_list = feed, .feed_count = feeds);
    REQUIRE(p && ad_run(p, in, out) == AD_OK);
    static const int64_t target[] = {8, 3}, first[] = {5, 3}, last[] = {15, 4};
    double loss = 0;
    for (int i = 0; i < 2; i++)
        for (int k = 0; k < 2; k++) {
            double sum = 0;
            for (int64_t t = 0; t < 16; t++) {
                double chance = ad_array_item(&out[1], (i * 16 + t) * 2 + k);
                sum += chance;
                CHECK((chance > 0) == (t >= first[i] && t <= last[i]));
            }
            CHECK_CLOSE(sum, 1, 1e-6);
            loss -= log(ad_array_item(&out[1], (i * 16 + target[i]) * 2 + k)) / 4;
        }
    CHECK_CLOSE(ad_array_item(&out[0], 0), loss, 1e-6);
    ad_program_free(p);
    ad_batches_free(b);
    done(&j);
}

/* ---------------------------------------------------------------- learning */

/* What stands behind "on" is the answer, to the one question that there is. */
static void write_drawn(void)
{
    static const char *const word[] = {"cat",    "mat",  "dog",  "home",
                                       "unable", "dogs", "runs", "cats"};
    char rows[20000] = "q,c,answer\n";
    for (int i = 0; i < 160; i++) {
        const char *a = word[i % 8], *b = word[(i / 8 + 3) % 8], *c = word[(i * 5 + i / 16) % 8];
        if (i % 3 == 0)
            sprintf(rows + strlen(rows), "who ?,the %s sat on %s . %s ran,%s\n", a, b, c, b);
        else if (i % 3 == 1)
            sprintf(rows + strlen(rows), "who ?,on %s a %s sat,%s\n", a, b, a);
        else
            sprintf(rows + strlen(rows), "who ?,%s %s the %s on %s,%s\n", a, b, c, a, a);
    }
    put_file("drawn.csv", rows);
    put_file("vocab.txt", vocabulary);
}

#define DRAWN                                                                                      \
    "task: spans\ndata: {format: csv, path: drawn.csv, header: yes, target: answer, types: "       \
    "[q=text, "                                                                                    \
    "c=text], validation: 0, test_share: 0.2}\ntext: {tokens: wordpiece, path: vocab.txt, lower: " \
    "true}\n"
#define EPOCHS(n) "train: {epochs: " #n ", batch: 16, optimizer: {method: adam, rate: 0.02}}\n"

TEST(answers_are_found)
{
    job j;
    ad_run_measured m;
    write_drawn();
    REQUIRE(build(&j, DRAWN SMALL EPOCHS(12)) && go(&j, "found", AD_RUN_NEW));
    CHECK_OK(ad_run_measure(&j.net, &j.data, j.data.test, NULL, NULL, &m));
    CHECK(ad_run_find(&m, "squad_exact_match") &&
          ad_run_find(&m, "squad_exact_match")->value > 0.95);
    CHECK(ad_run_find(&m, "squad_f1") && ad_run_find(&m, "squad_f1")->value > 0.95);
    CHECK(ad_run_find(&m, "accuracy") && ad_run_find(&m, "accuracy")->value > 0.9);
    ad_run_measured_done(&m);
    done(&j);
    ad_model *model = NULL;
    ad_source *items = NULL;
    ad_rewritten said[3];
    put_file("ask.csv",
             "q,c\nwho ?,a cat sat on dogs . home ran\nwho ?,on mat a dog sat\nwho ?,\n");
    const char *path = scratch("ask.csv");
    REQUIRE(ad_model_load(scratch("found"), &model) == AD_OK);
    REQUIRE(ad_model_items(model, &path, 1, &items) == AD_OK);
    CHECK_OK(ad_model_rewrite(model, items, 0, 2, NULL, said));
    CHECK_STREQ(said[0].text, "dogs");
    CHECK(said[0].score < 0 && said[0].score > -1);
    CHECK_STREQ(said[1].text, "mat");
    ad_rewritten_done(said, 2);
    ad_answer_result result;
    FILE *out = fopen(scratch("said.csv"), "w");
    REQUIRE(out != NULL);
    CHECK_OK(ad_model_answer(model, &path, 1,
                             &(ad_answer_options){.file = out, .format = AD_ANSWER_JSON}, &result));
    fclose(out);
    CHECK_EQ(result.items, 3);
    ad_source_free(items);
    ad_model_free(model);
}

TEST(threads_and_resume_change_no_bit)
{
    job whole, halves, alone;
    write_drawn();
    REQUIRE(build(&whole, DRAWN SMALL EPOCHS(2)) && go(&whole, "whole", AD_RUN_NEW));
    REQUIRE(make_job(&alone, DRAWN SMALL EPOCHS(2), 1) && go(&alone, "alone", AD_RUN_NEW));
    CHECK(measured(&whole, "loss") == measured(&alone, "loss"));
    REQUIRE(build(&halves, DRAWN SMALL EPOCHS(1)) && go(&halves, "halves", AD_RUN_NEW));
    done(&halves);
    REQUIRE(build(&halves, DRAWN SMALL EPOCHS(2)) && go(&halves, "halves", AD_RUN_RESUME));
    CHECK(measured(&whole, "loss") == measured(&halves, "loss"));
    done(&whole);
    done(&alone);
    done(&halves);
}

TEST(gradients_are_those_of_the_loss)
{
    job j;
    ad_gradient_errors errors = {.count = 0};
    write_drawn();
    REQUIRE(build(&j, DRAWN SMALL EPOCHS(1)));
    CHECK_OK(ad_gradient_errors_of(j.config, &j.data, 1, &errors));
    CHECK(errors.count > 8 && errors.of[errors.worst].error < 1e-6);
    ad_gradient_errors_done(&errors);
    done(&j);
}

/* ---------------------------------------------------------------- refused */

TEST(what_has_no_answer_is_refused)
{
    put_file("vocab.txt", vocabulary);
    put_file("none.csv", "q,c,answer\n?,the cat sat,cat\n?,a mat,dog\n?,home,home\n");
    CHECK(refused(QUESTIONS("none.csv", "") SMALL,
                  "example 2: the answer 'dog' does not stand in its context"));
    put_file("empty.csv", "q,c,answer\n?,the cat sat,cat\n?,a mat,\" \"\n?,home,home\n");
    CHECK(refused(QUESTIONS("empty.csv", "") SMALL, "example 2: the answer '' is empty"));
    put_file("behind.csv", "q,c,answer\n?,the cat sat on the mat,mat\n?,a mat,mat\n?,home,home\n");
    CHECK(refused(QUESTIONS("behind.csv", ", most: 8") SMALL,
                  "example 1: the answer 'mat' stands behind what text.most leaves"));
    put_file("asked.csv",
             "q,c,answer\n?,the cat,cat\nwho sat on the mat ?,a mat,mat\n?,home,home\n");
    CHECK(
        refused(QUESTIONS("asked.csv", ", most: 8") SMALL, "example 2: its question is 6 tokens"));
    put_file("more.csv", "q,c,n,answer\n?,the cat,1,cat\n?,a mat,2,mat\n?,home,7,home\n");
    write_drawn();
    CHECK(refused(QUESTIONS("more.csv", "") SMALL, "the data has other columns beside questions"));
    CHECK(refused(DRAWN "model: [embedding: {width: 4}, pool_time: {how: mean}, "
                        "linear]\n",
                  "has to end with (batch, time, 2)"));
    put_file("lone.csv", "q,answer\nthe cat,cat\na mat,mat\nhome,home\n");
    CHECK(refused(
        "task: spans\ndata: {format: csv, path: lone.csv, header: yes, target: answer, types: "
        "[q=text], validation: 0, test_share: 0}\ntext: {tokens: wordpiece, path: "
        "vocab.txt}\n" SMALL,
        "a pair is of two texts, and the data has 1"));
}

TEST_MAIN_OF_CONFIGURATIONS((void)0)
