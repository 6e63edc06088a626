/* What the files are like that a table names: sizes and channels of pictures, rates of sounds, by
 * the headers of all of them. */
#include <stdlib.h>
#include <string.h>

#include "image.h"
#include "message.h"
#include "sound.h"
#include "table.h"

/* A cell that names a file. */
typedef struct named {
    table_file_cell cell;
    char *path;
    int column;     /* of the paths */
    ad_image image; /* what its header says */
    sound_about sound;
} named;

typedef struct looking {
    const table_files_wish *wish;
    ad_schema *schema;
    table_layout layout;
    int *field; /* of each column of paths: the schema's */
    int *kind;
    int columns;
    named *list;
    int64_t count, room;
} looking;

/* ---------------------------------------------------------------- the cells */

static ad_status add(looking *l, const named *n)
{
    if (l->count == l->room) {
        int64_t room = 2 * l->room + 64;
        named *list = realloc(l->list, (size_t)room * sizeof *list);
        if (!list)
            return message_no_memory();
        l->list = list, l->room = room;
    }
    l->list[l->count++] = *n;
    return AD_OK;
}

/* The paths of one row, whose texts are in `into`. */
static ad_status add_row(looking *l, const char *table, int64_t row, const ad_array *into)
{
    ad_status status = AD_OK;
    for (int i = 0; i < l->columns && status == AD_OK; i++) {
        size_t size = ad_array_bytes(&into[i]);
        table_spot spot;
        memcpy(&spot, into[l->columns + i].data, sizeof spot);
        if (!size)
            continue;
        named n = {.column = i, .path = table_file_path(table, into[i].data, size)};
        n.cell = (table_file_cell){.table = table,
                                   .column = l->schema->field[l->field[i]].name,
                                   .spot = spot,
                                   .row = row,
                                   .kind = l->kind[i],
                                   .path = n.path};
        status = n.path ? add(l, &n) : message_no_memory();
        if (status != AD_OK)
            free(n.path);
    }
    return status;
}

static ad_status fail_source(void)
{
    return message_core();
}

/* Row by row, as texts are of different lengths; bytes: (room) for all texts of a row. */
static ad_status read_row(looking *l, ad_source *rows, const char *table, int64_t row,
                          ad_array *into, int64_t *length, text_buffer *bytes)
{
    size_t at = 0, all = 0;
    if (ad_source_length(rows, row, 0, length) != AD_OK)
        return fail_source();
    for (int i = 0; i < l->columns; i++)
        all += (size_t)length[i] + 1;
    bytes->size = 0;
    text_repeat(bytes, " ", (int)all);
    if (bytes->failed)
        return message_no_memory();
    for (int i = 0; i < l->columns; i++) {
        into[i] =
            (ad_array){.type = AD_U8, .shape = AD_SHAPE(1, length[i]), .data = bytes->data + at};
        at += (size_t)length[i] + 1;
    }
    if (ad_source_read(rows, &row, 1, 0, into) != AD_OK)
        return fail_source();
    return add_row(l, table, row, into);
}

static ad_status read_rows(looking *l, ad_source *rows, const char *table)
{
    size_t columns = (size_t)l->columns;
    ad_array *into = calloc(2 * columns, sizeof *into);
    int64_t *length = calloc(columns, sizeof *length);
    table_spot *spot = calloc(columns, sizeof *spot);
    text_buffer bytes = {0};
    ad_status status = into && length && spot ? AD_OK : message_no_memory();
    for (size_t i = 0; status == AD_OK && i < columns; i++)
        into[columns + i] = (ad_array){.type = AD_I64, .shape = AD_SHAPE(1, 2), .data = &spot[i]};
    for (int64_t i = 0; status == AD_OK && i < ad_source_count(rows); i++)
        status = read_row(l, rows, table, i, into, length, &bytes);
    text_done(&bytes);
    free(into);
    free(length);
    free(spot);
    return status;
}

/* ---------------------------------------------------------------- headers */

static ad_status look_at(void *user, int64_t i)
{
    looking *l = user;
    named *n = &l->list[i];
    return table_file_look(&n->cell, &n->image, &n->sound);
}

static ad_status look_at_all(looking *l)
{
    image_broken broken = {0};
    bool *bad = calloc((size_t)l->count + 1, sizeof *bad);
    ad_status status = bad ? image_each(l->count, look_at, l, bad, &broken) : message_no_memory();
    if (status == AD_OK && broken.count)
        status = table_files_broken(l->list[0].cell.table, "files", l->count, &broken);
    free(broken.words);
    free(bad);
    return status;
}

