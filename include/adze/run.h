/* Runs: the training of a configuration, and the folder that keeps it.  Part of libadze-kit.
 *
 *     ad_run_folder *run;
 *     ad_config *config;
 *     ad_run_data data = {0};
 *     ad_run_network net = {0};
 *     ad_run_result result;
 *     if (ad_config_read("lenet.yaml", NULL, 0, &config) != AD_OK ||
 *         ad_run_open("run", AD_RUN_NEW, &run) != AD_OK ||
 *         ad_run_sources(config, &data) != AD_OK ||
 *         ad_run_build(config, &data, 0, &net) != AD_OK ||
 *         ad_run_train(&(ad_run_options){.config = config, .data = &data, .network = &net,
 *                                        .run = run}, &result) != AD_OK)
 *         fputs(ad_kit_error(), stderr);
 *
 * The files of a run folder:
 * - config.yaml: the configuration with which the weights were made, defaults written out
 * - model.safetensors: the weights, named as PyTorch names them, and all else that predicting needs
 *   (see ad_model_load): with validation the weights of the lowest validation loss, else those of
 *   the newest checkpoint
 * - step-N.safetensors: checkpoints, all that is needed to go on after step N: ad_fit's
 * - best-N.safetensors: with validation, the state of the lowest validation loss, after step N
 * - sound-N.safetensors: the last two checkpoints behind an epoch whose losses fell (links): where
 *   to go back to when the training diverges
 * - data.txt: what the data was: fields, examples and a hash of each part
 * - history.csv: a line for each epoch: epoch, step, rate, train_loss, then validation_NAME for
 * each measure, seconds since the training began
 * - history.jsonl: the same as one JSON object a line
 * - result.txt, report.html, norms.csv, losses.csv, samples.csv, events.out.tfevents.*: see
 * adze/report.h
 * - lock: empty; locked (flock) while a training has the folder
 *
 * While a new training has not stored anything yet, the run that it is to replace lies in old/.  A
 * file that ends with .part was left by a process that was killed; the next training removes it.
 *
 * Going on after a kill at any moment gives the bits of a training that was never stopped. */
#ifndef ADZE_RUN_H
#define ADZE_RUN_H

#include <adze/kit.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What is wrong, for those who give advice; ad_kit_error() has the words. */
typedef enum ad_run_fault {
    AD_RUN_NO_FAULT,      /* or one that the status alone names: no memory, a failure of libadze */
    AD_RUN_THERE,         /* the folder holds a run already */
    AD_RUN_LOCKED,        /* another training has the folder */
    AD_RUN_MISSING,       /* no run in the folder */
    AD_RUN_NO_CHECKPOINT, /* nothing to go on from */
    AD_RUN_NO_MODEL,      /* no weights stored yet */
    AD_RUN_OTHER_CONFIG,  /* resume: a field that may not change did */
    AD_RUN_OTHER_PLAN,    /* resume: other epochs than the cosine was planned for */
    AD_RUN_OTHER_DATA,    /* resume: the data is not that of the run */
    AD_RUN_OTHER_NETWORK, /* weights of another network */
    AD_RUN_BAD_CONFIG,    /* the configuration, or it and the data together */
    AD_RUN_BAD_BATCH,     /* a batch of one image for a batch norm */
    AD_RUN_BAD_DATA,      /* the data cannot be read, or is empty */
    AD_RUN_NOT_WRITTEN,   /* disk full, read only */
    AD_RUN_DAMAGED,       /* files of the run are not whole */
    AD_RUN_DIVERGED       /* a loss is not finite */
} ad_run_fault;

/* Of the last call in this thread, of those below, that failed. */
AD_API ad_run_fault ad_run_why(void);

/* ---------------------------------------------------------------- what messages mean
 * Messages of one kind have one code, which stays: E201.  The command prints it at the end of a
 * message's first line; `adze explain E201` prints the rest. */

typedef struct ad_explanation {
    const char *code, *title;
    const char *meaning; /* what it says, and why it is so */
    const char *cure;
    const char *example;
} ad_explanation;

/* NULL past the last; and by code, NULL: none. */
AD_API const ad_explanation *ad_explanation_at(int i);
AD_API const ad_explanation *ad_explanation_find(const char *code);
/* The kind of a message, by its first line; of a run that failed by its fault first, else
 * AD_RUN_NO_FAULT.  NULL: it is of none. */
AD_API const ad_explanation *ad_explanation_of(ad_run_fault fault, const char *line);

/* ---------------------------------------------------------------- the folder */

typedef struct ad_run_folder ad_run_folder;

typedef enum ad_run_mode {
    AD_RUN_NEW,    /* a run that is there is not touched: AD_RUN_THERE */
    AD_RUN_RESUME, /* go on with it */
    AD_RUN_OVER    /* replace it, as soon as the first checkpoint of the new one is stored */
} ad_run_mode;

/* Makes the folder where it has to be, locks it until ad_run_close or the end of the process, and
 * clears away what a kill left.  Where the file system knows no such locks, nothing holds another
 * training off. */
AD_API AD_CHECKED ad_status ad_run_open(const char *folder, ad_run_mode mode, ad_run_folder **run);
AD_API void ad_run_close(ad_run_folder *run);
/* The configuration of a run, with settings on top as for ad_config_read. */
AD_API AD_CHECKED ad_status ad_run_config(const char *folder, const char *const *set, int set_count,
                                          ad_config **config);
