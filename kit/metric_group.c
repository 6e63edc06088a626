/* Parts of answers measured alone: each class against the rest, the examples of each group. */
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "metric.h"

/* ---------------------------------------------------------------- a row for each class */

/* The class as the second of two, or the label alone: kinds of answers that precision, recall and
 * F1 are of. */
static ad_status measure_class(const metric_work *w, int64_t class, int32_t *pair,
                               const ad_metrics_options *options, ad_metric_class *row)
{
    int64_t count = w->count, step = w->a->kind == AD_METRIC_LABELS ? w->width : 0;
    for (int64_t i = 0; i < count; i++) {
        pair[i] = step ? (int32_t)w->said[i * step + class] : w->said[i] == class;
        pair[count + i] = step ? (int32_t)w->label[i * step + class] : w->label[i] == class;
        row->of_class += pair[count + i] ? w->weight[i] : 0;
        row->answered += pair[i] ? w->weight[i] : 0;
        row->right += pair[i] && pair[count + i] ? w->weight[i] : 0;
    }
    ad_metric_answers a = AD_OPTIONS(ad_metric_answers, .kind = AD_METRIC_CLASSES, .classes = 2,
                                     .prediction = ad_i32(pair, AD_SHAPE(count)),
                                     .target = ad_i32(pair + count, AD_SHAPE(count)),
                                     .weight = w->a->weight, .cluster = w->a->cluster);
    ad_choice list[] = {{&ad_metric_find("precision")->record, NULL},
                        {&ad_metric_find("recall")->record, NULL},
                        {&ad_metric_find("f1")->record, NULL}};
    ad_metric_value value[3];
    ad_status status = (ad_metrics)(&a, list, 3, value, options);
    row->precision = value[0];
    row->recall = value[1];
    row->f1 = value[2];
    return status;
}

ad_status(ad_metric_classes)(const ad_metric_answers *answers, ad_metric_class *row,
                             const ad_metrics_options *options)
{
    metric_work w;
    ad_status status = metric_begin(&w, answers);
    if (status == AD_OK && !(answers->kind & (AD_METRIC_CLASSES | AD_METRIC_LABELS)))
        status = message_fail(AD_ERROR_ARGUMENT, "a row for each class: these are no answers in "
                                                 "classes or labels\n  give predictions (count, "
                                                 "classes)\n");
    int32_t *pair = status == AD_OK ? calloc((size_t)w.count * 2 + 1, sizeof *pair) : NULL;
    if (status == AD_OK && !pair)
        status = message_no_memory();
    for (int64_t c = 0; c < w.width && status == AD_OK; c++) {
        row[c] = (ad_metric_class){0};
        status = measure_class(&w, c, pair, options, &row[c]);
    }
    free(pair);
    metric_done(&w);
    return status;
}

/* ---------------------------------------------------------------- groups */

typedef struct member {
    int64_t group, example;
} member;

static int by_group(const void *a, const void *b)
{
    const member *x = a, *y = b;
    int order = (x->group > y->group) - (x->group < y->group);
    return order ? order : (x->example > y->example) - (x->example < y->example);
}

typedef struct rows {
    const member *list;
    int64_t count;
} rows;

/* Copies of the rows of an array that has one for each of `all` examples. */
static bool pick(const ad_array *a, int64_t all, const rows *r, ad_array *to)
{
    *to = *a;
    if (!a->data)
        return true;
    size_t size = all ? ad_array_bytes(a) / (size_t)all : 0;
    char *data = malloc((size_t)r->count * size + 1);
    to->data = data;
    to->shape.size[0] = r->count;
    for (int64_t i = 0; data && i < r->count; i++)
        memcpy(data + (size_t)i * size, (const char *)a->data + (size_t)r->list[i].example * size,
               size);
    return data;
}

typedef struct part {
    ad_metric_answers a;
    const char **answer, **right;
} part;

static void part_done(part *p)
{
    free((void *)p->a.prediction.data);
    free((void *)p->a.target.data);
    free((void *)p->a.weight.data);
    free((void *)p->a.cluster.data);
    free((void *)p->a.bytes.data);
    free(p->answer);
    free(p->right);
}

