/* Task gan: the losses against closed forms, what is measured against SciPy, examples in the data's
 * units, mistakes.
 *
 * The energy distances, with SciPy 1.16:
 *
 *     i = numpy.arange(12)
 *     a, b = (i * 7 % 11 / 4).reshape(6, 2), (i * 5 % 13 / 3 - 1).reshape(6, 2)
 *     def energy(a, b):
 *         n = len(a)
 *         return 2 * cdist(a, b).mean() - (cdist(a, a).sum() + cdist(b, b).sum()) / (n * (n - 1))
 *     energy(a, b), (energy(a[:4], b[:4]) * 4 + energy(a[4:], b[4:]) * 2) / 6 */
#define JOB_FILE "gan.yaml"

#include "configuration_main.h"
#include "job_run.h"
#include "test.h"

#include <adze/kit.h>

#include <sys/stat.h>

/* ---------------------------------------------------------------- the energy distance */

TEST(energy_distance_is_scipys)
{
    float a[12], b[12];
    double sums[8] = {0};
    ad_measured m = {.name = "energy"};
    const ad_measure_record *energy = ad_measure_find("energy");
    REQUIRE(energy && energy->bytes <= sizeof sums && energy->less_is_better);
    for (int i = 0; i < 12; i++) {
        a[i] = (float)(i * 7 % 11) / 4;
        b[i] = (float)(i * 5 % 13) / 3 - 1;
    }
    ad_array all[] = {ad_f32(a, AD_SHAPE(6, 2)), ad_f32(b, AD_SHAPE(6, 2))},
             first[] = {ad_f32(a, AD_SHAPE(4, 2)), ad_f32(b, AD_SHAPE(4, 2))},
             rest[] = {ad_f32(a + 8, AD_SHAPE(2, 2)), ad_f32(b + 8, AD_SHAPE(2, 2))},
             one[] = {ad_f32(a, AD_SHAPE(1, 2)), ad_f32(b, AD_SHAPE(1, 2))};
    CHECK_OK(energy->add(sums, all, 6));
    energy->value(sums, &m);
    CHECK_CLOSE(m.value, -0.25978128981251558, 1e-6);
    memset(sums, 0, sizeof sums);
    CHECK_OK(energy->add(sums, first, 4));
    CHECK_OK(energy->add(sums, rest, 2));
    CHECK_OK(energy->add(sums, one, 1)); /* has no pair */
    energy->value(sums, &m);
    CHECK_CLOSE(m.value, -0.94445934354622796, 1e-6);
    memset(sums, 0, sizeof sums);
    energy->value(sums, &m);
    CHECK(isnan(m.value));
}

/* Rows of two examples, so wide that they are added up in parts: of whole numbers nothing is
 * rounded. */
TEST(energy_distance_of_wide_rows)
{
    enum { WIDTH = 2100 };
    float a[2 * WIDTH], b[2 * WIDTH];
    double sums[8] = {0}, squares[6] = {0};
    for (int i = 0; i < 2 * WIDTH; i++) {
        a[i] = (float)(i * 7 % 11);
        b[i] = (float)(i * 5 % 13);
    }
    const float *pair[6][2] = {{a, a + WIDTH}, {b, b + WIDTH},         {a, b},
                               {a, b + WIDTH}, {a + WIDTH, b + WIDTH}, {a + WIDTH, b}};
    for (int p = 0; p < 6; p++)
        for (int i = 0; i < WIDTH; i++) {
            double d = (double)pair[p][0][i] - (double)pair[p][1][i];
            squares[p] += d * d;
        }
    double between = sqrt(squares[2]) + sqrt(squares[3]) + sqrt(squares[4]) + sqrt(squares[5]);
    ad_array both[] = {ad_f32(a, AD_SHAPE(2, WIDTH)), ad_f32(b, AD_SHAPE(2, WIDTH))};
    ad_measured m = {.name = "energy"};
    const ad_measure_record *energy = ad_measure_find("energy");
    REQUIRE(energy != NULL);
    CHECK_OK(energy->add(sums, both, 2));
    energy->value(sums, &m);
    CHECK_CLOSE(m.value, between / 2 - sqrt(squares[0]) - sqrt(squares[1]), 1e-12);
}

