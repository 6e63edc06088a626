/* What do experts tune?  One net on texts, and each of its choices alone: optimizer, width of the
 * embedding, residual depth, activation, dropout; every value at the best of four rates. */
#include "lab.h"

enum { OPTIMIZER, WIDTH, DEPTH, ACTIVATION, DROPOUT, FACTORS };
enum { WORDS = 60, NOTS = 3, TIME = 6, ROWS = 32, VALUES = 6, CLASSES = 4, RATES = 4 };

static const char *const factor_name[FACTORS][2] = {{"optimizer", "优化器"},
                                                    {"embedding width", "嵌入维数"},
                                                    {"residual depth", "残差层数"},
                                                    {"activation", "激活函数"},
                                                    {"dropout", "随机失活率"}};
static const double grid[FACTORS][VALUES] = {{0, 1, 2, 3},
                                             {1, 2, 4, 16, 64, 256},
                                             {0, 1, 2, 4, 8},
                                             {0, 1, 2, 3, 4},
                                             {0, 0.05, 0.1, 0.2, 0.3, 0.5}};
static const int values[FACTORS] = {4, 6, 5, 5, 6};
static const char *const optimizer_name[][2] = {
    {"SGD", "SGD"}, {"SGD, momentum", "SGD 加动量"}, {"RMSProp", "RMSProp"}, {"Adam", "Adam"}};
static const char *const activation_name[][2] = {
    {"none", "无"}, {"sigmoid", "sigmoid"}, {"tanh", "tanh"}, {"ReLU", "ReLU"}, {"GELU", "GELU"}};

typedef struct texts {
    int32_t *word, *mood;
    int count;
} texts;

typedef struct setup {
    const texts *train, *test;
    double choice[FACTORS];
} setup;

/* Words are good or bad, and calm or loud, each by weights of its own; a text is what their two
 * sums are, and the contrary of both where it holds one of the words that negate. */
static texts write_texts(lab *l, const double *weight, int count)
{
    texts t = {lab_memory(l, (size_t)count * TIME, sizeof(int32_t)),
               lab_memory(l, (size_t)count, sizeof(int32_t)), count};
    for (int i = 0; i < count; i++) {
        double sum[2] = {0, 0};
        int negate = lab_uniform(l) < 0.3 ? (int)(TIME * lab_uniform(l)) : -1;
        for (int k = 0; k < TIME; k++) {
            int word = NOTS + (int)((WORDS - NOTS) * lab_uniform(l));
            word = k == negate ? (int)(NOTS * lab_uniform(l)) : word;
            for (int q = 0; q < 2 && k != negate; q++)
                sum[q] += weight[2 * word + q];
            t.word[i * TIME + k] = word;
        }
        t.mood[i] = 2 * ((sum[0] > 0) != (negate >= 0)) + ((sum[1] > 0) != (negate >= 0));
    }
    return t;
}

static ad_tensor *activate(ad_tensor *x, int which)
{
    switch (which) {
    case 0: return x;
    case 1: return ad_sigmoid(x);
    case 2: return ad_tanh(x);
    case 3: return ad_relu(x);
    default: return ad_gelu(x);
    }
}

static ad_tensor *train_step(ad_tensor *loss, int which, double rate)
{
    switch (which) {
    case 0: return ad_sgd(loss, .rate = 200 * rate);
    case 1: return ad_sgd(loss, .rate = 20 * rate, .momentum = 0.9);
    case 2: return ad_rmsprop(loss, .rate = rate);
    default: return ad_adam(loss, .rate = rate);
    }
}

/* Share of new texts that are told right. */
static double right(lab *l, double rate, uint64_t seed, const void *with)
{
    const setup *s = with;
    const double *choice = s->choice;
    ad_graph *g = lab_graph(l);
    ad_dim rows = ad_open(g, "rows");
    ad_tensor *word = ad_feed(g, "word", AD_I32, AD_SHAPE(rows, TIME));
    ad_tensor *mood = ad_feed(g, "mood", AD_I32, AD_SHAPE(rows));
    ad_tensor *x = ad_embedding(word, .count = WORDS, .width = (int)choice[WIDTH]);
    x = ad_dropout(ad_sum(x, AD_AXES(1)), .rate = choice[DROPOUT]);
    for (int i = 0; i < (int)choice[DEPTH]; i++) {
        ad_tensor *h = activate(ad_linear(x, .out = 64), (int)choice[ACTIVATION]);
        x = ad_add(x, ad_linear(ad_dropout(h, .rate = choice[DROPOUT]), .out = (int)choice[WIDTH]));
    }
    x = ad_linear(x, .out = CLASSES);
    ad_tensor *step = train_step(ad_cross_entropy(x, mood), (int)choice[OPTIMIZER], rate);
    ad_state *state = lab_state(l, g, seed);
    ad_program *p = lab_compile(l, state, .fetch = {step}, .feed = {word, mood}, .training = true);
    ad_program *look = lab_compile(l, state, .fetch = {ad_accuracy(x, mood)}, .feed = {word, mood});
    int32_t in[ROWS * TIME], of[ROWS];
    ad_array some[] = {ad_i32(in, AD_SHAPE(ROWS, TIME)), ad_i32(of, AD_SHAPE(ROWS))};
    for (int i = 0; i < (int)lab_get(l, "steps"); i++) {
        for (int r = 0; r < ROWS; r++) {
            int from = (int)(lab_uniform(l) * s->train->count);
            memcpy(in + r * TIME, s->train->word + from * TIME, TIME * sizeof *in);
            of[r] = s->train->mood[from];
        }
        lab_step(l, p, some);
    }
    ad_array all[] = {ad_i32(s->test->word, AD_SHAPE(s->test->count, TIME)),
                      ad_i32(s->test->mood, AD_SHAPE(s->test->count))};
    double seen = lab_step(l, look, all);
    return isfinite(seen) ? seen : 0;
}