/* Refuses to go on with the run by another configuration: what may change is train.epochs and
 * train.steps (not the plan of a cosine), train.checkpoint, data.path and metrics; and where config
 * is ad_run_config's of this folder, by its settings, train.optimizer.rate, train.clip_norm,
 * train.clip_value and train.early_stopping too: from there on it is another training.  *at is
 * where its newest checkpoint stands, as far as its name and the texts beside it say: step and
 * epoch, and in .examples those of the training set. */
AD_API AD_CHECKED ad_status ad_run_check(const ad_run_folder *run, const ad_config *config,
                                         ad_fit_position *at);

/* ---------------------------------------------------------------- data and network */

enum { AD_RUN_INPUTS_MAX = 64, AD_RUN_FEEDS_MAX = 2 * AD_RUN_INPUTS_MAX };

/* A field of the sources that a network is fed with. */
typedef struct ad_run_field {
    const char *name; /* NULL: there is none */
    ad_type type;
    ad_shape shape;  /* of one example; its first size may be AD_VARYING */
    int64_t classes; /* of a class, and of tokens; else 0 */
} ad_run_field;

/* What makes tokens or features of a field. */
typedef struct ad_run_encoder {
    const char *field; /* in the schema */
    ad_encoder *encoder;
} ad_run_encoder;

/* Task forecast: of the last `window` rows of a series its next `horizon` rows.
 *
 * Channels are all columns of numbers, less their mean over their deviation in the training part
 * (data.standardize), classes as one_hot, and the parts of the calendar among `known`, each as sine
 * and cosine of its share of a round.  A value that is missing takes the last one before it, at the
 * begin of a part 0; windows whose targets lack a value are left out, and counted.  Fields: `input`
 * f32 (window, channels); `future` f32 (horizon, channels of `known`), fed where the model names
 * it; `target` f32 (horizon targets), step after step, in their own units: the network learns
 * (target - mean) / deviation of each target's own, in the training part.  Quantiles are learned
 * each on its own, so that they may cross: in the prediction those of a number are sorted, which
 * brings none of them farther from what is right (Chernozhukov, Fernandez-Val, Galichon 2010).
 *
 * Windows do not cross the border of parts, but for inputs: the first window of a part ends where
 * the part begins, so that each of its rows is forecast (look_back), where the part was cut off the
 * same data, or its first time is one step behind the last before it. */
typedef struct ad_forecast {
    int64_t window, horizon, step;
    ad_names target;     /* fields of the schema, in the order of the prediction's numbers */
    ad_names known;      /* fields whose future is known, and parts of the calendar: "time.hour" */
    ad_numbers quantile; /* growing; count 0: none, one number for each target and step */
    int64_t season;      /* steps of what goes round, for the seasonal baseline; 0: none */
    int64_t months;      /* the step in time, of months where above 0... */
    double seconds;      /* ...else of seconds, or in plain numbers; 0: there is no time */
    bool look_back;
} ad_forecast;

typedef struct ad_run_data {
    ad_schema *schema;
    const ad_task_record *task; /* never auto */
    ad_run_encoder *encoder;    /* of each field of texts and sounds that is taken */
    int encoders;
    ad_transform *transform;              /* fitted on the training part; NULL: nothing is done */
    ad_source *train, *validation, *test; /* transformed; those that are not there are NULL */
    ad_source *plain; /* train before it is changed at random; NULL: it is not */
    ad_source *raw;   /* of ad_run_part, before the transform */
    ad_run_field input[AD_RUN_INPUTS_MAX]; /* the first is where the model begins */
    int inputs;
    ad_run_field target;
    /* of normal numbers, that examples are made of; task gan, vae: beside the data's in the sources
     */
    ad_run_field noise;
    int64_t diffusion;        /* task diffusion: its steps; else 0 */
    int schedule;             /* ad_diffusion */
    ad_run_field told;        /* the class that who makes them is told; or it has no name */
    double *mean, *deviation; /* of the target, task regression: one for each of its numbers */
    ad_numbers pixel_mean, pixel_std; /* of scaled pixels, input.from_data; else count is 0 */
    /* Tasks of one text: tokens of a window, and at most of any example; else 0.  streams: examples
     * of a batch, each of which goes on in the batch that follows; 0: none does */
    int64_t window, streams;
    bool next;    /* next_sentence: windows are two halves, with a field that says which is which */
    int64_t pair; /* text.pair, task spans: tokens of two texts at most; 0: texts stand alone */
    /* Task sequence_to_sequence: how texts are written, see ad_rewrite_options; longest: tokens of
     * the longest target of the training part, its end too.  Task transcription: beam, and the
     * tokens of the longest text of all parts. */
    int64_t beam, longest;
    int group; /* task similarity: examples that are compared, 2 or 3 */
    /* of each part, ad_part: its tokens, and the bytes of its text */
    int64_t tokens[3], bytes[3];
    ad_forecast *forecast; /* task forecast; else NULL */
    /* task forecast: the targets in the rows of the training part, (history_rows, targets), NaN
     * where one is missing */
    double *history;
    int64_t history_rows, history_targets;
    ad_source *before;      /* task forecast, ad_run_part: rows of the validation part */
    int measured;           /* ad_run_part: the part that `test` is, and 1; else 0 */
    int cut;                /* bits 1 << ad_part: those that were cut off the training part */
    int64_t without_target; /* examples that were left out, as their target is missing */
    /* Of two classes, where the rarer one has less than a fifth of the validation part: that class,
     * and the chance from which on it is answered, which makes its F1 there the largest; a training
     * ends with it.  Else threshold is 0: the likelier class is answered. */
    int64_t positive;
    double threshold;
    const ad_choices *metrics; /* the configuration's */
    const ad_judging
        *samples;         /* the configuration's; NULL: examples that are made are not judged */
    double feature_bytes; /* of the features of sounds in all parts; 0: there are none */
    /* they are more than 1 GiB, so they are made whenever they are read; else they are kept */
    bool features_read;
    char *text; /* behind the names of a model that was read */
    char *step; /* of a model that was read: the graph of one token more, as text; NULL: none */
} ad_run_data;

