/* Why should the rate fall?  Loss under a rate that stays, one that falls by steps or a cosine, and
 * ones that rise first; the noise that a rate leaves, and the test that finds the highest one. */
#include "lab.h"

enum { WAYS = 6, MARKS = 30, TRIED = 200 };

static const char *const way[WAYS][2] = {
    {"constant, high", "恒定（高）"}, {"constant, low", "恒定（低）"},
    {"by steps", "分段下降"},         {"cosine", "余弦"},
    {"one cycle", "单周期"},          {"warm-up, then constant", "预热后恒定"}};

static ad_tensor *body(ad_tensor *x, const void *with)
{
    (void)with;
    return ad_linear(ad_relu(ad_linear(x, .out = 64)), .out = 10);
}

/* Of the highest rate, at a part t of the way. */
static double share(int kind, double t)
{
    const double half_turn = 3.14159265358979323846;
    switch (kind) {
    case 0: return 1;
    case 1: return 0.1;
    case 2: return t < 0.5 ? 1 : t < 0.75 ? 0.1 : 0.01;
    case 3: return 0.5 * (1 + cos(half_turn * t));
    case 5: return fmin(1, t / 0.1);
    default: return t < 0.3 ? 0.04 + 0.96 * t / 0.3 : 0.5 * (1 + cos(half_turn * (t - 0.3) / 0.7));
    }
}

/* Loss of all training examples at marks, and its last value. */
static double follow(lab *l, const lab_data *d, int kind, uint64_t seed, double *loss)
{
    lab_net n = lab_classifier(l, d, body, NULL);
    ad_tensor *rate = ad_feed(n.graph, "rate", AD_F32, AD_SCALAR);
    ad_tensor *update = ad_sgd(n.loss, .rate_tensor = rate, .momentum = 0.9);
    lab_begin(l, &n, NULL, seed);
    ad_program *p =
        lab_compile(l, n.state, .fetch = {update}, .feed = {n.x, n.y, rate}, .training = true);
    lab_batch some = lab_some(l, d, 8);
    int steps = (int)lab_get(l, "steps"), mark = 0;
    for (int i = 0; i < steps; i++) {
        float now = (float)(lab_get(l, "rate") * share(kind, (double)i / steps));
        lab_draw(l, d, &some);
        ad_array feeds[] = {some.feed[0], some.feed[1], ad_f32(&now, AD_SCALAR)};
        lab_step(l, p, feeds);
        if ((i + 1) * MARKS / steps > mark && mark < MARKS)
            loss[mark++] = lab_loss(l, &n, d);
    }
    return loss[MARKS - 1];
}

/* The rate range test: one step at each rate, ever higher, until the loss is four times its least.
 */
static void range_test(lab *l, const lab_data *d)
{
    lab_net n = lab_classifier(l, d, body, NULL);
    ad_tensor *rate = ad_feed(n.graph, "rate", AD_F32, AD_SCALAR);
    ad_tensor *update = ad_sgd(n.loss, .rate_tensor = rate, .momentum = 0.9);
    lab_begin(l, &n, NULL, lab_seed(l));
    ad_program *p =
        lab_compile(l, n.state, .fetch = {update}, .feed = {n.x, n.y, rate}, .training = true);
    lab_batch some = lab_some(l, d, 32);
    double *x = lab_powers(l, 1e-4, 100, TRIED), loss[TRIED], smooth = 0;
    int count = 0, best = 0;
    for (; count < TRIED; count++) {
        float now = (float)x[count];
        lab_draw(l, d, &some);
        ad_array feeds[] = {some.feed[0], some.feed[1], ad_f32(&now, AD_SCALAR)};
        double one = lab_step(l, p, feeds);
        smooth = count ? 0.9 * smooth + 0.1 * one : one;
        loss[count] = smooth;
        best = smooth < loss[best] ? count : best;
        if (!(smooth < 4 * loss[best]))
            break;
    }
    double high = x[count < TRIED ? count : TRIED - 1];
    lab_figure *f = lab_plot(l, T("A range test: the loss is least at rate {0}, lost at {1}",
                                  "学习率范围测试：{0} 时损失最小，{1} 时发散", x[best], high));
    lab_x(f, T("rate of the step", "该步的学习率"), NULL, true);
    lab_y(f, T("loss, running mean", "损失（滑动平均）"), NULL, false);
    lab_line(f, T("", ""), x, loss, count);
    lab_rule(f, T("rate of this lab", "本实验的学习率"), lab_get(l, "rate"), true);
}

