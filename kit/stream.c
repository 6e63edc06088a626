/* Plain files through stdio, gzip files (RFC 1952) through zlib. */
#define _POSIX_C_SOURCE 200809L

#include "stream.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "message.h"

#ifdef ADZE_HAVE_ZLIB
#include <zlib.h>
#endif

struct stream {
    FILE *plain;
    void *packed; /* gzFile */
    const char *damage;
};

#ifdef ADZE_HAVE_ZLIB

static ad_status open_packed(stream *s, const char *path)
{
    s->packed = gzopen(path, "rb");
    return s->packed
               ? AD_OK
               : message_fail(
                     AD_ERROR_FILE,
                     "%s: cannot be opened: %s\n  check the name, and whether it may be read\n",
                     path, strerror(errno));
}

static size_t read_packed(stream *s, void *bytes, size_t size)
{
    size_t done = 0;
    while (done < size) {
        size_t part = size - done < 1u << 30 ? size - done : 1u << 30;
        int got = gzread(s->packed, (char *)bytes + done, (unsigned)part);
        if (got <= 0)
            break;
        done += (size_t)got;
    }
    int code = Z_OK;
    gzerror(s->packed, &code);
    if (code == Z_BUF_ERROR)
        s->damage = "the gzip file is cut off";
    else if (code != Z_OK && code != Z_STREAM_END)
        s->damage = "the gzip file is damaged";
    return done;
}

static void close_packed(stream *s)
{
    gzclose(s->packed);
}

#else

static ad_status open_packed(stream *s, const char *path)
{
    (void)s;
    return message_fail(
        AD_ERROR_UNSUPPORTED,
        "%s: this build cannot read gzip files\n  install the package zlib1g-dev and build "
        "again, or unpack the file: gunzip %s\n",
        path, path);
}

static size_t read_packed(stream *s, void *bytes, size_t size)
{
    (void)s, (void)bytes, (void)size;
    return 0;
}

static void close_packed(stream *s)
{
    (void)s;
}

#endif

static ad_status open_plain(stream *s, const char *path)
{
    struct stat about;
    s->plain = fopen(path, "rb");
    if (!s->plain)
        return message_fail(
            AD_ERROR_FILE,
            "%s: cannot be opened: %s\n  check the name, and whether it may be read\n", path,
            strerror(errno));
    if (fstat(fileno(s->plain), &about) == 0 && S_ISDIR(about.st_mode))
        return message_fail(AD_ERROR_FILE, "%s: is a folder, not a file\n  name a file in it\n",
                            path);
    return AD_OK;
}

stream *stream_open(const char *path, ad_status *status)
{
    stream *s = calloc(1, sizeof *s);
    if (!s) {
        *status = message_no_memory();
        return NULL;
    }
    unsigned char magic[2] = {0, 0};
    *status = open_plain(s, path);
    if (*status == AD_OK && fread(magic, 1, 2, s->plain) == 2 && magic[0] == 0x1F &&
        magic[1] == 0x8B) {
        fclose(s->plain);
        s->plain = NULL;
        *status = open_packed(s, path);
    } else if (*status == AD_OK) {
        rewind(s->plain);
    }
    if (*status != AD_OK) {
        stream_close(s);
        return NULL;
    }
    return s;
}

void stream_close(stream *s)
{
    if (!s)
        return;
    if (s->plain)
        fclose(s->plain);
    if (s->packed)
        close_packed(s);
    free(s);
}

size_t stream_read(stream *s, void *bytes, size_t size)
{
    if (s->packed)
        return read_packed(s, bytes, size);
    size_t got = fread(bytes, 1, size, s->plain);
    if (ferror(s->plain))
        s->damage = "reading it failed";
    return got;
}

const char *stream_damage(const stream *s)
{
    return s->damage;
}

const char *stream_where(const stream *s)
{
    return s->packed ? " of the unpacked data" : "";
}
