/* When does Adam win, and when SGD with momentum?  Each at its own best rate on digits, on a text
 * with rare words and on badly scaled columns; words that come late; how sharp the places are where
 * both end; and a curve with two valleys. */
#include "lab.h"

enum { TASKS = 3, RATES = 10, ROWS = 32, CHECKS = 21, STARTS = 10, WAYS = 2 };

static const lab_text way[WAYS] = {{"SGD, momentum 0.9", "SGD（动量 0.9）"}, {"Adam", "Adam"}};
static const lab_text task_name[TASKS] = {
    {"digits", "手写数字"}, {"rare words", "罕见词"}, {"bad scales", "尺度悬殊的列"}};

typedef struct setup {
    const lab_data *train, *test;
    int adam, hidden;
    enum { LOSS, RIGHT, SHARPNESS } asked;
} setup;

static ad_tensor *optimizer(ad_tensor *loss, int adam, double rate)
{
    return adam ? ad_adam(loss, .rate = rate) : ad_sgd(loss, .rate = rate, .momentum = 0.9);
}

static ad_tensor *body(ad_tensor *x, const void *with)
{
    const setup *s = with;
    x = s->hidden ? ad_relu(ad_linear(x, .out = s->hidden)) : x;
    return ad_linear(x, .out = s->train->classes);
}

/* What is asked of a net that was trained at a rate; a loss is over that of guessing. */
static double trained(lab *l, double rate, uint64_t seed, const void *with)
{
    const setup *s = with;
    lab_net n = lab_classifier(l, s->train, body, s);
    ad_tensor *top = lab_curvature(&n, NULL);
    lab_begin(l, &n, optimizer(n.loss, s->adam, rate), seed);
    lab_train(l, &n, s->train, ROWS, (int)lab_get(l, "steps"));
    double loss = lab_loss(l, &n, s->train) / log(s->train->classes);
    if (s->asked == LOSS)
        return isfinite(loss) ? fmin(loss, 1) : 1;
    if (s->asked == RIGHT)
        return isfinite(loss) ? lab_right(l, &n, s->test) : 0;
    ad_program *p = lab_compile(l, n.state, .fetch = {top}, .feed = {n.x, n.y}, .training = true);
    return lab_gather(l, p, lab_all(s->train).feed, 40)[39];
}

/* A text without late words, or with a share of them. */
static lab_data text(lab *l, int count, double late, double chance)
{
    return lab_followers(l, count, 128, 8, late, chance);
}

/* Share of late words right, every few steps after they came; how many steps until half are. */
static double late(lab *l, const setup *s, double rate, double *right)
{
    lab_data early = text(l, 4000, 0, 0.3), later = text(l, 4000, 0.1, 0.3),
             only = text(l, 200, 1, 0);
    lab_net n = lab_classifier(l, &early, body, s);
    lab_begin(l, &n, optimizer(n.loss, s->adam, rate), lab_seed(l));
    lab_train(l, &n, &early, ROWS, (int)lab_get(l, "steps"));
    double until = 5.0 * CHECKS;
    for (int i = 0; i < CHECKS; i++) {
        right[i] = lab_right(l, &n, &only);
        until = right[i] > 0.5 ? fmin(until, 5.0 * i) : until;
        lab_train(l, &n, &later, ROWS, 5);
    }
    return until;
}

/* Of walks down (x^2 - 1)^2 + 0.3 x that begin in its shallow valley, the share that ends there. */
static double stays(lab *l, int adam, double rate)
{
    ad_graph *g = lab_graph(l);
    ad_tensor *x = ad_variable(g, "x", ad_full(g, AD_F64, AD_SHAPE(STARTS), 0));
    ad_tensor *f = ad_add(ad_square(ad_shift(ad_square(x), -1)), ad_scale(x, 0.3));
    ad_tensor *step = optimizer(ad_sum(f, AD_ALL), adam, rate);
    ad_state *state = lab_state(l, g, 1);
    lab_do(l, ad_set(state, x, ad_f64(lab_range(l, 0.3, 1.8, STARTS), AD_SHAPE(STARTS))));
    ad_program *p = lab_compile(l, state, .fetch = {step}, .training = true);
    for (int i = 0; i < 2000; i++)
        lab_step(l, p, NULL);
    int64_t count;
    return lab_share(lab_value(l, state, x, &count), STARTS, 0, INFINITY);
}

