/* What a model of task sequence_to_sequence writes: the texts that are worst, and some that are
 * right. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "page.h"
#include "rewrite.h"

enum { LOOKED_AT = 2000, WORST = 12, RIGHT = 6, LETTERS = 300 };

typedef struct texts {
    page *p;
    const ad_metric_answers *a;
    int64_t count, all; /* looked at; in the part */
    double *wrong;      /* of each: edits over the letters that are right, 0: it is right */
    int64_t *shown;     /* numbers of answers */
    int64_t shows, next, number;
    char **source;
} texts;

/* Letters to insert, delete, replace, over those that are right; of an empty text 1. */
static double wrong_of(const texts *t, int64_t i)
{
    ad_metric_answers one =
        AD_OPTIONS(ad_metric_answers, .kind = AD_METRIC_SENTENCES, .answer = t->a->answer + i,
                   .right = t->a->right + i, .count = 1);
    ad_choice metric = {ad_record_find(ad_metric_at, "character_error_rate"), NULL};
    ad_metric_value v;
    if (strcmp(t->a->answer[i], t->a->right[i]) == 0)
        return 0;
    ad_status status =
        (ad_metrics)(&one, &metric, 1, &v, &AD_OPTIONS(ad_metrics_options, .resamples = 0));
    return status == AD_OK && v.value > 0 ? v.value : 1;
}

/* The worst, of equally bad ones the first; then the first that are right. */
static void choose(texts *t)
{
    for (int k = 0; k < WORST; k++) {
        int64_t best = -1;
        for (int64_t i = 0; i < t->count; i++) {
            bool taken = false;
            for (int64_t s = 0; s < t->shows; s++)
                taken = taken || t->shown[s] == i;
            if (!taken && t->wrong[i] > 0 && (best < 0 || t->wrong[i] > t->wrong[best]))
                best = i;
        }
        if (best >= 0)
            t->shown[t->shows++] = best;
    }
    for (int64_t i = 0, right = 0; i < t->count && right < RIGHT; i++)
        if (t->wrong[i] == 0)
            t->shown[t->shows++] = i, right++;
}

/* The example of answer i: of a large part some were written, evenly over it. */
static int64_t example_of(const texts *t, int64_t i)
{
    return t->a->count == t->all ? i : i * t->all / t->a->count;
}

static ad_status take_source(void *user, const sequence_pair *pair)
{
    texts *t = user;
    int64_t number = t->number++;
    for (int64_t k = 0; k < t->shows; k++)
        if (example_of(t, t->shown[k]) == number && !t->source[k])
            t->source[k] = rewrite_text(t->p->data, false, pair->text, pair->texts);
    return AD_OK;
}

static void add_cell(page *p, const char *text)
{
    size_t size = text ? strlen(text) : 0;
    text_add(&p->t, "<td>");
    char *cut = size > LETTERS ? text_copy_bytes(text, LETTERS) : NULL;
    while (cut && *cut && ((unsigned char)text[strlen(cut)] & 0xC0) == 0x80)
        cut[strlen(cut) - 1] = 0;
    if (size)
        markup_add(&p->t, cut ? cut : text);
    else
        text_add(&p->t, "<span class=\"soft\">(nothing)</span>");
    text_add(&p->t, cut ? "\xE2\x80\xA6</td>" : "</td>");
    free(cut);
}

static void add_table(const texts *t, bool right, const char *caption)
{
    page *p = t->p;
    bool any = false;
    for (int64_t k = 0; k < t->shows; k++)
        any = any || (t->wrong[t->shown[k]] == 0) == right;
    if (!any)
        return;
    text_add_format(&p->t,
                    "<div class=\"card scroll\" tabindex=\"0\"><table><caption>%s</caption>\n"
                    "<thead><tr>%s<th scope=\"col\">wanted</th><th "
                    "scope=\"col\">written</th></tr></thead>\n<tbody>\n",
                    caption, p->data->task->rewrites ? "<th scope=\"col\">text</th>" : "");
    for (int64_t k = 0; k < t->shows; k++) {
        int64_t i = t->shown[k];
        if ((t->wrong[i] == 0) != right)
            continue;
        text_add(&p->t, "<tr>");
        if (p->data->task->rewrites)
            add_cell(p, t->source[k]);
        add_cell(p, t->a->right[i]);
        add_cell(p, t->a->answer[i]);
        text_add(&p->t, "</tr>\n");
    }
    text_add(&p->t, "</tbody></table></div>\n");
}

static void add_tables(const texts *t)
{
    int64_t right = 0;
    for (int64_t i = 0; i < t->count; i++)
        right += t->wrong[i] == 0;
    page_section(t->p, "texts", "What it writes");
    text_add_format(&t->p->t,
                    "<p class=\"soft\">%lld of the first %lld texts of the test part are "
                    "right, letter for letter.</p>\n",
                    (long long)right, (long long)t->count);
    add_table(t, false, "The worst, by the letters to change over those that are right");
    add_table(t, true, "Some that are right");
}

void page_texts(page *p)
{
    const ad_metric_answers *a = p->a.all;
    if (!run_writes(p->data->task) || !a || a->kind != AD_METRIC_SENTENCES || a->count < 1)
        return;
    texts t = {.p = p,
               .a = a,
               .count = a->count < LOOKED_AT ? a->count : LOOKED_AT,
               .all = ad_source_count(p->data->test)};
    t.wrong = calloc((size_t)t.count, sizeof *t.wrong);
    t.shown = calloc(WORST + RIGHT, sizeof *t.shown);
    t.source = calloc(WORST + RIGHT, sizeof *t.source);
    bool good = t.wrong && t.shown && t.source;
    for (int64_t i = 0; i < t.count && good; i++)
        t.wrong[i] = wrong_of(&t, i);
    if (good) {
        choose(&t);
        if (p->data->task->rewrites)
            p->status = run_sequence_each(p->data, p->data->test, take_source, &t);
        add_tables(&t);
    } else
        p->status = message_no_memory();
    for (int k = 0; k < WORST + RIGHT && t.source; k++)
        free(t.source[k]);
    free(t.wrong);
    free(t.shown);
    free(t.source);
}
