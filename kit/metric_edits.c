/* Word and character error rates: edits (Levenshtein 1966) over the length of what is right, both
 * summed over all texts; words and characters as jiwer 4 cuts them. */
#include <math.h>
#include <stdlib.h>

#include "message.h"
#include "metric.h"
#include "metric_words.h"

enum { WORDS, LETTERS };

/* The fewest insertions, deletions, replacements from a to b; -1: no memory. */
static int64_t edits(const word_list *a, const word_list *b)
{
    int64_t *row = calloc((size_t)b->count + 1, sizeof *row);
    if (!row)
        return -1;
    for (int64_t j = 0; j <= b->count; j++)
        row[j] = j;
    for (int64_t i = 1; i <= a->count; i++) {
        int64_t corner = row[0];
        row[0] = i;
        for (int64_t j = 1; j <= b->count; j++) {
            int64_t best = corner + (a->at[i - 1] != b->at[j - 1]);
            best = row[j] + 1 < best ? row[j] + 1 : best;
            best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
            corner = row[j];
            row[j] = best;
        }
    }
    int64_t result = row[b->count];
    free(row);
    return result;
}

static bool cut(letters *text, int part, word_list *list)
{
    for (int i = 0; i < 2; i++) {
        if (part == WORDS)
            letters_squeeze(&text[i]);
        letters_strip(&text[i]);
    }
    if (part == WORDS)
        return words_of_texts(text, 2, false, list);
    bool done = true;
    for (int i = 0; i < 2; i++) {
        list[i].at = calloc((size_t)text[i].count + 1, sizeof *list[i].at);
        done = done && list[i].at && !text[i].failed;
        list[i].count = list[i].at ? text[i].count : 0;
        for (int64_t k = 0; k < list[i].count; k++)
            list[i].at[k] = (int32_t)text[i].at[k];
    }
    return done;
}

/* stat: edits, tokens that are right. */
static bool count_edits(const metric_work *w, int part, int64_t example, double *stat)
{
    letters text[2] = {letters_of(w->a->right[example]), letters_of(w->a->answer[example])};
    word_list list[2] = {{NULL, 0}, {NULL, 0}};
    int64_t found = cut(text, part, list) ? edits(&list[0], &list[1]) : -1;
    stat[0] = (double)found;
    stat[1] = (double)list[0].count;
    words_done(list, 2);
    letters_done(&text[0]);
    letters_done(&text[1]);
    return found >= 0;
}

static ad_status prepare(const metric_work *w, metric_state *s)
{
    s->stats = 2;
    s->stat = calloc((size_t)w->count * 2 + 1, sizeof *s->stat);
    bool done = s->stat;
    for (int64_t i = 0; i < w->count && done; i++)
        done = count_edits(w, s->part, i, s->stat + 2 * i);
    return done ? AD_OK : message_no_memory();
}

static metric_found value(const metric_work *w, const metric_state *s, const double *weight,
                          double *scratch)
{
    (void)scratch;
    double wrong = 0, of = 0;
    for (int64_t i = 0; i < w->count; i++) {
        wrong += weight[i] * s->stat[2 * i];
        of += weight[i] * s->stat[2 * i + 1];
    }
    if (!(of > 0))
        return (metric_found){NAN, 0, "the right texts are empty"};
    return (metric_found){wrong / of, 0, NULL};
}

static const char *refuse(const metric_work *w, const void *options)
{
    (void)options;
    return w->a->references == 1 ? NULL : "it is of one right text for each answer";
}

const metric_way metric_word_error_rate = {
    .part = WORDS, .prepare = prepare, .value = value, .refuse = refuse};
const metric_way metric_character_error_rate = {
    .part = LETTERS, .prepare = prepare, .value = value, .refuse = refuse};
