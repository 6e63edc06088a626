/* Augmentation: exact where it can be, beside scipy's numbers where it samples, even where it
 * draws; and the same bytes in any order, any batches, for any number of threads.
 *
 * Where a test counts what was drawn, a right generator would fail it with a chance of one in a
 * million, were the seeds drawn anew (chi-square, or a normal bound of 4.9 deviations). */
#include "test.h"

#include <adze/train.h>

#include "train/augment.h"

#define CHI_SQUARE_9 44.81
#define CHI_SQUARE_24 72.23

/* ---- numbers of others
 *
 * Of the 5 x 6 x 3 image (37 y + 53 x + 89 c + 11 x y (c + 1)) % 256, by scipy 1.17's
 * ndimage.affine_transform(order=1, mode='grid-constant', cval=fill) with the inverse of M about
 * the centre, rounded by floor(x + 0.5): turned by 30 degrees (fill 7), scaled by 1.31 (fill 0),
 * sheared by 23 degrees (fill 255); turned by -50, then scaled by 0.7, then sheared by -15 (fill
 * 100). */
static const uint8_t turned_30[] = {
    8,  10,  10,  64,  110, 23,  164, 232, 87,  126, 114, 93,  90,  228, 116, 54,  68, 40,
    40, 119, 197, 112, 139, 95,  194, 81,  166, 119, 128, 145, 131, 82,  163, 110, 80, 50,
    48, 140, 167, 126, 129, 81,  201, 87,  203, 68,  157, 135, 162, 123, 160, 87,  86, 86,
    51, 125, 200, 132, 58,  154, 136, 103, 148, 72,  116, 148, 137, 101, 134, 36,  51, 65,
    35, 65,  54,  128, 172, 66,  209, 92,  213, 96,  18,  187, 88,  65,  69,  8,   8,  8};
static const uint8_t scaled[] = {
    52,  144, 164, 96,  149, 119, 141, 120, 85,  185, 168, 137, 152, 130, 111, 98,  130, 121,
    85,  146, 128, 136, 113, 95,  180, 49,  159, 184, 110, 185, 102, 132, 123, 83,  172, 101,
    118, 69,  171, 176, 38,  157, 203, 112, 218, 64,  187, 113, 91,  95,  174, 149, 79,  160,
    152, 107, 134, 146, 89,  150, 76,  153, 127, 94,  91,  191, 150, 116, 168, 134, 101, 104,
    185, 145, 153, 164, 93,  191, 69,  91,  139, 139, 98,  166, 122, 97,  114, 95,  99,  103};
static const uint8_t sheared[] = {
    45,  134, 223, 98,  187, 59,  151, 240, 73,  204, 76,  126, 40,  90,  179, 218, 231, 245,
    64,  158, 143, 128, 124, 82,  192, 52,  168, 148, 127, 145, 64,  202, 84,  166, 249, 185,
    74,  163, 252, 149, 4,   115, 224, 101, 234, 43,  198, 97,  118, 39,  216, 193, 136, 79,
    172, 223, 127, 160, 121, 120, 99,  131, 125, 76,  103, 168, 162, 113, 173, 101, 85,  69,
    239, 252, 227, 163, 220, 98,  221, 105, 244, 101, 28,  173, 159, 131, 102, 39,  54,  70};
static const uint8_t turned_then_scaled_then_sheared[] = {
    100, 100, 100, 100, 100, 100, 81,  113, 145, 23,  112, 188, 96,  106, 110, 100, 100, 100,
    100, 100, 100, 109, 179, 48,  123, 62,  151, 131, 104, 99,  125, 191, 68,  100, 100, 100,
    118, 130, 102, 208, 97,  220, 115, 144, 151, 147, 138, 163, 154, 102, 106, 87,  97,  120,
    100, 100, 100, 123, 80,  137, 142, 93,  175, 141, 72,  169, 100, 212, 127, 100, 100, 100,
    100, 100, 100, 95,  95,  95,  90,  121, 151, 92,  85,  79,  100, 100, 100, 100, 100, 100};

/* Of the pixels below: the formulas of torchvision's _functional_tensor.py in NumPy float32
 * (brightness 1.3, contrast 0.6, saturation 1.7, grey), and hue by 0.13 and -0.4 through Python's
 * colorsys, floor(255.999 x). */
static const uint8_t pixels[] = {12, 200, 90, 255, 255, 255, 0,   0, 0, 250, 3,  128,
                                 77, 77,  76, 33,  180, 240, 255, 0, 0, 10,  20, 220};
static const uint8_t bright[] = {15,  255, 116, 255, 255, 255, 0,   0, 0, 255, 3,  166,
                                 100, 100, 98,  42,  233, 255, 255, 0, 0, 13,  26, 255};
static const uint8_t contrast[] = {47, 160, 94, 193, 193, 193, 40,  40, 40, 190, 42, 117,
                                   86, 86,  86, 60,  148, 184, 193, 40, 40, 46,  52, 172};
static const uint8_t saturated[] = {0,  248, 61, 255, 255, 255, 0,   0, 0, 255, 0, 153,
                                    77, 77,  76, 0,   206, 255, 255, 0, 0, 0,   6, 255};
static const uint8_t greys[] = {131, 254, 0, 91, 76, 142, 76, 39};
static const uint8_t hue_on[] = {12, 163, 200, 255, 255, 255, 0,   0,   0, 250, 70, 3,
                                 76, 77,  76,  47,  33,  240, 255, 199, 0, 164, 10, 220};
