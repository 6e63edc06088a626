/* Examples that a stored generator makes: noise, the graph, and the way back to the data's units.
 */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image.h"
#include "message.h"
#include "number.h"
#include "run.h"
#include "text.h"

/* Fields as they are made. */
typedef struct sampling {
    ad_model *model;
    int64_t count, width;
    float *row; /* (count, width): as the graph gives them */
    ad_named_array *list;
    int lists;
    int64_t of;    /* the class that is told; -1: all by turns */
    int64_t steps; /* of a diffusion: without new noise; 0: all, with it */
} sampling;

/* ---------------------------------------------------------------- rows of the graph */

static void fill_noise(float *noise, int64_t first, int64_t count, int64_t width, uint64_t seed)
{
    for (int64_t i = 0; i < count; i++) {
        const uint64_t key[2] = {seed, (uint64_t)(first + i)};
        for (int64_t k = 0; k < width; k++)
            noise[i * width + k] = ad_normal_at(key, (uint32_t)k);
    }
}

static void fill_told(int32_t *told, const sampling *s, int64_t first, int64_t count)
{
    int64_t classes = ad_model_about(s->model)->told.classes;
    for (int64_t i = 0; i < count; i++)
        told[i] = (int32_t)(s->of >= 0 ? s->of : classes > 0 ? (first + i) % classes : 0);
}

/* Examples from `first` on, at s->row. */
static ad_status run_block(const sampling *s, uint64_t seed, int64_t first, int64_t count,
                           float *noise, int32_t *told)
{
    const ad_run_data *data = ad_model_about(s->model);
    float *to = s->row + first * s->width;
    fill_told(told, s, first, count);
    if (data->diffusion) {
        run_chain chain = {.data = data,
                           .steps = s->steps ? s->steps : data->diffusion,
                           .first = first,
                           .count = count,
                           .width = s->width,
                           .noise = s->steps == 0,
                           .seed = seed,
                           .told = told,
                           .see = model_see,
                           .user = s->model};
        return run_walk(&chain, to);
    }
    fill_noise(noise, first, count, data->noise.shape.size[0], seed);
    return model_run_noise(s->model, noise, told, count, to);
}

static ad_status run_graph(const sampling *s, uint64_t seed)
{
    enum { BLOCK = 256 };
    int32_t told[BLOCK];
    int64_t width = ad_model_about(s->model)->noise.shape.size[0];
    float *noise = malloc((size_t)(BLOCK * width) * sizeof *noise);
    ad_status status = noise ? AD_OK : no_memory();
    for (int64_t at = 0; status == AD_OK && at < s->count; at += BLOCK)
        status = run_block(s, seed, at, s->count - at < BLOCK ? s->count - at : BLOCK, noise, told);
    free(noise);
    return status;
}

/* ---------------------------------------------------------------- fields of the data */

static int64_t values_of(const ad_schema_field *f)
{
    int64_t count = 1;
    for (int i = 0; i < f->shape.rank; i++)
        count *= f->shape.size[i];
    return count;
}

static void store(const ad_array *a, int64_t i, double x)
{
    if (a->type == AD_F64)
        ((double *)a->data)[i] = x;
    else if (a->type == AD_F32)
        ((float *)a->data)[i] = (float)x;
    else if (a->type == AD_I64)
        ((int64_t *)a->data)[i] = isfinite(x) && fabs(x) < 0x1p62 ? llrint(x) : 0;
    else if (a->type == AD_I32)
        ((int32_t *)a->data)[i] = x >= -1 && x < 0x1p31 ? (int32_t)lrint(x) : -1;
    else
        ((uint8_t *)a->data)[i] = (uint8_t)(x >= 255 ? 255 : x > 0 ? lrint(x) : 0);
}

