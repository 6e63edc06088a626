/* Intervals of metrics: Wilson's, the bootstrap and how often they hold; groups, classes and
 * thresholds. */
#include "metric_answers.h"

/* ---------------------------------------------------------------- intervals */

/* Newcombe 1998, table 1, method 3. */
TEST(shares_have_wilsons_interval)
{
    static const double row[][4] = {
        {81, 263, .2553, .3662}, {15, 148, .0624, .1605}, {0, 20, 0, .1611}, {1, 29, .0061, .1718}};
    for (int i = 0; i < 4; i++) {
        double low, high;
        metric_wilson(row[i][0] / row[i][1], row[i][1], &low, &high);
        CHECK(fabs(low - row[i][2]) < 5e-5 && fabs(high - row[i][3]) < 5e-5);
    }
}

/* numpy.quantile([1, 2, 4, 8, 16], q) */
TEST(quantiles_are_of_type_7)
{
    const double v[] = {1, 2, 4, 8, 16};
    CHECK(fabs(metric_quantile(v, 5, 0.025) - 1.1) < 1e-12);
    CHECK(fabs(metric_quantile(v, 5, 0.975) - 15.2) < 1e-12);
    CHECK(metric_quantile(v, 5, 0) == 1 && metric_quantile(v, 5, 1) == 16);
    CHECK(metric_quantile(v, 1, 0.975) == 1);
}

/* scipy.stats: norm.cdf(-sqrt(n / (n - 1)) * t.ppf(0.975, n - 1)) */
TEST(intervals_of_few_examples_are_wider)
{
    static const double of[][2] = {{10, 0.008550639}, {30, 0.0187539}, {200, 0.02402618}};
    for (int i = 0; i < 3; i++)
        CHECK(fabs(metric_expanded(of[i][0]) - of[i][1]) < 1e-6);
    CHECK(metric_expanded(2) >= 0 && metric_expanded(2) < 1e-30);
}

TEST(resamples_depend_on_the_seed_alone)
{
    double logit[COUNT * CLASSES];
    int32_t label[COUNT];
    draw_logits(logit, label);
    ad_metric_answers a =
        answers_of(ad_f64(logit, AD_SHAPE(COUNT, CLASSES)), ad_i32(label, AD_SHAPE(COUNT)));
    ad_choice list[] = {{&ad_metric_find("brier")->record, NULL},
                        {&ad_metric_find("log_loss")->record, NULL}};
    ad_metric_value one, two[2], other;
    CHECK_EQ(ad_metrics(&a, &list[1], 1, &one, .seed = 3), AD_OK);
    CHECK_EQ(ad_metrics(&a, list, 2, two, .seed = 3), AD_OK);
    CHECK_EQ(ad_metrics(&a, &list[1], 1, &other, .seed = 4), AD_OK);
    CHECK(one.low == two[1].low && one.high == two[1].high);
    CHECK(one.low != other.low && one.value == other.value);
    CHECK(one.low < one.value && one.value < one.high);
}

/* Clusters of equal examples: as wide as of the clusters alone. */
TEST(clusters_are_drawn_together)
{
    double said[40], right[40] = {0};
    int32_t cluster[40];
    for (int i = 0; i < 40; i++) {
        said[i] = i / 4 % 5;
        cluster[i] = 100 - i / 4;
    }
    ad_metric_answers a =
        AD_OPTIONS(ad_metric_answers, .kind = AD_METRIC_NUMBERS,
                   .prediction = ad_f64(said, AD_SHAPE(40)), .target = ad_f64(right, AD_SHAPE(40)));
    ad_metric_value alone = measured(&a, "mae");
    a.cluster = ad_i32(cluster, AD_SHAPE(40));
    ad_metric_value together = measured(&a, "mae");
    CHECK(together.value == alone.value);
    double ratio = (together.high - together.low) / (alone.high - alone.low);
    CHECK(ratio > 2 && ratio < 2.7); /* the root of 4, and more as 10 are few */
}

