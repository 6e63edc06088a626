/* A program printed as C: what the parts of the printer share.
 *
 * The printer walks over a schedule: each step becomes one function of the printed file.  Values of
 * the schedule are arrays: in a static arena, in the caller's state block, in the memory of a feed.
 * The order of every sum is that of the naive kernels, so the printed file gives their bits.
 *
 * Parts of C are built as phrases, small texts that are handed round by value. */
#ifndef EMIT_EMIT_H
#define EMIT_EMIT_H

#include "base/arena.h"
#include "base/text.h"
#include "op/row.h"
#include "pass/memory_plan.h"
#include "pass/schedule.h"

enum { EMIT_NESTS = 32, EMIT_PHRASE = 1000 };

struct phrase {
    char text[EMIT_PHRASE];
};

/* A schedule in the making: the program's own, or the body of a scan. */
struct frame {
    const struct schedule *schedule;
    const char *name;        /* "step": its functions are step_0, step_1... */
    char **value_name;       /* by value: the name of its array */
    bool *fails;             /* by step: its function returns a status */
    bool *takes_run;         /* by step: its function takes a struct run */
    size_t base[DEVICE_MAX]; /* of its values in the arena, by device: here they share one memory */
    size_t scratch;          /* first byte behind them: memory of single steps */
    const size_t *fetch_place; /* of each fetch in the arena; NULL: where run->fetch points */
};

struct emit {
    const ad_allocator *allocator;
    struct arena arena;
    struct text constants, helpers, steps;
    int depth;            /* of indentation */
    int nest[EMIT_NESTS]; /* depth of each open nest */
    int nests;
    bool scalar;                   /* functions of op/scalar.h are called */
    bool special;                  /* and of op/more/special.h */
    size_t arena_bytes;            /* of the printed program */
    size_t top;                    /* of the scratch memory of the step being printed */
    const size_t *variable_offset; /* in the state block, by number */
    const struct frame *frame;
    ad_status status; /* the first failure */
};

/* ---- emit_program.c */

/* What ad_program_c gives for a program that has run, with a prefix that is a name in C. */
const char *emit_program(ad_program *program, const char *prefix);

/* ---- emit_text.c: lines and phrases */

