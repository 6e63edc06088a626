/* rand_augment, whose operations and strengths are those of torchvision. */
#include "train/augment.h"

#include <math.h>

/* ---- operations on values */

static int64_t colours(const struct picture *p)
{
    return p->channels >= 3 ? 3 : 1;
}

static void by_values(struct picture *p, int64_t channel, const uint8_t table[256])
{
    size_t bytes = picture_bytes(p);
    for (size_t i = (size_t)channel; i < bytes; i += (size_t)p->channels)
        p->data[i] = table[p->data[i]];
}

static void same(uint8_t table[256])
{
    for (int i = 0; i < 256; i++)
        table[i] = (uint8_t)i;
}

static void count_values(const struct picture *p, int64_t channel, int64_t count[256])
{
    size_t bytes = picture_bytes(p);
    memset(count, 0, 256 * sizeof *count);
    for (size_t i = (size_t)channel; i < bytes; i += (size_t)p->channels)
        count[p->data[i]]++;
}

/* The lowest value that there is, by 1, or the highest, by -1. */
static int end_of(const int64_t count[256], int from, int by)
{
    while (!count[from])
        from += by;
    return from;
}

static void spread(const struct picture *p, int64_t channel, uint8_t table[256])
{
    int64_t count[256];
    count_values(p, channel, count);
    int low = end_of(count, 0, 1), high = end_of(count, 255, -1);
    same(table);
    for (int i = low; i <= high && low < high; i++)
        table[i] = (uint8_t)(255 * (i - low) / (high - low));
}

/* As Pillow's: steps of as many pixels as all but those of the highest value make 255 of. */
static void equal(const struct picture *p, int64_t channel, uint8_t table[256])
{
    int64_t count[256], pixels = p->height * p->width;
    count_values(p, channel, count);
    int64_t step = (pixels - count[end_of(count, 255, -1)]) / 255, n = step / 2;
    same(table);
    for (int i = 0; i < 256 && step > 0; n += count[i++])
        table[i] = (uint8_t)(n / step > 255 ? 255 : n / step);
}

/* The pixel at i, inside: x 13, its neighbours once and itself five times. */
static int around(const struct picture *p, const uint8_t *i)
{
    int sum = 4 * *i;
    for (int64_t y = -1; y <= 1; y++)
        for (int64_t x = -1; x <= 1; x++)
            sum += i[(y * p->width + x) * p->channels];
    return sum;
}

static void sharpness(struct picture *p, double factor)
{
    memcpy(p->spare, p->data, picture_bytes(p));
    for (int64_t y = 1; y < p->height - 1; y++)
        for (int64_t x = 1; x < p->width - 1; x++)
            for (int64_t c = 0; c < colours(p); c++) {
                int64_t at = (y * p->width + x) * p->channels + c;
                float smooth = (float)((2 * around(p, p->data + at) + 13) / 26);
                float z = (float)factor * (float)p->data[at] + (float)(1 - factor) * smooth;
                p->spare[at] = (uint8_t)(z < 0 ? 0 : z > 255 ? 255 : z);
            }
    picture_swap(p);
}

/* ---- rand_augment */

/* Where the points of the result come from; m: with its sign. */
static void move(struct picture *p, int what, double m, int fill)
{
    struct place place = {.xx = 1, .yy = 1};
    if (what == RAND_SHEAR_X)
        place.xy = 0.3 * m;
    else if (what == RAND_SHEAR_Y)
        place.yx = 0.3 * m;
    else if (what == RAND_SHIFT_X)
        place.x = rint(150.0 / 331 * m * (double)p->width);
    else if (what == RAND_SHIFT_Y)
        place.y = rint(150.0 / 331 * m * (double)p->height);
    else
        place_turn(&place, 30 * m);
    picture_place(p, &place, fill);
}

static void by_table(struct picture *p, int what, double m)
{
    uint8_t table[256];
    int kept = 256 - (1 << (int)rint(4 * m));
    for (int64_t c = 0; c < colours(p); c++) {
        same(table);
        if (what == RAND_SPREAD)
            spread(p, c, table);
        else if (what == RAND_EQUAL)
            equal(p, c, table);
        else
            for (int i = 0; i < 256; i++)
                table[i] = (uint8_t)(what == RAND_BITS            ? i & kept
                                     : (double)i >= 255 * (1 - m) ? 255 - i
                                                                  : i);
        by_values(p, c, table);
    }
}

void picture_operation(struct picture *p, int what, double m, bool minus, int fill)
{
    static void (*const change[])(struct picture *, double) = {
        picture_brightness, picture_saturation, picture_contrast, sharpness};
    double sign = minus ? -m : m;
    if (what == RAND_NOTHING)
        return;
    if (what <= RAND_TURN)
        move(p, what, sign, fill);
    else if (what < RAND_BITS)
        change[what - RAND_BRIGHTNESS](p, 1 + 0.9 * sign);
    else
        by_table(p, what, m);
}

static void rand_augment_change(const void *options, ad_random *r, struct picture *p)
{
    const ad_rand_augment_options *o = options;
    for (int64_t i = 0; i < o->count; i++) {
        int what = (int)ad_random_below(r, RAND_ALL);
        picture_operation(p, what, (double)o->magnitude / 30, random_chance(r, 0.5), (int)o->fill);
    }
}

#define WHOLE(name_, least, most, also_, help_)                                          \
    {                                                                                    \
        .name = #name_, .type = AD_OPTION_WHOLE, .low = least, .high = most,             \
        .offset = offsetof(ad_rand_augment_options, name_), .also = also_, .help = help_ \
    }
static const ad_option rand_augment_options[] = {
    WHOLE(count, 1, 16, "n num_ops", "operations, one after the other"),
    WHOLE(magnitude, 0, 30, "m", "how strong, of 30"),
    FILL_OPTION(ad_rand_augment_options),
};
static const ad_rand_augment_options rand_augment_initial =
    AD_OPTIONS_INIT(ad_rand_augment_options);

const struct augmentation augment_rand_augment = {
    .record = {.name = "rand_augment",
               .help = "operations drawn from 14: moves, colours, values (Cubuk et al. 2020)",
               .also = "randaugment",
               AD_RECORD_OPTIONS(rand_augment_options, rand_augment_initial)},
    .change = rand_augment_change,
};
