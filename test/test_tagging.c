/* Task tagging: files of words with tags, which tokens carry them under each encoder, what padding
 * and the number of threads do not change, the usual tag of each word, and answers. */
#include "configuration_main.h"
#include "job_run.h"
#include "test.h"

#include <adze/kit.h>
#include <adze/look.h>

#include <unistd.h>

static bool file_holds(const char *name, const char *words)
{
    char text[8192];
    FILE *f = fopen(scratch(name), "r");
    size_t size = f ? fread(text, 1, sizeof text - 1, f) : 0;
    if (f)
        fclose(f);
    text[size] = 0;
    if (!strstr(text, words))
        printf("%s holds\n%s\nand not\n%s\n", name, text, words);
    return strstr(text, words);
}

/* ---------------------------------------------------------------- jobs */

#define WHOLE "validation: 0, test_share: 0}\n"
#define SMALL "model: [embedding: {width: 6}, gru: {width: 5, both: true}, linear]\n"

/* ---------------------------------------------------------------- files */

/* The text and tags of sentence i as the reader gives them: "the dog|DET NOUN". */
static const char *sentence(ad_source *part, int64_t i)
{
    static char words[512];
    int64_t length[2] = {0};
    char text[200] = "", tags[200] = "";
    if (ad_source_length(part, i, 0, length) != AD_OK || length[0] > 199 || length[1] > 199)
        return "?";
    ad_array into[] = {{.type = AD_U8, .shape = AD_SHAPE(1, length[0]), .data = text},
                       {.type = AD_U8, .shape = AD_SHAPE(1, length[1]), .data = tags}};
    if (ad_source_read(part, &i, 1, 0, into) != AD_OK)
        return "?";
    snprintf(words, sizeof words, "%s|%s", text, tags);
    return words;
}

/* The sentences of a file with newlines between, and its tags behind; or the error. */
static const char *read_as(const char *file, ad_texts_options o)
{
    static char all[2048];
    static char path[256];
    const ad_reader_record *text = ad_reader_find("text");
    ad_schema *schema = NULL;
    ad_source *part = NULL;
    snprintf(path, sizeof path, "%s", scratch(file));
    o.path = path;
    *all = 0;
    if (text->understand(&o, &schema) != AD_OK ||
        text->open(&o, schema, AD_PART_TRAIN, &part) != AD_OK) {
        snprintf(all, sizeof all, "%s", ad_kit_error());
    } else {
        for (int64_t i = 0; i < ad_source_count(part); i++)
            snprintf(all + strlen(all), sizeof all - strlen(all), "%s\n", sentence(part, i));
        const ad_schema_field *tags = ad_schema_target(schema);
        for (int64_t i = 0; tags && i < tags->classes; i++)
            snprintf(all + strlen(all), sizeof all - strlen(all), "%s%s", i ? " " : "",
                     tags->names[i]);
    }
    ad_source_free(part);
    ad_schema_free(schema);
    return all;
}

static const ad_texts_options found = AD_OPTIONS_INIT(ad_texts_options);

static ad_texts_options tagged(int word, int tag)
{
    return AD_OPTIONS(ad_texts_options, .form = AD_TEXTS_TAGGED, .word_column = word,
                      .tag_column = tag);
}

