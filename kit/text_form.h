/* What stands in a file of texts: lines with a class, lines that are texts, or one long text. */
#ifndef ADZE_KIT_TEXT_FORM_H
#define ADZE_KIT_TEXT_FORM_H

#include "text_list.h"

typedef struct text_form {
    int form;  /* ad_texts_form, never AD_TEXTS_AUTO */
    bool last; /* of lines with a class: it stands last */
    /* of lines with a class: what stands between class and text; of pairs between the two, "": they
     * are lines of two files; of words with tags their layout, see text_tagged.h */
    char separator[16];
    const char *because; /* of what was found; NULL where it was asked for */
} text_form;

/* The options' words, or where they say nothing what the file's first 256 KiB look like. */
ad_status text_form_find(const ad_texts_options *o, const text_file *file, text_form *form);
/* For a schema's own, and back. */
char *text_form_text(const text_form *form, int64_t piece);
bool text_form_read(const char *text, text_form *form, int64_t *piece);

/* Cuts a line into class and text; false where the separator does not stand in it. */
bool text_form_cut(const text_form *form, const char *line, size_t size, const char **label,
                   size_t *label_size, const char **text, size_t *text_size);
/* Whether bytes, the first of a file, look like lines of a class and a text: 0, or how many
 * classes. */
int text_form_classes(const char *bytes, size_t size, text_form *form);
/* Whether each line has one tab. */
bool text_form_pairs(const char *bytes, size_t size);

#endif
