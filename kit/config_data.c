/* The data that a configuration names. */
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "dataset.h"
#include "message.h"
#include "text.h"

/* Keeps the first ones only. */
static void shorten(ad_dataset *d, int64_t count)
{
    if (count > 0 && count < d->info.count)
        d->info.count = count;
}

static ad_status check_like(const ad_config *c, const ad_dataset_info *a, const ad_dataset_info *b)
{
    if (a->height == b->height && a->width == b->width && a->channels == b->channels)
        return AD_OK;
    return message_fail(
        AD_ERROR_FORMAT,
        "%s: the test images are %lld x %lld x %lld, the training images %lld x %lld x %lld\n"
        "  the files do not belong together: fetch them again\n",
        c->data.path, (long long)a->height, (long long)a->width, (long long)a->channels,
        (long long)b->height, (long long)b->width, (long long)b->channels);
}

static ad_status load(const ad_config *c, ad_part part, const ad_dataset_info *like,
                      ad_dataset **dataset)
{
    int64_t count = part == AD_PART_TEST ? c->data.test_count : c->data.train_count;
    if (c->data.format == AD_DATA_DIGITS)
        return ad_dataset_digits(count, part, (uint64_t)c->data.seed, dataset);
    ad_status status =
        ad_dataset_folder(c->data.path, part, like ? like->classes : c->data.classes, dataset);
    if (status == AD_OK)
        shorten(*dataset, count);
    return status;
}

ad_status ad_config_data(const ad_config *config, ad_part part, const ad_dataset_info *like,
                         ad_dataset **dataset)
{
    *dataset = NULL;
    ad_status status = load(config, part, like, dataset);
    if (status == AD_OK && like)
        status = check_like(config, &(*dataset)->info, like);
    if (status == AD_OK && config->data.names.count > 0 &&
        config->data.names.count == (*dataset)->info.classes &&
        !dataset_name(*dataset, (const char *const *)config->data.names.text))
        status = message_no_memory();
    if (status != AD_OK) {
        ad_dataset_free(*dataset);
        *dataset = NULL;
    }
    return status;
}
