/* Over- or underfitting?  Errors on both parts over the width of a net and over its steps, some
 * labels being wrong; and of fits without any penalty, beyond where they go through all examples.
 */
#include "lab.h"

enum { WIDTHS = 8, CHECKS = 12, SIZES = 11, WIDEST = 128 };
enum { BY_WIDTH, BY_STEPS, BY_FEATURES, SWEEPS };
enum { TRAIN, TEST, PARTS };

/* What is swept, shares of both parts that are wrong (seeds, count), and bands of these. */
typedef struct sweep {
    int count;
    double *x, *wrong[PARTS];
    lab_band band[PARTS];
} sweep;

static ad_tensor *body(ad_tensor *x, const void *width)
{
    return ad_linear(ad_relu(ad_linear(x, .out = *(const int *)width)), .out = 10);
}

/* A net of a width, looked at after so many steps in all: shares wrong go to place `at` and on. */
static void train(lab *l, const lab_data *data, int width, uint64_t seed, const double *steps,
                  int looks, sweep *to, int at)
{
    lab_net n = lab_classifier(l, &data[TRAIN], body, &width);
    lab_begin(l, &n, ad_adam(n.loss, .rate = 3e-3), seed);
    for (int i = 0; i < looks; i++) {
        lab_train(l, &n, &data[TRAIN], 32, (int)(steps[i] - (i ? steps[i - 1] : 0)));
        for (int p = 0; p < PARTS; p++)
            to->wrong[p][at + i] = 1 - lab_right(l, &n, &data[p]);
    }
}

/* The fit of least squares to random features relu(x W), the one with the smallest weights where
 * several go through all examples. */
static void features(lab *l, const lab_data *data, int p, uint64_t seed, sweep *to, int at)
{
    int n = data[TRAIN].count, size = data[TRAIN].size, least = p < n ? p : n;
    ad_graph *g = lab_graph(l);
    ad_tensor *x = ad_feed(g, "x", AD_F32, AD_SHAPE(n, size));
    ad_tensor *y = ad_feed(g, "y", AD_I32, AD_SHAPE(n));
    ad_tensor *new = ad_feed(g, "new", AD_F32, AD_SHAPE(data[TEST].count, size));
    ad_tensor *of = ad_feed(g, "of", AD_I32, AD_SHAPE(data[TEST].count));
    ad_tensor *w = ad_normal(g, AD_F64, AD_SHAPE(size, p), 0, 0.1);
    ad_tensor *f = ad_relu(ad_matmul(ad_cast(x, AD_F64), w));
    ad_tensor *ft = ad_transpose(f, AD_AXES(1, 0)), *wanted = ad_one_hot(y, 10, AD_F64);
    ad_tensor *ridge = ad_diag(ad_full(g, AD_F64, AD_SHAPE(least), 1e-9), 0);
    ad_tensor *v = p <= n ? ad_solve(ad_add(ad_matmul(ft, f), ridge), ad_matmul(ft, wanted))
                          : ad_matmul(ft, ad_solve(ad_add(ad_matmul(f, ft), ridge), wanted));
    ad_tensor *guess = ad_matmul(ad_relu(ad_matmul(ad_cast(new, AD_F64), w)), v);
    ad_program *run =
        lab_compile(l, lab_state(l, g, seed),
                    .fetch = {ad_accuracy(ad_matmul(f, v), y), ad_accuracy(guess, of)},
                    .feed = {x, y, new, of});
    lab_batch in = lab_all(&data[TRAIN]), test = lab_all(&data[TEST]);
    ad_array feeds[] = {in.feed[0], in.feed[1], test.feed[0], test.feed[1]}, out[PARTS];
    lab_fetch(l, run, feeds, out, PARTS);
    for (int i = 0; i < PARTS; i++)
        to->wrong[i][at] = 1 - ad_array_item(&out[i], 0);
}

/* All three sweeps with every seed. */
static void measure(lab *l, const lab_data *data, sweep *s)
{
    int seeds = (int)lab_get(l, "seeds");
    double steps = lab_get(l, "steps");
    for (int i = 0; i < SWEEPS * PARTS; i++)
        s[i / PARTS].wrong[i % PARTS] = lab_numbers(l, (int64_t)seeds * s[i / PARTS].count);
    for (int k = 0; k < seeds; k++) {
        uint64_t seed = lab_seed(l) + (uint64_t)k;
        for (int i = 0; i < WIDTHS; i++)
            train(l, data, (int)s[BY_WIDTH].x[i], seed, &steps, 1, &s[BY_WIDTH], k * WIDTHS + i);
        train(l, data, WIDEST, seed, s[BY_STEPS].x, CHECKS, &s[BY_STEPS], k * CHECKS);
        for (int i = 0; i < SIZES; i++)
            features(l, data, (int)s[BY_FEATURES].x[i], seed, &s[BY_FEATURES], k * SIZES + i);
        lab_progress(l, (k + 1.0) / seeds);
    }
    for (sweep *of = s; of < s + SWEEPS; of++)
        for (int p = 0; p < PARTS; p++)
            of->band[p] = lab_bands(l, of->x, of->count, seeds, of->wrong[p]);
}

static void draw(lab_figure *f, lab_text x, const sweep *s)
{
    lab_x(f, x, NULL, true);
    lab_y(f, T("share wrong", "错误率"), NULL, false);
    lab_y_limits(f, 0, 1);
    lab_series(f, T("training", "训练集"), &s->band[TRAIN]);
    lab_series(f, T("test", "测试集"), &s->band[TEST]);
}

