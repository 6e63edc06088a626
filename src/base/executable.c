/* One region, mapped twice: what is written through one view runs in the other, and no page is ever
 * both.  Code is only added, so threads may run it meanwhile. */
#define _GNU_SOURCE
#include "base/executable.h"

#if defined(__linux__) && defined(__x86_64__)

#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { REGION_BYTES = 1 << 20, PIECES = 1 << 12, ALIGNMENT = 16 };

struct piece {
    uint32_t hash, at, bytes; /* 0 bytes: none */
};

static struct {
    pthread_mutex_t mutex;
    bool tried;
    pid_t owner; /* a child that was forked off shares the memory: it may read, not add */
    char *written, *run;
    uint32_t used, pieces;
    struct piece piece[PIECES];
} region = {.mutex = PTHREAD_MUTEX_INITIALIZER};

/* Remapping none of a shared mapping maps its pages a second time. */
static void map_region(void)
{
    region.tried = true;
    region.owner = getpid();
    void *written =
        mmap(NULL, REGION_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (written == MAP_FAILED)
        return;
    void *run = mremap(written, 0, REGION_BYTES, MREMAP_MAYMOVE);
    if (run == MAP_FAILED || mprotect(run, REGION_BYTES, PROT_READ | PROT_EXEC) != 0)
        return;
    region.written = written, region.run = run;
}

/* FNV-1a (Fowler, Noll, Vo 1991) */
static uint32_t hash_of(const uint8_t *code, size_t bytes)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < bytes; i++)
        hash = (hash ^ code[i]) * 16777619u;
    return hash;
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
    return bytes <= REGION_BYTES - region.used && region.pieces < PIECES / 2 &&
           region.owner == getpid();
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

#else

const void *executable_keep(const uint8_t *code, size_t bytes)
{
    (void)code, (void)bytes;
    return NULL;
}

#endif
