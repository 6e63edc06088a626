/* A hash table of names with chains in the graph's arena. */
#include "core/names.h"

#include <string.h>

enum { BUCKETS = 256 };

struct entry {
    struct entry *next;
    const char *name;
    ad_tensor *tensor;
    int count;
};

struct graph_names {
    struct arena *arena;
    struct entry *bucket[BUCKETS];
    struct entry *kinds;
};

struct graph_names *names_new(struct arena *arena)
{
    struct graph_names *names = arena_alloc(arena, sizeof *names);
    if (names)
        names->arena = arena;
    return names;
}

/* FNV-1a (Fowler, Noll, Vo 1991). */
static unsigned hash(const char *name)
{
    unsigned h = 2166136261u;
    for (; *name; name++)
        h = (h ^ (unsigned char)*name) * 16777619u;
    return h % BUCKETS;
}

static struct entry *find(struct entry *chain, const char *name)
{
    while (chain && strcmp(chain->name, name))
        chain = chain->next;
    return chain;
}

static struct entry *push(struct arena *arena, struct entry **chain, const char *name)
{
    struct entry *entry = arena_alloc(arena, sizeof *entry);
    if (entry) {
        *entry = (struct entry){.next = *chain, .name = name};
        *chain = entry;
    }
    return entry;
}

ad_tensor *names_find(const struct graph_names *names, const char *name)
{
    struct entry *entry = find(names->bucket[hash(name)], name);
    return entry ? entry->tensor : NULL;
}

bool names_put(struct graph_names *names, const char *name, ad_tensor *tensor)
{
    struct entry **chain = &names->bucket[hash(name)], *entry = find(*chain, name);
    if (!entry)
        entry = push(names->arena, chain, name);
    if (entry)
        entry->tensor = tensor;
    return entry != NULL;
}

/* At the end of the list, so that it has the order of first use. */
static struct entry *kind_entry(struct graph_names *names, const char *kind)
{
    struct entry **at = &names->kinds;
    while (*at && strcmp((*at)->name, kind))
        at = &(*at)->next;
    if (*at)
        return *at;
    const char *copy = arena_text(names->arena, kind);
    return copy ? push(names->arena, at, copy) : NULL;
}

int *names_counter(struct graph_names *names, const char *kind)
{
    struct entry *entry = kind_entry(names, kind);
    return entry ? &entry->count : NULL;
}

int names_count(struct graph_names *names, const char *kind)
{
    int *count = names_counter(names, kind);
    return count ? ++*count : 0;
}

const char *names_kind(const struct graph_names *names, int i, int *count)
{
    const struct entry *entry = names->kinds;
    while (entry && i--)
        entry = entry->next;
    *count = entry ? entry->count : 0;
    return entry ? entry->name : NULL;
}

bool names_set_count(struct graph_names *names, const char *kind, int count)
{
    struct entry *entry = kind_entry(names, kind);
    if (entry)
        entry->count = count;
    return entry != NULL;
}
