/* The reader of CIFAR's binary records. */
#define _POSIX_C_SOURCE 200809L

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "array_source.h"
#include "class_rows.h"
#include "items.h"
#include "message.h"
#include "stream.h"
#include "text.h"

enum { SIDE = 32, PLANE = SIDE * SIDE, PIXELS = 3 * PLANE, NAMES_MOST = 1 << 16 };

#define AT(field) .offset = offsetof(ad_cifar_options, field)

static const ad_option options[] = {
    {.name = "path",
     .type = AD_OPTION_PATH,
     .required = true,
     AT(path),
     .also = "folder directory root file",
     .help = "folder of CIFAR's files, or a file of training records"},
    {.name = "files",
     .type = AD_OPTION_NAMES,
     AT(files),
     .also = "train",
     .help = "training files in the folder; none: data_batch_1.bin to 5, or train.bin"},
    {.name = "test",
     .type = AD_OPTION_PATH,
     AT(test),
     .unset = "test_batch.bin or test.bin in path",
     .help = "file of test records"},
    {.name = "label_bytes",
     .type = AD_OPTION_WHOLE,
     AT(label_bytes),
     .low = 0,
     .high = 2,
     .unit = "bytes",
     .help = "before each image: 1 CIFAR-10, 2 CIFAR-100; 0: by the size of the file"},
    {.name = "coarse",
     .type = AD_OPTION_TRUTH,
     AT(coarse),
     .help = "of two labels the first, the coarse class, is to be learned"},
    CLASS_ROWS(ad_cifar_options, 256, "names of the classes; none: from the folder's own list"),
};

static const ad_cifar_options initial = AD_OPTIONS_INIT(ad_cifar_options);

/* Records of a part, one file behind the other. */
typedef struct records {
    uint8_t *bytes;
    int64_t size, room, label_bytes;
    char *first; /* the first file's path; NULL: there is none */
} records;

static void records_done(records *r)
{
    free(r->bytes);
    free(r->first);
    *r = (records){0};
}

static bool exists(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && S_ISREG(about.st_mode);
}

/* ---------------------------------------------------------------- files */

static ad_status read_stream(stream *s, const char *path, records *r)
{
    size_t got = 1;
    while (got > 0 && !stream_damage(s)) {
        if (r->size == r->room) {
            r->room = 2 * r->room + (1 << 20);
            uint8_t *more = realloc(r->bytes, (size_t)r->room);
            if (!more)
                return message_no_memory();
            r->bytes = more;
        }
        got = stream_read(s, r->bytes + r->size, (size_t)(r->room - r->size));
        r->size += (int64_t)got;
    }
    if (stream_damage(s))
        return message_fail(AD_ERROR_FORMAT, "%s: %s\n  fetch the file again\n", path,
                            stream_damage(s));
    return AD_OK;
}

/* How many bytes of label stand before each image of a file of that size. */
static ad_status find_label_bytes(const ad_cifar_options *o, const char *path, int64_t size,
                                  int64_t *bytes)
{
    bool one = size > 0 && size % (PIXELS + 1) == 0, two = size > 0 && size % (PIXELS + 2) == 0;
    *bytes = o->label_bytes ? o->label_bytes : one ? 1 : 2;
    if (!o->label_bytes && one && two)
        return message_fail(AD_ERROR_FORMAT,
                            "%s: could be records of CIFAR-10 and of CIFAR-100\n  say which: "
                            "`label_bytes: 1` or `label_bytes: 2`\n",
                            path);
    if (*bytes == 1 ? one : two)
        return AD_OK;
    return message_fail(AD_ERROR_FORMAT,
                        "%s: %lld bytes are not records of %d%s\n  is it CIFAR's binary "
                        "version, and whole?\n",
                        path, (long long)size, o->label_bytes == 2 ? PIXELS + 2 : PIXELS + 1,
                        o->label_bytes ? " bytes" : " (or 3074) bytes");
}

static ad_status add_file(const ad_cifar_options *o, const char *path, records *r)
{
    int64_t before = r->size, bytes = 0;
    ad_status status;
    stream *s = stream_open(path, &status);
    if (!s)
        return status;
    status = read_stream(s, path, r);
    stream_close(s);
    if (status == AD_OK)
        status = find_label_bytes(o, path, r->size - before, &bytes);
    if (status != AD_OK)
        return status;
    if (r->first && bytes != r->label_bytes)
        return message_fail(AD_ERROR_FORMAT,
                            "%s: its records have another size than those of %s\n  read them "
                            "apart\n",
                            path, r->first);
    r->label_bytes = bytes;
    if (!r->first && !(r->first = text_copy(path)))
        return message_no_memory();
    return AD_OK;
}

