/* Why has an LSTM both sigmoid and tanh?  Each is swapped for the other on two tasks; then what the
 * gates of a trained one do, and one of its cells over a sequence. */
#include "lab.h"

enum { WIDTH = 12, ROWS = 32, TIME = 24, KINDS = 6, INSIDE = 4, TASKS = 2 };

static const char *const kind_name[KINDS][2] = {{"as it is", "原样"},
                                                {"gates tanh", "门改用 tanh"},
                                                {"values sigmoid", "值改用 sigmoid"},
                                                {"both swapped", "两者互换"},
                                                {"gates hard sigmoid", "门改用硬 sigmoid"},
                                                {"values ReLU", "值改用 ReLU"}};

static ad_tensor *gate(ad_tensor *x, int kind)
{
    return kind == 1 || kind == 3 ? ad_tanh(x) : kind == 4 ? ad_hard_sigmoid(x) : ad_sigmoid(x);
}

static ad_tensor *squash(ad_tensor *x, int kind)
{
    return kind == 2 || kind == 3 ? ad_sigmoid(x) : kind == 5 ? ad_relu(x) : ad_tanh(x);
}

/* c = f c + i v, h = o squash(c); inside: i, f, o and c of all steps, (batch, time, WIDTH). */
static ad_tensor *recur(lab *l, ad_tensor *x, int kind, ad_tensor **inside)
{
    ad_graph *g = ad_tensor_graph(x);
    ad_tensor *zeros = ad_full(g, AD_F32, AD_SHAPE(ROWS, WIDTH), 0), *part[4];
    ad_loop *loop = ad_scan_begin(g, false);
    ad_tensor *now = ad_scan_input(loop, x), *h = ad_scan_carry(loop, zeros);
    ad_tensor *c = ad_scan_carry(loop, zeros), *both[] = {now, h};
    ad_tensor *all = ad_linear(ad_concat(both, 2, -1), .out = 4 * WIDTH);
    for (int k = 0; k < 4; k++)
        part[k] = ad_slice(all, -1, k * WIDTH, (k + 1) * WIDTH, 1);
    ad_tensor *i = gate(part[0], kind), *f = gate(ad_shift(part[1], 1), kind);
    ad_tensor *o = gate(part[2], kind), *v = squash(part[3], kind);
    ad_tensor *cell = ad_add(ad_mul(f, c), ad_mul(i, v)), *out = ad_mul(o, squash(cell, kind));
    ad_scan_update(loop, h, out);
    ad_scan_update(loop, c, cell);
    lab_do(l, ad_scan_end(loop));
    ad_tensor *of[INSIDE] = {i, f, o, cell};
    for (int k = 0; k < INSIDE; k++)
        inside[k] = ad_scan_all(loop, of[k]);
    return ad_scan_last(loop, h);
}

/* Numbers -1 to 1 and three marks; wanted is the last number that is marked, or the sum of all. */
static void draw(lab *l, float *x, float *y, int task)
{
    for (int r = 0; r < ROWS; r++) {
        int mark[3];
        for (int k = 0; k < 3; k++)
            mark[k] = k * TIME / 3 + (int)(lab_uniform(l) * TIME / 3);
        y[r] = 0;
        for (int t = 0; t < TIME; t++) {
            bool marked = t == mark[0] || t == mark[1] || t == mark[2];
            float *in = x + (r * TIME + t) * 2;
            in[0] = (float)(2 * lab_uniform(l) - 1), in[1] = marked;
            y[r] = !marked ? y[r] : task == 0 ? in[0] : y[r] + in[0];
        }
    }
}

typedef struct net {
    ad_program *step, *look;
    ad_array feed[2];
} net;

static net make(lab *l, int kind, double rate, uint64_t seed)
{
    net n;
    ad_graph *g = lab_graph(l);
    ad_tensor *x = ad_feed(g, "x", AD_F32, AD_SHAPE(ROWS, TIME, 2)), *in[INSIDE];
    ad_tensor *y = ad_feed(g, "y", AD_F32, AD_SHAPE(ROWS, 1));
    ad_tensor *out = ad_linear(recur(l, x, kind, in), .out = 1);
    ad_tensor *step = ad_adam(ad_squared_error(out, y), .rate = rate, .clip_norm = 1);
    ad_state *state = lab_state(l, g, seed);
    n.step = lab_compile(l, state, .fetch = {step}, .feed = {x, y}, .training = true);
    n.look = lab_compile(l, state, .fetch = {in[0], in[1], in[2], in[3]}, .feed = {x});
    n.feed[0] = ad_f32(lab_floats(l, ROWS * TIME * 2), AD_SHAPE(ROWS, TIME, 2));
    n.feed[1] = ad_f32(lab_floats(l, ROWS), AD_SHAPE(ROWS, 1));
    return n;
}

/* Mean squared error of the last fifty steps over that of always saying 0. */
static double train(lab *l, net *n, int task)
{
    int steps = (int)lab_get(l, "steps");
    double error = 0, variance = task == 0 ? 1. / 3 : 1;
    for (int i = 0; i < steps; i++) {
        draw(l, n->feed[0].data, n->feed[1].data, task);
        double now = lab_step(l, n->step, n->feed);
        error += i >= steps - 50 ? now / 50 / variance : 0;
    }
    return error;
}

/* The better of two rates. */
static double learn(lab *l, double kind, uint64_t seed, const void *with)
{
    double best = INFINITY, rate[] = {5e-3, 2e-2};
    for (int r = 0; r < 2; r++) {
        net n = make(l, (int)kind, rate[r], seed);
        double error = train(l, &n, *(const int *)with);
        best = error < best ? error : best;
    }
    return best;
}

/* Share of all numbers that lie from low to below high. */
static double share(const ad_array *a, double low, double high)
{
    double count = 0;
    for (int64_t i = 0; i < ROWS * TIME * WIDTH; i++)
        count += ad_array_item(a, i) >= low && ad_array_item(a, i) < high;
    return count / (ROWS * TIME * WIDTH);
}

/* The cell that goes most with what is wanted, by its last value over the batch. */
static int best_cell(const ad_array *cell, const float *y)
{
    double most = -1;
    int best = 0;
    for (int j = 0; j < WIDTH; j++) {
        double c[ROWS], mean = 0, across = 0, squares = 0;
        for (int r = 0; r < ROWS; r++)
            mean += (c[r] = ad_array_item(cell, (r * TIME + TIME - 1) * WIDTH + j)) / ROWS;
        for (int r = 0; r < ROWS; r++)
            across += (c[r] - mean) * y[r], squares += (c[r] - mean) * (c[r] - mean);
        double goes = across * across / (squares + 1e-9);
        best = goes > most ? j : best, most = fmax(most, goes);
    }
    return best;
}

/* Gates of the net as it is, trained on the first task, and that cell over one sequence. */
static void look_inside(lab *l)
{
    static const char *const of[INSIDE][2] = {{"input gate", "输入门"},
                                              {"forget gate", "遗忘门"},
                                              {"output gate", "输出门"},
                                              {"cell", "细胞状态"}};
    net n = make(l, 0, 2e-2, lab_seed(l));
    train(l, &n, 0);
    ad_array seen[INSIDE];
    lab_fetch(l, n.look, n.feed, seen, INSIDE);
    double between = (share(&seen[0], 0.1, 0.9) + share(&seen[1], 0.1, 0.9)) / 2;
    lab_figure *f =
        lab_histogram(l, T("Gates are hardly ever open or shut: {0%} of input and forget gates lie "
                           "between 0.1 and 0.9",
                           "门很少全开或全关：输入门和遗忘门有 {0%} 在 0.1 与 0.9 之间", between));
    lab_x(f, T("gate", "门的值"), NULL, false);
    lab_y(f, T("steps of all cells", "次数"), NULL, false);
    double *value = lab_numbers(l, ROWS * TIME * WIDTH), line[INSIDE][TIME];
    for (int k = 0; k < 3; k++) {
        for (int i = 0; i < ROWS * TIME * WIDTH; i++)
            value[i] = ad_array_item(&seen[k], i);
        lab_bins(f, T(of[k][0], of[k][1]), value, ROWS * TIME * WIDTH, 20);
    }
    int j = best_cell(&seen[3], n.feed[1].data), marks = 0;
    const float *x = n.feed[0].data;
    double at[3], number[3], keeps[2] = {0};
    for (int i = 0; i < ROWS * TIME; i++)
        keeps[x[i * 2 + 1] > 0] += ad_array_item(&seen[1], i * WIDTH + j) / ROWS;
    for (int t = 0; t < TIME; t++) {
        for (int k = 0; k < INSIDE; k++)
            line[k][t] = ad_array_item(&seen[k], t * WIDTH + j);
        if (x[t * 2 + 1] > 0)
            at[marks] = t + 1, number[marks++] = x[t * 2];
    }
    f = lab_plot(l, T("At a mark a cell's forget gate is {0} in the mean, elsewhere {1}",
                      "有标记时某细胞的遗忘门平均为 {0}，其余时刻为 {1}", keeps[1] / 3,
                      keeps[0] / (TIME - 3)));
    lab_x(f, T("step", "时间步"), NULL, false);
    lab_y(f, T("value", "值"), NULL, false);
    for (int k = 0; k < INSIDE; k++)
        if (k != 2)
            lab_line(f, T(of[k][0], of[k][1]), NULL, line[k], TIME);
    lab_points(f, T("marked numbers", "被标记的数"), at, number, marks);
}