static void run(lab *l)
{
    lab_data d = lab_digits(l, 1500, AD_PART_TRAIN);
    for (int i = 0; i < d.count; i++) /* some labels are wrong: no weights give a loss of 0 */
        d.y[i] = lab_uniform(l) < 0.2 ? (int32_t)(10 * lab_uniform(l)) : d.y[i];
    int seeds = (int)lab_get(l, "seeds"), steps = (int)lab_get(l, "steps"), best = 0;
    double at[MARKS], loss[WAYS][MARKS] = {{0}}, end[WAYS] = {0}, rate[WAYS][MARKS];
    for (int i = 0; i < MARKS; i++)
        at[i] = (i + 1.0) * steps / MARKS;
    for (int k = 0; k < WAYS; k++) {
        for (int s = 0; s < seeds; s++) {
            double one[MARKS] = {0};
            end[k] += follow(l, &d, k, lab_seed(l) + (uint64_t)s, one) / seeds;
            for (int i = 0; i < MARKS; i++)
                loss[k][i] += one[i] / seeds;
            lab_progress(l, (k * seeds + s + 1.0) / (WAYS * seeds));
        }
        for (int i = 0; i < MARKS; i++)
            rate[k][i] = lab_get(l, "rate") * share(k, (i + 0.5) / MARKS);
        best = end[k] < end[best] ? k : best;
    }
    lab_figure *f = lab_plot(l, T("A rate that falls ends at {0}, one that stays high at {1}",
                                  "下降的学习率最终损失 {0}，恒定高学习率为 {1}",
                                  fmin(end[3], end[4]), end[0]));
    lab_x(f, T("step", "步"), NULL, false);
    lab_y(f, T("loss of all training examples", "训练集损失"), NULL, true);
    for (int k = 0; k < WAYS; k++)
        lab_line(f, T(way[k][0], way[k][1]), at, loss[k], MARKS);
    f = lab_plot(l, T("The rates", "各种学习率"));
    lab_x(f, T("step", "步"), NULL, false);
    lab_y(f, T("rate", "学习率"), NULL, true);
    for (int k = 0; k < WAYS; k++)
        lab_line(f, T(way[k][0], way[k][1]), at, rate[k], MARKS);
    lab_say(
        l,
        T("A batch's gradient is the true one and noise; at rate {0} the noise keeps the weights "
          "off "
          "the floor by a loss of {1}, at a tenth of it by less, but the way there takes longer: "
          "{2}.",
          "小批量梯度是真梯度加噪声；学习率 {0} 时噪声使损失停在 {1} 之上，十分之一的学习率时更低，"
          "但走得更慢：{2}。",
          lab_get(l, "rate"), end[0], end[1]));
    range_test(l, &d);
    lab_say(l,
            T("A warm-up before a rate that stays ends at {0}, the same rate without one at {1}: "
              "it is for first steps that would be too large, and does not take the fall's place.",
              "恒定学习率前加预热，最终为 {0}，不加为 {1}：预热针对最初过大的步，不能代替下降。",
              end[5], end[0]));
    bool holds = end[3] < end[0] && end[4] < end[0] && fmin(end[3], end[4]) < end[1];
    lab_judge(l, holds ? LAB_HOLDS : LAB_FAILS,
              T("A high rate goes far, a low one comes to rest, and a falling one does both. How "
                "it falls "
                "matters less: by steps, cosine and one cycle end at {0}, {1} and {2}.",
                "高学习率走得远，低学习率停得稳，下降的学习率兼而有之。怎样下降并不太重要：分段、余"
                "弦和单周期"
                "最终为 {0}、{1}、{2}。",
                end[2], end[3], end[4]));
}

const lab_record lab_record_schedules = {
    .name = "schedules",
    .topic = LAB_LEARNING,
    .question_en = "Why should the learning rate fall?",
    .question_zh = "学习率为什么要衰减？",
    .claim_en = "A rate that falls ends lower than any that stays.",
    .claim_zh = "衰减的学习率最终优于恒定的学习率。",
    .verdict = LAB_HOLDS,
    .seeds = 20,
    .run = run,
    .setting = {{"rate", 0.1, 0, 0.001, 10, "the highest rate", "最大学习率"},
                {"steps", 2400, 1200, 60, 1000000, "training steps", "训练步数"},
                {"seeds", 3, 1, 1, 20, "seeds", "种子数"}},
    .next = {{"Is it so at a tenth of the rate?", "学习率小十倍时也是如此吗？", "rate=0.01"},
             {"Why warm up?", "为什么要预热？", NULL},
             {"Does a smaller batch want a lower rate?", "批量更小时学习率应更低吗？", NULL}},
    .source = {"Robbins and Monro 1951: a stochastic approximation method",
               "Loshchilov and Hutter 2017: SGDR (arXiv:1608.03983)",
               "Smith and Topin 2018: super-convergence (arXiv:1708.07120)", "adze schedules"},
};
