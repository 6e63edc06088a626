/* The memory plan: largest values first, each at the lowest place where nothing that lives at the
 * same time is in the way.  That looks at each pair of values; where there are very many, those of
 * one size first share slots, one after the other, and the slots are placed instead; the smallest
 * of very many slots lie one behind the other. */
#include "pass/memory_plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

enum { ALIGNMENT = 64, MANY = 4096 };

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
    return n;
}

/* ---- slots for very many values */

static int compare_kind(const struct value *p, const struct value *q)
{
    size_t a = rounded(p->bytes), b = rounded(q->bytes);
    return p->device != q->device ? p->device - q->device : a < b ? -1 : a > b;
}

static int by_first(const void *a, const void *b)
{
    const struct value *p = *(const struct value *const *)a, *q = *(const struct value *const *)b;
    int kind = compare_kind(p, q);
    return kind ? kind : p->first != q->first ? p->first - q->first : p < q ? -1 : p > q;
}

static int by_last(const void *a, const void *b)
{
    const struct value *p = *(const struct value *const *)a, *q = *(const struct value *const *)b;
    int kind = compare_kind(p, q);
    return kind ? kind : p->last != q->last ? p->last - q->last : p < q ? -1 : p > q;
}

struct slots {
    struct value *slot;   /* a value that lives from the first to the last of those that share it */
    int *of;              /* by value: its slot */
    struct value **begin; /* values by size and first step */
    struct value **end;   /* by size and last step */
    int count;
};

/* Values of one size: each takes the slot of one whose last step is over, if there is one.  That
 * needs no more slots than live at once at the worst step. */
static void share(struct slots *s, const struct value *values, int from, int to)
{
    for (int i = from, over = from; i < to; i++) {
        struct value *v = s->begin[i];
        int at = s->count;
        if (s->end[over]->last < v->first)
            at = s->of[s->end[over++] - values];
        else
            s->slot[s->count++] = *v;
        s->of[v - values] = at;
        s->slot[at].last = v->last > s->slot[at].last ? v->last : s->slot[at].last;
    }
}

static bool slots_find(struct slots *s, struct schedule *schedule, struct value **list, int n)
{
    struct arena *arena = &schedule->arena;
    *s = (struct slots){.begin = list};
    s->slot = arena_array(arena, (size_t)n, sizeof *s->slot);
    s->of = arena_array(arena, (size_t)schedule->value_count, sizeof *s->of);
    s->end = arena_array(arena, (size_t)n, sizeof *s->end);
    if (!s->slot || !s->of || !s->end)
        return false;
    memcpy(s->end, list, sizeof *list * (size_t)n);
    qsort(s->begin, (size_t)n, sizeof *list, by_first);
    qsort(s->end, (size_t)n, sizeof *list, by_last);
    for (int from = 0, to = 0; from < n; from = to) {
        while (to < n && !compare_kind(list[from], list[to]))
            to++;
        share(s, schedule->values, from, to);
    }
    return true;
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

static void place_all(struct value **list, int n, struct value **placed, bool apart,
                      struct memory_sizes *sizes)
{
    qsort(list, (size_t)n, sizeof *list, by_size);
    for (int i = 0; i < n; i++) {
        size_t *size = &sizes->arena[list[i]->device];
        if (apart || i >= 2 * MANY)
            list[i]->place = *size;
        else
            put(list[i], placed, i);
        size_t end = list[i]->place + rounded(list[i]->bytes);
        *size = end > *size ? end : *size;
    }
}

static bool place_slots(struct schedule *s, struct value **list, int n, struct value **placed,
                        struct memory_sizes *sizes)
{
    struct slots slots;
    if (!slots_find(&slots, s, list, n))
        return false;
    for (int i = 0; i < slots.count; i++)
        slots.end[i] = &slots.slot[i];
    place_all(slots.end, slots.count, placed, false, sizes);
    for (int i = 0; i < n; i++)
        list[i]->place = slots.slot[slots.of[list[i] - s->values]].place;
    return true;
}

/* No sum of what is placed overflows, fixed or not. */
static bool total_fits(const struct schedule *s)
{
    size_t total = 0;
    for (int i = 0; i < s->value_count; i++)
        if (s->values[i].kind == VALUE_TEMPORARY && s->values[i].first >= 0)
            memory_add(total, s->values[i].bytes, &total), memory_add(total, ALIGNMENT, &total);
    if (total > SIZE_MAX / 2)
        fail(AD_ERROR_MEMORY,
             "out of memory: what lies between the steps of the program takes more "
             "than 2^63 bytes");
    return total <= SIZE_MAX / 2;
}

bool memory_plan(struct schedule *s, bool apart, struct memory_sizes *sizes)
{
    if (!total_fits(s))
        return false;
    *sizes = (struct memory_sizes){.kept = place_fixed(s)};
    struct value **list = arena_array(&s->arena, (size_t)s->value_count + 1, sizeof *list);
    struct value **placed = arena_array(&s->arena, (size_t)s->value_count + 1, sizeof *placed);
    size_t *change = arena_array(&s->arena, (size_t)s->step_count + 2, sizeof *change);
    if (!list || !placed || !change)
        return false;
    int n = collect(s, list);
    if (n > MANY && !apart) {
        if (!place_slots(s, list, n, placed, sizes))
            return false;
    } else {
        place_all(list, n, placed, apart, sizes);
    }
    sizes->live = live_bytes(s, change);
    return true;
}
