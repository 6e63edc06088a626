/* What the names of files say: "{label}_{speaker}_{take}" takes 7_jackson_32.wav apart. */
#ifndef ADZE_KIT_FILE_PATTERN_H
#define ADZE_KIT_FILE_PATTERN_H

#include "image_set.h"

/* A field of a pattern, and what stands behind it. */
typedef struct pattern_field {
    char name[32];
    char behind[32]; /* "" only of the last */
} pattern_field;

typedef struct file_pattern {
    char before[32];
    pattern_field field[FILE_IDS_MAX + 1];
    int fields, label; /* which is "label" */
} file_pattern;

ad_status file_pattern_read(const char *text, file_pattern *pattern);
/* Takes the name of a file apart, without its folder and ending: part i is the size[i] bytes at
 * start[i].  A field ends where what stands behind it comes first.  False where the name is not so.
 */
bool file_pattern_match(const file_pattern *pattern, const char *name, const char **start,
                        size_t *size);
/* A pattern that the names look like, by malloc, whose first part is the label; NULL: none is
 * clear.  All names have as many parts between _ or - (2 to 5), and the first part has 2 to 100
 * values, each 4 times or more on average. */
char *file_pattern_guess(const pictures *files);

/* The classes and ids of the members that belong to from[place]. */
ad_status image_set_by_names(image_set *set, int place, const char *pattern, image_member *m);
/* Moves to the test part whatever an entry "FIELD=VALUE" or "FIELD=LOW-HIGH" names. */
ad_status image_set_choose_test(image_set *set, const ad_names *when);
/* Fills .value of the ids, and .value of members. */
ad_status image_set_name_ids(image_set *set);
void file_ids_done(file_id *id, int count);

#endif
