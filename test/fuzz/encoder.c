/* Encoders as text: refused with words, or an encoder that prints and reads back equal, and that
 * encodes what stands in the text itself; tokens are below its classes, and decode. */
#include "fuzz.h"

#include <adze/kit.h>

static void use(const ad_encoder *e, const char *text, size_t size)
{
    ad_encoded about;
    void *out = NULL;
    int64_t steps = 0;
    ad_encoder_about(e, &about);
    if (about.type != AD_I32)
        return;
    if (ad_encoder_encode(e, text, (int64_t)size, &out, &steps) != AD_OK) {
        FUZZ_CHECK(*ad_kit_error());
        return;
    }
    const int32_t *token = out;
    for (int64_t i = 0; i < steps; i++)
        FUZZ_CHECK(token[i] >= 0 && token[i] < about.classes);
    char *back = ad_encoder_decode(e, token, steps);
    FUZZ_CHECK(back);
    for (int i = AD_SPECIAL_PADDING; i <= AD_SPECIAL_MASK; i++)
        FUZZ_CHECK(ad_encoder_special(e, (ad_special)i) < about.classes);
    free(back);
    free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ad_encoder *e = NULL, *again = NULL;
    const char *text = (const char *)data;
    if (ad_encoder_read(text, size, &e) != AD_OK) {
        FUZZ_CHECK(!e && *ad_kit_error());
        return 0;
    }
    char *words = ad_encoder_text(e);
    FUZZ_CHECK(words && ad_encoder_read(words, strlen(words), &again) == AD_OK);
    char *twice = ad_encoder_text(again);
    FUZZ_CHECK(twice && strcmp(words, twice) == 0);
    use(again, text, size < 2048 ? size : 2048);
    free(words);
    free(twice);
    ad_encoder_free(e);
    ad_encoder_free(again);
    return 0;
}
