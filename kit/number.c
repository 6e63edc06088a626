/* Numbers as text.  strtod and printf follow the locale that the program around us may have set, so
 * both run under "C" here. */
#define _POSIX_C_SOURCE 200809L
#include "number.h"

#include <ctype.h>
#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int digits(const char **p)
{
    int count = 0;
    for (; isdigit((unsigned char)**p); ++*p)
        count++;
    return count;
}

/* Moves *p past a decimal number, or returns false. */
static bool skip_decimal(const char **p)
{
    *p += **p == '-' || **p == '+';
    int count = digits(p);
    if (**p == '.') {
        ++*p;
        count += digits(p);
    }
    if (count == 0)
        return false;
    if (**p == 'e' || **p == 'E') {
        ++*p;
        *p += **p == '-' || **p == '+';
        return digits(p) > 0;
    }
    return true;
}

static double convert(const char *words)
{
    locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    double value = plain ? strtod(words, NULL) : strtod(words, NULL);
    if (plain)
        freelocale(plain);
    return value;
}

bool number_read(const char *words, double *value)
{
    const char *p = words;
    if (!skip_decimal(&p))
        return false;
    double above = convert(words);
    if (*p == 0) {
        *value = above;
        return true;
    }
    if (*p != '/')
        return false;
    const char *below = ++p;
    if (!skip_decimal(&p) || *p != 0)
        return false;
    *value = above / convert(below);
    return !isnan(*value);
}

bool number_read_whole(const char *words, int64_t *value)
{
    const char *p = words;
    p += *p == '-' || *p == '+';
    if (digits(&p) > 0 && *p == 0) {
        *value = strtoll(words, NULL, 10);
        return true;
    }
    double number;
    if (!number_read(words, &number) || number != trunc(number))
        return false;
    bool fits = fabs(number) < 0x1p63;
    *value = fits ? (int64_t)number : number > 0 ? INT64_MAX : INT64_MIN;
    return true;
}

void number_add(text_buffer *t, double value)
{
    char words[40];
    if (value == trunc(value) && fabs(value) < 1e16) {
        text_add_format(t, "%.0f", value);
        return;
    }
    locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    locale_t before = plain ? uselocale(plain) : (locale_t)0;
    for (int precision = 6; precision <= 17; precision++) {
        snprintf(words, sizeof words, "%.*g", precision, value);
        if (strtod(words, NULL) == value)
            break;
    }
    if (plain) {
        uselocale(before);
        freelocale(plain);
    }
    text_add(t, words);
}
