/* Sets of images in memory: made, split, shuffled, cut in batches. */
#include "dataset.h"

#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "text.h"

static bool multiply(int64_t *product, int64_t factor)
{
    if (factor < 0 || (factor > 0 && *product > (INT64_MAX >> 8) / factor))
        return false;
    *product *= factor;
    return true;
}

ad_dataset *dataset_new(int64_t count, int64_t height, int64_t width, int64_t channels)
{
    int64_t bytes = count;
    if (count < 0 || !multiply(&bytes, height) || !multiply(&bytes, width) ||
        !multiply(&bytes, channels))
        return NULL;
    ad_dataset *d = calloc(1, sizeof *d);
    if (!d)
        return NULL;
    d->images = malloc((size_t)bytes + 1);
    d->labels = malloc(((size_t)count + 1) * sizeof *d->labels);
    if (!d->images || !d->labels) {
        ad_dataset_free(d);
        return NULL;
    }
    d->info = (ad_dataset_info){.count = count,
                                .height = height,
                                .width = width,
                                .channels = channels,
                                .images = d->images,
                                .labels = d->labels};
    return d;
}

int64_t dataset_pixels(const ad_dataset_info *info)
{
    return info->height * info->width * info->channels;
}

bool dataset_name(ad_dataset *dataset, const char *const *names)
{
    if (!names)
        return true;
    dataset->names = calloc((size_t)dataset->info.classes + 1, sizeof *dataset->names);
    for (int64_t i = 0; dataset->names && i < dataset->info.classes; i++) {
        dataset->names[i] = text_copy(names[i]);
        if (!dataset->names[i])
            return false;
    }
    dataset->info.names = (const char *const *)dataset->names;
    return dataset->names != NULL;
}

void ad_dataset_free(ad_dataset *dataset)
{
    if (!dataset)
        return;
    for (int64_t i = 0; dataset->names && i < dataset->info.classes; i++)
        free(dataset->names[i]);
    free(dataset->names);
    free(dataset->images);
    free(dataset->labels);
    free(dataset);
}

const ad_dataset_info *ad_dataset_about(const ad_dataset *dataset)
{
    return &dataset->info;
}

static ad_status check_info(const ad_dataset_info *info)
{
    if (info->count < 1 || info->height < 1 || info->width < 1 || info->channels < 1 ||
        info->classes < 1) {
        return message_fail(AD_ERROR_ARGUMENT,
                            "a data set needs images, their size, and classes\n");
    }
    for (int64_t i = 0; i < info->count; i++) {
        if (info->labels[i] < 0 || info->labels[i] >= info->classes) {
            return message_fail(AD_ERROR_RANGE, "label %d of image %lld is outside 0 to %lld\n",
                                (int)info->labels[i], (long long)i, (long long)info->classes - 1);
        }
    }
    return AD_OK;
}

ad_status ad_dataset_new(const ad_dataset_info *info, ad_dataset **dataset)
{
    *dataset = NULL;
    ad_status status = check_info(info);
    if (status != AD_OK)
        return status;
    ad_dataset *d = dataset_new(info->count, info->height, info->width, info->channels);
    if (!d)
        return message_no_memory();
    d->info.classes = info->classes;
    memcpy(d->images, info->images, (size_t)(info->count * dataset_pixels(info)));
    memcpy(d->labels, info->labels, (size_t)info->count * sizeof *d->labels);
    if (!dataset_name(d, info->names)) {
        ad_dataset_free(d);
        return message_no_memory();
    }
    *dataset = d;
    return AD_OK;
}

void ad_dataset_batch(const ad_dataset *dataset, const int64_t *order, int64_t count,
                      uint8_t *images, int32_t *labels)
{
    size_t pixels = (size_t)dataset_pixels(&dataset->info);
    for (int64_t i = 0; i < count; i++) {
        memcpy(images + (size_t)i * pixels, dataset->images + (size_t)order[i] * pixels, pixels);
        labels[i] = dataset->labels[order[i]];
    }
}

/* ---------------------------------------------------------------- splitting */

static int ascending(const void *a, const void *b)
{
    int64_t p = *(const int64_t *)a, q = *(const int64_t *)b;
    return (p > q) - (p < q);
}

static ad_dataset *take(const ad_dataset *from, int64_t *order, int64_t count)
{
    ad_dataset *d = dataset_new(count, from->info.height, from->info.width, from->info.channels);
    if (!d)
        return NULL;
    d->info.classes = from->info.classes;
    qsort(order, (size_t)count, sizeof *order, ascending);
    ad_dataset_batch(from, order, count, d->images, d->labels);
    if (!dataset_name(d, from->info.names)) {
        ad_dataset_free(d);
        return NULL;
    }
    return d;
}

ad_status ad_dataset_split(const ad_dataset *dataset, double share, uint64_t seed,
                           ad_dataset **kept, ad_dataset **held)
{
    int64_t count = dataset->info.count;
    int64_t out = (int64_t)((double)count * share + 0.5);
    *kept = *held = NULL;
    if (!(share > 0 && share < 1) || out < 1 || out >= count) {
        return message_fail(AD_ERROR_ARGUMENT,
                            "%lld of %lld images held out leaves an empty part: change the share\n",
                            (long long)out, (long long)count);
    }
    int64_t *order = malloc((size_t)count * sizeof *order);
    if (order) {
        ad_shuffle(order, count, seed, UINT64_MAX >> 1);
        *kept = take(dataset, order + out, count - out);
        *held = take(dataset, order, out);
    }
    free(order);
    if (*kept && *held)
        return AD_OK;
    ad_dataset_free(*kept);
    ad_dataset_free(*held);
    *kept = *held = NULL;
    return message_no_memory();
}
