/* Mel spectrograms of sounds, their logarithms and cosine transforms. */
#ifndef ADZE_KIT_SPECTRUM_H
#define ADZE_KIT_SPECTRUM_H

#include <adze/encode.h>

/* All of ad_spectrum_options as numbers: nothing is left to a default. */
typedef struct spectrum_form {
    int64_t rate, samples; /* samples: of every sound, cut or padded with silence; 0: as it is */
    int64_t length;        /* of steps, for who reads; 0: as they are */
    int64_t fft, hop, window_size, window, mels;
    int64_t scale, norm, center, padding, log; /* the enums */
    int64_t coefficients;                      /* 0: the logarithms themselves */
    int64_t over;
    double low, high, power, floor, top;
} spectrum_form;

/* Window, filters and plans, made once.  May be used by several threads at once. */
typedef struct spectrum spectrum;

/* Fails with words where the numbers cannot be, or without the library of the transform. */
ad_status spectrum_new(const spectrum_form *form, spectrum **made);
void spectrum_free(spectrum *s);
const spectrum_form *spectrum_about(const spectrum *s);
int64_t spectrum_width(const spectrum_form *form);
/* Steps that a sound of so many samples becomes. */
int64_t spectrum_steps(const spectrum_form *form, int64_t size);
/* (steps, width), by malloc: as many as the form's length at the most, where it has one. */
ad_status spectrum_make(spectrum *s, const float *sound, int64_t size, float **out, int64_t *steps);

/* mel.c: the filters, bins (fft / 2 + 1) of each band from first[m] on, count[m] of them, one band
 * after the other; NULL without memory. */
typedef struct mel_filters {
    int32_t *first, *count; /* (mels) */
    float *weight;
} mel_filters;
bool mel_filters_make(const spectrum_form *form, mel_filters *made);
void mel_filters_done(mel_filters *f);

#endif
