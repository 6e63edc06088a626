/* A file of arrays, npy, npz or safetensors: refused with words, or a source that can be read.  Of
 * HDF5 it would be libhdf5 that is tried. */
#include "fuzz.h"

#include <sys/mman.h>

#include <adze/kit.h>

enum { FIELDS = 64 };

static void read_all(ad_source *source)
{
    const ad_source_field *field;
    ad_array into[FIELDS] = {{0}};
    int fields = ad_source_fields(source, &field);
    FUZZ_CHECK(fields > 0 && ad_source_count(source) > 0);
    if (fields > FIELDS)
        return;
    for (int f = 0; f < fields; f++) {
        into[f] = (ad_array){.type = field[f].type, .shape = {.rank = field[f].shape.rank + 1}};
        into[f].shape.size[0] = 1;
        for (int i = 0; i < field[f].shape.rank; i++)
            into[f].shape.size[i + 1] = field[f].shape.size[i];
        into[f].data = malloc(ad_array_bytes(&into[f]) + 1);
        FUZZ_CHECK(into[f].data);
    }
    for (int64_t i = 0; i < ad_source_count(source) && i < 100; i++)
        FUZZ_CHECK(ad_source_read(source, &i, 1, 0, into) == AD_OK);
    for (int f = 0; f < fields; f++)
        free(into[f].data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    if (size >= 4 && memcmp(data, "\211HDF", 4) == 0)
        return 0;
    int file = memfd_create("arrays", 0);
    if (file < 0 || write(file, data, size) != (ssize_t)size)
        return 0;
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    const ad_reader_record *reader = ad_reader_find("arrays");
    ad_arrays_options o = AD_OPTIONS_INIT(ad_arrays_options, .path = path);
    o.channels = size % 2 ? AD_CHANNELS_FIRST : AD_CHANNELS_UNSAID;
    ad_schema *schema = NULL;
    ad_source *source = NULL;
    if (reader->understand(&o, &schema) == AD_OK &&
        reader->open(&o, schema, AD_PART_TRAIN, &source) == AD_OK)
        read_all(source);
    else
        FUZZ_CHECK(*ad_kit_error());
    ad_source_free(source);
    ad_schema_free(schema);
    close(file);
    return 0;
}
