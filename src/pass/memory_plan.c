/* The memory plan: largest values first, each at the lowest place where nothing that lives at the
 * same time is in the way. */
#include "pass/memory_plan.h"

#include <stdlib.h>

#include "base/error.h"

enum { ALIGNMENT = 64 };

static size_t rounded(size_t bytes)
{
    return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static int by_size(const void *a, const void *b)
{
    const struct value *p = *(const struct value *const *)a, *q = *(const struct value *const *)b;
    if (p->bytes != q->bytes)
        return p->bytes < q->bytes ? 1 : -1;
    return p < q ? -1 : p > q;
}

static int by_place(const void *a, const void *b)
{
    const struct value *p = *(const struct value *const *)a, *q = *(const struct value *const *)b;
    return p->place < q->place ? -1 : p->place > q->place;
}

static bool together(const struct value *a, const struct value *b)
{
    return a->first <= b->last && b->first <= a->last && a->device == b->device;
}

/* The lowest gap among the placed values that live at the same time; near holds room for them. */
static void put(struct value *v, struct value **placed, int count, struct value **near)
{
    int n = 0;
    size_t place = 0;
    for (int i = 0; i < count; i++)
        if (together(v, placed[i]))
            near[n++] = placed[i];
    qsort(near, (size_t)n, sizeof *near, by_place);
    for (int i = 0; i < n; i++) {
        if (place + rounded(v->bytes) <= near[i]->place)
            break;
        size_t end = near[i]->place + rounded(near[i]->bytes);
        place = end > place ? end : place;
    }
    v->place = place;
}

static bool is_temporary(const struct value *v)
{
    return v->kind == VALUE_TEMPORARY && v->first >= 0 && !v->fixed;
}

static size_t live_bytes(const struct schedule *s)
{
    size_t most = 0;
    for (int step = 0; step < s->step_count; step++) {
        size_t sum = 0;
        for (int i = 0; i < s->value_count; i++)
            if (is_temporary(&s->values[i]) && s->values[i].first <= step &&
                s->values[i].last >= step)
                sum += s->values[i].bytes;
        most = sum > most ? sum : most;
    }
    return most;
}

static int collect(struct schedule *s, struct value **list)
{
    int n = 0;
    for (int i = 0; i < s->value_count; i++)
        if (is_temporary(&s->values[i]))
            list[n++] = &s->values[i];
    qsort(list, (size_t)n, sizeof *list, by_size);
    return n;
}

/* Fixed values, one after the other. */
static size_t place_fixed(struct schedule *s)
{
    size_t end = 0;
    for (int i = 0; i < s->value_count; i++) {
        struct value *v = &s->values[i];
        if (v->kind != VALUE_TEMPORARY || v->first < 0 || !v->fixed)
            continue;
        v->place = end;
        end += rounded(v->bytes);
    }
    return end;
}

bool memory_plan(struct schedule *s, bool apart, struct memory_sizes *sizes)
{
    *sizes = (struct memory_sizes){.kept = place_fixed(s)};
    struct value **list = arena_array(&s->arena, 2 * (size_t)s->value_count + 1, sizeof *list);
    if (!list)
        return false;
    int n = collect(s, list);
    for (int i = 0; i < n; i++) {
        size_t *size = &sizes->arena[list[i]->device];
        if (apart)
            list[i]->place = *size;
        else
            put(list[i], list, i, list + s->value_count);
        size_t end = list[i]->place + rounded(list[i]->bytes);
        *size = end > *size ? end : *size;
    }
    sizes->live = live_bytes(s);
    return true;
}
