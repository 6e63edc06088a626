/* Training as a library: sources of examples, batches made of them, and ad_fit, the loop that
 * trains, measures, stops and goes on.  Part of libadze; needs nothing beside it.
 *
 *     ad_named_array list[] = {{"image", ad_f32(images, AD_SHAPE(500, 784))},
 *                              {"label", ad_i32(labels, AD_SHAPE(500))}};
 *     ad_source *all = ad_source_arrays(list, 2), *train, *held;
 *     if (ad_source_split(all, .share = {0.9, 0.1}, .part = {&train, &held}) != AD_OK)
 *         puts(ad_error());
 *     if (ad_fit(s, .train = train, .validation = held, .player = {{.step = step}}, .loss = loss,
 *                .epochs = 5, .keep_best = true) != AD_OK)
 *         puts(ad_error());
 *
 * What belongs together by name: a field of the source called "image" is what the feed "image" of
 * the graph takes.  Nothing here prints; what happens comes as events. */
#ifndef ADZE_TRAIN_H
#define ADZE_TRAIN_H

#include <adze/record.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---------------------------------------------------------------- sources of examples
 * A source has examples numbered from 0, each with the same named fields, typed arrays of any rank.
 * A source may be asked by several threads at once; what it gives depends on the number of the
 * example and of the epoch alone (and on the seed that it was made with), so batches prepared by
 * any number of threads are the same.
 *
 * Sources that are made of another (a part, a map...) hold it: free yours in any order. */

typedef struct ad_source ad_source;

/* A size that differs from example to example.  In a batch such a field is padded at its end, with
 * zeros, to the longest, and a field NAME.length (i32) says how long each is.  Only the first axis
 * may be open. */
#define AD_VARYING ((ad_dim)(INT64_MIN + 2))

typedef struct ad_source_field {
    const char *name;
    ad_type type;
    ad_shape shape; /* of one example: without the batch */
} ad_source_field;

/* A source of your own.  All functions get user first; those that are NULL are not there. */
typedef struct ad_source_record {
    int64_t count;                /* of examples; -1: a stream, which is as long as it is */
    const ad_source_field *field; /* copied, names too */
    int fields;
    /* Copies examples number[0] to number[count - 1] into the arrays, one for each field: (count,
     * shape...).  Where a field varies, count is 1, and the array has the size that `length` gave.
     * May be called from several threads at once.  On failure: fail with words by ad_source_fail.
     */
    ad_status (*read)(void *user, const int64_t *number, int64_t count, uint64_t epoch,
                      ad_array *into);
    /* The lengths of the fields that vary, in their order. */
    ad_status (*length)(void *user, int64_t number, uint64_t epoch, int64_t *length);
    /* Of a stream: the next example (count is 1 as above); *end is set instead where there is none.
     * After `rewind` it begins again.  Called by one thread at a time. */
    ad_status (*next)(void *user, ad_array *into, bool *end);
    ad_status (*rewind)(void *user, uint64_t epoch);
    void (*free)(void *user);
    void *user;
    const char *name; /* for messages: a file, "made by hand" */
} ad_source_record;

AD_API ad_source *ad_source_new(const ad_source_record *record);
AD_API void ad_source_free(ad_source *source);
/* For callbacks: sets the message that ad_error() will give, printf style, and returns status. */
AD_API ad_status ad_source_fail(ad_status status, const char *format, ...);

AD_API int64_t ad_source_count(const ad_source *source);
AD_API int ad_source_fields(const ad_source *source, const ad_source_field **field);
AD_API int ad_source_find(const ad_source *source, const char *name); /* -1: no such field */
/* Examples by number, into arrays of the caller's: one for each field, (count, shape...), with
 * memory.  Where a field varies one at a time, with the lengths that ad_source_length gives. */
AD_API AD_CHECKED ad_status ad_source_read(ad_source *source, const int64_t *number, int64_t count,
                                           uint64_t epoch, ad_array *into);
/* The lengths of the fields of an example that vary, in their order. */
AD_API AD_CHECKED ad_status ad_source_length(ad_source *source, int64_t number, uint64_t epoch,
                                             int64_t *length);
/* A hash of the examples' bytes, fields and count (of all, or of 256 evenly chosen where there
 * are more): whether data is what it was. */
AD_API AD_CHECKED ad_status ad_source_fingerprint(ad_source *source, uint64_t *fingerprint);

/* ---------------------------------------------------------------- sources made of memory and of
 * other sources.  Each returns NULL on failure (ad_error). */

typedef struct ad_named_array {
    const char *name;
    ad_array array; /* (count, shape...) */
} ad_named_array;

typedef struct ad_source_options {
    AD_HEAD_(ad_source_options);
    bool borrow AD_IS(false);     /* the arrays stay the caller's and must outlive the source */
    const char *name AD_IS(NULL); /* for messages */
} ad_source_options;
/* Examples that lie in arrays, all with the same first size. */
AD_API ad_source *ad_source_arrays(const ad_named_array *list, int count,
                                   const ad_source_options *options);
/* The examples of those numbers, in that order; a number may stand more than once. */
AD_API ad_source *ad_source_part(ad_source *source, const int64_t *number, int64_t count);
/* All examples read once into memory. */
AD_API ad_source *ad_source_kept(ad_source *source);
/* The examples of several sources with the same fields, one after the other. */
AD_API ad_source *ad_source_joined(ad_source *const *list, int count);

/* Windows over a series, whose examples are points in time: example i is the points i step to
 * i step + length - 1; each field (...) becomes (length, ...). */
typedef struct ad_windows_options {
    AD_HEAD_(ad_windows_options);
    int64_t length AD_IS(0); /* has to be given */
    int64_t step AD_IS(1);
} ad_windows_options;
AD_API ad_source *ad_source_windows(ad_source *source, const ad_windows_options *options);

