/* BLEU of a corpus (Papineni et al. 2002) as sacrebleu computes it: words as mteval-v13a cuts them,
 * four orders, the closest length of a reference, exponential smoothing (Chen and Cherry 2014,
 * method 3). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "metric.h"
#include "metric_words.h"

enum { ORDERS = 4, STATS = 2 + 2 * ORDERS };

/* ---------------------------------------------------------------- words
 * Each pass is one of the expressions of mteval-v13a over the whole text, matches from left to
 * right. */

static bool is_digit(uint32_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_point(uint32_t c)
{
    return c == '.' || c == ',';
}

/* [\{-\~\[-\` -\&\(-\+\:-\@\/] */
static bool is_sign(uint32_t c)
{
    return (c >= '{' && c <= '~') || (c >= '[' && c <= '`') || (c >= ' ' && c <= '&') ||
           (c >= '(' && c <= '+') || (c >= ':' && c <= '@') || c == '/';
}

static letters signs_apart(const letters *l)
{
    letters to = {.failed = l->failed};
    for (int64_t i = 0; i < l->count; i++) {
        if (is_sign(l->at[i]))
            letters_add(&to, ' ');
        letters_add(&to, l->at[i]);
        if (is_sign(l->at[i]))
            letters_add(&to, ' ');
    }
    return to;
}

/* ([^0-9])([\.,]) */
static bool point_behind(uint32_t a, uint32_t b)
{
    return !is_digit(a) && is_point(b);
}

/* ([\.,])([^0-9]) */
static bool point_before(uint32_t a, uint32_t b)
{
    return is_point(a) && !is_digit(b);
}

/* ([0-9])(-) */
static bool dash_behind(uint32_t a, uint32_t b)
{
    return is_digit(a) && b == '-';
}

/* Pairs that match get a space in front, between and behind, where asked. */
static letters pairs_apart(const letters *l, bool (*matches)(uint32_t, uint32_t), bool front,
                           bool behind)
{
    letters to = {.failed = l->failed};
    for (int64_t i = 0; i < l->count; i++) {
        bool pair = i + 1 < l->count && matches(l->at[i], l->at[i + 1]);
        if (pair && front)
            letters_add(&to, ' ');
        letters_add(&to, l->at[i]);
        if (!pair)
            continue;
        letters_add(&to, ' ');
        letters_add(&to, l->at[++i]);
        if (behind)
            letters_add(&to, ' ');
    }
    return to;
}

/* In place: every `from` as `to`, letters of ASCII. */
static void replace(letters *l, const char *from, const char *to)
{
    int64_t size = (int64_t)strlen(from), count = 0;
    for (int64_t i = 0; i < l->count;) {
        int64_t k = 0;
        while (k < size && i + k < l->count && l->at[i + k] == (uint32_t)from[k])
            k++;
        if (k < size) {
            l->at[count++] = l->at[i++];
            continue;
        }
        i += size;
        for (const char *p = to; *p; p++)
            l->at[count++] = (uint32_t)*p;
    }
    l->count = count;
}

static void then(letters *l, letters next)
{
    letters_done(l);
    *l = next;
}

static letters cut_13a(const char *text)
{
    static const char *const change[][2] = {
        {"<skipped>", ""}, {"-\n", ""},   {"\n", " "},   {"&quot;", "\""},
        {"&amp;", "&"},    {"&lt;", "<"}, {"&gt;", ">"},
    };
    letters plain = letters_of(text), l = {.failed = plain.failed};
    while (plain.count > 0 && letter_is_space(plain.at[plain.count - 1]))
        plain.count--;
    for (size_t i = 0; i < sizeof change / sizeof *change; i++)
        replace(&plain, change[i][0], change[i][1]);
    letters_add(&l, ' ');
    for (int64_t i = 0; i < plain.count; i++)
        letters_add(&l, plain.at[i]);
    letters_add(&l, ' ');
    letters_done(&plain);
    then(&l, signs_apart(&l));
    then(&l, pairs_apart(&l, point_behind, false, true));
    then(&l, pairs_apart(&l, point_before, true, false));
    then(&l, pairs_apart(&l, dash_behind, false, true));
    return l;
}

/* ---------------------------------------------------------------- n-grams */

typedef struct gram {
    int32_t word[ORDERS]; /* -1 behind the last */
} gram;

static int by_words(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(gram));
}

typedef struct grams {
    gram *at;
    int64_t count;
} grams;

/* All of an order, sorted. */
static bool grams_of(const word_list *t, int order, grams *g)
{
    g->count = t->count >= order ? t->count - order + 1 : 0;
    g->at = calloc((size_t)g->count + 1, sizeof *g->at);
    for (int64_t i = 0; g->at && i < g->count; i++)
        for (int k = 0; k < ORDERS; k++)
            g->at[i].word[k] = k < order ? t->at[i + k] : -1;
    if (g->at)
        qsort(g->at, (size_t)g->count, sizeof *g->at, by_words);
    return g->at;
}

