/* One pass over the examples: of each its numbers, hashes of what it consists of, and a small print
 * by which examples that are alike are found. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data_look.h"
#include "message.h"
#include "run.h"

enum {
    EXAMPLES_MOST = 100000,
    CELLS_MOST = 8000000,
    BLOCK = 256,
    BLOCK_VARYING = 16,
    ARRAY_MOST = 256,   /* numbers of a field that each are a column */
    PRINTED_LEAST = 20, /* letters: of shorter texts the print says little */
    RUN = 5             /* letters that are hashed together */
};

/* ---------------------------------------------------------------- hashes */

uint64_t data_mix(uint64_t x)
{
    x ^= x >> 30, x *= 0xBF58476D1CE4E5B9u;
    x ^= x >> 27, x *= 0x94D049BB133111EBu;
    return x ^ x >> 31;
}

uint64_t data_hash(uint64_t hash, const void *bytes, size_t size)
{
    const unsigned char *p = bytes;
    uint64_t word;
    for (; size >= 8; size -= 8, p += 8) {
        memcpy(&word, p, 8);
        hash = data_mix(hash ^ word) + 0x9E3779B97F4A7C15u;
    }
    word = size;
    memcpy(&word, p, size);
    return data_mix(hash ^ word ^ (uint64_t)size << 56) + 0x9E3779B97F4A7C15u;
}

/* ---------------------------------------------------------------- columns */

static ad_look_kind kind_of(const ad_schema_field *s, const ad_source_field *f)
{
    if (s->meaning == AD_MEANS_TEXT)
        return AD_LOOK_CHARACTERS;
    if (s->meaning == AD_MEANS_IMAGE)
        return AD_LOOK_BRIGHTNESS;
    if (f->shape.rank > 0 && f->shape.size[0] == AD_VARYING)
        return AD_LOOK_LENGTH;
    if (f->shape.rank > 1 || (f->shape.rank == 1 && f->shape.size[0] > ARRAY_MOST))
        return AD_LOOK_MEAN;
    return s->meaning == AD_MEANS_CLASS ? AD_LOOK_CLASS : AD_LOOK_NUMBER;
}

static int columns_of(const ad_schema_field *s, const ad_source_field *f)
{
    ad_look_kind kind = kind_of(s, f);
    bool list = (kind == AD_LOOK_NUMBER || kind == AD_LOOK_CLASS) && f->shape.rank == 1;
    return list ? (int)f->shape.size[0] : 1;
}

/* Fields of that use become columns. */
static void add_columns(const looker *l, data_sample *s, ad_use use)
{
    const ad_source_field *field;
    int fields = ad_source_fields(l->source[0], &field);
    for (int f = 0; f < fields; f++) {
        const ad_schema_field *about = ad_schema_find(l->data.schema, field[f].name);
        if (!about || about->use != use)
            continue;
        for (int k = 0; k < columns_of(about, &field[f]); k++) {
            if (s->column)
                s->column[s->columns] = (data_column){about, f, k, kind_of(about, &field[f])};
            s->columns++;
        }
    }
}

static ad_status find_columns(const looker *l, data_sample *s)
{
    for (int turn = 0; turn < 2; turn++) {
        s->columns = 0;
        add_columns(l, s, AD_USE_TARGET);
        add_columns(l, s, AD_USE_INPUT);
        if (turn == 0)
            s->column = calloc((size_t)s->columns + 1, sizeof *s->column);
        if (!s->column)
            return message_no_memory();
    }
    return AD_OK;
}

static print_kind print_of(const data_column *c)
{
    bool wave = c->kind == AD_LOOK_LENGTH || c->kind == AD_LOOK_MEAN;
    return c->field->use != AD_USE_INPUT   ? PRINT_NONE
           : c->kind == AD_LOOK_BRIGHTNESS ? PRINT_PICTURE
           : c->kind == AD_LOOK_CHARACTERS ? PRINT_TEXT
           : wave                          ? PRINT_WAVE
                                           : PRINT_NONE;
}

