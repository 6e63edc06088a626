/* Readers of nothing: points that are drawn, of which every example is computed when it is read. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "csv.h"
#include "drawn.h"
#include "message.h"
#include "row.h"

enum { DIMENSIONS_MAX = 64 };

extern const ad_reader_record reader_moons, reader_circles, reader_spirals, reader_blobs,
    reader_sines;

/* A kind of drawn points. */
typedef struct shape {
    const ad_reader_record *reader;
    int64_t (*labels)(const void *options);     /* NULL: none, and the last number is the target */
    int64_t (*dimensions)(const void *options); /* NULL: 2 */
    /* The point of that label, with its noise. */
    void (*draw)(const void *options, random_state *r, int64_t label, double *point);
} shape;

/* ---------------------------------------------------------------- options that all have */

static const void *option_at(const shape *s, const void *options, const char *name)
{
    return (const char *)options + record_option(&s->reader->record, name)->offset;
}

static int64_t whole_of(const shape *s, const void *options, const char *name)
{
    int64_t value;
    memcpy(&value, option_at(s, options, name), sizeof value);
    return value;
}

#define DRAWN_OPTIONS(type_)                                                   \
    DRAWN_ROWS(type_, "points", 1e9),                                          \
    {                                                                          \
        .name = "noise", .type = AD_OPTION_NUMBER, .low = 0, .high = 1e6,      \
        .offset = offsetof(type_, noise), .also = "deviation std cluster_std", \
        .help = "deviation of the normal numbers that are added"               \
    }

/* ---------------------------------------------------------------- what the data is */

static int64_t labels_of(const shape *s, const void *options)
{
    return s->labels ? s->labels(options) : 0;
}

static int64_t width_of(const shape *s, const void *options)
{
    return s->dimensions ? s->dimensions(options) : 2;
}

static bool add_numbers(const shape *s, const void *options, ad_schema *schema)
{
    int64_t width = width_of(s, options);
    for (int64_t i = 0; i < width; i++) {
        char name[24];
        bool target = !s->labels && i == width - 1;
        snprintf(name, sizeof name, width == 2 ? i ? "y" : "x" : "x%lld", (long long)(i + 1));
        ad_schema_field f = {.name = name,
                             .type = AD_F64,
                             .meaning = AD_MEANS_NUMBER,
                             .use = target ? AD_USE_TARGET : AD_USE_INPUT,
                             .why = (char *)"drawn"};
        if (!ad_schema_add(schema, &f))
            return false;
    }
    return true;
}

/* Classes are named by their numbers. */
static bool add_label(const shape *s, const void *options, ad_schema *schema)
{
    enum { LABELS_MAX = 1000 };
    char *name[LABELS_MAX], words[LABELS_MAX][4];
    ad_schema_field f = {.name = (char *)"label",
                         .type = AD_I32,
                         .meaning = AD_MEANS_CLASS,
                         .use = AD_USE_TARGET,
                         .classes = labels_of(s, options),
                         .names = name,
                         .why = (char *)"which was drawn"};
    if (!s->labels)
        return true;
    for (int i = 0; i < (int)f.classes && i < LABELS_MAX; i++) {
        name[i] = words[i];
        snprintf(words[i], sizeof words[i], "%u", (unsigned)i % LABELS_MAX);
    }
    return ad_schema_add(schema, &f);
}

/* Points to predict are rows of a CSV file with these columns. */
static bool add_layout(ad_schema *schema)
{
    csv_dialect comma = {
        .delimiter = ',', .quote = '"', .newline = '\n', .point = '.', .header = true};
    layout_column column[DIMENSIONS_MAX + 1] = {{.name = NULL}};
    table_layout layout = {.column = column,
                           .columns = schema->fields,
                           .named = true,
                           .point = '.',
                           .dialect = csv_dialect_text(&comma)};
    for (int i = 0; i < schema->fields; i++) {
        const ad_schema_field *f = &schema->field[i];
        column[i] = (layout_column){.name = f->name,
                                    .type = f->type == AD_I32 ? COLUMN_CLASS : COLUMN_NUMBER,
                                    .field = {i, -1, -1, -1, -1}};
    }
    schema->own = layout.dialect ? table_layout_text(&layout) : NULL;
    free(layout.dialect);
    return schema->own != NULL;
}

static ad_status items_points(const ad_schema *schema, const char *const *path, int count,
                              ad_source **source)
{
    return ad_reader_find("csv")->items(schema, path, count, source);
}

static ad_status understand(const shape *s, const void *options, ad_schema **schema)
{
    ad_schema *made = ad_schema_new(s->reader->record.name);
    *schema = NULL;
    if (made && add_numbers(s, options, made) && add_label(s, options, made) && add_layout(made) &&
        ad_schema_note(made, "%s are drawn: synthetic", s->reader->record.name)) {
        *schema = made;
        return AD_OK;
    }
    ad_schema_free(made);
    return message_no_memory();
}

