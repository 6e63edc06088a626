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

int names_count(struct graph_names *names, const char *kind)
{
    struct entry *entry = find(names->kinds, kind);
    if (!entry) {
        const char *copy = arena_text(names->arena, kind);
        entry = copy ? push(names->arena, &names->kinds, copy) : NULL;
    }
    return entry ? ++entry->count : 0;
}
