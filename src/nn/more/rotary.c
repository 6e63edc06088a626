/* Places of steps in attention: pairs that turn (Su et al. 2021) and costs of distance (Press et
 * al. 2022). */
#include "nn/more/rotary.h"

#include <math.h>

#include "nn/more/cache.h"
#include "nn/more/forms.h"
#include "op/rows.h"

/* ---- rotary places */

ad_tensor *rotary_turned(ad_tensor *x, ad_tensor *step, double theta, bool pairs)
{
    ad_graph *g = x->node->graph;
    ad_shape s = x->shape;
    ad_dim time = s.size[1], half = s.size[3] / 2;
    int axis = pairs ? 4 : 3; /* on which a pair lies: first and second */
    ad_tensor *pair = ad_cast(ad_range(g, AD_I32, half), AD_F64);
    ad_tensor *rate = ad_exp(ad_scale(pair, half ? -log(theta) / (double)half : 0));
    ad_tensor *angle = ad_mul(rows_column(ad_cast(step, AD_F64)), rate);
    angle = form(angle, time, 1, pairs ? half : 1, pairs ? 1 : half, 0);
    ad_tensor *cos = ad_cast(ad_cos(angle), x->type), *sin = ad_cast(ad_sin(angle), x->type);
    x = form(x, s.size[0], time, s.size[2], pairs ? half : 2, pairs ? 2 : half);
    ad_tensor *a = ad_slice(x, axis, 0, 1, 1), *b = ad_slice(x, axis, 1, 2, 1);
    ad_tensor *part[] = {ad_sub(ad_mul(a, cos), ad_mul(b, sin)),
                         ad_add(ad_mul(b, cos), ad_mul(a, sin))};
    return ad_reshape(ad_concat(part, 2, axis), s);
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