TEST(differences_are_paired)
{
    double a_said[200], b_said[200], right[200] = {0};
    random_state r = random_start(9, 9);
    for (int i = 0; i < 200; i++) {
        a_said[i] = random_between(&r, -10, 10);
        b_said[i] = a_said[i] * 0.97;
    }
    ad_metric_answers a = AD_OPTIONS(ad_metric_answers, .kind = AD_METRIC_NUMBERS,
                                     .prediction = ad_f64(a_said, AD_SHAPE(200)),
                                     .target = ad_f64(right, AD_SHAPE(200))),
                      b = a;
    b.prediction = ad_f64(b_said, AD_SHAPE(200));
    ad_choice mae = {&ad_metric_find("mae")->record, NULL};
    ad_metric_value d, of_a = measured(&a, "mae"), of_b = measured(&b, "mae");
    CHECK_EQ(ad_metric_difference(&a, &b, &mae, &d), AD_OK);
    CHECK(fabs(d.value - (of_b.value - of_a.value)) < 1e-12 && d.value < 0);
    CHECK(d.high < 0 && d.low < d.value); /* told apart, though the intervals of each overlap */
    CHECK(of_b.high > of_a.low);
    CHECK_EQ(ad_metric_difference(&a, &a, &mae, &d), AD_OK);
    CHECK(d.value == 0 && d.low == 0 && d.high == 0);
    double other[200] = {1};
    b.target = ad_f64(other, AD_SHAPE(200));
    CHECK(ad_metric_difference(&a, &b, &mae, &d) == AD_ERROR_ARGUMENT);
    CHECK(strstr(ad_kit_error(), "the targets of the two differ"));
    b.prediction = b.target = ad_f64(other, AD_SHAPE(100));
    CHECK(ad_metric_difference(&a, &b, &mae, &d) == AD_ERROR_ARGUMENT);
    CHECK(strstr(ad_kit_error(), "200 examples and the other 100"));
}

TEST(groups_are_measured_alone)
{
    double said[6] = {1, 2, 3, 4, 5, 6}, right[6] = {0, 0, 0, 0, 0, 0};
    int64_t group[6] = {7, -2, 7, -2, 7, 40};
    ad_metric_answers a =
        AD_OPTIONS(ad_metric_answers, .kind = AD_METRIC_NUMBERS,
                   .prediction = ad_f64(said, AD_SHAPE(6)), .target = ad_f64(right, AD_SHAPE(6)));
    ad_array of = ad_i64(group, AD_SHAPE(6));
    ad_choice mae = {&ad_metric_find("mae")->record, NULL};
    ad_metric_groups g;
    CHECK_EQ(ad_metrics_by(&a, &of, &mae, 1, &g), AD_OK);
    REQUIRE(g.count == 3);
    CHECK(g.group[0].group == -2 && g.group[0].count == 2 && g.group[0].value->value == 3);
    CHECK(g.group[1].group == 7 && g.group[1].count == 3 && g.group[1].value->value == 3);
    CHECK(g.group[2].group == 40 && g.group[2].count == 1 && g.group[2].value->value == 6);
    ad_metric_groups_done(&g);
    const char *text[] = {"a b", "c", "a", "d"}, *same[] = {"a b", "d", "a", "d"};
    group[0] = group[2] = 1, group[1] = group[3] = 0;
    a = AD_OPTIONS(ad_metric_answers, .kind = AD_METRIC_SENTENCES, .answer = text, .right = same,
                   .count = 4);
    of = ad_i64(group, AD_SHAPE(4));
    ad_choice wer = {&ad_metric_find("word_error_rate")->record, NULL};
    CHECK_EQ(ad_metrics_by(&a, &of, &wer, 1, &g), AD_OK);
    CHECK(g.count == 2 && g.group[0].value->value == 0.5 && g.group[1].value->value == 0);
    ad_metric_groups_done(&g);
    of = ad_i64(group, AD_SHAPE(3));
    CHECK(ad_metrics_by(&a, &of, &wer, 1, &g) != AD_OK);
    ad_metric_groups_done(&g);
}

/* ---------------------------------------------------------------- rows and thresholds */

TEST(a_row_for_each_class)
{
    int32_t said[8] = {0, 1, 2, 2, 1, 0, 2, 2}, right[8] = {0, 1, 2, 1, 1, 2, 2, 0};
    ad_metric_answers a = answers_of(ad_i32(said, AD_SHAPE(8)), ad_i32(right, AD_SHAPE(8)));
    a.classes = 4;
    ad_metric_class row[4];
    double matrix[16];
    CHECK_EQ(ad_metric_classes(&a, row), AD_OK);
    CHECK(row[2].of_class == 3 && row[2].answered == 4 && row[2].right == 2);
    CHECK(row[2].precision.value == 0.5 && fabs(row[2].recall.value - 2.0 / 3) < 1e-15);
    CHECK(fabs(row[2].f1.value - 4.0 / 7) < 1e-15);
    CHECK(row[2].precision.interval == AD_INTERVAL_WILSON && row[2].f1.high > row[2].f1.value);
    CHECK(row[3].of_class == 0 && row[3].recall.value == 0 && row[3].recall.words);
    CHECK_EQ(ad_metric_confusion(&a, matrix), AD_OK);
    CHECK(matrix[0] == 1 && matrix[2] == 1 && matrix[4 + 1] == 2 && matrix[4 + 2] == 1);
    CHECK(matrix[8] == 1 && matrix[8 + 2] == 2 && matrix[15] == 0);
}

