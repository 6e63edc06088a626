/* Why has an LSTM both sigmoid and tanh?  Each is swapped for the other on two tasks; then what the
 * gates of a trained one do, and one of its cells over a sequence. */
#include "lab.h"

enum { WIDTH = 12, ROWS = 32, TIME = 24, MARKS = 3 };
enum { LAST, SUM, TASKS };
enum { AS_IS, GATES_TANH, VALUES_SIGMOID, SWAPPED, GATES_HARD, VALUES_RELU, KINDS };
enum { IN, FORGET, OUT, CELL, INSIDE };

static const struct kind {
    lab_text name;
    ad_tensor *(*gate)(ad_tensor *x), *(*value)(ad_tensor *x);
} kinds[KINDS] = {{{"as it is", "原样"}, ad_sigmoid, ad_tanh},
                  {{"gates tanh", "门改用 tanh"}, ad_tanh, ad_tanh},
                  {{"values sigmoid", "值改用 sigmoid"}, ad_sigmoid, ad_sigmoid},
                  {{"both swapped", "两者互换"}, ad_tanh, ad_sigmoid},
                  {{"gates hard sigmoid", "门改用硬 sigmoid"}, ad_hard_sigmoid, ad_tanh},
                  {{"values ReLU", "值改用 ReLU"}, ad_sigmoid, ad_relu}};

/* c = f c + i v, h = o value(c); inside: i, f, o and c of all steps, (batch, time, WIDTH). */
static ad_tensor *recur(lab *l, ad_tensor *x, const struct kind *k, ad_tensor **inside)
{
    ad_tensor *zeros = ad_full(ad_tensor_graph(x), AD_F32, AD_SHAPE(ROWS, WIDTH), 0), *part[4];
    ad_loop *loop = ad_scan_begin(ad_tensor_graph(x), false);
    ad_tensor *now = ad_scan_input(loop, x), *h = ad_scan_carry(loop, zeros);
    ad_tensor *c = ad_scan_carry(loop, zeros), *both[] = {now, h};
    ad_tensor *all = ad_linear(ad_concat(both, 2, -1), .out = 4 * WIDTH);
    for (int n = 0; n < 4; n++)
        part[n] = ad_slice(all, -1, n * WIDTH, (n + 1) * WIDTH, 1);
    ad_tensor *i = k->gate(part[0]), *f = k->gate(ad_shift(part[1], 1)), *o = k->gate(part[2]);
    ad_tensor *cell = ad_add(ad_mul(f, c), ad_mul(i, k->value(part[3])));
    ad_scan_update(loop, h, ad_mul(o, k->value(cell)));
    ad_scan_update(loop, c, cell);
    lab_do(l, ad_scan_end(loop));
    ad_tensor *of[INSIDE] = {i, f, o, cell};
    for (int n = 0; n < INSIDE; n++)
        inside[n] = ad_scan_all(loop, of[n]);
    return ad_scan_last(loop, h);
}

/* Numbers -1 to 1 and three marks: the last number that is marked, or the sum of all. */
static float marked(lab *l, float *x, int time, const void *task)
{
    int mark[MARKS];
    for (int k = 0; k < MARKS; k++)
        mark[k] = k * time / MARKS + (int)(lab_uniform(l) * time / MARKS);
    float sum = lab_marked(l, x, time, -1, mark, MARKS);
    return *(const int *)task == LAST ? x[2 * mark[MARKS - 1]] : sum;
}

/* Mean squared error of the last fifty steps over that of always saying 0; inside, or NULL: what
 * is there with the last step's batch. */
