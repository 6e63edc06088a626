/* What is seen of runs afterwards: their results as text, report.html, two of them compared, events
 * for TensorBoard.  Part of libadze-kit. */
#ifndef ADZE_REPORT_H
#define ADZE_REPORT_H

#include <adze/figure.h>
#include <adze/run.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---------------------------------------------------------------- what a run came to
 *
 * RUN/result.txt, a line for each: what made it, how it ended, what was measured. */

typedef struct ad_summary_value {
    char of[24];   /* "test", or a baseline: "majority", "mean", "linear" */
    char name[48]; /* of the measure */
    double value, low, high;
    bool less_is_better;
} ad_summary_value;

enum { AD_SUMMARY_VALUES_MAX = 64 };

typedef struct ad_run_summary {
    char *version, *command, *machine; /* of adze; the command line; processor and system */
    char *ended;                       /* 2026-11-29T05:19:23Z, when */
    char *why;                         /* "plan", "early", "asked" */
    char *task, *data, *target;        /* data: its path, or the reader's name */
    char *samples;                     /* ad_run_measured's; or NULL */
    double seconds;                    /* of training, over all calls */
    int threads;                       /* 0: all processors */
    int64_t epoch, step, best_epoch, parameters, train_count, test_count;
    ad_summary_value value[AD_SUMMARY_VALUES_MAX];
    int values;
    int64_t baseline_examples; /* that the baselines were made of */
    char unbeaten[24];         /* the baseline that the network does not beat; "" */
} ad_run_summary;

/* Of a training that ended: all but .command.  measured, baselines: may be NULL.  Free it by
 * ad_run_summary_done. */
AD_API AD_CHECKED ad_status ad_run_summarize(const ad_config *config, const ad_run_data *data,
                                             const ad_run_network *network,
                                             const ad_run_result *result, const char *folder,
                                             const ad_run_measured *measured,
                                             const ad_baselines *baselines,
                                             ad_run_summary *summary);
AD_API AD_CHECKED ad_status ad_run_summary_write(const char *folder, const ad_run_summary *summary);
/* Of a run without one all is zeros. */
AD_API AD_CHECKED ad_status ad_run_summary_read(const char *folder, ad_run_summary *summary);
AD_API void ad_run_summary_done(ad_run_summary *summary);
/* NULL: none. */
AD_API const ad_summary_value *ad_run_summary_find(const ad_run_summary *summary, const char *of,
                                                   const char *name);

/* Of the test part the first that is not the loss, else that; NULL: there is none. */
AD_API const ad_summary_value *ad_run_main_value(const ad_run_summary *summary);

/* ---------------------------------------------------------------- many runs, and two */

typedef struct ad_run_listed {
    char *folder;
    ad_run_summary summary; /* of one that did not end: epoch, step and seconds alone */
    double loss;            /* the last validation loss, without one training loss; NaN: none */
} ad_run_listed;

typedef struct ad_run_list {
    ad_run_listed *run;
    int count;
} ad_run_list;

/* The runs of a folder and of folders in it, three deep.  by: a measure of the test part (the best
 * first), "epochs", "seconds" (the most first), "ended" (the latest first; NULL means it) or "run".
 */
AD_API AD_CHECKED ad_status ad_runs_list(const char *folder, const char *by, ad_run_list *list);
AD_API void ad_run_list_done(ad_run_list *list);

/* A key of the configuration that differs; NULL where one has it not. */
typedef struct ad_run_key {
    char *path, *a, *b;
} ad_run_key;

typedef struct ad_run_difference {
    char name[48];
    double a, b;                  /* of each run */
    double difference, low, high; /* b less a, with its 95 % interval: a paired bootstrap */
    bool less_is_better, share;
} ad_run_difference;

typedef enum ad_run_verdict {
    AD_RUN_NOT_TOLD, /* the interval of the first measure's difference holds 0 */
    AD_RUN_BETTER,   /* b is */
    AD_RUN_WORSE
} ad_run_verdict;

enum { AD_RUN_DIFFERENCES_MAX = 4 };

typedef struct ad_run_comparison {
    ad_run_key *key;
    int keys;
    ad_run_difference difference[AD_RUN_DIFFERENCES_MAX]; /* the one that says most first */
    int differences;
    int64_t examples;
    /* Language models of one text whose tokens differ: the windows do too, so intervals are of two
     * that are drawn on their own. */
    bool unpaired;
    ad_run_verdict verdict;
} ad_run_comparison;

/* Both answer the same test examples.  Language models are compared by bits_a_byte, also where
 * their tokens differ, and texts that are written by exact_match, then character_error_rate.  Runs
 * of other tasks or on other test examples are refused (AD_RUN_BAD_DATA). */
