/* Views: index maps instead of copies. */
#include "pass/view.h"

#include "op/shape.h"

void view_strides(const ad_shape *shape, int64_t *stride)
{
    int64_t step = 1;
    for (int i = shape->rank - 1; i >= 0; i--) {
        stride[i] = step;
        step *= shape->size[i];
    }
}

struct view view_whole(int value, ad_type type, const ad_shape *shape)
{
    struct view v = {.value = value, .type = type, .shape = *shape};
    view_strides(shape, v.stride);
    return v;
}

bool view_is_contiguous(const struct view *view)
{
    int64_t step = 1;
    for (int i = view->shape.rank - 1; i >= 0; i--) {
        if (view->shape.size[i] != 1 && view->stride[i] != step)
            return false;
        step *= view->shape.size[i];
    }
    return true;
}

/* Both shapes are walked from the last axis: a run of new axes must fit into a run of old ones that
 * lie evenly. */
bool view_reshape(const struct view *in, const ad_shape *shape, struct view *out)
{
    int i = in->shape.rank - 1, j = shape->rank - 1;
    *out = (struct view){in->value, in->type, *shape, in->offset, {0}};
    if (!shape_count(shape)) { /* nothing lies anywhere */
        *out = view_whole(in->value, in->type, shape);
        return true;
    }
    for (; j >= 0 || i >= 0;) {
        while (i >= 0 && in->shape.size[i] == 1)
            i--;
        if (j >= 0 && shape->size[j] == 1) {
            j--;
            continue;
        }
        if (i < 0 || j < 0)
            return i < 0 && j < 0;
        int64_t have = in->shape.size[i], want = shape->size[j], step = in->stride[i];
        out->stride[j] = step;
        while (have != want) {
            if (have == 0 || want == 0)
                return false;
            if (want < have) {
                if (--j < 0)
                    return false;
                out->stride[j] = step * want;
                want *= shape->size[j];
                continue;
            }
            int before = i--;
            while (i >= 0 && in->shape.size[i] == 1)
                i--;
            if (i < 0 || in->stride[i] != in->stride[before] * in->shape.size[before])
                return false;
            have *= in->shape.size[i];
        }
        i--;
        j--;
    }
    return true;
}

static bool transpose(const struct view *in, const struct transpose_attributes *a, struct view *out)
{
    *out = *in;
    for (int i = 0; i < in->shape.rank; i++) {
        out->shape.size[i] = in->shape.size[a->order.axis[i]];
        out->stride[i] = in->stride[a->order.axis[i]];
    }
    return true;
}

static bool slice(const struct view *in, const struct slice_attributes *a, struct view *out)
{
    *out = *in;
    out->offset += a->begin * in->stride[a->axis];
    out->shape.size[a->axis] = a->count;
    out->stride[a->axis] *= a->step;
    return true;
}

struct view view_squeeze(const struct view *v)
{
    struct view out = {v->value, v->type, {0}, v->offset, {0}};
    for (int i = 0; i < v->shape.rank; i++)
        if (v->shape.size[i] != 1) {
            out.stride[out.shape.rank] = v->stride[i];
            out.shape.size[out.shape.rank++] = v->shape.size[i];
        }
    return out;
}

struct view view_broadcast(const struct view *view, const ad_shape *shape)
{
    struct view out = {view->value, view->type, *shape, view->offset, {0}};
    int shift = shape->rank - view->shape.rank;
    for (int i = 0; i < view->shape.rank; i++)
        if (view->shape.size[i] == shape->size[i + shift])
            out.stride[i + shift] = view->stride[i];
    return out;
}

bool view_of_node(const struct node *node, const struct view *in, struct view *out)
{
    if (node->op == &op_reshape)
        return view_reshape(in, &node->out[0].shape, out);
    if (node->op == &op_transpose)
        return transpose(in, node->attributes, out);
    if (node->op == &op_slice)
        return slice(in, node->attributes, out);
    if (node->op == &op_expand) {
        *out = view_broadcast(in, &node->out[0].shape);
        return true;
    }
    *out = *in;
    return node->op == &op_stop_gradient;
}
