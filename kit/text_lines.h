/* Texts that are lines of files, and the schema of any texts. */
#ifndef ADZE_KIT_TEXT_LINES_H
#define ADZE_KIT_TEXT_LINES_H

#include "text_set.h"

/* A line of a file; label NULL: it has none. */
typedef struct text_line {
    const text_file *file;
    const char *label, *text;
    size_t label_size, text_size;
} text_line;

typedef ad_status (*text_line_take)(void *user, const text_line *line);

/* All lines, those that are empty too: without text and label then.  What may have no separator
 * (needed false) is text as a whole, with no label.  take may fail. */
ad_status text_lines_each(const text_form *form, const text_file *file, bool needed,
                          text_line_take take, void *user);
/* A line without what parts it: what is not known then, and what to write. */
ad_status text_no_separator(const text_form *form, const text_file *file, const char *at,
                            const char *unknown, const char *remedy);
/* The lines of a part, empty ones left out, with their classes where the form has some. */
ad_status text_lines_open(const text_set *set, const ad_schema *schema, ad_part part,
                          ad_source **source);
/* Lines of a file, each a text; where every line has a class that is known, class and text. */
ad_status text_lines_load(const char *path, const ad_schema *schema, text_form form,
                          ad_source **source);
/* "sms.txt:12" for each line of a part that is not empty; to free, the list and each of it, where
 * it fails too. */
ad_status text_lines_names(const text_set *set, ad_part part, char ***name, int64_t *count);

/* text_describe.c: the fields of texts, with their reasons, notes and what the schema keeps. */
ad_status text_set_describe(const text_set *set, const ad_texts_options *o, ad_schema *s);
/* reader_text.c: hooks of all readers whose data to predict are lines of a file. */
ad_status text_file_items(const ad_schema *schema, const char *const *path, int count,
                          ad_source **source);
ad_status text_file_each(const ad_schema *schema, const char *path, ad_items_take take, void *user);
/* text_looks.c: as a reader's hook. */
int text_looks(const char *path, const unsigned char *bytes, size_t size);

#endif
