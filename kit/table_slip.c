/* Columns of numbers in which a text or two stand. */
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "table_judge.h"

enum { SLIP_SHARE = 20 }; /* numbers to a text, from which it may be a slip */

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
void judged_note_slips(judgement *j)
{
    const table_facts *f = j->facts;
    int64_t numbers = f->wholes + f->reals + f->large;
    text_buffer where = {0};
    if (numbers < SLIP_SHARE * f->texts || !j->course->text || j->use == AD_USE_ID)
        return;
    say_slips(j, &where);
    ad_schema_note(j->schema,
                   "'%s' has %lld text%s among %lld numbers, so all are classes: %s [W415]",
                   judged_name(j), (long long)f->texts, f->texts == 1 ? "" : "s",
                   (long long)numbers, text_words(&where));
    text_part(&j->why, &where);
}

/* A text or two in a column of numbers is a slip: as a class, or left out, the whole column would
 * be lost without a word.  Numbers are those that are no codes: fractions, or many different ones.
 */
bool judged_is_slip(const judgement *j)
{
    const table_facts *f = j->facts;
    int64_t numbers = f->wholes + f->reals + f->large;
    return j->use != AD_USE_NONE && j->use != AD_USE_ID && j->course->text &&
           numbers >= SLIP_SHARE * f->texts && (f->values.many || f->values.count > FEW_CLASSES) &&
           f->padded == 0 && !f->dates && !facts_texts_are_numbers(f);
}

ad_status judge_refuse_slip(const judgement *j)
{
    const table_course *c = j->course;
    return message_fail(
        AD_ERROR_FORMAT,
        "%s:%lld:%lld: %s stands in '%s', where %lld of %lld are numbers\n  correct it, or name it "
        "among the words for a missing value, data.missing; a column of texts is data.types: "
        "%s=class\n",
        j->wish->name, (long long)c->line, (long long)c->column, c->text, judged_name(j),
        (long long)(judged_present(j) - j->facts->texts), (long long)judged_present(j),
        judged_name(j));
}

/* A column of numbers with a text or two, which are missing values then. */
ad_status judge_slip(judgement *j)
{
    const table_facts *f = j->facts;
    text_buffer where = {0};
    j->type = COLUMN_NUMBER, j->form = NUMBERS_SLIPS;
    text_add(&j->why, "numbers ");
    judged_say_range(j);
    judged_say_missing(j);
    text_add_format(&j->why, ", %lld of them texts: ", (long long)f->texts);
    say_slips(j, &where);
    text_add(&j->why, text_words(&where));
    bool good = !where.failed &&
                ad_schema_note(j->schema,
                               "'%s' has %lld text%s among %lld numbers, taken as missing: %s "
                               "[W415]",
                               judged_name(j), (long long)f->texts, f->texts == 1 ? "" : "s",
                               (long long)(judged_present(j)), text_words(&where));
    text_done(&where);
    return good ? AD_OK : message_no_memory();
}
