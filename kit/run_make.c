/* Examples that a network makes while it is in memory: of noise that depends on their numbers
 * alone, as ad_model_make with seed 1, where classes are told of all by turns. */
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "run.h"

enum { AT_ONCE = 250 };

struct run_maker {
    const ad_run_data *data;
    ad_program *program;
    int64_t width; /* of what is made */
    float *noise;  /* (AT_ONCE, numbers of noise) */
    int32_t told[AT_ONCE];
};

int64_t run_made_width(const ad_run_network *n)
{
    ad_shape shape = ad_tensor_shape(n->prediction);
    int64_t width = 1;
    for (int i = 1; i < shape.rank; i++)
        width *= shape.size[i];
    return width;
}

static ad_program *compile(const ad_run_network *n, const ad_run_data *data)
{
    ad_tensor *feed[3] = {n->noisy, n->time};
    int feeds = n->noisy ? 2 : 1;
    for (int i = 0; i < n->inputs; i++) {
        const char *name = ad_tensor_name(n->input[i]);
        if (strcmp(name, data->noise.name) == 0)
            feed[0] = n->input[i];
        else if (data->told.name && strcmp(name, data->told.name) == 0)
            feed[feeds++] = n->input[i];
    }
    if (!feed[0])
        return NULL;
    return ad_compile(n->state, .fetch = {n->prediction, n->clean}, .feed_list = feed,
                      .feed_count = feeds);
}

run_maker *run_maker_new(const ad_run_network *n, const ad_run_data *data)
{
    run_maker *m = calloc(1, sizeof *m);
    if (!m)
        return NULL;
    *m = (run_maker){.data = data, .width = run_made_width(n), .program = compile(n, data)};
    m->noise = malloc((size_t)(AT_ONCE * data->noise.shape.size[0]) * sizeof *m->noise);
    if (m->program && m->noise)
        return m;
    run_maker_free(m);
    return NULL;
}

void run_maker_free(run_maker *m)
{
    if (!m)
        return;
    ad_program_free(m->program);
    free(m->noise);
    free(m);
}

/* run_chain's .see, of the network. */
static ad_status see(void *user, const float *x, const int32_t *time, const int32_t *told,
                     int64_t count, float *clean, float *made)
{
    run_maker *m = user;
    const ad_shape *one = &m->data->noise.shape;
    ad_shape shape = {one->rank + 1, {count}};
    for (int i = 0; i < one->rank; i++)
        shape.size[i + 1] = one->size[i];
    ad_array in[] = {ad_f32(x, shape), ad_i32(time, AD_SHAPE(count)),
                     ad_i32(told, AD_SHAPE(count))},
             out[2] = {{0}};
    if (ad_run(m->program, in, out) != AD_OK)
        return run_fail_core(AD_RUN_NO_FAULT);
    memcpy(made, out[0].data, ad_array_bytes(&out[0]));
    memcpy(clean, out[1].data, ad_array_bytes(&out[1]));
    return AD_OK;
}

static ad_status run_block(run_maker *m, int64_t first, int64_t count, int64_t steps, float *to)
{
    run_chain chain = {.data = m->data,
                       .steps = steps < m->data->diffusion ? steps : m->data->diffusion,
                       .first = first,
                       .count = count,
                       .width = m->width,
                       .seed = 1,
                       .told = m->told,
                       .see = see,
                       .user = m};
    int64_t width = m->data->noise.shape.size[0];
    for (int64_t i = 0; i < count; i++)
        m->told[i] = run_told_class(m->data, first + i);
    if (m->data->diffusion)
        return run_walk(&chain, to);
    for (int64_t i = 0; i < count; i++) {
        const uint64_t key[2] = {1, (uint64_t)(first + i)};
        for (int64_t k = 0; k < width; k++)
            m->noise[i * width + k] = ad_normal_at(key, (uint32_t)k);
    }
    ad_array in[] = {ad_f32(m->noise, AD_SHAPE(count, width)), ad_i32(m->told, AD_SHAPE(count))},
             out = {0};
    if (ad_run(m->program, in, &out) != AD_OK)
        return run_fail_core(AD_RUN_NO_FAULT);
    memcpy(to, out.data, ad_array_bytes(&out));
    return AD_OK;
}

int32_t run_told_class(const ad_run_data *data, int64_t example)
{
    return data->told.classes > 0 ? (int32_t)(example % data->told.classes) : 0;
}

ad_status run_maker_make(run_maker *m, int64_t first, int64_t count, int64_t steps, float *made)
{
    ad_status status = AD_OK;
    for (int64_t at = 0; at < count && status == AD_OK; at += AT_ONCE)
        status = run_block(m, first + at, count - at < AT_ONCE ? count - at : AT_ONCE, steps,
                           made + at * m->width);
    return status;
}
