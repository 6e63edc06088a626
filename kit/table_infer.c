/* What a column is, from the facts about all its cells, with the reason in words.
 *
 * A type that is asked for is taken, or refused with the cell that does not fit.  Else, in order:
 * nothing but missing cells, or one value: left out; all cells dates; all cells numbers: whole
 * numbers or numbers, ids where they count up or name and digits say so, codes where the name does;
 * numbers with a unit, or with words for missing; numbers but for a text in twenty or more: refused
 * with the place of the first; else text: a class, or left out where (nearly) every row has a text
 * of its own. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "number.h"
#include "table.h"

/* Whole numbers to which every smaller one is a double. */
static const int64_t exact = (int64_t)1 << 53;

enum {
    SLIP_SHARE = 20,     /* numbers to a text, from which it may be a slip */
    FEW_CLASSES = 20,    /* most values of a target of whole numbers that is a class */
    COUNTING_ROWS = 8,   /* rows from which counting up is no accident */
    DIFFERENT_ROWS = 8,  /* rows from which texts that are all different are ids */
    NOTES_MOST = 100,    /* columns left out that have a note of their own */
    FREE_TEXT_ROWS = 20, /* rows from which mostly different texts are no classes */
    COMPACT_ROWS = 8     /* rows from which eight digits that are all dates are no accident */
};

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

/* ---------------------------------------------------------------- small things */

static const char *name_of(const judgement *j)
{
    return j->wish->column_names->text[j->index];
}

static int64_t missing(const judgement *j)
{
    bool number = j->type == COLUMN_NUMBER;
    int64_t texts = number && j->form & NUMBERS_SLIPS   ? j->facts->texts
                    : number && j->form & NUMBERS_WORDS ? j->facts->words
                                                        : 0;
    return j->facts->missing + texts;
}

static int64_t present(const judgement *j)
{
    return j->facts->count - missing(j);
}

static void say_missing(judgement *j)
{
    if (missing(j))
        text_add_format(&j->why, ", %lld missing", (long long)missing(j));
}

static void say_range(judgement *j)
{
    number_add(&j->why, j->facts->low);
    text_add(&j->why, " to ");
    number_add(&j->why, j->facts->high);
    if (isfinite(j->course->sum) && present(j) > j->facts->infinite) {
        char words[40]; /* to six digits, by whatever point the locale has */
        snprintf(words, sizeof words, "%.6g",
                 j->course->sum / (double)(present(j) - j->facts->infinite));
        text_add(&j->why, ", mean ");
        number_add(&j->why, strtod(words, NULL));
    }
    if (j->facts->infinite)
        text_add_format(&j->why, ", %lld infinite", (long long)j->facts->infinite);
}

static void say_different(judgement *j)
{
    if (j->facts->values.many)
        text_add(&j->why, ", many different");
    else
        text_add_format(&j->why, ", %d different", j->facts->values.count);
}

/* The first text in the column, where one is. */
static void say_first_text(judgement *j)
{
    if (j->course->text && j->facts->wholes + j->facts->reals + j->facts->large > 0)
        text_add_format(&j->why, "; no number is %s on line %lld", j->course->text,
                        (long long)j->course->line);
}

/* ---------------------------------------------------------------- values in order */

typedef struct sorted_value {
    const char *text;
    size_t size;
    int64_t count;
    double number;
} sorted_value;

static int by_text(const void *a, const void *b)
{
    const sorted_value *x = a, *y = b;
    int order = memcmp(x->text, y->text, x->size < y->size ? x->size : y->size);
    return order ? order : (x->size > y->size) - (x->size < y->size);
}

static int by_number(const void *a, const void *b)
{
    const sorted_value *x = a, *y = b;
    int order = (x->number > y->number) - (x->number < y->number);
    return order ? order : by_text(a, b);
}

static int by_count(const void *a, const void *b)
{
    const sorted_value *x = a, *y = b;
    int order = (x->count < y->count) - (x->count > y->count);
    return order ? order : by_text(a, b);
}

/* The different values, by malloc; NULL without memory. */
static sorted_value *values_of(const distinct *d, char point,
                               int (*order)(const void *, const void *))
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

