/* A reduction over several axes as steps over one. */
#include "core/reduce_order.h"

/* Neighbouring axes of one fate, merged. */
struct group {
    int64_t size;
    bool reduced;
};

static bool contains(const ad_axes *axes, int axis)
{
    for (int i = 0; i < axes->count; i++)
        if (axes->axis[i] == axis)
            return true;
    return false;
}

static int merge_axes(const ad_shape *shape, const ad_axes *axes, struct group *group)
{
    int count = 0;
    for (int i = 0; i < shape->rank; i++) {
        bool reduced = contains(axes, i);
        if (shape->size[i] == 1)
            continue;
        if (count && group[count - 1].reduced == reduced)
            group[count - 1].size *= shape->size[i];
        else
            group[count++] = (struct group){shape->size[i], reduced};
    }
    return count;
}

int reduce_order(const ad_shape *shape, const ad_axes *axes, struct reduce_step steps[AD_RANK_MAX])
{
    struct group group[AD_RANK_MAX];
    int count = 0;
    int64_t inner = 1;
    for (int i = merge_axes(shape, axes, group) - 1; i >= 0; i--) {
        if (!group[i].reduced) {
            inner *= group[i].size;
            continue;
        }
        int64_t outer = 1;
        for (int j = 0; j < i; j++)
            outer *= group[j].size;
        steps[count++] = (struct reduce_step){outer, group[i].size, inner};
    }
    return count;
}