static const uint8_t hue_back[] = {200, 14, 12, 255, 255, 255, 0, 0,   0,   3,   227, 250,
                                   76,  76, 77, 240, 218, 33,  0, 102, 255, 104, 220, 10};

/* Bounds of tenths of Beta(alpha, alpha), by scipy.stats.beta(alpha, alpha).ppf. */
static const struct {
    double alpha, tenth[9];
} shares[] = {
    {0.2,
     {0.00024776469190814675, 0.007888049626594623, 0.05788057531549367, 0.21634185887579316, 0.5,
      0.7836581411242068, 0.9421194246845063, 0.9921119503734054, 0.9997522353080919}},
    {1, {0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9}},
    {3,
     {0.2466364532884666, 0.32659793784141106, 0.38981835053095837, 0.44625409748647304, 0.5,
      0.553745902513527, 0.6101816494690416, 0.673402062158589, 0.7533635467115334}},
};

/* ---- images */

enum { HEIGHT = 5, WIDTH = 6, CHANNELS = 3, BYTES = HEIGHT * WIDTH * CHANNELS };

static void fill_image(uint8_t *image, int64_t height, int64_t width, int add)
{
    for (int64_t y = 0; y < height; y++)
        for (int64_t x = 0; x < width; x++)
            for (int64_t c = 0; c < CHANNELS; c++)
                *image++ = (uint8_t)(37 * y + 53 * x + 89 * c + 11 * x * y * (c + 1) + add);
}

/* count times that image, the number of an example added to it where they are to differ. */
static ad_source *images(int64_t count, int64_t height, int64_t width, bool differ)
{
    size_t each = (size_t)(height * width * CHANNELS);
    uint8_t *image = malloc((size_t)count * each);
    int32_t *label = malloc((size_t)count * sizeof *label);
    for (int64_t i = 0; i < count; i++) {
        fill_image(image + (size_t)i * each, height, width, differ ? (int)i : 0);
        label[i] = (int32_t)i;
    }
    ad_named_array list[] = {{"image", ad_u8(image, AD_SHAPE(count, height, width, CHANNELS))},
                             {"label", ad_i32(label, AD_SHAPE(count))}};
    ad_source *s = ad_source_arrays(list, 2);
    free(image), free(label);
    return s;
}

/* One step over such images; the source that is given is freed. */
static ad_source *changed(ad_source *s, const char *method, const void *options)
{
    ad_augment_step step = {method, options};
    ad_source *made = ad_source_augment(s, "image", NULL, &step, 1, 7);
    if (!made)
        TEST_FAILED("%s", ad_error());
    ad_source_free(s);
    return made;
}

struct one {
    uint8_t image[16 * 16 * CHANNELS];
    int32_t label, other;
    float share;
};

static bool read_one(ad_source *s, int64_t i, uint64_t epoch, struct one *one)
{
    const ad_source_field *field;
    if (!s || ad_source_fields(s, &field) > 4)
        return false;
    ad_shape shape = {4, {1, field[0].shape.size[0], field[0].shape.size[1], CHANNELS}};
    ad_array into[] = {ad_u8(one->image, shape), ad_i32(&one->label, AD_SHAPE(1)),
                       ad_i32(&one->other, AD_SHAPE(1)), ad_f32(&one->share, AD_SHAPE(1))};
    if (ad_source_read(s, &i, 1, epoch, into) == AD_OK)
        return true;
    TEST_FAILED("%s", ad_error());
    return false;
}

static bool same_image(const uint8_t *a, const uint8_t *b)
{
    return !memcmp(a, b, BYTES);
}

static double chi_square(const int *count, int cells, int total)
{
    double sum = 0, each = (double)total / cells;
    for (int i = 0; i < cells; i++)
        sum += (count[i] - each) * (count[i] - each) / each;
    return sum;
}

/* Within 4.9 deviations of the mean of total draws of that chance. */
static bool is_share(int count, int total, double chance)
{
    return fabs(count - total * chance) <= 4.9 * sqrt(total * chance * (1 - chance));
}

/* ---- exact */

static void mirrored(const uint8_t *from, uint8_t *to, bool across, bool down)
{
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++)
            memcpy(to + (y * WIDTH + x) * CHANNELS,
                   from + ((down ? HEIGHT - 1 - y : y) * WIDTH + (across ? WIDTH - 1 - x : x)) *
                              CHANNELS,
                   CHANNELS);
}

TEST(flips_are_exact_and_as_frequent_as_asked)
{
    enum { MANY = 4000 };
    uint8_t plain[BYTES], expected[4][BYTES];
    struct one one;
    int seen[4] = {0};
    fill_image(plain, HEIGHT, WIDTH, 0);
    for (int k = 0; k < 4; k++)
        mirrored(plain, expected[k], k & 1, k & 2);
    for (int k = 0; k < 4; k++) {
        ad_flip_options o =
            AD_OPTIONS(ad_flip_options, .horizontal = k & 1, .vertical = (k & 2) / 2);
        ad_source *s = changed(images(3, HEIGHT, WIDTH, false), "flip", &o);
        for (int i = 0; i < 3; i++)
            CHECK(read_one(s, i, 0, &one) && same_image(one.image, expected[k]) && one.label == i);
        ad_source_free(s);
    }
    ad_flip_options o = AD_OPTIONS(ad_flip_options, .horizontal = 0.3, .vertical = 0.5);
    ad_source *s = changed(images(MANY, HEIGHT, WIDTH, false), "flip", &o);
    for (int i = 0; i < MANY && read_one(s, i, 1, &one); i++)
        for (int k = 0; k < 4; k++)
            seen[k] += same_image(one.image, expected[k]);
    CHECK_EQ(seen[0] + seen[1] + seen[2] + seen[3], MANY);
    CHECK(is_share(seen[1] + seen[3], MANY, 0.3) && is_share(seen[2] + seen[3], MANY, 0.5));
    CHECK(is_share(seen[3], MANY, 0.15)); /* one does not depend on the other */
    ad_source_free(s);
}

