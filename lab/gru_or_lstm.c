/* GRU or LSTM: what is in each, what a step of each costs, and how well they do on three tasks, one
 * of them on sequences longer than those they were trained on. */
#include "lab.h"

#include <time.h>

enum { ROWS = 32, TASKS = 3, CELLS = 4, TIME = 24, TEST = 256 };

static const char *const cell_name[CELLS] = {"LSTM", "GRU", "GRU, wider", "RNN"};
static const char *const task_name[TASKS][2] = {{"adding two numbers", "两数相加"},
                                                {"which bracket closes", "括号配对"},
                                                {"counting, longer", "计数（更长）"}};

/* The wider GRU has about as many parameters as the LSTM. */
static int width_of(lab *l, int cell)
{
    int width = (int)lab_get(l, "width");
    return cell == 2 ? (int)lround(width * sqrt(4. / 3)) : width;
}

static ad_tensor *recur(lab *l, ad_tensor *x, int cell)
{
    int width = width_of(l, cell);
    return cell == 0   ? ad_lstm(x, .width = width)
           : cell == 3 ? ad_rnn(x, .width = width)
                       : ad_gru(x, .width = width);
}

/* Two marked numbers, 0 to 1, wherever: their sum less 1. */
static float draw_adding(lab *l, float *x, int time)
{
    int first = (int)(lab_uniform(l) * time / 2),
        last = time - 1 - (int)(lab_uniform(l) * time / 2);
    for (int t = 0; t < time; t++)
        x[2 * t] = (float)lab_uniform(l), x[2 * t + 1] = t == first || t == last;
    return x[2 * first] + x[2 * last] - 1;
}

/* Brackets of two kinds, 1 or -1 where they open, the second number where one closes: which kind is
 * to be closed next. */
static float draw_brackets(lab *l, float *x, int time)
{
    float stack[64];
    int depth = 0;
    for (int t = 0; t < time; t++) {
        bool closes = depth > 1 && (depth > 4 || lab_uniform(l) < 0.5);
        if (!closes)
            stack[depth++] = lab_uniform(l) < 0.5 ? 1.f : -1.f;
        x[2 * t] = closes ? 0 : stack[depth - 1];
        x[2 * t + 1] = closes;
        depth -= closes;
    }
    return stack[depth - 1] > 0;
}

/* Steps up and down, one more of one kind at least: whether there were more up. */
static float draw_counting(lab *l, float *x, int time)
{
    int sum = 0;
    for (int t = 0; t < time; t++) {
        int up = lab_uniform(l) < 0.5 ? 1 : -1;
        up = t == time - 1 && sum + up == 0 ? -up : up;
        sum += up;
        x[2 * t] = (float)up, x[2 * t + 1] = 1;
    }
    return sum > 0;
}

static void draw(lab *l, ad_array *feed, int task)
{
    float (*const tasks[])(lab *, float *, int) = {draw_adding, draw_brackets, draw_counting};
    int rows = (int)feed[0].shape.size[0], time = (int)feed[0].shape.size[1];
    for (int r = 0; r < rows; r++)
        ((float *)feed[1].data)[r] = tasks[task](l, (float *)feed[0].data + r * time * 2, time);
}

typedef struct net {
    ad_program *step, *look;
    double parameters;
} net;

