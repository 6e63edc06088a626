/* SQLite, behind sqlite.h. */
#include "sqlite.h"

#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "utf8.h"

#ifdef ADZE_HAVE_SQLITE

#include <sqlite3.h>

struct sqlite_query {
    char *path, *text;
    sqlite3 *base;
    sqlite3_stmt *run;
    int64_t number;
};

static ad_status fail_with(const sqlite_query *q, const char *remedy)
{
    return message_fail(AD_ERROR_FORMAT, "%s: SQLite says: %s\n  %s\n", q->path,
                        sqlite3_errmsg(q->base), remedy);
}

/* Opening alone reads nothing; this does. */
static ad_status open_base(sqlite_query *q)
{
    int code = sqlite3_open_v2(q->path, &q->base, SQLITE_OPEN_READONLY, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_exec(q->base, "SELECT count(*) FROM sqlite_master", NULL, NULL, NULL);
    if (code == SQLITE_OK)
        return AD_OK;
    return code == SQLITE_NOMEM || !q->base
               ? message_no_memory()
               : fail_with(q, "name a file that SQLite wrote, which may be read");
}

/* "SELECT * FROM" the only table. */
static ad_status only_table(sqlite_query *q)
{
    static const char all[] = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND "
                              "name NOT LIKE 'sqlite_%' ORDER BY name";
    sqlite3_stmt *run = NULL;
    text_buffer names = {0};
    int count = 0;
    if (sqlite3_prepare_v2(q->base, all, -1, &run, NULL) != SQLITE_OK)
        return fail_with(q, "is the file whole?");
    while (sqlite3_step(run) == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(run, 0);
        text_add(&names, count++ ? ", " : "");
        text_add(&names, name ? name : "");
    }
    sqlite3_finalize(run);
    char *list = text_take(&names);
    if (!list)
        return message_no_memory();
    ad_status status = AD_OK;
    if (count == 1) {
        char *quoted = sqlite3_mprintf("SELECT * FROM \"%w\"", list);
        q->text = quoted ? text_copy(quoted) : NULL;
        sqlite3_free(quoted);
        status = q->text ? AD_OK : message_no_memory();
    } else {
        status = message_fail(AD_ERROR_ARGUMENT,
                              "%s: has %d tables%s%s, and no query is given\n  query: SELECT ... "
                              "FROM ...\n",
                              q->path, count, count ? ": " : "", list);
    }
    free(list);
    return status;
}

static ad_status prepare(sqlite_query *q)
{
    const char *rest = NULL;
    if (sqlite3_prepare_v2(q->base, q->text, -1, &q->run, &rest) != SQLITE_OK)
        return fail_with(q, "correct the query");
    while (rest && (*rest == ' ' || *rest == '\n' || *rest == '\t' || *rest == ';'))
        rest++;
    if (!q->run || (rest && *rest))
        return message_fail(AD_ERROR_ARGUMENT,
                            "%s: the query is not one statement\n  write one SELECT\n", q->path);
    if (!sqlite3_stmt_readonly(q->run) || sqlite3_column_count(q->run) == 0)
        return message_fail(AD_ERROR_ARGUMENT, "%s: the query gives no rows\n  write one SELECT\n",
                            q->path);
    return AD_OK;
}

ad_status sqlite_query_open(const char *path, const char *query, sqlite_query **made)
{
    *made = NULL;
    sqlite_query *q = calloc(1, sizeof *q);
    if (!q || !(q->path = text_copy(path)) || (query && !(q->text = text_copy(query)))) {
        sqlite_query_close(q);
        return message_no_memory();
    }
    ad_status status = open_base(q);
    if (status == AD_OK && !query)
        status = only_table(q);
    if (status == AD_OK)
        status = prepare(q);
    if (status == AD_OK)
        *made = q;
    else
        sqlite_query_close(q);
    return status;
}

void sqlite_query_close(sqlite_query *q)
{
    if (!q)
        return;
    sqlite3_finalize(q->run);
    sqlite3_close(q->base);
    free(q->path);
    free(q->text);
    free(q);
}

const char *sqlite_query_text(const sqlite_query *q)
{
    return q->text;
}

int sqlite_query_columns(const sqlite_query *q)
{
    return sqlite3_column_count(q->run);
}

const char *sqlite_query_column(const sqlite_query *q, int i)
{
    const char *name = sqlite3_column_name(q->run, i);
    return name ? name : "";
}

int64_t sqlite_query_number(const sqlite_query *q)
{
    return q->number;
}

static bool sound(const char *text, size_t size)
{
    unsigned code;
    for (size_t i = 0; i < size;) {
        int length = utf8_next(text + i, size - i, &code);
        if (!length || !text[i])
            return false;
        i += (size_t)length;
    }
    return true;
}

static const char *take_text(sqlite_query *q, int i, table_cell *c)
{
    c->text = (const char *)sqlite3_column_text(q->run, i);
    c->size = (size_t)sqlite3_column_bytes(q->run, i);
    if (!c->text)
        c->text = "";
    return sound(c->text, c->size) ? NULL : "text that is not UTF-8";
}

/* What is wrong with a value, or NULL. */
static const char *take_value(sqlite_query *q, int i, table_cell *c)
{
    *c = (table_cell){.given = CELL_NOTHING};
    switch (sqlite3_column_type(q->run, i)) {
    case SQLITE_INTEGER:
        c->given = CELL_WHOLE, c->whole = sqlite3_column_int64(q->run, i);
        return NULL;
    case SQLITE_FLOAT:
        c->given = CELL_NUMBER, c->number = sqlite3_column_double(q->run, i);
        return NULL;
    case SQLITE_TEXT: c->given = CELL_TEXT; return take_text(q, i, c);
    case SQLITE_BLOB: return "a BLOB";
    default: return NULL;
    }
}

int sqlite_query_row(sqlite_query *q, table_cell *row)
{
    int code = sqlite3_step(q->run);
    if (code == SQLITE_DONE)
        return 0;
    if (code != SQLITE_ROW) {
        fail_with(q, "correct the query, or see whether the file is whole");
        return -1;
    }
    q->number++;
    for (int i = 0; i < sqlite_query_columns(q); i++) {
        const char *wrong = take_value(q, i, &row[i]);
        if (!wrong)
            continue;
        message_fail(AD_ERROR_FORMAT,
                     "%s:%lld:%d: %s stands in the column '%s'\n  leave it out of the query, or "
                     "CAST it\n",
                     q->path, (long long)q->number, i + 1, wrong, sqlite_query_column(q, i));
        return -1;
    }
    return 1;
}

#else

ad_status sqlite_query_open(const char *path, const char *query, sqlite_query **q)
{
    (void)query;
    *q = NULL;
    return message_fail(AD_ERROR_UNSUPPORTED,
                        "%s: this build cannot read SQLite files\n  install the package "
                        "libsqlite3-dev and build again\n",
                        path);
}

void sqlite_query_close(sqlite_query *q)
{
    (void)q;
}

const char *sqlite_query_text(const sqlite_query *q)
{
    (void)q;
    return "";
}

int sqlite_query_columns(const sqlite_query *q)
{
    (void)q;
    return 0;
}

const char *sqlite_query_column(const sqlite_query *q, int i)
{
    (void)q, (void)i;
    return "";
}

int sqlite_query_row(sqlite_query *q, table_cell *row)
{
    (void)q, (void)row;
    return 0;
}

int64_t sqlite_query_number(const sqlite_query *q)
{
    (void)q;
    return 0;
}

#endif
