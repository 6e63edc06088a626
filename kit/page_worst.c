/* The examples with the largest losses: pictures, rows, sentences, sounds. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "figure.h"
#include "message.h"
#include "page.h"

enum {
    PICTURES = 24,
    ROWS = 12,
    COLUMNS = 12,
    SIDE_MOST = 128,
    WORDS_MOST = 240,
    SHAPE_POINTS = 400
};

/* The places of the largest losses, the largest first; how many. */
static int64_t find_worst(const page_answers *a, int64_t most, int64_t *worst)
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

typedef struct reader {
    ad_source *source;
    const ad_source_field *field;
    int fields;
    ad_batches *batches;
} reader;

/* One example of a source, whatever its fields are: NULL on failure. */
static const ad_batch *read_one(reader *r, int64_t number, ad_batch *batch)
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
    text_add_format(&p->t, "</b> %.0f %%", 100 * (double)a->value[i * a->width + answered]);
    if (wrong) {
        text_add(&p->t, ", is ");
        markup_add(&p->t, page_class(p, label, number[1]));
    }
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

static void add_verdict(page *p, int64_t i)
{
    if (p->a.classes)
        add_class_verdict(p, i);
    else
        add_number_verdict(p, i);
}

/* ---------------------------------------------------------------- pictures */

/* Large ones are made smaller: they are looked at, not measured. */
static ad_status add_picture(page *p, const ad_array *pixels)
{
    int rank = pixels->shape.rank;
    const int64_t *size = &pixels->shape.size[rank - 3];
    int64_t bytes = size[0] * size[1] * size[2], larger = size[0] > size[1] ? size[0] : size[1];
    ad_image m = {size[0], size[1], size[2], malloc((size_t)bytes + 1)};
    if (!m.pixels)
        return message_no_memory();
    memcpy(m.pixels, pixels->data, (size_t)bytes);
    ad_status status = AD_OK;
    if (larger > SIDE_MOST) {
        int64_t high = size[0] * SIDE_MOST / larger, wide = size[1] * SIDE_MOST / larger;
        status =
            ad_image_resize(&m, high > 0 ? high : 1, wide > 0 ? wide : 1, AD_RESAMPLE_BILINEAR);
    }
    if (status == AD_OK)
        status = markup_add_picture(&p->t, &m);
    ad_image_done(&m);
    return status;
}

static void add_picture_of(page *p, reader *r, int field, int64_t i)
{
    ad_batch batch;
    char number[24];
    const ad_batch *b = read_one(r, i, &batch);
    if (!b || b->array[field].type != AD_U8 || b->array[field].shape.rank != 4)
        return;
    text_add(&p->t, "<figure><img alt=\"");
    if (p->a.classes)
        markup_add(&p->t, page_class(p, (int64_t)p->a.target[i], number));
    markup_add_format(&p->t, ", test example %lld", (long long)i + 1);
    text_add(&p->t, "\" src=\"");
    ad_status status = add_picture(p, &b->array[field]);
    if (p->status == AD_OK)
        p->status = status;
    text_add(&p->t, "\"><figcaption>");
    add_verdict(p, i);
    text_add(&p->t, "</figcaption></figure>\n");
}

static void add_pictures(page *p, const int64_t *worst, int64_t count)
{
    const ad_schema_field *image = page_image(p);
    reader r = {.source = p->raw};
    int field = ad_source_find(p->raw, image->name);
    text_add(&p->t, "<div class=\"card pictures\">\n");
    for (int64_t i = 0; field >= 0 && i < count && p->status == AD_OK; i++)
        add_picture_of(p, &r, field, worst[i]);
    text_add(&p->t, "</div>\n");
    ad_batches_free(r.batches);
}

/* ---------------------------------------------------------------- rows */

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

