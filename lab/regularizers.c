/* L1, L2, dropout, early stopping and augmentation: what does each do to weights and to the gap
 * between training and test?  One net too large for its few examples, with each of them. */
#include "lab.h"

enum { WAYS = 6, WIDTH = 128, SIDE = 14 };

static const lab_text way[WAYS] = {{"none", "无"},
                                   {"L1", "L1"},
                                   {"L2", "L2"},
                                   {"dropout", "Dropout"},
                                   {"early stopping", "早停"},
                                   {"augmentation", "数据增强"}};

typedef struct setup {
    const lab_data *train, *test, *held, *moved;
    int way;
} setup;

static ad_tensor *body(ad_tensor *x, const void *with)
{
    const setup *s = with;
    for (int i = 0; i < 2; i++) {
        x = ad_relu(ad_linear(x, .out = WIDTH));
        x = s->way == 3 ? ad_dropout(x, .rate = 0.5) : x;
    }
    return ad_linear(x, .out = 10);
}

typedef struct outcome {
    double train, test, zeros; /* losses, and the share of weights that are all but zero */
    double rank;               /* how many directions the layer uses, in effect */
    double *weight;
    int64_t weights;
} outcome;

/* Loss with L1: the sum of sizes of all matrices. */
static ad_tensor *with_l1(lab_net *n, double strength)
{
    ad_tensor *loss = n->loss;
    for (int i = 0; i < ad_variable_count(n->graph); i++) {
        ad_tensor *w = ad_variable_at(n->graph, i);
        if (ad_role_of(w) == AD_ROLE_WEIGHT)
            loss = ad_add(loss, ad_scale(ad_sum(ad_abs(w), AD_ALL), strength));
    }
    return loss;
}

/* Each picture as it is and moved by one pixel in eight directions. */
static lab_data move(lab *l, const lab_data *d)
{
    lab_data m = lab_examples(l, 9 * d->count, d->size, d->classes);
    for (int i = 0; i < m.count; i++) {
        m.y[i] = d->y[i / 9];
        for (int k = 0; k < d->size; k++) {
            int row = k / SIDE + i % 9 / 3 - 1, column = k % SIDE + i % 3 - 1;
            bool in = row >= 0 && row < SIDE && column >= 0 && column < SIDE;
            m.x[i * d->size + k] = in ? d->x[i / 9 * d->size + row * SIDE + column] : 0;
        }
    }
    return m;
}

/* e to the entropy of the singular values' shares (Roy and Vetterli 2007). */
static double effective_rank(lab *l, const double *weight)
{
    double *value = lab_singular(l, weight, WIDTH, WIDTH), sum = 0, entropy = 0;
    for (int i = 0; i < WIDTH; i++)
        sum += value[i];
    for (int i = 0; i < WIDTH; i++)
        entropy -= value[i] > 0 ? value[i] / sum * log(value[i] / sum) : 0;
    return exp(entropy);
}

static outcome train(lab *l, setup s, uint64_t seed)
{
    lab_net n = lab_classifier(l, s.train, body, &s);
    ad_tensor *loss = s.way == 1 ? with_l1(&n, lab_get(l, "l1")) : n.loss;
    ad_tensor *step = s.way == 2 ? ad_adamw(loss, .rate = 1e-3, .decay = lab_get(l, "l2"))
                                 : ad_adam(loss, .rate = 1e-3);
    lab_begin(l, &n, step, seed);
    double best = INFINITY;
    outcome o = {0};
    for (int i = 0; i < 20; i++) {
        lab_train(l, &n, s.way == 5 ? s.moved : s.train, 32, (int)lab_get(l, "steps") / 20);
        double held = lab_loss(l, &n, s.held);
        if (s.way != 4 || held < best) {
            best = held;
            o.train = lab_loss(l, &n, s.train), o.test = lab_loss(l, &n, s.test);
        }
    }
    for (int i = 0; i < ad_variable_count(n.graph); i++) {
        ad_tensor *w = ad_variable_at(n.graph, i);
        if (ad_tensor_shape(w).rank == 2 && ad_tensor_shape(w).size[1] == WIDTH && !o.weight)
            o.weight = lab_value(l, n.state, w, &o.weights);
    }
    o.rank = effective_rank(l, o.weight);
    for (int64_t i = 0; i < o.weights; i++)
        o.zeros += (fabs(o.weight[i]) < 1e-3) / (double)o.weights;
    return o;
}

