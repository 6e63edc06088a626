/* How does one see exploding gradients?  Runs with growing rates: which of the three signs comes
 * first, jumps of the loss, weights that grow, or NaN, and what the gradient's norm says before,
 * whole and by layer. */
#include "lab.h"

enum { RUNS = 4, MOST = 400, MATRICES = 7, SHOWN = 8 };

static ad_tensor *body(ad_tensor *x, const void *with)
{
    (void)with;
    for (int i = 0; i < 6; i++)
        x = ad_relu(ad_linear(x, .out = 32));
    return ad_linear(x, .out = 10);
}

typedef struct course {
    double loss[MOST], norm[MOST];
    int steps;                 /* before it ended, or all */
    int jump, large, infinite; /* the first step of each sign; MOST: none */
} course;

/* One run at a rate, its signs: a loss above three times the least so far and above the first; a
 * norm above ten times the median of the first ten; a loss that is not finite. */
static void go(lab *l, const lab_data *d, double rate, course *c)
{
    lab_net n = lab_classifier(l, d, body, NULL);
    ad_tensor *norm;
    ad_tensor *step = ad_sgd(n.loss, .rate = rate, .norm = &norm);
    lab_begin(l, &n, NULL, lab_seed(l));
    lab_do(l, ad_initialize(n.state, n.graph, .gain = sqrt(2), .seed = lab_seed(l)));
    ad_program *p =
        lab_compile(l, n.state, .fetch = {step, norm}, .feed = {n.x, n.y}, .training = true);
    lab_batch some = lab_some(l, d, 32);
    double least = INFINITY, usual = 0;
    c->steps = c->jump = c->large = c->infinite = MOST;
    for (int i = 0; i < MOST; i++) {
        ad_array seen[2];
        lab_draw(l, d, &some);
        lab_fetch(l, p, some.feed, seen, 2);
        c->loss[i] = ad_array_item(&seen[0], 0), c->norm[i] = ad_array_item(&seen[1], 0);
        if (!isfinite(c->loss[i]) || !isfinite(c->norm[i])) {
            c->infinite = c->steps = i;
            return;
        }
        usual += i < 10 ? c->norm[i] / 10 : 0;
        if (i > 0 && c->loss[i] > fmax(3 * least, c->loss[0]) && c->jump == MOST)
            c->jump = i;
        if (i > 0 && c->norm[i] > 10 * (i < 10 ? c->norm[0] : usual) && c->large == MOST)
            c->large = i;
        least = fmin(least, c->loss[i]);
    }
}

/* The steps of a run by layer, as long as all is finite: powers of ten of gradients; updates are
 * rate times as large. */
static void show_layers(lab *l, const lab_data *d, double rate)
{
    lab_net n = lab_classifier(l, d, body, NULL);
    ad_tensor *slope = lab_slope(&n), *step = ad_sgd(n.loss, .rate = rate);
    lab_begin(l, &n, NULL, lab_seed(l));
    lab_do(l, ad_initialize(n.state, n.graph, .gain = sqrt(2), .seed = lab_seed(l)));
    ad_program *p =
        lab_compile(l, n.state, .fetch = {slope, step}, .feed = {n.x, n.y}, .training = true);
    lab_batch some = lab_some(l, d, 32);
    double power[SHOWN][MATRICES], most = -INFINITY;
    int highest = 0, shown = 0;
    for (bool finite = true; finite && shown < SHOWN; shown += finite) {
        ad_array seen[2];
        lab_draw(l, d, &some);
        lab_fetch(l, p, some.feed, seen, 2);
        double *g = lab_items(l, &seen[0]), *now = power[shown];
        for (int v = 0, at = 0; v < MATRICES; v++) {
            ad_shape shape = ad_tensor_shape(ad_variable_at(n.graph, 2 * v)); /* then its bias */
            int own = (int)(shape.size[0] * shape.size[1]);
            now[v] = 0.5 * log10(lab_dot(g + at, g + at, own) + 1e-12);
            at += own + (int)shape.size[0];
            finite = finite && isfinite(now[v]);
            if (finite && now[v] > most)
                most = now[v], highest = v;
        }
    }
    lab_figure *f =
        lab_heat(l,
                 T("At rate {0} gradients reach 10^{1:1}, in layer {2}",
                   "学习率 {0} 时梯度达到 10^{1:1}，在第 {2} 层", rate, most, highest + 1),
                 *power, shown, MATRICES);
    lab_axes(f, T("layer", "层"), T("step", "步"));
    for (int t = 0; t < shown; t++)
        lab_row(f, T("{0}", "{0}", t + 1));
    for (int v = 0; v < MATRICES; v++)
        lab_column(f, T("{0}", "{0}", v + 1));
}