static int mirror(int i, int size)
{
    return i < 0 ? -i : i >= size ? 2 * (size - 1) - i : i;
}

/* The window at (top, left) of the image with more pixels. */
static void window_of(const uint8_t *from, uint8_t *to, int top, int left, bool reflect, int fill)
{
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++, to += CHANNELS) {
            int a = y + top, b = x + left;
            if (reflect)
                a = mirror(a, HEIGHT), b = mirror(b, WIDTH);
            bool in = a >= 0 && a < HEIGHT && b >= 0 && b < WIDTH;
            memset(to, fill, CHANNELS);
            if (in)
                memcpy(to, from + (a * WIDTH + b) * CHANNELS, CHANNELS);
        }
}

/* Every window within 2 pixels is met, each as often. */
static void check_windows(const char *method, const void *options, bool reflect, int fill)
{
    enum { MANY = 5000 };
    uint8_t plain[BYTES], expected[25][BYTES];
    struct one one;
    int seen[25] = {0}, all = 0;
    fill_image(plain, HEIGHT, WIDTH, 0);
    for (int k = 0; k < 25; k++)
        window_of(plain, expected[k], k / 5 - 2, k % 5 - 2, reflect, fill);
    ad_source *s = changed(images(MANY, HEIGHT, WIDTH, false), method, options);
    for (int i = 0; i < MANY && read_one(s, i, 0, &one); i++)
        for (int k = 0; k < 25; k++)
            seen[k] += same_image(one.image, expected[k]);
    for (int k = 0; k < 25; k++)
        all += seen[k];
    CHECK_EQ(all, MANY);
    CHECK(chi_square(seen, 25, MANY) < CHI_SQUARE_24);
    ad_source_free(s);
}

TEST(crops_are_windows_of_the_padded_image)
{
    ad_crop_options zeros = AD_OPTIONS(ad_crop_options, .padding = 2, .fill = 9);
    ad_crop_options reflect =
        AD_OPTIONS(ad_crop_options, .padding = 2, .border = AD_BORDER_REFLECT);
    check_windows("crop", &zeros, false, 9);
    check_windows("crop", &reflect, true, 0);
    ad_crop_options none = AD_OPTIONS(ad_crop_options, .padding = 0);
    ad_source *s = changed(images(1, HEIGHT, WIDTH, false), "crop", &none);
    uint8_t plain[BYTES];
    struct one one;
    fill_image(plain, HEIGHT, WIDTH, 0);
    CHECK(read_one(s, 0, 0, &one) && same_image(one.image, plain));
    ad_source_free(s);
    /* more than the image is wide: all of it may be outside */
    ad_crop_options wide = AD_OPTIONS(ad_crop_options, .padding = 100, .fill = 1);
    s = changed(images(50, HEIGHT, WIDTH, false), "crop", &wide);
    for (int i = 0; i < 50; i++)
        CHECK(read_one(s, i, 0, &one));
    ad_source_free(s);
}

TEST(shifts_are_whole_pixels)
{
    ad_shift_options o = AD_OPTIONS(ad_shift_options, .share = 0.4, .fill = 200);
    check_windows("shift", &o, false, 200); /* floor(0.4 5) = floor(0.4 6) = 2 */
}

static void check_turn(double degrees, int quarters)
{
    enum { SIDE = 7 };
    uint8_t plain[SIDE][SIDE][CHANNELS], turned[SIDE][SIDE][CHANNELS];
    struct one one;
    fill_image(&plain[0][0][0], SIDE, SIDE, 0);
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++) {
            int a = y, b = x; /* counterclockwise: the right column becomes the upper row */
            for (int k = 0; k < quarters; k++) {
                int kept = a;
                a = b, b = SIDE - 1 - kept;
            }
            memcpy(turned[y][x], plain[a][b], CHANNELS);
        }
    ad_turn_options o = AD_OPTIONS(ad_turn_options, .degrees = degrees, .least = degrees);
    ad_source *s = changed(images(1, SIDE, SIDE, false), "turn", &o);
    CHECK(read_one(s, 0, 0, &one) && !memcmp(one.image, turned, sizeof turned));
    ad_source_free(s);
}

TEST(quarter_turns_are_exact)
{
    check_turn(0, 0);
    check_turn(90, 1);
    check_turn(180, 2);
    check_turn(270, 3);
    check_turn(-90, 3);
    check_turn(360, 0);
}

/* ---- sampled */

static void check_sampled(const ad_augment_step *step, int steps, const uint8_t *expected)
{
    ad_source *plain = images(1, HEIGHT, WIDTH, false);
    ad_source *s = ad_source_augment(plain, "image", NULL, step, steps, 3);
    struct one one;
    REQUIRE(s && read_one(s, 0, 0, &one));
    for (int i = 0; i < BYTES; i++)
        CHECK_EQ(one.image[i], expected[i]);
    ad_source_free(plain), ad_source_free(s);
}

