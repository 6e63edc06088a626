/* From groups to steps: which tensors are stored, where, and in which order the steps run.
 *
 * A tensor is stored where somebody outside its loop reads it, or it is fetched or assigned; the
 * others live in registers of their loop.  A variable's new value is written straight into the
 * state when one loop makes it, everything that reads the old value runs before, and so does
 * everything that can fail; otherwise it goes to memory of its own and is copied at the end of the
 * run.  Fetches that are no whole memory of their own are copied there by steps at the end.
 *
 * The schedule owns its steps, loops and notes (its arena); steps point to nodes of the graph,
 * which must outlive it.  On failure it is left empty, with fail() saying why. */
#include "pass/schedule.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/list.h"
#include "core/order.h"
#include "op/reduce.h"
#include "pass/building.h"
#include "pass/view.h"

int schedule_value(struct schedule *s, const struct value *value)
{
    if (!LIST_ROOM(s->allocator, s->values, s->value_capacity, s->value_count + 1))
        return -1;
    s->values[s->value_count] = *value;
    s->values[s->value_count].bytes =
        (size_t)shape_count(&value->shape) * ad_type_size(value->type);
    return s->value_count++;
}

/* ---- which tensors exist in memory */

static bool inside(const struct building *b, const struct node *source, int g)
{
    return b->f.info[source->id].group == g && b->f.group[g].structural < 0;
}

static void mark_stored(struct building *b)
{
    struct fusion *f = &b->f;
    for (int g = 0; g < f->groups; g++)
        for (int k = 0; k < member_count(&f->group[g]); k++) {
            const struct node *node = member_node(f, &f->group[g], k);
            for (int i = 0; i < node->in_count; i++) {
                const struct view *v = &f->view[tensor_number(f, node->in[i])];
                const struct node *source = fuse_producer(f, v);
                if (f->info[source->id].class != CLASS_INLINE && !inside(b, source, g))
                    f->stored[v->value] = true;
            }
        }
    for (int i = 0; i < b->r->fetches; i++)
        f->stored[f->view[tensor_number(f, b->r->fetch[i])].value] = true;
    for (int i = 0; i < b->r->variables; i++)
        if (b->r->assigned[i])
            f->stored[f->view[tensor_number(f, b->r->assigned[i])].value] = true;
}

/* The product's result needs no memory of its own if only its tail reads it. */
static bool only_tail_reads(const struct fusion *f, int g, int tensor)
{
    const struct readers *r = &f->readers;
    for (int i = r->first[tensor]; i >= 0; i = r->next[i])
        if (r->group[i] != f->group[g].tail)
            return false;
    return !r->fetched[tensor] && !r->assigned[tensor];
}

/* ---- values */

static int add_value(struct building *b, enum value_kind kind, int number, const ad_tensor *t)
{
    bool own =
        kind == VALUE_TEMPORARY ||
        kind == VALUE_VARIABLE; /* feeds, fetches and constants lie in the memory of device 0 */
    struct value v = {.kind = kind,
                      .number = number,
                      .type = t->type,
                      .shape = t->shape,
                      .device = own ? t->node->device : 0,
                      .first = -1,
                      .last = -1};
    if (t->node->op == &op_constant)
        v.data = ((const struct constant_attributes *)t->node->attributes)->value.data;
    return schedule_value(b->s, &v);
}

static bool leaf_values(struct building *b)
{
    struct fusion *f = &b->f;
    for (int i = 0; i < f->tensors; i++)
        f->value[i] = -1;
    for (int i = 0; i < b->r->feeds; i++)
        if (b->r->feed[i] && (f->value[tensor_number(f, b->r->feed[i])] =
                                  add_value(b, VALUE_FEED, i, b->r->feed[i])) < 0)
            return false;
    for (int i = 0; i < b->r->variables; i++)
        if (b->r->variable[i] && (f->value[tensor_number(f, b->r->variable[i])] =
                                      add_value(b, VALUE_VARIABLE, i, b->r->variable[i])) < 0)
            return false;
    return true;
}

