/* Whole files over POSIX calls. */
#define _POSIX_C_SOURCE 200809L

#include "io/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"

enum { PATH_ROOM = 4096, PIECE_MAX = 1 << 30 };

/* ---- reading */

/* Until size bytes are read or the file ends; *got says how many. */
static ad_status read_bytes(int handle, const char *path, char *data, size_t size, size_t *got)
{
    for (*got = 0; *got < size;) {
        size_t want = size - *got < PIECE_MAX ? size - *got : PIECE_MAX;
        ssize_t count = read(handle, data + *got, want);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return fail_system(AD_ERROR_FILE, errno, "cannot read '%s'", path);
        if (count == 0)
            break;
        *got += (size_t)count;
    }
    return AD_OK;
}

/* A pipe has no size to ask for. */
static ad_status read_all(int handle, const char *path, size_t limit, struct text *text)
{
    char part[1 << 14];
    size_t got;
    do {
        TRY(read_bytes(handle, path, part, sizeof part, &got));
        text_bytes(text, part, got);
        if (text->failed)
            return AD_ERROR_MEMORY;
        if (text->size > limit)
            return fail(AD_ERROR_FILE, "'%s' is longer than %zu bytes, the most that is read here",
                        path, limit);
    } while (got == sizeof part);
    return AD_OK;
}

static ad_status read_stream(const ad_allocator *allocator, int handle, const char *path,
                             size_t limit, char **data, size_t *size)
{
    struct text text;
    text_init(&text, allocator);
    ad_status status = read_all(handle, path, limit, &text);
    char *fitted =
        status == AD_OK ? memory_resize(allocator, text.data, text.capacity, text.size + 1) : NULL;
    if (!fitted) {
        text_done(&text);
        return status == AD_OK ? AD_ERROR_MEMORY : status;
    }
    fitted[text.size] = '\0';
    *data = fitted;
    *size = text.size;
    return AD_OK;
}

static ad_status read_sized(const ad_allocator *allocator, int handle, const char *path,
                            size_t bytes, char **data, size_t *size)
{
    char *all = memory_alloc(allocator, bytes + 1);
    if (!all)
        return AD_ERROR_MEMORY;
    size_t got;
    ad_status status = read_bytes(handle, path, all, bytes, &got);
    if (status == AD_OK && got != bytes)
        status = fail(AD_ERROR_FILE, "'%s' became shorter while it was read: %zu of %zu bytes",
                      path, got, bytes);
    if (status != AD_OK) {
        memory_free(allocator, all, bytes + 1);
        return status;
    }
    all[bytes] = '\0';
    *data = all;
    *size = bytes;
    return AD_OK;
}

static ad_status read_handle(const ad_allocator *allocator, int handle, const char *path,
                             size_t limit, char **data, size_t *size)
{
    struct stat about;
    if (fstat(handle, &about))
        return fail_system(AD_ERROR_FILE, errno, "cannot read '%s'", path);
    if (S_ISDIR(about.st_mode))
        return fail(AD_ERROR_FILE, "cannot read '%s': it is a directory", path);
    if (!S_ISREG(about.st_mode) || about.st_size <= 0)
        return read_stream(allocator, handle, path, limit, data, size);
    if ((uintmax_t)about.st_size > limit)
        return fail(AD_ERROR_FILE, "'%s' has %lld bytes; the most that is read here is %zu", path,
                    (long long)about.st_size, limit);
    return read_sized(allocator, handle, path, (size_t)about.st_size, data, size);
}

ad_status file_read(const ad_allocator *allocator, const char *path, size_t limit, char **data,
                    size_t *size)
{
    int handle = open(path, O_RDONLY | O_CLOEXEC);
    if (handle < 0)
        return fail_system(AD_ERROR_FILE, errno, "cannot open '%s'", path);
    ad_status status = read_handle(allocator, handle, path, limit, data, size);
    close(handle);
    return status;
}

static ad_status read_part(const ad_allocator *allocator, int handle, const char *path, size_t size,
                           char **data, size_t *got)
{
    struct stat about;
    if (fstat(handle, &about))
        return fail_system(AD_ERROR_FILE, errno, "cannot read '%s'", path);
    if (S_ISREG(about.st_mode) && (uintmax_t)about.st_size < size)
        size = (size_t)about.st_size;
    char *part = memory_alloc(allocator, size + 1);
    if (!part)
        return AD_ERROR_MEMORY;
    ad_status status = read_bytes(handle, path, part, size, got);
    char *fitted = status == AD_OK ? memory_resize(allocator, part, size + 1, *got + 1) : NULL;
    if (!fitted) {
        memory_free(allocator, part, size + 1);
        return status == AD_OK ? AD_ERROR_MEMORY : status;
    }
    fitted[*got] = '\0';
    *data = fitted;
    return AD_OK;
}