static void run(lab *l)
{
    int count = (int)lab_get(l, "examples"), seeds = (int)lab_get(l, "seeds");
    lab_data train_set = lab_digits(l, count, AD_PART_TRAIN),
             all = lab_digits(l, 1000, AD_PART_TEST), moved = move(l, &train_set);
    lab_data held = all, test = all;
    held.count = test.count = 500;
    test.x += 500 * test.size, test.y += 500;
    double in[WAYS] = {0}, out[WAYS] = {0}, zeros[WAYS] = {0}, gap[WAYS], rank[WAYS] = {0};
    outcome of[WAYS];
    for (int w = 0; w < WAYS; w++)
        for (int s = 0; s < seeds; s++) {
            of[w] =
                train(l, (setup){&train_set, &test, &held, &moved, w}, lab_seed(l) + (uint64_t)s);
            in[w] += of[w].train / seeds, out[w] += of[w].test / seeds,
                zeros[w] += of[w].zeros / seeds, rank[w] += of[w].rank / seeds;
            lab_progress(l, (w * seeds + s + 1.0) / (WAYS * seeds));
        }
    for (int w = 0; w < WAYS; w++)
        gap[w] = out[w] - in[w];
    lab_text title =
        T("Without any the test loss is {0}; the best of them comes to {1}",
          "不加正则时测试损失 {0}；最好的方法为 {1}", out[0], out[lab_least(out, WAYS)]);
    lab_figure *f = lab_named_bars(l, title, way, WAYS, T("loss", "损失"));
    lab_bar(f, T("training", "训练"), in, NULL, NULL, WAYS);
    lab_bar(f, T("test", "测试"), out, NULL, NULL, WAYS);
    f = lab_histogram(l, T("L1 leaves {0%} of the weights all but zero, L2 {1%}",
                           "L1 使 {0%} 的权重几乎为零，L2 为 {1%}", zeros[1], zeros[2]));
    lab_axes(f, T("weights of the second layer", "第二层的权重"), T("how many", "个数"));
    for (int w = 0; w < 3; w++)
        lab_bins(f, way[w], of[w].weight, of[w].weights, 40);
    title = T("The second layer uses {0} directions in effect, with L1 {1}, with L2 {2}",
              "第二层的有效秩为 {0}，L1 为 {1}，L2 为 {2}", rank[0], rank[1], rank[2]);
    f = lab_named_bars(l, title, way, WAYS, T("effective rank", "有效秩"));
    lab_bar(f, T("", ""), rank, NULL, NULL, WAYS);
    lab_say(l, T("{0} examples for a net of {1} and {1} units. The gap of test and training loss "
                 "is {2} without, {3} with L1, {4} with L2, {5} with dropout, {6} where training "
                 "stopped early, {7} with pictures moved by a pixel.",
                 "{0} 个样本，网络有两层各 {1} 个单元。测试与训练损失之差：无 {2}，L1 {3}，L2 {4}，"
                 "Dropout {5}，早停 {6}，平移一个像素的增强 {7}。",
                 count, WIDTH, gap[0], gap[1], gap[2], gap[3], gap[4], gap[5]));
    bool closer = true;
    int better = 0;
    for (int w = 1; w < WAYS; w++) {
        closer = closer && gap[w] < gap[0];
        better += out[w] < out[0];
    }
    bool sparse = zeros[1] > 0.3 && zeros[2] < 0.2;
    lab_judge(l, closer && sparse ? LAB_HOLDS : LAB_PARTLY,
              T("Each makes the gap smaller; the test loss falls with {0} of {1}, for a smaller "
                "gap may also be a worse fit. L1 by gradients brings weights near zero, not to "
                "it: exact zeros want a proximal step (l1 of the file).",
                "每种方法都缩小了差距；但只有 {0}/{1} 种降低了测试损失，因为差距变小也可能只是拟合"
                "变差。用梯度实现的 L1 只把权重推近零：要精确的零需用近端步（配置中的 l1）。",
                better, WAYS - 1));
}

const lab_record lab_record_regularizers = {
    .name = "regularizers",
    .topic = LAB_FITTING,
    .question_en = "What do L1, L2, dropout and early stopping do?",
    .question_zh = "L1、L2、Dropout、早停各有什么作用？",
    .claim_en = "All of them reduce overfitting; L1 makes weights sparse, L2 small.",
    .claim_zh = "它们都能减轻过拟合；L1 使权重稀疏，L2 使权重变小。",
    .verdict = LAB_HOLDS,
    .seeds = 20,
    .run = run,
    .setting = {{"examples", 200, 0, 20, 5000, "training examples", "训练样本数"},
                {"steps", 1000, 600, 100, 100000, "training steps", "训练步数"},
                {"l1", 1e-3, 0, 0, 1, "strength of L1", "L1 强度"},
                {"l2", 3, 0, 0, 100, "decoupled decay of L2", "L2 解耦衰减"},
                {"seeds", 3, 1, 1, 20, "seeds", "种子数"}},
    .next = {{"Is any of them needed with 5,000 examples?", "有 5000 个样本时还需要吗？",
              "examples=5000"},
             {"What if L1 is ten times as strong?", "L1 强十倍会怎样？", "l1=0.01"},
             {"Why are L2 and weight decay not the same under Adam?",
              "为什么 Adam 下 L2 与权重衰减不同？", NULL}},
    .source = {"Tibshirani 1996: regression shrinkage and selection via the lasso",
               "Srivastava et al. 2014: dropout", "Roy and Vetterli 2007: the effective rank",
               "Loshchilov and Hutter 2019 (arXiv:1711.05101)"},
};