/* A value's band at its best rate. */
static void best(lab *l, const setup *s, double *mean, double *low, double *high)
{
    double *rate = lab_powers(l, 4e-4, 2.5e-2, RATES);
    lab_band b = lab_sweep(l, rate, RATES, (int)lab_get(l, "seeds"), right, s);
    *mean = 0;
    for (int i = 0; i < RATES; i++)
        if (b.mean[i] > *mean)
            *mean = b.mean[i], *low = b.low[i], *high = b.high[i];
}
typedef struct found {
    double mean[VALUES], low[VALUES], high[VALUES];
    int top, bottom; /* the best and the worst value */
} found;

/* Optimizers and activations as bars, numbers as lines. */
static void draw(lab *l, int factor, const found *f, lab_text title)
{
    bool named = factor == OPTIMIZER || factor == ACTIVATION;
    const char *const(*name)[2] = factor == OPTIMIZER ? optimizer_name : activation_name;
    lab_text share = T("share of new texts right", "测试正确率");
    lab_figure *g = named ? lab_bars(l, title) : lab_plot(l, title);
    lab_text axis = T(factor_name[factor][0], factor_name[factor][1]);
    if (named) {
        for (int v = 0; v < values[factor]; v++)
            lab_row(g, T(name[v][0], name[v][1]));
        lab_x(g, share, NULL, false);
        lab_bar(g, T("", ""), f->mean, f->low, f->high, values[factor]);
        return;
    }
    lab_band b = {grid[factor], (double *)f->mean, (double *)f->low, (double *)f->high,
                  values[factor]};
    lab_x(g, axis, NULL, factor == WIDTH);
    lab_y(g, share, NULL, false);
    lab_y_limits(g, 0.2, 1);
    lab_series(g, axis, &b);
}

static void draw_all(lab *l, const found *f)
{
    double worth[FACTORS];
    for (int i = 0; i < FACTORS; i++)
        worth[i] = f[i].mean[f[i].top] - f[i].mean[f[i].bottom];
    lab_figure *g = lab_bars(
        l, T("Worst to best: optimizer {0%:0}, width {1%:0}, depth {2%:0}, activation {3%:0}, "
             "dropout {4%:0}",
             "最差到最好：优化器 {0%:0}，维数 {1%:0}，深度 {2%:0}，激活 {3%:0}，失活 {4%:0}",
             worth[0], worth[1], worth[2], worth[3], worth[4]));
    for (int i = 0; i < FACTORS; i++)
        lab_row(g, T(factor_name[i][0], factor_name[i][1]));
    lab_x(g,
          T("share of new texts, from the worst value to the best", "最差值到最好值的正确率之差"),
          NULL, false);
    lab_bar(g, T("", ""), worth, NULL, NULL, FACTORS);
    const double *w = f[WIDTH].mean, *d = f[DEPTH].mean, *a = f[ACTIVATION].mean,
                 *o = f[DROPOUT].mean;
    draw(l, OPTIMIZER, &f[OPTIMIZER],
         T("SGD gets {0%}, with momentum {1%}, Adam {2%}", "SGD {0%}，加动量 {1%}，Adam {2%}",
           f[0].mean[0], f[0].mean[1], f[0].mean[3]));
    draw(l, WIDTH, &f[WIDTH],
         T("Width {0} gets {1%}, {2} the most, {3%}, and {4} {5%}",
           "维数 {0}：{1%}；{2} 最好：{3%}；{4}：{5%}", grid[WIDTH][0], w[0],
           grid[WIDTH][f[WIDTH].top], w[f[WIDTH].top], grid[WIDTH][5], w[5]));
    draw(l, DEPTH, &f[DEPTH],
         T("Without a block {0%}, with one {1%}, with {2} {3%}",
           "没有残差块 {0%}，一个 {1%}，{2} 个 {3%}", d[0], d[1], grid[DEPTH][4], d[4]));
    draw(l, ACTIVATION, &f[ACTIVATION],
         T("Without activation {0%}; ReLU {1%}, GELU {2%}",
           "没有激活函数 {0%}；ReLU {1%}，GELU {2%}", a[0], a[3], a[4]));
    draw(l, DROPOUT, &f[DROPOUT],
         T("Without dropout {0%}; {1}: {2%}; {3}: {4%}", "不用失活 {0%}；{1}：{2%}；{3}：{4%}",
           o[0], grid[DROPOUT][2], o[2], grid[DROPOUT][5], o[5]));
}

