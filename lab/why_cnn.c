/* Why do convolutions work in so many fields?  Filters that go over all places, filters of their
 * own at each place and a dense layer, of about as many parameters, on pictures, sounds and texts;
 * and the same with the places shuffled, in all examples alike. */
#include "lab.h"

enum { FIELDS = 3, NETS = 3, RATES = 3, FILTERS = 16 };

static const char *const row_name[FIELDS * NETS][2] = {
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
    if (which == 0)
        return lab_digits(l, count, part);
    const field *f = &fields[which];
    int size = f->columns * f->channels;
    lab_data d = {lab_floats(l, (int64_t)count * size),
                  lab_memory(l, (size_t)count, sizeof(int32_t)), count, size, f->classes};
    for (int i = 0; i < count; i++) {
        d.y[i] = (int32_t)(f->classes * lab_uniform(l));
        (which == 1 ? sound : words)(l, d.x + (int64_t)i * size, d.y[i]);
    }
    return d;
}

/* The same examples with place i's numbers at order[i]. */
static lab_data shuffled(lab *l, const lab_data *d, const field *f, const int *order)
{
    lab_data s = *d;
    s.x = lab_floats(l, (int64_t)d->count * d->size);
    for (int i = 0; i < d->count; i++)
        for (int p = 0; p < f->rows * f->columns; p++)
            memcpy(s.x + (int64_t)i * d->size + order[p] * f->channels,
                   d->x + (int64_t)i * d->size + p * f->channels,
                   (size_t)f->channels * sizeof(float));
    return s;
}

static ad_tensor *body(ad_tensor *x, const void *with)
{
    const setup *s = with;
    const field *f = s->of;
    if (s->net == 2)
        return ad_linear(ad_relu(ad_linear(x, .out = s->units)), .out = f->classes);
    ad_shape kernel = f->rows > 1 ? AD_SHAPE(f->window, f->window) : AD_SHAPE(f->window);
    x = ad_reshape(x, f->rows > 1 ? AD_SHAPE(AD_INFER, f->rows, f->columns, f->channels)
                                  : AD_SHAPE(AD_INFER, f->columns, f->channels));
    x = s->net == 0 ? ad_conv_nd(x, .filters = s->units, .kernel = kernel, .same = true)
                    : ad_local_conv(x, .filters = s->units, .kernel = kernel, .same = true);
    return ad_linear(ad_flatten(ad_max_pool(ad_relu(x), .window = f->pool)), .out = f->classes);
}

/* Numbers that a net learns. */
static int parameters(lab *l, setup s)
{
    lab_net n = lab_classifier(l, s.train, body, &s);
    int64_t sum = 0;
    for (int i = 0; i < ad_variable_count(n.graph); i++) {
        ad_shape shape = ad_tensor_shape(ad_variable_at(n.graph, i));
        int64_t count = 1;
        for (int k = 0; k < shape.rank; k++)
            count *= shape.size[k];
        sum += count;
    }
    return (int)sum;
}

/* As many units as make a net about as large as the convolution's. */
static int fair(lab *l, setup s, int wanted)
{
    s.units = 1;
    int one = parameters(l, s);
    s.units = 2;
    int more = parameters(l, s) - one;
    return 1 + (wanted > one ? (wanted - one + more / 2) / more : 0);
}

static double right(lab *l, double rate, uint64_t seed, const void *with)
{
    const setup *s = with;
    lab_net n = lab_classifier(l, s->train, body, s);
    lab_begin(l, &n, ad_adam(n.loss, .rate = rate), seed);
    lab_train(l, &n, s->train, 32, (int)lab_get(l, "steps"));
    return lab_right(l, &n, s->test);
}

