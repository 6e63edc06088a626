/* Numbers that a formula gives, here and in script/sequence-goldens, and those that lie in files.
 */
#ifndef TEST_FORMULA_NUMBERS_H
#define TEST_FORMULA_NUMBERS_H

#include "test.h"

#include <adze/adze.h>

/* Number i of those called k. */
static double formula(int k, int i)
{
    return sin(0.37 * i * i + 0.11 * i + 1.3 * k) * 0.5;
}

static int formula_count(ad_shape s)
{
    int64_t n = 1;
    for (int i = 0; i < s.rank; i++)
        n *= s.size[i];
    return (int)n;
}

static ad_shape formula_shape(char *text)
{
    ad_shape s = {0};
    for (char *word = strtok(text, " \n"); word; word = strtok(NULL, " \n"))
        s.size[s.rank++] = strtol(word, NULL, 10);
    return s;
}

/* A line of them; to be freed. */
static double *formula_numbers(FILE *file, int count)
{
    double *value = malloc((size_t)(count + 1) * sizeof *value);
    for (int i = 0; i < count; i++)
        CHECK(fscanf(file, "%lf", &value[i]) == 1);
    CHECK(fgetc(file) == '\n');
    return value;
}

#endif
