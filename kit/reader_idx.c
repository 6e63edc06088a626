/* The reader of IDX files. */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "array_source.h"
#include "class_rows.h"
#include "idx.h"
#include "items.h"
#include "message.h"
#include "stream.h"
#include "text.h"

#define AT(field) .offset = offsetof(ad_idx_options, field)

static const ad_option options[] = {
    {.name = "path",
     .type = AD_OPTION_PATH,
     AT(path),
     .unset = "images and labels are named",
     .also = "folder directory root location source data_dir dir file filename train train_dir",
     .help = "folder with train-images-idx3-ubyte, train-labels-idx1-ubyte and t10k-..."},
    {.name = "images",
     .type = AD_OPTION_PATH,
     AT(images),
     .unset = "in path",
     .also = "train_images data",
     .help = "IDX file of the training images"},
    {.name = "labels",
     .type = AD_OPTION_PATH,
     AT(labels),
     .unset = "in path",
     .also = "train_labels targets",
     .help = "IDX file of their labels"},
    {.name = "test_images",
     .type = AD_OPTION_PATH,
     AT(test_images),
     .unset = "in path",
     .help = "IDX file of the test images"},
    {.name = "test_labels",
     .type = AD_OPTION_PATH,
     AT(test_labels),
     .unset = "in path",
     .help = "IDX file of their labels"},
    CLASS_ROWS(ad_idx_options, 65536, "names of the classes, from class 0"),
    {.name = "target_is",
     .type = AD_OPTION_WORD,
     AT(target_is),
     .words = "auto class number",
     .help = "whether labels are classes or numbers; auto: classes where they are whole"},
    {.name = "train_count",
     .type = AD_OPTION_WHOLE,
     AT(train_count),
     .low = 0,
     .high = 1e12,
     .unit = "images",
     .also = "limit",
     .help = "only the first so many to train; 0: all"},
    {.name = "test_count",
     .type = AD_OPTION_WHOLE,
     AT(test_count),
     .low = 0,
     .high = 1e12,
     .unit = "images",
     .help = "only the first so many to test; 0: all"},
};

static const ad_idx_options initial = AD_OPTIONS_INIT(ad_idx_options);

/* The two files of a part, by malloc; NULL: there is none. */
typedef struct pair {
    char *images, *labels;
} pair;

static void free_pair(pair *p)
{
    free(p->images);
    free(p->labels);
}

static bool copy(const char *text, char **to)
{
    *to = text ? text_copy(text) : NULL;
    return *to || !text;
}

/* A path that leads nowhere is neither a folder nor a file of images. */
static ad_status check_path(const ad_idx_options *o)
{
    if (!o->path || access(o->path, F_OK) == 0)
        return AD_OK;
    return message_fail(AD_ERROR_FILE, "%s: cannot be opened: %s\n  check the path of the data\n",
                        o->path, strerror(errno));
}

/* Labels may be missing: then there is no target.  Of a folder they may not. */
static ad_status find_pair(const ad_idx_options *o, ad_part part, pair *p)
{
    bool test = part == AD_PART_TEST, folder = o->path && is_folder(o->path);
    const char *images = test ? o->test_images : o->images ? o->images : folder ? NULL : o->path;
    const char *labels = test ? o->test_labels : o->labels;
    *p = (pair){0};
    if (!copy(images, &p->images) || !copy(labels, &p->labels))
        return message_no_memory();
    if (folder && !p->images)
        p->images = idx_find_file(o->path, idx_images_name(part));
    if (folder && !p->labels && !images)
        p->labels = idx_find_file(o->path, idx_labels_name(part));
    if (test)
        return p->images || !labels ? AD_OK
                                    : message_fail(AD_ERROR_ARGUMENT,
                                                   "%s: labels to test, and no images\n"
                                                   "  name them: `test_images: FILE`\n",
                                                   labels);
    if (!p->images)
        return o->path ? idx_fail_missing(o->path, idx_images_name(part))
                       : message_fail(AD_ERROR_ARGUMENT, "idx: neither path nor images is given\n"
                                                         "  name the folder: `path: FOLDER`\n");
    return !folder || images || p->labels ? AD_OK
                                          : idx_fail_missing(o->path, idx_labels_name(part));
}

/* ---------------------------------------------------------------- understanding */

