/* A file for the reader of texts, as it is found and by each form: understood and read, twice the
 * same, or refused with words; its lines are predicted. */
#include "reader.h"

static void try_form(const char *path, ad_texts_form form)
{
    const ad_reader_record *r = ad_reader_find("text");
    ad_texts_options o = AD_OPTIONS(ad_texts_options, .path = path, .form = form, .piece = 64);
    ad_schema *schema = NULL, *again = NULL;
    ad_source *rows = NULL, *twice = NULL;
    if (r->understand(&o, &schema) != AD_OK) {
        FUZZ_CHECK(*ad_kit_error());
        return;
    }
    char *text = ad_schema_text(schema);
    FUZZ_CHECK(text && ad_schema_read(text, strlen(text), &again) == AD_OK);
    FUZZ_CHECK(r->open(&o, schema, AD_PART_TRAIN, &rows) == AD_OK && rows);
    FUZZ_CHECK(r->open(&o, again, AD_PART_TRAIN, &twice) == AD_OK && twice);
    FUZZ_CHECK(fuzz_print(rows) == fuzz_print(twice));
    ad_status status = r->items(again, &path, 1, &rows);
    bool any = form != AD_TEXTS_TAGGED && form != AD_TEXTS_PAIRS && form != AD_TEXTS_AUTO;
    FUZZ_CHECK(status == AD_OK || (!any && *ad_kit_error()));
    if (status == AD_OK)
        fuzz_print(rows);
    free(text);
    ad_schema_free(again);
    ad_schema_free(schema);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 1 << 16)
        return 0;
    const char *path = fuzz_file("texts", data, size);
    const ad_reader_record *found = ad_reader_for(path);
    FUZZ_CHECK(found || *ad_kit_error());
    try_form(path, AD_TEXTS_AUTO);
    try_form(path, AD_TEXTS_LABELS);
    try_form(path, AD_TEXTS_LINES);
    try_form(path, AD_TEXTS_CORPUS);
    try_form(path, AD_TEXTS_TAGGED);
    try_form(path, AD_TEXTS_PAIRS);
    remove(path);
    return 0;
}
