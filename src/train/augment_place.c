/* Methods that move pixels: flip, crop; and those that map the plane: shift, turn, scale, shear. */
#include "train/augment.h"

#include <math.h>

#include "base/error.h"
#include "op/scalar.h"

/* ---- whole pixels */

/* Mirrored at 0 and size - 1, the ends once; -1: outside and not mirrored. */
static int64_t inside(int64_t i, int64_t size, bool reflect)
{
    if (i >= 0 && i < size)
        return i;
    if (!reflect)
        return -1;
    return i < 0 ? -i : 2 * (size - 1) - i;
}

static void copy_pixel(uint8_t *to, const uint8_t *row, int64_t x, int64_t channels, int fill)
{
    for (int64_t c = 0; c < channels; c++)
        to[c] = x < 0 ? (uint8_t)fill : row[x * channels + c];
}

/* A row, moved by left; what lies within both is one copy. */
static void move_row(const struct picture *p, uint8_t *to, const uint8_t *row, int64_t left,
                     bool reflect, int fill)
{
    int64_t width = p->width, n = p->channels;
    int64_t begin = left < 0 ? -left : 0, end = left > 0 ? width - left : width;
    begin = begin < width ? begin : width;
    end = end > begin ? end : begin;
    for (int64_t x = 0; x < begin; x++)
        copy_pixel(to + x * n, row, inside(x + left, width, reflect), n, fill);
    if (end > begin)
        memcpy(to + begin * n, row + (begin + left) * n, (size_t)((end - begin) * n));
    for (int64_t x = end; x < width; x++)
        copy_pixel(to + x * n, row, inside(x + left, width, reflect), n, fill);
}

void picture_move(struct picture *p, int64_t top, int64_t left, bool reflect, int fill)
{
    int64_t bytes = p->width * p->channels;
    for (int64_t y = 0; y < p->height; y++) {
        int64_t from = inside(y + top, p->height, reflect);
        if (from < 0)
            memset(p->spare + y * bytes, fill, (size_t)bytes);
        else
            move_row(p, p->spare + y * bytes, p->data + from * bytes, left, reflect, fill);
    }
    picture_swap(p);
}

/* ---- flip */

static void mirror_row(uint8_t *row, int64_t width, int64_t channels)
{
    for (int64_t a = 0, b = width - 1; a < b; a++, b--)
        for (int64_t c = 0; c < channels; c++) {
            uint8_t value = row[a * channels + c];
            row[a * channels + c] = row[b * channels + c];
            row[b * channels + c] = value;
        }
}

static void mirror_rows(struct picture *p)
{
    int64_t bytes = p->width * p->channels;
    for (int64_t y = 0; y < p->height; y++)
        switch (p->channels) { /* sizes that the compiler knows */
        case 1: mirror_row(p->data + y * bytes, p->width, 1); break;
        case 3: mirror_row(p->data + y * bytes, p->width, 3); break;
        default: mirror_row(p->data + y * bytes, p->width, p->channels); break;
        }
}

static void turn_upside_down(struct picture *p)
{
    size_t bytes = (size_t)(p->width * p->channels);
    for (int64_t y = 0; y < p->height; y++)
        memcpy(p->spare + (size_t)(p->height - 1 - y) * bytes, p->data + (size_t)y * bytes, bytes);
    picture_swap(p);
}

static void flip_change(const void *options, ad_random *r, struct picture *p)
{
    const ad_flip_options *o = options;
    bool across = random_chance(r, o->horizontal), down = random_chance(r, o->vertical);
    if (across)
        mirror_rows(p);
    if (down)
        turn_upside_down(p);
}

static const ad_option flip_options[] = {
    {.name = "horizontal",
     .type = AD_OPTION_NUMBER,
     .low = 0,
     .high = 1,
     .offset = offsetof(ad_flip_options, horizontal),
     .also = "p chance left_right",
     .help = "chance of left to right"},
    {.name = "vertical",
     .type = AD_OPTION_NUMBER,
     .low = 0,
     .high = 1,
     .offset = offsetof(ad_flip_options, vertical),
     .also = "upside_down up_down",
     .help = "chance of upside down"},
};
static const ad_flip_options flip_initial = AD_OPTIONS_INIT(ad_flip_options);

