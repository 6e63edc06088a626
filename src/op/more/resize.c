/* The call that brings pictures to another size. */
#include <math.h>

#include "base/error.h"
#include "base/option.h"
#include "op/more/arrange.h"
#include "op/more/resample.h"

enum { AXES = 3 };
static const char *const call = "ad_resize";

/* The axes between the first and the last, two at a time. */
static ad_tensor *weighed(ad_tensor *x, const ad_shape *y, const ad_resize_options *o)
{
    ad_graph *graph = x->node->graph;
    struct resample_attributes a = {.factor = o->factor == AD_AUTO ? 0 : o->factor,
                                    .mode = o->mode,
                                    .align_corners = o->align_corners,
                                    .antialias = o->antialias,
                                    .height = y->size[1],
                                    .width = 1};
    ad_shape s = x->shape;
    if (s.rank == 5) { /* depth, then the others of each picture of the new depth */
        ad_dim inner = dim_product(graph, &s, 2, 5);
        x = graph_node1(&op_resample, &a,
                        arrange_rows(&op_reshape, x, s.size[0], s.size[1], inner));
        ad_shape four = {4, {dim_mul(graph, s.size[0], a.height), s.size[2], s.size[3], s.size[4]}};
        x = arrange_as(&op_reshape, x, &four);
        a.height = y->size[2];
    }
    a.width = s.rank == 3 ? 1 : y->size[s.rank - 2];
    return arrange_as(&op_reshape, graph_node1(&op_resample, &a, x), y);
}

static ad_status read_options(ad_resize_options *o, const ad_resize_options *given)
{
    TRY(options_read(ad_resize_options, o, given));
    if (o->mode > AD_RESIZE_CUBIC)
        return fail(AD_ERROR_ARGUMENT, "there is no mode %d", (int)o->mode);
    if (o->mode <= AD_RESIZE_NEAREST_EXACT && (o->antialias || o->align_corners))
        return fail(AD_ERROR_ARGUMENT, ".antialias and .align_corners go with linear and cubic");
    if (o->factor != AD_AUTO && (!(o->factor > 0 && o->factor < 0x1p31) || o->size.rank))
        return fail(AD_ERROR_ARGUMENT, "a factor of %g; it is above 0, and .size left out",
                    o->factor);
    return AD_OK;
}

/* floor(size factor); AD_INFER where it cannot be said. */
static ad_dim times(ad_graph *graph, ad_dim size, double factor)
{
    double parts = 1 / factor;
    if (!dim_is_open(size))
        return (ad_dim)floor((double)size * factor);
    if (factor == floor(factor))
        return dim_mul(graph, size, (int64_t)factor);
    return parts == floor(parts) ? dim_floor_div(graph, size, (int64_t)parts) : AD_INFER;
}

ad_tensor *ad_resize(ad_tensor *x, const ad_resize_options *options)
{
    ad_graph *graph = ad_tensor_graph(x);
    ad_resize_options o = AD_OPTIONS(ad_resize_options);
    ad_tensor *poison = arrange_rank(call, x, 3, AXES + 2);
    poison = poison ? poison : graph_passed(graph, call, read_options(&o, options));
    if (poison)
        return poison;
    ad_shape y = x->shape;
    bool same = true, by_size = o.factor == AD_AUTO;
    if (by_size && o.size.rank != y.rank - 2)
        return arrange_fail(call, x, AD_ERROR_SHAPE, "%d sizes are given, or a .factor is left out",
                            o.size.rank);
    for (int i = 1; i < y.rank - 1; i++) {
        ad_dim before = y.size[i];
        y.size[i] = by_size ? o.size.size[i - 1] : times(graph, before, o.factor);
        if (!dim_is_known(graph, y.size[i]) || (y.size[i] == 0) != (before == 0))
            return arrange_fail(call, x, AD_ERROR_SHAPE,
                                "axis %d cannot be of size %lld; a factor of open sizes is whole, "
                                "or 1 by a whole number",
                                i, (long long)(y.size[i] == AD_INFER ? 0 : y.size[i]));
        same = same && y.size[i] == before && by_size;
    }
    bool near = o.mode <= AD_RESIZE_NEAREST_EXACT, real = x->type == AD_F32 || x->type == AD_F64;
    if (same)
        return x;
    return near && !real && x->type != AD_I64
               ? ad_cast(weighed(ad_cast(x, AD_F64), &y, &o), x->type)
               : weighed(x, &y, &o);
}
