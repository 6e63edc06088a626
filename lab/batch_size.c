/* How large a batch?  Steps to a loss by batch size, each with its best rate, and the noise scale
 * that says where larger batches stop to pay. */
#include "lab.h"

enum { SIZES = 7, RATES = 4 };

static ad_tensor *body(ad_tensor *x, const void *with)
{
    (void)with;
    return ad_linear(ad_relu(ad_linear(x, .out = 64)), .out = 10);
}

typedef struct setup {
    const lab_data *train;
    double rate;
} setup;

/* Steps until all examples have the loss that is asked; the most where it is not reached. */
static double steps_to(lab *l, double batch, uint64_t seed, const void *with)
{
    const setup *s = with;
    int most = (int)lab_get(l, "most"), every = 10;
    lab_net n = lab_classifier(l, s->train, body, NULL);
    lab_begin(l, &n, ad_sgd(n.loss, .rate = s->rate), seed);
    for (int i = 0; i < most; i += every) {
        double loss = lab_train(l, &n, s->train, (int)batch, every);
        if (isfinite(loss) && lab_loss(l, &n, s->train) < lab_get(l, "loss"))
            return i + every;
    }
    return most;
}

/* Trace of the gradients' covariance over the square of the mean gradient, halfway down (McCandlish
 * et al. 2018): the batch at which noise and signal are one. */
static double noise_scale(lab *l, const lab_data *d)
{
    lab_net n = lab_classifier(l, d, body, NULL);
    lab_begin(l, &n, ad_sgd(n.loss, .rate = 0.3), lab_seed(l));
    lab_train(l, &n, d, 32, 60);
    ad_tensor *w[4], *gradient[4];
    int count = 0;
    for (int i = 0; i < ad_variable_count(n.graph); i++)
        if (ad_trainable(ad_variable_at(n.graph, i)) && count < 4)
            w[count++] = ad_variable_at(n.graph, i);
    ad_gradient(n.loss, w, count, gradient);
    ad_program *p =
        lab_compile(l, n.state, .fetch_list = gradient, .fetch_count = count, .feed = {n.x, n.y});
    double squares[2] = {0}; /* of gradients of small and of all examples */
    lab_batch some = lab_some(l, d, 4), all = lab_all(d);
    enum { DRAWS = 200 };
    for (int t = 0; t <= DRAWS; t++) {
        ad_array g[4];
        if (t < DRAWS)
            lab_draw(l, d, &some);
        lab_fetch(l, p, t < DRAWS ? some.feed : all.feed, g, count);
        for (int v = 0; v < count; v++)
            for (int64_t i = 0; i < ad_array_count(&g[v]); i++)
                squares[t == DRAWS] += pow(ad_array_item(&g[v], i), 2) / (t < DRAWS ? DRAWS : 1);
    }
    return 4 * (squares[0] - squares[1]) / squares[1];
}

static void run(lab *l)
{
    lab_data d = lab_digits(l, 1024, AD_PART_TRAIN);
    double *size = lab_powers(l, 1, 1024, SIZES), rate[RATES] = {0.03, 0.1, 0.3, 1}, best[SIZES],
           with_best[SIZES], examples[SIZES], scale = noise_scale(l, &d);
    for (int i = 0; i < SIZES; i++)
        size[i] = round(size[i]), best[i] = INFINITY;
    for (int r = 0; r < RATES; r++) {
        setup s = {&d, rate[r]};
        lab_band b = lab_sweep(l, size, SIZES, (int)lab_get(l, "seeds"), steps_to, &s);
        for (int i = 0; i < SIZES; i++)
            if (b.mean[i] < best[i])
                best[i] = b.mean[i], with_best[i] = rate[r];
    }
    for (int i = 0; i < SIZES; i++)
        examples[i] = best[i] * size[i];
    double saved = best[0] / best[2], late = best[SIZES - 2] / best[SIZES - 1];
    lab_figure *f =
        lab_plot(l, T("From {0} to {1} examples steps fall by {2}, from {3} to {4} by {5}",
                      "批量从 {0} 到 {1} 步数减少 {2} 倍，从 {3} 到 {4} 只减少 {5} 倍", size[0],
                      size[2], saved, size[SIZES - 2], size[SIZES - 1], late));
    lab_x(f, T("batch size", "批量大小"), NULL, true);
    lab_y(f, T("steps to the loss", "达到该损失的步数"), NULL, true);
    lab_line(f, T("with the best rate", "用最佳学习率"), size, best, SIZES);
    lab_rule(f, T("noise scale", "噪声尺度"), scale, true);
    f = lab_plot(l, T("Examples to the loss grow from {0} to {1}",
                      "达到该损失所需样本从 {0} 增到 {1}", examples[0], examples[SIZES - 1]));
    lab_x(f, T("batch size", "批量大小"), NULL, true);
    lab_y(f, T("examples to the loss", "所需样本数"), NULL, true);
    lab_line(f, T("", ""), size, examples, SIZES);
    f = lab_plot(l, T("The best rate grows with the batch, to {0}",
                      "最佳学习率随批量增大，到 {0} 为止", with_best[SIZES - 1]));
    lab_x(f, T("batch size", "批量大小"), NULL, true);
    lab_y(f, T("best rate tried", "最佳学习率"), NULL, true);
    lab_points(f, T("", ""), size, with_best, SIZES);
    lab_say(l, T("Halfway down the gradient's noise and signal are one in a batch of {0}. Below "
                 "that twice the "
                 "batch is nearly half the steps, above it is work for little.",
                 "训练到一半时，批量约 {0} "
                 "时噪声与信号相当。小于它时批量加倍步数近乎减半，大于它时收益很小。",
                 scale));
    bool holds = saved > 2 * late && examples[SIZES - 1] > 2 * examples[1];
    lab_judge(l, holds ? LAB_PARTLY : LAB_FAILS,
              T("Up to the noise scale, yes. Beyond it a larger batch takes more examples for the "
                "same loss, and "
                "with the rate of the small one it is slower still.",
                "在噪声尺度以内成立。超过它，更大的批量要用更多样本才能达到同样的损失；若学习率不变"
                "则更慢。"));
}

const lab_record lab_record_batch_size = {
    .name = "batch-size",
    .topic = LAB_LEARNING,
    .question_en = "How large should a batch be?",
    .question_zh = "批量应该取多大？",
    .claim_en = "A larger batch trains faster.",
    .claim_zh = "批量越大训练越快。",
    .verdict = LAB_PARTLY,
    .seeds = 20,
    .run = run,
    .setting = {{"loss", 0.5, 0, 0.01, 2, "the loss that is asked", "目标损失"},
                {"most", 2000, 1000, 50, 1000000, "the most steps", "最多步数"},
                {"seeds", 2, 1, 1, 20, "seeds", "种子数"}},
    .next = {{"Does the noise scale grow as the loss falls?", "损失更低时噪声尺度会变大吗？",
              "loss=0.2"},
             {"Do small batches generalize better?", "小批量泛化更好吗？", NULL},
             {"How is a large batch made of small ones?", "如何用小批量拼成大批量？", NULL}},
    .source =
        {"McCandlish et al. 2018: an empirical model of large-batch training (arXiv:1812.06162)",
         "Goyal et al. 2017: accurate, large minibatch SGD (arXiv:1706.02677)",
         "include/adze/adze.h: accumulate of ad_optimizer_options"},
};
