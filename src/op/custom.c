/* An op of the user's own: its shape, value and gradient come from callbacks. */
#include "op/custom.h"

#include "base/error.h"

enum { CUSTOM_MAX = AD_LIST_MAX }; /* inputs, and results */

static int result_count(const void *attributes)
{
    const struct custom_attributes *a = attributes;
    return a->op.results;
}

/* Without a shape callback every result is like the first input. */
static ad_status like_first(struct infer *f, const ad_custom_op *op)
{
    if (!f->in_count)
        return fail(AD_ERROR_ARGUMENT, "'%s' has no input and no shape callback", op->name);
    for (int i = 0; i < f->out_count; i++) {
        f->type[i] = f->in[0]->type;
        f->shape[i] = f->in[0]->shape;
    }
    return AD_OK;
}

static bool is_open(const ad_shape *shape)
{
    bool open = shape->rank < 0 || shape->rank > AD_RANK_MAX;
    for (int i = 0; i < shape->rank && !open; i++)
        open = shape->size[i] < 0;
    return open;
}

static ad_status infer(struct infer *f)
{
    const struct custom_attributes *a = f->attributes;
    ad_array in[CUSTOM_MAX], out[CUSTOM_MAX] = {0};
    if (!a->op.shape)
        return like_first(f, &a->op);
    for (int i = 0; i < f->in_count; i++) {
        in[i] = (ad_array){.type = f->in[i]->type, .shape = f->in[i]->shape};
        if (is_open(&in[i].shape))
            return fail(
                AD_ERROR_SHAPE,
                "'%s' has a shape callback, which reads numbers, and input %d is open; leave "
                ".shape NULL if results are like the first input",
                a->op.name, i + 1);
    }
    int code = a->op.shape(a->op.user, in, f->in_count, out);
    if (code)
        return fail(AD_ERROR_CUSTOM, "the shape callback of '%s' refused with %d", a->op.name,
                    code);
    for (int i = 0; i < f->out_count; i++) {
        if (is_open(&out[i].shape) || !ad_type_size(out[i].type))
            return fail(AD_ERROR_CUSTOM,
                        "the shape callback of '%s' left result %d without a shape", a->op.name,
                        i + 1);
        f->type[i] = out[i].type;
        f->shape[i] = out[i].shape;
    }
    return AD_OK;
}

/* What the callback gave has to be like the input it belongs to. */
static ad_tensor *check_gradient(struct gradient *g, const ad_custom_op *op, int i)
{
    ad_tensor *dx = g->dx[i], *x = g->in[i];
    ad_tensor *poison = dx ? graph_check(g->graph, "ad_custom", &dx, 1) : NULL;
    if (!dx || poison)
        return dx ? poison : NULL;
    if (dx->type == x->type && graph_shapes_equal(&dx->shape, &x->shape))
        return dx;
    return graph_poison(
        g->graph, AD_ERROR_CUSTOM,
        "custom '%s': the gradient callback gave %s %s for input %d, which is %s %s", op->name,
        ad_type_name(dx->type), graph_shape_text(g->graph, &dx->shape), i + 1,
        ad_type_name(x->type), graph_shape_text(g->graph, &x->shape));
}

static void gradient(struct gradient *g)
{
    const struct custom_attributes *a = g->node->attributes;
    if (!a->op.gradient)
        return;
    a->op.gradient(a->op.user, g->in, g->node->in_count, g->out, g->dy, g->dx);
    for (int i = 0; i < g->node->in_count; i++)
        g->dx[i] = check_gradient(g, &a->op, i);
}

static ad_status naive(const struct call *c)
{
    const struct custom_attributes *a = c->attributes;
    int code = a->op.value(a->op.user, c->in, c->in_count, c->out);
    if (code)
        return fail(AD_ERROR_CUSTOM, "the value callback of '%s' failed with %d", a->op.name, code);
    return AD_OK;
}

static ad_tensor *check(ad_graph *graph, const ad_custom_op *op, ad_tensor *const *in, int in_count)
{
    if (!op || !op->name || !op->value)
        return graph_poison(graph, AD_ERROR_ARGUMENT, "ad_custom: the op has no %s",
                            op && op->name ? "value callback" : "name");
    if (op->results < 1 || op->results > CUSTOM_MAX || in_count < 0 || in_count > CUSTOM_MAX)
        return graph_poison(
            graph, AD_ERROR_ARGUMENT,
            "custom '%s': %d inputs and %d results; there can be 0 to %d and 1 to %d", op->name,
            in_count, op->results, CUSTOM_MAX, CUSTOM_MAX);
    return graph_check(graph, "ad_custom", in, in_count);
}

void ad_custom(ad_graph *graph, const ad_custom_op *op, ad_tensor *const *in, int in_count,
               ad_tensor **results)
{
    ad_tensor *first = check(graph, op, in, in_count);
    int count = op && op->results > 0 && op->results <= CUSTOM_MAX ? op->results : 0;
    if (!first)
        first = graph_node(graph, &op_custom, &(struct custom_attributes){*op}, in, in_count);
    for (int i = 0; i < count; i++)
        results[i] = graph_result(first, i);
}

static const struct field fields[] = {FIELD(custom_attributes, op, CUSTOM, 0)};

const struct op op_custom = {.name = "custom",
                             .fallible = true,
                             .doc = "an op of the user's own",
                             .inputs = "any number",
                             .formula = "y = what the user's function computes",
                             FIELDS(fields),
                             .attribute_size = sizeof(struct custom_attributes),
                             .in_min = 0,
                             .in_max = -1,
                             .results = -1,
                             .result_count = result_count,
                             .infer = infer,
                             .gradient = gradient,
                             .naive = naive};