static void find_print(data_sample *s)
{
    for (int c = 0; c < s->columns && !s->printed; c++) {
        s->kind = print_of(&s->column[c]);
        s->printed = s->kind != PRINT_NONE ? s->column[c].field : NULL;
    }
}

static bool has_text(const data_sample *s)
{
    for (int c = 0; c < s->columns; c++)
        if (print_of(&s->column[c]) == PRINT_TEXT)
            return true;
    return false;
}

static ad_status make_room(data_sample *s)
{
    size_t n = (size_t)s->count + 1;
    s->value = malloc(n * (size_t)(s->columns + 1) * sizeof *s->value);
    s->number = malloc(n * sizeof *s->number);
    s->origin = malloc(n * sizeof *s->origin);
    s->inputs = calloc(n, sizeof *s->inputs);
    s->targets = calloc(n, sizeof *s->targets);
    s->alike = calloc(n, sizeof *s->alike);
    s->range = malloc(n);
    s->print = s->printed ? malloc(n * PRINT_SIZE) : NULL;
    s->token = has_text(s) ? malloc(n * TOKENS * sizeof *s->token) : NULL;
    bool good = s->value && s->number && s->origin && s->inputs && s->targets && s->alike &&
                s->range && (s->print || !s->printed) && (s->token || !has_text(s));
    if (!good)
        return message_no_memory();
    memset(s->range, 255, n);
    if (s->token)
        memset(s->token, 255, n * TOKENS * sizeof *s->token);
    return AD_OK;
}

/* ---------------------------------------------------------------- prints */

/* Means of (16, 16) parts of a picture, over all channels. */
static void print_picture(const uint8_t *pixel, const int64_t *size, uint8_t *print, uint8_t *range)
{
    uint8_t least = 255, most = 0;
    int64_t height = size[0], width = size[1], channels = size[2];
    for (int64_t i = 0; i < height * width * channels; i++) {
        least = pixel[i] < least ? pixel[i] : least;
        most = pixel[i] > most ? pixel[i] : most;
    }
    *range = (uint8_t)(most - (most > least ? least : most));
    for (int64_t cell = 0; cell < PRINT_SIZE; cell++) {
        int64_t y = cell / PRINT_SIDE, x = cell % PRINT_SIDE, sum = 0, count = 0;
        int64_t from_y = y * height / PRINT_SIDE, to_y = (y + 1) * height / PRINT_SIDE;
        int64_t from_x = x * width / PRINT_SIDE, to_x = (x + 1) * width / PRINT_SIDE;
        to_y = to_y > from_y ? to_y : from_y + 1, to_x = to_x > from_x ? to_x : from_x + 1;
        for (int64_t i = from_y; i < to_y; i++)
            for (int64_t k = from_x * channels; k < to_x * channels; k++, count++)
                sum += pixel[i * width * channels + k];
        print[cell] = (uint8_t)(count ? (2 * sum + count) / (2 * count) : 0);
    }
}

static void print_wave(const ad_array *a, int64_t from, int64_t count, uint8_t *print,
                       uint8_t *range)
{
    double mean[PRINT_SIZE] = {0}, most = 0, least = INFINITY, largest = -INFINITY;
    for (int64_t cell = 0; cell < PRINT_SIZE && count > 0; cell++) {
        int64_t begin = cell * count / PRINT_SIZE, end = (cell + 1) * count / PRINT_SIZE;
        end = end > begin ? end : begin + 1;
        for (int64_t i = begin; i < end; i++) {
            double x = ad_array_item(a, from + i);
            mean[cell] += isfinite(x) ? fabs(x) : 0;
            least = x < least ? x : least;
            largest = x > largest ? x : largest;
        }
        mean[cell] /= (double)(end - begin);
        most = mean[cell] > most ? mean[cell] : most;
    }
    *range = largest > least ? 255 : 0;
    for (int cell = 0; cell < PRINT_SIZE; cell++)
        print[cell] = (uint8_t)(most > 0 ? lround(255 * mean[cell] / most) : 0);
}

static bool in_word(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c >= 0x80;
}

