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
    ad_array array; /* without data where it is not read */
    /* Of a file that was read: */
    const char *dtype; /* as the file calls it */
    const void *bytes; /* where they lie, aligned or not */
    const char
        *unread; /* why there is no array, "dtype F16" or "9 axes"; NULL where there is one */
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

/* Everything in the file is checked.  Tensors of element types and ranks that Adze has not are kept
 * as bytes, with .unread.  On failure nothing needs to be freed. */
ad_status safetensors_read(const ad_allocator *allocator, const char *path,
                           struct safetensors *file);
/* The same from memory that must outlive the result; name is what messages call it. */
ad_status safetensors_parse(const ad_allocator *allocator, const char *name, const char *data,
                            size_t size, struct safetensors *file);
void safetensors_free(struct safetensors *file);

/* NULL where there is none. */
const struct safetensor *safetensors_find(const struct safetensors *file, const char *name);
const char *safetensors_note(const struct safetensors *file, const char *key);

/* Reads no more of a file than the header: the note of that key into out, an end included.  Fails
 * where there is none, or more of it than size. */
ad_status safetensors_read_note(const ad_allocator *allocator, const char *path, const char *key,
                                char *out, size_t size);

/* The elements of a tensor as f32 or f64, to: from F16, BF16, F32 and F64, rounded to the nearest,
 * ties to even.  False where the tensor is of another type. */
bool safetensors_converts(const struct safetensor *tensor, ad_type to);
void safetensors_convert(const struct safetensor *tensor, ad_type to, void *out);

/* Written whole or not at all.  Names must differ and be UTF-8.  Tensors of wide elements come
 * first, so that each is aligned. */
ad_status safetensors_write(const ad_allocator *allocator, const char *path,
                            const struct safetensor *tensors, int count,
                            const struct safetensors_note *notes, int note_count);

#endif
