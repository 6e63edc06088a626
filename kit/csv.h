/* CSV: what a file looks like, its rows, and a walk over them by several threads. */
#ifndef ADZE_KIT_CSV_H
#define ADZE_KIT_CSV_H

#include "stream.h"
#include "table.h"

/* ---------------------------------------------------------------- how a file is written */

typedef struct csv_dialect {
    char delimiter; /* ' ': runs of blanks and tabs */
    char quote;     /* 0: none */
    char comment;   /* 0: none; at the beginning of a line */
    char newline;   /* '\n', also with '\r' before it; or '\r' */
    char point;     /* of numbers: '.' or ',' */
    bool trim;      /* blanks round cells do not count */
    bool header;
    bool row_names;   /* the header has no name for the first column, which names rows */
    int64_t preamble; /* lines in front of the table */
} csv_dialect;

/* What was asked; 0 or -1: to be found. */
typedef struct csv_asked {
    int delimiter, quote, comment, point; /* -1: find it; 0: none */
    int header;                           /* -1: find it */
} csv_asked;

/* Finds the dialect from the beginning of a file; ended: the sample is all of it.  Notes say what
 * was found and why. */
ad_status csv_dialect_find(const char *sample, size_t size, bool ended, const csv_asked *asked,
                           csv_dialect *d, ad_schema *notes);
char *csv_dialect_text(const csv_dialect *d);
bool csv_dialect_read(const char *text, csv_dialect *d);
/* "','" or "blanks" */
const char *csv_mark_words(char mark, char words[8]);

/* ---------------------------------------------------------------- rows of a text */

enum { CSV_PADDING = 64 }; /* bytes that may be read behind a text */

/* Goes over the rows of a text, which begins with a row. */
typedef struct csv_scan {
    const csv_dialect *dialect;
    const char *at, *end;
    bool ended;       /* the text is the file's last: its last row needs no newline */
    const char *base; /* marks (delimiters, newlines) of the 64 bytes from here... */
    uint64_t marks;   /* ...that were not passed yet */
    int64_t lines;    /* passed */
    int64_t row_line; /* lines before the row, */
    const char *row;  /* which begins here */
    table_cell *cell; /* of the row */
    int cells, room;
    int most;          /* cells that a row may have; one more is kept, others are counted only */
    const char *wrong; /* what, at wrong_at; NULL without wrong_at: no memory */
    const char *wrong_at;
} csv_scan;

void csv_scan_begin(csv_scan *s, const csv_dialect *d, const char *text, size_t size, bool ended);
/* 1: a row; 0: the end; -1: something is wrong.  Empty lines and comments are no rows. */
int csv_scan_row(csv_scan *s);
void csv_scan_done(csv_scan *s);
/* The end of the last row that is whole in a text, or NULL. */
const char *csv_last_row(const csv_dialect *d, const char *text, size_t size);
/* A place in a text, that goes on to p: lines from 0 and characters from 1. */
typedef struct csv_spot {
    const char *at;
    int64_t line, column;
} csv_spot;
void csv_place_on(csv_spot *spot, const char *p, char newline);
/* Where p stands: lines from 0 and characters from 1 behind text. */
void csv_place(const char *text, const char *p, char newline, int64_t *line, int64_t *column);

/* ---------------------------------------------------------------- a file in blocks */

typedef struct csv_file csv_file;

/* Opens a file and reads its first bytes. */
ad_status csv_open(const char *path, csv_file **file);
void csv_close(csv_file *f);
const char *csv_name(const csv_file *f);
void csv_sample(const csv_file *f, const char **text, size_t *size, bool *ended);
/* Passes the preamble and reads the names: by number where there is no header.  Then blocks follow.
 */
ad_status csv_begin(csv_file *f, const csv_dialect *d, ad_names *names, ad_schema *notes);

typedef struct csv_fault {
    const char *at; /* in the block's text; NULL: without a place */
    char *words;    /* NULL: no memory */
    ad_status status;
} csv_fault;

/* What is done with rows.  begin, row and end run on one of the threads, for a block at a time;
 * join for one block after another in the order of the file.  Each returns false where it failed.
 */
typedef struct csv_work {
    void *user;
    int threads; /* at most; 0: as many as processors */
    int most;    /* cells that rows have; 0: any number */
    void *(*begin)(void *user, int thread);
    bool (*row)(void *user, void *block, int thread, const csv_scan *row, csv_fault *fault);
    bool (*join)(void *user, void *block, int64_t lines); /* lines before the block; frees it */
    void (*drop)(void *user, void *block);                /* frees it */
} csv_work;

/* Whether bytes are UTF-8 without zeros. */
bool csv_is_text(const char *bytes, size_t size);

int csv_threads(int asked);
/* Goes over all rows; work->threads is csv_threads of it, at most so many thread numbers appear. */
ad_status csv_walk(csv_file *f, const csv_work *work);
/* Whether the walk failed by a quote that is not closed or closed too early. */
bool csv_failed_by_quote(const csv_file *f);

#endif
