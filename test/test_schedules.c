/* Schedules against torch 2.15's, every step and past the end: script/schedule-goldens made
 * golden_optimizers/schedules.txt.  And the rate range test. */
#include "test.h"

#include <stdlib.h>

#include <adze/train.h>

enum { STEPS = 30 };

typedef struct named {
    const char *name;
    ad_schedule s;
    int64_t last; /* of the file's rates; the last stays */
} named;

#define S(...) AD_OPTIONS_INIT(ad_schedule, __VA_ARGS__)

static const ad_schedule third = S(.shape = AD_RATE_STEPS, .rate = 0.5, .every = 2, .factor = 0.5);
static const ad_schedule second = S(.shape = AD_RATE_EXPONENTIAL, .rate = 0.5, .every = 1,
                                    .factor = 0.8, .next = &third, .until = 6);

static const named schedules[] = {
    {"step", S(.shape = AD_RATE_STEPS, .rate = 0.5, .every = 4, .factor = 0.3), STEPS},
    {"multi_step",
     S(.shape = AD_RATE_MILESTONES, .rate = 0.5, .at = {4, {3, 7, 8, 20}}, .factor = 0.5), STEPS},
    {"exponential", S(.shape = AD_RATE_EXPONENTIAL, .rate = 0.5, .every = 1, .factor = 0.9), STEPS},
    {"polynomial", S(.shape = AD_RATE_POLYNOMIAL, .rate = 0.5, .steps = 20, .power = 2.5), STEPS},
    {"linear", S(.shape = AD_RATE_POLYNOMIAL, .rate = 0.5, .final = 0.05, .steps = 20), STEPS},
    {"cosine", S(.shape = AD_RATE_COSINE, .rate = 0.5, .final = 0.05, .steps = 20), 20},
    {"restarts", S(.shape = AD_RATE_RESTARTS, .rate = 0.5, .final = 0.02, .every = 4), STEPS},
    {"restarts_longer",
     S(.shape = AD_RATE_RESTARTS, .rate = 0.5, .final = 0.02, .every = 3, .times = 2), STEPS},
    {"one_cycle", S(.shape = AD_RATE_ONE_CYCLE, .rate = 0.5, .steps = 24), 23},
    {"one_cycle_lines",
     S(.shape = AD_RATE_ONE_CYCLE, .rate = 0.5, .steps = 24, .share = 0.4,
       .anneal = AD_ANNEAL_LINEAR, .start = 10, .end = 50, .three_phase = true),
     23},
    {"cyclic", S(.shape = AD_RATE_CYCLIC, .rate = 0.5, .final = 0.1, .every = 4, .down = 3), STEPS},
    {"cyclic_half",
     S(.shape = AD_RATE_CYCLIC, .rate = 0.5, .final = 0.1, .every = 3,
       .mode = AD_CYCLE_TRIANGULAR2),
     STEPS},
    {"cyclic_exponential",
     S(.shape = AD_RATE_CYCLIC, .rate = 0.5, .final = 0.1, .every = 3, .down = 5, .factor = 0.95,
       .mode = AD_CYCLE_EXP_RANGE),
     STEPS},
    {"warmup", S(.rate = 0.5, .warmup = 5), STEPS},
    {"warmup_cosine", S(.shape = AD_RATE_COSINE, .rate = 0.5, .warmup = 5, .steps = 20), 20},
    {"inverse_sqrt", S(.shape = AD_RATE_INVERSE_SQRT, .rate = 0.5, .warmup = 6), STEPS},
    {"noam", S(.shape = AD_RATE_NOAM, .rate = 0.5, .warmup = 6, .width = 64), STEPS},
    {"joined",
     S(.shape = AD_RATE_POLYNOMIAL, .rate = 0.125, .final = 0.5, .steps = 3, .next = &second,
       .until = 4),
     STEPS},
    {"plateau",
     S(.shape = AD_RATE_PLATEAU, .rate = 0.5, .factor = 0.5, .patience = 2, .threshold = 1e-2,
       .cooldown = 1, .final = 0.1),
     STEPS},
    {"plateau_most",
     S(.shape = AD_RATE_PLATEAU, .rate = 0.5, .factor = 0.1, .patience = 3, .threshold = 0), STEPS},
};

static const double losses[STEPS] = {1,    0.9, 0.85, 0.85, 0.8499, 0.86, 0.8, 0.81, 0.82, 0.83,
                                     0.84, 0.7, 0.7,  0.7,  0.7,    0.7,  0.7, 0.69, 0.7,  0.7,
                                     0.7,  0.7, 0.7,  0.7,  0.7,    0.7,  0.7, 0.7,  0.7,  0.7};

