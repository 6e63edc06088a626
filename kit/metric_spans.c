/* Precision, recall and F1 of spans: what tags such as B-PER and I-PER put together, as seqeval
 * 1.2.2 and conlleval (Tjong Kim Sang and Buchholz 2000) count them.
 *
 * A span is right where its first word, its last one and its type are.  Each is counted at its last
 * word, so that sums over words are sums over spans, and a sentence that is drawn is drawn with its
 * spans. */
#include "metric_spans.h"
#include "metric.h"

#include <string.h>

typedef struct span_tag {
    char kind; /* B, I, E, S or O; L is E, U is S */
    const char *type;
} span_tag;

static span_tag tag_of(const char *name)
{
    char kind = *name == 'L' ? 'E' : *name == 'U' ? 'S' : *name;
    bool typed = name[0] && name[1] == '-';
    return (span_tag){kind, typed ? name + 2 : ""};
}

bool metric_are_spans(const char *const *names, int64_t classes)
{
    int64_t spans = 0;
    for (int64_t i = 0; names && i < classes; i++) {
        bool outside = strcmp(names[i], "O") == 0;
        bool in = names[i][0] && strchr("BIESLU", names[i][0]) && names[i][1] == '-' && names[i][2];
        if (!outside && !in)
            return false;
        spans += in;
    }
    return spans > 0;
}

static const span_tag outside = {'O', ""};

static bool alike(span_tag a, span_tag b)
{
    return strcmp(a.type, b.type) == 0;
}

static bool ends(span_tag tag, span_tag next)
{
    if (tag.kind == 'O')
        return false;
    return tag.kind == 'E' || tag.kind == 'S' || next.kind == 'B' || next.kind == 'S' ||
           next.kind == 'O' || !alike(tag, next);
}

static bool begins(span_tag before, span_tag tag)
{
    if (tag.kind == 'O')
        return false;
    return tag.kind == 'B' || tag.kind == 'S' || before.kind == 'E' || before.kind == 'S' ||
           before.kind == 'O' || !alike(before, tag);
}

/* Of word i among classes; outside behind the ends of the sentence that `of` is in. */
static span_tag at(const metric_work *w, const int64_t *class, int64_t i, int64_t of)
{
    bool there = i >= 0 && i < w->count && w->unit[i] == w->unit[of];
    return there ? tag_of(w->a->names[class[i]]) : outside;
}

/* The first word of the span that ends at word i; -1: none does. */
static int64_t begin_of(const metric_work *w, const int64_t *class, int64_t i)
{
    if (!ends(at(w, class, i, i), at(w, class, i + 1, i)))
        return -1;
    int64_t begin = i;
    while (!begins(at(w, class, begin - 1, i), at(w, class, begin, i)))
        begin--;
    return begin;
}

enum { OF, SAID, RIGHT, SPAN_STATS };

static void fill(const metric_work *w, const metric_state *s, int64_t example, double *stat)
{
    (void)s;
    int64_t of = begin_of(w, w->label, example), said = begin_of(w, w->said, example);
    bool right = of >= 0 && of == said &&
                 alike(at(w, w->label, example, example), at(w, w->said, example, example));
    stat[OF] = of >= 0;
    stat[SAID] = said >= 0;
    stat[RIGHT] = right;
}

static metric_found share(double right, double of, const char *words)
{
    return (metric_found){of > 0 ? right / of : 0, 0, of > 0 ? NULL : words};
}

static metric_found precision(const metric_work *w, const metric_state *s, const double *weight,
                              double *sums)
{
    (void)w, (void)s, (void)weight;
    return share(sums[RIGHT], sums[SAID], "no span is answered, which counts as 0");
}

static metric_found recall(const metric_work *w, const metric_state *s, const double *weight,
                           double *sums)
{
    (void)w, (void)s, (void)weight;
    return share(sums[RIGHT], sums[OF], "there is no span, which counts as 0");
}

static metric_found f1(const metric_work *w, const metric_state *s, const double *weight,
                       double *sums)
{
    (void)w, (void)s, (void)weight;
    return share(2 * sums[RIGHT], sums[OF] + sums[SAID], "there is no span, which counts as 0");
}

static const char *refuse(const metric_work *w, const void *options)
{
    (void)options;
    if (!w->a->names)
        return "the classes have no names: give .names, such as O, B-X and I-X";
    if (!metric_are_spans(w->a->names, w->width))
        return "the classes are no tags of spans, such as O, B-X and I-X";
    return w->unit || w->count == 0 ? NULL
                                    : "which words are a sentence is not said: give .cluster";
}

const metric_way metric_span_precision = {
    .stats = SPAN_STATS, .fill = fill, .value = precision, .refuse = refuse};
const metric_way metric_span_recall = {
    .stats = SPAN_STATS, .fill = fill, .value = recall, .refuse = refuse};
const metric_way metric_span_f1 = {
    .stats = SPAN_STATS, .fill = fill, .value = f1, .refuse = refuse};
