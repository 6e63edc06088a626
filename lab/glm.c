/* How are generalized linear models and nets one thing?  Logistic and Poisson regression by
 * Newton's steps on the graph's own second derivatives, beside one neuron by gradient descent. */
#include "lab.h"

enum { ROWS = 400, TERMS = 4, STEPS = 25 };

typedef struct model {
    ad_graph *g;
    ad_tensor *x, *y, *w, *loss, *gradient, *row[TERMS]; /* of the Hessian */
    ad_state *state;
    ad_program *look, *step;
} model;

/* Mean negative log-likelihood of y under the link's inverse of x w. */
static model make(lab *l, int poisson)
{
    model m = {.g = lab_graph(l)};
    m.x = ad_feed(m.g, "x", AD_F64, AD_SHAPE(ROWS, TERMS));
    m.y = ad_feed(m.g, "y", AD_F64, AD_SHAPE(ROWS, 1));
    m.w = ad_variable(m.g, "w", ad_full(m.g, AD_F64, AD_SHAPE(TERMS, 1), 0));
    ad_tensor *z = ad_matmul(m.x, m.w);
    m.loss = poisson ? ad_mean(ad_sub(ad_exp(z), ad_mul(m.y, z)), AD_ALL)
                     : ad_mean(ad_sub(ad_softplus(z), ad_mul(m.y, z)), AD_ALL);
    ad_gradient(m.loss, &m.w, 1, &m.gradient);
    for (int i = 0; i < TERMS; i++) {
        ad_tensor *one = ad_slice(m.gradient, 0, i, i + 1, 1);
        ad_gradient(ad_sum(one, AD_ALL), &m.w, 1, &m.row[i]);
    }
    m.state = lab_state(l, m.g, 1);
    m.look = lab_compile(l, m.state,
                         .fetch = {m.loss, m.gradient, m.row[0], m.row[1], m.row[2], m.row[3]},
                         .feed = {m.x, m.y});
    m.step = lab_compile(l, m.state, .fetch = {ad_sgd(m.loss, .rate = lab_get(l, "rate"))},
                         .feed = {m.x, m.y}, .training = true);
    return m;
}

/* h s = g by elimination with pivots; inverse: the diagonal of h's inverse, or NULL. */
static void solve(double h[TERMS][TERMS], const double *g, double *s, double *inverse)
{
    double a[TERMS][2 * TERMS + 1];
    for (int i = 0; i < TERMS; i++)
        for (int j = 0; j < 2 * TERMS + 1; j++)
            a[i][j] = j < TERMS ? h[i][j] : j < 2 * TERMS ? (j - TERMS == i) : g[i];
    for (int c = 0; c < TERMS; c++) {
        int best = c;
        for (int i = c; i < TERMS; i++)
            best = fabs(a[i][c]) > fabs(a[best][c]) ? i : best;
        for (int j = 0; j < 2 * TERMS + 1; j++) {
            double t = a[c][j];
            a[c][j] = a[best][j], a[best][j] = t;
        }
        for (int i = 0; i < TERMS; i++)
            for (int j = 2 * TERMS; i != c && j >= c; j--)
                a[i][j] -= a[i][c] / a[c][c] * a[c][j];
    }
    for (int i = 0; i < TERMS; i++) {
        s[i] = a[i][2 * TERMS] / a[i][i];
        if (inverse)
            inverse[i] = a[i][TERMS + i] / a[i][i];
    }
}

/* Newton's steps from 0: losses, the weights they come to, and their standard errors. */
static void newton(lab *l, model *m, const ad_array *feeds, double *loss, double *w, double *error)
{
    double zero[TERMS] = {0};
    memset(w, 0, TERMS * sizeof *w);
    lab_do(l, ad_set(m->state, m->w, ad_f64(zero, AD_SHAPE(TERMS, 1))));
    for (int t = 0; t < STEPS; t++) {
        ad_array seen[2 + TERMS];
        double g[TERMS], h[TERMS][TERMS], s[TERMS], inverse[TERMS];
        lab_fetch(l, m->look, feeds, seen, 2 + TERMS);
        loss[t] = ad_array_item(&seen[0], 0);
        for (int i = 0; i < TERMS; i++) {
            g[i] = ad_array_item(&seen[1], i);
            for (int j = 0; j < TERMS; j++)
                h[i][j] = ad_array_item(&seen[2 + i], j);
        }
        solve(h, g, s, inverse);
        for (int i = 0; i < TERMS; i++) {
            w[i] -= s[i];
            error[i] = sqrt(inverse[i] / ROWS);
        }
        lab_do(l, ad_set(m->state, m->w, ad_f64(w, AD_SHAPE(TERMS, 1))));
    }
}

static void fill(lab *l, int poisson, double *x, double *y)
{
    const double truth[TERMS] = {0.3, 0.8, -0.5, 0.2};
    for (int i = 0; i < ROWS; i++) {
        double z = 0;
        for (int k = 0; k < TERMS; k++) {
            x[i * TERMS + k] = k == 0 ? 1 : lab_normal(l);
            z += truth[k] * x[i * TERMS + k];
        }
        if (!poisson) {
            y[i] = lab_uniform(l) < 1 / (1 + exp(-z));
            continue;
        }
        double chance = exp(-exp(z)), sum = chance, u = lab_uniform(l);
        for (y[i] = 0; u > sum && y[i] < 1000; sum += chance)
            y[i]++, chance *= exp(z) / y[i];
    }
}

static void run(lab *l)
{
    double *x = lab_numbers(l, ROWS * TERMS), *y = lab_numbers(l, ROWS), apart = 0,
           newton_steps = 0;
    double step[STEPS], loss[2][STEPS], down[2][STEPS];
    int descent = (int)lab_get(l, "steps");
    lab_cells(l, (lab_text[]){T("weight", "权重"),
                              T("Newton", "牛顿法"),
                              T("one neuron", "单个神经元"),
                              T("standard error", "标准误"),
                              {0}});
    for (int p = 0; p < 2; p++) {
        fill(l, p, x, y);
        model m = make(l, p);
        ad_array feeds[] = {ad_f64(x, AD_SHAPE(ROWS, TERMS)), ad_f64(y, AD_SHAPE(ROWS, 1))};
        double w[TERMS], error[TERMS], zero[TERMS] = {0};
        newton(l, &m, feeds, loss[p], w, error);
        for (int t = 0; t < STEPS; t++)
            newton_steps += loss[p][t] - loss[p][STEPS - 1] > 1e-10;
        lab_do(l, ad_set(m.state, m.w, ad_f64(zero, AD_SHAPE(TERMS, 1))));
        for (int t = 0; t < descent; t++) {
            double now = lab_step(l, m.step, feeds);
            if (t < STEPS)
                down[p][t] = now, step[t] = t;
        }
        int64_t count;
        double *neuron = lab_value(l, m.state, m.w, &count);
        for (int i = 0; i < TERMS; i++) {
            apart = fmax(apart, fabs(neuron[i] - w[i]));
            lab_cells(l, (lab_text[]){T("{0}", "{0}", i),
                                      T("{0}", "{0}", w[i]),
                                      T("{0}", "{0}", neuron[i]),
                                      T("{0}", "{0}", error[i]),
                                      {0}});
        }
        for (int t = 0; t < STEPS; t++)
            down[p][t] = fmax(down[p][t] - loss[p][STEPS - 1], 1e-16),
            loss[p][t] = fmax(loss[p][t] - loss[p][STEPS - 1], 1e-16);
        lab_progress(l, (p + 1.0) / 2);
    }
    lab_figure *f =
        lab_plot(l, T("Newton's steps are there after {0}, gradient descent gets there too",
                      "牛顿法 {0} 步到达，梯度下降也能到达", newton_steps / 2));
    lab_x(f, T("step", "步"), NULL, false);
    lab_y(f, T("loss above the least", "高出最小损失"), NULL, true);
    for (int p = 0; p < 2; p++) {
        lab_line(f,
                 T(p ? "Poisson, Newton" : "logistic, Newton", p ? "泊松，牛顿法" : "逻辑，牛顿法"),
                 step, loss[p], STEPS);
        lab_line(f,
                 T(p ? "Poisson, descent" : "logistic, descent",
                   p ? "泊松，梯度下降" : "逻辑，梯度下降"),
                 step, down[p], STEPS);
    }
    lab_say(
        l,
        T("Logistic regression is one neuron with a sigmoid, Poisson regression one with an "
          "exponential: the inverse of the link is the activation, and the negative log-likelihood "
          "the loss. After {0} steps of descent the weights agree to {1}.",
          "逻辑回归就是带 sigmoid "
          "的单个神经元，泊松回归是带指数的神经元：联结函数的反函数就是激活函数，"
          "负对数似然就是损失。{0} 步梯度下降后权重相差 {1}。",
          descent, apart));
    lab_judge(
        l, apart < 1e-3 && newton_steps / 2 < 10 ? LAB_HOLDS : LAB_FAILS,
        T("Both ways come to the same weights, and the same Hessian gives their standard errors. "
          "What a "
          "net of layers has not is that: its loss has many minima, and no one set of errors.",
          "两种方法得到同样的权重，同一个 Hessian "
          "矩阵还给出标准误。多层网络没有这一点：它的损失有许多极小值，也就没有唯一的标准误。"));
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
             {"What do two layers add?", "两层增加了什么？", NULL}},
    .source = {"Nelder and Wedderburn 1972: generalized linear models",
               "Mohamed 2015: a statistical view of deep learning, chapter 1",
               "example/logistic_regression.yaml, example/poisson_regression.yaml"},
};
