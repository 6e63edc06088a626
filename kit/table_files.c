/* Cells of a table that name pictures or sounds, as what those files hold.  Pictures are decoded
 * when the source is made where they fit into memory, else whenever they are read; of sounds the
 * headers are read then, which say how many samples there are.  Rows that are to be predicted are
 * told of one by one: what is broken is empty, and has its words. */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "image.h"
#include "message.h"
#include "sound.h"
#include "table.h"

enum { ENDING_MOST = 6, UNKNOWN = -1, TOLD_MOST = 1 << 28 };

struct table_file {
    int kind;
    const char *column; /* its name, in the layout's words; a copy */
    int which;          /* among the paths of a row */
    image_form form;
    int64_t rate;
    uint8_t *kept;  /* pictures; NULL: decoded when read */
    size_t bytes;   /* of one */
    int64_t *count; /* samples of each; UNKNOWN where the header says nothing */
    bool *bad;      /* rows whose file is told as broken, and empty here; or NULL */
};

/* ---------------------------------------------------------------- names */

int table_names_file(const char *text, size_t size)
{
    char ending[ENDING_MOST + 2] = ""; /* the point, the ending, the zero */
    size_t dot = size;
    while (dot > 0 && size - dot < ENDING_MOST && text[dot - 1] != '.')
        dot--;
    if (dot < 2 || text[dot - 1] != '.')
        return 0;
    memcpy(ending, text + dot - 1, size - dot + 1);
    return picture_files.named(ending) ? 1 : sound_files.named(ending) ? 2 : 0;
}

char *table_file_path(const char *table, const char *path, size_t size)
{
    const char *slash = strrchr(table, '/');
    int above = slash && path[0] != '/' ? (int)(slash - table) + 1 : 0;
    return text_format("%.*s%.*s", above, table, (int)size, path);
}

bool table_file_there(const char *table, const char *path)
{
    struct stat about;
    char *whole = table_file_path(table, path, strlen(path));
    bool there = whole && stat(whole, &about) == 0 && S_ISREG(about.st_mode);
    free(whole);
    return there;
}

int table_picture_form(ad_image_fit fit, ad_resample resample)
{
    return (int)fit * 4 + (int)resample;
}

static image_form form_of(const ad_schema_field *f, int form)
{
    const int64_t *size = f->shape.size;
    int fit = form / 4 > AD_IMAGE_PAD ? AD_IMAGE_STRETCH : form / 4;
    return (image_form){size[0], size[1], size[2], (ad_image_fit)fit, (ad_resample)(form % 4)};
}

/* ---------------------------------------------------------------- one file */

/* What the kit said of the file, with the cell before it. */
static ad_status fail_cell(const table_file_cell *c, ad_status status, const char *words)
{
    text_buffer t = {0};
    if (status == AD_ERROR_MEMORY)
        return message_no_memory();
    text_add(&t, c->table);
    if (c->spot.line > 0)
        text_add_format(&t, ":%lld:%lld", (long long)c->spot.line, (long long)c->spot.column);
    text_add_format(&t, ": row %lld, column '%s': ", (long long)c->row + 1, c->column);
    text_add(&t, words);
    return message_give(status, text_take(&t));
}

static ad_status fail_kit(const table_file_cell *c, ad_status status)
{
    char *words = text_copy(ad_kit_error());
    status = words ? fail_cell(c, status, words) : message_no_memory();
    free(words);
    return status;
}

static ad_status check_there(const table_file_cell *c)
{
    struct stat about;
    const char *one = c->kind == COLUMN_PICTURE ? picture_files.one : sound_files.one;
    bool found = stat(c->path, &about) == 0;
    const char *why = found ? "is no file" : strerror(errno);
    if (found && S_ISREG(about.st_mode))
        return AD_OK;
    char *words = text_format("%s: %s\n  correct the path, which is relative to the folder of the "
                              "table; without a %s leave the cell empty\n",
                              c->path, why, one);
    ad_status status = words ? fail_cell(c, AD_ERROR_FILE, words) : message_no_memory();
    free(words);
    return status;
}

/* A list of one file, whose root it is. */
static pictures list_of(const table_file_cell *c, picture *one)
{
    static char below[1] = "";
    *one = (picture){.name = below};
    return (pictures){.kind = c->kind == COLUMN_PICTURE ? &picture_files : &sound_files,
                      .root = (char *)c->path,
                      .list = one,
                      .count = 1};
}

ad_status table_files_broken(const char *table, const char *many, int64_t count,
                             const image_broken *broken)
{
    enum { TOLD = 3 };
    const char *end = broken->words;
    for (int i = 0; i < TOLD && *end; i++)
        do /* a message, and what is set in of it */
            end += strcspn(end, "\n") + 1;
        while (*end == ' ');
    if (broken->count == 1)
        return message_fail(AD_ERROR_FORMAT, "%s", broken->words);
    return message_fail(
        AD_ERROR_FORMAT, "%s: %lld of %lld %s that it names cannot be read%s:\n%.*s", table,
        (long long)broken->count, (long long)count, many,
        broken->count > TOLD ? "; the first three" : "", (int)(end - broken->words), broken->words);
}

