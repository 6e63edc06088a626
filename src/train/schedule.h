/* What schedules share. */
#ifndef TRAIN_SCHEDULE_H
#define TRAIN_SCHEDULE_H

#include <math.h>

#include <adze/train.h>

/* From high at share 0 down to low at 1. */
static inline double schedule_cosine(double high, double low, double share)
{
    return low + (high - low) * (1 + cos(3.14159265358979323846 * share)) / 2;
}

/* Shapes of more/, past their warm-up. */
double schedule_more(const ad_schedule *s, int64_t step);
const ad_record *schedule_more_at(int i);

#define ROW(name_, type_, low_, high_, also_, help_)                         \
    {                                                                        \
        .name = #name_, .type = type_, .low = low_, .high = high_,           \
        .offset = offsetof(ad_schedule, name_), .also = also_, .help = help_ \
    }
#define WARMUP                                                                             \
    {                                                                                      \
        .name = "warmup", .type = AD_OPTION_WHOLE, .low = 0, .high = 1e9, .unit = "steps", \
        .offset = offsetof(ad_schedule, warmup),                                           \
        .also = "warmup_steps warmup_epochs num_warmup_steps warmup_ratio",                \
        .help = "the rate rises evenly to its value over these first steps"                \
    }
#define FINAL(help_) \
    ROW(final, AD_OPTION_NUMBER, 0, 1000, "eta_min min_lr end lrf final_lr end_lr base_lr", help_)
#define EVERY(also_, help_)                                                                \
    {                                                                                      \
        .name = "every", .type = AD_OPTION_WHOLE, .low = 1, .high = 1e6, .unit = "epochs", \
        .offset = offsetof(ad_schedule, every), .also = also_, .help = help_               \
    }
#define FACTOR(help_)                                                                            \
    {                                                                                            \
        .name = "factor", .type = AD_OPTION_NUMBER, .low = 0, .high = 1, .above_low = true,      \
        .offset = offsetof(ad_schedule, factor), .also = "gamma decay decay_rate lr_decay drop", \
        .help = help_                                                                            \
    }

#endif
