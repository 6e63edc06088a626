/* IDX files (LeCun and Cortes 1998): two zero bytes, a type (8: unsigned byte), the number of axes,
 * each size as four bytes with the highest first, then the elements.  Images are (count, height,
 * width) or (count, height, width, channels), labels (count). */
#define _POSIX_C_SOURCE 200809L

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "dataset.h"
#include "idx.h"
#include "message.h"
#include "stream.h"
#include "text.h"

enum { UNSIGNED_BYTE = 8, STEP = 1 << 20 };

typedef struct idx {
    raw_array raw;
    uint8_t *bytes;
    int64_t header, count; /* bytes: before the elements, and of them */
} idx;

static const char refetch[] = "fetch the file again";

/* ---------------------------------------------------------------- header */

static int64_t big_endian(const unsigned char *b)
{
    return (int64_t)b[0] << 24 | (int64_t)b[1] << 16 | (int64_t)b[2] << 8 | b[3];
}

static ad_status fail_cut(const char *path, const stream *s, int64_t at, int64_t wanted)
{
    const char *damage = stream_damage(s);
    return message_fail(AD_ERROR_FORMAT,
                        "%s: ends at byte %lld%s, but %lld bytes belong to it%s%s\n  %s\n", path,
                        (long long)at, stream_where(s), (long long)wanted, damage ? ": " : "",
                        damage ? damage : "", refetch);
}

/* Its type by the third byte of the file. */
static bool find_kind(int type, raw_kind *kind)
{
    static const struct {
        int type;
        raw_kind kind;
    } kinds[] = {{8, RAW_U8},   {9, RAW_I8},   {11, RAW_I16},
                 {12, RAW_I32}, {13, RAW_F32}, {14, RAW_F64}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].type == type) {
            *kind = kinds[i].kind;
            return true;
        }
    return false;
}

bool idx_looks(const unsigned char *bytes, size_t size)
{
    raw_kind kind;
    return size >= 8 && !bytes[0] && !bytes[1] && find_kind(bytes[2], &kind) && bytes[3] >= 1 &&
           bytes[3] <= AD_RANK_MAX;
}

static ad_status fail_magic(const char *path, const unsigned char *magic, idx_want want)
{
    const char *wanted = want == IDX_ANY      ? "two zeros, a type (08 to 0E) and 1 to 8 axes"
                         : want == IDX_IMAGES ? "00 00 08 03, images"
                                              : "00 00 08 01, labels";
    bool other =
        want != IDX_ANY && magic[2] == UNSIGNED_BYTE && magic[3] == (want == IDX_IMAGES ? 1 : 3);
    const char *cure = !other               ? "is it an IDX file of unsigned bytes?"
                       : want == IDX_IMAGES ? "these are labels: give the two files in the other "
                                              "order"
                                            : "these are images: give the two files in the other "
                                              "order";
    return message_fail(AD_ERROR_FORMAT,
                        "%s: starts with the bytes %02X %02X %02X %02X, not with %s\n  %s\n", path,
                        magic[0], magic[1], magic[2], magic[3], wanted,
                        want == IDX_ANY ? "is it an IDX file?" : cure);
}

static ad_status read_magic(stream *s, const char *path, idx_want want, idx *file)
{
    unsigned char magic[4] = {0};
    size_t got = stream_read(s, magic, 4);
    if (got == 0 && !stream_damage(s))
        return message_fail(AD_ERROR_FORMAT, "%s: is empty\n  %s\n", path, refetch);
    if (got < 4)
        return fail_cut(path, s, (int64_t)got, want == IDX_LABELS ? 8 : 16);
    bool axes = want == IDX_ANY      ? magic[3] >= 1 && magic[3] <= AD_RANK_MAX
                : want == IDX_IMAGES ? magic[3] == 3 || magic[3] == 4
                                     : magic[3] == 1;
    bool kind = find_kind(magic[2], &file->raw.kind);
    if (magic[0] || magic[1] || !kind || !axes || (want != IDX_ANY && magic[2] != UNSIGNED_BYTE))
        return fail_magic(path, magic, want);
    file->raw.rank = magic[3];
    file->header = 4 + 4 * file->raw.rank;
    return AD_OK;
}

