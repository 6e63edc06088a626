/* Numbered texts, each once. */
#include "vocabulary.h"

#include <stdlib.h>
#include <string.h>

uint64_t vocabulary_hash(const char *text, size_t size)
{
    uint64_t hash = 0x9E3779B97F4A7C15u ^ size, word = 0;
    size_t i = 0;
    for (; i + 8 <= size; i += 8) {
        memcpy(&word, text + i, 8);
        hash = (hash ^ word) * 0xFF51AFD7ED558CCDu;
        hash ^= hash >> 32;
    }
    word = 0;
    if (i < size)
        memcpy(&word, text + i, size - i);
    hash = (hash ^ word) * 0xFF51AFD7ED558CCDu;
    return hash ^ hash >> 29;
}

const char *vocabulary_text(const vocabulary *v, int32_t i, size_t *size)
{
    *size = v->start[i + 1] - v->start[i];
    return v->bytes + v->start[i];
}

/* The slot that holds the text, or the free one where it belongs. */
static size_t slot_of(const vocabulary *v, const char *text, size_t size)
{
    size_t at = vocabulary_hash(text, size) & (v->slots - 1);
    for (; v->slot[at] >= 0; at = (at + 1) & (v->slots - 1)) {
        size_t length;
        const char *other = vocabulary_text(v, v->slot[at], &length);
        if (length == size && memcmp(other, text, size) == 0)
            break;
    }
    return at;
}

int32_t vocabulary_find(const vocabulary *v, const char *text, size_t size)
{
    return v->slots ? v->slot[slot_of(v, text, size)] : -1;
}

static bool grow_slots(vocabulary *v)
{
    size_t slots = v->slots ? 2 * v->slots : 256;
    int32_t *slot = malloc(slots * sizeof *slot);
    if (!slot)
        return false;
    free(v->slot);
    v->slot = slot, v->slots = slots;
    memset(slot, 0xFF, slots * sizeof *slot);
    for (int32_t i = 0; i < v->count; i++) {
        size_t size;
        const char *text = vocabulary_text(v, i, &size);
        slot[slot_of(v, text, size)] = i;
    }
    return true;
}

static bool reserve(vocabulary *v, size_t size)
{
    if (v->count + 2 > v->count_room) {
        int32_t room = 2 * v->count_room + 128;
        size_t *start =
            v->count < INT32_MAX / 4 ? realloc(v->start, (size_t)room * sizeof *start) : NULL;
        if (!start)
            return false;
        v->start = start, v->count_room = room;
        start[0] = 0;
    }
    if (v->used + size > v->room || !v->bytes) {
        size_t room = 2 * v->room + size + 1024;
        char *bytes = realloc(v->bytes, room);
        if (!bytes)
            return false;
        v->bytes = bytes, v->room = room;
    }
    return 2 * ((size_t)v->count + 1) < v->slots || grow_slots(v);
}

int32_t vocabulary_add(vocabulary *v, const char *text, size_t size, bool *added)
{
    *added = false;
    if (!reserve(v, size))
        return -1;
    size_t at = slot_of(v, text, size);
    if (v->slot[at] >= 0)
        return v->slot[at];
    *added = true;
    if (size)
        memcpy(v->bytes + v->used, text, size);
    v->used += size;
    v->slot[at] = v->count;
    v->start[++v->count] = v->used;
    return v->count - 1;
}

void vocabulary_done(vocabulary *v)
{
    free(v->bytes);
    free(v->start);
    free(v->slot);
    *v = (vocabulary){0};
}

/* ---------------------------------------------------------------- as text */

void vocabulary_write(text_buffer *t, const vocabulary *v)
{
    for (int32_t i = 0; i < v->count; i++) {
        size_t size;
        const char *text = vocabulary_text(v, i, &size);
        for (size_t k = 0; k < size; k++)
            if ((unsigned char)text[k] < 32 || text[k] == '\\')
                text_add_format(t, "\\%02x", (unsigned)(unsigned char)text[k]);
            else
                text_add_bytes(t, text + k, 1);
        text_add(t, "\n");
    }
}

static int digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Takes the escapes out; false where one is none. */
static bool unescape(char *line, size_t *size)
{
    size_t to = 0;
    for (size_t i = 0; i < *size; i++) {
        int high = line[i] == '\\' && i + 2 < *size ? digit(line[i + 1]) : -1;
        int low = high >= 0 ? digit(line[i + 2]) : -1;
        if (line[i] == '\\' && low < 0)
            return false;
        line[to++] = line[i] == '\\' ? (char)(high * 16 + low) : line[i];
        i += low >= 0 ? 2 : 0;
    }
    *size = to;
    return true;
}

const char *vocabulary_read(vocabulary *v, const char *text, const char *end, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        const char *stop = text < end ? memchr(text, '\n', (size_t)(end - text)) : NULL;
        size_t size = stop ? (size_t)(stop - text) : 0;
        char *line = stop ? text_copy_bytes(text, size) : NULL;
        bool added = false;
        bool good = line && unescape(line, &size) && vocabulary_add(v, line, size, &added) >= 0;
        free(line);
        if (!good || !added)
            return NULL;
        text = stop + 1;
    }
    return text;
}

/* ---------------------------------------------------------------- counts */

bool tally_add(tally *t, const char *text, size_t size, int64_t times)
{
    bool added;
    int32_t i = vocabulary_add(&t->words, text, size, &added);
    if (i < 0)
        return false;
    if (i >= t->room) {
        int32_t room = 2 * t->room + 256;
        int64_t *count = realloc(t->count, (size_t)room * sizeof *count);
        if (!count)
            return false;
        t->count = count, t->room = room;
    }
    if (added)
        t->count[i] = 0;
    t->count[i] += times;
    return true;
}

void tally_done(tally *t)
{
    vocabulary_done(&t->words);
    free(t->count);
    *t = (tally){.room = 0};
}

typedef struct ranked {
    const char *text;
    size_t size;
    int64_t count;
    int32_t number;
} ranked;

static int by_rank(const void *a, const void *b)
{
    const ranked *p = a, *q = b;
    if (p->count != q->count)
        return p->count < q->count ? 1 : -1;
    int order = memcmp(p->text, q->text, p->size < q->size ? p->size : q->size);
    return order ? order : (p->size > q->size) - (p->size < q->size);
}

int32_t *tally_order(const tally *t, int64_t least, int32_t *count)
{
    int32_t all = t->words.count;
    ranked *list = malloc(((size_t)all + 1) * sizeof *list);
    int32_t *order = malloc(((size_t)all + 1) * sizeof *order);
    *count = 0;
    for (int32_t i = 0; list && i < all; i++) {
        ranked *r = &list[*count];
        *r = (ranked){.count = t->count[i], .number = i};
        r->text = vocabulary_text(&t->words, i, &r->size);
        *count += t->count[i] >= least;
    }
    if (list && order) {
        qsort(list, (size_t)*count, sizeof *list, by_rank);
        for (int32_t i = 0; i < *count; i++)
            order[i] = list[i].number;
        free(list);
        return order;
    }
    free(list);
    free(order);
    return NULL;
}
