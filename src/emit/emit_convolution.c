/* Convolutions as plain C, in the order of op/convolution.inc.  Sequences are images of width 1. */
#include <inttypes.h>
#include <stdio.h>

#include "emit/emit.h"
#include "op/convolution.h"

/* ---- images (n, h, w, c) and weights (f, c, kh, kw) whatever the rank */

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

static struct view kernel(const struct view *v)
{
    struct view out = *v;
    if (v->shape.rank == 3) {
        out.shape.rank = 4;
        out.shape.size[3] = 1;
        out.stride[3] = 0;
    }
    return out;
}

/* The element of an image, or 0 where the place may lie outside. */
static struct phrase image_item(struct emit *e, const struct view *v, bool padded,
                                const char *const *name)
{
    struct phrase item = emit_item(e, v, name);
    struct phrase real = emit_real(e, v->type, item.text);
    if (!padded)
        return real;
    struct phrase zero = emit_number(emit_product_type(v->type), 0);
    return emit_phrase("inside ? %s : %s", real.text, zero.text);
}

static void declare_inside(struct emit *e, const char *h, int64_t height, const char *w,
                           int64_t width)
{
    emit_line(e, "const int inside = %s >= 0 && %s < %" PRId64 " && %s >= 0 && %s < %" PRId64 ";",
              h, h, height, w, w, width);
}

/* const int64_t name = start + ... */
static void declare_place(struct emit *e, const char *name, int64_t start, const char *a,
                          int64_t of_a, const char *b, int64_t of_b)
{
    struct phrase sum =
        emit_sum(start, (const int64_t[]){of_a, of_b}, (const char *const[]){a, b}, 2);
    emit_line(e, "const int64_t %s = %s;", name, sum.text);
}

/* The place h, w of x under tap kh, kw of position oh, ow. */
static bool declare_source(struct emit *e, const struct convolution_sizes *s)
{
    bool padded = s->padding || s->padding_w;
    declare_place(e, "h", -s->padding, "oh", s->stride, "kh", s->dilation);
    declare_place(e, "w", -s->padding_w, "ow", s->stride_w, "kw", s->dilation_w);
    if (padded)
        declare_inside(e, "h", s->height, "w", s->width);
    return padded;
}

/* A term of a sum, with its operand from an image first. */
static void term(struct emit *e, ad_type type, int64_t terms, struct phrase a, struct phrase b)
{
    ad_type real = emit_product_type(type);
    struct phrase other = emit_real(e, type, b.text);
    emit_line(e, "const %s a = %s;", emit_type(real), a.text);
    emit_term(e, real, terms, "a", other.text, false);
}

static void finish(struct emit *e, const struct view *to, const char *const *name, int64_t terms)
{
    struct phrase item = emit_item(e, to, name);
    emit_end(e);
    emit_line(e, "%s = %s;", item.text, emit_total(terms));
    emit_end(e);
}

/* "f / 4 * 8 + c": a channel of the group that another channel belongs to. */
static struct phrase grouped(const char *of, int64_t own, int64_t other, int64_t groups,
                             const char *channel)
{
    if (groups == 1)
        return emit_phrase("%s", channel);
    return emit_phrase("(%s / %" PRId64 " * %" PRId64 " + %s)", of, own, other, channel);
}

/* y[n, oh, ow, f] = sum over (kh, kw, c) of x[n, h, w, c] weight[f, c, kh, kw] */
void emit_convolution(struct emit *e, const struct step *step)
{
    static const char *const out[] = {"n", "oh", "ow", "f"}, *const taps[] = {"kh", "kw", "c"};
    static const char *const of_weight[] = {"f", "c", "kh", "kw"};
    struct view x = image(&step->in[0]), w = kernel(&step->in[1]), y = image(&step->out[0]);
    struct convolution_sizes s = convolution_sizes(step->node->attributes, &step->in[0].shape,
                                                   &step->in[1].shape, &step->out[0].shape);
    int64_t depth = s.channels / s.groups, terms = s.kernel * s.kernel_w * depth;
    struct phrase c = grouped("f", s.filters / s.groups, depth, s.groups, "c");
    const char *of_x[] = {"n", "h", "w", c.text};
    emit_nest(e, out, y.shape.size, 4);
    emit_terms(e, emit_product_type(x.type), terms);
    emit_nest(e, taps, (const int64_t[]){s.kernel, s.kernel_w, depth}, 3);
    bool padded = declare_source(e, &s);
    term(e, x.type, terms, image_item(e, &x, padded, of_x), emit_item(e, &w, of_weight));
    finish(e, &y, out, terms);
}

/* dx[n, h, w, c] = sum over (kh, kw, f) of dy[n, oh, ow, f] weight[f, c, kh, kw] */
void emit_convolution_input(struct emit *e, const struct step *step)
{
    static const char *const out[] = {"n", "h", "w", "c"}, *const taps[] = {"kh", "kw", "f"};
    struct view dy = image(&step->in[0]), w = kernel(&step->in[1]), dx = image(&step->out[0]);
    struct convolution_sizes s = convolution_sizes(step->node->attributes, &step->out[0].shape,
                                                   &step->in[1].shape, &step->in[0].shape);
    int64_t depth = s.channels / s.groups, group = s.filters / s.groups;
    int64_t terms = s.kernel * s.kernel_w * group;
    struct phrase f = grouped("c", depth, group, s.groups, "f");
    struct phrase c = emit_phrase("c %% %" PRId64, depth);
    c = s.groups == 1 ? emit_phrase("c") : emit_phrase("(%s)", c.text);
    const char *of_dy[] = {"n", "oh", "ow", f.text}, *of_weight[] = {f.text, c.text, "kh", "kw"};
    emit_nest(e, out, dx.shape.size, 4);
    emit_terms(e, emit_product_type(dy.type), terms);
    emit_nest(e, taps, (const int64_t[]){s.kernel, s.kernel_w, group}, 3);
    declare_place(e, "at_h", s.padding, "h", 1, "kh", -s.dilation);
    declare_place(e, "at_w", s.padding_w, "w", 1, "kw", -s.dilation_w);
    if (s.stride > 1 || s.stride_w > 1) {
        emit_line(e, "if (at_h %% %" PRId64 " != 0 || at_w %% %" PRId64 " != 0)", s.stride,
                  s.stride_w);
        emit_under(e, "continue;");
    }
    emit_line(e, "const int64_t oh = at_h / %" PRId64 ", ow = at_w / %" PRId64 ";", s.stride,
              s.stride_w);
    declare_inside(e, "oh", s.out_height, "ow", s.out_width);
    term(e, dy.type, terms, image_item(e, &dy, true, of_dy), emit_item(e, &w, of_weight));
    finish(e, &dx, out, terms);
}

/* dw[f, c, kh, kw] = sum over (n, oh, ow) of x[n, h, w, c] dy[n, oh, ow, f] */
void emit_convolution_weight(struct emit *e, const struct step *step)
{
    static const char *const out[] = {"f", "c", "kh", "kw"}, *const places[] = {"n", "oh", "ow"};
    static const char *const of_dy[] = {"n", "oh", "ow", "f"};
    struct view x = image(&step->in[0]), dy = image(&step->in[1]), dw = kernel(&step->out[0]);
    struct convolution_sizes s = convolution_sizes(step->node->attributes, &step->in[0].shape,
                                                   &step->out[0].shape, &step->in[1].shape);
    int64_t terms = s.batch * s.out_height * s.out_width;
    struct phrase c = grouped("f", s.filters / s.groups, s.channels / s.groups, s.groups, "c");
    const char *of_x[] = {"n", "h", "w", c.text};
    emit_nest(e, out, dw.shape.size, 4);
    emit_terms(e, emit_product_type(x.type), terms);
    emit_nest(e, places, (const int64_t[]){s.batch, s.out_height, s.out_width}, 3);
    bool padded = declare_source(e, &s);
    term(e, x.type, terms, image_item(e, &x, padded, of_x), emit_item(e, &dy, of_dy));
    finish(e, &dw, out, terms);
}
