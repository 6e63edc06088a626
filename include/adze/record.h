/* Records: what a file may say of a C function, in one table beside it.
 *
 * A layer, an optimizer, a reader of data, a transform... has an options struct, and a table with
 * one row for each option: its name, type, range, words, help and where it lies in the struct.
 * Configuration files, their JSON Schema, help, suggestions and the manual read that table and
 * nothing else; so a new layer is a function and its record.
 *
 *     static const ad_option options[] = {
 *         {.name = "rate", .type = AD_OPTION_NUMBER, .low = 0, .high = 1, .below_high = true,
 *          .offset = offsetof(ad_dropout_options, rate), .also = "p prob",
 *          .help = "share of elements set to zero in training"},
 *     };
 *     static const ad_dropout_options initial = AD_OPTIONS_INIT(ad_dropout_options);
 *
 * Defaults are not in the table: they are the values of `initial`, which are those of the header.
 */
#ifndef ADZE_RECORD_H
#define ADZE_RECORD_H

#include <adze/adze.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum ad_option_type {
    AD_OPTION_NUMBER,  /* double; "1/255" and "2e-5" are numbers; AD_AUTO: not set */
    AD_OPTION_WHOLE,   /* int64_t; AD_SAME: not set */
    AD_OPTION_TRUTH,   /* bool: true, false, yes, no, on, off */
    AD_OPTION_WORD,    /* int or enum: which of the words, from 0 */
    AD_OPTION_NAME,    /* const char *: letters, digits, _ and - */
    AD_OPTION_TEXT,    /* const char *: anything */
    AD_OPTION_PATH,    /* const char *: of a file or folder, relative to the file it stands in */
    AD_OPTION_PAIR,    /* int64_t at offset and at second: height and width; 5 means [5, 5] */
    AD_OPTION_NUMBERS, /* ad_numbers: one number, or a list */
    AD_OPTION_NAMES,   /* ad_names: one text, or a list */
    AD_OPTION_SIZES    /* ad_shape: one whole number, or a list of up to AD_RANK_MAX */
} ad_option_type;

enum { AD_NUMBERS_MAX = 16 };

typedef struct ad_numbers {
    int count;
    double value[AD_NUMBERS_MAX];
} ad_numbers;

typedef struct ad_names {
    int count;
    char **text;
} ad_names;
#ifndef __cplusplus
/* {2, {"cat", "dog"}}, for as long as the block it stands in. */
#define AD_NAMES(...)                                                       \
    {                                                                       \
        (int)(sizeof((char *[]){__VA_ARGS__}) / sizeof(char *)), (char *[]) \
        {                                                                   \
            __VA_ARGS__                                                     \
        }                                                                   \
    }
#endif

typedef struct ad_option {
    const char *name;
    const char *help; /* one line */
    double low, high; /* numbers, whole numbers, pairs: the range; equal: any */
    /* AD_OPTION_WORD: its words, in order, with spaces between; AD_OPTION_NAMES: "=" where texts
     * are NAME=VALUE, which files may write as a group too: {a: b} is [a=b]; else NULL */
    const char *words;
    /* "epochs"; of a list what there is one for each of, "channel"; NULL: none */
    const char *unit;
    const char *unset; /* what is said in place of a default that is AD_AUTO, AD_SAME or NULL */
    const char *also;  /* what others call it, with spaces between: found by suggestions */
    uint16_t offset, second; /* in the options struct; second: of a pair */
    uint8_t type;            /* an ad_option_type */
    bool required;
    bool above_low; /* low itself is not allowed */
    bool below_high;
} ad_option;

/* What every record begins with. */
typedef struct ad_record {
    const char *name; /* as a file says it: "conv" */
    const char *help; /* one line */
    const char *also; /* what others call it, with spaces between; may be NULL */
    const ad_option *option;
    int options;
    const void *initial; /* the options struct, all defaults; NULL where there are no options */
    size_t size;         /* of the options struct */
    const char *formula; /* what it computes, in lines; NULL: the help says it */
} ad_record;

/* A kind of records: number i, NULL past the last. */
typedef const ad_record *(*ad_records)(int i);
/* The record of that name, exactly; NULL: none. */
AD_API const ad_record *ad_record_find(ad_records list, const char *name);

/* A record that was chosen, with its options. */
typedef struct ad_choice {
    const ad_record *record;
    void *options; /* the record's struct */
} ad_choice;

typedef struct ad_choices {
    ad_choice *choice;
    int count;
} ad_choices;

#define AD_RECORD_OPTIONS(table, struct_)                                                 \
    .option = table, .options = (int)(sizeof table / sizeof *table), .initial = &struct_, \
    .size = sizeof struct_

/* ---------------------------------------------------------------- layers, optimizers, losses */

/* What a layer does with time, the first axis behind the batch, where examples are of different
 * lengths: behind an example's end its steps hold anything. */
typedef enum ad_layer_time {
    AD_TIME_MIXED,  /* steps behind the end would have a say: it is for examples of one length */
    AD_TIME_KEPT,   /* each step is made of itself alone */
    AD_TIME_TAKEN,  /* lengths are its second tensor; (batch, time...) comes out, or time is gone */
    AD_TIME_WINDOWS /* each step is made of some neighbours, as `window` of the record says */
} ad_layer_time;

/* Step i of the result is made of steps stride i - before to stride i - before + reach - 1; it has
 * (time + before + after - reach) / stride + 1. */
typedef struct ad_layer_window {
    int64_t reach, stride, before, after;
    double past; /* what steps count as that are not there */
} ad_layer_window;

typedef struct ad_layer_record {
    ad_record record;
    int in_min, in_max; /* tensors that it takes */
    /* The call of adze.h with these options: a copy of record.initial, record.size bytes, in which
     * options are set by their offsets; NULL: all defaults.  A mistake makes a poisoned tensor. */
    ad_tensor *(*make)(ad_tensor *const *in, int count, const void *options);
    bool over_batch; /* in training, values of one example depend on the others of its batch */
    ad_layer_time time;
    /* AD_TIME_WINDOWS, of a first tensor (batch, time, features); false: with these options steps
     * that are not there cannot be told from others. */
    bool (*window)(const void *options, ad_layer_window *window);
} ad_layer_record;
/* Each an ad_layer_record.  A second tensor given to rnn, gru, lstm and attention is .length;
 * embedding's count, where it is 0, is for the caller to fill in; prelu makes one slope for all
 * channels. */
AD_API const ad_record *ad_layer_at(int i);

typedef struct ad_optimizer_record {
    /* Options: rows of ad_optimizer_options that this method reads.  In initial .rate and .decay
     * are the method's own numbers; with .rate_tensor given, make does not look at .rate. */
    ad_record record;
    ad_tensor *(*make)(ad_tensor *loss, const ad_optimizer_options *options);
} ad_optimizer_record;
AD_API const ad_record *ad_optimizer_at(int i);

typedef struct ad_loss_record {
    ad_record record; /* options: rows of ad_loss_options that this loss reads */
    ad_tensor *(*make)(ad_tensor *prediction, ad_tensor *target, const ad_loss_options *options);
} ad_loss_record;
AD_API const ad_record *ad_loss_at(int i);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif
