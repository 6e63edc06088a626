/* Methods that change values: colour, grey, noise. */
#include "train/augment.h"

#include <math.h>

#include "base/error.h"
#include "op/scalar.h"

static bool has_colour(const struct picture *p)
{
    return p->channels >= 3;
}

/* Channels that are not alpha. */
static int64_t values_of(const struct picture *p)
{
    return has_colour(p) ? 3 : 1;
}

static uint8_t grey_of(const uint8_t *pixel)
{
    return (uint8_t)(0.2989f * (float)pixel[0] + 0.587f * (float)pixel[1] +
                     0.114f * (float)pixel[2]);
}

static float held(float x)
{
    x = x > 0 ? x : 0; /* in this form without a branch */
    return x < 255 ? x : 255;
}

/* ---- colour */

static uint8_t blended(double factor, float x, float y)
{
    return (uint8_t)held((float)factor * x + (float)(1 - factor) * y);
}

/* Each value with the number y: the same for equal values. */
static void blend(struct picture *p, double factor, float y)
{
    uint8_t after[256];
    int64_t pixels = p->height * p->width, values = values_of(p);
    uint8_t *pixel = p->data;
    for (int x = 0; x < 256; x++)
        after[x] = blended(factor, (float)x, y);
    for (int64_t i = 0; i < pixels; i++, pixel += p->channels)
        for (int64_t c = 0; c < values; c++)
            pixel[c] = after[pixel[c]];
}

static float mean_grey(const struct picture *p)
{
    int64_t pixels = p->height * p->width, sum = 0;
    const uint8_t *pixel = p->data;
    for (int64_t i = 0; i < pixels; i++, pixel += p->channels)
        sum += has_colour(p) ? grey_of(pixel) : pixel[0];
    return (float)((double)sum / (double)pixels);
}

void picture_brightness(struct picture *p, double factor)
{
    blend(p, factor, 0);
}

void picture_contrast(struct picture *p, double factor)
{
    blend(p, factor, mean_grey(p));
}

void picture_saturation(struct picture *p, double factor)
{
    int64_t pixels = has_colour(p) ? p->height * p->width : 0;
    uint8_t *pixel = p->data;
    for (int64_t i = 0; i < pixels; i++, pixel += p->channels) {
        float grey = grey_of(pixel);
        for (int c = 0; c < 3; c++)
            pixel[c] = blended(factor, (float)pixel[c], grey);
    }
}

/* red, green and blue from 0 to 1; hue in circles. */
static void turn_hue(float rgb[3], float by)
{
    float most = fmaxf(rgb[0], fmaxf(rgb[1], rgb[2]));
    float least = fminf(rgb[0], fminf(rgb[1], rgb[2])), range = most - least;
    if (range == 0)
        return;
    float part[3], hue;
    for (int c = 0; c < 3; c++)
        part[c] = (most - rgb[c]) / range;
    if (rgb[0] == most)
        hue = part[2] - part[1];
    else if (rgb[1] == most)
        hue = 2 + part[0] - part[2];
    else
        hue = 4 + part[1] - part[0];
    hue = hue / 6 + 1;
    hue = hue - floorf(hue) + by;
    hue -= floorf(hue);
    float saturation = range / most, sixth = floorf(hue * 6), rest = hue * 6 - sixth;
    float p = most * (1 - saturation), q = most * (1 - saturation * rest);
    float t = most * (1 - saturation * (1 - rest));
    const float of_sixth[6][3] = {{most, t, p}, {q, most, p}, {p, most, t},
                                  {p, q, most}, {t, p, most}, {most, p, q}};
    memcpy(rgb, of_sixth[(int)sixth % 6], 3 * sizeof *rgb);
}

void picture_hue(struct picture *p, double by)
{
    int64_t pixels = has_colour(p) ? p->height * p->width : 0;
    uint8_t *pixel = p->data;
    for (int64_t i = 0; i < pixels; i++, pixel += p->channels) {
        float rgb[3];
        for (int c = 0; c < 3; c++)
            rgb[c] = (float)pixel[c] / 255;
        turn_hue(rgb, (float)by);
        for (int c = 0; c < 3; c++)
            pixel[c] = (uint8_t)(held(rgb[c]) * 255.999f);
    }
}

static double factor(ad_random *r, double value)
{
    return random_between(r, value > 1 ? 0 : 1 - value, 1 + value);
}