static bool variable_values(struct building *b)
{
    struct fusion *f = &b->f;
    for (int i = 0; i < b->r->variables; i++) {
        if (!b->in_place[i])
            continue;
        int old = b->r->variable[i] ? f->value[tensor_number(f, b->r->variable[i])] : -1;
        int n = tensor_number(f, b->r->assigned[i]);
        f->value[n] = old >= 0 ? old : add_value(b, VALUE_VARIABLE, i, b->r->assigned[i]);
        if (f->value[n] < 0)
            return false;
    }
    return true;
}

/* Whoever fetches wants the tensor as its view lies. */
static bool lies_as_fetched(const struct building *b, int fetch, const struct view *view)
{
    struct view wanted = *view;
    if (!b->r->fetch_view)
        return view_is_contiguous(view);
    memcpy(wanted.stride, b->r->fetch_view[fetch].stride, sizeof wanted.stride);
    struct view a = view_squeeze(view), c = view_squeeze(&wanted);
    return !memcmp(a.stride, c.stride, sizeof *a.stride * (size_t)a.shape.rank);
}

/* A fetch is the memory of the tensor itself where that is whole and not a leaf; else a copy is
 * made at the end. */
static bool fetch_values(struct building *b)
{
    struct fusion *f = &b->f;
    for (int i = 0; i < b->r->fetches; i++) {
        int n = tensor_number(f, b->r->fetch[i]);
        const struct node *source = fuse_producer(f, &f->view[n]);
        if (f->view[n].value != n || f->value[n] >= 0 || f->info[source->id].class == CLASS_LEAF ||
            !lies_as_fetched(b, i, &f->view[n]))
            continue;
        if ((f->value[n] = add_value(b, VALUE_FETCH, i, b->r->fetch[i])) < 0)
            return false;
    }
    return true;
}

static bool other_values(struct building *b)
{
    struct fusion *f = &b->f;
    for (int i = 0; i < f->tensors; i++) {
        const ad_tensor *t = f->tensor[i];
        if (!f->stored[i] || f->value[i] >= 0 || f->view[i].value != i)
            continue;
        enum value_kind kind = t->node->op == &op_constant ? VALUE_CONSTANT : VALUE_TEMPORARY;
        if ((f->value[i] = add_value(b, kind, 0, t)) < 0)
            return false;
    }
    return true;
}

static bool reads_tensor(const struct fusion *f, const struct node *node, int tensor)
{
    for (int i = 0; i < node->in_count; i++)
        if (f->view[tensor_number(f, node->in[i])].value == tensor)
            return true;
    return false;
}

static bool lies_alike(const struct fusion *f, int a, int b)
{
    struct view x = view_squeeze(&f->view[a]), y = view_squeeze(&f->view[b]);
    return graph_shapes_equal(&x.shape, &y.shape) && !memcmp(x.stride, y.stride, sizeof x.stride);
}

/* The product writes where its tail stores a whole result after having read the product's, and the
 * tail works there in place. */
static void share_with_tails(struct building *b)
{
    struct fusion *f = &b->f;
    for (int g = 0; g < f->groups; g++) {
        if (f->group[g].tail < 0)
            continue;
        const struct node *node = f->graph->nodes[f->group[g].structural];
        int n = tensor_number(f, &node->out[0]);
        const struct group *tail = &f->group[f->group[g].tail];
        bool read = false, alone = only_tail_reads(f, g, n);
        for (int k = 0; k < tail->members && alone; k++) {
            const struct node *member = f->graph->nodes[tail->member[k]];
            const ad_tensor *out = &member->out[0];
            int value = f->value[tensor_number(f, out)];
            read = read || reads_tensor(f, member, n);
            if (!read || value < 0 || !lies_alike(f, n, tensor_number(f, out)) ||
                out->type != node->out[0].type || b->s->values[value].kind == VALUE_VARIABLE)
                continue;
            f->value[n] = value;
            break;
        }
    }
}

/* ---- steps */

