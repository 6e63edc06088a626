/* All that a configuration file may say, as rows: sections, options with their whole paths, models.
 *
 * The rows are made from the sections (row.c) and from the records that a section's chooser picks
 * from: an option of some records is one row, which knows which of them have it. */
#ifndef ADZE_KIT_ROW_H
#define ADZE_KIT_ROW_H

#include <adze/kit.h>

#include "option.h"

enum { ROW_PATH_MAX = 80 };

typedef enum row_kind { ROW_OPTION, ROW_SECTION, ROW_MODEL, ROW_BLOCKS, ROW_CHOICES } row_kind;

typedef struct config_section {
    const char *path, *help, *also;
    const ad_option *option; /* offsets in ad_config */
    int options;
    /* a chooser picks one of these for the ad_choice at this offset */
    ad_records records;
    const char *chooser, *chooser_also, *chooser_help;
    const char *command; /* that lists the records where they are too many for a message, or NULL */
    const char *first;   /* the record by default */
    size_t choice;
    bool by_task;        /* the record is the task's where the file names none */
    const char *of_task; /* means something to tasks of those names alone; NULL: to any */
    bool when_given;     /* written out only where the file gives something of it */
    bool by_name;        /* {sqlite: FILE} stands for {format: sqlite, path: FILE} */
} config_section;

typedef struct config_row {
    row_kind kind;
    char path[ROW_PATH_MAX];
    ad_option option; /* ROW_OPTION: of a record's, that of the first record that has it */
    const char *help, *also;
    const config_section *section;
    bool chooser;       /* its value is which record */
    bool of_record;     /* the option lies in the chosen record's struct */
    size_t model;       /* in ad_config, of ad_layers * (ROW_MODEL), ad_choices (ROW_CHOICES) */
    ad_records records; /* ROW_CHOICES */
    const char *item;   /* ROW_CHOICES: what one is called, "metric" */
    bool bare; /* ROW_CHOICES: of one record, whose keys stand in the list without its name */
    text_buffer with; /* names of the records that have the option, spaces between; empty: all */
} config_row;

typedef struct config_rows {
    config_row *row;
    int count;
} config_rows;

/* Words of train.initial, each a name for ad_initialize_as but the last two (run_initial.c). */
#define CONFIG_INITIALS                                                             \
    "pytorch keras he_normal he_uniform he_truncated glorot_normal glorot_uniform " \
    "glorot_truncated lecun_normal lecun_uniform lecun_truncated orthogonal lsuv fixup"

/* NULL without memory. */
config_rows *rows_new(void);
void rows_free(config_rows *list);
/* Number of the row with that path, or -1. */
int rows_find(const config_rows *list, const char *path);
/* "rate" of "train.optimizer.rate". */
const char *row_name(const config_row *r);
/* True where the row stands directly in the section called path ("" is the file itself), and at any
 * depth. */
bool row_inside(const config_row *r, const char *section);
bool row_below(const config_row *r, const char *section);
/* The section that an option stands in, by the path; "" for the file. */
void row_section(const config_row *r, char section[ROW_PATH_MAX]);
/* The struct of defaults for options that no record has. */
const ad_config *row_defaults(void);

#endif