ad_status table_file_look(const table_file_cell *c, ad_image *image, sound_about *sound)
{
    picture one;
    pictures list = list_of(c, &one);
    ad_status status = check_there(c);
    if (status != AD_OK)
        return status;
    status =
        c->kind == COLUMN_PICTURE ? pictures_look(&list, 0, image) : sounds_look(&list, 0, sound);
    return status == AD_OK ? AD_OK : fail_kit(c, status);
}

/* The cell of a row; path is the caller's to free: NULL without memory, or where it is empty. */
static table_file_cell cell_of(const table_rows *r, const table_column *c, int64_t number,
                               char **path)
{
    int64_t from = number > 0 ? c->end[number - 1] : 0, size = c->end[number] - from;
    *path = size > 0 ? table_file_path(r->name, c->data + from, (size_t)size) : NULL;
    return (table_file_cell){.table = r->name,
                             .column = c->file->column,
                             .spot = r->spot[number * r->files + c->file->which],
                             .row = r->first + number,
                             .kind = c->file->kind,
                             .path = *path};
}

static bool is_empty(const table_column *c, int64_t number)
{
    if (c->file->bad && c->file->bad[number])
        return true;
    return c->end[number] == (number > 0 ? c->end[number - 1] : 0);
}

/* ---------------------------------------------------------------- pictures */

static ad_status load_picture(const table_rows *r, const table_column *c, int64_t number,
                              uint8_t *to)
{
    char *path;
    picture one;
    const struct table_file *f = c->file;
    if (is_empty(c, number)) {
        memset(to, 0, f->bytes);
        return AD_OK;
    }
    table_file_cell cell = cell_of(r, c, number, &path);
    if (!path)
        return message_no_memory();
    pictures list = list_of(&cell, &one);
    ad_status status = check_there(&cell);
    if (status == AD_OK && (status = image_load(&list, 0, &f->form, to)) != AD_OK)
        status = fail_kit(&cell, status);
    free(path);
    return status;
}

/* ---------------------------------------------------------------- sounds */

static ad_status look_at_sound(const table_rows *r, const table_column *c, int64_t number,
                               int64_t *count)
{
    char *path;
    sound_about about = {0};
    *count = 0;
    if (is_empty(c, number))
        return AD_OK;
    table_file_cell cell = cell_of(r, c, number, &path);
    if (!path)
        return message_no_memory();
    ad_status status = table_file_look(&cell, NULL, &about);
    *count = status == AD_OK ? sound_count(about.frames, about.rate, c->file->rate) : UNKNOWN;
    free(path);
    return status;
}

/* A file may have been written anew meanwhile. */
static ad_status take_samples(const table_file_cell *cell, const sound_clip *clip, int64_t wanted,
                              float *to)
{
    if (clip->count != wanted) {
        char *words = text_format("%s: has %lld samples now, and had %lld before\n  begin anew\n",
                                  cell->path, (long long)clip->count, (long long)wanted);
        ad_status status = words ? fail_cell(cell, AD_ERROR_FORMAT, words) : message_no_memory();
        free(words);
        return status;
    }
    if (wanted > 0)
        memcpy(to, clip->sample, (size_t)wanted * sizeof *to);
    return AD_OK;
}

static ad_status load_sound(const table_rows *r, const table_column *c, int64_t number, float *to)
{
    char *path;
    picture one;
    sound_clip clip = {.sample = NULL};
    if (is_empty(c, number))
        return AD_OK;
    table_file_cell cell = cell_of(r, c, number, &path);
    if (!path)
        return message_no_memory();
    pictures list = list_of(&cell, &one);
    ad_status status = check_there(&cell);
    if (status == AD_OK) {
        status = sounds_decode(&list, 0, c->file->rate, &clip);
        status = status == AD_OK ? take_samples(&cell, &clip, c->file->count[number], to)
                                 : fail_kit(&cell, status);
    }
    free(clip.sample);
    free(path);
    return status;
}

/* ---------------------------------------------------------------- when the source is made */

typedef struct opening {
    const table_rows *rows;
    const table_column *column;
    char **words; /* of each row that fails, where it is told; or NULL */
} opening;

static ad_status try_picture(const opening *o, int64_t i)
{
    struct table_file *f = o->column->file;
    if (f->kept)
        return load_picture(o->rows, o->column, i, f->kept + (size_t)i * f->bytes);
    uint8_t *room = malloc(f->bytes + 1);
    ad_status status = room ? load_picture(o->rows, o->column, i, room) : message_no_memory();
    free(room);
    return status;
}

