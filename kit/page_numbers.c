/* Numbers: what is answered against what is true, and how far it is off. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "page.h"

enum { TARGETS_DRAWN = 6, POINTS = 1500, BINS = 24 };

const char *page_target(const page *p, int64_t k)
{
    int64_t at = 0;
    for (int f = 0; f < p->data->schema->fields; f++)
        if (p->data->schema->field[f].use == AD_USE_TARGET && at++ == k)
            return p->data->schema->field[f].name;
    return p->data->target.name;
}

/* An even choice of examples, so that the drawing does not grow with them. */
static int64_t pick(const page *p, int64_t k, double *truth, double *answer)
{
    int64_t count = p->a.count < POINTS ? p->a.count : POINTS;
    for (int64_t i = 0; i < count; i++) {
        int64_t from = (i * p->a.count / count) * p->a.width + k;
        truth[i] = p->a.target[from];
        answer[i] = p->a.value[from];
    }
    return count;
}

static void draw_scatter(page *p, const char *name, const double *truth, const double *answer,
                         int64_t count)
{
    char title[120];
    double ends[2] = {INFINITY, -INFINITY};
    for (int64_t i = 0; i < count; i++) {
        ends[0] = fmin(ends[0], truth[i]);
        ends[1] = fmax(ends[1], truth[i]);
    }
    snprintf(title, sizeof title, "%.90s", name);
    ad_figure f = {.title = title,
                   .x = {.title = "true"},
                   .y = {.title = "answered"},
                   .series = {{.name = "test examples",
                               .x = truth,
                               .y = answer,
                               .count = count,
                               .mark = AD_MARK_POINTS},
                              {.name = "without error", .x = ends, .y = ends, .count = 2}}};
    page_figure(p, &f);
}

static void draw_errors(page *p, int64_t k, const char *name)
{
    char title[120];
    double edge[AD_BINS_MAX + 1], in[AD_BINS_MAX];
    double *error = malloc(((size_t)p->a.count + 1) * sizeof *error);
    for (int64_t i = 0; error && i < p->a.count; i++)
        error[i] = (double)p->a.value[i * p->a.width + k] - p->a.target[i * p->a.width + k];
    int bins = error ? ad_histogram(error, p->a.count, BINS, edge, in) : 0;
    free(error);
    snprintf(title, sizeof title, "Errors of %.90s", name);
    ad_figure f = {.kind = AD_FIGURE_HISTOGRAM,
                   .title = title,
                   .x = {.title = "answered less true"},
                   .y = {.title = "examples"},
                   .series = {{.x = edge, .y = in, .count = bins}},
                   .rule = {{"no error", 0, true}}};
    if (bins > 0)
        page_figure(p, &f);
}

void page_numbers(page *p)
{
    if (p->a.classes || p->a.count == 0 || p->data->forecast || p->data->task->of_input ||
        p->a.all->kind == AD_METRIC_LABELS)
        return;
    double *truth = malloc(POINTS * sizeof *truth), *answer = malloc(POINTS * sizeof *answer);
    page_section(p, "numbers", "Answered and true");
    text_add(&p->t, "<div class=\"grid\">\n");
    for (int64_t k = 0; truth && answer && k < p->a.width && k < TARGETS_DRAWN; k++) {
        int64_t count = pick(p, k, truth, answer);
        draw_scatter(p, page_target(p, k), truth, answer, count);
        draw_errors(p, k, page_target(p, k));
    }
    if (!truth || !answer)
        p->status = run_failed(AD_RUN_NO_FAULT, message_no_memory());
    text_add(&p->t, "</div>\n");
    free(truth);
    free(answer);
}