AD_API AD_CHECKED ad_status ad_run_compare(const char *a, const char *b, int threads,
                                           ad_run_comparison *comparison);
AD_API void ad_run_comparison_done(ad_run_comparison *comparison);

/* ---------------------------------------------------------------- report.html */

typedef struct ad_report_options {
    const char *folder; /* of the run */
    const char *out;    /* NULL: FOLDER/report.html */
    int threads;
    /* Where they are at hand, the network with its weights and its data with a test part, all three
     * given: nothing is read again.  Else they come from the folder. */
    const ad_config *config;
    const ad_run_data *data;
    const ad_run_network *network;
    const ad_run_measured *measured; /* of the test part, where it was measured already; or NULL */
    const char *moved;               /* data.path, where the data has moved; or NULL */
} ad_report_options;

/* One file that needs nothing else, with curves, what is confused, classes, calibration, the worst
 * answers, the model, its configuration, the machine and how to do it again: what there is of that.
 * The test part is measured for it where that was not done; its first 20,000 examples are drawn. */
AD_API AD_CHECKED ad_status ad_report_write(const ad_report_options *options);

/* ---------------------------------------------------------------- curves in a terminal */

typedef struct ad_curves ad_curves;

/* folder: of a run that is gone on with, whose history comes first; else NULL.  validated: the
 * training has a validation part.  NULL without memory. */
AD_API ad_curves *ad_curves_new(const char *folder, bool validated);
AD_API void ad_curves_free(ad_curves *curves);
/* Keeps what each epoch ends with; curves must live as long. */
AD_API ad_listener ad_curves_listener(ad_curves *curves);
/* Losses, and the first measure of the validation part, over steps, by malloc; "" of no epoch. */
AD_API AD_CHECKED ad_status ad_curves_text(const ad_curves *curves,
                                           const ad_terminal_options *options, char **text);

/* ---------------------------------------------------------------- sizes of weights and gradients
 *
 * RUN/norms.csv, a row for an epoch: step, then root mean squares of at most six weights,
 * weight:NAME, and of their gradients for the first 32 training examples without dropout,
 * gradient:NAME, empty where they were not made. */

typedef struct ad_norms_options {
    const char *folder; /* of the run */
    const ad_run_data *data;
    const ad_run_network *network;
} ad_norms_options;

/* It leaves epochs out so that it takes a two hundredth of the time, and says nothing where its
 * file cannot be written.  Nothing of the training depends on it. */
AD_API ad_listener ad_listen_norms(const ad_norms_options *options);

/* ---------------------------------------------------------------- losses within epochs
 *
 * RUN/losses.csv, of one player: step, and the mean training loss since the row before.  At most
 * 512 rows: where there are more, each two become one. */

AD_API ad_listener ad_listen_losses(const char *folder);

/* ---------------------------------------------------------------- samples over time
 *
 * RUN/samples.csv, task gan: rows of a step, 32 or a power of two above it, and what the generator
 * made of the same noise then: 8 pictures, or 250 examples of numbers, as the graph gives them. The
 * last 8 rows are kept; it takes a two hundredth of the time. */

typedef struct ad_samples_options {
    const char *folder; /* of the run */
    const ad_run_data *data;
    const ad_run_network *network;
} ad_samples_options;

/* Of other tasks one that does nothing. */
AD_API ad_listener ad_listen_samples(const ad_samples_options *options);

/* ---------------------------------------------------------------- TensorBoard */

typedef struct ad_tensorboard_options {
    const char *folder; /* of the run */
    const ad_config *config;
    const ad_run_data *data;
    const ad_run_network *network;
    bool *failed; /* out, when it is freed: not all could be written; or NULL */
} ad_tensorboard_options;

/* A listener that writes event files into the folder of the run: at its begin the configuration as
 * text and hyper-parameters, and the first training examples where they are pictures; in each epoch
 * some 200 losses and rates; at its end the loss, histograms of weights (where they take less than
 * half a percent of the time), and what was measured.  A training that goes on goes on in the same
 * file, and what was written after its checkpoint is cut off: steps never go back.  What cannot be
 * written is left out, and the training goes on. */
AD_API ad_listener ad_listen_tensorboard(const ad_tensorboard_options *options);

/* ---------------------------------------------------------------- a model as a drawing */

/* Boxes with shapes and parameters of what ad_model_layers_of said, as SVG, by malloc. */
AD_API AD_CHECKED ad_status ad_model_svg(const ad_model_layers *about, const ad_run_data *data,
                                         const char *title, char **svg);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif
