/* Why do local optima not hurt?  Final losses of nets that begin anywhere, a straight and a bent
 * way between two of them, how the loss is curved where they end, and how rare minima are among the
 * points where a random surface is flat. */
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

/* A net at a part t of the way from a to b that is bent towards m (Garipov et al. 2018). */
static void go_to(lab *l, lab_net *n, double *const abm[3], int count, double t)
{
    double *w = lab_numbers(l, count);
    for (int i = 0; i < count; i++)
        w[i] = (1 - t) * (1 - t) * abm[0][i] + t * t * abm[1][i] + 2 * t * (1 - t) * abm[2][i];
    lab_weights(l, n, w);
}

/* Trains the bend m so that losses on the way from a to b are low. */
static void bend(lab *l, const lab_data *d, lab_net *n, ad_program *slopes, double *const abm[3])
{
    int count = (int)lab_parameters(n->graph), steps = (int)lab_get(l, "steps");
    double *speed = lab_numbers(l, count);
    for (int k = 0; k < steps; k++) {
        ad_array g;
        double t = fmod(0.618 * k, 1); /* all parts alike */
        go_to(l, n, abm, count, t);
        lab_fetch(l, slopes, lab_all(d).feed, &g, 1);
        for (int i = 0; i < count; i++) {
            speed[i] = 0.9 * speed[i] + 2 * t * (1 - t) * ad_array_item(&g, i);
            abm[2][i] -= 0.2 * speed[i];
        }
    }
}

/* The loss on the way between two trained nets, straight and bent. */
static void draw_ways(lab *l, const lab_data *d, int width)
{
    static const lab_text name[2] = {{"straight", "直线"}, {"bent", "曲线"}};
    lab_net a = trained(l, d, width, lab_seed(l)), b = trained(l, d, width, lab_seed(l) + 1);
    lab_net n = lab_classifier(l, d, body, &width);
    int count = (int)lab_parameters(n.graph);
    ad_tensor *all = lab_slope(&n);
    lab_begin(l, &n, NULL, 1);
    ad_program *p = lab_compile(l, n.state, .fetch = {all}, .feed = {n.x, n.y});
    double *abm[3] = {lab_weights(l, &a, NULL), lab_weights(l, &b, NULL), lab_numbers(l, count)};
    double loss[2][POINTS], high[2];
    for (int i = 0; i < count; i++)
        abm[2][i] = (abm[0][i] + abm[1][i]) / 2;
    for (int k = 0; k < 2; k++) {
        if (k)
            bend(l, d, &n, p, abm);
        for (int i = 0; i < POINTS; i++) {
            go_to(l, &n, abm, count, (double)i / (POINTS - 1));
            loss[k][i] = lab_loss(l, &n, d);
        }
        high[k] = loss[k][lab_most(loss[k], POINTS)];
    }
    lab_figure *f = lab_plot(
        l, T("From a solution to another the loss rises to {0} straight, to {1} on a bent way",
             "从一个解到另一个解，直线上损失升到 {0}，曲线上为 {1}", high[0], high[1]));
    lab_axes(f, T("part of the way", "路程"), T("loss", "损失"));
    for (int k = 0; k < 2; k++)
        lab_line(f, name[k], lab_range(l, 0, 1, POINTS), loss[k], POINTS);
}

/* The largest and the smallest eigenvalue of the Hessian where a net ends. */
static void curved(lab *l, const lab_data *d, int width, double end[2])
{
    lab_net n = lab_classifier(l, d, body, &width);
    ad_tensor *less = ad_feed(n.graph, "less", AD_F32, AD_SCALAR), *top = lab_curvature(&n, less);
    lab_begin(l, &n, ad_adam(n.loss, .rate = 0.02), lab_seed(l));
    lab_train(l, &n, d, 64, (int)lab_get(l, "steps"));
    ad_program *p =
        lab_compile(l, n.state, .fetch = {top}, .feed = {n.x, n.y, less}, .training = true);
    for (int k = 0; k < 2; k++) {
        float off = k ? (float)end[0] : 0;
        lab_batch all = lab_all(d);
        ad_array feeds[] = {all.feed[0], all.feed[1], ad_f32(&off, AD_SCALAR)};
        end[k] = (k ? end[0] : 0) + (k ? -1 : 1) * lab_gather(l, p, feeds, 300)[299];
    }
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
    draw_ways(l, &d, (int)width[3]);
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
    double end[2];
    curved(l, &d, (int)width[3], end);
    lab_say(l,
            T("Where a net of {0} units ends, the largest eigenvalue of the Hessian is {1}, the "
              "smallest {2}: flat in most directions, and if below 0 no minimum yet.",
              "{0} 个单元的网络停下处，Hessian 的最大特征值为 {1}，最小为 {2}：多数方向是平的；若"
              "小于零，就还不是极小值。",
              width[3], end[0], end[1]));
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
             {"Does a bent way of more pieces stay lower?", "多段的弯路会更低吗？", NULL},
             {"How flat are the minima that are found?", "找到的极小值有多平？", NULL}},
    .source =
        {"Dauphin et al. 2014: identifying and attacking the saddle point problem "
         "(arXiv:1406.2572)",
         "Choromanska et al. 2015: the loss surfaces of multilayer networks (arXiv:1412.0233)",
         "Garipov et al. 2018: loss surfaces, mode connectivity (arXiv:1802.10026)"},
};
