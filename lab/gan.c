/* What is a GAN?  Two players on points of a ring: what is made over time, what the judge says, how
 * the maker gives up modes, and the same with a Wasserstein judge; then digits. */
#include "lab.h"

enum { BATCH = 64, LATENT = 8, MODES = 8, LOOKS = 40, SHOWN = 8, SAMPLES = 8 * BATCH };

typedef struct task {
    const lab_data *digits; /* NULL: points on the ring */
    int size, width;
    bool wasserstein;
    int judging, making; /* steps of each in a round */
} task;

typedef struct gan {
    ad_program *judge, *make, *sample, *fresh; /* steps of the players; what is made; a new judge */
    ad_array feed[3];                          /* real, noise, share of a mix */
} gan;

static ad_tensor *maker(ad_tensor *noise, const task *t)
{
    ad_tensor *x = ad_relu(ad_linear(noise, .out = t->width));
    x = ad_linear(ad_relu(ad_linear(x, .out = t->width)), .out = t->size);
    return t->digits ? ad_sigmoid(x) : x;
}

/* (batch, 1), high for what it takes to be real. */
static ad_tensor *judge(ad_tensor *x, const task *t, const char *scope)
{
    ad_graph *g = ad_tensor_graph(x);
    ad_scope_begin(g, scope);
    x = ad_leaky_relu(ad_linear(x, .out = t->width), 0.2);
    x = ad_linear(ad_leaky_relu(ad_linear(x, .out = t->width), 0.2), .out = 1);
    ad_scope_end(g);
    return x;
}

/* Mean of (|slope| - 1)^2 at mixes of a real and a made one (Gulrajani et al. 2017). */
static ad_tensor *penalty(ad_tensor *of_real, ad_tensor *real, ad_tensor *made, ad_tensor *share)
{
    ad_tensor *mix = ad_add(made, ad_mul(share, ad_sub(real, made))), *slope;
    ad_gradient(ad_call(of_real, &real, &mix, 1), &mix, 1, &slope);
    ad_tensor *length = ad_sqrt(ad_shift(ad_sum(ad_square(slope), AD_AXES(1)), 1e-12));
    return ad_mean(ad_square(ad_shift(length, -1)), AD_ALL);
}

/* -log of the share that a logit gives to what is wanted, in the mean (Goodfellow et al. 2014). */
static ad_tensor *unlike(ad_tensor *logit, bool real)
{
    return ad_mean(ad_softplus(real ? ad_neg(logit) : logit), AD_ALL);
}

static gan make(lab *l, const task *t, uint64_t seed)
{
    gan n;
    ad_graph *g = lab_graph(l);
    ad_tensor *real = ad_feed(g, "real", AD_F32, AD_SHAPE(BATCH, t->size));
    ad_tensor *noise = ad_feed(g, "noise", AD_F32, AD_SHAPE(BATCH, LATENT));
    ad_tensor *share = ad_feed(g, "share", AD_F32, AD_SHAPE(BATCH, 1));
    ad_scope_begin(g, "maker");
    ad_tensor *made = maker(noise, t);
    ad_scope_end(g);
    ad_tensor *of_real = judge(real, t, "judge"), *of_made = ad_call(of_real, &real, &made, 1);
    ad_tensor *new_real = judge(real, t, "fresh"), *new_made = ad_call(new_real, &real, &made, 1);
    ad_tensor *judging = ad_add(unlike(of_real, true), unlike(of_made, false));
    ad_tensor *making = unlike(of_made, true);
    if (t->wasserstein) {
        making = ad_neg(ad_mean(of_made, AD_ALL));
        judging = ad_neg(ad_add(ad_mean(of_real, AD_ALL), making));
        judging = ad_add(judging, penalty(of_real, real, made, share));
    }
    ad_tensor *anew = ad_add(unlike(new_real, true), unlike(new_made, false));
    double rate = lab_get(l, "rate");
    ad_tensor *step[] = {
        ad_adam(judging, .rate = rate, .beta1 = 0.5, .scope = "judge.", .name = "j"),
        ad_adam(making, .rate = rate, .beta1 = 0.5, .scope = "maker.", .name = "m"),
        ad_adam(anew, .rate = rate, .scope = "fresh.", .name = "f")};
    ad_tensor *zero = ad_number(g, AD_F32, 0);
    ad_tensor *hits = ad_add(ad_mean(ad_cast(ad_greater(new_real, zero), AD_F32), AD_ALL),
                             ad_mean(ad_cast(ad_less(new_made, zero), AD_F32), AD_ALL));
    ad_state *s = lab_state(l, g, seed);
    n.judge = lab_compile(l, s,
                          .fetch = {step[0], ad_mean(ad_sigmoid(of_real), AD_ALL),
                                    ad_mean(ad_sigmoid(of_made), AD_ALL)},
                          .feed = {real, noise, share}, .training = true);
    n.make = lab_compile(l, s, .fetch = {step[1]}, .feed = {real, noise, share}, .training = true);
    n.fresh =
        lab_compile(l, s, .fetch = {step[2], hits}, .feed = {real, noise, share}, .training = true);
    n.sample = lab_compile(l, s, .fetch = {made}, .feed = {real, noise, share});
    n.feed[0] = ad_f32(lab_floats(l, BATCH * t->size), AD_SHAPE(BATCH, t->size));
    n.feed[1] = ad_f32(lab_floats(l, BATCH * LATENT), AD_SHAPE(BATCH, LATENT));
    n.feed[2] = ad_f32(lab_floats(l, BATCH), AD_SHAPE(BATCH, 1));
    return n;
}

