/* Sounds as pictures to look at. */
#ifndef ADZE_KIT_SOUND_PICTURE_H
#define ADZE_KIT_SOUND_PICTURE_H

#include <adze/kit.h>

/* A spectrogram: time from left to right, at most 240 steps, 48 bands of frequency on the mel scale
 * from below, 80 dB of loudness from dark to bright.  False where the sound is too short, without
 * memory, or without the library of the transform. */
bool sound_picture(const float *sample, int64_t count, double rate, ad_image *image);

#endif