/* What a map makes of an example: fields of its own, or those of the source where field is NULL. */
typedef struct ad_map_record {
    const ad_source_field *field; /* after */
    int fields;
    /* in and out: one array for each field.  key: 128 bits that depend on the map's seed, the
     * epoch and the example's number alone: random numbers come from it (ad_random_at). */
    ad_status (*map)(void *user, const uint64_t key[2], const ad_array *in, ad_array *out);
    /* Lengths of the fields that vary, after, from those before; NULL where none varies, or they
     * stay as they are. */
    ad_status (*length)(void *user, const uint64_t key[2], const int64_t *in, int64_t *out);
    void (*free)(void *user);
    void *user;
} ad_map_record;
AD_API ad_source *ad_source_map(ad_source *source, const ad_map_record *record, uint64_t seed);
/* Whole numbers at random, the same on every machine: SplitMix64 (Steele, Lea and Flood 2014); a
 * generator of its own for each seed and stream. */
typedef struct ad_random {
    uint64_t word;
} ad_random;
AD_API ad_random ad_random_start(uint64_t seed, uint64_t stream);
AD_API uint64_t ad_random_next(ad_random *random);
/* 0 to below count, every number as likely. */
AD_API uint64_t ad_random_below(ad_random *random, uint64_t count);
/* Uniform in [0, 1): number i of those that belong to key. */
AD_API double ad_random_at(const uint64_t key[2], uint32_t i);
/* The same of normal numbers, mean 0 and deviation 1. */
AD_API float ad_normal_at(const uint64_t key[2], uint32_t i);

/* Fills order with 0 to count - 1 in an order that depends on seed and epoch alone. */
AD_API void ad_shuffle(int64_t *order, int64_t count, uint64_t seed, uint64_t epoch);

/* ---------------------------------------------------------------- parts */

enum { AD_PARTS_MAX = 32 };

typedef struct ad_split_options {
    AD_HEAD_(ad_split_options);
    /* of each part; together 1, up to rounding; ends at the first 0 */
    double share[AD_PARTS_MAX];
    uint64_t seed AD_IS(1);
    bool in_order AD_IS(false); /* first part first: for series, never shuffled */
    /* a whole-numbered field: each of its values is cut by these shares */
    const char *stratify AD_IS(NULL);
    /* a whole-numbered field: examples of one value stay in one part */
    const char *group AD_IS(NULL);
    ad_source **part[AD_PARTS_MAX]; /* out */
} ad_split_options;
AD_API AD_CHECKED ad_status ad_source_split(ad_source *source, const ad_split_options *options);

typedef struct ad_fold_options {
    AD_HEAD_(ad_fold_options);
    int folds AD_IS(5);
    int fold AD_IS(0); /* the one that is held out */
    uint64_t seed AD_IS(1);
    const char *stratify AD_IS(NULL), *group AD_IS(NULL);
} ad_fold_options;
AD_API AD_CHECKED ad_status ad_source_fold(ad_source *source, ad_source **kept, ad_source **held,
                                           const ad_fold_options *options);

/* ---------------------------------------------------------------- fitted transforms
 * What is learned of the training part and applied to every other: means, medians, classes.
 *
 *     const char *numbers[] = {"age", "fare", NULL}, *port[] = {"port", NULL};
 *     const char *all[] = {"age", "fare", "*.missing", "port", NULL};
 *     ad_fill_options fill = AD_OPTIONS(ad_fill_options, .indicator = true);
 *     ad_transform_step steps[] = {{.method = "fill", .from = numbers, .options = &fill},
 *                                  {.method = "standardize", .from = numbers},
 *                                  {.method = "one_hot", .from = port},
 *                                  {.method = "join", .from = all, .to = "input"}};
 *     ad_transform *t;
 *     if (ad_transform_fit(train, steps, 4, &t) == AD_OK) {
 *         ad_source *train_input = ad_transform_source(t, train);
 *         ad_source *test_input = ad_transform_source(t, test);
 *     }
 *
 * A step takes the fields that it names and puts what it makes of each in its place, under its
 * name: after one_hot "port" is f32 (classes).  A name may be a pattern, in which * stands for any
 * text; it means the fields that match, in their order, and may mean none.  Values are computed in
 * double; f64, i32 and i64 become f64, others f32, where nothing else is said. */

typedef struct ad_transform ad_transform;

typedef struct ad_transform_step {
    const char *method;      /* name of its record */
    const char *const *from; /* fields that it takes, ends at NULL */
    /* the field that it makes, of one field, which stays beside it, or by join; NULL: each stands
     * in its own place */
    const char *to;
    const void *options; /* the record's struct; NULL: defaults */
} ad_transform_step;

/* Of what a mean, range or quantile is taken: all values of a field, or those of each place along
 * its last axis, as the channels of an image (height, width, channels).  The same where an example
 * has one number. */
typedef enum ad_transform_axis { AD_AXIS_LAST, AD_AXIS_ALL } ad_transform_axis;

/* "fill": values that are missing (NaN; fields f32 and f64) become the median or mean of those in
 * the training part that are not, or a value. */
typedef enum ad_fill_with { AD_FILL_MEDIAN, AD_FILL_MEAN } ad_fill_with;
typedef struct ad_fill_options {
    AD_HEAD_(ad_fill_options);
    ad_fill_with with AD_IS(AD_FILL_MEDIAN);
    double value AD_IS(AD_AUTO); /* this instead */
    ad_transform_axis axis AD_IS(AD_AXIS_LAST);
    /* for a field of which some are missing in training, one more field NAME.missing, f32 of the
     * same shape: 1 where a value was missing, else 0 */
    bool indicator AD_IS(false);
} ad_fill_options;

/* "standardize": (x - mean) / deviation, of the training part; deviation = sqrt(mean of (x -
 * mean)^2), or 1 where all values are equal.  NaN stays, and does not count. */
typedef struct ad_standardize_options {
    AD_HEAD_(ad_standardize_options);
    ad_transform_axis axis AD_IS(AD_AXIS_LAST);
} ad_standardize_options;

/* "scale": low + (x - least) / (most - least) (high - low), with the least and most of the training
 * part; others may come out beyond low and high.  Equal values become low. */
