/* ARFF files: attributes, then rows. */
#ifndef ADZE_KIT_ARFF_H
#define ADZE_KIT_ARFF_H

#include "line.h"
#include "table.h"

typedef enum arff_kind { ARFF_NUMBER, ARFF_NOMINAL, ARFF_STRING, ARFF_DATE } arff_kind;

typedef struct arff_attribute {
    int kind;       /* arff_kind */
    ad_names words; /* of a nominal one */
    distinct known; /* the same, to be found */
} arff_attribute;

typedef struct arff_file {
    line_reader lines;
    ad_names names; /* of the attributes */
    arff_attribute *attribute;
    int room;
    table_cell *cell;   /* of a row */
    const char **place; /* where each stands in the line */
    bool at_data;
} arff_file;

/* Reads the head. */
ad_status arff_open(arff_file *f, const char *path);
void arff_close(arff_file *f);
/* 1: a row in f->cell; 0: the end; -1: failed, with the message. */
int arff_row(arff_file *f);

#endif
