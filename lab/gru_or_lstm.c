/* GRU or LSTM: what is in each, what a step of each costs, and how well they do on three tasks, one
 * of them on sequences longer than those they were trained on. */
#include "lab.h"

enum { ROWS = 32, CELLS = 4, TIME = 24, TEST = 256 };
enum { ADDING, BRACKETS, COUNTING, TASKS };

static const lab_text cell_name[CELLS] = {
    {"LSTM", "LSTM"}, {"GRU", "GRU"}, {"GRU, wider", "GRU，加宽"}, {"RNN", "RNN"}};
static const lab_text task_name[TASKS] = {{"adding two numbers", "两数相加"},
                                          {"which bracket closes", "括号配对"},
                                          {"counting, longer", "计数（更长）"}};

/* Two marked numbers, 0 to 1, one in each half: their sum less 1. */
static float adding(lab *l, float *x, int time, const void *unused)
{
    (void)unused;
    int first = (int)(lab_uniform(l) * time / 2), back = (int)(lab_uniform(l) * time / 2);
    return lab_marked(l, x, time, 0, (int[]){first, time - 1 - back}, 2) - 1;
}

static lab_task *const tasks[TASKS] = {adding, lab_brackets, lab_counting};

/* The wider GRU has about as many parameters as the LSTM. */
static int width_of(lab *l, int cell)
{
    return (int)lround(lab_get(l, "width") * (cell == 2 ? sqrt(4. / 3) : 1));
}

typedef struct net {
    ad_program *step, *look;
    double parameters;
} net;

static net make(lab *l, int cell, int task, uint64_t seed)
{
    ad_graph *g = lab_graph(l);
    ad_dim rows = ad_open(g, "rows"), time = ad_open(g, "time"), width = width_of(l, cell);
    ad_tensor *x = ad_feed(g, "x", AD_F32, AD_SHAPE(rows, time, 2));
    ad_tensor *y = ad_feed(g, "y", AD_F32, AD_SHAPE(rows, 1)), *zero = ad_number(g, AD_F32, 0);
    ad_tensor *h = cell == 0   ? ad_lstm(x, .width = width)
                   : cell == 3 ? ad_rnn(x, .width = width)
                               : ad_gru(x, .width = width);
    double parameters = lab_parameters(g);
    ad_tensor *out = ad_linear(ad_pool_time(h, .how = AD_OVER_LAST), .out = 1);
    ad_tensor *error = ad_scale(ad_squared_error(out, y), 6); /* over the variance, 1 / 6 */
    ad_tensor *right = ad_equal(ad_greater(out, zero), ad_greater(y, ad_number(g, AD_F32, 0.5)));
    ad_tensor *loss = error, *quality = ad_shift(ad_neg(error), 1);
    if (task != ADDING)
        loss = ad_binary_cross_entropy(out, y), quality = ad_mean(ad_cast(right, AD_F32), AD_ALL);
    ad_tensor *step = ad_adam(loss, .rate = 5e-3, .clip_norm = 1);
    ad_state *state = lab_state(l, g, seed);
    return (net){lab_compile(l, state, .fetch = {step}, .feed = {x, y}, .training = true),
                 lab_compile(l, state, .fetch = {quality}, .feed = {x, y}), parameters};
}

/* Share of the variance explained, or of right answers; where it counts, lengths vary. */
static double learn(lab *l, double cell, uint64_t seed, const void *with)
{
    enum { PART = 64 };
    int task = *(const int *)with, steps = (int)lab_get(l, "steps");
    net n = make(l, (int)cell, task, seed);
    int longer = task == COUNTING ? (int)lab_get(l, "times") : 1;
    lab_batch test = lab_sequences(l, TEST, longer * TIME);
    lab_draw_sequences(l, &test, tasks[task], NULL);
    for (int i = 0; i < steps; i += PART) {
        int time = task == COUNTING ? 8 + (int)(lab_uniform(l) * (TIME - 7)) : TIME;
        lab_batch some = lab_sequences(l, ROWS, time);
        int now = steps - i < PART ? steps - i : PART;
        lab_train_sequences(l, n.step, &some, tasks[task], NULL, now, 1);
    }
    return fmax(0, lab_step(l, n.look, test.feed));
}

enum { GATES, STATES, WIDTH, PARAMETERS, MILLIONS, MILLISECONDS, COSTS };

static void measure(lab *l, int cell, double *cost)
{
    net n = make(l, cell, ADDING, 1);
    lab_batch some = lab_sequences(l, ROWS, TIME);
    lab_draw_sequences(l, &some, adding, NULL);
    cost[WIDTH] = width_of(l, cell), cost[PARAMETERS] = n.parameters;
    cost[MILLISECONDS] = 1e3 * lab_quickest(l, n.step, some.feed, 50);
    cost[MILLIONS] = (double)ad_program_about(n.step).flops / 1e6;
}

