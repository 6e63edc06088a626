/* Two runs side by side: what was configured otherwise, and which answers the same test examples
 * better. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config_keys.h"
#include "message.h"
#include "page.h"

/* ---------------------------------------------------------------- keys */

static bool add_key(ad_run_comparison *c, const char *path, const char *a, const char *b)
{
    ad_run_key *grown = realloc(c->key, ((size_t)c->keys + 1) * sizeof *grown);
    if (!grown)
        return false;
    c->key = grown;
    ad_run_key *k = &c->key[c->keys++];
    *k = (ad_run_key){text_copy(path), a ? text_copy(a) : NULL, b ? text_copy(b) : NULL};
    return k->path && (!a || k->a) && (!b || k->b);
}

static ad_status compare_keys(ad_run_comparison *c, const config_keys *a, const config_keys *b)
{
    bool good = true;
    for (int i = 0; good && i < a->count; i++) {
        const char *other = config_keys_find(b, a->key[i].path);
        if (!other || strcmp(other, a->key[i].value) != 0)
            good = add_key(c, a->key[i].path, a->key[i].value, other);
    }
    for (int i = 0; good && i < b->count; i++)
        if (!config_keys_find(a, b->key[i].path))
            good = add_key(c, b->key[i].path, NULL, b->key[i].value);
    return good ? AD_OK : run_failed(AD_RUN_NO_FAULT, message_no_memory());
}

static ad_status keys_of(const ad_config *config, config_keys *keys)
{
    char *text = ad_config_text(config, NULL);
    ad_status status = text ? config_keys_read(text, keys) : message_no_memory();
    free(text);
    return status == AD_OK ? AD_OK : run_failed(AD_RUN_NO_FAULT, status);
}

static ad_status compare_configs(ad_run_comparison *c, const page_loaded *l)
{
    config_keys a = {0}, b = {0};
    ad_status status = keys_of(l[0].config, &a);
    if (status == AD_OK)
        status = keys_of(l[1].config, &b);
    if (status == AD_OK)
        status = compare_keys(c, &a, &b);
    config_keys_done(&a);
    config_keys_done(&b);
    return status;
}

/* ---------------------------------------------------------------- answers */

/* The measure that says most comes first. */
static const char *const *metrics_of(const page *p)
{
    static const char *const classes[] = {"accuracy", "log_loss", "f1_macro", NULL},
                             *const numbers[] = {"rmse", "mae", "r2", NULL},
                             *const labels[] = {"f1_macro", "subset_accuracy", NULL},
                             *const losses[] = {"bits_a_byte", NULL},
                             *const texts[] = {"exact_match", "character_error_rate", NULL};
    if (p->a.all && p->a.all->kind == AD_METRIC_LOSSES)
        return losses;
    if (p->a.all && p->a.all->kind == AD_METRIC_SENTENCES)
        return texts;
    if (p->a.classes)
        return classes;
    return strcmp(p->data->task->record.name, "labels") == 0 ? labels : numbers;
}

/* Better, worse, or not to be told: of the first measure. */
static void judge(ad_run_comparison *c)
{
    const ad_run_difference *d = &c->difference[0];
    c->verdict = AD_RUN_NOT_TOLD;
    if (c->differences == 0 || (d->low <= 0 && d->high >= 0) || isnan(d->low))
        return;
    c->verdict = (d->low > 0) != d->less_is_better ? AD_RUN_BETTER : AD_RUN_WORSE;
}

/* Of two that are drawn on their own: half widths add as their squares do. */
static ad_metric_value apart(const ad_metric_value *a, const ad_metric_value *b)
{
    double d = b->value - a->value, half = hypot(a->high - a->low, b->high - b->low) / 2;
    return (ad_metric_value){.value = d, .low = d - half, .high = d + half};
}

static ad_status compare_metric(ad_run_comparison *c, const char *name, const page *p)
{
    const ad_metric_record *metric = ad_metric_find(name);
    ad_metric_value value = {.value = NAN}, of[2];
    ad_choice choice = {(const ad_record *)metric, NULL};
    ad_status status = AD_OK;
    for (int i = 0; i < 2 && status == AD_OK; i++)
        status = ad_metrics(p[i].a.all, &choice, 1, &of[i], .resamples = c->unpaired ? 1000 : 0);
    if (status == AD_OK && c->unpaired)
        value = apart(&of[0], &of[1]);
    else if (status == AD_OK)
        status = ad_metric_difference(p[0].a.all, p[1].a.all, &choice, &value);
    if (status != AD_OK)
        return run_failed(AD_RUN_BAD_DATA, status);
    ad_run_difference *d = &c->difference[c->differences++];
    *d = (ad_run_difference){.a = of[0].value,
                             .b = of[1].value,
                             .difference = value.value,
                             .low = value.low,
                             .high = value.high,
                             .less_is_better = metric->less_is_better,
                             .share = metric->share};
    snprintf(d->name, sizeof d->name, "%s", name);
    return AD_OK;
}

