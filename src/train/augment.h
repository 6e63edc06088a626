/* Augmentation as the library sees it. */
#ifndef TRAIN_AUGMENT_H
#define TRAIN_AUGMENT_H

#include "train/random.h"
#include "train/source.h"

#include <string.h>

/* An image u8 (height, width, channels), and room for another of its size: what cannot be changed
 * in place is written there, and the two change places. */
struct picture {
    uint8_t *data, *spare;
    int64_t height, width, channels;
};

static inline size_t picture_bytes(const struct picture *p)
{
    return (size_t)(p->height * p->width * p->channels);
}

static inline void picture_swap(struct picture *p)
{
    uint8_t *data = p->data;
    p->data = p->spare;
    p->spare = data;
}

/* Source = linear (p - c) + c + offset, of a point p of the result: where its value is taken. */
struct place {
    double xx, xy, yx, yy; /* source x of x, of y; source y of x, of y */
    double x, y;
};

struct augmentation {
    ad_record record;
    /* Whether options make sense for such images; may be NULL. */
    ad_status (*check)(const void *options, const struct picture *p);
    /* One of these three. */
    void (*change)(const void *options, ad_random *r, struct picture *p);
    void (*place)(const void *options, ad_random *r, const struct picture *p, struct place *place);
    /* Puts other into p; the share of p. */
    float (*mix)(const void *options, ad_random *r, struct picture *p, const uint8_t *other);
    /* Of mix: whether it happens; drawn before the other is read. */
    double (*chance)(const void *options);
    /* Of place: the value outside. */
    int64_t (*fill)(const void *options);
};

/* p's pixels moved so that the pixel (0, 0) of the result is (top, left) of p; outside they are
 * fill, or mirrored. */
void picture_move(struct picture *p, int64_t top, int64_t left, bool reflect, int fill);
void picture_place(struct picture *p, const struct place *place, int fill);
/* Of a turn by so many degrees, counterclockwise. */
void place_turn(struct place *place, double degrees);

/* The steps of "colour", and "grey": train.h. */
void picture_brightness(struct picture *p, double factor);
void picture_contrast(struct picture *p, double factor);
void picture_saturation(struct picture *p, double factor);
void picture_hue(struct picture *p, double circles);
void picture_grey(struct picture *p);

/* Operations of rand_augment in the order of train.h, with a strength from 0 to 1. */
enum { RAND_NOTHING, RAND_SHEAR_X, RAND_SHEAR_Y, RAND_SHIFT_X, RAND_SHIFT_Y, RAND_TURN };
enum { RAND_BRIGHTNESS = RAND_TURN + 1, RAND_SATURATION, RAND_CONTRAST, RAND_SHARPNESS };
enum { RAND_BITS = RAND_SHARPNESS + 1, RAND_INVERT, RAND_SPREAD, RAND_EQUAL, RAND_ALL };
void picture_operation(struct picture *p, int what, double strength, bool minus, int fill);

/* Rows [top, bottom) and columns [left, right), which are inside. */
struct window {
    int64_t top, bottom, left, right;
};
/* height by width about a pixel drawn at random, cut off at the edges. */
struct window window_at_random(const struct picture *p, ad_random *r, int64_t height,
                               int64_t width);

/* Even in [low, high]. */
static inline double random_between(ad_random *r, double low, double high)
{
    return low + random_share(r) * (high - low);
}

static inline bool random_chance(ad_random *r, double chance)
{
    return random_share(r) < chance;
}

#define FILL_OPTION(struct_)                                            \
    {                                                                   \
        .name = "fill", .type = AD_OPTION_WHOLE, .low = 0, .high = 255, \
        .offset = offsetof(struct_, fill), .also = "value cval",        \
        .help = "value of pixels that come from outside"                \
    }
#define FILL_OF(struct_)                               \
    static int64_t struct_##_fill(const void *options) \
    {                                                  \
        return ((const struct_ *)options)->fill;       \
    }
#define CHANCE_OPTION(struct_)                                             \
    {                                                                      \
        .name = "chance", .type = AD_OPTION_NUMBER, .low = 0, .high = 1,   \
        .offset = offsetof(struct_, chance), .also = "p prob probability", \
        .help = "how often it happens"                                     \
    }

#endif
