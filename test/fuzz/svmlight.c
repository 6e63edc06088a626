/* A file for the reader of svmlight. */
#include "reader.h"

/* Six digits and more before a colon. */
static int fuzz_has_large_index(const uint8_t *data, size_t size)
{
    int digits = 0;
    for (size_t i = 0; i < size; i++) {
        if (data[i] == ':' && digits > 5)
            return 1;
        digits = data[i] >= '0' && data[i] <= '9' ? digits + 1 : 0;
    }
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 1 << 16)
        return 0;
    if (fuzz_has_large_index(data, size)) /* a row of 64 MiB is long to read, and says no more */
        return 0;
    const char *path = fuzz_file("table.svmlight", data, size);
    ad_svmlight_options o = AD_OPTIONS(ad_svmlight_options, .path = path);
    fuzz_reader("svmlight", &o, path);
    remove(path);
    return 0;
}
