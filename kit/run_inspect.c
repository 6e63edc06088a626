/* What the targets of the parts are, before anything is trained: warnings for a person. */
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "run.h"
#include "text.h"

enum { BLOCK = 500, SHOWN = 5, TIMES = 10 };

typedef struct part_count {
    int64_t *of; /* examples of each class */
    int64_t examples;
    int64_t turns; /* neighbours whose classes differ */
    int64_t last;
} part_count;

typedef struct inspection {
    const ad_config *config;
    const ad_run_data *data;
    int64_t classes;
    part_count train, validation, test;
    void (*warn)(void *user, const char *words);
    void *user;
    bool failed; /* no memory for words */
} inspection;

/* ---------------------------------------------------------------- counting */

static void count_batch(const inspection *v, part_count *p, const ad_array *target, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        int64_t class = (int64_t)ad_array_item(target, i);
        if (class < 0 || class >= v->classes)
            continue;
        p->turns += p->examples > 0 && class != p->last;
        p->last = class;
        p->of[class]++;
        p->examples++;
    }
}

static ad_status count_part(const inspection *v, ad_source *source, part_count *p)
{
    p->of = calloc((size_t)v->classes, sizeof *p->of);
    if (!p->of)
        return run_failed(AD_RUN_NO_FAULT, message_no_memory());
    if (!source)
        return AD_OK;
    int field = ad_source_find(source, v->data->target.name);
    ad_batches *b = ad_batches_new(source, .size = BLOCK, .order = AD_ORDER_AS_IS);
    ad_batch batch = {.count = 1};
    ad_status status = b && field >= 0 ? AD_OK : run_fail_core(AD_RUN_NO_FAULT);
    while (status == AD_OK && batch.count > 0) {
        status = ad_batches_next(b, &batch) == AD_OK ? AD_OK : run_fail_core(AD_RUN_BAD_DATA);
        if (status == AD_OK && batch.count > 0)
            count_batch(v, p, &batch.array[field], batch.count);
    }
    ad_batches_free(b);
    return status;
}

/* ---------------------------------------------------------------- words */

static void add_class(const inspection *v, text_buffer *t, int64_t class)
{
    char *const *names = ad_run_names(v->data);
    if (names)
        text_add_quoted(t, names[class]);
    else
        text_add_format(t, "%lld", (long long)class);
}

static void warn(inspection *v, text_buffer *t)
{
    char *words = text_take(t);
    if (words)
        v->warn(v->user, words);
    v->failed = v->failed || !words;
    free(words);
}

/* "class 'a'", "classes 'a', 'b' and 7 more" of those that are marked; false where none is. */
static bool list_classes(const inspection *v, text_buffer *t, const bool *marked)
{
    int64_t count = 0, shown = 0;
    for (int64_t c = 0; c < v->classes; c++)
        count += marked[c];
    text_add(t, count == 1 ? "class " : "classes ");
    for (int64_t c = 0; c < v->classes && shown < SHOWN; c++) {
        if (!marked[c])
            continue;
        text_add(t, shown++ ? ", " : "");
        add_class(v, t, c);
    }
    if (count > shown)
        text_add_format(t, " and %lld more", (long long)(count - shown));
    text_add(t, count == 1 ? " has " : " have ");
    return count > 0;
}

static void warn_classes(inspection *v, const bool *marked, const char *what)
{
    text_buffer t = {0};
    if (list_classes(v, &t, marked)) {
        text_add(&t, what);
        warn(v, &t);
    }
    text_done(&t);
}

/* ---------------------------------------------------------------- what may be wrong */

static ad_status check_one_class(const inspection *v)
{
    const part_count *p = &v->train;
    for (int64_t c = 0; c < v->classes; c++) {
        if (p->examples < 2 || p->of[c] != p->examples)
            continue;
        text_buffer t = {0};
        text_add_format(&t, "all %lld training examples are of class ", (long long)p->examples);
        add_class(v, &t, c);
        text_add(&t, ": there is nothing to tell apart\n  give examples of another class; where "
                     "the rows are in the order of their class, data.split: stratified takes some "
                     "of each\n");
        char *words = text_take(&t);
        return run_failed(AD_RUN_BAD_DATA, message_give(AD_ERROR_FORMAT, words));
    }
    return AD_OK;
}

