/* Pooling as plain C, in the order of op/pool.inc.  Sequences are images of width 1. */
#include <inttypes.h>

#include "emit/emit.h"
#include "op/pool.h"

struct pooling {
    struct pool_attributes a;
    struct view large, small; /* the image, and what it is pooled to, as (n, h, w, c) */
};

static const char *const small_axes[] = {"n", "oh", "ow", "c"};
static const char *const large_axes[] = {"n", "h", "w", "c"};

static struct view image(const struct view *v)
{
    struct view out = *v;
    if (v->shape.rank == 3) {
        out.shape = (ad_shape){4, {v->shape.size[0], v->shape.size[1], 1, v->shape.size[2]}};
        out.stride[2] = 0;
        out.stride[3] = v->stride[2];
    }
    return out;
}

static struct pooling pooling(const struct step *step, const struct view *large,
                              const struct view *small)
{
    struct pooling p = {*(const struct pool_attributes *)step->node->attributes, image(large),
                        image(small)};
    if (large->shape.rank == 3) {
        p.a.window_w = p.a.stride_w = 1;
        p.a.padding_w = 0;
    }
    return p;
}

/* The places from..end - 1 of the image under the window at position. */
static void declare_range(struct emit *e, const char *from, const char *end, const char *position,
                          int64_t window, int64_t stride, int64_t padding, int64_t size)
{
    struct phrase at = emit_sum(-padding, &stride, &position, 1);
    struct phrase past = emit_sum(window - padding, &stride, &position, 1);
    if (!padding) {
        emit_line(e, "const int64_t %s = %s, %s = %s;", from, at.text, end, past.text);
        return;
    }
    emit_line(e, "const int64_t %s = %s < 0 ? 0 : %s;", from, at.text, at.text);
    emit_line(e, "const int64_t %s = %s < %" PRId64 " ? %s : %" PRId64 ";", end, past.text, size,
              past.text, size);
}

/* for (h ...) for (w ...) over the window at oh, ow */
static void open_window(struct emit *e)
{
    emit_open(e, "for (int64_t h = top; h < bottom; h++) {");
    emit_open(e, "for (int64_t w = left; w < right; w++) {");
}

static void close_window(struct emit *e)
{
    emit_end(e);
    emit_end(e);
}

static void open_positions(struct emit *e, const struct pooling *p)
{
    const struct pool_attributes *a = &p->a;
    emit_nest(e, small_axes, p->small.shape.size, 4);
    declare_range(e, "top", "bottom", "oh", a->window, a->stride, a->padding,
                  p->large.shape.size[1]);
    declare_range(e, "left", "right", "ow", a->window_w, a->stride_w, a->padding_w,
                  p->large.shape.size[2]);
}

void emit_max_pool(struct emit *e, const struct step *step)
{
    struct pooling p = pooling(step, &step->in[0], &step->out[0]);
    struct view index = image(&step->out[1]);
    const char *type = emit_type(p.large.type);
    struct phrase x = emit_item(e, &p.large, large_axes);
    open_positions(e, &p);
    emit_line(e, "%s best = 0;", type);
    emit_line(e, "int32_t place = -1;");
    open_window(e);
    emit_line(e, "const %s x = %s;", type, x.text);
    emit_open(e, "if (place < 0 || x > best || (x != x && best == best)) {");
    emit_line(e, "best = x;");
    emit_line(e, "place = (int32_t)(h * %" PRId64 " + w);", p.large.shape.size[2]);
    emit_end(e);
    close_window(e);
    if (p.small.value >= 0)
        emit_line(e, "%s = best;", emit_item(e, &p.small, small_axes).text);
    if (index.value >= 0)
        emit_line(e, "%s = place;", emit_item(e, &index, small_axes).text);
    emit_end(e);
}

static void zero(struct emit *e, const struct view *v)
{
    emit_nest(e, emit_axis, v->shape.size, v->shape.rank);
    emit_line(e, "%s = 0;", emit_item(e, v, emit_axis).text);
    emit_end(e);
}

/* The place that an index names: h and w. */
static void declare_named(struct emit *e, const struct pooling *p, const struct view *index)
{
    struct view places = image(index);
    emit_line(e, "const int64_t place = %s;", emit_item(e, &places, small_axes).text);
    emit_line(e, "const int64_t h = place / %" PRId64 ", w = place %% %" PRId64 ";",
              p->large.shape.size[2], p->large.shape.size[2]);
}

void emit_max_pool_scatter(struct emit *e, const struct step *step)
{
    struct pooling p = pooling(step, &step->out[0], &step->in[0]);
    struct phrase dx = emit_item(e, &p.large, large_axes), dy = emit_item(e, &p.small, small_axes);
    zero(e, &step->out[0]);
    emit_nest(e, small_axes, p.small.shape.size, 4);
    declare_named(e, &p, &step->in[1]);
    emit_line(e, "%s += %s;", dx.text, dy.text);
    emit_end(e);
}

void emit_max_pool_take(struct emit *e, const struct step *step)
{
    struct pooling p = pooling(step, &step->in[0], &step->out[0]);
    struct phrase x = emit_item(e, &p.large, large_axes), y = emit_item(e, &p.small, small_axes);
    emit_nest(e, small_axes, p.small.shape.size, 4);
    declare_named(e, &p, &step->in[1]);
    emit_line(e, "%s = %s;", y.text, x.text);
    emit_end(e);
}

/* What the mean over a window divides by. */
static struct phrase divisor(const struct pooling *p)
{
    const struct pool_attributes *a = &p->a;
    if (a->count_padding || !(a->padding || a->padding_w))
        return emit_number(p->large.type, (double)(a->window * a->window_w));
    return emit_phrase("(%s)((bottom - top) * (right - left))", emit_type(p->large.type));
}

void emit_average_pool(struct emit *e, const struct step *step)
{
    struct pooling p = pooling(step, &step->in[0], &step->out[0]);
    struct phrase x = emit_item(e, &p.large, large_axes), y = emit_item(e, &p.small, small_axes);
    open_positions(e, &p);
    emit_line(e, "%s sum = 0;", emit_type(p.large.type));
    open_window(e);
    emit_line(e, "sum += %s;", x.text);
    close_window(e);
    emit_line(e, "%s = sum / %s;", y.text, divisor(&p).text);
    emit_end(e);
}

void emit_average_pool_gradient(struct emit *e, const struct step *step)
{
    struct pooling p = pooling(step, &step->out[0], &step->in[0]);
    struct phrase dx = emit_item(e, &p.large, large_axes), dy = emit_item(e, &p.small, small_axes);
    zero(e, &step->out[0]);
    open_positions(e, &p);
    emit_line(e, "const %s share = %s / %s;", emit_type(p.large.type), dy.text, divisor(&p).text);
    open_window(e);
    emit_line(e, "%s += share;", dx.text);
    close_window(e);
    emit_end(e);
}
