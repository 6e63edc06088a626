/* Data and small classifiers that labs share. */
#include "frame.h"

lab_data lab_examples(lab *l, int count, int size, int classes)
{
    return (lab_data){lab_floats(l, (int64_t)count * size),
                      lab_memory(l, (size_t)count, sizeof(int32_t)), count, size, classes};
}

lab_data lab_texts(lab *l, int count, int size, int classes)
{
    return (lab_data){.word = lab_memory(l, (size_t)count * (size_t)size, sizeof(int32_t)),
                      .y = lab_memory(l, (size_t)count, sizeof(int32_t)),
                      .count = count,
                      .size = size,
                      .classes = classes};
}

lab_data lab_reorder(lab *l, const lab_data *d, const int *order, int each)
{
    lab_data other = *d;
    other.x = lab_floats(l, (int64_t)d->count * d->size);
    for (int64_t i = 0; i < d->count; i++)
        for (int p = 0; p < d->size / each; p++)
            memcpy(other.x + i * d->size + order[p] * each, d->x + i * d->size + p * each,
                   (size_t)each * sizeof *d->x);
    return other;
}

lab_data lab_moons(lab *l, int count, double noise)
{
    const double half = 3.14159265358979323846;
    lab_data d = lab_examples(l, count, 2, 2);
    for (int i = 0; i < count; i++) {
        double angle = half * lab_uniform(l);
        int lower = i % 2;
        d.y[i] = lower;
        d.x[2 * i] = (float)((lower ? 1 - cos(angle) : cos(angle)) + noise * lab_normal(l));
        d.x[2 * i + 1] = (float)((lower ? 0.5 - sin(angle) : sin(angle)) + noise * lab_normal(l));
    }
    return d;
}

lab_data lab_digits(lab *l, int count, ad_part part)
{
    enum { SIDE = 14 };
    ad_dataset *set = NULL;
    if (ad_dataset_digits(count, part, lab_seed(l), &set) != AD_OK)
        lab_stop(l, ad_kit_error());
    const ad_dataset_info *info = ad_dataset_about(set);
    lab_data d = lab_examples(l, count, SIDE * SIDE, 10);
    for (int i = 0; i < count; i++) {
        const uint8_t *pixel = info->images + (size_t)i * 28 * 28;
        d.y[i] = info->labels[i];
        for (int k = 0; k < SIDE * SIDE; k++) {
            const uint8_t *four = pixel + k / SIDE * 2 * 28 + k % SIDE * 2;
            d.x[i * SIDE * SIDE + k] = (float)(four[0] + four[1] + four[28] + four[29]) / 1020;
        }
    }
    ad_dataset_free(set);
    return d;
}

lab_batch lab_all(const lab_data *d)
{
    ad_shape shape = AD_SHAPE(d->count, d->size);
    return (lab_batch){
        {d->word ? ad_i32(d->word, shape) : ad_f32(d->x, shape), ad_i32(d->y, AD_SHAPE(d->count))}};
}

lab_batch lab_some(lab *l, const lab_data *d, int count)
{
    lab_data room = (d->word ? lab_texts : lab_examples)(l, count, d->size, d->classes);
    return lab_all(&room);
}

void lab_draw(lab *l, const lab_data *d, lab_batch *batch)
{
    const char *from = d->word ? (const char *)d->word : (const char *)d->x;
    char *x = batch->feed[0].data;
    int32_t *y = batch->feed[1].data;
    int64_t count = batch->feed[1].shape.size[0];
    size_t row = (size_t)d->size * 4; /* floats have 4 bytes, words too */
    for (int64_t i = 0; i < count; i++) {
        int one = (int)(lab_uniform(l) * d->count);
        y[i] = d->y[one];
        memcpy(x + (size_t)i * row, from + (size_t)one * row, row);
    }
}

lab_net lab_classifier(lab *l, const lab_data *d,
                       ad_tensor *(*body)(ad_tensor *x, const void *with), const void *with)
{
    lab_net n = {.graph = lab_graph(l)};
    ad_dim batch = ad_open(n.graph, "batch");
    n.x = ad_feed(n.graph, "x", d->word ? AD_I32 : AD_F32, AD_SHAPE(batch, d->size));
    n.y = ad_feed(n.graph, "y", AD_I32, AD_SHAPE(batch));
    n.logits = body(n.x, with);
    n.loss = ad_cross_entropy(n.logits, n.y);
    return n;
}

void lab_begin(lab *l, lab_net *n, ad_tensor *step, uint64_t seed)
{
    n->state = lab_state(l, n->graph, seed);
    if (step)
        n->step = lab_compile(l, n->state, .fetch = {step}, .feed = {n->x, n->y}, .training = true);
    n->look = lab_compile(l, n->state, .fetch = {n->loss, ad_accuracy(n->logits, n->y)},
                          .feed = {n->x, n->y});
}

double lab_train(lab *l, lab_net *n, const lab_data *d, int batch, int steps)
{
    lab_batch some = lab_some(l, d, batch);
    double loss = NAN;
    for (int i = 0; i < steps; i++) {
        lab_draw(l, d, &some);
        loss = lab_step(l, n->step, some.feed);
    }
    return loss;
}

static double look(lab *l, lab_net *n, const lab_data *d, int which)
{
    ad_array seen[2];
    lab_batch all = lab_all(d);
    lab_fetch(l, n->look, all.feed, seen, 2);
    return ad_array_item(&seen[which], 0);
}

double lab_loss(lab *l, lab_net *n, const lab_data *d)
{
    return look(l, n, d, 0);
}

double lab_right(lab *l, lab_net *n, const lab_data *d)
{
    return look(l, n, d, 1);
}

double lab_taught(lab *l, const lab_data *train, const lab_data *test,
                  ad_tensor *(*body)(ad_tensor *x, const void *with), const void *with, double rate,
                  uint64_t seed)
{
    lab_net n = lab_classifier(l, train, body, with);
    lab_begin(l, &n, ad_adam(n.loss, .rate = rate), seed);
    double loss = lab_train(l, &n, train, 32, (int)lab_get(l, "steps"));
    return isfinite(loss) ? lab_right(l, &n, test) : 0;
}
