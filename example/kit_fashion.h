/* What kit_mlp_fashion.c and kit_lenet_fashion.c share: all but the net and its optimizer.
 *
 * What to see here: pixels are fed as bytes and scaled in the graph; the batch is an open
 * dimension, so the smaller last batch of an epoch needs nothing of its own; one state serves the
 * training program and the inference program. */
#ifndef EXAMPLE_KIT_FASHION_H
#define EXAMPLE_KIT_FASHION_H

#include <adze/kit.h>

#include <stdio.h>
#include <stdlib.h>

enum { CLASSES = 10, BATCH_MAX = 128, TEST_BATCH = 500, PIXELS = 28 * 28 };

/* What is trained, and how long. */
typedef struct recipe {
    ad_tensor *(*network)(ad_tensor *image); /* logits from images (batch, 28, 28, 1) in 0 .. 1 */
    ad_tensor *(*train)(ad_tensor *loss);    /* the loss, with an optimizer's step behind it */
    int epochs, batch;                       /* at most BATCH_MAX */
} recipe;

typedef struct model {
    const recipe *recipe;
    ad_context *context;
    ad_graph *graph;
    ad_state *state;
    ad_program *train, *test;
} model;

static inline bool open_model(model *m, uint64_t seed)
{
    m->context = ad_context_new();
    m->graph = m->context ? ad_graph_new(m->context) : NULL;
    if (!m->graph)
        return false;
    ad_dim batch = ad_open(m->graph, "batch");
    ad_tensor *image = ad_feed(m->graph, "image", AD_U8, AD_SHAPE(batch, 28, 28, 1));
    ad_tensor *label = ad_feed(m->graph, "label", AD_I32, AD_SHAPE(batch));
    ad_tensor *logits = m->recipe->network(ad_scale(ad_cast(image, AD_F32), 1.0 / 255));
    ad_tensor *trained = m->recipe->train(ad_cross_entropy(logits, label));

    m->state = ad_state_new(m->graph, seed);
    if (!m->state)
        return false;
    m->train = ad_compile(m->state, .fetch = {trained}, .feed = {image, label}, .training = true);
    m->test = ad_compile(m->state, .fetch = {ad_argmax(logits, -1)}, .feed = {image});
    return m->train && m->test;
}

static inline void close_model(model *m)
{
    ad_program_free(m->train);
    ad_program_free(m->test);
    ad_state_free(m->state);
    ad_graph_free(m->graph);
    ad_context_free(m->context);
}

/* One pass over the images in the order given; the mean loss, or a negative number on failure. */
static inline double train_epoch(model *m, const ad_dataset *data, const int64_t *order)
{
    static uint8_t images[BATCH_MAX * PIXELS];
    static int32_t labels[BATCH_MAX];
    int64_t total = ad_dataset_about(data)->count, batch = m->recipe->batch;
    double sum = 0;
    for (int64_t at = 0; at < total; at += batch) {
        int64_t count = total - at < batch ? total - at : batch;
        ad_dataset_batch(data, order + at, count, images, labels);
        ad_array feeds[] = {ad_u8(images, AD_SHAPE(count, 28, 28, 1)),
                            ad_i32(labels, AD_SHAPE(count))};
        ad_array loss = {0};
        if (ad_run(m->train, feeds, &loss) != AD_OK)
            return -1;
        sum += ad_array_item(&loss, 0) * (double)count;
    }
    return sum / (double)total;
}

static inline bool train(model *m, const ad_dataset *data, uint64_t seed, int epochs)
{
    int64_t total = ad_dataset_about(data)->count;
    int64_t *order = malloc((size_t)total * sizeof *order);
    double loss = order ? 0 : -1;
    for (int epoch = 0; epoch < epochs && loss >= 0; epoch++) {
        ad_shuffle(order, total, seed, (uint64_t)epoch);
        loss = train_epoch(m, data, order);
        fprintf(stderr, "epoch %d/%d  train loss %.4f\n", epoch + 1, epochs, loss);
    }
    free(order);
    return loss >= 0;
}

/* Share of the images that are named right, or a negative number on failure. */
static inline double test(model *m, const ad_dataset *data)
{
    const ad_dataset_info *info = ad_dataset_about(data);
    int64_t right = 0;
    for (int64_t at = 0; at < info->count; at += TEST_BATCH) {
        int64_t count = info->count - at < TEST_BATCH ? info->count - at : TEST_BATCH;
        ad_array feed = ad_u8(info->images + at * PIXELS, AD_SHAPE(count, 28, 28, 1));
        ad_array predicted = {0};
        if (ad_run(m->test, &feed, &predicted) != AD_OK)
            return -1;
        for (int64_t i = 0; i < count; i++)
            right += ((const int32_t *)predicted.data)[i] == info->labels[at + i];
    }
    return (double)right / (double)info->count;
}

static inline bool load(const char *folder, ad_dataset **training, ad_dataset **tests)
{
    return ad_dataset_folder(folder, AD_PART_TRAIN, CLASSES, training) == AD_OK &&
           ad_dataset_folder(folder, AD_PART_TEST, CLASSES, tests) == AD_OK &&
           ad_dataset_about(*training)->height * ad_dataset_about(*training)->width == PIXELS;
}

/* The whole program: DATA_DIR [SEED [WEIGHTS [EPOCHS]]] */
static inline int kit_fashion(const recipe *r, int count, char **arguments)
{
    if (count < 2 || count > 5) {
        fprintf(stderr, "usage: %s DATA_DIR [SEED [WEIGHTS [EPOCHS]]]\n", arguments[0]);
        return 2;
    }
    uint64_t seed = count > 2 ? strtoull(arguments[2], NULL, 10) : 1;
    int epochs = count > 4 ? atoi(arguments[4]) : r->epochs;
    model m = {.recipe = r};
    ad_dataset *training = NULL, *tests = NULL;
    double accuracy = -1;
    if (!load(arguments[1], &training, &tests))
        fputs(ad_kit_error(), stderr);
    else if (open_model(&m, seed) && train(&m, training, seed, epochs))
        accuracy = test(&m, tests);
    if (accuracy >= 0 && count > 3 && ad_save(m.state, arguments[3], .weights_only = true) != AD_OK)
        accuracy = -1;
    if (accuracy >= 0)
        printf("test accuracy %.2f %%\n", 100 * accuracy);
    else
        fprintf(stderr, "%s\n", ad_error());
    close_model(&m);
    ad_dataset_free(training);
    ad_dataset_free(tests);
    return accuracy >= 0 ? 0 : 1;
}

#endif
