/* What is a convolution?  A window's product step by step, four filters made by hand and some that
 * are learned, the same as a matrix. */
#include "lab.h"

enum { SIDE = 14, FILTERS = 4, LEARNED = 8 };

static const lab_text of[FILTERS] = {{"edges that lie", "水平边缘"},
                                     {"edges that stand", "垂直边缘"},
                                     {"blur", "模糊"},
                                     {"sharpen", "锐化"}};
static const double filter[FILTERS][9] = {
    {1, 2, 1, 0, 0, 0, -1, -2, -1},
    {1, 0, -1, 2, 0, -2, 1, 0, -1},
    {1 / 9., 1 / 9., 1 / 9., 1 / 9., 1 / 9., 1 / 9., 1 / 9., 1 / 9., 1 / 9.},
    {0, -1, 0, -1, 5, -1, 0, -1, 0}};

/* Of a picture and a filter that are fed. */
static ad_program *make(lab *l)
{
    ad_graph *g = lab_graph(l);
    ad_tensor *x = ad_feed(g, "x", AD_F32, AD_SHAPE(1, SIDE, SIDE, 1));
    ad_tensor *w = ad_feed(g, "w", AD_F64, AD_SHAPE(1, 1, 3, 3));
    ad_tensor *y = ad_convolution(x, ad_cast(w, AD_F32), .padding = 1);
    return lab_compile(l, lab_state(l, g, 1), .fetch = {y}, .feed = {x, w});
}

static void apply(lab *l, ad_program *p, const double *w, float *x, double *y)
{
    ad_array out,
        feed[] = {ad_f32(x, AD_SHAPE(1, SIDE, SIDE, 1)), ad_f64((double *)w, AD_SHAPE(1, 1, 3, 3))};
    lab_fetch(l, p, feed, &out, 1);
    for (int i = 0; i < SIDE * SIDE; i++)
        y[i] = ad_array_item(&out, i);
}

/* The sum over a window, written out; the filter may be turned by half a turn. */
static double window(const double *w, const float *x, int row, int column, bool turned)
{
    double sum = 0;
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) {
            int r = row + i - 1, s = column + j - 1;
            if (r >= 0 && r < SIDE && s >= 0 && s < SIDE)
                sum += w[turned ? 8 - (3 * i + j) : 3 * i + j] * x[r * SIDE + s];
        }
    return sum;
}

/* Largest difference of the op from windows written out, and from y = M x, whose columns are what
 * the op makes of pictures of one pixel. */
static void compare(lab *l, ad_program *c, const double *w, float *x, double off[3])
{
    double y[SIDE * SIDE], column[SIDE * SIDE], product[SIDE * SIDE] = {0};
    apply(l, c, w, x, y);
    for (int k = 0; k < SIDE * SIDE; k++) {
        float one[SIDE * SIDE] = {0};
        one[k] = 1;
        apply(l, c, w, one, column);
        for (int i = 0; i < SIDE * SIDE; i++)
            product[i] += column[i] * x[k];
    }
    off[0] = off[1] = off[2] = 0;
    for (int i = 0; i < SIDE * SIDE; i++) {
        off[0] = fmax(off[0], fabs(y[i] - window(w, x, i / SIDE, i % SIDE, false)));
        off[1] = fmax(off[1], fabs(y[i] - window(w, x, i / SIDE, i % SIDE, true)));
        off[2] = fmax(off[2], fabs(y[i] - product[i]));
    }
}

static void draw(lab *l, ad_program *c, float *x)
{
    lab_figure *f = lab_pictures(l, T("Four filters made by hand find edges, blur and sharpen",
                                      "四个手工滤波器：边缘、模糊、锐化"));
    ad_array digit = ad_f32(x, AD_SHAPE(SIDE * SIDE));
    lab_picture(f, T("a digit", "原图"), lab_items(l, &digit), SIDE, SIDE, 1);
    for (int k = 0; k < FILTERS; k++) {
        double y[SIDE * SIDE];
        apply(l, c, filter[k], x, y);
        lab_shades(f, of[k], y, SIDE, SIDE);
    }
}

/* The first filter at the window of its largest answer. */
static void step_by_step(lab *l, ad_program *c, float *x)
{
    static const lab_text step[4] = {
        {"pixel", "像素"}, {"filter", "滤波器"}, {"product", "乘积"}, {"sum so far", "累加"}};
    double y[SIDE * SIDE], part[9][4];
    apply(l, c, filter[0], x, y);
    for (int i = 0; i < SIDE * SIDE; i++) /* windows that lie in the picture */
        if (i / SIDE % (SIDE - 1) == 0 || i % SIDE % (SIDE - 1) == 0)
            y[i] = 0;
    int at = lab_most(y, SIDE * SIDE);
    for (int k = 0; k < 9; k++) {
        part[k][0] = x[at + (k / 3 - 1) * SIDE + k % 3 - 1], part[k][1] = filter[0][k];
        part[k][2] = part[k][0] * part[k][1];
        part[k][3] = part[k][2] + (k ? part[k - 1][3] : 0);
    }
    lab_figure *f = lab_heat(l,
                             T("Nine products of a window add up to {0:2}; the op gives {1:2}",
                               "一个窗口的九个乘积之和为 {0:2}；运算给出 {1:2}", part[8][3], y[at]),
                             *part, 9, 4);
    lab_axes(f, T("step", "步骤"), T("place in the window, row by row", "窗口内的位置（逐行）"));
    for (int k = 0; k < 13; k++)
        k < 9 ? lab_row(f, T("{0}", "{0}", k + 1)) : lab_column(f, step[k - 9]);
}

static ad_tensor *body(ad_tensor *x, const void *with)
{
    (void)with;
    x = ad_reshape(x, AD_SHAPE(AD_INFER, SIDE, SIDE, 1));
    x = ad_relu(ad_conv2d(x, .filters = LEARNED, .kernel = 3, .same = true));
    return ad_linear(ad_flatten(ad_max_pool(x, .window = 2)), .out = 10);
}

/* Filters that a net learns, and how much they are edges: their correlation with the mixture of the
 * two edge filters, which have nothing in common, that is most like each. */
static void learn(lab *l, const lab_data *d)
{
    lab_net n = lab_classifier(l, d, body, NULL);
    lab_begin(l, &n, ad_adam(n.loss, .rate = 3e-3), lab_seed(l));
    double like[2][LEARNED], *w = NULL;
    for (int t = 0; t < 2; t++) {
        int64_t count;
        if (t > 0)
            lab_train(l, &n, d, 32, (int)lab_get(l, "steps"));
        w = lab_value(l, n.state, ad_variable_at(n.graph, 0), &count);
        for (int k = 0; k < LEARNED; k++)
            like[t][k] = hypot(lab_correlation(w + 9 * k, filter[0], 9),
                               lab_correlation(w + 9 * k, filter[1], 9));
    }
    lab_figure *f = lab_pictures(
        l, T("Filters that are learned: the likest to an edge has a correlation of {0:2}",
             "学到的滤波器：最像边缘的一个相关系数为 {0:2}", like[1][lab_most(like[1], LEARNED)]));
    for (int k = 0; k < LEARNED; k++)
        lab_shades(f, T("{0:2}", "{0:2}", like[1][k]), w + 9 * k, 3, 3);
    lab_say(l, T("Below each stands its correlation with an edge filter of the best direction: in "
                 "the mean {0:2}, where the same filters had {1:2} before training. With them the "
                 "net has {2%} of the digits right that it learned from.",
                 "图下是它与最佳方向边缘滤波器的相关系数：平均 {0:2}，训练前为 {1:2}。网络用它们在"
                 "训练数字上的正确率为 {2%}。",
                 lab_mean(like[1], LEARNED), lab_mean(like[0], LEARNED), lab_right(l, &n, d)));
}

static void run(lab *l)
{
    lab_data d = lab_digits(l, 1000, AD_PART_TRAIN);
    int at = 0;
    while (at < d.count - 1 && d.y[at] != (int)lab_get(l, "digit"))
        at++;
    float *x = d.x + at * d.size;
    ad_program *c = make(l);
    step_by_step(l, c, x);
    draw(l, c, x);
    double off[3], worst = 0, turned = 0, matrix = 0;
    for (int k = 0; k < FILTERS; k++) {
        compare(l, c, filter[k], x, off);
        worst = fmax(worst, off[0]), turned = fmax(turned, off[1]), matrix = fmax(matrix, off[2]);
    }
    lab_say(l, T("At each place the filter's numbers are multiplied by the window's and added up: "
                 "the op agrees with this, written out, to {0}, and with one matrix times all "
                 "pixels to {1}. {2} numbers do what the matrix does with {3}.",
                 "在每个位置，滤波器与窗口逐元素相乘再求和：运算与直接写出的结果相差 {0}，与一个矩"
                 "阵乘以全部像素相差 {1}。{2} 个数完成了该矩阵 {3} 个数的工作。",
                 worst, matrix, 9, pow(SIDE, 4)));
    lab_say(l,
            T("In mathematics a convolution first turns the filter by half a turn; then answers "
              "would differ by {0}. What nets call convolution is cross-correlation.",
              "数学中的卷积先把滤波器旋转 180 度，结果会相差 {0}。神经网络的“卷积”其实是互相关。",
              turned));
    learn(l, &d);
    bool holds = worst < 1e-5 && matrix < 1e-5 && turned > 0.1;
    lab_judge(l, holds ? LAB_PARTLY : LAB_FAILS,
              T("An inner product of window and filter it is, the same filter at every place; "
                "what mathematicians call a convolution it is not.",
                "它确实是窗口与滤波器的内积，处处用同样的参数；但并不是数学意义上的卷积。"));
}

const lab_record lab_record_convolution = {
    .name = "convolution",
    .topic = LAB_LAYERS,
    .question_en = "What is a convolution?",
    .question_zh = "什么是卷积？",
    .claim_en = "A convolution is the inner product of a filter and each window.",
    .claim_zh = "卷积是滤波器与图像各窗口数据做内积。",
    .verdict = LAB_PARTLY,
    .seeds = 20,
    .run = run,
    .setting = {{"digit", 3, 0, 0, 9, "the digit that is shown", "所用的数字"},
                {"steps", 600, 300, 10, 100000, "training steps", "训练步数"}},
    .next = {{"How do the filters see an 8?", "滤波器看到的 8 是什么样？", "digit=8"},
             {"Are learned filters more like edges after more steps?",
              "训练更久，滤波器会更像边缘吗？", "steps=5000"},
             {"Why does it do little for a table?", "为什么卷积对表格数据用处不大？", NULL}},
    .source = {"LeCun et al. 1998: gradient-based learning applied to document recognition",
               "Dumoulin and Visin 2016: a guide to convolution arithmetic (arXiv:1603.07285)",
               "include/adze/adze.h: ad_conv2d"},
};
