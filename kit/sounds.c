/* Sounds among the files of a folder or an archive. */
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "sound.h"

int64_t sound_count(int64_t count, int64_t from, int64_t to)
{
    return from == to ? count : (count * to + from - 1) / from;
}

static int by_rate(const void *a, const void *b)
{
    int64_t p = *(const int64_t *)a, q = *(const int64_t *)b;
    return (p > q) - (p < q);
}

int64_t sound_usual_rate(int64_t *rate, int64_t count)
{
    int64_t best = 0, run = 0, longest = 0;
    qsort(rate, (size_t)count, sizeof *rate, by_rate);
    for (int64_t i = 0; i < count; i++) {
        run = i > 0 && rate[i] == rate[i - 1] ? run + 1 : 1;
        best = run > longest ? rate[i] : best;
        longest = run > longest ? run : longest;
    }
    return best;
}

/* path is the caller's to free. */
static ad_status file_of(const pictures *list, int64_t i, char **path, sound_file *file)
{
    uint8_t *own = NULL;
    *path = pictures_path(list, i);
    if (!*path)
        return message_no_memory();
    *file = (sound_file){.path = *path};
    return list->archive ? files_bytes(list, i, *path, &file->bytes, &file->size, &own) : AD_OK;
}

ad_status sounds_look(const pictures *list, int64_t i, sound_about *about)
{
    char *path;
    sound_file file;
    *about = (sound_about){0};
    ad_status status = file_of(list, i, &path, &file);
    if (status == AD_OK)
        status = sound_look(&file, about);
    free(path);
    return status;
}

static ad_status bring_to(const char *path, int64_t rate, sound_clip *clip)
{
    float *made;
    if (clip->about.rate == rate)
        return AD_OK;
    ad_status status =
        sound_resample(path, clip->sample, clip->count, clip->about.rate, rate, &made);
    free(clip->sample);
    clip->sample = made;
    clip->count = status == AD_OK ? sound_count(clip->count, clip->about.rate, rate) : 0;
    return status;
}

ad_status sounds_decode(const pictures *list, int64_t i, int64_t rate, sound_clip *clip)
{
    char *path;
    sound_file file;
    *clip = (sound_clip){.sample = NULL};
    ad_status status = file_of(list, i, &path, &file);
    if (status == AD_OK)
        status = sound_decode(&file, clip);
    if (status == AD_OK)
        status = bring_to(path, rate, clip);
    free(path);
    return status;
}
