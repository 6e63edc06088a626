/* Sigmoid, tanh, ReLU and their heirs: curves and derivatives, in a net of many layers the share
 * of units that hardly learn and how far means are off zero; units that die in training, and times.
 */
#include "lab.h"

enum { POINTS = 61, KINDS = 8, WIDTH = 64, ROWS = 64, LAYERS = 8, RATES = 5 };

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
        lab_axes(f, T("x", "x"), d ? T("derivative", "导数") : T("f(x)", "f(x)"));
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

static ad_tensor *body(ad_tensor *x, const void *with)
{
    x = lab_activate(ad_linear(x, .out = WIDTH), with);
    return ad_linear(lab_activate(ad_linear(x, .out = WIDTH), with), .out = 10);
}

typedef struct setup {
    const lab_data *d;
    const char *kind;
} setup;

/* Share of the first layer's units that are not above 0 for any example after training. */
static double dead(lab *l, double rate, uint64_t seed, const void *with)
{
    const setup *s = with;
    lab_net n = lab_classifier(l, s->d, body, s->kind);
    ad_tensor *w = ad_variable_at(n.graph, 0), *b = ad_variable_at(n.graph, 1);
    ad_tensor *z = ad_matmul(n.x, ad_transpose(w, AD_AXES(1, 0)));
    ad_tensor *most = ad_max(ad_add(z, b), AD_AXES(0));
    lab_begin(l, &n, ad_sgd(n.loss, .rate = rate), seed);
    if (!isfinite(lab_train(l, &n, s->d, 32, (int)lab_get(l, "steps"))))
        return NAN;
    ad_program *p = lab_compile(l, n.state, .fetch = {most}, .feed = {n.x});
    return 1 - lab_share(lab_gather(l, p, lab_all(s->d).feed, 1), WIDTH, 1e-30, INFINITY);
}

/* Microseconds of one activation. */
static double took(lab *l, const char *kind)
{
    ad_graph *g = lab_graph(l);
    ad_tensor *x = ad_feed(g, "x", AD_F32, AD_SHAPE(ROWS, WIDTH)), *y = lab_activate(x, kind);
    ad_program *p = lab_compile(l, lab_state(l, g, 1), .fetch = {y}, .feed = {x});
    ad_array feed = ad_f32(lab_floats(l, ROWS * WIDTH), AD_SHAPE(ROWS, WIDTH));
    return 1e6 * lab_quickest(l, p, &feed, 200);
}

/* Dead units by rate, and what activations cost. */
static void train_some(lab *l)
{
    const char *const *kind = name + 2; /* ReLU, leaky ReLU, ELU */
    lab_data d = lab_digits(l, 500, AD_PART_TRAIN);
    double *rate = lab_powers(l, 0.01, 1, RATES);
    lab_band b[3];
    for (int k = 0; k < 3; k++)
        b[k] = lab_sweep(l, rate, RATES, 3, dead, &(setup){&d, kind[k]});
    lab_figure *f = lab_plot(l, T("At rate {0} {1%} of the ReLUs are never on, at {2} {3%}",
                                  "学习率 {0} 时 {1%} 的 ReLU 从不激活，{2} 时 {3%}", rate[0],
                                  b[0].mean[0], rate[RATES - 1], b[0].mean[RATES - 1]));
    lab_x(f, T("learning rate", "学习率"), NULL, true);
    lab_y(f, T("share of units that are never on", "从不激活的单元"), NULL, false);
    for (int k = 0; k < 3; k++)
        lab_line(f, T(kind[k], kind[k]), rate, b[k].mean, RATES);
    lab_net n = lab_classifier(l, &d, body, kind[0]);
    lab_begin(l, &n, ad_sgd(n.loss, .rate = 0.01), lab_seed(l));
    lab_say(
        l,
        T("On {0} by {1} numbers sigmoid takes {2} µs, tanh {3}, ReLU {4}, GELU {5}; a "
          "training step of a net with two such layers {6} µs.",
          "对 {0} x {1} 个数，sigmoid 用 {2} µs，tanh {3}，ReLU {4}，GELU {5}；训练一步 {6} µs。",
          ROWS, WIDTH, took(l, "sigmoid"), took(l, "tanh"), took(l, "ReLU"), took(l, "GELU"),
          1e6 * lab_quickest(l, n.step, lab_some(l, &d, ROWS).feed, 50)));
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
    train_some(l);
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
                 "权重标准差乘以 sqrt(宽度)"},
                {"steps", 300, 100, 10, 100000, "training steps", "训练步数"}},
    .next = {{"Who saturates with weights three times as large?", "权重大三倍时谁会饱和？",
              "scale=4.2"},
             {"Do more units die with more steps?", "训练更久会死亡更多单元吗？", "steps=3000"},
             {"Which of them does your net want?", "你的网络适合哪一个？", NULL}},
    .source =
        {"Nair and Hinton 2010: rectified linear units improve restricted Boltzmann machines",
         "Clevert, Unterthiner and Hochreiter 2016: ELUs (arXiv:1511.07289)",
         "Ramachandran, Zoph and Le 2017: searching for activation functions (arXiv:1710.05941)"},
};
