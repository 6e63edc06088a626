/* Methods that cut a window out, or put another example in: cut_out, erase, mix_up,
 * cut_mix. */
#include "train/augment.h"

#include <math.h>

#include "base/error.h"
#include "op/scalar.h"

/* ---- windows */

static int64_t at_least(int64_t x, int64_t low)
{
    return x < low ? low : x;
}

static int64_t at_most(int64_t x, int64_t high)
{
    return x > high ? high : x;
}

struct window window_at_random(const struct picture *p, ad_random *r, int64_t height, int64_t width)
{
    int64_t top = (int64_t)ad_random_below(r, (uint64_t)p->height) - height / 2;
    int64_t left = (int64_t)ad_random_below(r, (uint64_t)p->width) - width / 2;
    return (struct window){.top = at_least(top, 0),
                           .bottom = at_most(top + height, p->height),
                           .left = at_least(left, 0),
                           .right = at_most(left + width, p->width)};
}

/* ---- cut_out */

static void cut_out_change(const void *options, ad_random *r, struct picture *p)
{
    const ad_cut_out_options *o = options;
    int64_t half = at_most(p->height, p->width) / 2;
    int64_t size = o->size == AD_SAME ? half : o->size;
    if (!random_chance(r, o->chance))
        return;
    struct window w = window_at_random(p, r, size, size);
    for (int64_t y = w.top; y < w.bottom; y++)
        memset(p->data + (y * p->width + w.left) * p->channels, (int)o->fill,
               (size_t)((w.right - w.left) * p->channels));
}

static const ad_option cut_out_options[] = {
    {.name = "size",
     .type = AD_OPTION_WHOLE,
     .low = 1,
     .high = 65536,
     .unit = "pixels",
     .unset = "half of the shorter side",
     .offset = offsetof(ad_cut_out_options, size),
     .also = "length",
     .help = "side of the square"},
    CHANCE_OPTION(ad_cut_out_options),
    FILL_OPTION(ad_cut_out_options),
};
static const ad_cut_out_options cut_out_initial = AD_OPTIONS_INIT(ad_cut_out_options);

const struct augmentation augment_cut_out = {
    .record = {.name = "cut_out",
               .help = "a square becomes one value (DeVries and Taylor 2017)",
               .also = "cutout",
               AD_RECORD_OPTIONS(cut_out_options, cut_out_initial)},
    .change = cut_out_change,
};

/* ---- erase */

static void erase_at(const ad_erase_options *o, ad_random *r, struct picture *p, int64_t height,
                     int64_t width)
{
    int64_t top = (int64_t)ad_random_below(r, (uint64_t)(p->height - height + 1));
    int64_t left = (int64_t)ad_random_below(r, (uint64_t)(p->width - width + 1));
    for (int64_t y = top; y < top + height; y++) {
        uint8_t *row = p->data + (y * p->width + left) * p->channels;
        for (int64_t i = 0; i < width * p->channels; i++)
            row[i] = (uint8_t)(o->random ? ad_random_next(r) >> 56 : (uint64_t)o->fill);
    }
}

static void erase_change(const void *options, ad_random *r, struct picture *p)
{
    const ad_erase_options *o = options;
    double steep = scalar_log_f64(o->ratio);
    if (!random_chance(r, o->chance))
        return;
    for (int i = 0; i < 10; i++) {
        double area = random_between(r, o->low, o->high) * (double)(p->height * p->width);
        double ratio = scalar_exp_f64(random_between(r, -steep, steep));
        int64_t height = (int64_t)rint(sqrt(area * ratio));
        int64_t width = (int64_t)rint(sqrt(area / ratio));
        if (height < p->height && width < p->width) {
            erase_at(o, r, p, height, width);
            return;
        }
    }
}

#define SHARE(struct_, name_, least, most, help_)                             \
    {                                                                         \
        .name = #name_, .type = AD_OPTION_NUMBER, .low = least, .high = most, \
        .offset = offsetof(struct_, name_), .help = help_                     \
    }
static ad_status erase_check(const void *options, const struct picture *p)
{
    const ad_erase_options *o = options;
    (void)p;
    return o->low <= o->high
               ? AD_OK
               : fail(AD_ERROR_ARGUMENT, "erase: low is %g and high %g", o->low, o->high);
}

static const ad_option erase_options[] = {
    SHARE(ad_erase_options, low, 0, 1, "the smallest share of the area"),
    SHARE(ad_erase_options, high, 0, 1, "the largest share of the area"),
    SHARE(ad_erase_options, ratio, 1, 100, "height by width at most, and width by height"),
    {.name = "random",
     .type = AD_OPTION_TRUTH,
     .offset = offsetof(ad_erase_options, random),
     .help = "bytes drawn evenly, not fill"},
    CHANCE_OPTION(ad_erase_options),
    FILL_OPTION(ad_erase_options),
};
static const ad_erase_options erase_initial = AD_OPTIONS_INIT(ad_erase_options);

