/* Named arrays of a file of another format than NumPy's. */
#ifndef ADZE_KIT_ARRAY_LIST_H
#define ADZE_KIT_ARRAY_LIST_H

#include "raw.h"

typedef struct listed_array {
    char *name;          /* of HDF5 with its groups: "train/x" */
    char *where;         /* "FILE: NAME" */
    const char *refused; /* what numbers it has, where no array can be made of it; else NULL */
    raw_kind kind;
    int rank;
    int64_t size[AD_RANK_MAX];
    const uint8_t *bytes; /* in the mapped file, little end first; NULL: it is read */
} listed_array;

typedef struct array_list {
    listed_array *list;
    int64_t count, room;
} array_list;

void array_list_done(array_list *list);
/* Room for one more at its end, all zeros, with its name and where; NULL without memory. */
listed_array *array_list_add(array_list *list, const char *path, const char *name, size_t size);

/* safetensors.c: of a whole file.  Every byte of the header is checked. */
bool safetensors_looks(const unsigned char *bytes, size_t size);
ad_status safetensors_list(const char *path, const uint8_t *bytes, size_t size, array_list *list);

/* hdf5.c: by libhdf5; all data sets of numbers, by name. */
bool hdf5_looks(const unsigned char *bytes, size_t size);
ad_status hdf5_list(const char *path, array_list *list);
/* Array i as memory of its own. */
ad_status hdf5_read(const char *path, const listed_array *array, raw_array *raw);

#endif
