/* IDX files (LeCun and Cortes 1998): two zero bytes, a type (8: unsigned byte), the number of axes,
 * each size as four bytes with the highest first, then the elements.  Images are (count, height,
 * width) or (count, height, width, channels), labels (count). */
#define _POSIX_C_SOURCE 200809L

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "dataset.h"
#include "message.h"
#include "stream.h"
#include "text.h"

enum { UNSIGNED_BYTE = 8, AXES_MAX = 4, STEP = 1 << 20 };

typedef struct idx {
    int axes;
    int64_t size[AXES_MAX];
    int64_t header; /* bytes */
    uint8_t *bytes;
    int64_t count; /* of bytes */
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

static ad_status fail_magic(const char *path, const unsigned char *magic, bool images)
{
    const char *wanted = images ? "00 00 08 03, images" : "00 00 08 01, labels";
    const char *other = magic[2] == UNSIGNED_BYTE && magic[3] == (images ? 1 : 3)
                            ? images ? "these are labels: give the two files in the other order"
                                     : "these are images: give the two files in the other order"
                            : "is it an IDX file of unsigned bytes?";
    return message_fail(AD_ERROR_FORMAT,
                        "%s: starts with the bytes %02X %02X %02X %02X, not with %s\n  %s\n", path,
                        magic[0], magic[1], magic[2], magic[3], wanted, other);
}

static ad_status read_magic(stream *s, const char *path, bool images, idx *file)
{
    unsigned char magic[4] = {0};
    size_t got = stream_read(s, magic, 4);
    if (got == 0 && !stream_damage(s))
        return message_fail(AD_ERROR_FORMAT, "%s: is empty\n  %s\n", path, refetch);
    if (got < 4)
        return fail_cut(path, s, (int64_t)got, images ? 16 : 8);
    bool axes = images ? magic[3] == 3 || magic[3] == 4 : magic[3] == 1;
    if (magic[0] || magic[1] || magic[2] != UNSIGNED_BYTE || !axes)
        return fail_magic(path, magic, images);
    file->axes = magic[3];
    file->header = 4 + 4 * file->axes;
    return AD_OK;
}

static ad_status read_sizes(stream *s, const char *path, idx *file)
{
    const int64_t most = (int64_t)1 << 40;
    file->count = 1;
    for (int i = 0; i < file->axes; i++) {
        unsigned char bytes[4];
        int64_t at = 4 + 4 * i;
        size_t got = stream_read(s, bytes, 4);
        if (got < 4)
            return fail_cut(path, s, at + (int64_t)got, file->header);
        file->size[i] = big_endian(bytes);
        if (file->size[i] == 0) {
            return message_fail(AD_ERROR_FORMAT, "%s: %s 0 at byte %lld%s\n  %s\n", path,
                                i == 0 ? "the number of examples is" : "a size of the images is",
                                (long long)at, stream_where(s),
                                "there is nothing to learn from; is it the right file?");
        }
        if (file->size[i] > most / file->count) {
            return message_fail(
                AD_ERROR_FORMAT,
                "%s: the sizes up to byte %lld%s ask for more than 2^40 bytes\n  %s\n", path,
                (long long)at + 4, stream_where(s), refetch);
        }
        file->count *= file->size[i];
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

static ad_status read_idx(const char *path, bool images, idx *file)
{
    ad_status status;
    *file = (idx){0};
    stream *s = stream_open(path, &status);
    if (!s)
        return status;
    status = read_magic(s, path, images, file);
    if (status == AD_OK)
        status = read_sizes(s, path, file);
    if (status == AD_OK)
        status = read_elements(s, path, file);
    if (status == AD_OK)
        status = read_end(s, path, file);
    stream_close(s);
    return status;
}

/* ---------------------------------------------------------------- the pair */

static ad_status check_labels(const char *path, const idx *labels, int64_t classes,
                              int64_t *largest)
{
    *largest = 0;
    for (int64_t i = 0; i < labels->count; i++) {
        int64_t label = labels->bytes[i];
        if (classes > 0 && label >= classes) {
            return message_fail(
                AD_ERROR_RANGE,
                "%s: label %lld is %lld (byte %lld), but there are %lld classes, 0 to %lld\n"
                "  correct the label, or the number of classes\n",
                path, (long long)i, (long long)label, (long long)(labels->header + i),
                (long long)classes, (long long)classes - 1);
        }
        *largest = label > *largest ? label : *largest;
    }
    return AD_OK;
}

/* Takes over the images' bytes. */
static ad_status join(idx *images, const idx *labels, int64_t classes, ad_dataset **dataset)
{
    ad_dataset *d = dataset_new(0, 0, 0, 0);
    int32_t *numbers = malloc((size_t)labels->count * sizeof *numbers);
    if (!d || !numbers) {
        ad_dataset_free(d);
        free(numbers);
        return message_no_memory();
    }
    free(d->images);
    free(d->labels);
    for (int64_t i = 0; i < labels->count; i++)
        numbers[i] = labels->bytes[i];
    d->images = images->bytes;
    d->labels = numbers;
    images->bytes = NULL;
    d->info = (ad_dataset_info){.count = labels->count,
                                .height = images->size[1],
                                .width = images->size[2],
                                .channels = images->axes == 4 ? images->size[3] : 1,
                                .classes = classes,
                                .images = d->images,
                                .labels = d->labels};
    *dataset = d;
    return AD_OK;
}

ad_status ad_dataset_idx(const char *images, const char *labels, int64_t classes,
                         ad_dataset **dataset)
{
    idx pixels = {0}, marks = {0};
    int64_t largest = 0;
    *dataset = NULL;
    ad_status status = read_idx(images, true, &pixels);
    if (status == AD_OK)
        status = read_idx(labels, false, &marks);
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
    free(pixels.bytes);
    free(marks.bytes);
    return status;
}

/* ---------------------------------------------------------------- a folder */

/* The first of NAME, NAME.gz and the two with a dot ("train-images.idx3-ubyte") that exists, by
 * malloc; NULL where none does. */
static char *find_file(const char *folder, const char *name)
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

static ad_status fail_missing(const char *folder, const char *name)
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

ad_status ad_dataset_folder(const char *folder, ad_part part, int64_t classes, ad_dataset **dataset)
{
    const char *images =
        part == AD_PART_TEST ? "t10k-images-idx3-ubyte" : "train-images-idx3-ubyte";
    const char *labels =
        part == AD_PART_TEST ? "t10k-labels-idx1-ubyte" : "train-labels-idx1-ubyte";
    char *image_path = find_file(folder, images), *label_path = find_file(folder, labels);
    *dataset = NULL;
    ad_status status = !image_path   ? fail_missing(folder, images)
                       : !label_path ? fail_missing(folder, labels)
                                     : ad_dataset_idx(image_path, label_path, classes, dataset);
    free(image_path);
    free(label_path);
    return status;
}
