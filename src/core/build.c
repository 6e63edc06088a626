/* Building: feeds, constants, variables, scopes, assignments. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/list.h"
#include "core/graph.h"
#include "core/names.h"
#include "core/number.h"
#include "core/stream.h"

/* Poison where a shape is none, NULL where it is; what names who asks. */
static ad_tensor *check_shape(ad_graph *graph, const char *what, const ad_shape *shape)
{
    if (shape->rank < 0 || shape->rank > AD_RANK_MAX)
        return graph_poison(graph, AD_ERROR_SHAPE, "%s: %d axes; there can be 0 to %d", what,
                            shape->rank, AD_RANK_MAX);
    for (int i = 0; i < shape->rank; i++) {
        if (shape->size[i] > (int64_t)1 << SIZE_BITS)
            return graph_poison(graph, AD_ERROR_SHAPE, "%s: axis %d has size %lld, more than 2^%d",
                                what, i, (long long)shape->size[i], SIZE_BITS);
        if (shape->size[i] == AD_INFER)
            return graph_poison(graph, AD_ERROR_SHAPE,
                                "%s: axis %d is AD_INFER, which only ad_reshape can find out", what,
                                i);
        if (!dim_is_known(graph, shape->size[i]))
            return graph_poison(graph, AD_ERROR_SHAPE,
                                "%s: axis %d has size %lld; a size is a number from 0 up, or made "
                                "by ad_open of the same graph",
                                what, i, (long long)shape->size[i]);
    }
    if (!shape_fits(shape))
        return graph_poison(graph, AD_ERROR_SHAPE, "%s: a tensor of %s, more than 2^%d elements",
                            what, graph_shape_text(graph, shape), SIZE_BITS);
    return NULL;
}

/* ---- ops without inputs */

static const struct field feed_fields[] = {
    FIELD(feed_attributes, name, TEXT, 0), FIELD(feed_attributes, type, TYPE, 0),
    FIELD(feed_attributes, shape, SHAPE, 0), FIELD(feed_attributes, fixed, BOOL, 0)};

static ad_status feed_infer(struct infer *f)
{
    const struct feed_attributes *a = f->attributes;
    f->type[0] = a->type;
    f->shape[0] = a->shape;
    return AD_OK;
}

const struct op op_feed = {.name = "feed",
                           .doc = "a value that the caller gives to each run",
                           .formula = "y = what the run is given",
                           FIELDS(feed_fields),
                           .attribute_size = sizeof(struct feed_attributes),
                           .infer = feed_infer,
                           .no_gradient = "it has no inputs"};

static const struct field variable_fields[] = {
    FIELD(variable_attributes, name, TEXT, 0),
    FIELD_IN(variable_attributes, role, INT, 0, 0, AD_ROLE_BUFFER)};

static ad_status variable_infer(struct infer *f)
{
    for (int i = 0; i < f->in[0]->shape.rank; i++)
        if (dim_is_open(f->in[0]->shape.size[i]))
            return fail(AD_ERROR_SHAPE, "shape %s is open; a variable has numbers for sizes",
                        graph_shape_text(f->graph, &f->in[0]->shape));
    f->type[0] = f->in[0]->type;
    f->shape[0] = f->in[0]->shape;
    return AD_OK;
}

const struct op op_variable = {.name = "variable",
                               .doc = "a value that a state keeps; the input is its first value",
                               .inputs = "first: its first value",
                               .formula = "y = what the state keeps",
                               FIELDS(variable_fields),
                               .attribute_size = sizeof(struct variable_attributes),
                               .in_min = 1,
                               .in_max = 1,
                               .infer = variable_infer,
                               .no_gradient = "its first value is not part of a run"};

static const struct field constant_fields[] = {FIELD(constant_attributes, value, ARRAY, 0)};

static ad_status constant_infer(struct infer *f)
{
    const struct constant_attributes *a = f->attributes;
    f->type[0] = a->value.type;
    f->shape[0] = a->value.shape;
    return AD_OK;
}

static ad_status constant_naive(const struct call *c)
{
    const struct constant_attributes *a = c->attributes;
    if (ad_array_bytes(&a->value))
        memcpy(c->out[0].data, a->value.data, ad_array_bytes(&a->value));
    return AD_OK;
}

const struct op op_constant = {.name = "constant",
                               .doc = "numbers that are part of the graph",
                               .formula = "y = value",
                               FIELDS(constant_fields),
                               .attribute_size = sizeof(struct constant_attributes),
                               .infer = constant_infer,
                               .naive = constant_naive,
                               .no_gradient = "it has no inputs"};

