/* Looking inside: the value of any tensor, what a program is made of, whether a gradient is right.
 */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "pass/expand.h"
#include "run/interpret.h"
#include "run/plan.h"
#include "run/program.h"

/* ---- ad_value: a naive program that lives for one call */

static ad_program *look_program(ad_state *state, ad_tensor *tensor, const ad_binding *feeds,
                                int count)
{
    ad_tensor *list[AD_LIST_MAX] = {0};
    if (count < 0 || count > AD_LIST_MAX) {
        fail(AD_ERROR_ARGUMENT, "ad_value: %d feeds; at most %d", count, AD_LIST_MAX);
        return NULL;
    }
    if (count && !feeds) {
        fail(AD_ERROR_ARGUMENT, "ad_value: %d feeds, and the list of them is NULL", count);
        return NULL;
    }
    for (int i = 0; i < count; i++)
        list[i] = feeds[i].feed;
    ad_compile_options o = AD_OPTIONS(ad_compile_options, .fetch = {tensor}, .feed_list = list,
                                      .feed_count = count, .naive = true);
    return program_new(state, &o, true);
}

static ad_status keep_value(ad_state *state, const ad_array *found, ad_array *value)
{
    void *data = arena_copy(&state->looked, found->data, ad_array_bytes(found) + 1);
    if (!data)
        return AD_ERROR_MEMORY;
    *value = *found;
    value->data = data;
    value->given_ = data;
    return AD_OK;
}

ad_status ad_value(ad_state *state, ad_tensor *tensor, const ad_binding *feeds, int count,
                   ad_array *value)
{
    if (!state || !value)
        return fail(AD_ERROR_ARGUMENT, "ad_value: the %s is NULL", state ? "value" : "state");
    if (!tensor)
        return fail(AD_ERROR_ARGUMENT, "ad_value: the tensor is NULL; ad_find gives NULL where "
                                       "nothing has the name");
    ad_program *p = look_program(state, tensor, feeds, count);
    if (!p)
        return ad_error_status();
    ad_array given[AD_LIST_MAX], found = {0};
    for (int i = 0; i < count; i++)
        given[i] = feeds[i].value;
    ad_status status = ad_run(p, given, &found);
    if (status == AD_OK) {
        lock_take(&state->looking);
        arena_done(&state->looked);
        status = keep_value(state, &found, value);
        lock_drop(&state->looking);
    }
    ad_program_free(p);
    return status;
}

/* ---- programs */

static ad_program_info about(const ad_program *p)
{
    ad_program_info info = {.compile_ms = p->compile_ms,
                            .shapes = p->cached,
                            .compiles = p->compiles,
                            .kept_bytes = p->kept_bytes};
    if (!p->last || !p->last->plan)
        return info;
    info.kernels = plan_kernels(p->last->plan);
    info.flops = plan_flops(p->last->plan);
    info.arena_bytes = (int64_t)plan_arena_bytes(p->last->plan);
    info.scratch_bytes = (int64_t)plan_scratch_bytes(p->last->plan);
    info.live_bytes = (int64_t)plan_live_bytes(p->last->plan);
    return info;
}

/* Waits for the end of a run; asked from within one, by what it calls back, it sees that run.
 * From there it does not wait for another program, which could wait for this one: zeros. */
ad_program_info ad_program_about(const ad_program *program)
{
    ad_program *p = (ad_program *)(uintptr_t)program; /* for the gate, which is no part of it */
    if (!p)
        return (ad_program_info){0};
    if (state_visited_by(p))
        return about(p);
    if (!gate_enter(&p->gate, true, !state_visited_any()))
        return (ad_program_info){0};
    ad_program_info info = about(p);
    gate_leave(&p->gate, true);
    return info;
}

static const char *print_plan(ad_program *p)
{
    if (!p->last || !p->last->plan)
        return "nothing compiled yet: run the program once\n";
    const ad_allocator *allocator = &p->graph->context->allocator;
    struct text text;
    text_init(&text, allocator);
    plan_print(p->last->plan, &text);
    if (text.failed) {
        text_done(&text);
        return "";
    }
    memory_free(allocator, p->text, p->text_size);
    p->text = text.data;
    p->text_size = text.capacity;
    return p->text;
}

const char *ad_program_text(ad_program *p)
{
    if (!p)
        return "nothing compiled yet: run the program once\n";
    if (program_enter(p, "ad_program_text") != AD_OK)
        return "";
    const char *text = print_plan(p);
    program_leave(p);
    return text;
}

/* ---- gradients against finite differences */

struct checking {
    ad_state *state;
    ad_tensor *y;
    const ad_binding *feeds;
    int feed_count;
    ad_program *program;
};