TEST(files_of_words_with_tags)
{
    put_file("two.txt", "the\tDET\ndog\tNOUN\n\nit\tPRON\nbarks\tVERB\n.\t_\n");
    CHECK_STREQ(read_as("two.txt", tagged(0, 0)),
                "the dog|DET NOUN\nit barks .|PRON VERB _\nDET NOUN PRON VERB");
    /* the layout of CoNLL-2003 (Tjong Kim Sang and De Meulder 2003); # is a word in it */
    put_file("ner.txt", "-DOCSTART- -X- O O\r\n\r\nEU NNP I-NP I-ORG\r\nrejects VBZ I-VP O\r\n"
                        "# # I-NP O\r\n\r\n\r\nPeter NNP I-NP I-PER\r\n\r\n-DOCSTART- -X- O O\r\n"
                        "\r\nBlackburn NNP I-NP I-PER\r\n");
    CHECK_STREQ(read_as("ner.txt", tagged(0, 0)),
                "EU rejects #|I-ORG O O\nPeter|I-PER\nBlackburn|I-PER\nI-ORG I-PER O");
    CHECK_STREQ(read_as("ner.txt", tagged(0, 2)),
                "EU rejects #|NNP VBZ #\nPeter|NNP\nBlackburn|NNP\n# NNP VBZ");
    /* CoNLL-U (universaldependencies.org/format): comments, ranges, empty nodes, blanks in words */
    put_file("ud.txt", "# text = vámonos al mar\n1-2\tvámonos\t_\t_\t_\t_\t_\t_\t_\t_\n"
                       "1\tvamos\tir\tVERB\tV\t_\t0\troot\t_\t_\n"
                       "2\tnos\tnosotros\tPRON\tP\t_\t1\tobj\t_\t_\n"
                       "2.1\tx\tx\tX\tX\t_\t_\t_\t_\t_\n"
                       "3\ta l\tal\tADP\tS\t_\t1\tcase\t_\t_\n\n");
    CHECK_STREQ(read_as("ud.txt", found), "vamos nos a\xC2\xA0l|VERB PRON ADP\nADP PRON VERB");
    CHECK_STREQ(read_as("ud.txt", tagged(3, 5)), "ir nosotros al|V P S\nP S V");
}

/* Other texts stay what they were. */
TEST(tags_are_found_where_that_is_safe)
{
    put_file("sure.txt", "the DET\ndog NOUN\nbarks VERB\n\nthe DET\ncat NOUN\nsees VERB\n\n"
                         "the DET\ndog NOUN\nsees VERB\n");
    CHECK(strstr(read_as("sure.txt", found), "the cat sees|DET NOUN VERB\n"));
    put_file("poem.txt", "the dog\na cat\n\nthey went\nfar away\n\nand then\ncame back\n\nno one\n"
                         "was there\n");
    CHECK(!strstr(read_as("poem.txt", found), "|the"));
    put_file("classes.txt", "a\tsome words\nb\tother words\na\twords again\nb\tfew words\na\tno "
                            "words\nb\twords too\n");
    CHECK(strstr(read_as("classes.txt", found), "a b"));
}

TEST(mistakes_in_files_have_places)
{
    char **name = NULL;
    int64_t count = 0;
    ad_schema *schema = NULL;
    const ad_reader_record *text = ad_reader_find("text");
    ad_texts_options o = tagged(0, 0);
    o.path = scratch("ner.txt");
    CHECK_OK(text->understand(&o, &schema));
    CHECK_OK(text->names(&o, schema, AD_PART_TRAIN, &name, &count));
    static const char *const lines[] = {"ner.txt:3", "ner.txt:8", "ner.txt:12"};
    CHECK_EQ(count, 3);
    for (int64_t i = 0; i < count; i++) {
        CHECK_STREQ(strrchr(name[i], '/') + 1, lines[i]);
        free(name[i]);
    }
    free(name);
    ad_schema_free(schema);
    put_file("short.txt", "the\tDET\ndog\n\n");
    CHECK(strstr(read_as("short.txt", tagged(0, 0)),
                 "short.txt:2:1: the line has 1 column, and lines of words have 2 here"));
    put_file("empty.txt", "the\tDET\ndog\t\n\n");
    CHECK(strstr(read_as("empty.txt", tagged(0, 0)), "empty.txt:2:1: the tag is empty"));
    put_file("bare.txt", "the\ndog\n\n");
    CHECK(strstr(read_as("bare.txt", tagged(0, 0)), "bare.txt:1:1: no word with its tag"));
    put_file("none.txt", "the\t_\ndog\t_\n\n");
    CHECK(strstr(read_as("none.txt", tagged(0, 0)), "no word has a tag"));
    CHECK(strstr(read_as("two.txt", tagged(0, 3)), "tag_column is 3, and the lines have 2"));
    put_file("blank.txt", "-DOCSTART- O\n\n");
    CHECK(strstr(read_as("blank.txt", tagged(0, 0)), "no word with its tag"));
}