TEST(maps_of_the_plane_are_scipys)
{
    ad_turn_options turn = AD_OPTIONS(ad_turn_options, .degrees = 30, .least = 30, .fill = 7);
    ad_zoom_options zoom = AD_OPTIONS(ad_zoom_options, .low = 1.31, .high = 1.31);
    ad_shear_options shear = AD_OPTIONS(ad_shear_options, .degrees = 23, .least = 23, .fill = 255);
    check_sampled(&(ad_augment_step){"turn", &turn}, 1, turned_30);
    check_sampled(&(ad_augment_step){"scale", &zoom}, 1, scaled);
    check_sampled(&(ad_augment_step){"shear", &shear}, 1, sheared);
    turn.degrees = turn.least = -50, zoom.low = zoom.high = 0.7;
    shear.degrees = shear.least = -15;
    turn.fill = zoom.fill = shear.fill = 100;
    ad_augment_step three[] = {{"turn", &turn}, {"scale", &zoom}, {"shear", &shear}};
    check_sampled(three, 3, turned_then_scaled_then_sheared);
}

/* ---- values */

static struct picture eight(uint8_t *data)
{
    memcpy(data, pixels, sizeof pixels);
    return (struct picture){.data = data, .height = 2, .width = 4, .channels = 3};
}

#define CHECK_VALUES(call, expected)                  \
    do {                                              \
        uint8_t data_[sizeof pixels];                 \
        struct picture p = eight(data_);              \
        call;                                         \
        for (size_t i_ = 0; i_ < sizeof pixels; i_++) \
            CHECK_EQ(data_[i_], (expected)[i_]);      \
    } while (0)

TEST(colours_are_torchvisions)
{
    CHECK_VALUES(picture_brightness(&p, 1.3), bright);
    CHECK_VALUES(picture_contrast(&p, 0.6), contrast);
    CHECK_VALUES(picture_saturation(&p, 1.7), saturated);
    CHECK_VALUES(picture_hue(&p, 0.13), hue_on);
    CHECK_VALUES(picture_hue(&p, -0.4), hue_back);
    uint8_t three[sizeof pixels];
    for (size_t i = 0; i < sizeof pixels; i++)
        three[i] = greys[i / 3];
    CHECK_VALUES(picture_grey(&p), three);
}

TEST(colour_draws_factors_from_its_range)
{
    enum { MANY = 5000 };
    static uint8_t white[MANY];
    memset(white, 100, sizeof white);
    ad_named_array list[] = {{"image", ad_u8(white, AD_SHAPE(MANY, 1, 1, 1))}};
    ad_colour_options o =
        AD_OPTIONS(ad_colour_options, .brightness = 0.5, .contrast = 0, .saturation = 0);
    ad_source *s = changed(ad_source_arrays(list, 1, .borrow = true), "colour", &o);
    static int64_t number[MANY];
    static uint8_t out[MANY];
    for (int i = 0; i < MANY; i++)
        number[i] = i;
    ad_array into[] = {ad_u8(out, AD_SHAPE(MANY, 1, 1, 1))};
    CHECK_OK(ad_source_read(s, number, MANY, 0, into));
    int tenth[10] = {0};
    for (int i = 0; i < MANY; i++) {
        CHECK(out[i] >= 50 && out[i] < 150);
        tenth[(out[i] - 50) / 10]++;
    }
    CHECK(chi_square(tenth, 10, MANY) < CHI_SQUARE_9);
    ad_source_free(s);
}

TEST(grey_and_noise)
{
    enum { MANY = 4000 };
    struct one one;
    int greyed = 0;
    ad_grey_options grey = AD_OPTIONS(ad_grey_options, .chance = 0.25);
    ad_source *s = changed(images(MANY, HEIGHT, WIDTH, false), "grey", &grey);
    for (int i = 0; i < MANY && read_one(s, i, 0, &one); i++)
        greyed += one.image[0] == one.image[1] && one.image[1] == one.image[2];
    CHECK(is_share(greyed, MANY, 0.25));
    ad_source_free(s);
    ad_noise_options noise = AD_OPTIONS(ad_noise_options, .deviation = 10);
    uint8_t flat[64 * 64];
    memset(flat, 128, sizeof flat);
    ad_named_array list[] = {{"image", ad_u8(flat, AD_SHAPE(1, 64, 64, 1))}};
    s = changed(ad_source_arrays(list, 1), "noise", &noise);
    ad_array into[] = {ad_u8(flat, AD_SHAPE(1, 64, 64, 1))};
    CHECK_OK(ad_source_read(s, &(int64_t){0}, 1, 0, into));
    double sum = 0, squares = 0, n = sizeof flat;
    for (size_t i = 0; i < sizeof flat; i++)
        sum += flat[i] - 128, squares += (flat[i] - 128) * (flat[i] - 128);
    CHECK(fabs(sum / n) <= 4.9 * 10 / sqrt(n));
    /* the variance, and 1/12 of rounding; of n squares its deviation is variance sqrt(2 / n) */
    CHECK(fabs(squares / n - 100 - 1.0 / 12) <= 4.9 * 100 * sqrt(2 / n));
    ad_source_free(s);
}

/* ---- windows and second examples */

