/* Plain files through stdio, gzip files (RFC 1952) through zlib. */
#define _POSIX_C_SOURCE 200809L

#include "stream.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "message.h"

#ifdef ADZE_HAVE_ZLIB
#include <zlib.h>
#endif

enum { CHUNK = 1 << 16 };

struct stream {
    FILE *file;
    unsigned char *chunk; /* bytes of the file that were read: from at, left of them */
    size_t at, left;
    const char *damage;
    bool packed, between; /* gzip; no member of it is open */
    int members;
#ifdef ADZE_HAVE_ZLIB
    z_stream inflater;
#endif
};

/* Reads the next chunk where none is left; false at the end of the file. */
static bool fill(stream *s)
{
    if (s->left)
        return true;
    s->at = 0;
    s->left = fread(s->chunk, 1, CHUNK, s->file);
    if (!s->left && ferror(s->file))
        s->damage = "reading it failed";
    return s->left > 0;
}

#ifdef ADZE_HAVE_ZLIB

static ad_status open_packed(stream *s, const char *path)
{
    (void)path;
    s->packed = s->between = inflateInit2(&s->inflater, 15 + 16) == Z_OK;
    return s->packed ? AD_OK : message_no_memory();
}

/* The next member begins, if one does: a gzip file may have several. */
static bool begin_member(stream *s)
{
    if (s->members > 0 && (s->chunk[s->at] != 0x1F || inflateReset(&s->inflater) != Z_OK)) {
        s->damage = "something that is not gzip stands behind the gzip data";
        return false;
    }
    s->members++;
    s->between = false;
    return true;
}

/* Unpacks a piece; false where there is no more, or damage. */
static bool unpack(stream *s, unsigned char *to, size_t size, size_t *got)
{
    if (!fill(s)) {
        if (!s->between && !s->damage)
            s->damage = "the gzip file is cut off";
        return false;
    }
    if (s->between && !begin_member(s))
        return false;
    z_stream *z = &s->inflater;
    z->next_in = s->chunk + s->at, z->avail_in = (unsigned)s->left;
    z->next_out = to, z->avail_out = (unsigned)size;
    int code = inflate(z, Z_NO_FLUSH);
    s->at += s->left - z->avail_in, s->left = z->avail_in;
    *got = size - z->avail_out;
    s->between = code == Z_STREAM_END;
    if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR)
        s->damage = "the gzip file is damaged";
    return true;
}

static size_t read_packed(stream *s, void *bytes, size_t size)
{
    size_t done = 0, got = 0;
    while (done < size && !s->damage) {
        size_t part = size - done < 1u << 30 ? size - done : 1u << 30;
        if (!unpack(s, (unsigned char *)bytes + done, part, &got))
            break;
        done += got;
    }
    return done;
}

static void close_packed(stream *s)
{
    inflateEnd(&s->inflater);
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

enum { PATIENCE = 100 }; /* times 10 ms for somebody to write into a pipe */

/* What a pipe has now; false where nobody writes into it, which would be waited for without end. */
static bool pipe_begins(stream *s, int handle)
{
    for (int i = 0; i < PATIENCE; i++) {
        ssize_t got = read(handle, s->chunk, CHUNK);
        s->left = got > 0 ? (size_t)got : 0;
        if (got > 0 || (got < 0 && errno == EAGAIN))
            return true;
        poll(NULL, 0, 10);
    }
    return false;
}

static ad_status fail_open(const char *path)
{
    return message_fail(AD_ERROR_FILE,
                        "%s: cannot be opened: %s\n  check the name, and whether it may be read\n",
                        path, strerror(errno));
}

/* Opened without waiting, read with. */
static ad_status open_named(stream *s, const char *path)
{
    struct stat about;
    int handle = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (handle < 0)
        return fail_open(path);
    bool pipe = fstat(handle, &about) == 0 && S_ISFIFO(about.st_mode);
    if (pipe && !pipe_begins(s, handle)) {
        close(handle);
        return message_fail(AD_ERROR_FILE,
                            "%s: is a pipe, and nothing writes into it\n  name a file, or start "
                            "what writes first\n",
                            path);
    }
    fcntl(handle, F_SETFL, fcntl(handle, F_GETFL) & ~O_NONBLOCK);
    s->file = fdopen(handle, "rb");
    if (s->file)
        return AD_OK;
    close(handle);
    return fail_open(path);
}

static ad_status open_plain(stream *s, const char *path)
{
    struct stat about;
    bool input = strcmp(path, "-") == 0;
    ad_status status = input ? AD_OK : open_named(s, path);
    if (status != AD_OK)
        return status;
    s->file = input ? stdin : s->file;
    if (fstat(fileno(s->file), &about) == 0 && S_ISDIR(about.st_mode))
        return message_fail(AD_ERROR_FILE, "%s: is a folder, not a file\n  name a file in it\n",
                            path);
    return AD_OK;
}

stream *stream_open(const char *path, ad_status *status)
{
    stream *s = calloc(1, sizeof *s);
    if (!s || !(s->chunk = malloc(CHUNK))) {
        free(s);
        *status = message_no_memory();
        return NULL;
    }
    *status = open_plain(s, path);
    if (*status == AD_OK && fill(s) && s->left >= 2 && s->chunk[0] == 0x1F && s->chunk[1] == 0x8B)
        *status = open_packed(s, path);
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
    if (s->file && s->file != stdin)
        fclose(s->file);
    if (s->packed)
        close_packed(s);
    free(s->chunk);
    free(s);
}

size_t stream_read(stream *s, void *bytes, size_t size)
{
    if (s->packed)
        return read_packed(s, bytes, size);
    size_t kept = s->left < size ? s->left : size;
    memcpy(bytes, s->chunk + s->at, kept);
    s->at += kept, s->left -= kept;
    size_t got = kept < size ? fread((char *)bytes + kept, 1, size - kept, s->file) : 0;
    if (ferror(s->file))
        s->damage = "reading it failed";
    return kept + got;
}

const char *stream_damage(const stream *s)
{
    return s->damage;
}

const char *stream_where(const stream *s)
{
    return s->packed ? " of the unpacked data" : "";
}

bool is_folder(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}
