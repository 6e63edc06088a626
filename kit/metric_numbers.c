/* Metrics of numbers.  Of several numbers an example a metric is the mean of those of each. */
#include <math.h>
#include <stdlib.h>

#include "message.h"
#include "metric.h"

static const double least = 0x1p-52;

/* Of labels the prediction is the chance. */
static double predicted(const metric_work *w, int64_t example, int64_t i)
{
    return w->a->kind == AD_METRIC_LABELS ? metric_chance(w, example, i)
                                          : metric_said(w, example, i);
}

/* ---------------------------------------------------------------- means of a loss */

enum { MSE, MAE, MAPE, PINBALL, POISSON, GAMMA, BINOMIAL };

static double x_log_ratio(double x, double y)
{
    return x == 0 ? 0 : x * log(x / y);
}

/* Half the deviances. */
static double deviance(int which, double y, double p)
{
    switch (which) {
    case POISSON: return x_log_ratio(y, p) - y + p;
    case GAMMA: return log(p / y) + y / p - 1;
    default: return x_log_ratio(y, fmax(p, least)) + x_log_ratio(1 - y, fmax(1 - p, least));
    }
}

static double loss_of(const metric_state *s, double y, double p)
{
    double d = y - p;
    switch (s->part) {
    case MSE: return d * d;
    case MAE: return fabs(d);
    case MAPE: return fabs(d) / fabs(y);
    case PINBALL: {
        double q = ((const ad_pinball_options *)s->options)->quantile;
        return d >= 0 ? q * d : (q - 1) * d;
    }
    default: return 2 * deviance(s->part, y, p);
    }
}

static bool is_defined(int which, double y, double p)
{
    switch (which) {
    case MAPE: return y != 0;
    case POISSON: return y >= 0 && p > 0;
    case GAMMA: return y > 0 && p > 0;
    case BINOMIAL: return y >= 0 && y <= 1 && p >= 0 && p <= 1;
    default: return true;
    }
}

static const char *const undefined[] = {
    [MAPE] = "a target is 0, which the error would be divided by",
    [POISSON] = "a prediction is not above 0, or a target below",
    [GAMMA] = "a prediction or a target is not above 0",
    [BINOMIAL] = "a prediction or a target is not within 0 to 1",
};

static void fill_loss(const metric_work *w, const metric_state *s, int64_t example, double *stat)
{
    double sum = 0;
    bool defined = true;
    for (int64_t i = 0; i < w->width; i++) {
        double y = metric_right(w, example, i), p = predicted(w, example, i);
        defined = defined && is_defined(s->part, y, p);
        sum += defined ? loss_of(s, y, p) : 0;
    }
    stat[0] = 1;
    stat[1] = sum / (double)w->width;
    stat[2] = !defined;
}

static metric_found loss_value(const metric_work *w, const metric_state *s, const double *weight,
                               double *sums)
{
    (void)w, (void)weight;
    if (sums[2] > 0)
        return (metric_found){NAN, 0, undefined[s->part]};
    return (metric_found){sums[1] / sums[0], 0, NULL};
}

#define LOSS(name, part_)              \
    const metric_way metric_##name = { \
        .part = part_, .stats = 3, .fill = fill_loss, .value = loss_value};
LOSS(mse, MSE)
LOSS(mae, MAE)
LOSS(mape, MAPE)
LOSS(pinball, PINBALL)
LOSS(poisson_deviance, POISSON)
LOSS(gamma_deviance, GAMMA)
LOSS(binomial_deviance, BINOMIAL)

/* ---------------------------------------------------------------- the root of a mean */

static void fill_squares(const metric_work *w, const metric_state *s, int64_t example, double *stat)
{
    (void)s;
    stat[0] = 1;
    for (int64_t i = 0; i < w->width; i++) {
        double d = metric_right(w, example, i) - predicted(w, example, i);
        stat[1 + i] = d * d;
    }
}

static metric_found root_value(const metric_work *w, const metric_state *s, const double *weight,
                               double *sums)
{
    (void)s, (void)weight;
    double sum = 0;
    for (int64_t i = 0; i < w->width; i++)
        sum += sqrt(sums[1 + i] / sums[0]);
    return (metric_found){sum / (double)w->width, 0, NULL};
}

const metric_way metric_rmse = {
    .stats = 1, .per_width = 1, .fill = fill_squares, .value = root_value};

/* ---------------------------------------------------------------- variance explained
 * Of the targets less one of them, the nearest to their mean, so that equal targets are 0 and their
 * squares do not drown what they differ by. */

static ad_status prepare_explained(const metric_work *w, metric_state *s)
{
    double *middle = calloc((size_t)w->width + 1, sizeof *middle);
    if (!middle)
        return message_no_memory();
    for (int64_t k = 0; k < w->width; k++) {
        double mean = 0;
        for (int64_t i = 0; i < w->count; i++)
            mean += metric_right(w, i, k) / (double)w->count;
        middle[k] = metric_right(w, 0, k);
        for (int64_t i = 1; i < w->count; i++)
            if (fabs(metric_right(w, i, k) - mean) < fabs(middle[k] - mean))
                middle[k] = metric_right(w, i, k);
    }
    s->middle = middle;
    return AD_OK;
}

