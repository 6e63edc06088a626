/* What a language model writes, from the same start and seeds for every run. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "page.h"

enum { LETTERS = 240, DOCUMENTS = 12, DOCUMENT = 64 };

static void add_text(page *p, ad_model *model, double temperature)
{
    char *text;
    if (ad_model_write(
            model, &(ad_write_options){.length = LETTERS, .temperature = temperature, .seed = 1},
            &text) != AD_OK)
        return;
    text_add_format(&p->t, "<div class=\"card\"><h3>Temperature %g</h3><blockquote>", temperature);
    markup_add(&p->t, text + strspn(text, "\n"));
    text_add(&p->t, "</blockquote></div>\n");
    free(text);
}

static void add_documents(page *p, ad_model *model)
{
    text_add(&p->t, "<div class=\"card\"><ol class=\"written\">\n");
    for (uint64_t seed = 1; seed <= DOCUMENTS; seed++) {
        char *text;
        if (ad_model_write(model, &(ad_write_options){.length = DOCUMENT, .seed = seed}, &text) !=
            AD_OK)
            break;
        text_add(&p->t, "<li>");
        markup_add(&p->t, *text ? text : "(nothing)");
        text_add(&p->t, "</li>\n");
        free(text);
    }
    text_add(&p->t, "</ol></div>\n");
}

void page_written(page *p)
{
    ad_model *model = NULL;
    if (strcmp(p->data->task->record.name, "language_model") != 0 ||
        ad_model_load(p->folder, &model) != AD_OK)
        return;
    page_section(p, "written", "What it writes");
    if (p->data->schema->running) {
        text_add(&p->t, "<p class=\"soft\">From the begin of a line, seed 1; a lower temperature "
                        "takes likelier tokens.</p>\n<div class=\"grid wide\">\n");
        add_text(p, model, 0.8);
        add_text(p, model, 1);
        text_add(&p->t, "</div>\n");
    } else {
        text_add_format(&p->t, "<p class=\"soft\">%d texts, seeds 1 to %d.</p>\n", DOCUMENTS,
                        DOCUMENTS);
        add_documents(p, model);
    }
    ad_model_free(model);
}
