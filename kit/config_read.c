/* A configuration from a file and settings.  Every mistake is reported, and reading goes on. */
#define _POSIX_C_SOURCE 200809L

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config.h"
#include "message.h"
#include "suggest.h"
#include "text.h"
#include "yaml.h"

enum { LARGEST = 1 << 20, NEAR = 3 /* edits, .yml for .yaml and one more */ };

/* ---------------------------------------------------------------- settings */

static char *setting_name(const char *set)
{
    char *name = text_format("--set %s", set);
    for (char *p = name; p && *p; p++)
        *p = (unsigned char)*p < 32 || *p == 127 ? '?' : *p;
    return name;
}

static bool read_settings(report *r, ad_config *c, const char *const *set, int count)
{
    struct ad_config_source *s = c->source;
    s->settings = calloc((size_t)count + 1, sizeof *s->settings);
    if (!s->settings)
        return false;
    for (int i = 0; i < count; i++) {
        source *one = &s->settings[i];
        size_t name = strlen("--set ");
        *one = (source){.name = setting_name(set[i]), .size = strlen(set[i]), .setting = i + 1};
        s->setting_count = i + 1;
        if (!one->name)
            return false;
        one->text = one->name + name;
        config_setting(r, c, one);
    }
    return true;
}

/* ---------------------------------------------------------------- the whole */

static bool keep(ad_config *c, tree *root)
{
    c->source->roots = calloc(1, sizeof *c->source->roots);
    if (!c->source->roots)
        return false;
    c->source->roots[c->source->root_count++] = root;
    return true;
}

/* What was read stands in the values now. */
static void forget_trees(ad_config *c)
{
    struct ad_config_source *s = c->source;
    for (int i = 0; i < s->root_count; i++)
        tree_free(s->roots[i]);
    free(s->roots);
    s->roots = NULL;
    s->root_count = 0;
    for (int i = 0; i < s->rows->count; i++)
        s->given[i] = NULL;
}

/* False where the text could not be read to its end: then what it lacks is not known. */
static bool read_file(report *r, ad_config *c)
{
    tree *root = NULL;
    bool whole = yaml_read(r, &c->source->file, &root);
    bool given = whole && root && (root->kind != TREE_TEXT || *root->text);
    if (root && !keep(c, root)) {
        tree_free(root);
        r->failed = true;
        return false;
    }
    if (given) {
        config_collect(r, c, "", root);
    } else if (whole) {
        report_add(r, (place){&c->source->file, 1, 1, 1}, "the file is empty");
        report_cure(r, "`adze init DATA >FILE.yaml` writes one of data; the examples have others");
    }
    return given && root->kind == TREE_MAP;
}

/* A build without libyaml reads the built-in configuration only. */
static bool can_read(const ad_config *c)
{
    return yaml_available() || strcmp(c->source->text, ad_config_builtin()) == 0;
}

static ad_status finish(report *r, ad_config *c, ad_config **config)
{
    ad_status status = AD_OK;
    if (r->failed) {
        status = message_no_memory();
    } else if (r->count > 0) {
        status = message_give(can_read(c) ? AD_ERROR_FORMAT : AD_ERROR_UNSUPPORTED, report_text(r));
    }
    report_done(r);
    if (status == AD_OK)
        *config = c;
    else
        ad_config_free(c);
    return status;
}

ad_status ad_config_parse(const char *name, const char *text, size_t size, const char *const *set,
                          int set_count, ad_config **config)
{
    *config = NULL;
    if (size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) {
        text += 3;
        size -= 3;
    }
    ad_config *c = config_new(name, text, size);
    if (!c)
        return message_no_memory();
    report r = {0};
    bool whole = read_file(&r, c);
    if (!read_settings(&r, c, set, set_count))
        r.failed = true;
    if (!r.failed)
        config_resolve(&r, c, whole);
    if (whole && !r.failed)
        config_check(&r, c);
    forget_trees(c);
    return finish(&r, c, config);
}

/* Reads up to LARGEST + 1 bytes. */
static ad_status read_bytes(int fd, const char *path, char **text, size_t *size)
{
    *text = malloc(LARGEST + 1);
    if (!*text)
        return message_no_memory();
    ssize_t got = 1;
    for (*size = 0; got > 0 && *size <= LARGEST; *size += got > 0 ? (size_t)got : 0)
        got = read(fd, *text + *size, LARGEST + 1 - *size);
    if (got < 0)
        return message_fail(AD_ERROR_FILE, "%s: cannot be read: %s\n", path, strerror(errno));
    if (*size > LARGEST) {
        return message_fail(AD_ERROR_FORMAT,
                            "%s: larger than 1 MB, so no configuration\n  is it a data file?\n",
                            path);
    }
    return AD_OK;
}

/* The name in the file's folder that is nearest to its own, of those that end as configurations
 * do: by malloc, NULL where none is near. */
static char *near_file(const char *path)
{
    const char *slash = strrchr(path, '/'), *own = slash ? slash + 1 : path;
    char *folder = slash ? text_copy_bytes(path, (size_t)(slash - path) + 1) : text_copy(".");
    DIR *d = folder ? opendir(folder) : NULL;
    char *best = NULL;
    int least = NEAR + 1;
    for (struct dirent *e; d && (e = readdir(d));) {
        const char *dot = strrchr(e->d_name, '.');
        int distance = dot && (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0)
                           ? suggest_distance(own, e->d_name, least)
                           : least;
        if (distance >= least)
            continue;
        free(best);
        best = text_format("%.*s%s", slash ? (int)(slash - path) + 1 : 0, path, e->d_name);
        least = distance;
    }
    if (d)
        closedir(d);
    free(folder);
    return best;
}

static ad_status fail_open(const char *path, int fault)
{
    char *near = fault == ENOENT ? near_file(path) : NULL;
    ad_status status =
        near
            ? message_fail(AD_ERROR_FILE, "%s: cannot be opened: %s\n  there is %s\n", path,
                           strerror(fault), near)
            : message_fail(AD_ERROR_FILE, "%s: cannot be opened: %s\n  %s\n", path, strerror(fault),
                           fault == ENOENT ? "check the name; `adze init DATA >FILE.yaml` writes "
                                             "one of data"
                                           : "see whether it may be read");
    free(near);
    return status;
}

static ad_status open_file(const char *path, int *fd)
{
    struct stat about;
    *fd = open(path, O_RDONLY | O_CLOEXEC);
    if (*fd < 0)
        return fail_open(path, errno);
    if (fstat(*fd, &about) == 0 && S_ISDIR(about.st_mode)) {
        close(*fd);
        return message_fail(AD_ERROR_FILE,
                            "%s: is a folder, not a file\n  name the YAML file in it\n", path);
    }
    return AD_OK;
}

ad_status ad_config_read(const char *path, const char *const *set, int set_count,
                         ad_config **config)
{
    int fd;
    char *text = NULL;
    size_t size = 0;
    *config = NULL;
    ad_status status = open_file(path, &fd);
    if (status != AD_OK)
        return status;
    status = read_bytes(fd, path, &text, &size);
    close(fd);
    if (status == AD_OK)
        status = ad_config_parse(path, text, size, set, set_count, config);
    free(text);
    return status;
}
