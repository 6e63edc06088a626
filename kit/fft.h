/* The discrete Fourier transform of real numbers, by kissfft. */
#ifndef ADZE_KIT_FFT_H
#define ADZE_KIT_FFT_H

#include <adze/kit.h>

/* A plan, with memory of its own: one thread at a time. */
typedef struct fft fft;

/* size: even.  Fails with words where the library is not there. */
ad_status fft_new(int64_t size, fft **plan);
void fft_free(fft *plan);
/* out: size / 2 + 1 pairs, real and imaginary. */
void fft_real(fft *plan, const float *in, float *out);

#endif
