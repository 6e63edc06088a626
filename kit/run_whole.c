/* Training by methods that look at all examples in each step (L-BFGS, nonlinear conjugate
 * gradients, Newton-CG): ad_fit gives the whole training part as one batch, of which value and
 * slopes are summed over pieces of train.batch examples, and an epoch is one of their iterations.
 *
 * What a method knows from one iteration to the next lies in a buffer of the state, so that
 * checkpoints have it. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "message.h"
#include "run.h"
#include "whole.h"

#ifdef ADZE_EXTRAS

#define KEPT_NAME "minimize.kept"

struct run_whole {
    const ad_config *c;
    ad_run_network *n;
    ad_minimize_options o;
    double decay;
    ad_tensor **variable, **gradient, **along, **fetch, **feed;
    ad_array *in, *out, *piece;
    int count, feeds;       /* of variables, of feeds of the loss */
    int64_t numbers, most;  /* of all variables, of the largest */
    double *x, *list, *way; /* way: a direction as arrays */
    const ad_array *all;    /* what the feeds take, of this step */
    int64_t examples;
    ad_program *value, *product;
};

static int64_t size_of(const ad_tensor *t)
{
    ad_shape shape = ad_tensor_shape(t);
    int64_t count = 1;
    for (int i = 0; i < shape.rank; i++)
        count *= shape.size[i];
    return count;
}

static ad_minimize_options options_of(const ad_config *c)
{
    const whole_options *o = c->optimizer.options;
    return AD_OPTIONS(ad_minimize_options, .method = whole_method(c->optimizer.record),
                      .memory = o->memory, .tolerance = o->tolerance, .iterations = 1);
}

static bool is_trained(const ad_config *c, const ad_tensor *v)
{
    return ad_trainable(v) && ad_config_freezes(c, ad_tensor_name(v)) < 0;
}

ad_tensor *run_whole_keeps(const ad_config *c, ad_graph *graph)
{
    int64_t numbers = 0;
    const ad_minimize_options o = options_of(c);
    for (int i = 0; i < ad_variable_count(graph); i++) {
        ad_tensor *v = ad_variable_at(graph, i);
        numbers += is_trained(c, v) ? size_of(v) : 0;
    }
    ad_shape shape = AD_SHAPE((ad_minimize_room)(numbers, &o));
    ad_tensor *zeros = (ad_full)(graph, AD_F64, shape, 0);
    return ad_mark((ad_buffer)(graph, KEPT_NAME, zeros), AD_ROLE_MEMORY);
}

/* ---------------------------------------------------------------- numbers and arrays */

/* Numbers as an array of the variable's type, at `to`. */
static ad_array as_array(const ad_tensor *v, const double *x, double *to)
{
    int64_t count = size_of(v);
    float *narrow = (float *)(void *)to;
    if (ad_tensor_type(v) == AD_F64) {
        memcpy(to, x, (size_t)count * sizeof *x);
        return ad_f64(to, ad_tensor_shape(v));
    }
    for (int64_t i = 0; i < count; i++)
        narrow[i] = (float)x[i];
    return ad_f32(narrow, ad_tensor_shape(v));
}

static ad_status put(struct run_whole *w, const double *x)
{
    ad_status status = AD_OK;
    for (int i = 0; i < w->count && status == AD_OK; i++) {
        status = ad_set(w->n->state, w->variable[i], as_array(w->variable[i], x, w->list));
        x += size_of(w->variable[i]);
    }
    return status;
}

/* to += share times the arrays. */
static void add(const struct run_whole *w, const ad_array *from, double share, double *to)
{
    for (int i = 0; i < w->count; i++)
        for (int64_t k = 0; k < size_of(w->variable[i]); k++)
            *to++ += share * ad_array_item(&from[i], k);
}

/* Examples first to first + count of each feed. */
static void cut(struct run_whole *w, int64_t first, int64_t count)
{
    for (int i = 0; i < w->feeds; i++) {
        ad_array one = w->all[i];
        one.shape.size[0] = 1;
        one.data = (char *)one.data + (size_t)first * ad_array_bytes(&one);
        one.shape.size[0] = count;
        w->in[i] = one;
    }
}

/* The mean over all examples of what the program gives: a value where sum is not NULL, then an
 * array for each variable. */
static ad_status run_all(struct run_whole *w, ad_program *p, double *sum, double *numbers)
{
    int64_t piece = w->c->train.batch;
    int lead = sum != NULL;
    memset(numbers, 0, (size_t)w->numbers * sizeof *numbers);
    for (int64_t at = 0; at < w->examples; at += piece) {
        int64_t count = w->examples - at < piece ? w->examples - at : piece;
        double share = (double)count / (double)w->examples;
        cut(w, at, count);
        memset(w->out, 0, (size_t)(w->count + lead) * sizeof *w->out);
        ad_status status = ad_run(p, w->in, w->out);
        if (status != AD_OK)
            return status;
        if (sum)
            *sum += share * ad_array_item(&w->out[0], 0);
        add(w, w->out + lead, share, numbers);
    }
    return AD_OK;
}

