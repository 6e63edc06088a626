/* Understanding data before a training: what it is, and what may be wrong with it.  Part of
 * libadze-kit.
 *
 *     ad_data_look *look;
 *     if (ad_data_look_at(&(ad_data_look_options){.path = "iris.csv", .target = {"species"},
 *                                                 .targets = 1}, &look) != AD_OK)
 *         fputs(ad_kit_error(), stderr);
 *     for (int i = 0; i < look->findings; i++)
 *         printf("%s: %s\n", look->finding[i].code, look->finding[i].what);
 *
 * All of it is made of schemas and sources alone, so a new reader needs no line here.  Same data,
 * same options, same findings: what is drawn at random is drawn by the seed. */
#ifndef ADZE_INSPECT_H
#define ADZE_INSPECT_H

#include <adze/figure.h>
#include <adze/look.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    AD_LOOK_PARTS = 3, /* one for each ad_part */
    AD_LOOK_BLOCKS = 240,
    AD_LOOK_BINS = 20,
    AD_LOOK_TOP = 12,     /* values of a column that are listed */
    AD_LOOK_PLACES = 20,  /* examples that a finding lists */
    AD_LOOK_EXCERPT = 12, /* examples of each part that are kept to be shown */
    AD_LOOK_SIDE = 32     /* pixels: largest side of a kept picture */
};

typedef struct ad_data_look_options {
    const char *path; /* of data that ad_reader_for knows, of a configuration (.yaml, .yml), or of a
                       * run's folder */
    const char *target[AD_INIT_TARGETS_MAX]; /* of data: as of ad_init_options; may be none */
    int targets;
    const char *const *set; /* fields of the configuration, "data.query=SELECT ..." */
    int set_count;
    const ad_config *config; /* instead of path; not freed */
    /* Examples of each part that are looked at, drawn by the seed where there are more; 0: 100,000,
     * fewer where an example has many columns (8 million values in all). */
    int64_t examples;
    uint64_t seed; /* 0 means 1 */
    int threads;   /* 0: all processors; the findings do not depend on it */
    bool quick;    /* nothing is learned: neither W417 nor W418 */
} ad_data_look_options;

typedef enum ad_finding_level {
    AD_FINDING_NOTE,   /* worth knowing; nothing has to be done */
    AD_FINDING_WARNING /* what is learned or measured is probably not what is wanted */
} ad_finding_level;

/* An example of the data: number `example` (from 0) of that part as the reader has it, where the
 * configuration cuts parts off: of the part that it was cut from. */
typedef struct ad_data_place {
    ad_part part, from; /* where it is now; where the reader has it */
    int64_t example;
    int64_t number; /* in its part now */
    char *name;     /* the file that it is; NULL: it is row example + 1 */
    char *note;     /* "'8', probably '3'"; NULL: none */
} ad_data_place;

/* What is shown of an example. */
typedef struct ad_look_example {
    ad_data_place place;
    char **cell;     /* one for each column that was looked at, in order; NULL: no text for it */
    uint8_t *pixels; /* (height, width, channels), or NULL */
    int64_t height, width, channels;
    bool sound;  /* they are the spectrogram of a sound */
    char *title; /* the target's class, or value; NULL: none */
} ad_look_example;

typedef struct ad_finding {
    const char *code; /* "W409": ad_explanation_find */
    ad_finding_level level;
    char *field; /* the column it is about; NULL: all */
    char *what, *reason, *remedy;
    int64_t count; /* of examples that it is about; 0: of none in particular */
    /* The first, or worst, of them; of duplicates each with the one that it repeats behind it. */
    ad_data_place place[AD_LOOK_PLACES];
    int places;
    bool paired;
    ad_look_example *example; /* what is shown of them, one for each place; or NULL */
} ad_finding;

