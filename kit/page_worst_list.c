/* The worst answers to texts and sounds, each with what it is and where it comes from. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "figure.h"
#include "page.h"
#include "sound_picture.h"

enum { TEXT_MOST = 600, SHAPE_PARTS = 240 };

/* ---------------------------------------------------------------- sounds */

/* The outline of its samples, where there is no spectrogram. */
static void add_outline(page *p, const ad_array *a)
{
    int64_t count = ad_array_count(a), parts = count < SHAPE_PARTS ? count : SHAPE_PARTS;
    double most = 1e-9;
    for (int64_t i = 0; i < count; i++)
        most = fmax(most, fabs(ad_array_item(a, i)));
    text_add(&p->t, "<svg class=\"fg\" viewBox=\"0 0 240 48\" role=\"img\" "
                    "aria-label=\"its waveform\"><path class=\"s s1\" style=\"stroke-width:1\" "
                    "d=\"");
    for (int64_t part = 0; part < parts; part++) {
        double low = INFINITY, high = -INFINITY;
        for (int64_t i = part * count / parts; i < (part + 1) * count / parts; i++) {
            low = fmin(low, ad_array_item(a, i));
            high = fmax(high, ad_array_item(a, i));
        }
        text_add_format(&p->t, "M%.1f %.1fV%.1f", 240 * ((double)part + 0.5) / (double)parts,
                        24 - 23 * high / most, 24 - 23 * low / most);
    }
    text_add(&p->t, "\"/></svg>");
}

static bool add_spectrogram(page *p, const ad_array *a, double rate)
{
    int64_t count = ad_array_count(a);
    float *sample = malloc((size_t)count * sizeof *sample + 1);
    ad_image image = {0};
    for (int64_t i = 0; sample && i < count; i++)
        sample[i] = (float)ad_array_item(a, i);
    bool made = sample && sound_picture(sample, count, rate, &image);
    if (made) {
        text_add(&p->t, "<img class=\"spectrum\" alt=\"its spectrogram\" src=\"");
        ad_status status = markup_add_picture(&p->t, &image);
        p->status = p->status == AD_OK ? status : p->status;
        text_add(&p->t, "\">");
    }
    ad_image_done(&image);
    free(sample);
    return made;
}

static void add_sound(page *p, const ad_schema_field *f, const ad_array *a)
{
    if (!add_spectrogram(p, a, f->rate))
        add_outline(p, a);
    if (f->rate > 0)
        text_add_format(&p->t, "<p class=\"soft\">%.2f s, 0 to %.3g kHz</p>",
                        (double)ad_array_count(a) / f->rate, f->rate / 2000);
}

/* ---------------------------------------------------------------- texts */

/* At most TEXT_MOST bytes, cut between characters. */
static void add_text(page *p, const ad_array *a)
{
    char words[TEXT_MOST + 8];
    const char *bytes = a->data;
    size_t size = (size_t)ad_array_count(a);
    bool cut = size > TEXT_MOST;
    size = cut ? TEXT_MOST : size;
    while (cut && size > 0 && ((unsigned char)bytes[size] & 0xC0) == 0x80)
        size--;
    memcpy(words, bytes, size);
    memcpy(words + size, cut ? "\xE2\x80\xA6" : "", cut ? 4 : 1);
    text_add(&p->t, "<blockquote>");
    markup_add(&p->t, words);
    text_add(&p->t, "</blockquote>");
}

/* ---------------------------------------------------------------- items */

static void add_field(page *p, const ad_schema_field *f, const ad_array *a)
{
    text_add(&p->t, " \xC2\xB7 ");
    markup_add(&p->t, f->name);
    text_add(&p->t, " ");
    page_cell(p, f, a);
}

static void add_item(page *p, page_reader *r, int64_t i, const int *field,
                     const ad_schema_field *const *of, int columns)
{
    ad_batch batch;
    const ad_batch *b = page_read(r, i, &batch);
    if (!b)
        return;
    text_add(&p->t, "<li><p>");
    page_verdict(p, i);
    text_add(&p->t, " <small>");
    page_place(p, i);
    for (int k = 0; k < columns; k++)
        if (of[k]->meaning != AD_MEANS_TEXT && of[k]->meaning != AD_MEANS_SOUND &&
            of[k]->meaning != AD_MEANS_IMAGE)
            add_field(p, of[k], &b->array[field[k]]);
    text_add(&p->t, "</small></p>");
    for (int k = 0; k < columns; k++) {
        if (of[k]->meaning == AD_MEANS_TEXT)
            add_text(p, &b->array[field[k]]);
        else if (of[k]->meaning == AD_MEANS_SOUND)
            add_sound(p, of[k], &b->array[field[k]]);
        else if (page_is_picture(of[k], &b->array[field[k]]))
            page_picture(p, of[k], &b->array[field[k]]);
    }
    text_add(&p->t, "</li>\n");
}

void page_worst_list(page *p, const int64_t *worst, int64_t count)
{
    int field[PAGE_COLUMNS_MAX];
    const ad_schema_field *of[PAGE_COLUMNS_MAX];
    int columns = page_columns(p, field, of);
    page_reader r = {.source = p->raw};
    text_add(&p->t, "<ol class=\"worst\">\n");
    for (int64_t i = 0; i < count && p->status == AD_OK; i++)
        add_item(p, &r, worst[i], field, of, columns);
    text_add(&p->t, "</ol>\n");
    ad_batches_free(r.batches);
}
