/* Models of a text: which passages surprise them, how well frequent tokens are told, and whether
 * more of the text before helps. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "figure.h"
#include "message.h"
#include "page.h"

enum { FREQUENT = 24 };

/* ---------------------------------------------------------------- tokens */

/* The next most frequent below (count, token) of the last. */
static int64_t next_frequent(const page_tokens *t, int64_t after)
{
    int64_t found = -1;
    for (int64_t i = 0; i < t->classes; i++) {
        bool later = after < 0 || t->of[i].count < t->of[after].count ||
                     (t->of[i].count == t->of[after].count && i > after);
        if (later && t->of[i].count > 0 && (found < 0 || t->of[i].count > t->of[found].count))
            found = i;
    }
    return found;
}

/* "e", "new line", "space": what is seen. */
static void add_name(page *p, const ad_encoder *encoder, int64_t token)
{
    static const char *const special[] = {"padding", "unknown",   "begin",
                                          "end",     "separator", "mask"};
    static const ad_special kinds[] = {AD_SPECIAL_PADDING, AD_SPECIAL_UNKNOWN,   AD_SPECIAL_BEGIN,
                                       AD_SPECIAL_END,     AD_SPECIAL_SEPARATOR, AD_SPECIAL_MASK};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (ad_encoder_special(encoder, kinds[i]) == token) {
            bool ends = i == 0 && !p->data->schema->running &&
                        ad_encoder_special(encoder, AD_SPECIAL_END) < 0;
            text_add_format(&p->t, "<small>%s</small>", ends ? "end of the text" : special[i]);
            return;
        }
    int32_t one = (int32_t)token;
    char *words = ad_encoder_decode(encoder, &one, 1);
    if (!words || !*words)
        text_add_format(&p->t, "<small>number %lld</small>", (long long)token);
    else if (strcmp(words, " ") == 0 || strcmp(words, "\n") == 0 || strcmp(words, "\t") == 0)
        text_add(&p->t, *words == ' '    ? "<small>space</small>"
                        : *words == '\n' ? "<small>new line</small>"
                                         : "<small>tab</small>");
    else
        markup_add(&p->t, words);
    free(words);
}

static void add_row(page *p, const ad_encoder *encoder, const page_tokens *t, int64_t token)
{
    char count[FIGURE_LABEL];
    const page_token *of = &t->of[token];
    double right = (double)of->right / (double)of->count;
    figure_number(count, (double)of->count);
    text_add(&p->t, "<tr><th scope=\"row\">");
    add_name(p, encoder, token);
    text_add_format(&p->t,
                    "</th><td class=\"n\">%s</td><td class=\"n bar\" style=\"--v:%.3f\">%.1f</td>"
                    "<td class=\"n\">%.2f</td></tr>\n",
                    count, right, 100 * right, of->loss / (double)of->count);
}

static void add_table(page *p, const ad_encoder *encoder, const page_tokens *t)
{
    text_add(&p->t,
             "<div class=\"card scroll\" tabindex=\"0\"><table class=\"classes\"><caption>The most "
             "frequent tokens</caption>\n<thead><tr><th scope=\"col\">token</th>"
             "<th scope=\"col\" class=\"n\">times</th>"
             "<th scope=\"col\" class=\"n\">told right, %</th>"
             "<th scope=\"col\" class=\"n\">loss, nats</th></tr></thead>\n<tbody>\n");
    int64_t at = next_frequent(t, -1);
    for (int i = 0; i < FREQUENT && at >= 0; i++, at = next_frequent(t, at))
        add_row(p, encoder, t, at);
    text_add(&p->t, "</tbody></table></div>\n");
}

/* ---------------------------------------------------------------- places */

static void draw_places(page *p, const page_tokens *t)
{
    double *loss = malloc((size_t)t->positions * sizeof *loss);
    int64_t last = 0;
    for (int64_t i = 0; loss && i < t->positions; i++) {
        loss[i] = t->at[i].count ? t->at[i].loss / (double)t->at[i].count : NAN;
        last = t->at[i].count ? i : last;
    }
    ad_figure f = {.title = "Loss by the place in the window",
                   .x = {.title = "place in the window"},
                   .y = {.title = "loss, nats a token"},
                   .series = {{.y = loss, .count = last + 1}}};
    if (loss && last > 0)
        page_figure(p, &f);
    free(loss);
}

/* ---------------------------------------------------------------- all */

static void add_passages(page *p, const ad_encoder *encoder, const page_tokens *t)
{
    text_add_format(&p->t,
                    "<h3>The most surprising %s</h3>\n<p class=\"soft\">The deeper the ground of a "
                    "token, the less it was expected",
                    p->data->schema->running ? "passages" : "texts");
    text_add(&p->t,
             t->masked ? "; tokens without a ground were shown to the network.</p>\n" : ".</p>\n");
    text_add(&p->t, "<ol class=\"worst wide\">\n");
    for (int i = 0; i < t->passages; i++)
        page_surprise(p, encoder, &t->worst[i]);
    text_add(&p->t, "</ol>\n");
}

static void add_tokens(page *p, const ad_encoder *encoder, const page_tokens *t)
{
    char count[FIGURE_LABEL];
    figure_number(count, (double)t->count);
    page_section(p, "tokens", "Token by token");
    text_add_format(&p->t, "<p class=\"soft\">Of %s tokens of the %s part.</p>\n", count,
                    p->data->test ? "test" : "validation");
    text_add(&p->t, "<div class=\"grid wide\">\n");
    add_table(p, encoder, t);
    if (!t->masked)
        draw_places(p, t);
    text_add(&p->t, "</div>\n");
    add_passages(p, encoder, t);
}

void page_language(page *p)
{
    page_tokens t = {0};
    if (!p->data->task->over_time || !p->data->task->of_text)
        return;
    const ad_encoder *encoder = run_encoder(p->data, p->data->input[0].name);
    if (encoder && page_tokens_find(p, &t))
        add_tokens(p, encoder, &t);
    page_tokens_done(&t);
    if (p->status == AD_OK)
        page_written(p);
}
