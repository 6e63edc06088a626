/* Transforms: made step by step, held, asked. */
#include "train/transform.h"

#include <string.h>

#include "base/error.h"
#include "base/list.h"
#include "base/memory.h"
#include "base/text.h"
#include "train/options.h"

/* ---- methods */

#define METHOD(name) extern const struct method method_##name;
#include "train/transforms.def"
#undef METHOD

static const struct method *const methods[] = {
#define METHOD(name) &method_##name,
#include "train/transforms.def"
#undef METHOD
};

const ad_record *ad_transform_at(int i)
{
    int count = (int)(sizeof methods / sizeof *methods);
    return i >= 0 && i < count ? &methods[i]->record : NULL;
}

const struct method *transform_method(const char *name)
{
    return (const struct method *)(const void *)options_record(ad_transform_at,
                                                               "method of transforms called", name);
}

/* ---- slots */

static char *copy_name(const char *name)
{
    size_t size = strlen(name) + 1;
    char *copy = memory_alloc(memory_default(), size);
    return copy ? memcpy(copy, name, size) : NULL;
}

static void free_name(char *name)
{
    if (name)
        memory_free(memory_default(), name, strlen(name) + 1);
}

/* A copy of the field under that name; its number, or -1. */
static int add_slot(ad_transform *t, const struct slot_field *field, const char *name)
{
    if (!LIST_ROOM(memory_default(), t->slot, t->slot_room, t->slots + 1))
        return -1;
    struct slot_field *f = &t->slot[t->slots];
    *f = *field;
    f->name = copy_name(name);
    return f->name ? t->slots++ : -1;
}

static ad_status add_current(ad_transform *t, int slot)
{
    if (slot < 0 || !LIST_ROOM(memory_default(), t->current, t->current_room, t->currents + 1))
        return AD_ERROR_MEMORY;
    t->current[t->currents++] = slot;
    return AD_OK;
}

int64_t slot_values(const struct slot_field *f, int64_t length)
{
    int64_t count = 1;
    for (int i = 0; i < f->shape.rank; i++)
        count *= f->shape.size[i] == AD_VARYING ? length : f->shape.size[i];
    return count;
}

int transform_find(const ad_transform *t, const char *name)
{
    for (int i = 0; i < t->currents; i++)
        if (!strcmp(t->slot[t->current[i]].name, name))
            return t->current[i];
    return -1;
}

/* A text from outside may say any size. */
static ad_status check_sizes(const struct slot_field *f)
{
    double count = 1;
    for (int i = 0; i < f->shape.rank; i++)
        count *= f->shape.size[i] == AD_VARYING ? 1 : (double)f->shape.size[i];
    return count < 0x1p40
               ? AD_OK
               : fail(AD_ERROR_SHAPE, "field \"%s\" has %g values in an example", f->name, count);
}

/* ---- making and freeing */

ad_transform *transform_new(const ad_source_field *field, int fields)
{
    ad_transform *t = memory_zeroed(memory_default(), sizeof *t);
    if (!t)
        return NULL;
    atomic_init(&t->holders, 1);
    for (int f = 0; f < fields; f++) {
        bool varies = source_field_varies(&field[f]);
        struct slot_field slot = {NULL, field[f].type, field[f].shape, varies ? f : -1};
        int made = add_slot(t, &slot, field[f].name);
        if (add_current(t, made) != AD_OK || check_sizes(&t->slot[made]) != AD_OK) {
            ad_transform_free(t);
            return NULL;
        }
    }
    t->inputs = fields;
    return t;
}

ad_transform *transform_hold(ad_transform *t)
{
    atomic_fetch_add(&t->holders, 1);
    return t;
}

static size_t numbers_size(const struct step *s, const struct part *p)
{
    return (size_t)p->channels * (size_t)s->method->numbers * sizeof(double);
}

static void free_step(struct step *s)
{
    for (int i = 0; s->part && i < s->parts; i++)
        memory_free(memory_default(), s->part[i].number, numbers_size(s, &s->part[i]));
    memory_free(memory_default(), s->part, (size_t)s->parts * sizeof *s->part);
    memory_free(memory_default(), s->options, s->method->record.size);
    free_name(s->to);
}

void ad_transform_free(ad_transform *t)
{
    if (!t || atomic_fetch_sub(&t->holders, 1) != 1)
        return;
    for (int i = 0; i < t->steps; i++)
        free_step(&t->step[i]);
    for (int i = 0; i < t->slots; i++)
        free_name(t->slot[i].name);
    LIST_FREE(memory_default(), t->step, t->step_numbers_room);
    LIST_FREE(memory_default(), t->slot, t->slot_room);
    LIST_FREE(memory_default(), t->current, t->current_room);
    memory_free(memory_default(), t, sizeof *t);
}

