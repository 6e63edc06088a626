/* libadze-kit: what a program for training needs round libadze, and what needs other libraries.
 *
 * Configuration files (libyaml), sets of images (zlib), single images (libpng), and progress on a
 * terminal.  Each of those libraries may be missing when the kit is built: then the functions that
 * need it return AD_ERROR_UNSUPPORTED and name the package.
 *
 *     ad_config *config;
 *     if (ad_config_read("lenet.yaml", (const char *[]){"train.epochs=3"}, 1, &config) != AD_OK)
 *         fputs(ad_kit_error(), stderr);
 *     ad_schema *schema;
 *     ad_source *train;
 *     ad_tensor *logits, *image = ad_feed(g, "image", AD_U8, AD_SHAPE(batch, 28, 28, 1));
 *     if (ad_config_understand(config, &schema) != AD_OK ||
 *         ad_config_open(config, schema, AD_PART_TRAIN, &train) != AD_OK ||
 *         ad_config_build(config, image, 10, &logits) != AD_OK)
 *         fputs(ad_kit_error(), stderr);
 *
 * Errors: functions return ad_status, or NULL, and ad_kit_error() has the words; ad_error() stays
 * libadze's own. Text that is returned as char * is made by malloc and freed with free. */
#ifndef ADZE_KIT_H
#define ADZE_KIT_H

#include <adze/encode.h>
#include <adze/metric.h>

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

/* ---------------------------------------------------------------- configuration: one file
 * What a file may say: sections, whose options are rows of ad_option (adze/record.h), and models.
 * A section may choose a record, data its reader, train.optimizer its method; its options then are
 * those of that record. */

/* A list of layers, which may hold lists: see `adze layers`. */
typedef struct ad_layers ad_layers;

struct ad_config;
struct ad_run_data;

/* What is learned. */
/* How a task makes new examples. */
typedef enum ad_makes {
    AD_MAKES_NOTHING,
    AD_MAKES_BY_GAME, /* gan: of noise at once, by one of two players */
    AD_MAKES_BY_CODE, /* vae: the same, by a decoder */
    AD_MAKES_BY_STEPS /* diffusion: of noise as large as an example, step by step */
} ad_makes;

typedef struct ad_task_record {
    ad_record record;  /* "classification" */
    ad_meaning target; /* the meaning of its targets; AD_MEANS_NUMBER also of whole numbers */
    bool of_input;     /* there is none: the input is */
    bool standardized; /* (target - mean) / deviation is learned, and undone in predictions */
    bool truths;       /* each target is 0 or 1 */
    bool shares;       /* the targets of an example are 0 or more, and together 1 */
    bool players;      /* generator and discriminator instead of model */
    ad_makes makes;    /* examples, of noise */
    const char *lists; /* of layers, with spaces between; NULL: model */
    bool over_time;    /* each step of the first input has a target of its own, a class */
    bool of_text;      /* over_time, of one text: what follows, or was hidden, is the target */
    bool of_words;     /* over_time: each word of the one text has a class, its tag */
    /* over_time, of texts that become others: the second input is what was written before each
     * token of the target, which predicting writes one by one */
    bool rewrites;
    bool spans; /* words of the second of two texts, the context, are the answer to the first */
    /* What is said over time becomes a text, by chances of tokens and of a blank at each step, of
     * which there are more than tokens: connectionist temporal classification */
    bool transcribes;
    bool embeds;            /* examples become places: near ones are of one class */
    const char *loss;       /* by default; NULL where players have theirs */
    const char *losses;     /* all that `predict` suits, with spaces between; NULL: any */
    const char *measure[4]; /* during training; ends at the first NULL */
    unsigned answers;       /* what metrics are of its answers: an ad_metric_kind, 0: none */
    const char *metrics;    /* by default, with spaces between: ad_metric_at */
    ad_tensor *(*predict)(ad_tensor *output); /* what the model's output means */
    /* What examples the network is given, made of a part as it is after the transform, in its
     * place: windows, targets that are taken of the input, noise.  NULL: the part itself.  Says in
     * data what inputs and target are then. */
    ad_status (*examples)(const struct ad_config *config, struct ad_run_data *data, ad_part part,
                          ad_source **source);
} ad_task_record;
AD_API const ad_record *ad_task_at(int i);

