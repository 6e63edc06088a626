/* Cutting a source into parts: at random, in order, by the values of a field, by groups; and into
 * folds.
 *
 * An example gets a place in a line; parts are stretches of the line.  At random the line is a
 * shuffle.  Stratified, the line is sorted by value and dealt out.  Groups are
 * shuffled as wholes. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/option.h"
#include "train/random.h"
#include "train/source.h"

/* What is cut: units, each an example, or all of a group. */
struct cutting {
    int64_t count;
    int64_t *line;            /* examples in the order in which they are cut */
    int *part;                /* by example */
    int64_t *stratum, *group; /* by example, or NULL */
};

static size_t longs(int64_t count)
{
    return ((size_t)count + 1) * sizeof(int64_t);
}

static void cutting_done(struct cutting *c)
{
    memory_free(memory_default(), c->line, longs(c->count));
    memory_free(memory_default(), c->part, ((size_t)c->count + 1) * sizeof *c->part);
    memory_free(memory_default(), c->stratum, (size_t)c->count * sizeof *c->stratum);
    memory_free(memory_default(), c->group, (size_t)c->count * sizeof *c->group);
}

static ad_status cutting_begin(struct cutting *c, ad_source *source, const char *stratify,
                               const char *group)
{
    *c = (struct cutting){.count = source->record.count};
    c->line = memory_alloc(memory_default(), longs(c->count));
    c->part = memory_zeroed(memory_default(), ((size_t)c->count + 1) * sizeof *c->part);
    if (!c->line || !c->part)
        return AD_ERROR_MEMORY;
    if (stratify)
        TRY(source_whole_numbers(source, stratify, ".stratify", &c->stratum));
    return group ? source_whole_numbers(source, group, ".group", &c->group) : AD_OK;
}

/* ---- the line */

/* Sorting by the value first, then by the place in a shuffle. */
struct place {
    int64_t value, at, example;
};

static int by_value(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    return x->value != y->value ? (x->value < y->value ? -1 : 1)
                                : (x->at > y->at) - (x->at < y->at);
}

static bool sort_by(struct cutting *c, const int64_t *value)
{
    size_t bytes = ((size_t)c->count + 1) * sizeof(struct place);
    struct place *list = memory_alloc(memory_default(), bytes);
    if (!list)
        return false;
    for (int64_t i = 0; i < c->count; i++)
        list[i] = (struct place){value[c->line[i]], i, c->line[i]};
    qsort(list, (size_t)c->count, sizeof *list, by_value);
    for (int64_t i = 0; i < c->count; i++)
        c->line[i] = list[i].example;
    memory_free(memory_default(), list, bytes);
    return true;
}

/* The end of the stretch of equal values that begins at from. */
static int64_t stretch(const struct cutting *c, const int64_t *value, int64_t from)
{
    int64_t to = from + 1;
    while (to < c->count && value[c->line[to]] == value[c->line[from]])
        to++;
    return to;
}

/* ---- by shares */

struct shares {
    double share[AD_PARTS_MAX];
    int count;
};

/* Parts of n things: each border is rounded to the nearest, so that together they are all. */
static int64_t border(const struct shares *s, int part, int64_t n)
{
    double sum = 0;
    for (int i = 0; i < part; i++)
        sum += s->share[i];
    int64_t at = (int64_t)((double)n * sum + 0.5);
    return part == s->count || at > n ? n : at;
}

static void cut_all(struct cutting *c, const struct shares *s)
{
    for (int p = 0; p < s->count; p++)
        for (int64_t i = border(s, p, c->count); i < border(s, p + 1, c->count); i++)
            c->part[c->line[i]] = p;
}

/* One example after the other to the part that is furthest behind its share: each value, and all
 * together, get their shares up to about one example. */
static void deal(struct cutting *c, const struct shares *s)
{
    int64_t filled[AD_PARTS_MAX] = {0};
    for (int64_t i = 0; i < c->count; i++) {
        int best = 0;
        for (int p = 1; p < s->count; p++)
            if (s->share[p] * (double)(i + 1) - (double)filled[p] >
                s->share[best] * (double)(i + 1) - (double)filled[best])
                best = p;
        c->part[c->line[i]] = best;
        filled[best]++;
    }
}

/* Whole groups, in the order of a shuffle, to the part that is furthest behind its share. */
static ad_status cut_groups(struct cutting *c, const struct shares *s, uint64_t seed)
{
    int64_t filled[AD_PARTS_MAX] = {0}, groups = 0, done = 0;
    if (!sort_by(c, c->group))
        return AD_ERROR_MEMORY;
    int64_t *begin = memory_alloc(memory_default(), longs(c->count));
    int64_t *order = memory_alloc(memory_default(), longs(c->count));
    ad_status status = begin && order ? AD_OK : AD_ERROR_MEMORY;
    for (int64_t from = 0; status == AD_OK && from < c->count; from = stretch(c, c->group, from))
        begin[groups++] = from;
    if (status == AD_OK)
        ad_shuffle(order, groups, seed, random_stream(RANDOM_SPLIT, 0) / 2);
    for (int64_t i = 0; status == AD_OK && i < groups; i++) {
        int64_t from = begin[order[i]], to = stretch(c, c->group, from);
        int best = 0;
        for (int p = 1; p < s->count; p++) {
            double behind = s->share[p] * (double)(done + to - from) - (double)filled[p];
            if (behind > s->share[best] * (double)(done + to - from) - (double)filled[best])
                best = p;
        }
        for (int64_t k = from; k < to; k++)
            c->part[c->line[k]] = best;
        filled[best] += to - from, done += to - from;
    }
    memory_free(memory_default(), begin, longs(c->count));
    memory_free(memory_default(), order, longs(c->count));
    return status;
}

