/* Why do gradients vanish and explode?  The gradient's size at the first layer over that at the
 * last one, by depth, activation and the scale of first weights. */
#include "lab.h"

enum { WIDTH = 32, ROWS = 32, KINDS = 4, SCALES = 7 };

static ad_tensor *activate(ad_tensor *x, int kind)
{
    return kind == 0 ? ad_sigmoid(x) : kind == 1 ? ad_tanh(x) : kind == 2 ? ad_relu(x) : x;
}

typedef struct net {
    ad_graph *graph;
    ad_state *state;
    ad_program *slopes; /* of the loss by what the first layer gives, and the last one */
} net;

static net make(lab *l, int depth, int kind)
{
    net n = {.graph = lab_graph(l)};
    ad_tensor *x = ad_feed(n.graph, "x", AD_F64, AD_SHAPE(ROWS, WIDTH)), *h = x, *end[2], *slope[2];
    for (int i = 0; i < depth; i++) {
        h = activate(ad_linear(h, .out = WIDTH, .bias = false), kind);
        end[i > 0] = h;
    }
    ad_gradient(ad_mean(ad_square(h), AD_ALL), end, 2, slope);
    n.state = lab_state(l, n.graph, lab_seed(l));
    n.slopes = lab_compile(l, n.state, .fetch = {slope[0], slope[1]}, .feed = {x});
    return n;
}

/* log10 of |dL/dh_1| / |dL/dh_last| where weights are normal, scale / sqrt(width). */
static double ratio_of(lab *l, double scale, uint64_t seed, const void *with)
{
    const net *n = with;
    lab_do(l, ad_initialize(n->state, n->graph, .method = AD_INITIAL_DEVIATION,
                            .deviation = scale / sqrt(WIDTH), .seed = seed));
    double *in = lab_numbers(l, ROWS * WIDTH), size[2] = {0};
    for (int i = 0; i < ROWS * WIDTH; i++)
        in[i] = lab_normal(l);
    ad_array feed = ad_f64(in, AD_SHAPE(ROWS, WIDTH)), out[2];
    lab_fetch(l, n->slopes, &feed, out, 2);
    for (int k = 0; k < 2; k++)
        for (int i = 0; i < ROWS * WIDTH; i++)
            size[k] += pow(ad_array_item(&out[k], i), 2);
    return size[0] > 0 && size[1] > 0 ? 0.5 * log10(size[0] / size[1]) : -300;
}

/* The scale at which the ratio crosses 1, between two that were tried; NaN where none does. */
static double crossing(const double *scale, const double *ratio)
{
    for (int i = 1; i < SCALES; i++)
        if (ratio[i - 1] < 0 && ratio[i] >= 0)
            return scale[i - 1] +
                   (scale[i] - scale[i - 1]) * -ratio[i - 1] / (ratio[i] - ratio[i - 1]);
    return NAN;
}

static const lab_text kind_name[KINDS] = {
    {"sigmoid", "sigmoid"}, {"tanh", "tanh"}, {"ReLU", "ReLU"}, {"none", "无"}};

