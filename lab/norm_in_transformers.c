/* Why do transformers have layer norm and not batch norm?  How far a batch's statistics are from
 * those of all texts, the same net with each norm, and where the norm stands in a deep one. */
#include "lab.h"

enum {
    WORDS = 64,
    TOPICS = 8,
    TIME = 16,
    WIDTH = 16,
    KINDS = 3,
    RATES = 4,
    SIZES = 6,
    BATCHES = 4
};

static const char *const kind_name[KINDS][2] = {{"layer norm", "层归一化"},
                                                {"batch norm, masked", "批归一化（掩码）"},
                                                {"batch norm, with padding", "批归一化（含填充）"}};

/* Words (count, TIME), from the length on 0, and the topic of each text. */
typedef struct texts {
    int32_t *word, *length, *topic;
    int count;
} texts;

typedef struct setup {
    const texts *train, *test;
    int kind, after, depth, rows; /* after: post-norm; rows: texts in a batch */
} setup;

/* Most texts are short; of their words half are of their topic, the others any. */
static void draw(lab *l, const texts *t)
{
    for (int i = 0; i < t->count; i++) {
        double u = lab_uniform(l);
        t->length[i] = 3 + (int)((TIME - 2) * u * u);
        t->topic[i] = (int32_t)(TOPICS * lab_uniform(l));
        for (int k = 0; k < TIME; k++) {
            int any = 1 + (int)((WORDS - 1) * lab_uniform(l));
            int own = 1 + t->topic[i] * 7 + (int)(7 * lab_uniform(l));
            t->word[i * TIME + k] = k >= t->length[i] ? 0 : lab_uniform(l) < 0.5 ? own : any;
        }
    }
}

static texts new_texts(lab *l, int count)
{
    texts t = {lab_memory(l, (size_t)count * TIME, sizeof(int32_t)),
               lab_memory(l, (size_t)count, sizeof(int32_t)),
               lab_memory(l, (size_t)count, sizeof(int32_t)), count};
    draw(l, &t);
    return t;
}

static ad_tensor *norm(ad_tensor *x, ad_tensor *length, int kind)
{
    return kind == 0   ? ad_layer_norm(x)
           : kind == 1 ? ad_batch_norm(x, .length = length)
                       : ad_batch_norm(x);
}

static ad_tensor *block(ad_tensor *x, ad_tensor *length, const setup *s)
{
    for (int half = 0; half < 2; half++) {
        ad_tensor *in = s->after ? x : norm(x, length, s->kind);
        ad_tensor *h = half ? ad_linear(ad_relu(ad_linear(in, .out = 4 * WIDTH)), .out = WIDTH)
                            : ad_self_attention(in, .heads = 2, .length = length);
        x = ad_add(x, h);
        x = s->after ? norm(x, length, s->kind) : x;
    }
    return x;
}

static void feed(const texts *t, ad_array *feeds)
{
    feeds[0] = ad_i32(t->word, AD_SHAPE(t->count, TIME));
    feeds[1] = ad_i32(t->length, AD_SHAPE(t->count));
    feeds[2] = ad_i32(t->topic, AD_SHAPE(t->count));
}

typedef struct net {
    ad_graph *graph;
    ad_tensor *word, *length, *topic, *words, *after, *right; /* words: what goes into the blocks */
    ad_state *state;
} net;

/* A net trained at a rate. */
static net trained(lab *l, const setup *s, double rate, uint64_t seed)
{
    net n = {.graph = lab_graph(l)};
    ad_dim rows = ad_open(n.graph, "rows");
    n.word = ad_feed(n.graph, "word", AD_I32, AD_SHAPE(rows, TIME));
    n.length = ad_feed(n.graph, "length", AD_I32, AD_SHAPE(rows));
    n.topic = ad_feed(n.graph, "topic", AD_I32, AD_SHAPE(rows));
    ad_tensor *x = n.words = ad_embedding(n.word, .count = WORDS, .width = WIDTH);
    for (int i = 0; i < s->depth; i++)
        x = block(x, n.length, s);
    n.after = x;
    x = s->after ? x : norm(x, n.length, s->kind);
    x = ad_linear(ad_pool_time(x, .length = n.length), .out = TOPICS);
    n.right = ad_accuracy(x, n.topic);
    n.state = lab_state(l, n.graph, seed);
    ad_program *p =
        lab_compile(l, n.state, .fetch = {ad_adam(ad_cross_entropy(x, n.topic), .rate = rate)},
                    .feed = {n.word, n.length, n.topic}, .training = true);
    texts some = new_texts(l, s->rows);
    ad_array feeds[3];
    for (int i = 0; i < (int)lab_get(l, "steps"); i++) {
        draw(l, &some);
        feed(&some, feeds);
        lab_step(l, p, feeds);
    }
    return n;
}