/* ---------------------------------------------------------------- a part as a source */

typedef struct drawing {
    const shape *shape;
    void *options;
    ad_part part;
    int64_t labels, width;
    uint64_t seed;
} drawing;

/* Example i has a generator of its own. */
static int64_t draw(const drawing *d, int64_t i, double *point)
{
    random_state r = random_start(d->seed, (uint64_t)i * 4 + (uint64_t)d->part);
    int64_t label = d->labels ? i % d->labels : 0;
    d->shape->draw(d->options, &r, label, point);
    return label;
}

static ad_status read_examples(void *user, const int64_t *number, int64_t count, uint64_t epoch,
                               ad_array *into)
{
    const drawing *d = user;
    (void)epoch;
    for (int64_t i = 0; i < count; i++) {
        double point[DIMENSIONS_MAX];
        int64_t label = draw(d, number[i], point);
        for (int64_t k = 0; k < d->width; k++)
            ((double *)into[k].data)[i] = point[k];
        if (d->labels)
            ((int32_t *)into[d->width].data)[i] = (int32_t)label;
    }
    return AD_OK;
}

static void free_drawing(void *user)
{
    drawing *d = user;
    if (d)
        free(d->options);
    free(d);
}

static drawing *drawing_new(const shape *s, const void *options, ad_part part)
{
    size_t size = s->reader->record.size;
    drawing *d = calloc(1, sizeof *d);
    void *copy = malloc(size);
    if (!d || !copy) {
        free(d);
        free(copy);
        return NULL;
    }
    *d = (drawing){.shape = s,
                   .options = memcpy(copy, options, size),
                   .part = part,
                   .labels = labels_of(s, options),
                   .width = width_of(s, options),
                   .seed = (uint64_t)whole_of(s, options, "seed")};
    return d;
}

static ad_source *source_of(const shape *s, const ad_schema *schema, drawing *d, int64_t count)
{
    ad_source_field field[DIMENSIONS_MAX + 1];
    int fields = (int)d->width + (d->labels > 0);
    for (int i = 0; i < fields; i++)
        field[i] = (ad_source_field){schema->field[i].name, schema->field[i].type, AD_SCALAR};
    ad_source_record record = {.count = count,
                               .field = field,
                               .fields = fields,
                               .read = read_examples,
                               .free = free_drawing,
                               .user = d,
                               .name = s->reader->record.name};
    return ad_source_new(&record);
}

static ad_status open_part(const shape *s, const void *options, const ad_schema *schema,
                           ad_part part, ad_source **source)
{
    *source = NULL;
    if (part == AD_PART_VALIDATION)
        return AD_OK;
    drawing *d = drawing_new(s, options, part);
    if (!d)
        return message_no_memory();
    const char *name = part == AD_PART_TEST ? "test_count" : "train_count";
    *source = source_of(s, schema, d, whole_of(s, options, name));
    if (*source)
        return AD_OK;
    free_drawing(d);
    return message_core();
}

/* ---------------------------------------------------------------- the kinds */

static void add_noise(random_state *r, double noise, double *point, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        point[i] += noise * drawn_normal(r);
}

static int64_t two(const void *options)
{
    return (void)options, 2;
}

static void draw_moons(const void *options, random_state *r, int64_t label, double *point)
{
    const ad_moons_options *o = options;
    drawn_moon(drawn_even(r), label, point);
    add_noise(r, o->noise, point, 2);
}

static void draw_circles(const void *options, random_state *r, int64_t label, double *point)
{
    const ad_circles_options *o = options;
    drawn_circle(drawn_even(r), label, o->factor, point);
    add_noise(r, o->noise, point, 2);
}

static int64_t spirals_labels(const void *options)
{
    return ((const ad_spirals_options *)options)->classes;
}

static void draw_spirals(const void *options, random_state *r, int64_t label, double *point)
{
    const ad_spirals_options *o = options;
    drawn_spiral(drawn_even(r), label, o->classes, o->turns, point);
    add_noise(r, o->noise, point, 2);
}

static int64_t blobs_labels(const void *options)
{
    return ((const ad_blobs_options *)options)->classes;
}

static int64_t blobs_dimensions(const void *options)
{
    return ((const ad_blobs_options *)options)->dimensions;
}

/* The centre has a generator of its own. */
static void blob_centre(const ad_blobs_options *o, int64_t label, double *point)
{
    random_state r = random_start((uint64_t)o->seed, UINT64_MAX - (uint64_t)label);
    double ring[2];
    drawn_circle((double)label / (double)o->classes, 0, 1, ring);
    for (int64_t i = 0; i < o->dimensions; i++) {
        double along = o->layout == AD_BLOBS_RANDOM ? 2 * drawn_even(&r) - 1 : i < 2 ? ring[i] : 0;
        point[i] = o->size * along;
    }
}

