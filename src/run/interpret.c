/* The naive interpreter: nodes in order, each by its op's naive kernel, each value in memory of its
 * own.  Results are given to the caller, who frees them; leaves stay the caller's.  On failure
 * there are no results, and what was made is freed. */
#include "run/interpret.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "op/scalar.h"
#include "op/scan.h"

/* Values by node and result; uses counts the readers still to come, so memory goes back as soon as
 * it can. */
struct values {
    ad_array **of;
    int **uses;
    bool **borrowed;
    struct arena scratch;
};

static bool prepare(struct values *v, const ad_graph *graph, const ad_allocator *allocator)
{
    size_t n = (size_t)graph->count + 1;
    arena_init(&v->scratch, allocator);
    v->of = arena_array(&v->scratch, n, sizeof *v->of);
    v->uses = arena_array(&v->scratch, n, sizeof *v->uses);
    v->borrowed = arena_array(&v->scratch, n, sizeof *v->borrowed);
    bool ok = v->of && v->uses && v->borrowed;
    for (int id = 0; ok && id < graph->count; id++) {
        size_t results = (size_t)graph->nodes[id]->out_count;
        v->of[id] = arena_array(&v->scratch, results, sizeof **v->of);
        v->uses[id] = arena_array(&v->scratch, results, sizeof **v->uses);
        v->borrowed[id] = arena_array(&v->scratch, results, sizeof **v->borrowed);
        ok = v->of[id] && v->uses[id] && v->borrowed[id];
    }
    return ok;
}

static void release(const struct interpretation *i, struct values *v, const ad_tensor *t)
{
    ad_array *array = &v->of[t->node->id][t->index];
    if (--v->uses[t->node->id][t->index] > 0 || v->borrowed[t->node->id][t->index])
        return;
    memory_free(i->allocator, array->data, ad_array_bytes(array) + 1);
    array->data = NULL;
}

static void finish(const struct interpretation *i, struct values *v)
{
    for (int id = 0; v->of && v->borrowed && id < i->graph->count && v->of[id] && v->borrowed[id];
         id++)
        for (int k = 0; k < i->graph->nodes[id]->out_count; k++)
            if (!v->borrowed[id][k])
                memory_free(i->allocator, v->of[id][k].data,
                            v->of[id][k].data ? ad_array_bytes(&v->of[id][k]) + 1 : 0);
    arena_done(&v->scratch);
}

static ad_status allocate(const struct interpretation *i, const ad_tensor *t, ad_array *array)
{
    *array = (ad_array){.type = t->type, .shape = t->shape};
    array->data = memory_zeroed(i->allocator, ad_array_bytes(array) + 1);
    return array->data ? AD_OK : AD_ERROR_MEMORY;
}

/* ---- what is not finite */

/* The first element for which bad holds, or -1. */
static int64_t find_bad(const ad_array *a, bool (*bad)(double))
{
    if (a->type != AD_F32 && a->type != AD_F64 && a->type != AD_BF16 && a->type != AD_F16)
        return -1;
    for (int64_t k = 0, n = ad_array_count(a); k < n; k++)
        if (bad(ad_array_item(a, k)))
            return k;
    return -1;
}

static bool is_nan(double x)
{
    return isnan(x);
}

static bool not_finite(double x)
{
    return !isfinite(x);
}

static bool none_has(const ad_array *arrays, int count, bool (*bad)(double))
{
    for (int k = 0; k < count; k++)
        if (find_bad(&arrays[k], bad) >= 0)
            return false;
    return true;
}

/* Writes "[1, 0, 2]", the place of element k; "" for a single number. */
static void write_place(char *words, size_t size, ad_shape shape, int64_t k)
{
    int64_t index[AD_RANK_MAX];
    size_t at = 0;
    words[0] = 0;
    for (int axis = shape.rank - 1; axis >= 0; axis--) {
        index[axis] = k % shape.size[axis];
        k /= shape.size[axis];
    }
    for (int axis = 0; axis < shape.rank && at < size; axis++)
        at += (size_t)snprintf(words + at, size - at, "%s%lld%s", axis ? ", " : " at [",
                               (long long)index[axis], axis + 1 == shape.rank ? "]" : "");
}

static ad_status name_made(const struct node *node, int result, const ad_array *value, int64_t k,
                           const char *inputs)
{
    const char *name = node->out[result].name;
    return fail(AD_ERROR_NOT_FINITE,
                "first value that is not finite: %s%s%s of op %s, made at %s:%d: element %lld is "
                "%g; its inputs %s",
                name ? "'" : "a result", name ? name : "", name ? "'" : "", node->op->name,
                node->file ? node->file : "unknown place", node->line, (long long)k,
                ad_array_item(value, k), inputs);
}

