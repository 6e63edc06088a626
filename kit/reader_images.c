/* The reader of pictures in folders and archives. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "archive.h"
#include "file_options.h"
#include "image_set.h"
#include "image_source.h"
#include "items.h"
#include "message.h"
#include "text.h"

#define AT(field) .offset = offsetof(ad_images_options, field)

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
     .help = "folder or archive of the test pictures"},
    {.name = "labels",
     .type = AD_OPTION_PATH,
     AT(labels),
     .unset = "classes are folders",
     .also = "csv annotations",
     .help = "CSV file, a line for each picture: its file, its class"},
    {.name = "test_labels",
     .type = AD_OPTION_PATH,
     AT(test_labels),
     .unset = "classes are folders",
     .help = "the same for the test pictures"},
    PICTURE_OPTIONS(ad_images_options),
    {.name = "broken",
     .type = AD_OPTION_WHOLE,
     AT(broken),
     .low = 0,
     .high = 1e9,
     .unit = "pictures",
     .also = "max_broken skip_errors",
     .help = "how many broken files are left out; more are an error"},
    KEEP_OPTION(ad_images_options),
    {.name = "memory",
     .type = AD_OPTION_WHOLE,
     AT(memory),
     .low = 1,
     .high = 1 << 30,
     .unit = "MiB",
     .help = "for decoded pictures, and for what an archive holds"},
};

static const ad_images_options initial = AD_OPTIONS_INIT(ad_images_options);

/* ---------------------------------------------------------------- understanding */

typedef struct look {
    const image_set *set;
    ad_image *about; /* of each member */
    bool whole;
} look;

/* Where broken pictures are left out they have to be known, so all are decoded. */
static ad_status look_at(void *user, int64_t i)
{
    const look *l = user;
    const image_member *m = &l->set->member[i];
    ad_status status = pictures_look(&l->set->from[m->place], m->index, &l->about[i]);
    if (status == AD_OK && l->whole) {
        ad_image image;
        status = pictures_decode(&l->set->from[m->place], m->index, 0, &image);
        ad_image_done(&image);
    }
    return status;
}

/* Where two have different sizes. */
static ad_status fail_sizes(const image_set *set, const ad_image *about, int64_t a, int64_t b)
{
    const image_member *m = &set->member[a], *n = &set->member[b];
    return message_fail(AD_ERROR_SHAPE,
                        "%s: the pictures have different sizes: %s is %lld x %lld, %s is %lld x "
                        "%lld (height x width)\n  bring them to one: `size: %lld`, or `size: "
                        "[HEIGHT, WIDTH]`\n",
                        set->from[0].root, set->from[m->place].list[m->index].name,
                        (long long)about[a].height, (long long)about[a].width,
                        set->from[n->place].list[n->index].name, (long long)about[b].height,
                        (long long)about[b].width,
                        (long long)(about[a].height < 64 ? about[a].height : 64));
}

/* One size, unless it is given; and whether all are grey. */
static ad_status sum_up(const image_set *set, const ad_image *about, const bool *bad,
                        image_form *form, bool *grey)
{
    int64_t first = -1;
    *grey = true;
    for (int64_t i = 0; i < set->count; i++) {
        if (bad[i])
            continue;
        *grey = *grey && about[i].channels == 1;
        first = first < 0 ? i : first;
        if (form->height < 1 &&
            (about[i].height != about[first].height || about[i].width != about[first].width))
            return fail_sizes(set, about, first, i);
    }
    if (first < 0)
        return message_fail(AD_ERROR_FORMAT, "%s: every picture is broken\n  mend them\n",
                            set->from[0].root);
    if (form->height < 1)
        form->height = about[first].height, form->width = about[first].width;
    return AD_OK;
}

static ad_status look_at_all(const ad_images_options *o, const image_set *set, image_form *form,
                             bool *grey, image_broken *broken)
{
    look l = {set, calloc((size_t)set->count + 1, sizeof *l.about), o->broken > 0};
    bool *bad = calloc((size_t)set->count + 1, sizeof *bad);
    ad_status status =
        l.about && bad ? image_each(set->count, look_at, &l, bad, broken) : message_no_memory();
    if (status == AD_OK)
        status = image_check_broken(o->path, picture_files.many, set->count, broken, o->broken);
    if (status == AD_OK)
        status = sum_up(set, l.about, bad, form, grey);
    free(l.about);
    free(bad);
    return status;
}