/* Share of test texts whose topic is found. */
static double right(lab *l, double rate, uint64_t seed, const void *with)
{
    const setup *s = with;
    net n = trained(l, s, rate, seed);
    ad_array feeds[3];
    feed(s->test, feeds);
    return lab_step(
        l, lab_compile(l, n.state, .fetch = {n.right}, .feed = {n.word, n.length, n.topic}), feeds);
}

/* Deviation of the means of batches of so many texts, over that of the steps' numbers themselves;
 * alone: what it were if no step had to do with another. */
static double unsteady(const ad_array *x, const texts *t, int rows, bool padding, double *alone)
{
    int batches = t->count / rows;
    double moved = 0, size = 0;
    *alone = 0;
    for (int k = 0; k < WIDTH; k++) {
        double all = 0, sum = 0, squares = 0, mean = 0, means = 0;
        for (int b = 0; b < batches; b++) {
            double in = 0, of = 0;
            for (int i = b * rows * TIME; i < (b + 1) * rows * TIME; i++) {
                if (!padding && i % TIME >= t->length[i / TIME])
                    continue;
                double v = ad_array_item(x, (int64_t)i * WIDTH + k);
                in++, of += v, all++, sum += v, squares += v * v;
            }
            mean += of / in / batches, means += pow(of / in, 2) / batches;
            *alone += 1 / in / batches / WIDTH;
        }
        moved += means - mean * mean, size += squares / all - pow(sum / all, 2);
    }
    *alone = sqrt(*alone);
    return sqrt(moved / size);
}

/* The best of some rates. */
static double best(lab *l, setup s, const double *rate, int rates)
{
    lab_band b = lab_sweep(l, rate, rates, (int)lab_get(l, "seeds"), right, &s);
    double most = 0;
    for (int i = 0; i < rates; i++)
        most = fmax(most, b.mean[i]);
    return most;
}

/* How many times as far the means swing as those of unrelated words, in batches of 8. */
static double draw_statistics(lab *l, const texts *test)
{
    static const char *const of[4][2] = {{"if words were unrelated", "若词互不相关"},
                                         {"words", "词向量"},
                                         {"after two blocks", "两层之后"},
                                         {"words and padding", "词向量（含填充）"}};
    double size[SIZES] = {1, 2, 4, 8, 16, 32}, far[4][SIZES], unused;
    net n = trained(l, &(setup){NULL, test, 0, 0, 2, 32}, 1e-2, lab_seed(l));
    ad_program *p =
        lab_compile(l, n.state, .fetch = {n.words, n.after}, .feed = {n.word, n.length, n.topic});
    ad_array feeds[3], x[2];
    feed(test, feeds);
    lab_fetch(l, p, feeds, x, 2);
    for (int i = 0; i < SIZES; i++) {
        far[1][i] = unsteady(&x[0], test, (int)size[i], false, &far[0][i]);
        far[2][i] = unsteady(&x[1], test, (int)size[i], false, &unused);
        far[3][i] = unsteady(&x[0], test, (int)size[i], true, &unused);
    }
    lab_figure *f = lab_plot(
        l, T("The mean of {0} texts swings by {1%}, of unrelated words by {2%}",
             "{0} 个文本的均值摆动 {1%}，互不相关的词只有 {2%}", size[3], far[2][3], far[0][3]));
    lab_x(f, T("texts in a batch", "每批文本数"), NULL, true);
    lab_y(f, T("deviation of its mean, in those of a step", "批均值的标准差（以单步的标准差计）"),
          NULL, true);
    for (int k = 0; k < 4; k++)
        lab_line(f, T(of[k][0], of[k][1]), size, far[k], SIZES);
    lab_say(l, T("Steps of a text are alike, the more so after attention has mixed them: {0} texts "
                 "have {1} words, but their mean swings as that of {2} independent steps would, "
                 "{3} times as far.",
                 "同一文本的各步彼此相似，注意力混合之后更是如此：{0} 个文本共有 {1} "
                 "个词，批均值却像只有 {2} 个独立的步一样摆动，幅度是原来的 {3} 倍。",
                 size[3], floor(pow(far[0][3], -2)), floor(pow(far[2][3], -2)),
                 far[2][3] / far[0][3]));
    return far[2][3] / far[0][3];
}

