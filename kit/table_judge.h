/* What a column is, with the reason in words: judged freely (table_judge.c), as asked
 * (table_asked.c), or as numbers with slips (table_slip.c); the words are table_say.c's. */
#ifndef ADZE_KIT_TABLE_JUDGE_H
#define ADZE_KIT_TABLE_JUDGE_H

#include "table.h"

enum { FEW_CLASSES = 20 }; /* most values of a target of whole numbers that is a class */

typedef struct judgement {
    const table_wish *wish;
    const table_facts *facts;
    const table_course *course;
    int index;      /* of the column */
    int type, form; /* found */
    ad_use use;
    text_buffer why;
    ad_schema *schema;
    bool asked; /* the type was */
    bool free;  /* a text in words, another in nearly every row */
} judgement;

static inline bool is_file(int type)
{
    return type == COLUMN_PICTURE || type == COLUMN_SOUND;
}

/* Of the column that is judged: its name, and how many cells are missing or are not. */
const char *judged_name(const judgement *j);
int64_t judged_missing(const judgement *j);
int64_t judged_present(const judgement *j);

/* Facts about all cells that are not missing. */
bool facts_all_numbers(const table_facts *f);
bool facts_all_whole(const table_facts *f);
bool facts_fit_exactly(const table_facts *f); /* each whole number is a double */
/* Whether the texts are numbers that have something round them, and words for missing. */
bool facts_texts_are_numbers(const table_facts *f);

/* Said in j->why: how many are missing, from where to where they go, how many are different, the
 * first text among numbers, the values that are most often. */
void judged_say_missing(judgement *j);
void judged_say_range(judgement *j);
void judged_say_different(judgement *j);
void judged_say_first_text(judgement *j);
void judged_say_top(judgement *j, char point);

/* A different value of a column. */
typedef struct sorted_value {
    const char *text;
    size_t size;
    int64_t count;
    double number;
} sorted_value;

int sorted_by_text(const void *a, const void *b);
int sorted_by_number(const void *a, const void *b);
/* The different values, by malloc; NULL without memory. */
sorted_value *sorted_values(const distinct *d, char point,
                            int (*order)(const void *, const void *));

/* Without being asked; and numbers that have a unit, or words for missing. */
void judge_freely(judgement *j, char point);
void judge_dressed(judgement *j);
/* As the word of a type says, and the time of a series (asked: the form of dates, or NULL). */
ad_status judge_asked(judgement *j, const char *word, char point);
ad_status judge_time(judgement *j, const char *asked);

/* A text or two in a column of numbers is a slip: it is refused with its place, or missing. */
bool judged_is_slip(const judgement *j);
ad_status judge_refuse_slip(const judgement *j);
ad_status judge_slip(judgement *j);
/* A note of a column of classes that may be numbers with slips. */
void judged_note_slips(judgement *j);

#endif
