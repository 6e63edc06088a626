/* libadze-kit: what a program for training needs round libadze, and what needs other libraries.
 *
 * Configuration files (libyaml), sets of images (zlib), single images (libpng), and progress on a
 * terminal.  Each of those libraries may be missing when the kit is built: then the functions that
 * need it return AD_ERROR_UNSUPPORTED and name the package.
 *
 *     ad_config *config;
 *     if (ad_config_read("lenet.yaml", (const char *[]){"train.epochs=3"}, 1, &config) != AD_OK)
 *         fputs(ad_kit_error(), stderr);
 *     ad_dataset *train;
 *     ad_tensor *logits, *image = ad_feed(g, "image", AD_U8, AD_SHAPE(batch, 28, 28, 1));
 *     if (ad_config_data(config, AD_PART_TRAIN, NULL, &train) != AD_OK ||
 *         ad_config_build(config, g, image, &logits) != AD_OK)
 *         fputs(ad_kit_error(), stderr);
 *
 * Errors: functions return ad_status, or NULL, and ad_kit_error() has the words; ad_error() stays
 * libadze's own. Text that is returned as char * is made by malloc and freed with free. */
#ifndef ADZE_KIT_H
#define ADZE_KIT_H

#include <adze/data.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The message of the last call to the kit that failed in this thread, with a newline at its end; ""
 * where none did.  A report on a configuration has many lines. */
AD_API const char *ad_kit_error(void);

/* ---------------------------------------------------------------- sets of images with labels */

typedef struct ad_dataset ad_dataset;

typedef struct ad_dataset_info {
    int64_t count, height, width, channels;
    int64_t classes;          /* labels are 0 to classes - 1 */
    const uint8_t *images;    /* (count, height, width, channels) */
    const int32_t *labels;    /* (count) */
    const char *const *names; /* of the classes; NULL where they have none */
} ad_dataset_info;

/* Copies what info points to. */
AD_API AD_CHECKED ad_status ad_dataset_new(const ad_dataset_info *info, ad_dataset **dataset);
/* Two IDX files (LeCun and Cortes 1998), plain or gzip.  classes == 0: one more than the largest
 * label. */
AD_API AD_CHECKED ad_status ad_dataset_idx(const char *images, const char *labels, int64_t classes,
                                           ad_dataset **dataset);
/* The pair train-images-idx3-ubyte, train-labels-idx1-ubyte of a folder, or t10k-..., plain or with
 * .gz. */
AD_API AD_CHECKED ad_status ad_dataset_folder(const char *folder, ad_part part, int64_t classes,
                                              ad_dataset **dataset);
/* Digits that the kit draws, (count, 28, 28, 1): synthetic, for trying things out without any file.
 * Image i depends on seed, part and i alone; images 10 k to 10 k + 9 hold each digit once. */
AD_API AD_CHECKED ad_status ad_dataset_digits(int64_t count, ad_part part, uint64_t seed,
                                              ad_dataset **dataset);
AD_API void ad_dataset_free(ad_dataset *dataset);
/* Valid as long as the data set. */
AD_API const ad_dataset_info *ad_dataset_about(const ad_dataset *dataset);

/* The share (0 to below 1) of a data set that seed picks goes to *held, the others, in their old
 * order, to *kept. */
AD_API AD_CHECKED ad_status ad_dataset_split(const ad_dataset *dataset, double share, uint64_t seed,
                                             ad_dataset **kept, ad_dataset **held);
/* Copies the examples numbered order[0] to order[count - 1] to images (count, height, width,
 * channels) and labels (count). */
AD_API void ad_dataset_batch(const ad_dataset *dataset, const int64_t *order, int64_t count,
                             uint8_t *images, int32_t *labels);

/* ---------------------------------------------------------------- single images */

typedef struct ad_image {
    int64_t height, width, channels; /* channels: 1 grey, 3 red green blue */
    uint8_t *pixels;                 /* (height, width, channels) */
} ad_image;

/* PGM (P2, P5), with libpng PNG and with libjpeg JPEG, told apart by their first bytes.  channels 1
 * or 3: converted to that.  Samples are as they stand in the file, of 16 bits the high byte: no
 * curve is applied, transparency is dropped, grey is mixed by BT.601, four inks become colours, and
 * a picture whose EXIF says how it was held is turned upright; doc/conventions.md has all of it.
 * Damaged data is AD_ERROR_FORMAT. */
AD_API AD_CHECKED ad_status ad_image_read(const char *path, int64_t channels, ad_image *image);
AD_API void ad_image_done(ad_image *image);
/* Another size, sides 1 to 16384, in place: the bytes that Pillow's Image.resize gives.  Where the
 * picture shrinks, filters widen with it (antialiased), but for nearest. */
AD_API AD_CHECKED ad_status ad_image_resize(ad_image *image, int64_t height, int64_t width,
                                            ad_resample resample);
