/* A written configuration as keys. */
#include "config_keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "text.h"

enum { DEEPEST = 40 };

/* The names above a line, from the outside in. */
typedef struct above {
    int indent[DEEPEST];
    char *path[DEEPEST]; /* of what began there, "train.optimizer" */
    int items[DEEPEST];  /* of a list below it, so far */
    int depth;
} above;

void config_keys_done(config_keys *keys)
{
    for (int i = 0; i < keys->count; i++) {
        free(keys->key[i].path);
        free(keys->key[i].value);
    }
    free(keys->key);
    *keys = (config_keys){0};
}

const char *config_keys_find(const config_keys *keys, const char *path)
{
    for (int i = 0; i < keys->count; i++)
        if (strcmp(keys->key[i].path, path) == 0)
            return keys->key[i].value;
    return NULL;
}

/* path is taken over. */
static bool add(config_keys *keys, char *path, const char *value, size_t size)
{
    if (keys->count == keys->room) {
        int room = 2 * keys->room + 32;
        config_key *grown = realloc(keys->key, (size_t)room * sizeof *grown);
        if (!grown) {
            free(path);
            return false;
        }
        keys->key = grown;
        keys->room = room;
    }
    char *copy = text_copy_bytes(value, size);
    keys->key[keys->count++] = (config_key){path, copy};
    return path && copy;
}

static void leave(above *a, int indent)
{
    while (a->depth > 0 && a->indent[a->depth - 1] >= indent)
        free(a->path[--a->depth]);
}

static bool enter(above *a, int indent, char *path)
{
    if (!path || a->depth == DEEPEST) {
        free(path);
        return false;
    }
    a->indent[a->depth] = indent;
    a->items[a->depth] = 0;
    a->path[a->depth++] = path;
    return true;
}

static const char *outer(const above *a)
{
    return a->depth > 0 ? a->path[a->depth - 1] : "";
}

/* Of "key:" or "key: value" inside what is above. */
static char *inner_path(const above *a, const char *key, size_t size)
{
    return text_format("%s%s%.*s", outer(a), a->depth > 0 ? "." : "", (int)size, key);
}

static bool read_item(above *a, config_keys *keys, int indent, const char *words, size_t size)
{
    int *items = a->depth > 0 ? &a->items[a->depth - 1] : NULL;
    char *path = text_format("%s[%d]", outer(a), items ? ++*items : 0);
    if (size > 0 && words[size - 1] == ':') /* "- residual:" */
        return enter(a, indent, path);
    return add(keys, path, words, size);
}

static bool read_line(above *a, config_keys *keys, const char *line, size_t size)
{
    int indent = (int)strspn(line, " ");
    const char *words = line + indent, *colon;
    size -= (size_t)indent;
    bool item = size > 1 && words[0] == '-' && words[1] == ' ';
    leave(a, indent + (item ? 1 : 0));
    if (item) {
        leave(a, indent + 1);
        return read_item(a, keys, indent + 1, words + 2, size - 2);
    }
    leave(a, indent);
    colon = memchr(words, ':', size);
    if (!colon)
        return add(keys, inner_path(a, words, size), "", 0);
    size_t name = (size_t)(colon - words);
    if (name + 1 >= size)
        return enter(a, indent, inner_path(a, words, name));
    return add(keys, inner_path(a, words, name), colon + 2, size - name - 2);
}

ad_status config_keys_read(const char *text, config_keys *keys)
{
    above a = {.depth = 0};
    bool good = true;
    *keys = (config_keys){0};
    for (const char *line = text; good && *line;) {
        size_t size = strcspn(line, "\n");
        if (size > strspn(line, " ") && line[strspn(line, " ")] != '#')
            good = read_line(&a, keys, line, size);
        line += size + (line[size] == '\n');
    }
    leave(&a, -1);
    if (good)
        return AD_OK;
    config_keys_done(keys);
    return message_no_memory();
}
