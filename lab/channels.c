/* How many channels?  A stack of your own, layer by layer: shapes, parameters, and what is said
 * where they do not fit; the rule tried on stacks by chance; how many channels digits want. */
#include "lab.h"

enum { SIDE = 28, LAYERS = 6, MOST = 6, TRIALS = 100 };
enum { HEIGHT, BREADTH, CHANNELS, LEARNED, SIZES };

static const lab_text row_name[1 + LAYERS] = {
    {"picture", "输入图像"},       {"convolution", "卷积"},
    {"max pool, 2", "最大池化 2"}, {"convolution, 3 x 3", "卷积 3 x 3"},
    {"max pool, 2", "最大池化 2"}, {"flatten", "展平"},
    {"linear, 10", "全连接 10"}};

typedef struct shape {
    int channels, filters, kernel, stride, padding, groups;
} shape;

static ad_tensor *layer(ad_tensor *x, int i, shape s)
{
    switch (i) {
    case 0:
        return ad_conv2d(x, .filters = s.filters, .kernel = s.kernel, .stride = s.stride,
                         .padding = s.padding, .groups = s.groups);
    case 2: return ad_conv2d(x, .filters = 2 * s.filters, .kernel = 3);
    case 4: return ad_flatten(x);
    case 5: return ad_linear(x, .out = 10);
    default: return ad_max_pool(x, .window = 2);
    }
}

/* Rows: the picture, then what each layer makes of it, and how many numbers it learns.  The first
 * layer that does not fit, and why, or LAYERS. */
static int measure(lab *l, shape s, double size[1 + LAYERS][SIZES], const char **why)
{
    ad_graph *g = lab_graph(l);
    ad_tensor *x = ad_feed(g, "x", AD_F32, AD_SHAPE(1, SIDE, SIDE, s.channels));
    for (int i = 0; i <= LAYERS; i++) {
        double before = lab_parameters(g), *row = size[i];
        x = i ? layer(x, i - 1, s) : x;
        *why = ad_tensor_error(x);
        if (*why)
            return i - 1;
        ad_shape now = ad_tensor_shape(x);
        row[HEIGHT] = now.rank > 2 ? (double)now.size[1] : 1;
        row[BREADTH] = now.rank > 2 ? (double)now.size[2] : 1;
        row[CHANNELS] = (double)now.size[now.rank - 1];
        row[LEARNED] = lab_parameters(g) - before;
    }
    return LAYERS;
}

/* Of stacks by chance, how many come out as the rule says: refused, or of the first layer filters
 * channels, (size + 2 padding - kernel) / stride + 1 places, kernel^2 channels / groups numbers for
 * each filter and one more. */
static int tried(lab *l)
{
    int as_said = 0;
    for (int t = 0; t < TRIALS; t++) {
        shape s = {1 + (int)(8 * lab_uniform(l)), 1 + (int)(8 * lab_uniform(l)),
                   1 + (int)(6 * lab_uniform(l)), 1 + (int)(2 * lab_uniform(l)),
                   (int)(3 * lab_uniform(l)),     1 + (int)(3 * lab_uniform(l))};
        int side = (SIDE + 2 * s.padding - s.kernel) / s.stride + 1;
        int each = s.kernel * s.kernel * s.channels / s.groups + 1;
        double said[SIZES] = {side, side, s.filters, s.filters * each}, size[1 + LAYERS][SIZES];
        const char *why;
        int fit = measure(l, s, size, &why);
        bool fits = s.channels % s.groups == 0 && s.filters % s.groups == 0;
        as_said += fits ? fit == LAYERS && memcmp(size[1], said, sizeof said) == 0 : fit == 0;
    }
    return as_said;
}

static ad_tensor *body(ad_tensor *x, const void *with)
{
    int filters = (int)*(const double *)with;
    x = ad_reshape(x, AD_SHAPE(AD_INFER, 14, 14, 1));
    for (int i = 1; i <= 2; i++) {
        x = ad_relu(ad_conv2d(x, .filters = i * filters, .kernel = 3, .same = true));
        x = ad_max_pool(x, .window = 2);
    }
    return ad_linear(ad_flatten(x), .out = 10);
}

static double right(lab *l, double filters, uint64_t seed, const void *with)
{
    const lab_data *d = with;
    return lab_taught(l, d, d + 1, body, &filters, 3e-3, seed);
}

/* The stack as a table and, where it fits, its parameters as bars. */
static void show(lab *l, shape s)
{
    static const lab_text head[] = {{"layer", "层"},
                                    {"height", "高"},
                                    {"width", "宽"},
                                    {"channels", "通道"},
                                    {"parameters", "参数个数"}};
    double size[1 + LAYERS][SIZES], learned[LAYERS], sum = 0;
    const char *why;
    int fit = measure(l, s, size, &why);
    lab_numbered(l, head, 1 + SIZES, row_name, 1 + fit, *size);
    if (fit < LAYERS) {
        lab_say(l, T("Layer {0} of the stack does not fit:", "第 {0} 层对不上：", fit + 1));
        lab_say(l, lab_quote(l, why));
        return;
    }
    for (int i = 0; i < LAYERS; i++)
        sum += learned[i] = size[1 + i][LEARNED];
    lab_text title = T("{0} of {1} parameters are the last layer's",
                       "{1} 个参数中有 {0} 个属于最后一层", learned[LAYERS - 1], sum);
    lab_text axis = T("parameters", "参数个数");
    lab_figure *f = lab_named_bars(l, title, row_name + 1, LAYERS, axis);
    lab_bar(f, T("", ""), learned, NULL, NULL, LAYERS);
}