static const lab_text cost_name[1 + COSTS] = {
    {"cell", "单元"},         {"gates", "门"},        {"states", "状态"},
    {"width", "宽度"},        {"parameters", "参数"}, {"Mflop a step", "每步百万次运算"},
    {"ms a step", "每步毫秒"}};

static void run(lab *l)
{
    double *kind = lab_range(l, 0, CELLS - 1, CELLS), behind[2] = {0};
    double cost[CELLS][COSTS] = {{3, 2}, {2, 1}, {2, 1}, {0, 1}}, share[COSTS];
    lab_band band[TASKS];
    for (int t = 0; t < TASKS; t++) {
        band[t] = lab_sweep(l, kind, CELLS, (int)lab_get(l, "seeds"), learn, &t);
        for (int wider = 0; wider < 2; wider++)
            behind[wider] = fmax(behind[wider], band[t].mean[0] - band[t].mean[1 + wider]);
    }
    for (int k = 0; k < CELLS; k++)
        measure(l, k, cost[k]);
    for (int i = 0; i < COSTS; i++)
        share[i] = cost[1][i] / cost[0][i]; /* of the GRU */
    lab_text title = T("With {0%} of the parameters a GRU is at most {1:2} behind an LSTM",
                       "GRU 只用 {0%} 的参数，最多落后 LSTM {1:2}", share[PARAMETERS], behind[0]);
    lab_text axis = T("share right, or of the variance explained", "正确率或解释的方差比例");
    lab_figure *f = lab_named_bars(l, title, cell_name, CELLS, axis);
    for (int t = 0; t < TASKS; t++)
        lab_bar(f, task_name[t], band[t].mean, band[t].low, band[t].high, CELLS);
    lab_numbered(l, cost_name, 1 + COSTS, cell_name, CELLS, *cost);
    lab_say(l, T("An LSTM's gates let in, keep and show a cell. A GRU has one state, whose gate z "
                 "lets in and 1 - z keeps: {0%} of the operations, here {1%} of the time.",
                 "LSTM 用输入、遗忘、输出三个门控制细胞状态。GRU 只有一个状态：更新门 z 放进多少就"
                 "丢掉多少；运算量为 {0%}，此处用时 {1%}。",
                 share[MILLIONS], share[MILLISECONDS]));
    lab_say(l, T("An LSTM's cell can count on without an end, a GRU's state, within -1 and 1, "
                 "cannot (Weiss et al. 2018). Trained on up to {0} steps and asked about {1}, they "
                 "have {2%} and {3%} right: what a cell can do, training need not find.",
                 "LSTM 的细胞状态可以无限计数，GRU 的状态在 -1 与 1 之间，做不到（Weiss 等 2018）。"
                 "训练至多 {0} 步，测试 {1} 步：正确率 {2%} 与 {3%}：能表示不等于能学到。",
                 TIME, lab_get(l, "times") * TIME, band[COUNTING].mean[0], band[COUNTING].mean[1]));
    lab_judge(l, behind[0] < 0.12 && share[PARAMETERS] < 1 ? LAB_HOLDS : LAB_PARTLY,
              T("With {0%} of the parameters it is at most {1:2} behind here, with as many {2:2}.",
                "参数为 LSTM 的 {0%} 时最多落后 {1:2}；参数相同时最多落后 {2:2}。",
                share[PARAMETERS], behind[0], behind[1]));
}

const lab_record lab_record_gru_or_lstm = {
    .name = "gru-or-lstm",
    .topic = LAB_LAYERS,
    .question_en = "GRU or LSTM: what differs?",
    .question_zh = "GRU 和 LSTM 有什么区别？",
    .claim_en = "A GRU has fewer gates and parameters than an LSTM, is faster, and as good.",
    .claim_zh = "GRU 的门和参数更少、更快，效果与 LSTM 相当。",
    .verdict = LAB_HOLDS,
    .seeds = 18,
    .run = run,
    .setting = {{"steps", 600, 300, 10, 100000, "training steps", "训练步数"},
                {"width", 24, 0, 4, 256, "features of the LSTM's state", "LSTM 状态的宽度"},
                {"times", 4, 0, 1, 100, "times the steps, in the test", "计数测试长度的倍数"},
                {"seeds", 3, 1, 1, 20, "seeds", "种子数"}},
    .next = {{"Which counts further?", "谁能数得更远？", "times=20"},
             {"Does the order change with more training?", "训练更久后次序会变吗？", "steps=3000"},
             {"Why did attention take the place of both?", "为什么注意力取代了两者？", NULL}},
    .source = {"Cho et al. 2014 (arXiv:1406.1078); Chung et al. 2014 (arXiv:1412.3555)",
               "Weiss, Goldberg and Yahav 2018: finite precision RNNs (arXiv:1805.04908)",
               "include/adze/adze.h: ad_gru, ad_lstm"},
};
