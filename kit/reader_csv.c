/* The reader of CSV files. */
#include <stdlib.h>
#include <string.h>

#include "csv.h"
#include "message.h"
#include "reader_table.h"

static const ad_option options[] = {
    {.name = "path",
     .type = AD_OPTION_PATH,
     .required = true,
     .offset = offsetof(ad_csv_options, path),
     .also = "file filename csv",
     .help = "the file; plain or gzip"},
    {.name = "test",
     .type = AD_OPTION_PATH,
     .offset = offsetof(ad_csv_options, test),
     .unset = "none",
     .also = "test_path",
     .help = "a second file with the same columns, to test with"},
    TABLE_OPTIONS(ad_csv_options),
    {.name = "delimiter",
     .type = AD_OPTION_TEXT,
     .offset = offsetof(ad_csv_options, delimiter),
     .unset = "found",
     .also = "sep separator delim",
     .help = "what stands between cells: one character, tab, or blank for runs of blanks"},
    {.name = "quote",
     .type = AD_OPTION_TEXT,
     .offset = offsetof(ad_csv_options, quote),
     .unset = "found",
     .also = "quotechar",
     .help = "what cells may be quoted by: one character, or none"},
    {.name = "decimal",
     .type = AD_OPTION_TEXT,
     .offset = offsetof(ad_csv_options, decimal),
     .unset = "found",
     .help = "the decimal point of numbers: \".\" or \",\""},
    {.name = "comment",
     .type = AD_OPTION_TEXT,
     .offset = offsetof(ad_csv_options, comment),
     .unset = "found",
     .help = "lines that begin with this character are no rows; or none"},
    {.name = "header",
     .type = AD_OPTION_WORD,
     .words = "auto yes no",
     .offset = offsetof(ad_csv_options, header),
     .also = "names",
     .help = "whether the first row is the names of the columns"},
    {.name = "threads",
     .type = AD_OPTION_WHOLE,
     .low = 0,
     .high = 32,
     .offset = offsetof(ad_csv_options, threads),
     .also = "workers n_jobs nthreads",
     .help = "threads that read; 0: one for each processor"},
};

static const ad_csv_options initial = AD_OPTIONS_INIT(ad_csv_options);

/* ---------------------------------------------------------------- options */

/* -1 where it is to be found, 0 for none, -2 for what is no mark. */
static int mark_of(const char *word)
{
    if (!word)
        return -1;
    if (strcmp(word, "none") == 0)
        return 0;
    if (strcmp(word, "tab") == 0 || strcmp(word, "\\t") == 0)
        return '\t';
    if (strcmp(word, "blank") == 0 || strcmp(word, "blanks") == 0 || strcmp(word, "space") == 0)
        return ' ';
    bool one = word[0] && !word[1] && word[0] != '\n' && word[0] != '\r' && (word[0] & 0x80) == 0;
    return one ? word[0] : -2;
}

static ad_status no_mark(const char *option, const char *word)
{
    return message_fail(AD_ERROR_ARGUMENT,
                        "%s: '%s' is not one character of ASCII\n  write one character, tab, "
                        "blank or none\n",
                        option, word);
}

static ad_status read_asked(const ad_csv_options *o, csv_asked *a)
{
    *a = (csv_asked){mark_of(o->delimiter), mark_of(o->quote), mark_of(o->comment), -1,
                     o->header == 0 ? -1 : o->header == 1};
    if (a->delimiter == -2 || a->delimiter == 0)
        return no_mark("delimiter", o->delimiter);
    if (a->quote == -2 || (a->quote > 0 && a->quote == a->delimiter))
        return no_mark("quote", o->quote);
    if (a->comment == -2)
        return no_mark("comment", o->comment);
    a->point = mark_of(o->decimal);
    if (a->point != -1 && a->point != '.' && a->point != ',')
        return message_fail(AD_ERROR_ARGUMENT,
                            "decimal: '%s' is no decimal point\n  write \".\" or \",\"\n",
                            o->decimal);
    if (!o->path)
        return message_fail(AD_ERROR_ARGUMENT, "csv: no path is given\n  path: FILE.csv\n");
    return AD_OK;
}

