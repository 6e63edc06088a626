/* Tables whose rows come one after another. */
#include <stdlib.h>

#include "message.h"
#include "table.h"

typedef struct study {
    table_facts *facts;
    table_course *course;
    table_habits habits;
    text_buffer room;
} study;

static bool study_row(study *y, const table_feed *feed, const table_cell *row)
{
    bool memory = true;
    for (int i = 0; i < feed->columns; i++)
        if (table_facts_add(&y->facts[i], &y->course[i], &row[i], &y->habits, &y->room, &memory))
            feed->place(feed->user, i, &y->course[i].line, &y->course[i].column);
    return memory;
}

static ad_status study_rows(study *y, const table_feed *feed)
{
    const table_cell *row;
    int got;
    while ((got = feed->next(feed->user, &row)) > 0)
        if (!study_row(y, feed, row))
            return message_no_memory();
    return got < 0 ? AD_ERROR_FORMAT : AD_OK;
}

ad_status table_feed_study(const table_feed *feed, const table_wish *wish, table_layout *layout,
                           ad_schema *schema)
{
    study y = {.facts = calloc((size_t)feed->columns + 1, sizeof *y.facts),
               .course = calloc((size_t)feed->columns + 1, sizeof *y.course)};
    y.habits.point = layout->point;
    y.habits.bound = table_bound(feed->columns);
    missing_words_set(&y.habits.missing, &layout->missing);
    ad_status status = y.facts && y.course ? AD_OK : message_no_memory();
    if (status == AD_OK) {
        table_facts_begin(y.facts, y.course, feed->columns);
        status = study_rows(&y, feed);
    }
    if (status == AD_OK)
        status = table_infer(wish, y.facts, y.course, layout, schema);
    table_facts_free(y.facts, y.course, feed->columns);
    text_done(&y.room);
    return status;
}

static ad_status fail_cell(const table_feed *feed, cell_fault *fault)
{
    int64_t line = 0, column = 0;
    if (!fault->words)
        return message_no_memory();
    feed->place(feed->user, fault->cell < 0 ? 0 : fault->cell, &line, &column);
    ad_status status = message_fail(AD_ERROR_FORMAT, "%s:%lld:%lld: %s", feed->name,
                                    (long long)line, (long long)column, fault->words);
    free(fault->words);
    return status;
}

ad_status table_feed_load(const table_feed *feed, const table_plan *plan, ad_source **source)
{
    table_rows rows;
    const table_cell *row;
    cell_fault fault = {0};
    ad_status status = table_rows_begin(&rows, plan) ? AD_OK : message_no_memory();
    int got = 1;
    while (status == AD_OK && (got = feed->next(feed->user, &row)) > 0)
        if (!table_rows_add(&rows, plan, row, &fault))
            status = fail_cell(feed, &fault);
    if (status == AD_OK && got == 0)
        return table_rows_source(&rows, plan, feed->name, source);
    table_rows_done(&rows);
    return status == AD_OK ? AD_ERROR_FORMAT : status;
}
