/* Why do convolutions work in so many fields?  Filters shared by all places, filters of their own
 * at each place and a dense layer, of about as many parameters, on pictures, sounds and texts; and
 * the same with the places shuffled. */
#include "lab.h"

enum { FIELDS = 3, RATES = 3, FILTERS = 16 };
enum { CONVOLUTION, OWN, DENSE, NETS };

static const lab_text row_name[FIELDS * NETS] = {
    {"picture: convolution", "图像：卷积"}, {"own filters", "局部连接"}, {"dense", "全连接"},
    {"sound: convolution", "声音：卷积"},   {"own filters", "局部连接"}, {"dense", "全连接"},
    {"text: convolution", "文本：卷积"},    {"own filters", "局部连接"}, {"dense", "全连接"}};

/* What a field's examples are: places (rows of columns; rows 1 where there is only time), numbers
 * at each, and the windows that suit them. */
typedef struct field {
    int rows, columns, channels, classes, window, pool;
} field;

static const field fields[FIELDS] = {
    {14, 14, 1, 10, 5, 2}, {1, 128, 1, 4, 9, 8}, {1, 24, 16, 8, 3, 4}};

typedef struct setup {
    const lab_data *train, *test;
    const field *of;
    int net, units; /* units: filters, or those of the dense layer */
} setup;

/* A note of one of four pitches, at any time with any phase, in noise. */
static void sound(lab *l, float *x, int32_t class)
{
    int begin = (int)(80 * lab_uniform(l));
    double phase = 6.283185307 * lab_uniform(l), pitch = 0.08 * pow(1.5, class);
    for (int t = 0; t < 128; t++)
        x[t] = (float)(0.4 * lab_normal(l) +
                       (t >= begin && t < begin + 48 ? sin(phase + 6.283185307 * pitch * t) : 0));
}

/* Letters by chance, and among them, at any place, the three of the class. */
static void words(lab *l, float *x, int32_t class)
{
    int letter[24], at = (int)(22 * lab_uniform(l));
    for (int t = 0; t < 24; t++)
        letter[t] = (int)(16 * lab_uniform(l));
    for (int k = 0; k < 3; k++)
        letter[at + k] = ((3 + 2 * k) * class + k) % 16;
    for (int t = 0; t < 24; t++)
        x[16 * t + letter[t]] = 1;
}

static lab_data make(lab *l, int which, int count, ad_part part)
{
    const field *f = &fields[which];
    if (which == 0)
        return lab_digits(l, count, part);
    lab_data d = lab_examples(l, count, f->columns * f->channels, f->classes);
    for (int i = 0; i < count; i++) {
        d.y[i] = (int32_t)(f->classes * lab_uniform(l));
        (which == 1 ? sound : words)(l, d.x + (int64_t)i * d.size, d.y[i]);
    }
    return d;
}

static ad_tensor *body(ad_tensor *x, const void *with)
{
    const setup *s = with;
    const field *f = s->of;
    if (s->net == DENSE)
        return ad_linear(ad_relu(ad_linear(x, .out = s->units)), .out = f->classes);
    ad_shape kernel = f->rows > 1 ? AD_SHAPE(f->window, f->window) : AD_SHAPE(f->window);
    x = ad_reshape(x, f->rows > 1 ? AD_SHAPE(AD_INFER, f->rows, f->columns, f->channels)
                                  : AD_SHAPE(AD_INFER, f->columns, f->channels));
    x = s->net == CONVOLUTION
            ? ad_conv_nd(x, .filters = s->units, .kernel = kernel, .same = true)
            : ad_local_conv(x, .filters = s->units, .kernel = kernel, .same = true);
    return ad_linear(ad_flatten(ad_max_pool(ad_relu(x), .window = f->pool)), .out = f->classes);
}

/* Numbers that a net of so many units learns. */
static double parameters(lab *l, setup s, int units)
{
    s.units = units;
    return lab_parameters(lab_classifier(l, s.train, body, &s).graph);
}

/* As many units as make a net about as large as the convolution's. */
static int fair(lab *l, setup s, double wanted)
{
    double one = parameters(l, s, 1), more = parameters(l, s, 2) - one;
    return 1 + (int)floor(fmax(0, (wanted - one) / more + 0.5));
}

static double right(lab *l, double rate, uint64_t seed, const void *with)
{
    const setup *s = with;
    return lab_taught(l, s->train, s->test, body, s, rate, seed);
}