/* What a schema knows, asked of other files of its kind. */
static ad_status asked_by(const table_layout *l, csv_asked *a)
{
    csv_dialect d;
    if (!csv_dialect_read(l->dialect, &d))
        return message_fail(AD_ERROR_FORMAT,
                            "the schema does not say how its CSV files are written\n  make it anew "
                            "from the data\n");
    *a = (csv_asked){(unsigned char)d.delimiter, (unsigned char)d.quote, (unsigned char)d.comment,
                     (unsigned char)d.point, d.header};
    return AD_OK;
}

/* ---------------------------------------------------------------- what the data is */

/* Facts are kept by thread, what depends on order by block. */
typedef struct study {
    int columns, threads;
    table_facts **facts;  /* of each thread */
    table_course *course; /* of all */
    text_buffer *room;    /* of each thread */
    table_habits habits;
} study;

static char *ragged_words(int cells, int columns)
{
    return text_format("%d cells; the table has %d columns\n  %s\n", cells, columns,
                       cells > columns ? "quote cells that hold the delimiter"
                                       : "complete the row; empty cells are missing values");
}

/* True where a row has as many cells as there are columns. */
static bool check_row(const csv_scan *s, int columns, csv_fault *fault)
{
    if (s->cells == columns)
        return true;
    fault->at = s->cells > columns && s->room > columns ? s->cell[columns].text : s->row;
    fault->words = ragged_words(s->cells, columns);
    return false;
}

static void *study_begin(void *user, int thread)
{
    study *y = user;
    table_course *course = calloc((size_t)y->columns, sizeof *course);
    bool made = course != NULL;
    if (made && !y->facts[thread]) {
        table_facts *facts = calloc((size_t)y->columns, sizeof *facts);
        made = facts != NULL;
        if (made)
            table_facts_begin(facts, course, y->columns);
        y->facts[thread] = facts;
    }
    for (int i = 0; made && i < y->columns; i++)
        course[i] = (table_course){.counting = true};
    if (!made)
        free(course);
    return made ? course : NULL;
}

static bool study_row(void *user, void *made, int thread, const csv_scan *s, csv_fault *fault)
{
    study *y = user;
    table_course *course = made;
    table_facts *facts = y->facts[thread];
    csv_spot spot = {s->row, 0, 1};
    bool memory = true;
    if (!check_row(s, y->columns, fault))
        return false;
    for (int i = 0; i < y->columns; i++)
        if (table_facts_add(&facts[i], &course[i], &s->cell[i], &y->habits, &y->room[thread],
                            &memory)) {
            csv_place_on(&spot, s->cell[i].text, s->dialect->newline);
            table_course_place(&course[i], s->row_line + spot.line, spot.column);
        }
    return memory;
}

static void study_drop(void *user, void *made)
{
    study *y = user;
    table_facts_free(NULL, made, y->columns);
}

static bool study_join(void *user, void *made, int64_t lines)
{
    study *y = user;
    table_course *course = made;
    for (int i = 0; i < y->columns; i++) {
        course[i].line += lines + 1;
        for (int k = 0; k < course[i].mores; k++)
            course[i].more[k].line += lines + 1;
        table_course_join(&y->course[i], &course[i]);
    }
    free(course);
    return true;
}

static bool study_open(study *y, int columns, int threads, char point, const ad_names *missing)
{
    *y = (study){.columns = columns, .threads = threads};
    y->facts = calloc((size_t)threads, sizeof(table_facts *));
    y->room = calloc((size_t)threads, sizeof *y->room);
    y->course = calloc((size_t)columns + 1, sizeof *y->course);
    y->habits.point = point;
    y->habits.bound = table_bound(columns);
    missing_words_set(&y->habits.missing, missing);
    for (int i = 0; y->course && i < columns; i++)
        y->course[i] = (table_course){.counting = true};
    return y->facts && y->room && y->course;
}

static void study_close(study *y)
{
    for (int t = 0; y->facts && t < y->threads; t++)
        table_facts_free(y->facts[t], NULL, y->columns);
    for (int t = 0; y->room && t < y->threads; t++)
        text_done(&y->room[t]);
    table_facts_free(NULL, y->course, y->columns);
    free(y->facts);
    free(y->room);
}

