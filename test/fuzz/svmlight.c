/* A file for the reader of svmlight. */
#include "reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 1 << 16)
        return 0;
    const char *path = fuzz_file("table.svmlight", data, size);
    ad_svmlight_options o = AD_OPTIONS(ad_svmlight_options, .path = path);
    fuzz_reader("svmlight", &o, path);
    remove(path);
    return 0;
}