/* Bytes changed at random: sentences or words why not, and nothing else. */
TEST(damaged_files_are_survived)
{
    static const char *const files[] = {"ner.txt", "ud.txt", "sure.txt", "two.txt"};
    char text[1024];
    unsigned random = 7;
    for (int turn = 0; turn < 400; turn++) {
        FILE *f = fopen(scratch(files[turn % 4]), "r");
        REQUIRE(f);
        size_t size = fread(text, 1, sizeof text - 1, f);
        fclose(f);
        for (int k = 0; k < 1 + turn % 5; k++) {
            random = random * 1664525 + 1013904223;
            text[(random >> 8) % size] = "\t\n #_-a0.\r"[(random >> 4) % 10];
        }
        text[size - (random >> 16) % (size / 2)] = 0;
        put_file("damaged.txt", text);
        read_as("damaged.txt", turn % 2 ? found : tagged(0, turn % 3));
    }
}

/* ---------------------------------------------------------------- which token has the tag */

enum { TOKENS = 24 };

typedef struct tokens {
    int64_t count;
    int32_t token[TOKENS], tag[TOKENS];
    int64_t word[TOKENS];
} tokens;

static bool take(ad_source *part, int64_t i, tokens *t)
{
    int64_t length[3];
    *t = (tokens){.count = 0};
    if (ad_source_length(part, i, 0, length) != AD_OK || length[0] > TOKENS)
        return false;
    ad_shape shape = AD_SHAPE(1, length[0]);
    t->count = length[0];
    ad_array into[] = {ad_i32(t->token, shape), ad_i32(t->tag, shape), ad_i64(t->word, shape)};
    return ad_source_read(part, &i, 1, 0, into) == AD_OK;
}

/* The tags of the first sentence's tokens, - for none: "-0-1". */
static const char *tags_of(const job *j)
{
    static char words[TOKENS + 1];
    tokens t;
    if (!take(j->data.train, 0, &t))
        return "?";
    for (int64_t i = 0; i < t.count; i++) {
        words[i] = t.tag[i] < 0 ? '-' : (char)('0' + t.tag[i]);
        if ((t.tag[i] >= 0) != (t.word[i] != 0))
            return "a tag where no word begins";
    }
    words[t.count] = 0;
    return words;
}

static bool same_tokens(const job *j, const int32_t *wanted, int64_t count)
{
    tokens t;
    return take(j->data.train, 0, &t) && t.count == count &&
           memcmp(t.token, wanted, (size_t)count * sizeof *wanted) == 0;
}

/* Sentence "The dogs playing Xylo", tags D N V N: 0 1 2 1. */
#define DOGS "task: tagging\ndata: {format: text, path: dogs.txt, form: tagged, " WHOLE

/* A word is a token, whatever stands in it; unknown ones too. */
TEST(a_word_is_one_token)
{
    job j;
    put_file("marks.txt", "U.S.\tN\nisn't\tV\n3.5%\tN\n");
    REQUIRE(build(&j, "task: tagging\ndata: {format: text, path: marks.txt, form: tagged, " WHOLE
                      "text: {tokens: words}\n" SMALL));
    CHECK_STREQ(tags_of(&j), "010");
    done(&j);
    REQUIRE(build(&j, DOGS "text: {tokens: words, lower: true, special: [begin, end]}\n" SMALL));
    CHECK_STREQ(tags_of(&j), "-0121-");
    done(&j);
}

