/* Small answers to be measured, and what is measured of them. */
#ifndef TEST_METRIC_ANSWERS_H
#define TEST_METRIC_ANSWERS_H

#include <adze/metric.h>

#include "kit/metric.h"
#include "kit/random.h"
#include "test.h"

enum { COUNT = 24, CLASSES = 3 };

/* Logits that every type of floats holds exactly, also with 64 added. */
static inline void draw_logits(double *logit, int32_t *label)
{
    random_state r = random_start(5, 1);
    for (int i = 0; i < COUNT * CLASSES; i++)
        logit[i] = (double)random_below(&r, 31) / 8 - 2;
    for (int i = 0; i < COUNT; i++)
        label[i] = (int32_t)random_below(&r, CLASSES);
}

static inline double value_of(const ad_metric_answers *a, const char *name)
{
    ad_metric_value v = {.value = -7};
    CHECK_EQ(ad_metric(a, name, &v), AD_OK);
    return v.value;
}

static inline ad_metric_answers answers_of(ad_array prediction, ad_array target)
{
    return AD_OPTIONS(ad_metric_answers, .kind = AD_METRIC_CLASSES, .prediction = prediction,
                      .target = target);
}

static inline ad_metric_value measured(const ad_metric_answers *a, const char *name)
{
    ad_metric_value v = {.value = -7};
    CHECK_EQ(ad_metric(a, name, &v), AD_OK);
    return v;
}

#endif
