/* The texts of a data set. */
#define _POSIX_C_SOURCE 200809L

#include "text_set.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "archive.h"
#include "message.h"
#include "stream.h"
#include "text.h"

static bool text_named(const char *name)
{
    static const char *const endings[] = {"txt", "text", "tokens", "conll", "conllu", "bio", "iob"};
    const char *slash = strrchr(name, '/'), *dot = strrchr(slash ? slash : name, '.');
    for (size_t i = 0; dot && i < sizeof endings / sizeof *endings; i++)
        if (strcasecmp(dot + 1, endings[i]) == 0)
            return true;
    return false;
}

const file_kind text_files = {.named = text_named,
                              .one = "text",
                              .many = "texts",
                              .endings = ".txt, .text, .tokens, .conll or .conllu",
                              .ending = "txt"};

void text_set_done(text_set *set)
{
    for (int part = 0; part < TEXT_PARTS; part++) {
        for (int i = 0; i < set->files[part]; i++)
            text_file_free(set->file[part][i]);
        free(set->file[part]);
        text_file_free(set->into[part]);
    }
    image_set_done(&set->folders);
    *set = (text_set){0};
}

/* Takes the file over. */
static ad_status add(text_set *set, ad_part part, text_file *file)
{
    size_t count = (size_t)set->files[part] + 1;
    text_file **more = realloc(set->file[part], count * sizeof *more);
    if (!more) {
        text_file_free(file);
        return message_no_memory();
    }
    set->file[part] = more;
    more[set->files[part]++] = file;
    return AD_OK;
}

static ad_status add_path(text_set *set, ad_part part, const char *path)
{
    text_file *file;
    ad_status status = path ? text_file_open(path, &file) : AD_OK;
    return path && status == AD_OK ? add(set, part, file) : status;
}

static ad_status add_into(text_set *set, const ad_texts_options *o)
{
    const char *path[TEXT_PARTS] = {[AD_PART_TRAIN] = o->into,
                                    [AD_PART_VALIDATION] = o->valid_into,
                                    [AD_PART_TEST] = o->test_into};
    ad_status status = AD_OK;
    for (int part = 0; part < TEXT_PARTS && status == AD_OK; part++)
        if (path[part])
            status = text_file_open(path[part], &set->into[part]);
    return status;
}

/* ---------------------------------------------------------------- files of a folder */

ad_status text_set_file(const pictures *p, int64_t i, text_file **file)
{
    const uint8_t *bytes;
    uint8_t *own = NULL;
    size_t size;
    char *path = pictures_path(p, i), *copy = NULL;
    *file = NULL;
    ad_status status = path ? files_bytes(p, i, path, &bytes, &size, &own) : message_no_memory();
    if (status == AD_OK && !own && size && !(copy = text_copy_bytes((const char *)bytes, size)))
        status = message_no_memory();
    if (status == AD_OK)
        status = text_file_of(path, own ? (char *)own : copy, size, file);
    else
        free(own);
    free(path);
    return status;
}

/* A part by a word of the file's name: "train.txt", "wiki.valid.tokens"; -1: none. */
static int part_named(const char *name)
{
    static const struct {
        const char *word;
        ad_part part;
    } words[] = {{"train", AD_PART_TRAIN},
                 {"training", AD_PART_TRAIN},
                 {"val", AD_PART_VALIDATION},
                 {"valid", AD_PART_VALIDATION},
                 {"validation", AD_PART_VALIDATION},
                 {"dev", AD_PART_VALIDATION},
                 {"test", AD_PART_TEST},
                 {"testing", AD_PART_TEST}};
    for (const char *at = name; *at; at += strcspn(at, "._-"), at += *at != 0)
        for (size_t i = 0; i < sizeof words / sizeof *words; i++)
            if (strcspn(at, "._-") == strlen(words[i].word) &&
                strncmp(at, words[i].word, strlen(words[i].word)) == 0)
                return (int)words[i].part;
    return -1;
}

