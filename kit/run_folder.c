/* The folder of a run: opening and locking it, and its files as texts. */
#define _DEFAULT_SOURCE /* flock */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "message.h"
#include "run.h"
#include "text.h"

char *run_path(const char *folder, const char *name)
{
    char *path = text_format("%s/%s", folder, name);
    if (!path)
        (void)run_failed(AD_RUN_NO_FAULT, message_no_memory());
    return path;
}

bool run_has(const char *folder, const char *name)
{
    char *path = run_path(folder, name);
    bool has = path && access(path, F_OK) == 0;
    free(path);
    return has;
}

/* ---------------------------------------------------------------- checkpoints */

/* The step in the name of a state: "step-00000012.safetensors"; -1: it is none of that kind. */
static int64_t step_of(const char *name, const char *kind)
{
    char *end;
    size_t size = strlen(kind);
    if (strncmp(name, kind, size) != 0 || name[size] != '-' || name[size + 1] < '0' ||
        name[size + 1] > '9')
        return -1;
    long long step = strtoll(name + size + 1, &end, 10);
    return step >= 0 && strcmp(end, ".safetensors") == 0 ? step : -1;
}

int64_t run_state_before(const char *folder, const char *kind, int64_t step)
{
    int64_t newest = -1;
    DIR *d = opendir(folder);
    for (struct dirent *e = d ? readdir(d) : NULL; e; e = readdir(d)) {
        int64_t found = step_of(e->d_name, kind);
        if (found < step && found > newest)
            newest = found;
    }
    if (d)
        closedir(d);
    return newest;
}

char *run_state_path(const char *folder, const char *kind, int64_t step)
{
    char name[64];
    snprintf(name, sizeof name, "%s-%08lld.safetensors", kind, (long long)step);
    return run_path(folder, name);
}

bool run_has_checkpoint(const char *folder)
{
    return run_state_before(folder, "step", INT64_MAX) >= 0;
}

/* ---------------------------------------------------------------- texts */

static bool write_text(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    if (!f)
        return false;
    bool good = fputs(text, f) >= 0 && fflush(f) == 0 && fsync(fileno(f)) == 0;
    int why = errno;
    good = fclose(f) == 0 && good;
    errno = why ? why : errno;
    return good;
}

ad_status run_write(const char *folder, const char *name, const char *text)
{
    char *path = run_path(folder, name), *part = path ? text_format("%s.part", path) : NULL;
    ad_status status = part ? AD_OK : run_failed(AD_RUN_NO_FAULT, message_no_memory());
    if (status == AD_OK && (!write_text(part, text) || rename(part, path) != 0)) {
        status = run_not_written(folder, name, errno);
        unlink(part);
    }
    free(path);
    free(part);
    return status;
}

static ad_status read_file(const char *path, FILE *f, char **text)
{
    text_buffer t = {0};
    char bytes[4096];
    size_t got;
    while ((got = fread(bytes, 1, sizeof bytes, f)) > 0)
        text_add_bytes(&t, bytes, got);
    text_add(&t, "");
    if (ferror(f)) {
        text_done(&t);
        return run_fail(AD_RUN_DAMAGED, AD_ERROR_FILE, "%s cannot be read: %s\n", path,
                        strerror(errno));
    }
    *text = text_take(&t);
    return *text ? AD_OK : run_failed(AD_RUN_NO_FAULT, message_no_memory());
}

ad_status run_read(const char *folder, const char *name, char **text)
{
    *text = NULL;
    char *path = run_path(folder, name);
    if (!path)
        return AD_ERROR_MEMORY;
    ad_status status = AD_OK;
    FILE *f = fopen(path, "r");
    if (f)
        status = read_file(path, f, text);
    else if (errno != ENOENT)
        status = run_fail(AD_RUN_DAMAGED, AD_ERROR_FILE, "%s cannot be read: %s\n", path,
                          strerror(errno));
    if (f)
        fclose(f);
    free(path);
    return status;
}

/* ---------------------------------------------------------------- opening */

