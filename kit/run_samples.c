/* A listener that keeps what a generator makes of the same noise as it learns, in RUN/samples.csv:
 * a row for a step, 32 and each that is twice the last: the step, then the numbers of all examples
 * as the graph gives them.
 *
 * It waits until the training has taken long enough for it to be a two hundredth of its time. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <adze/report.h>

#include "message.h"
#include "run.h"
#include "text.h"

enum { FIRST = 32, ROWS = 8, PICTURES = 8, POINTS = 250, NUMBERS_MOST = 1 << 16, STEPS = 20 };

static const char file[] = "samples.csv";

typedef struct samples {
    ad_samples_options o;
    ad_program *program;
    bool tried;
    float *noise;
    int32_t *told;       /* classes by turns, where they are told; or NULL */
    int64_t count, next; /* examples; the step that is waited for */
    char *row[ROWS];
    int rows;
    double spent;
} samples;

/* ---------------------------------------------------------------- rows */

static void keep(samples *s, char *row)
{
    if (s->rows == ROWS) {
        free(s->row[0]);
        memmove(s->row, s->row + 1, (ROWS - 1) * sizeof *s->row);
        s->rows--;
    }
    if (row)
        s->row[s->rows++] = row;
}

static bool prepare(samples *s)
{
    const ad_run_network *n = s->o.network;
    int64_t width = s->o.data->noise.shape.size[0];
    int64_t classes = s->o.data->told.classes;
    ad_tensor *feed[3] = {n->noisy, n->time};
    int feeds = n->noisy ? 2 : 1;
    s->count = run_image(s->o.data->schema) ? PICTURES : POINTS;
    if (s->count < classes)
        s->count = classes < 2 * PICTURES ? classes : 2 * PICTURES;
    s->told = calloc((size_t)s->count, sizeof *s->told);
    for (int64_t i = 0; s->told && i < s->count && classes > 0; i++)
        s->told[i] = (int32_t)(i % classes);
    s->noise = malloc((size_t)(s->count * width) * sizeof *s->noise);
    for (int64_t i = 0; s->noise && i < s->count; i++) {
        const uint64_t key[2] = {1, (uint64_t)i};
        for (int64_t k = 0; k < width; k++)
            s->noise[i * width + k] = ad_normal_at(key, (uint32_t)k);
    }
    for (int i = 0; i < n->inputs && s->noise && s->told; i++) {
        const char *name = ad_tensor_name(n->input[i]);
        if (strcmp(name, s->o.data->noise.name) == 0)
            feed[0] = n->input[i];
        else if (s->o.data->told.name && strcmp(name, s->o.data->told.name) == 0)
            feed[feeds++] = n->input[i];
    }
    if (feed[0])
        s->program = ad_compile(n->state, .fetch = {n->prediction, n->clean}, .feed_list = feed,
                                .feed_count = feeds);
    return s->program;
}

/* run_chain's .see, of the network. */
static ad_status see(void *user, const float *x, const int32_t *time, const int32_t *told,
                     int64_t count, float *clean, float *made)
{
    samples *s = user;
    const ad_shape *one = &s->o.data->noise.shape;
    ad_shape shape = {one->rank + 1, {count}};
    for (int i = 0; i < one->rank; i++)
        shape.size[i + 1] = one->size[i];
    ad_array in[] = {ad_f32(x, shape), ad_i32(time, AD_SHAPE(count)),
                     ad_i32(told, AD_SHAPE(count))},
             out[2] = {{0}};
    ad_status status = ad_run(s->program, in, out);
    if (status == AD_OK) {
        memcpy(made, out[0].data, ad_array_bytes(&out[0]));
        memcpy(clean, out[1].data, ad_array_bytes(&out[1]));
    }
    return status;
}

/* What is made now, (count, width) by malloc; NULL where it cannot be. */
static float *make(samples *s, int64_t width)
{
    float *made = malloc((size_t)(s->count * width) * sizeof *made);
    ad_array in[] = {ad_f32(s->noise, AD_SHAPE(s->count, s->o.data->noise.shape.size[0])),
                     ad_i32(s->told, AD_SHAPE(s->count))},
             out = {0};
    run_chain chain = {.data = s->o.data,
                       .steps = STEPS,
                       .count = s->count,
                       .width = width,
                       .seed = 1,
                       .told = s->told,
                       .see = see,
                       .user = s};
    bool good = made && (s->o.data->diffusion ? run_walk(&chain, made) == AD_OK
                                              : ad_run(s->program, in, &out) == AD_OK);
    if (good && out.data)
        memcpy(made, out.data, ad_array_bytes(&out));
    if (!good)
        free(made);
    return good ? made : NULL;
}

static void note(samples *s, int64_t step)
{
    text_buffer t = {0};
    ad_shape shape = ad_tensor_shape(s->o.network->prediction);
    int64_t width = 1;
    for (int i = 1; i < shape.rank; i++)
        width *= shape.size[i];
    if (!s->tried)
        (void)prepare(s);
    s->tried = true;
    float *made = s->program && s->count * width <= NUMBERS_MOST ? make(s, width) : NULL;
    if (!made)
        return;
    text_add_format(&t, "%lld", (long long)step);
    for (int64_t i = 0; i < s->count * width; i++)
        text_add_format(&t, ",%.4g", (double)made[i]);
    text_add(&t, "\n");
    keep(s, text_take(&t));
    free(made);
}

/* ---------------------------------------------------------------- the file */

/* Rows of earlier calls, up to the step that the training goes on from. */
static void begin(samples *s, int64_t step)
{
    char *text = NULL;
    for (s->next = FIRST; s->next <= step;)
        s->next *= 2;
    if (step == 0 || run_read(s->o.folder, file, &text) != AD_OK || !text)
        return;
    for (const char *line = text, *end; (end = strchr(line, '\n')); line = end + 1)
        if (strtoll(line, NULL, 10) <= step)
            keep(s, text_copy_bytes(line, (size_t)(end - line) + 1));
    free(text);
}

static void store(const samples *s)
{
    char *path = run_path(s->o.folder, file);
    FILE *f = path ? fopen(path, "w") : NULL;
    for (int i = 0; f && i < s->rows; i++)
        fputs(s->row[i], f);
    if (f)
        fclose(f);
    free(path);
}

static bool on_event(void *user, const ad_event *e)
{
    samples *s = user;
    const double guess = 0.004; /* seconds, of the first */
    if (e->kind == AD_EVENT_BEGIN) {
        begin(s, e->at->step);
    } else if (e->kind == AD_EVENT_STEP && e->at->step >= s->next &&
               s->spent + (s->tried ? 0 : guess) < e->seconds / 200) {
        double from = run_clock();
        note(s, e->at->step);
        s->spent += run_clock() - from;
        while (s->next <= e->at->step)
            s->next *= 2;
    } else if (e->kind == AD_EVENT_CHECKPOINT && s->rows > 0) {
        store(s);
    }
    return true;
}

static void samples_free(void *user)
{
    samples *s = user;
    ad_program_free(s->program);
    for (int i = 0; i < s->rows; i++)
        free(s->row[i]);
    free(s->noise);
    free(s->told);
    free(s);
}

ad_listener ad_listen_samples(const ad_samples_options *options)
{
    samples *s = options->data->task->makes ? calloc(1, sizeof *s) : NULL;
    if (!s)
        return (ad_listener){0};
    s->o = *options;
    return (ad_listener){on_event, s, samples_free};
}
