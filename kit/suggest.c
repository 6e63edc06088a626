/* "Did you mean": optimal string alignment distance (Damerau 1964), with two marks against guessing
 * wildly: a name counts as near up to one edit for each three letters, and a name that starts with
 * the whole of what was written is two edits away.  What others call a name is no edit away; where
 * nothing is near, a name that stands within what was written is better than none: num_filters. */
#include "suggest.h"

#include <ctype.h>
#include <string.h>

enum { LONGEST = 40 };

static int letter(char c)
{
    return c == '-' ? '_' : tolower((unsigned char)c);
}

static int smaller(int a, int b)
{
    return a < b ? a : b;
}

/* Row i of the table of distances between beginnings of a and b, from the two rows before. */
static void next_row(const char *a, const char *b, int i, int width, int before[], int last[],
                     int now[])
{
    now[0] = i;
    for (int j = 1; j <= width; j++) {
        bool same = letter(a[i - 1]) == letter(b[j - 1]);
        int best = smaller(last[j - 1] + !same, smaller(last[j], now[j - 1]) + 1);
        bool swapped = i > 1 && j > 1 && letter(a[i - 1]) == letter(b[j - 2]) &&
                       letter(a[i - 2]) == letter(b[j - 1]);
        now[j] = swapped ? smaller(best, before[j - 2] + 1) : best;
    }
}

int suggest_distance(const char *a, const char *b, int limit)
{
    size_t height = strlen(a), width = strlen(b);
    if (height > LONGEST || width > LONGEST)
        return limit;
    int rows[3][LONGEST + 1];
    for (int j = 0; j <= (int)width; j++)
        rows[0][j] = j;
    for (int i = 1; i <= (int)height; i++)
        next_row(a, b, i, (int)width, rows[(i + 1) % 3], rows[(i + 2) % 3], rows[i % 3]);
    return smaller(rows[height % 3][width], limit);
}

static bool same_word(const char *a, const char *b, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (letter(a[i]) != letter(b[i]))
            return false;
    return true;
}

bool suggest_listed(const char *list, const char *word)
{
    size_t size = strlen(word);
    while (list && *list) {
        size_t next = strcspn(list, " ");
        if (next == size && same_word(list, word, size))
            return true;
        list += next + (list[next] == ' ');
    }
    return false;
}

/* The word without the modules before it, nn.Conv2d, and without its size there. */
static const char *bare(const char *word, size_t *size)
{
    const char *dot = strrchr(word, '.');
    word = dot && dot[1] ? dot + 1 : word;
    *size = strcspn(word, "(");
    return word;
}

/* Letters and digits are the same, whatever stands between them. */
static bool same_letters(const char *a, size_t a_size, const char *b, size_t b_size)
{
    size_t i = 0, j = 0;
    for (;;) {
        while (i < a_size && letter(a[i]) == '_')
            i++;
        while (j < b_size && letter(b[j]) == '_')
            j++;
        if (i == a_size || j == b_size)
            return i == a_size && j == b_size;
        if (letter(a[i++]) != letter(b[j++]))
            return false;
    }
}

bool suggest_called(const char *list, const char *word)
{
    size_t size;
    word = bare(word, &size);
    while (list && *list && size) {
        size_t next = strcspn(list, " ");
        if (same_letters(list, next, word, size))
            return true;
        list += next + (list[next] == ' ');
    }
    return false;
}

/* Whether b stands in a, at its beginning or from four letters on anywhere; letters counted only.
 */
static size_t contained(const char *a, size_t a_size, const char *b, size_t b_size)
{
    size_t letters = 0;
    for (size_t i = 0; i < b_size; i++)
        letters += letter(b[i]) != '_';
    for (size_t from = 0; letters >= 3 && from < a_size; from++)
        for (size_t to = from + letters; to <= a_size && (from == 0 || letters >= 4); to++)
            if (same_letters(a + from, to - from, b, b_size))
                return letters;
    return 0;
}

/* The most letters of the name, or of what others call it, that stand in the wrong word. */
static int letters_in(const char *wrong, const char *list)
{
    size_t size, best = 0;
    wrong = bare(wrong, &size);
    while (list && *list && size <= LONGEST) {
        size_t next = strcspn(list, " "), found = contained(wrong, size, list, next);
        best = found > best ? found : best;
        list += next + (list[next] == ' ');
    }
    return (int)best;
}

/* Edits that count as near: one in short words, else one for each three letters. */
static int most_edits(size_t size)
{
    return size <= 5 ? 1 : (int)size / 3;
}

static int distance_to(const char *wrong, const char *name)
{
    size_t size = strlen(wrong);
    int limit = most_edits(size > strlen(name) ? size : strlen(name));
    int distance = suggest_distance(wrong, name, limit + 1);
    if (size >= 3 && strlen(name) > size && same_word(wrong, name, size) && distance > 2)
        return 2;
    return distance <= limit ? distance : LONGEST;
}

/* To the nearest of the other words, one edit further away; short ones are not guessed at. */
static int distance_to_any(const char *wrong, const char *list)
{
    int best = LONGEST;
    while (list && *list) {
        char word[LONGEST + 1] = {0};
        size_t size = strcspn(list, " "), written = strlen(wrong);
        if (size >= 6 && size <= LONGEST && written >= 6) {
            memcpy(word, list, size);
            int limit = most_edits(size < written ? size : written) / 2;
            int edits = suggest_distance(wrong, word, limit + 1);
            best = edits <= limit ? smaller(best, edits + 1) : best;
        }
        list += size + (list[size] == ' ');
    }
    return best;
}

void suggest_try(suggest *s, const char *name, const char *also)
{
    bool called = suggest_called(name, s->wrong) || suggest_called(also, s->wrong);
    int distance = called ? 0 : distance_to(s->wrong, name);
    if (distance > 1)
        distance = smaller(distance, distance_to_any(s->wrong, also));
    if (distance == LONGEST) {
        int inside = letters_in(s->wrong, name), other = letters_in(s->wrong, also);
        inside = other > inside ? other : inside;
        distance = inside ? LONGEST - 1 - (inside < 25 ? inside : 25) : LONGEST;
    }
    if (distance < LONGEST && (!s->best || distance < s->distance)) {
        s->best = name;
        s->distance = distance;
    }
}
