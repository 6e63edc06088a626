/* Which causes has overfitting?  Too large a net, too few examples, labels that are wrong, and data
 * that is not alike, each turned up alone, and what a remedy gives back. */
#include "lab.h"

enum { CAUSES = 5 };

static const char *const cause[CAUSES][2] = {{"none", "无"},
                                             {"few examples", "样本太少"},
                                             {"wrong labels", "标签噪声"},
                                             {"other data in use", "训练与测试分布不同"},
                                             {"few, and a large net", "样本少且网络大"}};

static const lab_text remedy[CAUSES] = {{"none", "无"},
                                        {"few: pictures moved too", "样本少：加平移样本"},
                                        {"wrong: half the steps", "标签噪声：步数减半"},
                                        {"other: half of it seen", "分布不同：一半取自新分布"},
                                        {"large: weight decay", "网络大：权重衰减"}};

typedef struct setup {
    int width, steps;
    double decay;
} setup;

static ad_tensor *body(ad_tensor *x, const void *with)
{
    const setup *s = with;
    x = ad_relu(ad_linear(x, .out = s->width));
    return ad_linear(ad_relu(ad_linear(x, .out = s->width)), .out = 10);
}

/* Pixels brighter and moved by one: what a new scanner might do. */
static lab_data other(lab *l, const lab_data *d)
{
    lab_data o = *d;
    o.x = lab_floats(l, (int64_t)d->count * d->size);
    for (int i = 0; i < d->count; i++)
        for (int k = 0; k < d->size; k++)
            o.x[i * d->size + k] = 0.3f + 0.7f * d->x[i * d->size + (k + 13) % d->size];
    return o;
}

/* Each picture nine times, moved by a pixel at most. */
static lab_data moved_too(lab *l, const lab_data *d)
{
    lab_data m = lab_examples(l, 9 * d->count, d->size, d->classes);
    for (int i = 0; i < m.count; i++) {
        int by = 14 * (i % 9 / 3 - 1) + i % 3 - 1 + d->size;
        m.y[i] = d->y[i / 9];
        for (int k = 0; k < d->size; k++)
            m.x[i * d->size + k] = d->x[i / 9 * d->size + (k + by) % d->size];
    }
    return m;
}

/* Shares right on the training and test parts. */
static void measure(lab *l, lab_data train, const lab_data *test, setup s, uint64_t seed,
                    double out[2])
{
    lab_net n = lab_classifier(l, &train, body, &s);
    lab_begin(l, &n, ad_adamw(n.loss, .rate = 2e-3, .decay = s.decay), seed);
    lab_train(l, &n, &train, 32, s.steps);
    out[0] += lab_right(l, &n, &train), out[1] += lab_right(l, &n, test);
}

/* What each cause took away, and what its remedy brings back, as shares right in the test. */
static void show_remedies(lab *l, const lab_data *const in[CAUSES],
                          const lab_data *const on[CAUSES], const double *tested)
{
    int seeds = (int)lab_get(l, "seeds"), steps = (int)lab_get(l, "steps");
    lab_data more = moved_too(l, in[1]), mixed = other(l, in[3]);
    memcpy(mixed.x, in[3]->x, (size_t)(mixed.count / 2 * mixed.size) * sizeof *mixed.x);
    const lab_data *with[CAUSES] = {NULL, &more, in[2], &mixed, in[4]};
    double cured[CAUSES] = {tested[0]}, most = 0;
    for (int c = 1; c < CAUSES; c++) {
        setup s = {c == 4 ? 256 : 48, c == 2 ? steps / 2 : steps, c == 4 ? 1 : 0};
        double seen[2] = {0};
        for (int k = 0; k < seeds; k++)
            measure(l, *with[c], on[c], s, lab_seed(l) + (uint64_t)k, seen);
        cured[c] = seen[1] / seeds;
        most = fmax(most, cured[c] - tested[c]);
    }
    lab_text title = T("Remedies give back up to {0%}; for few examples {1%}",
                       "补救最多找回 {0%}；样本少时 {1%}", most, cured[1] - tested[1]);
    lab_figure *f =
        lab_named_bars(l, title, remedy, CAUSES, T("share of test right", "测试正确率"));
    lab_bar(f, T("as it was", "补救前"), tested, NULL, NULL, CAUSES);
    lab_bar(f, T("with the remedy", "补救后"), cured, NULL, NULL, CAUSES);
}