static double train(lab *l, int kind, int task, double rate, uint64_t seed, lab_batch *batch,
                    double **inside)
{
    ad_graph *g = lab_graph(l);
    ad_tensor *x = ad_feed(g, "x", AD_F32, AD_SHAPE(ROWS, TIME, 2)), *in[INSIDE];
    ad_tensor *y = ad_feed(g, "y", AD_F32, AD_SHAPE(ROWS, 1));
    ad_tensor *out = ad_linear(recur(l, x, &kinds[kind], in), .out = 1);
    ad_tensor *step = ad_adam(ad_squared_error(out, y), .rate = rate, .clip_norm = 1);
    ad_state *state = lab_state(l, g, seed);
    ad_program *p = lab_compile(l, state, .fetch = {step}, .feed = {x, y}, .training = true);
    double error = lab_train_sequences(l, p, batch, marked, &task, (int)lab_get(l, "steps"), 50);
    for (int k = 0; inside && k < INSIDE; k++) {
        ad_array seen;
        lab_fetch(l, lab_compile(l, state, .fetch = {in[k]}, .feed = {x}), batch->feed, &seen, 1);
        inside[k] = lab_items(l, &seen);
    }
    return task == LAST ? 3 * error : error; /* the variance is 1 / 3, or 1 */
}

/* The better of two rates. */
static double learn(lab *l, double kind, uint64_t seed, const void *with)
{
    int task = *(const int *)with;
    lab_batch batch = lab_sequences(l, ROWS, TIME);
    double error = train(l, (int)kind, task, 5e-3, seed, &batch, NULL);
    return fmin(error, train(l, (int)kind, task, 2e-2, seed, &batch, NULL));
}

/* The cell that goes most with what is wanted, by its last value over the batch. */
static int best_cell(const double *cell, const float *y)
{
    double goes[WIDTH], c[ROWS], wanted[ROWS];
    for (int j = 0; j < WIDTH; j++) {
        for (int r = 0; r < ROWS; r++)
            c[r] = cell[(r * TIME + TIME - 1) * WIDTH + j], wanted[r] = y[r];
        goes[j] = fabs(lab_correlation(c, wanted, ROWS));
    }
    return lab_most(goes, WIDTH);
}

/* Gates of the net as it is, trained on the first task, and that cell over one sequence. */
static void look_inside(lab *l)
{
    enum { ALL = ROWS * TIME * WIDTH };
    static const lab_text name[INSIDE] = {{"input gate", "输入门"},
                                          {"forget gate", "遗忘门"},
                                          {"output gate", "输出门"},
                                          {"cell", "细胞状态"}};
    lab_batch batch = lab_sequences(l, ROWS, TIME);
    double *value[INSIDE], line[TIME], at[MARKS], number[MARKS], keeps[2] = {0};
    train(l, AS_IS, LAST, 2e-2, lab_seed(l), &batch, value);
    double between = lab_share(value[IN], ALL, 0.1, 0.9) + lab_share(value[FORGET], ALL, 0.1, 0.9);
    lab_figure *f = lab_histogram(
        l, T("{0%} of input and forget gates lie between 0.1 and 0.9: neither open nor shut",
             "门很少全开或全关：输入门和遗忘门有 {0%} 在 0.1 与 0.9 之间", between / 2));
    lab_axes(f, T("gate", "门的值"), T("steps of all cells", "次数"));
    for (int k = IN; k <= OUT; k++)
        lab_bins(f, name[k], value[k], ALL, 20);
    const float *x = batch.feed[0].data; /* numbers and marks */
    int j = best_cell(value[CELL], batch.feed[1].data), marks = 0;
    for (int i = 0; i < ROWS * TIME; i++) {
        keeps[x[i * 2 + 1] > 0] += value[FORGET][i * WIDTH + j] / ROWS;
        if (i < TIME && x[i * 2 + 1] > 0)
            at[marks] = i + 1, number[marks++] = x[i * 2];
    }
    f = lab_plot(l, T("At a mark a cell's forget gate is {0} in the mean, elsewhere {1}",
                      "有标记时某细胞的遗忘门平均为 {0}，其余时刻为 {1}", keeps[1] / MARKS,
                      keeps[0] / (TIME - MARKS)));
    lab_axes(f, T("step", "时间步"), T("value", "值"));
    for (int k = 0; k < INSIDE; k++) {
        for (int t = 0; t < TIME; t++)
            line[t] = value[k][t * WIDTH + j];
        if (k != OUT)
            lab_line(f, name[k], NULL, line, TIME);
    }
    lab_points(f, T("marked numbers", "被标记的数"), at, number, marks);
}

