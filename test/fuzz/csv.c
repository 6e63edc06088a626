/* A table as text in any dialect, plain or packed by gzip. */
#include "reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *target[] = {(char *)"1"};
    if (size == 0 || size > 1 << 16)
        return 0;
    const char *path = fuzz_file("table.csv", data + 1, size - 1);
    /* the first byte chooses options */
    ad_csv_options o = AD_OPTIONS(ad_csv_options, .path = path, .threads = 1 + (*data & 1),
                                  .header = *data >> 1 & 3, .unknown = *data >> 3 & 1);
    o.header = o.header > 2 ? 0 : o.header;
    o.quote = *data & 0x10 ? "none" : NULL;
    o.comment = *data & 0x20 ? "#" : NULL;
    if (*data & 0x40)
        o.target = (ad_names){1, target};
    else if (*data & 0x80)
        o.id = (ad_names){1, target};
    fuzz_reader("csv", &o, path);
    remove(path);
    return 0;
}
