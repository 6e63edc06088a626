/* Minimizers on a graph's loss: its variables as one list of numbers. */
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/option.h"
#include "core/graph.h"

struct whole {
    ad_state *state;
    ad_graph *graph;
    ad_program *value, *product;
    ad_tensor *loss, **variable, **gradient, **along, **fetch, **feed;
    ad_array *in, *out;
    int count, feeds;
    int64_t numbers, most; /* of all variables, of the largest */
    double *list;          /* of one variable in its own type */
};

static int64_t size_of(const ad_tensor *t)
{
    int64_t count = 1;
    for (int i = 0; i < t->shape.rank; i++)
        count *= t->shape.size[i];
    return count;
}

static void *room(struct whole *w, int count, size_t each)
{
    return arena_array(&w->graph->arena, (size_t)count + 1, each);
}

static ad_status choose(struct whole *w, ad_tensor *const *feed, const ad_array *array)
{
    int all = ad_variable_count(w->graph);
    w->variable = room(w, all, sizeof(ad_tensor *)),
    w->gradient = room(w, all, sizeof(ad_tensor *));
    w->along = room(w, all, sizeof(ad_tensor *)), w->fetch = room(w, all + 1, sizeof(ad_tensor *));
    w->feed = room(w, all + w->feeds, sizeof(ad_tensor *));
    w->in = room(w, all + w->feeds, sizeof *w->in), w->out = room(w, all + 1, sizeof *w->out);
    if (!w->variable || !w->gradient || !w->along || !w->fetch || !w->feed || !w->in || !w->out)
        return AD_ERROR_MEMORY;
    for (int i = 0; i < all; i++) {
        ad_tensor *v = ad_variable_at(w->graph, i);
        if (!ad_trainable(v))
            continue;
        w->variable[w->count++] = v;
        w->numbers += size_of(v);
        w->most = size_of(v) > w->most ? size_of(v) : w->most;
    }
    for (int i = 0; i < w->feeds; i++)
        w->feed[i] = feed[i], w->in[i] = array[i];
    return w->count ? AD_OK
                    : fail(AD_ERROR_ARGUMENT, "ad_minimize_loss: the graph has no variable");
}

static ad_program *compile(struct whole *w, int fetches, int feeds)
{
    ad_compile_options o =
        AD_OPTIONS(ad_compile_options, .fetch_list = w->fetch, .fetch_count = fetches,
                   .feed_list = w->feed, .feed_count = feeds);
    return ad_compile(w->state, &o);
}

static ad_status build_value(struct whole *w)
{
    ad_gradient(w->loss, w->variable, w->count, w->gradient);
    w->fetch[0] = w->loss;
    memcpy(w->fetch + 1, w->gradient, (size_t)w->count * sizeof *w->fetch);
    w->value = compile(w, w->count + 1, w->feeds);
    return w->value ? AD_OK : ad_error_status();
}

/* The gradient of (gradient along v) is the Hessian times v. */
static ad_status build_product(struct whole *w)
{
    ad_tensor *sum = NULL;
    for (int i = 0; i < w->count; i++) {
        const ad_tensor *v = w->variable[i];
        const char *name = arena_format(&w->graph->arena, "minimize.along.%s", v->name);
        if (!name)
            return AD_ERROR_MEMORY;
        ad_tensor *known = ad_find(w->graph, name);
        w->along[i] = known ? known : ad_feed(w->graph, name, v->type, v->shape);
        w->feed[w->feeds + i] = w->along[i];
        ad_tensor *part = ad_sum(ad_mul(w->gradient[i], w->along[i]), AD_ALL, NULL);
        part = ad_cast(part, AD_F64);
        sum = sum ? ad_add(sum, part) : part;
    }
    ad_gradient(sum, w->variable, w->count, w->fetch);
    w->product = compile(w, w->count, w->feeds + w->count);
    return w->product ? AD_OK : ad_error_status();
}

