/* Which nodes share a fused loop.
 *
 * Nodes are taken in order.  An elementwise node or a reduction joins the loop of one of its inputs
 * if both run over the same space, the input is read where it was written, and no step would have
 * to run both before and after the loop; else it starts a loop.
 *
 * Why the order of groups stays without circles: a group may take a node in, or another group, only
 * where precedence_may says of nothing that it reads that it runs after the group, so no way leads
 * out of the group and back into it.  The answer may be a yes for want of a better one; then two
 * loops stay apart that could have been one, and nothing else changes.
 *
 * On failure (no memory) nothing of the fusion is used. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "core/order.h"
#include "op/matmul.h"
#include "op/random.h"
#include "op/range.h"
#include "op/reduce.h"
#include "op/row.h"
#include "op/shape.h"
#include "pass/fusion.h"
#include "pass/view.h"

ad_shape fuse_squeeze(const ad_shape *shape)
{
    ad_shape out = {0};
    for (int i = 0; i < shape->rank; i++)
        if (shape->size[i] != 1)
            out.size[out.rank++] = shape->size[i];
    return out;
}

struct view fuse_operand(const struct fusion *f, const ad_tensor *in, const ad_shape *shape)
{
    struct view v = view_broadcast(&f->view[tensor_number(f, in)], shape);
    return view_squeeze(&v);
}

struct node *fuse_producer(const struct fusion *f, const struct view *view)
{
    return f->tensor[view->value]->node;
}

/* ---- classes */

static bool has_elements(const ad_shape *shape)
{
    return shape_count(shape) > 0;
}

/* How a loop can make a reduction. */
static enum reduce_class classify_reduce(const struct node *node)
{
    const struct reduce_attributes *a = node->attributes;
    struct reduce_step steps[AD_RANK_MAX];
    if (!has_elements(&node->in[0]->shape) ||
        reduce_order(&node->in[0]->shape, &a->axes, steps) != 1)
        return REDUCE_NONE;
    if (steps[0].inner > 1) /* blocks of columns begin anew in each of several */
        return steps[0].outer == 1 || steps[0].n % AD_COLUMN_BLOCK == 0 ? REDUCE_COLUMN
                                                                        : REDUCE_NONE;
    bool pieces = steps[0].n > ROW_MAX || (steps[0].outer == 1 && steps[0].n > 2 * 4096);
    return pieces ? REDUCE_PIECE : REDUCE_ROW;
}

static bool is_reduce(const struct op *op)
{
    return reduction_of(op) < REDUCTIONS;
}

/* A reduction over axes of size 1 only moves elements. */
static bool reduces_nothing(const struct node *node)
{
    const struct reduce_attributes *a = node->attributes;
    struct reduce_step steps[AD_RANK_MAX];
    return has_elements(&node->in[0]->shape) &&
           reduce_order(&node->in[0]->shape, &a->axes, steps) == 0;
}

static bool is_random(const struct op *op)
{
    return op == &op_uniform || op == &op_normal;
}

enum node_class fuse_class(const struct node *node)
{
    const struct op *op = node->op;
    if (op == &op_feed || op == &op_constant)
        return CLASS_LEAF;
    if (op == &op_full || op == &op_range || op == &op_size || is_random(op))
        return CLASS_INLINE;
    if (op->view || (is_reduce(op) && reduces_nothing(node)))
        return CLASS_VIEW;
    if (op->row || op == &op_cast)
        return CLASS_ELEMENT;
    if (is_reduce(op) && classify_reduce(node) != REDUCE_NONE)
        return CLASS_REDUCE;
    return CLASS_STRUCTURAL;
}

bool fuse_waits(const struct node *node)
{
    enum node_class class = fuse_class(node);
    return class == CLASS_STRUCTURAL ||
           (class == CLASS_REDUCE && classify_reduce(node) != REDUCE_ROW);
}

static enum node_class classify(const struct fusion *f, const struct node *node)
{
    enum node_class class = fuse_class(node);
    bool stays = class == CLASS_LEAF || class == CLASS_VIEW;
    return f->request->backend->no_loops && !stays ? CLASS_STRUCTURAL : class;
}

/* A view node's index map; false where its elements must be copied (a reshape of something
 * transposed). */
