/* Schemas as text, from any bytes: what is read can be written, and reads back the same. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <adze/kit.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    ad_schema *schema = NULL, *again = NULL;
    if (ad_schema_read((const char *)bytes, size, &schema) != AD_OK) {
        assert(!schema && ad_kit_error()[0]);
        return 0;
    }
    char *text = ad_schema_text(schema);
    if (text) {
        assert(ad_schema_read(text, strlen(text), &again) == AD_OK);
        char *second = ad_schema_text(again);
        assert(second && strcmp(text, second) == 0);
        free(second);
    }
    free(text);
    ad_schema_free(schema);
    ad_schema_free(again);
    return 0;
}