static struct step *add_step(struct building *b, const char *note)
{
    struct schedule *s = b->s;
    if (s->step_count == b->step_capacity) {
        int capacity = b->step_capacity ? 2 * b->step_capacity : 64;
        struct step *steps = arena_array(&s->arena, (size_t)capacity, sizeof *steps);
        char **notes = arena_array(&s->arena, (size_t)capacity, sizeof *notes);
        if (!steps || !notes)
            return NULL;
        if (s->step_count) {
            memcpy(steps, s->steps, sizeof *steps * (size_t)s->step_count);
            memcpy(notes, s->notes, sizeof *notes * (size_t)s->step_count);
        }
        s->steps = steps, s->notes = notes, b->step_capacity = capacity;
    }
    char *kept = arena_text(&s->arena, note);
    if (!kept)
        return NULL;
    s->notes[s->step_count] = kept;
    struct step *step = &s->steps[s->step_count++];
    *step = (struct step){.tail_operand = -1};
    return step;
}

static void use_value(struct schedule *s, int value, bool written)
{
    if (value < 0)
        return;
    struct value *v = &s->values[value];
    int now = s->step_count - 1;
    if (v->first < 0 && written)
        v->first = now;
    v->last = now;
}

static void use_loop(struct schedule *s, const struct loop *loop)
{
    for (int i = 0; i < loop->operands; i++)
        use_value(s, loop->operand[i].value, loop->operand[i].written);
}

static int64_t blocks_of(int64_t n, int64_t block)
{
    return (n + block - 1) / block;
}

/* A reduction's partial results as they are reduced once more: rows by pieces, or blocks by
 * columns, for which those of several neighbouring sums lie side by side. */
static struct view partial_view(const struct building *b, const struct node *node)
{
    const struct reduce_attributes *a = node->attributes;
    struct reduce_step s[AD_RANK_MAX];
    reduce_order(&node->in[0]->shape, &a->axes, s);
    bool pieces = b->f.info[node->id].reduce == REDUCE_PIECE;
    int64_t blocks = blocks_of(s->n, pieces ? AD_ROW_CHUNK : AD_COLUMN_BLOCK);
    ad_shape shape = {2, {s->outer, blocks}};
    if (!pieces && s->outer > 1)
        shape = (ad_shape){3, {blocks, s->outer, s->inner}};
    else if (!pieces)
        shape = (ad_shape){2, {blocks, s->inner}};
    struct view v = view_whole(b->f.partial[node->id], node->out[0].type, &shape);
    if (shape.rank == 3)
        v.stride[0] = s->inner, v.stride[1] = blocks * s->inner;
    return v;
}

static bool one_column_block(const struct building *b, const struct node *node)
{
    return b->f.info[node->id].reduce == REDUCE_COLUMN && partial_view(b, node).shape.size[0] == 1;
}

static int temporary(struct building *b, ad_type type, const ad_shape *shape, int device)
{
    struct value v = {.kind = VALUE_TEMPORARY,
                      .type = type,
                      .shape = *shape,
                      .first = -1,
                      .last = -1,
                      .device = device};
    return schedule_value(b->s, &v);
}

static bool make_partials(struct building *b, const struct group *g)
{
    for (int k = 0; k < g->members; k++) {
        const struct node *node = b->f.graph->nodes[g->member[k]];
        enum reduce_class reduce = b->f.info[node->id].reduce;
        if (reduce != REDUCE_PIECE && reduce != REDUCE_COLUMN)
            continue;
        ad_shape shape = partial_view(b, node).shape;
        int *partial = &b->f.partial[node->id];
        *partial = one_column_block(b, node)
                       ? b->f.value[tensor_number(&b->f, &node->out[0])]
                       : temporary(b, node->out[0].type, &shape, node->device);
        if (*partial < 0)
            return false;
    }
    return true;
}

static bool combine_once(struct building *b, const struct node *node, bool columns,
                         const struct view *from, int to)
{
    struct loop *loop = loops_combine(&b->s->arena, node->op, columns, from, to);
    struct step *step = loop ? add_step(b, "the rest of a sum") : NULL;
    if (!step)
        return false;
    step->loop = loop;
    step->device = node->device;
    use_loop(b->s, loop);
    return true;
}

static bool combine(struct building *b, const struct node *node)
{
    bool columns = b->f.info[node->id].reduce == REDUCE_COLUMN;
    struct view from = partial_view(b, node);
    int to = b->f.value[tensor_number(&b->f, &node->out[0])];
    while (columns && from.shape.size[0] > AD_COLUMN_BLOCK) {
        ad_shape next = from.shape;
        next.size[0] = blocks_of(next.size[0], AD_COLUMN_BLOCK);
        int between = temporary(b, from.type, &next, node->device);
        if (between < 0 || !combine_once(b, node, true, &from, between))
            return false;
        from = view_whole(between, from.type, &next);
    }
    return combine_once(b, node, columns, &from, to);
}