/* A NaN from inputs without one (infinity minus infinity too), or an infinity from finite inputs.
 */
static ad_status check_node(const struct node *node, const ad_array *in, const ad_array *out)
{
    if (!node->in_count || !none_has(in, node->in_count, is_nan))
        return AD_OK;
    bool finite = none_has(in, node->in_count, not_finite);
    for (int k = 0; k < node->out_count; k++) {
        int64_t bad = find_bad(&out[k], finite ? not_finite : is_nan);
        if (bad >= 0)
            return name_made(node, k, &out[k], bad, finite ? "were finite" : "had no NaN");
    }
    return AD_OK;
}

/* A NaN that comes from outside. Infinities may be meant, as in a mask. */
static ad_status check_leaf(const ad_tensor *leaf, const ad_array *value)
{
    char place[AD_RANK_MAX * 24] = "";
    int64_t k = graph_is(leaf, &op_feed) ? find_bad(value, is_nan) : -1;
    if (k < 0)
        return AD_OK;
    const struct feed_attributes *a = leaf->node->attributes;
    write_place(place, sizeof place, value->shape, k);
    return fail(AD_ERROR_NOT_FINITE, "%s '%s' holds NaN%s, its element %lld, before anything ran",
                a->fixed ? "variable" : "feed", leaf->name ? leaf->name : "", place, (long long)k);
}

/* ---- scan: the body once for each step */

struct stepping {
    const struct interpretation *i;
    const struct scan_attributes *a;
    const struct node *node;
    ad_array *in, *out;     /* of the node */
    ad_array *value, *step; /* of the body's inputs and outputs */
};

/* Copies between a step's contiguous value and its place in (batch, time, ...). */
static void move_step(const ad_array *all, ad_array *step, int64_t t, bool out)
{
    int axis = step->shape.rank ? 1 : 0;
    int64_t outer = axis ? all->shape.size[0] : 1, time = all->shape.size[axis];
    size_t row = outer ? ad_array_bytes(step) / (size_t)outer : 0;
    for (int64_t b = 0; b < outer; b++) {
        char *p = (char *)all->data + (size_t)(b * time + t) * row,
             *q = (char *)step->data + (size_t)b * row;
        memcpy(out ? p : q, out ? q : p, row);
    }
}

static ad_status run_step(struct stepping *s, int64_t t)
{
    const ad_graph *body = s->a->body;
    int slices = (int)s->a->slices, carries = (int)s->a->carries;
    for (int k = 0; k < slices; k++)
        move_step(&s->in[k], &s->value[k], t, false);
    if (s->a->index)
        *(int64_t *)s->value[body->input_count - 1].data = t;
    struct interpretation i = *s->i;
    i.graph = s->a->body;
    i.seed = scalar_step_seed(i.seed, t);
    i.leaf = body->inputs, i.value = s->value, i.leaves = body->input_count;
    i.root = body->outputs, i.result = s->step, i.roots = body->output_count;
    TRY(interpret(&i));
    for (int k = 0; k < body->output_count; k++) {
        if (k < carries)
            memcpy(s->value[slices + k].data, s->step[k].data, ad_array_bytes(&s->step[k]));
        else
            move_step(&s->out[k], &s->step[k], t, true);
        memory_free(s->i->allocator, s->step[k].data, ad_array_bytes(&s->step[k]) + 1);
    }
    return AD_OK;
}

static ad_status run_steps(struct stepping *s)
{
    int slices = (int)s->a->slices, carries = (int)s->a->carries;
    int64_t time = s->in[0].shape.size[s->in[0].shape.rank > 1];
    for (int k = 0; k < carries; k++)
        memcpy(s->value[slices + k].data, s->in[slices + k].data,
               ad_array_bytes(&s->in[slices + k]));
    for (int64_t t = 0; t < time; t++)
        TRY(run_step(s, s->a->reverse ? time - 1 - t : t));
    for (int k = 0; k < carries; k++)
        memcpy(s->out[k].data, s->value[slices + k].data, ad_array_bytes(&s->out[k]));
    return AD_OK;
}