/* The middle: rows from (image->height - height) / 2 rounded down, columns alike, in place. */
AD_API AD_CHECKED ad_status ad_image_crop(ad_image *image, int64_t height, int64_t width);
/* The pictures that files and folders name, in the order in which they are predicted: folders are
 * walked, sorted by name.  *list: *count texts; free each, and the list. */
AD_API AD_CHECKED ad_status ad_image_list(const char *const *path, int count, char ***list,
                                          int64_t *found);

/* ------------------------------------------------ configuration: its table of fields */

typedef enum ad_field_type {
    AD_FIELD_NUMBER,  /* double; "1/255" and "2e-5" are numbers */
    AD_FIELD_WHOLE,   /* int64_t */
    AD_FIELD_TRUTH,   /* bool: true, false, yes, no, on, off */
    AD_FIELD_WORD,    /* int: which of the words */
    AD_FIELD_TEXT,    /* char * */
    AD_FIELD_PATH,    /* char *, relative to the file it stands in */
    AD_FIELD_PAIR,    /* int64_t[2]: height and width; 5 means [5, 5] */
    AD_FIELD_NUMBERS, /* ad_numbers: one number, or a list */
    AD_FIELD_NAMES,   /* ad_names: a list of texts */
    AD_FIELD_SECTION, /* fields of its own: "train" holds "train.epochs" */
    AD_FIELD_MODEL    /* the list of layers */
} ad_field_type;

/* One row of the table.  Parser, JSON Schema, help and suggestions read nothing else. */
typedef struct ad_field {
    const char *path; /* "train.optimizer.rate"; in a layer "kernel" */
    ad_field_type type;
    bool required;    /* where the condition of with holds */
    double low, high; /* numbers: the range */
    bool above_low;   /* low itself is not allowed */
    bool below_high;
    const char *initial; /* default, as it would stand in a file; NULL: none */
    const char *instead; /* other defaults by the word of chooser: "adam=0.001 adamw=0.001" */
    const char *chooser; /* path of a field of words */
    const char *with;    /* the words of chooser with which this field means something; NULL: all */
    const char *words;   /* AD_FIELD_WORD: its words, in order, with spaces between */
    const char *unit;    /* "epochs"; NULL where there is none */
    const char *also;    /* what others call it: found by suggestions */
    const char *help;    /* one line */
    size_t offset;       /* in ad_config, or in ad_layer */
} ad_field;

typedef struct ad_layer ad_layer;

typedef struct ad_layer_kind {
    const char *name; /* "conv" */
    const char *help;
    const char *also;
    const ad_field *fields;
    int field_count;
    ad_tensor *(*build)(const ad_layer *layer, ad_tensor *x);
    bool over_batch; /* in training, values of one image depend on the others of its batch */
} ad_layer_kind;

struct ad_layer {
    const ad_layer_kind *kind;
    int line, column; /* where it stands in the file, from 1 */
    char *name;       /* NULL: the library numbers it, conv1, conv2, linear1... */
    int64_t filters, out, groups;
    int64_t kernel[2], stride[2], padding[2], dilation[2], window[2];
    double rate, slope, alpha, epsilon, momentum;
    bool same, bias, affine, frozen, count_padding;
};

AD_API const ad_field *ad_config_fields(int *count);
AD_API const ad_layer_kind *ad_layer_kinds(int *count);
/* The table as text for --help, and as a JSON Schema (draft 2020-12).  NULL without memory. */
AD_API char *ad_config_help(void);
AD_API char *ad_config_schema(void);

/* ---------------------------------------------------------------- configuration: one file */

typedef enum ad_data_format { AD_DATA_IDX, AD_DATA_DIGITS } ad_data_format;
typedef enum ad_loss_kind { AD_LOSS_CROSS_ENTROPY, AD_LOSS_SQUARED_ERROR } ad_loss_kind;
typedef enum ad_method {
    AD_METHOD_SGD,
    AD_METHOD_RMSPROP,
    AD_METHOD_ADAM,
    AD_METHOD_ADAMW
} ad_method;
typedef enum ad_schedule_kind {
    AD_SCHEDULE_CONSTANT,
    AD_SCHEDULE_COSINE,
    AD_SCHEDULE_STEP
} ad_schedule_kind;

typedef struct ad_config {
    const char *file; /* as it was given */
    struct {
        int format; /* ad_data_format */
        char *path; /* as it can be opened from here; NULL for digits */
        double validation;
        int64_t classes, train_count, test_count, seed;
        ad_names names;
    } data;
    struct {
        double scale;
        ad_numbers mean, std;
    } input;
    ad_layer *layers;
    int layer_count;
    struct {
        int64_t epochs, batch, seed;
        int loss; /* ad_loss_kind */
        double label_smoothing, clip_norm, clip_value;
        struct {
            int method; /* ad_method */
            double rate, momentum, beta1, beta2, alpha, epsilon, decay;
            bool nesterov;
        } optimizer;
        struct {
            int kind; /* ad_schedule_kind */
            int64_t warmup, every;
            double final, factor;
        } schedule;
        struct {
            int64_t patience;
            double min_delta;
        } early_stopping;
        struct {
            int64_t epochs, steps, keep;
            double minutes;
        } checkpoint;
    } train;
    struct ad_config_source *source;
} ad_config;

