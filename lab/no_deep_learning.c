/* Which data do not suit deep learning?  Nets against a linear model and nearest neighbours on a
 * table and on pictures, by the number of examples; and columns or pixels shuffled. */
#include "lab.h"

enum { SIZES = 5, LINEAR = 0, NEIGHBOURS, DENSE, CONVOLUTION, WAYS };
enum { TABLE, PICTURES, KINDS };

static const lab_text way_name[WAYS] = {{"linear", "线性模型"},
                                        {"5 nearest neighbours", "5 近邻"},
                                        {"dense net", "全连接网络"},
                                        {"convolutional net", "卷积网络"}};
static const lab_text row_name[4] = {{"table, dense net", "表格，全连接"},
                                     {"table, convolution", "表格，卷积"},
                                     {"pictures, dense net", "图像，全连接"},
                                     {"pictures, convolution", "图像，卷积"}};

typedef struct setup {
    const lab_data *pool, *test;
    int picture, way, count;
} setup;

static ad_tensor *body(ad_tensor *x, const void *with)
{
    const setup *s = with;
    int side = s->picture ? 14 : 1;
    if (s->way == CONVOLUTION)
        x = ad_reshape(x, AD_SHAPE(AD_INFER, side, s->picture ? side : 16, 1));
    for (int i = 0; i < 2 && s->way == CONVOLUTION; i++) {
        x = ad_relu(ad_conv2d(x, .filters = 12, .kernel = s->picture ? 3 : 1, .kernel_w = 3,
                              .padding = s->picture, .padding_w = 1));
        x = ad_max_pool(x, .window = s->picture ? 2 : 1, .window_w = 2);
    }
    for (int i = 0; i < 2 && s->way == DENSE; i++)
        x = ad_relu(ad_linear(x, .out = 64));
    return ad_linear(ad_flatten(x), .out = s->pool->classes);
}

/* Share of test examples right; other ones are learned with another seed. */
static double right(lab *l, double rate, uint64_t seed, const void *with)
{
    const setup *s = with;
    lab_data part = *s->pool;
    int64_t from = (int64_t)(seed % 4) * (part.count - s->count) / 3;
    part.x += from * part.size, part.y += from, part.count = s->count;
    return s->way == NEIGHBOURS ? lab_right_by_neighbours(l, &part, s->test)
                                : lab_taught(l, &part, s->test, body, s, rate, seed);
}

static void at_best_rate(lab *l, const setup *s, lab_band *into, int at)
{
    double rate[] = {1e-3, 4e-3, 1.6e-2};
    lab_take_best(l, into, at, rate, s->way == NEIGHBOURS ? 1 : 3, right, s);
}

static void draw(lab *l, lab_text title, lab_text x, const lab_band *of)
{
    lab_figure *f = lab_plot(l, title);
    lab_x(f, x, NULL, true);
    lab_y(f, T("share of test examples right", "测试集正确率"), NULL, false);
    lab_y_limits(f, 0, 1);
    for (int w = 0; w < WAYS; w++)
        lab_series(f, way_name[w], &of[w]);
}

static void draw_shuffled(lab *l, const double *as_is, const double *mixed)
{
    lab_text title =
        T("Shuffled pixels cost a convolution {0%}, columns {1%}",
          "打乱像素使卷积损失 {0%}，打乱列 {1%}", as_is[3] - mixed[3], as_is[1] - mixed[1]);
    lab_figure *f =
        lab_named_bars(l, title, row_name, 4, T("share of test examples right", "测试集正确率"));
    lab_bar(f, T("as they are", "原样"), as_is, NULL, NULL, 4);
    lab_bar(f, T("shuffled", "打乱"), mixed, NULL, NULL, 4);
}

