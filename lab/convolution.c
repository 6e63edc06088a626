/* What is a convolution?  A window's product, four filters made by hand, the same as a matrix. */
#include "lab.h"

enum { SIDE = 14, FILTERS = 4 };

static const lab_text of[FILTERS] = {{"edges that lie", "水平边缘"},
                                     {"edges that stand", "垂直边缘"},
                                     {"blur", "模糊"},
                                     {"sharpen", "锐化"}};
static const float filter[FILTERS][9] = {
    {1, 2, 1, 0, 0, 0, -1, -2, -1},
    {1, 0, -1, 2, 0, -2, 1, 0, -1},
    {1 / 9.f, 1 / 9.f, 1 / 9.f, 1 / 9.f, 1 / 9.f, 1 / 9.f, 1 / 9.f, 1 / 9.f, 1 / 9.f},
    {0, -1, 0, -1, 5, -1, 0, -1, 0}};

typedef struct conv {
    ad_tensor *weight;
    ad_state *state;
    ad_program *p;
} conv;

static conv make(lab *l)
{
    ad_graph *g = lab_graph(l);
    ad_tensor *x = ad_feed(g, "x", AD_F32, AD_SHAPE(1, SIDE, SIDE, 1));
    ad_tensor *y = ad_conv2d(x, .filters = 1, .kernel = 3, .padding = 1, .bias = false);
    ad_state *state = lab_state(l, g, 1);
    ad_program *p = lab_compile(l, state, .fetch = {y}, .feed = {x});
    return (conv){ad_variable_at(g, 0), state, p};
}

static void apply(lab *l, conv *c, const float *weight, float *x, double *y)
{
    ad_array out, feed = ad_f32(x, AD_SHAPE(1, SIDE, SIDE, 1));
    lab_do(l, ad_set(c->state, c->weight, ad_f32((float *)weight, AD_SHAPE(1, 1, 3, 3))));
    lab_fetch(l, c->p, &feed, &out, 1);
    for (int i = 0; i < SIDE * SIDE; i++)
        y[i] = ad_array_item(&out, i);
}

/* The sum over a window, written out; the filter may be turned by half a turn. */
static double window(const float *w, const float *x, int row, int column, bool turned)
{
    double sum = 0;
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) {
            int r = row + i - 1, s = column + j - 1;
            if (r >= 0 && r < SIDE && s >= 0 && s < SIDE)
                sum += (double)w[turned ? 8 - (3 * i + j) : 3 * i + j] * x[r * SIDE + s];
        }
    return sum;
}

/* Largest difference of the op from windows written out, and from y = M x, whose columns are what
 * the op makes of pictures of one pixel. */
static void compare(lab *l, conv *c, const float *w, float *x, double off[3])
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

static void draw(lab *l, conv *c, float *x)
{
    lab_figure *f = lab_pictures(l, T("Four filters made by hand find edges, blur and sharpen",
                                      "四个手工滤波器：边缘、模糊、锐化"));
    ad_array digit = ad_f32(x, AD_SHAPE(SIDE * SIDE));
    double shown[SIDE * SIDE];
    lab_picture(f, T("a digit", "原图"), lab_items(l, &digit), SIDE, SIDE, 1);
    for (int k = 0; k < FILTERS; k++) {
        double y[SIDE * SIDE], low = 0, high = 0;
        apply(l, c, filter[k], x, y);
        for (int i = 0; i < SIDE * SIDE; i++)
            low = fmin(low, y[i]), high = fmax(high, y[i]);
        for (int i = 0; i < SIDE * SIDE; i++)
            shown[i] = (y[i] - low) / (high - low);
        lab_picture(f, of[k], shown, SIDE, SIDE, 1);
    }
}

static void run(lab *l)
{
    lab_data d = lab_digits(l, 200, AD_PART_TRAIN);
    int at = 0;
    while (at < d.count - 1 && d.y[at] != (int)lab_get(l, "digit"))
        at++;
    float *x = d.x + at * d.size;
    conv c = make(l);
    draw(l, &c, x);
    double off[3], worst = 0, turned = 0, matrix = 0;
    for (int k = 0; k < FILTERS; k++) {
        compare(l, &c, filter[k], x, off);
        worst = fmax(worst, off[0]), turned = fmax(turned, off[1]), matrix = fmax(matrix, off[2]);
    }
    double parameters[2] = {9, pow(SIDE, 4)};
    lab_text name[] = {T("filter", "滤波器"), T("the same as a matrix", "等价的矩阵")};
    lab_text axis = T("numbers that are learned", "需要学习的参数个数"),
             title = T("{0} numbers do the work of a matrix of {1}",
                       "{0} 个数完成了 {1} 个数的矩阵的工作", parameters[0], parameters[1]);
    lab_figure *f = lab_named_bars(l, title, name, 2, axis);
    lab_x(f, axis, NULL, true);
    lab_bar(f, T("", ""), parameters, NULL, NULL, 2);
    lab_say(l, T("At each place the filter's numbers are multiplied by the window's and added up: "
                 "the op agrees with this, written out, to {0}, and with one matrix times all "
                 "pixels to {1}.",
                 "在每个位置，滤波器与窗口逐元素相乘再求和：运算与直接写出的结果相差 {0}，与一个矩"
                 "阵乘以全部像素相差 {1}。",
                 worst, matrix));
    lab_say(l,
            T("In mathematics a convolution first turns the filter by half a turn; then answers "
              "would differ by {0}. What nets call convolution is cross-correlation.",
              "数学中的卷积先把滤波器旋转 180 度，结果会相差 {0}。神经网络的“卷积”其实是互相关。",
              turned));
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
    .setting = {{"digit", 3, 0, 0, 9, "the digit that is shown", "所用的数字"}},
    .next = {{"How do the filters see an 8?", "滤波器看到的 8 是什么样？", "digit=8"},
             {"What do learned filters look like?", "学到的滤波器是什么样？", NULL},
             {"Why does it do little for a table?", "为什么卷积对表格数据用处不大？", NULL}},
    .source = {"LeCun et al. 1998: gradient-based learning applied to document recognition",
               "Dumoulin and Visin 2016: a guide to convolution arithmetic (arXiv:1603.07285)",
               "include/adze/adze.h: ad_conv2d"},
};
