/* What is measured: sums over the examples of a part, and the number made of them. */
#include <math.h>
#include <string.h>

#include <adze/train.h>

#include "base/error.h"
#include "distance.h"

/* ---- shares */

struct share {
    int64_t right, count;
};

/* Wilson 1927, 95 %. */
static void wilson(const struct share *s, ad_measured *m)
{
    const double z = 1.959963984540054;
    double n = (double)s->count, p = m->value;
    double middle = (p + z * z / (2 * n)) / (1 + z * z / n);
    double half = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n);
    m->low = middle - half < 0 ? 0 : middle - half;
    m->high = middle + half > 1 ? 1 : middle + half;
}

static void share_value(const void *sums, ad_measured *m)
{
    const struct share *s = sums;
    m->value = m->low = m->high = s->count ? (double)s->right / (double)s->count : NAN;
    if (s->count)
        wilson(s, m);
}

static double item(const ad_array *a, int64_t i)
{
    return a->type == AD_F32 ? (double)((const float *)a->data)[i] : ad_array_item(a, i);
}

static ad_status check_logits(const char *name, const ad_array *out)
{
    if (out[0].shape.rank < 1 || out[0].shape.size[out[0].shape.rank - 1] < 1)
        return fail(AD_ERROR_SHAPE, "%s: the prediction has no axis of classes", name);
    if (ad_array_count(&out[1]) * out[0].shape.size[out[0].shape.rank - 1] !=
        ad_array_count(&out[0]))
        return fail(AD_ERROR_SHAPE, "%s: there are %lld labels for %lld numbers of %lld classes",
                    name, (long long)ad_array_count(&out[1]), (long long)ad_array_count(&out[0]),
                    (long long)out[0].shape.size[out[0].shape.rank - 1]);
    return AD_OK;
}

/* The first of the largest; NaN counts as largest, as in ad_argmax. */
static int64_t largest(const ad_array *a, int64_t row, int64_t classes)
{
    int64_t best = 0;
    double most = item(a, row * classes);
    for (int64_t c = 1; c < classes && !isnan(most); c++) {
        double x = item(a, row * classes + c);
        if (x > most || isnan(x))
            most = x, best = c;
    }
    return best;
}

static ad_status accuracy_add(void *sums, const ad_array *out, int64_t count)
{
    struct share *s = sums;
    int64_t classes;
    (void)count;
    TRY(check_logits("accuracy", out));
    classes = out[0].shape.size[out[0].shape.rank - 1];
    for (int64_t i = 0; i < ad_array_count(&out[1]); i++) {
        double label = item(&out[1], i);
        if (label == -1)
            continue;
        s->right += (double)largest(&out[0], i, classes) == label;
        s->count++;
    }
    return AD_OK;
}

/* ---- means */

struct mean {
    double sum, squares;
    int64_t count;
};

static void add_to_mean(struct mean *m, double x)
{
    m->sum += x;
    m->squares += x * x;
    m->count++;
}

/* The mean, with 1.96 standard errors at each side. */
static void mean_value(const void *sums, ad_measured *m)
{
    const struct mean *s = sums;
    double n = (double)s->count, mean = s->count ? s->sum / n : NAN;
    double variance = s->count > 1 ? (s->squares - n * mean * mean) / (n - 1) : 0;
    double half = variance > 0 ? 1.959963984540054 * sqrt(variance / n) : 0;
    *m = (ad_measured){m->name, mean, mean - half, mean + half, m->less_is_better};
}

static double log_loss_of(const ad_array *logits, int64_t row, int64_t classes, int64_t label)
{
    double most = item(logits, row * classes), sum = 0;
    for (int64_t c = 1; c < classes; c++)
        most = fmax(most, item(logits, row * classes + c));
    for (int64_t c = 0; c < classes; c++)
        sum += exp(item(logits, row * classes + c) - most);
    return log(sum) + most - item(logits, row * classes + label);
}

static ad_status log_loss_add(void *sums, const ad_array *out, int64_t count)
{
    (void)count;
    TRY(check_logits("log_loss", out));
    int64_t classes = out[0].shape.size[out[0].shape.rank - 1];
    for (int64_t i = 0; i < ad_array_count(&out[1]); i++) {
        double label = item(&out[1], i);
        if (label == -1)
            continue;
        if (!(label >= 0 && label < (double)classes))
            return fail(AD_ERROR_RANGE, "log_loss: label %g is outside 0 to %lld", label,
                        (long long)classes - 1);
        add_to_mean(sums, log_loss_of(&out[0], i, classes, (int64_t)label));
    }
    return AD_OK;
}

static ad_status check_alike(const char *name, const ad_array *out)
{
    return ad_array_count(&out[0]) == ad_array_count(&out[1])
               ? AD_OK
               : fail(AD_ERROR_SHAPE, "%s: there are %lld predictions and %lld targets", name,
                      (long long)ad_array_count(&out[0]), (long long)ad_array_count(&out[1]));
}

