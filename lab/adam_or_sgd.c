/* When does Adam win, and when SGD with momentum?  Each at its own best rate on digits, on a text
 * with rare words and on badly scaled columns; words that come late; how sharp the places are where
 * both end; and a curve with two valleys. */
#include "lab.h"

#include <stdio.h>

enum {
    TASKS = 3,
    RATES = 10,
    WORDS = 128,
    LATE = 8,
    ROWS = 32,
    CHECKS = 21,
    STARTS = 10,
    WAYS = 2
};

static const char *const way[WAYS][2] = {{"SGD, momentum 0.9", "SGD（动量 0.9）"},
                                         {"Adam", "Adam"}};

typedef enum what { LOSS, RIGHT, SHARPNESS } what;
typedef struct setup {
    const lab_data *train, *test;
    int adam, hidden;
    what what;
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

/* A text in which each word has its follower, and by chance another; the k-th commonest comes 1 / k
 * as often (Zipf).  A share of late words, which a text without them has not. */
static lab_data text(lab *l, int count, double late, double chance)
{
    lab_data d = {lab_floats(l, (int64_t)count * WORDS),
                  lab_memory(l, (size_t)count, sizeof(int32_t)), count, WORDS, WORDS};
    int usual = WORDS - LATE;
    double all = 0;
    for (int k = 0; k < usual; k++)
        all += 1 / (k + 1.0);
    for (int i = 0; i < count; i++) {
        double at = lab_uniform(l) * all;
        int word = 0;
        for (; word < usual - 1 && at >= 1 / (word + 1.0); word++)
            at -= 1 / (word + 1.0);
        word = lab_uniform(l) < late ? usual + (int)(LATE * lab_uniform(l)) : word;
        d.x[i * WORDS + word] = 1;
        d.y[i] =
            lab_uniform(l) < chance ? (int32_t)(WORDS * lab_uniform(l)) : (word * 37 + 11) % WORDS;
    }
    return d;
}

/* Two classes by a line through 10 columns, whose units make them 0.1 to 10 large. */
static lab_data columns(lab *l, int count)
{
    lab_data d = {lab_floats(l, (int64_t)count * 10), lab_memory(l, (size_t)count, sizeof(int32_t)),
                  count, 10, 2};
    for (int i = 0; i < count; i++) {
        double sum = 0.5 * lab_normal(l);
        for (int k = 0; k < 10; k++) {
            double value = lab_normal(l);
            sum += k % 2 ? value : -value;
            d.x[i * 10 + k] = (float)(value * pow(10, (2.0 * k - 9) / 9));
        }
        d.y[i] = sum > 0;
    }
    return d;
}

/* |H v| for the Hessian H and v = H v / |H v| of the run before: H's largest eigenvalue. */
static ad_tensor *curvature(ad_graph *g, ad_tensor *loss)
{
    ad_tensor *w[AD_LIST_MAX], *slope[AD_LIST_MAX], *v[AD_LIST_MAX], *hv[AD_LIST_MAX];
    ad_tensor *dot = ad_number(g, AD_F32, 0), *square = dot;
    int count = ad_variable_count(g);
    for (int i = 0; i < count; i++)
        w[i] = ad_variable_at(g, i);
    ad_gradient(loss, w, count, slope);
    for (int i = 0; i < count; i++) {
        char name[16];
        snprintf(name, sizeof name, "v%d", i);
        v[i] = ad_buffer(g, name, ad_normal(g, AD_F32, ad_tensor_shape(w[i]), 0, 1));
        dot = ad_add(dot, ad_sum(ad_mul(slope[i], v[i]), AD_ALL));
    }
    ad_gradient(dot, w, count, hv);
    for (int i = 0; i < count; i++)
        square = ad_add(square, ad_sum(ad_square(hv[i]), AD_ALL));
    ad_tensor *size = ad_sqrt(square), *owner = size;
    for (int i = 0; i < count; i++)
        owner = ad_assign(owner, v[i], ad_div(hv[i], size));
    return owner;
}

/* What is asked of a net that was trained at a rate; a loss is over that of guessing. */
static double trained(lab *l, double rate, uint64_t seed, const void *with)
{
    const setup *s = with;
    lab_net n = lab_classifier(l, s->train, body, s);
    ad_tensor *top = s->what == SHARPNESS ? curvature(n.graph, n.loss) : NULL;
    lab_begin(l, &n, optimizer(n.loss, s->adam, rate), seed);
    lab_train(l, &n, s->train, ROWS, (int)lab_get(l, "steps"));
    double loss = lab_loss(l, &n, s->train) / log(s->train->classes), size = 0;
    if (s->what == RIGHT)
        return isfinite(loss) ? lab_right(l, &n, s->test) : 0;
    if (s->what == LOSS)
        return isfinite(loss) ? fmin(loss, 1) : 1;
    ad_program *p = lab_compile(l, n.state, .fetch = {top}, .feed = {n.x, n.y}, .training = true);
    lab_batch all = lab_all(s->train);
    for (int i = 0; i < 40; i++)
        size = lab_step(l, p, all.feed);
    return size;
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
    ad_tensor *begin = ad_feed(g, "begin", AD_F64, AD_SHAPE(STARTS));
    ad_tensor *x = ad_variable(g, "x", ad_full(g, AD_F64, AD_SHAPE(STARTS), 0));
    ad_tensor *f = ad_add(ad_square(ad_shift(ad_square(x), -1)), ad_scale(x, 0.3));
    ad_state *state = lab_state(l, g, 1);
    double *from = lab_range(l, 0.3, 1.8, STARTS), at = 0;
    lab_do(l, ad_set(state, x, ad_f64(from, AD_SHAPE(STARTS))));
    ad_program *p = lab_compile(l, state, .fetch = {optimizer(ad_sum(f, AD_ALL), adam, rate)},
                                .feed = {begin}, .training = true);
    ad_array feed = ad_f64(from, AD_SHAPE(STARTS));
    for (int i = 0; i < 2000; i++)
        lab_step(l, p, &feed);
    int64_t count;
    double *end = lab_value(l, state, x, &count);
    for (int i = 0; i < STARTS; i++)
        at += (end[i] > 0) / (double)STARTS;
    return at;
}

static int best(const lab_band *b, int sign)
{
    int at = 0;
    for (int i = 1; i < b->count; i++)
        at = sign * b->mean[i] > sign * b->mean[at] ? i : at;
    return at;
}

/* What came of a method: of the tasks the loss left and its interval. */
typedef struct found {
    double left[TASKS], low[TASKS], high[TASKS], sharp, until, stay, come[CHECKS];
    lab_band right;
    int top;
} found;

static found measure(lab *l, setup *task, int adam)
{
    int seeds = (int)lab_get(l, "seeds");
    double *rate = adam ? lab_powers(l, 1e-4, 3, RATES) : lab_powers(l, 1e-3, 100, RATES);
    found f = {.stay = 0};
    for (int t = 0; t < TASKS; t++) {
        task[t].adam = adam, task[t].what = LOSS;
        lab_band b = lab_sweep(l, rate, RATES, seeds, trained, &task[t]);
        int top = best(&b, -1);
        f.left[t] = b.mean[top], f.low[t] = b.low[top], f.high[t] = b.high[top];
        if (t == 1)
            f.until = late(l, &task[t], rate[top], f.come);
    }
    task[0].what = RIGHT;
    f.right = lab_sweep(l, rate, RATES, seeds, trained, &task[0]);
    f.top = best(&f.right, 1);
    task[0].what = SHARPNESS;
    f.sharp = lab_sweep(l, rate + f.top, 1, seeds, trained, &task[0]).mean[0];
    for (int i = 0; i < 4; i++)
        f.stay += stays(l, adam, pow(10, -i / 2.0 - 1.5)) / 4;
    return f;
}

static void draw(lab *l, const found *sgd, const found *adam)
{
    const found *of[WAYS] = {sgd, adam};
    lab_figure *f =
        lab_bars(l, T("Loss left on rare words: SGD {0%}, Adam {1%}; bad scales: {2%}, {3%}",
                      "罕见词的剩余损失：SGD {0%}，Adam {1%}；尺度悬殊：{2%}、{3%}", sgd->left[1],
                      adam->left[1], sgd->left[2], adam->left[2]));
    lab_row(f, T("digits", "手写数字"));
    lab_row(f, T("rare words", "罕见词"));
    lab_row(f, T("bad scales", "尺度悬殊的列"));
    lab_x(f, T("training loss over that of guessing", "训练损失与随机猜测之比"), NULL, false);
    for (int w = 0; w < WAYS; w++)
        lab_bar(f, T(way[w][0], way[w][1]), of[w]->left, of[w]->low, of[w]->high, TASKS);
    f = lab_plot(l, T("At its best rate SGD gets {0%} of test digits right, Adam {1%}",
                      "各取最佳学习率，测试集正确率 SGD {0%}，Adam {1%}", sgd->right.mean[sgd->top],
                      adam->right.mean[adam->top]));
    lab_x(f, T("learning rate", "学习率"), NULL, true);
    lab_y(f, T("share of test digits right", "测试集正确率"), NULL, false);
    for (int w = 0; w < WAYS; w++)
        lab_series(f, T(way[w][0], way[w][1]), &of[w]->right);
    f = lab_plot(l, T("Words that come late: half are right after {0} steps of SGD, {1} of Adam",
                      "后来才出现的词：学会一半 SGD 需 {0} 步，Adam 需 {1} 步", sgd->until,
                      adam->until));
    lab_x(f, T("steps since they came", "出现后的步数"), NULL, false);
    lab_y(f, T("share of them right", "其中的正确率"), NULL, false);
    for (int w = 0; w < WAYS; w++)
        lab_line(f, T(way[w][0], way[w][1]), lab_range(l, 0, 5.0 * (CHECKS - 1), CHECKS),
                 of[w]->come, CHECKS);
}

static void run(lab *l)
{
    lab_data digits = lab_digits(l, 1500, AD_PART_TRAIN), test = lab_digits(l, 500, AD_PART_TEST);
    lab_data words = text(l, 4000, 0, 0.3), table = columns(l, 2000);
    setup task[TASKS] = {
        {&digits, &test, 0, 64, LOSS}, {&words, NULL, 0, 0, LOSS}, {&table, NULL, 0, 0, LOSS}};
    found sgd = measure(l, task, 0), adam = measure(l, task, 1);
    draw(l, &sgd, &adam);
    lab_say(l, T("On digits {0%} of the loss are left by SGD and {1%} by Adam, so the name of the "
                 "method decides little there; a step of its own for each parameter pays where "
                 "parameters need different ones.",
                 "在数字上 SGD 剩余损失 {0%}，Adam 剩余 "
                 "{1%}，方法之别影响不大；各参数需要不同步长时，"
                 "自适应步长才有好处。",
                 sgd.left[0], adam.left[0]));
    lab_say(l, T("Neither finds its way out of a valley: of walks that begin in the shallow one of "
                 "(x² - 1)² + 0.3 x, at rates of 0.001 to 0.03, {0%} of SGD's and {1%} of Adam's "
                 "end in it.",
                 "两者都走不出谷底：从 (x² - 1)² + 0.3 x 的浅谷出发，学习率 0.001 到 0.03，SGD 有 "
                 "{0%}、Adam 有 {1%} 仍停在浅谷。",
                 sgd.stay, adam.stay));
    lab_say(l,
            T("The largest curvature (eigenvalue of the Hessian) where they end is {0} of SGD "
              "and {1} of Adam, in the mean of {2} seeds.",
              "终点处的最大曲率（Hessian 最大特征值）SGD 为 {0}，Adam 为 {1}（{2} 个种子平均）。",
              sgd.sharp, adam.sharp, lab_get(l, "seeds")));
    double gain = sgd.right.mean[sgd.top] - adam.right.mean[adam.top];
    bool holds = adam.left[1] < 0.97 * sgd.left[1] && adam.left[2] < 0.8 * sgd.left[2];
    lab_judge(
        l, holds ? LAB_PARTLY : LAB_FAILS,
        T("Adam is faster on rare words and bad scales (Kunstner et al. 2024), on digits that is "
          "not so. SGD gets {0%} more of the test right here, as Wilson et al. 2017 found; that is "
          "with the rate alone tuned, and Choi et al. 2019 tuned all and saw Adam never behind.",
          "Adam 在罕见词和尺度悬殊时更快（Kunstner 等 2024），在数字上则不然。SGD 的测试正确率高出 "
          "{0%}，与 Wilson 等 2017 一致；但这里只调了学习率，Choi 等 2019 "
          "调遍所有超参数后 Adam 从不落后。",
          gain));
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
    .next = {{"Who learns late words sooner after a longer time without them?",
              "更久之后才出现的词，谁学得快？", "steps=3000"},
             {"Which of the two do transformers need, and why?", "Transformer 需要哪一个？为什么？",
              NULL},
             {"What does decay of the weights change?", "加上权重衰减会怎样？", NULL}},
    .source = {"Wilson et al. 2017: the marginal value of adaptive gradient methods "
               "(arXiv:1705.08292)",
               "Choi et al. 2019: on empirical comparisons of optimizers (arXiv:1910.05446)",
               "Kunstner et al. 2024: heavy-tailed class imbalance (arXiv:2402.19449)",
               "include/adze/adze.h: ad_sgd, ad_adam"},
};
