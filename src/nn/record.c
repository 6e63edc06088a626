/* Finding a record by its name. */
#include <adze/record.h>

#include <string.h>

const ad_record *ad_record_find(ad_records list, const char *name)
{
    for (int i = 0; list(i); i++)
        if (strcmp(list(i)->name, name) == 0)
            return list(i);
    return NULL;
}
