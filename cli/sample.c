/* `adze sample RUN`: examples that a stored generator makes. */
#include <stdio.h>
#include <stdlib.h>

#include "fault.h"

static int sample(const options *o, ad_model *model)
{
    ad_source *examples;
    uint64_t seed = o->seed ? strtoull(o->seed, NULL, 10) : 1;
    ad_status status = ad_model_sample(model, o->count ? o->count : 16, seed, &examples);
    if (status == AD_OK)
        status = ad_model_write_samples(model, examples, o->out, stdout);
    ad_source_free(examples);
    return status == AD_OK ? EXIT_DONE : say_run(status, o, NULL);
}

int sample_command(const options *o)
{
    ad_model *model;
    ad_status status = ad_model_load(o->words[0], &model);
    int code = status == AD_OK ? sample(o, model) : say_run(status, o, o->words[0]);
    ad_model_free(model);
    return code;
}
