/* The encoders of sounds by their mel spectrograms. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "note.h"
#include "spectrum.h"
#include "text.h"

#define AT(field) .offset = offsetof(ad_spectrum_options, field)

enum { FFT_MAX = 1 << 16, MELS_MAX = 4096, STEPS_MAX = 1 << 24, RATE_MAX = 1 << 20 };

#define ROWS                                                                                      \
    {.name = "length",                                                                            \
     .type = AD_OPTION_WHOLE,                                                                     \
     .low = 1,                                                                                    \
     .high = STEPS_MAX,                                                                           \
     .unit = "steps",                                                                             \
     AT(length),                                                                                  \
     .unset = "as long as each sound is",                                                         \
     .also = "max_length frames max_len",                                                         \
     .help = "of every sound: longer ones are cut at their end, shorter ones padded with zeros"}, \
        {.name = "seconds",                                                                       \
         .type = AD_OPTION_NUMBER,                                                                \
         .low = 0,                                                                                \
         .high = 3600,                                                                            \
         .above_low = true,                                                                       \
         .unit = "seconds",                                                                       \
         AT(seconds),                                                                             \
         .unset = "as long as each sound is",                                                     \
         .also = "duration clip_duration max_seconds",                                            \
         .help = "of every sound: cut at its end, or padded with silence, before all"},           \
        {.name = "like",                                                                          \
         .type = AD_OPTION_WORD,                                                                  \
         .words = "librosa torchaudio",                                                           \
         AT(like),                                                                                \
         .also = "convention backend library",                                                    \
         .help = "whose numbers stand for what is not given"},                                    \
        {.name = "fft",                                                                           \
         .type = AD_OPTION_WHOLE,                                                                 \
         .low = 2,                                                                                \
         .high = FFT_MAX,                                                                         \
         .unit = "samples",                                                                       \
         AT(fft),                                                                                 \
         .unset = "2048 of librosa, 400 of torchaudio",                                           \
         .also = "n_fft fft_size frame_length",                                                   \
         .help = "of each transform; even"},                                                      \
        {.name = "hop",                                                                           \
         .type = AD_OPTION_WHOLE,                                                                 \
         .low = 1,                                                                                \
         .high = FFT_MAX,                                                                         \
         .unit = "samples",                                                                       \
         AT(hop),                                                                                 \
         .unset = "a quarter of fft of librosa, half of the window of torchaudio",                \
         .also = "hop_length hop_size stride step frame_step",                                    \
         .help = "from each step to the next"},                                                   \
        {.name = "window_size",                                                                   \
         .type = AD_OPTION_WHOLE,                                                                 \
         .low = 1,                                                                                \
         .high = FFT_MAX,                                                                         \
         .unit = "samples",                                                                       \
         AT(window_size),                                                                         \
         .unset = "fft",                                                                          \
         .also = "win_length window_length win_size",                                             \
         .help = "of the window, in the middle of fft"},                                          \
        {.name = "window",                                                                        \
         .type = AD_OPTION_WORD,                                                                  \
         .words = "hann hamming blackman ones",                                                   \
         AT(window),                                                                              \
         .also = "window_fn",                                                                     \
         .help = "how samples of a step are weighed"},                                            \
        {.name = "mels",                                                                          \
         .type = AD_OPTION_WHOLE,                                                                 \
         .low = 1,                                                                                \
         .high = MELS_MAX,                                                                        \
         .unit = "bands",                                                                         \
         AT(mels),                                                                                \
         .also = "n_mels mel_bins num_mel_bins bands feature_size",                               \
         .help = "triangles on the mel scale"},                                                   \
        {.name = "low",                                                                           \
         .type = AD_OPTION_NUMBER,                                                                \
         .low = 0,                                                                                \
         .high = RATE_MAX,                                                                        \
         .unit = "Hz",                                                                            \
         AT(low),                                                                                 \
         .also = "fmin f_min low_freq",                                                           \
         .help = "where the first triangle begins"},                                              \
        {.name = "high",                                                                          \
         .type = AD_OPTION_NUMBER,                                                                \
         .low = 0,                                                                                \
         .high = RATE_MAX,                                                                        \
         .above_low = true,                                                                       \
         .unit = "Hz",                                                                            \
         AT(high),                                                                                \
         .unset = "half of the rate",                                                             \
         .also = "fmax f_max high_freq",                                                          \
         .help = "where the last triangle ends"},                                                 \
        {.name = "power",                                                                         \
         .type = AD_OPTION_NUMBER,                                                                \
         .low = 0,                                                                                \
         .high = 8,                                                                               \
         .above_low = true,                                                                       \
         AT(power),                                                                               \
         .help = "of the transform's absolute values: 1 magnitude, 2 power"},                     \
        {.name = "scale",                                                                         \
         .type = AD_OPTION_WORD,                                                                  \
         .words = "auto slaney htk",                                                              \
         AT(scale),                                                                               \
         .also = "mel_scale htk",                                                                 \
         .help = "of mel; auto: slaney of librosa, htk of torchaudio"},                           \
        {.name = "norm",                                                                          \
         .type = AD_OPTION_WORD,                                                                  \
         .words = "auto slaney none",                                                             \
         AT(norm),                                                                                \
         .also = "mel_norm",                                                                      \
         .help = "triangles of one area; auto: slaney of librosa, none of torchaudio"},           \
        {.name = "center",                                                                        \
         .type = AD_OPTION_TRUTH,                                                                 \
         AT(center),                                                                              \
         .also = "centre centered",                                                               \
         .help = "step t is the window round sample t hop, else from it on"},                     \
        {.name = "padding",                                                                       \
         .type = AD_OPTION_WORD,                                                                  \
         .words = "auto zero reflect",                                                            \
         AT(padding),                                                                             \
         .also = "pad_mode",                                                                      \
         .help = "round a sound with center; auto: zero of librosa, reflect of torchaudio"},      \
        {.name = "log",                                                                           \
         .type = AD_OPTION_WORD,                                                                  \
         .words = "auto natural db none",                                                         \
         AT(log),                                                                                 \
         .also = "log_mels to_db amplitude_to_db",                                                \
         .help = "natural: log(x + floor); db: decibels, no less than floor and top"},            \
        {.name = "floor",                                                                         \
         .type = AD_OPTION_NUMBER,                                                                \
         .low = 0,                                                                                \
         .high = 1e6,                                                                             \
         .above_low = true,                                                                       \
         AT(floor),                                                                               \
         .unset = "natural 1e-6, db 1e-10",                                                       \
         .also = "amin eps epsilon log_offset",                                                   \
         .help = "what keeps the logarithm from 0"},                                              \
        {.name = "top",                                                                           \
         .type = AD_OPTION_NUMBER,                                                                \
         .low = 0,                                                                                \
         .high = 1000,                                                                            \
         .unit = "dB",                                                                            \
         AT(top),                                                                                 \
         .unset = "80; of log_mel like torchaudio no limit",                                      \
         .also = "top_db",                                                                        \
         .help = "the least below a sound's largest value, with db; 0: no limit"},                \
    {                                                                                             \
        .name = "over", .type = AD_OPTION_WORD, .words = "bands all", AT(over),                   \
        .also = "standardize_over axis per_channel",                                              \
        .help = "what data.standardize takes mean and deviation of: each band, or all values"     \
    }

static const ad_option log_mel_options[] = {ROWS};
static const ad_option mfcc_options[] = {{.name = "coefficients",
                                          .type = AD_OPTION_WHOLE,
                                          .low = 1,
                                          .high = MELS_MAX,
                                          AT(coefficients),
                                          .unset = "20 of librosa, 40 of torchaudio",
                                          .also = "n_mfcc num_ceps mfccs",
                                          .help = "how many, from the first on"},
                                         ROWS};
static const ad_spectrum_options initial = AD_OPTIONS_INIT(ad_spectrum_options);

/* ---------------------------------------------------------------- options as numbers */

