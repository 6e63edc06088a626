/* Lists of records with their options: `augment: [flip, crop: {padding: 4}]`. */
#ifndef ADZE_KIT_CHOICES_H
#define ADZE_KIT_CHOICES_H

#include <adze/kit.h>

#include "report.h"
#include "text.h"

/* Reads the list; what: what an item is called in messages, "augmentation".  bare: there is one
 * record, and an item is its keys alone: `groups: [{match: fc*, rate: 0.1}]`. */
void choices_read(report *r, ad_records records, const char *what, bool bare, const tree *t,
                  ad_choices *choices);
void choices_done(ad_choices *choices);
/* As YAML, an item a line. */
void choices_write(text_buffer *t, const ad_choices *choices, bool bare, int indent);

#endif
