/* A look at data: opened, read once, and asked about all that is often wrong with data. */
#define _POSIX_C_SOURCE 200809L
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "data_look.h"
#include "message.h"

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---------------------------------------------------------------- freeing */

static void place_done(ad_data_place *p)
{
    free(p->name);
    free(p->note);
}

static void example_done(ad_look_example *e, int columns)
{
    place_done(&e->place);
    for (int c = 0; e->cell && c < columns; c++)
        free(e->cell[c]);
    free(e->cell);
    free(e->pixels);
    free(e->title);
}

static void finding_done(ad_finding *f, int columns)
{
    for (int i = 0; i < f->places; i++)
        place_done(&f->place[i]);
    for (int i = 0; f->example && i < f->places; i++)
        example_done(&f->example[i], columns);
    free(f->example);
    free(f->field);
    free(f->what);
    free(f->reason);
    free(f->remedy);
}

static void column_done(ad_look_column *c)
{
    for (int i = 0; i < c->values; i++)
        free(c->value[i].name);
    free(c->value);
    free(c->name);
}

void ad_data_look_free(ad_data_look *look)
{
    if (!look)
        return;
    for (int i = 0; i < look->findings; i++)
        finding_done(&look->finding[i], look->columns);
    for (int i = 0; i < look->examples; i++)
        example_done(&look->example[i], look->columns);
    for (int i = 0; i < look->columns; i++)
        column_done(&look->column[i]);
    ad_schema_free(look->schema);
    free(look->finding);
    free(look->example);
    free(look->column);
    free(look->path);
    free(look->reader);
    free(look);
}

static void sample_done(data_sample *s)
{
    free(s->column);
    free(s->value);
    free(s->number);
    free(s->origin);
    free(s->inputs);
    free(s->targets);
    free(s->print);
    free(s->alike);
    free(s->range);
    free(s->token);
}

static void looker_done(looker *l)
{
    for (int part = 0; part < AD_LOOK_PARTS; part++) {
        ad_source_free(l->source[part]);
        for (int64_t i = 0; l->name[part] && i < l->names[part]; i++)
            free(l->name[part][i]);
        free(l->name[part]);
    }
    sample_done(&l->sample);
    ad_run_data_done(&l->data);
    if (l->own)
        ad_config_free(l->config);
}

/* ---------------------------------------------------------------- looking */

static bool has_inputs(const looker *l)
{
    for (int c = 0; c < l->sample.columns; c++)
        if (l->sample.column[c].field->use == AD_USE_INPUT)
            return true;
    return false;
}

static ad_status look_at_all(looker *l)
{
    ad_status status = data_open(l);
    if (status == AD_OK)
        status = data_read(l);
    if (status == AD_OK)
        status = data_facts(l);
    if (status == AD_OK)
        status = data_tags(l);
    if (status == AD_OK)
        status = data_findings(l);
    if (status == AD_OK)
        status = data_alone(l);
    if (status == AD_OK && has_inputs(l) && !l->data.schema->running)
        status = data_same(l);
    if (status == AD_OK)
        status = data_drift(l);
    if (status == AD_OK && has_inputs(l) && !l->o->quick)
        status = data_labels(l);
    return status == AD_OK && !l->o->quick ? data_excerpt(l) : status;
}

/* Warnings first; otherwise as they were found. */
static void sort_findings(ad_data_look *look)
{
    ad_finding *sorted = malloc((size_t)(look->findings + 1) * sizeof *sorted);
    int used = 0;
    for (int level = AD_FINDING_WARNING; sorted && level >= AD_FINDING_NOTE; level--)
        for (int i = 0; i < look->findings; i++)
            if ((int)look->finding[i].level == level)
                sorted[used++] = look->finding[i];
    if (sorted && used > 0)
        memcpy(look->finding, sorted, (size_t)used * sizeof *sorted);
    for (int i = 0; i < look->findings; i++)
        look->warnings += look->finding[i].level == AD_FINDING_WARNING;
    free(sorted);
}

ad_status ad_data_look_at(const ad_data_look_options *options, ad_data_look **result)
{
    looker l = {.o = options, .seed = options->seed ? options->seed : 1};
    double begun = now();
    *result = NULL;
    ad_data_look *look = l.look = calloc(1, sizeof *look);
    if (!look)
        return message_no_memory();
    look->apart = look->apart_low = look->apart_high = look->linear = look->majority = NAN;
    ad_status status = look_at_all(&l);
    if (status == AD_OK) {
        const char *path = options->path ? options->path : l.config->file;
        look->path = text_copy(path ? path : "");
        look->reader = text_copy(l.data.schema->reader);
        look->schema = l.data.schema;
        l.data.schema = NULL;
        status = look->path && look->reader ? AD_OK : message_no_memory();
        sort_findings(look);
    }
    looker_done(&l);
    look->seconds = now() - begun;
    if (status != AD_OK)
        ad_data_look_free(look);
    else
        *result = look;
    return status;
}
