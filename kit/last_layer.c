/* A stored classifier that is asked for what its last layer sees: the tensor before the linear
 * layer of the logits gets a name in the graph's text, before that is read. */
#include "last_layer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "message.h"
#include "stream.h"
#include "text.h"

#define NAME "features"

enum { AT_ONCE = 250 };

struct features {
    ad_run_data data;
    ad_context *context;
    ad_graph *graph;
    ad_state *state;
    ad_program *program; /* fetches features and chances */
    int64_t width, classes;
};

/* ---------------------------------------------------------------- the graph's text */

/* The line "%i = op %j ..." of a number; NULL: none. */
static const char *line_of(const char *text, long number)
{
    char begin[32];
    int size = snprintf(begin, sizeof begin, "\n%%%ld = ", number);
    const char *at = strstr(text, begin);
    return at ? at + size : NULL;
}

/* The first input of an op; -1: it has none. */
static long input_of(const char *op)
{
    const char *space = strchr(op, ' ');
    return space && space[1] == '%' ? strtol(space + 2, NULL, 10) : -1;
}

static bool is_op(const char *line, const char *list)
{
    char word[40];
    snprintf(word, sizeof word, " %.*s ", (int)strcspn(line, " "), line);
    return strstr(list, word);
}

/* The line that begins "%i = ", of the tensor that the last linear layer takes; NULL: the chances
 * are made in another way. */
static const char *last_input(const char *text)
{
    const char *line = strstr(text, "=\"prediction\"");
    while (line && line > text && line[-1] != '\n')
        line--;
    line = line ? strstr(line, " = ") : NULL;
    line = line ? line + 3 : NULL;
    while (line && is_op(line, " softmax add reshape cast scale "))
        line = line_of(text, input_of(line));
    return line && is_op(line, " matmul ") ? line_of(text, input_of(line)) : NULL;
}

/* The text with the name, by malloc; *words: what stands against it. */
static char *named(const char *text, const char **words)
{
    const char *line = last_input(text);
    const char *type = line ? strstr(line, " : ") : NULL, *end = line ? strchr(line, '\n') : NULL;
    const char *taken = line ? strstr(line, "named.0=") : NULL;
    *words = "it does not end with a linear layer";
    if (!type || !end || type > end)
        return NULL;
    *words = "a layer before its last one is called features, or has a name";
    if ((taken && taken < end) || strstr(text, "=\"" NAME "\""))
        return NULL;
    *words = NULL;
    return text_format("%.*s named.0=\"" NAME "\"%s", (int)(type - text), text, type);
}

/* ---------------------------------------------------------------- opening */

static ad_status unfit(const char *path, const char *words)
{
    return run_fail(AD_RUN_BAD_CONFIG, AD_ERROR_ARGUMENT,
                    "%s: no features are taken of this model: %s\n  name a classifier of such "
                    "pictures that ends with a linear layer, as `adze train` stores it\n",
                    path, words);
}

static ad_status check(const ad_run_data *d, const ad_schema_field *image, const char *path)
{
    if (d->inputs != 1 || ad_run_classes(d) < 2 || d->task->over_time)
        return unfit(path, "it is no classifier of pictures");
    const ad_shape *a = &d->input[0].shape, *b = &image->shape;
    bool same = d->input[0].type == AD_U8 && a->rank == b->rank;
    for (int i = 0; same && i < a->rank; i++)
        same = a->size[i] == b->size[i];
    return same ? AD_OK : unfit(path, "it takes pictures of another size");
}

static ad_status load(features *f, const char *path, const char *text, uint64_t weights)
{
    f->context = ad_context_new(.threads = AD_PROCESSORS);
    f->graph = f->context ? ad_graph_read(f->context, text) : NULL;
    f->state = f->graph ? ad_state_new(f->graph, 1) : NULL;
    if (!f->state || ad_load(f->state, path, .weights_only = true) != AD_OK)
        return run_fail_core(AD_RUN_DAMAGED);
    ad_status status = run_check_weights(path, f->graph, f->graph, f->state, weights);
    if (status != AD_OK)
        return status;
    ad_tensor *feed = ad_find(f->graph, f->data.input[0].name), *seen = ad_find(f->graph, NAME),
              *said = ad_find(f->graph, "prediction");
    if (!feed || !seen || !said || ad_tensor_shape(seen).rank != 2 ||
        ad_tensor_type(seen) != AD_F32)
        return unfit(path, "its last layer does not see a row of numbers for each picture");
    f->width = ad_tensor_shape(seen).size[1];
    f->classes = ad_tensor_shape(said).size[1];
    f->program = ad_compile(f->state, .fetch = {seen, said}, .feed = {feed});
    return f->program ? AD_OK : run_fail_core(AD_RUN_DAMAGED);
}

static ad_status open_file(features *f, const char *path, const ad_schema_field *image)
{
    char *graph = NULL;
    const char *words = NULL;
    uint64_t weights = 0;
    if (access(path, R_OK) != 0)
        return run_fail(AD_RUN_MISSING, AD_ERROR_FILE,
                        "%s: there is no such model\n  name a run folder, or its "
                        "model.safetensors\n",
                        path);
    ad_status status = run_read_model(path, &f->data, &graph, &weights);
    if (status == AD_OK)
        status = check(&f->data, image, path);
    char *text = status == AD_OK ? named(graph, &words) : NULL;
    if (status == AD_OK && !text)
        status = words ? unfit(path, words) : no_memory();
    if (status == AD_OK)
        status = load(f, path, text, weights);
    free(text);
    free(graph);
    return status;
}

ad_status features_open(const char *path, const ad_schema_field *image, features **opened)
{
    features *f = calloc(1, sizeof *f);
    bool folder = is_folder(path);
    char *inside = folder ? run_path(path, "model.safetensors") : NULL;
    *opened = NULL;
    if (!f || (folder && !inside)) {
        free(f);
        free(inside);
        return no_memory();
    }
    ad_status status = open_file(f, inside ? inside : path, image);
    free(inside);
    if (status == AD_OK)
        *opened = f;
    else
        features_free(f);
    return status;
}

void features_free(features *f)
{
    if (!f)
        return;
    ad_program_free(f->program);
    ad_state_free(f->state);
    ad_graph_free(f->graph);
    ad_context_free(f->context);
    ad_run_data_done(&f->data);
    free(f);
}

int64_t features_width(const features *f)
{
    return f->width;
}

const ad_run_data *features_about(const features *f)
{
    return &f->data;
}

/* ---------------------------------------------------------------- taking */

ad_status features_take(features *f, const uint8_t *pixels, int64_t count, float *to,
                        int32_t *class)
{
    ad_shape shape = {.rank = f->data.input[0].shape.rank + 1};
    int64_t each = 1;
    for (int i = 1; i < shape.rank; i++)
        each *= shape.size[i] = f->data.input[0].shape.size[i - 1];
    for (int64_t at = 0; at < count; at += AT_ONCE) {
        int64_t block = count - at < AT_ONCE ? count - at : AT_ONCE;
        shape.size[0] = block;
        ad_array in[] = {ad_u8(pixels + at * each, shape)}, out[2] = {{0}};
        if (ad_run(f->program, in, out) != AD_OK)
            return run_fail_core(AD_RUN_BAD_DATA);
        memcpy(to + at * f->width, out[0].data, ad_array_bytes(&out[0]));
        for (int64_t i = 0; i < block; i++)
            class[at + i] = (int32_t)run_largest(&out[1], i, f->classes);
    }
    return AD_OK;
}
