/* Why do gradients vanish and explode?  The gradient's size at the first layer over that at the
 * last one, by depth, activation and the scale of first weights; the singular values behind it; and
 * a sigmoid at the end under two losses. */
#include "lab.h"

enum { WIDTH = 32, ROWS = 32, KINDS = 4, SCALES = 7, SHOWN = 3, POINTS = 33 };

static const lab_text kind_name[KINDS] = {
    {"sigmoid", "sigmoid"}, {"tanh", "tanh"}, {"ReLU", "ReLU"}, {"none", "无"}};

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
        h = lab_activate(ad_linear(h, .out = WIDTH, .bias = false), kind_name[kind].en);
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

/* Of the layers' Jacobians, multiplied: ReLUs behind weights whose scale keeps the size of signals.
 */
static void show_singular(lab *l)
{
    static const int depth[SHOWN] = {1, 3, 10};
    double h[WIDTH], z[WIDTH], j[WIDTH * WIDTH], next[WIDTH * WIDTH], shown[SHOWN][WIDTH];
    for (int i = 0; i < WIDTH * WIDTH; i++)
        j[i] = i % (WIDTH + 1) == 0, h[i % WIDTH] = lab_normal(l);
    for (int d = 1, at = 0; at < SHOWN; d++) {
        for (int r = 0; r < WIDTH; r++) {
            double w[WIDTH];
            for (int k = 0; k < WIDTH; k++)
                w[k] = lab_normal(l) * sqrt(2. / WIDTH);
            z[r] = fmax(0, lab_dot(w, h, WIDTH));
            for (int c = 0; c < WIDTH; c++) {
                next[r * WIDTH + c] = 0;
                for (int k = 0; z[r] > 0 && k < WIDTH; k++)
                    next[r * WIDTH + c] += w[k] * j[k * WIDTH + c];
            }
        }
        memcpy(j, next, sizeof j), memcpy(h, z, sizeof h);
        if (d == depth[at]) {
            double *value = lab_singular(l, j, WIDTH, WIDTH);
            for (int i = 0; i < WIDTH; i++)
                shown[at][i] = log10(fmax(value[i], 1e-6));
            at++;
        }
    }
    lab_figure *f = lab_plot(l, T("{0} layers stretch a direction by {1}, shrink {2%} below 0.01",
                                  "{0} 层最多拉伸 {1} 倍，{2%} 的方向缩到 0.01 以下",
                                  depth[SHOWN - 1], pow(10, shown[SHOWN - 1][0]),
                                  lab_share(shown[SHOWN - 1], WIDTH, -INFINITY, -2)));
    lab_axes(f, T("singular value, the largest first", "奇异值（从大到小）"),
             T("power of ten", "十的幂次"));
    for (int k = 0; k < SHOWN; k++)
        lab_line(f, T("ReLU, depth {0}", "ReLU，{0} 层", depth[k]), NULL, shown[k], WIDTH);
}

/* The slope by what goes into a last sigmoid where 1 is wanted. */
static void show_losses(lab *l)
{
    double *z = lab_range(l, -8, 8, POINTS), slope[2][POINTS];
    ad_graph *g = lab_graph(l);
    ad_tensor *in = ad_feed(g, "z", AD_F64, AD_SHAPE(POINTS)), *out[2];
    ad_gradient(ad_sum(ad_square(ad_shift(ad_sigmoid(in), -1)), AD_ALL), &in, 1, &out[0]);
    ad_gradient(ad_sum(ad_softplus(ad_neg(in)), AD_ALL), &in, 1, &out[1]);
    ad_program *p = lab_compile(l, lab_state(l, g, 1), .fetch = {out[0], out[1]}, .feed = {in});
    ad_array feed = ad_f64(z, AD_SHAPE(POINTS)), seen[2];
    lab_fetch(l, p, &feed, seen, 2);
    for (int k = 0; k < 2; k++)
        for (int i = 0; i < POINTS; i++)
            slope[k][i] = fabs(ad_array_item(&seen[k], i));
    lab_figure *f = lab_plot(
        l, T("A wrong sigmoid: slope {0} of squared error, {1} of cross-entropy",
             "sigmoid 输出错误时：平方误差梯度 {0}，交叉熵 {1}", slope[0][0], slope[1][0]));
    lab_axes(f, T("what goes into the sigmoid; 1 is wanted", "sigmoid 的输入（目标为 1）"),
             T("size of the slope", "梯度大小"));
    lab_line(f, T("squared error", "平方误差"), z, slope[0], POINTS);
    lab_line(f, T("cross-entropy", "交叉熵"), z, slope[1], POINTS);
}

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
    show_singular(l);
    show_losses(l);
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
