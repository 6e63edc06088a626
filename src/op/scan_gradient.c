/* The gradient of a scan: back-propagation through time (Werbos 1990).
 *
 * A step is (h[t+1], y[t]) = f(x[t], h[t], w) of slices x, carries h and captures w, and a loss L
 * depends on the stacked results y and on the last carries h[T].  With the gradients at a step
 *
 *     dh[T] = dL/dh[T],   dy[t] = dL/dy[t]                            given
 *     (dx[t], dh[t], dw[t]) = dh[t+1] df/d(x, h, w) + dy[t] df/d(x, h, w)
 *
 * those of the scan's inputs are dx, stacked; dh[0], for the first value of the carries; and
 * dw = sum over t of dw[t].  So dh is the carry of a scan that takes the steps the other way.
 *
 * The body f is copied into a work graph and differentiated there, from feeds ("seeds") for
 * dh[t+1] and dy[t].  The nodes that this added become the body of the new scan: its carries are
 * dh; its slices are dy and whatever the added nodes read of the forward values, which the forward
 * scan gives at all steps, so nothing is computed twice; w stays a capture.  Of h' = tanh(p_t + h
 * u) it is
 *
 *     a = dh' (1 - h'_t h'_t),   dp_t = a,   dh = a u^T              slices h', carry dh, capture u
 *
 * dw[t] is a^T b of (batch, width) matrices for weights, and a sum over the batch for biases: then
 * a and b are results of the new scan, and one product or sum over batch and time is made after it
 * (du = h^T a over all steps).  Other dw[t] are carried along and added.
 *
 * The work graph and all lists are freed at the end; what is made lies in the user's graph.  On
 * failure that is poisoned, and no dx is set. */
#include "op/scan_gradient.h"

#include <string.h>

#include "base/error.h"
#include "core/copy.h"
#include "core/gradient.h"
#include "op/matmul.h"
#include "op/reduce.h"
#include "op/row.h"
#include "op/scan.h"
#include "op/shape.h"

/* A part of a capture's gradient to be made after the scan. */
struct term {
    int capture;
    ad_tensor *a,
        *b; /* per step: the operands of matmul(a^T, b), or b == NULL: a summed over its axis 0 */
};

/* A feed of the new body, and what the new scan gets for it. */
struct input {
    ad_tensor *feed, *value;
    ad_tensor *next; /* of a carry */
};

struct inputs {
    struct input *item;
    int count, capacity;
};

struct backward {
    struct gradient *g;
    const struct scan_attributes *a;
    ad_graph *forward; /* the body */
    ad_graph *work;    /* its copy with the gradients added */
    ad_graph *body;    /* of the new scan */
    struct copy to_work, to_body;
    int added; /* first added node of work */
    int captures;
    ad_tensor **dx; /* in work: gradients at slices, carries, captures of one step */
    struct scan_attributes made;
    struct inputs slices, carries, kept; /* kept: captures */
    ad_tensor *index_feed;
    struct term *term;
    int terms, term_capacity;
    bool failed;
};

static ad_tensor *new_feed(ad_graph *graph, ad_type type, const ad_shape *shape)
{
    struct feed_attributes a = {"step", type, *shape, false};
    return graph_node(graph, &op_feed, &a, NULL, 0);
}

/* ---- the work graph */

/* A feed of the work graph with the shape of a tensor there. */
static ad_tensor *work_feed(struct backward *b, const ad_tensor *like)
{
    return new_feed(b->work, like->type, &like->shape);
}

/* dy of step t for output i of the body: from the next step's carry, or from the result's gradient.
 */