/* The facts of all threads in those of the first; a thread that had no block has none. */
static bool study_facts(study *y)
{
    for (int t = 1; t < y->threads; t++) {
        if (!y->facts[0]) {
            y->facts[0] = y->facts[t];
            y->facts[t] = NULL;
        }
        for (int i = 0; y->facts[t] && i < y->columns; i++)
            if (!table_facts_join(&y->facts[0][i], &y->facts[t][i], y->habits.bound))
                return false;
    }
    return y->facts[0] != NULL;
}

static ad_status walk_study(csv_file *f, study *y)
{
    csv_work work = {.user = y,
                     .threads = y->threads,
                     .most = y->columns,
                     .begin = study_begin,
                     .row = study_row,
                     .join = study_join,
                     .drop = study_drop};
    ad_status status = csv_walk(f, &work);
    return status != AD_OK ? status : study_facts(y) ? AD_OK : message_no_memory();
}

static bool make_layout(table_layout *l, const ad_csv_options *o, const csv_dialect *d,
                        const ad_names *names)
{
    *l = (table_layout){.named = d->header, .point = d->point, .unknown_missing = o->unknown == 1};
    l->dialect = csv_dialect_text(d);
    return table_layout_columns(l, names) && table_names_copy(&l->missing, &o->missing) &&
           l->dialect;
}

static ad_status study_file(csv_file *f, const ad_csv_options *o, const csv_dialect *d,
                            const ad_names *names, ad_schema *schema)
{
    study y;
    table_layout layout = {0};
    table_wish wish = TABLE_WISH(o, names);
    wish.reader = "csv", wish.name = csv_name(f);
    ad_status status = table_check_wish(&wish);
    if (status != AD_OK)
        return status;
    bool memory =
        study_open(&y, names->count, csv_threads((int)o->threads), d->point, &o->missing) &&
        make_layout(&layout, o, d, names);
    status = memory ? walk_study(f, &y) : message_no_memory();
    if (status == AD_OK)
        status = table_infer(&wish, y.facts[0], y.course, &layout, schema);
    study_close(&y);
    table_layout_done(&layout);
    return status;
}

/* The schema of a file; *by_quote where quotes were in the way. */
static ad_status understand_as(const ad_csv_options *o, const csv_asked *asked, ad_schema **schema,
                               bool *by_quote)
{
    csv_file *f;
    csv_dialect d;
    ad_names names = {0};
    const char *text;
    size_t size;
    bool ended;
    *schema = NULL;
    ad_status status = csv_open(o->path, &f);
    if (status != AD_OK)
        return status;
    csv_sample(f, &text, &size, &ended);
    ad_schema *s = ad_schema_new("csv");
    status = s ? csv_dialect_find(text, size, ended, asked, &d, s) : message_no_memory();
    if (status == AD_OK)
        status = csv_begin(f, &d, &names, s);
    if (status == AD_OK)
        status = study_file(f, o, &d, &names, s);
    *by_quote = csv_failed_by_quote(f) && d.quote;
    table_names_done(&names);
    csv_close(f);
    if (status == AD_OK)
        *schema = s;
    else
        ad_schema_free(s);
    return status;
}

static ad_status find_out(const ad_csv_options *o, ad_schema **schema)
{
    csv_asked asked;
    bool by_quote = false;
    *schema = NULL;
    ad_status status = read_asked(o, &asked);
    if (status == AD_OK)
        status = table_twice_readable(o->path);
    if (status == AD_OK)
        status = understand_as(o, &asked, schema, &by_quote);
    if (status == AD_OK || !by_quote || asked.quote >= 0)
        return status;
    /* The quotes are letters: said with what was found. */
    char *why = text_copy(ad_kit_error());
    if (!why)
        return message_no_memory();
    asked.quote = 0;
    why[strcspn(why, "\n")] = 0;
    status = understand_as(o, &asked, schema, &by_quote);
    if (status == AD_OK)
        ad_schema_note(*schema, "quotes are letters like others: %s", why);
    free(why);
    return status;
}