static net make(lab *l, int cell, int task, uint64_t seed)
{
    net n = {0};
    ad_graph *g = lab_graph(l);
    ad_dim rows = ad_open(g, "rows"), time = ad_open(g, "time");
    ad_tensor *x = ad_feed(g, "x", AD_F32, AD_SHAPE(rows, time, 2));
    ad_tensor *y = ad_feed(g, "y", AD_F32, AD_SHAPE(rows, 1)), *zero = ad_number(g, AD_F32, 0);
    ad_tensor *h = ad_pool_time(recur(l, x, cell), .how = AD_OVER_LAST);
    for (int i = 0; i < ad_variable_count(g); i++) {
        ad_shape s = ad_tensor_shape(ad_variable_at(g, i));
        n.parameters += (double)s.size[0] * (s.rank > 1 ? (double)s.size[1] : 1);
    }
    ad_tensor *out = ad_linear(h, .out = 1);
    ad_tensor *error = ad_scale(ad_squared_error(out, y), 6);
    ad_tensor *loss = task == 0 ? error : ad_binary_cross_entropy(out, y);
    ad_tensor *right = ad_equal(ad_greater(out, zero), ad_greater(y, ad_number(g, AD_F32, 0.5)));
    ad_tensor *quality =
        task == 0 ? ad_shift(ad_neg(error), 1) : ad_mean(ad_cast(right, AD_F32), AD_ALL);
    ad_tensor *step = ad_adam(loss, .rate = 5e-3, .clip_norm = 1);
    ad_state *state = lab_state(l, g, seed);
    n.step = lab_compile(l, state, .fetch = {step}, .feed = {x, y}, .training = true);
    n.look = lab_compile(l, state, .fetch = {quality}, .feed = {x, y});
    return n;
}

static void room(lab *l, ad_array *feed, int rows, int time)
{
    feed[0] = ad_f32(lab_floats(l, (int64_t)rows * time * 2), AD_SHAPE(rows, time, 2));
    feed[1] = ad_f32(lab_floats(l, rows), AD_SHAPE(rows, 1));
}

/* Share of the variance that is explained, or of right answers, after training. */
static double learn(lab *l, double cell, uint64_t seed, const void *with)
{
    int task = *(const int *)with, steps = (int)lab_get(l, "steps");
    net n = make(l, (int)cell, task, seed);
    ad_array feed[2], test[2];
    room(l, test, TEST, task == 2 ? (int)lab_get(l, "times") * TIME : TIME);
    draw(l, test, task);
    for (int i = 0; i < steps; i++) {
        if (i % 64 == 0) /* lengths vary */
            room(l, feed, ROWS, task == 2 ? 8 + (int)(lab_uniform(l) * (TIME - 7)) : TIME);
        draw(l, feed, task);
        lab_step(l, n.step, feed);
    }
    return fmax(0, lab_step(l, n.look, test));
}

typedef struct cost {
    double parameters, flops, ms;
} cost;

/* Of a training step; the time is the least of many. */
static cost measure(lab *l, int cell)
{
    net n = make(l, cell, 0, 1);
    cost c = {n.parameters, 0, INFINITY};
    ad_array feed[2];
    room(l, feed, ROWS, TIME);
    draw(l, feed, 0);
    for (int i = 0; i < 50; i++) {
        struct timespec begin, end;
        timespec_get(&begin, TIME_UTC);
        lab_step(l, n.step, feed);
        timespec_get(&end, TIME_UTC);
        c.ms = fmin(c.ms, 1e3 * (double)(end.tv_sec - begin.tv_sec) +
                              1e-6 * (double)(end.tv_nsec - begin.tv_nsec));
    }
    c.flops = (double)ad_program_about(n.step).flops;
    return c;
}

static void tell_costs(lab *l, const cost *c)
{
    static const int gates[CELLS] = {3, 2, 2, 0}, states[CELLS] = {2, 1, 1, 1};
    lab_cells(l, (lab_text[]){T("cell", "单元"),
                              T("gates", "门"),
                              T("states", "状态"),
                              T("width", "宽度"),
                              T("parameters", "参数"),
                              T("million operations a step", "每步运算（百万）"),
                              T("milliseconds a step", "每步毫秒"),
                              {0}});
    for (int k = 0; k < CELLS; k++)
        lab_cells(l, (lab_text[]){T(cell_name[k], cell_name[k]),
                                  T("{0}", "{0}", gates[k]),
                                  T("{0}", "{0}", states[k]),
                                  T("{0}", "{0}", width_of(l, k)),
                                  T("{0}", "{0}", c[k].parameters),
                                  T("{0}", "{0}", c[k].flops / 1e6),
                                  T("{0}", "{0}", c[k].ms),
                                  {0}});
}

