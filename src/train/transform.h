/* Fitted transforms as the library sees them.
 *
 * A transform is a list of steps over slots.  A slot is a field at some point of the way: first the
 * fields of the source, then what each step makes; it is written once.  `current` are the slots
 * that are fields after the steps so far.  A step is begun (what it takes), learns or is told what
 * it learned, and is ended (what it makes); this is the same when one is fitted and when one is
 * read as text. */
#ifndef TRAIN_TRANSFORM_H
#define TRAIN_TRANSFORM_H

#include "train/source.h"

/* Values of a slot of some examples, one example after the other. */
struct cells {
    ad_type type;
    char *data;             /* NULL: there are none */
    int64_t examples, each; /* values of one example */
};

void cells_load(const struct cells *c, int64_t from, int64_t count, double *to);
void cells_store(const struct cells *c, int64_t from, int64_t count, const double *x);

/* ---- what is learned */

enum { LEARN_RANGE = 1, LEARN_MOMENTS = 2, LEARN_VALUES = 4 };

/* What was seen of one channel in the training part. */
struct stats {
    int64_t count, missing; /* values that are there; NaN */
    double low, high;
    int64_t low_at;      /* number of the first example with the lowest */
    double mean, about;  /* LEARN_MOMENTS; about: sum of squares about the mean */
    const double *value; /* LEARN_VALUES: sorted */
};

/* The value at (count - 1) q, between two in a line; the median is the mean of the middle two. */
double stats_quantile(const struct stats *s, double q);

struct learner;
/* name: of the field; learns: LEARN_..., never 0.  NULL: no memory. */
struct learner *learner_new(const char *name, int64_t channels, int learns);
/* Examples first, first + 1...: value i of an example is of channel i modulo channels.  Fails at an
 * infinite one. */
ad_status learner_see(struct learner *l, const struct cells *c, int64_t first);
/* All seen: stats of each channel are there. */
ad_status learner_end(struct learner *l);
const struct stats *learner_stats(const struct learner *l, int64_t channel);
void learner_free(struct learner *l);

/* ---- methods */

struct slot_field {
    char *name;
    ad_type type;
    ad_shape shape; /* of one example */
    int varies;     /* the input slot whose length it has; -1 */
};

/* What a step knows of one of the fields that it takes. */
struct part {
    int from;         /* slot */
    int made;         /* slot */
    int mark;         /* slot of 0 and 1, where values were missing; -1 */
    int64_t channels; /* each learned `learns` numbers */
    double *number;   /* (channels, learns) */
    int64_t at;       /* join: where it begins in the row */
    atomic_llong unseen;
};

struct step {
    const struct method *method;
    void *options; /* all of them, of the method's struct; NULL where it has none */
    char *to;      /* NULL: in place */
    struct part *part;
    int parts;
};

/* A field while it is looked at: its transform's words are about it. */
struct method {
    ad_record record;
    bool joins; /* all parts become one slot */
    bool (*takes)(ad_type type);
    const char *taken; /* "f32 or f64": for messages */
    /* Whether the options make sense; may be NULL. */
    ad_status (*check)(const void *options);
    /* Whether all values of a field are one channel; NULL: they are. */
    ad_transform_axis (*axis)(const void *options);
    /* LEARN_...; 0: nothing has to be seen.  NULL: 0. */
    int (*looks)(const void *options);
    int numbers; /* learned of each channel */
    /* name: of the field.  s: of a channel, zeros where nothing was seen. */
    ad_status (*learn)(const void *options, const char *name, const struct stats *s,
                       double *number);
    /* Whether numbers of a channel, from a text, may be what learn gives; NULL where numbers is
     * 0. */
    bool (*valid)(const void *options, const double *number);
    /* Type and shape of what is made of slot in, into out (a copy of in); NULL: f64 of f64, i32 and
     * i64, else f32. */
    ad_status (*made)(const void *options, const double *number, struct slot_field *out);
    /* Whether there is a slot of marks beside it, by what was learned; NULL: no. */
    bool (*marks)(const void *options, const double *number, int64_t channels);
    /* Changes count values of a channel, stride apart; -1, or the first that cannot be taken.
     * unseen: counts.  NULL: none is changed. */
    int64_t (*map)(const void *options, const double *number, double *x, int64_t count,
                   int64_t stride, int64_t *unseen);
    const char *(*refused)(const void *options, double x); /* why map cannot take it */
    /* The way back: values that map makes become those that it took, count of a channel, stride
     * apart.  NULL: they stay as they are. */
    void (*undo)(const void *options, const double *number, double *x, int64_t count,
                 int64_t stride);
    bool widens; /* one value becomes a row, whose largest place says which it was */
    /* Instead of map; *bad: which value cannot be taken, with AD_ERROR_RANGE. */
    ad_status (*apply)(const struct step *s, struct part *p, const struct cells *in,
                       struct cells *out, int64_t *bad);
};