const struct augmentation augment_erase = {
    .record = {.name = "erase",
               .help = "a rectangle of any shape becomes one value, or noise (Zhong et al. 2017)",
               .also = "random_erasing",
               AD_RECORD_OPTIONS(erase_options, erase_initial)},
    .check = erase_check,
    .change = erase_change,
};

/* ---- shares of Beta(alpha, alpha) */

static double normal(ad_random *r)
{
    double odd;
    return scalar_box_muller_f64(random_share(r) + 0x1p-53, random_share(r), &odd);
}

/* The logarithm of a number of Gamma(alpha, 1): Marsaglia and Tsang (2000), whose note for alpha
 * below 1 is done in logarithms, as the number itself may be too small. */
static double log_gamma(ad_random *r, double alpha)
{
    double d = (alpha < 1 ? alpha + 1 : alpha) - 1.0 / 3, c = 1 / sqrt(9 * d);
    for (;;) {
        double x = normal(r), v = 1 + c * x, u = 1 - random_share(r);
        v = v * v * v;
        if (v <= 0 || scalar_log_f64(u) >= x * x / 2 + d - d * v + d * scalar_log_f64(v))
            continue;
        double whole = scalar_log_f64(d * v);
        return alpha < 1 ? whole + scalar_log_f64(1 - random_share(r)) / alpha : whole;
    }
}

static double random_beta(ad_random *r, double alpha)
{
    double a = log_gamma(r, alpha), b = log_gamma(r, alpha);
    return 1 / (1 + scalar_exp_f64(b - a));
}

#define ALPHA_OPTION(struct_)                                                             \
    {                                                                                     \
        .name = "alpha", .type = AD_OPTION_NUMBER, .low = 0.01, .high = 100,              \
        .offset = offsetof(struct_, alpha), .also = "beta",                               \
        .help = "the share is of Beta(alpha, alpha): 1 is even, below mostly near 0 or 1" \
    }

/* ---- mix_up */

static double mix_up_chance(const void *options)
{
    return ((const ad_mix_up_options *)options)->chance;
}

static float mix_up(const void *options, ad_random *r, struct picture *p, const uint8_t *other)
{
    float share = (float)random_beta(r, ((const ad_mix_up_options *)options)->alpha);
    float rest = 1 - share;
    size_t bytes = picture_bytes(p);
    uint8_t *data = p->data;
    for (size_t i = 0; i < bytes; i++)
        data[i] = (uint8_t)(int)(share * (float)data[i] + rest * (float)other[i] + 0.5f);
    return share;
}

static const ad_option mix_up_options[] = {
    ALPHA_OPTION(ad_mix_up_options),
    CHANCE_OPTION(ad_mix_up_options),
};
static const ad_mix_up_options mix_up_initial = AD_OPTIONS_INIT(ad_mix_up_options);

const struct augmentation augment_mix_up = {
    .record = {.name = "mix_up",
               .help = "two examples laid over one another (Zhang et al. 2017)",
               .also = "mixup blend",
               AD_RECORD_OPTIONS(mix_up_options, mix_up_initial)},
    .mix = mix_up,
    .chance = mix_up_chance,
};

/* ---- cut_mix */

static double cut_mix_chance(const void *options)
{
    return ((const ad_cut_mix_options *)options)->chance;
}

static float cut_mix(const void *options, ad_random *r, struct picture *p, const uint8_t *other)
{
    double cut = sqrt(1 - random_beta(r, ((const ad_cut_mix_options *)options)->alpha));
    struct window w = window_at_random(p, r, (int64_t)(cut * (double)p->height),
                                       (int64_t)(cut * (double)p->width));
    int64_t width = w.right - w.left, height = w.bottom - w.top;
    for (int64_t y = w.top; y < w.bottom; y++) {
        int64_t at = (y * p->width + w.left) * p->channels;
        memcpy(p->data + at, other + at, (size_t)(width * p->channels));
    }
    int64_t pixels = p->height * p->width;
    return (float)((double)(pixels - width * height) / (double)pixels);
}

static const ad_option cut_mix_options[] = {
    ALPHA_OPTION(ad_cut_mix_options),
    CHANCE_OPTION(ad_cut_mix_options),
};
static const ad_cut_mix_options cut_mix_initial = AD_OPTIONS_INIT(ad_cut_mix_options);

const struct augmentation augment_cut_mix = {
    .record = {.name = "cut_mix",
               .help = "a rectangle of another example is put in (Yun et al. 2019)",
               .also = "cutmix",
               AD_RECORD_OPTIONS(cut_mix_options, cut_mix_initial)},
    .mix = cut_mix,
    .chance = cut_mix_chance,
};