typedef struct ad_scale_options {
    AD_HEAD_(ad_scale_options);
    double low AD_IS(0), high AD_IS(1);
    ad_transform_axis axis AD_IS(AD_AXIS_LAST);
} ad_scale_options;

/* "clip": no less than low and no more than high; each a number, or a quantile of the training part
 * (0 to 1; between two values in a line, at (count - 1) q), or not limited. */
typedef struct ad_clip_options {
    AD_HEAD_(ad_clip_options);
    double low AD_IS(AD_AUTO), high AD_IS(AD_AUTO);
    double low_quantile AD_IS(AD_AUTO), high_quantile AD_IS(AD_AUTO);
    ad_transform_axis axis AD_IS(AD_AXIS_LAST);
} ad_clip_options;

/* "log": sign(x) log(1 + |x|), which takes any number; with offset log(x + offset), which has to
 * be of numbers above 0, and fails where it is not. */
typedef struct ad_log_options {
    AD_HEAD_(ad_log_options);
    double offset AD_IS(AD_AUTO);
} ad_log_options;

/* "one_hot": a class (whole numbers 0 to classes - 1) becomes f32 (..., classes), 1 at its place
 * and 0 elsewhere.  -1 (missing) becomes zeros, or has a place of its own behind the others.  A
 * class that is not below classes was not seen in training: zeros, and ad_transform_unseen counts
 * it, or an error. */
typedef enum ad_one_hot_missing { AD_MISSING_ZEROS, AD_MISSING_OWN } ad_one_hot_missing;
typedef enum ad_unseen { AD_UNSEEN_COUNTED, AD_UNSEEN_ERROR } ad_unseen;
typedef struct ad_one_hot_options {
    AD_HEAD_(ad_one_hot_options);
    int64_t classes AD_IS(AD_SAME); /* AD_SAME: one more than the highest in training */
    ad_one_hot_missing missing AD_IS(AD_MISSING_ZEROS);
    ad_unseen unseen AD_IS(AD_UNSEEN_COUNTED);
} ad_one_hot_options;

/* "index": a class becomes i32 0 to classes, for an embedding of classes + 1 rows: -1 and what was
 * not seen in training become classes. */
typedef struct ad_index_options {
    AD_HEAD_(ad_index_options);
    int64_t classes AD_IS(AD_SAME);
    ad_unseen unseen AD_IS(AD_UNSEEN_COUNTED);
} ad_index_options;

/* "cast": to f32, rounded to the nearest.  No options. */

/* "join": several fields, each flattened, one after the other in the order of `from`, as one f32
 * (width) called `to`, which takes their place. */
typedef struct ad_join_options {
    AD_HEAD_(ad_join_options);
    bool keep AD_IS(false); /* the fields stay beside it */
} ad_join_options;

AD_API const ad_record *ad_transform_at(int i); /* the methods; NULL past the last */
/* Fits the steps in order, each on what those before it make of train, which is read once for each
 * step that learns, in the order of its examples; medians and quantiles need 8 bytes a value. Fails
 * with words where a step cannot take a field or a value (of fields that a step learns of, none may
 * be infinite). */
AD_API AD_CHECKED ad_status ad_transform_fit(ad_source *train, const ad_transform_step *step,
                                             int steps, ad_transform **transform);
/* The source with the steps applied; other fields stay.  Holds both, so free yours in any order.
 * Fields have to be of the type and shape that the transform was fitted on.  One may be missing if
 * no join takes what comes of it, a target for example; then nothing comes of it.  NULL on
 * failure. */
AD_API ad_source *ad_transform_source(const ad_transform *transform, ad_source *source);
AD_API void ad_transform_free(ad_transform *transform);
/* The way back: what the source's field `raw` would have to be for the transform to make these
 * values of `field`, rows (count, values of field), into to (count, values of raw).  Standardize,
 * scale and log are undone; of one_hot the largest place is the class, -1 where that is the place
 * of missing ones; fill, clip, cast and index leave numbers as they are (index: a place of missing
 * ones is -1).  Fails where `field` is not made of `raw`, or one of them is not of one length. */
AD_API AD_CHECKED ad_status ad_transform_undo(const ad_transform *transform, const char *field,
                                              const char *raw, const float *rows, int64_t count,
                                              double *to);
/* How many places "index" and "one_hot" give the classes of that field (of the source), the place
 * of those that are missing with them; 0: no step does. */
AD_API int64_t ad_transform_classes(const ad_transform *transform, const char *field);
/* Values so far, in all sources of the transform, of classes that were not seen in training. */
AD_API int64_t ad_transform_unseen(const ad_transform *transform, const char *field);
/* As lines of text, by malloc, and back: the same bits, whatever the locale.  NULL without memory.
 * What is no such text fails with AD_ERROR_FORMAT and the number of the line. */
AD_API char *ad_transform_text(const ad_transform *transform);
AD_API AD_CHECKED ad_status ad_transform_read(const char *text, size_t size,
                                              ad_transform **transform);

/* ---------------------------------------------------------------- augmentation
 * Images changed at random, each example in each epoch anew.  What becomes of one depends on (seed,
 * epoch, example) and the steps alone.
 *
 *     ad_crop_options crop = AD_OPTIONS(ad_crop_options, .padding = 4);
 *     ad_augment_step steps[] = {{.method = "flip"}, {.method = "crop", .options = &crop}};
 *     ad_source *changed = ad_source_augment(train, "image", NULL, steps, 2, 1);
 *
 * Images are u8 (height, width, channels): 1 channel is grey, 3 are red, green and blue, and a 2nd
 * or 4th is alpha, which colours leave as it is.  Each number is drawn evenly from its range, ends
 * included.
 *
 * turn, scale, shear and shift map the point p of an image to c + M (p - c) + t, with the centre c
 * =
 * ((width - 1) / 2, (height - 1) / 2), x to the right and y down, centres of pixels at whole
 * numbers.  A pixel of the result takes its value at the point that is mapped to it, between four
 * pixels in a line along x and y, rounded to the nearest; outside of the image all is `fill`.  Such
 * steps that follow one another with the same fill are one map, so the image is sampled once. */

