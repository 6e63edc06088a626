/* One region, mapped twice: what is written through one view runs in the other, and no page is ever
 * both.  Code is only added, so threads may run it meanwhile.  For Linux (CMakeLists.txt). */
#define _GNU_SOURCE
#include "base/executable.h"

#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>

enum { REGION_BYTES = 1 << 20, PIECES = 1 << 12, ALIGNMENT = 64 };

struct piece {
    uint32_t hash, at, bytes; /* 0 bytes: none */
};

static struct {
    pthread_mutex_t mutex;
    bool tried;
    char *written; /* NULL in a child that was forked off: it may run what there is */
    char *run;
    uint32_t used, pieces;
    struct piece piece[PIECES];
} region = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static void before_fork(void)
{
    pthread_mutex_lock(&region.mutex);
}

static void after_fork(void)
{
    pthread_mutex_unlock(&region.mutex);
}

static void in_child(void)
{
    region.written = NULL;
    pthread_mutex_unlock(&region.mutex);
}

/* Remapping none of a shared mapping maps its pages a second time.  A child does not get the view
 * that can be written. */
static void map_views(void)
{
    int kind = MAP_SHARED | MAP_ANONYMOUS;
    void *written = mmap(NULL, REGION_BYTES, PROT_READ | PROT_WRITE, kind, -1, 0);
    if (written == MAP_FAILED)
        return;
    void *run = mremap(written, 0, REGION_BYTES, MREMAP_MAYMOVE);
    if (run != MAP_FAILED && mprotect(run, REGION_BYTES, PROT_READ | PROT_EXEC) == 0 &&
        madvise(written, REGION_BYTES, MADV_DONTFORK) == 0) {
        region.written = written, region.run = run;
        return;
    }
    munmap(written, REGION_BYTES);
    if (run != MAP_FAILED)
        munmap(run, REGION_BYTES);
}

static void map_region(void)
{
    region.tried = true;
    if (pthread_atfork(before_fork, after_fork, in_child) == 0)
        map_views();
}

/* FNV-1a (Fowler, Noll, Vo 1991) of words of eight bytes instead of bytes. */
static uint32_t hash_of(const uint8_t *code, size_t bytes)
{
    uint64_t hash = UINT64_C(14695981039346656037), word = 0;
    for (size_t i = 0; i < bytes; i += sizeof word) {
        size_t left = bytes - i;
        memcpy(&word, code + i, left < sizeof word ? left : sizeof word);
        hash = (hash ^ word) * UINT64_C(1099511628211);
    }
    return (uint32_t)(hash >> 32);
}

/* Where the same code is noted, or may be. */
static struct piece *find(uint32_t hash, const uint8_t *code, size_t bytes)
{
    for (uint32_t i = hash;; i++) {
        struct piece *p = &region.piece[i % PIECES];
        bool same = p->hash == hash && p->bytes == bytes;
        if (p->bytes == 0 || (same && memcmp(region.run + p->at, code, bytes) == 0))
            return p;
    }
}

static bool has_room(size_t bytes)
{
    return region.written && bytes <= REGION_BYTES - region.used && region.pieces < PIECES / 2;
}

static const void *keep(const uint8_t *code, size_t bytes)
{
    if (!region.tried)
        map_region();
    if (!region.run)
        return NULL;
    uint32_t hash = hash_of(code, bytes);
    struct piece *p = find(hash, code, bytes);
    if (p->bytes == 0) {
        if (!has_room(bytes))
            return NULL;
        memcpy(region.written + region.used, code, bytes);
        *p = (struct piece){hash, region.used, (uint32_t)bytes};
        region.used += (uint32_t)(bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        region.pieces++;
    }
    return region.run + p->at;
}

const void *executable_keep(const uint8_t *code, size_t bytes)
{
    pthread_mutex_lock(&region.mutex);
    const void *at = bytes ? keep(code, bytes) : NULL;
    pthread_mutex_unlock(&region.mutex);
    return at;
}
