/* Options of a step, transforms' and augmentations': the record of its method, and a copy of its
 * options that lie in the ranges of their table. */
#ifndef TRAIN_OPTIONS_H
#define TRAIN_OPTIONS_H

#include <adze/record.h>

/* NULL and fail() with the names that there are.  what: "augmentation". */
const ad_record *options_record(ad_records list, const char *what, const char *name);
/* *options: of record's size, to be freed; NULL where it has none.  given: the record's struct, or
 * NULL. */
ad_status options_take(const ad_record *record, const void *given, void **options);

#endif
