/* What must hold of a reader of data for any file: it is understood and read, twice the same, or
 * refused with words. */
#ifndef FUZZ_READER_H
#define FUZZ_READER_H

#include "fuzz.h"

#include <adze/kit.h>

static inline uint64_t fuzz_print(ad_source *rows)
{
    uint64_t print = 0;
    FUZZ_CHECK(ad_source_fingerprint(rows, &print) == AD_OK);
    ad_source_free(rows);
    return print;
}

/* The same schema from its text; the file also as one to predict. */
static inline void fuzz_items(const ad_reader_record *r, const ad_schema *schema, const char *path,
                              uint64_t print)
{
    ad_source *rows = NULL;
    ad_schema *again = NULL;
    char *text = ad_schema_text(schema);
    FUZZ_CHECK(text && ad_schema_read(text, strlen(text), &again) == AD_OK);
    FUZZ_CHECK(r->items(again, &path, 1, &rows) == AD_OK && fuzz_print(rows) == print);
    ad_schema_free(again);
    free(text);
}

static inline void fuzz_reader(const char *name, const void *options, const char *path)
{
    const ad_reader_record *r = ad_reader_find(name);
    ad_schema *schema = NULL;
    ad_source *rows = NULL;
    FUZZ_CHECK(r);
    if (r->understand(options, &schema) != AD_OK) {
        FUZZ_CHECK(*ad_kit_error());
        return;
    }
    if (r->open(options, schema, AD_PART_TRAIN, &rows) == AD_OK)
        fuzz_items(r, schema, path, fuzz_print(rows));
    else
        FUZZ_CHECK(strstr(ad_kit_error(), "no column is left"));
    ad_schema_free(schema);
}

#endif