static bool differentiate(struct backward *b, ad_tensor **seed)
{
    ad_graph *work = b->work;
    int n = b->forward->output_count, inputs = b->forward->input_count;
    ad_tensor **y = arena_array(&work->arena, (size_t)n, sizeof *y),
              **x = arena_array(&work->arena, (size_t)inputs, sizeof *x);
    if (!y || !x)
        return false;
    for (int i = 0; i < inputs; i++)
        x[i] = copy_get(&b->to_work, b->forward->inputs[i]);
    for (int i = 0; i < n; i++) {
        y[i] = copy_get(&b->to_work, b->forward->outputs[i]);
        bool float_carry = i < b->a->carries && (y[i]->type == AD_F32 || y[i]->type == AD_F64);
        seed[i] = float_carry || b->g->dy[i] ? work_feed(b, y[i]) : NULL;
    }
    b->added = work->count;
    return gradient_walk(work, 0, y, seed, n, x, inputs, b->dx) == AD_OK;
}

/* ---- the new body */

static ad_tensor *add_input(struct backward *b, struct inputs *list, ad_type type,
                            const ad_shape *shape, ad_tensor *value)
{
    ad_tensor *feed = new_feed(b->body, type, shape);
    b->failed |= graph_is_poison(feed) ||
                 !ARENA_ROOM(&b->work->arena, list->item, list->capacity, list->count + 1);
    if (!b->failed)
        list->item[list->count++] = (struct input){feed, value, NULL};
    return feed;
}

/* The same for what stands for a tensor of the work graph. */
static void add_for(struct backward *b, struct inputs *list, const ad_tensor *in_work,
                    ad_tensor *value)
{
    ad_tensor *feed = add_input(b, list, in_work->type, &in_work->shape, value);
    b->failed = b->failed || !copy_put(&b->to_body, in_work, feed);
}

static ad_tensor *zeros(struct backward *b, const ad_tensor *like)
{
    return ad_full(b->g->graph, like->type, like->shape, 0);
}

/* Stand-ins for the seeds: carries for the gradients that come from the step after, slices for
 * those of the results. */
static void place_seeds(struct backward *b, ad_tensor *const *seed)
{
    for (int i = 0; i < b->forward->output_count && !b->failed; i++) {
        if (!seed[i])
            continue;
        if (i >= b->a->carries) {
            add_for(b, &b->slices, seed[i], b->g->dy[i]);
            continue;
        }
        ad_tensor *first = b->g->dy[i] ? b->g->dy[i] : zeros(b, b->g->out[i]);
        add_for(b, &b->carries, seed[i], first);
    }
}

static int input_number(const struct backward *b, const ad_tensor *in_work)
{
    for (int i = 0; i < b->forward->input_count; i++)
        if (copy_get(&b->to_work, b->forward->inputs[i]) == in_work)
            return i;
    return -1;
}

/* The output of the forward body that gives this forward value of the work graph at all steps. */
static int stack_number(const struct backward *b, const ad_tensor *in_work)
{
    for (int i = (int)b->a->carries; i < b->forward->output_count; i++)
        if (copy_get(&b->to_work, b->forward->outputs[i]) == in_work)
            return i;
    return -1;
}

/* A stand-in for a forward value that an added node reads. */
static void place_forward(struct backward *b, const ad_tensor *t)
{
    if (copy_get(&b->to_body, t) || b->failed)
        return;
    int input = input_number(b, t), first_capture = (int)(b->a->slices + b->a->carries);
    if (b->a->index && input == b->forward->input_count - 1)
        b->made.index = true; /* its stand-in is made last, see place_index */
    else if (input >= 0 && input < b->a->slices)
        add_for(b, &b->slices, t, b->g->in[input]);
    else if (input >= first_capture)
        add_for(b, &b->kept, t, b->g->in[input]);
    else if (t->node->op == &op_full)
        b->failed |= !copy_node(&b->to_body, t->node);
    else if (stack_number(b, t) >= 0)
        add_for(b, &b->slices, t, b->g->out[stack_number(b, t)]);
    else { /* a body that was not made by scan_make */
        fail(AD_ERROR_UNSUPPORTED, "the body does not give every value of a step");
        b->failed = true;
    }
}

