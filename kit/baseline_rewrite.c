/* What a model that writes texts has to beat: the text as it is, and the target that comes most
 * often. */
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "rewrite.h"
#include "text.h"

/* ---------------------------------------------------------------- the most frequent target */

typedef struct seen {
    uint64_t hash;
    int64_t example;
} seen;

typedef struct frequent {
    const ad_run_data *data;
    seen *list;
    int64_t count, wanted; /* wanted: the example whose target is to be told */
    char *text;
} frequent;

static uint64_t hash_of(const sequence_pair *p)
{
    uint64_t hash = 0xCBF29CE484222325u; /* FNV-1a */
    for (int64_t i = 0; i < p->targets; i++)
        hash = (hash ^ (uint32_t)p->target[i]) * 0x100000001B3u;
    return hash;
}

static ad_status note_target(void *user, const sequence_pair *p)
{
    frequent *f = user;
    f->list[f->count] = (seen){hash_of(p), f->count};
    f->count++;
    return AD_OK;
}

static ad_status tell_target(void *user, const sequence_pair *p)
{
    frequent *f = user;
    if (f->count++ != f->wanted)
        return AD_OK;
    f->text = rewrite_text(f->data, true, p->target, p->targets - 1);
    return f->text ? AD_OK : AD_ERROR_MEMORY;
}

static int by_hash(const void *a, const void *b)
{
    const seen *x = a, *y = b;
    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return (x->example > y->example) - (x->example < y->example);
}

/* Of equally frequent ones the first. */
static int64_t most_frequent(const frequent *f)
{
    int64_t best = 0, most = 0;
    for (int64_t i = 0, end; i < f->count; i = end) {
        for (end = i + 1; end < f->count && f->list[end].hash == f->list[i].hash;)
            end++;
        if (end - i > most || (end - i == most && f->list[i].example < best))
            most = end - i, best = f->list[i].example;
    }
    return best;
}

static ad_status find_frequent(const ad_run_data *data, char **text)
{
    frequent f = {.data = data};
    f.list = malloc(((size_t)ad_source_count(data->train) + 1) * sizeof *f.list);
    ad_status status = f.list ? run_sequence_each(data, data->train, note_target, &f) : no_memory();
    if (status == AD_OK) {
        qsort(f.list, (size_t)f.count, sizeof *f.list, by_hash);
        f.wanted = most_frequent(&f);
        f.count = 0;
        status = run_sequence_each(data, data->train, tell_target, &f);
    }
    free(f.list);
    *text = f.text;
    return status;
}

/* ---------------------------------------------------------------- the texts themselves */

typedef struct copies {
    const ad_run_data *data;
    char **text;
    int64_t count, all, next, number;
} copies;

static ad_status take_copy(void *user, const sequence_pair *p)
{
    copies *c = user;
    int64_t wanted = c->count == c->all ? c->next : c->next * c->all / c->count;
    if (c->next == c->count || c->number++ != wanted)
        return AD_OK;
    c->text[c->next] = rewrite_text(c->data, false, p->text, p->texts);
    return c->text[c->next++] ? AD_OK : AD_ERROR_MEMORY;
}

/* ---------------------------------------------------------------- measuring */

/* The metrics of texts that the network was measured by. */
static ad_status measure(const ad_run_measured *of, const char *const *answer, ad_baseline *b)
{
    ad_metric_answers a = of->answers.answers;
    a.answer = answer;
    for (int i = 1; i < of->measures; i++) {
        const ad_metric_record *r = ad_metric_find(of->measured[i].name);
        ad_metric_value v;
        if (!r || !(r->kinds & AD_METRIC_SENTENCES))
            continue;
        ad_choice one = {&r->record, NULL};
        ad_status status =
            (ad_metrics)(&a, &one, 1, &v, &AD_OPTIONS(ad_metrics_options, .resamples = 0));
        if (status != AD_OK)
            return run_failed(AD_RUN_NO_FAULT, status);
        b->measured[b->measures++] =
            (ad_measured){r->record.name, v.value, v.low, v.high, v.less_is_better};
    }
    return AD_OK;
}

/* By the first of these that both have. */
static bool is_beaten(const ad_run_measured *of, const ad_baseline *b)
{
    static const char *const by[] = {"character_error_rate", "exact_match", "bleu"};
    for (int k = 0; k < 3; k++)
        for (int i = 0; i < b->measures; i++) {
            const ad_measured *net = ad_run_find(of, by[k]), *base = &b->measured[i];
            if (net && strcmp(base->name, by[k]) == 0)
                return base->less_is_better ? net->high < base->value : net->low > base->value;
        }
    return false;
}

static ad_status add(ad_baselines *all, const char *name, const ad_run_measured *of,
                     const char *const *answer)
{
    ad_baseline *b = &all->list[all->count++];
    *b = (ad_baseline){.name = name};
    ad_status status = measure(of, answer, b);
    b->beaten = status == AD_OK && is_beaten(of, b);
    return status;
}

static ad_status add_copy(const ad_run_data *data, ad_source *part, const ad_run_measured *of,
                          ad_baselines *all)
{
    copies c = {.data = data, .count = of->written, .all = ad_source_count(part)};
    c.text = calloc((size_t)c.count + 1, sizeof *c.text);
    ad_status status = c.text ? run_sequence_each(data, part, take_copy, &c) : no_memory();
    if (status == AD_OK)
        status = add(all, "copy", of, (const char *const *)c.text);
    for (int64_t i = 0; c.text && i < c.count; i++)
        free(c.text[i]);
    free(c.text);
    return status;
}

static ad_status add_frequent(const ad_run_data *data, const ad_run_measured *of, ad_baselines *all)
{
    char *text = NULL;
    const char **list = calloc((size_t)of->written + 1, sizeof *list);
    ad_status status = list ? find_frequent(data, &text) : no_memory();
    for (int64_t i = 0; status == AD_OK && i < of->written; i++)
        list[i] = text ? text : "";
    if (status == AD_OK)
        status = add(all, "most_frequent", of, list);
    free(list);
    free(text);
    return status;
}

ad_status run_rewrite_baselines(const ad_run_data *data, ad_source *part,
                                const ad_run_measured *measured, ad_baselines *b)
{
    if (measured->answers.answers.kind != AD_METRIC_SENTENCES || measured->written < 1)
        return AD_OK;
    ad_status status = data->task->rewrites ? add_copy(data, part, measured, b) : AD_OK;
    if (status == AD_OK)
        status = add_frequent(data, measured, b);
    return status;
}
