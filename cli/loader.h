/* Batches of a data set in a shuffled order, the next one prepared on another thread while one is
 * in use. */
#ifndef ADZE_CLI_LOADER_H
#define ADZE_CLI_LOADER_H

#include <adze/kit.h>

typedef struct loader loader;

typedef struct batch {
    int64_t count;
    uint8_t *images; /* (count, height, width, channels) */
    int32_t *labels;
} batch;

/* Batches of size images, the last one perhaps smaller, from image number order[begin] on.  order
 * has as many numbers as data has images, and stays the caller's.  NULL without memory or thread.
 */
loader *loader_new(const ad_dataset *data, const int64_t *order, int64_t begin, int64_t size);
/* The next batch, or NULL after the last; the one before it is used up. */
const batch *loader_next(loader *l);
void loader_free(loader *l);

#endif
