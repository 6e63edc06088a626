/* A CSV file of names and classes: one line for each picture. */
#ifndef ADZE_KIT_LABEL_FILE_H
#define ADZE_KIT_LABEL_FILE_H

#include <adze/kit.h>

typedef struct label_row {
    char *name, *label; /* the first two cells */
    int64_t line;
} label_row;

typedef struct label_file {
    label_row *row;
    int64_t rows, room;
    int64_t more; /* lines with more than two cells */
} label_file;

/* Commas between cells, double quotes round those that hold one.  Empty lines are passed over. */
ad_status label_file_read(const char *path, label_file *file);
void label_file_done(label_file *file);

#endif