static ad_status cut(struct cutting *c, const struct shares *s, uint64_t seed, bool in_order)
{
    for (int64_t i = 0; i < c->count; i++)
        c->line[i] = i;
    if (!in_order)
        ad_shuffle(c->line, c->count, seed, random_stream(RANDOM_SPLIT, 0) / 2);
    if (c->group)
        return cut_groups(c, s, seed);
    if (c->stratum && !sort_by(c, c->stratum))
        return AD_ERROR_MEMORY;
    if (c->stratum)
        deal(c, s);
    else
        cut_all(c, s);
    return AD_OK;
}

/* ---- parts as sources */

/* Examples of a part keep their order.  keep: whether the part's number has to be part, or not. */
static ad_source *take(ad_source *source, struct cutting *c, int part, bool keep)
{
    int64_t n = 0;
    for (int64_t i = 0; i < c->count; i++)
        if ((c->part[i] == part) == keep)
            c->line[n++] = i;
    return ad_source_part(source, c->line, n);
}

static ad_status check_parts(const struct cutting *c, const ad_source *source, int parts)
{
    for (int p = 0; p < parts; p++) {
        int64_t n = 0;
        for (int64_t i = 0; i < c->count; i++)
            n += c->part[i] == p;
        if (n == 0)
            return fail(AD_ERROR_ARGUMENT, "part %d of %s would be empty: it has %lld examples", p,
                        source->record.name, (long long)c->count);
    }
    return AD_OK;
}

static ad_status read_shares(const ad_split_options *o, struct shares *s)
{
    double sum = 0;
    *s = (struct shares){.count = 0};
    while (s->count < AD_PARTS_MAX && o->share[s->count] != 0) {
        double share = o->share[s->count];
        if (!(share > 0 && share <= 1))
            return fail(AD_ERROR_ARGUMENT,
                        "ad_source_split: share %d is %g; it is above 0 and at "
                        "most 1",
                        s->count, share);
        sum += s->share[s->count++] = share;
    }
    if (s->count < 1 || sum < 1 - 1e-6 || sum > 1 + 1e-6)
        return fail(AD_ERROR_ARGUMENT, "ad_source_split: the shares add up to %g instead of 1",
                    sum);
    for (int p = 0; p < s->count; p++)
        if (!o->part[p])
            return fail(AD_ERROR_ARGUMENT, "ad_source_split: .part has nowhere to put part %d", p);
    return AD_OK;
}

static ad_status split(ad_source *source, const ad_split_options *o, const struct shares *s,
                       struct cutting *c)
{
    TRY(cutting_begin(c, source, o->stratify, o->group));
    TRY(cut(c, s, o->seed, o->in_order));
    TRY(check_parts(c, source, s->count));
    for (int p = 0; p < s->count; p++)
        if (!(*o->part[p] = take(source, c, p, true)))
            return ad_error_status();
    return AD_OK;
}

ad_status ad_source_split(ad_source *source, const ad_split_options *options)
{
    ad_split_options o = AD_OPTIONS(ad_split_options);
    struct shares s;
    struct cutting c = {0};
    TRY(options_read(ad_split_options, &o, options));
    TRY(source_check_numbered(source, "ad_source_split"));
    TRY(read_shares(&o, &s));
    if ((o.in_order && (o.stratify || o.group)) || (o.stratify && o.group))
        return fail(AD_ERROR_ARGUMENT,
                    "ad_source_split: only one of .in_order, .stratify and .group can be given");
    for (int p = 0; p < s.count; p++)
        *o.part[p] = NULL;
    ad_status status = split(source, &o, &s, &c);
    for (int p = 0; status != AD_OK && p < s.count; p++) {
        ad_source_free(*o.part[p]);
        *o.part[p] = NULL;
    }
    cutting_done(&c);
    return status;
}

/* ---- folds */

static ad_status fold(ad_source *source, const ad_fold_options *o, struct cutting *c,
                      ad_source **kept, ad_source **held)
{
    struct shares s = {.count = o->folds};
    for (int p = 0; p < o->folds && p < AD_PARTS_MAX; p++)
        s.share[p] = 1.0 / o->folds;
    TRY(cutting_begin(c, source, o->stratify, o->group));
    TRY(cut(c, &s, o->seed, false));
    TRY(check_parts(c, source, s.count));
    *held = take(source, c, o->fold, true);
    *kept = *held ? take(source, c, o->fold, false) : NULL;
    return *kept ? AD_OK : ad_error_status();
}

ad_status ad_source_fold(ad_source *source, ad_source **kept, ad_source **held,
                         const ad_fold_options *options)
{
    ad_fold_options o = AD_OPTIONS(ad_fold_options);
    struct cutting c = {0};
    *kept = *held = NULL;
    TRY(options_read(ad_fold_options, &o, options));
    TRY(source_check_numbered(source, "ad_source_fold"));
    if (o.folds < 2 || o.folds > AD_PARTS_MAX || o.fold < 0 || o.fold >= o.folds)
        return fail(AD_ERROR_ARGUMENT,
                    "ad_source_fold: fold %d of %d; there are 2 to %d folds, numbered from 0",
                    o.fold, o.folds, AD_PARTS_MAX);
    if (o.stratify && o.group)
        return fail(AD_ERROR_ARGUMENT,
                    "ad_source_fold: only one of .stratify and .group can be given");
    ad_status status = fold(source, &o, &c, kept, held);
    if (status != AD_OK) {
        ad_source_free(*held);
        *held = NULL;
    }
    cutting_done(&c);
    return status;
}
