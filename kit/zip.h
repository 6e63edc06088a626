/* Zip files in memory (PKWARE's APPNOTE), with zip64; entries stored or deflated. */
#ifndef ADZE_KIT_ZIP_H
#define ADZE_KIT_ZIP_H

#include <adze/kit.h>

typedef struct zip_entry {
    char *name;
    int method; /* 0 stored, 8 deflated */
    uint32_t sum;
    uint64_t packed, size, header; /* bytes; where its local header stands */
} zip_entry;

typedef struct zip {
    const char *path; /* for messages; not owned */
    const uint8_t *bytes;
    uint64_t size;
    zip_entry *entry;
    int64_t count;
} zip;

/* The list of entries.  bytes stay the caller's and must outlive it. */
ad_status zip_open(const char *path, const uint8_t *bytes, size_t size, zip *z);
void zip_done(zip *z);
/* What the entry holds, checked by its sum.  *memory: to be freed where it was unpacked, else NULL,
 * and *bytes points into the file. */
ad_status zip_read(const zip *z, int64_t i, const uint8_t **bytes, void **memory);

#endif