/* Small letters and digits, one blank between words, none at the ends; answers its size. */
static size_t plain_text(const unsigned char *text, size_t size, unsigned char *plain)
{
    size_t used = 0;
    for (size_t i = 0; i < size; i++) {
        unsigned char c = text[i];
        c = c >= 'A' && c <= 'Z' ? (unsigned char)(c + 32) : c;
        if (in_word(c))
            plain[used++] = c;
        else if (used > 0 && plain[used - 1] != ' ')
            plain[used++] = ' ';
    }
    return used > 0 && plain[used - 1] == ' ' ? used - 1 : used;
}

/* MinHash (Broder 1997) of runs of five letters. */
static void print_text(const unsigned char *plain, size_t size, uint8_t *print)
{
    uint32_t least[PRINT_WORDS];
    memset(least, 255, sizeof least);
    for (size_t i = 0; i + RUN <= size || (i == 0 && size > 0); i++) {
        uint64_t h = data_hash(0, plain + i, size < RUN ? size : RUN);
        for (int k = 0; k < PRINT_WORDS; k++) {
            uint64_t mixed = (h ^ (h >> 29) ^ (uint64_t)k * 0xD6E8FEB86659FD93u) *
                             (2 * (uint64_t)k * 0x9E3779B97F4A7C15u + 0xBF58476D1CE4E5B9u);
            uint32_t high = (uint32_t)(mixed >> 32);
            least[k] = high < least[k] ? high : least[k];
        }
    }
    memcpy(print, least, sizeof least);
}

static void add_tokens(const unsigned char *plain, size_t size, uint16_t *token)
{
    int used = 0;
    while (used < TOKENS && token[used] != 0xFFFF)
        used++;
    for (size_t i = 0, end; i < size && used < TOKENS; i = end + 1) {
        for (end = i; end < size && plain[end] != ' ';)
            end++;
        token[used++] = (uint16_t)(data_hash(1, plain + i, end - i) % TOKEN_KINDS);
    }
}

/* ---------------------------------------------------------------- one example */

/* An example's part of a field of a batch. */
typedef struct piece {
    const ad_array *array;
    int64_t first, count; /* numbers */
    int64_t length;       /* along the axis that varies; of others count */
} piece;

typedef struct reading {
    looker *l;
    data_sample *s;
    const ad_batch *batch;
    int *length; /* of each field of the source: which field of a batch has its lengths; -1 */
    int origin;  /* the field with where examples come from; -1 */
    unsigned char *plain;
    size_t room;
} reading;

static piece piece_of(const reading *r, int field, int64_t i)
{
    const ad_array *a = &r->batch->array[field];
    int64_t each = ad_array_count(a) / r->batch->count;
    piece p = {a, i * each, each, each};
    if (r->length[field] < 0)
        return p;
    p.length = (int64_t)ad_array_item(&r->batch->array[r->length[field]], i);
    int64_t padded = a->shape.size[1] > 0 ? a->shape.size[1] : 1;
    p.count = each / padded * p.length;
    return p;
}

static const unsigned char *bytes_of(const piece *p)
{
    return (const unsigned char *)p->array->data + (size_t)p->first * ad_type_size(p->array->type);
}

static double mean_of(const piece *p)
{
    double sum = 0;
    for (int64_t i = 0; i < p->count; i++)
        sum += ad_array_item(p->array, p->first + i);
    return p->count ? sum / (double)p->count : NAN;
}

static double letters(const piece *p)
{
    const unsigned char *text = bytes_of(p);
    int64_t count = 0;
    for (int64_t i = 0; i < p->count; i++)
        count += (text[i] & 0xC0) != 0x80;
    return count ? (double)count : NAN;
}

static double mean_of_bytes(const piece *p)
{
    const unsigned char *pixel = bytes_of(p);
    int64_t sum = 0;
    for (int64_t i = 0; i < p->count; i++)
        sum += pixel[i];
    return p->count ? (double)sum / (double)p->count : NAN;
}

