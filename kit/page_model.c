/* The model: its layers with shapes and parameters, and a drawing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "figure.h"
#include "message.h"
#include "model_drawing.h"
#include "page.h"

enum { DRAWN_BOXES = 120 };

static void add_number(page *p, int64_t number)
{
    char words[FIGURE_LABEL];
    figure_number(words, (double)number);
    text_add_format(&p->t, "<td class=\"n\">%s</td>", number > 0 ? words : "");
}

static void add_row(page *p, const ad_layer_about *l)
{
    char shape[200];
    model_shape_words(&l->shape, 1, shape, sizeof shape);
    text_add_format(&p->t, "<tr><th scope=\"row\" style=\"padding-left:%dpx\">", 14 * l->depth);
    markup_add(&p->t, l->layer);
    text_add(&p->t, "</th><td>");
    markup_add(&p->t, l->name ? l->name : "");
    text_add(&p->t, "</td><td class=\"w\">");
    markup_add(&p->t, l->shape.rank > 0 ? shape : "");
    text_add(&p->t, "</td>");
    add_number(p, l->inner ? l->trained : 0);
    add_number(p, l->inner ? l->flops : 0);
    text_add(&p->t, "</tr>\n");
}

static void add_table(page *p, const ad_model_layers *a)
{
    char trained[FIGURE_LABEL], flops[FIGURE_LABEL];
    figure_number(trained, (double)a->trained);
    figure_number(flops, (double)a->flops);
    text_add_format(
        &p->t,
        "<div class=\"card scroll\" tabindex=\"0\"><table><caption>%s parameters, %s FLOPs for the "
        "products of one example</caption>\n<thead><tr><th scope=\"col\">layer</th>"
        "<th scope=\"col\">name</th><th scope=\"col\">output</th>"
        "<th scope=\"col\" class=\"n\">parameters</th>"
        "<th scope=\"col\" class=\"n\">FLOPs</th></tr></thead>\n<tbody>\n",
        trained, flops);
    for (int i = 0; i < a->layers; i++)
        add_row(p, &a->layer[i]);
    text_add(&p->t, "</tbody></table></div>\n");
}

static void add_drawing(page *p, const ad_model_layers *a)
{
    model_drawing d;
    if (model_draw(a, p->data, &d) != AD_OK)
        return;
    ad_figure f = model_drawing_figure(&d, "Drawing");
    if (d.boxes <= DRAWN_BOXES)
        page_figure(p, &f);
    model_drawing_done(&d);
}

/* What is trained by a rate of its own. */
static void add_groups(page *p)
{
    char *words;
    if (ad_config_groups(p->config, p->data, &words) == AD_OK && *words) {
        text_add(&p->t, "<pre>");
        markup_add(&p->t, words);
        text_add(&p->t, "</pre>\n");
    }
    free(words);
}

void page_model(page *p)
{
    ad_model_layers about = {0};
    if (ad_model_layers_of(p->config, p->data, &about) == AD_OK && about.layers > 0) {
        page_section(p, "model", "The model");
        text_add(&p->t, "<div class=\"grid wide\">\n");
        add_table(p, &about);
        add_drawing(p, &about);
        text_add(&p->t, "</div>\n");
        add_groups(p);
    }
    ad_model_layers_done(&about);
}
