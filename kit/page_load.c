/* A run from its folder: configuration, model, test part. */
#include <stdlib.h>

#include "page.h"

/* Whether the part is not there; anything else is a failure. */
static bool is_absent(ad_status status)
{
    return status == AD_ERROR_ARGUMENT && ad_run_why() == AD_RUN_BAD_CONFIG;
}

/* The test part; where the data has none, its validation part as such, or neither. */
static ad_status load_part(page_loaded *l)
{
    ad_status status = ad_run_part(l->config, &l->data, AD_PART_TEST);
    if (!is_absent(status))
        return status;
    status = ad_run_part(l->config, &l->data, AD_PART_VALIDATION);
    if (status == AD_OK) {
        l->data.validation = l->data.test;
        l->data.test = NULL;
        ad_source_free(l->data.raw);
        l->data.raw = NULL;
    }
    return is_absent(status) ? AD_OK : status;
}

ad_status page_load(const char *folder, const char *moved, int threads, page_loaded *l)
{
    char *setting = moved ? text_format("data.path=%s", moved) : NULL;
    const char *set[1] = {setting};
    ad_status status = ad_run_config(folder, set, setting ? 1 : 0, &l->config);
    if (status == AD_OK)
        status = ad_run_model_data(folder, &l->data);
    if (status == AD_OK)
        status = ad_run_build(l->config, &l->data, threads, &l->network);
    if (status == AD_OK)
        status = ad_run_model(folder, &l->network);
    if (status == AD_OK && !l->data.task->makes)
        status = load_part(l);
    free(setting);
    return status;
}

void page_loaded_done(page_loaded *l)
{
    ad_run_network_done(&l->network);
    ad_run_data_done(&l->data);
    ad_config_free(l->config);
    *l = (page_loaded){0};
}