/* Reads what the data is, and decides the task: the shapes of a network's inputs are known after it
 * where no transform makes them.  Give it zeros; ad_run_data_done after a failure too. */
AD_API AD_CHECKED ad_status ad_run_understand(const ad_config *config, ad_run_data *data);
/* The sources of the configuration: the one place where its data comes in.  Parts that the data has
 * not are cut from the training part (data.test_share, data.validation); examples without a target
 * are left out.
 *
 * What the model takes: an image as it is; of all other fields, numbers with missing ones filled in
 * (the median, and 1 in a column NAME.missing) and standardized, classes as one_hot, joined as one
 * field `input` (width).  A field that the model names by `from` stays out of that and comes alone:
 * a number standardized, of shape (1), a class as its number for an embedding.  Arrays of rank 2
 * and more are taken as they are.
 *
 * Texts become tokens and sounds features by the encoders that the sections text and sound name,
 * fitted on the training part; they come alone too.  Features are standardized (data.standardize)
 * over what their encoder says, and kept in memory where all are at most 1 GiB.  Where sizes vary
 * from example to example a feed NAME.length says them.  A task may make examples of its own of all
 * this (ad_task_record's .examples), and data that is one thing, piece after piece, is cut in
 * order.
 *
 * Refused with their place: targets that are infinite, that are neither 0 nor 1 (task labels), or
 * negative (task count); what the configuration says of pixels, where there are none, of another
 * loss than the task's, and of a field that is not there.
 *
 * Task sequence_to_sequence: the sources have three fields of tokens: the text; `written` (where
 * the text is called so `writing`), the target behind a token that begins it; and the target with a
 * token that ends it, of as many steps.  The model takes the first two: at each step of `written`
 * it says what follows (teacher forcing, Williams and Zipser 1989).  Encoders that may have tokens
 * begin and end get them for the target; of others padding begins and ends.  With sequence.shared
 * both have one encoder, fitted on both.
 *
 * Task transcription: the target is a text of the data, its tokens as classes from 1 on and 0 the
 * blank (where the encoder's padding is token 0, as of all but some files of others, tokens are
 * their own classes).  Texts of all parts have one size in the sources, that of the longest, with
 * NAME.length beside.  The model ends with (batch, time, classes); of its steps those count that
 * the layers leave of an example's own.  Small is made - log of the chance of all ways to say the
 * text, over its tokens, the mean over examples (ad_ctc).  Texts to learn that need more steps than
 * there are, a repeat one more, are refused by ad_run_build, but with zero_infinity.
 *
 * Task similarity: an example of the sources is a group, each field with an axis of 2 (loss
 * triplet: 3) in front: the example itself, beside it one of its class (loss contrastive: with a
 * chance of one half, else one of another class), and for triplet one of another class, each drawn
 * evenly; of the training part anew in each epoch, by train.seed, epoch and example.  The model,
 * one for all, makes of each a place (batch, numbers), which similarity.normalize divides by its
 * length.  What is measured are the places of the first, and their classes; info_nce is measured
 * beside the others of 500.  Augmentations change each example of a group on its own.
 *
 * Tasks gan and vae: the sources have a field `noise` (gan.noise, vae.code) in addition, normal
 * numbers of each example: in training anew in each epoch, in the other parts always the same.
 *
 * Task vae (Kingma and Welling 2014): the encoder gives mean m and log variance v of a code; the
 * decoder makes the example again of m + e^(v / 2) noise.  Small is made the loss, summed over an
 * example's numbers, plus vae.beta (m^2 + e^v - v - 1) / 2 summed over the code's; means over the
 * batch.  binary_cross_entropy takes logits of pixels 0 to 1.  What is measured, and made by
 * ad_model_make, is what the decoder makes of the noise alone.
 *
 * Task diffusion (Ho, Jain and Abbeel 2020): of an example x, a step t from 0 drawn of all, and
 * normal noise e the model gets sqrt(s) x + sqrt(1 - s) e, s the share of t (ad_diffusion), and as
 * `time` sin(t f), then cos(t f), f = 10000^(-i / waves), i from 0, and one_hot of the class where
 * it is told; it is to give e.  ad_model_make goes from noise to an example: see there. */
AD_API AD_CHECKED ad_status ad_run_sources(const ad_config *config, ad_run_data *data);
/* A part of the configuration's data for a model that was read by ad_run_model_data, into
 * data->test, before the transform into data->raw; and the training part into data->train.
 * AD_PART_ALL: all that the data holds, whatever its parts.  AD_PART_OTHER: of data that the run
 * has not seen, of which nothing is cut off: its own test part, else all of it; data->train is NULL
 * where it has no other part than that. */
