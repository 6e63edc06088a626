/* Ops that move elements, as plain C: copies, concat, pad, spread, gather and scatter. */
#include <inttypes.h>

#include "emit/emit.h"
#include "op/gather.h"
#include "op/shape.h"

void emit_copy(struct emit *e, const struct view *from, const struct view *to)
{
    struct phrase target = emit_item(e, to, emit_axis), source = emit_item(e, from, emit_axis);
    emit_nest(e, emit_axis, from->shape.size, from->shape.rank);
    emit_line(e, "%s = %s;", target.text, source.text);
    emit_end(e);
}

/* Part of a view: elements begin + i step along one axis. */
static struct view part(const struct view *v, int64_t axis, int64_t begin, int64_t step)
{
    struct view out = *v;
    out.offset += begin * v->stride[axis];
    out.stride[axis] *= step;
    return out;
}

static void fill(struct emit *e, const struct view *v, double value)
{
    emit_nest(e, emit_axis, v->shape.size, v->shape.rank);
    emit_line(e, "%s = %s;", emit_item(e, v, emit_axis).text, emit_number(v->type, value).text);
    emit_end(e);
}

void emit_concat(struct emit *e, const struct step *step)
{
    const struct concat_attributes *a = step->node->attributes;
    int64_t begin = 0;
    for (int i = 0; i < step->node->in_count; i++) {
        struct view to = part(&step->out[0], a->axis, begin, 1);
        emit_copy(e, &step->in[i], &to);
        begin += step->in[i].shape.size[a->axis];
    }
}

void emit_pad(struct emit *e, const struct step *step)
{
    const struct pad_attributes *a = step->node->attributes;
    struct view to = part(&step->out[0], a->axis, a->before, 1);
    fill(e, &step->out[0], a->value);
    emit_copy(e, &step->in[0], &to);
}

void emit_spread(struct emit *e, const struct step *step)
{
    const struct spread_attributes *a = step->node->attributes;
    struct view to = part(&step->out[0], a->axis, a->begin, a->step);
    fill(e, &step->out[0], 0);
    emit_copy(e, &step->in[0], &to);
}

/* ---- elements by number */

/* Every index lies in 0..limit - 1, or the function fails. */
static void check_range(struct emit *e, const struct view *index, int64_t limit)
{
    struct phrase item = emit_item(e, index, emit_axis);
    emit_nest(e, emit_axis, index->shape.size, index->shape.rank);
    emit_line(e, "if (%s < 0 || %s >= %" PRId64 ")", item.text, item.text, limit);
    emit_under(e, "return OUT_OF_RANGE;");
    emit_end(e);
}

void emit_check_index(struct emit *e, const struct step *step)
{
    const struct check_index_attributes *a = step->node->attributes;
    check_range(e, &step->in[0], a->limit);
    emit_copy(e, &step->in[0], &step->out[0]);
}

/* Names for the axes of x (a, rows, b) where those of (a, index, b) are i0, i1...: the row is
 * "row". */
static void name_rows(const char **name, const struct view *x, int64_t axis, int index_rank)
{
    for (int i = 0; i < x->shape.rank; i++)
        name[i] = i < axis ? emit_axis[i] : i == axis ? "row" : emit_axis[i + index_rank - 1];
}

/* to[a, i, b] = x[a, index[i], b], or base[a, index[i], b] += part[a, i, b]: over the indexed
 * one; rows: x or base. */
static void open_indexed(struct emit *e, const struct view *rows, const struct view *indexed,
                         const struct view *index, int64_t axis)
{
    struct phrase row = emit_item(e, index, emit_axis + axis);
    emit_nest(e, emit_axis, indexed->shape.size, indexed->shape.rank);
    emit_line(e, "const int64_t row = %s;", row.text);
    if (!rows->stride[axis])
        emit_line(e, "(void)row; /* all rows are one */");
}

void emit_gather(struct emit *e, const struct step *step)
{
    const struct gather_attributes *a = step->node->attributes;
    const struct view *x = &step->in[0], *index = &step->in[1], *y = &step->out[0];
    const char *name[AD_RANK_MAX];
    name_rows(name, x, a->axis, index->shape.rank);
    check_range(e, index, x->shape.size[a->axis]);
    open_indexed(e, x, y, index, a->axis);
    emit_line(e, "%s = %s;", emit_item(e, y, emit_axis).text, emit_item(e, x, name).text);
    emit_end(e);
}

void emit_scatter_add(struct emit *e, const struct step *step)
{
    const struct gather_attributes *a = step->node->attributes;
    const struct view *base = &step->in[0], *index = &step->in[1], *added = &step->in[2];
    const struct view *y = &step->out[0];
    const char *name[AD_RANK_MAX];
    name_rows(name, y, a->axis, index->shape.rank);
    struct phrase to = emit_item(e, y, name), from = emit_item(e, added, emit_axis);
    check_range(e, index, y->shape.size[a->axis]);
    emit_copy(e, base, y);
    open_indexed(e, y, added, index, a->axis);
    emit_line(e, "%s = %s;", to.text, emit_add(e, y->type, to.text, from.text).text);
    emit_end(e);
}
