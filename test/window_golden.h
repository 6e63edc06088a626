/* Reads the cases that script/layer-goldens-windows writes, and compares values, slopes and second
 * derivatives of what a test builds of them. */
#ifndef TEST_WINDOW_GOLDEN_H
#define TEST_WINDOW_GOLDEN_H

#include "test.h"

#include <float.h>

#include <adze/adze.h>
#include <adze/record.h>

#include "golden_file.h"
#include "one_graph.h"

enum { GOLDEN_INS = 8, GOLDEN_SIZE = 1024 };

typedef struct golden_tensor {
    char kind[48];
    ad_shape shape;
    int count;
    double value[GOLDEN_SIZE], slope[GOLDEN_SIZE];
} golden_tensor;

typedef struct golden {
    char name[40], words[160];
    golden_tensor in[GOLDEN_INS], out, after[GOLDEN_INS];
    int ins, afters;
    bool indexed;
    double index[GOLDEN_SIZE];
} golden;

/* "in x 2 3" and its numbers. */
static void golden_read_tensor(FILE *file, char *line, golden_tensor *t, bool named)
{
    int end = 0;
    if (named)
        CHECK(sscanf(line, "%*s %47s%n", t->kind, &end) == 1);
    else
        CHECK(sscanf(line, "%*s%n", &end) == 0);
    t->shape = golden_shape(line + end);
    t->count = golden_count(t->shape);
    if (t->count <= GOLDEN_SIZE)
        golden_numbers(file, t->value, t->count);
    CHECK(t->count <= GOLDEN_SIZE);
}

static bool golden_read(FILE *file, golden *g)
{
    static char line[400];
    int end = 0;
    g->ins = g->afters = 0;
    g->indexed = false;
    if (!line[0] && !fgets(line, sizeof line, file))
        return false;
    CHECK(sscanf(line, "case %39s%n", g->name, &end) == 1);
    line[strcspn(line, "\n")] = 0;
    snprintf(g->words, sizeof g->words, "%.150s", line + end);
    line[0] = 0;
    while (fgets(line, sizeof line, file) && strncmp(line, "case", 4) != 0)
        if (strncmp(line, "in ", 3) == 0 && g->ins < GOLDEN_INS)
            golden_read_tensor(file, line, &g->in[g->ins++], true);
        else if (strncmp(line, "out ", 4) == 0)
            golden_read_tensor(file, line, &g->out, false);
        else if (strncmp(line, "after ", 6) == 0 && g->afters < GOLDEN_INS)
            golden_read_tensor(file, line, &g->after[g->afters++], true);
        else if (strcmp(line, "index\n") == 0)
            golden_numbers(file, g->index, g->out.count), g->indexed = true;
        else if (strcmp(line, "slope\n") == 0)
            for (int i = 0; i < g->ins; i++)
                golden_numbers(file, g->in[i].slope, g->in[i].count);
        else
            TEST_FAILED("%s%s: a line that is none: %s", g->name, g->words, line);
    if (strncmp(line, "case", 4) != 0)
        line[0] = 0;
    return true;
}

/* ---- options */

/* "2,3" or a word, at an option's place. */
static void golden_set(const ad_option *row, void *options, char *value)
{
    void *at = (char *)options + row->offset;
    switch (row->type) {
    case AD_OPTION_NUMBER: *(double *)at = strtod(value, NULL); return;
    case AD_OPTION_WHOLE: *(int64_t *)at = strtol(value, NULL, 10); return;
    case AD_OPTION_TRUTH: *(bool *)at = *value == '1'; return;
    case AD_OPTION_SIZES: *(ad_shape *)at = golden_shape(value); return;
    case AD_OPTION_WORD: *(int *)at = *value == 'n' ? 0 : *value == 'w' ? 1 : 2; return;
    default: *(const char **)at = value;
    }
}

static const ad_option *golden_row(const ad_record *record, const char *name)
{
    for (int i = 0; i < record->options; i++)
        if (strcmp(record->option[i].name, name) == 0)
            return &record->option[i];
    return NULL;
}