/* What is measured of each example for a field: itself, or of a text its characters... */
typedef enum ad_look_kind {
    AD_LOOK_NUMBER,
    AD_LOOK_CLASS,
    AD_LOOK_CHARACTERS, /* of a text */
    AD_LOOK_LENGTH,     /* of a field that varies; of a sound in seconds */
    AD_LOOK_BRIGHTNESS, /* of a picture: the mean of its pixels, 0 to 255 */
    AD_LOOK_MEAN        /* of an array with several axes */
} ad_look_kind;

typedef struct ad_look_value {
    char *name;
    int64_t count[AD_LOOK_PARTS];
} ad_look_value;

/* A column: a field of the schema, or one number of a field that has a few: "input[3]". */
typedef struct ad_look_column {
    char *name;
    const ad_schema_field *field;
    ad_look_kind kind;
    bool looked; /* false: the reader leaves it out, and nothing below is known */
    int64_t present[AD_LOOK_PARTS], missing[AD_LOOK_PARTS]; /* of those looked at */
    int64_t different;                                      /* values in all parts */
    double least, most, mean, deviation, quartile[3]; /* of numbers, over all parts; deviation:
                                                       * divided by the count */
    int64_t zeros;
    /* Bins of one width from least to most; of a class none. */
    int bins;
    double edge[AD_LOOK_BINS + 1];
    double bin[AD_LOOK_PARTS][AD_LOOK_BINS]; /* examples in each */
    /* Of the numbers of a series the mean in each of `blocks` parts of equal length of all rows;
     * NaN where all are missing.  blocks 0: it is none. */
    double over[AD_LOOK_BLOCKS];
    int blocks;
    ad_look_value *value; /* the most frequent ones of classes and texts, at most AD_LOOK_TOP */
    int values;
    /* What this column alone tells of the target: of the share of examples that the majority gets
     * wrong how much a table of it puts right, or R2, on five held-out fifths; NaN: not asked. */
    double alone;
    /* Between training and test part (else validation): the Kolmogorov-Smirnov distance of numbers,
     * half the sum of the differences of the shares of classes; and the chance of such a distance
     * where both are drawn alike, times the number of columns (Bonferroni).  NaN: no such parts. */
    double drift, chance;
} ad_look_column;

typedef struct ad_look_part {
    int64_t count, looked;   /* 0: there is no such part */
    int64_t repeated;        /* examples whose inputs an earlier one of the part has */
    int64_t seen;            /* of validation and test: whose inputs the training part has */
    int64_t near, near_seen; /* the same of those that are alike, but not equal */
} ad_look_part;

typedef struct ad_data_look {
    char *path, *reader;
    ad_schema *schema;
    ad_look_part part[AD_LOOK_PARTS];
    ad_look_column *column; /* targets first, then inputs, ids, what is left out */
    int columns;
    ad_finding *finding; /* warnings first */
    int findings, warnings;
    ad_look_example *example; /* the excerpt, in the order of parts */
    int examples;
    /* A linear classifier that tells training and test part (else validation) apart by the inputs,
     * on held-out fifths: the area under its ROC curve with the 95 % interval of DeLong et al.
     * 1988.  NaN: not asked. */
    double apart, apart_low, apart_high;
    /* Of a linear classifier of the target, on held-out fifths; NaN: not asked. */
    double linear, majority;
    int64_t learned_of; /* examples that both were made of */
    double seconds;
} ad_data_look;

AD_API AD_CHECKED ad_status ad_data_look_at(const ad_data_look_options *options,
                                            ad_data_look **look);
AD_API void ad_data_look_free(ad_data_look *look);

/* As text for a terminal, as JSON objects, one a line, the last "event": "end"; and as one file of
 * HTML without script or network.  By malloc; NULL with words. */
AD_API char *ad_data_look_text(const ad_data_look *look, const ad_terminal_options *terminal);
AD_API char *ad_data_look_json(const ad_data_look *look);
AD_API char *ad_data_look_html(const ad_data_look *look);
/* "train row 5001", "test a/b.png", by malloc. */
AD_API char *ad_data_place_text(const ad_data_place *place);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif
