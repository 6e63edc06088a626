/* The safetensors format (Hugging Face 2022): 8 bytes with the length of the header, little end
 * first; the header, JSON
 * {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, ..., "__metadata__": {"key":
 * "value"}}, padded with spaces; the numbers, without holes. */
#ifndef IO_SAFETENSORS_H
#define IO_SAFETENSORS_H

#include <adze/adze.h>

#include "base/arena.h"

struct safetensor {
    const char *name;
    ad_array array;
};

struct safetensors_note { /* an entry of __metadata__ */
    const char *key;
    const char *value;
};

/* A file that was read. */
struct safetensors {
    struct safetensor *tensors; /* sorted by name */
    int count;
    struct safetensors_note *notes; /* sorted by key */
    int note_count;
    struct arena arena; /* of all of the above */
    char *data;         /* the file */
    size_t size;
};

/* Everything in the file is checked.  On failure nothing needs to be freed. */
ad_status safetensors_read(const ad_allocator *allocator, const char *path,
                           struct safetensors *file);
/* The same from memory that must outlive the result; name is what messages call it. */
ad_status safetensors_parse(const ad_allocator *allocator, const char *name, const char *data,
                            size_t size, struct safetensors *file);
void safetensors_free(struct safetensors *file);

/* NULL where there is none. */
const struct safetensor *safetensors_find(const struct safetensors *file, const char *name);
const char *safetensors_note(const struct safetensors *file, const char *key);

/* Written whole or not at all.  Names must differ and be UTF-8.  Tensors of wide elements come
 * first, so that each is aligned. */
ad_status safetensors_write(const ad_allocator *allocator, const char *path,
                            const struct safetensor *tensors, int count,
                            const struct safetensors_note *notes, int note_count);

#endif
