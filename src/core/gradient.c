/* Gradients, graph to graph: reverse mode over the order in which nodes were made (Linnainmaa
 * 1970), without recursion over the graph, so a chain of any length is safe.  The results are
 * ordinary tensors, so a gradient can be differentiated again.
 *
 * A composite without a gradient rule is expanded on the spot and the expansion differentiated; its
 * nodes are the newest of the graph, so that inner walk only looks at them. */
#include "core/gradient.h"

#include <string.h>

#include "base/error.h"

/* One walk over the nodes first..last; tensors made before first are leaves. */
struct walk {
    ad_graph *graph;
    int first, last;
    ad_tensor *const *x; /* what is differentiated for */
    int x_count;
    ad_tensor **dx;  /* their gradients so far */
    bool *depends;   /* node first + i depends on an x */
    bool *used;      /* and the outputs depend on it */
    ad_tensor ***dy; /* dy[i][result]: gradient so far at a result of node first + i */
    struct arena scratch;
};

static int find_x(const struct walk *w, const ad_tensor *t)
{
    for (int i = 0; i < w->x_count; i++)
        if (w->x[i] == t)
            return i;
    return -1;
}

static bool differentiable(const ad_tensor *t)
{
    return t->type == AD_F32 || t->type == AD_F64 || t->type == AD_BF16 || t->type == AD_F16;
}

static bool tensor_depends(const struct walk *w, const ad_tensor *t)
{
    int id = t->node->id;
    if (!differentiable(t))
        return false;
    return (id >= w->first && id <= w->last && w->depends[id - w->first]) || find_x(w, t) >= 0;
}

static void mark_depends(struct walk *w)
{
    for (int id = w->first; id <= w->last; id++) {
        const struct node *node = w->graph->nodes[id];
        if (node->op->no_gradient || node->op == &op_variable)
            continue;
        for (int i = 0; i < node->in_count && !w->depends[id - w->first]; i++)
            w->depends[id - w->first] = tensor_depends(w, node->in[i]);
    }
}

/* total + part, on the device where the tensor itself is made. */
static ad_tensor *accumulate(ad_tensor *total, ad_tensor *part)
{
    if (!total)
        return part;
    const struct op *op = total->node->op;
    ad_tensor *joined = op == part->node->op && op->join ? op->join(total, part) : NULL;
    return joined ? joined : ad_add(total, part);
}

static bool add_gradient(struct walk *w, ad_tensor *t, ad_tensor *part)
{
    int x = find_x(w, t), id = t->node->id;
    if (x >= 0)
        w->dx[x] = accumulate(w->dx[x], part);
    if (id < w->first || id > w->last)
        return true;
    ad_tensor ***slot = &w->dy[id - w->first];
    if (!*slot)
        *slot = arena_array(&w->scratch, (size_t)t->node->out_count, sizeof **slot);
    if (!*slot)
        return false;
    (*slot)[t->index] = accumulate((*slot)[t->index], part);
    return true;
}

/* The node's part by expanding it and differentiating the expansion. */
static ad_status expanded_gradient(struct gradient *g)
{
    ad_tensor *few[8], **out = few;
    int first = g->graph->count, n = g->node->out_count;
    if (n > 8)
        return fail(AD_ERROR_UNSUPPORTED,
                    "%s: a composite with more than 8 results needs a gradient rule",
                    g->node->op->name);
    memset(few, 0, sizeof few);
    g->node->op->expand(g->graph, g->node, g->in, out);
    for (int i = 0; i < n; i++)
        if (graph_is_poison(out[i]))
            return graph_poison_status(out[i]);
    return gradient_walk(g->graph, first, out, g->dy, n, g->in, g->node->in_count, g->dx);
}

static ad_status node_gradient(struct walk *w, struct node *node)
{
    size_t n = (size_t)node->in_count;
    ad_tensor **dx = arena_array(&w->scratch, n + 1, sizeof *dx);
    bool *wanted = arena_array(&w->scratch, n + 1, sizeof *wanted);
    if (!dx || !wanted)
        return fail(AD_ERROR_MEMORY, "out of memory");
    ad_tensor **out = arena_array(&w->scratch, (size_t)node->out_count + 1, sizeof *out);
    if (!out)
        return fail(AD_ERROR_MEMORY, "out of memory");
    for (int i = 0; i < node->in_count; i++)
        wanted[i] = tensor_depends(w, node->in[i]);
    for (int i = 0; i < node->out_count; i++)
        out[i] = &node->out[i];
    struct gradient g = {w->graph, node, node->in, out, w->dy[node->id - w->first], dx, wanted};
    if (node->op->gradient)
        node->op->gradient(&g);
    else
        TRY(expanded_gradient(&g));
    for (int i = 0; i < node->in_count; i++)
        if (dx[i] && wanted[i] && !add_gradient(w, node->in[i], dx[i]))
            return fail(AD_ERROR_MEMORY, "out of memory");
    return AD_OK;
}

