/* The reader of sounds in folders and archives. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive.h"
#include "file_options.h"
#include "file_pattern.h"
#include "image_source.h"
#include "message.h"
#include "sound_items.h"
#include "sound_source.h"
#include "text.h"

enum { NAMED_IDS = 4096 };

#define AT(field) .offset = offsetof(ad_sounds_options, field)

static const ad_option options[] = {
    {.name = "path",
     .type = AD_OPTION_PATH,
     .required = true,
     AT(path),
     .also = "folder directory root archive",
     .help = "folder with a folder for each class (or train and test above them), tar or zip"},
    {.name = "test",
     .type = AD_OPTION_PATH,
     AT(test),
     .unset = "the folder test in path, if it is there",
     .also = "test_path",
     .help = "folder or archive of the test sounds"},
    {.name = "labels",
     .type = AD_OPTION_PATH,
     AT(labels),
     .unset = "classes are folders",
     .also = "csv annotations",
     .help = "CSV file, a line for each sound: its file, its class"},
    {.name = "test_labels",
     .type = AD_OPTION_PATH,
     AT(test_labels),
     .unset = "classes are folders",
     .help = "the same for the test sounds"},
    {.name = "name_is",
     .type = AD_OPTION_TEXT,
     AT(name_is),
     .unset = "names say nothing",
     .also = "pattern filename_pattern",
     .help = "what the files' names say, as \"{label}_{speaker}_{take}\": label is the class, "
             "others may be data.group"},
    {.name = "test_when",
     .type = AD_OPTION_NAMES,
     AT(test_when),
     .unset = "no name says so",
     .also = "test_if test_names",
     .help = "which are the test by their names, as take=0-4 or speaker=theo"},
    SOUND_OPTIONS(ad_sounds_options),
    {.name = "broken",
     .type = AD_OPTION_WHOLE,
     AT(broken),
     .low = 0,
     .high = 1e9,
     .unit = "sounds",
     .also = "max_broken skip_errors",
     .help = "how many broken files are left out; more are an error"},
    {.name = "memory",
     .type = AD_OPTION_WHOLE,
     AT(memory),
     .low = 1,
     .high = 1 << 30,
     .unit = "MiB",
     .help = "for what an archive holds"},
};

static const ad_sounds_options initial = AD_OPTIONS_INIT(ad_sounds_options);

static ad_status find(const ad_sounds_options *o, char *const *class_name, int64_t classes,
                      image_set *set)
{
    const image_places wish = {.kind = &sound_files,
                               .path = o->path,
                               .test = o->test,
                               .labels = o->labels,
                               .test_labels = o->test_labels,
                               .name_is = o->name_is,
                               .test_when = &o->test_when,
                               .memory = o->memory};
    return image_set_find(&wish, class_name, classes, set);
}

static ad_status check_options(const ad_sounds_options *o)
{
    if (o->test_labels && !o->test)
        return message_fail(AD_ERROR_ARGUMENT,
                            "sounds: test_labels without test\n  name the test sounds: `test: "
                            "FOLDER`\n");
    if (o->test_when.count && !o->name_is)
        return message_fail(AD_ERROR_ARGUMENT,
                            "sounds: test_when without name_is\n  say what names mean: `name_is: "
                            "\"{label}_{take}\"`\n");
    if (o->name_is && strlen(o->name_is) >= sizeof((sound_form *)0)->name_is)
        return message_fail(AD_ERROR_ARGUMENT, "sounds: name_is is too long\n  shorten it\n");
    return AD_OK;
}

/* ---------------------------------------------------------------- understanding */

/* What the headers of all sounds say. */
typedef struct facts {
    int64_t rate;         /* that most have */
    int64_t others;       /* how many have another */
    int64_t other;        /* one of those rates */
    int64_t mixed;        /* of several channels */
    int64_t empty, first; /* without samples; one of them */
    double least, most;   /* seconds */
    image_broken broken;
} facts;

typedef struct look {
    const image_set *set;
    sound_about *about;
    bool whole;
} look;

