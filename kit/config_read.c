/* A configuration from a file and settings, by the table of fields.  Every mistake is reported, and
 * reading goes on. */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config.h"
#include "field.h"
#include "message.h"
#include "suggest.h"
#include "text.h"
#include "value.h"
#include "yaml.h"

enum { LARGEST = 1 << 20 };

/* ---------------------------------------------------------------- unknown keys */

static char *quoted(const char *words)
{
    text_buffer t = {0};
    text_add_quoted(&t, words);
    return text_take(&t);
}

/* "the keys of train.optimizer are method, rate..." */
static void add_keys(text_buffer *t, const char *section)
{
    int count;
    const ad_field *rows = ad_config_fields(&count);
    text_add_format(t, "the keys of %s are", *section ? section : "the file");
    const char *before = " ";
    for (int i = 0; i < count; i++) {
        if (field_inside(&rows[i], section)) {
            text_add_format(t, "%s%s", before, field_name(&rows[i]));
            before = ", ";
        }
    }
}

/* A row of another section with exactly that name, for a key that stands in the wrong group. */
static const char *section_with(const char *key)
{
    int count;
    const ad_field *rows = ad_config_fields(&count);
    for (int i = 0; i < count; i++)
        if (strcmp(field_name(&rows[i]), key) == 0)
            return rows[i].path;
    return NULL;
}

/* "train.epochs: 3" in a file. */
static bool cure_dotted(report *r, const char *section, const char *key)
{
    const char *dot = strchr(key, '.');
    if (*section || !dot || field_find(key) < 0)
        return false;
    report_cure(r, "settings are written like that; in a file write %.*s: {%s: ...}",
                (int)(dot - key), key, dot + 1);
    return true;
}

/* The row that was meant, or -1. */
static int cure_unknown(report *r, const char *section, const char *key)
{
    int count, meant = -1;
    const ad_field *rows = ad_config_fields(&count);
    suggest here = {.wrong = key}, anywhere = {.wrong = key};
    for (int i = 0; i < count; i++) {
        if (field_inside(&rows[i], section)) {
            suggest_try(&here, field_name(&rows[i]), rows[i].also);
            meant = here.best == field_name(&rows[i]) ? i : meant;
        }
        suggest_try(&anywhere, rows[i].path, rows[i].also);
    }
    const char *elsewhere = section_with(key);
    text_buffer t = {0};
    if (cure_dotted(r, section, key)) {
        meant = -1;
    } else if (elsewhere && !(here.best && here.distance <= 1)) {
        meant = -1;
        text_add_format(&t, "its place is %s", elsewhere);
    } else if (here.best) {
        text_add_format(&t, "did you mean '%s'?", here.best);
    } else if (anywhere.best) {
        text_add_format(&t, "did you mean %s?", anywhere.best);
    } else {
        add_keys(&t, section);
    }
    char *words = text_take(&t);
    report_cure(r, "%s", words ? words : "");
    free(words);
    return meant;
}

static int report_unknown(report *r, const char *section, const tree *key)
{
    char *name = quoted(key->text);
    report_add(r, key->at, "%s has no key %s", *section ? section : "a configuration",
               name ? name : "");
    free(name);
    return cure_unknown(r, section, key->text);
}

/* ---------------------------------------------------------------- sections and fields */

static void read_section(report *r, ad_config *c, const char *section, const tree *t);

static void resolve_path(report *r, const ad_config *c, char **path, const tree *t)
{
    if (t->at.source->setting || (*path)[0] == '/')
        return;
    char *folder = config_folder(c->file);
    char *whole = folder ? text_format("%s%s", folder, *path) : NULL;
    free(folder);
    free(*path);
    *path = whole;
    r->failed = r->failed || !whole;
}

static void read_row(report *r, ad_config *c, int row, const tree *t, place key)
{
    int count;
    const ad_field *f = &ad_config_fields(&count)[row];
    c->source->places[row] = t->kind == TREE_TEXT && *t->text ? t->at : key;
    if (f->type == AD_FIELD_SECTION) {
        c->source->places[row] = key;
        read_section(r, c, f->path, t);
    } else if (f->type == AD_FIELD_MODEL) {
        config_read_model(r, c, t);
    } else {
        c->source->bad[row] = !value_read(r, f, NULL, t, c);
        if (f->type == AD_FIELD_PATH && !c->source->bad[row])
            resolve_path(r, c, (char **)((char *)c + f->offset), t);
    }
}

static void read_key(report *r, ad_config *c, const char *section, const tree *t)
{
    char path[FIELD_PATH_MAX * 2] = "";
    size_t size = strlen(section);
    if (size + strlen(t->key->text) + 2 < sizeof path && !strchr(t->key->text, '.')) {
        memcpy(path, section, size);
        path[size] = '.';
        strcpy(path + size + (size > 0), t->key->text);
    }
    int row = field_find(path), meant = row;
    if (row < 0)
        meant = report_unknown(r, section, t->key);
    if (row >= 0 || (meant >= 0 && c->source->places[meant].line == 0))
        read_row(r, c, meant, t, t->key->at);
}

