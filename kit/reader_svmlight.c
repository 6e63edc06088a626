/* The reader of svmlight files (Joachims 1999), which LIBSVM and scikit-learn write too.  Values
 * stay as sparse as the file; a row becomes dense where it is read. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "line.h"
#include "message.h"
#include "reader_table.h"
#include "text.h"

enum { WIDTH_MOST = 1 << 24, PIECE_ROWS = 4096 };

static const ad_option options[] = {
    {.name = "path",
     .type = AD_OPTION_PATH,
     .required = true,
     .offset = offsetof(ad_svmlight_options, path),
     .also = "file filename svmlight libsvm",
     .help = "the file; plain or gzip"},
    {.name = "test",
     .type = AD_OPTION_PATH,
     .offset = offsetof(ad_svmlight_options, test),
     .unset = "none",
     .also = "test_path",
     .help = "a second file, to test with"},
    {.name = "base",
     .type = AD_OPTION_WORD,
     .words = "auto zero one",
     .offset = offsetof(ad_svmlight_options, base),
     .also = "zero_based",
     .help = "the first index; auto: zero where an index is 0, else one"},
    {.name = "width",
     .type = AD_OPTION_WHOLE,
     .low = 0,
     .high = WIDTH_MOST,
     .offset = offsetof(ad_svmlight_options, width),
     .also = "n_features features",
     .help = "values of a row; 0: as the largest index says"},
};

static const ad_svmlight_options initial = AD_OPTIONS_INIT(ad_svmlight_options);

/* ---------------------------------------------------------------- rows */

typedef struct svm_row {
    table_cell label;
    int64_t *index; /* growing */
    float *value;
    size_t count, room;
    bool qid;
    bool broken; /* the row is no such row: what failed is neither the file nor memory */
} svm_row;

static bool grow(svm_row *row)
{
    size_t room = row->room * 2 + 64;
    int64_t *index = realloc(row->index, room * sizeof *index);
    if (index)
        row->index = index;
    float *value = index ? realloc(row->value, room * sizeof *value) : NULL;
    if (!value)
        return false;
    row->value = value, row->room = room;
    return true;
}

static void row_done(svm_row *row)
{
    free(row->index);
    free(row->value);
}

static char *skip_blanks(char *p)
{
    while (*p == ' ' || *p == '\t')
        p++;
    return p;
}

/* index:value, the word from p to end. */
static int take_pair(const line_reader *r, svm_row *row, char *p, const char *end)
{
    char *colon = memchr(p, ':', (size_t)(end - p)), *stop;
    table_number n;
    if (colon && colon - p == 3 && memcmp(p, "qid", 3) == 0) {
        row->qid = true;
        return 1;
    }
    long long index = *p >= '0' && *p <= '9' ? strtoll(p, &stop, 10) : -1;
    if (!colon || index < 0 || stop != colon)
        return line_fail(r, p, "'%.*s' is not INDEX:VALUE\n  write 3:0.5\n",
                         (int)(end - p < 40 ? end - p : 40), p);
    if (index > WIDTH_MOST)
        return line_fail(r, p, "the index %lld is larger than %d\n  number what is used anew\n",
                         index, WIDTH_MOST);
    if (table_number_read(colon + 1, (size_t)(end - colon - 1), '.', &n) == NUMBER_NONE)
        return line_fail(r, colon + 1, "'%.*s' is no number\n  write 3:0.5\n",
                         (int)(end - colon - 1 < 40 ? end - colon - 1 : 40), colon + 1);
    if (row->count && index <= row->index[row->count - 1])
        return line_fail(r, p, "the index %lld does not grow\n  sort the indices of each row\n",
                         index);
    if (row->count == row->room && !grow(row)) {
        row->broken = false;
        message_no_memory();
        return -1;
    }
    row->index[row->count] = index;
    row->value[row->count++] = (float)n.value;
    return 1;
}

static int take_label(const line_reader *r, svm_row *row, char *p, size_t size)
{
    table_number n;
    row->label = (table_cell){.text = p, .size = size, .given = CELL_NUMBER};
    if (table_number_read(p, size, '.', &n) != NUMBER_NONE) {
        /* by value, so that +1 is 1; what is no double to the last digit is the nearest */
        row->label.number = n.value, row->label.whole = n.whole;
        if (n.kind == NUMBER_WHOLE && n.whole == (int64_t)n.value && fabs(n.value) < 0x1p53)
            row->label.given = CELL_WHOLE;
        return 1;
    }
    return line_fail(r, p, "'%.*s' is no label: a number\n  %s\n", (int)(size < 40 ? size : 40), p,
                     memchr(p, ',', size) ? "files with several labels a row are not read"
                                          : "write LABEL INDEX:VALUE INDEX:VALUE");
}

