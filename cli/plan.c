/* Plans.  A cosine falls over all steps of a run, so a longer one is another training. */
#include "plan.h"

#include <stdio.h>

#include "remedy.h"

bool plan_has_length(const ad_config *config)
{
    return ad_schedule_has_length(config->schedule.options);
}

double plan_further_rate(const ad_config *config, int64_t step, int64_t images)
{
    int64_t steps = (images + config->train.batch - 1) / config->train.batch;
    ad_schedule s;
    ad_config_schedule(config, steps, &s);
    double now = ad_schedule_rate(&s, step), least = s.rate / 30;
    return now > least ? now : least;
}

void plan_advise(const training *t, const ad_fit_position *at)
{
    char setting[48];
    ad_config *old;
    int64_t epochs = t->config->train.epochs;
    if (ad_run_config(t->o->out, NULL, 0, &old) != AD_OK)
        return;
    remedy_values further = {.out = t->o->out,
                             .whole = epochs > at->epoch ? epochs - at->epoch : 1,
                             .number = plan_further_rate(old, at->step, at->examples)};
    snprintf(setting, sizeof setting, "train.epochs=%lld", (long long)epochs);
    fprintf(stderr, "  to train its network further, by a plan of its own that falls from %.3g:\n",
            further.number);
    remedy_print(stderr, REMEDY_FURTHER, &further);
    fputs("  to train anew, with one plan over all epochs:\n", stderr);
    remedy_print(stderr, REMEDY_ANEW, &(remedy_values){.out = t->o->out, .setting = setting});
    ad_config_free(old);
}
