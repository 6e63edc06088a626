/* Answers to questions as SQuAD's evaluation script compares them (Rajpurkar et al. 2016, version
 * 2.0): in small letters, without ASCII's punctuation and without the words a, an and the, several
 * spaces being one.  Exact match: they are the same.  F1: 2 common / (words answered + words
 * right), of words as often as they stand there; where one side has no words, whether both have
 * none.  Of several right answers the one that is nearest. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "metric.h"
#include "metric_words.h"
#include "text.h"
#include "unicode.h"

enum { EXACT, F1 };

static bool is_word(uint32_t c)
{
    unicode_kind kind = unicode_kind_of(c);
    return kind == UNICODE_LETTER || kind == UNICODE_NUMBER || c == '_';
}

static bool is_article(const uint32_t *at, int64_t size)
{
    static const char *const list[] = {"a", "an", "the"};
    for (int i = 0; i < 3; i++) {
        int64_t k = 0;
        while (k < size && list[i][k] && at[k] == (uint32_t)list[i][k])
            k++;
        if (k == size && !list[i][k])
            return true;
    }
    return false;
}

/* Articles become spaces; several spaces one; none at the ends. */
static void clean(letters *l)
{
    for (int64_t from = 0, end; from<l->count; from = end> from ? end : from + 1) {
        end = from;
        while (end < l->count && is_word(l->at[end]))
            end++;
        if (is_article(l->at + from, end - from))
            for (int64_t i = from; i < end; i++)
                l->at[i] = ' ';
    }
    for (int64_t i = 0; i < l->count; i++)
        l->at[i] = letter_is_space(l->at[i]) ? ' ' : l->at[i];
    letters_squeeze(l);
    letters_strip(l);
}

static letters normal(const char *text)
{
    size_t size = 0;
    char *lower = unicode_lower(text, strlen(text), &size);
    letters l = {.failed = !lower}, kept = {.failed = !lower};
    if (lower)
        l = letters_of(lower);
    for (int64_t i = 0; i < l.count; i++)
        if (l.at[i] > 127 || !ispunct((int)l.at[i]))
            letters_add(&kept, l.at[i]);
    kept.failed = kept.failed || l.failed;
    letters_done(&l);
    free(lower);
    clean(&kept);
    return kept;
}

static int by_number(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

/* Words that stand in both, each as often as in the one that has fewer of them. */
static int64_t common(const word_list *a, const word_list *b)
{
    int64_t found = 0;
    for (int i = 0; i < 2; i++) {
        const word_list *l = i ? b : a;
        if (l->count)
            qsort(l->at, (size_t)l->count, sizeof *l->at, by_number);
    }
    for (int64_t i = 0, k = 0; i < a->count && k < b->count;) {
        int order = by_number(&a->at[i], &b->at[k]);
        found += order == 0;
        i += order <= 0;
        k += order >= 0;
    }
    return found;
}

static double f1(const word_list *said, const word_list *right)
{
    if (said->count == 0 || right->count == 0)
        return said->count == right->count;
    int64_t both = common(said, right);
    return both ? 2.0 * (double)both / (double)(said->count + right->count) : 0;
}

static bool same(const letters *a, const letters *b)
{
    return a->count == b->count &&
           (a->count == 0 || memcmp(a->at, b->at, (size_t)a->count * sizeof *a->at) == 0);
}

/* Of one right answer; -1: no memory. */
static double compare(int part, const char *said, const char *right)
{
    letters text[2] = {normal(said), normal(right)};
    word_list list[2] = {{NULL, 0}, {NULL, 0}};
    double score = -1;
    if (!text[0].failed && !text[1].failed) {
        if (part == EXACT)
            score = same(&text[0], &text[1]);
        else if (words_of_texts(text, 2, false, list))
            score = f1(&list[0], &list[1]);
    }
    words_done(list, 2);
    letters_done(&text[0]);
    letters_done(&text[1]);
    return score;
}

static ad_status prepare(const metric_work *w, metric_state *s)
{
    s->stats = 1;
    s->stat = calloc((size_t)w->count + 1, sizeof *s->stat);
    for (int64_t i = 0; s->stat && i < w->count; i++)
        for (int64_t r = 0; r < w->a->references; r++) {
            double score = compare(s->part, w->a->answer[i], w->a->right[i * w->a->references + r]);
            if (score < 0)
                return message_no_memory();
            s->stat[i] = score > s->stat[i] ? score : s->stat[i];
        }
    return s->stat ? AD_OK : message_no_memory();
}

static metric_found value(const metric_work *w, const metric_state *s, const double *weight,
                          double *scratch)
{
    double sum = 0, of = 0;
    (void)scratch;
    for (int64_t i = 0; i < w->count; i++) {
        sum += weight[i] * s->stat[i];
        of += weight[i];
    }
    return (metric_found){of > 0 ? sum / of : 0, s->part == EXACT ? of : 0, NULL};
}

const metric_way metric_squad_exact_match = {.part = EXACT, .prepare = prepare, .value = value};
const metric_way metric_squad_f1 = {.part = F1, .prepare = prepare, .value = value};
