/* Building scans: the public calls.
 *
 * While the body is being built its nodes lie in the user's graph, with feeds standing for the
 * slices and carries.  ad_scan_end sorts them: what depends on no slice and no carry stays where it
 * is, computed once; products of slices with fixed weights are made for all steps at once, outside;
 * the rest moves to the body.  h' = tanh(x_t w + h u) of a slice x_t and a carry h becomes
 *
 *     outside   p = x w                       (batch, time, width), one product
 *     body      h' = tanh(p_t + h u)          slice p_t, carry h, capture u
 *
 * The loop and its lists lie in the arena of the user's graph, the body is one of its graphs, so
 * both live as long as it.  A mistake poisons the graph, and the calls after it do nothing; where
 * ad_scan_end fails, the nodes of the body stay in the graph and nobody can compile it. */
#include <string.h>

#include "base/error.h"
#include "core/copy.h"
#include "op/matmul.h"
#include "op/row.h"
#include "op/scan.h"
#include "op/shape.h"

struct slice {
    ad_tensor *feed, *whole; /* what stands for a step, tensor over time */
};

struct carry {
    ad_tensor *feed, *initial, *next;
};

struct ad_loop {
    ad_graph *graph;
    ad_loop *outer;
    int first; /* first node of the body */
    int end;   /* past its last one */
    bool reverse, ended;
    struct slice *slice;
    struct carry *carry;
    int slices, carries, slice_capacity, carry_capacity;
    ad_tensor *index;
    ad_tensor *scan; /* first result of the node, or poison */
    ad_graph *body;
    ad_tensor **of_body,
        **all; /* tensors of the body as the user knows them, and their values at all steps */
    int known;
};

static ad_tensor *poison_of(const ad_loop *loop)
{
    if (!loop)
        return graph_nowhere();
    return loop->graph->poison ? loop->graph->poison
                               : graph_poison(loop->graph, AD_ERROR_ARGUMENT, "scan: failed");
}

/* Gives a mistake that no call of the user's stamps the place of a node. */
static void blame(ad_tensor *poison, const struct node *node)
{
    if (!node || !graph_is_poison(poison) || poison->node->file)
        return;
    poison->node->file = node->file;
    poison->node->line = node->line;
}

ad_loop *ad_scan_begin(ad_graph *graph, bool reverse)
{
    GRAPH_HOLD(graph);
    if (!graph) {
        fail(AD_ERROR_ARGUMENT, "ad_scan_begin: the graph is NULL");
        return NULL;
    }
    ad_loop *loop = arena_alloc(&graph->arena, sizeof *loop);
    if (!loop) {
        graph->failed = true;
        return NULL;
    }
    *loop =
        (ad_loop){.graph = graph, .outer = graph->loop, .first = graph->count, .reverse = reverse};
    if (!graph->loop)
        graph->builder = graph_thread();
    graph->loop = loop;
    return loop;
}

static ad_tensor *loop_feed(ad_loop *loop, ad_type type, const ad_shape *shape)
{
    struct feed_attributes a = {"step", type, *shape, false};
    return graph_node(loop->graph, &op_feed, &a, NULL, 0);
}

/* For lists that cannot grow. */
static ad_tensor *no_memory(ad_loop *loop)
{
    return graph_poison(loop->graph, AD_ERROR_MEMORY, "scan: out of memory");
}

/* Poison where the scan has ended or x is none of its graph, else NULL. */
static ad_tensor *open_check(ad_loop *loop, const char *call, ad_tensor *x)
{
    if (!loop)
        return graph_poison(NULL, AD_ERROR_ARGUMENT,
                            "%s: the loop is NULL; ad_scan_begin says why in ad_error()", call);
    if (loop->ended)
        return graph_poison(loop->graph, AD_ERROR_ARGUMENT, "%s: the scan has ended", call);
    return graph_check(loop->graph, call, &x, 1);
}

static ad_dim time_of(const ad_tensor *whole)
{
    return whole->shape.size[whole->shape.rank > 1 ? 1 : 0];
}