/* ---------------------------------------------------------------- jobs */

#define POINTS "data: {format: blobs, train_count: 64, test_count: 20, validation: 0.25}\n"
#define PLAYERS                         \
    "generator: [{linear: {out: 2}}]\n" \
    "discriminator: [{linear: {out: 1}}]\n"

static void set(ad_state *s, ad_graph *g, const char *name, const float *values, int64_t count)
{
    ad_tensor *v = ad_find(g, name);
    REQUIRE(v);
    ad_shape shape = ad_tensor_shape(v);
    ad_array a = {.type = AD_F32, .shape = shape, .data = (void *)(uintptr_t)values};
    CHECK_EQ(ad_array_count(&a), count);
    CHECK_OK(ad_set(s, v, a));
}

typedef struct losses {
    double discriminator, generator;
} losses;

/* Of a discriminator 3 x + 4 y + 0.7, or 0.7 where flat, at examples all of which are 0: the data's
 * are those that its transform makes 0, so the loss is fed directly. */
static losses losses_of(const char *game, bool flat)
{
    job j;
    losses l = {NAN, NAN};
    char text[500];
    snprintf(text, sizeof text, "task: gan\n" POINTS PLAYERS "gan: {noise: 4, %s}\n", game);
    if (!build(&j, text)) {
        TEST_FAILED("%s", ad_kit_error());
        return l;
    }
    const float zeros[8] = {0}, weights[] = {3, 4}, bias = 0.7F;
    ad_graph *g = j.net.graph;
    set(j.net.state, g, "discriminator.linear1.weight", flat ? zeros : weights, 2);
    set(j.net.state, g, "discriminator.linear1.bias", &bias, 1);
    set(j.net.state, g, "generator.linear1.weight", zeros, 8);
    set(j.net.state, g, "generator.linear1.bias", zeros, 2);
    const float noise[12] = {0};
    ad_array feed[] = {ad_f32(zeros, AD_SHAPE(3, 2)), ad_f32(noise, AD_SHAPE(3, 4))}, out = {0};
    for (int p = 0; p < 2; p++) {
        /* the loss is that before the step */
        ad_state *s = ad_state_clone(j.net.state);
        ad_program *program =
            ad_compile(s, .fetch = {j.net.player[p].step}, .feed_list = j.net.input,
                       .feed_count = 2, .training = true);
        CHECK(program);
        if (program)
            CHECK_OK(ad_run(program, feed, &out));
        *(p ? &l.generator : &l.discriminator) = program ? ad_array_item(&out, 0) : NAN;
        ad_program_free(program);
        ad_state_free(s);
    }
    done(&j);
    return l;
}

TEST(losses_are_the_closed_forms)
{
    /* D(x) = 0.7 everywhere; softplus by math.log1p(math.exp(0.7)) and of -0.7 */
    const double up = 1.1031860488854579, down = 0.40318604888545791;
    losses l = losses_of("loss: log", true);
    CHECK_CLOSE(l.discriminator, down + up, 1e-6);
    CHECK_CLOSE(l.generator, down, 1e-6);
    l = losses_of("loss: log, smoothing: 0.1", true);
    CHECK_CLOSE(l.discriminator, 0.9 * down + 0.1 * up + up, 1e-6);
    CHECK_CLOSE(l.generator, down, 1e-6);
    l = losses_of("loss: squared, smoothing: 0.1", true);
    CHECK_CLOSE(l.discriminator, 0.5 * (0.2 * 0.2 + 0.49), 1e-6);
    CHECK_CLOSE(l.generator, 0.5 * 0.3 * 0.3, 1e-6);
    l = losses_of("loss: hinge", true);
    CHECK_CLOSE(l.discriminator, 0.3 + 1.7, 1e-6);
    CHECK_CLOSE(l.generator, -0.7, 1e-6);
    l = losses_of("loss: wasserstein, penalty: 10", false); /* slope (3, 4): of length 5 */
    CHECK_CLOSE(l.discriminator, 10. * 4 * 4, 1e-4);
    CHECK_CLOSE(l.generator, -0.7, 1e-6);
    l = losses_of("loss: squared, penalty: 0.5", false); /* slope (3, 4): 25 */
    CHECK_CLOSE(l.discriminator, 0.5 * (0.3 * 0.3 + 0.49) + 0.25 * 25, 1e-5);
}

