/* What do experts tune?  One net on texts, and each of its choices alone: optimizer, width of the
 * embedding, residual depth, activation, dropout; every value at the best of four rates. */
#include "lab.h"

enum { OPTIMIZER, WIDTH, DEPTH, ACTIVATION, DROPOUT, FACTORS };
enum { WORDS = 60, NOTS = 3, TIME = 6, VALUES = 6, RATES = 4 }; /* NOTS: words that negate */

static const lab_text factor_name[FACTORS] = {{"optimizer", "优化器"},
                                              {"embedding width", "嵌入维数"},
                                              {"residual depth", "残差层数"},
                                              {"activation", "激活函数"},
                                              {"dropout", "随机失活率"}};
static const int values[FACTORS] = {4, 6, 5, 5, 6};
static const double grid[FACTORS][VALUES] = {{0, 1, 2, 3},
                                             {1, 2, 4, 16, 64, 256},
                                             {0, 1, 2, 4, 8},
                                             {0, 1, 2, 3, 4},
                                             {0, 0.05, 0.1, 0.2, 0.3, 0.5}};
static const lab_text optimizer_name[] = {
    {"SGD", "SGD"}, {"SGD, momentum", "SGD 加动量"}, {"RMSProp", "RMSProp"}, {"Adam", "Adam"}};
static const lab_text activation_name[] = {
    {"none", "无"}, {"sigmoid", "sigmoid"}, {"tanh", "tanh"}, {"ReLU", "ReLU"}, {"GELU", "GELU"}};
/* {0} on: what the values get; {6}, {7}: the best one, what that gets; {8}, {9}: a low and the last
 * value */
static const lab_text title[FACTORS] = {
    {"SGD gets {0%}, with momentum {1%}, Adam {3%}", "SGD {0%}，加动量 {1%}，Adam {3%}"},
    {"Width {8} gets {0%}, {6} the most, {7%}, and {9} {5%}",
     "维数 {8}：{0%}；{6} 最好：{7%}；{9}：{5%}"},
    {"Without a block {0%}, with one {1%}, with {9} {4%}",
     "没有残差块 {0%}，一个 {1%}，{9} 个 {4%}"},
    {"Without activation {0%}; ReLU {3%}, GELU {4%}", "没有激活函数 {0%}；ReLU {3%}，GELU {4%}"},
    {"Without dropout {0%}; {8}: {2%}; {9}: {5%}", "不用失活 {0%}；{8}：{2%}；{9}：{5%}"}};

typedef struct setup {
    const lab_data *train, *test;
    double choice[FACTORS];
} setup;

static ad_tensor *optimize(ad_tensor *loss, int which, double rate)
{
    switch (which) {
    case 0: return ad_sgd(loss, .rate = 200 * rate);
    case 1: return ad_sgd(loss, .rate = 20 * rate, .momentum = 0.9);
    case 2: return ad_rmsprop(loss, .rate = rate);
    default: return ad_adam(loss, .rate = rate);
    }
}

static ad_tensor *body(ad_tensor *word, const void *with)
{
    const double *choice = ((const setup *)with)->choice;
    int width = (int)choice[WIDTH];
    ad_tensor *x = ad_sum(ad_embedding(word, .count = WORDS, .width = width), AD_AXES(1));
    x = ad_dropout(x, .rate = choice[DROPOUT]);
    for (int i = 0; i < (int)choice[DEPTH]; i++) {
        ad_tensor *h =
            lab_activate(ad_linear(x, .out = 64), activation_name[(int)choice[ACTIVATION]].en);
        x = ad_add(x, ad_linear(ad_dropout(h, .rate = choice[DROPOUT]), .out = width));
    }
    return ad_linear(x, .out = 4);
}

/* Share of new texts that are told right. */
static double right(lab *l, double rate, uint64_t seed, const void *with)
{
    const setup *s = with;
    lab_net n = lab_classifier(l, s->train, body, s);
    lab_begin(l, &n, optimize(n.loss, (int)s->choice[OPTIMIZER], rate), seed);
    lab_train(l, &n, s->train, 32, (int)lab_get(l, "steps"));
    double seen = lab_right(l, &n, s->test);
    return isfinite(seen) ? seen : 0;
}

/* Each value at its best rate, the other choices as they are. */
static lab_band sweep(lab *l, setup s, int factor)
{
    lab_band best = lab_new_band(l, grid[factor], values[factor]);
    double *rate = lab_powers(l, 4e-4, 2.5e-2, RATES);
    for (int v = 0; v < best.count; v++) {
        s.choice[factor] = grid[factor][v];
        lab_take_best(l, &best, v, rate, RATES, right, &s);
    }
    return best;
}

/* Optimizers and activations as bars, numbers as lines. */
static void draw(lab *l, int factor, const lab_band *b)
{
    int best = lab_most(b->mean, b->count);
    lab_text finding = title[factor], share = T("share of new texts right", "测试正确率");
    memcpy(finding.number, b->mean, (size_t)b->count * sizeof *b->mean);
    finding.number[6] = b->x[best], finding.number[7] = b->mean[best];
    finding.number[8] = b->x[factor == DROPOUT ? 2 : 0], finding.number[9] = b->x[b->count - 1];
    if (factor == OPTIMIZER || factor == ACTIVATION) {
        const lab_text *name = factor == OPTIMIZER ? optimizer_name : activation_name;
        lab_figure *f = lab_named_bars(l, finding, name, b->count, share);
        lab_bar(f, T("", ""), b->mean, b->low, b->high, b->count);
        return;
    }
    lab_figure *f = lab_plot(l, finding);
    lab_x(f, factor_name[factor], NULL, factor == WIDTH);
    lab_y(f, share, NULL, false);
    lab_y_limits(f, 0.2, 1);
    lab_series(f, factor_name[factor], b);
}

