/* Looking before a training: a first configuration of data, what a model consists of, what a
 * training will take.  Part of libadze-kit.
 *
 *     char *text;
 *     if (ad_init_text(&(ad_init_options){.path = "iris.csv", .target = {"species"}, .targets = 1},
 *                      &text) != AD_OK)
 *         fputs(ad_kit_error(), stderr); */
#ifndef ADZE_LOOK_H
#define ADZE_LOOK_H

#include <adze/run.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ad_run_data ad_run_data; /* run.h may be the header that this is read from */

/* ---------------------------------------------------------------- a first configuration */

enum { AD_INIT_TARGETS_MAX = 16 };

typedef struct ad_init_options {
    const char *path; /* of the data: what ad_reader_for knows */
    const char *target[AD_INIT_TARGETS_MAX];
    int targets;            /* columns of a table to learn; of pictures and arrays none is needed */
    const char *const *set; /* fields of the section data, "data.query=SELECT ..." */
    int set_count;
} ad_init_options;

/* A configuration of the data as YAML that trains as it is, by malloc.  Comments say what was found
 * in the data and what was left out, and why each number is what it is; paths stand in it as they
 * were given.  Model, batch and epochs follow from the kind and number of the examples alone, so
 * the same data gives the same text.
 *
 * A table without a target is an error (AD_ERROR_ARGUMENT) whose words list the columns and say
 * which of them could be it; none is guessed, but where one column holds sentences and one other as
 * many tags in each row: their task is tagging. */
AD_API AD_CHECKED ad_status ad_init_text(const ad_init_options *options, char **text);

/* ---------------------------------------------------------------- a model's layers */

typedef struct ad_layer_about {
    int depth;       /* 0: in the model's own list */
    char *layer;     /* "conv", "residual", "repeat 3", "paths 2" */
    char *name;      /* of its weights, "conv1", or what `from` calls it; NULL: it has none */
    char *from;      /* what it takes in place of the output before it: names, each behind the one
                      * before and a blank; NULL: that output */
    char *beside;    /* what else it looks at, `to` and `start`: names alike; NULL: nothing */
    int line;        /* in the file; 0: in none */
    ad_shape shape;  /* of its output; open sizes, the batch first, are negative */
    bool inner;      /* a layer, not a list of them: sums over these alone count each once */
    int64_t trained; /* parameters that an optimizer changes: of lists, of all in them */
    int64_t buffers; /* numbers that are kept but not trained: moving averages */
    /* of the products of one forward pass of one example, 2 for a multiplication and its addition;
     * open sizes count as 1; -1: more than 2^28 weights, not looked at */
    int64_t flops;
} ad_layer_about;

typedef struct ad_model_layers {
    ad_layer_about *layer;
    int layers;
    int64_t trained, buffers, flops; /* of all */
} ad_model_layers;

/* What the model of a configuration makes of data's inputs (ad_run_understand, where they are known
 * then, ad_run_sources, or ad_run_model_data), in the order of the file; of an item that is
 * repeated each time.  Give it zeros; ad_model_layers_done after a failure too. */
AD_API AD_CHECKED ad_status ad_model_layers_of(const ad_config *config, const ad_run_data *data,
                                               ad_model_layers *about);
AD_API void ad_model_layers_done(ad_model_layers *about);
/* What axis i of such an output is called: "batch", "height", "width", "channels"; "length" and
 * "features"; of more than four axes "axis". */
AD_API const char *ad_axis_name(int rank, int i);

/* ---------------------------------------------------------------- what a training will take */

typedef struct ad_plan {
    int64_t examples, batch; /* to train with; in a step */
    int64_t epochs, steps;   /* in all */
    int64_t parameters;      /* that are trained */
    /* Memory: of the process before it reads data; of examples that are kept; of weights, what the
     * optimizer keeps and the best weights so far; of programs, batches and all else; the peak of
     * the process, which is their sum; what the process may take; of each example more in a step
     * (0 where a batch is too small to tell). */
    int64_t base_bytes, data_bytes, state_bytes, program_bytes, bytes, room_bytes, example_bytes;
    /* Until the first step; a step; the validation behind an epoch; the test; the baselines; all
     * epochs with these.  Checkpoints are not in it, and no early stop. */
    double start_seconds, step_seconds, validation_seconds, test_seconds, baseline_seconds, seconds;
} ad_plan;

