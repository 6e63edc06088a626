/* Methods that change numbers one by one: fill, standardize, scale, clip, log, cast. */
#include "train/transform.h"

#include <math.h>

#include "base/error.h"
#include "op/scalar.h"

static bool takes_real(ad_type type)
{
    return type == AD_F32 || type == AD_F64 || type == AD_F16 || type == AD_BF16;
}

#define AXIS_OPTION(struct_)                                                               \
    {                                                                                      \
        .name = "axis", .type = AD_OPTION_WORD, .words = "last all",                       \
        .offset = offsetof(struct_, axis), .also = "per channel",                          \
        .help = "what shares a number: each place along the last axis (a channel), or all" \
    }

#define AXIS_OF(struct_)                                         \
    static ad_transform_axis struct_##_axis(const void *options) \
    {                                                            \
        return ((const struct_ *)options)->axis;                 \
    }

/* ---- fill */

AXIS_OF(ad_fill_options)

static ad_status fill_check(const void *options)
{
    const ad_fill_options *o = options;
    if (o->value != AD_AUTO && (o->with != AD_FILL_MEDIAN || !isfinite(o->value)))
        return fail(AD_ERROR_ARGUMENT, "fill: the value %g is %s", o->value,
                    isfinite(o->value) ? "one way and the mean another; say one of them"
                                       : "no number to fill in");
    return AD_OK;
}

static int fill_looks(const void *options)
{
    const ad_fill_options *o = options;
    if (o->value != AD_AUTO)
        return LEARN_RANGE;
    return o->with == AD_FILL_MEAN ? LEARN_MOMENTS : LEARN_VALUES;
}

/* What is filled in, and how many values were missing. */
static ad_status fill_learn(const void *options, const char *name, const struct stats *s,
                            double *number)
{
    const ad_fill_options *o = options;
    number[1] = (double)s->missing;
    if (o->value == AD_AUTO && !s->count)
        return fail(AD_ERROR_RANGE,
                    "fill: field \"%s\" has no value in the training part, of which to take the "
                    "%s; leave it out, or give the value to fill in",
                    name, o->with == AD_FILL_MEAN ? "mean" : "median");
    if (o->value != AD_AUTO)
        number[0] = o->value;
    else
        number[0] = o->with == AD_FILL_MEAN ? s->mean : stats_quantile(s, 0.5);
    return AD_OK;
}

static bool fill_valid(const void *options, const double *number)
{
    (void)options;
    return isfinite(number[0]) && number[1] >= 0 && number[1] < 0x1p53;
}

static ad_status same_type(const void *options, const double *number, struct slot_field *out)
{
    (void)options, (void)number, (void)out;
    return AD_OK;
}

static bool fill_marks(const void *options, const double *number, int64_t channels)
{
    const ad_fill_options *o = options;
    for (int64_t c = 0; o->indicator && c < channels; c++)
        if (number[2 * c + 1] > 0)
            return true;
    return false;
}

static int64_t fill_map(const void *options, const double *number, double *x, int64_t count,
                        int64_t stride, int64_t *unseen)
{
    (void)options, (void)unseen;
    for (int64_t i = 0; i < count; i += stride)
        x[i] = isnan(x[i]) ? number[0] : x[i];
    return -1;
}

static const ad_option fill_options[] = {
    {.name = "with",
     .type = AD_OPTION_WORD,
     .words = "median mean",
     .offset = offsetof(ad_fill_options, with),
     .also = "strategy impute",
     .help = "what missing values become, of the training part"},
    {.name = "value",
     .type = AD_OPTION_NUMBER,
     .unset = "the median",
     .offset = offsetof(ad_fill_options, value),
     .also = "fill_value constant",
     .help = "this number instead"},
    AXIS_OPTION(ad_fill_options),
    {.name = "indicator",
     .type = AD_OPTION_TRUTH,
     .offset = offsetof(ad_fill_options, indicator),
     .also = "add_indicator missing",
     .help = "one more field NAME.missing, 1 where a value was missing, where training misses any"},
};
static const ad_fill_options fill_initial = AD_OPTIONS_INIT(ad_fill_options);

const struct method method_fill = {
    .record = {.name = "fill",
               .help = "missing values become the median or mean of training, or a value",
               .also = "impute imputer fillna",
               AD_RECORD_OPTIONS(fill_options, fill_initial)},
    .takes = takes_real,
    .taken = "f32 or f64, where NaN is missing",
    .check = fill_check,
    .axis = ad_fill_options_axis,
    .looks = fill_looks,
    .numbers = 2,
    .learn = fill_learn,
    .valid = fill_valid,
    .made = same_type,
    .marks = fill_marks,
    .map = fill_map,
};

