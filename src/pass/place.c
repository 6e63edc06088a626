/* Devices have memories of their own.  A step that reads a value of another device reads a copy of
 * it, made once and used by all later readers there; a step that writes one writes to its own
 * device, and a copy brings it home. */
#include <string.h>

#include "pass/fusion.h"
#include "pass/view.h"

struct placing {
    struct schedule *s;
    struct step *steps; /* the new list */
    char **notes;
    int count, capacity;
    int *copy_of; /* by value and device: the copy there, -1 */
    int values, devices;
};

static int devices_used(const struct schedule *s)
{
    int most = 0;
    for (int i = 0; i < s->value_count; i++)
        most = s->values[i].device > most ? s->values[i].device : most;
    for (int i = 0; i < s->step_count; i++)
        most = s->steps[i].device > most ? s->steps[i].device : most;
    return most + 1;
}

static bool add_step(struct placing *p, const struct step *step, char *note)
{
    if (p->count == p->capacity)
        return false;
    p->notes[p->count] = note;
    p->steps[p->count++] = *step;
    return true;
}

static struct view flat(const struct schedule *s, int value)
{
    const struct value *v = &s->values[value];
    ad_shape shape = {1, {shape_count(&v->shape)}};
    return view_whole(value, v->type, &shape);
}

static bool add_copy(struct placing *p, int from, int to, int device)
{
    struct view a = flat(p->s, from), b = flat(p->s, to);
    struct loop *loop = loops_copy(&p->s->arena, &a, &b);
    struct step step = {.loop = loop, .tail_operand = -1, .device = device};
    return loop && add_step(p, &step, "between devices");
}

static int twin(struct placing *p, int value, int device)
{
    struct value v = p->s->values[value];
    v.kind = VALUE_TEMPORARY;
    v.device = device;
    v.first = v.last = -1;
    return schedule_value(p->s, &v);
}

/* The value to use instead, on the step's device; a read value is copied there first. */
static bool settle(struct placing *p, int *value, int device, bool written)
{
    if (*value < 0 || *value >= p->values || p->s->values[*value].device == device)
        return true;
    int *copy = &p->copy_of[*value * p->devices + device], from = *value;
    bool fresh = *copy < 0;
    if (fresh)
        *copy = twin(p, from, device);
    *value = *copy;
    return *copy >= 0 && (written || !fresh || add_copy(p, from, *copy, device));
}

static bool settle_step(struct placing *p, struct step *step, bool written)
{
    bool ok = true;
    for (int i = 0; step->node && i < (written ? step->node->out_count : step->node->in_count); i++)
        ok = ok &&
             settle(p, written ? &step->out[i].value : &step->in[i].value, step->device, written);
    for (int i = 0; step->loop && i < step->loop->operands; i++)
        if (step->loop->operand[i].written == written)
            ok = ok && settle(p, &step->loop->operand[i].value, step->device, written);
    return ok;
}

static bool bring_home(struct placing *p, const int *before, const int *after, int count,
                       int device)
{
    bool ok = true;
    for (int i = 0; ok && i < count; i++)
        if (before[i] != after[i])
            ok = add_copy(p, after[i], before[i], device);
    return ok;
}

enum { WRITES = 128 };

/* Values that a step writes, in a fixed order. */
static int writes_of(const struct step *step, int *list)
{
    int n = 0;
    for (int i = 0; step->node && i < step->node->out_count && n < WRITES; i++)
        list[n++] = step->out[i].value;
    for (int i = 0; step->loop && i < step->loop->operands && n < WRITES; i++)
        if (step->loop->operand[i].written)
            list[n++] = step->loop->operand[i].value;
    return n;
}

static bool place_step(struct placing *p, int i)
{
    struct step step = p->s->steps[i];
    int before[WRITES], after[WRITES];
    if (!settle_step(p, &step, false))
        return false;
    int count = writes_of(&step, before);
    if (!settle_step(p, &step, true))
        return false;
    writes_of(&step, after);
    return add_step(p, &step, p->s->notes[i]) && bring_home(p, before, after, count, step.device);
}

static void use(struct schedule *s, int value, int step, bool written)
{
    if (value < 0)
        return;
    if (written && s->values[value].first < 0)
        s->values[value].first = step;
    s->values[value].last = step;
}

/* When each value is first written and last used. */
static void find_lives(struct schedule *s)
{
    for (int i = 0; i < s->value_count; i++)
        s->values[i].first = s->values[i].last = -1;
    for (int i = 0; i < s->step_count; i++) {
        const struct step *step = &s->steps[i];
        for (int k = 0; step->node && k < step->node->in_count; k++)
            use(s, step->in[k].value, i, false);
        for (int k = 0; step->node && k < step->node->out_count; k++)
            use(s, step->out[k].value, i, true);
        for (int k = 0; step->loop && k < step->loop->operands; k++)
            use(s, step->loop->operand[k].value, i, step->loop->operand[k].written);
    }
}

bool schedule_place(struct schedule *s)
{
    struct placing p = {.s = s, .values = s->value_count, .devices = devices_used(s)};
    if (p.devices == 1)
        return true;
    p.capacity = 8 * s->step_count + 8 * s->value_count + 64;
    p.steps = arena_array(&s->arena, (size_t)p.capacity, sizeof *p.steps);
    p.notes = arena_array(&s->arena, (size_t)p.capacity, sizeof *p.notes);
    p.copy_of = arena_array(&s->arena, (size_t)(p.values * p.devices) + 1, sizeof *p.copy_of);
    if (!p.steps || !p.notes || !p.copy_of)
        return false;
    memset(p.copy_of, -1, sizeof *p.copy_of * (size_t)(p.values * p.devices));
    for (int i = 0; i < s->step_count; i++)
        if (!place_step(&p, i))
            return false;
    s->steps = p.steps, s->notes = p.notes, s->step_count = p.count;
    find_lives(s);
    return true;
}