static void draw_all(lab *l, const lab_band *of, const double *most)
{
    double worth[FACTORS];
    for (int i = 0; i < FACTORS; i++)
        worth[i] = most[i] - of[i].mean[lab_least(of[i].mean, of[i].count)];
    lab_text finding =
        T("Worst to best: optimizer {0%:0}, width {1%:0}, depth {2%:0}, activation {3%:0}, "
          "dropout {4%:0}",
          "最差到最好：优化器 {0%:0}，维数 {1%:0}，深度 {2%:0}，激活 {3%:0}，失活 {4%:0}", worth[0],
          worth[1], worth[2], worth[3], worth[4]);
    lab_text axis =
        T("share of new texts, from the worst value to the best", "最差值到最好值的正确率之差");
    lab_figure *f = lab_named_bars(l, finding, factor_name, FACTORS, axis);
    lab_bar(f, T("", ""), worth, NULL, NULL, FACTORS);
    for (int i = 0; i < FACTORS; i++)
        draw(l, i, &of[i]);
}

static void run(lab *l)
{
    double weight[2 * WORDS], most[FACTORS];
    lab_band of[FACTORS];
    for (int i = 0; i < 2 * WORDS; i++)
        weight[i] = lab_normal(l);
    lab_data train = lab_moods(l, weight, (int)lab_get(l, "train"), TIME, WORDS, NOTS);
    lab_data test = lab_moods(l, weight, 2000, TIME, WORDS, NOTS);
    for (int i = 0; i < FACTORS; i++) {
        of[i] = sweep(l, (setup){&train, &test, {3, 16, 2, 3, 0.1}}, i);
        most[i] = of[i].mean[lab_most(of[i].mean, of[i].count)];
    }
    draw_all(l, of, most);
    double none = of[DEPTH].mean[0], linear = of[ACTIVATION].mean[0],
           fall = most[WIDTH] - of[WIDTH].mean[5];
    double dropout = most[DROPOUT] - of[DROPOUT].mean[0];
    lab_say(l, T("Each value has the best of {0} rates, the rest stays: Adam, width 16, 2 blocks, "
                 "ReLU, dropout 0.1. What lies within the intervals ({1} seeds) is no finding.",
                 "每个取值都用 {0} 个学习率中最好的，其余保持：Adam、维数 16、2 个残差块、ReLU、失"
                 "活率 0.1。落在区间（{1} 个种子）内的差别不算发现。",
                 RATES, lab_get(l, "seeds")));
    lab_say(l, T("Words that negate turn a sum round: without a block or an activation no net can "
                 "({0%}, {1%}). That one is there counts, which one counts less.",
                 "否定词要把和反过来：没有残差块或激活函数就做不到（{0%}、{1%}）。有没有很重要，用"
                 "哪一个次要。",
                 none, linear));
    bool needed = most[WIDTH] > of[WIDTH].mean[0] + 0.02 && most[DEPTH] > none + 0.05 &&
                  most[ACTIVATION] > linear + 0.05;
    lab_weigh(l, needed, dropout > 0.03 && fall > 0.03,
              T("Few choices decide (Bergstra and Bengio 2012): optimizer and rate, and that "
                "there is width, a block and an activation at all. Too wide an embedding costs "
                "{0%} at {1}, as Yin and Shen 2018 say; but the best dropout gives only {2%} over "
                "none.",
                "起决定作用的只有少数几个（Bergstra 和 Bengio 2012）：优化器及其学习率，以及有没有"
                "足够的维数、残差块和激活函数。嵌入维数过大（{1}）会损失 {0%}，与 Yin 和 Shen "
                "2018 一致；但最佳失活率比不用只多 {2%}。",
                fall, grid[WIDTH][5], dropout));
}

const lab_record lab_record_tuning = {
    .name = "tuning",
    .topic = LAB_LEARNING,
    .question_en = "What do experts tune?",
    .question_zh = "调参时调什么？",
    .claim_en = "Optimizer, embedding width (quality rises with it, then falls), residual depth, "
                "activation and dropout of 0.05 to 0.5 all have to be tuned.",
    .claim_zh =
        "优化器、嵌入维数（效果先升后降）、残差层数、激活函数、随机失活率（0.05 到 0.5）都要调。",
    .verdict = LAB_PARTLY,
    .seeds = 19,
    .run = run,
    .setting = {{"train", 2000, 0, 50, 20000, "training texts", "训练文本数"},
                {"steps", 600, 400, 10, 100000, "training steps", "训练步数"},
                {"seeds", 3, 1, 1, 20, "seeds", "种子数"}},
    .next = {{"Do choices matter less with more data?", "数据更多时还重要吗？", "train=10000"},
             {"Which two have to be tuned together?", "哪两个要一起调？", NULL},
             {"Why is chance quicker than a grid?", "为什么随机搜索比网格搜索更快？", NULL}},
    .source = {"Bergstra and Bengio 2012: random search for hyper-parameter optimization",
               "Yin and Shen 2018: on the dimensionality of word embedding (arXiv:1812.04224)",
               "Sivaprasad et al. 2019: benchmarking optimizers with tuning (arXiv:1910.11758)"},
};
