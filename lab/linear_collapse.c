/* Why do nets need something that is not linear?  Many linear layers are folded into one, and both
 * kinds of net are asked for XOR. */
#include "lab.h"

enum { WIDTH = 8, ROWS = 16 };

/* The product of all weights, layer by layer: y = x W0' W1' ... (PyTorch's weights are (out, in)).
 */
static void fold(lab *l, ad_state *state, ad_graph *g, double folded[WIDTH][WIDTH])
{
    for (int i = 0; i < WIDTH; i++)
        for (int j = 0; j < WIDTH; j++)
            folded[i][j] = i == j;
    for (int v = 0; v < ad_variable_count(g); v++) {
        int64_t count;
        double *w = lab_value(l, state, ad_variable_at(g, v), &count), next[WIDTH][WIDTH] = {{0}};
        for (int i = 0; i < WIDTH; i++)
            for (int j = 0; j < WIDTH; j++)
                for (int k = 0; k < WIDTH; k++)
                    next[i][j] += folded[i][k] * w[j * WIDTH + k];
        memcpy(folded, next, sizeof next);
    }
}

/* Largest difference of `depth` linear layers and the one they fold into, over the largest output.
 */
static double difference(lab *l, double depth, uint64_t seed, const void *with)
{
    (void)with;
    ad_graph *g = lab_graph(l);
    ad_tensor *x = ad_feed(g, "x", AD_F64, AD_SHAPE(ROWS, WIDTH)), *y = x;
    for (int i = 0; i < (int)depth; i++)
        y = ad_linear(y, .out = WIDTH, .bias = false);
    ad_state *state = lab_state(l, g, seed);
    ad_program *p = lab_compile(l, state, .fetch = {y}, .feed = {x});

    double *in = lab_numbers(l, ROWS * WIDTH), folded[WIDTH][WIDTH], worst = 0, largest = 0;
    for (int i = 0; i < ROWS * WIDTH; i++)
        in[i] = lab_normal(l);
    ad_array feed = ad_f64(in, AD_SHAPE(ROWS, WIDTH)), out;
    lab_fetch(l, p, &feed, &out, 1);
    fold(l, state, g, folded);
    for (int r = 0; r < ROWS; r++)
        for (int j = 0; j < WIDTH; j++) {
            double one = 0, many = ad_array_item(&out, r * WIDTH + j);
            for (int k = 0; k < WIDTH; k++)
                one += in[r * WIDTH + k] * folded[k][j];
            worst = fmax(worst, fabs(one - many));
            largest = fmax(largest, fabs(many));
        }
    return worst / largest;
}

/* Loss of a net of two layers on XOR after training. */
static double xor_loss(lab *l, double bent, uint64_t seed, const void *with)
{
    (void)with;
    float in[4][2] = {{0, 0}, {0, 1}, {1, 0}, {1, 1}}, wanted[4][1] = {{0}, {1}, {1}, {0}};
    ad_graph *g = lab_graph(l);
    ad_tensor *x = ad_feed(g, "x", AD_F32, AD_SHAPE(4, 2));
    ad_tensor *y = ad_feed(g, "y", AD_F32, AD_SHAPE(4, 1));
    ad_tensor *h = ad_linear(x, .out = WIDTH);
    h = ad_linear(bent > 0 ? ad_tanh(h) : h, .out = 1);
    ad_tensor *step = ad_adam(ad_squared_error(h, y), .rate = 0.05);
    ad_state *state = lab_state(l, g, seed);
    ad_program *p = lab_compile(l, state, .fetch = {step}, .feed = {x, y}, .training = true);
    ad_array feeds[] = {ad_f32(*in, AD_SHAPE(4, 2)), ad_f32(*wanted, AD_SHAPE(4, 1))};
    double loss = 0;
    for (int i = 0; i < (int)lab_get(l, "steps"); i++)
        loss = lab_step(l, p, feeds);
    return loss;
}

