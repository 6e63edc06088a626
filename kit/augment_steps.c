/* Changes of sounds and other steps over time: time_shift, stretch, sound_noise, time_mask,
 * frequency_mask. */
#include <math.h>
#include <string.h>

#include "augment.h"

static size_t step_bytes(const changing *c)
{
    return (size_t)c->width * sizeof(float);
}

static void copy_all(const changing *c)
{
    memcpy(c->out, c->in, (size_t)c->steps * step_bytes(c));
}

/* ---------------------------------------------------------------- time_shift */

typedef struct shift_options {
    double share;
} shift_options;

static void shift(changing *c)
{
    const shift_options *o = c->options;
    int64_t most = (int64_t)(o->share * (double)c->steps);
    int64_t by = (int64_t)ad_random_below(&c->random, 2 * (uint64_t)most + 1) - most;
    by = (by % c->steps + c->steps) % c->steps;
    size_t bytes = step_bytes(c), first = (size_t)by * bytes, all = (size_t)c->steps * bytes;
    memcpy((char *)c->out + first, c->in, all - first);
    memcpy(c->out, (const char *)c->in + (all - first), first);
}

static const ad_option shift_rows[] = {
    CHANGE_OPTION(shift_options, share, 0, 1, "max_shift fraction",
                  "how far at most, as a share of the time"),
};
static const shift_options shift_initial = {0.1};

const change_record change_time_shift = {
    .record = {.name = "time_shift",
               .help = "sounds and other steps moved in time; what leaves at one end comes in at "
                       "the other",
               .also = "roll time_roll shift_time",
               AD_RECORD_OPTIONS(shift_rows, shift_initial)},
    .of = CHANGE_STEPS,
    .moves = true,
    .change = shift};

/* ---------------------------------------------------------------- stretch */

typedef struct stretch_options {
    double low, high;
} stretch_options;

static double speed_of(const stretch_options *o, ad_random *r)
{
    return o->low + change_share(r) * (o->high - o->low);
}

static int64_t stretched(const void *options, ad_random *r, int64_t steps)
{
    int64_t after = (int64_t)((double)steps / speed_of(options, r) + 0.5);
    return after < 1 ? 1 : after;
}

/* Step t is taken at t times the speed, between two steps in a line; past the end are zeros. */
static void stretch(changing *c)
{
    double speed = speed_of(c->options, &c->random);
    const float *x = c->in;
    float *y = c->out;
    for (int64_t t = 0; t < c->after; t++, y += c->width) {
        double at = (double)t * speed;
        int64_t i = (int64_t)at, next = i + 1 < c->steps ? i + 1 : i;
        float rest = (float)(at - (double)i);
        for (int64_t k = 0; k < c->width; k++)
            y[k] = i >= c->steps ? 0
                                 : x[i * c->width + k] +
                                       rest * (x[next * c->width + k] - x[i * c->width + k]);
    }
}

static const ad_option stretch_rows[] = {
    CHANGE_OPTION(stretch_options, low, 0.1, 10, "min min_rate", "the lowest speed"),
    CHANGE_OPTION(stretch_options, high, 0.1, 10, "max max_rate", "the highest speed"),
};
static const stretch_options stretch_initial = {0.9, 1.1};

const change_record change_stretch = {
    .record = {.name = "stretch",
               .help = "sounds and other steps faster or slower; where all are of one length, cut "
                       "or followed by zeros",
               .also = "speed time_stretch speed_perturbation",
               AD_RECORD_OPTIONS(stretch_rows, stretch_initial)},
    .of = CHANGE_STEPS,
    .moves = true,
    .change = stretch,
    .length = stretched};

/* ---------------------------------------------------------------- sound_noise */

typedef struct hiss_options {
    double low, high;
} hiss_options;