static bool make_view(struct fusion *f, const struct node *node)
{
    const struct view *in = &f->view[tensor_number(f, node->in[0])];
    struct view *out = &f->view[tensor_number(f, &node->out[0])];
    if (!is_reduce(node->op))
        return view_of_node(node, in, out);
    struct node as_reshape = *node;
    as_reshape.op = &op_reshape;
    return view_of_node(&as_reshape, in, out);
}

/* A result may be written with these strides.  Sums of columns and of pieces lie as their parts do.
 * A copy into another shape runs over the shape that it reads, in which the strides must make sense
 * too. */
static bool can_lie_so(const struct node *node, const struct node_info *info,
                       const struct view *view)
{
    struct view read;
    if (info->class == CLASS_LEAF || info->class == CLASS_VIEW || info->reduce > REDUCE_ROW)
        return false;
    bool copy = info->class == CLASS_ELEMENT && !node->op->row && node->op != &op_cast;
    return !copy || !shape_count(&view->shape) || view_reshape(view, &node->in[0]->shape, &read);
}

/* Feeds and fetches of a scan's body lie in the middle of larger arrays. */
static void place_ends(struct fusion *f, int id)
{
    const struct schedule_request *r = f->request;
    const struct node *node = f->graph->nodes[id];
    for (int i = 0; r->feed_view && i < r->feeds; i++)
        if (r->feed[i] && r->feed[i]->node == node)
            memcpy(f->view[tensor_number(f, r->feed[i])].stride, r->feed_view[i].stride,
                   sizeof r->feed_view[i].stride);
    for (int i = r->fetches - 1; r->fetch_view && i >= 0; i--)
        if (r->fetch[i]->node == node && can_lie_so(node, &f->info[id], &r->fetch_view[i]))
            memcpy(f->view[tensor_number(f, r->fetch[i])].stride, r->fetch_view[i].stride,
                   sizeof r->fetch_view[i].stride);
}

static void classify_nodes(struct fusion *f)
{
    for (int id = 0; id < f->graph->count; id++) {
        const struct node *node = f->graph->nodes[id];
        struct node_info *info = &f->info[id];
        *info = (struct node_info){.class = classify(f, node), .group = -1};
        for (int i = 0; i < node->out_count; i++) {
            int n = tensor_number(f, &node->out[i]);
            f->view[n] = view_whole(n, node->out[i].type, &node->out[i].shape);
            layout_apply(f, n);
        }
        if (info->class == CLASS_VIEW && !make_view(f, node)) {
            info->class = f->request->backend->no_loops ? CLASS_STRUCTURAL : CLASS_ELEMENT;
            int n = tensor_number(f, &node->out[0]);
            f->view[n] = view_whole(n, node->out[0].type, &node->out[0].shape);
        }
        if (info->class == CLASS_REDUCE)
            info->reduce = classify_reduce(node);
        place_ends(f, id);
    }
}

/* ---- inline nodes: only where every reader is a loop that can make them */

static bool is_range_map(const struct view *v)
{
    int axes = 0;
    for (int i = 0; i < v->shape.rank; i++)
        axes += v->stride[i] != 0;
    return axes <= 1;
}

ad_shape fuse_reading_shape(const struct fusion *f, const struct node *node)
{
    bool copies =
        f->info[node->id].class == CLASS_ELEMENT && (node->op->view || is_reduce(node->op));
    return is_reduce(node->op) || copies ? node->in[0]->shape : node->out[0].shape;
}

static bool can_inline(const struct fusion *f, const struct node *source, const struct node *reader,
                       const ad_tensor *in)
{
    enum node_class class = f->info[reader->id].class;
    if (class != CLASS_ELEMENT && class != CLASS_REDUCE)
        return false;
    if (source->op == &op_full || source->op == &op_size)
        return true;
    ad_shape shape = fuse_reading_shape(f, reader);
    struct view v = fuse_operand(f, in, &shape);
    return source->op == &op_range ? is_range_map(&v) : v.offset == 0 && view_is_contiguous(&v);
}

