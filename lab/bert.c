/* What does pre-training give?  A small transformer guesses masked words; then it learns topics
 * from few labels or many, whole or with one output layer only, beside the same net from nothing.
 */
#include "lab.h"

enum { TOPICS = 6, OWN = 16, WORDS = TOPICS * OWN + OWN, TIME = 12, BATCH = 32 };
enum { SIZES = 6, WAYS = 3, MOST = 1536 };

static const lab_text way_name[WAYS] = {{"from nothing", "从头训练"},
                                        {"pre-trained, all weights", "预训练后微调全部权重"},
                                        {"pre-trained, output layer only", "预训练后只训练输出层"}};

typedef struct net {
    lab_net of;                      /* tells the topic */
    ad_tensor *word, *weight, *loss; /* guesses words; weight is 1 where one is masked */
    ad_tensor *step[2][2];           /* by rate; of all weights, of the output layer */
    ad_state *before;                /* after pre-training */
} net;

static net make(lab *l)
{
    net n = {.of = {.graph = lab_graph(l)}};
    ad_graph *g = n.of.graph;
    ad_dim rows = ad_open(g, "rows");
    n.of.x = ad_feed(g, "x", AD_I32, AD_SHAPE(rows, TIME));
    n.of.y = ad_feed(g, "y", AD_I32, AD_SHAPE(rows));
    n.word = ad_feed(g, "word", AD_I32, AD_SHAPE(rows, TIME));
    n.weight = ad_feed(g, "weight", AD_F32, AD_SHAPE(rows, TIME));
    ad_scope_begin(g, "body");
    ad_tensor *h = ad_embedding(n.of.x, .count = WORDS + 1, .width = 32, .normal = 0.1);
    h = ad_transformer(ad_positions(h), .heads = 2, .width = 64);
    ad_scope_end(g);
    ad_tensor *guess = ad_linear(h, .out = WORDS, .name = "guess");
    n.loss = ad_cross_entropy(guess, n.word, .weight = n.weight);
    n.of.logits = ad_linear(ad_pool_time(h), .out = TOPICS, .name = "head");
    n.of.loss = ad_cross_entropy(n.of.logits, n.of.y);
    for (int r = 0; r < 4; r++)
        n.step[r / 2][r % 2] =
            ad_adam(n.of.loss, .rate = r / 2 ? 1e-2 : 2e-3, .scope = r % 2 ? "head." : NULL);
    return n;
}

/* A fifth of the words stand as a word of their own, WORDS (Devlin et al. 2019). */
static void mask(lab *l, ad_array *feeds, const void *with)
{
    const lab_data *t = with;
    int32_t *x = feeds[0].data, *word = feeds[1].data;
    float *weight = feeds[2].data;
    for (int k = 0; k < BATCH * TIME; k++) {
        if (k % TIME == 0)
            memcpy(word + k, t->word + (int)(lab_uniform(l) * t->count) * TIME,
                   TIME * sizeof *word);
        weight[k] = lab_uniform(l) < 0.2;
        x[k] = weight[k] > 0 ? WORDS : word[k];
    }
    weight[0] = 1;
}

static lab_data texts(lab *l, int count)
{
    return lab_topics(l, count, TIME, TOPICS, OWN, lab_get(l, "own"));
}

static double pretrain(lab *l, net *n, uint64_t seed)
{
    ad_tensor *step = ad_adam(n->loss, .rate = 3e-3);
    n->before = lab_state(l, n->of.graph, seed);
    lab_data t = texts(l, (int)lab_get(l, "texts"));
    ad_shape shape = AD_SHAPE(BATCH, TIME);
    ad_array feeds[] = {ad_i32(lab_memory(l, BATCH * TIME, 4), shape),
                        ad_i32(lab_memory(l, BATCH * TIME, 4), shape),
                        ad_f32(lab_floats(l, BATCH * TIME), shape)};
    ad_program *p = lab_compile(l, n->before, .fetch = {step},
                                .feed = {n->of.x, n->word, n->weight}, .training = true);
    return lab_loop(l, p, feeds, (int)lab_get(l, "pretraining"), mask, &t);
}

typedef struct setup {
    const net *n;
    const lab_data *train, *test;
    int way; /* 0: from nothing, 1: pre-trained, 2: of it the output layer only */
} setup;

/* Share of test texts right after learning so many labels; the better of two rates. */
static double learn(lab *l, double labels, uint64_t seed, const void *with)
{
    const setup *s = with;
    lab_data some = *s->train;
    some.count = (int)labels;
    double best = 0;
    for (int r = 0; r < 2; r++) {
        lab_net n = s->n->of;
        lab_begin(l, &n, s->n->step[r][s->way == 2], seed);
        if (s->way > 0)
            lab_copy(l, n.state, s->n->before, n.graph, "body.");
        lab_train(l, &n, &some, BATCH, (int)lab_get(l, "steps"));
        best = fmax(best, lab_right(l, &n, s->test));
    }
    return best;
}

