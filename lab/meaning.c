/* What must an activation have?  Nine of them, a small net among them, in one net: derivatives,
 * what the net learns with each, how often it stands on a kink, what a step costs. */
#include "lab.h"

enum { IDENTITY, STEP, SQUARE, ABSOLUTE, SINE, SIGMOID, TANH, RELU, NET, KINDS };
enum { GRID = 81, WIDTH = 16 };

static const lab_text kind_name[KINDS] = {
    {"identity", "恒等"}, {"step", "阶跃"}, {"x squared", "x 的平方"},
    {"|x|", "|x|"},       {"sin", "sin"},   {"sigmoid", "sigmoid"},
    {"tanh", "tanh"},     {"ReLU", "ReLU"}, {"a net of 4 units", "4 个单元的小网络"}};

/* The last is network in network (Lin et al. 2013): one small net that all units share. */
static ad_tensor *activate(ad_tensor *x, int kind)
{
    ad_shape s = ad_tensor_shape(x);
    switch (kind) {
    case STEP: return ad_cast(ad_greater(x, ad_number(ad_tensor_graph(x), AD_F32, 0)), AD_F32);
    case SQUARE: return ad_square(x);
    case ABSOLUTE: return ad_abs(x);
    case SINE: return ad_sin(x);
    case NET:
        x = ad_reshape(x, AD_SHAPE(s.size[0], s.size[1], 1));
        return ad_reshape(ad_linear(ad_relu(ad_linear(x, .out = 4)), .out = 1), s);
    default: return lab_activate(x, kind_name[kind].en);
    }
}

typedef struct setup {
    const lab_data *train, *test;
    int kind;
    int64_t width;
} setup;

static ad_tensor *body(ad_tensor *x, const void *with)
{
    const setup *s = with;
    for (int i = 0; i < 2; i++)
        x = activate(ad_linear(x, .out = s->width), s->kind);
    return ad_linear(x, .out = 2);
}

/* Share of test points that are right, of the best of three rates. */
static double right(lab *l, double kind, uint64_t seed, const void *with)
{
    setup s = *(const setup *)with;
    double best = 0, rate[] = {3e-3, 1e-2, 3e-2};
    s.kind = (int)kind;
    for (int r = 0; r < 3; r++)
        best = fmax(best, lab_taught(l, s.train, s.test, body, &s, rate[r], seed));
    return best;
}

/* The least and the largest derivative over -4 to 4, of the small net at its first weights. */
static void slopes(lab *l, int kind, double *least, double *most)
{
    ad_graph *g = lab_graph(l);
    ad_tensor *x = ad_feed(g, "x", AD_F32, AD_SHAPE(1, GRID)), *slope;
    ad_gradient(activate(x, kind), &x, 1, &slope);
    ad_program *p = lab_compile(l, lab_state(l, g, lab_seed(l)), .fetch = {slope}, .feed = {x});
    float in[GRID];
    for (int i = 0; i < GRID; i++)
        in[i] = (float)(-4 + 8. * i / (GRID - 1));
    ad_array feed = ad_f32(in, AD_SHAPE(1, GRID)), out;
    lab_fetch(l, p, &feed, &out, 1);
    double *d = lab_items(l, &out);
    *least = d[lab_least(d, GRID)], *most = d[lab_most(d, GRID)];
}

/* Milliseconds of a training step, of a wider net. */
static double cost(lab *l, const lab_data *d, int kind)
{
    setup s = {d, d, kind, 128};
    lab_net n = lab_classifier(l, d, body, &s);
    lab_begin(l, &n, ad_sgd(n.loss, .rate = 1e-3), 1);
    lab_batch some = lab_some(l, d, 64);
    lab_draw(l, d, &some);
    return 1e3 * lab_quickest(l, n.step, some.feed, 30);
}

/* How often a ReLU was given exactly its kink, 0, in a run. */
static double count_kinks(lab *l, const lab_data *d)
{
    setup s = {d, d, RELU, WIDTH};
    lab_net n = lab_classifier(l, d, body, &s);
    ad_tensor *z = ad_linear(n.x, .weight = ad_find(n.graph, "linear1.weight"), .bias = false);
    z = ad_add(z, ad_find(n.graph, "linear1.bias"));
    ad_state *state = lab_state(l, n.graph, lab_seed(l));
    ad_program *p = lab_compile(l, state, .fetch = {ad_adam(n.loss, .rate = 1e-2), z},
                                .feed = {n.x, n.y}, .training = true);
    lab_batch some = lab_some(l, d, 32);
    double kinks = 0;
    for (int i = 0; i < (int)lab_get(l, "steps"); i++) {
        ad_array out[2];
        lab_draw(l, d, &some);
        lab_fetch(l, p, some.feed, out, 2);
        for (int k = 0; k < 32 * WIDTH; k++)
            kinks += ad_array_item(&out[1], k) == 0;
    }
    return kinks;
}