/* ---------------------------------------------------------------- what a column is */

static ad_status fail_sizes(const named *a, const named *b)
{
    return message_fail(AD_ERROR_SHAPE,
                        "%s: the pictures of column '%s' have different sizes: %s is %lld x %lld, "
                        "%s is %lld x %lld (height x width)\n  bring them to one: `size: %lld`, or "
                        "`size: [HEIGHT, WIDTH]`\n",
                        a->cell.table, a->cell.column, a->path, (long long)a->image.height,
                        (long long)a->image.width, b->path, (long long)b->image.height,
                        (long long)b->image.width,
                        (long long)(a->image.height < 64 ? a->image.height : 64));
}

static ad_status no_files(const looking *l, int column)
{
    const ad_schema_field *f = &l->schema->field[l->field[column]];
    return message_fail(AD_ERROR_FORMAT,
                        "the column '%s' names no file: all cells are empty\n  leave it out: skip: "
                        "%s\n",
                        f->name, f->name);
}

/* Height, width and channels into f->shape. */
static ad_status find_size(const looking *l, int column, ad_schema_field *f)
{
    const table_files_wish *w = l->wish;
    const named *first = NULL;
    bool grey = true, sized = w->height != AD_SAME;
    for (int64_t i = 0; i < l->count; i++) {
        const named *n = &l->list[i];
        if (n->column != column)
            continue;
        first = first ? first : n;
        grey = grey && n->image.channels == 1;
        if (!sized &&
            (n->image.height != first->image.height || n->image.width != first->image.width))
            return fail_sizes(first, n);
    }
    if (!first)
        return no_files(l, column);
    int64_t width = w->width == AD_SAME ? w->height : w->width;
    f->shape = AD_SHAPE(sized ? w->height : first->image.height, sized ? width : first->image.width,
                        w->channels ? w->channels
                        : grey      ? 1
                                    : 3);
    f->meaning = AD_MEANS_IMAGE;
    return AD_OK;
}

static ad_status find_rate(const looking *l, int column, ad_schema_field *f)
{
    int64_t *rate = malloc(((size_t)l->count + 1) * sizeof *rate), count = 0;
    if (!rate)
        return message_no_memory();
    for (int64_t i = 0; i < l->count; i++)
        if (l->list[i].column == column)
            rate[count++] = l->list[i].sound.rate;
    f->rate = (double)(l->wish->sample_rate ? l->wish->sample_rate : sound_usual_rate(rate, count));
    f->meaning = AD_MEANS_SOUND;
    f->type = AD_F32;
    free(rate);
    return count ? AD_OK : no_files(l, column);
}

/* ---------------------------------------------------------------- words */

static void say_sounds(const looking *l, int column, const ad_schema_field *f, text_buffer *why)
{
    double least = 1e300, most = 0;
    int64_t other = 0;
    for (int64_t i = 0; i < l->count; i++) {
        const named *n = &l->list[i];
        double seconds = n->column == column ? (double)n->sound.frames / (double)n->sound.rate : -1;
        if (seconds < 0)
            continue;
        least = seconds < least ? seconds : least;
        most = seconds > most ? seconds : most;
        other += (double)n->sound.rate != f->rate;
    }
    text_add_format(why, "%.3g to %.3g seconds, %lld samples a second", least, most,
                    (long long)f->rate);
    if (other)
        text_add_format(why, ", %lld brought to it", (long long)other);
}

static ad_status say(const looking *l, int column, ad_schema_field *f)
{
    text_buffer why = {0};
    bool pixels = f->meaning == AD_MEANS_IMAGE, good = true;
    text_add_format(&why, "%s; ", f->why ? f->why : "");
    if (pixels)
        text_add_format(&why, "%lld x %lld, %s", (long long)f->shape.size[0],
                        (long long)f->shape.size[1], f->shape.size[2] == 1 ? "grey" : "colours");
    else
        say_sounds(l, column, f, &why);
    free(f->why);
    f->why = text_take(&why);
    if (f->missing > 0)
        good = ad_schema_note(l->schema, "'%s' is empty in %lld row%s: %s stands there", f->name,
                              (long long)f->missing, f->missing == 1 ? "" : "s",
                              pixels ? "a black picture" : "a sound without samples");
    return f->why && good ? AD_OK : message_no_memory();
}

/* Without the library that changes rates the first file of another rate is refused at once. */
static ad_status check_rates(const looking *l, int column, const ad_schema_field *f)
{
    float none = 0, *made = NULL;
    ad_status status = AD_OK;
    for (int64_t i = 0; i < l->count && status == AD_OK; i++) {
        const named *n = &l->list[i];
        if (n->column != column || (double)n->sound.rate == f->rate)
            continue;
        status = sound_resample(n->path, &none, 0, n->sound.rate, (int64_t)f->rate, &made);
        free(made);
        return status;
    }
    return AD_OK;
}

