/* Encoders of texts: what they learn, tokens and texts again, cutting and special tokens. */
#define _XOPEN_SOURCE 700

#include "picture_files.h"

/* ---------------------------------------------------------------- texts in memory */

typedef struct said {
    const char *const *text;
    int64_t count;
} said;

static ad_status read_said(void *user, const int64_t *number, int64_t count, uint64_t epoch,
                           ad_array *into)
{
    const said *s = user;
    (void)count, (void)epoch;
    if (ad_array_count(&into[0]) > 0)
        memcpy(into[0].data, s->text[*number], strlen(s->text[*number]));
    return AD_OK;
}

static ad_status said_length(void *user, int64_t number, uint64_t epoch, int64_t *length)
{
    (void)epoch;
    *length = (int64_t)strlen(((const said *)user)->text[number]);
    return AD_OK;
}

static ad_source *source_of(said *s)
{
    ad_source_field f[] = {{"text", AD_U8, AD_SHAPE(AD_VARYING)}};
    return ad_source_new(&(ad_source_record){.count = s->count,
                                             .field = f,
                                             .fields = 1,
                                             .read = read_said,
                                             .length = said_length,
                                             .user = s});
}

static bool lacks_letters; /* this build does not know letters beyond ASCII, and has said so */

/* Fitted, written as text, and read again. */
static ad_encoder *fitted(const char *name, const ad_text_options *o, const char *const *text,
                          int64_t count)
{
    said s = {text, count};
    ad_source *train = source_of(&s);
    ad_encoder *e = NULL, *again = NULL;
    ad_status status = ad_encoder_fit(name, o, train, "text", NULL, &e);
    ad_source_free(train);
    if (status != AD_OK) {
        lacks_letters = strstr(ad_kit_error(), "libutf8proc-dev") != NULL;
        CHECK(status == AD_OK || lacks_letters);
        return NULL;
    }
    char *words = ad_encoder_text(e), *twice = NULL;
    CHECK(words && ad_encoder_read(words, strlen(words), &again) == AD_OK);
    if (again)
        twice = ad_encoder_text(again);
    CHECK(twice && strcmp(words, twice) == 0);
    free(words);
    free(twice);
    ad_encoder_free(e);
    return again;
}

/* "2 5 1". */
static const char *tokens_of(const ad_encoder *e, const char *text)
{
    static char words[4096];
    void *out = NULL;
    int64_t steps = 0;
    words[0] = 0;
    if (ad_encoder_encode(e, text, (int64_t)strlen(text), &out, &steps) != AD_OK)
        return ad_kit_error();
    for (int64_t i = 0; i < steps && strlen(words) < 4000; i++)
        snprintf(words + strlen(words), 16, "%s%d", i ? " " : "", ((int32_t *)out)[i]);
    free(out);
    return words;
}

static const char *text_again(const ad_encoder *e, const char *text)
{
    static char words[4096];
    void *out = NULL;
    int64_t steps = 0;
    if (ad_encoder_encode(e, text, (int64_t)strlen(text), &out, &steps) != AD_OK)
        return ad_kit_error();
    char *back = ad_encoder_decode(e, out, steps);
    snprintf(words, sizeof words, "%s", back ? back : "");
    free(back);
    free(out);
    return words;
}

static int64_t classes_of(const ad_encoder *e)
{
    ad_encoded about;
    ad_encoder_about(e, &about);
    return about.classes;
}

/* ---------------------------------------------------------------- words */

TEST(words_by_how_often_they_come)
{
    static const char *const text[] = {"the cat, the hat", "don't say 'no' \xE2\x80\x94 the Cat_9",
                                       "\xC3\xA9t\xC3\xA9 cat"};
    ad_encoder *e = fitted("words", NULL, text, 3);
    if (!e && lacks_letters)
        return;
    REQUIRE(e);
    /* the 3, cat 2, ' 2; then once each by bytes: , Cat_9 don't hat no say U+00E9t.. U+2014 */
    CHECK_STREQ(tokens_of(e, "the cat '"), "2 4 3");
    CHECK_STREQ(tokens_of(e, ", Cat_9 don't hat no say"), "5 6 7 8 9 10");
    CHECK_STREQ(tokens_of(e, "\xC3\xA9t\xC3\xA9\xE2\x80\x94"), "11 12");
    CHECK_STREQ(tokens_of(e, "The dog\n\t"), "1 1");
    CHECK_STREQ(tokens_of(e, ""), "");
    CHECK_STREQ(text_again(e, "the  cat,"), "the cat ,");
    CHECK_STREQ(text_again(e, "the dog"), "the \xEF\xBF\xBD");
    CHECK_EQ(classes_of(e), 13);
    CHECK_EQ(ad_encoder_special(e, AD_SPECIAL_UNKNOWN), 1);
    CHECK_EQ(ad_encoder_special(e, AD_SPECIAL_MASK), -1);
    ad_encoder_free(e);
}

