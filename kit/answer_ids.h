/* What names a row: the fields of the data that are ids, as text. */
#ifndef ADZE_KIT_ANSWER_IDS_H
#define ADZE_KIT_ANSWER_IDS_H

#include <adze/kit.h>

#include "text.h"

typedef struct answer_ids {
    int count;
    const char **name; /* the schema's */
    const ad_schema_field **field;
    text_buffer *text; /* of the row that was read last, each ends in 0 */
    ad_array *room;    /* one for each field of the source */
    int64_t *length;
    int fields;
} answer_ids;

/* False without memory; answer_ids_done in any case. */
bool answer_ids_begin(answer_ids *ids, const ad_schema *schema);
void answer_ids_done(answer_ids *ids);
/* Of example i; source NULL: there is none, and all are empty.  Missing ones are empty. */
ad_status answer_ids_read(answer_ids *ids, ad_source *source, int64_t i);

#endif
