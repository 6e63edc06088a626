/* Words that stand for a missing value. */
#include <string.h>

#include "table.h"

/* Those of pandas 3.1's read_csv, beside the empty cell. */
static const char *const usual[] = {"#N/A", "#N/A N/A", "#NA",     "-1.#IND", "-1.#QNAN", "-NaN",
                                    "-nan", "1.#IND",   "1.#QNAN", "<NA>",    "N/A",      "NA",
                                    "NULL", "NaN",      "None",    "n/a",     "nan",      "null"};

enum { USUAL = sizeof usual / sizeof *usual };

static uint64_t size_bit(size_t size)
{
    return (uint64_t)1 << (size < MISSING_LONGEST ? size : MISSING_LONGEST + 1);
}

static void note_word(missing_words *m, const char *word)
{
    m->sizes[(unsigned char)*word] |= size_bit(strlen(word));
}

void missing_words_set(missing_words *m, const ad_names *more)
{
    *m = (missing_words){.more = more};
    for (int i = 0; i < USUAL; i++)
        note_word(m, usual[i]);
    for (int i = 0; more && i < more->count; i++)
        note_word(m, more->text[i]);
}

static bool same(const char *word, const char *text, size_t size)
{
    return *word == *text && strlen(word) == size && memcmp(word, text, size) == 0;
}

bool missing_word_listed(const missing_words *m, const char *text, size_t size)
{
    for (int i = 0; i < USUAL; i++)
        if (same(usual[i], text, size))
            return true;
    for (int i = 0; m->more && i < m->more->count; i++)
        if (same(m->more->text[i], text, size))
            return true;
    return false;
}