static void draw(lab *l, const task *t, gan *n)
{
    const double turn = 6.283185307179586;
    float *real = n->feed[0].data, *noise = n->feed[1].data, *share = n->feed[2].data;
    for (int i = 0; i < BATCH; i++) {
        int mode = (int)(lab_uniform(l) * MODES);
        share[i] = (float)lab_uniform(l);
        for (int k = 0; k < LATENT; k++)
            noise[i * LATENT + k] = (float)lab_normal(l);
        if (t->digits) {
            int from = (int)(lab_uniform(l) * t->digits->count);
            memcpy(real + i * t->size, t->digits->x + from * t->size, (size_t)t->size * 4);
            continue;
        }
        real[2 * i] = (float)(cos(turn * mode / MODES) + 0.03 * lab_normal(l));
        real[2 * i + 1] = (float)(sin(turn * mode / MODES) + 0.03 * lab_normal(l));
    }
}

/* Points made now, x and y (SAMPLES); of how many modes, and the share that lies at one. */
static double modes(lab *l, const task *t, gan *n, double *x, double *y, double *good)
{
    const double turn = 6.283185307179586;
    int hit[MODES] = {0}, in = 0, found = 0;
    for (int b = 0; b < SAMPLES / BATCH; b++) {
        ad_array out;
        draw(l, t, n);
        lab_fetch(l, n->sample, n->feed, &out, 1);
        for (int i = 0; i < BATCH; i++) {
            double px = x[b * BATCH + i] = ad_array_item(&out, 2 * i),
                   py = y[b * BATCH + i] = ad_array_item(&out, 2 * i + 1);
            int m = ((int)lround(atan2(py, px) / turn * MODES) + MODES) % MODES;
            bool at = hypot(px - cos(turn * m / MODES), py - sin(turn * m / MODES)) < 0.15;
            hit[m] += at, in += at;
        }
    }
    for (int m = 0; m < MODES; m++)
        found += hit[m] > SAMPLES / 100;
    *good = (double)in / SAMPLES;
    return found;
}

typedef struct story {
    double at[LOOKS], real[LOOKS], made[LOOKS], found[LOOKS], good; /* what the judge says; modes */
    double x[SAMPLES], y[SAMPLES], fresh; /* points at the end; what a new judge has right */
} story;

static void play(lab *l, const task *t, gan *n, story *s)
{
    int steps = (int)lab_get(l, "steps"), every = steps / LOOKS;
    for (int i = 0; i < steps; i++) {
        ad_array out[3];
        for (int k = 0; k < t->judging; k++) {
            draw(l, t, n);
            lab_fetch(l, n->judge, n->feed, out, 3);
        }
        int look = i / every;
        if (look < LOOKS) {
            s->real[look] += ad_array_item(&out[1], 0) / every;
            s->made[look] += ad_array_item(&out[2], 0) / every;
        }
        for (int k = 0; k < t->making; k++) {
            draw(l, t, n);
            lab_step(l, n->make, n->feed);
        }
        if (i % every == every - 1 && look < LOOKS && !t->digits)
            s->at[look] = i + 1, s->found[look] = modes(l, t, n, s->x, s->y, &s->good);
    }
    for (int i = 0; i < 600; i++) {
        ad_array out[2];
        draw(l, t, n);
        lab_fetch(l, n->fresh, n->feed, out, 2);
        s->fresh += i >= 500 ? ad_array_item(&out[1], 0) / 200 : 0;
    }
}

