/* What the name of a column says of it. */
#include <string.h>

#include "suggest.h"
#include "table.h"

static bool upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool alphabetic(char c)
{
    return (c | 32) >= 'a' && (c | 32) <= 'z';
}

/* The next word of a name in small letters: user_id, userId and "User ID" have two. */
static const char *next_word(const char *p, char word[32])
{
    size_t size = 0;
    while (*p && !alphabetic(*p))
        p++;
    const char *from = p;
    while (alphabetic(*p) && !(p > from && upper(*p) && !upper(p[-1]))) {
        if (size < 31)
            word[size++] = (char)(*p | 32);
        p++;
    }
    word[size] = 0;
    return size ? p : NULL;
}

/* Whether one of the words of a name, or the last one, is in a list between blanks. */
static bool has_word(const char *name, const char *list, bool last)
{
    char word[32];
    bool found = false;
    while ((name = next_word(name, word)))
        found = suggest_listed(list, word) || (found && !last);
    return found;
}

bool name_says_id(const char *name)
{
    return has_word(name, "id ids uuid guid key identifier", true);
}

bool name_says_code(const char *name)
{
    return has_word(name,
                    "code zip zipcode postcode postal plz phone telephone tel mobile fax isbn ean "
                    "upc sku",
                    false);
}

bool name_says_year(const char *name)
{
    return has_word(name, "year yr jahr annee anno season vintage", false);
}

bool name_says_time(const char *name)
{
    return has_word(name, "time timestamp ts epoch unix created updated modified at date when",
                    false);
}
