/* A source of sounds: decoded whenever they are read. */
#ifndef ADZE_KIT_SOUND_SOURCE_H
#define ADZE_KIT_SOUND_SOURCE_H

#include "image_set.h"
#include "sound.h"

/* What every sound is made into, and what names say. */
typedef struct sound_form {
    int64_t rate;
    char name_is[256]; /* "": names say nothing */
} sound_form;

/* As text for a schema's own, and back; false where it is no such text. */
char *sound_form_text(const sound_form *form);
bool sound_form_read(const char *text, sound_form *form);
/* That of the schema, or words. */
ad_status sound_form_of(const ad_schema *schema, sound_form *form);

typedef struct sound_job {
    const pictures *from; /* NULL: the samples are kept */
    int64_t index;
    int64_t count; /* samples at the form's rate */
    int32_t label;
    int32_t value[FILE_IDS_MAX]; /* of the schema's ids, in their order */
    float *kept;                 /* by malloc */
} sound_job;

void sound_jobs_done(sound_job *job, int64_t count);
/* Counts of samples by the headers, on all processors.  broken: how many files may be; those, and
 * where it is not 0 all that cannot be decoded, are taken out of the jobs. */
ad_status sound_jobs_look(sound_job *job, int64_t *count, int64_t rate, int64_t broken);

/* The fields of the schema that have a role: a sound, and where they are there a class and ids.
 * Takes over jobs and the two lists that they point into (also when it fails). */
ad_status sound_source(const ad_schema *schema, const sound_form *form, pictures *places,
                       sound_job *job, int64_t count, ad_source **source);

#endif