/* ---- standardize */

AXIS_OF(ad_standardize_options)

static int look_moments(const void *options)
{
    (void)options;
    return LEARN_MOMENTS;
}

/* A field without values: nothing is there to be changed. */
static ad_status standardize_learn(const void *options, const char *name, const struct stats *s,
                                   double *number)
{
    (void)options;
    bool equal = s->low == s->high || s->about == 0;
    number[0] = equal ? s->low : s->mean;
    number[1] = equal ? 1 : sqrt(s->about / (double)s->count);
    return isfinite(number[0]) && isfinite(number[1])
               ? AD_OK
               : fail(AD_ERROR_NOT_FINITE,
                      "standardize: the values of field \"%s\", %g to %g, are too large to be "
                      "squared; scale or clip them first",
                      name, s->low, s->high);
}

static bool standardize_valid(const void *options, const double *number)
{
    (void)options;
    return isfinite(number[0]) && isfinite(number[1]) && number[1] > 0;
}

static int64_t standardize_map(const void *options, const double *number, double *x, int64_t count,
                               int64_t stride, int64_t *unseen)
{
    (void)options, (void)unseen;
    double mean = number[0], deviation = number[1];
    for (int64_t i = 0; i < count; i += stride)
        x[i] = (x[i] - mean) / deviation;
    return -1;
}

static void standardize_undo(const void *options, const double *number, double *x, int64_t count,
                             int64_t stride)
{
    (void)options;
    for (int64_t i = 0; i < count; i += stride)
        x[i] = x[i] * number[1] + number[0];
}

static const ad_option standardize_options[] = {AXIS_OPTION(ad_standardize_options)};
static const ad_standardize_options standardize_initial = AD_OPTIONS_INIT(ad_standardize_options);

const struct method method_standardize = {
    .record = {.name = "standardize",
               .help = "(x - mean) / deviation, of the training part",
               .also = "standardise normalize zscore standard_scaler",
               AD_RECORD_OPTIONS(standardize_options, standardize_initial)},
    .takes = takes_numbers,
    .taken = "a field of numbers",
    .axis = ad_standardize_options_axis,
    .looks = look_moments,
    .numbers = 2,
    .learn = standardize_learn,
    .valid = standardize_valid,
    .map = standardize_map,
    .undo = standardize_undo,
};

/* ---- scale */

AXIS_OF(ad_scale_options)

static ad_status scale_check(const void *options)
{
    const ad_scale_options *o = options;
    return isfinite(o->low) && isfinite(o->high) && o->low < o->high
               ? AD_OK
               : fail(AD_ERROR_ARGUMENT, "scale: low is %g and high %g; low has to be the lower",
                      o->low, o->high);
}

static int look_range(const void *options)
{
    (void)options;
    return LEARN_RANGE;
}

static ad_status scale_learn(const void *options, const char *name, const struct stats *s,
                             double *number)
{
    (void)options;
    number[0] = s->low;
    number[1] = s->high > s->low ? s->high - s->low : 1;
    return isfinite(number[1]) ? AD_OK
                               : fail(AD_ERROR_NOT_FINITE,
                                      "scale: the values of field \"%s\", %g to %g, lie too far "
                                      "apart; clip them first",
                                      name, s->low, s->high);
}

static int64_t scale_map(const void *options, const double *number, double *x, int64_t count,
                         int64_t stride, int64_t *unseen)
{
    const ad_scale_options *o = options;
    double least = number[0], range = number[1], low = o->low, wide = o->high - o->low;
    (void)unseen;
    for (int64_t i = 0; i < count; i += stride)
        x[i] = low + (x[i] - least) / range * wide;
    return -1;
}

static void scale_undo(const void *options, const double *number, double *x, int64_t count,
                       int64_t stride)
{
    const ad_scale_options *o = options;
    for (int64_t i = 0; i < count; i += stride)
        x[i] = number[0] + (x[i] - o->low) / (o->high - o->low) * number[1];
}

static const ad_option scale_options[] = {
    {.name = "low",
     .type = AD_OPTION_NUMBER,
     .offset = offsetof(ad_scale_options, low),
     .also = "min",
     .help = "what the least of training becomes"},
    {.name = "high",
     .type = AD_OPTION_NUMBER,
     .offset = offsetof(ad_scale_options, high),
     .also = "max",
     .help = "what the most of training becomes"},
    AXIS_OPTION(ad_scale_options),
};
static const ad_scale_options scale_initial = AD_OPTIONS_INIT(ad_scale_options);

