/* report.html: all that a run can show, in one file. */
#include "page.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "figure.h"
#include "message.h"

/* ---------------------------------------------------------------- for all parts */

void page_figure(page *p, const ad_figure *figure)
{
    char id[24];
    snprintf(id, sizeof id, "figure-%d", ++p->figures);
    if (p->status == AD_OK)
        p->status = markup_add_figure(&p->t, figure, id);
}

void page_section(page *p, const char *id, const char *title)
{
    text_add_format(&p->list, "<a href=\"#%s\">%s</a>\n", id, title);
    text_add_format(&p->t, "<h2 id=\"%s\">%s</h2>\n", id, title);
}

const char *page_class(const page *p, int64_t class, char number[24])
{
    char *const *names = ad_run_names(p->data);
    if (names && class >= 0 && class < ad_run_classes(p->data))
        return names[class];
    snprintf(number, 24, "%lld", (long long)class);
    return number;
}

const ad_schema_field *page_image(const page *p)
{
    const ad_schema_field *f = run_image(p->data->schema);
    bool drawn = f && f->shape.rank == 3 && (f->shape.size[2] == 1 || f->shape.size[2] == 3) &&
                 f->shape.size[0] > 0 && f->shape.size[1] > 0;
    return drawn ? f : NULL;
}

/* ---------------------------------------------------------------- making it */

static ad_status make(page *p)
{
    static void (*const parts[])(page *) = {
        page_advice,  page_curves,    page_classes,   page_labels, page_numbers,
        page_rebuilt, page_forecasts, page_language,  page_texts,  page_worst,
        page_samples, page_growth,    page_baselines, page_model,  page_repeat};
    char title[300];
    snprintf(title, sizeof title, "Run %.200s", p->folder);
    markup_begin_page(&p->t, title, "en");
    page_head(p);
    text_buffer head = p->t;
    p->t = (text_buffer){0};
    for (size_t i = 0; i < sizeof parts / sizeof *parts && p->status == AD_OK; i++)
        parts[i](p);
    markup_end_page(&p->t);
    text_add_format(&head, "<nav aria-label=\"parts\">\n%s</nav>\n", text_words(&p->list));
    text_add(&head, text_words(&p->t));
    text_part(&head, &p->t);
    p->t = head;
    return p->status;
}

/* FILE becomes the text, or stays as it was. */
static ad_status write_out(const char *out, const char *text)
{
    const char *slash = strrchr(out, '/');
    char *folder = slash ? text_copy_bytes(out, (size_t)(slash - out)) : text_copy(".");
    ad_status status = folder ? run_write(*folder ? folder : "/", slash ? slash + 1 : out, text)
                              : run_failed(AD_RUN_NO_FAULT, message_no_memory());
    free(folder);
    return status;
}

static ad_status write_page(page *p, const char *out)
{
    char *text = text_take(&p->t);
    if (!text)
        return run_failed(AD_RUN_NO_FAULT, message_no_memory());
    ad_status status = out ? write_out(out, text) : run_write(p->folder, "report.html", text);
    free(text);
    return status;
}

static void page_done(page *p)
{
    text_done(&p->t);
    text_done(&p->list);
    history_done(&p->h);
    ad_run_summary_done(&p->s);
    page_answers_done(&p->a);
    page_places_done(&p->places);
}

static ad_status write_report(page *p, const ad_run_answers *given, const char *out)
{
    ad_status status = ad_run_summary_read(p->folder, &p->s);
    if (status == AD_OK)
        status = history_read(&p->h, p->folder);
    if (status == AD_OK)
        status = page_answers_make(p, given);
    if (status == AD_OK)
        status = make(p);
    if (status == AD_OK)
        status = write_page(p, out);
    page_done(p);
    return status;
}

/* ---------------------------------------------------------------- all */

/* Rows as they were read: the training kept none of them. */
static ad_source *raw_part(const ad_report_options *o, ad_run_data *again)
{
    enum { READ_AGAIN_MOST = 200000 };
    const ad_run_data *d = o->data;
    if (d->raw || (run_image(d->schema) && d->inputs == 1) || !d->test)
        return d->raw ? d->raw : d->test;
    if (ad_source_count(d->train) > READ_AGAIN_MOST ||
        ad_run_model_data(o->folder, again) != AD_OK ||
        ad_run_part(o->config, again, AD_PART_TEST) != AD_OK)
        return NULL;
    return again->raw;
}

ad_status ad_report_write(const ad_report_options *options)
{
    page_loaded l = {0};
    ad_run_data again = {0};
    ad_report_options o = *options;
    ad_status status = AD_OK;
    if (!o.config || !o.data || !o.network) {
        status = page_load(o.folder, o.moved, o.threads, &l);
        o.config = l.config, o.data = &l.data, o.network = &l.network;
    }
    if (status == AD_OK) {
        page p = {.folder = o.folder, .config = o.config, .data = o.data, .network = o.network};
        p.raw = raw_part(&o, &again);
        if (p.raw && o.data->test && ad_source_count(p.raw) != ad_source_count(o.data->test))
            p.raw = NULL;
        status = write_report(&p, o.measured ? &o.measured->answers : NULL, o.out);
    }
    ad_run_data_done(&again);
    page_loaded_done(&l);
    return status;
}