static int64_t times_in(const grams *g, const gram *one)
{
    const gram *found = bsearch(one, g->at, (size_t)g->count, sizeof *one, by_words);
    if (!found)
        return 0;
    const gram *from = found, *to = found, *end = g->at + g->count;
    while (from > g->at && by_words(from - 1, one) == 0)
        from--;
    while (to < end && by_words(to, one) == 0)
        to++;
    return to - from;
}

/* n-grams of the answer that a reference has, each as often as the one that has it most. */
static int64_t matches(const grams *said, const grams *right, int64_t references)
{
    int64_t sum = 0;
    for (int64_t i = 0, end; i < said->count; i = end) {
        int64_t most = 0;
        for (end = i + 1; end < said->count && by_words(&said->at[i], &said->at[end]) == 0;)
            end++;
        for (int64_t r = 0; r < references; r++) {
            int64_t times = times_in(&right[r], &said->at[i]);
            most = times > most ? times : most;
        }
        sum += most < end - i ? most : end - i;
    }
    return sum;
}

static bool count_order(const word_list *list, int64_t references, int order, double *stat)
{
    grams *g = calloc((size_t)references + 1, sizeof *g);
    bool done = g;
    for (int64_t i = 0; i <= references && done; i++)
        done = grams_of(&list[i], order, &g[i]);
    if (done) {
        stat[2 + order - 1] = (double)matches(&g[0], g + 1, references);
        stat[2 + ORDERS + order - 1] = (double)g[0].count;
    }
    for (int64_t i = 0; i <= references && g; i++)
        free(g[i].at);
    free(g);
    return done;
}

/* The one nearest to the answer's, the shorter of two. */
static int64_t closest(const word_list *list, int64_t references)
{
    int64_t best = list[1].count;
    for (int64_t r = 2; r <= references; r++) {
        int64_t off = llabs(list[r].count - list[0].count), least = llabs(best - list[0].count);
        if (off < least || (off == least && list[r].count < best))
            best = list[r].count;
    }
    return best;
}

/* stat: length, length of the reference, then matches and n-grams of each order. */
static bool count_grams(const word_list *list, int64_t references, double *stat)
{
    bool done = true;
    stat[0] = (double)list[0].count;
    stat[1] = (double)closest(list, references);
    for (int order = 1; order <= ORDERS && done; order++)
        done = count_order(list, references, order, stat);
    return done;
}

static bool count_example(const metric_work *w, int64_t example, letters *text, word_list *list,
                          double *stat)
{
    int64_t references = w->a->references;
    text[0] = cut_13a(w->a->answer[example]);
    for (int64_t r = 0; r < references; r++)
        text[r + 1] = cut_13a(w->a->right[example * references + r]);
    bool done =
        words_of_texts(text, references + 1, true, list) && count_grams(list, references, stat);
    words_done(list, references + 1);
    for (int64_t i = 0; i <= references; i++)
        letters_done(&text[i]);
    return done;
}

static ad_status prepare(const metric_work *w, metric_state *s)
{
    size_t texts = (size_t)w->a->references + 1;
    letters *text = calloc(texts, sizeof *text);
    word_list *list = calloc(texts, sizeof *list);
    s->stats = STATS;
    s->stat = calloc((size_t)w->count * STATS + 1, sizeof *s->stat);
    bool done = s->stat && text && list;
    for (int64_t i = 0; i < w->count && done; i++)
        done = count_example(w, i, text, list, s->stat + i * STATS);
    free(text);
    free(list);
    return done ? AD_OK : message_no_memory();
}

/* ---------------------------------------------------------------- the score */

/* 0 to 100. */
static double score(const double *sums)
{
    const double *right = sums + 2, *all = right + ORDERS;
    double smooth = 1, logs = 0, any = 0;
    for (int n = 0; n < ORDERS; n++)
        any += right[n];
    if (any == 0)
        return 0;
    for (int n = 0; n < ORDERS; n++) {
        if (all[n] == 0)
            return 0; /* no n-gram of that order: a precision of 0 */
        smooth *= right[n] == 0 ? 2 : 1;
        logs += log(right[n] == 0 ? 100 / (smooth * all[n]) : 100 * right[n] / all[n]);
    }
    double brevity = sums[0] < sums[1] ? exp(1 - sums[1] / sums[0]) : 1;
    return brevity * exp(logs / ORDERS);
}

static metric_found value(const metric_work *w, const metric_state *s, const double *weight,
                          double *scratch)
{
    (void)scratch;
    double sums[STATS] = {0};
    for (int64_t i = 0; i < w->count; i++)
        for (int k = 0; k < STATS; k++)
            sums[k] += weight[i] * s->stat[i * STATS + k];
    if (sums[0] + sums[1] == 0)
        return (metric_found){NAN, 0, "all texts are empty"};
    return (metric_found){
        score(sums), 0,
        sums[2 + 2 * ORDERS - 1] == 0 ? "no answer has four words, which counts as 0" : NULL};
}

const metric_way metric_bleu = {.prepare = prepare, .value = value};
