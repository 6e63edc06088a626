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

static void place_text(const table_feed *feed, int cell, table_course *course)
{
    int64_t line, column;
    feed->place(feed->user, cell, &line, &column);
    table_course_place(course, line, column);
}

static bool study_row(study *y, const table_feed *feed, const table_cell *row)
{
    bool memory = true;
    for (int i = 0; i < feed->columns; i++)
        if (table_facts_add(&y->facts[i], &y->course[i], &row[i], &y->habits, &y->room, &memory))
            place_text(feed, i, &y->course[i]);
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

/* A piece of what is to be predicted has so many rows. */
enum { PIECE = 4096 };

static ad_status fail_cell(const table_feed *feed, const table_broken *b)
{
    ad_status status = message_fail(AD_ERROR_FORMAT, "%s:%lld:%lld: %s", feed->name,
                                    (long long)b->line, (long long)b->column, b->words);
    free(b->words);
    return status;
}

/* Where paths stand. */
static bool add_spots(const table_feed *feed, const table_plan *plan, table_rows *rows)
{
    for (int i = 0; i < plan->files; i++) {
        int64_t line, column;
        feed->place(feed->user, plan->cell_of[plan->file[i]], &line, &column);
        if (!table_rows_spot(rows, line, column))
            return false;
    }
    return true;
}

/* With a sink a row that is wrong stays, with what is wrong. */
static ad_status add_row(const table_feed *feed, const table_plan *plan, const table_cell *row,
                         bool broken_stay, table_rows *rows)
{
    cell_fault fault = {0};
    if (table_rows_add(rows, plan, row, &fault))
        return add_spots(feed, plan, rows) ? AD_OK : message_no_memory();
    table_broken b = {.words = fault.words};
    if (!fault.words)
        return message_no_memory();
    feed->place(feed->user, fault.cell < 0 ? 0 : fault.cell, &b.line, &b.column);
    if (!broken_stay)
        return fail_cell(feed, &b);
    return table_rows_add_broken(rows, plan, row, b) ? AD_OK : message_no_memory();
}

/* Gives the rows away and begins anew; what take said is told by the sink. */
static ad_status give_piece(const table_feed *feed, const table_plan *plan, table_sink *sink,
                            table_rows *rows)
{
    if (!table_sink_rows(sink, rows, plan, feed->name))
        return sink->status;
    return table_rows_begin(rows, plan) ? AD_OK : message_no_memory();
}

static ad_status load_rows(const table_feed *feed, const table_plan *plan, table_sink *sink,
                           table_rows *rows)
{
    const table_cell *row;
    ad_status status = AD_OK;
    int got = 1;
    while (status == AD_OK && (got = feed->next(feed->user, &row)) > 0) {
        status = add_row(feed, plan, row, sink != NULL, rows);
        if (status == AD_OK && sink && rows->rows == PIECE)
            status = give_piece(feed, plan, sink, rows);
    }
    return status == AD_OK && got < 0 ? AD_ERROR_FORMAT : status;
}

/* The rows before a place that cannot be read are given too. */
static ad_status give_last(const table_feed *feed, const table_plan *plan, table_sink *sink,
                           table_rows *rows, ad_status status)
{
    char *words = status == AD_OK ? NULL : text_copy(ad_kit_error());
    if (sink->status == AD_OK && !table_sink_rows(sink, rows, plan, feed->name))
        status = sink->status;
    return words ? message_give(status, words) : status;
}

ad_status table_feed_load(const table_feed *feed, const table_plan *plan, table_sink *sink,
                          ad_source **source)
{
    table_rows rows;
    ad_status status = table_rows_begin(&rows, plan) ? AD_OK : message_no_memory();
    if (status == AD_OK)
        status = load_rows(feed, plan, sink, &rows);
    if (sink)
        status = give_last(feed, plan, sink, &rows, status);
    else if (status == AD_OK)
        return table_rows_source(&rows, plan, feed->name, source);
    table_rows_done(&rows);
    return status;
}
