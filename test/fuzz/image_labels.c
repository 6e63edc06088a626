/* A CSV file of names and classes: refused with words, or rows with both. */
#include "fuzz.h"

#include <sys/mman.h>

#include "kit/label_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    label_file rows;
    int file = memfd_create("labels", 0);
    if (file < 0 || write(file, data, size) != (ssize_t)size)
        return 0;
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    if (label_file_read(path, &rows) == AD_OK)
        for (int64_t i = 0; i < rows.rows; i++)
            FUZZ_CHECK(*rows.row[i].name && *rows.row[i].label && rows.row[i].line > 0);
    else
        FUZZ_CHECK(*ad_kit_error() && !rows.row);
    label_file_done(&rows);
    close(file);
    return 0;
}