static inline bool takes_numbers(ad_type type)
{
    return type < AD_TYPE_COUNT;
}

/* ---- transforms */

struct ad_transform {
    atomic_int holders;
    struct slot_field *slot;
    int slots, slot_room;
    int inputs; /* the first slots: fields of the source */
    struct step *step;
    int steps, step_numbers_room;
    int *current;
    int currents, current_room;
};

ad_transform *transform_new(const ad_source_field *field, int fields);
ad_transform *transform_hold(ad_transform *t);
/* The slot that is a field of that name now; -1. */
int transform_find(const ad_transform *t, const char *name);

/* One step more, begun.  from: count slots.  options: the method's struct, copied; NULL: its
 * defaults. */
ad_status transform_begin(ad_transform *t, const struct method *m, const void *options,
                          const int *from, int count, const char *to);
/* Room for what a step learns, zeros. */
ad_status step_numbers_room(struct step *s);
/* The last step has learned. */
ad_status transform_end(ad_transform *t);

/* NULL and fail(): there is none of that name. */
const struct method *transform_method(const char *name);
/* Whether a field varies, or the count of its values: with `length` rows where it does. */
int64_t slot_values(const struct slot_field *f, int64_t length);

/* ---- a transform at work: transform_run.c */

struct run {
    ad_transform *transform;
    ad_source *source;
    int *slot;   /* of each field of the source: the slot that it is, -1: it passes by */
    int *into;   /* of each slot, then of each field of the source that passes by: the field that
                  * comes out; -1: none */
    int *length; /* of each slot: which of the lengths of the source it has; -1 */
    bool *have;  /* of slots: whether there is something to make them of */
    ad_source_field *out; /* fields that come out */
    int *varies;          /* of each of them: which of the lengths of the source it has; -1 */
    int fields;           /* of them */
    size_t slot_bytes, into_bytes, have_bytes, out_bytes, varies_bytes;
};

/* Matches the source with what the transform was fitted on.  The run holds both. */
ad_status run_begin(struct run *r, ad_transform *t, ad_source *source);
void run_done(struct run *r);

struct flow {
    struct cells *cells; /* of slots */
    ad_array *inner;     /* of the source's fields */
    char *memory;
    size_t bytes, cells_bytes, inner_bytes;
    int64_t most; /* examples that it has room for */
};

/* Room for `count` examples at a time, or as many as are quick.  length: of the fields of the
 * source that vary.  into: what comes out goes there; NULL: into memory of the flow. */
ad_status flow_begin(const struct run *r, struct flow *w, int64_t count, const int64_t *length,
                     const ad_array *into);
void flow_done(struct flow *w);
/* Points at count examples, which are examples first... of into. */
void flow_point(const struct run *r, struct flow *w, int64_t count, int64_t first,
                const ad_array *into);
/* The steps, on the fields of the source; number: of the examples, for messages, may be NULL. */
ad_status flow_steps(const struct run *r, struct flow *w, const int64_t *number);
/* Points, reads and does the steps. */
ad_status flow_read(const struct run *r, struct flow *w, const int64_t *number, int64_t count,
                    uint64_t epoch, int64_t first, const ad_array *into);

#endif
