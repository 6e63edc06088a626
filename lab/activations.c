/* Sigmoid, tanh, ReLU and their heirs: curves and derivatives, and in a net of many layers the
 * share of units that hardly learn and how far means are off zero. */
#include "lab.h"

enum { POINTS = 61, KINDS = 8, WIDTH = 64, ROWS = 64, LAYERS = 8 };

static const char *const name[KINDS] = {"sigmoid", "tanh", "ReLU",  "leaky ReLU",
                                        "ELU",     "SELU", "Swish", "GELU"};

static void draw_curves(lab *l)
{
    double *x = lab_range(l, -4, 4, POINTS), y[KINDS][2][POINTS], most = 0;
    for (int k = 0; k < KINDS; k++) {
        ad_graph *g = lab_graph(l);
        ad_tensor *in = ad_feed(g, "x", AD_F64, AD_SHAPE(POINTS)), *out = lab_activate(in, name[k]),
                  *slope;
        ad_gradient(out, &in, 1, &slope);
        ad_program *p = lab_compile(l, lab_state(l, g, 1), .fetch = {out, slope}, .feed = {in});
        ad_array feed = ad_f64(x, AD_SHAPE(POINTS)), seen[2];
        lab_fetch(l, p, &feed, seen, 2);
        for (int i = 0; i < POINTS; i++)
            for (int d = 0; d < 2; d++)
                y[k][d][i] = ad_array_item(&seen[d], i);
    }
    for (int i = 0; i < POINTS; i++)
        most = fmax(most, y[0][1][i]);
    for (int d = 0; d < 2; d++) {
        lab_figure *f = lab_plot(l, d ? T("Sigmoid's derivative is at most {0}, ReLU's 0 or 1",
                                          "sigmoid 的导数最大为 {0}，ReLU 为 0 或 1", most)
                                      : T("Old activations end flat, new ones only to the left",
                                          "旧激活函数两端饱和，新的只在左端"));
        lab_x(f, T("x", "x"), NULL, false);
        lab_y(f, d ? T("derivative", "导数") : T("f(x)", "f(x)"), NULL, false);
        for (int k = 0; k < KINDS; k++)
            if (k != 3 && k != 4)
                lab_line(f, T(name[k], name[k]), x, y[k][d], POINTS);
    }
}

/* Of the last layer: mean over deviation, share of slopes below a twentieth, and of units that are
 * flat for every example. */
static void look_inside(lab *l, int kind, double *seen)
{
    ad_graph *g = lab_graph(l);
    ad_tensor *x = ad_feed(g, "x", AD_F64, AD_SHAPE(ROWS, WIDTH)), *h = x, *z = x, *slope;
    for (int i = 0; i < LAYERS; i++) {
        z = ad_linear(h, .out = WIDTH, .bias = false);
        h = lab_activate(z, name[kind]);
    }
    ad_gradient(h, &z, 1, &slope);
    ad_state *state = lab_state(l, g, lab_seed(l));
    lab_do(l, ad_initialize(state, g, .method = AD_INITIAL_DEVIATION,
                            .deviation = lab_get(l, "scale") / sqrt(WIDTH), .seed = lab_seed(l)));
    ad_program *p = lab_compile(l, state, .fetch = {h, slope}, .feed = {x});
    double *in = lab_numbers(l, ROWS * WIDTH), sum = 0, squares = 0, flat = 0, dead = 0;
    for (int i = 0; i < ROWS * WIDTH; i++)
        in[i] = lab_normal(l);
    ad_array feed = ad_f64(in, AD_SHAPE(ROWS, WIDTH)), out[2];
    lab_fetch(l, p, &feed, out, 2);
    for (int j = 0; j < WIDTH; j++) {
        int moving = 0;
        for (int i = 0; i < ROWS; i++) {
            double v = ad_array_item(&out[0], i * WIDTH + j),
                   d = ad_array_item(&out[1], i * WIDTH + j);
            sum += v / (ROWS * WIDTH), squares += v * v / (ROWS * WIDTH);
            flat += (fabs(d) < 0.05) / (double)(ROWS * WIDTH);
            moving += fabs(d) >= 0.05;
        }
        dead += (moving == 0) / (double)WIDTH;
    }
    seen[0] = fabs(sum) / sqrt(fmax(1e-300, squares - sum * sum)), seen[1] = flat, seen[2] = dead;
}

