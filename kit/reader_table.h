/* What the readers of tables share: options, and files to predict. */
#ifndef ADZE_KIT_READER_TABLE_H
#define ADZE_KIT_READER_TABLE_H

#include "file_options.h"
#include "table.h"
#include "times.h"

/* Rows of the options target, skip, id, types, missing, time, series, unknown, and of those of
 * columns of pictures and sounds, of an options struct. */
#define TABLE_OPTIONS(type_)                                                                       \
    {.name = "target",                                                                             \
     .type = AD_OPTION_NAMES,                                                                      \
     .offset = offsetof(type_, target),                                                            \
     .unset = "none",                                                                              \
     .also =                                                                                       \
         "targets label labels y column_to_predict label_column target_column target_col output",  \
     .help = "the column to predict, by its name, or several"},                                    \
        {.name = "skip",                                                                           \
         .type = AD_OPTION_NAMES,                                                                  \
         .offset = offsetof(type_, skip),                                                          \
         .unset = "none",                                                                          \
         .also = "drop ignore exclude",                                                            \
         .help = "columns that are left out"},                                                     \
        {.name = "id",                                                                             \
         .type = AD_OPTION_NAMES,                                                                  \
         .offset = offsetof(type_, id),                                                            \
         .unset = "none",                                                                          \
         .also = "ids index index_col key",                                                        \
         .help = "columns that name rows: kept beside what is predicted, not learned from"},       \
        {.name = "types",                                                                          \
         .type = AD_OPTION_NAMES,                                                                  \
         .words = "=",                                                                             \
         .offset = offsetof(type_, types),                                                         \
         .unset = "found",                                                                         \
         .also = "dtype dtypes column_types",                                                      \
         .help = "COLUMN=TYPE: number, whole, class, text, date, dmy, mdy, picture, sound, id or " \
                 "none"},                                                                          \
        {.name = "missing",                                                                        \
         .type = AD_OPTION_NAMES,                                                                  \
         .offset = offsetof(type_, missing),                                                       \
         .unset = "none",                                                                          \
         .also = "na_values na null",                                                              \
         .help = "more words for a missing value, beside NA, NaN, null and the empty cell"},       \
        {.name = "time",                                                                           \
         .type = AD_OPTION_TEXT,                                                                   \
         .offset = offsetof(type_, time),                                                          \
         .unset = "none",                                                                          \
         .also = "time_column timestamp date_column ds datetime",                                  \
         .help = "column of times, in order: the rows are a series, and parts are cut in order"},  \
        {.name = "series",                                                                         \
         .type = AD_OPTION_TRUTH,                                                                  \
         .offset = offsetof(type_, series),                                                        \
         .also = "timeseries time_series",                                                         \
         .help = "the rows are a series, one step after another, without a column of times"},      \
        {.name = "slips",                                                                          \
         .type = AD_OPTION_WORD,                                                                   \
         .words = "refuse missing",                                                                \
         .offset = offsetof(type_, slips),                                                         \
         .also = "coerce errors",                                                                  \
         .help = "a text or two in a column of numbers: an error, or missing values"},             \
        {.name = "unknown",                                                                        \
         .type = AD_OPTION_WORD,                                                                   \
         .words = "refuse missing",                                                                \
         .offset = offsetof(type_, unknown),                                                       \
         .help = "a class that was not learned: an error, or a missing value"},                    \
        PICTURE_OPTIONS(type_), SOUND_OPTIONS(type_), KEEP_OPTION(type_),                          \
    {                                                                                              \
        .name = "memory", .type = AD_OPTION_WHOLE, .offset = offsetof(type_, memory), .low = 1,    \
        .high = 1 << 30, .unit = "MiB", .help = "for decoded pictures"                             \
    }

#define TABLE_WISH(o, names)                                                          \
    {                                                                                 \
        .target = (o)->target, .skip = (o)->skip, .id = (o)->id, .types = (o)->types, \
        .slips_missing = (o)->slips == 1, .column_names = names, .time = (o)->time,   \
        .series = (o)->series, .files = TABLE_FILES(o)                                \
    }
#define TABLE_FILES(o)                                                                          \
    {                                                                                           \
        .height = (o)->height, .width = (o)->width, .fit = (o)->fit, .resample = (o)->resample, \
        .channels = (o)->channels, .sample_rate = (o)->sample_rate,                             \
        .keep = (o)->keep ? (size_t)(o)->memory << 20 : 0                                       \
    }

bool path_ends(const char *path, const char *end);
/* Standard input and pipes cannot be read to learn what they hold, and then again. */
ad_status table_twice_readable(const char *path);
/* Columns of those names, which fill nothing yet.  False without memory. */
bool table_layout_columns(table_layout *l, const ad_names *names);

/* Of a series with times: whether its rows are in order, told of in notes; see times_look.  Reads
 * the column of times alone, of the training part and of the test part.  Frees and clears *schema
 * where they are not. */
ad_status table_look_at_times(const void *options, const char *name,
                              ad_status (*open)(const void *options, const ad_schema *schema,
                                                ad_part part, ad_source **source),
                              ad_schema **schema);

/* Both looks behind the first: at times, and at the files that columns name. */
ad_status table_look(const void *options, const table_files_wish *files, const char *const table[3],
                     ad_status (*open)(const void *options, const ad_schema *schema, ad_part part,
                                       ad_source **source),
                     ad_schema **schema);

typedef ad_status (*item_load)(const char *path, const ad_schema *schema, ad_source **source);
/* The examples of several files, one after the other. */
ad_status joined_items(const ad_schema *schema, const char *const *path, int count, item_load load,
                       ad_source **source);

/* The same of tables with a layout. */
typedef ad_status (*table_load)(const char *path, const ad_schema *schema,
                                const table_layout *layout, table_sink *sink, ad_source **source);
ad_status table_items(const ad_schema *schema, const char *const *path, int count, table_load load,
                      ad_source **source);
/* What a reader with such a load has as its `each`. */
ad_status table_each(const ad_schema *schema, const char *path, table_load load, ad_items_take take,
                     void *user);

#endif
