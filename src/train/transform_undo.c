/* The way back: from what a transform made to the field of the source that it was made of. */
#include "train/transform.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"

/* The step, and its part, that made a slot of what comes from slot raw; false where none did. */
struct origin {
    const struct step *step;
    const struct part *part;
};

static bool comes_from(const ad_transform *t, int slot, int raw);

static bool find_origin(const ad_transform *t, int slot, int raw, struct origin *o)
{
    for (int s = 0; s < t->steps; s++)
        for (int i = 0; i < t->step[s].parts; i++) {
            const struct part *p = &t->step[s].part[i];
            if (p->made == slot && comes_from(t, p->from, raw)) {
                *o = (struct origin){&t->step[s], p};
                return true;
            }
        }
    return false;
}

/* A slot is made of slots with lower numbers, so this ends. */
static bool comes_from(const ad_transform *t, int slot, int raw)
{
    struct origin o;
    return slot == raw || (slot >= t->inputs && find_origin(t, slot, raw, &o));
}

/* ---- one step back; x: (count, made) becomes (count, from), of which there is room for both */

static void undo_join(const struct part *p, double *x, int64_t count, int64_t made, int64_t from)
{
    for (int64_t i = 0; i < count; i++)
        memmove(x + i * from, x + i * made + p->at, (size_t)from * sizeof *x);
}

/* Rows of places become classes; behind the classes is the place of missing ones. */
static void undo_wide(const struct part *p, double *x, int64_t values, int64_t width)
{
    for (int64_t i = 0; i < values; i++) {
        int64_t best = 0;
        for (int64_t k = 1; k < width; k++)
            if (x[i * width + k] > x[i * width + best])
                best = k;
        x[i] = (double)best < p->number[0] ? (double)best : -1;
    }
}

static void undo_numbers(const struct origin *o, double *x, int64_t values)
{
    const struct method *m = o->step->method;
    for (int64_t c = 0; m->undo && c < o->part->channels && c < values; c++)
        m->undo(o->step->options, o->part->number + c * m->numbers, x + c, values - c,
                o->part->channels);
}

static void undo(const ad_transform *t, const struct origin *o, double *x, int64_t count)
{
    int64_t made = slot_values(&t->slot[o->part->made], 0),
            from = slot_values(&t->slot[o->part->from], 0);
    if (o->step->method->joins)
        undo_join(o->part, x, count, made, from);
    else if (o->step->method->widens)
        undo_wide(o->part, x, count * from, from > 0 ? made / from : 1);
    else
        undo_numbers(o, x, count * from);
}

/* ---- all */

static int input_called(const ad_transform *t, const char *name)
{
    for (int i = 0; i < t->inputs; i++)
        if (!strcmp(t->slot[i].name, name))
            return i;
    return -1;
}

static ad_status check(const ad_transform *t, const char *field, const char *name, int slot,
                       int raw)
{
    if (slot < 0 || raw < 0)
        return fail(AD_ERROR_ARGUMENT,
                    "ad_transform_undo: there is no field \"%s\" %s the transform",
                    slot < 0 ? field : name, slot < 0 ? "after" : "before");
    if (!comes_from(t, slot, raw))
        return fail(AD_ERROR_ARGUMENT, "ad_transform_undo: field \"%s\" is not made of \"%s\"",
                    field, name);
    if (t->slot[slot].varies >= 0 || t->slot[raw].varies >= 0)
        return fail(AD_ERROR_SHAPE,
                    "ad_transform_undo: field \"%s\" is not of one length in all examples", name);
    return AD_OK;
}

/* Values of an example at the widest point of the way. */
static int64_t widest(const ad_transform *t, int slot, int raw)
{
    struct origin o;
    int64_t most = slot_values(&t->slot[slot], 0);
    for (; slot != raw && find_origin(t, slot, raw, &o); slot = o.part->from) {
        int64_t from = slot_values(&t->slot[o.part->from], 0);
        most = from > most ? from : most;
    }
    return most;
}

ad_status ad_transform_undo(const ad_transform *transform, const char *field, const char *raw,
                            const float *rows, int64_t count, double *to)
{
    const ad_transform *t = transform;
    int slot = transform_find(t, field), first = input_called(t, raw);
    struct origin o;
    TRY(check(t, field, raw, slot, first));
    int64_t width = slot_values(&t->slot[slot], 0), values = slot_values(&t->slot[first], 0);
    size_t bytes = (size_t)(count * widest(t, slot, first) + 1) * sizeof(double);
    double *x = memory_alloc(memory_default(), bytes);
    if (!x)
        return AD_ERROR_MEMORY;
    for (int64_t i = 0; i < count * width; i++)
        x[i] = (double)rows[i];
    for (; slot != first && find_origin(t, slot, first, &o); slot = o.part->from)
        undo(t, &o, x, count);
    memcpy(to, x, (size_t)(count * values) * sizeof *to);
    memory_free(memory_default(), x, bytes);
    return AD_OK;
}
