/* The examples with the largest losses, and what the network said of them. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "figure.h"
#include "message.h"
#include "page.h"

enum { MOST = 24, ROWS = 12 };

/* The places of the largest losses, the largest first; how many. */
int64_t page_find_worst(const page_answers *a, int64_t most, int64_t *worst)
{
    int64_t found = 0;
    for (int64_t i = 0; i < a->count; i++) {
        if (!isfinite(a->loss[i]))
            continue;
        int64_t at = found < most ? found++ : most;
        if (at == most && !(a->loss[i] > a->loss[worst[most - 1]]))
            continue;
        at = at == most ? most - 1 : at;
        for (; at > 0 && a->loss[i] > a->loss[worst[at - 1]]; at--)
            worst[at] = worst[at - 1];
        worst[at] = i;
    }
    return found;
}

/* ---------------------------------------------------------------- reading one example */

/* One example of a source, whatever its fields are: NULL on failure. */
const ad_batch *page_read(page_reader *r, int64_t number, ad_batch *batch)
{
    ad_batches_free(r->batches);
    ad_source *one = ad_source_part(r->source, &number, 1);
    r->batches = one ? ad_batches_new(one, .size = 1, .order = AD_ORDER_AS_IS, .threads = 0) : NULL;
    ad_source_free(one);
    if (!r->batches || ad_batches_next(r->batches, batch) != AD_OK || batch->count != 1)
        return NULL;
    return batch;
}

/* ---------------------------------------------------------------- what was said */

static void add_class_verdict(page *p, int64_t i)
{
    char number[2][24];
    const page_answers *a = &p->a;
    int64_t answered = page_answered(a, i), label = (int64_t)a->target[i];
    bool wrong = answered != label;
    text_add(&p->t, wrong ? "<b class=\"bad\">" : "<b>");
    markup_add(&p->t, page_class(p, answered, number[0]));
    text_add_format(&p->t, "</b> (%.0f %%)", 100 * (double)a->value[i * a->width + answered]);
    if (wrong) {
        text_add(&p->t, ", is ");
        markup_add(&p->t, page_class(p, label, number[1]));
    } else {
        text_add(&p->t, ", right");
    }
}

/* Labels that were told wrong; where there is none, the one that was least sure. */
static void add_label_verdict(page *p, int64_t i)
{
    const page_answers *a = &p->a;
    int told = 0;
    for (int64_t k = 0; k < a->width && told < 4; k++) {
        float chance = a->value[i * a->width + k];
        bool is = a->target[i * a->width + k] > 0.5F;
        if (is == (chance >= 0.5F))
            continue;
        text_add_format(&p->t, "%s<b class=\"bad\">%s", told++ ? "; " : "", is ? "not " : "");
        markup_add(&p->t, page_target(p, k));
        text_add_format(&p->t, "</b> (%.0f %%), is%s", 100 * (double)chance, is ? "" : " not");
    }
    if (told == 0)
        text_add(&p->t, "all right, but unsure");
}

static void add_number_verdict(page *p, int64_t i)
{
    const page_answers *a = &p->a;
    for (int64_t k = 0; k < a->width && k < 3; k++) {
        char answered[FIGURE_LABEL], truth[FIGURE_LABEL];
        figure_number(answered, a->value[i * a->width + k]);
        figure_number(truth, a->target[i * a->width + k]);
        text_add_format(&p->t, "%s<b class=\"bad\">%s</b>, is %s", k ? "; " : "", answered, truth);
    }
}

void page_verdict(page *p, int64_t i)
{
    if (p->a.classes)
        add_class_verdict(p, i);
    else if (p->a.all->kind == AD_METRIC_LABELS)
        add_label_verdict(p, i);
    else
        add_number_verdict(p, i);
}

/* ---------------------------------------------------------------- all */

static bool has(const page *p, ad_meaning meaning)
{
    for (int i = 0; i < p->data->schema->fields; i++) {
        const ad_schema_field *f = &p->data->schema->field[i];
        if (f->use == AD_USE_INPUT && f->meaning == meaning && ad_source_find(p->raw, f->name) >= 0)
            return true;
    }
    return false;
}

/* Whether a picture is one column of several. */
static bool is_mixed(const page *p)
{
    int inputs = 0;
    for (int i = 0; i < p->data->schema->fields; i++)
        inputs += p->data->schema->field[i].use == AD_USE_INPUT;
    return inputs > 1;
}

void page_worst(page *p)
{
    int64_t worst[MOST];
    if (p->data->task->of_words)
        page_sentences(p);
    if (!p->raw || !p->a.each || page_rebuilds(p))
        return;
    bool pictures = page_image(p) && !is_mixed(p);
    int64_t count = page_find_worst(&p->a, pictures ? MOST : ROWS, worst);
    if (count == 0)
        return;
    page_section(p, "worst", "The worst answers");
    text_add(&p->t,
             p->a.classes
                 ? "<p class=\"soft\">Where the right class got the least chance, the worst first. "
                   "Some of these labels may be wrong.</p>\n"
                 : "<p class=\"soft\">Where the answers are furthest off, the worst first.</p>\n");
    if (pictures)
        page_worst_pictures(p, worst, count);
    else if (has(p, AD_MEANS_TEXT) || has(p, AD_MEANS_SOUND))
        page_worst_list(p, worst, count);
    else
        page_worst_rows(p, worst, count);
}
