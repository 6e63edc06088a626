/* Files inside an archive: tar (plain or packed by gzip, bzip2, xz) and zip. */
#ifndef ADZE_KIT_ARCHIVE_H
#define ADZE_KIT_ARCHIVE_H

#include <adze/kit.h>

typedef struct archive_reader {
    /* Whether the bytes of that entry are wanted; it may fail by a status with words. */
    ad_status (*entry)(void *user, const char *name, bool *wanted);
    /* More bytes of the entry that was wanted last. */
    ad_status (*bytes)(void *user, const void *bytes, size_t size);
    void *user;
} archive_reader;

/* Whether the first bytes of a file (512 are enough) are those of an archive. */
bool archive_looks(const unsigned char *bytes, size_t size);
/* Gives all files of the archive, in its order. */
ad_status archive_read(const char *path, const archive_reader *reader);

#endif
