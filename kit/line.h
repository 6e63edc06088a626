/* Text files line by line: UTF-8, plain or gzip, with CRLF or without. */
#ifndef ADZE_KIT_LINE_H
#define ADZE_KIT_LINE_H

#include "stream.h"

typedef struct line_reader {
    char *name;
    stream *in;
    char *buffer;
    size_t at, size, room;
    bool ended;
    char *line; /* the last that was read, with a zero behind it; it may be changed */
    size_t length;
    int64_t number; /* of that line, from 1 */
} line_reader;

ad_status line_open(line_reader *r, const char *path);
void line_close(line_reader *r);
/* 1: a line; 0: the end; -1: failed, with the message. */
int line_next(line_reader *r);
/* "NAME:LINE:COLUMN: words", the column of at, which points into the line.  Returns -1. */
int line_fail(const line_reader *r, const char *at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* In characters, from 1. */
int64_t line_column(const line_reader *r, const char *at);

#endif