static void run(lab *l)
{
    int most = (int)lab_get(l, "most"), end = SIZES - 1;
    lab_data in[KINDS] = {lab_mixed_table(l, most), lab_digits(l, most, AD_PART_TRAIN)};
    lab_data out[KINDS] = {lab_mixed_table(l, 1000), lab_digits(l, 1000, AD_PART_TEST)};
    lab_band of[KINDS][WAYS], as_is = lab_new_band(l, NULL, 4), mixed = lab_new_band(l, NULL, 4);
    double *size = lab_powers(l, 20, most, SIZES), *by[KINDS][WAYS];
    for (int i = 0; i < SIZES; i++)
        size[i] = round(size[i]);
    for (int p = 0; p < KINDS; p++) {
        for (int i = 0; i < WAYS * SIZES; i++) {
            int w = i / SIZES, at = i % SIZES;
            if (at == 0)
                of[p][w] = lab_new_band(l, size, SIZES), by[p][w] = of[p][w].mean;
            at_best_rate(l, &(setup){&in[p], &out[p], p, w, (int)size[at]}, &of[p][w], at);
        }
        int *order = lab_order(l, in[p].size);
        lab_data other[2] = {lab_reorder(l, &in[p], order, 1), lab_reorder(l, &out[p], order, 1)};
        for (int w = DENSE, row = 2 * p; w < WAYS; w++, row++) {
            lab_take(&as_is, row, &of[p][w], end);
            at_best_rate(l, &(setup){&other[0], &other[1], p, w, most}, &mixed, row);
        }
    }
    double **rows = by[TABLE], **seen = by[PICTURES], little = (seen[3][0] + seen[3][1]) / 2;
    double plain = (fmax(seen[0][0], seen[1][0]) + fmax(seen[0][1], seen[1][1])) / 2;
    double gain = fmax(rows[2][end], rows[3][end]) - fmax(rows[0][end], rows[1][end]);
    draw(l,
         T("{0} rows: linear {1%}, dense net {2%}; {3} rows: {4%}, {5%}",
           "{0} 行：线性 {1%}，全连接 {2%}；{3} 行：{4%}、{5%}", size[0], rows[0][0], rows[2][0],
           size[end], rows[0][end], rows[2][end]),
         T("rows of a table", "表格行数"), of[TABLE]);
    draw(l,
         T("{0} pictures: linear {1%}, convolution {2%}; {3}: {4%}, {5%}",
           "{0} 张图：线性 {1%}，卷积 {2%}；{3} 张：{4%}、{5%}", size[0], seen[0][0], seen[3][0],
           size[end], seen[0][end], seen[3][end]),
         T("pictures", "图像张数"), of[PICTURES]);
    draw_shuffled(l, as_is.mean, mixed.mean);
    lab_say(l, T("At {1} rows the best net is {0%} ahead of the better simple model. With its "
                 "columns in another order it is the same table; with pixels in another order a "
                 "person sees nothing, and the convolution falls to {2%}.",
                 "{1} 行时最好的网络比较好的简单模型高 {0%}。列换个次序仍是同一张表；像素换个次序人"
                 "就看不懂了，卷积也降到 {2%}。",
                 gain, size[end], mixed.mean[3]));
    const double *old = as_is.mean, *new = mixed.mean;
    bool structure = old[3] - new[3] > 0.05 && old[2] - new[2] < 0.05 && gain < 0.08;
    lab_weigh(
        l, structure, little < plain,
        T("Without local structure a net gains little, {0%} here (Grinsztajn et al. 2022). "
          "But few examples alone do not forbid it: of {1} and {2} pictures a net whose "
          "form suits them gets {3%}, the simple models {4%} (Olson et al. 2018).",
          "没有局部结构时网络优势很小，这里只有 {0%}（Grinsztajn 等 2022）。但样本少并不妨碍："
          "用 {1} 张和 {2} 张图，合适的网络为 {3%}，简单模型为 {4%}（Olson 等 2018）。",
          gain, size[0], size[1], little, plain));
}

const lab_record lab_record_no_deep_learning = {
    .name = "no-deep-learning",
    .topic = LAB_MODELS,
    .question_en = "Which data do not suit deep learning?",
    .question_zh = "什么样的数据集不适合用深度学习？",
    .claim_en = "Small data sets, and data without local structure, do not suit deep learning.",
    .claim_zh = "数据集太小，或数据没有局部相关性，都不适合用深度学习。",
    .verdict = LAB_PARTLY,
    .seeds = 20,
    .run = run,
    .setting = {{"most", 2000, 0, 100, 20000, "the most training examples", "最多的训练样本数"},
                {"steps", 400, 120, 10, 100000, "training steps", "训练步数"},
                {"seeds", 3, 1, 1, 20, "seeds", "种子数"}},
    .next = {{"Does the net win with ten times the rows?", "行数十倍时网络会赢吗？", "most=20000"},
             {"How do trees and boosting do on tables?", "树模型和提升方法在表格上如何？", NULL},
             {"What can pre-training do for few?", "预训练能让小数据集适合深度学习吗？", NULL}},
    .source = {"Grinsztajn et al. 2022: why trees outperform nets on tables (arXiv:2207.08815)",
               "Olson, Wyner and Berk 2018: modern neural networks generalize on small data sets",
               "adze lab why-cnn"},
};