/* Reads a file (at most 1 MB) and then the settings, each "path=value" such as
 * "train.optimizer={method: adam, rate: 2e-3}"; model can only stand in the file.  On failure
 * *config is NULL and ad_kit_error() reports every mistake, each with its place as
 * file:line:column, what is wrong, the line with a mark below, and the cure. */
AD_API AD_CHECKED ad_status ad_config_read(const char *path, const char *const *set, int set_count,
                                           ad_config **config);
/* The same from a text in memory.  name stands for the file in messages; paths are relative to
 * name's folder. */
AD_API AD_CHECKED ad_status ad_config_parse(const char *name, const char *text, size_t size,
                                            const char *const *set, int set_count,
                                            ad_config **config);
/* A small convolutional network on drawn digits: what `adze train` does without a file. */
AD_API const char *ad_config_builtin(void);
AD_API void ad_config_free(ad_config *config);

/* True where the file or a setting gives that field. */
AD_API bool ad_config_given(const ad_config *config, const char *path);
/* A report in the form of ad_config_read's on a field, for a mistake that only the data shows.
 * Where the field was not given, it names the file only. */
AD_API char *ad_config_report(const ad_config *config, const char *path, const char *what,
                              const char *cure);
/* The whole configuration, defaults written out, as YAML; paths made relative to folder (NULL:
 * absolute). */
AD_API char *ad_config_text(const ad_config *config, const char *folder);

/* The data that the configuration names.  Test data must have the size and classes of the training
 * data: give training's info as like (NULL for the training part). */
AD_API AD_CHECKED ad_status ad_config_data(const ad_config *config, ad_part part,
                                           const ad_dataset_info *like, ad_dataset **dataset);

/* Makes the model: image (batch, height, width, channels), u8 or f32, holds pixels 0 to 255; scale,
 * mean and std are applied in the graph.  The calls are those that a C program would make, in the
 * file's order, so the bits are the same: x = ad_scale(ad_cast(image, AD_F32), scale); x =
 * ad_conv2d(x, ...); ... A layer that does not fit is reported with its place in the file.  config
 * must live as long as the graph. */
AD_API AD_CHECKED ad_status ad_config_build(const ad_config *config, ad_graph *graph,
                                            ad_tensor *image, ad_tensor **logits);
/* The first batch norm of the model that sees one value of each channel for each image, so that it
 * needs batches of two images and more in training; NULL where there is none, or the model does not
 * fit. graph and image as for ad_config_build, of a graph made for this question. */
AD_API const ad_layer *ad_config_needs_two(const ad_config *config, ad_graph *graph,
                                           ad_tensor *image);
/* The loss as configured: label i32 (batch). */
AD_API ad_tensor *ad_config_loss(const ad_config *config, ad_tensor *logits, ad_tensor *label);
/* The optimizer as configured.  rate: f32, rank 0, for a schedule; NULL: the constant rate. */
AD_API ad_tensor *ad_config_optimizer(const ad_config *config, ad_tensor *loss, ad_tensor *rate);
/* The learning rate of training step `step` (from 0), with that many steps in an epoch. */
AD_API double ad_config_rate(const ad_config *config, int64_t step, int64_t steps_per_epoch);

/* ---------------------------------------------------------------- records as text */

/* A line for each record of a kind: its name and help. */
AD_API char *ad_records_text(ad_records list);
/* All that is known of one: each option with type, range, default and other words, and a line that
 * may stand in a configuration: section: {chooser: NAME, ...}, or with section NULL - NAME: {...}.
 */
AD_API char *ad_record_text(const ad_record *record, const char *section, const char *chooser);
/* The name that wrong was meant to be, by spelling or by what others call it; NULL: none is near.
 */
AD_API const char *ad_record_near(ad_records list, const char *wrong);

/* ---------------------------------------------------------------- progress
 * On a terminal a bar that is redrawn; elsewhere, and where TERM is dumb or unset, one plain line
 * for each piece of work that ended. Colour only on a terminal without NO_COLOR. */

typedef struct ad_progress ad_progress;
AD_API ad_progress *ad_progress_new(int fd);
AD_API void ad_progress_free(ad_progress *progress); /* wipes a bar that was left */
/* A new piece of work, "epoch 3/10", of total steps. */
AD_API void ad_progress_begin(ad_progress *progress, const char *label, int64_t total);
/* done steps of it; note, "loss 0.31", may be NULL.  Cheap: draws at most ten times a second. */
AD_API void ad_progress_update(ad_progress *progress, int64_t done, const char *note);
/* The piece is done; note stays as a line. */
AD_API void ad_progress_end(ad_progress *progress, const char *note);
/* A line of text above the bar, or on its own. */
AD_API void ad_progress_line(ad_progress *progress, const char *text);

#ifdef __cplusplus
} /* extern "C" */
#endif

#include <adze/run.h>

#endif
