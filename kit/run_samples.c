/* A listener that keeps what a generator makes of the same noise as it learns, in RUN/samples.csv:
 * a row for a step, 32 and each that is twice the last: the step, then the numbers of all examples
 * as the graph gives them.
 *
 * It waits until the training has taken long enough for it to be a two hundredth of its time. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <adze/report.h>

#include "message.h"
#include "run.h"
#include "text.h"

enum { FIRST = 32, ROWS = 8, PICTURES = 8, POINTS = 250, NUMBERS_MOST = 1 << 16, STEPS = 20 };

static const char file[] = "samples.csv";

typedef struct samples {
    ad_samples_options o;
    run_maker *maker;
    bool tried;
    int64_t count, next; /* examples; the step that is waited for */
    char *row[ROWS];
    int rows;
    double spent;
} samples;

/* ---------------------------------------------------------------- rows */

static void keep(samples *s, char *row)
{
    if (s->rows == ROWS) {
        free(s->row[0]);
        memmove(s->row, s->row + 1, (ROWS - 1) * sizeof *s->row);
        s->rows--;
    }
    if (row)
        s->row[s->rows++] = row;
}

static void prepare(samples *s)
{
    int64_t classes = s->o.data->told.classes;
    s->count = run_image(s->o.data->schema) ? PICTURES : POINTS;
    if (s->count < classes)
        s->count = classes < 2 * PICTURES ? classes : 2 * PICTURES;
    s->maker = run_maker_new(s->o.network, s->o.data);
}

/* What is made now, (count, width) by malloc; NULL where it cannot be. */
static float *make(samples *s, int64_t width)
{
    float *made = malloc((size_t)(s->count * width) * sizeof *made);
    if (made && run_maker_make(s->maker, 0, s->count, STEPS, made) == AD_OK)
        return made;
    free(made);
    return NULL;
}

static void note(samples *s, int64_t step)
{
    text_buffer t = {0};
    int64_t width = run_made_width(s->o.network);
    if (!s->tried)
        prepare(s);
    s->tried = true;
    float *made = s->maker && s->count * width <= NUMBERS_MOST ? make(s, width) : NULL;
    if (!made)
        return;
    text_add_format(&t, "%lld", (long long)step);
    for (int64_t i = 0; i < s->count * width; i++)
        text_add_format(&t, ",%.4g", (double)made[i]);
    text_add(&t, "\n");
    keep(s, text_take(&t));
    free(made);
}

/* ---------------------------------------------------------------- the file */

/* Rows of earlier calls, up to the step that the training goes on from. */
static void begin(samples *s, int64_t step)
{
    char *text = NULL;
    for (s->next = FIRST; s->next <= step;)
        s->next *= 2;
    if (step == 0 || run_read(s->o.folder, file, &text) != AD_OK || !text)
        return;
    for (const char *line = text, *end; (end = strchr(line, '\n')); line = end + 1)
        if (strtoll(line, NULL, 10) <= step)
            keep(s, text_copy_bytes(line, (size_t)(end - line) + 1));
    free(text);
}

static void store(const samples *s)
{
    char *path = run_path(s->o.folder, file);
    FILE *f = path ? fopen(path, "w") : NULL;
    for (int i = 0; f && i < s->rows; i++)
        fputs(s->row[i], f);
    if (f)
        fclose(f);
    free(path);
}

static bool on_event(void *user, const ad_event *e)
{
    samples *s = user;
    const double guess = 0.004; /* seconds, of the first */
    if (e->kind == AD_EVENT_BEGIN) {
        begin(s, e->at->step);
    } else if (e->kind == AD_EVENT_STEP && e->at->step >= s->next &&
               s->spent + (s->tried ? 0 : guess) < e->seconds / 200) {
        double from = run_clock();
        note(s, e->at->step);
        s->spent += run_clock() - from;
        while (s->next <= e->at->step)
            s->next *= 2;
    } else if (e->kind == AD_EVENT_CHECKPOINT && s->rows > 0) {
        store(s);
    }
    return true;
}

static void samples_free(void *user)
{
    samples *s = user;
    run_maker_free(s->maker);
    for (int i = 0; i < s->rows; i++)
        free(s->row[i]);
    free(s);
}

ad_listener ad_listen_samples(const ad_samples_options *options)
{
    samples *s = options->data->task->makes ? calloc(1, sizeof *s) : NULL;
    if (!s)
        return (ad_listener){0};
    s->o = *options;
    return (ad_listener){on_event, s, samples_free};
}
