/* What runs before what: an acyclic relation over numbered things that grows by pairs and by
 * merging two of them into one.
 *
 * All stand in one line in which whatever runs before another stands before it (Pearce and Kelly
 * 2007).  So a path from one to another is only looked for among what stands between the two, from
 * both ends at once; and a new pair that the line contradicts moves what hangs on one of its ends.
 * Places in the line are labels with room between them, so that moving a few touches only those.
 *
 * A line costs a few words for each thing and each pair, where sets of all that runs before each
 * would grow with the square of their number. */
#ifndef PASS_PRECEDENCE_H
#define PASS_PRECEDENCE_H

#include "base/arena.h"

struct precedence_link {
    int to;
    struct precedence_link *next;
};

struct precedence_list {
    struct precedence_link *first, *last;
};

struct precedence_rank {
    uint64_t label;
    int i;
};

/* One end of a search: what it has found, and which of that is followed up. */
struct precedence_search {
    unsigned *mark; /* by number: the search that found it last */
    int *found;
    int count, next;
};

struct precedence {
    struct arena *arena;
    int count, capacity;
    uint64_t *label;                        /* by number: place in the line */
    int *earlier, *later;                   /* neighbours in the line, -1 */
    int *joined;                            /* what it was merged into; itself where it was not */
    struct precedence_list *before, *after; /* direct pairs */
    struct precedence_search back, forth;
    struct precedence_rank *rank; /* for putting what was found in order */
    unsigned search;              /* number of the search */
    int first, last;              /* ends of the line, -1 */
    bool failed;                  /* no memory */
    bool knot;                    /* it was told that something runs before itself */
};

/* Room for capacity things, of which there are none yet.  False without memory. */
bool precedence_init(struct precedence *p, struct arena *arena, int capacity);
/* The next number, at the end of the line. */
int precedence_add(struct precedence *p);
/* The one that stands for it: itself, or what it was merged into. */
int precedence_of(const struct precedence *p, int i);
/* Whether first runs before second, by pairs of pairs too.  Never wrongly no; yes also where a long
 * search has not found out. */
bool precedence_may(struct precedence *p, int first, int second);
/* First runs before second from now on.  Sets .knot where second runs before first already. */
void precedence_pair(struct precedence *p, int first, int second);
/* b becomes one with a.  Neither may run before the other. */
void precedence_merge(struct precedence *p, int a, int b);

#endif
