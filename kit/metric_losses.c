/* Metrics of language models: of sums of -log p over the tokens of texts. */
#include <math.h>

#include "metric.h"

static void fill(const metric_work *w, const metric_state *s, int64_t example, double *stat)
{
    (void)s;
    stat[0] = ad_array_item(&w->a->prediction, example);
    stat[1] = ad_array_item(&w->a->target, example);
    stat[2] = w->a->bytes.data ? ad_array_item(&w->a->bytes, example) : 0;
}

static metric_found perplexity_value(const metric_work *w, const metric_state *s,
                                     const double *weight, double *sums)
{
    (void)w, (void)s, (void)weight;
    if (!(sums[1] > 0))
        return (metric_found){NAN, 0, "there is no token"};
    return (metric_found){exp(sums[0] / sums[1]), 0, NULL};
}

static metric_found bits_value(const metric_work *w, const metric_state *s, const double *weight,
                               double *sums)
{
    (void)w, (void)s, (void)weight;
    if (!(sums[2] > 0))
        return (metric_found){NAN, 0, "there is no byte"};
    return (metric_found){sums[0] / (0.693147180559945309417 * sums[2]), 0, NULL};
}

static const char *refuse_bits(const metric_work *w, const void *options)
{
    (void)options;
    return w->a->bytes.data ? NULL : "it needs .bytes, how many each text has";
}

const metric_way metric_perplexity = {.stats = 3, .fill = fill, .value = perplexity_value};
const metric_way metric_bits_a_byte = {
    .stats = 3, .fill = fill, .value = bits_value, .refuse = refuse_bits};
