/* The order in which groups run: of all that can, the one that was made first.  A product and its
 * tail are one unit, which goes by the product's number. */
#include "base/error.h"
#include "pass/building.h"

struct ordering {
    struct precedence *order;
    int *unit; /* of one that stands for a group in the order: the group that runs; -1 */
    int *left; /* the pairs before it that have not run */
    int *heap; /* units that can run; each is at least its parent, which lies at (i - 1) / 2 */
    int count;
};

static void push(struct ordering *o, int unit)
{
    int i = o->count++;
    for (; i > 0 && o->heap[(i - 1) / 2] > unit; i = (i - 1) / 2)
        o->heap[i] = o->heap[(i - 1) / 2];
    o->heap[i] = unit;
}

static int pop(struct ordering *o)
{
    int least = o->heap[0], last = o->heap[--o->count], i = 0;
    for (int child = 1; child < o->count; child = 2 * i + 1) {
        child += child + 1 < o->count && o->heap[child + 1] < o->heap[child];
        if (o->heap[child] >= last)
            break;
        o->heap[i] = o->heap[child];
        i = child;
    }
    o->heap[i] = last;
    return least;
}

/* Groups merged into another have nothing left to run. */
static bool runs_itself(const struct group *group)
{
    return (group->structural >= 0 || group->members) && group->tail_of < 0;
}

static bool begin(struct ordering *o, const struct fusion *f)
{
    size_t n = (size_t)f->groups + 1;
    o->order = f->order;
    o->unit = arena_array(f->arena, n, sizeof *o->unit);
    o->left = arena_array(f->arena, n, sizeof *o->left);
    o->heap = arena_array(f->arena, n, sizeof *o->heap);
    if (!o->unit || !o->left || !o->heap)
        return false;
    for (int g = 0; g < f->groups; g++)
        if (runs_itself(&f->group[g]))
            o->unit[precedence_of(o->order, g)] = g;
    return true;
}

static void count_before(struct ordering *o, int unit)
{
    int at = precedence_of(o->order, unit);
    for (const struct precedence_link *l = o->order->before[at].first; l; l = l->next)
        o->left[at] += precedence_of(o->order, l->to) != at;
    if (!o->left[at])
        push(o, unit);
}

static void has_run(struct ordering *o, int unit)
{
    int at = precedence_of(o->order, unit);
    for (const struct precedence_link *l = o->order->after[at].first; l; l = l->next) {
        int k = precedence_of(o->order, l->to);
        if (k != at && --o->left[k] == 0)
            push(o, o->unit[k]);
    }
}

static bool knot(void)
{
    fail(AD_ERROR_UNSUPPORTED, "internal: two fused loops wait for each other; compiling with "
                               ".off = {.no_fuse = true} makes none");
    return false;
}

bool order_units(struct building *b)
{
    struct fusion *f = &b->f;
    struct ordering o = {0};
    b->order = arena_array(f->arena, (size_t)f->groups + 1, sizeof *b->order);
    if (f->order->knot)
        return knot();
    if (f->order->failed || !b->order || !begin(&o, f))
        return false;
    int units = 0;
    for (int g = 0; g < f->groups; g++)
        if (runs_itself(&f->group[g])) {
            count_before(&o, g);
            units++;
        }
    while (o.count) {
        int unit = pop(&o);
        b->order[b->units++] = unit;
        has_run(&o, unit);
    }
    return b->units == units || knot();
}
