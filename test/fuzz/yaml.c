/* A configuration: reported, or read; written again it reads back to the same text. */
#include "fuzz.h"

#include <adze/kit.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ad_config *config = NULL, *again = NULL;
    char *copy = malloc(size + 1);
    FUZZ_CHECK(copy);
    memcpy(copy, data, size);
    copy[size] = 0;
    ad_status status = ad_config_parse("fuzz.yaml", copy, size, NULL, 0, &config);
    FUZZ_CHECK(status == AD_OK ? config != NULL : *ad_kit_error() != 0);
    if (status == AD_OK) {
        char *text = ad_config_text(config, NULL);
        FUZZ_CHECK(text);
        FUZZ_CHECK(ad_config_parse("again.yaml", text, strlen(text), NULL, 0, &again) == AD_OK);
        char *twice = ad_config_text(again, NULL);
        FUZZ_CHECK(twice && !strcmp(text, twice));
        free(twice);
        free(text);
    }
    ad_config_free(again);
    ad_config_free(config);
    free(copy);
    return 0;
}
