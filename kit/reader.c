/* The readers of data.  One exists when it has a line in readers.def. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "message.h"
#include "suggest.h"
#include "text.h"

#define READER(name) extern const ad_reader_record reader_##name;
#include "readers.def"
#undef READER

static const ad_reader_record *const readers[] = {
#define READER(name) &reader_##name,
#include "readers.def"
#undef READER
};

enum { READERS = sizeof readers / sizeof *readers };

const ad_record *ad_reader_at(int i)
{
    return i >= 0 && i < READERS ? &readers[i]->record : NULL;
}

const ad_reader_record *ad_reader_find(const char *name)
{
    const ad_record *record = ad_record_find(ad_reader_at, name);
    if (record)
        return (const ad_reader_record *)record;
    suggest near = {.wrong = name};
    for (int i = 0; i < READERS; i++)
        suggest_try(&near, readers[i]->record.name, readers[i]->record.also);
    message_fail(AD_ERROR_ARGUMENT, "no reader of data is called '%s'\n  %s%s\n", name,
                 near.best ? "did you mean " : "`adze readers` lists them",
                 near.best ? near.best : "");
    return NULL;
}

/* The first bytes of a file; 0 of a folder or what cannot be opened. */
static size_t first_bytes(const char *path, unsigned char *bytes, size_t room)
{
    FILE *file = fopen(path, "rb");
    size_t size = file ? fread(bytes, 1, room, file) : 0;
    if (file)
        fclose(file);
    return size;
}

const ad_reader_record *ad_reader_for(const char *path)
{
    enum { LOOKED_AT = 4096 };
    unsigned char bytes[LOOKED_AT];
    struct stat about;
    if (stat(path, &about) != 0) {
        message_fail(AD_ERROR_FILE, "%s: cannot be opened: %s\n  check the name\n", path,
                     strerror(errno));
        return NULL;
    }
    bool folder = S_ISDIR(about.st_mode);
    /* a pipe would be waited for */
    size_t size = S_ISREG(about.st_mode) ? first_bytes(path, bytes, sizeof bytes) : 0;
    const ad_reader_record *best = NULL;
    int most = 0;
    for (int i = 0; i < READERS; i++) {
        int looks = readers[i]->looks ? readers[i]->looks(path, folder ? NULL : bytes, size) : 0;
        best = looks > most ? readers[i] : best;
        most = looks > most ? looks : most;
    }
    if (!best)
        message_fail(
            AD_ERROR_FORMAT,
            "%s: no reader knows what this is\n  say it: data.format; `adze readers` lists "
            "the formats\n",
            path);
    return best;
}