/* ---- beginning a step */

static ad_status take_options(struct step *s, const void *options)
{
    TRY(options_take(&s->method->record, options, &s->options));
    return s->method->check ? s->method->check(s->options) : AD_OK;
}

static int64_t channels_of(const struct step *s, const struct slot_field *f)
{
    int last = f->shape.rank - 1;
    bool all = !s->method->axis || s->method->axis(s->options) == AD_AXIS_ALL;
    return all || last < 0 ? 1 : f->shape.size[last];
}

static ad_status take_part(const ad_transform *t, struct step *s, struct part *p, int from)
{
    const struct slot_field *f = &t->slot[from];
    const struct method *m = s->method;
    *p = (struct part){.from = from, .made = -1, .mark = -1, .channels = channels_of(s, f)};
    atomic_init(&p->unseen, 0);
    if (!m->takes(f->type))
        return fail(AD_ERROR_TYPE, "%s: field \"%s\" is %s, and it takes %s", m->record.name,
                    f->name, ad_type_name(f->type), m->taken);
    if (m->joins && f->varies >= 0)
        return fail(AD_ERROR_SHAPE, "%s: field \"%s\" is not of one length in all examples",
                    m->record.name, f->name);
    if (p->channels == AD_VARYING) {
        p->channels = 0;
        return fail(AD_ERROR_SHAPE,
                    "%s: the last axis of field \"%s\" is not of one length in all examples, so "
                    "its places are no channels; say axis: all",
                    m->record.name, f->name);
    }
    return AD_OK;
}

ad_status step_numbers_room(struct step *s)
{
    for (int i = 0; i < s->parts; i++) {
        s->part[i].number = memory_zeroed(memory_default(), numbers_size(s, &s->part[i]));
        if (!s->part[i].number)
            return AD_ERROR_MEMORY;
    }
    return AD_OK;
}

static ad_status take_parts(const ad_transform *t, struct step *s, const int *from, int count)
{
    s->part = memory_zeroed(memory_default(), (size_t)count * sizeof *s->part);
    if (!s->part)
        return AD_ERROR_MEMORY;
    s->parts = count;
    for (int i = 0; i < count; i++) {
        TRY(take_part(t, s, &s->part[i], from[i]));
        for (int k = 0; k < i; k++)
            if (from[k] == from[i])
                return fail(AD_ERROR_ARGUMENT, "%s: field \"%s\" is taken twice",
                            s->method->record.name, t->slot[from[i]].name);
    }
    return AD_OK;
}

static ad_status take_name(struct step *s, int count, const char *to)
{
    const char *name = s->method->record.name;
    if (s->method->joins && !to)
        return fail(AD_ERROR_ARGUMENT, "%s: what it makes has no name; give one (to)", name);
    if (count < 1)
        return fail(AD_ERROR_ARGUMENT, "%s: no field is named that it could take (from)", name);
    if (!s->method->joins && to && count != 1)
        return fail(AD_ERROR_ARGUMENT,
                    "%s: \"%s\" (to) can be made of one field, and %d are named (from)", name, to,
                    count);
    if (to && !*to)
        return fail(AD_ERROR_ARGUMENT, "%s: the name of what it makes (to) is empty", name);
    s->to = to ? copy_name(to) : NULL;
    return to && !s->to ? AD_ERROR_MEMORY : AD_OK;
}

ad_status transform_begin(ad_transform *t, const struct method *m, const void *options,
                          const int *from, int count, const char *to)
{
    if (!LIST_ROOM(memory_default(), t->step, t->step_numbers_room, t->steps + 1))
        return AD_ERROR_MEMORY;
    struct step *s = &t->step[t->steps++];
    *s = (struct step){.method = m};
    TRY(take_options(s, options));
    TRY(take_name(s, count, to));
    return take_parts(t, s, from, count);
}

/* ---- ending a step */

static ad_status made_of(const struct step *s, const struct part *p, struct slot_field *f)
{
    if (s->method->made)
        return s->method->made(s->options, p->number, f);
    bool wide = f->type == AD_F64 || f->type == AD_I32 || f->type == AD_I64 || f->type == AD_U32;
    f->type = wide ? AD_F64 : AD_F32;
    return AD_OK;
}

static ad_status check_new_name(const ad_transform *t, const struct step *s, const char *name)
{
    return transform_find(t, name) < 0
               ? AD_OK
               : fail(AD_ERROR_ARGUMENT, "%s: a field \"%s\" is there already",
                      s->method->record.name, name);
}