TEST(few_words_and_small_letters)
{
    static const char *const text[] = {"A a b B c", "a \xC3\x89 \xC3\xA9"};
    ad_text_options o = AD_OPTIONS(ad_text_options, .lower = true, .vocabulary = 4);
    ad_encoder *e = fitted("words", &o, text, 2);
    if (!e && lacks_letters)
        return;
    REQUIRE(e);
    CHECK_STREQ(tokens_of(e, "A B C \xC3\x89"), "2 3 1 1");
    CHECK_EQ(classes_of(e), 4);
    ad_encoder_free(e);
    o.vocabulary = 0, o.least = 2;
    e = fitted("words", &o, text, 2);
    REQUIRE(e);
    CHECK_STREQ(tokens_of(e, "a b c \xC3\x89"), "2 3 1 4");
    ad_encoder_free(e);
}

/* Begin and end stay where a text is cut; each text has them unless it is said otherwise. */
TEST(special_tokens)
{
    static const char *const text[] = {"a b c"};
    char *names[] = {"end", "begin", "mask"};
    ad_text_options o =
        AD_OPTIONS(ad_text_options, .special = {3, names}, .length = AD_SAME, .most = 4);
    ad_encoder *e = fitted("words", &o, text, 1);
    REQUIRE(e);
    CHECK_EQ(ad_encoder_special(e, AD_SPECIAL_END), 2);
    CHECK_EQ(ad_encoder_special(e, AD_SPECIAL_BEGIN), 3);
    CHECK_EQ(ad_encoder_special(e, AD_SPECIAL_MASK), 4);
    CHECK_STREQ(tokens_of(e, "a"), "3 5 2");
    CHECK_STREQ(tokens_of(e, "a b c"), "3 5 6 2");
    CHECK_STREQ(text_again(e, "a b"), "a b");
    ad_encoder_free(e);
    o.wrap = AD_WRAP_NO;
    e = fitted("characters", &o, text, 1);
    REQUIRE(e);
    CHECK_STREQ(tokens_of(e, "a b"), "6 5 7");
    ad_encoder_free(e);
    e = fitted("bytes", &o, text, 1);
    REQUIRE(e);
    CHECK_EQ(classes_of(e), 260);
    CHECK_EQ(ad_encoder_special(e, AD_SPECIAL_MASK), 259);
    ad_encoder_free(e);
}

/* ---------------------------------------------------------------- characters */

TEST(characters_by_how_often_they_come)
{
    static const char *const text[] = {"abba\n", "\xF0\x9F\x98\x80 a\\"};
    ad_encoder *e = fitted("characters", NULL, text, 2);
    REQUIRE(e);
    CHECK_STREQ(tokens_of(e, "ab\n \\\xF0\x9F\x98\x80z"), "2 3 4 5 6 7 1");
    CHECK_STREQ(text_again(e, "\xF0\x9F\x98\x80\nab"), "\xF0\x9F\x98\x80\nab");
    ad_encoder_free(e);
}