/* "flip": mirrored left to right with one chance, upside down with the other. */
typedef struct ad_flip_options {
    AD_HEAD_(ad_flip_options);
    double horizontal AD_IS(0.5), vertical AD_IS(0);
} ad_flip_options;

/* "crop": the image with so many pixels more at each side, of which a window of the old size is
 * taken at random, each place as likely. */
typedef enum ad_crop_border {
    AD_BORDER_FILL,   /* the pixels more are fill */
    AD_BORDER_REFLECT /* mirrored at the outermost pixel: b a b c; padding is below the size */
} ad_crop_border;
typedef struct ad_crop_options {
    AD_HEAD_(ad_crop_options);
    int64_t padding AD_IS(4);
    ad_crop_border border AD_IS(AD_BORDER_FILL);
    int64_t fill AD_IS(0);
} ad_crop_options;

/* "shift": t is a whole number of pixels along each axis, from -floor(share size) to floor(share
 * size). */
typedef struct ad_shift_options {
    AD_HEAD_(ad_shift_options);
    double share AD_IS(0.1);
    int64_t fill AD_IS(0);
} ad_shift_options;

/* "turn": counterclockwise by an angle a between least and degrees: M = (cos a, sin a; -sin a, cos
 * a). */
typedef struct ad_turn_options {
    AD_HEAD_(ad_turn_options);
    double degrees AD_IS(15);
    double least AD_IS(AD_AUTO); /* AD_AUTO: -degrees */
    int64_t fill AD_IS(0);
} ad_turn_options;

/* "scale": M = (s, 0; 0, s), s from low to high; above 1 things become larger. */
typedef struct ad_zoom_options {
    AD_HEAD_(ad_zoom_options);
    double low AD_IS(0.8), high AD_IS(1.2);
    int64_t fill AD_IS(0);
} ad_zoom_options;

/* "shear": M = (1, tan a; 0, 1), a between least and degrees, both within 80 of 0. */
typedef struct ad_shear_options {
    AD_HEAD_(ad_shear_options);
    double degrees AD_IS(10);
    double least AD_IS(AD_AUTO); /* AD_AUTO: -degrees */
    int64_t fill AD_IS(0);
} ad_shear_options;

/* "colour": brightness, contrast, saturation and hue, one after the other in an order drawn anew,
 * as torchvision's ColorJitter does on u8.  The first three draw f from max(0, 1 - value) to 1 +
 * value and make of each value x the whole part of f x + (1 - f) y, held to 0 to 255: y is 0 for
 * brightness, the mean of the image's greys for contrast, the pixel's grey for saturation; grey is
 * the whole part of 0.2989 red + 0.587 green + 0.114 blue.  Hue is turned in HSV by a share of the
 * circle from -hue to hue; x is x / 255 there, and the whole part of 255.999 x after.  Of grey
 * images brightness and contrast alone change. */
typedef struct ad_colour_options {
    AD_HEAD_(ad_colour_options);
    double brightness AD_IS(0.2), contrast AD_IS(0.2), saturation AD_IS(0.2);
    double hue AD_IS(0); /* 0 to 0.5 */
} ad_colour_options;

/* "grey": with that chance all colours become the pixel's grey, as in colour. */
typedef struct ad_grey_options {
    AD_HEAD_(ad_grey_options);
    double chance AD_IS(0.1);
} ad_grey_options;

/* "noise": a normal number of that deviation (in steps of 1 of 255) for each value, rounded to the
 * nearest and held to 0 to 255. */
typedef struct ad_noise_options {
    AD_HEAD_(ad_noise_options);
    double deviation AD_IS(8);
} ad_noise_options;

/* "cut_out": a square of size pixels becomes fill; its middle, rows and columns (size - size / 2)
 * before which it begins, is any pixel of the image, and what of it is outside is cut off (DeVries
 * and Taylor 2017). */
typedef struct ad_cut_out_options {
    AD_HEAD_(ad_cut_out_options);
    int64_t size AD_IS(AD_SAME); /* AD_SAME: half of the shorter side */
    double chance AD_IS(1);
    int64_t fill AD_IS(0);
} ad_cut_out_options;

/* "erase": a rectangle becomes fill, or bytes drawn evenly: its area a share of the image's, drawn
 * from low to high, height by width e^u, u even between -log ratio and log ratio; it lies inside,
 * anywhere, and where 10 in a row would not nothing is erased (Zhong et al. 2017). */
typedef struct ad_erase_options {
    AD_HEAD_(ad_erase_options);
    double low AD_IS(0.02), high AD_IS(0.33), ratio AD_IS(3.3);
    double chance AD_IS(0.5);
    bool random AD_IS(false);
    int64_t fill AD_IS(0);
} ad_erase_options;

/* "rand_augment": `count` operations, each any of 14 as likely, of a strength m = magnitude / 30:
 * nothing; shear along x, along y, tan up to 0.3 m; shift along x, along y by 150 / 331 m of the
 * size; turn by 30 m degrees; factors 1 + 0.9 m of brightness, saturation, contrast and sharpness
 * (as colour; sharpness against the mean of 3 x 3 in which the middle counts 5 times), all of
 * either sign; 8 - round(magnitude / 7.5) bits a value; values from 255 (1 - m) on turned round;
 * each channel from 0 to 255; each channel's values made equally frequent (Cubuk et al. 2020,
 * numbers as torchvision's). */
typedef struct ad_rand_augment_options {
    AD_HEAD_(ad_rand_augment_options);
    int64_t count AD_IS(2), magnitude AD_IS(9); /* magnitude: 0 to 30 */
    int64_t fill AD_IS(0);
} ad_rand_augment_options;

/* "mix_up": share x + (1 - share) other, rounded to the nearest, with a share of Beta(alpha, alpha)
 * (Zhang et al. 2017).  The other is any example of the source, as the steps before make it in
 * this epoch. */
