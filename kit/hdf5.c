/* HDF5 through libhdf5, which does one thing at a time. */
#include "array_list.h"

#include <stdlib.h>
#include <string.h>

#include "message.h"

bool hdf5_looks(const unsigned char *bytes, size_t size)
{
    return size >= 8 && memcmp(bytes, "\211HDF\r\n\032\n", 8) == 0;
}

#ifdef ADZE_HAVE_HDF5

#include <hdf5.h>
#include <pthread.h>

static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;

static ad_status fail_file(const char *path, const char *what)
{
    return message_fail(AD_ERROR_FORMAT,
                        "%s: not an HDF5 file that can be read: %s\n"
                        "  write the file again\n",
                        path, what);
}

/* The kind of our numbers that holds a data set's; false: none does. */
static bool kind_of(hid_t type, raw_kind *kind)
{
    static const raw_kind whole[2][4] = {{RAW_U8, RAW_U16, RAW_U32, RAW_U64},
                                         {RAW_I8, RAW_I16, RAW_I32, RAW_I64}};
    size_t width = H5Tget_size(type);
    int power = width == 1 ? 0 : width == 2 ? 1 : width == 4 ? 2 : width == 8 ? 3 : -1;
    if (H5Tget_class(type) == H5T_INTEGER && power >= 0)
        return *kind = whole[H5Tget_sign(type) != H5T_SGN_NONE][power], true;
    if (H5Tget_class(type) == H5T_ENUM && power == 0) /* as h5py writes true and false */
        return *kind = RAW_U8, true;
    *kind = width == 8 ? RAW_F64 : RAW_F32; /* halves are widened */
    return H5Tget_class(type) == H5T_FLOAT && width <= 8;
}

static hid_t memory_type(raw_kind kind)
{
    switch (kind) {
    case RAW_U8: return H5T_NATIVE_UINT8;
    case RAW_U16: return H5T_NATIVE_UINT16;
    case RAW_U32: return H5T_NATIVE_UINT32;
    case RAW_U64: return H5T_NATIVE_UINT64;
    case RAW_I8: return H5T_NATIVE_INT8;
    case RAW_I16: return H5T_NATIVE_INT16;
    case RAW_I32: return H5T_NATIVE_INT32;
    case RAW_I64: return H5T_NATIVE_INT64;
    case RAW_F64: return H5T_NATIVE_DOUBLE;
    default: return H5T_NATIVE_FLOAT;
    }
}

/* ---------------------------------------------------------------- what there is */

typedef struct walk {
    const char *path;
    array_list *list;
    ad_status status;
} walk;

static void describe(hid_t set, listed_array *one)
{
    hsize_t size[H5S_MAX_RANK];
    hid_t type = H5Dget_type(set), space = H5Dget_space(set);
    one->rank = H5Sget_simple_extent_ndims(space);
    if (!kind_of(type, &one->kind))
        one->refused = "no numbers";
    else if (one->rank > AD_RANK_MAX || one->rank < 0)
        one->refused = "too many axes";
    else if (H5Sget_simple_extent_dims(space, size, NULL) < 0)
        one->refused = "no shape";
    for (int i = 0; !one->refused && i < one->rank; i++)
        one->size[i] = size[i] < (hsize_t)INT64_MAX ? (int64_t)size[i] : INT64_MAX;
    if (one->refused)
        one->rank = 0;
    H5Sclose(space);
    H5Tclose(type);
}

static herr_t visit(hid_t file, const char *name, const H5O_info_t *info, void *user)
{
    walk *w = user;
    if (info->type != H5O_TYPE_DATASET)
        return 0;
    hid_t set = H5Dopen2(file, name, H5P_DEFAULT);
    listed_array *one = set < 0 ? NULL : array_list_add(w->list, w->path, name, strlen(name));
    if (one)
        describe(set, one);
    else
        w->status = set < 0 ? fail_file(w->path, name) : message_no_memory();
    if (set >= 0)
        H5Dclose(set);
    return w->status == AD_OK ? 0 : -1;
}

static hid_t open_file(const char *path)
{
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL); /* it would print */
    return H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
}

ad_status hdf5_list(const char *path, array_list *list)
{
    walk w = {path, list, AD_OK};
    pthread_mutex_lock(&one_at_a_time);
    hid_t file = open_file(path);
    herr_t went = file < 0 ? -1 : H5Ovisit(file, H5_INDEX_NAME, H5_ITER_INC, visit, &w);
    if (file >= 0)
        H5Fclose(file);
    pthread_mutex_unlock(&one_at_a_time);
    if (w.status == AD_OK && went < 0)
        return fail_file(path, file < 0 ? "it cannot be opened" : "its groups are damaged");
    return w.status;
}

/* ---------------------------------------------------------------- reading */

static ad_status read_set(const char *path, const listed_array *a, raw_array *raw)
{
    hid_t file = open_file(path);
    hid_t set = file < 0 ? -1 : H5Dopen2(file, a->name, H5P_DEFAULT);
    bool good = set >= 0 &&
                H5Dread(set, memory_type(a->kind), H5S_ALL, H5S_ALL, H5P_DEFAULT, raw->memory) >= 0;
    if (set >= 0)
        H5Dclose(set);
    if (file >= 0)
        H5Fclose(file);
    return good ? AD_OK : fail_file(path, a->name);
}

ad_status hdf5_read(const char *path, const listed_array *a, raw_array *raw)
{
    int64_t bytes = (int64_t)raw_width(a->kind);
    for (int i = 0; i < a->rank; i++)
        if (__builtin_mul_overflow(bytes, a->size[i], &bytes))
            return message_no_memory();
    raw->memory = malloc((size_t)bytes + 1);
    if (!raw->memory)
        return message_no_memory();
    raw->bytes = raw->memory;
    pthread_mutex_lock(&one_at_a_time);
    ad_status status = read_set(path, a, raw);
    pthread_mutex_unlock(&one_at_a_time);
    if (status != AD_OK) {
        free(raw->memory);
        *raw = (raw_array){0};
    }
    return status;
}

#else

static ad_status without(const char *path)
{
    return message_fail(AD_ERROR_UNSUPPORTED,
                        "%s: this build cannot read HDF5\n  install the package libhdf5-dev and "
                        "build again, or save the arrays as npz\n",
                        path);
}

ad_status hdf5_list(const char *path, array_list *list)
{
    (void)list;
    return without(path);
}

ad_status hdf5_read(const char *path, const listed_array *array, raw_array *raw)
{
    (void)array, (void)raw;
    return without(path);
}

#endif