static ad_status check_options(const ad_images_options *o)
{
    if (o->channels != 0 && o->channels != 1 && o->channels != 3)
        return message_fail(AD_ERROR_ARGUMENT,
                            "images: channels is %lld\n  1 is grey, 3 colours, 0 decides by the "
                            "files\n",
                            (long long)o->channels);
    if (o->test_labels && !o->test)
        return message_fail(AD_ERROR_ARGUMENT,
                            "images: test_labels without test\n  name the test pictures: `test: "
                            "FOLDER`\n");
    return AD_OK;
}

static image_places places_of(const ad_images_options *o)
{
    return (image_places){.path = o->path,
                          .test = o->test,
                          .labels = o->labels,
                          .test_labels = o->test_labels,
                          .memory = o->memory,
                          .kind = &picture_files};
}

/* Size and channels: as given, or by the headers of all pictures. */
static ad_status find_form(const ad_images_options *o, const image_set *set, image_form *form,
                           image_broken *broken)
{
    bool grey = false, sized = o->height != AD_SAME;
    *form = (image_form){.channels = o->channels, .fit = o->fit, .resample = o->resample};
    if (sized)
        form->height = o->height, form->width = o->width == AD_SAME ? o->height : o->width;
    ad_status status = AD_OK;
    if (!sized || !o->channels || o->broken)
        status = look_at_all(o, set, form, &grey, broken);
    if (status == AD_OK && !o->channels)
        form->channels = grey ? 1 : 3;
    return status;
}

static bool add_fields(ad_schema *s, const ad_images_options *o, const image_set *set,
                       const image_form *form)
{
    char *size = text_format("%lld x %lld, %s", (long long)form->height, (long long)form->width,
                             form->channels == 1 ? "grey" : "colours");
    char *which = text_format("%lld classes, %s", (long long)set->classes,
                              o->labels ? "by the file of labels" : "by folders");
    ad_schema_field image = {.name = (char *)"image",
                             .type = AD_U8,
                             .shape = AD_SHAPE(form->height, form->width, form->channels),
                             .meaning = AD_MEANS_IMAGE,
                             .why = size};
    ad_schema_field label = {.name = (char *)"label",
                             .type = AD_I32,
                             .meaning = AD_MEANS_CLASS,
                             .use = AD_USE_TARGET,
                             .classes = set->classes,
                             .names = set->name,
                             .why = which};
    bool good = size && which && ad_schema_add(s, &image) && ad_schema_add(s, &label);
    free(size);
    free(which);
    s->own = image_form_text(form);
    return good && s->own;
}

static bool note_parts(ad_schema *s, const image_set *set)
{
    const int64_t *n = set->in_part;
    return ad_schema_note(s, "%lld pictures to train, %lld to validate, %lld to test, %lld classes",
                          (long long)n[AD_PART_TRAIN], (long long)n[AD_PART_VALIDATION],
                          (long long)n[AD_PART_TEST], (long long)set->classes);
}

static bool add_notes(ad_schema *s, const ad_images_options *o, const image_set *set,
                      const image_form *form, const image_broken *broken)
{
    bool good = note_parts(s, set) && image_set_note_missing(s, set, AD_PART_TEST, "test") &&
                image_set_note_missing(s, set, AD_PART_VALIDATION, "validation") &&
                image_set_note_sizes(s, set);
    if (good && set->classes == 1)
        good = ad_schema_note(s, "there is one class only, %s: nothing can be learned from it",
                              set->name[0]);
    if (good && !o->channels)
        good = ad_schema_note(s, form->channels == 1 ? "channels: 1, as every picture is grey"
                                                     : "channels: 3, as not every picture is grey");
    if (good && broken->count)
        good = ad_schema_note(s, "%lld broken pictures are left out:\n%s", (long long)broken->count,
                              broken->words);
    if (good && set->notes)
        good = ad_schema_note(s, "%.*s", (int)strlen(set->notes) - 1, set->notes);
    return good;
}