static double value_of(const data_column *c, const piece *p)
{
    double value;
    switch (c->kind) {
    case AD_LOOK_CHARACTERS: return letters(p);
    case AD_LOOK_LENGTH:
        return (double)p->length / (c->field->rate > 0 ? c->field->rate : 1); /* seconds */
    case AD_LOOK_BRIGHTNESS: return p->array->type == AD_U8 ? mean_of_bytes(p) : mean_of(p);
    case AD_LOOK_MEAN: return mean_of(p);
    case AD_LOOK_CLASS:
        value = ad_array_item(p->array, p->first + c->offset);
        return value < 0 ? NAN : value;
    case AD_LOOK_NUMBER: break;
    }
    return ad_array_item(p->array, p->first + c->offset);
}

static bool has_plain_room(reading *r, size_t size)
{
    if (size + 1 <= r->room)
        return true;
    unsigned char *grown = realloc(r->plain, 2 * size + 64);
    if (!grown)
        return false;
    r->plain = grown, r->room = 2 * size + 64;
    return true;
}

static bool take_text(reading *r, const data_column *c, const piece *p, int64_t at)
{
    data_sample *s = r->s;
    if (!has_plain_room(r, (size_t)p->count))
        return false;
    size_t size = plain_text(bytes_of(p), (size_t)p->count, r->plain);
    add_tokens(r->plain, size, s->token + at * TOKENS);
    if (c->field != s->printed)
        return true;
    print_text(r->plain, size, s->print + at * PRINT_SIZE);
    s->alike[at] = data_hash(2, r->plain, size);
    s->range[at] = size >= PRINTED_LEAST ? 255 : size ? PRINT_SHORT : 0;
    return true;
}

static void take_print(data_sample *s, const piece *p, int64_t at)
{
    uint8_t *print = s->print + at * PRINT_SIZE;
    const ad_shape *shape = &p->array->shape;
    bool picture = s->kind == PRINT_PICTURE && p->array->type == AD_U8 && shape->rank == 4;
    if (picture)
        print_picture(bytes_of(p), &shape->size[1], print, &s->range[at]);
    else
        print_wave(p->array, p->first, p->count, print, &s->range[at]);
    s->alike[at] = data_hash(3, print, PRINT_SIZE);
}

static bool take_column(reading *r, int column, int64_t i, int64_t at)
{
    data_sample *s = r->s;
    const data_column *c = &s->column[column];
    piece p = piece_of(r, c->at, i);
    data_values(s, column)[at] = value_of(c, &p);
    if (c->offset == 0) {
        uint64_t *hash = c->field->use == AD_USE_TARGET ? &s->targets[at] : &s->inputs[at];
        *hash = data_hash(*hash, bytes_of(&p), (size_t)p.count * ad_type_size(p.array->type));
    }
    if (print_of(c) == PRINT_TEXT)
        return take_text(r, c, &p, at);
    if (c->field == s->printed)
        take_print(s, &p, at);
    return true;
}

/* ---------------------------------------------------------------- a part */

/* Numbers of the examples that are looked at, by malloc: all, or `looked` of them in their order.
 */
static int64_t *choose(int64_t count, int64_t looked, uint64_t seed, int part)
{
    int64_t *order = malloc((size_t)(looked + 1) * sizeof *order);
    uint64_t key[2] = {seed, (uint64_t)part};
    int64_t taken = 0;
    /* Selection sampling (Knuth, algorithm S). */
    for (int64_t i = 0; order && i < count && taken < looked; i++)
        if (looked == count ||
            ad_random_at((uint64_t[]){key[0] ^ data_mix((uint64_t)i), key[1]}, 0) *
                    (double)(count - i) <
                (double)(looked - taken))
            order[taken++] = i;
    return order;
}

static int find_field(const ad_source_field *field, int fields, const char *name)
{
    for (int i = 0; i < fields; i++)
        if (strcmp(field[i].name, name) == 0)
            return i;
    return -1;
}

