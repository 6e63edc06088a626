/* What a generator makes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "page.h"

enum { PICTURES = 32, POINTS = 1000 };

static void add_picture(page *p, const ad_array *all, int64_t i)
{
    const int64_t *size = &all->shape.size[1];
    size_t bytes = (size_t)(size[0] * size[1] * size[2]);
    ad_image m = {size[0], size[1], size[2], (uint8_t *)all->data + (size_t)i * bytes};
    text_add_format(&p->t, "<figure><img alt=\"sample %lld\" src=\"", (long long)i + 1);
    ad_status status = markup_add_picture(&p->t, &m);
    p->status = p->status == AD_OK ? status : p->status;
    text_add(&p->t, "\"></figure>\n");
}

static void add_pictures(page *p, const ad_array *all)
{
    text_add(&p->t, "<div class=\"card pictures\">\n");
    for (int64_t i = 0; i < all->shape.size[0] && p->status == AD_OK; i++)
        add_picture(p, all, i);
    text_add(&p->t, "</div>\n");
}

/* Two numbers: a place. */
static void draw_points(page *p, const ad_array *a, const ad_array *b, int64_t apart)
{
    static double x[POINTS], y[POINTS];
    int64_t count = a->shape.size[0] < POINTS ? a->shape.size[0] : POINTS;
    for (int64_t i = 0; i < count; i++) {
        x[i] = ad_array_item(a, i * apart);
        y[i] = ad_array_item(b, i * apart + (a == b));
    }
    ad_figure f = {.title = "Made by the generator",
                   .series = {{.x = x, .y = y, .count = count, .mark = AD_MARK_POINTS}}};
    text_add(&p->t, "<div class=\"grid\">\n");
    page_figure(p, &f);
    text_add(&p->t, "</div>\n");
}

/* What samples were beside real examples, a paragraph a line. */
static void add_verdict(page *p)
{
    for (const char *line = p->s.samples; line && *line;) {
        int size = (int)strcspn(line, "\n");
        text_add(&p->t, "<p>");
        markup_add_format(&p->t, "%.*s", size, line);
        text_add(&p->t, "</p>\n");
        line += size + (line[size] == '\n');
    }
}

static void show(page *p, ad_source *made)
{
    ad_batch b = {.count = 0};
    const ad_source_field *field;
    int fields = ad_source_fields(made, &field);
    ad_batches *all = ad_batches_new(made, .size = POINTS, .order = AD_ORDER_AS_IS, .threads = 0);
    if (all && ad_batches_next(all, &b) == AD_OK && b.count > 0 && fields > 0) {
        const ad_array *first = &b.array[0];
        bool pair = first->shape.rank == 2 && first->shape.size[1] == 2,
             columns = fields == 2 && ad_array_count(first) == b.count &&
                       ad_array_count(&b.array[1]) == b.count;
        page_section(p, "samples", "What it makes");
        add_verdict(p);
        if (first->type == AD_U8 && first->shape.rank == 4 &&
            (first->shape.size[3] == 1 || first->shape.size[3] == 3))
            add_pictures(p, first);
        else if (pair || columns)
            draw_points(p, first, pair ? first : &b.array[1], pair ? 2 : 1);
    }
    ad_batches_free(all);
}

void page_samples(page *p)
{
    ad_model *model = NULL;
    ad_source *made = NULL;
    if (!p->data->task->makes || ad_model_load(p->folder, &model) != AD_OK)
        return;
    ad_make_options o = {.count = page_image(p) ? PICTURES : POINTS,
                         .seed = 1,
                         .steps = p->data->diffusion ? 50 : 0};
    if (o.steps > p->data->diffusion)
        o.steps = p->data->diffusion;
    if (ad_model_make(model, &o, &made) == AD_OK)
        show(p, made);
    ad_source_free(made);
    ad_model_free(model);
}
