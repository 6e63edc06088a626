/* Which problems does momentum solve?  Gradient descent with and without it on a valley whose sides
 * are steeper than its floor, and on gradients with noise. */
#include "lab.h"

enum { CONDITIONS = 7, BETAS = 9, SHOWN = 40, MOST = 100000 };

typedef struct descent {
    double rate, beta;
} descent;

/* Steps down (w0^2 + k w1^2) / 2 to a thousandth; path (2, SHOWN), or NULL, gets first places. */
static int go_down(lab *l, double k, descent d, double path[2][SHOWN])
{
    ad_graph *g = lab_graph(l);
    ad_tensor *scale = ad_constant(g, ad_f64((double[]){1, k}, AD_SHAPE(2)));
    ad_tensor *w = ad_variable(g, "w", ad_full(g, AD_F64, AD_SHAPE(2), 1));
    ad_tensor *loss = ad_scale(ad_sum(ad_mul(scale, ad_square(w)), AD_ALL), 0.5);
    ad_state *state = lab_state(l, g, 1);
    ad_tensor *step = ad_sgd(loss, .rate = d.rate, .momentum = d.beta);
    ad_program *p = lab_compile(l, state, .fetch = {step}, .training = true);
    for (int i = 0; i < MOST; i++) {
        ad_array at = {0};
        lab_do(l, ad_get(state, w, &at));
        double x = ad_array_item(&at, 0), y = ad_array_item(&at, 1);
        if (path && i < SHOWN)
            path[0][i] = x, path[1][i] = y;
        if (fabs(x) < 1e-3 && fabs(y) < 1e-3)
            return i;
        lab_step(l, p, NULL);
    }
    return MOST;
}

/* The best rate of a quadratic of condition k, and the best with momentum (Polyak 1964). */
static descent best(double k, bool momentum)
{
    double root = sqrt(k);
    return momentum ? (descent){4 / ((root + 1) * (root + 1)), pow((root - 1) / (root + 1), 2)}
                    : (descent){2 / (1 + k), 0};
}

/* Variance of an average of noisy gradients, over that of one. */
static double variance_of(lab *l, double beta)
{
    double v = 0, squares = 0, count = lab_get(l, "draws");
    for (int i = 0; i < count; i++) {
        v = beta * v + (1 - beta) * lab_normal(l);
        squares += v * v / count;
    }
    return squares;
}

static void show_paths(lab *l, double k)
{
    double path[2][2][SHOWN];
    int turns = 0;
    for (int way = 0; way < 2; way++) {
        for (int i = 0; i < SHOWN; i++)
            path[way][0][i] = path[way][1][i] = NAN;
        go_down(l, k, best(k, way), path[way]);
    }
    for (int i = 1; i < SHOWN; i++)
        turns += path[0][1][i] * path[0][1][i - 1] < 0;
    lab_figure *f = lab_plot(l, T("Plain descent changes sides {0} times in {1} steps",
                                  "普通下降在 {1} 步内横穿山谷 {0} 次", turns, SHOWN));
    lab_axes(f, T("along the floor", "沿谷底"), T("across", "横向"));
    lab_path(f, T("plain", "普通"), path[0][0], path[0][1], SHOWN);
    lab_path(f, T("momentum", "动量"), path[1][0], path[1][1], SHOWN);
}

/* By the condition, each with its best rate: is momentum twice as fast at the last one? */
static bool compare_steps(lab *l, const double *k)
{
    double without[CONDITIONS], with[CONDITIONS];
    for (int i = 0; i < CONDITIONS; i++)
        without[i] = go_down(l, k[i], best(k[i], false), NULL),
        with[i] = go_down(l, k[i], best(k[i], true), NULL);
    lab_figure *f =
        lab_plot(l, T("Steps grow as condition to the {0:2}, with momentum {1:2}",
                      "步数随条件数的 {0:2} 次方增长，有动量时为 {1:2} 次方",
                      lab_power(k, without, CONDITIONS), lab_power(k, with, CONDITIONS)));
    lab_x(f, T("condition: steepest over flattest", "条件数：最大与最小曲率之比"), NULL, true);
    lab_y(f, T("steps to a thousandth", "到千分之一的步数"), NULL, true);
    lab_line(f, T("plain", "普通"), k, without, CONDITIONS);
    lab_line(f, T("momentum", "动量"), k, with, CONDITIONS);
    return with[CONDITIONS - 1] < without[CONDITIONS - 1] / 2;
}

