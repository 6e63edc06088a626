/* What a tagger has to beat: the tag that each word has most often in the training part; of words
 * that it has not, the most frequent tag. */
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "run.h"
#include "text.h"

enum { BLOCK = 256 };

/* ---------------------------------------------------------------- words of a part */

typedef struct tagged_word {
    int64_t word; /* its hash */
    int32_t tag;
    int64_t sentence;
} tagged_word;

typedef struct word_list {
    tagged_word *list;
    int64_t count, room, sentences;
} word_list;

static bool add_word(word_list *l, int64_t word, int32_t tag)
{
    if (l->count == l->room) {
        int64_t room = 2 * l->room + 1024;
        tagged_word *more = realloc(l->list, (size_t)room * sizeof *more);
        if (!more)
            return false;
        l->list = more, l->room = room;
    }
    l->list[l->count++] = (tagged_word){word, tag, l->sentences};
    return true;
}

static bool add_batch(word_list *l, const ad_batch *b, int word, int tag, int length)
{
    int64_t wide = ad_array_count(&b->array[word]) / b->count;
    const int64_t *words = b->array[word].data;
    const int32_t *tags = b->array[tag].data, *lengths = b->array[length].data;
    bool good = true;
    for (int64_t i = 0; i < b->count; i++, l->sentences++)
        for (int64_t t = i * wide; t < i * wide + lengths[i] && good; t++)
            good = !words[t] || tags[t] < 0 || add_word(l, words[t], tags[t]);
    return good;
}

/* Words that have a tag, in their order. */
static ad_status take_words(const ad_run_data *data, ad_source *part, word_list *l)
{
    ad_batches *b = ad_batches_new(part, .size = BLOCK, .order = AD_ORDER_AS_IS, .threads = 0);
    ad_batch batch = {.count = 0};
    int word = b ? run_batch_field(b, RUN_WORD, "") : -1,
        tag = b ? run_batch_field(b, data->target.name, "") : -1,
        length = b ? run_batch_field(b, RUN_WORD, ".length") : -1;
    ad_status status =
        b && word >= 0 && tag >= 0 && length >= 0 ? AD_OK : run_fail_core(AD_RUN_BAD_DATA);
    while (status == AD_OK) {
        status = ad_batches_next(b, &batch) == AD_OK ? AD_OK : run_fail_core(AD_RUN_BAD_DATA);
        if (status != AD_OK || batch.count == 0)
            break;
        status = add_batch(l, &batch, word, tag, length) ? AD_OK : no_memory();
    }
    ad_batches_free(b);
    return status;
}

/* ---------------------------------------------------------------- the table */

static int by_word(const void *a, const void *b)
{
    const tagged_word *x = a, *y = b;
    if (x->word != y->word)
        return x->word < y->word ? -1 : 1;
    return (x->tag > y->tag) - (x->tag < y->tag);
}

/* Of equally frequent ones the first. */
static int32_t most_frequent(const int64_t *of, int64_t classes)
{
    int32_t best = 0;
    for (int32_t c = 1; c < classes; c++)
        best = of[c] > of[best] ? c : best;
    return best;
}

/* One entry for each word is left, with its most frequent tag; *usual is that of all words. */
static bool make_table(word_list *l, int64_t classes, int32_t *usual)
{
    int64_t *of = calloc((size_t)classes, sizeof *of), *all = calloc((size_t)classes, sizeof *all);
    int64_t words = 0;
    if (l->count)
        qsort(l->list, (size_t)l->count, sizeof *l->list, by_word);
    for (int64_t i = 0; of && all && i < l->count; i++) {
        of[l->list[i].tag]++;
        all[l->list[i].tag]++;
        if (i + 1 < l->count && l->list[i + 1].word == l->list[i].word)
            continue;
        l->list[words++] =
            (tagged_word){.word = l->list[i].word, .tag = most_frequent(of, classes)};
        memset(of, 0, (size_t)classes * sizeof *of);
    }
    *usual = all ? most_frequent(all, classes) : 0;
    l->count = words;
    free(of);
    free(all);
    return of && all;
}

