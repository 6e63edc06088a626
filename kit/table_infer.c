/* The schema of a table: what each column is, from the facts about all its cells, with the reason
 * in words.
 *
 * A type that is asked for is taken, or refused with the cell that does not fit.  Else, in order:
 * nothing but missing cells, or one value: left out; all cells dates; all cells numbers: whole
 * numbers or numbers, ids where they count up or name and digits say so, codes where the name does;
 * numbers with a unit, or with words for missing; numbers but for a text in twenty or more: refused
 * with the place of the first; else text: a class, or left out where (nearly) every row has a text
 * of its own. */
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "table_judge.h"

enum { NOTES_MOST = 100 }; /* columns left out that have a note of their own */

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
    ad_schema_field f = {.name = (char *)judged_name(j),
                         .type = types[j->type],
                         .meaning = meanings[j->type],
                         .use = j->use,
                         .missing = judged_missing(j),
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
    sorted_value *list =
        sorted_values(d, point, facts_all_numbers(j->facts) ? sorted_by_number : sorted_by_text);
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
    char *name = text_format("%s.%s", judged_name(j), date_part_words[part]);
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
    const char *asked = table_asked_type(j->wish, judged_name(j));
    int stated = j->wish->stated ? j->wish->stated[j->index] : COLUMN_NONE;
    j->use = table_wished_use(j->wish, judged_name(j));
    if (j->wish->time && strcmp(j->wish->time, judged_name(j)) == 0)
        return judge_time(j, asked);
    if (j->use == AD_USE_NONE)
        text_add(&j->why, "left out, as asked: ");
    if (asked)
        return judge_asked(j, asked, point);
    bool nominal = stated == COLUMN_CLASS && j->use != AD_USE_ID && judged_present(j);
    if (nominal) {
        j->type = COLUMN_CLASS;
        text_add(&j->why, "nominal, as the file says");
        judged_say_missing(j);
        return AD_OK;
    }
    if (judged_is_slip(j))
        return j->wish->slips_missing ? judge_slip(j) : judge_refuse_slip(j);
    judge_freely(j, point);
    bool target = j->use == AD_USE_TARGET;
    if (target && j->type == COLUMN_TEXT)
        return message_fail(AD_ERROR_FORMAT,
                            "%s: the target '%s' has too many different texts for classes\n  "
                            "choose another target\n",
                            j->wish->name, judged_name(j));
    if (target && j->type == COLUMN_DATE)
        return message_fail(AD_ERROR_FORMAT,
                            "%s: the target '%s' is a date\n  a date cannot be predicted; say "
                            "types: %s=class to take its texts as classes\n",
                            j->wish->name, judged_name(j), judged_name(j));
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
            good = ad_schema_note(schema, "'%s' is left out: %s", f->name, schema_why_left_out(f));
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