TEST(cut_out_is_a_square_about_any_pixel)
{
    enum { MANY = 6000, SIDE = 10, SIZE = 3 };
    static uint8_t white[MANY * SIDE * SIDE];
    memset(white, 255, sizeof white);
    ad_named_array list[] = {{"image", ad_u8(white, AD_SHAPE(MANY, SIDE, SIDE, 1))}};
    ad_cut_out_options o = AD_OPTIONS(ad_cut_out_options, .size = SIZE);
    ad_source *s = changed(ad_source_arrays(list, 1, .borrow = true), "cut_out", &o);
    int middle[SIDE] = {0};
    for (int64_t i = 0; i < MANY; i++) {
        uint8_t out[SIDE][SIDE];
        ad_array into[] = {ad_u8(&out[0][0], AD_SHAPE(1, SIDE, SIDE, 1))};
        int rows = 0, columns = 0, cut = 0, last = -1;
        CHECK_OK(ad_source_read(s, &i, 1, 0, into));
        for (int y = 0; y < SIDE; y++) {
            int of_row = 0;
            for (int x = 0; x < SIDE; x++)
                of_row += out[y][x] == 0;
            cut += of_row, rows += of_row > 0;
            columns = of_row ? of_row : columns;
            last = of_row ? y : last;
        }
        CHECK(cut == rows * columns && rows >= 2 && rows <= SIZE && columns >= 2);
        middle[rows == SIZE ? last - 1 : last == SIDE - 1 ? SIDE - 1 : 0]++;
    }
    CHECK(chi_square(middle, SIDE, MANY) < CHI_SQUARE_9);
    ad_source_free(s);
}

static ad_source *mixed(ad_source *plain, const char *method, const void *options, bool flipped)
{
    ad_flip_options flip = AD_OPTIONS(ad_flip_options, .horizontal = 1);
    ad_augment_step step[] = {{"flip", &flip}, {method, options}};
    ad_source *s =
        ad_source_augment(plain, "image", "label", flipped ? step : step + 1, flipped ? 2 : 1, 11);
    if (!s)
        TEST_FAILED("%s", ad_error());
    return s;
}

static void image_of(int number, bool flipped, uint8_t *to)
{
    uint8_t plain[BYTES];
    fill_image(plain, HEIGHT, WIDTH, number);
    mirrored(plain, to, flipped, false);
}

/* The other is what the steps before make of it, in its label's words. */
TEST(mix_up_lays_the_other_over)
{
    enum { MANY = 3000 };
    ad_source *plain = images(MANY, HEIGHT, WIDTH, true);
    for (int k = 0; k < 3; k++) {
        ad_mix_up_options o = AD_OPTIONS(ad_mix_up_options, .alpha = shares[k].alpha);
        ad_source *s = mixed(plain, "mix_up", &o, k == 1);
        int tenth[10] = {0}, others[10] = {0};
        struct one one;
        for (int i = 0; i < MANY && read_one(s, i, 0, &one); i++) {
            uint8_t a[BYTES], b[BYTES];
            image_of(i, k == 1, a), image_of(one.other, k == 1, b);
            CHECK(one.label == i && one.other >= 0 && one.other < MANY);
            for (int j = 0; j < BYTES; j++)
                CHECK(fabs(one.image[j] - (double)one.share * a[j] -
                           (1 - (double)one.share) * b[j]) < 0.5001);
            int bin = 0;
            while (bin < 9 && (double)one.share > shares[k].tenth[bin])
                bin++;
            tenth[bin]++, others[one.other * 10 / MANY]++;
        }
        CHECK(chi_square(tenth, 10, MANY) < CHI_SQUARE_9);
        CHECK(chi_square(others, 10, MANY) < CHI_SQUARE_9);
        ad_source_free(s);
    }
    ad_source_free(plain);
}

TEST(the_share_of_cut_mix_is_that_of_its_pixels)
{
    enum { MANY = 3000, SIDE = 9 };
    ad_source *plain = images(MANY, SIDE, SIDE, true);
    ad_cut_mix_options o = AD_OPTIONS(ad_cut_mix_options, .chance = 0.5);
    ad_source *s = mixed(plain, "cut_mix", &o, false);
    int mixed_count = 0, cut_any = 0;
    struct one one, a, b;
    for (int i = 0; i < MANY && read_one(s, i, 0, &one); i++) {
        int own = 0, neither = 0;
        REQUIRE(read_one(plain, i, 0, &a) && read_one(plain, one.other, 0, &b));
        for (int p = 0; p < SIDE * SIDE; p++) {
            bool is_a = !memcmp(one.image + 3 * p, a.image + 3 * p, 3);
            bool is_b = !memcmp(one.image + 3 * p, b.image + 3 * p, 3);
            own += is_a, neither += !is_a && !is_b;
        }
        bool alike = (i - one.other) % 256 == 0;
        CHECK_EQ(neither, 0);
        CHECK(alike || one.share == (float)((double)own / (SIDE * SIDE)));
        mixed_count += one.other != i, cut_any += one.share < 1;
    }
    CHECK(is_share(mixed_count, MANY, 0.5 * (MANY - 1) / MANY));
    CHECK(cut_any > MANY / 3 && cut_any <= mixed_count);
    ad_source_free(s), ad_source_free(plain);
}

/* ---- the same bytes in any order */

static const ad_crop_options cropped = AD_OPTIONS_INIT(ad_crop_options, .padding = 3);
static const ad_augment_step everything[] = {
    {.method = "flip"},   {"crop", &cropped},  {.method = "turn"},    {.method = "scale"},
    {.method = "shear"},  {.method = "shift"}, {.method = "colour"},  {.method = "grey"},
    {.method = "mix_up"}, {.method = "noise"}, {.method = "cut_out"},
};

