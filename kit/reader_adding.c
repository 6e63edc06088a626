/* The reader of nothing: the adding problem. */
#include <stdlib.h>
#include <string.h>

#include "drawn.h"
#include "message.h"

static const ad_option options[] = {
    DRAWN_ROWS(ad_adding_options, "examples", 1e9),
    {.name = "length",
     .type = AD_OPTION_WHOLE,
     .low = 2,
     .high = 1e6,
     .unit = "steps",
     .offset = offsetof(ad_adding_options, length),
     .also = "sequence_length",
     .help = "of every example"},
};

static const ad_adding_options initial = AD_OPTIONS_INIT(ad_adding_options);

static ad_status understand(const void *chosen, ad_schema **schema)
{
    const ad_adding_options *o = chosen;
    ad_schema *s = ad_schema_new("adding");
    ad_schema_field input = {.name = (char *)"input",
                             .type = AD_F32,
                             .shape = AD_SHAPE(o->length, 2),
                             .meaning = AD_MEANS_NUMBER,
                             .why = (char *)"a number and a marker at each step"};
    ad_schema_field target = {.name = (char *)"target",
                              .type = AD_F64,
                              .meaning = AD_MEANS_NUMBER,
                              .use = AD_USE_TARGET,
                              .why = (char *)"the sum of the two numbers that are marked"};
    *schema = NULL;
    if (s && ad_schema_add(s, &input) && ad_schema_add(s, &target) &&
        ad_schema_note(s, "numbers are drawn: synthetic")) {
        *schema = s;
        return AD_OK;
    }
    ad_schema_free(s);
    return message_no_memory();
}

/* ---------------------------------------------------------------- the source */

typedef struct adding {
    ad_adding_options o;
    ad_part part;
} adding;

/* Example i into to (length, 2); the sum.  Each has a generator of its own. */
static double draw(const adding *a, int64_t i, float *to)
{
    random_state r = random_start((uint64_t)a->o.seed, (uint64_t)i * 4 + (uint64_t)a->part);
    int64_t half = a->o.length / 2;
    int64_t first = (int64_t)random_below(&r, (size_t)half),
            second = half + (int64_t)random_below(&r, (size_t)(a->o.length - half));
    double sum = 0;
    for (int64_t k = 0; k < a->o.length; k++) {
        bool marked = k == first || k == second;
        to[2 * k] = (float)drawn_even(&r);
        to[2 * k + 1] = marked;
        sum += marked ? (double)to[2 * k] : 0;
    }
    return sum;
}

static ad_status adding_read(void *user, const int64_t *number, int64_t count, uint64_t epoch,
                             ad_array *into)
{
    const adding *a = user;
    (void)epoch;
    for (int64_t i = 0; i < count; i++)
        ((double *)into[1].data)[i] =
            draw(a, number[i], (float *)into[0].data + i * 2 * a->o.length);
    return AD_OK;
}

static ad_status open_part(const void *chosen, const ad_schema *schema, ad_part part,
                           ad_source **source)
{
    const ad_adding_options *o = chosen;
    *source = NULL;
    if (part == AD_PART_VALIDATION)
        return AD_OK;
    adding *a = malloc(sizeof *a);
    if (!a)
        return message_no_memory();
    *a = (adding){*o, part};
    const ad_source_field field[] = {{schema->field[0].name, AD_F32, schema->field[0].shape},
                                     {schema->field[1].name, AD_F64, AD_SCALAR}};
    *source = ad_source_new(
        &(ad_source_record){.count = part == AD_PART_TEST ? o->test_count : o->train_count,
                            .field = field,
                            .fields = 2,
                            .read = adding_read,
                            .free = free,
                            .user = a,
                            .name = "adding"});
    if (*source)
        return AD_OK;
    free(a);
    return message_core();
}

extern const ad_reader_record reader_arrays;

/* Examples to predict are arrays of files: npy, npz... */
static ad_status items(const ad_schema *schema, const char *const *path, int count,
                       ad_source **source)
{
    return reader_arrays.items(schema, path, count, source);
}

const ad_reader_record reader_adding = {
    .record = {.name = "adding",
               .help = "numbers over time, two of them marked, and their sum: synthetic",
               .also = "add addition adding_problem",
               AD_RECORD_OPTIONS(options, initial)},
    .understand = understand,
    .open = open_part,
    .items = items};