/* Inline nodes that somebody reads in another way are made by a loop of their own. */
static void settle_inline(struct fusion *f)
{
    for (int id = 0; id < f->graph->count; id++) {
        const struct node *node = f->graph->nodes[id];
        for (int i = 0; f->needed[id] && i < node->in_count; i++) {
            struct node *source = fuse_producer(f, &f->view[tensor_number(f, node->in[i])]);
            if (f->info[source->id].class == CLASS_INLINE && f->info[id].class != CLASS_VIEW &&
                !can_inline(f, source, node, node->in[i]))
                f->info[source->id].class = CLASS_ELEMENT;
        }
    }
}

static void settle_root(struct fusion *f, const ad_tensor *root)
{
    if (!root)
        return;
    struct node *source = fuse_producer(f, &f->view[tensor_number(f, root)]);
    if (f->info[source->id].class == CLASS_INLINE)
        f->info[source->id].class = CLASS_ELEMENT;
}

/* ---- joining a loop */

/* The view reads exactly where the producer wrote, element by element of the space or row by row.
 */
static bool reads_in_place(const struct fusion *f, const struct view *v, enum extent_class extent,
                           int row_dims)
{
    struct view own = view_squeeze(&f->view[v->value]);
    int dims = extent == EXTENT_FULL ? v->shape.rank : row_dims;
    if (v->offset || own.shape.rank != dims)
        return false;
    for (int i = v->shape.rank - 1; i >= dims; i--)
        if (v->stride[i])
            return false;
    for (int i = 0; i < dims; i++)
        if (v->stride[i] != own.stride[i] || v->shape.size[i] != own.shape.size[i])
            return false;
    return true;
}

static bool same_space(const ad_shape *a, const ad_shape *b)
{
    return graph_shapes_equal(a, b);
}

static bool is_prefix(const ad_shape *rows, const ad_shape *space, int count)
{
    return rows->rank == count &&
           !memcmp(rows->size, space->size, sizeof rows->size[0] * (size_t)count);
}

/* Every input from inside the group is read in place, and no input from outside must wait for the
 * group. */
static const char *inputs_fit(const struct fusion *f, int g, const struct node *node,
                              enum extent_class extent)
{
    const struct group *group = &f->group[g];
    ad_shape shape = fuse_reading_shape(f, node);
    int row_dims = group->space.rank - (group->column_dims < 0 ? 0 : group->column_dims);
    for (int i = 0; i < node->in_count; i++) {
        struct view v = fuse_operand(f, node->in[i], &shape);
        const struct node *source = fuse_producer(f, &v);
        const struct node_info *info = &f->info[source->id];
        if (extent == EXTENT_ROW && info->class == CLASS_INLINE && is_random(source->op))
            return "it draws a random number for each row, and the loop one for each element";
        if (info->group == g) {
            if (info->class == CLASS_REDUCE && info->reduce != REDUCE_ROW)
                return "the sum it needs is finished only after the loop";
            if (extent == EXTENT_ROW && info->extent == EXTENT_FULL)
                return "it needs single elements for a value of a row";
            if (!reads_in_place(f, &v, info->extent, row_dims))
                return "it reads elements from other places than they are made";
        } else if (info->group >= 0 && runs_before(f, g, info->group)) {
            return "it also needs a step that has to wait for the loop";
        }
    }
    return NULL;
}

static int reduced_dims(const struct node *node)
{
    const struct reduce_attributes *a = node->attributes;
    int dims = 0;
    for (int i = 0; i < a->axes.count; i++)
        dims += node->in[0]->shape.size[a->axes.axis[i]] != 1;
    return dims;
}

/* All elements come to one number, in pieces: rows and columns are all the same to it. */
static bool is_total(const struct fusion *f, const struct node *node)
{
    ad_shape space = fuse_squeeze(&node->in[0]->shape);
    return f->info[node->id].reduce == REDUCE_PIECE && reduced_dims(node) == space.rank;
}

/* Axes behind the last that is reduced; those of size 1 do not count, neither as the last. */
static int dims_behind(const struct node *node)
{
    const struct reduce_attributes *a = node->attributes;
    const ad_shape *x = &node->in[0]->shape;
    int last = a->axes.count - 1, dims = 0;
    while (last > 0 && x->size[a->axes.axis[last]] == 1)
        last--;
    for (int i = a->axes.axis[last] + 1; i < x->rank; i++)
        dims += x->size[i] != 1;
    return dims;
}