/* The same tokens whatever the threads, kept in two bytes each. */
TEST(many_texts)
{
    enum { TEXTS = 5000 };
    static char room[TEXTS][24];
    static const char *text[TEXTS];
    for (int i = 0; i < TEXTS; i++) {
        snprintf(room[i], sizeof room[i], "w%d w%d %s", i % 700, i % 31, i % 2 ? "x" : "");
        text[i] = room[i];
    }
    ad_encoder *e = fitted("words", NULL, text, TEXTS);
    said s = {text, TEXTS};
    ad_source *raw = source_of(&s), *made = e ? ad_encoder_source(e, raw, "text") : NULL;
    REQUIRE(made);
    int wrong = 0;
    for (int64_t i = 0; i < TEXTS; i++) {
        void *out = NULL;
        int64_t steps = 0, length = 0;
        int32_t token[8];
        CHECK(ad_encoder_encode(e, text[i], (int64_t)strlen(text[i]), &out, &steps) == AD_OK);
        CHECK(ad_source_length(made, i, 0, &length) == AD_OK);
        ad_array into = ad_i32(token, AD_SHAPE(1, length));
        CHECK(ad_source_read(made, &i, 1, 0, &into) == AD_OK);
        wrong += length != steps || memcmp(out, token, (size_t)steps * sizeof *token) != 0;
        free(out);
    }
    CHECK_EQ(wrong, 0);
    ad_source_free(made);
    ad_source_free(raw);
    ad_encoder_free(e);
}

/* ---------------------------------------------------------------- beside the packages
 * Files of script/token-goldens: tokenizers 0.23.3 and sentencepiece 0.2.3. */

typedef struct golden {
    char *text, *line[64];
    int lines;
} golden;

static golden read_golden(const char *name)
{
    golden g = {0};
    char path[1024];
    snprintf(path, sizeof path, ADZE_TEST_DIR "/golden_tokens/%s", name);
    FILE *f = fopen(path, "rb");
    if (!f)
        return g;
    g.text = calloc(1, 1 << 16);
    size_t size = fread(g.text, 1, (1 << 16) - 1, f);
    fclose(f);
    for (char *at = g.text, *stop; at < g.text + size && g.lines < 64; at = stop + 1) {
        stop = strchr(at, '\n');
        if (!stop)
            break;
        *stop = 0;
        g.line[g.lines++] = at;
    }
    return g;
}

/* Where the package is missing that a library comes in, its name is told. */
static ad_encoder *golden_encoder(const char *kind, const char *name, const char *ending)
{
    char path[1024];
    static const char *const text[] = {"a"};
    said s = {text, 1};
    ad_source *train = source_of(&s);
    ad_encoder *e = NULL, *again = NULL;
    snprintf(path, sizeof path, ADZE_TEST_DIR "/golden_tokens/%s.%s", name, ending);
    ad_text_options o = AD_OPTIONS(ad_text_options, .path = path);
    ad_status status = ad_encoder_fit(kind, &o, train, "text", NULL, &e);
    ad_source_free(train);
    char *words = e ? ad_encoder_text(e) : NULL;
    if (status != AD_OK)
        CHECK_CONTAINS(ad_kit_error(), "install the package lib");
    CHECK(!words || ad_encoder_read(words, strlen(words), &again) == AD_OK);
    free(words);
    ad_encoder_free(e);
    return again;
}

static void check_golden(const char *kind, const char *name, const char *ending)
{
    char file[64];
    ad_encoder *e = golden_encoder(kind, name, ending);
    golden sample = read_golden("sample.txt");
    snprintf(file, sizeof file, "%s.ids", name);
    golden ids = read_golden(file);
    snprintf(file, sizeof file, "%s.decoded", name);
    golden decoded = read_golden(file);
    CHECK(sample.lines > 20 && ids.lines == sample.lines && decoded.lines == sample.lines);
    for (int i = 0; e && i < sample.lines && i < ids.lines && i < decoded.lines; i++) {
        const char *got = tokens_of(e, sample.line[i]);
        if (strstr(got, "libutf8proc-dev"))
            continue;
        CHECK_STREQ(got, ids.line[i]);
        CHECK_STREQ(text_again(e, sample.line[i]), decoded.line[i]);
    }
    free(sample.text);
    free(ids.text);
    free(decoded.text);
    ad_encoder_free(e);
}

TEST(tokens_of_tokenizer_json)
{
    static const char *const name[] = {"gpt2", "roberta", "llama", "metaspace", "bert", "suffix"};
    for (size_t i = 0; i < sizeof name / sizeof *name; i++)
        check_golden("tokenizer_json", name[i], "json");
}

