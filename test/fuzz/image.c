/* Pictures, from any bytes, as grey and as colours. */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include <adze/kit.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char path[64];
    int file = memfd_create("picture", 0);
    if (file < 0 || write(file, bytes, size) != (ssize_t)size)
        return 0;
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    for (int64_t channels = 1; channels <= 3; channels += 2) {
        ad_image image;
        if (ad_image_read(path, channels, &image) == AD_OK)
            assert(image.channels == channels && image.pixels && image.height > 0);
        else
            assert(!image.pixels && ad_kit_error()[0]);
        ad_image_done(&image);
    }
    close(file);
    return 0;
}
