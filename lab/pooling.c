/* What does pooling do?  Largest and mean of four windows, and how far a shift of the input changes
 * what is behind it. */
#include "lab.h"

enum { SIDE = 16, SHIFTS = 9, WAYS = 4 };

/* The textbook's picture: windows of 2 by 2. */
static void show_windows(lab *l)
{
    float x[16] = {1, 1, 2, 4, 5, 6, 7, 8, 3, 2, 1, 0, 1, 2, 3, 4};
    ad_graph *g = lab_graph(l);
    ad_tensor *in = ad_feed(g, "x", AD_F32, AD_SHAPE(1, 4, 4, 1));
    ad_tensor *largest = ad_max_pool(in, .window = 2), *mean = ad_average_pool(in, .window = 2);
    ad_program *p = lab_compile(l, lab_state(l, g, 1), .fetch = {largest, mean}, .feed = {in});
    ad_array feed = ad_f32(x, AD_SHAPE(1, 4, 4, 1)), out[2];
    lab_fetch(l, p, &feed, out, 2);
    double value[16];
    for (int i = 0; i < 16; i++)
        value[i] = x[i];
    lab_figure *f = lab_heat(l, T("Sixteen numbers", "十六个数"), value, 4, 4);
    lab_x(f, T("column", "列"), NULL, false);
    lab_y(f, T("row", "行"), NULL, false);
    for (int i = 0; i < 4; i++)
        value[i] = ad_array_item(&out[0], i);
    lab_say(l, T("Their largest by windows of two by two: {0}, {1}, {2}, {3}.",
                 "2x2 窗口的最大值：{0}、{1}、{2}、{3}。", value[0], value[1], value[2], value[3]));
    for (int i = 0; i < 4; i++)
        value[i] = ad_array_item(&out[1], i);
    lab_say(l, T("Their means: {0}, {1}, {2}, {3}.", "平均值：{0}、{1}、{2}、{3}。", value[0],
                 value[1], value[2], value[3]));
}

static ad_tensor *pool(ad_tensor *x, int way)
{
    switch (way) {
    case 0: return x;
    case 1: return ad_average_pool(x, .window = 4);
    case 2: return ad_max_pool(x, .window = 4);
    default: return ad_max_pool(x, .window = SIDE);
    }
}

/* How far a shift moves what is behind the pooling: the change's length over the answer's. */
static void sweep_shift(lab *l, int way, const double *shift, double *change)
{
    ad_graph *g = lab_graph(l);
    ad_tensor *in = ad_feed(g, "x", AD_F32, AD_SHAPE(1, SIDE, SIDE, 1));
    ad_tensor *out = ad_flatten(pool(in, way));
    ad_program *p = lab_compile(l, lab_state(l, g, 1), .fetch = {out}, .feed = {in});
    int count = (int)lab_get(l, "images");
    for (int s = 0; s < SHIFTS; s++)
        change[s] = 0;
    for (int t = 0; t < count; t++) {
        float moved[SIDE * SIDE];
        double before[SIDE * SIDE], length = 0;
        double row = 4 + 7 * lab_uniform(l), column = 3 + 3 * lab_uniform(l);
        for (int s = 0; s < SHIFTS; s++) {
            for (int i = 0; i < SIDE * SIDE; i++)
                moved[i] = (float)exp(
                    -(pow(i / SIDE - row, 2) + pow(i % SIDE - column - shift[s], 2)) / 2);
            ad_array feed = ad_f32(moved, AD_SHAPE(1, SIDE, SIDE, 1)), y;
            lab_fetch(l, p, &feed, &y, 1);
            double off = 0;
            for (int i = 0; i < ad_array_count(&y); i++) {
                double now = ad_array_item(&y, i);
                if (s == 0)
                    before[i] = now, length += now * now;
                off += pow(now - before[i], 2);
            }
            change[s] += sqrt(off / length) / count;
        }
    }
}

static void run(lab *l)
{
    show_windows(l);
    double *shift = lab_range(l, 0, 4, SHIFTS), change[WAYS][SHIFTS];
    for (int w = 0; w < WAYS; w++) {
        sweep_shift(l, w, shift, change[w]);
        lab_progress(l, (w + 1.0) / WAYS);
    }
    lab_figure *f = lab_plot(l, T("A shift by one changes pixels by {0%}, maxima of 4 by 4 by {1%}",
                                  "平移一个像素：像素变化 {0%}，4x4 最大池化变化 {1%}",
                                  change[0][2], change[2][2]));
    lab_x(f, T("shift", "平移"), "px", false);
    lab_y(f, T("change over size", "变化与大小之比"), NULL, false);
    lab_line(f, T("no pooling", "无池化"), shift, change[0], SHIFTS);
    lab_line(f, T("means of 4 by 4", "4x4 平均"), shift, change[1], SHIFTS);
    lab_line(f, T("largest of 4 by 4", "4x4 最大"), shift, change[2], SHIFTS);
    lab_line(f, T("largest of all", "全局最大"), shift, change[3], SHIFTS);
    lab_say(
        l,
        T("Behind pooling there is a sixteenth of the numbers left, and a shift by half a window "
          "still changes them by {0%}.",
          "池化后数据只剩十六分之一；平移半个窗口仍使其变化 {0%}。", change[2][4]));
    bool less = change[2][2] < change[0][2] && change[1][2] < change[0][2];
    bool not_none = change[2][SHIFTS - 1] > 0.3;
    lab_judge(
        l, less && not_none ? LAB_PARTLY : LAB_FAILS,
        T("Pooling makes small shifts matter less, not nothing: at a whole window the change is "
          "{0%}. Only pooling over all places is invariant, {1%}, and it forgets where.",
          "池化使小平移的影响变小，但并非没有：平移一个窗口时变化 "
          "{0%}。只有全局池化是不变的（{1%}），"
          "但它丢掉了位置。",
          change[2][SHIFTS - 1], change[3][SHIFTS - 1]));
}

const lab_record lab_record_pooling = {
    .name = "pooling",
    .topic = LAB_LAYERS,
    .question_en = "What does pooling do?",
    .question_zh = "池化有什么作用？",
    .claim_en = "Pooling makes a net invariant to translation.",
    .claim_zh = "池化使网络具有平移不变性。",
    .verdict = LAB_PARTLY,
    .seeds = 20,
    .run = run,
    .setting = {{"images", 200, 40, 1, 10000, "spots drawn", "图像个数"}},
    .next = {{"Is it the same with ten thousand spots?", "一万个样本结果一样吗？", "images=10000"},
             {"What does blurring before pooling change?", "池化前先模糊会怎样？", NULL},
             {"Do strides of convolutions do as well?", "卷积步幅能代替池化吗？", NULL}},
    .source =
        {"Zhang 2019: making convolutional networks shift-invariant again (arXiv:1904.11486)",
         "Azulay and Weiss 2019: why do deep convolutional networks generalize so poorly to small "
         "image transformations? (arXiv:1805.12177)",
         "include/adze/adze.h: ad_max_pool, ad_average_pool"},
};
