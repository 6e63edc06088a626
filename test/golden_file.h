/* Shapes and numbers as files of golden values have them. */
#ifndef TEST_GOLDEN_FILE_H
#define TEST_GOLDEN_FILE_H

#include "test.h"

#include <adze/adze.h>

/* "2 3" or "2, 3"; cuts the text. */
static inline ad_shape golden_shape(char *text)
{
    ad_shape s = {0};
    for (char *word = strtok(text, ", \n"); word; word = strtok(NULL, ", \n"))
        s.size[s.rank++] = strtol(word, NULL, 10);
    return s;
}

static inline int golden_count(ad_shape s)
{
    int64_t n = 1;
    for (int i = 0; i < s.rank; i++)
        n *= s.size[i];
    return (int)n;
}

/* A line of so many. */
static inline void golden_numbers(FILE *file, double *value, int count)
{
    for (int i = 0; i < count; i++)
        CHECK(fscanf(file, "%lf", &value[i]) == 1);
    CHECK(fgetc(file) == '\n');
}

#endif