static void run(lab *l)
{
    int seeds = (int)lab_get(l, "seeds"), steps = (int)lab_get(l, "steps");
    lab_data all = lab_digits(l, 4000, AD_PART_TRAIN), test = lab_digits(l, 1000, AD_PART_TEST);
    lab_data few = all, wrong = all, moved = other(l, &test);
    few.count = (int)lab_get(l, "few");
    wrong.y = lab_memory(l, (size_t)all.count, sizeof(int32_t));
    for (int i = 0; i < all.count; i++)
        wrong.y[i] =
            lab_uniform(l) < lab_get(l, "wrong") ? (int32_t)(10 * lab_uniform(l)) : all.y[i];
    const lab_data *in[CAUSES] = {&all, &few, &wrong, &all, &few};
    const lab_data *on[CAUSES] = {&test, &test, &test, &moved, &test};
    double train[CAUSES], tested[CAUSES], gap[CAUSES];
    for (int c = 0; c < CAUSES; c++) {
        double seen[2] = {0};
        for (int s = 0; s < seeds; s++) {
            setup as_is = {c == 4 ? 256 : 48, steps, 0};
            measure(l, *in[c], on[c], as_is, lab_seed(l) + (uint64_t)s, seen);
            lab_progress(l, (c * seeds + s + 1.0) / (CAUSES * seeds));
        }
        train[c] = seen[0] / seeds, tested[c] = seen[1] / seeds;
        gap[c] = train[c] - tested[c];
    }
    lab_figure *f = lab_bars(
        l, T("The gap of {0%} becomes {1%} with few examples, {2%} where data moved",
             "差距从 {0%} 变为样本少时的 {1%}、分布不同时的 {2%}", gap[0], gap[1], gap[3]));
    for (int c = 0; c < CAUSES; c++)
        lab_row(f, T(cause[c][0], cause[c][1]));
    lab_x(f, T("share right", "正确率"), NULL, false);
    lab_bar(f, T("training", "训练"), train, NULL, NULL, CAUSES);
    lab_bar(f, T("test", "测试"), tested, NULL, NULL, CAUSES);
    lab_say(l, T("A net of {0} units a layer and {1} digits; few are {2}, wrong are {3%} of the "
                 "labels. The "
                 "larger net of 256 units adds {4%} to the gap of few examples.",
                 "每层 {0} 个单元，{1} 个数字；“少”为 {2} 个，错误标签占 {3%}。256 "
                 "个单元的大网络只使样本少时的"
                 "差距再增加 {4%}。",
                 48, all.count, few.count, lab_get(l, "wrong"), gap[4] - gap[1]));
    show_remedies(l, in, on, tested);
    bool holds = gap[1] > gap[0] + 0.02 && gap[3] > gap[0] + 0.02 && tested[2] < tested[0];
    lab_judge(
        l, holds ? LAB_PARTLY : LAB_FAILS,
        T("Few examples and data that moved open the gap, wrong labels lower both; size alone does "
          "little here. And a gap of data that moved is no overfitting: the net knows as much.",
          "样本少和分布不同会拉大差距，标签噪声使两者都下降；单是网络大影响不大。分布不同造成的差距"
          "并不是过拟合：网络知道的一样多。"));
}

const lab_record lab_record_overfitting_causes = {
    .name = "overfitting-causes",
    .topic = LAB_FITTING,
    .question_en = "Which causes has overfitting?",
    .question_zh = "过拟合有哪些原因？",
    .claim_en =
        "Overfitting comes of a model too complex, too few examples, noise, and parts that are "
        "not alike.",
    .claim_zh = "过拟合的原因：模型太复杂、样本太少、噪声太大、训练集与测试集分布不一致。",
    .verdict = LAB_PARTLY,
    .seeds = 20,
    .run = run,
    .setting = {{"few", 100, 0, 20, 4000, "how many are few", "“少”是多少"},
                {"wrong", 0.4, 0, 0, 1, "share of labels drawn anew", "重抽标签的比例"},
                {"steps", 900, 600, 30, 100000, "training steps", "训练步数"},
                {"seeds", 3, 1, 1, 20, "seeds", "种子数"}},
    .next = {{"How many examples are enough?", "多少样本才够？", "few=1000"},
             {"Which remedy closes the gap of data that moved?", "如何消除分布不同造成的差距？",
              NULL},
             {"Does a net of a million weights overfit less?", "百万参数的网络反而过拟合更少吗？",
              NULL}},
    .source = {"Zhang et al. 2017: understanding deep learning requires rethinking generalization "
               "(arXiv:1611.03530)",
               "adze data: findings on copies, shift and labels", "adze lab regularizers"},
};
