/* The sources of a configuration. */
#include <stdlib.h>

#include "message.h"
#include "run.h"

/* The arrays stay the data set's. */
static ad_source *source_of(const ad_dataset *d, const char *name)
{
    const ad_dataset_info *i = ad_dataset_about(d);
    ad_named_array list[] = {
        {"image", ad_u8(i->images, AD_SHAPE(i->count, i->height, i->width, i->channels))},
        {"label", ad_i32(i->labels, AD_SHAPE(i->count))}};
    return ad_source_arrays(list, 2, .name = name, .borrow = true);
}

static ad_status give(ad_dataset *d, const char *name, ad_source **source)
{
    *source = d ? source_of(d, name) : NULL;
    return *source || !d ? AD_OK : run_fail_core(AD_RUN_BAD_DATA);
}

static void take_sizes(ad_run_data *data, const ad_dataset *d)
{
    const ad_dataset_info *i = ad_dataset_about(d);
    data->height = i->height;
    data->width = i->width;
    data->channels = i->channels;
    data->classes = i->classes;
    data->names = i->names;
}

static ad_status read_part(const ad_config *config, ad_part part, const ad_dataset_info *like,
                           ad_dataset **d)
{
    ad_status status = ad_config_data(config, part, like, d);
    if (status != AD_OK)
        return run_failed(AD_RUN_BAD_DATA, status);
    if (ad_dataset_about(*d)->count > 0)
        return AD_OK;
    return run_fail(AD_RUN_BAD_DATA, AD_ERROR_FORMAT,
                    "the training or the test set is empty\n"
                    "  give more: data.train_count, data.test_count\n");
}

/* kept[0] is cut in two: training and validation. */
static ad_status split(const ad_config *config, ad_run_data *data)
{
    ad_dataset *whole = data->kept[0];
    if (!(config->data.validation > 0))
        return AD_OK;
    ad_status status =
        ad_dataset_split(whole, config->data.validation, (uint64_t)config->train.seed,
                         &data->kept[0], &data->kept[1]);
    if (status != AD_OK) {
        data->kept[0] = whole;
        return run_failed(AD_RUN_BAD_DATA, status);
    }
    ad_dataset_free(whole);
    take_sizes(data, data->kept[0]);
    return AD_OK;
}

ad_status ad_run_sources(const ad_config *config, ad_run_data *data)
{
    *data = (ad_run_data){0};
    ad_status status = read_part(config, AD_PART_TRAIN, NULL, &data->kept[0]);
    if (status == AD_OK)
        status = read_part(config, AD_PART_TEST, ad_dataset_about(data->kept[0]), &data->kept[2]);
    if (status != AD_OK)
        return status;
    take_sizes(data, data->kept[0]);
    status = split(config, data);
    if (status == AD_OK)
        status = give(data->kept[0], "the training set", &data->train);
    if (status == AD_OK)
        status = give(data->kept[1], "the validation set", &data->validation);
    return status == AD_OK ? give(data->kept[2], "the test set", &data->test) : status;
}

ad_status ad_run_test_source(const ad_config *config, ad_run_data *data)
{
    ad_dataset_info like = {.height = data->height,
                            .width = data->width,
                            .channels = data->channels,
                            .classes = data->classes};
    ad_status status = read_part(config, AD_PART_TEST, &like, &data->kept[2]);
    if (status != AD_OK)
        return status;
    data->names = ad_dataset_about(data->kept[2])->names;
    return give(data->kept[2], "the test set", &data->test);
}

void ad_run_data_done(ad_run_data *data)
{
    ad_source_free(data->train);
    ad_source_free(data->validation);
    ad_source_free(data->test);
    for (int i = 0; i < 3; i++)
        ad_dataset_free(data->kept[i]);
    *data = (ad_run_data){0};
}