/* 1: a row; 0: the end; -1: failed. */
static int next_row(line_reader *r, svm_row *row)
{
    int got;
    while ((got = line_next(r)) > 0) {
        char *hash = strchr(r->line, '#');
        if (hash)
            *hash = 0;
        char *p = skip_blanks(r->line);
        if (!*p)
            continue;
        size_t size = strcspn(p, " \t");
        row->count = 0;
        row->broken = true; /* until it was taken */
        got = take_label(r, row, p, size);
        for (p = skip_blanks(p + size); got > 0 && *p; p = skip_blanks(p + size)) {
            size = strcspn(p, " \t");
            got = take_pair(r, row, p, p + size);
        }
        row->broken = row->broken && got < 0;
        return got;
    }
    return got;
}

/* ---------------------------------------------------------------- what the data is */

typedef struct study {
    table_facts *facts; /* of the labels */
    table_course *course;
    int64_t rows, values, most; /* most: the largest index, -1 of none */
    bool zero, qid;
} study;

static ad_status study_rows(line_reader *r, svm_row *row, study *y)
{
    table_habits habits = {.point = '.', .bound = table_bound(1)};
    text_buffer room = {0};
    bool memory = true;
    int got = 0;
    missing_words_set(&habits.missing, NULL);
    while (memory && (got = next_row(r, row)) > 0) {
        table_facts_add(y->facts, y->course, &row->label, &habits, &room, &memory);
        y->rows++, y->values += (int64_t)row->count;
        y->zero = y->zero || (row->count && row->index[0] == 0);
        if (row->count && row->index[row->count - 1] > y->most)
            y->most = row->index[row->count - 1];
    }
    text_done(&room);
    y->qid = row->qid;
    return !memory ? message_no_memory() : got < 0 ? AD_ERROR_FORMAT : AD_OK;
}

/* The label as any table's target would be. */
static ad_status add_label(const study *y, const char *file, ad_schema *schema)
{
    char *name = (char[]){"label"};
    ad_names names = {1, &name};
    table_layout layout = {.named = true, .point = '.'};
    table_wish wish = {.reader = "svmlight", .name = file, .target = names, .column_names = &names};
    ad_status status = table_layout_columns(&layout, &names) ? AD_OK : message_no_memory();
    if (status == AD_OK)
        status = table_infer(&wish, y->facts, y->course, &layout, schema);
    table_layout_done(&layout);
    return status;
}

static ad_status add_input(const ad_svmlight_options *o, const study *y, ad_schema *schema)
{
    int base = o->base == 0 ? !y->zero : o->base == 2;
    int64_t width = o->width ? o->width : y->most + 1 - base;
    if (base && y->zero)
        return message_fail(AD_ERROR_FORMAT,
                            "%s: an index is 0, and the first is to be 1\n  base: zero\n", o->path);
    if (width > WIDTH_MOST)
        return message_fail(AD_ERROR_FORMAT,
                            "%s: indices from 0 to %lld are more than %d\n  number what is used "
                            "anew\n",
                            o->path, (long long)y->most, WIDTH_MOST);
    if (y->most + 1 - base > width || width < 1)
        return message_fail(AD_ERROR_FORMAT,
                            "%s: the largest index is %lld, which is not in a width of %lld\n  "
                            "width: %lld\n",
                            o->path, (long long)y->most, (long long)width,
                            (long long)(y->most + 1 - base));
    char *why = text_format("%lld values that are not left out in %lld rows", (long long)y->values,
                            (long long)y->rows);
    ad_schema_field f = {.name = (char *)"input",
                         .type = AD_F32,
                         .shape = AD_SHAPE(width),
                         .meaning = AD_MEANS_NUMBER,
                         .why = why};
    bool memory = why && ad_schema_add(schema, &f) &&
                  ad_schema_note(schema, "indices begin with %d: %s", base,
                                 o->base   ? "as asked"
                                 : y->zero ? "one of them is 0"
                                           : "none of them is 0") &&
                  (!y->qid || ad_schema_note(schema, "qid (query numbers) is passed over"));
    free(why);
    free(schema->own);
    schema->own = text_format("%d", base);
    return memory && schema->own ? AD_OK : message_no_memory();
}

