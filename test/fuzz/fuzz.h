/* Programs that are fed any bytes.  Each file here is one of them: built by clang with
 * -fsanitize=fuzzer it makes the bytes up itself (cmake -DADZE_FUZZ=ON), else replay.c gives it the
 * files of its corpus, which hold an example of each form and every fault that was found. */
#ifndef FUZZ_H
#define FUZZ_H

#include <adze/adze.h>

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must hold for any input. */
#define FUZZ_CHECK(condition)                                               \
    do {                                                                    \
        if (!(condition)) {                                                 \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
            abort();                                                        \
        }                                                                   \
    } while (0)

/* The C library's memory, of which no more than FUZZ_MEMORY bytes are given out at once. */
enum { FUZZ_MEMORY = 64 << 20 };
struct fuzz_memory {
    size_t used;
};

static inline void *fuzz_resize(void *user, void *p, size_t old_size, size_t size)
{
    struct fuzz_memory *memory = user;
    if (size == 0) {
        memory->used -= p ? old_size : 0;
        free(p);
        return NULL;
    }
    if (size > FUZZ_MEMORY - (memory->used - (p ? old_size : 0)))
        return NULL;
    void *made = aligned_alloc(64, (size + 63) / 64 * 64);
    if (!made)
        return NULL;
    if (p)
        memcpy(made, p, old_size < size ? old_size : size);
    memory->used += size - (p ? old_size : 0);
    free(p);
    return made;
}

/* The bytes as a file of this process. */
static inline const char *fuzz_file(const char *name, const uint8_t *data, size_t size)
{
    static char path[64];
    snprintf(path, sizeof path, "/tmp/fuzz-%ld-%s", (long)getpid(), name);
    FILE *f = fopen(path, "wb");
    FUZZ_CHECK(f && (!size || fwrite(data, size, 1, f) == 1));
    FUZZ_CHECK(fclose(f) == 0);
    return path;
}

#endif
