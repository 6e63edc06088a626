/* Columns whose type was asked for, and the one that was named as the time of a series: taken so,
 * or refused with the cell that does not fit. */
#include <string.h>

#include "message.h"
#include "table_judge.h"

static ad_status refuse(const judgement *j, const char *type)
{
    const table_course *c = j->course;
    if (c->text && strcmp(type, "class") != 0)
        return message_fail(AD_ERROR_FORMAT,
                            "%s:%lld:%lld: %s stands where '%s' needs a %s\n  correct it, name it "
                            "among the words for missing, or give the column another type\n",
                            j->wish->name, (long long)c->line, (long long)c->column, c->text,
                            judged_name(j), type);
    return message_fail(AD_ERROR_FORMAT,
                        "%s: the column '%s' cannot be of type %s\n  give it another type: %s\n",
                        j->wish->name, judged_name(j), type,
                        j->facts->values.many ? "it has too many different values for a class"
                                              : "number, class, text, date, picture, sound, id or "
                                                "none");
}

static int date_form_asked(const judgement *j, const char *word)
{
    for (int i = 0; i < DATE_FORMS; i++)
        if (strcmp(date_form_words[i], word) == 0)
            return j->facts->dates & 1u << i ? i : -1;
    for (int i = 0; i < DATE_FORMS; i++)
        if (j->facts->dates & 1u << i)
            return i;
    return -1;
}

static int type_asked(judgement *j, const char *word)
{
    const table_facts *f = j->facts;
    bool dates = f->dates && f->texts + f->wholes == judged_present(j);
    if (strcmp(word, "number") == 0)
        return f->texts == 0 || facts_texts_are_numbers(f) ? COLUMN_NUMBER : -1;
    if (strcmp(word, "whole") == 0)
        return f->texts + f->reals + f->large + f->missing == 0 ? COLUMN_WHOLE : -1;
    if (strcmp(word, "class") == 0)
        return f->values.many ? -1 : COLUMN_CLASS;
    if (strcmp(word, "text") == 0)
        return COLUMN_TEXT;
    if (strcmp(word, "picture") == 0 || strcmp(word, "sound") == 0)
        return *word == 'p' ? COLUMN_PICTURE : COLUMN_SOUND;
    j->form = dates ? date_form_asked(j, word) : -1;
    return j->form >= 0 ? COLUMN_DATE : -1;
}

ad_status judge_asked(judgement *j, const char *word, char point)
{
    if (strcmp(word, "id") == 0 || strcmp(word, "none") == 0) {
        j->use = strcmp(word, "id") == 0 ? AD_USE_ID : AD_USE_NONE;
        judge_freely(j, point);
        return AD_OK;
    }
    j->type = type_asked(j, word);
    if (j->type < 0)
        return refuse(j, word);
    if (is_file(j->type) && j->use != AD_USE_INPUT && j->use != AD_USE_NONE)
        return message_fail(
            AD_ERROR_ARGUMENT,
            "%s: the column '%s' holds files (%s) and %s\n  what files hold is learned "
            "from; take it out of %s, or of types\n",
            j->wish->name, judged_name(j), word,
            j->use == AD_USE_ID ? "names rows too" : "is the target too",
            j->use == AD_USE_ID ? "id" : "target");
    if (j->type == COLUMN_NUMBER && facts_texts_are_numbers(j->facts)) {
        judge_dressed(j);
        text_add(&j->why, ", as asked");
        return AD_OK;
    }
    text_add_format(&j->why, "%s, as asked", column_type_words[j->type]);
    if (j->type == COLUMN_NUMBER && !facts_fit_exactly(j->facts))
        text_add(&j->why, "; whole numbers beyond 2^53 are rounded to the nearest double");
    if (j->type == COLUMN_NUMBER && judged_present(j)) {
        text_add(&j->why, ": ");
        judged_say_range(j);
    }
    judged_say_missing(j);
    return AD_OK;
}

/* ---------------------------------------------------------------- the time of a series */

static ad_status refuse_time(const judgement *j)
{
    const table_course *c = j->course;
    if (!judged_present(j))
        return message_fail(AD_ERROR_FORMAT, "%s: the time column '%s' is empty\n  name another\n",
                            j->wish->name, judged_name(j));
    return message_fail(AD_ERROR_FORMAT,
                        "%s:%lld:%lld: %s stands in the time column '%s', where %s\n  write times "
                        "such as 2024-03-05 14:30:00; a series without them is data.series: true\n",
                        j->wish->name, (long long)c->line, (long long)c->column,
                        c->text ? c->text : "a number", judged_name(j),
                        j->facts->dates ? "a day has to be said"
                                        : "all cells have to be times of one form, or numbers");
}

/* The form of dates that all cells have; -1: none, -2: day and month may be either. */
static int time_form(const judgement *j, const char *asked)
{
    unsigned forms = j->facts->dates & ~(1u << DATE_CLOCK);
    unsigned both = 1u << DATE_DMY | 1u << DATE_MDY;
    int form = asked ? date_form_asked(j, asked) : -1;
    if (form >= 0 && form != DATE_CLOCK)
        return form;
    if (!forms || j->facts->texts + j->facts->wholes != judged_present(j))
        return -1;
    if ((forms & both) == both)
        return -2;
    for (form = 0; !(forms & 1u << form);)
        form++;
    return form;
}

ad_status judge_time(judgement *j, const char *asked)
{
    const table_facts *f = j->facts;
    int form = time_form(j, asked);
    if (form == -2)
        return message_fail(AD_ERROR_FORMAT,
                            "%s: the time column '%s' may be day/month or month/day: every day is "
                            "12 or less\n  say which: types: %s=dmy or %s=mdy\n",
                            j->wish->name, judged_name(j), judged_name(j), judged_name(j));
    if (form < 0 && facts_all_numbers(f) && !f->infinite)
        form = facts_all_whole(f) && f->least >= 1000 && f->most <= 2999 &&
                       name_says_year(judged_name(j))
                   ? TIME_YEAR
                   : TIME_NUMBER;
    if (form < 0 || !judged_present(j))
        return refuse_time(j);
    j->type = COLUMN_TIME, j->form = form;
    text_add_format(&j->why, "the time: %s",
                    form == TIME_YEAR     ? "years"
                    : form == TIME_NUMBER ? "numbers"
                                          : "dates");
    if (form < DATE_FORMS)
        text_add_format(&j->why, " (%s)", date_form_words[form]);
    return AD_OK;
}