static void all_rates(const named *n, double *rate)
{
    ad_plateau p = {0};
    bool most = !strcmp(n->name, "plateau_most");
    for (int i = 0; i < STEPS; i++) {
        rate[i] =
            n->s.shape == AD_RATE_PLATEAU ? ad_plateau_rate(&p, &n->s) : ad_schedule_rate(&n->s, i);
        ad_plateau_see(&p, &n->s, most ? -losses[i] : losses[i]);
    }
}

static void compare(const char *name, const double *got, const double *expected, int count)
{
    for (int i = 0; i < STEPS; i++) {
        double want = expected[i < count ? i : count - 1]; /* past the end the last stays */
        if (!(fabs(got[i] - want) <= 1e-9 * want + 1e-15))
            TEST_FAILED("%s: step %d has %.15g, not %.15g", name, i, got[i], want);
    }
}

static void check_case(const char *name, const double *expected, int count)
{
    double got[STEPS];
    size_t size = strlen(name), k = strlen("_momentum");
    bool momentum = size > k && !strcmp(name + size - k, "_momentum");
    for (size_t i = 0; i < sizeof schedules / sizeof *schedules; i++) {
        const named *n = &schedules[i];
        if (strncmp(n->name, name, size - (momentum ? k : 0)) ||
            strlen(n->name) != size - (momentum ? k : 0))
            continue;
        all_rates(n, got);
        for (int step = 0; momentum && step < STEPS; step++)
            got[step] = ad_schedule_momentum(&n->s, step);
        compare(name, got, expected, count);
        return;
    }
    TEST_FAILED("no schedule for '%s'", name);
}

static int read_row(const char *line, double *value)
{
    int count = 0;
    char *end;
    for (double v; count < STEPS && (v = strtod(line, &end), end != line); line = end)
        value[count++] = v;
    return count;
}

TEST(rates_are_torch_s)
{
    FILE *file = fopen(ADZE_TEST_DIR "/golden_optimizers/schedules.txt", "r");
    char line[2000], name[64];
    int cases = 0;
    CHECK(file != NULL);
    while (file && fscanf(file, "case %63s\n", name) == 1 && fgets(line, sizeof line, file)) {
        double expected[STEPS];
        int count = read_row(line, expected);
        check_case(name, expected, count);
        cases++;
    }
    CHECK_EQ(cases, 24);
    if (file)
        fclose(file);
}

TEST(what_has_a_length)
{
    int count = 0;
    for (size_t i = 0; i < sizeof schedules / sizeof *schedules; i++) {
        ad_schedule longer = schedules[i].s;
        longer.steps *= 2;
        bool other = false;
        for (int step = 0; step < STEPS; step++)
            other |= ad_schedule_rate(&longer, step) != ad_schedule_rate(&schedules[i].s, step);
        if (longer.next)
            continue;
        CHECK_EQ(ad_schedule_has_length(&longer), other);
        count += other;
    }
    CHECK_EQ(count, 6);
}

TEST(no_momentum_without_a_cycle)
{
    CHECK(isnan(ad_schedule_momentum(&schedules[0].s, 3)));
}

/* A loss that falls while the rate is under 0.1, fastest around 0.01, and then rises: the
 * suggestion is where it falls most, and the test ends by itself. */
TEST(range_test)
{
    ad_rate_test t = ad_rate_test_begin(1e-6, 10, 141);
    CHECK(ad_rate_test_rate(&t) == 1e-6);
    int seen = 0;
    for (bool go = true; go; seen++) {
        double x = log10(ad_rate_test_rate(&t));
        go = ad_rate_test_see(&t, 2.3 - 1 / (1 + exp(-6 * (x + 2))) + exp(5 * (x - 0.2)));
    }
    CHECK(t.rate > 0.01 && t.rate < 0.04); /* the mean of 10 steps, half a decade, comes later */
    CHECK(seen > 120 && seen < 141);
    ad_rate_test flat = ad_rate_test_begin(1e-3, 1, 20);
    while (ad_rate_test_see(&flat, 1))
        continue;
    CHECK(flat.rate == 0 || fabs(flat.steepest) < 1e-12);
    CHECK_EQ(flat.step, 20);
    ad_rate_test broken = ad_rate_test_begin(1e-3, 1, 20);
    CHECK(!ad_rate_test_see(&broken, (double)NAN));
}

TEST_MAIN
