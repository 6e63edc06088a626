/* The reader of queries of SQLite files. */
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "reader_table.h"
#include "sqlite.h"

static const ad_option options[] = {
    {.name = "path",
     .type = AD_OPTION_PATH,
     .required = true,
     .offset = offsetof(ad_sqlite_options, path),
     .also = "file sqlite database db",
     .help = "the file of the data base"},
    {.name = "query",
     .type = AD_OPTION_TEXT,
     .offset = offsetof(ad_sqlite_options, query),
     .unset = "all of the only table",
     .also = "sql select statement",
     .help = "one SELECT, whose rows are the examples"},
    {.name = "test",
     .type = AD_OPTION_TEXT,
     .offset = offsetof(ad_sqlite_options, test),
     .unset = "none",
     .also = "test_query",
     .help = "another SELECT with the same columns, to test with"},
    TABLE_OPTIONS(ad_sqlite_options),
};

static const ad_sqlite_options initial = AD_OPTIONS_INIT(ad_sqlite_options);

/* A query as rows. */
typedef struct rows {
    sqlite_query *query;
    table_cell *cell;
    ad_names names; /* of the columns: each a copy */
    const char *path;
} rows;

static int next_row(void *user, const table_cell **row)
{
    rows *r = user;
    *row = r->cell;
    return sqlite_query_row(r->query, r->cell);
}

static void place(void *user, int cell, int64_t *line, int64_t *column)
{
    rows *r = user;
    *line = sqlite_query_number(r->query);
    *column = cell + 1;
}

static void close_rows(rows *r)
{
    sqlite_query_close(r->query);
    table_names_done(&r->names);
    free(r->cell);
}

static ad_status take_names(rows *r)
{
    int columns = sqlite_query_columns(r->query);
    r->cell = calloc((size_t)columns + 1, sizeof *r->cell);
    r->names.text = calloc((size_t)columns + 1, sizeof *r->names.text);
    if (!r->cell || !r->names.text)
        return message_no_memory();
    for (int i = 0; i < columns; i++) {
        const char *name = sqlite_query_column(r->query, i);
        for (int k = 0; k < i; k++)
            if (strcmp(r->names.text[k], name) == 0)
                return message_fail(AD_ERROR_ARGUMENT,
                                    "%s: two columns of the query are called '%s'\n  rename one: "
                                    "SELECT ... AS other\n",
                                    r->path, name);
        if (!(r->names.text[r->names.count++] = text_copy(name)))
            return message_no_memory();
    }
    return AD_OK;
}

static ad_status open_rows(rows *r, const char *path, const char *query)
{
    *r = (rows){.path = path};
    ad_status status = sqlite_query_open(path, query, &r->query);
    if (status == AD_OK)
        status = take_names(r);
    if (status != AD_OK)
        close_rows(r);
    return status;
}

static table_feed feed_of(rows *r)
{
    return (table_feed){
        .user = r, .name = r->path, .columns = r->names.count, .next = next_row, .place = place};
}

static ad_status study(rows *r, const ad_sqlite_options *o, ad_schema *schema)
{
    table_layout layout = {.named = true, .point = '.', .unknown_missing = o->unknown == 1};
    table_wish wish = TABLE_WISH(o, &r->names);
    wish.reader = "sqlite", wish.name = o->path;
    table_feed feed = feed_of(r);
    ad_status status = table_check_wish(&wish);
    if (status != AD_OK)
        return status;
    layout.dialect = text_copy(sqlite_query_text(r->query));
    bool memory = layout.dialect && table_layout_columns(&layout, &r->names) &&
                  table_names_copy(&layout.missing, &o->missing) &&
                  ad_schema_note(schema, "the rows are those of: %s", layout.dialect);
    status = memory ? table_feed_study(&feed, &wish, &layout, schema) : message_no_memory();
    table_layout_done(&layout);
    return status;
}

static ad_status find_out(const ad_sqlite_options *o, ad_schema **schema)
{
    rows r;
    *schema = NULL;
    if (!o->path)
        return message_fail(AD_ERROR_ARGUMENT, "sqlite: no path is given\n  path: FILE.sqlite\n");
    ad_status status = open_rows(&r, o->path, o->query);
    if (status != AD_OK)
        return status;
    ad_schema *s = ad_schema_new("sqlite");
    status = s ? study(&r, o, s) : message_no_memory();
    close_rows(&r);
    if (status == AD_OK)
        *schema = s;
    else
        ad_schema_free(s);
    return status;
}

/* o: where a part is read; NULL: what is to be predicted. */
static ad_status load(const char *path, const char *query, const ad_schema *schema,
                      const table_layout *layout, const ad_sqlite_options *o, table_sink *sink,
                      ad_source **source)
{
    rows r;
    table_plan plan;
    ad_status status = open_rows(&r, path, query);
    if (status != AD_OK)
        return status;
    table_feed feed = feed_of(&r);
    status = table_plan_make(&plan, schema, layout, path, r.names.text, r.names.count, o != NULL);
    if (status == AD_OK) {
        plan.keep = o && o->keep ? (size_t)o->memory << 20 : 0;
        status = table_feed_load(&feed, &plan, sink, source);
        table_plan_done(&plan);
    }
    close_rows(&r);
    return status;
}

static ad_status open_part(const void *chosen, const ad_schema *schema, ad_part part,
                           ad_source **source)
{
    const ad_sqlite_options *o = chosen;
    table_layout layout;
    *source = NULL;
    if (part == AD_PART_VALIDATION || (part == AD_PART_TEST && !o->test))
        return AD_OK;
    ad_status status = table_layout_read(schema, &layout);
    if (status != AD_OK)
        return status;
    const char *query = part == AD_PART_TEST ? o->test : layout.dialect;
    status = load(o->path, query, schema, &layout, o, NULL, source);
    table_layout_done(&layout);
    return status;
}

static ad_status understand(const void *chosen, ad_schema **schema)
{
    const ad_sqlite_options *o = chosen;
    const char *const tables[] = {o->path, o->path, o->path};
    ad_status status = find_out(o, schema);
    return status == AD_OK
               ? table_look(o, &(table_files_wish)TABLE_FILES(o), tables, open_part, schema)
               : status;
}

/* Other files: by the query that was learned from. */
static ad_status load_item(const char *path, const ad_schema *schema, const table_layout *layout,
                           table_sink *sink, ad_source **source)
{
    return load(path, layout->dialect, schema, layout, NULL, sink, source);
}

static ad_status items(const ad_schema *schema, const char *const *path, int count,
                       ad_source **source)
{
    return table_items(schema, path, count, load_item, source);
}

static ad_status each(const ad_schema *schema, const char *path, ad_items_take take, void *user)
{
    return table_each(schema, path, load_item, take, user);
}

static int looks(const char *path, const unsigned char *bytes, size_t size)
{
    (void)path;
    return bytes && size >= 16 && memcmp(bytes, "SQLite format 3", 16) == 0 ? 100 : 0;
}

const ad_reader_record reader_sqlite = {.record = {.name = "sqlite",
                                                   .help = "rows of a query of an SQLite file",
                                                   .also = "sql database db sqlite3",
                                                   AD_RECORD_OPTIONS(options, initial)},
                                        .understand = understand,
                                        .open = open_part,
                                        .items = items,
                                        .each = each,
                                        .looks = looks};
