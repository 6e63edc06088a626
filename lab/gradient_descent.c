/* Full batch, one example, or some of them: what differs?  The noise of a gradient by the number of
 * its examples, the way down by examples, by steps and by seconds, and paths over contours. */
#include "lab.h"

enum { EXAMPLES = 512, MARKS = 24 };

static ad_tensor *body(ad_tensor *x, const void *with)
{
    (void)with;
    return ad_linear(ad_tanh(ad_linear(x, .out = 16)), .out = 2);
}

/* Mean square distance of a batch's gradient from that of all examples, over the latter's square.
 */
static double noise_of(lab *l, double batch, uint64_t seed, const void *with)
{
    const lab_data *d = with;
    lab_net n = lab_classifier(l, d, body, NULL);
    ad_tensor *w = ad_variable_at(n.graph, 0), *gradient;
    ad_gradient(n.loss, &w, 1, &gradient);
    lab_begin(l, &n, NULL, seed);
    ad_program *p = lab_compile(l, n.state, .fetch = {gradient}, .feed = {n.x, n.y});
    ad_array g;
    lab_batch all = lab_all(d), some = lab_some(l, d, (int)batch);
    lab_fetch(l, p, all.feed, &g, 1);
    int count = (int)ad_array_count(&g), draws = (int)lab_get(l, "draws");
    double *whole = lab_numbers(l, count), squares = 0, off = 0;
    for (int i = 0; i < count; i++) {
        whole[i] = ad_array_item(&g, i);
        squares += whole[i] * whole[i];
    }
    for (int t = 0; t < draws; t++) {
        lab_draw(l, d, &some);
        lab_fetch(l, p, some.feed, &g, 1);
        for (int i = 0; i < count; i++)
            off += pow(ad_array_item(&g, i) - whole[i], 2) / draws;
    }
    return off / squares;
}

/* Loss of all examples while one batch size trains; x: examples, steps and seconds so far. */
static void go_down(lab *l, const lab_data *d, int batch, double rate, double *loss,
                    double x[3][MARKS])
{
    lab_net n = lab_classifier(l, d, body, NULL);
    lab_begin(l, &n, ad_sgd(n.loss, .rate = rate), lab_seed(l));
    double passes = lab_get(l, "passes"), spent = 0;
    int steps = 0;
    lab_batch all = lab_all(d);
    for (int i = 0; i < MARKS; i++) {
        /* marks by equal factors of examples, from a step of the full batch on */
        double examples = EXAMPLES * pow(passes, (double)i / (MARKS - 1));
        int more = (int)(examples / batch) - steps;
        double begin = lab_seconds();
        if (batch == EXAMPLES)
            for (int k = 0; k < more; k++)
                lab_step(l, n.step, all.feed);
        else if (more > 0)
            lab_train(l, &n, d, batch, more);
        spent += lab_seconds() - begin;
        steps += more;
        loss[i] = lab_loss(l, &n, d);
        x[0][i] = (double)steps * batch, x[1][i] = steps, x[2][i] = 1e3 * spent;
    }
}

enum { ROWS = 256, STEPS = 160 };

/* Two weights that go down the mean square of x w - y with one batch size. */
static void walk(lab *l, double *x, double *y, int batch, double path[2][STEPS])
{
    ad_graph *g = lab_graph(l);
    ad_tensor *in = ad_feed(g, "x", AD_F64, AD_SHAPE(batch, 2));
    ad_tensor *out = ad_feed(g, "y", AD_F64, AD_SHAPE(batch, 1));
    ad_tensor *w = ad_variable(g, "w", ad_full(g, AD_F64, AD_SHAPE(2, 1), 0));
    ad_tensor *loss = ad_mean(ad_square(ad_sub(ad_matmul(in, w), out)), AD_ALL);
    ad_state *state = lab_state(l, g, 1);
    ad_program *p = lab_compile(l, state, .fetch = {ad_sgd(loss, .rate = 0.1)}, .feed = {in, out},
                                .training = true);
    for (int t = 0; t < STEPS; t++) {
        int64_t count, from = (int64_t)(lab_uniform(l) * (ROWS - batch + 1));
        double *now = lab_value(l, state, w, &count);
        path[0][t] = now[0], path[1][t] = now[1];
        ad_array feeds[] = {ad_f64(x + 2 * from, AD_SHAPE(batch, 2)),
                            ad_f64(y + from, AD_SHAPE(batch, 1))};
        lab_step(l, p, feeds);
    }
}

static void draw_paths(lab *l)
{
    static const int batch[3] = {ROWS, 16, 1};
    double x[ROWS * 2], y[ROWS], a[3] = {0}, b[2] = {0}, path[3][2][STEPS], far[3] = {0};
    for (int i = 0; i < ROWS; i++) {
        double *r = x + 2 * i, common = lab_normal(l);
        r[0] = common, r[1] = 0.4 * common + 0.5 * lab_normal(l);
        y[i] = r[0] + 2 * r[1] + lab_normal(l);
        a[0] += r[0] * r[0] / ROWS, a[1] += r[0] * r[1] / ROWS, a[2] += r[1] * r[1] / ROWS;
        b[0] += r[0] * y[i] / ROWS, b[1] += r[1] * y[i] / ROWS;
    }
    double by = a[0] * a[2] - a[1] * a[1],
           least[2] = {(a[2] * b[0] - a[1] * b[1]) / by, (a[0] * b[1] - a[1] * b[0]) / by};
    for (int k = 0; k < 3; k++) {
        walk(l, x, y, batch[k], path[k]);
        for (int t = STEPS / 2; t < STEPS; t++)
            far[k] += hypot(path[k][0][t] - least[0], path[k][1][t] - least[1]) / (STEPS / 2.);
    }
    lab_figure *f =
        lab_plot(l, T("One example's path stays {0} from the least, the full batch's {1}",
                      "单样本的路径离最低点 {0}，全批量为 {1}", far[2], far[0]));
    lab_axes(f, T("first weight", "第一个权重"), T("second weight", "第二个权重"));
    double u = least[0], v = least[1], top = a[0] * u * u + 2 * a[1] * u * v + a[2] * v * v;
    for (int k = 1; k <= 16; k *= 4) /* the first one goes through where paths begin */
        lab_ellipse(f, T("{0} above the least", "比最小值高 {0}", top / k), a, least, top / k);
    for (int k = 2; k >= 0; k--)
        lab_path(f, T("batch of {0}", "批量 {0}", batch[k]), path[k][0], path[k][1], STEPS);
}

