/* The reader of ARFF files. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "arff.h"
#include "message.h"
#include "reader_table.h"

static const ad_option options[] = {
    {.name = "path",
     .type = AD_OPTION_PATH,
     .required = true,
     .offset = offsetof(ad_arff_options, path),
     .also = "file filename arff",
     .help = "the file; plain or gzip"},
    {.name = "test",
     .type = AD_OPTION_PATH,
     .offset = offsetof(ad_arff_options, test),
     .unset = "none",
     .also = "test_path",
     .help = "a second file with the same attributes, to test with"},
    TABLE_OPTIONS(ad_arff_options),
};

static const ad_arff_options initial = AD_OPTIONS_INIT(ad_arff_options);

static int next_row(void *user, const table_cell **row)
{
    arff_file *f = user;
    *row = f->cell;
    return arff_row(f);
}

static void place(void *user, int cell, int64_t *line, int64_t *column)
{
    const arff_file *f = user;
    *line = f->lines.number;
    *column = line_column(&f->lines, f->place[cell]);
}

static table_feed feed_of(arff_file *f)
{
    return (table_feed){.user = f,
                        .name = f->lines.name,
                        .columns = f->names.count,
                        .next = next_row,
                        .place = place};
}

/* What the file states: nominal attributes are classes. */
static ad_status study_as(arff_file *f, const ad_arff_options *o, table_layout *layout, int *stated,
                          ad_names *words, ad_schema *schema)
{
    table_wish wish = TABLE_WISH(o, &f->names);
    table_feed feed = feed_of(f);
    wish.reader = "arff", wish.name = f->lines.name;
    wish.stated = stated, wish.stated_names = words;
    for (int i = 0; i < f->names.count; i++) {
        stated[i] = f->attribute[i].kind == ARFF_NOMINAL ? COLUMN_CLASS : COLUMN_NONE;
        words[i] = f->attribute[i].words;
    }
    ad_status status = table_check_wish(&wish);
    if (status == AD_OK && !(table_layout_columns(layout, &f->names) &&
                             table_names_copy(&layout->missing, &o->missing)))
        status = message_no_memory();
    return status == AD_OK ? table_feed_study(&feed, &wish, layout, schema) : status;
}

static ad_status study(arff_file *f, const ad_arff_options *o, ad_schema *schema)
{
    table_layout layout = {.named = true, .point = '.', .unknown_missing = o->unknown == 1};
    int *stated = calloc((size_t)f->names.count, sizeof *stated);
    ad_names *words = calloc((size_t)f->names.count, sizeof *words);
    ad_status status =
        stated && words ? study_as(f, o, &layout, stated, words, schema) : message_no_memory();
    free(stated);
    free(words);
    table_layout_done(&layout);
    return status;
}

static ad_status find_out(const ad_arff_options *o, ad_schema **schema)
{
    arff_file f;
    *schema = NULL;
    if (!o->path)
        return message_fail(AD_ERROR_ARGUMENT, "arff: no path is given\n  path: FILE.arff\n");
    ad_status status = table_twice_readable(o->path);
    if (status == AD_OK)
        status = arff_open(&f, o->path);
    if (status != AD_OK)
        return status;
    ad_schema *s = ad_schema_new("arff");
    status = s ? study(&f, o, s) : message_no_memory();
    arff_close(&f);
    if (status == AD_OK)
        *schema = s;
    else
        ad_schema_free(s);
    return status;
}

/* o: where a part is read; NULL: what is to be predicted. */
static ad_status load(const char *path, const ad_schema *schema, const table_layout *layout,
                      const ad_arff_options *o, table_sink *sink, ad_source **source)
{
    arff_file f;
    table_plan plan;
    ad_status status = arff_open(&f, path);
    if (status != AD_OK)
        return status;
    table_feed feed = feed_of(&f);
    status = table_plan_make(&plan, schema, layout, f.lines.name, f.names.text, f.names.count,
                             o != NULL);
    if (status == AD_OK) {
        plan.keep = o && o->keep ? (size_t)o->memory << 20 : 0;
        status = table_feed_load(&feed, &plan, sink, source);
        table_plan_done(&plan);
    }
    arff_close(&f);
    return status;
}

static ad_status open_part(const void *chosen, const ad_schema *schema, ad_part part,
                           ad_source **source)
{
    const ad_arff_options *o = chosen;
    const char *path = part == AD_PART_TRAIN ? o->path : part == AD_PART_TEST ? o->test : NULL;
    table_layout layout;
    *source = NULL;
    if (!path)
        return AD_OK;
    ad_status status = table_layout_read(schema, &layout);
    if (status != AD_OK)
        return status;
    status = load(path, schema, &layout, o, NULL, source);
    table_layout_done(&layout);
    return status;
}

static ad_status understand(const void *chosen, ad_schema **schema)
{
    const ad_arff_options *o = chosen;
    const char *const tables[] = {o->path, NULL, o->test};
    ad_status status = find_out(o, schema);
    return status == AD_OK
               ? table_look(o, &(table_files_wish)TABLE_FILES(o), tables, open_part, schema)
               : status;
}

static ad_status load_item(const char *path, const ad_schema *schema, const table_layout *layout,
                           table_sink *sink, ad_source **source)
{
    return load(path, schema, layout, NULL, sink, source);
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
    if (!bytes)
        return 0;
    for (size_t i = 0; i + 9 < size; i++)
        if (bytes[i] == '@' && (i == 0 || bytes[i - 1] == '\n') &&
            strncasecmp((const char *)bytes + i, "@relation", 9) == 0)
            return 95;
    return path_ends(path, ".arff") || path_ends(path, ".arff.gz") ? 90 : 0;
}

const ad_reader_record reader_arff = {.record = {.name = "arff",
                                                 .help = "tables with stated types, as of Weka",
                                                 .also = "weka",
                                                 AD_RECORD_OPTIONS(options, initial)},
                                      .understand = understand,
                                      .open = open_part,
                                      .items = items,
                                      .each = each,
                                      .looks = looks};