/* The game of a generator G and a discriminator D, which gives one number for each example x, or
 * for G(z) made of noise z; means over the batch, s = 1 - smoothing. log: D makes -log
 * sigmoid(D(x)) s - log(1 - sigmoid(D(x))) (1 - s) - log(1 - sigmoid(D(G(z)))) small, G -log
 * sigmoid(D(G(z))) (Goodfellow et al. 2014, non-saturating). squared: D (D(x) - s)^2 / 2 +
 * D(G(z))^2 / 2, G (D(G(z)) - 1)^2 / 2 (Mao et al. 2017). hinge: D max(0, 1 - D(x)) + max(0, 1 +
 * D(G(z))), G -D(G(z)) (Lim and Ye 2017). D's loss has penalty / 2 |dD(x) / dx|^2 in addition (R1,
 * Mescheder et al. 2018). wasserstein: D D(G(z)) - D(x) + penalty (|dD(m) / dm| - 1)^2, m = u x +
 * (1 - u) G(z), u uniform for each example, G -D(G(z)) (Gulrajani et al. 2017).
 *
 * conditional (Mirza and Osindero 2014): G begins with z and behind it one_hot of the example's
 * class; D has channels in addition behind those of x, one a class, which are 1 in all places of
 * the example's own and else 0.  An example without a class has 0 in all of them. */
typedef enum ad_gan_loss {
    AD_GAN_LOG,
    AD_GAN_SQUARED,
    AD_GAN_BY_HINGE,
    AD_GAN_BY_WASSERSTEIN
} ad_gan_loss;

/* How much of an example is left after step t = 1 ... steps of a diffusion, as a share s of its
 * variance; the rest is noise.  linear: each step puts noise of a share into it that grows from
 * 0.1 / steps to 20 / steps (Ho et al. 2020: 0.0001 to 0.02 of 1,000).  cosine: s = cos^2((t /
 * steps
 * + 0.008) / 1.008 pi / 2) over its value at t = 0, and no step's share is above 0.999 (Nichol and
 * Dhariwal 2021). */
typedef enum ad_diffusion { AD_DIFFUSION_LINEAR, AD_DIFFUSION_COSINE } ad_diffusion;

typedef enum ad_split {
    AD_SPLIT_RANDOM,
    AD_SPLIT_STRATIFIED,
    AD_SPLIT_IN_ORDER,
    AD_SPLIT_AUTO /* in order where the schema is running, else at random */
} ad_split;

/* Tasks that make examples: how these are judged, see ad_run_measured's samples. */
typedef struct ad_judging {
    const char *features; /* the path of a classifier; NULL: none */
    int64_t count;        /* examples that are made for it, and real ones beside them */
    int64_t steps;        /* of a diffusion */
} ad_judging;

