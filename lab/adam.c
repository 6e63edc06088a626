/* What do RMSProp's mean square and the correction of bias do?  Sizes of Adam's first steps with
 * and without the correction, steps of parameters whose gradients differ by a thousand, and the
 * longest step. */
#include "lab.h"

enum { STEPS = 50, WAYS = 3, QUIETS = 13 };

/* Sizes of steps over the rate, of one parameter whose gradient is g(t); beta2 as given. */
static void engine_steps(lab *l, const double *gradient, double beta2, int count, double *step)
{
    ad_graph *g = lab_graph(l);
    ad_tensor *slope = ad_feed(g, "slope", AD_F64, AD_SCALAR);
    ad_tensor *w = ad_variable(g, "w", ad_full(g, AD_F64, AD_SCALAR, 0));
    ad_tensor *update = ad_adam(ad_mul(slope, w), .rate = 1, .beta2 = beta2, .epsilon = 1e-12);
    ad_state *state = lab_state(l, g, 1);
    ad_program *p = lab_compile(l, state, .fetch = {update}, .feed = {slope}, .training = true);
    double before = 0;
    for (int t = 0; t < count; t++) {
        ad_array feed = ad_f64(&gradient[t], AD_SCALAR), now = {0};
        lab_step(l, p, &feed);
        lab_do(l, ad_get(state, w, &now));
        step[t] = fabs(ad_array_item(&now, 0) - before);
        before = ad_array_item(&now, 0);
    }
}

/* The same written out, with or without dividing by 1 - beta^t (Kingma and Ba 2015, section 3). */
static void written_steps(const double *gradient, double beta2, bool corrected, double *step)
{
    double m = 0, v = 0, beta1 = 0.9;
    for (int t = 0; t < STEPS; t++) {
        m = beta1 * m + (1 - beta1) * gradient[t];
        v = beta2 * v + (1 - beta2) * gradient[t] * gradient[t];
        double mean = corrected ? m / (1 - pow(beta1, t + 1)) : m;
        double square = corrected ? v / (1 - pow(beta2, t + 1)) : v;
        step[t] = fabs(mean) / (sqrt(square) + 1e-12);
    }
}

/* The step of a gradient that comes alone, after some steps of none. */
static void show_bound(lab *l)
{
    double *quiet = lab_powers(l, 1, 4096, QUIETS), longest[QUIETS], bound = 0.1 / sqrt(0.001);
    for (int k = 0; k < QUIETS; k++) {
        int count = (int)lround(quiet[k]) + 1;
        double *gradient = lab_numbers(l, count), *step = lab_numbers(l, count);
        gradient[count - 1] = 1;
        engine_steps(l, gradient, 0.999, count, step);
        longest[k] = step[count - 1];
    }
    lab_figure *f = lab_plot(l, T("After {0} quiet steps a lone gradient makes one of {1} rates",
                                  "安静 {0} 步后，一个孤立的梯度使步长达学习率的 {1} 倍",
                                  quiet[QUIETS - 1], longest[QUIETS - 1]));
    lab_x(f, T("steps without a gradient before", "此前无梯度的步数"), NULL, true);
    lab_y(f, T("size of the step, in rates", "步长（以学习率计）"), NULL, false);
    lab_line(f, T("", ""), quiet, longest, QUIETS);
    lab_rule(f, T("(1 - beta1) / sqrt(1 - beta2)", "(1 - beta1) / sqrt(1 - beta2)"), bound, false);
}