/* From the outputs back to the leaves. */
static ad_status sweep(struct walk *w)
{
    int device = w->graph->device;
    for (int id = w->last; id >= w->first; id--) {
        struct node *node = w->graph->nodes[id];
        if (!w->dy[id - w->first] || !w->depends[id - w->first])
            continue;
        w->graph->device = node->device;
        ad_status status = node_gradient(w, node);
        w->graph->device = device;
        TRY(status);
        graph_stamp_as(w->graph, node);
    }
    return AD_OK;
}

static ad_status walk(struct walk *w, ad_tensor *const *y, ad_tensor *const *dy, int count)
{
    size_t n = (size_t)(w->last - w->first + 1);
    w->depends = arena_array(&w->scratch, n, sizeof *w->depends);
    w->dy = arena_array(&w->scratch, n, sizeof *w->dy);
    if (!w->depends || !w->dy)
        return fail(AD_ERROR_MEMORY, "out of memory");
    mark_depends(w);
    for (int i = 0; i < count; i++)
        if (dy[i] && differentiable(y[i]) && !add_gradient(w, y[i], dy[i]))
            return fail(AD_ERROR_MEMORY, "out of memory");
    return sweep(w);
}

ad_status gradient_walk(ad_graph *graph, int first, ad_tensor *const *y, ad_tensor *const *dy,
                        int y_count, ad_tensor *const *x, int x_count, ad_tensor **dx)
{
    struct walk w = {
        .graph = graph, .first = first, .last = first - 1, .x = x, .x_count = x_count, .dx = dx};
    for (int i = 0; i < y_count; i++)
        w.last = y[i]->node->id > w.last ? y[i]->node->id : w.last;
    arena_init(&w.scratch, &graph->context->allocator);
    ad_status status = walk(&w, y, dy, y_count);
    arena_done(&w.scratch);
    return status;
}

/* Zeros of x's shape, open sizes included. */
static ad_tensor *zeros_like(ad_tensor *x)
{
    return ad_full(x->node->graph, x->type, x->shape, 0);
}

static void fill(ad_tensor **gradients, int count, ad_tensor *poison)
{
    for (int i = 0; i < count; i++)
        gradients[i] = poison;
}

static ad_tensor *check(ad_graph *graph, ad_tensor *y, ad_tensor *dy, ad_tensor *const *x,
                        int count)
{
    ad_tensor *poison = graph_check(graph, "ad_gradient", &y, 1);
    poison = poison ? poison : graph_check(graph, "ad_gradient", x, count);
    if (!poison && !differentiable(y))
        return graph_poison(graph, AD_ERROR_TYPE,
                            "ad_gradient: y is %s; only f32 and f64 have gradients",
                            ad_type_name(y->type));
    if (!poison && dy)
        poison = graph_check(graph, "ad_gradient", &dy, 1);
    if (!poison && dy && (dy->type != y->type || !graph_shapes_equal(&dy->shape, &y->shape)))
        return graph_poison(graph, AD_ERROR_SHAPE,
                            "ad_gradient: y is %s %s and its gradient %s %s; they must be alike",
                            ad_type_name(y->type), graph_shape_text(graph, &y->shape),
                            ad_type_name(dy->type), graph_shape_text(graph, &dy->shape));
    return poison;
}

void ad_gradient_from(ad_tensor *y, ad_tensor *dy, ad_tensor *const *x, int count,
                      ad_tensor **gradients)
{
    GRAPH_HOLD(ad_tensor_graph(y));
    ad_graph *graph = y ? y->node->graph : NULL;
    ad_tensor *poison = check(graph, y, dy, x, count);
    fill(gradients, count, poison);
    if (poison)
        return;
    graph->stamped = graph->count;
    ad_tensor *seed = dy ? dy : ad_full(graph, y->type, y->shape, 1);
    ad_status status = gradient_walk(graph, 0, &y, &seed, 1, x, count, gradients);
    for (int i = 0; status == AD_OK && i < count; i++) {
        int first = 0; /* what is asked for twice is answered twice */
        while (x[first] != x[i])
            first++;
        gradients[i] = first < i      ? gradients[first]
                       : gradients[i] ? gradients[i]
                                      : zeros_like(x[i]);
    }
    if (status != AD_OK)
        fill(gradients, count,
             graph->poison ? graph->poison
                           : graph_poison(graph, status, "ad_gradient: %s", ad_error()));
}

void ad_gradient(ad_tensor *y, ad_tensor *const *x, int count, ad_tensor **gradients)
{
    GRAPH_HOLD(ad_tensor_graph(y));
    ad_gradient_from(y, NULL, x, count, gradients);
}
