/* Rows of cells become typed arrays, and those a source. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "suggest.h"
#include "table.h"

/* ---------------------------------------------------------------- the plan */

static int find_name(char *const *names, int count, const char *name)
{
    for (int i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    return -1;
}

/* The use of what a column fills; AD_USE_NONE where it fills nothing. */
static ad_use use_of(const table_plan *p, const layout_column *c)
{
    for (int k = 0; k < DATE_PARTS; k++)
        if (c->field[k] >= 0 && p->schema->field[c->field[k]].use != AD_USE_NONE)
            return p->schema->field[c->field[k]].use;
    return AD_USE_NONE;
}

static ad_status no_column(const char *file, const layout_column *c, char *const *names, int count)
{
    suggest near = {.wrong = c->name};
    for (int i = 0; i < count; i++)
        suggest_try(&near, names[i], NULL);
    if (near.best)
        return message_fail(AD_ERROR_FORMAT,
                            "%s: there is no column '%s'\n  there is '%s': columns are found by "
                            "their names\n",
                            file, c->name, near.best);
    return message_fail(AD_ERROR_FORMAT,
                        "%s: there is no column '%s'; %d columns begin with '%s'\n  columns are "
                        "found by their names, which stand in the first row\n",
                        file, c->name, count, count ? names[0] : "");
}

/* Where columns have no names: the same number, or those without the targets. */
static ad_status by_place(table_plan *p, const char *file, int count)
{
    int targets = 0, columns = p->layout->columns;
    for (int i = 0; i < columns; i++)
        targets += use_of(p, &p->layout->column[i]) == AD_USE_TARGET;
    if (count != columns && count != columns - targets)
        return message_fail(AD_ERROR_FORMAT,
                            "%s: %d columns; the table that was learned from had %d\n  columns "
                            "without names are known by their place\n",
                            file, count, columns);
    for (int i = 0, at = 0; i < columns; i++) {
        bool left_out = count < columns && use_of(p, &p->layout->column[i]) == AD_USE_TARGET;
        p->cell_of[i] = left_out ? -1 : at++;
    }
    return AD_OK;
}

static ad_status by_name(table_plan *p, const char *file, char *const *names, int count,
                         bool target_needed)
{
    for (int i = 0; i < p->layout->columns; i++) {
        const layout_column *c = &p->layout->column[i];
        ad_use use = use_of(p, c);
        bool same_place = i < count && strcmp(names[i], c->name) == 0;
        p->cell_of[i] = use == AD_USE_NONE ? -1 : same_place ? i : find_name(names, count, c->name);
        bool needed = use == AD_USE_INPUT || (use == AD_USE_TARGET && target_needed);
        if (needed && p->cell_of[i] < 0)
            return no_column(file, c, names, count);
    }
    return AD_OK;
}

static bool fill_classes(distinct *d, const ad_schema_field *f)
{
    for (int64_t i = 0; i < f->classes && f->names; i++)
        if (!distinct_add(d, f->names[i], strlen(f->names[i]), 1, INT32_MAX / 64))
            return false;
    return true;
}

/* Columns of paths. */
static bool is_file(const layout_column *c)
{
    return c->type == COLUMN_PICTURE || c->type == COLUMN_SOUND;
}

static bool make_tables(table_plan *p)
{
    size_t fields = (size_t)p->schema->fields + 1, columns = (size_t)p->layout->columns + 1;
    p->cell_of = calloc(columns, sizeof *p->cell_of);
    p->file = calloc(columns, sizeof *p->file);
    p->place = calloc(fields, sizeof *p->place);
    p->classes = calloc(fields, sizeof *p->classes);
    if (!p->cell_of || !p->file || !p->place || !p->classes)
        return false;
    for (int i = 0; i < p->layout->columns; i++)
        if (is_file(&p->layout->column[i]) && use_of(p, &p->layout->column[i]) != AD_USE_NONE)
            p->file[p->files++] = i;
    for (int i = 0; i < p->files; i++)
        p->known =
            p->schema->field[p->layout->column[p->file[i]].field[0]].meaning != AD_MEANS_TEXT;
    for (int i = 0; i < p->schema->fields; i++) {
        const ad_schema_field *f = &p->schema->field[i];
        p->place[i] = f->use == AD_USE_NONE ? -1 : p->fields++;
        if (p->place[i] >= 0 && f->meaning == AD_MEANS_CLASS && !fill_classes(&p->classes[i], f))
            return false;
    }
    return true;
}

/* With the reason why the first column is left out. */
static ad_status nothing_left(const ad_schema *s, const char *file)
{
    int i = 0;
    while (i < s->fields && !s->field[i].why)
        i++;
    if (i == s->fields)
        return message_fail(AD_ERROR_FORMAT,
                            "%s: no column is left to learn from\n  say what its columns are: "
                            "data.types\n",
                            file);
    return message_fail(AD_ERROR_FORMAT,
                        "%s: no column is left to learn from: '%s' is left out (%s)%s\n  say what "
                        "it is, as data.types=%s=class, or text\n",
                        file, s->field[i].name, s->field[i].why,
                        s->fields > 1 ? ", and the others too" : "", s->field[i].name);
}

ad_status table_plan_make(table_plan *p, const ad_schema *schema, const table_layout *layout,
                          const char *file, char *const *names, int count, bool target_needed)
{
    *p = (table_plan){.schema = schema, .layout = layout, .cells = count, .checked = target_needed};
    p->habits.point = layout->point;
    missing_words_set(&p->habits.missing, &layout->missing);
    if (!make_tables(p)) {
        table_plan_done(p);
        return message_no_memory();
    }
    ad_status status =
        layout->named ? by_name(p, file, names, count, target_needed) : by_place(p, file, count);
    if (status == AD_OK && p->fields == 0)
        status = nothing_left(schema, file);
    if (status != AD_OK)
        table_plan_done(p);
    return status;
}

void table_plan_done(table_plan *p)
{
    for (int i = 0; p->classes && i < p->schema->fields; i++)
        distinct_done(&p->classes[i]);
    free(p->classes);
    free(p->cell_of);
    free(p->file);
    free(p->place);
    *p = (table_plan){0};
}

/* ---------------------------------------------------------------- arrays that grow */

static bool column_put(table_column *c, const void *value, size_t size)
{
    if (c->used + size > c->room) {
        size_t room = 2 * (c->used + size) + 256;
        char *data = realloc(c->data, room);
        if (!data)
            return false;
        c->data = data, c->room = room;
    }
    if (size)
        memcpy(c->data + c->used, value, size);
    c->used += size;
    return true;
}

static bool column_end(table_column *c, int64_t end)
{
    if (c->ends == c->ends_room) {
        size_t room = 2 * c->ends + 64;
        int64_t *list = realloc(c->end, room * sizeof *list);
        if (!list)
            return false;
        c->end = list, c->ends_room = room;
    }
    c->end[c->ends++] = end;
    return true;
}

bool table_rows_begin(table_rows *r, const table_plan *p)
{
    *r = (table_rows){.columns = p->fields, .files = p->files};
    r->column = calloc((size_t)p->fields + 1, sizeof *r->column);
    for (int i = 0; r->column && i < p->schema->fields; i++)
        if (p->place[i] >= 0) {
            const ad_schema_field *f = &p->schema->field[i];
            r->column[p->place[i]].type = f->type;
            r->column[p->place[i]].varies = f->shape.rank == 1;
        }
    for (int i = 0; r->column && i < p->files; i++) {
        table_column *c = &r->column[p->place[p->layout->column[p->file[i]].field[0]]];
        c->type = AD_U8, c->varies = true;
    }
    return r->column != NULL;
}

void table_rows_done(table_rows *r)
{
    for (int i = 0; r->column && i < r->columns; i++) {
        free(r->column[i].data);
        free(r->column[i].end);
        table_file_free(r->column[i].file);
    }
    free(r->column);
    free(r->spot);
    free(r->name);
    for (int64_t i = 0; i < r->broken_count; i++)
        free(r->broken[i].words);
    free(r->broken);
    text_done(&r->scratch);
    *r = (table_rows){0};
}

static bool join_column(table_column *to, const table_column *from)
{
    int64_t before = (int64_t)to->used;
    for (size_t i = 0; i < from->ends; i++)
        if (!column_end(to, before + from->end[i]))
            return false;
    return column_put(to, from->data, from->used);
}

/* Takes words. */
static bool add_words(table_rows *r, table_broken broken)
{
    if (broken.words && r->broken_count == r->broken_room) {
        int64_t room = 2 * r->broken_room + 16;
        table_broken *list = realloc(r->broken, (size_t)room * sizeof *list);
        r->broken = list ? list : r->broken;
        r->broken_room = list ? room : r->broken_room;
    }
    if (!broken.words || r->broken_count == r->broken_room) {
        free(broken.words);
        return false;
    }
    r->broken[r->broken_count++] = broken;
    return true;
}

bool table_rows_tell(table_rows *r, table_broken broken)
{
    for (int64_t i = 0; i < r->broken_count; i++)
        if (r->broken[i].row == broken.row) {
            free(broken.words);
            return true;
        }
    return add_words(r, broken);
}

bool table_rows_spot(table_rows *r, int64_t line, int64_t column)
{
    if (r->spots == r->spots_room) {
        size_t room = 2 * r->spots + 64;
        table_spot *list = realloc(r->spot, room * sizeof *list);
        if (!list)
            return false;
        r->spot = list, r->spots_room = room;
    }
    r->spot[r->spots++] = (table_spot){line, column};
    return true;
}

bool table_rows_join(table_rows *to, const table_rows *from)
{
    for (size_t i = 0; i < from->spots; i++)
        if (!table_rows_spot(to, from->spot[i].line, from->spot[i].column))
            return false;
    for (int i = 0; i < to->columns; i++)
        if (!join_column(&to->column[i], &from->column[i]))
            return false;
    to->rows += from->rows;
    return true;
}

/* ---------------------------------------------------------------- cells to values */

typedef struct putting {
    table_rows *rows;
    const table_plan *plan;
    const layout_column *column;
    const table_cell *cell;
    const char *text;
    size_t size;
    bool missing;
    cell_fault *fault;
} putting;

static bool refuse(putting *s, const char *needed, const char *remedy)
{
    text_buffer t = {0};
    cell_show(&t, s->cell);
    text_add(&t, " stands where '");
    text_add(&t, s->column->name);
    text_add_format(&t, "' needs %s\n  %s\n", needed, remedy);
    s->fault->words = text_take(&t);
    return false;
}

static bool no_memory(putting *s)
{
    s->fault->words = NULL;
    return false;
}

static bool put(putting *s, int field, const void *value, size_t size)
{
    int place = field < 0 ? -1 : s->plan->place[field];
    return place < 0 || column_put(&s->rows->column[place], value, size) || no_memory(s);
}

/* A number as the column has them. */
static bool read_number(const putting *s, table_number *n)
{
    const layout_column *c = s->column;
    char point = s->plan->layout->point;
    number_dress dress;
    if (c->form & NUMBERS_DRESSED && table_number_undress(s->text, s->size, point, n, &dress))
        return table_dress_same(&dress, &c->dress);
    bool bare = !(c->form & NUMBERS_DRESSED) || (!*c->dress.before && !*c->dress.after);
    if (bare && table_number_read(s->text, s->size, point, n) != NUMBER_NONE)
        return true;
    n->value = NAN;
    return c->form & NUMBERS_SLIPS ||
           (c->form & NUMBERS_WORDS && table_no_number(s->text, s->size));
}

static bool refuse_number(putting *s)
{
    const number_dress *d = &s->column->dress;
    char needed[64];
    snprintf(needed, sizeof needed, "a number%s%s%s%s", *d->before ? " behind " : "", d->before,
             *d->after ? " before " : "", d->after);
    return refuse(s, needed, "correct it; or name it among the words for missing");
}

static bool put_number(putting *s)
{
    table_number n = {.value = NAN};
    if (s->cell->given == CELL_NUMBER)
        n.value = s->cell->number;
    else if (s->cell->given == CELL_WHOLE)
        n.value = (double)s->cell->whole;
    else if (!s->missing && !read_number(s, &n))
        return refuse_number(s);
    return put(s, s->column->field[0], &n.value, sizeof n.value);
}

/* What training data is told can be said of it; a stored model has its types. */
static bool refuse_whole(putting *s, const char *cure)
{
    char remedy[300];
    snprintf(remedy, sizeof remedy,
             s->plan->checked
                 ? "%s; or say that the column is of type number: data.types=%.100s=number"
                 : "%s; a model takes other numbers there when it is trained with --set "
                   "data.types=%.100s=number",
             cure, s->column->name);
    return refuse(s, "a whole number", remedy);
}

static bool put_whole(putting *s)
{
    table_number n = {.whole = s->cell->whole};
    if (s->missing)
        return refuse_whole(s, "fill it in");
    if (s->cell->given != CELL_WHOLE &&
        (s->cell->given == CELL_NUMBER ||
         table_number_read(s->text, s->size, s->plan->layout->point, &n) != NUMBER_WHOLE))
        return refuse_whole(s, s->plan->checked ? "correct it" : "round it");
    return put(s, s->column->field[0], &n.whole, sizeof n.whole);
}

static bool put_class(putting *s)
{
    int32_t index = -1;
    int field = s->column->field[0];
    if (!s->missing)
        index = distinct_find(&s->plan->classes[field], s->text, s->size);
    bool target = s->plan->schema->field[field].use == AD_USE_TARGET;
    if (index < 0 && !s->missing && (target || !s->plan->layout->unknown_missing))
        return refuse(s, "a class that is known",
                      target             ? "correct it, or learn from data that has it"
                      : s->plan->checked ? "correct it, leave it empty, or set unknown: missing"
                                         : "correct it, or leave it empty; a model takes it as "
                                           "missing when it is trained with --set "
                                           "data.unknown=missing");
    return put(s, field, &index, sizeof index);
}

static bool put_date(putting *s)
{
    table_date date = {.part = {-1, -1, -1, -1, -1}};
    if (!s->missing && !table_date_read(s->text, s->size, s->column->form, &date))
        return refuse(s, "a date like those before", "correct it; or leave it empty");
    for (int k = 0; k < DATE_PARTS; k++) {
        double value = date.part[k] < 0 ? NAN : date.part[k];
        if (!put(s, s->column->field[k], &value, sizeof value))
            return false;
    }
    return true;
}

static bool put_time(putting *s)
{
    double time = NAN;
    if (!s->missing &&
        !table_time_read(s->text, s->size, s->plan->layout->point, s->column->form, &time))
        return refuse(s, "a time like those before", "correct it");
    return put(s, s->column->field[0], &time, sizeof time);
}

static bool put_text(putting *s)
{
    int place = s->plan->place[s->column->field[0]];
    if (place < 0)
        return true;
    table_column *c = &s->rows->column[place];
    return (column_put(c, s->text, s->missing ? 0 : s->size) && column_end(c, (int64_t)c->used)) ||
           no_memory(s);
}

/* Sets text and missing; values of a data base become text where text is wanted. */
static bool look(putting *s)
{
    const table_cell *c = s->cell;
    s->missing = c->given == CELL_NOTHING;
    if (c->given == CELL_TEXT || c->given == CELL_EXACT) {
        if (!cell_text(c, &s->rows->scratch, &s->text, &s->size))
            return no_memory(s);
        s->missing =
            c->given == CELL_TEXT && missing_word(&s->plan->habits.missing, s->text, s->size);
    } else if (s->column->type >= COLUMN_CLASS && !s->missing) {
        s->rows->scratch.size = 0;
        cell_show(&s->rows->scratch, c);
        s->text = s->rows->scratch.data, s->size = s->rows->scratch.size;
        return !s->rows->scratch.failed || no_memory(s);
    }
    return true;
}

static bool put_cell(putting *s)
{
    static bool (*const ways[COLUMN_TYPES])(putting *) = {
        [COLUMN_NUMBER] = put_number, [COLUMN_WHOLE] = put_whole, [COLUMN_CLASS] = put_class,
        [COLUMN_DATE] = put_date,     [COLUMN_TEXT] = put_text,   [COLUMN_TIME] = put_time,
        [COLUMN_PICTURE] = put_text,  [COLUMN_SOUND] = put_text,
    };
    return look(s) && ways[s->column->type](s);
}

/* A column that this file does not have: whole numbers have no NaN, so -1 stands, or of an id the
 * least of all. */
static bool put_absent(putting *s)
{
    static const table_cell nothing = {.given = CELL_NOTHING};
    int64_t none = use_of(s->plan, s->column) == AD_USE_ID ? INT64_MIN : -1;
    s->cell = &nothing;
    return s->column->type == COLUMN_WHOLE ? put(s, s->column->field[0], &none, sizeof none)
                                           : put_cell(s);
}

bool table_rows_add(table_rows *r, const table_plan *p, const table_cell *row, cell_fault *fault)
{
    for (int i = 0; i < p->layout->columns; i++) {
        putting s = {.rows = r, .plan = p, .column = &p->layout->column[i], .fault = fault};
        if (use_of(p, s.column) == AD_USE_NONE)
            continue;
        fault->cell = p->cell_of[i];
        s.cell = fault->cell < 0 ? NULL : &row[fault->cell];
        if (s.cell ? !put_cell(&s) : !put_absent(&s))
            return false;
    }
    r->rows++;
    return true;
}

/* What a row that failed has put already. */
static void take_back(table_rows *r)
{
    for (int i = 0; i < r->columns; i++) {
        table_column *c = &r->column[i];
        c->used = (size_t)r->rows * ad_type_size(c->type);
        if (!c->varies)
            continue;
        c->ends = (size_t)r->rows;
        c->used = r->rows ? (size_t)c->end[r->rows - 1] : 0;
    }
}

/* An id where it can be taken. */
static bool put_id(putting *s)
{
    if (s->cell && s->column->type != COLUMN_DATE) {
        if (put_cell(s))
            return true;
        if (!s->fault->words)
            return false;
        free(s->fault->words);
        s->fault->words = NULL;
    }
    return put_absent(s);
}

static bool add_ids(table_rows *r, const table_plan *p, const table_cell *row, cell_fault *fault)
{
    for (int i = 0; i < p->layout->columns; i++) {
        putting s = {.rows = r, .plan = p, .column = &p->layout->column[i], .fault = fault};
        ad_use use = use_of(p, s.column);
        if (use == AD_USE_NONE)
            continue;
        s.cell = row && use == AD_USE_ID && p->cell_of[i] >= 0 ? &row[p->cell_of[i]] : NULL;
        if (!put_id(&s))
            return false;
    }
    r->rows++;
    return true;
}

bool table_rows_add_broken(table_rows *r, const table_plan *p, const table_cell *row,
                           table_broken broken)
{
    cell_fault fault = {0};
    take_back(r);
    broken.row = r->rows;
    for (int i = 0; i < p->files; i++)
        if (!table_rows_spot(r, 0, 0)) {
            free(broken.words);
            return false;
        }
    return add_words(r, broken) && add_ids(r, p, row, &fault);
}

/* ---------------------------------------------------------------- the source */

static size_t width_of(const table_column *c)
{
    return ad_type_size(c->type);
}

static void read_column(const table_column *c, const int64_t *number, int64_t count, char *to)
{
    size_t width = width_of(c);
    for (int64_t i = 0; i < count; i++)
        memcpy(to + (size_t)i * width, c->data + (size_t)number[i] * width, width);
}

static int64_t text_begin(const table_column *c, int64_t number)
{
    return number > 0 ? c->end[number - 1] : 0;
}

static void read_text(const table_column *c, int64_t number, void *to)
{
    int64_t from = text_begin(c, number), size = c->end[number] - from;
    if (size > 0)
        memcpy(to, c->data + from, (size_t)size);
}

static ad_status read_files(const table_rows *r, const table_column *c, const int64_t *number,
                            int64_t count, ad_array *into)
{
    size_t bytes = ad_array_bytes(into) / (size_t)count;
    ad_status status = AD_OK;
    for (int64_t i = 0; i < count && status == AD_OK; i++)
        status = table_file_read(r, c, number[i], (char *)into->data + (size_t)i * bytes);
    return status;
}

/* One row at a time where sizes differ. */
static ad_status source_read(void *user, const int64_t *number, int64_t count, uint64_t epoch,
                             ad_array *into)
{
    const table_rows *r = user;
    ad_status status = AD_OK;
    (void)epoch;
    for (int i = 0; i < r->columns && status == AD_OK; i++) {
        const table_column *c = &r->column[i];
        if (c->file)
            status = read_files(r, c, number, count, &into[i]);
        else if (c->varies)
            read_text(c, number[0], into[i].data);
        else
            read_column(c, number, count, into[i].data);
    }
    for (int k = 0; k < r->places; k++)
        for (int64_t i = 0; i < count; i++)
            memcpy((table_spot *)into[r->columns + k].data + i, &r->spot[number[i] * r->files + k],
                   sizeof(table_spot));
    return status;
}

static ad_status source_length(void *user, int64_t number, uint64_t epoch, int64_t *length)
{
    const table_rows *r = user;
    ad_status status = AD_OK;
    (void)epoch;
    for (int i = 0; i < r->columns && status == AD_OK; i++) {
        const table_column *c = &r->column[i];
        if (c->file && table_file_varies(c->file))
            status = table_file_length(r, c, number, length++);
        else if (c->varies && !c->file)
            *length++ = c->end[number] - text_begin(c, number);
    }
    return status;
}

static void source_free(void *user)
{
    table_rows_done(user);
    free(user);
}

static char *place_name(const table_plan *p, int i)
{
    return text_format("%s.place", p->layout->column[p->file[i]].name);
}

/* Paths have their places beside them. */
static bool add_places(table_rows *r, const table_plan *p, ad_source_field *field, char **name)
{
    for (int i = 0; i < p->files && !p->known; i++) {
        if (!(name[i] = place_name(p, i)))
            return false;
        field[p->fields + i] = (ad_source_field){name[i], AD_I64, AD_SHAPE(2)};
        r->places++;
    }
    return true;
}

static ad_source *make_source(table_rows *kept, const table_plan *p, const char *name,
                              ad_source_field *field)
{
    bool varies = false;
    for (int i = 0; i < p->schema->fields; i++) {
        const ad_schema_field *f = &p->schema->field[i];
        if (p->place[i] < 0)
            continue;
        field[p->place[i]] = (ad_source_field){f->name, f->type, f->shape};
        varies = varies || f->shape.rank == 1;
    }
    return ad_source_new(&(ad_source_record){.count = kept->rows,
                                             .field = field,
                                             .fields = p->fields + kept->places,
                                             .read = source_read,
                                             .length = varies ? source_length : NULL,
                                             .free = source_free,
                                             .user = kept,
                                             .name = name});
}

/* *kept is taken over by the source. */
static ad_status open_source(table_rows *kept, const table_plan *p, const char *name,
                             ad_source **source)
{
    size_t room = (size_t)(p->fields + p->files) + 1;
    ad_source_field *field = calloc(room, sizeof *field);
    char **place = calloc(room, sizeof *place);
    bool memory = field && place && add_places(kept, p, field, place);
    ad_status status =
        memory ? table_files_open(kept, p, name, p->checked ? FILES_CHECKED : FILES_READ)
               : message_no_memory();
    if (status == AD_OK && !(*source = make_source(kept, p, name, field)))
        status = message_core();
    for (int i = 0; place && i < p->files; i++)
        free(place[i]);
    free(place);
    free(field);
    return status;
}

ad_status table_rows_source(table_rows *r, const table_plan *p, const char *name,
                            ad_source **source)
{
    table_rows *kept = malloc(sizeof *kept);
    *source = NULL;
    text_done(&r->scratch);
    if (!kept) {
        table_rows_done(r);
        return message_no_memory();
    }
    *kept = *r;
    *r = (table_rows){0};
    ad_status status = open_source(kept, p, name, source);
    if (status != AD_OK)
        source_free(kept);
    return status;
}