static void say_top(judgement *j, char point)
{
    enum { TOP = 3 };
    const distinct *d = &j->facts->values;
    sorted_value *list = values_of(d, point, by_count);
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

/* ---------------------------------------------------------------- judging without being asked */

static bool all_numbers(const table_facts *f)
{
    return f->texts == 0 && f->wholes + f->large + f->reals > 0;
}

static bool all_whole(const table_facts *f)
{
    return all_numbers(f) && f->reals == 0;
}

static bool fits_exactly(const table_facts *f)
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
    return different <= 2 || present(j) >= 4 * (int64_t)different ||
           (counted && different <= 10 && present(j) >= 2 * (int64_t)different);
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
static bool texts_are_numbers(const table_facts *f)
{
    int64_t plain = f->wholes + f->reals, numbers = plain + f->dressed;
    bool unit = *f->dress.before || *f->dress.after;
    return f->texts > 0 && f->texts == f->dressed + f->words && !f->mixed && f->large == 0 &&
           f->padded == 0 && fits_exactly(f) && numbers > f->words &&
           !(f->dressed && plain && unit);
}

static void leave_out(judgement *j)
{
    if (j->use == AD_USE_INPUT)
        j->use = AD_USE_NONE;
}

static void judge_numbers(judgement *j)
{
    const table_facts *f = j->facts;
    bool whole = all_whole(f);
    text_add(&j->why, whole ? "whole numbers " : "numbers ");
    say_range(j);
    bool lenient = j->wish->slips_missing && fits_exactly(f);
    j->type = whole && f->missing == 0 && f->large == 0 && !lenient ? COLUMN_WHOLE : COLUMN_NUMBER;
    j->form = lenient ? NUMBERS_SLIPS : 0;
    if (j->use == AD_USE_TARGET && fits_exactly(f))
        j->type = COLUMN_NUMBER; /* so that it may be missing where it is to be predicted */
    if (!whole && !fits_exactly(f))
        text_add(&j->why, "; whole numbers beyond 2^53 are rounded to the nearest double");
    say_missing(j);
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
static void judge_dressed(judgement *j)
{
    const table_facts *f = j->facts;
    j->type = COLUMN_NUMBER;
    j->form = (f->words ? NUMBERS_WORDS : 0) | (f->dressed ? NUMBERS_DRESSED : 0);
    text_add(&j->why, f->dressed || f->reals ? "numbers" : "whole numbers");
    if (f->dressed)
        say_dress(j);
    text_add(&j->why, " ");
    say_range(j);
    say_missing(j);
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
    bool named = name_says_id(name_of(j));
    bool long_codes = f->least >= code_least && digits_of(f->least) == digits_of(f->most);
    bool most = f->values.many || f->values.count * 2 > present(j);
    if (j->use != AD_USE_INPUT || !all_whole(f) || f->least < 0 || f->count < COUNTING_ROWS ||
        !(named || (long_codes && most)))
        return false;
    j->type = most ? COLUMN_WHOLE : COLUMN_CLASS;
    text_add_format(&j->why, "%s, as %s", named ? "whole numbers" : "codes of equally many digits",
                    named ? "numbers of rows or things: its name says id"
                          : "goods, cards and machines have");
    say_different(j);
    say_missing(j);
    if (most)
        leave_out(j);
    return true;
}

/* Whole numbers that neither int64 nor, where some are missing, a double holds. */
static bool judge_long(judgement *j)
{
    const table_facts *f = j->facts;
    if (!all_whole(f) || (f->large == 0 && (f->missing == 0 || fits_exactly(f))))
        return false;
    j->type = j->use == AD_USE_ID || f->values.many ? COLUMN_TEXT : COLUMN_CLASS;
    text_add(&j->why, f->large ? "whole numbers beyond 64 bits, kept as text"
                               : "whole numbers beyond 2^53 with missing ones, kept as text");
    say_different(j);
    say_missing(j);
    if (f->values.many || f->values.count * 2 > present(j))
        leave_out(j);
    return true;
}

static bool judge_counting(judgement *j)
{
    if (j->use != AD_USE_INPUT || !all_whole(j->facts) || !j->course->counting ||
        j->facts->count < COUNTING_ROWS || name_says_year(name_of(j)))
        return false;
    j->type = COLUMN_WHOLE;
    text_add_format(&j->why, "counts up by 1 from %lld to %lld, as numbers of rows do",
                    (long long)j->course->first, (long long)j->course->last);
    leave_out(j);
    return true;
}

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

/* Where texts that are slips stand, the first three. */
static void say_slips(const judgement *j, text_buffer *t)
{
    const table_course *c = j->course;
    text_add_format(t, "%s on line %lld", c->text, (long long)c->line);
    for (int i = 0; i < c->mores; i++)
        text_add_format(t, ", %s on line %lld", c->more[i].text, (long long)c->more[i].line);
    if (j->facts->texts > 1 + c->mores)
        text_add(t, "...");
}

/* Few different numbers beside a text or two are classes, which may not be meant. */
static void note_mostly_numbers(judgement *j)
{
    const table_facts *f = j->facts;
    int64_t numbers = f->wholes + f->reals + f->large;
    text_buffer where = {0};
    if (numbers < SLIP_SHARE * f->texts || !j->course->text || j->use == AD_USE_ID)
        return;
    say_slips(j, &where);
    ad_schema_note(j->schema,
                   "'%s' has %lld text%s among %lld numbers, so all are classes: %s [W415]",
                   name_of(j), (long long)f->texts, f->texts == 1 ? "" : "s", (long long)numbers,
                   text_words(&where));
    text_part(&j->why, &where);
}

/* Whether the texts are paths of pictures or sounds: all end so, and the first are there. */
static bool judge_files(judgement *j)
{
    const table_facts *f = j->facts;
    const table_course *c = j->course;
    bool pixels = f->pictures == f->texts;
    if (j->use != AD_USE_INPUT || f->texts == 0 || f->texts != present(j) ||
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
    say_missing(j);
    return true;
}

static void judge_text(judgement *j, char point)
{
    const table_facts *f = j->facts;
    const distinct *d = &f->values;
    bool codes = all_whole(f);
    text_add(&j->why, !codes      ? "text"
                      : f->padded ? "codes of digits that begin with 0"
                                  : "codes of digits, as the name says");
    say_different(j);
    say_missing(j);
    j->type = d->many || j->use == AD_USE_ID ? COLUMN_TEXT : COLUMN_CLASS;
    if (d->many)
        text_add(&j->why, f->wordy * 2 > present(j) ? ": too many for a class, free text"
                                                    : ": too many for a class");
    else if (d->count == present(j) && present(j) >= DIFFERENT_ROWS)
        text_add(&j->why, with_words(d, 3) * 2 > d->count
                              ? ": another in each row, free text"
                              : ": another in each row, as names of rows are");
    else if (d->count * 2 > present(j) && present(j) >= FREE_TEXT_ROWS)
        text_add(&j->why, like_codes(d) * 2 > d->count ? ": in most rows another, as codes are"
                                                       : ": in most rows another, free text");
    else {
        say_top(j, point);
        say_first_text(j);
        note_mostly_numbers(j);
        return;
    }
    j->free = j->use == AD_USE_INPUT && f->wordy * 2 > present(j);
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
        text_add(&j->why, name_of(j));
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
        return !target && name_says_time(name_of(j));
    return (f->dates & 1u << DATE_COMPACT) &&
           (name_says_date(name_of(j)) ||
            (!target && present(j) >= COMPACT_ROWS && f->from[0][DATE_YEAR] >= 1900 &&
             f->to[0][DATE_YEAR] < 2100));
}

static bool judge_date(judgement *j, bool number)
{
    const table_facts *f = j->facts;
    if (!f->dates || present(j) == 0 || f->texts + f->wholes != present(j))
        return false;
    if (number && !digits_are_dates(j))
        return false;
    j->type = COLUMN_DATE;
    j->form = only_form(j);
    if (!j->why.size)
        text_add_format(&j->why, "dates (%s)", date_form_words[j->form]);
    say_missing(j);
    return true;
}

/* One value only, or none. */
static bool judge_constant(judgement *j, char point)
{
    const table_facts *f = j->facts;
    if (present(j) == 0) {
        text_add(&j->why, f->count ? "all missing" : "no rows");
        j->type = COLUMN_NUMBER;
    } else if (!f->values.many && f->values.count == 1 && f->missing == 0 && f->count > 1) {
        j->type = all_numbers(f) && f->large == 0 ? COLUMN_NUMBER : COLUMN_CLASS;
        text_add(&j->why, "constant");
        say_top(j, point);
        if (j->use == AD_USE_TARGET)
            ad_schema_note(j->schema, "'%s' has one value only: nothing can be learned of it",
                           name_of(j));
    } else {
        return false;
    }
    leave_out(j);
    return true;
}

static void judge(judgement *j, char point)
{
    const table_facts *f = j->facts;
    bool numbers = all_numbers(f);
    if (judge_constant(j, point) || judge_date(j, numbers) || judge_files(j))
        return;
    bool code = j->use == AD_USE_INPUT && numbers && f->least >= 0 && name_says_code(name_of(j));
    if (numbers && (f->padded || code) && all_whole(f)) {
        judge_text(j, point);
    } else if (numbers && j->use == AD_USE_TARGET && few_whole(j)) {
        j->type = COLUMN_CLASS;
        text_add(&j->why, f->reals ? "whole values " : "whole numbers ");
        say_range(j);
        say_different(j);
        say_missing(j);
    } else if (numbers) {
        if (!judge_long(j) && !judge_counting(j) && !judge_id(j))
            judge_numbers(j);
    } else if (texts_are_numbers(f) && !(j->use == AD_USE_TARGET && few_words(j))) {
        judge_dressed(j);
    } else {
        judge_text(j, point);
    }
}

/* ---------------------------------------------------------------- judging as asked */

/* A text or two in a column of numbers is a slip: as a class, or left out, the whole column would
 * be lost without a word.  Numbers are those that are no codes: fractions, or many different ones.
 */
static bool is_slip(const judgement *j)
{
    const table_facts *f = j->facts;
    int64_t numbers = f->wholes + f->reals + f->large;
    return j->use != AD_USE_NONE && j->use != AD_USE_ID && j->course->text &&
           numbers >= SLIP_SHARE * f->texts && (f->values.many || f->values.count > FEW_CLASSES) &&
           f->padded == 0 && !f->dates && !texts_are_numbers(f);
}

static ad_status refuse_slip(const judgement *j)
{
    const table_course *c = j->course;
    return message_fail(
        AD_ERROR_FORMAT,
        "%s:%lld:%lld: %s stands in '%s', where %lld of %lld are numbers\n  correct it, or name it "
        "among the words for a missing value, data.missing; a column of texts is data.types: "
        "%s=class\n",
        j->wish->name, (long long)c->line, (long long)c->column, c->text, name_of(j),
        (long long)(present(j) - j->facts->texts), (long long)present(j), name_of(j));
}

/* A column of numbers with a text or two, which are missing values then. */
static ad_status judge_slip(judgement *j)
{
    const table_facts *f = j->facts;
    text_buffer where = {0};
    j->type = COLUMN_NUMBER, j->form = NUMBERS_SLIPS;
    text_add(&j->why, "numbers ");
    say_range(j);
    say_missing(j);
    text_add_format(&j->why, ", %lld of them texts: ", (long long)f->texts);
    say_slips(j, &where);
    text_add(&j->why, text_words(&where));
    bool good = !where.failed &&
                ad_schema_note(j->schema,
                               "'%s' has %lld text%s among %lld numbers, taken as missing: %s "
                               "[W415]",
                               name_of(j), (long long)f->texts, f->texts == 1 ? "" : "s",
                               (long long)(present(j)), text_words(&where));
    text_done(&where);
    return good ? AD_OK : message_no_memory();
}

static ad_status refuse(const judgement *j, const char *type)
{
    const table_course *c = j->course;
    if (c->text && strcmp(type, "class") != 0)
        return message_fail(AD_ERROR_FORMAT,
                            "%s:%lld:%lld: %s stands where '%s' needs a %s\n  correct it, name it "
                            "among the words for missing, or give the column another type\n",
                            j->wish->name, (long long)c->line, (long long)c->column, c->text,
                            name_of(j), type);
    return message_fail(AD_ERROR_FORMAT,
                        "%s: the column '%s' cannot be of type %s\n  give it another type: %s\n",
                        j->wish->name, name_of(j), type,
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

static bool is_file(int type)
{
    return type == COLUMN_PICTURE || type == COLUMN_SOUND;
}

static int type_asked(judgement *j, const char *word)
{
    const table_facts *f = j->facts;
    bool dates = f->dates && f->texts + f->wholes == present(j);
    if (strcmp(word, "number") == 0)
        return f->texts == 0 || texts_are_numbers(f) ? COLUMN_NUMBER : -1;
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

static ad_status judge_asked(judgement *j, const char *word, char point)
{
    if (strcmp(word, "id") == 0 || strcmp(word, "none") == 0) {
        j->use = strcmp(word, "id") == 0 ? AD_USE_ID : AD_USE_NONE;
        judge(j, point);
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
            j->wish->name, name_of(j), word,
            j->use == AD_USE_ID ? "names rows too" : "is the target too",
            j->use == AD_USE_ID ? "id" : "target");
    if (j->type == COLUMN_NUMBER && texts_are_numbers(j->facts)) {
        judge_dressed(j);
        text_add(&j->why, ", as asked");
        return AD_OK;
    }
    text_add_format(&j->why, "%s, as asked", column_type_words[j->type]);
    if (j->type == COLUMN_NUMBER && !fits_exactly(j->facts))
        text_add(&j->why, "; whole numbers beyond 2^53 are rounded to the nearest double");
    if (j->type == COLUMN_NUMBER && present(j)) {
        text_add(&j->why, ": ");
        say_range(j);
    }
    say_missing(j);
    return AD_OK;
}

/* ---------------------------------------------------------------- the time of a series */

static ad_status refuse_time(const judgement *j)
{
    const table_course *c = j->course;
    if (!present(j))
        return message_fail(AD_ERROR_FORMAT, "%s: the time column '%s' is empty\n  name another\n",
                            j->wish->name, name_of(j));
    return message_fail(AD_ERROR_FORMAT,
                        "%s:%lld:%lld: %s stands in the time column '%s', where %s\n  write times "
                        "such as 2024-03-05 14:30:00; a series without them is data.series: true\n",
                        j->wish->name, (long long)c->line, (long long)c->column,
                        c->text ? c->text : "a number", name_of(j),
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
    if (!forms || j->facts->texts + j->facts->wholes != present(j))
        return -1;
    if ((forms & both) == both)
        return -2;
    for (form = 0; !(forms & 1u << form);)
        form++;
    return form;
}

static ad_status judge_time(judgement *j, const char *asked)
{
    const table_facts *f = j->facts;
    int form = time_form(j, asked);
    if (form == -2)
        return message_fail(AD_ERROR_FORMAT,
                            "%s: the time column '%s' may be day/month or month/day: every day is "
                            "12 or less\n  say which: types: %s=dmy or %s=mdy\n",
                            j->wish->name, name_of(j), name_of(j), name_of(j));
    if (form < 0 && all_numbers(f) && !f->infinite)
        form = all_whole(f) && f->least >= 1000 && f->most <= 2999 && name_says_year(name_of(j))
                   ? TIME_YEAR
                   : TIME_NUMBER;
    if (form < 0 || !present(j))
        return refuse_time(j);
    j->type = COLUMN_TIME, j->form = form;
    text_add_format(&j->why, "the time, as asked: %s",
                    form == TIME_YEAR     ? "years"
                    : form == TIME_NUMBER ? "numbers"
                                          : "dates");
    if (form < DATE_FORMS)
        text_add_format(&j->why, " (%s)", date_form_words[form]);
    return AD_OK;
}

/* ---------------------------------------------------------------- fields of the schema */

static ad_schema_field field_like(const judgement *j)
{
    static const ad_type types[COLUMN_TYPES] = {
        [COLUMN_NONE] = AD_F64,  [COLUMN_NUMBER] = AD_F64, [COLUMN_WHOLE] = AD_I64,
        [COLUMN_CLASS] = AD_I32, [COLUMN_DATE] = AD_F64,   [COLUMN_TEXT] = AD_U8,
        [COLUMN_TIME] = AD_F64,  [COLUMN_PICTURE] = AD_U8, [COLUMN_SOUND] = AD_U8};
    static const ad_meaning meanings[COLUMN_TYPES] = {
        [COLUMN_WHOLE] = AD_MEANS_WHOLE,  [COLUMN_CLASS] = AD_MEANS_CLASS,
        [COLUMN_TEXT] = AD_MEANS_TEXT,    [COLUMN_TIME] = AD_MEANS_TIME,
        [COLUMN_PICTURE] = AD_MEANS_TEXT, [COLUMN_SOUND] = AD_MEANS_TEXT};
    ad_schema_field f = {.name = (char *)name_of(j),
                         .type = types[j->type],
                         .meaning = meanings[j->type],
                         .use = j->use,
                         .missing = missing(j),
                         .why = j->why.data};
    if (j->type == COLUMN_TIME)
        f.rate = j->form != TIME_NUMBER;
    if (j->type == COLUMN_TEXT || is_file(j->type)) /* paths, until the files are looked at */
        f.shape = (ad_shape){1, {AD_VARYING}};
    return f;
}

static ad_status add_field(judgement *j, const ad_schema_field *f, int *index)
{
    *index = j->schema->fields;
    return ad_schema_add(j->schema, f) ? AD_OK : message_no_memory();
}

/* Classes: sorted, numbers by value. */
static ad_status add_class(judgement *j, char point, int *index)
{
    const distinct *d = &j->facts->values;
    ad_schema_field f = field_like(j);
    const ad_names *stated = j->wish->stated_names ? &j->wish->stated_names[j->index] : NULL;
    if (stated && stated->count) {
        f.classes = stated->count, f.names = stated->text;
        return add_field(j, &f, index);
    }
    sorted_value *list = values_of(d, point, all_numbers(j->facts) ? by_number : by_text);
    char **names = calloc((size_t)d->count + 1, sizeof *names);
    bool memory = list && names;
    for (int i = 0; memory && i < d->count; i++)
        memory = (names[i] = text_copy_bytes(list[i].text, list[i].size)) != NULL;
    f.classes = d->count, f.names = names;
    ad_status status = memory ? add_field(j, &f, index) : message_no_memory();
    for (int i = 0; names && i < d->count; i++)
        free(names[i]);
    free(names);
    free(list);
    return status;
}

static ad_status add_part(judgement *j, int part, int *index)
{
    static const char *const notes[DATE_PARTS] = {[DATE_WEEKDAY] = ", 0 is Monday"};
    int as = j->form == DATE_MDY;
    int from = j->facts->from[as][part], to = j->facts->to[as][part];
    ad_schema_field f = field_like(j);
    char *name = text_format("%s.%s", name_of(j), date_part_words[part]);
    char *why = text_format("%s of %s: %d to %d%s%s", date_part_words[part],
                            j->why.data ? j->why.data : "", from < 0 ? 0 : from, to,
                            notes[part] ? notes[part] : "", from == to ? "; constant" : "");
    f.name = name, f.why = why;
    if (from == to && f.use == AD_USE_INPUT)
        f.use = AD_USE_NONE;
    ad_status status = name && why ? add_field(j, &f, index) : message_no_memory();
    free(name);
    free(why);
    return status;
}

/* A date that may be used becomes its parts; one that may not stays one field, left out. */
static ad_status add_date(judgement *j, layout_column *c)
{
    if (j->use == AD_USE_NONE) {
        ad_schema_field f = field_like(j);
        return add_field(j, &f, &c->field[0]);
    }
    ad_status status = AD_OK;
    for (int k = 0; k < DATE_PARTS && status == AD_OK; k++)
        if (j->facts->to[j->form == DATE_MDY][k] >= 0)
            status = add_part(j, k, &c->field[k]);
    return status;
}

static ad_status add_column(judgement *j, layout_column *c, char point)
{
    c->type = j->type, c->form = j->form;
    if (j->type == COLUMN_PICTURE)
        c->form = table_picture_form(j->wish->files.fit, j->wish->files.resample);
    if (j->type == COLUMN_NUMBER && j->form & NUMBERS_DRESSED)
        c->dress = j->facts->dress;
    for (int k = 0; k < DATE_PARTS; k++)
        c->field[k] = -1;
    if (j->type == COLUMN_DATE)
        return add_date(j, c);
    if (j->type == COLUMN_CLASS && j->use != AD_USE_NONE)
        return add_class(j, point, &c->field[0]);
    ad_schema_field f = field_like(j);
    ad_status status = add_field(j, &f, &c->field[0]);
    if (j->use == AD_USE_NONE)
        c->type = COLUMN_NONE, c->field[0] = -1;
    return status;
}

/* ---------------------------------------------------------------- all columns */

static ad_status judge_column(judgement *j, char point)
{
    const char *asked = table_asked_type(j->wish, name_of(j));
    int stated = j->wish->stated ? j->wish->stated[j->index] : COLUMN_NONE;
    j->use = table_wished_use(j->wish, name_of(j));
    if (j->wish->time && strcmp(j->wish->time, name_of(j)) == 0)
        return judge_time(j, asked);
    if (j->use == AD_USE_NONE)
        text_add(&j->why, "left out, as asked: ");
    if (asked)
        return judge_asked(j, asked, point);
    bool nominal = stated == COLUMN_CLASS && j->use != AD_USE_ID && present(j);
    if (nominal) {
        j->type = COLUMN_CLASS;
        text_add(&j->why, "nominal, as the file says");
        say_missing(j);
        return AD_OK;
    }
    if (is_slip(j))
        return j->wish->slips_missing ? judge_slip(j) : refuse_slip(j);
    judge(j, point);
    bool target = j->use == AD_USE_TARGET;
    if (target && j->type == COLUMN_TEXT)
        return message_fail(AD_ERROR_FORMAT,
                            "%s: the target '%s' has too many different texts for classes\n  "
                            "choose another target\n",
                            j->wish->name, name_of(j));
    if (target && j->type == COLUMN_DATE)
        return message_fail(AD_ERROR_FORMAT,
                            "%s: the target '%s' is a date\n  a date cannot be predicted; say "
                            "types: %s=class to take its texts as classes\n",
                            j->wish->name, name_of(j), name_of(j));
    return AD_OK;
}

/* Where the column is left out, its field goes to *out; where it is free text, to *free_field. */
static ad_status infer_column(judgement *j, table_layout *layout, int *out, int *free_field)
{
    ad_status status = judge_column(j, layout->point);
    if (status == AD_OK)
        status = j->why.failed ? message_no_memory()
                               : add_column(j, &layout->column[j->index], layout->point);
    *out = status == AD_OK && j->use == AD_USE_NONE ? j->schema->fields - 1 : -1;
    *free_field = j->free ? *out : -1;
    text_done(&j->why);
    return status;
}

static ad_status infer_all(const table_wish *wish, const table_facts *facts,
                           const table_course *course, table_layout *layout, ad_schema *schema,
                           int *out, int *free_field)
{
    ad_status status = AD_OK;
    for (int i = 0; i < layout->columns && status == AD_OK; i++) {
        judgement j = {
            .wish = wish, .facts = &facts[i], .course = &course[i], .index = i, .schema = schema};
        status = infer_column(&j, layout, &out[i], &free_field[i]);
    }
    return status == AD_OK && !table_take_free_text(free_field, layout, schema)
               ? message_no_memory()
               : status;
}

static ad_status note_left_out(const int *out, const table_layout *layout, ad_schema *schema)
{
    int left_out = 0;
    bool good = true;
    for (int i = 0; i < layout->columns && good; i++) {
        const ad_schema_field *f = out[i] < 0 ? NULL : &schema->field[out[i]];
        if (f && f->use == AD_USE_NONE && left_out++ < NOTES_MOST)
            good = ad_schema_note(schema, "'%s' is left out: %s", f->name, f->why);
    }
    if (good && left_out > NOTES_MOST)
        good = ad_schema_note(schema, "%d more columns are left out, each with its reason",
                              left_out - NOTES_MOST);
    return good ? AD_OK : message_no_memory();
}

ad_status table_infer(const table_wish *wish, const table_facts *facts, const table_course *course,
                      table_layout *layout, ad_schema *schema)
{
    size_t columns = (size_t)layout->columns + 1;
    int *out = calloc(2 * columns, sizeof *out);
    ad_status status = out ? infer_all(wish, facts, course, layout, schema, out, out + columns)
                           : message_no_memory();
    if (status == AD_OK)
        status = note_left_out(out, layout, schema);
    free(out);
    if (status != AD_OK)
        return status;
    schema->running = wish->time || wish->series;
    free(schema->own);
    schema->own = table_layout_text(layout);
    return schema->own ? AD_OK : message_no_memory();
}