/* Makes it and those above it; *why says what stood in the way. */
static bool make_folders(char *path, int *why)
{
    struct stat about;
    *why = 0;
    for (char *p = strchr(path + 1, '/');; p = strchr(p + 1, '/')) {
        if (p)
            *p = 0;
        if (mkdir(path, 0777) != 0 && errno != EEXIST)
            *why = errno;
        bool there = stat(path, &about) == 0;
        if (there && !S_ISDIR(about.st_mode))
            *why = ENOTDIR;
        if (p)
            *p = '/';
        if (!there || !S_ISDIR(about.st_mode))
            return false;
        if (!p)
            return true;
    }
}

static ad_status make_folder(const char *folder)
{
    int why = 0;
    char *path = text_copy(folder);
    if (!path)
        return run_failed(AD_RUN_NO_FAULT, message_no_memory());
    bool made = make_folders(path, &why);
    free(path);
    return made ? AD_OK
                : run_fail(AD_RUN_NOT_WRITTEN, AD_ERROR_FILE,
                           "%s: no folder can be made there: %s\n", folder, strerror(why));
}

static ad_status lock_folder(ad_run_folder *run)
{
    char *path = run_path(run->folder, "lock");
    if (!path)
        return AD_ERROR_MEMORY;
    run->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    int why = errno;
    free(path);
    if (run->lock < 0)
        return run_not_written(run->folder, "lock", why);
    if (flock(run->lock, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
        return AD_OK;
    return run_fail(AD_RUN_LOCKED, AD_ERROR_BUSY,
                    "another training writes to %s\n  wait for its end, or choose another folder\n",
                    run->folder);
}

static bool has_run(const char *folder)
{
    return run_has_checkpoint(folder) || run_has(folder, "model.safetensors");
}

static ad_status check_run(const char *folder, ad_run_mode mode)
{
    bool resumes = mode == AD_RUN_RESUME;
    if (resumes && !run_has_checkpoint(folder))
        return run_fail(AD_RUN_NO_CHECKPOINT, AD_ERROR_ARGUMENT,
                        "%s: no checkpoint to go on from\n  start a training there instead\n",
                        folder);
    if (mode == AD_RUN_NEW && has_run(folder))
        return run_fail(AD_RUN_THERE, AD_ERROR_ARGUMENT, "%s holds a training run already\n",
                        folder);
    if (mode == AD_RUN_NEW && run_has(folder, "config.yaml") && !run_has(folder, "data.txt"))
        return run_fail(AD_RUN_NOT_WRITTEN, AD_ERROR_ARGUMENT,
                        "%s/config.yaml is there, and no run made it\n  choose another folder\n",
                        folder);
    return AD_OK;
}

static ad_status open_folder(ad_run_folder *run)
{
    struct stat about;
    ad_status status = AD_OK;
    if (run->mode == AD_RUN_RESUME && stat(run->folder, &about) != 0)
        return check_run(run->folder, run->mode);
    if (run->mode != AD_RUN_RESUME)
        status = make_folder(run->folder);
    if (status == AD_OK)
        status = lock_folder(run);
    if (status == AD_OK)
        status = run_recover(run->folder);
    return status == AD_OK ? check_run(run->folder, run->mode) : status;
}

ad_status ad_run_open(const char *folder, ad_run_mode mode, ad_run_folder **run)
{
    *run = NULL;
    ad_run_folder *r = calloc(1, sizeof *r);
    char *name = r ? text_copy(folder) : NULL;
    if (!name) {
        free(r);
        return run_failed(AD_RUN_NO_FAULT, message_no_memory());
    }
    *r = (ad_run_folder){.folder = name, .lock = -1, .mode = mode};
    ad_status status = open_folder(r);
    if (status == AD_OK)
        *run = r;
    else
        ad_run_close(r);
    return status;
}

void ad_run_close(ad_run_folder *run)
{
    if (!run)
        return;
    if (run->lock >= 0)
        close(run->lock);
    free(run->folder);
    free(run);
}

ad_status ad_run_config(const char *folder, const char *const *set, int set_count,
                        ad_config **config)
{
    *config = NULL;
    if (!run_has(folder, "config.yaml"))
        return run_fail(AD_RUN_MISSING, AD_ERROR_FILE,
                        "%s holds no training run (no config.yaml)\n", folder);
    char *path = run_path(folder, "config.yaml");
    if (!path)
        return AD_ERROR_MEMORY;
    ad_status status = ad_config_read(path, set, set_count, config);
    free(path);
    return status == AD_OK ? AD_OK : run_failed(AD_RUN_BAD_CONFIG, status);
}
