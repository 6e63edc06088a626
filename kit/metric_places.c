/* Places of examples, of which those of one class are to be near: whether the nearest other is of
 * the same class, and how well distances tell pairs of one class from others. */
#include <math.h>
#include <stdlib.h>

#include "message.h"
#include "metric.h"

/* A larger set is looked through in so many steps, evenly over it. */
enum { GALLERY = 10000, DRAWN = 4 };

/* The square of the distance of two. */
static double apart(const metric_work *w, int64_t a, int64_t b)
{
    double sum = 0;
    for (int64_t i = 0; i < w->width; i++) {
        double d = metric_said(w, a, i) - metric_said(w, b, i);
        sum += d * d;
    }
    return sum;
}

/* ---------------------------------------------------------------- the nearest */

static float *as_floats(const metric_work *w)
{
    float *all = malloc(((size_t)(w->count * w->width) + 1) * sizeof *all);
    for (int64_t i = 0; all && i < w->count * w->width; i++)
        all[i] = (float)metric_said(w, i / w->width, i % w->width);
    return all;
}

/* The class of the nearest other in the gallery, of equally near ones the first; -1: there is none.
 */
static int64_t nearest(const metric_work *w, const float *all, int64_t example)
{
    int64_t gallery = w->count < GALLERY ? w->count : GALLERY, best = -1;
    float least = INFINITY;
    for (int64_t k = 0; k < gallery; k++) {
        int64_t other = gallery == w->count ? k : k * w->count / gallery;
        float sum = 0;
        if (other == example)
            continue;
        for (int64_t i = 0; i < w->width && sum < least; i++) {
            float d = all[example * w->width + i] - all[other * w->width + i];
            sum += d * d;
        }
        if (sum < least)
            least = sum, best = other;
    }
    return best < 0 ? -1 : w->label[best];
}

static ad_status look(const metric_work *w, metric_state *s)
{
    float *all = as_floats(w);
    s->stats = 2;
    s->stat = calloc((size_t)(2 * w->count) + 1, sizeof *s->stat);
    for (int64_t i = 0; all && s->stat && i < w->count && !w->undefined; i++) {
        s->stat[2 * i] = 1;
        s->stat[2 * i + 1] = nearest(w, all, i) == w->label[i];
    }
    bool good = all && s->stat;
    free(all);
    return good ? AD_OK : message_no_memory();
}

static metric_found share(const metric_work *w, const metric_state *s, const double *weight,
                          double *scratch)
{
    double all = 0, right = 0;
    (void)scratch;
    for (int64_t i = 0; i < w->count; i++) {
        all += weight[i];
        right += weight[i] * s->stat[2 * i + 1];
    }
    return (metric_found){all > 0 ? right / all : NAN, all, NULL};
}

const metric_way metric_recall_at_1 = {.prepare = look, .value = share};

/* ---------------------------------------------------------------- pairs */

typedef struct pair {
    double apart;
    uint32_t number; /* 2 (drawn pairs of the example) + 1 where it is of one class */
} pair;

static int by_distance(const void *a, const void *b)
{
    const pair *x = a, *y = b;
    int order = (x->apart > y->apart) - (x->apart < y->apart);
    return order ? order : (x->number > y->number) - (x->number < y->number);
}

/* Another example that is of the class of this one, or is not; -1 where 100 draws find none. */
static int64_t draw(const metric_work *w, ad_random *random, int64_t example, bool same)
{
    for (int k = 0; k < 100; k++) {
        int64_t other = (int64_t)ad_random_below(random, (uint64_t)w->count);
        if (other != example && (w->label[other] == w->label[example]) == same)
            return other;
    }
    return -1;
}

/* Pairs by rising distance: 4 (example) + 2 (one class) + 1 where it is that of the pair before. */
static ad_status sort_pairs(const metric_work *w, metric_state *s)
{
    pair *list = calloc((size_t)(2 * DRAWN * w->count) + 1, sizeof *list);
    int64_t count = 0;
    for (int64_t i = 0; list && i < w->count && !w->undefined; i++) {
        ad_random random = ad_random_start(1, (uint64_t)i);
        for (int k = 0; k < 2 * DRAWN; k++) {
            int64_t other = draw(w, &random, i, k % 2);
            if (other >= 0)
                list[count++] = (pair){apart(w, i, other), (uint32_t)(2 * i + k % 2)};
        }
    }
    s->order = calloc((size_t)count + 1, sizeof *s->order);
    if (list && s->order) {
        qsort(list, (size_t)count, sizeof *list, by_distance);
        for (int64_t i = 0; i < count; i++)
            s->order[i] = 2 * list[i].number + (i > 0 && list[i].apart == list[i - 1].apart);
        s->lists = count;
    }
    bool good = list && s->order;
    free(list);
    return good ? AD_OK : message_no_memory();
}

/* The chance that a pair of one class is nearer than one of two, equal ones by half. */
static metric_found area(const metric_work *w, const metric_state *s, const double *weight,
                         double *scratch)
{
    double same = 0, other = 0, tied_same = 0, tied_other = 0, sum = 0;
    (void)w, (void)scratch;
    for (int64_t i = 0; i <= s->lists; i++) {
        if (i == s->lists || !(s->order[i] & 1)) { /* the pairs of one distance are over */
            sum += tied_other * (same + tied_same / 2);
            same += tied_same, other += tied_other;
            tied_same = tied_other = 0;
        }
        if (i == s->lists)
            break;
        double counts = weight[s->order[i] >> 2];
        if (s->order[i] & 2)
            tied_same += counts;
        else
            tied_other += counts;
    }
    if (!(same > 0) || !(other > 0))
        return (metric_found){NAN, 0, "there are no pairs of one class, or none of two"};
    return (metric_found){sum / (same * other), 0, NULL};
}

const metric_way metric_pair_area = {.prepare = sort_pairs, .value = area};