static double f1_at(ad_metric_answers a, double threshold)
{
    a.threshold = threshold;
    return value_of(&a, "f1");
}

static double balanced_at(ad_metric_answers a, double threshold)
{
    a.threshold = threshold;
    return value_of(&a, "balanced_accuracy");
}

TEST(the_threshold_is_the_best_one)
{
    double logit[2 * 60];
    int32_t right[60];
    random_state r = random_start(2, 2);
    for (int i = 0; i < 60; i++) {
        right[i] = random_below(&r, 6) == 0;
        logit[2 * i] = 0;
        logit[2 * i + 1] = random_between(&r, -3, 1) + right[i];
    }
    for (int64_t positive = 0; positive < 2; positive++) {
        double f1, balanced;
        ad_metric_answers a =
            answers_of(ad_f64(logit, AD_SHAPE(60, 2)), ad_i32(right, AD_SHAPE(60)));
        a.positive = positive;
        CHECK_EQ(ad_metric_threshold(&a, AD_THRESHOLD_F1, &f1), AD_OK);
        CHECK_EQ(ad_metric_threshold(&a, AD_THRESHOLD_BALANCED, &balanced), AD_OK);
        for (int i = 0; i < 60; i++) {
            double z = logit[2 * i + 1] * (positive ? 1 : -1), t = 1 / (1 + exp(-z));
            CHECK(f1_at(a, t) <= f1_at(a, f1) + 1e-15);
            CHECK(balanced_at(a, t) <= balanced_at(a, balanced) + 1e-15);
        }
        CHECK(f1 > 0 && f1 < 1 && f1_at(a, f1) > f1_at(a, 0.5) - 1e-15);
    }
}

/* ---------------------------------------------------------------- how often intervals hold
 * 100 simulations, 2,000 with ADZE_SOAK: the share whose interval has the true value. */

typedef struct simulated {
    const char *name;
    double truth;
    int64_t held, low, high;
} simulated;

static double normal(random_state *r)
{
    double u = random_between(r, 0x1p-40, 1), v = random_between(r, 0, 6.283185307179586);
    return sqrt(-2 * log(u)) * cos(v);
}

static void note(simulated *s, const ad_metric_value *v)
{
    s->held += v->low <= s->truth && s->truth <= v->high;
    s->low += s->truth < v->low;
    s->high += s->truth > v->high;
}

static int64_t simulations(void)
{
    return getenv("ADZE_SOAK") ? 2000 : 100;
}

static int64_t resamples(void)
{
    return getenv("ADZE_SOAK") ? 1000 : 400;
}

/* 95 % of 100 is 89 to 100 in all but 1 of 100 tries. */
static void judge(const char *what, const simulated *s, int count)
{
    int64_t all = simulations();
    double least = all > 1000 ? 0.93 : 0.88, most = all > 1000 ? 0.97 : 1;
    for (int i = 0; i < count; i++) {
        double share = (double)s[i].held / (double)all;
        if (all > 1000)
            printf("%s %s: %.2f %% (below %d, above %d)\n", what, s[i].name, 100 * share,
                   (int)s[i].high, (int)s[i].low);
        if (share < least || share > most)
            TEST_FAILED("%s %s: its interval holds in %.2f %% of %d", what, s[i].name, 100 * share,
                        (int)all);
    }
}

static void choose_all(const simulated *s, int count, ad_choice *list)
{
    for (int i = 0; i < count; i++)
        list[i] = (ad_choice){&ad_metric_find(s[i].name)->record, NULL};
}

enum { SIMULATED_MAX = 16, DRAWN = 200 };

static void simulate(const ad_metric_answers *a, simulated *s, int count, int64_t number)
{
    ad_choice list[SIMULATED_MAX];
    ad_metric_value v[SIMULATED_MAX];
    choose_all(s, count, list);
    CHECK_EQ(ad_metrics(a, list, count, v, .seed = (uint64_t)number, .resamples = resamples()),
             AD_OK);
    for (int i = 0; i < count; i++)
        note(&s[i], &v[i]);
}

