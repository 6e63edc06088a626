/* Groups of nodes that share a fused loop: the working state between fuse.c, layout.c, loops.c and
 * schedule.c. */
#ifndef PASS_FUSION_H
#define PASS_FUSION_H

#include "core/loop.h"
#include "core/reduce_order.h"
#include "pass/precedence.h"
#include "pass/schedule.h"

enum node_class {
    CLASS_LEAF,       /* feeds, variables, constants: memory that exists */
    CLASS_VIEW,       /* an index map */
    CLASS_INLINE,     /* numbers, positions, random numbers: made again inside every loop that wants
                         them */
    CLASS_ELEMENT,    /* computed element by element */
    CLASS_REDUCE,     /* sums over rows or columns of a loop */
    CLASS_STRUCTURAL, /* a kernel of its own */
};

enum reduce_class { REDUCE_NONE, REDUCE_ROW, REDUCE_PIECE, REDUCE_COLUMN };

/* A loop holds so many nodes.  Each reads up to 3 values from memory or makes them on the spot, and
 * gives one, so loops.c never runs out of operands, registers or instructions (core/loop.h).  Loops
 * that have nothing to do with each other are merged up to MERGED_MAX. */
enum { ROW_MAX = 65536, MEMBER_MAX = 80, MERGED_MAX = 48, OPERAND_MAX = 4 * MEMBER_MAX };
_Static_assert((int)OPERAND_MAX <= (int)LOOP_REGISTERS &&
                   OPERAND_MAX + MEMBER_MAX <= (int)LOOP_INSTRUCTIONS,
               "each member: 3 loads, its result, a store");

/* How a value of a group depends on its space: one for each element, or one for each row. */
enum extent_class { EXTENT_FULL, EXTENT_ROW };

struct node_info {
    enum node_class class;
    int group;                /* -1: none */
    enum extent_class extent; /* of the result inside its group */
    enum reduce_class reduce;
};

struct group {
    int structural;  /* id of its node; -1: a loop */
    ad_shape space;  /* without axes of size 1 */
    int column_dims; /* -1: not decided */
    bool has_total;  /* reduces all elements to one, in pieces: if columns are decided, a piece is
                        whole rows of them */
    int *member;     /* ids in order */
    int members;
    int tail_of;      /* group of the structural node whose tail this loop is; -1 */
    int tail;         /* of a structural group: its tail's group; -1 */
    const char *stop; /* what kept the last candidate out; for the printed form */
};

/* A register that holds a tensor, in the loop of that number. */
struct made {
    int loop, reg;
};

/* Who reads each tensor's memory, who may fail, and what else wants a tensor. */
struct readers {
    int *first;     /* by tensor: its first entry, -1; then by group */
    int *next;      /* of an entry, -1 */
    int *group;     /* of an entry */
    bool *fetched;  /* by tensor */
    bool *assigned; /* by tensor: it is a variable's new value */
    int *fallible;  /* groups */
    int fallibles;
};

struct fusion {
    const struct schedule_request *request;
    ad_graph *graph;
    struct arena *arena;
    struct node_info *info; /* by node */
    int *first_tensor;      /* number of a node's result 0 among all tensors */
    struct view *view; /* by tensor; .value is the number of the tensor whose memory it looks at */
    const ad_tensor **tensor; /* by number */
    int tensors;
    const ad_axes *
        *layout;       /* by tensor: the order of axes that it lies in, outermost first; NULL */
    bool *needed;      /* by node: some root depends on it */
    bool *stored;      /* by tensor: exists in memory */
    int *value;        /* by tensor: number of its value, -1 */
    struct made *made; /* by tensor */
    int loops;         /* that have been made; they are numbered from 1 */
    int *
        partial; /* by node: value of the partial results of a reduction in pieces or columns, -1 */
    struct group *group;
    int groups;
    struct precedence *order; /* which group runs before which */
    struct readers readers;   /* once all groups are made */
};

static inline const struct node *member_node(const struct fusion *f, const struct group *g, int i)
{
    return f->graph->nodes[g->structural >= 0 ? g->structural : g->member[i]];
}

static inline int member_count(const struct group *g)
{
    return g->structural >= 0 ? 1 : g->members;
}

static inline int tensor_number(const struct fusion *f, const ad_tensor *t)
{
    return f->first_tensor[t->node->id] + t->index;
}

/* Never wrongly no. */
static inline bool runs_before(const struct fusion *f, int first, int second)
{
    return precedence_may(f->order, first, second);
}

/* layout.c: which products lie in another order, and the strides of one that does. */
void layout_find(struct fusion *f);
void layout_apply(const struct fusion *f, int tensor);
/* readers.c: sets .readers; false without memory. */
bool readers_find(struct fusion *f);
/* fuse.c: classes, views, groups. */
enum node_class fuse_class(const struct node *node); /* where a backend has loops */
/* The result is finished only when the step that makes it is. */
bool fuse_waits(const struct node *node);
ad_status fuse_groups(struct fusion *f);
/* A view as an operand of a node: broadcast to shape and without axes of size 1. */
struct view fuse_operand(const struct fusion *f, const ad_tensor *in, const ad_shape *shape);
ad_shape fuse_squeeze(const ad_shape *shape);
struct node *fuse_producer(const struct fusion *f, const struct view *view);

/* The space that a loop node runs over, seen from its inputs. */
ad_shape fuse_reading_shape(const struct fusion *f, const struct node *node);

/* loops.c: a group as a struct loop; values of stored tensors are known.  NULL without memory. */
struct loop *loops_make(struct fusion *f, struct arena *arena, const struct group *group);
/* The loop that copies one view into another of the same shape. */
struct loop *loops_copy(struct arena *arena, const struct view *from, const struct view *to);
/* The loop that reduces partial results once more: along the last axis into one row, or along the
 * first by blocks of columns. */
struct loop *loops_combine(struct arena *arena, const struct op *op, bool columns,
                           const struct view *from, int to);

#endif