/* "'x' time", or "input 2: 5" of one without a name */
static const char *time_text(const ad_loop *loop, int i, const ad_tensor *whole)
{
    const ad_shape shape = {1, {time_of(whole)}};
    const char *text = graph_shape_text(loop->graph, &shape);
    int length = (int)strlen(text) - 2;
    return whole->name
               ? arena_format(&loop->graph->arena, "'%s' %.*s", whole->name, length, text + 1)
               : arena_format(&loop->graph->arena, "input %d: %.*s", i + 1, length, text + 1);
}

static ad_tensor *time_check(ad_loop *loop, ad_tensor *x)
{
    if (!loop->slices || time_of(loop->slice[0].whole) == time_of(x))
        return NULL;
    const char *first = time_text(loop, 0, loop->slice[0].whole),
               *now = time_text(loop, loop->slices, x);
    return graph_poison(loop->graph, AD_ERROR_SHAPE,
                        "scan: the scan's inputs have different times: %s, %s; pad them to one",
                        first ? first : "", now ? now : "");
}

static ad_tensor *add_slice(ad_loop *loop, ad_tensor *x)
{
    if (!ARENA_ROOM(&loop->graph->arena, loop->slice, loop->slice_capacity, loop->slices + 1))
        return no_memory(loop);
    ad_shape step = scan_step_shape(&x->shape);
    ad_tensor *feed = loop_feed(loop, x->type, &step);
    if (!graph_is_poison(feed))
        loop->slice[loop->slices++] = (struct slice){feed, x};
    return feed;
}

ad_tensor *ad_scan_input(ad_loop *loop, ad_tensor *x)
{
    ad_tensor *poison = open_check(loop, "ad_scan_input", x);
    if (poison)
        return poison;
    if (x->shape.rank < 2)
        return graph_poison(loop->graph, AD_ERROR_SHAPE,
                            "ad_scan_input: got %s; a scan runs over axis 1 of (batch, time, ...)",
                            graph_shape_text(loop->graph, &x->shape));
    poison = time_check(loop, x);
    return poison ? poison : add_slice(loop, x);
}

void ad_scan_steps(ad_loop *loop, ad_dim count)
{
    if (!loop || loop->ended || loop->graph->poison) {
        poison_of(loop);
        return;
    }
    ad_tensor *range = ad_range(loop->graph, AD_I64, count);
    if (!graph_is_poison(range) && !time_check(loop, range))
        add_slice(loop, range);
}

ad_tensor *ad_scan_carry(ad_loop *loop, ad_tensor *initial)
{
    ad_tensor *poison = open_check(loop, "ad_scan_carry", initial);
    if (poison)
        return poison;
    if (!ARENA_ROOM(&loop->graph->arena, loop->carry, loop->carry_capacity, loop->carries + 1))
        return no_memory(loop);
    ad_tensor *carry = loop_feed(loop, initial->type, &initial->shape);
    if (!graph_is_poison(carry))
        loop->carry[loop->carries++] = (struct carry){carry, initial, NULL};
    return carry;
}

ad_tensor *ad_scan_index(ad_loop *loop)
{
    if (!loop || loop->ended)
        return poison_of(loop);
    if (!loop->index)
        loop->index = loop_feed(loop, AD_I64, &AD_SCALAR);
    return loop->index;
}

static int carry_number(const ad_loop *loop, const ad_tensor *carry)
{
    for (int i = 0; i < loop->carries; i++)
        if (loop->carry[i].feed == carry)
            return i;
    return -1;
}

/* What is wrong with the next value; NULL where nothing is. */
static ad_tensor *check_next(const ad_loop *loop, const ad_tensor *carry, const ad_tensor *next)
{
    if (next->type == carry->type && graph_shapes_equal(&next->shape, &carry->shape))
        return NULL;
    ad_tensor *poison = graph_poison(
        loop->graph, AD_ERROR_SHAPE,
        "ad_scan_update: the carry is %s %s and its next value %s %s; they must be alike",
        ad_type_name(carry->type), graph_shape_text(loop->graph, &carry->shape),
        ad_type_name(next->type), graph_shape_text(loop->graph, &next->shape));
    blame(poison, carry->node);
    return poison;
}

