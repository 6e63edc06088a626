/* `adze runs [FOLDER]`: a line for each run that is there. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <adze/metric.h>
#include <adze/report.h>

#include "fault.h"

/* by: what the list is sorted by, which is what is shown where it is a measure; or NULL. */
static void result_of(const ad_run_listed *r, const char *by, char *words, size_t size)
{
    const ad_summary_value *v = by ? ad_run_summary_find(&r->summary, "test", by) : NULL;
    v = v ? v : ad_run_main_value(&r->summary);
    if (v && strcmp(v->name, "log_loss") == 0 &&
        ad_run_summary_find(&r->summary, "test", "perplexity") &&
        !(by && strcmp(by, "log_loss") == 0))
        v = ad_run_summary_find(&r->summary, "test", "perplexity");
    const ad_metric_record *metric = v ? ad_metric_find(v->name) : NULL;
    if (!v && isnan(r->loss))
        snprintf(words, size, "-");
    else if (!v)
        snprintf(words, size, "loss %.4g (not tested)", r->loss);
    else if (metric && metric->share && !(v->low < v->high))
        snprintf(words, size, "%s %.2f %%", v->name, 100 * v->value);
    else if (metric && metric->share)
        snprintf(words, size, "%s %.2f %% (%.2f to %.2f)", v->name, 100 * v->value, 100 * v->low,
                 100 * v->high);
    else if (v->low < v->high)
        snprintf(words, size, "%s %.4g (%.4g to %.4g)", v->name, v->value, v->low, v->high);
    else
        snprintf(words, size, "%s %.4g", v->name, v->value);
}

static void duration(double seconds, char *words, size_t size)
{
    if (seconds < 90)
        snprintf(words, size, "%.1f s", seconds);
    else if (seconds < 5400)
        snprintf(words, size, "%.0f min", seconds / 60);
    else
        snprintf(words, size, "%.1f h", seconds / 3600);
}

/* "2026-11-29 05:50", or "not ended". */
static void moment(const char *ended, char words[20])
{
    snprintf(words, 20, "%.16s", ended ? ended : "not ended");
    if (ended && strlen(words) > 10)
        words[10] = ' ';
}

static int widest(const ad_run_list *list)
{
    int width = 3;
    for (int i = 0; i < list->count; i++)
        width = (int)strlen(list->run[i].folder) > width ? (int)strlen(list->run[i].folder) : width;
    return width;
}

static void print_text(const ad_run_list *list, const char *by)
{
    int width = widest(list);
    printf("%-*s  %-40s %7s %9s  %s\n", width, "run", "result", "epochs", "time", "ended");
    for (int i = 0; i < list->count; i++) {
        char result[120], time[32], ended[20];
        const ad_run_listed *r = &list->run[i];
        result_of(r, by, result, sizeof result);
        duration(r->summary.seconds, time, sizeof time);
        moment(r->summary.ended, ended);
        printf("%-*s  %-40s %7lld %9s  %s\n", width, r->folder, result, (long long)r->summary.epoch,
               time, ended);
    }
}

static void print_value_json(const ad_summary_value *v)
{
    printf("\"%s\": {\"value\": ", v->name);
    print_json_number(v->value);
    printf(", \"low\": ");
    print_json_number(v->low);
    printf(", \"high\": ");
    print_json_number(v->high);
    printf("}");
}

static void print_json(const ad_run_list *list)
{
    for (int i = 0; i < list->count; i++) {
        const ad_run_listed *r = &list->run[i];
        bool any = false;
        printf("{\"event\": \"run\", \"path\": ");
        print_json_text(r->folder);
        printf(", \"epoch\": %lld, \"step\": %lld, \"seconds\": %.6g, \"ended\": ",
               (long long)r->summary.epoch, (long long)r->summary.step, r->summary.seconds);
        if (r->summary.ended)
            print_json_text(r->summary.ended);
        else
            printf("null");
        printf(", \"metrics\": {");
        for (int k = 0; k < r->summary.values; k++) {
            if (strcmp(r->summary.value[k].of, "test") != 0)
                continue;
            printf("%s", any ? ", " : "");
            print_value_json(&r->summary.value[k]);
            any = true;
        }
        printf("}}\n");
    }
}

int runs_command(const options *o)
{
    ad_run_list list;
    const char *folder = o->word_count > 0 ? o->words[0] : ".";
    ad_status status = ad_runs_list(folder, o->sort, &list);
    int code = status == AD_OK ? EXIT_DONE : say_run(status, o, NULL);
    if (code == EXIT_DONE && o->json)
        print_json(&list);
    else if (code == EXIT_DONE && list.count == 0)
        printf("no runs in %s\n", folder);
    else if (code == EXIT_DONE)
        print_text(&list, o->sort);
    ad_run_list_done(&list);
    return code;
}
