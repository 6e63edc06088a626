/* Why do local optima not hurt?  Final losses of nets that begin anywhere, the way between two of
 * them, and how rare minima are among the points where a random surface is flat. */
#include "lab.h"

enum { POINTS = 41, DIMS = 8 };

static ad_tensor *body(ad_tensor *x, const void *with)
{
    int width = *(const int *)with;
    return ad_linear(ad_tanh(ad_linear(x, .out = width)), .out = 2);
}

static lab_net trained(lab *l, const lab_data *d, int width, uint64_t seed)
{
    lab_net n = lab_classifier(l, d, body, &width);
    lab_begin(l, &n, ad_adam(n.loss, .rate = 0.02), seed);
    lab_train(l, &n, d, 64, (int)lab_get(l, "steps"));
    return n;
}

/* Loss of all examples after training. */
static double final_loss(lab *l, double width, uint64_t seed, const void *with)
{
    lab_net n = trained(l, with, (int)width, seed);
    return lab_loss(l, &n, with);
}

/* The loss on the straight way between two trained nets: its largest value, and all of it. */
static double between(lab *l, const lab_data *d, int width, double *loss)
{
    lab_net a = trained(l, d, width, lab_seed(l)), b = trained(l, d, width, lab_seed(l) + 1);
    double highest = 0;
    for (int i = 0; i < POINTS; i++) {
        double t = (double)i / (POINTS - 1);
        lab_net way = lab_classifier(l, d, body, &width);
        lab_begin(l, &way, NULL, 1);
        for (int v = 0; v < ad_variable_count(a.graph); v++) {
            int64_t count;
            ad_tensor *variable = ad_variable_at(way.graph, v);
            if (!ad_trainable(variable))
                continue;
            double *from = lab_value(l, a.state, ad_variable_at(a.graph, v), &count);
            double *to = lab_value(l, b.state, ad_variable_at(b.graph, v), &count);
            float *mixed = lab_floats(l, count);
            for (int64_t k = 0; k < count; k++)
                mixed[k] = (float)((1 - t) * from[k] + t * to[k]);
            lab_do(l, ad_set(way.state, variable, ad_f32(mixed, ad_tensor_shape(variable))));
        }
        loss[i] = lab_loss(l, &way, d);
        highest = fmax(highest, loss[i]);
    }
    return highest;
}

/* Share of random symmetric matrices, the curvature of a random surface, with no direction down. */
static double minima(lab *l, int dims)
{
    int draws = (int)lab_get(l, "draws"), found = 0;
    for (int t = 0; t < draws; t++) {
        double a[DIMS][DIMS];
        bool positive = true;
        for (int i = 0; i < dims; i++)
            for (int j = 0; j <= i; j++)
                a[i][j] = a[j][i] = lab_normal(l) * (i == j ? sqrt(2) : 1);
        for (int c = 0; positive && c < dims; c++) { /* Cholesky: as long as pivots are above 0 */
            positive = a[c][c] > 0;
            for (int i = c + 1; positive && i < dims; i++)
                for (int j = c + 1; j < dims; j++)
                    a[i][j] -= a[i][c] * a[c][j] / a[c][c];
        }
        found += positive;
    }
    return (double)found / draws;
}

static void run(lab *l)
{
    enum { WIDTHS = 4 };
    lab_data d = lab_moons(l, 400, 0.2);
    double width[WIDTHS] = {2, 4, 16, 64}, spread[WIDTHS];
    int seeds = (int)lab_get(l, "seeds");
    lab_band b = lab_sweep(l, width, WIDTHS, seeds, final_loss, &d);
    for (int i = 0; i < WIDTHS; i++)
        spread[i] = b.high[i] - b.low[i];
    lab_figure *f =
        lab_plot(l, T("With {0} units it matters where one begins, with {1} it does not",
                      "{0} 个单元时结果取决于起点，{1} 个时则不然", width[0], width[3]));
    lab_x(f, T("hidden units", "隐藏单元数"), NULL, true);
    lab_y(f, T("loss after training", "训练后的损失"), NULL, false);
    lab_series(f, T("mean of {0} beginnings", "{0} 个起点的平均", seeds), &b);
    double way[2][POINTS], high[2];
    int of[2] = {4, 64};
    for (int k = 0; k < 2; k++)
        high[k] = between(l, &d, of[k], way[k]);
    f = lab_plot(l, T("Straight from one solution to another the loss rises to {0}",
                      "从一个解直线走到另一个解，损失升到 {0}", high[0]));
    lab_axes(f, T("part of the way", "路程"), T("loss", "损失"));
    for (int k = 0; k < 2; k++)
        lab_line(f, T("{0} units", "{0} 个单元", of[k]), lab_range(l, 0, 1, POINTS), way[k],
                 POINTS);
    double dims[DIMS], share[DIMS];
    for (int i = 0; i < DIMS; i++)
        dims[i] = i + 1, share[i] = minima(l, i + 1);
    f = lab_plot(l,
                 T("In one dimension {0%} of flat points are minima, in {1} dimensions {2%}",
                   "一维时平坦点有 {0%} 是极小值，{1} 维时只有 {2%}", share[0], dims[4], share[4]));
    lab_x(f, T("dimensions", "维数"), NULL, false);
    lab_y(f, T("share that are minima", "极小值的比例"), NULL, true);
    lab_points(f, T("random surfaces", "随机曲面"), dims, share, DIMS);
    lab_say(l, T("A flat point is a minimum only where every direction goes up: of random "
                 "curvatures that is {0%} in three dimensions and {1} in {2}. The others are "
                 "saddles, which have a way down.",
                 "只有各个方向都向上时平坦点才是极小值：随机曲率中三维为 {0%}，{2} 维为 {1}。其余都"
                 "是鞍点，总有下坡方向。",
                 share[2], share[DIMS - 1], dims[DIMS - 1]));
    bool holds = b.mean[0] > 1.2 * b.mean[3] && share[4] < 0.01;
    lab_judge(l, holds ? LAB_PARTLY : LAB_FAILS,
              T("For wide nets: their final losses differ by {0}. Nets of {1} units do get "
                "caught, by {2}, and what two wide nets found is still two places with a ridge "
                "between on the straight way.",
                "对宽网络成立：最终损失只差 {0}。{1} 个单元的网络确实会陷住，相差 {2}；而两个宽网"
                "络找到的仍是两个地方，直线之间有一道脊。",
                spread[3], width[0], spread[0]));
}

const lab_record lab_record_local_optima = {
    .name = "local-optima",
    .topic = LAB_LEARNING,
    .question_en = "Why do local optima not hurt deep nets?",
    .question_zh = "为什么深度学习不怕局部最优？",
    .claim_en = "In many dimensions bad local minima are rare; what one meets are saddles.",
    .claim_zh = "高维空间中糟糕的局部极小值很少，遇到的多是鞍点。",
    .verdict = LAB_PARTLY,
    .seeds = 20,
    .run = run,
    .setting = {{"seeds", 10, 5, 2, 100, "beginnings", "起点个数"},
                {"steps", 1000, 500, 50, 100000, "training steps", "训练步数"},
                {"draws", 100000, 20000, 1000, 1e7, "random surfaces", "随机曲面个数"}},
    .next = {{"Do more steps free the narrow nets?", "更多步数能救出窄网络吗？", "steps=5000"},
             {"Is there a curved way without a ridge?", "有没有不翻脊的弯路？", NULL},
             {"How flat are the minima that are found?", "找到的极小值有多平？", NULL}},
    .source =
        {"Dauphin et al. 2014: identifying and attacking the saddle point problem "
         "(arXiv:1406.2572)",
         "Choromanska et al. 2015: the loss surfaces of multilayer networks (arXiv:1412.0233)",
         "Garipov et al. 2018: loss surfaces, mode connectivity (arXiv:1802.10026)"},
};