/* Something must say how many steps there are. */
static void place_time(struct backward *b)
{
    if (!b->slices.count && !b->failed)
        add_for(b, &b->slices, copy_get(&b->to_work, b->forward->inputs[0]), b->g->in[0]);
}

static void place_index(struct backward *b)
{
    if (!b->made.index)
        return;
    const ad_tensor *in_work =
        copy_get(&b->to_work, b->forward->inputs[b->forward->input_count - 1]);
    ad_tensor *feed = new_feed(b->body, AD_I64, &AD_SCALAR);
    b->failed |= graph_is_poison(feed) || !copy_put(&b->to_body, in_work, feed);
    b->index_feed = feed;
}

/* Which added nodes are needed for the gradients that are wanted. */
static void mark_needed(struct backward *b, bool *needed)
{
    for (int i = 0; i < b->forward->input_count; i++)
        if (b->dx[i] && b->dx[i]->node->id >= b->added)
            needed[b->dx[i]->node->id] = true;
    for (int id = b->work->count - 1; id >= b->added; id--)
        for (int i = 0; needed[id] && i < b->work->nodes[id]->in_count; i++)
            needed[b->work->nodes[id]->in[i]->node->id] = true;
}

static void fill_body(struct backward *b, const bool *needed)
{
    for (int i = 0; i < b->forward->input_count; i++)
        if (b->dx[i] && b->dx[i]->node->id < b->added)
            place_forward(b, b->dx[i]);
    for (int id = b->added; id < b->work->count; id++)
        for (int i = 0; needed[id] && i < b->work->nodes[id]->in_count; i++)
            if (b->work->nodes[id]->in[i]->node->id < b->added)
                place_forward(b, b->work->nodes[id]->in[i]);
    place_time(b);
    place_index(b);
    for (int id = b->added; id < b->work->count && !b->failed; id++)
        if (needed[id])
            b->failed |= !copy_node(&b->to_body, b->work->nodes[id]);
}

/* ---- sums over the steps */

static bool step_of_batch(const ad_tensor *t)
{
    return t->shape.rank == 2;
}

/* The same at every step, so it is no result of the scan. */
static bool is_capture(const struct backward *b, const ad_tensor *t)
{
    for (int i = 0; i < b->kept.count; i++)
        if (b->kept.item[i].feed == t)
            return true;
    return false;
}

static bool put_term(struct backward *b, int capture, ad_tensor *x, ad_tensor *y)
{
    if (is_capture(b, x) || (y && is_capture(b, y)))
        return false;
    b->failed |= !ARENA_ROOM(&b->work->arena, b->term, b->term_capacity, b->terms + 1);
    if (b->failed)
        return false;
    b->term[b->terms++] = (struct term){capture, x, y};
    return true;
}

/* Splits one step's gradient of a capture into terms that can be made after the scan; false where
 * one cannot. */
static bool split(struct backward *b, int capture, ad_tensor *t)
{
    struct node *node = t->node;
    if (node->op == &op_add && graph_shapes_equal(&node->in[0]->shape, &node->in[1]->shape))
        return split(b, capture, node->in[0]) && split(b, capture, node->in[1]);
    if (node->op == &op_matmul && node->in[0]->node->op == &op_transpose &&
        step_of_batch(node->in[0]->node->in[0]) && step_of_batch(node->in[1]))
        return put_term(b, capture, node->in[0]->node->in[0], node->in[1]);
    if (node->op == &op_transpose && t->shape.rank == 2 && node->in[0]->node->op == &op_matmul) {
        struct node *product = node->in[0]->node; /* (a^T b)^T = b^T a */
        if (product->in[0]->node->op == &op_transpose &&
            step_of_batch(product->in[0]->node->in[0]) && step_of_batch(product->in[1]))
            return put_term(b, capture, product->in[1], product->in[0]->node->in[0]);
    }
    if (node->op == &op_sum && t->shape.rank == 1 && step_of_batch(node->in[0]) &&
        ((struct reduce_attributes *)node->attributes)->axes.axis[0] == 0)
        return put_term(b, capture, node->in[0], NULL);
    return false;
}