enum { EXAMPLES = 101, SIDE = 16, EACH = SIDE * SIDE * CHANNELS };

static void check_batches(ad_source *s, const struct one *expected, uint64_t epoch, int threads,
                          int64_t size)
{
    ad_batches *b = ad_batches_new(s, .size = size, .threads = threads, .seed = (uint64_t)size);
    ad_batch batch = {.count = 1};
    REQUIRE(b);
    CHECK_OK(ad_batches_seek(b, epoch, 0));
    int64_t seen = 0;
    for (;;) {
        CHECK_OK(ad_batches_next(b, &batch));
        if (!batch.count)
            break;
        for (int64_t i = 0; i < batch.count; i++, seen++) {
            const struct one *e = &expected[batch.example[i]];
            CHECK(!memcmp((uint8_t *)batch.array[0].data + i * EACH, e->image, EACH));
            CHECK(((int32_t *)batch.array[2].data)[i] == e->other);
            CHECK(((float *)batch.array[3].data)[i] == e->share);
        }
    }
    CHECK_EQ(seen, EXAMPLES);
    ad_batches_free(b);
}

TEST(the_same_bytes_in_any_order_and_batch_for_any_threads)
{
    static struct one expected[EXAMPLES], next;
    int steps = sizeof everything / sizeof *everything, same = 0;
    ad_source *plain = images(EXAMPLES, SIDE, SIDE, true);
    ad_source *s = ad_source_augment(plain, "image", "label", everything, steps, 5);
    ad_source *again = ad_source_augment(plain, "image", "label", everything, steps, 6);
    REQUIRE(s && again);
    for (int i = EXAMPLES - 1; i >= 0; i--)
        REQUIRE(read_one(s, i, 3, &expected[i]));
    static const int threads[] = {0, 1, 2, 4};
    for (int k = 0; k < 4; k++)
        check_batches(s, expected, 3, threads[k], k == 2 ? 1 : 5 + 13 * k);
    for (int i = 0; i < EXAMPLES; i++) {
        REQUIRE(read_one(s, i, 4, &next)); /* another epoch */
        same += !memcmp(next.image, expected[i].image, EACH);
        REQUIRE(read_one(again, i, 3, &next)); /* another seed */
        same += !memcmp(next.image, expected[i].image, EACH);
    }
    CHECK_EQ(same, 0);
    ad_source_free(plain), ad_source_free(s), ad_source_free(again);
}

/* ---------------------------------------------------------------- erase and rand_augment
 *
 * Of the image above by Pillow 13's ImageOps (posterize to 5 bits, solarize at 127.5; autocontrast
 * of the same image modulo 97 with 20 added), and of sharpness by 1.9 and 0.1 torchvision's
 * formulas in torch 2.15: the border, which they blend with itself, is not compared. */
static const uint8_t posterized[] = {
    0,   88,  176, 48,  136, 224, 104, 192, 24,  152, 248, 80,  208, 40,  128, 8,   96,  184,
    32,  120, 208, 96,  200, 40,  160, 16,  128, 224, 88,  216, 32,  168, 40,  96,  240, 128,
    72,  160, 248, 144, 0,   112, 224, 96,  232, 40,  192, 96,  112, 32,  216, 192, 136, 72,
    104, 200, 32,  192, 56,  184, 24,  176, 80,  112, 40,  232, 192, 160, 128, 24,  24,  24,
    144, 232, 64,  240, 120, 248, 80,  0,   184, 176, 144, 112, 24,  32,  40,  120, 168, 224};
static const uint8_t solarized[] = {
    0,   89,  77, 53,  113, 24,  106, 60,  28,  96,  7,   81,  43,  45, 121, 9,   98,  68,
    37,  126, 40, 101, 54,  45,  90,  20,  124, 26,  95,  38,  37,  85, 47,  101, 10,  122,
    74,  92,  3,  106, 4,   115, 31,  101, 21,  43,  57,  97,  118, 39, 39,  62,  119, 79,
    111, 55,  33, 58,  63,  70,  27,  73,  81,  113, 45,  22,  56,  91, 126, 29,  27,  25,
    107, 18,  70, 10,  122, 0,   86,  7,   71,  72,  107, 113, 24,  33, 42,  121, 81,  28};
static const uint8_t spread_out[] = {
    0,   241, 214, 151, 120, 94,  25,  0,   238, 177, 145, 119, 51,  24,  0,   203, 170, 143,
    106, 76,  51,  11,  16,  21,  194, 222, 255, 100, 161, 225, 5,   101, 195, 189, 41,  165,
    212, 178, 151, 148, 178, 211, 85,  178, 8,   22,  178, 67,  237, 178, 127, 174, 178, 187,
    40,  13,  252, 8,   74,  138, 255, 134, 24,  223, 194, 173, 191, 255, 59,  160, 49,  208,
    146, 115, 89,  146, 235, 65,  146, 90,  40,  146, 211, 16,  146, 65,  255, 146, 186, 230};
static const uint8_t sharper[] = {
    0,   88,  177, 53,  142, 231, 106, 195, 28,  159, 247, 80,  212, 45,  134, 9,   98,  186,
    36,  126, 215, 101, 254, 0,   183, 0,   131, 255, 77,  255, 0,   188, 0,   101, 245, 133,
    73,  162, 252, 167, 0,   97,  255, 101, 255, 0,   251, 61,  118, 0,   255, 192, 136, 78,
    111, 200, 33,  232, 27,  203, 0,   235, 27,  113, 9,   255, 252, 199, 129, 29,  27,  25,
    147, 237, 70,  245, 122, 255, 85,  7,   184, 182, 147, 113, 24,  33,  41,  121, 174, 227};
