/* Fields of batches by name. */
#include <string.h>

#include "run.h"

int run_batch_field(const ad_batches *b, const char *name, const char *ending)
{
    const ad_source_field *field;
    int fields = ad_batches_fields(b, &field);
    size_t size = strlen(name);
    for (int i = 0; i < fields; i++)
        if (strncmp(field[i].name, name, size) == 0 && strcmp(field[i].name + size, ending) == 0)
            return i;
    return -1;
}