static ad_status understand(const void *chosen, ad_schema **schema)
{
    const ad_images_options *o = chosen;
    image_set set = {0};
    image_form form;
    image_broken broken = {0};
    image_places places = places_of(o);
    *schema = NULL;
    ad_status status = check_options(o);
    if (status == AD_OK)
        status = image_set_find(&places, NULL, 0, &set);
    if (status == AD_OK)
        status = find_form(o, &set, &form, &broken);
    if (status == AD_OK) {
        ad_schema *s = ad_schema_new("images");
        if (s && add_fields(s, o, &set, &form) && add_notes(s, o, &set, &form, &broken)) {
            *schema = s;
        } else {
            ad_schema_free(s);
            status = message_no_memory();
        }
    }
    free(broken.words);
    image_set_done(&set);
    return status;
}

/* ---------------------------------------------------------------- opening */

static ad_status open_set(const ad_images_options *o, const ad_schema *schema, ad_part part,
                          image_set *set, ad_source **source)
{
    image_form form;
    image_job *job = malloc((size_t)(set->count + 1) * sizeof *job);
    int64_t count = 0;
    if (!job)
        return message_no_memory();
    for (int64_t i = 0; i < set->count; i++) {
        const image_member *m = &set->member[i];
        if (m->part == part)
            job[count++] = (image_job){&set->from[m->place], m->index, m->label};
    }
    ad_status status =
        image_form_read(schema->own, &form)
            ? AD_OK
            : message_fail(AD_ERROR_FORMAT, "the schema does not say the size of pictures\n"
                                            "  read the data again\n");
    if (status == AD_OK && count)
        status = image_source(schema, &form, set->from, job, count,
                              o->keep ? (size_t)o->memory << 20 : 0, o->broken, source);
    free(job);
    return status;
}

static ad_status open_part(const void *chosen, const ad_schema *schema, ad_part part,
                           ad_source **source)
{
    const ad_images_options *o = chosen;
    const ad_schema_field *label = ad_schema_find(schema, "label");
    image_places places = places_of(o);
    image_set set;
    *source = NULL;
    ad_status status = check_options(o);
    if (status == AD_OK)
        status =
            image_set_find(&places, label ? label->names : NULL, label ? label->classes : 0, &set);
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
    const ad_schema_field *label = ad_schema_find(schema, "label");
    image_places places = places_of(chosen);
    image_set set;
    *name = NULL, *count = 0;
    ad_status status =
        image_set_find(&places, label ? label->names : NULL, label ? label->classes : 0, &set);
    if (status != AD_OK)
        return status;
    *name = calloc((size_t)set.count + 1, sizeof **name);
    status = *name ? AD_OK : message_no_memory();
    for (int64_t i = 0; i < set.count && status == AD_OK; i++) {
        const image_member *m = &set.member[i];
        if (m->part == part &&
            !((*name)[(*count)++] = pictures_path(&set.from[m->place], m->index)))
            status = message_no_memory();
    }
    image_set_done(&set);
    return status;
}

/* ---------------------------------------------------------------- looks */

static int looks(const char *path, const unsigned char *bytes, size_t size)
{
    pictures p;
    size_t length = strlen(path);
    if (bytes) {
        bool packed = size >= 4 && memcmp(bytes, "PK\3\4", 4) != 0 && !strstr(path, ".tar") &&
                      !(length > 4 && strcmp(path + length - 4, ".tgz") == 0);
        return archive_looks(bytes, size) && !packed ? 50 : 0;
    }
    if (pictures_find(path, 0, &p) != AD_OK)
        return 0;
    int found = p.count > 0 ? 80 : 0;
    pictures_done(&p);
    return found;
}

const ad_reader_record reader_images = {
    .record = {.name = "images",
               .help = "pictures in a folder for each class, or in an archive",
               .also = "image folder imagefolder image_folder pictures jpeg png jpg photos",
               AD_RECORD_OPTIONS(options, initial)},
    .understand = understand,
    .open = open_part,
    .items = items_open,
    .each = items_each,
    .looks = looks,
    .names = names};
