/* Pictures and arrays to predict, by the names of files and folders. */
#ifndef ADZE_KIT_ITEMS_H
#define ADZE_KIT_ITEMS_H

#include <adze/kit.h>

#include "raw.h"

/* What readers of pictures and arrays have as their `items`. */
ad_status items_open(const ad_schema *schema, const char *const *path, int count,
                     ad_source **source);
/* What readers of pictures and arrays have as their `each`. */
ad_status items_each(const ad_schema *schema, const char *path, ad_items_take take, void *user);

/* The rows of a source piece by piece, for readers that have no `each` of their own. */
ad_status items_in_pieces(ad_source *source, const char *path, ad_items_take take, void *user);
/* The source of one path, which holds no pictures; *source is NULL where it does. */
ad_status items_arrays(const ad_schema *schema, const char *path, ad_source **source);

/* NaN, or -1 as a class, for each of count examples: nothing is known. */
ad_status items_unknown_target(const ad_schema_field *field, int64_t count, kept_array *kept);
/* The model takes no pictures. */
ad_status items_no_image(const char *path, const ad_schema_field *input);

#endif
