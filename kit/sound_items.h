/* Sounds to predict, by the names of files and folders. */
#ifndef ADZE_KIT_SOUND_ITEMS_H
#define ADZE_KIT_SOUND_ITEMS_H

#include <adze/kit.h>

/* What readers of sounds have as their `items` and `each`. */
ad_status sound_items(const ad_schema *schema, const char *const *path, int count,
                      ad_source **source);
ad_status sound_items_each(const ad_schema *schema, const char *path, ad_items_take take,
                           void *user);

#endif
