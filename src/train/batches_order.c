/* Which examples the batches of an epoch hold, and in which order. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "train/batches.h"

static size_t doubles(int64_t count)
{
    return ((size_t)count + 1) * sizeof(double);
}

/* ---- weights */

static ad_status sum_weights(ad_batches *b, const double *weight)
{
    int64_t count = b->source->record.count;
    double sum = 0;
    for (int64_t i = 0; i < count; i++) {
        if (!(weight[i] >= 0 && weight[i] <= 1e300))
            return fail(AD_ERROR_ARGUMENT,
                        "ad_batches_new: weight %lld is %g; weights are 0 or more", (long long)i,
                        weight[i]);
        b->sums[i] = sum += weight[i];
    }
    return sum > 0 ? AD_OK : fail(AD_ERROR_ARGUMENT, "ad_batches_new: all weights are 0");
}

static int by_number(const void *a, const void *b)
{
    int64_t p = *(const int64_t *)a, q = *(const int64_t *)b;
    return (p > q) - (p < q);
}

static int64_t times_in(const int64_t *sorted, int64_t count, int64_t value)
{
    int64_t edge[2];
    for (int side = 0; side < 2; side++) {
        int64_t low = 0, high = count;
        while (low < high) {
            int64_t middle = low + (high - low) / 2;
            if (side ? sorted[middle] <= value : sorted[middle] < value)
                low = middle + 1;
            else
                high = middle;
        }
        edge[side] = low;
    }
    return edge[1] - edge[0];
}

/* An example weighs the less, the more there are of its value. */
static ad_status balance(ad_batches *b)
{
    int64_t count = b->source->record.count, *value, *sorted;
    size_t bytes = (size_t)count * sizeof *value;
    TRY(source_whole_numbers(b->source, b->o.balance, ".balance", &value));
    sorted = memory_alloc(memory_default(), bytes);
    double *weight = memory_alloc(memory_default(), doubles(count));
    ad_status status = sorted && weight ? AD_OK : AD_ERROR_MEMORY;
    if (status == AD_OK) {
        memcpy(sorted, value, bytes);
        qsort(sorted, (size_t)count, sizeof *sorted, by_number);
        for (int64_t i = 0; i < count; i++)
            weight[i] = 1.0 / (double)times_in(sorted, count, value[i]);
        status = sum_weights(b, weight);
    }
    memory_free(memory_default(), weight, doubles(count));
    memory_free(memory_default(), sorted, bytes);
    memory_free(memory_default(), value, bytes);
    return status;
}

static ad_status weights_begin(ad_batches *b)
{
    b->sums = memory_alloc(memory_default(), doubles(b->source->record.count));
    if (!b->sums)
        return AD_ERROR_MEMORY;
    return b->o.balance ? balance(b) : sum_weights(b, b->o.weight);
}

static int64_t draw(const ad_batches *b, ad_random *r)
{
    int64_t low = 0, high = b->source->record.count - 1;
    double at = random_share(r) * b->sums[high];
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (b->sums[middle] > at)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* ---- batches of similar lengths */

enum { POOL = 50 }; /* batches among which lengths are sorted */

struct measured {
    int64_t length, at, example;
};

static int by_length(const void *a, const void *b)
{
    const struct measured *x = a, *y = b;
    return x->length != y->length ? (x->length < y->length ? -1 : 1)
                                  : (x->at > y->at) - (x->at < y->at);
}

static ad_status measure(ad_batches *b, struct measured *list, int64_t from, int64_t count,
                         int64_t *length)
{
    for (int64_t i = 0; i < count; i++) {
        int64_t example = b->order[from + i];
        TRY(source_length(b->source, example, b->epoch, length));
        list[i] = (struct measured){length[b->similar], i, example};
    }
    return AD_OK;
}

/* A pool sorted by length is cut into batches, which come in a shuffled order.  What does not fill
 * one is cut out at a random place of the pool, so that it is not always the longest, and comes
 * last. */
static void deal(ad_batches *b, const struct measured *list, int64_t from, int64_t count,
                 int64_t pool, int64_t *turn)
{
    int64_t size = b->o.size, whole = count / size, rest = count % size;
    ad_random r =
        ad_random_start(b->o.seed, random_stream(RANDOM_SIMILAR, b->epoch) - 2 * (uint64_t)pool);
    int64_t gap = rest ? (int64_t)ad_random_below(&r, (uint64_t)whole + 1) : whole;
    ad_shuffle(turn, whole, b->o.seed,
               random_stream(RANDOM_SIMILAR, b->epoch) / 2 - (uint64_t)pool);
    for (int64_t i = 0; i < count; i++) {
        int64_t batch = i / size < whole ? turn[i / size] : whole;
        int64_t at = batch == whole ? gap * size : batch * size + (batch >= gap ? rest : 0);
        b->order[from + i] = list[at + i % size].example;
    }
}

static ad_status group_similar(ad_batches *b)
{
    int64_t pool = POOL * b->o.size < b->order_count ? POOL * b->o.size : b->order_count + 1;
    size_t lists = (size_t)pool * sizeof(struct measured), turns = (POOL + 1) * sizeof(int64_t);
    size_t lengths = (size_t)b->source->varying * sizeof(int64_t);
    struct measured *list = memory_alloc(memory_default(), lists);
    int64_t *turn = memory_alloc(memory_default(), turns);
    int64_t *length = memory_alloc(memory_default(), lengths);
    ad_status status = list && turn && length ? AD_OK : AD_ERROR_MEMORY;
    for (int64_t from = 0; status == AD_OK && from < b->order_count; from += pool) {
        int64_t count = b->order_count - from < pool ? b->order_count - from : pool;
        status = measure(b, list, from, count, length);
        if (status == AD_OK) {
            qsort(list, (size_t)count, sizeof *list, by_length);
            deal(b, list, from, count, from / pool, turn);
        }
    }
    memory_free(memory_default(), length, lengths);
    memory_free(memory_default(), turn, turns);
    memory_free(memory_default(), list, lists);
    return status;
}

/* ---- the order */

ad_status batches_order_begin(ad_batches *b)
{
    b->order_count = b->source->record.count;
    b->batches =
        b->o.drop_last ? b->order_count / b->o.size : (b->order_count + b->o.size - 1) / b->o.size;
    b->order = memory_alloc(memory_default(), ((size_t)b->order_count + 1) * sizeof *b->order);
    if (!b->order)
        return AD_ERROR_MEMORY;
    return b->o.order == AD_ORDER_WEIGHTED ? weights_begin(b) : AD_OK;
}

ad_status batches_order(ad_batches *b)
{
    ad_random r = ad_random_start(b->o.seed, random_stream(RANDOM_WEIGHTS, b->epoch));
    if (b->o.order == AD_ORDER_SHUFFLED)
        ad_shuffle(b->order, b->order_count, b->o.seed, b->epoch);
    else
        for (int64_t i = 0; i < b->order_count; i++)
            b->order[i] = b->o.order == AD_ORDER_WEIGHTED ? draw(b, &r) : i;
    return b->similar >= 0 ? group_similar(b) : AD_OK;
}

void batches_order_done(ad_batches *b)
{
    memory_free(memory_default(), b->order, ((size_t)b->order_count + 1) * sizeof *b->order);
    memory_free(memory_default(), b->sums, doubles(b->source->record.count));
}