const struct augmentation augment_flip = {
    .record = {.name = "flip",
               .help = "mirrored left to right, or upside down",
               .also = "mirror random_horizontal_flip horizontal_flip",
               AD_RECORD_OPTIONS(flip_options, flip_initial)},
    .change = flip_change,
};

/* ---- crop */

static ad_status crop_check(const void *options, const struct picture *p)
{
    const ad_crop_options *o = options;
    int64_t least = p->height < p->width ? p->height : p->width;
    if (o->border == AD_BORDER_REFLECT && o->padding >= least)
        return fail(AD_ERROR_ARGUMENT,
                    "crop: padding is %lld; border: reflect mirrors fewer pixels than the %lld of "
                    "the shorter side",
                    (long long)o->padding, (long long)least);
    return AD_OK;
}

static void crop_change(const void *options, ad_random *r, struct picture *p)
{
    const ad_crop_options *o = options;
    uint64_t places = 2 * (uint64_t)o->padding + 1;
    int64_t top = (int64_t)ad_random_below(r, places) - o->padding;
    int64_t left = (int64_t)ad_random_below(r, places) - o->padding;
    if (top || left)
        picture_move(p, top, left, o->border == AD_BORDER_REFLECT, (int)o->fill);
}

static const ad_option crop_options[] = {
    {.name = "padding",
     .type = AD_OPTION_WHOLE,
     .low = 0,
     .high = 65536,
     .unit = "pixels",
     .offset = offsetof(ad_crop_options, padding),
     .also = "pad",
     .help = "pixels added at each side before a window of the old size is taken"},
    {.name = "border",
     .type = AD_OPTION_WORD,
     .words = "fill reflect",
     .offset = offsetof(ad_crop_options, border),
     .also = "padding_mode mode",
     .help = "what the added pixels are: fill, or the image mirrored"},
    FILL_OPTION(ad_crop_options),
};
static const ad_crop_options crop_initial = AD_OPTIONS_INIT(ad_crop_options);

const struct augmentation augment_crop = {
    .record = {.name = "crop",
               .help = "a window of the old size, of the image with pixels added at its sides",
               .also = "random_crop pad_and_crop random_resized_crop",
               AD_RECORD_OPTIONS(crop_options, crop_initial)},
    .check = crop_check,
    .change = crop_change,
};

/* ---- maps of the plane: each given by where a point of the result comes from */

static int64_t whole_between(ad_random *r, int64_t most)
{
    return (int64_t)ad_random_below(r, 2 * (uint64_t)most + 1) - most;
}

FILL_OF(ad_shift_options)

static void shift_place(const void *options, ad_random *r, const struct picture *p,
                        struct place *place)
{
    const ad_shift_options *o = options;
    place->x = -(double)whole_between(r, (int64_t)(o->share * (double)p->width));
    place->y = -(double)whole_between(r, (int64_t)(o->share * (double)p->height));
}

static const ad_option shift_options[] = {
    {.name = "share",
     .type = AD_OPTION_NUMBER,
     .low = 0,
     .high = 1,
     .offset = offsetof(ad_shift_options, share),
     .also = "translate translation fraction",
     .help = "how far at most, as a share of height and width; whole pixels"},
    FILL_OPTION(ad_shift_options),
};
static const ad_shift_options shift_initial = AD_OPTIONS_INIT(ad_shift_options);

const struct augmentation augment_shift = {
    .record = {.name = "shift",
               .help = "moved by whole pixels",
               .also = "translate translation random_translation",
               AD_RECORD_OPTIONS(shift_options, shift_initial)},
    .place = shift_place,
    .fill = ad_shift_options_fill,
};

#define DEGREE 0.017453292519943295 /* pi / 180 */

