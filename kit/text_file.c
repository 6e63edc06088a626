/* Whole texts, mapped or in memory. */
#define _POSIX_C_SOURCE 200809L

#include "text_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mapped.h"
#include "message.h"
#include "stream.h"
#include "text.h"
#include "utf8.h"

void text_file_free(text_file *file)
{
    if (!file || atomic_fetch_sub(&file->holders, 1) > 1)
        return;
    if (file->map) {
        munmap(file->map, file->mapped);
        close(file->descriptor);
    }
    free(file->own);
    free(file->name);
    free(file);
}

text_file *text_file_held(text_file *file)
{
    atomic_fetch_add(&file->holders, 1);
    return file;
}

static text_file *new_file(const char *name)
{
    text_file *file = calloc(1, sizeof *file);
    if (!file)
        return NULL;
    atomic_init(&file->holders, 1);
    file->name = text_copy(name);
    if (file->name)
        return file;
    text_file_free(file);
    return NULL;
}

ad_status text_file_copy(const text_file *file, const char *at, size_t size, void *to)
{
    if (file->map)
        return mapped_read(file->descriptor, file->name, file->mapped,
                           (size_t)(at - (const char *)file->map), to, size);
    if (size)
        memcpy(to, at, size);
    return AD_OK;
}

/* ---------------------------------------------------------------- places */

char *text_file_place(const text_file *file, const char *at)
{
    long long line = 1, column = 1;
    for (const char *p = file->bytes; p < at; p++) {
        column += ((unsigned char)*p & 0xC0) != 0x80;
        if (*p == '\n')
            line++, column = 1;
    }
    return text_format("%s:%lld:%lld", file->name, line, column);
}

const char *text_file_line(const text_file *file, const char *at, size_t *size)
{
    size_t left = file->size - (size_t)(at - file->bytes);
    const char *stop = left ? memchr(at, '\n', left) : NULL;
    *size = stop ? (size_t)(stop - at) : left;
    if (*size && at[*size - 1] == '\r')
        --*size;
    return stop && stop + 1 < file->bytes + file->size ? stop + 1 : NULL;
}

/* ---------------------------------------------------------------- checks */

static ad_status fail_byte(const text_file *file, const char *bad)
{
    char *words = text_file_place(file, bad);
    ad_status status =
        words ? message_fail(AD_ERROR_FORMAT,
                             "%s: byte 0x%02X is not UTF-8 text\n  save the file as UTF-8\n", words,
                             (unsigned)(unsigned char)*bad)
              : message_no_memory();
    free(words);
    return status;
}

static ad_status check(text_file *file, bool may_be_empty)
{
    if (file->size >= 3 && memcmp(file->bytes, "\xEF\xBB\xBF", 3) == 0)
        file->bytes += 3, file->size -= 3;
    if (!file->size)
        return may_be_empty
                   ? AD_OK
                   : message_fail(AD_ERROR_FORMAT, "%s: holds no text\n  name a file with some\n",
                                  file->name);
    const char *bad = utf8_bad_byte(file->bytes, file->size);
    return bad ? fail_byte(file, bad) : AD_OK;
}

/* ---------------------------------------------------------------- opening */

static ad_status unpack(text_file *file, const char *path)
{
    ad_status status;
    text_buffer all = {0};
    char part[1 << 15];
    size_t got;
    stream *s = stream_open(path, &status);
    if (!s)
        return status;
    while ((got = stream_read(s, part, sizeof part)) > 0 && !all.failed)
        text_add_bytes(&all, part, got);
    if (stream_damage(s))
        status = message_fail(AD_ERROR_FORMAT, "%s: %s\n  fetch or make the file again\n",
                              file->name, stream_damage(s));
    stream_close(s);
    file->size = all.size;
    if (all.size || all.failed)
        file->own = text_take(&all);
    file->bytes = file->own ? file->own : "";
    return status == AD_OK && file->size && !file->own ? message_no_memory() : status;
}

/* Maps a plain file; false where that is not to be had: a pipe, a packed file, an empty one. */
static bool map_file(text_file *file, const char *path)
{
    struct stat about;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    void *map = MAP_FAILED;
    if (fd >= 0 && fstat(fd, &about) == 0 && S_ISREG(about.st_mode) && about.st_size > 1)
        map = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    bool packed = map != MAP_FAILED && memcmp(map, "\x1F\x8B", 2) == 0;
    if (packed)
        munmap(map, (size_t)about.st_size);
    if (map == MAP_FAILED || packed) {
        if (fd >= 0)
            close(fd);
        return false;
    }
    file->descriptor = fd;
    file->map = map;
    file->mapped = file->size = (size_t)about.st_size;
    file->bytes = map;
    return true;
}

ad_status text_file_open(const char *path, text_file **file)
{
    bool input = strcmp(path, "-") == 0;
    text_file *made = new_file(input ? "standard input" : path);
    ad_status status = made ? AD_OK : message_no_memory();
    *file = NULL;
    if (made && !input && is_folder(path))
        status = message_fail(AD_ERROR_FILE, "%s: is a folder\n  name a file\n", path);
    else if (made && (input || !map_file(made, path)))
        status = unpack(made, path);
    if (status == AD_OK)
        status = check(made, false);
    if (status == AD_OK)
        *file = made;
    else
        text_file_free(made);
    return status;
}

ad_status text_file_of(const char *name, char *bytes, size_t size, text_file **file)
{
    text_file *made = new_file(name);
    *file = NULL;
    if (!made) {
        free(bytes);
        return message_no_memory();
    }
    made->own = bytes, made->size = size;
    made->bytes = bytes ? bytes : "";
    ad_status status = check(made, true);
    if (status == AD_OK)
        *file = made;
    else
        text_file_free(made);
    return status;
}
