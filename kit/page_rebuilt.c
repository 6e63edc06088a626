/* What an autoencoder gives back, beside what it was given. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "page.h"

enum { PAIRS = 12 };

static uint8_t byte_of(double pixel)
{
    return pixel >= 255 ? 255 : pixel > 0 ? (uint8_t)lrint(pixel) : 0;
}

/* Pixels of 0 to 1, or of 0 to 255, as the model takes them. */
static void add_picture(page *p, const ad_schema_field *f, const float *pixel, double scale,
                        const char *words)
{
    ad_image m = {f->shape.size[0], f->shape.size[1], f->shape.size[2], malloc((size_t)p->a.width)};
    for (int64_t i = 0; m.pixels && i < p->a.width; i++)
        m.pixels[i] = byte_of(scale * (double)pixel[i]);
    ad_status status = m.pixels ? AD_OK : message_no_memory();
    text_add_format(&p->t, "<img alt=\"%s\" src=\"", words);
    if (status == AD_OK)
        status = markup_add_picture(&p->t, &m);
    text_add(&p->t, "\">");
    p->status = p->status == AD_OK ? status : p->status;
    ad_image_done(&m);
}

static void add_pair(page *p, const ad_schema_field *f, double scale, int64_t i)
{
    char words[64];
    const page_answers *a = &p->a;
    double error = 0;
    for (int64_t k = 0; k < a->width; k++)
        error += fabs((double)a->value[i * a->width + k] - a->target[i * a->width + k]);
    text_add(&p->t, "<figure><div class=\"pair\">");
    snprintf(words, sizeof words, "test example %lld as it was", (long long)i + 1);
    add_picture(p, f, a->target + i * a->width, scale, words);
    add_picture(p, f, a->value + i * a->width, scale, "as it came back");
    text_add_format(&p->t, "</div><figcaption>%lld: off by %.3g</figcaption></figure>\n",
                    (long long)i + 1, error / (double)a->width);
}

static void add_pairs(page *p, const ad_schema_field *f, const char *title, const int64_t *example,
                      int64_t count)
{
    float most = 0;
    for (int64_t i = 0; i < p->a.width; i++)
        for (int64_t k = 0; k < count; k++)
            most = fmaxf(most, p->a.target[example[k] * p->a.width + i]);
    text_add_format(&p->t, "<h3>%s</h3>\n<div class=\"card pictures pairs\">\n", title);
    for (int64_t k = 0; k < count && p->status == AD_OK; k++)
        add_pair(p, f, most > 1 ? 1 : 255, example[k]);
    text_add(&p->t, "</div>\n");
}

bool page_rebuilds(const page *p)
{
    const ad_schema_field *f = page_image(p);
    return f && p->data->task->of_input && !p->data->task->players && p->a.count > 0 &&
           !p->a.classes && !p->data->forecast &&
           p->a.width == f->shape.size[0] * f->shape.size[1] * f->shape.size[2];
}

void page_rebuilt(page *p)
{
    int64_t some[PAIRS], worst[PAIRS], count = p->a.count < PAIRS ? p->a.count : PAIRS;
    if (!page_rebuilds(p))
        return;
    for (int64_t i = 0; i < count; i++)
        some[i] = i * p->a.count / count;
    page_section(p, "rebuilt", "Given and given back");
    text_add(&p->t,
             p->config->autoencoder.noise > 0
                 ? "<p class=\"soft\">Left the picture before noise was put into it, right what "
                   "came back of it with noise; below the mean absolute error of a pixel.</p>\n"
                 : "<p class=\"soft\">Left what the network was given, right what came back; below "
                   "the mean absolute error of a pixel.</p>\n");
    add_pairs(p, page_image(p), "Some of the test part, evenly chosen", some, count);
    int64_t found = page_find_worst(&p->a, PAIRS, worst);
    add_pairs(p, page_image(p), "The worst", worst, found);
}
