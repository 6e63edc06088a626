/* Batches in the making: what batches.c (who prepares which, and who waits), batches_order.c (which
 * examples), batches_fill.c and batches_stream.c (their memory) share. */
#ifndef TRAIN_BATCHES_H
#define TRAIN_BATCHES_H

#include <pthread.h>

#include "base/error.h"
#include "base/job.h"
#include "train/random.h"
#include "train/source.h"

enum slot_state { SLOT_EMPTY, SLOT_FILLING, SLOT_READY, SLOT_FAILED };

/* Room for one batch. */
struct slot {
    enum slot_state state;
    int64_t count;   /* examples in it */
    ad_array *array; /* by field */
    size_t *room;    /* bytes of its memory */
    int64_t *length; /* of examples by fields that vary: (size, varying) */
    ad_status status;
    char words[ERROR_TEXT_MAX]; /* where it failed */
};

/* Examples of a stream that wait to be drawn. */
struct buffer {
    ad_array *one;      /* where the next example is read: (1, shape...) of each field */
    char *memory;       /* room for capacity + 1 examples, the last is where one points */
    size_t each, bytes; /* of an example; of all */
    int64_t held, capacity;
    bool ended;
    ad_random random;
};

struct ad_batches {
    ad_source *source;
    ad_batches_options o;
    ad_source_field *field; /* of batches: the source's, then lengths */
    char *names;            /* of the lengths */
    size_t names_size;
    int fields, similar;          /* similar: which of the lengths, -1 */
    double *sums;                 /* of weights up to each example; NULL */
    int64_t *order;               /* numbers of the examples of this epoch; NULL of a stream */
    int64_t order_count, batches; /* batches: -1 of a stream */
    uint64_t epoch;
    struct buffer buffer;

    struct slot *slot;
    int slots;
    int64_t fill, take;       /* batches whose making has begun; that were given out */
    bool held;                /* the last one given out is in use */
    int filling;              /* makers at work */
    bool lost;                /* the last seek or batch failed: the next call goes there again */
    bool paused, quit, ended; /* ended: a stream has no more */
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct job *job;
    int jobs, jobs_room;
    int watched;  /* batches whose making was timed, to decide about threads; -1: decided */
    double least; /* seconds of the quickest of them */
};

/* batches_order.c: .order for .epoch; weights and lengths are asked of the source at first. */
ad_status batches_order_begin(ad_batches *b);
ad_status batches_order(ad_batches *b);
void batches_order_done(ad_batches *b);

/* batches_fill.c */
ad_status batches_fields(ad_batches *b);
void batches_fields_done(ad_batches *b);
bool slot_begin(const ad_batches *b, struct slot *s);
void slot_done(const ad_batches *b, struct slot *s);
/* Batch number of this epoch into the slot. */
ad_status slot_fill(ad_batches *b, struct slot *s, int64_t number);
/* Room for count examples in the arrays of fields that do not vary. */
ad_status slot_room(const ad_batches *b, struct slot *s, int f, int64_t count, int64_t length);

/* batches_stream.c: the same of a stream; count is less than a batch, or 0, at the end. */
ad_status stream_begin(ad_batches *b);
void stream_done(ad_batches *b);
ad_status stream_rewind(ad_batches *b);
ad_status stream_fill(ad_batches *b, struct slot *s);

#endif
