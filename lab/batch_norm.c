/* What does batch norm give?  The highest rate that still trains, gradients by layer, the loss
 * along a step, and how far a layer's inputs move while the net learns, with and without it. */
#include "lab.h"

enum { RATES = 6, LAYERS = 6, WAYS = 2, ALONG = 25 };

typedef struct setup {
    const lab_data *train, *test;
    int normed;
} setup;

static ad_tensor *layer(ad_tensor *x, int normed)
{
    ad_tensor *h = ad_linear(x, .out = 48);
    return ad_relu(normed ? ad_batch_norm(h) : h);
}

static ad_tensor *body(ad_tensor *x, const void *with)
{
    const setup *s = with;
    for (int i = 0; i < LAYERS; i++)
        x = layer(x, s->normed);
    return ad_linear(x, .out = 10);
}

/* Share of test digits that are right after training at a rate; a tenth where it blew up. */
static double right(lab *l, double rate, uint64_t seed, const void *with)
{
    const setup *s = with;
    lab_net n = lab_classifier(l, s->train, body, s);
    lab_begin(l, &n, ad_sgd(n.loss, .rate = rate), seed);
    lab_do(l, ad_initialize(n.state, n.graph, .gain = sqrt(2), .seed = seed));
    double loss = lab_train(l, &n, s->train, 32, (int)lab_get(l, "steps"));
    return isfinite(loss) ? lab_right(l, &n, s->test) : 0.1;
}

/* How much larger what the last layer gives is after training than before. */
static double moved(lab *l, const setup *s)
{
    lab_net n = lab_classifier(l, s->train, body, s);
    lab_begin(l, &n, ad_sgd(n.loss, .rate = 0.1), lab_seed(l));
    lab_do(l, ad_initialize(n.state, n.graph, .gain = sqrt(2), .seed = lab_seed(l)));
    ad_program *p = lab_compile(l, n.state, .fetch = {n.logits}, .feed = {n.x}, .training = true);
    lab_batch all = lab_all(s->test);
    double before = 0, size = 0, after = 0;
    for (int t = 0; t < 2; t++) {
        ad_array out;
        lab_fetch(l, p, all.feed, &out, 1);
        int64_t count = ad_array_count(&out);
        double squares = 0;
        for (int64_t i = 0; i < count; i++) {
            double v = ad_array_item(&out, i);
            squares += v * v / (double)count;
        }
        if (t == 0) {
            before = sqrt(squares), size = before;
            lab_train(l, &n, s->train, 32, 200);
        } else {
            after = sqrt(squares);
        }
    }
    return after / size;
}

/* Early in training: the gradient's size by layer, and the loss at the end of a step of each rate.
 */
static void look_around(lab *l, const setup *s, double size[LAYERS], const double *rate,
                        double loss[ALONG])
{
    lab_net n = lab_classifier(l, s->train, body, s);
    ad_tensor *slope = lab_slope(&n);
    lab_begin(l, &n, ad_sgd(n.loss, .rate = 0.05), lab_seed(l));
    lab_do(l, ad_initialize(n.state, n.graph, .gain = sqrt(2), .seed = lab_seed(l)));
    lab_train(l, &n, s->train, 32, 20);
    ad_program *p =
        lab_compile(l, n.state, .fetch = {n.loss, slope}, .feed = {n.x, n.y}, .training = true);
    lab_batch all = lab_all(s->train);
    ad_array seen[2];
    lab_fetch(l, p, all.feed, seen, 2);
    double *w = lab_weights(l, &n, NULL), *g = lab_items(l, &seen[1]);
    int64_t count = ad_array_count(&seen[1]);
    for (int v = 0, at = 0, layer = 0; layer < LAYERS; v++) {
        ad_tensor *variable = ad_variable_at(n.graph, v);
        ad_shape shape = ad_tensor_shape(variable);
        if (!ad_trainable(variable))
            continue;
        int own = (int)(shape.size[0] * (shape.rank == 2 ? shape.size[1] : 1));
        if (shape.rank == 2)
            size[layer++] = sqrt(lab_dot(g + at, g + at, own));
        at += own;
    }
    for (int i = 0; i < ALONG; i++) {
        double *there = lab_numbers(l, count);
        for (int64_t k = 0; k < count; k++)
            there[k] = w[k] - rate[i] * g[k];
        lab_weights(l, &n, there);
        loss[i] = lab_step(l, p, all.feed);
    }
}

