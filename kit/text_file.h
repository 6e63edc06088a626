/* Whole texts: UTF-8, a plain file mapped where it lies, a gzip file or standard input unpacked
 * into memory. */
#ifndef ADZE_KIT_TEXT_FILE_H
#define ADZE_KIT_TEXT_FILE_H

#include <adze/kit.h>
#include <stdatomic.h>

typedef struct text_file {
    char *name;        /* for messages */
    const char *bytes; /* without a byte order mark */
    size_t size;
    void *map; /* or NULL */
    size_t mapped;
    int descriptor; /* of a mapped file */
    char *own;      /* or NULL */
    atomic_int holders;
} text_file;

/* "-" is standard input.  Refuses, with line and column, what is not UTF-8 text, and a file that
 * holds nothing. */
ad_status text_file_open(const char *path, text_file **file);
/* Takes the bytes (malloc) over, also where it fails; they are checked alike, but may be none. */
ad_status text_file_of(const char *name, char *bytes, size_t size, text_file **file);
/* One holder more. */
text_file *text_file_held(text_file *file);
void text_file_free(text_file *file); /* NULL does nothing */
/* size bytes from `at` on, which points into the file, for the `read` of a source: a file that was
 * cut short meanwhile is an error there, by ad_source_fail. */
ad_status text_file_copy(const text_file *file, const char *at, size_t size, void *to);
/* "NAME:LINE:COLUMN" of a byte, by malloc; columns are characters. */
char *text_file_place(const text_file *file, const char *at);
/* The line that begins at `at`, without its end (\n, \r\n); returns where the next one begins,
 * NULL where this is the last. */
const char *text_file_line(const text_file *file, const char *at, size_t *size);

#endif
