/* Cases whose numbers come from a formula, so that no weights lie in files: script/sequence-goldens
 * says how a file of them looks. */
#ifndef TEST_FORMULA_H
#define TEST_FORMULA_H

#include <float.h>

#include "formula_numbers.h"
#include "one_graph.h"

enum { FORMULA_MAX = 80, FORMULA_SIZE = 4096 };

typedef struct formula_tensor {
    char name[80];
    int k;
    ad_shape shape;
    int count;
    double *slope;
} formula_tensor;

typedef struct formula_case {
    char name[40];
    int terms;
    formula_tensor in[FORMULA_MAX];
    int ins;
    ad_shape shape;
    int count;
    double *out;
} formula_case;

static void formula_slope(FILE *file, const char *line, formula_case *c)
{
    char name[80];
    CHECK(sscanf(line, "slope %79s", name) == 1);
    for (int i = 0; i < c->ins; i++)
        if (strcmp(c->in[i].name, name) == 0)
            c->in[i].slope = formula_numbers(file, c->in[i].count);
}

static void formula_line(FILE *file, char *line, formula_case *c)
{
    int end = 0;
    if (strncmp(line, "in ", 3) == 0) {
        formula_tensor *t = &c->in[c->ins++];
        CHECK(sscanf(line, "in %79s %d%n", t->name, &t->k, &end) == 2);
        t->shape = formula_shape(line + end);
        t->count = formula_count(t->shape);
    } else if (strncmp(line, "out", 3) == 0) {
        c->shape = formula_shape(line + 3);
        c->count = formula_count(c->shape);
        c->out = formula_numbers(file, c->count);
    } else {
        formula_slope(file, line, c);
    }
}

/* The case of that name; its numbers are freed by formula_done. */
static bool formula_read(const char *path, const char *name, formula_case *c)
{
    static char line[400];
    FILE *file = fopen(path, "r");
    char found[40] = "";
    *c = (formula_case){.terms = 0};
    if (!file)
        return false;
    while (fgets(line, sizeof line, file)) {
        if (strncmp(line, "case ", 5) == 0) {
            if (strcmp(found, name) == 0)
                break;
            CHECK(sscanf(line, "case %39s %d", found, &c->terms) == 2);
            strcpy(c->name, found);
        } else if (strcmp(found, name) == 0 && line[0] != '\n') {
            formula_line(file, line, c);
        } else if (line[0] != 'i' && line[0] != 'o' && line[0] != 's') {
            while (line[strlen(line) - 1] != '\n' && fgets(line, sizeof line, file))
                continue;
        }
    }
    fclose(file);
    return c->count > 0;
}

static void formula_done(formula_case *c)
{
    for (int i = 0; i < c->ins; i++)
        free(c->in[i].slope);
    free(c->out);
}

/* ---- running */

typedef ad_tensor *formula_build(ad_tensor *x);

/* The numbers of a tensor of the case, which stay until the end of the program. */
static ad_array formula_array(const formula_tensor *t, ad_type type)
{
    static double memory[1 << 16];
    static size_t used;
    size_t bytes = ((size_t)t->count * ad_type_size(type) + 63) & ~(size_t)63;
    if (used + bytes > sizeof memory)
        used = 0;
    ad_array a = {.type = type, .data = (char *)memory + used, .shape = t->shape};
    used += bytes;
    for (int i = 0; i < t->count; i++)
        if (type == AD_F64)
            ((double *)a.data)[i] = formula(t->k, i);
        else
            ((float *)a.data)[i] = (float)formula(t->k, i);
    return a;
}

static bool formula_is_variable(const ad_tensor *t)
{
    for (int i = 0; i < ad_variable_count(graph); i++)
        if (ad_variable_at(graph, i) == t)
            return true;
    return false;
}

/* Sets the variables, and gives the feeds; -1: a tensor is not there. */
static int formula_fill(const formula_case *c, ad_type type, ad_tensor **tensor, ad_binding *feed)
{
    int feeds = 0;
    for (int i = 0; i < c->ins; i++) {
        tensor[i] = ad_find(graph, c->in[i].name);
        if (!tensor[i]) {
            TEST_FAILED("%s: no %s", c->name, c->in[i].name);
            return -1;
        }
        ad_array a = formula_array(&c->in[i], type);
        if (formula_is_variable(tensor[i]))
            CHECK_OK(ad_set(state, tensor[i], a));
        else
            feed[feeds++] = (ad_binding){tensor[i], a};
    }
    return feeds;
}

