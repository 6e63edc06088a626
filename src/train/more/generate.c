/* Tokens drawn from logits, and series of them that a decoder goes on with. */
#include <math.h>
#include <string.h>

#include <adze/adze.h>
#include <adze/train.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/option.h"

static ad_status check(const ad_generate_options *o, int64_t classes)
{
    if (o->temperature >= 0 && o->top_k >= 0 && o->top_p > 0 && o->top_p <= 1 && classes > 0)
        return AD_OK;
    return fail(AD_ERROR_ARGUMENT,
                "ad_generate: temperature and top_k are 0 or more, top_p above 0 to 1");
}

/* ---- what is left to draw from */

/* Sum, or number, of weights from `least` on. */
static double measure(const float *w, int64_t n, float least, bool mass)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += w[i] >= least ? mass ? (double)w[i] : 1 : 0;
    return sum;
}

/* Takes out the least weights, 0 to 1, of what is more than `want`: found by halving the numbers
 * that a float can hold, whose bits are in order.  Of equal ones the first stay. */
static void keep(float *w, int64_t n, double want, bool mass)
{
    union {
        uint32_t bits;
        float value;
    } low = {1}, high = {.value = 1}, middle;
    while (low.bits < high.bits) {
        middle.bits = low.bits + (high.bits - low.bits + 1) / 2;
        if (measure(w, n, middle.value, mass) >= want)
            low = middle;
        else
            high.bits = middle.bits - 1;
    }
    middle.bits = low.bits + 1;
    double above = measure(w, n, middle.value, mass);
    for (int64_t i = 0; i < n; i++) {
        bool edge = w[i] == low.value;
        if (w[i] < low.value || (edge && above >= want))
            w[i] = 0;
        else if (edge)
            above += mass ? (double)w[i] : 1;
    }
}

/* The first of the largest; -1: there is none, or a NaN. */
static int64_t largest(const float *logits, int64_t n)
{
    int64_t best = 0;
    for (int64_t i = 0; i < n; i++) {
        if (isnan(logits[i]))
            return -1;
        best = logits[i] > logits[best] ? i : best;
    }
    return logits[best] > -INFINITY ? best : -1;
}

/* logits become chances. */
static void weigh(float *w, int64_t n, float most, const ad_generate_options *o)
{
    for (int64_t i = 0; i < n; i++)
        w[i] = w[i] == most ? 1 : (float)exp(((double)w[i] - (double)most) / o->temperature);
    if (o->top_k && o->top_k < n)
        keep(w, n, (double)o->top_k, false);
    if (o->top_p < 1)
        keep(w, n, o->top_p * measure(w, n, 0, true), true);
    double sum = measure(w, n, 0, true);
    for (int64_t i = 0; i < n; i++)
        w[i] = (float)((double)w[i] / sum);
}

int64_t ad_pick(float *logits, int64_t count, const ad_generate_options *options)
{
    ad_generate_options o = AD_OPTIONS(ad_generate_options);
    if (options_read(ad_generate_options, &o, options) != AD_OK || check(&o, count) != AD_OK)
        return -1;
    int64_t best = largest(logits, count), drawn = best;
    if (best < 0)
        fail(AD_ERROR_ARGUMENT, "ad_pick: no logit is above -infinity, or one is NaN");
    if (best < 0 || o.temperature == 0)
        return best;
    weigh(logits, count, logits[best], &o);
    const uint64_t key[2] = {(uint64_t)o.seed, (uint64_t)o.number};
    double at = ad_random_at(key, 0) * measure(logits, count, 0, true);
    for (int64_t i = 0; i < count && at >= 0; i++)
        if (logits[i] > 0) {
            at -= (double)logits[i];
            drawn = i;
        }
    return drawn;
}

/* ---- series */

struct series {
    ad_decoder *d;
    ad_generate_options o;
    int64_t rows, classes, room;
    size_t bytes; /* of what lies behind logits */
    float *logits;
    double *score, *next_score; /* (rows) */
    int32_t *token, *from, *list, *next_list,
        *best; /* (rows), (rows), (rows, room) twice, (room) */
    int64_t best_count;
    double best_score;
};

static ad_status series_new(struct series *s, int64_t room)
{
    s->rows = ad_decoder_batch(s->d);
    s->classes = ad_decoder_classes(s->d);
    s->room = room;
    size_t rows = (size_t)s->rows, all;
    size_t numbers = rows * (size_t)s->classes + (2 * rows + 1) * (size_t)room + 2 * rows;
    if (room < 0 || room > INT32_MAX || !memory_mul(numbers, sizeof *s->logits, &all))
        return fail(AD_ERROR_ARGUMENT, "ad_generate: there is no room for %lld tokens",
                    (long long)room);
    s->bytes = 2 * rows * sizeof *s->score + all;
    s->score = memory_zeroed(memory_default(), s->bytes);
    if (!s->score)
        return AD_ERROR_MEMORY;
    s->next_score = s->score + rows;
    s->logits = (float *)(s->next_score + rows);
    s->token = (int32_t *)(s->logits + rows * (size_t)s->classes);
    s->from = s->token + rows;
    s->list = s->from + rows;
    s->next_list = s->list + rows * (size_t)room;
    s->best = s->next_list + rows * (size_t)room;
    s->best_score = -INFINITY;
    return AD_OK;
}

