/* Reading and writing the folder of a run. */
#define _DEFAULT_SOURCE /* flock */

#include "folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plan.h"
#include "remedy.h"

static const char model_name[] = "model.safetensors", checkpoint_name[] = "checkpoint.safetensors",
                  config_name[] = "config.yaml", config_part[] = "config.yaml.part";

char *folder_path(const char *folder, const char *name)
{
    size_t size = strlen(folder) + strlen(name) + 2;
    char *path = malloc(size);
    if (path)
        snprintf(path, size, "%s/%s", folder, name);
    return path;
}

bool folder_has(const char *folder, const char *name)
{
    char *path = folder_path(folder, name);
    bool has = path && access(path, F_OK) == 0;
    free(path);
    return has;
}

/* ---------------------------------------------------------------- opening */

static int make_folder(const char *folder)
{
    char *path = folder_path(folder, "");
    if (!path)
        return say_no_memory();
    for (char *p = strchr(path + 1, '/'); p; p = strchr(p + 1, '/')) {
        *p = 0;
        mkdir(path, 0777);
        *p = '/';
    }
    struct stat about;
    bool there = stat(path, &about) == 0 && S_ISDIR(about.st_mode) && access(path, W_OK) == 0;
    free(path);
    if (there)
        return EXIT_DONE;
    return say(EXIT_RESOURCES, "%s: no folder that can be written to: %s\n  choose another --out",
               folder, strerror(errno));
}

static int refuse_run(const char *folder)
{
    say(EXIT_USAGE,
        "%s holds a training run already\n  give --force to write over it, or another --out; to go "
        "on with it:",
        folder);
    remedy_print(stderr, REMEDY_RESUME, &(remedy_values){.out = folder});
    return EXIT_USAGE;
}

static int check_options(const options *o)
{
    if (o->resume && o->force)
        return say(EXIT_USAGE, "--resume and --force contradict each other\n  give one of them");
    if ((o->resume || o->force) && !o->out)
        return say(EXIT_USAGE, "--%s needs the folder of the run\n  add --out DIR",
                   o->resume ? "resume" : "force");
    if (o->from && o->resume)
        return say(
            EXIT_USAGE,
            "--from and --resume contradict each other\n  give one of them: --resume goes on "
            "with the run in --out, --from starts another with a run's weights");
    return EXIT_DONE;
}

/* No second training writes to the folder until the handle is closed. Where the file system knows
 * no such locks, nothing holds one off. */
