/* A job from the text of a configuration to a stored run, in the program's scratch folder. */
#ifndef JOB_RUN_H
#define JOB_RUN_H

#include "job.h"
#include "scratch.h"

#include <adze/kit.h>

#include <math.h>

/* What messages call the configuration. */
#ifndef JOB_FILE
#define JOB_FILE "a.yaml"
#endif

/* Says nothing; ad_kit_error() has why not. */
static inline bool make_job(job *j, const char *text, int threads)
{
    *j = (job){.config = NULL};
    return ad_config_parse(scratch(JOB_FILE), text, strlen(text), NULL, 0, &j->config) == AD_OK &&
           ad_run_sources(j->config, &j->data) == AD_OK &&
           ad_run_build(j->config, &j->data, threads, &j->net) == AD_OK;
}

static inline bool told(bool good)
{
    if (!good)
        printf("%s", ad_kit_error());
    return good;
}

static inline bool build_on(job *j, const char *text, int threads)
{
    return told(make_job(j, text, threads));
}

static inline bool build(job *j, const char *text)
{
    return build_on(j, text, 2);
}

/* With these words. */
static inline bool refused(const char *text, const char *words)
{
    job j;
    bool good = make_job(&j, text, 1), said = !good && strstr(ad_kit_error(), words);
    if (!said)
        printf("%s: %s\n", words, good ? "not refused" : ad_kit_error());
    done(&j);
    return said;
}

/* Trains what was built, into the folder of that name, which is closed then. */
static inline bool go(job *j, const char *name, ad_run_mode mode)
{
    bool good =
        told(ad_run_open(scratch(name), mode, &j->run) == AD_OK &&
             ad_run_train(
                 &(ad_run_options){
                     .config = j->config, .data = &j->data, .network = &j->net, .run = j->run},
                 &j->result) == AD_OK);
    ad_run_close(j->run);
    j->run = NULL;
    return good;
}

static inline bool train_on(job *j, const char *name, const char *text, ad_run_mode mode,
                            int threads)
{
    return build_on(j, text, threads) && go(j, name, mode);
}

static inline bool train(job *j, const char *name, const char *text)
{
    return train_on(j, name, text, AD_RUN_OVER, 2);
}

/* Of the test part, or of the one for validation; NaN: is not measured. */
static inline double measured(const job *j, const char *name)
{
    ad_run_measured m;
    double value = NAN;
    if (ad_run_measure(&j->net, &j->data, j->data.test ? j->data.test : j->data.validation, NULL,
                       NULL, &m) == AD_OK &&
        ad_run_find(&m, name))
        value = ad_run_find(&m, name)->value;
    ad_run_measured_done(&m);
    return value;
}

#endif
