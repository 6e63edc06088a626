/* The texts of a data set: where they lie, in which form, and of which part each is. */
#ifndef ADZE_KIT_TEXT_SET_H
#define ADZE_KIT_TEXT_SET_H

#include "image_set.h"
#include "text_form.h"

enum { TEXT_PARTS = 3 };
extern const file_kind text_files; /* .txt and the like */

typedef struct text_set {
    text_form form;
    text_file **file[TEXT_PARTS]; /* of each part, in order; of folders none */
    int files[TEXT_PARTS];
    text_file *into[TEXT_PARTS]; /* of pairs: what the texts of each part become, or NULL */
    image_set folders;           /* AD_TEXTS_FOLDERS */
} text_set;

/* names: of the classes, NULL where they are to be found. */
ad_status text_set_find(const ad_texts_options *o, char *const *names, int64_t classes,
                        text_set *set);
void text_set_done(text_set *set);
/* The bytes of file i of a folder or archive as a text, which may be empty. */
ad_status text_set_file(const pictures *p, int64_t i, text_file **file);

#endif