static ad_status open_one(void *user, int64_t i)
{
    const opening *o = user;
    struct table_file *f = o->column->file;
    ad_status status = f->kind == COLUMN_SOUND ? look_at_sound(o->rows, o->column, i, &f->count[i])
                                               : try_picture(o, i);
    if (status != AD_OK && o->words && !(o->words[i] = text_copy(ad_kit_error())))
        return message_no_memory();
    return status;
}

/* Words of bad rows, which are taken from here. */
static ad_status tell(table_rows *r, struct table_file *f, const bool *bad, char **words)
{
    for (int64_t i = 0; i < r->rows; i++) {
        if (!bad[i])
            continue;
        if (f->count)
            f->count[i] = 0;
        char *one = words[i];
        words[i] = NULL;
        if (!table_rows_tell(r, (table_broken){.row = i, .words = one, .placed = true}))
            return message_no_memory();
    }
    return AD_OK;
}

static ad_status open_all(table_rows *r, const table_column *c, table_files_way way)
{
    image_broken broken = {0};
    size_t rows = (size_t)r->rows + 1;
    bool *bad = calloc(rows, sizeof *bad);
    opening o = {r, c, way == FILES_TOLD ? calloc(rows, sizeof *o.words) : NULL};
    ad_status status = bad && (o.words || way != FILES_TOLD)
                           ? image_each(r->rows, open_one, &o, bad, &broken)
                           : message_no_memory();
    if (status == AD_OK && way == FILES_CHECKED && broken.count)
        status = table_files_broken(
            r->name, c->file->kind == COLUMN_PICTURE ? picture_files.many : sound_files.many,
            r->rows, &broken);
    if (status == AD_OK && way == FILES_TOLD)
        status = tell(r, c->file, bad, o.words);
    for (int64_t i = 0; o.words && i < r->rows; i++)
        free(o.words[i]);
    free(o.words);
    free(broken.words);
    if (status == AD_OK && way == FILES_TOLD)
        c->file->bad = bad;
    else
        free(bad);
    return status;
}

static bool keeps(struct table_file *f, int64_t rows, size_t *room)
{
    if (f->kind == COLUMN_SOUND)
        return (f->count = calloc((size_t)rows + 1, sizeof *f->count)) != NULL;
    if (rows > 0 && f->bytes > *room / (size_t)rows)
        return true;
    *room -= (size_t)rows * f->bytes;
    return (f->kept = malloc((size_t)rows * f->bytes + 1)) != NULL;
}

/* Column `which` of the paths. */
static ad_status open_column(table_rows *r, const table_plan *p, int which, table_files_way way,
                             size_t *room)
{
    const layout_column *from = &p->layout->column[p->file[which]];
    const ad_schema_field *field = &p->schema->field[from->field[0]];
    table_column *c = &r->column[p->place[from->field[0]]];
    struct table_file *f = calloc(1, sizeof *f);
    if (!f)
        return message_no_memory();
    c->file = f;
    *f = (struct table_file){.kind = from->type, .which = which};
    if (f->kind == COLUMN_PICTURE) {
        f->form = form_of(field, from->form);
        f->bytes = (size_t)(f->form.height * f->form.width * f->form.channels);
    } else {
        f->rate = (int64_t)field->rate;
    }
    if (!(f->column = text_copy(from->name)) || !keeps(f, r->rows, room))
        return message_no_memory();
    return f->kept || f->count || way == FILES_TOLD ? open_all(r, c, way) : AD_OK;
}

ad_status table_files_open(table_rows *r, const table_plan *p, const char *name,
                           table_files_way way)
{
    size_t room = way == FILES_TOLD ? TOLD_MOST : p->keep;
    ad_status status = AD_OK;
    if (!p->files || !p->known || r->name)
        return AD_OK;
    if (!(r->name = text_copy(name)))
        return message_no_memory();
    for (int i = 0; i < p->files && status == AD_OK; i++)
        status = open_column(r, p, i, way, &room);
    return status;
}

void table_file_free(struct table_file *f)
{
    if (!f)
        return;
    free((char *)f->column);
    free(f->kept);
    free(f->count);
    free(f->bad);
    free(f);
}

/* ---------------------------------------------------------------- when it is read */

bool table_file_varies(const struct table_file *f)
{
    return f->kind == COLUMN_SOUND;
}

/* The message of the kit as the source's. */
static ad_status told(ad_status status)
{
    return status == AD_OK ? AD_OK : ad_source_fail(status, "%s", ad_kit_error());
}

ad_status table_file_length(const table_rows *r, const table_column *c, int64_t number,
                            int64_t *length)
{
    *length = c->file->count[number];
    return *length == UNKNOWN ? told(look_at_sound(r, c, number, length)) : AD_OK;
}

ad_status table_file_read(const table_rows *r, const table_column *c, int64_t number, void *to)
{
    const struct table_file *f = c->file;
    if (f->kind == COLUMN_SOUND)
        return told(load_sound(r, c, number, to));
    if (!f->kept)
        return told(load_picture(r, c, number, to));
    memcpy(to, f->kept + (size_t)number * f->bytes, f->bytes);
    return AD_OK;
}