static void run(lab *l)
{
    shape s = {(int)lab_get(l, "channels"), (int)lab_get(l, "filters"), (int)lab_get(l, "kernel"),
               (int)lab_get(l, "stride"),   (int)lab_get(l, "padding"), (int)lab_get(l, "groups")};
    show(l, s);
    ad_graph *g = lab_graph(l); /* a filter made for a picture of another number of channels */
    ad_tensor *x = ad_feed(g, "picture", AD_F32, AD_SHAPE(1, SIDE, SIDE, s.channels));
    ad_tensor *w = ad_feed(g, "filter", AD_F32, AD_SHAPE(s.filters, s.channels + 1, 3, 3));
    const char *why = ad_tensor_error(ad_convolution(x, w));
    lab_text refused = lab_quote(l, why ? why : "");
    int as_said = tried(l), enough = 0;
    lab_data d[2] = {lab_digits(l, 2000, AD_PART_TRAIN), lab_digits(l, 1000, AD_PART_TEST)};
    double *filters = lab_powers(l, 1, 32, MOST);
    lab_band b = lab_sweep(l, filters, MOST, (int)lab_get(l, "seeds"), right, d);
    while (b.mean[enough] < b.mean[MOST - 1] - 0.02)
        enough++;
    lab_figure *f =
        lab_plot(l, T("{0} filter: {1%} of digits right, {2}: {3%}, {4}: {5%}",
                      "{0} 个滤波器：正确率 {1%}，{2} 个：{3%}，{4} 个：{5%}", filters[0],
                      b.mean[0], filters[2], b.mean[2], filters[MOST - 1], b.mean[MOST - 1]));
    lab_x(f, T("filters of the first layer", "第一层滤波器个数"), NULL, true);
    lab_y(f, T("share of test digits right", "测试集正确率"), NULL, false);
    lab_series(f, T("two convolutions", "两层卷积"), &b);
    lab_say(l, T("A filter is as deep as what it looks at, {0} channels, and gives one channel: "
                 "there are as many as filters, {1}. A picture of other depth is refused:",
                 "滤波器的深度等于输入的通道数（{0}），每个给出一个通道：输出通道数等于滤波器个数"
                 "（{1}）。通道数不符时会报错：",
                 s.channels, s.filters));
    lab_say(l, refused);
    lab_judge(l, *refused.en && as_said == TRIALS ? LAB_PARTLY : LAB_FAILS,
              T("In {0} of {1} stacks by chance, sizes and parameters were as the rule says or "
                "the stack was refused. But in groups a filter sees channels / groups only "
                "(Krizhevsky et al. 2012), and fewer than {2} filters here lose over 2 % to {3}.",
                "随机生成的 {1} 个网络中有 {0} 个与公式一致或被拒绝。但分组卷积时滤波器只看 通道数"
                "/组数 个通道（Krizhevsky 等 2012）；这里少于 {2} 个滤波器会比 {3} 个低 2 % 以上。",
                as_said, TRIALS, filters[enough], filters[MOST - 1]));
}

const lab_record lab_record_channels = {
    .name = "channels",
    .topic = LAB_LAYERS,
    .question_en = "How many channels has a convolution?",
    .question_zh = "卷积层有多少个通道？",
    .claim_en = "A filter has as many channels as its input; each gives one channel of the output.",
    .claim_zh = "滤波器的通道数等于输入的通道数；输出的通道数等于滤波器的个数。",
    .verdict = LAB_PARTLY,
    .seeds = 20,
    .run = run,
    .setting = {{"channels", 3, 0, 1, 512, "channels of the picture", "输入通道数"},
                {"filters", 16, 0, 1, 512, "filters of the first layer", "第一层滤波器个数"},
                {"kernel", 5, 0, 1, 64, "its height and width", "滤波器的高和宽"},
                {"stride", 1, 0, 1, 16, "places from window to window", "步幅"},
                {"padding", 0, 0, 0, 32, "zeros at each side", "每侧补零"},
                {"groups", 1, 0, 1, 512, "groups of channels", "通道分组数"},
                {"steps", 300, 150, 10, 100000, "training steps", "训练步数"},
                {"seeds", 3, 1, 1, 20, "seeds", "种子数"}},
    .next = {{"What if groups do not divide channels?", "组数不能整除通道数时会怎样？", "groups=2"},
             {"What does a kernel of 1 x 1 do?", "1 x 1 卷积有什么用？", "kernel=1"},
             {"Why double channels at half the size?", "为什么图像缩小一半时通道数加倍？", NULL}},
    .source = {"Krizhevsky, Sutskever and Hinton 2012: ImageNet classification",
               "Lin, Chen and Yan 2013: network in network (arXiv:1312.4400)",
               "include/adze/adze.h: ad_conv2d, ad_convolution"},
};