/* Errors are normal of deviation 1 about targets of deviation 2. */
TEST(intervals_of_numbers_hold)
{
    simulated s[] = {{"mse", 1, 0, 0, 0},
                     {"rmse", 1, 0, 0, 0},
                     {"mae", 0.7978845608028654, 0, 0, 0},
                     {"r2", 0.8, 0, 0, 0},
                     {"pinball", 0.3989422804014327, 0, 0, 0}};
    double said[DRAWN] = {0}, right[DRAWN] = {0};
    ad_metric_answers a = AD_OPTIONS(ad_metric_answers, .kind = AD_METRIC_NUMBERS,
                                     .prediction = ad_f64(said, AD_SHAPE(DRAWN)),
                                     .target = ad_f64(right, AD_SHAPE(DRAWN)));
    for (int64_t k = 0; k < simulations(); k++) {
        random_state r = random_start(11, (uint64_t)k);
        for (int i = 0; i < DRAWN; i++) {
            said[i] = 2 * normal(&r);
            right[i] = said[i] + normal(&r);
        }
        simulate(&a, s, 5, k);
    }
    judge("numbers", s, 5);
}

/* Of 200 examples 30 % are of class 1, with scores that are normal about 1.5, the others about 0;
 * class 1 is answered from a score of 1 on.  Of Phi: recall 0.69146, false positives 0.15866. */
static void truth_of_classes(simulated *s)
{
    const double yes = 0.3, tpr = 0.6914624612740131, fpr = 0.15865525393145707;
    double tp = yes * tpr, fp = (1 - yes) * fpr, fn = yes - tp, tn = 1 - yes - fp;
    s[0].truth = tp + tn;
    s[1].truth = tp / (tp + fp);
    s[2].truth = tpr;
    s[3].truth = 2 * tp / (2 * tp + fp + fn);
    s[4].truth = (tpr + 1 - fpr) / 2;
    s[5].truth = (tp * tn - fp * fn) / sqrt((tp + fp) * yes * (1 - yes) * (tn + fn));
    s[6].truth = s[3].truth / 2 + tn / (2 * tn + fp + fn);
    s[7].truth = 0.5 * erfc(-1.5 / 2); /* Phi(1.5 / root 2) */
    double area = 0, step = 1e-4;      /* precision over the density of class 1 */
    for (double x = -6; x < 8; x += step) {
        double up = 0.5 * erfc((x - 1.5) / sqrt(2)), off = 0.5 * erfc(x / sqrt(2));
        double density = exp(-(x - 1.5) * (x - 1.5) / 2) / sqrt(6.283185307179586);
        area += step * density * yes * up / (yes * up + (1 - yes) * off);
    }
    s[8].truth = area;
}

TEST(intervals_of_classes_hold)
{
    simulated s[9] = {{.name = "accuracy"}, {.name = "precision"},         {.name = "recall"},
                      {.name = "f1"},       {.name = "balanced_accuracy"}, {.name = "matthews"},
                      {.name = "f1_macro"}, {.name = "roc_area"},          {.name = "pr_area"}};
    double logit[2 * DRAWN] = {0};
    int32_t right[DRAWN] = {0};
    ad_metric_answers a =
        answers_of(ad_f64(logit, AD_SHAPE(DRAWN, 2)), ad_i32(right, AD_SHAPE(DRAWN)));
    truth_of_classes(s);
    for (int64_t k = 0; k < simulations(); k++) {
        random_state r = random_start(12, (uint64_t)k);
        for (int i = 0; i < DRAWN; i++) {
            right[i] = random_between(&r, 0, 1) < 0.3;
            logit[2 * i + 1] = normal(&r) + 1.5 * right[i] - 1;
        }
        simulate(&a, s, 9, k);
    }
    judge("classes", s, 9);
}

/* Chances are even from 0 to 1, and true. */
TEST(intervals_of_chances_hold)
{
    simulated s[] = {{"log_loss", 0.5, 0, 0, 0}, {"brier", 1.0 / 6, 0, 0, 0}};
    double chance[2 * DRAWN] = {0};
    int32_t right[DRAWN] = {0};
    ad_metric_answers a = AD_OPTIONS(
        ad_metric_answers, .kind = AD_METRIC_CLASSES, .scale = AD_METRIC_CHANCES,
        .prediction = ad_f64(chance, AD_SHAPE(DRAWN, 2)), .target = ad_i32(right, AD_SHAPE(DRAWN)));
    for (int64_t k = 0; k < simulations(); k++) {
        random_state r = random_start(13, (uint64_t)k);
        for (int i = 0; i < DRAWN; i++) {
            double p = random_between(&r, 1e-9, 1);
            chance[2 * i] = 1 - p;
            chance[2 * i + 1] = p;
            right[i] = random_between(&r, 0, 1) < p;
        }
        simulate(&a, s, 2, k);
    }
    judge("chances", s, 2);
}

