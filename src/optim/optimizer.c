/* The frame of every optimizer. */
#include "optim/optimizer.h"

#include <string.h>

#include "base/option.h"
#include "core/names.h"
#include "op/rows.h"
#include "op/shape.h"

/* ---- for rules */

ad_tensor *optimizer_as(const struct parameter *p, ad_tensor *number)
{
    return ad_cast(number, p->variable->type);
}

ad_tensor *optimizer_weight(const struct parameter *p)
{
    return ad_pending(p->variable);
}

ad_tensor *optimizer_rate(struct optimizer *s, const struct parameter *p)
{
    if (!s->o.rate_tensor)
        return ad_number(s->graph, AD_F64, s->o.rate * p->rate_scale);
    ad_tensor *rate = ad_cast(s->o.rate_tensor, AD_F64);
    return p->rate_scale == 1 ? rate : ad_scale(rate, p->rate_scale);
}

static ad_tensor *keep_first_mistake(struct optimizer *s, ad_tensor *t)
{
    if (graph_is_poison(t) && !s->mistake)
        s->mistake = t;
    return t;
}

static ad_tensor *no_memory(struct optimizer *s)
{
    return keep_first_mistake(s, optimizer_mistake(s, AD_ERROR_MEMORY, "out of memory"));
}

ad_tensor *optimizer_slot_of(struct optimizer *s, const struct parameter *p, const char *slot,
                             ad_shape shape, double initial)
{
    const char *name = arena_format(&s->graph->arena, "%s.%s.%s", s->name, slot, p->variable->name);
    const char *full = name ? graph_full_name(s->graph, name) : NULL;
    if (!full)
        return no_memory(s);
    if (names_find(s->graph->names, full))
        return keep_first_mistake(
            s,
            optimizer_mistake(s, AD_ERROR_ARGUMENT,
                              "an optimizer called '%s' trains '%s' already; give one of the two a "
                              ".name of its own",
                              s->name, p->variable->name));
    ad_tensor *first = ad_full(s->graph, p->variable->type, shape, initial);
    return keep_first_mistake(s, graph_variable(s->graph, s->name, name, first, AD_ROLE_MEMORY));
}

ad_tensor *optimizer_slot(struct optimizer *s, const struct parameter *p, const char *slot)
{
    return optimizer_slot_of(s, p, slot, p->variable->shape, 0);
}

void optimizer_assign(struct optimizer *s, ad_tensor *variable, ad_tensor *value)
{
    if (s->update)
        value = ad_where(s->update, value, ad_pending(variable));
    keep_first_mistake(s, ad_assign(s->owner, variable, value));
}

/* ---- counters: i64, rank 0 */

ad_tensor *optimizer_counter(struct optimizer *s, const char *what)
{
    const char *name = arena_format(&s->graph->arena, "%s.%s", s->name, what);
    if (!name)
        return no_memory(s);
    ad_tensor *zero = ad_number(s->graph, AD_I64, 0);
    return keep_first_mistake(s, graph_variable(s->graph, s->name, name, zero, AD_ROLE_COUNTER));
}

static ad_tensor *one_more(ad_tensor *count)
{
    return ad_add(count, rows_number(count, 1));
}

/* Runs since the last update; the last of them updates. */
static void count_runs(struct optimizer *s)
{
    if (s->o.accumulate <= 1)
        return;
    ad_tensor *runs = optimizer_counter(s, "runs");
    if (s->mistake)
        return;
    ad_tensor *now = one_more(runs);
    s->update = ad_greater_equal(now, rows_number(now, s->o.accumulate));
    ad_assign(s->owner, runs, ad_where(s->update, rows_number(now, 0), now));
}

ad_tensor *optimizer_steps(struct optimizer *s)
{
    if (s->steps || s->mistake)
        return s->steps ? s->steps : s->mistake;
    ad_tensor *steps = optimizer_counter(s, "step");
    if (s->mistake)
        return s->mistake;
    ad_tensor *now = one_more(steps);
    optimizer_assign(s, steps, now);
    return s->steps = ad_cast(now, AD_F64);
}

/* ---- what rules have in common */

ad_tensor *optimizer_number(const struct optimizer *s, double value)
{
    return ad_number(s->graph, AD_F64, value);
}

ad_tensor *optimizer_gradient(const struct parameter *p)
{
    return p->decay == 0 ? p->gradient : ad_add(p->gradient, ad_scale(p->variable, p->decay));
}

