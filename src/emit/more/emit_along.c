/* Ops along an axis as plain C: elements by number, scans, sorting. */
#include <inttypes.h>

#include "emit/emit.h"
#include "op/more/along.h"

/* Names for the axes of a view, but one, which has its own. */
struct names {
    const char *axis[AD_RANK_MAX];
};

static struct names with(int64_t axis, const char *name)
{
    struct names n;
    for (int i = 0; i < AD_RANK_MAX; i++)
        n.axis[i] = i == axis ? name : emit_axis[i];
    return n;
}

static struct phrase item(const struct emit *e, const struct view *v, int64_t axis,
                          const char *name)
{
    return emit_item(e, v, with(axis, name).axis);
}

/* ---- elements by number: over all of index, whose number is "row" */

static void open_numbered(struct emit *e, const struct view *index, int64_t limit)
{
    emit_nest(e, emit_axis, index->shape.size, index->shape.rank);
    emit_line(e, "const int64_t row = %s;", emit_item(e, index, emit_axis).text);
    emit_line(e, "if (row < 0 || row >= %" PRId64 ")", limit);
    emit_under(e, "return OUT_OF_RANGE;");
}

void emit_take_along(struct emit *e, const struct step *step)
{
    const struct along_attributes *a = step->node->attributes;
    const struct view *x = &step->in[0];
    open_numbered(e, &step->in[1], x->shape.size[a->axis]);
    emit_line(e, "%s = %s;", emit_item(e, &step->out[0], emit_axis).text,
              item(e, x, a->axis, "row").text);
    emit_end(e);
}

static struct phrase joined(struct emit *e, int64_t how, ad_type type, const char *a, const char *b)
{
    static const struct op *const ops[] = {[AD_SCATTER_ADD] = &op_add,
                                           [AD_SCATTER_MUL] = &op_mul,
                                           [AD_SCATTER_MIN] = &op_minimum,
                                           [AD_SCATTER_MAX] = &op_maximum};
    return how == AD_SCATTER_SET ? emit_phrase("%s", b)
                                 : emit_call(e, ops[how], type, (const char *const[]){a, b});
}

void emit_scatter_along(struct emit *e, const struct step *step)
{
    const struct along_attributes *a = step->node->attributes;
    const struct view *y = &step->out[0];
    struct phrase to = item(e, y, a->axis, "row");
    struct phrase from = emit_item(e, &step->in[2], emit_axis);
    emit_copy(e, &step->in[0], y);
    open_numbered(e, &step->in[1], y->shape.size[a->axis]);
    emit_line(e, "%s = %s;", to.text, joined(e, a->how, y->type, to.text, from.text).text);
    emit_end(e);
}

/* ---- scans and sorting: over all positions round the axis */

static void open_positions(struct emit *e, const ad_shape *shape, int64_t axis)
{
    const char *name[AD_RANK_MAX];
    int64_t extent[AD_RANK_MAX];
    int count = 0;
    for (int i = 0; i < shape->rank; i++)
        if (i != axis)
            name[count] = emit_axis[i], extent[count++] = shape->size[i];
    emit_nest(e, name, extent, count);
}

/* The view in the order of the scan. */
static struct view turned(const struct view *v, const struct along_attributes *a)
{
    struct view out = *v;
    if (!a->reverse || !v->shape.size[a->axis])
        return out;
    out.offset += (v->shape.size[a->axis] - 1) * v->stride[a->axis];
    out.stride[a->axis] *= -1;
    return out;
}

static void extreme_step(struct emit *e, const struct step *step, const struct view *x,
                         const struct view *y)
{
    const struct along_attributes *a = step->node->attributes;
    emit_line(e, "const %s a = %s, b = %s;", emit_type(x->type), item(e, x, a->axis, "k").text,
              item(e, x, a->axis, "best").text);
    emit_line(e, "if (a %s b || a != a)", a->how ? "<=" : ">=");
    emit_under(e, "best = k;");
    if (y->value >= 0)
        emit_line(e, "%s = %s;", item(e, y, a->axis, "k").text, item(e, x, a->axis, "best").text);
    struct view place = turned(&step->out[1], a);
    const char *form = a->reverse ? "%s = (int32_t)(%" PRId64 " - best);" : "%s = (int32_t)best;";
    if (place.value >= 0)
        emit_line(e, form, item(e, &place, a->axis, "k").text, x->shape.size[a->axis] - 1);
}