static int64_t or_else(int64_t value, int64_t other)
{
    return value == AD_SAME ? other : value;
}

static double number_or(double value, double other)
{
    return value == AD_AUTO ? other : value;
}

/* What is left to `like`. */
static spectrum_form form_of(const ad_spectrum_options *o, bool mfcc, double rate)
{
    bool torch = o->like == AD_LIKE_TORCHAUDIO;
    spectrum_form f = {.rate = (int64_t)rate, .power = o->power, .mels = o->mels, .low = o->low};
    f.length = or_else(o->length, 0);
    f.samples = o->seconds == AD_AUTO ? 0 : llround(o->seconds * rate);
    f.samples += o->seconds != AD_AUTO && f.samples == 0;
    f.fft = or_else(o->fft, torch ? 400 : 2048);
    f.window_size = or_else(o->window_size, f.fft);
    f.hop = or_else(o->hop, torch ? f.window_size / 2 : f.fft / 4);
    f.hop += f.hop == 0;
    f.window = o->window;
    f.scale = o->scale != AD_MEL_AUTO ? o->scale : torch ? AD_MEL_HTK : AD_MEL_SLANEY;
    f.norm = o->norm != AD_MEL_NORM_AUTO ? o->norm : torch ? AD_MEL_NORM_NONE : AD_MEL_NORM_SLANEY;
    f.center = o->center;
    f.padding = o->padding != AD_PADDING_AUTO ? o->padding
                : torch                       ? AD_PADDING_REFLECT
                                              : AD_PADDING_ZERO;
    f.log = o->log != AD_LOG_AUTO ? o->log : mfcc ? AD_LOG_DB : AD_LOG_NATURAL;
    f.high = number_or(o->high, rate / 2);
    f.floor = number_or(o->floor, f.log == AD_LOG_DB ? 1e-10 : 1e-6);
    f.top = number_or(o->top, torch && !mfcc ? 0 : 80);
    f.coefficients = mfcc ? or_else(o->coefficients, torch ? 40 : 20) : 0;
    f.over = o->over;
    return f;
}

