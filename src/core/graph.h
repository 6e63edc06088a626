/* The graph: append-only nodes in an arena.  A node's inputs were made before it, so the order of
 * making is an order of running, and every walk is a loop over numbers.  Compiled programs use the
 * same structure as their working form. */
#ifndef CORE_GRAPH_H
#define CORE_GRAPH_H

#include <adze/adze.h>

#include <stdatomic.h>

#include "base/arena.h"
#include "base/lock.h"
#include "core/context.h"
#include "core/op.h"

enum { GRAPH_SCOPE_MAX = 32 }; /* scopes within scopes */

/* One result of a node: what the public API calls a tensor. */
struct ad_tensor {
    struct node *node;
    int index; /* which result of the node */
    ad_type type;
    ad_shape shape;
    const char
        *name; /* given by ad_name, or the full name of a variable or feed; NULL where none */
};

struct node {
    const struct op *op;
    ad_graph *graph;
    int id; /* place in graph->nodes */
    int in_count, out_count;
    ad_tensor **in;
    ad_tensor *out;
    void *attributes;
    const char *file; /* the caller's place; NULL where not stamped */
    int line;
    int device;
    int mark;     /* scratch for walks */
    bool claimed; /* a random node whose stream a variable named: core/stream.h */
};

/* variable takes value at the end of a training run in which owner is needed. */
struct assignment {
    struct node *owner;
    ad_tensor *variable;
    ad_tensor *value;
    int before; /* the assignment to the same variable before this one, counted from 1; 0: none */
};

struct ad_graph {
    ad_context *context;
    struct lock *lock; /* of a root that several threads may know, and for its bodies; else NULL */
    atomic_int users;  /* states, and the user until ad_graph_free */
    bool borrows;      /* arrays of its attributes lie in a graph that lives longer */
    struct arena arena;
    ad_graph *root;    /* itself; of a body: the outermost graph, for the open sizes are its own */
    struct dims *dims; /* of a root */
    const ad_graph *sizes_of; /* of a root: one whose open sizes have the same codes, or NULL */
    struct node **nodes;
    int count, capacity;
    struct assignment *assigns;
    int assign_count, assign_capacity;
    ad_tensor **variables; /* in order of making */
    int variable_count, variable_capacity;
    const char *
        scope[GRAPH_SCOPE_MAX]; /* "block1.", "block1.attention.": full prefixes, outermost first */
    int scopes;
    int stamped; /* nodes below this have their place */
    int device;
    bool failed;          /* an allocation failed: compile refuses */
    ad_tensor *poison;    /* the first poisoned tensor, or NULL */
    ad_tensor *no_memory; /* a poisoned tensor made in advance */
    ad_tensor *torn;      /* likewise, of a graph with a lock: see struct lock */
    ad_loop *loop;        /* the innermost open scan body */
    const void *builder;  /* the thread that builds that body */
    ad_graph **bodies;    /* of scans: they live as long as this graph */
    int body_count, body_capacity;
    ad_tensor **inputs, **outputs; /* of a body: its feeds in the order of the scan's inputs, and
                                      what a step gives */
    int input_count, output_count;
    char *text; /* of ad_graph_text */
    size_t text_size;
    struct graph_names *names; /* full name to tensor */
#ifdef ADZE_EXTRAS
    struct ad_cache *cache; /* of a graph of one step that looks back; or NULL */
#endif
};

/* A graph that one thread knows: the working form of a program. */
ad_graph *graph_new(ad_context *context);
/* One more user, who calls ad_graph_free when done. */
void graph_keep(ad_graph *graph);
/* To the end of the block no other thread reads what grows of the graph, or builds on it.  The
 * thread that holds it may hold it again. */
#define GRAPH_HOLD(graph) \
    struct lock *held_ __attribute__((cleanup(graph_let_go), unused)) = graph_hold(graph)
struct lock *graph_hold(const ad_graph *graph);
const void *graph_thread(void); /* what this thread is known by */
void graph_let_go(struct lock **held);

/* Adds a node; returns its first result, or a poisoned tensor.  attributes are copied (texts,
 * arrays and all). */
ad_tensor *graph_node(ad_graph *graph, const struct op *op, const void *attributes,
                      ad_tensor *const *in, int in_count);
/* The same for the usual numbers of inputs. */
ad_tensor *graph_node1(const struct op *op, const void *attributes, ad_tensor *x);
ad_tensor *graph_node2(const struct op *op, const void *attributes, ad_tensor *x, ad_tensor *z);
ad_tensor *graph_node3(const struct op *op, const void *attributes, ad_tensor *x, ad_tensor *y,
                       ad_tensor *z);
