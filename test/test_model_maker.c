/* Tasks vae and diffusion: losses, shares and steps against PyTorch and the formulas of the papers,
 * what is stored and made, mistakes.
 *
 * The numbers are of PyTorch 2.15, in f64:
 *
 *     w = lambda n, *s: (torch.arange(n) * 3 % 7 / 4 - 0.75).reshape(*s)
 *     x = (torch.arange(6) * 5 % 7 / 3 - 1).reshape(3, 2)
 *     z = (torch.arange(6) * 4 % 9 / 4 - 1).reshape(3, 2)
 *     h = x @ w(8, 4, 2).T + torch.tensor([.1, -.2, .3, -.4])
 *     m, v = h[:, :2], h[:, 2:]
 *     a = (m + torch.exp(v / 2) * z) @ w(4, 2, 2).T + torch.tensor([.5, -.25])
 *     d = kl_divergence(Normal(m, torch.exp(v / 2)), Normal(0., 1.)).sum() / 3
 *     F.mse_loss(a, x, reduction="sum") / 3 + 0.5 * d, F.l1_loss(a, x, reduction="sum") / 3 + 2 * d
 *
 *     torch.cumprod(1 - torch.linspace(1e-4, 0.02, 1000), 0)[[0, 499, 999]]
 *     f = lambda t: math.cos((t + 0.008) / 1.008 * math.pi / 2) ** 2
 *     b = [min(1 - f((i + 1) / 1000) / f(i / 1000), 0.999) for i in range(1000)]
 *     torch.cumprod(1 - torch.tensor(b), 0)[[0, 499, 999]] */
#define JOB_FILE "make.yaml"

#include "configuration_main.h"
#include "job_run.h"
#include "kit/run.h"
#include "test.h"

#include <adze/kit.h>

#include <math.h>

#define POINTS "data: {format: blobs, train_count: 64, test_count: 20, validation: 0.25}\n"

/* ---------------------------------------------------------------- the variational autoencoder */

static void set(const job *j, const char *name, const float *values, int64_t count)
{
    ad_tensor *v = ad_find(j->net.graph, name);
    REQUIRE(v);
    ad_array a = {.type = AD_F32, .shape = ad_tensor_shape(v), .data = (void *)(uintptr_t)values};
    CHECK_EQ(ad_array_count(&a), count);
    CHECK_OK(ad_set(j->net.state, v, a));
}

static double vae_loss(const char *options, float *made)
{
    job j;
    char text[600];
    float w[8], x[6], z[6];
    const float of_code[] = {.1F, -.2F, .3F, -.4F}, of_point[] = {.5F, -.25F};
    snprintf(text, sizeof text,
             "task: vae\n" POINTS "encoder: [{linear: {out: 4}}]\n"
             "decoder: [{linear: {out: 2}}]\n%s\n",
             options);
    if (!build(&j, text)) {
        TEST_FAILED("%s", ad_kit_error());
        return NAN;
    }
    for (int i = 0; i < 8; i++)
        w[i] = (float)(i * 3 % 7) / 4 - .75F;
    for (int i = 0; i < 6; i++) {
        x[i] = (float)(i * 5 % 7) / 3 - 1;
        z[i] = (float)(i * 4 % 9) / 4 - 1;
    }
    set(&j, "encoder.linear1.weight", w, 8);
    set(&j, "encoder.linear1.bias", of_code, 4);
    set(&j, "decoder.linear1.weight", w, 4);
    set(&j, "decoder.linear1.bias", of_point, 2);
    ad_array in[] = {ad_f32(x, AD_SHAPE(3, 2)), ad_f32(z, AD_SHAPE(3, 2))}, out[2] = {{0}};
    ad_program *p = ad_compile(j.net.state, .fetch = {j.net.loss, j.net.measured},
                               .feed_list = j.net.input, .feed_count = 2);
    double loss = NAN;
    CHECK(p);
    if (p && ad_run(p, in, out) == AD_OK) {
        loss = ad_array_item(&out[0], 0);
        memcpy(made, out[1].data, 6 * sizeof *made);
    }
    ad_program_free(p);
    done(&j);
    return loss;
}

TEST(a_vae_loses_what_pytorchs_does)
{
    static const float right[] = {1.25F, -1, -.25F, .5625F, -.0625F, .4375F};
    float made[6];
    CHECK_CLOSE(vae_loss("vae: {code: 2, beta: 0.5}\ntrain: {loss: squared_error}", made),
                2.3213564229258354, 1e-5);
    for (int i = 0; i < 6; i++)
        CHECK_CLOSE(made[i], right[i], 1e-6); /* of the noise alone */
    CHECK_CLOSE(vae_loss("vae: {code: 2, beta: 2}\ntrain: {loss: absolute_error}", made),
                3.0308688262908063, 1e-5);
}

static void read_all(ad_source *s, int64_t count, uint8_t *pixels)
{
    int64_t number[64];
    for (int64_t i = 0; i < count; i++)
        number[i] = i;
    ad_array into = ad_u8(pixels, AD_SHAPE(count, 28, 28, 1));
    CHECK_OK(ad_source_read(s, number, count, 0, &into));
}

/* Count pictures of the model, by its options. */
static bool make(ad_model *m, const ad_make_options *o, uint8_t *pixels)
{
    ad_source *s = NULL;
    bool good = ad_model_make(m, o, &s) == AD_OK;
    if (good)
        read_all(s, o->count, pixels);
    ad_source_free(s);
    return good;
}

TEST(digits_are_drawn_of_codes)
{
    static uint8_t one[20 * 784], again[20 * 784];
    job j;
    ad_model *m = NULL;
    REQUIRE(train(&j, "vae",
                  "task: vae\ndata: {format: digits, train_count: 512, test_count: 40, "
                  "validation: 0.1}\nvae: {code: 3}\n"
                  "encoder: [flatten, {linear: {out: 32}}, relu, {linear: {out: 6}}]\n"
                  "decoder: [{linear: {out: 32}}, relu, {linear: {out: 784}}]\n"
                  "train: {epochs: 6, batch: 32}\n"));
    CHECK(j.result.loss < 0.8 * j.result.best * 1.5); /* it came down with what is held out */
    done(&j);
    REQUIRE(ad_model_load(scratch("vae"), &m) == AD_OK);
    CHECK(make(m, &(ad_make_options){.count = 20, .seed = 1}, one));
    CHECK(make(m, &(ad_make_options){.count = 20, .seed = 1}, again));
    CHECK_EQ(memcmp(one, again, sizeof one), 0);
    CHECK(make(m, &(ad_make_options){.count = 20, .seed = 2}, again));
    CHECK(memcmp(one, again, sizeof one) != 0);
    CHECK(!make(m, &(ad_make_options){.count = 2, .steps = 5}, one));
    CHECK_CONTAINS(ad_kit_error(), "leave --steps out");
    CHECK(!make(m, &(ad_make_options){.count = 2, .of = "3"}, one));
    CHECK_CONTAINS(ad_kit_error(), "conditional: true");
    ad_model_free(m);
}

/* ---------------------------------------------------------------- diffusion */

TEST(shares_are_those_of_the_papers)
{
    static const double right[2][3] = {
        {0.9999, 0.07858724288177824, 4.0358297653756754e-05},
        {0.999958715775178, 0.4938435904406382, 2.4287669070348567e-09}};
    for (int i = 0; i < 2; i++) {
        ad_run_data data = {.diffusion = 1000, .schedule = i};
        double *share = run_shares(&data);
        REQUIRE(share);
        CHECK_CLOSE(share[0] / right[i][0], 1, 1e-12);
        CHECK_CLOSE(share[499] / right[i][1], 1, 1e-11);
        CHECK_CLOSE(share[999] / right[i][2], 1, 1e-9);
        free(share);
    }
}

enum { WIDTH = 3, COUNT = 4 };

/* A model that sees 0.3 x + 0.1, and says half of that to the data. */
static ad_status see(void *user, const float *x, const int32_t *time, const int32_t *told,
                     int64_t count, float *clean, float *made)
{
    (void)time, (void)told;
    for (int64_t i = 0; i < count * WIDTH; i++) {
        clean[i] = 0.3F * x[i] + 0.1F;
        made[i] = clean[i] / 2;
    }
    ++*(int *)user;
    return AD_OK;
}

/* Step j behind the first, by the mean and variance of Ho et al. (6) and (7). */
static double ho_step(const double *share, int64_t t, double x, double normal)
{
    double a = share[t], p = share[t - 1], b = 1 - a / p, clean = 0.3 * x + 0.1;
    double mean = sqrt(p) * b / (1 - a) * clean + sqrt(1 - b) * (1 - p) / (1 - a) * x;
    return mean + sqrt((1 - p) / (1 - a) * b) * normal;
}

TEST(steps_are_those_of_the_papers)
{
    ad_run_data data = {.diffusion = 50};
    double *share = run_shares(&data);
    float made[COUNT * WIDTH];
    int seen = 0;
    run_chain chain = {.data = &data,
                       .steps = 50,
                       .first = 7,
                       .count = COUNT,
                       .width = WIDTH,
                       .noise = true,
                       .seed = 5,
                       .see = see,
                       .user = &seen};
    REQUIRE(share);
    CHECK_EQ(run_walk(&chain, made), AD_OK);
    CHECK_EQ(seen, 50);
    for (int i = 0; i < COUNT; i++)
        for (int n = 0; n < WIDTH; n++) {
            double x = ad_normal_at((uint64_t[2]){5, (uint64_t)(7 + i)}, (uint32_t)n);
            for (int64_t j = 50; j > 1; j--)
                x = ho_step(share, j - 1, x,
                            ad_normal_at((uint64_t[2]){5, (uint64_t)(7 + i) | (uint64_t)j << 32},
                                         (uint32_t)n));
            CHECK_CLOSE(made[i * WIDTH + n], (0.3 * x + 0.1) / 2, 1e-5);
        }
    /* Song et al. (12) with 5 of the steps and no noise */
    chain.steps = 5;
    chain.noise = false;
    seen = 0;
    CHECK_EQ(run_walk(&chain, made), AD_OK);
    CHECK_EQ(seen, 5);
    double x = ad_normal_at((uint64_t[2]){5, 7}, 0);
    for (int64_t t = 49; t > 9; t -= 10) {
        double e = (x - sqrt(share[t]) * (0.3 * x + 0.1)) / sqrt(1 - share[t]);
        x = sqrt(share[t - 10]) * (0.3 * x + 0.1) + sqrt(1 - share[t - 10]) * e;
    }
    CHECK_CLOSE(made[0], (0.3 * x + 0.1) / 2, 1e-5);
    free(share);
}

static const char digits[] =
    "task: diffusion\n"
    "data: {format: digits, train_count: 256, test_count: 20, validation: 0.1}\n"
    "input: {scale: 2/255, mean: 1}\ndiffusion: {steps: 64, waves: 4, conditional: true}\n"
    "model:\n"
    "  - conv: {filters: 4, kernel: 4, stride: 4, name: low}\n"
    "  - linear: {from: time, out: 4}\n"
    "  - reshape: {sizes: [1, 1, 4], name: told}\n"
    "  - add: {from: [low, told]}\n"
    "  - swish\n"
    "  - conv_transpose: {filters: 1, kernel: 4, stride: 4}\n"
    "train: {epochs: 2, batch: 32}\n";

TEST(digits_are_made_step_by_step)
{
    static uint8_t one[20 * 784], again[20 * 784];
    job j;
    ad_model *m = NULL;
    REQUIRE(train(&j, "digits", digits));
    CHECK(j.result.loss < 1); /* that of saying that there is none is 1 */
    CHECK(j.data.noise.shape.rank == 3 && j.data.told.classes == 10);
    done(&j);
    REQUIRE(ad_model_load(scratch("digits"), &m) == AD_OK);
    CHECK(make(m, &(ad_make_options){.count = 20, .seed = 1}, one));
    CHECK(make(m, &(ad_make_options){.count = 20, .seed = 1}, again));
    CHECK_EQ(memcmp(one, again, sizeof one), 0);
    CHECK(make(m, &(ad_make_options){.count = 20, .seed = 1, .steps = 8}, again));
    CHECK(memcmp(one, again, sizeof one) != 0);
    /* the 14th by turns is a 3, and alone too */
    CHECK(make(m, &(ad_make_options){.count = 20, .seed = 1, .of = "3"}, again));
    CHECK_EQ(memcmp(one + 13 * 784, again + 13 * 784, 784), 0);
    CHECK(memcmp(one + 14 * 784, again + 14 * 784, 784) != 0);
    CHECK(!make(m, &(ad_make_options){.count = 2, .of = "dog"}, one));
    CHECK_CONTAINS(ad_kit_error(), "no class is called dog");
    CHECK(!make(m, &(ad_make_options){.count = 2, .steps = 65}, one));
    CHECK_CONTAINS(ad_kit_error(), "give fewer");
    ad_model_free(m);
}

/* Going on gives the bits of a training that was not stopped. */
TEST(a_diffusion_goes_on_where_it_stopped)
{
    static uint8_t one[4 * 784], again[4 * 784];
    job j;
    ad_model *m = NULL;
    char text[1200];
    ad_make_options o = {.count = 4, .seed = 3, .steps = 8};
    REQUIRE(ad_model_load(scratch("digits"), &m) == AD_OK);
    CHECK(make(m, &o, one));
    ad_model_free(m);
    snprintf(text, sizeof text, "%s", digits);
    char *epochs = strstr(text, "epochs: 2");
    REQUIRE(epochs);
    epochs[8] = '1';
    REQUIRE(train(&j, "again", text));
    done(&j);
    const char *more = "train.epochs=2";
    j = (job){.config = NULL};
    REQUIRE(ad_run_open(scratch("again"), AD_RUN_RESUME, &j.run) == AD_OK);
    REQUIRE(ad_run_config(scratch("again"), &more, 1, &j.config) == AD_OK);
    REQUIRE(ad_run_sources(j.config, &j.data) == AD_OK);
    REQUIRE(ad_run_build(j.config, &j.data, 1, &j.net) == AD_OK);
    CHECK_EQ(
        ad_run_train(
            &(ad_run_options){.config = j.config, .data = &j.data, .network = &j.net, .run = j.run},
            &j.result),
        AD_OK);
    done(&j);
    REQUIRE(ad_model_load(scratch("again"), &m) == AD_OK);
    CHECK(make(m, &o, again));
    CHECK_EQ(memcmp(one, again, sizeof one), 0);
    ad_model_free(m);
}

/* Points of a table come back in its units. */
TEST(points_are_made_step_by_step)
{
    job j;
    ad_model *m = NULL;
    ad_source *s = NULL;
    REQUIRE(
        train(&j, "points",
              "task: diffusion\ndata: {format: blobs, layout: ring, classes: 4, size: 50, "
              "noise: 2, train_count: 2048, test_count: 100}\n"
              "diffusion: {steps: 100, waves: 8}\n"
              "model:\n  - linear: {from: time, out: 64, name: told}\n"
              "  - linear: {from: input, out: 64, name: place}\n  - add: {from: [place, told]}\n"
              "  - swish\n  - linear: {out: 64}\n  - swish\n  - linear: {out: 2}\n"
              "train: {epochs: 40, batch: 128, optimizer: {rate: 3e-3}}\n"));
    done(&j);
    REQUIRE(ad_model_load(scratch("points"), &m) == AD_OK);
    REQUIRE(ad_model_make(m, &(ad_make_options){.count = 400, .seed = 1}, &s) == AD_OK);
    static double x[400], y[400];
    static int64_t number[400];
    for (int64_t i = 0; i < 400; i++)
        number[i] = i;
    ad_array into[] = {ad_f64(x, AD_SHAPE(400)), ad_f64(y, AD_SHAPE(400))};
    CHECK_OK(ad_source_read(s, number, 400, 0, into));
    double radius = 0;
    for (int i = 0; i < 400; i++)
        radius += hypot(x[i], y[i]) / 400;
    CHECK(radius > 42 && radius < 58);
    ad_source_free(s);
    ad_model_free(m);
}

/* ---------------------------------------------------------------- mistakes */

TEST(mistakes_are_told)
{
#define IMAGES "data: {format: digits, train_count: 40}\n"
    static const struct {
        const char *text, *words;
    } wrong[] = {
        {"task: vae\n" IMAGES "encoder: [flatten, {linear: {out: 30}}]\n"
         "decoder: [{linear: {out: 784}}]\n",
         "make.yaml:3:"},
        {"task: vae\n" IMAGES "encoder: [flatten, {linear: {out: 32}}]\n"
         "decoder: [{linear: {out: 700}}]\n",
         "an example has 784"},
        {"task: vae\n" IMAGES "encoder: [flatten, {linear: {out: 32}}]\n", "decoder is missing"},
        {"task: vae\n" POINTS "encoder: [{linear: {out: 32}}]\ndecoder: [{linear: {out: 2}}]\n",
         "pixels from 0 to 1"},
        {"task: vae\n" IMAGES "input: {mean: 0.5}\nencoder: [flatten, {linear: {out: 32}}]\n"
         "decoder: [{linear: {out: 784}}]\n",
         "pixels from 0 to 1"},
        {"task: vae\n" IMAGES "vae: {code: 0}\nencoder: [flatten]\ndecoder: [flatten]\n",
         "make.yaml:3:"},
        {IMAGES "model: [flatten, {linear: {out: 10}}]\nvae: {code: 3}\n",
         "vae.code means nothing"},
        {IMAGES "model: [flatten, {linear: {out: 10}}]\nencoder: [flatten]\n", "any task but vae"},
        {"task: diffusion\n" IMAGES "model: [flatten, {linear: {out: 700}}]\n", "numbers of noise"},
        {"task: diffusion\n" IMAGES "model: [flatten]\ndiffusion: {steps: 2}\n", "make.yaml:4:"},
        {"task: diffusion\n" IMAGES "model: [flatten]\ntrain: {loss: cross_entropy}\n",
         "cross_entropy does not fit"},
        {"task: diffusion\ndata: {format: sines, train_count: 50}\nmodel: [{linear: {out: 1}}]\n"
         "diffusion: {conditional: true}\n",
         "no class that could be told"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        job j;
        if (make_job(&j, wrong[i].text, 2))
            TEST_FAILED("case %d is taken", (int)i);
        CHECK_CONTAINS(ad_kit_error(), wrong[i].words);
        done(&j);
    }
}

TEST_MAIN_OF_CONFIGURATIONS()
