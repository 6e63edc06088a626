/* What a column is, from the facts about all its cells, where no type was asked for. */
#include <stdlib.h>
#include <string.h>

#include "table_judge.h"

/* Whole numbers to which every smaller one is a double. */
static const int64_t exact = (int64_t)1 << 53;

enum {
    COUNTING_ROWS = 8,   /* rows from which counting up is no accident */
    DIFFERENT_ROWS = 8,  /* rows from which texts that are all different are ids */
    FREE_TEXT_ROWS = 20, /* rows from which mostly different texts are no classes */
    COMPACT_ROWS = 8     /* rows from which eight digits that are all dates are no accident */
};

bool facts_all_numbers(const table_facts *f)
{
    return f->texts == 0 && f->wholes + f->large + f->reals > 0;
}

bool facts_all_whole(const table_facts *f)
{
    return facts_all_numbers(f) && f->reals == 0;
}

bool facts_fit_exactly(const table_facts *f)
{
    return f->large == 0 && (f->wholes == 0 || (f->least >= -exact && f->most <= exact));
}

/* Whether a target of numbers is a class: few whole values, each of them often. */
static bool few_whole(const judgement *j)
{
    const table_facts *f = j->facts;
    int different = f->values.count;
    if (f->values.many || f->broken || f->infinite || different > FEW_CLASSES)
        return false;
    bool counted = f->low >= 0 && f->low <= 1 && f->high - f->low + 1 == different;
    return different <= 2 || judged_present(j) >= 4 * (int64_t)different ||
           (counted && different <= 10 && judged_present(j) >= 2 * (int64_t)different);
}

static bool name_says_date(const char *name)
{
    static const char *const words[] = {"date", "day", "time", "datum", "when"};
    char lower[64] = {0};
    for (int i = 0; i < 63 && name[i]; i++)
        lower[i] = name[i] >= 'A' && name[i] <= 'Z' ? (char)(name[i] + 32) : name[i];
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strstr(lower, words[i]))
            return true;
    return false;
}

/* Whether the texts are numbers that have something round them, and words for missing. */
bool facts_texts_are_numbers(const table_facts *f)
{
    int64_t plain = f->wholes + f->reals, numbers = plain + f->dressed;
    bool unit = *f->dress.before || *f->dress.after;
    return f->texts > 0 && f->texts == f->dressed + f->words && !f->mixed && f->large == 0 &&
           f->padded == 0 && facts_fit_exactly(f) && numbers > f->words &&
           !(f->dressed && plain && unit);
}

static void leave_out(judgement *j)
{
    if (j->use == AD_USE_INPUT)
        j->use = AD_USE_NONE;
}

/* ---------------------------------------------------------------- numbers */

static void judge_numbers(judgement *j)
{
    const table_facts *f = j->facts;
    bool whole = facts_all_whole(f);
    text_add(&j->why, whole ? "whole numbers " : "numbers ");
    judged_say_range(j);
    bool lenient = j->wish->slips_missing && facts_fit_exactly(f);
    j->type = whole && f->missing == 0 && f->large == 0 && !lenient ? COLUMN_WHOLE : COLUMN_NUMBER;
    j->form = lenient ? NUMBERS_SLIPS : 0;
    if (j->use == AD_USE_TARGET && facts_fit_exactly(f))
        j->type = COLUMN_NUMBER; /* so that it may be missing where it is to be predicted */
    if (!whole && !facts_fit_exactly(f))
        text_add(&j->why, "; whole numbers beyond 2^53 are rounded to the nearest double");
    judged_say_missing(j);
}

static void say_dress(judgement *j)
{
    const number_dress *d = &j->facts->dress;
    if (!*d->before && !*d->after)
        text_add(&j->why, " with marks between thousands");
    if (*d->before)
        text_add_format(&j->why, " behind %s", d->before);
    if (*d->after)
        text_add_format(&j->why, " before %s", d->after);
}

/* Numbers with a unit or marks between thousands, and words that stand for missing ones. */
void judge_dressed(judgement *j)
{
    const table_facts *f = j->facts;
    j->type = COLUMN_NUMBER;
    j->form = (f->words ? NUMBERS_WORDS : 0) | (f->dressed ? NUMBERS_DRESSED : 0);
    text_add(&j->why, f->dressed || f->reals ? "numbers" : "whole numbers");
    if (f->dressed)
        say_dress(j);
    text_add(&j->why, " ");
    judged_say_range(j);
    judged_say_missing(j);
    if (f->words)
        text_add_format(&j->why, ", %lld of them written as words such as %s", (long long)f->words,
                        f->dressed ? "? or -" : j->course->text);
}

/* Whole numbers beyond this with equally many digits are codes: of goods, cards, machines. */
static const int64_t code_least = 100000000000;