static int lock_folder(const char *folder, int *lock)
{
    *lock = open(folder, O_RDONLY | O_CLOEXEC);
    if (*lock < 0 || flock(*lock, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
        return EXIT_DONE;
    return say(EXIT_USAGE,
               "another training writes to %s\n  wait for its end, or choose another --out",
               folder);
}

static int check_run(const options *o)
{
    bool has_checkpoint = folder_has(o->out, checkpoint_name);
    if (o->resume && !has_checkpoint)
        return say(EXIT_USAGE, "%s: no checkpoint to go on from\n  leave --resume out to start",
                   o->out);
    if (!o->resume && !o->force && (has_checkpoint || folder_has(o->out, model_name)))
        return refuse_run(o->out);
    return EXIT_DONE;
}

int folder_open(const options *o, int *lock)
{
    int code = check_options(o);
    if (code != EXIT_DONE || !o->out)
        return code;
    code = check_run(o);
    if (code == EXIT_DONE && !o->resume)
        code = make_folder(o->out);
    if (code == EXIT_DONE)
        code = lock_folder(o->out, lock);
    return code == EXIT_DONE ? check_run(o) : code;
}

/* ---------------------------------------------------------------- config.yaml */

static int config_failed(const char *folder)
{
    char what[512];
    snprintf(what, sizeof what, "%s/%s cannot be written: %s", folder, config_name,
             strerror(errno));
    return say_not_written(what, folder);
}

static bool write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    if (!f)
        return false;
    bool good = fputs(text, f) >= 0 && fflush(f) == 0 && fsync(fileno(f)) == 0;
    return fclose(f) == 0 && good;
}

static int write_config(const char *folder, const char *text)
{
    char *part = folder_path(folder, config_part);
    if (!part)
        return say_no_memory();
    int code = write_file(part, text) ? EXIT_DONE : config_failed(folder);
    if (code != EXIT_DONE)
        unlink(part);
    free(part);
    return code;
}

/* A longer training, and data that moved, are the same run. */
static bool may_differ(const char *a, const char *b)
{
    return (strncmp(a, "  epochs:", 9) == 0 && strncmp(b, "  epochs:", 9) == 0) ||
           (strncmp(a, "  path:", 7) == 0 && strncmp(b, "  path:", 7) == 0);
}

/* Compares line by line; differs is the first that does. */
static bool same_lines(const char *a, const char *b, const char **differs)
{
    while (*a || *b) {
        size_t first = strcspn(a, "\n"), second = strcspn(b, "\n");
        bool same = first == second && memcmp(a, b, first) == 0;
        *differs = *a ? a : b;
        if (!same && !may_differ(a, b))
            return false;
        a += first + (a[first] != 0);
        b += second + (b[second] != 0);
    }
    return true;
}

static int refuse_other(const char *folder, const char *line)
{
    line += strspn(line, " ");
    say(EXIT_USAGE,
        "the run in %s has another configuration: see '%.*s'\n  only train.epochs and --data may "
        "change; to go on with it, give no FILE, --seed or --set:",
        folder, (int)strcspn(line, "\n"), line);
    remedy_print(stderr, REMEDY_RESUME, &(remedy_values){.out = folder});
    return EXIT_USAGE;
}

static int check_same(const char *folder, const ad_config *config, const char *text)
{
    ad_config *stored;
    const char *line = "";
    int code = folder_read_config(folder, NULL, 0, &stored);
    if (code != EXIT_DONE)
        return code;
    char *old = ad_config_text(stored, folder);
    if (!old)
        code = say_no_memory();
    else if (!same_lines(text, old, &line))
        code = refuse_other(folder, line);
    else
        code = plan_check(folder, stored, config);
    free(old);
    ad_config_free(stored);
    return code;
}

int folder_config(const options *o, const ad_config *config)
{
    if (!o->out)
        return EXIT_DONE;
    char *text = ad_config_text(config, o->out);
    int code = text ? EXIT_DONE : say_no_memory();
    if (code == EXIT_DONE && o->resume)
        code = check_same(o->out, config, text);
    if (code == EXIT_DONE)
        code = write_config(o->out, text);
    free(text);
    return code;
}

int folder_keep_config(const char *folder)
{
    char *path = folder_path(folder, config_name), *part = folder_path(folder, config_part);
    int code = path && part ? EXIT_DONE : say_no_memory();
    if (code == EXIT_DONE && rename(part, path) != 0 && errno != ENOENT)
        code = config_failed(folder);
    free(path);
    free(part);
    return code;
}

void folder_drop_config(const char *folder)
{
    char *part = folder_path(folder, config_part);
    if (part)
        unlink(part);
    free(part);
}

static int no_run(const char *folder)
{
    say(EXIT_USAGE, "%s holds no training run (no %s)\n  make one:", folder, config_name);
    remedy_print(stderr, REMEDY_START, &(remedy_values){.out = folder});
    return EXIT_USAGE;
}

int folder_read_config(const char *folder, const char *const *set, int set_count,
                       ad_config **config)
{
    *config = NULL;
    if (!folder_has(folder, config_name))
        return no_run(folder);
    char *path = folder_path(folder, config_name);
    if (!path)
        return say_no_memory();
    ad_status status = ad_config_read(path, set, set_count, config);
    free(path);
    return status == AD_OK ? EXIT_DONE : say_kit_error(status, EXIT_USAGE);
}