static const struct field full_fields[] = {FIELD(full_attributes, type, TYPE, 0),
                                           FIELD(full_attributes, shape, SHAPE, 0),
                                           FIELD(full_attributes, value, NUMBER, 0)};

static ad_status full_infer(struct infer *f)
{
    const struct full_attributes *a = f->attributes;
    f->type[0] = a->type;
    f->shape[0] = a->shape;
    return AD_OK;
}

static ad_status full_naive(const struct call *c)
{
    const struct full_attributes *a = c->attributes;
    size_t size = ad_type_size(a->type);
    for (int64_t i = 0; i < shape_count(&c->out[0].shape); i++)
        number_store(a->type, (char *)c->out[0].data + (size_t)i * size, a->value);
    return AD_OK;
}

const struct op op_full = {.name = "full",
                           .doc = "one number everywhere",
                           .formula = "y[...] = value",
                           FIELDS(full_fields),
                           .attribute_size = sizeof(struct full_attributes),
                           .infer = full_infer,
                           .naive = full_naive,
                           .no_gradient = "it has no inputs"};

static ad_status training_infer(struct infer *f)
{
    f->type[0] = AD_BOOL;
    f->shape[0] = AD_SCALAR;
    return AD_OK;
}

const struct op op_training = {.name = "training",
                               .doc = "true in a training program",
                               .formula = "y = true in a training program, else false",
                               .infer = training_infer,
                               .no_gradient = "it has no inputs"};

static ad_status step_infer(struct infer *f)
{
    f->type[0] = AD_I64;
    f->shape[0] = AD_SCALAR;
    return AD_OK;
}

static ad_status step_naive(const struct call *c)
{
    *(int64_t *)c->out[0].data = c->step;
    return AD_OK;
}

const struct op op_step = {.name = "step",
                           .doc = "number of training runs so far",
                           .formula = "y = training runs so far",
                           .infer = step_infer,
                           .naive = step_naive,
                           .no_gradient = "it has no inputs",
                           .random = true};

/* ---- names */

const char *graph_full_name(ad_graph *graph, const char *name)
{
    GRAPH_HOLD(graph);
    return arena_format(&graph->arena, "%s%s", graph->scopes ? graph->scope[graph->scopes - 1] : "",
                        name);
}

const char *graph_layer_name(ad_graph *graph, const char *kind, const char *given)
{
    GRAPH_HOLD(graph);
    if (given)
        return arena_text(&graph->arena, given);
    const char *full = graph_full_name(graph, kind);
    int count = full ? names_count(graph->names, full) : 0;
    return arena_format(&graph->arena, "%s%d", kind, count);
}

bool node_draws(const struct node *node)
{
    bool draws = node->op->random;
    for (int i = 0; i < node->op->field_count; i++) {
        const struct field *field = &node->op->fields[i];
        const void *member = (const char *)node->attributes + field->offset;
        const ad_graph *body = field->kind == FIELD_BODY ? *(const ad_graph *const *)member : NULL;
        for (int k = 0; body && k < body->count; k++)
            draws |= node_draws(body->nodes[k]);
    }
    return draws;
}

static ad_tensor *put_name(ad_tensor *tensor, const char *full)
{
    GRAPH_HOLD(tensor->node->graph);
    ad_graph *graph = tensor->node->graph;
    tensor->name = full;
    if (!full || !names_put(graph->names, full, tensor)) {
        graph->failed = true;
        return graph->no_memory;
    }
    return tensor;
}

ad_tensor *ad_name(ad_tensor *tensor, const char *name)
{
    if (graph_is_poison(tensor) || !name)
        return tensor ? tensor : graph_nowhere();
    GRAPH_HOLD(tensor->node->graph);
    return put_name(tensor, graph_full_name(tensor->node->graph, name));
}

ad_tensor *ad_find(const ad_graph *graph, const char *name)
{
    GRAPH_HOLD(graph);
    return graph && name ? names_find(graph->names, name) : NULL;
}

void ad_scope_begin(ad_graph *graph, const char *name)
{
    GRAPH_HOLD(graph);
    if (!graph || !name) {
        graph_poison(graph, AD_ERROR_ARGUMENT, "ad_scope_begin: the %s is NULL",
                     graph ? "name" : "graph");
        return;
    }
    if (graph->scopes == GRAPH_SCOPE_MAX) {
        graph_poison(graph, AD_ERROR_ARGUMENT,
                     "ad_scope_begin '%s': more than %d scopes inside each other; is an "
                     "ad_scope_end missing?",
                     name, GRAPH_SCOPE_MAX);
        return;
    }
    const char *outer = graph->scopes ? graph->scope[graph->scopes - 1] : "";
    const char *prefix = arena_format(&graph->arena, "%s%s.", outer, name);
    graph->failed |= !prefix;
    graph->scope[graph->scopes++] = prefix ? prefix : outer;
}