static ad_status read_sizes(stream *s, const char *path, idx *file)
{
    const int64_t most = (int64_t)1 << 40;
    file->count = (int64_t)raw_width(file->raw.kind);
    for (int i = 0; i < file->raw.rank; i++) {
        unsigned char bytes[4];
        int64_t at = 4 + 4 * i;
        size_t got = stream_read(s, bytes, 4);
        if (got < 4)
            return fail_cut(path, s, at + (int64_t)got, file->header);
        file->raw.size[i] = big_endian(bytes);
        if (file->raw.size[i] == 0) {
            return message_fail(AD_ERROR_FORMAT, "%s: %s 0 at byte %lld%s\n  %s\n", path,
                                i == 0 ? "the number of examples is" : "a size of the images is",
                                (long long)at, stream_where(s),
                                "there is nothing to learn from; is it the right file?");
        }
        if (file->raw.size[i] > most / file->count) {
            return message_fail(
                AD_ERROR_FORMAT,
                "%s: the sizes up to byte %lld%s ask for more than 2^40 bytes\n  %s\n", path,
                (long long)at + 4, stream_where(s), refetch);
        }
        file->count *= file->raw.size[i];
    }
    return AD_OK;
}

/* ---------------------------------------------------------------- elements */

/* Memory grows with what is really there, so that a wrong header of a small file asks for none. */
static ad_status read_elements(stream *s, const char *path, idx *file)
{
    int64_t done = 0, room = 0;
    while (done < file->count) {
        if (done == room) {
            room = room ? 2 * room : STEP;
            room = room < file->count ? room : file->count;
            uint8_t *more = realloc(file->bytes, (size_t)room);
            if (!more)
                return message_no_memory();
            file->bytes = more;
        }
        size_t got = stream_read(s, file->bytes + done, (size_t)(room - done));
        if (got == 0 || stream_damage(s)) {
            return fail_cut(path, s, file->header + done + (int64_t)got,
                            file->header + file->count);
        }
        done += (int64_t)got;
    }
    return AD_OK;
}

static ad_status read_end(stream *s, const char *path, const idx *file)
{
    char more;
    if (stream_read(s, &more, 1) > 0) {
        return message_fail(
            AD_ERROR_FORMAT, "%s: goes on after byte %lld%s, where its header says it ends\n  %s\n",
            path, (long long)(file->header + file->count), stream_where(s), refetch);
    }
    if (stream_damage(s))
        return fail_cut(path, s, file->header + file->count, file->header + file->count);
    return AD_OK;
}

/* look: the header alone. */
static ad_status read_idx(const char *path, idx_want want, bool look, idx *file)
{
    ad_status status;
    *file = (idx){.raw = {.big = true, .where = path}};
    stream *s = stream_open(path, &status);
    if (!s)
        return status;
    status = read_magic(s, path, want, file);
    if (status == AD_OK)
        status = read_sizes(s, path, file);
    if (status == AD_OK && !look)
        status = read_elements(s, path, file);
    if (status == AD_OK && !look)
        status = read_end(s, path, file);
    stream_close(s);
    return status;
}

ad_status idx_read(const char *path, idx_want want, raw_array *raw)
{
    idx file;
    *raw = (raw_array){0};
    ad_status status = read_idx(path, want, false, &file);
    file.raw.bytes = file.raw.memory = file.bytes;
    if (status == AD_OK)
        *raw = file.raw;
    else
        free(file.bytes);
    return status;
}

ad_status idx_look(const char *path, raw_array *raw)
{
    idx file;
    ad_status status = read_idx(path, IDX_ANY, true, &file);
    *raw = status == AD_OK ? file.raw : (raw_array){0};
    return status;
}

/* ---------------------------------------------------------------- the pair */

static ad_status check_labels(const char *path, const raw_array *labels, int64_t classes,
                              int64_t *largest)
{
    *largest = 0;
    for (int64_t i = 0; i < labels->size[0]; i++) {
        int64_t label = labels->bytes[i];
        if (classes > 0 && label >= classes) {
            return message_fail(
                AD_ERROR_RANGE,
                "%s: label %lld is %lld (byte %lld), but there are %lld classes, 0 to %lld\n"
                "  correct the label, or the number of classes\n",
                path, (long long)i, (long long)label, (long long)(8 + i), (long long)classes,
                (long long)classes - 1);
        }
        *largest = label > *largest ? label : *largest;
    }
    return AD_OK;
}

