/* Classes without examples, of very different size, or one after the other. */
#include "data_classes.h"

#include <stdlib.h>

enum { SHOWN = 5, TIMES = 10 };

typedef struct teller {
    const class_counts *c;
    void (*warn)(void *user, const char *words);
    void *user;
    bool failed; /* no memory for words */
} teller;

static int64_t in_part(const class_counts *c, ad_part part, int64_t class)
{
    return c->of[part] ? c->of[part][class] : 0;
}

/* ---------------------------------------------------------------- words */

void class_add(const class_counts *c, text_buffer *t, int64_t class)
{
    if (c->names)
        text_add_quoted(t, c->names[class]);
    else
        text_add_format(t, "%lld", (long long)class);
}

static void tell(teller *v, text_buffer *t)
{
    char *words = text_take(t);
    if (words)
        v->warn(v->user, words);
    v->failed = v->failed || !words;
    free(words);
}

/* "class 'a'", "classes 'a', 'b' and 7 more" of those that are marked; false where none is. */
static bool list_classes(const class_counts *c, text_buffer *t, const bool *marked)
{
    int64_t count = 0, shown = 0;
    for (int64_t k = 0; k < c->classes; k++)
        count += marked[k];
    text_add(t, count == 1 ? "class " : "classes ");
    for (int64_t k = 0; k < c->classes && shown < SHOWN; k++) {
        if (!marked[k])
            continue;
        text_add(t, shown++ ? ", " : "");
        class_add(c, t, k);
    }
    if (count > shown)
        text_add_format(t, " and %lld more", (long long)(count - shown));
    text_add(t, count == 1 ? " has " : " have ");
    return count > 0;
}

static void tell_classes(teller *v, const bool *marked, const char *what)
{
    text_buffer t = {0};
    if (list_classes(v->c, &t, marked)) {
        text_add(&t, what);
        tell(v, &t);
    }
    text_done(&t);
}

/* ---------------------------------------------------------------- what may be wrong */

static void tell_missing(teller *v, bool *marked)
{
    const class_counts *c = v->c;
    for (int64_t k = 0; k < c->classes; k++)
        marked[k] = !in_part(c, AD_PART_TRAIN, k) && !in_part(c, AD_PART_TEST, k) &&
                    !in_part(c, AD_PART_VALIDATION, k);
    tell_classes(v, marked,
                 "no example [W401]\n  the network cannot learn what it never sees, and has an "
                 "output for it\n  give examples, or leave the class out of the data\n");
    for (int64_t k = 0; k < c->classes; k++)
        marked[k] = !in_part(c, AD_PART_TRAIN, k) &&
                    (in_part(c, AD_PART_TEST, k) || in_part(c, AD_PART_VALIDATION, k));
    tell_classes(v, marked,
                 "no example in the training part, and some where it is measured [W402]\n  each of "
                 "those will be answered wrongly\n  data.split: stratified gives every part its "
                 "share of each class\n");
    for (int64_t k = 0; k < c->classes; k++)
        marked[k] =
            c->of[AD_PART_TEST] && in_part(c, AD_PART_TRAIN, k) && !in_part(c, AD_PART_TEST, k);
    tell_classes(v, marked,
                 "no example in the test part [W403]\n  the test says nothing of how well it is "
                 "told\n  test on more examples, or data.split: stratified\n");
}

static void tell_imbalance(teller *v)
{
    const class_counts *c = v->c;
    const int64_t *of = c->of[AD_PART_TRAIN];
    int64_t most = 0, least = -1, examples = 0;
    for (int64_t k = 0; k < c->classes; k++) {
        examples += of[k];
        most = of[k] > of[most] ? k : most;
        if (of[k] > 0 && (least < 0 || of[k] < of[least]))
            least = k;
    }
    if (least < 0 || of[most] <= TIMES * of[least])
        return;
    text_buffer t = {0};
    text_add(&t, "class ");
    class_add(c, &t, most);
    text_add_format(&t, " has %lld training examples, class ", (long long)of[most]);
    class_add(c, &t, least);
    if (c->words) {
        text_add_format(&t,
                        " %lld [W404]\n  always answering the first is right on %.1f %% of the "
                        "words, so accuracy says little\n  look at f1_macro, and at each class in "
                        "the confusion matrix\n",
                        (long long)of[least], 100 * (double)of[most] / (double)examples);
        tell(v, &t);
        text_done(&t);
        return;
    }
    text_add_format(&t,
                    " %lld [W404]\n  always answering the first is right in %.1f %% of the "
                    "training part, so accuracy says little\n  look at the classes alone (`adze "
                    "eval RUN --by %s`), or let batches have as many of each: train.balance\n",
                    (long long)of[least], 100 * (double)of[most] / (double)examples, c->target);
    tell(v, &t);
    text_done(&t);
}

/* As few changes from row to row as there can be. */
static void tell_order(teller *v)
{
    const class_counts *c = v->c;
    int64_t present = 0, examples = 0;
    for (int64_t k = 0; k < c->classes; k++) {
        present += c->of[AD_PART_TRAIN][k] > 0;
        examples += c->of[AD_PART_TRAIN][k];
    }
    if (!c->cut_in_order || present < 2 || c->turns != present - 1 || examples < 4 * present)
        return;
    text_buffer t = {0};
    text_add(&t, "the rows are in the order of their class, and data.split is in_order [W406]\n"
                 "  so the parts that are cut from the end hold the last classes alone\n"
                 "  take data.split: stratified, or random\n");
    tell(v, &t);
    text_done(&t);
}

bool class_warn(const class_counts *c, void (*warn)(void *user, const char *words), void *user)
{
    teller v = {c, warn, user, false};
    bool *marked = calloc((size_t)c->classes + 1, sizeof *marked);
    if (!marked)
        return false;
    tell_order(&v);
    tell_missing(&v, marked);
    tell_imbalance(&v);
    free(marked);
    return !v.failed;
}
