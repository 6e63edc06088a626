/* What does batch norm do in training, and what in inference?  Moving averages beside the data's
 * own moments, and answers for one example under each. */
#include "lab.h"

enum { WIDTH = 4, MARKS = 20, RATES = 3, SIZES = 6 };

/* A batch of numbers whose features have other means and deviations. */
static void draw(lab *l, double *x, int rows)
{
    for (int i = 0; i < rows * WIDTH; i++)
        x[i] = i % WIDTH + (1 + i % WIDTH) * lab_normal(l);
}

typedef struct normed {
    ad_graph *g;
    ad_state *state;
    ad_program *train, *use;
} normed;

static normed make(lab *l, double momentum)
{
    ad_graph *g = lab_graph(l);
    ad_tensor *x = ad_feed(g, "x", AD_F64, AD_SHAPE(ad_open(g, "batch"), WIDTH));
    ad_tensor *y = ad_batch_norm(x, .momentum = momentum, .name = "norm");
    ad_state *state = lab_state(l, g, 1);
    return (normed){g, state, lab_compile(l, state, .fetch = {y}, .feed = {x}, .training = true),
                    lab_compile(l, state, .fetch = {y}, .feed = {x})};
}

/* Largest distance of the moving averages from the true moments, over the deviation. */
static double distance(lab *l, normed *n)
{
    int64_t count;
    double *mean = lab_value(l, n->state, ad_find(n->g, "norm.running_mean"), &count);
    double *var = lab_value(l, n->state, ad_find(n->g, "norm.running_var"), &count), worst = 0;
    for (int k = 0; k < WIDTH; k++) /* whose mean is k, and deviation 1 + k */
        worst = fmax(worst, fmax(fabs(mean[k] - k), fabs(sqrt(var[k]) - (1 + k))) / (1 + k));
    return worst;
}

/* Steps in training mode. */
static void train(lab *l, normed *n, int rows, int steps)
{
    double *x = lab_numbers(l, rows * WIDTH);
    for (int i = 0; i < steps; i++) {
        draw(l, x, rows);
        ad_array feed = ad_f64(x, AD_SHAPE(rows, WIDTH)), y;
        lab_fetch(l, n->train, &feed, &y, 1);
    }
}

/* Distances after 1 to 1000 steps by momentum; returned are means of the last few: at one of them
 * averages may be anywhere in their noise. */
static const double *show_averages(lab *l, int rows, const double *rate)
{
    double x[MARKS], off[RATES][MARKS], *end = lab_numbers(l, RATES);
    for (int r = 0; r < RATES; r++) {
        normed n = make(l, rate[r]);
        for (int i = 0; i < MARKS; i++) {
            x[i] = round(pow(1000, (double)i / (MARKS - 1)));
            train(l, &n, rows, (int)(x[i] - (i ? x[i - 1] : 0)));
            off[r][i] = distance(l, &n);
        }
        end[r] = lab_mean(off[r] + MARKS - 5, 5);
        lab_progress(l, (r + 1.0) / (RATES + 1));
    }
    lab_figure *f =
        lab_plot(l, T("After {0} steps averages with momentum {1} are off by {2}, with {3} by {4}",
                      "{0} 步后，动量 {1} 的平均偏离 {2}，动量 {3} 的偏离 {4}", x[MARKS - 1],
                      rate[0], end[0], rate[2], end[2]));
    lab_x(f, T("training steps", "训练步数"), NULL, true);
    lab_y(f, T("distance from the moments, in deviations", "与数据矩的距离（标准差）"), NULL, true);
    for (int r = 0; r < RATES; r++)
        lab_line(f, T("momentum {0}", "动量 {0}", rate[r]), x, off[r], MARKS);
    return end;
}

