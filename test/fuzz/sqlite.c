/* A file for the reader of SQLite: a data base that is none, or whose pages are broken, is refused
 * with words; the query of each is the same. */
#include "reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char query[] = "SELECT * FROM t";
    if (size > 1 << 16)
        return 0;
    const char *path = fuzz_file("table.sqlite", data, size);
    ad_sqlite_options o = AD_OPTIONS(ad_sqlite_options, .path = path, .query = query);
    const ad_reader_record *r = ad_reader_find("sqlite");
    ad_schema *schema = NULL;
    ad_source *rows = NULL;
    FUZZ_CHECK(r);
    if (r->understand(&o, &schema) == AD_OK && r->open(&o, schema, AD_PART_TRAIN, &rows) == AD_OK)
        fuzz_print(rows);
    else
        FUZZ_CHECK(*ad_kit_error());
    ad_schema_free(schema);
    remove(path);
    return 0;
}