typedef struct ad_mix_up_options {
    AD_HEAD_(ad_mix_up_options);
    double alpha AD_IS(0.2);
    double chance AD_IS(1);
} ad_mix_up_options;

/* "cut_mix": a rectangle of the other takes the place of the image's own.  With s of Beta(alpha,
 * alpha) it is floor(sqrt(1 - s) height) by floor(sqrt(1 - s) width) about any pixel, cut off at
 * the edges; the share is that of the pixels that are left (Yun et al. 2019). */
typedef struct ad_cut_mix_options {
    AD_HEAD_(ad_cut_mix_options);
    double alpha AD_IS(1);
    double chance AD_IS(1);
} ad_cut_mix_options;

typedef struct ad_augment_step {
    const char *method;  /* "flip" */
    const void *options; /* the record's struct; NULL: defaults */
} ad_augment_step;
AD_API const ad_record *ad_augment_at(int i); /* the methods; NULL past the last */
/* Whether a method takes a second example. */
AD_API bool ad_augment_mixes(const ad_record *method);
/* The source with its field of images changed by the steps in order.  mix_up and cut_mix, of which
 * there may be one, take a second example: behind the fields of the source there are then
 * LABEL.other (i32), its label, and LABEL.share (f32), the share of the first; without it they are
 * the label itself and 1.  label: a field i32 of one number; looked at by those two alone, NULL
 * else.  Holds the source.  NULL on failure. */
AD_API ad_source *ad_source_augment(ad_source *source, const char *field, const char *label,
                                    const ad_augment_step *step, int steps, uint64_t seed);

/* ---------------------------------------------------------------- batches */

typedef struct ad_batches ad_batches;

typedef enum ad_order {
    AD_ORDER_SHUFFLED, /* anew in each epoch: a permutation of (seed, epoch), as ad_shuffle gives */
    AD_ORDER_AS_IS,
    AD_ORDER_WEIGHTED /* drawn with replacement, in proportion to weight */
} ad_order;

enum { AD_AS_NEEDED = -1 };

typedef struct ad_batches_options {
    AD_HEAD_(ad_batches_options);
    int64_t size AD_IS(32); /* examples */
    ad_order order AD_IS(AD_ORDER_SHUFFLED);
    uint64_t seed AD_IS(1);
    const double *weight AD_IS(NULL); /* AD_ORDER_WEIGHTED: one for each example; copied */
    /* the same with weights that make the values of this whole-numbered field equally frequent */
    const char *balance AD_IS(NULL);
    bool drop_last AD_IS(false); /* leave a smaller last batch out */
    /* a field that varies: batches of similar lengths, chosen among 50 batches at a time */
    const char *similar AD_IS(NULL);
    int64_t buffer AD_IS(4096); /* streams: shuffled by drawing from so many examples */
    /* that prepare batches while one is used; 0: the caller; AD_AS_NEEDED: by the time of the first
     * batches, the caller where one takes less than 30 us, else a thread, above 2 ms one for each
     * processor.  The batches are the same. */
    int threads AD_IS(AD_AS_NEEDED);
    int ahead AD_IS(3); /* batches prepared ahead at most */
} ad_batches_options;

AD_API ad_batches *ad_batches_new(ad_source *source, const ad_batches_options *options);
AD_API void ad_batches_free(ad_batches *batches);
/* Batches of an epoch; -1 of a stream. */
AD_API int64_t ad_batches_count(const ad_batches *batches);
/* The fields of a batch: the source's, and NAME.length for those that vary. */
AD_API int ad_batches_fields(const ad_batches *batches, const ad_source_field **field);

typedef struct ad_batch {
    int64_t count;  /* examples; 0 at the end of the epoch */
    int64_t number; /* of the batch in its epoch, from 0 */
    uint64_t epoch;
    const ad_array *array;  /* one for each field: (count, shape...) */
    const int64_t *example; /* numbers of the examples; NULL of a stream */
} ad_batch;
/* The next batch of the epoch, valid until the next call.  A source that fails is reported here, in
 * the place of the batch that it could not make; the next call tries that batch again. */
AD_API AD_CHECKED ad_status ad_batches_next(ad_batches *batches, ad_batch *batch);
/* Goes to batch number of an epoch, which the next call gives; epoch 0, batch 0 at first.  After
 * the end of an epoch the next call gives its end again. */
AD_API AD_CHECKED ad_status ad_batches_seek(ad_batches *batches, uint64_t epoch, int64_t number);

/* ---------------------------------------------------------------- what is measured */

/* A number over a whole part.  Sums are kept in double, in the order of the examples. */
typedef struct ad_measured {
    const char *name;
    double value;
    double low, high; /* 95 % interval; equal to value where the measure has none */
    bool less_is_better;
} ad_measured;

typedef struct ad_measure_record {
    const char *name; /* "accuracy" */
    const char *help;
    bool less_is_better;
    size_t bytes; /* of the sums, zeros at first */
    /* outputs: what the program gave for a batch of count examples (predictions, then targets). */
    ad_status (*add)(void *sums, const ad_array *outputs, int64_t count);
    void (*value)(const void *sums, ad_measured *measured);
} ad_measure_record;
/* accuracy (Wilson 1927), log_loss, mse, mae, r2, energy.  NULL: none of that name.  accuracy and
 * log_loss leave labels of -1 out: there is none.
 *
 * energy, the energy distance (Szekely and Rizzo 2013) of made examples a (prediction) from real
 * ones b (target): 2 mean |a - b| - mean |a - a'| - mean |b - b'|, over all pairs of a batch, a'
 * and b' being other examples than a and b, weighted by the sizes of batches.  0 where both are
 * drawn from one distribution, of which it is no more than an estimate: it may come out below 0.
 * NaN where no batch has two examples. */
AD_API const ad_measure_record *ad_measure_find(const char *name);
AD_API const ad_measure_record *ad_measure_at(int i); /* NULL past the last */

