/* Texts of a small grammar, whose words are numbered. */
#include "frame.h"

#include <ctype.h>

int lab_word(lab_corpus *c, const char *word)
{
    int i = 0;
    while (i < c->words && strcmp(c->word[i], word) != 0)
        i++;
    if (i == c->words && c->words < LAB_WORDS)
        snprintf(c->word[c->words], sizeof c->word[0], "%s", word), c->of[c->words++] = -1;
    return i;
}

/* The k-th word of a list, or the number of words where there are fewer. */
static int pick(const char *list, int k, char word[12])
{
    int at = 0, used = 0;
    while (at <= k && sscanf(list, "%11s%n", word, &used) == 1)
        at++, list += used;
    return at;
}

static void write_sentence(lab *l, lab_corpus *c, const char *const *group, const char *pattern)
{
    char word[12];
    for (int k = 0; pick(pattern, k, word) == k + 1; k++) {
        const char *list = isupper((unsigned char)word[0]) && !word[1] ? group[word[0] - 'A'] : "";
        if (*list)
            pick(list, (int)(lab_uniform(l) * pick(list, LAB_WORDS, word)), word);
        c->text[c->count++] = lab_word(c, word);
    }
    c->text[c->count++] = -1;
}

lab_corpus *lab_write_corpus(lab *l, const char *const *group, int kinds,
                             const char *const *pattern, int patterns, int words)
{
    lab_corpus *c = lab_memory(l, 1, sizeof *c);
    char word[12];
    c->text = lab_memory(l, (size_t)words, sizeof *c->text);
    for (int g = 0; g < kinds; g++)
        for (int k = 0; pick(group[g], k, word) == k + 1; k++)
            c->of[lab_word(c, word)] = g;
    c->known = c->words;
    while (c->count + LAB_SENTENCE_WORDS <= words)
        write_sentence(l, c, group, pattern[(int)(lab_uniform(l) * patterns)]);
    return c;
}

void lab_draw_near(lab *l, const lab_corpus *c, int window, int32_t *word, int32_t *near)
{
    for (;;) {
        int at = (int)(lab_uniform(l) * c->count), by = 1 + (int)(lab_uniform(l) * window);
        int to = lab_uniform(l) < 0.5 ? at + by : at - by, step = to > at ? 1 : -1;
        bool inside = to >= 0 && to < c->count && c->text[at] >= 0;
        for (int i = at; inside && i != to + step; i += step)
            inside = c->text[i] >= 0;
        if (inside) {
            *word = c->text[at], *near = c->text[to];
            return;
        }
    }
}
