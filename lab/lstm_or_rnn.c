/* Why is an LSTM better than a plain recurrent net?  How much of the last step's gradient reaches
 * each step before, and the adding problem by how far back its numbers stand. */
#include "lab.h"

enum { WIDTH = 24, KINDS = 3, LAGS = 4, ROWS = 32 };

static const lab_text kind_name[KINDS] = {
    {"RNN", "RNN"}, {"LSTM", "LSTM"}, {"LSTM, forget bias 0", "LSTM, forget bias 0"}};

/* Outputs of each step, (batch, time, WIDTH). */
static ad_tensor *recur(ad_tensor *x, int kind)
{
    return kind == 0 ? ad_rnn(x, .width = WIDTH, .name = "net")
                     : ad_lstm(x, .width = WIDTH, .name = "net");
}

/* Gate order is input, forget, cell, output: a forget gate that begins open keeps its state. */
static void open_gate(lab *l, ad_state *state, ad_graph *g, double bias)
{
    int64_t count;
    ad_tensor *b = ad_find(g, "net.bias_ih_l0");
    double *value = lab_value(l, state, b, &count);
    float *now = lab_floats(l, count);
    for (int64_t i = 0; i < count; i++)
        now[i] = (float)(i / WIDTH == 1 ? bias : value[i]);
    lab_do(l, ad_set(state, b, ad_f32(now, AD_SHAPE(count))));
}

/* Size of the gradient of the last output at the input of each step, over that at the last one. */
static void reach(lab *l, int kind, int time, double *size)
{
    ad_graph *g = lab_graph(l);
    ad_tensor *x = ad_feed(g, "x", AD_F32, AD_SHAPE(ROWS, time, 4)), *h = recur(x, kind), *slope;
    ad_tensor *last = ad_slice(h, 1, time - 1, time, 1);
    ad_gradient(ad_sum(last, AD_ALL), &x, 1, &slope);
    ad_state *state = lab_state(l, g, lab_seed(l));
    if (kind > 0)
        open_gate(l, state, g, kind == 1 ? 2 : 0);
    ad_program *p = lab_compile(l, state, .fetch = {slope}, .feed = {x});
    float *in = lab_floats(l, (int64_t)ROWS * time * 4);
    for (int i = 0; i < ROWS * time * 4; i++)
        in[i] = (float)lab_normal(l);
    ad_array feed = ad_f32(in, AD_SHAPE(ROWS, time, 4)), out;
    lab_fetch(l, p, &feed, &out, 1);
    double *item = lab_items(l, &out);
    for (int i = 0; i < ROWS * time * 4; i++)
        size[i / 4 % time] += item[i] * item[i];
    for (int t = 0; t < time; t++)
        size[t] = fmax(sqrt(size[t] / size[time - 1]), 1e-12);
}

/* Two marked numbers are to be added (Hochreiter and Schmidhuber 1997): one among the first steps,
 * one `lag` steps behind it. */
static float add(lab *l, float *x, int time, const void *with)
{
    int lag = *(const int *)with, first = (int)(lab_uniform(l) * (time - lag));
    return lab_marked(l, x, time, 0, (int[]){first, first + lag}, 2);
}

/* Mean squared error of the last hundred steps over that of always saying 1, which is 1 / 6. */
static double adding(lab *l, double steps_apart, uint64_t seed, const void *with)
{
    int kind = *(const int *)with, lag = (int)steps_apart, time = lag + 4;
    ad_graph *g = lab_graph(l);
    ad_tensor *x = ad_feed(g, "x", AD_F32, AD_SHAPE(ROWS, time, 2));
    ad_tensor *y = ad_feed(g, "y", AD_F32, AD_SHAPE(ROWS, 1));
    ad_tensor *h = ad_pool_time(recur(x, kind), .how = AD_OVER_LAST);
    ad_tensor *loss = ad_squared_error(ad_linear(h, .out = 1), y);
    ad_state *state = lab_state(l, g, seed);
    ad_program *p = lab_compile(l, state, .fetch = {ad_adam(loss, .rate = 3e-3, .clip_norm = 1)},
                                .feed = {x, y}, .training = true);
    if (kind > 0)
        open_gate(l, state, g, kind == 1 ? 2 : 0);
    lab_batch batch = lab_sequences(l, ROWS, time);
    return 6 * lab_train_sequences(l, p, &batch, add, &lag, (int)lab_get(l, "steps"), 100);
}

