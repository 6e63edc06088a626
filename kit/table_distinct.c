/* A bounded set of different texts with their counts: open addressing, at most half full.  Whether
 * there are more than the bound does not depend on the order in which texts come or sets are
 * joined. */
#include <stdlib.h>
#include <string.h>

#include "table.h"

/* Texts longer than this, or more bytes than this for each of the bound's texts, are too many. */
enum { TEXT_LONGEST = 256, BYTES_EACH = 32, SLOTS_FIRST = 16 };

static uint64_t mix(uint64_t a)
{
    a ^= a >> 32;
    a *= 0x9E3779B97F4A7C15u;
    return a ^ a >> 29;
}

/* Fewer than 8 bytes as a number: other texts of the same size are other numbers. */
static uint64_t tail_of(const char *text, size_t size)
{
    uint32_t first, last;
    if (size >= 4) {
        memcpy(&first, text, 4);
        memcpy(&last, text + size - 4, 4);
        return first | (uint64_t)last << 8 * (size - 4);
    }
    const unsigned char *p = (const unsigned char *)text;
    return size ? (uint64_t)p[0] << 16 | (uint64_t)p[size / 2] << 8 | p[size - 1] : 0;
}

/* Of texts of one size up to 8 bytes equal only where they are. */
static uint64_t hash_of(const char *text, size_t size)
{
    uint64_t hash = size * 0xD6E8FEB86659FD93u, word = 0;
    for (; size >= 8; text += 8, size -= 8) {
        memcpy(&word, text, 8);
        hash = mix(hash ^ word);
    }
    return mix(hash ^ tail_of(text, size));
}

void distinct_done(distinct *d)
{
    free(d->value);
    free(d->slot);
    free(d->bytes);
    *d = (distinct){.many = d->many};
}

static void give_up(distinct *d)
{
    d->many = true;
    distinct_done(d);
}

/* The slot of a text, or the free one where it belongs. */
static int32_t *slot_of(const distinct *d, uint64_t hash, const char *text, size_t size)
{
    uint64_t mask = (uint64_t)d->slots - 1;
    for (uint64_t i = hash & mask;; i = (i + 1) & mask) {
        int32_t at = d->slot[i] - 1;
        if (at < 0)
            return &d->slot[i];
        const distinct_value *v = &d->value[at];
        if (v->hash == hash && v->size == size &&
            (size <= 8 || memcmp(d->bytes + v->at, text, size) == 0))
            return &d->slot[i];
    }
}

static bool grow_slots(distinct *d)
{
    int slots = d->slots ? d->slots * 2 : SLOTS_FIRST;
    distinct_value *value = realloc(d->value, (size_t)slots / 2 * sizeof *value);
    if (value)
        d->value = value;
    int32_t *slot = value ? calloc((size_t)slots, sizeof *slot) : NULL;
    if (!slot)
        return false;
    free(d->slot);
    d->slot = slot, d->slots = slots;
    uint64_t mask = (uint64_t)slots - 1;
    for (int n = 0; n < d->count; n++) {
        uint64_t i = value[n].hash & mask;
        while (slot[i])
            i = (i + 1) & mask;
        slot[i] = n + 1;
    }
    return true;
}

static bool grow_bytes(distinct *d, size_t size)
{
    if (d->used + size <= d->room)
        return true;
    size_t room = 2 * (d->used + size) + 64;
    char *bytes = realloc(d->bytes, room);
    if (!bytes)
        return false;
    d->bytes = bytes, d->room = room;
    return true;
}

static bool put(distinct *d, uint64_t hash, const char *text, size_t size, int64_t times)
{
    if ((2 * d->count >= d->slots && !grow_slots(d)) || !grow_bytes(d, size))
        return false;
    d->value[d->count] = (distinct_value){hash, times, (uint32_t)d->used, (uint32_t)size};
    if (size)
        memcpy(d->bytes + d->used, text, size);
    d->used += size;
    *slot_of(d, hash, text, size) = ++d->count;
    return true;
}

bool distinct_add(distinct *d, const char *text, size_t size, int64_t times, int bound)
{
    if (d->many)
        return true;
    uint64_t hash = hash_of(text, size);
    int32_t at = d->slots ? *slot_of(d, hash, text, size) : 0;
    if (at) {
        d->value[at - 1].count += times;
        return true;
    }
    if (d->count >= bound || size > TEXT_LONGEST || d->used + size > (size_t)bound * BYTES_EACH) {
        give_up(d);
        return true;
    }
    return put(d, hash, text, size, times);
}

bool distinct_again(distinct *d, const char *text, size_t size)
{
    int32_t at = d->slots ? *slot_of(d, hash_of(text, size), text, size) : 0;
    if (at)
        d->value[at - 1].count++;
    return at != 0;
}

int distinct_find(const distinct *d, const char *text, size_t size)
{
    return d->slots ? *slot_of(d, hash_of(text, size), text, size) - 1 : -1;
}

bool distinct_join(distinct *to, const distinct *from, int bound)
{
    if (from->many)
        give_up(to);
    for (int i = 0; i < from->count && !to->many; i++) {
        const distinct_value *v = &from->value[i];
        if (!distinct_add(to, from->bytes + v->at, v->size, v->count, bound))
            return false;
    }
    return true;
}
