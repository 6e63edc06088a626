/* Values of options: typed by the option's row, not by how the text looks. */
#ifndef ADZE_KIT_VALUE_H
#define ADZE_KIT_VALUE_H

#include <adze/kit.h>

#include "report.h"
#include "text.h"

/* Reads a value into its place in base, an options struct whose texts are its own (value_own); path
 * is its name in messages.  initial is the struct of defaults, for the words of a cure; it may be
 * NULL.  False where a mistake was reported. */
bool value_read(report *r, const ad_option *o, const char *path, const tree *t, void *base,
                const void *initial);
/* Makes the texts in a copied struct its own; on failure (false: no memory) they are NULL. */
bool value_own(const ad_option *o, void *base);
/* Frees what the value owns. */
void value_done(const ad_option *o, void *base);
/* Text as a YAML scalar, in double quotes. */
void value_add_text(text_buffer *t, const char *words);

/* A copy of the record's defaults, texts its own; NULL without memory. */
void *record_options_new(const ad_record *record);
void record_options_free(const ad_record *record, void *options);

#endif
