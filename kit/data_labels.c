/* Labels that are probably wrong: where a linear classifier that has not seen an example is surer
 * of another class than it is on average where that class is right (confident learning, Northcutt
 * et al. 2021).
 *
 * A weak classifier contradicts many right labels, but the surer it is the fewer of them, and in
 * its surest tenth hardly any.  Where some labels are flipped at random, it is contradicted there
 * as often as anywhere.  So the warning asks for both: more contradictions than 2 % in the surest
 * quarter or half (the lower end of the one-sided 95 % interval, Wilson 1927), and in the surest
 * tenth at least half as large a share.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data_look.h"
#include "message.h"

enum { EXAMPLES_LEAST = 100, EXAMPLES_MOST = 10000, CLASSES_MOST = 1000 };

static const double contradicted = 0.02, useful = 0.3;

typedef struct suspect {
    int64_t at; /* in the classified */
    double by;  /* how much surer it is of the other class */
} suspect;

static int by_most(const void *a, const void *b)
{
    const suspect *x = a, *y = b;
    int order = (x->by < y->by) - (x->by > y->by);
    return order ? order : (x->at > y->at) - (x->at < y->at);
}

static int by_number(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Mean chance of each class where it is the label. */
static void find_thresholds(const data_linear *d, double *mean, double *count)
{
    for (int64_t i = 0; i < d->count; i++) {
        mean[d->label[i]] += d->chance[i * d->classes + d->label[i]];
        count[d->label[i]]++;
    }
    for (int64_t k = 0; k < d->classes; k++)
        mean[k] = count[k] > 0 ? mean[k] / count[k] : 1;
}

static int64_t find_suspects(const data_linear *d, const double *mean, suspect *list)
{
    int64_t found = 0;
    for (int64_t i = 0; i < d->count; i++) {
        int64_t told = data_told(d, i);
        double sure = d->chance[i * d->classes + told];
        double own = d->chance[i * d->classes + d->label[i]];
        if (told != d->label[i] && sure >= mean[told])
            list[found++] = (suspect){i, sure - own};
    }
    qsort(list, (size_t)found, sizeof *list, by_most);
    return found;
}

/* Lower end of the one-sided 95 % interval of k of n. */
static double lower(double k, double n)
{
    double z = 1.6448536269514722, p = n > 0 ? k / n : 0;
    double middle = (p + z * z / (2 * n)) / (1 + z * z / n);
    return n > 0 ? middle - z / (1 + z * z / n) * sqrt(p * (1 - p) / n + z * z / (4 * n * n)) : 0;
}

/* How many of the surest share of answers contradict the label; *of: of how many. */
static double contradictions(const data_linear *d, const double *sure, const double *sorted,
                             double surest, double *of)
{
    double count = 0, from = sorted[(int64_t)((1 - surest) * (double)(d->count - 1))];
    *of = 0;
    for (int64_t i = 0; i < d->count; i++) {
        *of += sure[i] >= from;
        count += sure[i] >= from && data_told(d, i) != d->label[i];
    }
    return count;
}

typedef struct verdict {
    bool wrong;   /* some labels are flipped */
    double share; /* of contradictions in the surest half */
    double about; /* how many that would be of all: the share of the surest quarter */
} verdict;

/* room: (2 d->count). */
static verdict judge_labels(const data_linear *d, double *room)
{
    double *sorted = room + d->count, tenth, quarter, half;
    for (int64_t i = 0; i < d->count; i++)
        sorted[i] = room[i] = d->chance[i * d->classes + data_told(d, i)];
    qsort(sorted, (size_t)d->count, sizeof *sorted, by_number);
    double in_tenth = contradictions(d, room, sorted, 0.1, &tenth) / tenth;
    double in_quarter = contradictions(d, room, sorted, 0.25, &quarter);
    double in_half = contradictions(d, room, sorted, 0.5, &half);
    bool by_quarter =
        lower(in_quarter, quarter) > contradicted && in_tenth >= in_quarter / quarter / 2;
    bool by_half = lower(in_half, half) > contradicted && in_tenth >= in_half / half / 2;
    return (verdict){in_tenth >= contradicted && (by_quarter || by_half) && data_gain(d) >= useful,
                     in_half / half, in_quarter / quarter * (double)d->count};
}

/* ---------------------------------------------------------------- what is said */

/* "'8', probably '3'" */
static bool note_classes(const looker *l, ad_data_place *p, const data_linear *d, int64_t i)
{
    const ad_schema_field *t = l->sample.column[0].field;
    int64_t told = data_told(d, i), label = d->label[i];
    text_buffer note = {0};
    if (t->names) {
        text_add_quoted(&note, t->names[label]);
        text_add(&note, ", probably ");
        text_add_quoted(&note, t->names[told]);
    } else {
        text_add_format(&note, "%lld, probably %lld", (long long)label, (long long)told);
    }
    p->note = text_take(&note);
    return p->note;
}

/* Of several pictures, sounds and texts beside each other the classifier is shown too little to be
 * sure of anything. */
static bool sees_all(const looker *l)
{
    int whole = 0;
    for (int c = 0; c < l->sample.columns; c++) {
        const data_column *k = &l->sample.column[c];
        bool part = k->kind == AD_LOOK_NUMBER || k->kind == AD_LOOK_CLASS;
        whole += k->field->use == AD_USE_INPUT && !part;
    }
    return whole < 2;
}

static bool say_wrong(looker *l, const data_linear *d, const int64_t *order, const suspect *list,
                      int64_t found, verdict v)
{
    bool sure = v.wrong && sees_all(l);
    if (found == 0 || data_gain(d) < useful)
        return true;
    const char *target = l->sample.column[0].field->name;
    ad_finding *f = data_found(
        l, "W418", sure ? AD_FINDING_WARNING : AD_FINDING_NOTE, target,
        sure
            ? "about %lld of %lld '%s' are wrong, probably: where a linear classifier that has not "
              "seen them is surest %.1f %% contradict it"
            : "%lld of %lld '%s' are the first to look at: a linear classifier that has not seen "
              "them is sure of another (in its surest half %.1f %% contradict it)",
        (long long)(sure ? llround(v.about) : found), (long long)d->count, target,
        100 * (sure ? v.about / (double)d->count : v.share));
    if (!f)
        return false;
    f->count = found;
    for (int64_t i = 0; i < found && f->places < AD_LOOK_PLACES; i++)
        if (!data_place(l, f, order[list[i].at]) ||
            !note_classes(l, &f->place[f->places - 1], d, list[i].at))
            return false;
    return data_because(
        f,
        sure ? "labels that are right are hardly ever contradicted there"
             : "most of them may be right: it is a simple classifier",
        sure ? "look at those it contradicts, the surest first, and correct or delete them"
             : "nothing has to be done; a glance at the list finds slips");
}

static ad_status judge(looker *l, const data_linear *d, const int64_t *order)
{
    double *mean = calloc((size_t)(2 * d->classes) + 1, sizeof *mean);
    double *sure = malloc((size_t)(2 * d->count + 1) * sizeof *sure);
    suspect *list = malloc((size_t)(d->count + 1) * sizeof *list);
    bool good = mean && sure && list;
    if (good) {
        find_thresholds(d, mean, mean + d->classes);
        int64_t found = find_suspects(d, mean, list);
        good = say_wrong(l, d, order, list, found, judge_labels(d, sure));
    }
    free(mean);
    free(sure);
    free(list);
    return good ? AD_OK : message_no_memory();
}

/* ---------------------------------------------------------------- all */

static void keep_scores(looker *l, const data_linear *d)
{
    double right = 0, *count = calloc((size_t)d->classes + 1, sizeof *count), most = 0;
    for (int64_t i = 0; count && i < d->count; i++) {
        right += data_told(d, i) == d->label[i];
        count[d->label[i]]++;
        most = count[d->label[i]] > most ? count[d->label[i]] : most;
    }
    l->look->linear = right / (double)d->count;
    l->look->majority = most / (double)d->count;
    l->look->learned_of = d->count;
    free(count);
}

static ad_status classify(looker *l, data_linear *d, const int64_t *order)
{
    float *input = NULL;
    ad_status status = data_features(l, order, d->count, NO_LEAKS, false, &input, &d->width);
    d->input = input;
    d->chance = calloc((size_t)(d->count * d->classes + 1), sizeof *d->chance);
    if (status == AD_OK && !d->chance)
        status = message_no_memory();
    if (status == AD_OK && d->width > 0)
        status = data_linear_cross(d);
    if (status == AD_OK && d->width > 0) {
        keep_scores(l, d);
        status = judge(l, d, order);
    }
    free(input);
    free(d->chance);
    return status;
}

ad_status data_labels(looker *l)
{
    const data_sample *s = &l->sample;
    int target = data_target(l);
    l->look->linear = l->look->majority = NAN;
    if (target < 0 || s->column[target].kind != AD_LOOK_CLASS)
        return AD_OK;
    int64_t classes = s->column[target].field->classes, n = 0;
    int64_t step = s->count > EXAMPLES_MOST ? EXAMPLES_MOST : s->count;
    const double *y = data_values(s, target);
    int64_t *order = malloc((size_t)(step + 1) * sizeof *order);
    int32_t *label = malloc((size_t)(step + 1) * sizeof *label);
    for (int64_t i = 0; order && label && i < step; i++) {
        int64_t at = step == s->count ? i : i * s->count / step;
        if (!isnan(y[at]) && y[at] < (double)classes)
            label[n] = (int32_t)y[at], order[n++] = at;
    }
    data_linear d = {
        .label = label, .count = n, .classes = classes, .seed = l->seed, .threads = l->o->threads};
    ad_status status = order && label ? AD_OK : message_no_memory();
    if (status == AD_OK && n >= EXAMPLES_LEAST && classes > 1 && classes <= CLASSES_MOST)
        status = classify(l, &d, order);
    free(order);
    free(label);
    return status;
}