void ad_scan_update(ad_loop *loop, ad_tensor *carry, ad_tensor *next)
{
    if (!loop || open_check(loop, "ad_scan_update", next) || graph_is_poison(carry))
        return;
    int i = carry_number(loop, carry);
    if (i < 0)
        graph_poison(loop->graph, AD_ERROR_ARGUMENT,
                     "ad_scan_update: the first tensor is no carry of this scan");
    else if (!check_next(loop, carry, next))
        loop->carry[i].next = next;
}

/* ---- ending: which nodes of the body go where */

enum {
    INVARIANT,
    SEQUENCE,
    STEP
}; /* depends on nothing of the loop; on slices only; on carries, the index or random numbers */

struct ending {
    ad_loop *loop;
    struct copy copy;    /* into the body */
    unsigned char *kind; /* of node first + i */
    bool *initial;       /* of node first + i: a variable's first value depends on it */
    ad_tensor **whole; /* of node first + i, result 0: its value at all steps, where made outside */
    struct scan_attributes a;
    ad_tensor **in; /* of the scan node; the body's inputs are as many, or one more */
    int in_count, in_capacity, input_capacity;
};

static int kind_of(const struct ending *e, const ad_tensor *t)
{
    int id = t->node->id;
    return id < e->loop->first || id >= e->loop->end ? INVARIANT : e->kind[id - e->loop->first];
}

/* The first values of variables made in the body are drawn once, outside. */
static void mark_initial(struct ending *e)
{
    const ad_loop *loop = e->loop;
    for (int id = loop->end - 1; id >= loop->first; id--) {
        const struct node *node = loop->graph->nodes[id];
        bool wanted = e->initial[id - loop->first] || node->op == &op_variable;
        for (int i = 0; wanted && i < node->in_count; i++)
            if (node->in[i]->node->id >= loop->first)
                e->initial[node->in[i]->node->id - loop->first] = true;
    }
}

static void classify(struct ending *e)
{
    ad_loop *loop = e->loop;
    mark_initial(e);
    for (int i = 0; i < loop->slices; i++)
        e->kind[loop->slice[i].feed->node->id - loop->first] = SEQUENCE;
    for (int i = 0; i < loop->carries; i++)
        e->kind[loop->carry[i].feed->node->id - loop->first] = STEP;
    if (loop->index)
        e->kind[loop->index->node->id - loop->first] = STEP;
    for (int id = loop->first; id < loop->end; id++) {
        const struct node *node = loop->graph->nodes[id];
        if (node_draws(node) && !e->initial[id - loop->first])
            e->kind[id - loop->first] = STEP;
        for (int i = 0; i < node->in_count && node->op != &op_variable; i++) {
            int k = kind_of(e, node->in[i]);
            if (k > e->kind[id - loop->first])
                e->kind[id - loop->first] = (unsigned char)k;
        }
    }
}

/* A variable belongs to the whole scan, and so does its first value. */
static bool check_variables(const struct ending *e)
{
    const ad_loop *loop = e->loop;
    for (int id = loop->first; id < loop->end; id++) {
        const struct node *node = loop->graph->nodes[id];
        if (node->op != &op_variable || kind_of(e, node->in[0]) == INVARIANT)
            continue;
        ad_tensor *poison =
            graph_poison(loop->graph, AD_ERROR_ARGUMENT,
                         "scan: the first value of variable '%s' changes from step to step; make "
                         "it of what lies outside the body",
                         node->out[0].name ? node->out[0].name : "");
        blame(poison, node);
        return false;
    }
    return true;
}

static ad_tensor **whole_of(struct ending *e, const ad_tensor *t)
{
    return &e->whole[t->node->id - e->loop->first];
}

/* An operand of an elementwise node made for all steps: values of a step get their time axis, fixed
 * ones room for it. */
static ad_tensor *stretch(struct ending *e, ad_tensor *t, int step_rank)
{
    if (kind_of(e, t) == SEQUENCE)
        return *whole_of(e, t);
    if (t->shape.rank < step_rank || !step_rank)
        return t;
    ad_shape shape = scan_stack_shape(&t->shape, 1);
    return ad_reshape(t, shape);
}

