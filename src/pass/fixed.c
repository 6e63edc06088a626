/* Finding fixed steps.
 *
 * A step is fixed when all it reads is and it draws no random numbers; a value, when all steps that
 * write it are.  Both laws hold of the answer: everything starts as fixed, and what breaks a law
 * is struck out until nothing does. */
#include "pass/fixed.h"

#include "core/graph.h"

struct fixing {
    struct schedule *s;
    bool changed;
};

static bool starts_fixed(const struct value *v, const struct schedule_request *r)
{
    switch (v->kind) {
    case VALUE_CONSTANT: return true;
    case VALUE_VARIABLE: return r->fixed_variables;
    case VALUE_FEED:
        return v->number >= r->first_fixed_feed && v->number - r->first_fixed_feed < r->fixed_feeds;
    case VALUE_TEMPORARY: return true;
    default: return false;
    }
}

static bool reads_fixed(const struct schedule *s, const struct step *step)
{
    for (int i = 0; step->node && i < step->node->in_count; i++)
        if (step->in[i].value >= 0 && !s->values[step->in[i].value].fixed)
            return false;
    for (int i = 0; step->loop && i < step->loop->operands; i++) {
        const struct loop_operand *o = &step->loop->operand[i];
        if (!o->written && o->value >= 0 && !s->values[o->value].fixed)
            return false;
    }
    return true;
}

static bool draws(const struct step *step)
{
    return (step->node && node_draws(step->node)) || (step->loop && step->loop->random_step);
}

static void strike(struct fixing *f, int value)
{
    if (value < 0 || !f->s->values[value].fixed)
        return;
    f->s->values[value].fixed = false;
    f->changed = true;
}

/* What a step writes is fixed only if the step is. */
static void strike_written(struct fixing *f, const struct step *step)
{
    for (int i = 0; step->node && i < step->node->out_count; i++)
        strike(f, step->out[i].value);
    for (int i = 0; step->loop && i < step->loop->operands; i++)
        if (step->loop->operand[i].written)
            strike(f, step->loop->operand[i].value);
}

static bool writes_only_fixed(const struct schedule *s, const struct step *step)
{
    for (int i = 0; step->node && i < step->node->out_count; i++)
        if (step->out[i].value >= 0 && !s->values[step->out[i].value].fixed)
            return false;
    for (int i = 0; step->loop && i < step->loop->operands; i++) {
        const struct loop_operand *o = &step->loop->operand[i];
        if (o->written && o->value >= 0 && !s->values[o->value].fixed)
            return false;
    }
    return true;
}

static void note_inputs(const struct schedule *s, struct step *step)
{
    for (int i = 0; step->node && i < step->node->in_count && i < 64; i++)
        if (step->in[i].value >= 0 && s->values[step->in[i].value].fixed)
            step->fixed_in |= (uint64_t)1 << i;
}

void fixed_mark(struct schedule *s, const struct schedule_request *r)
{
    struct fixing f = {.s = s, .changed = true};
    if (!r->fixed_variables && !r->fixed_feeds)
        return;
    for (int i = 0; i < s->value_count; i++)
        s->values[i].fixed = starts_fixed(&s->values[i], r);
    while (f.changed) {
        f.changed = false;
        for (int i = 0; i < s->step_count; i++) {
            struct step *step = &s->steps[i];
            step->fixed = !draws(step) && reads_fixed(s, step) && writes_only_fixed(s, step);
            if (!step->fixed)
                strike_written(&f, step);
        }
    }
    for (int i = 0; i < s->step_count; i++)
        note_inputs(s, &s->steps[i]);
}
