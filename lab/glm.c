/* How are generalized linear models and nets one thing?  Logistic, Poisson and probit regression by
 * Newton's steps on the graph's own second derivatives, beside one neuron by gradient descent; and
 * the last layer of a net, which is a regression on what other neurons make of the inputs. */
#include "lab.h"

enum { ROWS = 400, TERMS = 4, STEPS = 25, KINDS = 3 };
enum { LOGISTIC, POISSON, PROBIT };
enum { NEWTON, NEURON, ERROR, COLUMNS };

typedef struct model {
    ad_tensor *w;
    ad_state *state;
    ad_program *newton, *descent;
} model;

/* Mean negative log-likelihood of y under the link's inverse of x w. */
static model make(lab *l, int kind)
{
    ad_graph *g = lab_graph(l);
    ad_tensor *x = ad_feed(g, "x", AD_F64, AD_SHAPE(ROWS, TERMS)), *slope, *row[TERMS];
    ad_tensor *y = ad_feed(g, "y", AD_F64, AD_SHAPE(ROWS, 1));
    model m = {ad_variable(g, "w", ad_full(g, AD_F64, AD_SHAPE(TERMS, 1), 0)), lab_state(l, g, 1)};
    ad_tensor *z = ad_matmul(x, m.w), *whole = kind == POISSON ? ad_exp(z) : ad_softplus(z);
    if (kind == PROBIT) { /* log of chance of 1 over that of 0 in the place of z */
        ad_tensor *share = ad_shift(ad_scale(ad_erf(ad_scale(z, sqrt(0.5))), 0.5), 0.5);
        whole = ad_neg(ad_log(ad_shift(ad_neg(share), 1)));
        z = ad_add(ad_log(share), whole);
    }
    ad_tensor *loss = ad_mean(ad_sub(whole, ad_mul(y, z)), AD_ALL);
    ad_gradient(loss, &m.w, 1, &slope);
    for (int i = 0; i < TERMS; i++) {
        ad_tensor *one = ad_sum(ad_slice(slope, 0, i, i + 1, 1), AD_ALL);
        ad_gradient(one, &m.w, 1, &row[i]);
    }
    ad_tensor *hessian = ad_concat(row, TERMS, 1), *step = ad_solve(hessian, slope);
    ad_tensor *variance = ad_diagonal(ad_inverse(hessian), 0, 0, 1);
    m.newton = lab_compile(l, m.state, .fetch = {loss, step, variance}, .feed = {x, y});
    m.descent = lab_compile(l, m.state, .fetch = {ad_sgd(loss, .rate = lab_get(l, "rate"))},
                            .feed = {x, y}, .training = true);
    return m;
}

static void fill(lab *l, int kind, double *x, double *y)
{
    const double truth[TERMS] = {0.3, 0.8, -0.5, 0.2};
    for (int i = 0; i < ROWS; i++) {
        double z = 0;
        for (int k = 0; k < TERMS; k++) {
            x[i * TERMS + k] = k == 0 ? 1 : lab_normal(l);
            z += truth[k] * x[i * TERMS + k];
        }
        if (kind != POISSON) {
            double share = kind == PROBIT ? 0.5 * erfc(-z * sqrt(0.5)) : 1 / (1 + exp(-z));
            y[i] = lab_uniform(l) < share;
            continue;
        }
        double chance = exp(-exp(z)), sum = chance, u = lab_uniform(l);
        for (y[i] = 0; u > sum && y[i] < 1000; sum += chance)
            y[i]++, chance *= exp(z) / y[i];
    }
}

/* Losses by Newton's steps from 0, and in the table the weights and their standard errors. */
static void descend(lab *l, const model *m, const ad_array *feeds, double *loss,
                    double table[TERMS][COLUMNS])
{
    double w[TERMS] = {0};
    ad_array seen[3];
    for (int t = 0; t < STEPS; t++) {
        lab_do(l, ad_set(m->state, m->w, ad_f64(w, AD_SHAPE(TERMS, 1))));
        lab_fetch(l, m->newton, feeds, seen, 3);
        loss[t] = ad_array_item(&seen[0], 0);
        for (int i = 0; i < TERMS; i++) {
            table[i][NEWTON] = w[i] -= ad_array_item(&seen[1], i);
            table[i][ERROR] = sqrt(ad_array_item(&seen[2], i) / ROWS);
        }
    }
}