typedef struct ad_measure {
    const ad_measure_record *record;
    /* accuracy, log_loss: logits (batch, classes), labels (batch) */
    ad_tensor *prediction, *target;
} ad_measure;

/* ---------------------------------------------------------------- rates over steps */

typedef enum ad_rate_shape {
    AD_RATE_CONSTANT,
    AD_RATE_COSINE,
    AD_RATE_STEPS,
    /* The rest are left out of a build with -DADZE_EXTRAS=OFF, where their rate is NaN. */
    AD_RATE_MILESTONES,
    AD_RATE_EXPONENTIAL,
    AD_RATE_POLYNOMIAL,
    AD_RATE_RESTARTS,
    AD_RATE_ONE_CYCLE,
    AD_RATE_CYCLIC,
    AD_RATE_INVERSE_SQRT,
    AD_RATE_NOAM,
    AD_RATE_PLATEAU
} ad_rate_shape;

typedef enum ad_cycle { AD_CYCLE_TRIANGULAR, AD_CYCLE_TRIANGULAR2, AD_CYCLE_EXP_RANGE } ad_cycle;
typedef enum ad_anneal { AD_ANNEAL_COS, AD_ANNEAL_LINEAR } ad_anneal;

/* Rates of step = 0, 1...; in the first `warmup` steps it is rate (step + 1) / warmup, and t = step
 * - warmup of T = steps - warmup goes on, where nothing else is said.
 * - constant: rate
 * - cosine: final + (rate - final) (1 + cos(pi t / T)) / 2, final past the end (Loshchilov and
 * Hutter 2016)
 * - steps: rate factor^k, k = step / every rounded down
 * - multi_step: the same, k = how many of `at` are at most step
 * - exponential: rate factor^(t / every)
 * - polynomial: final + (rate - final) (1 - t / T)^power, final past the end
 * - restarts: as cosine over a period, which is `every` steps at first and then `times` as long as
 * the one before (Loshchilov and Hutter 2016)
 * - one_cycle: no warm-up; from rate / start up to rate at step share T - 1, from there down to
 * rate / start / end at T - 1, along half a cosine each, or lines; three_phase: down to rate /
 * start at 2 share T - 2, then on (Smith and Topin 2017)
 * - cyclic: no warm-up; lines from final up to rate in `every` steps and down again in `down`
 * (AD_SAME: as many); of cycle k from 0 the height is times 2^-k in mode triangular2 and
 * factor^step in exp_range (Smith 2017)
 * - inverse_sqrt: rate sqrt(warmup / (step + 1)) after the warm-up
 * - noam: rate width^-0.5 min((step + 1)^-0.5, (step + 1) warmup^-1.5) (Vaswani et al. 2017)
 * - plateau: rate, times factor after each `patience` validations in a row, and one, that were not
 * better than the best, by more than a share `threshold` of it; not under final, and not within
 * `cooldown` validations of the last time
 *
 * As in PyTorch 2.15 where it has the shape; but its cosine rises again past its end, and its
 * one-cycle fails there. */
typedef struct ad_schedule {
    AD_HEAD_(ad_schedule);
    ad_rate_shape shape AD_IS(AD_RATE_CONSTANT);
    double rate;             /* at the top */
    int64_t steps AD_IS(0);  /* how long it is; past its end the last rate stays */
    int64_t warmup AD_IS(0); /* steps that rise in a line to rate: (step + 1) / warmup */
    double final AD_IS(0);   /* the rate at its end, or the lowest */
    int64_t every AD_IS(0);
    double factor AD_IS(0.1);
    ad_numbers at; /* multi_step: steps, rising */
    double power AD_IS(1), share AD_IS(0.3), start AD_IS(25), end AD_IS(1e4), threshold AD_IS(1e-4);
    int64_t times AD_IS(1), down AD_IS(AD_SAME), width AD_IS(512);
    int64_t patience AD_IS(10), cooldown AD_IS(0);
    bool three_phase AD_IS(false);
    ad_anneal anneal AD_IS({});
    ad_cycle mode AD_IS({});
    double momentum_low AD_IS(0.85), momentum_high AD_IS(0.95); /* see ad_schedule_momentum */
    /* Joined: from step `until` on that one counts, from its step 0; NULL: none. */
    const struct ad_schedule *next AD_IS(NULL);
    int64_t until AD_IS(0);
} ad_schedule;
/* The rate of training step `step`, from 0.  A plateau's is that of its beginning: see
 * ad_plateau_rate. */
AD_API double ad_schedule_rate(const ad_schedule *schedule, int64_t step);
/* Whether rates depend on .steps: with more of them it is another schedule. */
static inline bool ad_schedule_has_length(const ad_schedule *schedule)
{
    return schedule->shape == AD_RATE_COSINE || schedule->shape == AD_RATE_POLYNOMIAL ||
           schedule->shape == AD_RATE_ONE_CYCLE;
}

/* What a plateau has seen; begins as {0}. */
typedef struct ad_plateau {
    double best;
    int64_t seen, waited, cooling, drops;
} ad_plateau;

#ifndef ADZE_NO_EXTRAS
/* Momentum against the rate, of one_cycle and cyclic: momentum_high where the rate is lowest and
 * momentum_low where it is highest (Smith 2018); NaN for other shapes. */
AD_API double ad_schedule_momentum(const ad_schedule *schedule, int64_t step);
/* A validation measured that, which is better the lower. */
AD_API void ad_plateau_see(ad_plateau *plateau, const ad_schedule *schedule, double measure);
AD_API double ad_plateau_rate(const ad_plateau *plateau, const ad_schedule *schedule);

/* Weights to begin with, in the place of those of their layers.  A weight is taken as a matrix, its
 * first axis outputs: fan in is the product of all other sizes, fan out the first size by all from
 * the third on, as in PyTorch.  Numbers depend on the seed and the variable's name alone. */
