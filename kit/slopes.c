/* The gradient of a configuration's loss against differences of its values, in f64. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "random.h"
#include "run.h"
#include "text.h"

enum { EXAMPLES = 4, DIRECTIONS = 5, FEEDS_MAX = AD_RUN_FEEDS_MAX + 1 };

static const double moved = 0.01;       /* first weights, at random */
static const double near_enough = 1e-8; /* no other step is tried */

typedef struct slopes {
    const ad_config *config;
    const ad_run_data *data;
    ad_run_network n;
    ad_tensor *feed[FEEDS_MAX];
    int from[FEEDS_MAX]; /* fields of a batch */
    int feeds;
    ad_batches *batches;
    ad_batch batch;
    ad_program *value;
    double *direction; /* as long as the largest variable */
    double *at;        /* its numbers */
    random_state random;
    ad_gradient_errors *errors;
} slopes;

static int64_t elements(const ad_tensor *t)
{
    ad_shape shape = ad_tensor_shape(t);
    int64_t count = 1;
    for (int i = 0; i < shape.rank; i++)
        count *= shape.size[i];
    return count;
}

/* ---------------------------------------------------------------- the loss at a point */

/* The same step each time, so that what is random in a training is the same. */
static ad_status run(slopes *s, ad_program *program, ad_array *out)
{
    ad_array in[FEEDS_MAX];
    for (int i = 0; i < s->feeds; i++)
        in[i] = s->batch.array[s->from[i]];
    if (ad_state_set_step(s->n.state, 0) != AD_OK || ad_run(program, in, out) != AD_OK)
        return run_fail_core(AD_RUN_NO_FAULT);
    return AD_OK;
}

static ad_status loss_at(slopes *s, const ad_tensor *v, double step, double *loss)
{
    ad_array value = {0}, out = {0};
    int64_t count = elements(v);
    if (ad_get(s->n.state, v, &value) != AD_OK)
        return run_fail_core(AD_RUN_NO_FAULT);
    for (int64_t i = 0; i < count; i++)
        ((double *)value.data)[i] = s->at[i] + step * s->direction[i];
    ad_status status = run(s, s->value, &out);
    *loss = status == AD_OK ? ad_array_item(&out, 0) : 0;
    return status;
}

/* ---------------------------------------------------------------- one variable */

/* Of unit length; returns the slope that the gradient says. */
static double draw(slopes *s, const double *gradient, int64_t count)
{
    double length = 0, slope = 0;
    for (int64_t i = 0; i < count; i++) {
        s->direction[i] = random_between(&s->random, -1, 1);
        length += s->direction[i] * s->direction[i];
    }
    length = length > 0 ? sqrt(length) : 1;
    for (int64_t i = 0; i < count; i++) {
        s->direction[i] /= length;
        slope += s->direction[i] * gradient[i];
    }
    return slope;
}

static ad_status compare(slopes *s, const ad_tensor *v, double slope, double typical, double *error)
{
    static const double steps[] = {1e-5, 1e-6, 1e-4, 1e-7, 1e-8};
    *error = INFINITY;
    for (size_t i = 0; i < sizeof steps / sizeof *steps && !(*error < near_enough); i++) {
        double above, below;
        ad_status status = loss_at(s, v, steps[i], &above);
        if (status == AD_OK)
            status = loss_at(s, v, -steps[i], &below);
        if (status != AD_OK)
            return status;
        double found = (above - below) / (2 * steps[i]);
        double scale = fmax(fmax(fabs(found), fabs(slope)), fmax(typical, 1e-4 * fabs(above)));
        double off = scale > 0 ? fabs(found - slope) / scale : 0;
        *error = off < *error || isnan(off) ? off : *error;
    }
    return AD_OK;
}

static ad_status check_variable(slopes *s, const ad_tensor *v, const double *gradient,
                                double *worst)
{
    ad_array value = {0};
    double norm = 0, error = 0, none;
    int64_t count = elements(v);
    ad_status status = ad_get(s->n.state, v, &value);
    if (status != AD_OK)
        return run_fail_core(AD_RUN_NO_FAULT);
    memcpy(s->at, value.data, (size_t)count * sizeof *s->at);
    for (int64_t i = 0; i < count; i++)
        norm += gradient[i] * gradient[i];
    double typical = sqrt(norm / (double)(count ? count : 1));
    *worst = 0;
    for (int i = 0; i < DIRECTIONS && status == AD_OK; i++) {
        double slope = draw(s, gradient, count);
        status = compare(s, v, slope, typical, &error);
        *worst = error > *worst || isnan(error) ? error : *worst;
    }
    return status == AD_OK ? loss_at(s, v, 0, &none) : status; /* as it was */
}

/* ---------------------------------------------------------------- all variables */

static ad_status add_error(slopes *s, const ad_tensor *v, double error)
{
    ad_gradient_errors *e = s->errors;
    char *name = text_copy(ad_tensor_name(v));
    if (!name)
        return message_no_memory();
    e->of[e->count] = (ad_gradient_error){name, error};
    if (error > e->of[e->worst].error || isnan(error))
        e->worst = e->count;
    e->count++;
    return AD_OK;
}