/* Losses of both ways from 0, and in the table the weights they come to with standard errors. */
static void regress(lab *l, int kind, double *newton, double *down, double table[TERMS][COLUMNS])
{
    double *x = lab_numbers(l, ROWS * TERMS), *y = lab_numbers(l, ROWS);
    ad_array feeds[] = {ad_f64(x, AD_SHAPE(ROWS, TERMS)), ad_f64(y, AD_SHAPE(ROWS, 1))};
    model m = make(l, kind);
    fill(l, kind, x, y);
    descend(l, &m, feeds, newton, table);
    lab_do(l, ad_set(m.state, m.w, ad_f64((double[TERMS]){0}, AD_SHAPE(TERMS, 1))));
    for (int t = 0; t < (int)lab_get(l, "steps"); t++) {
        double loss = lab_step(l, m.descent, feeds);
        if (t < STEPS)
            down[t] = loss;
    }
    int64_t count;
    double *neuron = lab_value(l, m.state, m.w, &count);
    for (int i = 0; i < TERMS; i++)
        table[i][NEURON] = neuron[i];
}

/* Three neurons and one behind them on a task that no plane splits, whether two inputs are of one
 * sign, a tenth of the answers wrong: least losses of a regression on the inputs, of the net, and
 * of a regression on what the three give.  Whether the net is better than the first, and the last
 * as good as the net. */
static bool recurse(lab *l)
{
    double *x = lab_numbers(l, ROWS * TERMS), *y = lab_numbers(l, ROWS), loss[STEPS];
    double table[TERMS][COLUMNS], least[3];
    for (int i = 0; i < ROWS; i++) {
        for (int k = 0; k < TERMS; k++)
            x[i * TERMS + k] = k == 0 ? 1 : lab_normal(l);
        y[i] = (x[i * TERMS + 1] * x[i * TERMS + 2] > 0) != (lab_uniform(l) < 0.1);
    }
    ad_array out[2], feeds[] = {ad_f64(x, AD_SHAPE(ROWS, TERMS)), ad_f64(y, AD_SHAPE(ROWS, 1))};
    ad_graph *g = lab_graph(l);
    ad_tensor *in[] = {ad_feed(g, "x", AD_F64, AD_SHAPE(ROWS, TERMS)),
                       ad_feed(g, "y", AD_F64, AD_SHAPE(ROWS, 1))};
    ad_tensor *w = ad_variable(g, "three", ad_normal(g, AD_F64, AD_SHAPE(TERMS, 3), 0, 1)),
              *last = ad_variable(g, "last", ad_full(g, AD_F64, AD_SHAPE(TERMS, 1), 0));
    ad_tensor *part[] = {ad_slice(in[0], 1, 0, 1, 1), ad_sigmoid(ad_matmul(in[0], w))};
    ad_tensor *made = ad_concat(part, 2, 1), *z = ad_matmul(made, last);
    ad_tensor *cost = ad_mean(ad_sub(ad_softplus(z), ad_mul(in[1], z)), AD_ALL);
    ad_state *state = lab_state(l, g, 1);
    ad_program *train = lab_compile(l, state, .fetch = {ad_adam(cost, .rate = 0.05)},
                                    .feed = {in[0], in[1]}, .training = true),
               *see = lab_compile(l, state, .fetch = {cost, made}, .feed = {in[0], in[1]});
    for (int t = 0; t < 1000; t++)
        lab_step(l, train, feeds);
    lab_fetch(l, see, feeds, out, 2);
    model m = make(l, LOGISTIC);
    descend(l, &m, feeds, loss, table);
    least[0] = loss[STEPS - 1], least[1] = ad_array_item(&out[0], 0);
    feeds[0] = ad_f64(lab_items(l, &out[1]), AD_SHAPE(ROWS, TERMS));
    descend(l, &m, feeds, loss, table);
    least[2] = loss[STEPS - 1];
    lab_say(l,
            T("On a task that no plane splits, a regression on the inputs has a loss of {0}. A "
              "net of three neurons and one behind them comes to {1}, and Newton's steps on "
              "what its three give to {2}: the last layer is such a model, and its inputs are.",
              "在任何平面都分不开的任务上，直接对输入做回归的损失是 {0}；三个神经元后接一个神经元"
              "的网络达到 {1}，对这三个的输出用牛顿法得到 {2}：最后一层就是这样的模型，它的输入"
              "也是。",
              least[0], least[1], least[2]));
    return least[2] < least[1] + 1e-6 && least[1] < least[0];
}

static void run(lab *l)
{
    static const lab_text head[1 + COLUMNS] = {{"weight", "权重"},
                                               {"Newton", "牛顿法"},
                                               {"one neuron", "单个神经元"},
                                               {"standard error", "标准误"}};
    static const lab_text line[KINDS][2] = {
        {{"logistic, Newton", "逻辑，牛顿法"}, {"logistic, descent", "逻辑，梯度下降"}},
        {{"Poisson, Newton", "泊松，牛顿法"}, {"Poisson, descent", "泊松，梯度下降"}},
        {{"probit, Newton", "probit，牛顿法"}, {"probit, descent", "probit，梯度下降"}}};
    static const lab_text of[KINDS] = {{"logistic, {0}", "逻辑，{0}"},
                                       {"Poisson, {0}", "泊松，{0}"},
                                       {"probit, {0}", "probit，{0}"}};
    double apart = 0, newton_steps = 0, *step = lab_range(l, 0, STEPS - 1, STEPS);
    double loss[KINDS][2][STEPS], table[KINDS][TERMS][COLUMNS];
    lab_text name[KINDS][TERMS];
    for (int p = 0; p < KINDS; p++) {
        regress(l, p, loss[p][0], loss[p][1], table[p]);
        double least = loss[p][0][STEPS - 1];
        for (int t = 0; t < STEPS; t++) {
            newton_steps += loss[p][0][t] - least > 1e-10;
            loss[p][0][t] = fmax(loss[p][0][t] - least, 1e-16);
            loss[p][1][t] = fmax(loss[p][1][t] - least, 1e-16);
        }
        for (int i = 0; i < TERMS; i++) {
            name[p][i] = T(of[p].en, of[p].zh, i);
            apart = fmax(apart, fabs(table[p][i][NEURON] - table[p][i][NEWTON]));
        }
        lab_progress(l, (p + 1.0) / KINDS);
    }
    lab_numbered(l, head, 1 + COLUMNS, *name, KINDS * TERMS, **table);
    lab_figure *f = lab_plot(l, T("Newton is there after {0} steps, and descent gets there too",
                                  "牛顿法 {0} 步到达，梯度下降也能到达", newton_steps / KINDS));
    lab_x(f, T("step", "步"), NULL, false);
    lab_y(f, T("loss above the least", "高出最小损失"), NULL, true);
    for (int i = 0; i < 2 * KINDS; i++)
        lab_line(f, line[i / 2][i % 2], step, loss[i / 2][i % 2], STEPS);
    lab_say(l, T("Logistic regression is one neuron with a sigmoid, Poisson regression one with "
                 "exp, probit one with the normal's distribution: the link's inverse is the "
                 "activation, the negative log-likelihood the loss. "
                 "After {0} steps of descent the weights agree to {1}.",
                 "逻辑回归是带 sigmoid 的单个神经元，泊松回归是带指数的，probit "
                 "是带正态分布函数的：联结函数的反函数就是激活函"
                 "数，负对数似然就是损失。{0} 步梯度下降后权重相差 {1}。",
                 lab_get(l, "steps"), apart));
    bool layers = recurse(l);
    lab_judge(l, apart < 1e-3 && newton_steps / KINDS < 10 && layers ? LAB_HOLDS : LAB_FAILS,
              T("Both ways come to the same weights, and the same Hessian gives their standard "
                "errors. A net of layers has not that: its loss has many minima, and no one set "
                "of errors.",
                "两种方法得到同样的权重，同一个 Hessian 矩阵还给出标准误。多层网络没有这一点：它的"
                "损失有许多极小值，也就没有唯一的标准误。"));
}

const lab_record lab_record_glm = {
    .name = "glm",
    .topic = LAB_MODELS,
    .question_en = "How are generalized linear models and nets one thing?",
    .question_zh = "广义线性模型与神经网络有什么关系？",
    .claim_en = "A net is a recursive generalized linear model; logistic regression is one neuron.",
    .claim_zh = "深度网络是递归的广义线性模型；逻辑回归就是一个神经元。",
    .verdict = LAB_HOLDS,
    .seeds = 20,
    .run = run,
    .setting = {{"rate", 0.1, 0, 0.001, 10, "rate of the descent", "梯度下降的学习率"},
                {"steps", 2000, 0, 25, 1000000, "steps of the descent", "梯度下降的步数"}},
    .next = {{"Is a tenth of the steps enough?", "十分之一的步数够吗？", "steps=200"},
             {"Why do nets not train by Newton's steps?", "为什么神经网络不用牛顿法？", NULL},
             {"What do more layers add?", "更多层增加了什么？", NULL}},
    .source = {"Nelder and Wedderburn 1972: generalized linear models",
               "Mohamed 2015: a statistical view of deep learning, chapter 1",
               "example/logistic_regression.yaml, example/poisson_regression.yaml"},
};
