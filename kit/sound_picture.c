/* Sounds as pictures to look at: mel spectrograms in colours whose lightness rises with loudness,
 * so that they are read without seeing red or green too (after viridis, Smith and van der Walt
 * 2015). */
#include "sound_picture.h"

#include <math.h>
#include <stdlib.h>

#include "spectrum.h"

enum { STEPS = 240, BANDS = 48, CHANNELS = 3 };

static const double loud = 80; /* dB */

static const uint8_t colour[][CHANNELS] = {{13, 8, 35},    {70, 31, 110}, {54, 92, 141},
                                           {39, 145, 140}, {94, 201, 98}, {253, 231, 37}};

static uint8_t mix(double at, int channel)
{
    const int last = (int)(sizeof colour / sizeof *colour) - 1;
    double place = at < 0 ? 0 : at > 1 ? last : at * last;
    int below = place < last ? (int)place : last - 1;
    return (uint8_t)lrint(colour[below][channel] +
                          (place - below) * (colour[below + 1][channel] - colour[below][channel]));
}

static spectrum_form form_of(int64_t count, double rate)
{
    int64_t fft = 64, hop = (count + STEPS - 1) / STEPS;
    while ((double)fft < 0.04 * rate && fft < 4096)
        fft *= 2;
    return (spectrum_form){.rate = (int64_t)rate,
                           .fft = fft,
                           .hop = hop > 16 ? hop : 16,
                           .window_size = fft,
                           .window = AD_WINDOW_HANN,
                           .mels = BANDS,
                           .scale = AD_MEL_HTK,
                           .norm = AD_MEL_NORM_NONE,
                           .center = 1,
                           .padding = AD_PADDING_ZERO,
                           .log = AD_LOG_DB,
                           .power = 2,
                           .high = rate / 2,
                           .floor = 1e-10,
                           .top = loud};
}

static bool paint(const float *value, int64_t steps, ad_image *image)
{
    float most = -INFINITY;
    *image = (ad_image){BANDS, steps, CHANNELS, malloc((size_t)(steps * BANDS * CHANNELS) + 1)};
    for (int64_t i = 0; i < steps * BANDS; i++)
        most = value[i] > most ? value[i] : most;
    for (int64_t i = 0; image->pixels && i < steps * BANDS * CHANNELS; i++) {
        int64_t band = BANDS - 1 - i / CHANNELS / steps, step = i / CHANNELS % steps;
        image->pixels[i] =
            mix(1 + ((double)value[step * BANDS + band] - most) / loud, (int)(i % CHANNELS));
    }
    return image->pixels;
}

bool sound_picture(const float *sample, int64_t count, double rate, ad_image *image)
{
    spectrum *s = NULL;
    float *value = NULL;
    int64_t steps = 0;
    *image = (ad_image){0};
    if (count < 64 || !(rate >= 1000))
        return false;
    spectrum_form form = form_of(count, rate);
    bool made = spectrum_new(&form, &s) == AD_OK &&
                spectrum_make(s, sample, count, &value, &steps) == AD_OK && steps > 1 &&
                paint(value, steps, image);
    free(value);
    spectrum_free(s);
    return made;
}