static void run(lab *l)
{
    double *t = lab_range(l, 1, STEPS, STEPS), off = 0, most = 0, worst_with = 0;
    double gradient[STEPS], ours[STEPS], with[STEPS], without[STEPS];
    for (int i = 0; i < STEPS; i++)
        gradient[i] = 1 + lab_get(l, "noise") * lab_normal(l);
    engine_steps(l, gradient, 0.999, STEPS, ours);
    written_steps(gradient, 0.999, true, with);
    written_steps(gradient, 0.999, false, without);
    for (int i = 0; i < STEPS; i++) {
        off = fmax(off, fabs(ours[i] / with[i] - 1));
        most = fmax(most, without[i]);
        worst_with = fmax(worst_with, with[i]);
    }
    lab_figure *f = lab_plot(l, T("Without the correction early steps are up to {0} rates long",
                                  "没有偏差修正时，早期步长可达学习率的 {0} 倍", most));
    lab_axes(f, T("step", "步"), T("size of the step, in rates", "步长（以学习率计）"));
    lab_line(f, T("corrected, by ad_adam", "有修正（ad_adam）"), t, ours, STEPS);
    lab_line(f, T("not corrected", "无修正"), t, without, STEPS);
    lab_say(
        l,
        T("Both averages begin at 0. The mean gradient's is short by 1 - 0.9^t, the mean "
          "square's root by sqrt(1 - 0.999^t), which takes far longer: their ratio is too large, "
          "and steps without correction are too long, not too short. What the engine does "
          "agrees with the formula to {0}.",
          "两个滑动平均都从零开始：一阶矩少了 1 - 0.9^t，二阶矩的平方根少了 sqrt(1 - 0.999^t)，"
          "后者恢复慢得多，因此比值偏大：没有修正时步长是偏长而不是偏短。引擎与公式相差 {0}。",
          off));

    double slope[WAYS] = {1000, 1, 0.001}, scaled[WAYS][STEPS], sgd[WAYS], adam[WAYS];
    for (int w = 0; w < WAYS; w++) {
        double g[STEPS];
        for (int i = 0; i < STEPS; i++)
            g[i] = slope[w] * gradient[i];
        engine_steps(l, g, 0.999, STEPS, scaled[w]);
        sgd[w] = slope[w];
        adam[w] = lab_mean(scaled[w], STEPS);
    }
    f = lab_bars(l, T("Gradients from {0} to {1} give steps of one size",
                      "梯度从 {0} 到 {1}，步长却相同", slope[2], slope[0]));
    for (int w = 0; w < WAYS; w++)
        lab_row(f, T("gradients of {0}", "梯度 {0}", slope[w]));
    lab_x(f, T("mean step, in rates", "平均步长（以学习率计）"), NULL, false);
    lab_bar(f, T("Adam", "Adam"), adam, NULL, NULL, WAYS);
    lab_say(
        l, T("Plain descent's steps would be {0}, {1} and {2} rates: that is what each parameter's "
             "own rate means.",
             "普通梯度下降的步长将是学习率的 {0}、{1} 和 {2} 倍：这就是“每个参数有自己的学习率”。",
             sgd[0], sgd[1], sgd[2]));
    show_bound(l);
    bool holds = most > 2 && worst_with < 1.5 && fabs(adam[0] / adam[2] - 1) < 1e-3 && off < 1e-6;
    lab_judge(
        l, holds ? LAB_PARTLY : LAB_FAILS,
        T("Steps do not depend on the gradient's scale, and the correction keeps the first ones "
          "near one rate. But it mends steps that are too long, by {0} here; that they would be "
          "too short is said of the mean alone.",
          "步长不依赖梯度的尺度，偏差修正使最初的步长接近一个学习率。但它修正的是过长的步（这里 "
          "{0} 倍）；“过短”只对一阶矩而言。",
          most));
}

const lab_record lab_record_adam = {
    .name = "adam",
    .topic = LAB_LEARNING,
    .question_en = "What do RMSProp and the correction of bias do in Adam?",
    .question_zh = "Adam 中的 RMSProp 和偏差修正起什么作用？",
    .claim_en =
        "Adam gives each parameter its own rate; its correction of bias lengthens early steps, "
        "which would be too short.",
    .claim_zh = "Adam 为每个参数自适应学习率；偏差修正使早期过小的步长变大。",
    .verdict = LAB_PARTLY,
    .seeds = 20,
    .run = run,
    .setting = {{"noise", 0.3, 0, 0, 10, "deviation of gradients about 1", "梯度围绕 1 的标准差"}},
    .next = {{"What if the gradient is mostly noise?", "梯度主要是噪声时怎样？", "noise=5"},
             {"Does a smaller beta2 shorten the longest step?", "beta2 更小会缩短最长的一步吗？",
              NULL},
             {"Why is warm-up used although the bias is corrected?", "既然有修正，为什么还要预热？",
              NULL}},
    .source = {"Kingma and Ba 2015: Adam, a method for stochastic optimization (arXiv:1412.6980)",
               "Liu et al. 2020: on the variance of the adaptive learning rate (arXiv:1908.03265)",
               "include/adze/adze.h: ad_adam"},
};