static ad_status settle(const looking *l)
{
    ad_status status = AD_OK;
    for (int i = 0; i < l->columns && status == AD_OK; i++) {
        ad_schema_field *f = &l->schema->field[l->field[i]];
        bool pixels = l->kind[i] == COLUMN_PICTURE;
        status = pixels ? find_size(l, i, f) : find_rate(l, i, f);
        if (status == AD_OK && !pixels)
            status = check_rates(l, i, f);
        if (status == AD_OK)
            status = say(l, i, f);
    }
    return status;
}

/* ---------------------------------------------------------------- the whole */

/* Columns of paths that are taken, in the layout's order, which is the source's. */
static ad_status find_columns(looking *l)
{
    size_t columns = (size_t)l->layout.columns + 1;
    l->field = calloc(columns, sizeof *l->field);
    l->kind = calloc(columns, sizeof *l->kind);
    if (!l->field || !l->kind)
        return message_no_memory();
    for (int i = 0; i < l->layout.columns; i++) {
        const layout_column *c = &l->layout.column[i];
        bool file = c->type == COLUMN_PICTURE || c->type == COLUMN_SOUND;
        if (!file || l->schema->field[c->field[0]].use == AD_USE_NONE)
            continue;
        l->field[l->columns] = c->field[0];
        l->kind[l->columns++] = c->type;
    }
    return AD_OK;
}

/* Leaves the paths alone; which uses the others had. */
static ad_use *hide_others(looking *l)
{
    ad_use *use = calloc((size_t)l->schema->fields + 1, sizeof *use);
    for (int i = 0; use && i < l->schema->fields; i++) {
        use[i] = l->schema->field[i].use;
        l->schema->field[i].use = AD_USE_NONE;
    }
    for (int i = 0; use && i < l->columns; i++)
        l->schema->field[l->field[i]].use = AD_USE_INPUT;
    return use;
}

static ad_status read_parts(looking *l, const void *options, const char *const table[3],
                            ad_status (*open)(const void *, const ad_schema *, ad_part,
                                              ad_source **))
{
    ad_use *use = hide_others(l);
    ad_status status = use ? AD_OK : message_no_memory();
    for (ad_part part = AD_PART_TRAIN; part <= AD_PART_TEST && status == AD_OK; part++) {
        ad_source *rows = NULL;
        status = open(options, l->schema, part, &rows);
        if (status == AD_OK && rows)
            status = read_rows(l, rows, table[part]);
        ad_source_free(rows);
    }
    for (int i = 0; use && i < l->schema->fields; i++)
        l->schema->field[i].use = use[i];
    free(use);
    return status;
}

static ad_status check_wish(const looking *l)
{
    int64_t channels = l->wish->channels;
    if (channels != 0 && channels != 1 && channels != 3)
        return message_fail(
            AD_ERROR_ARGUMENT,
            "%s: channels is %lld\n  1 is grey, 3 colours, 0 decides by the files\n",
            l->schema->reader, (long long)channels);
    if (l->schema->running)
        return message_fail(AD_ERROR_ARGUMENT,
                            "the column '%s' names files, and the rows are a series, which is of "
                            "numbers and classes\n  leave it out: skip: %s\n",
                            l->schema->field[l->field[0]].name, l->schema->field[l->field[0]].name);
    return AD_OK;
}

ad_status table_look_at_files(const void *options, const table_files_wish *wish,
                              const char *const table[3],
                              ad_status (*open)(const void *options, const ad_schema *schema,
                                                ad_part part, ad_source **source),
                              ad_schema **schema)
{
    looking l = {.wish = wish, .schema = *schema};
    ad_status status = table_layout_read(*schema, &l.layout);
    if (status == AD_OK)
        status = find_columns(&l);
    if (status == AD_OK && l.columns) {
        status = check_wish(&l);
        if (status == AD_OK)
            status = read_parts(&l, options, table, open);
        if (status == AD_OK)
            status = look_at_all(&l);
        if (status == AD_OK)
            status = settle(&l);
    }
    for (int64_t i = 0; i < l.count; i++)
        free(l.list[i].path);
    free(l.list);
    free(l.field);
    free(l.kind);
    table_layout_done(&l.layout);
    if (status != AD_OK) {
        ad_schema_free(*schema);
        *schema = NULL;
    }
    return status;
}
