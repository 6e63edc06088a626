/* Rows that are to be predicted, piece by piece: the sound ones as a source, of the others what is
 * wrong. */
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "table.h"

static bool stop(table_sink *s, ad_status status)
{
    s->status = status;
    s->words = text_copy(ad_kit_error());
    return false;
}

/* "rows.csv:7:3: words", without a newline at the end. */
static char *place_words(const char *name, const table_broken *b)
{
    char *words = b->placed ? text_copy(b->words)
                  : b->line ? text_format("%s:%lld:%lld: %s", name, (long long)b->line,
                                          (long long)b->column, b->words)
                            : text_format("%s: %s", name, b->words);
    size_t size = words ? strlen(words) : 0;
    if (size && words[size - 1] == '\n')
        words[size - 1] = 0;
    return words;
}

static void free_words(char **words, int64_t count)
{
    for (int64_t i = 0; words && i < count; i++)
        free(words[i]);
    free(words);
}

/* Of each row what is wrong with it; *memory: false without. */
static char **errors_of(const table_rows *r, const char *name, bool *memory)
{
    if (!r->broken_count)
        return NULL;
    char **list = calloc((size_t)r->rows, sizeof *list);
    *memory = list != NULL;
    for (int64_t i = 0; list && i < r->broken_count; i++) {
        list[r->broken[i].row] = place_words(name, &r->broken[i]);
        *memory = *memory && list[r->broken[i].row];
    }
    return list;
}

static ad_status give(table_sink *s, ad_items *items)
{
    ad_status status = s->take(s->user, items);
    s->given += items->count;
    return status;
}

bool table_sink_rows(table_sink *s, table_rows *r, const table_plan *p, const char *name)
{
    bool memory = true;
    int64_t rows = r->rows;
    ad_items items = {.path = s->path, .count = rows, .first = s->given + 1};
    if (rows == 0) {
        table_rows_done(r);
        return true;
    }
    r->first = s->given;
    ad_status status = table_files_open(r, p, name, FILES_TOLD);
    char **error = status == AD_OK ? errors_of(r, name, &memory) : NULL;
    status = memory ? status : message_no_memory();
    items.error = error;
    if (status == AD_OK)
        status = table_rows_source(r, p, name, &items.source);
    else
        table_rows_done(r);
    if (status == AD_OK)
        status = give(s, &items);
    ad_source_free(items.source);
    free_words(error, rows);
    return status == AD_OK || stop(s, status);
}
