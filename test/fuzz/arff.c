/* A file for the reader of arff. */
#include "reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 1 << 16)
        return 0;
    const char *path = fuzz_file("table.arff", data, size);
    ad_arff_options o = AD_OPTIONS(ad_arff_options, .path = path);
    fuzz_reader("arff", &o, path);
    remove(path);
    return 0;
}
