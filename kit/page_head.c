/* The head of a report: what, when, how good, and beside what; and the baselines. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "figure.h"
#include "page.h"

/* ---------------------------------------------------------------- the sentence */

static const char *words_of(const char *baseline)
{
    if (strcmp(baseline, "majority") == 0)
        return "always answering the most frequent class";
    if (strcmp(baseline, "mean") == 0)
        return "always answering the mean";
    return strcmp(baseline, "linear") == 0 ? "one linear layer" : baseline;
}

/* The last baseline that has this measure is the strongest. */
static const ad_summary_value *rival(const page *p, const char *name)
{
    const ad_summary_value *found = NULL;
    for (int i = 0; i < p->s.values; i++)
        if (strcmp(p->s.value[i].of, "test") != 0 && strcmp(p->s.value[i].name, name) == 0)
            found = &p->s.value[i];
    return found;
}

static void add_rival(page *p, const ad_summary_value *v)
{
    char words[64];
    const ad_summary_value *r = rival(p, v->name);
    if (!r)
        return;
    page_value(words, sizeof words, r->name, r->value);
    markup_add_format(&p->t, "; %s reaches %s", words_of(r->of), words);
    if (v->less_is_better ? r->value < v->value : r->value > v->value)
        text_add(&p->t, ", which is better");
    else if (p->s.unbeaten[0])
        markup_add_format(&p->t, ", and the network is not surely better than %s",
                          words_of(p->s.unbeaten));
}

static void add_sentence(page *p)
{
    char value[64], low[64], high[64], count[FIGURE_LABEL];
    const ad_summary_value *v = ad_run_main_value(&p->s);
    figure_number(count, (double)p->s.test_count);
    if (!v) {
        text_add(&p->t, "<p class=\"result\">This run has no measured result: it has no test part, "
                        "or did not come to its end.</p>\n");
        return;
    }
    page_value(value, sizeof value, v->name, v->value);
    page_value(low, sizeof low, v->name, v->low);
    page_value(high, sizeof high, v->name, v->high);
    text_add(&p->t, "<p class=\"result\">");
    if (strcmp(v->name, "accuracy") == 0)
        markup_add_format(&p->t, "Right on %s of %s test examples", value, count);
    else
        markup_add_format(&p->t, "The %s on %s test examples is %s", v->name, count, value);
    if (v->low < v->high)
        markup_add_format(&p->t, " (95 %% interval %s to %s)", low, high);
    add_rival(p, v);
    text_add(&p->t, ".</p>\n");
}

/* ---------------------------------------------------------------- facts */

static void add_fact(page *p, const char *value, const char *words)
{
    text_add(&p->t, "<li><b>");
    markup_add(&p->t, value);
    text_add(&p->t, "</b><span>");
    markup_add(&p->t, words);
    text_add(&p->t, "</span></li>\n");
}

static void add_count(page *p, int64_t count, const char *words)
{
    char number[FIGURE_LABEL];
    figure_number(number, (double)count);
    if (count > 0)
        add_fact(p, number, words);
}

static void duration(char *words, size_t size, double seconds)
{
    if (seconds < 100)
        snprintf(words, size, "%.3g s", seconds);
    else if (seconds < 6000)
        snprintf(words, size, "%.0f min", seconds / 60);
    else
        snprintf(words, size, "%.1f h", seconds / 3600);
}

static void add_measure(page *p, const ad_summary_value *v)
{
    char value[64], words[80];
    page_value(value, sizeof value, v->name, v->value);
    snprintf(words, sizeof words, "test %s", v->name);
    for (char *c = words; *c; c++)
        *c = *c == '_' ? ' ' : *c;
    add_fact(p, value, words);
}

/* The loss that is the same as its measure is told once. */
static bool is_told(const page *p, const ad_summary_value *v)
{
    const ad_summary_value *loss = ad_run_summary_find(&p->s, "test", "loss");
    return loss && v != loss && fabs(v->value - loss->value) <= 1e-6 * fabs(loss->value);
}

static void add_measures(page *p)
{
    enum { SHOWN = 3 };
    const ad_summary_value *first = ad_run_main_value(&p->s);
    int shown = first ? 1 : 0;
    if (first)
        add_measure(p, first);
    for (int i = 0; i < p->s.values && shown < SHOWN; i++) {
        const ad_summary_value *v = &p->s.value[i];
        if (strcmp(v->of, "test") != 0 || v == first || is_told(p, v))
            continue;
        add_measure(p, v);
        shown++;
    }
}