/* The options of a record, named "l" where it has a name. */
static void golden_options(const golden *g, const ad_record *record, void *options)
{
    static char words[180];
    char *rest;
    snprintf(words, sizeof words, "%s name=l", g->words);
    memcpy(options, record->initial, record->size);
    for (char *word = strtok_r(words, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        char *value = strchr(word, '=');
        *value++ = 0;
        const ad_option *row = golden_row(record, word);
        if (row)
            golden_set(row, options, value);
        else if (strcmp(word, "name") != 0)
            TEST_FAILED("%s has no option %s", record->name, word);
    }
}

__attribute__((unused)) static ad_tensor *golden_layer(const golden *g, ad_tensor *x)
{
    static _Alignas(16) char options[4096];
    const ad_layer_record *layer = (const void *)ad_record_find(ad_layer_at, g->name);
    if (!layer || layer->record.size > sizeof options) {
        TEST_FAILED("no layer %s", g->name);
        return x;
    }
    golden_options(g, &layer->record, options);
    return layer->make(&x, 1, options);
}

/* ---- one case */

typedef struct golden_built {
    ad_tensor *y, *total, *x[GOLDEN_INS], *slope[GOLDEN_INS];
} golden_built;

/* sum of (1 + i / 4) y[i]. */
static ad_tensor *golden_total(ad_tensor *y, int count)
{
    ad_tensor *flat = ad_reshape(y, AD_SHAPE(count));
    ad_tensor *i = ad_range(graph, ad_tensor_type(y), count);
    return ad_sum(ad_mul(flat, ad_shift(ad_scale(i, 0.25), 1)), AD_ALL);
}

static ad_tensor *golden_variable(const golden_tensor *t, const char *name, ad_type type)
{
    return ad_variable(graph, name, ad_cast(ad_constant(graph, ad_f64(t->value, t->shape)), type));
}

static void golden_give(ad_tensor *variable, const golden_tensor *t)
{
    static float single[GOLDEN_SIZE];
    ad_shape shape = ad_tensor_shape(variable);
    CHECK_EQ(golden_count(shape), t->count);
    for (int i = 0; i < t->count; i++)
        single[i] = (float)t->value[i];
    bool f32 = ad_tensor_type(variable) == AD_F32;
    CHECK_OK(ad_set(state, variable, f32 ? ad_f32(single, shape) : ad_f64(t->value, shape)));
}

static ad_tensor *golden_find(const golden *g, const golden_tensor *t)
{
    char name[60];
    snprintf(name, sizeof name, "l.%s", t->kind);
    ad_tensor *variable = ad_find(graph, name);
    if (!variable)
        TEST_FAILED("%s%s: no variable %s", g->name, g->words, name);
    return variable;
}

static double golden_largest(const double *value, int count, double least)
{
    for (int i = 0; i < count; i++)
        least = fmax(least, fabs(value[i]));
    return least;
}

static void golden_compare(const golden *g, const ad_array *got, const double *right, int count,
                           double bound, const char *what)
{
    CHECK_EQ(ad_array_count(got), count);
    double scale = bound > 0 ? golden_largest(right, count, 1) : 0;
    for (int i = 0; i < count; i++)
        if (!test_close(ad_array_item(got, i), right[i], bound * scale))
            TEST_FAILED("%s%s%s %d is %.15g, not %.15g", g->name, g->words, what, i,
                        ad_array_item(got, i), right[i]);
}

/* The derivative of sums of slopes, not all alike, by differences of slopes. */
static void golden_second(const golden *g, const golden_built *b)
{
    ad_tensor *sum = ad_number(graph, AD_F64, 0);
    for (int i = 0; i < g->ins; i++)
        sum = ad_add(sum, ad_scale(golden_total(b->slope[i], g->in[i].count), 1 + i * i));
    double worst = 1;
    ad_status status = ad_check_gradients(state, sum, b->x, g->ins, NULL, 0, &worst);
    if (status != AD_OK || !(worst < 1e-5))
        TEST_FAILED("%s%s: second derivative off by %g, %s", g->name, g->words, worst,
                    status == AD_OK ? "" : ad_error());
}

static void golden_run(const golden *g, const golden_built *b, double bound, bool naive)
{
    ad_tensor *fetch[GOLDEN_INS + 1] = {b->y};
    ad_array out[GOLDEN_INS + 1] = {{0}};
    for (int i = 0; i < g->ins; i++)
        fetch[1 + i] = b->slope[i];
    ad_program *p =
        ad_compile(state, .fetch_list = fetch, .fetch_count = 1 + g->ins, .naive = naive);
    if (!p || ad_run(p, NULL, out) != AD_OK) {
        TEST_FAILED("%s%s: %s", g->name, g->words, ad_error());
    } else {
        golden_compare(g, &out[0], g->out.value, g->out.count, bound, naive ? " naive" : "");
        for (int i = 0; i < g->ins; i++)
            golden_compare(g, &out[1 + i], g->in[i].slope, g->in[i].count, bound, " slope");
    }
    ad_program_free(p);
}

typedef ad_tensor *golden_call(const golden *g, ad_tensor *x);

/* With variables x and those of the layer. */
static void golden_check(const golden *g, golden_call *call, ad_type type, double bound,
                         bool second)
{
    golden_built b = {0};
    begin();
    b.x[0] = golden_variable(&g->in[0], "x", type);
    b.y = call(g, b.x[0]);
    for (int i = 1; i < g->ins; i++)
        b.x[i] = golden_find(g, &g->in[i]);
    CHECK_EQ(golden_count(ad_tensor_shape(b.y)), g->out.count);
    b.total = golden_total(b.y, g->out.count);
    ad_gradient(b.total, b.x, g->ins, b.slope);
    state = ad_state_new(graph, 1);
    if (!state)
        TEST_FAILED("%s%s: %s", g->name, g->words, ad_error());
    for (int i = 1; i < g->ins && state; i++)
        golden_give(b.x[i], &g->in[i]);
    if (state) {
        golden_run(g, &b, bound, false);
        golden_run(g, &b, bound, true);
        if (second)
            golden_second(g, &b);
    }
    end();
}

/* f32: each result is a sum of at most as many numbers as there are, times the weights 1 + i / 4,
 * none larger than the largest of all. */
static double golden_bound(const golden *g)
{
    int additions = g->out.count;
    double largest = golden_largest(g->out.value, g->out.count, 1);
    for (int i = 0; i < g->ins; i++) {
        additions += g->in[i].count;
        largest = golden_largest(g->in[i].value, g->in[i].count, largest);
    }
    return additions * largest * (double)FLT_EPSILON / 2;
}

static int golden_all(const char *path, golden_call *call, bool (*smooth)(const golden *g))
{
    static golden g;
    FILE *file = fopen(path, "r");
    int cases = 0;
    for (; file && golden_read(file, &g); cases++) {
        golden_check(&g, call, AD_F64, 1e-9, smooth(&g));
        if (strncmp(g.name, "rms", 3) != 0 || strstr(g.words, "eps")) /* else by the type */
            golden_check(&g, call, AD_F32, golden_bound(&g), false);
    }
    if (file)
        fclose(file);
    return cases;
}

#endif
