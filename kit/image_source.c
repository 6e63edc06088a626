/* A source of pictures: decoded on all processors, kept in memory or read again each time. */
#define _POSIX_C_SOURCE 200809L

#include "image_source.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "image.h"
#include "message.h"
#include "text.h"

enum { FIELDS_MAX = 8, TOLD_MAX = 10, WORKERS_MAX = 32 };

/* ---------------------------------------------------------------- form */

char *image_form_text(const image_form *f)
{
    return text_format("height %lld width %lld channels %lld fit %d resample %d",
                       (long long)f->height, (long long)f->width, (long long)f->channels,
                       (int)f->fit, (int)f->resample);
}

bool image_form_read(const char *text, image_form *f)
{
    long long height, width, channels;
    int fit, resample, end = 0;
    if (!text || sscanf(text, "height %lld width %lld channels %lld fit %d resample %d%n", &height,
                        &width, &channels, &fit, &resample, &end) != 5)
        return false;
    *f = (image_form){height, width, channels, (ad_image_fit)fit, (ad_resample)resample};
    return !text[end] && height >= 1 && width >= 1 && height <= IMAGE_SIDE_MAX &&
           width <= IMAGE_SIDE_MAX && (channels == 1 || channels == 3) && fit >= 0 &&
           fit <= AD_IMAGE_PAD && resample >= 0 && resample <= AD_RESAMPLE_BICUBIC;
}

image_form image_form_of(const ad_schema_field *field)
{
    const int64_t *size = field->shape.size;
    return (image_form){size[0], size[1], size[2], AD_IMAGE_STRETCH, AD_RESAMPLE_BILINEAR};
}

ad_status image_load(const pictures *p, int64_t i, const image_form *form, uint8_t *to)
{
    ad_image image;
    ad_status status = pictures_decode(p, i, form->channels, &image);
    if (status == AD_OK)
        status = image_fit(&image, form->height, form->width, form->fit, form->resample);
    if (status == AD_OK)
        memcpy(to, image.pixels, (size_t)(form->height * form->width * form->channels));
    ad_image_done(&image);
    return status;
}

/* ---------------------------------------------------------------- on all processors */

typedef struct crew {
    ad_status (*work)(void *user, int64_t i);
    void *user;
    int64_t count;
    bool *bad;
    char **words; /* of those that are bad */
    atomic_llong next;
    atomic_int stop; /* a status that ends it all */
} crew;

static void *work_on(void *user)
{
    crew *c = user;
    int64_t i;
    while (!atomic_load(&c->stop) && (i = atomic_fetch_add(&c->next, 1)) < c->count) {
        ad_status status = c->work(c->user, i);
        c->bad[i] = status != AD_OK;
        if (status == AD_ERROR_MEMORY || status == AD_ERROR_UNSUPPORTED)
            atomic_store(&c->stop, (int)status);
        if (status != AD_OK)
            c->words[i] = text_copy(ad_kit_error());
    }
    return NULL;
}

static void run_crew(crew *c)
{
    pthread_t thread[WORKERS_MAX];
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    int started = 0, wanted = cores > WORKERS_MAX ? WORKERS_MAX : (int)cores;
    while (started + 1 < wanted && started + 1 < c->count &&
           pthread_create(&thread[started], NULL, work_on, c) == 0)
        started++;
    work_on(c);
    while (started)
        pthread_join(thread[--started], NULL);
}

/* The words of the status that ended it, or all that is broken. */
static ad_status sum_up(crew *c, image_broken *broken)
{
    text_buffer t = {0};
    ad_status stop = (ad_status)atomic_load(&c->stop);
    if (stop == AD_ERROR_MEMORY)
        return message_no_memory();
    for (int64_t i = 0; i < c->count; i++) {
        if (!c->bad[i])
            continue;
        if (stop != AD_OK)
            return message_fail(stop, "%s", c->words[i] ? c->words[i] : "out of memory\n");
        if (broken->count++ < TOLD_MAX)
            text_add(&t, c->words[i] ? c->words[i] : "out of memory\n");
    }
    broken->words = broken->count ? text_take(&t) : NULL;
    return broken->count && !broken->words ? message_no_memory() : AD_OK;
}

ad_status image_each(int64_t count, ad_status (*work)(void *user, int64_t i), void *user, bool *bad,
                     image_broken *broken)
{
    crew c = {.work = work, .user = user, .count = count, .bad = bad};
    *broken = (image_broken){0};
    c.words = calloc((size_t)count + 1, sizeof *c.words);
    if (!c.words)
        return message_no_memory();
    run_crew(&c);
    ad_status status = sum_up(&c, broken);
    for (int64_t i = 0; i < count; i++)
        free(c.words[i]);
    free(c.words);
    return status;
}

ad_status image_check_broken(const char *path, const char *many, int64_t count,
                             const image_broken *broken, int64_t most)
{
    if (broken->count <= most)
        return AD_OK;
    return message_fail(AD_ERROR_FORMAT,
                        "%s: %lld of %lld %s %s broken, and %lld may be:\n%s"
                        "  mend or delete them, or leave them out: `data.broken: %lld`\n",
                        path, (long long)broken->count, (long long)count, many,
                        broken->count == 1 ? "is" : "are", (long long)most, broken->words,
                        (long long)broken->count);
}

/* ---------------------------------------------------------------- the source */

