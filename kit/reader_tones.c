/* The reader of nothing: pairs of tones that are drawn. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "drawn.h"
#include "message.h"
#include "sound_items.h"
#include "sound_source.h"

static const double pi = 3.14159265358979323846;

enum { KEYS = 16 };

#define AT(field) .offset = offsetof(ad_tones_options, field)

static const ad_option options[] = {
    DRAWN_ROWS(ad_tones_options, "sounds", 1e9),
    {.name = "noise",
     .type = AD_OPTION_NUMBER,
     .low = 0,
     .high = 1e6,
     AT(noise),
     .help = "deviation of the normal numbers that are added"},
    {.name = "classes",
     .type = AD_OPTION_WHOLE,
     .low = 2,
     .high = KEYS,
     AT(classes),
     .also = "keys",
     .help = "how many different pairs"},
    {.name = "sample_rate",
     .type = AD_OPTION_WHOLE,
     .low = 4000,
     .high = SOUND_RATE_MAX,
     .unit = "samples a second",
     AT(sample_rate),
     .also = "sampling_rate sr samplerate",
     .help = "of every sound"},
    {.name = "longest",
     .type = AD_OPTION_NUMBER,
     .low = 0.01,
     .high = 60,
     .unit = "seconds",
     AT(longest),
     .also = "duration",
     .help = "the longest; the shortest is half of it"},
};

static const ad_tones_options initial = AD_OPTIONS_INIT(ad_tones_options);

static char *const key_names[KEYS] = {"1", "2", "3", "A", "4", "5", "6", "B",
                                      "7", "8", "9", "C", "*", "0", "#", "D"};
static const double row_tones[] = {697, 770, 852, 941};
static const double column_tones[] = {1209, 1336, 1477, 1633};

static ad_status understand(const void *chosen, ad_schema **schema)
{
    const ad_tones_options *o = chosen;
    const sound_form form = {.rate = o->sample_rate};
    ad_schema *s = ad_schema_new("tones");
    ad_schema_field sound = {.name = (char *)"sound",
                             .type = AD_F32,
                             .shape = AD_SHAPE(AD_VARYING),
                             .meaning = AD_MEANS_SOUND,
                             .rate = (double)o->sample_rate,
                             .why = (char *)"drawn"};
    ad_schema_field label = {.name = (char *)"label",
                             .type = AD_I32,
                             .meaning = AD_MEANS_CLASS,
                             .use = AD_USE_TARGET,
                             .classes = o->classes,
                             .names = (char **)key_names,
                             .why = (char *)"which key was drawn"};
    *schema = NULL;
    if (s && ad_schema_add(s, &sound) && ad_schema_add(s, &label) &&
        (s->own = sound_form_text(&form)) && ad_schema_note(s, "tones are drawn: synthetic")) {
        *schema = s;
        return AD_OK;
    }
    ad_schema_free(s);
    return message_no_memory();
}

/* ---------------------------------------------------------------- the source */

typedef struct tones {
    ad_tones_options o;
    ad_part part;
} tones;

/* Each sound has a generator of its own; its first number is the length. */
static random_state start(const tones *t, int64_t i, int64_t *count)
{
    random_state r = random_start((uint64_t)t->o.seed, (uint64_t)i * 4 + (uint64_t)t->part);
    double most = floor(t->o.longest * (double)t->o.sample_rate);
    *count = (int64_t)(most * (1 - 0.5 * drawn_even(&r)));
    return r;
}

static ad_status tones_length(void *user, int64_t number, uint64_t epoch, int64_t *length)
{
    (void)epoch;
    start(user, number, length);
    return AD_OK;
}

static void draw(const tones *t, int64_t i, float *to)
{
    int64_t count, key = i % t->o.classes;
    random_state r = start(t, i, &count);
    double low = 2 * pi * row_tones[key / 4] / (double)t->o.sample_rate,
           p = 2 * pi * drawn_even(&r);
    double high = 2 * pi * column_tones[key % 4] / (double)t->o.sample_rate,
           q = 2 * pi * drawn_even(&r);
    for (int64_t k = 0; k < count; k++)
        to[k] = (float)(0.25 * sin(low * (double)k + p) + 0.25 * sin(high * (double)k + q) +
                        t->o.noise * drawn_normal(&r));
}

static ad_status tones_read(void *user, const int64_t *number, int64_t count, uint64_t epoch,
                            ad_array *into)
{
    const tones *t = user;
    (void)epoch, (void)count;
    draw(t, number[0], into[0].data);
    *(int32_t *)into[1].data = (int32_t)(number[0] % t->o.classes);
    return AD_OK;
}

static ad_status open_part(const void *chosen, const ad_schema *schema, ad_part part,
                           ad_source **source)
{
    const ad_tones_options *o = chosen;
    *source = NULL;
    if (part == AD_PART_VALIDATION)
        return AD_OK;
    tones *t = malloc(sizeof *t);
    if (!t)
        return message_no_memory();
    *t = (tones){*o, part};
    const ad_source_field field[] = {
        {schema->field[0].name, AD_F32, schema->field[0].shape},
        {schema->field[1].name, AD_I32, schema->field[1].shape},
    };
    *source = ad_source_new(
        &(ad_source_record){.count = part == AD_PART_TEST ? o->test_count : o->train_count,
                            .field = field,
                            .fields = 2,
                            .read = tones_read,
                            .length = tones_length,
                            .free = free,
                            .user = t,
                            .name = "tones"});
    if (*source)
        return AD_OK;
    free(t);
    return message_core();
}

const ad_reader_record reader_tones = {
    .record = {.name = "tones",
               .help = "pairs of tones of a telephone's keys that are drawn: synthetic",
               .also = "dtmf two_tones tone",
               AD_RECORD_OPTIONS(options, initial)},
    .understand = understand,
    .open = open_part,
    .items = sound_items,
    .each = sound_items_each};