/* Columns that a reduction asks of its loop; -1: any. */
static int columns_wanted(const struct fusion *f, const struct node *node)
{
    if (is_total(f, node))
        return -1;
    return f->info[node->id].reduce == REDUCE_COLUMN ? dims_behind(node) : reduced_dims(node);
}

/* Whether one loop can have the columns of both, which becomes *columns: a total needs such that
 * its pieces are whole rows. */
static bool columns_agree(const ad_shape *space, int a, int b, bool has_total, int *columns)
{
    int64_t width = 1;
    *columns = a < 0 ? b : a;
    for (int i = space->rank - *columns; *columns >= 0 && i < space->rank; i++)
        width *= space->size[i];
    return (a == b || a < 0 || b < 0) && (!has_total || *columns < 0 || AD_ROW_CHUNK % width == 0);
}

static const char *try_element(struct fusion *f, int g, const struct node *node)
{
    struct group *group = &f->group[g];
    ad_shape shape = fuse_reading_shape(f, node), own = fuse_squeeze(&shape);
    int rows = group->space.rank - group->column_dims;
    bool copies = node->op->view || is_reduce(node->op);
    enum extent_class extent = EXTENT_FULL;
    if (!same_space(&own, &group->space)) {
        if (copies || group->column_dims < 0 || !is_prefix(&own, &group->space, rows))
            return "it runs over another space";
        extent = EXTENT_ROW;
    }
    const char *stop = inputs_fit(f, g, node, extent);
    if (!stop)
        f->info[node->id].extent = extent;
    return stop;
}

static const char *try_reduce(struct fusion *f, int g, const struct node *node)
{
    struct group *group = &f->group[g];
    ad_shape own = fuse_squeeze(&node->in[0]->shape);
    int columns = columns_wanted(f, node);
    bool total = group->has_total || is_total(f, node);
    if (!same_space(&own, &group->space))
        return "it sums over another space";
    if (!columns_agree(&own, group->column_dims, columns, total, &columns))
        return "it sums over other columns";
    for (int i = 0; i < group->members; i++) {
        enum reduce_class other = f->info[group->member[i]].reduce, its = f->info[node->id].reduce;
        if ((other == REDUCE_PIECE && its == REDUCE_ROW) ||
            (other == REDUCE_ROW && its == REDUCE_PIECE))
            return "it sums in pieces";
    }
    const char *stop = inputs_fit(f, g, node, EXTENT_FULL);
    if (!stop) {
        group->column_dims = columns;
        group->has_total = total;
        f->info[node->id].extent = EXTENT_ROW;
    }
    return stop;
}

static bool join(struct fusion *f, int g, const struct node *node)
{
    struct group *group = &f->group[g];
    if (group->structural >= 0 || !group->members)
        return false;
    if (group->members >= MEMBER_MAX) {
        group->stop = "it is full";
        return false;
    }
    if (f->graph->nodes[group->member[0]]->device != node->device) {
        group->stop = "the next runs on another device";
        return false;
    }
    const char *stop =
        f->info[node->id].class == CLASS_REDUCE ? try_reduce(f, g, node) : try_element(f, g, node);
    if (stop)
        group->stop = stop;
    else
        group->member[group->members++] = node->id;
    return !stop;
}

/* ---- merging two loops that one node reads */

static bool independent(const struct fusion *f, int a, int b)
{
    return !runs_before(f, b, a) && !runs_before(f, a, b);
}

static bool may_merge(const struct fusion *f, int a, int b)
{
    const struct group *p = &f->group[a], *q = &f->group[b];
    bool loops = p->structural < 0 && q->structural < 0;
    int columns;
    return loops && same_space(&p->space, &q->space) &&
           columns_agree(&p->space, p->column_dims, q->column_dims, p->has_total || q->has_total,
                         &columns) &&
           p->members + q->members <= MERGED_MAX && independent(f, a, b) &&
           f->graph->nodes[p->member[0]]->device == f->graph->nodes[q->member[0]]->device;
}

