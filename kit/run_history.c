/* How a training went, kept as it goes: a row for each epoch, in history.csv and history.jsonl.
 *
 * Numbers are written with all their digits, so that what is read back is what was measured.  A row
 * is written before the checkpoint that follows it; going on from an earlier checkpoint cuts the
 * rows that are later than it, so none is missing and none stands there twice. */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "message.h"
#include "run.h"
#include "text.h"

static const char csv_name[] = "history.csv", json_name[] = "history.jsonl";

/* ---------------------------------------------------------------- columns and rows */

static int column_of(const history *h, const char *name)
{
    for (int i = 0; i < h->columns; i++)
        if (strcmp(h->name[i], name) == 0)
            return i;
    return -1;
}

double history_value(const history *h, int64_t row, const char *name)
{
    int column = column_of(h, name);
    return column < 0 || row < 0 || row >= h->rows ? NAN : h->row[row].value[column];
}

/* The number of the column of that name, which is added where it is not there; -1 with words. */
static int want_column(history *h, const char *name)
{
    int column = column_of(h, name);
    if (column >= 0 || h->columns == HISTORY_COLUMNS)
        return column;
    h->name[h->columns] = text_copy(name);
    if (h->name[h->columns])
        return h->columns++;
    h->status = no_memory();
    return -1;
}

static ad_status push(history *h, const history_row *row)
{
    if (h->rows == h->room) {
        int64_t room = h->room ? 2 * h->room : 64;
        history_row *rows = realloc(h->row, (size_t)room * sizeof *rows);
        if (!rows)
            return no_memory();
        h->row = rows;
        h->room = room;
    }
    h->row[h->rows++] = *row;
    return AD_OK;
}

void history_done(history *h)
{
    for (int i = 0; i < h->columns; i++)
        free(h->name[i]);
    free(h->row);
    *h = (history){0};
}

/* ---------------------------------------------------------------- writing */

static void add_header(const history *h, text_buffer *t)
{
    for (int i = 0; i < h->columns; i++)
        text_add_format(t, "%s%s", i ? "," : "", h->name[i]);
    text_add(t, "\n");
}

static void add_csv(const history *h, const history_row *row, text_buffer *t)
{
    for (int i = 0; i < h->columns; i++)
        text_add_format(t, isnan(row->value[i]) ? "%s" : "%s%.17g", i ? "," : "", row->value[i]);
    text_add(t, "\n");
}

/* JSON has no NaN and no infinity. */
static void add_json(const history *h, const history_row *row, text_buffer *t)
{
    for (int i = 0; i < h->columns; i++) {
        text_add_format(t, "%s\"%s\": ", i ? ", " : "{", h->name[i]);
        if (isfinite(row->value[i]))
            text_add_format(t, "%.17g", row->value[i]);
        else
            text_add(t, "null");
    }
    text_add(t, "}\n");
}

static ad_status append(const char *folder, const char *name, text_buffer *t)
{
    char *words = text_take(t), *path = run_path(folder, name);
    ad_status status = words && path ? AD_OK : no_memory();
    FILE *f = status == AD_OK ? fopen(path, "a") : NULL;
    if (status == AD_OK && (!f || fputs(words, f) < 0 || fflush(f) != 0 || fsync(fileno(f)) != 0))
        status = run_not_written(folder, name, errno);
    if (f && fclose(f) != 0 && status == AD_OK)
        status = run_not_written(folder, name, errno);
    free(words);
    free(path);
    return status;
}

static ad_status store_row(const history *h, const history_row *row)
{
    text_buffer csv = {0}, json = {0};
    if (!h->folder)
        return AD_OK;
    if (h->rows == 1)
        add_header(h, &csv);
    add_csv(h, row, &csv);
    add_json(h, row, &json);
    ad_status status = append(h->folder, csv_name, &csv);
    if (status == AD_OK)
        status = append(h->folder, json_name, &json);
    text_done(&json);
    return status;
}

static ad_status write_whole(const char *folder, const char *name, text_buffer *t)
{
    char *words = text_take(t);
    ad_status status = words ? run_write(folder, name, words) : no_memory();
    free(words);
    return status;
}

static ad_status drop(const char *folder, const char *name)
{
    char *path = run_path(folder, name);
    ad_status status = path ? AD_OK : AD_ERROR_MEMORY;
    if (path && unlink(path) != 0 && errno != ENOENT)
        status = run_not_written(folder, name, errno);
    free(path);
    return status;
}

static ad_status store_all(const history *h)
{
    text_buffer csv = {0}, json = {0};
    add_header(h, &csv);
    for (int64_t i = 0; i < h->rows; i++) {
        add_csv(h, &h->row[i], &csv);
        add_json(h, &h->row[i], &json);
    }
    ad_status status = write_whole(h->folder, csv_name, &csv);
    if (status == AD_OK)
        status = write_whole(h->folder, json_name, &json);
    text_done(&json);
    return status;
}

/* Both files say the same again: a kill may have come between them. */
ad_status history_cut(history *h, int64_t epoch)
{
    while (h->rows > 0 && h->row[h->rows - 1].value[HISTORY_EPOCH] > (double)epoch)
        h->rows--;
    if (!h->folder)
        return AD_OK;
    if (h->rows > 0)
        return store_all(h);
    ad_status status = drop(h->folder, csv_name);
    return status == AD_OK ? drop(h->folder, json_name) : status;
}

