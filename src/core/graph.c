/* Nodes, poison, names: what every op builder stands on. */
#include "core/graph.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/list.h"
#include "base/whole.h"
#include "core/attributes.h"
#include "core/check.h"
#include "core/names.h"

/* ---- poison: a tensor that stands for a mistake */

struct poison_attributes {
    ad_status status;
    const char *message;
};

const struct op op_poison = {
    .name = "poison", .doc = "a mistake made while building", .no_gradient = "it has no value"};

static struct node nowhere_node = {
    .op = &op_poison,
    .id = -1,
    .attributes = &(struct poison_attributes){AD_ERROR_ARGUMENT,
                                              "a tensor was NULL, or belongs to no graph"}};
static ad_tensor nowhere = {.node = &nowhere_node};

/* What this thread last said about a tensor of no graph, and where: there is no graph to keep it.
 */
static _Thread_local struct {
    char words[400];
    const char *file;
    int line;
} lost;

bool graph_is_poison(const ad_tensor *tensor)
{
    return !tensor || tensor->node->op == &op_poison;
}

ad_status graph_poison_status(const ad_tensor *tensor)
{
    const struct poison_attributes *a = tensor->node->attributes;
    return a->status;
}

/* A poisoned tensor with room for its message; NULL without memory. */
static ad_tensor *poison_new(ad_graph *graph, ad_status status, const char *message)
{
    struct node *node = arena_alloc(&graph->arena, sizeof *node);
    ad_tensor *tensor = arena_alloc(&graph->arena, sizeof *tensor);
    struct poison_attributes *attributes = arena_alloc(&graph->arena, sizeof *attributes);
    const char *copy = arena_text(&graph->arena, message);
    if (!node || !tensor || !attributes || !copy)
        return NULL;
    *attributes = (struct poison_attributes){status, copy};
    *node = (struct node){
        .op = &op_poison, .graph = graph, .id = -1, .out = tensor, .attributes = attributes};
    tensor->node = node;
    return tensor;
}

