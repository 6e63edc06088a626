/* Values of fields: typed by the row of the field, not by how the text looks. */
#ifndef ADZE_KIT_VALUE_H
#define ADZE_KIT_VALUE_H

#include <adze/kit.h>

#include "report.h"
#include "text.h"

/* Reads a value into its place in base; owner is the layer's name, or NULL.  False where a mistake
 * was reported. */
bool value_read(report *r, const ad_field *f, const char *owner, const tree *t, void *base);
/* Puts a default there, written as in the table.  False without memory. */
bool value_set(const ad_field *f, const char *words, void *base);
/* Frees what the value owns. */
void value_done(const ad_field *f, void *base);
/* The value as YAML.  False, with nothing added, where it is unset. */
bool value_add(text_buffer *t, const ad_field *f, const void *base);
/* Text as a YAML scalar, in double quotes. */
void value_add_text(text_buffer *t, const char *words);

#endif
