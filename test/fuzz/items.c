/* A file to predict, for each reader that was made on a table of its own: every item is given,
 * sound or with words, in order; nothing else happens.  The first byte chooses the reader. */
#include "reader.h"

#include <math.h>

/* What the reader was made on. */
typedef struct made {
    const char *reader, *name, *text;
} made;

static const made all[] = {
    {"csv", "made.csv",
     "id,a,b,kind,day,y\nr1,1,2.5,red,2020-01-02,0\nr2,2,,blue,2021-03-04,1\n"
     "r3,3,-1e3,red,,1\nr4,4,7,green,2022-05-06,0\nr5,5,8,blue,2020-01-03,1\n"},
    {"arff", "made.arff",
     "@relation r\n@attribute a numeric\n@attribute kind {x,y,z}\n@attribute y {no,yes}\n@data\n"
     "1,x,no\n2.5,y,yes\n?,z,no\n"},
    {"svmlight", "made.svm", "1 1:0.5 3:2\n-1 2:1\n1 4:-3\n"},
};

enum { MADE = sizeof all / sizeof *all };

static ad_schema *schema_of(const made *m)
{
    char target[] = "y", *targets[] = {target};
    ad_schema *schema = NULL;
    const ad_reader_record *r = ad_reader_find(m->reader);
    const char *path = fuzz_file(m->name, (const uint8_t *)m->text, strlen(m->text));
    ad_csv_options csv = AD_OPTIONS(ad_csv_options, .path = path, .target = {1, targets});
    ad_arff_options arff = AD_OPTIONS(ad_arff_options, .path = path, .target = {1, targets});
    ad_svmlight_options svm = AD_OPTIONS(ad_svmlight_options, .path = path);
    const void *options[MADE] = {&csv, &arff, &svm};
    FUZZ_CHECK(r && r->understand(options[m - all], &schema) == AD_OK);
    remove(path);
    return schema;
}

typedef struct seen {
    int64_t rows, broken;
} seen;

static ad_status see(void *user, const ad_items *items)
{
    seen *s = user;
    uint64_t print;
    FUZZ_CHECK(items->count > 0 && items->first == s->rows + 1);
    FUZZ_CHECK(!items->source || ad_source_count(items->source) == items->count);
    FUZZ_CHECK(!items->source || ad_source_fingerprint(items->source, &print) == AD_OK);
    FUZZ_CHECK(items->source || (items->error && items->error[0]));
    for (int64_t i = 0; items->error && i < items->count; i++)
        if (items->error[i]) {
            FUZZ_CHECK(*items->error[i]);
            s->broken++;
        }
    s->rows += items->count;
    return AD_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static ad_schema *schema[MADE];
    if (size < 1 || size > 1 << 16)
        return 0;
    int which = data[0] % MADE;
    schema[which] = schema[which] ? schema[which] : schema_of(&all[which]);
    const ad_reader_record *r = ad_reader_find(all[which].reader);
    const char *path = fuzz_file("asked", data + 1, size - 1);
    seen s = {0};
    ad_source *rows = NULL;
    if (r->each(schema[which], path, see, &s) != AD_OK)
        FUZZ_CHECK(*ad_kit_error());
    else if (s.broken == 0 && r->items(schema[which], &path, 1, &rows) == AD_OK)
        FUZZ_CHECK(ad_source_count(rows) == s.rows);
    ad_source_free(rows);
    remove(path);
    return 0;
}
