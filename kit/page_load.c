/* A run from its folder: configuration, model, test part. */
#include <stdlib.h>

#include "page.h"

/* Texts without a test part are looked at in the validation part. */
static ad_status held_out(page_loaded *l)
{
    ad_status status = ad_run_part(l->config, &l->data, AD_PART_VALIDATION);
    l->data.validation = l->data.test;
    l->data.test = NULL;
    return status;
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
    if (status == AD_OK && !l->data.task->players)
        status = ad_run_part(l->config, &l->data, AD_PART_TEST);
    if (status == AD_OK && l->data.task->of_text && !l->data.test)
        status = held_out(l);
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
