/* What makes a deep net trainable that is not?  One net of sigmoids, too deep to learn, with each
 * of the cures in turn. */
#include "lab.h"

enum { CURES = 7 };

static const char *const cure[CURES][2] = {{"none", "无"},
                                           {"clipping", "梯度裁剪"},
                                           {"weight decay", "权重衰减"},
                                           {"batch norm", "批归一化"},
                                           {"shortcuts", "残差连接"},
                                           {"ReLU", "ReLU"},
                                           {"ReLU, He's weights", "ReLU + He 初始化"}};

typedef struct setup {
    const lab_data *train, *test;
    int cure, depth;
} setup;

static ad_tensor *body(ad_tensor *x, const void *with)
{
    const setup *s = with;
    x = ad_linear(x, .out = 32);
    for (int i = 0; i < s->depth; i++) {
        ad_tensor *h = ad_linear(x, .out = 32);
        h = s->cure == 3 ? ad_batch_norm(h) : h;
        h = s->cure >= 5 ? ad_relu(h) : ad_sigmoid(h);
        x = s->cure == 4 ? ad_add(x, h) : h;
    }
    return ad_linear(x, .out = 10);
}

/* Share of test digits that are right, after training. */
static double right(lab *l, double which, uint64_t seed, const void *with)
{
    setup s = *(const setup *)with;
    s.cure = (int)which;
    lab_net n = lab_classifier(l, s.train, body, &s);
    double rate = 0.02;
    ad_tensor *step = s.cure == 1 ? ad_sgd(n.loss, .rate = rate, .momentum = 0.9, .clip_norm = 1)
                      : s.cure == 2
                          ? ad_sgd(n.loss, .rate = rate, .momentum = 0.9, .decay = 1e-3)
                          : ad_sgd(n.loss, .rate = s.cure == 4 ? 0.01 : rate, .momentum = 0.9);
    lab_begin(l, &n, step, seed);
    if (s.cure == 6)
        lab_do(l, ad_initialize(n.state, n.graph, .gain = sqrt(2), .seed = seed));
    lab_train(l, &n, s.train, 32, (int)lab_get(l, "steps"));
    return lab_right(l, &n, s.test);
}

static void run(lab *l)
{
    lab_data train = lab_digits(l, 2000, AD_PART_TRAIN), test = lab_digits(l, 500, AD_PART_TEST);
    setup s = {&train, &test, 0, (int)lab_get(l, "depth")};
    double *which = lab_range(l, 0, CURES - 1, CURES);
    lab_band b = lab_sweep(l, which, CURES, (int)lab_get(l, "seeds"), right, &s);
    lab_figure *f = lab_bars(l, T("{0} layers of sigmoids: {1%} right; with batch norm {2%}",
                                  "{0} 层 sigmoid：正确率 {1%}；加批归一化后 {2%}", s.depth,
                                  b.mean[0], b.mean[3]));
    for (int k = 0; k < CURES; k++)
        lab_row(f, T(cure[k][0], cure[k][1]));
    lab_x(f, T("share of test digits right", "测试集正确率"), NULL, false);
    lab_bar(f, T("", ""), b.mean, b.low, b.high, CURES);
    lab_say(
        l,
        T("A tenth is what guessing gives. Clipping ({0%}) and decay ({1%}) are against gradients "
          "that explode; where they vanish there is nothing to clip.",
          "随机猜测为十分之一。裁剪（{0%}）和衰减（{1%}）针对梯度爆炸；梯度消失时没有东西可裁剪。",
          b.mean[1], b.mean[2]));
    lab_say(
        l, T("ReLU alone reaches {0%}, with weights of the right scale {1%}: {2} layers want both.",
             "只换 ReLU 为 {0%}，再配合合适的初始尺度为 {1%}：{2} 层需要两者兼备。", b.mean[5],
             b.mean[6], s.depth));
    double helped = 0;
    for (int k = 1; k < CURES; k++)
        helped += b.mean[k] > 0.5;
    bool holds = b.mean[0] < 0.2 && b.mean[1] < 0.2 && b.mean[2] < 0.2 && b.mean[3] > 0.5;
    lab_judge(
        l, holds ? LAB_PARTLY : LAB_FAILS,
        T("{0} of {1} make this net learn; each cure is of one illness, and clipping and decay are "
          "of the other.",
          "{1} 种方法中有 {0} 种使网络学会；每种方法对应一种病，裁剪和衰减治的是另一种。", helped,
          CURES - 1));
}

const lab_record lab_record_cures = {
    .name = "cures",
    .topic = LAB_GRADIENTS,
    .question_en = "Which cures make a deep net trainable?",
    .question_zh = "哪些方法能解决梯度消失和爆炸？",
    .claim_en =
        "Clipping, weight decay, batch norm, ReLU and shortcuts cure vanishing and exploding "
        "gradients.",
    .claim_zh = "梯度裁剪、正则化、批归一化、ReLU、残差结构可以解决梯度消失和爆炸。",
    .verdict = LAB_PARTLY,
    .seeds = 20,
    .run = run,
    .setting = {{"depth", 8, 0, 1, 100, "hidden layers", "隐藏层数"},
                {"steps", 600, 300, 10, 100000, "training steps", "训练步数"},
                {"seeds", 3, 1, 1, 20, "seeds", "种子数"}},
    .next = {{"Is any of them needed for two layers?", "两层时需要这些吗？", "depth=2"},
             {"Which of them go together?", "哪些可以合用？", NULL},
             {"What cures explosion?", "哪些能治爆炸？", NULL}},
    .source = {"Glorot and Bengio 2010; Ioffe and Szegedy 2015 (arXiv:1502.03167)",
               "He et al. 2016: deep residual learning (arXiv:1512.03385)",
               "adze lab clipping; adze lab vanishing"},
};
