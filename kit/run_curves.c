/* How a training goes, kept in memory, and drawn for a terminal. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <adze/report.h>

#include "message.h"
#include "run.h"
#include "text.h"

struct ad_curves {
    history h;
};

ad_curves *ad_curves_new(const char *folder, bool validated)
{
    ad_curves *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    if (folder && history_read(&c->h, folder) != AD_OK) {
        history_done(&c->h);
        c->h = (history){0};
    }
    c->h.folder = NULL; /* nothing is written */
    c->h.validated = validated;
    return c;
}

void ad_curves_free(ad_curves *curves)
{
    if (!curves)
        return;
    history_done(&curves->h);
    free(curves);
}

/* What cannot be kept is not drawn: the training goes on. */
static bool on_event(void *user, const ad_event *e)
{
    (void)history_event(&((ad_curves *)user)->h, e);
    return true;
}

ad_listener ad_curves_listener(ad_curves *curves)
{
    return (ad_listener){on_event, curves, NULL};
}

/* ---------------------------------------------------------------- drawing */

static double *column(const history *h, const char *name)
{
    double *values = malloc(((size_t)h->rows + 1) * sizeof *values);
    for (int64_t i = 0; values && i < h->rows; i++)
        values[i] = history_value(h, i, name);
    return values;
}

/* The first that is measured beside the loss; NULL: none. */
static const char *measure_of(const history *h)
{
    for (int i = 0; i < h->columns; i++)
        if (strncmp(h->name[i], "validation_", 11) == 0 &&
            strcmp(h->name[i], "validation_loss") != 0)
            return h->name[i];
    return NULL;
}

static ad_status add_figure(const ad_figure *f, const ad_terminal_options *o, text_buffer *t)
{
    char *words;
    ad_status status = ad_figure_terminal(f, o, &words);
    if (status != AD_OK)
        return status;
    text_add(t, t->size ? "\n" : "");
    text_add(t, words);
    free(words);
    return AD_OK;
}

static ad_status draw(const history *h, const double *step, const ad_terminal_options *o,
                      text_buffer *t)
{
    const char *measure = measure_of(h);
    double *train = column(h, "train_loss"), *held = column(h, "validation_loss"),
           *value = measure ? column(h, measure) : NULL;
    bool judged = h->rows > 0 && !isnan(history_value(h, h->rows - 1, "validation_loss"));
    ad_status status = train && held ? AD_OK : message_no_memory();
    ad_figure f = {.title = "loss", .x = {.title = "step"}};
    f.series[0] =
        (ad_series){.name = judged ? "training" : NULL, .x = step, .y = train, .count = h->rows};
    if (judged)
        f.series[1] = (ad_series){.name = "validation", .x = step, .y = held, .count = h->rows};
    if (status == AD_OK)
        status = add_figure(&f, o, t);
    if (status == AD_OK && value) {
        ad_figure m = {.title = measure + 11, .x = {.title = "step"}};
        m.series[0] = (ad_series){.x = step, .y = value, .count = h->rows};
        status = add_figure(&m, o, t);
    }
    free(train);
    free(held);
    free(value);
    return status;
}

ad_status ad_curves_text(const ad_curves *curves, const ad_terminal_options *options, char **text)
{
    text_buffer t = {0};
    double *step = column(&curves->h, "step");
    *text = NULL;
    ad_status status = step ? AD_OK : message_no_memory();
    if (status == AD_OK && curves->h.rows > 0)
        status = draw(&curves->h, step, options, &t);
    free(step);
    if (status != AD_OK) {
        text_done(&t);
        return status;
    }
    *text = text_take(&t);
    return *text ? AD_OK : message_no_memory();
}
