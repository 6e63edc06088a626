/* A graph as text, one line a node, and back.
 *
 *     adze graph 1
 *     streams 3
 *     %0 = full type=f32 shape=(512, 784) value=0 : f32(512, 784)
 *     %1 = variable %0 name="fc.weight" trained=true : f32(512, 784)
 *     %4 = max_pool %3 window=2 stride=2 : f32(batch, 14, 14, 8), i32(batch, 14, 14, 8)
 *     %5 = relu %4.0 named "h" device 1 : ...
 *     assign %9 %1 %8 before %1
 *     output %3.0
 *
 * A tensor is %node or %node.result.  The part after " : " repeats what the shape rules find and is
 * checked against them.  Bodies of scans come first, each between "body" and "end". */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/list.h"
#include "core/attributes.h"
#include "core/graph.h"
#include "core/names.h"

/* ---- writing */

static void write_tensor(const ad_tensor *t, struct text *text)
{
    text_add(text, t->index ? "%%%d.%d" : "%%%d", t->node->id, t->index);
}

static bool named_apart(const ad_tensor *t)
{
    return t->name && t->node->op != &op_variable && t->node->op != &op_feed;
}

static void write_node(const struct node *node, struct text *text)
{
    const ad_graph *graph = node->graph;
    text_add(text, "%%%d = %s", node->id, node->op->name);
    for (int i = 0; i < node->in_count; i++) {
        text_add(text, " ");
        write_tensor(node->in[i], text);
    }
    attributes_print(graph, node->op, node->attributes, text);
    for (int i = 0; i < node->out_count; i++)
        if (named_apart(&node->out[i]))
            text_add(text, " named.%d=%s", i, node->out[i].name);
    if (node->device)
        text_add(text, " device=%d", node->device);
    for (int i = 0; i < node->out_count; i++) {
        text_add(text, "%s%s", i ? ", " : " : ", ad_type_name(node->out[i].type));
        dim_print_shape(graph, &node->out[i].shape, text);
    }
    text_add(text, "\n");
}

static void write_tensors(const char *word, ad_tensor *const *tensors, int count, struct text *text)
{
    for (int i = 0; i < count; i++) {
        text_add(text, "%s ", word);
        write_tensor(tensors[i], text);
        text_add(text, "\n");
    }
}

static void write_assignment(const struct assignment *a, struct text *text)
{
    text_add(text, "assign %%%d ", a->owner->id);
    write_tensor(a->variable, text);
    text_add(text, " ");
    write_tensor(a->value, text);
    text_add(text, " before ");
    write_tensor(a->before, text);
    text_add(text, "\n");
}

/* Open sizes are numbered in the outermost graph, for its bodies too, so they come first. */
static void write_graph(const ad_graph *graph, struct text *text)
{
    for (int i = 0; graph->root == graph && i < dim_open_count(graph); i++)
        text_add(text, "open %s\n", dim_open_name(graph, i));
    for (int i = 0; i < graph->body_count; i++) {
        text_add(text, "body\n");
        write_graph(graph->bodies[i], text);
        text_add(text, "end\n");
    }
    if (graph->streams)
        text_add(text, "streams %u\n", graph->streams);
    for (int i = 0; i < graph->count; i++)
        write_node(graph->nodes[i], text);
    for (int i = 0; i < graph->assign_count; i++)
        write_assignment(&graph->assigns[i], text);
    write_tensors("input", graph->inputs, graph->input_count, text);
    write_tensors("output", graph->outputs, graph->output_count, text);
}

const char *ad_graph_text(ad_graph *graph)
{
    if (!graph)
        return "";
    const ad_allocator *allocator = &graph->context->allocator;
    struct text text;
    text_init(&text, allocator);
    text_add(&text, "adze graph 1\n");
    write_graph(graph, &text);
    if (text.failed) {
        text_done(&text);
        fail(AD_ERROR_MEMORY, "out of memory while a graph was written as text");
        return "";
    }
    memory_free(allocator, graph->text, graph->text_size);
    graph->text = text.data;
    graph->text_size = text.capacity;
    return graph->text;
}

/* ---- reading */

struct reader {
    const char *at;
    int line;
    ad_context *context;
};

/* Characters of the line that a message shows. */
static int rest_of_line(const char *at)
{
    size_t rest = strcspn(at, "\n");
    return rest < 60 ? (int)rest : 60;
}

static ad_status bad(const struct reader *r, const char *what)
{
    return fail(AD_ERROR_FORMAT, "graph text, line %d: %s: '%.*s'", r->line, what,
                rest_of_line(r->at), r->at);
}

static bool accept(struct reader *r, const char *word)
{
    size_t n = strlen(word);
    if (strncmp(r->at, word, n))
        return false;
    r->at += n;
    return true;
}

