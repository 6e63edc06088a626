/* Files of arrays: one (.npy), several in a zip (.npz), .safetensors, HDF5. */
#ifndef ADZE_KIT_NPY_H
#define ADZE_KIT_NPY_H

#include "raw.h"

/* An array from the bytes of a .npy file, which it points into. where: for messages, kept. */
ad_status npy_parse(const char *where, const uint8_t *bytes, size_t size, raw_array *raw);
bool npy_looks(const unsigned char *bytes, size_t size);

/* A file of arrays, told apart by its first bytes.  A .npy file holds one array, called "". */
typedef struct npy_file npy_file;
ad_status npy_open(const char *path, npy_file **file);
void npy_close(npy_file *file);
int64_t npy_count(const npy_file *file);
const char *npy_name(const npy_file *file, int64_t i);
int64_t npy_find(const npy_file *file, const char *name); /* -1: none */
/* The array, with memory of its own; raw->where is valid as long as the file. */
ad_status npy_read(npy_file *file, int64_t i, raw_array *raw);

#endif
