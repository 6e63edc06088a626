/* What the numbers of examples of each class say: for a training, and for a look at data. */
#ifndef ADZE_KIT_DATA_CLASSES_H
#define ADZE_KIT_DATA_CLASSES_H

#include <adze/kit.h>

#include "text.h"

/* Examples of each class in a part; NULL where there is no such part. */
typedef struct class_counts {
    int64_t classes;
    char *const *names; /* or NULL */
    const char *target;
    const int64_t *of[3]; /* one for each ad_part */
    int64_t turns;        /* neighbours of the training part whose classes differ */
    bool cut_in_order;    /* parts are cut from its end */
    bool words;           /* of an example: each has a class */
} class_counts;

/* The class in words. */
void class_add(const class_counts *c, text_buffer *t, int64_t class);
/* Tells warn of W406, W401, W402, W403 and W404, each as "what [CODE]\n  reason\n  remedy\n". False
 * without memory. */
bool class_warn(const class_counts *c, void (*warn)(void *user, const char *words), void *user);

#endif
