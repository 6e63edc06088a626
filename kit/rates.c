/* A rate to begin with (Smith 2017): ad_fit by rates that rise from step to step. */
#include <math.h>
#include <string.h>

#include "message.h"
#include "run.h"

#ifdef ADZE_EXTRAS

typedef struct tries {
    ad_rate_test test;
    ad_run_rate_seen *see;
    void *user;
} tries;

static bool on_event(void *user, const ad_event *e)
{
    tries *t = user;
    if (e->kind != AD_EVENT_STEP)
        return true;
    t->see(t->user, e->rate, e->loss);
    return ad_rate_test_see(&t->test, e->loss);
}

static ad_status try_rates(const ad_config *c, const ad_run_data *data, ad_run_network *n, tries *t)
{
    double rise = pow(t->test.high / t->test.low, 1.0 / (double)(t->test.steps - 1));
    const ad_schedule rising = AD_OPTIONS(ad_schedule, .shape = AD_RATE_EXPONENTIAL,
                                          .rate = t->test.low, .factor = rise, .every = 1);
    ad_status status =
        ad_fit(n->state, .train = data->train, .player = {n->player[0]}, .rate = n->rate,
               .schedule = &rising, .steps = t->test.steps,
               .batches = AD_OPTIONS(ad_batches_options,
                                     .size = config_batch(c, ad_source_count(data->train)),
                                     .order = data->streams ? AD_ORDER_AS_IS : AD_ORDER_SHUFFLED,
                                     .seed = (uint64_t)c->train.seed),
               .event = on_event, .user = t);
    /* a loss that is not finite is the end of it */
    return status == AD_OK || ad_error_status() == AD_ERROR_NOT_FINITE
               ? AD_OK
               : run_fail_core(AD_RUN_NO_FAULT);
}

ad_status ad_run_rates(const ad_config *config, const ad_run_data *data, int threads,
                       ad_run_rate_seen *see, void *user, double *rate)
{
    ad_schedule changing = *(const ad_schedule *)config->schedule.options;
    ad_config own = *config;
    ad_run_network n = {0};
    tries t = {ad_rate_test_begin(1e-7, 10, 100), see, user};
    *rate = 0;
    if (data->task->players)
        return run_fail(AD_RUN_BAD_CONFIG, AD_ERROR_UNSUPPORTED,
                        "rates of a gan are not tried: its players have two losses\n  leave "
                        "--rates out\n");
    if (ad_config_is_whole(config))
        return run_refuse(config, "train.optimizer.method", "leave --rates out",
                          "method %s searches its own steps: it has no rate",
                          config->optimizer.record->name);
    changing.shape = AD_RATE_EXPONENTIAL; /* so that the rate is a feed */
    own.schedule.options = &changing;
    own.schedules = (ad_choices){0};
    own.train.cycle_momentum = false;
    ad_status status = ad_run_build(&own, data, threads, &n);
    if (status == AD_OK)
        status = try_rates(config, data, &n, &t);
    *rate = t.test.rate;
    ad_run_network_done(&n);
    return status;
}

#else

ad_status ad_run_rates(const ad_config *config, const ad_run_data *data, int threads,
                       ad_run_rate_seen *see, void *user, double *rate)
{
    (void)config, (void)data, (void)threads, (void)see, (void)user, (void)rate;
    return run_fail(AD_RUN_BAD_CONFIG, AD_ERROR_UNSUPPORTED,
                    "rates are tried by a library with extras\n  leave --rates out\n");
}

#endif