enum { AD_PART_ALL = AD_PART_TEST + 1, AD_PART_OTHER };
AD_API AD_CHECKED ad_status ad_run_part(const ad_config *config, ad_run_data *data, int part);
/* After ad_run_part: whether this is the data that the run in the folder was made of, by its
 * training part; where that is changed at random, by its number of examples. */
AD_API bool ad_run_is_data(const char *folder, const ad_config *config, const ad_run_data *data);
AD_API void ad_run_data_done(ad_run_data *data);
/* Names of the target's classes, or NULL; and how many there are, 0 where it is no class. */
AD_API char *const *ad_run_names(const ad_run_data *data);
AD_API int64_t ad_run_classes(const ad_run_data *data);

/* Looks at the targets of the parts, of a classification.  A training part of one class only, where
 * it has two examples and more, fails (AD_RUN_BAD_DATA).  warn is told, once each, of: classes that
 * no example of the training part has, and whether others have them (W401, W402); classes that
 * the test part has not (W403); a majority of more than 10 times the smallest class, with the
 * share that always answering it is right (W404); rows in the order of their class where
 * data.split is in_order (W406); and for any task of examples that were left out because their
 * target is missing (W405), and of features of sounds that are too many to be kept (W425).  Words
 * are lines: what, with the code in brackets at its end, then reason and remedy, indented. */
AD_API AD_CHECKED ad_status ad_run_inspect(const ad_config *config, const ad_run_data *data,
                                           void (*warn)(void *user, const char *words), void *user);

typedef struct ad_run_network {
    ad_context *context;
    ad_graph *graph;
    /* feeds: those of the data, then NAME.length of those that vary, then what the task needs; rate
     * NULL: it is constant */
    ad_tensor *input[AD_RUN_FEEDS_MAX], *rate;
    ad_tensor *momentum; /* a feed too: train.cycle_momentum; NULL: it is constant */
    int inputs;
    ad_tensor *target; /* a feed; of an autoencoder, and a GAN, the input as the model takes it */
    ad_tensor *output; /* of the model */
    ad_tensor *prediction; /* what it means: chances, numbers in their own units */
    ad_tensor *measured;   /* what measures take: the output of a classification, else prediction */
    ad_tensor *next[2];    /* next_sentence: what its head gives, and what is right; or NULL */
    ad_tensor *quantiles;  /* of a forecast: prediction before they are sorted; NULL: none */
    ad_tensor *wanted;     /* what they compare it with: the target, with -1 where there is none */
    ad_tensor *loss;       /* of a GAN the discriminator's */
    /* Who learns; step: a loss, owning the updates.  Of a GAN the discriminator, then the
     * generator; else one, without a name. */
    ad_player player[AD_PLAYERS_MAX];
    int players;
    ad_state *state;
    /* train.average: measured, prediction and, of one player, loss are those of the averages */
    bool averaged;
    /* Task diffusion: feeds of a noisy example and of its step, from 0; and the example that the
     * model sees in it, as it takes them: prediction in the data's units. */
    ad_tensor *noisy, *time, *clean;
    ad_tensor *steps; /* task transcription: (batch), of the output; NULL: all are of one length */
    char *inference;  /* the graph from inputs to `prediction`, as text */
    /* of a language model whose layers have caches or look at each token alone: the graph of one
     * token, as text; NULL */
    char *step;
} ad_run_network;

/* The graph of the configuration for that data, with first values by train.seed: the one place
 * where its model comes in.  threads 0: all processors.  Give it zeros; on failure too it is to be
 * freed. */
AD_API AD_CHECKED ad_status ad_run_build(const ad_config *config, const ad_run_data *data,
                                         int threads, ad_run_network *network);
/* The same without first values, so that a network of any size may be looked at: state is NULL. */
AD_API AD_CHECKED ad_status ad_run_graph(const ad_config *config, const ad_run_data *data,
                                         int threads, ad_run_network *network);
AD_API void ad_run_network_done(ad_run_network *network);
/* What a stored model knows of its data: schema, transform, task, inputs; and its weights. */
AD_API AD_CHECKED ad_status ad_run_model_data(const char *folder, ad_run_data *data);
AD_API AD_CHECKED ad_status ad_run_model(const char *folder, const ad_run_network *network);

/* ---------------------------------------------------------------- measuring */

/* What a network says of all examples of a part, beside their targets: for metrics, curves and
 * comparisons (adze/metric.h).  Of classes an example without a label is left out, and several
 * labels of one example, those of a text's words, are a cluster. */
typedef struct ad_run_answers {
    ad_metric_answers answers; /* kind 0: the task has none, or they need more than 1 GiB */
    bool rare; /* of classes: the smallest has less than 0.4 / classes of the examples */
    void *memory[3];
} ad_run_answers;

AD_API AD_CHECKED ad_status ad_run_answer(const ad_run_network *network, const ad_run_data *data,
                                          ad_source *source, ad_run_answers *answers);
AD_API void ad_run_answers_done(ad_run_answers *answers);

enum { AD_RUN_MEASURES_MAX = 32 };