/* L2 of all variables but those of train.no_decay: to += decay times v; the sum of x v. */
static double add_decay(const struct run_whole *w, const double *x, const double *v, double *to)
{
    double sum = 0;
    for (int i = 0; i < w->count; i++) {
        int64_t count = size_of(w->variable[i]);
        bool left = false;
        for (int k = 0; k < w->c->train.no_decay.count; k++)
            left = left ||
                   ad_name_matches(w->c->train.no_decay.text[k], ad_tensor_name(w->variable[i]));
        for (int64_t k = 0; k < count && !left; k++) {
            sum += x[k] * v[k];
            to[k] += w->decay * v[k];
        }
        x += count, v += count, to += count;
    }
    return sum;
}

static ad_status evaluate(void *user, const double *x, double *value, double *gradient)
{
    struct run_whole *w = user;
    *value = 0;
    ad_status status = put(w, x);
    if (status == AD_OK)
        status = run_all(w, w->value, value, gradient);
    *value += w->decay / 2 * add_decay(w, x, x, gradient);
    return status;
}

static ad_status multiply(void *user, const double *x, const double *v, double *result)
{
    struct run_whole *w = user;
    const double *from = v;
    double *at = w->way;
    ad_status status = put(w, x);
    for (int i = 0; i < w->count; i++) {
        w->in[w->feeds + i] = as_array(w->variable[i], from, at);
        from += size_of(w->variable[i]);
        at += size_of(w->variable[i]);
    }
    if (status == AD_OK)
        status = run_all(w, w->product, NULL, result);
    (void)add_decay(w, x, v, result);
    return status;
}

/* ---------------------------------------------------------------- programs, at the first step */

static ad_program *compile(struct run_whole *w, int fetches, int feeds)
{
    return ad_compile(w->n->state, .fetch_list = w->fetch, .fetch_count = fetches,
                      .feed_list = w->feed, .feed_count = feeds);
}

static bool make_value(struct run_whole *w, ad_tensor *loss)
{
    (ad_gradient)(loss, w->variable, w->count, w->gradient);
    w->fetch[0] = loss;
    memcpy(w->fetch + 1, w->gradient, (size_t)w->count * sizeof *w->fetch);
    w->value = compile(w, w->count + 1, w->feeds);
    return w->value;
}

/* The gradient of (gradient along v) is the Hessian times v. */
static bool make_product(struct run_whole *w)
{
    ad_tensor *sum = NULL;
    for (int i = 0; i < w->count; i++) {
        ad_tensor *v = w->variable[i];
        char name[300];
        snprintf(name, sizeof name, "minimize.along.%.250s", ad_tensor_name(v));
        w->along[i] = (ad_feed)(w->n->graph, name, ad_tensor_type(v), ad_tensor_shape(v));
        w->feed[w->feeds + i] = w->along[i];
        ad_tensor *part = (ad_sum)((ad_mul)(w->gradient[i], w->along[i]), AD_ALL, NULL);
        part = (ad_cast)(part, AD_F64);
        sum = sum ? (ad_add)(sum, part) : part;
    }
    (ad_gradient)(sum, w->variable, w->count, w->fetch);
    w->product = compile(w, w->count, w->feeds + w->count);
    return w->product;
}

static void *room(bool *good, int64_t count, size_t each)
{
    void *p = calloc((size_t)count + 1, each);
    *good = *good && p;
    return p;
}

static bool make_rooms(struct run_whole *w, ad_tensor *const *feed, int feeds)
{
    bool good = true;
    int64_t all = w->count + feeds;
    w->feeds = feeds;
    w->gradient = room(&good, w->count, sizeof *w->gradient);
    w->along = room(&good, w->count, sizeof *w->along);
    w->fetch = room(&good, w->count + 1, sizeof *w->fetch);
    w->feed = room(&good, all, sizeof *w->feed);
    w->in = room(&good, all, sizeof *w->in);
    w->out = room(&good, w->count + 1, sizeof *w->out);
    w->x = room(&good, w->numbers, sizeof *w->x);
    w->list = room(&good, w->most, sizeof *w->list);
    w->way = room(&good, w->numbers, sizeof *w->way);
    if (good && feeds)
        memcpy(w->feed, feed, (size_t)feeds * sizeof *feed);
    return good;
}

