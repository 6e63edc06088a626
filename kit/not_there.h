/* What other tools have and this one has not, or has elsewhere: what to do instead. */
#ifndef ADZE_KIT_NOT_THERE_H
#define ADZE_KIT_NOT_THERE_H

#include "report.h"

typedef enum not_there_kind {
    NOT_A_KEY,       /* of any section */
    NOT_A_LAYER,     /* a name in a model */
    NOT_A_LAYER_KEY, /* of a layer */
    NOT_A_LAYER_WORD,
    NOT_AN_AUGMENTATION,
    NOT_A_WORD /* what a chooser takes */
} not_there_kind;

/* Gives the mistake added last its cure where the word is known of elsewhere; else false.  where:
 * of a key the section, of a word the field ("train.loss"); NULL: any.  value: what stands beside
 * it, or NULL. */
bool not_there_known(not_there_kind kind, const char *where, const char *word);
bool not_there_cure(report *r, not_there_kind kind, const char *where, const char *word,
                    const tree *value);

#endif
