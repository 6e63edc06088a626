/* The worst answers to rows of a table. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "figure.h"
#include "page.h"

enum { WORDS_MOST = 240 };

/* At most WORDS_MOST bytes, cut between characters. */
static void add_words(page *p, const ad_array *a)
{
    char words[WORDS_MOST + 8];
    size_t size = (size_t)ad_array_count(a);
    bool cut = size > WORDS_MOST;
    size = cut ? WORDS_MOST : size;
    while (cut && size > 0 && (((const unsigned char *)a->data)[size] & 0xC0) == 0x80)
        size--;
    memcpy(words, a->data, size);
    snprintf(words + size, sizeof words - size, "%s", cut ? "\xE2\x80\xA6" : "");
    markup_add(&p->t, words);
}

void page_cell(page *p, const ad_schema_field *f, const ad_array *a)
{
    char number[FIGURE_LABEL];
    if (f->meaning == AD_MEANS_TEXT) {
        add_words(p, a);
        return;
    }
    if (page_is_picture(f, a)) {
        page_picture(p, f, a);
        return;
    }
    if (ad_array_count(a) != 1) {
        text_add_format(&p->t, "%lld numbers", (long long)ad_array_count(a));
        return;
    }
    double value = ad_array_item(a, 0);
    if (f->meaning == AD_MEANS_CLASS && value < 0)
        text_add(&p->t, "missing");
    else if (f->meaning == AD_MEANS_CLASS && f->names && value < (double)f->classes)
        markup_add(&p->t, f->names[(int)value]);
    else
        text_add(&p->t, (figure_number(number, value), isnan(value) ? "missing" : number));
}

/* Fields that a reader of the table wants to see: ids first, then inputs. */
int page_columns(const page *p, int *field, const ad_schema_field **of)
{
    int count = 0;
    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; i < p->data->schema->fields && count < PAGE_COLUMNS_MAX; i++) {
            const ad_schema_field *f = &p->data->schema->field[i];
            int at = ad_source_find(p->raw, f->name);
            if (at < 0 || f->use != (pass ? AD_USE_INPUT : AD_USE_ID) ||
                (f->meaning == AD_MEANS_IMAGE && !page_is_picture(f, NULL)))
                continue;
            field[count] = at;
            of[count++] = f;
        }
    return count;
}

static void add_row(page *p, page_reader *r, int64_t i, const int *field,
                    const ad_schema_field *const *of, int columns)
{
    ad_batch batch;
    const ad_batch *b = page_read(r, i, &batch);
    if (!b)
        return;
    text_add_format(&p->t, "<tr><th scope=\"row\" class=\"n\">%lld</th><td class=\"w\">",
                    (long long)i + 1);
    page_verdict(p, i);
    text_add(&p->t, "</td>");
    for (int k = 0; k < columns; k++) {
        bool number = of[k]->meaning == AD_MEANS_NUMBER || of[k]->meaning == AD_MEANS_WHOLE;
        text_add(&p->t, number                            ? "<td class=\"n\">"
                        : of[k]->meaning == AD_MEANS_TEXT ? "<td class=\"words\">"
                                                          : "<td>");
        page_cell(p, of[k], &b->array[field[k]]);
        text_add(&p->t, "</td>");
    }
    text_add(&p->t, "</tr>\n");
}

void page_worst_rows(page *p, const int64_t *worst, int64_t count)
{
    int field[PAGE_COLUMNS_MAX];
    const ad_schema_field *of[PAGE_COLUMNS_MAX];
    int columns = page_columns(p, field, of);
    page_reader r = {.source = p->raw};
    text_add(
        &p->t,
        "<div class=\"card scroll\" tabindex=\"0\"><table><caption>Test examples of the largest "
        "loss</caption>\n<thead><tr><th scope=\"col\" "
        "class=\"n\">example</th><th scope=\"col\">answered</th>");
    for (int k = 0; k < columns; k++) {
        bool number = of[k]->meaning == AD_MEANS_NUMBER || of[k]->meaning == AD_MEANS_WHOLE;
        text_add(&p->t, number ? "<th scope=\"col\" class=\"n\">" : "<th scope=\"col\">");
        markup_add(&p->t, of[k]->name);
        text_add(&p->t, "</th>");
    }
    text_add(&p->t, "</tr></thead>\n<tbody>\n");
    for (int64_t i = 0; i < count; i++)
        add_row(p, &r, worst[i], field, of, columns);
    text_add(&p->t, "</tbody></table></div>\n");
    ad_batches_free(r.batches);
}