static bool read_whole(struct reader *r, long *value)
{
    char *end;
    *value = strtol(r->at, &end, 10);
    bool ok = end != r->at;
    r->at = end;
    return ok;
}

static ad_tensor *read_tensor(struct reader *r, ad_graph *graph)
{
    long id, result = 0;
    if (!accept(r, "%") || !read_whole(r, &id) || id < 0 || id >= graph->count)
        return NULL;
    if (accept(r, ".") && !read_whole(r, &result))
        return NULL;
    return result >= 0 && result < graph->nodes[id]->out_count ? &graph->nodes[id]->out[result]
                                                               : NULL;
}

static bool next_line(struct reader *r)
{
    while (*r->at && *r->at != '\n')
        r->at++;
    r->line += *r->at == '\n';
    r->at += *r->at == '\n';
    return *r->at != 0;
}

/* The attribute text of a node: from here to " named.", " device=" or " : " outside quotes. */
static const char *attributes_end(const char *at)
{
    bool quoted = false;
    for (; *at && *at != '\n'; at++) {
        if (*at == '\\' && quoted && at[1])
            at++;
        else if (*at == '"')
            quoted = !quoted;
        else if (!quoted && (!strncmp(at, " : ", 3) || !strncmp(at, " named.", 7) ||
                             !strncmp(at, " device=", 8)))
            return at;
    }
    return at;
}

static void *read_attributes(struct reader *r, ad_graph *graph, const struct op *op)
{
    const char *end = attributes_end(r->at);
    char *text = arena_copy(&graph->arena, r->at, (size_t)(end - r->at) + 1);
    if (!text)
        return NULL;
    text[end - r->at] = 0;
    r->at = end;
    return attributes_read(graph, op, text);
}

/* Checks that the shape rules found what the text says. */
static ad_status check_results(struct reader *r, const struct node *node)
{
    const char *said = r->at;
    struct text text;
    text_init(&text, &r->context->allocator);
    for (int i = 0; i < node->out_count; i++) {
        text_add(&text, "%s%s", i ? ", " : " : ", ad_type_name(node->out[i].type));
        dim_print_shape(node->graph, &node->out[i].shape, &text);
    }
    bool equal = !text.failed && accept(r, text_string(&text)) && (*r->at == '\n' || !*r->at);
    if (!equal)
        fail(AD_ERROR_FORMAT, "graph text, line %d: %s gives '%s', not '%.*s'", r->line,
             node->op->name, text_string(&text), rest_of_line(said), said);
    text_done(&text);
    return equal ? AD_OK : AD_ERROR_FORMAT;
}

static ad_status read_names(struct reader *r, struct node *node)
{
    while (accept(r, " named.")) {
        long i;
        if (!read_whole(r, &i) || i < 0 || i >= node->out_count || !accept(r, "="))
            return bad(r, "a name that cannot be read");
        size_t n = strcspn(r->at, " \n");
        char *name = arena_copy(&node->graph->arena, r->at, n + 1);
        if (!name)
            return AD_ERROR_MEMORY;
        name[n] = 0;
        r->at += n;
        node->out[i].name = name;
        if (!names_put(node->graph->names, name, &node->out[i]))
            return AD_ERROR_MEMORY;
    }
    long device = 0;
    if (accept(r, " device=") &&
        (!read_whole(r, &device) || device < 0 || device >= r->context->devices))
        return bad(r, "a device that the context does not have");
    node->device = (int)device;
    return AD_OK;
}

static ad_status register_named(ad_graph *graph, struct node *node)
{
    if (node->op != &op_variable && node->op != &op_feed)
        return AD_OK;
    const char *name = node->op == &op_feed
                           ? ((struct feed_attributes *)node->attributes)->name
                           : ((struct variable_attributes *)node->attributes)->name;
    if (node->op == &op_feed && graph->root != graph)
        return AD_OK; /* the inputs of a body are known by their places */
    if (!name || names_find(graph->names, name))
        return fail(AD_ERROR_FORMAT, "graph text: a %s without a name of its own", node->op->name);
    node->out[0].name = name;
    if (!names_put(graph->names, name, &node->out[0]))
        return AD_ERROR_MEMORY;
    if (node->op == &op_feed)
        return AD_OK;
    if (!LIST_ROOM(&graph->context->allocator, graph->variables, graph->variable_capacity,
                   graph->variable_count + 1))
        return AD_ERROR_MEMORY;
    graph->variables[graph->variable_count++] = &node->out[0];
    return AD_OK;
}