static void run(lab *l)
{
    double *kind = lab_range(l, 0, CELLS - 1, CELLS), behind = 0;
    lab_band band[TASKS];
    cost c[CELLS];
    for (int t = 0; t < TASKS; t++) {
        band[t] = lab_sweep(l, kind, CELLS, (int)lab_get(l, "seeds"), learn, &t);
        behind = fmax(behind, band[t].mean[0] - band[t].mean[1]);
    }
    for (int k = 0; k < CELLS; k++)
        c[k] = measure(l, k);
    lab_figure *f = lab_bars(
        l, T("With {0%} of the parameters a GRU is at most {1:2} behind an LSTM on three tasks",
             "GRU 只用 {0%} 的参数，三个任务上最多落后 LSTM {1:2}",
             c[1].parameters / c[0].parameters, behind));
    for (int k = 0; k < CELLS; k++)
        lab_row(f, T(cell_name[k], cell_name[k]));
    lab_x(f, T("share right, or of the variance explained", "正确率或解释的方差比例"), NULL, false);
    for (int t = 0; t < TASKS; t++)
        lab_bar(f, T(task_name[t][0], task_name[t][1]), band[t].mean, band[t].low, band[t].high,
                CELLS);
    tell_costs(l, c);
    lab_say(l,
            T("An LSTM has a cell beside its output, and gates that let in, keep and show. A "
              "GRU has one state: what its update gate z lets in, 1 - z keeps; so it needs "
              "{0%} of the operations, and here {1%} of the time.",
              "LSTM 除输出外还有细胞状态，由输入门、遗忘门、输出门控制。GRU 只有一个状态：更新门 z "
              "放进多少，就丢掉多少；因此运算量为 {0%}，此处用时为 {1%}。",
              c[1].flops / c[0].flops, c[1].ms / c[0].ms));
    lab_say(l,
            T("In theory an LSTM's cell can count on without an end and a GRU's state, between "
              "-1 and 1, cannot (Weiss et al. 2018). Trained on up to {0} steps and asked "
              "about {1}, the LSTM has {2%} right, the GRU {3%}: what a cell could do is not "
              "yet what training finds.",
              "理论上 LSTM 的细胞状态可以无限计数，而 GRU 的状态在 -1 与 1 之间，做不到（Weiss 等 "
              "2018）。训练长度至多 {0}，测试长度 {1}：LSTM 正确率 {2%}，GRU "
              "{3%}：能表示并不等于训练能找到。",
              TIME, lab_get(l, "times") * TIME, band[2].mean[0], band[2].mean[1]));
    lab_judge(l, behind < 0.12 && c[1].parameters < c[0].parameters ? LAB_HOLDS : LAB_PARTLY,
              T("It has {0%} of the parameters and, on these tasks, is at most {1:2} behind; with "
                "as many parameters at most {2:2}.",
                "参数为 LSTM 的 {0%}，在这些任务上最多落后 {1:2}；参数相同时最多落后 {2:2}。",
                c[1].parameters / c[0].parameters, behind,
                fmax(0, fmax(band[0].mean[0] - band[0].mean[2],
                             fmax(band[1].mean[0] - band[1].mean[2],
                                  band[2].mean[0] - band[2].mean[2])))));
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
                {"times", 4, 0, 1, 100, "how much longer counting is in the test",
                 "计数测试长度的倍数"},
                {"seeds", 3, 1, 1, 20, "seeds", "种子数"}},
    .next = {{"Which counts further?", "谁能数得更远？", "times=20"},
             {"Does the order change with more training?", "训练更久后次序会变吗？", "steps=3000"},
             {"Why did attention take the place of both?", "为什么注意力取代了两者？", NULL}},
    .source =
        {"Cho et al. 2014 (arXiv:1406.1078); Chung et al. 2014: empirical evaluation of gated "
         "recurrent neural networks (arXiv:1412.3555)",
         "Weiss, Goldberg and Yahav 2018: on the practical computational power of finite "
         "precision RNNs for language recognition (arXiv:1805.04908)",
         "include/adze/adze.h: ad_gru, ad_lstm"},
};