static const uint8_t softer[] = {
    0,   89,  178, 52,  142, 231, 105, 195, 27,  158, 248, 81,  211, 45,  134, 8,   98,  187,
    37,  125, 215, 100, 147, 116, 147, 91,  131, 175, 113, 163, 90,  152, 100, 100, 245, 133,
    74,  163, 251, 131, 75,  133, 170, 100, 180, 96,  144, 132, 118, 92,  162, 193, 136, 79,
    110, 200, 33,  161, 98,  167, 98,  128, 134, 113, 80,  179, 145, 128, 129, 28,  27,  25,
    148, 236, 70,  245, 121, 255, 86,  6,   183, 183, 148, 113, 23,  33,  42,  120, 173, 226};

/* One operation on the image, of values modulo `modulo` plus add. */
static void operate(int what, double strength, bool minus, int modulo, int add, uint8_t *result)
{
    uint8_t image[BYTES], spare[BYTES];
    struct picture p = {image, spare, HEIGHT, WIDTH, CHANNELS};
    for (int y = 0, i = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++)
            for (int c = 0; c < CHANNELS; c++)
                image[i++] =
                    (uint8_t)((37 * y + 53 * x + 89 * c + 11 * x * y * (c + 1)) % modulo + add);
    picture_operation(&p, what, strength, minus, 0);
    memcpy(result, p.data, BYTES);
}

static bool same_inside(const uint8_t *a, const uint8_t *b)
{
    bool same = true;
    for (int y = 1; y < HEIGHT - 1; y++)
        for (int i = CHANNELS; i < (WIDTH - 1) * CHANNELS; i++)
            same = same && a[y * WIDTH * CHANNELS + i] == b[y * WIDTH * CHANNELS + i];
    return same;
}

TEST(operations_of_rand_augment_are_pillows)
{
    uint8_t y[BYTES], plain[BYTES];
    operate(RAND_NOTHING, 1, false, 256, 0, plain);
    operate(RAND_BITS, 0.75, false, 256, 0, y);
    CHECK(same_image(y, posterized));
    operate(RAND_INVERT, 0.5, false, 256, 0, y);
    CHECK(same_image(y, solarized));
    operate(RAND_SPREAD, 0, true, 97, 20, y);
    CHECK(same_image(y, spread_out));
    operate(RAND_SHARPNESS, 1, false, 256, 0, y);
    CHECK(same_inside(y, sharper));
    operate(RAND_SHARPNESS, 1, true, 256, 0, y);
    CHECK(same_inside(y, softer));
    operate(RAND_EQUAL, 1, false, 256, 0, y); /* of fewer than 256 pixels */
    CHECK(same_image(y, plain));
    operate(RAND_SHIFT_X, 1 / 2.7, false, 256, 0, y); /* 150 / 331 6 / 2.7 = 1.007 */
    for (int i = 0; i < BYTES; i++)
        CHECK(y[i] == (i % (WIDTH * CHANNELS) < (WIDTH - 1) * CHANNELS ? plain[i + CHANNELS] : 0));
    for (int what = RAND_SHEAR_X; what <= RAND_CONTRAST; what++) {
        operate(what, 0, true, 256, 0, y); /* no strength: nothing */
        CHECK(same_image(y, plain));
    }
}

/* Of a 24 x 25 image: each 37th byte, and their sum, by ImageOps.equalize. */
TEST(equalized_values_are_pillows)
{
    static const uint8_t each_37[] = {
        0,   141, 255, 90,  255, 27,  127, 163, 3,   162, 255, 61,  207, 77, 14, 24,  201,
        83,  13,  179, 10,  255, 255, 93,  255, 172, 255, 37,  255, 90,  10, 71, 255, 176,
        123, 78,  184, 141, 255, 121, 197, 50,  101, 120, 196, 152, 141, 19, 136};
    static uint8_t image[24 * 25 * 3], spare[24 * 25 * 3];
    struct picture p = {image, spare, 24, 25, 3};
    int64_t sum = 0;
    for (int y = 0, i = 0; y < 24; y++)
        for (int x = 0; x < 25; x++)
            for (int c = 0; c < 3; c++)
                image[i++] = (uint8_t)((37 * y + 53 * x + 89 * c + 11 * x * y * (c + 1)) % 97 *
                                       (x + 30) / 40);
    picture_operation(&p, RAND_EQUAL, 0, false, 0);
    for (int i = 0; i < 24 * 25 * 3; i++) {
        sum += p.data[i];
        if (i % 37 == 0)
            CHECK_EQ(p.data[i], each_37[i / 37]);
    }
    CHECK_EQ(sum, 261770);
}

