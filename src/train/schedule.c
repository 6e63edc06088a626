/* Rates over steps: train.h has the formulas.  Shapes beyond the core are in more/. */
#include "train/schedule.h"

#include <math.h>

static double cosine(const ad_schedule *s, int64_t step)
{
    double left = (double)(s->steps - s->warmup);
    double share = left > 0 ? (double)(step - s->warmup) / left : 1;
    return schedule_cosine(s->rate, s->final, share < 1 ? share : 1);
}

double ad_schedule_rate(const ad_schedule *s, int64_t step)
{
#ifdef ADZE_EXTRAS
    for (; s->next && step >= s->until; s = s->next)
        step -= s->until;
#endif
    if (step < s->warmup && s->shape != AD_RATE_NOAM)
        return s->rate * (double)(step + 1) / (double)s->warmup;
    switch (s->shape) {
    case AD_RATE_COSINE: return cosine(s, step);
    case AD_RATE_STEPS:
        return s->every > 0 ? s->rate * pow(s->factor, (double)(step / s->every)) : s->rate;
    case AD_RATE_CONSTANT: return s->rate;
    default: return schedule_more(s, step);
    }
}

#ifndef ADZE_EXTRAS
double schedule_more(const ad_schedule *s, int64_t step)
{
    (void)s, (void)step;
    return NAN;
}
#endif

/* ---------------------------------------------------------------- records */

static const ad_option constant_options[] = {WARMUP};

static const ad_option cosine_options[] = {WARMUP, FINAL("the rate at the end")};

static const ad_option steps_options[] = {
    WARMUP,
    EVERY("step_size decay_steps", "epochs from one drop to the next"),
    FACTOR("of each drop"),
};

static const ad_schedule constant_initial = AD_OPTIONS_INIT(ad_schedule);
static const ad_schedule cosine_initial = AD_OPTIONS_INIT(ad_schedule, .shape = AD_RATE_COSINE);
static const ad_schedule steps_initial =
    AD_OPTIONS_INIT(ad_schedule, .shape = AD_RATE_STEPS, .every = 10);

static const ad_schedule_record schedules[] = {
    {{.name = "constant",
      .also = "none fixed constantlr",
      .help = "the same rate for ever",
      AD_RECORD_OPTIONS(constant_options, constant_initial)},
     AD_RATE_CONSTANT},
    {{.name = "cosine",
      .also = "cosine_annealing cosineannealinglr cosine_decay warmup_cosine cosinelr",
      .help = "down to final along a cosine (Loshchilov and Hutter 2016)",
      AD_RECORD_OPTIONS(cosine_options, cosine_initial)},
     AD_RATE_COSINE},
    {{.name = "step",
      .also = "steplr step_lr steps",
      .help = "times factor now and then",
      AD_RECORD_OPTIONS(steps_options, steps_initial)},
     AD_RATE_STEPS},
};

const ad_record *ad_schedule_at(int i)
{
    int count = (int)(sizeof schedules / sizeof *schedules);
#ifdef ADZE_EXTRAS
    if (i >= count)
        return schedule_more_at(i - count);
#endif
    return i >= 0 && i < count ? &schedules[i].record : NULL;
}
