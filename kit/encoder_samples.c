/* The encoder of sounds that leaves them as they are: one number a step. */
#include <adze/encode.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "encoder.h"
#include "message.h"

static const ad_option options[] = {
    {.name = "length",
     .type = AD_OPTION_WHOLE,
     .low = 1,
     .high = 1 << 28,
     .unit = "steps",
     .offset = offsetof(ad_sound_options, length),
     .unset = "as long as each sound is",
     .also = "max_length frames",
     .help = "of every sound: longer ones are cut at their end, shorter ones padded with zeros"},
    {.name = "seconds",
     .type = AD_OPTION_NUMBER,
     .low = 0,
     .high = 3600,
     .above_low = true,
     .unit = "seconds",
     .offset = offsetof(ad_sound_options, seconds),
     .unset = "as long as each sound is",
     .also = "duration clip_duration max_seconds",
     .help = "the same as a time"}};
static const ad_sound_options initial = AD_OPTIONS_INIT(ad_sound_options);

static ad_status fit(const void *given, const ad_schema_field *about, ad_source *train, int field,
                     void **fitted)
{
    (void)train, (void)field;
    const ad_sound_options *o = given;
    bool timed = o->length == AD_SAME && o->seconds != AD_AUTO;
    if (timed && (!about || about->rate < 1))
        return message_fail(AD_ERROR_ARGUMENT,
                            "samples wants to know how many samples a second the sound has\n"
                            "  give the schema's field, whose .rate says it\n");
    int64_t *length = malloc(sizeof *length);
    if (!length)
        return message_no_memory();
    *length = timed ? llround(o->seconds * about->rate) : o->length;
    *length += *length == 0;
    *fitted = length;
    return AD_OK;
}

static void about(const void *fitted, ad_encoded *is)
{
    int64_t length = *(const int64_t *)fitted;
    *is = (ad_encoded){.type = AD_F32,
                       .steps = length == AD_SAME ? AD_VARYING : length,
                       .width = 1,
                       .axis = AD_AXIS_ALL};
}

static int64_t steps_of(const void *fitted, int64_t size)
{
    (void)fitted;
    return size;
}

static ad_status encode(const void *fitted, const void *in, int64_t size, void **out,
                        int64_t *steps)
{
    (void)fitted;
    *out = malloc((size_t)size * sizeof(float) + 1);
    if (!*out)
        return message_no_memory();
    if (size > 0)
        memcpy(*out, in, (size_t)size * sizeof(float));
    *steps = size;
    return AD_OK;
}

static char *text(const void *fitted)
{
    int64_t length = *(const int64_t *)fitted;
    ad_text_options o = AD_OPTIONS(ad_text_options, .length = length);
    text_cut cut = text_cut_of(&o);
    return text_cut_text(&cut);
}

static ad_status read(const char *words, size_t size, void **fitted)
{
    text_cut cut;
    if (text_cut_read(words, size, &cut) != words + size)
        return message_fail(AD_ERROR_FORMAT, "this is no text of the encoder samples\n  give what "
                                             "ad_encoder_text wrote\n");
    int64_t *length = malloc(sizeof *length);
    if (!length)
        return message_no_memory();
    *length = cut.length;
    *fitted = length;
    return AD_OK;
}

const ad_encoder_record encoder_samples = {
    .record = {.name = "samples",
               .also = "raw waveform wave",
               .help = "the samples themselves, one number a step",
               AD_RECORD_OPTIONS(options, initial)},
    .takes = AD_MEANS_SOUND,
    .fit = fit,
    .about = about,
    .steps = steps_of,
    .encode = encode,
    .text = text,
    .read = read,
    .free = free,
};
