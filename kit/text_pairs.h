/* Pairs of texts, of which the first becomes the second: lines of TEXT<tab>TEXT, or two files of
 * which a line belongs to the same line of the other. */
#ifndef ADZE_KIT_TEXT_PAIRS_H
#define ADZE_KIT_TEXT_PAIRS_H

#include "text_set.h"

/* Fields text and target, with what they are of. */
bool text_pairs_fields(ad_schema *schema, const char *why_text, const char *why_target);
/* Spans 2 i and 2 i + 1 of the list are pair i.  The list is taken over, also where it fails. */
ad_status text_pairs_source(text_list *list, const ad_schema *schema, const char *name,
                            ad_source **source);

/* What the files of the options say, into an empty schema. */
ad_status text_pairs_describe(const text_set *set, ad_schema *schema);
ad_status text_pairs_open(const text_set *set, const ad_schema *schema, ad_part part,
                          ad_source **source);
/* Lines of a file to predict: where every line has a separator, of the text before it. */
ad_status text_pairs_load(const char *path, const ad_schema *schema, const text_form *form,
                          ad_source **source);

#endif