/* What the field would have been; whole numbers and bytes are rounded to the nearest. */
static ad_status add_field(sampling *s, const ad_schema_field *f)
{
    const ad_run_data *data = ad_model_about(s->model);
    int64_t values = s->count * values_of(f);
    ad_array a = {.type = f->type, .shape = {.rank = f->shape.rank + 1, .size = {s->count}}};
    for (int i = 0; i < f->shape.rank; i++)
        a.shape.size[i + 1] = f->shape.size[i];
    double *x = malloc((size_t)(values + 1) * sizeof *x);
    a.data = malloc(ad_array_bytes(&a) + 1);
    ad_status status = x && a.data ? AD_OK : no_memory();
    bool made = f->meaning != AD_MEANS_IMAGE && data->transform;
    for (int64_t i = 0; status == AD_OK && !made && i < values; i++)
        x[i] = (double)s->row[i];
    if (status == AD_OK && made &&
        ad_transform_undo(data->transform, data->input[0].name, f->name, s->row, s->count, x) !=
            AD_OK)
        status = run_fail_core(AD_RUN_DAMAGED);
    for (int64_t i = 0; status == AD_OK && i < values; i++)
        store(&a, i, x[i]);
    free(x);
    s->list[s->lists++] = (ad_named_array){f->name, a};
    return status;
}

static ad_status add_fields(sampling *s)
{
    const ad_schema *schema = ad_model_about(s->model)->schema;
    ad_status status = AD_OK;
    for (int i = 0; i < schema->fields && status == AD_OK; i++)
        if (schema->field[i].use == AD_USE_INPUT)
            status = add_field(s, &schema->field[i]);
    return status;
}

static ad_status sample(sampling *s, uint64_t seed, ad_source **examples)
{
    s->row = malloc((size_t)(s->count * s->width + 1) * sizeof *s->row);
    s->list = calloc((size_t)ad_model_about(s->model)->schema->fields + 1, sizeof *s->list);
    ad_status status = s->row && s->list ? run_graph(s, seed) : no_memory();
    if (status == AD_OK)
        status = add_fields(s);
    if (status == AD_OK) {
        *examples = ad_source_arrays(s->list, s->lists, .name = "the examples that were made");
        status = *examples ? AD_OK : run_fail_core(AD_RUN_NO_FAULT);
    }
    for (int i = 0; i < s->lists; i++)
        free(s->list[i].array.data);
    free(s->list);
    free(s->row);
    return status;
}

static ad_status refuse(const char *what, const char *cure, const char *name)
{
    text_buffer t = {0};
    text_add_format(&t, what, name);
    text_add_format(&t, "\n  %s\n", cure);
    ad_status status = run_fail(AD_RUN_BAD_CONFIG, AD_ERROR_ARGUMENT, "%s", t.data ? t.data : what);
    text_done(&t);
    return status;
}

/* The class of that name. */
static ad_status find_class(const ad_run_data *data, const char *name, int64_t *class)
{
    const ad_schema_field *f = ad_schema_target(data->schema);
    text_buffer cure = {0};
    *class = -1;
    if (!name)
        return AD_OK;
    if (!data->told.name)
        return refuse("class %s: this model was not told of classes",
                      "leave --class out, or train with `conditional: true`", name);
    for (int64_t i = 0; *class < 0 && i < data->told.classes; i++) {
        char number[24];
        snprintf(number, sizeof number, "%lld", (long long)i);
        const char *one = f && f->names ? f->names[i] : number;
        if (strcmp(one, name) == 0)
            *class = i;
        if (cure.size < 300)
            text_add_format(&cure, "%s%s", i ? ", " : "it is one of ", one);
    }
    ad_status status =
        *class >= 0 ? AD_OK : refuse("no class is called %s", cure.data ? cure.data : "", name);
    text_done(&cure);
    return status;
}