TEST(tokens_of_sentencepiece)
{
    static const char *const name[] = {"unigram", "pairs", "identity"};
    for (size_t i = 0; i < sizeof name / sizeof *name; i++)
        check_golden("sentencepiece", name[i], "model");
}

/* GPT-2's tokenizer of the sample, learned here of the same lines: equal but for the special token,
 * which is padding here. */
TEST(byte_pairs_learned_here)
{
    golden sample = read_golden("sample.txt"), ids = read_golden("gpt2.ids");
    const char *text[64];
    REQUIRE(sample.lines > 20 && ids.lines == sample.lines);
    char room[64][400];
    for (int i = 0; i < sample.lines; i++) {
        snprintf(room[i], sizeof room[i], "%s\n", sample.line[i]);
        text[i] = room[i];
    }
    ad_text_options o = AD_OPTIONS(ad_text_options, .vocabulary = 420);
    said s = {text, sample.lines};
    ad_source *train = source_of(&s);
    ad_encoder *e = NULL;
    ad_status status = ad_encoder_fit("bpe", &o, train, "text", NULL, &e);
    ad_source_free(train);
    if (status == AD_ERROR_UNSUPPORTED) {
        CHECK_CONTAINS(ad_kit_error(), "libutf8proc-dev");
    } else {
        CHECK(status == AD_OK);
        CHECK_EQ(e ? classes_of(e) : 0, 420);
    }
    for (int i = 0; e && i < sample.lines; i++)
        if (!strstr(sample.line[i], "<|endoftext|>"))
            CHECK_STREQ(tokens_of(e, sample.line[i]), ids.line[i]);
    for (int i = 0; e && i < sample.lines; i++)
        CHECK_STREQ(text_again(e, sample.line[i]), sample.line[i]);
    ad_encoder_free(e);
    free(sample.text);
    free(ids.text);
}

/* Long words go another way, to the same tokens. */
TEST(byte_pairs_of_a_long_word)
{
    static char word[6001];
    static const char *const text[] = {"abababab abab abc ab aba babb cab cabab"};
    for (int i = 0; i < 6000; i++)
        word[i] = "abcab"[i % 5];
    ad_text_options o = AD_OPTIONS(ad_text_options, .vocabulary = 270);
    ad_encoder *e = fitted("bpe", &o, text, 1);
    REQUIRE(e);
    void *out = NULL, *part = NULL;
    int64_t steps = 0, few = 0;
    CHECK(ad_encoder_encode(e, word, 6000, &out, &steps) == AD_OK);
    CHECK(ad_encoder_encode(e, word, 60, &part, &few) == AD_OK);
    CHECK(steps > 1000 && few > 10);
    CHECK(memcmp(out, part, (size_t)(few - 2) * sizeof(int32_t)) == 0);
    char *back = ad_encoder_decode(e, out, steps);
    CHECK(back && strcmp(back, word) == 0);
    free(back);
    free(out);
    free(part);
    ad_encoder_free(e);
}

TEST(word_pieces)
{
    static const char *const text[] = {"walk walked walking walks", "talk talked talking talks",
                                       "Caf\xC3\xA9, walking"};
    ad_text_options o = AD_OPTIONS(ad_text_options, .lower = true, .vocabulary = 33);
    ad_encoder *e = fitted("wordpiece", &o, text, 3);
    if (!e && lacks_letters)
        return;
    REQUIRE(e);
    CHECK_EQ(classes_of(e), 33);
    CHECK_EQ(ad_encoder_special(e, AD_SPECIAL_MASK), 4);
    CHECK_STREQ(text_again(e, "Walking talks, caf\xC3\xA9"), "walking talks, cafe");
    CHECK_STREQ(tokens_of(e, "\xE4\xBD\xA0"), "2 1 3");
    CHECK_STREQ(tokens_of(e, "[MASK]"), "2 4 3");
    ad_encoder_free(e);
    o = AD_OPTIONS(ad_text_options, .wrap = AD_WRAP_NO);
    o.path = write_file("vocab.txt", "[PAD]\n[UNK]\nun\n##aff\n##able\n!\n", 30);
    e = fitted("wordpiece", &o, text, 3);
    REQUIRE(e);
    CHECK_STREQ(tokens_of(e, "unaffable! unx"), "2 3 4 5 1");
    ad_encoder_free(e);
}

