/* What is told of a record beside what it says itself: about.def. */
#ifndef KIT_ABOUT_H
#define KIT_ABOUT_H

#include <adze/record.h>

typedef struct record_about {
    const char *formula, *source, *tested; /* NULL: nothing is told */
    int source_size;                       /* letters of source, which may end within a text */
} record_about;

/* Of a layer, a loss (also one that no configuration chooses) or an optimizer; else all NULL. */
record_about record_about_of(const ad_record *record);

#endif