/* Where broken sounds are left out they have to be known, so all are decoded. */
static ad_status look_at(void *user, int64_t i)
{
    const look *l = user;
    const image_member *m = &l->set->member[i];
    const pictures *from = &l->set->from[m->place];
    ad_status status = sounds_look(from, m->index, &l->about[i]);
    if (status == AD_OK && l->whole) {
        sound_clip clip;
        status = sounds_decode(from, m->index, l->about[i].rate, &clip);
        free(clip.sample);
    }
    return status;
}

static void add_fact(facts *f, const sound_about *a, int64_t i)
{
    double seconds = (double)a->frames / (double)a->rate;
    f->least = seconds < f->least ? seconds : f->least;
    f->most = seconds > f->most ? seconds : f->most;
    f->mixed += a->channels > 1;
    if (a->frames == 0 && !f->empty++)
        f->first = i;
    if (a->rate != f->rate && !f->others++)
        f->other = a->rate;
}

static ad_status sum_up(const ad_sounds_options *o, const image_set *set, const sound_about *about,
                        const bool *bad, facts *f)
{
    int64_t *rate = malloc((size_t)(set->count + 1) * sizeof *rate), count = 0;
    if (!rate)
        return message_no_memory();
    for (int64_t i = 0; i < set->count; i++)
        if (!bad[i])
            rate[count++] = about[i].rate;
    f->rate = o->sample_rate ? o->sample_rate : sound_usual_rate(rate, count);
    f->least = 1e300;
    free(rate);
    for (int64_t i = 0; i < set->count; i++)
        if (!bad[i])
            add_fact(f, &about[i], i);
    return count
               ? AD_OK
               : message_fail(AD_ERROR_FORMAT, "%s: every sound is broken\n  mend them\n", o->path);
}

static ad_status look_at_all(const ad_sounds_options *o, const image_set *set, facts *f)
{
    look l = {set, calloc((size_t)set->count + 1, sizeof *l.about), o->broken > 0};
    bool *bad = calloc((size_t)set->count + 1, sizeof *bad);
    ad_status status =
        l.about && bad ? image_each(set->count, look_at, &l, bad, &f->broken) : message_no_memory();
    if (status == AD_OK)
        status = image_check_broken(o->path, sound_files.many, set->count, &f->broken, o->broken);
    if (status == AD_OK)
        status = sum_up(o, set, l.about, bad, f);
    free(l.about);
    free(bad);
    return status;
}

/* Without the library that changes rates the first file of another rate is refused at once. */
static ad_status check_rates(const ad_sounds_options *o, const facts *f)
{
    float none = 0, *made = NULL;
    ad_status status =
        f->others ? sound_resample(o->path, &none, 0, f->other, f->rate, &made) : AD_OK;
    free(made);
    return status;
}

static bool add_ids(ad_schema *s, const image_set *set)
{
    bool good = true;
    for (int k = 0; k < set->ids && good; k++) {
        const file_id *id = &set->id[k];
        ad_schema_field field = {.name = id->name,
                                 .type = AD_I32,
                                 .meaning = AD_MEANS_CLASS,
                                 .use = AD_USE_ID,
                                 .classes = id->values,
                                 .names = id->values <= NAMED_IDS ? id->value : NULL,
                                 .why = (char *)"of the files' names"};
        good = ad_schema_add(s, &field) != NULL;
    }
    return good;
}

static bool add_fields(ad_schema *s, const ad_sounds_options *o, const image_set *set,
                       const facts *f)
{
    char *size = text_format("%.3g to %.3g seconds, %lld samples a second", f->least, f->most,
                             (long long)f->rate);
    char *which = text_format("%lld classes, %s", (long long)set->classes,
                              o->labels    ? "by the file of labels"
                              : o->name_is ? "by the files' names"
                                           : "by folders");
    ad_schema_field sound = {.name = (char *)"sound",
                             .type = AD_F32,
                             .shape = AD_SHAPE(AD_VARYING),
                             .meaning = AD_MEANS_SOUND,
                             .rate = (double)f->rate,
                             .why = size};
    ad_schema_field label = {.name = (char *)"label",
                             .type = AD_I32,
                             .meaning = AD_MEANS_CLASS,
                             .use = AD_USE_TARGET,
                             .classes = set->classes,
                             .names = set->name,
                             .why = which};
    bool good = size && which && ad_schema_add(s, &sound) && ad_schema_add(s, &label);
    free(size);
    free(which);
    sound_form form = {.rate = f->rate};
    if (o->name_is)
        snprintf(form.name_is, sizeof form.name_is, "%s", o->name_is);
    s->own = sound_form_text(&form);
    return good && s->own && add_ids(s, set);
}

