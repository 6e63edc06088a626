/* Generalized linear models by Newton's steps on a graph's own second derivatives: weights and
 * standard errors of two classic data sets, beside statsmodels 0.15.0 (GLM of Poisson and Binomial,
 * Probit, all with tol 1e-14), whose first digits are those that R's documentation of glm and texts
 * on its mtcars print. */
#include "test.h"

#include <math.h>
#include <string.h>

#include "one_graph.h"

enum { TERMS_MOST = 5, STEPS = 30 };

typedef enum family { POISSON, LOGISTIC, PROBIT } family;

/* Mean negative log-likelihood, without what does not depend on w. */
static ad_tensor *loss_of(family f, ad_tensor *x, ad_tensor *y, ad_tensor *w)
{
    ad_tensor *z = ad_matmul(x, w);
    if (f != PROBIT)
        return ad_mean(ad_sub(f == POISSON ? ad_exp(z) : ad_softplus(z), ad_mul(y, z)), AD_ALL);
    ad_tensor *one = ad_mul(y, ad_log_ndtr(z)),
              *none = ad_mul(ad_shift(ad_neg(y), 1), ad_log_ndtr(ad_neg(z)));
    return ad_neg(ad_mean(ad_add(one, none), AD_ALL));
}

/* Newton's steps from 0; weights, and standard errors, the roots of the inverse Hessian's diagonal
 * over the number of rows. */
static void fit(family f, int rows, int terms, double *x, double *y, double *w, double *error)
{
    begin();
    ad_tensor *in[] = {ad_feed(graph, "x", AD_F64, AD_SHAPE(rows, terms)),
                       ad_feed(graph, "y", AD_F64, AD_SHAPE(rows, 1))};
    ad_tensor *weight = ad_variable(graph, "w", ad_full(graph, AD_F64, AD_SHAPE(terms, 1), 0));
    ad_tensor *slope, *row[TERMS_MOST];
    ad_gradient(loss_of(f, in[0], in[1], weight), &weight, 1, &slope);
    for (int i = 0; i < terms; i++)
        ad_gradient(ad_sum(ad_slice(slope, 0, i, i + 1, 1), AD_ALL), &weight, 1, &row[i]);
    ad_tensor *hessian = ad_concat(row, terms, 1);
    ad_tensor *step = ad_solve(hessian, slope),
              *variance = ad_diagonal(ad_inverse(hessian), 0, 0, 1);
    state = ad_state_new(graph, 1);
    ad_program *p = ad_compile(state, .fetch = {step, variance}, .feed = {in[0], in[1]});
    REQUIRE(p);
    ad_array fed[] = {ad_f64(x, AD_SHAPE(rows, terms)), ad_f64(y, AD_SHAPE(rows, 1))}, out[2];
    memset(w, 0, (size_t)terms * sizeof *w);
    for (int t = 0; t < STEPS; t++) {
        memset(out, 0, sizeof out);
        CHECK_OK(ad_set(state, weight, ad_f64(w, AD_SHAPE(terms, 1))));
        REQUIRE(ad_run(p, fed, out) == AD_OK);
        for (int i = 0; i < terms; i++) {
            w[i] -= ad_array_item(&out[0], i);
            error[i] = sqrt(ad_array_item(&out[1], i) / rows);
        }
    }
    ad_program_free(p);
    end();
}

static void check(int terms, const double *w, const double *error, const double *right_w,
                  const double *right_error)
{
    for (int i = 0; i < terms; i++) {
        CHECK_CLOSE(w[i], right_w[i], 1e-8 * fmax(1, fabs(right_w[i])));
        CHECK_CLOSE(error[i], right_error[i], 1e-7 * right_error[i]);
    }
}

/* Counts of a trial with three outcomes and three treatments (Dobson 1990, page 93). */
TEST(poisson_regression_of_dobson)
{
    static const double right[] = {3.0445224377234212, -0.4542552722775961, -0.2929871246814744, 0,
                                   0},
                        errors[] = {0.17089865136252605, 0.20217075885058716, 0.19274234495900222,
                                    0.2, 0.2};
    double y[] = {18, 17, 15, 20, 10, 20, 25, 13, 12}, x[9 * 5], w[5], error[5];
    for (int i = 0; i < 9; i++) {
        double *row = x + 5 * i;
        row[0] = 1, row[1] = i % 3 == 1, row[2] = i % 3 == 2, row[3] = i / 3 == 1,
        row[4] = i / 3 == 2;
    }
    fit(POISSON, 9, 5, x, y, w, error);
    check(5, w, error, right, errors);
}

/* Whether a car of 1974 shifts by hand, by its weight (Henderson and Velleman 1981). */
TEST(logistic_and_probit_regression_of_cars)
{
    static const double weight[] = {2.620, 2.875, 2.320, 3.215, 3.440, 3.460, 3.570, 3.190,
                                    3.150, 3.440, 3.440, 4.070, 3.730, 3.780, 5.250, 5.424,
                                    5.345, 2.200, 1.615, 1.835, 2.465, 3.520, 3.435, 3.840,
                                    3.845, 1.935, 2.140, 1.513, 3.170, 2.770, 3.570, 2.780};
    static const double right[2][2] = {{12.040369728657318, -4.0239699621732},
                                       {6.726406258714653, -2.2577625804318537}},
                        errors[2][2] = {{4.5100662101330355, 1.436527743689315},
                                        {2.2293682434661353, 0.7093131888995653}};
    double x[32 * 2], y[32], w[2], error[2];
    for (int i = 0; i < 32; i++) {
        x[2 * i] = 1, x[2 * i + 1] = weight[i];
        y[i] = i < 3 || (i >= 17 && i < 20) || i >= 25;
    }
    fit(LOGISTIC, 32, 2, x, y, w, error);
    check(2, w, error, right[0], errors[0]);
    fit(PROBIT, 32, 2, x, y, w, error);
    check(2, w, error, right[1], errors[1]);
}

TEST_MAIN