static void add_facts(page *p)
{
    char words[64];
    text_add(&p->t, "<ul class=\"facts\">\n");
    add_measures(p);
    add_count(p, p->s.train_count, "training examples");
    add_count(p, p->s.parameters, "parameters");
    add_count(p, p->s.epoch, p->s.epoch == 1 ? "epoch" : "epochs");
    duration(words, sizeof words, p->s.seconds);
    if (p->s.seconds > 0)
        add_fact(p, words, "of training");
    text_add(&p->t, "</ul>\n");
}

static const char *ending(const char *why)
{
    if (why && strcmp(why, "early") == 0)
        return "stopped early, as the validation loss did not fall any more";
    return why && strcmp(why, "asked") == 0 ? "stopped by a signal" : "all epochs were made";
}

void page_head(page *p)
{
    const char *name = strrchr(p->folder, '/');
    text_add(&p->t, "<header>\n<h1>");
    markup_add(&p->t, name && name[1] ? name + 1 : p->folder);
    text_add(&p->t, "</h1>\n<p class=\"soft\">");
    markup_add(&p->t, p->s.task ? p->s.task : p->data->task->record.name);
    if (p->s.data)
        markup_add_format(&p->t, " of %s", p->s.data);
    if (p->s.ended)
        markup_add_format(&p->t, " \xC2\xB7 %.10s %.5s UTC", p->s.ended,
                          strlen(p->s.ended) > 11 ? p->s.ended + 11 : "");
    if (p->s.why)
        markup_add_format(&p->t, " \xC2\xB7 %s", ending(p->s.why));
    text_add(&p->t, "</p>\n");
    add_sentence(p);
    text_add(&p->t, "</header>\n");
    add_facts(p);
}

/* ---------------------------------------------------------------- baselines */

static void add_row(page *p, const char *of, const char *words)
{
    bool any = false;
    for (int i = 0; i < p->s.values; i++) {
        char value[64], low[64], high[64];
        const ad_summary_value *v = &p->s.value[i];
        if (strcmp(v->of, of) != 0 || strcmp(v->name, "loss") == 0)
            continue;
        if (!any) {
            text_add(&p->t, "<tr><th scope=\"row\">");
            markup_add(&p->t, words);
            text_add(&p->t, "</th>");
        }
        any = true;
        page_value(value, sizeof value, v->name, v->value);
        page_value(low, sizeof low, v->name, v->low);
        page_value(high, sizeof high, v->name, v->high);
        text_add_format(&p->t, "<td class=\"n\">%s", value);
        if (v->low < v->high)
            text_add_format(&p->t, " <span class=\"soft\">(%s to %s)</span>", low, high);
        text_add(&p->t, "</td>");
    }
    text_add(&p->t, any ? "</tr>\n" : "");
}

void page_baselines(page *p)
{
    static const char *const names[] = {"majority", "mean", "naive", "seasonal", "linear"};
    bool any = false;
    for (int i = 0; i < p->s.values; i++)
        any = any || strcmp(p->s.value[i].of, "test") != 0;
    if (!any)
        return;
    page_section(p, "baselines", "Beside baselines");
    text_add(
        &p->t,
        "<div class=\"card scroll\" tabindex=\"0\"><table><caption>On the test part, with 95 % "
        "intervals");
    if (p->s.baseline_examples > 0)
        text_add_format(&p->t, "; the linear layer was trained on %lld examples",
                        (long long)p->s.baseline_examples);
    text_add(&p->t, "</caption>\n<thead><tr><th scope=\"col\">answers of</th>");
    for (int i = 0; i < p->s.values; i++)
        if (strcmp(p->s.value[i].of, "test") == 0 && strcmp(p->s.value[i].name, "loss") != 0) {
            text_add(&p->t, "<th scope=\"col\" class=\"n\">");
            markup_add(&p->t, p->s.value[i].name);
            text_add(&p->t, "</th>");
        }
    text_add(&p->t, "</tr></thead>\n<tbody>\n");
    add_row(p, "test", "this network");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        add_row(p, names[i], words_of(names[i]));
    text_add(&p->t, "</tbody></table></div>\n");
}
