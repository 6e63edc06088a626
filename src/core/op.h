/* The record of an op: one value holds all that is known of it, and every reader (builder,
 * gradient, interpreter, fusion, text form, C emitter, tests, reference page) works from it.  There
 * is no number for an op and no switch over ops.
 *
 * Three kinds.  An elementwise op has .row (see op/row.h).  A structural primitive has .naive and
 * .gradient.  A composite has .expand, its meaning as a graph of other ops, and may have .gradient
 * where a better one than the expansion's is known. */
#ifndef CORE_OP_H
#define CORE_OP_H

#include <adze/adze.h>

#include "core/dim.h"

struct node;
struct row;

/* One attribute of an op: how to print, read, compare and copy the member at offset of its
 * attribute struct. */
enum field_kind {
    FIELD_INT,    /* int64_t */
    FIELD_NUMBER, /* double */
    FIELD_BOOL,   /* bool */
    FIELD_TYPE,   /* ad_type */
    FIELD_DIM,    /* ad_dim */
    FIELD_SHAPE,  /* ad_shape */
    FIELD_AXES,   /* ad_axes */
    FIELD_TEXT,   /* const char *, may be NULL */
    FIELD_ARRAY,  /* ad_array with its data */
    FIELD_BODY,   /* struct ad_graph *, the body of a scan */
    FIELD_CUSTOM, /* ad_custom_op; printed by name, cannot be read back */
};

struct field {
    const char *name;
    uint8_t kind; /* enum field_kind */
    uint16_t offset;
    double initial; /* not printed where the value is this (FIELD_INT, FIELD_NUMBER, FIELD_BOOL) */
    double low, high; /* what FIELD_INT and FIELD_NUMBER may be; both 0: anything */
};

#define FIELD(struct_type, member, kind, initial)                                  \
    {                                                                              \
#member, FIELD_##kind, offsetof(struct struct_type, member), initial, 0, 0 \
    }
/* The same for a number that has to be in low..high. */
#define FIELD_IN(struct_type, member, kind, initial, low, high)                         \
    {                                                                                   \
#member, FIELD_##kind, offsetof(struct struct_type, member), initial, low, high \
    }
#define FIELDS(table) .fields = (table), .field_count = (int)(sizeof(table) / sizeof((table)[0]))

/* What a shape rule sees and fills.  It runs on symbols when a graph is built and on numbers when
 * it is compiled. */
struct infer {
    ad_graph *graph; /* for dim_* */
    const struct op *op;
    const void *attributes;
    ad_tensor *const *in;
    int in_count;
    ad_type *type;   /* of each result */
    ad_shape *shape; /* of each result */
    int out_count;
};

/* What a gradient rule sees: dy[i] is NULL where result i does not matter.  It sets dx[i], leaving
 * NULL for "none". */
struct gradient {
    ad_graph *graph;
    struct node *node;
    ad_tensor *const *in;
    ad_tensor *const *out;
    ad_tensor *const *dy;
    ad_tensor **dx;
    const bool *wanted; /* dx[i] is needed */
};

/* One call of a naive kernel: concrete shapes, contiguous data.  It may fail (an index past the
 * end). */
struct call {
    const struct node *node;
    const void *attributes;
    const ad_array *in;
    ad_array *out;
    int in_count, out_count;
    uint64_t seed;                 /* of the state */
    uint32_t step;                 /* of the state, for random nodes */
    const ad_allocator *allocator; /* for scratch */
    ad_context *context;           /* whose backend and threads may help; NULL: nobody's */
};

/* A test sample: shapes of the inputs and attributes; see test/test_ops.c.  types[i] == 0 (f32)
 * stands for the type under test. */
struct sample {
    int in_count;
    ad_shape shape[4];
    ad_type type[4]; /* AD_I32 for indices, AD_BOOL for conditions */
    const void *attributes;
    double low, high; /* range of the random inputs; default -2 to 2; indices: 0 to high - 1 */
    double diagonal;  /* added to the first input where its last two places are equal */
};

struct op {
    const char *name;
    const char *doc; /* one line; ends in "(Author Year)" where a paper is the source */
    /* Names and shapes of the inputs, NULL: none, and what the results are of them.  An elementwise
     * op has neither: its row says both. */
    const char *inputs, *formula;
    const struct field *fields;
    uint16_t field_count, attribute_size;
    int8_t in_min, in_max; /* number of inputs; in_max < 0: any number */
    int8_t results;        /* default 1; < 0: .result_count says */
    uint8_t sample_count;
    bool special;  /* an elementwise op without vector kernels: no stage of a chain */
    bool random;   /* its value depends on seed, step and stream: never merged, never constant */
    bool view;     /* moves or renames elements only: an index map in a compiled program */
    bool fallible; /* a run of it may fail by the numbers it is given: it runs before any update in
                      place; a scan is fallible where its body is */
    bool product;  /* multiplies its two inputs and adds up: what AD_BF16 rounds the operands of */
    bool strided;  /* its kernel writes its first result with any strides between rows */
    int (*result_count)(const void *attributes);
    ad_status (*infer)(struct infer *);
    void (*gradient)(struct gradient *);
    const char *no_gradient; /* why there is none, where .gradient and .expand are both missing */
    void (*expand)(ad_graph *graph, const struct node *node, ad_tensor *const *in, ad_tensor **out);
    /* The sum of two results of this op, where there is a better way than to add them; else NULL.
     */
    ad_tensor *(*join)(ad_tensor *a, ad_tensor *b);
    ad_status (*naive)(const struct call *);
    const struct row *row; /* elementwise */
    const struct sample *samples;
};

/* Samples are for the tests alone: the library that is installed does without their bytes. */
#ifdef ADZE_SAMPLES
#define SAMPLES(table) .samples = (table), .sample_count = (int)(sizeof(table) / sizeof((table)[0]))
#else
#define SAMPLES(table) .samples = 1 ? NULL : (table)
#endif

/* Every op of the library, in one list made from op/ops.def and op/elementwise.def; NULL past the
 * end. */
const struct op *op_at(int i);
const struct op *op_find(const char *name);

#endif
