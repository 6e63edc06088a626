/* What is a GAN?  Two players on points of a ring: what is made over time, what the judge says, how
 * the maker gives up modes, and the same with a Wasserstein judge; then digits. */
#include "lab.h"

enum { BATCH = 64, MODES = 8, LOOKS = 40, SHOWN = 256, SAMPLES = 1024, RUNS = 6 };

static const lab_text run_name[RUNS] = {
    {"GAN, 1 to 5", "GAN，1 比 5"},         {"GAN, 1 to 1", "GAN，1 比 1"},
    {"GAN, 5 to 1", "GAN，5 比 1"},         {"WGAN-GP, 1 to 5", "WGAN-GP，1 比 5"},
    {"WGAN-GP, 1 to 1", "WGAN-GP，1 比 1"}, {"WGAN-GP, 5 to 1", "WGAN-GP，5 比 1"}};

typedef struct setup {
    const lab_data *data;
    ad_gan_rule rule;
    int width, judging, making; /* steps of each player in a round */
} setup;

typedef struct gan {
    ad_program *judge, *make, *sample;
} gan;

typedef struct story {
    double at[LOOKS], real[LOOKS], made[LOOKS], found[LOOKS]; /* what the judge says; modes */
    double *sample, fresh; /* made at the end; what a new judge has right */
} story;

/* Makes examples of noise, or says by a logit whether one is real. */
static ad_tensor *player(ad_tensor *x, const char *name, int width, int out)
{
    ad_graph *g = ad_tensor_graph(x);
    ad_scope_begin(g, name);
    for (int i = 0; i < 2; i++)
        x = ad_leaky_relu(ad_linear(x, .out = width), out == 1 ? 0.2 : 0);
    x = ad_linear(x, .out = out);
    ad_scope_end(g);
    return out > 2 ? ad_sigmoid(x) : x; /* pixels */
}

static gan make(lab *l, const setup *s)
{
    ad_graph *g = lab_graph(l);
    ad_tensor *real = ad_feed(g, "real", AD_F32, AD_SHAPE(BATCH, s->data->size));
    ad_tensor *noise = ad_normal(g, AD_F32, AD_SHAPE(BATCH, 8), 0, 1);
    ad_tensor *made = player(noise, "maker", s->width, s->data->size);
    ad_tensor *of_real = player(real, "judge", s->width, 1),
              *says = ad_call(of_real, &real, &made, 1);
    ad_tensor *judging = ad_gan_discriminator(of_real, says, s->rule);
    ad_tensor *making = ad_gan_generator(says, s->rule);
    if (s->rule == AD_GAN_WASSERSTEIN) { /* slopes of 1 between real and made ones */
        ad_tensor *share = ad_uniform(g, AD_F32, AD_SHAPE(BATCH, 1), 0, 1);
        ad_tensor *mix = ad_add(made, ad_mul(share, ad_sub(real, made)));
        judging = ad_add(judging, ad_gradient_penalty(ad_call(of_real, &real, &mix, 1), mix, 1));
    }
    double rate = lab_get(l, "rate");
    ad_tensor *judge = ad_adam(judging, .rate = rate, .beta1 = 0.5, .scope = "judge.", .name = "j");
    ad_tensor *maker = ad_adam(making, .rate = rate, .beta1 = 0.5, .scope = "maker.", .name = "m");
    ad_tensor *sure[] = {ad_mean(ad_sigmoid(of_real), AD_ALL), ad_mean(ad_sigmoid(says), AD_ALL)};
    ad_state *state = lab_state(l, g, lab_seed(l));
    return (gan){
        lab_compile(l, state, .fetch = {judge, sure[0], sure[1]}, .feed = {real}, .training = true),
        lab_compile(l, state, .fetch = {maker}, .training = true),
        lab_compile(l, state, .fetch = {made}, .training = true)}; /* each time of other noise */
}

