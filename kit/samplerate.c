/* Sounds brought to another rate through libsamplerate. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "sound.h"

#ifdef ADZE_HAVE_SAMPLERATE

#include <samplerate.h>

static ad_status fail_rates(const char *name, int64_t from, int64_t to, const char *why)
{
    return message_fail(AD_ERROR_RANGE,
                        "%s: %lld samples a second cannot be brought to %lld: %s\n"
                        "  choose a rate within 256 times\n",
                        name, (long long)from, (long long)to, why);
}

ad_status sound_resample(const char *name, const float *sample, int64_t count, int64_t from,
                         int64_t to, float **made)
{
    int64_t wanted = sound_count(count, from, to);
    double ratio = (double)to / (double)from;
    *made = NULL;
    if (!src_is_valid_ratio(ratio) || wanted > INT_MAX)
        return fail_rates(name, from, to, "they are too far apart");
    *made = calloc((size_t)wanted + 1, sizeof **made);
    if (!*made)
        return message_no_memory();
    SRC_DATA data = {.data_in = sample,
                     .data_out = *made,
                     .input_frames = (long)count,
                     .output_frames = (long)wanted,
                     .src_ratio = ratio};
    int wrong = count > 0 ? src_simple(&data, SRC_SINC_MEDIUM_QUALITY, 1) : 0;
    if (!wrong)
        return AD_OK;
    free(*made);
    *made = NULL;
    return fail_rates(name, from, to, src_strerror(wrong));
}

#else

ad_status sound_resample(const char *name, const float *sample, int64_t count, int64_t from,
                         int64_t to, float **made)
{
    (void)sample, (void)count;
    *made = NULL;
    return message_fail(AD_ERROR_UNSUPPORTED,
                        "%s: has %lld samples a second, and %lld are wanted, which this build "
                        "cannot make\n  install the package libsamplerate0-dev and build again, or "
                        "give files of one rate\n",
                        name, (long long)from, (long long)to);
}

#endif