static ad_status find_lengths(reading *r, const ad_batches *b, ad_source *source)
{
    const ad_source_field *field, *all;
    int fields = ad_source_fields(source, &field), both = ad_batches_fields(b, &all);
    r->length = calloc((size_t)fields + 1, sizeof *r->length);
    if (!r->length)
        return message_no_memory();
    for (int f = 0; f < fields; f++) {
        char *name = text_format("%s.length", field[f].name);
        bool varies = field[f].shape.rank > 0 && field[f].shape.size[0] == AD_VARYING;
        r->length[f] = name && varies ? find_field(all, both, name) : -1;
        if (!name)
            return message_no_memory();
        free(name);
    }
    r->origin = find_field(field, fields, data_origin_name);
    return AD_OK;
}

static bool varies(ad_source *source)
{
    const ad_source_field *field;
    int fields = ad_source_fields(source, &field);
    for (int f = 0; f < fields; f++)
        if (field[f].shape.rank > 0 && field[f].shape.size[0] == AD_VARYING)
            return true;
    return false;
}

static ad_status take_batch(reading *r, int part, const int64_t *order, int64_t at)
{
    for (int64_t i = 0; i < r->batch->count; i++) {
        for (int c = 0; c < r->s->columns; c++)
            if (!take_column(r, c, i, at + i))
                return message_no_memory();
        r->s->number[at + i] = order[r->batch->example[i]];
        r->s->origin[at + i] = r->origin < 0 ? data_origin(part, order[r->batch->example[i]])
                                             : ((int64_t *)r->batch->array[r->origin].data)[i];
    }
    return AD_OK;
}

static ad_status read_part(looker *l, int part, const int64_t *order, ad_source *chosen)
{
    data_sample *s = &l->sample;
    ad_batch batch = {.count = 1};
    reading r = {.l = l, .s = s, .batch = &batch};
    ad_batches *b = ad_batches_new(chosen, .size = varies(chosen) ? BLOCK_VARYING : BLOCK,
                                   .order = AD_ORDER_AS_IS);
    ad_status status = b ? find_lengths(&r, b, chosen) : run_fail_core(AD_RUN_BAD_DATA);
    int64_t at = s->first[part];
    while (status == AD_OK && batch.count > 0) {
        status = ad_batches_next(b, &batch) == AD_OK ? AD_OK : run_fail_core(AD_RUN_BAD_DATA);
        if (status == AD_OK && batch.count > 0)
            status = take_batch(&r, part, order, at);
        at += status == AD_OK ? batch.count : 0;
    }
    ad_batches_free(b);
    free(r.length);
    free(r.plain);
    return status;
}

static ad_status look_at_part(looker *l, int part)
{
    int64_t looked = l->look->part[part].looked;
    if (looked < 1)
        return AD_OK;
    int64_t *order = choose(l->look->part[part].count, looked, l->seed, part);
    ad_source *chosen = order ? ad_source_part(l->source[part], order, looked) : NULL;
    ad_status status = !order   ? message_no_memory()
                       : chosen ? read_part(l, part, order, chosen)
                                : run_fail_core(AD_RUN_BAD_DATA);
    ad_source_free(chosen);
    free(order);
    return status;
}

/* ---------------------------------------------------------------- all */

static void count_parts(looker *l)
{
    data_sample *s = &l->sample;
    int64_t most = l->o->examples > 0 ? l->o->examples : EXAMPLES_MOST;
    int64_t by_cells = CELLS_MOST / (s->columns + 1);
    most = l->o->examples <= 0 && by_cells < most ? by_cells : most;
    for (int part = 0; part < AD_LOOK_PARTS; part++) {
        ad_look_part *p = &l->look->part[part];
        p->count = l->source[part] ? ad_source_count(l->source[part]) : 0;
        p->looked = p->count < most ? p->count : most;
        s->first[part + 1] = s->first[part] + p->looked;
    }
    s->count = s->first[AD_LOOK_PARTS];
}

ad_status data_read(looker *l)
{
    data_sample *s = &l->sample;
    ad_status status = find_columns(l, s);
    if (status != AD_OK)
        return status;
    find_print(s);
    count_parts(l);
    status = make_room(s);
    for (int part = 0; part < AD_LOOK_PARTS && status == AD_OK; part++)
        status = look_at_part(l, part);
    return status;
}
