/* Changes of texts: drop_tokens, swap_tokens, mask_tokens; and of the numbers of a table:
 * number_noise, drop_numbers.  Tokens are what the encoder makes, words by `text: {tokens: words}`;
 * those that begin, end, part or pad texts stay where they are. */
#include <string.h>

#include "augment.h"

typedef struct chance_options {
    double chance;
} chance_options;

static bool drawn(const void *options, ad_random *r)
{
    return change_share(r) < ((const chance_options *)options)->chance;
}

static bool happens(changing *c)
{
    return drawn(c->options, &c->random);
}

static bool is_kept(const changing *c, int32_t token)
{
    const token_roles *t = c->tokens;
    bool kept = token == t->padding;
    for (size_t i = 0; i < sizeof t->kept / sizeof *t->kept; i++)
        kept = kept || token == t->kept[i];
    return kept;
}

/* ---------------------------------------------------------------- tokens */

/* The first and the last stay, so there is one; where examples are of different lengths it depends
 * on nothing but how many there are. */
static int64_t left(const void *options, ad_random *r, int64_t steps)
{
    int64_t count = steps;
    for (int64_t i = 1; i + 1 < steps; i++)
        count -= drawn(options, r);
    return count;
}

static void drop(changing *c)
{
    const int32_t *x = c->in;
    int32_t *y = c->out;
    int64_t count = 0;
    for (int64_t i = 0; i < c->steps; i++) {
        bool gone = i > 0 && i + 1 < c->steps && happens(c);
        if (!gone || (!c->varies && is_kept(c, x[i])))
            y[count++] = x[i];
    }
    for (; count < c->after; count++)
        y[count] = c->tokens->padding;
}

static void swap(changing *c)
{
    int32_t *y = c->out;
    memcpy(y, c->in, (size_t)c->steps * sizeof *y);
    for (int64_t i = 0; i + 1 < c->steps; i++)
        if (!is_kept(c, y[i]) && !is_kept(c, y[i + 1]) && happens(c)) {
            int32_t first = y[i];
            y[i] = y[i + 1];
            y[++i] = first;
        }
}

static void mask(changing *c)
{
    const int32_t *x = c->in;
    int32_t *y = c->out;
    for (int64_t i = 0; i < c->steps; i++)
        y[i] = !is_kept(c, x[i]) && happens(c) ? c->tokens->mask : x[i];
}

static const ad_option chance_rows[] = {
    CHANGE_OPTION(chance_options, chance, 0, 1, "p prob probability rate share",
                  "for each of them"),
};
static const chance_options chance_initial = {0.1};
#define CHANCE AD_RECORD_OPTIONS(chance_rows, chance_initial)

const change_record change_drop_tokens = {
    .record = {.name = "drop_tokens",
               .help = "tokens of a text left out, but the first and last",
               .also = "word_dropout random_deletion token_dropout",
               CHANCE},
    .of = CHANGE_TOKENS,
    .moves = true,
    .change = drop,
    .length = left};

const change_record change_swap_tokens = {
    .record = {.name = "swap_tokens",
               .help = "neighbouring tokens of a text change places",
               .also = "random_swap",
               CHANCE},
    .of = CHANGE_TOKENS,
    .moves = true,
    .change = swap};

const change_record change_mask_tokens = {
    .record = {.name = "mask_tokens",
               .help = "tokens of a text become the token mask, or where there is none unknown",
               .also = "token_mask random_mask",
               CHANCE},
    .of = CHANGE_TOKENS,
    .change = mask};

/* ---------------------------------------------------------------- numbers */

typedef struct noise_options {
    double deviation;
} noise_options;

static void add_noise(changing *c)
{
    const float *x = c->in;
    float *y = c->out, by = (float)((const noise_options *)c->options)->deviation;
    uint64_t key[2] = {ad_random_next(&c->random), ad_random_next(&c->random)};
    for (int64_t i = 0; i < c->steps; i++)
        y[i] = x[i] + by * ad_normal_at(key, (uint32_t)i);
}

static const ad_option noise_rows[] = {
    CHANGE_OPTION(noise_options, deviation, 0, 1e9, "std stddev sigma",
                  "of the numbers added; those of a table are standardized"),
};
static const noise_options noise_initial = {0.1};

const change_record change_number_noise = {
    .record = {.name = "number_noise",
               .help = "a normal number is added to each number of a row of a table",
               .also = "table_noise jitter_numbers",
               AD_RECORD_OPTIONS(noise_rows, noise_initial)},
    .of = CHANGE_NUMBERS,
    .change = add_noise};

static void drop_numbers(changing *c)
{
    const float *x = c->in;
    float *y = c->out;
    for (int64_t i = 0; i < c->steps; i++)
        y[i] = happens(c) ? 0 : x[i];
}

const change_record change_drop_numbers = {
    .record = {.name = "drop_numbers",
               .help = "numbers of a row of a table become 0, the mean of what is standardized",
               .also = "drop_columns column_dropout feature_dropout",
               CHANCE},
    .of = CHANGE_NUMBERS,
    .change = drop_numbers};