static ad_status read_node(struct reader *r, ad_graph *graph)
{
    long id;
    if (!read_whole(r, &id) || id != graph->count || !accept(r, " = "))
        return bad(r, "nodes must be numbered in order");
    char name[64] = {0};
    size_t n = strcspn(r->at, " \n");
    memcpy(name, r->at, n < sizeof name ? n : sizeof name - 1);
    const struct op *op = op_find(name);
    if (!op || !op->infer)
        return bad(r, "no op of that name");
    r->at += n;
    ad_tensor *in[256];
    int in_count = 0;
    while (!strncmp(r->at, " %", 2)) {
        r->at++;
        if (in_count == 256 || !(in[in_count++] = read_tensor(r, graph)))
            return bad(r, "an input that was not made before");
    }
    if (in_count < op->in_min || (op->in_max >= 0 && in_count > op->in_max))
        return bad(r, "a wrong number of inputs");
    void *attributes = read_attributes(r, graph, op);
    if (!attributes)
        return fail(AD_ERROR_FORMAT, "graph text, line %d: %s", r->line, ad_error());
    ad_tensor *first = graph_node(graph, op, attributes, in, in_count);
    if (graph_is_poison(first))
        return fail(AD_ERROR_FORMAT, "graph text, line %d: %s", r->line, ad_tensor_error(first));
    TRY(read_names(r, first->node));
    TRY(register_named(graph, first->node));
    return check_results(r, first->node);
}

static ad_status read_assignment(struct reader *r, ad_graph *graph)
{
    ad_tensor *owner = read_tensor(r, graph), *t[3] = {0};
    if (owner && accept(r, " "))
        t[0] = read_tensor(r, graph);
    if (t[0] && accept(r, " "))
        t[1] = read_tensor(r, graph);
    if (t[1] && accept(r, " before "))
        t[2] = read_tensor(r, graph);
    if (!t[2])
        return bad(r, "an assignment that cannot be read");
    if (graph_is_poison(ad_assign(owner, t[0], t[1])))
        return bad(r, "an assignment that does not fit");
    graph->assigns[graph->assign_count - 1].before = t[2];
    return AD_OK;
}

static ad_status read_end(struct reader *r, ad_graph *graph, ad_tensor ***list, int *count)
{
    ad_tensor *t = read_tensor(r, graph);
    if (!t)
        return bad(r, "no such tensor");
    if (*count % 64 == 0) { /* the arena keeps the outgrown lists: bodies have few ends */
        ad_tensor **grown = arena_array(&graph->arena, (size_t)*count + 64, sizeof *grown);
        if (!grown)
            return AD_ERROR_MEMORY;
        if (*count)
            memcpy(grown, *list, sizeof *grown * (size_t)*count);
        *list = grown;
    }
    (*list)[(*count)++] = t;
    return AD_OK;
}

static ad_status read_graph(struct reader *r, ad_graph *graph, int depth);

static ad_status read_body(struct reader *r, ad_graph *graph, int depth)
{
    if (depth == 8)
        return bad(r, "scans too deep inside each other");
    ad_graph *body = graph_body_new(graph);
    if (!body)
        return AD_ERROR_MEMORY;
    next_line(r);
    TRY(read_graph(r, body, depth + 1));
    return accept(r, "end") ? AD_OK : bad(r, "a body without its end");
}

static ad_status read_open(struct reader *r, ad_graph *graph)
{
    ad_dim dim;
    return dim_read(graph, &r->at, &dim) ? AD_OK : bad(r, "no name of a dimension");
}

static ad_status read_line(struct reader *r, ad_graph *graph, int depth)
{
    long streams;
    if (accept(r, "%"))
        return read_node(r, graph);
    if (accept(r, "assign "))
        return read_assignment(r, graph);
    if (accept(r, "input "))
        return read_end(r, graph, &graph->inputs, &graph->input_count);
    if (accept(r, "output "))
        return read_end(r, graph, &graph->outputs, &graph->output_count);
    if (accept(r, "open "))
        return read_open(r, graph);
    if (!strncmp(r->at, "body\n", 5))
        return read_body(r, graph, depth);
    if (accept(r, "streams ") && read_whole(r, &streams)) {
        graph->streams = (uint32_t)streams;
        return AD_OK;
    }
    return bad(r, "a line that cannot be read");
}

static ad_status read_graph(struct reader *r, ad_graph *graph, int depth)
{
    while (*r->at && strncmp(r->at, "end\n", 4)) {
        TRY(read_line(r, graph, depth));
        next_line(r);
    }
    return AD_OK;
}

ad_graph *ad_graph_read(ad_context *context, const char *text)
{
    struct reader r = {text, 1, context};
    if (!context || !text || !accept(&r, "adze graph 1\n")) {
        fail(AD_ERROR_FORMAT, "no graph text: it must begin with 'adze graph 1'");
        return NULL;
    }
    r.line = 2;
    ad_graph *graph = ad_graph_new(context);
    ad_status status = graph ? read_graph(&r, graph, 0) : AD_ERROR_MEMORY;
    if (status == AD_OK && *r.at)
        status = bad(&r, "text after the end");
    if (status == AD_OK)
        return graph;
    ad_graph_free(graph);
    return NULL;
}
