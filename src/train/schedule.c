/* Rates over steps.
 *
 * In the first w steps of a warm-up the rate is rate (step + 1) / w.  After it, with t the share of
 * the remaining steps that are done: cosine: final + (rate - final) (1 + cos(pi t)) / 2 (Loshchilov
 * and Hutter 2016); steps: rate factor^(step / every), rounded down. */
#include <math.h>

#include <adze/train.h>

static double cosine(const ad_schedule *s, int64_t step)
{
    const double pi = 3.14159265358979323846;
    double left = (double)(s->steps - s->warmup);
    double share = left > 0 ? (double)(step - s->warmup) / left : 1;
    return s->final + (s->rate - s->final) * (1 + cos(pi * (share < 1 ? share : 1))) / 2;
}

double ad_schedule_rate(const ad_schedule *s, int64_t step)
{
    if (step < s->warmup)
        return s->rate * (double)(step + 1) / (double)s->warmup;
    switch (s->shape) {
    case AD_RATE_COSINE: return cosine(s, step);
    case AD_RATE_STEPS:
        return s->every > 0 ? s->rate * pow(s->factor, (double)(step / s->every)) : s->rate;
    default: return s->rate;
    }
}
