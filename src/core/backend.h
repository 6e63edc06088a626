/* Between a compiled program and the machine: steps in, kernels out.
 *
 * The compiler cuts a graph into steps.  A step is a fused loop, or one structural node, perhaps
 * with a fused loop as its tail that runs on each block of the node's result while it is in cache.
 * Every step reads and writes values: numbered pieces of memory whose addresses a run gives. */
#ifndef CORE_BACKEND_H
#define CORE_BACKEND_H

#include "core/graph.h"
#include "core/loop.h"

/* How a tensor lies in a value: element (i0, i1, ...) at offset + sum of i * stride. */
struct view {
    int value;
    ad_type type;
    ad_shape shape;
    int64_t offset;
    int64_t stride[AD_RANK_MAX];
};

struct step {
    const struct node *node; /* NULL for a loop on its own */
    struct view *in, *out;   /* of the node; out[i].value is -1 where nobody needs that result */
    struct loop *loop;       /* the loop, or the tail; NULL where the node has none */
    int tail_operand;        /* of the tail: the operand that is the node's result 0 */
    int device;
    bool fixed;        /* it computes the same in every run, until weights change */
    uint64_t fixed_in; /* bit i: input i of the node holds the same in every run */
};

/* One run of a program, as kernels see it. */
struct run {
    void *const *base; /* address of each value */
    uint64_t seed;
    uint32_t step;
    int64_t version; /* of all that is fixed; 0: not known to be the same as ever before */
    const ad_allocator *allocator;
    ad_context *context;
};

/* All that says what a kernel packs of a variable and how it lies then: kernels that have the same
 * here make the same bytes of it, and need them packed once. */
enum { PACKING_PRODUCT, PACKING_CONVOLUTION, PACKING_INPUT_GRADIENT }; /* number[0] */
struct packing {
    const void *by; /* the functions that pack */
    int64_t number[20];
};

struct kernel {
    const char *name;     /* what runs: "loop", "sgemm avx512" */
    int phases;           /* run one after the other */
    int tasks[4];         /* of each phase; any order, any thread */
    size_t shared_bytes;  /* memory of the kernel during the step: value of its own */
    int shared;           /* that value; -1 for none */
    size_t scratch_bytes; /* memory for each thread */
    int64_t flops, bytes; /* bytes: read and written, roughly */
    int fixed_phases; /* the first phases, whose work in the shared value lasts as long as what is
                         fixed */
    const struct packing *packing; /* what these make of input 1 of the node, where that is all they
                                      do; or NULL */
    void *self;
    ad_status (*run)(const struct kernel *kernel, const struct run *run, int phase, int task,
                     void *scratch);
    void (*free)(void *self, const ad_allocator *allocator);
};

/* C (m, n) -= A (m, k) B (k, n) in f64, or += where plus.  Terms are taken in chunks: each starts
 * at 0, takes -a b or a b in order, fused, and is added to C.  Strides are elements; columns of B
 * and C are neighbours, and behind each row is room up to the next multiple of SUBTRACT_ROOM of
 * them: what lies there is read, and written. */
enum { SUBTRACT_CHUNK = 64, SUBTRACT_ROOM = 16 };
struct subtract {
    int64_t m, n, k;
    const double *a;
    int64_t a_row, a_column;
    const double *b;
    int64_t b_row;
    double *c;
    int64_t c_row;
    bool plus;
    bool alone; /* on the calling thread only */
};

struct backend {
    const char *name;
    bool (*keeps)(const struct node *node);      /* has a kernel for this composite */
    bool (*takes_tail)(const struct node *node); /* can run a loop on blocks of the node's result */
    ad_status (*lower)(ad_context *context, const struct step *step, struct kernel *kernel);
    /* May be NULL, or answer false: then nothing was done. */
    bool (*subtract)(ad_context *context, const struct subtract *s);
    bool no_loops; /* every node is a step of its own; the loops that are left only copy */
};

/* Every backend, by the names that a context is asked for them; the first is the usual one. */
#define BACKENDS(X) X(cpu)

#define BACKEND_RECORD(name) extern const struct backend backend_##name;
BACKENDS(BACKEND_RECORD)
#undef BACKEND_RECORD

#endif
