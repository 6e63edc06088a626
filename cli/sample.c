/* `adze sample RUN`: examples that a stored generator makes, or a text that a language model
 * writes.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fault.h"

static uint64_t seed_of(const options *o)
{
    return o->seed ? strtoull(o->seed, NULL, 10) : 1;
}

/* Texts one after the other, each a line; an empty line round one of several lines. */
static int write_texts(const options *o, ad_model *model)
{
    FILE *out = o->out ? fopen(o->out, "wx") : stdout;
    if (!out)
        return say(EXIT_RESOURCES, "%s cannot be written: %s\n  name another file", o->out,
                   strerror(errno));
    ad_status status = AD_OK;
    bool apart = false;
    for (int64_t i = 0; i < (o->count ? o->count : 1) && status == AD_OK; i++) {
        char *text = NULL;
        ad_write_options w = {.start = o->start,
                              .length = o->length,
                              .temperature = o->heat,
                              .top = o->top,
                              .seed = seed_of(o) + (uint64_t)i};
        status = ad_model_write(model, &w, &text);
        bool lines = status == AD_OK && strchr(text, '\n');
        if (status == AD_OK)
            fprintf(out, "%s%s\n", i && (lines || apart) ? "\n" : "", text);
        apart = lines;
        free(text);
    }
    if (out != stdout)
        fclose(out);
    return status == AD_OK ? EXIT_DONE : say_run(status, o, NULL);
}

static int sample(const options *o, ad_model *model)
{
    ad_source *examples;
    ad_make_options make = {
        .count = o->count, .seed = seed_of(o), .of = o->class, .steps = o->steps};
    ad_status status = ad_model_make(model, &make, &examples);
    if (status == AD_OK)
        status = ad_model_write_samples(model, examples, o->out, stdout);
    ad_source_free(examples);
    return status == AD_OK ? EXIT_DONE : say_run(status, o, NULL);
}

int sample_command(const options *o)
{
    ad_model *model;
    ad_status status = ad_model_load(o->words[0], &model);
    bool text = status == AD_OK && ad_model_about(model)->task->of_text;
    int code = status != AD_OK ? say_run(status, o, o->words[0])
               : text          ? write_texts(o, model)
                               : sample(o, model);
    ad_model_free(model);
    return code;
}
