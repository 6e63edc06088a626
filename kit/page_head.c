/* The head of a report: what, when, how good, and beside what; and the baselines. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "figure.h"
#include "page.h"

/* ---------------------------------------------------------------- the sentence */

static const char *words_of(const char *baseline)
{
    static const char *const words[][2] = {
        {"majority", "always answering the most frequent class"},
        {"mean", "always answering the mean"},
        {"naive", "the last value again"},
        {"seasonal", "the value one season before"},
        {"copy", "the text as it is"},
        {"most_frequent", "always the most frequent target"},
        {"unigram", "each token by how frequent it is"},
        {"bigram", "each token by the one before it"},
        {"usual_tag", "the tag that each word usually has"},
        {"linear", "one linear layer"},
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i][0], baseline) == 0)
            return words[i][1];
    return baseline;
}

static bool is_better(const ad_summary_value *a, const ad_summary_value *b)
{
    return a->less_is_better ? a->value < b->value : a->value > b->value;
}

/* The baseline that is best by this measure. */
static const ad_summary_value *rival(const page *p, const char *name)
{
    const ad_summary_value *found = NULL;
    for (int i = 0; i < p->s.values; i++) {
        const ad_summary_value *v = &p->s.value[i];
        if (strcmp(v->of, "test") != 0 && strcmp(v->name, name) == 0 &&
            (!found || is_better(v, found)))
            found = v;
    }
    return found;
}

static void add_rival(page *p, const ad_summary_value *v)
{
    char words[64];
    const ad_summary_value *r = rival(p, v->name);
    if (!r)
        return;
    page_value(words, sizeof words, r->name, r->value);
    markup_add_format(&p->t, " The best baseline, %s, reaches %s", words_of(r->of), words);
    if (is_better(r, v))
        text_add(&p->t, ", which is better");
    else if (p->s.unbeaten[0])
        markup_add_format(&p->t, "; that the network is better than %s is not sure",
                          words_of(p->s.unbeaten));
    text_add(&p->t, ".");
}

static void add_meaning(page *p, const ad_summary_value *v)
{
    char words[64];
    const ad_summary_value *perplexity = ad_run_summary_find(&p->s, "test", "perplexity");
    if (strcmp(v->name, "log_loss") == 0 && perplexity) {
        snprintf(words, sizeof words, "%.3g", perplexity->value);
        markup_add_format(&p->t, ", as unsure as a choice among %s tokens", words);
    } else if (strcmp(v->name, "energy") == 0) {
        text_add(&p->t, "; 0 means that what it makes cannot be told from the data");
    }
}

static void add_result(page *p, const ad_summary_value *v)
{
    char value[64], interval[100], count[FIGURE_LABEL], name[80];
    figure_number(count, (double)p->s.test_count);
    page_value(value, sizeof value, v->name, v->value);
    if (strcmp(v->name, "accuracy") == 0 && p->data->task->of_words)
        markup_add_format(&p->t, "Right on %s of the words of %s test sentences", value, count);
    else if (strcmp(v->name, "accuracy") == 0 && !p->data->task->over_time)
        markup_add_format(&p->t, "Right on %s of %s test %s", value, count, page_examples(p));
    else
        markup_add_format(&p->t, "The %s of %s test %s is %s", page_measure(p, v->name, name),
                          count, page_examples(p), value);
    if (page_interval(interval, sizeof interval, v))
        markup_add_format(&p->t, " (95 %% interval %s)", interval);
    add_meaning(p, v);
    text_add(&p->t, ".");
}

/* Of a run without a test part, what its validation part says. */
static void add_held_out(page *p)
{
    char value[64];
    double held = history_value(&p->h, p->h.rows - 1, "validation_loss"), best = held;
    for (int64_t i = 0; i < p->h.rows; i++)
        best = fmin(best, history_value(&p->h, i, "validation_loss"));
    text_add(&p->t, "<p class=\"result\">This run has no measured result: it has no test part, or "
                    "did not come to its end.");
    if (isfinite(best)) {
        page_value(value, sizeof value, "loss", best);
        markup_add_format(&p->t, " Its lowest validation loss is %s%s.", value,
                          p->data->task->of_text ? " nats a token" : "");
    }
    text_add(&p->t, "</p>\n");
}

static void add_sentence(page *p)
{
    const ad_summary_value *v = ad_run_main_value(&p->s);
    if (!v) {
        add_held_out(p);
        return;
    }
    text_add(&p->t, "<p class=\"result\">");
    add_result(p, v);
    add_rival(p, v);
    text_add(&p->t, "</p>\n");
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
    char value[64], words[100], name[80];
    page_value(value, sizeof value, v->name, v->value);
    snprintf(words, sizeof words, "test %s", page_measure(p, v->name, name));
    add_fact(p, value, words);
}

/* The loss that is the same as a measure is told once, under the measure's name. */
static bool is_told(const page *p, const ad_summary_value *v)
{
    for (int i = 0; i < p->s.values; i++) {
        const ad_summary_value *other = &p->s.value[i];
        if (other != v && strcmp(other->of, "test") == 0 && strcmp(v->name, "loss") == 0 &&
            fabs(v->value - other->value) <= 1e-6 * fabs(v->value))
            return true;
    }
    return false;
}

