/* WAV, FLAC, OGG and their kin through libsndfile. */
#include "sound.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"

#ifdef ADZE_HAVE_SNDFILE

#include <pthread.h>
#include <sndfile.h>

enum { BLOCK = 1 << 14, CHANNELS_MAX = 1024 };
static const int64_t samples_max = (int64_t)1 << 28;

/* ---------------------------------------------------------------- a file in memory */

typedef struct memory {
    const uint8_t *bytes;
    sf_count_t size, at;
} memory;

static sf_count_t memory_size(void *user)
{
    return ((const memory *)user)->size;
}

static sf_count_t memory_seek(sf_count_t offset, int whence, void *user)
{
    memory *m = user;
    sf_count_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? m->at : m->size;
    sf_count_t to = 0;
    if (__builtin_add_overflow(base, offset, &to) || to < 0 || to > m->size)
        return -1;
    return m->at = to;
}

static sf_count_t memory_read(void *to, sf_count_t count, void *user)
{
    memory *m = user;
    sf_count_t left = m->size - m->at, taken = count < left ? count : left;
    if (taken <= 0)
        return 0;
    memcpy(to, m->bytes + m->at, (size_t)taken);
    m->at += taken;
    return taken;
}

static sf_count_t memory_tell(void *user)
{
    return ((const memory *)user)->at;
}

/* ---------------------------------------------------------------- opening */

/* The library keeps why the last file was not opened in one place for all threads. */
static pthread_mutex_t opening = PTHREAD_MUTEX_INITIALIZER;

static ad_status fail_file(const char *path, const char *why)
{
    int size = (int)strlen(why);
    while (size && (why[size - 1] == '.' || why[size - 1] == '\n'))
        size--;
    return message_fail(AD_ERROR_FORMAT,
                        "%s: not a sound file that can be read: %.*s\n"
                        "  give a file of sound, or write it again\n",
                        path, size, why);
}

static ad_status check_about(const sound_file *f, const SF_INFO *info)
{
    if (info->channels < 1 || info->channels > CHANNELS_MAX || info->samplerate < 1 ||
        info->samplerate > SOUND_RATE_MAX)
        return fail_file(f->path, "no such channels or rate");
    if (info->frames < 0 || info->frames > samples_max)
        return fail_file(f->path, "more than 2^28 samples");
    return AD_OK;
}

static ad_status open_sound(const sound_file *f, memory *m, SNDFILE **file, SF_INFO *info)
{
    SF_VIRTUAL_IO io = {
        .get_filelen = memory_size, .seek = memory_seek, .read = memory_read, .tell = memory_tell};
    *m = (memory){f->bytes, (sf_count_t)f->size, 0};
    *info = (SF_INFO){.format = 0};
    pthread_mutex_lock(&opening);
    *file = f->bytes ? sf_open_virtual(&io, SFM_READ, info, m) : sf_open(f->path, SFM_READ, info);
    ad_status status = *file ? AD_OK : fail_file(f->path, sf_strerror(NULL));
    pthread_mutex_unlock(&opening);
    if (status == AD_OK)
        status = check_about(f, info);
    if (status != AD_OK && *file)
        sf_close(*file);
    return status;
}

static sound_about about_of(const SF_INFO *info)
{
    return (sound_about){info->frames, info->channels, info->samplerate};
}

ad_status sound_look(const sound_file *f, sound_about *about)
{
    memory m;
    SNDFILE *file;
    SF_INFO info;
    ad_status status = open_sound(f, &m, &file, &info);
    if (status != AD_OK)
        return status;
    *about = about_of(&info);
    sf_close(file);
    return AD_OK;
}

/* ---------------------------------------------------------------- decoding */

/* False where a sample is no number. */
static bool mix(const float *block, int64_t frames, int64_t channels, float *to)
{
    bool good = true;
    for (int64_t i = 0; i < frames; i++) {
        double sum = 0;
        for (int64_t c = 0; c < channels; c++)
            sum += block[i * channels + c];
        to[i] = (float)(sum / (double)channels);
        good = good && isfinite(to[i]);
    }
    return good;
}

/* Header and data may disagree, so room grows with what is read. */
static ad_status grow(sound_clip *clip, int64_t *room, int64_t more)
{
    if (clip->count + more <= *room)
        return AD_OK;
    *room = 2 * *room + more;
    float *sample = realloc(clip->sample, (size_t)*room * sizeof *sample);
    if (!sample)
        return message_no_memory();
    clip->sample = sample;
    return AD_OK;
}

static ad_status read_all(const sound_file *f, SNDFILE *file, sound_clip *clip)
{
    float block[BLOCK];
    int64_t channels = clip->about.channels, frames = BLOCK / channels;
    /* what a header promises is believed up to a minute or so */
    int64_t room = clip->about.frames < 1 << 22 ? clip->about.frames + 1 : 1 << 22, got;
    clip->sample = malloc((size_t)room * sizeof *clip->sample);
    if (!clip->sample)
        return message_no_memory();
    while ((got = sf_readf_float(file, block, frames)) > 0) {
        ad_status status = grow(clip, &room, got);
        if (status != AD_OK)
            return status;
        if (clip->count + got > samples_max)
            return fail_file(f->path, "more than 2^28 samples");
        if (!mix(block, got, channels, clip->sample + clip->count))
            return fail_file(f->path, "a sample is not a finite number");
        clip->count += got;
    }
    if (sf_error(file) != SF_ERR_NO_ERROR)
        return fail_file(f->path, sf_strerror(file));
    return clip->count == clip->about.frames
               ? AD_OK
               : message_fail(AD_ERROR_FORMAT,
                              "%s: holds %lld samples, and its header says %lld\n"
                              "  write the file again\n",
                              f->path, (long long)clip->count, (long long)clip->about.frames);
}

ad_status sound_decode(const sound_file *f, sound_clip *clip)
{
    memory m;
    SNDFILE *file;
    SF_INFO info;
    *clip = (sound_clip){.sample = NULL};
    ad_status status = open_sound(f, &m, &file, &info);
    if (status != AD_OK)
        return status;
    clip->about = about_of(&info);
    status = read_all(f, file, clip);
    sf_close(file);
    if (status != AD_OK) {
        free(clip->sample);
        *clip = (sound_clip){.sample = NULL};
    }
    return status;
}

#else

static ad_status without(const char *path)
{
    return message_fail(AD_ERROR_UNSUPPORTED,
                        "%s: this build cannot read sounds\n  install the package libsndfile1-dev "
                        "and build again\n",
                        path);
}

ad_status sound_look(const sound_file *file, sound_about *about)
{
    *about = (sound_about){0};
    return without(file->path);
}

ad_status sound_decode(const sound_file *file, sound_clip *clip)
{
    *clip = (sound_clip){.sample = NULL};
    return without(file->path);
}

#endif