static bool all_inputs_made(struct ending *e, const struct node *node)
{
    for (int i = 0; i < node->in_count; i++)
        if (kind_of(e, node->in[i]) == SEQUENCE &&
            (!*whole_of(e, node->in[i]) || node->in[i]->shape.rank == 0))
            return false;
    return true;
}

/* Elementwise values of slices: worth it on the way to a product, and free of risk. */
static ad_tensor *hoist_elementwise(struct ending *e, struct node *node)
{
    ad_tensor *in[4];
    int rank = node->out[0].shape.rank;
    for (int i = 0; i < node->in_count; i++) {
        if (kind_of(e, node->in[i]) == SEQUENCE && node->in[i]->shape.rank != rank)
            return NULL;
        in[i] = stretch(e, node->in[i], rank);
    }
    return graph_node(e->loop->graph, node->op, node->attributes, in, node->in_count);
}

/* (batch, features) x_t times a fixed matrix. */
static ad_tensor *hoist_product(struct ending *e, struct node *node)
{
    if (node->in[0]->shape.rank != 2 || node->in[1]->shape.rank != 2 ||
        kind_of(e, node->in[1]) != INVARIANT)
        return NULL;
    return graph_node2(&op_matmul, node->attributes, *whole_of(e, node->in[0]), node->in[1]);
}

static void hoist(struct ending *e)
{
    ad_loop *loop = e->loop;
    for (int i = 0; i < loop->slices; i++)
        *whole_of(e, loop->slice[i].feed) = loop->slice[i].whole;
    for (int id = loop->first; id < loop->end; id++) {
        struct node *node = loop->graph->nodes[id];
        if (e->kind[id - loop->first] != SEQUENCE || node->op == &op_feed || node->out_count != 1 ||
            !all_inputs_made(e, node))
            continue;
        if (node->op->row && node->in_count <= 4)
            *whole_of(e, &node->out[0]) = hoist_elementwise(e, node);
        else if (node->op == &op_matmul)
            *whole_of(e, &node->out[0]) = hoist_product(e, node);
    }
}

/* A feed of the body for a tensor of the graph; value is what the scan node gets for it. */
static bool add_input(struct ending *e, const ad_tensor *of_graph, ad_tensor *value)
{
    ad_graph *body = e->loop->body;
    if (!ARENA_ROOM(&e->loop->graph->arena, e->in, e->in_capacity, e->in_count + 1) ||
        !ARENA_ROOM(&body->arena, body->inputs, e->input_capacity, body->input_count + 1))
        return false;
    struct feed_attributes a = {"step", of_graph->type, of_graph->shape, false};
    ad_tensor *feed = graph_node(body, &op_feed, &a, NULL, 0);
    if (graph_is_poison(feed) || !copy_put(&e->copy, of_graph, feed))
        return false;
    body->inputs[body->input_count++] = feed;
    if (value)
        e->in[e->in_count++] = value;
    return true;
}

/* What stays in the body: nodes that differ from step to step and were not made outside. */
static bool stays(const struct ending *e, int id)
{
    const struct node *node = e->loop->graph->nodes[id];
    int i = id - e->loop->first;
    return e->kind[i] != INVARIANT && node->op != &op_feed &&
           !(e->kind[i] == SEQUENCE && e->whole[i]);
}

static bool add_inputs_of_kind(struct ending *e, int kind)
{
    ad_loop *loop = e->loop;
    for (int id = loop->first; id < loop->end; id++)
        for (int i = 0; stays(e, id) && i < loop->graph->nodes[id]->in_count; i++) {
            ad_tensor *t = loop->graph->nodes[id]->in[i];
            if (kind_of(e, t) != kind || copy_get(&e->copy, t) ||
                (kind == SEQUENCE && !*whole_of(e, t)))
                continue;
            if (!add_input(e, t, kind == SEQUENCE ? *whole_of(e, t) : t))
                return false;
        }
    return true;
}

/* Next values of carries that are not made in the body: a carry itself, a slice, something fixed.
 */
