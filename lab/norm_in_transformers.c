/* Why do transformers have layer norm and not batch norm?  How far a batch's statistics are from
 * those of all texts, the same net with each norm, and where the norm stands in a deep one. */
#include "lab.h"

enum { WORDS = 64, TOPICS = 8, TIME = 16, WIDTH = 16 };
enum { KINDS = 3, RATES = 4, SIZES = 6, BATCHES = 4 };

static const lab_text kind_name[KINDS] = {{"layer norm", "层归一化"},
                                          {"batch norm, masked", "批归一化（掩码）"},
                                          {"batch norm, with padding", "批归一化（含填充）"}};

typedef struct setup {
    const lab_data *test;
    int kind, after, depth, rows; /* after: post-norm; rows: texts in a batch */
    ad_tensor **seen;             /* NULL, or takes what goes into the blocks and what comes out */
} setup;

/* Most texts are short; half of their words are of the topic, the others any, then come zeros. */
static void draw(lab *l, ad_array *feeds, const void *unused)
{
    (void)unused;
    int32_t *word = feeds[0].data, *topic = feeds[1].data;
    for (int i = 0; i < feeds[1].shape.size[0]; i++) {
        double u = lab_uniform(l);
        int length = 3 + (int)((TIME - 2) * u * u);
        topic[i] = (int32_t)(TOPICS * lab_uniform(l));
        for (int k = 0; k < TIME; k++) {
            int any = 1 + (int)((WORDS - 1) * lab_uniform(l));
            int own = 1 + topic[i] * 7 + (int)(7 * lab_uniform(l));
            word[i * TIME + k] = k >= length ? 0 : lab_uniform(l) < 0.5 ? own : any;
        }
    }
}

static ad_tensor *norm(ad_tensor *x, ad_tensor *length, int kind)
{
    return kind == 0 ? ad_layer_norm(x) : ad_batch_norm(x, .length = kind == 1 ? length : NULL);
}

static ad_tensor *body(ad_tensor *word, const void *with)
{
    const setup *s = with;
    ad_tensor *some = ad_greater(word, ad_number(ad_tensor_graph(word), AD_I32, 0));
    ad_tensor *length = ad_sum(ad_cast(some, AD_I32), AD_AXES(1));
    ad_tensor *x = ad_embedding(word, .count = WORDS, .width = WIDTH), *first = x;
    for (int i = 0; i < 2 * s->depth; i++) { /* attention and a dense part in turn */
        ad_tensor *in = s->after ? x : norm(x, length, s->kind);
        ad_tensor *h = i % 2 ? ad_linear(ad_relu(ad_linear(in, .out = 4 * WIDTH)), .out = WIDTH)
                             : ad_self_attention(in, .heads = 2, .length = length);
        x = s->after ? norm(ad_add(x, h), length, s->kind) : ad_add(x, h);
    }
    if (s->seen)
        s->seen[0] = first, s->seen[1] = x;
    x = s->after ? x : norm(x, length, s->kind);
    return ad_linear(ad_pool_time(x, .length = length), .out = TOPICS);
}

static lab_net trained(lab *l, const setup *s, double rate, uint64_t seed)
{
    lab_net n = lab_classifier(l, s->test, body, s);
    lab_begin(l, &n, ad_adam(n.loss, .rate = rate), seed);
    lab_batch some = lab_some(l, s->test, s->rows);
    lab_loop(l, n.step, some.feed, (int)lab_get(l, "steps"), draw, NULL);
    return n;
}

/* Share of test texts whose topic is found. */
static double right(lab *l, double rate, uint64_t seed, const void *with)
{
    const setup *s = with;
    lab_net n = trained(l, s, rate, seed);
    return lab_right(l, &n, s->test);
}