typedef enum ad_initial_method {
    AD_INITIAL_FANS,       /* deviation gain / sqrt(fan) */
    AD_INITIAL_DEVIATION,  /* .deviation */
    AD_INITIAL_ORTHOGONAL, /* gain times orthonormal rows, or columns where there are more rows
                              (Saxe et al. 2013) */
    AD_INITIAL_IDENTITY,   /* gain where output and input have one number, in a kernel's middle */
    AD_INITIAL_SPARSE,     /* of each column the share that is 0, rounded up; the rest by .deviation
                              (Martens 2010) */
    AD_INITIAL_VALUE       /* .value */
} ad_initial_method;
typedef enum ad_draw {
    AD_DRAW_NORMAL,
    AD_DRAW_UNIFORM,  /* within sqrt(3) deviations */
    AD_DRAW_TRUNCATED /* a normal of deviation / 0.8796 without what is further than two of them */
} ad_draw;
typedef enum ad_fan { AD_FAN_IN, AD_FAN_OUT, AD_FAN_AVERAGE } ad_fan;
typedef struct ad_initial_options {
    AD_HEAD_(ad_initial_options);
    ad_initial_method method AD_IS({});
    ad_draw distribution AD_IS({});
    ad_fan fan AD_IS({});
    double gain AD_IS(1);         /* see ad_gain */
    double deviation AD_IS(0.01); /* of the numbers, after what is cut off */
    double share AD_IS(0.1), value AD_IS(0);
    uint64_t seed AD_IS(1);
    const char *match AD_IS("*"); /* full names; * stands for any text */
    bool all AD_IS(false);        /* all that is trained, not weights (AD_ROLE_WEIGHT) alone */
} ad_initial_options;
AD_API AD_CHECKED ad_status ad_initialize(ad_state *state, const ad_graph *graph,
                                          const ad_initial_options *options);
/* A set by its name: "he_normal" (gain sqrt 2, fan in; He et al. 2015), "glorot_uniform" (both
 * fans; Glorot and Bengio 2010), "lecun_truncated" (fan in; LeCun et al. 1998)... each of the three
 * with normal, uniform or truncated, and "orthogonal": weights so, biases 0.  "keras": weights
 * glorot_uniform, of recurrent steps orthogonal, tables uniform within 0.05, biases 0 (an LSTM's
 * forget gate too, where Keras has 1).  "pytorch": what layers begin with, nothing is changed. */
AD_API AD_CHECKED ad_status ad_initialize_as(ad_state *state, const ad_graph *graph,
                                             const char *name, uint64_t seed);
/* Layer-sequential unit variance (Mishkin and Matas 2016): weights are drawn orthogonal; then each,
 * in the order given, is divided by the deviation of its output (what the layer makes of it,
 * without an activation) over all elements, until their variance is within .within of 1, or 10
 * times. feed and array: what the outputs need.  Fails where an output does not vary. */
typedef struct ad_lsuv_options {
    AD_HEAD_(ad_lsuv_options);
    double within AD_IS(0.01);
    uint64_t seed AD_IS(1);
} ad_lsuv_options;
AD_API AD_CHECKED ad_status ad_initialize_lsuv(ad_state *state, ad_tensor *const *weight,
                                               ad_tensor *const *output, int layers,
                                               ad_tensor *const *feed, const ad_array *array,
                                               int feeds, const ad_lsuv_options *options);
/* For weights before an activation: linear, sigmoid 1, tanh 5/3, relu sqrt 2, leaky_relu sqrt(2 /
 * (1
 * + slope^2)), selu 3/4; NaN of other names. */
AD_API double ad_gain(const char *activation, double slope);

/* Which rate to begin with (Smith 2017): the loss while the rate rises by the same factor from step
 * to step.  `smooth` is the share of the old mean loss kept; it stops where the mean, without the
 * bias of its beginning, is above `worst` times its least.  The suggestion is the rate, past the
 * first tenth of the steps, at which the mean falls most steeply over the logarithm of the rate. */
typedef struct ad_rate_test {
    double low, high;     /* rates of the first and last step: 1e-7, 10 */
    int64_t steps;        /* 100 */
    double smooth, worst; /* 0.9, 4 */
    int64_t step;         /* of what follows: how many losses were seen */
    double mean, least, before;
    double steepest, rate; /* the suggestion; 0: the mean never fell */
} ad_rate_test;
AD_API ad_rate_test ad_rate_test_begin(double low, double high, int64_t steps);
/* The rate of the next step. */
AD_API double ad_rate_test_rate(const ad_rate_test *test);
/* That step's loss; false where the test is over. */
AD_API bool ad_rate_test_see(ad_rate_test *test, double loss);
#endif

/* Rows of ad_schedule that this shape reads.  In files `every`, `down` and `at` count epochs. */
typedef struct ad_schedule_record {
    ad_record record;
    ad_rate_shape shape;
} ad_schedule_record;
AD_API const ad_record *ad_schedule_at(int i); /* NULL past the last */

/* ---------------------------------------------------------------- the loop */

/* One who learns: its step is fetched in a program of its own.  Several players (GAN) take turns:
 * all turns of the first, then of the second, each turn with a batch of its own. */
typedef struct ad_player {
    ad_tensor *step; /* what ad_sgd and its kin return */
    int turns;       /* 0 means 1 */
    const char *name;
    /* NULL: a run of step.  Else this is called in its place, with all feeds of step's graph that a
     * batch has fields for, and what they take: it changes the state, says the loss, and whether it
     * is over: then the training ends with this run. */
    ad_status (*run)(void *user, ad_tensor *const *feed, const ad_array *array, int feeds,
                     double *loss, bool *over);
    void *user;
} ad_player;

enum { AD_PLAYERS_MAX = 8, AD_MEASURES_MAX = 16 };

/* Where a training stands: all that a checkpoint holds beside the state. */
typedef struct ad_fit_position {
    int64_t step;              /* runs made, of all players */
    int64_t epoch;             /* epochs ended */
    int64_t batch;             /* batches of this epoch done */
    double loss;               /* sum of loss times examples over this epoch */
    int64_t examples;          /* of this epoch, done */
    double best;               /* of the watched measure; meaningless while best_step is -1 */
    int64_t best_step, waited; /* waited: validations since */
    /* sum of each player's losses over its runs of this epoch */
    double player_loss[AD_PLAYERS_MAX];
    ad_plateau plateau; /* where the schedule is one */
} ad_fit_position;