/* Takes over the images' bytes. */
static ad_status join(raw_array *images, const raw_array *labels, int64_t classes,
                      ad_dataset **dataset)
{
    ad_dataset *d = dataset_new(0, 0, 0, 0);
    int32_t *numbers = malloc((size_t)labels->size[0] * sizeof *numbers);
    if (!d || !numbers) {
        ad_dataset_free(d);
        free(numbers);
        return message_no_memory();
    }
    free(d->images);
    free(d->labels);
    for (int64_t i = 0; i < labels->size[0]; i++)
        numbers[i] = labels->bytes[i];
    d->images = images->memory;
    d->labels = numbers;
    images->memory = NULL;
    d->info = (ad_dataset_info){.count = labels->size[0],
                                .height = images->size[1],
                                .width = images->size[2],
                                .channels = images->rank == 4 ? images->size[3] : 1,
                                .classes = classes,
                                .images = d->images,
                                .labels = d->labels};
    *dataset = d;
    return AD_OK;
}

ad_status ad_dataset_idx(const char *images, const char *labels, int64_t classes,
                         ad_dataset **dataset)
{
    raw_array pixels = {0}, marks = {0};
    int64_t largest = 0;
    *dataset = NULL;
    ad_status status = idx_read(images, IDX_IMAGES, &pixels);
    if (status == AD_OK)
        status = idx_read(labels, IDX_LABELS, &marks);
    if (status == AD_OK && pixels.size[0] != marks.size[0]) {
        status = message_fail(AD_ERROR_FORMAT,
                              "%s: %lld images, but %s has %lld labels (bytes 4 to 7 of each)\n"
                              "  the two files do not belong together: fetch both again\n",
                              images, (long long)pixels.size[0], labels, (long long)marks.size[0]);
    }
    if (status == AD_OK)
        status = check_labels(labels, &marks, classes, &largest);
    if (status == AD_OK)
        status = join(&pixels, &marks, classes > 0 ? classes : largest + 1, dataset);
    raw_done(&pixels);
    raw_done(&marks);
    return status;
}

/* ---------------------------------------------------------------- a folder */

/* The first of NAME, NAME.gz and the two with a dot ("train-images.idx3-ubyte") that exists, by
 * malloc; NULL where none does. */
char *idx_find_file(const char *folder, const char *name)
{
    struct stat about;
    for (int i = 0; i < 4; i++) {
        char *path = text_format("%s/%s%s", folder, name, i & 1 ? ".gz" : "");
        char *dash = path && i >= 2 ? strstr(path + strlen(folder), "-idx") : NULL;
        if (dash)
            *dash = '.';
        if (path && stat(path, &about) == 0)
            return path;
        free(path);
    }
    return NULL;
}

ad_status idx_fail_missing(const char *folder, const char *name)
{
    struct stat about;
    if (stat(folder, &about) != 0) {
        return message_fail(AD_ERROR_FILE,
                            "%s: there is no such folder\n  a relative path starts at the "
                            "configuration file, after "
                            "--data at the folder you are in\n",
                            folder);
    }
    if (!S_ISDIR(about.st_mode)) {
        return message_fail(AD_ERROR_FILE,
                            "%s: is a file, not a folder\n  name the folder that holds %s\n",
                            folder, name);
    }
    return message_fail(AD_ERROR_FILE,
                        "%s: holds neither %s nor %s.gz\n  the folder of an IDX data set has four "
                        "files: train-images-"
                        "idx3-ubyte, train-labels-idx1-ubyte,\n  t10k-images-idx3-ubyte and "
                        "t10k-labels-idx1-ubyte, plain or with "
                        ".gz\n",
                        folder, name, name);
}

const char *idx_images_name(ad_part part)
{
    return part == AD_PART_TEST ? "t10k-images-idx3-ubyte" : "train-images-idx3-ubyte";
}

const char *idx_labels_name(ad_part part)
{
    return part == AD_PART_TEST ? "t10k-labels-idx1-ubyte" : "train-labels-idx1-ubyte";
}

ad_status ad_dataset_folder(const char *folder, ad_part part, int64_t classes, ad_dataset **dataset)
{
    const char *images = idx_images_name(part), *labels = idx_labels_name(part);
    char *image_path = idx_find_file(folder, images), *label_path = idx_find_file(folder, labels);
    *dataset = NULL;
    ad_status status = !image_path   ? idx_fail_missing(folder, images)
                       : !label_path ? idx_fail_missing(folder, labels)
                                     : ad_dataset_idx(image_path, label_path, classes, dataset);
    free(image_path);
    free(label_path);
    return status;
}
