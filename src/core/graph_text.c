/* A graph as text, one line a node, and back.
 *
 *     adze graph 1
 *     layers 2 "linear"
 *     %0 = full type=f32 shape=(512, 784) value=0 : f32(512, 784)
 *     %1 = variable %0 name="fc.weight" : f32(512, 784)
 *     %4 = max_pool %3 window=2 stride=2 : f32(batch, 14, 14, 8), i32(batch, 14, 14, 8)
 *     %5 = relu %4.0 named.0="h" device=1 : ...
 *     assign %9 %1 %8
 *     output %3.0
 *
 * A tensor is %node or %node.result.  The part after " : " repeats what the shape rules find and is
 * checked against them.  Bodies of scans come first, each between "body" and "end".  "layers" says
 * how many unnamed layers of a kind there are, "scope" which scopes are open: what is built on goes
 * on with the names it would have had. */
#include <ctype.h>
#include <limits.h>
#include <string.h>

#include "base/error.h"
#include "base/list.h"
#include "base/quote.h"
#include "core/attributes.h"
#include "core/check.h"
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
            text_add(text, " named.%d=", i), quote_text(text, node->out[i].name);
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
    text_add(text, "\n");
}

/* What names of layers to come depend on. */
static void write_naming(const ad_graph *graph, struct text *text)
{
    const char *kind;
    int count;
    for (int i = 0; (kind = names_kind(graph->names, i, &count)); i++) {
        text_add(text, "layers %d ", count);
        quote_text(text, kind);
        text_add(text, "\n");
    }
    for (int i = 0; i < graph->scopes; i++) {
        text_add(text, "scope ");
        quote_text(text, graph->scope[i]);
        text_add(text, "\n");
    }
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
    write_naming(graph, text);
    for (int i = 0; i < graph->count; i++)
        write_node(graph->nodes[i], text);
    for (int i = 0; i < graph->assign_count; i++)
        write_assignment(&graph->assigns[i], text);
    write_tensors("input", graph->inputs, graph->input_count, text);
    write_tensors("output", graph->outputs, graph->output_count, text);
}

