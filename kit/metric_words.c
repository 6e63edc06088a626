/* Texts cut into words or characters. */
#include "metric_words.h"

#include <stdlib.h>
#include <string.h>

#include "utf8.h"

void letters_add(letters *l, uint32_t letter)
{
    if (l->count == l->room) {
        int64_t room = l->room ? 2 * l->room : 64;
        uint32_t *at = realloc(l->at, (size_t)room * sizeof *at);
        l->failed = l->failed || !at;
        if (!at)
            return;
        l->at = at;
        l->room = room;
    }
    l->at[l->count++] = letter;
}

letters letters_of(const char *text)
{
    letters l = {0};
    size_t size = strlen(text);
    for (size_t i = 0; i < size;) {
        unsigned code = 0xFFFD;
        int bytes = utf8_next(text + i, size - i, &code);
        letters_add(&l, bytes ? code : 0xFFFD);
        i += (size_t)(bytes ? bytes : 1);
    }
    return l;
}

void letters_done(letters *l)
{
    free(l->at);
    *l = (letters){0};
}

bool letter_is_space(uint32_t c)
{
    return (c >= 9 && c <= 13) || (c >= 0x1C && c <= 0x20) || c == 0x85 || c == 0xA0 ||
           c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 ||
           c == 0x202F || c == 0x205F || c == 0x3000;
}

void letters_strip(letters *l)
{
    int64_t from = 0;
    while (l->count > 0 && letter_is_space(l->at[l->count - 1]))
        l->count--;
    while (from < l->count && letter_is_space(l->at[from]))
        from++;
    l->count -= from;
    if (from > 0)
        memmove(l->at, l->at + from, (size_t)l->count * sizeof *l->at);
}

void letters_squeeze(letters *l)
{
    int64_t to = 0;
    for (int64_t i = 0; i < l->count;) {
        int64_t end = i;
        while (end < l->count && letter_is_space(l->at[end]))
            end++;
        l->at[to++] = end - i > 1 ? ' ' : l->at[i];
        i = end - i > 1 ? end : i + 1;
    }
    l->count = to;
}

/* ---------------------------------------------------------------- words as numbers */

typedef struct word {
    const uint32_t *at;
    int64_t size;
    int32_t *number; /* where its number goes */
} word;

static int by_letters(const void *a, const void *b)
{
    const word *x = a, *y = b;
    if (x->size != y->size)
        return x->size < y->size ? -1 : 1;
    return x->size ? memcmp(x->at, y->at, (size_t)x->size * sizeof *x->at) : 0;
}

static bool cuts(uint32_t c, bool every_space)
{
    return c == ' ' || (every_space && letter_is_space(c));
}

/* Puts the words of one text to list, and how many. */
static int64_t cut(const letters *l, bool every_space, word *list)
{
    int64_t count = 0, from = 0;
    for (int64_t i = 0; i <= l->count; i++)
        if (i == l->count || cuts(l->at[i], every_space)) {
            if (i > from)
                list[count++] = (word){l->at + from, i - from, NULL};
            from = i + 1;
        }
    return count;
}

static void number(word *list, int64_t count)
{
    int32_t n = -1;
    qsort(list, (size_t)count, sizeof *list, by_letters);
    for (int64_t i = 0; i < count; i++) {
        n += i == 0 || by_letters(&list[i - 1], &list[i]) != 0;
        *list[i].number = n;
    }
}

bool words_of_texts(const letters *text, int64_t count, bool every_space, word_list *list)
{
    int64_t room = 0, all = 0;
    bool failed = false;
    for (int64_t i = 0; i < count; i++) {
        room += text[i].count / 2 + 1;
        failed = failed || text[i].failed;
        list[i] = (word_list){NULL, 0};
    }
    word *words = calloc((size_t)room + 1, sizeof *words);
    for (int64_t i = 0; i < count && words && !failed; i++) {
        list[i].count = cut(&text[i], every_space, words + all);
        list[i].at = calloc((size_t)list[i].count + 1, sizeof *list[i].at);
        failed = !list[i].at;
        for (int64_t k = 0; k < list[i].count && !failed; k++)
            words[all + k].number = &list[i].at[k];
        all += list[i].count;
    }
    if (words && !failed)
        number(words, all);
    failed = failed || !words;
    free(words);
    return !failed;
}

void words_done(word_list *list, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        free(list[i].at);
        list[i] = (word_list){NULL, 0};
    }
}
