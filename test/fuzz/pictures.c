/* Files of the kit: a single image (PNG, PGM), and a set of images or labels (IDX, also packed by
 * gzip), by the first byte. */
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

static void image(const uint8_t *data, size_t size, int64_t channels)
{
    ad_image picture = {0};
    const char *path = fuzz_file("image", data, size);
    if (ad_image_read(path, channels, &picture) != AD_OK)
        FUZZ_CHECK(*ad_kit_error());
    ad_image_done(&picture);
    remove(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 1 << 16)
        return 0;
    if (size && (data[0] == 0 || data[0] == 0x1f))
        set_of_images(data, size);
    else
        for (int64_t channels = 1; channels <= 3; channels += 2)
            image(data, size, channels);
    return 0;
}
