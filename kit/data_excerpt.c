/* Some examples as they are, to be shown. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data_look.h"
#include "message.h"
#include "number.h"
#include "run.h"
#include "sound_picture.h"

enum { TEXT_MOST = 160 };

/* ---------------------------------------------------------------- cells */

/* The text in one line, cut. */
static char *text_cell(const char *text, size_t size)
{
    text_buffer t = {0};
    size_t most = size < TEXT_MOST ? size : TEXT_MOST;
    while (most > 0 && most < size && ((unsigned char)text[most] & 0xC0) == 0x80)
        most--;
    for (size_t i = 0; i < most; i++)
        text_add_bytes(&t, (unsigned char)text[i] < ' ' ? " " : text + i, 1);
    text_add(&t, most < size ? "..." : "");
    return t.size ? text_take(&t) : text_copy("");
}

static char *number_cell(double value)
{
    char words[40];
    text_buffer t = {0};
    if (isnan(value))
        return text_copy("");
    snprintf(words, sizeof words, "%.6g", value);
    number_add(&t, strtod(words, NULL));
    return text_take(&t);
}

static char *class_cell(const ad_schema_field *f, double value)
{
    int64_t class = (int64_t)value;
    if (isnan(value) || class < 0)
        return text_copy("");
    return f->names && class < f->classes ? text_copy(f->names[class])
                                          : text_format("%lld", (long long)class);
}

/* ---------------------------------------------------------------- pictures */

/* No side longer than AD_LOOK_SIDE. */
static bool keep_picture(ad_look_example *e, const uint8_t *pixel, const int64_t *size)
{
    if (size[2] != 1 && size[2] != 3)
        return true;
    ad_image image = {.height = size[0], .width = size[1], .channels = size[2]};
    size_t bytes = (size_t)(size[0] * size[1] * size[2]);
    image.pixels = malloc(bytes + 1);
    if (!image.pixels)
        return false;
    memcpy(image.pixels, pixel, bytes);
    int64_t longer = size[0] > size[1] ? size[0] : size[1];
    ad_status status = AD_OK;
    if (longer > AD_LOOK_SIDE) {
        int64_t height = size[0] * AD_LOOK_SIDE / longer, width = size[1] * AD_LOOK_SIDE / longer;
        status = ad_image_resize(&image, height ? height : 1, width ? width : 1, AD_RESAMPLE_BOX);
    }
    if (status != AD_OK) {
        ad_image_done(&image);
        return false;
    }
    e->pixels = image.pixels;
    e->height = image.height, e->width = image.width, e->channels = image.channels;
    return true;
}

/* ---------------------------------------------------------------- one example */

static char *cell_of(const data_column *c, const ad_array *a, double measured)
{
    if (c->kind == AD_LOOK_CHARACTERS)
        return text_cell(a->data, ad_array_bytes(a));
    if (c->kind == AD_LOOK_CLASS)
        return class_cell(c->field, measured);
    return number_cell(measured);
}

static bool keep_sound(ad_look_example *e, const ad_schema_field *f, const ad_array *a)
{
    int64_t count = ad_array_count(a);
    float *sample = malloc((size_t)count * sizeof *sample + 1);
    ad_image image;
    for (int64_t i = 0; sample && i < count; i++)
        sample[i] = (float)ad_array_item(a, i);
    if (sample && sound_picture(sample, count, f->rate, &image)) {
        e->pixels = image.pixels, e->sound = true;
        e->height = image.height, e->width = image.width, e->channels = image.channels;
    }
    free(sample);
    return sample;
}

static bool fill(const looker *l, ad_look_example *e, const ad_array *array, int64_t i)
{
    const data_sample *s = &l->sample;
    e->cell = calloc((size_t)l->look->columns + 1, sizeof *e->cell);
    if (!e->cell)
        return false;
    for (int c = 0; c < s->columns; c++) {
        const data_column *k = &s->column[c];
        const ad_array *a = &array[k->at];
        if (!(e->cell[c] = cell_of(k, a, data_values(s, c)[i])))
            return false;
        if (k->kind == AD_LOOK_BRIGHTNESS && !e->pixels && a->type == AD_U8 && a->shape.rank == 4 &&
            !keep_picture(e, a->data, &a->shape.size[1]))
            return false;
        if (k->field->meaning == AD_MEANS_SOUND && !e->pixels && !keep_sound(e, k->field, a))
            return false;
    }
    if (s->columns > 0 && s->column[0].field->use == AD_USE_TARGET)
        e->title = text_copy(e->cell[0]);
    return true;
}

/* Arrays for one example of the source, by malloc: *room holds their bytes. */
static ad_status read_one(ad_source *source, int64_t number, ad_array **array, char **room)
{
    const ad_source_field *field;
    int fields = ad_source_fields(source, &field), varying = 0;
    int64_t length[64];
    size_t bytes = 0;
    *array = calloc((size_t)fields + 1, sizeof **array);
    *room = NULL;
    if (!*array)
        return message_no_memory();
    if (ad_source_length(source, number, 0, length) != AD_OK)
        return run_fail_core(AD_RUN_BAD_DATA);
    for (int turn = 0; turn < 2; turn++) {
        bytes = 0, varying = 0;
        for (int f = 0; f < fields; f++) {
            ad_array *a = &(*array)[f];
            a->type = field[f].type;
            a->shape.rank = field[f].shape.rank + 1;
            a->shape.size[0] = 1;
            for (int k = 0; k < field[f].shape.rank; k++)
                a->shape.size[k + 1] = field[f].shape.size[k] == AD_VARYING
                                           ? length[varying++]
                                           : field[f].shape.size[k];
            a->data = *room ? *room + bytes : NULL;
            bytes += (ad_array_bytes(a) + 63) / 64 * 64;
        }
        if (turn == 0 && !(*room = calloc(bytes + 64, 1)))
            return message_no_memory();
    }
    return ad_source_read(source, &number, 1, 0, *array) == AD_OK ? AD_OK
                                                                  : run_fail_core(AD_RUN_BAD_DATA);
}

/* Example i of the sample, as it is shown. */
static ad_status show(const looker *l, int64_t i, ad_look_example *e)
{
    ad_array *array;
    char *room;
    ad_status status =
        read_one(l->source[data_part_of(&l->sample, i)], l->sample.number[i], &array, &room);
    if (status == AD_OK && !fill(l, e, array, i))
        status = message_no_memory();
    free(array);
    free(room);
    return status;
}

static ad_status add(looker *l, int64_t i)
{
    ad_finding place = {.places = 0};
    ad_look_example *e = &l->look->example[l->look->examples++];
    if (!data_place(l, &place, i))
        return message_no_memory();
    e->place = place.place[0];
    return show(l, i, e);
}

/* ---------------------------------------------------------------- of findings */

/* Where the sample has example `number` of a part: they rise. */
static int64_t find(const data_sample *s, int part, int64_t number)
{
    int64_t low = s->first[part], high = s->first[part + 1];
    while (low + 1 < high) {
        int64_t middle = low + (high - low) / 2;
        if (s->number[middle] <= number)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static ad_status show_places(const looker *l, ad_finding *f)
{
    ad_status status = AD_OK;
    f->example = calloc(AD_LOOK_PLACES, sizeof *f->example);
    if (!f->example)
        return message_no_memory();
    for (int i = 0; i < f->places && status == AD_OK; i++)
        status =
            show(l, find(&l->sample, (int)f->place[i].part, f->place[i].number), &f->example[i]);
    return status;
}

/* ---------------------------------------------------------------- which ones */

/* Files lie class by class, so they are taken evenly; rows from the first on. */
ad_status data_excerpt(looker *l)
{
    const data_sample *s = &l->sample;
    ad_status status = AD_OK;
    l->look->example = calloc(AD_LOOK_PARTS * AD_LOOK_EXCERPT, sizeof *l->look->example);
    if (!l->look->example)
        return message_no_memory();
    for (int part = 0; part < AD_LOOK_PARTS; part++) {
        int64_t all = l->look->part[part].looked;
        int64_t count = all < AD_LOOK_EXCERPT ? all : AD_LOOK_EXCERPT;
        for (int64_t k = 0; k < count && status == AD_OK; k++) {
            bool spread = l->name[0] || s->kind == PRINT_PICTURE;
            status = add(l, s->first[part] + (spread ? k * all / count : k));
        }
    }
    for (int i = 0; i < l->look->findings && status == AD_OK; i++)
        if (l->look->finding[i].places > 0)
            status = show_places(l, &l->look->finding[i]);
    return status;
}