static int digits_of(int64_t value)
{
    int digits = 1;
    while (value /= 10)
        digits++;
    return digits;
}

/* Whole numbers that name something: not what else they are like, but which. */
static bool judge_id(judgement *j)
{
    const table_facts *f = j->facts;
    bool named = name_says_id(judged_name(j));
    bool long_codes = f->least >= code_least && digits_of(f->least) == digits_of(f->most);
    bool most = f->values.many || f->values.count * 2 > judged_present(j);
    if (j->use != AD_USE_INPUT || !facts_all_whole(f) || f->least < 0 || f->count < COUNTING_ROWS ||
        !(named || (long_codes && most)))
        return false;
    j->type = most ? COLUMN_WHOLE : COLUMN_CLASS;
    text_add_format(&j->why, "%s, as %s", named ? "whole numbers" : "codes of equally many digits",
                    named ? "numbers of rows or things: its name says id"
                          : "goods, cards and machines have");
    judged_say_different(j);
    judged_say_missing(j);
    if (most)
        leave_out(j);
    return true;
}

/* Whole numbers that neither int64 nor, where some are missing, a double holds. */
static bool judge_long(judgement *j)
{
    const table_facts *f = j->facts;
    if (!facts_all_whole(f) || (f->large == 0 && (f->missing == 0 || facts_fit_exactly(f))))
        return false;
    j->type = j->use == AD_USE_ID || f->values.many ? COLUMN_TEXT : COLUMN_CLASS;
    text_add(&j->why, f->large ? "whole numbers beyond 64 bits, kept as text"
                               : "whole numbers beyond 2^53 with missing ones, kept as text");
    judged_say_different(j);
    judged_say_missing(j);
    if (f->values.many || f->values.count * 2 > judged_present(j))
        leave_out(j);
    return true;
}

static bool judge_counting(judgement *j)
{
    if (j->use != AD_USE_INPUT || !facts_all_whole(j->facts) || !j->course->counting ||
        j->facts->count < COUNTING_ROWS || name_says_year(judged_name(j)))
        return false;
    j->type = COLUMN_WHOLE;
    text_add_format(&j->why, "counts up by 1 from %lld to %lld, as numbers of rows do",
                    (long long)j->course->first, (long long)j->course->last);
    leave_out(j);
    return true;
}

/* ---------------------------------------------------------------- texts and dates */

/* How many of the different texts have so many words. */
static int with_words(const distinct *d, int words)
{
    int found = 0;
    for (int i = 0; i < d->count; i++) {
        const char *text = d->bytes + d->value[i].at;
        int seen = 0;
        for (uint32_t k = 0; k < d->value[i].size; k++)
            seen += text[k] != ' ' && (k == 0 || text[k - 1] == ' ');
        found += seen >= words;
    }
    return found;
}

/* How many of the different texts have a digit, and no blank. */
static int like_codes(const distinct *d)
{
    int found = 0;
    for (int i = 0; i < d->count; i++) {
        const char *text = d->bytes + d->value[i].at;
        bool digit = false, blank = false;
        for (uint32_t k = 0; k < d->value[i].size; k++) {
            digit = digit || (text[k] >= '0' && text[k] <= '9');
            blank = blank || text[k] == ' ';
        }
        found += digit && !blank;
    }
    return found;
}

/* Whether the texts are paths of pictures or sounds: all end so, and the first are there. */
static bool judge_files(judgement *j)
{
    const table_facts *f = j->facts;
    const table_course *c = j->course;
    bool pixels = f->pictures == f->texts;
    if (j->use != AD_USE_INPUT || f->texts == 0 || f->texts != judged_present(j) ||
        (!pixels && f->sounds != f->texts))
        return false;
    const char *kind = pixels ? "pictures" : "sounds";
    for (int i = 0; i < c->paths; i++) {
        if (table_file_there(j->wish->name, c->path[i]))
            continue;
        text_buffer *t = &j->why;
        text_add_format(t, "ends as names of %s do, but ", kind);
        text_add_quoted(t, c->path[i]);
        text_add(t, " is not there beside the table; ");
        return false;
    }
    j->type = pixels ? COLUMN_PICTURE : COLUMN_SOUND;
    text_add_format(&j->why, "paths of %s: all end so, and the first %d are there", kind, c->paths);
    judged_say_missing(j);
    return true;
}