static void run(lab *l)
{
    lab_data d = lab_digits(l, 1000, AD_PART_TRAIN);
    double rate[RUNS] = {0.05, 0.5, 2, lab_get(l, "rate")}, *step = lab_range(l, 1, MOST, MOST);
    course *c = lab_memory(l, RUNS, sizeof *c);
    for (int r = 0; r < RUNS; r++) {
        go(l, &d, rate[r], &c[r]);
        lab_progress(l, (r + 1.0) / RUNS);
    }
    for (int which = 0; which < 2; which++) {
        lab_figure *f = lab_plot(
            l, which ? T("The norm of gradients tells a rate that is too high from the start",
                         "梯度范数一开始就能看出学习率过大")
                     : T("At rate {0} the loss falls, at {1} it is NaN after {2} steps",
                         "学习率 {0} 时损失下降，{1} 时 {2} 步后为 NaN", rate[0], rate[RUNS - 1],
                         c[RUNS - 1].steps));
        lab_x(f, T("step", "步"), NULL, true);
        lab_y(f, which ? T("norm of the gradient", "梯度范数") : T("loss", "损失"), NULL, true);
        for (int r = 0; r < RUNS; r++)
            lab_line(f, T("rate {0}", "学习率 {0}", rate[r]), step, which ? c[r].norm : c[r].loss,
                     c[r].steps);
    }
    lab_cells(l, (lab_text[]){T("rate", "学习率"),
                              T("norm ten times as large", "范数达十倍"),
                              T("loss jumps", "损失跳变"),
                              T("not finite", "出现 NaN/Inf"),
                              {0}});
    int first = 0, blown = 0;
    for (int r = 0; r < RUNS; r++) {
        int sign[3] = {c[r].large, c[r].jump, c[r].infinite};
        lab_text cell[5] = {T("{0}", "{0}", rate[r])};
        for (int k = 0; k < 3; k++)
            cell[k + 1] = sign[k] < MOST ? T("step {0}", "第 {0} 步", sign[k] + 1) : T("-", "-");
        lab_cells(l, cell);
        if (sign[2] < MOST) {
            blown++;
            first += sign[0] < sign[2] || sign[1] < sign[2];
        }
    }
    bool dies = c[2].infinite == MOST && lab_mean(c[2].loss + MOST - 20, 20) > c[0].loss[MOST - 1];
    lab_say(l,
            T("Of {0} runs that ended in NaN {1} had warned before, by their norm or their loss; "
              "the last one had {2} steps between.",
              "{0} 个以 NaN 结束的训练中，{1} 个事先有征兆（范数或损失）；最后一个提前了 {2} 步。",
              blown, first, c[RUNS - 1].infinite - (int)fmin(c[RUNS - 1].large, c[RUNS - 1].jump)));
    lab_say(l, dies ? T("Rate {0} never comes to NaN and never learns: units die, and the loss "
                        "stands still. That sign looks like a rate that is too small.",
                        "学习率 {0} 从不出现 NaN "
                        "也学不会：单元死亡，损失不动。这个征兆看起来像学习率太小。",
                        rate[2])
                    : T("Between the two, rate {0} jumps.", "介于两者之间，学习率 {0} 时损失跳变。",
                        rate[2]));
    show_layers(l, &d, rate[RUNS - 1]);
    lab_judge(
        l, blown > 0 && first == blown ? LAB_HOLDS : LAB_PARTLY,
        T("All three signs are seen, and NaN is the last of them: whoever logs the gradient's norm "
          "knows earlier.",
          "三种征兆都能看到，NaN 出现得最晚：记录梯度范数就能更早发现。"));
}

const lab_record lab_record_exploding_signs = {
    .name = "exploding-signs",
    .topic = LAB_GRADIENTS,
    .question_en = "How does one see that gradients explode?",
    .question_zh = "如何判断出现了梯度爆炸？",
    .claim_en = "The model does not learn, the loss jumps, or becomes NaN.",
    .claim_zh = "模型学不到东西、损失剧烈变化、损失变成 NaN。",
    .verdict = LAB_HOLDS,
    .seeds = 20,
    .run = run,
    .setting = {{"rate", 50, 0, 3, 1e6, "the highest rate", "最大的学习率"}},
    .next = {{"What does a rate of a thousand look like?", "学习率一千会怎样？", "rate=1000"},
             {"Does clipping hide the signs?", "裁剪会掩盖征兆吗？", NULL},
             {"Does batch norm keep layers alike?", "批归一化能使各层一致吗？", NULL}},
    .source = {"Pascanu, Mikolov and Bengio 2013 (arXiv:1211.5063)",
               "adze train --curves; W-codes of `adze explain`",
               "include/adze/adze.h: norm of ad_optimizer_options"},
};