static void run(lab *l)
{
    double rate[RATES] = {1e-3, 4e-3, 1.6e-2}, by[2][FIELDS][NETS], low[2][FIELDS * NETS],
           high[2][FIELDS * NETS];
    int count = (int)lab_get(l, "train"), size[FIELDS][NETS];
    for (int k = 0; k < FIELDS; k++) {
        const field *f = &fields[k];
        lab_data in = make(l, k, count, AD_PART_TRAIN), out = make(l, k, 1000, AD_PART_TEST);
        int places = f->rows * f->columns, order[196];
        for (int p = 0; p < places; p++) {
            int at = (int)((p + 1) * lab_uniform(l));
            order[p] = p, order[p] = order[at], order[at] = p;
        }
        lab_data mixed[2] = {shuffled(l, &in, f, order), shuffled(l, &out, f, order)};
        for (int n = 0; n < NETS; n++) {
            setup s = {&in, &out, f, n, FILTERS};
            s.units = n ? fair(l, s, size[k][0]) : FILTERS;
            size[k][n] = parameters(l, s);
            for (int m = 0; m < 2; m++) {
                s.train = m ? &mixed[0] : &in, s.test = m ? &mixed[1] : &out;
                lab_band b = lab_sweep(l, rate, RATES, (int)lab_get(l, "seeds"), right, &s);
                int top = 0;
                for (int r = 1; r < RATES; r++)
                    top = b.mean[r] > b.mean[top] ? r : top;
                by[m][k][n] = b.mean[top];
                low[m][k * NETS + n] = b.low[top], high[m][k * NETS + n] = b.high[top];
            }
        }
    }
    lab_figure *f =
        lab_bars(l, T("Convolution: {0%}, {1%}, {2%} right; dense: {3%}, {4%}, {5%}",
                      "正确率：卷积 {0%}、{1%}、{2%}；全连接 {3%}、{4%}、{5%}", by[0][0][0],
                      by[0][1][0], by[0][2][0], by[0][0][2], by[0][1][2], by[0][2][2]));
    for (int i = 0; i < FIELDS * NETS; i++)
        lab_row(f, T(row_name[i][0], row_name[i][1]));
    lab_x(f, T("share of test examples right", "测试集正确率"), NULL, false);
    lab_bar(f, T("as they are", "原样"), by[0][0], low[0], high[0], FIELDS * NETS);
    lab_bar(f, T("places shuffled", "打乱位置"), by[1][0], low[1], high[1], FIELDS * NETS);
    bool holds = true;
    for (int k = 0; k < FIELDS; k++)
        holds = holds && by[0][k][0] > by[0][k][1] + 0.02 && by[0][k][0] > by[0][k][2] + 0.02 &&
                by[1][k][0] < by[0][k][0] - 0.02;
    lab_say(l,
            T("All nets of a field have about as many parameters: {0}, {1} and {2} for pictures, "
              "{3}, {4} and {5} for sounds, {6}, {7} and {8} for texts, in the order of the bars.",
              "同一领域的网络参数个数相近：图像 {0}、{1}、{2}，声音 {3}、{4}、{5}，文本 "
              "{6}、{7}、{8}（按图中次序）。",
              size[0][0], size[0][1], size[0][2], size[1][0], size[1][1], size[1][2], size[2][0],
              size[2][1], size[2][2]));
    lab_say(l, T("Filters of their own at each place look at the same windows, yet get {0%}, {1%} "
                 "and {2%}: each of them sees a part only where it happened to stand in training. "
                 "Sharing is what pays.",
                 "局部连接看的是同样的窗口，却只有 "
                 "{0%}、{1%}、{2%}"
                 "：某个位置的滤波器只见过训练时恰好出现在那里的特征。起作用的是权值共享。",
                 by[0][0][1], by[0][1][1], by[0][2][1]));
    lab_judge(
        l, holds ? LAB_HOLDS : LAB_FAILS,
        T("With the places shuffled, alike in all examples, nothing is lost but who is whose "
          "neighbour: the convolution falls to {0%}, {1%} and {2%}, the dense net stays near {3%}, "
          "{4%} and {5%}. So it is the neighbours that it lives on, not the field.",
          "把位置打乱（所有样本相同）只破坏了相邻关系：卷积降到 {0%}、{1%}、{2%}，全连接仍约为 "
          "{3%}、{4%}、{5%}。可见卷积靠的是相邻关系，而不是某个领域。",
          by[1][0][0], by[1][1][0], by[1][2][0], by[1][0][2], by[1][1][2], by[1][2][2]));
}

const lab_record lab_record_why_cnn = {
    .name = "why-cnn",
    .topic = LAB_LAYERS,
    .question_en = "Why do convolutions work in so many fields?",
    .question_zh = "卷积网络为什么能用于这么多领域？",
    .claim_en = "Pictures, sounds and texts have local parts that come anywhere: filters of small "
                "windows, shared by all places, suit them all.",
    .claim_zh = "图像、声音、文本都有局部特征，且可出现在任何位置：局部连接与权值共享正合适。",
    .verdict = LAB_HOLDS,
    .seeds = 20,
    .run = run,
    .setting = {{"train", 1000, 500, 50, 20000, "training examples", "训练样本数"},
                {"steps", 400, 150, 10, 100000, "training steps", "训练步数"},
                {"seeds", 2, 1, 1, 20, "seeds", "种子数"}},
    .next = {{"Does a dense net catch up with more examples?", "样本更多时全连接能赶上吗？",
              "train=10000"},
             {"Why do tables not gain by convolutions?", "为什么表格数据用卷积没有好处？", NULL},
             {"What has attention that does without windows?", "注意力没有窗口，靠的是什么？",
              NULL}},
    .source = {"LeCun et al. 1998: gradient-based learning applied to document recognition",
               "d'Ascoli et al. 2019: finding the needle in the haystack with convolutions "
               "(arXiv:1906.06766)",
               "include/adze/layers.h: ad_conv_nd, ad_local_conv"},
};
