/* A stored classifier that is asked for what its last layer sees. */
#ifndef ADZE_KIT_LAST_LAYER_H
#define ADZE_KIT_LAST_LAYER_H

#include "run.h"

typedef struct features features;

/* path: a run folder, or a model.safetensors; of a classifier of pictures of that field's size,
 * which ends with a linear layer. */
ad_status features_open(const char *path, const ad_schema_field *image, features **f);
void features_free(features *f); /* takes NULL */
int64_t features_width(const features *f);
const ad_run_data *features_about(const features *f);
/* Of pictures (count, height, width, channels): to (count, width), and the likeliest class of each.
 */
ad_status features_take(features *f, const uint8_t *pixels, int64_t count, float *to,
                        int32_t *class);

#endif
