/* How a report says measures, values and counts. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <adze/metric.h>

#include "figure.h"
#include "page.h"

static const char *const names[][2] = {
    {"mae", "mean absolute error"},
    {"mse", "mean squared error"},
    {"rmse", "root mean squared error"},
    {"r2", "R\xC2\xB2"},
    {"mape", "mean absolute percentage error"},
    {"mase", "mean absolute scaled error"},
    {"pinball", "pinball loss"},
    {"log_loss", "log-loss"},
    {"roc_area", "area under the ROC curve"},
    {"pr_area", "area under precision and recall"},
    {"calibration_error", "calibration error"},
    {"f1_macro", "mean F1 of the labels"},
    {"subset_accuracy", "share with every label right"},
    {"energy", "energy distance"},
    {"feature_distance", "Frechet distance of features"},
    {"bleu", "BLEU"},
    {"span_precision", "precision of spans"},
    {"span_recall", "recall of spans"},
    {"span_f1", "F1 of spans"},
};

const char *page_measure(const page *p, const char *name, char words[80])
{
    if (strcmp(name, "log_loss") == 0 && p->data->task->over_time)
        return "loss in nats a token";
    if (strcmp(name, "accuracy") == 0 && p->data->task->of_words)
        return "share of words tagged right";
    if (strcmp(name, "accuracy") == 0 && p->data->task->over_time)
        return "share of tokens told right";
    if (strcmp(name, "f1_macro") == 0 && p->a.classes)
        return "mean F1 of the classes";
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i][0], name) == 0)
            return names[i][1];
    size_t size = strcspn(name, "(");
    for (size_t i = 0; name[size] && i < sizeof names / sizeof *names; i++)
        if (strncmp(names[i][0], name, size) == 0 && !names[i][0][size]) {
            snprintf(words, 80, "%s %.40s", names[i][1], name + size);
            return words;
        }
    snprintf(words, 80, "%.70s", name);
    for (char *c = words; *c; c++)
        *c = *c == '_' ? ' ' : *c;
    return words;
}

bool page_is_share(const char *name)
{
    const ad_metric_record *metric = ad_metric_find(name);
    return metric && metric->share;
}

/* Four digits, so that numbers of one kind look alike. */
static void number_words(char *words, size_t size, double value)
{
    double most = fabs(value);
    char number[FIGURE_LABEL];
    if (isfinite(value) && most >= 1e-3 && most < 1000)
        snprintf(words, size, "%.*f", most >= 100 ? 1 : most >= 10 ? 2 : most >= 1 ? 3 : 4, value);
    else
        snprintf(words, size, "%s", (figure_number(number, value), number));
}

void page_value(char *words, size_t size, const char *name, double value)
{
    if (page_is_share(name))
        snprintf(words, size, "%.2f %%", 100 * value);
    else
        number_words(words, size, value);
}

bool page_interval(char *words, size_t size, const ad_summary_value *v)
{
    char low[48], high[48];
    *words = 0;
    if (!(v->low < v->high))
        return false;
    page_value(low, sizeof low, v->name, v->low);
    page_value(high, sizeof high, v->name, v->high);
    char *percent = strstr(low, " %");
    if (percent)
        *percent = 0;
    snprintf(words, size, "%s to %s", low, high);
    return true;
}

const char *page_examples(const page *p)
{
    bool windows = p->data->forecast || (p->data->task->of_text && p->data->schema->running);
    if (p->data->task->of_words)
        return "sentences";
    return windows ? "windows" : p->data->task->of_text ? "texts" : "examples";
}
