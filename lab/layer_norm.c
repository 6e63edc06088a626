/* Layer norm and batch norm: how a net learns by batch size, and what happens to one example's
 * answer while its neighbours change. */
#include "lab.h"

enum { SIZES = 6, KINDS = 3 };

static ad_tensor *norm(ad_tensor *x, int kind)
{
    return kind == 0 ? x : kind == 1 ? ad_batch_norm(x) : ad_layer_norm(x);
}

static ad_tensor *body(ad_tensor *x, const void *with)
{
    int kind = *(const int *)with;
    for (int i = 0; i < 3; i++)
        x = ad_relu(norm(ad_linear(x, .out = 48), kind));
    return ad_linear(x, .out = 10);
}

typedef struct setup {
    const lab_data *train, *test;
    int kind;
} setup;

/* Share of test digits that are right after so many steps, of batches of that size. */
static double right(lab *l, double batch, uint64_t seed, const void *with)
{
    const setup *s = with;
    lab_net n = lab_classifier(l, s->train, body, &s->kind);
    lab_begin(l, &n, ad_adam(n.loss, .rate = 2e-3), seed);
    lab_train(l, &n, s->train, (int)batch, (int)lab_get(l, "steps"));
    return lab_right(l, &n, s->test);
}

/* Largest change of one example's logits while the rest of its batch is drawn anew, in training. */
static double moved(lab *l, int kind, const lab_data *d)
{
    lab_net n = lab_classifier(l, d, body, &kind);
    lab_begin(l, &n, NULL, lab_seed(l));
    ad_program *p = lab_compile(l, n.state, .fetch = {n.logits}, .feed = {n.x}, .training = true);
    lab_batch some = lab_some(l, d, 8);
    double first[10], worst = 0;
    for (int t = 0; t < 20; t++) {
        ad_array out;
        lab_draw(l, d, &some);
        memcpy(some.feed[0].data, d->x, (size_t)d->size * sizeof(float));
        lab_fetch(l, p, some.feed, &out, 1);
        for (int i = 0; i < 10; i++) {
            double now = ad_array_item(&out, i);
            first[i] = t == 0 ? now : first[i];
            worst = fmax(worst, fabs(now - first[i]));
        }
    }
    return worst;
}

static void run(lab *l)
{
    lab_data train = lab_digits(l, (int)lab_get(l, "train"), AD_PART_TRAIN);
    lab_data test = lab_digits(l, 500, AD_PART_TEST);
    lab_text name[KINDS] = {T("none", "无"), T("batch norm", "批归一化"),
                            T("layer norm", "层归一化")};
    double size[SIZES] = {2, 4, 8, 16, 32, 128}, by[KINDS][SIZES], change[KINDS];
    lab_band band[KINDS];
    for (int k = 0; k < KINDS; k++) {
        setup s = {&train, &test, k};
        band[k] = lab_sweep(l, size, SIZES, (int)lab_get(l, "seeds"), right, &s);
        memcpy(by[k], band[k].mean, sizeof by[k]);
        change[k] = moved(l, k, &train);
    }
    lab_figure *f = lab_plot(l, T("In batches of {0} batch norm gets {1%} right, layer norm {2%}",
                                  "批量为 {0} 时批归一化正确率 {1%}，层归一化 {2%}", size[0],
                                  by[1][0], by[2][0]));
    lab_x(f, T("batch size", "批量大小"), NULL, true);
    lab_y(f, T("share of test digits right", "测试集正确率"), NULL, false);
    for (int k = 0; k < KINDS; k++)
        lab_series(f, name[k], &band[k]);
    f = lab_bars(
        l,
        T("Neighbours move one example's logits by {0} under batch norm, by {1} under layer "
          "norm",
          "邻居使同一样本的输出在批归一化下变化 {0}，在层归一化下变化 {1}", change[1], change[2]));
    for (int k = 0; k < KINDS; k++)
        lab_row(f, name[k]);
    lab_x(f, T("largest change of a logit", "输出的最大变化"), NULL, false);
    lab_bar(f, T("", ""), change, NULL, NULL, KINDS);
    lab_say(
        l, T("Batch norm's statistics are of the batch: of two examples they are hardly any. Layer "
             "norm's are of the example alone, in training and in use the same.",
             "批归一化的统计量来自整批：两个样本几乎没有统计意义。层归一化只用样本自身，训练和推断"
             "相同。"));
    bool holds = by[1][0] < by[2][0] && change[2] == 0 && change[1] > 0.01;
    double gap = by[2][SIZES - 1] - by[1][SIZES - 1];
    lab_judge(
        l, holds ? LAB_HOLDS : LAB_FAILS,
        T("Of small batches layer norm learns and batch norm does not; at {0} examples the two are "
          "{1%} apart.",
          "小批量时层归一化能学而批归一化不能；批量 {0} 时两者相差 {1%}。", size[SIZES - 1],
          fabs(gap)));
}

const lab_record lab_record_layer_norm = {
    .name = "layer-norm",
    .topic = LAB_NORMALIZING,
    .question_en = "How does layer norm differ from batch norm?",
    .question_zh = "层归一化和批归一化有什么区别？",
    .claim_en = "Layer norm does not depend on the batch, and works where batches are small.",
    .claim_zh = "层归一化与批无关，适合小批量。",
    .verdict = LAB_HOLDS,
    .seeds = 20,
    .run = run,
    .setting = {{"steps", 800, 300, 10, 100000, "training steps", "训练步数"},
                {"train", 1000, 500, 50, 20000, "different ones", "不同样本数"},
                {"seeds", 3, 1, 1, 20, "seeds", "种子数"}},
    .next = {{"Does batch norm catch up with more steps?", "训练更久后批归一化能追上吗？",
              "steps=4000"},
             {"Why do vision nets keep batch norm?", "为什么视觉网络仍用批归一化？", NULL},
             {"What do group norm's groups trade?", "组归一化在两者间如何折中？", NULL}},
    .source = {"Ba, Kiros and Hinton 2016: layer normalization (arXiv:1607.06450)",
               "Wu and He 2018: group normalization (arXiv:1803.08494)",
               "include/adze/adze.h: ad_layer_norm, ad_batch_norm"},
};