static void sum_step(struct emit *e, const struct step *step, const struct view *x,
                     const struct view *y, const char *sum)
{
    const struct along_attributes *a = step->node->attributes;
    const struct op *op = step->node->op;
    bool linear = op == &op_recurrence;
    struct phrase here = item(e, x, a->axis, linear && a->how ? "(k - 1)" : "k");
    struct phrase next = emit_phrase("s %s (%s)%s", op == &op_cumsum ? "+" : "*", sum, here.text);
    if (linear) {
        struct view b = turned(&step->in[1], a);
        next = emit_phrase("(k ? (double)%s * s : -0.0) + (double)%s", here.text,
                           item(e, &b, a->axis, "k").text);
    }
    emit_line(e, "s = %s;", next.text);
    emit_line(e, "%s = (%s)s;", item(e, y, a->axis, "k").text, emit_type(y->type));
}

void emit_scan_along(struct emit *e, const struct step *step)
{
    const struct along_attributes *a = step->node->attributes;
    struct view x = turned(&step->in[0], a), y = turned(&step->out[0], a);
    bool extreme = step->node->op == &op_cummax;
    const char *sum = x.type == AD_F32 || x.type == AD_F64 ? "double" : "uint64_t";
    open_positions(e, &x.shape, a->axis);
    if (extreme)
        emit_line(e, "int64_t best = 0;");
    else
        emit_line(e, "%s s = %s;", sum, step->node->op == &op_cumprod ? "1" : "-0.0");
    emit_open(e, "for (int64_t k = 0; k < %" PRId64 "; k++) {", x.shape.size[a->axis]);
    if (extreme)
        extreme_step(e, step, &x, &y);
    else
        sum_step(e, step, &x, &y, sum);
    emit_end(e);
    emit_end(e);
}

/* $3: a stands before b.  emit_helper looks for a blank before the name. */
static const char sort_form[] =
    "/* Places of n numbers, stride apart, in order; room is for 2 n. */\n"
    "static const int32_t * $1(const $2 *x, int64_t n, int64_t stride, int32_t *room)\n"
    "{\n"
    "    int32_t *from = room, *to = room + n, *swap;\n"
    "    for (int64_t i = 0; i < n; i++)\n"
    "        from[i] = (int32_t)i;\n"
    "    for (int64_t w = 1; w < n; w *= 2, swap = from, from = to, to = swap)\n"
    "        for (int64_t i = 0, k = 0; k < n; i += w) {\n"
    "            const int64_t middle = i + w < n ? i + w : n, end = i + 2 * w < n ? i + 2 * w : "
    "n;\n"
    "            for (int64_t j = middle; k < end; k++) {\n"
    "                const $2 a = j < end ? x[from[j] * stride] : 0;\n"
    "                const $2 b = i < middle ? x[from[i] * stride] : 0;\n"
    "                to[k] = i == middle || (j < end && ($3)) ? from[j++] : from[i++];\n"
    "            }\n"
    "        }\n"
    "    return from;\n"
    "}\n";

void emit_sort(struct emit *e, const struct step *step)
{
    const struct sort_attributes *a = step->node->attributes;
    const struct view *x = &step->in[0], *y = &step->out[0], *place = &step->out[1];
    int64_t n = x->shape.size[a->axis];
    struct phrase name =
        emit_phrase("%s_%s", a->descending ? "falling" : "rising", ad_type_name(x->type));
    const char *before =
        a->descending ? "a > b || (a != a && b == b)" : "a < b || (b != b && a == a)";
    emit_helper(e, name.text, sort_form,
                (const char *const[]){name.text, emit_type(x->type), before});
    emit_line(e, "int32_t *room = (int32_t *)(arena + %zu);", emit_scratch(e, 2 * n, AD_I32));
    open_positions(e, &x->shape, a->axis);
    emit_line(e, "const int32_t *order = %s(&%s, %" PRId64 ", %" PRId64 ", room);", name.text,
              item(e, x, a->axis, "0").text, n, x->stride[a->axis]);
    emit_open(e, "for (int64_t k = 0; k < %" PRId64 "; k++) {", a->count);
    if (y->value >= 0)
        emit_line(e, "%s = %s;", item(e, y, a->axis, "k").text,
                  item(e, x, a->axis, "order[k]").text);
    if (place->value >= 0)
        emit_line(e, "%s = order[k];", item(e, place, a->axis, "k").text);
    emit_end(e);
    emit_end(e);
}
