/* All mistakes of a configuration, and how they are shown:
 *
 *     lenet.yaml:12:3: train has no key 'epoch'
 *      12 |   epoch: 3
 *         |   ^~~~~
 *       did you mean 'epochs'? */
#ifndef ADZE_KIT_REPORT_H
#define ADZE_KIT_REPORT_H

#include <stdbool.h>

#include "tree.h"

typedef struct mistake {
    place at;
    char *what, *cure;
    int order;
} mistake;

typedef struct report {
    mistake *mistakes;
    int count, room;
    bool failed; /* no memory */
} report;

void report_add(report *r, place at, const char *what, ...) __attribute__((format(printf, 3, 4)));
/* The cure of the problem added last. */
void report_cure(report *r, const char *cure, ...) __attribute__((format(printf, 2, 3)));
/* Everything in order of place, or NULL without memory. */
char *report_text(report *r);
void report_done(report *r);

#endif
