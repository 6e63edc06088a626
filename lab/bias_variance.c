/* What are bias and variance?  Polynomials of growing degree, each fitted to many training sets of
 * one curve with noise. */
#include "lab.h"

enum { DEGREES = 10, POINTS = 25, GRID = 50 };

static double truth(double x)
{
    return sin(3 * x);
}

/* Coefficients of the least squares of a degree, by the normal equations in Chebyshev's basis. */
static void fill_basis(double x, double *row, int terms)
{
    for (int k = 0; k < terms; k++)
        row[k] = k == 0 ? 1 : k == 1 ? x : 2 * x * row[k - 1] - row[k - 2];
}

/* What polynomials fitted to `sets` training sets say at the grid: (sets, GRID). */
static void fit_all(lab *l, int degree, int sets, double noise, double *says)
{
    int terms = degree + 1;
    ad_graph *g = lab_graph(l);
    ad_tensor *a = ad_feed(g, "a", AD_F64, AD_SHAPE(POINTS, terms));
    ad_tensor *y = ad_feed(g, "y", AD_F64, AD_SHAPE(POINTS, 1));
    ad_tensor *at = ad_transpose(a, AD_AXES(1, 0));
    ad_tensor *w = ad_solve(ad_matmul(at, a), ad_matmul(at, y));
    ad_program *p = lab_compile(l, lab_state(l, g, 1), .fetch = {w}, .feed = {a, y});
    double basis[POINTS][DEGREES], seen[POINTS], row[DEGREES];
    double *flat = lab_numbers(l, POINTS * DEGREES);
    for (int s = 0; s < sets; s++) {
        for (int i = 0; i < POINTS; i++) {
            double x = 2 * lab_uniform(l) - 1;
            fill_basis(x, basis[i], terms);
            memcpy(flat + i * terms, basis[i], (size_t)terms * sizeof(double));
            seen[i] = truth(x) + noise * lab_normal(l);
        }
        ad_array feeds[] = {ad_f64(flat, AD_SHAPE(POINTS, terms)),
                            ad_f64(seen, AD_SHAPE(POINTS, 1))};
        ad_array out;
        lab_fetch(l, p, feeds, &out, 1);
        for (int i = 0; i < GRID; i++) {
            fill_basis(-0.95 + 1.9 * i / (GRID - 1), row, terms);
            says[s * GRID + i] = 0;
            for (int k = 0; k < terms; k++)
                says[s * GRID + i] += row[k] * ad_array_item(&out, k);
        }
    }
}

/* Squared bias, variance and, measured on its own at new points, the error. */
static void measure(lab *l, const double *says, int sets, double noise, double *part)
{
    part[0] = part[1] = part[2] = 0;
    for (int i = 0; i < GRID; i++) {
        double x = -0.95 + 1.9 * i / (GRID - 1), mean = 0;
        for (int s = 0; s < sets; s++)
            mean += says[s * GRID + i] / sets;
        part[0] += pow(mean - truth(x), 2) / GRID;
        for (int s = 0; s < sets; s++) {
            part[1] += pow(says[s * GRID + i] - mean, 2) / (sets - 1) / GRID;
            double new = truth(x) + noise *lab_normal(l);
            part[2] += pow(says[s * GRID + i] - new, 2) / sets / GRID;
        }
    }
}

static void run(lab *l)
{
    int sets = (int)lab_get(l, "sets"), best = 0;
    double noise = lab_get(l, "noise"), x[DEGREES], part[4][DEGREES], worst = 0;
    double *says = lab_numbers(l, (int64_t)sets * GRID);
    for (int d = 0; d < DEGREES; d++) {
        double of[3];
        fit_all(l, d, sets, noise, says);
        measure(l, says, sets, noise, of);
        x[d] = d;
        part[0][d] = of[0], part[1][d] = of[1], part[2][d] = of[2];
        part[3][d] = of[0] + of[1] + noise * noise;
        worst = fmax(worst, fabs(part[3][d] / part[2][d] - 1));
        best = part[2][d] < part[2][best] ? d : best;
        lab_progress(l, (d + 1.0) / DEGREES);
    }
    lab_figure *f = lab_plot(l, T("Degree {0} is best: below it bias rules, above it variance",
                                  "{0} 次最好：更低时偏差主导，更高时方差主导", best));
    lab_x(f, T("degree of the polynomial", "多项式次数"), NULL, false);
    lab_y(f, T("mean squared error", "均方误差"), NULL, true);
    lab_line(f, T("squared bias", "偏差的平方"), x, part[0], DEGREES);
    lab_line(f, T("variance", "方差"), x, part[1], DEGREES);
    lab_line(f, T("their sum and the noise", "两者与噪声之和"), x, part[3], DEGREES);
    lab_points(f, T("error at new points", "新点上的误差"), x, part[2], DEGREES);
    lab_rule(f, T("noise", "噪声"), noise * noise, false);
    lab_say(l,
            T("{0} training sets of {1} points each. Bias is how far their mean answer is from the "
              "curve, variance how far the answers are from each other.",
              "{0} 个训练集，每个 {1} 个点。偏差是平均回答与真曲线之差，方差是各回答之间的差异。",
              sets, POINTS));
    lab_say(l, T("Squared bias, variance and the noise of {0} add up to the error measured at new "
                 "points, to {1%}.",
                 "偏差平方、方差与噪声 {0} 之和等于新点上的误差，相差不超过 {1%}。", noise * noise,
                 worst));
    bool ushaped = best > 0 && best < DEGREES - 1 && part[2][0] > 2 * part[2][best] &&
                   part[2][DEGREES - 1] > 1.2 * part[2][best];
    lab_judge(
        l, ushaped && worst < 0.1 ? LAB_HOLDS : LAB_FAILS,
        T("For polynomials as for many classic models. Nets with far more weights than examples "
          "are another matter: there the variance can fall again (Belkin et al. 2019).",
          "对多项式和许多经典模型成立。但参数远多于样本的网络不同：方差可能再次下降（Belkin 等 "
          "2019）。"));
}

const lab_record lab_record_bias_variance = {
    .name = "bias-variance",
    .topic = LAB_FITTING,
    .question_en = "What are bias and variance?",
    .question_zh = "什么是偏差和方差？",
    .claim_en =
        "Error is squared bias and variance and noise; more capacity trades bias for variance.",
    .claim_zh = "误差等于偏差平方加方差加噪声；容量越大，偏差越小而方差越大。",
    .verdict = LAB_HOLDS,
    .seeds = 20,
    .run = run,
    .setting = {{"sets", 200, 60, 10, 10000, "training sets drawn", "训练集个数"},
                {"noise", 0.3, 0, 0.01, 3, "deviation of the noise", "噪声标准差"}},
    .next = {{"Which degree is best where there is less noise?", "噪声更小时哪一次数最好？",
              "noise=0.05"},
             {"What does L2 do to the two parts?", "L2 正则如何改变这两部分？", NULL},
             {"Why can wide nets do without the trade?", "为什么宽网络可以不受此权衡限制？", NULL}},
    .source =
        {"Geman, Bienenstock and Doursat 1992: neural networks and the bias/variance dilemma",
         "Belkin et al. 2019: reconciling modern machine-learning practice and the bias-variance "
         "trade-off (arXiv:1812.11118)",
         "include/adze/ops.h: ad_solve"},
};