ad_status ad_model_make(ad_model *model, const ad_make_options *o, ad_source **examples)
{
    const ad_run_data *data = ad_model_about(model);
    int64_t count = o->count ? o->count : 16;
    sampling s = {.model = model, .count = count, .width = ad_model_width(model)};
    *examples = NULL;
    if (!data->task->makes)
        return run_fail(AD_RUN_BAD_CONFIG, AD_ERROR_UNSUPPORTED,
                        "a model of the task %s makes no examples\n  ask it about data: `adze "
                        "predict`\n",
                        data->task->record.name);
    if (count < 1 || count > 1 << 30)
        return run_fail(AD_RUN_BAD_CONFIG, AD_ERROR_ARGUMENT,
                        "%lld examples cannot be made at once\n  take 1 to 1073741824\n",
                        (long long)count);
    if (o->steps && (!data->diffusion || o->steps < 1 || o->steps > data->diffusion))
        return run_fail(AD_RUN_BAD_CONFIG, AD_ERROR_ARGUMENT, "%lld steps: %s\n  %s\n",
                        (long long)o->steps,
                        data->diffusion ? "it was trained for fewer"
                                        : "this model makes examples in "
                                          "one",
                        data->diffusion ? "give fewer, such as 50" : "leave --steps out");
    s.steps = o->steps;
    ad_status status = find_class(data, o->of, &s.of);
    return status == AD_OK ? sample(&s, o->seed, examples) : status;
}

ad_status ad_model_sample(ad_model *model, int64_t count, uint64_t seed, ad_source **examples)
{
    ad_make_options o = {.count = count ? count : -1, .seed = seed};
    return ad_model_make(model, &o, examples);
}

/* ---------------------------------------------------------------- as a table */

static void add_cell(text_buffer *t, const ad_schema_field *f, const ad_array *a, int64_t i)
{
    double x = ad_array_item(a, i);
    if (f->meaning == AD_MEANS_CLASS && f->names && x >= 0 && x < (double)f->classes)
        text_add_csv(t, f->names[(int64_t)x], strlen(f->names[(int64_t)x]));
    else if (f->meaning == AD_MEANS_CLASS && x < 0)
        text_add(t, "");
    else if (a->type == AD_F64 || a->type == AD_F32)
        text_add_format(t, "%.9g", x);
    else
        text_add_format(t, "%.0f", x);
}

static void add_names(text_buffer *t, const ad_schema_field *f, bool more)
{
    int64_t values = values_of(f);
    for (int64_t i = 0; i < values; i++) {
        char *name = values > 1 ? text_format("%s_%lld", f->name, (long long)i + 1) : NULL;
        text_add(t, i || more ? "," : "");
        text_add_csv(t, name ? name : f->name, strlen(name ? name : f->name));
        t->failed = t->failed || (values > 1 && !name);
        free(name);
    }
}

static void add_row(text_buffer *t, const ad_schema *schema, const ad_source_field *field,
                    const ad_array *array, int fields)
{
    for (int f = 0; f < fields; f++) {
        const ad_schema_field *s = ad_schema_find(schema, field[f].name);
        for (int64_t i = 0; i < values_of(s); i++) {
            text_add(t, i || f ? "," : "");
            add_cell(t, s, &array[f], i);
        }
    }
    text_add(t, "\n");
}

static ad_status not_written(const char *path)
{
    return run_fail(AD_RUN_NOT_WRITTEN, AD_ERROR_FILE,
                    "%s cannot be written: %s\n  write somewhere else\n", path ? path : "the table",
                    strerror(errno));
}