/* What a network does on a part: its loss, then metrics, those of the configuration or of the task.
 * Where the smallest class has less than 0.4 / classes of the examples, of two classes a fifth,
 * balanced_accuracy and pr_area stand beside accuracy.  Of a forecast mae, mse and rmse, and mase
 * with its season (1 where it has none) where the training part is longer than that; of quantiles
 * pinball too, the mean over them all.
 *
 * Of task sequence_to_sequence log_loss and accuracy are means over the tokens of the targets, each
 * behind the right ones before it; then come metrics of the texts that are written
 * (ad_rewrite_options), beside the targets as their encoder writes them again; a token that it does
 * not know is U+FFFD there, which is never met.
 *
 * Of tasks that make examples, samples (numbers 0 on of seed 1; of a diffusion in samples.steps)
 * stand beside as many examples of the part, evenly over it: spread, the mean distance of two
 * samples over that of two real ones (of at most 256).  With samples.features too: feature_distance
 * (ad_frechet_distance of what the classifier's last layer takes), classes_shown, the classes with
 * at least a tenth of the share of samples that they have of real examples, both by the classifier
 * (of those with 10 real ones), and as_asked, of a model that is told classes the share of samples
 * that are taken for theirs.  Fewer classes than there are, or a spread below 0.5, is mode
 * collapse.
 */
typedef struct ad_run_measured {
    ad_measured measured[AD_RUN_MEASURES_MAX];
    int measures;
    int64_t count;
    int64_t classes;   /* of a classification; else 0 */
    int64_t *matrix;   /* (classes, classes): examples of class i taken for class j; or NULL */
    int64_t likeliest; /* examples whose likeliest class is theirs */
    /* task sequence_to_sequence: texts that were written for the metrics, all of at most 10,000
     * examples, of more so many, evenly over the part; and how many did not end in time */
    int64_t written, cut;
    /* What measured[1] and on are made of, with words where one is undefined; NULL: sums of the
     * task's measures, where answers.kind is 0. */
    ad_metric_value *metric;
    ad_run_answers answers;
    bool unkept; /* answers.kind is 0 because the answers would take more than 1 GiB (W426) */
    /* Tasks that make examples: of samples beside real examples, in sentences, a line each; or NULL
     */
    char *samples;
    /* Of a forecast with quantiles: of so many numbers some quantile was below one before it */
    int64_t crossed, crossable;
} ad_run_measured;

/* In batches of 500.  progress: may be NULL; done examples so far.  Intervals are made of 1000
 * resamples (of more than 20,000 examples 500, of more than 100,000 200), seed 1. */
AD_API AD_CHECKED ad_status ad_run_measure(const ad_run_network *network, const ad_run_data *data,
                                           ad_source *source,
                                           void (*progress)(void *user, int64_t done), void *user,
                                           ad_run_measured *result);
AD_API void ad_run_measured_done(ad_run_measured *result);
/* The examples of each value of a field of the data, measured alone: of a class, or of whole
 * numbers, at most 1000 different.  source: as for ad_run_measure; raw: the same examples before
 * the transform (ad_run_data.raw). */
typedef struct ad_run_group {
    char *value; /* "red", "12", or "missing" */
    ad_run_measured measured;
} ad_run_group;

typedef struct ad_run_groups {
    ad_run_group *group; /* in the order of the classes, or of the numbers; missing last */
    int count;
} ad_run_groups;

AD_API AD_CHECKED ad_status ad_run_measure_by(const ad_run_network *network,
                                              const ad_run_data *data, ad_source *source,
                                              ad_source *raw, const char *field,
                                              ad_run_groups *groups);
AD_API void ad_run_groups_done(ad_run_groups *groups);

/* ---- what a network has to beat
 *
 * Of a forecast "naive" is the last value of each target, for each step, and "seasonal" the value
 * one season before, where the window holds one; a value that is missing is the last before it.
 * "majority" gives every example the shares of the classes in the training part, "mean" the mean of
 * the targets there.  "linear" is one linear layer on what the model takes (pixels over 255,
 * classes by a table), softmax, least squares, or the task's loss: 1000 steps of Adam, batches of
 * 256, a rate that falls from 0.03 to 0 as a cosine, seed 1.  It is made of the training part, or
 * of 20,000 of it that seed 1 picks.  The same bits for any number of threads.  Where an input that
 * is no text varies in length there is none.
 *
 * Of task tagging "usual_tag": each word has the tag that it has most often in the training part,
 * of equally frequent ones the first; words that it has not have the most frequent tag of all.  The
 * network is better where the interval of its accuracy, by sentences, lies above it.
 *
 * Of a language model: "unigram", the chance of a token is (count + 1) / (all + classes) of the
 * training part's windows; "bigram", behind a token x (pairs + 5 unigram) / (count of x + 5).  The
 * network is better where the interval of its log_loss lies below the baseline's.
 *
 * Of task sequence_to_sequence: "copy" answers the text itself, "most_frequent" the target that
 * comes most often in the training part.  The network is better where the interval of its
 * character_error_rate lies below the baseline's (without it that of exact_match above).  Of task
 * transcription there is the latter alone. */
typedef struct ad_baseline {
    const char *name;
    ad_measured measured[AD_RUN_MEASURES_MAX]; /* of the task, without the loss */
    int measures;
    /* The network is better, outside the interval: for classes the baseline's accuracy lies below
     * the 95 % interval of the network's (Wilson); for numbers the mean over the examples of the
     * baseline's squared error less the network's is above 0 by more than 1.96 of its standard
     * errors, of a forecast over blocks of windows that share targets. */
    bool beaten;
    bool better; /* of numbers: the same the other way round */
} ad_baseline;

