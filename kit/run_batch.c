/* Examples one behind the other as batches, and fields of batches by name. */
#include <stdlib.h>
#include <string.h>

#include "message.h"
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

ad_status run_row_source(ad_source *all, int64_t first, int64_t count, ad_source **rows)
{
    int64_t *number = malloc((size_t)(count > 0 ? count : 1) * sizeof *number);
    *rows = NULL;
    if (!number)
        return no_memory();
    for (int64_t i = 0; i < count; i++)
        number[i] = first + i;
    *rows = ad_source_part(all, number, count);
    free(number);
    return *rows ? AD_OK : run_fail_core(AD_RUN_BAD_DATA);
}

ad_status run_row_batches(ad_source *all, int64_t first, int64_t count, int64_t size,
                          ad_source **rows, ad_batches **b)
{
    *b = NULL;
    ad_status status = run_row_source(all, first, count, rows);
    if (status != AD_OK)
        return status;
    *b = ad_batches_new(*rows, .size = size, .order = AD_ORDER_AS_IS, .threads = 0);
    return *b ? AD_OK : run_fail_core(AD_RUN_BAD_DATA);
}