ad_status file_read_part(const ad_allocator *allocator, const char *path, size_t size, char **data,
                         size_t *got)
{
    int handle = open(path, O_RDONLY | O_CLOEXEC);
    if (handle < 0)
        return fail_system(AD_ERROR_FILE, errno, "cannot open '%s'", path);
    ad_status status = read_part(allocator, handle, path, size, data, got);
    close(handle);
    return status;
}

void file_free(const ad_allocator *allocator, char *data, size_t size)
{
    memory_free(allocator, data, size + 1);
}

/* ---- writing */

static ad_status write_bytes(int handle, const char *path, const char *data, size_t size)
{
    while (size) {
        ssize_t count = write(handle, data, size < PIECE_MAX ? size : PIECE_MAX);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return fail_system(AD_ERROR_FILE, errno, "cannot write '%s'", path);
        data += count;
        size -= (size_t)count;
    }
    return AD_OK;
}

static ad_status write_pieces(int handle, const char *path, const struct file_piece *pieces,
                              int count)
{
    for (int i = 0; i < count; i++)
        TRY(write_bytes(handle, path, pieces[i].data, pieces[i].size));
    return AD_OK;
}

/* A file that did not exist, beside path; its name in temporary (PATH_ROOM bytes). */
static ad_status open_beside(const char *path, char *temporary, int *handle)
{
    static atomic_uint number;
    for (int attempt = 0; attempt < 100; attempt++) {
        int size = snprintf(temporary, PATH_ROOM, "%s.%ld-%u.part", path, (long)getpid(),
                            atomic_fetch_add(&number, 1u));
        if (size < 0 || size >= PATH_ROOM)
            return fail(AD_ERROR_FILE, "cannot write a file: its path is longer than %d bytes",
                        PATH_ROOM - 32);
        *handle = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (*handle >= 0)
            return AD_OK;
        if (errno != EEXIST)
            break;
    }
    return fail_system(AD_ERROR_FILE, errno, "cannot write '%s'", path);
}

/* A renamed file outlives a power cut only when its directory is on the disk.  Some file systems
 * cannot be asked; the file is good then too. */
static void flush_directory(char *inside)
{
    char *slash = strrchr(inside, '/');
    if (slash)
        slash[slash == inside] = '\0';
    int handle = open(slash ? inside : ".", O_RDONLY | O_CLOEXEC);
    if (handle < 0)
        return;
    (void)fsync(handle);
    close(handle);
}

static ad_status write_beside(const char *path, mode_t mode, const struct file_piece *pieces,
                              int count)
{
    char temporary[PATH_ROOM];
    int handle = -1;
    TRY(open_beside(path, temporary, &handle));
    ad_status status = write_pieces(handle, path, pieces, count);
    if (status == AD_OK && ((mode && fchmod(handle, mode)) || fsync(handle)))
        status = fail_system(AD_ERROR_FILE, errno, "cannot write '%s'", path);
    if (close(handle) && status == AD_OK)
        status = fail_system(AD_ERROR_FILE, errno, "cannot write '%s'", path);
    if (status == AD_OK && rename(temporary, path))
        status = fail_system(AD_ERROR_FILE, errno, "cannot write '%s'", path);
    if (status != AD_OK)
        unlink(temporary);
    else
        flush_directory(temporary);
    return status;
}

static ad_status write_directly(const char *path, const struct file_piece *pieces, int count)
{
    int handle = open(path, O_WRONLY | O_CLOEXEC);
    if (handle < 0)
        return fail_system(AD_ERROR_FILE, errno, "cannot write '%s'", path);
    ad_status status = write_pieces(handle, path, pieces, count);
    close(handle);
    return status;
}

ad_status file_write_atomic(const char *path, const struct file_piece *pieces, int count)
{
    struct stat old;
    if (stat(path, &old))
        return write_beside(path, 0, pieces, count);
    if (S_ISDIR(old.st_mode))
        return fail(AD_ERROR_FILE, "cannot write '%s': it is a directory", path);
    if (!S_ISREG(old.st_mode))
        return write_directly(path, pieces, count);
    return write_beside(path, old.st_mode & 0777, pieces, count);
}

/* ---- directories */

static ad_status make_directory(const char *path)
{
    struct stat about;
    if (mkdir(path, 0777) == 0)
        return AD_OK;
    int error = errno;
    if (stat(path, &about) == 0 && S_ISDIR(about.st_mode))
        return AD_OK;
    return fail_system(AD_ERROR_FILE, error, "cannot make the directory '%s'", path);
}

ad_status file_make_directories(const char *path)
{
    char part[PATH_ROOM];
    size_t size = strlen(path);
    if (size == 0 || size >= sizeof part)
        return fail(AD_ERROR_ARGUMENT, "the path of a directory has %zu bytes; it needs 1 to %d",
                    size, PATH_ROOM - 1);
    memcpy(part, path, size + 1);
    for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        TRY(make_directory(part));
        *slash = '/';
    }
    return make_directory(part);
}
