/* Sounds to predict, by the names of files and folders; piece by piece, each broken one with words.
 */
#include "sound_items.h"

#include <stdlib.h>
#include <string.h>

#include "file_pattern.h"
#include "image_source.h"
#include "message.h"
#include "sound_source.h"
#include "text.h"

enum { AT_ONCE = 64, ARCHIVE_MOST = 1 << 30 };

static ad_status find(const char *path, pictures *p)
{
    ad_status status = strcmp(path, "-") == 0 ? files_input(&sound_files, ARCHIVE_MOST, p)
                                              : files_find(path, ARCHIVE_MOST, &sound_files, p);
    if (status != AD_OK || p->count)
        return status;
    pictures_done(p);
    return message_fail(AD_ERROR_FILE, "%s: holds no sound\n  name a folder of sounds\n", path);
}

/* ---------------------------------------------------------------- what names say */

static int32_t value_of(const ad_schema_field *f, const char *words, size_t size)
{
    for (int64_t i = 0; f->names && i < f->classes; i++)
        if (strlen(f->names[i]) == size && memcmp(f->names[i], words, size) == 0)
            return (int32_t)i;
    return -1;
}

/* -1 for what the name does not say, and for values that training did not have. */
static void take_ids(const ad_schema *s, const file_pattern *p, const char *name, int32_t *value)
{
    const char *start[FILE_IDS_MAX + 1];
    size_t size[FILE_IDS_MAX + 1];
    bool matches = p->fields && file_pattern_match(p, name, start, size);
    for (int f = 0, id = 0; f < s->fields && id < FILE_IDS_MAX; f++) {
        if (s->field[f].use != AD_USE_ID)
            continue;
        value[id] = -1;
        for (int i = 0; matches && i < p->fields; i++)
            if (strcmp(p->field[i].name, s->field[f].name) == 0)
                value[id] = value_of(&s->field[f], start[i], size[i]);
        id++;
    }
}

static ad_status read_pattern(const sound_form *form, file_pattern *pattern)
{
    *pattern = (file_pattern){.fields = 0};
    return form->name_is[0] ? file_pattern_read(form->name_is, pattern) : AD_OK;
}

static void set_job(const ad_schema *s, const file_pattern *pattern, const pictures *from,
                    int64_t i, sound_job *job)
{
    *job = (sound_job){.from = from, .index = i, .label = -1};
    const char *name = from->list[i].name;
    take_ids(s, pattern, *name ? name : from->root, job->value);
}

/* ---------------------------------------------------------------- all at once */

static ad_status open_item(const ad_schema *schema, const char *path, ad_source **source)
{
    pictures places[2] = {{.count = 0}, {.count = 0}};
    sound_form form;
    file_pattern pattern;
    ad_status status = sound_form_of(schema, &form);
    if (status == AD_OK)
        status = read_pattern(&form, &pattern);
    if (status == AD_OK)
        status = find(path, &places[0]);
    if (status != AD_OK)
        return status;
    int64_t count = places[0].count;
    sound_job *job = calloc((size_t)count + 1, sizeof *job);
    for (int64_t i = 0; job && i < count; i++)
        set_job(schema, &pattern, &places[0], i, &job[i]);
    status = job ? sound_jobs_look(job, &count, form.rate, 0) : message_no_memory();
    if (status == AD_OK)
        return sound_source(schema, &form, places, job, count, source);
    free(job);
    pictures_done(&places[0]);
    return status;
}

ad_status sound_items(const ad_schema *schema, const char *const *path, int count,
                      ad_source **source)
{
    *source = NULL;
    if (count < 1)
        return message_fail(AD_ERROR_ARGUMENT, "nothing to predict is named\n  name a file\n");
    ad_source **list = calloc((size_t)count, sizeof *list);
    if (!list)
        return message_no_memory();
    ad_status status = AD_OK;
    for (int i = 0; i < count && status == AD_OK; i++)
        status = open_item(schema, path[i], &list[i]);
    if (status == AD_OK && !(*source = ad_source_joined(list, count)))
        status = message_core();
    for (int i = 0; i < count; i++)
        ad_source_free(list[i]);
    free(list);
    return status;
}

/* ---------------------------------------------------------------- piece by piece */

typedef struct piece {
    const pictures *from;
    int64_t first, count, rate;
    sound_job *job;
    char **name, **error;
} piece;

static void piece_done(piece *p)
{
    for (int64_t i = 0; i < p->count; i++) {
        free(p->name ? p->name[i] : NULL);
        free(p->error ? p->error[i] : NULL);
    }
    sound_jobs_done(p->job, p->count);
    free(p->name);
    free(p->error);
}

/* A failure of one sound is its own: it then has no samples, and words. */
static ad_status load_one(void *user, int64_t i)
{
    piece *p = user;
    sound_clip clip;
    ad_status status = sounds_decode(p->from, p->first + i, p->rate, &clip);
    p->job[i].from = NULL;
    p->job[i].kept = clip.sample;
    p->job[i].count = clip.count;
    if (status == AD_OK)
        return AD_OK;
    p->error[i] = text_copy(ad_kit_error());
    size_t size = p->error[i] ? strlen(p->error[i]) : 0;
    if (size && p->error[i][size - 1] == '\n')
        p->error[i][size - 1] = 0;
    return p->error[i] ? status : message_no_memory();
}

static ad_status load_piece(const ad_schema *schema, const file_pattern *pattern, piece *p)
{
    image_broken broken = {0};
    size_t count = (size_t)p->count;
    bool *bad = calloc(count, sizeof *bad), names = true;
    p->job = calloc(count, sizeof *p->job);
    p->name = calloc(count, sizeof *p->name);
    p->error = calloc(count, sizeof *p->error);
    for (int64_t i = 0; p->name && i < p->count; i++)
        names = (p->name[i] = pictures_path(p->from, p->first + i)) && names;
    for (int64_t i = 0; p->job && i < p->count; i++)
        set_job(schema, pattern, p->from, p->first + i, &p->job[i]);
    ad_status status = bad && p->job && p->name && p->error && names
                           ? image_each(p->count, load_one, p, bad, &broken)
                           : message_no_memory();
    free(broken.words);
    free(bad);
    return status;
}

static ad_status give_piece(const ad_schema *schema, const sound_form *form,
                            const file_pattern *pattern, piece *p, ad_items_take take, void *user)
{
    pictures none[2] = {{.count = 0}, {.count = 0}};
    ad_items items = {.path = p->from->root, .count = p->count};
    ad_status status = load_piece(schema, pattern, p);
    if (status == AD_OK) {
        sound_job *job = p->job;
        p->job = NULL;
        status = sound_source(schema, form, none, job, p->count, &items.source);
    }
    items.name = p->name, items.error = p->error;
    if (status == AD_OK)
        status = take(user, &items);
    ad_source_free(items.source);
    piece_done(p);
    return status;
}

ad_status sound_items_each(const ad_schema *schema, const char *path, ad_items_take take,
                           void *user)
{
    pictures list = {.count = 0};
    sound_form form;
    file_pattern pattern;
    ad_status status = sound_form_of(schema, &form);
    if (status == AD_OK)
        status = read_pattern(&form, &pattern);
    if (status == AD_OK)
        status = find(path, &list);
    for (int64_t at = 0; status == AD_OK && at < list.count; at += AT_ONCE) {
        piece one = {.from = &list, .first = at, .rate = form.rate};
        one.count = list.count - at < AT_ONCE ? list.count - at : AT_ONCE;
        status = give_piece(schema, &form, &pattern, &one, take, user);
    }
    pictures_done(&list);
    return status;
}
