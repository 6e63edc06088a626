/* What the readers of tables share. */
#define _POSIX_C_SOURCE 200809L
#include "reader_table.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "message.h"

bool path_ends(const char *path, const char *end)
{
    size_t size = strlen(path), tail = strlen(end);
    return size >= tail && strcmp(path + size - tail, end) == 0;
}

ad_status table_twice_readable(const char *path)
{
    struct stat about;
    bool pipe = strcmp(path, "-") == 0 || (stat(path, &about) == 0 && S_ISFIFO(about.st_mode));
    if (!pipe)
        return AD_OK;
    return message_fail(AD_ERROR_FILE,
                        "%s: is read twice, to find what it holds and to take it, and a pipe gives "
                        "its bytes once\n  store it in a file first\n",
                        strcmp(path, "-") ? path : "standard input");
}

bool table_layout_columns(table_layout *l, const ad_names *names)
{
    l->column = calloc((size_t)names->count + 1, sizeof *l->column);
    for (int i = 0; l->column && i < names->count; i++) {
        l->column[i].name = text_copy(names->text[i]);
        l->columns++;
        if (!l->column[i].name)
            return false;
    }
    return l->column != NULL;
}

/* No field but that of times is read. */
static ad_status look_alone(const void *options, const char *name,
                            ad_status (*open)(const void *, const ad_schema *, ad_part,
                                              ad_source **),
                            ad_schema *schema)
{
    ad_status status = AD_OK;
    for (ad_part part = AD_PART_TRAIN; part <= AD_PART_TEST && status == AD_OK; part++) {
        ad_source *rows = NULL;
        status = open(options, schema, part, &rows);
        if (status == AD_OK)
            status = times_look(schema, name, rows);
        ad_source_free(rows);
    }
    return status;
}

ad_status table_look_at_times(const void *options, const char *name,
                              ad_status (*open)(const void *options, const ad_schema *schema,
                                                ad_part part, ad_source **source),
                              ad_schema **schema)
{
    ad_schema *s = *schema;
    const ad_schema_field *time = times_field(s);
    ad_use *use = time ? calloc((size_t)s->fields, sizeof *use) : NULL;
    if (!time)
        return AD_OK;
    for (int i = 0; use && i < s->fields; i++) {
        use[i] = s->field[i].use;
        if (&s->field[i] != time)
            s->field[i].use = AD_USE_NONE;
    }
    ad_status status = use ? look_alone(options, name, open, s) : message_no_memory();
    for (int i = 0; use && i < s->fields; i++)
        s->field[i].use = use[i];
    free(use);
    if (status != AD_OK) {
        ad_schema_free(s);
        *schema = NULL;
    }
    return status;
}

ad_status table_look(const void *options, const table_files_wish *files, const char *const table[3],
                     ad_status (*open)(const void *options, const ad_schema *schema, ad_part part,
                                       ad_source **source),
                     ad_schema **schema)
{
    ad_status status = table_look_at_times(options, table[0], open, schema);
    return status == AD_OK ? table_look_at_files(options, files, table, open, schema) : status;
}

static ad_status join(ad_source **list, int count, ad_source **source)
{
    *source = ad_source_joined(list, count);
    return *source ? AD_OK : message_core();
}

/* load takes the layout where one is given. */
static ad_status load_all(const ad_schema *schema, const table_layout *layout,
                          const char *const *path, int count, table_load by_layout, item_load load,
                          ad_source **source)
{
    ad_source **list = calloc((size_t)count + 1, sizeof(ad_source *));
    ad_status status = list ? AD_OK : message_no_memory();
    for (int i = 0; i < count && status == AD_OK; i++)
        status = layout ? by_layout(path[i], schema, layout, NULL, &list[i])
                        : load(path[i], schema, &list[i]);
    if (status == AD_OK)
        status = join(list, count, source);
    for (int i = 0; list && i < count; i++)
        ad_source_free(list[i]);
    free(list);
    return status;
}

ad_status joined_items(const ad_schema *schema, const char *const *path, int count, item_load load,
                       ad_source **source)
{
    *source = NULL;
    return load_all(schema, NULL, path, count, NULL, load, source);
}

ad_status table_items(const ad_schema *schema, const char *const *path, int count, table_load load,
                      ad_source **source)
{
    table_layout layout;
    *source = NULL;
    ad_status status = table_layout_read(schema, &layout);
    if (status != AD_OK)
        return status;
    status = load_all(schema, &layout, path, count, load, NULL, source);
    table_layout_done(&layout);
    return status;
}

ad_status table_each(const ad_schema *schema, const char *path, table_load load, ad_items_take take,
                     void *user)
{
    table_layout layout;
    ad_source *none = NULL;
    table_sink sink = {.schema = schema, .path = path, .take = take, .user = user};
    ad_status status = table_layout_read(schema, &layout);
    if (status != AD_OK)
        return status;
    status = load(path, schema, &layout, &sink, &none);
    if (sink.status != AD_OK)
        status = message_give(sink.status, sink.words);
    table_layout_done(&layout);
    return status;
}