/* Blanks are tokens that no word has: "The dogs playing Xylo". */
TEST(letters_of_words)
{
    job j;
    int32_t bytes[21];
    for (int i = 0; i < 21; i++)
        bytes[i] = 1 + "The dogs playing Xylo"[i];
    REQUIRE(build(&j, DOGS "text: {tokens: bytes}\n" SMALL));
    CHECK_STREQ(tags_of(&j), "0---1----2-------1---");
    CHECK(same_tokens(&j, bytes, 21));
    done(&j);
    REQUIRE(build(&j, DOGS "text: {tokens: characters}\n" SMALL));
    CHECK_STREQ(tags_of(&j), "0---1----2-------1---");
    done(&j);
}

/* tokenizers 0.22: BertWordPieceTokenizer(vocab, lowercase=True).encode(["The", "dogs", "playing",
 * "Xylo"], is_pretokenized=True).ids, and .word_ids [None, 0, 1, 1, 2, 2, 3, None]. */
TEST(pieces_of_words)
{
    job j;
    static const int32_t wanted[] = {2, 8, 9, 7, 5, 6, 1, 3};
    put_file("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nplay\n##ing\n##s\nthe\ndog\n");
    REQUIRE(build(&j, DOGS "text: {tokens: wordpiece, path: vocab.txt, lower: true}\n" SMALL));
    CHECK(same_tokens(&j, wanted, 8));
    CHECK_STREQ(tags_of(&j), "-01-2-1-");
    done(&j);
}

/* Byte pairs are those of the sentence, blanks at the words behind them.  tokenizers 0.22:
 * Tokenizer(BPE(...)) with ByteLevel(add_prefix_space=False).encode("ab b aab").ids. */
TEST(byte_pairs_of_words)
{
    job j;
    static const int32_t wanted[] = {4, 2, 1, 3, 4};
    put_file("pairs.txt", "ab\tX\nb\tY\naab\tX\n");
    put_file("t.json",
             "{\"version\":\"1.0\",\"added_tokens\":[],\"normalizer\":null,\"pre_tokenizer\":{"
             "\"type\":\"ByteLevel\",\"add_prefix_space\":false,\"trim_offsets\":true,"
             "\"use_regex\":true},\"post_processor\":null,\"decoder\":null,\"model\":{\"type\":"
             "\"BPE\",\"dropout\":null,\"unk_token\":null,\"continuing_subword_prefix\":null,"
             "\"end_of_word_suffix\":null,\"fuse_unk\":false,\"byte_fallback\":false,"
             "\"ignore_merges\":false,\"vocab\":{\"a\":0,\"b\":1,\"\xC4\xA0\":2,\"\xC4\xA0"
             "a\":3,\"ab\":4,\"\xC4\xA0"
             "ab\":5},\"merges\":[[\"\xC4\xA0\",\"a\"],[\"a\",\"b\"],[\"\xC4\xA0"
             "a\",\"b\"]]}}");
    static const char json[] = "task: tagging\ndata: {format: text, path: pairs.txt, form: tagged, "
                               "" WHOLE "text: {tokens: tokenizer_json, path: t.json}\n" SMALL;
    bool good = make_job(&j, json, 1);
    if (good || !strstr(ad_kit_error(), "libcjson")) {
        CHECK(good);
        CHECK(same_tokens(&j, wanted, 5));
        CHECK_STREQ(tags_of(&j), "01-0-");
    }
    done(&j);
    REQUIRE(build(&j, DOGS "text: {tokens: bpe}\n" SMALL)); /* nothing comes twice: no merges */
    void *whole = NULL;
    int64_t count = 0;
    CHECK_OK(
        ad_encoder_encode(j.data.encoder[0].encoder, "The dogs playing Xylo", 21, &whole, &count));
    CHECK(same_tokens(&j, whole, count));
    free(whole);
    done(&j);
}

/* Words one by one become what the sentence becomes as a whole, with what stands round it: models
 * of SentencePiece, and tokenizers of BERT, GPT-2, RoBERTa and Llama. */
