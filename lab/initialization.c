/* How do first weights matter?  Signal and gradient through many layers under six ways to begin,
 * and what happens where all weights are the same. */
#include "lab.h"

enum { LAYERS = 20, WIDTH = 64, ROWS = 64, WAYS = 6 };

static const char *const way[WAYS] = {"normal 0.01", "normal 1",   "Glorot",
                                      "He",          "orthogonal", "LeCun"};

static void begin(lab *l, ad_state *state, ad_graph *g, int kind, uint64_t seed)
{
    if (kind == 0 || kind == 1)
        lab_do(l, ad_initialize(state, g, .method = AD_INITIAL_DEVIATION,
                                .deviation = kind ? 1 : 0.01, .seed = seed));
    else if (kind == 2)
        lab_do(l, ad_initialize(state, g, .fan = AD_FAN_AVERAGE, .seed = seed));
    else if (kind == 3 || kind == 5)
        lab_do(l, ad_initialize(state, g, .gain = kind == 3 ? sqrt(2) : 1, .seed = seed));
    else
        lab_do(l, ad_initialize(state, g, .method = AD_INITIAL_ORTHOGONAL, .gain = sqrt(2),
                                .seed = seed));
}

/* log10 of the deviation of signals and of gradients, layer by layer, of a net of ReLUs. */
static void look(lab *l, int kind, double signal[LAYERS], double gradient[LAYERS])
{
    ad_graph *g = lab_graph(l);
    ad_tensor *x = ad_feed(g, "x", AD_F64, AD_SHAPE(ROWS, WIDTH)), *h[LAYERS], *slope[LAYERS];
    for (int i = 0; i < LAYERS; i++)
        h[i] = ad_relu(ad_linear(i ? h[i - 1] : x, .out = WIDTH, .bias = false));
    ad_gradient(ad_mean(ad_square(h[LAYERS - 1]), AD_ALL), h, LAYERS, slope);
    ad_state *state = lab_state(l, g, 1);
    begin(l, state, g, kind, lab_seed(l));
    ad_tensor *both[2 * LAYERS];
    for (int i = 0; i < LAYERS; i++)
        both[i] = h[i], both[LAYERS + i] = slope[i];
    ad_program *p =
        lab_compile(l, state, .fetch_list = both, .fetch_count = 2 * LAYERS, .feed = {x});
    double *in = lab_numbers(l, ROWS * WIDTH);
    for (int i = 0; i < ROWS * WIDTH; i++)
        in[i] = lab_normal(l);
    ad_array feed = ad_f64(in, AD_SHAPE(ROWS, WIDTH)), out[2 * LAYERS];
    lab_fetch(l, p, &feed, out, 2 * LAYERS);
    for (int k = 0; k < 2 * LAYERS; k++) {
        double squares = 1e-300;
        for (int i = 0; i < ROWS * WIDTH; i++)
            squares += pow(ad_array_item(&out[k], i), 2) / (ROWS * WIDTH);
        (k < LAYERS ? signal : gradient)[k % LAYERS] = 0.5 * log10(squares);
    }
}

static ad_tensor *small(ad_tensor *x, const void *with)
{
    (void)with;
    return ad_linear(ad_tanh(ad_linear(x, .out = 16)), .out = 2);
}

/* Units of the hidden layer that differ after training, of 16: begun alike, or by chance. */
static double different(lab *l, double alike, uint64_t seed, const void *with)
{
    const lab_data *d = with;
    lab_net n = lab_classifier(l, d, small, NULL);
    lab_begin(l, &n, ad_sgd(n.loss, .rate = 0.5), seed);
    if (alike > 0)
        lab_do(l, ad_initialize(n.state, n.graph, .method = AD_INITIAL_VALUE, .value = 0.1,
                                .all = true));
    lab_train(l, &n, d, 32, 300);
    int64_t count;
    double *w = lab_value(l, n.state, ad_variable_at(n.graph, 0), &count);
    int units = 0;
    for (int i = 0; i < 16; i++) {
        bool new = true;
        for (int k = 0; k < i; k++)
            new = new &&fabs(w[2 * i] - w[2 * k]) + fabs(w[2 * i + 1] - w[2 * k + 1]) > 1e-4;
        units += new;
    }
    return units;
}