const struct method method_scale = {
    .record = {.name = "scale",
               .help = "to low to high, in a line, by the least and most of training",
               .also = "min_max minmax rescale normalize",
               AD_RECORD_OPTIONS(scale_options, scale_initial)},
    .takes = takes_numbers,
    .taken = "a field of numbers",
    .check = scale_check,
    .axis = ad_scale_options_axis,
    .looks = look_range,
    .numbers = 2,
    .learn = scale_learn,
    .valid = standardize_valid,
    .map = scale_map,
    .undo = scale_undo,
};

/* ---- clip */

AXIS_OF(ad_clip_options)

static ad_status clip_check(const void *options)
{
    const ad_clip_options *o = options;
    bool low = o->low != AD_AUTO, high = o->high != AD_AUTO;
    bool low_q = o->low_quantile != AD_AUTO, high_q = o->high_quantile != AD_AUTO;
    if (!low && !high && !low_q && !high_q)
        return fail(AD_ERROR_ARGUMENT,
                    "clip: nothing is limited; give low, high, low_quantile or high_quantile");
    if ((low && low_q) || (high && high_q))
        return fail(AD_ERROR_ARGUMENT, "clip: %s and %s_quantile are two limits; give one",
                    low && low_q ? "low" : "high", low && low_q ? "low" : "high");
    if ((low && isnan(o->low)) || (high && isnan(o->high)))
        return fail(AD_ERROR_ARGUMENT, "clip: a limit is NaN");
    if (low && high && !(o->low < o->high))
        return fail(AD_ERROR_ARGUMENT, "clip: low is %g and high %g; low has to be the lower",
                    o->low, o->high);
    if (low_q && high_q && !(o->low_quantile < o->high_quantile))
        return fail(AD_ERROR_ARGUMENT,
                    "clip: low_quantile is %g and high_quantile %g; the first has to be the lower",
                    o->low_quantile, o->high_quantile);
    return AD_OK;
}

static int clip_looks(const void *options)
{
    const ad_clip_options *o = options;
    return o->low_quantile != AD_AUTO || o->high_quantile != AD_AUTO ? LEARN_VALUES : 0;
}

/* -inf and inf: no limit. */
static ad_status clip_learn(const void *options, const char *name, const struct stats *s,
                            double *number)
{
    const ad_clip_options *o = options;
    if (clip_looks(options) && !s->count)
        return fail(AD_ERROR_RANGE,
                    "clip: field \"%s\" has no value in the training part, of which to take "
                    "quantiles; leave it out, or give low and high",
                    name);
    number[0] = o->low == AD_AUTO ? -INFINITY : o->low;
    number[1] = o->high == AD_AUTO ? INFINITY : o->high;
    if (o->low_quantile != AD_AUTO)
        number[0] = stats_quantile(s, o->low_quantile);
    if (o->high_quantile != AD_AUTO)
        number[1] = stats_quantile(s, o->high_quantile);
    return number[0] <= number[1]
               ? AD_OK
               : fail(AD_ERROR_RANGE,
                      "clip: for field \"%s\" low is %g and high %g; low has to be the lower", name,
                      number[0], number[1]);
}

static bool clip_valid(const void *options, const double *number)
{
    (void)options;
    return number[0] <= number[1];
}

static int64_t clip_map(const void *options, const double *number, double *x, int64_t count,
                        int64_t stride, int64_t *unseen)
{
    double low = number[0], high = number[1];
    (void)options, (void)unseen;
    for (int64_t i = 0; i < count; i += stride) {
        double y = x[i] < low ? low : x[i];
        x[i] = y > high ? high : y;
    }
    return -1;
}

static const ad_option clip_options[] = {
    {.name = "low",
     .type = AD_OPTION_NUMBER,
     .unset = "no limit",
     .offset = offsetof(ad_clip_options, low),
     .also = "min",
     .help = "values below become this"},
    {.name = "high",
     .type = AD_OPTION_NUMBER,
     .unset = "no limit",
     .offset = offsetof(ad_clip_options, high),
     .also = "max",
     .help = "values above become this"},
    {.name = "low_quantile",
     .type = AD_OPTION_NUMBER,
     .low = 0,
     .high = 1,
     .unset = "no limit",
     .offset = offsetof(ad_clip_options, low_quantile),
     .also = "percentile",
     .help = "the lower limit as a share of training's values"},
    {.name = "high_quantile",
     .type = AD_OPTION_NUMBER,
     .low = 0,
     .high = 1,
     .unset = "no limit",
     .offset = offsetof(ad_clip_options, high_quantile),
     .also = "percentile",
     .help = "the upper limit as a share of training's values"},
    AXIS_OPTION(ad_clip_options),
};
static const ad_clip_options clip_initial = AD_OPTIONS_INIT(ad_clip_options);

