/* The line of things that run before one another. */
#include "pass/precedence.h"

#include <stdlib.h>
#include <string.h>

/* Labels of neighbours begin so far apart; a line of 2^31 things has room for it. */
#define GAP ((uint64_t)1 << 32)

/* A search that has found so many things without an answer gives up.  On graphs of a few thousand
 * nodes that never happens; on longer ones it bounds what one question costs. */
enum { SEARCH_MAX = 1024 };

static bool search_init(struct arena *arena, struct precedence_search *s, size_t n)
{
    s->mark = arena_array(arena, n, sizeof *s->mark);
    s->found = arena_array(arena, n, sizeof *s->found);
    return s->mark && s->found;
}

bool precedence_init(struct precedence *p, struct arena *arena, int capacity)
{
    size_t n = (size_t)capacity + 1;
    *p = (struct precedence){.arena = arena, .capacity = capacity, .first = -1, .last = -1};
    p->label = arena_array(arena, n, sizeof *p->label);
    p->earlier = arena_array(arena, n, sizeof *p->earlier);
    p->later = arena_array(arena, n, sizeof *p->later);
    p->joined = arena_array(arena, n, sizeof *p->joined);
    p->rank = arena_array(arena, n, sizeof *p->rank);
    p->before = arena_array(arena, n, sizeof *p->before);
    p->after = arena_array(arena, n, sizeof *p->after);
    return p->label && p->earlier && p->later && p->joined && p->rank && p->before && p->after &&
           search_init(arena, &p->back, n) && search_init(arena, &p->forth, n);
}

int precedence_of(const struct precedence *p, int i)
{
    while (p->joined[i] != i) {
        p->joined[i] = p->joined[p->joined[i]]; /* the next one has a shorter way */
        i = p->joined[i];
    }
    return i;
}

/* ---- the line */

static void neighbours(struct precedence *p, int earlier, int later)
{
    *(earlier >= 0 ? &p->later[earlier] : &p->first) = later;
    *(later >= 0 ? &p->earlier[later] : &p->last) = earlier;
}

static void take_out(struct precedence *p, int i)
{
    neighbours(p, p->earlier[i], p->later[i]);
}

static void label_anew(struct precedence *p)
{
    uint64_t label = 0;
    for (int i = p->first; i >= 0; i = p->later[i])
        p->label[i] = label += GAP;
}

/* Behind the one given; at the beginning of the line behind -1. */
static void put_behind(struct precedence *p, int i, int earlier)
{
    int later = earlier >= 0 ? p->later[earlier] : p->first;
    uint64_t low = earlier >= 0 ? p->label[earlier] : 0;
    uint64_t high = later >= 0 ? p->label[later] : low + 2 * GAP;
    neighbours(p, earlier, i);
    neighbours(p, i, later);
    p->label[i] = low + (high - low) / 2;
    if (p->label[i] == low)
        label_anew(p);
}

int precedence_add(struct precedence *p)
{
    int i = p->count++;
    p->joined[i] = i;
    put_behind(p, i, p->last);
    return i;
}

/* ---- searches */

static void search_begin(struct precedence *p, int from, int to)
{
    p->search++;
    p->forth.count = p->forth.next = p->back.count = p->back.next = 0;
    p->forth.mark[from] = p->back.mark[to] = p->search;
    p->forth.found[p->forth.count++] = from;
    p->back.found[p->back.count++] = to;
}

/* Follows the next thing found by one end up.  True where it meets the other end. */
static bool follow(struct precedence *p, struct precedence_search *s,
                   const struct precedence_search *other, const struct precedence_list *lists,
                   uint64_t low, uint64_t high)
{
    for (const struct precedence_link *l = lists[s->found[s->next++]].first; l; l = l->next) {
        int k = precedence_of(p, l->to);
        if (other->mark[k] == p->search)
            return true;
        if (s->mark[k] == p->search || p->label[k] < low || p->label[k] > high)
            continue;
        s->mark[k] = p->search;
        s->found[s->count++] = k;
    }
    return false;
}

enum outcome { MET, NO_WAY, GAVE_UP };

