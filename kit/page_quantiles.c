/* Forecasts of several quantiles: how often what came lies below each, which a good forecast gets
 * right. */
#include <stdio.h>
#include <stdlib.h>

#include "page.h"

typedef struct filling {
    page_quantiles *q;
    int64_t width, count, at; /* numbers of a window; windows; those that are filled */
} filling;

static bool take(void *user, const ad_batch *batch, const ad_array *out)
{
    filling *f = user;
    for (int64_t i = 0; i < batch->count && f->at < f->count; i++, f->at++)
        for (int64_t k = 0; k < f->width; k++)
            f->q->value[f->at * f->width + k] = (float)ad_array_item(out, i * f->width + k);
    return true;
}

page_quantiles page_quantiles_of(const page *p)
{
    const ad_numbers *at = &p->data->forecast->quantile;
    page_quantiles q = {.count = at->count, .at = at->value};
    filling f = {.q = &q, .width = p->a.width * at->count, .count = p->a.count};
    if (at->count == 0)
        return q;
    q.value = malloc((size_t)(f.count * f.width) * sizeof *q.value + 1);
    ad_tensor *fetch[1] = {p->network->prediction};
    if (!q.value || !page_pass(p, p->data->test, fetch, 1, take, &f) || f.at < f.count) {
        free(q.value);
        q = (page_quantiles){0};
    }
    return q;
}

/* The share of what came that lies below quantile k; for those of a step h, or of all where h < 0.
 */
static double below(const page *p, const page_quantiles *q, int k, int64_t h)
{
    int64_t hits = 0, all = 0, targets = p->a.width / p->data->forecast->horizon;
    for (int64_t i = 0; i < p->a.count * p->a.width; i++) {
        if (h >= 0 && i % p->a.width / targets != h)
            continue;
        hits += p->a.target[i] <= q->value[i * q->count + k];
        all++;
    }
    return all ? (double)hits / (double)all : 0;
}

static void add_row(page *p, const page_quantiles *q, int k)
{
    int64_t last = p->data->forecast->horizon - 1;
    text_add_format(&p->t,
                    "<tr><th scope=\"row\" class=\"n\">%g %%</th><td class=\"n\">%.1f %%</td>",
                    100 * q->at[k], 100 * below(p, q, k, -1));
    if (last > 0)
        text_add_format(&p->t, "<td class=\"n\">%.1f %%</td><td class=\"n\">%.1f %%</td>",
                        100 * below(p, q, k, 0), 100 * below(p, q, k, last));
    text_add(&p->t, "</tr>\n");
}

void page_coverage(page *p, const page_quantiles *q)
{
    int last = q->count - 1;
    bool steps = p->data->forecast->horizon > 1;
    text_add(&p->t, "<div class=\"card scroll\" tabindex=\"0\"><table><caption>How much of what "
                    "came lies below each quantile");
    if (last > 0)
        text_add_format(&p->t, "; between the outer two lie %.1f %%, and should %g %%",
                        100 * (below(p, q, last, -1) - below(p, q, 0, -1)),
                        100 * (q->at[last] - q->at[0]));
    text_add_format(&p->t,
                    "</caption>\n<thead><tr><th scope=\"col\" class=\"n\">should</th>"
                    "<th scope=\"col\" class=\"n\">does%s",
                    steps ? ", of all steps</th><th scope=\"col\" class=\"n\">of the first</th>"
                            "<th scope=\"col\" class=\"n\">of the last</th>"
                          : "</th>");
    text_add(&p->t, "</tr></thead>\n<tbody>\n");
    for (int k = 0; k < q->count; k++)
        add_row(p, q, k);
    text_add(&p->t, "</tbody></table></div>\n");
}