/* ---------------------------------------------------------------- reading */

static ad_status damaged(const char *folder, int64_t line)
{
    return run_fail(AD_RUN_DAMAGED, AD_ERROR_FORMAT,
                    "%s/%s:%lld: this is no line of a history\n"
                    "  mend it, or remove the file to go on without what it tells\n",
                    folder, csv_name, (long long)line);
}

static ad_status read_header(history *h, const char *line)
{
    static const char *const first[] = {"epoch", "step", "rate", "train_loss"};
    while (*line && *line != '\n') {
        char name[64];
        size_t size = strcspn(line, ",\n");
        snprintf(name, sizeof name, "%.*s", (int)size, line);
        int known = h->columns;
        if (want_column(h, name) != known)
            return h->status != AD_OK ? h->status : damaged(h->folder, 1);
        line += size + (line[size] == ',');
    }
    for (int i = 0; i <= HISTORY_LOSS; i++)
        if (i >= h->columns || strcmp(h->name[i], first[i]) != 0)
            return damaged(h->folder, 1);
    return AD_OK;
}

/* Epochs and steps are whole and rise. */
static bool follows(const history *h, const history_row *row)
{
    const history_row *last = h->rows > 0 ? &h->row[h->rows - 1] : NULL;
    for (int i = HISTORY_EPOCH; i <= HISTORY_STEP; i++) {
        double value = row->value[i];
        if (!(value >= 0 && value <= 0x1p53) || (last && value < last->value[i]))
            return false;
    }
    return true;
}

static bool read_row(const history *h, const char *line, history_row *row)
{
    for (int i = 0; i < h->columns; i++) {
        char *end = (char *)line;
        if (*line != ',' && *line != '\n')
            row->value[i] = strtod(line, &end);
        else
            row->value[i] = NAN;
        if (*end != (i + 1 < h->columns ? ',' : '\n'))
            return false;
        line = end + 1;
    }
    return follows(h, row);
}

/* A last line without its end was cut off by a kill. */
static ad_status read_rows(history *h, const char *text)
{
    history_row row = {{0}};
    const char *line = strchr(text, '\n');
    ad_status status = line ? read_header(h, text) : AD_OK;
    for (int64_t n = 2; line && status == AD_OK && strchr(++line, '\n'); n++) {
        status = read_row(h, line, &row) ? push(h, &row) : damaged(h->folder, n);
        line = strchr(line, '\n');
    }
    return status;
}

ad_status history_read(history *h, const char *folder)
{
    char *text;
    *h = (history){.folder = folder};
    ad_status status = run_read(folder, csv_name, &text);
    if (status == AD_OK && text)
        status = read_rows(h, text);
    free(text);
    return status;
}

/* ---------------------------------------------------------------- listening */

static void set(history *h, const char *name, double value)
{
    int column = want_column(h, name);
    if (column >= 0)
        h->next.value[column] = value;
}

static ad_status end_row(history *h, const ad_event *e)
{
    set(h, "seconds", h->before + e->seconds);
    ad_status status = h->status == AD_OK ? push(h, &h->next) : h->status;
    return status == AD_OK ? store_row(h, &h->next) : status;
}

static void begin_row(history *h, const ad_event *e)
{
    for (int i = 0; i < HISTORY_COLUMNS; i++)
        h->next.value[i] = i == HISTORY_RATE ? h->next.value[i] : NAN;
    double rate = h->next.value[HISTORY_RATE];
    set(h, "epoch", (double)e->at->epoch);
    set(h, "step", (double)e->at->step);
    set(h, "rate", rate);
    set(h, "train_loss", e->loss);
    for (int p = 0; e->players > 1 && p < e->players; p++) {
        char name[64];
        snprintf(name, sizeof name, "train_loss_%s", e->list[p].name);
        set(h, name, e->player_loss[p]);
    }
}

static void add_measured(history *h, const ad_event *e)
{
    for (int i = 0; i < e->measures; i++) {
        char name[64];
        snprintf(name, sizeof name, "validation_%s", e->measured[i].name);
        set(h, name, e->measured[i].value);
    }
}

static ad_status begin(history *h, const ad_event *e)
{
    ad_status status = history_cut(h, e->at->epoch);
    double seconds = history_value(h, h->rows - 1, "seconds");
    h->before = isfinite(seconds) ? seconds : 0;
    return status;
}

bool history_event(void *user, const ad_event *e)
{
    history *h = user;
    if (h->status != AD_OK)
        return false;
    if (e->kind == AD_EVENT_BEGIN)
        h->status = begin(h, e);
    if (e->kind == AD_EVENT_STEP || e->kind == AD_EVENT_BEGIN)
        h->next.value[HISTORY_RATE] = e->rate;
    if (e->kind == AD_EVENT_EPOCH)
        begin_row(h, e);
    if (e->kind == AD_EVENT_VALIDATION)
        add_measured(h, e);
    if (e->kind == (h->validated ? AD_EVENT_VALIDATION : AD_EVENT_EPOCH))
        h->status = end_row(h, e);
    return h->status == AD_OK;
}
