/* Adze: deep learning in C.  This header is the manual of libadze.
 *
 * It rises in difficulty: arrays and errors (array.h), contexts, graphs, ops, layers, losses,
 * optimizers, running; then recurrence, looking inside, and ops of your own.  In short:
 *
 *     ad_context *c = ad_context_new();
 *     ad_graph *g = ad_graph_new(c);
 *     ad_dim batch = ad_open(g, "batch");
 *     ad_tensor *x = ad_feed(g, "image", AD_F32, AD_SHAPE(batch, 784));
 *     ad_tensor *y = ad_feed(g, "label", AD_I32, AD_SHAPE(batch));
 *     ad_tensor *h = ad_relu(ad_linear(x, .out = 512));
 *     ad_tensor *loss = ad_cross_entropy(ad_linear(h, .out = 10), y);
 *     ad_tensor *step = ad_sgd(loss, .rate = 0.05);
 *     ad_state *s = ad_state_new(g, 1);
 *     ad_program *p = ad_compile(s, .fetch = {step}, .feed = {x, y}, .training = true);
 *     ad_array in[] = {ad_f32(images, AD_SHAPE(64, 784)), ad_i32(labels, AD_SHAPE(64))}, out = {0};
 *     if (ad_run(p, in, &out) == AD_OK)
 *         printf("loss %g\n", ad_array_item(&out, 0));
 *
 * Shapes are written with axis names, (batch, height, width, channels).  Features come last.
 * Weights have PyTorch's shapes, names and gate order.  Axes may be counted from the end: -1 is
 * the last.
 *
 * Options: a call that ends in ".field = value" takes any fields of the struct named after it, by
 * their names, in any order.  What is written counts, also where it is 0; what is not written has
 * the default that stands beside the field as AD_IS(default).  Where no option is wanted, leave
 * them away: ad_mean(x, AD_ALL).  See "options" below for structs made by hand.
 *
 * Order: tensors given to a call of this header, its options too, are evaluated from left to right,
 * with every compiler, in C and C++; so ad_add(ad_linear(x, ...), ad_linear(y, ...)) means one
 * program.  In arguments of your own functions the compiler chooses: name the layers there, open
 * scopes, or build in statements before.
 *
 * Errors: a call that builds never returns NULL.  A mistake makes a poisoned tensor that carries
 * the message (op, names, shapes, your file and line, the cure); ops on it stay poisoned, and
 * ad_compile reports it; as long as one is in a graph, ad_state_new and ad_compile on that graph
 * fail with its words.  Other calls return ad_status, or NULL, and ad_error() has the words.
 * The library never prints, exits or aborts, and survives every failed allocation.
 *
 * Ownership: tensors belong to their graph; nothing is freed one by one.  Programs, states, graphs
 * and contexts are freed in any order: each lives on until what was made of it is freed too.  After
 * its free the caller uses it no more.  Every free takes NULL.
 *
 * Threads: any calls may be made from several threads at once, on one context, graph, state or
 * program, but for a free, which is the last call on what it frees.  What cannot go on at once
 * takes turns or fails with AD_ERROR_BUSY; nothing is a race.
 *   Building, and ad_compile, ad_state_new, ad_value, ad_graph_text, ad_find: calls on one graph
 * take turns.  The order of layers' numbers is then the order of the calls; scopes and ad_device
 * hold for all threads; and the body of a scan is built by one thread (another gets
 * AD_ERROR_BUSY).  A program keeps what it needs of its graph as it is at ad_compile: building
 * goes on while it runs, and it runs as before.
 *   Running: programs of different states run at once, and so do inference programs of one state.
 * A program does one run at a time: for several threads compile one each.  ad_compile never
 * disturbs a run.
 *   States: readers of one state go in together: inference runs, ad_value, ad_save, ad_get,
 * ad_get_copy, ad_state_clone, and ad_state_copy of where it copies from.  A writer is alone:
 * training runs, ad_set, ad_load, ad_state_set_step, ad_check_gradients, and ad_state_copy of where
 * it copies to.
 * Whoever may not go in gets AD_ERROR_BUSY at once, or waits, where .wait of ad_compile (for runs
 * of the program) or ad_state_wait (for all calls on the state) says so.  Nobody who waits is
 * starved; a writer that was refused keeps new readers out for 5 ms, so that it gets its turn if
 * it asks again.  ad_get gives a pointer into the state: who reads there while a training run may
 * begin takes ad_get_copy.
 *   What a run calls back (taps, ops of your own) may read the run's state and may not change it.
 *   Several training programs of one state, as the two players of a GAN, take turns.  A server
 * answers from a clone, to which ad_state_copy hands what was trained (example/serve_and_train.c).
 *   A child that fork makes has one thread: it may run and free everything, with threads of its
 * own, but for what another thread of the parent was writing at that moment (AD_ERROR_BUSY).  Do
 * not fork from what a run calls back: in the child that run goes on too. */
#ifndef ADZE_H
#define ADZE_H

#include "array.h" /* status and errors, element types, shapes, arrays */