/* Sections that hold a method: "optimizer: adam" is a near miss. */
static void report_not_a_section(report *r, const char *section, const tree *t)
{
    text_buffer path = {0}, cure = {0};
    text_add_format(&path, "%s.method", section);
    int count, row = path.data ? field_find(path.data) : -1;
    const ad_field *rows = ad_config_fields(&count);
    bool method =
        row >= 0 && t->kind == TREE_TEXT && field_word(&rows[row], t->text, strlen(t->text)) >= 0;
    if (method)
        text_add_format(&cure, "write {method: %s}", t->text);
    else
        add_keys(&cure, section);
    char *words = text_take(&cure);
    report_add(r, t->at, "%s is %s where a group of keys is wanted",
               *section ? section : "the file",
               t->kind == TREE_TEXT && !*t->text ? "empty" : tree_words(t));
    report_cure(r, "%s", words ? words : "");
    free(words);
    text_done(&path);
}

static void read_section(report *r, ad_config *c, const char *section, const tree *t)
{
    bool empty = t->kind == TREE_TEXT && !*t->text && !t->at.source->setting;
    if (t->kind == TREE_BAD || empty)
        return;
    if (t->kind != TREE_MAP) {
        report_not_a_section(r, section, t);
        return;
    }
    for (const tree *item = t->first; item; item = item->next)
        read_key(r, c, section, item);
}

/* ---------------------------------------------------------------- settings */

static void report_setting(report *r, const source *s, const char *path)
{
    int count;
    const ad_field *rows = ad_config_fields(&count);
    suggest near = {.wrong = path};
    for (int i = 0; i < count; i++) {
        suggest_try(&near, rows[i].path, NULL);
        suggest_try(&near, rows[i].path + (field_name(&rows[i]) - rows[i].path), rows[i].also);
        if (near.best == field_name(&rows[i]))
            near.best = rows[i].path;
    }
    const char *dot = strrchr(path, '.'), *same = section_with(dot ? dot + 1 : path);
    int width = *path ? (int)strlen(path) : 1;
    report_add(r, (place){s, 1, 1, width}, "no field has that path");
    if (same || near.best) {
        report_cure(r, "did you mean '%s'?", same ? same : near.best);
    } else {
        report_cure(
            r,
            "`--help` lists the fields; in a setting their names are whole, such as train.epochs");
    }
}

static void apply(report *r, ad_config *c, const source *s, int row)
{
    int count, size = s->shift - 1;
    const ad_field *rows = ad_config_fields(&count);
    tree *root = NULL;
    if (!yaml_read(r, s, &root)) {
        tree_free(root);
        return;
    }
    place at = {s, 1, 1, size};
    if (rows[row].type == AD_FIELD_MODEL) {
        report_add(r, at, "the model can only stand in the file");
        report_cure(r, "copy the file and change its layers there");
    } else if (!root) {
        report_add(r, at, "%s has no value", rows[row].path);
        report_cure(r, "write the value after the '='");
    } else {
        bool good = rows[row].type != AD_FIELD_SECTION || config_reset(c, rows[row].path);
        r->failed = r->failed || !good;
        read_row(r, c, row, root, at);
    }
    tree_free(root);
}

static void read_setting(report *r, ad_config *c, source *s)
{
    const char *equals = strchr(s->text, '=');
    char *path = equals ? text_copy_bytes(s->text, (size_t)(equals - s->text)) : NULL;
    if (!equals) {
        report_add(r, (place){s, 1, 1, 1}, "no '=' in it");
        report_cure(r, "write path=value, such as --set train.epochs=3");
    } else if (!path) {
        r->failed = true;
    } else {
        s->shift = (int)(equals - s->text) + 1;
        int row = field_find(path);
        if (row < 0)
            report_setting(r, s, path);
        else
            apply(r, c, s, row);
    }
    free(path);
}

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
        read_setting(r, c, one);
    }
    return true;
}

/* ---------------------------------------------------------------- the whole */

/* False where the text could not be read to its end: then what it lacks is not known. */
static bool read_file(report *r, ad_config *c)
{
    tree *root = NULL;
    bool whole = yaml_read(r, &c->source->file, &root);
    bool given = whole && root && (root->kind != TREE_TEXT || *root->text);
    if (given) {
        read_section(r, c, "", root);
    } else if (whole) {
        report_add(r, (place){&c->source->file, 1, 1, 1}, "the file is empty");
        report_cure(r, "start from the examples: mlp.yaml, lenet.yaml");
    }
    tree_kind kind = given ? root->kind : TREE_BAD;
    tree_free(root);
    return kind == TREE_MAP;
}

static ad_status finish(report *r, ad_config *c, ad_config **config)
{
    ad_status status = AD_OK;
    if (r->failed) {
        status = message_no_memory();
    } else if (r->count > 0) {
        status =
            message_give(yaml_available() ? AD_ERROR_FORMAT : AD_ERROR_UNSUPPORTED, report_text(r));
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
    if (yaml_available() && !read_settings(&r, c, set, set_count))
        r.failed = true;
    if (whole && !r.failed)
        config_check(&r, c);
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

static ad_status open_file(const char *path, int *fd)
{
    struct stat about;
    *fd = open(path, O_RDONLY | O_CLOEXEC);
    if (*fd < 0) {
        const char *cure =
            errno == ENOENT
                ? "\n  check the name; the folder of the examples has lenet.yaml and mlp.yaml"
                : "\n  see whether it may be read";
        return message_fail(AD_ERROR_FILE, "%s: cannot be opened: %s%s\n", path, strerror(errno),
                            cure);
    }
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
