/* Places of steps in attention: pairs that turn (Su et al. 2021) and costs of distance (Press et
 * al. 2022). */
#include "nn/more/rotary.h"

#include <math.h>

#include "nn/more/cache.h"

/* ---- rotary places */

/* x1, x2 (..., pairs) turned by angles. */
static void turn(ad_tensor **x, ad_tensor *cos, ad_tensor *sin)
{
    ad_tensor *first = ad_sub(ad_mul(x[0], cos), ad_mul(x[1], sin));
    x[1] = ad_add(ad_mul(x[1], cos), ad_mul(x[0], sin));
    x[0] = first;
}

/* x (batch, time, heads, width), of those steps, i32 (time). */
ad_tensor *rotary_turned(ad_tensor *x, ad_tensor *step, double theta, bool pairs)
{
    ad_graph *g = x->node->graph;
    ad_shape s = x->shape, cut = s;
    int64_t half = s.size[3] / 2;
    ad_tensor *pair = ad_cast(ad_range(g, AD_I32, half), AD_F64);
    ad_tensor *rate = ad_exp(ad_scale(pair, half ? -log(theta) / (double)half : 0));
    ad_tensor *angle = ad_mul(ad_reshape(ad_cast(step, AD_F64), AD_SHAPE(s.size[1], 1, 1)), rate);
    ad_tensor *cos = ad_cast(ad_cos(angle), x->type), *sin = ad_cast(ad_sin(angle), x->type);
    if (!pairs) {
        ad_tensor *part[] = {ad_slice(x, 3, 0, half, 1), ad_slice(x, 3, half, 2 * half, 1)};
        turn(part, cos, sin);
        return ad_concat(part, 2, 3);
    }
    cut.size[3] = half, cut.size[4] = 2, cut.rank = 5;
    x = ad_reshape(x, cut);
    cut.size[4] = 1;
    ad_tensor *part[2];
    for (int i = 0; i < 2; i++)
        part[i] = ad_reshape(ad_slice(x, 4, i, i + 1, 1),
                             (ad_shape){4, {s.size[0], s.size[1], s.size[2], half}});
    turn(part, cos, sin);
    for (int i = 0; i < 2; i++)
        part[i] = ad_reshape(part[i], cut);
    return ad_reshape(ad_concat(part, 2, 4), s);
}

ad_tensor *ad_rotary(ad_tensor *x, double theta, bool pairs)
{
    ad_graph *graph = ad_tensor_graph(x);
    ad_tensor *poison = graph_check(graph, "ad_rotary", &x, 1);
    if (poison)
        return poison;
    if (x->shape.rank == 4 && x->shape.size[3] % 2 == 0 && !dim_is_open(x->shape.size[3]) &&
        theta > 0)
        return rotary_turned(x, cache_range(graph, x->shape.size[1]), theta, pairs);
    return graph_poison(graph, AD_ERROR_SHAPE,
                        "ad_rotary: x is %s and has to be (batch, time, heads, width), the width "
                        "even; theta is %g, above 0",
                        graph_shape_text(graph, &x->shape), theta);
}

/* ---- ALiBi */

/* 2^(-8 i / n) of n heads from i = 1 on; where n is no power of two those of the one below, and
 * then each other one of the one above. */
static double slope(int64_t i, int64_t heads)
{
    int64_t power = 1;
    while (2 * power <= heads)
        power *= 2;
    return i < power ? exp2(-8 * (double)(i + 1) / (double)power)
                     : exp2(-4 * (double)(2 * (i - power) + 1) / (double)power);
}

ad_tensor *alibi_slopes(ad_graph *graph, ad_type type, int64_t heads)
{
    double list[HEADS_MAX];
    for (int64_t i = 0; i < heads; i++)
        list[i] = -slope(i, heads);
    return ad_cast(ad_constant(graph, ad_f64(list, AD_SHAPE(heads, 1, 1))), type);
}