#ifdef __cplusplus
extern "C" {
#endif

#define AD_VERSION_MAJOR 0
#define AD_VERSION_MINOR 1
#define AD_VERSION_PATCH 0

AD_API const char *ad_version(void); /* "0.1.0" */

/* ---------------------------------------------------------------- options
 * A call's macro fills in the defaults and then what is written, so a later mention of a field
 * overrides an earlier one; for that, this header turns off gcc's -Woverride-init and clang's
 * -Winitializer-overrides in C.  Options without a name do not compile, or are refused.
 *
 *     ad_linear_options o = AD_OPTIONS(ad_linear_options, .out = 10);  // defaults, then .out
 *     o.bias = false;
 *     ad_tensor *y = (ad_linear)(x, &o);  // in parentheses: the function, not the macro
 *
 * AD_OPTIONS_INIT(ad_linear_options, .out = 10) is the same in braces, for a static variable.
 * A struct that is made in another way is refused.  A function takes NULL for all defaults.  size_
 * is the size of the struct in the program's header: a program keeps working with a later library,
 * whose newer fields then have their defaults.  In C++20 a struct has its defaults from its
 * declaration: ad_linear(x, {.out = 10}), or ad_linear_options o; o.out = 10; ad_linear(x, o). */

/* A number whose default depends on the call; what it stands for is said beside the field.  No
 * computation gives it by chance, and it is as good under -ffast-math. */
#define AD_AUTO (-0x1.adadadadadadap+1022)
/* In an option of the width: as that of the height, or as said beside the field. */
#define AD_SAME (INT64_MIN + 1)
/* As many threads as there are processors for this process. */
#define AD_PROCESSORS INT32_MIN

#include "option.h" /* AD_OPTIONS, AD_OPTIONS_INIT, AD_IS */

/* ---------------------------------------------------------------- context */

typedef struct ad_context ad_context;
typedef struct ad_graph ad_graph;
/* a symbol of a graph: one result of one node; no numbers in it */
typedef struct ad_tensor ad_tensor;
typedef struct ad_state ad_state;
typedef struct ad_program ad_program;

/* One function for all memory, as realloc with the old size given: p == NULL allocates, size == 0
 * frees and returns NULL. What it returns is aligned to 64 bytes.  Called from any thread. */
typedef struct ad_allocator {
    /* clang-format off */
    void *(*resize)(void *user, void *p, size_t old_size, size_t size) AD_IS(NULL);
    /* clang-format on */
    void *user AD_IS(NULL);
} ad_allocator;

/* The caller's own threads: run task(argument, i) for 0 <= i < count, in any order and on any
 * thread, and return when all are done. threads is how many may work at once. */
typedef struct ad_pool {
    void (*run)(void *user, int count, void (*task)(void *argument, int i), void *argument)
        AD_IS(NULL);
    void *user AD_IS(NULL);
    int threads AD_IS(0); /* has to be given */
} ad_pool;

typedef struct ad_context_options {
    AD_HEAD_(ad_context_options);
    int threads AD_IS(AD_PROCESSORS); /* from 1; or the number that this process may use */
    /* "sse2", "avx2", "avx512", "neon", "naive" or a backend's name; NULL: ADZE_ISA of the
     * environment, else the best this processor has */
    const char *isa AD_IS(NULL);
    ad_allocator allocator AD_IS({}); /* without resize: the C library */
    ad_pool pool AD_IS({});           /* without run: Adze's own threads */
    int devices AD_IS(1);             /* CPU backends with memories of their own, for ad_device */
    /* Fewer products for convolutions, with other rounding (Lavin and Gray 2016): 4 for 9 where the
     * kernel is 3 times the stride, as 3 x 3, and 9 for 16 where it is twice, as 4 x 4 with stride
     * 2.  ADZE_WINOGRAD=1 in the environment asks for it too.
     *
     * Taken with AVX2, AVX-512 and NEON by f32 convolutions of two axes, the same multiple on both,
     * without dilation or groups, whose channels and filters are multiples of 16; forward and for
     * the gradient of w where y has even height and width, for the gradient of x (and transposed
     * convolutions) where those of x are multiples of twice the stride.  Wide gradients of w
     * (stride^2 channels filters above 65,536; 116,508 for twice) and rows of tiles beyond 8 MB
     * stay as they are, and so does printed C.
     *
     * The bits do not depend on the number of threads.  A result is off from the exact sum by at
     * most (k + 10) 2^-24 c times the sum over k terms of the largest |x| times the largest |w| of
     * the term's square: k = channels stride^2, for the gradient of x filters, c = 64 (16 for
     * twice); for the gradient of w k = pixels / 4 + 16, c = 36 (16).  Numbers above 2^126 may
     * overflow, an infinite result may be NaN, and in the gradient of w a NaN may reach other taps.
     */
    bool winograd AD_IS(false);
} ad_context_options;

/* ad_context_new(), ad_context_new(.threads = 2).  Returns NULL on failure (ad_error). */
AD_API ad_context *ad_context_new(const ad_context_options *options);
AD_API void ad_context_free(ad_context *context);
AD_API int ad_context_threads(const ad_context *context);
AD_API const char *ad_context_isa(const ad_context *context);

/* ---------------------------------------------------------------- graph
 * Feeds, constants, variables. */

AD_API ad_graph *ad_graph_new(ad_context *context);
AD_API void ad_graph_free(ad_graph *graph);

/* An open dimension: a size that a run decides, by the feeds that its program lists, whether it
 * needs their values or not (a program that samples takes its batch from a feed of (batch) that
 * nothing reads).  Equal names are equal sizes; an open dimension never broadcasts, even
 * at size 1. */
AD_API ad_dim ad_open(ad_graph *graph, const char *name);

/* A value that the caller gives to each run. */
AD_API ad_tensor *ad_feed(ad_graph *graph, const char *name, ad_type type, ad_shape shape);
/* A copy of the array becomes part of the graph. */
AD_API ad_tensor *ad_constant(ad_graph *graph, ad_array array);
/* One number, rank 0.  It is given as a double, in which whole numbers past 2^53 have gaps: those
 * come by ad_constant. */
AD_API ad_tensor *ad_number(ad_graph *graph, ad_type type, double value);
/* The given number everywhere.  The shape may have open dimensions. */
AD_API ad_tensor *ad_full(ad_graph *graph, ad_type type, ad_shape shape, double value);
/* 0, 1, ... count - 1, shape (count); count may be an open dimension, and is less than 2^31. */
AD_API ad_tensor *ad_range(ad_graph *graph, ad_type type, ad_dim count);

/* A value that a state keeps from run to run, trained by the optimizers.  initial is computed once
 * for each state: ad_normal(...), ad_full(...), a constant, or what ops make of those; not of feeds
 * or other variables (to begin with another variable's value, ad_set what ad_get gave).  Its shape
 * is the variable's and has no open dimensions.  The name gets the scope in front; names are
 * unique. */
AD_API ad_tensor *ad_variable(ad_graph *graph, const char *name, ad_tensor *initial);
/* The same, but left alone by optimizers: moving averages, counters, optimizer memory. */
AD_API ad_tensor *ad_buffer(ad_graph *graph, const char *name, ad_tensor *initial);
/* The variable, buffer or feed of that full name, or NULL. */
AD_API ad_tensor *ad_find(const ad_graph *graph, const char *name);
/* Number of variables and buffers, and the i-th in order of making. */
AD_API int ad_variable_count(const ad_graph *graph);
AD_API ad_tensor *ad_variable_at(const ad_graph *graph, int i);
/* Made by ad_variable, and f32 or f64: optimizers leave variables of other types alone. */
AD_API bool ad_trainable(const ad_tensor *variable);

/* What a variable is for.  Layers and optimizers say it of theirs; ad_variable makes a weight,
 * ad_buffer a plain buffer.  Up to AD_ROLE_AVERAGE it belongs to what was learned, and is in a file
 * of weights only. */
typedef enum ad_role {
    AD_ROLE_WEIGHT,
    AD_ROLE_BIAS,
    AD_ROLE_SCALE, /* of a normalization, and its offset */
    AD_ROLE_OFFSET,
    AD_ROLE_TABLE,   /* of an embedding */
    AD_ROLE_AVERAGE, /* a buffer: running statistics, averages of weights */
    AD_ROLE_MEMORY,  /* of an optimizer */
    AD_ROLE_COUNTER, /* of steps or runs */
    AD_ROLE_BUFFER
} ad_role;
AD_API ad_role ad_role_of(const ad_tensor *variable);
/* Gives a variable or buffer another role of its kind; returns it. */
AD_API ad_tensor *ad_mark(ad_tensor *variable, ad_role role);

/* Names made between begin and end start with "name.": scopes nest.  A scope that begins again
 * shares nothing with what it held before: ad_call repeats a net with the same variables. */
AD_API void ad_scope_begin(ad_graph *graph, const char *name);
AD_API void ad_scope_end(ad_graph *graph);
/* Ops made from here on run on that device of the context (0 at first); copies are inserted where
 * values cross.  A scan with all of its body runs on the device of its ad_scan_end. */
AD_API void ad_device(ad_graph *graph, int device);

/* True in a training program, false in an inference program: bool, rank 0. */
AD_API ad_tensor *ad_training(ad_graph *graph);
/* The number of training runs that the state has seen, 0 in the first, of whichever of its
 * programs: i64, rank 0.  A rate that falls:
 *     ad_tensor *t = ad_cast(ad_step(g), AD_F32);
 *     ad_sgd(loss, .rate_tensor = ad_scale(ad_exp(ad_scale(t, -1e-3)), 0.1)); */
AD_API ad_tensor *ad_step(ad_graph *graph);

/* variable takes value after every read of the run.  The assignment belongs to owner: it happens in
 * every training program in which owner's value is needed, and in no inference program. Assignments
 * to one variable are done in the order they were made, so what counts on from what was there, as
 * an average does, reads ad_pending.  Returns owner. */
AD_API ad_tensor *ad_assign(ad_tensor *owner, ad_tensor *variable, ad_tensor *value);
/* What variable will hold when the assignments made so far are done, those that the program makes
 * at all; what it holds where there are none.  No gradient goes through it. */
AD_API ad_tensor *ad_pending(ad_tensor *variable);

/* The same computation again with other inputs: copies what y needs, with from[i] replaced by to[i]
 * (same type and shape) and the variables shared.  from may be any tensors that y is made of:
 * feeds, results of ops, variables too (an average of the weights in their place).  Gradients
 * through both computations add up.  One result comes back; ad_concat and ad_slice carry several.
 * Of a tensor that stands twice in from the last to[i] counts.
 * Random nodes get a new stream; assignments that belong to copied nodes are made again, on top of
 * those before.  What y does not depend on is refused in from. */
AD_API ad_tensor *ad_call(ad_tensor *y, ad_tensor *const *from, ad_tensor *const *to, int count);

/* What a tensor is.  Sizes of open dimensions are negative. */
AD_API ad_type ad_tensor_type(const ad_tensor *tensor);
AD_API ad_shape ad_tensor_shape(const ad_tensor *tensor);
AD_API const char *ad_tensor_name(const ad_tensor *tensor);  /* "" where it has none */
AD_API const char *ad_tensor_error(const ad_tensor *tensor); /* NULL unless poisoned */
AD_API ad_graph *ad_tensor_graph(const ad_tensor *tensor);
/* Gives a tensor a name, for messages, taps and ad_find.  Returns it. */
AD_API ad_tensor *ad_name(ad_tensor *tensor, const char *name);
/* Size along an axis as a tensor: i64, rank 0. */
AD_API ad_tensor *ad_size(ad_tensor *x, int axis);

/* ---------------------------------------------------------------- element by element
 * Shapes broadcast as in NumPy (Harris et al. 2020): aligned at the last axis, a literal size 1
 * stretches.  Both operands have one type; ad_cast converts.  NaN in, NaN out.  Rows:
 * src/op/elementwise.def; `adze ops` prints formulas, gradients and ranges.
 *
 * Types: those for storage (see ad_type) are cast first.  neg, abs, sign, square, add, sub, mul,
 * div, minimum, maximum, less and its kin take numbers (f32, f64, i32, i64, u8); and, or, not take
 * bool; equal, not_equal, where and cast take any; all others take f32 and f64, scale and shift
 * too: of whole numbers, ad_mul and ad_add of an ad_number.
 */

/* To floating point to the nearest, ties to even, infinite beyond the type, NaN stays NaN.  From it
 * to whole numbers toward zero, held at the type's limits, NaN 0 (ONNX leaves that open).  Whole to
 * whole drops high bits, as C and ONNX do; to bool all but 0 is true. */
AD_API ad_tensor *ad_cast(ad_tensor *x, ad_type type);

AD_API ad_tensor *ad_neg(ad_tensor *x);        /* -x */
AD_API ad_tensor *ad_abs(ad_tensor *x);        /* |x|, gradient 0 at 0 */
AD_API ad_tensor *ad_sign(ad_tensor *x);       /* -1, 0 or 1 */
AD_API ad_tensor *ad_exp(ad_tensor *x);        /* e^x */
AD_API ad_tensor *ad_expm1(ad_tensor *x);      /* e^x - 1, exact near 0 */
AD_API ad_tensor *ad_log(ad_tensor *x);        /* natural logarithm; NaN below 0 */
AD_API ad_tensor *ad_log1p(ad_tensor *x);      /* log(1 + x), exact near 0 */
AD_API ad_tensor *ad_sqrt(ad_tensor *x);       /* square root; NaN below 0 */
AD_API ad_tensor *ad_rsqrt(ad_tensor *x);      /* 1 / sqrt(x) */
AD_API ad_tensor *ad_square(ad_tensor *x);     /* x x */
AD_API ad_tensor *ad_reciprocal(ad_tensor *x); /* 1 / x */
AD_API ad_tensor *ad_sin(ad_tensor *x);
AD_API ad_tensor *ad_cos(ad_tensor *x);
AD_API ad_tensor *ad_tanh(ad_tensor *x); /* hyperbolic tangent */
AD_API ad_tensor *ad_erf(ad_tensor *x);  /* 2/sqrt(pi) times the integral of e^(-t^2) from 0 to x */
AD_API ad_tensor *ad_floor(ad_tensor *x);
AD_API ad_tensor *ad_ceil(ad_tensor *x);
AD_API ad_tensor *ad_round(ad_tensor *x);     /* to the nearest, ties to even */
AD_API ad_tensor *ad_is_finite(ad_tensor *x); /* bool */

AD_API ad_tensor *ad_add(ad_tensor *x, ad_tensor *z); /* x + z */
AD_API ad_tensor *ad_sub(ad_tensor *x, ad_tensor *z); /* x - z */
/* x z, element by element (PyTorch's mul and *) */
AD_API ad_tensor *ad_mul(ad_tensor *x, ad_tensor *z);
/* x / z; integers: toward zero, by zero gives 0 */
AD_API ad_tensor *ad_div(ad_tensor *x, ad_tensor *z);
/* x^z as C's pow: 0^0 is 1, 0 to a negative power infinite; below 0 NaN unless z is whole */
AD_API ad_tensor *ad_pow(ad_tensor *x, ad_tensor *z);
/* the smaller of two, as NumPy's minimum (ad_min goes over axes); NaN if either is; at a tie the
 * gradient goes half to each */
AD_API ad_tensor *ad_minimum(ad_tensor *x, ad_tensor *z);
AD_API ad_tensor *ad_maximum(ad_tensor *x, ad_tensor *z); /* the larger, likewise */

/* comparisons give bool; NaN compares false, but not_equal true */
AD_API ad_tensor *ad_less(ad_tensor *x, ad_tensor *z);
AD_API ad_tensor *ad_less_equal(ad_tensor *x, ad_tensor *z);
AD_API ad_tensor *ad_greater(ad_tensor *x, ad_tensor *z);
AD_API ad_tensor *ad_greater_equal(ad_tensor *x, ad_tensor *z);
AD_API ad_tensor *ad_equal(ad_tensor *x, ad_tensor *z);
AD_API ad_tensor *ad_not_equal(ad_tensor *x, ad_tensor *z);
AD_API ad_tensor *ad_and(ad_tensor *x, ad_tensor *z); /* of bool */
AD_API ad_tensor *ad_or(ad_tensor *x, ad_tensor *z);
AD_API ad_tensor *ad_not(ad_tensor *x);
/* yes where condition (bool) holds, else no; routes values and gradients, never multiplies by a
 * mask.  What is not taken gets gradient 0; where that 0 then passes an op of infinite slope, as in
 * where(x > 0, sqrt(x), 0), it becomes NaN, as in PyTorch: guard the argument, sqrt(where(x > 0, x,
 * 1)). */
AD_API ad_tensor *ad_where(ad_tensor *condition, ad_tensor *yes, ad_tensor *no);

AD_API ad_tensor *ad_scale(ad_tensor *x, double factor); /* factor x */
AD_API ad_tensor *ad_shift(ad_tensor *x, double by);     /* x + by */

/* Activations. */
AD_API ad_tensor *ad_sigmoid(ad_tensor *x); /* 1 / (1 + e^-x) */
AD_API ad_tensor *ad_relu(ad_tensor *x);    /* max(x, 0), gradient 0 at 0 */
/* x above zero, slope x below (Maas et al. 2013) */
AD_API ad_tensor *ad_leaky_relu(ad_tensor *x, double slope);
/* the same with a learned slope (He et al. 2015) */
AD_API ad_tensor *ad_prelu(ad_tensor *x, ad_tensor *slope);
/* x above zero, alpha (e^x - 1) below (Clevert et al. 2015) */
AD_API ad_tensor *ad_elu(ad_tensor *x, double alpha);
AD_API ad_tensor *ad_selu(ad_tensor *x); /* scaled elu, fixed constants (Klambauer et al. 2017) */
AD_API ad_tensor *ad_gelu(ad_tensor *x); /* x Phi(x), with erf (Hendrycks and Gimpel 2016) */
AD_API ad_tensor *ad_gelu_tanh(ad_tensor *x); /* its approximation by tanh */
/* x sigmoid(x), also called SiLU (Ramachandran et al. 2017) */
AD_API ad_tensor *ad_swish(ad_tensor *x);
AD_API ad_tensor *ad_softplus(ad_tensor *x); /* log(1 + e^x), safe for large x */

/* ---------------------------------------------------------------- products: of f32 or f64 */

/* PyTorch's matmul and @: (n) (n) gives a scalar; (m, k) (k, n) gives (m, n); (k) (k, n) gives (n);
 * (m, k) (k) gives (m); more axes are batches that broadcast: (..., m, k) (..., k, n) gives (...,
 * m, n). */
AD_API ad_tensor *ad_matmul(ad_tensor *a, ad_tensor *b);
/* Two matrices, no broadcasting: (m, k) (k, n). */
AD_API ad_tensor *ad_mm(ad_tensor *a, ad_tensor *b);
/* Two vectors of one length: a scalar. */
AD_API ad_tensor *ad_dot(ad_tensor *a, ad_tensor *b);

/* ---------------------------------------------------------------- sums over axes
 * Sums, ad_max, ad_min and ad_argmax take f32, f64, i32 and i64; means and variances f32 and f64.
 */

typedef struct ad_axes {
    int count;
    int axis[AD_RANK_MAX];
} ad_axes;

/* AD_AXES(0, -1); AD_ALL means every axis. */
#ifdef __cplusplus
} /* extern "C" */
template <class... Axes> constexpr ad_axes ad_axes_of(Axes... axes)
{
    return ad_axes{int(sizeof...(axes)), {int(axes)...}};
}
extern "C" {
#define AD_AXES(...) ad_axes_of(__VA_ARGS__)
#define AD_ALL (ad_axes{-1, {0}})
#else
#define AD_AXES(...) ((ad_axes){(int)(sizeof((int[]){__VA_ARGS__}) / sizeof(int)), {__VA_ARGS__}})
#define AD_ALL ((ad_axes){-1, {0}})
#endif

typedef struct ad_reduce_options {
    AD_HEAD_(ad_reduce_options);
    bool keep AD_IS(false); /* keep each summed axis with size 1 */
} ad_reduce_options;

AD_API ad_tensor *ad_sum(ad_tensor *x, ad_axes axes, const ad_reduce_options *options);
/* The sum, which has to fit the type, by the count; NaN of nothing. */
AD_API ad_tensor *ad_mean(ad_tensor *x, ad_axes axes, const ad_reduce_options *options);
/* -inf of nothing; gradient split evenly among ties */
AD_API ad_tensor *ad_max(ad_tensor *x, ad_axes axes, const ad_reduce_options *options);
AD_API ad_tensor *ad_min(ad_tensor *x, ad_axes axes, const ad_reduce_options *options);
/* Biased variance: mean of the squared distance from the mean; right to the last digits also where
 * the mean is large.  NaN of nothing. */
AD_API ad_tensor *ad_variance(ad_tensor *x, ad_axes axes, const ad_reduce_options *options);
/* Index of the largest along one axis, i32, so an axis of 2^31 or more is refused; the first of
 * equals; a NaN counts as largest. */
AD_API ad_tensor *ad_argmax(ad_tensor *x, int axis);

/* ---------------------------------------------------------------- shapes and places
 * Views where possible, copies where not. */

AD_API ad_tensor *ad_reshape(ad_tensor *x, ad_shape shape); /* one size may be AD_INFER */
AD_API ad_tensor *ad_flatten(ad_tensor *x); /* (batch, ...) to (batch, all the rest) */
/* axis i of the result is axis order[i] of x */
AD_API ad_tensor *ad_transpose(ad_tensor *x, ad_axes order);
AD_API ad_tensor *ad_expand(ad_tensor *x, ad_shape shape); /* broadcast to shape */
/* Elements begin, begin + step, ... before end of one axis; negative begin and end count from the
 * end.  A negative step goes back, from begin down to before end: (-1, AD_END, -1) turns an axis
 * round.  Ends outside the axis, or that lie behind begin, are a mistake. */
AD_API ad_tensor *ad_slice(ad_tensor *x, int axis, int64_t begin, int64_t end, int64_t step);
AD_API ad_tensor *ad_concat(ad_tensor *const *parts, int count, int axis);
AD_API ad_tensor *ad_pad(ad_tensor *x, int axis, int64_t before, int64_t after, double value);
/* Rows of x by number: x (rows, ...), index (i32 or i64, any shape) gives index's shape + (...).
 * axis is the axis of x that is indexed, and index's shape stands in its place: x (a, rows, b)
 * along axis 1 gives (a, index's shape, b).  A number outside of the rows fails the run. */
AD_API ad_tensor *ad_gather(ad_tensor *x, ad_tensor *index, int axis);
/* base with part added at the numbered rows: base (rows, ...), index (...i), part (...i, ...);
 * along axis 1 base (a, rows, b) and part (a, ...i, b).  Equal numbers add up, in order. */
AD_API ad_tensor *ad_scatter_add(ad_tensor *base, ad_tensor *index, ad_tensor *part, int axis);
/* 1 at the given number, 0 elsewhere: index (...) gives (..., depth). */
AD_API ad_tensor *ad_one_hot(ad_tensor *index, int64_t depth, ad_type type);
/* x with no gradient through it. */
AD_API ad_tensor *ad_stop_gradient(ad_tensor *x);
/* x, f32 or f64; the gradient by x is that by the result with each element held within -limit and
 * limit, NaN stays (Mikolov 2012, 3.2.2).  limit is above 0 and finite.  A gradient of that
 * gradient is the clamp's, 1 within, 0 beyond, a half at the limit itself, and where it goes back
 * through x it is limited as well.  In a program the result is x, at no cost. */
AD_API ad_tensor *ad_clip_gradient(ad_tensor *x, double limit);

/* ---------------------------------------------------------------- random numbers
 * Philox 4x32-10 (Salmon et al. 2011) of (seed of the state, step, stream of the node, element):
 * same seed, same bits.  The stream comes from names: of a variable's first value from the
 * variable's full name; of any other random node from its scope and how many of its kind (dropout,
 * uniform, normal, gumbel...) the scope has made before.  So what else is built changes neither,
 * and names and scopes are enough to fix all bits.  A training run raises the step; an inference
 * run does not, and draws the same numbers again until ad_state_set_step.  On SSE2, which lacks a
 * fused multiply-add, numbers of ad_normal (and other values) may differ in their last bit from
 * those of other instruction sets. */

/* [low, high) */
AD_API ad_tensor *ad_uniform(ad_graph *graph, ad_type type, ad_shape shape, double low,
                             double high);
AD_API ad_tensor *ad_normal(ad_graph *graph, ad_type type, ad_shape shape, double mean,
                            double deviation);

typedef struct ad_dropout_options {
    AD_HEAD_(ad_dropout_options);
    double rate AD_IS(0.5);   /* share set to 0, NaN too, 0 to 1; the rest is divided by 1 - rate */
    bool always AD_IS(false); /* at inference too */
} ad_dropout_options;
/* Srivastava et al. 2014 */
AD_API ad_tensor *ad_dropout(ad_tensor *x, const ad_dropout_options *options);

/* ---------------------------------------------------------------- convolution and pooling
 * x is (batch, height, width, channels) or (batch, time, channels).  Sizes after: (size + 2 padding
 * - dilation (kernel - 1) - 1) / stride + 1. */

typedef struct ad_window_options {
    AD_HEAD_(ad_window_options);
    int64_t window AD_IS(2), window_w AD_IS(AD_SAME); /* pooling: height (or time), and width */
    int64_t stride AD_IS(AD_SAME), stride_w AD_IS(AD_SAME); /* convolution 1, pooling the window */
    /* at each side; pooling pads with nothing (-inf, or left out of the average), at most half its
     * window */
    int64_t padding AD_IS(0), padding_w AD_IS(AD_SAME);
    int64_t dilation AD_IS(1), dilation_w AD_IS(AD_SAME); /* convolution only */
    int64_t groups AD_IS(1); /* convolution only: channels are cut in groups that do not mix */
    /* transposed convolution: rows and columns added at the end, less than the stride */
    int64_t output_padding AD_IS(0), output_padding_w AD_IS(AD_SAME);
    /* average pooling: count padded places in the divisor, as PyTorch does by default */
    bool count_padding AD_IS(false);
} ad_window_options;

/* weight (filters, channels / groups, height, width) or (filters, channels / groups, time). */
AD_API ad_tensor *ad_convolution(ad_tensor *x, ad_tensor *weight, const ad_window_options *options);
/* The gradient of a convolution with regard to its input, as an op: weight (channels, filters /
 * groups, height, width) or (channels, filters / groups, time), size after: (size - 1) stride - 2
 * padding + dilation (kernel - 1) + output_padding + 1. */
AD_API ad_tensor *ad_convolution_transpose(ad_tensor *x, ad_tensor *weight,
                                           const ad_window_options *options);
/* the first of equals gets the gradient */
AD_API ad_tensor *ad_max_pool(ad_tensor *x, const ad_window_options *options);
AD_API ad_tensor *ad_average_pool(ad_tensor *x, const ad_window_options *options);

/* ---------------------------------------------------------------- rows
 * Softmax, normalization, attention, losses. */

/* e^x divided by its sum, safe for large x; a row of nothing but -inf is NaN */
AD_API ad_tensor *ad_softmax(ad_tensor *x, int axis);
AD_API ad_tensor *ad_log_softmax(ad_tensor *x, int axis);

/* (x - mean) / sqrt(variance + epsilon) * scale + offset over the last axis (Ba et al. 2016);
 * scale, offset (features) or NULL.  Also of rows far from 0 and of numbers too large to be
 * squared. */
AD_API ad_tensor *ad_layer_normalize(ad_tensor *x, ad_tensor *scale, ad_tensor *offset,
                                     double epsilon);

typedef struct ad_attention_options {
    AD_HEAD_(ad_attention_options);
    /* bool, broadcast to (batch, heads, queries, keys): true where a query may look; NULL:
     * everywhere.  A mask of padding (batch, keys) is reshaped to (batch, 1, 1, keys). */
    ad_tensor *mask AD_IS(NULL);
    bool causal AD_IS(false);    /* query i sees keys up to i */
    double scale AD_IS(AD_AUTO); /* AD_AUTO: 1 / sqrt(width) */
} ad_attention_options;
/* softmax(q k^T scale) v (Vaswani et al. 2017): q (batch, heads, queries, width), k (batch, heads,
 * keys, width), v (batch, heads, keys, values). A query that may look nowhere gives zeros; what
 * no query of a row sees may hold anything, NaN too. */
AD_API ad_tensor *ad_attention(ad_tensor *q, ad_tensor *k, ad_tensor *v,
                               const ad_attention_options *options);

typedef enum ad_reduction {
    AD_REDUCE_MEAN,
    AD_REDUCE_SUM,
    AD_REDUCE_NONE,      /* as .each */
    AD_REDUCE_BATCH_MEAN /* the sum over the size of the first axis */
} ad_reduction;

typedef struct ad_loss_options {
    AD_HEAD_(ad_loss_options);
    /* of each example, shape of the labels; the mean is then sum(weight loss) / sum(weight), with
     * each it is weight loss; 0 leaves an example out, also if it holds NaN or infinity.  It is not
     * PyTorch's weight of each class: gather that by the labels */
    ad_tensor *weight AD_IS(NULL);
    /* share of the target spread evenly over the classes, 0 to 1; cross-entropy only */
    double label_smoothing AD_IS(0);
    /* one loss for each example instead of the mean: times its weight, divided by nothing */
    bool each AD_IS(false);
    double delta AD_IS(1); /* ad_huber: the distance from which on it grows in a line, above 0 */
    double quantile AD_IS(0.5); /* ad_pinball: which one x is to be, 0 to 1 without the ends */
    ad_reduction reduction AD_IS({}); /* what is made of the losses; see .each */
    /* Of the losses of more.h, where each says what it reads, what AD_AUTO is and what the range
     * is; what a loss does not read is refused. */
    bool full AD_IS(false);
    bool log_input AD_IS(true);
    bool log_target AD_IS(false);
    bool swap AD_IS(false);
    bool symmetric AD_IS(false);
    bool zero_infinity AD_IS(false);
    int64_t ignore_index AD_IS(-100);
    int64_t blank AD_IS(0);
    double alpha AD_IS(AD_AUTO);
    double beta AD_IS(AD_AUTO);
    double epsilon AD_IS(AD_AUTO);
    double gamma AD_IS(AD_AUTO);
    double margin AD_IS(AD_AUTO);
    double p AD_IS(AD_AUTO);
    double power AD_IS(AD_AUTO);
    double shape AD_IS(AD_AUTO);
    double smooth AD_IS(AD_AUTO);
    double temperature AD_IS(AD_AUTO);
    ad_tensor *class_weight AD_IS(NULL);
    ad_tensor *pos_weight AD_IS(NULL);
} ad_loss_options;
/* The mean over all elements, or each one's loss.  -log softmax(logits)[label]: logits (...,
 * classes), label i32 or i64 (...); a label outside 0..classes-1 fails the run, also where its
 * weight is 0.  Weights that are all 0 give NaN. */
AD_API ad_tensor *ad_cross_entropy(ad_tensor *logits, ad_tensor *label,
                                   const ad_loss_options *options);
/* Of logits against targets in 0..1 of the same shape, safe for large logits, infinite ones too. */
AD_API ad_tensor *ad_binary_cross_entropy(ad_tensor *logits, ad_tensor *target,
                                          const ad_loss_options *options);
/* (x - target)^2 */
AD_API ad_tensor *ad_squared_error(ad_tensor *x, ad_tensor *target, const ad_loss_options *options);
/* |x - target|, gradient 0 where they are equal */
AD_API ad_tensor *ad_absolute_error(ad_tensor *x, ad_tensor *target,
                                    const ad_loss_options *options);
/* d^2 / 2 where |d| <= delta, else delta (|d| - delta / 2), with d = x - target (Huber 1964) */
AD_API ad_tensor *ad_huber(ad_tensor *x, ad_tensor *target, const ad_loss_options *options);
/* e^x - target x: minus the log-likelihood of counts whose mean is e^x, less what does not depend
 * on x, log(target!) */
AD_API ad_tensor *ad_poisson_loss(ad_tensor *x, ad_tensor *target, const ad_loss_options *options);
/* max(q d, (q - 1) d) with d = target - x and q = .quantile, gradient q - 1 / 2 by d where they are
 * equal: least where x is that quantile of the target (Koenker and Bassett 1978); q = 0.5 is half
 * of |d| */
AD_API ad_tensor *ad_pinball(ad_tensor *x, ad_tensor *target, const ad_loss_options *options);
/* Share of rows whose largest logit is the label: f32, rank 0. */
AD_API ad_tensor *ad_accuracy(ad_tensor *logits, ad_tensor *label);

/* ---------------------------------------------------------------- layers
 * Ops with variables of their own.  Variables are named name + ".weight" and so on below the scope;
 * without .name they are numbered: conv1, conv2, linear1...  Weights start as in PyTorch: uniform
 * in +-1/sqrt(fan in); embeddings normal(0, 1).  Their type is that of x, of an embedding .type. */

typedef struct ad_linear_options {
    AD_HEAD_(ad_linear_options);
    int64_t out AD_IS(0); /* features after; has to be given */
    bool bias AD_IS(true);
    const char *name AD_IS(NULL);
    ad_tensor *weight AD_IS(NULL); /* (out, in): share this one instead of making one */
    /* the weight starts normal with this deviation and mean 0, the bias with 0; AD_AUTO: as said */
    double normal AD_IS(AD_AUTO);
} ad_linear_options;
/* x weight^T + bias: (..., in) gives (..., out).  With .weight given (tied weights) .out may be
 * left away, and the bias is still this call's own. */
AD_API ad_tensor *ad_linear(ad_tensor *x, const ad_linear_options *options);

typedef struct ad_conv_options {
    AD_HEAD_(ad_conv_options);
    int64_t filters AD_IS(0);                         /* channels after; has to be given */
    int64_t kernel AD_IS(0), kernel_w AD_IS(AD_SAME); /* height (has to be given) and width */
    /* as in ad_window_options */
    int64_t stride AD_IS(1), stride_w AD_IS(AD_SAME);
    int64_t padding AD_IS(0), padding_w AD_IS(AD_SAME);
    int64_t dilation AD_IS(1), dilation_w AD_IS(AD_SAME);
    int64_t groups AD_IS(1);
    int64_t output_padding AD_IS(0), output_padding_w AD_IS(AD_SAME);
    /* padding that keeps the size at stride 1: dilation (kernel - 1) / 2, odd kernels */
    bool same AD_IS(false);
    bool bias AD_IS(true);
    const char *name AD_IS(NULL);
    /* ad_conv1d: all padding stands before the first step, dilation (kernel - 1), so that a step is
     * made of itself and those before it, and the size stays at stride 1 */
    bool causal AD_IS(false);
} ad_conv_options;
/* (batch, time, channels) */
AD_API ad_tensor *ad_conv1d(ad_tensor *x, const ad_conv_options *options);
/* (batch, height, width, channels) */
AD_API ad_tensor *ad_conv2d(ad_tensor *x, const ad_conv_options *options);
AD_API ad_tensor *ad_conv_transpose2d(ad_tensor *x, const ad_conv_options *options);

typedef struct ad_norm_options {
    AD_HEAD_(ad_norm_options);
    double epsilon AD_IS(1e-5);
    /* batch norm: weight of the new batch in the moving averages, 0 to 1 */
    double momentum AD_IS(0.1);
    bool frozen AD_IS(false); /* batch norm: use and keep the moving averages in training too */
    bool affine AD_IS(true);  /* a learned scale and offset */
    const char *name AD_IS(NULL);
    /* batch norm of (batch, time, features): i32 (batch), 0 to time; in training steps behind are
     * no part of mean and variance, and change no bit of them */
    ad_tensor *length AD_IS(NULL);
} ad_norm_options;
/* Over all axes but the last (Ioffe and Szegedy 2015): the batch's statistics in training, moving
 * averages in inference.  Variables weight, bias; buffers running_mean, running_var (unbiased, as
 * PyTorch keeps it).  A training run in which a channel has one element or none has no variance to
 * take: it uses the moving averages, as inference does, and leaves them as they are (PyTorch
 * fails).  Elements whose variance the type cannot hold, 1e19 in f32, give zeros. */
AD_API ad_tensor *ad_batch_norm(ad_tensor *x, const ad_norm_options *options);
/* over the last axis */
AD_API ad_tensor *ad_layer_norm(ad_tensor *x, const ad_norm_options *options);

typedef struct ad_embedding_options {
    AD_HEAD_(ad_embedding_options);
    int64_t count AD_IS(0); /* rows of the table; has to be given, as the width has */
    int64_t width AD_IS(0);
    ad_type type AD_IS(AD_F32); /* of the table */
    const char *name AD_IS(NULL);
    /* (count, width), shared; count, width and type are then its own */
    ad_tensor *weight AD_IS(NULL);
    double normal AD_IS(1); /* deviation that the table starts with */
} ad_embedding_options;
/* (...) gives (..., width) */
AD_API ad_tensor *ad_embedding(ad_tensor *index, const ad_embedding_options *options);

typedef struct ad_recurrent_options {
    AD_HEAD_(ad_recurrent_options);
    int64_t width AD_IS(0);              /* features of the state; has to be given */
    ad_tensor *initial AD_IS(NULL);      /* (batch, width); NULL: zeros */
    ad_tensor *initial_cell AD_IS(NULL); /* LSTM's second state */
    /* i32 or i64 (batch): steps of each example, 0 to time, else the run fails; past the end the
     * state stays and outputs are zero */
    ad_tensor *length AD_IS(NULL);
    ad_tensor **last AD_IS(NULL); /* out: the state after the last step */
    ad_tensor **last_cell AD_IS(NULL);
    /* from the last step, of each example where length says so, to the first; the output of a step
     * stands at its own place all the same, and last is the state after place 0 */
    bool reverse AD_IS(false);
    bool bias AD_IS(true);
    const char *name AD_IS(NULL);
    int64_t layers AD_IS(1); /* each of the outputs of the one before */
    /* share of the outputs of each layer but the last that is set to 0 in training */
    double dropout AD_IS(0);
    /* each layer goes over time both ways, with weights of its own for each, and gives both outputs
     * side by side, (batch, time, 2 width), the one from the first step on first; not with reverse
     */
    bool both AD_IS(false);
    /* limit for the error that goes back through time (Mikolov 2012), above 0; 0: none.  At each
     * step of each layer and way the gradient by h, the state after the step, all that comes of the
     * step's output, of .last and of the step after added up, is held within -limit and limit,
     * element by element (ad_clip_gradient), before it goes on into the step; of lstm then that by
     * c, what comes of h and of the step after added up.  So the weights' gradients are sums of
     * what was limited; that by .initial is not limited itself.  No value of the layer changes */
    double clip_gradient AD_IS(0);
} ad_recurrent_options;
/* x (batch, time, features) gives (batch, time, width).  Variables weight_ih_l0, weight_hh_l0,
 * bias_ih_l0, bias_hh_l0, gates in PyTorch's order; of further layers weight_ih_l1..., of the way
 * back weight_ih_l0_reverse....  States of several layers stand side by side in .initial and .last,
 * (batch, layers width), with .both (batch, layers 2 width): l0, l0_reverse, l1... */
/* tanh(x W + h U + b) (Elman 1990) */
AD_API ad_tensor *ad_rnn(ad_tensor *x, const ad_recurrent_options *options);
/* Cho et al. 2014; gates r, z, n; r multiplies after the product, n = tanh(a + r (U h + b)), as in
 * PyTorch */
AD_API ad_tensor *ad_gru(ad_tensor *x, const ad_recurrent_options *options);
/* Hochreiter and Schmidhuber 1997; gates i, f, g, o */
AD_API ad_tensor *ad_lstm(ad_tensor *x, const ad_recurrent_options *options);

typedef struct ad_self_attention_options {
    AD_HEAD_(ad_self_attention_options);
    int64_t heads AD_IS(0);   /* has to be given; divides the features */
    bool causal AD_IS(false); /* a step sees those up to itself */
    /* i32 or i64 (batch): steps of each example, as in ad_recurrent_options: what is past the end
     * is seen by none, and outputs there are zero */
    ad_tensor *length AD_IS(NULL);
    bool bias AD_IS(true);
    const char *name AD_IS(NULL);
    /* weights start normal with these deviations, in_proj_weight's and out_proj.weight's; AD_AUTO:
     * as said */
    double normal AD_IS(AD_AUTO), normal_out AD_IS(AD_AUTO);
    /* (batch, keys, features): k and v are of it, q of x; its steps past .to_length are seen by
     * none.  NULL: x itself */
    ad_tensor *to AD_IS(NULL), *to_length AD_IS(NULL);
} ad_self_attention_options;
/* Multi-head attention of a series to itself, or with .to to another (Vaswani et al. 2017): x
 * (batch, time, features) gives the same shape.  q, k, v = x in_proj_weight^T + in_proj_bias, a
 * third each, cut into heads; attention of each head; heads side by side times out_proj.weight^T +
 * out_proj.bias.  As in PyTorch's MultiheadAttention: in_proj_weight (3 features, features) starts
 * uniform in
 * +-sqrt(1.5 / features), biases with zeros. */
AD_API ad_tensor *ad_self_attention(ad_tensor *x, const ad_self_attention_options *options);

typedef struct ad_transformer_options {
    AD_HEAD_(ad_transformer_options);
    int64_t heads AD_IS(0); /* has to be given; divides the features */
    int64_t
        width AD_IS(AD_SAME); /* features between the two linears; AD_SAME: 4 times those of x */
    bool causal AD_IS(false); /* a step sees those up to itself */
    bool norm_after AD_IS(false);  /* where the layer norms stand: see below */
    bool relu AD_IS(false);        /* between the two linears; else ad_gelu */
    double dropout AD_IS(0);       /* of what each half adds, and behind the activation */
    ad_tensor *length AD_IS(NULL); /* as in ad_self_attention_options */
    /* weights start normal with this deviation, biases with 0, and of a model of depth blocks those
     * of out_proj and linear2, which add to what goes past, with normal / sqrt(2 depth) (Radford et
     * al. 2019); AD_AUTO: as ad_self_attention and ad_linear say */
    double normal AD_IS(AD_AUTO);
    int64_t depth AD_IS(AD_SAME); /* AD_SAME: they start as all others */
    double epsilon AD_IS(1e-5);   /* of the layer norms */
    bool bias AD_IS(true);        /* of all linear maps */
    const char *name AD_IS(NULL);
    ad_tensor *to AD_IS(NULL), *to_length AD_IS(NULL); /* as in ad_self_attention_options */
} ad_transformer_options;
/* A block of a transformer's encoder (Vaswani et al. 2017): x (batch, time, features) gives the
 * same shape.  y = x + attention(norm1(x)), then y + linear2(gelu(linear1(norm2(y)))) (Xiong et al.
 * 2020); with .norm_after y = norm1(x + attention(x)), then norm2(y + linear2(gelu(linear1(y)))).
 * Variables as in PyTorch's TransformerEncoderLayer: self_attn.in_proj_weight...,
 * linear1.weight..., norm1.weight....  Attention's own shares are not dropped, as PyTorch does it
 * too.  Past the end of an example, where .length says so, outputs are zero.  With .to it is a
 * block of a decoder, as TransformerDecoderLayer: behind the first sum attention to that series,
 * multihead_attn.in_proj_weight..., is added alike, with norm2; the linears then have norm3. */
AD_API ad_tensor *ad_transformer(ad_tensor *x, const ad_transformer_options *options);

typedef struct ad_positions_options {
    AD_HEAD_(ad_positions_options);
    int64_t count AD_IS(AD_SAME); /* steps at most; AD_SAME: those of x, which are a number */
    /* no table but waves: of step t feature 2 i is sin(t / 10000^(2 i / features)), feature 2 i + 1
     * the cosine (Vaswani et al. 2017), for any number of steps */
    bool waves AD_IS(false);
    double normal AD_IS(0.02); /* deviation that the table starts with */
    const char *name AD_IS(NULL);
} ad_positions_options;
/* x + a row for each step: x (batch, time, features) gives the same shape.  The table, variable
 * weight (count, features), is learned; more steps than it has rows fail the run. */
AD_API ad_tensor *ad_positions(ad_tensor *x, const ad_positions_options *options);

typedef enum ad_over_time { AD_OVER_MEAN, AD_OVER_MAX, AD_OVER_LAST, AD_OVER_FIRST } ad_over_time;
typedef struct ad_pool_time_options {
    AD_HEAD_(ad_pool_time_options);
    ad_over_time how AD_IS({});
    ad_tensor *length AD_IS(NULL); /* as in ad_recurrent_options; steps past the end do not count */
} ad_pool_time_options;
/* One row of all steps: x (batch, time, features) gives (batch, features): the mean or the largest
 * over time, or the step that is last or first.  An example of no steps gives zeros. */
AD_API ad_tensor *ad_pool_time(ad_tensor *x, const ad_pool_time_options *options);

/* ---------------------------------------------------------------- gradients and optimizers */

/* d y / d x for each x, as tensors of the same graph (any order: differentiate them again); in the
 * body of a scan of what the body holds at that step.  y is a
 * scalar or a sum over its elements is meant.  An x that y does not depend on gives zeros, one that
 * is listed twice its gradient at both places.  x may be a feed: the mean of squares of its
 * gradient, added to a loss, is a gradient penalty. */
AD_API void ad_gradient(ad_tensor *y, ad_tensor *const *x, int count, ad_tensor **gradients);
/* The same with the gradient at y given (y's shape). */
AD_API void ad_gradient_from(ad_tensor *y, ad_tensor *dy, ad_tensor *const *x, int count,
                             ad_tensor **gradients);

/* Variables whose full names match take these settings; the first match counts.  In match, * stands
 * for any text; a group that matches no variable that is trained is refused.  Made by
 * AD_GROUP(.match = "*.bias", .decay = 0). */
typedef struct ad_group {
    AD_HEAD_(ad_group);
    const char *match AD_IS(NULL); /* has to be given */
    double rate_scale AD_IS(1);
    double decay AD_IS(AD_AUTO); /* AD_AUTO: the optimizer's */
} ad_group;
#define AD_GROUP(...) AD_OPTIONS_(ad_group, __VA_ARGS__)
#define AD_NO_GROUPS_               \
    {                               \
        {}, {}, {}, {}, {}, {}, {}, \
        {                           \
        }                           \
    }

enum { AD_LIST_MAX = 32 };

typedef enum ad_muon_scale {
    AD_MUON_ORIGINAL,
    AD_MUON_MATCH_RMS_ADAMW,
    AD_MUON_SPECTRAL_UNCLAMPED,
    AD_MUON_NONE
} ad_muon_scale;

typedef struct ad_optimizer_options {
    AD_HEAD_(ad_optimizer_options);
    /* Of a number that is AD_AUTO the method has its own: `adze optimizers METHOD` says it, here it
     * is that of the methods named.  An option of others is refused. */
    double rate AD_IS(AD_AUTO); /* learning rate: sgd, rmsprop 0.01, adam, adamw 0.001 */
    /* f32 or f64, rank 0: a rate computed in the graph or fed, instead of rate; cast to the
     * variable's type */
    ad_tensor *rate_tensor AD_IS(NULL);
    double momentum AD_IS(AD_AUTO);                    /* sgd, rmsprop 0 */
    bool nesterov AD_IS(false);                        /* sgd */
    double beta1 AD_IS(AD_AUTO), beta2 AD_IS(AD_AUTO); /* adam, adamw 0.9, 0.999 */
    double alpha AD_IS(AD_AUTO);                       /* rmsprop 0.99 */
    double epsilon AD_IS(AD_AUTO);                     /* rmsprop, adam, adamw 1e-8 */
    /* weight decay: added to the gradient as L2 (sgd, rmsprop, adam; AD_AUTO: 0), or taken off the
     * weight (adamw; AD_AUTO: 0.01) */
    double decay AD_IS(AD_AUTO);
    /* scale all gradients so that their global norm is at most this; AD_AUTO: no limit */
    double clip_norm AD_IS(AD_AUTO);
    /* limit each element of the gradient, before clip_norm; AD_AUTO: no limit */
    double clip_value AD_IS(AD_AUTO);
    int accumulate AD_IS(1); /* average gradients over that many runs, then update once */
    ad_group groups[8] AD_IS(AD_NO_GROUPS_); /* ends at the first without match */
    /* train only these; none: every trainable variable that loss depends on */
    ad_tensor *variables[AD_LIST_MAX] AD_IS({});
    ad_tensor *const *variable_list AD_IS(NULL); /* the same as a list of any length */
    int variable_count AD_IS(0);
    /* train only variables whose full name starts with this: "generator.", with its dot */
    const char *scope AD_IS(NULL);
    /* buffers are called name.slot.variable ("adam.exp_avg.fc.weight"); NULL: "sgd", "adam",
     * numbered from the second on ("adam2") */
    const char *name AD_IS(NULL);
    /* out: global norm of the gradients before clipping, rank 0; with accumulate of the sum so far
     * divided by accumulate, which is the average in the run that updates */
    ad_tensor **norm AD_IS(NULL);
    double dampening AD_IS(0);  /* sgd: share of the gradient kept from the momentum */
    bool centered AD_IS(false); /* rmsprop: by the variance, not the mean square */
    bool amsgrad AD_IS(false);  /* adam, adamw: by the largest mean square so far */
    /* Of the optimizers of more.h, where they are described. */
    bool decoupled AD_IS(false), plain AD_IS(false);
    bool trust_clip AD_IS(false), always_adapt AD_IS(false);
    double rate_decay AD_IS(0), accumulator AD_IS(0), momentum_decay AD_IS(AD_AUTO);
    double beta2_decay AD_IS(AD_AUTO), epsilon2 AD_IS(AD_AUTO), threshold AD_IS(AD_AUTO);
    double eta_minus AD_IS(AD_AUTO), eta_plus AD_IS(AD_AUTO);
    double step_min AD_IS(AD_AUTO), step_max AD_IS(AD_AUTO);
    double lambda AD_IS(AD_AUTO), begin AD_IS(AD_AUTO), trust AD_IS(AD_AUTO);
    double ns_a AD_IS(AD_AUTO), ns_b AD_IS(AD_AUTO), ns_c AD_IS(AD_AUTO);
    int64_t ns_steps AD_IS(5);
    ad_muon_scale adjust AD_IS({});
    /* Those from here on are of a build with extras.
     * sgd, lars: momentum computed or fed, instead of momentum; as rate_tensor */
    ad_tensor *momentum_tensor AD_IS(NULL);
    /* Limit the norm of each row of a gradient (first axis; of a vector
     * that of all) to this share of the weights' norm there, at least 1e-3, after clip_value and
     * clip_norm (Brock et al. 2021); AD_AUTO: no limit */
    double clip_adaptive AD_IS(AD_AUTO);
    /* leave out an update whose gradients are not all finite; the counter NAME.skipped says how
     * many there were */
    bool skip_nonfinite AD_IS(false);
} ad_optimizer_options;
/* Each returns a new tensor with loss's value that owns the updates: fetch it in a training program
 * and a step is made.  So several optimizers may train from one loss, each in its own program.  In
 * one program both steps are made, in the order in which the optimizers were made, each by
 * gradients at the values before the run.  Without .training a step is refused as a fetch.  Adam
 * counts its own updates, not ad_step.  Formulas as in PyTorch, in the type of the variable: where
 * a gradient is too large to be squared (2e19 in f32) adam's and rmsprop's mean square is infinite
 * from then on and the element stands still; clip_value or clip_norm keep it below. */
/* v = momentum v + g; w -= rate v */
AD_API ad_tensor *ad_sgd(ad_tensor *loss, const ad_optimizer_options *options);
/* Tieleman and Hinton 2012 */
AD_API ad_tensor *ad_rmsprop(ad_tensor *loss, const ad_optimizer_options *options);
/* Kingma and Ba 2014, bias corrected */
AD_API ad_tensor *ad_adam(ad_tensor *loss, const ad_optimizer_options *options);
/* Loshchilov and Hutter 2017 */
AD_API ad_tensor *ad_adamw(ad_tensor *loss, const ad_optimizer_options *options);

/* Moving averages of all trainable variables of the graph (Polyak and Juditsky 1992), kept by the
 * runs that step makes: average = d average + (1 - d) weight, d = min(decay, (1 + t) / (10 + t)) in
 * run t from 0, and the weight itself in the first.  Buffers "average.NAME", and one that counts
 * runs.  Returns step. */
AD_API ad_tensor *ad_average(ad_tensor *step, double decay);
/* y as it is with the averages in place of the weights that it reads. */
AD_API ad_tensor *ad_averaged(ad_tensor *y);

/* ---------------------------------------------------------------- state */

/* Values for every variable, computed from seed.  Variables added to the graph later get theirs at
 * the next ad_compile. */
AD_API ad_state *ad_state_new(ad_graph *graph, uint64_t seed);
AD_API ad_state *ad_state_clone(const ad_state *state);
AD_API void ad_state_free(ad_state *state);
AD_API uint64_t ad_state_seed(const ad_state *state);
AD_API int64_t ad_state_step(const ad_state *state);
AD_API ad_status ad_state_set_step(ad_state *state, int64_t step);
/* true: from now on whatever finds the state in use waits for its turn, as .wait of ad_compile does
 * for the runs of one program, and does not fail with AD_ERROR_BUSY. */
AD_API void ad_state_wait(ad_state *state, bool wait);
/* Hands over all values, the step and the seed, between two runs of either; both states are of one
 * graph.  For a state that is trained and a clone of it that answers. */
AD_API AD_CHECKED ad_status ad_state_copy(ad_state *to, const ad_state *from);
/* The value of a variable, memory of the state: read it between runs; ad_get_copy copies it into
 * memory of the caller's, of the variable's type and shape, between two runs. */
AD_API AD_CHECKED ad_status ad_get(const ad_state *state, const ad_tensor *variable,
                                   ad_array *value);
AD_API AD_CHECKED ad_status ad_get_copy(const ad_state *state, const ad_tensor *variable,
                                        ad_array to);
/* Copies value in; type and shape must be the variable's. */
AD_API AD_CHECKED ad_status ad_set(ad_state *state, const ad_tensor *variable, ad_array value);

/* What a load did. */
typedef struct ad_load_report {
    int taken;     /* variables with the file's values now */
    int converted; /* of these, from another type */
    int missing;   /* variables that were asked for and stay as they were: see .partial */
    int left;      /* tensors of the file that no variable took */
    /* May be NULL.  Called for each variable asked for, then for each tensor left, once all is
     * done: what is "taken", "converted", "left", or why it is missing; the other name is NULL
     * where there is none. */
    void (*each)(void *user, const char *variable, const char *tensor, const char *what);
    void *user;
} ad_load_report;

typedef struct ad_file_options {
    AD_HEAD_(ad_file_options);
    /* what was learned only, by ad_role: no optimizer memory, step or seed */
    bool weights_only AD_IS(false);
    const char *note AD_IS(NULL); /* kept in the file's metadata under "note" */
    /* only variables whose full names match; * stands for any text */
    const char *match AD_IS(NULL);
    const char *prefix AD_IS(NULL); /* what names in the file have in front: "model." */
    /* ad_load: pairs, the name in the file and the variable's full name, up to NULL; they go before
     * prefix */
    const char *const *names AD_IS(NULL);
    /* ad_load: F16, BF16, F32 and F64 into f32 and f64 variables, rounded to the nearest, ties to
     * even */
    bool convert AD_IS(false);
    /* ad_load: variables that the file has not, or in another shape or type, stay as they are; one
     * at least must be taken */
    bool partial AD_IS(false);
    ad_load_report *report AD_IS(NULL); /* ad_load: filled on success */
} ad_file_options;
/* Whether a name matches a pattern, as in .match. */
AD_API bool ad_name_matches(const char *pattern, const char *name);
/* safetensors (Hugging Face 2022), names of the variables; written whole or not at all. */
AD_API AD_CHECKED ad_status ad_save(const ad_state *state, const char *path,
                                    const ad_file_options *options);
/* Every variable that is asked for must be in the file with its shape and type; others in the file
 * are left alone, of whatever type.  Step and seed are taken too, unless only a part is asked for:
 * .weights_only, .match or .partial; a file without any metadata, made elsewhere, is enough where
 * the state has nothing but weights.  On failure the state is as before. */
AD_API AD_CHECKED ad_status ad_load(ad_state *state, const char *path,
                                    const ad_file_options *options);
/* The note of a file, an end included; fails where there is none, or more than size bytes.  Reads
 * the file's header only. */
AD_API AD_CHECKED ad_status ad_file_note(const char *path, char *note, size_t size);

/* ---------------------------------------------------------------- programs */

/* Each turns one pass off; for tests and for finding out what a pass does. */
typedef struct ad_pass_switches {
    bool no_simplify AD_IS(false), no_fuse AD_IS(false), no_plan AD_IS(false);
    bool no_fold AD_IS(false), no_composites AD_IS(false);
} ad_pass_switches;

enum { AD_AS_FIT = 0x7fffffff }; /* for .shapes */

typedef struct ad_compile_options {
    AD_HEAD_(ad_compile_options);
    ad_tensor *fetch[AD_LIST_MAX] AD_IS({}); /* what a run gives back, in this order */
    /* what a run takes, in this order; it may list feeds that are not needed; none: those needed,
     * in order of making */
    ad_tensor *feed[AD_LIST_MAX] AD_IS({});
    ad_tensor *const *fetch_list AD_IS(NULL); /* the same as lists of any length */
    int fetch_count AD_IS(0);
    ad_tensor *const *feed_list AD_IS(NULL);
    int feed_count AD_IS(0);
    bool training AD_IS(false); /* run the assignments of the nodes needed; ad_training is true */
    /* AD_BF16: inputs of products rounded to bf16, sums in f32, weights kept in f32; AD_F32: as
     * written */
    ad_type precision AD_IS(AD_F32);
    /* compiled shapes kept, from 1; AD_AS_FIT: as many as fit in 64 MiB, weights packed for them
     * included (ad_program_about says how much they take).  A new one takes a compile, some tenths
     * of a millisecond and 100 KB for a small net, and drops those not used for longest */
    int shapes AD_IS(AD_AS_FIT);
    bool wait AD_IS(false);  /* runs wait for their turn, without AD_ERROR_BUSY: see Threads */
    bool naive AD_IS(false); /* run the reference interpreter instead of the kernels */
    /* fail at a feed or variable that holds NaN, or at the first node that makes NaN where none was
     * or infinity from finite inputs, naming it (slow) */
    bool check_finite AD_IS(false);
    ad_pass_switches off AD_IS({});
} ad_compile_options;

/* Returns NULL on failure.  Shapes are compiled at the first run that brings them. */
AD_API ad_program *ad_compile(ad_state *state, const ad_compile_options *options);
AD_API void ad_program_free(ad_program *program);

/* One run: feeds and fetches in the order given to ad_compile.  A fetch with data == NULL comes
 * back pointing into the program, valid until that program's next run or its free; the same array
 * may be given again, to this program or another, and is pointed anew.  Where the caller puts
 * memory of its own into data, type and shape must be right and the value is copied there.  A feed
 * may lie where a fetch goes, also in what an earlier run gave: ad_run(p, &x, &x).  On failure the
 * state is as before. */
AD_API AD_CHECKED ad_status ad_run(ad_program *program, const ad_array *feeds, ad_array *fetches);
/* The same on another thread.  done (may be NULL) is called there when it ends.  The arrays must
 * stay until then. */
AD_API AD_CHECKED ad_status ad_submit(ad_program *program, const ad_array *feeds, ad_array *fetches,
                                      void (*done)(void *user, ad_status status), void *user);
/* the status of the run submitted; its message is then this thread's */
AD_API AD_CHECKED ad_status ad_wait(ad_program *program);

/* Shows a tensor's value, which see may not change: called after each run, in the order in which
 * taps were made.  What the tensor owns (ad_assign) is not assigned for it.  A tap stays as long as
 * the program; one without is compiled anew. */
AD_API AD_CHECKED ad_status ad_tap(ad_program *program, const char *tensor_name,
                                   void (*see)(void *user, const char *name, const ad_array *value),
                                   void *user);

typedef struct ad_program_info {
    int kernels;           /* steps of the schedule of the shapes last run */
    int64_t flops;         /* multiplications and additions of the products, 2 for each pair */
    int64_t arena_bytes;   /* memory of a run: values between kernels, and scratch memory */
    int64_t scratch_bytes; /* the part of it that threads use inside a kernel */
    int64_t live_bytes;    /* largest sum of values alive at once: what no plan can go below */
    double compile_ms;     /* time the last compile of shapes took */
    int shapes, compiles;  /* compiled shapes held now, and compiled in all */
    int64_t kept_bytes;    /* that the shapes held now take */
} ad_program_info;
/* Waits while the program runs; zeros where it runs and a run of another one calls this back. */
AD_API ad_program_info ad_program_about(const ad_program *program);
/* Kernels, fusion groups and what stopped each, bytes and FLOPs, as text; belongs to the program,
 * valid until its next run. */
AD_API const char *ad_program_text(ad_program *program);
/* The program, at the shapes last run, as one C file without malloc; belongs to the program.  NULL
 * on failure, as in a library that was built without it (cmake -DADZE_EXPORT_C=OFF). */
AD_API const char *ad_program_c(ad_program *program, const char *prefix);

/* ---------------------------------------------------------------- looking inside */

typedef struct ad_binding {
    ad_tensor *feed;
    ad_array value;
} ad_binding;
/* Computes one tensor now, by the reference interpreter, which is slow: for looking; value points
 * into memory of the state, valid until the next ad_value on it. */
AD_API AD_CHECKED ad_status ad_value(ad_state *state, ad_tensor *tensor, const ad_binding *feeds,
                                     int count, ad_array *value);

/* The graph as text that ad_graph_read reads back equal; belongs to the graph. */
AD_API const char *ad_graph_text(ad_graph *graph);
AD_API ad_graph *ad_graph_read(ad_context *context, const char *text);

/* Compares the gradient of y (f64) with finite differences of its values at the given feeds:
 * largest error relative to the largest gradient element (or a thousandth of y, where that is more:
 * differences resolve no less).  For f64 graphs; state gives the variables. */
AD_API AD_CHECKED ad_status ad_check_gradients(ad_state *state, ad_tensor *y, ad_tensor *const *x,
                                               int count, const ad_binding *feeds, int feed_count,
                                               double *worst);

/* What the library knows of its ops, from the records that it works by; the command `adze ops`
 * prints it.  ad_op_name: the name of op i, NULL past the last.  ad_ops_text: the record of an op
 * (inputs, attributes, formula, derivatives...), or with name NULL a list of all.  Writes as
 * snprintf does: size bytes at most, an end included, and returns the length of the whole text; 0
 * where no op is called that.  Allocates nothing. */
AD_API const char *ad_op_name(int i);
AD_API size_t ad_ops_text(const char *name, char *text, size_t size);

/* clang-format off */
/* ---------------------------------------------------------------- recurrence: a body over time
 *
 *     ad_loop *l = ad_scan_begin(g, false);
 *     ad_tensor *x_t = ad_scan_input(l, x);   // of (batch, time, features), (batch, features)
 *     ad_tensor *h = ad_scan_carry(l, h0);    // what the last step left, (batch, width)
 *     ad_tensor *next = ad_tanh(ad_add(ad_matmul(x_t, w), ad_matmul(h, u)));
 *     ad_scan_update(l, h, next);
 *     if (ad_scan_end(l) != AD_OK)
 *         puts(ad_error());
 *     ad_tensor *all = ad_scan_all(l, next);  // (batch, time, width)
 *     ad_tensor *last = ad_scan_last(l, h);   // (batch, width)
 *
 * The body may use tensors from outside; what does not change from step to step is computed once,
 * outside.  Layers may be made in the body: their variables are those of all steps.  Scans, and
 * ad_gru and its kin, may lie in the body of a scan.  Updates may not (batch norm): see the layers.
 *
 * ad_gradient in the body gives the derivatives of that step: carries and inputs count as given
 * there, and derivatives of all steps are taken outside, of what the scan gives.
 *
 * There may be any number of carries, also none, of any type; each has one ad_scan_update.
 *
 * Random numbers of the body (ad_dropout, ad_uniform, ad_normal) are new at each step: they depend
 * on the seed, the state's step, the node, the place on the time axis (of each scan around them)
 * and the element; so they are the same in any order of steps, on any number of threads, and in
 * gradients.  For one mask at all steps draw it outside the body. */
/* clang-format on */

typedef struct ad_loop ad_loop;
/* reverse: from the last element of the time axis to the first. */
AD_API ad_loop *ad_scan_begin(ad_graph *graph, bool reverse);
/* One step of x, (batch, time, ...): (batch, ...).  The time of all inputs is one. */
AD_API ad_tensor *ad_scan_input(ad_loop *loop, ad_tensor *x);
/* How many steps there are, where no input says so. */
AD_API void ad_scan_steps(ad_loop *loop, ad_dim count);
AD_API ad_tensor *ad_scan_carry(ad_loop *loop, ad_tensor *initial);
/* The step, 0 for the first element of the time axis: i64, rank 0. */
AD_API ad_tensor *ad_scan_index(ad_loop *loop);
/* next: of the carry's type and shape. */
AD_API void ad_scan_update(ad_loop *loop, ad_tensor *carry, ad_tensor *next);
AD_API AD_CHECKED ad_status ad_scan_end(ad_loop *loop);
/* Any tensor of the body that changes from step to step, at all steps: (batch, time, ...), or
 * (time) of rank 0.  Of a carry: what it held before each step. */
AD_API ad_tensor *ad_scan_all(ad_loop *loop, ad_tensor *of_body);
/* What a carry holds after the last step; its first value where there are no steps. */
AD_API ad_tensor *ad_scan_last(ad_loop *loop, ad_tensor *carry);

/* ---------------------------------------------------------------- ops of your own */

typedef struct ad_custom_op {
    const char *name;
    int results;
    /* Fill type and shape of every result.  Sizes are concrete.  Return 0, or anything else to
     * refuse. */
    int (*shape)(void *user, const ad_array *in, int in_count, ad_array *out);
    /* Compute every result.  Return 0, or anything else to fail the run. */
    int (*value)(void *user, const ad_array *in, int in_count, const ad_array *out);
    /* Build the gradient: dx[i] for each input from the inputs, results and their gradients dy
     * (NULL where not needed); leave dx[i] NULL for no gradient.  May be NULL: then the op has
     * none. */
    void (*gradient)(void *user, ad_tensor *const *in, int in_count, ad_tensor *const *out,
                     ad_tensor *const *dy, ad_tensor **dx);
    void *user;
} ad_custom_op;
/* The record is copied; name and user must live as long as the graph.  results receives .results
 * tensors.  Open dimensions are not supported in the results of a custom op unless every result has
 * the shape of the first input: set by shape == NULL. */
AD_API void ad_custom(ad_graph *graph, const ad_custom_op *op, ad_tensor *const *in, int in_count,
                      ad_tensor **results);

/* Stamps the caller's place on what was built since the last stamp; the macros of call.h put it
 * round every call. */
AD_API ad_tensor *ad_at(const char *file, int line, ad_tensor *tensor);

#ifdef __cplusplus
} /* extern "C" */
#endif

#include "call.h" /* .field = value options, and the caller's file and line in messages */

#ifndef ADZE_NO_EXTRAS
#include <adze/more.h>
#endif

#endif
