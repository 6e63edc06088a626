/* What a language model has to beat: how often each token came in the training part, and how often
 * behind the one before it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "run.h"

enum { BLOCK = 256, PAIRS_MOST = 20000000 };

/* Pairs of a token and the one that follows, as one number, sorted. */
typedef struct counts {
    int64_t classes, all;
    int64_t *first, *next; /* how often each is the token; and the one that follows */
    uint64_t *pair;
    int64_t pairs;
} counts;

static void counts_done(counts *c)
{
    free(c->first);
    free(c->next);
    free(c->pair);
}

typedef bool pair_rule(void *user, int32_t token, int32_t next);

/* Each token of the source that has a target, with it; false of the rule ends. */
static ad_status each_pair(const ad_run_data *data, ad_source *part, pair_rule *rule, void *user)
{
    ad_batches *b = ad_batches_new(part, .size = BLOCK, .order = AD_ORDER_AS_IS, .threads = 0);
    ad_batch batch = {.count = 0};
    int x = ad_source_find(part, data->input[0].name), y = ad_source_find(part, data->target.name);
    const ad_source_field *field;
    bool varies = ad_source_fields(part, &field) > x && field[x].shape.size[0] == AD_VARYING;
    int length = varies ? ad_source_fields(part, &field) : -1; /* of x, the first that varies */
    ad_status status = b ? ad_batches_next(b, &batch) : ad_error_status();
    bool more = true;
    for (; status == AD_OK && batch.count && more; status = ad_batches_next(b, &batch)) {
        int64_t wide = ad_array_count(&batch.array[x]) / batch.count;
        for (int64_t i = 0; i < batch.count; i++) {
            int64_t steps = length < 0 ? wide : ((const int32_t *)batch.array[length].data)[i];
            for (int64_t t = 0; t < steps && more; t++)
                more = rule(user, ((const int32_t *)batch.array[x].data)[i * wide + t],
                            ((const int32_t *)batch.array[y].data)[i * wide + t]);
        }
    }
    ad_batches_free(b);
    return status == AD_OK ? AD_OK : run_fail_core(AD_RUN_BAD_DATA);
}

static bool count_pair(void *user, int32_t token, int32_t next)
{
    counts *c = user;
    if (token < 0 || next < 0 || token >= c->classes || next >= c->classes)
        return true;
    c->first[token]++;
    c->next[next]++;
    c->pair[c->pairs++] = (uint64_t)token * (uint64_t)c->classes + (uint64_t)next;
    c->all++;
    return c->pairs < PAIRS_MOST;
}

static int by_number(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static ad_status count(const ad_run_data *data, counts *c)
{
    int64_t room = data->tokens[AD_PART_TRAIN] + 1;
    c->classes = data->target.classes;
    c->first = calloc((size_t)c->classes, sizeof *c->first);
    c->next = calloc((size_t)c->classes, sizeof *c->next);
    c->pair = malloc((size_t)(room < PAIRS_MOST ? room : PAIRS_MOST) * sizeof *c->pair);
    if (!c->first || !c->next || !c->pair)
        return no_memory();
    ad_status status = each_pair(data, data->train, count_pair, c);
    qsort(c->pair, (size_t)c->pairs, sizeof *c->pair, by_number);
    return status;
}

/* How many pairs are less than `value`. */
static int64_t below(const counts *c, uint64_t value)
{
    int64_t low = 0, high = c->pairs;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (c->pair[middle] < value)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* ---------------------------------------------------------------- losses */

typedef struct losses {
    const counts *c;
    double sum[2];
    int64_t count;
} losses;

/* (count + 1) / (all + classes), and of pairs (count + 5 times that) / (count of the first + 5). */
static bool add_losses(void *user, int32_t token, int32_t next)
{
    losses *l = user;
    const counts *c = l->c;
    if (token < 0 || next < 0 || token >= c->classes || next >= c->classes)
        return true;
    uint64_t pair = (uint64_t)token * (uint64_t)c->classes + (uint64_t)next;
    double alone = ((double)c->next[next] + 1) / ((double)c->all + (double)c->classes);
    double behind =
        ((double)(below(c, pair + 1) - below(c, pair)) + 5 * alone) / ((double)c->first[token] + 5);
    l->sum[0] -= log(alone);
    l->sum[1] -= log(behind);
    l->count++;
    return true;
}

ad_status run_count_baselines(const ad_run_data *data, ad_source *part,
                              const ad_run_measured *measured, ad_baselines *b)
{
    static const char *const names[] = {"unigram", "bigram"};
    counts c = {0};
    losses l = {.c = &c};
    ad_status status = count(data, &c);
    if (status == AD_OK)
        status = each_pair(data, part, add_losses, &l);
    const ad_measured *net = ad_run_find(measured, "log_loss");
    for (int i = 0; i < 2 && status == AD_OK && l.count > 0; i++) {
        ad_baseline *one = &b->list[b->count++];
        double mean = l.sum[i] / (double)l.count;
        *one = (ad_baseline){.name = names[i], .measures = 1};
        one->measured[0] = (ad_measured){"log_loss", mean, mean, mean, true};
        run_add_derived(data, part, one->measured, &one->measures);
        one->beaten = net && net->high < mean;
    }
    b->examples = ad_source_count(data->train);
    counts_done(&c);
    return status;
}
