/* Optimizers against torch 2.15 and timm 1.0.31, 20 steps: script/optimizer-goldens made
 * golden_optimizers/steps.txt from the start, targets and pulls that stand here too. */
#include "test.h"

#include <float.h>
#include <stdlib.h>

#include <adze/adze.h>
#include <adze/record.h>

enum { N = 17, STEPS = 20, PARTS = 3 };

static const double pull_of[STEPS] = {1,   0.5, 2, 0, -0.25, 1, 3,  1,     1e-3, 1,
                                      0.5, 1,   2, 0, 1,     1, -1, 0.125, 1,    2};

typedef struct job {
    ad_context *context;
    ad_graph *graph;
    ad_tensor *part[PARTS], *pull, *loss;
} job;

static const int begins[PARTS + 1] = {0, 6, 14, 17};

/* loss = pull sum(stiff (w - target)^2) / 2 over matrices (3, 2), (2, 4) and a vector (3). */
static job job_begin(ad_type type)
{
    job j = {.context = ad_context_new(.threads = 1)};
    const ad_shape shape[PARTS] = {AD_SHAPE(3, 2), AD_SHAPE(2, 4), AD_SHAPE(3)};
    double start[N], target[N], stiff[N];
    for (int i = 0; i < N; i++) {
        start[i] = ((7 * i + 3) % 11 - 5) / 4.0;
        target[i] = ((5 * i + 1) % 7 - 3) / 3.0;
        stiff[i] = ((3 * i) % 5) / 2.0;
    }
    j.graph = ad_graph_new(j.context);
    j.pull = ad_feed(j.graph, "pull", AD_F64, AD_SCALAR);
    ad_tensor *all = ad_number(j.graph, type, 0);
    for (int k = 0; k < PARTS; k++) {
        int at = begins[k];
        char name[2] = {(char)('a' + k), 0};
        ad_tensor *first = ad_constant(j.graph, ad_f64(start + at, shape[k]));
        ad_tensor *goal = ad_constant(j.graph, ad_f64(target + at, shape[k]));
        ad_tensor *force = ad_constant(j.graph, ad_f64(stiff + at, shape[k]));
        j.part[k] = ad_variable(j.graph, name, ad_cast(first, type));
        ad_tensor *off = ad_sub(j.part[k], ad_cast(goal, type));
        all = ad_add(all, ad_sum(ad_mul(ad_square(off), ad_cast(force, type)), AD_ALL));
    }
    j.loss = ad_mul(ad_cast(j.pull, type), ad_scale(all, 0.5));
    return j;
}

static void job_end(job *j)
{
    ad_graph_free(j->graph);
    ad_context_free(j->context);
}

/* ---- what a line of the file says */

static const ad_option *option_of(const ad_record *r, const char *name)
{
    int i = 0;
    while (i < r->options && strcmp(r->option[i].name, name) != 0)
        i++;
    CHECK(i < r->options);
    return i < r->options ? &r->option[i] : NULL;
}

static int word_number(const char *words, const char *word)
{
    int i = 0;
    size_t size = strlen(word);
    for (const char *p = words; strncmp(p, word, size) != 0; i++)
        p = strchr(p, ' ') + 1;
    return i;
}

static void set(const ad_record *r, ad_optimizer_options *o, char *word)
{
    char *value = strchr(word, '=');
    if (value)
        *value++ = 0;
    const ad_option *row = option_of(r, word);
    if (!row)
        return;
    void *at = (char *)o + row->offset;
    switch (row->type) {
    case AD_OPTION_NUMBER: *(double *)at = strtod(value, NULL); break;
    case AD_OPTION_WHOLE: *(int64_t *)at = strtol(value, NULL, 10); break;
    case AD_OPTION_TRUTH: *(bool *)at = true; break;
    default: *(int *)at = word_number(row->words, value);
    }
}

static const ad_optimizer_record *read_case(char *line, ad_optimizer_options *o)
{
    char *word = strtok(line, " \n"); /* "case" */
    word = strtok(NULL, " \n");
    const ad_optimizer_record *r = (const void *)ad_record_find(ad_optimizer_at, word);
    if (!r)
        return NULL;
    *o = AD_OPTIONS(ad_optimizer_options);
    while ((word = strtok(NULL, " \n")))
        set(&r->record, o, word);
    return r;
}

/* ---- training */

static void values_now(const job *j, const ad_state *state, double *into)
{
    for (int k = 0; k < PARTS; k++) {
        ad_array value;
        CHECK(ad_get(state, j->part[k], &value) == AD_OK);
        for (int i = begins[k]; i < begins[k + 1]; i++)
            into[i] = ad_array_item(&value, i - begins[k]);
    }
}