/* ---------------------------------------------------------------- a part as a source */

typedef struct load {
    const table_plan *plan;
    const char *name;
    table_rows all;
    table_sink *sink; /* NULL: all rows are joined */
} load;

static void *load_begin(void *user, int thread)
{
    load *l = user;
    (void)thread;
    table_rows *r = calloc(1, sizeof *r);
    if (r && !table_rows_begin(r, l->plan)) {
        free(r);
        return NULL;
    }
    return r;
}

/* A row that is wrong stays, with what is wrong; its line counts from the block. */
static bool keep_broken(const load *l, table_rows *made, const csv_scan *s, const csv_fault *fault,
                        bool sound_cells)
{
    table_broken b = {.words = fault->words};
    if (!fault->words)
        return false;
    csv_place(s->row, fault->at, s->dialect->newline, &b.line, &b.column);
    b.line += s->row_line;
    return table_rows_add_broken(made, l->plan, sound_cells ? s->cell : NULL, b);
}

/* Where paths stand; lines count from the block. */
static bool add_spots(const load *l, table_rows *made, const csv_scan *s)
{
    for (int i = 0; i < l->plan->files; i++) {
        int64_t line, column;
        csv_place(s->row, s->cell[l->plan->cell_of[l->plan->file[i]]].text, s->dialect->newline,
                  &line, &column);
        if (!table_rows_spot(made, line + s->row_line, column))
            return false;
    }
    return true;
}

static bool load_row(void *user, void *made, int thread, const csv_scan *s, csv_fault *fault)
{
    load *l = user;
    cell_fault wrong = {0};
    (void)thread;
    bool whole = check_row(s, l->plan->cells, fault);
    if (whole && table_rows_add(made, l->plan, s->cell, &wrong)) {
        fault->words = NULL;
        return add_spots(l, made, s);
    }
    if (whole) {
        fault->at = wrong.cell < 0 ? s->row : s->cell[wrong.cell].text;
        fault->words = wrong.words;
    }
    if (!l->sink || keep_broken(l, made, s, fault, whole)) {
        if (l->sink)
            fault->words = NULL;
        return l->sink != NULL;
    }
    fault->words = NULL; /* without memory */
    return false;
}

static void load_drop(void *user, void *made)
{
    (void)user;
    table_rows_done(made);
    free(made);
}

static bool load_join(void *user, void *made, int64_t lines)
{
    load *l = user;
    table_rows *rows = made;
    for (int64_t i = 0; i < rows->broken_count; i++)
        rows->broken[i].line += lines + 1;
    for (size_t i = 0; i < rows->spots; i++)
        rows->spot[i].line += rows->spot[i].column ? lines + 1 : 0;
    bool joined =
        l->sink ? table_sink_rows(l->sink, rows, l->plan, l->name) : table_rows_join(&l->all, rows);
    load_drop(user, made);
    return joined;
}

/* With a sink on the caller's thread alone, which its messages are for. */
static ad_status load_rows(csv_file *f, const table_plan *plan, int threads, table_sink *sink,
                           ad_source **source)
{
    load l = {.plan = plan, .name = csv_name(f), .sink = sink};
    csv_work work = {.user = &l,
                     .threads = sink ? 1 : threads,
                     .most = plan->cells,
                     .begin = load_begin,
                     .row = load_row,
                     .join = load_join,
                     .drop = load_drop};
    ad_status status = table_rows_begin(&l.all, plan) ? csv_walk(f, &work) : message_no_memory();
    if (status == AD_OK && !sink)
        return table_rows_source(&l.all, plan, csv_name(f), source);
    table_rows_done(&l.all);
    return status;
}

