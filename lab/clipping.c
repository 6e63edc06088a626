/* How are exploding gradients of recurrent nets cured?  The cliff of a loss in two weights, a step
 * with and without clipping, and what thresholds do. */
#include "lab.h"

enum { TIME = 50, GRID = 241, THRESHOLDS = 7, ROWS = 7, COLUMNS = 9 };

typedef struct cliff {
    ad_graph *g;
    ad_tensor *w, *b, *loss, *norm;
    ad_state *state;
    ad_program *step, *look;
} cliff;

/* h(t + 1) = w s(h(t)) + b, s the sigmoid, after TIME steps: the loss is (s(h) - 0.7)^2 (Pascanu et
 * al. 2013, figure 6). */
static cliff make(lab *l, double threshold)
{
    cliff c = {.g = lab_graph(l)};
    c.w = ad_variable(c.g, "w", ad_full(c.g, AD_F64, AD_SCALAR, 0));
    c.b = ad_variable(c.g, "b", ad_full(c.g, AD_F64, AD_SCALAR, 0));
    ad_tensor *h = ad_full(c.g, AD_F64, AD_SCALAR, 0.5);
    for (int t = 0; t < TIME; t++)
        h = ad_add(ad_mul(c.w, ad_sigmoid(h)), c.b);
    c.loss = ad_square(ad_shift(ad_sigmoid(h), -0.7));
    c.state = lab_state(l, c.g, 1);
    ad_tensor *step = threshold > 0
                          ? ad_sgd(c.loss, .rate = 0.1, .clip_norm = threshold, .norm = &c.norm)
                          : ad_sgd(c.loss, .rate = 0.1, .norm = &c.norm);
    c.step = lab_compile(l, c.state, .fetch = {step, c.norm}, .training = true);
    c.look = lab_compile(l, c.state, .fetch = {c.loss});
    return c;
}

static void put(lab *l, cliff *c, double w, double b)
{
    lab_do(l, ad_set(c->state, c->w, ad_f64(&w, AD_SCALAR)));
    lab_do(l, ad_set(c->state, c->b, ad_f64(&b, AD_SCALAR)));
}

static double at(lab *l, const cliff *c, ad_tensor *v)
{
    ad_array value = {0};
    lab_do(l, ad_get(c->state, v, &value));
    return ad_array_item(&value, 0);
}

/* The largest jump of (w, b) in one step, and the loss after some steps from near the cliff. */
static double after(lab *l, double threshold, double *jump, double *norm)
{
    cliff c = make(l, threshold);
    put(l, &c, lab_get(l, "w") + 0.05 * lab_uniform(l), -2.6 + 0.05 * lab_uniform(l));
    *jump = *norm = 0;
    for (int t = 0; t < (int)lab_get(l, "steps"); t++) {
        double w = at(l, &c, c.w), b = at(l, &c, c.b);
        ad_array seen[2];
        lab_fetch(l, c.step, NULL, seen, 2);
        *norm = fmax(*norm, ad_array_item(&seen[1], 0));
        *jump = fmax(*jump, hypot(at(l, &c, c.w) - w, at(l, &c, c.b) - b));
    }
    return lab_step(l, c.look, NULL);
}

/* The loss over both weights, and where one step from the steepest place leads. */
static void draw_cliff(lab *l, cliff *c, double w)
{
    double value[ROWS][COLUMNS], to[2][2], far[2];
    for (int i = 0; i < ROWS; i++)
        for (int k = 0; k < COLUMNS; k++) {
            put(l, c, 4.6 + 0.1 * k, -2.9 + 0.1 * i);
            value[i][k] = lab_step(l, c->look, NULL);
        }
    lab_figure *f = lab_heat(l,
                             T("In two weights the loss falls off from {0:2} to {1}",
                               "在两个权重上，损失从 {0:2} 陡降到 {1}", value[0][0],
                               value[0][lab_least(*value, ROWS * COLUMNS)]),
                             *value, ROWS, COLUMNS);
    lab_axes(f, T("weight w", "权重 w"), T("weight b", "权重 b"));
    for (int i = 0; i < ROWS; i++)
        lab_row(f, T("{0:1}", "{0:1}", -2.9 + 0.1 * i));
    for (int k = 0; k < COLUMNS; k++)
        lab_column(f, T("{0:1}", "{0:1}", 4.6 + 0.1 * k));
    for (int clipped = 0; clipped < 2; clipped++) {
        cliff one = make(l, clipped);
        put(l, &one, w, -2.6);
        lab_step(l, one.step, NULL);
        to[clipped][0] = at(l, &one, one.w), to[clipped][1] = at(l, &one, one.b);
        far[clipped] = hypot(to[clipped][0] - w, to[clipped][1] + 2.6);
    }
    lab_say(l,
            T("Where it is steepest, at w = {0:2} and b = {1:1}, one step without clipping leads "
              "to ({2:1}, {3:1}), {4} far; clipped at 1 it leads to ({5:2}, {6:2}), {7} far.",
              "在最陡处 w = {0:2}，b = {1:1}，不裁剪的一步到 ({2:1}, {3:1})，步长 {4}；阈值为 1 时"
              "到 ({5:2}, {6:2})，步长 {7}。",
              w, -2.6, to[0][0], to[0][1], far[0], to[1][0], to[1][1], far[1]));
}

