/* The discrete Fourier transform of real numbers, by kissfft. */
#include "fft.h"

#include <stdlib.h>

#include "message.h"

#ifdef ADZE_HAVE_KISSFFT

#include <kiss_fftr.h>

struct fft {
    kiss_fftr_cfg plan;
};

ad_status fft_new(int64_t size, fft **made)
{
    fft *f = malloc(sizeof *f);
    *made = NULL;
    if (!f)
        return message_no_memory();
    f->plan = kiss_fftr_alloc((int)size, 0, NULL, NULL);
    if (!f->plan) {
        free(f);
        return message_no_memory();
    }
    *made = f;
    return AD_OK;
}

void fft_free(fft *f)
{
    if (f)
        kiss_fftr_free(f->plan);
    free(f);
}

void fft_real(fft *f, const float *in, float *out)
{
    kiss_fftr(f->plan, in, (kiss_fft_cpx *)out);
}

#else

ad_status fft_new(int64_t size, fft **made)
{
    (void)size;
    *made = NULL;
    return message_fail(AD_ERROR_UNSUPPORTED,
                        "this build has no Fourier transform, which log_mel and mfcc are made by\n"
                        "  install the package libkissfft-dev and build again\n");
}

void fft_free(fft *f)
{
    (void)f;
}

void fft_real(fft *f, const float *in, float *out)
{
    (void)f, (void)in, (void)out;
}

#endif