/* A row for each: derivatives, share right, cost. */
static void show_table(lab *l, const lab_data *d, const double *right)
{
    static const lab_text head[] = {{"activation", "激活函数"},
                                    {"least slope", "最小导数"},
                                    {"largest slope", "最大导数"},
                                    {"right", "正确率"},
                                    {"ms a step", "每步毫秒"}};
    double number[KINDS][4];
    for (int k = 0; k < KINDS; k++) {
        slopes(l, k, &number[k][0], &number[k][1]);
        number[k][2] = right[k], number[k][3] = cost(l, d, k);
    }
    lab_numbered(l, head, 5, kind_name, KINDS, *number);
}

static void run(lab *l)
{
    lab_data train = lab_moons(l, 400, 0.1), test = lab_moons(l, 1000, 0.1);
    setup s = {&train, &test, 0, WIDTH};
    double *kind = lab_range(l, 0, KINDS - 1, KINDS), seen = 32 * WIDTH * lab_get(l, "steps");
    lab_band b = lab_sweep(l, kind, KINDS, (int)lab_get(l, "seeds"), right, &s);
    lab_text title =
        T("Without a nonlinearity {0%} right; with |x|, not monotone, {1%}",
          "没有非线性时正确率 {0%}；用不单调的 |x| 时 {1%}", b.mean[IDENTITY], b.mean[ABSOLUTE]);
    lab_text axis = T("share of test points right", "测试点正确率");
    lab_figure *f = lab_named_bars(l, title, kind_name, KINDS, axis);
    lab_bar(f, T("", ""), b.mean, b.low, b.high, KINDS);
    show_table(l, &train, b.mean);
    double kinks = count_kinks(l, &train);
    lab_say(l,
            T("ReLU has no derivative at 0. Of {0} numbers in a run {1} were 0: slope 0 there.",
              "ReLU 在 0 处不可导。一次训练的 {0} 个数里有 {1} 个恰为 0，取斜率 0。", seen, kinks));
    lab_say(l, T("The step's derivative is 0: only the last layer learns, {0%} right. A small net "
                 "in the place of a function (network in network) gets {1%}.",
                 "阶跃函数导数为 0：只有末层学习，正确率 {0%}。用小网络代替激活函数（网络中的网络）"
                 "为 {1%}。",
                 b.mean[STEP], b.mean[NET]));
    double odd = fmin(b.mean[ABSOLUTE], b.mean[SINE]);
    bool holds = b.mean[IDENTITY] < 0.92 && odd > 0.97;
    lab_judge(l, holds ? LAB_PARTLY : LAB_FAILS,
              T("A derivative that is not constant is needed: the identity gets {0%}. Monotone it "
                "need not be: |x| and sin get {1%} or more. To approximate, any function that is "
                "no polynomial will do (Leshno et al. 1993); to learn, one with slopes.",
                "导数不能是常数：恒等函数只有 {0%}。但不必单调：|x| 和 sin 至少有 {1%}。就逼近而"
                "言，任何非多项式函数都可以（Leshno 等 1993）；就学习而言要有斜率。",
                b.mean[IDENTITY], odd));
}

const lab_record lab_record_meaning = {
    .name = "meaning",
    .topic = LAB_LAYERS,
    .question_en = "What must an activation have?",
    .question_zh = "激活函数应该具有什么性质？",
    .claim_en = "An activation must be nonlinear, differentiable, monotone and cheap.",
    .claim_zh = "激活函数应当非线性、几乎处处可微、单调、计算简单。",
    .verdict = LAB_PARTLY,
    .seeds = 20,
    .run = run,
    .setting = {{"steps", 600, 300, 10, 100000, "training steps", "训练步数"},
                {"seeds", 3, 1, 1, 20, "seeds", "种子数"}},
    .next = {{"Does the step learn with more training?", "阶跃函数多训练能学会吗？", "steps=5000"},
             {"Why do deep nets want slopes near 1?", "为什么深网络需要接近 1 的斜率？", NULL},
             {"Why is a net of linear layers one layer?", "为什么多个线性层等于一层？", NULL}},
    .source = {"Leshno et al. 1993: multilayer nets with a nonpolynomial activation function",
               "Lin, Chen and Yan 2013: network in network (arXiv:1312.4400)",
               "adze lab activations; adze lab linear-collapse"},
};