static void train(const ad_optimizer_record *r, const ad_optimizer_options *o, ad_type type,
                  double values[STEPS][N])
{
    job j = job_begin(type);
    ad_tensor *step = r->make(j.loss, o);
    if (ad_tensor_error(step))
        TEST_FAILED("%s: %s", r->record.name, ad_tensor_error(step));
    ad_state *state = ad_state_new(j.graph, 1);
    ad_program *p = ad_compile(state, .fetch = {step}, .feed = {j.pull}, .training = true);
    if (!p)
        TEST_FAILED("%s", ad_error());
    for (int i = 0; p && i < STEPS; i++) {
        ad_array out = {0};
        CHECK(ad_run(p, (ad_array[]){ad_f64(&pull_of[i], AD_SCALAR)}, &out) == AD_OK);
        values_now(&j, state, values[i]);
    }
    ad_program_free(p);
    ad_state_free(state);
    job_end(&j);
}

/* Twenty steps of at most 64 roundings each.  Newton and Schulz' iteration makes what is small in
 * X ns_a = 3.4445 times as large in each of 5 rounds. */
static double bound_f32(const char *method)
{
    double most = 20 * 64 * (double)FLT_EPSILON / 2;
    return strcmp(method, "muon") ? most : most * pow(3.4445, 5);
}

static void compare(const char *words, const double *got, const double *expected, double bound)
{
    for (int i = 0; i < N; i++)
        if (!(fabs(got[i] - expected[i]) <= bound * fmax(1, fabs(expected[i]))))
            TEST_FAILED("%s: weight %d is %.15g, not %.15g", words, i, got[i], expected[i]);
}

static void read_row(char *line, double *row)
{
    for (int i = 0; i < N; i++)
        row[i] = strtod(line, &line);
}

static void check_case(FILE *file, char *line, int size)
{
    static const int kept[] = {1, 2, 7, 20};
    static double exact[STEPS][N], single[STEPS][N];
    char words[200];
    snprintf(words, sizeof words, "%.190s", line);
    ad_optimizer_options o;
    const ad_optimizer_record *r = read_case(line, &o);
    if (r) {
        train(r, &o, AD_F64, exact);
        train(r, &o, AD_F32, single);
    }
    for (int i = 0; i < 4; i++) {
        double expected[N];
        CHECK(fgets(line, size, file) != NULL);
        read_row(line, expected);
        if (!r)
            continue;
        compare(words, exact[kept[i] - 1], expected, 1e-9);
        compare(words, single[kept[i] - 1], expected, bound_f32(r->record.name));
    }
}

TEST(twenty_steps_as_torch_makes_them)
{
    FILE *file = fopen(ADZE_TEST_DIR "/golden_optimizers/steps.txt", "r");
    char line[2000];
    int cases = 0;
    CHECK(file != NULL);
    while (file && fgets(line, sizeof line, file)) {
        check_case(file, line, sizeof line);
        cases++;
    }
    CHECK_EQ(cases, 47);
    if (file)
        fclose(file);
}

/* ---- refusals */

static void refused(ad_tensor *step, const char *words, job *j)
{
    const char *message = ad_tensor_error(step);
    if (!message || !strstr(message, words))
        TEST_FAILED("the message is \"%s\", without \"%s\"", message ? message : "none", words);
    job_end(j);
}

TEST(refusals)
{
    job j = job_begin(AD_F64);
    refused(ad_lion(j.loss, .epsilon = 1), ".epsilon = 1 is an option of ad_rmsprop and", &j);
    j = job_begin(AD_F64);
    refused(ad_adam(j.loss, .decoupled = true), ".decoupled is an option of ad_nadam and", &j);
    j = job_begin(AD_F64);
    refused(ad_sgd(j.loss, .ns_steps = 3), ".ns_steps = 3 is an option of ad_muon, not", &j);
    j = job_begin(AD_F64);
    refused(ad_rprop(j.loss, .decay = 0.5), ".decay = 0.5 is an option of ad_sgd", &j);
    j = job_begin(AD_F64);
    refused(ad_rprop(j.loss, .eta_plus = 0.5), ".eta_plus is 0.5; it is a number from 1", &j);
    j = job_begin(AD_F64);
    refused(ad_rprop(j.loss, .eta_minus = 1), ".eta_minus is 1; it has to be at least 0 and", &j);
    j = job_begin(AD_F64);
    refused(ad_muon(j.loss, .ns_steps = 0), ".ns_steps is 0; it is a number from 1", &j);
    j = job_begin(AD_F64);
    refused(ad_adagrad(j.loss, .accumulator = (double)NAN), ".accumulator is nan", &j);
    j = job_begin(AD_F64);
    refused(ad_rprop(j.loss, .groups = {AD_GROUP(.match = "*", .decay = 1)}), "has no decay", &j);
    j = job_begin(AD_F64);
    refused(ad_lars(j.loss, .nesterov = true), "looks ahead along the momentum", &j);
}

TEST_MAIN
