/* A listener that keeps the training loss within epochs, in RUN/losses.csv: means over blocks of
 * steps, at most MOST of them, whose size doubles where they become too many. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <adze/report.h>

#include "message.h"
#include "run.h"
#include "text.h"

enum { MOST = 512 };

static const char file[] = "losses.csv";

typedef struct losses {
    char *folder;
    run_loss row[MOST];
    int rows;
    int64_t block; /* steps of a row */
    double sum;
    int64_t in_block;
} losses;

/* ---------------------------------------------------------------- reading */

int64_t run_losses_read(const char *folder, int64_t last, run_loss *row, int64_t most)
{
    char *text = NULL;
    int64_t rows = 0;
    if (run_read(folder, file, &text) != AD_OK || !text)
        return 0;
    for (const char *line = strchr(text, '\n'); line && rows < most; line = strchr(line, '\n')) {
        run_loss r;
        long long step;
        if (sscanf(++line, "%lld,%lf", &step, &r.loss) != 2 || step > last || !strchr(line, '\n'))
            break;
        r.step = step;
        row[rows++] = r;
    }
    free(text);
    return rows;
}

/* ---------------------------------------------------------------- writing */

static void halve(losses *l)
{
    for (int i = 0; i < l->rows / 2; i++) {
        const run_loss *a = &l->row[2 * i], *b = &l->row[2 * i + 1];
        l->row[i] = (run_loss){b->step, (a->loss + b->loss) / 2};
    }
    l->rows /= 2;
    l->block *= 2;
}

static void add(losses *l, int64_t step, double loss)
{
    l->sum += loss;
    if (++l->in_block < l->block)
        return;
    l->row[l->rows++] = (run_loss){step, l->sum / (double)l->in_block};
    l->sum = 0, l->in_block = 0;
    if (l->rows == MOST)
        halve(l);
}

/* A file that is not written is not in the report. */
static void store(const losses *l)
{
    text_buffer t = {0};
    text_add(&t, "step,loss\n");
    for (int i = 0; i < l->rows; i++)
        text_add_format(&t, "%lld,%.6g\n", (long long)l->row[i].step, l->row[i].loss);
    char *path = run_path(l->folder, file), *words = text_take(&t);
    FILE *f = path && words ? fopen(path, "w") : NULL;
    if (f) {
        (void)!fwrite(words, 1, strlen(words), f);
        fclose(f);
    }
    free(path);
    free(words);
}

/* Rows of earlier calls, up to the step that the training goes on from. */
static void begin(losses *l, int64_t step)
{
    l->rows = step > 0 ? (int)run_losses_read(l->folder, step, l->row, MOST - 1) : 0;
    l->block = 1;
    if (l->rows > 0)
        l->block = l->row[l->rows - 1].step / l->rows;
    l->block = l->block > 0 ? l->block : 1;
}

static bool on_event(void *user, const ad_event *e)
{
    losses *l = user;
    if (e->kind == AD_EVENT_BEGIN)
        begin(l, e->at->step);
    else if (e->kind == AD_EVENT_STEP && e->players == 1)
        add(l, e->at->step, e->loss);
    else if (e->kind == AD_EVENT_CHECKPOINT && l->rows > 0)
        store(l);
    return true;
}

static void losses_free(void *user)
{
    losses *l = user;
    free(l->folder);
    free(l);
}

ad_listener ad_listen_losses(const char *folder)
{
    losses *l = calloc(1, sizeof *l);
    char *copy = l ? text_copy(folder) : NULL;
    if (!copy) {
        free(l);
        return (ad_listener){0};
    }
    l->folder = copy;
    return (ad_listener){on_event, l, losses_free};
}