static void show_betas(lab *l, const double *beta, double k)
{
    double steps[BETAS]; /* with the rate half of that up to which it converges */
    for (int i = 0; i < BETAS; i++)
        steps[i] = go_down(l, k, (descent){(1 + beta[i]) / k, beta[i]}, NULL);
    double best = beta[lab_least(steps, BETAS)];
    lab_figure *f = lab_plot(l, T("The best beta here is {0}; {1} is too much",
                                  "这里最佳 beta 为 {0}；{1} 则过大", best, beta[BETAS - 1]));
    lab_x(f, T("beta", "beta"), NULL, false);
    lab_y(f, T("steps to a thousandth", "到千分之一的步数"), NULL, true);
    lab_line(f, T("", ""), beta, steps, BETAS);
}

static void run(lab *l)
{
    double *k = lab_powers(l, 4, lab_get(l, "condition"), CONDITIONS);
    bool faster = compare_steps(l, k);
    show_paths(l, k[CONDITIONS - 1]);
    double beta[BETAS] = {0, 0.3, 0.5, 0.7, 0.8, 0.85, 0.9, 0.95, 0.99};
    show_betas(l, beta, k[CONDITIONS - 1]);
    double noise[BETAS], law[BETAS], worst = 0;
    for (int i = 0; i < BETAS; i++) {
        noise[i] = variance_of(l, beta[i]), law[i] = (1 - beta[i]) / (1 + beta[i]);
        worst = fmax(worst, fabs(noise[i] / law[i] - 1));
    }
    lab_figure *f = lab_plot(l, T("An average with beta {0} keeps {1%} of the noise's variance",
                                  "beta 为 {0} 的平均只留下噪声方差的 {1%}", beta[6], noise[6]));
    lab_axes(f, T("beta", "beta"), T("variance over a gradient's", "平均值与单个梯度的方差之比"));
    lab_points(f, T("measured", "测得"), beta, noise, BETAS);
    lab_line(f, T("(1 - beta) / (1 + beta)", "(1 - beta) / (1 + beta)"), beta, law, BETAS);
    lab_say(l,
            T("The average is of gradients as old as 1 / (1 - beta) steps, {0} at beta {1}. A "
              "step of PyTorch's v = beta v + g is that many times longer, its noise not less.",
              "平均含有 1 / (1 - beta) 步前的梯度（beta 为 {1} 时 {0} 步）；PyTorch 的 v = beta v "
              "+ g 的步长也大同样倍数，噪声并没有减少。",
              1 / (1 - beta[6]), beta[6]));
    lab_judge(l, faster && worst < 0.2 ? LAB_PARTLY : LAB_FAILS,
              T("It does cross badly scaled valleys in the root of the steps. Noise it averages "
                "only for a step scaled by 1 - beta: at equal rates both end with as much noise.",
                "对病态山谷，步数确实降到平方根。但只有步长按 1 - beta 缩放时噪声才被平均：有效学习"
                "率相同时，两者的最终噪声一样。"));
}

const lab_record lab_record_momentum = {
    .name = "momentum",
    .topic = LAB_LEARNING,
    .question_en = "Which two problems does momentum solve?",
    .question_zh = "动量解决了哪两个问题？",
    .claim_en = "Momentum solves bad conditioning and the variance of stochastic gradients.",
    .claim_zh = "动量解决 Hessian 矩阵病态条件和随机梯度方差两个问题。",
    .verdict = LAB_PARTLY,
    .seeds = 20,
    .run = run,
    .setting = {{"condition", 100, 0, 8, 10000, "the largest condition number", "最大条件数"},
                {"draws", 100000, 20000, 1000, 1e7, "noisy gradients averaged", "噪声梯度的个数"}},
    .next = {{"Does the root go on to 10,000?", "条件数到一万时仍是平方根吗？", "condition=10000"},
             {"Does Nesterov's step change the power?", "Nesterov 步改变的是幂次还是系数？", NULL},
             {"What does it do in noise alone?", "梯度只剩噪声时动量有什么用？", NULL}},
    .source = {"Polyak 1964: some methods of speeding up the convergence of iteration methods",
               "Kidambi et al. 2018: the insufficiency of existing momentum (arXiv:1803.05591)",
               "include/adze/adze.h: ad_sgd"},
};