TEST(words_are_as_in_their_sentence)
{
    static const char *const kinds[][2] = {
        {"sentencepiece", "unigram.model"}, {"sentencepiece", "pairs.model"},
        {"tokenizer_json", "bert.json"},    {"tokenizer_json", "gpt2.json"},
        {"tokenizer_json", "roberta.json"}, {"tokenizer_json", "llama.json"}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        job j;
        char text[1024];
        snprintf(text, sizeof text,
                 DOGS "text: {tokens: %s, path: \"%s/golden_tokens/%s\"}\n" SMALL, kinds[i][0],
                 ADZE_TEST_DIR, kinds[i][1]);
        void *whole = NULL;
        int64_t count = 0;
        bool good = make_job(&j, text, 1);
        if (good) {
            CHECK_OK(ad_encoder_encode(j.data.encoder[0].encoder, "The dogs playing Xylo", 21,
                                       &whole, &count));
            if (!same_tokens(&j, whole, count))
                TEST_FAILED("%s: other tokens: %s", kinds[i][1], tags_of(&j));
            int tags = 0;
            for (const char *p = tags_of(&j); *p; p++)
                tags += *p != '-';
            CHECK_EQ(tags, 4);
        } else if (!strstr(ad_kit_error(), "libcjson")) {
            TEST_FAILED("%s: %s", kinds[i][1], ad_kit_error());
        }
        free(whole);
        done(&j);
    }
}

/* ---------------------------------------------------------------- tables */

TEST(a_table_of_sentences_and_tags)
{
    job j;
    put_file("rows.csv", "sentence,tags\nthe dog barks,D N V\na cat,D N\n\"it, too\",P A\n"
                         "the cat barks,D N V\nit barks,P V\n");
    REQUIRE(build(&j, "task: tagging\ndata: {format: csv, path: rows.csv, target: tags, " WHOLE
                      "text: {tokens: words}\n" SMALL));
    CHECK_EQ(ad_run_classes(&j.data), 5); /* A D N P V */
    CHECK_STREQ(ad_run_names(&j.data)[4], "V");
    CHECK_STREQ(tags_of(&j), "124");
    done(&j);
    /* by what they are kept together they may be measured */
    put_file("by.csv", "source,sentence,tags\nweb,the dog barks,D N V\nweb,a cat,D N\n"
                       "news,it barks,P V\nnews,the cat barks,D N V\nweb,it barks,P V\n");
    ad_run_groups groups = {.count = 0};
    REQUIRE(build(&j, "task: tagging\ndata: {format: csv, path: by.csv, test: by.csv, target: "
                      "tags, group: source, validation: 0}\ntext: {tokens: words}\n" SMALL));
    CHECK_OK(ad_run_part(j.config, &j.data, AD_PART_TEST));
    CHECK_OK(ad_run_measure_by(&j.net, &j.data, j.data.test, j.data.raw, "source", &groups));
    CHECK_EQ(groups.count, 2);
    for (int i = 0; i < groups.count; i++) {
        double words = 0;
        for (int k = 0; k < 16; k++)
            words += (double)groups.group[i].measured.matrix[k];
        CHECK_EQ(words, i == 0 ? 5 : 7); /* news, web */
    }
    ad_run_groups_done(&groups);
    done(&j);
    put_file("bad.csv", "sentence,tags\nthe dog barks,D N V\na cat,D N\nit too was,P A\n"
                        "the cat barks,D N V\n");
    CHECK(refused("task: tagging\ndata: {format: csv, path: bad.csv, target: tags, " WHOLE SMALL,
                  "row 3 of the training data has 3 words and 2 tags"));
}

/* ---------------------------------------------------------------- learning */

#define DRAWN                                                                               \
    "task: tagging\ndata: {format: grammar, tags: true, train_count: 300, test_count: 60, " \
    "validation: 0.1}\ntext: {tokens: words}\n"
#define EPOCHS(n) "train: {epochs: " #n ", batch: 16, optimizer: {method: adam, rate: 0.02}}\n"

