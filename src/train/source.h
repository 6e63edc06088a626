/* Sources as the library sees them. */
#ifndef TRAIN_SOURCE_H
#define TRAIN_SOURCE_H

#include <adze/train.h>

#include <stdatomic.h>

enum { VARYING_MAX = 64 }; /* fields of a source that may vary */

struct ad_source {
    ad_source_record record; /* .field and .name are the source's own copies */
    int varying;             /* fields whose first size differs from example to example */
    atomic_int holders;      /* the maker, and sources made of it */
};

/* One more holder; returns the source. */
ad_source *source_hold(ad_source *source);

/* The type and shape of one example of field f as (1, shape...), with its length where it varies
 * (length: of the fields that vary, in their order). */
ad_array source_example(const ad_source *source, int f, const int64_t *length);
/* One example in memory of its own: arrays (1, shape...), one for each field. */
struct example {
    ad_array *array;
    char *data;
    size_t bytes, arrays;
};
/* Reads it; length as above.  example_done after success only. */
ad_status example_read(const ad_source *source, int64_t number, uint64_t epoch,
                       const int64_t *length, struct example *e);
void example_done(struct example *e);

bool source_field_varies(const ad_source_field *field);
/* Whether a source can be asked by number; fail() where not. */
ad_status source_check_numbered(const ad_source *source, const char *call);
/* A record of fields copied from another source, for wrappers. */
ad_source_record source_like(const ad_source *source);
ad_status source_length(const ad_source *source, int64_t number, uint64_t epoch, int64_t *length);
/* The values of a field of whole numbers, one for each example; fail() where it is not that. By
 * malloc of memory_default, source's count long. */
ad_status source_whole_numbers(ad_source *source, const char *name, const char *what,
                               int64_t **values);

#endif