static void run(lab *l)
{
    int seeds = (int)lab_get(l, "seeds");
    double *depth = lab_powers(l, 1, lab_get(l, "depth"), 8), bent[] = {0, 1};
    for (int i = 0; i < 8; i++)
        depth[i] = round(depth[i]);
    lab_band off = lab_sweep(l, depth, 8, seeds, difference, NULL);
    double worst = 0;
    for (int i = 0; i < 8; i++)
        worst = fmax(worst, off.high[i]);
    lab_figure *f =
        lab_plot(l, T("{0} linear layers give what one gives, to {1} of the output",
                      "{0} 个线性层与一个线性层的输出相同，相差仅 {1}", depth[7], worst));
    lab_x(f, T("linear layers", "线性层数"), NULL, true);
    lab_y(f, T("difference from one layer", "与单层之差"), NULL, true);
    lab_series(f, T("largest difference over largest output", "最大差值与最大输出之比"), &off);
    lab_say(
        l,
        T("A product of matrices is a matrix: W = W{0} ... W2 W1 does what {0} layers do. What is "
          "left of a difference, {1}, is rounding.",
          "矩阵之积仍是矩阵：W = W{0} ... W2 W1 与 {0} 层等价。剩下的差 {1} 是舍入误差。", depth[7],
          worst));
    double a = 2, b = 1, once = 0, thrice[3] = {a * a * a, 0, 0};
    for (int i = 0; i < 3; i++)
        once = a * once + b;
    lab_say(l, T("In one dimension: f(x) = {0}x + {1} three times is {2}x + {3}, still a line.",
                 "一维的情形：f(x) = {0}x + {1}，f(f(f(x))) = {2}x + {3}，仍是一条直线。", a, b,
                 thrice[0], once));

    lab_band loss = lab_sweep(l, bent, 2, seeds, xor_loss, NULL);
    f = lab_bars(l, T("XOR: {0} left without tanh, {1} with it",
                      "异或：无 tanh 时误差 {0}，有 tanh 时 {1}", loss.mean[0], loss.mean[1]));
    lab_row(f, T("two linear layers", "两个线性层"));
    lab_row(f, T("tanh between them", "中间加 tanh"));
    lab_x(f, T("mean squared error", "均方误差"), NULL, false);
    lab_bar(f, T("", ""), loss.mean, loss.low, loss.high, 2);
    lab_say(
        l,
        T("No line parts XOR: the best of all linear answers is 0.5 everywhere, an error of {0}. "
          "Between the layers one tanh is enough.",
          "没有直线能分开异或：最好的线性回答处处为 0.5，误差 {0}。层间加一个 tanh 就够了。",
          loss.mean[0]));
    bool holds = worst < 1e-9 && loss.low[0] > 0.2 && loss.high[1] < 0.05;
    lab_judge(
        l, holds ? LAB_HOLDS : LAB_FAILS,
        T("Depth without a nonlinearity adds no function, at any depth tried, up to {0}; but it "
          "does change how training goes.",
          "没有非线性时，深度不增加可表达的函数（试到 {0} 层）；但它会改变训练过程。", depth[7]));
}

const lab_record lab_record_linear_collapse = {
    .name = "linear-collapse",
    .topic = LAB_LAYERS,
    .question_en = "Why does a net need functions that are not linear?",
    .question_zh = "神经网络为什么需要非线性激活函数？",
    .claim_en = "A hundred linear layers are one linear layer.",
    .claim_zh = "一百个线性层等于一个线性层。",
    .verdict = LAB_HOLDS,
    .seeds = 20,
    .run = run,
    .setting = {{"depth", 100, 0, 2, 1000, "the most layers", "最多层数"},
                {"seeds", 5, 2, 1, 50, "first weights tried", "初始权重的个数"},
                {"steps", 400, 300, 1, 10000, "training steps on XOR", "异或的训练步数"}},
    .next = {{"Does it hold for a thousand layers?", "一千层也成立吗？", "depth=1000"},
             {"Is XOR learned in a tenth of the steps?", "十分之一的步数能学会异或吗？",
              "steps=40"},
             {"If depth adds nothing here, why does a deep linear net learn at another pace?",
              "既然深度没有增加什么，为什么深层线性网络的学习速度不同？", NULL}},
    .source = {"Minsky and Papert 1969, Perceptrons",
               "Saxe, McClelland and Ganguli 2014: how deep linear nets learn (arXiv:1312.6120)",
               "include/adze/adze.h: ad_linear, ad_tanh"},
};
