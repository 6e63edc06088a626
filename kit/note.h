/* Records kept in a file as "key=value" words with a space between, each value ranged where it is
 * read.  One table of fields is what both the writer and the reader know. */
#ifndef ADZE_KIT_NOTE_H
#define ADZE_KIT_NOTE_H

#include <stdbool.h>
#include <stddef.h>

typedef enum note_type {
    NOTE_WHOLE,  /* int64_t */
    NOTE_NUMBER, /* double, in base 16, so that it reads back as the same bits */
    NOTE_TRUTH   /* bool, 0 or 1 */
} note_type;

typedef struct note_field {
    const char *name;
    note_type type;
    size_t offset; /* in the record */
    double low, high;
    const char *most; /* another whole field of the record that this one is not above, or NULL */
    bool optional;    /* files without it leave what the record holds */
} note_field;

typedef struct note_table {
    const note_field *fields;
    int count;
} note_table;

enum { NOTE_FIELDS_MAX = 32 };

/* False where size is too small. */
bool note_write(const note_table *table, const void *record, char *text, size_t size);
/* False where a field is missing, unknown, given twice, no number or out of its range: why says
 * which, its value and the range, and the record is not to be used. */
bool note_read(const note_table *table, const char *text, void *record, char *why, size_t size);

#endif