static void show_around(lab *l, const lab_data *train)
{
    static const lab_text name[WAYS] = {{"without", "无"}, {"batch norm", "批归一化"}};
    double size[WAYS][LAYERS], loss[WAYS][ALONG], *rate = lab_powers(l, 1e-3, 100, ALONG);
    double highest[WAYS] = {0};
    for (int w = 0; w < WAYS; w++) {
        setup s = {train, train, w};
        look_around(l, &s, size[w], rate, loss[w]);
        for (int i = 1; i < ALONG && loss[w][i] < 2 * loss[w][0]; i++)
            highest[w] = rate[i];
    }
    lab_figure *f = lab_plot(
        l, T("Last layer's gradient over the first one's: {0} without, {1} with batch norm",
             "末层与首层梯度之比：无 {0}，有批归一化 {1}", size[0][LAYERS - 1] / size[0][0],
             size[1][LAYERS - 1] / size[1][0]));
    lab_x(f, T("layer", "层"), NULL, false);
    lab_y(f, T("norm of the gradient", "梯度范数"), NULL, true);
    for (int w = 0; w < WAYS; w++)
        lab_line(f, name[w], NULL, size[w], LAYERS);
    f = lab_plot(l, T("Down its gradient the loss stays below twice the start up to {0} without, "
                      "{1} with it",
                      "沿梯度走一步，损失不超过起点两倍的最大学习率：无 {0}，有 {1}", highest[0],
                      highest[1]));
    lab_x(f, T("rate of the step", "该步的学习率"), NULL, true);
    lab_y(f, T("loss behind the step", "走一步后的损失"), NULL, true);
    for (int w = 0; w < WAYS; w++)
        lab_line(f, name[w], rate, loss[w], ALONG);
}

static void run(lab *l)
{
    lab_data train = lab_digits(l, 1500, AD_PART_TRAIN), test = lab_digits(l, 500, AD_PART_TEST);
    double rate[RATES] = {0.01, 0.05, 0.2, 1, 4, 16}, most[WAYS] = {0}, grew[WAYS];
    lab_band band[WAYS];
    for (int w = 0; w < WAYS; w++) {
        setup s = {&train, &test, w};
        band[w] = lab_sweep(l, rate, RATES, (int)lab_get(l, "seeds"), right, &s);
        for (int i = 0; i < RATES; i++)
            most[w] = band[w].mean[i] > 0.5 ? rate[i] : most[w];
        grew[w] = moved(l, &s);
    }
    lab_figure *f = lab_plot(l, T("Without it rates up to {0} train, with batch norm up to {1}",
                                  "没有批归一化时学习率最大 {0}，有则可达 {1}", most[0], most[1]));
    lab_x(f, T("learning rate", "学习率"), NULL, true);
    lab_y(f, T("share of test digits right", "测试集正确率"), NULL, false);
    lab_series(f, T("without", "无"), &band[0]);
    lab_series(f, T("batch norm", "批归一化"), &band[1]);
    double best[WAYS] = {0};
    for (int w = 0; w < WAYS; w++)
        for (int i = 0; i < RATES; i++)
            best[w] = fmax(best[w], band[w].mean[i]);
    lab_say(l, T("At its best rate the net without reaches {0%}, with batch norm {1%}.",
                 "在各自最佳学习率下，无归一化 {0%}，有归一化 {1%}。", best[0], best[1]));
    lab_say(
        l, T("What the last layer gives grew in training by {0} without and {1} with it: its "
             "inputs do "
             "not stand still either way.",
             "训练中末层输出的大小变为原来的 {0} 倍（无）和 {1} 倍（有）：两种情况下分布都在变化。",
             grew[0], grew[1]));
    show_around(l, &train);
    lab_judge(
        l, most[1] > most[0] ? LAB_PARTLY : LAB_FAILS,
        T("It lets a rate {0} times as high train. That it does so by less \"internal covariate "
          "shift\" is not so: nets whose inputs are shaken behind the norm train as well "
          "(Santurkar "
          "et al. 2018); what it makes is a smoother loss.",
          "它使可用的学习率提高 {0} "
          "倍。但原因并不是减少“内部协变量偏移”：在归一化之后加扰动的网络训练得一样好（Santurkar "
          "等 "
          "2018）；真正的作用是使损失曲面更平滑。",
          most[1] / most[0]));
}

const lab_record lab_record_batch_norm = {
    .name = "batch-norm",
    .topic = LAB_NORMALIZING,
    .question_en = "What does batch norm give?",
    .question_zh = "批归一化有什么好处？",
    .claim_en =
        "It speeds training up by reducing internal covariate shift, and lets rates be higher.",
    .claim_zh = "它减少内部协变量偏移，加快训练，允许更大的学习率。",
    .verdict = LAB_PARTLY,
    .seeds = 20,
    .run = run,
    .setting = {{"steps", 400, 200, 10, 100000, "training steps", "训练步数"},
                {"seeds", 3, 1, 1, 20, "seeds", "种子数"}},
    .next = {{"Is the rate still the limit after ten times the steps?",
              "十倍步数后学习率仍是限制吗？", "steps=4000"},
             {"What does it do at inference?", "推断时它做什么？", NULL},
             {"Does it also regularize?", "它也有正则化作用吗？", NULL}},
    .source = {"Ioffe and Szegedy 2015 (arXiv:1502.03167)",
               "Santurkar et al. 2018: how does batch normalization help optimization? "
               "(arXiv:1805.11604)",
               "include/adze/adze.h: ad_batch_norm"},
};