ad_tensor *graph_result(ad_tensor *first,
                        int index); /* another result of the same node; poison stays poison */

/* A poisoned tensor with a message: "op 'name': ..."; shows the shapes of the inputs.  The first
 * one of a graph is what compile reports. */
ad_tensor *graph_poison(ad_graph *graph, ad_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
bool graph_is_poison(const ad_tensor *tensor);
ad_status graph_poison_status(const ad_tensor *tensor);
/* The poisoned tensor among these, or NULL; tensors of different graphs, NULL and tensors of a
 * closed scan body count as mistakes. */
ad_tensor *graph_check(ad_graph *graph, const char *op, ad_tensor *const *in, int in_count);
/* Poison that says "call: " and this thread's message where status is a failure, else NULL. */
ad_tensor *graph_passed(ad_graph *graph, const char *call, ad_status status);
/* The poison for a call without any graph to put it in. */
ad_tensor *graph_nowhere(void);
/* Puts the node's name and the place in the user's program in front of the message of a run. */
ad_status graph_failed_at(const struct node *node, ad_status status);

/* "conv2" for the second unnamed layer called "conv", or the name given; scope not included. */
const char *graph_layer_name(ad_graph *graph, const char *kind, const char *given);
const char *graph_full_name(ad_graph *graph, const char *name); /* with the scope in front */
bool node_draws(const struct node *node); /* random numbers, itself or in its body */

/* A graph with the open sizes of graph, to work in: the caller frees it, before graph. */
ad_graph *graph_beside(ad_graph *graph);
/* A graph for the body of a scan, owned by graph; NULL without memory. */
ad_graph *graph_body_new(ad_graph *graph);
ad_graph *graph_body(const ad_graph *graph, int number);
int graph_body_number(const ad_graph *graph, const ad_graph *body);

/* Every node made since the last stamp gets the place of node: for what is derived from it. */
void graph_stamp_as(ad_graph *graph, const struct node *node);

/* Attributes of the nodes that core itself knows. */
struct feed_attributes {
    const char *name;
    ad_type type;
    ad_shape shape;
    bool fixed; /* in a compiled program: a variable, the same from run to run */
};
struct variable_attributes {
    const char *name;
    int64_t role; /* ad_role */
    int assigned; /* the newest assignment to it, counted from 1; 0: none */
};
struct pending_attributes {
    int64_t
        made; /* the newest assignment to the variable before this, as struct assignment's before
               */
};
struct constant_attributes {
    ad_array value;
};
struct full_attributes {
    ad_type type;
    ad_shape shape;
    double value;
};
extern const struct op op_feed, op_variable, op_pending, op_constant, op_full, op_training, op_step,
    op_poison;

/* What a pending node stands for in a program that needs those nodes and makes the first so many
 * assignments of the graph. */
ad_tensor *graph_pending(const ad_graph *graph, const struct node *node, const bool *needed,
                         int assigns);
/* A variable for that purpose, with the scope in front of its name; call is who asks, for messages.
 */
ad_tensor *graph_variable(ad_graph *graph, const char *call, const char *name, ad_tensor *initial,
                          ad_role role);
bool graph_is(const ad_tensor *tensor, const struct op *op);
/* The number a constant tensor holds everywhere (full, or a constant of one element). */
bool graph_number(const ad_tensor *tensor, double *value);

/* A shape as text in a small buffer of the thread, for messages: up to four at once. */
const char *graph_shape_text(const ad_graph *graph, const ad_shape *shape);
bool graph_shapes_equal(const ad_shape *a, const ad_shape *b);
/* NumPy's rule for two shapes; false where they do not fit.  An open size meets only itself and a
 * literal 1. */
bool graph_broadcast(const ad_shape *a, const ad_shape *b, ad_shape *out);
int graph_axis(int axis, int rank); /* counts negative axes from the end; -1 where out of range */
int64_t shape_count(const ad_shape *shape); /* of concrete sizes */
/* No axis has more than 2^48 places and the tensor, an axis of 0 taken for one of 1, no more
 * elements: every count, offset and number of bytes of such a tensor has room in 64 bits.  Open
 * sizes are left out; graph_node looks at every result, so it is asked again at concrete sizes. */
bool shape_fits(const ad_shape *shape);

#endif