const char *ad_graph_text(ad_graph *graph)
{
    GRAPH_HOLD(graph);
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

enum { DEPTH_MAX = 64 }; /* of bodies in bodies */

struct reader {
    const char *at;
    int line;
    ad_context *context;
    ad_tensor **in; /* inputs of the node that is read */
    int in_capacity;
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

/* A whole number from 0 up that fits an int. */
static bool read_whole(struct reader *r, int *value)
{
    int64_t number = 0;
    const char *start = r->at;
    for (; isdigit((unsigned char)*r->at) && number <= INT_MAX; r->at++)
        number = 10 * number + (*r->at - '0');
    *value = number <= INT_MAX ? (int)number : 0;
    return r->at > start && number <= INT_MAX;
}

/* A name in quotes, in the graph's memory; NULL and fail() where there is none. */
static const char *read_name(struct reader *r, ad_graph *graph)
{
    char *name = arena_alloc(&graph->arena, quote_room(r->at));
    if (!name)
        return NULL;
    if (quote_read(&r->at, name))
        return name;
    bad(r, "a name that cannot be read");
    return NULL;
}

static ad_tensor *read_tensor(struct reader *r, ad_graph *graph)
{
    int id, result = 0;
    if (!accept(r, "%") || !read_whole(r, &id) || id >= graph->count)
        return NULL;
    if (accept(r, ".") && !read_whole(r, &result))
        return NULL;
    return result < graph->nodes[id]->out_count ? &graph->nodes[id]->out[result] : NULL;
}

/* Past the end of this line; false where something is left of it. */
static bool end_line(struct reader *r)
{
    if (*r->at && *r->at != '\n')
        return false;
    r->line += *r->at == '\n';
    r->at += *r->at == '\n';
    return true;
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

/* A name that no variable and no feed has: those are found by it. */
static bool is_free(const ad_graph *graph, const char *name)
{
    const ad_tensor *found = names_find(graph->names, name);
    return !found || named_apart(found);
}

static ad_status put_name(ad_graph *graph, const char *name, ad_tensor *tensor)
{
    tensor->name = name;
    return names_put(graph->names, name, tensor) ? AD_OK : AD_ERROR_MEMORY;
}

static ad_status read_names(struct reader *r, struct node *node)
{
    while (accept(r, " named.")) {
        int i;
        if (!read_whole(r, &i) || i >= node->out_count || !accept(r, "=") ||
            !named_apart(&(ad_tensor){.node = node, .name = ""}))
            return bad(r, "a name that cannot be read");
        const char *name = read_name(r, node->graph);
        if (!name)
            return ad_error_status();
        TRY(put_name(node->graph, name, &node->out[i]));
    }
    int device = 0;
    if (accept(r, " device=") && (!read_whole(r, &device) || device >= r->context->devices))
        return bad(r, "a device that the context does not have");
    node->device = device;
    return AD_OK;
}

/* Feeds of a body are found by their place, those of a graph by their names. */
static ad_status register_feed(ad_graph *graph, struct node *node, int depth)
{
    const struct feed_attributes *a = node->attributes;
    if (a->fixed)
        return fail(AD_ERROR_FORMAT, "graph text: a feed that is fixed, as only programs have");
    if (depth)
        return AD_OK;
    if (!a->name || !is_free(graph, a->name))
        return fail(AD_ERROR_FORMAT, "graph text: a feed without a name of its own");
    return put_name(graph, a->name, &node->out[0]);
}

static ad_status register_variable(ad_graph *graph, struct node *node, int depth)
{
    const struct variable_attributes *a = node->attributes;
    if (depth)
        return fail(AD_ERROR_FORMAT, "graph text: a variable in the body of a scan");
    if (!a->name || !is_free(graph, a->name))
        return fail(AD_ERROR_FORMAT, "graph text: a variable without a name of its own");
    if (!LIST_ROOM(&graph->context->allocator, graph->variables, graph->variable_capacity,
                   graph->variable_count + 1))
        return AD_ERROR_MEMORY;
    graph->variables[graph->variable_count++] = &node->out[0];
    return put_name(graph, a->name, &node->out[0]);
}

static ad_status register_named(ad_graph *graph, struct node *node, int depth)
{
    if (node->op == &op_feed)
        return register_feed(graph, node, depth);
    return node->op == &op_variable ? register_variable(graph, node, depth) : AD_OK;
}

static const struct op *read_op(struct reader *r)
{
    char name[64] = {0};
    size_t n = strcspn(r->at, " \n");
    memcpy(name, r->at, n < sizeof name ? n : sizeof name - 1);
    const struct op *op = op_find(name);
    if (!op || !op->infer)
        return NULL;
    r->at += n;
    return op;
}

static ad_status read_inputs(struct reader *r, ad_graph *graph, int *count)
{
    *count = 0;
    while (!strncmp(r->at, " %", 2)) {
        r->at++;
        if (!LIST_ROOM(&r->context->allocator, r->in, r->in_capacity, *count + 1))
            return AD_ERROR_MEMORY;
        if (!(r->in[(*count)++] = read_tensor(r, graph)))
            return bad(r, "an input that was not made before");
    }
    return AD_OK;
}

static ad_status read_node(struct reader *r, ad_graph *graph, int depth)
{
    int id, in_count;
    if (!read_whole(r, &id) || id != graph->count || !accept(r, " = "))
        return bad(r, "nodes must be numbered in order");
    const struct op *op = read_op(r);
    if (!op)
        return bad(r, "no op of that name");
    TRY(read_inputs(r, graph, &in_count));
    const void *attributes = attributes_read(graph, op, &r->at);
    if (!attributes)
        return fail(AD_ERROR_FORMAT, "graph text, line %d: %s", r->line, ad_error());
    ad_tensor *first = graph_node(graph, op, attributes, r->in, in_count);
    if (graph_is_poison(first))
        return fail(AD_ERROR_FORMAT, "graph text, line %d: %s", r->line, ad_tensor_error(first));
    TRY(read_names(r, first->node));
    TRY(register_named(graph, first->node, depth));
    return check_results(r, first->node);
}

static ad_status read_assignment(struct reader *r, ad_graph *graph)
{
    ad_tensor *owner = read_tensor(r, graph), *t[2] = {0};
    if (owner && accept(r, " "))
        t[0] = read_tensor(r, graph);
    if (t[0] && accept(r, " "))
        t[1] = read_tensor(r, graph);
    if (!t[1])
        return bad(r, "an assignment that cannot be read");
    if (graph_is_poison(ad_assign(owner, t[0], t[1])))
        return bad(r, "an assignment that does not fit");
    return AD_OK;
}

static ad_status read_end(struct reader *r, ad_graph *graph, ad_tensor ***list, int *count)
{
    ad_tensor *t = read_tensor(r, graph);
    if (!t)
        return bad(r, "no such tensor");
    if (!(*count & (*count - 1))) { /* doubled at each power of two */
        ad_tensor **grown = arena_array(&graph->arena, 2 * (size_t)*count + 1, sizeof *grown);
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
    if (depth == DEPTH_MAX)
        return bad(r, "scans too deep inside each other");
    ad_graph *body = graph_body_new(graph);
    if (!body)
        return AD_ERROR_MEMORY;
    r->line++;
    TRY(read_graph(r, body, depth + 1));
    return accept(r, "end") ? AD_OK : bad(r, "a body without its end");
}

static ad_status read_open(struct reader *r, ad_graph *graph)
{
    ad_dim dim;
    if (!dim_read(graph, &r->at, &dim) || dim_open_number(graph, dim) < 0)
        return bad(r, "no name of a dimension");
    return AD_OK;
}

static ad_status read_layers(struct reader *r, ad_graph *graph)
{
    int count;
    const char *kind = NULL;
    if (!read_whole(r, &count) || !accept(r, " "))
        return bad(r, "no number of layers");
    if (!(kind = read_name(r, graph)))
        return ad_error_status();
    return names_set_count(graph->names, kind, count) ? AD_OK : AD_ERROR_MEMORY;
}

static ad_status read_scope(struct reader *r, ad_graph *graph)
{
    if (graph->scopes == GRAPH_SCOPE_MAX)
        return bad(r, "too many scopes inside each other");
    const char *prefix = read_name(r, graph);
    if (!prefix)
        return ad_error_status();
    graph->scope[graph->scopes++] = prefix;
    return AD_OK;
}

static ad_status read_line(struct reader *r, ad_graph *graph, int depth)
{
    if (accept(r, "%"))
        return read_node(r, graph, depth);
    if (accept(r, "assign "))
        return depth ? bad(r, "an assignment in the body of a scan") : read_assignment(r, graph);
    if (accept(r, "input "))
        return read_end(r, graph, &graph->inputs, &graph->input_count);
    if (accept(r, "output "))
        return read_end(r, graph, &graph->outputs, &graph->output_count);
    if (accept(r, "open "))
        return read_open(r, graph);
    if (accept(r, "layers "))
        return read_layers(r, graph);
    if (accept(r, "scope "))
        return read_scope(r, graph);
    if (accept(r, "body\n"))
        return read_body(r, graph, depth);
    return bad(r, "a line that cannot be read");
}

static ad_status read_graph(struct reader *r, ad_graph *graph, int depth)
{
    while (*r->at && strncmp(r->at, "end\n", 4)) {
        TRY(read_line(r, graph, depth));
        if (!end_line(r))
            return bad(r, "more than belongs on the line");
    }
    return AD_OK;
}

ad_graph *ad_graph_read(ad_context *context, const char *text)
{
    struct reader r = {.at = text, .line = 1, .context = context};
    if (!context || !text || !accept(&r, "adze graph 1\n")) {
        fail(AD_ERROR_FORMAT, "no graph text: it must begin with 'adze graph 1'");
        return NULL;
    }
    r.line = 2;
    ad_graph *graph = ad_graph_new(context);
    ad_status status = graph ? read_graph(&r, graph, 0) : AD_ERROR_MEMORY;
    LIST_FREE(&context->allocator, r.in, r.in_capacity);
    if (status == AD_OK && *r.at)
        status = bad(&r, "text after the end");
    if (status == AD_OK)
        status = check_graph(graph);
    if (status == AD_OK)
        return graph;
    ad_graph_free(graph);
    return NULL;
}
