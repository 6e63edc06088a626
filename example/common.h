/* What the nine example programs share: arrays, numbers that need no files, and the comparison with
 * a golden file.
 *
 * Weights and batches are a hash of (name, index).  test/golden/golden.py makes the same numbers,
 * trains the same net with PyTorch in f64, and writes every loss and weight to a golden file; each
 * program, given that file, compares itself with it.  Each number has at most 20 bits and each
 * scale is a power of two, so a float holds them exactly: a program in f32 and one in f64 start
 * from the same point.
 *
 * Functions that return bool return false on failure, and ad_error() has the words. */
#ifndef EXAMPLE_COMMON_H
#define EXAMPLE_COMMON_H

#include <adze/adze.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---------------------------------------------------------------- arrays of any type */

/* Memory for an array, zeros.  On failure its data is NULL, and the run that it feeds says so. */
static inline ad_array array_new(ad_type type, ad_shape shape)
{
    ad_array array = {.type = type, .shape = shape};
    array.data = calloc(1, ad_array_bytes(&array) + 1);
    return array;
}

static inline void array_free(ad_array *array)
{
    free(array->data);
    array->data = NULL;
}

/* Frees a list of arrays. */
static inline void arrays_free(ad_array *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        array_free(&list[i]);
}

/* Element i, in memory order, becomes value; as ad_array_item reads it. */
static inline void array_put(const ad_array *array, int64_t i, double value)
{
    if (array->data == NULL)
        return;
    if (array->type == AD_F32)
        ((float *)array->data)[i] = (float)value;
    else if (array->type == AD_F64)
        ((double *)array->data)[i] = value;
    else if (array->type == AD_I32)
        ((int32_t *)array->data)[i] = (int32_t)value;
    else if (array->type == AD_I64)
        ((int64_t *)array->data)[i] = (int64_t)value;
    else
        ((uint8_t *)array->data)[i] = (uint8_t)value;
}

/* ---------------------------------------------------------------- numbers from names */

