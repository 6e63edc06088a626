/* What is learned of a field: ranges, means and squares, sorted values, of each channel.
 *
 * Means are taken of pieces of a channel's values, of a fixed size, one after the other, so they do
 * not depend on how the examples were read; two pieces are put together as Chan, Golub and LeVeque
 * (1979) do, which keeps the digits of 1e9 + small. */
#include "train/transform.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

struct channel {
    struct stats stats;
    int64_t behind_mean; /* values that mean and about know */
    int waiting;         /* values of the piece that is being filled */
    double *value;       /* LEARN_VALUES */
    size_t room;
};

struct learner {
    const char *name;
    int64_t channels;
    int learns, piece;
    struct channel *channel;
    double *pieces; /* (channels, piece) */
    size_t pieces_bytes;
};

enum { PIECE = 256, SMALL_PIECE = 16, MANY_CHANNELS = 1024, BLOCK = 256 };

struct learner *learner_new(const char *name, int64_t channels, int learns)
{
    const ad_allocator *memory = memory_default();
    struct learner *l = memory_zeroed(memory, sizeof *l);
    if (!l)
        return NULL;
    *l = (struct learner){.name = name, .channels = channels, .learns = learns};
    l->piece = channels > MANY_CHANNELS ? SMALL_PIECE : PIECE;
    l->channel = memory_zeroed(memory, (size_t)channels * sizeof *l->channel);
    if (learns & LEARN_MOMENTS) {
        l->pieces_bytes = (size_t)channels * (size_t)l->piece * sizeof(double);
        l->pieces = memory_alloc(memory, l->pieces_bytes);
    }
    if (l->channel && (l->pieces || !l->pieces_bytes))
        return l;
    learner_free(l);
    return NULL;
}

void learner_free(struct learner *l)
{
    if (!l)
        return;
    for (int64_t c = 0; l->channel && c < l->channels; c++)
        memory_free(memory_default(), l->channel[c].value, l->channel[c].room);
    memory_free(memory_default(), l->channel, (size_t)l->channels * sizeof *l->channel);
    memory_free(memory_default(), l->pieces, l->pieces_bytes);
    memory_free(memory_default(), l, sizeof *l);
}

/* ---- means */

static void take_piece(struct channel *c, const double *x)
{
    struct stats *s = &c->stats;
    double n = (double)c->waiting, before = (double)c->behind_mean, sum = 0, off = 0, about = 0;
    for (int i = 0; i < c->waiting; i++)
        sum += x[i];
    double mean = sum / n;
    for (int i = 0; i < c->waiting; i++) {
        off += x[i] - mean;
        about += (x[i] - mean) * (x[i] - mean);
    }
    about -= off * off / n;
    mean += off / n;
    double apart = mean - s->mean;
    s->mean += apart * (n / (n + before));
    s->about += about + apart * apart * (n * before / (n + before));
    c->behind_mean += c->waiting;
    c->waiting = 0;
}

/* ---- values */

static bool keep_value(struct channel *c, double x)
{
    size_t used = (size_t)c->stats.count * sizeof x;
    if (used == c->room) {
        size_t room = used ? 2 * used : BLOCK * sizeof x;
        double *value = memory_resize(memory_default(), c->value, c->room, room);
        if (!value)
            return false;
        c->value = value, c->room = room;
    }
    c->value[c->stats.count] = x;
    return true;
}

/* Bits whose order as whole numbers is that of the numbers, -0 before 0. */
static uint64_t ordered(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
}

/* By one byte of ordered(), keeping the order of equals; false: all have the same one, and nothing
 * was moved. */
static bool sort_by_byte(const double *from, double *to, size_t count, int shift)
{
    size_t begin[257] = {0};
    for (size_t i = 0; i < count; i++)
        begin[(ordered(from[i]) >> shift & 255) + 1]++;
    if (begin[(ordered(from[0]) >> shift & 255) + 1] == count)
        return false;
    for (int b = 0; b < 256; b++)
        begin[b + 1] += begin[b];
    for (size_t i = 0; i < count; i++)
        to[begin[ordered(from[i]) >> shift & 255]++] = from[i];
    return true;
}

static bool sort_values(struct channel *c)
{
    size_t count = (size_t)c->stats.count;
    double *other = memory_alloc(memory_default(), c->room);
    if (!other)
        return false;
    for (int shift = 0; shift < 64; shift += 8)
        if (sort_by_byte(c->value, other, count, shift)) {
            double *sorted = other;
            other = c->value;
            c->value = sorted;
        }
    memory_free(memory_default(), other, c->room);
    c->stats.value = c->value;
    return true;
}

double stats_quantile(const struct stats *s, double q)
{
    double at = (double)(s->count - 1) * q;
    int64_t i = (int64_t)at;
    if (i + 1 >= s->count)
        return s->value[s->count - 1];
    double a = s->value[i], b = s->value[i + 1], share = at - (double)i;
    if (share == 0.5)
        return (a + b) / 2;
    return share < 0.5 ? a + (b - a) * share : b - (b - a) * (1 - share);
}

/* ---- looking */

static ad_status take(struct learner *l, struct channel *c, double x, int64_t example)
{
    struct stats *s = &c->stats;
    if (isnan(x)) {
        s->missing++;
        return AD_OK;
    }
    if (isinf(x))
        return fail(AD_ERROR_NOT_FINITE,
                    "ad_transform_fit: field \"%s\" is infinite in example %lld of training; "
                    "nothing is learned of such values: mark them as missing (NaN) or leave the "
                    "example out",
                    l->name, (long long)example);
    if (!s->count || x < s->low)
        s->low = x, s->low_at = example;
    if (!s->count || x > s->high)
        s->high = x;
    if (l->learns & LEARN_VALUES && !keep_value(c, x))
        return AD_ERROR_MEMORY;
    s->count++;
    if (l->learns & LEARN_MOMENTS) {
        double *piece = l->pieces + (c - l->channel) * l->piece;
        piece[c->waiting++] = x;
        if (c->waiting == l->piece)
            take_piece(c, piece);
    }
    return AD_OK;
}

ad_status learner_see(struct learner *l, const struct cells *c, int64_t first)
{
    double x[BLOCK];
    int64_t total = c->examples * c->each, channel = 0, inside = 0, example = first;
    for (int64_t from = 0; from < total; from += BLOCK) {
        int64_t count = total - from < BLOCK ? total - from : BLOCK;
        cells_load(c, from, count, x);
        for (int64_t i = 0; i < count; i++) {
            TRY(take(l, &l->channel[channel], x[i], example));
            channel = channel + 1 == l->channels ? 0 : channel + 1;
            if (++inside == c->each)
                inside = 0, example++;
        }
    }
    return AD_OK;
}

ad_status learner_end(struct learner *l)
{
    for (int64_t c = 0; c < l->channels; c++) {
        if (l->channel[c].waiting)
            take_piece(&l->channel[c], l->pieces + c * l->piece);
        if (l->channel[c].value && !sort_values(&l->channel[c]))
            return AD_ERROR_MEMORY;
    }
    return AD_OK;
}

const struct stats *learner_stats(const struct learner *l, int64_t channel)
{
    return &l->channel[channel].stats;
}