/* One example after the other: a row is small. */
static ad_status write_rows(const ad_schema *schema, ad_source *examples, const char *path, FILE *f)
{
    const ad_source_field *field;
    int fields = ad_source_fields(examples, &field);
    text_buffer t = {0};
    for (int i = 0; i < fields; i++)
        add_names(&t, ad_schema_find(schema, field[i].name), i > 0);
    text_add(&t, "\n");
    ad_batches *b = ad_batches_new(examples, .size = 256, .order = AD_ORDER_AS_IS, .threads = 0);
    ad_batch batch = {.count = 1};
    ad_status status = b ? AD_OK : run_fail_core(AD_RUN_NO_FAULT);
    while (status == AD_OK && batch.count > 0) {
        if (ad_batches_next(b, &batch) != AD_OK)
            status = run_fail_core(AD_RUN_NO_FAULT);
        for (int64_t i = 0; status == AD_OK && i < batch.count; i++) {
            ad_array one[AD_RUN_INPUTS_MAX];
            for (int k = 0; k < fields; k++) {
                one[k] = batch.array[k];
                one[k].shape.size[0] = 1;
                one[k].data = (char *)batch.array[k].data + (size_t)i * ad_array_bytes(&one[k]);
            }
            add_row(&t, schema, field, one, fields);
        }
        if (t.failed)
            status = no_memory();
        else if (fwrite(t.data, 1, t.size, f) != t.size)
            status = not_written(path);
        t.size = 0;
    }
    ad_batches_free(b);
    text_done(&t);
    return status;
}

static ad_status write_table(const ad_schema *schema, ad_source *examples, const char *path,
                             FILE *f)
{
    FILE *to = path ? fopen(path, "wx") : f;
    if (!to)
        return not_written(path);
    ad_status status = write_rows(schema, examples, path, to);
    bool closed = path ? fclose(to) == 0 : fflush(to) == 0;
    if (status == AD_OK && !closed)
        status = not_written(path);
    if (path && status != AD_OK)
        unlink(path);
    return status;
}

/* ---------------------------------------------------------------- as pictures */

static ad_status write_picture(const ad_array *a, const char *folder, int64_t number, int digits)
{
    ad_image image = {a->shape.size[1], a->shape.size[2], a->shape.size[3], a->data};
    char *path = text_format("%s/%0*lld.%s", folder, digits, (long long)number,
                             image_can_png()       ? "png"
                             : image.channels == 3 ? "ppm"
                                                   : "pgm");
    if (!path)
        return no_memory();
    ad_status status = image_write(path, &image);
    free(path);
    return status == AD_OK ? AD_OK : run_failed(AD_RUN_NOT_WRITTEN, status);
}

static ad_status write_pictures(ad_source *examples, const char *folder)
{
    const ad_source_field *field;
    (void)ad_source_fields(examples, &field);
    int64_t count = ad_source_count(examples),
            channels = field[0].shape.size[field[0].shape.rank - 1];
    int digits = snprintf(NULL, 0, "%lld", (long long)count);
    ad_array a = {.type = AD_U8, .shape = {.rank = 4, .size = {1}}};
    memcpy(a.shape.size + 1, field[0].shape.size, 3 * sizeof *a.shape.size);
    if (channels != 1 && channels != 3)
        return run_fail(AD_RUN_NOT_WRITTEN, AD_ERROR_UNSUPPORTED,
                        "pictures of %lld channels are neither grey nor coloured\n  take them by "
                        "ad_model_sample\n",
                        (long long)channels);
    if (mkdir(folder, 0777) != 0 && errno != EEXIST)
        return not_written(folder);
    a.data = malloc(ad_array_bytes(&a) + 1);
    ad_status status = a.data ? AD_OK : no_memory();
    for (int64_t i = 0; i < count && status == AD_OK; i++) {
        if (ad_source_read(examples, &i, 1, 0, &a) != AD_OK)
            status = run_fail_core(AD_RUN_NO_FAULT);
        else
            status = write_picture(&a, folder, i + 1, digits);
    }
    free(a.data);
    return status;
}

ad_status ad_model_write_samples(const ad_model *model, ad_source *examples, const char *path,
                                 void *file)
{
    const ad_run_data *data = ad_model_about(model);
    if (data->input[0].type != AD_U8)
        return write_table(data->schema, examples, path, file);
    if (path)
        return write_pictures(examples, path);
    return run_fail(AD_RUN_NOT_WRITTEN, AD_ERROR_ARGUMENT,
                    "pictures go into a folder\n  name one: --out FOLDER\n");
}