/* A carry that adds the step's part up. */
static void carry_sum(struct backward *b, ad_tensor *part, const ad_tensor *like)
{
    ad_tensor *sum = add_input(b, &b->carries, part->type, &part->shape, zeros(b, like));
    if (!b->failed)
        b->carries.item[b->carries.count - 1].next = ad_add(sum, part);
}

struct sum {
    int carry; /* or -1: terms */
    int first_term, end_term;
};

static struct sum sum_capture(struct backward *b, int input)
{
    ad_tensor *part = copy_get(&b->to_body, b->dx[input]);
    struct sum s = {-1, b->terms, b->terms};
    b->failed |= !part;
    if (b->failed)
        return s;
    if (split(b, input, part)) {
        s.end_term = b->terms;
        return s;
    }
    b->terms = s.first_term;
    s.carry = b->carries.count;
    carry_sum(b, part, b->g->in[input]);
    return s;
}

/* A step's tensor of the new body at all steps. */
static ad_tensor *stacked(struct backward *b, ad_tensor *scan, const ad_tensor *of_body)
{
    for (int i = 0; i < b->slices.count; i++)
        if (b->slices.item[i].feed == of_body)
            return b->slices.item[i].value;
    int i = scan_stack_of(b->body, of_body, b->carries.count);
    return i < 0 ? graph_poison(b->g->graph, AD_ERROR_UNSUPPORTED,
                                "scan: a part of the gradient has no value at every step")
                 : graph_result(scan, i);
}

/* (batch, time, width) as (batch time, width) */
static ad_tensor *rows(ad_tensor *all)
{
    if (graph_is_poison(all))
        return all;
    const ad_dim *size = all->shape.size;
    ad_dim count = dim_mul(all->node->graph, size[0], size[1]);
    return ad_reshape(all, AD_SHAPE(count, size[2]));
}

static ad_tensor *make_term(struct backward *b, ad_tensor *scan, const struct term *t)
{
    ad_tensor *a = stacked(b, scan, t->a);
    if (!t->b)
        return ad_sum(a, AD_AXES(0, 1), NULL);
    ad_tensor *at = ad_transpose(rows(a), AD_AXES(1, 0));
    return ad_matmul(at, rows(stacked(b, scan, t->b)));
}

static ad_tensor *finish_sum(struct backward *b, ad_tensor *scan, const struct sum *s)
{
    if (s->carry >= 0)
        return graph_result(scan, s->carry);
    ad_tensor *total = NULL;
    for (int i = s->first_term; i < s->end_term; i++) {
        ad_tensor *part = make_term(b, scan, &b->term[i]);
        total = total ? ad_add(total, part) : part;
    }
    return total;
}

/* ---- the scan itself */

static int set_inputs(struct backward *b, ad_tensor **in)
{
    const struct inputs *lists[] = {&b->slices, &b->carries, &b->kept};
    int n = 0;
    for (int k = 0; k < 3; k++)
        for (int i = 0; i < lists[k]->count; i++, n++)
            b->body->inputs[n] = lists[k]->item[i].feed, in[n] = lists[k]->item[i].value;
    if (b->index_feed)
        b->body->inputs[n] = b->index_feed;
    b->body->input_count = n + (b->index_feed != NULL);
    return n;
}

/* The gradient of each carry as the step before sees it. */
static void set_next(struct backward *b, ad_tensor *const *seed)
{
    int carry = 0;
    for (int i = 0; i < b->a->carries; i++) {
        if (!seed[i])
            continue;
        ad_tensor *d = b->dx[b->a->slices + i];
        struct input *made = &b->carries.item[carry++];
        made->next =
            d ? copy_get(&b->to_body, d) : ad_full(b->body, made->feed->type, made->feed->shape, 0);
    }
}

