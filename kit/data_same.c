/* Examples that are there twice: equal inputs by a hash of all their bytes, and inputs that are
 * alike by their prints.
 *
 * Alike are texts of the same letters (whatever their case, marks and blanks), and texts whose runs
 * of five letters are the same to four fifths (of 20 letters and more; Jaccard, as MinHash
 * estimates it); pictures whose (16, 16) means correlate by 0.995 and more, of those that agree in
 * a quarter of the signs by which each of them differs from its right neighbour; waves by their
 * envelopes alike. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data_look.h"
#include "message.h"

enum {
    BANDS_TEXT = 16,
    BANDS_PICTURE = 8,
    COMPARED_MOST = 24, /* earlier ones of the same band that one is compared with */
    RANGE_LEAST = 24    /* flatter pictures all look alike */
};

static const double alike_pictures = 0.995, alike_texts = 0.8;

typedef struct keyed {
    uint64_t key;
    int64_t at;
} keyed;

static int by_key(const void *a, const void *b)
{
    const keyed *x = a, *y = b;
    int order = (x->key > y->key) - (x->key < y->key);
    return order ? order : (x->at > y->at) - (x->at < y->at);
}

static keyed *sorted_keys(const uint64_t *key, int64_t count)
{
    keyed *list = malloc((size_t)(count + 1) * sizeof *list);
    for (int64_t i = 0; list && i < count; i++)
        list[i] = (keyed){key[i], i};
    if (list)
        qsort(list, (size_t)count, sizeof *list, by_key);
    return list;
}

/* ---------------------------------------------------------------- equal inputs */

/* For each example the first one that it repeats: of its own part, and of the training part where
 * its part is another; -1: none. */
typedef struct twins {
    int64_t *inside, *across;
    double pairs; /* of equal ones, in all parts */
} twins;

static bool twins_begin(twins *t, int64_t count)
{
    t->inside = malloc((size_t)(count + 1) * sizeof *t->inside);
    t->across = malloc((size_t)(count + 1) * sizeof *t->across);
    for (int64_t i = 0; t->inside && t->across && i < count; i++)
        t->inside[i] = t->across[i] = -1;
    return t->inside && t->across;
}

static void twins_done(twins *t)
{
    free(t->inside);
    free(t->across);
}

/* Example i is equal to, or like, the earlier one k. */
static void pair(const data_sample *s, twins *t, int64_t i, int64_t k)
{
    int part = data_part_of(s, i), other = data_part_of(s, k);
    if (part == other && t->inside[i] < 0)
        t->inside[i] = k;
    if (part != other && other == AD_PART_TRAIN && t->across[i] < 0)
        t->across[i] = k;
}

static void pair_run(const data_sample *s, const keyed *list, int64_t from, int64_t to, twins *t)
{
    int64_t first[AD_LOOK_PARTS] = {-1, -1, -1};
    for (int64_t i = from; i < to; i++) {
        int part = data_part_of(s, list[i].at);
        if (first[part] >= 0)
            pair(s, t, list[i].at, first[part]);
        if (part != AD_PART_TRAIN && first[AD_PART_TRAIN] >= 0)
            pair(s, t, list[i].at, first[AD_PART_TRAIN]);
        first[part] = first[part] < 0 ? list[i].at : first[part];
    }
}

static void pair_equal(const data_sample *s, const keyed *list, twins *t)
{
    for (int64_t from = 0, to; from < s->count; from = to) {
        for (to = from + 1; to < s->count && list[to].key == list[from].key;)
            to++;
        t->pairs += (double)(to - from) * (double)(to - from - 1) / 2;
        if (to > from + 1)
            pair_run(s, list, from, to, t);
    }
}