static bool add_plain_nexts(struct ending *e, int kind)
{
    ad_loop *loop = e->loop;
    for (int i = 0; i < loop->carries; i++) {
        ad_tensor *t = loop->carry[i].next;
        if (kind_of(e, t) != kind || copy_get(&e->copy, t) ||
            (kind == SEQUENCE && !*whole_of(e, t)))
            continue;
        if (!add_input(e, t, kind == SEQUENCE ? *whole_of(e, t) : t))
            return false;
    }
    return true;
}

static bool add_inputs(struct ending *e)
{
    ad_loop *loop = e->loop;
    if (!add_inputs_of_kind(e, SEQUENCE) || !add_plain_nexts(e, SEQUENCE))
        return false;
    if (!e->in_count &&
        !add_input(e, loop->slice[0].feed,
                   loop->slice[0].whole)) /* something must say how many steps there are */
        return false;
    e->a.slices = e->in_count;
    for (int i = 0; i < loop->carries; i++)
        if (!add_input(e, loop->carry[i].feed, loop->carry[i].initial))
            return false;
    e->a.carries = loop->carries;
    e->a.reverse = loop->reverse;
    if (!add_inputs_of_kind(e, INVARIANT) || !add_plain_nexts(e, INVARIANT))
        return false;
    e->a.index = loop->index != NULL;
    return !loop->index || add_input(e, loop->index, NULL);
}

static bool fill_body(struct ending *e)
{
    ad_loop *loop = e->loop;
    for (int id = loop->first; id < loop->end; id++)
        if (stays(e, id) && !copy_node(&e->copy, loop->graph->nodes[id]))
            return false;
    loop->body->outputs =
        arena_array(&loop->body->arena, (size_t)loop->carries + 1, sizeof *loop->body->outputs);
    if (!loop->body->outputs)
        return false;
    for (int i = 0; i < loop->carries; i++)
        loop->body->outputs[i] = copy_get(&e->copy, loop->carry[i].next);
    loop->body->output_count = loop->carries;
    return true;
}

/* For ad_scan_all: every tensor of the body with its value at all steps. */
static bool remember(struct ending *e)
{
    ad_loop *loop = e->loop;
    size_t count = 1;
    for (int id = loop->first; id < loop->end; id++)
        count += (size_t)loop->graph->nodes[id]->out_count;
    loop->of_body = arena_array(&loop->graph->arena, count, sizeof *loop->of_body);
    loop->all = arena_array(&loop->graph->arena, count, sizeof *loop->all);
    if (!loop->of_body || !loop->all)
        return false;
    for (int id = loop->first; id < loop->end; id++)
        for (int i = 0;
             e->kind[id - loop->first] != INVARIANT && i < loop->graph->nodes[id]->out_count; i++) {
            ad_tensor *t = &loop->graph->nodes[id]->out[i], *inside = copy_get(&e->copy, t);
            ad_tensor *all =
                e->kind[id - loop->first] == SEQUENCE ? e->whole[id - loop->first] : NULL;
            int result = inside ? scan_stack_of(loop->body, inside, loop->carries) : -1;
            loop->of_body[loop->known] = t;
            loop->all[loop->known++] = all           ? all
                                       : result >= 0 ? graph_result(loop->scan, result)
                                                     : NULL;
        }
    return true;
}

/* Takes the nodes of the body out of the user's graph; the fixed ones close up. */
static void remove_body(struct ending *e)
{
    ad_loop *loop = e->loop;
    ad_graph *graph = loop->graph;
    int kept = loop->first;
    for (int id = loop->first; id < graph->count; id++) {
        struct node *node = graph->nodes[id];
        bool gone = id < loop->end && e->kind[id - loop->first] != INVARIANT;
        node->id = gone ? -2 : kept;
        if (!gone)
            graph->nodes[kept++] = node;
    }
    graph->count = kept;
    graph->stamped = graph->stamped < kept ? graph->stamped : kept;
}

/* The last node of the body, as the nearest place known; NULL in an empty one. */
static const struct node *last_node(const ad_loop *loop)
{
    return loop->end > loop->first ? loop->graph->nodes[loop->end - 1] : NULL;
}

