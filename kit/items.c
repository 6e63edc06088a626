/* Pictures and arrays to predict, by the names of files and folders. */
#define _POSIX_C_SOURCE 200809L

#include "items.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "array_list.h"
#include "array_named.h"
#include "array_source.h"
#include "idx.h"
#include "image_source.h"
#include "message.h"
#include "npy.h"
#include "stream.h"

enum { ARCHIVE_MOST = 1 << 30 };

ad_status items_no_image(const char *path, const ad_schema_field *input)
{
    return message_fail(AD_ERROR_TYPE,
                        "%s: pictures are bytes, and the model takes %s as %s\n  give a file of "
                        "arrays, as it was trained on: .npy\n",
                        path, input->name, ad_type_name(input->type));
}

/* All pictures of a file, folder or archive. */
static ad_status open_pictures(const ad_schema *schema, const ad_schema_field *input,
                               const char *path, ad_source **source)
{
    pictures places[2] = {{0}, {0}};
    image_form form;
    if (input->meaning != AD_MEANS_IMAGE)
        return items_no_image(path, input);
    if (!image_form_read(schema->own, &form))
        form = image_form_of(input);
    ad_status status = pictures_find(path, ARCHIVE_MOST, &places[0]);
    if (status != AD_OK)
        return status;
    int64_t count = places[0].count;
    image_job *job = malloc((size_t)(count + 1) * sizeof *job);
    if (!count)
        status = message_fail(AD_ERROR_FILE, "%s: holds no picture\n  name a folder of pictures\n",
                              path);
    for (int64_t i = 0; job && i < count; i++)
        job[i] = (image_job){&places[0], i, -1};
    if (status == AD_OK && !job)
        status = message_no_memory();
    if (status == AD_OK)
        status = image_source(schema, &form, places, job, count, 0, 0, source);
    pictures_done(&places[0]);
    free(job);
    return status;
}

/* ---------------------------------------------------------------- arrays */

ad_status items_unknown_target(const ad_schema_field *field, int64_t count, kept_array *kept)
{
    ad_array a = {.type = field->type, .shape = {.rank = field->shape.rank + 1, .size = {count}}};
    for (int i = 0; i < field->shape.rank; i++)
        a.shape.size[i + 1] = field->shape.size[i];
    int64_t numbers = ad_array_count(&a);
    a.data = malloc(ad_array_bytes(&a) + 1);
    if (!a.data)
        return message_no_memory();
    for (int64_t i = 0; i < numbers; i++) {
        if (field->type == AD_I32)
            ((int32_t *)a.data)[i] = -1;
        else if (field->type == AD_F32)
            ((float *)a.data)[i] = NAN;
        else
            ((double *)a.data)[i] = (double)NAN;
    }
    *kept = (kept_array){.array = a, .memory = a.data};
    return AD_OK;
}

/* Takes raw over. */
static ad_status source_of_array(const ad_schema *schema, const ad_schema_field *input,
                                 const char *path, raw_array *raw, ad_source **source)
{
    kept_array list[2] = {{.memory = NULL}, {.memory = NULL}};
    const ad_schema_field *target = ad_schema_target(schema);
    ad_status status = array_for_field(schema, input, raw, &list[0]);
    if (status == AD_OK && target)
        status = items_unknown_target(target, list[0].array.shape.size[0], &list[1]);
    if (status == AD_OK)
        return array_source(schema, list, target ? 2 : 1, 0, path, source);
    kept_done(&list[0]);
    return status;
}

/* An npz has to hold one array: none is guessed. */
static ad_status read_array(const char *path, raw_array *raw, npy_file **file)
{
    ad_status status = npy_open(path, file);
    if (status == AD_OK && npy_count(*file) != 1)
        status = message_fail(AD_ERROR_ARGUMENT,
                              "%s: holds %lld arrays, and one is predicted\n  save the input "
                              "alone: numpy.save\n",
                              path, (long long)npy_count(*file));
    return status == AD_OK ? npy_read(*file, 0, raw) : status;
}