ad_tensor *optimizer_decayed(struct optimizer *s, const struct parameter *p)
{
    if (p->decay == 0)
        return optimizer_weight(p);
    ad_tensor *loss = ad_scale(optimizer_rate(s, p), p->decay);
    ad_tensor *left = ad_sub(optimizer_number(s, 1), loss);
    return ad_mul(optimizer_weight(p), optimizer_as(p, left));
}

void optimizer_step(struct optimizer *s, const struct parameter *p, ad_tensor *weight,
                    ad_tensor *rate, ad_tensor *step)
{
    optimizer_assign(s, p->variable, ad_sub(weight, ad_mul(step, optimizer_as(p, rate))));
}

/* ---- the build */

static bool name_is_free(const struct optimizer *s, const char *name)
{
    const char *counters[] = {"step", "runs"};
    for (int i = 0; i < 2; i++) {
        const char *part = arena_format(&s->graph->arena, "%s.%s", name, counters[i]);
        const char *full = part ? graph_full_name(s->graph, part) : NULL;
        if (full && names_find(s->graph->names, full))
            return false;
    }
    return true;
}

static const char *method_name(const struct optimizer *s)
{
    return s->method->record->record.name;
}

/* "adam", or "adam2" for the second one without a name. */
static const char *choose_name(struct optimizer *s)
{
    const char *name = s->o.name ? s->o.name : method_name(s);
    for (int i = 2; name && !name_is_free(s, name); i++) {
        if (s->o.name) {
            s->mistake = optimizer_mistake(
                s, AD_ERROR_ARGUMENT,
                ".name = \"%s\" is another optimizer's name; choose one of its own", name);
            return name;
        }
        name = arena_format(&s->graph->arena, "%s%d", method_name(s), i);
    }
    return name;
}

/* What is not set becomes the method's own number. */
static void fill_in(struct optimizer *s)
{
    const ad_record *r = &s->method->record->record;
    s->rate_given = s->o.rate != AD_AUTO;
    for (int i = 0; i < r->options; i++) {
        size_t at = r->option[i].offset;
        double *number = (double *)(void *)((char *)&s->o + at);
        if (r->option[i].type == AD_OPTION_NUMBER && *number == AD_AUTO)
            memcpy(number, (const char *)r->initial + at, sizeof *number);
    }
    const ad_optimizer_options *usual = r->initial;
    /* A record's own rate beside a tensor is no second one. */
    if (s->o.rate_tensor && s->o.rate == usual->rate)
        s->rate_given = false;
}

static ad_tensor *read_options(struct optimizer *s, const ad_optimizer_options *options)
{
    s->o = AD_OPTIONS(ad_optimizer_options);
    ad_status status = options_read(ad_optimizer_options, &s->o, options);
    fill_in(s);
    return graph_passed(s->graph, method_name(s), status);
}

/* The loss again as a node of its own: fetching the loss itself makes no step. */
static ad_tensor *owner_of(ad_tensor *loss)
{
    return graph_node1(&op_reshape, &(struct reshape_attributes){loss->shape}, loss);
}

/* Each variable's update runs on the variable's device. */
static void apply_rules(struct optimizer *s)
{
    int device = s->graph->device;
    for (int i = 0; i < s->count && !s->mistake; i++) {
        struct parameter p = optimizer_parameter(s, i);
        s->graph->device = p.variable->node->device;
        s->method->rule(s, &p);
    }
    s->graph->device = device;
}

static ad_tensor *build(struct optimizer *s)
{
    ad_tensor *poison = optimizer_check(s);
    poison = poison ? poison : optimizer_select(s);
    poison = poison ? poison : optimizer_check_groups(s);
    if (poison)
        return poison;
    s->owner = keep_first_mistake(s, owner_of(s->loss));
    count_runs(s);
    poison = s->mistake ? s->mistake : optimizer_prepare_gradients(s);
    if (!poison)
        apply_rules(s);
    return s->mistake ? s->mistake : s->owner;
}

ad_tensor *optimizer_build(const struct method *method, ad_tensor *loss,
                           const ad_optimizer_options *options)
{
    GRAPH_HOLD(ad_tensor_graph(loss));
    struct optimizer s = {.method = method, .graph = ad_tensor_graph(loss), .loss = loss};
    ad_tensor *result = read_options(&s, options);
    result = result ? result : graph_check(s.graph, method_name(&s), &loss, 1);
    if (!result) {
        s.name = choose_name(&s);
        if (!s.name)
            no_memory(&s);
        result = s.mistake ? s.mistake : build(&s);
    }
    if (s.o.norm && graph_is_poison(result))
        *s.o.norm = result;
    return result;
}
