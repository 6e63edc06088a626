/* Bytes of a file that may be cut short while it is read. */
#define _XOPEN_SOURCE 700

#include "mapped.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static ad_status fail_short(int descriptor, const char *name, size_t wanted)
{
    struct stat about = {.st_size = 0};
    long long end = fstat(descriptor, &about) == 0 ? (long long)about.st_size : 0;
    return ad_source_fail(AD_ERROR_FILE,
                          "%s: ends at byte %lld now, and had %zu when it was opened: it was cut "
                          "short meanwhile\n  bring the file back as it was",
                          name, end, wanted);
}

ad_status mapped_read(int descriptor, const char *name, size_t wanted, size_t from, void *to,
                      size_t size)
{
    size_t done = 0;
    while (done < size) {
        ssize_t got = pread(descriptor, (char *)to + done, size - done, (off_t)(from + done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return ad_source_fail(AD_ERROR_FILE, "%s: cannot be read: %s", name, strerror(errno));
        if (got == 0)
            return fail_short(descriptor, name, wanted);
        done += (size_t)got;
    }
    return AD_OK;
}
