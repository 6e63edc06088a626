/* A set of images in the IDX format, plain or packed by gzip, with labels for three; and the same
 * bytes as numbers of any type. */
#include "fuzz.h"

#include <adze/kit.h>

static void set_of_images(const uint8_t *data, size_t size)
{
    /* 3 labels of one byte, for images that may be 3 */
    static const uint8_t three[] = {0, 0, 8, 1, 0, 0, 0, 3, 0, 1, 2};
    char labels[64];
    snprintf(labels, sizeof labels, "%s", fuzz_file("labels", three, sizeof three));
    const char *path = fuzz_file("images", data, size);
    ad_dataset *set = NULL;
    if (ad_dataset_idx(path, labels, 0, &set) == AD_OK)
        FUZZ_CHECK(set && ad_dataset_about(set)->count == 3);
    else
        FUZZ_CHECK(*ad_kit_error());
    ad_dataset_free(set);
    remove(path);
    remove(labels);
}

static void any_numbers(const uint8_t *data, size_t size)
{
    const ad_reader_record *reader = ad_reader_find("idx");
    ad_idx_options o = AD_OPTIONS_INIT(ad_idx_options, .path = fuzz_file("any", data, size));
    ad_schema *schema = NULL;
    ad_source *source = NULL;
    uint64_t sum;
    if (reader->understand(&o, &schema) == AD_OK &&
        reader->open(&o, schema, AD_PART_TRAIN, &source) == AD_OK)
        FUZZ_CHECK(ad_source_fingerprint(source, &sum) == AD_OK);
    else
        FUZZ_CHECK(*ad_kit_error());
    ad_source_free(source);
    ad_schema_free(schema);
    remove(o.path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size <= 1 << 16)
        set_of_images(data, size), any_numbers(data, size);
    return 0;
}
