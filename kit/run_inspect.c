/* What the targets of the parts are, before anything is trained: warnings for a person. */
#include <stdlib.h>
#include <string.h>

#include "data_classes.h"
#include "message.h"
#include "run.h"
#include "text.h"

enum { BLOCK = 500 };

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

/* length: of each example's targets; NULL: each has one. */
static void count_batch(const inspection *v, part_count *p, const ad_array *target,
                        const ad_array *length, int64_t examples)
{
    int64_t count = ad_array_count(target), wide = examples ? count / examples : 1;
    for (int64_t i = 0; i < count; i++) {
        int64_t class = (int64_t)ad_array_item(target, i);
        bool behind = length && (double)(i % wide) >= ad_array_item(length, i / wide);
        if (behind || class < 0 || class >= v->classes)
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
    int length = status == AD_OK && v->data->task->over_time
                     ? run_batch_field(b, v->data->target.name, ".length")
                     : -1;
    while (status == AD_OK && batch.count > 0) {
        status = ad_batches_next(b, &batch) == AD_OK ? AD_OK : run_fail_core(AD_RUN_BAD_DATA);
        if (status == AD_OK && batch.count > 0)
            count_batch(v, p, &batch.array[field], length < 0 ? NULL : &batch.array[length],
                        batch.count);
    }
    ad_batches_free(b);
    return status;
}

/* ---------------------------------------------------------------- what may be wrong */

static class_counts counts_of(const inspection *v)
{
    const ad_config *c = v->config;
    bool cut = c->parts.test_share > 0 || c->parts.folds > 0 || c->parts.validation > 0;
    return (class_counts){.classes = v->classes,
                          .names = ad_run_names(v->data),
                          .target = v->data->target.name,
                          .of = {[AD_PART_TRAIN] = v->train.of,
                                 [AD_PART_VALIDATION] = v->validation.of,
                                 [AD_PART_TEST] = v->data->test ? v->test.of : NULL},
                          .turns = v->train.turns,
                          .words = v->data->task->of_words,
                          .cut_in_order = cut && c->parts.split == AD_SPLIT_IN_ORDER};
}

static ad_status check_one_class(const inspection *v)
{
    const part_count *p = &v->train;
    for (int64_t c = 0; c < v->classes; c++) {
        if (p->examples < 2 || p->of[c] != p->examples)
            continue;
        class_counts counts = counts_of(v);
        text_buffer t = {0};
        text_add_format(&t, "all %lld training examples are of class ", (long long)p->examples);
        class_add(&counts, &t, c);
        text_add(&t, ": there is nothing to tell apart\n  give examples of another class; where "
                     "the rows are in the order of their class, data.split: stratified takes some "
                     "of each\n");
        char *words = text_take(&t);
        return run_failed(AD_RUN_BAD_DATA, message_give(AD_ERROR_FORMAT, words));
    }
    return AD_OK;
}

const char run_left_out_reason[] = "nothing can be learned or measured there",
           run_left_out_cure[] = "fill the target in, or delete the rows";

char *run_left_out_words(int64_t count, const char *target)
{
    bool one = count == 1, named = target != NULL;
    return text_format("%lld %s no target%s%s%s and %s left out", (long long)count,
                       one ? "example has" : "examples have", named ? " '" : "",
                       named ? target : "", named ? "'" : "", one ? "is" : "are");
}

static void warn_left_out(inspection *v)
{
    int64_t count = v->data->without_target;
    if (count <= 0)
        return;
    char *what = run_left_out_words(count, NULL);
    char *words =
        what ? text_format("%s [W405]\n  %s\n  %s\n", what, run_left_out_reason, run_left_out_cure)
             : NULL;
    free(what);
    if (words)
        v->warn(v->user, words);
    v->failed = !words;
    free(words);
}

static void warn_features(inspection *v)
{
    text_buffer t = {0};
    if (!v->data->features_read)
        return;
    text_add_format(&t,
                    "the features of all sounds are %.1f GiB, more than 1 that is kept [W425]\n"
                    "  they are made anew in every epoch, which may take longer than learning from "
                    "them\n  fewer steps keep them small: sound.hop, sound.seconds, sound.mels\n",
                    v->data->feature_bytes / (1 << 30));
    char *words = text_take(&t);
    if (words)
        v->warn(v->user, words);
    v->failed = v->failed || !words;
    free(words);
}

/* ---------------------------------------------------------------- all */

static ad_status inspect_classes(inspection *v)
{
    ad_status status = count_part(v, v->data->train, &v->train);
    if (status == AD_OK)
        status = count_part(v, v->data->validation, &v->validation);
    if (status == AD_OK)
        status = count_part(v, v->data->test, &v->test);
    if (status == AD_OK)
        status = check_one_class(v);
    if (status == AD_OK) {
        class_counts counts = counts_of(v);
        v->failed = !class_warn(&counts, v->warn, v->user) || v->failed;
    }
    free(v->train.of);
    free(v->validation.of);
    free(v->test.of);
    return status;
}

ad_status ad_run_inspect(const ad_config *config, const ad_run_data *data,
                         void (*warn_of)(void *user, const char *words), void *user)
{
    inspection v = {.config = config, .data = data, .warn = warn_of, .user = user};
    v.classes = data->task && data->task->makes ? 0 : ad_run_classes(data);
    warn_left_out(&v);
    warn_features(&v);
    ad_status status = v.classes > 0 && data->train ? inspect_classes(&v) : AD_OK;
    if (status == AD_OK && v.failed)
        status = run_failed(AD_RUN_NO_FAULT, message_no_memory());
    return status;
}