typedef enum ad_event_kind {
    AD_EVENT_BEGIN,      /* plan is known; resumed: position is not 0 */
    AD_EVENT_STEP,       /* loss, player, rate */
    AD_EVENT_VALIDATION, /* measured */
    AD_EVENT_EPOCH,      /* mean loss of the epoch */
    AD_EVENT_CHECKPOINT, /* path: a file was written */
    AD_EVENT_PASSED,     /* path: a checkpoint that is not whole was passed over by resume */
    AD_EVENT_END         /* why */
} ad_event_kind;

typedef enum ad_fit_end {
    AD_END_PLAN,     /* all epochs or steps */
    AD_END_EARLY,    /* the watched measure did not get better */
    AD_END_ASKED,    /* the listener or *stop */
    AD_END_DIVERGED, /* a loss is not finite: ad_fit fails with AD_ERROR_NOT_FINITE */
    AD_END_FAILED,   /* ad_fit returns why */
    AD_END_CONVERGED /* a player's .run said that it is over */
} ad_fit_end;

typedef struct ad_event {
    ad_event_kind kind;
    const ad_fit_position *at;
    int64_t epochs, steps;     /* planned; -1: not known */
    int64_t batches;           /* of an epoch; -1 */
    double loss;               /* STEP: of the run; EPOCH: the mean over its examples */
    int player;                /* STEP: which */
    int players;               /* of the training */
    const ad_player *list;     /* them */
    const double *player_loss; /* EPOCH: the mean over its runs for each player; NaN: it had none */
    double rate;               /* STEP: the schedule's; NaN without one */
    const ad_measured *measured; /* VALIDATION: the loss where asked, then the measures */
    int measures;
    bool best;        /* VALIDATION: the best so far */
    double seconds;   /* since the begin of this call */
    double waited;    /* of those, for batches that were not ready */
    const char *path; /* CHECKPOINT, PASSED */
    ad_fit_end why;   /* END */
} ad_event;

typedef struct ad_fit_options {
    AD_HEAD_(ad_fit_options);
    ad_source *train;
    ad_source *validation AD_IS(NULL);
    ad_player player[AD_PLAYERS_MAX]; /* ends at the first without step */
    /* measured on validation, a mean over the batch, and so over all: batches weigh by examples.
     * One that weighs otherwise is a first measure called "loss", and none here. */
    ad_tensor *loss AD_IS(NULL);
    ad_measure measure[AD_MEASURES_MAX]; /* ends at the first without record */
    ad_tensor *rate AD_IS(NULL); /* feed (f32 or f64, rank 0) that takes the schedule's rate */
    const ad_schedule *schedule AD_IS(NULL);

    int64_t epochs AD_IS(-1); /* how long: epochs or steps, what ends first; one is needed */
    int64_t steps AD_IS(-1);
    ad_batches_options batches AD_IS({}); /* of training, by AD_OPTIONS; left out: all defaults */
    int64_t validate_every AD_IS(0);      /* steps; 0: at the end of each epoch */
    int64_t validate_size AD_IS(0);       /* batch of validation; 0: as in training */

    const char *watch AD_IS(NULL); /* measure that says which weights are best; default "loss" */
    int64_t patience AD_IS(0);     /* validations without improvement before it stops; 0: never */
    double min_delta AD_IS(0);
    bool keep_best AD_IS(false);    /* at the end the state has the best weights, not the last */
    const char *folder AD_IS(NULL); /* of checkpoints: step-N.safetensors, best-N... */
    int64_t save_steps AD_IS(0), save_seconds AD_IS(0), save_epochs AD_IS(1); /* 0: not so */
    int keep AD_IS(2);        /* checkpoints that stay beside the best */
    bool resume AD_IS(false); /* go on after the newest that is whole; none: begin */

    bool (*event)(void *user, const ad_event *event) AD_IS(NULL); /* false: stop, please */
    void *user AD_IS(NULL);
    const volatile int *stop AD_IS(NULL);  /* looked at after each step: not 0 stops */
    ad_fit_end *end AD_IS(NULL);           /* out */
    ad_fit_position *position AD_IS(NULL); /* out */
    /* feed (f32 or f64, rank 0) that takes ad_schedule_momentum of a schedule that has one: see
     * .momentum_tensor of the optimizers */
    ad_tensor *momentum AD_IS(NULL);
    /* a step whose loss is not finite is no divergence, and counts in no mean: for optimizers that
     * leave such steps out (their own .skip_nonfinite) */
    bool skip_nonfinite AD_IS(false);
} ad_fit_options;

/* Trains the state.  Feeds of the players' graphs are given by the fields of the source that have
 * their names; a feed without one is an error, said before the first step.  Stopping at any step
 * and going on (resume) gives the bits of a training that was never stopped, on any number of
 * threads. */
AD_API AD_CHECKED ad_status ad_fit(ad_state *state, const ad_fit_options *options);

/* Every weight of the state becomes its average, as ad_average kept it: for a state that is to be
 * stored or answer, not to be trained on. */
AD_API AD_CHECKED ad_status ad_take_averages(ad_state *state);

typedef struct ad_evaluate_options {
    AD_HEAD_(ad_evaluate_options);
    ad_tensor *loss AD_IS(NULL);
    ad_measure measure[AD_MEASURES_MAX];
    int64_t size AD_IS(256);
    ad_measured *measured AD_IS(NULL); /* out: loss first where asked, then the measures */
    int *measures AD_IS(NULL);
} ad_evaluate_options;
AD_API AD_CHECKED ad_status ad_evaluate(ad_state *state, ad_source *source,
                                        const ad_evaluate_options *options);

#ifdef __cplusplus
} /* extern "C" */
#endif

#include "train_call.h"

#endif