/* Whether the names say parts: 1, 0, or -1 with words where one is of none, or none is train. */
static int names_say_parts(const pictures *p)
{
    int64_t named = 0;
    const char *other = NULL;
    bool train = false;
    for (int64_t i = 0; i < p->count; i++) {
        int part = part_named(p->list[i].name);
        named += part >= 0;
        train = train || part == AD_PART_TRAIN;
        other = part < 0 ? p->list[i].name : other;
    }
    if (!named)
        return 0;
    if (!train)
        message_fail(AD_ERROR_FORMAT,
                     "%s: holds a text called test or valid, and none called train\n  name the "
                     "file to train on: `path: FILE`\n",
                     p->root);
    else if (other)
        message_fail(AD_ERROR_FORMAT,
                     "%s: holds texts called train, valid or test, and %s beside them\n  take it "
                     "away, or name the files: `path`, `validation`, `test`\n",
                     p->root, other);
    return train && !other ? 1 : -1;
}

static ad_status take_flat(const pictures *p, text_set *set)
{
    int parts = names_say_parts(p);
    ad_status status = parts < 0 ? AD_ERROR_FORMAT : AD_OK;
    for (int64_t i = 0; i < p->count && status == AD_OK; i++) {
        text_file *file;
        status = text_set_file(p, i, &file);
        if (status == AD_OK)
            status = add(set, parts ? (ad_part)part_named(p->list[i].name) : AD_PART_TRAIN, file);
    }
    return status;
}

static bool has_folders(const pictures *p)
{
    for (int64_t i = 0; i < p->count; i++)
        if (strchr(p->list[i].name, '/'))
            return true;
    return false;
}

static ad_status take_folder(const ad_texts_options *o, char *const *names, int64_t classes,
                             text_set *set)
{
    pictures p;
    image_places places = {.path = o->path,
                           .test = o->test,
                           .labels = o->labels,
                           .memory = o->memory,
                           .kind = &text_files};
    ad_status status = files_find(o->path, (size_t)o->memory << 20, &text_files, &p);
    if (status != AD_OK)
        return status;
    bool classed = o->form == AD_TEXTS_FOLDERS || o->labels ||
                   (o->form == AD_TEXTS_AUTO && has_folders(&p)) || !p.count;
    if (classed)
        set->form.form = AD_TEXTS_FOLDERS;
    else
        status = take_flat(&p, set);
    pictures_done(&p);
    return classed ? image_set_find(&places, names, classes, &set->folders) : status;
}

static bool is_archive(const char *path)
{
    unsigned char head[512] = {0};
    FILE *file = strcmp(path, "-") ? fopen(path, "rb") : NULL;
    size_t size = file ? fread(head, 1, sizeof head, file) : 0;
    if (file)
        fclose(file);
    return archive_looks(head, size);
}

ad_status text_set_find(const ad_texts_options *o, char *const *names, int64_t classes,
                        text_set *set)
{
    *set = (text_set){.form = {.form = AD_TEXTS_AUTO}};
    if (!o->path)
        return message_fail(AD_ERROR_ARGUMENT,
                            "text: no path is given\n  name the file or folder: `path: FILE`\n");
    bool many = is_folder(o->path) || is_archive(o->path);
    ad_status status =
        many ? take_folder(o, names, classes, set) : add_path(set, AD_PART_TRAIN, o->path);
    if (status == AD_OK && set->form.form != AD_TEXTS_FOLDERS) {
        status = add_path(set, AD_PART_VALIDATION, o->valid);
        if (status == AD_OK)
            status = add_path(set, AD_PART_TEST, o->test);
        if (status == AD_OK)
            status = add_into(set, o);
        if (status == AD_OK)
            status = text_form_find(o, set->file[AD_PART_TRAIN][0], &set->form);
    }
    if (status == AD_OK && !many && o->form == AD_TEXTS_FOLDERS)
        status = message_fail(AD_ERROR_ARGUMENT,
                              "%s: is one file, and form: folders wants a folder for each class\n"
                              "  name the folder above them\n",
                              o->path);
    if (status != AD_OK)
        text_set_done(set);
    return status;
}
