/* Encoders: the record, the source that one makes, its text form; tokens of bytes. */
#include <adze/kit.h>
#include <stdlib.h>
#include <string.h>

#include "test.h"

static const char *const text[] = {"ab", "", "\xC3\xA9z!", "longer than that"};
enum { TEXTS = 4 };

static ad_status read_text(void *user, const int64_t *number, int64_t count, uint64_t epoch,
                           ad_array *into)
{
    (void)user, (void)epoch;
    for (int64_t i = 0; i < count; i++)
        ((int32_t *)into[1].data)[i] = (int32_t)number[i] * 10;
    if (ad_array_count(&into[0]) > 0)
        memcpy(into[0].data, text[number[0]], strlen(text[number[0]]));
    return AD_OK;
}

static ad_status text_length(void *user, int64_t number, uint64_t epoch, int64_t *length)
{
    (void)user, (void)epoch;
    *length = (int64_t)strlen(text[number]);
    return AD_OK;
}

static ad_source *make_texts(void)
{
    ad_source_field f[] = {{"say", AD_U8, AD_SHAPE(AD_VARYING)}, {"label", AD_I32, AD_SCALAR}};
    return ad_source_new(&(ad_source_record){
        .count = TEXTS, .field = f, .fields = 2, .read = read_text, .length = text_length});
}

/* Longer texts are cut, shorter ones padded with 0, and other fields stay. */
TEST(one_length_for_all)
{
    ad_source *raw = make_texts();
    ad_encoder *e = NULL;
    ad_text_options o = AD_OPTIONS(ad_text_options, .length = 4);
    CHECK(ad_encoder_fit("bytes", &o, raw, "say", NULL, &e) == AD_OK);
    ad_source *made = ad_encoder_source(e, raw, "say");
    ad_source_free(raw);
    ad_encoder_free(e);
    int32_t token[TEXTS * 4], label[TEXTS];
    int64_t number[] = {3, 0, 1, 2};
    ad_array into[] = {ad_i32(token, AD_SHAPE(TEXTS, 4)), ad_i32(label, AD_SHAPE(TEXTS))};
    static const int32_t wanted[] = {1 + 'l', 1 + 'o', 1 + 'n', 1 + 'g', 1 + 'a', 1 + 'b',
                                     0,       0,       0,       0,       0,       0,
                                     0xC4,    0xAA,    1 + 'z', 1 + '!'};
    CHECK(made && ad_source_read(made, number, TEXTS, 0, into) == AD_OK);
    CHECK(memcmp(token, wanted, sizeof wanted) == 0);
    CHECK(label[0] == 30 && label[3] == 20);
    ad_source_free(made);
}

/* Without a length each text has its own, cut at `most`; as text and back it gives the same. */
TEST(a_length_for_each)
{
    ad_source *raw = make_texts();
    ad_encoder *e = NULL, *again = NULL;
    ad_text_options o = AD_OPTIONS(ad_text_options, .most = 3);
    CHECK(ad_encoder_fit("bytes", &o, raw, "say", NULL, &e) == AD_OK);
    char *words = ad_encoder_text(e);
    CHECK(words && strcmp(words, "encoder bytes\nframe 0 3 1 0 -1 -1 -1 -1 -1\n") == 0);
    CHECK(ad_encoder_read(words, strlen(words), &again) == AD_OK);
    ad_source *made = ad_encoder_source(again, raw, "say");
    int64_t length = -1, number = 2;
    CHECK(made && ad_source_length(made, 3, 0, &length) == AD_OK && length == 3);
    CHECK(ad_source_length(made, 1, 0, &length) == AD_OK && length == 0);
    int32_t token[3], label[1];
    ad_array into[] = {ad_i32(token, AD_SHAPE(1, 3)), ad_i32(label, AD_SHAPE(1))};
    CHECK(ad_source_read(made, &number, 1, 0, into) == AD_OK);
    CHECK(ad_encoder_special(again, AD_SPECIAL_PADDING) == 0);
    CHECK(ad_encoder_special(again, AD_SPECIAL_MASK) == -1);
    char *back = ad_encoder_decode(again, token, 3);
    CHECK(back && memcmp(back, "\xC3\xA9z", 4) == 0);
    free(back);
    free(words);
    ad_source_free(made);
    ad_source_free(raw);
    ad_encoder_free(e);
    ad_encoder_free(again);
}

TEST(what_is_refused)
{
    ad_source *raw = make_texts();
    ad_encoder *e = NULL;
    CHECK(ad_encoder_fit("byts", NULL, raw, "say", NULL, &e) != AD_OK && !e);
    CHECK(strstr(ad_kit_error(), "did you mean bytes"));
    CHECK(ad_encoder_fit("bytes", NULL, raw, "label", NULL, &e) != AD_OK && !e);
    CHECK(strstr(ad_kit_error(), "label is not a text"));
    static const char *const bad[] = {"",
                                      "encoder",
                                      "encoder bytes\n",
                                      "encoder nope\nframe 0 0 1 0 -1 -1 -1 -1 -1\n",
                                      "encoder bytes\nframe 0 0 1 0 -1 -1 -1 -1 -1\nmore",
                                      "encoder bytes\nframe 0 -1 1 0 -1 -1 -1 -1 -1\n"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK(ad_encoder_read(bad[i], strlen(bad[i]), &e) != AD_OK && !e);
    ad_source_free(raw);
}

/* A stored model of SentencePiece whose frame names a token that it has not. */
TEST(special_tokens_are_tokens)
{
    static char words[4096];
    ad_encoder *e = NULL;
    FILE *file = fopen(ADZE_TEST_DIR "/fuzz/corpus/encoder/special_beyond", "rb");
    REQUIRE(file);
    size_t size = fread(words, 1, sizeof words, file);
    fclose(file);
    CHECK(ad_encoder_read(words, size, &e) == AD_ERROR_FORMAT && !e);
    CHECK_CONTAINS(ad_kit_error(), "token 21 is a special one, and has");
    char *token = strstr(words, " 21 ");
    REQUIRE(token);
    memcpy(token, "  2 ", 4);
    CHECK(ad_encoder_read(words, size, &e) == AD_OK && e);
    ad_encoder_free(e);
}

TEST_MAIN