/* The samples of a sound, as its outline. */
static void add_sound(page *p, const ad_array *a)
{
    int64_t count = ad_array_count(a);
    double most = 1e-9;
    for (int64_t i = 0; i < count; i++)
        most = fmax(most, fabs(ad_array_item(a, i)));
    text_add(&p->t, "<svg class=\"fg\" viewBox=\"0 0 200 36\" style=\"max-width:200px\" "
                    "role=\"img\" aria-label=\"waveform\"><path class=\"s s1\" "
                    "style=\"stroke-width:1\" d=\"");
    int64_t parts = count < SHAPE_POINTS / 2 ? count : SHAPE_POINTS / 2;
    for (int64_t part = 0; part < parts; part++) {
        double low = INFINITY, high = -INFINITY;
        for (int64_t i = part * count / parts; i < (part + 1) * count / parts; i++) {
            low = fmin(low, ad_array_item(a, i));
            high = fmax(high, ad_array_item(a, i));
        }
        text_add_format(&p->t, "M%.1f %.1fV%.1f", 200 * ((double)part + 0.5) / (double)parts,
                        18 - 17 * high / most, 18 - 17 * low / most);
    }
    text_add(&p->t, "\"/></svg>");
}

static void add_cell(page *p, const ad_schema_field *f, const ad_array *a)
{
    char number[FIGURE_LABEL];
    if (f->meaning == AD_MEANS_TEXT) {
        add_words(p, a);
        return;
    }
    if (f->meaning == AD_MEANS_SOUND) {
        add_sound(p, a);
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
static int choose_columns(const page *p, int *field, const ad_schema_field **of)
{
    int count = 0;
    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; i < p->data->schema->fields && count < COLUMNS; i++) {
            const ad_schema_field *f = &p->data->schema->field[i];
            int at = ad_source_find(p->raw, f->name);
            if (at < 0 || f->use != (pass ? AD_USE_INPUT : AD_USE_ID) ||
                f->meaning == AD_MEANS_IMAGE)
                continue;
            field[count] = at;
            of[count++] = f;
        }
    return count;
}

static void add_row(page *p, reader *r, int64_t i, const int *field,
                    const ad_schema_field *const *of, int columns)
{
    ad_batch batch;
    const ad_batch *b = read_one(r, i, &batch);
    if (!b)
        return;
    text_add_format(&p->t, "<tr><th scope=\"row\" class=\"n\">%lld</th><td class=\"w\">",
                    (long long)i + 1);
    add_verdict(p, i);
    text_add(&p->t, "</td>");
    for (int k = 0; k < columns; k++) {
        bool number = of[k]->meaning == AD_MEANS_NUMBER || of[k]->meaning == AD_MEANS_WHOLE;
        text_add(&p->t, number                            ? "<td class=\"n\">"
                        : of[k]->meaning == AD_MEANS_TEXT ? "<td class=\"words\">"
                                                          : "<td>");
        add_cell(p, of[k], &b->array[field[k]]);
        text_add(&p->t, "</td>");
    }
    text_add(&p->t, "</tr>\n");
}

static void add_rows(page *p, const int64_t *worst, int64_t count)
{
    int field[COLUMNS];
    const ad_schema_field *of[COLUMNS];
    int columns = choose_columns(p, field, of);
    reader r = {.source = p->raw};
    text_add(
        &p->t,
        "<div class=\"card scroll\" tabindex=\"0\"><table><caption>Test examples with the largest "
        "loss, the worst first</caption>\n<thead><tr><th scope=\"col\" "
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

void page_worst(page *p)
{
    int64_t worst[PICTURES];
    bool pictures = page_image(p);
    int64_t count = p->raw && p->a.each ? find_worst(&p->a, pictures ? PICTURES : ROWS, worst) : 0;
    if (count == 0)
        return;
    page_section(p, "worst", "The worst answers");
    text_add(&p->t, p->a.classes
                        ? "<p class=\"soft\">What the network is surest of and wrong about, "
                          "by its loss. Often these show labels that are wrong.</p>\n"
                        : "<p class=\"soft\">Where its answers are furthest off.</p>\n");
    if (pictures)
        add_pictures(p, worst, count);
    else
        add_rows(p, worst, count);
}