static int32_t tag_of(const word_list *table, int64_t word, int32_t usual)
{
    int64_t low = 0, high = table->count;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (table->list[middle].word < word)
            low = middle + 1;
        else
            high = middle;
    }
    return low < table->count && table->list[low].word == word ? table->list[low].tag : usual;
}

/* ---------------------------------------------------------------- how good it is */

typedef struct told {
    int32_t *said, *right;
    int64_t *sentence;
} told;

static bool tell(const word_list *table, const word_list *part, int32_t usual, told *t)
{
    size_t count = (size_t)part->count + 1;
    *t = (told){malloc(count * sizeof *t->said), malloc(count * sizeof *t->right),
                malloc(count * sizeof *t->sentence)};
    if (!t->said || !t->right || !t->sentence)
        return false;
    for (int64_t i = 0; i < part->count; i++) {
        t->said[i] = tag_of(table, part->list[i].word, usual);
        t->right[i] = part->list[i].tag;
        t->sentence[i] = part->list[i].sentence;
    }
    return true;
}

/* Those of the network that are of answers alone, the accuracy first. */
static int choose(const ad_run_measured *measured, ad_choice *list)
{
    int count = 0;
    list[count++] = (ad_choice){ad_record_find(ad_metric_at, "accuracy"), NULL};
    for (int i = 0; i < measured->measures && count < AD_RUN_MEASURES_MAX; i++) {
        const ad_metric_record *m = ad_metric_find(measured->measured[i].name);
        if (m && !m->chances && strcmp(m->record.name, "accuracy") != 0)
            list[count++] = (ad_choice){&m->record, NULL};
    }
    return count;
}

static ad_status measure(const ad_run_data *data, const told *t, int64_t count,
                         const ad_run_measured *measured, ad_baseline *one)
{
    ad_choice list[AD_RUN_MEASURES_MAX];
    ad_metric_value value[AD_RUN_MEASURES_MAX];
    ad_shape shape = AD_SHAPE(count);
    int metrics = choose(measured, list);
    ad_metric_answers a = AD_OPTIONS(
        ad_metric_answers, .kind = AD_METRIC_CLASSES, .prediction = ad_i32(t->said, shape),
        .target = ad_i32(t->right, shape), .cluster = ad_i64(t->sentence, shape),
        .classes = data->target.classes, .names = (const char *const *)ad_run_names(data));
    ad_status status = ad_metrics(&a, list, metrics, value, .resamples = AD_RESAMPLES_LEAST);
    if (status != AD_OK)
        return run_failed(AD_RUN_BAD_DATA, status);
    for (int i = 0; i < metrics; i++)
        one->measured[one->measures++] =
            (ad_measured){list[i].record->name, value[i].value, value[i].low, value[i].high,
                          value[i].less_is_better};
    return AD_OK;
}

static bool is_beaten(const ad_run_measured *measured, double accuracy)
{
    const ad_measured *found = ad_run_find(measured, "accuracy");
    ad_measured own;
    if (!found && ad_run_accuracy(measured, &own))
        found = &own;
    return found && found->low > accuracy;
}

ad_status run_word_baseline(const ad_run_data *data, ad_source *part,
                            const ad_run_measured *measured, ad_baselines *b)
{
    word_list table = {.count = 0}, words = {.count = 0};
    told t = {0};
    int32_t usual;
    ad_status status = take_words(data, data->train, &table);
    b->examples = table.sentences;
    if (status == AD_OK)
        status = take_words(data, part, &words);
    if (status == AD_OK &&
        (!make_table(&table, data->target.classes, &usual) || !tell(&table, &words, usual, &t)))
        status = no_memory();
    if (status == AD_OK && words.count > 0) {
        ad_baseline *one = &b->list[b->count++];
        *one = (ad_baseline){.name = "usual_tag"};
        status = measure(data, &t, words.count, measured, one);
        one->beaten = status == AD_OK && is_beaten(measured, one->measured[0].value);
    }
    free(t.said);
    free(t.right);
    free(t.sentence);
    free(table.list);
    free(words.list);
    return status;
}
