/* What was counted of a column, in the words of its reason. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "number.h"
#include "table_judge.h"

const char *judged_name(const judgement *j)
{
    return j->wish->column_names->text[j->index];
}

int64_t judged_missing(const judgement *j)
{
    bool number = j->type == COLUMN_NUMBER;
    int64_t texts = number && j->form & NUMBERS_SLIPS   ? j->facts->texts
                    : number && j->form & NUMBERS_WORDS ? j->facts->words
                                                        : 0;
    return j->facts->missing + texts;
}

int64_t judged_present(const judgement *j)
{
    return j->facts->count - judged_missing(j);
}

void judged_say_missing(judgement *j)
{
    if (judged_missing(j))
        text_add_format(&j->why, ", %lld missing", (long long)judged_missing(j));
}

/* To six digits, by whatever point the locale has. */
static void say_six_digits(text_buffer *t, double value)
{
    char words[40];
    snprintf(words, sizeof words, "%.6g", value);
    number_add(t, strtod(words, NULL));
}

/* Whole numbers are said as they are. */
static void say_number(text_buffer *t, double value)
{
    if (value == floor(value))
        number_add(t, value);
    else
        say_six_digits(t, value);
}

void judged_say_range(judgement *j)
{
    say_number(&j->why, j->facts->low);
    text_add(&j->why, " to ");
    say_number(&j->why, j->facts->high);
    if (isfinite(j->course->sum) && judged_present(j) > j->facts->infinite) {
        text_add(&j->why, ", mean ");
        say_six_digits(&j->why, j->course->sum / (double)(judged_present(j) - j->facts->infinite));
    }
    if (j->facts->infinite)
        text_add_format(&j->why, ", %lld infinite", (long long)j->facts->infinite);
}

void judged_say_different(judgement *j)
{
    if (j->facts->values.many)
        text_add(&j->why, ", many different");
    else
        text_add_format(&j->why, ", %d different", j->facts->values.count);
}

/* The first text in the column, where one is. */
void judged_say_first_text(judgement *j)
{
    if (j->course->text && j->facts->wholes + j->facts->reals + j->facts->large > 0)
        text_add_format(&j->why, "; no number is %s on line %lld", j->course->text,
                        (long long)j->course->line);
}

/* ---------------------------------------------------------------- values in order */

int sorted_by_text(const void *a, const void *b)
{
    const sorted_value *x = a, *y = b;
    int order = memcmp(x->text, y->text, x->size < y->size ? x->size : y->size);
    return order ? order : (x->size > y->size) - (x->size < y->size);
}

int sorted_by_number(const void *a, const void *b)
{
    const sorted_value *x = a, *y = b;
    int order = (x->number > y->number) - (x->number < y->number);
    return order ? order : sorted_by_text(a, b);
}

static int by_count(const void *a, const void *b)
{
    const sorted_value *x = a, *y = b;
    int order = (x->count < y->count) - (x->count > y->count);
    return order ? order : sorted_by_text(a, b);
}

/* The different values, by malloc; NULL without memory. */
sorted_value *sorted_values(const distinct *d, char point, int (*order)(const void *, const void *))
{
    sorted_value *list = calloc((size_t)d->count + 1, sizeof *list);
    for (int i = 0; list && i < d->count; i++) {
        const distinct_value *v = &d->value[i];
        table_number n = {.value = 0};
        table_number_read(d->bytes + v->at, v->size, point, &n);
        list[i] = (sorted_value){d->bytes + v->at, v->size, v->count, n.value};
    }
    if (list)
        qsort(list, (size_t)d->count, sizeof *list, order);
    return list;
}

void judged_say_top(judgement *j, char point)
{
    enum { TOP = 3 };
    const distinct *d = &j->facts->values;
    sorted_value *list = sorted_values(d, point, by_count);
    for (int i = 0; list && i < d->count && i < TOP; i++) {
        char *copy = text_copy_bytes(list[i].text, list[i].size);
        text_add(&j->why, i ? ", " : ": ");
        if (copy)
            text_add_quoted(&j->why, copy);
        text_add_format(&j->why, " (%lld)", (long long)list[i].count);
        free(copy);
    }
    if (d->count > TOP)
        text_add(&j->why, "...");
    free(list);
}