static void run(lab *l)
{
    texts test = new_texts(l, 512);
    double rate[RATES] = {3e-3, 1e-2, 3e-2, 0.1}, rows[BATCHES] = {2, 4, 8, 32};
    double by[KINDS][BATCHES], most[2] = {0};
    lab_band deep[2];
    double swing = draw_statistics(l, &test);
    for (int i = 0; i < KINDS * BATCHES; i++)
        by[i / BATCHES][i % BATCHES] =
            best(l, (setup){NULL, &test, i / BATCHES, 0, 2, (int)rows[i % BATCHES]}, rate, 2);
    for (int after = 0; after < 2; after++) {
        setup s = {NULL, &test, 0, after, (int)lab_get(l, "depth"), 8};
        deep[after] = lab_sweep(l, rate, RATES, (int)lab_get(l, "seeds"), right, &s);
        for (int i = 0; i < RATES; i++)
            most[after] = deep[after].mean[i] > 0.5 ? rate[i] : most[after];
    }
    lab_figure *f = lab_plot(
        l, T("By {0} texts layer norm gets {1%}, batch norm {2%}; by {3}: {4%}, {5%}",
             "每批 {0} 个：层归一化 {1%}，批归一化 {2%}；{3} 个：{4%}、{5%}", rows[0], by[0][0],
             by[1][0], rows[BATCHES - 1], by[0][BATCHES - 1], by[1][BATCHES - 1]));
    lab_x(f, T("texts in a batch", "每批文本数"), NULL, true);
    lab_y(f, T("share of test texts right", "测试文本正确率"), NULL, false);
    for (int k = 0; k < KINDS; k++)
        lab_line(f, T(kind_name[k][0], kind_name[k][1]), rows, by[k], BATCHES);
    f = lab_plot(l, T("{0} blocks train at rates up to {1} with the norm before, {2} behind",
                      "{0} 层：前置归一化学习率最大 {1}，后置最大 {2}", lab_get(l, "depth"),
                      most[0], most[1]));
    lab_x(f, T("learning rate", "学习率"), NULL, true);
    lab_y(f, T("share of test texts right", "测试文本正确率"), NULL, false);
    lab_y_limits(f, 0, 1);
    lab_series(f, T("pre-norm", "前置（pre-norm）"), &deep[0]);
    lab_series(f, T("post-norm", "后置（post-norm）"), &deep[1]);
    lab_say(l, T("Where padding is counted, batch norm gets {0%} of {1} texts and {2%} of {3}; "
                 "with a mask, {4%} and {5%}.",
                 "把填充也算进去时，批归一化在每批 {1} 个时为 {0%}，{3} 个时为 {2%}；用掩码则为 "
                 "{4%} 和 {5%}。",
                 by[2][0], rows[0], by[2][BATCHES - 1], rows[BATCHES - 1], by[1][0],
                 by[1][BATCHES - 1]));
    bool bad = by[1][BATCHES - 1] < by[0][BATCHES - 1] - 0.05;
    lab_judge(
        l,
        bad           ? LAB_HOLDS
        : swing > 1.2 ? LAB_PARTLY
                      : LAB_FAILS,
        T("The statistics do swing, {0} times as far as of unrelated words. But with a mask and "
          "{1} texts batch norm gets {2%}, layer norm {3%}: it can be trained. What it cannot do "
          "is to answer in training as in use, and for one text alone (Shen et al. 2020); and how "
          "deep a net trains is decided by where the norm stands (Xiong et al. 2020).",
          "统计量确实更不稳，是无关词的 {0} 倍。但用掩码、每批 {1} 个文本时，批归一化为 "
          "{2%}，层归一化 {3%}：并非不能训练。它做不到的是训练与推断一致、单个文本也能算（Shen 等 "
          "2020）；而深网络能否训练取决于归一化放在哪里（Xiong 等 2020）。",
          swing, rows[BATCHES - 1], by[1][BATCHES - 1], by[0][BATCHES - 1]));
}

const lab_record lab_record_norm_in_transformers = {
    .name = "norm-in-transformers",
    .topic = LAB_NORMALIZING,
    .question_en = "Why do transformers have layer norm and not batch norm?",
    .question_zh = "Transformer 为什么用层归一化而不用批归一化？",
    .claim_en =
        "Lengths differ, so a batch's statistics mean nothing: batch norm does not work on text.",
    .claim_zh = "序列长度不一，批统计量没有意义，所以文本不能用批归一化。",
    .verdict = LAB_PARTLY,
    .seeds = 20,
    .run = run,
    .setting = {{"steps", 200, 70, 10, 100000, "training steps", "训练步数"},
                {"depth", 6, 0, 1, 50, "blocks of the deep net", "深网络的层数"},
                {"seeds", 3, 1, 1, 20, "seeds", "种子数"}},
    .next = {{"Does post-norm catch up with two blocks?", "只有两层时后置能赶上吗？", "depth=2"},
             {"What does a warm-up of the rate do for post-norm?", "学习率预热对后置有何作用？",
              NULL},
             {"Is the mean needed, or is RMS norm enough?", "需要减均值吗，还是 RMSNorm 就够了？",
              NULL}},
    .source = {"Shen et al. 2020: PowerNorm (arXiv:2003.07845)",
               "Xiong et al. 2020: on layer normalization in the transformer architecture "
               "(arXiv:2002.04745)",
               "Ba, Kiros and Hinton 2016: layer normalization (arXiv:1607.06450)",
               "include/adze/adze.h: ad_transformer, .norm_after; ad_batch_norm, .length"},
};