static void warn_missing(inspection *v, bool *marked)
{
    for (int64_t c = 0; c < v->classes; c++)
        marked[c] = !v->train.of[c] && !v->test.of[c] && !v->validation.of[c];
    warn_classes(v, marked,
                 "no example [W401]\n  the network cannot learn what it never sees, and has an "
                 "output for it\n  give examples, or leave the class out of the data\n");
    for (int64_t c = 0; c < v->classes; c++)
        marked[c] = !v->train.of[c] && (v->test.of[c] || v->validation.of[c]);
    warn_classes(v, marked,
                 "no example in the training part, and some where it is measured [W402]\n  each of "
                 "those will be answered wrongly\n  data.split: stratified gives every part its "
                 "share of each class\n");
    for (int64_t c = 0; c < v->classes; c++)
        marked[c] = v->data->test && v->train.of[c] && !v->test.of[c];
    warn_classes(v, marked,
                 "no example in the test part [W403]\n  the test says nothing of how well it is "
                 "told\n  test on more examples, or data.split: stratified\n");
}

static void warn_imbalance(inspection *v)
{
    const part_count *p = &v->train;
    int64_t most = 0, least = -1;
    for (int64_t c = 0; c < v->classes; c++) {
        most = p->of[c] > p->of[most] ? c : most;
        if (p->of[c] > 0 && (least < 0 || p->of[c] < p->of[least]))
            least = c;
    }
    if (least < 0 || p->of[most] <= TIMES * p->of[least])
        return;
    text_buffer t = {0};
    text_add(&t, "class ");
    add_class(v, &t, most);
    text_add_format(&t, " has %lld training examples, class ", (long long)p->of[most]);
    add_class(v, &t, least);
    text_add_format(&t,
                    " %lld [W404]\n  always answering the first is right in %.1f %% of the "
                    "training part, so accuracy says little\n  look at the classes alone (`adze "
                    "eval RUN --by %s`), or let batches have as many of each: train.balance\n",
                    (long long)p->of[least], 100 * (double)p->of[most] / (double)p->examples,
                    v->data->target.name);
    warn(v, &t);
    text_done(&t);
}

static void warn_left_out(inspection *v)
{
    int64_t count = v->data->without_target;
    if (count <= 0)
        return;
    text_buffer t = {0};
    text_add_format(&t,
                    "%lld %s no target and %s left out [W405]\n  nothing can be learned or "
                    "measured there\n  fill the target in, or delete the rows\n",
                    (long long)count, count == 1 ? "example has" : "examples have",
                    count == 1 ? "is" : "are");
    warn(v, &t);
    text_done(&t);
}

/* As few changes from row to row as there can be. */
static void warn_order(inspection *v)
{
    const part_count *p = &v->train;
    int64_t present = 0;
    for (int64_t c = 0; c < v->classes; c++)
        present += p->of[c] > 0;
    bool cut = v->config->parts.test_share > 0 || v->config->parts.folds > 0 ||
               v->config->parts.validation > 0;
    if (!cut || v->config->parts.split != AD_SPLIT_IN_ORDER || present < 2 ||
        p->turns != present - 1 || p->examples < 4 * present)
        return;
    text_buffer t = {0};
    text_add(&t, "the rows are in the order of their class, and data.split is in_order [W406]\n"
                 "  so the parts that are cut from the end hold the last classes alone\n"
                 "  take data.split: stratified, or random\n");
    warn(v, &t);
    text_done(&t);
}

/* ---------------------------------------------------------------- all */

static ad_status inspect_classes(inspection *v)
{
    bool *marked = calloc((size_t)v->classes, sizeof *marked);
    ad_status status = marked ? count_part(v, v->data->train, &v->train)
                              : run_failed(AD_RUN_NO_FAULT, message_no_memory());
    if (status == AD_OK)
        status = count_part(v, v->data->validation, &v->validation);
    if (status == AD_OK)
        status = count_part(v, v->data->test, &v->test);
    if (status == AD_OK)
        status = check_one_class(v);
    if (status == AD_OK) {
        warn_order(v);
        warn_missing(v, marked);
        warn_imbalance(v);
    }
    free(marked);
    free(v->train.of);
    free(v->validation.of);
    free(v->test.of);
    return status;
}

ad_status ad_run_inspect(const ad_config *config, const ad_run_data *data,
                         void (*warn_of)(void *user, const char *words), void *user)
{
    inspection v = {.config = config, .data = data, .warn = warn_of, .user = user};
    v.classes = data->task && data->task->players ? 0 : ad_run_classes(data);
    warn_left_out(&v);
    ad_status status = v.classes > 0 && data->train ? inspect_classes(&v) : AD_OK;
    if (status == AD_OK && v.failed)
        status = run_failed(AD_RUN_NO_FAULT, message_no_memory());
    return status;
}