static ad_status fit_any(const ad_spectrum_options *o, bool mfcc, const ad_schema_field *about,
                         void **fitted)
{
    spectrum *made;
    if (!about || about->rate < 1)
        return message_fail(AD_ERROR_ARGUMENT,
                            "%s wants to know how many samples a second the sound has\n"
                            "  give the schema's field, whose .rate says it\n",
                            mfcc ? "mfcc" : "log_mel");
    spectrum_form form = form_of(o, mfcc, about->rate);
    ad_status status = spectrum_new(&form, &made);
    *fitted = made;
    return status;
}

static ad_status fit_log_mel(const void *given, const ad_schema_field *about, ad_source *train,
                             int field, void **fitted)
{
    (void)train, (void)field;
    return fit_any(given, false, about, fitted);
}

static ad_status fit_mfcc(const void *given, const ad_schema_field *about, ad_source *train,
                          int field, void **fitted)
{
    (void)train, (void)field;
    return fit_any(given, true, about, fitted);
}

/* ---------------------------------------------------------------- use */

static void about(const void *fitted, ad_encoded *is)
{
    const spectrum_form *f = spectrum_about(fitted);
    *is = (ad_encoded){.type = AD_F32,
                       .steps = f->length    ? f->length
                                : f->samples ? spectrum_steps(f, 0)
                                             : AD_VARYING,
                       .width = spectrum_width(f),
                       .axis = (ad_transform_axis)f->over};
}

static int64_t steps_of(const void *fitted, int64_t size)
{
    return spectrum_steps(spectrum_about(fitted), size);
}

static ad_status encode(const void *fitted, const void *in, int64_t size, void **out,
                        int64_t *steps)
{
    float *made = NULL;
    ad_status status = spectrum_make((spectrum *)(uintptr_t)fitted, in, size, &made, steps);
    *out = made;
    return status;
}

static void free_fitted(void *fitted)
{
    spectrum_free(fitted);
}

/* ---------------------------------------------------------------- as text */

#define WHOLE(field_, low_, high_)                                       \
    {                                                                    \
        .name = #field_, .type = NOTE_WHOLE, .low = low_, .high = high_, \
        .offset = offsetof(spectrum_form, field_)                        \
    }
