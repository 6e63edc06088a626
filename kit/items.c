/* Pictures and arrays to predict, by the names of files and folders. */
#include "items.h"

#include <stdlib.h>
#include <string.h>

#include "image_source.h"
#include "message.h"

enum { ARCHIVE_MOST = 1 << 30 };

static ad_status fail_no_image(const char *path, const ad_schema_field *input)
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
        return fail_no_image(path, input);
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

static const ad_schema_field *input_of(const ad_schema *schema)
{
    for (int f = 0; f < schema->fields; f++)
        if (schema->field[f].use == AD_USE_INPUT)
            return &schema->field[f];
    return NULL;
}

static ad_status join(ad_source **list, int count, ad_source **source)
{
    *source = ad_source_joined(list, count);
    return *source ? AD_OK : message_fail(ad_error_status(), "%s\n", ad_error());
}

ad_status items_open(const ad_schema *schema, const char *const *path, int count,
                     ad_source **source)
{
    const ad_schema_field *input = input_of(schema);
    *source = NULL;
    if (!input || count < 1)
        return message_fail(AD_ERROR_ARGUMENT, "nothing to predict is named\n  name a file\n");
    ad_source **list = calloc((size_t)count, sizeof *list);
    if (!list)
        return message_no_memory();
    ad_status status = AD_OK;
    for (int i = 0; i < count && status == AD_OK; i++)
        status = open_pictures(schema, input, path[i], &list[i]);
    if (status == AD_OK && count == 1)
        *source = list[0], list[0] = NULL;
    else if (status == AD_OK)
        status = join(list, count, source);
    for (int i = 0; i < count; i++)
        ad_source_free(list[i]);
    free(list);
    return status;
}
