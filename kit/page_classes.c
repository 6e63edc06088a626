/* Classes: what is taken for what, how good each is, and whether chances are what they say. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <adze/metric.h>

#include "message.h"
#include "page.h"

enum { DRAWN_CLASSES = 60, TABLE_ROWS = 40, PAIRS = 8 };

typedef struct classes {
    int64_t count;
    int64_t *matrix;      /* (count, count) */
    const char **name;    /* (count) */
    char (*number)[24];   /* where they have none */
    ad_metric_class *row; /* (count) */
} classes;

/* ---------------------------------------------------------------- counting */

static void classes_done(classes *c)
{
    free(c->matrix);
    free((void *)c->name);
    free(c->number);
    free(c->row);
}

static bool classes_make(const page *p, classes *c)
{
    size_t n = (size_t)p->a.width;
    c->count = p->a.width;
    c->matrix = calloc(n * n, sizeof *c->matrix);
    c->name = calloc(n, sizeof *c->name);
    c->number = calloc(n, sizeof *c->number);
    c->row = calloc(n, sizeof *c->row);
    if (!c->matrix || !c->name || !c->number || !c->row)
        return false;
    for (int64_t i = 0; i < c->count; i++)
        c->name[i] = page_class(p, i, c->number[i]);
    for (int64_t i = 0; i < p->a.count; i++) {
        int64_t label = (int64_t)p->a.target[i];
        if (label >= 0 && label < c->count)
            c->matrix[label * c->count + page_answered(&p->a, i)]++;
    }
    return true;
}

/* ---------------------------------------------------------------- figures */

static void draw_matrix(page *p, const classes *c)
{
    ad_figure f = {.kind = AD_FIGURE_CONFUSION,
                   .title = "Confusion matrix",
                   .x = {.title = "answered", .name = c->name},
                   .y = {.title = "true class", .name = c->name},
                   .counts = c->matrix,
                   .rows = c->count,
                   .columns = c->count};
    if (c->count <= DRAWN_CLASSES)
        page_figure(p, &f);
}

static void draw_calibration(page *p)
{
    static const double ends[] = {0, 1};
    ad_curve curve;
    if (ad_metric_curve(p->a.all, AD_CURVE_CALIBRATION, -1, 10, &curve) != AD_OK)
        return;
    ad_figure f = {
        .title = "Calibration",
        .x = {.title = "chance given to the answer", .low = 0, .high = 1},
        .y = {.title = "share that is right", .low = 0, .high = 1},
        .series = {{.name = "perfect", .x = ends, .y = ends, .count = 2, .faint = true},
                   {.name = "this network", .x = curve.x, .y = curve.y, .count = curve.count}}};
    if (curve.count > 1)
        page_figure(p, &f);
    ad_curve_done(&curve);
}

/* Of two classes, of the one that precision and recall ask for. */
static void draw_curve(page *p, const classes *c, ad_curve_kind kind)
{
    ad_curve curve;
    char title[160];
    bool roc = kind == AD_CURVE_ROC;
    int64_t positive = p->a.all->positive;
    if (ad_metric_curve(p->a.all, kind, positive, 0, &curve) != AD_OK)
        return;
    snprintf(title, sizeof title, roc ? "ROC curve of %.60s" : "Precision and recall of %.60s",
             c->name[positive]);
    ad_figure f = {
        .title = title,
        .x = {.title = roc ? "share of the others that is taken for it" : "recall",
              .low = 0,
              .high = 1},
        .y = {.title = roc ? "share of it that is found" : "precision", .low = 0, .high = 1},
        .series = {{.x = curve.x, .y = curve.y, .count = curve.count}}};
    if (curve.count > 1)
        page_figure(p, &f);
    ad_curve_done(&curve);
}

/* ---------------------------------------------------------------- tables */

void page_share_cell(page *p, const ad_metric_value *v)
{
    if (!isfinite(v->value)) {
        text_add(&p->t, "<td class=\"n soft\">\xE2\x80\x93</td>");
        return;
    }
    text_add_format(&p->t, "<td class=\"n bar\" style=\"--v:%.3f\">%.1f", v->value, 100 * v->value);
    if (v->low < v->high)
        text_add_format(&p->t, " <small>%.0f\xE2\x80\x93%.0f</small>", 100 * v->low, 100 * v->high);
    text_add(&p->t, "</td>");
}

/* Those with the worst F1 first, where not all are shown. */
static double f1_of(const ad_metric_class *row)
{
    return isfinite(row->f1.value) ? row->f1.value : 2;
}

static int64_t next_worst(const classes *c, double above, int64_t after)
{
    int64_t found = -1;
    for (int64_t i = 0; i < c->count; i++) {
        double f1 = f1_of(&c->row[i]);
        bool later = f1 > above || (f1 >= above && i > after);
        if (later && (found < 0 || f1 < f1_of(&c->row[found])))
            found = i;
    }
    return found;
}