static ad_status mse_add(void *sums, const ad_array *out, int64_t count)
{
    (void)count;
    TRY(check_alike("mse", out));
    for (int64_t i = 0; i < ad_array_count(&out[0]); i++) {
        double d = item(&out[0], i) - item(&out[1], i);
        add_to_mean(sums, d * d);
    }
    return AD_OK;
}

static ad_status mae_add(void *sums, const ad_array *out, int64_t count)
{
    (void)count;
    TRY(check_alike("mae", out));
    for (int64_t i = 0; i < ad_array_count(&out[0]); i++)
        add_to_mean(sums, fabs(item(&out[0], i) - item(&out[1], i)));
    return AD_OK;
}

/* ---- the share of variance explained: 1 - sum (y - p)^2 / sum (y - mean y)^2; the mean and the
 * sum of squares about it are kept up to date (Welford 1962) */

struct explained {
    double errors, mean, about;
    int64_t count;
};

static ad_status r2_add(void *sums, const ad_array *out, int64_t count)
{
    struct explained *s = sums;
    (void)count;
    TRY(check_alike("r2", out));
    for (int64_t i = 0; i < ad_array_count(&out[0]); i++) {
        double y = item(&out[1], i), error = y - item(&out[0], i), off = y - s->mean;
        s->errors += error * error;
        s->count++;
        s->mean += off / (double)s->count;
        s->about += off * (y - s->mean);
    }
    return AD_OK;
}

/* A target that never changes: 1 where it is met, else 0, as scikit-learn says. */
static void r2_value(const void *sums, ad_measured *m)
{
    const struct explained *s = sums;
    if (s->count < 2)
        m->value = NAN;
    else if (s->about > 0)
        m->value = 1 - s->errors / s->about;
    else
        m->value = s->errors == 0;
    m->low = m->high = m->value;
}

/* ---- the energy distance, of two sets of examples: estimates of batches, weighted by their sizes
 */

struct energy {
    double sum;
    int64_t count;
};

/* The mean over pairs of different rows of one set. */
static double mean_within(const float *x, int64_t count, int64_t width)
{
    double sum = 0;
    for (int64_t i = 0; i < count; i++)
        for (int64_t j = 0; j < i; j++)
            sum += distance_between(x + i * width, x + j * width, width);
    return 2 * sum / ((double)count * (double)(count - 1));
}

/* Over all pairs of a row of each. */
static double mean_between(const float *a, const float *b, int64_t count, int64_t width)
{
    double sum = 0;
    for (int64_t i = 0; i < count; i++)
        for (int64_t j = 0; j < count; j++)
            sum += distance_between(a + i * width, b + j * width, width);
    return sum / ((double)count * (double)count);
}

static ad_status energy_add(void *sums, const ad_array *out, int64_t count)
{
    struct energy *s = sums;
    TRY(check_alike("energy", out));
    if (out[0].type != AD_F32 || out[1].type != AD_F32)
        return fail(AD_ERROR_TYPE, "energy: it is for f32, not %s and %s",
                    ad_type_name(out[0].type), ad_type_name(out[1].type));
    if (count < 2)
        return AD_OK;
    const float *a = out[0].data, *b = out[1].data;
    int64_t width = ad_array_count(&out[0]) / count;
    double far = 2 * mean_between(a, b, count, width) - mean_within(a, count, width) -
                 mean_within(b, count, width);
    s->sum += far * (double)count;
    s->count += count;
    return AD_OK;
}

static void energy_value(const void *sums, ad_measured *m)
{
    const struct energy *s = sums;
    m->value = m->low = m->high = s->count ? s->sum / (double)s->count : NAN;
}

/* ---- the table */

static const ad_measure_record records[] = {
    {"accuracy", "share of examples whose largest logit is the label", false, sizeof(struct share),
     accuracy_add, share_value},
    {"log_loss", "mean of -log softmax(logits)[label]", true, sizeof(struct mean), log_loss_add,
     mean_value},
    {"mse", "mean of (prediction - target)^2", true, sizeof(struct mean), mse_add, mean_value},
    {"mae", "mean of |prediction - target|", true, sizeof(struct mean), mae_add, mean_value},
    {"r2", "1 - sum of squared errors / sum of squares about the mean of the targets", false,
     sizeof(struct explained), r2_add, r2_value},
    {"energy", "energy distance of made examples from real ones (Szekely and Rizzo 2013)", true,
     sizeof(struct energy), energy_add, energy_value},
};

const ad_measure_record *ad_measure_at(int i)
{
    return i >= 0 && i < (int)(sizeof records / sizeof *records) ? &records[i] : NULL;
}

const ad_measure_record *ad_measure_find(const char *name)
{
    for (int i = 0; ad_measure_at(i); i++)
        if (!strcmp(records[i].name, name))
            return &records[i];
    return NULL;
}
