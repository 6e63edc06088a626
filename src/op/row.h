/* Elementwise ops: rows of op/elementwise.def.
 *
 * A primitive row has kernels.  A composite row is a text over primitives; it stays one node until
 * a program is compiled.  The gradient of either is written in primitives at once, not as a node of
 * its own: fusion makes one loop of it anyway, derivatives of any order follow by the same rule,
 * and y in the text is the node itself, so nothing is computed twice.
 *
 * All operands have one type (but where's condition, a bool) and broadcast to one shape. */
#ifndef OP_ROW_H
#define OP_ROW_H

#include "core/graph.h"
#include "op/cast.h"

enum row_types { ROW_FLOAT, ROW_NUMBER, ROW_WHOLE, ROW_TRUTH, ROW_ANY };
enum row_result { ROW_RESULT_SAME, ROW_RESULT_TRUTH };
enum row_kinks { ROW_SMOOTH, ROW_AT_ZERO, ROW_AT_EQUAL, ROW_AT_LIMITS };

struct row {
    const char *name;
    const char *value;       /* of a composite, NULL for a primitive */
    const char *gradient[3]; /* for each operand; NULL: none */
    float low, high;         /* where tests sample the operands */
    uint8_t kinks;           /* and what they keep away from: enum row_kinks */
    uint8_t number;          /* place in the table: enum row_number */
    uint8_t kernel;          /* of a primitive, its place in tables of kernels: enum row_kernel */
    uint8_t arity;
    uint8_t types;  /* enum row_types */
    uint8_t result; /* enum row_result */
    bool primitive;
    bool wide;  /* its value is computed in f64 */
    bool slope; /* z is made of x: no operand of its own */
};

/* Attributes of a composite row that has one or two. */
struct row_attributes {
    double a[2];
};

/* ROW_neg, ROW_abs...: primitives and composites in the order of the table. */
enum row_number {
#define PRIMITIVE1(name, ...) ROW_##name,
#define PRIMITIVE2(name, ...) ROW_##name,
#define PRIMITIVE3(name, ...) ROW_##name,
#define FLAT1(name, ...) ROW_##name,
#define FLAT2(name, ...) ROW_##name,
#define SPECIAL1(name, ...) ROW_##name,
#define SPECIAL2(name, ...) ROW_##name,
#define COMPOSITE1(name, ...) ROW_##name,
#define COMPOSITE1A(name, ...) ROW_##name,
#define COMPOSITE1AA(name, ...) ROW_##name,
#define TRUTH1(name, ...) ROW_##name,
#define COMPOSITE2(name, ...) ROW_##name,
#define SLOPE(name, ...) ROW_##name,
#include "op/elementwise.def"
    ROW_COUNT
};

/* KERNEL_neg...: primitives alone. */
enum row_kernel {
#define PRIMITIVE1(name, ...) KERNEL_##name,
#define PRIMITIVE2(name, ...) KERNEL_##name,
#define PRIMITIVE3(name, ...) KERNEL_##name,
#define FLAT1(name, ...) KERNEL_##name,
#define FLAT2(name, ...) KERNEL_##name,
#define SPECIAL1(name, ...) KERNEL_##name,
#define SPECIAL2(name, ...) KERNEL_##name,
#include "op/elementwise.def"
    KERNEL_COUNT
};

/* op_neg, op_abs... */
#define PRIMITIVE1(name, ...) extern const struct op op_##name;
#define PRIMITIVE2(name, ...) extern const struct op op_##name;
#define PRIMITIVE3(name, ...) extern const struct op op_##name;
#define FLAT1(name, ...) extern const struct op op_##name;
#define FLAT2(name, ...) extern const struct op op_##name;
#define SPECIAL1(name, ...) extern const struct op op_##name;
#define SPECIAL2(name, ...) extern const struct op op_##name;
#define COMPOSITE1(name, ...) extern const struct op op_##name;
#define COMPOSITE1A(name, ...) extern const struct op op_##name;
#define COMPOSITE1AA(name, ...) extern const struct op op_##name;
#define TRUTH1(name, ...) extern const struct op op_##name;
#define COMPOSITE2(name, ...) extern const struct op op_##name;
#define SLOPE(name, ...) extern const struct op op_##name;
#include "op/elementwise.def"

/* Constructors of rows that stand in gradients only. */
ad_tensor *ad_weigh(ad_tensor *x, ad_tensor *z);
ad_tensor *ad_mul_masked(ad_tensor *x, ad_tensor *z);
ad_tensor *ad_pow_log(ad_tensor *x, ad_tensor *z);
ad_tensor *ad_logistic(ad_tensor *x);
ad_tensor *ad_logistic_slope(ad_tensor *x);
ad_tensor *ad_gelu_tanh_slope(ad_tensor *x);
#ifdef ADZE_EXTRAS
ad_tensor *ad_part_of(ad_tensor *x, ad_tensor *z);
ad_tensor *ad_turn(ad_tensor *x, ad_tensor *z);
ad_tensor *ad_erfcx(ad_tensor *x, int order);
ad_tensor *ad_erfcx_above(ad_tensor *x);
ad_tensor *ad_erfinv_near(ad_tensor *x);
ad_tensor *ad_erfc_inv(ad_tensor *x);
ad_tensor *ad_tanh_square(ad_tensor *x);
#endif

int row_op_count(void);
const struct op *row_op_at(int i);
/* The record of a name that ends where the name ends (length bytes), or NULL.  "sel" is where. */
const struct op *row_op_find(const char *name, size_t length);

/* One number of f64. */
double number_log(double x);
double number_exp(double x);

/* The naive kernel of every primitive row (op/row_kernel.c). */
ad_status row_naive(const struct call *c);
/* The same for n elements of a type that the row takes; element i of operand k lies at i *
 * stride[k].  kernel: the row's. */
void row_run(ad_type type, int kernel, int64_t n, const void *const *in, const int64_t *stride,
             void *out);

#endif