/* Exact at quarters of a turn. */
static void sine_and_cosine(double degrees, double *sine, double *cosine)
{
    double quarters = rint(degrees / 90), angle = (degrees - 90 * quarters) * DEGREE;
    double s = scalar_sin_f64(angle), c = scalar_cos_f64(angle);
    switch ((int)quarters & 3) {
    case 0: *sine = s, *cosine = c; break;
    case 1: *sine = c, *cosine = -s; break;
    case 2: *sine = -s, *cosine = -c; break;
    default: *sine = -c, *cosine = s; break;
    }
}

static ad_status check_angles(const char *method, double least, double degrees)
{
    if (least == AD_AUTO ? degrees >= 0 : least <= degrees)
        return AD_OK;
    return fail(AD_ERROR_ARGUMENT, "%s: degrees is %g, and has to be %s", method, degrees,
                least == AD_AUTO ? "0 or more where least is not said" : "least or more");
}

FILL_OF(ad_turn_options)

static ad_status turn_check(const void *options, const struct picture *p)
{
    const ad_turn_options *o = options;
    (void)p;
    return check_angles("turn", o->least, o->degrees);
}

/* The inverse of M is its transpose. */
void place_turn(struct place *place, double degrees)
{
    double sine, cosine;
    sine_and_cosine(degrees, &sine, &cosine);
    place->xx = place->yy = cosine;
    place->xy = -sine, place->yx = sine;
}

static void turn_place(const void *options, ad_random *r, const struct picture *p,
                       struct place *place)
{
    const ad_turn_options *o = options;
    double least = o->least == AD_AUTO ? -o->degrees : o->least;
    (void)p;
    place_turn(place, random_between(r, least, o->degrees));
}

#define ANGLE_OPTIONS(struct_, bound, names)                                        \
    {.name = "degrees",                                                             \
     .type = AD_OPTION_NUMBER,                                                      \
     .low = -(bound),                                                               \
     .high = bound,                                                                 \
     .unit = "degrees",                                                             \
     .offset = offsetof(struct_, degrees),                                          \
     .also = names,                                                                 \
     .help = "the largest angle"},                                                  \
    {                                                                               \
        .name = "least", .type = AD_OPTION_NUMBER, .low = -(bound), .high = bound,  \
        .unit = "degrees", .unset = "-degrees", .offset = offsetof(struct_, least), \
        .help = "the smallest angle"                                                \
    }

static const ad_option turn_options[] = {
    ANGLE_OPTIONS(ad_turn_options, 360, "angle rotation"),
    FILL_OPTION(ad_turn_options),
};
static const ad_turn_options turn_initial = AD_OPTIONS_INIT(ad_turn_options);

const struct augmentation augment_turn = {
    .record = {.name = "turn",
               .help = "turned about the middle, counterclockwise",
               .also = "rotate rotation random_rotation",
               AD_RECORD_OPTIONS(turn_options, turn_initial)},
    .check = turn_check,
    .place = turn_place,
    .fill = ad_turn_options_fill,
};

FILL_OF(ad_zoom_options)

static ad_status zoom_check(const void *options, const struct picture *p)
{
    const ad_zoom_options *o = options;
    (void)p;
    return o->low <= o->high
               ? AD_OK
               : fail(AD_ERROR_ARGUMENT, "scale: low is %g and high %g; low is the lower", o->low,
                      o->high);
}

static void zoom_place(const void *options, ad_random *r, const struct picture *p,
                       struct place *place)
{
    const ad_zoom_options *o = options;
    (void)p;
    place->xx = place->yy = 1 / random_between(r, o->low, o->high);
}

static const ad_option zoom_options[] = {
    {.name = "low",
     .type = AD_OPTION_NUMBER,
     .low = 0.01,
     .high = 100,
     .offset = offsetof(ad_zoom_options, low),
     .also = "min zoom",
     .help = "the smallest factor"},
    {.name = "high",
     .type = AD_OPTION_NUMBER,
     .low = 0.01,
     .high = 100,
     .offset = offsetof(ad_zoom_options, high),
     .also = "max zoom",
     .help = "the largest factor"},
    FILL_OPTION(ad_zoom_options),
};
static const ad_zoom_options zoom_initial = AD_OPTIONS_INIT(ad_zoom_options);