static void run(lab *l)
{
    draw_curves(l);
    double seen[KINDS][3], off[KINDS], flat[KINDS];
    lab_cells(l, (lab_text[]){T("activation", "激活函数"),
                              T("mean over deviation", "均值与标准差之比"),
                              T("slopes below 0.05", "斜率低于 0.05"),
                              T("dead units", "死亡单元"),
                              {0}});
    for (int k = 0; k < KINDS; k++) {
        look_inside(l, k, seen[k]);
        off[k] = seen[k][0], flat[k] = seen[k][1];
        lab_cells(l, (lab_text[]){T(name[k], name[k]),
                                  T("{0}", "{0}", off[k]),
                                  T("{0%}", "{0%}", flat[k]),
                                  T("{0%}", "{0%}", seen[k][2]),
                                  {0}});
        lab_progress(l, (k + 1.0) / KINDS);
    }
    lab_figure *f =
        lab_bars(l, T("tanh and ELU keep means near zero, sigmoid is {0} deviations off",
                      "tanh 和 ELU 的均值接近零，sigmoid 偏离 {0} 个标准差", off[0]));
    for (int k = 0; k < KINDS; k++)
        lab_row(f, T(name[k], name[k]));
    lab_x(f, T("mean over deviation, 8 layers deep", "第 8 层的均值与标准差之比"), NULL, false);
    lab_bar(f, T("", ""), off, NULL, NULL, KINDS);
    lab_say(l, T("Behind {0} layers ReLU's slope is 0 for {1%} of all, and {2%} of its units are "
                 "dead for every example. Leaky ReLU's slopes are 0.01 there: small, and never 0.",
                 "经过 {0} 层后，ReLU 有 {1%} 的斜率为零，{2%} 的单元对所有样本都死亡；leaky ReLU "
                 "在那里的斜率为 0.01：很小，但不为零。",
                 LAYERS, flat[2], seen[2][2]));
    bool holds = off[0] > off[1] && flat[2] > 0.2 && off[4] < off[2];
    lab_judge(l, holds ? LAB_PARTLY : LAB_FAILS,
              T("ReLU does not end flat to the right, but a part of its slopes, {0%} here, is "
                "exactly 0 and its means are off zero; what the heirs mend is that.",
                "ReLU 右端不饱和，但它有一部分斜率（这里 "
                "{0%}）恰为零，均值也偏离零；后来的激活函数修补的正是这些。",
                flat[2]));
}

const lab_record lab_record_activations = {
    .name = "activations",
    .topic = LAB_LAYERS,
    .question_en = "Sigmoid, tanh, ReLU and their heirs: what is each good for?",
    .question_zh = "sigmoid、tanh、ReLU 及其改进各有什么优缺点？",
    .claim_en = "Sigmoid and tanh saturate; ReLU does not.",
    .claim_zh = "sigmoid 和 tanh 会饱和，ReLU 不会饱和。",
    .verdict = LAB_PARTLY,
    .seeds = 20,
    .run = run,
    .setting = {{"scale", 1.4, 0, 0.1, 10, "deviation of weights times sqrt(width)",
                 "权重标准差乘以 sqrt(宽度)"}},
    .next = {{"Who saturates with weights three times as large?", "权重大三倍时谁会饱和？",
              "scale=4.2"},
             {"How many units die in training at a high rate?",
              "学习率很高时训练中会死亡多少单元？", NULL},
             {"What does a kernel of each cost in a net?", "各自的计算代价是多少？", NULL}},
    .source =
        {"Nair and Hinton 2010: rectified linear units improve restricted Boltzmann machines",
         "Clevert, Unterthiner and Hochreiter 2016: ELUs (arXiv:1511.07289)",
         "Ramachandran, Zoph and Le 2017: searching for activation functions (arXiv:1710.05941)"},
};
