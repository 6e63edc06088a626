/* A source of sounds: decoded whenever they are read. */
#include "sound_source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image_source.h"
#include "message.h"
#include "text.h"

enum { FIELDS_MAX = FILE_IDS_MAX + 2 };

/* ---------------------------------------------------------------- form */

char *sound_form_text(const sound_form *f)
{
    return text_format("rate %lld name %s", (long long)f->rate, f->name_is);
}

bool sound_form_read(const char *text, sound_form *f)
{
    long long rate;
    int end = 0;
    if (!text || sscanf(text, "rate %lld name%n", &rate, &end) != 1 || !end || text[end] != ' ' ||
        rate < 1 || rate > SOUND_RATE_MAX || strlen(text + end + 1) >= sizeof f->name_is)
        return false;
    f->rate = rate;
    strcpy(f->name_is, text + end + 1);
    return true;
}

ad_status sound_form_of(const ad_schema *schema, sound_form *form)
{
    return sound_form_read(schema->own, form)
               ? AD_OK
               : message_fail(AD_ERROR_FORMAT, "the schema does not say the rate of sounds\n"
                                               "  read the data again\n");
}

/* ---------------------------------------------------------------- jobs */

void sound_jobs_done(sound_job *job, int64_t count)
{
    for (int64_t i = 0; job && i < count; i++)
        free(job[i].kept);
    free(job);
}

typedef struct looking {
    sound_job *job;
    int64_t rate;
    bool whole;
} looking;

static ad_status look_at(void *user, int64_t i)
{
    const looking *l = user;
    sound_job *job = &l->job[i];
    sound_clip clip;
    sound_about about;
    ad_status status = sounds_look(job->from, job->index, &about);
    if (status == AD_OK && l->whole) {
        status = sounds_decode(job->from, job->index, l->rate, &clip);
        free(clip.sample);
    }
    if (status == AD_OK)
        job->count = sound_count(about.frames, about.rate, l->rate);
    return status;
}

ad_status sound_jobs_look(sound_job *job, int64_t *count, int64_t rate, int64_t may_break)
{
    looking l = {job, rate, may_break > 0};
    image_broken broken = {0};
    bool *bad = calloc((size_t)*count + 1, sizeof *bad);
    ad_status status = bad ? image_each(*count, look_at, &l, bad, &broken) : message_no_memory();
    if (status == AD_OK && *count)
        status =
            image_check_broken(job[0].from->root, sound_files.many, *count, &broken, may_break);
    int64_t good = 0;
    for (int64_t i = 0; status == AD_OK && i < *count; i++)
        if (!bad[i])
            job[good++] = job[i];
    if (status == AD_OK && *count && !good)
        status = message_fail(AD_ERROR_FORMAT, "%s: every sound is broken:\n%s  mend them\n",
                              job[0].from->root, broken.words);
    if (status == AD_OK)
        *count = good;
    free(broken.words);
    free(bad);
    return status;
}

/* ---------------------------------------------------------------- the source */

typedef struct sounds {
    sound_form form;
    pictures places[2];
    sound_job *job;
    int64_t count;
    int fields, sound, label; /* label -1: none */
    int id[FILE_IDS_MAX], ids;
} sounds;

static void sounds_free(void *user)
{
    sounds *s = user;
    pictures_done(&s->places[0]);
    pictures_done(&s->places[1]);
    sound_jobs_done(s->job, s->count);
    free(s);
}

static ad_status sound_length(void *user, int64_t number, uint64_t epoch, int64_t *length)
{
    const sounds *s = user;
    (void)epoch;
    *length = s->job[number].count;
    return AD_OK;
}

/* A file may have been written anew meanwhile. */
static ad_status fail_changed(const sound_job *job, int64_t now)
{
    return ad_source_fail(AD_ERROR_FORMAT, "%s/%s: has %lld samples now, and had %lld before",
                          job->from->root, job->from->list[job->index].name, (long long)now,
                          (long long)job->count);
}

static ad_status read_sound(const sounds *s, const sound_job *job, float *to)
{
    sound_clip clip = {.sample = job->kept, .count = job->count};
    ad_status status = AD_OK;
    if (job->from && !job->kept)
        status = sounds_decode(job->from, job->index, s->form.rate, &clip);
    if (status != AD_OK)
        return ad_source_fail(status, "%s", ad_kit_error());
    if (clip.count != job->count)
        status = fail_changed(job, clip.count);
    else if (clip.count > 0)
        memcpy(to, clip.sample, (size_t)clip.count * sizeof *to);
    if (clip.sample != job->kept)
        free(clip.sample);
    return status;
}

/* One at a time, as lengths differ. */
static ad_status read_sounds(void *user, const int64_t *number, int64_t count, uint64_t epoch,
                             ad_array *into)
{
    const sounds *s = user;
    (void)epoch, (void)count;
    const sound_job *job = &s->job[number[0]];
    if (s->label >= 0)
        *(int32_t *)into[s->label].data = job->label;
    for (int i = 0; i < s->ids; i++)
        *(int32_t *)into[s->id[i]].data = job->value[i];
    return read_sound(s, job, into[s->sound].data);
}

static ad_status choose_fields(const ad_schema *schema, ad_source_field *field, sounds *s)
{
    s->sound = s->label = -1;
    for (int f = 0; f < schema->fields && s->fields < FIELDS_MAX; f++) {
        const ad_schema_field *from = &schema->field[f];
        if (from->use == AD_USE_NONE)
            continue;
        if (from->meaning == AD_MEANS_SOUND)
            s->sound = s->fields;
        else if (from->use == AD_USE_ID && s->ids < FILE_IDS_MAX)
            s->id[s->ids++] = s->fields;
        else
            s->label = s->fields;
        field[s->fields++] = (ad_source_field){from->name, from->type, from->shape};
    }
    return s->sound >= 0 && s->fields == 1 + (s->label >= 0) + s->ids
               ? AD_OK
               : message_fail(AD_ERROR_ARGUMENT,
                              "the schema is not one of sounds: a sound and a class\n"
                              "  read the data again\n");
}

ad_status sound_source(const ad_schema *schema, const sound_form *form, pictures *places,
                       sound_job *job, int64_t count, ad_source **source)
{
    ad_source_field field[FIELDS_MAX];
    sounds *s = calloc(1, sizeof *s);
    *source = NULL;
    if (!s) {
        pictures_done(&places[0]);
        pictures_done(&places[1]);
        sound_jobs_done(job, count);
        return message_no_memory();
    }
    *s = (sounds){.form = *form, .places = {places[0], places[1]}, .count = count, .job = job};
    for (int64_t i = 0; i < count; i++)
        if (job[i].from)
            job[i].from = &s->places[job[i].from == &places[1]];
    places[0] = places[1] = (pictures){.kind = &sound_files};
    ad_status status = choose_fields(schema, field, s);
    if (status == AD_OK) {
        *source = ad_source_new(
            &(ad_source_record){.count = s->count,
                                .field = field,
                                .fields = s->fields,
                                .read = read_sounds,
                                .length = sound_length,
                                .free = sounds_free,
                                .user = s,
                                .name = s->places[0].root ? s->places[0].root : "sounds"});
        if (*source)
            return AD_OK;
        status = message_core();
    }
    sounds_free(s);
    return status;
}
