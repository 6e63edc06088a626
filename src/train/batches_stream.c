/* Batches of a stream.  Shuffled, an example is drawn from a buffer, and the stream's next takes
 * its place: what is given depends on the seed, the epoch and the stream alone. */
#include <string.h>

#include "base/memory.h"
#include "train/batches.h"

static size_t padded(size_t bytes)
{
    return (bytes + 63) / 64 * 64;
}

static char *example_at(const struct buffer *u, int64_t i)
{
    return u->memory + (size_t)i * u->each;
}

static void point(const ad_batches *b, ad_array *one, char *at)
{
    for (int f = 0; f < b->source->record.fields; f++) {
        one[f] = source_example(b->source, f, NULL);
        one[f].data = at;
        at += padded(ad_array_bytes(&one[f]));
    }
}

ad_status stream_begin(ad_batches *b)
{
    struct buffer *u = &b->buffer;
    int fields = b->source->record.fields;
    b->batches = -1;
    u->capacity = b->o.order == AD_ORDER_SHUFFLED ? b->o.buffer : 0;
    for (int f = 0; f < fields; f++) {
        ad_array one = source_example(b->source, f, NULL);
        u->each += padded(ad_array_bytes(&one));
    }
    if (!memory_mul(u->each, (size_t)u->capacity + 1, &u->bytes))
        return fail(AD_ERROR_MEMORY, "ad_batches_new: a buffer of %lld examples does not fit",
                    (long long)u->capacity);
    u->one = memory_alloc(memory_default(), (size_t)fields * sizeof *u->one);
    u->memory = memory_alloc(memory_default(), u->bytes);
    if (!u->one || !u->memory)
        return AD_ERROR_MEMORY;
    point(b, u->one, example_at(u, u->capacity));
    return AD_OK;
}

void stream_done(ad_batches *b)
{
    memory_free(memory_default(), b->buffer.one,
                (size_t)b->source->record.fields * sizeof *b->buffer.one);
    memory_free(memory_default(), b->buffer.memory, b->buffer.bytes);
}

ad_status stream_rewind(ad_batches *b)
{
    const ad_source_record *r = &b->source->record;
    b->buffer.held = 0;
    b->buffer.ended = false;
    b->buffer.random = ad_random_start(b->o.seed, random_stream(RANDOM_BUFFER, b->epoch));
    return r->rewind(r->user, b->epoch);
}

/* The stream's next example to where one points. */
static ad_status pull(ad_batches *b)
{
    const ad_source_record *r = &b->source->record;
    return b->buffer.ended ? AD_OK : r->next(r->user, b->buffer.one, &b->buffer.ended);
}

/* Copies example i of the buffer into place k of the slot. */
static void give(const ad_batches *b, struct slot *s, int64_t i, int64_t k)
{
    const char *from = example_at(&b->buffer, i);
    for (int f = 0; f < b->source->record.fields; f++) {
        size_t bytes = ad_array_bytes(&b->buffer.one[f]);
        memcpy((char *)s->array[f].data + (size_t)k * bytes, from, bytes);
        from += padded(bytes);
    }
}

static ad_status fill_buffer(ad_batches *b)
{
    struct buffer *u = &b->buffer;
    while (u->held < u->capacity && !u->ended) {
        TRY(pull(b));
        if (!u->ended)
            memcpy(example_at(u, u->held++), example_at(u, u->capacity), u->each);
    }
    return AD_OK;
}

/* One example to place k; *given is false at the end of the stream. */
static ad_status next_example(ad_batches *b, struct slot *s, int64_t k, bool *given)
{
    struct buffer *u = &b->buffer;
    TRY(fill_buffer(b));
    if (u->capacity == 0) {
        TRY(pull(b));
        *given = !u->ended;
        if (*given)
            give(b, s, 0, k);
        return AD_OK;
    }
    *given = u->held > 0;
    if (!*given)
        return AD_OK;
    int64_t i = (int64_t)ad_random_below(&u->random, (uint64_t)u->held);
    give(b, s, i, k);
    u->held--;
    memmove(example_at(u, i), example_at(u, u->held), i == u->held ? 0 : u->each);
    return AD_OK;
}

ad_status stream_fill(ad_batches *b, struct slot *s)
{
    bool given = true;
    for (int f = 0; f < b->fields; f++)
        TRY(slot_room(b, s, f, b->o.size, 0));
    for (s->count = 0; s->count < b->o.size && given;) {
        TRY(next_example(b, s, s->count, &given));
        s->count += given;
    }
    if (b->o.drop_last && s->count < b->o.size)
        s->count = 0;
    for (int f = 0; f < b->fields; f++)
        s->array[f].shape.size[0] = s->count;
    return AD_OK;
}
