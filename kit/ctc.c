#include "ctc.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"

static double log_of(double chance)
{
    return chance > 0 ? log(chance) : -INFINITY;
}

static double log_sum(double a, double b)
{
    double most = a > b ? a : b, least = a > b ? b : a;
    return least == -INFINITY ? most : most + log1p(exp(least - most));
}

int64_t ctc_least(const int32_t *target, int64_t count)
{
    int64_t least = count;
    for (int64_t i = 1; i < count; i++)
        least += target[i] == target[i - 1];
    return least;
}

/* ---------------------------------------------------------------- the likeliest way */

static void say_greedy(const float *chance, int64_t steps, int64_t classes, int32_t *token,
                       int64_t *count, double *score)
{
    int64_t before = 0;
    *count = 0;
    *score = 0;
    for (int64_t t = 0; t < steps; t++) {
        const float *p = chance + t * classes;
        int64_t best = 0;
        for (int64_t c = 1; c < classes; c++)
            best = p[c] > p[best] ? c : best;
        *score += log_of((double)p[best]);
        if (best && best != before)
            token[(*count)++] = (int32_t)best;
        before = best;
    }
}

/* ---------------------------------------------------------------- prefix search */

/* Beginnings are a tree: each is one before it and a token. */
typedef struct node {
    int32_t parent, token; /* the first: -1 and 0 */
} node;

/* A beginning that is kept: logarithms of the chances of its ways that end with a blank, and with
 * its last token. */
typedef struct kept {
    int32_t node;  /* -1: not in the tree yet, */
    int32_t from;  /* but what is kept there... */
    int32_t token; /* ...and this */
    double blank, last;
} kept;

typedef struct search {
    node *tree;
    int64_t nodes, live, beam, classes;
    kept *kept, *next; /* (beam) */
    double *logs;      /* (classes), of one step */
} search;

static double all_of(const kept *k)
{
    return log_sum(k->blank, k->last);
}

/* The best `beam`, in order; those before are at least as good as what comes later. */
static void offer(const search *s, kept *best, int64_t *count, kept one)
{
    double sum = all_of(&one);
    int64_t at = *count;
    if (sum == -INFINITY)
        return;
    while (at > 0 && sum > all_of(&best[at - 1]))
        at--;
    if (at == s->beam)
        return;
    int64_t last = *count < s->beam ? (*count)++ : s->beam - 1;
    memmove(best + at + 1, best + at, (size_t)(last - at) * sizeof *best);
    best[at] = one;
}

/* Token c behind what is kept there: a repeat needs the blank between. */
static double onward(const search *s, const kept *k, int32_t c)
{
    return (c == s->tree[k->node].token ? k->blank : all_of(k)) + s->logs[c];
}

/* The same beginning after one more step: a blank, its last token again, or that token behind the
 * beginning before, where that one is kept too. */
static kept stay(const search *s, const kept *k)
{
    const node *n = &s->tree[k->node];
    kept same = {k->node, 0, 0, all_of(k) + s->logs[0], -INFINITY};
    if (n->parent < 0)
        return same;
    same.last = k->last + s->logs[n->token];
    for (int64_t i = 0; i < s->live; i++)
        if (s->kept[i].node == n->parent)
            same.last = log_sum(same.last, onward(s, &s->kept[i], n->token));
    return same;
}

/* That beginning with one more token is kept already. */
static bool is_kept(const search *s, int32_t parent, int32_t token)
{
    for (int64_t i = 0; i < s->live; i++)
        if (s->tree[s->kept[i].node].parent == parent && s->tree[s->kept[i].node].token == token)
            return true;
    return false;
}

static void step(search *s, const float *chance)
{
    int64_t count = 0;
    for (int64_t c = 0; c < s->classes; c++)
        s->logs[c] = log_of((double)chance[c]);
    for (int64_t i = 0; i < s->live; i++)
        offer(s, s->next, &count, stay(s, &s->kept[i]));
    for (int64_t i = 0; i < s->live; i++)
        for (int32_t c = 1; c < s->classes; c++) {
            kept one = {-1, (int32_t)i, c, -INFINITY, onward(s, &s->kept[i], c)};
            bool late = count == s->beam && !(one.last > all_of(&s->next[count - 1]));
            if (!late && !is_kept(s, s->kept[i].node, c))
                offer(s, s->next, &count, one);
        }
    for (int64_t i = 0; i < count; i++)
        if (s->next[i].node < 0) {
            s->tree[s->nodes] = (node){s->kept[s->next[i].from].node, s->next[i].token};
            s->next[i].node = (int32_t)s->nodes++;
        }
    kept *swap = s->kept;
    s->kept = s->next;
    s->next = swap;
    s->live = count;
}

static int64_t read_back(const search *s, int32_t at, int32_t *token)
{
    int64_t count = 0;
    for (int32_t n = at; s->tree[n].parent >= 0; n = s->tree[n].parent)
        token[count++] = s->tree[n].token;
    for (int64_t i = 0; i < count / 2; i++) {
        int32_t swap = token[i];
        token[i] = token[count - 1 - i];
        token[count - 1 - i] = swap;
    }
    return count;
}

static void search_done(search *s)
{
    free(s->tree);
    free(s->kept);
    free(s->next);
    free(s->logs);
}

static bool search_begin(search *s, int64_t steps)
{
    s->tree = malloc((size_t)(steps * s->beam + 1) * sizeof *s->tree);
    s->kept = malloc((size_t)(s->beam + 1) * sizeof *s->kept);
    s->next = malloc((size_t)(s->beam + 1) * sizeof *s->next);
    s->logs = malloc((size_t)s->classes * sizeof *s->logs);
    if (!s->tree || !s->kept || !s->next || !s->logs)
        return false;
    s->tree[s->nodes++] = (node){-1, 0};
    s->kept[s->live++] = (kept){0, 0, 0, 0, -INFINITY};
    return true;
}

ad_status ctc_say(const float *chance, int64_t steps, int64_t classes, int64_t beam, int32_t *token,
                  int64_t *count, double *score)
{
    search s = {.beam = beam, .classes = classes};
    *count = 0;
    *score = 0;
    if (beam <= 1) {
        say_greedy(chance, steps, classes, token, count, score);
        return AD_OK;
    }
    bool good = search_begin(&s, steps);
    for (int64_t t = 0; good && t < steps && s.live; t++)
        step(&s, chance + t * classes);
    if (good && s.live) { /* else a chance is not finite, and nothing is said */
        *count = read_back(&s, s.kept[0].node, token);
        *score = all_of(&s.kept[0]);
    }
    search_done(&s);
    return good ? AD_OK : message_no_memory();
}
