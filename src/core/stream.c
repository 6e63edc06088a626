/* Random streams by name. */
#include "core/stream.h"

#include <string.h>

#include "core/names.h"

/* ---- numbers */

#define GOLDEN UINT64_C(0x9e3779b97f4a7c15)

static int64_t mix(uint64_t h)
{
    h = (h ^ h >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    h = (h ^ h >> 27) * UINT64_C(0x94d049bb133111eb);
    h = (h ^ h >> 31) & INT64_MAX;
    return (int64_t)((uint32_t)h ? h : h + 1);
}

int64_t stream_of(const char *name, int64_t place)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    for (; *name; name++)
        h = (h ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
    return mix(h + (uint64_t)place * GOLDEN);
}

int64_t stream_again(int64_t stream, int64_t time)
{
    return mix((uint64_t)stream + (uint64_t)time * GOLDEN);
}

/* ---- nodes that belong to no variable */

static const char *scope_name(ad_graph *graph, const char *kind)
{
    const char *own = arena_format(&graph->arena, "#%s", kind);
    return own ? graph_full_name(graph, own) : NULL;
}

int64_t stream_next(ad_graph *graph, const char *kind)
{
    GRAPH_HOLD(graph);
    const char *name = scope_name(graph, kind);
    int count = name ? names_count(graph->names, name) : 0;
    graph->failed |= !count;
    return count ? stream_of(name, count) : 1;
}

/* ---- nodes behind first values */

static int64_t *stream_field(const struct op *op, void *attributes)
{
    for (int i = 0; op->random && i < op->field_count; i++)
        if (!strcmp(op->fields[i].name, "stream"))
            return (int64_t *)(void *)((char *)attributes + op->fields[i].offset);
    return NULL;
}

static ad_graph *body_of(const struct op *op, void *attributes)
{
    for (int i = 0; i < op->field_count; i++)
        if (op->fields[i].kind == FIELD_BODY)
            return *(ad_graph **)(void *)((char *)attributes + op->fields[i].offset);
    return NULL;
}

/* The last number of its scope is free again: what layers draw first values from leaves no gap. */
static bool give_back(ad_graph *graph, const struct node *node, int64_t stream)
{
    const char *name = scope_name(graph, node->op->name);
    int *count = name ? names_counter(graph->names, name) : NULL;
    if (count && *count && stream_of(name, *count) == stream)
        --*count;
    return count != NULL;
}

static bool claim(ad_graph *graph, struct node *node, const char *name, int64_t *place)
{
    int64_t *stream = stream_field(node->op, node->attributes);
    ad_graph *body = body_of(node->op, node->attributes);
    for (int i = 0; body && i < body->count; i++)
        if (!claim(graph, body->nodes[i], name, place))
            return false;
    if (!stream || node->claimed)
        return true;
    bool ok = give_back(graph, node, *stream);
    node->claimed = true;
    *stream = stream_of(name, (*place)++);
    return ok;
}

bool stream_claim(ad_graph *graph, ad_tensor *initial, const char *full_name)
{
    int64_t place = 0;
    if (!initial->node->in_count)
        return claim(graph, initial->node, full_name, &place);
    struct arena scratch;
    arena_init(&scratch, &graph->context->allocator);
    size_t count = (size_t)graph->count;
    struct node **open = arena_array(&scratch, count + 1, sizeof *open);
    bool *seen = arena_array(&scratch, count + 1, sizeof *seen), ok = open && seen;
    int waiting = 0;
    for (struct node *node = initial->node; ok && node; node = waiting ? open[--waiting] : NULL) {
        ok = claim(graph, node, full_name, &place);
        for (int i = node->op == &op_variable ? 0 : node->in_count; i-- > 0;) {
            struct node *in = node->in[i]->node;
            if (!seen[in->id])
                seen[in->id] = true, open[waiting++] = in;
        }
    }
    arena_done(&scratch);
    return ok;
}

/* ---- copies */

void stream_renew(ad_graph *graph, const struct op *op, void *attributes)
{
    int64_t *stream = stream_field(op, attributes);
    ad_graph *body = body_of(op, attributes);
    for (int i = 0; body && i < body->count; i++)
        stream_renew(graph, body->nodes[i]->op, body->nodes[i]->attributes);
    if (!stream)
        return;
    const char *name = arena_format(&graph->arena, "#again %lld", (long long)*stream);
    int time = name ? names_count(graph->names, name) : 0;
    graph->failed |= !time;
    *stream = stream_again(*stream, time);
}