/* Every net of a field at its best rate, as the places are and shuffled; sizes of the nets. */
static void measure(lab *l, int k, double size[NETS], lab_band best[2])
{
    double rate[RATES] = {1e-3, 4e-3, 1.6e-2};
    const field *f = &fields[k];
    lab_data in[2] = {make(l, k, (int)lab_get(l, "train"), AD_PART_TRAIN)};
    lab_data out[2] = {make(l, k, 1000, AD_PART_TEST)};
    int *order = lab_order(l, f->rows * f->columns);
    in[1] = lab_reorder(l, &in[0], order, f->channels);
    out[1] = lab_reorder(l, &out[0], order, f->channels);
    for (int n = 0; n < NETS; n++) {
        setup s = {&in[0], &out[0], f, n, FILTERS};
        s.units = n ? fair(l, s, size[CONVOLUTION]) : FILTERS;
        size[n] = parameters(l, s, s.units);
        for (int m = 0; m < 2; m++) {
            s.train = &in[m], s.test = &out[m];
            lab_take_best(l, &best[m], k * NETS + n, rate, RATES, right, &s);
        }
    }
}

static void run(lab *l)
{
    enum { ROWS = FIELDS * NETS };
    double size[FIELDS][NETS];
    lab_band best[2] = {lab_new_band(l, NULL, ROWS), lab_new_band(l, NULL, ROWS)};
    const double *as_is = best[0].mean,
                 *mixed = best[1].mean; /* convolution, own, dense by field */
    bool holds = true;
    for (int k = 0; k < FIELDS; k++) {
        measure(l, k, size[k], best);
        const double *is = as_is + k * NETS;
        holds = holds && is[CONVOLUTION] > fmax(is[OWN], is[DENSE]) + 0.02 &&
                mixed[k * NETS] < is[CONVOLUTION] - 0.02;
    }
    lab_text title = T("Convolution: {0%}, {1%}, {2%} right; dense: {3%}, {4%}, {5%}",
                       "正确率：卷积 {0%}、{1%}、{2%}；全连接 {3%}、{4%}、{5%}", as_is[0], as_is[3],
                       as_is[6], as_is[2], as_is[5], as_is[8]);
    lab_text axis = T("share of test examples right", "测试集正确率");
    lab_figure *f = lab_named_bars(l, title, row_name, ROWS, axis);
    for (int m = 0; m < 2; m++)
        lab_bar(f, m ? T("places shuffled", "打乱位置") : T("as they are", "原样"), best[m].mean,
                best[m].low, best[m].high, ROWS);
    lab_say(l, T("All nets of a field have about as many parameters: {0}, {1} and {2} for "
                 "pictures, {3}, {4}, {5} for sounds, {6}, {7}, {8} for texts, as the bars.",
                 "同一领域的网络参数个数相近：图像 {0}、{1}、{2}，声音 {3}、{4}、{5}，文本 {6}、"
                 "{7}、{8}（按图中次序）。",
                 size[0][0], size[0][1], size[0][2], size[1][0], size[1][1], size[1][2], size[2][0],
                 size[2][1], size[2][2]));
    lab_say(l, T("Filters of their own look at the same windows, yet get {0%}, {1%} and {2%}: each "
                 "sees a part only where it stood in training. Sharing is what pays.",
                 "局部连接看的是同样的窗口，却只有 {0%}、{1%}、{2%}：每个滤波器只见过训练时出现在那"
                 "里的特征。起作用的是权值共享。",
                 as_is[1], as_is[4], as_is[7]));
    lab_judge(l, holds ? LAB_HOLDS : LAB_FAILS,
              T("Shuffled places lose nothing but who is whose neighbour: the convolution falls "
                "to {0%}, {1%} and {2%}, the dense net stays near {3%}, {4%} and {5%}. It lives "
                "on the neighbours, not on the field.",
                "打乱位置只破坏了相邻关系：卷积降到 {0%}、{1%}、{2%}，全连接仍约为 {3%}、{4%}、"
                "{5%}。可见卷积靠的是相邻关系，而不是某个领域。",
                mixed[0], mixed[3], mixed[6], mixed[2], mixed[5], mixed[8]));
}

const lab_record lab_record_why_cnn = {
    .name = "why-cnn",
    .topic = LAB_LAYERS,
    .question_en = "Why do convolutions work in so many fields?",
    .question_zh = "卷积网络为什么能用于这么多领域？",
    .claim_en =
        "Pictures, sounds and texts have local parts anywhere: small shared filters suit them.",
    .claim_zh = "图像、声音、文本都有局部特征，且可出现在任何位置：局部连接与权值共享正合适。",
    .verdict = LAB_HOLDS,
    .seeds = 20,
    .run = run,
    .setting = {{"train", 1000, 500, 50, 20000, "training examples", "训练样本数"},
                {"steps", 400, 150, 10, 100000, "training steps", "训练步数"},
                {"seeds", 2, 1, 1, 20, "seeds", "种子数"}},
    .next = {{"Does a dense net catch up with more?", "样本更多时全连接能赶上吗？", "train=10000"},
             {"Why do tables not gain?", "为什么表格数据用卷积没有好处？", NULL},
             {"What has attention without windows?", "注意力没有窗口，靠的是什么？", NULL}},
    .source = {"LeCun et al. 1998: gradient-based learning applied to document recognition",
               "d'Ascoli et al. 2019: the needle in the haystack (arXiv:1906.06766)",
               "include/adze/layers.h: ad_conv_nd, ad_local_conv"},
};
