/* Archives through libarchive, read from the beginning to the end; nothing is written anywhere. */
#include "archive.h"

#include <stdlib.h>
#include <string.h>

#include "message.h"

bool archive_looks(const unsigned char *bytes, size_t size)
{
    static const struct {
        size_t at, size;
        const char *magic;
    } kinds[] = {{0, 4, "PK\3\4"},
                 {257, 5, "ustar"},
                 {0, 2, "\x1F\x8B"},
                 {0, 3, "BZh"},
                 {0, 6,
                  "\xFD"
                  "7zXZ"}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (size >= kinds[i].at + kinds[i].size &&
            memcmp(bytes + kinds[i].at, kinds[i].magic, kinds[i].size) == 0)
            return true;
    return false;
}

#ifdef ADZE_HAVE_ARCHIVE

#include <archive.h>
#include <archive_entry.h>

static ad_status fail_archive(const char *path, struct archive *a)
{
    const char *words = archive_error_string(a);
    return message_fail(AD_ERROR_FORMAT, "%s: not a sound archive: %s\n  fetch the file again\n",
                        path, words ? words : "libarchive does not say why");
}

/* One packing at most: an archive that is packed in many layers unpacks to any size. */
static ad_status open_archive(const char *path, struct archive *a)
{
    archive_read_support_filter_gzip(a);
    archive_read_support_filter_bzip2(a);
    archive_read_support_filter_xz(a);
    archive_read_support_format_tar(a);
    archive_read_support_format_zip(a);
    if (archive_read_open_filename(a, path, 1 << 16) != ARCHIVE_OK)
        return fail_archive(path, a);
    return AD_OK;
}

static ad_status check_layers(const char *path, struct archive *a)
{
    return archive_filter_count(a) <= 2
               ? AD_OK
               : message_fail(AD_ERROR_FORMAT, "%s: is packed more than once\n  unpack it once\n",
                              path);
}

static ad_status read_entry(const char *path, struct archive *a, const archive_reader *reader)
{
    const void *bytes;
    size_t size;
    la_int64_t at, done = 0;
    int got;
    while ((got = archive_read_data_block(a, &bytes, &size, &at)) == ARCHIVE_OK) {
        if (at != done)
            return message_fail(AD_ERROR_FORMAT,
                                "%s: a file in it has holes\n  pack it again, not as sparse\n",
                                path);
        ad_status status = reader->bytes(reader->user, bytes, size);
        if (status != AD_OK)
            return status;
        done += (la_int64_t)size;
    }
    return got == ARCHIVE_EOF ? AD_OK : fail_archive(path, a);
}

static ad_status take_entry(const char *path, struct archive *a, struct archive_entry *e,
                            const archive_reader *reader)
{
    bool wanted = false;
    const char *name = archive_entry_pathname(e);
    if (archive_entry_filetype(e) != AE_IFREG)
        return AD_OK;
    if (!name)
        return message_fail(AD_ERROR_FORMAT, "%s: a file in it has no name\n  pack it again\n",
                            path);
    ad_status status = reader->entry(reader->user, name, &wanted);
    return status == AD_OK && wanted ? read_entry(path, a, reader) : status;
}

static ad_status read_all(const char *path, struct archive *a, const archive_reader *reader)
{
    struct archive_entry *e;
    int got;
    ad_status status = open_archive(path, a);
    if (status == AD_OK)
        status = check_layers(path, a);
    while (status == AD_OK) {
        got = archive_read_next_header(a, &e);
        if (got == ARCHIVE_EOF)
            return AD_OK;
        status = got == ARCHIVE_OK || got == ARCHIVE_WARN ? take_entry(path, a, e, reader)
                                                          : fail_archive(path, a);
    }
    return status;
}

ad_status archive_read(const char *path, const archive_reader *reader)
{
    struct archive *a = archive_read_new();
    if (!a)
        return message_no_memory();
    ad_status status = read_all(path, a, reader);
    archive_read_free(a);
    return status;
}

#else

ad_status archive_read(const char *path, const archive_reader *reader)
{
    (void)reader;
    return message_fail(
        AD_ERROR_UNSUPPORTED,
        "%s: this build cannot read archives\n  install the package libarchive-dev and build "
        "again, or unpack it and name the folder\n",
        path);
}

#endif
