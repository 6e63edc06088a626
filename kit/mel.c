/* Triangles on the mel scale. */
#include <math.h>
#include <stdlib.h>

#include "spectrum.h"

/* Slaney 1998: in a line up to 1000 Hz, then 27 steps to 6.4 times the frequency. */
static const double knee_hz = 1000, knee_mel = 15, step_hz = 200.0 / 3, ratio = 6.4, steps = 27;

static double to_mel(int64_t scale, double hz)
{
    if (scale == AD_MEL_HTK)
        return 2595 * log10(1 + hz / 700);
    return hz < knee_hz ? hz / step_hz : knee_mel + steps * log(hz / knee_hz) / log(ratio);
}

static double to_hz(int64_t scale, double mel)
{
    if (scale == AD_MEL_HTK)
        return 700 * (pow(10, mel / 2595) - 1);
    return mel < knee_mel ? mel * step_hz : knee_hz * exp((mel - knee_mel) * log(ratio) / steps);
}

/* Corner i of mels + 2. */
static double corner(const spectrum_form *f, int64_t i)
{
    double low = to_mel(f->scale, f->low), high = to_mel(f->scale, f->high);
    return to_hz(f->scale, low + (high - low) * (double)i / (double)(f->mels + 1));
}

static double weight(const double *corners, double hz)
{
    double up = (hz - corners[0]) / (corners[1] - corners[0]);
    double down = (corners[2] - hz) / (corners[2] - corners[1]);
    double least = up < down ? up : down;
    return least > 0 ? least : 0;
}

/* One band: from its first bin above 0 to its last. */
static void make_band(const spectrum_form *f, int64_t m, mel_filters *made, int64_t *used)
{
    double corners[] = {corner(f, m), corner(f, m + 1), corner(f, m + 2)};
    double scale = f->norm == AD_MEL_NORM_SLANEY ? 2 / (corners[2] - corners[0]) : 1;
    made->first[m] = made->count[m] = 0;
    for (int64_t k = 0; k <= f->fft / 2 && *used < f->fft + 2; k++) {
        double w = weight(corners, (double)f->rate * (double)k / (double)f->fft);
        if (w <= 0)
            continue;
        if (!made->count[m])
            made->first[m] = (int32_t)k;
        made->count[m] = (int32_t)k - made->first[m] + 1;
        made->weight[(*used)++] = (float)(scale * w);
    }
}

bool mel_filters_make(const spectrum_form *f, mel_filters *made)
{
    size_t mels = (size_t)f->mels, bins = (size_t)f->fft / 2 + 1;
    /* a bin lies in two triangles at the most */
    *made = (mel_filters){.first = malloc(mels * sizeof(int32_t)),
                          .count = malloc(mels * sizeof(int32_t)),
                          .weight = malloc(2 * bins * sizeof(float))};
    if (!made->first || !made->count || !made->weight) {
        mel_filters_done(made);
        return false;
    }
    int64_t used = 0;
    for (int64_t m = 0; m < f->mels; m++)
        make_band(f, m, made, &used);
    return true;
}

void mel_filters_done(mel_filters *f)
{
    free(f->first);
    free(f->count);
    free(f->weight);
    *f = (mel_filters){.weight = NULL};
}