/* One example's answer beside that of other batches: its spread in training mode, and in use. */
static double spread(lab *l, ad_program *p, int rows)
{
    enum { DRAWS = 200 };
    double *x = lab_numbers(l, rows * WIDTH), sum = 0, squares = 0;
    for (int t = 0; t < DRAWS; t++) {
        draw(l, x, rows);
        for (int k = 0; k < WIDTH; k++)
            x[k] = 2; /* the example that is always there */
        ad_array feed = ad_f64(x, AD_SHAPE(rows, WIDTH)), y;
        lab_fetch(l, p, &feed, &y, 1);
        double seen = ad_array_item(&y, 0);
        sum += seen / DRAWS, squares += seen * seen / DRAWS;
    }
    return sqrt(fmax(0, squares - sum * sum));
}

static void run(lab *l)
{
    int rows = (int)lab_get(l, "batch");
    double rate[RATES] = {0.5, 0.1, 0.01}, sizes[SIZES] = {2, 4, 8, 16, 32, 64};
    double in_training[SIZES], in_use[SIZES];
    const double *end = show_averages(l, rows, rate);
    lab_say(l, T("In training each batch is normed by its own moments, and averages of these are "
                 "kept for inference. A small momentum is slow to forget, a large one never comes "
                 "to rest.",
                 "训练时每批用自己的矩归一化，并保存其滑动平均供推断使用。动量小则忘得慢，大则不稳"
                 "定。"));
    normed n = make(l, 0.1);
    train(l, &n, rows, 300);
    for (int i = 0; i < SIZES; i++)
        in_use[i] = spread(l, n.use, (int)sizes[i]);
    for (int i = 0; i < SIZES; i++)
        in_training[i] = spread(l, n.train, (int)sizes[i]);
    lab_figure *f = lab_plot(
        l, T("In training the same example's answer varies by {0} in a batch of {1}, in use by {2}",
             "同一样本在训练模式、批量 {1} 时的输出变化 {0}，推断模式为 {2}", in_training[0],
             sizes[0], in_use[0]));
    lab_x(f, T("batch size", "批量大小"), NULL, true);
    lab_y(f, T("deviation of one example's answer", "同一样本输出的标准差"), NULL, false);
    lab_line(f, T("training", "训练"), sizes, in_training, SIZES);
    lab_line(f, T("inference", "推断"), sizes, in_use, SIZES);
    lab_say(l, T("A net left in training mode lets neighbours in the batch change its answers; and "
                 "a batch of one has no variance at all.",
                 "忘记切换到推断模式，批中的邻居就会改变输出；批量为一时根本没有方差。"));
    bool holds = in_use[0] < 1e-6 && in_training[0] > 0.1 && end[1] < 0.5 && end[2] < end[0];
    lab_judge(l, holds ? LAB_HOLDS : LAB_FAILS,
              T("Averages come to the data's moments and make answers independent of the batch, "
                "to within the noise that their momentum leaves: {0} at {1}.",
                "滑动平均趋于数据的矩，使输出与批无关；剩余误差由动量决定：动量 {1} 时为 {0}。",
                end[1], rate[1]));
}

const lab_record lab_record_batch_norm_inference = {
    .name = "batch-norm-inference",
    .topic = LAB_NORMALIZING,
    .question_en = "What does batch norm do in training, and what in inference?",
    .question_zh = "批归一化在训练和推断时分别做什么？",
    .claim_en = "In training the batch's statistics are used, in inference moving averages.",
    .claim_zh = "训练时用批的统计量，推断时用滑动平均。",
    .verdict = LAB_HOLDS,
    .seeds = 20,
    .run = run,
    .setting = {{"batch", 32, 0, 2, 4096, "examples in a training batch", "训练批量大小"}},
    .next = {{"How good are averages of batches of four?", "批量为四时平均有多好？", "batch=4"},
             {"What if data in use is other data?", "使用时的数据与训练时不同会怎样？", NULL},
             {"Why needs layer norm none of them?", "层归一化为什么不需要这些平均？", NULL}},
    .source = {"Ioffe and Szegedy 2015: batch normalization (arXiv:1502.03167)",
               "Wu and Johnson 2021: rethinking batch in batch norm (arXiv:2105.07576)",
               "include/adze/adze.h: ad_batch_norm"},
};
