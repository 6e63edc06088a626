/* Scratch files, in a folder of the program's own that goes with it. */
#ifndef SCRATCH_H
#define SCRATCH_H

#include "test.h"

#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[3000];

static inline int remove_one(const char *path, const struct stat *about, int kind, struct FTW *walk)
{
    (void)about, (void)kind, (void)walk;
    return remove(path);
}

static inline void remove_scratch(void)
{
    nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* A path in a folder of this program's own; the text is good for the next 63 calls. */
static inline const char *scratch(const char *name)
{
    static char paths[64][4096];
    static int next;
    if (!folder[0]) {
        const char *base = getenv("TMPDIR");
        snprintf(folder, sizeof folder, "%s/adze-test-XXXXXX", base ? base : "/tmp");
        if (!mkdtemp(folder)) {
            perror(folder);
            exit(1);
        }
        atexit(remove_scratch);
    }
    char *path = paths[next++ % 64];
    snprintf(path, sizeof paths[0], "%s%s%s", folder, *name ? "/" : "", name);
    return path;
}

/* Folders above it are made. */
static inline const char *write_file(const char *name, const void *bytes, size_t size)
{
    const char *path = scratch(name);
    char above[4096];
    snprintf(above, sizeof above, "%s", path);
    for (char *p = above + strlen(folder) + 1; (p = strchr(p, '/')); p++) {
        *p = 0;
        mkdir(above, 0755);
        *p = '/';
    }
    remove(path); /* some file systems wait for the disk where a file is cut and written again */
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(bytes, 1, size, file) != size || fclose(file) != 0) {
        perror(path);
        exit(1);
    }
    return path;
}

static inline void put_file(const char *name, const char *text)
{
    write_file(name, text, strlen(text));
}

#endif