void ad_scope_end(ad_graph *graph)
{
    GRAPH_HOLD(graph);
    if (graph && graph->scopes)
        graph->scopes--;
    else
        graph_poison(graph, AD_ERROR_ARGUMENT,
                     "ad_scope_end: no scope is open; is an ad_scope_begin missing?");
}

void ad_device(ad_graph *graph, int device)
{
    GRAPH_HOLD(graph);
    if (!graph)
        return;
    if (device < 0 || device >= graph->context->devices) {
        graph_poison(graph, AD_ERROR_ARGUMENT,
                     "ad_device: device %d of a context with %d; ask ad_context_new for .devices",
                     device, graph->context->devices);
        return;
    }
    graph->device = device;
}

/* ---- constructors */

ad_dim ad_open(ad_graph *graph, const char *name)
{
    if (!graph || !name || !*name ||
        strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") !=
            strlen(name) ||
        strchr("0123456789", *name)) {
        graph_poison(graph, AD_ERROR_ARGUMENT,
                     "ad_open: '%s' is no name for a dimension; use letters, digits and _",
                     name ? name : "NULL");
        return 0;
    }
    return dim_open(graph, name);
}

ad_tensor *ad_feed(ad_graph *graph, const char *name, ad_type type, ad_shape shape)
{
    GRAPH_HOLD(graph);
    if (!graph || !name)
        return graph_poison(graph, AD_ERROR_ARGUMENT, "ad_feed: the %s is NULL",
                            graph ? "name" : "graph");
    char what[100];
    snprintf(what, sizeof what, "feed '%.80s'", name);
    ad_tensor *poison = check_shape(graph, what, &shape);
    if (poison)
        return poison;
    const char *full = graph_full_name(graph, name);
    if (full && names_find(graph->names, full))
        return graph_poison(graph, AD_ERROR_ARGUMENT,
                            "feed '%s': the name is taken; choose another, or open a scope", full);
    struct feed_attributes a = {full, type, shape, false};
    ad_tensor *feed = graph_node(graph, &op_feed, &a, NULL, 0);
    return graph_is_poison(feed) ? feed : put_name(feed, full);
}

ad_tensor *ad_constant(ad_graph *graph, ad_array array)
{
    struct constant_attributes a = {array};
    if (!graph)
        return graph_nowhere();
    ad_tensor *poison = check_shape(graph, "ad_constant", &array.shape);
    if (poison)
        return poison;
    for (int i = 0; i < array.shape.rank; i++)
        if (dim_is_open(array.shape.size[i]))
            return graph_poison(graph, AD_ERROR_SHAPE,
                                "ad_constant: axis %d is open; a constant has numbers for sizes",
                                i);
    if (!ad_type_size(array.type))
        return graph_poison(graph, AD_ERROR_TYPE, "ad_constant: %d is no element type; see ad_type",
                            (int)array.type);
    if (!array.data && ad_array_count(&array))
        return graph_poison(graph, AD_ERROR_ARGUMENT,
                            "ad_constant: the array of %lld elements has no data; .data is NULL",
                            (long long)ad_array_count(&array));
    return graph_node(graph, &op_constant, &a, NULL, 0);
}

ad_tensor *ad_number(ad_graph *graph, ad_type type, double value)
{
    return ad_full(graph, type, AD_SCALAR, value);
}

ad_tensor *ad_full(ad_graph *graph, ad_type type, ad_shape shape, double value)
{
    struct full_attributes a = {type, shape, value};
    if (!graph)
        return graph_nowhere();
    ad_tensor *poison = check_shape(graph, "ad_full", &shape);
    return poison ? poison : graph_node(graph, &op_full, &a, NULL, 0);
}