static bool note_parts(ad_schema *s, const image_set *set)
{
    const int64_t *n = set->in_part;
    return ad_schema_note(s, "%lld sounds to train, %lld to validate, %lld to test, %lld classes",
                          (long long)n[AD_PART_TRAIN], (long long)n[AD_PART_VALIDATION],
                          (long long)n[AD_PART_TEST], (long long)set->classes);
}

static bool note_form(ad_schema *s, const facts *f)
{
    bool good = true;
    if (f->mixed)
        good = ad_schema_note(s, "%lld of several channels become one: their mean",
                              (long long)f->mixed);
    if (good && f->others)
        good = ad_schema_note(s, "%lld of other rates, such as %lld, are brought to %lld",
                              (long long)f->others, (long long)f->other, (long long)f->rate);
    return good;
}

/* One folder of all files may be no class. */
static bool note_single(ad_schema *s, const image_set *set)
{
    char *pattern = file_pattern_guess(&set->from[0]);
    bool good =
        ad_schema_note(s, "there is one class only, %s: nothing can be learned from it%s%s%s",
                       set->name[0], pattern ? "; do names say it? name_is: \"" : "",
                       pattern ? pattern : "", pattern ? "\"" : "");
    free(pattern);
    return good;
}

static bool add_notes(ad_schema *s, const image_set *set, const facts *f)
{
    bool good = note_parts(s, set) && image_set_note_missing(s, set, AD_PART_TEST, "test") &&
                image_set_note_missing(s, set, AD_PART_VALIDATION, "validation") &&
                image_set_note_sizes(s, set) && note_form(s, f);
    const image_member *empty = &set->member[f->first];
    if (good && f->empty)
        good = ad_schema_note(
            s, "%lld %s no samples: %s%s", (long long)f->empty, f->empty == 1 ? "has" : "have",
            set->from[empty->place].list[empty->index].name, f->empty > 1 ? "..." : "");
    if (good && set->classes == 1)
        good = note_single(s, set);
    if (good && f->broken.count)
        good = ad_schema_note(s, "%lld broken sounds are left out:\n%s", (long long)f->broken.count,
                              f->broken.words);
    if (good && set->notes)
        good = ad_schema_note(s, "%.*s", (int)strlen(set->notes) - 1, set->notes);
    return good;
}

static ad_status make_schema(const ad_sounds_options *o, const image_set *set, const facts *f,
                             ad_schema **schema)
{
    ad_schema *s = ad_schema_new("sounds");
    if (s && add_fields(s, o, set, f) && add_notes(s, set, f)) {
        *schema = s;
        return AD_OK;
    }
    ad_schema_free(s);
    return message_no_memory();
}

static ad_status understand(const void *chosen, ad_schema **schema)
{
    const ad_sounds_options *o = chosen;
    image_set set = {.count = 0};
    facts f = {.rate = 0};
    *schema = NULL;
    ad_status status = check_options(o);
    if (status == AD_OK)
        status = find(o, NULL, 0, &set);
    if (status == AD_OK)
        status = look_at_all(o, &set, &f);
    if (status == AD_OK)
        status = check_rates(o, &f);
    if (status == AD_OK)
        status = make_schema(o, &set, &f, schema);
    free(f.broken.words);
    image_set_done(&set);
    return status;
}

/* ---------------------------------------------------------------- opening */

