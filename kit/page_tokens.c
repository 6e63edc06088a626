/* What a model of a text says of each token of the part that was held out. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "page.h"

enum { CHANCES_MOST = 20000000 }; /* that are looked at: some tenths of a second */

typedef struct looking {
    page_tokens *t;
    int field;    /* of the text in batches */
    int64_t left; /* examples */
} looking;

void page_tokens_done(page_tokens *t)
{
    free(t->of);
    free(t->at);
    *t = (page_tokens){0};
}

/* -log of the chance of `wanted` among logits, and whether it is the likeliest. */
static double loss_of(const float *logit, int64_t classes, int64_t wanted, bool *right)
{
    double most = -INFINITY, sum = 0;
    int64_t best = 0;
    for (int64_t c = 0; c < classes; c++) {
        best = logit[c] > logit[best] ? c : best;
        most = fmax(most, logit[c]);
    }
    for (int64_t c = 0; c < classes; c++)
        sum += exp(logit[c] - most);
    *right = best == wanted;
    return log(sum) + most - logit[wanted];
}

static void note(page_token *t, double loss, bool right)
{
    t->count++;
    t->right += right;
    t->loss += loss;
}

/* ---------------------------------------------------------------- passages */

/* Among the worst, where its mean loss is. */
static void offer(page_tokens *t, page_passage *p)
{
    double sum = 0;
    int asked = 0;
    for (int i = 0; i < p->tokens; i++)
        if (isfinite(p->loss[i]))
            sum += (double)p->loss[i], asked++;
    if (asked == 0 || p->tokens < t->shortest)
        return;
    p->mean = sum / asked;
    int at = t->passages < PAGE_PASSAGES ? t->passages++ : PAGE_PASSAGES;
    if (at == PAGE_PASSAGES && !(p->mean > t->worst[--at].mean))
        return;
    for (; at > 0 && p->mean > t->worst[at - 1].mean; at--)
        t->worst[at] = t->worst[at - 1];
    t->worst[at] = *p;
}

/* ---------------------------------------------------------------- one example */

/* Of an example its logits (length, classes), its targets and its text, (length) each; a model of
 * what follows wants at i what stands at i + 1.  Steps behind the text's end have no target. */
static void look_at(looking *l, const float *logit, const ad_array *wanted, const ad_array *text,
                    int64_t from, int64_t length)
{
    page_tokens *t = l->t;
    page_passage p = {.tokens = 0};
    for (int64_t i = 0; i < length; i++) {
        int64_t target = (int64_t)ad_array_item(wanted, from + i);
        bool asked = target >= 0 && target < t->classes, right = false;
        double loss = asked ? loss_of(logit + i * t->classes, t->classes, target, &right) : NAN;
        if (!asked && !t->masked)
            break;
        if (asked) {
            note(&t->of[target], loss, right);
            note(&t->at[i < t->positions ? i : t->positions - 1], loss, right);
            t->count++;
        }
        p.token[p.tokens] = asked ? (int32_t)target : (int32_t)ad_array_item(text, from + i);
        p.loss[p.tokens++] = (float)loss;
        if (p.tokens == PAGE_PASSAGE) {
            offer(t, &p);
            p.tokens = 0;
        }
    }
    offer(t, &p);
}

static bool take(void *user, const ad_batch *batch, const ad_array *out)
{
    looking *l = user;
    int64_t steps = ad_array_count(&out[1]) / batch->count;
    if (out[0].type != AD_F32 || ad_array_count(&out[0]) != ad_array_count(&out[1]) * l->t->classes)
        return false;
    for (int64_t i = 0; i < batch->count && l->left > 0; i++, l->left--)
        look_at(l, (const float *)out[0].data + i * steps * l->t->classes, &out[1],
                &batch->array[l->field], i * steps, steps);
    return true;
}

/* ---------------------------------------------------------------- all */

static bool look_at_all(page *p, ad_source *held, page_tokens *t)
{
    int64_t window = p->data->window > 0 ? p->data->window : 1, most, count = ad_source_count(held);
    most = CHANCES_MOST / (window * t->classes) + 1;
    looking l = {t, ad_source_find(held, p->data->input[0].name), count < most ? count : most};
    ad_source *first = l.field >= 0 ? run_first_of(held, l.left) : NULL;
    ad_tensor *fetch[] = {p->network->measured, p->network->wanted};
    bool done = first && page_pass(p, first, fetch, 2, take, &l);
    ad_source_free(first);
    return done && t->count > 0;
}

bool page_tokens_find(page *p, page_tokens *t)
{
    ad_source *held = p->data->test ? p->data->test : p->data->validation;
    int64_t window = p->data->window;
    *t = (page_tokens){.masked = strcmp(p->data->task->record.name, "language_model") != 0,
                       .classes = p->data->target.classes,
                       .shortest = p->data->schema->running ? PAGE_PASSAGE / 4 : 4,
                       .positions = window < PAGE_POSITIONS_MAX ? window : PAGE_POSITIONS_MAX};
    if (!held || !p->network->wanted || t->classes < 1 || t->positions < 1)
        return false;
    t->of = calloc((size_t)t->classes, sizeof *t->of);
    t->at = calloc((size_t)t->positions, sizeof *t->at);
    if (!t->of || !t->at)
        p->status = run_failed(AD_RUN_NO_FAULT, message_no_memory());
    return t->of && t->at && look_at_all(p, held, t);
}