static ad_status study_file(const ad_svmlight_options *o, study *y, ad_schema *schema)
{
    line_reader r;
    svm_row row = {0};
    ad_status status = line_open(&r, o->path);
    if (status != AD_OK)
        return status;
    table_facts_begin(y->facts, y->course, 1);
    status = study_rows(&r, &row, y);
    if (status == AD_OK && y->rows == 0)
        status =
            message_fail(AD_ERROR_FORMAT, "%s: has no row\n  name a file with rows\n", o->path);
    line_close(&r);
    row_done(&row);
    if (status == AD_OK)
        status = add_label(y, o->path, schema);
    return status == AD_OK ? add_input(o, y, schema) : status;
}

static ad_status understand(const void *chosen, ad_schema **schema)
{
    const ad_svmlight_options *o = chosen;
    *schema = NULL;
    if (!o->path)
        return message_fail(AD_ERROR_ARGUMENT, "svmlight: no path is given\n  path: FILE\n");
    ad_status status = table_twice_readable(o->path);
    if (status != AD_OK)
        return status;
    study y = {
        .facts = calloc(1, sizeof *y.facts), .course = calloc(1, sizeof *y.course), .most = -1};
    ad_schema *s = ad_schema_new("svmlight");
    status = s && y.facts && y.course ? study_file(o, &y, s) : message_no_memory();
    table_facts_free(y.facts, y.course, 1);
    if (status == AD_OK)
        *schema = s;
    else
        ad_schema_free(s);
    return status;
}

/* ---------------------------------------------------------------- a part as a source */

/* Rows as compressed as the file has them. */
typedef struct sparse {
    int64_t rows, width;
    bool classes;  /* labels are i32, else f64 */
    bool asked;    /* for predictions */
    double *label; /* of each row */
    size_t *end;   /* of each row in index and value */
    int32_t *index;
    float *value;
    size_t rows_room, used, room;
} sparse;

static void sparse_free(void *user)
{
    sparse *s = user;
    free(s->label);
    free(s->end);
    free(s->index);
    free(s->value);
    free(s);
}

static bool reserve_row(sparse *s)
{
    if ((size_t)s->rows < s->rows_room)
        return true;
    size_t room = s->rows_room * 2 + 64;
    double *label = realloc(s->label, room * sizeof *label);
    if (label)
        s->label = label;
    size_t *end = label ? realloc(s->end, room * sizeof *end) : NULL;
    if (!end)
        return false;
    s->end = end, s->rows_room = room;
    return true;
}

static bool reserve_values(sparse *s, size_t more)
{
    if (s->used + more <= s->room)
        return true;
    size_t room = 2 * (s->used + more);
    int32_t *index = realloc(s->index, room * sizeof *index);
    if (index)
        s->index = index;
    float *value = index ? realloc(s->value, room * sizeof *value) : NULL;
    if (!value)
        return false;
    s->value = value, s->room = room;
    return true;
}

/* Of rows to predict a label that was not learned is as good as none. */
static int put_label(const line_reader *r, const svm_row *row, const ad_schema_field *f, sparse *s)
{
    table_number n, known;
    table_number_read(row->label.text, row->label.size, '.', &n);
    s->label[s->rows] = n.value;
    if (!s->classes)
        return 1;
    for (int64_t i = 0; i < f->classes; i++) {
        s->label[s->rows] = (double)i;
        if (table_number_read(f->names[i], strlen(f->names[i]), '.', &known) &&
            known.value == n.value)
            return 1;
    }
    s->label[s->rows] = -1;
    if (s->asked)
        return 1;
    return line_fail(r, row->label.text, "'%.*s' is no label that was learned\n  correct it\n",
                     (int)row->label.size, row->label.text);
}

static int put_row(const line_reader *r, svm_row *row, const ad_schema_field *label, int base,
                   sparse *s)
{
    if (!reserve_row(s) || !reserve_values(s, row->count)) {
        message_no_memory();
        return -1;
    }
    row->broken = true; /* until it was put */
    for (size_t i = 0; i < row->count; i++) {
        int64_t index = row->index[i] - base;
        if (index < 0 || index >= s->width)
            return line_fail(r, r->line,
                             "the index %lld is not among the %lld that are known\n  "
                             "width: sets how many there are\n",
                             (long long)row->index[i], (long long)s->width);
        s->index[s->used] = (int32_t)index;
        s->value[s->used++] = row->value[i];
    }
    if (put_label(r, row, label, s) < 0)
        return -1;
    s->end[s->rows++] = s->used;
    row->broken = false;
    return 1;
}

