/* The runs of a folder, and of the folders in it. */
#define _DEFAULT_SOURCE

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <adze/report.h>

#include "message.h"
#include "run.h"
#include "stream.h"
#include "text.h"

enum { DEEPEST = 3 };

static ad_run_listed *add(ad_run_list *list, const char *folder)
{
    ad_run_listed *grown = realloc(list->run, ((size_t)list->count + 1) * sizeof *grown);
    if (!grown)
        return NULL;
    list->run = grown;
    ad_run_listed *r = &list->run[list->count];
    *r = (ad_run_listed){.folder = text_copy(folder), .loss = NAN};
    if (!r->folder)
        return NULL;
    list->count++;
    return r;
}

/* What its history says, of one that has no result. */
static void look_at_history(ad_run_listed *r)
{
    history h;
    if (history_read(&h, r->folder) == AD_OK && h.rows > 0) {
        const history_row *last = &h.row[h.rows - 1];
        double seconds = history_value(&h, h.rows - 1, "seconds");
        if (r->summary.epoch == 0) {
            r->summary.epoch = (int64_t)last->value[HISTORY_EPOCH];
            r->summary.step = (int64_t)last->value[HISTORY_STEP];
            r->summary.seconds = isfinite(seconds) ? seconds : 0;
        }
        r->loss = history_value(&h, h.rows - 1, "validation_loss");
        r->loss = isnan(r->loss) ? last->value[HISTORY_LOSS] : r->loss;
    }
    history_done(&h);
}

/* A damaged result is one that is not there. */
static ad_status look_at(ad_run_list *list, const char *folder)
{
    ad_run_listed *r = add(list, folder);
    if (!r)
        return run_failed(AD_RUN_NO_FAULT, message_no_memory());
    if (ad_run_summary_read(folder, &r->summary) != AD_OK)
        r->summary = (ad_run_summary){.values = 0};
    look_at_history(r);
    return AD_OK;
}

static bool is_run(const char *folder)
{
    return run_has(folder, "config.yaml") &&
           (run_has(folder, "data.txt") || run_has(folder, "history.csv"));
}

static ad_status look_in(ad_run_list *list, const char *folder, int depth)
{
    ad_status status = is_run(folder) ? look_at(list, folder) : AD_OK;
    DIR *d = depth < DEEPEST ? opendir(folder) : NULL;
    for (struct dirent *e = d ? readdir(d) : NULL; e && status == AD_OK; e = readdir(d)) {
        if (e->d_name[0] == '.' || strcmp(e->d_name, "old") == 0)
            continue;
        char *inner = strcmp(folder, ".") == 0 ? text_copy(e->d_name) : run_path(folder, e->d_name);
        if (!inner)
            status = run_failed(AD_RUN_NO_FAULT, message_no_memory());
        else if (e->d_type != DT_REG && is_folder(inner))
            status = look_in(list, inner, depth + 1);
        free(inner);
    }
    if (d)
        closedir(d);
    return status;
}

const ad_summary_value *ad_run_main_value(const ad_run_summary *s)
{
    const ad_summary_value *loss = NULL, *texts = ad_run_summary_find(s, "test", "exact_match");
    if (texts) /* what was written, before what was said of single tokens */
        return texts;
    for (int i = 0; i < s->values; i++) {
        const ad_summary_value *v = &s->value[i];
        if (strcmp(v->of, "test") == 0 && strcmp(v->name, "loss") != 0)
            return v;
        if (strcmp(v->of, "test") == 0)
            loss = v;
    }
    return loss;
}

/* ---------------------------------------------------------------- order */

/* What comes first has the larger number; NaN comes last. */
static double rank_of(const ad_run_listed *r, const char *by)
{
    const ad_summary_value *v = ad_run_summary_find(&r->summary, "test", by);
    if (v)
        return v->less_is_better ? -v->value : v->value;
    if (strcmp(by, "epochs") == 0)
        return (double)r->summary.epoch;
    if (strcmp(by, "seconds") == 0)
        return r->summary.seconds;
    return NAN;
}

static int compare(const ad_run_listed *a, const ad_run_listed *b, const char *by)
{
    if (strcmp(by, "ended") == 0) {
        const char *x = a->summary.ended ? a->summary.ended : "",
                   *y = b->summary.ended ? b->summary.ended : "";
        int order = strcmp(y, x);
        return order ? order : strcmp(a->folder, b->folder);
    }
    double x = rank_of(a, by), y = rank_of(b, by);
    if (isnan(x) != isnan(y))
        return isnan(x) ? 1 : -1;
    return x > y ? -1 : x < y ? 1 : strcmp(a->folder, b->folder);
}

static void sort(ad_run_list *list, const char *by)
{
    for (int i = 1; i < list->count; i++) {
        ad_run_listed moved = list->run[i];
        int at = i;
        for (; at > 0 && compare(&moved, &list->run[at - 1], by) < 0; at--)
            list->run[at] = list->run[at - 1];
        list->run[at] = moved;
    }
}

/* Something that one of the runs has. */
static ad_status check_name(const ad_run_list *list, const char *by)
{
    static const char *const columns[] = {"ended", "epochs", "seconds", "run"};
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        if (strcmp(by, columns[i]) == 0)
            return AD_OK;
    for (int i = 0; i < list->count; i++)
        if (ad_run_summary_find(&list->run[i].summary, "test", by))
            return AD_OK;
    return run_fail(AD_RUN_BAD_CONFIG, AD_ERROR_ARGUMENT,
                    "no run has a measure '%s' to be sorted by\n  sort by a measure of theirs such "
                    "as accuracy or loss, or by ended, epochs, seconds or run\n",
                    by);
}

ad_status ad_runs_list(const char *folder, const char *by, ad_run_list *list)
{
    *list = (ad_run_list){.count = 0};
    by = by ? by : "ended";
    if (!is_folder(folder))
        return run_fail(AD_RUN_MISSING, AD_ERROR_FILE, "%s is no folder\n", folder);
    ad_status status = look_in(list, folder, 0);
    if (status == AD_OK && list->count > 0)
        status = check_name(list, by);
    if (status == AD_OK)
        sort(list, by);
    return status;
}

void ad_run_list_done(ad_run_list *list)
{
    for (int i = 0; i < list->count; i++) {
        free(list->run[i].folder);
        ad_run_summary_done(&list->run[i].summary);
    }
    free(list->run);
    *list = (ad_run_list){.count = 0};
}