static void show_digits(lab *l)
{
    lab_data d = lab_digits(l, 1000, AD_PART_TRAIN);
    task t = {&d, d.size, 96, false, 1, 1};
    gan n = make(l, &t, lab_seed(l));
    story *s = lab_memory(l, 1, sizeof *s);
    ad_array out;
    play(l, &t, &n, s);
    lab_fetch(l, n.sample, n.feed, &out, 1);
    lab_figure *f = lab_pictures(l, T("Digits that were made: a new judge tells {0%} right",
                                      "生成的数字：新判别器的正确率为 {0%}", s->fresh));
    double *pixel = lab_numbers(l, d.size);
    for (int i = 0; i < SHOWN; i++) {
        for (int k = 0; k < d.size; k++)
            pixel[k] = ad_array_item(&out, i * d.size + k);
        lab_picture(f, T("", ""), pixel, 14, 14, 1);
    }
}

static void show_points(lab *l, const task *t, const story *s, lab_text title)
{
    double x[4 * BATCH], y[4 * BATCH];
    gan n = {.feed = {ad_f32(lab_floats(l, BATCH * 2), AD_SHAPE(BATCH, 2)),
                      ad_f32(lab_floats(l, BATCH * LATENT), AD_SHAPE(BATCH, LATENT)),
                      ad_f32(lab_floats(l, BATCH), AD_SHAPE(BATCH, 1))}};
    for (int i = 0; i < 4 * BATCH; i++) {
        if (i % BATCH == 0)
            draw(l, t, &n);
        x[i] = ((float *)n.feed[0].data)[i % BATCH * 2];
        y[i] = ((float *)n.feed[0].data)[i % BATCH * 2 + 1];
    }
    lab_figure *f = lab_plot(l, title);
    lab_x(f, T("x", "x"), NULL, false);
    lab_y(f, T("y", "y"), NULL, false);
    lab_points(f, T("real", "真实"), x, y, 4 * BATCH);
    lab_points(f, T("made", "生成"), s->x, s->y, 4 * BATCH);
}

enum { RUNS = 6 };
static const char *const run_name[RUNS][2] = {
    {"GAN, 1 to 5", "GAN，1 比 5"},         {"GAN, 1 to 1", "GAN，1 比 1"},
    {"GAN, 5 to 1", "GAN，5 比 1"},         {"WGAN-GP, 1 to 5", "WGAN-GP，1 比 5"},
    {"WGAN-GP, 1 to 1", "WGAN-GP，1 比 1"}, {"WGAN-GP, 5 to 1", "WGAN-GP，5 比 1"}};

static void show_judge(lab *l, const story *s, double says)
{
    lab_figure *f = lab_plot(l, T("The judge gives what is made a chance of {0:2} at the end",
                                  "最后判别器认为生成样本为真的概率是 {0:2}", says));
    lab_x(f, T("round", "轮次"), NULL, false);
    lab_y(f, T("what the judge says", "判别器输出"), NULL, false);
    lab_y_limits(f, 0, 1);
    lab_line(f, T("of real ones", "对真实样本"), s->at, s->real, LOOKS);
    lab_line(f, T("of those made", "对生成样本"), s->at, s->made, LOOKS);
    lab_rule(f, T("1/2", "1/2"), 0.5, false);
}

static void show_modes(lab *l, const story *s)
{
    const int half = LOOKS / 2;
    lab_figure *f = lab_plot(
        l, T("At half of the rounds WGAN-GP makes {0} modes, a GAN {1}, with the maker ahead {2}",
             "训练过半时 WGAN-GP 生成 {0} 个模式，GAN {1} 个，生成器领先时 {2} 个",
             s[5].found[half], s[1].found[half], s[0].found[half]));
    lab_x(f, T("round", "轮次"), NULL, false);
    lab_y(f, T("modes of 8", "模式数（共 8 个）"), NULL, false);
    for (int i = 0; i < RUNS; i++)
        if (i == 0 || i == 1 || i == 5)
            lab_line(f, T(run_name[i][0], run_name[i][1]), s[i].at, s[i].found, LOOKS);
}