static ad_tensor *formula_total(ad_tensor *y, const formula_case *c, ad_type type)
{
    static double weight[FORMULA_SIZE];
    for (int i = 0; i < c->count; i++)
        weight[i] = 1 + i % 7 / 4.0;
    ad_array a = ad_f64(weight, c->shape);
    return ad_sum(ad_mul(y, ad_cast(ad_constant(graph, a), type)), AD_ALL);
}

static void formula_compare(const formula_case *c, const char *what, const ad_array *a,
                            const double *right, int count, double bound)
{
    double largest = 1, worst = 0;
    for (int i = 0; i < count; i++) {
        largest = fmax(largest, fabs(right[i]));
        double d = fabs(ad_array_item(a, i) - right[i]);
        worst = d > worst || d != d ? d : worst;
    }
    if (!(worst <= bound * largest))
        TEST_FAILED("%s: %s is %g off, more than %g", c->name, what, worst, bound * largest);
}

static void formula_run(const formula_case *c, ad_type type, formula_build *build)
{
    double bound = type == AD_F64 ? 1e-9 : c->terms * (double)FLT_EPSILON;
    ad_tensor *tensor[FORMULA_MAX], *want[1 + FORMULA_MAX];
    ad_binding feed[FORMULA_MAX];
    begin();
    ad_tensor *y = build((ad_feed)(graph, "x", type, c->in[0].shape));
    if (ad_tensor_error(y))
        TEST_FAILED("%s: %s", c->name, ad_tensor_error(y));
    state = ad_state_new(graph, 1);
    int feeds = state ? formula_fill(c, type, tensor, feed) : -1;
    if (feeds >= 0) {
        ad_array in[FORMULA_MAX], out[1 + FORMULA_MAX] = {{0}};
        ad_tensor *fed[FORMULA_MAX];
        want[0] = y;
        ad_gradient(formula_total(y, c, type), tensor, c->ins, want + 1);
        for (int i = 0; i < feeds; i++)
            fed[i] = feed[i].feed, in[i] = feed[i].value;
        ad_program *p = ad_compile(state, .fetch_list = want, .fetch_count = 1 + c->ins,
                                   .feed_list = fed, .feed_count = feeds);
        CHECK_OK(p ? ad_run(p, in, out) : ad_error_status());
        if (p && out[0].data) {
            formula_compare(c, "the value", &out[0], c->out, c->count, bound);
            for (int i = 0; i < c->ins; i++)
                formula_compare(c, c->in[i].name, &out[1 + i], c->in[i].slope, c->in[i].count,
                                bound * 8);
        }
        ad_program_free(p);
    }
    end();
}

/* The gradient of the sum of squares of gradients, by differences. */
static void formula_second(const formula_case *c, formula_build *build)
{
    ad_tensor *tensor[FORMULA_MAX], *slope[FORMULA_MAX];
    ad_binding feed[FORMULA_MAX];
    double worst = 1;
    begin();
    ad_tensor *y = build((ad_feed)(graph, "x", AD_F64, c->in[0].shape));
    state = ad_state_new(graph, 1);
    int feeds = state ? formula_fill(c, AD_F64, tensor, feed) : -1;
    if (feeds >= 0) {
        ad_gradient(formula_total(ad_square(y), c, AD_F64), tensor, c->ins, slope);
        ad_tensor *all = ad_number(graph, AD_F64, 0);
        for (int i = 0; i < c->ins; i++)
            all = ad_add(all, ad_sum(ad_square(slope[i]), AD_ALL));
        CHECK_OK(ad_check_gradients(state, all, tensor, c->ins, feed, feeds, &worst));
        if (worst > 1e-5)
            TEST_FAILED("%s: second derivatives are %g off", c->name, worst);
    }
    end();
}

typedef struct formula_row {
    const char *name;
    formula_build *build;
} formula_row;

static void formula_rows(const char *path, const formula_row *rows, int count, bool second)
{
    for (int i = 0; i < count; i++) {
        formula_case c;
        if (!formula_read(path, rows[i].name, &c))
            TEST_FAILED("no case %s in %s", rows[i].name, path);
        else if (second)
            formula_second(&c, rows[i].build);
        else
            formula_run(&c, AD_F64, rows[i].build), formula_run(&c, AD_F32, rows[i].build);
        formula_done(&c);
    }
}

#endif
