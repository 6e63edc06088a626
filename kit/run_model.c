/* model.safetensors: weights, and in a note the sizes of what the network takes. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "message.h"
#include "note.h"
#include "run.h"
#include "text.h"

enum { NOTE_MAX = 512 };

static const char model_name[] = "model.safetensors";

#define WHOLE(field) .name = #field, .type = NOTE_WHOLE, .offset = offsetof(ad_run_data, field)

static const note_field size_fields[] = {
    {WHOLE(height), .low = 1, .high = 0x1p32},
    {WHOLE(width), .low = 1, .high = 0x1p32},
    {WHOLE(channels), .low = 1, .high = 0x1p32},
    {WHOLE(classes), .high = 100000},
};

static const note_table size_table = {size_fields, sizeof size_fields / sizeof *size_fields};

/* libadze's failure, in words of the kit. */
static ad_status core_failed(ad_run_fault fault)
{
    return run_fail_core(ad_error_status() == AD_ERROR_MEMORY ? AD_RUN_NO_FAULT : fault);
}

ad_status run_save_model(const char *folder, const ad_state *state, const ad_run_data *data)
{
    char note[NOTE_MAX], *path = run_path(folder, model_name);
    if (!path)
        return AD_ERROR_MEMORY;
    ad_status status = AD_OK;
    if (!note_write(&size_table, data, note, sizeof note))
        status = run_fail(AD_RUN_NO_FAULT, AD_ERROR_FORMAT, "the note of %s is too long\n", path);
    else if (ad_save(state, path, .weights_only = true, .note = note) != AD_OK)
        status = core_failed(AD_RUN_NOT_WRITTEN);
    free(path);
    return status;
}

/* ---------------------------------------------------------------- reading */

static ad_status check_there(const char *folder, const char *path)
{
    if (run_has(folder, model_name))
        return AD_OK;
    if (!run_has(folder, "config.yaml"))
        return run_fail(AD_RUN_MISSING, AD_ERROR_FILE,
                        "%s holds no training run (no config.yaml)\n", folder);
    return run_fail(AD_RUN_NO_MODEL, AD_ERROR_FILE, "%s is missing: nothing is stored yet\n", path);
}

static ad_status bad_note(const char *path, const char *why)
{
    return run_fail(AD_RUN_DAMAGED, AD_ERROR_FORMAT, "%s: its note is none of a training: %s\n",
                    path, why);
}

static ad_status read_size(const char *path, ad_run_data *data)
{
    const double most = 0x1p40;
    char note[NOTE_MAX], why[NOTE_MAX];
    if (ad_file_note(path, note, sizeof note) != AD_OK)
        return bad_note(path, "it is missing");
    if (!note_read(&size_table, note, data, why, sizeof why))
        return bad_note(path, why);
    if ((double)data->height * (double)data->width * (double)data->channels > most)
        return bad_note(path, "height, width and channels make more than 2^40");
    return AD_OK;
}

ad_status ad_run_model_size(const char *folder, ad_run_data *data)
{
    char *path = run_path(folder, model_name);
    if (!path)
        return AD_ERROR_MEMORY;
    ad_status status = check_there(folder, path);
    if (status == AD_OK)
        status = read_size(path, data);
    free(path);
    return status;
}

static ad_status load(const char *folder, ad_state *state, ad_run_fault fault)
{
    char *path = run_path(folder, model_name);
    if (!path)
        return AD_ERROR_MEMORY;
    ad_status status = check_there(folder, path);
    if (status == AD_OK && ad_load(state, path, .weights_only = true) != AD_OK)
        status = core_failed(fault);
    free(path);
    return status;
}

ad_status ad_run_model(const char *folder, ad_state *state)
{
    return load(folder, state, AD_RUN_DAMAGED);
}

/* ---------------------------------------------------------------- to begin with */

ad_status run_begin_from(const char *folder, const ad_run_data *data, ad_state *state)
{
    ad_run_data size = {0};
    ad_status status = ad_run_model_size(folder, &size);
    if (status != AD_OK)
        return status;
    if (size.height == data->height && size.width == data->width && size.channels == data->channels)
        return load(folder, state, AD_RUN_OTHER_NETWORK);
    return run_fail(AD_RUN_OTHER_NETWORK, AD_ERROR_SHAPE,
                    "the network in %s takes images of %lld x %lld x %lld, the data has %lld x "
                    "%lld x %lld\n",
                    folder, (long long)size.height, (long long)size.width, (long long)size.channels,
                    (long long)data->height, (long long)data->width, (long long)data->channels);
}
