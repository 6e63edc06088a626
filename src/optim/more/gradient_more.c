/* More of gradients on their way to the rule: adaptive clipping, and steps that are left out. */
#include "op/rows.h"
#include "optim/optimizer.h"

/* Norms of rows, the first axis kept; of a vector one for all. */
static ad_tensor *unit_norm(ad_tensor *x)
{
    ad_reduce_options keep = AD_OPTIONS(ad_reduce_options, .keep = true);
    ad_axes axes = {.count = x->shape.rank - 1};
    for (int i = 0; i < axes.count; i++)
        axes.axis[i] = i + 1;
    return ad_sqrt(ad_sum(ad_square(x), x->shape.rank < 2 ? AD_ALL : axes, &keep));
}

/* g where |g| < clip max(|w|, 1e-3), else scaled to that, by rows (Brock et al. 2021). */
static ad_tensor *adapted(ad_tensor *w, ad_tensor *g, double clip)
{
    ad_tensor *of_w = unit_norm(w), *of_g = unit_norm(g);
    ad_tensor *most = ad_scale(ad_maximum(of_w, rows_number(of_w, 1e-3)), clip);
    ad_tensor *ratio = ad_div(most, ad_maximum(of_g, rows_number(of_g, 1e-6)));
    return ad_where(ad_less(of_g, most), g, ad_mul(g, ratio));
}

void optimizer_adapt(struct optimizer *s)
{
    for (int i = 0; i < s->count && s->o.clip_adaptive != AD_AUTO; i++)
        s->gradient[i] = adapted(s->variable[i], s->gradient[i], s->o.clip_adaptive);
}

/* An update whose gradients are not all finite is left out, and counted in "NAME.skipped". */
void optimizer_skip(struct optimizer *s)
{
    if (!s->o.skip_nonfinite)
        return;
    ad_tensor *finite = ad_is_finite(optimizer_norm(s)), *bad = ad_not(finite);
    ad_tensor *count = optimizer_counter(s, "skipped");
    if (s->mistake)
        return;
    ad_tensor *due = s->update ? ad_and(s->update, bad) : bad;
    ad_assign(s->owner, count, ad_add(count, ad_cast(due, AD_I64)));
    s->update = s->update ? ad_and(s->update, finite) : finite;
}
