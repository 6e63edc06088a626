/* An allocator that counts what is alive and fails when told to, to fail each allocation of a piece
 * of code in turn:
 *
 *     struct failing f;
 *     FAILING_EACH(f) {
 *         ad_status status = what_is_tested(&f.allocator);
 *         CHECK(f.failed == (status != AD_OK));
 *         CHECK_EQ(f.blocks, 0);
 *     }
 *
 * The body runs with no allocation failing last, and ends there. */
#ifndef FAILING_ALLOCATOR_H
#define FAILING_ALLOCATOR_H

#include <adze/adze.h>

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct failing {
    ad_allocator allocator;
    long fail_at;         /* number of the allocation that fails, from 0; < 0: none */
    bool all_after;       /* and all after it */
    bool failed;          /* one did */
    atomic_long calls;    /* allocations and growths so far */
    atomic_long blocks;   /* alive */
    atomic_long bytes;    /* alive */
    atomic_long peak;     /* most bytes alive at once */
    atomic_long mistakes; /* sizes given back that are not the sizes asked for */
};

/* Before each block: its size, to check what it is freed with. */
enum { FAILING_HEAD = 64 };

static void *failing_alloc(struct failing *f, size_t size)
{
    long call = atomic_fetch_add(&f->calls, 1);
    bool fails = f->fail_at >= 0 && (call == f->fail_at || (f->all_after && call > f->fail_at));
    char *block = fails ? NULL : aligned_alloc(64, (size + FAILING_HEAD + 63) / 64 * 64);
    if (!block) {
        f->failed = true;
        return NULL;
    }
    memcpy(block, &size, sizeof size);
    memset(block + FAILING_HEAD, 0xA5, size);
    long bytes = atomic_fetch_add(&f->bytes, (long)size) + (long)size;
    if (bytes > atomic_load(&f->peak))
        atomic_store(&f->peak, bytes);
    atomic_fetch_add(&f->blocks, 1);
    return block + FAILING_HEAD;
}

static void failing_release(struct failing *f, void *p, size_t size)
{
    size_t real;
    memcpy(&real, (char *)p - FAILING_HEAD, sizeof real);
    if (real != size)
        atomic_fetch_add(&f->mistakes, 1);
    memset((char *)p - FAILING_HEAD, 0x5A, real + FAILING_HEAD);
    atomic_fetch_sub(&f->bytes, (long)real);
    atomic_fetch_sub(&f->blocks, 1);
    free((char *)p - FAILING_HEAD);
}

static void *failing_resize(void *user, void *p, size_t old_size, size_t size)
{
    struct failing *f = user;
    void *fresh = size ? failing_alloc(f, size) : NULL;
    if (size && !fresh)
        return NULL;
    if (p && fresh)
        memcpy(fresh, p, old_size < size ? old_size : size);
    if (p)
        failing_release(f, p, old_size);
    return fresh;
}

static inline void failing_init(struct failing *f, long fail_at)
{
    memset(f, 0, sizeof *f);
    f->allocator = (ad_allocator){.resize = failing_resize, .user = f};
    f->fail_at = fail_at;
}

#define FAILING_EACH(f)                                                                 \
    for (long test_at = 0, test_end = 0; !test_end && (failing_init(&(f), test_at), 1); \
         test_end = !(f).failed, test_at++)

#endif