static void refuse_json(const char *json, const char *words)
{
    static const char *const text[] = {"a"};
    said s = {text, 1};
    ad_source *train = source_of(&s);
    ad_encoder *e = NULL;
    ad_text_options o =
        AD_OPTIONS(ad_text_options, .path = write_file("t.json", json, strlen(json)));
    CHECK(ad_encoder_fit("tokenizer_json", &o, train, "text", NULL, &e) != AD_OK && !e);
    if (!strstr(ad_kit_error(), "libcjson-dev"))
        CHECK_CONTAINS(ad_kit_error(), words);
    ad_source_free(train);
}

TEST(tokenizers_that_are_refused)
{
    refuse_json("{", "this is no JSON");
    refuse_json("[]", "it has no model");
    refuse_json("{\"model\":{\"type\":\"Unigram\"}}", "the model 'Unigram' is not known");
    refuse_json("{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[\"a b\"]}}",
                "a merge names a token");
    refuse_json("{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":-1}}}", "no number from 0");
    refuse_json("{\"normalizer\":{\"type\":\"Nmt\"},\"model\":{\"type\":\"BPE\"}}",
                "the normalizer 'Nmt' is not known");
    refuse_json("{\"pre_tokenizer\":{\"type\":\"Split\",\"pattern\":{\"Regex\":\"[a-z]\"},"
                "\"behavior\":\"Isolated\"},\"model\":{\"type\":\"BPE\"}}",
                "pattern of the pre-tokenizer Split '[a-z]'");
    refuse_json("{\"pre_tokenizer\":{\"type\":\"Metaspace\",\"replacement\":\"\"},"
                "\"model\":{\"type\":\"BPE\"}}",
                "an empty replacement");
}

static ad_encoder *of_json(const char *json)
{
    static const char *const text[] = {"a"};
    said s = {text, 1};
    ad_source *train = source_of(&s);
    ad_encoder *e = NULL;
    ad_text_options o =
        AD_OPTIONS(ad_text_options, .path = write_file("t.json", json, strlen(json)));
    if (ad_encoder_fit("tokenizer_json", &o, train, "text", NULL, &e) != AD_OK)
        CHECK_CONTAINS(ad_kit_error(), "libcjson-dev");
    ad_source_free(train);
    return e;
}

/* doc/conventions.md: letters that are no tokens are dropped where the file has no unknown token,
 * as Hugging Face's BPE does; one more token stands behind all others for padding. */
TEST(letters_that_a_tokenizer_does_not_know)
{
    ad_encoder *e = of_json("{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0,\"b\":1,\"ab\":2},"
                            "\"merges\":[\"a b\"]}}");
    if (!e)
        return;
    CHECK_STREQ(tokens_of(e, "axbab"), "2 2"); /* x is gone before pairs are merged */
    CHECK_EQ(ad_encoder_special(e, AD_SPECIAL_UNKNOWN), -1);
    CHECK_EQ(ad_encoder_special(e, AD_SPECIAL_PADDING), 3);
    CHECK_EQ(classes_of(e), 4);
    ad_encoder_free(e);
}

/* Of two added tokens that are one where the text was changed, the first in the file counts, at
 * each load; it decodes as it stands in changed texts. */
TEST(added_tokens_that_are_one)
{
    ad_encoder *e = of_json("{\"normalizer\":{\"type\":\"Lowercase\"},\"added_tokens\":["
                            "{\"id\":5,\"content\":\"FooBar\",\"normalized\":true},"
                            "{\"id\":4,\"content\":\"foobar\",\"normalized\":true}],"
                            "\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[]}}");
    if (!e)
        return;
    for (int i = 0; i < 3; i++)
        CHECK_STREQ(tokens_of(e, "aFOOBARa"), "0 5 0");
    CHECK_STREQ(text_again(e, "FooBar"), "foobar");
    ad_encoder_free(e);
}

