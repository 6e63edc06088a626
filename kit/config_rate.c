/* The learning rate of each step.
 *
 * In the first w steps of a warm-up the rate is base (step + 1) / w.  After it, with t the share of
 * the remaining steps that are done: cosine: final + (base - final) (1 + cos(pi t)) / 2 (Loshchilov
 * and Hutter 2016); step: base factor^(epoch / every), rounded down. */
#include "config.h"

ad_schedule config_schedule(const ad_config *config, int64_t steps_per_epoch)
{
    static const ad_rate_shape shapes[] = {[AD_SCHEDULE_CONSTANT] = AD_RATE_CONSTANT,
                                           [AD_SCHEDULE_COSINE] = AD_RATE_COSINE,
                                           [AD_SCHEDULE_STEP] = AD_RATE_STEPS};
    return AD_OPTIONS(ad_schedule, .shape = shapes[config->train.schedule.kind],
                      .rate = config->train.optimizer.rate, .final = config->train.schedule.final,
                      .warmup = config->train.schedule.warmup,
                      .factor = config->train.schedule.factor,
                      .steps = config->train.epochs * steps_per_epoch,
                      .every = config->train.schedule.every * steps_per_epoch);
}

double ad_config_rate(const ad_config *config, int64_t step, int64_t steps_per_epoch)
{
    ad_schedule s = config_schedule(config, steps_per_epoch);
    return ad_schedule_rate(&s, step);
}