/* How many times as far the means swing as those of unrelated words, in batches of 8. */
static double draw_statistics(lab *l, const lab_data *test)
{
    static const lab_text of[4] = {{"if words were unrelated", "若词互不相关"},
                                   {"words", "词向量"},
                                   {"after two blocks", "两层之后"},
                                   {"words and padding", "词向量（含填充）"}};
    double size[SIZES] = {1, 2, 4, 8, 16, 32}, far[4][SIZES];
    ad_tensor *seen[2];
    ad_array x[2];
    lab_net n = trained(l, &(setup){test, 0, 0, 2, 32, seen}, 1e-2, lab_seed(l));
    lab_fetch(l, lab_compile(l, n.state, .fetch = {seen[0], seen[1]}, .feed = {n.x}),
              lab_all(test).feed, x, 2);
    const double *in = lab_items(l, &x[0]), *out = lab_items(l, &x[1]);
    for (int i = 0; i < SIZES; i++) {
        int each = (int)size[i] * TIME, all = test->count * TIME;
        far[1][i] = lab_swing(in, test->word, all, WIDTH, each, &far[0][i]);
        far[2][i] = lab_swing(out, test->word, all, WIDTH, each, NULL);
        far[3][i] = lab_swing(in, NULL, all, WIDTH, each, NULL);
    }
    lab_figure *f = lab_plot(
        l, T("The mean of {0} texts swings by {1%}, of unrelated words by {2%}",
             "{0} 个文本的均值摆动 {1%}，互不相关的词只有 {2%}", size[3], far[2][3], far[0][3]));
    lab_x(f, T("texts in a batch", "每批文本数"), NULL, true);
    lab_y(f, T("deviation of its mean, in those of a step", "批均值的标准差（以单步的标准差计）"),
          NULL, true);
    for (int k = 0; k < 4; k++)
        lab_line(f, of[k], size, far[k], SIZES);
    lab_say(l, T("Steps of a text are alike, more so after attention: {0} texts have {1} words, "
                 "but their mean swings as of {2} independent steps, {3} times as far.",
                 "同一文本的各步彼此相似，注意力之后更是如此：{0} 个文本共有 {1} 个词，批均值却像只"
                 "有 {2} 个独立的步，幅度是 {3} 倍。",
                 size[3], floor(pow(far[0][3], -2)), floor(pow(far[2][3], -2)),
                 far[2][3] / far[0][3]));
    return far[2][3] / far[0][3];
}

