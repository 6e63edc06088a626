/* Pictures and arrays to predict, by the names of files and folders. */
#ifndef ADZE_KIT_ITEMS_H
#define ADZE_KIT_ITEMS_H

#include <adze/kit.h>

/* What readers of pictures and arrays have as their `items`. */
ad_status items_open(const ad_schema *schema, const char *const *path, int count,
                     ad_source **source);

#endif