/* Texts of 5 to 20 tokens that share a part of their loss. */
TEST(intervals_of_language_models_hold)
{
    simulated s[] = {{"perplexity", 0, 0, 0, 0}, {"bits_a_byte", 0, 0, 0, 0}};
    double loss[DRAWN] = {0}, tokens[DRAWN] = {0}, bytes[DRAWN] = {0};
    ad_metric_answers a = AD_OPTIONS(
        ad_metric_answers, .kind = AD_METRIC_LOSSES, .prediction = ad_f64(loss, AD_SHAPE(DRAWN)),
        .target = ad_f64(tokens, AD_SHAPE(DRAWN)), .bytes = ad_f64(bytes, AD_SHAPE(DRAWN)));
    s[0].truth = exp(2);
    s[1].truth = 2 / (4 * log(2));
    for (int64_t k = 0; k < simulations(); k++) {
        random_state r = random_start(14, (uint64_t)k);
        for (int i = 0; i < DRAWN; i++) {
            tokens[i] = 5 + (double)random_below(&r, 16);
            bytes[i] = 4 * tokens[i];
            loss[i] = tokens[i] * (2 + 0.5 * normal(&r));
        }
        simulate(&a, s, 2, k);
    }
    judge("losses", s, 2);
}

/* 60 groups of 5 examples whose errors have a part in common. */
TEST(intervals_of_clusters_hold)
{
    enum { GROUPS = 60, EACH = 5, ALL = GROUPS * EACH };
    simulated s[] = {{"mse", 2, 0, 0, 0}};
    double said[ALL] = {0}, right[ALL] = {0};
    int32_t cluster[ALL] = {0};
    ad_metric_answers a = AD_OPTIONS(
        ad_metric_answers, .kind = AD_METRIC_NUMBERS, .prediction = ad_f64(said, AD_SHAPE(ALL)),
        .target = ad_f64(right, AD_SHAPE(ALL)), .cluster = ad_i32(cluster, AD_SHAPE(ALL)));
    for (int64_t k = 0; k < simulations(); k++) {
        random_state r = random_start(15, (uint64_t)k);
        for (int i = 0; i < GROUPS; i++) {
            double common = random_between(&r, -1, 1) * sqrt(3);
            for (int j = 0; j < EACH; j++) {
                said[i * EACH + j] = common + normal(&r);
                cluster[i * EACH + j] = i;
            }
        }
        simulate(&a, s, 1, k);
    }
    judge("clusters", s, 1);
}

/* Two that are right on the same examples more often than not; b is right 3 % more often. */
TEST(intervals_of_differences_hold)
{
    simulated s = {"accuracy", 0.03, 0, 0, 0};
    int32_t a_said[DRAWN] = {0}, b_said[DRAWN] = {0}, right[DRAWN] = {0};
    ad_metric_answers a = answers_of(ad_i32(a_said, AD_SHAPE(DRAWN)),
                                     ad_i32(right, AD_SHAPE(DRAWN))),
                      b = answers_of(ad_i32(b_said, AD_SHAPE(DRAWN)),
                                     ad_i32(right, AD_SHAPE(DRAWN)));
    a.classes = b.classes = 2;
    ad_choice accuracy = {&ad_metric_find("accuracy")->record, NULL};
    for (int64_t k = 0; k < simulations(); k++) {
        random_state r = random_start(16, (uint64_t)k);
        for (int i = 0; i < DRAWN; i++) {
            double u = random_between(&r, 0, 1);
            a_said[i] = u < 0.1 || (u >= 0.2 && u < 0.31); /* wrong: both 0.1, a alone 0.11 */
            b_said[i] = u < 0.1 || (u >= 0.4 && u < 0.48);
        }
        ad_metric_value v;
        CHECK_EQ(ad_metric_difference(&a, &b, &accuracy, &v, .seed = (uint64_t)k,
                                      .resamples = resamples()),
                 AD_OK);
        note(&s, &v);
    }
    judge("difference of", &s, 1);
}

TEST_MAIN
