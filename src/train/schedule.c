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

/* ---------------------------------------------------------------- records */

#define WARMUP                                                                             \
    {                                                                                      \
        .name = "warmup", .type = AD_OPTION_WHOLE, .low = 0, .high = 1e9, .unit = "steps", \
        .offset = offsetof(ad_schedule, warmup),                                           \
        .also = "warmup_steps warmup_epochs num_warmup_steps warmup_ratio",                \
        .help = "the rate rises evenly to its value over these first steps"                \
    }

static const ad_option constant_options[] = {WARMUP};

static const ad_option cosine_options[] = {
    WARMUP,
    {.name = "final",
     .type = AD_OPTION_NUMBER,
     .low = 0,
     .high = 1000,
     .offset = offsetof(ad_schedule, final),
     .also = "eta_min min_lr end lrf final_lr end_lr",
     .help = "the rate at the end"},
};

static const ad_option steps_options[] = {
    WARMUP,
    {.name = "every",
     .type = AD_OPTION_WHOLE,
     .low = 1,
     .high = 1e6,
     .unit = "epochs",
     .offset = offsetof(ad_schedule, every),
     .also = "step_size decay_steps",
     .help = "epochs from one drop to the next"},
    {.name = "factor",
     .type = AD_OPTION_NUMBER,
     .low = 0,
     .high = 1,
     .above_low = true,
     .offset = offsetof(ad_schedule, factor),
     .also = "gamma decay decay_rate lr_decay drop",
     .help = "of each drop"},
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
      .also = "steplr step_lr multisteplr exponential exponentiallr exponential_decay",
      .help = "times factor now and then",
      AD_RECORD_OPTIONS(steps_options, steps_initial)},
     AD_RATE_STEPS},
};

const ad_record *ad_schedule_at(int i)
{
    return i >= 0 && i < (int)(sizeof schedules / sizeof *schedules) ? &schedules[i].record : NULL;
}
