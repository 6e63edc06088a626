/* Variables whose new values are written straight into the state: where one loop makes the value
 * whole, or a scatter_add changes rows of the old value, and all that read the old one, and all
 * that may fail, can run before. */
#include "op/gather.h"
#ifdef ADZE_EXTRAS
#include "op/more/descend_rows.h"
#endif
#include "pass/building.h"
#include "pass/view.h"

/* Inside the writing loop itself the old value must be read at the element that is written, and a
 * scatter_add must not take parts or numbers from it. */
static bool reads_at_element(const struct building *b, int g, int tensor)
{
    const struct group *group = &b->f.group[g];
    const struct node *alone = group->structural < 0 ? NULL : b->f.graph->nodes[group->structural];
    for (int i = 1; alone && i < alone->in_count; i++)
        if (b->f.view[tensor_number(&b->f, alone->in[i])].value == tensor)
            return false;
    for (int k = 0; k < b->f.group[g].members; k++) {
        const struct node *node = member_node(&b->f, &b->f.group[g], k);
        ad_shape shape = fuse_reading_shape(&b->f, node);
        for (int i = 0; i < node->in_count; i++) {
            if (b->f.view[tensor_number(&b->f, node->in[i])].value != tensor)
                continue;
            struct view v = fuse_operand(&b->f, node->in[i], &shape);
            if (v.offset || !view_is_contiguous(&v) ||
                !graph_shapes_equal(&v.shape, &b->f.group[g].space))
                return false;
        }
    }
    return true;
}

/* Group g runs before the writer, or could not; with apply it is told to, and not asked again: it
 * could, and pairs of others with the writer add no way from the writer to it. */
static bool goes_before(struct fusion *f, int g, int writer, bool apply)
{
    if (precedence_of(f->order, g) == precedence_of(f->order, writer))
        return true;
    if (!apply && runs_before(f, writer, g))
        return false;
    if (apply)
        precedence_pair(f->order, g, writer);
    return true;
}

/* Whoever reads the old value and whoever may fail; false where one of them has to run after the
 * writer. */
static bool order_writer(struct fusion *f, const struct readers *r, int writer, int old, bool apply)
{
    for (int i = 0; i < r->fallibles; i++)
        if (!goes_before(f, r->fallible[i], writer, apply))
            return false;
    for (int i = old >= 0 ? r->first[old] : -1; i >= 0; i = r->next[i])
        if (!goes_before(f, r->group[i], writer, apply))
            return false;
    return true;
}

static bool changes_rows(const struct building *b, const struct node *node, int variable)
{
    bool can = node->op == &op_scatter_add;
#ifdef ADZE_EXTRAS
    can |= node->op == &op_descend_rows;
#endif
    return can && node->in[0] == b->r->variable[variable];
}

/* The loop or scatter_add that makes the variable's new value whole; -1 where there is none. */
static int writer_of(const struct building *b, int variable)
{
    const ad_tensor *t = b->r->assigned[variable];
    int n = tensor_number(&b->f, t);
    const struct view *v = &b->f.view[n];
    const struct node *source = fuse_producer(&b->f, v);
    const struct node_info *info = &b->f.info[source->id];
    bool whole = v->value == n && ((info->class == CLASS_ELEMENT && info->extent == EXTENT_FULL) ||
                                   changes_rows(b, source, variable));
    return whole && !b->f.readers.fetched[n] ? info->group : -1;
}

bool in_place_find(struct building *b)
{
    b->in_place = arena_array(b->f.arena, (size_t)b->r->variables + 1, sizeof *b->in_place);
    bool *given = arena_array(b->f.arena, (size_t)b->f.tensors + 1, sizeof *given);
    const struct readers *r = &b->f.readers;
    if (!b->in_place || !given)
        return false;
    for (int i = 0; i < b->r->variables; i++) {
        if (!b->r->assigned[i] || given[tensor_number(&b->f, b->r->assigned[i])])
            continue;
        given[tensor_number(&b->f, b->r->assigned[i])] = true; /* to the first that takes it */
        int g = writer_of(b, i);
        int old = b->r->variable[i] ? tensor_number(&b->f, b->r->variable[i]) : -1;
        /* copies at the end of the program, for fetches and updates, read the old value too late */
        bool copied = old >= 0 && (r->fetched[old] || r->assigned[old]);
        if (g < 0 || copied || (old >= 0 && !reads_at_element(b, g, old)) ||
            b->f.group[g].tail_of >= 0)
            continue;
        if (!order_writer(&b->f, r, g, old, false))
            continue;
        order_writer(&b->f, r, g, old, true);
        b->in_place[i] = true;
    }
    return true;
}