static void run(lab *l)
{
    int depth = (int)lab_get(l, "depth"), seeds = (int)lab_get(l, "seeds");
    double *scale = lab_range(l, 0.5, 3.5, SCALES), value[KINDS][SCALES], cross[KINDS];
    for (int k = 0; k < KINDS; k++) {
        net n = make(l, depth, k);
        lab_band b = lab_sweep(l, scale, SCALES, seeds, ratio_of, &n);
        for (int i = 0; i < SCALES; i++)
            value[k][i] = b.mean[i];
        cross[k] = crossing(scale, value[k]);
    }
    lab_figure *f = lab_heat(l,
                             T("Over {0} layers gradients change by up to 10^{1:0}",
                               "经过 {0} 层，梯度最多变化 10^{1:0} 倍", depth, value[0][0]),
                             *value, KINDS, SCALES);
    lab_axes(
        f, T("scale of first weights, times 1 / sqrt(width)", "初始权重尺度（乘以 1/sqrt(宽度)）"),
        T("activation", "激活函数"));
    lab_rows(f, kind_name, KINDS);
    for (int i = 0; i < SCALES; i++)
        lab_column(f, T("{0}", "{0}", scale[i]));
    lab_say(l,
            T("Shown is the power of ten of the gradient at the first layer over that at the last: "
              "below 0 it vanishes, above 0 it explodes.",
              "图中是首层与末层梯度之比的十的幂次：小于零为消失，大于零为爆炸。"));

    enum { DEPTHS = 6 };
    double *depths = lab_range(l, 5, depth, DEPTHS), by[KINDS][DEPTHS];
    for (int k = 0; k < KINDS; k++)
        for (int i = 0; i < DEPTHS; i++) {
            net n = make(l, (int)depths[i], k);
            double one = 1;
            by[k][i] = lab_sweep(l, &one, 1, seeds, ratio_of, &n).mean[0];
        }
    f = lab_plot(l, T("At scale 1 each layer costs sigmoid a factor of {0}",
                      "尺度为 1 时，sigmoid 每层损失 {0} 倍",
                      pow(10, -(by[0][DEPTHS - 1] - by[0][0]) / (depths[DEPTHS - 1] - depths[0]))));
    lab_axes(f, T("layers", "层数"),
             T("power of ten of first over last gradient", "首末梯度之比的十的幂次"));
    for (int k = 0; k < KINDS; k++)
        lab_line(f, kind_name[k], depths, by[k], DEPTHS);
    lab_say(l,
            T("A factor a layer is all there is to it: tanh turns from vanishing to exploding at a "
              "scale of {0}, ReLU at {1} (He et al. 2015 say sqrt 2), a linear net at {2}.",
              "原因只是每层的一个因子：tanh 在尺度 {0} 处由消失变为爆炸，ReLU 在 {1}（He 等 2015 "
              "的值是 sqrt 2），线性网络在 {2}。",
              cross[1], cross[2], cross[3]));
    bool half = value[0][SCALES - 1] < 0 && value[2][0] < 0 && value[2][SCALES - 1] > 0 &&
                value[3][SCALES - 1] > 0;
    lab_judge(
        l, half ? LAB_PARTLY : LAB_FAILS,
        T("Sigmoid vanishes at every scale tried. But ReLU vanishes and explodes too, by the "
          "scale alone: the cause is the product of layers' Jacobians, of which the activation "
          "is one factor and the weights are the other.",
          "sigmoid 在所有尺度下都消失。但 ReLU 也会仅因尺度而消失或爆炸：原因是各层雅可比矩阵的连"
          "乘，激活函数只是其中一个因子，权重是另一个。"));
}

const lab_record lab_record_vanishing = {
    .name = "vanishing",
    .topic = LAB_GRADIENTS,
    .question_en = "Why do gradients vanish and explode?",
    .question_zh = "为什么会出现梯度消失和梯度爆炸？",
    .claim_en = "Gradients vanish because of sigmoid; ReLU cures it.",
    .claim_zh = "梯度消失是 sigmoid 造成的，换成 ReLU 就解决了。",
    .verdict = LAB_PARTLY,
    .seeds = 20,
    .run = run,
    .setting = {{"depth", 30, 20, 10, 200, "layers", "层数"},
                {"seeds", 5, 2, 1, 50, "first weights tried", "初始权重的个数"}},
    .next = {{"How is it at 100 layers?", "一百层时怎样？", "depth=100"},
             {"What do layer norm and shortcuts change?", "层归一化和残差连接改变了什么？", NULL},
             {"Why do narrow nets differ more from seed to seed?", "为什么窄网络随种子差别更大？",
              NULL}},
    .source =
        {"Glorot and Bengio 2010: understanding the difficulty of training deep feedforward nets",
         "He et al. 2015: delving deep into rectifiers (arXiv:1502.01852)",
         "Pennington, Schoenholz and Ganguli 2017: resurrecting the sigmoid (arXiv:1711.04735)"},
};
