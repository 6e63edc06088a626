/* "Did you mean": the nearest of a list of names. */
#ifndef ADZE_KIT_SUGGEST_H
#define ADZE_KIT_SUGGEST_H

#include <stdbool.h>
#include <stddef.h>

/* Compares wrong with names one by one and keeps the nearest. */
typedef struct suggest {
    const char *wrong;
    const char *best; /* NULL while nothing is near enough */
    int distance;
} suggest;

/* also: other words for name, with spaces between, or NULL: one of them counts as a hit
 * (distance 0). */
void suggest_try(suggest *s, const char *name, const char *also);
/* Edits (insert, delete, replace, swap neighbours) from a to b, letters in either case and '-' as
 * '_'; at least limit stands for more. */
int suggest_distance(const char *a, const char *b, int limit);
/* True where word is one of the words of a list with spaces between. */
bool suggest_listed(const char *list, const char *word);
/* The same, however the words are put together: MaxPool2d, max_pool2d, nn.MaxPool2d(). */
bool suggest_called(const char *list, const char *word);

#endif