/* Its own program, so that no more than one variable's gradient is there at a time. */
static ad_status check_one(slopes *s, ad_tensor *v)
{
    ad_tensor *gradient;
    ad_array out = {0};
    double worst = 0;
    ad_gradient(s->n.loss, &v, 1, &gradient);
    ad_program *p = ad_compile(s->n.state, .fetch = {gradient}, .feed_list = s->feed,
                               .feed_count = s->feeds, .training = true);
    ad_status status = p ? run(s, p, &out) : run_fail_core(AD_RUN_NO_FAULT);
    if (status == AD_OK)
        status = check_variable(s, v, out.data, &worst);
    ad_program_free(p);
    return status == AD_OK ? add_error(s, v, worst) : status;
}

static ad_status check_all(slopes *s)
{
    int count = ad_variable_count(s->n.graph);
    s->errors->of = calloc((size_t)count + 1, sizeof *s->errors->of);
    ad_status status = s->errors->of ? AD_OK : message_no_memory();
    for (int i = 0; i < count && status == AD_OK; i++)
        if (ad_trainable(ad_variable_at(s->n.graph, i)))
            status = check_one(s, ad_variable_at(s->n.graph, i));
    return status;
}

/* ---------------------------------------------------------------- the begin */

static ad_status add_feed(slopes *s, ad_tensor *feed)
{
    s->feed[s->feeds] = feed;
    s->from[s->feeds] = run_batch_field(s->batches, ad_tensor_name(feed), "");
    if (s->from[s->feeds++] >= 0)
        return AD_OK;
    return run_fail(AD_RUN_BAD_DATA, AD_ERROR_ARGUMENT, "the data has no field %s\n",
                    ad_tensor_name(feed));
}

static ad_status find_feeds(slopes *s)
{
    ad_status status = AD_OK;
    for (int i = 0; i < s->n.inputs && status == AD_OK; i++)
        status = add_feed(s, s->n.input[i]);
    return status == AD_OK && s->data->target.name ? add_feed(s, s->n.target) : status;
}

/* Away from the first weights: where many are 0, relu bends. */
static ad_status move(slopes *s)
{
    int64_t most = 1;
    for (int i = 0; i < ad_variable_count(s->n.graph); i++) {
        ad_array value = {0};
        const ad_tensor *v = ad_variable_at(s->n.graph, i);
        int64_t count = elements(v);
        if (!ad_trainable(v) || ad_tensor_type(v) != AD_F64)
            continue;
        most = count > most ? count : most;
        if (ad_get(s->n.state, v, &value) != AD_OK)
            return run_fail_core(AD_RUN_NO_FAULT);
        for (int64_t k = 0; k < count; k++)
            ((double *)value.data)[k] += moved * (random_between(&s->random, -1, 1));
    }
    s->direction = malloc((size_t)most * sizeof *s->direction);
    s->at = malloc((size_t)most * sizeof *s->at);
    return s->direction && s->at ? AD_OK : message_no_memory();
}

static ad_status begin(slopes *s, int threads)
{
    s->n.context = ad_context_new(.threads = threads ? threads : AD_PROCESSORS);
    s->n.graph = s->n.context ? ad_graph_new(s->n.context) : NULL;
    ad_status status =
        s->n.graph ? run_double(s->config, s->data, &s->n) : run_fail_core(AD_RUN_NO_FAULT);
    s->batches = ad_batches_new(s->data->train, .size = EXAMPLES, .threads = 0,
                                .seed = (uint64_t)s->config->train.seed);
    if (status == AD_OK)
        status = s->batches ? find_feeds(s) : run_fail_core(AD_RUN_BAD_DATA);
    if (status != AD_OK)
        return status;
    s->n.state = ad_state_new(s->n.graph, (uint64_t)s->config->train.seed);
    s->value = s->n.state ? ad_compile(s->n.state, .fetch = {s->n.loss}, .feed_list = s->feed,
                                       .feed_count = s->feeds, .training = true)
                          : NULL;
    if (!s->value || ad_batches_next(s->batches, &s->batch) != AD_OK)
        return run_fail_core(AD_RUN_NO_FAULT);
    return move(s);
}

ad_status ad_gradient_errors_of(const ad_config *config, const ad_run_data *data, int threads,
                                ad_gradient_errors *errors)
{
    slopes s = {.config = config, .data = data, .errors = errors, .random = random_start(1, 0)};
    ad_status status = begin(&s, threads);
    if (status == AD_OK)
        status = check_all(&s);
    free(s.direction);
    free(s.at);
    ad_program_free(s.value);
    ad_batches_free(s.batches);
    ad_run_network_done(&s.n);
    return status;
}

void ad_gradient_errors_done(ad_gradient_errors *errors)
{
    for (int i = 0; i < errors->count; i++)
        free(errors->of[i].variable);
    free(errors->of);
    *errors = (ad_gradient_errors){0};
}
