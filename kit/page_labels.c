/* Several labels of an example: how good each is told, and which chances each gets. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "message.h"
#include "page.h"

enum { DRAWN = 6, BINS = 20 };

static void add_row(page *p, int64_t k, const ad_metric_class *row)
{
    text_add(&p->t, "<tr><th scope=\"row\">");
    markup_add(&p->t, page_target(p, k));
    text_add_format(&p->t, "</th><td class=\"n\">%.0f</td>", row->of_class);
    page_share_cell(p, &row->precision);
    page_share_cell(p, &row->recall);
    page_share_cell(p, &row->f1);
    text_add(&p->t, "</tr>\n");
}

static void add_table(page *p)
{
    ad_metric_class *row = calloc((size_t)p->a.width + 1, sizeof *row);
    if (!row || ad_metric_classes(p->a.all, row, .resamples = 0) != AD_OK) {
        free(row);
        return;
    }
    text_add(&p->t,
             "<div class=\"card scroll\" tabindex=\"0\"><table class=\"classes\"><caption>Each "
             "label, said where its chance is 50 % and more; in percent with 95 % intervals"
             "</caption>\n<thead><tr><th scope=\"col\">label</th>"
             "<th scope=\"col\" class=\"n\">have it</th>"
             "<th scope=\"col\" class=\"n\">precision</th>"
             "<th scope=\"col\" class=\"n\">recall</th>"
             "<th scope=\"col\" class=\"n\">F1</th></tr></thead>\n<tbody>\n");
    for (int64_t k = 0; k < p->a.width; k++)
        add_row(p, k, &row[k]);
    text_add(&p->t, "</tbody></table></div>\n");
    free(row);
}

/* Chances of those that have the label beside those of the others: apart where it is told well. */
static void draw_chances(page *p, int64_t k)
{
    char title[120];
    double edge[BINS + 1], in[2][BINS] = {{0}};
    for (int i = 0; i <= BINS; i++)
        edge[i] = (double)i / BINS;
    for (int64_t i = 0; i < p->a.count; i++) {
        double chance = p->a.value[i * p->a.width + k];
        int bin = (int)(chance * BINS);
        if (chance >= 0)
            in[p->a.target[i * p->a.width + k] > 0.5F][bin < BINS ? bin : BINS - 1]++;
    }
    snprintf(title, sizeof title, "Chance of %.90s", page_target(p, k));
    ad_figure f = {.kind = AD_FIGURE_HISTOGRAM,
                   .title = title,
                   .x = {.title = "chance", .low = 0, .high = 1},
                   .y = {.title = "test examples"},
                   .series = {{.name = "without it", .x = edge, .y = in[0], .count = BINS},
                              {.name = "that have it", .x = edge, .y = in[1], .count = BINS}},
                   .rule = {{"said", 0.5, true}}};
    page_figure(p, &f);
}

void page_labels(page *p)
{
    if (!p->a.all || p->a.all->kind != AD_METRIC_LABELS || p->a.count == 0)
        return;
    page_section(p, "labels", "Label by label");
    add_table(p);
    text_add(&p->t, "<div class=\"grid below\">\n");
    for (int64_t k = 0; k < p->a.width && k < DRAWN; k++)
        draw_chances(p, k);
    text_add(&p->t, "</div>\n");
}