static int by_number(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The share of pairs of examples that agree in a column. */
static double agreeing(const data_sample *s, int column, double *room)
{
    const double *value = data_values(s, column);
    double pairs = 0;
    int64_t n = 0;
    for (int64_t i = 0; i < s->count; i++)
        if (!isnan(value[i]))
            room[n++] = value[i];
    qsort(room, (size_t)n, sizeof *room, by_number);
    for (int64_t from = 0, to; from < n; from = to) {
        for (to = from + 1; to < n && room[to] == room[from];)
            to++;
        pairs += (double)(to - from) * (double)(to - from - 1);
    }
    double missing = (double)(s->count - n), all = (double)s->count;
    return all > 1 ? (pairs + missing * (missing - 1)) / all / (all - 1) : 0;
}

/* Pairs of equal rows to be expected where every column were drawn on its own; a picture or text is
 * not equal by chance.  Below 0 without memory. */
static double expected_pairs(const looker *l)
{
    const data_sample *s = &l->sample;
    double pairs = (double)s->count * (double)(s->count - 1) / 2;
    double *room = malloc((size_t)(s->count + 1) * sizeof *room);
    if (!room)
        return -1;
    for (int c = 0; c < s->columns; c++)
        if (s->column[c].field->use == AD_USE_INPUT)
            pairs *= agreeing(s, c, room);
    free(room);
    return s->print ? 0 : pairs;
}

static int64_t count_marked(const int64_t *twin, int64_t from, int64_t to)
{
    int64_t count = 0;
    for (int64_t i = from; i < to; i++)
        count += twin[i] >= 0;
    return count;
}

/* Of examples from to to - 1. */
static bool list_pairs(const looker *l, ad_finding *f, const int64_t *twin, int64_t from,
                       int64_t to)
{
    f->paired = true;
    for (int64_t i = from; i < to && f->places + 1 < AD_LOOK_PLACES; i++)
        if (twin[i] >= 0 && !(data_place(l, f, i) && data_place(l, f, twin[i])))
            return false;
    return true;
}

static const char *examples(const looker *l)
{
    if (l->sample.kind == PRINT_TEXT)
        return "texts";
    return l->name[0] ? "files" : l->sample.kind == PRINT_NONE ? "rows" : "examples";
}

/* ---------------------------------------------------------------- what is said of them */

static bool say_inside(looker *l, const twins *t, bool equal, double expected)
{
    const data_sample *s = &l->sample;
    int64_t all = count_marked(t->inside, 0, s->count);
    double share = (double)all / (double)s->count;
    bool chance = equal && expected > 0.1 * t->pairs;
    if (all == 0)
        return true;
    ad_finding *f = data_found(
        l, equal ? "W410" : "W412", share >= 0.01 && !chance ? AD_FINDING_WARNING : AD_FINDING_NOTE,
        NULL, "%lld of %lld %s %s one before them in the same part (%.2g %%)", (long long)all,
        (long long)s->count, examples(l), equal ? "repeat the inputs of" : "are nearly the same as",
        100 * share);
    if (!f)
        return false;
    f->count = all;
    return list_pairs(l, f, t->inside, 0, s->count) &&
           data_because(f,
                        chance ? "the columns have few different values, so many of them may be "
                                 "equal by chance"
                               : "they count more than others in training, and where a part is cut "
                                 "at random they fall into both sides",
                        chance ? "nothing, where each is an example of its own"
                        : data_has_groups(l)
                            ? "delete repetitions, or keep those that belong together in one "
                              "part: data.group"
                            : "delete repetitions");
}

static bool say_across(looker *l, const twins *t, int part, bool equal, double expected)
{
    const data_sample *s = &l->sample;
    int64_t from = s->first[part], to = s->first[part + 1];
    int64_t all = count_marked(t->across, from, to);
    double share = to > from ? (double)all / (double)(to - from) : 0;
    bool chance = equal && expected > 0.1 * t->pairs;
    if (all == 0)
        return true;
    ad_finding *f =
        data_found(l, equal ? "W411" : "W413",
                   share >= 0.005 && !chance ? AD_FINDING_WARNING : AD_FINDING_NOTE, NULL,
                   "%lld of %lld %s of the %s part %s training examples (%.2g %%)", (long long)all,
                   (long long)(to - from), examples(l), data_part_words[part],
                   equal ? "have the inputs of" : "are nearly the same as", 100 * share);
    if (!f)
        return false;
    f->count = all;
    return list_pairs(l, f, t->across, from, to) &&
           data_because(f,
                        chance ? "the columns have few different values, so many of them may be "
                                 "equal by chance"
                               : "what was learned by heart is measured as if it were understood",
                        data_has_groups(l)
                            ? "delete them from one of the parts, or keep those that belong "
                              "together in one: data.group"
                            : "delete them from one of the parts");
}

static bool say_all(looker *l, const twins *t, bool equal)
{
    double expected = equal ? expected_pairs(l) : 0;
    bool good = expected >= 0 && say_inside(l, t, equal, expected);
    for (int part = 1; good && part < AD_LOOK_PARTS; part++)
        good = say_across(l, t, part, equal, expected);
    for (int part = 0; part < AD_LOOK_PARTS; part++) {
        ad_look_part *p = &l->look->part[part];
        int64_t from = l->sample.first[part], to = l->sample.first[part + 1];
        *(equal ? &p->repeated : &p->near) = count_marked(t->inside, from, to);
        *(equal ? &p->seen : &p->near_seen) = count_marked(t->across, from, to);
    }
    return good;
}

/* ---------------------------------------------------------------- equal inputs, other targets */

/* For each example the first one with its inputs, and another class. */
static void find_contradictions(const data_sample *s, const keyed *list, int64_t *twin)
{
    for (int64_t from = 0, to; from < s->count; from = to) {
        for (to = from + 1; to < s->count && list[to].key == list[from].key; to++)
            if (s->targets[list[to].at] != s->targets[list[from].at])
                twin[list[to].at] = list[from].at;
    }
}

static bool say_contradictions(looker *l, const keyed *list)
{
    const data_sample *s = &l->sample;
    int target = data_target(l);
    if (target < 0 || s->column[target].kind != AD_LOOK_CLASS)
        return true;
    int64_t *twin = malloc((size_t)(s->count + 1) * sizeof *twin);
    for (int64_t i = 0; twin && i < s->count; i++)
        twin[i] = -1;
    if (twin)
        find_contradictions(s, list, twin);
    int64_t all = twin ? count_marked(twin, 0, s->count) : 0;
    double share = s->count ? (double)all / (double)s->count : 0;
    bool good = twin != NULL;
    ad_finding *f = NULL;
    if (all > 0) {
        f = data_found(l, "W414", share >= 0.01 ? AD_FINDING_WARNING : AD_FINDING_NOTE,
                       s->column[target].field->name,
                       "%lld of %lld %s have the inputs of an earlier one, and another '%s' "
                       "(%.2g %%)",
                       (long long)all, (long long)s->count, examples(l),
                       s->column[target].field->name, 100 * share);
        good = f && list_pairs(l, f, twin, 0, s->count) &&
               data_because(f, "no network can be right on both",
                            "look at them: one of the labels is wrong, or a column that tells them "
                            "apart is missing");
    }
    if (f)
        f->count = all;
    free(twin);
    return good;
}

/* ---------------------------------------------------------------- prints */

static uint64_t band_of_text(const uint8_t *print, int band)
{
    enum { WORDS = PRINT_WORDS / BANDS_TEXT };
    return data_hash((uint64_t)band, print + band * WORDS * 4, WORDS * 4);
}

/* Signs of the differences of neighbours, on (8, 9) means: eight rows of eight (dHash). */
static uint64_t signs_of(const uint8_t *print)
{
    uint64_t bits = 0;
    for (int y = 0; y < 8; y++)
        for (int x = 0; x < 8; x++) {
            int from = x * 15 / 8, to = (x + 1) * 15 / 8;
            const uint8_t *row = print + 2 * y * PRINT_SIDE;
            int left = row[from] + row[from + PRINT_SIDE], right = row[to] + row[to + PRINT_SIDE];
            bits = bits << 1 | (left > right + 4);
        }
    return bits;
}

static uint64_t band_of_picture(const uint8_t *print, int band)
{
    uint64_t bits = signs_of(print) >> (8 * band) & 0xFF,
             more = signs_of(print) >> (8 * ((band + 3) % 8)) & 0xFF;
    return data_mix(bits << 16 | more << 4 | (uint64_t)band);
}

static uint64_t band_of_wave(const uint8_t *print, int band)
{
    uint64_t bits = 0;
    for (int i = 0; i < PRINT_SIZE / BANDS_PICTURE / 2 - 1; i++) {
        const uint8_t *p = print + band * PRINT_SIZE / BANDS_PICTURE + 2 * i;
        bits = bits << 1 | (p[0] + p[1] > p[2] + p[3] + 4);
    }
    return data_mix(bits << 8 | (uint64_t)band);
}

static double similar_texts(const uint8_t *a, const uint8_t *b)
{
    int same = 0;
    for (int k = 0; k < PRINT_SIZE; k += 4)
        same += memcmp(a + k, b + k, 4) == 0;
    return (double)same / PRINT_WORDS;
}

static double correlation(const uint8_t *a, const uint8_t *b)
{
    int64_t x = 0, y = 0, xx = 0, yy = 0, xy = 0;
    for (int k = 0; k < PRINT_SIZE; k++) {
        x += a[k], y += b[k];
        xx += a[k] * a[k], yy += b[k] * b[k], xy += a[k] * b[k];
    }
    double n = PRINT_SIZE, top = n * (double)xy - (double)x * (double)y;
    double square =
        (n * (double)xx - (double)x * (double)x) * (n * (double)yy - (double)y * (double)y);
    return square > 0 ? top / sqrt(square) : 0;
}

static bool alike(const data_sample *s, int64_t i, int64_t k)
{
    const uint8_t *a = s->print + i * PRINT_SIZE, *b = s->print + k * PRINT_SIZE;
    if (s->alike[i] == s->alike[k])
        return true;
    if (s->range[i] == PRINT_SHORT || s->range[k] == PRINT_SHORT)
        return false;
    return s->kind == PRINT_TEXT ? similar_texts(a, b) >= alike_texts
                                 : correlation(a, b) >= alike_pictures;
}

static void fill_band(const data_sample *s, int band, keyed *list)
{
    for (int64_t i = 0; i < s->count; i++) {
        const uint8_t *print = s->print + i * PRINT_SIZE;
        list[i].at = i;
        list[i].key = s->range[i] < RANGE_LEAST  ? data_mix(s->alike[i])
                      : s->kind == PRINT_TEXT    ? band_of_text(print, band)
                      : s->kind == PRINT_PICTURE ? band_of_picture(print, band)
                                                 : band_of_wave(print, band);
    }
    qsort(list, (size_t)s->count, sizeof *list, by_key);
}

/* Compares those of one band with some before them. */
static void pair_band(const data_sample *s, const keyed *list, const twins *equal, twins *near)
{
    for (int64_t from = 0, i = 0; i < s->count; i++) {
        from = i > 0 && list[i].key == list[i - 1].key ? from : i;
        int64_t me = list[i].at, least = i - COMPARED_MOST > from ? i - COMPARED_MOST : from;
        for (int64_t k = i - 1; k >= least && s->range[me] >= RANGE_LEAST; k--) {
            int64_t other = list[k].at;
            bool same = s->inputs[me] == s->inputs[other];
            if (!same && equal->inside[me] < 0 && equal->across[me] < 0 && alike(s, me, other))
                pair(s, near, me, other);
        }
    }
}

static ad_status find_alike(looker *l, const twins *equal)
{
    const data_sample *s = &l->sample;
    twins near = {0};
    keyed *list = malloc((size_t)(s->count + 1) * sizeof *list);
    bool good = list && twins_begin(&near, s->count);
    int bands = s->kind == PRINT_TEXT ? BANDS_TEXT : BANDS_PICTURE;
    for (int band = 0; good && band < bands; band++) {
        fill_band(s, band, list);
        pair_band(s, list, equal, &near);
    }
    good = good && say_all(l, &near, false);
    twins_done(&near);
    free(list);
    return good ? AD_OK : message_no_memory();
}

/* ---------------------------------------------------------------- all */

ad_status data_same(looker *l)
{
    const data_sample *s = &l->sample;
    twins equal = {0};
    keyed *list = sorted_keys(s->inputs, s->count);
    bool good = list && twins_begin(&equal, s->count);
    if (good)
        pair_equal(s, list, &equal);
    good = good && say_all(l, &equal, true) && say_contradictions(l, list);
    ad_status status = good ? AD_OK : message_no_memory();
    if (status == AD_OK && s->print)
        status = find_alike(l, &equal);
    twins_done(&equal);
    free(list);
    return status;
}
