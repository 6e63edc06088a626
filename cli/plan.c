/* Plans.  A cosine falls over all steps of a run: with other epochs the rate of the next step would
 * be another than the one that the run came down to, and the losses would jump. */
#include "plan.h"

#include "remedy.h"

int64_t plan_steps(const ad_config *config, int64_t images)
{
    return (images + config->train.batch - 1) / config->train.batch;
}

int64_t plan_step(const ad_config *config, const position *p)
{
    return p->epoch * plan_steps(config, p->images) + plan_steps(config, p->done);
}

bool plan_has_length(const ad_config *config)
{
    return config->train.schedule.kind == AD_SCHEDULE_COSINE;
}

static double rate_of_next(const ad_config *config, const position *p)
{
    return ad_config_rate(config, plan_step(config, p), plan_steps(config, p->images));
}

double plan_further_rate(const ad_config *config, const position *p)
{
    double now = rate_of_next(config, p), least = config->train.optimizer.rate / 30;
    return now > least ? now : least;
}

static int refuse(const char *folder, const ad_config *old, const ad_config *new, const position *p)
{
    char setting[48];
    int64_t epochs = new->train.epochs;
    remedy_values further = {.out = folder,
                             .whole = epochs > p->epoch ? epochs - p->epoch : 1,
                             .number = plan_further_rate(old, p)};
    snprintf(setting, sizeof setting, "train.epochs=%lld", (long long)epochs);
    say(EXIT_USAGE,
        "the rate of the run in %s follows a cosine over %lld epochs, of which %lld are done, and "
        "%lld would be another plan\n  the rate of the next step would be %.3g instead of %.3g: "
        "the losses would jump\n  to train its network further, by a plan of its own that falls "
        "from %.3g:",
        folder, (long long)old->train.epochs, (long long)p->epoch, (long long)epochs,
        rate_of_next(new, p), rate_of_next(old, p), further.number);
    remedy_print(stderr, REMEDY_FURTHER, &further);
    fputs("  to train anew, with one plan over all epochs:\n", stderr);
    remedy_print(stderr, REMEDY_ANEW, &(remedy_values){.out = folder, .setting = setting});
    return EXIT_USAGE;
}

int plan_check(const char *folder, const ad_config *made_with, const ad_config *config)
{
    position p = {0};
    if (!plan_has_length(config) || made_with->train.epochs == config->train.epochs)
        return EXIT_DONE;
    int code = folder_load_checkpoint(folder, NULL, &p);
    return code == EXIT_DONE ? refuse(folder, made_with, config, &p) : code;
}