static ad_status source_read(void *user, const int64_t *number, int64_t count, uint64_t epoch,
                             ad_array *into)
{
    const sparse *s = user;
    (void)epoch;
    for (int64_t i = 0; i < count; i++) {
        float *row = (float *)into[1].data + i * s->width;
        if (s->classes)
            ((int32_t *)into[0].data)[i] = (int32_t)s->label[number[i]];
        else
            ((double *)into[0].data)[i] = s->label[number[i]];
        memset(row, 0, (size_t)s->width * sizeof *row);
        for (size_t k = number[i] ? s->end[number[i] - 1] : 0; k < s->end[number[i]]; k++)
            row[s->index[k]] = s->value[k];
    }
    return AD_OK;
}

static ad_status make_source(sparse *s, const ad_schema *schema, const char *name,
                             ad_source **source)
{
    ad_source_field field[2];
    for (int i = 0; i < 2; i++)
        field[i] =
            (ad_source_field){schema->field[i].name, schema->field[i].type, schema->field[i].shape};
    *source = ad_source_new(&(ad_source_record){.count = s->rows,
                                                .field = field,
                                                .fields = 2,
                                                .read = source_read,
                                                .free = sparse_free,
                                                .user = s,
                                                .name = name});
    if (!*source)
        sparse_free(s);
    return *source ? AD_OK : message_core();
}

static bool is_ours(const ad_schema *schema)
{
    const ad_schema_field *f = schema->field;
    bool label = schema->fields == 2 && f[0].shape.rank == 0 && f[0].use == AD_USE_TARGET &&
                 ((f[0].type == AD_I32 && f[0].names) || f[0].type == AD_F64);
    return label && f[1].type == AD_F32 && f[1].shape.rank == 1 && f[1].shape.size[0] > 0 &&
           f[1].shape.size[0] <= WIDTH_MOST && schema->own &&
           (strcmp(schema->own, "0") == 0 || strcmp(schema->own, "1") == 0);
}

static ad_status load_rows(line_reader *r, const ad_schema *schema, ad_source **source)
{
    svm_row row = {0};
    sparse *s = calloc(1, sizeof *s);
    int got = -1, base = *schema->own - '0';
    if (!s)
        return message_no_memory();
    s->width = schema->field[1].shape.size[0];
    s->classes = schema->field[0].type == AD_I32;
    while ((got = next_row(r, &row)) > 0 &&
           (got = put_row(r, &row, &schema->field[0], base, s)) > 0)
        continue;
    row_done(&row);
    if (got == 0)
        return make_source(s, schema, r->name, source);
    sparse_free(s);
    return AD_ERROR_FORMAT;
}

static ad_status load(const char *path, const ad_schema *schema, ad_source **source)
{
    line_reader r;
    if (!is_ours(schema))
        return message_fail(AD_ERROR_FORMAT, "the schema is none of svmlight files\n  make it anew "
                                             "from the data\n");
    ad_status status = line_open(&r, path);
    if (status != AD_OK)
        return status;
    status = load_rows(&r, schema, source);
    line_close(&r);
    return status;
}

static ad_status open_part(const void *chosen, const ad_schema *schema, ad_part part,
                           ad_source **source)
{
    const ad_svmlight_options *o = chosen;
    const char *path = part == AD_PART_TRAIN ? o->path : part == AD_PART_TEST ? o->test : NULL;
    *source = NULL;
    return path ? load(path, schema, source) : AD_OK;
}

static ad_status items(const ad_schema *schema, const char *const *path, int count,
                       ad_source **source)
{
    return joined_items(schema, path, count, load, source);
}

/* ---------------------------------------------------------------- rows to predict */

/* Some rows; those that are broken are zeros, with words. */
typedef struct piece {
    sparse *rows;
    char *error[PIECE_ROWS];
    int64_t first;
    bool broken, ended;
} piece;

static void piece_done(piece *p)
{
    if (p->rows)
        sparse_free(p->rows);
    for (int i = 0; i < PIECE_ROWS; i++)
        free(p->error[i]);
    free(p);
}