ad_tensor *graph_variable(ad_graph *graph, const char *call, const char *name, ad_tensor *initial,
                          ad_role role)
{
    GRAPH_HOLD(graph);
    if (!graph || !name)
        return graph_poison(graph, AD_ERROR_ARGUMENT, "%s: the %s is NULL", call,
                            graph ? "name" : "graph");
    ad_tensor *poison = graph_check(graph, call, &initial, 1);
    if (poison)
        return poison;
    const char *full = graph_full_name(graph, name);
    if (full && names_find(graph->names, full))
        return graph_poison(graph, AD_ERROR_ARGUMENT,
                            "variable '%s': the name is taken; give the layer a .name, open a "
                            "scope, or share with .weight",
                            full);
    for (int i = 0; i < initial->shape.rank; i++)
        if (dim_is_open(initial->shape.size[i]))
            return graph_poison(graph, AD_ERROR_SHAPE,
                                "variable '%s': shape %s is open; a variable has numbers for sizes",
                                full ? full : name, graph_shape_text(graph, &initial->shape));
    struct variable_attributes a = {.name = full, .role = role};
    ad_tensor *v = graph_node(graph, &op_variable, &a, &initial, 1);
    if (graph_is_poison(v))
        return v;
    if (!list_grow(&graph->context->allocator, &graph->variables, &graph->variable_capacity,
                   graph->variable_count + 1, sizeof *graph->variables)) {
        graph->failed = true;
        return graph->no_memory;
    }
    graph->variables[graph->variable_count++] = v;
    graph->failed |= !full || !stream_claim(graph, initial, full);
    return put_name(v, full);
}

ad_tensor *ad_variable(ad_graph *graph, const char *name, ad_tensor *initial)
{
    return graph_variable(graph, "ad_variable", name, initial, AD_ROLE_WEIGHT);
}

ad_tensor *ad_buffer(ad_graph *graph, const char *name, ad_tensor *initial)
{
    return graph_variable(graph, "ad_buffer", name, initial, AD_ROLE_BUFFER);
}

int ad_variable_count(const ad_graph *graph)
{
    GRAPH_HOLD(graph);
    return graph ? graph->variable_count : 0;
}

ad_tensor *ad_variable_at(const ad_graph *graph, int i)
{
    GRAPH_HOLD(graph);
    return graph && i >= 0 && i < graph->variable_count ? graph->variables[i] : NULL;
}

static bool is_trained(ad_role role)
{
    return role < AD_ROLE_AVERAGE;
}

bool ad_trainable(const ad_tensor *variable)
{
    return variable && graph_is(variable, &op_variable) && is_trained(ad_role_of(variable)) &&
           (variable->type == AD_F32 || variable->type == AD_F64);
}

ad_role ad_role_of(const ad_tensor *variable)
{
    if (!variable || !graph_is(variable, &op_variable))
        return AD_ROLE_BUFFER;
    return (ad_role)((const struct variable_attributes *)variable->node->attributes)->role;
}

ad_tensor *ad_mark(ad_tensor *variable, ad_role role)
{
    ad_graph *graph = ad_tensor_graph(variable);
    GRAPH_HOLD(graph);
    ad_tensor *poison = graph_check(graph, "ad_mark", &variable, 1);
    if (poison)
        return poison;
    if (!graph_is(variable, &op_variable))
        return graph_poison(graph, AD_ERROR_ARGUMENT,
                            "ad_mark: '%s', the result of %s, is no variable and has no role",
                            ad_tensor_name(variable), variable->node->op->name);
    if ((unsigned)role > AD_ROLE_BUFFER || is_trained(role) != is_trained(ad_role_of(variable)))
        return graph_poison(graph, AD_ERROR_ARGUMENT,
                            "ad_mark: role %d is none of a %s, as '%s' is one; ad_variable makes "
                            "what is trained (AD_ROLE_WEIGHT to AD_ROLE_TABLE), ad_buffer the rest",
                            (int)role, is_trained(ad_role_of(variable)) ? "variable" : "buffer",
                            variable->name);
    ((struct variable_attributes *)variable->node->attributes)->role = role;
    return variable;
}

ad_tensor *ad_training(ad_graph *graph)
{
    return graph ? graph_node(graph, &op_training, NULL, NULL, 0) : graph_nowhere();
}

ad_tensor *ad_step(ad_graph *graph)
{
    return graph ? graph_node(graph, &op_step, NULL, NULL, 0) : graph_nowhere();
}

bool graph_number(const ad_tensor *tensor, double *value)
{
    if (graph_is(tensor, &op_full)) {
        *value = ((const struct full_attributes *)tensor->node->attributes)->value;
        return true;
    }
    if (!graph_is(tensor, &op_constant) || tensor->shape.rank)
        return false;
    *value =
        ad_array_item(&((const struct constant_attributes *)tensor->node->attributes)->value, 0);
    return true;
}