static bool pick_texts(const ad_metric_answers *from, const rows *r, part *p)
{
    int64_t references = from->references;
    p->answer = calloc((size_t)r->count + 1, sizeof *p->answer);
    p->right = calloc((size_t)(r->count * references) + 1, sizeof *p->right);
    for (int64_t i = 0; p->answer && p->right && i < r->count; i++) {
        int64_t at = r->list[i].example;
        p->answer[i] = from->answer[at];
        for (int64_t k = 0; k < references; k++)
            p->right[i * references + k] = from->right[at * references + k];
    }
    p->a.answer = p->answer;
    p->a.right = p->right;
    p->a.count = r->count;
    return p->answer && p->right;
}

static bool part_of(const ad_metric_answers *from, int64_t all, const rows *r, part *p)
{
    *p = (part){.a = *from};
    bool done = pick(&from->prediction, all, r, &p->a.prediction);
    done = pick(&from->target, all, r, &p->a.target) && done;
    done = pick(&from->weight, all, r, &p->a.weight) && done;
    done = pick(&from->cluster, all, r, &p->a.cluster) && done;
    done = pick(&from->bytes, all, r, &p->a.bytes) && done;
    if (from->kind == AD_METRIC_SENTENCES)
        done = pick_texts(from, r, p) && done;
    return done;
}

typedef struct grouping {
    const ad_metric_answers *answers;
    int64_t all;
    const ad_choice *metric;
    int metrics;
    const ad_metrics_options *options;
    ad_metric_groups *groups;
} grouping;

static ad_status measure_group(const grouping *g, const rows *r)
{
    ad_metric_group *group = &g->groups->group[g->groups->count];
    *group = (ad_metric_group){r->list->group, r->count,
                               g->groups->values + g->groups->count * g->metrics};
    part p;
    ad_status status = part_of(g->answers, g->all, r, &p)
                           ? (ad_metrics)(&p.a, g->metric, g->metrics, group->value, g->options)
                           : message_no_memory();
    part_done(&p);
    g->groups->count++;
    return status;
}

static int64_t count_groups(const member *list, int64_t count)
{
    int64_t groups = 0;
    for (int64_t i = 0; i < count; i++)
        groups += i == 0 || list[i].group != list[i - 1].group;
    return groups;
}

static ad_status measure_groups(const grouping *g, const member *list)
{
    int64_t groups = count_groups(list, g->all);
    g->groups->group = calloc((size_t)groups + 1, sizeof *g->groups->group);
    g->groups->values = calloc((size_t)(groups * g->metrics) + 1, sizeof *g->groups->values);
    if (!g->groups->group || !g->groups->values)
        return message_no_memory();
    ad_status status = AD_OK;
    for (int64_t from = 0, to; from < g->all && status == AD_OK; from = to) {
        for (to = from; to < g->all && list[to].group == list[from].group;)
            to++;
        status = measure_group(g, &(rows){list + from, to - from});
    }
    return status;
}

static ad_status read_groups(const ad_array *group, int64_t count, member *list)
{
    for (int64_t i = 0; i < count; i++) {
        double x = ad_array_item(group, i);
        if (!(x >= -0x1p53 && x <= 0x1p53) || x != (double)(int64_t)x)
            return message_fail(AD_ERROR_ARGUMENT,
                                "groups: that of example %lld is %g\n  groups "
                                "are whole numbers\n",
                                (long long)i, x);
        list[i] = (member){(int64_t)x, i};
    }
    qsort(list, (size_t)count, sizeof *list, by_group);
    return AD_OK;
}

ad_status(ad_metrics_by)(const ad_metric_answers *answers, const ad_array *group,
                         const ad_choice *metric, int count, ad_metric_groups *groups,
                         const ad_metrics_options *options)
{
    metric_work w;
    *groups = (ad_metric_groups){.count = 0};
    ad_status status = metric_begin(&w, answers);
    if (status == AD_OK && ad_array_count(group) != w.count)
        status = message_fail(AD_ERROR_SHAPE,
                              "groups: there are %lld for %lld examples\n  give "
                              "one for each example\n",
                              (long long)ad_array_count(group), (long long)w.count);
    member *list = status == AD_OK ? calloc((size_t)w.count + 1, sizeof *list) : NULL;
    if (status == AD_OK)
        status = list ? read_groups(group, w.count, list) : message_no_memory();
    grouping g = {answers, w.count, metric, count, options, groups};
    if (status == AD_OK)
        status = measure_groups(&g, list);
    free(list);
    metric_done(&w);
    return status;
}

void ad_metric_groups_done(ad_metric_groups *groups)
{
    free(groups->group);
    free(groups->values);
    *groups = (ad_metric_groups){.count = 0};
}