static void add_measures(page *p)
{
    enum { SHOWN = 4 };
    const ad_summary_value *first = ad_run_main_value(&p->s);
    int shown = first ? 1 : 0;
    if (first)
        add_measure(p, first);
    for (int i = 0; i < p->s.values && shown < SHOWN; i++) {
        const ad_summary_value *v = &p->s.value[i];
        bool loss = p->data->task->of_text && strcmp(v->name, "loss") == 0;
        if (strcmp(v->of, "test") != 0 || v == first || loss || is_told(p, v))
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
    snprintf(words, sizeof words, "training %s", page_examples(p));
    add_count(p, p->s.train_count, words);
    add_count(p, p->s.parameters, "parameters");
    if (p->s.epoch > 0)
        add_count(p, p->s.epoch, p->s.epoch == 1 ? "epoch" : "epochs");
    else
        add_count(p, p->s.step, p->s.step == 1 ? "step" : "steps");
    duration(words, sizeof words, p->s.seconds);
    if (p->s.seconds > 0)
        add_fact(p, words, "of training");
    text_add(&p->t, "</ul>\n");
}

static const char *ending(const page *p)
{
    const char *why = p->s.why;
    if (strcmp(why, "early") == 0)
        return "stopped early, as the validation loss did not fall any more";
    if (strcmp(why, "converged") == 0)
        return "converged: no step makes the training loss smaller";
    if (strcmp(why, "asked") == 0)
        return "stopped by a signal";
    return p->config->train.steps > 0 ? "all steps were made" : "all epochs were made";
}

static void add_task(page *p)
{
    const char *c = p->s.task ? p->s.task : p->data->task->record.name;
    for (; *c; c++)
        text_add_bytes(&p->t, *c == '_' ? " " : c, 1);
}

void page_head(page *p)
{
    const char *name = strrchr(p->folder, '/');
    text_add(&p->t, "<header>\n<h1>");
    markup_add(&p->t, name && name[1] ? name + 1 : p->folder);
    text_add(&p->t, "</h1>\n<p class=\"soft\">");
    add_task(p);
    if (p->s.data)
        markup_add_format(&p->t, " of %s", p->s.data);
    if (p->s.ended)
        markup_add_format(&p->t, " \xC2\xB7 %.10s %.5s UTC", p->s.ended,
                          strlen(p->s.ended) > 11 ? p->s.ended + 11 : "");
    if (p->s.why)
        markup_add_format(&p->t, " \xC2\xB7 %s", ending(p));
    text_add(&p->t, "</p>\n");
    add_sentence(p);
    text_add(&p->t, "</header>\n");
    add_facts(p);
}

/* ---------------------------------------------------------------- baselines */

/* Whether it is the best of all by its measure. */
static bool is_best(const page *p, const ad_summary_value *v)
{
    for (int i = 0; i < p->s.values; i++)
        if (strcmp(p->s.value[i].name, v->name) == 0 && is_better(&p->s.value[i], v))
            return false;
    return true;
}

static void add_cell(page *p, const ad_summary_value *v)
{
    char value[64], interval[100];
    page_value(value, sizeof value, v->name, v->value);
    text_add_format(&p->t, is_best(p, v) ? "<td class=\"n\"><b>%s</b>" : "<td class=\"n\">%s",
                    value);
    if (page_interval(interval, sizeof interval, v))
        text_add_format(&p->t, " <small>%s</small>", interval);
    text_add(&p->t, "</td>");
}

/* A cell for each measure of the network, empty where a baseline has it not. */
static void add_row(page *p, const char *of, const char *words)
{
    bool any = false;
    for (int i = 0; i < p->s.values; i++)
        any = any || (strcmp(p->s.value[i].of, of) == 0 && strcmp(p->s.value[i].name, "loss") != 0);
    if (!any)
        return;
    text_add(&p->t, "<tr><th scope=\"row\">");
    markup_add(&p->t, words);
    text_add(&p->t, "</th>");
    for (int i = 0; i < p->s.values; i++) {
        const ad_summary_value *v = &p->s.value[i];
        if (strcmp(v->of, "test") != 0 || strcmp(v->name, "loss") == 0)
            continue;
        v = ad_run_summary_find(&p->s, of, v->name);
        if (v)
            add_cell(p, v);
        else
            text_add(&p->t, "<td></td>");
    }
    text_add(&p->t, "</tr>\n");
}

static void add_heads(page *p)
{
    char name[80];
    text_add(&p->t, "</caption>\n<thead><tr><th scope=\"col\">answers of</th>");
    for (int i = 0; i < p->s.values; i++)
        if (strcmp(p->s.value[i].of, "test") == 0 && strcmp(p->s.value[i].name, "loss") != 0) {
            text_add(&p->t, "<th scope=\"col\" class=\"n\">");
            markup_add(&p->t, page_measure(p, p->s.value[i].name, name));
            text_add(&p->t, "</th>");
        }
    text_add(&p->t, "</tr></thead>\n<tbody>\n");
}

void page_baselines(page *p)
{
    static const char *const names[] = {"majority",      "mean",     "naive",  "seasonal",
                                        "unigram",       "bigram",   "linear", "copy",
                                        "most_frequent", "usual_tag"};
    bool any = false, linear = false;
    for (int i = 0; i < p->s.values; i++) {
        any = any || strcmp(p->s.value[i].of, "test") != 0;
        linear = linear || strcmp(p->s.value[i].of, "linear") == 0;
    }
    if (!any)
        return;
    page_section(p, "baselines", "Beside baselines");
    text_add(&p->t, "<div class=\"card scroll\" tabindex=\"0\"><table class=\"numbers\"><caption>"
                    "On the test part, with 95 % intervals; the best of each column is bold");
    if (linear && p->s.baseline_examples > 0)
        text_add_format(&p->t, "; the linear layer was trained on %lld %s",
                        (long long)p->s.baseline_examples, page_examples(p));
    add_heads(p);
    add_row(p, "test", "this network");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        add_row(p, names[i], words_of(names[i]));
    text_add(&p->t, "</tbody></table></div>\n");
}