static ad_tensor *make_scan(struct backward *b)
{
    size_t count = (size_t)b->slices.count + (size_t)b->carries.count + (size_t)b->kept.count;
    ad_tensor **in = arena_array(&b->work->arena, count + 1, sizeof *in);
    b->body->outputs =
        arena_array(&b->body->arena, (size_t)b->carries.count + 1, sizeof *b->body->outputs);
    b->body->inputs = arena_array(&b->body->arena, count + 1, sizeof *b->body->inputs);
    if (!in || !b->body->outputs || !b->body->inputs)
        return graph_poison(b->g->graph, AD_ERROR_MEMORY, "scan: out of memory");
    int in_count = set_inputs(b, in);
    for (int i = 0; i < b->carries.count; i++)
        b->body->outputs[i] = b->carries.item[i].next;
    b->body->output_count = b->carries.count;
    b->made.slices = b->slices.count;
    b->made.carries = b->carries.count;
    b->made.reverse = !b->a->reverse;
    return scan_make(b->g->graph, b->body, &b->made, in, in_count);
}

static void results(struct backward *b, ad_tensor *const *seed)
{
    int inputs = b->g->node->in_count, first_capture = (int)(b->a->slices + b->a->carries);
    struct sum *sums = arena_array(&b->work->arena, (size_t)inputs + 1, sizeof *sums);
    b->failed |= !sums;
    if (b->failed)
        return;
    set_next(b, seed);
    for (int i = first_capture; i < inputs; i++)
        if (b->dx[i] && b->g->wanted[i])
            sums[i] = sum_capture(b, i);
    if (b->failed)
        return;
    ad_tensor *scan = make_scan(b);
    int carry = 0;
    for (int i = 0; i < inputs; i++) {
        ad_tensor **dx = &b->g->dx[i];
        bool is_carry = i >= b->a->slices && i < first_capture;
        int number = is_carry && seed[i - b->a->slices] ? carry++ : -1;
        if (is_carry)
            *dx = number >= 0 ? graph_result(scan, number) : NULL;
        else if (b->dx[i] && b->g->wanted[i])
            *dx = i < b->a->slices ? stacked(b, scan, copy_get(&b->to_body, b->dx[i]))
                                   : finish_sum(b, scan, &sums[i]);
    }
}

static void run(struct backward *b)
{
    struct arena *arena = &b->work->arena;
    memset(b->to_work.needed, 1, sizeof *b->to_work.needed * (size_t)b->to_work.count);
    ad_tensor **seed = arena_array(arena, (size_t)b->forward->output_count + 1, sizeof *seed);
    b->dx = arena_array(arena, (size_t)b->forward->input_count + 1, sizeof *b->dx);
    if (!seed || !b->dx || !copy_run(&b->to_work) || !differentiate(b, seed)) {
        b->failed = true;
        return;
    }
    bool *needed = arena_array(arena, (size_t)b->work->count + 1, sizeof *needed);
    if (!needed || !copy_begin(&b->to_body, b->work, b->body)) {
        b->failed = true;
        return;
    }
    mark_needed(b, needed);
    place_seeds(b, seed);
    fill_body(b, needed);
    if (!b->failed)
        results(b, seed);
    copy_end(&b->to_body);
}

void scan_gradient(struct gradient *g)
{
    const ad_allocator *allocator = &g->graph->context->allocator;
    struct backward *b = memory_zeroed(allocator, sizeof *b);
    ad_graph *work = b ? graph_beside(g->graph) : NULL;
    if (work) {
        b->g = g;
        b->a = g->node->attributes;
        b->forward = b->a->body;
        b->work = work;
        b->body = graph_body_new(g->graph);
        b->failed = !b->body || !copy_begin(&b->to_work, b->forward, work);
        if (!b->failed) {
            run(b);
            copy_end(&b->to_work);
        }
    }
    if (!work || b->failed)
        graph_poison(g->graph, AD_ERROR_MEMORY, "scan: its gradient could not be built: %s",
                     ad_error());
    ad_graph_free(work);
    memory_free(allocator, b, sizeof *b);
}