static void run(lab *l)
{
    const double share[SIZES] = {0.05, 0.1, 0.2, 0.4, 0.7, 1, 1.5, 2.5, 5, 10, 20};
    int n = (int)lab_get(l, "train"), peak = 0, valley = 0;
    lab_data data[PARTS] = {lab_digits(l, n, AD_PART_TRAIN), lab_digits(l, 1000, AD_PART_TEST)};
    for (int i = 0; i < n; i++)
        if (lab_uniform(l) < lab_get(l, "wrong"))
            data[TRAIN].y[i] = (int32_t)(10 * lab_uniform(l));
    sweep s[SWEEPS] = {{WIDTHS, lab_powers(l, 1, WIDEST, WIDTHS)},
                       {CHECKS, lab_powers(l, 5, lab_get(l, "steps"), CHECKS)},
                       {SIZES, lab_numbers(l, SIZES)}};
    const double *width = s[BY_WIDTH].x;
    double *size = s[BY_FEATURES].x;
    for (int i = 0; i < SIZES; i++)
        size[i] = floor(share[i] * n);
    measure(l, data, s);
    const double *small[PARTS] = {s[BY_WIDTH].band[TRAIN].mean, s[BY_WIDTH].band[TEST].mean};
    const double *learned = s[BY_STEPS].band[TEST].mean, *wide = s[BY_FEATURES].band[TEST].mean;
    for (int i = 0; i < SIZES; i++) {
        peak = wide[i] > wide[peak] && size[i] > 0.3 * n ? i : peak;
        valley = size[i] < 0.7 * n && wide[i] < wide[valley] ? i : valley;
    }
    draw(lab_plot(l, T("{0} unit: both parts err, {1%} and {2%}; {3} units: {4%} and {5%}",
                       "{0} 个单元时两边都错：{1%} 与 {2%}；{3} 个时 {4%} 与 {5%}", width[0],
                       small[TRAIN][0], small[TEST][0], width[WIDTHS - 1], small[TRAIN][WIDTHS - 1],
                       small[TEST][WIDTHS - 1])),
         T("units of the hidden layer", "隐藏层单元数"), &s[BY_WIDTH]);
    draw(lab_plot(l, T("Over its steps the test error falls to {0%}, then is {1%} at the end",
                       "随训练步数，测试错误率先降到 {0%}，最后为 {1%}",
                       learned[lab_least(learned, CHECKS)], learned[CHECKS - 1])),
         T("training steps", "训练步数"), &s[BY_STEPS]);
    draw(lab_plot(l, T("Test errors: {0%}, a peak of {1%} at {2} features, then down to {3%}",
                       "测试错误率先为 {0%}，在 {2} 个特征处达到峰值 {1%}，再降到 {3%}",
                       wide[valley], wide[peak], size[peak], wide[SIZES - 1])),
         T("random features", "随机特征数"), &s[BY_FEATURES]);
    lab_say(l, T("Underfitting: both parts err alike; overfitting: the test alone. Of {0} digits "
                 "{1%} of the labels were drawn anew: no training errors means learning these too.",
                 "两边错误率都高是欠拟合，只有测试集高是过拟合。{0} 个数字中 {1%} 的标签重抽：训练"
                 "集全对就意味着连错误标签也记住了。",
                 n, lab_get(l, "wrong")));
    lab_say(l, T("The peak stands at as many features as examples: one fit goes through all, at "
                 "any price. With more there are many, and that with the smallest weights is "
                 "smooth.",
                 "峰在特征数等于样本数处：恰好一个解穿过所有样本，代价再大也得接受。特征更多时这样"
                 "的解很多，其中权重最小的又变得平滑。"));
    bool under = small[TRAIN][0] > 0.4 && fabs(small[TRAIN][0] - small[TEST][0]) < 0.2;
    bool over = small[TRAIN][WIDTHS - 1] < 0.05 && small[TEST][WIDTHS - 1] > 0.1;
    bool twice = wide[peak] > 1.2 * wide[valley] && wide[SIZES - 1] < 0.8 * wide[peak];
    lab_judge(l, under && over && twice ? LAB_PARTLY : LAB_FAILS,
              T("Too small a net errs on both parts. But beyond the peak at {0} features errors "
                "fall again, to {1%} against {2%} in the first valley (Belkin et al. 2019).",
                "模型太小时两边都错。但过了 {0} 个特征处的峰，测试错误率再次下降，到 {1%}，而第一"
                "个谷底是 {2%}（双下降：Belkin 等 2019）。",
                size[peak], wide[SIZES - 1], wide[valley]));
}

const lab_record lab_record_fit = {
    .name = "fit",
    .topic = LAB_FITTING,
    .question_en = "Is it over- or underfitting?",
    .question_zh = "如何判断过拟合和欠拟合？",
    .claim_en = "Too small a net errs on both parts; past the best width test errors only grow.",
    .claim_zh = "模型太简单时训练和测试误差都大；过了最佳容量，测试误差只会越来越大。",
    .verdict = LAB_PARTLY,
    .seeds = 20,
    .run = run,
    .setting = {{"train", 300, 0, 50, 2000, "training digits", "训练样本数"},
                {"wrong", 0.2, 0, 0, 1, "share of labels drawn anew", "重抽标签的比例"},
                {"steps", 2000, 1000, 100, 100000, "training steps", "训练步数"},
                {"seeds", 5, 3, 1, 20, "seeds", "种子数"}},
    .next = {{"Is there a second fall without wrong labels?", "没有错误标签时还有第二次下降吗？",
              "wrong=0"},
             {"What does a penalty do to the peak?", "正则化如何改变这个峰？", NULL},
             {"Does more data always help near the peak?", "在峰附近增加数据一定有好处吗？", NULL}},
    .source = {"Belkin et al. 2019: reconciling practice and the trade-off (arXiv:1812.11118)",
               "Nakkiran et al. 2019: deep double descent (arXiv:1912.02292)",
               "include/adze/ops.h: ad_solve"},
};
