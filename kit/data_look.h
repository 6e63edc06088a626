/* Looking at data: what the files of it share.
 *
 *     data_open.c      what is to be looked at: sources, one for each part
 *     data_sample.c    one pass over them: numbers, hashes and prints of examples
 *     data_facts.c     what each column is like
 *     data_tags.c      how often each tag of words is there
 *     data_same.c      examples that are there twice
 *     data_alone.c     what one column alone, or the order of rows, tells of the target
 *     data_linear.c    a linear classifier on held-out fifths
 *     data_drift.c     whether the parts are drawn alike
 *     data_labels.c    labels that are probably wrong
 *     data_findings.c  what columns and schema have to be said of */
#ifndef ADZE_KIT_DATA_LOOK_H
#define ADZE_KIT_DATA_LOOK_H

#include <adze/inspect.h>

#include "text.h"

enum {
    PRINT_SIDE = 16,
    PRINT_SIZE = PRINT_SIDE * PRINT_SIDE, /* bytes */
    PRINT_WORDS = PRINT_SIZE / 4,
    PRINT_SHORT = 100, /* range of a text that is too short for its print */
    TOKENS = 64,       /* words of a text that a classifier sees */
    TOKEN_KINDS = 1024 /* words are told apart by so many hashes */
};

typedef enum print_kind {
    PRINT_NONE,
    PRINT_PICTURE, /* (16, 16) means of grey, u8 */
    PRINT_WAVE,    /* 256 means of absolute values, the largest 255 */
    PRINT_TEXT     /* 64 u32: the least hashes of runs of five letters, by 64 functions */
} print_kind;

/* A column that was looked at. */
typedef struct data_column {
    const ad_schema_field *field;
    int at;         /* in the source */
    int64_t offset; /* of its number among the field's */
    ad_look_kind kind;
} data_column;

typedef struct data_sample {
    int64_t count;                    /* examples of all parts, one part after the other */
    int64_t first[AD_LOOK_PARTS + 1]; /* part p: first[p] to first[p + 1] - 1 */
    data_column *column;
    int columns;
    double *value;    /* (columns, count); NaN: missing */
    int64_t *number;  /* of each example in its part */
    int64_t *origin;  /* and where the reader has it, see data_origin */
    uint64_t *inputs; /* hashes of all inputs */
    uint64_t *targets;
    print_kind kind; /* of the first picture, text or wave among the inputs */
    const ad_schema_field *printed;
    uint8_t *print;  /* (count, PRINT_SIZE); NULL */
    uint64_t *alike; /* of a text without its case, marks and blanks; else of the print */
    uint8_t *range;  /* of a picture: brightest less darkest pixel; of others 255 */
    uint16_t *token; /* (count, TOKENS), ends with 0xFFFF; NULL: no texts */
} data_sample;

typedef struct looker {
    const ad_data_look_options *o;
    uint64_t seed;
    ad_config *config;
    bool own;   /* config is ours */
    bool given; /* it is a person's, not made of a path */
    ad_run_data data;
    ad_source *source[AD_LOOK_PARTS];
    char **name[AD_LOOK_PARTS]; /* of the examples of the reader's parts; NULL: they are rows */
    int64_t names[AD_LOOK_PARTS];
    data_sample sample;
    ad_data_look *look;
} looker;

/* Where an example comes from: the reader's part, and its number there. */
static inline int64_t data_origin(int part, int64_t number)
{
    return ((int64_t)part << 56) | number;
}
extern const char *const data_part_words[AD_LOOK_PARTS]; /* "train" */
enum { ORIGIN_FIELDS = 1 };
extern const char data_origin_name[]; /* of the field that has it */

static inline double *data_values(const data_sample *s, int column)
{
    return s->value + (int64_t)column * s->count;
}
/* The part of example i. */
static inline int data_part_of(const data_sample *s, int64_t i)
{
    return i < s->first[1] ? 0 : i < s->first[2] ? 1 : 2;
}
/* The sample's column of the first target; -1. */
int data_target(const looker *l);
/* Which part is compared with training: test, else validation; -1: there is none. */
int data_other(const looker *l);
/* A part of a date, or a year: not what a row is called, nor what is known too late. */
bool data_is_time(const ad_look_column *c);
/* How the look calls column i of the sample. */
ad_look_column *data_look_column(const looker *l, int column);

ad_status data_open(looker *l);
ad_status data_read(looker *l);
ad_status data_facts(looker *l);
ad_status data_tags(looker *l); /* of words, in the place of what is said of a text */
ad_status data_same(looker *l);
ad_status data_alone(looker *l);
ad_status data_drift(looker *l);
ad_status data_labels(looker *l);
ad_status data_findings(looker *l);
ad_status data_excerpt(looker *l);

/* ---------------------------------------------------------------- findings */

/* A finding more; NULL without memory.  field may be NULL. */
ad_finding *data_found(looker *l, const char *code, ad_finding_level level, const char *field,
                       const char *format, ...) __attribute__((format(printf, 5, 6)));
/* Sets its reason and remedy; false without memory. */
bool data_because(ad_finding *f, const char *reason, const char *remedy);
/* Rows follow one another in time, or are pieces of one text: a random cut puts neighbours into
 * both parts. */
bool data_in_order(const looker *l);
/* Examples that belong together can be kept in one part: data.group. */
bool data_has_groups(const looker *l);
/* Adds example i; false without memory.  A full list takes no more. */
bool data_place(const looker *l, ad_finding *f, int64_t i);
/* "what [CODE]\n  reason\n  remedy\n" as a finding. */
bool data_found_words(looker *l, ad_finding_level level, const char *field, const char *words);

/* ---------------------------------------------------------------- a linear classifier */

typedef struct data_linear {
    const float *input; /* (count, width) */
    const int32_t *label;
    int64_t count, width, classes;
    uint64_t seed;
    int threads;
    float *chance; /* out: (count, classes), each by a classifier that has not seen it */
} data_linear;

/* Five folds.  Softmax regression by Adam; inputs are standardized here. */
ad_status data_linear_cross(const data_linear *d);
/* For `without`: every input; those that do not give the target away by themselves. */
enum { ALL_INPUTS = -1, NO_LEAKS = -2 };
/* What is given to it of the examples numbered in order, of all inputs but column `without`:
 * standardized numbers, their squares where `squares`, missing ones, classes, prints, words. *input
 * by malloc. */
ad_status data_features(const looker *l, const int64_t *order, int64_t count, int without,
                        bool squares, float **input, int64_t *width);
/* Which class the chances of example i name. */
int64_t data_told(const data_linear *d, int64_t i);
/* Of what the most frequent class gets wrong, the share that d puts right. */
double data_gain(const data_linear *d);

/* ---------------------------------------------------------------- small things */

uint64_t data_hash(uint64_t hash, const void *bytes, size_t size);
uint64_t data_mix(uint64_t word);

#endif
