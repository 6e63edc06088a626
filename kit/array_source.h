/* Sources over arrays that came from files, and what their fields are. */
#ifndef ADZE_KIT_ARRAY_SOURCE_H
#define ADZE_KIT_ARRAY_SOURCE_H

#include "raw.h"

/* What the target of arrays is. */
typedef struct target_form {
    ad_target_kind kind;
    int64_t classes; /* 0: one more than the largest */
    const ad_names *names;
    const char *name; /* of the field; NULL: "label" or "target" */
} target_form;

/* Adds the input's field: "image" for bytes as (count, height, width) or (count, height, width,
 * channels), else "input", numbers; or with a name of its own. */
ad_status array_add_input(ad_schema *schema, const raw_array *raw, ad_channels channels,
                          const char *name);
/* Adds the target's: "label" for whole numbers from 0, one for each example, else "target". */
ad_status array_add_target(ad_schema *schema, raw_array *raw, const target_form *form);
/* A field of the schema, from a raw array of that shape; words where it does not fit.  raw is done
 * afterwards.  The schema's own text begins with the order of channels. */
extern const char array_channels_first[];
ad_status array_for_field(const ad_schema *schema, const ad_schema_field *field, raw_array *raw,
                          kept_array *kept);
/* The fields of the schema that have a role, in its order.  Takes the arrays over, also when it
 * fails.  most: the first so many examples; 0: all. */
ad_status array_source(const ad_schema *schema, kept_array *list, int count, int64_t most,
                       const char *name, ad_source **source);
/* The schema's fields by use: AD_USE_INPUT and the first target (may be NULL). */
const ad_schema_field *array_field(const ad_schema *schema, ad_use use);

#endif
