/* A passage of a text, each token on a ground that says how surprising it was. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "page.h"

/* Nats of the strongest ground, and its share of colour: words on it can be read. */
static const double strongest = 6, ground = 50;

/* What tokens add to the text, by malloc: of most encoders it depends on those before. */
static char *added(const ad_encoder *encoder, const int32_t *token, int before, const char *so_far,
                   char **all)
{
    *all = ad_encoder_decode(encoder, token, before + 1);
    if (*all && so_far && strncmp(*all, so_far, strlen(so_far)) == 0)
        return text_copy(*all + strlen(so_far));
    return ad_encoder_decode(encoder, token + before, 1);
}

static void add_token(page *p, const char *words, double loss)
{
    if (!isfinite(loss)) {
        markup_add(&p->t, words);
        return;
    }
    double share = loss < 0 ? 0 : loss > strongest ? 1 : loss / strongest;
    text_add_format(&p->t, "<span style=\"--s:%.0f%%\" title=\"chance %.2g %%\">", ground * share,
                    100 * exp(-loss));
    markup_add(&p->t, strcmp(words, "\n") == 0 ? "\xE2\x86\xB5" : words);
    text_add(&p->t, "</span>");
    if (strcmp(words, "\n") == 0)
        text_add(&p->t, "\n");
}

void page_surprise(page *p, const ad_encoder *encoder, const page_passage *passage)
{
    char *so_far = NULL;
    text_add_format(&p->t,
                    "<li><p><b>%.2f</b> <small>nats a token</small></p><blockquote "
                    "class=\"told\">",
                    passage->mean);
    for (int i = 0; i < passage->tokens; i++) {
        char *all, *words = added(encoder, passage->token, i, so_far, &all);
        add_token(p, words ? words : "", (double)passage->loss[i]);
        free(words);
        free(so_far);
        so_far = all;
    }
    free(so_far);
    text_add(&p->t, "</blockquote></li>\n");
}
