/* What a network has to beat, in words and as JSON. */
#include "baseline.h"

#include <stdio.h>
#include <string.h>

#include "fault.h"

int baselines_make(ad_baselines *b, const options *o, const ad_run_network *n,
                   const ad_run_data *data, ad_source *source, const measure *m)
{
    ad_status status = ad_run_baselines(n, data, source, m, o->threads, b);
    return status == AD_OK ? EXIT_DONE : say_run(status, o, NULL);
}

const char *baseline_words(const char *name)
{
    if (strcmp(name, "majority") == 0)
        return "always the most frequent class";
    if (strcmp(name, "naive") == 0)
        return "the last value again";
    if (strcmp(name, "seasonal") == 0)
        return "the value one season before";
    if (strcmp(name, "unigram") == 0)
        return "how often each token comes";
    if (strcmp(name, "bigram") == 0)
        return "how often each token follows the one before";
    if (strcmp(name, "usual_tag") == 0)
        return "the usual tag of each word";
    if (strcmp(name, "copy") == 0)
        return "the text as it is";
    if (strcmp(name, "most_frequent") == 0)
        return "always the most frequent target";
    return strcmp(name, "mean") == 0 ? "always the mean" : "one linear layer";
}

/* The first that the network does not beat, the stronger one first; NULL: it beats all. */
static const ad_baseline *unbeaten(const ad_baselines *b)
{
    for (int i = b->count - 1; i >= 0; i--)
        if (!b->list[i].beaten)
            return &b->list[i];
    return NULL;
}

static void print_verdict(const ad_baseline *b, const measure *m)
{
    const ad_measured *by_sentences = ad_run_find(m, "accuracy");
    ad_measured accuracy;
    if (strcmp(b->name, "copy") == 0 || strcmp(b->name, "most_frequent") == 0)
        printf("that the network is better than %s is not sure, by the 95 %% interval of what it "
               "writes\n",
               baseline_words(b->name));
    else if (strcmp(b->name, "unigram") == 0 || strcmp(b->name, "bigram") == 0)
        printf("that the network is better than %s is not sure: a log_loss of %.4f is not above "
               "the interval of "
               "its own (95 %%)\n",
               baseline_words(b->name), b->measured[0].value);
    else if (strcmp(b->name, "usual_tag") == 0 && by_sentences)
        printf("that the network is better than %s is not sure: %.2f %% is not below the interval "
               "of its "
               "accuracy, %.2f to %.2f %% (95 %%)\n",
               baseline_words(b->name), 100 * b->measured[0].value, 100 * by_sentences->low,
               100 * by_sentences->high);
    else if (ad_run_accuracy(m, &accuracy))
        printf("that the network is better than %s is not sure: %.2f %% is not below the interval "
               "of its "
               "accuracy%s, %.2f to %.2f %% (95 %%)\n",
               baseline_words(b->name), 100 * b->measured[0].value,
               m->answers.answers.threshold > 0 ? " where the likelier class is answered" : "",
               100 * accuracy.low, 100 * accuracy.high);
    else if (!b->better)
        printf("that the network is better than %s is not sure: the difference of their squared "
               "errors is within 1.96 standard errors of nothing\n",
               baseline_words(b->name));
    else
        printf("the network is worse than %s, whose squared errors are smaller by more than 1.96 "
               "standard errors%s\n",
               baseline_words(b->name),
               strcmp(b->name, "linear") == 0
                   ? ": begin with that, model: [flatten, linear], and add what helps"
                   : "");
}

void baselines_print(const ad_baselines *b, const measure *m)
{
    char note[80] = "";
    if (b->sampled)
        snprintf(note, sizeof note, " (made of %lld of the training examples)",
                 (long long)b->examples);
    for (int i = 0; i < b->count; i++) {
        printf("baseline, %s: ", baseline_words(b->list[i].name));
        measure_print_list(b->list[i].measured, b->list[i].measures);
        printf("%s\n", i == b->count - 1 ? note : "");
    }
    const ad_baseline *equal = unbeaten(b);
    if (equal)
        print_verdict(equal, m);
    for (int i = b->count - 1; i >= 0; i--) /* of numbers all that are better are said */
        if (b->list[i].better && &b->list[i] != equal)
            print_verdict(&b->list[i], m);
}

void baselines_print_json(const ad_baselines *b)
{
    printf("\"baselines\": [");
    for (int i = 0; i < b->count; i++) {
        printf("%s{\"name\": \"%s\", \"metrics\": {", i ? ", " : "", b->list[i].name);
        measure_print_json_list(b->list[i].measured, b->list[i].measures);
        printf("}, \"beaten\": %s}", b->list[i].beaten ? "true" : "false");
    }
    printf("]");
}