static void run(lab *l)
{
    net n = make(l);
    double loss = pretrain(l, &n, lab_seed(l)), labels[SIZES] = {6, 12, 24, 96, 384, MOST};
    lab_data train = texts(l, MOST), test = texts(l, 400);
    lab_band band[WAYS];
    for (int w = 0; w < WAYS; w++) {
        setup s = {&n, &train, &test, w};
        band[w] = lab_sweep(l, labels, SIZES, (int)lab_get(l, "seeds"), learn, &s);
    }
    const double *none = band[0].mean, *all = band[1].mean, *one = band[2].mean;
    const int last = SIZES - 1;
    lab_figure *f = lab_plot(l, T("With {0} labels {1%} right from nothing, {2%} pre-trained",
                                  "{0} 个标签时从头训练正确率 {1%}，预训练后 {2%}", labels[2],
                                  none[2], all[2]));
    lab_x(f, T("labelled texts", "有标签的文本数"), NULL, true);
    lab_y(f, T("share of test texts right", "测试文本正确率"), NULL, false);
    for (int w = 0; w < WAYS; w++)
        lab_series(f, way_name[w], &band[w]);
    double gain[SIZES];
    for (int i = 0; i < SIZES; i++)
        gain[i] = all[i] - none[i];
    f = lab_plot(l, T("What pre-training gives falls from {0:2} at {1} labels to {2:2} at {3}",
                      "预训练的收益从 {1} 个标签时的 {0:2} 降到 {3} 个时的 {2:2}", gain[2],
                      labels[2], gain[last], labels[last]));
    lab_x(f, T("labelled texts", "有标签的文本数"), NULL, true);
    lab_y(f, T("share right, less that from nothing", "与从头训练的正确率之差"), NULL, false);
    lab_line(f, T("", ""), labels, gain, SIZES);
    lab_rule(f, T("no gain", "无收益"), 0, false);
    lab_say(l, T("Guessing masked words needs no labels and ends at a loss of {0}, words by chance "
                 "at {1}: words of one topic become alike, and few labels name the topics.",
                 "猜被遮住的词不需要标签，损失降到 {0}（随机猜词为 {1}）：同一主题的词变得相似，少"
                 "量标签就能给主题命名。",
                 loss, log(WORDS)));
    lab_say(l, T("With one output layer trained {0%} are right with {1} labels and {2%} with {3}; "
                 "with all weights, which BERT's authors train, {4%} and {5%}.",
                 "只训练输出层：{1} 个标签时正确率 {0%}，{3} 个时 {2%}；训练全部权重（BERT 的作者就"
                 "是这样做的）为 {4%} 和 {5%}。",
                 one[2], labels[2], one[last], labels[last], all[2], all[last]));
    lab_weigh(l, gain[2] > 0.08, gain[last] >= gain[2] / 2,
              T("With few labels it does: {0:2} more are right at {1}. With {2} the net from "
                "nothing has caught up, but for {3:2}, as He et al. 2019 found for pictures.",
                "标签少时成立：{1} 个标签时正确率高出 {0:2}。有 {2} 个标签时从头训练已基本追上，只"
                "差 {3:2}；He 等 2019 在图像上也有同样发现。",
                gain[2], labels[2], labels[last], gain[last]));
}

const lab_record lab_record_bert = {
    .name = "bert",
    .topic = LAB_MODELS,
    .question_en = "What does pre-training give?",
    .question_zh = "预训练带来了什么？",
    .claim_en = "A pre-trained net wants one more output layer to be better at any task.",
    .claim_zh = "预训练模型只需再加一个输出层，就能在各种任务上更好。",
    .verdict = LAB_PARTLY,
    .seeds = 20,
    .run = run,
    .setting = {{"pretraining", 1500, 600, 100, 1000000, "steps of pre-training", "预训练步数"},
                {"steps", 150, 100, 10, 100000, "steps with labels", "有标签的训练步数"},
                {"texts", 5000, 0, 100, 1000000, "texts without labels", "无标签文本数"},
                {"own", 0.3, 0, 0.05, 1, "share of the topic's own words", "主题词的比例"},
                {"seeds", 3, 1, 1, 20, "seeds", "种子数"}},
    .next = {{"Are a hundred texts enough?", "一百篇文本够预训练吗？", "texts=100"},
             {"Why mask, and not guess the next one?", "为什么遮词而不是预测下一个词？", NULL},
             {"What if labels ask what no text shows?", "若标签与文本规律无关会怎样？", NULL}},
    .source = {"Devlin et al. 2019: BERT (arXiv:1810.04805)",
               "He, Girshick and Dollár 2019: rethinking ImageNet pre-training (arXiv:1811.08883)",
               "example/bert_pretrain.yaml; example/bert_sms.yaml",
               "include/adze/adze.h: ad_transformer"},
};