static void change_colour(const ad_colour_options *o, int which, ad_random *r, struct picture *p)
{
    if (which == 0 && o->brightness > 0)
        picture_brightness(p, factor(r, o->brightness));
    else if (which == 1 && o->contrast > 0)
        picture_contrast(p, factor(r, o->contrast));
    else if (which == 2 && o->saturation > 0)
        picture_saturation(p, factor(r, o->saturation));
    else if (which == 3 && o->hue > 0)
        picture_hue(p, random_between(r, -o->hue, o->hue));
}

static void colour_change(const void *options, ad_random *r, struct picture *p)
{
    int order[4] = {0, 1, 2, 3};
    for (int i = 3; i > 0; i--) {
        int other = (int)ad_random_below(r, (uint64_t)i + 1), kept = order[i];
        order[i] = order[other];
        order[other] = kept;
    }
    for (int i = 0; i < 4; i++)
        change_colour(options, order[i], r, p);
}

#define STRENGTH(name_, most, names, words)                                        \
    {                                                                              \
        .name = #name_, .type = AD_OPTION_NUMBER, .low = 0, .high = most,          \
        .offset = offsetof(ad_colour_options, name_), .also = names, .help = words \
    }

static const ad_option colour_options[] = {
    STRENGTH(brightness, 100, "brighten", "factors from 1 - this to 1 + this"),
    STRENGTH(contrast, 100, "", "the same, about the mean grey"),
    STRENGTH(saturation, 100, "", "the same, about the pixel's grey"),
    STRENGTH(hue, 0.5, "", "turned by up to this share of the circle, both ways"),
};
static const ad_colour_options colour_initial = AD_OPTIONS_INIT(ad_colour_options);

const struct augmentation augment_colour = {
    .record = {.name = "colour",
               .help = "brightness, contrast, saturation and hue, as torchvision's ColorJitter",
               .also = "color color_jitter jitter brightness contrast saturation hue",
               AD_RECORD_OPTIONS(colour_options, colour_initial)},
    .change = colour_change,
};

/* ---- grey */

void picture_grey(struct picture *p)
{
    int64_t pixels = has_colour(p) ? p->height * p->width : 0;
    uint8_t *pixel = p->data;
    for (int64_t i = 0; i < pixels; i++, pixel += p->channels)
        memset(pixel, grey_of(pixel), 3);
}

static void grey_change(const void *options, ad_random *r, struct picture *p)
{
    if (random_chance(r, ((const ad_grey_options *)options)->chance))
        picture_grey(p);
}

static const ad_option grey_options[] = {CHANCE_OPTION(ad_grey_options)};
static const ad_grey_options grey_initial = AD_OPTIONS_INIT(ad_grey_options);

const struct augmentation augment_grey = {
    .record = {.name = "grey",
               .help = "all colours become the pixel's grey",
               .also = "gray grayscale greyscale random_grayscale",
               AD_RECORD_OPTIONS(grey_options, grey_initial)},
    .change = grey_change,
};

/* ---- noise */

static void noise_change(const void *options, ad_random *r, struct picture *p)
{
    const ad_noise_options *o = options;
    int64_t values = (int64_t)picture_bytes(p), channel = 0, colours = values_of(p);
    float even = 0, odd = 0;
    for (int64_t i = 0; i < values; i++, channel = channel + 1 == p->channels ? 0 : channel + 1) {
        uint64_t word = i % 2 ? 0 : ad_random_next(r);
        if (i % 2 == 0)
            even = scalar_box_muller_f32(scalar_unit_f32((uint32_t)(word >> 32)) + 0x1p-24f,
                                         scalar_unit_f32((uint32_t)word), &odd);
        float normal = i % 2 ? odd : even;
        if (channel < colours)
            p->data[i] = (uint8_t)held((float)p->data[i] + (float)o->deviation * normal + 0.5f);
    }
}

static const ad_option noise_options[] = {
    {.name = "deviation",
     .type = AD_OPTION_NUMBER,
     .low = 0,
     .high = 255,
     .offset = offsetof(ad_noise_options, deviation),
     .also = "std sigma stddev gaussian",
     .help = "of the normal numbers that are added, in steps of 1 of 255"},
};
static const ad_noise_options noise_initial = AD_OPTIONS_INIT(ad_noise_options);

const struct augmentation augment_noise = {
    .record = {.name = "noise",
               .help = "a normal number is added to each value",
               .also = "gaussian_noise random_noise",
               AD_RECORD_OPTIONS(noise_options, noise_initial)},
    .change = noise_change,
};
