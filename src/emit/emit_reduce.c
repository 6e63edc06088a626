/* Reductions that have a step of their own, and argmax, as plain C. */
#include <inttypes.h>

#include "core/reduce_order.h"
#include "emit/emit.h"
#include "op/reduce.h"
#include "op/shape.h"
#include "pass/view.h"

/* Memory of the step under a name. */
static void declare_scratch(struct emit *e, const char *name, int64_t count, ad_type type)
{
    size_t place = emit_scratch(e, count, type);
    emit_line(e, "%s *%s = (%s *)(arena + %zu);", emit_type(type), name, emit_type(type), place);
}

/* The first element of a view, as a pointer. */
static struct phrase start(const struct emit *e, const struct view *v)
{
    if (!v->offset)
        return emit_phrase("%s", emit_name(e, v->value));
    return emit_phrase("(%s + %" PRId64 ")", emit_name(e, v->value), v->offset);
}

/* The elements of a view as neighbours: the array itself, or a copy. */
static struct phrase in_order(struct emit *e, const struct view *v)
{
    if (view_is_contiguous(v))
        return start(e, v);
    struct view plain = view_whole(0, v->type, &v->shape);
    declare_scratch(e, "copy", shape_count(&v->shape), v->type);
    struct phrase to = emit_sum(0, plain.stride, emit_axis, v->shape.rank);
    struct phrase from = emit_item(e, v, emit_axis);
    emit_nest(e, emit_axis, v->shape.size, v->shape.rank);
    emit_line(e, "copy[%s] = %s;", to.text, from.text);
    emit_end(e);
    return emit_phrase("copy");
}

/* (outer, n, inner) to (outer, inner) */
static void one_step(struct emit *e, const struct op *op, ad_type type, const struct reduce_step *s,
                     const char *from, const char *to)
{
    static const char *const axes[] = {"outer", "inner"};
    emit_nest(e, axes, (const int64_t[]){s->outer, s->inner}, 2);
    struct phrase function =
        s->inner == 1 ? emit_row_function(e, op, type) : emit_column_function(e, op, type);
    struct phrase at = emit_sum(0, (const int64_t[]){s->n * s->inner, s->inner > 1}, axes, 2);
    struct phrase place = emit_sum(0, (const int64_t[]){s->inner, s->inner > 1}, axes, 2);
    struct phrase stride = emit_phrase(", %" PRId64, s->inner);
    emit_line(e, "%s[%s] = %s(%s + %s, %" PRId64 "%s);", to, place.text, function.text, from,
              at.text, s->n, s->inner == 1 ? "" : stride.text);
    emit_end(e);
}

void emit_reduce(struct emit *e, const struct step *step)
{
    const struct reduce_attributes *a = step->node->attributes;
    const struct view *x = &step->in[0], *y = &step->out[0];
    struct reduce_step steps[AD_RANK_MAX];
    int count = reduce_order(&x->shape, &a->axes, steps);
    struct phrase from = in_order(e, x), to;
    bool direct = view_is_contiguous(y);
    for (int i = 0; i < count; i++) {
        bool last = i == count - 1 && direct;
        to = last ? start(e, y) : emit_phrase("part%d", i);
        if (!last)
            declare_scratch(e, to.text, steps[i].outer * steps[i].inner, x->type);
        one_step(e, step->node->op, x->type, &steps[i], from.text, to.text);
        from = to;
    }
    if (count && direct)
        return;
    struct view plain = view_whole(0, y->type, &y->shape);
    struct phrase item = emit_item(e, y, emit_axis);
    struct phrase at = emit_sum(0, plain.stride, emit_axis, y->shape.rank);
    emit_nest(e, emit_axis, y->shape.size, y->shape.rank);
    emit_line(e, "%s = %s[%s];", item.text, from.text, at.text);
    emit_end(e);
}

void emit_argmax(struct emit *e, const struct step *step)
{
    const struct argmax_attributes *a = step->node->attributes;
    const struct view *x = &step->in[0], *y = &step->out[0];
    const char *here[AD_RANK_MAX], *best[AD_RANK_MAX];
    for (int i = 0; i < x->shape.rank; i++)
        here[i] = best[i] = emit_axis[i - (i > a->axis)];
    here[a->axis] = "k";
    best[a->axis] = "best";
    struct phrase item = emit_item(e, x, here), top = emit_item(e, x, best);
    const char *type = emit_type(x->type);
    emit_nest(e, emit_axis, y->shape.size, y->shape.rank);
    emit_line(e, "int64_t best = 0;");
    emit_open(e, "for (int64_t k = 1; k < %" PRId64 "; k++) {", x->shape.size[a->axis]);
    emit_line(e, "const %s a = %s, b = %s;", type, item.text, top.text);
    emit_line(e, "if (a > b || (a != a && b == b))");
    emit_under(e, "best = k;");
    emit_end(e);
    emit_line(e, "%s = (int32_t)best;", emit_item(e, y, emit_axis).text);
    emit_end(e);
}