/* What is wrong with the scan, and the node whose place says where. */
static const char *mistake(const ad_loop *loop, const struct node **at)
{
    *at = last_node(loop);
    if (!loop->slices)
        return "neither ad_scan_input nor ad_scan_steps; one has to say how many steps there are";
    for (int i = 0; i < loop->carries; i++) {
        *at = loop->carry[i].feed->node;
        if (!loop->carry[i].next)
            return arena_format(&loop->graph->arena, "carry %d of %d has no ad_scan_update", i + 1,
                                loop->carries);
    }
    for (int i = 0; i < loop->graph->assign_count; i++) {
        *at = loop->graph->assigns[i].owner;
        if ((*at)->id >= loop->first)
            return "an assignment in the body (batch norm, say); keep it outside, or use layer "
                   "norm";
    }
    return NULL;
}

static bool end(struct ending *e)
{
    ad_loop *loop = e->loop;
    classify(e);
    if (!check_variables(e))
        return false;
    hoist(e);
    if (loop->graph->poison || !add_inputs(e) || !fill_body(e))
        return false;
    loop->scan = scan_make(loop->graph, loop->body, &e->a, e->in, e->in_count);
    if (graph_is_poison(loop->scan))
        return false;
    return remember(e);
}

static ad_status prepare(struct ending *e)
{
    ad_loop *loop = e->loop;
    ad_graph *graph = loop->graph;
    size_t n = (size_t)(loop->end - loop->first) + 1;
    loop->body = graph_body_new(graph);
    if (!loop->body)
        return AD_ERROR_MEMORY;
    e->kind = arena_alloc(&graph->arena, n);
    e->initial = arena_array(&graph->arena, n, sizeof *e->initial);
    e->whole = arena_array(&graph->arena, n, sizeof *e->whole);
    return e->kind && e->initial && e->whole ? AD_OK : AD_ERROR_MEMORY;
}

ad_status ad_scan_end(ad_loop *loop)
{
    if (!loop || loop->ended)
        return fail(AD_ERROR_ARGUMENT, "ad_scan_end: %s",
                    loop ? "the scan has ended already" : "the loop is NULL");
    ad_graph *graph = loop->graph;
    GRAPH_HOLD(graph);
    loop->ended = true;
    loop->end = graph->count;
    graph->loop = loop->outer;
    const struct node *at = NULL;
    const char *wrong = graph->poison ? NULL : mistake(loop, &at);
    if (wrong)
        blame(graph_poison(graph, AD_ERROR_ARGUMENT, "scan: %s", wrong), at);
    struct ending e = {.loop = loop};
    if (!graph->poison && prepare(&e) == AD_OK && copy_begin(&e.copy, graph, loop->body)) {
        bool ok = end(&e);
        copy_end(&e.copy);
        if (ok) {
            remove_body(&e);
            return AD_OK;
        }
    }
    loop->scan = poison_of(loop);
    blame(loop->scan, last_node(loop));
    return fail(graph_poison_status(loop->scan), "%s", ad_tensor_error(loop->scan));
}

ad_tensor *ad_scan_all(ad_loop *loop, ad_tensor *of_body)
{
    if (!loop || !loop->ended || graph_is_poison(of_body) || graph_is_poison(loop->scan))
        return loop && !loop->ended ? graph_poison(loop->graph, AD_ERROR_ARGUMENT,
                                                   "ad_scan_all: call ad_scan_end first")
                                    : poison_of(loop);
    for (int i = 0; i < loop->known; i++)
        if (loop->of_body[i] == of_body && loop->all[i])
            return loop->all[i];
    return graph_poison(loop->graph, AD_ERROR_ARGUMENT,
                        "ad_scan_all: the tensor does not change from step to step; use it as it "
                        "is, outside the body");
}

ad_tensor *ad_scan_last(ad_loop *loop, ad_tensor *carry)
{
    if (!loop || !loop->ended || graph_is_poison(carry) || graph_is_poison(loop->scan))
        return loop && !loop->ended ? graph_poison(loop->graph, AD_ERROR_ARGUMENT,
                                                   "ad_scan_last: call ad_scan_end first")
                                    : poison_of(loop);
    int i = carry_number(loop, carry);
    if (i < 0)
        return graph_poison(loop->graph, AD_ERROR_ARGUMENT,
                            "ad_scan_last: the tensor is no carry of this scan");
    return graph_result(loop->scan, i);
}