static void hiss(changing *c)
{
    const hiss_options *o = c->options;
    double decibels = o->low + change_share(&c->random) * (o->high - o->low), power = 0;
    const float *x = c->in;
    float *y = c->out;
    int64_t count = c->steps * c->width;
    uint64_t key[2] = {ad_random_next(&c->random), ad_random_next(&c->random)};
    for (int64_t i = 0; i < count; i++)
        power += (double)x[i] * (double)x[i];
    double deviation = sqrt(power / (double)count) / pow(10, decibels / 20);
    for (int64_t i = 0; i < count; i++)
        y[i] = x[i] + (float)deviation * ad_normal_at(key, (uint32_t)i);
}

static const ad_option hiss_rows[] = {
    CHANGE_OPTION(hiss_options, low, -60, 120, "min_snr", "the lowest signal to noise, dB"),
    CHANGE_OPTION(hiss_options, high, -60, 120, "max_snr", "the highest signal to noise, dB"),
};
static const hiss_options hiss_initial = {20, 40};

const change_record change_sound_noise = {
    .record = {.name = "sound_noise",
               .help = "normal numbers added to sounds and other steps, by a ratio to their power",
               .also = "hiss gaussian_snr add_gaussian_snr background_noise",
               AD_RECORD_OPTIONS(hiss_rows, hiss_initial)},
    .of = CHANGE_STEPS,
    .change = hiss};

/* ---------------------------------------------------------------- masks */

typedef struct mask_options {
    int64_t width, count;
    double value;
} mask_options;

/* Where a mask of 0 to width of all begins, and how long it is. */
static void draw(changing *c, int64_t all, int64_t *begin, int64_t *size)
{
    const mask_options *o = c->options;
    int64_t most = o->width < all ? o->width : all;
    *size = (int64_t)ad_random_below(&c->random, (uint64_t)most + 1);
    *begin = (int64_t)ad_random_below(&c->random, (uint64_t)(all - *size) + 1);
}

static void fill(const changing *c, int64_t step, int64_t from, int64_t to)
{
    float *y = (float *)c->out + step * c->width;
    for (int64_t k = from; k < to; k++)
        y[k] = (float)((const mask_options *)c->options)->value;
}

static void mask_time(changing *c)
{
    copy_all(c);
    for (int64_t i = 0; i < ((const mask_options *)c->options)->count; i++) {
        int64_t begin, size;
        draw(c, c->steps, &begin, &size);
        for (int64_t t = begin; t < begin + size; t++)
            fill(c, t, 0, c->width);
    }
}

static void mask_frequency(changing *c)
{
    copy_all(c);
    for (int64_t i = 0; i < ((const mask_options *)c->options)->count; i++) {
        int64_t begin, size;
        draw(c, c->width, &begin, &size);
        for (int64_t t = 0; t < c->steps; t++)
            fill(c, t, begin, begin + size);
    }
}

static const ad_option mask_rows[] = {
    CHANGE_WHOLE(mask_options, width, 1, 1e9, "size max_width time_mask_param freq_mask_param",
                 "steps, or features, of a mask at most; from 0 on, each as likely"),
    CHANGE_WHOLE(mask_options, count, 1, 1000, "n num_masks", "masks"),
    CHANGE_OPTION(mask_options, value, -1e9, 1e9, "mask_value fill",
                  "what stands there; 0 is the mean of what is standardized"),
};
static const mask_options mask_initial = {8, 1, 0};

const change_record change_time_mask = {
    .record = {.name = "time_mask",
               .help = "some steps in a row become one value (Park et al. 2019)",
               .also = "spec_augment specaugment time_masking",
               AD_RECORD_OPTIONS(mask_rows, mask_initial)},
    .of = CHANGE_STEPS,
    .change = mask_time};

const change_record change_frequency_mask = {
    .record = {.name = "frequency_mask",
               .help = "some features side by side become one value (Park et al. 2019)",
               .also = "freq_mask frequency_masking",
               AD_RECORD_OPTIONS(mask_rows, mask_initial)},
    .of = CHANGE_STEPS,
    .change = mask_frequency};
