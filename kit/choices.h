/* Lists of records with their options: `augment: [flip, crop: {padding: 4}]`. */
#ifndef ADZE_KIT_CHOICES_H
#define ADZE_KIT_CHOICES_H

#include <adze/kit.h>

#include "report.h"
#include "text.h"

/* Reads the list; what: what an item is called in messages, "augmentation". */
void choices_read(report *r, ad_records records, const char *what, const tree *t,
                  ad_choices *choices);
void choices_done(ad_choices *choices);
/* As YAML, an item a line. */
void choices_write(text_buffer *t, const ad_choices *choices, int indent);

#endif