const struct method method_clip = {
    .record = {.name = "clip",
               .help = "no less than low, no more than high: numbers, or quantiles of training",
               .also = "winsorize clamp limit",
               AD_RECORD_OPTIONS(clip_options, clip_initial)},
    .takes = takes_numbers,
    .taken = "a field of numbers",
    .check = clip_check,
    .axis = ad_clip_options_axis,
    .looks = clip_looks,
    .numbers = 2,
    .learn = clip_learn,
    .valid = clip_valid,
    .map = clip_map,
};

/* ---- log */

static ad_status log_check(const void *options)
{
    const ad_log_options *o = options;
    return o->offset == AD_AUTO || isfinite(o->offset)
               ? AD_OK
               : fail(AD_ERROR_ARGUMENT, "log: offset is %g and has to be a number", o->offset);
}

static int log_looks(const void *options)
{
    const ad_log_options *o = options;
    return o->offset == AD_AUTO ? 0 : LEARN_RANGE;
}

static ad_status log_learn(const void *options, const char *name, const struct stats *s,
                           double *number)
{
    const ad_log_options *o = options;
    (void)number;
    if (o->offset == AD_AUTO || !s->count || s->low + o->offset > 0)
        return AD_OK;
    return fail(AD_ERROR_RANGE,
                "log: field \"%s\" is %g in example %lld of training, and %g + %g has no "
                "logarithm; give a larger offset, or none",
                name, s->low, (long long)s->low_at, s->low, o->offset);
}

static int64_t log_map(const void *options, const double *number, double *x, int64_t count,
                       int64_t stride, int64_t *unseen)
{
    const ad_log_options *o = options;
    (void)number, (void)unseen;
    for (int64_t i = 0; i < count; i += stride) {
        if (o->offset == AD_AUTO)
            x[i] = copysign(scalar_log1p_f64(fabs(x[i])), x[i]);
        else if (x[i] + o->offset <= 0)
            return i;
        else
            x[i] = scalar_log_f64(x[i] + o->offset);
    }
    return -1;
}

static void log_undo(const void *options, const double *number, double *x, int64_t count,
                     int64_t stride)
{
    const ad_log_options *o = options;
    (void)number;
    for (int64_t i = 0; i < count; i += stride) {
        double size = scalar_exp_f64(o->offset == AD_AUTO ? fabs(x[i]) : x[i]);
        x[i] = o->offset == AD_AUTO ? copysign(size - 1, x[i]) : size - o->offset;
    }
}

static const char *log_refused(const void *options, double x)
{
    (void)options, (void)x;
    return "which with the offset is not above 0 and has no logarithm; give a larger offset";
}

static const ad_option log_options[] = {
    {.name = "offset",
     .type = AD_OPTION_NUMBER,
     .unset = "sign(x) log(1 + |x|)",
     .offset = offsetof(ad_log_options, offset),
     .also = "shift plus",
     .help = "log(x + offset), of numbers above 0"},
};
static const ad_log_options log_initial = AD_OPTIONS_INIT(ad_log_options);

const struct method method_log = {
    .record = {.name = "log",
               .help = "sign(x) log(1 + |x|), or log(x + offset)",
               .also = "log1p logarithm",
               AD_RECORD_OPTIONS(log_options, log_initial)},
    .takes = takes_numbers,
    .taken = "a field of numbers",
    .check = log_check,
    .looks = log_looks,
    .learn = log_learn,
    .map = log_map,
    .undo = log_undo,
    .refused = log_refused,
};

/* ---- cast */

static ad_status cast_made(const void *options, const double *number, struct slot_field *out)
{
    (void)options, (void)number;
    out->type = AD_F32;
    return AD_OK;
}

const struct method method_cast = {
    .record = {.name = "cast", .help = "to f32, rounded to the nearest", .also = "float f32"},
    .takes = takes_numbers,
    .taken = "a field of numbers",
    .made = cast_made,
};