static void play(lab *l, const setup *s, story *t)
{
    gan n = make(l, s);
    lab_batch some = lab_some(l, s->data, BATCH);
    int every = (int)lab_get(l, "steps") / LOOKS;
    ad_array out[3];
    for (int i = 0; i < every * LOOKS; i++) {
        int look = i / every;
        for (int k = 0; k < s->judging; k++) {
            lab_draw(l, s->data, &some);
            lab_fetch(l, n.judge, some.feed, out, 3);
        }
        t->real[look] += ad_array_item(&out[1], 0) / every;
        t->made[look] += ad_array_item(&out[2], 0) / every;
        for (int k = 0; k < s->making; k++)
            lab_step(l, n.make, NULL);
        if (i % every == every - 1) {
            t->sample = lab_gather(l, n.sample, NULL, SAMPLES / BATCH), t->at[look] = i + 1;
            t->found[look] = lab_ring_found(l, t->sample, SAMPLES, MODES, 0.15);
        }
    }
    t->fresh = lab_told_apart(l, s->data, t->sample, SAMPLES);
}

static void show_points(lab *l, const lab_data *data, const story *s, lab_text title)
{
    lab_figure *f = lab_plot(l, title);
    lab_axes(f, T("x", "x"), T("y", "y"));
    lab_pairs(f, T("real", "真实"), lab_items(l, lab_all(data).feed), SHOWN);
    lab_pairs(f, T("made", "生成"), s->sample, SHOWN);
}

static void show_rounds(lab *l, const story *s)
{
    const int half = LOOKS / 2;
    lab_figure *f =
        lab_plot(l, T("The judge gives what is made a chance of {0:2} at the end",
                      "最后判别器认为生成样本为真的概率是 {0:2}", s[1].made[LOOKS - 1]));
    lab_axes(f, T("round", "轮次"), T("what the judge says", "判别器输出"));
    lab_y_limits(f, 0, 1);
    lab_line(f, T("of real ones", "对真实样本"), s[1].at, s[1].real, LOOKS);
    lab_line(f, T("of those made", "对生成样本"), s[1].at, s[1].made, LOOKS);
    lab_rule(f, T("1/2", "1/2"), 0.5, false);
    f = lab_plot(l, T("Half-way WGAN-GP makes {0} modes, a GAN {1}, with the maker ahead {2}",
                      "训练过半时 WGAN-GP 生成 {0} 个模式，GAN {1} 个，生成器领先时 {2} 个",
                      s[5].found[half], s[1].found[half], s[0].found[half]));
    lab_axes(f, T("round", "轮次"), T("modes of 8", "模式数（共 8 个）"));
    for (int i = 0; i < RUNS; i += i ? 4 : 1)
        lab_line(f, run_name[i], s[i].at, s[i].found, LOOKS);
}

