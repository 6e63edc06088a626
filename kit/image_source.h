/* A source of pictures: decoded on all processors, kept in memory or read again each time. */
#ifndef ADZE_KIT_IMAGE_SOURCE_H
#define ADZE_KIT_IMAGE_SOURCE_H

#include "pictures.h"

/* What every picture is made into. */
typedef struct image_form {
    int64_t height, width, channels;
    ad_image_fit fit;
    ad_resample resample;
} image_form;

typedef struct image_job {
    const pictures *from;
    int64_t index;
    int32_t label;
} image_job;

typedef struct image_broken {
    int64_t count;
    char *words; /* the first ten messages; NULL: none */
} image_broken;

/* As text for a schema's own, and back; false where it is no such text. */
char *image_form_text(const image_form *form);
bool image_form_read(const char *text, image_form *form);
/* A form from the size and channels of a schema's field, stretched to it bilinearly. */
image_form image_form_of(const ad_schema_field *field);

/* Picture i of p in that form, height * width * channels bytes to `to`. */
ad_status image_load(const pictures *p, int64_t i, const image_form *form, uint8_t *to);
/* Calls work(user, i) for i from 0 to count - 1 on all processors.  A failure of a file is counted
 * and its words kept, marked in bad[i]; want of memory and of a library ends it. */
ad_status image_each(int64_t count, ad_status (*work)(void *user, int64_t i), void *user, bool *bad,
                     image_broken *broken);
/* AD_OK where no more are broken than may be; words where more are.  many: "pictures". */
ad_status image_check_broken(const char *path, const char *many, int64_t count,
                             const image_broken *broken, int64_t most);

/* The fields of the schema that have a role, in its order: an image and a class.  Copies the jobs;
 * takes over the `places` lists that they point into (also when it fails).  most: bytes that may be
 * kept. */
ad_status image_source(const ad_schema *schema, const image_form *form, pictures *places,
                       const image_job *job, int64_t count, size_t most, int64_t broken,
                       ad_source **source);

#endif
