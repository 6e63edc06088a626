/* Files of arrays: .npy, .npz, .safetensors and HDF5. */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "array_list.h"
#include "message.h"
#include "npy.h"
#include "text.h"
#include "zip.h"

struct npy_file {
    char *path;
    uint8_t *map;
    size_t size;
    bool single;
    zip zip;
    char **name;       /* of arrays, without ".npy" */
    char **where;      /* "FILE: NAME" */
    array_list others; /* of another format; count 0 of NumPy's */
};

static bool is_other(const npy_file *file)
{
    return !file->single && file->others.room > 0;
}

void npy_close(npy_file *file)
{
    if (!file)
        return;
    for (int64_t i = 0; file->name && i < file->zip.count; i++) {
        free(file->name[i]);
        free(file->where[i]);
    }
    free(file->name);
    free(file->where);
    zip_done(&file->zip);
    array_list_done(&file->others);
    if (file->map)
        munmap(file->map, file->size);
    free(file->path);
    free(file);
}

static ad_status fail_open(const char *path)
{
    return message_fail(AD_ERROR_FILE,
                        "%s: cannot be opened: %s\n  check the name, and whether it may be read\n",
                        path, strerror(errno));
}

/* opened: takes the descriptor; NULL: it is closed. */
static ad_status map_file(const char *path, uint8_t **map, size_t *size, int *opened)
{
    struct stat about;
    *map = NULL;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0)
        return fail_open(path);
    ad_status status = AD_OK;
    if (fstat(file, &about) != 0 || !S_ISREG(about.st_mode))
        status = message_fail(AD_ERROR_FILE, "%s: is not a file\n  name a file of arrays\n", path);
    else if (about.st_size == 0)
        status = message_fail(AD_ERROR_FORMAT, "%s: is empty\n  write it again\n", path);
    if (status == AD_OK) {
        *size = (size_t)about.st_size;
        void *got = mmap(NULL, *size, PROT_READ, MAP_PRIVATE, file, 0);
        status = got == MAP_FAILED ? fail_open(path) : AD_OK;
        *map = got == MAP_FAILED ? NULL : got;
    }
    if (opened && status == AD_OK)
        *opened = file;
    else
        close(file);
    return status;
}

static ad_status name_arrays(npy_file *f)
{
    f->name = calloc((size_t)f->zip.count + 1, sizeof *f->name);
    f->where = calloc((size_t)f->zip.count + 1, sizeof *f->where);
    if (!f->name || !f->where) {
        free(f->name);
        f->name = NULL;
        return message_no_memory();
    }
    for (int64_t i = 0; i < f->zip.count; i++) {
        const char *name = f->zip.entry[i].name;
        size_t size = strlen(name);
        size -= size > 4 && strcmp(name + size - 4, ".npy") == 0 ? 4 : 0;
        f->name[i] = text_copy_bytes(name, size);
        f->where[i] = text_format("%s: %s", f->path, name);
        if (!f->name[i] || !f->where[i])
            return message_no_memory();
    }
    return AD_OK;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const listed_array *)a)->name, ((const listed_array *)b)->name);
}

/* Safetensors and HDF5. */
static ad_status list_others(npy_file *f)
{
    ad_status status = hdf5_looks(f->map, f->size)
                           ? hdf5_list(f->path, &f->others)
                           : safetensors_list(f->path, f->map, f->size, &f->others);
    if (status == AD_OK && !f->others.count)
        status = message_fail(AD_ERROR_FORMAT, "%s: holds no array\n  write it again\n", f->path);
    if (status == AD_OK)
        qsort(f->others.list, (size_t)f->others.count, sizeof *f->others.list, by_name);
    return status;
}

static ad_status list_arrays(npy_file *f)
{
    if (hdf5_looks(f->map, f->size) || safetensors_looks(f->map, f->size))
        return list_others(f);
    f->single = f->size < 4 || memcmp(f->map, "PK", 2) != 0;
    ad_status status = f->single ? AD_OK : zip_open(f->path, f->map, f->size, &f->zip);
    return status == AD_OK && !f->single ? name_arrays(f) : status;
}

ad_status npy_open(const char *path, npy_file **file)
{
    npy_file *f = calloc(1, sizeof *f);
    *file = NULL;
    if (!f)
        return message_no_memory();
    f->path = text_copy(path);
    ad_status status = f->path ? map_file(path, &f->map, &f->size, NULL) : message_no_memory();
    if (status == AD_OK)
        status = list_arrays(f);
    if (status == AD_OK)
        *file = f;
    else
        npy_close(f);
    return status;
}

int64_t npy_count(const npy_file *file)
{
    return file->single ? 1 : is_other(file) ? file->others.count : file->zip.count;
}

const char *npy_name(const npy_file *file, int64_t i)
{
    return file->single ? "" : is_other(file) ? file->others.list[i].name : file->name[i];
}

int64_t npy_find(const npy_file *file, const char *name)
{
    for (int64_t i = 0; i < npy_count(file); i++)
        if (strcmp(npy_name(file, i), name) == 0)
            return i;
    return -1;
}

/* A mapping of its own, so that the array outlives the file. */
static ad_status read_single(const npy_file *file, raw_array *raw)
{
    uint8_t *map;
    size_t size;
    int opened = -1;
    ad_status status = map_file(file->path, &map, &size, &opened);
    if (status != AD_OK)
        return status;
    status = npy_parse(file->path, map, size, raw);
    if (status != AD_OK) {
        munmap(map, size);
        close(opened);
        return status;
    }
    raw->map = map;
    raw->mapped = size;
    raw->file = opened + 1;
    return AD_OK;
}

/* Of a mapped file a copy, which is aligned and outlives it. */
static ad_status read_other(const npy_file *file, int64_t i, raw_array *raw)
{
    const listed_array *a = &file->others.list[i];
    if (a->refused)
        return message_fail(AD_ERROR_TYPE,
                            "%s: an array of it cannot be read: %s\n  save it as "
                            "numbers of 32 bits\n",
                            a->where, a->refused);
    *raw = (raw_array){.kind = a->kind, .rank = a->rank, .where = a->where};
    memcpy(raw->size, a->size, sizeof raw->size);
    if (!a->bytes)
        return hdf5_read(file->path, a, raw);
    size_t bytes = (size_t)raw_count(raw) * raw_width(raw->kind);
    raw->memory = malloc(bytes + 1);
    if (!raw->memory)
        return message_no_memory();
    if (bytes)
        memcpy(raw->memory, a->bytes, bytes);
    raw->bytes = raw->memory;
    return AD_OK;
}

ad_status npy_read(npy_file *file, int64_t i, raw_array *raw)
{
    const uint8_t *bytes;
    void *memory;
    *raw = (raw_array){0};
    if (file->single)
        return read_single(file, raw);
    if (is_other(file))
        return read_other(file, i, raw);
    ad_status status = zip_read(&file->zip, i, &bytes, &memory);
    if (status != AD_OK)
        return status;
    size_t size = (size_t)file->zip.entry[i].size;
    if (!memory) { /* it stands in the file as it is */
        memory = malloc(size + 1);
        if (!memory)
            return message_no_memory();
        memcpy(memory, bytes, size);
        bytes = memory;
    }
    status = npy_parse(file->where[i], bytes, size, raw);
    if (status != AD_OK) {
        free(memory);
        *raw = (raw_array){0};
        return status;
    }
    raw->memory = memory;
    return AD_OK;
}
