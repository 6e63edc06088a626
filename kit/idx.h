/* IDX files: any type and number of axes. */
#ifndef ADZE_KIT_IDX_H
#define ADZE_KIT_IDX_H

#include "raw.h"

typedef enum idx_want { IDX_ANY, IDX_IMAGES, IDX_LABELS } idx_want;

/* IDX_IMAGES and IDX_LABELS: unsigned bytes of rank 3 or 4, and 1.  raw->where is path. */
ad_status idx_read(const char *path, idx_want want, raw_array *raw);
/* Kind and sizes by the header; no elements. */
ad_status idx_look(const char *path, raw_array *raw);
bool idx_looks(const unsigned char *bytes, size_t size);
/* NAME of a folder, or with .gz, or with a dot before idx; by malloc, NULL where there is none. */
char *idx_find_file(const char *folder, const char *name);
ad_status idx_fail_missing(const char *folder, const char *name);
/* Names of the four files, as MNIST has them. */
const char *idx_images_name(ad_part part);
const char *idx_labels_name(ad_part part);

#endif
