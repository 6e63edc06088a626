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

static bool together(const struct value *a, const struct value *b)
{
    return a->first <= b->last && b->first <= a->last && a->device == b->device;
}

/* The lowest gap among the placed values that live at the same time.  They are ordered by place,
 * and the value joins them; there is room for it. */
static void put(struct value *v, struct value **placed, int count)
{
    size_t place = 0;
    for (int i = 0; i < count; i++) {
        if (!together(v, placed[i]))
            continue;
        if (place + rounded(v->bytes) <= placed[i]->place)
            break;
        size_t end = placed[i]->place + rounded(placed[i]->bytes);
        place = end > place ? end : place;
    }
    v->place = place;
    for (; count > 0 && placed[count - 1]->place > place; count--)
        placed[count] = placed[count - 1];
    placed[count] = v;
}

static bool is_temporary(const struct value *v)
{
    return v->kind == VALUE_TEMPORARY && v->first >= 0 && !v->fixed;
}

/* change is zeros, one for each step, one for the end, which some values live to see, and one more;
 * unsigned, so that sums of differences come out. */
static size_t live_bytes(const struct schedule *s, size_t *change)
{
    size_t most = 0, sum = 0;
    for (int i = 0; i < s->value_count; i++)
        if (is_temporary(&s->values[i]) && s->values[i].last >= s->values[i].first) {
            change[s->values[i].first] += s->values[i].bytes;
            change[s->values[i].last + 1] -= s->values[i].bytes;
        }
    for (int step = 0; step < s->step_count; step++) {
        sum += change[step];
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
    size_t *change = arena_array(&s->arena, (size_t)s->step_count + 2, sizeof *change);
    if (!list || !change)
        return false;
    int n = collect(s, list);
    for (int i = 0; i < n; i++) {
        size_t *size = &sizes->arena[list[i]->device];
        if (apart)
            list[i]->place = *size;
        else
            put(list[i], list + s->value_count, i);
        size_t end = list[i]->place + rounded(list[i]->bytes);
        *size = end > *size ? end : *size;
    }
    sizes->live = live_bytes(s, change);
    return true;
}
