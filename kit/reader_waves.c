/* The reader of a series of nothing: sums of sines over time, with a trend and noise, each row
 * computed when it is read. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "csv.h"
#include "drawn.h"
#include "message.h"
#include "table.h"
#include "times.h"

enum { CHANNELS_MAX = 64, HOUR = 3600 };

static const ad_option options[] = {
    {.name = "count",
     .type = AD_OPTION_WHOLE,
     .low = 1,
     .high = 1e9,
     .unit = "rows",
     .offset = offsetof(ad_waves_options, count),
     .also = "rows length samples n_samples train_count",
     .help = "how many hours are drawn"},
    {.name = "seed",
     .type = AD_OPTION_WHOLE,
     .low = 0,
     .high = 9007199254740992,
     .offset = offsetof(ad_waves_options, seed),
     .help = "other phases and noise for each seed"},
    {.name = "noise",
     .type = AD_OPTION_NUMBER,
     .low = 0,
     .high = 1e6,
     .offset = offsetof(ad_waves_options, noise),
     .also = "deviation std",
     .help = "deviation of the normal numbers that are added"},
    {.name = "channels",
     .type = AD_OPTION_WHOLE,
     .low = 1,
     .high = CHANNELS_MAX,
     .offset = offsetof(ad_waves_options, channels),
     .also = "features columns dimensions",
     .help = "series side by side: x1, x2..."},
    {.name = "waves",
     .type = AD_OPTION_WHOLE,
     .low = 1,
     .high = 1000,
     .offset = offsetof(ad_waves_options, waves),
     .help = "how many are added: wave k goes up and down k times a period, 1 / k high"},
    {.name = "period",
     .type = AD_OPTION_NUMBER,
     .low = 0,
     .above_low = true,
     .high = 1e9,
     .unit = "rows",
     .offset = offsetof(ad_waves_options, period),
     .also = "season",
     .help = "after which the waves come again"},
    {.name = "trend",
     .type = AD_OPTION_NUMBER,
     .low = -1e6,
     .high = 1e6,
     .offset = offsetof(ad_waves_options, trend),
     .also = "slope",
     .help = "what each row is above the one before"},
};

static const ad_waves_options initial = AD_OPTIONS_INIT(ad_waves_options);

/* ---------------------------------------------------------------- what the data is */

static bool add_fields(const ad_waves_options *o, ad_schema *s)
{
    ad_schema_field time = {.name = (char *)"time",
                            .type = AD_F64,
                            .meaning = AD_MEANS_TIME,
                            .use = AD_USE_ID,
                            .rate = 1,
                            .why = (char *)"hours"};
    bool good = ad_schema_add(s, &time);
    for (int64_t c = 0; c < o->channels && good; c++) {
        char name[24];
        snprintf(name, sizeof name, "x%lld", (long long)(c + 1));
        ad_schema_field f = {.name = name, .type = AD_F64, .why = (char *)"drawn"};
        good = ad_schema_add(s, &f);
    }
    return good;
}

/* Rows to forecast from are those of a CSV file with these columns. */
static bool add_layout(ad_schema *s)
{
    csv_dialect comma = {
        .delimiter = ',', .quote = '"', .newline = '\n', .point = '.', .header = true};
    layout_column column[CHANNELS_MAX + 1] = {{.name = NULL}};
    table_layout layout = {.column = column,
                           .columns = s->fields,
                           .named = true,
                           .point = '.',
                           .dialect = csv_dialect_text(&comma)};
    for (int i = 0; i < s->fields; i++)
        column[i] = (layout_column){.name = s->field[i].name,
                                    .type = i ? COLUMN_NUMBER : COLUMN_TIME,
                                    .form = i ? 0 : DATE_ISO,
                                    .field = {i, -1, -1, -1, -1}};
    s->own = layout.dialect ? table_layout_text(&layout) : NULL;
    free(layout.dialect);
    return s->own != NULL;
}

static ad_status understand(const void *chosen, ad_schema **schema)
{
    const ad_waves_options *o = chosen;
    ad_schema *s = ad_schema_new("waves");
    *schema = NULL;
    if (s && add_fields(o, s) && add_layout(s) && ad_schema_note(s, "waves are drawn: synthetic")) {
        s->running = true;
        *schema = s;
        return AD_OK;
    }
    ad_schema_free(s);
    return message_no_memory();
}

/* ---------------------------------------------------------------- the source */

static double first_hour(void)
{
    return (double)times_days(2024, 1, 1) * 86400;
}

/* A channel's waves have phases by the seed alone. */
static double wave_at(const ad_waves_options *o, int64_t channel, double row)
{
    random_state r = random_start((uint64_t)o->seed, UINT64_MAX - (uint64_t)channel);
    const double pi = 3.14159265358979323846;
    double sum = o->trend * row;
    for (int64_t k = 1; k <= o->waves; k++) {
        double turns = (double)k * row / o->period + drawn_even(&r);
        sum += sin(2 * pi * turns) / (double)k;
    }
    return sum;
}

static ad_status read_rows(void *user, const int64_t *number, int64_t count, uint64_t epoch,
                           ad_array *into)
{
    const ad_waves_options *o = user;
    (void)epoch;
    for (int64_t i = 0; i < count; i++) {
        random_state r = random_start((uint64_t)o->seed, (uint64_t)number[i]);
        ((double *)into[0].data)[i] = first_hour() + (double)number[i] * HOUR;
        for (int64_t c = 0; c < o->channels; c++)
            ((double *)into[c + 1].data)[i] =
                wave_at(o, c, (double)number[i]) + o->noise * drawn_normal(&r);
    }
    return AD_OK;
}

static ad_status open_part(const void *chosen, const ad_schema *schema, ad_part part,
                           ad_source **source)
{
    ad_source_field field[CHANNELS_MAX + 1];
    *source = NULL;
    if (part != AD_PART_TRAIN)
        return AD_OK;
    ad_waves_options *o = malloc(sizeof *o);
    if (!o)
        return message_no_memory();
    *o = *(const ad_waves_options *)chosen;
    for (int i = 0; i < schema->fields && i <= CHANNELS_MAX; i++)
        field[i] = (ad_source_field){schema->field[i].name, AD_F64, AD_SCALAR};
    ad_source_record record = {.count = o->count,
                               .field = field,
                               .fields = schema->fields,
                               .read = read_rows,
                               .free = free,
                               .user = o,
                               .name = "waves"};
    *source = ad_source_new(&record);
    if (*source)
        return AD_OK;
    free(o);
    return message_core();
}

static ad_status items(const ad_schema *schema, const char *const *path, int count,
                       ad_source **source)
{
    return ad_reader_find("csv")->items(schema, path, count, source);
}

const ad_reader_record reader_waves = {
    .record = {.name = "waves",
               .help = "a series of sums of sines over time, with trend and noise: synthetic",
               .also = "series sine_mixture seasonal",
               AD_RECORD_OPTIONS(options, initial)},
    .understand = understand,
    .open = open_part,
    .items = items};