enum { AD_BASELINES_MAX = 4 };

typedef struct ad_baselines {
    ad_baseline list[AD_BASELINES_MAX];
    int count;        /* 0 for tasks without a target */
    int64_t examples; /* that the linear one was made of */
    bool sampled;     /* fewer than the training part has */
} ad_baselines;

/* On the part `source`, of which `measured` says what the network does.  data->train is what they
 * are made of. */
AD_API AD_CHECKED ad_status ad_run_baselines(const ad_run_network *network, const ad_run_data *data,
                                             ad_source *source, const ad_run_measured *measured,
                                             int threads, ad_baselines *baselines);

/* Of a classification, where the likeliest class is answered whatever a threshold says; else
 * false. */
AD_API bool ad_run_accuracy(const ad_run_measured *result, ad_measured *accuracy);
/* By its name, or NULL. */
AD_API const ad_measured *ad_run_find(const ad_run_measured *result, const char *name);

/* ---------------------------------------------------------------- a trained model
 *
 *     ad_model *m;
 *     ad_source *items;
 *     float chance[10]; // of each class
 *     const char *path[] = {"digit.png"};
 *     if (ad_model_load("run", &m) != AD_OK || ad_model_items(m, path, 1, &items) != AD_OK ||
 *         ad_model_predict(m, items, 0, 1, chance) != AD_OK)
 *         fputs(ad_kit_error(), stderr);
 *
 * One file, safetensors: the weights, and in its note the graph, the schema of the data, the fitted
 * transforms, the task and the configuration.  Nothing else is needed. */

typedef struct ad_model ad_model;

/* path: a file, or a run folder. */
AD_API AD_CHECKED ad_status ad_model_load(const char *path, ad_model **model);
AD_API void ad_model_free(ad_model *model);
AD_API const ad_run_data *ad_model_about(const ad_model *model);
/* Raw input: files as the model's data was, folders, "-" for standard input.  The source has the
 * fields that the model takes, and those that name a row (AD_USE_ID). */
AD_API AD_CHECKED ad_status ad_model_items(const ad_model *model, const char *const *path,
                                           int count, ad_source **items);
/* Numbers of one prediction: the chance of each class, or one for each target. */
AD_API int64_t ad_model_width(const ad_model *model);
/* Task tagging: how many words each of the examples first to first + count - 1 has; of other tasks
 * words is 1 for each. */
AD_API AD_CHECKED ad_status ad_model_words(const ad_model *model, ad_source *items, int64_t first,
                                           int64_t count, int64_t *words);
/* Of examples first to first + count - 1: prediction (count, width); of task tagging (words of all
 * of them, width), word after word. */
AD_API AD_CHECKED ad_status ad_model_predict(ad_model *model, ad_source *items, int64_t first,
                                             int64_t count, float *prediction);

/* How a model that writes texts does, tasks sequence_to_sequence and transcription; zeros: as its
 * configuration says.
 *
 * A text of tokens w_1... to w_n, of which the last ends it, has the score (1 / n) sum over i of
 * log p(w_i | text, w_1 ... w_(i-1)).  At each step every text kept is continued by every token but
 * padding and the one that begins; of all these the `beam` with the highest sum of logarithms (of
 * equal ones the first text's, then the smallest token) are kept, or where they have ended put
 * aside.  When `beam` are put aside, or `length` tokens are written, the one put aside with the
 * highest score is the answer; where there is none the best that is kept, which is cut.
 *
 * Of task transcription: with beam 1 what the likeliest way says, the likeliest class of each step
 * without repeats and blanks; score is the logarithm of that way's chance.  Above, the text with
 * the highest chance, that of all its ways, by a search that keeps `beam` beginnings (Graves et al.
 * 2006, Hannun et al. 2014); score is its logarithm.  length has to be 0. */
typedef struct ad_rewrite_options {
    int64_t beam;   /* 1 to 100; 1: the likeliest token each time */
    int64_t length; /* tokens at most, the one that ends a text too; 0: sequence.length */
} ad_rewrite_options;

typedef struct ad_rewritten {
    char *text;
    /* above; 0 of no token.  Task spans: log of the product of the chances that the answer begins
     * and ends where it does */
    double score;
    int64_t tokens;  /* with the one that ends it */
    bool cut;        /* it did not end within `length` */
    int64_t unknown; /* tokens of the text asked about that stand for what was never seen */
} ad_rewritten;

/* Some items with what the model says of them: items at to at + count - 1 of `items`. */
typedef struct ad_answers {
    const ad_items *items;
    int64_t at, count;
    const float *value; /* (count, width); zeros where there is an error */
    const ad_rewritten
        *text; /* tasks that write texts, and spans: (count), and value is NULL; else NULL */
    const char *const *error; /* of each of the count: what is wrong with it, or NULL */
    /* task tagging: value is (words, width), those of item i in rows start[i] to start[i + 1] - 1;
     * else NULL */
    const int64_t *start;
} ad_answers;

/* Every item that the paths name, in order and in pieces, so that memory does not grow with them.
 * A path that cannot be read (further) is an item too, with the reason, and the next follows.  Ends
 * where take fails, with its status and words, and where memory or a library is missing. */