/* Padded with the padding token of the file, wherever it stands. */
TEST(padding_by_the_file)
{
    static const char *const text[] = {"a", "abab"};
    said s = {text, 2};
    static const char json[] =
        "{\"added_tokens\":[{\"id\":3,\"content\":\"<pad>\",\"special\":true}],"
        "\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0,\"b\":1},\"merges\":[]}}";
    ad_text_options o = AD_OPTIONS(ad_text_options, .length = 3,
                                   .path = write_file("t.json", json, sizeof json - 1));
    ad_source *raw = source_of(&s);
    ad_encoder *e = NULL;
    if (ad_encoder_fit("tokenizer_json", &o, raw, "text", NULL, &e) == AD_OK) {
        ad_source *made = ad_encoder_source(e, raw, "text");
        int32_t token[6];
        int64_t number[] = {0, 1};
        ad_array into = ad_i32(token, AD_SHAPE(2, 3));
        static const int32_t wanted[] = {0, 3, 3, 0, 1, 0};
        CHECK(made && ad_source_read(made, number, 2, 0, &into) == AD_OK);
        CHECK(memcmp(token, wanted, sizeof wanted) == 0);
        ad_source_free(made);
    }
    ad_encoder_free(e);
    ad_source_free(raw);
}

/* SentencePiece: unknown 0, <s> 1, </s> 2 and no padding; ours is one token more. */
TEST(special_tokens_of_sentencepiece)
{
    ad_encoder *e = golden_encoder("sentencepiece", "unigram", "model");
    REQUIRE(e);
    CHECK_EQ(ad_encoder_special(e, AD_SPECIAL_UNKNOWN), 0);
    CHECK_EQ(ad_encoder_special(e, AD_SPECIAL_BEGIN), 1);
    CHECK_EQ(ad_encoder_special(e, AD_SPECIAL_END), 2);
    CHECK_EQ(ad_encoder_special(e, AD_SPECIAL_PADDING), classes_of(e) - 1);
    ad_encoder_free(e);
}

/* A model that is cut off anywhere is refused, or is a smaller one. */
TEST(models_that_are_cut_off)
{
    static unsigned char bytes[1 << 14];
    static const char *const text[] = {"a"};
    FILE *f = fopen(ADZE_TEST_DIR "/golden_tokens/unigram.model", "rb");
    REQUIRE(f);
    size_t size = fread(bytes, 1, sizeof bytes, f);
    fclose(f);
    for (size_t i = 0; i < size; i += 7) {
        said s = {text, 1};
        ad_source *train = source_of(&s);
        ad_encoder *e = NULL;
        ad_text_options o = AD_OPTIONS(ad_text_options, .path = write_file("cut.model", bytes, i));
        if (ad_encoder_fit("sentencepiece", &o, train, "text", NULL, &e) == AD_OK)
            tokens_of(e, "The cat sat.");
        else
            CHECK(*ad_kit_error());
        ad_encoder_free(e);
        ad_source_free(train);
    }
}

static void refuse(const char *text, const char *words)
{
    ad_encoder *e = NULL;
    CHECK(ad_encoder_read(text, strlen(text), &e) != AD_OK && !e);
    CHECK_CONTAINS(ad_kit_error(), words);
}

TEST(what_is_refused)
{
    static const char *const text[] = {"a"};
    char *names[] = {"nope"};
    ad_text_options o = AD_OPTIONS(ad_text_options, .special = {1, names});
    said s = {text, 1};
    ad_source *raw = source_of(&s);
    ad_encoder *e = NULL;
    CHECK(ad_encoder_fit("words", &o, raw, "text", NULL, &e) != AD_OK && !e);
    CHECK_CONTAINS(ad_kit_error(), "'nope' is no special token");
    ad_source_free(raw);
#define FRAME "frame 0 0 1 0 1 -1 -1 -1 -1\n"
    refuse("encoder words\n" FRAME, "no text of the encoder words");
    refuse("encoder words\n" FRAME "lower 0\ntokens 2\na\n", "no text of the encoder words");
    refuse("encoder words\n" FRAME "lower 0\ntokens 2\na\na\n", "no text of the encoder words");
    refuse("encoder words\n" FRAME "lower 0\ntokens 1\na\nb\n", "no text of the encoder words");
    refuse("encoder words\n" FRAME "lower 0\ntokens -1\n", "no text of the encoder words");
    refuse("encoder words\nframe 0 0 1 0 1 5 -1 -1 -1\nlower 0\ntokens 0\n",
           "no text of the encoder words");
}

TEST_MAIN
