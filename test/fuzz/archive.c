/* Pictures in a tar or zip file: refused with words, or a source that can be read. */
#include "fuzz.h"

#include <sys/mman.h>

#include <adze/kit.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    unsigned char pixels[4 * 4 * 3];
    int32_t label = -1;
    int file = memfd_create("archive", 0);
    if (file < 0 || write(file, data, size) != (ssize_t)size)
        return 0;
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    const ad_reader_record *reader = ad_reader_find("images");
    ad_images_options o = AD_OPTIONS_INIT(ad_images_options, .path = path, .memory = 16);
    o.height = o.width = 4, o.channels = 3, o.broken = 1 << 20;
    o.keep = size % 2;
    ad_schema *schema = NULL;
    ad_source *source = NULL;
    if (reader->understand(&o, &schema) == AD_OK &&
        reader->open(&o, schema, AD_PART_TRAIN, &source) == AD_OK) {
        ad_array into[2] = {ad_u8(pixels, AD_SHAPE(1, 4, 4, 3)), ad_i32(&label, AD_SHAPE(1))};
        for (int64_t i = 0; source && i < ad_source_count(source); i++)
            FUZZ_CHECK(ad_source_read(source, &i, 1, 0, into) == AD_OK && label >= 0);
    } else {
        FUZZ_CHECK(*ad_kit_error());
    }
    ad_source_free(source);
    ad_schema_free(schema);
    close(file);
    return 0;
}