typedef struct images {
    image_form form;
    pictures places[2];
    image_job *job;
    int64_t count;
    size_t bytes;             /* of one picture */
    uint8_t *kept;            /* NULL: decoded when read */
    int fields, image, label; /* label -1: none */
} images;

static void images_free(void *user)
{
    images *s = user;
    pictures_done(&s->places[0]);
    pictures_done(&s->places[1]);
    free(s->job);
    free(s->kept);
    free(s);
}

static ad_status read_images(void *user, const int64_t *number, int64_t count, uint64_t epoch,
                             ad_array *into)
{
    const images *s = user;
    (void)epoch;
    for (int64_t i = 0; i < count; i++) {
        const image_job *job = &s->job[number[i]];
        uint8_t *to = (uint8_t *)into[s->image].data + (size_t)i * s->bytes;
        if (s->label >= 0)
            ((int32_t *)into[s->label].data)[i] = job->label;
        if (s->kept) {
            memcpy(to, s->kept + (size_t)number[i] * s->bytes, s->bytes);
            continue;
        }
        ad_status status = image_load(job->from, job->index, &s->form, to);
        if (status != AD_OK)
            return ad_source_fail(status, "%s", ad_kit_error());
    }
    return AD_OK;
}

static ad_status keep_one(void *user, int64_t i)
{
    images *s = user;
    return image_load(s->job[i].from, s->job[i].index, &s->form, s->kept + (size_t)i * s->bytes);
}

static ad_status try_one(void *user, int64_t i)
{
    const images *s = user;
    ad_image image;
    ad_status status = pictures_decode(s->job[i].from, s->job[i].index, s->form.channels, &image);
    ad_image_done(&image);
    return status;
}

/* Leaves out those that are bad. */
static void pack(images *s, const bool *bad)
{
    int64_t good = 0;
    for (int64_t i = 0; i < s->count; i++) {
        if (bad[i])
            continue;
        s->job[good] = s->job[i];
        if (s->kept && good != i)
            memcpy(s->kept + (size_t)good * s->bytes, s->kept + (size_t)i * s->bytes, s->bytes);
        good++;
    }
    s->count = good;
}

/* Where nothing is kept and nothing may be broken, reading finds what is. */
static ad_status decode_all(images *s, size_t most, int64_t may_break)
{
    bool keep = s->bytes <= most / (size_t)s->count;
    if (!keep && !may_break)
        return AD_OK;
    image_broken broken = {0};
    bool *bad = calloc((size_t)s->count, sizeof *bad);
    s->kept = keep ? malloc((size_t)s->count * s->bytes) : NULL;
    if (!bad || (keep && !s->kept)) {
        free(bad);
        return message_no_memory();
    }
    ad_status status = image_each(s->count, keep ? keep_one : try_one, s, bad, &broken);
    if (status == AD_OK)
        status = image_check_broken(s->job[0].from->root, picture_files.many, s->count, &broken,
                                    may_break);
    if (status == AD_OK)
        pack(s, bad);
    if (status == AD_OK && !s->count)
        status = message_fail(AD_ERROR_FORMAT, "%s: every picture is broken:\n%s  mend them\n",
                              s->places[0].root, broken.words);
    free(broken.words);
    free(bad);
    return status;
}

/* The fields with a role; where the image and the label stand among them. */
static ad_status choose_fields(const ad_schema *schema, ad_source_field *field, images *s)
{
    s->image = s->label = -1;
    for (int f = 0; f < schema->fields && s->fields < FIELDS_MAX; f++) {
        const ad_schema_field *from = &schema->field[f];
        if (from->use == AD_USE_NONE)
            continue;
        if (from->meaning == AD_MEANS_IMAGE)
            s->image = s->fields;
        else if (from->meaning == AD_MEANS_CLASS)
            s->label = s->fields;
        field[s->fields++] = (ad_source_field){from->name, from->type, from->shape};
    }
    return s->image >= 0 && s->fields == 1 + (s->label >= 0)
               ? AD_OK
               : message_fail(AD_ERROR_ARGUMENT,
                              "the schema is not one of pictures: an image and a class\n"
                              "  read the data again\n");
}

ad_status image_source(const ad_schema *schema, const image_form *form, pictures *places,
                       const image_job *job, int64_t count, size_t most, int64_t broken,
                       ad_source **source)
{
    ad_source_field field[FIELDS_MAX];
    images *s = calloc(1, sizeof *s);
    *source = NULL;
    if (!s) {
        pictures_done(&places[0]);
        pictures_done(&places[1]);
        return message_no_memory();
    }
    *s = (images){.form = *form, .places = {places[0], places[1]}, .count = count};
    s->bytes = (size_t)(form->height * form->width * form->channels);
    s->job = malloc((size_t)count * sizeof *s->job);
    places[0] = places[1] = (pictures){0};
    ad_status status = s->job ? choose_fields(schema, field, s) : message_no_memory();
    for (int64_t i = 0; s->job && i < count; i++) {
        s->job[i] = job[i];
        s->job[i].from = &s->places[job[i].from == &places[1]];
    }
    if (status == AD_OK)
        status = decode_all(s, most, broken);
    if (status == AD_OK) {
        *source = ad_source_new(&(ad_source_record){.count = s->count,
                                                    .field = field,
                                                    .fields = s->fields,
                                                    .read = read_images,
                                                    .free = images_free,
                                                    .user = s,
                                                    .name = s->places[0].root});
        if (*source)
            return AD_OK;
        status = message_core();
    }
    images_free(s);
    return status;
}
