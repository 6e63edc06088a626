/* What the reader of texts does with words that have tags. */
#ifndef ADZE_KIT_TEXT_TAGGED_SET_H
#define ADZE_KIT_TEXT_TAGGED_SET_H

#include "text_set.h"
#include "text_tagged.h"

/* The fields, of the training part's files. */
ad_status tagged_set_describe(const text_set *set, ad_schema *schema);
ad_status tagged_set_open(const text_set *set, const ad_schema *schema, ad_part part,
                          ad_source **source);
/* Where each sentence of a part begins, "ner.txt:12", by malloc. */
ad_status tagged_set_names(const text_set *set, ad_part part, char ***name, int64_t *count);
/* A file to predict. */
ad_status tagged_load(const char *path, const ad_schema *schema, const text_form *form,
                      ad_source **source);

#endif
