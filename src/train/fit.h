/* A training that goes on: what fit.c (the loop), fit_feeds.c (fields to feeds), fit_evaluate.c and
 * fit_checkpoint.c share. */
#ifndef TRAIN_FIT_H
#define TRAIN_FIT_H

#include "train/batches.h"

#ifdef ADZE_EXTRAS
enum { FED_NUMBERS = 2 }; /* rate and momentum */
#else
enum { FED_NUMBERS = 1 };
#endif

/* A program, and which field of its batches each of its feeds takes. */
struct fed {
    ad_program *program;
    ad_tensor **feed;
    int *field; /* by feed; -1: the rate, -2: the momentum */
    ad_array *array;
    int feeds, room;
};

/* A program over the state of one fetch or several: it takes every feed of the graph that has a
 * field's name, and of number[FED_NUMBERS] those that are not NULL.  fail() where a field does not
 * fit its feed, or the fetches need a feed that there is no field for. */
ad_status fed_begin(struct fed *f, ad_state *state, ad_batches *batches, ad_tensor *const *fetch,
                    int fetches, bool training, ad_tensor *const *number, const char *source);
void fed_done(struct fed *f);
void fed_fill(struct fed *f, const ad_batch *batch, const ad_array *number);
ad_status fed_run(struct fed *f, const ad_batch *batch, const ad_array *number, ad_array *out);

/* Measuring a part. */
struct judge {
    struct fed fed;
    ad_batches *batches;
    const ad_measure *measure;
    bool has_loss;
    int measures; /* beside the loss */
    int outputs;  /* that the program gives */
    ad_measured measured[AD_MEASURES_MAX + 1];
    void *sums[AD_MEASURES_MAX];
};

ad_status judge_begin(struct judge *j, ad_state *state, ad_source *source, ad_tensor *loss,
                      const ad_measure *measure, int64_t size, int threads);
void judge_done(struct judge *j);
/* Fills .measured: the loss first where there is one. */
ad_status judge_run(struct judge *j);
int judge_count(const struct judge *j);

struct fit {
    const ad_fit_options *o;
    ad_state *state, *best;
    ad_batches *batches;
    struct fed player[AD_PLAYERS_MAX];
    int players, turns; /* turns of all players together */
    struct judge judge;
    bool judged; /* there is something to validate with */
    int watched; /* of what is measured */
    uint64_t fingerprint;
    ad_fit_position at, stored; /* stored: of the newest checkpoint, which needs not be repeated */
    double rate_now;
    ad_array number[FED_NUMBERS]; /* rate and momentum, as they are fed */
    double number_f64[FED_NUMBERS];
    float number_f32[FED_NUMBERS];
    double began, saved, waited; /* seconds */
    bool asked;                  /* to stop */
    bool over;                   /* a player's run said so */
    ad_fit_end end;
};

/* Tells the listener; fills in what all events have. */
void fit_event(struct fit *f, ad_event *e);

/* fit_checkpoint.c: nothing without a folder. */
ad_status fit_save(struct fit *f);
ad_status fit_save_best(struct fit *f);
/* Goes to the newest checkpoint that is whole; *found is false where there is none. */
ad_status fit_resume(struct fit *f, bool *found);

#endif
