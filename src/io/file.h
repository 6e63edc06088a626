/* Whole files: read at once, written at once.  Messages name the path and the system's reason. */
#ifndef IO_FILE_H
#define IO_FILE_H

#include <adze/adze.h>

/* Reads all of a file that is no longer than limit.  *data has size bytes and a '\0' after them;
 * free it with file_free. */
ad_status file_read(const ad_allocator *allocator, const char *path, size_t limit, char **data,
                    size_t *size);
/* The first size bytes of a file, or fewer where it ends; *got says how many. */
ad_status file_read_part(const ad_allocator *allocator, const char *path, size_t size, char **data,
                         size_t *got);
void file_free(const ad_allocator *allocator, char *data, size_t size);

struct file_piece {
    const void *data;
    size_t size;
};

/* The pieces one after another become the file, or the old file stays: a temporary file beside it,
 * flushed to the disk, is renamed. A pipe or device is written directly. */
ad_status file_write_atomic(const char *path, const struct file_piece *pieces, int count);

/* Makes the directory and those above it; it may exist. */
ad_status file_make_directories(const char *path);

#endif
