/* A tokenizer of another program, a SentencePiece model or a tokenizer.json: refused with words, or
 * an encoder that prints and reads back equal, and that encodes a text; tokens are below its
 * classes, and decode. */
#include "fuzz.h"

#include <adze/encode.h>
#include <adze/kit.h>

static const char sample[] =
    "The cat's  na\xC3\xAFve 12.5 \xE4\xBD\xA0\xE5\xA5\xBD [MASK] <s>\n e\xCC\x82\xCC\x81";

/* One text, that of the sample. */
static ad_source *one_text(void)
{
    enum { SIZE = sizeof sample - 1 };
    ad_named_array list[] = {
        {"text", {.type = AD_U8, .data = (void *)sample, .shape = AD_SHAPE(1, SIZE)}}};
    return ad_source_arrays(list, 1, .borrow = true);
}

static void use(const ad_encoder *e)
{
    ad_encoded about;
    void *out = NULL;
    int64_t steps = 0;
    ad_encoder_about(e, &about);
    FUZZ_CHECK(about.type == AD_I32 && about.classes > 0);
    if (ad_encoder_encode(e, sample, sizeof sample - 1, &out, &steps) != AD_OK) {
        FUZZ_CHECK(*ad_kit_error());
        return;
    }
    const int32_t *token = out;
    for (int64_t i = 0; i < steps; i++)
        FUZZ_CHECK(token[i] >= 0 && token[i] < about.classes);
    char *back = ad_encoder_decode(e, token, steps);
    FUZZ_CHECK(back);
    free(back);
    free(out);
}

static void try_kind(const char *kind, const char *path, ad_source *texts)
{
    ad_text_options o = AD_OPTIONS(ad_text_options, .path = path);
    ad_encoder *e = NULL, *again = NULL;
    if (ad_encoder_fit(kind, &o, texts, "text", NULL, &e) != AD_OK) {
        FUZZ_CHECK(!e && *ad_kit_error());
        return;
    }
    char *words = ad_encoder_text(e);
    FUZZ_CHECK(words && ad_encoder_read(words, strlen(words), &again) == AD_OK);
    use(again);
    free(words);
    ad_encoder_free(e);
    ad_encoder_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ad_source *texts = one_text();
    FUZZ_CHECK(texts);
    const char *path = fuzz_file("tokenizer", data, size);
    try_kind(size && data[0] == '{' ? "tokenizer_json" : "sentencepiece", path, texts);
    remove(path);
    ad_source_free(texts);
    return 0;
}
