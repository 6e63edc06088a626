/* Scratch files, and the texts of test/pictures in base 16. */
#ifndef PICTURE_FILES_H
#define PICTURE_FILES_H

#include <adze/kit.h>

#include "scratch.h"

/* Where bytes is NULL: only how many there are. */
static inline size_t unpack(const char *text, unsigned char *bytes)
{
    size_t size = strlen(text) / 2;
    for (size_t i = 0; bytes && i < size; i++) {
        unsigned byte = 0;
        sscanf(text + 2 * i, "%2x", &byte);
        bytes[i] = (unsigned char)byte;
    }
    return size;
}

#endif