const struct augmentation augment_scale = {
    .record = {.name = "scale",
               .help = "larger or smaller about the middle",
               .also = "zoom random_zoom",
               AD_RECORD_OPTIONS(zoom_options, zoom_initial)},
    .check = zoom_check,
    .place = zoom_place,
    .fill = ad_zoom_options_fill,
};

FILL_OF(ad_shear_options)

static ad_status shear_check(const void *options, const struct picture *p)
{
    const ad_shear_options *o = options;
    (void)p;
    return check_angles("shear", o->least, o->degrees);
}

static void shear_place(const void *options, ad_random *r, const struct picture *p,
                        struct place *place)
{
    const ad_shear_options *o = options;
    double least = o->least == AD_AUTO ? -o->degrees : o->least, sine, cosine;
    (void)p;
    sine_and_cosine(random_between(r, least, o->degrees), &sine, &cosine);
    place->xy = -sine / cosine;
}

static const ad_option shear_options[] = {
    ANGLE_OPTIONS(ad_shear_options, 80, "angle"),
    FILL_OPTION(ad_shear_options),
};
static const ad_shear_options shear_initial = AD_OPTIONS_INIT(ad_shear_options);

const struct augmentation augment_shear = {
    .record = {.name = "shear",
               .help = "slanted: rows moved in proportion to their distance from the middle",
               .also = "skew affine random_affine",
               AD_RECORD_OPTIONS(shear_options, shear_initial)},
    .check = shear_check,
    .place = shear_place,
    .fill = ad_shear_options_fill,
};

/* ---- sampling */

/* The pixel at column x and row y, or fill. */
static const uint8_t *pixel_at(const struct picture *p, int64_t x, int64_t y, const uint8_t *fill)
{
    bool in = x >= 0 && x < p->width && y >= 0 && y < p->height;
    return in ? p->data + (y * p->width + x) * p->channels : fill;
}

/* In a line along x, then along y; x and y are more than -1. */
static void sample(const struct picture *p, double x, double y, const uint8_t *fill, uint8_t *to)
{
    int64_t left = (int64_t)(x + 1) - 1, top = (int64_t)(y + 1) - 1;
    float right = (float)(x - (double)left), below = (float)(y - (double)top);
    const uint8_t *a = pixel_at(p, left, top, fill), *b = pixel_at(p, left + 1, top, fill);
    const uint8_t *c = pixel_at(p, left, top + 1, fill), *d = pixel_at(p, left + 1, top + 1, fill);
    for (int64_t i = 0; i < p->channels; i++) {
        float upper = (float)a[i] + right * ((float)b[i] - (float)a[i]);
        float lower = (float)c[i] + right * ((float)d[i] - (float)c[i]);
        to[i] = (uint8_t)(upper + below * (lower - upper) + 0.5f);
    }
}

static bool is_move(const struct place *m)
{
    return m->xx == 1 && m->yy == 1 && m->xy == 0 && m->yx == 0 && m->x == rint(m->x) &&
           m->y == rint(m->y);
}

enum { CHANNELS_MAX = 4 };

void picture_place(struct picture *p, const struct place *m, int fill)
{
    uint8_t outside[CHANNELS_MAX];
    double middle_x = (double)(p->width - 1) / 2, middle_y = (double)(p->height - 1) / 2;
    memset(outside, fill, sizeof outside);
    if (is_move(m)) {
        picture_move(p, (int64_t)m->y, (int64_t)m->x, false, fill);
        return;
    }
    uint8_t *to = p->spare;
    for (int64_t row = 0; row < p->height; row++)
        for (int64_t column = 0; column < p->width; column++, to += p->channels) {
            double dx = (double)column - middle_x, dy = (double)row - middle_y;
            double x = m->xx * dx + m->xy * dy + m->x + middle_x;
            double y = m->yx * dx + m->yy * dy + m->y + middle_y;
            if (x > -1 && y > -1 && x < (double)p->width && y < (double)p->height)
                sample(p, x, y, outside, to);
            else
                memcpy(to, outside, (size_t)p->channels);
        }
    picture_swap(p);
}