/* NAME of the folder, where it is there or has to be. */
static ad_status add_named(const ad_cifar_options *o, const char *name, bool needed, records *r)
{
    char *path = text_format("%s/%s", o->path, name);
    if (!path)
        return message_no_memory();
    ad_status status = needed || exists(path) ? add_file(o, path, r) : AD_OK;
    free(path);
    return status;
}

static ad_status read_train(const ad_cifar_options *o, records *r)
{
    static const char *const usual[] = {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin",
                                        "data_batch_4.bin", "data_batch_5.bin"};
    ad_status status = AD_OK;
    if (!o->path)
        return message_fail(AD_ERROR_ARGUMENT, "cifar: no path is given\n  name the folder\n");
    if (!is_folder(o->path))
        return add_file(o, o->path, r);
    for (int i = 0; i < o->files.count && status == AD_OK; i++)
        status = add_named(o, o->files.text[i], true, r);
    for (int i = 0; i < 5 && !o->files.count && status == AD_OK; i++)
        status =
            i == 0 || r->first ? add_named(o, usual[i], i > 0, r) : AD_OK; /* all five or none */
    if (status == AD_OK && !r->first)
        status = add_named(o, "train.bin", false, r);
    if (status == AD_OK && !r->first)
        status = message_fail(AD_ERROR_FILE,
                              "%s: holds neither data_batch_1.bin nor train.bin\n  name the file, "
                              "or `files: [FILE, ...]` in the folder\n",
                              o->path);
    return status;
}

static ad_status read_test(const ad_cifar_options *o, records *r)
{
    if (o->test)
        return add_file(o, o->test, r);
    if (!o->path || !is_folder(o->path) || o->files.count)
        return AD_OK;
    ad_status status = add_named(o, "test_batch.bin", false, r);
    return status == AD_OK && !r->first ? add_named(o, "test.bin", false, r) : status;
}

/* ---------------------------------------------------------------- names of classes */

/* The lines of a file of the folder, empty ones at its end left out.  None where it is not there.
 */
static ad_status read_names(const char *folder, const char *file, ad_names *names)
{
    char text[NAMES_MOST];
    char *path = text_format("%s/%s", folder, file);
    ad_status status = path ? AD_OK : message_no_memory();
    if (!path || !exists(path)) {
        free(path);
        return status;
    }
    stream *s = stream_open(path, &status);
    size_t size = s ? stream_read(s, text, sizeof text - 1) : 0;
    stream_close(s);
    free(path);
    text[size] = 0;
    names->text = status == AD_OK ? calloc(256, sizeof *names->text) : NULL;
    char *at = text;
    while (names->text && *at && *at != '\n' && names->count < 256) {
        size_t length = strcspn(at, "\r\n");
        if (!(names->text[names->count] = text_copy_bytes(at, length)))
            return message_no_memory();
        names->count++;
        at += length;
        at += *at == '\r';
        at += *at == '\n';
    }
    return status == AD_OK && !names->text ? message_no_memory() : status;
}

static void free_names(ad_names *names)
{
    for (int i = 0; i < names->count; i++)
        free(names->text[i]);
    free(names->text);
}

static ad_status find_names(const ad_cifar_options *o, int64_t label_bytes, ad_names *names)
{
    const char *file = label_bytes == 1 ? "batches.meta.txt"
                       : o->coarse      ? "coarse_label_names.txt"
                                        : "fine_label_names.txt";
    *names = (ad_names){0};
    return is_folder(o->path) ? read_names(o->path, file, names) : AD_OK;
}

/* ---------------------------------------------------------------- arrays */

static int64_t count_of(const records *r)
{
    return r->size / (PIXELS + r->label_bytes);
}

static ad_status labels_of(const ad_cifar_options *o, const records *r, raw_array *raw)
{
    int64_t count = count_of(r), place = r->label_bytes == 2 && !o->coarse;
    uint8_t *labels = malloc((size_t)count + 1);
    if (!labels)
        return message_no_memory();
    for (int64_t i = 0; i < count; i++)
        labels[i] = r->bytes[i * (PIXELS + r->label_bytes) + place];
    *raw = (raw_array){.kind = RAW_U8,
                       .rank = 1,
                       .size = {count},
                       .bytes = labels,
                       .memory = labels,
                       .where = r->first};
    return AD_OK;
}