static ad_status check_pair(const pair *p, const raw_array *images, const raw_array *labels)
{
    if (images->size[0] == labels->size[0])
        return AD_OK;
    return message_fail(AD_ERROR_FORMAT,
                        "%s: %lld images, but %s has %lld labels (bytes 4 to 7 of each)\n"
                        "  the two files do not belong together: fetch both again\n",
                        p->images, (long long)images->size[0], p->labels,
                        (long long)labels->size[0]);
}

static ad_status add_fields(const ad_idx_options *o, const pair *p, ad_schema *s)
{
    raw_array images = {0}, labels = {0};
    const target_form form = {o->target_is, o->classes, &o->names, NULL};
    ad_status status = idx_look(p->images, &images);
    if (status == AD_OK)
        status = array_add_input(s, &images, AD_CHANNELS_LAST, NULL);
    if (status == AD_OK && p->labels)
        status = idx_read(p->labels, IDX_ANY, &labels);
    if (status == AD_OK && p->labels)
        status = check_pair(p, &images, &labels);
    if (status == AD_OK && p->labels)
        status = array_add_target(s, &labels, &form);
    if (status == AD_OK && !ad_schema_note(s, "%lld examples in %s%s", (long long)images.size[0],
                                           p->images, p->labels ? "" : ", without labels"))
        status = message_no_memory();
    raw_done(&images);
    raw_done(&labels);
    return status;
}

static ad_status understand(const void *chosen, ad_schema **schema)
{
    pair p = {0};
    *schema = NULL;
    ad_schema *s = ad_schema_new("idx");
    ad_status status = s ? find_pair(chosen, AD_PART_TRAIN, &p) : message_no_memory();
    if (status == AD_OK)
        status = add_fields(chosen, &p, s);
    free_pair(&p);
    if (status == AD_OK)
        *schema = s;
    else
        ad_schema_free(s);
    return status;
}

/* ---------------------------------------------------------------- opening */

static ad_status take(const ad_schema *schema, const ad_schema_field *field, const char *path,
                      kept_array *kept)
{
    raw_array raw;
    ad_status status = idx_read(path, IDX_ANY, &raw);
    return status == AD_OK ? array_for_field(schema, field, &raw, kept) : status;
}

static ad_status open_pair(const ad_schema *schema, const pair *p, int64_t most, ad_source **source)
{
    kept_array list[2] = {{.memory = NULL}, {.memory = NULL}};
    const ad_schema_field *input = array_field(schema, AD_USE_INPUT);
    const ad_schema_field *target = ad_schema_target(schema);
    if (target && !p->labels)
        return message_fail(AD_ERROR_ARGUMENT,
                            "%s: no labels are named for it\n  name them: `labels: FILE` or "
                            "`test_labels: FILE`\n",
                            p->images);
    ad_status status = take(schema, input, p->images, &list[0]);
    if (status == AD_OK && target)
        status = take(schema, target, p->labels, &list[1]);
    if (status == AD_OK)
        return array_source(schema, list, target ? 2 : 1, most, p->images, source);
    kept_done(&list[0]);
    return status;
}

static ad_status open_part(const void *chosen, const ad_schema *schema, ad_part part,
                           ad_source **source)
{
    const ad_idx_options *o = chosen;
    pair p = {0};
    *source = NULL;
    if (part == AD_PART_VALIDATION)
        return AD_OK;
    ad_status status = check_path(o);
    if (status == AD_OK)
        status = find_pair(o, part, &p);
    if (status == AD_OK && p.images)
        status =
            open_pair(schema, &p, part == AD_PART_TEST ? o->test_count : o->train_count, source);
    free_pair(&p);
    return status;
}

/* ---------------------------------------------------------------- looks */

static int looks(const char *path, const unsigned char *bytes, size_t size)
{
    if (!bytes) {
        char *found = idx_find_file(path, idx_images_name(AD_PART_TRAIN));
        free(found);
        return found ? 100 : 0;
    }
    bool packed = size > 2 && bytes[0] == 0x1F && bytes[1] == 0x8B;
    return idx_looks(bytes, size) ? 90 : packed && strstr(path, "idx") ? 80 : 0;
}

const ad_reader_record reader_idx = {
    .record = {.name = "idx",
               .help = "IDX files, as MNIST's: images of bytes, or numbers, and labels",
               .also = "mnist fashion-mnist fashion_mnist ubyte",
               AD_RECORD_OPTIONS(options, initial)},
    .understand = understand,
    .open = open_part,
    .items = items_open,
    .each = items_each,
    .looks = looks};
