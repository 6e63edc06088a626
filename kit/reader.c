/* The readers of data.  One exists when it has a line in readers.def. */
#include <string.h>

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
