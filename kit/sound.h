/* Single sounds: files decoded to one channel at one rate. */
#ifndef ADZE_KIT_SOUND_H
#define ADZE_KIT_SOUND_H

#include "pictures.h"

enum { SOUND_RATE_MAX = 1 << 20 };

/* What a header says. */
typedef struct sound_about {
    int64_t frames; /* samples of each channel */
    int64_t channels;
    int64_t rate; /* frames a second */
} sound_about;

typedef struct sound_clip {
    float *sample; /* one channel, by malloc */
    int64_t count;
    sound_about about; /* as the file has it */
} sound_clip;

/* A file: its bytes, or NULL: it is read from the disk. */
typedef struct sound_file {
    const char *path; /* for messages, too */
    const uint8_t *bytes;
    size_t size;
} sound_file;

/* sndfile.c: by libsndfile.  Channels are mixed to their mean; values are as the format has them,
 * whole numbers of b bits divided by 2^(b - 1) (8 bits after 128 is taken off).  A file that ends
 * before its header says, and a sample that is no number, are AD_ERROR_FORMAT. */
ad_status sound_look(const sound_file *file, sound_about *about);
ad_status sound_decode(const sound_file *file, sound_clip *clip);

/* samplerate.c: by libsamplerate, sinc of medium quality, sound_count(count, from, to) samples, by
 * malloc.  Fails with words without the library; name is for messages. */
ad_status sound_resample(const char *name, const float *sample, int64_t count, int64_t from,
                         int64_t to, float **made);

/* sounds.c: samples at another rate: count to / from, rounded up. */
int64_t sound_count(int64_t count, int64_t from, int64_t to);
/* The most frequent rate, of several the lowest.  Sorts them. */
int64_t sound_usual_rate(int64_t *rate, int64_t count);
/* Sound i of a list; of its header, and at a rate.  Safe from many threads. */
ad_status sounds_look(const pictures *list, int64_t i, sound_about *about);
ad_status sounds_decode(const pictures *list, int64_t i, int64_t rate, sound_clip *clip);

#endif