static void run(lab *l)
{
    double signal[WAYS][LAYERS], gradient[WAYS][LAYERS], lost[WAYS];
    for (int k = 0; k < WAYS; k++) {
        look(l, k, signal[k], gradient[k]);
        lost[k] = signal[k][LAYERS - 1] - signal[k][0];
        lab_progress(l, (k + 1.0) / (WAYS + 1));
    }
    for (int which = 0; which < 2; which++) {
        lab_figure *f = lab_plot(
            l, which ? T("Gradients go the same way, from the end", "梯度从末层起，变化规律相同")
                     : T("Over {0} layers He keeps the signal within 10^{1:1}, 0.01 loses 10^{2:0}",
                         "经过 {0} 层，He 使信号保持在 10^{1:1} 以内，0.01 则损失 10^{2:0}", LAYERS,
                         fabs(lost[3]), lost[0]));
        lab_axes(f, T("layer", "层"),
                 which ? T("power of ten of gradients", "梯度大小（十的幂次）")
                       : T("power of ten of signals", "信号大小（十的幂次）"));
        for (int k = 0; k < WAYS; k++)
            lab_line(f, T(way[k], way[k]), lab_range(l, 1, LAYERS, LAYERS),
                     which ? gradient[k] : signal[k], LAYERS);
    }
    lab_say(l, T("A layer of ReLUs halves the mean square, so weights of variance 2 / width keep "
                 "it: it changes by {0} powers of ten, with Glorot's, without the 2, by {1}, with "
                 "LeCun's by {2}.",
                 "ReLU 使均方减半，因此方差 2/宽度 的权重能保持它：各层总共变化 {0} 个数量级，没有"
                 "这个 2 的 Glorot 变化 {1}，LeCun 变化 {2}。",
                 lost[3], lost[2], lost[5]));
    lab_data d = lab_moons(l, 256, 0.2);
    double kinds[] = {1, 0};
    lab_band units = lab_sweep(l, kinds, 2, (int)lab_get(l, "seeds"), different, &d);
    lab_figure *f =
        lab_bars(l, T("Of 16 units begun alike {0} is left, of those begun by chance {1}",
                      "16 个单元若初值相同，训练后只剩 {0} 种；随机初值则有 {1} 种", units.mean[0],
                      units.mean[1]));
    lab_row(f, T("all weights the same", "权重全部相同"));
    lab_row(f, T("by chance", "随机"));
    lab_x(f, T("different units after training", "训练后不同的单元数"), NULL, false);
    lab_bar(f, T("", ""), units.mean, units.low, units.high, 2);
    bool holds = fabs(lost[3]) < 2 && lost[0] < -15 && lost[1] > 5 && units.mean[0] == 1 &&
                 units.mean[1] > 12;
    lab_judge(l, holds ? LAB_HOLDS : LAB_FAILS,
              T("Equal weights get equal gradients and stay equal for ever; and the scale decides "
                "whether anything arrives. Where a norm stands behind each layer the scale "
                "matters little.",
                "相同的权重得到相同的梯度，永远相同；尺度决定信号能否传到。若每层后有归一化，尺度"
                "就不那么重要。"));
}

const lab_record lab_record_initialization = {
    .name = "initialization",
    .topic = LAB_GRADIENTS,
    .question_en = "How do first weights matter?",
    .question_zh = "参数初始化为什么重要？",
    .claim_en = "Weights must not begin equal, and their scale has to fit the layer.",
    .claim_zh = "权重不能全部相同，尺度要与层相适应。",
    .verdict = LAB_HOLDS,
    .seeds = 20,
    .run = run,
    .setting = {{"seeds", 5, 2, 1, 50, "trainings", "训练次数"}},
    .next = {{"Is that so with twenty trainings?", "训练二十次也如此吗？", "seeds=20"},
             {"Do zero biases do harm?", "偏置为零有害吗？", NULL},
             {"Why do residual nets begin their last norm at 0?",
              "残差网络为什么让末端归一化从零开始？", NULL}},
    .source =
        {"Glorot and Bengio 2010: understanding the difficulty of training deep feedforward nets",
         "He et al. 2015: delving deep into rectifiers (arXiv:1502.01852)",
         "Saxe, McClelland and Ganguli 2014 (arXiv:1312.6120): orthogonal weights",
         "include/adze/train.h: ad_initialize"},
};