static ad_status differ(const char *a, const char *b, const char *how)
{
    return run_fail(
        AD_RUN_BAD_DATA, AD_ERROR_ARGUMENT,
        "%s and %s cannot be compared: %s\n  compare runs of one task on the same data: "
        "the same data.path, test part and train.seed\n",
        a, b, how);
}

static bool same_raw(const page *p)
{
    uint64_t hash[2] = {0, 0};
    for (int i = 0; i < 2; i++)
        if (p[i].raw && ad_source_fingerprint(p[i].raw, &hash[i]) != AD_OK)
            return false;
    return !p[0].raw || !p[1].raw || hash[0] == hash[1];
}

/* Texts that are written, or losses of texts. */
static const char *why_not_texts(const page *p)
{
    const ad_metric_answers *a = p[0].a.all, *b = p[1].a.all;
    const int64_t *x = p[0].data->bytes, *y = p[1].data->bytes;
    if (a->kind == AD_METRIC_LOSSES)
        return x[AD_PART_TEST] == y[AD_PART_TEST] && a->bytes.data && b->bytes.data && same_raw(p)
                   ? NULL
                   : "their test parts differ";
    bool same = a->count == b->count;
    for (int64_t i = 0; same && i < a->count; i++)
        same = strcmp(a->right[i], b->right[i]) == 0;
    return same ? NULL : "their test parts differ, or how they are written as tokens";
}

static bool is_of_texts(const page *p)
{
    return p->a.all &&
           (p->a.all->kind == AD_METRIC_LOSSES || p->a.all->kind == AD_METRIC_SENTENCES);
}

/* The same examples in the same order, with the same targets. */
static const char *why_not(const page *p)
{
    const page_answers *a = &p[0].a, *b = &p[1].a;
    if (strcmp(p[0].data->task->record.name, p[1].data->task->record.name) != 0)
        return "their tasks differ";
    if (!p[0].data->test || !p[1].data->test)
        return "one has no test part";
    if (is_of_texts(&p[0]) && is_of_texts(&p[1]))
        return why_not_texts(p);
    if (a->count == 0 || b->count == 0)
        return "no metric of this task compares two runs";
    if (a->count != b->count || a->classes != b->classes || a->width != b->width)
        return "their test parts differ";
    size_t targets = (size_t)(a->classes ? a->count : a->count * a->width);
    bool same = memcmp(a->target, b->target, targets * sizeof *a->target) == 0 && same_raw(p);
    return same ? NULL : "their test parts differ";
}

static int64_t examples_of(const page *p)
{
    bool list = p->a.all && p->a.all->kind == AD_METRIC_SENTENCES;
    return list                               ? p->a.all->count
           : p->a.count > 0 || is_of_texts(p) ? p->a.all->prediction.shape.size[0]
                                              : 0;
}

static ad_status compare_answers(ad_run_comparison *c, const char *const *folder, page *p)
{
    ad_status status = page_answers_make(&p[0], NULL);
    if (status == AD_OK)
        status = page_answers_make(&p[1], NULL);
    const char *reason = status == AD_OK ? why_not(p) : NULL;
    if (reason)
        return differ(folder[0], folder[1], reason);
    c->examples = status == AD_OK ? examples_of(&p[0]) : 0;
    c->unpaired = status == AD_OK && c->examples != examples_of(&p[1]);
    const char *const *name = status == AD_OK ? metrics_of(&p[0]) : NULL;
    for (; name && *name && status == AD_OK; name++)
        status = compare_metric(c, *name, p);
    judge(c);
    return status;
}

ad_status ad_run_compare(const char *a, const char *b, int threads, ad_run_comparison *comparison)
{
    const char *const folder[2] = {a, b};
    page_loaded l[2] = {{0}};
    page p[2] = {{.folder = a}, {.folder = b}};
    ad_status status = AD_OK;
    *comparison = (ad_run_comparison){.keys = 0};
    for (int i = 0; i < 2 && status == AD_OK; i++) {
        status = page_load(folder[i], NULL, threads, &l[i]);
        p[i].config = l[i].config, p[i].data = &l[i].data, p[i].network = &l[i].network;
        p[i].raw = l[i].data.raw;
    }
    if (status == AD_OK)
        status = compare_configs(comparison, l);
    if (status == AD_OK)
        status = compare_answers(comparison, folder, p);
    for (int i = 0; i < 2; i++) {
        page_answers_done(&p[i].a);
        page_loaded_done(&l[i]);
    }
    return status;
}

void ad_run_comparison_done(ad_run_comparison *c)
{
    for (int i = 0; i < c->keys; i++) {
        free(c->key[i].path);
        free(c->key[i].a);
        free(c->key[i].b);
    }
    free(c->key);
    *c = (ad_run_comparison){.keys = 0};
}
