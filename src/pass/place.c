/* Devices have memories of their own.  A step that reads a value of another device reads a copy of
 * it, made once and used by all later readers there; a step that writes one writes to its own
 * device, and a copy brings it home. */
#include <string.h>

#include "base/error.h"
#include "pass/fusion.h"
#include "pass/view.h"

/* Where a step names a value that it writes, and the value that it named at first. */
struct write {
    const int *value;
    int home;
};

struct placing {
    struct schedule *s;
    struct write *write; /* of one step */
    struct step *steps;  /* the new list */
    char **notes;
    int count;
    size_t capacity;
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
    if ((size_t)p->count == p->capacity) {
        fail(AD_ERROR_UNSUPPORTED, "internal: more than %zu steps and copies between devices",
             p->capacity);
        return false;
    }
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
    int *copy = &p->copy_of[(size_t)*value * (size_t)p->devices + (size_t)device], from = *value;
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

/* All that a step writes on its own device for another one. */
static bool bring_home(struct placing *p, const struct write *write, int count, int device)
{
    bool ok = true;
    for (int i = 0; ok && i < count; i++)
        if (*write[i].value != write[i].home)
            ok = add_copy(p, *write[i].value, write[i].home, device);
    return ok;
}

/* What a step may write. */
static size_t ends_of(const struct step *step)
{
    return (step->node ? (size_t)step->node->out_count : 0) +
           (step->loop ? (size_t)step->loop->operands : 0);
}

static int writes_of(const struct step *step, struct write *write)
{
    int n = 0;
    for (int i = 0; step->node && i < step->node->out_count; i++)
        write[n++] = (struct write){&step->out[i].value, step->out[i].value};
    for (int i = 0; step->loop && i < step->loop->operands; i++)
        if (step->loop->operand[i].written)
            write[n++] =
                (struct write){&step->loop->operand[i].value, step->loop->operand[i].value};
    return n;
}

static bool place_step(struct placing *p, int i)
{
    struct step step = p->s->steps[i];
    if (!settle_step(p, &step, false))
        return false;
    int count = writes_of(&step, p->write);
    return settle_step(p, &step, true) && add_step(p, &step, p->s->notes[i]) &&
           bring_home(p, p->write, count, step.device);
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
    size_t ends = 0, most = 0, copies = (size_t)p.values * (size_t)p.devices;
    for (int i = 0; i < s->step_count; i++) {
        ends += ends_of(&s->steps[i]);
        most = ends_of(&s->steps[i]) > most ? ends_of(&s->steps[i]) : most;
    }
    p.capacity =
        (size_t)s->step_count + copies + ends; /* each value once on each device, and home */
    p.write = arena_array(&s->arena, most + 1, sizeof *p.write);
    p.steps = arena_array(&s->arena, p.capacity + 1, sizeof *p.steps);
    p.notes = arena_array(&s->arena, p.capacity + 1, sizeof *p.notes);
    p.copy_of = arena_array(&s->arena, copies + 1, sizeof *p.copy_of);
    if (!p.write || !p.steps || !p.notes || !p.copy_of)
        return false;
    memset(p.copy_of, -1, sizeof *p.copy_of * copies);
    for (int i = 0; i < s->step_count; i++)
        if (!place_step(&p, i))
            return false;
    s->steps = p.steps, s->notes = p.notes, s->step_count = p.count;
    find_lives(s);
    return true;
}
