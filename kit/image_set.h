/* The files of a data set, pictures or others: which part and class each belongs to. */
#ifndef ADZE_KIT_IMAGE_SET_H
#define ADZE_KIT_IMAGE_SET_H

#include "pictures.h"

typedef struct image_member {
    int64_t index; /* in from[place] */
    int place;     /* 0: path, 1: test */
    ad_part part;
    char *class; /* its name */
    int32_t label;
} image_member;

typedef struct image_set {
    pictures from[2];
    image_member *member;
    int64_t count;
    char **name; /* of the classes, sorted */
    int64_t classes;
    int64_t in_part[3];
    char *notes; /* lines; may be NULL */
} image_set;

/* Where they are; see the options of the reader "images". */
typedef struct image_places {
    const char *path, *test, *labels, *test_labels;
    int64_t memory; /* MiB */
    const file_kind *kind;
} image_places;

/* class_name: NULL, or those of a schema: a class that is not among them is an error. */
ad_status image_set_find(const image_places *o, char *const *class_name, int64_t classes,
                         image_set *set);
void image_set_done(image_set *set);

#endif