static void run(lab *l)
{
    double *kind = lab_range(l, 0, KINDS - 1, KINDS), error[TASKS][KINDS];
    lab_band band[TASKS];
    for (int t = 0; t < TASKS; t++) {
        band[t] = lab_sweep(l, kind, KINDS, (int)lab_get(l, "seeds"), learn, &t);
        memcpy(error[t], band[t].mean, sizeof error[t]);
    }
    double values = fmin(error[0][2] / error[0][0], error[1][2] / error[1][0]);
    double gates = fmax(error[0][1] / error[0][0], error[1][1] / error[1][0]);
    lab_figure *f = lab_bars(
        l, T("With sigmoid for the values errors are {0} times as large or more, with tanh for "
             "the gates {1} times at most",
             "值改用 sigmoid 后误差至少变为 {0} 倍，门改用 tanh 后至多 {1} 倍", values, gates));
    for (int k = 0; k < KINDS; k++)
        lab_row(f, T(kind_name[k][0], kind_name[k][1]));
    lab_x(f, T("error over that of always saying 0", "与始终答 0 之比的误差"), NULL, true);
    lab_bar(f, T("the last marked number", "记住最后一个标记的数"), error[0], NULL, NULL, KINDS);
    lab_bar(f, T("the sum of the marked numbers", "标记数之和"), error[1], NULL, NULL, KINDS);
    look_inside(l);
    lab_say(l, T("A gate is a factor: 0 lets nothing through, 1 all. A value has a sign: with "
                 "sigmoid a cell can only be raised. The two functions are one curve, "
                 "sigmoid(x) = (1 + tanh(x / 2)) / 2: what differs is the range.",
                 "门是乘数：0 全部挡住，1 全部通过。值有正负：用 sigmoid "
                 "时细胞状态只能增大。两个函数其实是同一条曲线，sigmoid(x) = (1 + tanh(x / 2)) / "
                 "2：差别只在值域。"));
    lab_say(l,
            T("A hard sigmoid, straight lines from 0 to 1, errs by {0} and {1} on the two tasks, "
              "the net as it is by {2} and {3}, one with ReLU for the values by {4} and {5}.",
              "硬 sigmoid（0 到 1 的折线）在两个任务上的误差为 {0} 和 {1}，原样为 {2} 和 "
              "{3}，值用 ReLU 为 {4} 和 {5}。",
              error[0][4], error[1][4], error[0][0], error[1][0], error[0][5], error[1][5]));
    lab_judge(l,
              values < 1.5 ? LAB_FAILS
              : gates > 4  ? LAB_HOLDS
                           : LAB_PARTLY,
              T("Of the values it is so: they want a sign. Gates that may be negative learn these "
                "tasks too, {0} times the error at most; Greff et al. 2017 found that what an LSTM "
                "cannot do without are the forget gate and the squashing of its output.",
                "对值而言成立：值需要正负号。而可以取负的门同样能学会这两个任务，误差至多 {0} "
                "倍；Greff 等 2017 发现 LSTM 真正不可缺少的是遗忘门和输出激活。",
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
    .next = {{"Does sigmoid for the values catch up with more steps?",
              "值用 sigmoid 时多训练几步能赶上吗？", "steps=1500"},
             {"What does a gate do at its first step?", "门在开始训练时是什么样？", NULL},
             {"Does a GRU need both?", "GRU 也需要两者吗？", NULL}},
    .source = {"Greff et al. 2017: LSTM: a search space odyssey (arXiv:1503.04069)",
               "Hochreiter and Schmidhuber 1997: long short-term memory",
               "include/adze/adze.h: ad_lstm, ad_scan_begin"},
};