/* Each sentence alone has no padding; all together the shorter ones have. */
TEST(padding_changes_nothing)
{
    job j;
    ad_model *model = NULL;
    ad_source *items = NULL;
    enum { SENTENCES = 5, WIDTH = 8, WORDS = 16 };
    int64_t words[SENTENCES];
    static float together[WORDS * WIDTH], alone[WORDS * WIDTH];
    static const int64_t wanted[SENTENCES] = {2, 7, 0, 1, 6};
    put_file("ask.txt",
             "see dogs\nthe loud queen helps my old horse\n\nhelp\nwhy does a bird paint "
             "it\n");
    const char *path = scratch("ask.txt");
    REQUIRE(build(&j, DRAWN SMALL EPOCHS(2)) && go(&j, "padding", AD_RUN_NEW));
    REQUIRE(ad_model_load(scratch("padding"), &model) == AD_OK);
    REQUIRE(ad_model_items(model, &path, 1, &items) == AD_OK);
    CHECK_EQ(ad_model_width(model), WIDTH);
    CHECK_EQ(ad_source_count(items), SENTENCES);
    CHECK_OK(ad_model_words(model, items, 0, SENTENCES, words));
    CHECK_OK(ad_model_predict(model, items, 0, SENTENCES, together));
    int64_t row = 0;
    for (int64_t i = 0; i < SENTENCES; i++) {
        CHECK_EQ(words[i], wanted[i]);
        CHECK_OK(ad_model_predict(model, items, i, 1, alone + row * WIDTH));
        row += words[i];
    }
    CHECK_EQ(row, WORDS);
    for (int i = 0; i < WORDS * WIDTH; i++)
        CHECK_CLOSE(together[i], alone[i], 1e-6);
    ad_source_free(items);
    ad_model_free(model);
    done(&j);
}

static double loss_of(const job *j)
{
    ad_run_measured m;
    double loss = NAN;
    if (ad_run_measure(&j->net, &j->data, j->data.test, NULL, NULL, &m) == AD_OK)
        loss = m.measured[0].value;
    ad_run_measured_done(&m);
    return loss;
}

TEST(threads_and_resume_change_no_bit)
{
    job whole, halves, alone;
    REQUIRE(build(&whole, DRAWN SMALL EPOCHS(2)) && go(&whole, "whole", AD_RUN_NEW));
    REQUIRE(make_job(&alone, DRAWN SMALL EPOCHS(2), 1) && go(&alone, "alone", AD_RUN_NEW));
    CHECK(loss_of(&whole) == loss_of(&alone));
    REQUIRE(build(&halves, DRAWN SMALL EPOCHS(1)) && go(&halves, "halves", AD_RUN_NEW));
    done(&halves);
    REQUIRE(build(&halves, DRAWN SMALL EPOCHS(2)) && go(&halves, "halves", AD_RUN_RESUME));
    CHECK(loss_of(&whole) == loss_of(&halves));
    done(&whole);
    done(&alone);
    done(&halves);
}

/* The mean over words that have a tag, whose gradient is that of its differences. */
TEST(gradients_are_those_of_the_loss)
{
    job j;
    ad_gradient_errors errors = {.count = 0};
    REQUIRE(build(&j, DRAWN SMALL EPOCHS(1)));
    CHECK_OK(ad_gradient_errors_of(j.config, &j.data, 1, &errors));
    CHECK(errors.count > 8 && errors.of[errors.worst].error < 1e-6);
    ad_gradient_errors_done(&errors);
    done(&j);
}