/* One white rectangle, of a share and shape within their ranges, as often as asked. */
TEST(erase_makes_a_rectangle_of_its_share)
{
    enum { N = 2000 };
    ad_erase_options o =
        AD_OPTIONS(ad_erase_options, .low = 0.1, .high = 0.3, .ratio = 2, .fill = 255);
    ad_source *plain = images(N, SIDE, SIDE, false),
              *s = changed(images(N, SIDE, SIDE, false), "erase", &o);
    static struct one a, b;
    int erased = 0;
    for (int i = 0; i < N; i++) {
        int top = SIDE, bottom = -1, left = SIDE, right = -1, differ = 0, kept = 0;
        REQUIRE(read_one(plain, i, 0, &a) && read_one(s, i, 0, &b));
        CHECK_EQ(b.label, i);
        for (int k = 0; k < SIDE * SIDE * CHANNELS; k++) {
            int y = k / CHANNELS / SIDE, x = k / CHANNELS % SIDE;
            if (a.image[k] == b.image[k])
                continue;
            CHECK_EQ(b.image[k], 255);
            differ++;
            top = y < top ? y : top, bottom = y > bottom ? y : bottom;
            left = x < left ? x : left, right = x > right ? x : right;
        }
        int area = (bottom - top + 1) * (right - left + 1);
        for (int y = top; y <= bottom; y++)
            for (int x = left; x <= right; x++)
                kept += b.image[(y * SIDE + x) * CHANNELS] != 255;
        if (!differ)
            continue;
        erased++;
        /* sides are rounded, each by half a pixel at most */
        CHECK(kept == 0 && area >= 0.06 * SIDE * SIDE && area <= 0.39 * SIDE * SIDE);
        CHECK((bottom - top + 0.0) <= 2.5 * (right - left + 1));
    }
    CHECK_CLOSE(erased, N / 2, 4.9 * sqrt(N) / 2);
    ad_source_free(plain), ad_source_free(s);
}

/* All 14 are drawn: each leaves one image of few, and all values stay bytes. */
TEST(rand_augment_draws_every_operation)
{
    enum { N = 1400 };
    ad_rand_augment_options o = AD_OPTIONS(ad_rand_augment_options, .count = 1, .magnitude = 30);
    ad_source *s = changed(images(N, HEIGHT, WIDTH, false), "rand_augment", &o);
    static uint8_t kinds[64][BYTES];
    static struct one one;
    int count = 0, times[64] = {0}, still = 0;
    for (int i = 0; i < N; i++) {
        int k = 0;
        REQUIRE(read_one(s, i, 0, &one));
        CHECK_EQ(one.label, i);
        while (k < count && !same_image(kinds[k], one.image))
            k++;
        REQUIRE(k < 64);
        memcpy(kinds[k], one.image, BYTES);
        count += k == count;
        times[k]++;
    }
    /* nothing, equal and the spread one are the same here; 9 of either sign, bits, inverted */
    uint8_t plain[BYTES];
    fill_image(plain, HEIGHT, WIDTH, 0);
    for (int k = 0; k < count; k++)
        still += same_image(kinds[k], plain) ? times[k] : 0;
    CHECK(count >= 20 && count <= 22);
    CHECK_CLOSE(still, N / 7, 4.9 * sqrt(N * (2.0 / 14) * (12.0 / 14)) + N / 14.0);
    ad_source_free(s);
}

/* ---- what is refused */

static void check_refused(const char *field, const char *label, const char *method,
                          const void *options, const char *words)
{
    ad_source *s = images(2, HEIGHT, WIDTH, false);
    ad_augment_step step[] = {{method, options}, {"mix_up", NULL}};
    bool twice = !strcmp(words, "both take a second");
    CHECK(!ad_source_augment(s, field, label, step, twice ? 2 : 1, 1));
    CHECK_CONTAINS(ad_error(), words);
    ad_source_free(s);
}

TEST(what_makes_no_sense_is_refused)
{
    ad_crop_options wide = AD_OPTIONS(ad_crop_options, .padding = 5, .border = AD_BORDER_REFLECT);
    ad_flip_options often = AD_OPTIONS(ad_flip_options, .horizontal = 1.5);
    ad_turn_options back = AD_OPTIONS(ad_turn_options, .degrees = 5, .least = 6);
    ad_turn_options negative = AD_OPTIONS(ad_turn_options, .degrees = -5);
    ad_zoom_options zoom = AD_OPTIONS(ad_zoom_options, .low = 2);
    check_refused("image", NULL, "flop", NULL, "no augmentation \"flop\"; they are flip, crop");
    check_refused("picture", NULL, "flip", NULL, "has no field \"picture\"");
    check_refused("label", NULL, "flip", NULL, "field \"label\" of arrays is no image");
    check_refused("image", NULL, "mix_up", NULL, "mix_up needs the field of labels");
    check_refused("image", "image", "mix_up", NULL, "needs labels that are one i32");
    check_refused("image", "label", "cut_mix", NULL, "both take a second");
    check_refused("image", NULL, "crop", &wide, "crop: padding is 5");
    check_refused("image", NULL, "flip", &often, "horizontal is 1.5 and has to be 0 to 1");
    check_refused("image", NULL, "turn", &back, "turn: degrees is 5, and has to be least or more");
    check_refused("image", NULL, "turn", &negative, "has to be 0 or more where least is not said");
    check_refused("image", NULL, "scale", &zoom, "low is 2 and high 1.2");
    ad_erase_options area = AD_OPTIONS(ad_erase_options, .low = 0.5);
    check_refused("image", NULL, "erase", &area, "low is 0.5 and high 0.33");
    CHECK(!ad_source_augment(NULL, "image", NULL, NULL, 0, 1));
}

TEST(methods_are_records)
{
    for (int i = 0; ad_augment_at(i); i++) {
        const ad_record *r = ad_augment_at(i);
        CHECK(r->name && r->help && r->options && r->initial);
        CHECK(ad_record_find(ad_augment_at, r->name) == r);
    }
}

TEST_MAIN