/* What came of a method: the loss left of each task at its best rate, and all the rest. */
typedef struct found {
    lab_band left, right;
    double most, sharp, until, stay, come[CHECKS];
} found;

static found measure(lab *l, setup *task, int adam)
{
    int seeds = (int)lab_get(l, "seeds");
    double *rate = adam ? lab_powers(l, 1e-4, 3, RATES) : lab_powers(l, 1e-3, 100, RATES);
    found f = {.left = lab_new_band(l, NULL, TASKS)};
    for (int t = 0; t < TASKS; t++) {
        task[t].adam = adam, task[t].asked = LOSS;
        lab_band b = lab_sweep(l, rate, RATES, seeds, trained, &task[t]);
        int best = lab_least(b.mean, RATES);
        lab_take(&f.left, t, &b, best);
        if (t == 1)
            f.until = late(l, &task[t], rate[best], f.come);
    }
    task[0].asked = RIGHT;
    f.right = lab_sweep(l, rate, RATES, seeds, trained, &task[0]);
    int best = lab_most(f.right.mean, RATES);
    f.most = f.right.mean[best];
    task[0].asked = SHARPNESS;
    f.sharp = lab_sweep(l, rate + best, 1, seeds, trained, &task[0]).mean[0];
    for (int i = 0; i < 4; i++)
        f.stay += stays(l, adam, pow(10, -i / 2.0 - 1.5)) / 4;
    return f;
}

static void draw(lab *l, const found of[WAYS])
{
    const double *sgd = of[0].left.mean, *adam = of[1].left.mean;
    lab_text title = T("Loss left on rare words: SGD {0%}, Adam {1%}; bad scales: {2%}, {3%}",
                       "罕见词的剩余损失：SGD {0%}，Adam {1%}；尺度悬殊：{2%}、{3%}", sgd[1],
                       adam[1], sgd[2], adam[2]);
    lab_text axis = T("training loss over that of guessing", "训练损失与随机猜测之比");
    lab_figure *f = lab_named_bars(l, title, task_name, TASKS, axis);
    for (int w = 0; w < WAYS; w++)
        lab_bar(f, way[w], of[w].left.mean, of[w].left.low, of[w].left.high, TASKS);
    f = lab_plot(l, T("At its best rate SGD gets {0%} of test digits right, Adam {1%}",
                      "各取最佳学习率，测试集正确率 SGD {0%}，Adam {1%}", of[0].most, of[1].most));
    lab_x(f, T("learning rate", "学习率"), NULL, true);
    lab_y(f, T("share of test digits right", "测试集正确率"), NULL, false);
    lab_y_limits(f, 0, 1);
    for (int w = 0; w < WAYS; w++)
        lab_series(f, way[w], &of[w].right);
    f = lab_plot(l, T("Words that come late: half are right after {0} steps of SGD, {1} of Adam",
                      "后来才出现的词：学会一半 SGD 需 {0} 步，Adam 需 {1} 步", of[0].until,
                      of[1].until));
    lab_axes(f, T("steps since they came", "出现后的步数"),
             T("share of them right", "其中的正确率"));
    for (int w = 0; w < WAYS; w++)
        lab_line(f, way[w], lab_range(l, 0, 5.0 * (CHECKS - 1), CHECKS), of[w].come, CHECKS);
}