void emit_line(struct emit *e, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A comment, broken into lines. */
void emit_comment(struct emit *e, const char *words);
/* Loops over all of a space: for (i0 < extent[0]) for (i1 ...) {, closed by emit_end. */
void emit_nest(struct emit *e, const char *const *name, const int64_t *extent, int count);
void emit_end(struct emit *e);
/* Opens a block after a line that ends in "{"; emit_end closes it. */
void emit_open(struct emit *e, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* One statement under a line that ends without a brace. */
void emit_under(struct emit *e, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Adds a text with arguments in the places $1, $2... */
void emit_fill(struct text *text, const char *form, const char *const *argument);
struct phrase emit_phrase(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* start + name[0] * factor[0] + ..., without what is 0 or 1 */
struct phrase emit_sum(int64_t start, const int64_t *factor, const char *const *name, int count);
/* A number as an expression of that type, and as an item of a constant array. */
struct phrase emit_number(ad_type type, double value);
struct phrase emit_constant(ad_type type, const void *item);
const char *emit_type(ad_type type);             /* "float" */
struct phrase emit_shape(const ad_shape *shape); /* "(8, 3)" */
/* i0, i1...: names for the axes of a space. */
extern const char *const emit_axis[AD_RANK_MAX];
/* A name that C allows, made of any text. */
char *emit_identifier(struct emit *e, const char *before, int number, const char *name);

/* ---- emit_value.c: where things lie */

/* The element of a view at the position that the names give, one for each axis. */
struct phrase emit_item(const struct emit *e, const struct view *view, const char *const *name);
/* Where a temporary value or a fetch of the program lies in the arena. */
size_t emit_place(const struct frame *frame, int value);
/* Gives the arenas of a memory plan their places, from start on; returns the end. */
size_t emit_set_base(struct frame *frame, const struct memory_sizes *sizes, size_t start);
const char *emit_name(const struct emit *e, int value);
/* Memory of the step being printed: its place in the arena. */
size_t emit_scratch(struct emit *e, int64_t count, ad_type type);
/* Names for all values of a schedule, and the static arrays of its constants. */
bool emit_begin_frame(struct emit *e, struct frame *frame, const char *const *feed_name,
                      const char *const *variable_name);
/* The arrays that a step reads and writes, as local pointers. */
void emit_declare(struct emit *e, const struct step *step);
/* The step needs the struct run: for feeds, variables, seeds. */
bool emit_needs_run(struct emit *e, const struct step *step);

/* ---- emit_scalar.c: functions of numbers */

struct phrase emit_call(struct emit *e, const struct op *op, ad_type type,
                        const char *const *argument);
struct phrase emit_cast(struct emit *e, ad_type from, ad_type to, const char *x);
/* An element of a product's operand as a number of the product's type. */
struct phrase emit_real(struct emit *e, ad_type type, const char *x);
struct phrase emit_add(struct emit *e, ad_type type, const char *a, const char *b);
/* Adds a function to the file unless it is there; form is its definition, for emit_fill. */
void emit_helper(struct emit *e, const char *name, const char *form, const char *const *argument);
/* The text of op/scalar.h with op/math.inc in its place, and of op/more/special.h where it is
 * called. */
void emit_scalar_text(const struct emit *e, struct text *text);

/* ---- emit_sums.c: reductions as functions of the printed file */

/* Two numbers as one. */
struct phrase emit_combine(struct emit *e, const struct op *op, ad_type type, const char *a,
                           const char *b);
struct phrase emit_identity(const struct op *op, ad_type type);
/* Names of functions: of n neighbours (x, n), and of n numbers stride apart (x, n, stride). */
struct phrase emit_row_function(struct emit *e, const struct op *op, ad_type type);
struct phrase emit_column_function(struct emit *e, const struct op *op, ad_type type);

/* ---- the steps */

extern const struct backend emit_backend;

/* Prints all functions of a frame. */
void emit_frame(struct emit *e, struct frame *frame);
/* Prints the calls of all functions; run is the argument.  A failure returns from the caller. */
void emit_calls(struct emit *e, const struct frame *frame, const char *run);
bool emit_frame_fails(const struct frame *frame);
void emit_loop(struct emit *e, const struct loop *loop);
/* By instruction: something that the loop stores depends on it.  NULL without memory. */
bool *emit_live(struct emit *e, const struct loop *loop);
void emit_matmul(struct emit *e, const struct step *step);
void emit_convolution(struct emit *e, const struct step *step);
void emit_convolution_input(struct emit *e, const struct step *step);
void emit_convolution_weight(struct emit *e, const struct step *step);
void emit_max_pool(struct emit *e, const struct step *step);
void emit_max_pool_scatter(struct emit *e, const struct step *step);
void emit_max_pool_take(struct emit *e, const struct step *step);
void emit_average_pool(struct emit *e, const struct step *step);
void emit_average_pool_gradient(struct emit *e, const struct step *step);
void emit_reduce(struct emit *e, const struct step *step);
void emit_argmax(struct emit *e, const struct step *step);
void emit_gather(struct emit *e, const struct step *step);
void emit_scatter_add(struct emit *e, const struct step *step);
void emit_check_index(struct emit *e, const struct step *step);
#ifdef ADZE_EXTRAS /* emit/more */
void emit_take_along(struct emit *e, const struct step *step);
void emit_scatter_along(struct emit *e, const struct step *step);
void emit_scan_along(struct emit *e, const struct step *step);
void emit_sort(struct emit *e, const struct step *step);
#endif
void emit_concat(struct emit *e, const struct step *step);
void emit_pad(struct emit *e, const struct step *step);
void emit_spread(struct emit *e, const struct step *step);
/* A scan is a function that calls those of its body: begin prints the body, call the function's
 * lines. NULL on failure, noted in e. */
struct scan_text *emit_scan_begin(struct emit *e, const struct step *step, int number);
bool emit_scan_fails(const struct scan_text *scan);
void emit_scan_call(struct emit *e, struct scan_text *scan);
void emit_scan_end(struct emit *e, struct scan_text *scan);
/* to = from, element by element, over from's shape. */
void emit_copy(struct emit *e, const struct view *from, const struct view *to);

/* Products in chunks (core/order.h): the variables of a sum of at most terms terms, one more term,
 * the result. */
void emit_terms(struct emit *e, ad_type type, int64_t terms);
/* nonzero: a 0 of a leaves the term out. */
void emit_term(struct emit *e, ad_type type, int64_t terms, const char *a, const char *b,
               bool nonzero);
const char *emit_total(int64_t terms);
ad_type emit_product_type(ad_type operand); /* f32 for bf16 */

#endif