/* o: where a part is read; NULL: what is to be predicted. */
static ad_status load_file(const char *path, const ad_schema *schema, const table_layout *layout,
                           const ad_csv_options *o, table_sink *sink, ad_source **source)
{
    csv_file *f;
    csv_dialect d;
    csv_asked asked;
    ad_names names = {0};
    table_plan plan;
    const char *text;
    size_t size;
    bool ended;
    ad_status status = asked_by(layout, &asked);
    if (status != AD_OK || (status = csv_open(path, &f)) != AD_OK)
        return status;
    csv_sample(f, &text, &size, &ended);
    ad_schema *notes = ad_schema_new("csv");
    status = notes ? csv_dialect_find(text, size, ended, &asked, &d, notes) : message_no_memory();
    ad_schema_free(notes);
    if (status == AD_OK)
        status = csv_begin(f, &d, &names, NULL);
    if (status == AD_OK)
        status =
            table_plan_make(&plan, schema, layout, csv_name(f), names.text, names.count, o != NULL);
    if (status == AD_OK) {
        plan.keep = o && o->keep ? (size_t)o->memory << 20 : 0;
        status = load_rows(f, &plan, o ? (int)o->threads : 0, sink, source);
        table_plan_done(&plan);
    }
    table_names_done(&names);
    csv_close(f);
    return status;
}

static ad_status open_part(const void *chosen, const ad_schema *schema, ad_part part,
                           ad_source **source)
{
    const ad_csv_options *o = chosen;
    const char *path = part == AD_PART_TRAIN ? o->path : part == AD_PART_TEST ? o->test : NULL;
    table_layout layout;
    *source = NULL;
    if (!path)
        return AD_OK;
    ad_status status = table_layout_read(schema, &layout);
    if (status != AD_OK)
        return status;
    status = load_file(path, schema, &layout, o, NULL, source);
    table_layout_done(&layout);
    return status;
}

static ad_status understand(const void *chosen, ad_schema **schema)
{
    const ad_csv_options *o = chosen;
    const char *const tables[] = {o->path, NULL, o->test};
    ad_status status = find_out(o, schema);
    return status == AD_OK
               ? table_look(o, &(table_files_wish)TABLE_FILES(o), tables, open_part, schema)
               : status;
}

static ad_status load_item(const char *path, const ad_schema *schema, const table_layout *layout,
                           table_sink *sink, ad_source **source)
{
    return load_file(path, schema, layout, NULL, sink, source);
}

static ad_status items(const ad_schema *schema, const char *const *path, int count,
                       ad_source **source)
{
    return table_items(schema, path, count, load_item, source);
}

static ad_status each(const ad_schema *schema, const char *path, ad_items_take take, void *user)
{
    return table_each(schema, path, load_item, take, user);
}

/* Whether the first bytes of a text come to rows of cells. */
static bool has_cells(const unsigned char *bytes, size_t size)
{
    static const csv_asked nothing = {-1, -1, -1, -1, -1};
    csv_dialect d = {0};
    ad_schema *notes = ad_schema_new("csv");
    char *text = calloc(1, size + CSV_PADDING);
    bool found = false;
    if (notes && text && size && csv_is_text((const char *)bytes, size > 8 ? size - 8 : 0)) {
        memcpy(text, bytes, size);
        found = csv_dialect_find(text, size, size < 4096, &nothing, &d, notes) == AD_OK &&
                notes->notes && strncmp(notes->notes, "cells are between", 17) == 0;
    }
    free(text);
    ad_schema_free(notes);
    return found;
}

static int looks(const char *path, const unsigned char *bytes, size_t size)
{
    static const char *const ends[] = {".csv", ".tsv",  ".csv.gz", ".tsv.gz",
                                       ".txt", ".data", ".txt.gz"};
    static const int sure[] = {90, 90, 90, 90, 40, 40, 40};
    if (!bytes || memchr(bytes, 0, size))
        return bytes && size > 2 && bytes[0] == 0x1F && path_ends(path, ".csv.gz") ? 90 : 0;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (path_ends(path, ends[i]))
            return sure[i];
    return has_cells(bytes, size) ? 20 : 0;
}

const ad_reader_record reader_csv = {.record = {.name = "csv",
                                                .help = "tables as text: CSV, TSV and their kin",
                                                .also = "tsv table delimited",
                                                AD_RECORD_OPTIONS(options, initial)},
                                     .understand = understand,
                                     .open = open_part,
                                     .items = items,
                                     .each = each,
                                     .looks = looks};