static ad_status first_x(struct run_whole *w)
{
    double *to = w->x;
    ad_status status = AD_OK;
    for (int i = 0; i < w->count && status == AD_OK; i++) {
        ad_array value;
        status = ad_get(w->n->state, w->variable[i], &value);
        for (int64_t k = 0; status == AD_OK && k < size_of(w->variable[i]); k++)
            *to++ = ad_array_item(&value, k);
    }
    return status;
}

static ad_status start(struct run_whole *w, ad_tensor *const *feed, int feeds)
{
    if (!make_rooms(w, feed, feeds))
        return ad_source_fail(AD_ERROR_MEMORY, "no memory for %lld numbers", (long long)w->numbers);
    if (!make_value(w, w->n->player[0].step) ||
        (w->o.method == AD_MINIMIZE_NEWTON_CG && !make_product(w)))
        return ad_error_status();
    return first_x(w);
}

/* ---------------------------------------------------------------- what ad_fit calls */

/* What is kept begins with a number that is not 0, and FLAT behind an iteration that made nothing
 * smaller that f32 shows; third stands the value. */
enum { FLAT = 2 };

static double value_before(const double *kept)
{
    return kept[0] != 0 ? kept[2] : (double)INFINITY;
}

/* One iteration.  Where the tolerance is met, or two in a row made nothing better that rounding
 * does not hide, it is over: the model computes in f32. */
ad_status run_whole_step(void *user, ad_tensor *const *feed, const ad_array *array, int feeds,
                         double *loss, bool *over)
{
    struct run_whole *w = user;
    ad_minimized result = {0};
    ad_tensor *buffer = ad_find(w->n->graph, KEPT_NAME);
    ad_status status = w->value ? AD_OK : start(w, feed, feeds);
    ad_array kept;
    if (status == AD_OK)
        status = ad_get(w->n->state, buffer, &kept);
    if (status != AD_OK)
        return status;
    size_t size = ad_array_bytes(&kept);
    double *own = malloc(size);
    if (!own)
        return ad_source_fail(AD_ERROR_MEMORY, "no memory for what the optimizer keeps");
    memcpy(own, kept.data, size);
    w->all = array;
    w->examples = feeds ? array[0].shape.size[0] : 0;
    double before = value_before(own);
    bool flat_before = own[0] == FLAT;
    w->o.keep = own;
    w->o.result = &result;
    ad_objective f = {evaluate, w->product ? multiply : NULL, w};
    status = (ad_minimize)(&f, w->numbers, w->x, &w->o);
    bool flat = before - result.value <= 0x1p-24 * fabs(result.value);
    own[0] = flat ? FLAT : own[0];
    kept.data = own;
    if (status == AD_OK)
        status = put(w, w->x);
    if (status == AD_OK)
        status = ad_set(w->n->state, buffer, kept);
    free(own);
    *loss = result.value;
    *over = result.converged || result.iterations == 0 || (flat && flat_before);
    return status;
}

struct run_whole *run_whole_new(const ad_config *c, ad_run_network *n)
{
    int all = ad_variable_count(n->graph);
    struct run_whole *w = calloc(1, sizeof *w);
    ad_tensor **variable = calloc((size_t)all + 1, sizeof *variable);
    if (!w || !variable) {
        free(w);
        free(variable);
        return NULL;
    }
    *w = (struct run_whole){.c = c, .n = n, .o = options_of(c), .variable = variable};
    w->decay = ((const ad_optimizer_options *)c->optimizer.options)->decay;
    for (int i = 0; i < all; i++) {
        ad_tensor *v = ad_variable_at(n->graph, i);
        if (!is_trained(c, v))
            continue;
        variable[w->count++] = v;
        w->numbers += size_of(v);
        w->most = size_of(v) > w->most ? size_of(v) : w->most;
    }
    return w;
}

void run_whole_free(struct run_whole *w)
{
    if (!w)
        return;
    ad_program_free(w->value);
    ad_program_free(w->product);
    void *list[] = {w->variable, w->gradient, w->along, w->fetch, w->feed,
                    w->in,       w->out,      w->x,     w->list,  w->way};
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        free(list[i]);
    free(w);
}

#else

ad_tensor *run_whole_keeps(const ad_config *c, ad_graph *graph)
{
    return (void)c, (void)graph, NULL;
}

struct run_whole *run_whole_new(const ad_config *c, ad_run_network *n)
{
    return (void)c, (void)n, NULL;
}

ad_status run_whole_step(void *user, ad_tensor *const *feed, const ad_array *array, int feeds,
                         double *loss, bool *over)
{
    return (void)user, (void)feed, (void)array, (void)feeds, (void)loss, (void)over,
           AD_ERROR_UNSUPPORTED;
}

void run_whole_free(struct run_whole *w)
{
    (void)w;
}

#endif