/* The sounds of a part, without those that are broken; free them. */
static ad_status find_jobs(const ad_sounds_options *o, const ad_schema *schema, ad_part part,
                           const image_set *set, sound_form *form, sound_job **jobs, int64_t *found)
{
    sound_job *job = *jobs = calloc((size_t)set->count + 1, sizeof *job);
    int64_t count = 0;
    if (!job)
        return message_no_memory();
    for (int64_t i = 0; i < set->count; i++) {
        const image_member *m = &set->member[i];
        if (m->part != part)
            continue;
        job[count] =
            (sound_job){.from = &set->from[m->place], .index = m->index, .label = m->label};
        memcpy(job[count++].value, m->value, sizeof m->value);
    }
    ad_status status = sound_form_of(schema, form);
    if (status == AD_OK && count)
        status = sound_jobs_look(job, &count, form->rate, o->broken);
    *found = count;
    return status;
}

static ad_status open_set(const ad_sounds_options *o, const ad_schema *schema, ad_part part,
                          image_set *set, ad_source **source)
{
    sound_form form;
    sound_job *job;
    int64_t count = 0;
    ad_status status = find_jobs(o, schema, part, set, &form, &job, &count);
    if (status == AD_OK && count)
        return sound_source(schema, &form, set->from, job, count, source);
    free(job);
    return status;
}

static ad_status open_part(const void *chosen, const ad_schema *schema, ad_part part,
                           ad_source **source)
{
    const ad_sounds_options *o = chosen;
    const ad_schema_field *label = ad_schema_find(schema, "label");
    image_set set;
    *source = NULL;
    ad_status status = check_options(o);
    if (status == AD_OK)
        status = find(o, label ? label->names : NULL, label ? label->classes : 0, &set);
    if (status != AD_OK)
        return status;
    status = open_set(o, schema, part, &set, source);
    image_set_done(&set);
    return status;
}

/* ---------------------------------------------------------------- names */

static ad_status names(const void *chosen, const ad_schema *schema, ad_part part, char ***name,
                       int64_t *count)
{
    const ad_sounds_options *o = chosen;
    const ad_schema_field *label = ad_schema_find(schema, "label");
    sound_form form;
    sound_job *job = NULL;
    int64_t found = 0;
    image_set set;
    *name = NULL, *count = 0;
    ad_status status = find(o, label ? label->names : NULL, label ? label->classes : 0, &set);
    if (status != AD_OK)
        return status;
    status = find_jobs(o, schema, part, &set, &form, &job, &found);
    *name = status == AD_OK ? calloc((size_t)found + 1, sizeof **name) : NULL;
    if (status == AD_OK && !*name)
        status = message_no_memory();
    for (int64_t i = 0; i < found && status == AD_OK; i++)
        if (!((*name)[(*count)++] = pictures_path(job[i].from, job[i].index)))
            status = message_no_memory();
    free(job);
    image_set_done(&set);
    return status;
}

/* ---------------------------------------------------------------- looks */

static bool begins(const unsigned char *bytes, size_t size, const char *words)
{
    return size >= 12 && memcmp(bytes, words, 4) == 0;
}

static int looks(const char *path, const unsigned char *bytes, size_t size)
{
    pictures p;
    if (bytes && !archive_looks(bytes, size))
        return (begins(bytes, size, "RIFF") && memcmp(bytes + 8, "WAVE", 4) == 0) ||
                       begins(bytes, size, "fLaC") || begins(bytes, size, "OggS")
                   ? 60
                   : 0;
    if (files_find(path, bytes ? (size_t)1 << 30 : 0, &sound_files, &p) != AD_OK)
        return 0;
    int found = p.count == 0 ? 0 : p.count > p.others ? 85 : 40;
    pictures_done(&p);
    return found;
}

const ad_reader_record reader_sounds = {
    .record = {.name = "sounds",
               .help = "sounds in a folder for each class, or in an archive: WAV, FLAC, OGG",
               .also = "audio audiofolder audio_folder wav flac ogg recordings speech",
               AD_RECORD_OPTIONS(options, initial)},
    .understand = understand,
    .open = open_part,
    .items = sound_items,
    .each = sound_items_each,
    .looks = looks,
    .names = names};
