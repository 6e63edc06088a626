/* Files of several arrays: which part of the data each belongs to, and fields under their names. */
#ifndef ADZE_KIT_ARRAY_NAMED_H
#define ADZE_KIT_ARRAY_NAMED_H

#include "array_source.h"
#include "npy.h"

/* x_train, train_x and train/x are x of the training part; so test, and val, valid, validation. */
typedef struct array_name {
    const char *base; /* points into the name */
    size_t size;
    int part; /* an ad_part; -1: nothing is said */
} array_name;

array_name array_name_of(const char *name);
/* The array called so, or else so but for its part: one of `part`, of none, then for other files
 * (any) of whatever part; -1: none. */
int64_t array_find(const npy_file *file, const char *name, int part, bool any);
/* The fields of a schema, array after array; kept in the schema's own text. */
typedef struct named_array {
    char *name;      /* without its part */
    int64_t columns; /* fields NAME.0, NAME.1... of a series; 0: one field, NAME */
    int field;       /* the first one's place in the schema */
} named_array;

typedef struct named_arrays {
    named_array *list;
    int count;
} named_arrays;

void named_done(named_arrays *n);
bool named_add(named_arrays *n, const char *name, size_t size, int64_t columns, int field);
/* Sets the own text of the schema, whose channels stay as they are. */
bool named_keep(const named_arrays *n, ad_schema *schema);
/* count 0 where the schema is of fields with usual names. */
ad_status named_read(const ad_schema *schema, named_arrays *n);

/* Whether an array of the file says that it is one of these, of that part. */
bool named_part(const named_arrays *n, const npy_file *file, ad_part part);
/* What arrays of `file` hold of a part, as a source.  any: another file than that of training.
 * alone: the target may be missing, and is then not known. */
ad_status named_open(const ad_schema *schema, const named_arrays *n, npy_file *file,
                     const char *path, ad_part part, bool any, bool alone, ad_source **source);

/* reader_arrays_named.c: what the file holds as fields.  *is is false, and nothing was done, where
 * the file has one input with a usual name and is no series. */
ad_status named_understand(const ad_arrays_options *o, npy_file *file, ad_schema *schema, bool *is);

#endif