static void fill_explained(const metric_work *w, const metric_state *s, int64_t example,
                           double *stat)
{
    stat[0] = 1;
    for (int64_t i = 0; i < w->width; i++) {
        double y = metric_right(w, example, i), error = y - predicted(w, example, i);
        double off = y - s->middle[i];
        stat[1 + 3 * i] = error * error;
        stat[2 + 3 * i] = off;
        stat[3 + 3 * i] = off * off;
    }
}

/* A target that never changes: 1 where it is met, else 0, as scikit-learn says. */
static double explained(const double *sums, double count)
{
    double about = sums[2] - sums[1] * sums[1] / count;
    if (about > 1e-14 * sums[2])
        return 1 - sums[0] / about;
    return sums[0] == 0;
}

static metric_found explained_value(const metric_work *w, const metric_state *s,
                                    const double *weight, double *sums)
{
    (void)s, (void)weight;
    double sum = 0;
    bool constant = false;
    if (w->count < 2)
        return (metric_found){NAN, 0, "it takes two examples and more"};
    for (int64_t i = 0; i < w->width; i++) {
        sum += explained(sums + 1 + 3 * i, sums[0]);
        constant = constant || !(sums[3 + 3 * i] > 0);
    }
    return (metric_found){sum / (double)w->width, 0,
                          constant ? "a target that never changes counts 1 where it is met, else 0"
                                   : NULL};
}

const metric_way metric_r2 = {.stats = 1,
                              .per_width = 3,
                              .prepare = prepare_explained,
                              .fill = fill_explained,
                              .value = explained_value};

/* ---------------------------------------------------------------- beside the naive forecast
 * Hyndman and Koehler 2006: the mean absolute error over that of saying, in the training series,
 * what was a season before: mean |y - p| / (mean over t > season of |y(t) - y(t - season)|), of
 * each channel by its own. */

static int64_t length_of(const metric_work *w)
{
    const ad_array *h = &w->a->history;
    return h->shape.rank > 0 ? h->shape.size[0] : 0;
}

static int64_t channels_of(const metric_work *w)
{
    int64_t length = length_of(w);
    return length ? ad_array_count(&w->a->history) / length : 0;
}

static const char *refuse_mase(const metric_work *w, const void *options)
{
    int64_t season = ((const ad_mase_options *)options)->season, channels = channels_of(w);
    if (!w->a->history.data)
        return "it needs the series of the training part, .history";
    if (length_of(w) <= season)
        return "the training series is no longer than the season";
    return w->width % channels ? "the training series has another number of channels" : NULL;
}

static double naive_error(const metric_work *w, const ad_mase_options *o, int64_t channel)
{
    int64_t length = length_of(w), channels = channels_of(w);
    double sum = 0, count = 0, size = 0;
    for (int64_t t = o->season; t < length; t++) {
        double now = ad_array_item(&w->a->history, t * channels + channel),
               before = ad_array_item(&w->a->history, (t - o->season) * channels + channel);
        if (isnan(now) || isnan(before))
            continue;
        sum += fabs(now - before);
        size += fabs(now);
        count++;
    }
    return sum > 1e-9 * size ? sum / count : 0; /* what rounding leaves is none */
}

static ad_status prepare_mase(const metric_work *w, metric_state *s)
{
    int64_t channels = channels_of(w);
    s->middle = calloc((size_t)channels + 1, sizeof *s->middle);
    if (!s->middle)
        return message_no_memory();
    for (int64_t c = 0; c < channels; c++)
        s->middle[c] = naive_error(w, s->options, c);
    return AD_OK;
}

/* Channels lie innermost: (horizon, channels). */
static void fill_mase(const metric_work *w, const metric_state *s, int64_t example, double *stat)
{
    int64_t channels = channels_of(w);
    double sum = 0;
    bool defined = true;
    for (int64_t i = 0; i < w->width; i++) {
        double scale = s->middle[i % channels];
        defined = defined && scale > 0;
        sum +=
            fabs(metric_right(w, example, i) - predicted(w, example, i)) / (scale > 0 ? scale : 1);
    }
    stat[0] = 1;
    stat[1] = sum / (double)w->width;
    stat[2] = !defined;
}

static metric_found mase_value(const metric_work *w, const metric_state *s, const double *weight,
                               double *sums)
{
    (void)w, (void)s, (void)weight;
    if (sums[2] > 0)
        return (metric_found){NAN, 0, "the naive forecast of the training series has no error"};
    return (metric_found){sums[1] / sums[0], 0, NULL};
}

const metric_way metric_mase = {.stats = 3,
                                .prepare = prepare_mase,
                                .fill = fill_mase,
                                .value = mase_value,
                                .refuse = refuse_mase};