AD_API AD_CHECKED ad_status ad_model_each(ad_model *model, const char *const *path, int count,
                                          ad_status (*take)(void *user, const ad_answers *answers),
                                          void *user);

typedef enum ad_answer_format {
    AD_ANSWER_TABLE, /* a line for each item, for a person: what it is called, then the answer */
    AD_ANSWER_CSV,   /* RFC 4180, with a header */
    AD_ANSWER_JSON   /* one object a line */
} ad_answer_format;

/* The class of an item is the likeliest, or of two classes with a threshold (ad_run_data) the one
 * that it says.
 *
 * Columns of CSV: `file`, of rows `row` (and `file` before it where several paths are named), the
 * ids, then for a class `class`, `chance`, with top K `class_2`, `chance_2`..., with all
 * `chance_NAME` for each; else `value_TARGET` for each; last `error`, its first line.
 * Of a forecast there is a line for each step of what follows a file's last row; with all for each
 * step of every window of a file.  Columns: `file` where several are named, `window` with all,
 * `step` from 1, the time under its name, for each target `value_TARGET`, of quantiles
 * `value_TARGET_0.9`, with all `actual_TARGET`, last `error`.  In JSON the time is "time".
 *
 * Of task tagging there is a line for each word; columns: `file` where several are named, `row`,
 * `word` from 1, `text`, `class`, `chance` and so on.  The table has a line for each sentence,
 * word/TAG.  JSON has an object for each sentence: "words", "tags" and "chances", lists, and with
 * all or top "top" and "all", of each word an object of chances.
 *
 * Of a text that is written the columns are `text`, `score`, `cut` (yes or no) and `unknown`, how
 * many tokens of the text asked about were never seen in training.
 *
 * A masked language model is asked by texts with [MASK] where tokens are hidden.  Columns: `file`
 * where several are named, `row`, `gap` from 1, `token`, `chance`, `token_2`, `chance_2` and so on,
 * 5 of them unless top says, `unknown`, `error`; in JSON "gaps", a list for each gap.
 * A language_model says how likely a text is: `tokens`, `bits` (the sum of -log2 of the chance of
 * each behind those before it; the first of a running text is not asked), `perplexity`
 * (2^(bits / tokens)), then as above the likeliest to follow, and `unknown`.  In JSON "surprise"
 * has the bits of each token, and "next" those to follow; the table shows them with all.
 *
 * JSON has the same keys, but "ids", an object, and "error" in place of an answer; "class" is the
 * number and "name" the name of a class, "top" a list and "chances" an object. */
typedef struct ad_answer_options {
    ad_answer_format format;
    int64_t top;                /* classes that are told, the most likely first; 0 means 1 */
    bool all;                   /* the chance of every class, too */
    ad_rewrite_options rewrite; /* of texts that are written */
    const char *out;            /* a file, which is written whole or not at all; NULL: */
    void *file;                 /* a FILE * */
    /* Told of each item that is broken; may be NULL. */
    void (*broken)(void *user, const char *words);
    void *user;
} ad_answer_options;

typedef struct ad_answer_result {
    int64_t items, broken;
} ad_answer_result;

/* Writes an answer for each item of ad_model_each. */
AD_API AD_CHECKED ad_status ad_model_answer(ad_model *model, const char *const *path, int count,
                                            const ad_answer_options *options,
                                            ad_answer_result *result);

/* New examples, of a task that makes some: number i depends on seed and i alone.  A source in
 * memory with the fields that the data had, in the data's units: numbers, classes, pictures of
 * bytes. */
AD_API AD_CHECKED ad_status ad_model_sample(ad_model *model, int64_t count, uint64_t seed,
                                            ad_source **examples);

/* Zeros are defaults.  A diffusion goes through its steps from the last, t of share s, to the one
 * before, of share p: z = (x - sqrt(1 - s) e) / sqrt(s), of pictures cut to the range of pixels, e
 * = (x - sqrt(s) z) / sqrt(1 - s), x = sqrt(p) z + sqrt(1 - p - d^2) e + d noise; of all steps d^2
 * = (1 - p) / (1 - s) (1 - s / p), else 0; of n of T steps t is floor(T j / n) - 1, j from n to 1.
 */
typedef struct ad_make_options {
    int64_t count; /* 0: 16 */
    uint64_t seed;
    const char *of; /* a class by its name, of a model that is told them; NULL: all by turns */
    /* of a diffusion: 0: all, as in training, with new noise in each (Ho et al. 2020);  else so
     * many, without (DDIM, Song et al. 2021) */
    int64_t steps;
} ad_make_options;
AD_API AD_CHECKED ad_status ad_model_make(ad_model *model, const ad_make_options *options,
                                          ad_source **examples);
/* Writes them: pictures, of which path is then a folder that is made where it has to be,
 * as 1.png... with as many digits as the last has (without libpng PGM or PPM), others as CSV, names
 * first; path NULL: to a FILE *.  A file that is there is an error. */
AD_API AD_CHECKED ad_status ad_model_write_samples(const ad_model *model, ad_source *examples,
                                                   const char *path, void *file);

/* What examples first to first + count - 1 of ad_model_items become, or of task spans their
 * answers, to which options mean nothing; list: room for count, free it
 * by ad_rewritten_done. */
AD_API AD_CHECKED ad_status ad_model_rewrite(ad_model *model, ad_source *items, int64_t first,
                                             int64_t count, const ad_rewrite_options *options,
                                             ad_rewritten *list);