static void draw_blobs(const void *options, random_state *r, int64_t label, double *point)
{
    const ad_blobs_options *o = options;
    blob_centre(o, label, point);
    add_noise(r, o->noise, point, o->dimensions);
}

static void draw_sines(const void *options, random_state *r, int64_t label, double *point)
{
    const ad_sines_options *o = options;
    (void)label;
    point[0] = drawn_even(r);
    point[1] = drawn_sines(point[0], o->waves, (uint64_t)o->seed);
    add_noise(r, o->noise, point + 1, 1);
}

/* ---------------------------------------------------------------- records */

static const ad_option moons_options[] = {DRAWN_OPTIONS(ad_moons_options)};
static const ad_option circles_options[] = {
    DRAWN_OPTIONS(ad_circles_options),
    {.name = "factor",
     .type = AD_OPTION_NUMBER,
     .low = 0,
     .high = 1,
     .below_high = true,
     .offset = offsetof(ad_circles_options, factor),
     .help = "radius of the inner circle; that of the outer is 1"},
};
static const ad_option spirals_options[] = {
    DRAWN_OPTIONS(ad_spirals_options),
    {.name = "classes",
     .type = AD_OPTION_WHOLE,
     .low = 2,
     .high = 1000,
     .offset = offsetof(ad_spirals_options, classes),
     .also = "arms centers",
     .help = "how many arms"},
    {.name = "turns",
     .type = AD_OPTION_NUMBER,
     .low = 0,
     .high = 100,
     .offset = offsetof(ad_spirals_options, turns),
     .help = "how often an arm goes round"},
};
static const ad_option blobs_options[] = {
    DRAWN_OPTIONS(ad_blobs_options),
    {.name = "classes",
     .type = AD_OPTION_WHOLE,
     .low = 2,
     .high = 1000,
     .offset = offsetof(ad_blobs_options, classes),
     .also = "centers centres",
     .help = "how many blobs"},
    {.name = "dimensions",
     .type = AD_OPTION_WHOLE,
     .low = 1,
     .high = DIMENSIONS_MAX,
     .offset = offsetof(ad_blobs_options, dimensions),
     .also = "features n_features",
     .help = "numbers of a point: x and y, or x1, x2..."},
    {.name = "layout",
     .type = AD_OPTION_WORD,
     .words = "random ring",
     .offset = offsetof(ad_blobs_options, layout),
     .help = "centres anywhere within size of 0, or on a circle of that radius"},
    {.name = "size",
     .type = AD_OPTION_NUMBER,
     .low = 0,
     .high = 1e6,
     .offset = offsetof(ad_blobs_options, size),
     .also = "radius center_box",
     .help = "how far from 0 the centres are"},
};
static const ad_option sines_options[] = {
    DRAWN_OPTIONS(ad_sines_options),
    {.name = "waves",
     .type = AD_OPTION_WHOLE,
     .low = 1,
     .high = 1000,
     .offset = offsetof(ad_sines_options, waves),
     .help = "how many are added: wave k goes up and down k times, 1 / k high"},
};

/* ... are the members of its shape. */
#define DRAWN(name_, help_, also_, ...)                                                        \
    static const ad_##name_##_options name_##_initial = AD_OPTIONS_INIT(ad_##name_##_options); \
    static const shape name_##_shape = {.reader = &reader_##name_, __VA_ARGS__};               \
    static ad_status understand_##name_(const void *options, ad_schema **schema)               \
    {                                                                                          \
        return understand(&name_##_shape, options, schema);                                    \
    }                                                                                          \
    static ad_status open_##name_(const void *options, const ad_schema *schema, ad_part part,  \
                                  ad_source **source)                                          \
    {                                                                                          \
        return open_part(&name_##_shape, options, schema, part, source);                       \
    }                                                                                          \
    const ad_reader_record reader_##name_ = {                                                  \
        .record = {.name = #name_,                                                             \
                   .help = help_,                                                              \
                   .also = also_,                                                              \
                   AD_RECORD_OPTIONS(name_##_options, name_##_initial)},                       \
        .understand = understand_##name_,                                                      \
        .open = open_##name_,                                                                  \
        .items = items_points};

DRAWN(moons, "two half moons of points, one in the other, that are drawn: synthetic", "make_moons",
      .labels = two, .draw = draw_moons)
DRAWN(circles, "two circles of points, one in the other, that are drawn: synthetic",
      "make_circles rings", .labels = two, .draw = draw_circles)
DRAWN(spirals, "arms of a spiral of points that are drawn: synthetic", "spiral arms",
      .labels = spirals_labels, .draw = draw_spirals)
DRAWN(blobs, "round clouds of points that are drawn: synthetic", "make_blobs gaussians clusters",
      .labels = blobs_labels, .dimensions = blobs_dimensions, .draw = draw_blobs)
DRAWN(sines, "y of x, a sum of sines and noise, that is drawn: synthetic", "sine",
      .draw = draw_sines)