static int by_id(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

/* A loop in pieces cannot hold whole rows. */
static bool reductions_agree(const struct fusion *f, int a, int b)
{
    bool rows = false, pieces = false;
    for (int i = 0; i < f->group[a].members + f->group[b].members; i++) {
        int k = i - f->group[a].members;
        enum reduce_class reduce =
            f->info[k < 0 ? f->group[a].member[i] : f->group[b].member[k]].reduce;
        rows |= reduce == REDUCE_ROW;
        pieces |= reduce == REDUCE_PIECE;
    }
    return !(rows && pieces);
}

/* Group b's nodes move to group a; b stays behind empty. */
static void merge(struct fusion *f, int a, int b)
{
    struct group *p = &f->group[a], *q = &f->group[b];
    for (int i = 0; i < q->members; i++) {
        p->member[p->members++] = q->member[i];
        f->info[q->member[i]].group = a;
    }
    qsort(p->member, (size_t)p->members, sizeof *p->member, by_id);
    p->column_dims = p->column_dims < 0 ? q->column_dims : p->column_dims;
    p->has_total |= q->has_total;
    q->members = 0;
    precedence_merge(f->order, a, b);
}

static struct group *group_new(struct fusion *f, int structural)
{
    struct group *group = &f->group[f->groups];
    *group = (struct group){.structural = structural, .column_dims = -1, .tail = -1, .tail_of = -1};
    group->member = arena_array(f->arena, structural >= 0 ? 1 : MEMBER_MAX, sizeof *group->member);
    if (!group->member)
        return NULL;
    f->groups++;
    precedence_add(f->order);
    return group;
}

static bool start_loop(struct fusion *f, const struct node *node)
{
    struct group *group = group_new(f, -1);
    if (!group)
        return false;
    ad_shape shape = fuse_reading_shape(f, node);
    group->space = fuse_squeeze(&shape);
    group->member[group->members++] = node->id;
    if (f->info[node->id].class == CLASS_REDUCE) {
        group->column_dims = columns_wanted(f, node);
        group->has_total = is_total(f, node);
        f->info[node->id].extent = EXTENT_ROW;
    }
    return true;
}

/* The group of an input's producer; -1 where it has none. */
static int group_of_input(const struct fusion *f, const struct node *node, int i)
{
    return f->info[fuse_producer(f, &f->view[tensor_number(f, node->in[i])])->id].group;
}

static int find_loop(struct fusion *f, const struct node *node)
{
    if (f->request->no_fuse)
        return -1;
    for (int i = 0; i < node->in_count; i++) {
        int g = group_of_input(f, node, i);
        if (g >= 0 && join(f, g, node))
            return g;
    }
    return -1;
}

/* The node reads all that comes from that loop where the loop wrote it. */
static bool reads_whole(const struct fusion *f, const struct node *node, int other)
{
    const struct group *group = &f->group[other];
    ad_shape shape = fuse_reading_shape(f, node);
    int row_dims = group->space.rank - (group->column_dims < 0 ? 0 : group->column_dims);
    for (int i = 0; i < node->in_count; i++) {
        struct view v = fuse_operand(f, node->in[i], &shape);
        const struct node_info *info = &f->info[fuse_producer(f, &v)->id];
        if (info->group == other &&
            (info->reduce > REDUCE_ROW || !reads_in_place(f, &v, info->extent, row_dims)))
            return false;
    }
    return true;
}

/* No other input of the node waits for that loop: it would have to run inside the merged one. */
static bool nothing_between(const struct fusion *f, const struct node *node, int g, int other)
{
    for (int i = 0; i < node->in_count; i++) {
        int k = group_of_input(f, node, i);
        if (k >= 0 && k != g && k != other && runs_before(f, other, k))
            return false;
    }
    return true;
}

/* The node joined the loop of one input, g; where the loop of another input could be the same loop,
 * it becomes so. */
static void merge_inputs(struct fusion *f, const struct node *node, int g)
{
    for (int i = 0; i < node->in_count; i++) {
        int other = group_of_input(f, node, i);
        bool fits = other >= 0 && other != g && may_merge(f, g, other) &&
                    nothing_between(f, node, g, other);
        if (fits && reads_whole(f, node, other) && reductions_agree(f, g, other))
            merge(f, g, other);
    }
}

static bool place_node(struct fusion *f, const struct node *node)
{
    struct node_info *info = &f->info[node->id];
    int g = info->class == CLASS_STRUCTURAL ? -1 : find_loop(f, node);
    if (g < 0) {
        g = f->groups;
        if (info->class == CLASS_STRUCTURAL ? !group_new(f, node->id) : !start_loop(f, node))
            return false;
    }
    info->group = g;
    if (info->class == CLASS_ELEMENT && !f->request->no_fuse)
        merge_inputs(f, node, g);
    for (int i = 0; i < node->in_count; i++) {
        int other = group_of_input(f, node, i);
        if (other >= 0 && other != g)
            precedence_pair(f->order, other, g);
    }
    return true;
}

/* ---- tails: loops that run on blocks of a product while they are in cache */

/* The last axis of a product makes its columns; one of size 1 has left the space. */
static int columns_of(const struct node *product)
{
    const ad_shape *shape = &product->out[0].shape;
    return shape->size[shape->rank - 1] != 1;
}

/* Blocks of the result begin at rows that are multiples of AD_COLUMN_BLOCK: not where each of
 * several products begins anew. */
static bool rows_run_on(const struct fusion *f, const struct node *product)
{
    if (product->op != &op_matmul)
        return true;
    const struct view *a = &f->view[tensor_number(f, product->in[0])];
    const struct view *c = &f->view[tensor_number(f, &product->out[0])];
    int64_t rows = c->shape.rank > 1 ? c->shape.size[c->shape.rank - 2] : 1, batches = 1;
    for (int i = 0; i + 2 < c->shape.rank; i++)
        batches *= c->shape.size[i];
    return batches == 1 || rows % AD_COLUMN_BLOCK == 0 ||
           (product->in[1]->shape.rank == 2 && view_is_contiguous(a) && view_is_contiguous(c));
}

enum { TAIL_ROW_MAX = 2048 }; /* columns of a block that holds whole rows */

/* Sums ride along where blocks hold what they add up: whole rows, or rows from where a sum of
 * columns begins. */
static bool reductions_fit(const struct fusion *f, const struct node *product,
                           const struct group *group)
{
    for (int i = 0; i < group->members; i++) {
        const struct node_info *info = &f->info[group->member[i]];
        if (info->class != CLASS_REDUCE)
            continue;
        int64_t columns = group->space.rank ? group->space.size[group->space.rank - 1] : 0;
        if (group->column_dims != 1 || columns_of(product) != 1 || info->reduce == REDUCE_PIECE ||
            (info->reduce == REDUCE_ROW && columns > TAIL_ROW_MAX) ||
            (info->reduce == REDUCE_COLUMN && !rows_run_on(f, product)))
            return false;
    }
    return true;
}

/* The loop reads the product's result element by element, and nothing else that waits for the
 * product. */
static bool tail_fits(const struct fusion *f, int product, int g)
{
    const struct node *node = f->graph->nodes[f->group[product].structural];
    const struct group *group = &f->group[g];
    ad_shape own = fuse_squeeze(&node->out[0].shape);
    if (group->structural >= 0 || !group->members || group->tail_of >= 0 ||
        !same_space(&own, &group->space) || !reductions_fit(f, node, group) ||
        f->graph->nodes[group->member[0]]->device != node->device)
        return false;
    for (int k = 0; k < group->members; k++) {
        const struct node *member = f->graph->nodes[group->member[k]];
        ad_shape shape = fuse_reading_shape(f, member);
        for (int i = 0; i < member->in_count; i++) {
            struct view v = fuse_operand(f, member->in[i], &shape);
            const struct node *source = fuse_producer(f, &v);
            int other = f->info[source->id].group;
            if (source == node && !(v.value == tensor_number(f, &node->out[0]) &&
                                    reads_in_place(f, &v, EXTENT_FULL, 0)))
                return false;
            if (other >= 0 && other != g && other != product && runs_before(f, product, other))
                return false;
        }
    }
    return true;
}

static int reader_loop(const struct fusion *f, int product)
{
    const struct node *node = f->graph->nodes[f->group[product].structural];
    const struct readers *r = &f->readers;
    for (int i = r->first[tensor_number(f, &node->out[0])]; i >= 0; i = r->next[i])
        if (tail_fits(f, product, r->group[i]))
            return r->group[i];
    return -1;
}

static void attach_tails(struct fusion *f)
{
    const struct backend *backend = f->request->backend;
    for (int p = 0; p < f->groups && backend->takes_tail && !f->request->no_fuse; p++) {
        if (f->group[p].structural < 0 ||
            !backend->takes_tail(f->graph->nodes[f->group[p].structural]))
            continue;
        int g = reader_loop(f, p);
        if (g < 0)
            continue;
        f->group[p].tail = g;
        f->group[g].tail_of = p;
        f->group[g].column_dims =
            columns_of(f->graph->nodes[f->group[p].structural]); /* blocks are rows by columns */
        precedence_merge(f->order, p, g); /* one step: what one waits for, both do */
    }
}

/* ---- all of it */

static bool allocate(struct fusion *f)
{
    size_t nodes = (size_t)f->graph->count + 1;
    f->order = arena_alloc(f->arena, sizeof *f->order);
    f->info = arena_array(f->arena, nodes, sizeof *f->info);
    f->first_tensor = arena_array(f->arena, nodes, sizeof *f->first_tensor);
    f->group = arena_array(f->arena, nodes, sizeof *f->group);
    for (int id = 0; f->first_tensor && id < f->graph->count; id++) {
        f->first_tensor[id] = f->tensors;
        f->tensors += f->graph->nodes[id]->out_count;
    }
    size_t tensors = (size_t)f->tensors + 1;
    f->view = arena_array(f->arena, tensors, sizeof *f->view);
    f->tensor = arena_array(f->arena, tensors, sizeof *f->tensor);
    f->needed = arena_array(f->arena, nodes, sizeof *f->needed);
    f->stored = arena_array(f->arena, tensors, sizeof *f->stored);
    f->layout = arena_array(f->arena, tensors, sizeof *f->layout);
    f->value = arena_array(f->arena, tensors, sizeof *f->value);
    f->made = arena_array(f->arena, tensors, sizeof *f->made);
    if (!f->order || !precedence_init(f->order, f->arena, f->graph->count) || !f->info ||
        !f->first_tensor || !f->group || !f->view || !f->tensor || !f->needed || !f->stored ||
        !f->layout || !f->value || !f->made)
        return false;
    for (int id = 0; id < f->graph->count; id++)
        for (int i = 0; i < f->graph->nodes[id]->out_count; i++)
            f->tensor[f->first_tensor[id] + i] = &f->graph->nodes[id]->out[i];
    return true;
}

static void need(struct fusion *f, const ad_tensor *root)
{
    if (root)
        f->needed[root->node->id] = true;
}

/* What the last pass left behind is not run. */
static void mark_needed(struct fusion *f)
{
    const struct schedule_request *r = f->request;
    for (int i = 0; i < r->fetches; i++)
        need(f, r->fetch[i]);
    for (int i = 0; i < r->variables; i++)
        need(f, r->assigned[i]);
    for (int id = f->graph->count - 1; id >= 0; id--)
        for (int i = 0; f->needed[id] && i < f->graph->nodes[id]->in_count; i++)
            need(f, f->graph->nodes[id]->in[i]);
}

ad_status fuse_groups(struct fusion *f)
{
    const struct schedule_request *r = f->request;
    if (!allocate(f))
        return fail(AD_ERROR_MEMORY, "out of memory");
    mark_needed(f);
    if (!f->request->no_fuse)
        layout_find(f);
    classify_nodes(f);
    settle_inline(f);
    for (int i = 0; i < r->fetches; i++)
        settle_root(f, r->fetch[i]);
    for (int i = 0; i < r->variables; i++)
        settle_root(f, r->assigned[i]);
    for (int id = 0; id < f->graph->count; id++) {
        enum node_class class = f->info[id].class;
        if (!f->needed[id])
            continue;
        bool works = class == CLASS_ELEMENT || class == CLASS_REDUCE || class == CLASS_STRUCTURAL;
        if (works && !place_node(f, f->graph->nodes[id]))
            return fail(AD_ERROR_MEMORY, "out of memory");
    }
    if (!readers_find(f))
        return fail(AD_ERROR_MEMORY, "out of memory");
    attach_tails(f);
    return AD_OK;
}