static void run(lab *l)
{
    lab_data digits = lab_digits(l, 1500, AD_PART_TRAIN), test = lab_digits(l, 500, AD_PART_TEST);
    lab_data words = text(l, 4000, 0, 0.3), table = lab_scaled_table(l, 2000);
    setup task[TASKS] = {
        {&digits, &test, 0, 64, LOSS}, {&words, NULL, 0, 0, LOSS}, {&table, NULL, 0, 0, LOSS}};
    found of[WAYS];
    for (int w = 0; w < WAYS; w++)
        of[w] = measure(l, task, w);
    const double *sgd = of[0].left.mean, *adam = of[1].left.mean;
    draw(l, of);
    lab_say(l,
            T("On digits {0%} of the loss are left by SGD, {1%} by Adam: a step for each "
              "parameter pays where parameters need different ones.",
              "在数字上 SGD 剩余损失 {0%}，Adam {1%}；各参数需要不同步长时，自适应步长才有好处。",
              sgd[0], adam[0]));
    lab_say(l, T("Neither finds out of a valley: of walks from the shallow one of (x² - 1)² + 0.3 "
                 "x, at rates of 0.001 to 0.03, {0%} of SGD's and {1%} of Adam's end in it.",
                 "两者都走不出谷底：从 (x² - 1)² + 0.3 x 的浅谷出发，学习率 0.001 到 0.03，SGD 有 "
                 "{0%}、Adam 有 {1%} 仍停在浅谷。",
                 of[0].stay, of[1].stay));
    lab_say(l,
            T("The largest curvature (eigenvalue of the Hessian) where they end is {0} of SGD "
              "and {1} of Adam, in the mean of {2} seeds.",
              "终点处的最大曲率（Hessian 最大特征值）SGD 为 {0}，Adam 为 {1}（{2} 个种子平均）。",
              of[0].sharp, of[1].sharp, lab_get(l, "seeds")));
    bool faster = adam[1] < 0.97 * sgd[1] && adam[2] < 0.8 * sgd[2];
    lab_judge(l, faster ? LAB_PARTLY : LAB_FAILS,
              T("Adam is faster on rare words and bad scales (Kunstner et al. 2024), not on "
                "digits. SGD gets {0%} more of the test right, as Wilson et al. 2017 found, with "
                "the rate alone tuned; Choi et al. 2019 tuned all and saw Adam never behind.",
                "Adam 在罕见词和尺度悬殊时更快（Kunstner 等 2024），在数字上则不然。SGD 的测试正确"
                "率高出 {0%}，与 Wilson 等 2017 一致；但只调了学习率，Choi 等 2019 调遍所有超参数"
                "后 Adam 从不落后。",
                of[0].most - of[1].most));
}

const lab_record lab_record_adam_or_sgd = {
    .name = "adam-or-sgd",
    .topic = LAB_LEARNING,
    .question_en = "When does Adam win, and when SGD?",
    .question_zh = "什么时候用 Adam，什么时候用 SGD？",
    .claim_en = "Adam is faster; SGD with momentum ends flatter and generalizes better.",
    .claim_zh = "Adam 收敛快；带动量的 SGD 最终落在更平坦处，泛化更好。",
    .verdict = LAB_PARTLY,
    .seeds = 20,
    .run = run,
    .setting = {{"steps", 400, 0, 10, 100000, "training steps", "训练步数"},
                {"seeds", 5, 2, 1, 20, "seeds", "种子数"}},
    .next = {{"Who learns words that come later sooner?", "更久才出现的词，谁学得快？",
              "steps=3000"},
             {"Which do transformers need, and why?", "Transformer 需要哪一个？为什么？", NULL},
             {"What does decay of the weights change?", "加上权重衰减会怎样？", NULL}},
    .source = {"Wilson et al. 2017: the marginal value of adaptive methods (arXiv:1705.08292)",
               "Choi et al. 2019: on empirical comparisons of optimizers (arXiv:1910.05446)",
               "Kunstner et al. 2024: heavy-tailed class imbalance (arXiv:2402.19449)",
               "include/adze/adze.h: ad_sgd, ad_adam"},
};