static void run(lab *l)
{
    int time = (int)lab_get(l, "time");
    double *size = lab_numbers(l, (int64_t)KINDS * time), *back = lab_numbers(l, time), half[KINDS];
    for (int t = 0; t < time; t++)
        back[t] = time - 1 - t;
    for (int k = 0; k < KINDS; k++) {
        reach(l, k, time, size + k * time);
        half[k] = size[k * time];
    }
    lab_figure *f =
        lab_plot(l, T("Of the gradient {0} reaches {1} steps back in an RNN, {2} in an LSTM",
                      "{1} 步之前，RNN 只剩 {0} 的梯度，LSTM 剩 {2}", half[0], time, half[1]));
    lab_x(f, T("steps back", "向前的步数"), NULL, false);
    lab_y(f, T("size of the gradient over the last step's", "梯度与末步之比"), NULL, true);
    for (int k = 0; k < KINDS; k++)
        lab_line(f, kind_name[k], back, size + k * time, time);
    double lag[LAGS] = {24, 6, 2, 1}, *error[2]; /* parts of the longest */
    for (int i = 0; i < LAGS; i++)
        lag[i] = fmax(1, floor(lab_get(l, "lag") / lag[i]));
    lab_band band[2];
    for (int k = 0; k < 2; k++) {
        band[k] = lab_sweep(l, lag, LAGS, (int)lab_get(l, "seeds"), adding, &k);
        error[k] = band[k].mean;
    }
    f = lab_plot(l, T("Adding two numbers {0} steps apart: the LSTM's error is {1}, the RNN's {2}",
                      "把相隔 {0} 步的两个数相加：LSTM 误差 {1}，RNN 误差 {2}", lag[1], error[1][1],
                      error[0][1]));
    lab_x(f, T("steps between the two numbers", "两个数相隔的步数"), NULL, true);
    lab_y(f, T("error over that of guessing", "与猜测之比的误差"), NULL, false);
    for (int k = 0; k < 2; k++)
        lab_series(f, kind_name[k], &band[k]);
    lab_say(l, T("The cell is carried on by a sum, times a forget gate near 1: what is kept a step "
                 "is that gate. With a bias of 0 it begins half shut, and of the gradient {0} is "
                 "left; so a bias of 1 or 2 to begin with is not a detail.",
                 "细胞状态由加法传递，再乘以接近 1 的遗忘门：每步保留的比例就是这个门。偏置为零时门"
                 "半开，梯度只剩 {0}；因此初始偏置取 1 或 2 并非小事。",
                 half[2]));
    bool holds = half[1] > 100 * half[0] && half[2] < half[1] / 10;
    lab_judge(l, holds ? LAB_PARTLY : LAB_FAILS,
              T("It carries gradients much further, {0} against {1}, where the forget gate is "
                "open; it does not make them last for ever: at {2} steps its error is {3} of "
                "guessing.",
                "遗忘门打开时它能把梯度传得远得多（{0} 对 {1}）；但并非永久：相隔 {2} 步时误差为猜"
                "测的 {3}。",
                half[1], half[0], lag[LAGS - 1], error[1][LAGS - 1]));
}

const lab_record lab_record_lstm_or_rnn = {
    .name = "lstm-or-rnn",
    .topic = LAB_LAYERS,
    .question_en = "Why is an LSTM better than a plain recurrent net?",
    .question_zh = "LSTM 为什么比 RNN 好？",
    .claim_en = "An LSTM's gates cure vanishing gradients.",
    .claim_zh = "LSTM 的门解决了梯度消失问题。",
    .verdict = LAB_PARTLY,
    .seeds = 20,
    .run = run,
    .setting = {{"time", 100, 60, 10, 1000, "steps of the gradient", "梯度的时间步数"},
                {"lag", 120, 60, 5, 1000, "the longest lag", "最长间隔"},
                {"steps", 600, 150, 100, 100000, "training steps", "训练步数"},
                {"seeds", 2, 1, 1, 20, "seeds", "种子数"}},
    .next = {{"Does the RNN learn with more steps?", "RNN 多训练几步能学会吗？", "steps=3000"},
             {"What does a GRU do otherwise?", "GRU 有何不同？", NULL},
             {"What can attention do that gates cannot?", "注意力能做到而门做不到的是什么？",
              NULL}},
    .source =
        {"Hochreiter and Schmidhuber 1997: long short-term memory",
         "Gers, Schmidhuber and Cummins 2000: learning to forget",
         "Jozefowicz, Zaremba and Sutskever 2015: an empirical exploration of recurrent network "
         "architectures",
         "include/adze/adze.h: ad_rnn, ad_lstm"},
};