static void run(lab *l)
{
    story *s = lab_memory(l, RUNS, sizeof *s);
    double found[RUNS], fresh[RUNS];
    task t = {NULL, 2, 32, false, 1, 1};
    for (int i = 0; i < RUNS; i++) {
        t = (task){NULL, 2, 32, i >= 3, i % 3 == 2 ? 5 : 1, i % 3 == 0 ? 5 : 1};
        gan n = make(l, &t, lab_seed(l));
        play(l, &t, &n, &s[i]);
        found[i] = 0, fresh[i] = s[i].fresh;
        for (int k = LOOKS - 5; k < LOOKS; k++)
            found[i] += s[i].found[k] / 5;
        lab_progress(l, (i + 1.0) / (RUNS + 1));
    }
    double says = s[1].made[LOOKS - 1];
    show_points(l, &t, &s[1],
                T("Turn by turn a GAN finds {0:1} of 8 modes",
                  "交替训练时 GAN 找到 8 个模式中的 {0:1} 个", found[1]));
    show_points(l, &t, &s[0],
                T("Where the maker takes 5 steps for one of the judge, {0:1} modes are left",
                  "生成器每走 5 步判别器才走 1 步时，只剩 {0:1} 个模式", found[0]));
    show_judge(l, &s[1], says);
    lab_figure *f = lab_bars(
        l, T("Modes depend on who is ahead: {0:1} with the maker, {1:1} with the judge",
             "模式数取决于谁领先：生成器领先 {0:1} 个，判别器领先 {1:1} 个", found[0], found[2]));
    for (int i = 0; i < RUNS; i++)
        lab_row(f, T(run_name[i][0], run_name[i][1]));
    lab_x(f, T("modes of 8; steps judge to maker", "模式数（共 8 个）；判别器与生成器步数比"), NULL,
          false);
    lab_bar(f, T("", ""), found, NULL, NULL, RUNS);
    show_modes(l, s);
    show_digits(l);
    lab_say(
        l,
        T("A maker turns noise into points, a judge tells them from real ones, each is "
          "trained against the other. A new judge, trained on what was made at the end, is "
          "right in {0%}, where equal distributions would give 50 %; of the maker that was "
          "ahead in {1%}.",
          "生成器把噪声变成点，判别器区分真假，两者互相对抗。用最后生成的样本重新训练一个判别器，"
          "正确率为 {0%}（分布相同时应为 50%）；生成器领先时为 {1%}。",
          fresh[1], fresh[0]));
    lab_say(l,
            T("WGAN-GP, which is said to cure collapse, makes {0:1} modes as it is meant, with 5 "
              "steps of the judge for one of the maker, and {1:1} where the maker is ahead.",
              "据说能解决模式崩溃的 WGAN-GP，按原方法（判别器 5 步、生成器 1 步）得到 {0:1} "
              "个模式，生成器领先时 {1:1} 个。",
              found[5], found[3]));
    bool half = fabs(says - 0.5) < 0.1 && found[1] > 6;
    lab_judge(
        l,
        !half                             ? LAB_FAILS
        : fresh[1] > 0.52 || found[0] < 5 ? LAB_PARTLY
                                          : LAB_HOLDS,
        T("The judge ends at {0:2}, but that says that this judge knows no more: a new one is "
          "right in {1%}. And it holds where the two keep pace; with the maker ahead {2:1} of "
          "8 modes are left. Lucic et al. 2018 found no variant that is better than the first "
          "one with the same care.",
          "判别器停在 {0:2}，但这只说明它无法再分辨：新判别器正确率为 "
          "{1%}。而且要两者步调一致；生成器领先时 8 个模式只剩 {2:1} 个。Lucic 等 2018 "
          "发现，同样用心调参时没有哪种变体稳定优于最初的 GAN。",
          says, fresh[1], found[0]));
}

const lab_record lab_record_gan = {
    .name = "gan",
    .topic = LAB_MODELS,
    .question_en = "What is a GAN?",
    .question_zh = "什么是生成对抗网络？",
    .claim_en = "In the end the judge says 1/2 everywhere, and what is made is like the data.",
    .claim_zh = "最终判别器处处输出 1/2，生成分布等于数据分布。",
    .verdict = LAB_PARTLY,
    .seeds = 16,
    .run = run,
    .setting = {{"steps", 2000, 1200, 100, 1000000, "rounds", "轮数"},
                {"rate", 3e-3, 0, 1e-5, 1, "learning rate", "学习率"}},
    .next = {{"Does collapse pass with time?", "崩溃会随时间恢复吗？", "steps=8000"},
             {"Why not least squares?", "为什么不用最小二乘损失？", NULL},
             {"How does one measure what is made?", "如何衡量生成的质量？", NULL}},
    .source = {"Goodfellow et al. 2014 (arXiv:1406.2661); Metz et al. 2017: unrolled GANs "
               "(arXiv:1611.02163)",
               "Gulrajani et al. 2017: improved training of Wasserstein GANs (arXiv:1704.00028)",
               "Lucic et al. 2018: are GANs created equal? (arXiv:1711.10337)",
               "example/wgan.c; example/gan_points.yaml"},
};