/* What is measured is of words: as many as the confusion matrix counts, and its diagonal. */
TEST(a_network_beats_the_usual_tag)
{
    job j;
    ad_run_measured m;
    ad_baselines b;
    REQUIRE(build(&j, DRAWN SMALL EPOCHS(4)) && go(&j, "beats", AD_RUN_NEW));
    CHECK_OK(ad_run_measure(&j.net, &j.data, j.data.test, NULL, NULL, &m));
    CHECK_OK(ad_run_baselines(&j.net, &j.data, j.data.test, &m, 1, &b));
    double words = 0, right = 0, tokens_ = 0;
    for (int64_t i = 0; i < m.classes * m.classes; i++) {
        words += (double)m.matrix[i];
        right += i % (m.classes + 1) == 0 ? (double)m.matrix[i] : 0;
    }
    for (int64_t i = 0; i < ad_source_count(j.data.test); i++) {
        int64_t length[3];
        CHECK_OK(ad_source_length(j.data.test, i, 0, length));
        tokens_ += (double)length[0];
    }
    CHECK_EQ(words, tokens_);
    CHECK_CLOSE(ad_run_find(&m, "accuracy")->value, right / words, 1e-12);
    CHECK(ad_run_find(&m, "f1_macro") && !ad_run_find(&m, "span_f1"));
    CHECK(right / words > 0.97);
    CHECK(b.count == 1 && b.list[0].beaten && b.list[0].measured[0].value > 0.9);
    ad_run_measured_done(&m);
    done(&j);
}

/* In the training part a is X twice and Y once, b Y, c Y: a is X, and what is new the most
 * frequent, Y.  Test: a/X a/Y b/Y new/Y new/X: 3 of 5 right. */
TEST(the_usual_tag_by_hand)
{
    job j;
    ad_run_measured m;
    ad_baselines b;
    put_file("usual.txt", "a\tX\nb\tY\n\na\tX\nc\tY\n\na\tY\n");
    put_file("test.txt", "a\tX\na\tY\nb\tY\n\nnew\tY\nnew\tX\n");
    REQUIRE(build(&j, "task: tagging\ndata: {format: text, path: usual.txt, test: test.txt, form: "
                      "tagged, validation: 0}\ntext: {tokens: words}\n" SMALL));
    CHECK_OK(ad_run_measure(&j.net, &j.data, j.data.test, NULL, NULL, &m));
    CHECK_OK(ad_run_baselines(&j.net, &j.data, j.data.test, &m, 1, &b));
    REQUIRE(b.count == 1);
    CHECK_STREQ(b.list[0].name, "usual_tag");
    CHECK_STREQ(b.list[0].measured[0].name, "accuracy");
    CHECK_CLOSE(b.list[0].measured[0].value, 3.0 / 5, 1e-12);
    ad_run_measured_done(&m);
    done(&j);
}

/* Tags of spans have metrics of their own: seqeval 1.2.2 says of the right tags of four sentences
 * beside the usual ones [[B-P, I-P, O], [B-L, O]] of [[B-P, I-P, O], [B-L, I-L]]: precision 1 / 2,
 * recall 1 / 2. */
TEST(spans_are_measured)
{
    job j;
    ad_run_measured m;
    ad_baselines b;
    put_file("spans.txt",
             "Ann\tB-P\nLee\tI-P\nran\tO\n\nRome\tB-L\nCity\tO\n\nCity\tO\n\nx\tI-L\n");
    put_file("spans_test.txt", "Ann\tB-P\nLee\tI-P\nran\tO\n\nRome\tB-L\nCity\tI-L\n");
    REQUIRE(build(&j, "task: tagging\ndata: {format: text, path: spans.txt, test: spans_test.txt, "
                      "form: tagged, validation: 0}\ntext: {tokens: words}\n" SMALL));
    CHECK_OK(ad_run_measure(&j.net, &j.data, j.data.test, NULL, NULL, &m));
    CHECK_OK(ad_run_baselines(&j.net, &j.data, j.data.test, &m, 1, &b));
    CHECK(ad_run_find(&m, "span_f1") && ad_run_find(&m, "span_precision"));
    for (int i = 0; b.count && i < b.list[0].measures; i++)
        if (strncmp(b.list[0].measured[i].name, "span_", 5) == 0)
            CHECK_CLOSE(b.list[0].measured[i].value, 0.5, 1e-12);
    CHECK(b.count == 1 && b.list[0].measures == 5);
    ad_run_measured_done(&m);
    done(&j);
}

