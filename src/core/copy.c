/* Copying parts of a graph. */
#include "core/copy.h"

#include <string.h>

#include "base/error.h"
#include "core/attributes.h"
#include "core/stream.h"

bool copy_begin(struct copy *copy, const ad_graph *from, ad_graph *to)
{
    *copy = (struct copy){.from = from, .to = to, .count = from->count};
    arena_init(&copy->scratch, &from->context->allocator);
    copy->map = arena_array(&copy->scratch, (size_t)from->count + 1, sizeof *copy->map);
    copy->needed = arena_array(&copy->scratch, (size_t)from->count + 1, sizeof *copy->needed);
    if (copy->map && copy->needed)
        return true;
    copy_end(copy);
    return false;
}

void copy_end(struct copy *copy)
{
    arena_done(&copy->scratch);
}

bool copy_put(struct copy *copy, const ad_tensor *from, ad_tensor *to)
{
    ad_tensor ***slot = &copy->map[from->node->id];
    if (!*slot)
        *slot = arena_array(&copy->scratch, (size_t)from->node->out_count, sizeof **slot);
    if (!*slot)
        return false;
    (*slot)[from->index] = to;
    return true;
}

ad_tensor *copy_get(const struct copy *copy, const ad_tensor *from)
{
    if (from->node->id < 0 || from->node->id >= copy->count || !copy->map[from->node->id])
        return NULL;
    return copy->map[from->node->id][from->index];
}

void copy_need(struct copy *copy, ad_tensor *const *tensors, int count)
{
    int last = -1;
    for (int i = 0; i < count; i++)
        if (tensors[i] && !copy_get(copy, tensors[i])) {
            copy->needed[tensors[i]->node->id] = true;
            last = tensors[i]->node->id > last ? tensors[i]->node->id : last;
        }
    for (int id = last; id >= 0; id--) {
        const struct node *node = copy->from->nodes[id];
        if (!copy->needed[id] || node->op == &op_variable ||
            (copy->fresh_streams && node->op == &op_pending))
            continue;
        for (int i = 0; i < node->in_count; i++)
            if (!copy_get(copy, node->in[i]))
                copy->needed[node->in[i]->node->id] = true;
    }
}

/* A random node copied by ad_call draws from a stream of its own, in the body of a scan too. */
static bool renew_streams(ad_graph *to, const struct op *op, void *attributes)
{
    for (int i = 0; i < op->field_count; i++) {
        ad_graph **body = (ad_graph **)(void *)((char *)attributes + op->fields[i].offset);
        if (op->fields[i].kind != FIELD_BODY)
            continue;
        *body = copy_whole_body(*body, to, NULL); /* the two graphs may be one */
        if (!*body)
            return false;
    }
    stream_renew(to, op, attributes);
    return true;
}

static void inherit(struct node *copy, const struct node *node)
{
    copy->file = node->file;
    copy->line = node->line;
    copy->device = node->device;
    for (int i = 0; i < node->out_count; i++)
        if (node->out[i].name && node->graph != copy->graph)
            copy->out[i].name = node->out[i].name;
}

/* A refusal of the copy is a mistake at the place of the original. */
static void blame(const struct copy *copy, ad_tensor *poison, const struct node *node)
{
    if (poison == copy->to->no_memory || poison->node->file)
        return;
    poison->node->file = node->file;
    poison->node->line = node->line;
}

/* In the copy of ad_call what a variable holds is counted on from the assignments made so far. */
static bool copy_pending(struct copy *copy, const struct node *node)
{
    ad_tensor *now = ad_pending(node->in[0]);
    if (graph_is_poison(now))
        return false;
    inherit(now->node, node);
    return copy_put(copy, &node->out[0], now);
}

bool copy_node(struct copy *copy, const struct node *node)
{
    if (copy->fresh_streams && node->op == &op_pending)
        return copy_pending(copy, node);
    ad_tensor *few[16], **in = few;
    if (node->in_count > 16)
        in = arena_array(&copy->scratch, (size_t)node->in_count, sizeof *in);
    void *attributes;
    if (!in || !attributes_copy_from(copy->to, copy->from, copy->sizes, node->op, node->attributes,
                                     &attributes))
        return false;
    for (int i = 0; i < node->in_count; i++)
        in[i] = copy_get(copy, node->in[i]);
    if (copy->fresh_streams && node_draws(node) && !renew_streams(copy->to, node->op, attributes))
        return false;
    ad_tensor *first = graph_node(copy->to, node->op, attributes, in, node->in_count);
    if (graph_is_poison(first)) {
        blame(copy, first, node);
        return false;
    }
    inherit(first->node, node);
    for (int i = 0; i < node->out_count; i++)
        if (!copy_get(copy, &node->out[i]) && !copy_put(copy, &node->out[i], &first->node->out[i]))
            return false;
    return true;
}

bool copy_run(struct copy *copy)
{
    for (int id = 0; id < copy->count; id++)
        if (copy->needed[id] && !copy_node(copy, copy->from->nodes[id]))
            return false;
    return true;
}

static bool copy_ends(const struct copy *copy, ad_tensor *const *from, int count, ad_tensor ***to)
{
    *to = arena_array(&copy->to->arena, (size_t)count + 1, sizeof **to);
    for (int i = 0; *to && i < count; i++)
        (*to)[i] = copy_get(copy, from[i]);
    return *to != NULL;
}

static bool copy_everything(struct copy *copy, const ad_graph *body, ad_graph *out)
{
    memset(copy->needed, 1, sizeof *copy->needed * (size_t)copy->count);
    if (!copy_run(copy) || !copy_ends(copy, body->inputs, body->input_count, &out->inputs) ||
        !copy_ends(copy, body->outputs, body->output_count, &out->outputs))
        return false;
    out->input_count = body->input_count;
    out->output_count = body->output_count;
    return true;
}

ad_graph *copy_whole_body(const ad_graph *body, ad_graph *to, const struct dim_sizes *sizes)
{
    ad_graph *out = graph_body_new(to);
    struct copy copy;
    bool ok = out && copy_begin(&copy, body, out);
    if (ok) {
        copy.sizes = sizes;
        ok = copy_everything(&copy, body, out);
        copy_end(&copy);
    }
    return ok ? out : NULL;
}
