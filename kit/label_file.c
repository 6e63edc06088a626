/* A CSV file of names and classes: one line for each picture. */
#include "label_file.h"

#include <stdlib.h>
#include <string.h>

#include "image.h"
#include "message.h"
#include "text.h"

typedef struct cursor {
    const char *path, *at, *end;
    int64_t line;
} cursor;

void label_file_done(label_file *file)
{
    for (int64_t i = 0; i < file->rows; i++) {
        free(file->row[i].name);
        free(file->row[i].label);
    }
    free(file->row);
    *file = (label_file){0};
}

static ad_status fail_line(const cursor *c, const char *what, const char *cure)
{
    return message_fail(AD_ERROR_FORMAT, "%s:%lld: %s\n  %s\n", c->path, (long long)c->line, what,
                        cure);
}

static bool at_end(const cursor *c)
{
    return c->at == c->end || *c->at == '\n' || *c->at == '\r';
}

static ad_status quoted_cell(cursor *c, text_buffer *t)
{
    for (c->at++; c->at < c->end && *c->at != '\n'; c->at++) {
        if (*c->at == '"' && (c->at + 1 == c->end || c->at[1] != '"'))
            break;
        c->at += *c->at == '"';
        text_add_bytes(t, c->at, 1);
    }
    if (c->at == c->end || *c->at != '"')
        return fail_line(c, "a quote is not closed in its line", "close it, or write \"\" for one");
    c->at++;
    return c->at == c->end || *c->at == ',' || at_end(c)
               ? AD_OK
               : fail_line(c, "something stands behind a closing quote",
                           "put a comma between cells");
}

/* One cell and the comma behind it. */
static ad_status next_cell(cursor *c, char **cell)
{
    text_buffer t = {0};
    ad_status status = AD_OK;
    if (!at_end(c) && *c->at == '"')
        status = quoted_cell(c, &t);
    else
        for (; !at_end(c) && *c->at != ','; c->at++)
            text_add_bytes(&t, c->at, 1);
    c->at += c->at < c->end && *c->at == ',';
    text_add(&t, "");
    *cell = text_take(&t);
    return status != AD_OK ? status : *cell ? AD_OK : message_no_memory();
}

static ad_status next_row(cursor *c, label_file *file)
{
    label_row row = {.line = c->line};
    ad_status status = next_cell(c, &row.name);
    if (status == AD_OK && at_end(c) && c->at[-1] != ',')
        status = fail_line(c, "one cell alone", "give the file's name, a comma, and its class");
    if (status == AD_OK)
        status = next_cell(c, &row.label);
    if (status == AD_OK && (!*row.name || !*row.label))
        status = fail_line(c, "an empty name or class", "give the file's name, a comma, its class");
    if (status == AD_OK && file->rows == file->room) {
        int64_t room = 2 * file->room + 64;
        label_row *more = realloc(file->row, (size_t)room * sizeof *more);
        file->row = more ? more : file->row;
        file->room = more ? room : file->room;
        status = more ? AD_OK : message_no_memory();
    }
    if (status != AD_OK) {
        free(row.name);
        free(row.label);
        return status;
    }
    file->row[file->rows++] = row;
    file->more += !at_end(c) || c->at[-1] == ',';
    while (c->at < c->end && *c->at != '\n')
        c->at++;
    return AD_OK;
}

static ad_status read_rows(cursor *c, label_file *file)
{
    ad_status status = AD_OK;
    while (status == AD_OK && c->at < c->end) {
        if (*c->at == '\n' || *c->at == '\r') {
            c->line += *c->at++ == '\n';
            continue;
        }
        status = next_row(c, file);
    }
    return status;
}

ad_status label_file_read(const char *path, label_file *file)
{
    uint8_t *bytes;
    size_t size;
    *file = (label_file){0};
    ad_status status = image_file(path, &bytes, &size);
    if (status != AD_OK)
        return status;
    cursor c = {path, (const char *)bytes, (const char *)bytes + size, 1};
    if (size >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0)
        c.at += 3;
    if (memchr(bytes, 0, size))
        status =
            message_fail(AD_ERROR_FORMAT, "%s: holds a zero byte\n  is it a CSV file?\n", path);
    else
        status = read_rows(&c, file);
    free(bytes);
    if (status != AD_OK)
        label_file_done(file);
    return status;
}
