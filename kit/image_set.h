/* The files of a data set, pictures or others: which part and class each belongs to. */
#ifndef ADZE_KIT_IMAGE_SET_H
#define ADZE_KIT_IMAGE_SET_H

#include "pictures.h"

enum { FILE_IDS_MAX = 6 };

typedef struct image_member {
    int64_t index; /* in from[place] */
    int place;     /* 0: path, 1: test */
    ad_part part;
    char *class; /* its name */
    int32_t label;
    char *id[FILE_IDS_MAX];      /* what else its name says */
    int32_t value[FILE_IDS_MAX]; /* which of the id's values that is */
} image_member;

/* What names say beside the class. */
typedef struct file_id {
    char *name;
    char **value; /* sorted as classes are */
    int64_t values;
} file_id;

typedef struct image_set {
    pictures from[2];
    image_member *member;
    int64_t count;
    char **name; /* of the classes, sorted */
    int64_t classes;
    file_id id[FILE_IDS_MAX];
    int ids;
    int64_t in_part[3];
    char *notes; /* lines; may be NULL */
} image_set;

/* Where they are; see the options of the reader "images". */
typedef struct image_places {
    const char *path, *test, *labels, *test_labels;
    int64_t memory; /* MiB */
    const file_kind *kind;
    const char *name_is;       /* a pattern of names, or NULL */
    const ad_names *test_when; /* "take=0-4": fields of it that make a file one of the test */
} image_places;

/* class_name: NULL, or those of a schema: a class that is not among them is an error. */
ad_status image_set_find(const image_places *o, char *const *class_name, int64_t classes,
                         image_set *set);
void image_set_done(image_set *set);
/* Notes the classes that a part does not have; words: "test".  False without memory. */
bool image_set_note_missing(ad_schema *schema, const image_set *set, ad_part part,
                            const char *words);
/* Notes where a class has more than ten times the files of another to train with. */
bool image_set_note_sizes(ad_schema *schema, const image_set *set);
/* Sorts them, by value where all are whole numbers, and moves one of each to the front; how many
 * those are. */
int64_t file_sort_names(char **all, int64_t count);

#endif