typedef struct ad_config {
    const char *file; /* as it was given */
    ad_choice task;   /* an ad_task_record */
    ad_choice data;   /* an ad_reader_record */
    struct {
        double validation, test_share;
        int split; /* ad_split */
        /* NULL: none; else a field that examples are kept together by.  It names rows and is not
         * learned from, but where the model takes it by `from`. */
        const char *group;
        /* Cross-validation: of all examples but those of a test part that the data has of its own,
         * which stays out, fold `fold` of 1 to folds is the test part; 0 folds: none.  Folds keep
         * the shares of classes, or where there is a group its examples together. */
        int64_t folds, fold;
        bool standardize;
        /* Of the training part: a share of the labels is wrong, the same in every epoch: any other
         * class as likely, or, kind 1, the class that follows (Han et al. 2018). */
        double label_noise;
        int label_noise_kind;
        /* NULL: none; else a field of numbers from 0 up: batches draw examples in proportion to it,
         * with replacement.  Nothing is learned from it. */
        const char *weight;
    } parts;
    struct {
        double scale;
        ad_numbers mean, std;
        bool from_data; /* mean and std are those of the training part, of each channel */
    } input;
    ad_choice text, sound; /* an ad_encoder_record each */
    ad_choices augment;    /* of ad_augmentation_at */
    ad_choices schedules;  /* of ad_schedule_at: joined, in the place of `schedule`; or none */
    ad_choices metrics;    /* of ad_metric_at (adze/metric.h); none: those of the task */
    ad_choices groups;     /* each an ad_group, 8 at most */
    ad_choices initial;    /* of ad_initializer_at, one after another behind train.initial */
    /* NULL where the file has none */
    ad_layers *model, *generator, *discriminator, *encoder, *decoder, *next_sentence;
    struct {           /* task gan */
        int64_t noise; /* numbers that an example is made of */
        int loss;      /* ad_gan_loss */
        int64_t turns; /* of the discriminator, to one of the generator */
        double smoothing, penalty;
        bool conditional;
    } gan;
    struct {          /* task vae: see run.h */
        int64_t code; /* numbers */
        double beta;  /* what the divergence counts */
    } vae;
    struct {           /* task diffusion: see run.h */
        int64_t steps; /* from an example to noise */
        int schedule;  /* ad_diffusion */
        int64_t waves; /* frequencies of the time that the model is told */
        bool conditional;
    } diffusion;
    ad_judging samples;
    struct {          /* task autoencoder */
        double noise; /* normal numbers of that deviation go into what the model sees */
    } autoencoder;
    struct {            /* tasks of one text */
        int64_t length; /* tokens of a window */
        double mask;    /* share of the tokens that are hidden */
    } language;
    struct {          /* task sequence_to_sequence */
        bool shared;  /* source and target have one vocabulary */
        int64_t beam; /* texts kept while one is written; 1: the likeliest token each time */
        int64_t
            length; /* tokens written at most; AD_SAME: those of the longest target to train on */
    } sequence;
    struct {          /* task transcription: see run.h */
        int64_t beam; /* beginnings kept; 1: the likeliest class of each step */
    } transcription;
    struct {            /* task similarity: see run.h */
        bool normalize; /* places are of length 1 */
    } similarity;
    struct {                     /* task forecast: see ad_forecast */
        int64_t window, horizon; /* rows looked at, and rows forecast */
        int64_t step;            /* rows from one window to the next */
        ad_names targets, known;
        ad_numbers quantiles;
        int64_t season; /* AD_SAME: by the step in time; 0: none */
        bool look_back;
    } forecast;
    ad_choice loss;      /* of ad_config_loss_at; see ad_config_given "train.loss" */
    ad_choice optimizer; /* of ad_config_optimizer_at */
    ad_choice schedule;  /* an ad_schedule_record */
    struct {
        int64_t epochs, batch, seed, accumulate;
        int64_t steps; /* so many, whatever epochs says; 0: by epochs */
        double clip_norm, clip_value, average;
        bool balance;            /* batches draw every class equally often */
        int initial;             /* which of the words: a name for ad_initialize_as */
        ad_names freeze;         /* patterns: variables that are not trained */
        int64_t freeze_epochs;   /* they are trained from that epoch's end on; 0: never */
        int mode;                /* 0: batches of `batch`; 1: of all examples; 2: of one */
        ad_numbers schedules_at; /* epochs from which on the schedules count but the first */
        /* Of a build with extras; 0 and false: not so.  See adze/more.h. */
        double sam, gradient_noise, entropy, clip_adaptive, lookahead_alpha;
        int64_t lookahead;
        int64_t swa; /* epoch from whose end on */
        bool skip_nonfinite, cycle_momentum;
        struct {
            const char *match; /* NULL: "*.weight" */
            double l1, l2, group_lasso, max_norm, orthogonal;
        } constraints;
        ad_names no_decay; /* patterns: variables without weight decay, at most 8 */
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

/* What may stand under `augment`: ad_augment_at's, of pictures, then those of sounds, texts and
 * tables. */
AD_API const ad_record *ad_augmentation_at(int i);

/* What may stand under `train.initializers`, of a build with extras; else there is none. */
AD_API const ad_record *ad_initializer_at(int i);

/* What train.loss may be: ad_loss_at's, then those that take lists, spreads or limits beside the
 * output, each an ad_loss_record; ad_config_loss makes all of them. */
AD_API const ad_record *ad_config_loss_at(int i);
/* What train.optimizer may be: ad_optimizer_at's, then, of a build with extras, the minimizers,
 * which look at all examples in each step and are trained with by ad_run_train alone; whether the
 * configuration's is one of these. */
AD_API const ad_record *ad_config_optimizer_at(int i);
AD_API bool ad_config_is_whole(const ad_config *config);

/* The path of the option that a word alone may mean, by its name or by what others call it:
 * "batch-size" is "train.batch".  By malloc; NULL: none is called so, or no memory. */
AD_API char *ad_config_field(const char *name);

/* Everything that a file may say, as text for --help, and as a JSON Schema (draft 2020-12).  NULL
 * without memory. */
AD_API char *ad_config_help(void);
AD_API char *ad_config_schema(void);

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

/* What the data is, by the reader that the configuration names; and a part of it, NULL where it has
 * none of its own.  Mistakes are reported with the place in the file. */
AD_API AD_CHECKED ad_status ad_config_understand(const ad_config *config, ad_schema **schema);
AD_API AD_CHECKED ad_status ad_config_open(const ad_config *config, const ad_schema *schema,
                                           ad_part part, ad_source **source);

/* What a model is built on. */
typedef struct ad_layers_input {
    const char *name; /* `from: NAME` takes it; the first is where the model begins */
    ad_tensor *tensor;
    int64_t classes; /* of a class: an embedding of it has so many rows, and one; 0: none */
    bool tokens;     /* of `classes` kinds: an embedding of them has so many rows */
    /* i32 (batch): steps of each example, 0 to the size of the axis behind the batch; what is
     * behind them has no say in any bit of an example.  NULL: all are of one length */
    ad_tensor *length;
    int64_t most; /* steps at most, for positions; 0: not known */
    /* Of the first input.  out: numbers that the last layer gives, where it is a linear without
     * `out`; 0: it has to say.  fresh: i32 (batch), 1 where an example does not go on from the same
     * place in the batch before, for layers with `carry`, with `streams` examples in a batch;
     * NULL: nothing is carried */
    int64_t out;
    ad_tensor *fresh;
    int64_t streams;
    bool f64; /* of the first input: tables of embeddings are in f64, as inputs of numbers say it */
} ad_layers_input;

/* Makes a model in the graph of its inputs.  The calls are those that a C program would make, in
 * the file's order, so the bits are the same.  A layer that does not fit is reported with its place
 * in the file, and so are a layer with the name of an input, and a first input that no layer takes.
 * config must live as long as the graph. */
AD_API AD_CHECKED ad_status ad_layers_build(const ad_config *config, const ad_layers *model,
                                            const ad_layers_input *input, int inputs,
                                            ad_tensor **output);
/* Pixels as a model takes them, image (batch, height, width, channels), u8 or f32: (pixel * scale -
 * mean) / std in f32; what changes nothing is left out.  mean, std: NULL: the configuration's. */
AD_API AD_CHECKED ad_status ad_config_pixels(const ad_config *config, ad_tensor *image,
                                             const ad_numbers *mean, const ad_numbers *std,
                                             ad_tensor **pixels);
/* Both, for a model of one image: ad_config_pixels, then `model` on it; its output has to be
 * (batch, classes). classes 0: any number. */
AD_API AD_CHECKED ad_status ad_config_build(const ad_config *config, ad_tensor *image,
                                            int64_t classes, ad_tensor **logits);
/* The line in the file of the first batch norm of the model that sees one value of each channel for
 * each example, so that it needs batches of two and more in training; 0 where there is none, or the
 * model does not fit. */
AD_API int ad_layers_need_two(const ad_config *config, const ad_layers *model,
                              const ad_layers_input *input, int inputs);
/* The loss as configured. */
AD_API ad_tensor *ad_config_loss(const ad_config *config, ad_tensor *prediction, ad_tensor *target);
/* Which pattern of train.freeze a variable's name matches; -1: none. */
AD_API int ad_config_freezes(const ad_config *config, const char *variable);
/* Which of train.groups a variable is of, by its name: the first that matches; -1: none.  Its step
 * is by the rate, as the schedule has it, times .rate_scale. */
AD_API int ad_config_group(const ad_config *config, const char *variable);
/* The optimizer as configured, of all variables that are not frozen; NULL without memory.  rate:
 * f32, rank 0, for a schedule; NULL: the constant rate. */
AD_API ad_tensor *ad_config_optimizer(const ad_config *config, ad_tensor *loss, ad_tensor *rate);
/* The schedule as configured, with that many steps in an epoch. */
AD_API void ad_config_schedule(const ad_config *config, int64_t steps_per_epoch,
                               ad_schedule *schedule);

/* ---------------------------------------------------------------- records as text */

/* A line for each record of a kind: its name and help. */
AD_API char *ad_records_text(ad_records list);
/* All that is known of one: each option with type, range, default and other words, and a line that
 * may stand in a configuration: section: {chooser: NAME, ...}, with section NULL - NAME: {...},
 * with section "" none. */
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
/* Seconds that are left of all pieces, to be shown in place of what this piece's pace says; NaN:
 * that again. */
AD_API void ad_progress_left(ad_progress *progress, double seconds);
/* False: lines alone are written. */
AD_API bool ad_progress_is_bar(const ad_progress *progress);
/* The piece is done; note stays as a line. */
AD_API void ad_progress_end(ad_progress *progress, const char *note);
/* A line of text above the bar, or on its own. */
AD_API void ad_progress_line(ad_progress *progress, const char *text);

#ifdef __cplusplus
} /* extern "C" */
#endif

#include <adze/look.h>

#endif
