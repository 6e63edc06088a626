/* Configurations, from any bytes: one that is read can be written, and reads back. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <adze/kit.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    ad_config *config = NULL, *again = NULL;
    ad_status status = ad_config_parse("any.yaml", (const char *)bytes, size, NULL, 0, &config);
    if (status != AD_OK) {
        assert(!config && ad_kit_error()[0]);
        return 0;
    }
    char *text = ad_config_text(config, NULL);
    if (text) {
        assert(ad_config_parse("again.yaml", text, strlen(text), NULL, 0, &again) == AD_OK);
        char *second = ad_config_text(again, NULL);
        assert(second && strcmp(text, second) == 0);
        free(second);
    }
    free(text);
    ad_config_free(config);
    ad_config_free(again);
    return 0;
}