/* The row that failed, as an empty one. */
static ad_status put_broken(piece *p, const char *words)
{
    sparse *s = p->rows;
    if (!reserve_row(s))
        return message_no_memory();
    s->used = s->rows ? s->end[s->rows - 1] : 0;
    s->label[s->rows] = s->classes ? -1 : (double)NAN;
    size_t size = strlen(words);
    char *error = text_copy_bytes(words, size - (size && words[size - 1] == '\n'));
    p->error[s->rows] = error;
    s->end[s->rows++] = s->used;
    p->broken = true;
    return error ? AD_OK : message_no_memory();
}

static ad_status fill_piece(line_reader *r, svm_row *row, const ad_schema *schema, piece *p)
{
    ad_status status = AD_OK;
    int base = *schema->own - '0';
    while (status == AD_OK && p->rows->rows < PIECE_ROWS && !p->ended) {
        row->broken = false;
        int got = next_row(r, row);
        if (got > 0)
            got = put_row(r, row, &schema->field[0], base, p->rows);
        p->ended = got == 0;
        if (got < 0)
            status = row->broken ? put_broken(p, ad_kit_error()) : AD_ERROR_FORMAT;
    }
    return status;
}

static ad_status give_piece(piece *p, const ad_schema *schema, const char *path, ad_items_take take,
                            void *user)
{
    ad_items items = {.path = path, .count = p->rows->rows, .first = p->first};
    items.error = p->broken ? p->error : NULL;
    if (items.count == 0)
        return AD_OK;
    sparse *rows = p->rows;
    p->rows = NULL; /* the source's */
    ad_status status = make_source(rows, schema, path, &items.source);
    if (status == AD_OK)
        status = take(user, &items);
    ad_source_free(items.source);
    return status;
}

static ad_status each_piece(line_reader *r, svm_row *row, const ad_schema *schema, const char *path,
                            ad_items_take take, void *user)
{
    ad_status status = AD_OK;
    bool ended = false;
    for (int64_t first = 1; status == AD_OK && !ended; first += PIECE_ROWS) {
        piece *p = calloc(1, sizeof *p);
        if (p)
            p->rows = calloc(1, sizeof *p->rows);
        if (!p || !p->rows) {
            free(p);
            return message_no_memory();
        }
        p->first = first;
        p->rows->width = schema->field[1].shape.size[0];
        p->rows->classes = schema->field[0].type == AD_I32;
        p->rows->asked = true;
        status = fill_piece(r, row, schema, p);
        ended = p->ended;
        if (status == AD_OK)
            status = give_piece(p, schema, path, take, user);
        piece_done(p);
    }
    return status;
}

static ad_status each(const ad_schema *schema, const char *path, ad_items_take take, void *user)
{
    line_reader r;
    svm_row row = {0};
    if (!is_ours(schema))
        return message_fail(AD_ERROR_FORMAT, "the schema is none of svmlight files\n  make it anew "
                                             "from the data\n");
    ad_status status = line_open(&r, path);
    if (status != AD_OK)
        return status;
    status = each_piece(&r, &row, schema, path, take, user);
    row_done(&row);
    line_close(&r);
    return status;
}

/* Whether the first line that is no comment is LABEL INDEX:VALUE. */
static bool begins_so(const unsigned char *bytes, size_t size)
{
    const char *p = (const char *)bytes, *end = p + size, *stop;
    while (p < end && *p == '#' && (stop = memchr(p, '\n', (size_t)(end - p))))
        p = stop + 1;
    const char *from = p;
    while (p < end && *p && strchr("+-.0123456789eE", *p))
        p++;
    if (p == from || p >= end || *p++ != ' ')
        return false;
    for (from = p; p < end && *p >= '0' && *p <= '9';)
        p++;
    return p > from && p + 1 < end && *p == ':' && p[1] && strchr("+-.0123456789", p[1]);
}

static int looks(const char *path, const unsigned char *bytes, size_t size)
{
    static const char *const ends[] = {".svmlight", ".libsvm", ".svm"};
    for (size_t i = 0; bytes && i < sizeof ends / sizeof *ends; i++)
        if (path_ends(path, ends[i]))
            return 90;
    return bytes && begins_so(bytes, size) ? 70 : 0;
}

const ad_reader_record reader_svmlight = {.record = {.name = "svmlight",
                                                     .help = "sparse rows: LABEL INDEX:VALUE ...",
                                                     .also = "libsvm svm",
                                                     AD_RECORD_OPTIONS(options, initial)},
                                          .understand = understand,
                                          .open = open_part,
                                          .items = items,
                                          .each = each,
                                          .looks = looks};