/* Planes to pixels: (3, 32, 32) to (32, 32, 3). */
static ad_status images_of(const records *r, kept_array *kept)
{
    int64_t count = count_of(r);
    uint8_t *pixels = malloc((size_t)count * PIXELS + 1), *to = pixels;
    if (!pixels)
        return message_no_memory();
    for (int64_t i = 0; i < count; i++) {
        const uint8_t *from = r->bytes + i * (PIXELS + r->label_bytes) + r->label_bytes;
        for (int p = 0; p < PLANE; p++)
            for (int c = 0; c < 3; c++)
                *to++ = from[c * PLANE + p];
    }
    *kept = (kept_array){.array = ad_u8(pixels, AD_SHAPE(count, SIDE, SIDE, 3)), .memory = pixels};
    return AD_OK;
}

/* ---------------------------------------------------------------- the record */

static ad_status add_fields(const ad_cifar_options *o, const records *r, ad_schema *s)
{
    raw_array labels = {0};
    ad_names found = {0};
    ad_schema_field image = {.name = (char *)"image",
                             .type = AD_U8,
                             .shape = AD_SHAPE(SIDE, SIDE, 3),
                             .meaning = AD_MEANS_IMAGE,
                             .why = (char *)"planes of red, green, blue"};
    ad_status status = ad_schema_add(s, &image) ? AD_OK : message_no_memory();
    if (status == AD_OK && !o->names.count)
        status = find_names(o, r->label_bytes, &found);
    target_form form = {AD_TARGET_CLASS, o->classes, o->names.count ? &o->names : &found, NULL};
    if (status == AD_OK)
        status = labels_of(o, r, &labels);
    if (status == AD_OK)
        status = array_add_target(s, &labels, &form);
    if (status == AD_OK &&
        !ad_schema_note(s, "%lld records of %lld bytes: CIFAR-%s%s", (long long)count_of(r),
                        (long long)(PIXELS + r->label_bytes), r->label_bytes == 1 ? "10" : "100",
                        r->label_bytes == 1 ? ""
                        : o->coarse         ? ", coarse labels"
                                            : ", fine labels"))
        status = message_no_memory();
    raw_done(&labels);
    free_names(&found);
    return status;
}

static ad_status understand(const void *chosen, ad_schema **schema)
{
    records r = {0};
    *schema = NULL;
    ad_schema *s = ad_schema_new("cifar");
    ad_status status = s ? read_train(chosen, &r) : message_no_memory();
    if (status == AD_OK)
        status = add_fields(chosen, &r, s);
    records_done(&r);
    if (status == AD_OK)
        *schema = s;
    else
        ad_schema_free(s);
    return status;
}

static ad_status open_records(const ad_cifar_options *o, const ad_schema *schema, const records *r,
                              ad_source **source)
{
    raw_array labels;
    kept_array list[2] = {{.memory = NULL}, {.memory = NULL}};
    const ad_schema_field *target = ad_schema_target(schema);
    ad_status status = target ? labels_of(o, r, &labels)
                              : message_fail(AD_ERROR_ARGUMENT, "the schema has no label\n"
                                                                "  read the data again\n");
    if (status == AD_OK)
        status = array_for_field(schema, target, &labels, &list[1]);
    if (status == AD_OK)
        status = images_of(r, &list[0]);
    if (status == AD_OK)
        return array_source(schema, list, 2, 0, r->first, source);
    kept_done(&list[1]);
    return status;
}

static ad_status open_part(const void *chosen, const ad_schema *schema, ad_part part,
                           ad_source **source)
{
    records r = {0};
    *source = NULL;
    if (part == AD_PART_VALIDATION)
        return AD_OK;
    ad_status status = part == AD_PART_TEST ? read_test(chosen, &r) : read_train(chosen, &r);
    if (status == AD_OK && r.first)
        status = open_records(chosen, schema, &r, source);
    records_done(&r);
    return status;
}

static int looks(const char *path, const unsigned char *bytes, size_t size)
{
    struct stat about;
    size_t length = strlen(path);
    if (!bytes) {
        char *ten = text_format("%s/data_batch_1.bin", path);
        char *hundred = text_format("%s/train.bin", path);
        bool found = (ten && exists(ten)) || (hundred && exists(hundred));
        free(ten);
        free(hundred);
        return found ? 95 : 0;
    }
    bool binary = length > 4 && strcmp(path + length - 4, ".bin") == 0;
    if (!binary || !size || stat(path, &about) != 0 || about.st_size == 0)
        return 0;
    return about.st_size % (PIXELS + 1) == 0 || about.st_size % (PIXELS + 2) == 0 ? 80 : 0;
}

const ad_reader_record reader_cifar = {
    .record = {.name = "cifar",
               .help = "CIFAR-10's and CIFAR-100's binary records of 32 x 32 colours",
               .also = "cifar10 cifar100 cifar-10 cifar-100",
               AD_RECORD_OPTIONS(options, initial)},
    .understand = understand,
    .open = open_part,
    .items = items_open,
    .each = items_each,
    .looks = looks};
