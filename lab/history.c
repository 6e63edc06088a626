/* From sigmoid to residual nets: who trains how deep?  Nets of many layers with each of the field's
 * answers, at their age. */
#include "lab.h"

#include <stdio.h>

enum { KINDS = 8, DEPTHS = 4 };

static const char *const kind_name[KINDS] = {"sigmoid", "ReLU", "leaky ReLU", "PReLU",
                                             "ELU",     "SELU", "highway",    "residual"};

typedef struct setup {
    const lab_data *train, *test;
    int kind, depth;
} setup;

/* With a slope of its own that is learned (He et al. 2015). */
static ad_tensor *parametric(ad_tensor *h, int number)
{
    char name[24];
    ad_graph *g = ad_tensor_graph(h);
    snprintf(name, sizeof name, "slope%d", number);
    return ad_prelu(h, ad_variable(g, name, ad_full(g, AD_F32, AD_SHAPE(1), 0.25)));
}

static ad_tensor *layer(ad_tensor *x, int kind, int number)
{
    if (kind == 6)
        return ad_highway(x);
    ad_tensor *h = ad_linear(x, .out = 32);
    switch (kind) {
    case 0: return ad_sigmoid(h);
    case 1: return ad_relu(h);
    case 2: return ad_leaky_relu(h, 0.01);
    case 3: return parametric(h, number);
    case 4: return ad_elu(h, 1);
    case 5: return ad_selu(h);
    default: return ad_add(x, ad_linear(ad_relu(h), .out = 32));
    }
}

static ad_tensor *body(ad_tensor *x, const void *with)
{
    const setup *s = with;
    x = ad_linear(x, .out = 32);
    for (int i = 0; i < s->depth; i++)
        x = layer(x, s->kind, i);
    return ad_linear(x, .out = 10);
}

/* Share of test digits that are right; the best of two rates. */
static double right(lab *l, double depth, uint64_t seed, const void *with)
{
    setup s = *(const setup *)with;
    double best = 0.1, rate[] = {1e-3, 3e-3};
    s.depth = (int)depth;
    for (int r = 0; r < 2; r++) {
        lab_net n = lab_classifier(l, s.train, body, &s);
        lab_begin(l, &n, ad_adam(n.loss, .rate = rate[r], .clip_norm = 1), seed);
        double gain = s.kind == 5 || s.kind >= 6 ? 1 : s.kind == 0 ? 1 : sqrt(2);
        lab_do(l, ad_initialize(n.state, n.graph, .gain = gain, .seed = seed));
        if (isfinite(lab_train(l, &n, s.train, 32, (int)lab_get(l, "steps"))))
            best = fmax(best, lab_right(l, &n, s.test));
    }
    return best;
}

static void run(lab *l)
{
    lab_data train = lab_digits(l, 1500, AD_PART_TRAIN), test = lab_digits(l, 500, AD_PART_TEST);
    double depth[DEPTHS] = {2, 10, 25, lab_get(l, "depth")}, share[KINDS][DEPTHS],
           deepest[KINDS] = {0};
    for (int k = 0; k < KINDS; k++) {
        setup s = {&train, &test, k, 0};
        lab_band b = lab_sweep(l, depth, DEPTHS, (int)lab_get(l, "seeds"), right, &s);
        memcpy(share[k], b.mean, sizeof share[k]);
        for (int i = 0; i < DEPTHS; i++)
            deepest[k] = share[k][i] > 0.5 ? depth[i] : deepest[k];
    }
    lab_figure *f = lab_heat(l,
                             T("Sigmoid trains {0} layers, ReLU {1}, residual nets {2}",
                               "sigmoid 能训练 {0} 层，ReLU {1} 层，残差网络 {2} 层", deepest[0],
                               deepest[1], deepest[7]),
                             *share, KINDS, DEPTHS);
    lab_x(f, T("layers", "层数"), NULL, false);
    lab_y(f, T("kind", "种类"), NULL, false);
    for (int k = 0; k < KINDS; k++)
        lab_row(f, T(kind_name[k], kind_name[k]));
    for (int i = 0; i < DEPTHS; i++)
        lab_column(f, T("{0}", "{0}", depth[i]));
    f = lab_plot(l, T("At {0} layers residual nets get {1%} right, sigmoid {2%}",
                      "{0} 层时残差网络正确率 {1%}，sigmoid {2%}", depth[DEPTHS - 1],
                      share[7][DEPTHS - 1], share[0][DEPTHS - 1]));
    lab_x(f, T("layers", "层数"), NULL, true);
    lab_y(f, T("share of test digits right", "测试集正确率"), NULL, false);
    for (int k = 0; k < KINDS; k++)
        if (k != 2 && k != 3)
            lab_line(f, T(kind_name[k], kind_name[k]), depth, share[k], DEPTHS);
    lab_say(l, T("Guessing gives a tenth. ReLU with He's weights carries {0} layers here, which "
                 "sigmoid does "
                 "not with {1}; a way past each layer, with a gate (highway) or without "
                 "(residual), carries {2}.",
                 "随机猜测为十分之一。ReLU 配 He 初始化能训练 {0} 层，而 sigmoid 连 {1} "
                 "层也不行；每层加一条直通路，有门（highway）或无门（残差），能训练 {2} 层。",
                 deepest[1], depth[1], fmax(deepest[6], deepest[7])));
    double past = fmax(share[6][DEPTHS - 1], share[7][DEPTHS - 1]);
    bool holds = deepest[0] < 10 && past > share[1][DEPTHS - 1] + 0.1;
    lab_judge(l, holds ? LAB_HOLDS : LAB_FAILS,
              T("Each step went deeper. Yet deeper is not better on these digits: the best of all "
                "is {0%}, of "
                "{1} layers.",
                "每一步都走得更深。但在这些数字上更深并不更好：最好的是 {1} 层的 {0%}。",
                share[7][0] > share[7][1] ? share[7][0] : share[7][1],
                share[7][0] > share[7][1] ? depth[0] : depth[1]));
}

const lab_record lab_record_history = {
    .name = "history",
    .topic = LAB_GRADIENTS,
    .question_en = "From sigmoid to residual nets: who trains how deep?",
    .question_zh = "从 sigmoid 到 ResNet：谁能训练多深？",
    .claim_en =
        "Sigmoid, then ReLU and its kin, then highway and residual nets: each trains deeper nets.",
    .claim_zh = "从 sigmoid 到 ReLU 及其改进，再到 highway 和 ResNet，能训练的网络越来越深。",
    .verdict = LAB_HOLDS,
    .seeds = 20,
    .run = run,
    .setting = {{"depth", 50, 40, 26, 200, "the most layers", "最多层数"},
                {"steps", 400, 200, 50, 100000, "training steps", "训练步数"},
                {"seeds", 2, 1, 1, 20, "seeds", "种子数"}},
    .next = {{"Who trains a hundred layers?", "谁能训练一百层？", "depth=100"},
             {"What does batch norm add to each?", "加上批归一化会怎样？", NULL},
             {"Why does a gate that begins open matter?", "为什么门初始要打开？", NULL}},
    .source = {"Srivastava, Greff and Schmidhuber 2015: highway networks (arXiv:1505.00387)",
               "He et al. 2016: deep residual learning (arXiv:1512.03385)",
               "example/highway.yaml, example/resnet_56.yaml"},
};
