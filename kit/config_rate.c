/* The learning rate of each step.
 *
 * In the first w steps of a warm-up the rate is base (step + 1) / w.  After it, with t the share of
 * the remaining steps that are done: cosine: final + (base - final) (1 + cos(pi t)) / 2 (Loshchilov
 * and Hutter 2016); step: base factor^(epoch / every), rounded down. */
#include <adze/kit.h>

#include <math.h>

static double cosine(const ad_config *c, int64_t step, int64_t steps)
{
    const double pi = 3.14159265358979323846;
    double base = c->train.optimizer.rate, final = c->train.schedule.final;
    double left = (double)(steps - c->train.schedule.warmup);
    double share = left > 0 ? (double)(step - c->train.schedule.warmup) / left : 1;
    return final + (base - final) * (1 + cos(pi * (share < 1 ? share : 1))) / 2;
}

double ad_config_rate(const ad_config *config, int64_t step, int64_t steps_per_epoch)
{
    double base = config->train.optimizer.rate;
    int64_t warmup = config->train.schedule.warmup;
    if (step < warmup)
        return base * (double)(step + 1) / (double)warmup;
    if (config->train.schedule.kind == AD_SCHEDULE_COSINE)
        return cosine(config, step, config->train.epochs * steps_per_epoch);
    if (config->train.schedule.kind == AD_SCHEDULE_STEP) {
        int64_t drops =
            steps_per_epoch > 0 ? step / steps_per_epoch / config->train.schedule.every : 0;
        return base * pow(config->train.schedule.factor, (double)drops);
    }
    return base;
}