static ad_status begin(struct series *s, const int32_t *prompt, int64_t length)
{
    for (int64_t i = 0; i < length; i++) {
        for (int64_t r = 0; r < s->rows; r++)
            s->token[r] = prompt[i];
        TRY(ad_decoder_step(s->d, s->token, s->logits));
    }
    return AD_OK;
}

static ad_status draw(struct series *s, int32_t *tokens, int64_t *count)
{
    ad_generate_options o = s->o;
    int64_t room = *count;
    for (*count = 0; *count < room;) {
        int64_t next = ad_pick(s->logits, s->classes, &o);
        o.number++;
        if (next < 0)
            return ad_error_status();
        if (next == o.end)
            return AD_OK;
        tokens[(*count)++] = s->token[0] = (int32_t)next;
        if (*count < room)
            TRY(ad_decoder_step(s->d, s->token, s->logits));
    }
    return AD_OK;
}

/* ---- beams */

static void log_chances(float *x, int64_t n)
{
    double most = -INFINITY, sum = 0;
    for (int64_t i = 0; i < n; i++)
        most = fmax(most, (double)x[i]);
    for (int64_t i = 0; i < n; i++)
        sum += exp((double)x[i] - most);
    for (int64_t i = 0; i < n; i++)
        x[i] = (float)((double)x[i] - most - log(sum));
}

/* The end is a place of a row's length too. */
static void finish(struct series *s, const int32_t *list, int64_t count, double score,
                   int64_t length)
{
    score /= pow((double)length, s->o.length_penalty);
    if (!(score > s->best_score))
        return;
    s->best_score = score;
    s->best_count = count;
    memcpy(s->best, list, (size_t)count * sizeof *list);
}

/* The best way on of all rows, which is then taken out; false: none is left. */
static bool next_best(struct series *s, int64_t rows, int64_t *row, int64_t *token, double *score)
{
    *score = -INFINITY;
    for (int64_t r = 0; r < rows; r++)
        for (int64_t i = 0; i < s->classes; i++) {
            double x = s->score[r] + (double)s->logits[r * s->classes + i];
            if (x > *score)
                *score = x, *row = r, *token = i;
        }
    if (*score == -INFINITY)
        return false;
    s->logits[*row * s->classes + *token] = -INFINITY;
    return true;
}

/* Of `live` rows with `count` tokens the best with one more; how many there are. */
static int64_t widen(struct series *s, int64_t live, int64_t count)
{
    int64_t next = 0, row, token;
    double score;
    for (int64_t r = 0; r < live; r++)
        log_chances(s->logits + r * s->classes, s->classes);
    for (int64_t tried = 0; tried < 2 * s->rows && next < s->rows; tried++) {
        if (!next_best(s, live, &row, &token, &score))
            break;
        const int32_t *list = s->list + row * s->room;
        if (token == s->o.end) {
            finish(s, list, count, score, count + 1);
            continue;
        }
        memcpy(s->next_list + next * s->room, list, (size_t)count * sizeof *list);
        s->next_list[next * s->room + count] = s->token[next] = (int32_t)token;
        s->from[next] = (int32_t)row;
        s->next_score[next++] = score;
    }
    int32_t *lists = s->list;
    s->list = s->next_list, s->next_list = lists;
    memcpy(s->score, s->next_score, (size_t)next * sizeof *s->score);
    return next;
}

/* No row that lives can end better, as chances only fall. */
static bool is_settled(const struct series *s)
{
    double bound = s->score[0];
    bound /= pow((double)s->room, fmax(s->o.length_penalty, 0));
    return s->best_score >= bound;
}

static ad_status search(struct series *s, int32_t *tokens, int64_t *count)
{
    int64_t live = 1, at = 0; /* all rows are the same at first */
    while (at < s->room) {
        live = widen(s, live, at++);
        if (live == 0 || at == s->room || is_settled(s))
            break;
        for (int64_t r = live; r < s->rows; r++)
            s->token[r] = s->token[0], s->from[r] = s->from[0];
        TRY(ad_decoder_reorder(s->d, s->from));
        TRY(ad_decoder_step(s->d, s->token, s->logits));
    }
    if (live > 0 && at > 0 && (at == s->room || s->best_score == -INFINITY))
        finish(s, s->list, at, s->score[0], at);
    *count = s->best_count;
    memcpy(tokens, s->best, (size_t)s->best_count * sizeof *tokens);
    return s->best_score > -INFINITY || s->room == 0
               ? AD_OK
               : fail(AD_ERROR_ARGUMENT, "ad_generate: no token has a chance");
}

ad_status ad_generate(ad_decoder *decoder, const int32_t *prompt, int64_t length, int32_t *tokens,
                      int64_t *count, const ad_generate_options *options)
{
    struct series s = {.d = decoder, .o = AD_OPTIONS(ad_generate_options)};
    TRY(options_read(ad_generate_options, &s.o, options));
    TRY(check(&s.o, ad_decoder_classes(decoder)));
    if (length < 1 || (!s.o.beam && ad_decoder_batch(decoder) > 1))
        return fail(AD_ERROR_ARGUMENT, "ad_generate: the prompt has a token at least, and without "
                                       ".beam the decoder has one row");
    TRY(series_new(&s, *count));
    ad_status status = begin(&s, prompt, length);
    if (status == AD_OK)
        status = s.o.beam ? search(&s, tokens, count) : draw(&s, tokens, count);
    memory_free(memory_default(), s.score, s.bytes);
    return status;
}