static void run(lab *l)
{
    double *kind = lab_range(l, 0, KINDS - 1, KINDS), *error[TASKS], values = INFINITY, gates = 0;
    for (int t = 0; t < TASKS; t++) {
        error[t] = lab_sweep(l, kind, KINDS, (int)lab_get(l, "seeds"), learn, &t).mean;
        values = fmin(values, error[t][VALUES_SIGMOID] / error[t][AS_IS]);
        gates = fmax(gates, error[t][GATES_TANH] / error[t][AS_IS]);
    }
    lab_figure *f = lab_bars(
        l, T("With sigmoid for the values errors are {0} times as large or more, with tanh for "
             "the gates {1} times at most",
             "值改用 sigmoid 后误差至少变为 {0} 倍，门改用 tanh 后至多 {1} 倍", values, gates));
    for (int k = 0; k < KINDS; k++)
        lab_row(f, kinds[k].name);
    lab_x(f, T("error over that of always saying 0", "与始终答 0 之比的误差"), NULL, true);
    lab_bar(f, T("the last marked number", "记住最后一个标记的数"), error[LAST], NULL, NULL, KINDS);
    lab_bar(f, T("the sum of the marked numbers", "标记数之和"), error[SUM], NULL, NULL, KINDS);
    look_inside(l);
    lab_say(l, T("A gate is a factor, 0 to 1. A value has a sign: with sigmoid a cell can only "
                 "rise. sigmoid(x) = (1 + tanh(x / 2)) / 2: what differs is the range.",
                 "门是乘数，0 到 1。值有正负：用 sigmoid 时细胞状态只能增大。sigmoid(x) = (1 + "
                 "tanh(x / 2)) / 2：差别只在值域。"));
    lab_say(l, T("A hard sigmoid, straight lines from 0 to 1, errs by {0} and {1} on the tasks, "
                 "the net as it is by {2} and {3}, with ReLU for the values by {4} and {5}.",
                 "硬 sigmoid（0 到 1 的折线）在两个任务上的误差为 {0} 和 {1}，原样为 {2} 和 {3}，值"
                 "用 ReLU 为 {4} 和 {5}。",
                 error[LAST][GATES_HARD], error[SUM][GATES_HARD], error[LAST][AS_IS],
                 error[SUM][AS_IS], error[LAST][VALUES_RELU], error[SUM][VALUES_RELU]));
    lab_judge(l,
              values < 1.5 ? LAB_FAILS
              : gates > 4  ? LAB_HOLDS
                           : LAB_PARTLY,
              T("Of the values it is so: they want a sign. Gates that may be negative learn too, "
                "{0} times the error at most; Greff et al. 2017 found that an LSTM cannot do "
                "without its forget gate and the squashing of its output.",
                "对值而言成立：值需要正负号。可以取负的门同样能学会，误差至多 {0} 倍；Greff 等 "
                "2017 发现不可缺少的是遗忘门和输出激活。",
                gates));
}

const lab_record lab_record_gates = {
    .name = "gates",
    .topic = LAB_LAYERS,
    .question_en = "Why has an LSTM both sigmoid and tanh?",
    .question_zh = "LSTM 为什么既用 sigmoid 又用 tanh？",
    .claim_en = "Gates must be sigmoid, 0 to 1, and values tanh, which is centred on zero.",
    .claim_zh = "门要用 sigmoid（取值 0 到 1），值要用以零为中心的 tanh。",
    .verdict = LAB_PARTLY,
    .seeds = 20,
    .run = run,
    .setting = {{"steps", 400, 250, 50, 100000, "training steps", "训练步数"},
                {"seeds", 3, 1, 1, 20, "seeds", "种子数"}},
    .next = {{"Does sigmoid for values catch up?", "值用 sigmoid 时多训练能赶上吗？", "steps=1500"},
             {"What does a gate do at its first step?", "门在开始训练时是什么样？", NULL},
             {"Does a GRU need both?", "GRU 也需要两者吗？", NULL}},
    .source = {"Greff et al. 2017: LSTM: a search space odyssey (arXiv:1503.04069)",
               "Hochreiter and Schmidhuber 1997: long short-term memory",
               "include/adze/adze.h: ad_lstm, ad_scan_begin"},
};