/* splitmix64 (Steele, Lea, Flood 2014) of the name's hash (FNV-1a) plus index. */
static inline uint64_t bits_of(const char *name, int64_t index)
{
    uint64_t z = UINT64_C(0xcbf29ce484222325);
    for (; *name; name++)
        z = (z ^ (uint8_t)*name) * UINT64_C(0x100000001b3);
    z += ((uint64_t)index + 1) * UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* Uniform in [-1, 1). */
static inline double noise(const char *name, int64_t index)
{
    return (double)(bits_of(name, index) >> 44) * 0x1p-19 - 1;
}

/* A whole number 0 .. limit - 1. */
static inline int whole(const char *name, int64_t index, int limit)
{
    return (int)((bits_of(name, index) >> 33) % (uint64_t)limit);
}

/* Fills an array with noise times scale.  A later step goes on where the last one ended. */
static inline void array_noise(const ad_array *array, const char *name, double scale, int64_t step)
{
    int64_t count = ad_array_count(array);
    for (int64_t i = 0; i < count; i++)
        array_put(array, i, scale * noise(name, step * count + i));
}

/* The first value of a weight: matrices and filters uniform with a variance near 1 / fan in;
 * offsets near 0, scales near 1. */
static inline void array_weight(const ad_array *array, const char *name)
{
    double scale = 1;
    int64_t fan = 1;
    for (int axis = 1; axis < array->shape.rank; axis++)
        fan *= array->shape.size[axis];
    while (scale * scale * (double)fan > 3)
        scale /= 2;
    array_noise(array, name, array->shape.rank == 1 ? 0.125 : scale, 0);
    size_t length = strlen(name);
    if (array->shape.rank == 1 && length >= 6 && strcmp(name + length - 6, "weight") == 0)
        for (int64_t i = 0; i < ad_array_count(array); i++)
            array_put(array, i, 1 + ad_array_item(array, i));
}

/* Gives every trainable variable its first value. */
static inline bool set_weights(ad_state *state, ad_graph *graph)
{
    bool ok = true;
    for (int i = 0; ok && i < ad_variable_count(graph); i++) {
        ad_tensor *variable = ad_variable_at(graph, i);
        if (!ad_trainable(variable))
            continue;
        ad_array value = array_new(ad_tensor_type(variable), ad_tensor_shape(variable));
        array_weight(&value, ad_tensor_name(variable));
        ok = ad_set(state, variable, value) == AD_OK;
        array_free(&value);
    }
    return ok;
}

/* Whether two graphs of the same build have the same variables, bit for bit, in their states. */
static inline bool same_bits(ad_graph *graph, ad_state *state, ad_graph *other_graph,
                             ad_state *other)
{
    int count = ad_variable_count(graph);
    bool same = count == ad_variable_count(other_graph);
    for (int i = 0; same && i < count; i++) {
        ad_array a = {0}, b = {0};
        same = ad_get(state, ad_variable_at(graph, i), &a) == AD_OK &&
               ad_get(other, ad_variable_at(other_graph, i), &b) == AD_OK &&
               ad_array_bytes(&a) == ad_array_bytes(&b) &&
               memcmp(a.data, b.data, ad_array_bytes(&a)) == 0;
    }
    return same;
}

/* ---------------------------------------------------------------- one run of one example */

typedef struct golden_array {
    char name[64];
    int64_t count;
    double *value;
} golden_array;

typedef struct example {
    ad_type type;           /* of this run: AD_F64, then AD_F32 */
    ad_allocator allocator; /* for tests that take memory away; zeros mean the C library */
    golden_array *golden;   /* the golden file; none where it was not given */
    int golden_count;
    double
        tolerance; /* largest difference allowed, relative to the largest magnitude of an array */
    double worst;  /* largest difference seen so, and where */
    char worst_name[64];
    int compared, wrong;
} example;

/* One run of a program whose first and only fetch is a number. */
static inline bool run_step(ad_program *program, const ad_array *feeds, double *number)
{
    ad_array fetch = {0}; /* no memory of ours: it comes back pointing into the program */
    if (ad_run(program, feeds, &fetch) != AD_OK)
        return false;
    *number = ad_array_item(&fetch, 0);
    return true;
}

/* Notes that something that must hold does not. */
static inline void expect(example *e, bool holds, const char *what)
{
    if (holds)
        return;
    printf("WRONG: %s\n", what);
    e->wrong++;
}

/* Largest difference of two arrays, relative to the largest magnitude of the first; infinite where
 * they are of different size or not finite. */
static inline double difference(ad_array a, ad_array b)
{
    double size = 0, worst = 0;
    int64_t count = ad_array_count(&a);
    if (count != ad_array_count(&b))
        return INFINITY;
    for (int64_t i = 0; i < count; i++) {
        double d = fabs(ad_array_item(&a, i) - ad_array_item(&b, i));
        worst = d <= worst ? worst : isnan(d) ? INFINITY : d;
        size = fmax(size, fabs(ad_array_item(&a, i)));
    }
    return size > 0 ? worst / size : worst;
}

static inline void compare_with(example *e, const golden_array *golden, ad_array value)
{
    double d = difference(ad_f64(golden->value, AD_SHAPE(golden->count)), value);
    e->compared++;
    if (d >= e->worst) {
        e->worst = d;
        memcpy(e->worst_name, golden->name, sizeof e->worst_name);
    }
    if (d <= e->tolerance)
        return;
    printf("WRONG: %s differs by %.2g, allowed %.2g\n", golden->name, d, e->tolerance);
    e->wrong++;
}

/* Compares an array with the golden one of that name. */
static inline void compare(example *e, const char *name, ad_array value)
{
    for (int i = 0; i < e->golden_count; i++)
        if (strcmp(e->golden[i].name, name) == 0) {
            compare_with(e, &e->golden[i], value);
            return;
        }
    expect(e, e->golden_count == 0, name);
}

/* Compares every golden array "place/NAME" with the variable NAME. */
static inline void compare_weights(example *e, const char *place, ad_graph *graph, ad_state *state)
{
    size_t length = strlen(place);
    for (int i = 0; i < e->golden_count; i++) {
        const char *name = e->golden[i].name;
        if (strncmp(name, place, length) != 0 || name[length] != '/')
            continue;
        ad_tensor *variable = ad_find(graph, name + length + 1);
        ad_array value = {0};
        if (variable != NULL && ad_get(state, variable, &value) == AD_OK)
            compare_with(e, &e->golden[i], value);
        else
            expect(e, false, name);
    }
}

/* ---------------------------------------------------------------- golden files: lines of name,
 * count, numbers */

static inline bool golden_line(FILE *file, golden_array *array)
{
    long long count = 0;
    *array = (golden_array){0};
    while (fscanf(file, " %1[#]%*[^\n]", array->name) == 1)
        ;
    if (fscanf(file, "%63s %lld", array->name, &count) != 2 || count < 0 || count > 1000000)
        return false;
    array->count = count;
    array->value = calloc((size_t)count + 1, sizeof(double));
    for (int64_t i = 0; i < count; i++)
        if (array->value == NULL || fscanf(file, "%lf", &array->value[i]) != 1) {
            free(array->value);
            return false;
        }
    return array->value != NULL;
}

static inline void golden_free(example *e)
{
    for (int i = 0; i < e->golden_count; i++)
        free(e->golden[i].value);
    free(e->golden);
    e->golden = NULL;
    e->golden_count = 0;
}

static inline bool golden_read(example *e, const char *path)
{
    enum { MOST = 256 };
    FILE *file = fopen(path, "r");
    e->golden = calloc(MOST, sizeof *e->golden);
    while (file != NULL && e->golden != NULL && e->golden_count < MOST &&
           golden_line(file, &e->golden[e->golden_count]))
        e->golden_count++;
    bool whole_file = file != NULL && feof(file) && e->golden_count > 0;
    if (file != NULL)
        fclose(file);
    if (!whole_file)
        fprintf(stderr, "%s: cannot be read as a golden file\n", path);
    return whole_file;
}

/* ---------------------------------------------------------------- main */

/* What rounding may do in f32.  An addition rounds by at most u = 2^-24 of its result, up or down
 * as chance has it, so the errors of n additions in a row add up as the square root of n (Higham
 * and Mary 2019).  additions is the sum of the lengths of all sums on the longest way through the
 * program: forward, backward, over all steps.  The factor 8 makes a wrong alarm unlikely. */
static inline double f32_tolerance(double additions)
{
    return 8 * sqrt(additions) * 0x1p-24;
}

static inline bool report(example *e, bool ran)
{
    if (!ran)
        printf("%s: failed: %s\n", ad_type_name(e->type), ad_error());
    else if (e->golden_count == 0)
        printf("%s: done; no golden file to compare with\n", ad_type_name(e->type));
    else
        printf("%s: %d arrays compared, largest difference %.2g (%s), allowed %.2g\n",
               ad_type_name(e->type), e->compared, e->worst, e->worst_name, e->tolerance);
    return ran && e->wrong == 0 && (e->golden_count == 0 || e->compared > 0);
}

/* Runs an example in f64, then in f32, beside the golden file that the command line may name. */
static inline int example_main(int argc, char **argv, bool (*run)(example *e), double additions)
{
    example e = {0};
    bool ok = argc < 2 || golden_read(&e, argv[1]);
    ad_type types[] = {AD_F64, AD_F32};
    for (int i = 0; ok && i < 2; i++) {
        e.type = types[i];
        e.tolerance = e.type == AD_F64 ? 1e-9 : f32_tolerance(additions);
        e.worst = 0;
        e.compared = 0;
        ok = report(&e, run(&e));
    }
    golden_free(&e);
    return ok ? 0 : 1;
}

#endif