/* Each has an optimizer, and its step leaves the other as it is. */
TEST(a_step_changes_one_player)
{
    job j;
    REQUIRE(build(&j, "task: gan\n" POINTS PLAYERS));
    for (int p = 0; p < 2; p++) {
        ad_state *s = ad_state_clone(j.net.state);
        float x[6] = {1, 2, 3, 4, 5, 6}, noise[48] = {1, 2, 3};
        ad_array feed[] = {ad_f32(x, AD_SHAPE(3, 2)), ad_f32(noise, AD_SHAPE(3, 16))}, out = {0};
        ad_program *program =
            ad_compile(s, .fetch = {j.net.player[p].step}, .feed_list = j.net.input,
                       .feed_count = 2, .training = true);
        REQUIRE(program);
        CHECK_OK(ad_run(program, feed, &out));
        ad_program_free(program);
        const char *names[] = {"discriminator.linear1.weight", "generator.linear1.weight"};
        for (int k = 0; k < 2; k++) {
            ad_array before, after;
            ad_tensor *v = ad_find(j.net.graph, names[k]);
            CHECK_OK(ad_get(j.net.state, v, &before));
            CHECK_OK(ad_get(s, v, &after));
            bool same = memcmp(before.data, after.data, ad_array_bytes(&before)) == 0;
            CHECK(same == (k != p));
        }
        ad_state_free(s);
    }
    CHECK_STREQ(j.net.player[0].name, "discriminator");
    CHECK_STREQ(j.net.player[1].name, "generator");
    done(&j);
}

/* ---------------------------------------------------------------- the whole */

static const char ring[] =
    "task: gan\n"
    "data: {format: blobs, layout: ring, classes: 4, size: 50, noise: 2, train_count: 2048,\n"
    "  test_count: 500, validation: 0.2}\n"
    "gan: {noise: 8, penalty: 0.1}\n"
    "generator: [{linear: {out: 32}}, {leaky_relu: {slope: 0.2}}, {linear: {out: 2}}]\n"
    "discriminator: [{linear: {out: 32}}, {leaky_relu: {slope: 0.2}}, {linear: {out: 1}}]\n"
    "train: {epochs: 30, batch: 128, optimizer: {rate: 2e-3, beta1: 0, beta2: 0.99}}\n";

static bool read_text(const char *path, char *text, size_t room)
{
    FILE *f = fopen(path, "r");
    size_t size = f ? fread(text, 1, room - 1, f) : 0;
    text[size] = 0;
    if (f)
        fclose(f);
    return size > 0;
}

static void take(ad_model *m, int64_t count, uint64_t seed, double *x, double *y)
{
    ad_source *s = NULL;
    int64_t number[600];
    for (int64_t i = 0; i < count; i++)
        number[i] = i;
    CHECK_EQ(ad_model_sample(m, count, seed, &s), AD_OK);
    REQUIRE(s);
    CHECK_EQ(ad_source_count(s), count);
    ad_array into[] = {ad_f64(x, AD_SHAPE(count)), ad_f64(y, AD_SHAPE(count))};
    CHECK_EQ(ad_source_fields(s, NULL), 2);
    CHECK_OK(ad_source_read(s, number, count, 0, into));
    ad_source_free(s);
}

/* It comes nearer to the data, tells both losses, and its examples have the data's units. */
TEST(a_ring_is_learned_and_drawn)
{
    static char text[1 << 14];
    static double x[600], y[600], again[600], other[600];
    job j;
    REQUIRE(train(&j, "ring", ring));
    CHECK(read_text(scratch("ring/history.csv"), text, sizeof text));
    CHECK_CONTAINS(text, "epoch,step,rate,train_loss,train_loss_discriminator,"
                         "train_loss_generator,validation_energy,seconds\n");
    CHECK(j.result.best < 0.2 && j.result.best_epoch > 1);
    ad_run_measured measured;
    CHECK_EQ(ad_run_measure(&j.net, &j.data, j.data.test, NULL, NULL, &measured), AD_OK);
    const ad_measured *energy = ad_run_find(&measured, "energy");
    CHECK(energy && energy->value > -0.05 && energy->value < 0.3);
    ad_run_measured_done(&measured);
    done(&j);

    ad_model *m = NULL;
    REQUIRE(ad_model_load(scratch("ring"), &m) == AD_OK);
    take(m, 500, 1, x, y);
    double radius = 0;
    for (int i = 0; i < 500; i++)
        radius += hypot(x[i], y[i]) / 500;
    CHECK(radius > 40 && radius < 60);
    take(m, 300, 1, again, other);
    CHECK_EQ(memcmp(x, again, 300 * sizeof *x), 0);
    CHECK_EQ(memcmp(y, other, 300 * sizeof *y), 0);
    take(m, 300, 2, again, other);
    CHECK(memcmp(x, again, 300 * sizeof *x) != 0);
    ad_model_free(m);
}

TEST(a_generator_predicts_nothing_and_others_make_nothing)
{
    ad_model *m = NULL;
    ad_source *s = NULL;
    const char *path[] = {"points.csv"};
    job j;
    REQUIRE(ad_model_load(scratch("ring"), &m) == AD_OK);
    CHECK(ad_model_items(m, path, 1, &s) != AD_OK);
    CHECK_CONTAINS(ad_kit_error(), "adze sample");
    CHECK(ad_model_sample(m, 0, 1, &s) != AD_OK && !s);
    ad_model_free(m);
    REQUIRE(train(&j, "moons",
                  "data: {format: moons, train_count: 64}\n"
                  "model: [{linear: {out: 2}}]\ntrain: {epochs: 1}\n"));
    done(&j);
    REQUIRE(ad_model_load(scratch("moons"), &m) == AD_OK);
    CHECK(ad_model_sample(m, 5, 1, &s) != AD_OK && !s);
    CHECK_CONTAINS(ad_kit_error(), "makes no examples");
    ad_model_free(m);
}

/* Numbers with gaps, whole numbers and classes come back as what they were. */
TEST(tables_are_made)
{
    static char text[1 << 14];
    FILE *f = fopen(scratch("table.csv"), "w");
    REQUIRE(f);
    fprintf(f, "size,rooms,kind\n");
    for (int i = 0; i < 120; i++) {
        if (i % 7)
            fprintf(f, "%.1f", 100 + i % 13 * 2.5);
        fprintf(f, ",%d,%s\n", 2 + i % 5, i % 3 ? "\"red, dark\"" : "blue");
    }
    fclose(f);
    job j;
    REQUIRE(train(&j, "table",
                  "task: gan\ndata: {csv: table.csv}\ngan: {noise: 4}\n"
                  "generator: [{linear: {out: 16}}, relu, {linear: {out: 5}}]\n"
                  "discriminator: [{linear: {out: 16}}, relu, {linear: {out: 1}}]\n"
                  "train: {epochs: 3, batch: 32}\n"));
    done(&j);
    ad_model *m = NULL;
    ad_source *s = NULL;
    REQUIRE(ad_model_load(scratch("table"), &m) == AD_OK);
    REQUIRE(ad_model_sample(m, 20, 1, &s) == AD_OK);
    CHECK_EQ(ad_model_write_samples(m, s, scratch("made.csv"), NULL), AD_OK);
    CHECK(ad_model_write_samples(m, s, scratch("made.csv"), NULL) != AD_OK); /* it is there */
    CHECK_EQ(ad_run_why(), AD_RUN_NOT_WRITTEN);
    CHECK(read_text(scratch("made.csv"), text, sizeof text));
    CHECK(strncmp(text, "size,rooms,kind\n", 16) == 0);
    int rows = 0;
    for (char *line = strtok(text + 16, "\n"); line; line = strtok(NULL, "\n"), rows++) {
        double size;
        int rooms, end = 0;
        CHECK(sscanf(line, "%lf,%d,%n", &size, &rooms, &end) == 2 && end > 0);
        CHECK(size > -100 && size < 400 && rooms > -20 && rooms < 30);
        CHECK(strcmp(line + end, "blue") == 0 || strcmp(line + end, "\"red, dark\"") == 0);
    }
    CHECK_EQ(rows, 20);
    ad_source_free(s);
    ad_model_free(m);
}

/* A target is not made: what is left is x. */
TEST(targets_are_left_out)
{
    job j;
    CHECK(build(&j, "task: gan\ndata: {format: sines, train_count: 50}\n"
                    "generator: [{linear: {out: 1}}]\ndiscriminator: [{linear: {out: 1}}]\n"));
    CHECK(j.data.inputs == 1 && j.data.input[0].shape.size[0] == 1);
    done(&j);
}

TEST(pictures_are_made)
{
    job j;
    REQUIRE(train(&j, "digits",
                  "task: gan\ndata: {format: digits, train_count: 64, test_count: 20}\n"
                  "input: {scale: 2/255, mean: 1}\ngan: {noise: 8, loss: squared}\n"
                  "generator:\n  - linear: {out: 98}\n  - reshape: {sizes: [7, 7, 2]}\n"
                  "  - batch_norm\n  - relu\n"
                  "  - conv_transpose: {filters: 1, kernel: 4, stride: 4}\n  - tanh\n"
                  "discriminator: [{conv: {filters: 4, kernel: 4, stride: 4}}, batch_norm,\n"
                  "  relu, flatten, {linear: {out: 1}}]\ntrain: {epochs: 1, batch: 16}\n"));
    done(&j);
    ad_model *m = NULL;
    ad_source *s = NULL;
    ad_image image = {0};
    REQUIRE(ad_model_load(scratch("digits"), &m) == AD_OK);
    REQUIRE(ad_model_sample(m, 10, 1, &s) == AD_OK);
    CHECK(ad_model_write_samples(m, s, NULL, stdout) != AD_OK);
    CHECK_EQ(ad_model_write_samples(m, s, scratch("made"), NULL), AD_OK);
    bool png = ad_image_read(scratch("made/03.png"), 1, &image) == AD_OK;
    if (!png)
        CHECK_EQ(ad_image_read(scratch("made/03.pgm"), 1, &image), AD_OK);
    static uint8_t pixels[784];
    int64_t third = 2;
    ad_array into = ad_u8(pixels, AD_SHAPE(1, 28, 28, 1));
    CHECK_OK(ad_source_read(s, &third, 1, 0, &into));
    CHECK(image.height == 28 && image.width == 28 && image.channels == 1);
    CHECK_EQ(memcmp(image.pixels, pixels, sizeof pixels), 0);
    int low = 255, high = 0;
    for (int i = 0; i < 784; i++) {
        low = pixels[i] < low ? pixels[i] : low;
        high = pixels[i] > high ? pixels[i] : high;
    }
    CHECK(low < 128 && high > 128); /* of -1 to 1, as of 0 to 255 */
    ad_image_done(&image);
    ad_source_free(s);
    ad_model_free(m);
}

/* Both players are told: the same noise makes something else of another class. */
TEST(classes_are_told)
{
    static uint8_t pixels[2][12 * 784];
    static const char *const of[] = {NULL, "1"};
    int64_t number[12];
    job j;
    ad_model *m = NULL;
    REQUIRE(train(&j, "told",
                  "task: gan\ndata: {format: digits, train_count: 64, test_count: 20}\n"
                  "gan: {noise: 4, loss: wasserstein, penalty: 10, turns: 2, conditional: true}\n"
                  "generator: [{linear: {out: 784}}, sigmoid, {reshape: {sizes: [28, 28, 1]}}]\n"
                  "discriminator: [{conv: {filters: 4, kernel: 4, stride: 4}}, relu, flatten,\n"
                  "  {linear: {out: 1}}]\ntrain: {epochs: 2, batch: 16}\n"));
    ad_tensor *taken = ad_find(j.net.graph, "discriminator.conv1.weight"),
              *begun = ad_find(j.net.graph, "generator.linear1.weight");
    CHECK_EQ(ad_tensor_shape(taken).size[1], 1 + 10);
    CHECK_EQ(ad_tensor_shape(begun).size[1], 4 + 10);
    done(&j);
    REQUIRE(ad_model_load(scratch("told"), &m) == AD_OK);
    for (int k = 0; k < 2; k++) {
        ad_source *s = NULL;
        ad_make_options o = {.count = 12, .seed = 1, .of = of[k]};
        REQUIRE(ad_model_make(m, &o, &s) == AD_OK);
        for (int64_t i = 0; i < 12; i++)
            number[i] = i;
        ad_array into = ad_u8(pixels[k], AD_SHAPE(12, 28, 28, 1));
        CHECK_OK(ad_source_read(s, number, 12, 0, &into));
        ad_source_free(s);
    }
    for (int i = 0; i < 12; i++) /* by turns 0, 1, ... 9, 0, 1 */
        CHECK((memcmp(pixels[0] + i * 784, pixels[1] + i * 784, 784) == 0) == (i % 10 == 1));
    ad_model_free(m);
}

TEST(mistakes_are_told)
{
    static const struct {
        const char *text, *words;
    } wrong[] = {
        {"task: gan\n" POINTS "generator: [{linear: {out: 3}}]\n"
         "discriminator: [{linear: {out: 1}}]\n",
         "gan.yaml:3:"},
        {"task: gan\n" POINTS "generator: [{linear: {out: 2}}]\n"
         "discriminator: [{linear: {out: 2}}]\n",
         "gan.yaml:4:"},
        {"task: gan\n" POINTS PLAYERS "gan: {turns: 0}\n", "gan.yaml:5:"},
        {"task: gan\n" POINTS PLAYERS "gan: {loss: wasserstein}\n", "set gan.penalty"},
        {"task: gan\n" POINTS PLAYERS "gan: {loss: hinge, smoothing: 0.1}\n",
         "targets are smoothed"},
        {"task: gan\ndata: {format: sines, train_count: 50}\n" PLAYERS "gan: {conditional: true}\n",
         "no class that could be told"},
        {"task: gan\n" POINTS PLAYERS "gan: {smoothing: 0.6}\n", "gan.yaml:5:"},
        {"task: gan\n" POINTS PLAYERS "train: {loss: squared_error}\n", "gan.loss"},
        {"task: gan\n" POINTS "generator: [{linear: {out: 2}}]\n", "discriminator is missing"},
        {"task: gan\n" POINTS "generator: [{linear: {out: 2}}]\n"
         "discriminator: [{linear: {from: x, out: 1}}]\n",
         "one field"},
        {POINTS "model: [{linear: {out: 3}}]\ngan: {noise: 4}\n", "gan.noise means nothing"},
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
