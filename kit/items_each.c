/* Pictures and arrays to predict, piece by piece; pictures by name, each broken one with words. */
#define _POSIX_C_SOURCE 200809L

#include <stdlib.h>
#include <string.h>

#include "array_source.h"
#include "image_source.h"
#include "items.h"
#include "message.h"
#include "stream.h"
#include "text.h"

enum { ROWS = 4096, PICTURES = 256, PIECE_BYTES = 64 << 20, ARCHIVE_MOST = 1 << 30 };

/* ---------------------------------------------------------------- rows */

static ad_status give_rows(ad_source *source, const char *path, int64_t first, int64_t count,
                           ad_items_take take, void *user)
{
    int64_t number[ROWS];
    for (int64_t i = 0; i < count; i++)
        number[i] = first + i;
    ad_items items = {.path = path, .count = count, .first = first + 1};
    items.source = ad_source_part(source, number, count);
    if (!items.source)
        return message_core();
    ad_status status = take(user, &items);
    ad_source_free(items.source);
    return status;
}

ad_status items_in_pieces(ad_source *source, const char *path, ad_items_take take, void *user)
{
    ad_status status = AD_OK;
    int64_t count = ad_source_count(source);
    for (int64_t at = 0; at < count && status == AD_OK; at += ROWS)
        status = give_rows(source, path, at, count - at < ROWS ? count - at : ROWS, take, user);
    return status;
}

/* ---------------------------------------------------------------- pictures */

typedef struct piece {
    const pictures *from;
    const image_form *form;
    int64_t first, count;
    size_t bytes;    /* of a picture */
    uint8_t *pixels; /* (count, height, width, channels) */
    char **name, **error;
} piece;

static void piece_done(piece *p)
{
    for (int64_t i = 0; i < p->count; i++) {
        free(p->name ? p->name[i] : NULL);
        free(p->error ? p->error[i] : NULL);
    }
    free(p->name);
    free(p->error);
    free(p->pixels);
}

/* A failure of one picture is its own: want of memory or of a library ends it all. */
static ad_status load_one(void *user, int64_t i)
{
    piece *p = user;
    uint8_t *to = p->pixels + (size_t)i * p->bytes;
    ad_status status = image_load(p->from, p->first + i, p->form, to);
    if (status == AD_OK)
        return AD_OK;
    memset(to, 0, p->bytes);
    p->error[i] = text_copy(ad_kit_error());
    size_t size = p->error[i] ? strlen(p->error[i]) : 0;
    if (size && p->error[i][size - 1] == '\n')
        p->error[i][size - 1] = 0;
    return p->error[i] ? status : message_no_memory();
}

static ad_status load_piece(piece *p)
{
    image_broken broken = {0};
    size_t count = (size_t)p->count;
    bool *bad = calloc(count, sizeof *bad), names = true;
    p->pixels = malloc(count * p->bytes);
    p->name = calloc(count, sizeof *p->name);
    p->error = calloc(count, sizeof *p->error);
    for (int64_t i = 0; p->name && i < p->count; i++)
        names = (p->name[i] = pictures_path(p->from, p->first + i)) && names;
    ad_status status =
        bad && p->pixels && p->name && p->error && names ? AD_OK : message_no_memory();
    if (status == AD_OK)
        status = image_each(p->count, load_one, p, bad, &broken);
    free(broken.words);
    free(bad);
    return status;
}

/* The pixels become a source, which owns them. */
static ad_status source_of(const ad_schema *schema, piece *p, ad_source **source)
{
    const image_form *f = p->form;
    const ad_schema_field *target = ad_schema_target(schema);
    ad_array pixels = ad_u8(p->pixels, AD_SHAPE(p->count, f->height, f->width, f->channels));
    kept_array list[2] = {{.array = pixels, .memory = p->pixels}, {.memory = NULL}};
    p->pixels = NULL;
    ad_status status = target ? items_unknown_target(target, p->count, &list[1]) : AD_OK;
    if (status == AD_OK)
        return array_source(schema, list, target ? 2 : 1, 0, p->from->root, source);
    kept_done(&list[0]);
    return status;
}

static ad_status give_piece(const ad_schema *schema, piece *p, ad_items_take take, void *user)
{
    ad_items items = {.path = p->from->root, .count = p->count};
    ad_status status = load_piece(p);
    if (status == AD_OK)
        status = source_of(schema, p, &items.source);
    items.name = p->name, items.error = p->error;
    if (status == AD_OK)
        status = take(user, &items);
    ad_source_free(items.source);
    piece_done(p);
    return status;
}

static ad_status give_pictures(const ad_schema *schema, const pictures *p, const image_form *form,
                               ad_items_take take, void *user)
{
    size_t bytes = (size_t)(form->height * form->width * form->channels);
    int64_t most = (int64_t)(PIECE_BYTES / (bytes ? bytes : 1));
    most = most < 1 ? 1 : most > PICTURES ? PICTURES : most;
    ad_status status = AD_OK;
    for (int64_t at = 0; at < p->count && status == AD_OK; at += most) {
        piece one = {.from = p, .form = form, .first = at, .bytes = bytes};
        one.count = p->count - at < most ? p->count - at : most;
        status = give_piece(schema, &one, take, user);
    }
    return status;
}

static ad_status find(const char *path, pictures *p)
{
    ad_status status = strcmp(path, "-") == 0 ? files_input(&picture_files, ARCHIVE_MOST, p)
                                              : pictures_find(path, ARCHIVE_MOST, p);
    if (status != AD_OK || p->count)
        return status;
    return message_fail(AD_ERROR_FILE, "%s: holds no picture\n  name a folder of pictures\n", path);
}

static ad_status each_picture(const ad_schema *schema, const char *path, ad_items_take take,
                              void *user)
{
    pictures p = {0};
    image_form form;
    const ad_schema_field *input = array_field(schema, AD_USE_INPUT);
    if (!input || input->meaning != AD_MEANS_IMAGE)
        return input ? items_no_image(path, input)
                     : message_fail(AD_ERROR_FORMAT, "the model takes no input\n");
    if (!image_form_read(schema->own, &form))
        form = image_form_of(input);
    ad_status status = find(path, &p);
    if (status == AD_OK)
        status = give_pictures(schema, &p, &form, take, user);
    pictures_done(&p);
    return status;
}

ad_status items_each(const ad_schema *schema, const char *path, ad_items_take take, void *user)
{
    ad_source *source = NULL;
    ad_status status = strcmp(path, "-") ? items_arrays(schema, path, &source) : AD_OK;
    if (status != AD_OK || !source)
        return status != AD_OK ? status : each_picture(schema, path, take, user);
    status = items_in_pieces(source, path, take, user);
    ad_source_free(source);
    return status;
}