static void run(lab *l)
{
    double weight[2 * WORDS];
    found f[FACTORS] = {{{0}, {0}, {0}, 0, 0}};
    for (int i = 0; i < 2 * WORDS; i++)
        weight[i] = lab_normal(l);
    texts train = write_texts(l, weight, (int)lab_get(l, "train"));
    texts test = write_texts(l, weight, 2000);
    for (int i = 0; i < FACTORS; i++)
        for (int v = 0; v < values[i]; v++) {
            setup s = {&train, &test, {3, 16, 2, 3, 0.1}};
            s.choice[i] = grid[i][v];
            best(l, &s, &f[i].mean[v], &f[i].low[v], &f[i].high[v]);
            f[i].top = f[i].mean[v] > f[i].mean[f[i].top] ? v : f[i].top;
            f[i].bottom = f[i].mean[v] < f[i].mean[f[i].bottom] ? v : f[i].bottom;
        }
    draw_all(l, f);
    const double *w = f[WIDTH].mean, *d = f[DEPTH].mean, *a = f[ACTIVATION].mean;
    double rise = w[f[WIDTH].top] - w[0], fall = w[f[WIDTH].top] - w[5];
    double dropout = f[DROPOUT].mean[f[DROPOUT].top] - f[DROPOUT].mean[0];
    lab_say(l, T("Each value has the best of {0} rates, the rest is as in the middle: Adam, width "
                 "16, 2 blocks, ReLU, dropout 0.1. Bands are intervals of {1} seeds; what lies "
                 "within them is no finding.",
                 "每个取值都用 {0} 个学习率中最好的，其余保持：Adam、维数 16、2 "
                 "个残差块、ReLU、失活率 0.1。色带是 {1} 个种子的区间；落在区间内的差别不算发现。",
                 RATES, lab_get(l, "seeds")));
    lab_say(l,
            T("The net has to turn a sum round where a word negates it: without a block or an "
              "activation it cannot ({0%}, {1%}). That one is there counts, which one counts less.",
              "遇到否定词时网络要把和反过来：没有残差块或激活函数就做不到（{0%}、{1%}"
              "）。有没有很重要，用哪一个次要。",
              d[0], a[0]));
    bool needed =
        rise > 0.02 && d[f[DEPTH].top] > d[0] + 0.05 && a[f[ACTIVATION].top] > a[0] + 0.05;
    bool all = dropout > 0.03 && fall > 0.03;
    lab_judge(l,
              !needed ? LAB_FAILS
              : all   ? LAB_HOLDS
                      : LAB_PARTLY,
              T("Few choices decide (Bergstra and Bengio 2012): the optimizer with its rate, and "
                "that there is width, a block and an activation at all. Too wide an embedding "
                "costs {0%} at {1}, as Yin and Shen 2018 say; but the best dropout gives {2%} over "
                "none, and that is not worth the search here.",
                "起决定作用的只有少数几个（Bergstra 和 Bengio "
                "2012）：优化器及其学习率，以及有没有足够的维数、残差块和激活函数。嵌入维数过大（{"
                "1}）会损失 {0%}，与 Yin 和 Shen 2018 一致；但最佳失活率比不用只多 "
                "{2%}，在这里不值得去搜。",
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
    .next = {{"Does more data make choices matter less?", "数据更多时，这些选择还重要吗？",
              "train=10000"},
             {"Which two have to be tuned together?", "哪两个要一起调？", NULL},
             {"Why does chance find a mood setting sooner than a grid?",
              "为什么随机搜索比网格搜索更快？", NULL}},
    .source = {"Bergstra and Bengio 2012: random search for hyper-parameter optimization",
               "Yin and Shen 2018: on the dimensionality of word embedding (arXiv:1812.04224)",
               "Sivaprasad et al. 2019: optimizer benchmarking needs to account for hyperparameter "
               "tuning (arXiv:1910.11758)"},
};