static ad_status run_scan(const struct interpretation *i, const struct node *node, ad_array *in,
                          ad_array *out)
{
    struct stepping s = {.i = i, .a = node->attributes, .node = node, .in = in, .out = out};
    const ad_graph *body = s.a->body;
    struct arena scratch;
    arena_init(&scratch, i->allocator);
    s.value = arena_array(&scratch, (size_t)body->input_count + 1, sizeof *s.value);
    s.step = arena_array(&scratch, (size_t)body->output_count + 1, sizeof *s.step);
    bool ok = s.value && s.step;
    for (int k = 0; ok && k < body->input_count; k++) {
        const ad_tensor *t = body->inputs[k];
        s.value[k] = (ad_array){.type = t->type, .shape = t->shape};
        s.value[k].data = arena_alloc(&scratch, ad_array_bytes(&s.value[k]) + 8);
        ok = s.value[k].data != NULL;
        if (ok && k >= s.a->slices + s.a->carries && k < node->in_count)
            memcpy(s.value[k].data, in[k].data, ad_array_bytes(&in[k]));
    }
    ad_status status = ok ? run_steps(&s) : AD_ERROR_MEMORY;
    arena_done(&scratch);
    return status;
}

/* ---- nodes */

static ad_status run_node(const struct interpretation *i, struct values *v, const struct node *node)
{
    ad_array *in = arena_array(&v->scratch, (size_t)node->in_count + 1, sizeof *in),
             *out = v->of[node->id];
    if (!in)
        return AD_ERROR_MEMORY;
    for (int k = 0; k < node->in_count; k++)
        in[k] = v->of[node->in[k]->node->id][node->in[k]->index];
    for (int k = 0; k < node->out_count; k++)
        TRY(allocate(i, &node->out[k], &out[k]));
    struct call call = {
        node,    node->attributes, in,           out, node->in_count, node->out_count,
        i->seed, i->step,          i->allocator, NULL};
    if (node->op != &op_scan && !node->op->naive)
        return fail(AD_ERROR_UNSUPPORTED, "internal: op %s has no naive kernel", node->op->name);
    ad_status status = node->op == &op_scan ? run_scan(i, node, in, out) : node->op->naive(&call);
    if (status != AD_OK)
        return graph_failed_at(node, status);
    if (i->check_finite)
        TRY(check_node(node, in, out));
    for (int k = 0; k < node->in_count; k++)
        release(i, v, node->in[k]);
    return AD_OK;
}

static void count_uses(const struct interpretation *i, struct values *v, bool *needed)
{
    for (int k = 0; k < i->roots; k++) {
        needed[i->root[k]->node->id] = true;
        v->uses[i->root[k]->node->id][i->root[k]->index]++;
    }
    for (int id = i->graph->count - 1; id >= 0; id--) {
        const struct node *node = i->graph->nodes[id];
        for (int k = 0; needed[id] && k < node->in_count; k++) {
            needed[node->in[k]->node->id] = true;
            v->uses[node->in[k]->node->id][node->in[k]->index]++;
        }
    }
}

static ad_status take_results(const struct interpretation *i, struct values *v)
{
    for (int k = 0; k < i->roots; k++)
        i->result[k].data = NULL;
    for (int k = 0; k < i->roots; k++) {
        const ad_array *value = &v->of[i->root[k]->node->id][i->root[k]->index];
        TRY(allocate(i, i->root[k], &i->result[k]));
        memcpy(i->result[k].data, value->data, ad_array_bytes(value));
    }
    return AD_OK;
}

static void drop_results(const struct interpretation *i)
{
    for (int k = 0; k < i->roots; k++)
        memory_free(i->allocator, i->result[k].data,
                    i->result[k].data ? ad_array_bytes(&i->result[k]) + 1 : 0);
}

static ad_status run(const struct interpretation *i, struct values *v)
{
    bool *needed = arena_array(&v->scratch, (size_t)i->graph->count + 1, sizeof *needed);
    if (!needed)
        return AD_ERROR_MEMORY;
    count_uses(i, v, needed);
    for (int k = 0; k < i->leaves; k++) {
        if (!i->leaf[k])
            continue;
        if (i->check_finite)
            TRY(check_leaf(i->leaf[k], &i->value[k]));
        v->of[i->leaf[k]->node->id][0] = i->value[k];
        v->borrowed[i->leaf[k]->node->id][0] = true;
    }
    for (int id = 0; id < i->graph->count; id++)
        if (needed[id] && i->graph->nodes[id]->op != &op_feed)
            TRY(run_node(i, v, i->graph->nodes[id]));
    ad_status status = take_results(i, v);
    if (status != AD_OK)
        drop_results(i);
    return status;
}

ad_status interpret(const struct interpretation *i)
{
    struct values v = {0};
    ad_status status = prepare(&v, i->graph, i->allocator) ? AD_OK : AD_ERROR_MEMORY;
    if (status == AD_OK)
        status = run(i, &v);
    finish(i, &v);
    return status;
}