static void run(lab *l)
{
    enum { SIZES = 8, WAYS = 3 };
    lab_data d = lab_moons(l, EXAMPLES, 0.2);
    double *n = lab_powers(l, 1, 128, SIZES);
    lab_band noise = lab_sweep(l, n, SIZES, 3, noise_of, &d);
    double power = lab_power(n, noise.mean, SIZES);
    lab_figure *f = lab_plot(l, T("The noise of a gradient falls with examples to the power {0:2}",
                                  "梯度噪声随样本数的 {0:2} 次方变化", power));
    lab_x(f, T("examples in a batch", "批量中的样本数"), NULL, true);
    lab_y(f, T("noise over signal", "噪声与信号之比"), NULL, true);
    lab_series(f, T("mean square distance from the full gradient", "与全梯度的均方距离"), &noise);
    lab_say(
        l, T("One example's gradient is off by {0} times the square of the full one, of 128 "
             "examples by {1}: a hundred times the work, ten times the exactness.",
             "单个样本的梯度误差是全梯度平方的 {0} 倍，128 个样本时为 {1} 倍：百倍计算，十倍精度。",
             noise.mean[0], noise.mean[SIZES - 1]));

    int batch[WAYS] = {1, 32, EXAMPLES};
    double rate[WAYS] = {0.05, 0.5, 1}, loss[WAYS][MARKS], x[WAYS][3][MARKS];
    for (int w = 0; w < WAYS; w++)
        go_down(l, &d, batch[w], rate[w], loss[w], x[w]);
    lab_text of[3] = {T("examples seen", "已用样本数"), T("steps", "步数"), T("time", "时间")};
    const char *unit[3] = {NULL, NULL, "ms"};
    for (int by = 0; by < 3; by++) {
        f = lab_plot(l, by == 0 ? T("By examples small batches are ahead", "按样本数看，小批量领先")
                        : by == 1
                            ? T("By steps the full batch is ahead", "按步数看，全批量领先")
                            : T("By time a batch in between is ahead", "按时间看，中等批量领先"));
        lab_x(f, of[by], unit[by], true);
        lab_y(f, T("loss of all examples", "全体样本的损失"), NULL, true);
        lab_line(f, T("one example", "单样本"), x[0][by], loss[0], MARKS);
        lab_line(f, T("{0} examples", "{0} 个样本", batch[1]), x[1][by], loss[1], MARKS);
        lab_line(f, T("all {0}", "全部 {0} 个", batch[2]), x[2][by], loss[2], MARKS);
    }
    double alone = x[0][2][MARKS - 1] / x[0][0][MARKS - 1];
    lab_say(l, T("An example costs {0} times as much alone as in a batch of {1}.",
                 "单独计算一个样本的代价是在 {1} 个的批量中的 {0} 倍。",
                 alone * x[1][0][MARKS - 1] / x[1][2][MARKS - 1], batch[1]));
    draw_paths(l);
    bool holds = fabs(power + 1) < 0.15 && loss[1][MARKS - 1] < loss[2][MARKS - 1];
    lab_judge(
        l, holds ? LAB_PARTLY : LAB_FAILS,
        T("Batches in between do win by time, but the noise falls with n only, its deviation with "
          "the square root: a batch of {0} learns from {1} passes what the full one has not.",
          "按时间看中等批量确实最好；但噪声方差只按 1/n 下降（标准差按平方根）：批量 {0} 用 {1} "
          "遍数据学到的，全批量还没有学到。",
          batch[1], lab_get(l, "passes")));
}

const lab_record lab_record_gradient_descent = {
    .name = "gradient-descent",
    .topic = LAB_LEARNING,
    .question_en = "Full batch, one example or a mini-batch: what differs?",
    .question_zh = "批量梯度下降、随机梯度下降、小批量梯度下降有什么区别？",
    .claim_en =
        "A full batch is exact and slow, one example is fast and noisy, a mini-batch is the "
        "best of both.",
    .claim_zh = "全批量准确但慢，单样本快但噪声大，小批量兼得两者之长。",
    .verdict = LAB_PARTLY,
    .seeds = 20,
    .run = run,
    .setting = {{"passes", 60, 30, 2, 1000, "passes over the examples", "遍历数据的次数"},
                {"draws", 200, 60, 10, 10000, "batches drawn for the noise", "估计噪声的批次数"}},
    .next = {{"Does the full batch catch up with ten times the passes?",
              "十倍遍历后全批量能追上吗？", "passes=600"},
             {"Should the rate grow with the batch?", "学习率应随批量增大吗？", NULL},
             {"Is the noise good for something?", "噪声有好处吗？", NULL}},
    .source =
        {"Bottou, Curtis and Nocedal 2018: optimization methods for large-scale machine learning "
         "(arXiv:1606.04838)",
         "McCandlish et al. 2018: an empirical model of large-batch training (arXiv:1812.06162)",
         "include/adze/adze.h: ad_sgd, ad_gradient"},
};
