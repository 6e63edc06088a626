/* Notes of files, from any bytes: what is read is in its ranges, and written it reads back. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kit/note.h"

typedef struct record {
    int64_t images, done;
    double loss;
    bool stopped;
} record;

static const note_field fields[] = {
    {.name = "images",
     .type = NOTE_WHOLE,
     .offset = offsetof(record, images),
     .low = 1,
     .high = 1e12},
    {.name = "done",
     .type = NOTE_WHOLE,
     .offset = offsetof(record, done),
     .high = 1e12,
     .most = "images"},
    {.name = "loss", .type = NOTE_NUMBER, .offset = offsetof(record, loss), .high = 1e300},
    {.name = "stopped",
     .type = NOTE_TRUTH,
     .offset = offsetof(record, stopped),
     .high = 1,
     .optional = true},
};

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const note_table table = {fields, 4};
    char words[256], why[64];
    record r = {0}, again = {0};
    char *text = malloc(size + 1);
    if (!text)
        return 0;
    if (size)
        memcpy(text, bytes, size);
    text[size] = 0;
    if (note_read(&table, text, &r, why, sizeof why)) {
        assert(r.images >= 1 && r.done >= 0 && r.done <= r.images && r.loss >= 0 &&
               r.loss <= 1e300);
        assert(note_write(&table, &r, words, sizeof words));
        assert(note_read(&table, words, &again, why, sizeof why));
        assert(again.images == r.images && again.done == r.done && again.stopped == r.stopped);
        assert(memcmp(&again.loss, &r.loss, sizeof r.loss) == 0);
    } else {
        assert(strlen(why) > 0 && strlen(why) < sizeof why);
    }
    free(text);
    return 0;
}
