/* Text files line by line. */
#include "line.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "text.h"
#include "utf8.h"

enum { PIECE = 1 << 16, LINE_MOST = 1 << 26 };

ad_status line_open(line_reader *r, const char *path)
{
    ad_status status = AD_OK;
    *r = (line_reader){.name = text_copy(strcmp(path, "-") ? path : "standard input")};
    if (!r->name)
        return message_no_memory();
    r->in = stream_open(path, &status);
    if (status != AD_OK)
        line_close(r);
    return status;
}

void line_close(line_reader *r)
{
    stream_close(r->in);
    free(r->buffer);
    free(r->name);
    *r = (line_reader){0};
}

int64_t line_column(const line_reader *r, const char *at)
{
    int64_t column = 1;
    for (const char *p = r->line; p < at; p++)
        column += ((unsigned char)*p & 0xC0) != 0x80;
    return column;
}

int line_fail(const line_reader *r, const char *at, const char *format, ...)
{
    text_buffer t = {0};
    va_list arguments;
    text_add_format(&t, "%s:%lld:%lld: ", r->name, (long long)r->number,
                    (long long)line_column(r, at));
    va_start(arguments, format);
    text_add_arguments(&t, format, arguments);
    va_end(arguments);
    message_give(AD_ERROR_FORMAT, text_take(&t));
    return -1;
}

static bool no_memory(void)
{
    message_no_memory();
    return false;
}

/* Reads a piece more behind what is left of the buffer. */
static bool read_piece(line_reader *r)
{
    if (r->at)
        memmove(r->buffer, r->buffer + r->at, r->size - r->at);
    r->size -= r->at, r->at = 0;
    if (r->size + PIECE + 1 > r->room) {
        size_t room = 2 * (r->size + PIECE);
        char *buffer = realloc(r->buffer, room);
        if (!buffer)
            return no_memory();
        r->buffer = buffer, r->room = room;
    }
    size_t got = stream_read(r->in, r->buffer + r->size, PIECE);
    r->size += got;
    r->ended = got < PIECE;
    if (!stream_damage(r->in))
        return true;
    message_fail(AD_ERROR_FORMAT, "%s: %s\n  fetch or make the file again\n", r->name,
                 stream_damage(r->in));
    return false;
}

static int check_line(line_reader *r)
{
    const char *bad = utf8_bad_byte(r->line, r->length);
    if (!bad)
        return 1;
    return line_fail(r, bad, "byte 0x%02X is not UTF-8 text\n  save the file as UTF-8\n",
                     (unsigned)(unsigned char)*bad);
}

static int take_line(line_reader *r, size_t length, bool newline)
{
    r->line = r->buffer + r->at;
    r->length = length;
    r->at += length + newline;
    r->number++;
    r->line[length] = 0;
    if (length && r->line[length - 1] == '\r')
        r->line[--r->length] = 0;
    if (r->number == 1 && r->length >= 3 && memcmp(r->line, "\xEF\xBB\xBF", 3) == 0)
        r->line += 3, r->length -= 3;
    return check_line(r);
}

int line_next(line_reader *r)
{
    size_t seen = 0;
    for (;;) {
        char *from = r->buffer ? r->buffer + r->at : NULL;
        char *stop = from ? memchr(from + seen, '\n', r->size - r->at - seen) : NULL;
        if (stop)
            return take_line(r, (size_t)(stop - from), true);
        seen = r->size - r->at;
        if (r->ended)
            return seen ? take_line(r, seen, false) : 0;
        if (seen > LINE_MOST) {
            message_fail(AD_ERROR_FORMAT,
                         "%s: line %lld has more than 64 MiB\n  is this a file of text?\n", r->name,
                         (long long)r->number + 1);
            return -1;
        }
        if (!read_piece(r))
            return -1;
    }
}