static ad_status mark_part(ad_transform *t, const struct step *s, struct part *p)
{
    struct slot_field f = t->slot[p->from];
    char name[1024];
    if (!s->method->marks || !s->method->marks(s->options, p->number, p->channels))
        return AD_OK;
    struct text text;
    text_init_fixed(&text, name, sizeof name);
    text_add(&text, "%s.missing", s->to ? s->to : f.name);
    if (text.failed)
        return fail(AD_ERROR_ARGUMENT, "%s: a name is too long", s->method->record.name);
    TRY(check_new_name(t, s, name));
    f.type = AD_F32;
    p->mark = add_slot(t, &f, name);
    return add_current(t, p->mark);
}

static ad_status make_part(ad_transform *t, struct step *s, struct part *p)
{
    struct slot_field f = t->slot[p->from];
    TRY(made_of(s, p, &f));
    TRY(check_sizes(&f));
    if (s->to)
        TRY(check_new_name(t, s, s->to));
    p->made = add_slot(t, &f, s->to ? s->to : t->slot[p->from].name);
    if (p->made < 0)
        return AD_ERROR_MEMORY;
    if (s->to)
        return add_current(t, p->made);
    for (int i = 0; i < t->currents; i++)
        if (t->current[i] == p->from)
            t->current[i] = p->made;
    return AD_OK;
}

static bool is_part(const struct step *s, int slot)
{
    for (int i = 0; i < s->parts; i++)
        if (s->part[i].from == slot)
            return true;
    return false;
}

/* The joined field stands where the first of its parts stood. */
static void replace_parts(ad_transform *t, const struct step *s, int made)
{
    int kept = 0;
    for (int i = 0; i < t->currents; i++) {
        int slot = t->current[i];
        if (slot == s->part[0].from)
            t->current[kept++] = made;
        else if (!is_part(s, slot))
            t->current[kept++] = slot;
    }
    t->currents = kept;
}

static ad_status join_parts(ad_transform *t, struct step *s)
{
    bool keep = ((const ad_join_options *)s->options)->keep;
    struct slot_field f = {.type = AD_F32, .shape = {1, {0}}, .varies = -1};
    for (int i = 0; i < s->parts; i++) {
        s->part[i].at = f.shape.size[0];
        f.shape.size[0] += slot_values(&t->slot[s->part[i].from], 0);
    }
    int named = transform_find(t, s->to);
    if (named >= 0 && (keep || !is_part(s, named)))
        TRY(check_new_name(t, s, s->to));
    int made = add_slot(t, &f, s->to);
    if (made < 0)
        return AD_ERROR_MEMORY;
    for (int i = 0; i < s->parts; i++)
        s->part[i].made = made;
    if (keep)
        return add_current(t, made);
    replace_parts(t, s, made);
    return check_sizes(&t->slot[made]);
}

ad_status transform_end(ad_transform *t)
{
    struct step *s = &t->step[t->steps - 1];
    if (s->method->joins)
        return join_parts(t, s);
    for (int i = 0; i < s->parts; i++)
        TRY(make_part(t, s, &s->part[i]));
    for (int i = 0; i < s->parts; i++)
        TRY(mark_part(t, s, &s->part[i]));
    return AD_OK;
}

/* ---- asking */

/* The field of the source that a slot comes of, by steps on one field; -1. */
static int origin(const ad_transform *t, int slot)
{
    for (int i = t->steps - 1; i >= 0 && slot >= t->inputs; i--)
        for (int k = 0; k < t->step[i].parts; k++)
            if (t->step[i].part[k].made == slot)
                slot = t->step[i].part[k].from;
    return slot;
}

static const struct part *class_part(const ad_transform *t, const char *field, int i)
{
    const struct step *s = &t->step[i];
    for (int k = 0; k < s->parts && (s->method == &method_one_hot || s->method == &method_index);
         k++)
        if (!strcmp(t->slot[origin(t, s->part[k].from)].name, field))
            return &s->part[k];
    return NULL;
}

int64_t ad_transform_classes(const ad_transform *t, const char *field)
{
    for (int i = 0; i < t->steps; i++) {
        const struct part *p = class_part(t, field, i);
        if (p && t->step[i].method == &method_index)
            return (int64_t)p->number[0] + 1;
        if (p && p->made >= 0)
            return t->slot[p->made].shape.size[t->slot[p->made].shape.rank - 1];
    }
    return 0;
}

int64_t ad_transform_unseen(const ad_transform *t, const char *field)
{
    int64_t count = 0;
    for (int i = 0; i < t->steps; i++) {
        const struct part *p = class_part(t, field, i);
        count += p ? atomic_load(&p->unseen) : 0;
    }
    return count;
}