static bool combine_all(struct building *b, const struct group *g)
{
    for (int k = 0; k < g->members; k++) {
        const struct node *node = b->f.graph->nodes[g->member[k]];
        enum reduce_class reduce = b->f.info[node->id].reduce;
        if ((reduce == REDUCE_PIECE || reduce == REDUCE_COLUMN) && !one_column_block(b, node) &&
            !combine(b, node))
            return false;
    }
    return true;
}

static void note_group(const struct building *b, const struct group *g, char *text, size_t size)
{
    size_t n = 0;
    text[0] = 0;
    for (int k = 0; k < g->members && n < size; k++)
        n += (size_t)snprintf(text + n, size - n, "%s%s", k ? " " : "",
                              b->f.graph->nodes[g->member[k]]->op->name);
    if (g->stop && n < size)
        snprintf(text + n, size - n, " | ended: %s", g->stop);
}

static bool make_loop_step(struct building *b, const struct group *g)
{
    char note[600];
    note_group(b, g, note, sizeof note);
    if (!make_partials(b, g))
        return false;
    struct loop *loop = loops_make(&b->f, &b->s->arena, g);
    struct step *step = loop ? add_step(b, note) : NULL;
    if (!step)
        return false;
    step->loop = loop;
    step->device = b->f.graph->nodes[g->member[0]]->device;
    use_loop(b->s, loop);
    return combine_all(b, g);
}

static bool node_views(struct building *b, const struct node *node, struct step *step)
{
    struct fusion *f = &b->f;
    step->in = arena_array(&b->s->arena, (size_t)node->in_count + 1, sizeof *step->in);
    step->out = arena_array(&b->s->arena, (size_t)node->out_count + 1, sizeof *step->out);
    if (!step->in || !step->out)
        return false;
    for (int i = 0; i < node->in_count; i++) {
        step->in[i] = f->view[tensor_number(f, node->in[i])];
        step->in[i].value = f->value[step->in[i].value];
        use_value(b->s, step->in[i].value, false);
    }
    for (int i = 0; i < node->out_count; i++) {
        step->out[i] = f->view[tensor_number(f, &node->out[i])];
        step->out[i].value = f->value[step->out[i].value];
        use_value(b->s, step->out[i].value, true);
    }
    return true;
}

static int tail_operand(const struct loop *loop, int value)
{
    for (int i = 0; i < loop->operands; i++)
        if (loop->operand[i].value == value && !loop->operand[i].written)
            return i;
    return -1;
}

static bool make_node_step(struct building *b, const struct group *g)
{
    const struct node *node = b->f.graph->nodes[g->structural];
    char note[700];
    struct loop *tail = NULL;
    snprintf(note, sizeof note, "%s", node->op->name);
    if (g->tail >= 0) {
        char more[600];
        note_group(b, &b->f.group[g->tail], more, sizeof more);
        snprintf(note, sizeof note, "%s, then %s", node->op->name, more);
        if (!make_partials(b, &b->f.group[g->tail]))
            return false;
        tail = loops_make(&b->f, &b->s->arena, &b->f.group[g->tail]);
        if (!tail)
            return false;
    }
    struct step *step = add_step(b, note);
    if (!step)
        return false;
    step->node = node;
    step->device = node->device;
    if (!node_views(b, node, step))
        return false;
    step->loop = tail;
    if (tail) {
        use_loop(b->s, tail);
        step->tail_operand = tail_operand(tail, step->out[0].value);
    }
    return !tail || combine_all(b, &b->f.group[g->tail]);
}

/* Copies a tensor to memory of its own; stride: of that memory, NULL for contiguous. */
static bool copy_step(struct building *b, const ad_tensor *t, int to, const int64_t *stride,
                      const char *note)
{
    struct fusion *f = &b->f;
    struct view from = f->view[tensor_number(f, t)];
    from.value = f->value[from.value];
    struct view target = view_whole(to, t->type, &t->shape);
    if (stride)
        memcpy(target.stride, stride, sizeof target.stride);
    struct loop *loop = loops_copy(&b->s->arena, &from, &target);
    struct step *step = loop ? add_step(b, note) : NULL;
    if (!step)
        return false;
    step->loop = loop;
    step->device = t->node->device;
    use_loop(b->s, loop);
    return true;
}

