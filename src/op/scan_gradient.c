/* The gradient of a scan: back-propagation through time (Werbos 1990).
 *
 * The body is copied into a work graph and differentiated there.  The nodes that the
 * differentiation added become the body of a scan in the other direction: its carries are the
 * gradients of the carries; its slices are the gradients of the results and whatever the added
 * nodes read of the forward values, which the forward scan gives at all steps; so nothing is
 * computed twice.
 *
 * The gradient of a capture is a sum over the steps.  Where a step's part is a matrix product
 * (weights) or a sum over the batch (biases), its operands are stacked and one product or sum over
 * batch and time is made after the scan; other parts are carried along and added. */
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

enum { FEED_MAX = 512, TERM_MAX = 256 };

/* A part of a capture's gradient to be made after the scan. */
struct term {
    int capture;
    ad_tensor *a,
        *b; /* per step: the operands of matmul(a^T, b), or b == NULL: a summed over its axis 0 */
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
    ad_tensor *slice[FEED_MAX], *slice_value[FEED_MAX]; /* feed in body, value in graph */
    ad_tensor *carry[FEED_MAX], *carry_value[FEED_MAX], *next[FEED_MAX];
    ad_tensor *capture[FEED_MAX], *capture_value[FEED_MAX];
    ad_tensor *index_feed;
    int slices, carries, capture_count;
    struct term term[TERM_MAX];
    int terms;
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

static void add_slice(struct backward *b, const ad_tensor *in_work, ad_tensor *value)
{
    if (b->slices == FEED_MAX) {
        b->failed = true;
        return;
    }
    ad_tensor *feed = new_feed(b->body, in_work->type, &in_work->shape);
    b->slice[b->slices] = feed;
    b->slice_value[b->slices++] = value;
    b->failed |= graph_is_poison(feed) || !copy_put(&b->to_body, in_work, feed);
}

static void add_capture(struct backward *b, const ad_tensor *in_work, ad_tensor *value)
{
    ad_tensor *feed = b->capture_count < FEED_MAX
                          ? new_feed(b->body, in_work->type, &in_work->shape)
                          : graph_nowhere();
    b->failed |= graph_is_poison(feed) || !copy_put(&b->to_body, in_work, feed);
    if (b->failed)
        return;
    b->capture[b->capture_count] = feed;
    b->capture_value[b->capture_count++] = value;
}

static ad_tensor *add_carry(struct backward *b, ad_type type, const ad_shape *shape,
                            ad_tensor *first)
{
    ad_tensor *feed = b->carries < FEED_MAX ? new_feed(b->body, type, shape) : graph_nowhere();
    b->failed |= graph_is_poison(feed);
    if (b->failed)
        return feed;
    b->carry[b->carries] = feed;
    b->carry_value[b->carries++] = first;
    return feed;
}

static ad_tensor *zeros(struct backward *b, const ad_tensor *like)
{
    return (ad_full)(b->g->graph, like->type, like->shape, 0);
}

/* Stand-ins for the seeds: carries for the gradients that come from the step after, slices for
 * those of the results. */
static void place_seeds(struct backward *b, ad_tensor *const *seed)
{
    for (int i = 0; i < b->forward->output_count && !b->failed; i++) {
        if (!seed[i])
            continue;
        if (i >= b->a->carries) {
            add_slice(b, seed[i], b->g->dy[i]);
            continue;
        }
        ad_tensor *first = b->g->dy[i] ? b->g->dy[i] : zeros(b, b->g->out[i]);
        ad_tensor *feed = add_carry(b, seed[i]->type, &seed[i]->shape, first);
        b->failed |= graph_is_poison(feed) || !copy_put(&b->to_body, seed[i], feed);
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
        add_slice(b, t, b->g->in[input]);
    else if (input >= first_capture)
        add_capture(b, t, b->g->in[input]);
    else if (t->node->op == &op_full)
        b->failed |= !copy_node(&b->to_body, t->node);
    else if (stack_number(b, t) >= 0)
        add_slice(b, t, b->g->out[stack_number(b, t)]);
    else { /* a body that was not made by scan_make */
        fail(AD_ERROR_UNSUPPORTED, "the body does not give every value of a step");
        b->failed = true;
    }
}

/* Something must say how many steps there are. */
static void place_time(struct backward *b)
{
    if (!b->slices && !b->failed)
        add_slice(b, copy_get(&b->to_work, b->forward->inputs[0]), b->g->in[0]);
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
    for (int i = 0; i < b->capture_count; i++)
        if (b->capture[i] == t)
            return true;
    return false;
}

static bool put_term(struct backward *b, int capture, ad_tensor *x, ad_tensor *y)
{
    if (b->terms == TERM_MAX || is_capture(b, x) || (y && is_capture(b, y)))
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
    ad_tensor *sum = add_carry(b, part->type, &part->shape, zeros(b, like));
    if (!b->failed)
        b->next[b->carries - 1] = ad_add(sum, part);
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
    s.carry = b->carries;
    carry_sum(b, part, b->g->in[input]);
    return s;
}

/* A step's tensor of the new body at all steps. */
static ad_tensor *stacked(struct backward *b, ad_tensor *scan, const ad_tensor *of_body)
{
    for (int i = 0; i < b->slices; i++)
        if (b->slice[i] == of_body)
            return b->slice_value[i];
    int i = scan_stack_of(b->body, of_body, b->carries);
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
    return (ad_reshape)(all, AD_SHAPE(count, size[2]));
}

static ad_tensor *make_term(struct backward *b, ad_tensor *scan, const struct term *t)
{
    ad_tensor *a = stacked(b, scan, t->a);
    if (!t->b)
        return (ad_sum)(a, AD_AXES(0, 1), NULL);
    ad_tensor *at = (ad_transpose)(rows(a), AD_AXES(1, 0));
    return (ad_matmul)(at, rows(stacked(b, scan, t->b)));
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

static void set_inputs(struct backward *b, ad_tensor **in)
{
    int n = 0;
    for (int i = 0; i < b->slices; i++, n++)
        b->body->inputs[n] = b->slice[i], in[n] = b->slice_value[i];
    for (int i = 0; i < b->carries; i++, n++)
        b->body->inputs[n] = b->carry[i], in[n] = b->carry_value[i];
    for (int i = 0; i < b->capture_count; i++, n++)
        b->body->inputs[n] = b->capture[i], in[n] = b->capture_value[i];
    if (b->index_feed)
        b->body->inputs[n++] = b->index_feed;
    b->body->input_count = n;
}

/* The gradient of each carry as the step before sees it. */
static void set_next(struct backward *b, ad_tensor *const *seed)
{
    int carry = 0;
    for (int i = 0; i < b->a->carries; i++) {
        if (!seed[i])
            continue;
        ad_tensor *d = b->dx[b->a->slices + i];
        ad_tensor *feed = b->carry[carry];
        b->next[carry++] =
            d ? copy_get(&b->to_body, d) : (ad_full)(b->body, feed->type, feed->shape, 0);
    }
}

static ad_tensor *make_scan(struct backward *b)
{
    ad_tensor **in = arena_array(&b->body->arena, 3 * FEED_MAX, sizeof *in);
    b->body->outputs = arena_array(&b->body->arena, FEED_MAX, sizeof *b->body->outputs);
    b->body->inputs = arena_array(&b->body->arena, 3 * FEED_MAX + 1, sizeof *b->body->inputs);
    if (!in || !b->body->outputs || !b->body->inputs)
        return graph_poison(b->g->graph, AD_ERROR_MEMORY, "scan: out of memory");
    set_inputs(b, in);
    for (int i = 0; i < b->carries; i++)
        b->body->outputs[i] = b->next[i];
    b->body->output_count = b->carries;
    b->made.slices = b->slices;
    b->made.carries = b->carries;
    b->made.reverse = !b->a->reverse;
    return scan_make(b->g->graph, b->body, &b->made, in, b->slices + b->carries + b->capture_count);
}

static void results(struct backward *b, ad_tensor *const *seed)
{
    int inputs = b->g->node->in_count, first_capture = (int)(b->a->slices + b->a->carries);
    struct sum sums[FEED_MAX];
    set_next(b, seed);
    for (int i = first_capture; i < inputs && i - first_capture < FEED_MAX; i++)
        if (b->dx[i] && b->g->wanted[i])
            sums[i - first_capture] = sum_capture(b, i);
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
                                   : finish_sum(b, scan, &sums[i - first_capture]);
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