/* A way from one to the other among what stands in the line between them, of which no more than
 * most are looked at.  Where there is none, an end that has found all it can has .next == .count.
 */
static enum outcome search(struct precedence *p, int from, int to, uint64_t low, uint64_t high,
                           int most)
{
    search_begin(p, from, to);
    while (p->forth.count + p->back.count <= most) {
        if (follow(p, &p->forth, &p->back, p->after, low, high) ||
            follow(p, &p->back, &p->forth, p->before, low, high))
            return MET;
        if (p->forth.next == p->forth.count || p->back.next == p->back.count)
            return NO_WAY;
    }
    return GAVE_UP;
}

bool precedence_may(struct precedence *p, int first, int second)
{
    int a = precedence_of(p, first), b = precedence_of(p, second);
    if (a == b || p->label[a] > p->label[b])
        return false;
    return search(p, a, b, p->label[a], p->label[b], SEARCH_MAX) != NO_WAY;
}

/* ---- growing */

static void append(struct precedence *p, struct precedence_list *list, int to)
{
    struct precedence_link *link = arena_alloc(p->arena, sizeof *link);
    if (!link) {
        p->failed = true;
        return;
    }
    link->to = to;
    if (list->last)
        list->last->next = link;
    else
        list->first = link;
    list->last = link;
}

static void join_lists(struct precedence_list *to, const struct precedence_list *from)
{
    if (!from->first)
        return;
    if (to->last)
        to->last->next = from->first;
    else
        to->first = from->first;
    to->last = from->last;
}

static int by_label(const void *a, const void *b)
{
    const struct precedence_rank *x = a, *y = b;
    return x->label < y->label ? -1 : x->label > y->label;
}

/* What one end of a search has found, in the order of the line. */
static void sort_found(const struct precedence *p, struct precedence_search *s)
{
    for (int i = 0; i < s->count; i++)
        p->rank[i] = (struct precedence_rank){p->label[s->found[i]], s->found[i]};
    qsort(p->rank, (size_t)s->count, sizeof *p->rank, by_label);
    for (int i = 0; i < s->count; i++)
        s->found[i] = p->rank[i].i;
}

/* The line says that second runs first, and that changes: what hangs on second moves behind first,
 * or what first hangs on before second. */
static void turn_round(struct precedence *p, int first, int second)
{
    if (search(p, second, first, p->label[second], p->label[first], 2 * p->count) != NO_WAY) {
        p->knot = true;
        return;
    }
    bool forth = p->forth.next == p->forth.count;
    struct precedence_search *s = forth ? &p->forth : &p->back;
    sort_found(p, s);
    for (int i = 0; i < s->count; i++)
        take_out(p, s->found[i]);
    int at = forth ? first : p->earlier[second];
    for (int i = 0; i < s->count; i++) {
        put_behind(p, s->found[i], at);
        at = s->found[i];
    }
}

void precedence_pair(struct precedence *p, int first, int second)
{
    int a = precedence_of(p, first), b = precedence_of(p, second);
    if (a == b)
        return;
    const struct precedence_link *known = p->before[b].last;
    if (known && precedence_of(p, known->to) == a)
        return;
    if (p->label[a] > p->label[b])
        turn_round(p, a, b);
    append(p, &p->after[a], b);
    append(p, &p->before[b], a);
}

/* The one of two that stands first in the line keeps its place; what runs before the other and
 * stands between them is told to run before it. */
void precedence_merge(struct precedence *p, int a, int b)
{
    int keep = precedence_of(p, a), gone = precedence_of(p, b);
    if (keep == gone)
        return;
    if (p->label[keep] > p->label[gone]) {
        int t = keep;
        keep = gone, gone = t;
    }
    take_out(p, gone);
    p->joined[gone] = keep;
    join_lists(&p->before[keep], &p->before[gone]);
    join_lists(&p->after[keep], &p->after[gone]);
    for (const struct precedence_link *l = p->before[keep].first; l && !p->knot; l = l->next) {
        int k = precedence_of(p, l->to);
        if (k != keep && p->label[k] > p->label[keep])
            turn_round(p, k, keep);
    }
}