ad_tensor *graph_poison(ad_graph *graph, ad_status status, const char *format, ...)
{
    GRAPH_HOLD(graph);
    char message[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    fail(status, "%s", message);
    if (!graph) {
        snprintf(lost.words, sizeof lost.words, "%.390s", message);
        lost.file = NULL;
        return &nowhere;
    }
    ad_tensor *tensor = poison_new(graph, status, message);
    if (!tensor) {
        graph->failed = true;
        return graph->no_memory;
    }
    if (!graph->poison)
        graph->poison = tensor;
    return tensor;
}

ad_tensor *graph_nowhere(void)
{
    return graph_poison(NULL, AD_ERROR_ARGUMENT, "a tensor was NULL, or belongs to no graph");
}

const char *ad_tensor_error(const ad_tensor *tensor)
{
    static _Thread_local char text[1200];
    if (!tensor)
        tensor = &nowhere;
    if (!graph_is_poison(tensor))
        return NULL;
    const struct node *node = tensor->node;
    const struct poison_attributes *a = node->attributes;
    if (tensor == &nowhere && *lost.words) {
        snprintf(text, sizeof text, "%s:%d: %s", lost.file ? lost.file : "?", lost.line,
                 lost.words);
        return lost.file ? text : lost.words;
    }
    if (!node->file)
        return a->message;
    snprintf(text, sizeof text, "%s:%d: %s", node->file, node->line, a->message);
    return text;
}

static void stamp(struct node *node, const char *file, int line)
{
    if (!node->file && node != &nowhere_node) {
        node->file = file;
        node->line = line;
    }
}

ad_tensor *ad_at(const char *file, int line, ad_tensor *tensor)
{
    if (tensor == &nowhere && !lost.file) {
        lost.file = file;
        lost.line = line;
    }
    if (!tensor || tensor == &nowhere)
        return tensor;
    ad_graph *graph = tensor->node->graph;
    GRAPH_HOLD(graph);
    for (; graph->stamped < graph->count; graph->stamped++)
        stamp(graph->nodes[graph->stamped], file, line);
    stamp(tensor->node, file, line);
    if (graph->poison)
        stamp(graph->poison->node, file, line);
    return tensor;
}

/* ---- graphs */

ad_graph *graph_new(ad_context *context)
{
    ad_graph *graph = memory_zeroed(&context->allocator, sizeof *graph);
    if (!graph)
        return NULL;
    context_keep(context);
    graph->context = context;
    graph->root = graph;
    atomic_init(&graph->users, 1);
    arena_init(&graph->arena, &context->allocator);
    graph->no_memory =
        poison_new(graph, AD_ERROR_MEMORY, "out of memory while the graph was built");
    graph->names = names_new(&graph->arena);
    if (graph->no_memory && graph->names)
        return graph;
    ad_graph_free(graph);
    return NULL;
}

ad_graph *ad_graph_new(ad_context *context)
{
    if (!context) {
        fail(AD_ERROR_ARGUMENT,
             "ad_graph_new: the context is NULL; ad_context_new says why in ad_error()");
        return NULL;
    }
    ad_graph *graph = graph_new(context);
    struct lock *lock = graph ? memory_alloc(&context->allocator, sizeof *lock) : NULL;
    if (lock) {
        lock_init(lock);
        graph->lock = lock;
        graph->torn = poison_new(graph, AD_ERROR_BUSY,
                                 "this process was forked off while another thread built on the "
                                 "graph, which may be half changed here");
    }
    if (lock && graph->torn)
        return graph;
    ad_graph_free(graph);
    return NULL;
}

const void *graph_thread(void)
{
    static _Thread_local char mine;
    return &mine;
}

struct lock *graph_hold(const ad_graph *graph)
{
    struct lock *lock = graph ? graph->root->lock : NULL;
    if (!lock)
        return NULL;
    lock_take(lock);
    if (lock->torn && !graph->root->poison)
        graph->root->poison = graph->root->torn;
    return lock;
}

void graph_let_go(struct lock **held)
{
    if (*held)
        lock_drop(*held);
}

void graph_keep(ad_graph *graph)
{
    atomic_fetch_add(&graph->users, 1);
}

void ad_graph_free(ad_graph *graph)
{
    if (!graph || atomic_fetch_sub(&graph->users, 1) > 1)
        return;
    ad_context *context = graph->context;
    const ad_allocator *allocator = &context->allocator;
    for (int i = 0; i < graph->body_count; i++)
        ad_graph_free(graph->bodies[i]);
    LIST_FREE(allocator, graph->bodies, graph->body_capacity);
    memory_free(allocator, graph->nodes, sizeof *graph->nodes * (size_t)graph->capacity);
    memory_free(allocator, graph->assigns, sizeof *graph->assigns * (size_t)graph->assign_capacity);
    memory_free(allocator, graph->variables,
                sizeof *graph->variables * (size_t)graph->variable_capacity);
    memory_free(allocator, graph->text, graph->text_size);
    arena_done(&graph->arena);
    if (graph->lock) {
        lock_done(graph->lock);
        memory_free(allocator, graph->lock, sizeof *graph->lock);
    }
    memory_free(allocator, graph, sizeof *graph);
    ad_context_free(context);
}

ad_graph *graph_beside(ad_graph *graph)
{
    ad_graph *other = graph_new(graph->context);
    if (other)
        other->root = graph->root;
    return other;
}

ad_graph *graph_body_new(ad_graph *graph)
{
    GRAPH_HOLD(graph);
    if (!LIST_ROOM(&graph->context->allocator, graph->bodies, graph->body_capacity,
                   graph->body_count + 1))
        return NULL;
    ad_graph *body = graph_beside(graph);
    if (body)
        graph->bodies[graph->body_count++] = body;
    return body;
}

ad_graph *graph_body(const ad_graph *graph, int number)
{
    return number >= 0 && number < graph->body_count ? graph->bodies[number] : NULL;
}

int graph_body_number(const ad_graph *graph, const ad_graph *body)
{
    for (int i = 0; i < graph->body_count; i++)
        if (graph->bodies[i] == body)
            return i;
    return -1;
}

void graph_stamp_as(ad_graph *graph, const struct node *node)
{
    GRAPH_HOLD(graph);
    for (; graph->stamped < graph->count; graph->stamped++)
        stamp(graph->nodes[graph->stamped], node->file, node->line);
}

/* ---- nodes */

static ad_tensor *no_memory(ad_graph *graph)
{
    graph->failed = true;
    if (!graph->poison)
        graph->poison = graph->no_memory;
    return graph->no_memory;
}

ad_tensor *graph_check(ad_graph *graph, const char *op, ad_tensor *const *in, int in_count)
{
    for (int i = 0; i < in_count; i++) {
        if (!in[i])
            return graph_poison(graph, AD_ERROR_ARGUMENT, "%s: input %d is NULL", op, i + 1);
        if (graph_is_poison(in[i]))
            return in[i];
        if (in[i]->node->id < 0)
            return graph_poison(graph, AD_ERROR_ARGUMENT,
                                "%s: input %d belongs to a scan body that has ended; ad_scan_all "
                                "gives its value at every step",
                                op, i + 1);
        if (!graph || in[i]->node->graph == graph)
            continue;
        return graph_poison(graph, AD_ERROR_ARGUMENT,
                            "%s: input %d belongs to another graph; build both sides in one graph",
                            op, i + 1);
    }
    return NULL;
}

ad_tensor *graph_passed(ad_graph *graph, const char *call, ad_status status)
{
    return status == AD_OK ? NULL : graph_poison(graph, status, "%s: %s", call, ad_error());
}

/* The message of a shape rule with the inputs it saw: "matmul: inner sizes 3 and 4 differ; got f32
 * (2, 3) and f32 (4, 5)". */
static ad_tensor *poison_with_inputs(ad_graph *graph, ad_status status, const struct op *op,
                                     ad_tensor *const *in, int in_count)
{
    char text[1000];
    int n = snprintf(text, sizeof text, "%s: %s%s", op->name, ad_error(), in_count ? "; got " : "");
    for (int i = 0; i < in_count && i < 6 && n < (int)sizeof text; i++) {
        const char *name = in[i]->name;
        n += snprintf(text + n, sizeof text - (size_t)n, "%s%s %s%s%s%s", i ? ", " : "",
                      ad_type_name(in[i]->type), graph_shape_text(graph, &in[i]->shape),
                      name ? " '" : "", name ? name : "", name ? "'" : "");
    }
    return graph_poison(graph, status, "%s", text);
}

static int result_count(const struct op *op, const void *attributes)
{
    if (op->results < 0)
        return op->result_count(attributes);
    return op->results ? op->results : 1;
}

/* A node with its arrays, not yet in the list; NULL without memory. */
static struct node *node_new(ad_graph *graph, const struct op *op, ad_tensor *const *in,
                             int in_count, int out_count)
{
    struct node *node = arena_alloc(&graph->arena, sizeof *node);
    ad_tensor **inputs = arena_alloc(&graph->arena, sizeof *inputs * (size_t)(in_count + 1));
    ad_tensor *outputs = arena_alloc(&graph->arena, sizeof *outputs * (size_t)(out_count + 1));
    if (!node || !inputs || !outputs)
        return NULL;
    if (in_count)
        memcpy(inputs, in, sizeof *inputs * (size_t)in_count);
    *node = (struct node){.op = op,
                          .graph = graph,
                          .in = inputs,
                          .in_count = in_count,
                          .out = outputs,
                          .out_count = out_count,
                          .device = graph->device};
    for (int i = 0; i < out_count; i++)
        outputs[i] = (ad_tensor){.node = node, .index = i};
    return node;
}

static bool graph_append(ad_graph *graph, struct node *node)
{
    if (!list_grow(&graph->context->allocator, &graph->nodes, &graph->capacity, graph->count + 1,
                   sizeof *graph->nodes))
        return false;
    node->id = graph->count;
    graph->nodes[graph->count++] = node;
    return true;
}

/* What no shape rule has to look for: types and sizes that are none. */
static ad_status check_result(const ad_graph *graph, ad_type type, const ad_shape *shape)
{
    if ((unsigned)type >= AD_TYPE_COUNT)
        return fail(AD_ERROR_TYPE, "%d is no element type; see ad_type", (int)type);
    for (int i = 0; i < shape->rank; i++)
        if (!dim_is_known(graph, shape->size[i]))
            return fail(AD_ERROR_SHAPE,
                        "axis %d gets size %lld; a size is a number from 0 up, or made by ad_open "
                        "of the same graph",
                        i, (long long)shape->size[i]);
    if (!shape_fits(shape))
        return fail(AD_ERROR_SHAPE, "a tensor of %s, more than 2^%d elements",
                    graph_shape_text(graph, shape), SIZE_BITS);
    return AD_OK;
}

/* Runs the shape rule into the node's results. */
static ad_status infer_results(ad_graph *graph, struct node *node)
{
    ad_type few_types[8];
    ad_shape few_shapes[8];
    int n = node->out_count;
    ad_type *types = n <= 8 ? few_types : arena_alloc(&graph->arena, sizeof *types * (size_t)n);
    ad_shape *shapes = n <= 8 ? few_shapes : arena_alloc(&graph->arena, sizeof *shapes * (size_t)n);
    if (!types || !shapes)
        return fail(AD_ERROR_MEMORY, "out of memory");
    struct infer infer = {graph,          node->op, node->attributes, node->in,
                          node->in_count, types,    shapes,           n};
    ad_status status = node->op->infer(&infer);
    for (int i = 0; status == AD_OK && i < n; i++) {
        status = check_result(graph, types[i], &shapes[i]);
        node->out[i].type = types[i];
        node->out[i].shape = shapes[i];
    }
    return status == AD_OK ? check_sizes(graph, node->op, node->attributes) : status;
}

ad_tensor *graph_node(ad_graph *graph, const struct op *op, const void *attributes,
                      ad_tensor *const *in, int in_count)
{
    GRAPH_HOLD(graph);
    ad_tensor *poison = graph_check(graph, op->name, in, in_count);
    if (poison)
        return poison;
    if (!graph)
        return &nowhere;
    if (graph->loop && graph->builder != graph_thread())
        return graph_poison(graph, AD_ERROR_BUSY,
                            "%s: another thread builds the body of a scan on this graph; build "
                            "here after its ad_scan_end",
                            op->name);
    ad_status status = check_node(graph, op, attributes, in_count);
    if (status != AD_OK)
        return poison_with_inputs(graph, status, op, in, in_count);
    struct node *node = node_new(graph, op, in, in_count, result_count(op, attributes));
    if (!node || !attributes_copy(graph, op, attributes, &node->attributes))
        return no_memory(graph);
    bool sound = !graph->poison;
    status = infer_results(graph, node);
    if (status == AD_ERROR_MEMORY || graph->failed)
        return no_memory(graph);
    if (sound && graph->poison) { /* a size that cannot be: said again with the op and its inputs */
        status = fail(AD_ERROR_SHAPE, "%s", ad_tensor_error(graph->poison));
        graph->poison = NULL;
    }
    if (status != AD_OK)
        return poison_with_inputs(graph, status, op, in, in_count);
    return graph_append(graph, node) ? &node->out[0] : no_memory(graph);
}

static ad_graph *graph_of(ad_tensor *const *in, int in_count)
{
    for (int i = 0; i < in_count; i++)
        if (in[i] && in[i]->node->graph)
            return in[i]->node->graph;
    return NULL;
}

ad_tensor *graph_node1(const struct op *op, const void *attributes, ad_tensor *x)
{
    return graph_node(graph_of(&x, 1), op, attributes, &x, 1);
}

ad_tensor *graph_node2(const struct op *op, const void *attributes, ad_tensor *x, ad_tensor *z)
{
    ad_tensor *in[] = {x, z};
    return graph_node(graph_of(in, 2), op, attributes, in, 2);
}

ad_tensor *graph_node3(const struct op *op, const void *attributes, ad_tensor *x, ad_tensor *y,
                       ad_tensor *z)
{
    ad_tensor *in[] = {x, y, z};
    return graph_node(graph_of(in, 3), op, attributes, in, 3);
}

ad_tensor *graph_result(ad_tensor *first, int index)
{
    return graph_is_poison(first) ? first : &first->node->out[index];
}

ad_status graph_failed_at(const struct node *node, ad_status status)
{
    const char *name = node->out_count && node->out[0].name ? node->out[0].name : node->op->name;
    if (node->file)
        return fail(status, "%s (made at %s:%d): %s", name, node->file, node->line, ad_error());
    return fail(status, "%s: %s", name, ad_error());
}

/* ---- looking at tensors */

ad_type ad_tensor_type(const ad_tensor *tensor)
{
    return tensor ? tensor->type : AD_F32;
}

ad_shape ad_tensor_shape(const ad_tensor *tensor)
{
    return tensor ? tensor->shape : (ad_shape){0};
}

const char *ad_tensor_name(const ad_tensor *tensor)
{
    return tensor && tensor->name ? tensor->name : "";
}

ad_graph *ad_tensor_graph(const ad_tensor *tensor)
{
    return tensor ? tensor->node->graph : NULL;
}

bool graph_is(const ad_tensor *tensor, const struct op *op)
{
    return tensor->node->op == op;
}

/* ---- shapes */

const char *graph_shape_text(const ad_graph *graph, const ad_shape *shape)
{
    static _Thread_local char buffer[4][160];
    static _Thread_local int turn;
    char *out = buffer[turn++ & 3];
    struct text text;
    text_init_fixed(&text, out, sizeof buffer[0]);
    dim_print_shape(graph, shape, &text);
    return out;
}

bool graph_shapes_equal(const ad_shape *a, const ad_shape *b)
{
    return a->rank == b->rank && memcmp(a->size, b->size, sizeof a->size[0] * (size_t)a->rank) == 0;
}

bool graph_broadcast(const ad_shape *a, const ad_shape *b, ad_shape *out)
{
    int rank = a->rank > b->rank ? a->rank : b->rank;
    *out = (ad_shape){.rank = rank};
    for (int i = 1; i <= rank; i++) {
        ad_dim p = i <= a->rank ? a->size[a->rank - i] : 1,
               q = i <= b->rank ? b->size[b->rank - i] : 1;
        if (p != q && p != 1 && q != 1)
            return false;
        out->size[rank - i] = p == 1 ? q : p;
    }
    return true;
}

int graph_axis(int axis, int rank)
{
    if (axis < 0)
        axis += rank;
    return axis >= 0 && axis < rank ? axis : -1;
}

bool shape_fits(const ad_shape *shape)
{
    int64_t most = (int64_t)1 << SIZE_BITS, count = 1;
    for (int i = 0; i < shape->rank; i++) {
        int64_t size = shape->size[i];
        if (size > 1 && __builtin_mul_overflow(count, size, &count))
            return false;
        if (size > most || count > most)
            return false;
    }
    return true;
}

int64_t shape_count(const ad_shape *shape)
{
    int64_t count = 1;
    for (int i = 0; i < shape->rank; i++)
        count = whole_mul(count, shape->size[i]);
    return count;
}