#define NUMBER(field_, low_, high_)                                       \
    {                                                                     \
        .name = #field_, .type = NOTE_NUMBER, .low = low_, .high = high_, \
        .offset = offsetof(spectrum_form, field_)                         \
    }
static const note_field fields[] = {
    WHOLE(rate, 1, RATE_MAX),
    WHOLE(samples, 0, 3600.0 * RATE_MAX),
    WHOLE(length, 0, STEPS_MAX),
    WHOLE(fft, 2, FFT_MAX),
    WHOLE(hop, 1, FFT_MAX),
    WHOLE(window_size, 1, FFT_MAX),
    WHOLE(window, AD_WINDOW_HANN, AD_WINDOW_ONES),
    WHOLE(mels, 1, MELS_MAX),
    WHOLE(scale, AD_MEL_SLANEY, AD_MEL_HTK),
    WHOLE(norm, AD_MEL_NORM_SLANEY, AD_MEL_NORM_NONE),
    WHOLE(center, 0, 1),
    WHOLE(padding, AD_PADDING_ZERO, AD_PADDING_REFLECT),
    WHOLE(log, AD_LOG_NATURAL, AD_LOG_NONE),
    WHOLE(coefficients, 0, MELS_MAX),
    WHOLE(over, AD_AXIS_LAST, AD_AXIS_ALL),
    NUMBER(low, 0, RATE_MAX),
    NUMBER(high, 0, RATE_MAX),
    NUMBER(power, 1e-300, 8),
    NUMBER(floor, 1e-300, 1e6),
    NUMBER(top, 0, 1000),
};
static const note_table table = {fields, sizeof fields / sizeof *fields};

enum { TEXT_MAX = 2048 };

static char *text(const void *fitted)
{
    char words[TEXT_MAX];
    char *made = note_write(&table, spectrum_about(fitted), words, sizeof words)
                     ? text_format("%s\n", words)
                     : NULL;
    if (!made)
        message_no_memory();
    return made;
}

static ad_status read_any(const char *words, size_t size, bool mfcc, void **fitted)
{
    char copy[TEXT_MAX], why[256] = "it is no such text";
    spectrum_form form = {.rate = 0};
    spectrum *made = NULL;
    bool good = size > 1 && size < sizeof copy && words[size - 1] == '\n';
    if (good) {
        memcpy(copy, words, size - 1);
        copy[size - 1] = 0;
        good = strlen(copy) == size - 1 && note_read(&table, copy, &form, why, sizeof why);
    }
    if (!good || (form.coefficients > 0) != mfcc)
        return message_fail(AD_ERROR_FORMAT,
                            "this is no text of the encoder %s: %s\n  give what "
                            "ad_encoder_text wrote\n",
                            mfcc ? "mfcc" : "log_mel", why);
    ad_status status = spectrum_new(&form, &made);
    *fitted = made;
    return status;
}

static ad_status read_log_mel(const char *words, size_t size, void **fitted)
{
    return read_any(words, size, false, fitted);
}

static ad_status read_mfcc(const char *words, size_t size, void **fitted)
{
    return read_any(words, size, true, fitted);
}

#define MEL(name_, help_, also_)                                 \
    const ad_encoder_record encoder_##name_ = {                  \
        .record = {.name = #name_,                               \
                   .help = help_,                                \
                   .also = also_,                                \
                   AD_RECORD_OPTIONS(name_##_options, initial)}, \
        .takes = AD_MEANS_SOUND,                                 \
        .fit = fit_##name_,                                      \
        .about = about,                                          \
        .steps = steps_of,                                       \
        .encode = encode,                                        \
        .text = text,                                            \
        .read = read_##name_,                                    \
        .free = free_fitted,                                     \
    };

MEL(log_mel, "logarithms of mel spectrograms: how strong each band is, step by step",
    "logmel mel mel_spectrogram melspectrogram spectrogram fbank filterbank")
MEL(mfcc, "mel-frequency cepstral coefficients: cosine transforms of log_mel", "cepstrum mfccs")
