/* What stands out, in sentences: how far the training came, where it fails, what to do next. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "page.h"

/* ---------------------------------------------------------------- sentences */

static void begin(page *p)
{
    if (p->advices++ == 0) {
        page_section(p, "advice", "What stands out");
        text_add(&p->t, "<ul class=\"card advice\">\n");
    }
    text_add(&p->t, "<li>");
}

static void end(page *p)
{
    text_add(&p->t, "</li>\n");
}

/* ---------------------------------------------------------------- the training */

static double last(const page *p, int64_t before, const char *name)
{
    return history_value(&p->h, p->h.rows - 1 - before, name);
}

static double best_held(const page *p)
{
    double best = INFINITY;
    for (int64_t i = 0; i < p->h.rows; i++)
        best = fmin(best, history_value(&p->h, i, "validation_loss"));
    return best;
}

/* The weights that are kept are older than the last. */
static bool held_rises(const page *p)
{
    return p->s.best_epoch > 0 && p->s.best_epoch < p->s.epoch &&
           last(p, 0, "validation_loss") > 1.02 * best_held(p);
}

/* By more than a twentieth in the last epoch, of which something is kept. */
static void advise_longer(page *p)
{
    double now = last(p, 0, "train_loss"), then = last(p, 1, "train_loss");
    const char *why = p->s.why ? p->s.why : "";
    bool early = strcmp(why, "early") == 0 || strcmp(why, "converged") == 0;
    if (early || held_rises(p) || p->data->task->players || !(now < 0.95 * then) || !(now > 0))
        return;
    begin(p);
    markup_add_format(
        &p->t,
        "The training loss still fell by %.0f %% in the last epoch: a longer training "
        "should bring more (",
        100 * (1 - now / then));
    text_add_format(&p->t, "<code>train.%s</code>).",
                    p->config->train.steps > 0 ? "steps" : "epochs");
    end(p);
}

static void advise_overfitting(page *p)
{
    double held = last(p, 0, "validation_loss"), train = last(p, 0, "train_loss");
    if (held_rises(p)) {
        begin(p);
        markup_add_format(
            &p->t,
            "From epoch %lld on it learned the training part by heart: the validation "
            "loss rose by %.0f %%. The weights kept are those of epoch %lld.",
            (long long)p->s.best_epoch, 100 * (held / best_held(p) - 1),
            (long long)p->s.best_epoch);
        end(p);
    } else if (train > 0 && held > 1.5 * train) {
        begin(p);
        markup_add_format(&p->t,
                          "The validation loss is %.1f times the training loss: more data, dropout "
                          "or weight decay (",
                          held / train);
        text_add(&p->t, "<code>train.optimizer.decay</code>) may close the gap.");
        end(p);
    }
}

/* ---------------------------------------------------------------- classes */

typedef struct tally {
    int64_t of, right, confused, with; /* with: the class that it is most often taken for */
} tally;

static tally tally_of(const page_answers *a, int64_t class, int64_t *taken)
{
    tally t = {.with = -1};
    memset(taken, 0, (size_t)a->width * sizeof *taken);
    for (int64_t i = 0; i < a->count; i++)
        if ((int64_t)a->target[i] == class)
            taken[page_answered(a, i)]++, t.of++;
    t.right = taken[class];
    for (int64_t c = 0; c < a->width; c++)
        if (c != class && taken[c] > t.confused)
            t.confused = taken[c], t.with = c;
    return t;
}

/* The class that is found least, where it is clearly below the others. */
static void advise_class(page *p)
{
    const page_answers *a = &p->a;
    int64_t *taken = malloc((size_t)a->width * sizeof *taken + 1), worst = -1;
    double least = 1, right = 0;
    char number[2][24];
    for (int64_t c = 0; taken && c < a->width; c++) {
        tally t = tally_of(a, c, taken);
        double share = t.of ? (double)t.right / (double)t.of : 1;
        right += (double)t.right / (double)a->count;
        if (t.of >= 5 && share < least)
            least = share, worst = c;
    }
    if (taken && worst >= 0 && least < right - 0.05) {
        tally t = tally_of(a, worst, taken);
        begin(p);
        markup_add_format(&p->t, "%s is found least: %.1f %% of its %lld test examples",
                          page_class(p, worst, number[0]), 100 * least, (long long)t.of);
        if (t.with >= 0)
            markup_add_format(&p->t, "; %.1f %% are taken for %s",
                              100 * (double)t.confused / (double)t.of,
                              page_class(p, t.with, number[1]));
        text_add(&p->t, ".");
        end(p);
    }
    free(taken);
}

static double surest(const page_answers *a, int64_t i)
{
    double most = 0;
    for (int64_t c = 0; c < a->width; c++)
        most = fmax(most, (double)a->value[i * a->width + c]);
    return most;
}

/* Chances that are too high or too low on the whole, and answers that are sure and wrong. */
static void advise_chances(page *p)
{
    const page_answers *a = &p->a;
    double sure = 0, right = 0;
    int64_t wrong = 0;
    for (int64_t i = 0; i < a->count; i++) {
        bool good = page_answered(a, i) == (int64_t)a->target[i];
        sure += surest(a, i) / (double)a->count;
        right += (double)good / (double)a->count;
        wrong += !good && surest(a, i) >= 0.99;
    }
    if (fabs(sure - right) > 0.03) {
        begin(p);
        markup_add_format(&p->t,
                          "Its chances are too %s: it gives its answers %.0f %% on average and is "
                          "right on %.0f %%.",
                          sure > right ? "high" : "low", 100 * sure, 100 * right);
        end(p);
    }
    if (wrong > 0 && p->raw && a->each) {
        begin(p);
        markup_add_format(&p->t,
                          "%lld test example%s answered wrongly with a chance of 99 %% and more: ",
                          (long long)wrong, wrong == 1 ? " is" : "s are");
        text_add(&p->t, "<a href=\"#worst\">look at these</a> for labels that are wrong.");
        end(p);
    }
}

/* ---------------------------------------------------------------- all */

void page_advice(page *p)
{
    if (p->h.rows > 1) {
        advise_longer(p);
        advise_overfitting(p);
    }
    if (p->a.classes && p->a.count > 0) {
        advise_class(p);
        advise_chances(p);
    }
    if (p->advices > 0)
        text_add(&p->t, "</ul>\n");
}