static void run(lab *l)
{
    double w[GRID], loss[GRID], slope[GRID], steepest = 0;
    cliff c = make(l, 0);
    for (int i = 0; i < GRID; i++) {
        w[i] = 4.9 + 0.24 * i / (GRID - 1);
        put(l, &c, w[i], -2.6);
        ad_array seen[2];
        loss[i] = lab_step(l, c.look, NULL);
        lab_fetch(l, c.step, NULL, seen, 2);
        slope[i] = ad_array_item(&seen[1], 0);
        steepest = fmax(steepest, slope[i]);
    }
    lab_figure *f = lab_plot(
        l, T("The loss has a cliff whose slope is {0}", "损失有一处悬崖，斜率达 {0}", steepest));
    lab_x(f, T("weight w", "权重 w"), NULL, false);
    lab_y(f, T("loss after {0} steps of time", "{0} 个时间步后的损失", TIME), NULL, false);
    lab_line(f, T("", ""), w, loss, GRID);
    f = lab_plot(l, T("The gradient's norm explodes at one place only", "梯度只在一处爆炸"));
    lab_x(f, T("weight w", "权重 w"), NULL, false);
    lab_y(f, T("norm of the gradient", "梯度范数"), NULL, true);
    lab_line(f, T("", ""), w, slope, GRID);

    draw_cliff(l, &c, w[lab_most(slope, GRID)]);
    double threshold[THRESHOLDS] = {0.01, 0.03, 0.1, 0.3, 1, 3, 10}, end[THRESHOLDS],
           jump[THRESHOLDS], free_jump, norm, free_end = after(l, 0, &free_jump, &norm);
    for (int i = 0; i < THRESHOLDS; i++) {
        double seen;
        end[i] = after(l, threshold[i], &jump[i], &seen);
        lab_progress(l, (i + 1.0) / THRESHOLDS);
    }
    f = lab_plot(l, T("Without clipping a step is {0} long, with a threshold of 1 {1}",
                      "不裁剪时一步长 {0}，阈值为 1 时 {1}", free_jump, jump[4]));
    lab_x(f, T("threshold of the norm", "范数阈值"), NULL, true);
    lab_y(f, T("longest step", "最长的一步"), NULL, true);
    lab_line(f, T("clipped", "裁剪"), threshold, jump, THRESHOLDS);
    lab_rule(f, T("not clipped", "不裁剪"), free_jump, false);
    lab_say(
        l,
        T("Clipping scales the gradient to a norm of at most the threshold and keeps its "
          "direction. The largest norm seen was {0}; without clipping the loss ends at {1}, "
          "clipped at {2}.",
          "裁剪把梯度缩放到不超过阈值的范数，方向不变。见到的最大范数为 {0}；不裁剪时最终损失 {1}，"
          "裁剪后 {2}。",
          norm, free_end, end[4]));
    lab_say(l, T("A threshold of {0} leaves the loss at {1}: steps are then too short everywhere.",
                 "阈值为 {0} 时损失停在 {1}：到处都走得太短。", threshold[0], end[0]));
    bool holds = free_jump > 1.5 * jump[4] && steepest > 20 * slope[GRID - 1];
    lab_judge(
        l, holds ? LAB_PARTLY : LAB_FAILS,
        T("It cures the explosion: no step is longer than rate times threshold. It does nothing "
          "for gradients that vanish, and a threshold that is too small is a small rate.",
          "它能治爆炸：每一步都不超过学习率乘阈值。但对梯度消失无效；阈值过小就等于学习率过小。"));
}

const lab_record lab_record_clipping = {
    .name = "clipping",
    .topic = LAB_GRADIENTS,
    .question_en = "How are exploding gradients of recurrent nets cured?",
    .question_zh = "RNN 的梯度爆炸怎么解决？",
    .claim_en = "Clipping the gradient solves exploding gradients.",
    .claim_zh = "梯度裁剪解决梯度爆炸问题。",
    .verdict = LAB_PARTLY,
    .seeds = 17,
    .run = run,
    .setting = {{"w", 5.2, 0, 4, 7, "the weight it begins at", "初始权重"},
                {"steps", 60, 0, 1, 10000, "training steps", "训练步数"}},
    .next = {{"What if it begins at the other side of the cliff?", "从悬崖另一侧开始会怎样？",
              "w=5.6"},
             {"Is clipping each element as good?", "逐元素裁剪一样好吗？", NULL},
             {"How does one find the threshold?", "如何选择阈值？", NULL}},
    .source = {"Pascanu, Mikolov and Bengio 2013: on the difficulty of training recurrent neural "
               "networks "
               "(arXiv:1211.5063)",
               "Mikolov 2012: statistical language models based on neural networks (thesis)",
               "include/adze/adze.h: clip_norm, clip_value of ad_optimizer_options"},
};
