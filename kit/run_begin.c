/* The first moments of a training in a folder.
 *
 * Until its first checkpoint is stored, what the folder held before has to come back whatever
 * happens.  So the run that a new one replaces is moved to old/, which is done when old.part/ gets
 * that name, and undone when old/ gets the name old.part/ again: old.part/ always means "move all
 * of it back". A killed process left one of them: with old/ and a checkpoint the new run has begun,
 * and without one it has not. */
#define _DEFAULT_SOURCE

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "message.h"
#include "run.h"
#include "text.h"

static const char aside[] = "old", moving[] = "old.part", next_config[] = "config.yaml.next";

static bool ends_with(const char *name, const char *end)
{
    size_t size = strlen(name), tail = strlen(end);
    return size >= tail && strcmp(name + size - tail, end) == 0;
}

/* A file of a run, which another one would write too. */
static bool is_of_run(const char *name)
{
    static const char *const names[] = {
        "config.yaml", "data.txt",    "history.csv", "history.jsonl", "model.safetensors",
        "result.txt",  "report.html", "norms.csv",   "losses.csv",    "samples.csv"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    bool state = strncmp(name, "step-", 5) == 0 || strncmp(name, "best-", 5) == 0 ||
                 strncmp(name, "sound-", 6) == 0;
    if (strncmp(name, "events.out.tfevents.", 20) == 0)
        return true;
    return state && ends_with(name, ".safetensors");
}

/* What a killed process left half written: by run_write and libadze's files. */
static bool is_part(const char *name)
{
    return (ends_with(name, ".part") && strcmp(name, moving) != 0) ||
           strcmp(name, next_config) == 0;
}

static bool is_any(const char *name)
{
    return strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

/* Moves or, where to is NULL, removes the files of folder that are chosen. */
static ad_status each(const char *folder, bool (*chosen)(const char *), const char *to)
{
    ad_status status = AD_OK;
    DIR *d = opendir(folder);
    for (struct dirent *e = d ? readdir(d) : NULL; e && status == AD_OK; e = readdir(d)) {
        if (!chosen(e->d_name))
            continue;
        char *path = run_path(folder, e->d_name), *there = to ? run_path(to, e->d_name) : NULL;
        if (!path || (to && !there))
            status = AD_ERROR_MEMORY;
        else if (to ? rename(path, there) : unlink(path))
            status = run_not_written(folder, e->d_name, errno);
        free(path);
        free(there);
    }
    if (d)
        closedir(d);
    return status;
}

static ad_status rename_in(const char *folder, const char *from, const char *to)
{
    char *old = run_path(folder, from), *new = run_path(folder, to);
    ad_status status = old && new ? AD_OK : AD_ERROR_MEMORY;
    if (status == AD_OK && rename(old, new) != 0)
        status = run_not_written(folder, to, errno);
    free(old);
    free(new);
    return status;
}

/* Moves all of FOLDER/old.part back and removes it. */
static ad_status move_back(const char *folder)
{
    char *from = run_path(folder, moving);
    if (!from)
        return AD_ERROR_MEMORY;
    ad_status status = each(from, is_any, folder);
    if (status == AD_OK)
        rmdir(from);
    free(from);
    return status;
}

/* While old.part/ is there, what lies beside it is the old run's. */
static ad_status take_back(const char *folder)
{
    ad_status status = run_has(folder, moving) ? AD_OK : each(folder, is_of_run, NULL);
    if (status == AD_OK && run_has(folder, aside))
        status = rename_in(folder, aside, moving);
    return status == AD_OK && run_has(folder, moving) ? move_back(folder) : status;
}

static ad_status set_aside(const char *folder)
{
    char *to = run_path(folder, moving);
    ad_status status = to ? AD_OK : AD_ERROR_MEMORY;
    if (to && mkdir(to, 0777) != 0)
        status = run_not_written(folder, moving, errno);
    if (status == AD_OK)
        status = each(folder, is_of_run, to);
    if (status == AD_OK)
        status = rename_in(folder, moving, aside);
    free(to);
    return status;
}

static ad_status drop_aside(const char *folder)
{
    char *path = run_path(folder, aside);
    ad_status status = path ? each(path, is_any, NULL) : AD_ERROR_MEMORY;
    if (path)
        rmdir(path);
    free(path);
    return status;
}

ad_status run_recover(const char *folder)
{
    ad_status status = each(folder, is_part, NULL);
    if (status == AD_OK && run_has(folder, moving))
        status = move_back(folder);
    if (status != AD_OK || !run_has(folder, aside))
        return status;
    return run_has_checkpoint(folder) ? drop_aside(folder) : take_back(folder);
}

ad_status run_begin(ad_run_folder *run, const char *config, const char *data)
{
    const char *folder = run->folder;
    run->begun = true;
    if (run->mode == AD_RUN_RESUME)
        return run_write(folder, next_config, config);
    ad_status status = run->mode == AD_RUN_OVER ? set_aside(folder) : each(folder, is_of_run, NULL);
    if (status == AD_OK)
        status = run_write(folder, "data.txt", data);
    return status == AD_OK ? run_write(folder, "config.yaml", config) : status;
}

ad_status run_settle(ad_run_folder *run)
{
    if (run->stored)
        return AD_OK;
    run->stored = true;
    if (run->mode == AD_RUN_RESUME)
        return rename_in(run->folder, next_config, "config.yaml");
    return run->mode == AD_RUN_OVER ? drop_aside(run->folder) : AD_OK;
}

void run_abandon(ad_run_folder *run)
{
    if (!run->begun || run->stored)
        return;
    (void)!each(run->folder, is_part, NULL);
    if (run->mode != AD_RUN_RESUME)
        (void)!take_back(run->folder);
}
