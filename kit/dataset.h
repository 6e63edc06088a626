/* Sets of images: the inside. */
#ifndef ADZE_KIT_DATASET_H
#define ADZE_KIT_DATASET_H

#include <adze/kit.h>

struct ad_dataset {
    ad_dataset_info info;
    uint8_t *images;
    int32_t *labels;
    char **names;
};

/* An empty set of that size, memory not filled.  NULL without memory, or where the size is beyond
 * all memory. */
ad_dataset *dataset_new(int64_t count, int64_t height, int64_t width, int64_t channels);
/* height * width * channels */
int64_t dataset_pixels(const ad_dataset_info *info);
/* Copies names (classes of them, NULL for none).  False without memory. */
bool dataset_name(ad_dataset *dataset, const char *const *names);

#endif