/* ---------------------------------------------------------------- answers */

static bool answered(ad_model *model, const char *file, ad_answer_format format)
{
    ad_answer_result result;
    char out[256];
    const char *path = scratch(file);
    snprintf(out, sizeof out, "%s", scratch("answers"));
    return ad_model_answer(model, &path, 1, &(ad_answer_options){.format = format, .out = out},
                           &result) == AD_OK &&
           result.broken == 0;
}

TEST(words_are_answered)
{
    job j;
    ad_model *model = NULL;
    REQUIRE(build(&j, DRAWN SMALL EPOCHS(4)) && go(&j, "answers.run", AD_RUN_NEW));
    done(&j);
    REQUIRE(ad_model_load(scratch("answers.run"), &model) == AD_OK);
    put_file("s.txt", "the old dog paints\n\nhelp my queen\n");
    CHECK(answered(model, "s.txt", AD_ANSWER_TABLE));
    CHECK(file_holds(
        "answers", "1  the/DET old/ADJ dog/NOUN paints/VERB\n2\n3  help/VERB my/DET queen/NOUN\n"));
    put_file("s.txt", "the\t_\nold\tADJ\n\nsee\tVERB\n"); /* with tags, some of them */
    CHECK(answered(model, "s.txt", AD_ANSWER_TABLE));
    CHECK(file_holds("answers", "1  the/DET old/ADJ\n2  see/VERB\n"));
    put_file("s.txt", "the\nold\n\nsee\n"); /* a word in each line */
    CHECK(answered(model, "s.txt", AD_ANSWER_CSV));
    CHECK(file_holds("answers", "row,word,text,class,chance,error\n1,1,the,DET,"));
    CHECK(file_holds("answers", ",\n1,2,old,ADJ,0."));
    CHECK(file_holds("answers", ",\n2,1,see,VERB,0."));
    CHECK(answered(model, "s.txt", AD_ANSWER_JSON));
    CHECK(file_holds("answers", "\"row\": 1, \"words\": [\"the\", \"old\"], \"tags\": [\"DET\", "
                                "\"ADJ\"], \"chances\": [0."));
    ad_model_free(model);
}

/* ---------------------------------------------------------------- mistakes */

TEST(mistakes_have_places)
{
    put_file("other.txt", "The\tD\ndogs\tQ\n");
    CHECK(refused("task: tagging\ndata: {format: text, path: dogs.txt, test: other.txt, form: "
                  "tagged, validation: 0}\n" SMALL,
                  "other.txt:2:6: the tag Q is not among those that are learned"));
    CHECK(refused(DOGS "text: {tokens: words, length: 5}\n" SMALL,
                  "sentences are tagged as a whole, and this cuts them"));
    CHECK(refused(DOGS "text: {tokens: words, most: 5}\n" SMALL,
                  "sentences are tagged as a whole, and this cuts them"));
    CHECK(refused(DOGS "model: [embedding: {width: 6}, pool_time, linear]\n",
                  "the model has to end with (batch, time, classes), 3"));
    CHECK(refused(DOGS "metrics: [span_f1]\n" SMALL, "is of tags such as O, B-X and I-X"));
    CHECK(refused(DOGS "train: {balance: true}\n" SMALL, "train.balance draws classes"));
    CHECK(refused("task: tagging\ndata: {format: moons}\n" SMALL,
                  "and task tagging learns a tag for each word"));
    CHECK(refused(
        "task: classification\ndata: {format: text, path: dogs.txt, form: tagged, " WHOLE SMALL,
        "the target tags is a tag for each word"));
    put_file("one.txt", "The\tD\ndogs\tD\n");
    CHECK(refused("task: tagging\ndata: {format: text, path: one.txt, form: tagged, " WHOLE SMALL,
                  "the target has one class only"));
}

TEST_MAIN_OF_CONFIGURATIONS(put_file("dogs.txt", "The\tD\ndogs\tN\nplaying\tV\nXylo\tN\n\n"))
