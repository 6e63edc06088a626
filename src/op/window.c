/* Sizes of windows that slide. */
#include "op/window.h"

#include "base/error.h"

static const int64_t number_max = (int64_t)1 << 31;

static ad_status check(const struct window_axis *a)
{
    if (a->window < 1 || a->window > number_max)
        return fail(AD_ERROR_ARGUMENT, "a window of %lld; it has to be 1 or more",
                    (long long)a->window);
    if (a->stride < 1 || a->stride > number_max)
        return fail(AD_ERROR_ARGUMENT, "a stride of %lld; it has to be 1 or more",
                    (long long)a->stride);
    if (a->padding < 0 || a->padding > number_max)
        return fail(AD_ERROR_ARGUMENT, "a padding of %lld; it has to be 0 or more",
                    (long long)a->padding);
    if (a->dilation < 1 || a->dilation > number_max)
        return fail(AD_ERROR_ARGUMENT, "a dilation of %lld; it has to be 1 or more",
                    (long long)a->dilation);
    return AD_OK;
}

/* dim + by, where by may be negative and an open dim stays open. */
static ad_dim shifted(ad_graph *graph, ad_dim dim, int64_t by)
{
    return by < 0 ? dim_sub(graph, dim, -by) : dim_add(graph, dim, by);
}

ad_status window_count(ad_graph *graph, ad_dim size, const struct window_axis *a, ad_dim *count)
{
    TRY(check(a));
    int64_t extent = a->dilation * (a->window - 1) + 1;
    if (!dim_is_open(size) && size + 2 * a->padding < extent)
        return fail(
            AD_ERROR_SHAPE,
            "a window that covers %lld does not fit on a size of %lld with a padding of %lld",
            (long long)extent, (long long)size, (long long)a->padding);
    ad_dim room = shifted(graph, size, 2 * a->padding - extent);
    *count = dim_add(graph, dim_floor_div(graph, room, a->stride), 1);
    return AD_OK;
}

ad_status window_size(ad_graph *graph, ad_dim count, const struct window_axis *a, int64_t extra,
                      ad_dim *size)
{
    TRY(check(a));
    int64_t rest = a->dilation * (a->window - 1) + 1 + extra - a->stride - 2 * a->padding;
    ad_dim strides = dim_mul(graph, count, a->stride);
    if (!dim_is_open(strides) && strides + rest < 0)
        return fail(AD_ERROR_SHAPE, "a padding of %lld takes away more than there is",
                    (long long)a->padding);
    *size = shifted(graph, strides, rest);
    return AD_OK;
}

ad_status window_check_width(const ad_window_options *o, int rank)
{
    const struct {
        const char *name;
        int64_t given;
    } options[] = {{"window_w", o->window_w},
                   {"stride_w", o->stride_w},
                   {"padding_w", o->padding_w},
                   {"dilation_w", o->dilation_w},
                   {"output_padding_w", o->output_padding_w}};
    for (size_t i = 0; rank == 3 && i < sizeof options / sizeof *options; i++)
        if (options[i].given != AD_SAME)
            return fail(AD_ERROR_ARGUMENT,
                        ".%s is %lld, and x, (batch, time, channels), has no width; leave it out",
                        options[i].name, (long long)options[i].given);
    return AD_OK;
}

struct window_image window_image(const ad_shape *shape)
{
    if (shape->rank == 3)
        return (struct window_image){shape->size[0], shape->size[1], 1, shape->size[2]};
    return (struct window_image){shape->size[0], shape->size[1], shape->size[2], shape->size[3]};
}