static bool fetch_steps(struct building *b)
{
    struct fusion *f = &b->f;
    b->s->fetches = arena_array(&b->s->arena, (size_t)b->r->fetches + 1, sizeof *b->s->fetches);
    if (!b->s->fetches)
        return false;
    for (int i = 0; i < b->r->fetches; i++) {
        const ad_tensor *t = b->r->fetch[i];
        int n = tensor_number(f, t), value = f->value[f->view[n].value];
        const struct value *v = &b->s->values[value];
        if (f->view[n].value != n || v->kind != VALUE_FETCH || v->number != i) {
            int to = add_value(b, VALUE_FETCH, i, t);
            if (to < 0 || !copy_step(b, t, to, b->r->fetch_view ? b->r->fetch_view[i].stride : NULL,
                                     "a fetch"))
                return false;
            value = to;
        }
        b->s->fetches[i] = view_whole(value, t->type, &t->shape);
    }
    return true;
}

static bool update_steps(struct building *b)
{
    struct fusion *f = &b->f;
    b->s->updates = arena_array(&b->s->arena, (size_t)b->r->variables + 1, sizeof *b->s->updates);
    for (int i = 0; b->s->updates && i < b->r->variables; i++) {
        const ad_tensor *t = b->r->assigned[i];
        if (!t)
            continue;
        int n = tensor_number(f, t), value = f->value[f->view[n].value];
        if (!b->in_place[i] &&
            (f->view[n].value != n || b->s->values[value].kind != VALUE_TEMPORARY)) {
            int to = add_value(b, VALUE_TEMPORARY, 0, t);
            if (to < 0 || !copy_step(b, t, to, NULL, "a new value"))
                return false;
            value = to;
        }
        b->s->updates[b->s->update_count++] = (struct update){i, b->in_place[i] ? -1 : value};
    }
    return b->s->updates != NULL;
}

/* What an update copies from, and what a fetch is, stays to the end. */
static void keep_to_the_end(struct schedule *s)
{
    for (int i = 0; i < s->update_count; i++)
        if (s->updates[i].value >= 0)
            s->values[s->updates[i].value].last = s->step_count;
}

static bool make_steps(struct building *b)
{
    for (int i = 0; i < b->units; i++) {
        const struct group *g = &b->f.group[b->order[i]];
        if (!(g->structural >= 0 ? make_node_step(b, g) : make_loop_step(b, g)))
            return false;
    }
    if (!fetch_steps(b) || !update_steps(b) || !schedule_place(b->s))
        return false;
    keep_to_the_end(b->s);
    return true;
}

static ad_status build(struct building *b)
{
    struct fusion *f = &b->f;
    TRY(fuse_groups(f));
    f->partial = arena_array(f->arena, (size_t)f->graph->count + 1, sizeof *f->partial);
    if (!f->partial)
        return fail(AD_ERROR_MEMORY, "out of memory");
    mark_stored(b);
    bool ok = in_place_find(b) && leaf_values(b) && variable_values(b) && fetch_values(b) &&
              other_values(b);
    if (ok)
        share_with_tails(b);
    if (!ok || !order_units(b) || !make_steps(b))
        return ad_error_status(); /* whoever failed has said why */
    return AD_OK;
}

ad_status schedule_build(struct schedule *s, const struct schedule_request *r)
{
    *s = (struct schedule){.allocator = &r->graph->context->allocator};
    arena_init(&s->arena, s->allocator);
    struct arena scratch;
    arena_init(&scratch, s->allocator);
    struct building b = {.f = {.request = r, .graph = r->graph, .arena = &scratch}, .s = s, .r = r};
    ad_status status = build(&b);
    arena_done(&scratch);
    if (status != AD_OK)
        schedule_done(s);
    return status;
}

void schedule_done(struct schedule *s)
{
    LIST_FREE(s->allocator, s->values, s->value_capacity);
    arena_done(&s->arena);
    *s = (struct schedule){.allocator = s->allocator};
}
