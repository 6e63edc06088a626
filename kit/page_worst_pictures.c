/* The worst answers to pictures. */
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "page.h"

enum { SIDE_MOST = 128 };

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

bool page_is_picture(const ad_schema_field *f, const ad_array *a)
{
    bool drawn = f->meaning == AD_MEANS_IMAGE && f->shape.rank == 3 &&
                 (f->shape.size[2] == 1 || f->shape.size[2] == 3);
    return drawn && (!a || (a->type == AD_U8 && a->shape.rank == 4));
}

void page_picture(page *p, const ad_schema_field *f, const ad_array *a)
{
    text_add(&p->t, "<img style=\"width:96px\" alt=\"");
    markup_add(&p->t, f->name);
    text_add(&p->t, "\" src=\"");
    ad_status status = add_picture(p, a);
    p->status = p->status == AD_OK ? status : p->status;
    text_add(&p->t, "\">");
}

static void add_picture_of(page *p, page_reader *r, int field, int64_t i)
{
    ad_batch batch;
    char number[24];
    const ad_batch *b = page_read(r, i, &batch);
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
    page_verdict(p, i);
    text_add(&p->t, "<br><small>");
    page_place(p, i);
    text_add(&p->t, "</small></figcaption></figure>\n");
}

void page_worst_pictures(page *p, const int64_t *worst, int64_t count)
{
    const ad_schema_field *image = page_image(p);
    page_reader r = {.source = p->raw};
    int field = ad_source_find(p->raw, image->name);
    text_add(&p->t, "<div class=\"card pictures\">\n");
    for (int64_t i = 0; field >= 0 && i < count && p->status == AD_OK; i++)
        add_picture_of(p, &r, field, worst[i]);
    text_add(&p->t, "</div>\n");
    ad_batches_free(r.batches);
}