static void add_class(page *p, const classes *c, int64_t i)
{
    const ad_metric_class *row = &c->row[i];
    text_add(&p->t, "<tr><th scope=\"row\">");
    markup_add(&p->t, c->name[i]);
    text_add_format(&p->t, "</th><td class=\"n\">%.0f</td>", row->of_class);
    page_share_cell(p, &row->precision);
    page_share_cell(p, &row->recall);
    page_share_cell(p, &row->f1);
    text_add(&p->t, "</tr>\n");
}

static void add_classes(page *p, classes *c)
{
    if (ad_metric_classes(p->a.all, c->row, .resamples = 0) != AD_OK)
        return;
    bool some = c->count > TABLE_ROWS;
    text_add(&p->t, "<div class=\"card scroll\" tabindex=\"0\"><table class=\"classes\"><caption>");
    if (some)
        text_add_format(&p->t,
                        "The %d classes of lowest F1 of %lld, in percent with 95 %% "
                        "intervals",
                        TABLE_ROWS, (long long)c->count);
    else
        text_add(&p->t, "Each class, in percent with 95 % intervals");
    text_add(&p->t, "</caption>\n<thead><tr><th scope=\"col\">class</th>"
                    "<th scope=\"col\" class=\"n\">examples</th>"
                    "<th scope=\"col\" class=\"n\">precision</th>"
                    "<th scope=\"col\" class=\"n\">recall</th>"
                    "<th scope=\"col\" class=\"n\">F1</th></tr></thead>\n<tbody>\n");
    int64_t at = -1;
    for (int64_t shown = 0; shown < c->count && shown < TABLE_ROWS; shown++) {
        at = some ? next_worst(c, at < 0 ? -1 : f1_of(&c->row[at]), at) : shown;
        if (at >= 0)
            add_class(p, c, at);
    }
    text_add(&p->t, "</tbody></table></div>\n");
}

static int64_t most_confused(const classes *c, int64_t below)
{
    int64_t most = -1;
    for (int64_t i = 0; i < c->count * c->count; i++)
        if (i / c->count != i % c->count && c->matrix[i] > 0 &&
            (below < 0 || c->matrix[i] < c->matrix[below] ||
             (c->matrix[i] == c->matrix[below] && i > below)) &&
            (most < 0 || c->matrix[i] > c->matrix[most]))
            most = i;
    return most;
}

static void add_pairs(page *p, const classes *c)
{
    int64_t pair = most_confused(c, -1);
    if (pair < 0 || c->count < 3)
        return;
    text_add(&p->t,
             "<div class=\"card scroll\" tabindex=\"0\"><table><caption>What is confused most often"
             "</caption>\n<thead><tr><th scope=\"col\">true class</th>"
             "<th scope=\"col\">answered</th><th scope=\"col\" class=\"n\">examples</th>"
             "<th scope=\"col\" class=\"n\">of the class</th></tr></thead>\n<tbody>\n");
    for (int i = 0; i < PAIRS && pair >= 0; i++, pair = most_confused(c, pair)) {
        int64_t row = pair / c->count, of_class = 0;
        for (int64_t j = 0; j < c->count; j++)
            of_class += c->matrix[row * c->count + j];
        text_add(&p->t, "<tr><th scope=\"row\">");
        markup_add(&p->t, c->name[row]);
        text_add(&p->t, "</th><td>");
        markup_add(&p->t, c->name[pair % c->count]);
        text_add_format(&p->t, "</td><td class=\"n\">%lld</td><td class=\"n\">%.1f %%</td></tr>\n",
                        (long long)c->matrix[pair],
                        100 * (double)c->matrix[pair] / (double)of_class);
    }
    text_add(&p->t, "</tbody></table></div>\n");
}

void page_classes(page *p)
{
    classes c = {0};
    if (!p->a.classes || p->a.count == 0)
        return;
    if (!classes_make(p, &c)) {
        p->status = run_failed(AD_RUN_NO_FAULT, message_no_memory());
        classes_done(&c);
        return;
    }
    page_section(p, "classes", "Class by class");
    if (p->s.test_count > p->a.count)
        text_add_format(&p->t, "<p class=\"soft\">Of the first %lld test examples.</p>\n",
                        (long long)p->a.count);
    text_add(&p->t, "<div class=\"grid wide\">\n");
    draw_matrix(p, &c);
    add_classes(p, &c);
    text_add(&p->t, "</div>\n<div class=\"grid below\">\n");
    add_pairs(p, &c);
    draw_calibration(p);
    if (c.count == 2) {
        draw_curve(p, &c, AD_CURVE_ROC);
        draw_curve(p, &c, AD_CURVE_PR);
    }
    text_add(&p->t, "</div>\n");
    classes_done(&c);
}