static ad_status sum_of(const struct checking *c, double *sum)
{
    ad_array given[AD_LIST_MAX], out = {0};
    for (int i = 0; i < c->feed_count; i++)
        given[i] = c->feeds[i].value;
    TRY(ad_run(c->program, given, &out));
    *sum = 0;
    for (int64_t i = 0; i < ad_array_count(&out); i++)
        *sum += ad_array_item(&out, i);
    return AD_OK;
}

/* Where the numbers of x lie: in the state, or in the array bound to the feed. */
static ad_status find_numbers(const struct checking *c, const ad_tensor *x, ad_array *numbers)
{
    for (int i = 0; i < c->feed_count; i++)
        if (c->feeds[i].feed == x) {
            *numbers = c->feeds[i].value;
            return AD_OK;
        }
    if (ad_get(c->state, x, numbers) == AD_OK)
        return AD_OK;
    return fail(AD_ERROR_ARGUMENT,
                "ad_check_gradients: x '%s' %s is neither a variable of the state nor a feed that "
                "is bound; only those can be moved",
                ad_tensor_name(x), graph_shape_text(c->state->graph, &x->shape));
}

/* Central difference with a step that balances rounding against curvature. */
static ad_status slope(const struct checking *c, double *at, double *result)
{
    double x = *at, h = cbrt(0x1p-52) * fmax(1, fabs(x)), above = 0, below = 0;
    *at = x + h;
    ad_status status = sum_of(c, &above);
    double up = *at;
    *at = x - h;
    if (status == AD_OK)
        status = sum_of(c, &below);
    *result = (above - below) / (up - *at);
    *at = x;
    return status;
}

static ad_status check_one(const struct checking *c, ad_tensor *x, ad_tensor *gradient,
                           double *worst)
{
    ad_array numbers = {0}, analytic = {0};
    TRY(find_numbers(c, x, &numbers));
    if (numbers.type != AD_F64)
        return fail(AD_ERROR_TYPE, "ad_check_gradients: '%s' is %s; finite differences need f64",
                    x->name ? x->name : "x", ad_type_name(numbers.type));
    TRY(ad_value(c->state, gradient, c->feeds, c->feed_count, &analytic));
    double largest = 0, error = 0, value = 0;
    TRY(sum_of(c, &value));
    largest = 1e-3 * fabs(value);
    for (int64_t i = 0; i < ad_array_count(&analytic); i++) {
        double found = 0, expected = ((const double *)analytic.data)[i];
        TRY(slope(c, (double *)numbers.data + i, &found));
        largest = fmax(largest, fmax(fabs(expected), fabs(found)));
        error = isnan(found - expected) ? NAN : fmax(error, fabs(found - expected));
    }
    double relative = largest > 0 ? error / largest : error;
    *worst = isnan(relative) || relative > *worst ? relative : *worst;
    return AD_OK;
}

static ad_status check_all(struct checking *c, ad_tensor *const *x, int count,
                           ad_tensor **gradients, double *worst)
{
    ad_gradient(c->y, x, count, gradients);
    c->program = look_program(c->state, c->y, c->feeds, c->feed_count);
    if (!c->program)
        return ad_error_status();
    ad_status status = AD_OK;
    *worst = 0;
    for (int i = 0; status == AD_OK && i < count; i++)
        status = check_one(c, x[i], gradients[i], worst);
    ad_program_free(c->program);
    return status;
}

/* Differences are taken by moving the state's own numbers, so nobody else may be in it; the runs
 * here are as if a run of the state had called them. */
static ad_status check_alone(struct checking *c, ad_tensor *const *x, int count,
                             ad_tensor **gradients, double *worst)
{
    struct state_visit visit;
    TRY(state_enter(c->state, true, false));
    state_visit_begin(&visit, c->state, NULL);
    ad_status status = check_all(c, x, count, gradients, worst);
    state_visit_end(&visit);
    state_leave(c->state, true);
    return status;
}

ad_status ad_check_gradients(ad_state *state, ad_tensor *y, ad_tensor *const *x, int count,
                             const ad_binding *feeds, int feed_count, double *worst)
{
    if (!state || graph_is_poison(y))
        return fail(AD_ERROR_ARGUMENT, "ad_check_gradients: %s",
                    state && y ? ad_tensor_error(y) : "the state or y is NULL");
    if (count < 1 || !x || !worst)
        return fail(AD_ERROR_ARGUMENT,
                    "ad_check_gradients: %d tensors to differentiate for; give one or more in x, "
                    "and a place for worst",
                    x ? count : 0);
    struct checking c = {.state = state, .y = y, .feeds = feeds, .feed_count = feed_count};
    struct arena scratch;
    arena_init(&scratch, &state->graph->context->allocator);
    ad_tensor **gradients = arena_array(&scratch, (size_t)count + 1, sizeof *gradients);
    ad_status status = gradients ? check_alone(&c, x, count, gradients, worst) : AD_ERROR_MEMORY;
    arena_done(&scratch);
    return status;
}