/* Numbers as an array of the variable's type, in w->list. */
static ad_array as_array(struct whole *w, const ad_tensor *v, const double *x)
{
    int64_t count = size_of(v);
    if (v->type == AD_F64) {
        memcpy(w->list, x, (size_t)count * sizeof *x);
        return ad_f64(w->list, v->shape);
    }
    float *narrow = (float *)(void *)w->list;
    for (int64_t i = 0; i < count; i++)
        narrow[i] = (float)x[i];
    return ad_f32(narrow, v->shape);
}

static ad_status put(struct whole *w, const double *x)
{
    for (int i = 0; i < w->count; i++) {
        TRY(ad_set(w->state, w->variable[i], as_array(w, w->variable[i], x)));
        x += size_of(w->variable[i]);
    }
    return AD_OK;
}

static void take(const struct whole *w, const ad_array *from, double *to)
{
    for (int i = 0; i < w->count; i++)
        for (int64_t k = 0; k < size_of(w->variable[i]); k++)
            *to++ = ad_array_item(&from[i], k);
}

static ad_status evaluate(void *user, const double *x, double *value, double *gradient)
{
    struct whole *w = user;
    TRY(put(w, x));
    memset(w->out, 0, ((size_t)w->count + 1) * sizeof *w->out);
    TRY(ad_run(w->value, w->in, w->out));
    *value = ad_array_item(&w->out[0], 0);
    take(w, w->out + 1, gradient);
    return AD_OK;
}

static ad_status multiply(void *user, const double *x, const double *v, double *result)
{
    struct whole *w = user;
    TRY(put(w, x));
    double *at = w->list + w->most;
    for (int i = 0; i < w->count; i++) {
        ad_array one = as_array(w, w->variable[i], v);
        one.data = memcpy(at, one.data, (size_t)size_of(w->variable[i]) * sizeof *at);
        w->in[w->feeds + i] = one;
        at += size_of(w->variable[i]);
        v += size_of(w->variable[i]);
    }
    memset(w->out, 0, ((size_t)w->count + 1) * sizeof *w->out);
    TRY(ad_run(w->product, w->in, w->out));
    take(w, w->out, result);
    return AD_OK;
}

static ad_status begin(struct whole *w, double *x)
{
    ad_array *value = w->out;
    for (int i = 0; i < w->count; i++)
        TRY(ad_get(w->state, w->variable[i], &value[i]));
    take(w, value, x);
    return AD_OK;
}

static ad_status minimize(struct whole *w, double *x, const ad_minimize_options *o)
{
    TRY(build_value(w));
    if (o->method == AD_MINIMIZE_NEWTON_CG)
        TRY(build_product(w));
    TRY(begin(w, x));
    ad_objective f = {evaluate, w->product ? multiply : NULL, w};
    TRY(ad_minimize(&f, w->numbers, x, o));
    return put(w, x);
}

ad_status ad_minimize_loss(ad_state *state, ad_tensor *loss, ad_tensor *const *feed,
                           const ad_array *array, int feeds, const ad_minimize_options *options)
{
    ad_minimize_options o = AD_OPTIONS(ad_minimize_options);
    TRY(options_read(ad_minimize_options, &o, options));
    if (!state || !loss || feeds < 0 || (feeds && (!feed || !array)))
        return fail(AD_ERROR_ARGUMENT,
                    "ad_minimize_loss: a state, a loss and its feeds are needed");
    if (ad_tensor_error(loss))
        return fail(AD_ERROR_ARGUMENT, "%s", ad_tensor_error(loss));
    struct whole w = {.state = state, .graph = ad_tensor_graph(loss), .loss = loss, .feeds = feeds};
    TRY(choose(&w, feed, array));
    size_t size = (size_t)(2 * w.numbers + w.most) * sizeof(double);
    double *all = memory_alloc(memory_default(), size);
    if (!all)
        return AD_ERROR_MEMORY;
    w.list = all + w.numbers;
    ad_status status = minimize(&w, all, &o);
    ad_program_free(w.value);
    ad_program_free(w.product);
    memory_free(memory_default(), all, size);
    return status;
}