static void run(lab *l)
{
    lab_data test = lab_texts(l, 512, TIME, TOPICS);
    draw(l, lab_all(&test).feed, NULL);
    double rate[RATES] = {3e-3, 1e-2, 3e-2, 0.1}, rows[BATCHES] = {2, 4, 8, 32};
    double by[KINDS][BATCHES], most[2] = {0};
    const double *layer = by[0], *batch = by[1], *padded = by[2];
    const int end = BATCHES - 1;
    lab_band deep[2];
    double swing = draw_statistics(l, &test);
    for (int i = 0; i < KINDS * BATCHES; i++) {
        setup s = {&test, i / BATCHES, 0, 2, (int)rows[i % BATCHES], NULL};
        lab_band b = lab_sweep(l, rate, 2, (int)lab_get(l, "seeds"), right, &s);
        by[i / BATCHES][i % BATCHES] = b.mean[lab_most(b.mean, 2)];
    }
    for (int after = 0; after < 2; after++) {
        setup s = {&test, 0, after, (int)lab_get(l, "depth"), 8, NULL};
        deep[after] = lab_sweep(l, rate, RATES, (int)lab_get(l, "seeds"), right, &s);
        for (int i = 0; i < RATES; i++)
            most[after] = deep[after].mean[i] > 0.5 ? rate[i] : most[after];
    }
    lab_figure *f =
        lab_plot(l, T("By {0} texts layer norm gets {1%}, batch norm {2%}; by {3}: {4%}, {5%}",
                      "每批 {0} 个：层归一化 {1%}，批归一化 {2%}；{3} 个：{4%}、{5%}", rows[0],
                      layer[0], batch[0], rows[end], layer[end], batch[end]));
    lab_x(f, T("texts in a batch", "每批文本数"), NULL, true);
    lab_y(f, T("share of test texts right", "测试文本正确率"), NULL, false);
    for (int k = 0; k < KINDS; k++)
        lab_line(f, kind_name[k], rows, by[k], BATCHES);
    f = lab_plot(l, T("{0} blocks train at rates up to {1} with the norm before, {2} behind",
                      "{0} 层：前置归一化学习率最大 {1}，后置最大 {2}", lab_get(l, "depth"),
                      most[0], most[1]));
    lab_x(f, T("learning rate", "学习率"), NULL, true);
    lab_y(f, T("share of test texts right", "测试文本正确率"), NULL, false);
    lab_y_limits(f, 0, 1);
    lab_series(f, T("pre-norm", "前置（pre-norm）"), &deep[0]);
    lab_series(f, T("post-norm", "后置（post-norm）"), &deep[1]);
    lab_say(l, T("With padding counted batch norm gets {0%} of {1} texts and {2%} of {3}; with a "
                 "mask {4%} and {5%}.",
                 "把填充也算进去时，批归一化每批 {1} 个为 {0%}，{3} 个为 {2%}；用掩码则为 {4%} 和 "
                 "{5%}。",
                 padded[0], rows[0], padded[end], rows[end], batch[0], batch[end]));
    bool bad = batch[end] < layer[end] - 0.05;
    lab_weigh(l, bad || swing > 1.2, bad,
              T("The statistics do swing, {0} times as far as of unrelated words. But with a mask "
                "and {1} texts batch norm gets {2%}, layer norm {3%}: it can be trained. It "
                "cannot answer in training as in use, nor for one text (Shen et al. 2020); how "
                "deep a net trains is decided by where the norm stands (Xiong et al. 2020).",
                "统计量确实更不稳，是无关词的 {0} 倍。但用掩码、每批 {1} 个文本时，批归一化为 "
                "{2%}，层归一化 {3%}：可以训练。它做不到训练与推断一致、单个文本也能算（Shen 等 "
                "2020）；深网络能否训练取决于归一化放在哪里（Xiong 等 2020）。",
                swing, rows[end], batch[end], layer[end]));
}

const lab_record lab_record_norm_in_transformers = {
    .name = "norm-in-transformers",
    .topic = LAB_NORMALIZING,
    .question_en = "Why do transformers have layer norm and not batch norm?",
    .question_zh = "Transformer 为什么用层归一化而不用批归一化？",
    .claim_en = "Lengths differ, a batch's statistics mean nothing: batch norm fails on text.",
    .claim_zh = "序列长度不一，批统计量没有意义，所以文本不能用批归一化。",
    .verdict = LAB_PARTLY,
    .seeds = 20,
    .run = run,
    .setting = {{"steps", 200, 70, 10, 100000, "training steps", "训练步数"},
                {"depth", 6, 0, 1, 50, "blocks of the deep net", "深网络的层数"},
                {"seeds", 3, 1, 1, 20, "seeds", "种子数"}},
    .next = {{"Does post-norm catch up with two blocks?", "只有两层时后置能赶上吗？", "depth=2"},
             {"What does warm-up do for post-norm?", "学习率预热对后置有何作用？", NULL},
             {"Is RMS norm enough?", "需要减均值吗，还是 RMSNorm 就够了？", NULL}},
    .source = {"Shen et al. 2020: PowerNorm (arXiv:2003.07845)",
               "Xiong et al. 2020: on layer normalization in transformers (arXiv:2002.04745)",
               "Ba, Kiros and Hinton 2016: layer normalization (arXiv:1607.06450)",
               "include/adze/adze.h: ad_transformer, .norm_after; ad_batch_norm, .length"},
};