/* Reads the data, and plans the memory of a step from steps of 2 and 4 examples.  What does not fit
 * into the memory of this machine, control group or limit is refused with the line to change:
 * AD_ERROR_UNSUPPORTED, before it is made.  Else the training is begun and timed for some two
 * seconds, with validations and a test of 2000 examples at most, and 100 of the 1000 steps of the
 * linear baseline.  Nothing is stored.  threads 0: all
 * processors.  The process should do nothing else meanwhile: its peak of memory is what is
 * measured. */
AD_API AD_CHECKED ad_status ad_plan_of(const ad_config *config, int threads, ad_plan *plan);

/* ---------------------------------------------------------------- whether gradients are right */

typedef struct ad_gradient_error {
    char *variable;
    double error; /* relative, the largest of all directions */
} ad_gradient_error;

typedef struct ad_gradient_errors {
    ad_gradient_error *of;
    int count, worst; /* worst: which has the largest error */
} ad_gradient_errors;

/* Compares the gradient of a configuration's loss with central differences: the network is built in
 * f64, first weights are moved a little at random (away from where relu of 0 bends), and for each
 * trained variable the slope along 5 random directions of unit length is taken with steps of 1e-4
 * to 1e-8, of which the nearest counts: one that passes a bend is no evidence.  An error is
 * relative to the larger of both slopes, to a typical one (norm of the gradient over the root of
 * its size) and to a ten thousandth of the loss.  Batches of 4 training examples, dropout with one
 * mask.  data: of ad_run_sources.  Give it zeros; ad_gradient_errors_done after a failure too. */
AD_API AD_CHECKED ad_status ad_gradient_errors_of(const ad_config *config, const ad_run_data *data,
                                                  int threads, ad_gradient_errors *errors);
AD_API void ad_gradient_errors_done(ad_gradient_errors *errors);

/* ---------------------------------------------------------------- what every layer makes */

typedef struct ad_run_trace_options {
    const char *out; /* a file, written whole or not at all */
    /* Examples of the training part in the order of the data, not changed at random: count of them
     * from number `first` on, from 0; count 0: those of a step, as far as there are as many. */
    int64_t first, count;
    int64_t steps;     /* training steps made, each on these examples; 0: none */
    bool f64;          /* the network computes in f64, from the same first weights */
    const char *match; /* layers whose names match alone, * stands for any text; NULL: all */
    const char *from;  /* weights to begin with, as of ad_run_options; NULL: first weights */
    const char *names; /* with from: a text file of lines "theirs ours", as of ad_run_options */
    int threads;       /* 0: all processors */
} ad_run_trace_options;

typedef struct ad_run_trace_result {
    int64_t first, count;
    int layers, gradients;
    double loss,
        loss_training; /* at inference, and in training (dropout, statistics of the batch) */
    double loss_after; /* in training, behind the steps */
    bool random; /* outputs in training are drawn: another run of the same weights gives others */
} ad_run_trace_result;

/* Writes what a network makes of one batch, to be compared with another program's: a safetensors
 * file of
 * - input/NAME: as the model takes it, pixels scaled, and length/NAME of examples of open length;
 *   target/NAME as the loss takes it: numbers less their mean, over their deviation, where those
 *   of the data are learned so
 * - eval/LAYER and train/LAYER: its output at inference and in training.  A layer with variables is
 *   called as they are without their last part ("conv1" of conv1.weight), one without by its name,
 *   else by what it is and a number, "relu1"; where that is taken already, "#2" follows
 * - eval/prediction, eval/loss, train/loss
 * - gradient/VARIABLE: of the loss in training, before clipping, penalties and weight decay
 * - weight/VARIABLE, and after/VARIABLE: before and behind the steps, moving averages of batch
 * norms too and, as metadata, texts: `layers` (a line each: LAYER, what it is, its line in the
 * file), `rows`, `task`, `loss`, `optimizer` (method and numbers), `rates` (of the steps), `random`
 * and `config`. Axes lie as here: channels last.  Tasks that make examples have no trace. */
AD_API AD_CHECKED ad_status ad_run_trace(const ad_config *config, const ad_run_data *data,
                                         const ad_run_trace_options *options,
                                         ad_run_trace_result *result);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif
