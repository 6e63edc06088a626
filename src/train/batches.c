/* Batches, prepared by threads while one is used.
 *
 * Batch n of an epoch goes to slot n modulo the slots.  A maker takes the next number whose slot is
 * free; the taker waits for its number.  What a batch holds depends on its number alone, so any
 * number of makers gives the same.  Of a stream there is one maker at most.
 *
 * A seek lets makers finish what they have begun, then all begins at the new place. */
#include "train/batches.h"

#include "base/clock.h"
#include "base/processors.h"

#include <string.h>

#include "base/memory.h"
#include "base/option.h"

static struct slot *slot_of(const ad_batches *b, int64_t number)
{
    return &b->slot[number % b->slots];
}

/* ---- makers */

static bool may_fill(const ad_batches *b)
{
    int64_t first = b->take - b->held;
    return !b->paused && !b->ended && (b->batches < 0 || b->fill < b->batches) &&
           b->fill < first + b->slots;
}

/* With the mutex held, which is let go meanwhile. */
static void fill_next(ad_batches *b)
{
    int64_t number = b->fill++;
    struct slot *s = slot_of(b, number);
    s->state = SLOT_FILLING;
    b->filling++;
    pthread_mutex_unlock(&b->mutex);
    s->status = slot_fill(b, s, number);
    if (s->status != AD_OK)
        error_copy(s->words, sizeof s->words);
    pthread_mutex_lock(&b->mutex);
    s->state = s->status == AD_OK ? SLOT_READY : SLOT_FAILED;
    b->ended |= s->status != AD_OK || (b->batches < 0 && s->count < b->o.size);
    b->filling--;
    pthread_cond_broadcast(&b->changed);
}

static void make_batches(void *argument)
{
    ad_batches *b = argument;
    pthread_mutex_lock(&b->mutex);
    while (!b->quit)
        if (may_fill(b))
            fill_next(b);
        else
            pthread_cond_wait(&b->changed, &b->mutex);
    pthread_mutex_unlock(&b->mutex);
}

static void pause_makers(ad_batches *b, bool quit)
{
    pthread_mutex_lock(&b->mutex);
    b->paused = true;
    b->quit = quit;
    pthread_cond_broadcast(&b->changed);
    while (b->filling)
        pthread_cond_wait(&b->changed, &b->mutex);
    pthread_mutex_unlock(&b->mutex);
}

/* ---- making and freeing */

static ad_status check_options(const ad_source *source, const ad_batches_options *o)
{
    bool stream = source->record.count < 0;
    if (o->size < 1 || o->size > INT32_MAX)
        return fail(AD_ERROR_ARGUMENT,
                    "ad_batches_new: .size is %lld; a batch has 1 to %d examples",
                    (long long)o->size, INT32_MAX);
    if (o->threads < AD_AS_NEEDED || o->threads > 256 || o->ahead < 1 || o->ahead > 1024 ||
        o->buffer < 1)
        return fail(AD_ERROR_ARGUMENT, "ad_batches_new: .threads is AD_AS_NEEDED or 0 to 256, "
                                       ".ahead 1 to 1024, .buffer 1 or more");
    if (stream && (o->order == AD_ORDER_WEIGHTED || o->similar || source->varying))
        return fail(AD_ERROR_UNSUPPORTED,
                    "ad_batches_new: %s is a stream: it has no weights, and no fields that vary",
                    source->record.name);
    if (o->order != AD_ORDER_WEIGHTED && (o->weight || o->balance))
        return fail(AD_ERROR_ARGUMENT,
                    "ad_batches_new: .weight and .balance need .order = AD_ORDER_WEIGHTED");
    if (o->order == AD_ORDER_WEIGHTED && !o->weight == !o->balance)
        return fail(AD_ERROR_ARGUMENT,
                    "ad_batches_new: AD_ORDER_WEIGHTED needs .weight or .balance, one of them");
    return AD_OK;
}

static ad_status find_similar(ad_batches *b)
{
    b->similar = -1;
    if (!b->o.similar)
        return AD_OK;
    for (int f = 0, varying = 0; f < b->source->record.fields; f++) {
        bool varies = source_field_varies(&b->source->record.field[f]);
        if (varies && !strcmp(b->source->record.field[f].name, b->o.similar))
            b->similar = varying;
        varying += varies;
    }
    return b->similar >= 0
               ? AD_OK
               : fail(AD_ERROR_ARGUMENT,
                      "ad_batches_new: .similar = \"%s\" is no field that varies", b->o.similar);
}

static ad_status make_slots(ad_batches *b)
{
    int slots = (b->o.threads ? b->o.ahead : 0) + 1; /* AD_AS_NEEDED: there may be some */
    b->slot = memory_zeroed(memory_default(), (size_t)slots * sizeof *b->slot);
    if (!b->slot)
        return AD_ERROR_MEMORY;
    b->slots = slots;
    for (int i = 0; i < slots; i++)
        if (!slot_begin(b, &b->slot[i]))
            return AD_ERROR_MEMORY;
    return AD_OK;
}

static ad_status start_makers(ad_batches *b, int wanted)
{
    int threads = b->batches < 0 && wanted > 1 ? 1 : wanted;
    b->job = memory_zeroed(memory_default(), (size_t)threads * sizeof *b->job);
    if (!b->job)
        return AD_ERROR_MEMORY;
    b->jobs_room = threads;
    for (; b->jobs < threads; b->jobs++)
        TRY(job_start(&b->job[b->jobs], make_batches, b));
    return AD_OK;
}

static ad_status begin(ad_batches *b)
{
    TRY(batches_fields(b));
    TRY(find_similar(b));
    TRY(b->source->record.count < 0 ? stream_begin(b) : batches_order_begin(b));
    TRY(make_slots(b));
    b->paused = true;
    b->watched = b->o.threads == AD_AS_NEEDED ? 0 : -1;
    if (b->o.threads > 0)
        TRY(start_makers(b, b->o.threads));
    return ad_batches_seek(b, 0, 0);
}

ad_batches *ad_batches_new(ad_source *source, const ad_batches_options *options)
{
    ad_batches_options o = AD_OPTIONS(ad_batches_options);
    if (options_read(ad_batches_options, &o, options) != AD_OK)
        return NULL;
    if (!source || check_options(source, &o) != AD_OK) {
        if (!source)
            fail(AD_ERROR_ARGUMENT, "ad_batches_new: the source is NULL");
        return NULL;
    }
    ad_batches *b = memory_zeroed(memory_default(), sizeof *b);
    if (!b)
        return NULL;
    b->source = source_hold(source), b->o = o;
    pthread_mutex_init(&b->mutex, NULL);
    pthread_cond_init(&b->changed, NULL);
    if (begin(b) == AD_OK)
        return b;
    char words[ERROR_TEXT_MAX];
    ad_status status = ad_error_status();
    error_copy(words, sizeof words);
    ad_batches_free(b);
    fail(status, "%s", words);
    return NULL;
}

void ad_batches_free(ad_batches *b)
{
    if (!b)
        return;
    pause_makers(b, true);
    for (int i = 0; i < b->jobs; i++)
        job_wait(&b->job[i]);
    memory_free(memory_default(), b->job, (size_t)b->jobs_room * sizeof *b->job);
    for (int i = 0; i < b->slots; i++)
        slot_done(b, &b->slot[i]);
    memory_free(memory_default(), b->slot, (size_t)b->slots * sizeof *b->slot);
    if (b->source->record.count < 0)
        stream_done(b);
    else
        batches_order_done(b);
    batches_fields_done(b);
    pthread_cond_destroy(&b->changed);
    pthread_mutex_destroy(&b->mutex);
    ad_source_free(b->source);
    memory_free(memory_default(), b, sizeof *b);
}

/* ---- what they are */

int64_t ad_batches_count(const ad_batches *b)
{
    return b->batches;
}

int ad_batches_fields(const ad_batches *b, const ad_source_field **field)
{
    if (field)
        *field = b->field;
    return b->fields;
}

/* ---- taking */

/* A stream is gone through again up to the place. */
static ad_status skip(ad_batches *b, int64_t number)
{
    for (int64_t i = 0; i < number && b->batches < 0; i++) {
        TRY(stream_fill(b, &b->slot[0]));
        if (b->slot[0].count < b->o.size)
            break;
    }
    return AD_OK;
}

ad_status ad_batches_seek(ad_batches *b, uint64_t epoch, int64_t number)
{
    if (number < 0 || (b->batches >= 0 && number > b->batches))
        return fail(AD_ERROR_RANGE, "ad_batches_seek: batch %lld of %lld", (long long)number,
                    (long long)b->batches);
    pause_makers(b, false);
    bool anew = epoch != b->epoch || !b->take || b->lost;
    b->epoch = epoch;
    ad_status status = AD_OK;
    if (b->batches < 0) {
        status = stream_rewind(b);
        if (status == AD_OK)
            status = skip(b, number);
    } else if (anew) {
        status = batches_order(b);
    }
    pthread_mutex_lock(&b->mutex);
    for (int i = 0; i < b->slots; i++)
        b->slot[i].state = SLOT_EMPTY;
    b->fill = b->take = number;
    b->held = b->ended = false;
    b->paused = status != AD_OK;
    pthread_cond_broadcast(&b->changed);
    pthread_mutex_unlock(&b->mutex);
    b->lost = status != AD_OK;
    return status;
}

/* The slot of the next batch once it is made, NULL at the end. */
static struct slot *wait_for_next(ad_batches *b)
{
    struct slot *s = slot_of(b, b->take);
    pthread_mutex_lock(&b->mutex);
    if (b->held) {
        slot_of(b, b->take - 1)->state = SLOT_EMPTY;
        b->held = false;
        pthread_cond_broadcast(&b->changed);
    }
    for (;;) {
        bool begun = b->take < b->fill;
        if (begun && (s->state == SLOT_READY || s->state == SLOT_FAILED))
            break;
        if (!begun && !may_fill(b)) {
            s = NULL;
            break;
        }
        if (!b->jobs)
            fill_next(b);
        else
            pthread_cond_wait(&b->changed, &b->mutex);
    }
    pthread_mutex_unlock(&b->mutex);
    return s;
}

/* Whether threads are worth their waking.  Where none can be had the caller goes on alone. */
static void watch(ad_batches *b, double seconds)
{
    enum { TIMED = 4 };
    const double waking = 30e-6, heavy = 2e-3;
    b->least = b->watched == 0 || seconds < b->least ? seconds : b->least;
    if (++b->watched < TIMED)
        return;
    b->watched = -1;
    if (b->least > waking)
        (void)!start_makers(b, b->least > heavy ? processors_available() : 1);
}

/* The batch that could not be made is tried again by the next call. */
static ad_status failed(ad_batches *b, const struct slot *s)
{
    char words[ERROR_TEXT_MAX];
    ad_status status = s->status;
    memcpy(words, s->words, sizeof words);
    b->lost = true; /* of a stream: by going through it again */
    return fail(status, "%s", words);
}

ad_status ad_batches_next(ad_batches *b, ad_batch *batch)
{
    *batch = (ad_batch){.number = b->take, .epoch = b->epoch};
    if (b->lost)
        TRY(ad_batches_seek(b, b->epoch, b->take));
    double begin = b->watched >= 0 ? clock_seconds() : 0;
    struct slot *s = wait_for_next(b);
    if (s && b->watched >= 0)
        watch(b, clock_seconds() - begin);
    if (!s || (s->state == SLOT_READY && s->count == 0))
        return AD_OK;
    if (s->state == SLOT_FAILED)
        return failed(b, s);
    batch->count = s->count;
    batch->array = s->array;
    batch->example = b->order ? b->order + b->take * b->o.size : NULL;
    pthread_mutex_lock(&b->mutex);
    b->held = true;
    b->take++;
    pthread_mutex_unlock(&b->mutex);
    return AD_OK;
}
