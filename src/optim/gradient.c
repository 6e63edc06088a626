/* Gradients on their way to the rule: averaged over several runs, each element limited, then all
 * scaled so that their global norm is at most clip_norm (Pascanu et al. 2013), as PyTorch's
 * clip_grad_norm_:
 *
 *     g = g min(1, clip_norm / (norm + 1e-6))
 *
 * The norm is summed up in f64, whose range holds the squares of all f32; gradients that are f64
 * themselves are divided by the largest of all first. */
#include <math.h>

#include "base/option.h"
#include "op/rows.h"
#include "optim/optimizer.h"

/* ---- averages: a buffer adds up the gradients of runs that do not update */

static void accumulate(struct optimizer *s, int i)
{
    struct parameter p = {.variable = s->variable[i]};
    ad_tensor *sum = optimizer_slot(s, &p, "accumulated");
    if (s->mistake)
        return;
    ad_tensor *now = ad_add(sum, s->gradient[i]);
    ad_tensor *next = ad_where(s->update, rows_number(now, 0), now);
    ad_assign(s->owner, sum, next);
    s->gradient[i] = ad_scale(now, 1.0 / s->o.accumulate);
}

/* ---- clipping */

/* The largest of all elements, where that is a number to divide by, else 1. */
static ad_tensor *size_of_all(const struct optimizer *s)
{
    ad_tensor *largest = NULL;
    for (int i = 0; i < s->count; i++) {
        ad_tensor *here = ad_max(ad_abs(s->gradient[i]), AD_ALL, NULL);
        here = ad_cast(here, AD_F64);
        largest = largest ? ad_maximum(largest, here) : here;
    }
    ad_tensor *zero = rows_number(largest, 0), *infinity = rows_number(largest, (double)INFINITY);
    ad_tensor *fits = ad_and(ad_greater(largest, zero), ad_less(largest, infinity));
    return ad_where(fits, largest, rows_number(largest, 1));
}

static bool has_f64(const struct optimizer *s)
{
    for (int i = 0; i < s->count; i++)
        if (s->gradient[i]->type == AD_F64)
            return true;
    return false;
}

ad_tensor *optimizer_norm(const struct optimizer *s)
{
    ad_tensor *size = has_f64(s) ? size_of_all(s) : NULL, *total = NULL;
    for (int i = 0; i < s->count; i++) {
        ad_tensor *g = ad_cast(s->gradient[i], AD_F64);
        ad_tensor *square = ad_sum(ad_square(size ? ad_div(g, size) : g), AD_ALL, NULL);
        total = total ? ad_add(total, square) : square;
    }
    ad_tensor *norm = ad_sqrt(total);
    return size ? ad_mul(norm, size) : norm;
}

static void scale_all(struct optimizer *s, ad_tensor *norm)
{
    ad_tensor *room = ad_div(rows_number(norm, s->o.clip_norm), ad_shift(norm, 1e-6));
    ad_tensor *factor = ad_minimum(room, rows_number(norm, 1));
    for (int i = 0; i < s->count; i++)
        s->gradient[i] = ad_mul(s->gradient[i], ad_cast(factor, s->gradient[i]->type));
}

ad_tensor *optimizer_prepare_gradients(struct optimizer *s)
{
    const ad_optimizer_options *o = &s->o;
    bool by_value = o->clip_value != AD_AUTO, by_norm = o->clip_norm != AD_AUTO;
    for (int i = 0; s->update && i < s->count && !s->mistake; i++)
        accumulate(s, i);
    if (s->mistake)
        return s->mistake;
    ad_tensor *norm = o->norm || (by_norm && !by_value) ? optimizer_norm(s) : NULL;
    for (int i = 0; by_value && i < s->count; i++)
        s->gradient[i] = rows_limited(s->gradient[i], o->clip_value);
    if (o->norm)
        *o->norm = ad_cast(norm, s->loss->type);
    if (by_norm)
        scale_all(s, by_value ? optimizer_norm(s) : norm);
#ifdef ADZE_EXTRAS
    optimizer_adapt(s);
    optimizer_skip(s);
#endif
    return s->mistake;
}