AD_API void ad_rewritten_done(ad_rewritten *list, int64_t count);

/* How a language model writes; zeros are defaults. */
typedef struct ad_write_options {
    const char *start;  /* what the text begins with; NULL: a new line, of documents nothing */
    int64_t length;     /* tokens written at most; 0 means 500 */
    double temperature; /* chances^(1 / temperature) are drawn from; 0 means 1 */
    int64_t top;        /* of the so many likeliest tokens alone; 1: no chance; 0: of all */
    uint64_t seed;
} ad_write_options;
/* Task language_model: a text that begins with `start` and goes on as the model has it, by malloc.
 * The model sees the last language.length tokens.  A document ends where the model ends it. */
AD_API AD_CHECKED ad_status ad_model_write(ad_model *model, const ad_write_options *options,
                                           char **text);

/* train.groups in words, a line each: how many variables and parameters are trained by its rate
 * and decay.  By malloc, "" where there are none; NULL where it fails. */
AD_API AD_CHECKED ad_status ad_config_groups(const ad_config *config, const ad_run_data *data,
                                             char **text);

/* ---------------------------------------------------------------- listeners of a training */

typedef struct ad_listener {
    bool (*event)(void *user, const ad_event *event); /* false: stop, please */
    void *user;
    void (*free)(void *user); /* NULL: nothing to free; called by ad_listener_free */
} ad_listener;

enum { AD_LISTENERS_MAX = 8 };

AD_API void ad_listener_free(ad_listener *listener);
/* On a terminal a bar with time left of all epochs, loss, the measure of the last validation,
 * examples a second and rate, and above it a line for each epoch, or for some of many.  Elsewhere,
 * as in a log, plain lines: for the first epoch and the last, between them at most one in 30
 * seconds, also within an epoch.  Without memory it says nothing. */
AD_API ad_listener ad_listen_progress(int fd);
/* One JSON object a line, each with "event": "begin" (epochs, step, epoch), "epoch" (epoch, step,
 * rate, train_loss, seconds), "validation" (epoch, step, best, metrics), "checkpoint" (step, path),
 * "passed" (path).  The line "end" is the caller's.  file: a FILE *, flushed after each line. */
AD_API ad_listener ad_listen_json(void *file);

/* ---------------------------------------------------------------- training */

typedef struct ad_run_options {
    const ad_config *config;
    ad_run_data *data;
    ad_run_network *network; /* trained; at the end it has the weights of model.safetensors */
    ad_run_folder *run;      /* NULL: nothing is stored */
    /* NULL, or whose weights it begins with: the folder of another run; or a safetensors file of
     * weights, also of other programs and in other types of numbers, of which variables that it has
     * not, or in another shape, are made anew. */
    const char *from;
    const char *match; /* from: only variables whose names match; * stands for any text */
    /* from: NULL, or a text file of lines "theirs ours", names in the file and of variables, in
     * which * stands for any text: "features.0.* conv1.*".  What no line names has its own name.
     * Tensors that are one variable here, one behind the other along its first axis, stand in
     * braces: "attn.{query,key,value}.* self_attn.in_proj_*" */
    const char *names;
    /* from a file, or with names: told of each variable asked for, then of each tensor left, as
     * ad_load_report.each is; may be NULL. */
    void (*weight)(void *user, const char *variable, const char *tensor, const char *what);
    void *weight_user;
    ad_listener listener[AD_LISTENERS_MAX]; /* ends at the first without event; not freed */
    const volatile int *stop;               /* not 0: stop after this step, and store; or NULL */
} ad_run_options;

typedef struct ad_run_result {
    ad_fit_end end;
    ad_fit_position at;
    double loss, before; /* mean training loss of the last epoch, and of the one before; 0: none */
    /* validation loss: the last, the lowest; 0: none.  Over time it is a mean over the tokens that
     * have a target, as ad_run_measure has it. */
    double held, best;
    int64_t best_epoch;  /* 0: none */
    bool stored;         /* the folder holds something of this training */
    int taken, made;     /* from: variables with the other run's values, and those made anew */
    int64_t sound_epoch; /* diverged: the folder is back at the end of this epoch; 0: it is not */
    double sound_loss;
    int64_t skipped;     /* train.skip_nonfinite: steps left out */
    int64_t other_batch; /* AD_RUN_BAD_BATCH: a size of batches that would do; 0: none */
} ad_run_result;

/* ad_fit with what the configuration says: schedule, validation, early stopping, best weights,
 * checkpoints.  A failure before the first checkpoint leaves in the folder what was there before;
 * after a divergence the folder holds the last checkpoint before it that is sound: its losses fell,
 * and on images of the training set its loss is finite and near the one noted. */
AD_API AD_CHECKED ad_status ad_run_train(const ad_run_options *options, ad_run_result *result);

/* Which rate to begin with (Smith 2017): a network of its own is trained for at most 100 steps by
 * rates from 1e-7 to 10; see is told of each step's rate and loss.  *rate: where the loss falls
 * most steeply, 0 where it never did.  Not of task gan, and of a build with extras alone. */
typedef void ad_run_rate_seen(void *user, double rate, double loss);
AD_API AD_CHECKED ad_status ad_run_rates(const ad_config *config, const ad_run_data *data,
                                         int threads, ad_run_rate_seen *see, void *user,
                                         double *rate);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif
