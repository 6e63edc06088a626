/* Points that are drawn: their formulas against scikit-learn's, what examples depend on, and whole
 * jobs on them.
 *
 * moons and circles, scikit-learn 1.9:
 *
 *     for make, more in (make_moons, {}), (make_circles, {"factor": 0.8}):
 *         for x, y in zip(*make(10, shuffle=False, noise=None, **more)):
 *             print("{%.17g, %.17g, %d}," % (*x, y)) */
#include "test.h"

#include <adze/kit.h>

#include <unistd.h>

#include "kit/drawn.h"

typedef struct known {
    double x, y;
    int label;
} known;

static const known moons[] = {
    {1, 0, 0},
    {0.70710678118654757, 0.70710678118654746, 0},
    {6.123233995736766e-17, 1, 0},
    {-0.70710678118654746, 0.70710678118654757, 0},
    {-1, 1.2246467991473532e-16, 0},
    {0, 0.5, 1},
    {0.29289321881345243, -0.20710678118654746, 1},
    {0.99999999999999989, -0.5, 1},
    {1.7071067811865475, -0.20710678118654757, 1},
    {2, 0.49999999999999989, 1},
};

static const known circles[] = {
    {1, 0, 0},
    {0.30901699437494745, 0.95105651629515353, 0},
    {-0.80901699437494734, 0.58778525229247325, 0},
    {-0.80901699437494756, -0.58778525229247303, 0},
    {0.30901699437494723, -0.95105651629515364, 0},
    {0.80000000000000004, 0, 1},
    {0.24721359549995797, 0.76084521303612285, 1},
    {-0.64721359549995794, 0.47022820183397862, 1},
    {-0.64721359549995805, -0.47022820183397845, 1},
    {0.24721359549995781, -0.76084521303612296, 1},
};

/* scikit-learn takes t evenly: moons with both ends, circles without the last. */
TEST(points_without_noise_are_those_of_scikit_learn)
{
    for (int i = 0; i < 10; i++) {
        double p[2];
        drawn_moon(i % 5 / 4.0, moons[i].label, p);
        CHECK_CLOSE(p[0], moons[i].x, 1e-15);
        CHECK_CLOSE(p[1], moons[i].y, 1e-15);
        drawn_circle(i % 5 / 5.0, circles[i].label, 0.8, p);
        CHECK_CLOSE(p[0], circles[i].x, 1e-15);
        CHECK_CLOSE(p[1], circles[i].y, 1e-15);
    }
}

/* ---------------------------------------------------------------- as a reader gives them */

enum { MOST = 4000 };

typedef struct drawn {
    double x[MOST], y[MOST];
    int32_t label[MOST];
} drawn;

static ad_source *open_drawn(const char *name, const void *options, ad_part part,
                             ad_schema **schema)
{
    const ad_reader_record *reader = ad_reader_find(name);
    ad_source *source = NULL;
    *schema = NULL;
    CHECK(reader && reader->understand(options, schema) == AD_OK);
    CHECK(*schema && reader->open(options, *schema, part, &source) == AD_OK);
    CHECK(source);
    return source;
}

/* Examples first to first + count - 1; returns how many there are. */
static int64_t take(const char *name, const void *options, ad_part part, int64_t first,
                    int64_t count, drawn *d)
{
    ad_schema *schema;
    ad_source *s = open_drawn(name, options, part, &schema);
    static int64_t number[MOST];
    for (int64_t i = 0; i < count; i++)
        number[i] = first + i;
    ad_array into[] = {ad_f64(d->x, AD_SHAPE(count)), ad_f64(d->y, AD_SHAPE(count)),
                       ad_i32(d->label, AD_SHAPE(count))};
    CHECK_EQ(ad_source_read(s, number, count, 0, into), AD_OK);
    int64_t all = ad_source_count(s);
    ad_source_free(s);
    ad_schema_free(schema);
    return all;
}

TEST(moons_lie_on_their_half_circles)
{
    static drawn d;
    ad_moons_options o = AD_OPTIONS(ad_moons_options, .noise = 0);
    CHECK_EQ(take("moons", &o, AD_PART_TRAIN, 0, 1000, &d), 2000);
    double low = 2, high = -2;
    for (int i = 0; i < 1000; i++) {
        double x = d.label[i] ? 1 - d.x[i] : d.x[i], y = d.label[i] ? 0.5 - d.y[i] : d.y[i];
        CHECK_EQ(d.label[i], i % 2);
        CHECK_CLOSE(x * x + y * y, 1, 1e-12);
        CHECK(y >= -1e-12);
        low = x < low ? x : low;
        high = x > high ? x : high;
    }
    CHECK(low < -0.999 && high > 0.999);
}

/* Noise has the mean 0 and the deviation that is asked for: 4000 numbers, within 4 standard
 * errors. */
TEST(noise_has_its_deviation)
{
    static drawn plain, noisy;
    ad_circles_options o = AD_OPTIONS(ad_circles_options, .noise = 0, .factor = 0.5);
    ad_circles_options more = AD_OPTIONS(ad_circles_options, .noise = 0.25, .factor = 0.5);
    take("circles", &o, AD_PART_TRAIN, 0, 2000, &plain);
    take("circles", &more, AD_PART_TRAIN, 0, 2000, &noisy);
    double sum = 0, squares = 0;
    for (int i = 0; i < 2000; i++) {
        double e[] = {noisy.x[i] - plain.x[i], noisy.y[i] - plain.y[i]};
        CHECK_CLOSE(hypot(plain.x[i], plain.y[i]), plain.label[i] ? 0.5 : 1, 1e-12);
        for (int k = 0; k < 2; k++) {
            sum += e[k];
            squares += e[k] * e[k];
        }
    }
    CHECK_CLOSE(sum / 4000, 0, 4 * 0.25 / sqrt(4000));
    CHECK_CLOSE(sqrt(squares / 4000), 0.25, 4 * 0.25 / sqrt(2 * 4000));
}

TEST(examples_depend_on_seed_part_and_number_alone)
{
    static drawn a, b;
    ad_spirals_options o = AD_OPTIONS(ad_spirals_options, .classes = 3);
    ad_spirals_options fewer = AD_OPTIONS(ad_spirals_options, .classes = 3, .train_count = 60);
    ad_spirals_options other = AD_OPTIONS(ad_spirals_options, .classes = 3, .seed = 2);
    take("spirals", &o, AD_PART_TRAIN, 0, 60, &a);
    CHECK_EQ(take("spirals", &fewer, AD_PART_TRAIN, 50, 10, &b), 60);
    CHECK_EQ(memcmp(a.x + 50, b.x, 10 * sizeof *b.x), 0);
    CHECK_EQ(memcmp(a.y + 50, b.y, 10 * sizeof *b.y), 0);
    CHECK_EQ(memcmp(a.label + 50, b.label, 10 * sizeof *b.label), 0);
    take("spirals", &other, AD_PART_TRAIN, 0, 60, &b);
    CHECK(memcmp(a.x, b.x, 60 * sizeof *b.x) != 0);
    CHECK_EQ(take("spirals", &o, AD_PART_TEST, 0, 60, &b), 1000);
    CHECK(memcmp(a.x, b.x, 60 * sizeof *b.x) != 0);
}

TEST(arms_of_a_spiral_go_round)
{
    static drawn d;
    ad_spirals_options o = AD_OPTIONS(ad_spirals_options, .classes = 3, .turns = 0.25, .noise = 0);
    take("spirals", &o, AD_PART_TRAIN, 0, 300, &d);
    for (int i = 0; i < 300; i++) {
        double t = hypot(d.x[i], d.y[i]), pi = acos(-1),
               angle = pi / 2 * t + d.label[i] * pi * 2 / 3;
        CHECK_EQ(d.label[i], i % 3);
        CHECK(t < 1);
        CHECK_CLOSE(d.x[i], t * cos(angle), 1e-12);
        CHECK_CLOSE(d.y[i], t * sin(angle), 1e-12);
    }
}

TEST(blobs_stand_on_their_centres)
{
    static drawn d;
    ad_blobs_options ring =
        AD_OPTIONS(ad_blobs_options, .classes = 8, .noise = 0, .size = 2, .layout = AD_BLOBS_RING);
    take("blobs", &ring, AD_PART_TRAIN, 0, 16, &d);
    for (int i = 0; i < 16; i++) {
        CHECK_CLOSE(d.x[i], 2 * cos(i % 8 * acos(-1) / 4), 1e-12);
        CHECK_CLOSE(d.y[i], 2 * sin(i % 8 * acos(-1) / 4), 1e-12);
    }
    ad_blobs_options any = AD_OPTIONS(ad_blobs_options, .noise = 0);
    take("blobs", &any, AD_PART_TRAIN, 0, 6, &d);
    for (int i = 0; i < 3; i++) {
        CHECK(fabs(d.x[i]) <= 10 && fabs(d.y[i]) <= 10 && d.x[i] != d.x[(i + 1) % 3]);
        CHECK(d.x[i] == d.x[i + 3] && d.y[i] == d.y[i + 3]);
    }
}

TEST(blobs_have_any_number_of_dimensions)
{
    ad_schema *schema;
    ad_blobs_options o = AD_OPTIONS(ad_blobs_options, .dimensions = 5, .classes = 4);
    ad_source *s = open_drawn("blobs", &o, AD_PART_TEST, &schema);
    CHECK_EQ(schema->fields, 6);
    CHECK_STREQ(schema->field[4].name, "x5");
    CHECK_STREQ(schema->field[5].name, "label");
    CHECK_STREQ(schema->field[5].names[3], "3");
    CHECK_EQ(ad_source_find(s, "x1"), 0);
    ad_source_free(s);
    ad_schema_free(schema);
}

TEST(sines_are_sums_of_waves)
{
    static drawn d;
    ad_schema *schema;
    ad_sines_options o = AD_OPTIONS(ad_sines_options, .noise = 0, .waves = 1);
    ad_source *s = open_drawn("sines", &o, AD_PART_TRAIN, &schema);
    CHECK_STREQ(ad_schema_target(schema)->name, "y");
    CHECK_EQ(ad_source_count(s), 2000);
    int64_t number[200];
    for (int i = 0; i < 200; i++)
        number[i] = i;
    ad_array into[] = {ad_f64(d.x, AD_SHAPE(200)), ad_f64(d.y, AD_SHAPE(200))};
    CHECK_EQ(ad_source_read(s, number, 200, 0, into), AD_OK);
    /* One wave, sin(2 pi (x + p)): a sin(2 pi x) + b cos(2 pi x) through the first two points. */
    double pi = acos(-1), s0 = sin(2 * pi * d.x[0]), c0 = cos(2 * pi * d.x[0]),
           s1 = sin(2 * pi * d.x[1]), c1 = cos(2 * pi * d.x[1]), area = s0 * c1 - s1 * c0,
           a = (d.y[0] * c1 - d.y[1] * c0) / area, b = (s0 * d.y[1] - s1 * d.y[0]) / area;
    CHECK_CLOSE(a * a + b * b, 1, 1e-9);
    for (int i = 2; i < 200; i++)
        CHECK_CLOSE(d.y[i], a * sin(2 * pi * d.x[i]) + b * cos(2 * pi * d.x[i]), 1e-9);
    ad_source_free(s);
    ad_schema_free(schema);
}

/* ---------------------------------------------------------------- in a configuration */

static ad_config *parse(const char *text)
{
    ad_config *c = NULL;
    if (ad_config_parse("test.yaml", text, strlen(text), NULL, 0, &c) != AD_OK)
        fputs(ad_kit_error(), stderr);
    return c;
}

#define MODEL "model:\n  - linear: {out: 16}\n  - tanh\n  - linear: {out: %d}\n"

TEST(each_is_trained_on_by_name)
{
    static const struct {
        const char *data, *task;
        int out;
    } cases[] = {
        {"{format: moons, train_count: 200, test_count: 100}", "classification", 2},
        {"{format: circles, train_count: 200, factor: 0.5}", "classification", 2},
        {"{format: spirals, train_count: 200, classes: 3}", "classification", 3},
        {"{format: blobs, train_count: 200, classes: 4, dimensions: 3}", "classification", 4},
        {"{format: sines, train_count: 200}", "regression", 1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[400];
        snprintf(text, sizeof text, "data: %s\n" MODEL "train: {epochs: 1}\n", cases[i].data,
                 cases[i].out);
        ad_config *c = parse(text);
        REQUIRE(c);
        ad_run_data data = {0};
        ad_run_network n = {0};
        ad_run_result r;
        REQUIRE(ad_run_sources(c, &data) == AD_OK);
        CHECK_STREQ(data.task->record.name, cases[i].task);
        REQUIRE(ad_run_build(c, &data, 1, &n) == AD_OK);
        CHECK_EQ(ad_run_train(&(ad_run_options){.config = c, .data = &data, .network = &n}, &r),
                 AD_OK);
        CHECK(r.loss > 0);
        ad_run_network_done(&n);
        ad_run_data_done(&data);
        ad_config_free(c);
    }
}

/* Points to predict are rows of a CSV file, with or without their labels. */
TEST(points_are_read_from_a_table)
{
    char path[] = "/tmp/adze-points-XXXXXX";
    int handle = mkstemp(path);
    FILE *f = handle < 0 ? NULL : fdopen(handle, "w");
    REQUIRE(f);
    fprintf(f, "y,label,x\n0.5,1,-2\n1e-3,,7\n");
    fclose(f);
    ad_moons_options o = AD_OPTIONS(ad_moons_options);
    ad_schema *schema;
    ad_source *whole = open_drawn("moons", &o, AD_PART_TEST, &schema), *items = NULL;
    const char *paths[] = {path};
    CHECK_EQ(ad_reader_find("moons")->items(schema, paths, 1, &items), AD_OK);
    REQUIRE(items);
    CHECK_EQ(ad_source_count(items), 2);
    double x[2], y[2];
    int32_t label[2];
    int64_t number[] = {0, 1};
    ad_array into[3] = {{0}};
    into[ad_source_find(items, "x")] = ad_f64(x, AD_SHAPE(2));
    into[ad_source_find(items, "y")] = ad_f64(y, AD_SHAPE(2));
    into[ad_source_find(items, "label")] = ad_i32(label, AD_SHAPE(2));
    CHECK_OK(ad_source_read(items, number, 2, 0, into));
    CHECK(x[0] == -2 && x[1] == 7 && y[0] == 0.5 && y[1] == 1e-3);
    CHECK(label[0] == 1 && label[1] == -1);
    ad_source_free(items), ad_source_free(whole);
    ad_schema_free(schema);
    remove(path);
}

TEST(options_out_of_range_are_told)
{
    static const char *const wrong[] = {
        "{format: moons, noise: -1}",      "{format: circles, factor: 1}",
        "{format: spirals, classes: 1}",   "{format: blobs, dimensions: 65}",
        "{format: blobs, layout: square}", "{format: sines, waves: 0}",
        "{format: moons, factor: 0.5}",    "{format: sines, train_count: 0}"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char text[300];
        ad_config *c = NULL;
        snprintf(text, sizeof text, "data: %s\n" MODEL, wrong[i], 2);
        CHECK(ad_config_parse("test.yaml", text, strlen(text), NULL, 0, &c) != AD_OK);
        CHECK_CONTAINS(ad_kit_error(), "test.yaml:1:");
        CHECK(!c);
    }
}

int main(int count, char **arguments)
{
    ad_config *c = NULL; /* a file, which needs libyaml */
    ad_status status = ad_config_parse("any", "model: [relu]\n", 14, NULL, 0, &c);
    ad_config_free(c);
    if (status == AD_ERROR_UNSUPPORTED) {
        printf("skipped: built without libyaml\n");
        return 77;
    }
    return test_main(count, arguments);
}