static void judge_text(judgement *j, char point)
{
    const table_facts *f = j->facts;
    const distinct *d = &f->values;
    bool codes = facts_all_whole(f);
    text_add(&j->why, !codes      ? "text"
                      : f->padded ? "codes of digits that begin with 0"
                                  : "codes of digits, as the name says");
    judged_say_different(j);
    judged_say_missing(j);
    j->type = d->many || j->use == AD_USE_ID ? COLUMN_TEXT : COLUMN_CLASS;
    if (d->many)
        text_add(&j->why, f->wordy * 2 > judged_present(j) ? ": too many for a class, free text"
                                                           : ": too many for a class");
    else if (d->count == judged_present(j) && judged_present(j) >= DIFFERENT_ROWS)
        text_add(&j->why, with_words(d, 3) * 2 > d->count
                              ? ": another in each row, free text"
                              : ": another in each row, as names of rows are");
    else if (d->count * 2 > judged_present(j) && judged_present(j) >= FREE_TEXT_ROWS)
        text_add(&j->why, like_codes(d) * 2 > d->count ? ": in most rows another, as codes are"
                                                       : ": in most rows another, free text");
    else {
        judged_say_top(j, point);
        judged_say_first_text(j);
        judged_note_slips(j);
        return;
    }
    j->free = j->use == AD_USE_INPUT && f->wordy * 2 > judged_present(j);
    if (j->free)
        j->type = COLUMN_TEXT;
    leave_out(j);
}

static int only_form(judgement *j)
{
    unsigned forms = j->facts->dates;
    unsigned both = 1u << DATE_DMY | 1u << DATE_MDY;
    int form = 0;
    while (!(forms & 1u << form))
        form++;
    if ((forms & both) == both) {
        text_add(&j->why, "dates that may be day/month or month/day: every day is 12 or less; "
                          "say types: ");
        text_add(&j->why, judged_name(j));
        text_add(&j->why, "=dmy or =mdy");
        leave_out(j);
    }
    return form;
}

/* A target of few words and numbers is a class, as one of few numbers is. */
static bool few_words(const judgement *j)
{
    const distinct *d = &j->facts->values;
    return !j->facts->dressed && !d->many && d->count <= FEW_CLASSES;
}

/* Whether digits that are dates are meant as such. */
static bool digits_are_dates(const judgement *j)
{
    const table_facts *f = j->facts;
    bool target = j->use == AD_USE_TARGET;
    if (f->dates & 1u << DATE_SECONDS)
        return !target && name_says_time(judged_name(j));
    return (f->dates & 1u << DATE_COMPACT) &&
           (name_says_date(judged_name(j)) ||
            (!target && judged_present(j) >= COMPACT_ROWS && f->from[0][DATE_YEAR] >= 1900 &&
             f->to[0][DATE_YEAR] < 2100));
}

static bool judge_date(judgement *j, bool number)
{
    const table_facts *f = j->facts;
    if (!f->dates || judged_present(j) == 0 || f->texts + f->wholes != judged_present(j))
        return false;
    if (number && !digits_are_dates(j))
        return false;
    j->type = COLUMN_DATE;
    j->form = only_form(j);
    if (!j->why.size)
        text_add_format(&j->why, "dates (%s)", date_form_words[j->form]);
    judged_say_missing(j);
    return true;
}

/* ---------------------------------------------------------------- any column */

/* One value only, or none. */
static bool judge_constant(judgement *j, char point)
{
    const table_facts *f = j->facts;
    if (judged_present(j) == 0) {
        text_add(&j->why, f->count ? "all missing" : "no rows");
        j->type = COLUMN_NUMBER;
    } else if (!f->values.many && f->values.count == 1 && f->missing == 0 && f->count > 1) {
        j->type = facts_all_numbers(f) && f->large == 0 ? COLUMN_NUMBER : COLUMN_CLASS;
        text_add(&j->why, "constant");
        judged_say_top(j, point);
        if (j->use == AD_USE_TARGET)
            ad_schema_note(j->schema, "'%s' has one value only: nothing can be learned of it",
                           judged_name(j));
    } else {
        return false;
    }
    leave_out(j);
    return true;
}

void judge_freely(judgement *j, char point)
{
    const table_facts *f = j->facts;
    bool numbers = facts_all_numbers(f);
    if (judge_constant(j, point) || judge_date(j, numbers) || judge_files(j))
        return;
    bool code =
        j->use == AD_USE_INPUT && numbers && f->least >= 0 && name_says_code(judged_name(j));
    if (numbers && (f->padded || code) && facts_all_whole(f)) {
        judge_text(j, point);
    } else if (numbers && j->use == AD_USE_TARGET && few_whole(j)) {
        j->type = COLUMN_CLASS;
        text_add(&j->why, f->reals ? "whole values " : "whole numbers ");
        judged_say_range(j);
        judged_say_different(j);
        judged_say_missing(j);
    } else if (numbers) {
        if (!judge_long(j) && !judge_counting(j) && !judge_id(j))
            judge_numbers(j);
    } else if (facts_texts_are_numbers(f) && !(j->use == AD_USE_TARGET && few_words(j))) {
        judge_dressed(j);
    } else {
        judge_text(j, point);
    }
}