typedef enum item_kind { ITEM_PICTURES, ITEM_IDX, ITEM_NUMPY } item_kind;

/* By its first bytes, unpacked; a folder or what cannot be read is left to the pictures. */
static item_kind kind_of(const char *path)
{
    unsigned char head[128] = {0};
    ad_status status;
    struct stat about;
    if (stat(path, &about) != 0 || !S_ISREG(about.st_mode))
        return ITEM_PICTURES;
    stream *s = stream_open(path, &status);
    size_t size = s ? stream_read(s, head, sizeof head) : 0;
    stream_close(s);
    size_t name = (size_t)head[26] | (size_t)head[27] << 8;
    bool npz = size > 30 && memcmp(head, "PK\3\4", 4) == 0 && name >= 4 && name < 90 &&
               memcmp(head + 26 + name, ".npy", 4) == 0;
    if (npz || npy_looks(head, size) || hdf5_looks(head, size) || safetensors_looks(head, size))
        return ITEM_NUMPY;
    return idx_looks(head, size) ? ITEM_IDX : ITEM_PICTURES;
}

static ad_status named_arrays_of(const ad_schema *schema, const named_arrays *n, const char *path,
                                 ad_source **source)
{
    npy_file *file = NULL;
    ad_status status = npy_open(path, &file);
    if (status == AD_OK)
        status = named_open(schema, n, file, path, AD_PART_TEST, true, true, source);
    npy_close(file);
    return status;
}

/* *is: the schema is of arrays by their names. */
static ad_status try_named(const ad_schema *schema, const char *path, bool *is, ad_source **source)
{
    named_arrays n = {0};
    bool reader = strcmp(schema->reader, "arrays") == 0;
    ad_status status = reader ? named_read(schema, &n) : AD_OK;
    *is = n.count > 0;
    if (status == AD_OK && *is)
        status = named_arrays_of(schema, &n, path, source);
    named_done(&n);
    return status;
}

ad_status items_arrays(const ad_schema *schema, const char *path, ad_source **source)
{
    const ad_schema_field *input = array_field(schema, AD_USE_INPUT);
    raw_array raw = {0};
    npy_file *file = NULL;
    bool named;
    *source = NULL;
    ad_status status = try_named(schema, path, &named, source);
    if (status != AD_OK || named)
        return status;
    item_kind kind = kind_of(path);
    if (kind == ITEM_PICTURES || !input)
        return AD_OK;
    status = kind == ITEM_IDX ? idx_read(path, IDX_ANY, &raw) : read_array(path, &raw, &file);
    if (status == AD_OK)
        status = source_of_array(schema, input, path, &raw, source);
    npy_close(file);
    return status;
}

static ad_status open_item(const ad_schema *schema, const ad_schema_field *input, const char *path,
                           ad_source **source)
{
    ad_status status = items_arrays(schema, path, source);
    return status != AD_OK || *source ? status : open_pictures(schema, input, path, source);
}

static ad_status join(ad_source **list, int count, ad_source **source)
{
    *source = ad_source_joined(list, count);
    return *source ? AD_OK : message_core();
}

ad_status items_open(const ad_schema *schema, const char *const *path, int count,
                     ad_source **source)
{
    const ad_schema_field *input = array_field(schema, AD_USE_INPUT);
    *source = NULL;
    if (!input || count < 1)
        return message_fail(AD_ERROR_ARGUMENT, "nothing to predict is named\n  name a file\n");
    ad_source **list = calloc((size_t)count, sizeof *list);
    if (!list)
        return message_no_memory();
    ad_status status = AD_OK;
    for (int i = 0; i < count && status == AD_OK; i++)
        status = open_item(schema, input, path[i], &list[i]);
    if (status == AD_OK && count == 1)
        *source = list[0], list[0] = NULL;
    else if (status == AD_OK)
        status = join(list, count, source);
    for (int i = 0; i < count; i++)
        ad_source_free(list[i]);
    free(list);
    return status;
}