static void run(lab *l)
{
    lab_data points = lab_ring(l, SAMPLES, MODES, 0.03);
    lab_data digits = lab_digits(l, SAMPLES, AD_PART_TRAIN);
    story *s = lab_memory(l, RUNS + 1, sizeof *s);
    double found[RUNS];
    for (int i = 0; i < RUNS; i++) {
        ad_gan_rule rule = i < 3 ? AD_GAN_NON_SATURATING : AD_GAN_WASSERSTEIN;
        play(l, &(setup){&points, rule, 32, i % 3 == 2 ? 5 : 1, i % 3 == 0 ? 5 : 1}, &s[i]);
        found[i] = lab_mean(s[i].found + LOOKS - 5, 5);
        lab_progress(l, (i + 1.0) / (RUNS + 1));
    }
    play(l, &(setup){&digits, AD_GAN_NON_SATURATING, 96, 1, 1}, &s[RUNS]);
    double real = s[1].real[LOOKS - 1], made = s[1].made[LOOKS - 1], fresh = s[1].fresh;
    show_points(l, &points, &s[1],
                T("Turn by turn a GAN finds {0:1} of 8 modes",
                  "交替训练时 GAN 找到 8 个模式中的 {0:1} 个", found[1]));
    show_points(l, &points, &s[0],
                T("With 5 steps of the maker for one of the judge {0:1} modes are left",
                  "生成器每走 5 步判别器才走 1 步时，只剩 {0:1} 个模式", found[0]));
    lab_text title =
        T("Modes depend on who is ahead: {0:1} with the maker, {1:1} with the judge",
          "模式数取决于谁领先：生成器领先 {0:1} 个，判别器领先 {1:1} 个", found[0], found[2]);
    lab_text axis = T("modes of 8", "模式数（共 8 个）");
    lab_figure *f = lab_named_bars(l, title, run_name, RUNS, axis);
    lab_bar(f, T("", ""), found, NULL, NULL, RUNS);
    show_rounds(l, s);
    f = lab_pictures(l, T("Digits that were made: a new judge tells {0%} right",
                          "生成的数字：新判别器的正确率为 {0%}", s[RUNS].fresh));
    for (int i = 0; i < 8; i++)
        lab_picture(f, T("", ""), s[RUNS].sample + i * digits.size, 14, 14, 1);
    lab_say(l, T("A maker turns noise into points, a judge tells them from real ones, each trained "
                 "against the other. WGAN-GP, said to cure collapse, makes {0:1} modes as it is "
                 "meant, with 5 steps of the judge for one, and {1:1} with the maker ahead.",
                 "生成器把噪声变成点，判别器区分真假，互相对抗。据说能解决模式崩溃的 WGAN-GP，按原"
                 "方法（判别器 5 步、生成器 1 步）得到 {0:1} 个模式，生成器领先时 {1:1} 个。",
                 found[5], found[3]));
    bool half = fmax(fabs(real - 0.5), fabs(made - 0.5)) < 0.1;
    lab_weigh(l, half, half && fresh < 0.55,
              T("In the mean the judge ends at {0:2} of real and {1:2} of made ones. But that "
                "says that this judge knows no more: a new one, trained on both, is right in "
                "{2%}, where equal ones would give 50 %. Lucic et al. 2018 found no variant that "
                "is better than the first with the same care.",
                "判别器最后平均给真实样本 {0:2}、生成样本 {1:2}。但这只说明它无法再分辨：重新训练"
                "的判别器正确率为 {2%}（分布相同时应为 50 %）。Lucic 等 2018 发现，同样用心调参时"
                "没有哪种变体稳定优于最初的 GAN。",
                real, made, fresh));
}

const lab_record lab_record_gan = {
    .name = "gan",
    .topic = LAB_MODELS,
    .question_en = "What is a GAN?",
    .question_zh = "什么是生成对抗网络？",
    .claim_en = "In the end the judge says 1/2 everywhere, and what is made is like the data.",
    .claim_zh = "最终判别器处处输出 1/2，生成分布等于数据分布。",
    .verdict = LAB_PARTLY,
    .seeds = 20,
    .run = run,
    .setting = {{"steps", 2000, 1200, 100, 1000000, "rounds", "轮数"},
                {"rate", 3e-3, 0, 1e-5, 1, "learning rate", "学习率"}},
    .next = {{"Does collapse pass with time?", "崩溃会随时间恢复吗？", "steps=8000"},
             {"Why not least squares?", "为什么不用最小二乘损失？", NULL},
             {"How does one measure what is made?", "如何衡量生成的质量？", NULL}},
    .source = {"Goodfellow et al. 2014 (arXiv:1406.2661); Metz et al. 2017 (arXiv:1611.02163)",
               "Gulrajani et al. 2017: improved training of Wasserstein GANs (arXiv:1704.00028)",
               "Lucic et al. 2018: are GANs created equal? (arXiv:1711.10337)",
               "example/wgan.c; example/gan_points.yaml"},
};
