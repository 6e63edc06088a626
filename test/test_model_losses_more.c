/* Losses of a configuration: what a network of each makes small, and says, beside PyTorch. */
#include "test.h"

#include <adze/run.h>

#include "../kit/run.h"
#include "configuration_main.h"
#include "job.h"
#include "scratch.h"

/* Inputs a and b; targets y, z of numbers, n a count, p and q of 0 and 1, u, v, w that are together
 * 1, k one of three classes in an order that a decides. */
static void write_table(void)
{
    FILE *f = fopen(scratch("t.csv"), "w");
    if (f)
        fprintf(f, "a,b,y,z,n,p,q,u,v,w,k\n");
    for (int i = 0; f && i < 120; i++) {
        double a = (double)((i * 37) % 101) / 50 - 1, b = (double)((i * 53) % 97) / 48 - 1;
        double u = 0.25 + a / 8, v = 0.25 + b / 8;
        fprintf(f, "%.4f,%.4f,%.4f,%.4f,%d,%d,%d,%.6f,%.6f,%.6f,%s\n", a, b, 2 * a - b, a + b,
                (int)(2 + 2 * a), a > 0, b > 0, u, v, 1 - u - v,
                a < -0.4  ? "one"
                : a < 0.4 ? "three"
                          : "two");
    }
    if (f)
        fclose(f);
}

/* ---------------------------------------------------------------- values
 * x = [[1, 2], [-0.5, 0.25]], o = x W^T + b of the first rows of what stands below, targets as in
 * the rows; by PyTorch 2.15 in double:
 *   import torch, torch.nn.functional as F
 *   F.cross_entropy(o3, y, weight=tensor([1., 2., .5]), label_smoothing=.1), ignore_index=2
 *   c = sigmoid(tensor([-.5, .5]) - o1); P = cat([c[:, :1], c[:, 1:] - c[:, :1], 1 - c[:, 1:]], 1)
 *   F.gaussian_nll_loss(o2[:, :1], t, o2[:, 1:].exp(), full=True)
 *   (o2[:, 1:] + (o2[:, :1] - t).abs() / o2[:, 1:].exp()).mean()
 *   d = t - o1; maximum(.9 * d, -.1 * d).mean();  (1 - F.cosine_similarity(o2, t)).mean()
 *   F.binary_cross_entropy_with_logits(o2, t, pos_weight=tensor([3., .5]))
 *   F.multilabel_soft_margin_loss(o2, t, weight=tensor([2., .5]))
 *   F.poisson_nll_loss(o1, t, full=True);  F.kl_div(o3.log_softmax(-1), t, reduction='batchmean')
 *   m = (q + t) / 2; (F.kl_div(m.log(), q, ...) + F.kl_div(m.log(), t, ...)) / 2, q = softmax(o3)
 *   F.cross_entropy(o3, t, label_smoothing=.1) */

static const float weight[] = {0.3f, -0.2f, 0.5f, 0.1f, -0.4f, 0.7f}, bias[] = {0.1f, -0.1f, 0.2f};
#define CHANCES                                                                      \
    {                                                                                \
        0.162807167, 0.296654001, 0.540538832, 0.265777256, 0.212227449, 0.521995295 \
    }
#define LOGISTIC                                   \
    {                                              \
        0.5, 0.645656306, 0.475020813, 0.419457695 \
    }

static const struct value {
    const char *task, *target, *skip, *loss;
    int out, width; /* of the model, of the target; 0: a class */
    double wanted[6], is, says[6];
} values[] = {
    {"classification",
     "k",
     "y, z, n, p, q, u, v, w",
     "weighted_cross_entropy, class_weight: [1, 2, 0.5], label_smoothing: 0.1",
     3,
     0,
     {2, 0},
     1.186359091,
     CHANCES},
    {"classification",
     "k",
     "y, z, n, p, q, u, v, w",
     "weighted_cross_entropy, ignore_index: 2",
     3,
     0,
     {2, 0},
     1.325096705,
     CHANCES},
    {"classification",
     "k",
     "y, z, n, p, q, u, v, w",
     "ordinal",
     1,
     0,
     {2, 0},
     0.943546118,
     {0.377540669, 0.244918662, 0.377540669, 0.401312340, 0.244343966, 0.354343694}},
    {"regression",
     "y",
     "z, n, p, q, u, v, w, k",
     "gaussian_nll, full: true",
     2,
     1,
     {0.4, -1},
     1.289907204,
     {0, -0.1}},
    {"regression",
     "y",
     "z, n, p, q, u, v, w, k",
     "laplace_nll",
     2,
     1,
     {0.4, -1},
     0.870076118,
     {0, -0.1}},
    {"regression",
     "y",
     "z, n, p, q, u, v, w, k",
     "pinball, quantile: 0.9",
     1,
     1,
     {0.4, -1},
     0.225,
     {0, -0.1}},
    {"regression",
     "[y, z]",
     "n, p, q, u, v, w, k",
     "cosine_distance",
     2,
     2,
     {0.4, -0.3, -1, 0.8},
     1.483713973,
     {0, 0.6, -0.1, -0.325}},
    {"labels",
     "[p, q]",
     "y, z, n, u, v, w, k",
     "weighted_binary_cross_entropy, pos_weight: [3, 0.5]",
     2,
     2,
     {1, 0, 0, 1},
     1.048930614,
     LOGISTIC},
    {"labels",
     "[p, q]",
     "y, z, n, u, v, w, k",
     "multilabel_soft_margin, class_weight: [2, 0.5]",
     2,
     2,
     {1, 0, 0, 1},
     0.907056990,
     LOGISTIC},
    {"count",
     "n",
     "y, z, p, q, u, v, w, k",
     "poisson_nll, full: true",
     1,
     1,
     {3, 1},
     1.884459481,
     {1, 0.904837418}},
    {"shares",
     "[u, v, w]",
     "y, z, n, p, q, k",
     "kl_divergence",
     3,
     3,
     {0.2, 0.5, 0.3, 0, 0.1, 0.9},
     0.270274759,
     CHANCES},
    {"shares",
     "[u, v, w]",
     "y, z, n, p, q, k",
     "js_divergence",
     3,
     3,
     {0.2, 0.5, 0.3, 0, 0.1, 0.9},
     0.079689165,
     CHANCES},
    {"shares",
     "[u, v, w]",
     "y, z, n, p, q, k",
     "weighted_cross_entropy, label_smoothing: 0.1",
     3,
     3,
     {0.2, 0.5, 0.3, 0, 0.1, 0.9},
     0.972392753,
     CHANCES},
};

static bool begin(job *j, const struct value *v)
{
    static char text[2000];
    snprintf(text, sizeof text,
             "task: %s\ndata: {csv: t.csv, target: %s, skip: [%s], test_share: 0.2, "
             "validation: 0.2}\nmodel: [linear: {name: a}]\n"
             "train: {epochs: 12, batch: 20, optimizer: {method: adam, rate: 0.05}, loss: %s}\n",
             v->task, v->target, v->skip, v->loss);
    *j = (job){.config = NULL};
    return ad_config_parse(scratch("job.yaml"), text, strlen(text), NULL, 0, &j->config) == AD_OK &&
           ad_run_sources(j->config, &j->data) == AD_OK &&
           ad_run_build(j->config, &j->data, 1, &j->net) == AD_OK;
}

/* The target of place i in the data's units. */
static double in_units(const job *j, const struct value *v, double wanted, int i)
{
    int at = v->width ? i % v->width : 0;
    return j->data.mean ? j->data.mean[at] + j->data.deviation[at] * wanted : wanted;
}

static ad_status set_model(job *j, const struct value *v)
{
    ad_tensor *w = ad_find(j->net.graph, "a.weight"), *b = ad_find(j->net.graph, "a.bias");
    ad_status status = ad_set(j->net.state, w, ad_f32(weight, AD_SHAPE(v->out, 2)));
    return status == AD_OK ? ad_set(j->net.state, b, ad_f32(bias, AD_SHAPE(v->out))) : status;
}

static void check_value(const struct value *v)
{
    job j;
    float target[6] = {0};
    int32_t label[2] = {(int32_t)v->wanted[0], (int32_t)v->wanted[1]};
    bool good = begin(&j, v) && set_model(&j, v) == AD_OK;
    if (!good) {
        TEST_FAILED("%s: %s%s", v->loss, ad_kit_error(), ad_error());
        done(&j);
        return;
    }
    for (int i = 0; i < 2 * v->width; i++)
        target[i] = (float)in_units(&j, v, v->wanted[i], i);
    static float x[] = {1, 2, -0.5f, 0.25f};
    ad_array in[] = {ad_f32(x, AD_SHAPE(2, 2)),
                     v->width ? ad_f32(target, AD_SHAPE(2, v->width)) : ad_i32(label, AD_SHAPE(2))};
    ad_array out[2] = {{0}};
    ad_program *p = ad_compile(j.net.state, .fetch = {j.net.loss, j.net.prediction},
                               .feed = {j.net.input[0], j.net.target});
    CHECK(p && ad_run(p, in, out) == AD_OK);
    CHECK_CLOSE(ad_array_item(&out[0], 0), v->is, 2e-6);
    int64_t count = p ? ad_array_count(&out[1]) : 0;
    CHECK(count == 2 * (v->width ? v->width : 3));
    for (int64_t i = 0; i < count; i++)
        CHECK_CLOSE(ad_array_item(&out[1], i), in_units(&j, v, v->says[i], (int)i), 2e-6);
    ad_program_free(p);
    done(&j);
}

TEST(values_and_predictions_are_pytorchs)
{
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        check_value(&values[i]);
}

/* ---------------------------------------------------------------- training */

/* Whole jobs: the validation loss falls, and what is measured of them makes sense. */
TEST(each_trains)
{
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        job j;
        bool good = begin(&j, &values[i]);
        ad_measured before[4], after[4];
        int count = 0;
        ad_evaluate_options o = AD_OPTIONS(ad_evaluate_options, .loss = good ? j.net.loss : NULL,
                                           .measured = before, .measures = &count);
        good = good && (ad_evaluate)(j.net.state, j.data.validation, &o) == AD_OK;
        ad_run_options run = {.config = j.config, .data = &j.data, .network = &j.net};
        good = good && ad_run_train(&run, &j.result) == AD_OK;
        o.measured = after;
        good = good && (ad_evaluate)(j.net.state, j.data.validation, &o) == AD_OK;
        if (!good)
            TEST_FAILED("%s: %s%s", values[i].loss, ad_kit_error(), ad_error());
        else if (!(after[0].value < before[0].value))
            TEST_FAILED("%s: %g, then %g", values[i].loss, before[0].value, after[0].value);
        done(&j);
    }
}

/* ---------------------------------------------------------------- refusals */

static void check_refused(struct value v, const char *words, const char *cure)
{
    job j;
    CHECK(!begin(&j, &v));
    bool good = strstr(ad_kit_error(), words) && strstr(ad_kit_error(), cure);
    if (!good)
        TEST_FAILED("%s gives %s", v.loss, ad_kit_error());
    CHECK(good);
    done(&j);
}

TEST(what_does_not_fit_is_refused)
{
#define OF(task, target, skip, loss)            \
    (struct value)                              \
    {                                           \
        task, target, skip, loss, 0, 0, {0}, 0, \
        {                                       \
            0                                   \
        }                                       \
    }
    const char *but_k = "y, z, n, p, q, u, v, w";
    check_refused(OF("classification", "k", but_k, "weighted_cross_entropy, class_weight: [1, 2]"),
                  "train.class_weight has 2 numbers, and the data has 3 classes",
                  "one number for each");
    check_refused(OF("classification", "k", but_k, "weighted_cross_entropy, class_weight: [-1]"),
                  "-1", "0");
    check_refused(OF("labels", "[p, q]", "y, z, n, u, v, w, k",
                     "weighted_binary_cross_entropy, pos_weight: [1, 2, 3]"),
                  "train.pos_weight has 3 numbers, and the data has 2 targets",
                  "one number for each");
    check_refused(OF("regression", "y", "z, n, p, q, u, v, w, k", "cosine_distance"),
                  "one target has none", "squared_error");
    check_refused(OF("regression", "y", "z, n, p, q, u, v, w, k", "ordinal"),
                  "loss ordinal does not fit task regression", "gaussian_nll");
    check_refused(OF("regression", "y", "z, n, p, q, u, v, w, k", "gausian_nll"), "gausian_nll",
                  "gaussian_nll");
    check_refused(OF("shares", "[u, v]", "y, z, n, p, q, w, k", "kl_divergence"),
                  "the targets of example", "task: regression");
    check_refused(OF("shares", "[y, z]", "u, v, w, n, p, q, k", "kl_divergence"),
                  "task shares learns targets from 0 on", "correct the value");
}

/* A model of another width is told what the loss takes. */
TEST(widths_are_told)
{
    const char *text = "data: {csv: t.csv, target: k, skip: [y, z, n, p, q, u, v, w]}\n"
                       "model: [linear: {out: 3}]\ntrain: {loss: ordinal}\n";
    job j = {.config = NULL};
    REQUIRE(ad_config_parse(scratch("w.yaml"), text, strlen(text), NULL, 0, &j.config) == AD_OK);
    CHECK(ad_run_sources(j.config, &j.data) == AD_OK &&
          ad_run_build(j.config, &j.data, 1, &j.net) != AD_OK);
    CHECK(strstr(ad_kit_error(), "loss ordinal takes 1 number for each example, but the last layer "
                                 "gives 3"));
    CHECK(strstr(ad_kit_error(), "linear: {out: 1}"));
    done(&j);
}

TEST_MAIN_OF_CONFIGURATIONS(write_table())
